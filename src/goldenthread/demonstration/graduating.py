"""A graduate of the legacy suite: the project handed in, marked and passed in time, the award, and a request for credit
at an invented university, made as they and the office would have made them.
"""

import uuid
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from goldenthread.applications.models import Enrolment
from goldenthread.assessment import project_queries
from goldenthread.assessment.actions import account, hand_in_days
from goldenthread.assessment.actions.hand_in_days import Criterion
from goldenthread.assessment.models import Window
from goldenthread.assessment.rules.policies import AiSaid
from goldenthread.awards import actions as awards
from goldenthread.awards import badges, credit_rules, credits
from goldenthread.awards.models import Award
from goldenthread.catalogue.rules import add_months
from goldenthread.demonstration.intakes import noon
from goldenthread.demonstration.participants import hand_in_task
from goldenthread.demonstration.projects import CRITERIA, write_plan
from goldenthread.events import actions as events
from goldenthread.events.rules import EVENT_KINDS
from goldenthread.integrity import actions as integrity
from goldenthread.learning import actions as learning
from goldenthread.learning.models import FormativeTask
from goldenthread.marking import actions as marking
from goldenthread.marking.feedback_rules import Feedback
from goldenthread.marking.models import Marking
from goldenthread.moderation import actions as moderation
from goldenthread.moderation import national
from goldenthread.moderation.models import Round
from goldenthread.moderation.national_rules import COLUMNS
from goldenthread.people.models import Organisation, User

CLOSES = 14  # months after the start, in which the hand-in days end
TITLE = "MA in Educational Leadership"
ACCOUNT = (
    "We planned it with the team, tried it in one year group, and changed the routine after half term. Reading rose in "
    "every class; the gap between the classes closed by half. The reading lead carries it on."
)
WORDS = Feedback(
    "You diagnose before you prescribe.", "Say what you would stop doing to make room for the change."
)


def graduate(enrolment: Enrolment, *, cast: dict[str, User]) -> Award | None:
    """Let somebody on a legacy version with one project task pass it 17 months after their start."""
    (task,) = project_queries.tasks_of(enrolment.version.specification)
    start = enrolment.starts_on
    _everything_else(enrolment, by=cast["olu"], at=noon(add_months(start, 12)))
    window = _hand_in(enrolment, task.key, by=cast["olu"], start=start)
    marked = noon(add_months(start, CLOSES) + timedelta(days=3))
    marking.allocate_window(window=window, by=cast["olu"], at=marked)
    for one in Marking.objects.filter(script__sitting__window=window).select_related("marker").order_by("pk"):
        marking.submit_marks(
            marking=one,
            entered=marking.Entered(dict.fromkeys(range(1, len(CRITERIA) + 1), 4), "", WORDS),
            by=one.marker, at=marked + timedelta(days=9),
        )  # fmt: skip
    _sign_off(window, cast, at=marked + timedelta(days=12))
    integrity.compare(window=window, by=cast["olu"], at=marked + timedelta(days=15))
    awards.release(window=window, by=cast["olu"], at=marked + timedelta(days=20))
    return Award.objects.filter(outcome__enrolment=enrolment).first()


def _everything_else(enrolment: Enrolment, *, by: User, at: datetime) -> None:
    """Whatever the plan left open of courses, core tasks and events."""
    for module in enrolment.version.modules.exclude(completions__enrolment=enrolment).order_by("pk"):
        learning.complete_module(
            module=module, enrolment=enrolment, reflection="Tried with my team.", by=enrolment.user, at=at
        )
    for task in FormativeTask.objects.filter(version=enrolment.version).exclude(
        responses__enrolment=enrolment
    ):
        hand_in_task(task, enrolment, by=by, at=at, random=Random(task.pk))
    seen = {
        one["key"]
        for one in map(vars, project_queries.with_presence(enrolment.plan.filter(kind__in=EVENT_KINDS)))
        if one["attended"]
    }
    for one in enrolment.plan.filter(kind__in=EVENT_KINDS).exclude(key__in=seen).order_by("position"):
        events.record_catch_up(
            enrolment=enrolment,
            activity_key=one.key,
            how="Recording and a talk with the facilitator",
            by=by,
            at=at,
        )


