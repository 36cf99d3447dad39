"""What is written and handed in: in time, complete, within the limit, own work (S0-30, S0-42, S2-20)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from goldenthread.assessment.rules.unseen import check_case_access
from goldenthread.common.days import deadline_text
from goldenthread.common.refused import Refused, Stale

DRAFT_LIMIT = 200_000  # characters of a whole response: some twenty times the longest word limit
BEFORE_PARTS = "Before the first part"  # the title of what a document has before its first heading


@dataclass(frozen=True)
class Part:
    """A section of the response under the number that people see: Part("solution", 2, "The solution")."""

    key: str
    number: int
    title: str


@dataclass(frozen=True)
class Terms:
    """What one sitting asks: aware instants, the zone in which its deadline is told, whole words."""

    opens_at: datetime
    closes_at: datetime
    zone: str
    word_limit: int
    parts: tuple[Part, ...] = ()

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys under which texts are kept; "" for a response that has no parts."""
        return tuple(part.key for part in self.parts) or ("",)


def check_open(terms: Terms, at: datetime) -> None:
    """In time is from the first instant to exactly 24:00:00 of the last day; a microsecond later is late."""
    check_case_access(terms.opens_at, at, terms.zone)
    if at > terms.closes_at:
        raise Refused(
            f"The window closed at {deadline_text(terms.closes_at, terms.zone)}. This was not handed in. "
            "Your text is kept here: write to the programme office today and tell them what happened.",
            code="window.closed",
        )


def check_submission(
    terms: Terms, texts: Mapping[str, str], *, words: int, own_work: bool, at: datetime
) -> None:
    """A script is in time, has something in every part, keeps to the limit and is declared own work.

    `texts` holds the text of each part by its key, or the whole under ""; `words` is their sum by the stated
    rule.
    """
    check_open(terms, at)
    check_written(terms.parts, texts, words=words, word_limit=terms.word_limit)
    if not own_work:
        raise Refused(
            "Confirm that this is your own work: without it nothing can be handed in.",
            code="script.own_work",
            field="own_work",
        )


def check_written(
    parts: tuple[Part, ...], texts: Mapping[str, str], *, words: int, word_limit: int | None
) -> None:
    """There is something in every part, and no word more than the limit; None: none is set. For practice as well."""
    missing = [f"{part.number} {part.title}" for part in parts if not texts.get(part.key, "").strip()]
    if not any(text.strip() for text in texts.values()) or words == 0:
        raise Refused("There is nothing to hand in yet: write your response first.", code="script.empty")
    if missing:
        raise Refused(
            ", ".join(f"{part} missing" for part in missing) + ". Write something in every part.",
            code="script.part_missing",
        )
    if word_limit is not None and words > word_limit:
        excess = words - word_limit
        raise Refused(
            f"{words:,} of {word_limit:,} words: cut {excess:,} word{'' if excess == 1 else 's'} "
            "and hand in again.",
            code="script.too_long",
        )


def check_draft(terms: Terms, texts: Mapping[str, str], *, at: datetime) -> None:
    """A draft can be kept once the case study is there; also after the deadline, so that nothing is lost."""
    check_case_access(terms.opens_at, at, terms.zone)
    length = sum(len(text) for text in texts.values())
    if length > DRAFT_LIMIT:
        raise Refused(
            f"{length:,} characters are more than can be kept ({DRAFT_LIMIT:,}). Remove what does not belong "
            "to your response. Your text stays in this page and on this device; what was saved last is unchanged.",
            code="draft.too_long",
        )
    strange = set(texts) - set(terms.keys)
    if strange:
        raise Refused("This page is out of date: load it again.", code="draft.parts")


def check_revision(
    seen: int | None, texts: Mapping[str, str], *, stored: int, kept: Mapping[str, str]
) -> None:
    """A save builds on the last one; None if the caller knows of none. The same text never clashes."""
    if seen is not None and seen != stored and dict(texts) != dict(kept):
        raise Stale(
            "This response was changed in another tab or on another device since you loaded this page. "
            "Both texts are shown: put what you want to keep into the editor, then save again.",
            code="draft.stale",
            revision=stored,
            texts=kept,
        )


def part_texts(text: str, parts: Iterable[Part]) -> dict[str, str]:
    """Take a document apart at its headings: a line that is the title of a part, with or without its number.

    What stands before the first heading belongs to no part and is given under "" if it isn't empty.
    """
    titles = {_heading(part.title): part.key for part in parts}
    found: dict[str, list[str]] = {}
    current = ""
    for line in text.splitlines():
        key = titles.get(_heading(line))
        if key:
            current = key
            found.setdefault(key, [])
        else:
            found.setdefault(current, []).append(line)
    texts = {key: "\n".join(lines).strip() for key, lines in found.items()}
    return {key: value for key, value in texts.items() if key or value}


def _heading(line: str) -> str:
    """A heading as it is compared: "4. Implementation Steps:" → "implementation steps"."""
    kept = "".join(sign if sign.isalnum() else " " for sign in line.casefold())
    words = kept.split()
    return " ".join(words[1:] if words and words[0].isdigit() else words)
