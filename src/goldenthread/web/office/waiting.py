"""What waits outside applications and assessment: enquiries, chats, drafts, claims. Two statements."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Min, Q, QuerySet, Value

from goldenthread.catalogue.models import DraftState, VersionDraft
from goldenthread.common import clock
from goldenthread.enquiries import rules
from goldenthread.enquiries.models import Chat, Enquiry, Topic
from goldenthread.reports.models import Claim


@dataclass(frozen=True)
class Waiting:
    """How many of each, and the day of the oldest that is late."""

    late: int
    oldest: datetime | None
    other: int
    chats: int
    drafts: int
    claims: int


def waiting(*, at: datetime) -> Waiting:
    """Enquiries past their target, those about other provision, chats that nobody took, drafts for a second person, and
    claims past their review."""
    late = Q(due_at__lt=at) & ~Q(topic=Topic.OTHER)
    open_ones = Enquiry.objects.filter(quarantine="", state__in=list(rules.OPEN)).order_by()
    found = open_ones.aggregate(
        late=Count("pk", filter=late),
        oldest=Min("due_at", filter=late),
        other=Count("pk", filter=Q(topic=Topic.OTHER)),
    )
    lists: dict[str, QuerySet[Any]] = {
        "chats": Chat.objects.filter(ended_at__isnull=True, taken_by__isnull=True),
        "drafts": VersionDraft.objects.filter(state=DraftState.CHECKED),
        "claims": Claim.objects.filter(published_at__isnull=False, review_on__lt=clock.day_of(at)),
    }
    parts = [
        rows.order_by().values_list(Value(name)).annotate(number=Count("pk")) for name, rows in lists.items()
    ]
    numbers = dict(parts[0].union(*parts[1:], all=True))
    return Waiting(
        late=found["late"],
        oldest=found["oldest"],
        other=found["other"],
        chats=numbers.get("chats", 0),
        drafts=numbers.get("drafts", 0),
        claims=numbers.get("claims", 0),
    )
