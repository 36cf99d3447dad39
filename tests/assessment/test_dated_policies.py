"""Policies that the office decides beside a frozen version, from a day on: who takes them over, who keeps theirs."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from goldenthread.applications.models import Enrolment
from goldenthread.assessment import actions, adjusting, dated_policies, project_queries, queries
from goldenthread.assessment.adjusting_models import LatePolicy
from goldenthread.assessment.models import Sitting, SittingState, Window
from goldenthread.assessment.policy_models import PolicyDecision
from goldenthread.assessment.project_views import task_view
from goldenthread.assessment.queries import window_terms
from goldenthread.assessment.rules import policy_decisions
from goldenthread.assessment.rules.policies import counting_in, declarations_in
from goldenthread.catalogue import drafting
from goldenthread.catalogue.models import ProgrammeVersion
from goldenthread.common import clock, mail
from goldenthread.common.days import day_text
from goldenthread.common.models import AuditEvent, OutboxMessage
from goldenthread.common.refused import Refused
from goldenthread.people.models import Role
from tests import factories
from tests import factories_assessment as made
from tests import factories_projects as projects
from tests.factories_web import client_of

pytestmark = pytest.mark.django_db
APART = ["headers", "deletions", "comments"]
NOVEMBER = date(2025, 11, 3)
AFTER = datetime(2025, 10, 20, 9, 0, tzinfo=UTC)
WARN = {"rule": "words-2", "not_counted": [*APART, "references"], "over": "warn"}
FORBIDDEN = {"use": "forbidden", "version": "ai-7", "statement": "I used no AI."}


def version() -> ProgrammeVersion:
    found = factories.intake().version
    ProgrammeVersion.objects.filter(pk=found.pk).update(frozen_at=made.BEFORE)
    return ProgrammeVersion.objects.get(pk=found.pk)


def decide(table: dict[str, Any], *, kind: str = "counting", **said: Any) -> PolicyDecision:
    given = {
        "from_day": NOVEMBER,
        "reason": "The board of March",
        "by": made.office(),
        "at": made.BEFORE,
        **said,
    }
    return actions.decide_policy(version=version(), kind=kind, table=table, **given)


def later(opens_on: date = NOVEMBER, **fields: Any) -> Window:
    case = made.case_study(title=f"Case {opens_on}")
    return made.window(factories.intake(), opens_on=opens_on, case=case, book=False, **fields)


# --- what takes it over --------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("opens_on", "over"),
    [
        (date(2025, 10, 13), "refuse"),
        (date(2025, 11, 2), "refuse"),
        (NOVEMBER, "warn"),
        (date(2025, 11, 20), "warn"),
    ],
)
def test_windows_from_the_day_on_have_it_whether_set_before_or_after(opens_on: date, over: str) -> None:
    before = later(opens_on)
    document = version().document
    decide(WARN)
    after = later(opens_on + timedelta(days=1)) if opens_on != date(2025, 11, 2) else before
    for window in (before, after):
        window.refresh_from_db()
        assert counting_in(window.policies).over == over
        assert window.word_rule == ("words-2-r" if over == "warn" else "words-2")
    assert version().document == document
    events = AuditEvent.objects.filter(verb="window.policies_changed", subject=f"window:{before.pk}")
    assert events.count() == (over == "warn")


def test_what_is_not_decided_anew_stays_as_the_window_states_it() -> None:
    window = later()
    before = dict(window.policies)
    decide(FORBIDDEN, kind="ai")
    window.refresh_from_db()
    assert declarations_in(window.policies).ai.use == "forbidden"
    assert {**window.policies, "ai": before["ai"]} == before


def test_another_decision_of_the_same_kind_leaves_the_other_kind_as_the_window_states_it() -> None:
    """Also where it states what the version would not state now."""
    window = later()
    decide(FORBIDDEN, kind="ai")
    window.refresh_from_db()
    window.policies["ai"]["statement"] = "As it was told."
    window.save()
    decide(WARN, at=made.BEFORE + timedelta(hours=1))
    window.refresh_from_db()
    assert window.policies["ai"]["statement"] == "As it was told."
    assert counting_in(window.policies).over == "warn"


def test_a_revision_begins_with_what_was_decided_last() -> None:
    """Of each kind, whatever its day; the version's own document stays."""
    decide(WARN)
    decide({**WARN, "over": "cut"}, from_day=date(2027, 1, 4), at=made.BEFORE + timedelta(hours=1))
    decide(FORBIDDEN, kind="ai", at=made.BEFORE + timedelta(hours=2))
    based_on = version()
    draft = drafting.start(based_on=based_on, key="", as_revision=True, by=made.office(), at=made.BEFORE)
    findings = drafting.findings_of(draft.text)
    assert not findings.problems
    assert findings.file is not None
    carried = findings.file.specification.assessment
    assert (carried.counting.over, carried.counting.not_counted) == ("cut", (*APART, "references"))
    assert carried.ai is not None
    assert (carried.ai.use, carried.ai.statement) == ("forbidden", "I used no AI.")
    assert version().specification.assessment.counting.over == "refuse"
    assert 'over = "cut"' in drafting.exported(based_on)


