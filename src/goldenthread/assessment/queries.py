"""Loads sittings, windows and case studies, each only for somebody who may see it."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Case, Count, Exists, Max, Min, OuterRef, Prefetch, Q, QuerySet, Subquery, When
from django.db.models.functions import Coalesce
from django.http import Http404

from goldenthread.applications.models import OVER
from goldenthread.assessment import access, rules, sealed
from goldenthread.assessment.models import (
    CaseAccess,
    CasePolicy,
    CaseStudy,
    MarkPoint,
    MarkScheme,
    Script,
    Sitting,
    SittingState,
    Window,
    WindowState,
)
from goldenthread.assessment.rules.policies import Length, counting_in, declarations_in, declared_lines
from goldenthread.assessment.sealing import Unreadable
from goldenthread.catalogue.models import ProgrammeVersion
from goldenthread.common.counting import count_of
from goldenthread.common.prepared import Prepared, PreparedValues
from goldenthread.common.refused import Refused
from goldenthread.groups.models import Group, GroupPlace
from goldenthread.intakes.models import Intake
from goldenthread.people.access import Viewer


# --- sittings, for the person who sits ---------------------------------------------------------------
def _own() -> QuerySet[Sitting]:
    """Deferred ones too: their writers read what they wrote."""
    own = Sitting.everything.exclude(window__state=WindowState.CANCELLED)
    return own.select_related("window", "enrolment")


def _sittings() -> QuerySet[Sitting]:
    named = _own().select_related("window__intake__version__programme", "enrolment__user")
    return named.defer("window__intake__version__document")


_NAMED = Prepared(lambda number: _sittings().filter(pk=number), key=int)
# As it is once loaded: what is written in the last hour before a deadline is kept and handed in with these two.
_BARE = Prepared(
    lambda number: Sitting.everything.select_related("window", "enrolment")
    .only("window", "enrolment", "code", "state", "opens_at", "closes_at", "zone", "released_at", "extra_words",
          "window__state", "window__task", "window__case_study", "window__parts", "window__word_limit",
          "window__policies",
          "enrolment__reference", "enrolment__user", "enrolment__withdrawn_at")
    .filter(pk=number),
    key=int,
)  # fmt: skip
_MUTABLE = ("state", "opens_at", "closes_at", "zone", "released_at", "gate", "first_seen_at", "draft", "draft_revision",
            "draft_saved_at", "extra_words")  # fmt: skip
_HELD = PreparedValues(
    lambda number: (
        Sitting.everything.select_for_update(of=("self",))
        .filter(pk=number)
        .values_list(*_MUTABLE, "window__state")
    ),
    key=int,
)


def hold(sitting: Sitting, *, deferred: bool = False) -> Sitting:
    """Lock the sitting until the end of the transaction, and bring it and its window's state up to date. One query.

    Refuses one that has been deferred, unless that is asked for: nothing is written in it any more.
    """
    found = _HELD.get(sitting.pk)
    if found is None:
        raise Sitting.DoesNotExist
    *values, sitting.window.state = found
    for name, value in zip(_MUTABLE, values, strict=True):
        setattr(sitting, name, value)
    rules.check_not_deferred(sitting.state == SittingState.DEFERRED and not deferred)
    return sitting


def get_sitting_for(
    user: Any, sitting_id: int, *, named: bool = True, of_tasks: bool = False, deferred: bool = False
) -> Sitting:
    """A sitting of the person's own; for everybody else there is no such page. One query.

    A place in the hand-in days of a project is found only with `of_tasks`: what answers a case study must never pass
    for a project, which has more to meet. One that was deferred is found only with `deferred`, to read what was
    written.

    Without `named`, the draft and the programme that the window belongs to are left to be loaded when they are
    asked for: what is written in the last hour before a deadline is kept and handed in without them.
    """
    sitting = (_NAMED if named else _BARE).get(sitting_id)
    if sitting is None or sitting.window.state == WindowState.CANCELLED or not access.sits(user, sitting):
        raise Http404
    if (sitting.window.task and not of_tasks) or (sitting.state == SittingState.DEFERRED and not deferred):
        raise Http404
    sitting.enrolment.user = user
    return sitting


def sittings_of(user: Any, **known: Any) -> list[Sitting]:
    """The person's sittings of case studies, the latest window first, deferred ones too, each with what else is to be
    `known` of it, as annotations. One query.
    """
    own = _sittings().filter(enrolment__user=user, enrolment__withdrawn_at__isnull=True, window__task="")
    return list(own.annotate(**known).order_by("-opens_at", "pk"))


def get_script_for(user: Any, sitting_id: int, number: int) -> Script:
    """One script of the person's own sitting, current or replaced."""
    sitting = get_sitting_for(user, sitting_id, of_tasks=True)
    script = sitting.scripts.select_related("file").filter(number=number).first()
    if script is None:
        raise Http404
    script.sitting = sitting
    return script


