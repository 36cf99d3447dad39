"""Practice scenarios, each for those of its programme version; responses for their writer and who teaches them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Max, Prefetch, QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404

from goldenthread.applications.models import Enrolment
from goldenthread.assessment import queries
from goldenthread.assessment.dated_policies import assessment_on
from goldenthread.assessment.limit_queries import word_limit_of
from goldenthread.assessment.models import CaseStudy, MarkPoint, Window, WindowState
from goldenthread.assessment.opened import name_parts
from goldenthread.assessment.practice_models import PracticeFeedback, PracticeResponse, PracticeScenario
from goldenthread.assessment.rules import Part, window_instants
from goldenthread.assessment.rules import practice as rules
from goldenthread.assessment.rules.policies import FIRST_COUNTING, Counting, counting_now
from goldenthread.common import clock
from goldenthread.common.days import day_text
from goldenthread.people.access import Viewer
from goldenthread.people.models import Role

_FEEDBACK = Prefetch("feedback", PracticeFeedback.objects.select_related("by"))


@dataclass(frozen=True)
class Offered:
    """A scenario as a participant finds it: its number, first day, whether it is open, and what they wrote on it."""

    scenario: PracticeScenario
    number: int
    opens_on: date
    is_open: bool
    response: PracticeResponse | None

    @property
    def title(self) -> str:
        return f"Practice scenario {self.number}"


@dataclass(frozen=True)
class Asked:
    """What practice asks of one enrolment: the parts and the limit of its assessment; None: no limit is set yet."""

    parts: tuple[Part, ...]
    word_limit: int | None
    counting: Counting = FIRST_COUNTING

    @property
    def most(self) -> int | None:
        """The most words that are taken as they are."""
        return None if self.word_limit is None else self.counting.most(self.word_limit)

    @property
    def keys(self) -> tuple[str, ...]:
        return tuple(part.key for part in self.parts) or ("",)


def scenarios_of(version_id: int) -> QuerySet[PracticeScenario]:
    """The scenarios of a version in the order in which they are offered, under seal. Withdrawn ones are gone."""
    found = PracticeScenario.objects.filter(
        case_study__version=version_id, case_study__withdrawn_at__isnull=True
    )
    return (
        found.select_related("case_study")
        .defer("case_study__sealed", "case_study__sealed_needs")
        .order_by("after_months", "pk")
    )


def offered_to(enrolment: Enrolment, *, at: datetime) -> list[Offered]:
    """All scenarios of the enrolment's version with where each stands. Two queries."""
    today = clock.day_of(at, enrolment.zone)
    mine = {one.scenario_id: one for one in enrolment.practice.order_by("pk")}
    found = []
    for number, one in enumerate(scenarios_of(enrolment.version_id), start=1):
        first = rules.opens_on(enrolment.starts_on, one.after_months)
        found.append(Offered(one, number, first, first <= today, mine.get(one.pk)))
    return found


def get_offered_for(enrolment: Enrolment, scenario_id: int, *, at: datetime) -> Offered:
    """One scenario of the enrolment's own version, with the feedback on what they wrote."""
    for one in offered_to(enrolment, at=at):
        if one.scenario.pk == scenario_id:
            response = enrolment.practice.filter(scenario=scenario_id).prefetch_related(_FEEDBACK).first()
            return Offered(one.scenario, one.number, one.opens_on, one.is_open, response)
    raise Http404


def asked_of(enrolment: Enrolment) -> Asked:
    """The parts of the version's response, and the word limit that counts for the intake (S0-31, S0-42)."""
    return Asked(
        queries.parts_of_version(enrolment.version),
        word_limit_of(enrolment.intake).value,
        counting_now(assessment_on(enrolment.version, clock.today())),
    )


def case_of(scenario: PracticeScenario) -> CaseStudy:
    """The case study of a scenario, opened: practice is no secret to those who may load it."""
    return queries.opened(
        CaseStudy.objects.select_related("version__programme").get(pk=scenario.case_study_id)
    )