def test_a_project_without_days_is_counted_as_is_decided_for_today() -> None:
    one = projects.candidate()
    said = {"from_day": NOVEMBER, "reason": "The board", "by": made.office(), "at": made.BEFORE}
    actions.decide_policy(version=one.version, kind="counting", table=WARN, **said)
    actions.decide_policy(version=one.version, kind="ai", table=FORBIDDEN, **said)
    one = Enrolment.objects.select_related("version").get(pk=one.pk)
    (task,) = project_queries.tasks_of(one.version.specification)
    for at, decided in ((AFTER, False), (AFTER + timedelta(days=30), True)):
        ask = task_view(one, task.key, at=at).ask
        assert (ask.counting.over == "warn") is decided
        assert (ask.declarations.ai.use == "forbidden") is decided


def test_a_window_that_has_opened_keeps_what_it_was_opened_with() -> None:
    one = made.sitting()
    with pytest.raises(Refused) as no:
        decide(WARN, from_day=made.OPENS_ON, at=made.INSIDE)
    assert (no.value.code, no.value.field) == ("policy.past", "from_day")
    decide(WARN, from_day=made.INSIDE.date() + timedelta(days=1), at=made.INSIDE)
    one.window.refresh_from_db()
    assert counting_in(one.window.policies).over == "refuse"


def test_one_that_opens_for_somebody_before_its_day_holds_the_day_off() -> None:
    one = made.sitting()
    early = one.opens_at - timedelta(days=2)
    Sitting.objects.filter(pk=one.pk).update(opens_at=early)
    with pytest.raises(Refused) as no:
        decide(WARN, from_day=made.OPENS_ON, at=early)
    assert no.value.code == "policy.opened"
    decide(WARN, from_day=made.OPENS_ON, at=early - timedelta(microseconds=1))
    one.window.refresh_from_db()
    assert counting_in(one.window.policies).over == "warn"


def test_which_window_has_opened_is_one_query_and_a_deferred_sitting_opens_none(
    django_assert_num_queries: Any,
) -> None:
    one, found = made.sitting(), version()
    made.window(one.window.intake, opens_on=NOVEMBER, book=False, case=made.case_study(title="Later"))
    Sitting.objects.filter(pk=one.pk).update(opens_at=made.OPENS_AT - timedelta(days=2))
    early = made.OPENS_AT - timedelta(days=1)
    with django_assert_num_queries(1):
        assert queries.first_opened(found, made.OPENS_ON, at=early) == made.OPENS_ON
    Sitting.objects.filter(pk=one.pk).update(state=SittingState.DEFERRED)
    with django_assert_num_queries(1):  # and not one for each window
        assert queries.first_opened(found, made.OPENS_ON, at=early) is None
    opened = datetime(2025, 11, 3, tzinfo=UTC)
    assert queries.first_opened(found, NOVEMBER, at=opened) == NOVEMBER
    assert queries.first_opened(found, NOVEMBER, at=opened - timedelta(microseconds=1)) is None


def test_of_several_the_one_that_was_decided_last_counts_from_its_day_on() -> None:
    first = decide(WARN)
    second = decide({**WARN, "over": "cut"}, from_day=date(2025, 11, 10), at=made.BEFORE + timedelta(hours=1))
    found = dated_policies.decisions_of(version().pk)
    assert found == [second, first]
    for day, one in ((NOVEMBER, first), (date(2025, 11, 9), first), (date(2025, 11, 10), second)):
        assert dated_policies.in_force(found, on=day) == {"counting": one}
    assert dated_policies.in_force(found, on=date(2025, 11, 2)) == {}


