"""Moderation rounds, the sample of one, and what a moderator may see of a script."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NoReturn

from django.db.models import (
    BooleanField,
    Case,
    CharField,
    Count,
    Exists,
    ExpressionWrapper,
    Max,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Cast, Concat
from django.http import Http404

from goldenthread.applications.models import Enrolment
from goldenthread.assessment import penalties
from goldenthread.assessment.models import MarkScheme, Script, Sitting, Window, WindowState
from goldenthread.catalogue.models import ProgrammeVersion
from goldenthread.common import audit
from goldenthread.common.counting import count_of
from goldenthread.common.models import AuditEvent
from goldenthread.marking import acquaintance_queries, conflicts, discussion_queries
from goldenthread.marking import queries as marking
from goldenthread.marking import rules as marking_rules
from goldenthread.marking.agreement_rules import BY_THIRD, ONLY
from goldenthread.marking.models import Agreement, AgreementState, DeclaredConflict, Marking
from goldenthread.marking.rules import Scheme, Totals
from goldenthread.marking.uncounted_queries import Uncounted, is_uncounted, uncounted_of
from goldenthread.moderation import access, rules
from goldenthread.moderation.models import EarlierLook, LookDraft, Round, Sampled
from goldenthread.moderation.sampling import Marked
from goldenthread.people.access import Viewer
from goldenthread.people.models import Membership, Role, User

LOOKED = "moderation.looked"  # in the trail of a script

# Of a sampled script: whether a moderator left it to another because of a conflict.
_LEFT = Exists(DeclaredConflict.objects.filter(script=OuterRef("script"), marking__isnull=True))
# Whether its marks are agreed, as they are until some are set aside.
_AGREED = Exists(Agreement.objects.filter(script=OuterRef("script"), state=AgreementState.AGREED))


def windows_for(viewer: Viewer, *, at: datetime) -> QuerySet[Window]:
    """The windows that have scripts, and those of a case study that have closed and in which nobody handed in, newest
    first, with their round if there is one; 404 for who may not.
    """
    if not access.sees_rounds(viewer):
        raise Http404("No moderation here.")
    sample = Sampled.objects.filter(round__window=OuterRef("pk"))
    written = Exists(Script.objects.filter(sitting__window=OuterRef("pk"), current=True))
    sat = Sitting.objects.filter(window=OuterRef("pk"))
    over = Q(Exists(sat), ~Exists(sat.filter(closes_at__gte=at)), case_study__isnull=False)
    return (
        Window.objects.filter(written | over)
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
    found = found.annotate(
        last_close=marking.last_close(OuterRef("window")), **acquaintance_queries.said_by(viewer.user.pk)
    )
    return found.filter(pk=round_id).first() or nothing()


def nothing() -> NoReturn:
    """Say that there is nothing here, to whom there is nothing for."""
    raise Http404("Nothing here.")


def _gone(day: Any) -> Q:
    """Of a sample: what somebody has begun who is no moderator on this day any more."""
    holds = Membership.objects.on(day).filter(
        role=Role.MODERATOR, user=OuterRef("marked_by"), user__is_active=True
    )
    return Q(~Exists(holds.order_by()), decision="", marked_by__isnull=False)


def sample_of(round: Round, *, day: date) -> QuerySet[Sampled]:
    """The sample of a round in the order of codes, open ones first; `left` by a moderator in conflict, `gone` where
    who began is no moderator any more, `agreed` unless it is marked anew. One query.
    """
    return (
        round.sample.select_related("script__sitting", "decided_by", "marked_by")
        .defer("script__text", "script__parts", "script__sitting__draft")
        .annotate(left=_LEFT, agreed=_AGREED, gone=ExpressionWrapper(_gone(day), output_field=BooleanField()))
        .order_by("decision", "script__sitting__code")
    )


def stuck_in(rows: Iterable[Sampled]) -> set[int]:
    """Of these rows of a sample the numbers of those that somebody began who has come to know their author since, and
    so can't decide on them. One query, or none where nothing is begun.
    """
    begun = [one for one in rows if one.marked_by_id and not one.decision]
    if not begun:
        return set()
    scripts = Script.objects.filter(pk__in=[one.script_id for one in begun])
    away = conflicts.conflicts_of(scripts, [one.marked_by_id for one in begun if one.marked_by_id])
    return {one.pk for one in begun if (one.script_id, one.marked_by_id) in away}


def counts_of(round: Round) -> dict[str, int]:
    """How many of a sample are decided, undecided and adjusted; one query."""
    return round.sample.aggregate(
        decided=Count("pk", filter=~Q(decision="")),
        undecided=Count("pk", filter=Q(decision="")),
        adjusted=Count("pk", filter=Q(decision="adjusted")),
    )


def own_totals(sampled: Sampled, scheme: Scheme) -> Totals | None:
    """The moderator's own marks by kind; None until they are in."""
    if not sampled.marks:
        return None
    return marking_rules.totals(scheme, {int(number): mark for number, mark in sampled.marks.items()})


