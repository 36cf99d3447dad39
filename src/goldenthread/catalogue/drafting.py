"""Write a version: start a draft, save it as text or part by part, check it, discard it."""

from datetime import datetime
from typing import Any

from django.db import transaction

from goldenthread.catalogue import drafts, guided
from goldenthread.catalogue.deciding import decided_document, with_policies
from goldenthread.catalogue.drafts import Findings, Verb
from goldenthread.catalogue.models import Programme, ProgrammeVersion, VersionDraft
from goldenthread.catalogue.problems import SpecificationError
from goldenthread.catalogue.programmes import shipped_programmes
from goldenthread.catalogue.reading import VersionFile, conflict_register, read_version
from goldenthread.catalogue.resolving import Document, Register
from goldenthread.catalogue.specification import Specification
from goldenthread.catalogue.structure import ReleaseState
from goldenthread.catalogue.toml_files import LARGEST_FILE, read_toml
from goldenthread.catalogue.wording import name_in_file
from goldenthread.catalogue.writing import file_data, toml_text
from goldenthread.common import audit, clock
from goldenthread.common.refused import Refused

MOST_OPEN = 50
FILE = "draft"  # how the text is called in what a reader reports


def exported(version: ProgrammeVersion) -> str:
    """The file of a version as it counts, with what the office decided over it, policies as they were decided last;
    reads back into the same.
    """
    return toml_text(_data_of(version, conflict_register()))


def _data_of(version: ProgrammeVersion, register: Register) -> Document:
    document = with_policies(decided_document(version.document, version.decided), version.decided)
    return file_data(document, shipped_programmes(), register)


# --- what a text amounts to --------------------------------------------------------------------------
def findings_of(text: str) -> Findings:
    """Read a text as a file of the catalogue and beside the versions that there are (S0-22, S3-14). Two queries."""
    try:
        file = read_version(text, name=FILE, others=_others())
    except SpecificationError as no:
        return Findings(problems=no.problems)
    return drafts.judged(file, _taken(file))


def _others() -> list[Document]:
    register = conflict_register()
    return [_data_of(version, register) for version in ProgrammeVersion.objects.order_by("pk")]


def _taken(file: VersionFile) -> dict[str, str]:
    """Which of its names belong to something else already."""
    spec, taken = file.specification, {}
    same = {"edition": spec.edition, "market": spec.market, "revision": spec.revision}
    if ProgrammeVersion.objects.filter(key=spec.id).exists():
        taken["id"] = f"“{spec.id}” is the id of a version that exists; a change of it is a new revision"
    elif ProgrammeVersion.objects.filter(programme__code=spec.programme, **same).exists():
        taken["revision"] = (
            f"there is a revision {spec.revision} of {spec.programme} {spec.edition}, {spec.market}"
        )
    if spec.state is not ReleaseState.PUBLISHED:
        taken["state"] = "does not belong into a draft: publishing and closing are done on the pages"
    programme = Programme.objects.filter(code=spec.programme).first()
    if programme and (programme.name, programme.family) != (spec.programme_name, spec.family):
        taken["introduces"] = (
            f"{spec.programme} is known as “{programme.name}” of the family {programme.family}"
        )
    return taken


def forerunner(spec: Specification, draft: VersionDraft) -> ProgrammeVersion | None:
    """The version that a draft is read against before it is published: the newest revision on offer of the same
    edition and market, else the one whose place it takes, else the one it began with. Two queries.
    """
    known = ProgrammeVersion.objects.select_related("programme").exclude(state="draft")
    same = known.filter(programme__code=spec.programme, edition=spec.edition, market=spec.market)
    newest = sorted(same.order_by("revision"), key=lambda one: (one.state == "published", one.revision))
    if newest:
        return newest[-1]
    return known.filter(key=spec.supersedes).first() or draft.based_on


# --- writing -----------------------------------------------------------------------------------------
@transaction.atomic
def start(
    *, based_on: ProgrammeVersion | None, key: str, as_revision: bool, by: Any, at: datetime
) -> VersionDraft:
    """A draft that begins as a copy of a version, or as an empty one.

    As a revision it supersedes the version it comes from; otherwise it is a version of its own under `key`. The
    same person who starts the same draft twice gets the one that is there, as long as nothing was saved in it.
    """
    day = clock.day_of(at).isoformat()
    data = _data_of(based_on, conflict_register()) if based_on else guided.empty_version(day)
    if based_on and as_revision:
        programme = {"programme": based_on.programme, "edition": based_on.edition, "market": based_on.market}
        last = (
            ProgrammeVersion.objects.filter(**programme).order_by("-revision").values_list("revision")[0][0]
        )
        data = guided.as_revision(data, last + 1)
    else:
        data = guided.as_another(data, key)
    return _started(toml_text(data), key=data["id"], based_on=based_on, by=by, at=at)


