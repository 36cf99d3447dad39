"""A project from its plan to the receipt, and the office's side of it; what is refused, and what stays."""

import uuid
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.http import Http404

from goldenthread.applications.models import Enrolment
from goldenthread.assessment import upload_queries
from goldenthread.assessment.actions import account, evidence, hand_in_days, project, safety
from goldenthread.assessment.models import MarkScheme, Script, Sitting, Window
from goldenthread.assessment.project_calendars import calendar_of
from goldenthread.assessment.project_models import Challenge, PlacementDay, Project, SchoolCalendar
from goldenthread.assessment.project_views import task_lines, task_view
from goldenthread.assessment.rules.calendars import DEFAULT, Calendar
from goldenthread.assessment.rules.projects import Challenge as Need
from goldenthread.common.models import AuditEvent, OutboxMessage
from goldenthread.common.refused import Refused, Stale
from goldenthread.events import actions as events
from goldenthread.events.rules import Entry
from tests import factories
from tests import factories_projects as make
from tests import factories_teaching as teaching
from tests.assessment.test_safety import clamd

pytestmark = pytest.mark.django_db


def code_of(action: Any, *args: Any, **kwargs: Any) -> str:
    with pytest.raises(Refused) as caught:
        action(*args, **kwargs)
    return caught.value.code


def save(enrolment: Any, plan: project.Plan, *, task: str = "project", revision: int = 0) -> Project:
    return project.save_plan(
        enrolment=enrolment, task=task, plan=plan, revision=revision, by=enrolment.user, at=make.SUMMER
    )


# --- the plan (S1-22) ----------------------------------------------------------------------------------
def test_a_plan_names_the_event_that_opens_it() -> None:
    amara = make.candidate()
    first = amara.plan.filter(kind="event").order_by("position")[0]
    amara.plan.filter(pk=first.pk).update(title="Opening conference")
    assert task_view(amara, "project", at=make.BEGIN).opening.text == "opens at Opening conference"
    with pytest.raises(Refused, match="opens at Opening conference"):
        save(amara, make.PLAN)


@pytest.mark.requirement("S1-22")
def test_a_plan_opens_when_attendance_at_event_1_is_recorded_or_staff_open_it() -> None:
    amara = make.candidate()
    group = teaching.group(of=amara.intake)
    teaching.placed(amara, group)
    first, *_ = teaching.days(group, (date(2019, 2, 4), date(2019, 5, 6), date(2019, 9, 9)))
    assert (
        task_view(amara, "project", at=make.BEGIN).opening.text == "opens at Event 1: Strategy & Improvement"
    )
    assert code_of(save, amara, make.PLAN) == "project.not_open"
    femi = teaching.staffed(group)
    events.take_register(day=first, entries=[Entry(amara.pk, "absent")], by=femi, at=first.starts_at)
    assert not task_view(amara, "project", at=make.SUMMER).opening.open
    there = Entry(amara.pk, "present", revision=1)
    events.take_register(day=first, entries=[there], by=femi, at=first.starts_at + timedelta(hours=1))
    assert task_view(amara, "project", at=make.SUMMER).opening.open
    assert save(amara, make.PLAN).opened_because == "attended Event 1: Strategy & Improvement"
    bea = make.candidate(name="Bea Before")
    assert (
        code_of(
            hand_in_days.open_plan, enrolment=bea, task="project", reason=" ", by=make.office(), at=make.BEGIN
        )
        == "project.reason"
    )
    make.opened(bea)
    assert save(bea, make.PLAN).opened_because == "known to us"


def test_a_plan_is_its_writers_and_never_silently_overwritten() -> None:
    amara = make.candidate()
    make.opened(amara)
    first = save(amara, make.PLAN)
    assert save(amara, make.PLAN).revision == first.revision  # sent twice
    with pytest.raises(Stale) as stale:
        save(amara, replace(make.PLAN, aims=("other", "words")), revision=0)
    assert stale.value.texts["aim_1"] == "Gaps between classes close"
    assert save(amara, replace(make.PLAN, aims=("other", "words")), revision=1).aims == ["other", "words"]
    with pytest.raises(Http404):
        project.save_plan(
            enrolment=amara, task="project", plan=make.PLAN, revision=2, by=factories.user(), at=make.SUMMER
        )
    with pytest.raises(Http404):
        save(amara, make.PLAN, task="task-1")  # of another version


