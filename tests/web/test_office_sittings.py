"""A window's page says before it opens who would be held back and why, and afterwards who stands where, as lists."""

from datetime import date
from typing import Any

import pytest
import time_machine
from django.urls import reverse

from goldenthread.applications.models import Stage
from goldenthread.assessment import actions, gates
from goldenthread.assessment.models import Sitting, Window
from goldenthread.engagement import queries as engagement
from tests import factories
from tests import factories_assessment as made
from tests.factories_web import client_of, page, queries_of

pytestmark = pytest.mark.django_db


def leaders(**minutes: int) -> Window:
    """A window of NPQSL, which asks for 90 % of 90 h, with somebody for each number of minutes; it is ahead."""
    intake = factories.intake("npqsl-reformed-international", starts_on=date(2024, 2, 5))
    actions.choose_word_limit(intake=intake, value=1500, reason="The slide", by=made.office(), at=made.BEFORE)
    for name, some in minutes.items():
        made.ready(name, to=intake, minutes=some)
    return made.window(intake)


def shown(window: Window, at: Any = made.BEFORE, **query: str) -> str:
    with time_machine.travel(at, tick=False):
        answer = page(made.office(), reverse("office:window", args=[window.pk]), **query)
    return " ".join(answer.content.decode().split())


def test_the_page_of_a_window_ahead_says_who_would_be_held_back_and_by_what() -> None:
    window = leaders(Anna=5400, Bert=4854, Cleo=0)
    text = shown(window)
    assert "whose induction is complete" in text
    assert "who has 90 % of the planned hours or more; the others are held back." in text
    assert "2 of 3 would be held back" in text
    assert "Engagement is below 90 %: 6 min missing." in text
    assert "induction is not finished" in text
    assert text.count("Would be let in") == 1
    only = shown(window, show="would_be_held")
    assert ("Anna" in only, "Bert" in only, "Cleo" in only) == (False, True, True)
    assert "80 h 54 min of 90 h" in only
    assert "not judged yet" not in text


def test_a_programme_without_a_share_says_what_it_asks_and_that_nobody_would_be_held_back() -> None:
    window = made.sitting().window
    text = shown(window)
    assert "nobody would be held back" in text
    assert "of the planned hours or more" not in text
    assert "nobody would be held back" not in shown(window, at=made.INSIDE)


def test_the_set_based_gate_says_of_everybody_what_the_gate_says_of_one() -> None:
    window = leaders(Anna=5400, Bert=4854, Cleo=0, Dora=4860, Emil=5399, Fred=3000)
    let_in = window.sittings.get(enrolment__user__name="Fred").enrolment
    let_in.stage = Stage.ASSESSMENT
    let_in.save(update_fields=["stage"])
    found = gates.ahead(window, at=made.BEFORE)
    for one in window.sittings.select_related("enrolment__version", "window"):
        alone = actions.preview_gate(one.enrolment, one)
        ahead = found[one.pk]
        assert (ahead.refusal and ahead.refusal.message) == (alone and alone.message)
        assert ahead.standing == engagement.standing_of(one.enrolment)
    assert len(found) == 6
    assert len({one.refusal.code for one in found.values() if one.refusal}) == 2
    assert gates.ahead(window, at=made.INSIDE) == {}


def opened() -> tuple[Window, dict[str, Sitting]]:
    """An open window: Ann has not opened it, Ben has read it, Cat writes, Dan has handed in."""
    for name in ("Ann", "Ben", "Cat", "Dan"):
        made.ready(name)
    window = made.window()
    every = Sitting.objects.select_related("window__intake__version__programme", "enrolment__user")
    people = {one.enrolment.user.name: one for one in every}
    for name in ("Ben", "Cat", "Dan"):
        actions.get_case_for(user=people[name].enrolment.user, sitting=people[name], at=made.INSIDE)
    cat = people["Cat"]
    actions.save_draft(sitting=cat, texts={"": "Some"}, revision=0, by=cat.enrolment.user, at=made.INSIDE)
    made.script(every.get(pk=people["Dan"].pk))
    return window, people


def test_an_open_window_lists_who_stands_where_and_its_numbers_lead_there() -> None:
    window, people = opened()
    text = shown(window, at=made.INSIDE)
    expected = {
        "": "Ann Ben Cat Dan",
        "not_handed_in": "Ann Ben Cat",
        "not_opened": "Ann",
        "read": "Ben",
        "writing": "Cat",
        "handed_in": "Dan",
        "seen": "Ben Cat Dan",
        "written": "Cat Dan",
        "no_such_list": "Ann Ben Cat Dan",
    }
    for show, names in expected.items():
        with time_machine.travel(made.INSIDE, tick=False):
            answer = client_of(made.office()).get(reverse("office:window", args=[window.pk]), {"show": show})
        assert [row["sitting"].enrolment.user.name for row in answer.context["rows"]] == names.split(), show
    for show, count in (("not_handed_in", 3), ("not_opened", 1), ("writing", 1), ("handed_in", 1)):
        assert f'href="?show={show}#sittings"' in text
        assert f'<span class="gt-tabs-count">{count}</span>' in text
    for show, count in (("seen", 3), ("handed_in", 1)):
        assert f'<a href="?show={show}#sittings">{count}</a>' in text
    assert people["Ann"].code not in text


@pytest.mark.parametrize("at", [made.BEFORE, made.INSIDE])
@pytest.mark.parametrize("show", ["", "would_be_held", "not_handed_in", "seen"])
def test_the_page_takes_the_same_queries_for_one_and_four_people(at: Any, show: str) -> None:
    window = leaders(Anna=0)
    address = f"{reverse('office:window', args=[window.pk])}?show={show}"
    with time_machine.travel(at, tick=False):
        one = queries_of(made.office(), address)
    for name in ("Bert", "Cleo", "Dora"):
        made.ready(name, to=window.intake, minutes=0)
    actions.book_sittings(window=window, by=made.office(), at=made.BEFORE)
    with time_machine.travel(at, tick=False):
        four = queries_of(made.office(), address)
    assert one == four <= 12
