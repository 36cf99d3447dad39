"""A visitor applies in five steps; hostile, late, doubled and half-finished input; the first sign-in."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.urls import reverse

from goldenthread.applications.models import Application
from goldenthread.common import clock, outbox
from goldenthread.people import actions, queries, schools
from goldenthread.people.models import School, User
from tests import factories
from tests.factories import AT
from tests.factories_applications import open_intake

pytestmark = pytest.mark.django_db
YOU = {"name": "Amara Ñandú", "email": "amara@example.org"}
ROLE = {"role_status": "aspiring", "scope": ["key stage"]}
STUDY = {
    "delivery_model": "blended",
    "zone": "Asia/Dubai",
    "discussed_role": "",
    "discussed_name": "",
    "discussed_on": "",
}


@pytest.fixture
def intake(db):
    schools.load_sample(AT)
    return open_intake()


def at(intake, step):
    return reverse("public:apply_step", args=[intake.pk, step])


def fill(client, intake, *, you=YOU, role=ROLE, school=None, study=STUDY):
    """Answer the four steps; returns the last response."""
    dubai = School.objects.filter(name__startswith="Golden Palm").first()
    for step, data in {
        "you": you,
        "role": role,
        "school": school or {"school": str(dubai.pk), "q": "palm"},
        "study": study,
    }.items():
        response = client.post(at(intake, step), data)
        assert response.status_code == 302, (step, response.context["form"].errors)
    return response


def test_a_visitor_applies_from_the_programme_page_to_what_happens_next(client, intake):
    page = client.get(reverse("public:programme", args=[intake.version.key])).content.decode()
    assert reverse("public:apply", args=[intake.pk]) in page
    first = client.get(reverse("public:apply", args=[intake.pk]))
    assert first.url == at(intake, "you")
    assert fill(client, intake).url == at(intake, "check")
    check = client.get(at(intake, "check")).content.decode()
    for answer in (
        "Amara Ñandú",
        "amara@example.org",
        "key stage",
        "Asia/Dubai",
        "Golden Palm International School",
    ):
        assert answer in check, answer
    sent = client.post(at(intake, "check"), {"conduct": "on"}, follow=True)
    application = Application.objects.get()
    page = sent.content.decode()
    assert application.reference in page
    assert "What happens next" in page
    assert (application.school.town, application.zone, application.conduct_accepted) == (
        "Dubai",
        "Asia/Dubai",
        True,
    )


def test_a_double_click_and_the_back_button_make_one_application(client, intake):
    fill(client, intake)
    first = client.post(at(intake, "check"), {"conduct": "on"})
    second = client.post(at(intake, "check"), {"conduct": "on"})
    assert first.url == second.url == reverse("public:apply_sent", args=[intake.pk])
    assert Application.objects.count() == 1


def test_the_check_sent_twice_at_once_makes_one_application(client, intake):
    fill(client, intake)
    before = dict(client.session.items())
    client.post(at(intake, "check"), {"conduct": "on"})
    session = client.session
    session.clear()
    session.update(before)  # the second request had read the session before the first one wrote it
    session.save()
    client.post(at(intake, "check"), {"conduct": "on"})
    assert Application.objects.count() == 1


def test_answers_are_kept_and_can_be_changed_from_the_check(client, intake):
    fill(client, intake)
    assert 'value="Amara Ñandú"' in client.get(at(intake, "you")).content.decode()
    changed = client.post(at(intake, "you"), {**YOU, "name": "Amara Two"})
    assert changed.url == at(intake, "check")
    assert "Amara Two" in client.get(at(intake, "check")).content.decode()
    assert "checked" in client.get(at(intake, "role")).content.decode()
    assert "Golden Palm" in client.get(at(intake, "school")).content.decode()


def test_a_later_step_opens_only_after_the_earlier_ones(client, intake):
    for step in ("role", "school", "study", "check"):
        assert client.get(at(intake, step)).url == at(intake, "you")
    assert client.post(at(intake, "check"), {"conduct": "on"}).url == at(intake, "you")
    assert client.get(at(intake, "nonsense")).status_code == 404


@pytest.mark.requirement("S2-20")
def test_without_the_conduct_nothing_is_sent(client, intake):
    fill(client, intake)
    response = client.post(at(intake, "check"), {})
    assert response.status_code == 422
    assert "professional conduct" in response.content.decode()
    assert not Application.objects.exists()


@pytest.mark.requirement("S0-05")
def test_an_empty_scope_is_refused_at_its_field_with_the_four_scopes(client, intake):
    client.post(at(intake, "you"), YOU)
    response = client.post(at(intake, "role"), {"role_status": "aspiring"})
    assert response.status_code == 422
    assert "subject, year group, key stage, phase" in str(response.context["form"].errors["scope"])


def test_a_second_application_of_one_address_is_told_at_the_check(client, intake):
    fill(client, intake)
    client.post(at(intake, "check"), {"conduct": "on"})
    reference = Application.objects.get().reference
    client.cookies.clear()
    fill(client, intake, you={**YOU, "email": "AMARA@example.org"})
    response = client.post(at(intake, "check"), {"conduct": "on"})
    assert response.status_code == 422
    assert reference in response.content.decode()
    assert at(intake, "you") in response.content.decode()


# --- the school box ----------------------------------------------------------------------------------
def test_the_school_is_found_without_javascript(client, intake):
    client.post(at(intake, "you"), YOU)
    client.post(at(intake, "role"), ROLE)
    page = client.get(at(intake, "school"), {"q": "palm dubai"}).content.decode()
    assert "Golden Palm International School" in page
    piece = client.get(
        reverse("public:apply_schools", args=[intake.pk]), {"q": "palm dubai"}
    ).content.decode()
    assert "Golden Palm International School" in piece
    assert "<html" not in piece


@pytest.mark.parametrize("text", ["%", "\0%", "😀" * 50, "x" * 100_000, "' --"])
def test_hostile_searches_find_nothing(client, intake, text):
    client.post(at(intake, "you"), YOU)
    client.post(at(intake, "role"), ROLE)
    for response in (
        client.get(at(intake, "school"), {"q": text}),
        client.get(reverse("public:apply_schools", args=[intake.pk]), {"q": text}),
    ):
        assert response.status_code == 200
        assert "No school matches" in response.content.decode()


@pytest.mark.parametrize(
    "school",
    [
        {},
        {"school": "999999999"},
        {"school": "99999999999999999999"},
        {"school": "x"},
        {"school": "not-listed"},
        {"school": "²"},
    ],
)
def test_a_school_must_be_chosen_or_written(client, intake, school):
    client.post(at(intake, "you"), YOU)
    client.post(at(intake, "role"), ROLE)
    response = client.post(at(intake, "school"), {**school, "q": "palm"})
    assert response.status_code == 422
    assert "Golden Palm" in response.content.decode()  # what was found is still there


def test_a_school_that_is_not_listed_is_written(client, intake):
    fill(client, intake, school={"school": "not-listed", "school_text": "Écolé <b>", "q": ""})
    page = client.get(at(intake, "check")).content.decode()
    assert "Écolé &lt;b&gt;" in page
    client.post(at(intake, "check"), {"conduct": "on"})
    assert Application.objects.get().school_text == "Écolé <b>"


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
    from datetime import date

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


# --- the first sign-in -------------------------------------------------------------------------------
@pytest.fixture
def person(db):
    return actions.ensure_user(email="amara@example.org", name="Amara Applicant", by=None, at=AT)


def welcome(person):
    return reverse("public:welcome", args=[queries.welcome_token(person)])


def test_the_link_of_the_mail_sets_a_password_and_signs_in(client, person):
    link = welcome(person)
    assert "Welcome, Amara" in client.get(link).content.decode()
    good = {"new_password1": factories.PASSWORD, "new_password2": factories.PASSWORD}
    response = client.post(link, good)
    assert response.url == reverse("start")
    assert client.session["_auth_user_id"] == str(person.pk)
    assert client.get(link).status_code == 410
    assert client.post(link, good).status_code == 410


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("", ""),
        ("short", "short"),
        ("123456789012", "123456789012"),
        ("a-long-enough-phrase-7", "other"),
        ("x" * 10_000_000, "x"),
    ],
)
def test_a_weak_or_mistyped_password_is_refused(client, person, first, second):
    response = client.post(welcome(person), {"new_password1": first, "new_password2": second})
    assert response.status_code == 422
    assert not User.objects.get(pk=person.pk).has_usable_password()


def test_an_old_link_says_how_to_get_a_new_one(client, person):
    link = welcome(person)
    with time_machine.travel(clock.now() + timedelta(days=15), tick=False):
        response = client.get(link)
    assert response.status_code == 410
    assert reverse("account_reset_password") in response.content.decode()


def test_a_person_without_a_password_can_ask_for_a_new_link(client, person):
    client.post(reverse("account_reset_password"), {"email": person.email})
    assert [sent.to for sent in mail.outbox] == [[person.email]]
    assert re.search(r"/accounts/password/reset/key/", mail.outbox[0].body)


def test_mails_of_an_application_render_without_a_gap(client, intake):
    fill(client, intake)
    client.post(at(intake, "check"), {"conduct": "on"})
    assert outbox.deliver_due(at=clock.now()) == 1
