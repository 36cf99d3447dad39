"""What the office does with study units: write a further text, have it reviewed and published, tag tasks."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max

from goldenthread.catalogue import needs
from goldenthread.common import audit, clock, refused
from goldenthread.common.refused import Refused
from goldenthread.learning import unit_rules as rules
from goldenthread.learning.models import FormativeTask, UnitText
from goldenthread.learning.unit_queries import Unit, kind_of

PLACE = ("context", "locality", "phase")
SAID = ("reason", "change_note", "effective_from", "review_by")


class Stale(refused.Stale):
    """A draft that somebody has saved since the page was loaded, with what is saved."""

    def __init__(self, stored: UnitText) -> None:
        super().__init__(
            "Somebody has saved this draft since you loaded it. Both texts are shown: keep what you need in the form, "
            "then save again.",
            code="unit.stale",
            revision=stored.revision,
            texts=stored.parts,
        )


@transaction.atomic
def start_draft(*, unit: Unit, said: Mapping[str, Any], by: Any, at: datetime) -> UnitText:
    """Begin a further version for a context, locality or phase, or for everybody; participants see nothing of it.

    `said` names context, locality and phase ("" for all), the parts, reason, change note, and the days. The same
    sent twice is one draft. Refuses what `rules.check_text` refuses, and a second draft for the same readers.
    """
    parts = rules.check_text(kind_of(unit), said)
    _locked(unit)
    place = {key: said[key] for key in PLACE}
    place["locality"] = " ".join(place["locality"].split())
    there = unit.texts.filter(
        context=place["context"], locality__iexact=place["locality"], phase=place["phase"]
    )
    if any(place.values()) and (known := there.order_by("version").first()):
        place["locality"] = known.locality  # one spelling for one place
    draft = there.filter(state="draft").first()
    if draft is not None:
        if _holds(draft, parts, said) and draft.written_by_id == by.pk:
            return draft
        raise Refused(
            f"A draft of this is there already ({draft.name}). Go on with that one, or discard it.",
            code="unit.draft",
            field="context" if not place["phase"] else "phase",
        )
    first = 1 if any(place.values()) else 2  # the first text for everybody stands on the unit
    version = max(first, (there.aggregate(last=Max("version"))["last"] or 0) + 1)
    made = UnitText(version=version, parts=parts, written_by=by, written_at=at, **place)
    made.module, made.task = (unit, None) if kind_of(unit) == "module" else (None, unit)  # type: ignore[assignment]
    for key in SAID:
        setattr(made, key, said[key])
    made.save()
    _record("drafted", made, by=by, at=at)
    return made


@transaction.atomic
def save_draft(*, text: UnitText, said: Mapping[str, Any], revision: int, by: Any, at: datetime) -> UnitText:
    """Change a draft; for whom it is stays. Twice the same is once; refused with `Stale` where somebody saved
    something else meanwhile, and once it is published.
    """
    said = {**said, **{key: getattr(text, key) for key in PLACE}}
    parts = rules.check_text(kind_of(text.unit), said)
    row = _fresh(text)
    if row is None or row.state != "draft":
        raise Refused(
            "This is no draft any more: it was published or discarded. Begin a further version.",
            code="unit.published",
        )
    if _holds(row, parts, said):
        return row
    if row.revision != revision:
        raise Stale(row)
    row.parts = parts
    for key in SAID:
        setattr(row, key, said[key])
    row.written_by, row.written_at, row.revision = by, at, row.revision + 1
    row.save()
    _record("redrafted", row, by=by, at=at)
    return row


@transaction.atomic
def publish_text(*, text: UnitText, revision: int, by: Any, at: datetime) -> UnitText:
    """Publish a draft that somebody else wrote last: `by` is its reviewer, and it takes effect on its day (S2-10).

    Twice is once. Refuses the writer, a day that has passed, one before the version it follows, and a draft that was
    changed since `revision`, the one that the reviewer has read.
    """
    row = _fresh(text)
    if row is None:
        raise Refused("This draft was discarded. Begin a further version.", code="unit.gone")
    if row.state == "published":
        return row
    if row.revision != revision:
        raise Refused("This draft has changed since you read it. Read it again.", code="unit.newer")
    same = {key: getattr(row, key) for key in PLACE}
    before = row.unit.texts.filter(**same, state="published").aggregate(last=Max("effective_from"))["last"]
    rules.check_publish(
        effective_from=row.effective_from,
        today=clock.day_of(at),
        before=before,
        writer=row.written_by_id,
        reviewer=by.pk,
    )
    row.state, row.reviewed_by, row.reviewed_at = "published", by, at
    row.save(update_fields=["state", "reviewed_by", "reviewed_at"])
    _record("published", row, by=by, at=at)
    return row


@transaction.atomic
def discard_draft(*, text: UnitText, by: Any, at: datetime) -> None:
    """Drop a draft; twice is once. Refuses what is published."""
    row = _fresh(text)
    if row is None:
        return
    if row.state != "draft":
        raise Refused(
            "It is published, so it stays. Write a further version that takes its place.",
            code="unit.published",
        )
    _record("discarded", row, by=by, at=at)
    row.delete()


@transaction.atomic
def tag_task(*, task: FormativeTask, chosen: Iterable[str], by: Any, at: datetime) -> FormativeTask:
    """Say which of the four areas of need a task is about; none is fine (S2-33)."""
    stored = needs.tags(chosen)
    row = FormativeTask.objects.select_for_update(of=("self",)).get(pk=task.pk)
    if row.needs != stored:
        audit.record("task.tagged", row, by=by, at=at, before=row.needs, after=stored)
        row.needs = stored
        row.save(update_fields=["needs"])
    return row


def _locked(unit: Unit) -> None:
    """Writers of one unit go one after the other."""
    type(unit)._default_manager.select_for_update(of=("self",)).get(pk=unit.pk)


def _fresh(text: UnitText) -> UnitText | None:
    _locked(text.unit)
    return UnitText.objects.select_related("module", "task").filter(pk=text.pk).first()


def _holds(row: UnitText, parts: dict[str, str], said: Mapping[str, Any]) -> bool:
    return row.parts == parts and all(getattr(row, key) == said[key] for key in SAID)


def _record(verb: str, row: UnitText, *, by: Any, at: datetime) -> None:
    audit.record(
        f"unit_text.{verb}",
        row.unit,
        by=by,
        at=at,
        text=row.pk,
        name=row.name,
        revision=row.revision,
        reason=row.reason,
        note=row.change_note,
        effective_from=str(row.effective_from),
        review_by=str(row.review_by),
    )
