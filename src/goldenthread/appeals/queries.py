"""Appeals for who made them and for the office, the policy of a result, and who had a part in it."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.db.models import Case, Exists, F, Max, OuterRef, Q, QuerySet, Subquery, Value, When
from django.http import Http404

from goldenthread.appeals import access, rules
from goldenthread.appeals.models import Appeal, AppealPolicy
from goldenthread.appeals.rules import Grounds, State
from goldenthread.assessment.models import Script
from goldenthread.awards.models import Change
from goldenthread.awards.queries import effects
from goldenthread.integrity.models import CaseStep
from goldenthread.marking import conflicts
from goldenthread.marking.models import Marking, MarkingState, SetAside
from goldenthread.marking.rules import FIRST_REMARK
from goldenthread.marking.uncounted_queries import Uncounted, uncounted_of
from goldenthread.moderation.models import NationalAnswer, Round, Sampled
from goldenthread.outcomes import queries as outcomes
from goldenthread.outcomes.models import BoardMeeting, Outcome
from goldenthread.people.access import Viewer, role_held
from goldenthread.people.models import Role


# --- the policy ------------------------------------------------------------------------------------------
def policies_of(version_id: int) -> QuerySet[AppealPolicy]:
    """What was decided about a version's appeals, the latest first."""
    return AppealPolicy.objects.filter(version=version_id).select_related("set_by").order_by("-set_at", "-pk")


def terms_of(outcome: Outcome) -> rules.Terms:
    """The policy that was in force when a result was released; the default where none was set. One query."""
    known = policies_of(outcome.enrolment.version_id).filter(set_at__lte=outcome.released_at).first()
    return rules.Terms(known.days, rules.Lowering(known.lowering)) if known else rules.Terms()


def until_of(outcome: Outcome, terms: rules.Terms | None = None) -> datetime:
    """The end of the last day on which a released result can be appealed."""
    assert outcome.released_at is not None
    return rules.appeal_until(outcome.released_at, (terms or terms_of(outcome)).days, str(settings.TIME_ZONE))


# --- the participant's side ------------------------------------------------------------------------------
def script_of(outcome: Outcome) -> Script | None:
    """The current script that a result was marked on; None where nothing was handed in, or nothing marked."""
    if outcome.half_marks_learn_that is None:
        return None
    found = Script.objects.filter(
        sitting__window=outcome.window_id, sitting__enrolment=outcome.enrolment_id, current=True
    )
    return found.select_related("sitting__window").defer("text", "parts", "sitting__draft").first()


def uncounted_in(outcome: Outcome) -> list[Uncounted]:
    """What was entered for the script of a result and counts for nothing. One query."""
    of = {"sitting__window": outcome.window_id, "sitting__enrolment": outcome.enrolment_id}
    return uncounted_of(Script.objects.filter(**of, current=True))


def appealed(outcome: Outcome) -> rules.Appealed:
    """A released result as the rules look at it. Three queries."""
    assert outcome.released_at is not None
    return rules.Appealed(
        released_at=outcome.released_at,
        latest=outcomes.is_latest(outcome),
        of_appeal=Appeal.objects.filter(new_outcome=outcome).exists(),
        appealed=Appeal.objects.filter(outcome=outcome).exists(),
        marked=outcome.half_marks_learn_that is not None,
    )


@dataclass(frozen=True)
class Glance:
    """What a page says of a result's appeal in a line: the terms, the state of an appeal and since when, the
    earlier result whose appeal this one came of, and the position of the re-mark that this result rests on.
    """

    terms: rules.Terms
    until: datetime
    state: str
    lodged_at: datetime | None
    of_result: int | None
    remark: int | None = None

    @property
    def open(self) -> bool:
        """Whether an appeal is undecided."""
        return self.state in rules.OPEN


def glance(outcome: Outcome) -> Glance:
    """The terms and the appeal of a released result. One query."""
    policy = (
        AppealPolicy.objects.filter(
            version=OuterRef("enrolment__version"), set_at__lte=OuterRef("released_at")
        )
        .order_by("-set_at", "-pk")
        .values
    )
    changed = Appeal.objects.filter(  # an appeal that changed this result, or one that was corrected since
        new_outcome__enrolment=outcome.enrolment_id,
        new_outcome__window=outcome.window_id,
        new_outcome__task=outcome.task,
        new_outcome__number__lte=outcome.number,
    ).order_by("-new_outcome__number")
    days, lowering, state, lodged_at, of_result, remark = (
        Outcome.objects.filter(pk=outcome.pk)
        .annotate(
            days=Subquery(policy("days")[:1]),
            lowering=Subquery(policy("lowering")[:1]),
            remark=Subquery(changed.values("remark_position")[:1]),
        )
        .values_list("days", "lowering", "appeal__state", "appeal__lodged_at", "of_appeal__outcome", "remark")
        .get()
    )
    terms = rules.Terms(days, rules.Lowering(lowering)) if days else rules.Terms()
    return Glance(terms, until_of(outcome, terms), state or "", lodged_at, of_result, remark)


