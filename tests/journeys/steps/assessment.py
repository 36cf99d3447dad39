"""The case study: written by its author, unseen until its first instant, answered in its window."""

import hashlib
import re
from collections.abc import Iterable

from playwright.sync_api import expect

from goldenthread.assessment.models import CaseStudy, Sitting
from tests import documents
from tests.journeys.steps.participant import Participant
from tests.journeys.steps.stage import ANYTHING, Person

TITLE = "The quiet staffroom"
MARKER = "Nobody at Quillhaven Primary has spoken of the reading results since Michaelmas."
QUESTION = "What would you do in your first six weeks at Quillhaven, and why?"
BODY = f"{MARKER}\n\nTwo of five teachers in Year 4 are new. **The head asks you to lead.**"
LATE = "A thought that came too late."


class Author(Person):
    """Ada, who writes what nobody else may see."""

    def writes_a_case_study(self) -> None:
        self.signs_in(ANYTHING)
        self.opens("/office/case-studies/", "Case studies")
        self.follows("Write a case study")
        self.arrives_at("Write a case study")
        label = self.page.locator("option").filter(has_text="NPQLT ").filter(has_text="international")
        self.page.get_by_label("Programme version").select_option(label=str(label.first.inner_text()))
        self.fills("Title", TITLE)
        self.fills("The case", BODY)
        self.fills("What is asked", QUESTION)
        self.presses("Save the draft")
        self.arrives_at(TITLE)

    def is_refused_without_both_kinds(self) -> None:
        """Marks for one kind of statement only can't be published (S0-37)."""
        self._scores(1, "Learn that", 0, 6)
        self._scores(2, "Learn that", 1, 6)
        self.fills("Pass mark", "12")
        self.fills("Tolerance", "2")
        self.presses("Save the mark scheme")
        self.sees("Saved", "learn that 12")
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
        self.signs_in(ANYTHING)
        self.opens(f"/office/case-studies/{case().pk}/", TITLE)
        self.sees("1 participant in an open window.")


def case() -> CaseStudy:
    return CaseStudy.objects.get(title=TITLE)


def nobody_reaches_the_case(people: Iterable[Person], sitting: Sitting, firsts: Iterable[str] = ()) -> None:
    """No page, file link or address of ours holds anything of the unseen text (S0-38)."""
    own = f"/my/assessment/{sitting.pk}/"
    addresses = [
        *("/my/", "/my/assessment/", own, f"{own}draft/", f"{own}upload/", f"{own}receipt/1/"),
        *(
            f"{own}receipt/1/receipt.txt",
            f"{own}receipt/1/script/",
            "/my/result/",
            "/my/schedule/calendar.ics",
        ),
        *(
            f"/office/case-studies/{case().pk}/",
            "/office/case-studies/",
            f"/office/windows/{sitting.window_id}/",
        ),
        *("/teach/", "/teach/responses/", "/teach/coaching/", "/school/", "/mark/", "/moderate/"),
        *(f"/school/people/{sitting.enrolment.reference}/", *firsts),
    ]
    for person in people:
        for address in addresses:
            answer = person.asks(address)
            text = answer.text()
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