def _hand_in(enrolment: Enrolment, task: str, *, by: User, start: date) -> Window:
    """The hand-in days of the intake, the plan with its board, and what was handed in."""
    ready, begun = add_months(start, 11), add_months(start, 2)
    scheme = hand_in_days.add_scheme(
        version=enrolment.version, task=task, label="v2017", pass_mark=10,
            total=sum(marks for _, marks in CRITERIA), by=by, at=noon(ready),
        criteria=[Criterion(text, marks) for text, marks in CRITERIA],
    )  # fmt: skip
    window = hand_in_days.set_hand_in_days(
        intake=enrolment.intake, task=task, scheme=scheme, opens_on=add_months(start, 12),
        closes_on=add_months(start, CLOSES), by=by, at=noon(ready),
    )  # fmt: skip
    hand_in_days.open_plan(
        enrolment=enrolment, task=task, reason="Was at the first event.", by=by, at=noon(begun)
    )
    at = noon(add_months(start, 13))
    write_plan(enrolment, task, starts_on=begun, ends_on=add_months(begun, 10), at=at)
    said: dict[str, Any] = {"enrolment": enrolment, "task": task, "by": enrolment.user, "at": at}
    parts = project_queries.task_of(enrolment.version.specification, task).parts
    account.hand_in(
        **said, texts={part.key: ACCOUNT for part in parts} or {"": ACCOUNT}, own_work=True, ai=AiSaid("none"),
        revision=None, key=str(uuid.uuid5(uuid.NAMESPACE_URL, f"project of {enrolment.reference}")),
    )  # fmt: skip
    return window


def _sign_off(window: Window, cast: dict[str, User], *, at: datetime) -> None:
    opened = moderation.open_round(window=window, by=cast["ingrid"], at=at, seed="demonstration")
    for sampled in opened.sample.order_by("pk"):
        own = dict.fromkeys(range(1, len(CRITERIA) + 1), 4)
        moderation.mark_blind(sampled=sampled, marks=own, by=cast["ingrid"], at=at)
        moderation.decide(
            sampled=sampled,
            decision="confirmed",
            note="The agreed marks hold by the scheme.",
            by=cast["ingrid"],
            at=at,
        )
    signed = moderation.sign_off(round=opened, by=cast["ingrid"], at=at + timedelta(days=1))
    if signed.national:
        _moderate_nationally(signed, cast, at=at + timedelta(days=2))


def _moderate_nationally(signed: Round, cast: dict[str, User], *, at: datetime) -> None:
    """The package goes out, and an invented national moderator confirms everything in it; two of the office apply it."""
    package = national.export(round=signed, by=cast["olu"], at=at)
    data = f"{','.join(COLUMNS)}\r\n{package.code},*,confirmed,,,\r\n".encode()
    answer = national.read(
        round=signed, name="answer.csv", data=data, by=cast["olu"], at=at + timedelta(days=4)
    )
    national.decide(answer=answer, apply=True, reason="", by=cast["nia"], at=at + timedelta(days=5))


def ask_for_credit(award: Award, *, university: Organisation, cast: dict[str, User], now: datetime) -> None:
    """The agreement with a university, without a number of credits, and the request of one graduate, who also offers
    their badge.
    """
    enrolment = award.outcome.enrolment
    agreement = credits.record_agreement(
        university=university, award_title=TITLE, level=7, credits=None, versions=credits.stated_versions(),
        valid_from=enrolment.starts_on, by=cast["olu"], at=noon(enrolment.starts_on),
    )  # fmt: skip
    text = credit_rules.digest(credits.consent_of(agreement, award))
    at = now - timedelta(days=3)
    credits.ask(enrolment=enrolment, agreement=agreement, agrees=True, text=text, by=enrolment.user, at=at)
    badges.show(award=award, shown=True, by=enrolment.user, at=at)