def test_a_version_with_a_case_study_has_no_project_at_all() -> None:
    reformed = factories.enrolment(to=factories.intake("npqsl-reformed-international"))
    assert task_lines(reformed) == []
    with pytest.raises(Http404):
        make.opened(reformed, "project")


# --- handing in (S1-29, S1-30, S3-24) --------------------------------------------------------------------
def test_from_the_plan_to_the_receipt() -> None:
    amara = make.candidate()
    make.planned(amara)
    assert code_of(make.hand_in, amara) == "project.no_days"
    window = make.days(amara.intake, "project")
    assert (window.word_limit, window.task_title) == (5000, "Leading a whole school improvement project")
    script = make.hand_in(amara, key="form-1")
    assert (script.number, script.words, script.parts) == (1, 17, make.TEXTS)
    assert account.receipt_number(script) == f"{amara.reference}/project/1"
    assert make.hand_in(amara, key="form-1") == script  # a double click
    longer = {**make.TEXTS, "design": "word " * 4989}
    again = make.hand_in(amara, texts=longer)
    assert (again.number, again.words, again.current) == (2, 5000, True)
    assert code_of(make.hand_in, amara, key="form-1") == "script.replaced"
    assert code_of(
        make.hand_in, amara, texts={**longer, "evaluation": "Reading rose in every class too."}
    ) == ("account.too_long")
    assert Script.objects.get(sitting__enrolment=amara, current=True) == again
    assert OutboxMessage.objects.filter(payload__template="project_received").count() == 2
    assert AuditEvent.objects.filter(verb="project.handed_in").count() == 2


@pytest.mark.parametrize(
    ("plan", "texts", "code"),
    [
        (replace(make.PLAN, ends_on=date(2019, 4, 5)), None, "project.terms"),
        (replace(make.PLAN, aims=("Gaps close", "")), None, "project.aims"),
        (replace(make.PLAN, ends_on=date(2019, 12, 20)), None, "project.going_on"),
        (make.PLAN, {**make.TEXTS, "evaluation": ""}, "account.section_missing"),
        (make.PLAN, {**make.TEXTS, "evaluation": "\u2060"}, "account.section_missing"),
        (make.PLAN, {**make.TEXTS, "design": "word " * 4990}, "account.too_long"),
    ],
)
def test_what_is_missing_is_refused_and_nothing_is_kept_of_it(plan: Any, texts: Any, code: str) -> None:
    amara = make.candidate()
    make.days(amara.intake, "project")
    make.planned(amara, plan=plan)
    assert code_of(make.hand_in, amara, texts=texts) == code
    assert not Script.objects.exists()


def test_a_board_has_a_name_and_saw_the_plan_in_a_year_that_can_be_meant() -> None:
    amara = make.candidate()
    make.planned(amara)
    first = amara.starts_on - timedelta(days=731)
    for on in (date(1019, 1, 29), first - timedelta(days=1)):
        with pytest.raises(Refused, match="more than two years before your course began") as caught:
            make.boarded(amara, "project", "home", on=on)
        assert (caught.value.code, caught.value.field) == ("board.long_ago", "presented_on")
    assert make.boarded(amara, "project", "home", on=first).presented_on == first
    said = {"school": "home", "presented_on": first, "board": "-", "by": amara.user, "at": make.SUMMER}
    assert code_of(project.record_board, enrolment=amara, task="project", **said) == "board.name"


def test_what_a_changed_board_record_said_before_stays_on_the_trail() -> None:
    amara = make.candidate()
    make.planned(amara)
    make.boarded(amara, "project", "home", feedback="Wait a year.")
    make.boarded(amara, "project", "home", feedback="Go ahead.")
    first, second = AuditEvent.objects.filter(verb="project.board_recorded").order_by("pk")
    assert first.details["before"] == {}
    assert second.details["before"] == {
        "presented_on": "2019-01-29", "board": "Governors", "attendees": "", "feedback": "Wait a year.",
    }  # fmt: skip


