"""Filing an enquiry under an NPQ or other provision, and handing what is no NPQ's on to those who run it (S0-60)."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction

from goldenthread.catalogue.claims import Provision
from goldenthread.common import audit, mail
from goldenthread.enquiries import queries, rules
from goldenthread.enquiries.actions.opening import locked, move, say
from goldenthread.enquiries.models import Enquiry, Topic


@transaction.atomic
def file_under(*, enquiry: Enquiry, provision: Provision | None, by: Any, at: datetime) -> Enquiry:
    """File an enquiry under what is run besides the NPQs, or under the NPQs again (None).

    Other provision leaves the queue of the NPQs, its programme, its partner and whoever looked after it, and is
    handed on. Back among the NPQs it waits for us, if it was handed on. Safe to repeat.
    """
    row = locked(enquiry)
    name = provision.name if provision else ""
    if name == row.provision and (row.topic == Topic.OTHER) == bool(provision):
        return row
    before, was_other = row.topic_text, row.topic == Topic.OTHER
    row.topic, row.provision, row.updated_at = (Topic.OTHER if name else Topic.GENERAL), name, at
    if name:
        row.programme = row.partner = row.assigned_to = None
    row.save(update_fields=["topic", "provision", "programme", "partner", "assigned_to", "updated_at"])
    audit.record("enquiry.filed", row, by=by, at=at, before=before, topic=row.topic_text)
    if name and not was_other:
        hand_on(row, at=at)
    elif not name and row.state == rules.State.CLOSED:
        move(row, rules.Verb.REOPEN, at=at)
    return row


def hand_on(enquiry: Enquiry, *, at: datetime) -> bool:
    """Send what the person wrote last to the address for other provision; nothing is left to answer here then.

    Nothing happens to what is an NPQ's, was put aside, is talked over in a live chat, waits for them, or has no
    address to be answered at, nor while no address for other provision is known: then it waits in its own list. The
    row is locked.
    """
    to, answer_to = queries.address_for_other_provision(), queries.address_of(enquiry)
    waits = enquiry.topic == Topic.OTHER and enquiry.state in rules.OPEN and not enquiry.quarantine
    if not (to and answer_to and waits) or queries.is_live(enquiry):
        return False
    last = enquiry.messages.filter(kind="in").order_by("-pk").first()
    if last is None:
        return False
    mail.send(
        "other_provision",
        to=to,
        key=f"other_provision:{last.pk}",
        at=at,
        headers={"Reply-To": answer_to, "Auto-Submitted": "auto-generated"},
        who=last.name or (enquiry.prospect.name if enquiry.prospect else ""),
        email=answer_to,
        topic=enquiry.topic_text,
        reference=enquiry.reference,
        text=last.text,
    )
    say(enquiry, "auto", f"Handed on to {to}.", at=at, name=settings.PROVIDER_NAME)
    move(enquiry, rules.Verb.CLOSE, at=at)
    audit.record("enquiry.handed_on", enquiry, by=None, at=at, to=to, topic=enquiry.topic_text)
    return True
