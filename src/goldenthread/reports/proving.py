"""Whether marks, decisions, results and awards are what the audit trail says they are."""

from collections.abc import Iterator

from goldenthread.appeals.proving import Appeals
from goldenthread.awards.proving import Awards
from goldenthread.common import proving
from goldenthread.common.audit import Fault
from goldenthread.marking.proving import Agreements, Marks, Revised
from goldenthread.moderation.proving import Decisions, NationalMarks, Shifts, SignOffs
from goldenthread.outcomes.proving import Outcomes

CHECKS = (Marks, Revised, Agreements, Decisions, Shifts, SignOffs, NationalMarks, Outcomes, Awards, Appeals)


def differences() -> Iterator[Fault]:
    """Every mark, decision, result and award that differs from the trail, is not in it, or is gone. Some dozen queries,
    however many there are.
    """
    return proving.differences([check() for check in CHECKS])
