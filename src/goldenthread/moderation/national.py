"""National moderation of a round: the package that goes out, the answer that comes back, and its application by two."""

import csv
import hashlib
import io
import json
import zipfile
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404

from goldenthread.assessment.models import Window
from goldenthread.common import audit
from goldenthread.common.refused import Refused
from goldenthread.common.spreadsheets import harmless
from goldenthread.marking import queries as marking
from goldenthread.marking.models import Agreement
from goldenthread.marking.rules import Kind, Totals, half_text
from goldenthread.moderation import national_rules, queries
from goldenthread.moderation.models import NationalAnswer, NationalMark, NationalPackage, Round, Sampled
from goldenthread.moderation.national_rules import COLUMNS
from goldenthread.people.access import Viewer

CODE = 16  # hexadecimal digits of the digest by which people name a package
_MADE = (1980, 1, 1, 0, 0, 0)  # the oldest date that a zip knows: the same content gives the same bytes
MARKS = (
    "script", "agreed_learn_that", "agreed_learn_how_to", "agreed_by", "final_learn_that", "final_learn_how_to",
    "final_total", "passed", "sampled", "decision", "note", "script_sha256",
)  # fmt: skip


@dataclass(frozen=True)
class Package:
    """A zip for the national moderator, how people name it, and how many scripts it is about."""

    code: str
    sha256: str
    scripts: int
    data: bytes


# --- what there is ---------------------------------------------------------------------------------------
def get_round_for(viewer: Viewer, window_id: int) -> Round:
    """The round of a window for the office, which hands it to the national moderator; 404 for everybody else."""
    found = Round.objects.select_related(
        "window__intake__version__programme", "window__case_study__scheme", "window__scheme", "signed_off_by"
    ).defer("window__intake__version__document", "window__case_study__sealed", "drawn_from")
    one = found.filter(window=window_id).first()
    if one is None or not viewer.is_office:
        raise Http404("No round.")
    return one


def answers_of(round: Round) -> QuerySet[NationalAnswer]:
    """Every answer that was read for a round, the latest first. One query."""
    return round.answers.select_related("read_by", "decided_by").order_by("-read_at", "-pk")


def packages_of(round: Round) -> QuerySet[NationalPackage]:
    """The packages that were made of a round, the latest first. One query."""
    return round.packages.select_related("made_by").order_by("-made_at", "-pk")


@dataclass(frozen=True)
class Effect:
    """What an adjustment would change: marks before and after in half marks, and which side of the pass mark."""

    code: str
    before: int
    after: int
    passed: bool
    passes: bool
    reason: str


def effects_of(answer: NationalAnswer) -> list[Effect]:
    """What applying an answer would change, script by script. Four queries."""
    window, scheme = answer.round.window, marking.scheme_of(answer.round.window)
    codes = dict(window.sittings.order_by("pk").values_list("code", "pk"))
    final = queries.final_marks(window)
    found = []
    for code, that, how, reason in answer.adjusted:
        before = final[codes[code]].half_marks.total
        passed, passes = before >= 2 * scheme.pass_mark, that + how >= 2 * scheme.pass_mark
        found.append(Effect(code, before, that + how, passed, passes, reason))
    return found


# --- the package -----------------------------------------------------------------------------------------
def build(round: Round) -> Package:
    """The package of a signed-off round: codes, marks, scheme, decisions and digests, without anybody's name; the same
    content always gives the same bytes.
    """
    window = round.window
    rows = _mark_rows(window)
    marks, scheme = _csv(MARKS, rows), _scheme(window)
    digest = hashlib.sha256(marks + scheme).hexdigest()
    code = digest[:CODE]
    files = {
        "marks.csv": marks,
        "scheme.json": scheme,
        "answer.csv": _csv(COLUMNS, [[code, row[0], "", "", "", ""] for row in rows]),
        "README.txt": _readme(code).encode(),
    }
    manifest = {
        "package": code,
        "window": str(window.intake),
        "opened_on": window.opens_on.isoformat(),
        "signed_off_at": round.signed_off_at.isoformat() if round.signed_off_at else None,
        "scripts": len(rows),
        "sample": {"seed": round.seed, "rules": round.terms},
        "sha256": {name: hashlib.sha256(data).hexdigest() for name, data in sorted(files.items())},
    }
    files["manifest.json"] = _json(manifest)
    return Package(code, digest, len(rows), _zipped(files))


