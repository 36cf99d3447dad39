"""Settle a conflict of sources for a whole version: a named person, a reason, no source lost."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from goldenthread.catalogue.building import build
from goldenthread.catalogue.deciding import as_list, decided_document, figure_at
from goldenthread.catalogue.models import ProgrammeVersion
from goldenthread.catalogue.problems import Problems, SpecificationError
from goldenthread.catalogue.sourced import Sourced
from goldenthread.common import audit
from goldenthread.common.refused import Refused
from goldenthread.intakes import rules
from goldenthread.intakes.models import Ruling


@transaction.atomic
def settle(
    *,
    version: ProgrammeVersion,
    conflict: str,
    choices: Mapping[str, int],
    reason: str,
    by: Any,
    at: datetime,
) -> list[Ruling]:
    """Record what `by` decided on a conflict of a version (C-01 to C-42), and put it in force there.

    `choices` holds, for every figure of the conflict by its path, the place of the chosen value among its
    values; it is empty where the conflict is about words, and the reason then is the decision. Refuses a
    conflict that the version doesn't have, a choice without a reason, one that an intake has made otherwise,
    and on a frozen version any change of what is in force. The same decision again changes nothing.
    """
    locked = ProgrammeVersion.objects.select_for_update(of=("self",)).get(pk=version.pk)
    spec = locked.specification
    figures = rules.check_settling(
        spec, conflict=conflict, choices=choices, reason=reason, frozen=locked.frozen_at is not None
    )
    _refuse_against_intakes(locked, figures, choices)
    if not figures:
        return [_kept(locked, conflict, conflict, "", "", reason, by, at)]
    chosen = {path: _raw(locked, path, place) for path, place in choices.items()}
    there = locked.decided.get("figures", {})
    decided = {**locked.decided, "figures": {**there, **chosen}}
    _refuse_what_does_not_fit(locked, decided)
    locked.decided = decided
    locked.save(update_fields=["decided"])
    return [
        _kept(locked, conflict, path, raw["value"], ", ".join(raw["source"]), reason, by, at)
        for path, raw in chosen.items()
    ]


def _refuse_what_does_not_fit(version: ProgrammeVersion, decided: dict[str, Any]) -> None:
    """A value may contradict the rest: a stage's hours, say, those of its components."""
    try:
        build(decided_document(version.document, decided), Problems(version.key))
    except SpecificationError as no:
        told = "; ".join(f"{problem.path}: {problem.reason}" for problem in no.problems)
        raise Refused(
            f"With this value the version doesn't hold together: {told}. Start a new revision and change both there.",
            code="ruling.does_not_fit",
        ) from None


def _raw(version: ProgrammeVersion, path: str, place: int) -> dict[str, Any]:
    """The chosen value as the document has it: the figure and where it comes from."""
    value = figure_at(version.document, path)[place]
    return {"value": value["value"], "source": as_list(value.get("source"))}


def _refuse_against_intakes(
    version: ProgrammeVersion, figures: Iterable[Sourced[Any]], choices: Mapping[str, int]
) -> None:
    """An intake that has chosen otherwise keeps its people's rule: what they were told is not overruled."""
    chosen = {figure.key: figure.values[choices[figure.key]].value for figure in figures}
    rulings = Ruling.objects.filter(intake__version=version).select_related("intake")
    found = [
        (one.intake.name, rules.rulable(version.specification, one.rule).key, one.value)
        for one in rulings
        if one.intake
    ]
    rules.check_against_intakes(chosen, found)


def _kept(
    version: ProgrammeVersion,
    conflict: str,
    rule: str,
    value: Any,
    source: str,
    reason: str,
    by: Any,
    at: datetime,
) -> Ruling:
    known = Ruling.objects.filter(version=version, rule=rule).first()
    if known and (known.value, known.reason) == (value, reason[:2000]):
        return known
    said = {"conflict": conflict, "value": value, "source": source[:60], "reason": reason[:2000]}
    ruling, _ = Ruling.objects.update_or_create(
        version=version, rule=rule, defaults={**said, "chosen_by": by, "chosen_at": at}
    )
    earlier = known.value if known else None
    audit.record("version.ruled", version, by=by, at=at, rule=rule, earlier=earlier, **said)
    return ruling