def points_of(scenario: PracticeScenario, parts: Sequence[Part] = ()) -> list[MarkPoint]:
    """What the mark scheme looks for, with the statements that it cites, for those who have handed in or teach; with
    the parts of the response, where they are given, each point names its own.
    """
    case = CaseStudy(pk=scenario.case_study_id)
    scheme = queries.scheme_of(case)
    points = list(scheme.points.all()) if scheme else []
    name_parts(points, parts)
    return points


def uses_of(case: CaseStudy) -> list[rules.UseInWindow]:
    """Every window that a case study is set for, and when its last sitting closes. One query."""
    found = (
        Window.objects.filter(case_study=case)
        .select_related("intake")
        .annotate(last=Max("sittings__closes_at"))
        .order_by("pk")
    )
    return [
        rules.UseInWindow(
            f"{one.intake}, from {day_text(one.opens_on)}",
            one.last or window_instants(one.opens_on, one.days, one.zone)[1],
            one.state == WindowState.CANCELLED,
        )
        for one in found
    ]


def months_taken(case: CaseStudy) -> list[int]:
    """After how many months the other scenarios of the case study's version are offered. One query."""
    others = scenarios_of(case.version_id).exclude(case_study=case)
    return list(others.values_list("after_months", flat=True))


# --- for those who teach ------------------------------------------------------------------------------
def _taught_by(viewer: Viewer) -> QuerySet[PracticeResponse]:
    return (
        PracticeResponse.objects.filter(
            enrolment__group_places__until__isnull=True,
            enrolment__group_places__group__staff__user=viewer.user,
            enrolment__group_places__group__staff__role__in=viewer.held(Role.FACILITATOR, Role.TUTOR),
            enrolment__group_places__group__staff__until__isnull=True,
            handed_in_at__isnull=False,
        )
        .exclude(enrolment__user=viewer.user)
        .select_related("scenario", "enrolment__user", "enrolment__version__programme", "enrolment__intake")
        .defer("enrolment__version__document")
        .order_by("handed_in_at", "pk")
        .distinct()
    )


def practice_for(viewer: Viewer) -> QuerySet[PracticeResponse]:
    """What the people in the groups that somebody facilitates or tutors now have handed in; drafts stay theirs."""
    return _taught_by(viewer).exclude(state="draft")


def waiting(responses: QuerySet[PracticeResponse]) -> QuerySet[PracticeResponse]:
    """Those whose writers want feedback and have none yet, the oldest first."""
    return responses.filter(state="handed_in", wants="facilitator")


def get_practice_for(viewer: Viewer, response_id: int) -> PracticeResponse:
    """A response that the person may read and give feedback on, with the feedback before; also one that its writer has
    taken back, whose text no page shows then.
    """
    whole = _taught_by(viewer).defer(None).prefetch_related(_FEEDBACK)
    found = get_object_or_404(whole, pk=response_id)
    found.enrolment.intake.version = found.enrolment.version  # the same one, which is read once
    return found


def number_of(scenario: PracticeScenario, version_id: int) -> int:
    """The number by which participants know a scenario; 0 for one that is gone. One query."""
    order = list(scenarios_of(version_id).values_list("pk", flat=True))
    return order.index(scenario.pk) + 1 if scenario.pk in order else 0


def texts_of(response: PracticeResponse, parts: tuple[Part, ...]) -> list[tuple[str, str]]:
    """What was written, each text under the title of its part."""
    if not parts:
        return [("Response", response.texts.get("", ""))]
    return [(f"{part.number} {part.title}", response.texts.get(part.key, "")) for part in parts]


def levels_of(given: PracticeFeedback, points: list[MarkPoint]) -> list[tuple[Any, str]]:
    """Each mark point with what a self-assessment said of it."""
    return [(point, rules.LEVELS.get(given.levels.get(str(point.number), ""), "–")) for point in points]
