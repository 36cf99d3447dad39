"""The stage of a journey and who stands on it: clock, mail, and people at browsers of their own."""

import os
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core import mail
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Locator, Page, expect

from goldenthread.common import clock, outbox
from goldenthread.people.models import User
from tests.browser import DESKTOP, PATIENCE, Visit, accessibility_faults, picture, sideways_scroll
from tests.factories import PASSWORD

PICTURES = Path(__file__).resolve().parents[2] / "docs" / "pictures"
Text = str | re.Pattern[str]
ANYTHING = re.compile(".")


def london(*moment: int) -> datetime:
    """An instant by the clocks of London, in UTC: a zone of its own would move the whole process there."""
    return datetime(*moment, tzinfo=ZoneInfo("Europe/London")).astimezone(UTC)  # type: ignore[arg-type, misc]


class Stage:
    """What the people of a journey share. Faults of pages are collected, so that one run shows them all.

    With `looks_closely=False` they do all the same, and what axe says of the pages is left to the run on the other
    database: whether a page is accessible is decided by its templates and styles.
    """

    def __init__(self, visit: Callable[..., Visit], travel: Any, *, looks_closely: bool = True) -> None:
        self.visit, self._travel, self._looks_closely = visit, travel, looks_closely
        self._looked_at: set[tuple[str, str]] = set()
        self.faults: list[str] = []

    def clock_shows(self, *moment: int) -> None:
        """Move the server's clock to a moment in London; it goes on from there."""
        self._travel.move_to(london(*moment))

    def worker_runs(self) -> None:
        """Deliver what the outbox holds, as the worker does every few seconds."""
        while outbox.deliver_due(at=clock.now()):
            pass

    def letter(self, to: str, subject: str) -> str:
        """The text of the last mail to somebody whose subject holds `subject`."""
        self.worker_runs()
        found = [one for one in mail.outbox if to in one.to and subject in one.subject]
        assert found, f"no mail “{subject}” to {to}: {[(one.to, one.subject) for one in mail.outbox]}"
        return str(found[-1].body)

    def look_at(self, page: Page) -> None:
        """A page fits its window every time, and is accessible when it is met for the first time."""
        page.wait_for_load_state("load")
        where = (re.sub(r"\d+|[EA]-\w+", "#", urlsplit(page.url).path), page.title())
        wide = sideways_scroll(page)
        if wide > 0:
            self.faults.append(f"{where}: {wide} px too wide for {page.viewport_size}")
        if self._looks_closely and where not in self._looked_at:
            self._looked_at.add(where)
            self.faults += [f"{where}: {fault}" for fault in accessibility_faults(page)]


def link_in(letter: str, part: str = "") -> str:
    """Where the link of a mail leads on this server."""
    url = next(url for url in re.findall(r"https?://\S+", letter) if part in url)
    found = urlsplit(url)
    return f"{found.path}?{found.query}" if found.query else found.path


def takes_picture(page: Page, name: str) -> None:
    """A picture for the README, when it is missing or GOLDENTHREAD_PICTURES=1 asks for a new one."""
    path = PICTURES / f"{name}.png"
    if os.environ.get("GOLDENTHREAD_PICTURES") == "1" or not path.exists():
        page.evaluate("document.fonts.ready")
        picture(page, path)