def differs(sitting: Sitting, script: Script) -> bool:
    """Whether the text in the editor was changed after this text was handed in. One query where it was saved since."""
    if script.file_id is not None or sitting.draft_saved_at is None:
        return False
    if sitting.draft_saved_at <= script.received_at:
        return False
    handed_in = script.parts or {"": script.text}
    return {part: text for part, text in sitting.draft.items() if text} != {
        part: text for part, text in handed_in.items() if text
    }


_CURRENT = Prepared(
    lambda number: Script.objects.filter(sitting=number, current=True).defer("text", "parts"), key=int
)


def current_script(sitting: Sitting) -> Script | None:
    """What counts as handed in, if anything does; its text stays in the database. One query."""
    found = _CURRENT.get(sitting.pk)
    if found is not None:
        found.sitting = sitting
    return found


def terms_of(sitting: Sitting) -> rules.Terms:
    """What a sitting asks, as the rules take it."""
    return rules.Terms(
        opens_at=sitting.opens_at,
        closes_at=sitting.closes_at,
        zone=sitting.zone,
        word_limit=sitting.word_limit or 0,  # never unknown for a case study
        parts=parts_of(sitting.window),
        counting=counting_in(sitting.window.policies),
        declarations=declarations_in(sitting.window.policies),
    )


def declared_with(script: Script) -> list[tuple[str, str]]:
    """What was declared with a script, whose sitting is loaded with its window, as pages say it."""
    return declared_lines(declarations_in(script.sitting.window.policies), script.declared)


def length_of(script: Script) -> Length:
    """How long a script is beside the limit of its sitting, which is loaded with its window."""
    sitting = script.sitting
    return Length(script.words, sitting.word_limit, counting_in(sitting.window.policies))


def points_of(window: Window) -> list[MarkPoint]:
    """The points of a window's mark scheme in their order; none while it has no scheme. One query."""
    return list(MarkPoint.objects.filter(scheme=window.mark_scheme).order_by("number"))


def parts_of(window: Window) -> tuple[rules.Part, ...]:
    """The parts of the response in order, numbered from 1; none for an undivided response."""
    return tuple(
        rules.Part(part["key"], number, part["title"]) for number, part in enumerate(window.parts, start=1)
    )


def parts_of_version(version: ProgrammeVersion) -> tuple[rules.Part, ...]:
    """The same of a version, from which a window takes them when it is set."""
    parts = version.specification.assessment.parts
    return tuple(rules.Part(part.key, number, part.title) for number, part in enumerate(parts, start=1))


# --- windows, for the office -------------------------------------------------------------------------
def windows_for(viewer: Viewer) -> QuerySet[Window]:
    """Every window with how many are booked, held back, have looked, have written and have handed in: the latest
    first, after all that stand those that were cancelled.
    """
    if not access.may_schedule(viewer):
        raise Http404
    sittings = Sitting.objects.filter(window=OuterRef("pk"))
    return (
        Window.objects.select_related("intake__version__programme", "for_group")
        .defer("intake__version__document")
        .prefetch_related(Prefetch("case_study", CaseStudy.objects.defer("sealed", "sealed_needs")))
        .annotate(
            booked=count_of(sittings, "window"),
            held_back=count_of(sittings.filter(state=SittingState.HELD_BACK), "window"),
            seen=count_of(sittings.filter(first_seen_at__isnull=False), "window"),
            drafting=count_of(sittings.filter(draft_saved_at__isnull=False), "window"),
            handed_in=count_of(sittings.filter(state=SittingState.HANDED_IN), "window"),
        )
        .order_by(Case(When(state=WindowState.CANCELLED, then=1), default=0), "-opens_on", "-pk")
    )


def get_window_for(viewer: Viewer, window_id: int) -> Window:
    """A window with its counts, for the office; of its case study only the title is read."""
    window = windows_for(viewer).filter(pk=window_id).first()
    if window is None:
        raise Http404
    return window


def sittings_in(window: Window) -> QuerySet[Sitting]:
    """The sittings of a window with person, engagement as kept, and nothing of what they write."""
    return (
        window.sittings.select_related("enrolment__user", "enrolment__school", "enrolment__standing")
        .defer("draft")
        .order_by("enrolment__user__name", "pk")
    )


