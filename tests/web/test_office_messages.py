"""The outbox as the office sees it."""

import re

import pytest
from django.urls import reverse

from goldenthread.common import mail
from goldenthread.common.models import AuditEvent, OutboxMessage
from goldenthread.people.models import Role, User
from goldenthread.people.queries import welcome_token
from goldenthread.web.office import mailbox
from tests import factories
from tests.factories_web import Cast, cast, client_of, page, queries_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def people(catalogue: None) -> Cast:
    return cast()


def message(key: str, **fields: object) -> OutboxMessage:
    to = f"{key}@example.org"
    defaults: dict[str, object] = {
        "kind": "mail",
        "recipient": to,
        "payload": {"template": "application_received", "to": to, "context": {}},
        "created_at": factories.AT,
        "due_at": factories.AT,
    }
    return OutboxMessage.objects.create(key=key, **{**defaults, **fields})


def keys(people: Cast, **query: str) -> list[str]:
    response = page(people.office, reverse("office:messages"), **query)
    return [row["message"].key for row in response.context["rows"]]


@pytest.fixture
def four(people: Cast) -> Cast:
    OutboxMessage.objects.all().delete()
    message("waits")
    message("fails", attempts=2, error="SMTPException: later")
    message("dies", attempts=6, dead_at=factories.AT, error="SMTPException: never")
    message("went", attempts=1, sent_at=factories.AT)
    return people


def test_messages_stand_under_their_state(four: Cast) -> None:
    assert keys(four, state="waiting") == ["waits"]
    assert keys(four, state="failing") == ["fails"]
    assert keys(four, state="dead") == ["dies"]
    assert keys(four, state="sent") == ["went"]


def test_the_page_opens_with_what_needs_somebody(four: Cast) -> None:
    assert keys(four) == ["dies"]
    OutboxMessage.objects.filter(key="dies").update(dead_at=None, sent_at=factories.AT)
    assert keys(four) == ["fails"]


@pytest.mark.parametrize(
    "words", ["WENT@", "ent@e", "example.ORG", "have your application", "received", "NPQ7"]
)
def test_the_search_finds_any_part_of_an_address_or_a_subject(four: Cast, words: str) -> None:
    context = {"name": "Amara", "reference": "A-NPQ7"}
    payload = {"template": "application_received", "to": "went@example.org", "context": context}
    OutboxMessage.objects.filter(key="went").update(payload=payload)
    assert keys(four, state="sent", q=words) == ["went"]
    assert keys(four, state="sent", q=f"{words} elsewhere") == []


def test_a_search_by_subject_leaves_other_subjects_out(four: Cast) -> None:
    message("result", sent_at=factories.AT, payload={"template": "result_released", "to": "r", "context": {}})
    assert keys(four, state="sent", q="result is there") == ["result"]
    assert keys(four, state="sent", q="application") == ["went"]


def test_older_messages_follow_by_number(four: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mailbox, "PAGE", 1)
    message("second", sent_at=factories.AT)
    assert keys(four, state="sent") == ["second"]
    older = page(four.office, reverse("office:messages"), state="sent").context["pile"].older
    assert keys(four, state="sent", before=str(older)) == ["went"]