class Person:
    """Somebody at a browser of their own; signed out until they sign in."""

    def __init__(self, stage: Stage, name: str = "", email: str = "", size: Any = DESKTOP) -> None:
        self.stage, self.name, self.email = stage, name, email
        self.visit = stage.visit(viewport=size)
        self.page: Page = self.visit.page
        self._has_signed_in = False
        self.page.set_default_timeout(PATIENCE)

    # --- coming and going ------------------------------------------------------------------------------
    def signs_in(self, heading: Text) -> None:
        """Arrive at one's own first page with a new session: by the password at first, later as whoever has one."""
        self.visit.context.clear_cookies()
        if self._has_signed_in:
            self._takes_a_session()
            self.opens(reverse(settings.LOGIN_REDIRECT_URL), heading)
            return
        self._has_signed_in = True
        self.opens("/accounts/login/", "Sign in")
        self.fills("E-mail address", self.email)
        self.fills("Password", PASSWORD)
        self.presses("Sign in")
        self.arrives_at(heading)

    def _takes_a_session(self) -> None:
        client = Client()
        client.force_login(User.objects.get(email=self.email))
        session = client.cookies[settings.SESSION_COOKIE_NAME].value
        cookie = {"name": settings.SESSION_COOKIE_NAME, "value": session, "url": self.visit.base_url}
        self.visit.context.add_cookies([cookie])  # type: ignore[list-item]

    def sets_a_password(self, mail: str, heading: Text) -> None:
        """Follow the link of the mail that invites them, and arrive at their first page, signed in."""
        self.follows_the_invitation(mail)
        self.chooses_a_password(PASSWORD)
        self.arrives_at(heading)
        self.sees("Your password is set")

    def follows_the_invitation(self, mail: str) -> None:
        welcome = link_in(self.stage.letter(self.email, mail), "/welcome/")
        self.opens(welcome, f"Welcome, {self.name.split()[0]}")

    def chooses_a_password(self, password: str) -> None:
        self.fills("New password", password)
        self.fills("The same again", password)
        self.presses("Set password and go on")

    def opens(self, address: str, heading: Text) -> None:
        self.page.goto(address)
        self.arrives_at(heading)

    def arrives_at(self, heading: Text) -> None:
        """The page with this heading is there; it fits the window and is accessible."""
        self.is_back_at(heading)
        self.stage.look_at(self.page)

    def is_back_at(self, heading: Text) -> None:
        """The page with this heading is there; for what has been looked at before, and is repeated in a hurry."""
        expect(self.page.locator("h1")).to_have_text(heading)

    def follows(self, name: Text, *, inside: str = "main") -> None:
        place = self.page.locator(inside)
        place.get_by_role("link", name=name, exact=isinstance(name, str)).first.click()

    # --- reading ------------------------------------------------------------------------------------------
    def sees(self, *texts: Text, inside: str = "main") -> None:
        for text in texts:
            expect(self.page.locator(inside).first).to_contain_text(text)

    def never_sees(self, *texts: str) -> None:
        """Not in what is shown, nor anywhere in the page as it was sent."""
        self.page.wait_for_load_state()
        content = self.page.content()
        for text in texts:
            assert text not in content, f"“{text}” is on {self.page.url}"

    def is_refused(self, *texts: Text) -> None:
        """The form came back with a summary of what is wrong."""
        self.sees(*texts, inside=".gt-errors")
        self.stage.look_at(self.page)

    def asks(self, address: str, **options: Any) -> Any:
        """The raw answer of the server to this person, without a page."""
        return self.page.request.fetch(address, fail_on_status_code=False, **options)

    # --- doing --------------------------------------------------------------------------------------------
    def fills(self, label: Text, text: str, *, inside: str = "body") -> None:
        self.field(label, inside=inside).fill(text)

    def field(self, label: Text, *, inside: str = "body") -> Locator:
        labelled = self.page.locator(inside).get_by_label(label, exact=isinstance(label, str))
        return labelled.and_(self.page.locator("input, textarea, select")).first

    def chooses(self, label: Text, *, inside: str = "body") -> None:
        self.field(label, inside=inside).check()

    def presses(self, name: Text, *, inside: str = "body") -> None:
        place = self.page.locator(inside)
        place.get_by_role("button", name=name, exact=isinstance(name, str)).first.click()

    def selects(self, label: Text, *parts: str) -> None:
        """Choose from a list the first option whose text holds all parts."""
        field = self.field(label)
        options = field.locator("option")
        for part in parts:
            options = options.filter(has_text=part)
        field.select_option(label=str(options.first.inner_text()))

    def unfolds(self, summary: Text) -> None:
        self.page.locator("summary").filter(has_text=summary).first.click()


class Staff(Person):
    """Somebody to whom the office gives a role."""

    role = first_page = ""

    def accepts_the_role(self) -> None:
        """Set a password with the link of the mail, and arrive at the first page of the role."""
        self.sets_a_password("Your role at", self.first_page)
