"""The case study in its window: waited for, read, answered, handed in, replaced."""

import hashlib
import re

from playwright.sync_api import expect

from goldenthread.assessment.models import Sitting
from tests import documents
from tests.journeys.people.author import MARKER, QUESTION, TITLE
from tests.journeys.people.participant import Participant
from tests.journeys.stage import ANYTHING

LATE = "A thought that came too late."


class Sitter(Participant):
    """Amara in her window, and Bilal, who is not let into his."""

    @property
    def sitting(self) -> Sitting:
        return Sitting.objects.select_related("enrolment", "window").get(enrolment=self.enrolment)

    @property
    def address(self) -> str:
        return f"/my/assessment/{self.sitting.pk}/"

    def is_told_to_wait(self) -> None:
        self._comes_to_the_assessment()
        self.sees("Your case study opens on Mon 6 Oct 2025", "Nothing would keep you out as things stand")
        self.opens(self.address, "Your window is not open yet")
        self.never_sees(MARKER, "Quillhaven")
        assert self.asks(self.address).status == 403

    def reads_the_case(self) -> None:
        self._comes_to_the_assessment()
        self.follows("Open the case study")
        self.arrives_at(TITLE)
        self.sees(MARKER, QUESTION, "not yet")

    def _comes_to_the_assessment(self) -> None:
        self.follows("Assessment", inside="header")
        self.arrives_at("Assessment")

    def _comes_back_to_the_script(self) -> None:
        self._comes_to_the_assessment()
        self.follows("write in the editor")
        self.arrives_at(TITLE)

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
        self.sees("You are not connected", inside="[data-state]")
        self.visit.context.set_offline(False)
        self.sees("Saved. You are connected again.", inside="[data-state]")
        self.page.reload()
        expect(self.field("Your text")).to_have_value("Begun at my desk. Written on the train.")

    def hands_in_one_word_too_many(self) -> None:
        """1,501 words are refused with both numbers (S0-30); the text is kept."""
        text = "\n\n".join(documents.prose(1501))
        self.writes(text, "1,501 of 1,500: 1 word too many")
        self._hands_in()
        self.is_refused("1,501 of 1,500 words: cut 1 word and hand in again.")
        expect(self.field("Your text")).to_have_value(text)

    def hands_in_as_many_as_are_allowed(self) -> None:
        self.writes("\n\n".join(documents.prose(1500)), "1,500 of 1,500")
        self._hands_in()
        self._has_a_receipt(1, "1,500 words of 1,500 words", "8 Oct 2025")

    def _hands_in(self) -> None:
        self.chooses(re.compile("This is my own work"))
        self.chooses("I used no AI")
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
        self._comes_back_to_the_script()
        self.follows("Hand in a document instead")
        self.arrives_at("Hand in a document")
        self._chooses_file("answer.docx", documents.program())
        self.is_refused(ANYTHING)
        self.sees("You have handed in script 1")
        self._chooses_file("answer.docx", documents.docx(1234))
        self.sees("1,234 words of 1,500 words")
        self.arrives_at("Hand in a document")
        self.chooses(re.compile("This is my own work"))
        self.chooses("I used no AI")
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
        self._comes_back_to_the_script()
        self.field("Your text").fill(LATE)
        self.sees_it_saved()

    def is_too_late_and_keeps_her_text(self) -> None:
        """After midnight nothing is handed in; the text is there to read, and the last script counts (S0-39)."""
        self._hands_in()
        self.sees("The window closed at midnight at the end of Mon 13 Oct 2025", "Script 2 is what counts")
        expect(self.field("Your text")).to_have_value(LATE)
        expect(self.field("Your text")).not_to_be_editable()
        self.arrives_at(TITLE)

    # --- not let in -------------------------------------------------------------------------------------
    def is_not_given_the_case(self) -> None:
        """The summative stage opens after induction and development (S0-21)."""
        self.comes_home()
        self.opens(self.address, "The case study can't be shown")
        self.sees(re.compile("Development not complete: .*induction"))
        self.never_sees(MARKER)
