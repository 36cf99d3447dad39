"""Pages of sample rules, batches, national moderation and the board, in a browser: they fit and are accessible."""

from datetime import date, timedelta
from typing import Any

import pytest

from goldenthread.moderation import actions, batches, drawing, national, shifting
from goldenthread.moderation.batches import Which
from goldenthread.moderation.sampling import Terms
from goldenthread.moderation.shift_rules import Move
from goldenthread.people.models import Role, User
from tests import factories
from tests import factories_marking as make
from tests import factories_projects as projects
from tests.browser import DESKTOP, PHONE, SMALL, looks_right
from tests.outcomes import test_projects as road
from tests.web.test_assessor_browser import enter

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SIZES = {"desktop": DESKTOP, "phone": PHONE, "small": SMALL}
LONG_WORD = (
    "https://example.org/" + "a" * 300
)  # an address that somebody pasted breaks, and the page still fits


@pytest.mark.parametrize("size", SIZES)
def test_pages_of_moderation_fit_and_are_accessible(visit: Any, live_server: Any, size: str) -> None:
    olu = factories.member(Role.OFFICE, "Olu Office")
    chidi = factories.member(Role.MODERATOR, "Chidi Moderator")
    window = make.window()
    make.markers(2)
    for _ in range(12):
        make.sitting(window)
    office = enter(visit, live_server, olu, viewport=SIZES[size])
    drawing.set_terms(
        window=window, terms=Terms(20, 3, 2, each_least=3, each_percent=30), by=olu, at=make.CLOSED
    )
    office.goto(f"/office/windows/{window.pk}/sample/")
    looks_right(office, f"sample-rules-{size}")
    make.mark_all(window, [make.POOR, make.GOOD, make.marks(2, 2, 3, 3, 3), make.marks(2, 3, 2, 2, 2)])
    opened = actions.open_round(window=window, by=chidi, at=make.CLOSED, seed="seed")
    for sampled in opened.sample.order_by("pk")[:3]:
        actions.mark_blind(sampled=sampled, marks=make.FAIR, by=chidi, at=make.CLOSED)
        actions.decide(sampled=sampled, decision="confirmed", note=LONG_WORD, by=chidi, at=make.CLOSED)
    ben = User.objects.get(name="Ben Marker")
    batch = batches.propose(
        round=opened,
        which=Which(ben.pk, 2, 3),
        reason="Point 2 is too low in K00002.",
        by=chidi,
        at=make.CLOSED,
    )
    for address, name in (
        (f"/office/windows/{window.pk}/sample/", "sample-drawn"),
        (f"/office/windows/{window.pk}/board/", "board"),
        (f"/moderate/batches/{batch.pk}/", "batch"),
        (f"/moderate/rounds/{opened.pk}/", "round-office"),
    ):
        office.goto(address)
        looks_right(office, f"{name}-{size}")
    moderator = enter(visit, live_server, chidi, viewport=SIZES[size])
    for address, name in (
        (f"/moderate/rounds/{opened.pk}/batches/", "batches"),
        (f"/moderate/rounds/{opened.pk}/batches/?fresh=1", "batches-fresh"),
        (f"/moderate/rounds/{opened.pk}/", "round"),
        (f"/moderate/scripts/{sampled.pk}/", "decided-with-a-long-word"),
    ):
        moderator.goto(address)
        looks_right(moderator, f"{name}-{size}")


