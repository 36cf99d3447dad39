"""Publish a draft that is checked, and close a version to new intakes."""

from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction

from goldenthread.catalogue import drafting, drafts
from goldenthread.catalogue.building import build
from goldenthread.catalogue.deciding import decided_document
from goldenthread.catalogue.drafts import Verb
from goldenthread.catalogue.models import Programme, ProgrammeVersion, VersionDraft
from goldenthread.catalogue.problems import Problems, SpecificationError
from goldenthread.catalogue.reading import VersionFile
from goldenthread.common import audit, clock
from goldenthread.common.refused import Refused


@transaction.atomic
def publish(*, draft: VersionDraft, by: Any, at: datetime) -> ProgrammeVersion:
    """Make a checked draft a version that intakes can be of; its programme too, where it introduces one.

    Refuses what is not checked, the person who edited it last, and what does not hold any more beside the
    versions that have come since the check. A draft that is published gives its version again.
    """
    rows = VersionDraft.objects.select_for_update(of=("self",)).select_related("edited_by")
    locked = rows.get(pk=draft.pk)
    if locked.published_as_id:
        return ProgrammeVersion.objects.get(pk=locked.published_as_id)
    after = drafts.move(locked.state, Verb.PUBLISH)
    drafts.check_second_person(editor=locked.edited_by_id, publisher=by.pk)
    findings = drafting.findings_of(locked.text)
    drafts.check_clean(findings)
    assert findings.file is not None
    version = _version(findings.file, by, at)
    locked.state, locked.published_as = after, version
    locked.save(update_fields=["state", "published_as"])
    audit.record(
        "draft.published", locked, by=by, at=at, version=version.key, edited_by=locked.edited_by.name
    )
    return version


def _version(file: VersionFile, by: Any, at: datetime) -> ProgrammeVersion:
    spec = file.specification
    try:
        with transaction.atomic():
            version = ProgrammeVersion.objects.create(
                key=spec.id,
                programme=_programme(file, by, at),
                edition=spec.edition,
                market=spec.market,
                revision=spec.revision,
                document=file.document,
                sha256=file.sha256,
                state="published",
                effective_from=spec.effective_from.value,
                loaded_at=at,
            )
    except IntegrityError:
        raise Refused(
            "Another version has taken this id or revision in this moment. Open the draft again.",
            code="draft.taken",
        ) from None
    audit.record(
        "version.published",
        version,
        by=by,
        at=at,
        key=spec.id,
        sha256=version.sha256,
        supersedes=spec.supersedes,
    )
    return version


def _programme(file: VersionFile, by: Any, at: datetime) -> Programme:
    """The programme of a version; made if the version introduces it (its name was checked with the text)."""
    spec = file.specification
    known = Programme.objects.filter(code=spec.programme).first()
    if known:
        return known
    last = Programme.objects.order_by("-position").values_list("position", flat=True).first() or 0
    programme = Programme.objects.create(
        code=spec.programme, name=spec.programme_name, family=spec.family, position=last + 1
    )
    audit.record("programme.introduced", programme, by=by, at=at, code=spec.programme, version=spec.id)
    return programme


@transaction.atomic
def close(
    *, version: ProgrammeVersion, closes_from: date, reason: str, by: Any, at: datetime
) -> ProgrammeVersion:
    """Take a version off offer: no intake of it starts on or after a day, and whoever is enrolled goes on.

    The day may be put earlier or later as often as needed. Refuses a day that does not come after the first one
    of the version, a closing without a reason, and a version that its own file closes.
    """
    locked = ProgrammeVersion.objects.select_for_update(of=("self",)).get(pk=version.pk)
    if not reason.strip():
        raise Refused("Say why the version is closed.", code="version.reason", field="reason")
    if locked.state == "closed" and "closed_to_intakes_from" not in locked.decided:
        raise Refused("This version is closed already, by its file.", code="version.closed")
    day = closes_from.isoformat()
    if locked.decided.get("closed_to_intakes_from") == day:
        return locked
    decided = {**locked.decided, "closed_to_intakes_from": day, "closed_on": clock.day_of(at).isoformat()}
    problems = Problems(locked.key)
    try:
        build(decided_document(locked.document, decided), problems)
    except SpecificationError as no:
        told = "; ".join(problem.reason for problem in no.problems)
        raise Refused(
            f"Choose another day: {told}.", code="version.closing_day", field="closes_from"
        ) from None
    locked.decided, locked.state = decided, "closed"
    locked.save(update_fields=["decided", "state"])
    audit.record("version.closed", locked, by=by, at=at, closes_from=day, reason=reason[:1000])
    return locked