def appeal_against(outcome: Outcome) -> Appeal | None:
    """The appeal that was made against a result."""
    return Appeal.objects.filter(outcome=outcome).select_related("new_outcome").first()


# --- the office's side -----------------------------------------------------------------------------------
_REMARK = Marking.objects.filter(
    script__sitting__window=OuterRef("outcome__window"),
    script__sitting__enrolment=OuterRef("outcome__enrolment"),
    script__current=True,
    position=OuterRef("remark_position"),
).order_by()


# Upheld while the result stays, and what was promised instead isn't carried out: such an appeal is still open.
_PROMISED = Q(verdict=rules.Verdict.UPHELD, remedy_done_at__isnull=True) & ~Q(remedy="")
OPEN = Q(state__in=list(rules.OPEN)) | _PROMISED


def _with_remark(found: QuerySet[Appeal], *, on: date) -> QuerySet[Any]:
    """With `waits_for`: "check", "marker", "remark", "gone" where whoever is to mark again is no marker any more on
    that day, "decision", "remedy", or "" of what is closed; and with the name of the `remarker`.
    """
    given, done = Exists(_REMARK), Exists(_REMARK.filter(state=MarkingState.SUBMITTED))
    may = role_held(Role.MARKER, on=on, user="marker")
    stays = Exists(_REMARK.filter(may, marker__is_active=True))
    wanted = Q(state=State.ADMITTED) & (Q(grounds=Grounds.MARKING) | Q(remark_position__isnull=False))
    return found.annotate(
        waits_for=Case(
            When(state=State.LODGED, then=Value("check")),
            When(wanted & ~Q(given), then=Value("marker")),
            When(wanted & ~Q(done) & ~Q(stays), then=Value("gone")),
            When(wanted & ~Q(done), then=Value("remark")),
            When(state=State.ADMITTED, then=Value("decision")),
            When(_PROMISED, then=Value("remedy")),
            default=Value(""),
        ),
        remarker=Subquery(_REMARK.order_by("pk").values("marker__name")[:1]),
    )


def appeals_for(viewer: Viewer, show: str = "open", *, on: date) -> QuerySet[Appeal]:
    """The open or the closed appeals with who and which programme, the oldest first, and what they wait for on a day;
    never one's own. One query.
    """
    if not access.handles(viewer):
        raise Http404
    found = Appeal.objects.exclude(outcome__enrolment__user=viewer.user)
    found = found.filter(OPEN if show == "open" else ~OPEN)
    named = _with_remark(found, on=on).select_related(
        "outcome__enrolment__user", "outcome__enrolment__version__programme", "outcome__window__intake"
    )
    named = named.defer("outcome__enrolment__version__document", "outcome__conditions")
    return named.order_by("lodged_at", "pk") if show == "open" else named.order_by("-lodged_at", "-pk")


def that_wait_for(what: str, *, on: date) -> QuerySet[Any]:
    """The appeals that wait for "check", "marker", "remark", "gone", "decision" or "remedy", on a day; for counts that
    the office's desk joins.
    """
    return _with_remark(Appeal.objects.filter(OPEN), on=on).filter(waits_for=what).order_by()


def remarkers_gone(*, on: date) -> list[str]:
    """Who has a re-mark and is no marker any more on a day, by name. One query."""
    found = that_wait_for("gone", on=on).values_list("remarker", flat=True).distinct()
    return sorted(name for name in found if name)


def get_appeal_for(viewer: Viewer, appeal_id: int, *, on: date) -> Any:
    """One appeal for the office, with what it `waits_for` on a day; 404 for everybody else, and for whose own it is."""
    found = (
        _with_decision(_with_remark(Appeal.objects.all(), on=on))
        .select_related(
            "outcome__enrolment__user",
            "outcome__enrolment__version__programme",
            "outcome__window__intake__version__programme",
            "outcome__window__case_study__scheme",
            "outcome__window__scheme",
            "outcome__released_by",
            "checked_by",
            "decided_by",
            "remedy_done_by",
            "new_outcome",
        )
        .defer(
            "outcome__window__intake__version__document",
            "outcome__window__case_study__sealed",
            "outcome__window__case_study__scheme__sealed",
        )
    )
    one = found.filter(pk=appeal_id).first()
    if one is None or not access.handles(viewer) or one.outcome.enrolment.user_id == viewer.user.pk:
        raise Http404
    return one


def _with_decision(found: QuerySet[Any]) -> QuerySet[Any]:
    """With what a decision goes by: the policy of the release, the result that counts now, what would become of
    the award.
    """
    policy = AppealPolicy.objects.filter(
        version=OuterRef("outcome__enrolment__version"), set_at__lte=OuterRef("outcome__released_at")
    ).order_by("-set_at", "-pk")
    last = Outcome.objects.filter(
        enrolment=OuterRef("outcome__enrolment"),
        window=OuterRef("outcome__window"),
        task=OuterRef("outcome__task"),
        released_at__isnull=False,
    ).order_by("-number")
    known: QuerySet[Any] = found.annotate(
        policy_days=Subquery(policy.values("days")[:1]),
        policy_lowering=Subquery(policy.values("lowering")[:1]),
        last_outcome=Subquery(last.values("pk")[:1]),
        **effects("outcome__"),
    )
    return known


