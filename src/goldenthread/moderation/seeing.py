"""Whether somebody may look at a script of the sample: one rule for its page, for the decision and for its evidence."""

from datetime import date

from django.http import Http404

from goldenthread.assessment.project_models import HandedInFile
from goldenthread.assessment.upload_queries import is_held
from goldenthread.common.models import StoredFile
from goldenthread.common.refused import Refused
from goldenthread.marking import queries as marking
from goldenthread.marking.known_evidence import check_file_opens, get_known_file
from goldenthread.marking.models import MarkingState
from goldenthread.marking.rules import check_readable
from goldenthread.moderation import queries, rules
from goldenthread.moderation.models import Sampled
from goldenthread.people.access import Viewer


def check_may_look(sampled: Sampled, user_id: int, *, day: date) -> None:
    """Refuses a moderator who may not look at a script of the sample on a day, with why; who decided on it reads on.

    These are refused: everybody while it is marked anew, who marked it or knows its author, and of what isn't decided
    who has declarations that the office hasn't looked at, and everybody but who began it, if that one can go on.
    """
    queries.check_agreed(sampled)
    began = sampled.marked_by_id == user_id
    if began and sampled.decision:
        return
    queries.check_moderator(sampled, user_id)
    if began or sampled.decision:
        return
    rules.check_looked_at(queries.named_beforehand(sampled, sampled.round.window, user_id))
    if sampled.marked_by_id and queries.can_go_on(sampled, day=day):
        raise Refused(f"{sampled.marked_by} is moderating this script already.", code="moderation.taken")


def check_open(sampled: Sampled) -> None:
    """Refuses what isn't decided in a round that is signed off."""
    if sampled.round.signed_off_at and not sampled.decision:
        raise Refused("This round is signed off; nothing in it can be changed.", code="moderation.signed_off")


def check_can_be_read(sampled: Sampled) -> None:
    """Refuses a script that is held, or a file of whose evidence is, until it is scanned or released."""
    check_readable(held=is_held(sampled.script))


def reads(sampled: Sampled, user_id: int) -> bool:
    """Whether the text and the evidence are shown to somebody who may look: of what is decided, to who decided it."""
    return not sampled.decision or sampled.marked_by_id == user_id


def get_evidence_for(viewer: Viewer, file_id: int, *, day: date) -> HandedInFile:
    """A file of evidence of a script that this person is shown, as its marker or as its moderator; 404 for others.

    Refuses a moderator whom the page of the script refuses, with the same words, and anybody while the script is held.
    Whom seeds have stopped, who declared a conflict or came to have one, and who gave the script back gets nothing.
    """
    files = HandedInFile.objects.select_related("file", "script__sitting__window")
    found = files.filter(pk=file_id).first() or queries.nothing()
    mine = found.script.markings.filter(marker=viewer.user).order_by("pk").first()
    if mine is not None:
        _check_marker(viewer, mine.pk)
    else:
        _check_moderator(viewer, found.script_id, day=day)
    check_file_opens(held=is_held(found.script))
    return found


def get_marked_evidence_for(viewer: Viewer, marking_id: int, number: int, *, day: date) -> StoredFile:
    """A file of evidence of what somebody marks, by the number of their marking and its own; 404 for others.

    So a script whose marks are known is opened as any other. Refuses and hides what `get_evidence_for` does.
    """
    mine = marking.get_marking_for(viewer, marking_id)
    if mine.seed is None:
        file = HandedInFile.objects.filter(script=mine.script_id, number=number).first() or queries.nothing()
        return get_evidence_for(viewer, file.pk, day=day).file
    _check_marker(viewer, mine.pk)
    return get_known_file(mine.seed.script, number)


def _check_marker(viewer: Viewer, marking_id: int) -> None:
    """404 for who isn't shown the script that they are to mark; what they submitted they may look at again."""
    mine = marking.get_marking_for(viewer, marking_id)
    if mine.state == MarkingState.SUBMITTED:
        return
    if vars(mine)["paused"] or queries.knows_author(mine.script_id or 0, viewer.user.pk):
        raise Http404("No such file.")


def _check_moderator(viewer: Viewer, script_id: int, *, day: date) -> None:
    sampled = Sampled.objects.filter(script=script_id).order_by("pk").values_list("pk", flat=True).first()
    one = queries.get_sampled_for(viewer, sampled or 0)
    check_may_look(one, viewer.user.pk, day=day)
    if not reads(one, viewer.user.pk):
        raise Refused(
            f"{one.script.sitting.code} is decided: only who decided it reads it on. Its page shows you the marks.",
            code="moderation.decided",
        )
