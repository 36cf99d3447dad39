"""The policies of a version as they count on a day: its document, with what the office decided beside it."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from goldenthread.assessment.policy_models import PolicyDecision
from goldenthread.assessment.rules import policy_decisions
from goldenthread.catalogue.models import ProgrammeVersion
from goldenthread.catalogue.terms import Assessment


def decisions_of(version_id: int) -> list[PolicyDecision]:
    """Everything that was decided beside a version's document, the latest first. One query."""
    found = PolicyDecision.objects.filter(version=version_id).select_related("decided_by")
    return list(found.order_by("-decided_at", "-pk"))


def in_force(decisions: Iterable[PolicyDecision], *, on: date) -> dict[str, PolicyDecision]:
    """By kind what counts for a window that opens on a day; the decisions come the latest first. No query."""
    return policy_decisions.in_force(((one.kind, one.from_day, one) for one in decisions), on=on)


def kept_of(version_id: int) -> list[dict[str, Any]]:
    """Everything that was decided, the latest first, as the version keeps it beside its document. One query."""
    return [
        {"kind": one.kind, "from_day": one.from_day.isoformat(), "table": one.table}
        for one in decisions_of(version_id)
    ]


def assessment_on(version: ProgrammeVersion, on: date) -> Assessment:
    """What a version states for a window that opens on a day. No query, where the version is loaded."""
    return dated(version.specification.assessment, version.decided.get("policies", ()), on=on)


def dated(stated: Assessment, kept: Iterable[Mapping[str, Any]], *, on: date) -> Assessment:
    """The same, from what a version keeps of the decisions. No query."""
    each = ((one["kind"], date.fromisoformat(one["from_day"]), one["table"]) for one in kept)
    return policy_decisions.with_decided(stated, policy_decisions.in_force(each, on=on))


def decided_on(stated: Assessment, decisions: Iterable[PolicyDecision], *, on: date) -> Assessment:
    """The same, where the decisions are loaded. No query."""
    tables = {kind: one.table for kind, one in in_force(decisions, on=on).items()}
    return policy_decisions.with_decided(stated, tables)
