"""What was sent while signed out and could not simply be saved: listed for its writer until it is sent or dismissed."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from goldenthread.applications.models import Enrolment
from goldenthread.common import audit, clock
from goldenthread.common.models import AuditEvent
from goldenthread.learning import actions
from goldenthread.learning.models import TaskResponse
from goldenthread.people import jobs, kept_forms
from goldenthread.people.models import KeptForm, User
from tests import factories
from tests import factories_teaching as teaching
from tests.factories_web import client_of, page, text_of

pytestmark = pytest.mark.django_db
WORK = dict(vars(teaching.WORK))
KEPT = reverse("kept_texts")
ARRIVED = datetime(2026, 3, 3, 9, 0, tzinfo=UTC)


@pytest.fixture
def mine() -> Enrolment:
    enrolment = factories.enrolment()
    teaching.content(enrolment)
    return enrolment


def task_page(mine: Enrolment) -> str:
    return reverse("participant:task", args=["tasks-1"])


def save(mine: Enrolment) -> TaskResponse:
    actions.save_response(
        task=teaching.task(mine),
        enrolment=mine,
        work=teaching.WORK,
        revision=0,
        by=mine.user,
        at=factories.AT,
    )
    return TaskResponse.objects.get()


def sent_while_signed_out(url: str, user: User, **fields: str) -> Client:
    client = Client()
    assert client.post(url, {**fields, "person": str(user.pk)}).status_code == 302
    client.force_login(user)
    return client


def listed(client: Client) -> str:
    return text_of(client.get(KEPT))


def test_a_text_that_clashes_with_a_newer_draft_stays_listed_until_it_is_dismissed(mine: Enrolment) -> None:
    url = task_page(mine)
    save(mine)
    client = sent_while_signed_out(
        url, mine.user, **{**WORK, "context": "My own earlier words."}, revision="0", enrolment=mine.reference
    )
    shown = text_of(client.get(url))
    assert "My own earlier words." in shown
    assert "My own earlier words." not in text_of(client.get(url))  # it is shown once there
    assert "My own earlier words." in listed(client)
    assert "1 text that you sent while you were signed out" in text_of(client.get(reverse("profile")))
    assert "1 text that you sent while you were signed out" in text_of(
        client.get(reverse("participant:learning"))
    )
    assert TaskResponse.objects.get().context == WORK["context"]
    (one,) = kept_forms.kept_of(mine.user, at=clock.now())
    client.post(KEPT, {"dismiss": str(one.pk)})
    client.post(KEPT, {"dismiss": str(one.pk)})
    assert "Nothing is kept" in listed(client)
    verbs = AuditEvent.objects.filter(verb__startswith="form.").order_by("pk").values_list("verb", flat=True)
    assert list(verbs) == ["form.kept", "form.dismissed"]
    assert "earlier words" not in str(list(AuditEvent.objects.values_list("details", flat=True)))


def test_a_text_that_comes_for_work_already_handed_in_stays_listed(mine: Enrolment) -> None:
    url = task_page(mine)
    response = save(mine)
    TaskResponse.objects.filter(pk=response.pk).update(state="handed_in", handed_in_at=factories.AT)
    client = sent_while_signed_out(
        url, mine.user, **{**WORK, "context": "One more thought."}, revision=str(response.revision),
        enrolment=mine.reference,
    )  # fmt: skip
    client.get(url)
    assert "One more thought." in listed(client)


def test_it_is_let_go_once_it_is_sent_and_stays_while_something_else_is(mine: Enrolment) -> None:
    url = task_page(mine)
    response = save(mine)
    client = sent_while_signed_out(
        url, mine.user, **{**WORK, "context": "Mine."}, revision="0", enrolment=mine.reference
    )
    client.get(url)
    fields = {"revision": str(response.revision), "enrolment": mine.reference, "person": str(mine.user_id)}
    assert client.post(url, {**WORK, "context": "Another.", **fields}).status_code == 302
    assert KeptForm.objects.count() == 1
    fields["revision"] = str(TaskResponse.objects.get().revision)
    assert client.post(url, {**WORK, "context": "Mine.", **fields}).status_code == 302
    assert KeptForm.objects.count() == 0
    assert AuditEvent.objects.filter(verb="form.taken").count() == 1


def test_a_reflection_is_listed_until_it_is_sent(mine: Enrolment) -> None:
    url = reverse("participant:module", args=["study-1"])
    client = sent_while_signed_out(url, mine.user, reflection="I shall ask more.", enrolment=mine.reference)
    assert "I shall ask more." in text_of(client.get(url))
    assert "I shall ask more." in listed(client)
    assert (
        client.post(url, {"reflection": "I shall ask more.", "enrolment": mine.reference}).status_code == 302
    )
    assert KeptForm.objects.count() == 0


def test_what_is_saved_as_it_came_is_kept_nowhere_else(mine: Enrolment) -> None:
    url = task_page(mine)
    client = sent_while_signed_out(url, mine.user, **WORK, revision="0", enrolment=mine.reference)
    client.get(url)
    assert TaskResponse.objects.get().context == WORK["context"]
    assert not KeptForm.objects.exists()


def test_nobody_reads_or_dismisses_what_is_anothers(mine: Enrolment) -> None:
    one = kept_forms.keep_form(
        user=mine.user, page="/x/", title="Practice", texts={"a": "Secret words."}, arrived_at=factories.AT,
        at=factories.AT,
    )  # fmt: skip
    assert one is not None
    other = factories.user("Dot Stranger")
    assert "Secret words." not in text_of(page(other, KEPT))
    client_of(other).post(KEPT, {"dismiss": str(one.pk)})
    assert KeptForm.objects.count() == 1


@pytest.mark.parametrize("texts", [{}, {"a": ""}, {"a": " \r\n "}])
def test_nothing_written_is_nothing_kept(mine: Enrolment, texts: dict[str, Any]) -> None:
    said = {"user": mine.user, "page": "/x/", "title": "A", "arrived_at": factories.AT, "at": factories.AT}
    assert kept_forms.keep_form(texts=texts, **said) is None
    assert kept_forms.keep_form(texts={"a": "One"}, **said) == kept_forms.keep_form(
        texts={"a": "One\r\n"}, **said
    )


def test_what_is_neither_sent_nor_dismissed_goes_after_90_days_and_the_page_says_until_when(
    mine: Enrolment,
) -> None:
    url = reverse("participant:module", args=["study-1"])
    with time_machine.travel(ARRIVED, tick=False):
        client = sent_while_signed_out(
            url, mine.user, reflection="I shall ask more.", enrolment=mine.reference
        )
        said = text_of(client.get(url))
        assert "until you send or dismiss it, for 90 days at most" in said
        shown = listed(client)
    assert re.search(
        r"It arrived <[^>]*>3 Mar 2026, 09:00 .*and is kept until <[^>]*>1 Jun 2026, 10:00 ", shown
    )
    assert "removed 90 days after it arrived" in shown
    last = ARRIVED + kept_forms.KEPT_FOR
    assert jobs.let_kept_forms_go(last) == "0 kept forms are let go"
    assert len(kept_forms.kept_of(mine.user, at=last)) == 1
    after = last + timedelta(seconds=1)
    assert kept_forms.kept_of(mine.user, at=after) == []  # also before the job has run
    assert jobs.let_kept_forms_go(after) == "1 kept forms are let go"
    assert not KeptForm.objects.exists()
    gone = AuditEvent.objects.get(verb="form.expired")
    assert "ask more" not in str(gone.details)
    assert list(audit.verify()) == []
    assert jobs.let_kept_forms_go(after) == "0 kept forms are let go"


def test_the_same_text_sent_anew_is_kept_from_then(mine: Enrolment) -> None:
    said = {"user": mine.user, "page": "/x/", "title": "A form", "texts": {"a": "The same."}}
    kept_forms.keep_form(**said, arrived_at=ARRIVED, at=ARRIVED)
    later = ARRIVED + kept_forms.KEPT_FOR + timedelta(days=1)
    kept_forms.keep_form(**said, arrived_at=later, at=later)
    (one,) = kept_forms.kept_of(mine.user, at=later)
    assert one.arrived_at == later