@pytest.mark.parametrize(
    ("on", "counting", "ai"),
    [(1, None, None), (2, "first", None), (3, "first", "ai"), (4, "last", "ai"), (9, "last", "ai")],
)
def test_of_each_kind_what_was_decided_last_of_what_has_begun_is_in_force(
    on: int, counting: str | None, ai: str | None
) -> None:
    decided = [  # the latest first
        ("counting", date(2025, 11, 4), "last"),
        ("ai", date(2025, 11, 3), "ai"),
        ("counting", date(2025, 11, 2), "first"),
        ("counting", date(2025, 11, 4), "overtaken"),
    ]
    found = policy_decisions.in_force(decided, on=date(2025, 11, on))
    assert (found.get("counting"), found.get("ai")) == (counting, ai)


def test_what_visitors_read_is_what_counts_today() -> None:
    decide({**WARN, "over": "penalty", "marks_off": {"percent": 5, "each_words": 50}})
    for day, said in ((2, False), (3, True)):
        with time_machine.travel(datetime(2025, 11, day, 9, 0, tzinfo=UTC), tick=False):
            page = (
                client_of(made.office())
                .get(reverse("public:programme", args=[version().key]))
                .content.decode()
            )
        assert ("5 % of the marks less for every 50 words too many" in page) is said


def test_reading_what_counts_asks_the_database_nothing(django_assert_num_queries: Any) -> None:
    decide(WARN)
    found = version()
    with django_assert_num_queries(0):
        assert dated_policies.assessment_on(found, NOVEMBER).counting.over == "warn"
        assert dated_policies.assessment_on(found, date(2025, 11, 2)).counting.over == "refuse"


# --- what is refused -----------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("kind", "table", "wrong"),
    [
        ("counting", {**WARN, "over": "shout"}, "not one of"),
        ("counting", {**WARN, "not_counted": ["references"]}, "must name headers"),
        ("counting", {**WARN, "over": "cut", "not_counted": [*APART, "tables"]}, "stand at the end"),
        ("counting", {**WARN, "over": "penalty", "marks_off": {"marks": 2}}, "each_percent"),
        ("counting", {**WARN, "poems": 1}, "is not a key"),
        ("ai", {"use": "sometimes", "version": "ai-2"}, "not one of"),
        ("ai", {"use": "acknowledged", "version": "ai-2", "statement": "True."}, "describe"),
        ("ai", {"use": "forbidden", "statement": "No."}, "version is missing"),
    ],
)
def test_what_a_file_would_be_refused_for_is_refused(kind: str, table: dict[str, Any], wrong: str) -> None:
    with pytest.raises(Refused, match=wrong) as no:
        decide(table, kind=kind)
    assert no.value.code == "policy.table"
    assert not PolicyDecision.objects.exists()


@pytest.mark.parametrize("reason", ["", " \n", "x" * 2001])
def test_it_says_why(reason: str) -> None:
    with pytest.raises(Refused) as no:
        decide(WARN, reason=reason)
    assert no.value.code == "policy.reason"


def test_the_same_decision_again_is_one_and_is_audited_once_with_name_and_reason() -> None:
    first = decide(WARN)
    assert decide(WARN) == first
    assert PolicyDecision.objects.count() == 1
    event = AuditEvent.objects.get(verb="policy.decided")
    assert (event.actor_name, event.details["reason"]) == (made.office().name, "The board of March")
    assert event.details["table"] == WARN


# --- late ----------------------------------------------------------------------------------------------
def test_a_dated_late_policy_counts_for_windows_that_open_from_then_on() -> None:
    said = {"reason": "As agreed", "by": made.office(), "at": made.BEFORE}
    actions.set_late_policy(version=version(), days=3, **said)
    actions.set_late_policy(version=version(), days=0, from_day=NOVEMBER, **{**said, "at": AFTER})
    for day, days in ((made.OPENS_ON, 3), (date(2025, 11, 2), 3), (NOVEMBER, 0), (date(2026, 1, 5), 0)):
        found = adjusting.late_of(version().pk, day)
        assert found is not None
        assert found.days == days
    actions.set_late_policy(version=version(), days=0, from_day=NOVEMBER, **{**said, "at": AFTER})
    assert LatePolicy.objects.count() == 2
    with pytest.raises(Refused) as no:
        actions.set_late_policy(version=version(), days=1, from_day=AFTER.date(), **{**said, "at": AFTER})
    assert no.value.code == "policy.past"


