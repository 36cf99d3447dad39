"""Until the release of a window no page of the office has both a name and the code of its script, or leads to both."""

import re
import uuid
from typing import Any

import pytest
import time_machine
from django.urls import reverse

from goldenthread.assessment.models import Window, WindowState
from goldenthread.integrity import actions
from goldenthread.integrity.models import Flag, MisconductCase
from goldenthread.marking.rules import Label, Way, office_label
from tests import factories_assessment as assessment
from tests.factories_web import client_of, page
from tests.integrity.test_actions import AT, compare, office, opened, ready
from tests.web.test_office_provisional import NAMES, pages, path_named, signed_off

OF_A_PAGE = ("enrolment__user", "window__created_by")
NEITHER, CODE, NAME, BOTH = Label(False, False), Label(True, False), Label(False, True), Label(True, True)


@pytest.mark.parametrize(("way", "shown"), [(Way.CODE, CODE), (Way.NAME, NAME), (Way.TEXT, NEITHER)])
def test_before_the_release_a_page_has_one_of_the_two_and_a_text_neither(way: Way, shown: Label) -> None:
    assert office_label(way, released=False) == shown
    assert office_label(way, released=True) == BOTH


def test_who_asked_by_the_code_is_told_no_name_before_the_release() -> None:
    assert office_label(Way.NAME, released=False, knows_code=True) == NEITHER
    assert office_label(Way.NAME, released=True, knows_code=True) == BOTH


def colleague() -> Any:
    return office("Cleo Colleague")


@pytest.mark.django_db
@pytest.mark.timeout(600)
@pytest.mark.alike
def test_every_page_of_the_office_has_a_name_or_a_code_of_a_window_and_never_both() -> None:
    window = signed_off()
    client, sittings = client_of(window.created_by), list(window.sittings.select_related(*OF_A_PAGE))
    by_code = {"board": path_named("outcomes", sittings[0])}
    by_code["marked"] = f"{path_named('marking', sittings[0])}?show=submitted"
    found = {where: client.get(address).content.decode() for where, address in by_code.items()}
    scripts = [one.scripts.get() for one in sittings]
    actions.raise_concern(script=scripts[1], note="Another voice.", by=colleague(), at=AT)
    case = opened(window, scripts[0], by=colleague())
    for sitting in sittings:
        found |= pages(sitting)
    for flag in Flag.objects.all():
        found[f"flag {flag.pk}"] = client.get(reverse("office:flag", args=[flag.pk])).content.decode()
    found["case"] = client.get(reverse("office:misconduct", args=[case.pk])).content.decode()
    codes = [one.code for one in sittings]
    both = [
        where
        for where, text in found.items()
        if any(name in text for name in NAMES) and any(code in text for code in codes)
    ]
    assert both == []
    by_name = [path_named(one, sittings[0]) for one in ("person", "writing", "window")] + ["case"]
    for where in [*by_name, *(one for one in found if one.startswith("flag"))]:
        assert not any(code in found[where] for code in codes), where
    assert NAMES[0] in found["case"]
    assert all(codes[0] in found[where] for where in ("board", "marked"))
    assert_no_name_leads_to_a_code(client, sittings[0], codes)


def assert_no_name_leads_to_a_code(client: Any, sitting: Any, codes: list[str]) -> None:
    """From the person's page, two clicks far: what is reached by name has no code, but for the lists by code alone."""
    by_code = re.compile(r"/(marking|outcomes|pay|sample|board|national)/")
    known, ahead = set(), [path_named("person", sitting)]
    for _ in range(3):
        following = []
        for address in ahead:
            answer = client.get(address)
            text = "" if answer.streaming else answer.content.decode(errors="replace")  # a file leads nowhere
            assert not any(code in text for code in codes), address
            links = re.findall(r'href="(/office/[^"#?]+)"', text)
            following += [one for one in links if one not in known and not by_code.search(one)]
            known |= set(links)
        ahead = [one for one in dict.fromkeys(following) if "people" in one or "windows" in one]
    assert any("/writing/" in one for one in known)


@pytest.mark.django_db
def test_after_the_release_the_pages_about_own_work_have_the_codes_too() -> None:
    with time_machine.travel(AT, tick=False):
        window, scripts = ready()
        compare(window)
        flag, code = Flag.objects.get(), scripts[0].sitting.code
        addresses = [
            reverse("office:integrity", args=[window.pk]),
            reverse("office:flag", args=[flag.pk]),
            reverse("office:writing", args=[scripts[0].sitting_id]),
        ]
        before = [code in page(office(), one).content.decode() for one in addresses]
        Window.objects.filter(pk=window.pk).update(state=WindowState.RELEASED)
        after = [code in page(office(), one).content.decode() for one in addresses]
    assert (before, after) == ([False] * 3, [True] * 3)


@pytest.mark.django_db
def test_who_asked_by_a_code_handles_the_case_without_the_name_and_a_colleague_with_it() -> None:
    with time_machine.travel(AT, tick=False):
        window, scripts = ready()
        case, name = opened(window, scripts[2], by=office()), scripts[2].sitting.enrolment.user.name
        person = scripts[2].sitting.enrolment.user
        client_of(person).post(
            reverse("participant:misconduct", args=[case.pk]), {"text": "Mine.", "form_key": uuid.uuid4()}
        )
        addresses = [
            reverse("office:misconduct", args=[case.pk]),
            reverse("office:integrity", args=[window.pk]),
        ]
        asked = [page(office(), one).content.decode() for one in addresses]
        others = [page(colleague(), one).content.decode() for one in addresses]
    assert MisconductCase.objects.count() == 1
    assert not any(name in text for text in asked)
    assert all(name in text for text in others)


@pytest.mark.django_db
def test_the_course_of_writing_says_why_it_has_no_code() -> None:
    text = page(
        assessment.office(), reverse("office:writing", args=[assessment.sitting().pk])
    ).content.decode()
    assert "neither name nor code stand here" in text
