"""Headless Chromium for tests: pages at phone and desktop size, accessibility checks, pictures."""

import os
import shutil
from pathlib import Path
from typing import Any

from django.templatetags.static import static
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Error, Page, Playwright, expect

PHONE = {"width": 390, "height": 844}
SMALL = {"width": 320, "height": 640}
DESKTOP = {"width": 1280, "height": 900}
AXE, CONTRAST = "axe/axe.min.js", "tests/contrast.js"  # where tests/settings.py puts them
PATIENCE = 20_000  # milliseconds; machines that run tests are busy
expect.set_options(timeout=PATIENCE)
TWO_FRAMES = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
AXE_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
_CONTRASTS = set[int]()  # kinds of text that axe has found right in this process


def launch(playwright: Playwright) -> Browser:
    """The machine's own Chromium, which reaches for nothing outside; without a window's parts where there is one."""
    names = ("chromium-headless-shell", "chromium", "chromium-browser")
    path = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, names)), None)
    if not path:
        raise RuntimeError("The browser tests need Chromium. Type: sudo apt-get install chromium")
    return playwright.chromium.launch(
        executable_path=path,
        args=[
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",  # a container's is small, and Chromium waits for ever in a full one
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--no-first-run",
        ],
    )


class Visit:
    """One person's browser on the live server. Script errors and refused resources are collected in `faults`."""

    def __init__(self, browser: Browser, base_url: str, **options: Any) -> None:
        self.base_url = base_url
        usual = {"locale": "en-GB", "timezone_id": "Europe/London", "reduced_motion": "reduce"}
        self.context: BrowserContext = browser.new_context(base_url=base_url, **{**usual, **options})
        self.page: Page = self.context.new_page()
        self.faults: list[str] = []
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.on("console", self._console)

    def sign_in(self, person: Any) -> None:
        """Give this browser a session of a person, as signing in would."""
        client = Client()
        client.force_login(person)
        session = client.cookies["sessionid"].value
        self.context.add_cookies([{"name": "sessionid", "value": session, "url": self.base_url}])

    def _console(self, message: Any) -> None:
        # A refused form is answered with 422 or 409, which Chromium reports though nothing is wrong.
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.faults.append(message.text)

    def close(self) -> None:
        self.context.close()


def accessibility_faults(page: Page) -> list[str]:
    """What axe finds against WCAG 2.2 AA on the page as it is shown now, one line per rule and element.

    Of texts that are alike in all that contrast is made of, axe judges one, and asks no more of those it found right.
    """
    page.evaluate(TWO_FRAMES)  # scripts follow a change of the window's size in its next frame
    if not page.evaluate("'axe' in window"):
        for script in (AXE, CONTRAST):
            page.add_script_tag(url=static(script))
    options = {
        "runOnly": {"type": "tag", "values": AXE_TAGS},
        "resultTypes": ["violations"],
        "rules": {"color-contrast": {"enabled": False}},
    }
    found = page.evaluate("options => axe.run(options).then(results => results.violations)", options)
    unknown = [kind for kind in page.evaluate("kindsOfText()") if kind not in _CONTRASTS]
    if unknown:
        faults, right = page.evaluate("kinds => judgeContrast(kinds)", unknown)
        found += faults
        _CONTRASTS.update(right)
    return [
        f"{rule['id']}: {node['target']} {node['failureSummary']}" for rule in found for node in rule["nodes"]
    ]


def sideways_scroll(page: Page) -> int:
    """By how many pixels the page is wider than the window, once all of it is there: a click returns before that."""
    page.wait_for_load_state()
    width: int = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return width


def looks_right(page: Page, name: str) -> None:
    """The page fits its window and axe finds nothing; with PICTURES=folder in the environment also a picture of it."""
    if folder := os.environ.get("PICTURES"):
        picture(page, Path(folder) / f"{name}.png")
    assert (sideways_scroll(page), accessibility_faults(page)) == (0, []), name


def picture(page: Page, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        page.screenshot(path=str(path), animations="disabled")
    except Error:  # on a busy machine Chromium now and then has no picture to give
        page.wait_for_timeout(500)
        page.screenshot(path=str(path), animations="disabled")


def keeps_nothing_here(opened: Any, box: str, text: str, *, within: float) -> None:
    """Write into an editor in a browser that can keep nothing and has no line: it says that the text is only in the
    page; and, once it can keep something again, that it is on this device.
    """
    opened.page.evaluate(
        "() => { window.kept = Storage.prototype.setItem;"
        "Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError'); }; }"
    )
    opened.context.set_offline(True)
    opened.page.fill(box, text)
    state, saved = opened.page.locator("[data-state]"), opened.page.locator("[data-saved]")
    expect(state).to_contain_text("Your text is only in this page: don't close it.", timeout=within)
    expect(saved).to_have_text("in this page only")
    opened.page.evaluate("() => { Storage.prototype.setItem = window.kept; }")
    expect(state).to_contain_text("your text is kept on this device", timeout=within)
    expect(saved).to_have_text("on this device only")
    opened.context.set_offline(False)
