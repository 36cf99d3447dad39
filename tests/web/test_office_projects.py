"""The office's and the school's pages of projects, the marker's evidence, and the warnings of the clock."""

import html
import re
from datetime import UTC, date, datetime
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from goldenthread.assessment.actions import project_links
from goldenthread.assessment.models import MarkScheme, Window
from goldenthread.assessment.project_models import Placement, Project, SchoolCalendar
from goldenthread.awards.models import Award
from goldenthread.common.mail import render
from goldenthread.common.models import OutboxMessage
from goldenthread.marking.models import Marking
from goldenthread.outcomes.jobs import follow_achievement
from goldenthread.people.models import Organisation, Role
from tests import factories
from tests import factories_marking as marked
from tests import factories_projects as make
from tests.factories_projects import add_file
from tests.outcomes import test_projects as road

pytestmark = pytest.mark.django_db
NOW = make.SUMMER


def office() -> Client:
    client = Client()
    client.force_login(make.office())
    return client


def go(client: Client, name: str, /, *args: Any, status: int = 200, at: Any = NOW, **fields: Any) -> str:
    with time_machine.travel(at, tick=False):
        response = (
            client.post(reverse(name, args=args), fields) if fields else client.get(reverse(name, args=args))
        )
    assert response.status_code == status, response.content.decode()[-3000:]
    return str(response["Location"]) if status == 302 else " ".join(response.content.decode().split())


def test_the_office_enters_a_scheme_sets_days_and_a_limit() -> None:
    amara = make.candidate(make.NPQH)
    client = office()
    assert "Set the days" in go(client, "office:projects")
    where = ("office:hand_in_days", amara.intake_id, "task-1")
    assert "Enter the mark scheme first" in go(client, *where)
    bad = go(
        client,
        *where,
        status=422,
        add_scheme="1",
        label="v2017",
        criteria="No marks",
        pass_mark="1",
        total="1",
    )
    assert "Line 1 needs a text, a bar and its marks" in bad
    go(
        client,
        *where,
        status=302,
        add_scheme="1",
        label="v2017",
        criteria="Plan | 5\nImpact | 10",
        pass_mark="8",
        total="15",
    )
    scheme = MarkScheme.objects.get()
    place = go(
        client, *where, status=302, opens_on="2019-08-01", closes_on="2019-08-31", scheme=str(scheme.pk)
    )
    window = Window.objects.get()
    assert place == reverse("office:hand_in", args=[window.pk])
    assert "No limit is known" in go(client, "office:hand_in", window.pk)
    go(client, "office:hand_in", window.pk, status=302, limit="5000", reason="Guidance")
    assert "At most 5,000 words" in go(client, "office:hand_in", window.pk)
    assert "Task 1" in go(client, "office:windows")
    assert go(client, "office:window", window.pk, status=302) == place
    go(client, "office:window_book", window.pk, status=404, x="1")
    letters = OutboxMessage.objects.filter(payload__template="hand_in_days")
    assert [one.payload["to"] for one in letters] == [amara.user.email]


def test_the_office_decides_a_placement() -> None:
    amara = make.candidate(make.NPQH)
    make.opened(amara, "task-2")
    placement = make.asked_placement(amara, "task-2")
    client = office()
    assert "Seaside School" in go(client, "office:projects")
    go(client, "office:placement", placement.pk, status=422, decision="decline", reason="")
    go(client, "office:placement", placement.pk, status=302, decision="approve", reason="")
    assert Placement.objects.get().state == "approved"
    assert "No placement waits" in go(client, "office:projects")


@pytest.mark.parametrize("number", [1, 3])
def test_placements_are_listed_with_a_bounded_number_of_queries(
    number: int, django_assert_max_num_queries: Any
) -> None:
    for one in range(number):
        person = make.candidate(make.NPQH, f"Candidate {one}")
        make.opened(person, "task-2")
        make.asked_placement(person, "task-2", factories.school(f"School {one}"))
    client = office()
    go(client, "office:projects")
    with django_assert_max_num_queries(16):
        go(client, "office:projects")


def test_the_office_opens_a_plan_records_a_catch_up_and_extends() -> None:
    amara = make.candidate()
    client = office()
    where = ("office:person_projects", amara.reference)
    assert "opens at Event 1" in go(client, *where)
    go(client, *where, status=422, open="1", task="project", reason="")
    go(client, *where, status=302, open="1", task="project", reason="Moved abroad")
    assert Project.objects.get().opened_because == "Moved abroad"
    go(client, *where, status=302, catch_up="1", activity_key="events-1", how="distance learning")
    assert "1 of 3 events engaged with" in go(client, *where)
    go(client, *where, status=422, extend="1", until="2020-07-14", reason="ill")
    go(client, *where, status=302, extend="1", until="2020-10-14", reason="ill")
    assert "Wed 14 Oct 2020" in go(client, *where)
    assert "Projects: plans" in go(client, "office:person", amara.reference)
    reformed = factories.enrolment()
    go(client, "office:person_projects", reformed.reference, status=404)