def _mark_rows(window: Window) -> list[list[str]]:
    final, scheme = queries.final_marks(window), marking.scheme_of(window)
    sampled: dict[int, tuple[str, str]] = {
        script: (decision, note)
        for script, decision, note in Sampled.objects.filter(round__window=window)
        .order_by("pk")
        .values_list("script_id", "decision", "note")
    }
    agreed = Agreement.objects.filter(script__sitting__window=window, script__current=True).order_by(
        "script__sitting__code"
    )
    rows = []
    for sitting, code, script, sha256, that, how, method in agreed.values_list(
        "script__sitting_id", "script__sitting__code", "script_id", "script__sha256", "half_marks_learn_that",
        "half_marks_learn_how_to", "method",
    ):  # fmt: skip
        ends, (decision, note) = final[sitting].half_marks, sampled.get(script, ("", ""))
        passed = "yes" if ends.total >= 2 * scheme.pass_mark else "no"
        rows.append(
            [code, half_text(that or 0), half_text(how or 0), method, half_text(ends.learn_that),
             half_text(ends.learn_how_to), half_text(ends.total), passed, "yes" if script in sampled else "no",
             decision, note, sha256]
        )  # fmt: skip
    return rows


def _scheme(window: Window) -> bytes:
    scheme, kept = marking.scheme_of(window), window.mark_scheme
    points = [{"number": p.number, "kind": str(p.kind), "maximum": p.maximum} for p in scheme.points]
    return _json(
        {
            "scheme": str(kept) if kept and kept.task else "case study",
            "pass_mark": scheme.pass_mark,
            "tolerance": scheme.tolerance,
            "maximum": scheme.total,
            "points": points,
        }
    )


def _csv(heading: tuple[str, ...], rows: list[list[str]]) -> bytes:
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow(heading)
    writer.writerows([harmless(cell) for cell in row] for row in rows)
    return b"\xef\xbb\xbf" + file.getvalue().encode()


def _json(value: Any) -> bytes:
    return (json.dumps(value, indent=1, ensure_ascii=False, sort_keys=True) + "\n").encode()


def _readme(code: str) -> str:
    return (
        f"Package {code} for national moderation.\n\n"
        "marks.csv    every script by code: agreed and final marks, and what our moderators decided\n"
        "scheme.json  the mark scheme: points, pass mark, tolerance\n"
        "answer.csv   to fill in and send back, saved as CSV in UTF-8\n"
        "manifest.json  the SHA-256 of each file\n\n"
        "In answer.csv write confirmed or adjusted beside each script; adjusted ones need both marks, which may be\n"
        'halves, and a reason. One row with the script "*" confirms every script without a row of its own.\n'
    )