def terms_for(appeal: Appeal) -> rules.Terms:
    """The policy of an appeal's result. No query for one that was loaded by `get_appeal_for`."""
    known = vars(appeal)
    if "policy_days" not in known:
        return terms_of(appeal.outcome)
    days, lowering = known["policy_days"], known["policy_lowering"]
    return rules.Terms(days, rules.Lowering(lowering)) if days else rules.Terms()


def standing_for(appeal: Appeal) -> Outcome:
    """The result that counts now: the one that was appealed, unless the office has corrected it meanwhile. No query
    for an appeal that was loaded by `get_appeal_for` and whose result was not corrected.
    """
    outcome = appeal.outcome
    if vars(appeal).get("last_outcome") == outcome.pk:
        return outcome
    same = Outcome.objects.filter(
        enrolment=outcome.enrolment_id, window=outcome.window_id, task=outcome.task, released_at__isnull=False
    ).select_related("enrolment", "window__case_study__scheme", "window__scheme")
    return same.order_by("-number")[0]


def remark_of(appeal: Appeal) -> Marking | None:
    """The re-mark that an appeal led to; None while nobody has it, or none was asked for. One query."""
    if appeal.remark_position is None or appeal.outcome.half_marks_learn_that is None:
        return None
    found = Marking.objects.filter(
        script__sitting__window=appeal.outcome.window_id,
        script__sitting__enrolment=appeal.outcome.enrolment_id,
        script__current=True,
        position=appeal.remark_position,
    )
    return found.select_related("marker").first()


def next_position(script: Script) -> int:
    """The position of a further re-mark of a script."""
    used = Appeal.objects.filter(
        outcome__window=script.sitting.window_id, outcome__enrolment=script.sitting.enrolment_id
    ).aggregate(most=Max("remark_position"))["most"]
    return max(FIRST_REMARK, (used or 0) + 1)


def parts_in(outcome: Outcome, user_id: int) -> dict[int, str]:
    """The part that somebody had in a person's result of a window, by their number, if any: as marker, moderator, who
    released, corrected or decided about own work, or who teaches or knows the author. Four queries, or five.
    """
    sitting = {"sitting__window": outcome.window_id, "sitting__enrolment": outcome.enrolment_id}
    script = {f"script__{key}": value for key, value in sitting.items()}
    known = bool(conflicts.conflicts_of(Script.objects.filter(**sitting, current=True), [user_id]))
    if (
        not known and outcome.half_marks_learn_that is None
    ):  # of who has no script nobody has a conflict with one
        known = user_id in conflicts.knowing(outcome.enrolment_id)
    parts = {user_id: "teach, coach or know the participant, or did"} if known else {}
    kinds = ("allegation", "decision", "appeal_decision")
    released = Q(
        outcome__enrolment=outcome.enrolment_id,
        outcome__window=outcome.window_id,
        outcome__released_at__isnull=False,
    )
    of_window = {"enrolment": outcome.enrolment_id, "window": outcome.window_id, "released_at__isnull": False}
    applied = {"round__window": outcome.window_id, "state": "applied"}
    case = {f"case__{key}": value for key, value in sitting.items()}
    had: list[tuple[QuerySet[Any], str, str]] = [
        (CaseStep.objects.filter(kind__in=kinds, **case), "by", "took part in a case about this script"),
        (Outcome.objects.filter(**of_window), "released_by", "released this result"),
        (Change.objects.filter(released).exclude(kind="reissue"), "proposed_by", _CORRECTED),
        (Change.objects.filter(released).exclude(kind="reissue"), "decided_by", _CORRECTED),
        (Round.objects.filter(window=outcome.window_id), "signed_off_by", "signed off this window's marks"),
        (NationalAnswer.objects.filter(**applied), "read_by", _NATIONAL),
        (NationalAnswer.objects.filter(**applied), "decided_by", _NATIONAL),
        (
            BoardMeeting.objects.filter(window=outcome.window_id),
            "recorded_by",
            "recorded the board about this window",
        ),
        (Sampled.objects.filter(**script), "marked_by", _MODERATED),
        (Sampled.objects.filter(**script), "decided_by", _MODERATED),
        (SetAside.objects.filter(**script), "marker", _MARKED),
        (Marking.objects.filter(**script), "marker", _MARKED),
    ]
    rows = [
        found.filter(**{field: user_id}).order_by().values_list(F(field), Value(place))
        for place, (found, field, _) in enumerate(had)
    ]
    every = sorted(rows[0].union(*rows[1:]), key=lambda row: row[1])
    return parts | {user: had[place][2] for user, place in every if user is not None}


_MARKED, _MODERATED = "marked this script", "moderated this script"
_NATIONAL = "took part in the national moderation of this window"
_CORRECTED = "took part in a correction of this result"