def test_days_are_kept_to_the_instant_and_afterwards_everything_is_locked() -> None:
    amara = make.candidate()
    make.planned(amara)
    make.days(amara.intake, "project", opens_on=date(2019, 8, 1), closes_on=date(2019, 8, 31))
    sitting = Sitting.objects.get(enrolment=amara)
    second = timedelta(microseconds=1)
    assert code_of(make.hand_in, amara, at=sitting.opens_at - second) == "window.early"
    assert make.hand_in(amara, at=sitting.closes_at, key="last").number == 1
    assert make.hand_in(amara, at=make.AFTER, key="last").number == 1  # the same form, later
    assert code_of(make.hand_in, amara, at=sitting.closes_at + second) == "project.locked"
    late = replace(make.PLAN, aims=("late", "late"))
    with pytest.raises(Refused) as caught:
        project.save_plan(
            enrolment=amara, task="project", plan=late, revision=1, by=amara.user, at=make.AFTER
        )
    assert caught.value.code == "project.locked"


def test_who_has_handed_in_nothing_reads_that_the_days_are_over() -> None:
    amara = make.candidate()
    make.planned(amara)
    make.days(amara.intake, "project")
    assert code_of(make.hand_in, amara, at=make.AFTER) == "window.closed"


def test_the_last_day_of_a_project_is_that_of_its_writers_zone() -> None:
    amara = make.candidate()
    Enrolment.objects.filter(pk=amara.pk).update(zone="Asia/Dubai")
    amara.refresh_from_db()
    make.planned(amara)  # until 19 July
    make.days(amara.intake, "project")
    midnight = datetime(2019, 7, 18, 20, 0, tzinfo=UTC)  # in Dubai
    assert code_of(make.hand_in, amara, at=midnight - timedelta(seconds=1)) == "project.going_on"
    assert make.hand_in(amara, at=midnight).number == 1


def test_a_limit_that_staff_set_later_holds_for_what_comes_later() -> None:
    amara = make.candidate(make.NPQH)
    make.planned(amara, plan=replace(make.PLAN, aims=("Progress rises",)))
    make.boarded(amara, "task-1", "home")
    window = make.days(amara.intake, "task-1")
    assert window.word_limit is None
    seven = {**make.TEXTS, "design": "word " * 6989}
    assert make.hand_in(amara, texts=seven).words == 7000
    limit = {"window": window, "by": make.office(), "at": make.SUMMER}
    assert code_of(hand_in_days.set_word_limit, **limit, limit=5000, reason="") == "limit.reason"
    hand_in_days.set_word_limit(**limit, limit=5000, reason="Guidance of 2019")
    assert (
        code_of(make.hand_in, amara, texts={**seven, "evaluation": "Again better than before."})
        == "account.too_long"
    )
    assert Script.objects.get(current=True).words == 7000  # what was handed in before stays


def test_a_limit_that_staff_set_holds_for_further_days_of_the_intake_and_no_other() -> None:
    amara = make.candidate(make.NPQH)
    bea = make.candidate(make.NPQH, "Bea Before", to=factories.intake(make.NPQH, starts_on=date(2019, 9, 2)))
    first = make.days(amara.intake, "task-1")
    said = {"reason": "Guidance of 2019", "by": make.office()}
    hand_in_days.set_word_limit(window=first, limit=5000, at=make.SUMMER, **said)
    autumn = {"opens_on": date(2019, 10, 1), "closes_on": date(2019, 12, 1), "at": make.AFTER}
    Window.objects.filter(pk=first.pk).update(state="released")
    second = make.days(amara.intake, "task-1", **autumn)
    assert second.word_limit == 5000
    make.planned(amara, plan=replace(make.PLAN, aims=("Progress rises",)))
    make.boarded(amara, "task-1", "home")
    seven = {**make.TEXTS, "design": "word " * 6989}
    november = make.AFTER + timedelta(days=60)
    assert code_of(make.hand_in, amara, texts=seven, at=november) == "account.too_long"
    assert make.hand_in(amara, texts={**seven, "design": "word " * 4989}, at=november).words == 5000
    hand_in_days.set_word_limit(window=second, limit=7000, at=november, **said)
    assert make.hand_in(amara, texts=seven, at=november).words == 7000
    Window.objects.filter(pk=second.pk).update(state="cancelled")
    spring = {"opens_on": date(2020, 2, 1), "closes_on": date(2020, 4, 1), "at": november}
    assert (
        make.days(amara.intake, "task-1", **spring).word_limit == 7000
    )  # also after days that were cancelled
    assert make.days(bea.intake, "task-1", **spring).word_limit is None
    assert make.days(amara.intake, "task-2", **spring).word_limit is None