def not_booked(window: Window) -> QuerySet[Any]:
    """Enrolments of the window's intake, or of the part that it is for, that have no sitting in any window yet.

    Whoever was deferred is entered by name, since their window follows a decision.
    """
    booked = Sitting.everything.filter(enrolment=OuterRef("pk")).exclude(window__state=WindowState.CANCELLED)
    people = window.intake.enrolments.filter(withdrawn_at__isnull=True).exclude(stage__in=OVER)
    if window.for_zone:
        people = people.filter(zone=window.for_zone)
    if window.for_group_id is not None:
        placed = GroupPlace.objects.filter(group=window.for_group_id, until__isnull=True)
        people = people.filter(pk__in=placed.values("enrolment"))
    return people.filter(~Exists(booked)).select_related("user").order_by("pk")


def first_opening(window: Window) -> datetime:
    """When a window opens for the first of its people, or would, while nobody is booked. One query."""
    first = window.sittings.order_by("opens_at").values_list("opens_at", flat=True).first()
    return first or _would_open(window)


def is_used(window: Window) -> bool:
    """Whether a window has its case study or its results, is of a task, or somebody was shown a case study in it or has
    handed in. One query at most.
    """
    if window.case_study_id is not None or window.task or window.state == WindowState.RELEASED:
        return True
    shown = Q(first_seen_at__isnull=False) | Q(scripts__isnull=False)
    return Sitting.everything.filter(shown, window=window).exists()


def first_opened(version: ProgrammeVersion, day: date, *, at: datetime) -> date | None:
    """The first day of a window of a version, on this day or later, that has opened for somebody; None if none has. One
    query.
    """
    later = Window.objects.filter(intake__version=version, opens_on__gte=day, state=WindowState.SCHEDULED)
    live = ~Q(sittings__state=SittingState.DEFERRED)
    found = later.annotate(first=Min("sittings__opens_at", filter=live)).order_by("opens_on", "pk")
    return next((one.opens_on for one in found if (one.first or _would_open(one)) <= at), None)


def _would_open(window: Window) -> datetime:
    """When a window opens while nobody is booked."""
    return rules.day_begins(window.opens_on, window.zone)


def get_window_sitting_for(viewer: Viewer, sitting_id: int) -> Sitting:
    """A sitting as the office handles it, without what was written."""
    if not access.may_schedule(viewer):
        raise Http404
    sitting = _sittings().defer("draft").filter(pk=sitting_id).first()
    if sitting is None:
        raise Http404
    return sitting


@dataclass(frozen=True)
class WindowTerms:
    """What an intake's version says of a window: days, months after the start, allowed first days."""

    days: int
    months: tuple[int, int]
    months_derived: bool
    earliest: date
    latest: date


def window_terms(intake: Intake) -> WindowTerms:
    """The rules for an intake's windows; refuses where its version has no window or doesn't say when."""
    assessment = intake.version.specification.assessment
    days, months = assessment.window_days.value, assessment.window_months.value
    if assessment.kind != "case_study" or days is None or months is None:
        raise Refused(
            f"{intake} has no case study window: its specification does not say how long or when.",
            code="window.none",
            field="intake",
        )
    earliest, latest = rules.allowed_first_days(intake.starts_on, days, months)
    return WindowTerms(days, months, assessment.window_months.derived, earliest, latest)


def intakes_for_windows(viewer: Viewer) -> QuerySet[Intake]:
    """The intakes for which a window can be set."""
    if not access.may_schedule(viewer):
        raise Http404
    return Intake.objects.select_related("version__programme").order_by("-starts_on", "pk")


def assignable_cases(intake: Intake) -> QuerySet[CaseStudy]:
    """Published case studies of the intake's programme version that nobody practises, under seal, with how many have
    seen each.
    """
    seen = Q(windows__sittings__first_seen_at__isnull=False)
    readers = Count("windows__sittings", filter=seen, distinct=True)
    return (
        _listed()
        .filter(version=intake.version, state="published", withdrawn_at=None, practice=None)
        .annotate(readers=readers)
    )


def case_policy_of(intake: Intake) -> CasePolicy | None:
    """What was last decided about different case studies in an intake; None: all sit one. One query."""
    return intake.case_policies.select_related("set_by").order_by("-set_at", "-pk").first()


def apart_in(intake: Intake) -> str:
    """By what the people of an intake have different case studies: "together", "zone" or "group"."""
    policy = case_policy_of(intake)
    return policy.apart if policy else "together"


