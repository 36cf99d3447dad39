"""The main pages of everybody: they fit every screen, are accessible in light and dark, and need no script.

The people and what they have done by today are the demonstration's, in small (`tests/world.py`).
"""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Page, Response

from tests import world
from tests.browser import DESKTOP, PATIENCE, PHONE, SMALL, Visit, accessibility_faults, sideways_scroll
from tests.journeys.stage import takes_picture

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.timeout(1800),
    pytest.mark.alike,
]
# By key of the cast ("" is a visitor): the first page first, then the main ones.
PAGES = {
    "": """/ /programmes/ /programmes/{key}/ /compare/?v={key}&v=npqh-reformed-international /verify/ /verify/{code}/
        /verify/file/
        /apply/{intake_id}/ /search/ /search/?q=leader /search/?q=certifcate /help/ /glossary/
        /interest/ /interest/{key}/ /partners/{organisation_id}/ /ask/ /ask/{key}/ /chat/
        /contact/ /accessibility/ /privacy/ /about-the-data/ /accounts/login/
        /accounts/password/reset/ /find/ /pathway/ /programmes/{key}/changes/ /other/ /about/
        /frameworks/ /programmes/{key}/framework/ /programmes/{key}/reading/ /about/claims/""",
    "amara": """/my/ /my/schedule/ /my/learning/ /my/learning/modules/{module}/ /my/learning/tasks/{task}/
        /my/engagement/ /my/coaching/ /my/learning/practice/ /my/learning/practice/{scenario_id}/
        /my/learning/practice/{scenario_id}/mark-scheme/ /my/assessment/ /my/result/ /my/award/ /my/rules/
        /accounts/2fa/""",
    "priya": """/my/ /my/assessment/ /my/assessment/{sitting_id}/ /my/assessment/{sitting_id}/upload/
        /my/assessment/{sitting_id}/versions/ /my/assessment/{sitting_id}/versions/1/
        /my/assessment/adjustments/""",
    "rhys": "/my/ /my/result/ /my/award/ /my/award/next/ /my/transcript/ /my/award/credit/",
    "una": "/university/ /university/requests/{asked}/",
    "helen": "/school/ /school/people/{reference}/",
    "tom": """/teach/ /teach/events/ /teach/events/{day_id}/ /teach/events/{day_id}/register/ /teach/responses/
        /teach/responses/{response_id}/ /teach/practice/ /teach/practice/{practised}/""",
    "cora": "/teach/ /teach/coaching/ /teach/coaching/{pairing_id}/ /teach/support/ /teach/support/{plan_id}/",
    "maya": """/mark/ /mark/{marking_id}/ /mark/discussions/{discussion_id}/
        /mark/pay/ /mark/reliability/ /mark/practice/{window_id}/
        /mark/practice/{window_id}/{set_number}/{number}/ /mark/availability/ /mark/hand-back/""",
    "joseph": "/mark/",
    "ingrid": """/moderate/ /moderate/rounds/{round_id}/ /moderate/scripts/{sampled_id}/ /moderate/batches/{batch_id}/
        /moderate/rounds/{round_id}/batches/ /moderate/known/""",
    "pat": """/partner/ /partner/people/ /partner/people/{reference}/ /partner/groups/{group_id}/ /partner/enquiries/
        /partner/enquiries/{theirs}/ /partner/interest/""",
    "olu": """/office/ /office/pipeline/ /office/applications/ /office/applications/{application}/ /office/people/
        /office/people/{reference}/ /office/people/{reference}/credits/{entry_id}/ /office/engagement/
        /office/windows/ /office/windows/new/ /office/windows/{window_id}/ /office/windows/{window_id}/marking/
        /office/windows/{window_id}/outcomes/ /office/windows/adjustments/
        /office/windows/adjustments/{adjustment_id}/ /office/windows/late/{key}/
        /office/people/{reference}/adjustments/new/ /office/windows/{window_id}/integrity/
        /office/windows/questions/{flag_id}/ /office/windows/cases/{misconduct_id}/
        /office/windows/sittings/{sitting_id}/writing/ /office/windows/sittings/{sitting_id}/writing/1/
        /office/messages/ /office/messages/{message_id}/ /office/catalogue/ /office/catalogue/{key}/
        /office/staff/ /office/staff/add/
        /office/organisations/add/ /office/organisations/ /office/organisations/{organisation_id}/
        /office/organisations/roles/{role_id}/end/ /office/people/{reference}/coaching/ /office/case-studies/
        /office/destinations/ /office/awards/ /office/awards/credit/ /office/awards/credit/{agreement}/
        /office/people/{reference}/transcript/
        /office/enquiries/ /office/enquiries/?state=quarantine /office/enquiries/{enquiry}/
        /office/enquiries/new/ /office/enquiries/people/{prospect_id}/ /office/enquiries/templates/
        /office/enquiries/chat/ /office/enquiries/chat/{chat}/ /office/enquiries/interest/
        /office/enquiries/testimonials/ /office/enquiries/testimonials/add/
        /office/organisations/{organisation_id}/contacts/ /office/windows/appeals/ /office/windows/appeals/{appeal_id}/
        /office/windows/appeals/policy/{key}/ /office/windows/changes/ /office/windows/changes/{change_id}/
        /office/windows/support/ /office/windows/support/{plan_id}/ /office/case-studies/shown/
        /office/windows/{window_id}/sample/ /office/windows/{window_id}/board/ /office/windows/{answered}/national/
        /office/windows/{answered}/national/{answer_id}/ /office/pay/ /office/windows/{window_id}/marking/pay/
        /office/windows/{window_id}/marking/pay/rates/ /office/windows/{window_id}/marking/pay/runs/1/
        /office/windows/{window_id}/marking/pay/set-aside/{aside_id}/ /office/payments/{paid}/correct/
        /office/windows/documents/ /office/windows/documents/{check_id}/ /office/windows/{window_id}/marking/markers/
        /office/windows/{window_id}/marking/policy/ /office/windows/{window_id}/marking/standardisation/
        /office/windows/{window_id}/marking/sets/{set_id}/ /office/windows/stops/{stop_id}/
        /office/discussions/{discussion_id}/ /office/projects/days/{days}/ /office/projects/days/{days}/change/
        /office/catalogue/{key}/policies/ /office/people/{reference}/beyond-the-months/
        /office/windows/beyond-the-months/ /office/windows/beyond-the-months/{late_id}/ /office/markers/named/
        /office/windows/documents/sent/{sent}/ /office/windows/{window_id}/marking/takes/""",
    "ada": """/office/case-studies/ /office/case-studies/{case_id}/ /office/case-studies/new/
        /office/case-studies/{case_id}/practice/""",
}


