"""What later packages do when a result is released: they register here, and follow in the same transaction."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from goldenthread.common.writes import Writes
from goldenthread.outcomes.models import Outcome

Follow = Callable[..., None]
_follows: list[Follow] = []


def when_released(hook: Follow) -> Follow:
    """Register `hook(outcomes=, by=, at=, writes=)`: it gets every outcome that is released, corrections included.

    It may be called before the transaction: the outcomes have their numbers and are not written yet. So it reads what
    was there before, and puts what follows into `writes`; what has to read the outcomes comes `afterwards` there.
    """
    _follows.append(hook)
    return hook


def follow(outcomes: Iterable[Outcome], *, by: Any, at: datetime, writes: Writes | None = None) -> None:
    """Hand outcomes that are released to all who follow. Without `writes` what follows is written at once, inside the
    caller's transaction.
    """
    released, following = list(outcomes), writes or Writes()
    for hook in _follows:
        hook(outcomes=released, by=by, at=at, writes=following)
    if writes is None:
        following.write()
