"""Testimonials: added with the evidence of consent, published, gone at once when the consent is withdrawn (S0-69)."""

from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from goldenthread.catalogue.models import Programme
from goldenthread.common import audit, clock
from goldenthread.common.refused import Refused
from goldenthread.enquiries import rules
from goldenthread.enquiries.actions.opening import key_of
from goldenthread.enquiries.models import Testimonial
from goldenthread.people.models import User
from goldenthread.people.rules import check_name

LONGEST = 1_000


@transaction.atomic
def add(
    *,
    form_key: UUID | str,
    text: str,
    name: str,
    programme: Programme | None,
    consent_on: date,
    consent_evidence: str,
    by: User,
    at: datetime,
) -> Testimonial:
    """Add what somebody said, with where their consent can be found; it isn't shown before it is published.

    `programme` None: not stated, so it stands on general pages only. The same `form_key` gives the one that is there.
    """
    key = key_of(form_key)
    known = Testimonial.objects.filter(form_key=key).first()
    if known:
        return known
    evidence = rules.check_text(
        consent_evidence, field="consent_evidence", what="where the consent can be found", most=500
    )
    if consent_on > clock.day_of(at):
        raise Refused("The consent can't be of a day to come.", code="consent.future", field="consent_on")
    made = Testimonial.objects.create(
        form_key=key,
        text=rules.check_text(text, what="what was said", most=LONGEST),
        name=check_name(name),
        programme=programme,
        consent_on=consent_on,
        consent_evidence=evidence,
        added_at=at,
        added_by=by,
    )
    audit.record("testimonial.added", made, by=by, at=at, consent_on=consent_on, evidence=evidence)
    return made


@transaction.atomic
def publish(*, testimonial: Testimonial, by: User, at: datetime) -> Testimonial:
    """Show a testimonial on public pages. Refused once its consent was withdrawn. Safe to repeat."""
    locked = Testimonial.objects.select_for_update(of=("self",)).get(pk=testimonial.pk)
    if locked.withdrawn_at:
        raise Refused(
            "The consent was withdrawn: add the testimonial anew with a new consent.",
            code="consent.withdrawn",
        )
    if locked.published_at is None:
        locked.published_at = at
        locked.save(update_fields=["published_at"])
        audit.record("testimonial.published", locked, by=by, at=at)
    return locked


@transaction.atomic
def withdraw(*, testimonial: Testimonial, reason: str, by: User, at: datetime) -> Testimonial:
    """The consent is withdrawn: it is shown nowhere from now on. Safe to repeat."""
    locked = Testimonial.objects.select_for_update(of=("self",)).get(pk=testimonial.pk)
    if locked.withdrawn_at is None:
        locked.withdrawn_at, locked.withdrawn_reason = at, rules.plain(reason)[:500]
        locked.save(update_fields=["withdrawn_at", "withdrawn_reason"])
        audit.record("testimonial.withdrawn", locked, by=by, at=at, reason=locked.withdrawn_reason)
    return locked
