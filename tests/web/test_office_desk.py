"""The office's first page: what needs a decision now, and the thread of every intake."""

import uuid
from datetime import date, timedelta

import pytest
from django.urls import reverse

from goldenthread.applications.models import Enrolment, Stage
from goldenthread.assessment.models import Script, Window
from goldenthread.catalogue.models import VersionDraft
from goldenthread.common import clock
from goldenthread.common.models import OutboxMessage
from goldenthread.enquiries.actions import chatting
from goldenthread.enquiries.actions.prospects import Who
from goldenthread.intakes.models import Intake
from goldenthread.integrity import actions as integrity
from goldenthread.marking import actions as marking
from goldenthread.marking.models import Marking
from goldenthread.marking.queries import progress_of
from goldenthread.marking.rules import Declaration
from goldenthread.moderation import actions as moderation
from goldenthread.outcomes import board
from goldenthread.people.models import Role
from goldenthread.reports.models import Claim
from goldenthread.web.office.desk_parts import Decision, Desk
from tests import factories, factories_marking, factories_projects
from tests.enquiries import factories as enquiries
from tests.factories_web import Cast, cast, page, queries_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def people(catalogue: None) -> Cast:
    return cast()


def waiting(user: object) -> list[str]:
    return [one.text for one in page(user, reverse("office:desk")).context["desk"].decisions]  # type: ignore[arg-type]


def test_nobody_but_the_office_has_a_desk(people: Cast) -> None:
    for user in people.everybody_but("office", "author"):
        assert page(user, reverse("office:desk")).status_code == 404, user
        assert page(user, reverse("office:pipeline")).status_code == 404, user


def test_an_author_is_led_to_the_case_studies(people: Cast) -> None:
    response = page(people.author, reverse("office:desk"))
    assert response.status_code == 302
    assert response["Location"] == reverse("office:case_studies")
    assert page(people.author, reverse("office:pipeline")).status_code == 404


def test_applications_that_wait_are_counted_by_intake_and_lead_to_their_list(people: Cast) -> None:
    factories.application("Carla Candidate")
    factories.application("Dan Doe")
    desk = page(people.office, reverse("office:desk")).context["desk"]
    found = next(one for one in desk.decisions if one.desk == "Applications")
    assert (found.count, found.text) == (2, "2 applications wait for NPQLT September 2024")
    assert found.url == f"{reverse('office:applications')}?intake={people.amara.intake_id}&state=submitted"


def test_an_intake_that_is_nearly_full_is_named(people: Cast) -> None:
    now = page(people.office, "/office/").context["at"]
    Intake.objects.filter(pk=people.amara.intake_id).update(
        places=2, starts_on=now.date() + timedelta(days=9)
    )
    assert "2 of 2 places are taken in NPQLT September 2024" in waiting(people.office)


def test_an_intake_whose_window_is_due_is_named_once_a_window_is_set_no_more(people: Cast) -> None:
    text = "NPQLT September 2024 has no window yet: it may open from then"
    assert text in waiting(people.office)
    factories_marking.window(people.amara.intake)
    assert text not in waiting(people.office)


def test_a_word_limit_that_nobody_chose_is_named_and_leads_to_the_choice(people: Cast) -> None:
    leadership = factories.intake("npqsl-reformed-international")
    factories.enrolment("Lea Leader", to=leadership, by=people.office)
    desk = page(people.office, reverse("office:desk")).context["desk"]
    found = next(one for one in desk.decisions if "Word limit" in one.text)
    assert found.url == reverse(
        "office:ruling", args=[leadership.version.key, leadership.pk, "assessment.max_words"]
    )
    assert page(people.office, found.url).status_code == 200


def test_a_referred_script_waits_for_a_decision_only_while_nobody_is_free_to_mark_it(people: Cast) -> None:
    window = factories_marking.window(people.amara.intake)
    factories_marking.script(window, enrolment=people.amara)
    factories_marking.markers(2)
    marking.allocate_window(window=window, by=window.created_by, at=factories_marking.CLOSED)
    for one in Marking.objects.select_related("marker").order_by("position"):
        factories_marking.submit(one, factories_marking.GOOD if one.position == 1 else factories_marking.POOR)
    lacks = "1 script of NPQLT September 2024 without a third marker"
    assert lacks in waiting(people.office)
    factories.member(Role.MARKER, "Bo Marker")
    marking.allocate_window(window=window, by=window.created_by, at=factories_marking.CLOSED)
    assert lacks not in waiting(people.office)