def _zipped(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in sorted(files.items()):
            archive.writestr(zipfile.ZipInfo(name, _MADE), data, zipfile.ZIP_DEFLATED)
    return out.getvalue()


@transaction.atomic
def export(*, round: Round, by: Any, at: datetime) -> Package:
    """Make the package of a round and keep that it was made (S1-32, S3-30); each export is in the trail.

    Refuses before the sign-off, and where the version asks for no national moderation.
    """
    held = _held(round)
    national_rules.check_can_export(signed_off=bool(held.signed_off_at), national=held.national)
    made = build(held)
    NationalPackage.objects.get_or_create(
        round=held, sha256=made.sha256, defaults={"scripts": made.scripts, "made_by": by, "made_at": at}
    )
    audit.record(
        "national.exported", held.window, by=by, at=at, package=made.code, scripts=made.scripts,
        zip=hashlib.sha256(made.data).hexdigest(),
    )  # fmt: skip
    return made


# --- the answer ------------------------------------------------------------------------------------------
@transaction.atomic
def read(*, round: Round, name: str, data: bytes, by: Any, at: datetime) -> NationalAnswer:
    """Read the national moderator's file; nothing changes until a second person applies it (S1-32).

    Refuses whatever `national_rules.read_answer` refuses, without a package, while another answer waits, and once one
    is applied. The same file by the same person is one answer.
    """
    held, digest = _held(round), hashlib.sha256(data).hexdigest()
    open_one = held.answers.filter(state__in=["read", "applied"]).first()
    if open_one and open_one.sha256 == digest and open_one.read_by_id == by.pk:
        return open_one
    package = packages_of(held).first()
    national_rules.check_can_read(
        exported=package is not None,
        waits=open_one is not None and open_one.state == "read",
        applied=open_one is not None and open_one.state == "applied",
    )
    assert package is not None
    scheme = marking.scheme_of(held.window)
    codes = [row[0] for row in _mark_rows(held.window)]
    maxima = Totals(scheme.maximum(Kind.LEARN_THAT), scheme.maximum(Kind.LEARN_HOW_TO))
    answer = national_rules.read_answer(data, package=package.sha256[:CODE], codes=codes, maxima=maxima)
    made = NationalAnswer.objects.create(
        round=held, file_name=name[:200], sha256=digest, confirmed=answer.confirmed, read_by=by, read_at=at,
        adjusted=[[a.code, a.half_marks.learn_that, a.half_marks.learn_how_to, a.reason] for a in answer.adjusted],
    )  # fmt: skip
    _record("read", made, by=by, at=at, confirmed=made.confirmed, adjusted=len(made.adjusted), sha256=digest)
    return made


@transaction.atomic
def decide(*, answer: NationalAnswer, apply: bool, reason: str, by: Any, at: datetime) -> NationalAnswer:
    """A second person applies an answer, or says why not; the same decision twice is one.

    Applied, its marks take the place of what was final for the scripts that it adjusts, as rows of their own, and the
    results of the window are no longer provisional. Refuses who read it in.
    """
    held_round = _held(answer.round)
    held = NationalAnswer.objects.select_for_update(of=("self",)).get(pk=answer.pk)
    state = "applied" if apply else "refused"
    if held.state == state and held.decided_by_id == by.pk:
        return held
    _check_open(held)
    national_rules.check_second(by=by.pk, first=held.read_by_id)
    if not apply and not reason.strip():
        raise Refused("Say why this answer is not applied.", code="national.reason", field="reason")
    held.state, held.decided_by, held.decided_at, held.decision_reason = state, by, at, reason.strip()[:1000]
    held.save()
    if apply:
        _apply(held_round, held, by=by, at=at)
    _record(state, held, by=by, at=at, adjusted=len(held.adjusted), reason=held.decision_reason)
    return held


def _apply(round: Round, answer: NationalAnswer, *, by: Any, at: datetime) -> None:
    final = queries.final_marks(round.window)
    scripts = {
        code: (script, sitting)
        for code, script, sitting in marking.scripts_of(round.window)
        .order_by()
        .values_list("sitting__code", "pk", "sitting_id")
    }
    NationalMark.objects.bulk_create(
        (
            NationalMark(
                answer=answer, script_id=scripts[code][0], half_marks_learn_that=that,
                half_marks_learn_how_to=how, reason=reason,
            )
            for code, that, how, reason in answer.adjusted
        ),
        batch_size=1000,
    )  # fmt: skip
    audit.record_many(
        "national.adjusted",
        {
            f"script:{scripts[code][0]}": {
                "was_half_marks": final[scripts[code][1]].half_marks.total,
                "half_marks": that + how,
                "reason": reason,
            }
            for code, that, how, reason in answer.adjusted
        },
        by=by,
        at=at,
    )
    round.national_at = at
    round.save(update_fields=["national_at"])


@transaction.atomic
def take_back(*, answer: NationalAnswer, by: Any, at: datetime) -> NationalAnswer:
    """Take an answer back that one read in oneself and nobody has applied; twice is one."""
    held = NationalAnswer.objects.select_for_update(of=("self",)).get(pk=answer.pk)
    if held.state == "taken_back":
        return held
    _check_open(held)
    if held.read_by_id != by.pk:
        raise Refused("Only who read it in takes it back.", code="national.not_yours")
    held.state, held.decided_by, held.decided_at = "taken_back", by, at
    held.save()
    _record("taken_back", held, by=by, at=at)
    return held


def get_answer_for(viewer: Viewer, window_id: int, answer_id: int) -> NationalAnswer:
    """An answer to the round of a window, for the office; 404 for everybody else."""
    round = get_round_for(viewer, window_id)
    found = answers_of(round).filter(pk=answer_id).first()
    if found is None:
        raise Http404("No such answer.")
    return found


def _held(round: Round) -> Round:
    Window.objects.select_for_update(of=("self",)).get(pk=round.window_id)
    return (
        Round.objects.select_for_update(of=("self",))
        .select_related("window__intake__version__programme", "window__case_study__scheme", "window__scheme")
        .get(pk=round.pk)
    )


def _check_open(answer: NationalAnswer) -> None:
    if answer.state != "read":
        raise Refused("Somebody has decided this already; look at the page again.", code="national.decided")


def _record(verb: str, answer: NationalAnswer, *, by: Any, at: datetime, **details: Any) -> None:
    audit.record(f"national.{verb}", answer.round.window, by=by, at=at, answer=answer.pk, **details)
