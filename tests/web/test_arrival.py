"""Scripts at the deadline: what counts is when they were sent, not when a busy server came to them."""

import io
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart
from django.urls import reverse

from goldenthread.assessment.models import Sitting
from goldenthread.assessment.upload_models import UploadState
from goldenthread.common.turnstile import ARRIVED, STEADY
from tests import documents
from tests import factories_assessment as made

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)
FORM = "application/x-www-form-urlencoded"


class Trickle(io.BytesIO):
    """A body that takes its time: the clock moves on when it is read."""

    def __init__(self, content: bytes, clock: Any, takes: timedelta) -> None:
        super().__init__(content)
        self.clock, self.takes = clock, takes

    def read(self, *size: Any) -> bytes:
        self.clock.shift(self.takes)
        self.takes = timedelta()
        return super().read(*size)


def sent(one: Sitting, *, at: datetime, takes: timedelta, name: str = "sitting", **headers: str) -> Any:
    """The answer to a text that is handed in, or kept as a draft, whose body comes that long after its head."""
    client = Client()
    client.force_login(one.enrolment.user)
    if name == "sitting":
        fields = {
            "text_1": "Mine",
            "revision": 0,
            "form_key": "k",
            "own_work": "on",
            "ai_use": "none",
            "hand_in": "1",
        }
        body, content_type = urlencode(fields).encode(), FORM
    else:
        body, content_type = b'{"revision": 0, "texts": {"": "Mine"}}', "application/json"
    with time_machine.travel(at, tick=False) as clock:
        return client.request(
            **{
                "REQUEST_METHOD": "POST",
                "PATH_INFO": reverse(f"participant:{name}", args=[one.pk]),
                "CONTENT_TYPE": content_type,
                "CONTENT_LENGTH": str(len(body)),
                "wsgi.input": Trickle(body, clock, takes),
                **headers,
            }
        )


@pytest.mark.requirement("S0-39")
@pytest.mark.parametrize(
    ("takes", "status"), [(2 * SECOND, 302), (121 * SECOND, 302), (123 * SECOND, 422), (3600 * SECOND, 422)]
)
def test_a_text_counts_from_its_head_if_it_follows_within_two_minutes(takes: timedelta, status: int) -> None:
    one = made.sitting()
    answer = sent(one, at=made.CLOSES_AT - 2 * SECOND, takes=takes)
    assert answer.status_code == status
    assert one.scripts.count() == (status == 302)
    one.refresh_from_db()
    assert one.draft == {"": "Mine"}


def test_a_draft_that_was_sent_slowly_is_kept_with_the_time_of_its_text() -> None:
    one = made.sitting()
    assert sent(one, at=made.CLOSES_AT - SECOND, takes=600 * SECOND, name="sitting_draft").json()["late"]
    one.refresh_from_db()
    assert one.draft_saved_at == made.CLOSES_AT + 479 * SECOND


# --- a document that comes with one form -----------------------------------------------------------------
def document(one: Sitting, *, takes: timedelta, steady: bool, waited: timedelta = timedelta()) -> Any:
    """The answer to a document that is handed in at once, which began ten seconds before the deadline."""
    client, began = Client(), made.CLOSES_AT - 10 * SECOND
    client.force_login(one.enrolment.user)
    fields = {
        "file": SimpleUploadedFile("mine.docx", documents.docx(20)),
        "form_key": "k",
        "own_work": "on",
    } | {"ai_use": "none"}
    body = encode_multipart(BOUNDARY, {**fields, "at_once": "on"})
    with time_machine.travel(began + takes, tick=False):
        return client.request(
            **{
                "REQUEST_METHOD": "POST",
                "PATH_INFO": reverse("participant:script_upload", args=[one.pk]),
                "CONTENT_TYPE": MULTIPART_CONTENT,
                "CONTENT_LENGTH": str(len(body)),
                "wsgi.input": io.BytesIO(body),
                ARRIVED: began + waited,
                STEADY: steady,
                "HTTP_X_REQUEST_START": stamp(began),
            }
        )


@pytest.mark.requirement("S0-39")
@pytest.mark.parametrize("minutes", [1, 17, 60])
def test_a_document_without_javascript_counts_from_its_first_byte(minutes: int) -> None:
    one = made.sitting()
    answer = document(one, takes=timedelta(minutes=minutes), steady=True)
    assert answer.status_code == 302
    assert one.scripts.get().received_at == made.CLOSES_AT - 10 * SECOND


def test_the_rest_of_it_has_the_hour_that_its_page_promises_and_no_more() -> None:
    one = made.sitting()
    answer = document(one, takes=timedelta(minutes=62, seconds=11), steady=True)
    assert answer.status_code == 422
    assert "was not handed in by Tue 14 Oct 2025, 01:00" in answer.content.decode()
    assert not one.scripts.exists()
    assert one.uploads.get().state == UploadState.LATE


@pytest.mark.parametrize(("minutes", "told"), [(5, "00:02:50"), (31, "00:28:50")])
def test_one_that_stopped_coming_is_late_and_told_the_instant_that_counts(minutes: int, told: str) -> None:
    one = made.sitting()
    answer = document(one, takes=timedelta(minutes=minutes), steady=False)
    assert answer.status_code == 422
    page = answer.content.decode()
    assert f"it counts from Tue 14 Oct 2025, {told}" in page
    assert "It is kept here" in page
    assert "01:00 (UK time). It is" not in page
    assert not one.scripts.exists()
    assert one.uploads.get().state == UploadState.LATE


@pytest.mark.parametrize(("waited", "status"), [(100, 302), (130, 422)])
def test_a_document_that_a_proxy_collected_is_not_known_to_have_come_steadily(
    settings: Any, waited: int, status: int
) -> None:
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    one = made.sitting()
    takes = timedelta(seconds=waited + 20)
    assert document(one, takes=takes, steady=True, waited=waited * SECOND).status_code == status


def stamp(at: datetime) -> str:
    return f"t={at.timestamp():.3f}"


@pytest.mark.requirement("S0-39")
def test_who_waited_in_our_queue_over_midnight_is_in_time(settings: Any) -> None:
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    one = made.sitting()
    arrived = made.CLOSES_AT - SECOND
    answer = sent(one, at=made.CLOSES_AT + 90 * SECOND, takes=SECOND, HTTP_X_REQUEST_START=stamp(arrived))
    assert answer.status_code == 302
    assert one.scripts.get().received_at == arrived


def test_a_head_that_the_proxy_saw_in_time_keeps_no_door_open_for_its_text(settings: Any) -> None:
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    one = made.sitting()
    said = stamp(made.CLOSES_AT - SECOND)  # a proxy that waits for all of a text sends both together
    assert (
        sent(one, at=made.CLOSES_AT + 200 * SECOND, takes=SECOND, HTTP_X_REQUEST_START=said).status_code
        == 422
    )


@pytest.mark.parametrize(
    "said", [made.CLOSES_AT - 191 * SECOND, made.CLOSES_AT + 300 * SECOND], ids=["long ago", "to come"]
)
def test_a_proxy_that_says_what_cannot_be_is_not_believed(said: datetime, settings: Any) -> None:
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    one = made.sitting()
    late = sent(one, at=made.CLOSES_AT + 110 * SECOND, takes=SECOND, HTTP_X_REQUEST_START=stamp(said))
    assert late.status_code == 422


def test_without_a_proxy_nobody_says_when_they_came() -> None:
    one = made.sitting()
    said = stamp(made.CLOSES_AT - SECOND)
    assert sent(one, at=made.CLOSES_AT + SECOND, takes=SECOND, HTTP_X_REQUEST_START=said).status_code == 422