def is_far_apart(sampled: Sampled, own: Totals, scheme: Scheme | MarkScheme) -> bool:
    """Whether a moderator's own marks of a script are far from its agreed marks, see `rules.far_apart`."""
    agreed = sampled.script.agreement
    there = Totals(agreed.half_marks_learn_that or 0, agreed.half_marks_learn_how_to or 0)
    return rules.far_apart(own, there, tolerance=scheme.tolerance, pass_mark=scheme.pass_mark)


def confirmed_far_apart(round: Round, scheme: Scheme) -> list[Sampled]:
    """The scripts of a sample whose agreed marks stand though the moderator's own are far from them. One query."""
    confirmed = round.sample.filter(decision="confirmed").exclude(marks={})
    rows = confirmed.select_related("script__agreement", "script__sitting").defer(
        "script__text", "script__parts", "script__sitting__draft", "passages"
    )  # fmt: skip
    found = []
    for one in rows.order_by("script__sitting__code"):
        own = own_totals(one, scheme)
        if own is not None and is_far_apart(one, own, scheme):
            found.append(one)
    return found


_LOOKED_AT = 50  # scripts of a sample that are looked at first, for one that somebody may begin


def next_for(viewer: Viewer, round: Round, *, day: date) -> Sampled | None:
    """What this moderator does next in a round: what they began, else what nobody has begun, or who began can't go on
    with; and of these the first that they may, who neither marked it nor know its author, as they declared or as the
    records say. At most four queries.
    """
    user = viewer.user.pk
    still_open = round.sample.filter(_AGREED, decision="").annotate(
        gone=ExpressionWrapper(_gone(day), output_field=BooleanField())
    )
    theirs = still_open.exclude(script__markings__marker=user).exclude(script__declared_conflicts__user=user)
    ordered = theirs.select_related("script__sitting").order_by(
        Case(When(marked_by=user, then=0), default=1), "script__sitting__code"
    )
    found = ordered.defer("script__text", "script__parts", "script__sitting__draft")
    first = list(found[:_LOOKED_AT])
    following = _first_allowed(first, user)
    if following is None and len(first) == _LOOKED_AT:
        following = _first_allowed(list(found[_LOOKED_AT:]), user)
    return following


def _first_allowed(some: Sequence[Sampled], user: int) -> Sampled | None:
    """The first of these that somebody may begin or go on with. One query, or none for none."""
    if not some:
        return None
    people = {user} | {one.marked_by_id for one in some if one.marked_by_id}
    scripts = Script.objects.filter(pk__in=[one.script_id for one in some])
    away = conflicts.conflicts_of(scripts, people)

    def free(one: Sampled) -> bool:
        begun = one.marked_by_id
        mine = begun is None or begun == user or vars(one)["gone"] or (one.script_id, begun) in away
        return mine and (one.script_id, user) not in away

    return next((one for one in some if free(one)), None)


def named_beforehand(loaded: Round | Sampled, window: Window, user_id: int) -> bool:
    """Whether declarations of a moderator wait for the office to say who of a window is meant. Of what was loaded for
    them no query where none was said to be nobody's; else at most two.
    """
    if "named" not in vars(loaded):
        return acquaintance_queries.not_looked_at(_authors(window), [user_id]) > 0
    return acquaintance_queries.waits_beside(loaded, _authors(window), user_id)


def _authors(window: Window) -> QuerySet[Enrolment]:
    return Enrolment.objects.filter(sittings__window=window)


