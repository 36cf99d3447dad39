"""A candidate of a leadership qualification, whose response is in four parts."""

import re
from collections.abc import Sequence

from tests import documents
from tests.journeys.people.sitter import Sitter
from tests.journeys.people.walking import Candidate

TITLES = (
    "1 The problem or problems",
    "2 The solution or solutions",
    "3 Rationale for the solution",
    "4 Implementation steps",
)


def in_parts(name: str) -> bytes:
    """A Word document of exactly 2,000 words in four parts, 18 of them titles with their numbers, 3 a by-line."""
    texts: list[str] = []
    for title, words in zip(TITLES, (493, 496, 496, 494), strict=True):
        texts += [title, *documents.prose(words)]
    return documents.docx(paragraphs=[*texts, f"{name} writes."])


class Leader(Candidate, Sitter):
    """Whoever answers in four parts."""

    def begins_to_write(self, texts: Sequence[str], count: str) -> None:
        """Part after part in the order of the page; the count is of all together."""
        for title, text in zip(TITLES, texts, strict=False):
            self.field(title).fill(text)
        self.sees(count, inside="[data-count]")

    def answers_in_parts(self, texts: Sequence[str], count: str) -> None:
        self.begins_to_write(texts, count)
        self._hands_in()
        self.arrives_at("We have your script")

    def is_refused_a_part_and_the_declaration(self, last: str, count: str) -> None:
        """Three parts are not enough (S0-42); all four, but without the declaration, neither (S2-20)."""
        self._hands_in()
        self.is_refused("4 Implementation steps missing")
        self.field(TITLES[-1]).fill(last)
        self.sees(count, inside="[data-count]")
        self.field(re.compile("This is my own work")).uncheck()
        self.page.locator("button[name=hand_in]").click()
        self.is_refused("Confirm that this is your own work")

    def hands_in_what_was_written(self, words: str) -> None:
        self._hands_in()
        self._has_a_receipt(1, words, *TITLES)
        self.never_sees("(empty)")

    def replaces_it_by_a_document_in_parts(self, words: str, *, left: str) -> None:
        """Its parts are found by their titles; her name in it is covered for the markers, as the page shows."""
        self.comes_to_the_assessment()
        self.sees(left)
        self.follows("Read what you handed in")
        self.sees("What you handed in", "Download it as a file")
        self.comes_to_the_assessment()
        self.follows("hand in a document")
        self.arrives_at("Hand in a document")
        self._chooses_file("answer.docx", in_parts(self.name))
        self.sees(words, "covered in 1 place", f"“{self.name}”", "[covered] writes.")
        for title in TITLES:
            self.sees(re.compile(rf"{title}\s*found"))
        self.arrives_at("Hand in a document")
        self.chooses(re.compile("This is my own work"))
        self.chooses("I used no AI")
        self.presses("Hand in this document")
        self._has_a_receipt(2, words, "answer.docx", "Your other scripts", *TITLES)
