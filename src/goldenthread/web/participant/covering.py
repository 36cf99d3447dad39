"""What markers will not see of a document: names that would tell who wrote it are covered, and its author is told."""

from collections.abc import Sequence
from dataclasses import dataclass

from goldenthread.applications.models import Enrolment
from goldenthread.assessment.models import Sitting
from goldenthread.marking.identity import identity_of_participant, identity_of_writer
from goldenthread.marking.rules import covered


@dataclass(frozen=True)
class Covering:
    """A response as markers will see it: (title, text), and which names were covered in how many places."""

    sections: list[tuple[str, str]]
    names: list[str]
    places: int


def names_in(text: str, enrolment: Enrolment) -> list[str]:
    """What would tell markers whose text this is: the participant's names, addresses and school that stand in it."""
    identity = identity_of_participant(enrolment.pk)
    return sorted(name for name in identity if covered(text, [name])[1])


def covering_of(sitting: Sitting, sections: Sequence[tuple[str, str]]) -> Covering:
    """Cover what names the writer in each section, as `web.assessor` does for the markers. One query.

    A marker also sees a name that stands in the case itself; here the case is not read for that.
    """
    identity = identity_of_writer(sitting)
    shown, places = [], 0
    for title, text in sections:
        seen, times = covered(text, identity)
        shown.append((title, seen))
        places += times
    whole = "\n".join(text for _, text in sections) if places else ""
    told = sorted(name for name in identity if covered(whole, [name])[1]) if places else []
    return Covering(shown, told, places)
