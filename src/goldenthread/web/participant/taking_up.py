"""A text that had waited for its writer to sign in again: saved with its arrival, or shown beside what is saved."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages

from goldenthread.common.days import instant_text
from goldenthread.common.refused import Refused, Stale
from goldenthread.people import kept_forms
from goldenthread.web.participant.editor import KEPT_AS_IT_CAME, NEWER_IS_SAVED, NOT_SAVED_YET
from goldenthread.web.shared.parking import keep_for_writer, unpark_with_arrival


@dataclass(frozen=True)
class TakenUp:
    """What became of it: `form` shows it where it is not saved (None: it is saved), `newer` what was saved since."""

    form: Any = None
    newer: Stale | None = None


def take_up(
    request: Any,
    key: str,
    *,
    form_of: Callable[[Mapping[str, str]], Any],
    save: Callable[[Any, datetime], Any],
    show: Callable[[Any, Refused], None],
) -> TakenUp | None:
    """Save what waits under this key with the instant of its arrival, and tell its writer; None where nothing waits.

    `form_of` makes a form of its fields, `save` takes that form where it is whole, and `show` puts into it why it was
    refused. Where another text has been saved since, neither takes the other's place. What is not saved is kept for its
    writer until they send or dismiss it.
    """
    parked = unpark_with_arrival(request, key)
    if parked is None:
        return None
    form = form_of(parked.texts)
    if not form.is_valid():
        messages.warning(request, NOT_SAVED_YET)
        keep_for_writer(request, request.get_full_path(), parked)
        return TakenUp(form)
    try:
        save(form, parked.at)
    except Stale as newer:
        messages.warning(request, NEWER_IS_SAVED)
        keep_for_writer(request, request.get_full_path(), parked)
        return TakenUp(form, newer)
    except Refused as refusal:
        show(form, refusal)
        keep_for_writer(request, request.get_full_path(), parked)
        return TakenUp(form)
    at = instant_text(parked.at, request.user.zone, seconds=True)
    messages.success(request, KEPT_AS_IT_CAME.format(at=at))
    return TakenUp()


def sent(request: Any) -> None:
    """Let go what was kept of this page and has been saved now."""
    texts = {name: str(value) for name, value in request.POST.items()}
    kept_forms.sent_again(user=request.user, page=request.path, texts=texts, at=request.received_at)
