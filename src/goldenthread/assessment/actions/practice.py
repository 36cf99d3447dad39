"""Offer a case for practice; write, hand in and take back practice; feedback and self-assessment (S4-19).

The states and what feedback must hold are those of formative tasks (`learning.rules`): practice is formative work. It
credits nothing, and no outcome reads it.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.http import Http404

from goldenthread.applications.models import Enrolment
from goldenthread.assessment import access, practice_queries, words
from goldenthread.assessment.actions.draft import clean
from goldenthread.assessment.models import CaseStudy
from goldenthread.assessment.practice_models import PracticeFeedback, PracticeResponse, PracticeScenario
from goldenthread.assessment.rules import Stale
from goldenthread.assessment.rules import practice as rules
from goldenthread.assessment.rules.policies import Length
from goldenthread.common import audit, clock, mail
from goldenthread.common.refused import Refused
from goldenthread.learning import rules as formative
from goldenthread.learning.rules import State, Verb
from goldenthread.people.access import viewer_of


@transaction.atomic
def offer_practice(*, case_study: CaseStudy, after_months: int, by: Any, at: datetime) -> PracticeScenario:
    """Open a published case for practice, `after_months` whole months after each participant's start.

    Only for authors. Refused while a window that it is set for has not closed for everybody, and for a month that is
    taken or later than the assessment; from then on no window can use it. Offered again it gets the other month.
    """
    if not access.may_author(viewer_of(by, on=clock.day_of(at))):
        raise Refused("Only authors offer practice: ask the programme office for the role.", code="author")
    case = CaseStudy.objects.select_for_update(of=("self",)).select_related("version").get(pk=case_study.pk)
    rules.check_case_for_practice(
        published=case.state == "published",
        withdrawn=case.withdrawn_at is not None,
        uses=practice_queries.uses_of(case),
        at=at,
    )
    months = case.version.specification.assessment.window_months.value
    taken = practice_queries.months_taken(case)
    rules.check_month(after_months, taken=taken, window_from=months[0] if months else None)
    scenario, new = PracticeScenario.objects.get_or_create(
        case_study=case, defaults={"after_months": after_months, "offered_at": at, "offered_by": by}
    )
    before = scenario.after_months
    if not new and before != after_months:
        scenario.after_months = after_months
        scenario.save(update_fields=["after_months"])
    if new or before != after_months:
        audit.record("case_study.practice", case, by=by, at=at, after_months=after_months)
    return scenario


@transaction.atomic
def save_practice(
    *,
    scenario: PracticeScenario,
    enrolment: Enrolment,
    texts: Mapping[str, str],
    revision: int | None,
    by: Any,
    at: datetime,
) -> PracticeResponse:
    """Keep what somebody writes, by part key. `rules.Stale` carries what is stored if another tab saved meanwhile."""
    response = _own(scenario, enrolment, by=by, at=at)
    response.state = formative.move(response.state, Verb.SAVE)
    return _write(response, clean(texts), revision=revision, at=at)


@transaction.atomic
def hand_in_practice(
    *,
    scenario: PracticeScenario,
    enrolment: Enrolment,
    texts: Mapping[str, str],
    revision: int | None,
    wants: str,
    by: Any,
    at: datetime,
) -> PracticeResponse:
    """Hand practice in, for feedback by who teaches them (`wants` "facilitator") or to assess it themselves ("self").

    Every part must be written within the word limit of the assessment, by the same rules as a script. There is no
    deadline. The same text sent twice is handed in once.
    """
    response, cleaned = _own(scenario, enrolment, by=by, at=at), clean(texts)
    if response.pk and response.state == State.HANDED_IN and response.texts == cleaned:
        return response
    response.state = formative.move(response.state, Verb.HAND_IN)
    asked = practice_queries.asked_of(enrolment)
    count = words.count_parts(list(cleaned.values())).leaving_out(asked.counting.not_counted)
    response.words = count.total
    response.word_limit = asked.word_limit
    length = Length(response.words, asked.word_limit, asked.counting)
    rules.check_practice(asked.parts, cleaned, length=length)
    response.handed_in_at, response.wants = at, "self" if wants == "self" else "facilitator"
    response = _write(response, cleaned, revision=revision, at=at)
    _record("handed_in", response, by=by, at=at, words=response.words, wants=response.wants)
    return response


@transaction.atomic
def take_practice_back(*, response: PracticeResponse, by: Any, at: datetime) -> PracticeResponse:
    """Go on writing what was handed in. Twice does nothing more."""
    response = _locked(response)
    if response.enrolment.user_id != by.pk:
        raise Http404
    if formative.may_edit(response.state):
        return response
    after = formative.move(response.state, Verb.TAKE_BACK)
    response.state = State.RETURNED if response.feedback.exists() else after
    response.save(update_fields=["state"])
    _record("taken_back", response, by=by, at=at)
    return response


@transaction.atomic
def give_practice_feedback(
    *,
    response: PracticeResponse,
    strength: str,
    next_step: str,
    revision: int,
    by: Any,
    at: datetime,
    evidence: str = "",
) -> PracticeFeedback:
    """A strength, a next step and where in the text they show, from who facilitates or tutors the writer's group; never
    a mark (S2-35).

    The first feedback on a revision stands; whoever comes second is told who gave it. The writer gets a mail.
    """
    practice_queries.get_practice_for(viewer_of(by, on=clock.day_of(at)), response.pk)
    response = _locked(response)
    given = response.feedback.filter(revision=revision, kind="facilitator").select_related("by").first()
    if given and given.by_id == by.pk:
        return given
    if given:
        raise Refused(f"{given.by} has given feedback on this already.", code="practice.given")
    if response.revision != revision:
        raise Refused("The participant handed in a newer version. Read that one.", code="practice.newer")
    response.state = formative.move(response.state, Verb.RETURN)
    given = _feedback(response, "facilitator", strength, next_step, by=by, at=at, evidence=evidence)
    response.save(update_fields=["state"])
    mail.send(
        "practice_feedback",
        to=response.enrolment.user.email,
        key=f"practice_feedback:{given.pk}",
        at=at,
        name=response.enrolment.user.get_short_name(),
        teacher=str(by),
        enrolment=response.enrolment.reference,
        scenario=response.scenario_id,
    )
    return given


@transaction.atomic
def assess_own_practice(
    *,
    response: PracticeResponse,
    levels: Mapping[int, str],
    strength: str,
    next_step: str,
    by: Any,
    at: datetime,
) -> PracticeFeedback:
    """Compare one's own response with the mark scheme: for each point "yes", "partly" or "not_yet", no marks.

    Only of what is handed in; once for each revision. Where no facilitator was asked, the work is the writer's again.
    """
    response = _locked(response)
    if response.enrolment.user_id != by.pk:
        raise Http404
    given = response.feedback.filter(revision=response.revision, kind="self").first()
    if given:
        return given
    as_handed_in = response.state == State.HANDED_IN or (
        response.state == State.RETURNED and response.feedback.filter(revision=response.revision).exists()
    )
    if not as_handed_in:
        raise Refused(
            "Hand your response in first: then compare it with the mark scheme.", code="practice.open"
        )
    numbers = [point.number for point in practice_queries.points_of(response.scenario)]
    rules.check_levels(numbers, levels)
    if response.wants == "self" and response.state == State.HANDED_IN:
        response.state = formative.move(response.state, Verb.RETURN)
        response.save(update_fields=["state"])
    kept = {str(number): levels[number] for number in numbers}
    return _feedback(response, "self", strength, next_step, by=by, at=at, levels=kept)


def _feedback(
    response: PracticeResponse,
    kind: str,
    strength: str,
    next_step: str,
    *,
    by: Any,
    at: datetime,
    levels: Mapping[str, str] | None = None,
    evidence: str = "",
) -> PracticeFeedback:
    formative.check_feedback(strength=strength, next_step=next_step)
    given = PracticeFeedback.objects.create(
        response=response,
        revision=response.revision,
        kind=kind,
        strength=strength.strip(),
        next_step=next_step.strip(),
        evidence=evidence.strip(),
        levels=dict(levels or {}),
        by=by,
        at=at,
    )
    _record("feedback", response, by=by, at=at, kind=kind)
    return given


def _own(scenario: PracticeScenario, enrolment: Enrolment, *, by: Any, at: datetime) -> PracticeResponse:
    """The person's own response, locked; a new one if nothing was written. The scenario must be theirs and open."""
    held = Enrolment.objects.select_for_update(of=("self",)).get(pk=enrolment.pk)
    offered = practice_queries.get_offered_for(enrolment, scenario.pk, at=at)
    if held.user_id != by.pk:
        raise Http404
    if held.withdrawn_at is not None:
        raise Refused("This enrolment has ended. Ask the programme office.", code="enrolment.withdrawn")
    rules.check_begun(offered.opens_on, clock.day_of(at, enrolment.zone))
    return offered.response or PracticeResponse(scenario=scenario, enrolment=enrolment, saved_at=at)


def _write(
    response: PracticeResponse, texts: dict[str, str], *, revision: int | None, at: datetime
) -> PracticeResponse:
    same = response.pk is not None and response.texts == texts
    if response.pk and not same and revision is not None and revision != response.revision:
        raise Stale(
            "This practice was changed in another tab or on another device since you loaded this page. Both texts are "
            "shown: put what you want to keep into the editor, then save again.",
            code="practice.stale",
            revision=response.revision,
            texts=response.texts,
        )
    rules.check_practice_draft(texts, practice_queries.asked_of(response.enrolment).keys)
    if not same:
        response.texts, response.revision, response.saved_at = texts, response.revision + 1, at
    response.save()
    return response


def _locked(response: PracticeResponse) -> PracticeResponse:
    found = PracticeResponse.objects.select_for_update(of=("self",)).select_related(
        "scenario", "enrolment__user"
    )
    return found.get(pk=response.pk)


def _record(verb: str, response: PracticeResponse, *, by: Any, at: datetime, **more: Any) -> None:
    """Practice stands in the history of its writer, as formative work does."""
    audit.record(
        f"practice.{verb}",
        response.enrolment,
        by=by,
        at=at,
        scenario=response.scenario_id,
        revision=response.revision,
        **more,
    )