def parts_of_intake(intake: Intake) -> tuple[list[str], list[Group]]:
    """The zones that the people of an intake live by, and its groups. Two queries."""
    people = intake.enrolments.filter(withdrawn_at__isnull=True).order_by("zone")
    return list(people.values_list("zone", flat=True).distinct()), list(intake.groups.order_by("name", "pk"))


# --- case studies, for their authors -----------------------------------------------------------------
def _listed() -> QuerySet[CaseStudy]:
    return (
        CaseStudy.objects.select_related("version__programme", "author")
        .defer("sealed", "sealed_needs", "version__document")
        .order_by("-created_at", "-pk")
    )


def case_studies_for(viewer: Viewer) -> QuerySet[CaseStudy]:
    """Which case studies there are and how far each is, for authors and the office; under seal for both.

    What an author may read in the list, `tagging.Tags` opens.
    """
    if not access.may_list_cases(viewer):
        raise Http404
    found = _listed() if not access.may_author(viewer) else _listed().defer(None).defer("version__document")
    return found.annotate(times_used=Count("windows"))


def get_case_study_for(viewer: Viewer, case_id: int) -> CaseStudy:
    """A whole case study, opened, for an author who doesn't sit the same programme; with the scenario that it is
    offered as for practice, and how many have begun it and handed in.

    Refuses (`sealing.Unreadable`) with what to do where its seal doesn't open.
    """
    mine = viewer.user.enrolments.filter(withdrawn_at__isnull=True)
    sits = mine.filter(version__programme=OuterRef("version__programme"))
    found = CaseStudy.objects.select_related(
        "version__programme", "author", "published_by", "withdrawn_by", "practice__offered_by"
    ).annotate(
        practice_begun=Count("practice__responses"),
        practice_handed_in=Count("practice__responses__handed_in_at"),
    )
    case = found.filter(~Exists(sits), pk=case_id).first()
    if case is None or not access.may_author(viewer):
        raise Http404
    return opened(case)


def opened(case: CaseStudy) -> CaseStudy:
    """A case study with its text and its needs, for whoever was authorised; a seal that doesn't open is noted."""
    try:
        return sealed.open_needs(sealed.open_text(case))
    except Unreadable as fault:
        sealed.note_fault(case, fault)
        raise


def looks_of_authors(case: CaseStudy) -> list[dict[str, Any]]:
    """Who opened a case study as an author: user__name, times and last, the latest first; each row also says how many
    have been shown it in a sitting (`sat`). One query.
    """
    sitters = CaseAccess.objects.filter(case_study=case, capacity="participant").order_by()
    count = sitters.values("case_study").annotate(n=Count("user", distinct=True)).values("n")
    looks = case.accesses.filter(capacity="author").order_by().values("user", "user__name")
    found = looks.annotate(times=Count("pk"), last=Max("at"), sat=Coalesce(Subquery(count), 0))
    return [dict(row) for row in found.order_by("-last", "user")]


def scheme_of(case: CaseStudy) -> MarkScheme | None:
    """The mark scheme of a case study with its points, opened, for its authors."""
    scheme = MarkScheme.objects.filter(case_study=case).prefetch_related(Prefetch("points", _cited())).first()
    if scheme is not None:
        sealed.open_points(scheme, scheme.points.all())
    return scheme


def _cited() -> QuerySet[MarkPoint]:
    return MarkPoint.objects.select_related("statement__area__framework__programme").order_by("number")


def judged_scheme(scheme: MarkScheme) -> rules.Scheme:
    """A stored mark scheme as the rules take it. One query; none if it came from `scheme_of`."""
    loaded = "points" in getattr(scheme, "_prefetched_objects_cache", {})
    points = scheme.points.all() if loaded else _cited().filter(scheme=scheme)
    return rules.Scheme(
        points=tuple(judged_point(point) for point in points),
        pass_mark=scheme.pass_mark,
        tolerance=scheme.tolerance,
    )


def judged_point(point: MarkPoint) -> rules.Point:
    """A mark point of a case study with what the rules ask about its statement."""
    statement = point.statement
    assert statement is not None
    return rules.Point(
        number=point.number,
        kind=point.kind,
        maximum=point.maximum,
        statement=f"{statement.area.name} {statement.number}",
        statement_kind=statement.kind,
        programme="another body"
        if statement.area.kind == "other"
        else statement.area.framework.programme.code,
        complete=statement.complete,
        framework=statement.area.framework.full_name,
        part=point.part,
    )
