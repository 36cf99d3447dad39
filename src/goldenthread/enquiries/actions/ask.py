"""Ask a question by form, or have the office write down one that came by telephone."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from goldenthread.catalogue.claims import Provision
from goldenthread.catalogue.models import Programme
from goldenthread.common.refused import Refused
from goldenthread.enquiries import other, rules
from goldenthread.enquiries.actions.filing import hand_on
from goldenthread.enquiries.actions.opening import Opening, acknowledge, key_of, open_enquiry, say
from goldenthread.enquiries.actions.prospects import Who, prospect_for
from goldenthread.enquiries.models import Channel, Enquiry, Topic
from goldenthread.people.models import Organisation


@transaction.atomic
def ask(
    *,
    form_key: UUID | str,
    who: Who,
    text: str,
    at: datetime,
    programme: Programme | None = None,
    partner: Organisation | None = None,
    provision: Provision | None = None,
    signs: rules.Signs | None = None,
    channel: str = Channel.FORM,
    by: Any = "visitor",
) -> Enquiry:
    """Take a question in; nobody needs an account for it (S0-67, S4-08).

    The same `form_key` gives the enquiry that is there. What looks like spam is taken in too and put aside for a look;
    it gets no confirmation, so that nobody can have us write to strangers. A question about other provision,
    `provision` or named in the words, goes to those who run it (S0-60). Refuses no text, no address.
    """
    key = key_of(form_key)
    known = Enquiry.objects.filter(form_key=key).first()
    if known:
        return known
    clean = who.checked(email_needed=channel != Channel.PHONE)
    words = rules.check_text(text)
    put_aside = rules.suspicion(words, signs, name=clean.name) if channel == Channel.FORM else ""
    prospect = prospect_for(clean, at=at)
    topic = Topic.OFFER if programme else Topic.GENERAL
    named = provision.name if provision else "" if programme or partner else other.named_in(words)
    opening = Opening(
        channel,
        _subject(words),
        programme,
        partner,
        topic,
        put_aside,
        place=clean.said_place,
        form_key=key,
        provision=named,
    )
    try:
        with transaction.atomic():
            enquiry = open_enquiry(opening, prospect, at=at, by=by)
    except IntegrityError:  # the same form came twice in this moment
        return Enquiry.objects.get(form_key=key)
    say(enquiry, "in", words, at=at, name=clean.name, sender=clean.email)
    acknowledge(enquiry, clean.email, key=f"enquiry_received:{enquiry.pk}", at=at)
    hand_on(enquiry, at=at)
    return enquiry


def _subject(text: str) -> str:
    """What a list shows of a question: its first words."""
    first = text.split("\n")[0]
    return first if len(first) <= 80 else first[:80].rsplit(" ", 1)[0] + "…"


def by_telephone(
    *,
    form_key: UUID | str,
    who: Who,
    text: str,
    by: Any,
    at: datetime,
    programme: Programme | None = None,
    provision: Provision | None = None,
) -> Enquiry:
    """Write down what somebody asked on the telephone; a name, an address or both say who it was."""
    if not who.name.strip() and not who.email.strip():
        raise Refused("Give a name or an e-mail address.", code="prospect.nobody", field="name")
    return ask(
        form_key=form_key,
        who=who,
        text=text,
        programme=programme,
        provision=provision,
        channel=Channel.PHONE,
        by=by,
        at=at,
    )
