"""What only a browser can tell of the public pages: edges that line up, and a comparison that fits a phone."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from tests import factories
from tests.browser import DESKTOP, PHONE, SMALL, Visit, accessibility_faults, sideways_scroll
from tests.factories_applications import open_intake

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.timeout(300),
]
WIDTHS = (320, 390, 768, 1280, 1920)
TWO_OF_A_CODE = (
    "/compare/?v=npqlt-reformed-international&v=npqlt-reformed-england&v=npqh-reformed-international"
)
EDGES = """() => [".gt-header-bar", "main", ".gt-footer-inner"].map((name) => {
  const part = document.querySelector(name), box = part.getBoundingClientRect(), style = getComputedStyle(part);
  return [box.left + parseFloat(style.paddingLeft), box.right - parseFloat(style.paddingRight)].map(Math.round).join();
})"""
CELLS = """() => [...document.querySelectorAll(".pub-compare tbody td")].map((cell) => ({
  label: getComputedStyle(cell, "::before").content.replaceAll('"', ""), row: cell.parentElement.cells[0].innerText,
  left: cell.getBoundingClientRect().left, right: cell.getBoundingClientRect().right,
}))"""


@pytest.fixture
def loaded(db: None) -> None:
    factories.load_catalogue()


@pytest.mark.usefixtures("loaded")
def test_header_page_and_footer_begin_and_end_at_the_same_edges(
    visit: Callable[..., Visit], live_server: Any
) -> None:
    page = visit().page
    for address in ("/", TWO_OF_A_CODE, "/programmes/", "/accounts/login/", "/verify/"):
        page.goto(address)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            edges = page.evaluate(EDGES)
            assert len(set(edges)) == 1, (address, width, edges)
            assert sideways_scroll(page) == 0, (address, width)


@pytest.mark.usefixtures("loaded")
def test_a_comparison_on_a_phone_names_row_and_programme_beside_each_value(
    visit: Callable[..., Visit], live_server: Any
) -> None:
    page = visit(viewport=SMALL).page
    page.goto(TWO_OF_A_CODE)
    cells = page.evaluate(CELLS)
    labels = ["NPQLT reformed, international", "NPQLT reformed, England", "NPQH"]
    assert [cell["label"] for cell in cells] == labels * (len(cells) // 3)
    assert all(cell["row"].strip() for cell in cells)
    assert all(0 <= cell["left"] < cell["right"] <= SMALL["width"] for cell in cells)
    assert accessibility_faults(page) == []
    page.set_viewport_size(DESKTOP)  # type: ignore[arg-type]
    assert {cell["label"] for cell in page.evaluate(CELLS)} == {"none"}
    page.set_viewport_size({"width": 700, "height": 1000})
    page.emulate_media(media="print")
    assert {cell["label"] for cell in page.evaluate(CELLS)} == {"none"}  # on paper it is a table
    assert sideways_scroll(page) == 0
    assert not page.locator(".pub-choose").is_visible()


@pytest.mark.usefixtures("loaded")
def test_what_is_compared_is_chosen_above_the_table_without_a_script(
    visit: Callable[..., Visit], live_server: Any
) -> None:
    page = visit(viewport=PHONE, java_script_enabled=False).page
    page.goto(TWO_OF_A_CODE)
    page.get_by_role("link", name="Leave out NPQLT reformed, England").click()
    expect(page.locator(".pub-chosen li")).to_have_text(["NPQLT", "NPQH"])
    page.get_by_text("Choose other versions").click()
    page.get_by_label("NPQEL reformed, international").check()
    page.get_by_role("button", name="Compare what is ticked").click()
    expect(page.locator(".pub-chosen li")).to_have_text(["NPQLT", "NPQH", "NPQEL"])


@pytest.mark.usefixtures("loaded")
def test_a_time_zone_is_found_by_typing_its_country(visit: Callable[..., Visit], live_server: Any) -> None:
    intake = open_intake()
    page = visit(viewport=DESKTOP, java_script_enabled=False).page
    page.goto(f"/apply/{intake.pk}/you/")
    page.get_by_label("Your full name").fill("Amara Applicant")
    page.get_by_label("E-mail address").fill("amara@example.org")
    page.get_by_role("button", name="Continue").click()
    page.get_by_label("I want to take on the role").check()
    page.get_by_label("Key stage").check()
    page.get_by_role("button", name="Continue").click()
    page.get_by_text("My school is not listed").click()
    page.get_by_label("Use the name that I write here").check()
    page.get_by_label("Name and town of your school").fill("A school, Hanoi, Vietnam")
    page.get_by_role("button", name="Continue").click()
    zone = page.get_by_label("Your time zone")
    zone.focus()
    page.keyboard.type("vietnam")
    assert zone.input_value() == "Asia/Ho_Chi_Minh"


NEW_PAGES = (
    "/",
    "/find/",
    "/find/?post=middle&status=in+role&asked=scope",
    "/find/?post=executive&status=in+role&scope=more+than+one+school&asked=schools",
    "/find/?post=middle&status=in+role&scope=phase&scope=pupil+well-being",
    "/programmes/npqsl-reformed-international/",
    "/programmes/npqsl-legacy-international/?years=2",
    "/programmes/npqsl-reformed-international/changes/",
    "/programmes/npqml/changes/",
    "/pathway/",
    "/programmes/npqh/pathway/",
    "/frameworks/?passed=NPQLBC&next=NPQSL",
    "/other/",
    "/other/hlta/",
    "/about/",
)


@pytest.mark.usefixtures("loaded")
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_of_visitors_are_accessible_and_fit_a_small_phone(
    visit: Callable[..., Visit], live_server: Any, scheme: str
) -> None:
    page = visit(viewport=SMALL, color_scheme=scheme).page
    for address in NEW_PAGES:
        page.goto(address)
        assert accessibility_faults(page) == [], address
        assert sideways_scroll(page) == 0, address


@pytest.mark.usefixtures("loaded")
def test_the_finder_is_answered_with_the_keyboard_and_without_a_script(
    visit: Callable[..., Visit], live_server: Any
) -> None:
    page = visit(viewport=PHONE, java_script_enabled=False).page
    page.goto("/")
    page.get_by_role("link", name="Find the one that fits you").click()
    page.get_by_label("Senior leader").press("Space")
    page.get_by_role("button", name="Continue").press("Enter")
    page.get_by_role("button", name="Continue").click()  # without an answer
    expect(page.get_by_role("link", name="Choose one of the two.")).to_be_visible()
    page.get_by_label("For a role that I want to take on").check()
    page.get_by_role("button", name="Continue").click()
    page.get_by_label("Whole school").check()
    page.get_by_role("button", name="Continue").click()
    page.get_by_label("Within 3 years").check()
    page.get_by_role("button", name="Continue").click()
    expect(page.locator(".pub-found h2")).to_have_text(["Headship NPQH"])
    page.get_by_role("link", name="Change The step after").click()
    page.get_by_label("Later than that").check()
    page.get_by_role("button", name="Continue").click()
    expect(page.locator(".pub-found h2")).to_have_text(["Senior Leadership NPQSL"])
    page.goto(page.url)  # the address holds it all
    expect(page.locator(".pub-found h2")).to_have_text(["Senior Leadership NPQSL"])


def test_the_menu_of_a_phone_reaches_the_foot_of_the_screen(
    visit: Callable[..., Visit], live_server: Any
) -> None:
    page = visit(viewport=PHONE).page
    page.goto("/verify/")
    page.locator(".gt-menu-button").first.click()
    box = page.locator(".gt-menu").bounding_box()
    assert box is not None
    assert (round(box["y"]), round(box["height"])) == (0, PHONE["height"])
