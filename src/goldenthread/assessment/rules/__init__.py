"""What decides about a case study, its window and what is handed in (S0-30 to S0-42, G-18).

Plain functions, by subject: windows, unseen, sittings, writing, schemes. Time comes in as `at` or as dates, what the
version says comes in as numbers. What projects ask is in `rules.projects` and `rules.calendars`, which are imported by
their names. A rule that says no raises `Refused` with a message for the person who tried;
`allows(rule, ...)` turns it into true or false.
"""

from goldenthread.assessment.rules.schemes import (
    KINDS,
    Point,
    Scheme,
    check_case_revision,
    check_draft_case,
    check_marks,
    check_points,
    check_publish,
    check_seen,
)
from goldenthread.assessment.rules.sittings import (
    check_case_set,
    check_enter_again,
    check_let_in,
    check_stages,
    check_waiver,
    reopens,
)
from goldenthread.assessment.rules.unseen import (
    VISIBLE,
    Eye,
    Phase,
    Readers,
    check_assignable,
    check_case_access,
    check_unread,
    check_unused,
    phase,
    visible,
)
from goldenthread.assessment.rules.windows import (
    allowed_first_days,
    check_cancel,
    check_limit_not_told,
    check_not_begun,
    check_not_begun_in,
    check_not_cancelled,
    check_same_window,
    check_window,
    day_begins,
    window_days,
    window_instants,
)
from goldenthread.assessment.rules.writing import (
    BEFORE_PARTS,
    DRAFT_LIMIT,
    Part,
    Terms,
    check_draft,
    check_open,
    check_revision,
    check_submission,
    part_texts,
)
from goldenthread.common.days import day_text, deadline_text, instant_text
from goldenthread.common.refused import Stale

__all__ = [
    "BEFORE_PARTS",
    "DRAFT_LIMIT",
    "KINDS",
    "VISIBLE",
    "Eye",
    "Part",
    "Phase",
    "Point",
    "Readers",
    "Scheme",
    "Stale",
    "Terms",
    "allowed_first_days",
    "check_assignable",
    "check_cancel",
    "check_case_access",
    "check_case_revision",
    "check_case_set",
    "check_draft",
    "check_draft_case",
    "check_enter_again",
    "check_let_in",
    "check_limit_not_told",
    "check_marks",
    "check_not_begun",
    "check_not_begun_in",
    "check_not_cancelled",
    "check_open",
    "check_points",
    "check_publish",
    "check_revision",
    "check_same_window",
    "check_seen",
    "check_stages",
    "check_submission",
    "check_unread",
    "check_unused",
    "check_waiver",
    "check_window",
    "day_begins",
    "day_text",
    "deadline_text",
    "instant_text",
    "part_texts",
    "phase",
    "reopens",
    "visible",
    "window_days",
    "window_instants",
]