def test_whoever_is_enrolled_after_the_days_were_set_has_a_place_too() -> None:
    make.days(make.intake(), "project")
    late = make.candidate(name="Lea Late")
    make.planned(late)
    assert make.hand_in(late).number == 1


# --- evidence (S1-31) ------------------------------------------------------------------------------------
def test_evidence_is_checked_counted_apart_and_frozen_with_the_script() -> None:
    amara = make.candidate()
    make.planned(amara)
    make.days(amara.intake, "project")
    files = [make.add_file(amara, f"minutes-{n}.txt", b"Ten words " * n) for n in range(1, 5)]
    assert make.add_file(amara, "again.txt", b"Ten words ") == files[0]
    assert [one.words for one in files] == [2, 4, 6, 8]
    with pytest.raises(Refused):
        make.add_file(amara, "tool.exe", b"MZ\x90\x00")
    script = make.hand_in(amara)
    assert script.words == 17
    assert script.evidence.count() == 4
    remove = {
        "enrolment": amara,
        "task": "project",
        "file_id": files[0].pk,
        "by": amara.user,
        "at": make.SUMMER,
    }
    evidence.remove_file(**remove)
    evidence.remove_file(**remove)
    assert script.evidence.count() == 4
    assert make.hand_in(amara).evidence.count() == 3


def test_evidence_is_scanned_once_it_is_added_and_none_with_malware_is_handed_in(settings: Any) -> None:
    amara = make.candidate()
    make.planned(amara)
    make.days(amara.intake, "project")
    with clamd(bad=b"worm") as fake:
        settings.CLAMD = fake.address
        make.add_file(amara, "clean.txt", b"Ten words")
        bad = make.add_file(amara, "bad.txt", b"A worm in words")
        assert safety.scan_due(at=make.SUMMER) == {"clean": 1, "found": 1, "failed": 0}
        with pytest.raises(Refused) as refusal:
            make.hand_in(amara)
        assert refusal.value.code == "evidence.malware"
        assert "Malware was found in bad.txt" in refusal.value.message
        evidence.remove_file(enrolment=amara, task="project", file_id=bad.pk, by=amara.user, at=make.SUMMER)
        assert make.hand_in(amara).evidence.get().name == "clean.txt"
    assert not upload_queries.held_ones().exists()


# --- boards (S3-23) --------------------------------------------------------------------------------------
def test_a_board_that_saw_the_plan_too_late_is_refused_when_it_is_saved() -> None:
    amara = make.candidate(make.NPQH)
    make.planned(amara, plan=replace(make.PLAN, aims=("Progress rises",)))
    assert code_of(make.boarded, amara, "task-1", "home", on=date(2019, 2, 12)) == "project.board_first"
    assert code_of(make.boarded, amara, "task-1", "home", on=date(2019, 8, 6)) == "board.ahead"
    make.days(amara.intake, "task-1")
    assert code_of(make.hand_in, amara) == "project.board"
    make.boarded(amara, "task-1", "home", feedback="")
    assert code_of(make.hand_in, amara) == "project.feedback"
    early = replace(make.PLAN, aims=("Progress rises",), implementation_on=date(2019, 1, 28))
    assert code_of(save, amara, early, task="task-1", revision=1) == "project.board_first"
    make.boarded(amara, "task-1", "home", feedback="Go ahead.")
    assert make.hand_in(amara).number == 1


# --- the placement (S3-25 to S3-28) ------------------------------------------------------------------------
def test_a_placement_from_the_contrast_to_the_receipt() -> None:
    home = factories.school("Hillside School")
    amara = make.candidate(make.NPQH, school=home)
    make.opened(amara, "task-2")
    make.days(amara.intake, "task-2")
    asked = {"enrolment": amara, "task": "task-2"}
    assert code_of(make.asked_placement, **asked, school=home) == "placement.home"
    assert code_of(make.asked_placement, **asked, dimensions=[]) == "placement.contrast"
    placement = make.asked_placement(**asked)
    assert placement.state == "asked"
    assert code_of(make.hand_in, amara, "task-2") == "placement.approval"
    decide = {"placement": placement, "by": make.office(), "at": make.SUMMER}
    assert code_of(hand_in_days.decide_placement, **decide, approved=False, reason="") == "placement.reason"
    hand_in_days.decide_placement(**decide, approved=True, reason="")
    hand_in_days.decide_placement(**decide, approved=True, reason="")
    assert OutboxMessage.objects.filter(payload__template="placement_decided").count() == 1
    make.placed(amara, "task-2")
    script = make.hand_in(amara, "task-2")
    assert script.sitting.window.task == "task-2"
    assert not Script.objects.filter(sitting__window__task="task-1").exists()


