"""What a candidate does with a project: plan it, record boards, find a placement, log days, write challenges."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.http import Http404

from goldenthread.applications.models import Enrolment
from goldenthread.assessment import project_queries as queries
from goldenthread.assessment import rules, upload_queries
from goldenthread.assessment.project_models import (
    ActionItem,
    BoardRecord,
    Challenge,
    Placement,
    PlacementDay,
    PlacementState,
    Project,
)
from goldenthread.assessment.rules import hand_in_days, placing, projects
from goldenthread.assessment.words import has_word
from goldenthread.common import audit, clock
from goldenthread.common.refused import Refused
from goldenthread.people.models import School

MOST_DAYS = 200
MOST_CHALLENGES = 30


@dataclass(frozen=True)
class Plan:
    """A plan as its form gives it: texts of the design, phases and aims in words, measures, days."""

    texts: Mapping[str, str] = field(default_factory=dict)  # focus, baseline, change
    phases: Mapping[str, str] = field(default_factory=dict)
    aims: Sequence[str] = ()
    measures: Sequence[Mapping[str, Any]] = ()  # name, before, after, review_on
    starts_on: date | None = None
    implementation_on: date | None = None
    ends_on: date | None = None


@transaction.atomic
def save_plan(
    *, enrolment: Enrolment, task: str, plan: Plan, revision: int, by: Any, at: datetime
) -> Project:
    """Keep a plan; `revision` is the one that its form was loaded with (S1-22, S2-36).

    Refuses before the plan is open, days that don't follow each other, an implementation that begins before the board
    has seen the plan (S3-23), a text too long, and an older revision than what is kept, unless it says the same.
    """
    project = held_project(enrolment, task, by=by, at=at)
    ask = queries.ask_of(enrolment.version.specification, task)
    board = projects.board_of(ask, queries.boards_of(project))
    days = {name: getattr(plan, name) for name in ("starts_on", "implementation_on", "ends_on")}
    projects.check_dates(ask=ask, **days, board=board)
    texts = {name: plan.texts.get(name, "").strip() for name in projects.FIELDS}
    phases = {key: plan.phases.get(key, "").strip() for key, _, _ in projects.PHASES}
    content: dict[str, Any] = {
        "plan": {**texts, "phases": phases},
        "aims": [aim.strip() for aim in plan.aims],
    }
    content |= {"measures": [dict(one) for one in plan.measures if any(str(v).strip() for v in one.values())]}
    if len(str(content)) > projects.LONGEST_PLAN:
        raise Refused(
            f"Shorten the plan: {projects.LONGEST_PLAN:,} characters are kept at most.", code="plan.long"
        )
    after = _flat(content, days)
    before = _flat({"plan": project.plan, "aims": project.aims, "measures": project.measures}, _days(project))
    if after == before:
        return project
    rules.check_revision(revision, after, stored=project.revision, kept=before)
    for name, value in (content | days).items():
        setattr(project, name, value)
    project.revision += 1
    project.saved_at = at
    project.save()
    audit.record(
        "project.plan_saved", project, by=by, at=at, revision=project.revision, **days,
        open=projects.open_phases(phases),
    )  # fmt: skip
    return project


def _days(project: Project) -> dict[str, date | None]:
    return {name: getattr(project, name) for name in ("starts_on", "implementation_on", "ends_on")}


def _flat(content: Mapping[str, Any], days: Mapping[str, date | None]) -> dict[str, str]:
    """A plan as texts by name, to compare and to show side by side."""
    plan = dict(content["plan"])
    phases = plan.pop("phases", {})
    found = {name: str(plan.get(name, "")) for name in projects.FIELDS}
    found |= {f"phase_{key}": str(phases.get(key, "")) for key, _, _ in projects.PHASES}
    found |= {f"aim_{number}": str(aim) for number, aim in enumerate(content["aims"], start=1) if aim}
    measures = [one for one in content["measures"] if one]
    found |= {
        f"measure_{n}": "; ".join(str(one[key]) for key in sorted(one))
        for n, one in enumerate(measures, start=1)
    }
    return found | {name: day.isoformat() if day else "" for name, day in days.items()}


def held_project(
    enrolment: Enrolment, task: str, *, by: Any, at: datetime, of_account: bool = False
) -> Project:
    """The person's project, locked; made when it is first written to, if its plan is open.

    Refuses one that is with the markers, one whose task is passed, and, but to who asks `of_account` only, one whose
    hand-in days are over while a document that arrived in time may still be handed in: with what was there then.
    """
    if enrolment.user_id != by.pk or enrolment.withdrawn_at is not None:
        raise Http404
    queries.task_of(enrolment.version.specification, task)
    known = Project.objects.filter(enrolment=enrolment, task=task).first()
    opening = queries.opening_of(enrolment, known)
    projects.check_plan_open(opening)
    if known is None:
        known, made = Project.objects.get_or_create(
            enrolment=enrolment,
            task=task,
            defaults={"opened_at": at, "opened_because": f"attended {opening.event}"},
        )
        if made:
            audit.record("project.opened", known, by=by, at=at, because=known.opened_because)
    _, place, passed = queries.place_of(enrolment, task)
    projects.check_not_passed(passed=passed)
    projects.check_not_locked(locked=queries.is_locked(place, at=at))
    if place is not None and not of_account:
        hand_in_days.check_not_paused(upload_queries.paused_until(place, at=at), zone=place.zone)
    held = Project.objects.select_for_update(of=("self",)).get(pk=known.pk)
    held.enrolment = enrolment
    return held


# --- boards (S3-23, S3-28) -----------------------------------------------------------------------------
@transaction.atomic
def record_board(
    *,
    enrolment: Enrolment,
    task: str,
    school: str,
    presented_on: date,
    board: str,
    attendees: str = "",
    feedback: str = "",
    by: Any,
    at: datetime,
) -> BoardRecord:
    """Write down when a governing board saw the plan and what it said; "home" or "placement" says whose.

    A later save replaces it, and what a board signed counts no more where it was shown something else: its link keeps
    what that was. The trail keeps what it replaces.
    That of the placement is of the placement school of today: one of a former school stays beside it and doesn't count.
    Refuses a day that is still to come or long before the enrolment, one on or after the implementation where the
    task asks for it before, and a placement school's board before there is a placement school.
    """
    project = held_project(enrolment, task, by=by, at=at)
    if school not in ("home", "placement"):
        raise Refused("Say whose board this was.", code="board.school", field="school")
    if not has_word(board):
        raise Refused("Name the board.", code="board.name", field="board")
    today = clock.day_of(at, enrolment.zone)
    placing.check_presented(presented_on, today=today, starts_on=enrolment.starts_on)
    ask = queries.ask_of(enrolment.version.specification, task)
    if school == ask.board:
        shown = projects.Board(school, presented_on, feedback)
        projects.check_dates(ask=ask, **_days(project), board=shown)
    said = {
        "presented_on": presented_on,
        "board": board.strip()[:200],
        "attendees": attendees.strip(),
        "feedback": feedback.strip(),
    }
    at_school, at_text = None, ""
    if school == "placement":
        placement = chosen_placement(project)
        at_school, at_text = placement.school, placement.school_text
    where: dict[str, Any] = {"project": project, "school": school, "at_school": at_school, "at_text": at_text}
    known = BoardRecord.objects.filter(**where).first()
    if known and all(getattr(known, name) == value for name, value in said.items()):
        return known
    before = {name: getattr(known, name) for name in said} if known else {}
    record, _ = BoardRecord.objects.update_or_create(**where, defaults={**said, "recorded_at": at})
    audit.record(
        "project.board_recorded", project, by=by, at=at, school=school, presented_on=presented_on,
        feedback=bool(record.feedback), board=record.board, before=before,
    )  # fmt: skip
    return record


# --- the placement (S3-25 to S3-27) --------------------------------------------------------------------
@transaction.atomic
def save_placement(
    *,
    enrolment: Enrolment,
    task: str,
    school: School | None,
    school_text: str = "",
    host_name: str = "",
    host_email: str = "",
    dimensions: Sequence[str] = (),
    statement: str = "",
    ask_approval: bool = False,
    by: Any,
    at: datetime,
) -> Placement:
    """Keep where somebody wants to be placed; with `ask_approval` send the contrast to the office (S3-26).

    The own school is refused, oneself as the host, and a request without a dimension or a comparison. An approved
    placement whose school, dimensions or comparison change waits for the office anew. Nothing is carried over to
    another school: days must be taken out first, the board's record, challenges and links stay with the school that
    they were made for. The same school, now found in the register or spelt otherwise, keeps them.
    """
    project = held_project(enrolment, task, by=by, at=at)
    ask = queries.ask_of(enrolment.version.specification, task)
    if not ask.placement:
        raise Http404
    placing.check_host(host_email, own=enrolment.user.email)
    named = [one.strip()[:60] for one in dimensions if one.strip()]
    wanted = projects.Placement(
        school=school.name if school else school_text.strip(),
        home=queries.is_home(school, school_text, enrolment),
        dimensions=tuple(named),
        statement=statement,
    )
    if ask_approval or wanted.home:
        projects.check_contrast(wanted, ask.dimensions)
    placement = Placement.objects.select_for_update(of=("self",)).filter(project=project).first()
    placement = placement or Placement(project=project)
    where = (school.pk if school else None, "" if school else school_text.strip()[:200])
    contrast = (*where, tuple(named), statement.strip())
    kept = (*placement.where, tuple(placement.dimensions), placement.statement)
    same = queries.is_same_place(placement, school, school_text)
    _check_days_stay(placement, moved=not same)
    was = placement.where
    placement.school, placement.school_text = school, where[1]
    placement.dimensions, placement.statement = named, statement.strip()
    placement.host_name, placement.host_email = host_name.strip()[:200], host_email.strip()
    if contrast != kept or placement.state == PlacementState.DECLINED:
        placement.state, placement.decided_at, placement.decided_by = PlacementState.DRAFT, None, None
        placement.reason, placement.asked_at = "", None
    if ask_approval and placement.state == PlacementState.DRAFT:
        placement.state, placement.asked_at = PlacementState.ASKED, at
    placement.save()
    if same and was != placement.where:
        _respell(placement, was)
    audit.record(
        "project.placement_saved", project, by=by, at=at, school=wanted.school, dimensions=named,
        state=placement.state,
    )  # fmt: skip
    return placement


def _respell(placement: Placement, was: tuple[int | None, str]) -> None:
    """What was made for the placement school goes on under its other spelling."""
    before = {"at_school": was[0], "at_text": was[1]}
    now = {"at_school": placement.school, "at_text": placement.school_text}
    placement.challenges.filter(**before).update(**now)
    placement.project.boards.filter(school="placement", **before).update(**now)
    placement.project.links.filter(of_placement=True, **before).update(**now)


def _check_days_stay(placement: Placement, *, moved: bool) -> None:
    if moved and placement.pk and placement.days.exists():
        raise Refused(
            "Days at this placement are logged already. Take them out of the log before you choose another one: they "
            "can't count there.",
            code="placement.days_logged",
            field="school",
        )


@transaction.atomic
def log_day(
    *,
    enrolment: Enrolment,
    task: str,
    on: date,
    half: bool = False,
    note: str = "",
    change: bool = False,
    by: Any,
    at: datetime,
) -> PlacementDay:
    """Log a day at the placement school; the same date twice is one day (S3-27).

    A weekend or holiday may be logged, and does not count: the page says so. Refuses a day to come, one of more than
    ten years ago, another word on a day that is logged, unless it is to `change`, and a change to a day that the host
    has confirmed.
    """
    placement = chosen_placement(held_project(enrolment, task, by=by, at=at))
    placing.check_logged_day(on, today=clock.day_of(at, enrolment.zone))
    known = placement.days.filter(on=on).first()
    if known and (known.half, known.note) == (half, note.strip()[:300]):
        return known
    if known and known.confirmed_at:
        raise Refused(
            f"Your host has confirmed {rules.day_text(on)}: it stays as it is.",
            code="day.confirmed",
            field="on",
        )
    if known and not change:
        raise Refused(
            f"{rules.day_text(on)} is logged already, and what stands there is kept. Choose Change beside it to write "
            "something else.",
            code="day.logged",
            field="on",
        )
    if known is None and placement.days.count() >= MOST_DAYS:
        raise Refused(f"A log holds {MOST_DAYS} days.", code="day.many", field="on")
    day, _ = PlacementDay.objects.update_or_create(
        placement=placement, on=on, defaults={"half": half, "note": note.strip()[:300], "logged_at": at}
    )
    audit.record("project.day_logged", placement.project, by=by, at=at, on=on, half=half)
    return day


@transaction.atomic
def remove_day(*, enrolment: Enrolment, task: str, on: date, by: Any, at: datetime) -> None:
    """Take a day out of the log that the host has not confirmed; twice is harmless."""
    placement = chosen_placement(held_project(enrolment, task, by=by, at=at))
    day = placement.days.filter(on=on).first()
    if day is None:
        return
    if day.confirmed_at:
        raise Refused(
            f"Your host has confirmed {rules.day_text(on)}: ask the programme office if it is wrong.",
            code="day.confirmed",
        )
    day.delete()
    audit.record("project.day_removed", placement.project, by=by, at=at, on=on)


def chosen_placement(project: Project) -> Placement:
    """Where somebody is placed. Refuses while no school is chosen."""
    placement = Placement.objects.select_related("school").filter(project=project).first()
    if placement is None or not placement.school_name:
        raise Refused("Choose the placement school first.", code="placement.school")
    return placement


# --- challenges and the action plan (S3-25) --------------------------------------------------------------
@transaction.atomic
def add_challenge(
    *,
    enrolment: Enrolment,
    task: str,
    challenge: projects.Challenge,
    form_key: uuid.UUID,
    by: Any,
    at: datetime,
) -> Challenge:
    """Record what the placement school lacks, and the actions given with it; one filled-in form is one challenge."""
    project = held_project(enrolment, task, by=by, at=at)
    placement = chosen_placement(project)
    known = Challenge.objects.filter(form_key=form_key, placement=placement).first()
    if known:
        return known
    projects.check_challenge(challenge, queries.ask_of(enrolment.version.specification, task))
    here = {"at_school": placement.school, "at_text": placement.school_text}
    if placement.challenges.filter(**here).count() >= MOST_CHALLENGES:
        raise Refused(f"{MOST_CHALLENGES} challenges are enough.", code="challenge.many")
    made = Challenge.objects.create(
        placement=placement,
        **here,
        kind=challenge.kind,
        horizon=challenge.horizon,
        text=challenge.text.strip(),
        form_key=form_key,
        recorded_at=at,
    )
    for action in challenge.actions:
        if action.strip():
            ActionItem.objects.create(
                challenge=made, text=action.strip(), form_key=uuid.uuid4(), recorded_at=at
            )
    audit.record(
        "project.challenge_added", project, by=by, at=at, kind=made.kind, horizon=made.horizon,
        challenge=made.pk,
    )  # fmt: skip
    return made


@transaction.atomic
def add_action(
    *,
    challenge: Challenge,
    text: str,
    owner: str = "",
    due_on: date | None = None,
    form_key: uuid.UUID,
    by: Any,
    at: datetime,
) -> ActionItem:
    """Give a challenge one more action: what, who, by when. Refuses one of a former placement school."""
    project = challenge.placement.project
    held_project(project.enrolment, project.task, by=by, at=at)
    projects.check_of_placement(counts=challenge.is_at(challenge.placement))
    known = ActionItem.objects.filter(form_key=form_key, challenge=challenge).first()
    if known:
        return known
    if not has_word(text):
        raise Refused("Write what is to be done.", code="action.text", field="text")
    made = ActionItem.objects.create(
        challenge=challenge,
        text=text.strip(),
        owner=owner.strip()[:200],
        due_on=due_on,
        form_key=form_key,
        recorded_at=at,
    )
    audit.record("project.action_added", project, by=by, at=at, challenge=challenge.pk, action=made.pk)
    return made


@transaction.atomic
def remove_challenge(*, challenge: Challenge, by: Any, at: datetime) -> None:
    """Take a challenge out of the plan with its actions; the trail keeps that it was there.

    Refuses one of a former placement school, which stays on record.
    """
    project = challenge.placement.project
    held_project(project.enrolment, project.task, by=by, at=at)
    projects.check_of_placement(counts=challenge.is_at(challenge.placement))
    held = Challenge.objects.select_for_update(of=("self",)).filter(pk=challenge.pk).first()
    if held is None:
        return
    actions = [one.text for one in held.actions.order_by("pk")]
    audit.record(
        "project.challenge_removed", project, by=by, at=at, challenge=held.pk, text=held.text, actions=actions
    )
    held.actions.all().delete()
    held.delete()


def half_text(half_days: str) -> str:
    """What half a day counts by a calendar, for people."""
    return {"none": "does not count", "half": "counts half", "whole": "counts as a day"}[half_days]


__all__ = [
    "Plan",
    "add_action",
    "add_challenge",
    "half_text",
    "log_day",
    "record_board",
    "remove_challenge",
    "remove_day",
    "save_placement",
    "save_plan",
]