def test_an_enrolment_is_closed_only_after_its_last_day() -> None:
    amara = make.candidate()
    make.days(amara.intake, "project")
    client, where = office(), ("office:person_projects", amara.reference)
    assert "Close as not achieved" not in go(client, *where)
    late = datetime(2020, 7, 15, 9, 0, tzinfo=UTC)
    assert "Close as not achieved" in go(client, *where, at=late)
    go(client, *where, status=302, at=late, close="1")
    amara.refresh_from_db()
    assert amara.stage == "not_achieved"


def test_calendars_are_entered_in_words() -> None:
    school = factories.school("Gulf School", country="Oman")
    client = office()
    said = {
        "terms": "first term, 2019-01-06 to 2019-05-30\nsecond term, 09-01 to 12-10",
        "weekend": ["4", "5"],
    }
    said |= {"holidays": "2019-05-06\n2019-06-01 to 2019-06-07", "half_days": "none"}
    bad = go(client, "office:calendars", status=422, **{**said, "terms": "first term"}, region="Oman")
    assert "needs a name, a comma and two days" in bad
    go(client, "office:calendars", status=422, **said, school="No such school")
    go(client, "office:calendars", status=302, **said, school=str(school.urn))
    kept = SchoolCalendar.objects.get()
    assert (kept.weekend, len(kept.terms), len(kept.holidays)) == ([4, 5], 2, 2)
    assert "Gulf School" in go(client, "office:calendars")


# --- the school (S1-07) ----------------------------------------------------------------------------------
@pytest.mark.requirement("S1-07")
def test_the_page_of_the_version_has_four_benefits_and_the_school_sees_completed_projects() -> None:
    home = factories.school("Hillside School")
    place = Organisation.objects.create(name="Hillside School", school=home)
    head = factories.member(Role.HEAD_TEACHER, "Hana Head", of=place)
    people = [make.candidate(name=name, school=home) for name in ("Amara One", "Bea Two", "Cai Three")]
    elsewhere = make.candidate(name="Dee Elsewhere", school=factories.school("Other School"))
    marked.markers(2)
    for person in (*people, elsewhere):
        window = road.handed_in(person, "project")
    road.marking.allocate_window(window=window, by=make.office(), at=road.MARKED)
    failed = people[2]
    for one in Marking.objects.select_related("marker", "script__sitting"):
        marks = road.SHORT if one.script.sitting.enrolment_id == failed.pk else road.ENOUGH
        marked.submit(one, marks, at=road.MARKED)
    road.sign_off_as_it_is(window, factories.member(Role.MODERATOR, "Chidi Moderator"))
    client = Client()
    client.force_login(head)
    assert "Completed projects" not in go(client, "school:home", at=road.MARKED)  # not before the release
    road.released(window)
    text = go(client, "school:home", at=road.MARKED)
    assert text.count("41 of 60") == 2
    assert text.count("53 of 60") == 2
    for name, there in (("Amara One", True), ("Bea Two", True), ("Dee Elsewhere", False)):
        assert (name in text.partition("Completed projects")[2]) is there
    assert "Cai Three" not in text.partition("Completed projects")[2]
    shown = school_benefits(make.NPQSL)
    assert len(shown) == 4
    for place, words in enumerate(("Staff stay", "Leaders ready to follow on", "evidence", "evidence")):
        assert words in shown[place], place
    other = school_benefits("npqh-legacy-england")
    assert len(other) == 4
    assert set(other) != set(shown)
    assert school_benefits("npqlt-reformed-england") == []


def school_benefits(key: str) -> list[str]:
    """What the rendered page of a version promises to schools, in order; [] where it has no such list."""
    page = html.unescape(Client().get(reverse("public:programme", args=[key])).content.decode())
    lists = re.findall(r"<h3>To your school</h3><ul[^>]*>(.*?)</ul>", page, re.S)
    assert len(lists) <= 1
    return re.findall(r"<li>([^<]+)</li>", lists[0]) if lists else []


