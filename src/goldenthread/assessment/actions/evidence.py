"""Supporting evidence of a project: added, taken out, and copied for markers without what tells whose it is."""

import io
from datetime import datetime
from typing import Any, BinaryIO

from django.db import transaction

from goldenthread.applications.models import Enrolment
from goldenthread.assessment import rules, words
from goldenthread.assessment.actions import safety
from goldenthread.assessment.actions.project import held_project
from goldenthread.assessment.project_models import ProjectFile
from goldenthread.assessment.rules import projects
from goldenthread.common import audit, files
from goldenthread.common.containers import one_meter
from goldenthread.common.evidence_types import XLSX, check_evidence, workbook_text
from goldenthread.common.filetypes import Kind
from goldenthread.common.models import StoredFile
from goldenthread.common.refused import Refused
from goldenthread.common.unnamed import without_names


def add_file(
    *,
    enrolment: Enrolment,
    task: str,
    file: BinaryIO,
    name: str,
    size_limit: int,
    by: Any,
    at: datetime,
) -> ProjectFile:
    """Add a file of supporting evidence; the same file twice is one. Its words are counted apart (S1-29, S1-31).

    It is checked for what it really is, how large, and whether it can be read and copied for markers
    (`check_evidence`, `without_names`), and refused otherwise; the bytes are stored under their checksum before the row
    that names them commits.
    """
    with transaction.atomic():
        project = held_project(enrolment, task, by=by, at=at)
        projects.check_evidence(project.files.count())
    kind, number = read_evidence(file, name=name, size_limit=size_limit)
    stored = files.store(file, kind=kind, at=at, size_limit=size_limit)
    with transaction.atomic():
        project = held_project(enrolment, task, by=by, at=at)
        known = project.files.filter(file=stored).first()
        if known:
            return known
        projects.check_evidence(project.files.count())
        made = ProjectFile.objects.create(
            project=project, file=stored, name=name[-255:], words=number, added_at=at
        )
        safety.set_apart(stored, at=at)
        audit.record(
            "project.file_added", project, by=by, at=at, file=made.pk, sha256=stored.sha256, name=made.name
        )
        return made


def read_evidence(file: BinaryIO, *, name: str, size_limit: int) -> tuple[str, int]:
    """What a file of evidence is, and how many words can be read in it. Refuses what is something else than it says, is
    too large, can't be read, or can't be copied for markers.
    """
    with one_meter():
        kind = check_evidence(file, name=name, size_limit=size_limit)
        words = _read(file, kind)[1]
        without_names(file, kind)
    return kind, words


def text_of(file: BinaryIO, kind: str) -> str:
    """What can be read in a file of evidence, to look for names in it; nothing in a scan or a picture."""
    return _read(file, kind)[0]


def _read(file: BinaryIO, kind: str) -> tuple[str, int]:
    """Text and words of a file as far as they can be read."""
    if kind == XLSX:
        return workbook_text(file), 0
    if kind not in set(Kind):
        return "", 0
    try:
        found = words.read_document(file, Kind(kind), most=rules.DRAFT_LIMIT)
    except Refused:
        return "", 0
    finally:
        file.seek(0)
    return found.text, found.count.total


@transaction.atomic
def remove_file(*, enrolment: Enrolment, task: str, file_id: int, by: Any, at: datetime) -> None:
    """Take a file out of the evidence; what was handed in with it keeps it. Twice is harmless."""
    project = held_project(enrolment, task, by=by, at=at)
    known = project.files.select_related("file").filter(pk=file_id).first()
    if known is None:
        return
    audit.record("project.file_removed", project, by=by, at=at, file=known.pk, sha256=known.file.sha256)
    known.delete()


def for_markers(stored: StoredFile) -> bytes:
    """A file of evidence as markers and moderators get it: without what programs wrote into it of people.

    Refuses, with what to do, one of before that was a rule which can't be copied so.
    """
    try:
        return without_names(io.BytesIO(files.read(stored)), stored.kind)
    except Refused as refused:
        raise Refused(
            "What this file says of its author can't be taken out, so it isn't shown. Mark without it and say so in "
            "your comment; the programme office can ask for another copy.",
            code=refused.code,
        ) from refused
