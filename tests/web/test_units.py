"""Study units on the pages: participants see the text of their place and phase and what is new; the office writes."""

from datetime import UTC, date, datetime
from html import unescape
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from goldenthread.assessment.tagging import tag_case_study
from goldenthread.common.models import AuditEvent
from goldenthread.learning import actions as learning
from goldenthread.learning import unit_editing
from goldenthread.learning.models import UnitText
from goldenthread.people.models import Role
from tests import factories
from tests import factories_assessment as made
from tests import factories_teaching as teaching
from tests.factories_teaching import unit_text
from tests.factories_web import client_of, text_of

pytestmark = pytest.mark.django_db
JANUARY, APRIL = date(2025, 1, 10), date(2025, 4, 1)
ON = datetime(2025, 4, 2, 12, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _on_the_second_of_april():
    with time_machine.travel(ON, tick=False):
        yield


@pytest.fixture
def amara():
    return factories.enrolment()


@pytest.fixture
def office(client: Client) -> Client:
    client.force_login(factories.member(Role.OFFICE, "Olu Office"))
    return client


@pytest.fixture
def rita() -> Client:
    return client_of(factories.member(Role.OFFICE, "Rita Reviewer"))


def page(enrolment: Any, address: str) -> str:
    return " ".join(unescape(client_of(enrolment.user).get(f"/my/{address}").content.decode()).split())


# --- the participant --------------------------------------------------------------------------------------
@pytest.mark.requirement("S1-09")
def test_a_candidate_in_dubai_opens_the_international_text_and_elsewhere_the_core() -> None:
    school = factories.school("Marina School", town="Dubai", country="United Arab Emirates")
    candidate = factories.enrolment(school=school, zone="Asia/Dubai")
    module = teaching.module(candidate, "study-2")
    for key, text in (("study-2", "The core of two."), ("study-3", "The core of three.")):
        candidate.version.modules.filter(activity_key=key).update(see_it=text)
    unit_text(module, on=JANUARY, text="As the ministries abroad have it.", context="international")
    unit_text(module, on=JANUARY, text="As Ofsted has it.", context="england")

    opened = page(candidate, "learning/modules/study-2/")
    assert "As the ministries abroad have it." in opened
    assert "As Ofsted has it." not in opened
    assert "The core of two." not in opened
    assert "The core of three." in page(candidate, "learning/modules/study-3/")


@pytest.mark.requirement("S2-05")
@pytest.mark.parametrize("mine", ["Primary", "Secondary", "All-through"])
def test_the_own_phases_example_comes_first_and_the_others_are_optional(mine: str) -> None:
    teacher = factories.enrolment(school=factories.school(phase=mine))
    module = teaching.module(teacher)
    unit_text(module, on=JANUARY, text="The number line on the wall.", phase="primary")
    unit_text(module, on=JANUARY, text="The lab in year 9.", phase="secondary")
    examples = {"Primary": "The number line on the wall.", "Secondary": "The lab in year 9."}

    opened = page(teacher, "learning/modules/study-1/")
    optional = opened.index("Examples from other phases")
    for phase, example in examples.items():
        assert (opened.index(example) < optional) is (phase == mine)
    assert opened.count("<summary>Primary</summary>") == (mine != "Primary")
    assert ("An example from your phase" in opened) is (mine in examples)
    first = module.see_it.replace("*", "").split("\n")[0][:30]
    assert opened.replace("<strong>", "").replace("</strong>", "").index(first) > 0  # the core stays


@pytest.mark.requirement("S2-10")
def test_a_participant_in_progress_is_told_what_changed_and_their_work_keeps_the_first_text(amara) -> None:
    module = teaching.module(amara, "study-3")
    before = datetime(2025, 3, 1, 12, 0, tzinfo=UTC)
    learning.complete_module(
        module=module, enrolment=amara, reflection="I read it.", by=amara.user, at=before
    )
    unit_text(module, on=APRIL, text="What the new act asks.", change_note="The act is in force.")

    with time_machine.travel(datetime(2025, 3, 31, 12, 0, tzinfo=UTC), tick=False):
        opened = page(amara, "learning/modules/study-3/")
        assert "What the new act asks." not in opened
        assert "Changed on" not in opened
    opened = page(amara, "learning/modules/study-3/")
    assert "Changed on Tue 1 Apr 2025: legislation" in opened
    assert "The act is in force." in opened
    assert "What the new act asks." in opened
    assert "What you had read when you wrote it (version 1)" in opened
    assert opened.index("(version 1)") < opened.index("What the new act asks.")
    for address in ("", "learning/"):
        assert "The act is in force." in page(amara, address)
    late = factories.enrolment("Lena Late", at=ON)
    assert "Changed on" not in page(late, "learning/modules/study-3/")


def test_a_tutor_reads_work_beside_what_the_task_asked_when_it_was_handed_in(amara) -> None:
    teaching.placed(amara, teaching.group())
    tara = teaching.staffed(amara.group_places.get().group, "tutor", "Tara Tutor")
    response = teaching.handed_in(amara)
    unit_text(response.task, on=APRIL, text="Asked since April.")

    read = text_of(client_of(tara).get(reverse("teaching:response", args=[response.pk])))
    assert "Version 1, as it stood when this was handed in" in read
    assert "Asked since April." not in read
    mine = page(amara, "learning/tasks/tasks-1/")
    assert mine.index("Asked since April.") < mine.index("What the task asked when you handed in (version 1)")


def test_a_locality_and_an_example_hold_for_a_task_too() -> None:
    school = factories.school(town="Doha", country="Qatar", phase="Primary")
    person = factories.enrolment(school=school)
    task = teaching.task(person)
    unit_text(task, on=JANUARY, text="Ask your board in Doha.", context="locality", locality="doha")
    unit_text(task, on=JANUARY, text="A class of six-year-olds.", phase="primary")
    opened = page(person, "learning/tasks/tasks-1/")
    assert "Ask your board in Doha." in opened
    assert opened.index("A class of six-year-olds.") < opened.index("What to do</h2>")


# --- the office --------------------------------------------------------------------------------------------
def fields(**changes: Any) -> dict[str, Any]:
    return {
        "see_it": "See 2", "name_it": "Name 2", "do_it": "Do 2", "reason": "legislation", "revision": 0,
        "change_note": "The act is in force.", "effective_from": "2025-05-01", "review_by": "2026-05-01",
        **changes,
    }  # fmt: skip


def write(office: Client, unit: Any, query: str = "?from=first", **changes: Any) -> Any:
    return office.post(reverse("office:unit_write", args=["module", unit.pk]) + query, fields(**changes))


def test_one_person_writes_and_another_publishes(office: Client, rita: Client, amara) -> None:
    module = teaching.module(amara)
    unit = reverse("office:unit", args=["module", module.pk])
    assert "New version for everybody" in text_of(office.get(unit))
    begun = write(office, module)
    draft = UnitText.objects.get()
    assert begun["Location"] == reverse("office:unit_text", args=["module", module.pk, draft.pk])
    assert "somebody else of the office reviews" in text_of(office.get(begun["Location"]))
    publish = reverse("office:unit_publish", args=["module", module.pk, draft.pk])
    assert "Somebody else reviews" in text_of(office.post(publish, {"revision": 1}, follow=True))
    assert "Publish" in text_of(rita.get(begun["Location"]))
    done = rita.post(publish, {"revision": 1}, follow=True)
    assert "Published: version 2." in text_of(done)
    there = office.get(unit).context
    assert [(one.text.name, one.label) for one in there["texts"]] == [("version 2", "To come")]
    assert there["first_in_effect"]
    with time_machine.travel(datetime(2025, 5, 1, 12, 0, tzinfo=UTC), tick=False):
        assert "See 2" in page(amara, "learning/modules/study-1/")
        there = client_of(factories.member(Role.OFFICE)).get(unit).context
        assert [one.label for one in there["texts"]] == ["In effect"]
        assert not there["first_in_effect"]


def test_a_version_before_fills_the_next_one_and_settles_for_whom_it_is(office: Client, amara) -> None:
    module = teaching.module(amara)
    abroad = unit_text(module, on=JANUARY, text="Abroad", context="international")
    form = office.get(reverse("office:unit_write", args=["module", module.pk]), {"from": abroad.pk}).context[
        "form"
    ]
    assert form.initial["see_it"] == "Abroad"
    assert "context" not in form.fields
    write(office, module, f"?from={abroad.pk}", context="england")
    made = UnitText.objects.get(state="draft")
    assert (made.context, made.version) == ("international", 2)


@pytest.mark.parametrize(
    ("query", "changes", "says"),
    [
        ("", {}, "required"),  # a text for new readers says for whom
        ("", {"context": "locality"}, "named exactly where"),
        ("?as=example", {"example": "Here"}, "required"),
        ("?from=first", {"do_it": ""}, "required"),
        ("?from=first", {"review_by": "2025-04-30"}, "after it takes effect"),
        ("?from=first", {"effective_from": "soon"}, "Give a date"),
    ],
)
def test_what_is_missing_is_said_and_nothing_is_lost(office: Client, amara, query, changes, says) -> None:
    sent = write(office, teaching.module(amara), query, **changes)
    assert sent.status_code == 422
    assert says in text_of(sent)
    assert not UnitText.objects.exists()
    assert sent.context["form"]["change_note"].value() == "The act is in force."


def test_two_writers_see_each_others_text(office: Client, rita: Client, amara) -> None:
    module = teaching.module(amara)
    draft = write(office, module)["Location"]
    assert rita.post(draft, fields(see_it="Rita's", revision=1)).status_code == 302
    late = office.post(draft, fields(see_it="Olu's", revision=1))
    assert late.status_code == 422
    assert "What is saved now" in text_of(late)
    assert "Rita's" in unescape(text_of(late))
    assert late.context["form"]["see_it"].value() == "Olu's"
    assert office.post(draft, fields(see_it="Both", revision=2)).status_code == 302


def test_a_draft_is_discarded_once(office: Client, amara) -> None:
    module = teaching.module(amara)
    write(office, module)
    draft = UnitText.objects.get()
    for _ in range(2):
        gone = office.post(reverse("office:unit_discard", args=["module", module.pk, draft.pk]), follow=True)
        assert "The draft is discarded." in text_of(gone)
    assert not UnitText.objects.exists()


@pytest.mark.requirement("S2-10")
def test_units_are_on_the_review_list_by_their_latest_text_and_drafts_wait_there(
    office: Client, amara
) -> None:
    module, task = teaching.module(amara), teaching.task(amara)
    unit_text(module, on=JANUARY, review_by=date(2025, 3, 1))
    unit_text(module, on=APRIL, review_by=date(2025, 5, 1))
    unit_text(task, on=JANUARY, phase="primary", review_by=date(2025, 4, 1))
    unit_text(task, on=JANUARY, review_by=date(2025, 9, 1))
    write(office, module, effective_from="2025-06-01")
    listed = office.get(reverse("office:framework_review"))
    assert [(one.name, one.what, one.overdue) for one in listed.context["due"]] == [
        (str(task), "example for primary, version 1", True),
        (str(module), "version 3", False),
    ]
    assert [one.name for _, one in listed.context["drafts"]] == ["version 4"]


# --- areas of need -----------------------------------------------------------------------------------------
@pytest.mark.requirement("S2-33")
def test_tasks_are_tagged_with_the_four_areas_and_found_by_them(office: Client, amara) -> None:
    one, two = teaching.task(amara), teaching.task(amara, "tasks-2")
    listed = office.get(reverse("office:needs"))
    assert len(listed.context["needs"]) == 4
    tags = reverse("office:unit_tags", args=["task", one.pk])
    assert office.post(tags, {"needs": ["cognition", "physical"]}).status_code == 302
    unit_editing.tag_task(task=two, chosen=["wellbeing"], by=None, at=ON)

    units = reverse("office:units", args=[amara.version.key])
    assert [line.unit for line in office.get(units, {"need": "cognition"}).context["lines"]] == [one]
    assert len(office.get(units, {"need": "nonsense"}).context["lines"]) > 2
    assert office.get(units, {"need": "communication"}).context["lines"] == []
    assert str(one) in text_of(office.get(reverse("office:needs")))
    assert office.post(tags, {"needs": ["reading"]}).status_code == 422
    assert "Areas of need: cognition and learning; physical and/or sensory" in page(
        amara, "learning/tasks/tasks-1/"
    )


def test_a_tutor_filters_work_by_area_of_need(amara) -> None:
    teaching.placed(amara, teaching.group())
    tara = teaching.staffed(amara.group_places.get().group, "tutor", "Tara Tutor")
    for key in ("tasks-1", "tasks-2"):
        teaching.handed_in(amara, key)
    unit_editing.tag_task(task=teaching.task(amara, "tasks-2"), chosen=["physical"], by=None, at=ON)
    queue = client_of(tara).get(reverse("teaching:responses"), {"need": "physical"})
    assert [one.task.activity_key for one in queue.context["page"]] == ["tasks-2"]


def test_a_module_has_no_tags(office: Client, amara) -> None:
    module = teaching.module(amara)
    assert office.post(reverse("office:unit_tags", args=["module", module.pk]), {}).status_code == 404
    assert office.get(f"/office/units/course/{module.pk}/").status_code == 404


@pytest.mark.parametrize("name", ["unit", "unit_write"])
def test_nobody_else_opens_units(amara, name: str) -> None:
    module = teaching.module(amara)
    address = reverse(f"office:{name}", args=["module", module.pk])
    assert client_of(amara.user).get(address).status_code == 404


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_of_units_asks_as_much_for_one_as_for_many(office: Client, amara, count: int) -> None:
    for number in range(1, count + 1):
        unit_text(teaching.module(amara, f"study-{number}"), on=APRIL)
    office.get(reverse("office:units", args=[amara.version.key]))
    with CaptureQueriesContext(connection) as asked:
        office.get(reverse("office:units", args=[amara.version.key]))
    assert len(asked) <= 10


@pytest.mark.requirement("S2-33")
def test_authors_tag_case_studies_and_find_them_and_nobody_else_sees_the_tags(office: Client) -> None:
    case, other = made.case_study(), made.case_study(title="Numbers at Fenwick")
    ada = client_of(made.author())
    tags = reverse("office:case_study_tags", args=[case.pk])
    assert ada.post(tags, {"needs": ["wellbeing"]}).status_code == 302
    listed = reverse("office:case_studies")
    assert [one.pk for one in ada.get(listed, {"need": "wellbeing"}).context["page"]] == [case.pk]
    assert "social, emotional and mental health" in text_of(ada.get(listed))
    assert AuditEvent.objects.get(verb="case_study.tagged").details == {}

    assert {one.pk for one in office.get(listed, {"need": "wellbeing"}).context["page"]} == {
        case.pk,
        other.pk,
    }
    assert "mental health" not in text_of(office.get(listed))
    assert office.post(tags, {"needs": []}).status_code == 404


def test_an_author_who_sits_the_programme_learns_nothing_from_the_tags() -> None:
    case = made.case_study()
    tag_case_study(case_study=case, chosen=["physical"], by=None, at=ON)
    both = factories.enrolment()
    teaching.hold(both.user, Role.AUTHOR)
    listed = client_of(both.user).get(reverse("office:case_studies"), {"need": "physical"})
    assert listed.status_code == 200
    assert list(listed.context["page"]) == []
    row = client_of(both.user).get(reverse("office:case_studies")).context["rows"][0]
    assert row[1:] == (False, case.name, ())
