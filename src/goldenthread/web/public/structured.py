"""A programme version as search engines read it (schema.org): only what is stated; what isn't is left out."""

import json
from collections.abc import Sequence
from datetime import date
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from goldenthread.catalogue.fees import Price, prices_on
from goldenthread.catalogue.specification import Specification
from goldenthread.intakes.models import Intake
from goldenthread.web.shared.versions import Version

# What could end the script element, or begin another one.
_HARMLESS = {ord("<"): "\\u003C", ord(">"): "\\u003E", ord("&"): "\\u0026"}


def programme_data(version: Version, intakes: Sequence[Intake], *, on: date) -> dict[str, Any]:
    """A version as a `Course`, with its coming `intakes`, and the `EducationalOccupationalProgram` it is."""
    one = version.specification
    address = settings.BASE_URL + reverse("public:programme", args=[version.key])
    provider = {"@type": "Organization", "name": settings.PROVIDER_NAME, "url": f"{settings.BASE_URL}/"}
    months = one.duration_months.value
    credential = {"@type": "EducationalOccupationalCredential", "name": one.programme_name}
    both = {
        "name": f"{one.programme_name} ({version.code})",
        "description": one.purpose,
        "url": address,
        "provider": provider,
        "offers": _offers(one, on, address),
    }
    course = {
        "@type": "Course",
        "@id": f"{address}#course",
        **both,
        "courseCode": version.code,
        "inLanguage": "en",
        "educationalCredentialAwarded": credential,
        "timeRequired": _duration(one.minutes_declared),
        "hasCourseInstance": [_instance(version, intake) for intake in intakes],
    }
    following = intakes[0] if intakes else None
    program = {
        "@type": "EducationalOccupationalProgram",
        "@id": f"{address}#programme",
        **both,
        "hasCourse": {"@id": course["@id"]},
        "occupationalCredentialAwarded": credential,
        "timeToComplete": f"P{months}M" if months else None,
        "applicationStartDate": following and following.applications_open_on.isoformat(),
        "applicationDeadline": following and following.applications_close_on.isoformat(),
        "startDate": following and following.starts_on.isoformat(),
    }
    return {"@context": "https://schema.org", "@graph": [_stated(course), _stated(program)]}


def script_of(data: dict[str, Any]) -> SafeString:
    """The data as a script element, which no browser runs, so that it needs no nonce; no text in it can end it."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":")).translate(_HARMLESS)
    return format_html('<script type="application/ld+json">{}</script>', mark_safe(text))


def _instance(version: Version, intake: Intake) -> dict[str, Any]:
    models = [m.name for m in version.specification.delivery_models if m.key in intake.delivery_models]
    return _stated(
        {
            "@type": "CourseInstance",
            "name": intake.name,
            "startDate": intake.starts_on.isoformat(),
            "courseMode": models,
            "courseWorkload": _duration(version.specification.minutes_declared),
        }
    )


def _offers(
    specification: Specification, on: date, address: str
) -> dict[str, str] | list[dict[str, str]] | None:
    """The price of a place now and those that follow; one alone stands by itself."""
    prices = prices_on(specification, on)
    found = [_offer(one, one.pence, address) for one in prices if one.pence is not None]
    return (found[0] if len(found) == 1 else found) or None


def _offer(price: Price, pence: int, address: str) -> dict[str, str]:
    offer = {"@type": "Offer", "price": f"{pence // 100}.{pence % 100:02}", "priceCurrency": price.currency}
    offer |= {"validFrom": price.since.isoformat()} if price.since else {}
    offer |= {"priceValidUntil": price.until.isoformat()} if price.until else {}
    return {**offer, "category": "Paid", "url": address}


def _duration(minutes: int | None) -> str | None:
    """Minutes as schema.org writes a length: 3996 → "PT66H36M"."""
    if minutes is None:
        return None
    return f"PT{minutes // 60}H" + (f"{minutes % 60}M" if minutes % 60 else "")


def _stated(data: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in data.items() if value not in (None, "", [])}