def test_a_search_by_words_reads_a_piece_at_a_time_and_goes_on_from_there(
    four: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of five sent messages it reads two at a time; a whole address is found among all, by its index."""
    monkeypatch.setattr(mailbox, "SEARCHED", 2)
    for key in ("one", "two", "three", "four"):
        message(key, sent_at=factories.AT)
    asked = {"state": "sent", "q": "went"}
    url = reverse("office:messages")
    read = []
    while True:
        answer = page(four.office, url, **asked)
        pile = answer.context["pile"]
        read.append([one.key for one in pile.messages])
        if not pile.older:
            break
        assert (pile.searched, "Search older messages" in answer.content.decode()) == (2, True)
        asked["before"] = str(pile.older)
    assert read == [[], [], ["went"], []]
    assert keys(four, state="sent", q="went@example.org") == ["went"]
    assert keys(four, state="sent", q="Went@Example.org") == ["went"]
    assert keys(four, state="dead", q="dies") == ["dies"]


@pytest.mark.parametrize("query", [{"before": "x"}, {"before": "9" * 40}, {"state": "lost"}, {"q": "\0"}])
def test_a_damaged_address_gives_a_page_and_no_fault(four: Cast, query: dict[str, str]) -> None:
    assert page(four.office, reverse("office:messages"), **query).status_code == 200


def test_nobody_else_sees_messages_or_sends_them_again(four: Cast) -> None:
    dead = OutboxMessage.objects.get(key="dies")
    for user in four.everybody_but("office"):
        assert page(user, reverse("office:messages")).status_code == 404
        assert page(user, reverse("office:message", args=[dead.pk])).status_code == 404
        assert client_of(user).post(reverse("office:try_again", args=[dead.pk])).status_code == 404
    assert OutboxMessage.objects.get(key="dies").dead_at


def test_a_dead_message_is_tried_again_once_and_the_trail_says_who(four: Cast) -> None:
    dead = OutboxMessage.objects.get(key="dies")
    client, url = client_of(four.office), reverse("office:try_again", args=[dead.pk])
    assert [client.post(url).status_code for _ in range(2)] == [302, 302]
    dead.refresh_from_db()
    assert (dead.dead_at, dead.attempts, dead.error) == (None, 0, "")
    event = AuditEvent.objects.get(verb="message.revived")
    assert event.actor == f"user:{four.office.pk}"


def test_try_again_needs_a_post(four: Cast) -> None:
    dead = OutboxMessage.objects.get(key="dies")
    assert page(four.office, reverse("office:try_again", args=[dead.pk])).status_code == 405


def test_the_preview_shows_the_words_and_no_link_that_acts_for_the_receiver(people: Cast) -> None:
    welcome = OutboxMessage.objects.get(
        recipient=people.bilal.user.email, payload__template="application_accepted"
    )
    User.objects.filter(pk=people.bilal.user_id).update(password="!unusable")
    response = page(people.office, reverse("office:message", args=[welcome.pk]))
    text = response.content.decode()
    assert people.bilal.application.reference in text
    assert mailbox.PERSONAL in text
    assert not re.search(r"[\w-]{8,}:[\w-]{4,}:[\w-]{20,}", text)


def test_links_are_blanked_whole_also_when_escaped(people: Cast) -> None:
    token = welcome_token(User.objects.get(pk=people.stranger.pk))
    for address in (
        f"https://x.example/welcome/{token}/",
        f"https://x.example/w/{token.replace(':', '%3A')}?a=1",
    ):
        assert mailbox.without_links(f"Open {address} now") == f"Open {mailbox.PERSONAL} now"
    assert (
        mailbox.without_links("At 09:30, see https://x.example/start/")
        == "At 09:30, see https://x.example/start/"
    )


def test_a_message_whose_template_is_gone_still_has_a_page(people: Cast) -> None:
    lost = message("lost", payload={"template": "no_such", "to": "a@example.org", "context": {}})
    other = message("other", kind="webhook", payload={"url": "x"})
    for one in (lost, other):
        response = page(people.office, reverse("office:message", args=[one.pk]))
        assert response.status_code == 200
        assert response.context["preview"] is None


def test_the_list_takes_the_same_queries_for_one_and_three_rows(catalogue: None) -> None:
    office = factories.member(Role.OFFICE)
    url = reverse("office:messages") + "?state=waiting"
    message("a")
    one = queries_of(office, url)
    message("b")
    message("c")
    assert queries_of(office, url) == one <= 12


def test_a_whole_address_is_found_whatever_its_case(people: Cast) -> None:
    mail.send("enquiry_received", to="Amara.Mixed@Example.ORG", key="mixed", at=factories.AT)
    for words in ("amara.mixed@example.org", "AMARA.mixed@example.ORG"):
        found = mailbox.messages_for(factories.seen(people.office), state="waiting", words=words)
        assert [one.key for one in found.messages] == ["mail:mixed"]
    assert OutboxMessage.objects.get(key="mail:mixed").payload["to"] == "Amara.Mixed@Example.ORG"
