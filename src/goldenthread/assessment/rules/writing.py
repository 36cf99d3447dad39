"""What is written and handed in: in time, complete, within the limit, declared (S0-30, S0-42, S2-20)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from goldenthread.assessment.rules.policies import (
    FIRST_COUNTING,
    NOTHING_SAID,
    ONLY_OWN_WORK,
    AiSaid,
    Counting,
    Declarations,
    Length,
    check_declared,
)
from goldenthread.assessment.rules.unseen import check_case_access
from goldenthread.assessment.words import has_word
from goldenthread.catalogue.policies import Over
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
    counting: Counting = FIRST_COUNTING
    declarations: Declarations = ONLY_OWN_WORK

    @property
    def most(self) -> int:
        """The most words that are taken as they are."""
        return self.counting.most(self.word_limit)

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
    terms: Terms,
    texts: Mapping[str, str],
    *,
    words: int,
    own_work: bool,
    at: datetime,
    ai: AiSaid = NOTHING_SAID,
    document: str = "",
) -> None:
    """A script could be handed in as it is (`check_unsigned`), and all is declared that is asked.

    `ai` is what was said about AI.
    """
    check_unsigned(terms, texts, words=words, at=at, document=document)
    check_declared(terms.declarations, own_work=own_work, ai=ai)


def check_unsigned(
    terms: Terms, texts: Mapping[str, str], *, words: int, at: datetime, document: str = ""
) -> None:
    """A script is in time, has a word in every part, and keeps to the limit.

    `texts` holds the text of each part by its key, or the whole under ""; `words` is their sum by the stated
    rule; `document` is the name of the file that it came in.
    """
    check_open(terms, at)
    if document and words == 0:
        raise Refused(
            f"{document} has no words, so it can't be handed in. Was it the right file? Open it, look whether your "
            "response is in it, and choose the one that holds it.",
            code="script.empty",
        )
    length = Length(words, terms.word_limit, terms.counting)
    check_written(terms.parts, texts, length=length)


def check_written(
    parts: tuple[Part, ...],
    texts: Mapping[str, str],
    *,
    length: Length,
) -> None:
    """There is at least one word in every part, and no more of them than are taken. For practice too.

    What a word is, the rule that counts them says: dashes, full stops and signs that nobody sees fill no part.
    """
    missing = [f"{part.number} {part.title}" for part in parts if not has_word(texts.get(part.key, ""))]
    if length.words == 0 or not any(map(has_word, texts.values())):
        raise Refused("There is nothing to hand in yet: write your response first.", code="script.empty")
    if missing:
        raise Refused(
            ", ".join(f"{part} missing" for part in missing) + ". Write something in every part.",
            code="script.part_missing",
        )
    check_length(length)


def check_length(length: Length, code: str = "script.too_long") -> None:
    """Too many words are refused where nothing else follows of them; the refusal says how many have to go."""
    if not length.excess or length.counting.over is not Over.REFUSE:
        return
    beyond = ""
    if length.counting.tolerance_percent:
        beyond = f" With {length.counting.tolerance_percent} % over it, up to {length.most:,} are taken."
    plural = "" if length.excess == 1 else "s"
    raise Refused(
        f"{length.words:,} of {length.limit:,} words: cut {length.excess:,} word{plural} and hand in again.{beyond}",
        code=code,
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


def check_replaces(document: str, *, counts: int, words: int, received: str, confirmed: int | None) -> None:
    """A text takes the place of a document only where that is said of this very one: `confirmed` is its number.

    `document` is its name, `counts` the number of its script.
    """
    if confirmed != counts:
        raise Refused(
            f"Your document {document} counts: {words:,} word{'' if words == 1 else 's'}, handed in at {received}. "
            "Nothing was handed in now, and your text is kept. If the text is to count instead of the document, "
            "tick the box that says so and hand in again; if not, there is nothing left to do.",
            code="script.document_counts",
            field="replace",
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
