"""Texts of forms that waited for their writer and could not simply be saved: kept until they are sent or dismissed."""

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from goldenthread.common import audit
from goldenthread.people.models import KeptForm, User

SHOWN = 100


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
        _let_go(one, "form.taken", at=at)
    return len(taken)


@transaction.atomic
def dismiss(*, user: User, kept_id: int, at: datetime) -> bool:
    """Let go what somebody doesn't want any more; whether it was there. Nobody lets go what is another's."""
    found = KeptForm.objects.select_for_update().filter(user=user, pk=kept_id).first()
    if found is not None:
        _let_go(found, "form.dismissed", at=at)
    return found is not None


def _let_go(one: KeptForm, verb: str, *, at: datetime) -> None:
    audit.record(verb, f"user:{one.user_id}", by=one.user, at=at, kept=one.pk, page=one.page)
    one.delete()


def kept_of(user: User) -> list[KeptForm]:
    """What is kept for somebody, the latest first; nobody else reads it. One query."""
    return list(KeptForm.objects.filter(user=user).order_by("-arrived_at", "-pk")[:SHOWN])


def _plain(text: str) -> str:
    return text.replace("\r\n", "\n").strip()
