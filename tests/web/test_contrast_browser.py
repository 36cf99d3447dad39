"""Texts of one kind are judged for contrast once, and none that can't be read passes for another that can."""

from typing import Any

import pytest
from playwright.sync_api import Page

from tests import browser
from tests.browser import accessibility_faults

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
STYLES = """
  body { background: #fff; color: #333 }
  .pale { color: #ccc }
  .night { background: #111 }
  .over { position: absolute; top: 0; left: 0; background: #111; padding: 20px; width: 300px; height: 200px }
  .over + .over { background: none }
"""


@pytest.fixture(autouse=True)
def _nothing_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(browser, "_CONTRASTS", set())


@pytest.fixture
def page(visit: Any) -> Page:
    shown: Page = visit(bypass_csp=True).page
    shown.goto("/accessibility/")
    return shown


def faults(page: Page, body: str) -> list[str]:
    """What is said of the contrast of a page with this content, by the names of its elements."""
    head = f"<head><title>A page</title><style>{STYLES}</style></head>"
    page.set_content(f'<html lang="en">{head}<body><main>{body}</main></body></html>')
    found = [fault for fault in accessibility_faults(page) if fault.startswith("color-contrast")]
    return [fault.split("'")[1] for fault in found]


def test_a_text_that_is_read_says_nothing_of_one_in_another_colour_or_on_another_ground(page: Page) -> None:
    sound = "<p>One</p><p>Another</p>"
    assert faults(page, sound) == []
    assert faults(page, f'{sound}<p class="pale" id="a">Pale</p>') == ["#a"]
    assert faults(page, f'{sound}<div class="night"><p id="b">At night</p></div>') == ["#b"]


def test_what_is_wrong_is_wrong_on_every_page(page: Page) -> None:
    for _ in range(2):
        assert faults(page, '<p>One</p><p class="pale" id="a">Pale</p>') == ["#a"]


def test_the_label_of_a_field_that_can_not_be_used_says_nothing_of_one_that_can(page: Page) -> None:
    off, on = (
        '<label class="pale">Name <input disabled></label>',
        '<label class="pale" id="a">Name <input></label>',
    )
    assert faults(page, off) == []
    assert faults(page, off + on) == ["#a"]


def test_a_text_over_another_ground_than_the_one_around_it_is_judged_on_every_page(page: Page) -> None:
    above = '<div class="over" style="background: #fff"></div><div class="over"><p id="a">Above</p></div>'
    assert faults(page, above) == []
    assert faults(page, above.replace("#fff", "#111")) == ["#a"]


def test_what_was_found_right_is_not_asked_again(page: Page) -> None:
    assert faults(page, "<p>One</p>") == []
    page.set_content("<html><body><p>Two</p></body></html>")
    known = set(browser._CONTRASTS)
    assert known
    assert faults(page, "<p>Another</p><p>And another</p>") == []
    assert known == browser._CONTRASTS
