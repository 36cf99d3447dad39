"""Contact points and brands of organisations: checked, with the evidence of what was printed where."""

import tomllib
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from django.db import transaction

from goldenthread.common import audit
from goldenthread.common.refused import Refused
from goldenthread.enquiries import rules
from goldenthread.enquiries.models import Brand, ContactPoint, Topic
from goldenthread.people.models import Organisation
from goldenthread.people.queries import place_of
from goldenthread.people.rules import check_email, name_key

SOURCED = Path(__file__).resolve().parent.parent / "contacts.toml"


def normalised(kind: str, printed: str) -> str:
    """An address or number in its one form; refuses what can't be one (S0-68, S3-40)."""
    return rules.phone_number(printed) if kind == "phone" else check_email(printed)


@transaction.atomic
def add_point(
    *,
    organisation: Organisation,
    kind: str,
    printed: str,
    by: Any,
    at: datetime,
    topic: str = Topic.GENERAL,
    source: str = "",
    publish: bool = True,
    keep_invalid: bool = False,
) -> ContactPoint:
    """Add a contact point; one that is there gets the further evidence, so that two spellings are one point.

    Refuses what is invalid, unless it is kept as evidence: then it is never published.
    """
    text = rules.plain(printed)[:254]
    try:
        value, problem = normalised(kind, text), ""
    except Refused as no:
        if not keep_invalid:
            raise Refused(no.message, code=no.code, field="printed") from None
        value, problem = "", no.message[:200]
    Organisation.objects.select_for_update(of=("self",)).get(pk=organisation.pk)  # two at once take turns
    if value:
        point = ContactPoint.objects.select_for_update(of=("self",)).filter(
            organisation=organisation, kind=kind, value=value
        )
    else:
        point = ContactPoint.objects.filter(
            organisation=organisation, kind=kind, value="", printed__0__text=text
        )
    known = point.first()
    if known is None:
        known = ContactPoint(organisation=organisation, kind=kind, value=value, problem=problem, topic=topic)
        known.published = publish and bool(value)
    evidence = {"text": text, "source": source[:100]}
    fresh = known.pk is None or evidence not in known.printed
    if fresh:
        known.printed = [*known.printed, evidence][:20]
        known.updated_at = at
        known.save()
        audit.record(
            "contact.added", organisation, by=by, at=at, kind=kind, value=value, topic=topic, **evidence
        )
    return known


@transaction.atomic
def publish(*, point: ContactPoint, on: bool, by: Any, at: datetime) -> ContactPoint:
    """Show a contact point to visitors, or no longer; refuses an invalid one. Safe to repeat."""
    locked = (
        ContactPoint.objects.select_for_update(of=("self",)).select_related("organisation").get(pk=point.pk)
    )
    if on and not locked.value:
        raise Refused(
            f"This is kept as evidence only and can't be shown: {locked.problem}", code="contact.invalid"
        )
    if locked.published != on:
        locked.published, locked.updated_at = on, at
        locked.save(update_fields=["published", "updated_at"])
        audit.record(
            "contact.published" if on else "contact.hidden",
            locked.organisation,
            by=by,
            at=at,
            value=locked.value,
        )
    return locked


@transaction.atomic
def set_brand(
    *, organisation: Organisation, strapline: str, website: str, postcode: str, by: Any, at: datetime
) -> Brand:
    """How an organisation shows itself (S0-73): a line, one website, and where it is, which decides who is near it."""
    address = rules.web_address(website) if website.strip() else ""
    code = rules.check_postcode(postcode)
    place = place_of(code) if code else None
    if code and place is None:
        raise Refused(
            "That postcode is not known: check it, or leave it empty.",
            code="postcode.unknown",
            field="postcode",
        )
    values = {
        "strapline": rules.plain(strapline).replace("\n", " ")[:100],
        "website": address,
        "postcode": code,
        "latitude": place[0] if place else None,
        "longitude": place[1] if place else None,
    }
    brand, made = Brand.objects.select_for_update(of=("self",)).get_or_create(
        organisation=organisation, defaults={**values, "updated_at": at}
    )
    before = {name: getattr(brand, name) for name in values}
    if made or before != values:
        for name, value in values.items():
            setattr(brand, name, value)
        brand.updated_at = at
        brand.save()
        audit.record("brand.set", organisation, by=by, at=at, before={} if made else before, after=values)
    return brand


# --- what the sources say ----------------------------------------------------------------------------
@cache
def sourced() -> dict[str, dict[str, Any]]:
    """What the documents state of the providers they are about, by the key of the organisation's name (S4-23)."""
    document = tomllib.loads(SOURCED.read_text(encoding="utf-8"))
    return {
        name_key(name): one
        for one in document["organisation"]
        for name in (one["name"], *one.get("aliases", []))
    }


def sourced_for(organisation: Organisation) -> dict[str, Any] | None:
    """What the documents state of this organisation, by its name or one of its aliases."""
    keys = map(name_key, organisation.names)
    return next((sourced()[key] for key in keys if key in sourced()), None)


@transaction.atomic
def take_over(*, organisation: Organisation, by: Any, at: datetime) -> Brand:
    """Take over brand and contact points that the documents state; what is invalid in them stays evidence (S0-68).

    What somebody has set already stays. Refuses an organisation that no document speaks of. Safe to repeat.
    """
    stated = sourced_for(organisation)
    if stated is None:
        raise Refused(f"No source states contact points of {organisation}.", code="contact.no_source")
    for point in stated.get("contact", []):
        add_point(
            organisation=organisation,
            kind=point["kind"],
            printed=point["printed"],
            topic=point.get("topic", Topic.GENERAL),
            source=point["source"],
            keep_invalid=True,
            by=by,
            at=at,
        )
    websites = [
        {"address": rules.web_address(one["address"]), "source": one["source"]} for one in stated["website"]
    ]
    brand, made = Brand.objects.get_or_create(
        organisation=organisation,
        defaults={
            "strapline": stated.get("strapline", ""),
            "website": websites[0]["address"] if websites else "",
            "updated_at": at,
        },
    )
    if brand.websites != websites:
        brand.websites, brand.updated_at = websites, at
        brand.save(update_fields=["websites", "updated_at"])
        audit.record("brand.sourced", organisation, by=by, at=at, websites=websites, made=made)
    return brand
