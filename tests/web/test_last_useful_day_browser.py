"""On phone and desk, in a real browser: hand-in days that end too late for a pass, and what waits for its writer."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from playwright.sync_api import expect

from goldenthread.assessment import sealed
from goldenthread.assessment.models import CaseStudy
from goldenthread.common import clock
from goldenthread.people import kept_forms
from goldenthread.people.models import Organisation, Role
from goldenthread.web.shared import sending_again
from tests import factories
from tests import factories_marking as marked
from tests import factories_projects as make
from tests.browser import DESKTOP, PHONE, SMALL, looks_right
from tests.web.test_assessor_browser import enter

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SIZES = [("phone", PHONE), ("small", SMALL), ("desk", DESKTOP)]


@pytest.fixture
def amara() -> Any:
    """Whose pass must be there in two to three months, so that the last useful day is near; the days end later."""
    factories.load_catalogue()
    today = clock.day_of(clock.now())
    school = factories.school("Hillside School")
    Organisation.objects.create(name="Hillside School organisation", school=school)
    ends = today + timedelta(days=75)
    months = 12 * ends.year + ends.month - 1 - 18
    starts_on = date(months // 12, months % 12 + 1, 15)
    intake = make.intake(make.NPQSL, starts_on=starts_on)
    one = make.candidate(make.NPQSL, to=intake, school=school)
    make.planned(one)
    return one


@pytest.mark.parametrize(("size", "viewport"), SIZES)
def test_everybody_reads_that_the_days_end_too_late(
    visit: Any, live_server: Any, amara: Any, size: str, viewport: Any
) -> None:
    today = clock.day_of(clock.now())
    scheme = make.scheme(amara.version, "project")
    office = enter(visit, live_server, make.office(), viewport=viewport)
    office.goto(reverse("office:hand_in_days", args=[amara.intake_id, "project"]))
    office.fill("[name=opens_on]", today.isoformat())
    office.fill("[name=closes_on]", (today + timedelta(days=120)).isoformat())
    office.select_option("[name=scheme]", str(scheme.pk))
    looks_right(office, f"{size}-set")
    office.get_by_role("button", name="Set these days and tell everybody").click()
    expect(office.locator(".gt-callout-warning")).to_contain_text("Amara Applicant")
    looks_right(office, f"{size}-warned")
    office.get_by_role("button", name="Set these days all the same").click()
    expect(office.locator(".gt-callout-warning")).to_contain_text("They are told on their pages")
    looks_right(office, f"{size}-set-days")
    page = enter(visit, live_server, amara.user, viewport=viewport)
    for name in ("project", "project_account", "account_upload"):
        page.goto(reverse(f"participant:{name}", args=["project"]))
        expect(page.locator(".gt-callout-warning").first).to_contain_text("last useful day")
        looks_right(page, f"{size}-{name}")
    for name in ("home", "assessment", "schedule", "achievement"):
        page.goto(reverse(f"participant:{name}"))
        expect(page.locator("main")).to_contain_text("last useful day")
        looks_right(page, f"{size}-{name}")
    organisation = amara.school.organisation
    head = enter(visit, live_server, factories.member(Role.HEAD_TEACHER, of=organisation), viewport=viewport)
    head.goto(reverse("school:person", args=[amara.reference]))
    expect(head.locator("main")).to_contain_text("Last useful day to hand in")
    looks_right(head, f"{size}-school")


@pytest.mark.parametrize(("size", "viewport"), SIZES[::2])
def test_kept_texts_and_the_form_of_attempts_are_sound(
    visit: Any, live_server: Any, amara: Any, size: str, viewport: Any
) -> None:
    now = clock.now()
    kept_forms.keep_form(
        user=amara.user, page="/my/learning/", title="A form", texts={"focus": "What I wrote."}, arrived_at=now,
        at=now,
    )  # fmt: skip
    page = enter(visit, live_server, amara.user, viewport=viewport)
    page.goto(reverse("kept_texts"))
    expect(page.locator("main")).to_contain_text("and is kept until")
    looks_right(page, f"{size}-kept")
    office = enter(visit, live_server, make.office(), viewport=viewport)
    office.goto(reverse("office:draft_new"))
    office.select_option("[name=based_on]", "npqlt-reformed-international")
    office.get_by_role("button", name="Start the draft").click()
    office.get_by_role("link", name="Sitting again").click()
    office.fill("[name=most]", "2")
    office.check("[name=unlimited]")
    office.get_by_role("button", name="Save").click()
    expect(office.locator("main")).to_contain_text("a limit and none can't hold together")
    looks_right(office, f"{size}-attempts-refused")
    office.uncheck("[name=unlimited]")
    office.get_by_role("button", name="Save").click()
    expect(office.locator("main")).to_contain_text("Saved. Check it before it is published.")


def test_an_authors_text_comes_back_under_its_button_and_is_saved(visit: Any, live_server: Any) -> None:
    case = marked.case_study(factories.intake())
    CaseStudy.objects.filter(pk=case.pk).update(state="draft", published_at=None, published_by=None)
    where = reverse("office:case_study", args=[case.pk])
    text = "A head of department finds that nobody plans together any more."
    client = Client()
    client.force_login(case.author)
    fields = {"title": "Planning", "body": f"{text}\nWhat they try fails.", "question": "What first?"}
    said = {**fields, "revision": str(case.revision), "person": str(case.author_id)}
    session = client.session
    session[f"{sending_again.WAITS}{where}"] = {
        "sealed": sealed.seal_sent(said.items(), author=case.author.pk),
        "at": clock.now().isoformat(),
    }
    session.save()
    opened = visit(viewport=PHONE)
    opened.context.add_cookies(
        [{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}]
    )
    page = opened.page
    page.goto(where)
    expect(page.locator("h1")).to_have_text("Not saved yet: send it again")
    looks_right(page, "phone-sealed")
    page.get_by_role("button", name="Send it again").click()
    expect(page.locator("main")).to_contain_text("The text is saved.")
    expect(page.locator("[name=body]")).to_have_value(f"{text}\nWhat they try fails.")