def get_sampled_for(viewer: Viewer, sampled_id: int) -> Sampled:
    """A script of a sample, with all that is needed to show its case beside it: whether its markers `discussed` it,
    whether this person `marked_it`, how many moderators began with it before (`begun_before`) and what the first of
    them gave, what this one has saved and not given (`look_drafts.loaded_with`), and what is on record of their last
    look at it. One query; 404 for who isn't a moderator.
    """
    if not access.moderates(viewer):
        raise Http404("No such script.")
    own = LookDraft.objects.filter(sampled=OuterRef("pk"), moderator=viewer.user).order_by("pk")
    found = Sampled.objects.select_related(
        "round__window__intake__version__programme", "round__window__case_study__scheme",
        "script__sitting__window", "script__agreement", "decided_by", "marked_by",
    ).defer(
        "round__window__intake__version__document", "script__sitting__draft",
    ).annotate(
        last_close=marking.last_close(OuterRef("round__window")),
        uncounted=is_uncounted(OuterRef("script")),
        discussed=Exists(discussion_queries.standing().filter(script=OuterRef("script"))),
        **acquaintance_queries.said_by(viewer.user.pk),
        marked_it=Exists(Marking.objects.filter(script=OuterRef("script"), marker=viewer.user)),
        begun_before=count_of(EarlierLook.objects.filter(sampled=OuterRef("pk")), "sampled"),
        first_begun=Subquery(_begun("marks")),
        first_noted=Subquery(_begun("passages")),
        looked_before=Subquery(_looks(viewer.user, _CHAIN).values("details")[:1]),
        **{f"draft_{name}": Subquery(own.values(name)[:1]) for name in LookDraft.ENTERED},
    )  # fmt: skip
    one = found.filter(pk=sampled_id).first() or nothing()
    vars(one.round.window)["last_close"] = vars(one)["last_close"]
    return one


def _begun(what: str) -> Any:
    return EarlierLook.objects.filter(sampled=OuterRef("pk")).order_by("at", "pk").values(what)[:1]


_CHAIN = Concat(
    Value("script:"), Cast(OuterRef("script_id"), CharField())
)  # of a sampled script, in a subquery


def _looks(user: User, chain: Any) -> QuerySet[AuditEvent]:
    """What is on record of a person's looks at the markings of the script with this trail, the last first."""
    return AuditEvent.objects.filter(subject=chain, verb=LOOKED, actor=f"user:{user.pk}").order_by(
        "-sequence"
    )


def earlier_looks(sampled: Sampled) -> list[EarlierLook]:
    """What moderators gave who began with a script and couldn't go on, the first of them first. No query for one that
    was loaded for a moderator, unless several began with it.
    """
    known = vars(sampled)
    count = known.get("begun_before")
    if count is None or count > 1:
        return list(sampled.earlier.order_by("at", "pk"))
    if not count:
        return []
    return [EarlierLook(sampled=sampled, marks=known["first_begun"], passages=known["first_noted"])]


def looked_on(sampled: Sampled, user: User) -> str:
    """The last day on which it was put on record that this person looked at the markings of a script, if ever. One
    query, and none for one that was loaded for this moderator.
    """
    known = vars(sampled)
    if "looked_before" in known:
        details = known["looked_before"]
    else:
        seen = _looks(user, audit.subject_key(sampled.script))
        details = seen.values_list("details", flat=True).first()
    return str((details or {}).get("day", ""))


def left_to_another(on: date) -> QuerySet[Sampled]:
    """For a subquery by window: what a moderator left because of a conflict and no other has begun, and what somebody
    began who is no moderator any more on a day.
    """
    waiting = Sampled.objects.filter(_LEFT & Q(marked_by__isnull=True) | _gone(on), _AGREED, decision="")
    return waiting.filter(round__window=OuterRef("pk"))


def moderators_for(sampled: Sampled, *, day: date) -> list[int]:
    """Who may moderate a script of the sample on a day: neither its markers nor in conflict with it."""
    people = set(marking.holders_on(day, Role.MODERATOR))
    people -= set(sampled.script.markings.values_list("marker_id", flat=True))
    away = conflicts.conflicts_of(Script.objects.filter(pk=sampled.script_id), people)
    return sorted(people - {person for _, person in away})


def can_go_on(sampled: Sampled, *, day: date) -> bool:
    """Whether who entered blind marks for a script may still decide on it: no longer once their role has ended, or once
    they know its author or have marked it.
    """
    return sampled.marked_by_id in moderators_for(sampled, day=day)


def markings_seen_by(sampled: Sampled, viewer: Viewer) -> list[Marking]:
    """The markers' markings: none until this moderator's own marks are in, or the script is decided."""
    own = sampled.marked_by_id == viewer.user.pk or bool(sampled.decision)
    phase = marking.phase_of(sampled.script)
    if not marking_rules.visible(phase, marking_rules.Eye.MODERATOR, own_marks_in=own).other_markings:
        return []
    first_three = sampled.script.markings.filter(position__lt=marking_rules.FIRST_REMARK)
    return list(first_three.order_by("position"))


def uncounted_seen_by(sampled: Sampled, given: Sequence[Marking]) -> list[Uncounted]:
    """What was entered for a script and counts for nothing, for who sees the markings that do (`given`), and so after
    their own blind look alone. One query, or none; `sampled` comes of `get_sampled_for`.
    """
    there = given and vars(sampled)["uncounted"]
    return uncounted_of(Script.objects.filter(pk=sampled.script_id)) if there else []


