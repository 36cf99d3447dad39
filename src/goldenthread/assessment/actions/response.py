"""A response made ready to hand in, and what is asked before it may be."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from goldenthread.assessment import rules, words
from goldenthread.assessment.actions.draft import clean
from goldenthread.assessment.models import Sitting, Window, WindowState
from goldenthread.assessment.queries import terms_of
from goldenthread.assessment.rules.policies import NOTHING_SAID, AiSaid
from goldenthread.assessment.words import WordCount
from goldenthread.common.models import StoredFile
from goldenthread.common.refused import Refused


@dataclass(frozen=True)
class Response:
    """A response made ready to hand in: its text by part, counted and hashed.

    For an upload also its file, and what was found in it (`reading` is its checksum), from which it can be made ready
    again.
    """

    text: str
    texts: Mapping[str, str]
    count: WordCount
    sha256: str
    file: StoredFile | None = None
    file_name: str = ""
    reading: str = ""
    reading_file: StoredFile | None = None
    notes: tuple[str, ...] = ()  # what the count of a document can't know
    first_at: datetime | None = None  # of a document: when its first byte arrived
    upload: int | None = None  # of a document: the row by which it came


def prepare_text(*, sitting: Sitting, texts: Mapping[str, str]) -> Response:
    """Make ready what was written in the editor. The checksum is that of the text as it can be downloaded."""
    texts = clean(texts)
    terms = terms_of(sitting)
    parts = terms.parts
    filled = [part for part in parts if texts.get(part.key, "").strip()]
    text = "\n\n".join(f"{part.number} {part.title}\n\n{texts[part.key]}" for part in filled) if parts else ""
    text = text or texts.get("", "")
    count = words.count_parts(list(texts.values())).leaving_out(terms.counting.not_counted)
    return Response(text, texts, count, hashlib.sha256(text.encode()).hexdigest())


def check_response(
    *, sitting: Sitting, response: Response, own_work: bool, at: datetime, ai: AiSaid = NOTHING_SAID
) -> None:
    """Whether this response could be handed in now; raises the refusal that handing in would."""
    check_takes_scripts(sitting.window)
    words, name = response.count.total, response.file_name
    rules.check_submission(
        terms_of(sitting), response.texts, words=words, own_work=own_work, ai=ai, at=at, document=name
    )


def check_unsigned(*, sitting: Sitting, response: Response, at: datetime) -> None:
    """The same of one for which nothing is declared yet."""
    check_takes_scripts(sitting.window)
    words, name = response.count.total, response.file_name
    rules.check_unsigned(terms_of(sitting), response.texts, words=words, at=at, document=name)


def check_takes_scripts(window: Window) -> None:
    """Once results are released, or the window is cancelled, nothing that comes in can count any more."""
    if window.state == WindowState.RELEASED:
        raise Refused(
            "The results of this window are released: nothing can be handed in any more. "
            "Write to the programme office if that can't be right.",
            code="window.results",
        )
    if window.state == WindowState.CANCELLED:
        raise Refused(
            "This window was cancelled: nothing can be handed in. Your text is kept here; the programme office "
            "tells you about the next one.",
            code="window.cancelled",
        )