# --- pages ---------------------------------------------------------------------------------------------
def test_the_page_decides_and_tells_the_history_and_everybody_reads_it() -> None:
    office = client_of(made.office())
    person = made.ready()
    address = reverse("office:version_policies", args=[version().key])
    said = {
        "kind": "counting", "counting-not_counted": ["references"], "counting-tolerance_percent": "10",
        "counting-over": "penalty", "counting-off_amount": "2", "counting-off_unit": "marks",
        "counting-off_each": "100", "counting-off_of": "words", "counting-from_day": "2025-11-03",
        "counting-reason": "The board of March",
    }  # fmt: skip
    with time_machine.travel(made.BEFORE, tick=False):
        assert "Nothing: what the document says counts." in office.get(address).content.decode()
        bad = office.post(address, {**said, "counting-off_each": ""})
        assert bad.status_code == 422
        assert "Say for how many words or per cent too many" in bad.content.decode()
        assert office.post(address, {**said, "counting-from_day": "2025-01-03"}).status_code == 422
        assert office.post(address, said).status_code == 302
        page = office.get(address).content.decode()
        assert "for windows from" in page
        assert "2 marks less for every 100 words too many" in page
        assert "The board of March" in page
    kept = PolicyDecision.objects.get()
    assert kept.table["marks_off"] == {"marks": 2, "each_words": 100}
    assert kept.table["tolerance_percent"] == {"value": 10, "source": "office:2025-11-03"}
    window = later()
    assert counting_in(window.policies).tolerance_percent == 10
    with time_machine.travel(datetime(2025, 11, 4, 9, 0, tzinfo=UTC), tick=False):
        rules = client_of(person.user).get(reverse("participant:rules")).content.decode()
        assert "2 marks less for every 100 words too many" in rules
        assert "The board of March" in rules
        mine = client_of(person.user).get(reverse("participant:assessment")).content.decode()
        assert "up to 10 % more is taken" in mine


def decided(from_day: str, percent: int, reason: str) -> dict[str, Any]:
    """What the form of counting sends."""
    return {
        "kind": "counting", "counting-not_counted": ["references"], "counting-tolerance_percent": percent,
        "counting-over": "refuse", "counting-off_unit": "marks", "counting-off_of": "words",
        "counting-from_day": from_day, "counting-reason": reason,
    }  # fmt: skip


def test_all_that_is_wrong_with_a_policy_is_told_at_once_in_the_words_of_the_form() -> None:
    office, address = client_of(made.office()), reverse("office:version_policies", args=[version().key])
    with time_machine.travel(made.BEFORE, tick=False):
        answer = office.post(address, {**decided("2025-01-03", 5, "Why"), "counting-over": "penalty"})
    text = answer.content.decode()
    assert answer.status_code == 422
    assert "Name the penalty, or say below how many marks are taken off." in text
    assert "Choose a day after today" in text
    assert "marks_off" not in text.replace("off_amount", "")
    assert not PolicyDecision.objects.exists()


def test_of_two_decisions_the_page_says_which_is_replaced() -> None:
    office, address = client_of(made.office()), reverse("office:version_policies", args=[version().key])
    for minutes, (day, reason) in enumerate(
        [("2025-12-01", "First"), ("2025-11-03", "Second"), ("2025-12-01", "Third")]
    ):
        with time_machine.travel(made.BEFORE + timedelta(minutes=minutes), tick=False):
            assert office.post(address, decided(day, 5 + minutes, reason)).status_code == 302
    with time_machine.travel(made.BEFORE + timedelta(hours=1), tick=False):
        text = office.get(address).content.decode()
    rows = {
        reason: text.split(f": {reason}</span>")[1].split("</li>")[0]
        for reason in ("First", "Second", "Third")
    }
    assert {reason: "Replaced" in row for reason, row in rows.items()} == {
        "First": True,  # the second begins earlier and was decided later
        "Second": False,  # it counts in November
        "Third": False,
    }