def test_marking_is_followed_from_allocation_to_release(people: Cast) -> None:
    window = factories_marking.window(people.amara.intake)
    first = factories_marking.script(window, enrolment=people.amara)
    factories_marking.script(window, enrolment=people.bilal)
    factories_marking.markers(3)
    where = "of NPQLT September 2024"
    assert f"2 scripts {where} without markers" in waiting(people.office)
    marking.allocate_window(window=window, by=window.created_by, at=factories_marking.CLOSED)
    assert f"4 markings {where} overdue" in waiting(people.office)
    for one in Marking.objects.select_related("marker"):
        good = one.script_id == first.pk and one.position == 1
        given = factories_marking.GOOD if good else factories_marking.POOR
        factories_marking.submit(one, given)
    assert not any("third marker" in text for text in waiting(people.office))  # somebody has it
    factories_marking.submit(Marking.objects.get(position=3), factories_marking.POOR)
    assert f"2 scripts {where} marked: open the moderation" in waiting(people.office)
    moderator = factories.member(Role.MODERATOR, "Chidi Moderator")
    opened = moderation.open_round(window=window, by=moderator, at=factories_marking.CLOSED, seed="seed")
    assert f"2 scripts {where} in moderation" in waiting(people.office)
    for sampled in opened.sample.order_by("pk"):
        moderation.mark_blind(
            sampled=sampled, marks=factories_marking.POOR, by=moderator, at=factories_marking.CLOSED
        )
        moderation.decide(
            sampled=sampled, decision="confirmed", note="It holds.", by=moderator, at=factories_marking.CLOSED
        )
    moderation.sign_off(round=opened, by=moderator, at=factories_marking.CLOSED)
    assert not any("can be released" in text for text in waiting(people.office))
    assert f"2 scripts {where} not compared with each other" in waiting(people.office)
    factories_marking.uncompared(window)
    assert f"Results of 2 scripts {where} can be released" in waiting(people.office)
    integrity.raise_concern(script=first, note="Two voices.", by=people.office, at=factories_marking.CLOSED)
    assert f"Results of 2 scripts {where} can be released" in waiting(people.office)
    for one in Script.objects.exclude(pk=first.pk):
        integrity.raise_concern(script=one, note="Two voices.", by=people.office, at=factories_marking.CLOSED)
    assert f"2 scripts {where} signed off, all held by questions" in waiting(people.office)
    assert not any("can be released" in text for text in waiting(people.office))
    said = {
        "held_on": factories_marking.CLOSED.date(),
        "present": "Olu",
        "decision": "wait",
        "reasons": "Point 3.",
    }
    board.record_meeting(
        window=window, form_key=str(uuid.uuid4()), **said, by=people.office, at=factories_marking.CLOSED
    )  # fmt: skip
    assert f"2 scripts {where} signed off, and the board says: wait" in waiting(people.office)


def test_scripts_that_lack_a_marker_are_counted_as_the_marking_page_counts_them(people: Cast) -> None:
    window = factories_marking.window(people.amara.intake)
    for person in (people.amara, people.bilal):
        factories_marking.script(window, enrolment=person)
    factories_marking.script(window, name="Carla Candidate")

    def counted() -> list[str]:
        return [text for text in waiting(people.office) if "without markers" in text]

    where = "of NPQLT September 2024 without markers"
    assert counted() == [f"3 scripts {where}"]
    factories_marking.markers(2)
    marking.allocate_window(window=window, by=window.created_by, at=factories_marking.CLOSED)
    assert counted() == []
    # Both markers of one script and one of another give them back, and nobody else is free.
    open_ones = list(
        Marking.objects.select_related("marker", "script__sitting__window").order_by("script", "position")
    )
    for number, one in enumerate((open_ones[0], open_ones[1], open_ones[2])):
        marking.declare_conflict(
            marking=one, declaration=Declaration("other", "Why"), by=one.marker, at=factories_marking.CLOSED
        )
        lacking = progress_of(window).unallocated
        assert lacking == (1, 1, 2)[number]
        assert counted() == [f"{lacking} script{'' if lacking == 1 else 's'} {where}"]


