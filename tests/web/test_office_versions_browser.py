"""Two people of the office in a real browser: one settles a conflict and writes a revision, the other publishes it."""

from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from goldenthread.catalogue.models import ProgrammeVersion, VersionDraft
from goldenthread.people.models import Role
from tests import factories
from tests.browser import DESKTOP, PHONE, SMALL, looks_right
from tests.web.test_assessor_browser import enter

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
NPQSL = "npqsl-reformed-international"


@pytest.fixture
def olu() -> Any:
    factories.load_catalogue()
    return factories.member(Role.OFFICE, "Olu Office")


def test_a_conflict_is_settled_and_a_revision_published_by_a_second_person(
    visit: Any, live_server: Any, olu: Any
) -> None:
    page = enter(visit, live_server, olu, viewport=DESKTOP)
    page.goto(reverse("office:version", args=[NPQSL]))
    page.get_by_role("link", name="Decide for this version on C-01").click()
    page.get_by_label("1,500 words").check()
    page.get_by_label("Why this?").fill("The assessment slide is the newer source.")
    looks_right(page, "settle")
    page.get_by_role("button", name="Decide").click()
    page.get_by_text("The assessment slide is the newer source.").wait_for()
    looks_right(page, "version")

    page.get_by_role("link", name="New revision").first.click()
    page.get_by_role("button", name="Start the draft").click()
    page.get_by_role("link", name="Hours", exact=True).click()
    page.get_by_label("Face-to-face events", exact=True).fill("25")
    page.get_by_role("button", name="Save").click()
    page.get_by_text("90 h are declared, the components come to 91 h").wait_for()
    looks_right(page, "to-mend")
    page.get_by_role("link", name="90 h are declared").click()
    page.get_by_label("Total that is declared", exact=True).fill("91")
    looks_right(page, "hours")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("button", name="Call it checked").click()
    page.get_by_text("Now a second person").wait_for()
    assert page.get_by_role("button", name="Yes, publish").count() == 0
    looks_right(page, "checked")

    draft = VersionDraft.objects.get()
    other = enter(visit, live_server, factories.member(Role.OFFICE, "Ola Office"), viewport=PHONE)
    other.goto(reverse("office:draft", args=[draft.pk]))
    looks_right(other, "publish-on-a-phone")
    other.get_by_text("Publish this version").click()
    other.get_by_role("button", name="Yes, publish").click()
    other.get_by_text("takes the place of").wait_for()
    looks_right(other, "published")
    spec = ProgrammeVersion.objects.get(key=f"{NPQSL}-r2").specification
    assert (spec.minutes_declared, spec.assessment.max_words.values.value) == (5460, 1500)
    other.goto(reverse("public:programme", args=[f"{NPQSL}-r2"]))
    expect(other.locator("main")).to_contain_text("91 h")


def test_the_pages_of_a_draft_fit_every_screen_and_work_by_keyboard(
    visit: Any, live_server: Any, olu: Any
) -> None:
    from goldenthread.catalogue import drafting

    told = {"as_revision": True, "key": "", "by": olu, "at": factories.AT}
    draft = drafting.start(based_on=factories.version(NPQSL), **told)
    addresses = {
        **{f"part-{part}": reverse("office:draft_part", args=[draft.pk, part])
           for part in ("identity", "texts", "audience", "hours", "dates", "fee")},
        "file": reverse("office:draft_text", args=[draft.pk]),
        "differences": reverse("office:draft_differences", args=[draft.pk]),
        "new": reverse("office:draft_new"),
        "import": reverse("office:draft_import"),
        "list": reverse("office:catalogue"),
        "to-do": reverse("office:version_to_do", args=[NPQSL]),
        "close": reverse("office:version_close", args=[NPQSL]),
        "claims": reverse("office:claims"),
        "claim": reverse("office:claim", args=["pass-rate"]),
        "reports": reverse("office:reports"),
        "local": reverse("office:local_delivery"),
        "about": reverse("public:about_claims"),
    }  # fmt: skip
    for size, name in ((SMALL, "320"), (DESKTOP, "1280")):
        page = enter(visit, live_server, olu, viewport=size)
        for place, address in addresses.items():
            page.goto(address)
            looks_right(page, f"{place}-{name}")
    page.goto(reverse("office:draft_part", args=[draft.pk, "texts"]))
    page.get_by_label("Purpose").focus()
    page.keyboard.type(" By keyboard.")
    page.get_by_role("button", name="Save").press("Enter")
    page.get_by_text("Saved. Check it").wait_for()
    draft.refresh_from_db()
    assert "By keyboard." in draft.text
