"""Publish a draft that is checked, and close a version to new intakes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction

from goldenthread.catalogue import drafting, drafts, guided
from goldenthread.catalogue.building import build
from goldenthread.catalogue.deciding import decided_document
from goldenthread.catalogue.differences import Difference, differences
from goldenthread.catalogue.drafts import Seen, Verb
from goldenthread.catalogue.models import Programme, ProgrammeVersion, VersionDraft
from goldenthread.catalogue.problems import Problems, SpecificationError
from goldenthread.catalogue.reading import VersionFile
from goldenthread.catalogue.specification import Specification
from goldenthread.common import audit, clock
from goldenthread.common.models import AuditEvent
from goldenthread.common.refused import Refused


@dataclass(frozen=True)
class Shown:
    """What somebody reads before a draft is published: what it says otherwise, and than which version."""

    draft: VersionDraft
    against: ProgrammeVersion | None
    found: Sequence[Difference]

    @property
    def seen(self) -> Seen:
        """The token of it, for `publish` to compare with what is there then."""
        marks = frozenset(drafts.mark_of(one) for one in self.found)
        against = self.against.key if self.against else ""
        return Seen(revision=self.draft.revision, against=against, marks=marks)


def shown_for(draft: VersionDraft, spec: Specification) -> Shown:
    """What a draft says otherwise than the version it would follow; nothing where there is none. Two queries."""
    against = drafting.forerunner(spec, draft)
    return Shown(draft, against, differences(against.specification, spec) if against else [])


def editors_of(draft: VersionDraft) -> dict[int, str]:
    """Whose words are in a draft, by account: everybody who saved a change or handed the file in, else who began it.
    One query.
    """
    found = dict(draft.editors.order_by("name", "pk").values_list("pk", "name"))
    return {**found, draft.edited_by_id: draft.edited_by.name}


def _saves_since(draft: VersionDraft, revision: int) -> list[str]:
    """Who saved what after the text had this revision: "Olu Office saved the fee"."""
    events = AuditEvent.objects.filter(subject=audit.subject_key(draft), verb="draft.saved").order_by(
        "sequence"
    )
    return [
        f"{event.actor_name} saved “{guided.PARTS.get(event.details.get('part', ''), 'Whole file')}”"
        for event in events
        if int(event.details.get("revision", 0)) > revision
    ]


@transaction.atomic
def publish(*, draft: VersionDraft, seen: Seen, by: Any, at: datetime) -> ProgrammeVersion:
    """Make a checked draft a version that intakes can be of; its programme too, where it introduces one.

    `seen` is what stood before the person who publishes. Refuses what is not checked, whoever has edited it, what
    is not what was seen, and what does not hold any more beside the versions that have come since the check. A draft
    that is published gives its version again.
    """
    rows = VersionDraft.objects.select_for_update(of=("self",)).select_related(
        "edited_by", "based_on__programme"
    )
    locked = rows.get(pk=draft.pk)
    if locked.published_as_id:
        return ProgrammeVersion.objects.get(pk=locked.published_as_id)
    after = drafts.move(locked.state, Verb.PUBLISH)
    drafts.check_second_person(editors=editors_of(locked), publisher=by.pk)
    findings = drafting.findings_of(locked.text)
    drafts.check_clean(findings)
    assert findings.file is not None
    spec = findings.file.specification
    list(
        Programme.objects.select_for_update().filter(code=spec.programme)
    )  # one publication of a programme at a time
    shown = shown_for(locked, spec)
    drafts.check_seen(
        seen,
        revision=locked.revision,
        saves=_saves_since(locked, seen.revision),
        against=shown.against.key if shown.against else "",
        found=shown.found,
    )
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