@transaction.atomic
def take_in(*, text: str, by: Any, at: datetime) -> VersionDraft:
    """A draft from the text of a file that somebody hands in; refuses what is no TOML or too large."""
    text = text.replace("\r\n", "\n")
    key = _key_in(read_toml(text, name="file"))
    draft = _started(text, key=key, based_on=None, by=by, at=at)
    draft.editors.add(by)
    return draft


def _started(
    text: str, *, key: str, based_on: ProgrammeVersion | None, by: Any, at: datetime
) -> VersionDraft:
    unsaved = VersionDraft.objects.filter(state="draft", revision=1, edited_by=by, text=text).first()
    if unsaved:
        return unsaved
    if VersionDraft.objects.filter(state__in=["draft", "checked"]).count() >= MOST_OPEN:
        raise Refused(
            f"There are {MOST_OPEN} drafts already: publish or discard one first.", code="draft.too_many"
        )
    draft = VersionDraft(key=key, text=text, based_on=based_on, started_at=at, edited_by=by, edited_at=at)
    draft.name = name_in_file(data_of(draft) or {})[:200]
    draft.save()
    source = based_on.key if based_on else ""
    audit.record("draft.started", draft, by=by, at=at, key=key, based_on=source)
    return draft


@transaction.atomic
def save_text(*, draft: VersionDraft, text: str, seen: int, by: Any, at: datetime) -> VersionDraft:
    """Keep a text as it is, readable or not; it has to be checked before it can be published.

    `seen` is the revision that the writer saw. The same text again changes nothing.
    """
    text = text.replace("\r\n", "\n")
    if len(text) > LARGEST_FILE:
        raise Refused(
            f"A specification is at most {LARGEST_FILE // 1024} KiB long: shorten it.",
            code="draft.too_long",
            field="text",
        )
    return _saved(draft, text, seen, "text", by, at)


@transaction.atomic
def save_part(
    *, draft: VersionDraft, part: str, values: dict[str, Any], seen: int, by: Any, at: datetime
) -> VersionDraft:
    """Put what one of the guided forms says into the text. Refuses a text that can't be read as TOML."""
    data = data_of(draft)
    if data is None:
        raise Refused("The text can't be read: mend it under “Whole file” first.", code="draft.unreadable")
    written = guided.with_part(data, part, values, day=clock.day_of(at).isoformat())
    return _saved(draft, toml_text(written), seen, part, by, at)


def data_of(draft: VersionDraft) -> Document | None:
    """The plain data of a draft's text, None while it is no TOML."""
    try:
        return read_toml(draft.text, name=FILE)
    except SpecificationError:
        return None


def _saved(draft: VersionDraft, text: str, seen: int, part: str, by: Any, at: datetime) -> VersionDraft:
    locked = _locked(draft)
    after = drafts.move(locked.state, Verb.SAVE)
    if locked.text == text:
        return locked
    drafts.check_revision(seen=seen, there=locked.revision, by=locked.edited_by.name)
    locked.text, locked.state, locked.revision = text, after, locked.revision + 1
    data = data_of(locked) or {}
    locked.key, locked.name = _key_in(data) or locked.key, name_in_file(data)[:200] or locked.name
    locked.edited_by, locked.edited_at = by, at
    locked.checked_by = locked.checked_at = None
    locked.save()
    locked.editors.add(by)
    audit.record("draft.saved", locked, by=by, at=at, revision=locked.revision, part=part, key=locked.key)
    return locked


def _key_in(data: Document) -> str:
    key = data.get("id")
    return key[:60] if isinstance(key, str) else ""


def _locked(draft: VersionDraft) -> VersionDraft:
    rows = VersionDraft.objects.select_for_update(of=("self",)).select_related("edited_by")
    return rows.get(pk=draft.pk)


# --- checking and discarding -------------------------------------------------------------------------
@transaction.atomic
def check(*, draft: VersionDraft, by: Any, at: datetime) -> VersionDraft:
    """Call a draft checked; refuses while `goldenthread catalogue check` would find anything wrong in it."""
    locked = _locked(draft)
    after = drafts.move(locked.state, Verb.CHECK)
    if locked.state == after:
        return locked
    findings = findings_of(locked.text)
    drafts.check_clean(findings)
    locked.state, locked.checked_by, locked.checked_at = after, by, at
    locked.save(update_fields=["state", "checked_by", "checked_at"])
    total = findings.total
    audit.record(
        "draft.checked",
        locked,
        by=by,
        at=at,
        revision=locked.revision,
        sha256=findings.file.sha256 if findings.file else "",
        hours=total.status if total else "",
    )
    return locked


@transaction.atomic
def discard(*, draft: VersionDraft, by: Any, at: datetime) -> VersionDraft:
    """Give a draft up; it stays in the trail. A draft that is discarded stays so."""
    locked = _locked(draft)
    if locked.state == "discarded":
        return locked
    locked.state = drafts.move(locked.state, Verb.DISCARD)
    locked.save(update_fields=["state"])
    audit.record("draft.discarded", locked, by=by, at=at, key=locked.key)
    return locked
