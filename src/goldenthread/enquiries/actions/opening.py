"""What every new enquiry has in common, whichever way it came: person, partner, target, trail."""

import secrets
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.urls import reverse

from goldenthread.catalogue.models import Programme
from goldenthread.common import audit, clock, limits, mail
from goldenthread.common.days import instant_text
from goldenthread.common.limits import Limit
from goldenthread.common.models import OutboxMessage
from goldenthread.common.refused import Refused
from goldenthread.enquiries import queries, rules
from goldenthread.enquiries.answering import HERE, Targets, read_targets, targets_of
from goldenthread.enquiries.models import AnsweringTargets, Enquiry, EnquiryMessage, Prospect, Topic
from goldenthread.enquiries.offers import offers
from goldenthread.people.models import Organisation

CONFIRMATIONS = Limit("confirmation mail", 5, timedelta(days=1))


@dataclass(frozen=True)
class Opening:
    """An enquiry to be."""

    channel: str
    subject: str
    programme: Programme | None = None
    partner: Organisation | None = None  # whose page or address it came by
    topic: str = Topic.GENERAL
    quarantine: str = ""
    place: rules.Place | None = None  # as it was said with the question
    form_key: UUID | None = None
    provision: str = ""  # what it is about that is no NPQ, by its name

    def filed(self) -> "Opening":
        """The same; what is about other provision is no NPQ's, so no programme's and no partner's (S0-60)."""
        if not self.provision and self.topic != Topic.OTHER:
            return self
        return replace(self, topic=Topic.OTHER, programme=None, partner=None, place=None)


def targets() -> Targets:
    """The response targets in force: what the office set last, else those of the installation's file. One query."""
    latest = AnsweringTargets.objects.order_by("-pk").first()
    return targets_of(latest.document, "the targets that were set") if latest else _of_file()


@cache
def _of_file() -> Targets:
    return read_targets(Path(settings.ANSWERING or HERE))


def key_of(text: UUID | str) -> UUID:
    """The key of a form; refuses a damaged one."""
    try:
        return text if isinstance(text, UUID) else UUID(text)
    except ValueError:
        raise Refused("This form was damaged on the way. Open it anew.", code="form.key") from None


def new_reference() -> str:
    """A reference that nobody has: "Q-7K2M9Q"."""
    while True:
        signs = "".join(secrets.choice(rules.REFERENCE_SIGNS) for _ in range(rules.REFERENCE_LENGTH))
        if not Enquiry.objects.filter(reference=f"Q-{signs}").exists():
            return f"Q-{signs}"


def open_enquiry(opening: Opening, prospect: Prospect | None, *, at: datetime, by: Any) -> Enquiry:
    """Make the enquiry with its target, with the partner whose page it came by, else the nearest of its programme."""
    opening = opening.filed()
    partner_id = opening.partner.pk if opening.partner else None
    place = opening.place or (queries.place_of_prospect(prospect) if prospect else None)
    if opening.partner is None and opening.programme is not None and place is not None:
        partner_id = rules.partner_for(offers(clock.day_of(at)), programme=opening.programme.pk, place=place)
    enquiry = Enquiry.objects.create(
        reference=new_reference(),
        form_key=opening.form_key,
        prospect=prospect,
        programme=opening.programme,
        partner_id=partner_id,
        channel=opening.channel,
        topic=opening.topic,
        provision=opening.provision,
        subject=opening.subject[:200] or "without a subject",
        quarantine=opening.quarantine[:200],
        received_at=at,
        updated_at=at,
        due_at=targets().due(opening.channel, at),
    )
    audit.record(
        "enquiry.opened",
        enquiry,
        by=by,
        at=at,
        channel=opening.channel,
        topic=enquiry.topic_text,
        programme=opening.programme.code if opening.programme else "",
        partner=partner_id,
        quarantine=opening.quarantine,
    )
    return enquiry


def say(enquiry: Enquiry, kind: str, text: str, *, at: datetime, **values: Any) -> EnquiryMessage:
    """Write down what was said."""
    return EnquiryMessage.objects.create(
        enquiry=enquiry,
        kind=kind,
        text=text,
        at=at,
        **{"channel": enquiry.channel, **values},
    )


def move(enquiry: Enquiry, verb: rules.Verb, *, at: datetime) -> None:
    """Move an enquiry: it gets a new target when it begins to wait for us, and has none while it doesn't.

    An answer lets it out of quarantine. The row is locked.
    """
    waited = enquiry.state in rules.OPEN
    enquiry.state = rules.move(enquiry.state, verb)
    if enquiry.state not in rules.OPEN:
        enquiry.due_at = None
    elif not waited:
        enquiry.due_at = targets().due("again", at)
    enquiry.closed_at = at if enquiry.state == rules.State.CLOSED else None
    if verb == rules.Verb.ANSWER:
        enquiry.answered_at, enquiry.quarantine = enquiry.answered_at or at, ""
    enquiry.updated_at = at
    enquiry.save(update_fields=["state", "due_at", "closed_at", "answered_at", "quarantine", "updated_at"])


def locked(enquiry: Enquiry) -> Enquiry:
    """The row, for the rest of the transaction."""
    return (
        Enquiry.objects.select_for_update(of=("self",))
        .select_related("prospect__merged_into", "programme", "partner")
        .get(pk=enquiry.pk)
    )


def acknowledge(enquiry: Enquiry, email: str, *, key: str, at: datetime) -> None:
    """Confirm to the person that we have it and when they will hear; never to what was put aside."""
    if enquiry.quarantine or not email:
        return
    if not may_confirm(email, key=key, at=at):
        audit.record("enquiry.not_confirmed", enquiry, by=None, at=at)
        return
    thread = queries.thread_headers(enquiry)
    mail.send(
        "enquiry_received",
        to=email,
        key=key,
        at=at,
        headers={**thread, "Auto-Submitted": "auto-replied", "Reply-To": settings.MAIL_IN_ADDRESS},
        name=enquiry.prospect.name if enquiry.prospect else "",
        reference=enquiry.reference,
        about=enquiry.subject,
        due=clock_text(enquiry.due_at),
        by_partner=_answerer(enquiry),
        url=settings.BASE_URL + reverse("public:contact"),
    )


def may_confirm(email: str, *, key: str, at: datetime) -> bool:
    """Whether one more confirmation may go to an address: a stranger who types it can't have us fill its box.

    One that was sent with this key already is no further one.
    """
    if OutboxMessage.objects.filter(key=f"mail:{key}").exists():
        return True
    return limits.take(CONFIRMATIONS, email.lower(), at=at) is None


def _answerer(enquiry: Enquiry) -> str:
    if enquiry.topic == Topic.OTHER:
        return f"the team for {enquiry.provision}" if enquiry.provision else "the team that runs it"
    return str(enquiry.partner) if enquiry.partner else ""


def clock_text(instant: datetime | None) -> str:
    """A target for people."""
    return instant_text(instant, targets().within.zone) if instant else ""
