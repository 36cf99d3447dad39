"""A visitor applies in five steps; the school box; what must be answered, and what can be changed."""

from datetime import date

import pytest
import time_machine
from django.urls import reverse

from goldenthread.applications.models import Application
from goldenthread.common import clock, outbox
from goldenthread.people import schools
from goldenthread.people.models import Postcode
from tests import factories
from tests.factories import AT
from tests.factories_applications import open_intake
from tests.factories_public import ROLE, STUDY, YOU, at, fill, to_school

pytestmark = pytest.mark.django_db


@pytest.fixture
def intake(db):
    schools.load_sample(AT)
    return open_intake()


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
        "United Arab Emirates – Dubai",
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
    assert "apply for" in response.content.decode()
    assert reference not in response.content.decode()  # whoever types an address need not be its owner
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


def test_a_postcode_lists_near_schools_with_their_distance_and_says_where_it_stops(client, intake):
    to_school(client, intake)
    Postcode.objects.create(code="EC3A5DE", latitude=51.5139, longitude=-0.0776)
    page = client.get(at(intake, "school"), {"q": "ec3a5de"}).content.decode()
    assert "Schools within 25 km of EC3A 5DE, nearest first" in page
    assert page.index("The Aldgate School") < page.index(" km</div>")
    Postcode.objects.create(code="TR208XX", latitude=50.13, longitude=-5.5)
    none = client.get(at(intake, "school"), {"q": "TR20 8XX"}).content.decode()
    assert "No school in our list is within 25 km of TR20 8XX" in none
    assert '<details class="gt-more pub-not-listed" open>' in none


def test_a_urn_that_nobody_has_says_so(client, intake):
    to_school(client, intake)
    page = client.get(at(intake, "school"), {"q": "999999"}).content.decode()
    assert "has the URN 999999" in page


# --- what must be answered ---------------------------------------------------------------------------
def test_what_is_needed_is_not_called_optional(client, intake):
    client.post(at(intake, "you"), YOU)
    page = client.get(at(intake, "role")).content.decode()
    assert "What do you lead, or want to lead?" in page
    assert "(optional)" not in page
    response = client.post(at(intake, "role"), {"role_status": "in role"})
    assert response.status_code == 422
    assert "Choose what you lead" in response.content.decode()


def test_what_some_must_answer_says_who(client, db):
    with time_machine.travel("2018-11-20T12:00:00+00:00", tick=False):
        legacy = factories.intake(
            "npqsl-legacy-international", starts_on=date(2019, 1, 7), applications_close_on=date(2018, 12, 7)
        )
        client.post(at(legacy, "you"), YOU)
        page = client.get(at(legacy, "role")).content.decode()
        assert "Needed for “another role” or “other senior staff”" in page
        assert "(optional)" not in page
        response = client.post(at(legacy, "role"), {"role_status": "aspiring", "role": "__other__"})
        assert response.status_code == 422
        assert response.context["form"].errors["role_description"] == ["Write what your role is."]


def test_the_number_of_schools_says_who_must_give_it(client, db):
    intake = open_intake("npqel-reformed-international")
    client.post(at(intake, "you"), YOU)
    page = client.get(at(intake, "role")).content.decode()
    assert "Needed if you are in the role now" in page
    assert "(optional)" not in page
    assert client.post(at(intake, "role"), {"role_status": "in role"}).status_code == 422
    assert client.post(at(intake, "role"), {"role_status": "aspiring"}).status_code == 302


@pytest.mark.parametrize(("models", "linked"), [(["blended"], False), (["blended", "online-only"], True)])
def test_each_link_of_the_check_leads_to_something_that_can_be_changed(client, intake, models, linked):
    intake.delivery_models = models
    intake.save()
    fill(client, intake)
    rows = client.get(at(intake, "check")).context["rows"]
    way = next(row for row in rows if row["label"] == "Way to study")
    assert way["value"]
    assert bool(way["url"]) is bool(way["action"]) is linked
    for row in rows:
        if row["url"]:
            assert client.get(row["url"]).status_code == 200, row


def test_the_only_way_to_study_is_told_instead_of_asked(client, intake):
    intake.delivery_models = ["blended"]
    intake.save()
    fill(client, intake)
    page = client.get(at(intake, "study")).content.decode()
    assert "This intake is studied in one way: <strong>Blended</strong>" in page


def test_time_zones_are_places_by_country_with_the_zone_of_the_school_on_top(client, intake):
    fill(client, intake)
    page = client.get(at(intake, "study")).content.decode()
    assert page.count('value="Asia/Dubai"') == 1
    suggested = page[page.index('<optgroup label="Suggested">') : page.index("</optgroup>")]
    assert 'value="Asia/Dubai" selected' in suggested
    assert 'value="Europe/London"' in suggested
    for name in ("Etc/", "SystemV", "GMT+5", "EST5EDT"):
        assert name not in page
    assert client.post(at(intake, "study"), {**STUDY, "zone": "Etc/GMT+5"}).status_code == 422


def test_mails_of_an_application_render_without_a_gap(client, intake):
    fill(client, intake)
    client.post(at(intake, "check"), {"conduct": "on"})
    assert outbox.deliver_due(at=clock.now()) == 1
