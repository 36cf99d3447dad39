"""Facilitator, tutor, coach and head teacher."""

import re

from playwright.sync_api import expect

from goldenthread.coaching.models import Pairing
from goldenthread.common import clock
from tests.factories_teaching import session
from tests.journeys.steps.stage import ANYTHING, Person


class Facilitator(Person):
    """Femi, with a phone in the hand."""

    def takes_the_register(self, day: str, *, present: str, absent: str) -> None:
        self.signs_in("Today")
        self.follows("Take the register")
        self.arrives_at("Register")
        self.sees(day)
        self._marks(present, "Present")
        self._marks(absent, "Absent")
        self.presses("Save the register")
        self.sees("The register is saved.", "Recorded: present, by Femi Facilitator")
        self.arrives_at("Register")

    def _marks(self, name: str, status: str) -> None:
        person = self.page.get_by_role("group", name=re.compile(name))
        target = person.get_by_text(status, exact=True)
        box = target.bounding_box()
        assert box is not None
        assert box["height"] >= 44
        target.click()


class Tutor(Person):
    """Tara, who reads formative tasks."""

    def returns_work(self, name: str) -> None:
        self._reads(name)
        self._writes("You name the two teachers and the problem.", "Compare two quizzes, half a term apart.")
        self.chooses("Return it to be improved")
        self.presses("Send feedback")
        self.arrives_at("Work to read")
        self.sees("Returned")

    def accepts_work(self, name: str) -> None:
        self._reads(name)
        self.sees("The quiz of November compared with that of September.")
        self.chooses(re.compile("^Accept"))
        self.presses("Send feedback")
        self.is_refused("Name a strength of this work.")
        self._writes("The quizzes show what changed.", "Show a colleague how you did it.")
        self.presses("Send feedback")
        self.arrives_at("Work to read")
        self.sees("Accepted")

    def _reads(self, name: str) -> None:
        self.signs_in("Today")
        self.follows("Work to read", inside="header")
        self.arrives_at("Work to read")
        self.page.get_by_role("row").filter(has_text=name).get_by_role("link").first.click()
        self.arrives_at(re.compile("^Formative task 1"))

    def _writes(self, strength: str, next_step: str) -> None:
        self.fills("Strength", strength)
        self.fills("Next step", next_step)


class Coach(Person):
    """Cora, who logs sessions."""

    def logs_the_first_session(self, name: str, held_at: str) -> None:
        """Refused without feedback, with everything kept; then logged."""
        self.signs_in("Today")
        self.follows("Coaching", inside="header")
        self.arrives_at("People you coach")
        self.follows(name)
        self.arrives_at(name)
        self.fills("When it was held", held_at)
        self.fills("Length in minutes", "60")
        self.fills("Focus", "Leading a team meeting")
        self.presses("Log this session")
        self.is_refused("Feedback is missing.")
        expect(self.field("Focus")).to_have_value("Leading a team meeting")
        self.fills("Feedback to the participant", "You listened well. Close with who does what.")
        self.fills(re.compile("^Agreed action"), "Write the three decisions on the board.")
        self.presses("Log this session")
        self.sees("The session is logged.", "1 h of 5 h")
        self.arrives_at(name)

    def logs_the_other_sessions(self, name: str) -> None:
        """Four more, by the action that the page has used for the first."""
        pairing = Pairing.objects.get(enrolment__user__name=name)
        for _ in range(4):
            session(pairing, at=clock.now())


class HeadTeacher(Person):
    """Hana, who sees how her staff get on, and nothing of their assessment."""

    def sees_how_it_goes(self, name: str, *texts: str) -> None:
        self.signs_in(ANYTHING)
        self.sees(name)
        self.follows(re.compile(name))
        self.arrives_at(re.compile(name))
        self.sees(*texts)