def check_agreed(sampled: Sampled) -> None:
    """Refuses a script of the sample whose marks were set aside, until the new ones are agreed."""
    agreement: Agreement | None = getattr(sampled.script, "agreement", None)
    agreed = agreement is not None and agreement.state == AgreementState.AGREED
    rules.check_agreed(sampled.script.sitting.code, agreed=agreed)


def check_moderator(sampled: Sampled, user_id: int) -> None:
    """Refuses a person who marked the script, or who knows its author from working with them."""
    rules.check_moderator(
        moderator=user_id,
        markers=_markers_of(sampled, user_id),
        in_conflict=in_conflict(sampled, user_id),
    )


def _markers_of(sampled: Sampled, user_id: int) -> list[int]:
    """Who marked a script, or of one that was loaded for this moderator whether they did: then without a query."""
    known = vars(sampled).get("marked_it")
    if known is not None:
        return [user_id] if known else []
    return list(sampled.script.markings.order_by("pk").values_list("marker_id", flat=True))


def in_conflict(sampled: Sampled, user_id: int) -> bool:
    """Whether this person teaches, coaches or works with the script's author, or declared a conflict."""
    return knows_author(sampled.script_id, user_id)


def knows_author(script_id: int, user_id: int) -> bool:
    """The same of any script."""
    return bool(conflicts.conflicts_of(Script.objects.filter(pk=script_id), [user_id]))


@dataclass(frozen=True)
class Overtaken:
    """What happened after a sample was drawn, or signed off: somebody may hand in `until` later, or did already;
    `scripts` are neither in the sample nor among those that it was drawn from.
    """

    until: datetime | None
    scripts: int

    def __bool__(self) -> bool:
        return self.until is not None or self.scripts > 0


def overtaken(round: Round) -> Overtaken:
    """Whether more time was given after a sample was drawn or signed off, or scripts came in. Two queries, or one of
    a round that was loaded for a page.
    """
    sampled = Sampled.objects.filter(round=round, script=OuterRef("pk")).order_by()
    scripts = marking.scripts_of(round.window).order_by().filter(~Exists(sampled))
    if not round.terms:  # a round that is older than its rules kept nothing of what it was drawn from
        scripts = scripts.filter(received_at__gt=round.opened_at)
    new = set(scripts.values_list("pk", flat=True)) - drawn_of(round)
    known = vars(round)  # a page has loaded it with `last_close`
    last = known["last_close"] if "last_close" in known else _last_close(round.window)
    until = last if last is not None and last > round.closed_at else None
    return Overtaken(until, len(new))


def _last_close(window: Window) -> datetime | None:
    last: datetime | None = window.sittings.aggregate(at=Max("closes_at"))["at"]
    return last


def drawn_of(round: Round) -> set[int]:
    """The scripts that a sample was drawn from, at first or when the draw was completed. No query."""
    rows = [*round.drawn_from, *(row for _, later in round.completions for row in later)]
    return {row[1] for row in rows}


def check_not_overtaken(round: Round) -> None:
    """Refuses a round that says nothing of scripts which came in since, or of somebody who can hand in still."""
    found = overtaken(round)
    rules.check_not_overtaken(found.until, found.scripts, zone=round.window.zone)


def marked_scripts(window: Window) -> list[Marked]:
    """Every agreed script of a window as the sample is drawn from it; two queries, three where too many words cost
    marks.
    """
    lengths = penalties.too_long(window)
    markers: dict[int, set[int]] = {}
    given = Marking.objects.filter(script__sitting__window=window, script__current=True).order_by()
    for script, marker in given.values_list("script_id", "marker_id"):
        markers.setdefault(script, set()).add(marker)
    agreed = Agreement.objects.filter(
        script__sitting__window=window, script__current=True, state=AgreementState.AGREED
    ).order_by()
    rows = agreed.values_list(
        "script_id",
        "script__sitting",
        "script__sitting__code",
        "half_marks_learn_that",
        "half_marks_learn_how_to",
        "method",
    )
    return [
        Marked(
            script,
            code,
            (that or 0) + (how or 0),
            frozenset(markers.get(script, ())),
            method in BY_THIRD,
            method == ONLY,
            lengths[sitting].half_marks_off((that or 0) + (how or 0)) if sitting in lengths else 0,
        )
        for script, sitting, code, that, how, method in rows
    ]


def asks_national(window: Window) -> bool:
    """Whether the version of a window's intake asks for national moderation (S1-32, S3-30). One query."""
    return ProgrammeVersion.objects.get(intakes=window.intake_id).specification.moderation.national
