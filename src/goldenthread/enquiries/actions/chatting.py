"""Live chat: an enquiry that is talked over while both are there, and an ordinary one as soon as they aren't."""

import hashlib
from datetime import datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.crypto import salted_hmac

from goldenthread.catalogue.models import Programme
from goldenthread.common import audit
from goldenthread.common.refused import Refused
from goldenthread.enquiries import other, queries, rules
from goldenthread.enquiries.actions.answer import close
from goldenthread.enquiries.actions.filing import hand_on
from goldenthread.enquiries.actions.opening import (
    Opening,
    acknowledge,
    key_of,
    locked,
    move,
    open_enquiry,
    say,
    targets,
)
from goldenthread.enquiries.actions.prospects import Who, prospect_for
from goldenthread.enquiries.models import Channel, Chat, Duty, Enquiry, EnquiryMessage
from goldenthread.people.models import User

ON_DUTY_FOR = timedelta(minutes=15)  # after the last sign of life of the duty desk
LONGEST_SAID = 2_000
VISITOR = "visitor"


def token_of(form_key: str) -> str:
    """The cookie of the chat that a form begins: sent twice at once, both answers carry the same one."""
    return salted_hmac("goldenthread.chat", form_key, algorithm="sha256").hexdigest()


def hash_of(token: str) -> str:
    """What is kept of a visitor's cookie."""
    return hashlib.sha256(token.encode()).hexdigest()


# --- on duty -----------------------------------------------------------------------------------------
@transaction.atomic
def set_duty(*, user: User, on: bool, at: datetime) -> None:
    """Say that one answers chats now, or no longer; it runs out by itself when the desk is closed. Safe to repeat."""
    until = at + ON_DUTY_FOR if on else at
    before = Duty.objects.filter(user=user, until__gt=at).exists()
    Duty.objects.update_or_create(user=user, defaults={"until": until})
    if before != on:
        audit.record("duty.began" if on else "duty.ended", user, by=user, at=at)


def stay_on_duty(*, user: User, at: datetime) -> None:
    """The desk is open in somebody's browser: their duty lasts on, if it hasn't run out. Once a minute at most."""
    soon = at + ON_DUTY_FOR - timedelta(minutes=1)
    Duty.objects.filter(user=user, until__gt=at, until__lt=soon).update(until=at + ON_DUTY_FOR)


# --- the visitor -------------------------------------------------------------------------------------
@transaction.atomic
def begin(
    *,
    token: str,
    form_key: UUID | str,
    text: str,
    who: Who,
    at: datetime,
    programme: Programme | None = None,
    signs: rules.Signs | None = None,
) -> Chat:
    """Begin a chat with the first message. The same `form_key` gives the chat that is there, under this token.

    While nobody is on duty it is an enquiry from the start, which needs an address to answer to (S0-67). What looks
    like spam is put aside and disturbs nobody at the desk. A question about other provision is never talked over
    here: it goes by mail to those who run it (S0-60).
    """
    key = key_of(form_key)
    known = Chat.objects.filter(enquiry__form_key=key).select_related("enquiry").first()
    if known:
        return _same_visitor(known, token)
    named = "" if programme else other.named_in(text[: LONGEST_SAID * 4])
    there = queries.somebody_on_duty(at=at)
    if not who.email.strip():
        _check_live(named, there)
    clean = who.checked(email_needed=False)
    words = rules.check_text(text, what="your question", most=LONGEST_SAID)
    put_aside = rules.suspicion(words, signs, name=clean.name)
    prospect = prospect_for(clean, at=at)
    opening = Opening(
        Channel.CHAT,
        words.split("\n")[0][:80],
        programme=programme,
        quarantine=put_aside,
        form_key=key,
        provision=named,
    )
    try:
        with transaction.atomic():
            enquiry = open_enquiry(opening, prospect, at=at, by=VISITOR)
    except IntegrityError:  # the same form came twice in this moment
        return _same_visitor(Chat.objects.select_related("enquiry").get(enquiry__form_key=key), token)
    say(enquiry, "in", words, at=at, name=clean.name, sender=clean.email)
    live = there and not put_aside and not named
    chat = Chat.objects.create(
        enquiry=enquiry,
        token_hash=hash_of(token),
        opened_at=at,
        heard_at=at,
        ended_at=None if live else at,
    )
    if not live:
        _confirm(chat, at=at)
    return chat


def _check_live(named: str, there: bool) -> None:
    """Refuse a chat without an address that nobody would answer in it."""
    if named:
        raise Refused(
            f"This chat is about NPQs. Leave your e-mail address: the people who run {named} answer you.",
            code="chat.other_provision",
            field="email",
        )
    if not there:
        raise Refused(
            "Nobody is here to chat just now. Leave your e-mail address: we answer by e-mail.",
            code="chat.nobody_there",
            field="email",
        )


