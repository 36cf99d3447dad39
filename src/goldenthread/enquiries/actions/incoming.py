"""Mail that comes in: each becomes an enquiry, or a further message of the one that it answers."""

from collections.abc import Iterable
from datetime import datetime

from django.conf import settings
from django.db import IntegrityError, transaction

from goldenthread.common import audit, clock
from goldenthread.enquiries import other, queries, rules
from goldenthread.enquiries.actions.filing import hand_on
from goldenthread.enquiries.actions.opening import Opening, acknowledge, locked, move, open_enquiry, say
from goldenthread.enquiries.actions.prospects import Who, prospect_for
from goldenthread.enquiries.letters import Letter
from goldenthread.enquiries.models import Channel, ContactPoint, Enquiry, EnquiryMessage, Topic


def take(*, letter: Letter, at: datetime) -> Enquiry:
    """Take a mail in (S0-67, S1-33). The same one again gives the enquiry that it is in.

    Nobody is ever answered who is a machine, and no bounce: a report that an answer of ours did not arrive makes its
    enquiry wait for us again. A machine's mail that belongs to no enquiry is put aside, not thrown away.
    """
    known = EnquiryMessage.objects.filter(message_id=letter.message_id).select_related("enquiry").first()
    if known:
        return known.enquiry
    try:
        return _take(letter, at)
    except IntegrityError:  # another worker took it in this moment
        known = EnquiryMessage.objects.filter(message_id=letter.message_id).select_related("enquiry").first()
        if known is None:
            raise
        return known.enquiry


@transaction.atomic
def _take(letter: Letter, at: datetime) -> Enquiry:
    thread = _thread_of(letter)
    own = letter.sender == settings.MAIL_IN_ADDRESS.lower()
    automatic = "a message of our own" if own else letter.automatic
    if thread is not None:
        return _continue(thread, letter, automatic, at)
    return _begin(letter, automatic, at)


def _thread_of(letter: Letter) -> Enquiry | None:
    """The enquiry whose message this answers, else the one whose reference stands in the subject.

    The reference counts only from the address that the enquiry is with: anybody could write one down.
    """
    if letter.answers:
        found = EnquiryMessage.objects.filter(message_id__in=letter.answers).select_related("enquiry")
        known = {one.message_id: one.enquiry for one in found.order_by("pk")}
        for one in letter.answers:
            if one in known:
                return known[one]
    if letter.reference:
        enquiry = (
            Enquiry.objects.filter(reference=letter.reference).select_related("prospect__merged_into").first()
        )
        if enquiry and (letter.automatic or letter.sender in queries.addresses_of(enquiry)):
            return enquiry
    return None


def _continue(enquiry: Enquiry, letter: Letter, automatic: str, at: datetime) -> Enquiry:
    row = locked(enquiry)
    notes = list(letter.notes)
    if not automatic and letter.sender not in queries.addresses_of(row):
        notes.append(f"Sent from another address than the enquiry's: {letter.sender}.")
    if automatic:
        notes.append(f"This is {automatic}: it was not answered.")
    _write_down(row, letter, automatic, notes, at)
    if not automatic or (letter.bounce and row.state in (rules.State.WAITING_THEM, rules.State.CLOSED)):
        move(row, rules.Verb.HEAR, at=at)
        if not automatic:
            hand_on(row, at=at)
    audit.record("enquiry.heard", row, by="visitor", at=at, automatic=automatic, channel="email")
    return row


def _begin(letter: Letter, automatic: str, at: datetime) -> Enquiry:
    point = _addressed(letter)
    put_aside = automatic or rules.suspicion(f"{letter.subject}\n{letter.text}")
    who = Who(name=letter.name, email=letter.sender)
    prospect = prospect_for(who.checked(), at=at) if letter.sender else None
    partner = point.organisation if point and point.is_partners else None  # type: ignore[attr-defined]
    opening = Opening(
        Channel.EMAIL,
        rules.subject_of(letter.subject),
        partner=partner,
        topic=point.topic if point else Topic.GENERAL,
        quarantine=put_aside,
        provision=""
        if partner
        else other.named_in(f"{letter.subject}\n{rules.split_quoted(letter.text).text}"),
    )
    enquiry = open_enquiry(opening, prospect, at=at, by="visitor")
    _write_down(enquiry, letter, automatic, letter.notes, at)
    # One confirmation a day for each address: two machines that answer each other would not stop by themselves.
    acknowledge(enquiry, letter.sender, key=f"enquiry_mail:{letter.sender}:{clock.day_of(at)}", at=at)
    hand_on(enquiry, at=at)
    return enquiry


def _write_down(enquiry: Enquiry, letter: Letter, automatic: str, notes: Iterable[str], at: datetime) -> None:
    say(
        enquiry,
        "auto" if automatic else "in",
        letter.text,
        at=at,
        channel=Channel.EMAIL,
        name=letter.name,
        sender=letter.sender,
        notes=list(notes),
        message_id=letter.message_id,
    )


def _addressed(letter: Letter) -> ContactPoint | None:
    """The contact point that the mail was written to: it decides topic and queue (S1-33, S4-08)."""
    points = list(queries.addressed_points())
    asked = [
        rules.Point(one.value, general=one.topic == Topic.GENERAL, partner=vars(one)["is_partners"])
        for one in points
    ]
    found = rules.written_to(asked, delivered=letter.delivered, to=letter.to, cc=letter.cc)
    return points[found] if found is not None else None