class Sitter(Participant):
    """Amara in her window."""

    @property
    def sitting(self) -> Sitting:
        return Sitting.objects.select_related("enrolment", "window").get(enrolment=self.enrolment)

    @property
    def address(self) -> str:
        return f"/my/assessment/{self.sitting.pk}/"

    def is_told_to_wait(self) -> None:
        self.opens("/my/assessment/", "Assessment")
        self.sees("Your case study opens on Mon 6 Oct 2025", "You meet every condition to sit")
        self.opens(self.address, "Your window is not open yet")
        self.never_sees(MARKER, "Quillhaven")
        assert self.asks(self.address).status == 403

    def reads_the_case(self) -> None:
        self.opens("/my/assessment/", "Assessment")
        self.follows("Open the case study")
        self.arrives_at(TITLE)
        self.sees(MARKER, QUESTION, "not yet")

    # --- writing ----------------------------------------------------------------------------------------
    def writes(self, text: str, count: str) -> None:
        self.field("Your text").fill(text)
        self.sees(count, inside="[data-count]")

    def sees_it_saved(self) -> None:
        """The page says when it saved last, with seconds, as only the script does."""
        self.sees(re.compile(r"^\d\d:\d\d:\d\d"), inside="[data-saved]")

    def loses_the_line_and_nothing_else(self) -> None:
        """Offline the text stays; back online it is saved by itself, and is there after loading anew."""
        self.visit.context.set_offline(True)
        self.writes("Begun at my desk. Written on the train.", "8 of 1,500")
        self.sees("no connection", inside="[data-state]")
        self.visit.context.set_offline(False)
        self.sees("Saved. You are connected again.", inside="[data-state]")
        self.page.reload()
        expect(self.field("Your text")).to_have_value("Begun at my desk. Written on the train.")

    def hands_in_one_word_too_many(self) -> None:
        """1,501 words are refused with both numbers (S0-30); the text is kept."""
        text = "\n\n".join(documents.prose(1501))
        self.writes(text, "1,501 of 1,500: 1 too many")
        self._hands_in()
        self.is_refused("1,501 of 1,500 words: cut 1 word and hand in again.")
        expect(self.field("Your text")).to_have_value(text)

    def hands_in_as_many_as_are_allowed(self) -> None:
        self.writes("\n\n".join(documents.prose(1500)), "1,500 of 1,500")
        self._hands_in()
        self._has_a_receipt(1, "1,500 words of 1,500 words", "8 Oct 2025")

    def _hands_in(self) -> None:
        self.chooses(re.compile("This is my own work"))
        self.page.locator("button[name=hand_in]").click()

    def _has_a_receipt(self, number: int, *texts: str) -> None:
        """Time, count and a checksum that is that of what can be downloaded beside it."""
        self.arrives_at("We have your script")
        self.sees("SHA-256", *texts)
        checksum = self.page.locator(".gt-checksum").inner_text()
        handed_in = self.asks(f"{self.address}receipt/{number}/script/")
        assert hashlib.sha256(handed_in.body()).hexdigest() == checksum
        assert checksum in self.asks(f"{self.address}receipt/{number}/receipt.txt").text()

    def replaces_it_by_a_document(self) -> None:
        """Looked at first, then handed in; what can't be read is refused and the earlier script stays."""
        self.opens(self.address, TITLE)
        self.follows("Hand in a document instead")
        self.arrives_at("Hand in a document")
        self._chooses_file("answer.docx", documents.program())
        self.is_refused(ANYTHING)
        self.sees("You have handed in script 1")
        self._chooses_file("answer.docx", documents.docx(1234))
        self.sees("1,234 words of 1,500 words")
        self.arrives_at("Hand in a document")
        self.chooses(re.compile("This is my own work"))
        self.presses("Hand in this document")
        self._has_a_receipt(
            2, "1,234 words of 1,500 words", "answer.docx", "Your other scripts", "13 Oct 2025"
        )

    def _chooses_file(self, name: str, content: bytes) -> None:
        self.page.locator("input[type=file]").set_input_files(
            {"name": name, "mimeType": "application/octet-stream", "buffer": content}
        )
        self.presses("Look at the document")

    def begins_one_more_version(self) -> None:
        self.opens(self.address, TITLE)
        self.field("Your text").fill(LATE)
        self.sees_it_saved()

    def is_too_late_and_keeps_her_text(self) -> None:
        """After midnight nothing is handed in; the text is there to read, and the last script counts (S0-39)."""
        self._hands_in()
        self.sees("The window closed at midnight at the end of Mon 13 Oct 2025", "Script 2 is what counts")
        expect(self.field("Your text")).to_have_value(LATE)
        expect(self.field("Your text")).not_to_be_editable()
        self.arrives_at(TITLE)


class HeldBack(Person):
    """Bilal, who has not done his induction."""

    def is_not_given_the_case(self, sitting: Sitting) -> None:
        """The summative stage opens after induction and development (S0-21)."""
        self.signs_in(ANYTHING)
        self.opens(f"/my/assessment/{sitting.pk}/", "The case study can't be shown")
        self.sees("Development not complete: 60 minutes of induction are missing.")
        self.never_sees(MARKER)
