"""Evidence of known scripts of a project task: copied from a former account, added, taken out, and opened."""

from datetime import datetime
from typing import Any, BinaryIO

from django.db import transaction
from django.db.models import Max, QuerySet
from django.http import Http404

from goldenthread.assessment.actions import safety
from goldenthread.assessment.actions.evidence import read_evidence
from goldenthread.assessment.models import Script, Window
from goldenthread.assessment.rules import projects
from goldenthread.assessment.upload_models import HELD, DocumentCheck
from goldenthread.common import audit, files
from goldenthread.common.models import StoredFile
from goldenthread.common.refused import Refused
from goldenthread.marking.quality_models import KnownFile, KnownScript, KnownSet


def locked_set(set_id: int) -> KnownSet:
    """A set whose row is locked, with its scheme."""
    return KnownSet.objects.select_for_update(of=("self",)).select_related("scheme").get(pk=set_id)


def check_open(held: KnownSet, *, by: Any = None) -> None:
    """Refuses a set whose marks are agreed; and, where `by` adds to it, one that somebody else made, since whoever adds
    to a set would agree marks of their own otherwise.
    """
    if held.agreed_at is not None:
        raise Refused(
            "The marks of this set are agreed, so it stays as it is. Begin another set.", code="known.agreed"
        )
    if by is not None and held.made_by_id != by.pk:
        raise Refused(
            "Somebody else made this set: you can agree its marks. Begin a set of your own to add a script.",
            code="known.not_yours",
        )


def copy_evidence(former: Script, known: KnownScript) -> int:
    """Give a known script the evidence of the former one that it was taken from, in its order; how many files."""
    there = list(former.evidence.order_by("number").values_list("file_id", "words"))
    rows = dict(there)  # one file is evidence once
    KnownFile.objects.bulk_create(
        KnownFile(script=known, number=number, file_id=file, words=words)
        for number, (file, words) in enumerate(rows.items(), start=1)
    )
    return len(rows)


def add_evidence(
    *, script: KnownScript, file: BinaryIO, name: str, size_limit: int, by: Any, at: datetime
) -> KnownFile:
    """Add a file of evidence to a known script of a set that isn't agreed; the same file twice is one.

    It is looked at as the evidence of a project is (`assessment.actions.evidence`), and copied for markers in the same
    way. Refuses what that refuses, a set that is agreed or somebody else's, and a script of a case study.
    """
    check_open(KnownSet.objects.get(pk=script.set_id), by=by)
    kind, words = read_evidence(file, name=name, size_limit=size_limit)
    stored = files.store(file, kind=kind, at=at, size_limit=size_limit)
    with transaction.atomic():
        held = locked_set(script.set_id)
        check_open(held, by=by)
        if not held.scripts.filter(pk=script.pk).exists():
            raise Refused("This script is not in the set any more.", code="known.gone")
        known = KnownFile.objects.filter(script=script, file=stored).first()
        if known is not None:
            return known
        if not held.scheme.task:
            raise Refused("A script of a case study has no evidence.", code="known.no_evidence")
        there = KnownFile.objects.filter(script=script)
        projects.check_evidence(there.count())
        number = (there.aggregate(last=Max("number"))["last"] or 0) + 1
        made = KnownFile.objects.create(script=script, number=number, file=stored, words=words)
        safety.handed_in([stored], at=at)
        audit.record(
            "known_file.added", held.trail, by=by, at=at, set=held.pk, script=script.number, file=made.pk,
            sha256=stored.sha256,
        )  # fmt: skip
        return made


@transaction.atomic
def remove_evidence(*, script: KnownScript, number: int, by: Any, at: datetime) -> None:
    """Take a file out of the evidence of a known script, such as one that shows whose it is; those after it move up, so
    that nothing is seen to be missing. Twice is once. Refuses a set that is agreed.
    """
    held = locked_set(script.set_id)
    check_open(held)
    known = KnownFile.objects.select_related("file").filter(script=script, number=number).first()
    if known is None:
        return
    audit.record(
        "known_file.removed", held.trail, by=by, at=at, set=held.pk, script=script.number, file=known.pk,
        sha256=known.file.sha256,
    )  # fmt: skip
    known.delete()
    for place, one in enumerate(KnownFile.objects.filter(script=script).order_by("number"), start=1):
        if one.number != place:
            KnownFile.objects.filter(pk=one.pk).update(number=place)


def is_known_held(script: KnownScript, window: Window) -> bool:
    """Whether a file of a known script's evidence is held until it is scanned. As many queries as of a script without a
    document of its own: one in the window of a project task, none in that of a case study.
    """
    if not window.task:
        return False
    mine = KnownFile.objects.filter(script=script.pk).order_by().values("file")
    return DocumentCheck.objects.filter(file__in=mine, state__in=HELD).exists()


def check_none_held(held: KnownSet) -> None:
    """Refuses a set of whose evidence a file is held."""
    mine = KnownFile.objects.filter(script__set=held.pk).order_by().values("file")
    if DocumentCheck.objects.filter(file__in=mine, state__in=HELD).exists():
        raise Refused(
            "A file of the evidence is held until it is scanned for malware, so nobody could open it. Wait for the "
            "scan, or take the file out.",
            code="known.held",
        )


def evidence_rows() -> QuerySet[KnownFile]:
    """Evidence with its files, in its order. A part of another query."""
    return KnownFile.objects.select_related("file").order_by("number")


def get_known_file(script: KnownScript, number: int) -> StoredFile:
    """A file of the evidence of a known script that somebody may read; 404 where there is none of this number.

    Refuses it while any file of this evidence is held, with the words that are said of a script.
    """
    found = evidence_rows().filter(script=script.pk, number=number).first()
    if found is None:
        raise Http404("No such file.")
    mine = KnownFile.objects.filter(script=script.pk).order_by().values("file")
    check_file_opens(held=DocumentCheck.objects.filter(file__in=mine, state__in=HELD).exists())
    return found.file


def check_file_opens(*, held: bool) -> None:
    """Refuses a file of evidence of a script that is held."""
    if held:
        raise Refused(
            "This file is held, since not everything that came with it is scanned for malware yet, or let through by "
            "the programme office. Look again later; the office knows.",
            code="document.held",
        )
