"""Seals and opens what is unseen. Whoever calls this has authorised the reader and says so on record.

Nothing that is opened is ever written back in clear: it lives in the objects of one request. `tests/test_seals.py`
names every module that may open something.
"""

import logging
from collections.abc import Iterable, Mapping

from goldenthread.assessment import case_keys, sealing
from goldenthread.assessment.models import CaseStudy, MarkPoint, MarkScheme
from goldenthread.assessment.opened import CaseText, key_of_levels, say
from goldenthread.assessment.sealing import Place, Unreadable

log = logging.getLogger("goldenthread.assessment")


# --- sealing, for authors -------------------------------------------------------------------------------
def seal_text(case: CaseStudy, text: CaseText) -> None:
    """Put a text under seal at the case study's revision, for the caller to save `sealed`. It needs its number."""
    case.sealed = sealing.seal(text.by_field(), place_of_text(case), case_keys.ring())
    case.opened_text = text


def seal_needs(case: CaseStudy, needs: str) -> None:
    """Put the areas of need under seal, for the caller to save `sealed_needs`."""
    case.sealed_needs = (
        sealing.seal({"needs": needs}, place_of_needs(case), case_keys.ring()) if needs else ""
    )
    case.opened_needs = needs


def seal_points(
    scheme: MarkScheme, texts: Mapping[int, str], levels: Mapping[int, str] | None = None
) -> None:
    """Put the texts of a scheme's points, and the levels of those that have some, by number, under seal at its
    revision, for the caller to save `sealed`.
    """
    content = {str(number): text for number, text in texts.items()}
    content |= {key_of_levels(number): text for number, text in (levels or {}).items() if text}
    scheme.sealed = sealing.seal(content, place_of_points(scheme), case_keys.ring())


def seal_sent(fields: Iterable[tuple[str, str]], *, author: int) -> str:
    """A form that an author sent and that can't be taken yet, under seal for this author alone."""
    return sealing.seal({"fields": [list(one) for one in fields]}, Place("sent", author, 0), case_keys.ring())


# --- opening ----------------------------------------------------------------------------------------------
def open_text(case: CaseStudy) -> CaseStudy:
    """The case study with its text. Refuses (`Unreadable`) where the seal doesn't open; no query if it was loaded."""
    found = sealing.opened(case.sealed, place_of_text(case), case_keys.ring())
    case.opened_text = CaseText(**{name: str(found[name]) for name in ("title", "body", "question")})
    return case


def open_needs(case: CaseStudy) -> CaseStudy:
    """The case study with its areas of need."""
    found = (
        sealing.opened(case.sealed_needs, place_of_needs(case), case_keys.ring())["needs"]
        if case.sealed_needs
        else ""
    )
    case.opened_needs = str(found)
    return case


def open_points(scheme: MarkScheme, points: Iterable[MarkPoint]) -> list[MarkPoint]:
    """These points of the scheme with their texts; those of a project task were never sealed."""
    rows = list(points)
    if scheme.case_study_id is not None:
        texts = (
            sealing.opened(scheme.sealed, place_of_points(scheme), case_keys.ring()) if scheme.sealed else {}
        )
        say({row.number: row for row in rows}, texts)
    return rows


def open_sent(stored: str, *, author: int) -> list[tuple[str, str]]:
    """The fields of a form that `seal_sent` kept for this author. Refuses (`Unreadable`) for everybody else."""
    found = sealing.opened(stored, Place("sent", author, 0), case_keys.ring())
    return [(str(name), str(value)) for name, value in found["fields"]]


def try_text(case: CaseStudy) -> CaseStudy | None:
    """The case study with text and needs, or None: for a list that one seal must not take away."""
    try:
        return open_needs(open_text(case))
    except Unreadable as fault:
        log.error("%s", fault.message)
        return None


def note_fault(case: CaseStudy, fault: Unreadable) -> None:
    """Keep that a seal did not open, so that the office's desk says so, and put the whole reason into the log."""
    log.error("%s", fault.message)
    CaseStudy.objects.filter(pk=case.pk).exclude(fault=fault.code).update(fault=fault.code)


# --- where each seal belongs ------------------------------------------------------------------------------
def place_of_text(case: CaseStudy) -> Place:
    return Place("text", case.pk, case.revision)


def place_of_needs(case: CaseStudy) -> Place:
    return Place("needs", case.pk, 0)  # tags of a published case change and have no revision


def place_of_points(scheme: MarkScheme) -> Place:
    assert scheme.case_study_id is not None
    return Place("scheme", scheme.case_study_id, scheme.revision)