def test_scripts_of_the_sample_that_a_moderator_left_are_counted_until_another_begins(people: Cast) -> None:
    window = factories_marking.window(people.amara.intake)
    for person in (people.amara, people.bilal):
        factories_marking.script(window, enrolment=person)
    factories_marking.markers(2)
    factories_marking.mark_all(window, [factories_marking.POOR, factories_marking.POOR])
    chidi, mo = (factories.member(Role.MODERATOR, name) for name in ("Chidi Moderator", "Mo Moderator"))
    at = factories_marking.CLOSED
    opened = moderation.open_round(window=window, by=chidi, at=at, seed="seed", share_percent=100)

    def counted() -> list[str]:
        return [text for text in waiting(people.office) if "left by a moderator" in text]

    assert counted() == []
    first, second = opened.sample.select_related("script__sitting", "round__window").order_by("pk")
    for one, told in ((first, "1 sampled script"), (second, "2 sampled scripts")):
        moderation.declare_conflict(
            sampled=one, declaration=Declaration("relation", "I taught them."), by=chidi, at=at
        )
        assert counted() == [f"{told} of NPQLT September 2024 left by a moderator"]
    moderation.mark_blind(sampled=first, marks=factories_marking.POOR, by=mo, at=at)
    assert counted() == ["1 sampled script of NPQLT September 2024 left by a moderator"]


def test_dead_and_failing_messages_are_counted(people: Cast) -> None:
    OutboxMessage.objects.update(sent_at=factories.AT)
    OutboxMessage.objects.create(
        kind="mail", key="a", created_at=factories.AT, due_at=factories.AT, dead_at=factories.AT
    )
    OutboxMessage.objects.create(
        kind="mail", key="b", created_at=factories.AT, due_at=factories.AT, attempts=2
    )
    texts = waiting(people.office)
    assert "1 message was given up after several tries" in texts
    assert "1 message failed and will be sent again" in texts


def test_the_pipeline_counts_each_stage_and_leads_to_the_people_there(people: Cast) -> None:
    Enrolment.objects.filter(pk=people.bilal.pk).update(stage=Stage.DEVELOPMENT)
    factories.application("Carla Candidate")
    stages = page(people.office, reverse("office:desk")).context["desk"].stages
    assert [(one["label"], one["count"]) for one in stages] == [
        ("Application", 1),
        ("Induction", 1),
        ("Development", 1),
        ("Assessment", 0),
        ("Award", 0),
        ("Not achieved", 0),
    ]
    response = page(people.office, stages[2]["url"])
    assert [row["enrolment"].user.name for row in response.context["rows"]] == ["Bilal Baker"]


def test_each_intake_has_its_own_line(people: Cast) -> None:
    factories.enrolment("Lea Leader", to=factories.intake("npqsl-reformed-international"), by=people.office)
    lines = page(people.office, reverse("office:pipeline")).context["lines"]
    assert sorted((line.version.code, line.people) for line in lines) == [("NPQLT", 2), ("NPQSL", 1)]


def test_whoever_stopped_moving_is_named(people: Cast) -> None:
    desk = page(people.office, reverse("office:desk")).context["desk"]
    assert desk.still_count == 2
    assert {one.user.name for one in desk.still} == {"Amara Applicant", "Bilal Baker"}


def test_people_of_closed_versions_are_left_out_of_those_who_stopped_and_named_apart(people: Cast) -> None:
    Enrolment.objects.filter(pk=people.bilal.pk).update(
        version=factories.version("npqsl-legacy-international")
    )
    response = page(people.office, reverse("office:desk"))
    desk = response.context["desk"]
    assert ([one.user.name for one in desk.still], desk.still_count, desk.closed_count) == (
        ["Amara Applicant"],
        1,
        1,
    )
    assert "on closed programme versions and left out here" in response.content.decode()
    listed = page(people.office, reverse("office:engagement"), show="closed")
    assert [row["enrolment"].user.name for row in listed.context["rows"]] == ["Bilal Baker"]
    still = page(people.office, reverse("office:engagement"), show="still")
    assert [row["enrolment"].user.name for row in still.context["rows"]] == ["Amara Applicant"]


def test_an_empty_installation_says_that_nothing_waits(catalogue: None) -> None:
    office = factories.member(Role.OFFICE)
    response = page(office, reverse("office:desk"))
    assert "Nothing waits for a decision" in response.content.decode()
    assert "No intake has people yet" in page(office, reverse("office:pipeline")).content.decode()


