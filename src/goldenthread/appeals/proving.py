"""Decided appeals compared with what the trail says was decided."""

from collections.abc import Iterator

from goldenthread.appeals.models import Appeal
from goldenthread.common.audit import Fault
from goldenthread.common.proving import Check, Told, rows, unknown


class Appeals(Check):
    """Each decided appeal says what was decided, by whom and why."""

    kind = "appeal"
    verbs = ("appeal.decided",)

    def __init__(self) -> None:
        self.told: dict[int, Told] = {}

    def take(self, told: Told) -> None:
        self.told[told.details["appeal"]] = told

    def faults(self) -> Iterator[Fault]:
        for one in rows(
            Appeal.objects.filter(state="decided").select_related("outcome").defer("outcome__conditions")
        ):
            subject, told = f"enrolment:{one.outcome.enrolment_id}", self.told.pop(one.pk, None)
            if told is None or told.subject != subject:
                yield unknown(subject, f"the decision of appeal {one.pk}")
            elif (told.user, told.at) != (one.decided_by_id, one.decided_at) or _decision(told) != (
                one.verdict, one.new_outcome_id, one.decision_reason, one.remedy,
            ):  # fmt: skip
                yield told.says(f"appeal {one.pk} was decided otherwise: by whom, how or why")
        yield from (told.says(f"the decision of appeal {pk} is gone") for pk, told in self.told.items())


def _decision(told: Told) -> tuple[str, int | None, str, str]:
    said = told.details
    return said["verdict"], said["outcome"], said["reason"], said["remedy"]