@pytest.mark.parametrize("size", SIZES)
def test_pages_of_a_shift_fit_and_are_accessible(visit: Any, live_server: Any, size: str) -> None:
    window, chidi = make.window(), factories.member(Role.MODERATOR, "Chidi Moderator")
    mo = factories.member(Role.MODERATOR, "Mo Moderator")
    make.markers(2)
    for _ in range(3):
        make.sitting(window)
    make.mark_all(window, [make.GOOD, make.FAIR, make.POOR])
    opened = actions.open_round(window=window, by=chidi, at=make.CLOSED, seed="s", share_percent=0)
    ben = User.objects.get(name="Ben Marker")
    shift = shifting.propose(
        round=opened, marker=ben.pk, move=Move(0, -2), reason="One mark too high in each script that I read.",
        by=chidi, at=make.CLOSED,
    )  # fmt: skip
    page = enter(visit, live_server, mo, viewport=SIZES[size])
    for address, name in (
        (f"/moderate/rounds/{opened.pk}/shifts/", "shifts"),
        (f"/moderate/shifts/{shift.pk}/", "shift-proposed"),
    ):
        page.goto(address)
        looks_right(page, f"{name}-{size}")
    page.get_by_label("Yes, these marks move").check()
    page.get_by_role("button", name="Decide").click()
    page.get_by_text("The marks have moved. 1 joined the sample.").wait_for()
    looks_right(page, f"shift-done-{size}")
    page.goto(f"/moderate/rounds/{opened.pk}/")
    looks_right(page, f"round-shifted-{size}")


@pytest.mark.parametrize("size", SIZES)
def test_pages_of_national_moderation_fit_and_are_accessible(visit: Any, live_server: Any, size: str) -> None:
    window = road.handed_in(projects.candidate(), "project")
    make.markers(2)
    road.mark(window)
    signed = road.sign_off(window, factories.member(Role.MODERATOR, "Chidi Moderator"), national=False)
    first, second = (factories.member(Role.OFFICE, name) for name in ("Olu Office", "Osa Office"))
    package = national.export(round=signed, by=first, at=road.MARKED)
    office = enter(visit, live_server, second, viewport=SIZES[size])
    office.goto(f"/office/windows/{window.pk}/national/")
    looks_right(office, f"national-{size}")
    code = window.sittings.get().code
    data = make.answer_file(package.code, f"{code},adjusted,,3.5,Too little is shown of what changed")
    answer = national.read(round=signed, name="answer.csv", data=data, by=first, at=road.MARKED)
    office.goto(f"/office/windows/{window.pk}/national/{answer.pk}/")
    looks_right(office, f"national-answer-{size}")


@pytest.mark.parametrize("size", SIZES)
def test_pages_of_an_empty_sample_and_of_a_script_to_take_over_fit_and_are_accessible(
    visit: Any, live_server: Any, size: str
) -> None:
    chidi, mo = (factories.member(Role.MODERATOR, f"{name} Moderator") for name in ("Chidi", "Mo"))
    nobody = make.window()
    make.sitting(nobody, state="booked")
    empty = actions.open_round(window=nobody, by=chidi, at=make.CLOSED)
    actions.sign_off(round=empty, by=chidi, at=make.CLOSED)
    later = make.CLOSED + timedelta(days=3)
    nobody.sittings.update(closes_at=later)
    window = make.window(opens_on=date(2025, 9, 1), intake=nobody.intake)
    make.markers(2)
    make.sitting(window)
    make.mark_all(window, [make.POOR])
    opened = actions.open_round(window=window, by=chidi, at=make.CLOSED, seed="seed")
    sampled = actions.mark_blind(sampled=opened.sample.get(), marks=make.FAIR, by=chidi, at=make.CLOSED)
    User.objects.filter(pk=chidi.pk).update(is_active=False)
    moderator = enter(visit, live_server, mo, viewport=SIZES[size])
    for address, name in (
        ("/moderate/", "moderation-overtaken"),
        (f"/moderate/rounds/{empty.pk}/", "round-overtaken"),
        (f"/moderate/rounds/{opened.pk}/", "round-to-take-over"),
        (f"/moderate/scripts/{sampled.pk}/", "sampled-to-take-over"),
    ):
        moderator.goto(address)
        looks_right(moderator, f"{name}-{size}")
    actions.mark_blind(sampled=sampled, marks=make.POOR, by=mo, at=make.CLOSED)
    moderator.goto(f"/moderate/scripts/{sampled.pk}/")
    looks_right(moderator, f"sampled-taken-over-{size}")
