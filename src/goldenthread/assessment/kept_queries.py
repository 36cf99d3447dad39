"""Texts that are kept beside a draft, each only for whose they are; and which of them can still be handed in."""

from collections.abc import Iterable
from datetime import datetime

from django.http import Http404

from goldenthread.assessment import adjusting
from goldenthread.assessment.models import Script, Sitting, SittingState
from goldenthread.assessment.queries import current_script
from goldenthread.assessment.rules import check_not_deferred, kept, uploads
from goldenthread.assessment.upload_queries import rest_minutes_of
from goldenthread.assessment.writing_models import KeptText, Why
from goldenthread.common.refused import allows


def kept_of(sitting: Sitting) -> list[KeptText]:
    """What is kept beside a sitting's draft and became no script, the latest first, without its words. One query."""
    found = list(KeptText.objects.filter(sitting=sitting, script__isnull=True).defer("texts"))
    for one in found:
        one.sitting = sitting
    return found


def waiting_in(found: Iterable[KeptText], script: Script | None) -> KeptText | None:
    """The latest of a sitting's texts that arrived to be handed in and that nothing has been handed in after."""
    for one in found:
        if one.why == Why.WAITS and (script is None or script.received_at < one.arrived_at):
            return one
    return None


def get_kept_of(sitting: Sitting, kept_id: int) -> KeptText:
    """One text that is kept for this sitting, whose person has been asked for; 404 if there is none. One query."""
    found = KeptText.objects.select_related("script").filter(sitting=sitting, pk=kept_id).first()
    if found is None:
        raise Http404
    found.sitting = sitting
    return found


def rest_until_of(sitting: Sitting) -> datetime:
    """Until when a text that arrived in time can be handed in as it came: as long as the rest of a document."""
    return uploads.rest_until(sitting.closes_at, rest_minutes_of(sitting.window))


def check_can_be_handed_in(one: KeptText, *, at: datetime) -> None:
    """Whether this text may become the script that counts from its arrival; raises what says no."""
    sitting, script = one.sitting, current_script(one.sitting)
    check_not_deferred(sitting.state == SittingState.DEFERRED)
    kept.check_was_sent_to_hand_in(waits=one.why == Why.WAITS)
    kept.check_handed_in_later(
        one.arrived_at,
        counts_since=script.received_at if script else None,
        number=script.number if script else 0,
        with_markers=script is not None and adjusting.with_markers(sitting.window),
        zone=sitting.zone,
    )
    kept.check_still_counts(
        one.arrived_at,
        at=at,
        closes_at=sitting.closes_at,
        rest=rest_minutes_of(sitting.window),
        zone=sitting.zone,
    )


def can_be_handed_in(one: KeptText, *, at: datetime) -> bool:
    """The same as true or false, for showing a link."""
    return allows(check_can_be_handed_in, one, at=at)
