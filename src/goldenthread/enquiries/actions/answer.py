"""What is done with an enquiry: answer, note, assign, hand to a partner, close, open again, let out of quarantine."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction

from goldenthread.common import audit, mail
from goldenthread.common.refused import Refused
from goldenthread.enquiries import queries, rules
from goldenthread.enquiries.actions.filing import hand_on
from goldenthread.enquiries.actions.opening import acknowledge, key_of, locked, move, say
from goldenthread.enquiries.models import Channel, Enquiry, EnquiryMessage, Topic
from goldenthread.people.models import Organisation, User


@transaction.atomic
def answer(*, enquiry: Enquiry, text: str, form_key: UUID | str, by: User, at: datetime) -> EnquiryMessage:
    """Answer by mail, in the thread of the enquiry; it then waits for them.

    The same `form_key` gives the answer that is there. Refuses a closed enquiry, no text, and a person without an
    address; an answer to what was put aside lets it out.
    """
    key = key_of(form_key)
    row = locked(enquiry)
    known = EnquiryMessage.objects.filter(form_key=key).first()
    if known:
        return known
    words = rules.check_text(text, what="the answer")
    to = queries.address_of(row)
    if not to:
        raise Refused(
            "No e-mail address is known of this person, so no answer can go out. Write a note instead.",
            code="enquiry.no_address",
            field="text",
        )
    move(row, rules.Verb.ANSWER, at=at)
    thread = queries.thread_headers(row)
    mail_key = f"enquiry:{key}"  # nobody can guess it, nor the Message-ID that is made from it
    message = say(
        row,
        "out",
        words,
        at=at,
        by=by,
        name=by.name,
        form_key=key,
        channel=Channel.EMAIL,
        message_id=mail.message_id(mail_key),
    )
    audit.record("enquiry.answered", row, by=by, at=at, message=message.pk)
    mail.send(
        "enquiry_answer",
        to=to,
        key=mail_key,
        at=at,
        headers={**thread, "Reply-To": settings.MAIL_IN_ADDRESS},
        name=row.prospect.name if row.prospect else "",
        reference=row.reference,
        about=row.subject,
        text=words,
        writer=by.name,
        partner=str(row.partner) if row.partner else "",
    )
    return message


@transaction.atomic
def note(*, enquiry: Enquiry, text: str, form_key: UUID | str, by: User, at: datetime) -> EnquiryMessage:
    """A note among those who answer; the person never sees it."""
    key = key_of(form_key)
    row = locked(enquiry)
    known = EnquiryMessage.objects.filter(form_key=key).first()
    if known:
        return known
    words = rules.check_text(text, what="the note")
    audit.record("enquiry.noted", row, by=by, at=at)
    return say(row, "note", words, at=at, by=by, name=by.name, form_key=key)


@transaction.atomic
def assign(*, enquiry: Enquiry, to: User | None, by: User, at: datetime) -> Enquiry:
    """Give an enquiry to somebody of the office or its partner, or to nobody. Safe to repeat."""
    row = locked(enquiry)
    if row.assigned_to_id == (to.pk if to else None):
        return row
    audit.record("enquiry.assigned", row, by=by, at=at, before=row.assigned_to_id, to=to.pk if to else None)
    row.assigned_to, row.updated_at = to, at
    row.save(update_fields=["assigned_to", "updated_at"])
    return row


@transaction.atomic
def hand_to(*, enquiry: Enquiry, partner: Organisation | None, by: User, at: datetime) -> Enquiry:
    """Have a delivery partner answer, or the office again; who it was assigned to there is free of it."""
    row = locked(enquiry)
    if row.partner_id == (partner.pk if partner else None):
        return row
    if partner and row.topic == Topic.OTHER:
        raise Refused(
            f"This is about {row.topic_text}, which delivery partners don't answer. File it under the NPQs first.",
            code="enquiry.other_provision",
            field="partner",
        )
    audit.record(
        "enquiry.handed", row, by=by, at=at, before=row.partner_id, partner=partner.pk if partner else None
    )
    row.partner, row.assigned_to, row.updated_at = partner, None, at
    row.save(update_fields=["partner", "assigned_to", "updated_at"])
    return row


@transaction.atomic
def close(*, enquiry: Enquiry, by: Any, at: datetime) -> Enquiry:
    """Nothing is left to answer. What the person writes later opens it again. Safe to repeat."""
    row = locked(enquiry)
    if row.state == rules.State.CLOSED:
        return row
    move(row, rules.Verb.CLOSE, at=at)
    audit.record("enquiry.closed", row, by=by, at=at)
    return row


@transaction.atomic
def reopen(*, enquiry: Enquiry, by: User, at: datetime) -> Enquiry:
    """It was closed too early: it waits for us again."""
    row = locked(enquiry)
    if row.state in rules.OPEN:
        return row
    move(row, rules.Verb.REOPEN, at=at)
    audit.record("enquiry.reopened", row, by=by, at=at)
    return row


@transaction.atomic
def let_out(*, enquiry: Enquiry, by: User, at: datetime) -> Enquiry:
    """What was put aside is a question after all: it joins the queue, and the person hears that we have it."""
    row = locked(enquiry)
    if not row.quarantine:
        return row
    audit.record("enquiry.let_out", row, by=by, at=at, reason=row.quarantine)
    row.quarantine, row.updated_at = "", at
    row.save(update_fields=["quarantine", "updated_at"])
    first = queries.first_said(row)
    acknowledge(row, first.sender if first else "", key=f"enquiry_received:{row.pk}", at=at)
    hand_on(row, at=at)
    return row
