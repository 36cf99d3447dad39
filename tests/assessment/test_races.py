"""Setting a window and changing its word limit at the same moment, on real connections."""

import io
import uuid
from datetime import date
from typing import Any

import pytest

from goldenthread.applications.models import Enrolment
from goldenthread.assessment import actions, project_queries
from goldenthread.assessment.actions import arrival, hand_in_days, schedule
from goldenthread.assessment.actions import at_once as without_look
from goldenthread.assessment.models import CaseStudy, Script, Sitting, Window
from goldenthread.assessment.rules.policies import counting_in
from goldenthread.common import audit
from goldenthread.common.models import AuditEvent
from goldenthread.common.refused import Refused
from goldenthread.intakes.models import Ruling
from tests import documents, factories
from tests import factories_assessment as made
from tests import factories_projects as projects
from tests.assessment.test_pieces import look, sent
from tests.factories_assessment import NO_AI
from tests.races import at_once, while_unfinished

pytestmark = pytest.mark.django_db(transaction=True)
KEY = uuid.UUID("8f0d8b7e-9f50-4c73-9d4c-0c8f6a1f2b11")


@pytest.mark.requirement("S0-31")
def test_the_word_limit_does_not_change_while_a_window_is_being_set() -> None:
    intake = factories.intake("npqh-reformed-international")
    olu, told = made.office(), {"intake": intake, "reason": "Three tables", "at": made.BEFORE}
    actions.choose_word_limit(value=2500, by=olu, **told)
    found = while_unfinished(
        lambda: actions.schedule_window(intake=intake, opens_on=date(2026, 3, 2), by=olu, at=made.BEFORE),
        lambda: actions.choose_word_limit(value=1500, by=olu, **told),
    )
    assert [getattr(one, "code", one) for one in found] == ["window.limit_told"]
    assert (Window.objects.get().word_limit, Ruling.objects.get().value) == (2500, 2500)


@pytest.mark.parametrize("project", [False, True])
def test_days_that_are_set_while_a_policy_is_being_decided_state_it(project: bool) -> None:
    """In whichever order the two come, nobody's days state what was in force before."""
    intake = projects.intake() if project else factories.intake("npqlt-reformed-international")
    at, day = (projects.BEGIN, date(2019, 7, 1)) if project else (made.BEFORE, date(2025, 10, 20))
    table = {
        "rule": "words-2",
        "not_counted": ["headers", "deletions", "comments", "references"],
        "over": "warn",
    }
    decide = lambda: actions.decide_policy(  # noqa: E731
        version=intake.version,
        kind="counting",
        table=table,
        from_day=day,
        reason="The board",
        by=made.office(),
        at=at,
    )
    if project:
        task = project_queries.tasks_of(intake.version.specification)[0].key
        scheme = projects.scheme(intake.version, task)
        found = while_unfinished(
            decide,
            lambda: hand_in_days.set_hand_in_days(
                intake=intake,
                task=task,
                scheme=scheme,
                opens_on=day,
                closes_on=date(2019, 7, 31),
                by=made.office(),
                at=at,
            ),
        )
    else:
        found = while_unfinished(
            decide, lambda: actions.schedule_window(intake=intake, opens_on=day, by=made.office(), at=at)
        )
    assert [type(one) for one in found] == [Window]
    window = Window.objects.get()
    assert counting_in(window.policies).over == "warn"
    assert window.word_rule == "words-2-r"


def other_window(first: Window) -> Window:
    """A later window of the same intake, in which nobody is booked."""
    case = made.case_study(title="Another")
    return made.window(first.intake, opens_on=date(2025, 11, 3), case=case, book=False)


@pytest.mark.requirement("S0-33")
def test_two_windows_of_an_intake_that_are_booked_at_once_give_everybody_one_sitting() -> None:
    amara, olu = made.ready(), made.office()
    first = made.window(amara.intake, book=False)
    second = other_window(first)
    found = while_unfinished(
        lambda: actions.book_sittings(window=first, by=olu, at=made.BEFORE),
        lambda: actions.book_sittings(window=second, by=olu, at=made.BEFORE),
    )
    assert found == [[]]
    assert [one.window for one in Sitting.objects.filter(enrolment=amara)] == [first]


@pytest.mark.requirement("S0-33")
def test_whoever_is_being_entered_by_name_is_not_booked_elsewhere_meanwhile() -> None:
    amara, olu = made.ready(), made.office()
    first = made.window(amara.intake, book=False)
    second = other_window(first)

    def enter() -> None:
        window, held = schedule.locked(first.pk), Enrolment.objects.select_for_update().get(pk=amara.pk)
        schedule.check_can_enter(held, window, first=True, at=made.BEFORE)
        schedule.put_in(held, window, reason="Illness", by=olu, at=made.BEFORE)

    found = while_unfinished(enter, lambda: actions.book_sittings(window=second, by=olu, at=made.BEFORE))
    assert found == [[]]
    assert [one.window for one in Sitting.objects.filter(enrolment=amara)] == [first]


