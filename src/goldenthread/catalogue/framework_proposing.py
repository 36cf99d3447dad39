"""Official text comes in by two people of the office: one proposes it, another puts it in force or declines it."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.core.files.storage import default_storage
from django.db import transaction

from goldenthread.catalogue.framework_differences import Held, held_by, held_in
from goldenthread.catalogue.framework_import import Reading, check_reading, import_framework, read_framework
from goldenthread.catalogue.framework_restoring import check_back, put_back
from goldenthread.catalogue.framework_text import area_words
from goldenthread.catalogue.models import Framework, FrameworkProposal, Programme, ProgrammeVersion
from goldenthread.common import audit
from goldenthread.common.models import StoredFile
from goldenthread.common.refused import Refused


def in_force_of(text: Reading | Framework | FrameworkProposal) -> Framework | None:
    """The revision that a text would take the place of, or that is in force in the place of an earlier one; None where
    there is none.
    """
    code = text.programme if isinstance(text, Reading) else text.programme.code
    same = Framework.objects.filter(programme__code=code, edition=text.edition).select_related("programme")
    return same.order_by("-revision").first()


def reading_of(proposal: FrameworkProposal) -> Reading | None:
    """The file of a proposed text, read anew; None for an earlier revision."""
    if proposal.file is None:
        return None
    programme, edition = version_of(proposal.version)
    with default_storage.open(proposal.file.path, "rb") as opened:
        file: Any = opened
        return read_framework(file, name=proposal.file_name, programme=programme, edition=edition)


def version_of(key: str) -> tuple[str, str]:
    """Programme and edition of a version; "" and "" for none."""
    found = ProgrammeVersion.objects.filter(key=key).values_list("programme__code", "edition").first()
    return found or ("", "")


def held_in_proposal(proposal: FrameworkProposal, reading: Reading | None) -> Held:
    """The words that a proposal would put in force; `reading` is its file, read anew."""
    if reading is not None:
        return held_in(reading)
    return held_by(proposal.earlier) if proposal.earlier else Held({}, {})


def areas_lost(text: Reading | Framework) -> list[str]:
    """The areas that are in force and of which the text holds nothing, by name in their order."""
    before = in_force_of(text)
    if isinstance(text, Reading):
        there = {area_words(area.name) for area in text.text.own}
    else:
        there = {area_words(name) for name in held_by(text).names.values()}
    held = before.areas.filter(statements__isnull=False).exclude(kind="other").distinct() if before else None
    areas = held.order_by("number") if held is not None else []
    return [area.name for area in areas if area_words(area.name) not in there]


@transaction.atomic
def propose(
    *,
    reading: Reading,
    version: str,
    name: str,
    file: StoredFile,
    said: Mapping[str, Any],
    by: Any,
    at: datetime,
) -> FrameworkProposal:
    """Keep a reading for a second person to look at; the same text proposed twice is one proposal.

    `said` has the source_url, source_date and licence of the form. Refuses what can't be a framework at all, and a text
    that is in force already.
    """
    check_reading(reading)
    programme = Programme.objects.select_for_update().filter(code=reading.programme).first()
    if programme is None:
        raise Refused(
            f"{reading.programme} is not in the catalogue. Load it first: goldenthread catalogue load.",
            code="framework.programme",
            field="version",
        )
    before = in_force_of(reading)
    if before and before.digest == reading.digest:
        raise Refused(
            f"This text is in force already, as revision {before.revision}. There is nothing to propose.",
            code="framework.known",
        )
    made, new = FrameworkProposal.objects.get_or_create(
        programme=programme,
        edition=reading.edition,
        digest=reading.digest,
        state="proposed",
        defaults={
            "version": version,
            "file": file,
            "file_name": name[:100],
            "proposed_by": by,
            "proposed_at": at,
            **said,
        },
    )
    if new:
        audit.record(
            "framework.proposed",
            made,
            by=by,
            at=at,
            programme=programme.code,
            edition=reading.edition,
            digest=reading.digest,
        )
    return made


@transaction.atomic
def propose_back(*, earlier: Framework, by: Any, at: datetime) -> FrameworkProposal:
    """Propose that the words of an earlier revision come back into force; proposed twice it is one proposal.

    Refuses a revision whose words can't come back, with the reason: it is in force, says the same as the one in force,
    holds nothing, or has areas that the programme has no more.
    """
    programme = Programme.objects.select_for_update().get(pk=earlier.programme_id)
    before = in_force_of(earlier)
    check_back(earlier, before or earlier)
    digest = earlier.digest or hashlib.sha256(f"revision {earlier.pk}".encode()).hexdigest()
    told = {"programme": programme, "edition": earlier.edition, "digest": digest}
    made, new = FrameworkProposal.objects.get_or_create(
        **told, state="proposed", defaults={"earlier": earlier, "proposed_by": by, "proposed_at": at}
    )
    if new:
        said = {**told, "programme": programme.code, "earlier": earlier.revision}
        audit.record("framework.proposed", made, by=by, at=at, **said)
    return made


@transaction.atomic
def put_in_force(
    *, proposal: FrameworkProposal, reading: Reading | None, compared: int | None, by: Any, at: datetime
) -> Framework:
    """Take a proposed text in as the revision that is in force; gives the framework, a second time too.

    `reading` is the proposal's file, read anew, None for an earlier revision; `compared` the number of the framework in
    force that the person saw it beside. Refuses whoever proposed it, a proposal that was declined, and one seen beside
    another revision.
    """
    row = _locked(proposal)
    if row.framework is not None:
        return row.framework
    if row.state == "declined":
        raise Refused(
            "This text was declined. Propose it again if it is to come in after all.",
            code="framework.declined",
        )
    if row.proposed_by_id == by.pk:
        raise Refused(
            "A second person puts a text in force: ask somebody else of the office to look at it.",
            code="framework.second",
        )
    Programme.objects.select_for_update().get(pk=row.programme_id)  # nothing else comes into force meanwhile
    before = in_force_of(reading or row)
    if compared != (before.pk if before else None):
        raise Refused(
            "Another revision has come into force since you looked. What this text would lose is told beside that one "
            "now: look again, then decide.",
            code="framework.compared",
        )
    made = _taken_in(row, reading, before, by, at)
    _decide(row, "in_force", by=by, at=at, framework=made)
    return made


def _taken_in(
    row: FrameworkProposal, reading: Reading | None, before: Framework | None, by: Any, at: datetime
) -> Framework:
    if reading is None:
        assert row.earlier is not None  # a constraint: a file or an earlier revision
        return put_back(earlier=row.earlier, in_force=before or row.earlier, by=by, at=at)
    said = {key: getattr(row, key) for key in ("source_url", "source_date", "licence", "file")}
    return import_framework(reading=reading, **said, by=by, at=at).framework


@transaction.atomic
def decline(*, proposal: FrameworkProposal, reason: str, by: Any, at: datetime) -> FrameworkProposal:
    """Decline or take back a proposed text, with a reason; twice is once. Refuses one that is in force."""
    row = _locked(proposal)
    if row.state == "declined":
        return row
    if row.state == "in_force":
        raise Refused(
            "This text is in force. Propose another one to take its place.", code="framework.in_force"
        )
    if not reason.strip():
        raise Refused("Say why, for the person who proposed it.", code="framework.reason", field="reason")
    return _decide(row, "declined", by=by, at=at, reason=reason.strip()[:500])


def _locked(proposal: FrameworkProposal) -> FrameworkProposal:
    rows = FrameworkProposal.objects.select_for_update(of=("self",)).select_related(
        "framework", "file", "earlier__programme", "programme"
    )
    return rows.get(pk=proposal.pk)


def _decide(row: FrameworkProposal, state: str, *, by: Any, at: datetime, **more: Any) -> FrameworkProposal:
    row.state, row.decided_by, row.decided_at = state, by, at
    for name, value in more.items():
        setattr(row, name, value)
    row.save()
    audit.record(f"framework.{state}", row, by=by, at=at, reason=row.reason)
    return row