# --- markers and evidence ----------------------------------------------------------------------------------
def test_evidence_is_there_for_who_marks_and_for_nobody_else() -> None:
    amara = make.candidate()
    make.planned(amara)
    add_file(amara, "Amara's minutes.txt", b"Minutes")
    window = make.days(amara.intake, "project")
    script = make.hand_in(amara)
    ben, bea = marked.markers(2)
    other = factories.member(Role.MARKER, "Bo Marker")
    road.marking.allocate_window(window=window, by=make.office(), at=road.MARKED)
    mine = script.markings.get(position=1)
    third = {ben, bea, other} - {one.marker for one in script.markings.all()}
    client = Client()
    client.force_login(mine.marker)
    page = go(client, "assessor:script", mine.pk, at=road.MARKED)
    assert "Criteria" in page
    assert "Criterion 4" in page
    assert "Evidence 1" in page
    assert "Amara" not in page
    file = reverse("assessor:evidence", args=[script.evidence.get().pk])
    with time_machine.travel(road.MARKED, tick=False):
        given = client.get(file)
        assert given["Content-Disposition"] == 'attachment; filename="evidence-1.txt"'
        for person in (*third, amara.user, make.office()):
            stranger = Client()
            stranger.force_login(person)
            assert stranger.get(file).status_code == 404
    fields = {f"point_{n}": "3" for n in range(1, 5)} | {
        "strength": "Clear",
        "next_step": "Data",
        "revision": "0",
    }
    go(client, "assessor:script", mine.pk, status=302, at=road.MARKED, submit="1", **fields)
    done = go(client, "assessor:script", mine.pk, at=road.MARKED)
    assert "Learn that" not in done
    assert "12" in done


def test_a_moderator_gives_one_sum_for_criteria() -> None:
    amara = make.candidate()
    window = road.handed_in(amara, "project")
    marked.markers(2)
    road.mark(window, road.SHORT)
    chidi = factories.member(Role.MODERATOR, "Chidi Moderator")
    opened = road.moderation.open_round(window=window, by=chidi, at=road.MARKED, seed="seed")
    sampled = opened.sample.get()
    client = Client()
    client.force_login(chidi)
    go(
        client,
        "assessor:sampled",
        sampled.pk,
        status=302,
        at=road.MARKED,
        **{f"point_{n}": "3" for n in range(1, 5)},
    )
    page = go(client, "assessor:sampled", sampled.pk, at=road.MARKED)
    assert "learn that" not in page.lower()
    assert "Marks" in page
    said = {"decision": "adjusted", "learn_that": "0", "learn_how_to": "12", "note": "Reads better than that"}
    go(client, "assessor:sampled", sampled.pk, status=302, at=road.MARKED, **said)
    sampled.refresh_from_db()
    assert (sampled.half_marks_learn_that, sampled.half_marks_learn_how_to) == (0, 24)


# --- the clock (S1-34) -------------------------------------------------------------------------------------
def test_warnings_go_out_once_for_each_month_and_what_is_achieved_is_concluded() -> None:
    amara = make.candidate()

    def run(on: date) -> str:
        return follow_achievement(datetime(on.year, on.month, on.day, 9, 0, tzinfo=UTC))

    assert run(date(2020, 1, 13)) == "0 achieved, 0 warned"
    assert run(date(2020, 1, 14)) == "0 achieved, 1 warned"
    assert run(date(2020, 1, 15)) == "0 achieved, 0 warned"
    assert run(date(2020, 6, 14)) == "0 achieved, 1 warned"  # of 15 and 17 the latest
    assert run(date(2020, 7, 15)) == "0 achieved, 0 warned"
    letters = OutboxMessage.objects.filter(payload__template="pass_by").order_by("pk")
    assert [one.payload["context"]["month"] for one in letters] == [12, 17]
    assert [one.payload["context"]["late"] for one in letters] == [False, True]
    window = road.handed_in(amara, "project")
    marked.markers(2)
    road.mark(window)
    road.sign_off(window, factories.member(Role.MODERATOR, "Chidi Moderator"))
    road.released(window)
    road.everything_else(amara)
    assert run(date(2019, 9, 11)) == "1 achieved, 0 warned"
    assert not Award.objects.exists()  # the job of the awards issues it


def test_every_letter_of_projects_can_be_written() -> None:
    amara = make.candidate(make.NPQH)
    make.planned(amara, "task-1")
    make.boarded(amara, "task-1", "home")
    make.days(amara.intake, "task-1")
    make.days(amara.intake, "task-2")
    make.hand_in(amara)
    make.placed(amara, "task-2")
    project_links.send_link(
        enrolment=amara,
        task="task-2",
        purpose="host",
        name="Hal",
        email="hal@example.org",
        by=amara.user,
        at=NOW,
    )
    follow_achievement(datetime(2020, 1, 14, 9, 0, tzinfo=UTC))
    names = {"project_received", "hand_in_days", "placement_decided", "project_link", "pass_by"}
    letters = [one for one in OutboxMessage.objects.order_by("pk") if one.payload.get("template") in names]
    assert {one.payload["template"] for one in letters} == names
    for one in letters:
        rendered = render(one)
        assert rendered.subject
        assert "/my/assessment/" in rendered.text or "/projects/answer/" in rendered.text
