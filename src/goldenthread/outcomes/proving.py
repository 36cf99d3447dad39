"""Released outcomes compared with what the trail said at their release, correction or conclusion."""

from collections.abc import Iterator
from typing import Any

from goldenthread.common.audit import Fault
from goldenthread.common.proving import Check, Told, compared, digest_of, rows, unknown
from goldenthread.outcomes.models import Outcome

_TOLD = (
    "id", "enrolment_id", "window_id", "task", "number", "result", "conditions", "half_marks_learn_that",
    "half_marks_learn_how_to", "half_marks_off", "computed_at", "released_at", "released_by_id",
)  # fmt: skip


def told_of(outcome: Outcome) -> dict[str, Any]:
    """What the event of a release says of the outcome's row: its number, its result, and the digest of all of it."""
    return {"outcome": outcome.pk, "result": outcome.result, "digest": digest_of(outcome, _TOLD)}


class Outcomes(Check):
    """Each released outcome is the one that the trail says was released, with its conditions and its marks."""

    kind = "outcome"
    verbs = ("outcome.released", "outcome.corrected", "achievement.concluded")

    def __init__(self) -> None:
        self.told: dict[int, Told] = {}

    def take(self, told: Told) -> None:
        self.told[told.details["outcome"]] = told

    def faults(self) -> Iterator[Fault]:
        for one in rows(Outcome.objects.filter(released_at__isnull=False)):
            subject, told = f"enrolment:{one.enrolment_id}", self.told.pop(one.pk, None)
            if told is None or told.subject != subject:
                yield unknown(subject, f"outcome {one.pk} ({one.get_result_display()})")
            elif told.details["result"] != one.result:
                was = told.details["result"].replace("_", " ")
                yield told.says(f"outcome {one.pk} says {one.get_result_display()}, released was {was}")
            elif told.at != one.released_at or not compared(one, _TOLD, told):
                yield told.says(
                    f"outcome {one.pk} is not what was released: its conditions, marks, release or place are others"
                )
        for pk, told in self.told.items():
            yield told.says(f"outcome {pk} is gone")
