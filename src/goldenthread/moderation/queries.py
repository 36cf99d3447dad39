"""Moderation rounds, the sample of one, what a moderator may see of a script, and the final marks."""

from dataclasses import dataclass
from datetime import date
from typing import Any, NoReturn

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet
from django.http import Http404

from goldenthread.assessment.models import Script, Sitting, Window, WindowState
from goldenthread.assessment.project_models import HandedInFile
from goldenthread.catalogue.models import ProgrammeVersion
from goldenthread.common.counting import count_of
from goldenthread.marking import conflicts, discussion_queries
from goldenthread.marking import queries as marking
from goldenthread.marking import rules as marking_rules
from goldenthread.marking.access import marks
from goldenthread.marking.models import Agreement, AgreementState, DeclaredConflict, Marking
from goldenthread.marking.rules import Totals
from goldenthread.moderation import access, rules
from goldenthread.moderation.models import NationalMark, Round, Sampled
from goldenthread.moderation.sampling import Marked
from goldenthread.people.access import Viewer
from goldenthread.people.models import Role

# Of a sampled script: whether a moderator left it to another because of a conflict.
_LEFT = Exists(DeclaredConflict.objects.filter(script=OuterRef("script"), marking__isnull=True))
# Whether its marks are agreed, as they are until some are set aside.
_AGREED = Exists(Agreement.objects.filter(script=OuterRef("script"), state=AgreementState.AGREED))


def windows_for(viewer: Viewer) -> QuerySet[Window]:
    """The windows that have scripts, newest first, with their round if there is one; 404 for who may not."""
    if not access.sees_rounds(viewer):
        raise Http404("No moderation here.")
    sample = Sampled.objects.filter(round__window=OuterRef("pk"))
    written = Exists(Script.objects.filter(sitting__window=OuterRef("pk"), current=True))
    return (
        Window.objects.filter(written)
        .exclude(state=WindowState.CANCELLED)
        .select_related("intake__version__programme", "moderation")
        .defer("intake__version__document")
        .annotate(
            sampled=count_of(sample, "round__window"),
            undecided=count_of(sample.filter(decision=""), "round__window"),
        )
        .order_by("-opens_on", "id")
    )


def get_window_for(viewer: Viewer, window_id: int) -> Window:
    """A window to open moderation for; 404 for who may not."""
    if not access.moderates(viewer):
        raise Http404("No such window.")
    return marking.windows().filter(pk=window_id).first() or nothing()


def get_round_for(viewer: Viewer, round_id: int) -> Round:
    """A round with its window; 404 for who may not."""
    if not access.sees_rounds(viewer):
        raise Http404("No such round.")
    found = Round.objects.select_related(
        "window__intake__version__programme", "window__case_study__scheme", "signed_off_by"
    ).defer(
        "window__intake__version__document", "window__case_study__sealed", "window__case_study__sealed_needs"
    )
    return found.filter(pk=round_id).first() or nothing()


def nothing() -> NoReturn:
    """Say that there is nothing here, to whom there is nothing for."""
    raise Http404("Nothing here.")


def sample_of(round: Round) -> QuerySet[Sampled]:
    """The sample of a round in the order of codes, open ones first; `left` by a moderator in conflict, `agreed`
    unless it is marked anew. One query.
    """
    return (
        round.sample.select_related("script__sitting", "decided_by", "marked_by")
        .defer("script__text", "script__parts", "script__sitting__draft")
        .annotate(left=_LEFT, agreed=_AGREED)
        .order_by("decision", "script__sitting__code")
    )


def counts_of(round: Round) -> dict[str, int]:
    """How many of a sample are decided, undecided and adjusted; one query."""
    return round.sample.aggregate(
        decided=Count("pk", filter=~Q(decision="")),
        undecided=Count("pk", filter=Q(decision="")),
        adjusted=Count("pk", filter=Q(decision="adjusted")),
    )


def next_for(viewer: Viewer, round: Round) -> Sampled | None:
    """What this moderator does next in a round: what they began, else what nobody has begun and they may."""
    user = viewer.user.pk
    still_open = round.sample.filter(_AGREED, decision="").filter(
        Q(marked_by=user) | Q(marked_by__isnull=True)
    )
    theirs = still_open.exclude(script__markings__marker=user).exclude(script__declared_conflicts__user=user)
    return (
        theirs.select_related("script__sitting")
        .order_by(F("marked_by").desc(nulls_last=True), "script__sitting__code")
        .first()
    )


def get_sampled_for(viewer: Viewer, sampled_id: int) -> Sampled:
    """A script of a sample, with all that is needed to show its case beside it, and whether its markers `discussed` it;
    404 for who isn't a moderator.
    """
    if not access.moderates(viewer):
        raise Http404("No such script.")
    found = Sampled.objects.select_related(
        "round__window__intake__version__programme", "round__window__case_study__scheme",
        "script__sitting__window", "script__agreement", "decided_by", "marked_by",
    ).defer(
        "round__window__intake__version__document", "script__sitting__draft",
    ).annotate(
        last_close=marking.last_close(OuterRef("round__window")),
        discussed=Exists(discussion_queries.standing().filter(script=OuterRef("script"))),
    )  # fmt: skip
    one = found.filter(pk=sampled_id).first() or nothing()
    vars(one.round.window)["last_close"] = vars(one)["last_close"]
    return one


def left_to_another() -> QuerySet[Sampled]:
    """For a subquery by window: what a moderator left because of a conflict and no other has begun."""
    waiting = Sampled.objects.filter(_LEFT, _AGREED, decision="", marked_by__isnull=True)
    return waiting.filter(round__window=OuterRef("pk"))


