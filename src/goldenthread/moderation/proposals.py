"""What batches that go back to marking and batches that are shifted have in common: one person of a round proposes,
another decides.
"""

from datetime import datetime
from typing import TypeVar

from django.http import Http404

from goldenthread.assessment.models import Window
from goldenthread.common.refused import Refused
from goldenthread.moderation import access
from goldenthread.moderation.models import Batch, Round, Shift
from goldenthread.people.access import Viewer
from goldenthread.people.models import User

Proposal = TypeVar("Proposal", Batch, Shift)


def get_for(viewer: Viewer, kind: type[Proposal], number: int) -> Proposal:
    """A proposal with its round and people, for a moderator or the office; 404 for everybody else. One query."""
    found = kind._default_manager.select_related(
        "round__window__intake__version__programme", "round__window__case_study__scheme", "round__window__scheme",
        "marker", "proposed_by", "decided_by",
    ).defer(
        "round__window__intake__version__document", "round__window__case_study__sealed", "round__drawn_from",
        "round__completions",
    )  # fmt: skip
    one = found.filter(pk=number).first()
    if one is None or not access.sees_rounds(viewer):
        raise Http404("No such proposal.")
    return one


def held_round(round: Round) -> Round:
    """The round with its mark scheme, locked after its window, as every change of both does."""
    Window.objects.select_for_update(of=("self",)).get(pk=round.window_id)
    related = "window__case_study__scheme", "window__scheme"
    return Round.objects.select_for_update(of=("self",)).select_related(*related).get(pk=round.pk)


def check_open(held: Batch | Shift) -> None:
    """Refuses a proposal that somebody has decided."""
    if held.state != "proposed":
        raise Refused(
            "Somebody has decided this already; look at the page again.",
            code=f"{held._meta.model_name}.decided",
        )


def take_back(held: Proposal, *, by: User, at: datetime) -> bool:
    """Take one's own locked proposal back; whether it was still open, as it is the first time.

    Refuses anybody else, and a proposal that was decided.
    """
    if held.proposed_by_id != by.pk:
        raise Refused("Only who proposed it takes it back.", code=f"{held._meta.model_name}.not_yours")
    if held.state == "taken_back":
        return False
    check_open(held)
    held.state, held.decided_by, held.decided_at = "taken_back", by, at
    held.save()
    return True
