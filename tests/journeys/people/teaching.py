"""Facilitator, tutor and coach."""

import re

from playwright.sync_api import expect

from tests.factories_teaching import WORK
from tests.journeys.stage import Staff


class Facilitator(Staff):
    """Femi, with a phone in the hand."""

    role, first_page = "Facilitator", "Today"

    def takes_the_register(self, day: str, *, part: int | None = None, **marks: str) -> None:
        """Mark everybody by first name, `Amara="Present"`; whoever is there for a part gets `part` minutes."""
        self.signs_in("Today")
        self.follows("Take the register")
        self.arrives_at("Register")
        self.sees(day)
        for name, status in marks.items():
            self._marks(name, status)
        if part is not None:
            self.page.get_by_label("Minutes there").and_(self.page.locator(":visible")).fill(str(part))
        self.presses(re.compile("^Save the register"))
        recorded = re.compile(f"Recorded: {marks['Amara']}.*by {self.name}", re.IGNORECASE)
        self.sees("The register is saved.", recorded)
        self.arrives_at("Register")

    def _marks(self, name: str, status: str) -> None:
        """The targets are large enough for a thumb."""
        person = self.page.get_by_role("group", name=re.compile(name))
        target = person.get_by_text(status, exact=True)
        box = target.bounding_box()
        assert box is not None
        assert box["height"] >= 44
        target.click()


class Tutor(Staff):
    """Tara, who reads formative tasks."""

    role, first_page = "Tutor", "Today"

    def returns_work(self, name: str, task: str) -> None:
        self._reads(name, task)
        self._writes("You name the two teachers and the problem.", "Compare two quizzes, half a term apart.")
        self.chooses("Return it to be improved")
        self.presses("Send feedback")
        self.arrives_at("Work to read")
        self.sees("Returned")

    def accepts_work(self, name: str, task: str) -> None:
        self._reads(name, task)
        self.sees(WORK.evidence)
        self.chooses(re.compile("^Accept"))
        self.presses("Send feedback")
        self.is_refused("Name a strength of this work.")
        self._writes("The quizzes show what changed.", "Show a colleague how you did it.")
        self.presses("Send feedback")
        self.arrives_at("Work to read")
        self.sees("Accepted")

    def _reads(self, name: str, task: str) -> None:
        self.signs_in("Today")
        self.follows("Work to read", inside="header")
        self.arrives_at("Work to read")
        row = self.page.get_by_role("row").filter(has_text=name).filter(has_text=task)
        row.get_by_role("link").first.click()
        self.arrives_at(re.compile(f"^{task}"))

    def _writes(self, strength: str, next_step: str) -> None:
        self.fills("Strength", strength)
        self.fills("Next step", next_step)


class Coach(Staff):
    """Cora, who logs sessions."""

    role, first_page = "Coach", "Today"

    def logs_the_first_session(self, name: str, held_at: str) -> None:
        """Refused without feedback, with everything kept; then logged."""
        self._opens_the_log_of(name)
        self.fills("When it was held", held_at)
        self.fills("Length in minutes", "60")
        self.fills("Focus", "Leading a team meeting")
        self.presses("Log this session")
        self.is_refused("Feedback is missing.")
        expect(self.field("Focus")).to_have_value("Leading a team meeting")
        self._gives_feedback()
        self.sees("1 h of 5 h")
        self.arrives_at(name)

    def logs_more_sessions(self, name: str, *held_at: str) -> None:
        """Each as the first one, on the same page."""
        self._opens_the_log_of(name)
        for number, when in enumerate(held_at, start=2):
            self.fills("When it was held", when)
            self.fills("Length in minutes", "60")
            self.fills("Focus", f"What came of meeting {number - 1}")
            self._gives_feedback()
            self.sees(f"{number} h of 5 h")

    def _opens_the_log_of(self, name: str) -> None:
        self.signs_in("Today")
        self.follows("Coaching", inside="header")
        self.arrives_at("People you coach")
        self.follows(name)
        self.arrives_at(name)

    def _gives_feedback(self) -> None:
        self.fills("Feedback to the participant", "You listened well. Close with who does what.")
        self.fills(re.compile("^Agreed action"), "Write the three decisions on the board.")
        self.presses("Log this session")
        self.sees("The session is logged.")
