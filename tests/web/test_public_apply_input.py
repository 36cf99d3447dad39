"""Applying with too much, with damaged or strange input, twice, late, or too often: nothing entered is lost."""

from datetime import date, timedelta

import pytest
import time_machine
from django.urls import reverse

from goldenthread.applications.models import Application
from goldenthread.common import clock
from goldenthread.people import schools
from goldenthread.web.shared import limits
from tests import factories
from tests.factories import AT
from tests.factories_applications import open_intake
from tests.factories_public import ROLE, STUDY, YOU, at, fill, to_school

pytestmark = pytest.mark.django_db


@pytest.fixture
def intake(db):
    schools.load_sample(AT)
    return open_intake()


# --- too often ---------------------------------------------------------------------------------------
def spend(limit, *, but=0, who="address 127.0.0.1"):
    """Use a limit up, all but `but`."""
    for _ in range(limit.times - but):
        limits.take(limit, who, at=clock.now())


def test_too_many_applications_are_told_when_to_try_again_and_keep_their_answers(client, db):
    with time_machine.travel("2024-09-02T09:00:00+00:00", tick=False) as travel:
        schools.load_sample(AT)
        intake = open_intake()
        fill(client, intake)
        spend(limits.APPLY, but=1)
        travel.shift(timedelta(minutes=20))
        assert limits.take(limits.APPLY, "address 127.0.0.1", at=clock.now()) is None
        refused = client.post(at(intake, "check"), {"conduct": "on"})
        page = refused.content.decode()
        assert refused.status_code == 429
        assert refused["Retry-After"] == "2400"
        assert "send your application again in 40 minutes (at 11:00 UK time)" in page
        assert "Your answers are kept" in page
        assert refused.context["form"]["conduct"].value()  # still ticked
        assert not Application.objects.exists()
        travel.shift(timedelta(minutes=40))
        assert client.post(at(intake, "check"), {"conduct": "on"}).status_code == 302
        assert Application.objects.count() == 1


def test_too_many_answers_come_back_filled(client, intake):
    with time_machine.travel(clock.now(), tick=False):
        spend(limits.ANSWER)
        refused = client.post(at(intake, "you"), YOU)
        page = refused.content.decode()
    assert refused.status_code == 429
    assert int(refused["Retry-After"]) == 600
    assert "send it again in 10 minutes" in page
    assert 'value="Amara Ñandú"' in page


def test_too_many_searches_say_when_to_search_again_and_leave_a_way_on(client, intake):
    to_school(client, intake)
    piece = reverse("public:apply_schools", args=[intake.pk])
    with time_machine.travel(clock.now(), tick=False):
        spend(limits.SCHOOLS)
        for answer in (client.get(piece, {"q": "palm"}), client.get(at(intake, "school"), {"q": "palm"})):
            assert answer.status_code == 429
            assert int(answer["Retry-After"]) == 60
            assert "Search again in 1 minute" in answer.content.decode()
            assert 'value="palm"' in answer.content.decode()
        assert client.get(at(intake, "school")).status_code == 200
        written = {"school": "not-listed", "school_text": "Here, Bath", "q": "palm"}
        assert client.post(at(intake, "school"), written).status_code == 302
        assert client.get(piece, {"q": "palm"}, REMOTE_ADDR="192.0.2.7").status_code == 200


def test_somebody_signed_in_is_counted_apart_from_the_network(client, intake):
    client.force_login(factories.user())
    with time_machine.travel(clock.now(), tick=False):
        spend(limits.ANSWER)
        assert client.post(at(intake, "you"), YOU).status_code == 302


def test_behind_our_proxy_the_address_that_it_adds_counts(client, intake, settings):
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    with time_machine.travel(clock.now(), tick=False):
        spend(limits.ANSWER, who="address 198.51.100.9")
        forged = {"HTTP_X_FORWARDED_FOR": "203.0.113.1, 198.51.100.9"}
        assert client.post(at(intake, "you"), YOU, **forged).status_code == 429
        other = {"HTTP_X_FORWARDED_FOR": "198.51.100.9, 203.0.113.1"}
        assert client.post(at(intake, "you"), YOU, **other).status_code == 302


