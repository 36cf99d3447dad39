"""What a marker has entered for a practice script and not submitted: saved by itself, and gone with the submission."""

from datetime import datetime

from django.db import transaction
from django.db.models import OuterRef, Subquery
from django.http import Http404

from goldenthread.common.refused import Refused
from goldenthread.marking import queries, rules
from goldenthread.marking.entering import check_revision, kept_marks
from goldenthread.marking.quality_models import Attempt, KnownScript, PracticeDraft, PracticeMarks
from goldenthread.people.models import User

SUBMITTED = "You submitted marks for this script; they stay."


@transaction.atomic
def save_practice(
    *, attempt: Attempt, script: KnownScript, marks: rules.Marks, revision: int, by: User, at: datetime
) -> PracticeDraft:
    """Keep what a marker has entered so far for a script of their set; `revision` is the one they started from.

    Gaps are allowed, marks out of range aren't. The same again changes nothing. Refuses somebody else's attempt, a
    script that is submitted, and an older revision than the one that is kept.
    """
    held = locked_attempt(attempt, script, by=by)
    if held.given.filter(script=script).exists():
        raise Refused(SUBMITTED, code="practice.submitted")
    rules.check_marks(queries.scheme_of(held.window), marks, complete=False)
    kept = kept_marks(marks)
    draft = draft_of(held, script) or PracticeDraft(attempt=held, script=script, at=at)
    if draft.marks == kept:
        return draft
    check_revision(revision, kept=draft.revision, saved_at=draft.at, by=by)
    draft.marks, draft.revision, draft.at = kept, draft.revision + 1, at
    draft.save()
    return draft


def locked_attempt(attempt: Attempt, script: KnownScript, *, by: User) -> Attempt:
    """An attempt of theirs, its row locked, with its window and set. Refuses somebody else's, a script of another set,
    and a set that was withdrawn.
    """
    rows = Attempt.objects.select_for_update(of=("self",))
    held = rows.select_related("window__case_study__scheme", "window__scheme", "set").get(pk=attempt.pk)
    if held.marker_id != by.pk or script.set_id != held.set_id:
        raise Refused("This is not in your practice set.", code="practice.not_yours")
    if held.set.withdrawn_at is not None:
        raise Refused(
            "This set was withdrawn, since its agreed marks were wrong; what you did in it counts for nothing. Go back "
            "to Practice: another set takes its place.",
            code="practice.withdrawn",
        )
    return held


def script_in(attempt: Attempt, number: int) -> tuple[KnownScript, PracticeMarks | None]:
    """A script of an attempt's set by its number, with what was submitted for it; `draft_marks` and `draft_revision`
    are what is saved, None where nothing is. 404 where there is no such script. Two queries.
    """
    saved = PracticeDraft.objects.filter(attempt=attempt.pk, script=OuterRef("pk")).order_by("pk")
    rows = KnownScript.objects.annotate(
        draft_marks=Subquery(saved.values("marks")[:1]),
        draft_revision=Subquery(saved.values("revision")[:1]),
    )
    script = rows.filter(set=attempt.set_id, number=number).first()
    if script is None:
        raise Http404("No such script.")
    return script, attempt.given.filter(script=script).first()


def draft_of(attempt: Attempt, script: KnownScript) -> PracticeDraft | None:
    """What is saved of a script and not submitted. One query."""
    return PracticeDraft.objects.filter(attempt=attempt, script=script).first()


def end_draft(held: Attempt, script: KnownScript, kept: dict[str, int], *, revision: int | None) -> None:
    """Take what was saved of a script away, as its marks are submitted. Refuses marks of a page that doesn't know newer
    ones, where the page says which it knows.
    """
    draft = draft_of(held, script)
    if draft is None:
        return
    if revision is not None and draft.marks != kept:
        check_revision(revision, kept=draft.revision, saved_at=draft.at, by=held.marker)
    draft.delete()
