"""What a moderator has entered of a sampled script and not given: saved by itself, read by nobody else, and gone once
it is given, once the script is decided or left, or once they may not moderate it any more.
"""

from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef

from goldenthread.assessment.models import Script
from goldenthread.common import clock
from goldenthread.common.refused import Refused
from goldenthread.marking import conflicts
from goldenthread.marking import queries as marking
from goldenthread.marking import rules as marking_rules
from goldenthread.marking.entering import Noted, check_revision, kept_marks
from goldenthread.marking.models import Marking
from goldenthread.moderation import seeing
from goldenthread.moderation.models import LookDraft, Sampled
from goldenthread.people.models import Role, User


@transaction.atomic
def save_look(
    *,
    sampled: Sampled,
    marks: marking_rules.Marks,
    by: User,
    at: datetime,
    revision: int,
    noted: Noted | None = None,
) -> LookDraft:
    """Keep what a moderator has entered so far; `revision` is the one they started from. Nothing of it counts, and no
    trail tells of it.

    Gaps are allowed, marks out of range aren't. The same again changes nothing. Refuses whom the page of the script
    refuses, who has given their marks, a script that is decided, an older revision than the one that is kept, and notes
    as `passage_rules.to_keep` does.
    """
    held = _held(sampled)
    if held.decision or held.marked_by_id == by.pk:
        done = "The script is decided" if held.decision else "Your own marks are given already"
        raise Refused(f"{done}. Load this page again to go on.", code="look.given")
    seeing.check_open(held)
    seeing.check_may_look(held, by.pk, day=clock.day_of(at))
    marking_rules.check_marks(marking.scheme_of(held.round.window), marks, complete=False)
    draft = draft_of(held, by) or LookDraft(sampled=held, moderator=by, revision=revision, saved_at=at)
    kept, notes = kept_marks(marks), noted.kept_beside(draft.passages) if noted else []
    if (draft.marks, draft.passages) == (kept, notes):
        return draft
    check_revision(revision, kept=draft.revision, saved_at=draft.saved_at, by=by)
    draft.marks, draft.passages = kept, notes
    draft.revision, draft.saved_at = draft.revision + 1, at
    draft.save()
    return draft


def _held(sampled: Sampled) -> Sampled:
    """The row as it is now, locked: whoever gives marks or decides waits for a save, and a save for them."""
    rows = Sampled.objects.select_for_update(of=("self",)).select_related(
        "script__sitting", "script__agreement", "round__window__case_study__scheme", "round__window__scheme",
        "marked_by",
    )  # fmt: skip
    return rows.get(pk=sampled.pk)


def draft_of(sampled: Sampled, user: User) -> LookDraft | None:
    """What this person has entered of a script and not given. One query."""
    return LookDraft.objects.filter(sampled=sampled.pk, moderator=user.pk).first()


def loaded_with(sampled: Sampled) -> LookDraft | None:
    """The same of a script that `queries.get_sampled_for` loaded for this person, as it was then. No query."""
    known = {name: vars(sampled)[f"draft_{name}"] for name in LookDraft.ENTERED}
    return LookDraft(sampled=sampled, **known) if known["revision"] else None


def end_given(
    held: Sampled,
    marks: dict[str, int],
    noted: Noted | None,
    *,
    by: User,
    revision: int | None,
) -> list[dict[str, Any]]:
    """Take what was saved of a locked script away, as its marks are given; the notes at passages as they are kept.

    Refuses what a page sends that doesn't know the newer one, where the page says which it knows.
    """
    draft = draft_of(held, by)
    notes = noted.kept_beside(draft.passages if draft else []) if noted else []
    if draft is not None:
        if revision is not None and (draft.marks, draft.passages) != (marks, notes):
            check_revision(revision, kept=draft.revision, saved_at=draft.saved_at, by=by)
        draft.delete()
    return notes


def end_drafts(held: Sampled, *, of: User | None = None) -> None:
    """Take away what was saved of a locked script, by one person or by anybody."""
    rows = LookDraft.objects.filter(sampled=held.pk).order_by()
    (rows if of is None else rows.filter(moderator=of.pk)).delete()


def sweep(*, day: date) -> int:
    """Take away what can't be given any more: of scripts that are decided and rounds that are signed off, and of who is
    no moderator on a day, has marked the script, or has come to know its author; how much that was. Five queries at
    most, however many there are, and one where there are none.
    """
    every = LookDraft.objects.annotate(
        marked_it=Exists(Marking.objects.filter(script=OuterRef("sampled__script"), marker=OuterRef("moderator")))
    )  # fmt: skip
    rows = every.order_by().values_list(
        "pk",
        "sampled__script",
        "moderator",
        "sampled__decision",
        "sampled__round__signed_off_at",
        "marked_it",
    )
    there = list(rows)
    if not there:
        return 0
    people = {moderator for _, _, moderator, *_ in there}
    scripts = Script.objects.filter(pk__in=LookDraft.objects.order_by().values("sampled__script"))
    here, away = set(marking.holders_on(day, Role.MODERATOR)), conflicts.conflicts_of(scripts, people)
    gone = [
        pk
        for pk, script, moderator, decision, signed_off_at, marked_it in there
        if decision or signed_off_at or marked_it or moderator not in here or (script, moderator) in away
    ]
    return LookDraft.objects.filter(pk__in=gone).delete()[0] if gone else 0
