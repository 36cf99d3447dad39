"""What a moderator has entered of a sampled script and not given yet: kept in their session, for nobody else to read,
until they give their marks or sign out.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from goldenthread.common.refused import Refused
from goldenthread.moderation.models import Sampled

KEY = "moderating"
MOST = 20  # scripts; the one that was touched longest ago gives way


@dataclass(frozen=True)
class Begun:
    """Marks by point number, notes at passages as they are kept, and how often it was saved."""

    marks: Mapping[str, int] = field(default_factory=dict)
    passages: Sequence[dict[str, Any]] = ()
    revision: int = 0

    @property
    def initial(self) -> dict[str, int]:
        """The marks as the form takes them."""
        return {f"point_{number}": mark for number, mark in self.marks.items()}


def begun_of(request: Any, sampled: Sampled) -> Begun:
    """What the person who asks has begun of this script; empty where they haven't."""
    found = request.session.get(KEY, {}).get(str(sampled.pk))
    return Begun(**found) if found else Begun()


def keep(
    request: Any,
    sampled: Sampled,
    *,
    marks: Mapping[int, int | None],
    passages: Sequence[dict[str, Any]],
    revision: int,
) -> Begun:
    """Keep what the page has now. Refuses a page that is older than what was saved, as from another tab."""
    now = begun_of(request, sampled)
    given = {str(number): mark for number, mark in sorted(marks.items()) if mark is not None}
    if (now.marks, list(now.passages)) == (given, list(passages)):
        return now
    if revision != now.revision:
        raise Refused(
            "you saved this script in another tab since. Load this page again to go on.", code="begun.stale"
        )
    made = Begun(given, list(passages), revision + 1)
    rest = {pk: one for pk, one in request.session.get(KEY, {}).items() if pk != str(sampled.pk)}
    rest[str(sampled.pk)] = vars(made)
    request.session[KEY] = dict(list(rest.items())[-MOST:])
    return made


def forget(request: Any, sampled: Sampled) -> None:
    """Once the marks are given, or the script is left to somebody else, nothing is begun any more."""
    if str(sampled.pk) in request.session.get(KEY, {}):
        request.session[KEY] = {pk: one for pk, one in request.session[KEY].items() if pk != str(sampled.pk)}
