"""What later packages do when a result is released: they register here, and follow in the same transaction."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from goldenthread.outcomes.models import Outcome

Follow = Callable[..., None]
_follows: list[Follow] = []


def when_released(hook: Follow) -> Follow:
    """Register `hook(outcomes=, by=, at=)`: it gets every outcome that is released, corrections included."""
    _follows.append(hook)
    return hook


def follow(outcomes: Iterable[Outcome], *, by: Any, at: datetime) -> None:
    """Hand outcomes that have just been released to all who follow, inside the caller's transaction."""
    released = list(outcomes)
    for hook in _follows:
        hook(outcomes=released, by=by, at=at)
