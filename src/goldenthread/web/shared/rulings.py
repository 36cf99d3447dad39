"""A decision of a named person where sources disagree, in words: for whom it holds, and between which values."""

from collections.abc import Iterable
from typing import Any

from goldenthread.catalogue.applying import places_of
from goldenthread.catalogue.sourced import SourcedValue
from goldenthread.catalogue.wording import listed
from goldenthread.common.quantities import words_text
from goldenthread.intakes.models import Ruling


def holds_for(ruling: Ruling, *, version: int, intake: int | None = None) -> str:
    """For whom a ruling was made, said to somebody of `version` and `intake`: "for your intake", "for every intake of
    your programme version". With `intake` None it is said to the office.
    """
    if ruling.intake is not None:
        return "for your intake" if ruling.intake_id == intake else f"for the intake {ruling.intake.name}"
    if ruling.version_id == version:
        return f"for every intake of {'this' if intake is None else 'your programme'} version"
    return f"for the revision before {'this one' if intake is None else 'yours'}, which carried it in"


def limits_text(
    choices: Iterable[SourcedValue[int]], *, documents: Iterable[tuple[str, str]] | None = None
) -> str:
    """Every limit with where it can be read: "2,500 words (000:82, stage table) and 1,500 words (000:162)".

    With `documents`, the titles of a specification's sources, these are named instead of their numbers.
    """
    known = None if documents is None else list(documents)
    return listed([f"{words_text(choice.value or 0)} ({_place(choice, known)})" for choice in choices])


def _place(choice: SourcedValue[Any], documents: list[tuple[str, str]] | None) -> str:
    places = choice.source if documents is None else places_of(choice.source, documents)
    return ", ".join([*places, *filter(None, [choice.note])])