def test_a_school_outside_the_register_is_the_own_one_by_its_name() -> None:
    amara = make.candidate(make.NPQH)  # from "Somewhere School", which the register doesn't have
    make.opened(amara, "task-2")
    save = {"enrolment": amara, "task": "task-2", "by": amara.user, "at": make.SUMMER, "school": None}
    assert code_of(project.save_placement, **save, school_text="SOMEWHERE  School.") == "placement.home"
    assert project.save_placement(**save, school_text="Elsewhere School").school_name == "Elsewhere School"


def test_a_changed_contrast_waits_for_the_office_anew_and_an_old_page_approves_nothing() -> None:
    amara = make.candidate(make.NPQH)
    make.opened(amara, "task-2")
    seaside = factories.school("Seaside School")
    seen = make.asked_placement(amara, "task-2", seaside)
    changed = make.asked_placement(amara, "task-2", seaside, statement="Something else.", ask_approval=False)
    assert changed.state == ""
    decide = {"placement": seen, "by": make.office(), "at": make.SUMMER}
    assert code_of(hand_in_days.decide_placement, **decide, approved=True, reason="") == "placement.changed"


def test_days_are_logged_once_each_and_stay_once_the_host_has_confirmed_them() -> None:
    amara = make.candidate(make.NPQH)
    make.opened(amara, "task-2")
    log = {"enrolment": amara, "task": "task-2", "by": amara.user, "at": make.SUMMER}
    assert code_of(project.log_day, **log, on=make.DAYS[0]) == "placement.school"
    make.asked_placement(amara, "task-2")
    for _ in range(2):
        project.log_day(**log, on=make.DAYS[0], note="Met the head")
    assert code_of(project.log_day, **log, on=make.DAYS[0]) == "day.logged"
    day = PlacementDay.objects.get()
    assert day.note == "Met the head"
    assert project.log_day(**log, on=day.on, half=True, note="Met the head", change=True).half
    assert code_of(project.log_day, **log, on=date(2019, 8, 6)) == "day.ahead"
    PlacementDay.objects.update(confirmed_at=make.SUMMER)
    assert code_of(project.log_day, **log, on=day.on, half=False, change=True) == "day.confirmed"
    assert code_of(project.remove_day, **log, on=day.on) == "day.confirmed"
    assert (
        code_of(make.asked_placement, amara, "task-2", factories.school("Third School"))
        == "placement.days_logged"
    )


def test_a_challenge_is_one_however_often_its_form_is_sent() -> None:
    amara = make.candidate(make.NPQH)
    make.opened(amara, "task-2")
    make.asked_placement(amara, "task-2")
    key = uuid.uuid4()
    need = Need("resource", "current", "No library.", ())
    add = {"enrolment": amara, "task": "task-2", "by": amara.user, "at": make.SUMMER, "form_key": key}
    one = project.add_challenge(**add, challenge=need)
    assert project.add_challenge(**add, challenge=need) == one
    item = {"challenge": one, "by": amara.user, "at": make.SUMMER, "form_key": uuid.uuid4()}
    assert code_of(project.add_action, **item, text=" ") == "action.text"
    assert project.add_action(**item, text="Share one") == project.add_action(**item, text="Share one")
    project.remove_challenge(challenge=one, by=amara.user, at=make.SUMMER)
    assert not Challenge.objects.exists()
    kept = AuditEvent.objects.get(verb="project.challenge_removed").details
    assert kept["actions"] == ["Share one"]


