"""The participant's window on their schedule."""

from html import unescape
from typing import Any

import pytest
import time_machine
from django.test import Client

from goldenthread.assessment.actions.release import release
from goldenthread.assessment.models import Sitting
from tests import factories_assessment

pytestmark = pytest.mark.django_db


def text_of(client: Any, address: str) -> str:
    return unescape(" ".join(client.get(f"/my/{address}").content.decode().split()))


def test_the_schedule_shows_the_window_in_the_zone_of_the_window_and_of_the_viewer() -> None:
    enrolment = factories_assessment.ready("Dana Dubai", zone="Asia/Dubai")
    type(enrolment.user).objects.filter(pk=enrolment.user_id).update(zone="Asia/Dubai")
    client = Client()
    client.force_login(enrolment.user)
    with time_machine.travel(factories_assessment.BEFORE, tick=False):
        assert "Your case study window" not in text_of(client, "schedule/")
        one = factories_assessment.sitting(enrolment)
        before = text_of(client, "schedule/")
        file = client.get("/my/schedule/calendar.ics").content.decode()
    assert "6 Oct 2025, 00:00 (UK time)" in before
    assert "6 Oct 2025, 03:00 (Dubai time)" in before
    assert "Midnight at the end of Mon 13 Oct 2025 (UK time)" in before
    assert "for you Tue 14 Oct 2025, 03:00 (Dubai time)" in before
    assert 'href="/my/assessment/">Dates and rules' in before
    assert f"UID:{enrolment.reference}-window-{one.pk}@goldenthread" in file
    assert "DTEND:20251013T230000Z" in file
    with time_machine.travel(factories_assessment.INSIDE, tick=False):
        assert 'href="/my/assessment/">See your assessment' in text_of(client, "schedule/")
        release(sitting=one, at=factories_assessment.INSIDE)
        inside = text_of(client, "schedule/")
        assert f'href="/my/assessment/{one.pk}/">Open the case study' in inside
        Sitting.objects.filter(pk=one.pk).update(
            state="held_back", gate={"code": "engagement.short", "counted": 60, "planned": 120, "missing": 48}
        )
        assert "Engagement was 1 h of 2 h when the window opened: 48 min missing." in text_of(
            client, "schedule/"
        )
