"""What is decided once: whoever comes second is told what stands, and that theirs was not kept."""

from datetime import datetime
from typing import Any

from goldenthread.common.days import instant_text
from goldenthread.common.refused import Refused

SECONDS_OWN = "in another window or a moment ago"


def decided_meanwhile(done: str, *, by: Any, who: Any, at: datetime, code: str, then: str = "") -> Refused:
    """The refusal for `by`, who decides what `who` decided at an instant before them.

    `done` is what was done, as in "approved this"; `then` is what to do now. The instant is said in the zone of the
    person who reads it. The caller leaves the same form of the same person, sent twice, without a word.
    """
    when = instant_text(at, getattr(by, "zone", "") or "Europe/London")
    first = (
        f"You {done} on {when}, {SECONDS_OWN}."
        if who == by
        else f"{who} {done} on {when}, before you sent yours."
    )
    return Refused(" ".join([first, "What you sent was not kept.", *([then] if then else [])]), code=code)