def moderators_for(sampled: Sampled, *, day: date) -> list[int]:
    """Who may moderate a script of the sample on a day: neither its markers nor in conflict with it."""
    people = set(marking.holders_on(day, Role.MODERATOR))
    people -= set(sampled.script.markings.values_list("marker_id", flat=True))
    away = conflicts.conflicts_of(Script.objects.filter(pk=sampled.script_id), people)
    return sorted(people - {person for _, person in away})


def markings_seen_by(sampled: Sampled, viewer: Viewer) -> list[Marking]:
    """The markers' markings: none until this moderator's own marks are in, or the script is decided."""
    own = sampled.marked_by_id == viewer.user.pk or bool(sampled.decision)
    phase = marking.phase_of(sampled.script)
    if not marking_rules.visible(phase, marking_rules.Eye.MODERATOR, own_marks_in=own).other_markings:
        return []
    first_three = sampled.script.markings.filter(position__lt=marking_rules.FIRST_REMARK)
    return list(first_three.order_by("position"))


def check_agreed(sampled: Sampled) -> None:
    """Refuses a script of the sample whose marks were set aside, until the new ones are agreed."""
    agreement: Agreement | None = getattr(sampled.script, "agreement", None)
    agreed = agreement is not None and agreement.state == AgreementState.AGREED
    rules.check_agreed(sampled.script.sitting.code, agreed=agreed)


def check_moderator(sampled: Sampled, user_id: int) -> None:
    """Refuses a person who marked the script, or who knows its author from working with them."""
    rules.check_moderator(
        moderator=user_id,
        markers=sampled.script.markings.values_list("marker_id", flat=True),
        in_conflict=in_conflict(sampled, user_id),
    )


def in_conflict(sampled: Sampled, user_id: int) -> bool:
    """Whether this person teaches, coaches or works with the script's author, or declared a conflict."""
    script = Script.objects.filter(pk=sampled.script_id)
    return bool(conflicts.conflicts_of(script, [user_id]))


def marked_scripts(window: Window) -> list[Marked]:
    """Every agreed script of a window as the sample is drawn from it; two queries."""
    markers: dict[int, set[int]] = {}
    given = Marking.objects.filter(script__sitting__window=window, script__current=True).order_by()
    for script, marker in given.values_list("script_id", "marker_id"):
        markers.setdefault(script, set()).add(marker)
    agreed = Agreement.objects.filter(
        script__sitting__window=window, script__current=True, state=AgreementState.AGREED
    ).order_by()
    rows = agreed.values_list(
        "script_id", "script__sitting__code", "half_marks_learn_that", "half_marks_learn_how_to", "method"
    )
    return [
        Marked(
            script, code, (that or 0) + (how or 0), frozenset(markers.get(script, ())), method == "third mark"
        )
        for script, code, that, how, method in rows
    ]


def asks_national(window: Window) -> bool:
    """Whether the version of a window's intake asks for national moderation (S1-32, S3-30). One query."""
    return ProgrammeVersion.objects.get(intakes=window.intake_id).specification.moderation.national


@dataclass(frozen=True)
class FinalMarks:
    """The marks that a script ends with, in half marks, and whether moderation changed them."""

    half_marks: Totals
    adjusted: bool


def final_marks(window: Window) -> dict[int, FinalMarks]:
    """The final marks of a window by sitting: the national moderator's where there are any, else the moderator's where
    adjusted, else the agreed ones. Three queries.
    """
    current = Q(script__sitting__window=window, script__current=True)
    agreed = Agreement.objects.filter(current, state=AgreementState.AGREED).order_by()
    rows = agreed.values_list("script__sitting_id", "half_marks_learn_that", "half_marks_learn_how_to")
    final = {sitting: FinalMarks(Totals(that or 0, how or 0), False) for sitting, that, how in rows}
    adjusted = Sampled.objects.filter(current, decision="adjusted").order_by()
    national = NationalMark.objects.filter(current).order_by()
    for found in (adjusted, national):
        changed = found.values_list("script__sitting_id", "half_marks_learn_that", "half_marks_learn_how_to")
        final.update(
            {sitting: FinalMarks(Totals(that or 0, how or 0), True) for sitting, that, how in changed}
        )
    return final


def final_marks_of(sitting: Sitting) -> FinalMarks | None:
    """The final marks of one sitting."""
    script = (
        sitting.scripts.filter(current=True).select_related("agreement", "sampled", "national_mark").first()
    )
    if script is None or not hasattr(script, "agreement") or script.agreement.half_marks is None:
        return None
    source: Any = getattr(script, "national_mark", None)
    if source is None and hasattr(script, "sampled") and script.sampled.decision == "adjusted":
        source = script.sampled
    source = source or script.agreement
    marks = Totals(source.half_marks_learn_that or 0, source.half_marks_learn_how_to or 0)
    return FinalMarks(marks, source is not script.agreement)


def get_evidence_for(viewer: Viewer, file_id: int) -> HandedInFile:
    """A file of evidence of a script that this person marks, or may moderate in an open round; 404 for others.

    Who declared a conflict, or gave the script back, doesn't read it any more.
    """
    found = HandedInFile.objects.select_related("file", "script__sitting__window").filter(pk=file_id).first()
    if found is None:
        raise Http404("No such file.")
    user = viewer.user
    mine = found.script.markings.filter(marker=user).first()
    if mine is not None and (marks(viewer) or mine.state == "submitted"):
        return found
    sampled = Sampled.objects.select_related("script", "round").filter(script=found.script_id).first()
    if sampled is None or not access.moderates(viewer) or in_conflict(sampled, user.pk):
        raise Http404("No such file.")
    if sampled.script.markings.filter(marker=user).exists():
        raise Http404("No such file.")
    return found