def test_two_authors_who_read_at_once_are_both_in_the_trail() -> None:
    case = made.case_study()
    people = [made.author(), *(factories.member("author", f"Abe {n} Author") for n in range(3))]
    results = at_once(
        *(
            (lambda by=one: actions.look_at(case_study=case, by=by, at=made.BEFORE))  # type: ignore[misc]
            for one in people
        )
    )
    assert results == [None] * 4
    assert AuditEvent.objects.filter(verb="case_study.read").count() == 4
    assert list(audit.verify()) == []


def test_two_authors_who_save_at_once_lose_nothing() -> None:
    case = made.case_study(published=False)
    ada, abe = made.author(), factories.member("author", "Abe Author")

    def save(body: str, by: Any) -> Any:
        return lambda: actions.edit_case_study(
            case_study=case, title=case.title, body=body, question="Q?", revision=0, by=by, at=made.BEFORE
        )

    results = at_once(save("Ada's two hours of work", ada), save("Abe's evening", abe))
    refused = [one for one in results if isinstance(one, Refused)]
    case = made.reopened(case)
    assert [one.code for one in refused] == ["case.stale"]
    assert refused[0].texts["body"] == case.body
    assert case.revision == 1


def test_one_form_sent_twice_at_once_is_one_case_study() -> None:
    version, ada = factories.version(), made.author()
    create = lambda: actions.create_case_study(  # noqa: E731
        version=version, title="T", body="B", question="Q", by=ada, at=made.BEFORE, form_key=KEY
    )
    results = at_once(create, create)
    assert {one.pk for one in results} == {CaseStudy.objects.get().pk}


def test_a_double_click_on_handing_in_an_account_makes_one_script() -> None:
    amara = projects.candidate()
    projects.planned(amara)
    projects.days(amara.intake, "project")
    found = while_unfinished(
        lambda: projects.hand_in(amara, key="form-1"), lambda: projects.hand_in(amara, key="form-1")
    )
    assert [getattr(one, "number", one) for one in found] == [1]
    assert Script.objects.count() == 1


def test_one_form_with_a_document_that_comes_four_times_at_once_is_one_script() -> None:
    one, content = made.sitting(), documents.docx(20)

    def hand_in() -> Script:
        mine, who = Sitting.objects.get(pk=one.pk), one.enrolment.user
        _, response = look(mine, content)
        return actions.submit_script(
            sitting=mine, response=response, key="a form", own_work=True, ai=NO_AI, by=who, at=made.INSIDE
        )

    assert at_once(*[hand_in] * 4) == [one.scripts.get()] * 4
    assert [upload.script for upload in one.uploads.all()] == [one.scripts.get()]


def test_one_form_that_hands_a_document_in_without_a_look_four_times_at_once_is_one_script() -> None:
    one, content = made.sitting(), documents.docx(20)

    def hand_in() -> Any:
        mine, file = Sitting.objects.get(pk=one.pk), io.BytesIO(content)
        return without_look.hand_in_form(
            sent(mine, content), known_as=arrival.measured(file),
            declared=without_look.Declared(key="a form", own_work=True, ai=NO_AI, by=one.enrolment.user),
        )  # fmt: skip

    assert at_once(*[hand_in] * 4) == [one.scripts.get()] * 4
    assert [upload.script for upload in one.uploads.all()] == [one.scripts.get()]


def test_a_document_without_a_look_and_the_same_one_looked_at_before_hand_in_together() -> None:
    one, content = made.sitting(), documents.docx(20)
    _, seen = look(one, content)

    def looked() -> Any:
        mine = Sitting.objects.get(pk=one.pk)
        return actions.submit_script(
            sitting=mine,
            response=seen,
            key="one form",
            own_work=True,
            ai=NO_AI,
            by=one.enrolment.user,
            at=made.INSIDE,
        )

    def straight() -> Any:
        mine, file = Sitting.objects.get(pk=one.pk), io.BytesIO(content)
        declared = without_look.Declared(key="another form", own_work=True, ai=NO_AI, by=one.enrolment.user)
        known_as = arrival.measured(file)
        return without_look.hand_in_form(sent(mine, content), known_as=known_as, declared=declared)

    found = at_once(looked, straight, looked, straight)
    refused = (Refused, without_look.NotYet)  # a second script within the same seconds; its document is kept
    assert {getattr(one, "sha256", one) for one in found if not isinstance(one, refused)} == {seen.sha256}
    assert one.scripts.filter(current=True).count() == 1
    assert one.scripts.count() == 2
