"""What is done with the log of writing: take an earlier version back, look on record, remove when its time is over."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Count
from django.http import Http404

from goldenthread.assessment import access, queries, rules, writing_queries
from goldenthread.assessment.actions.draft import save_draft
from goldenthread.assessment.models import Sitting
from goldenthread.assessment.rules import steps as log
from goldenthread.assessment.rules.steps import How
from goldenthread.assessment.writing_models import KeptText, ParkedText, WritingRemoval, WritingStep
from goldenthread.common import audit
from goldenthread.people.access import Viewer


def take_back(*, sitting: Sitting, number: int, revision: int, by: Any, at: datetime) -> Sitting:
    """Make the text as it was after step `number` the draft again, as a new step; nothing that was written is lost.

    `revision` is the one that the page showed: `rules.Stale` where somebody has written since. Refuses before and
    after the window. Twice is harmless: the draft says that already.
    """
    if not access.sits(by, sitting):
        raise Http404
    terms = queries.terms_of(sitting)
    rules.check_open(terms, at)
    texts = writing_queries.text_at(sitting, number)
    whole = {key: texts.get(key, "") for key in terms.keys}
    return save_draft(sitting=sitting, texts=whole, revision=revision, by=by, at=at, how=How.RESTORED)


def record_look(
    *, sitting: Sitting, number: int | None, viewer: Viewer, at: datetime, kept: int | None = None
) -> None:
    """Put on record that somebody of the office was shown how a response was written, a text of it (`number`), or one
    that is kept beside it.
    """
    more = {} if kept is None else {"kept": kept}
    audit.record("writing.looked_at", sitting, by=viewer.user, at=at, step=number, **more)


@transaction.atomic
def remove_steps(*, sitting: Sitting, settled_at: datetime | None, days: int, at: datetime) -> int:
    """Remove the steps of a sitting once their time is over, and keep how many there were; gives that number.

    The texts that are kept beside the draft go with them. `settled_at` is when all that may need them was over, None
    while something is open (`rules.steps.may_go`). The draft and the scripts stay. Twice is harmless.
    """
    locked = queries.hold(sitting, deferred=True)
    if not log.may_go(settled_at=settled_at, days=days, at=at):
        return 0
    ParkedText.objects.filter(sitting=locked).delete()
    texts, _ = KeptText.objects.filter(sitting=locked).delete()
    if texts:
        audit.record("text.removed", locked, by=None, at=at, texts=texts)
    steps = WritingStep.objects.filter(sitting=locked)
    count: int = steps.aggregate(n=Count("pk"))["n"]
    if not count:
        return 0
    hashes = {part: log.digest(text) for part, text in locked.draft.items()}
    WritingRemoval.objects.create(sitting=locked, steps=count, hashes=hashes, at=at)
    steps.delete()
    audit.record("writing.removed", locked, by=None, at=at, steps=count, hashes=hashes)
    return count
