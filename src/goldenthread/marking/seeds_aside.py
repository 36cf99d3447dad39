"""Which seeds stand with their marker as set aside: after a stop the scripts around them are gone, and one that stayed
alone would tell that it was one.
"""

from datetime import UTC, datetime
from typing import Any

from django.db.models import DateTimeField, Exists, F, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Coalesce

from goldenthread.marking.models import Marking, MarkingState, SetAside
from goldenthread.marking.quality_models import Seed, Stop
from goldenthread.people.models import User

_EVER = Value(datetime(2000, 1, 1, tzinfo=UTC), output_field=DateTimeField())  # before any marking


def seeds_aside() -> QuerySet[Seed]:
    """The seeds that their marker's own pages treat as set aside: those marked in what a stop put in doubt, once every
    script of that is set aside; and all marked by then, once nothing else of theirs is left in the window.

    For the office they stay what they are, and for pay they are work that was done. A part of another query.
    """
    here: dict[str, Any] = {
        "marker": OuterRef("marker"),
        "script__sitting__window": OuterRef("window"),
        "submitted_at__lte": OuterRef("at"),
    }
    aside = SetAside.objects.filter(**here).order_by()
    left = Marking.objects.filter(state=MarkingState.SUBMITTED, script__current=True, **here).order_by()
    doubtful = Coalesce(OuterRef("doubtful_since"), _EVER)
    in_doubt = Exists(aside.filter(submitted_at__gt=doubtful)) & ~Exists(
        left.filter(submitted_at__gt=doubtful)
    )
    stops = Stop.objects.filter(
        marker=OuterRef("marker"), window=OuterRef("window"), at__gte=OuterRef("marked_at")
    ).alias(since=Coalesce(F("doubtful_since"), _EVER))
    over = stops.filter(Q(since__lt=OuterRef("marked_at")) & in_doubt | Exists(aside) & ~Exists(left))
    return Seed.objects.filter(Exists(over.order_by()), marked_at__isnull=False)


def seeds_aside_of(user: User) -> QuerySet[Seed]:
    """Those of one marker. A part of another query."""
    return seeds_aside().filter(marker=user).order_by()
