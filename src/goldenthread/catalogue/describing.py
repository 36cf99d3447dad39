"""A specification and its checks as plain data, for the command line and other systems. Keys stay stable."""

from datetime import date
from typing import Any

from goldenthread.catalogue.rules import check_tables, check_totals, conflicts, unknowns
from goldenthread.catalogue.sourced import Sourced, SourcedValue
from goldenthread.catalogue.specification import Specification
from goldenthread.catalogue.terms import ConflictNote, Counting, Fee, ProjectTask


def describe(spec: Specification) -> dict[str, Any]:
    """What a version is: components with minutes, total, areas, fee and rules. Unknown is null, never 0."""
    return {
        "id": spec.id,
        "programme": spec.programme,
        "programme_name": spec.programme_name,
        "family": spec.family,
        "edition": spec.edition,
        "market": spec.market,
        "revision": spec.revision,
        "state": spec.state.value,
        "components": [
            {
                "key": component.key,
                "name": component.name,
                "kind": component.kind.value,
                "stage": component.stage,
                "minutes": component.minutes,
                "counts": component.counts,
                "lane": component.lane.value,
                "event_days": component.event_days.value,
                "sources": list(component.hours.sources or component.source),
            }
            for component in spec.components
        ],
        "declared_minutes": spec.minutes_declared,
        "content_areas": list(spec.content_areas),
        "fee_pence": spec.fees[-1].pence.value if spec.fees else None,
        "fees": [_fee(fee) for fee in spec.fees],
        "rules": _rules(spec),
    }


def _fee(fee: Fee) -> dict[str, Any]:
    return {
        "pence": fee.pence.value,
        "currency": fee.currency,
        "valid_from": fee.valid_from.isoformat() if fee.valid_from else None,
        "sources": list(fee.pence.sources),
    }


def _rules(spec: Specification) -> dict[str, Any]:
    audience = spec.audience
    return {
        "label": spec.label,
        "effective_from": _day(spec.effective_from),
        "closed_to_intakes_from": _day(spec.closed_to_intakes_from),
        "admission": spec.admission,
        "role_status": list(audience.role_status),
        "scopes": list(audience.scopes),
        "scope_must_be_named": audience.scope_must_be_named,
        "schools_in_role_at_least": audience.schools_in_role_at_least,
        "entry_checks": [check.key for check in spec.entry_checks],
        "duration_months": spec.duration_months.value,
        "summative_months": spec.summative_months.value,
        "pass_within_months": spec.achievement.pass_within_months.value if spec.achievement else None,
        "delivery_models": [model.key for model in spec.delivery_models],
        "event_mode": spec.event_mode.value,
        **_engagement(spec),
        **_assessment(spec),
    }


def _day(sourced: Sourced[Any]) -> str | None:
    return sourced.value.isoformat() if sourced.value else None


def _engagement(spec: Specification) -> dict[str, Any]:
    policy = spec.engagement
    return {
        "engagement_percent": policy.threshold_percent.value if policy else None,
        "engagement_required_to_pass": bool(policy and policy.required_to_pass),
        "engagement_required_to_enter": bool(policy and policy.required_to_enter),
    }


def _assessment(spec: Specification) -> dict[str, Any]:
    assessment = spec.assessment
    months = assessment.window_months.value
    return {
        "assessment": assessment.kind,
        "word_limit": assessment.max_words.values.value,
        "word_limit_choices": [_value(value) for value in assessment.max_words.choices],
        "word_limit_must_be_chosen": assessment.max_words.must_be_chosen,
        "window_days": assessment.window_days.value,
        "window_months": list(months) if months else None,
        "window_months_derived": assessment.window_months.derived,
        "response_parts": [part.key for part in assessment.parts],
        "statement_kinds": list(assessment.statement_kinds),
        "pass_mark": assessment.pass_mark.value,
        "tasks": [_task(task) for task in assessment.tasks],
        "counting": _counting(assessment.counting),
        "own_work": assessment.own_work.version,
        "ai": {"use": assessment.ai.use, "version": assessment.ai.version} if assessment.ai else None,
        "markers": spec.marking.markers,
        "marking_tolerance": spec.marking.tolerance_marks,
        "moderation": spec.moderation.required,
    }


def _counting(counting: Counting) -> dict[str, Any]:
    return {
        "rule": counting.rule,
        "not_counted": list(counting.not_counted),
        "tolerance_percent": counting.tolerance_percent.value,
        "over": counting.over,
        "penalty": counting.penalty,
    }


def _task(task: ProjectTask) -> dict[str, Any]:
    return {
        "key": task.key,
        "word_limit": task.max_words.values.value,
        "min_terms": task.min_terms,
        "placement_working_days": task.placement_working_days,
        "parts": [part.key for part in task.parts],
    }


def _value(value: SourcedValue[Any]) -> dict[str, Any]:
    plain = value.value.isoformat() if isinstance(value.value, date) else value.value
    return {
        "value": list(plain) if isinstance(plain, tuple) else plain,
        "unit": value.unit,
        "state": value.state.value,
        "derived": value.derived,
        "sources": list(value.source),
        "note": value.note,
    }


def describe_conflict(note: ConflictNote) -> dict[str, Any]:
    """A contradiction of the register."""
    return {"id": note.id, "what": note.what, "resolution": note.resolution, "sources": list(note.source)}


def describe_check(spec: Specification) -> dict[str, Any]:
    """What checking a version found: totals, second tables, conflicts and unknowns."""
    total = check_totals(spec)
    return {
        "id": spec.id,
        "known_minutes": total.known,
        "declared_minutes": total.declared,
        "missing_minutes": total.missing,
        "unknown_components": list(total.unknown_components),
        "status": total.status,
        "tables": [
            {
                "table": check.table,
                "reading": check.reading,
                "summed_minutes": check.summed,
                "declared_minutes": check.declared,
                "short_by_minutes": check.short_by,
                "finding": check.text,
                "conflict": check.conflict,
            }
            for check in check_tables(spec)
        ],
        "conflicts": [
            {
                "id": conflict.id,
                "what": conflict.what,
                "resolution": conflict.resolution,
                "must_be_chosen": conflict.must_be_chosen,
                "sources": list(conflict.source),
                "values": [{"key": key, **_value(value)} for key, value in conflict.values],
            }
            for conflict in conflicts(spec)
        ],
        "unknown": [
            {
                "what": item.what,
                "path": item.path,
                "gap": item.gap,
                "then": item.then,
                "sources": list(item.source),
            }
            for item in unknowns(spec)
        ],
    }