# --- bad input ---------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "you",
    [
        {},
        {"name": "", "email": "x"},
        {"name": "x" * 10_000_000, "email": "a@example.org"},
        {"name": "a\0b", "email": "a@example.org"},
    ],
)
def test_a_bad_name_or_address_comes_back_with_what_to_do(client, intake, you):
    response = client.post(at(intake, "you"), you)
    assert response.status_code == 422
    assert "There is a problem" in response.content.decode()


@pytest.mark.parametrize(
    "study",
    [{**STUDY, "zone": "Mars"}, {**STUDY, "delivery_model": "post"}, {**STUDY, "discussed_on": "yesterday"}],
)
def test_bad_answers_about_study_are_refused(client, intake, study):
    client.post(at(intake, "you"), YOU)
    client.post(at(intake, "role"), ROLE)
    client.post(at(intake, "school"), {"school": "not-listed", "school_text": "Here"})
    assert client.post(at(intake, "study"), study).status_code == 422


@pytest.mark.parametrize(
    "name",
    [
        "李小龍",
        "محمد بن راشد",
        "שרה לוי",
        "Zoe\u0308 Nu\u0308n\u0303ez",  # combining marks
        "Ŵyn ap Siôn",
        "ชนิดา สุวรรณ",
        "O’Brien-Smith, Jr.",
        "Ọláńrewájú",
        "𝔄𝔪𝔞𝔯𝔞",
    ],
)
def test_names_of_every_script_are_kept_as_they_were_written(client, intake, name):
    fill(client, intake, you={**YOU, "name": name})
    assert name in client.get(at(intake, "check")).content.decode()
    client.post(at(intake, "check"), {"conduct": "on"})
    assert Application.objects.get().name == name


def test_hidden_signs_that_turn_text_around_are_taken_out_of_a_name(client, intake):
    fill(client, intake, you={**YOU, "name": "Amara \u202egnp.exe\u2066  Ali"})
    client.post(at(intake, "check"), {"conduct": "on"})
    assert Application.objects.get().name == "Amara gnp.exe Ali"


LONG = "x" * 10_000_000


@pytest.mark.parametrize(
    ("step", "data", "kept"),
    [
        ("you", {**YOU, "name": LONG}, "amara@example.org"),
        ("you", {**YOU, "email": LONG}, "Amara Ñandú"),
        ("role", {**ROLE, "scope": [LONG]}, "checked"),
        ("school", {"school": "not-listed", "school_text": LONG}, "not-listed"),
        ("study", {**STUDY, "discussed_name": LONG}, 'value="Asia/Dubai" selected'),
        ("study", {**STUDY, "discussed_name": "a\0b", "discussed_role": "CPD lead"}, "selected>CPD lead"),
        ("study", {**STUDY, "discussed_on": LONG}, 'value="Asia/Dubai" selected'),
        ("study", {**STUDY, "discussed_email": "nobody"}, "leave it empty"),
        ("study", {**STUDY, "zone": LONG}, "Choose a time zone"),
    ],
)
def test_what_is_too_long_or_damaged_is_refused_and_the_rest_is_still_there(client, intake, step, data, kept):
    fill(client, intake)
    response = client.post(at(intake, step), data)
    page = response.content.decode()
    assert response.status_code == 422
    assert "There is a problem" in page
    assert kept in page
    assert len(str(response.context["form"].errors)) < 1000  # what was sent stands in its field, nowhere else


def test_an_answer_that_is_larger_than_any_form_is_refused_with_a_page(client, intake):
    response = client.post(at(intake, "you"), {**YOU, "name": "x" * (13 * 1024 * 1024)})
    assert response.status_code == 400
    assert "<h1" in response.content.decode()


def test_the_back_button_after_sending_shows_what_happened_and_sends_nothing_twice(client, intake):
    fill(client, intake)
    client.post(at(intake, "check"), {"conduct": "on"})
    assert client.get(at(intake, "check")).url == at(intake, "you")  # a new one may be begun
    assert client.post(at(intake, "check"), {"conduct": "on"}).url == reverse(
        "public:apply_sent", args=[intake.pk]
    )
    assert client.post(at(intake, "study"), STUDY).url == at(intake, "you")
    assert Application.objects.count() == 1