def test_who_has_no_window_yet_reads_what_will_hold_for_the_first_they_can_have() -> None:
    person = made.ready()
    first = window_terms(person.intake).earliest
    office, address = client_of(made.office()), reverse("office:version_policies", args=[version().key])
    with time_machine.travel(made.BEFORE - timedelta(days=200), tick=False):
        assert clock.day_of(clock.now()) < first
        said = decided(first.isoformat(), 10, "The board of spring")
        assert office.post(address, said).status_code == 302
        actions.set_late_policy(
            version=version(), days=3, from_day=first, reason="Known", by=made.office(), at=clock.now()
        )
        own = client_of(person.user)
        assert "up to 10 % more is taken" in own.get(reverse("participant:assessment")).content.decode()
        rules = own.get(reverse("participant:rules")).content.decode()
    assert "The board of spring" in rules
    assert f"this for windows from {day_text(first)} of your programme version" in rules
    assert "every intake" not in rules.split("After a deadline")[1]


def test_ai_is_decided_on_the_page_too() -> None:
    office = client_of(made.office())
    address = reverse("office:version_policies", args=[version().key])
    said = {
        "kind": "ai", "ai-ai_use": "acknowledged", "ai-ai_version": "ai-9", "ai-ai_statement": "This is true.",
        "ai-ai_describe": "which tools\nfor what", "ai-shown_to_markers": "on", "ai-from_day": "2025-11-03",
        "ai-reason": "The board",
    }  # fmt: skip
    with time_machine.travel(made.BEFORE, tick=False):
        assert office.post(address, said).status_code == 302
        assert "which tools and for what" in office.get(address).content.decode()
    asked = declarations_in(later().policies).ai
    assert (asked.version, asked.describe, asked.shown_to_markers) == (
        "ai-9",
        ("which tools", "for what"),
        True,
    )


def test_nobody_but_the_office_reaches_it() -> None:
    address = reverse("office:version_policies", args=[version().key])
    assert client_of(factories.member(Role.MARKER, "Maya")).get(address).status_code == 404


# --- who is told ---------------------------------------------------------------------------------------
def letters() -> list[mail.Rendered]:
    found = OutboxMessage.objects.filter(payload__template="policy_changed").order_by("pk")
    return [mail.render(one) for one in found]


def test_who_has_a_place_in_a_window_that_takes_it_over_is_told_once() -> None:
    window = later()
    amara, gone = made.ready("Amara Applicant"), made.ready("Greta Gone")
    actions.book_sittings(window=window, by=made.office(), at=made.BEFORE)
    Enrolment.objects.filter(pk=gone.pk).update(withdrawn_at=made.BEFORE)
    decide(WARN)
    decide(WARN)
    (letter,) = letters()
    message = OutboxMessage.objects.get(payload__template="policy_changed")
    assert message.recipient == amara.user.email
    assert letter.subject == "NPQLT: how words are counted in your window has changed"
    for said in ("Mon 3 Nov 2025", "The board of March", made.office().name, "What is longer:"):
        assert said in letter.text
    assert f"enrolment={amara.reference}" in letter.text
    decide(FORBIDDEN, kind="ai")
    assert letters()[1].subject == "NPQLT: what holds of AI in your window has changed"
    assert "“I used no AI.”" in letters()[1].text


def test_nobody_is_told_of_what_their_window_does_not_take_over() -> None:
    window = later(date(2025, 11, 2))
    made.ready("Amara Applicant")
    actions.book_sittings(window=window, by=made.office(), at=made.BEFORE)
    decide(WARN)
    decide({"most": 2}, kind="attempts")
    assert letters() == []


def test_telling_many_takes_no_more_statements_than_telling_one() -> None:
    counts = []
    for number in (1, 3):
        with transaction.atomic():
            window = later()
            for place in range(number):
                made.ready(f"Person {place}")
            actions.book_sittings(window=window, by=made.office(), at=made.BEFORE)
            with CaptureQueriesContext(connection) as found:
                decide(WARN)
            counts.append(len(found))
            assert len(letters()) == number
            transaction.set_rollback(True)
    assert counts[0] == counts[1]