# --- calendars and schemes -------------------------------------------------------------------------------
def test_the_calendar_of_a_school_comes_before_that_of_its_region_and_the_default() -> None:
    school = factories.school("Gulf School", country="Oman")
    assert calendar_of(school) is DEFAULT
    assert calendar_of(None) is DEFAULT
    terms = ({"name": "term", "first": "2019-01-06", "last": "2019-05-30"},)
    office = {"by": make.office(), "at": make.BEGIN}
    region = Calendar(name="", terms=terms, weekend=(4, 5))
    hand_in_days.set_calendar(school=None, region="Oman", calendar=region, **office)
    assert calendar_of(school).weekend == (4, 5)
    own = Calendar(name="", terms=terms, weekend=(3, 4), half_days="none")
    for _ in range(2):
        hand_in_days.set_calendar(school=school, region="Oman", calendar=own, **office)
    assert calendar_of(school).half_days == "none"
    assert SchoolCalendar.objects.count() == 2
    assert (
        code_of(hand_in_days.set_calendar, school=None, region=" ", calendar=own, **office)
        == "calendar.whose"
    )


def test_a_mark_scheme_of_a_task_names_its_issuer_and_never_changes() -> None:
    version = make.intake().version
    made = make.scheme(version, "project")
    assert (made.issuer, made.label, str(made)) == ("DfE", "v2017", "DfE v2017")
    assert make.scheme(version, "project") == made
    add = {"version": version, "task": "project", "by": make.office(), "at": make.BEGIN, "pass_mark": 1}
    add["total"] = 5
    other = [hand_in_days.Criterion("Other", 5)]
    assert code_of(hand_in_days.add_scheme, **add, label="v2017", criteria=other) == "scheme.there"
    assert code_of(hand_in_days.add_scheme, **add, label="v2018", criteria=[]) == "scheme.criteria"
    assert (
        code_of(hand_in_days.add_scheme, **{**add, "pass_mark": 6}, label="x", criteria=other)
        == "scheme.pass_mark"
    )
    hand_in_days.add_scheme(**add, label="v2018", criteria=other)
    assert MarkScheme.objects.filter(of=version).count() == 2


def test_hand_in_days_are_set_once_and_need_a_scheme_of_the_task() -> None:
    target = make.intake(make.NPQH)
    first = make.days(target, "task-1")
    assert make.days(target, "task-1") == first
    days = {"intake": target, "by": make.office(), "at": make.BEGIN, "opens_on": date(2019, 3, 1)}
    wrong = make.scheme(target.version, "task-2")
    assert (
        code_of(
            hand_in_days.set_hand_in_days, **days, task="task-1", scheme=wrong, closes_on=date(2019, 4, 1)
        )
        == "days.scheme"
    )
    assert (
        code_of(
            hand_in_days.set_hand_in_days, **days, task="task-2", scheme=wrong, closes_on=date(2019, 2, 1)
        )
        == "days.order"
    )
    same = make.scheme(target.version, "task-1")
    assert (
        code_of(hand_in_days.set_hand_in_days, **days, task="task-1", scheme=same, closes_on=date(2019, 4, 1))
        == "days.there"
    )


# --- the plan in the account (S2-36) -----------------------------------------------------------------------
def test_the_plan_is_put_into_the_account_when_its_writer_says_so_and_only_once() -> None:
    amara = make.candidate()
    make.planned(amara)
    put = {"enrolment": amara, "task": "project", "by": amara.user, "at": make.SUMMER}
    account.save_account(**put, texts={"design": "Mine."}, revision=0)
    for _ in range(2):
        after = account.copy_plan(**put)
    assert after.account["design"].startswith("Mine.\n\nReading in year 4")
    assert after.account["design"].count("Sustain\nData") == 1
    with pytest.raises(Stale):
        account.save_account(**put, texts={"design": "Old tab."}, revision=1)


def test_after_midnight_in_british_summer_today_is_no_day_to_come() -> None:
    amara = make.candidate()
    make.planned(amara)
    late = datetime(2019, 7, 9, 23, 30, tzinfo=UTC)  # half past midnight of the 10th where the candidate is
    said: dict[str, Any] = {
        "school": "home",
        "board": "Governors",
        "feedback": "Yes",
        "by": amara.user,
        "at": late,
    }
    code = code_of(
        project.record_board, enrolment=amara, task="project", presented_on=date(2019, 7, 11), **said
    )
    assert code == "board.ahead"
    kept = project.record_board(enrolment=amara, task="project", presented_on=date(2019, 7, 10), **said)
    assert kept.presented_on == date(2019, 7, 10)