def test_an_intake_that_closes_between_showing_and_sending_says_so_and_keeps_the_answers(client, intake):
    intake.applications_close_on = clock.today() + timedelta(days=1)
    intake.save()
    fill(client, intake)
    client.get(at(intake, "check"))
    later = factories.intake(
        starts_on=intake.starts_on + timedelta(days=200),
        applications_open_on=intake.applications_open_on,
        applications_close_on=intake.starts_on + timedelta(days=190),
    )
    with time_machine.travel(clock.now() + timedelta(days=3), tick=False):
        page = client.post(at(intake, "check"), {"conduct": "on"}).content.decode()
        assert "takes no applications now" in page
        assert "What you entered is kept" in page
        assert not Application.objects.exists()
        carried = client.get(reverse("public:apply", args=[later.pk]))
        assert carried.url == at(later, "check")
        assert "Amara Ñandú" in client.get(at(later, "check")).content.decode()


def test_the_form_closes_with_its_last_second(client, intake):
    fill(client, intake)
    end = clock.now().replace(hour=12) + timedelta(days=60)
    with time_machine.travel(end, tick=False):
        for response in (
            client.get(reverse("public:apply", args=[intake.pk])),
            client.post(at(intake, "check"), {"conduct": "on"}),
        ):
            assert "takes no applications now" in response.content.decode()
    assert not Application.objects.exists()


@pytest.mark.parametrize("pk", [999_999, 10**30])
def test_an_intake_that_is_not_there_is_not_found(client, pk, db):
    assert client.get(f"/apply/{pk}/").status_code == 404
    assert client.get(f"/apply/{pk}/sent/").status_code == 404


def test_what_happens_next_is_shown_to_the_sender_only(client, intake):
    assert client.get(reverse("public:apply_sent", args=[intake.pk])).status_code == 302


@pytest.mark.parametrize(
    ("key", "role", "shown"),
    [
        ("npqel-reformed-international", {"role_status": "in role", "schools": "2"}, "2"),
        (
            "npqlbc-reformed-international",
            {"role_status": "in role", "scope": ["pupil well-being"]},
            "pupil well-being",
        ),
        ("npqh-reformed-international", {"role_status": "aspiring"}, "want to take on"),
    ],
)
def test_each_version_asks_its_own_questions(client, db, key, role, shown):
    intake = open_intake(key)
    fill(client, intake, role=role, school={"school": "not-listed", "school_text": "Here"})
    assert shown in client.get(at(intake, "check")).content.decode()
    client.post(at(intake, "check"), {"conduct": "on"})
    assert Application.objects.get().details["entry"]["result"] == "eligible"


@pytest.mark.requirement("S1-04")
def test_other_senior_staff_describe_their_role(client, db):
    with time_machine.travel("2018-11-20T12:00:00+00:00", tick=False):
        intake = factories.intake(
            "npqsl-legacy-international", starts_on=date(2019, 1, 7), applications_close_on=date(2018, 12, 7)
        )
        client.post(at(intake, "you"), YOU)
        bare = {
            "role_status": "in role",
            "role": "other senior staff",
            "confirm_cross_school_responsibility": "on",
        }
        assert "role_description" in client.post(at(intake, "role"), bare).context["form"].errors
        assert (
            client.post(at(intake, "role"), {**bare, "role_description": "Head of sixth form"}).status_code
            == 302
        )
        assert client.post(at(intake, "role"), {**bare, "role": "SEN coordinator"}).status_code == 302


def test_the_address_of_whom_it_was_talked_over_with_is_kept_in_lower_case_and_can_be_left_out(
    client, intake
):
    fill(
        client,
        intake,
        study={**STUDY, "discussed_role": "headteacher", "discussed_email": "Hal@Lakeside.Example"},
    )
    assert "hal@lakeside.example" in client.get(at(intake, "check")).content.decode().lower()
    client.post(at(intake, "check"), {"conduct": "on"})
    assert Application.objects.get().details["discussed"] == {
        "role": "headteacher", "name": "", "on": "", "email": "hal@lakeside.example",
    }  # fmt: skip
