"""A receipt on a phone: the first words of a long text, all of it one click away, and whole on paper."""

import hashlib
from typing import Any

import pytest
from django.urls import reverse

from goldenthread.assessment.models import Script, SittingState
from tests import factories_assessment as made
from tests.browser import PHONE, looks_right
from tests.web.test_assessor_browser import enter

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
LONG = "\n\n".join(
    f"Paragraph {n} says what I would do next, with whom, and how I would know. " * 3 for n in range(90)
)


def test_a_long_text_is_folded_on_the_page_and_whole_on_paper(visit: Any, live_server: Any) -> None:
    one = made.sitting()
    Script.objects.create(
        sitting=one, number=1, key="k", text=LONG, words=len(LONG.split()), word_rule="1",
        sha256=hashlib.sha256(LONG.encode()).hexdigest(), own_work=True, received_at=made.INSIDE,
    )  # fmt: skip
    one.state = SittingState.HANDED_IN
    one.save(update_fields=["state"])
    page = enter(visit, live_server, one.enrolment.user, viewport=PHONE)
    page.goto(reverse("participant:receipt", args=[one.pk, 1]))
    whole, first = page.locator(".gt-whole .gt-written"), page.locator(".gt-first-words")
    assert not whole.is_visible()
    assert page.evaluate("document.documentElement.scrollHeight") < 3500
    looks_right(page, "receipt-folded")
    page.emulate_media(media="print")
    assert (
        page.evaluate("document.querySelector('.gt-whole .gt-written').getBoundingClientRect().height") > 3000
    )
    assert not first.is_visible()
    page.emulate_media(media="screen")
    page.get_by_text("Show all of it").press("Enter")
    assert whole.is_visible()
    assert not first.is_visible()
    assert "Paragraph 89" in whole.inner_text()