def addresses(small_world: world.World) -> dict[str, list[str]]:
    """The pages of each person, with numbers and references that exist."""
    known = small_world.kwargs()
    values = {
        **known["by parameter"],
        "module": known["participant:module"]["key"],
        "task": known["participant:task"]["key"],
        "enquiry": known["office:enquiry"]["reference"],
        "theirs": known["partner:enquiry"]["reference"],
        "chat": known["office:chat"]["reference"],
        "asked": known["university:request"]["reference"],
        "answered": known["office:national"]["window_id"],
        "practised": known["teaching:practice_response"]["response_id"],
        "paid": known["office:pay_correct"]["entry_id"],
        "days": known["office:hand_in"]["window_id"],
        "sent": known["office:document_sent"]["upload_id"],
        "agreement": known["office:agreement"]["agreement_id"],
        "application": known["office:application"]["reference"],
    }
    return {person: [page.format_map(values) for page in pages.split()] for person, pages in PAGES.items()}


def come_in(
    visit: Callable[..., Visit], live_server: Any, small_world: world.World, key: str, **options: Any
) -> Visit:
    """A browser for one of the cast, signed in; for a visitor signed out."""
    one = visit(viewport=DESKTOP, **options)
    one.page.set_default_timeout(PATIENCE)
    if key:
        client = Client()
        client.force_login(small_world.cast[key])
        session = client.cookies[settings.SESSION_COOKIE_NAME].value
        one.context.add_cookies(
            [{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}]
        )
    return one


def arrive(page: Page, address: str) -> list[str]:
    """Open a page; says what is wrong with its answer, its title or its heading."""
    answer: Response | None = page.goto(address)
    faults = [] if answer and answer.status == 200 else [f"answers {answer and answer.status}"]
    if not page.title().removesuffix("– Golden Thread").strip():
        faults.append("has no title")
    headings = page.locator("h1").count()
    return faults if headings == 1 else [*faults, f"has {headings} first headings"]


def look(page: Page) -> list[str]:
    """What is wrong at 1280, 390 and 320 pixels, in light and in dark."""
    faults = []
    for size, scheme in ((DESKTOP, "light"), (PHONE, "dark"), (SMALL, "light")):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        page.set_viewport_size(size)  # type: ignore[arg-type]
        found = accessibility_faults(page)
        wide = sideways_scroll(page)
        found += [f"is {wide} px too wide"] * (wide > 0)
        faults += [f"at {size['width']} px, {scheme}: {fault}" for fault in found]
    page.emulate_media(color_scheme="light")
    page.set_viewport_size(DESKTOP)  # type: ignore[arg-type]
    return faults


def without_script(page: Page, address: str) -> list[str]:
    """What is wrong with a page in a browser without JavaScript: what only a script can do stays hidden."""
    found = arrive(page, address)
    if page.locator("[data-needs-script]:visible, [data-copies]:visible").count():
        found.append("shows what needs a script")
    return [f"without JavaScript: {fault}" for fault in found]


def test_pages_fit_every_screen_are_accessible_reach_for_no_other_host_and_need_no_script(
    visit: Callable[..., Visit], live_server: Any
) -> None:
    small_world = world.build()
    faults: list[str] = []
    hosts: set[str] = set()
    for key, pages in addresses(small_world).items():
        one = come_in(visit, live_server, small_world, key)
        other = come_in(visit, live_server, small_world, key, java_script_enabled=False)
        one.context.on("request", lambda request: hosts.add(urlsplit(request.url).netloc))
        for address in pages:
            found = [*arrive(one.page, address), *look(one.page), *without_script(other.page, address)]
            faults += [f"{key or 'visitor'} {address} {fault}" for fault in found]
            if address == "/office/":
                takes_picture(one.page, "office-desk")
    assert not faults, "\n".join(faults)
    assert hosts - {""} == {urlsplit(live_server.url).netloc}  # "" is that of data: addresses
