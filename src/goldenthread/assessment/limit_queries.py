"""The word limit of a case study: the value that counts, what the sources give, and who chose (S0-31)."""

from dataclasses import dataclass

from django.db.models import Q

from goldenthread.applications.models import Enrolment
from goldenthread.assessment.models import Window
from goldenthread.catalogue.models import ProgrammeVersion
from goldenthread.catalogue.rules import word_limit
from goldenthread.catalogue.sourced import SourcedValue
from goldenthread.common.refused import Refused
from goldenthread.intakes.models import Intake, Ruling

WORD_LIMIT = "assessment.max_words"


@dataclass(frozen=True)
class WordLimit:
    """The limit that counts, the values of the sources, and who chose it, if somebody had to.

    `ruling` is of the intake whose window it is, else of the whole version, else of the revision before, which the
    version has carried in.
    """

    value: int | None
    choices: tuple[SourcedValue[int], ...]
    ruling: Ruling | None

    @property
    def must_be_chosen(self) -> bool:
        return self.value is None and bool(self.choices)

    @property
    def disputed(self) -> bool:
        """The sources give more than one value."""
        return len({choice.value for choice in self.choices}) > 1


def word_limit_of(intake: Intake) -> WordLimit:
    """What counts for an intake (S0-31): what somebody ruled for it or for its version, or what the version says;
    never a default. One query, where the version is loaded.
    """
    return _limit(intake.version, intake.pk, None)


def word_limit_for(enrolment: Enrolment, window: Window | None) -> WordLimit:
    """What counts for one person: as told with the window that they sit in, whichever intake it is of, else as for
    their own intake. One query, where the version is loaded.
    """
    if window is None:
        return _limit(enrolment.version, enrolment.intake_id, None)
    return _limit(enrolment.version, window.intake_id, window.word_limit)


def settled_word_limit(intake: Intake) -> int:
    """The limit that counts, in words; refuses, naming value and source of each, while nobody has chosen."""
    ruling = intake.rulings.filter(rule=WORD_LIMIT).first()
    value = word_limit(intake.version.specification, int(ruling.value) if ruling else None)
    if value is None:
        raise Refused(
            "No source gives a word limit for this version: a window can't be set.",
            code="words.unknown",
            field="intake",
        )
    return value


def _limit(version: ProgrammeVersion, intake: int, told: int | None) -> WordLimit:
    """`told` is the limit that stands in a window already; it holds, whatever is ruled."""
    spec = version.specification
    rulings = _rulings(version, intake, spec.supersedes)
    own = next((one for one in rulings if one.intake_id == intake), None)
    value = told
    if value is None:
        try:
            value = word_limit(spec, int(own.value) if own else None)
        except Refused:
            value = None
    chose = next((one for one in rulings if one.value == value), None) if value is not None else None
    return WordLimit(value, tuple(spec.assessment.max_words.choices), chose)


def _rulings(version: ProgrammeVersion, intake: int, supersedes: str) -> list[Ruling]:
    """What was ruled for the intake, the version and the revision before it, the nearest first. One query."""
    whose = Q(intake=intake) | Q(version=version.pk)
    if supersedes:
        whose |= Q(version__key=supersedes)
    found = Ruling.objects.filter(whose, rule=WORD_LIMIT).select_related("chosen_by", "intake")
    return sorted(found.order_by("pk"), key=lambda one: (one.intake_id is None, one.version_id != version.pk))
