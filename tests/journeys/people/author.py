"""Ada, who writes what nobody else may see."""

import re

from goldenthread.assessment.models import Sitting
from tests.journeys.stage import Person, Staff

TITLE = "The quiet staffroom"
MARKER = "Nobody at Quillhaven Primary has spoken of the reading results since Michaelmas."
QUESTION = "What would you do in your first six weeks at Quillhaven, and why?"
BODY = f"{MARKER}\n\nTwo of five teachers in Year 4 are new. **The head asks you to lead.**"


class Author(Staff):
    """Writes a case study with its mark scheme, publishes it, and sees who has read it."""

    role, first_page = "Case study author", "Case studies"

    def writes_a_case_study(self) -> None:
        self.signs_in(self.first_page)
        self.follows("Write a case study")
        self.arrives_at("Write a case study")
        self.selects("Programme version", "NPQLT ", "international")
        self.fills("Title", TITLE)
        self.fills("The case", BODY)
        self.fills("What is asked", QUESTION)
        self.presses("Save the draft")
        self.arrives_at(TITLE)

    def is_refused_without_both_kinds(self) -> None:
        """Marks for one kind of statement only can't be published (S0-37)."""
        self._scores(1, "Learn that", 0, 6)
        self._scores(2, "Learn that", 1, 6)
        self.fills("Total as printed", "20")
        self.fills("Pass mark", "12")
        self.fills("Tolerance", "2")
        self.presses("Save the mark scheme")
        self.sees("The mark scheme is saved", "learn that 12")
        self._publishes()
        self.sees("There is no learn-how-to statement with marks")
        self.arrives_at(TITLE)

    def publishes(self) -> None:
        self._scores(3, "Learn how to", 0, 4)
        self._scores(4, "Learn how to", 1, 4)
        self.presses("Save the mark scheme")
        self.sees("The mark scheme is saved", "20 marks: learn that 12, learn how to 8")
        self._publishes()
        self.sees("It can't be changed any more", "20 marks: learn that 12, learn how to 8. Pass mark 12")
        self.arrives_at(TITLE)

    def _publishes(self) -> None:
        self.unfolds("Publish")
        self.presses("Yes, publish")

    def _scores(self, number: int, kind: str, place: int, marks: int) -> None:
        """Fill a row of the scheme with the nth statement of a kind."""
        row = self.page.locator("fieldset.gt-point").nth(number - 1)
        option = row.locator("option").filter(has_text=re.compile(f"^{kind} ")).nth(place)
        row.get_by_label("Statement").select_option(value=option.get_attribute("value"))
        row.get_by_label("What earns the marks").fill(f"Uses this with the facts of the case, {number}")
        row.get_by_label("Marks", exact=True).fill(str(marks))

    def sees_that_it_was_read(self) -> None:
        self.signs_in(self.first_page)
        self.follows(TITLE)
        self.arrives_at(TITLE)
        self.sees("1 participant in an open window.")


def is_out_of_reach_of(person: Person, sitting: Sitting) -> None:
    """No page, file link or address of ours gives somebody anything of the unseen text (S0-38).

    Whoever tries here knows every number; the pages tell them none before the window opens.
    """
    own = f"/my/assessment/{sitting.pk}/"
    addresses = f"""/my/ /my/assessment/ {own} {own}draft/ {own}upload/ {own}receipt/1/ {own}receipt/1/receipt.txt
        {own}receipt/1/script/ /my/result/ /my/schedule/ /my/schedule/calendar.ics
        /office/case-studies/ /office/case-studies/{sitting.window.case_study_id}/
        /office/windows/{sitting.window_id}/ /teach/ /teach/responses/ /teach/coaching/ /school/ /mark/ /moderate/
        /partner/ /partner/people/ /school/people/{sitting.enrolment.reference}/"""
    for address in addresses.split():
        text = person.asks(address).text()
        for secret in (MARKER, "Quillhaven", QUESTION):
            assert secret not in text, f"{person.name} finds “{secret}” at {address}"
    _saving_gives_nothing_away(person, f"{own}draft/")


def _saving_gives_nothing_away(person: Person, address: str) -> None:
    cookies = {one["name"]: one["value"] for one in person.visit.context.cookies()}
    answer = person.asks(
        address,
        method="POST",
        max_redirects=0,
        data={"revision": 0, "texts": {"": "let me in"}},
        headers={"X-CSRFToken": cookies.get("csrftoken", "")},
    )
    assert not answer.ok
    assert "Quillhaven" not in answer.text()
