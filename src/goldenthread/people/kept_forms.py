"""Texts of forms that waited for their writer and could not simply be saved: kept until they are sent or dismissed, and
for 90 days at most.
"""

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from goldenthread.common import audit
from goldenthread.people.models import KeptForm, User

SHOWN = 100
KEPT_FOR = timedelta(days=90)  # from the arrival; our own rule


@transaction.atomic
def keep_form(
    *, user: User, page: str, title: str, texts: Mapping[str, str], arrived_at: datetime, at: datetime
) -> KeptForm | None:
    """Keep what somebody sent from a page of theirs; the same once. None where nothing was written."""
    written = {name: _plain(text) for name, text in texts.items() if text.strip()}
    if not written:
        return None
    sha256 = hashlib.sha256(json.dumps(written, sort_keys=True).encode()).hexdigest()
    kept, made = KeptForm.objects.get_or_create(
        user=user, page=page[:300], sha256=sha256,
        defaults={"title": title[:100], "texts": written, "arrived_at": arrived_at},
    )  # fmt: skip
    if not made and kept.arrived_at < arrived_at:
        kept.arrived_at = arrived_at
        kept.save(update_fields=["arrived_at"])
    if made:
        audit.record("form.kept", f"user:{user.pk}", by=user, at=at, kept=kept.pk, page=kept.page)
    return kept


@transaction.atomic
def sent_again(*, user: User, page: str, texts: Mapping[str, str], at: datetime) -> int:
    """Let go what is kept of a page, with whatever query, and was taken now: every text of it is in what was sent. How
    many. One query where nothing is kept.
    """
    sent = {name: _plain(text) for name, text in texts.items()}
    here = Q(page=page[:300]) | Q(page__startswith=f"{page}?")
    found = KeptForm.objects.select_for_update().filter(here, user=user).order_by("pk")
    taken = [one for one in found if all(text in sent.get(name, "") for name, text in one.texts.items())]
    for one in taken:
        _let_go(one, "form.taken", by=user, at=at)
    return len(taken)


@transaction.atomic
def dismiss(*, user: User, kept_id: int, at: datetime) -> bool:
    """Let go what somebody doesn't want any more; whether it was there. Nobody lets go what is another's."""
    found = KeptForm.objects.select_for_update().filter(user=user, pk=kept_id).first()
    if found is not None:
        _let_go(found, "form.dismissed", by=user, at=at)
    return found is not None


def _let_go(one: KeptForm, verb: str, *, by: User | None, at: datetime) -> None:
    audit.record(verb, f"user:{one.user_id}", by=by, at=at, kept=one.pk, page=one.page)
    one.delete()


def let_expired_go(*, at: datetime) -> int:
    """Let go what has been kept for as long as it may be; how many. Each is a transaction of its own, so that whoever
    sends or dismisses theirs waits for no other.
    """
    over = KeptForm.objects.filter(arrived_at__lt=at - KEPT_FOR).order_by("pk").values_list("pk", flat=True)
    return sum(_expire(pk, at=at) for pk in list(over))


@transaction.atomic
def _expire(kept_id: int, *, at: datetime) -> bool:
    found = KeptForm.objects.select_for_update().filter(pk=kept_id).first()
    if found is not None:
        _let_go(found, "form.expired", by=None, at=at)
    return found is not None


def kept_until(one: KeptForm) -> datetime:
    """When what is kept is let go, if it is neither sent nor dismissed before."""
    return one.arrived_at + KEPT_FOR


def kept_of(user: User, *, at: datetime) -> list[KeptForm]:
    """What is kept for somebody, the latest first; nobody else reads it. One query."""
    found = KeptForm.objects.filter(user=user, arrived_at__gte=at - KEPT_FOR)
    return list(found.order_by("-arrived_at", "-pk")[:SHOWN])


def _plain(text: str) -> str:
    return text.replace("\r\n", "\n").strip()
