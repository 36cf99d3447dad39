"""Two versions beside each other, a file before it is taken in, and a version as a file."""

from collections.abc import Iterable
from typing import Any

from django.http import HttpResponse
from django.urls import reverse

from goldenthread.catalogue import drafting
from goldenthread.catalogue import rules as catalogue
from goldenthread.catalogue.differences import Difference, differences
from goldenthread.catalogue.models import ProgrammeVersion, VersionDraft
from goldenthread.catalogue.resolving import Document
from goldenthread.catalogue.specification import Specification
from goldenthread.common.quantities import CURRENCIES, money_text
from goldenthread.web.office.forms_catalogue import AgainstForm
from goldenthread.web.office.shelf import total_text
from goldenthread.web.shared.versions import Version, name_of

KINDS = {"added": "added", "removed": "left out", "changed": "changed", "reordered": "in another order"}


def in_groups(old: Specification, new: Specification) -> list[dict[str, Any]]:
    """What `new` says otherwise, by group, each with how it differs."""
    found: dict[str, list[Difference]] = {}
    for one in differences(old, new):
        found.setdefault(one.group.value, []).append(one)
    return [
        {"name": name, "rows": [{"one": one, "how": KINDS[one.kind.value]} for one in rows]}
        for name, rows in found.items()
    ]


def version_context(
    old: ProgrammeVersion | None, new: ProgrammeVersion, known: Iterable[Version]
) -> dict[str, Any]:
    """The page of what a version says otherwise than another."""
    return {
        "title": name_of(new),
        "back_url": reverse("office:version", args=[new.key]),
        "old": name_of(old) if old else "",
        "groups": in_groups(old.specification, new.specification) if old else [],
        "form": AgainstForm({"against": old.key} if old else None, known),
        "readable": True,
    }


def draft_context(
    draft: VersionDraft, old: ProgrammeVersion | None, known: Iterable[Version]
) -> dict[str, Any]:
    """The page of what a draft says otherwise than a version; nothing while it can't be read."""
    spec = drafting.findings_of(draft.text).specification
    return {
        "title": draft.key,
        "back_url": reverse("office:draft", args=[draft.pk]),
        "old": name_of(old) if old else "",
        "groups": in_groups(old.specification, spec) if old and spec else [],
        "form": AgainstForm({"against": old.key} if old else None, known),
        "readable": spec is not None,
    }


def dry_run(text: str) -> dict[str, Any]:
    """What a file would be, without anything being kept: problems, hours, and what differs from its forerunner."""
    findings = drafting.findings_of(text)
    spec = findings.specification
    before = spec.supersedes or spec.id if spec else ""
    old = ProgrammeVersion.objects.select_related("programme").filter(key=before).first() if before else None
    return {
        "findings": findings,
        "text": text,
        "spec": spec,
        "total": total_text(findings.total) if findings.total else "",
        "conflicts": catalogue.conflicts(spec) if spec else (),
        "unknowns": catalogue.unknowns(spec) if spec else (),
        "old": name_of(old) if old else "",
        "groups": in_groups(old.specification, spec) if old and spec else [],
    }


def as_file(text: str, key: str) -> HttpResponse:
    """A specification as a download; the browser doesn't show it as a page."""
    response = HttpResponse(text, content_type="application/toml; charset=utf-8")
    name = "".join(sign for sign in key if sign.isascii() and (sign.isalnum() or sign in "-_")) or "version"
    response["Content-Disposition"] = f'attachment; filename="{name}.toml"'
    return response


def fees_of(data: Document) -> list[dict[str, str]]:
    """The fees of a file that are known, with the day from which they hold."""
    found = data.get("fee")
    rows = [item for item in found if isinstance(item, dict)] if isinstance(found, list) else []
    return [_fee(item) for item in rows]


def _fee(item: dict[str, Any]) -> dict[str, str]:
    amount, currency = item.get("pounds", item.get("amount")), item.get("currency")
    value = amount.get("value") if isinstance(amount, dict) else None
    known = isinstance(value, int | float) and currency in CURRENCIES
    text = money_text(round(value * 100), str(currency)) if known and value is not None else "not stated"
    return {"label": f"From {item.get('valid_from', 'a day that is not stated')}", "value": text}
