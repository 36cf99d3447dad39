"""A signed word on the page of a sitting: for whom it was loaded, and when. A form with it comes from somebody who was
signed in as that person then; a form without it may be anybody's who knows two numbers.
"""

from datetime import datetime, timedelta
from typing import Any

from django.core import signing

FIELD = "shown_to"
FOR = timedelta(hours=24)  # a page with a form; each save loads it anew
_SIGNER = signing.Signer(salt="goldenthread.sitting shown to")


def word_for(sitting_id: int, user: Any, *, at: datetime) -> str:
    """What the page of a sitting holds that was loaded at `at` by the person whose it is."""
    return _SIGNER.sign_object({"sitting": sitting_id, "user": str(user.pk), "at": at.isoformat()})


def was_shown(word: str, sitting_id: int, user_id: str, *, at: datetime) -> bool:
    """Whether a form is from a page of this sitting that this person had loaded in the day before `at`."""
    try:
        said = _SIGNER.unsign_object(word)
        loaded_at = datetime.fromisoformat(said["at"])
    except (signing.BadSignature, ValueError, KeyError, TypeError):
        return False
    whose = (said.get("sitting"), said.get("user"))
    return whose == (sitting_id, user_id) and timedelta(0) <= at - loaded_at <= FOR
