"""Keep what somebody writes, every few seconds and whatever else happens."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.http import Http404

from goldenthread.assessment import access, queries, rules
from goldenthread.assessment.actions.release import check_released
from goldenthread.assessment.models import Sitting
from goldenthread.assessment.queries import terms_of
from goldenthread.common import audit


def save_draft(
    *, sitting: Sitting, texts: Mapping[str, str], revision: int | None, by: Any, at: datetime
) -> Sitting:
    """Keep the text of a response by part key ("" where there are no parts) and give the sitting back.

    `revision` is the one that the page was loaded with; if somebody has saved since, `rules.Stale` carries
    what is stored and nothing is overwritten. After the deadline the text is kept too, and known as late by
    its time.
    """
    if not access.sits(by, sitting):
        raise Http404
    texts = clean(texts)
    rules.check_draft(terms_of(sitting), texts, at=at)
    check_released(sitting, at=at)
    return _keep(sitting, texts, revision=revision, by=by, at=at)


@transaction.atomic
def _keep(sitting: Sitting, texts: dict[str, str], *, revision: int | None, by: Any, at: datetime) -> Sitting:
    locked = queries.hold(sitting)
    rules.check_revision(revision, texts, stored=locked.draft_revision, kept=locked.draft)
    if locked.draft == texts:
        return locked
    saved = locked.draft_saved_at
    if at > locked.closes_at and (saved is None or saved <= locked.closes_at):
        audit.record("draft.kept_late", locked, by=by, at=at)
    locked.draft, locked.draft_revision, locked.draft_saved_at = texts, locked.draft_revision + 1, at
    locked.save(update_fields=["draft", "draft_revision", "draft_saved_at"])
    return locked


def clean(texts: Mapping[str, str]) -> dict[str, str]:
    """Texts as they can be stored: one kind of line end, no NUL, no half of a surrogate pair."""
    return {key: _clean(text) for key, text in texts.items()}


def _clean(text: str) -> str:
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "")
    return text.encode("utf-8", "replace").decode()