def test_the_desk_lists_late_enquiries_waiting_chats_checked_drafts_and_claims_past_review(
    catalogue: None,
) -> None:
    office = factories.member(Role.OFFICE)
    at = clock.now()
    enquiries.programme()
    chatting.set_duty(user=office, on=True, at=at - timedelta(minutes=2))
    for number in (1, 2):
        enquiries.ask("When?", email=f"p{number}@example.org", at=at - timedelta(days=20 * number))
    enquiries.ask("Now?", email="p3@example.org", at=at)
    enquiries.ask("HLTA?", email="p4@example.org", at=at)
    key = uuid.uuid4()
    who = Who("Tegan", "tegan@example.org")
    chatting.begin(token="t", form_key=key, text="Hello there", who=who, signs=enquiries.FIRM, at=at)
    draft = {"key": "x", "text": "x", "edited_by": office, "edited_at": at, "started_at": at}
    VersionDraft.objects.create(**draft, state="checked", checked_by=office, checked_at=at)
    VersionDraft.objects.create(**{**draft, "key": "y"})
    day = at.date() - timedelta(days=3)
    claim = {"about": "us", "source": "000:1", "as_of": day, "period": "2025", "owner": office}
    for name, review in (("past", day), ("coming", at.date() + timedelta(days=30))):
        Claim.objects.create(
            key=name, text=name, review_on=review, published_at=at, published_by=office, **claim
        )
    shown = page(office, reverse("office:desk"))
    said = {one.text: one for _, rows in shown.context["desk"].desks for one in rows}
    for text in (
        "2 enquiries are past the target",
        "1 person waits in the chat",
        "1 question about other provision not handed on",
        "1 draft of a version waits for a second person",
        "1 claim is past the review",
    ):
        assert text in said, (text, list(said))


def test_what_is_late_comes_first_then_what_is_due_sooner_and_what_has_no_day_last() -> None:
    day, more = date(2026, 11, 30), timedelta(days=1)
    rows = [
        Decision("Applications", 1, "no day", ""),
        Decision("Applications", 1, "later", "", by=day + more),
        Decision("Assessment", 1, "sooner", "", by=day),
        Decision("Marking", 1, "late by a day", "", by=day - more, late=True),
        Decision("Reports", 1, "late, no day", "", late=True),
        Decision("Assessment", 1, "another of no day", ""),
        Decision("Assessment", 1, "a third of no day", ""),
    ]
    shown = Desk(rows, []).desks
    assert [(desk, one.text) for desk, some in shown for one in some] == [
        ("Reports", "late, no day"),
        ("Marking", "late by a day"),
        ("Assessment", "sooner"),
        ("Applications", "later"),
        ("Applications", "no day"),
        ("Assessment", "a third of no day"),
        ("Assessment", "another of no day"),
    ]
    assert [desk for desk, _ in shown] == ["Reports", "Marking", "Assessment", "Applications", "Assessment"]


def test_windows_of_two_tasks_of_one_intake_are_told_apart(people: Cast) -> None:
    npqh = factories_projects.intake("npqh-legacy-england")
    for task in ("task-1", "task-2"):
        factories_projects.days(npqh, task)
    names = [name for name, _ in page(people.office, reverse("office:desk")).context["desk"].windows]
    titles = [window.task_title for window in Window.objects.filter(intake=npqh)]
    assert len(set(titles)) == 2
    assert sorted(names) == sorted(f"NPQH {npqh.name}, {title}" for title in titles)


@pytest.mark.parametrize(("name", "most"), [("office:desk", 12), ("office:pipeline", 12)])
def test_the_desk_takes_the_same_queries_for_one_and_three_of_everything(
    catalogue: None, name: str, most: int
) -> None:
    office = factories.member(Role.OFFICE)

    def more(key: str) -> None:
        intake = factories.intake(key)
        factories.application(f"{key} applies", to=intake)
        factories.enrolment(f"{key} Person", to=intake, by=office)

    more("npqlt-reformed-international")
    one = queries_of(office, reverse(name))
    more("npqsl-reformed-international")
    more("npqh-reformed-international")
    assert queries_of(office, reverse(name)) == one <= most