def _same_visitor(chat: Chat, token: str) -> Chat:
    if chat.token_hash != hash_of(token):
        raise Refused("This chat was begun in another browser. Begin a new one.", code="chat.other")
    return chat


def _confirm(chat: Chat, *, at: datetime) -> None:
    enquiry = locked(chat.enquiry)
    acknowledge(enquiry, queries.address_of(enquiry), key=f"enquiry_received:{enquiry.pk}", at=at)
    hand_on(enquiry, at=at)


@transaction.atomic
def say_more(*, chat: Chat, text: str, form_key: UUID | str, at: datetime) -> EnquiryMessage:
    """The visitor writes on; also after the chat has ended, as a further message of the enquiry."""
    key = key_of(form_key)
    enquiry = locked(chat.enquiry)
    known = EnquiryMessage.objects.filter(form_key=key).first()
    if known:
        return known
    words = rules.check_text(text, what="a message", most=LONGEST_SAID)
    first = queries.first_said(
        enquiry
    )  # the name that was typed here: the person's may be known from elsewhere
    name = first.name if first else ""
    message = say(enquiry, "in", words, at=at, name=name, form_key=key, channel=Channel.CHAT)
    move(enquiry, rules.Verb.HEAR, at=at)
    Chat.objects.filter(pk=chat.pk).update(heard_at=at)
    hand_on(enquiry, at=at)
    return message


@transaction.atomic
def leave_address(*, chat: Chat, email: str, name: str, at: datetime) -> Enquiry:
    """The visitor leaves an address to be answered at, once nobody came."""
    enquiry = locked(chat.enquiry)
    if not queries.address_of(enquiry):
        before = enquiry.prospect
        clean = Who(name=name or (before.name if before else ""), email=email).checked()
        enquiry.prospect = prospect_for(clean, at=at)
        enquiry.save(update_fields=["prospect"])
        audit.record("enquiry.address_left", enquiry, by=VISITOR, at=at)
        if chat.ended_at:
            acknowledge(enquiry, clean.email, key=f"enquiry_received:{enquiry.pk}", at=at)
            hand_on(enquiry, at=at)
    return enquiry


# --- the desk ----------------------------------------------------------------------------------------
@transaction.atomic
def reply(*, chat: Chat, text: str, form_key: UUID | str, by: User, at: datetime) -> EnquiryMessage:
    """Answer in a chat; who answers first has taken it. Refuses once it has ended: then it is answered by mail."""
    key = key_of(form_key)
    enquiry = locked(chat.enquiry)
    known = EnquiryMessage.objects.filter(form_key=key).first()
    if known:
        return known
    row = Chat.objects.select_for_update(of=("self",)).get(pk=chat.pk)
    if row.ended_at:
        raise Refused(
            "This chat has ended: the visitor may be gone. Answer the enquiry by e-mail.",
            code="chat.ended",
            field="text",
        )
    words = rules.check_text(text, what="an answer", most=LONGEST_SAID)
    message = say(enquiry, "out", words, at=at, by=by, name=by.name, form_key=key, channel=Channel.CHAT)
    move(enquiry, rules.Verb.ANSWER, at=at)
    if row.taken_by_id is None:
        row.taken_by = by
        audit.record("chat.taken", enquiry, by=by, at=at)
    row.heard_at = at
    row.save(update_fields=["taken_by", "heard_at"])
    return message


@transaction.atomic
def end(*, chat: Chat, by: User | str, at: datetime) -> Chat:
    """End a chat. Answered, the enquiry is closed; unanswered, it joins the queue. Safe to repeat."""
    enquiry = locked(chat.enquiry)
    row = Chat.objects.select_for_update(of=("self",)).get(pk=chat.pk)
    if row.ended_at:
        return row
    row.ended_at = at
    row.save(update_fields=["ended_at"])
    audit.record("chat.ended", enquiry, by=by, at=at)
    if enquiry.state == rules.State.WAITING_THEM:
        close(enquiry=enquiry, by=by, at=at)
    elif enquiry.state in rules.OPEN:
        enquiry.due_at = enquiry.due_at or targets().due(Channel.CHAT, at)
        enquiry.save(update_fields=["due_at"])
        acknowledge(enquiry, queries.address_of(enquiry), key=f"enquiry_received:{enquiry.pk}", at=at)
        hand_on(enquiry, at=at)
    return row


def end_abandoned(*, at: datetime) -> int:
    """End every chat that nobody answered in time, and those in which nobody writes any more; how many there were."""
    ended = 0
    for chat in queries.abandoned_chats(at=at):
        end(chat=chat, by="system", at=at)
        ended += 1
    return ended
