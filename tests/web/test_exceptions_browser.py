"""Pages of further attempts, waived penalties and supplements, in a browser: they fit and are accessible."""

import uuid
from datetime import timedelta
from typing import Any

import pytest

from goldenthread.common import clock
from goldenthread.moderation import queries
from goldenthread.outcomes import waiving
from goldenthread.people.models import Role
from tests import factories
from tests import factories_marking as make
from tests.browser import DESKTOP, PHONE, SMALL, looks_right
from tests.moderation import test_supplements as national
from tests.outcomes import test_waiving as penalties
from tests.outcomes.test_penalties import window_of
from tests.web import test_attempt_pages as attempts
from tests.web.test_assessor_browser import enter

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SIZES = {"desktop": DESKTOP, "phone": PHONE, "small": SMALL}


@pytest.mark.parametrize("size", SIZES)
def test_pages_of_further_attempts_fit_and_are_accessible(
    visit: Any, live_server: Any, catalogue: None, size: str
) -> None:
    olu = factories.member(Role.OFFICE, "Olu Office")
    person = attempts.not_passed()
    attempts.ahead()
    attempts.once(person, olu)
    office = enter(visit, live_server, olu, viewport=SIZES[size])
    office.goto(f"/office/catalogue/{person.version.key}/policies/")
    office.locator("summary", has_text="Decide how often somebody may sit").click()
    looks_right(office, f"policy-attempts-{size}")
    office.goto(f"/office/people/{person.reference}/#next")
    looks_right(office, f"person-attempts-{size}")
    office.goto(f"/office/people/{person.reference}/beyond-the-months/")
    looks_right(office, f"further-attempt-{size}")
    mine = enter(visit, live_server, person.user, viewport=SIZES[size])
    mine.goto("/my/result/")
    looks_right(mine, f"result-attempts-{size}")


@pytest.mark.parametrize("size", SIZES)
def test_pages_of_waived_penalties_fit_and_are_accessible(visit: Any, live_server: Any, size: str) -> None:
    window = window_of((1650, make.FAIR), (1701, make.FAIR))
    script = penalties.script_of(1650)
    office = enter(visit, live_server, penalties.oda(), viewport=SIZES[size])
    office.goto(f"/office/windows/penalties/{script.sitting_id}/")
    looks_right(office, f"penalty-ask-{size}")
    waiver = waiving.ask(
        script=script, words=50, reason="The template has 100 words of its own.", form_key=str(uuid.uuid4()),
        by=penalties.olu(), at=clock.now() - timedelta(days=1),
    )  # fmt: skip
    for address, name in (("penalties/", "penalties"), (f"penalties/{script.sitting_id}/", "penalty-decide")):
        office.goto(f"/office/windows/{address}")
        looks_right(office, f"{name}-{size}")
    penalties.decide(waiver, at=clock.now())
    office.goto(f"/office/windows/{window.pk}/outcomes/")
    looks_right(office, f"outcomes-waived-{size}")


@pytest.mark.parametrize("size", SIZES)
def test_the_page_of_a_supplement_fits_and_is_accessible(
    visit: Any, live_server: Any, monkeypatch: Any, size: str
) -> None:
    monkeypatch.setattr(queries, "asks_national", lambda window: True)
    round_ = national.answered()
    national.late(round_)
    national.sign(round_.window, national.LATER)
    office = enter(visit, live_server, national.olu(), viewport=SIZES[size])
    office.goto(f"/office/windows/{round_.window_id}/national/")
    looks_right(office, f"national-supplement-{size}")
