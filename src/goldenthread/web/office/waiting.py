"""What waits outside applications and assessment: enquiries, chats, drafts, claims, messages. One statement."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, DateTimeField, Min, QuerySet, Value

from goldenthread.catalogue.models import DraftState, FrameworkProposal, VersionDraft
from goldenthread.common import clock
from goldenthread.common.models import OutboxMessage
from goldenthread.enquiries import rules
from goldenthread.enquiries.models import Chat, Enquiry, Topic
from goldenthread.reports.models import Claim
from goldenthread.web.office.mailbox import STATES

UNSENT = ("dead", "failing", "waiting")


@dataclass(frozen=True)
class Waiting:
    """How many of each, and the day of the oldest that is late."""

    late: int
    oldest: datetime | None
    other: int
    chats: int
    drafts: int
    texts: int
    claims: int
    messages: dict[str, int]  # by state, the sent ones left out


def waiting(*, at: datetime) -> Waiting:
    """Enquiries past their target, those about other provision, chats that nobody took, drafts and framework texts for
    a second person, claims past their review, and messages that are not sent."""
    open_ones = Enquiry.objects.filter(quarantine="", state__in=list(rules.OPEN))
    lists: dict[str, QuerySet[Any]] = {
        "late": open_ones.filter(due_at__lt=at).exclude(topic=Topic.OTHER),
        "other": open_ones.filter(topic=Topic.OTHER),
        "chats": Chat.objects.filter(ended_at__isnull=True, taken_by__isnull=True),
        "drafts": VersionDraft.objects.filter(state=DraftState.CHECKED),
        "texts": FrameworkProposal.objects.filter(state="proposed"),
        "claims": Claim.objects.filter(published_at__isnull=False, review_on__lt=clock.day_of(at)),
        **{state: OutboxMessage.objects.filter(STATES[state]) for state in UNSENT},
    }
    no_day = Value(None, output_field=DateTimeField())
    parts = [
        rows.order_by()
        .values_list(Value(name))
        .annotate(number=Count("pk"), oldest=Min("due_at") if name == "late" else no_day)
        for name, rows in lists.items()
    ]
    found = {name: (number, oldest) for name, number, oldest in parts[0].union(*parts[1:], all=True)}
    numbers = {name: found.get(name, (0, None))[0] for name in lists}
    return Waiting(
        late=numbers["late"],
        oldest=found.get("late", (0, None))[1],
        other=numbers["other"],
        chats=numbers["chats"],
        drafts=numbers["drafts"],
        texts=numbers["texts"],
        claims=numbers["claims"],
        messages={state: numbers[state] for state in UNSENT},
    )
