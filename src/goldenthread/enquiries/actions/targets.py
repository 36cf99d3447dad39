"""Response targets: set by the office with a reason; what was set before stays as the history."""

from datetime import datetime
from typing import Any

from django.db import transaction

from goldenthread.common import audit
from goldenthread.common.refused import Refused
from goldenthread.enquiries import rules
from goldenthread.enquiries.actions.opening import targets
from goldenthread.enquiries.answering import document_of, targets_of
from goldenthread.enquiries.models import AnsweringTargets
from goldenthread.people.models import User


@transaction.atomic
def set_targets(*, document: dict[str, Any], reason: str, by: User, at: datetime) -> AnsweringTargets | None:
    """Set when somebody is there and how many working hours an answer may take; for what comes from now on.

    What is due already stays due. The same targets again change nothing. Refuses what is missing or wrong, and no
    reason.
    """
    try:
        wanted = targets_of(document, "The targets")
    except ValueError as fault:
        raise Refused(f"{fault}.", code="targets.wrong") from None
    why = rules.check_text(reason, field="reason", what="why they change", most=500)
    list(AnsweringTargets.objects.select_for_update(of=("self",)).order_by("-pk")[:1])
    before = document_of(targets())
    after = document_of(wanted)
    if before == after:
        return AnsweringTargets.objects.order_by("-pk").first()
    made = AnsweringTargets.objects.create(document=after, reason=why, set_by=by, set_at=at)
    audit.record("targets.set", made, by=by, at=at, before=before, after=after, reason=why)
    return made
