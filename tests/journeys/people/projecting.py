"""A candidate whose programme is assessed by projects, and the people outside who answer them by link."""

import re

from goldenthread.assessment.project_queries import tasks_of
from tests.journeys.people.walking import Candidate
from tests.journeys.stage import ANYTHING, Person, link_in


class ProjectCandidate(Candidate):
    """Whoever plans, does, writes up and hands in."""

    def comes_to_the_task(self, place: int = 0) -> None:
        """From the assessment's page, by the list of tasks."""
        self.comes_to_the_assessment()
        title = tasks_of(self.enrolment.version.specification)[place].title
        self.follows(title)
        self.arrives_at(title)

    def takes_up(self, part: str, heading: str = "") -> None:
        """A part of the task, from the task's own page."""
        self.follows(part)
        self.arrives_at(heading or part)

    def goes_back(self) -> None:
        self.follows("The project")
        self.arrives_at(ANYTHING)

    def plans(self, days: tuple[str, str, str], **aims: str) -> None:
        """Design, days, phases and a measure; the task's page says what is still open."""
        self.takes_up("Plan")
        self.fills("Focus", "Reading in year 4")
        self.fills("Baseline", "41 of 60 read well")
        self.fills("The change", "Daily reading aloud")
        for label, text in aims.items():
            self.fills(re.compile(f"^Aim{label}"), text)
        for label, day in zip(
            ("The project begins", "Implementation begins", "The project ends"), days, strict=True
        ):
            self.fills(label, day)
        self.fills("Measure 1", "Pupils who read well")
        self.presses("Save the plan")
        self.sees("Your plan is saved.")
        self.arrives_at(ANYTHING)

    def writes(self, **texts: str) -> None:
        self.takes_up("Written account")
        for title, text in texts.items():
            self.fills(title.replace("_", " ").capitalize(), text)
        self.presses("Save and stay")
        self.sees("Nothing is handed in by that.")

    def adds_evidence(self, name: str, content: bytes) -> None:
        self.takes_up("Supporting evidence")
        self.page.locator("input[type=file]").set_input_files(
            {"name": name, "mimeType": "text/plain", "buffer": content}
        )
        self.presses("Add the file")
        self.sees(name)
        self.goes_back()

    def hands_in(self) -> None:
        """By the button that the task's page shows once everything is there."""
        self.sees("Everything that is asked is there.")
        self.follows("Go to your account")
        self.arrives_at("Written account")
        self.chooses(re.compile("This is my own work"))
        self.chooses("I used no AI")
        self.page.locator("button[name=hand_in]").click()
        self.arrives_at(re.compile("^We have "))

    def presents_to_the_board(self, board: str, day: str, school: str) -> None:
        self.takes_up("Governing board", f"Governing board of the {school} school")
        self.fills("Name of the board", board)
        self.fills("Presented on", day)
        self.presses("Save the presentation")
        self.sees("The presentation is recorded.")

    def asks_by_link(self, name: str, email: str) -> None:
        """Send somebody outside a link; the page of the part lists it."""
        self.fills("Name of the person", name)
        self.fills("Their e-mail address", email)
        self.presses("Send the link")
        self.sees(f"The link goes to {email}.", name)


class Outsider(Person):
    """A board, a host or a sponsor, without an account."""

    def opens_the_link(self, *texts: str) -> None:
        self.page.goto(link_in(self.stage.letter(self.email, "asks for your answer")))
        self.arrives_at(f"A question for {self.name}")
        self.sees(*texts)

    def answers(self, label: str, text: str) -> None:
        self.fills(label, text)
        self.presses("Send my answer")
        self.sees("Thank you: your answer is kept")
