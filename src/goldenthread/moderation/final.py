"""The marks that scripts earned in the end, after agreement, moderation and a national moderator."""

from dataclasses import dataclass
from typing import Any

from django.db.models import FilteredRelation, Q

from goldenthread.assessment import penalties
from goldenthread.assessment.models import Script, Sitting, Window
from goldenthread.assessment.rules.policies import Length
from goldenthread.marking.models import AgreementState
from goldenthread.marking.rules import Totals
from goldenthread.moderation.models import ShiftedMark


@dataclass(frozen=True)
class FinalMarks:
    """The marks that a script earned in the end, in half marks, whether moderation changed them, and the length of one
    that has too many words, where these cost marks.
    """

    half_marks: Totals
    adjusted: bool
    length: Length | None = None

    @property
    def off(self) -> int:
        """The half marks that are taken off for too many words, as the policy of the window says: once, here, and from
        no single marking, so that agreement and reliability are of the response alone.
        """
        return self.length.half_marks_off(self.half_marks.total) if self.length else 0

    @property
    def counts(self) -> int:
        """The half marks that count: what was earned, less what too many words cost."""
        return self.half_marks.total - self.off


def final_marks(window: Window) -> dict[int, FinalMarks]:
    """The final marks of a window by sitting: the national moderator's where there are any, else the moderator's where
    adjusted, else those that a shift of these very agreed marks came to, else the agreed ones. One query.
    """
    marks = ("half_marks_learn_that", "half_marks_learn_how_to")
    holding = FilteredRelation("shifted_marks", condition=Q(shifted_marks__fell_at__isnull=True))
    scripts = Script.objects.filter(sitting__window=window, current=True)
    length: tuple[str, ...] = ()
    if penalties.costs_marks(window):
        scripts, length = penalties.with_charged(scripts), penalties.CHARGE
    rows = scripts.annotate(shifted=holding).order_by()
    final = {}
    for sitting, state, decision, national, *halves in rows.values_list(
        "sitting_id", "agreement__state", "sampled__decision", "national_mark",
        *(f"{source}__{one}" for source in ("national_mark", "sampled", "shifted", "agreement") for one in marks),
        "shifted__was_learn_that", "shifted__was_learn_how_to", *length,
    ):  # fmt: skip
        agreed = state == AgreementState.AGREED
        moved = agreed and halves[6:8] == halves[8:10]
        there = (national is not None, decision == "adjusted", moved, agreed)
        place = next((place for place, found in enumerate(there) if found), None)
        if place is not None:
            that, how = halves[2 * place : 2 * place + 2]
            long = penalties.length_of(window, *halves[10:]) if length else None
            final[sitting] = FinalMarks(Totals(that or 0, how or 0), place < 3, long)
    return final


def final_marks_of(sitting: Sitting) -> FinalMarks | None:
    """The final marks of one sitting."""
    script = (
        sitting.scripts.filter(current=True).select_related("agreement", "sampled", "national_mark").first()
    )
    if script is None or not hasattr(script, "agreement") or script.agreement.half_marks is None:
        return None
    source: Any = getattr(script, "national_mark", None)
    if source is None and hasattr(script, "sampled") and script.sampled.decision == "adjusted":
        source = script.sampled
    source = source or _shifted(script) or script.agreement
    marks = Totals(source.half_marks_learn_that or 0, source.half_marks_learn_how_to or 0)
    length = penalties.too_long_of(sitting.window, sitting.pk)
    return FinalMarks(marks, source is not script.agreement, length)


def _shifted(script: Script) -> ShiftedMark | None:
    """What a shift of the very marks that a script has agreed came to, while it holds."""
    agreed = script.agreement
    was = {
        "was_learn_that": agreed.half_marks_learn_that,
        "was_learn_how_to": agreed.half_marks_learn_how_to,
    }
    return script.shifted_marks.filter(fell_at__isnull=True, **was).order_by().first()
