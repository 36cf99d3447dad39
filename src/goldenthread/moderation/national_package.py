"""What a package for the national moderator holds: every script by code with its text, marks and marks by point, the
mark scheme in words, and the evidence that may go out; nobody's name, and the same content always as the same bytes.
"""

import csv
import hashlib
import io
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import QuerySet

from goldenthread.assessment import penalties
from goldenthread.assessment.models import MarkPoint, Script, Window
from goldenthread.assessment.rules import level_of
from goldenthread.assessment.sealed import open_points
from goldenthread.assessment.upload_queries import held_documents
from goldenthread.common.refused import Refused
from goldenthread.common.spreadsheets import harmless
from goldenthread.marking import identity
from goldenthread.marking import queries as marking
from goldenthread.marking.models import Agreement, Marking, MarkingState
from goldenthread.marking.rules import FIRST_REMARK, half_text
from goldenthread.moderation import national_evidence, national_signing, queries, supplements
from goldenthread.moderation.final import final_marks
from goldenthread.moderation.models import EarlierLook, Round, Sampled
from goldenthread.moderation.national_evidence import MADE, Evidence, Piece
from goldenthread.moderation.national_rules import COLUMNS
from goldenthread.moderation.national_signing import ANSWER, MANIFEST, README, SIGNATURE, json_bytes
from goldenthread.moderation.national_verifying import LARGEST_BACK

FORM = 3  # of what a package holds; in form 2 evidence had a part in its digest
SIGNED_FORMS = (2, FORM)  # form 1 had no texts, no marks by point and no signature
MARKS = (
    "script", "agreed_learn_that", "agreed_learn_how_to", "agreed_by", "final_learn_that", "final_learn_how_to",
    "final_total", "passed", "sampled", "decision", "note", "script_sha256",
)  # fmt: skip
LENGTH = ("words_too_many", "off_for_length", "total_that_counts")  # as well, where too many words cost marks
POINTS = ("script", "marking", "point", "marks", "level")
POSITIONS = {1: "first", 2: "second", 3: "third"}


@dataclass(frozen=True)
class Contents:
    """The files of a package but for its evidence and its signature, its digest, and how many scripts it is about."""

    files: Mapping[str, bytes]
    sha256: str
    scripts: int

    @property
    def code(self) -> str:
        """How people name the package."""
        return self.sha256[: national_signing.CODE]

    def write_into(self, archive: zipfile.ZipFile, *, key: str, seed: bytes) -> str:
        """Write these files and the signatures into a zip that holds the evidence, signed with the private key of this
        name; gives the signature over the digest. The other one is over the whole manifest, so also over what bears
        the name of the package.
        """
        signature = national_signing.sign(self.sha256, seed)
        manifest = national_signing.sign_manifest(self.files[MANIFEST], seed)
        seal = {
            "format": national_signing.FORMAT, "algorithm": "Ed25519", "key": key, "signature": signature,
            "manifest_signature": manifest, "package_sha256": self.sha256,
            "public_keys": f"{settings.BASE_URL}/receipts/keys.json",
        }  # fmt: skip
        for name, data in sorted({**self.files, SIGNATURE: json_bytes(seal)}.items()):
            archive.writestr(zipfile.ZipInfo(name, MADE), data, zipfile.ZIP_DEFLATED)
        return signature


@dataclass(frozen=True)
class Basis:
    """What a package is made of, as far as that can change: of which scripts alone (None: of all), the sign-off, marks
    with the digests of scripts and what our moderators decided, which documents are held, the case study's revision,
    and the evidence.
    """

    only: frozenset[int] | None
    signed_off_at: datetime | None
    marks: list[list[str]]
    held: frozenset[int]
    revision: int | None
    evidence: tuple[Piece, ...]


def basis_of(round: Round) -> Basis:
    """What a package of a round would be made of now. Seven queries, five more once an answer is applied, and one or
    two more where too many words cost marks.
    """
    window, only = round.window, supplements.scope_of(round)
    rows = mark_rows(window, only=only)
    codes = {row[0] for row in rows}
    return Basis(
        only,
        round.signed_off_at,
        rows,
        held_documents(_scripts_of(window, only)),
        window.case_study.revision if window.case_study else None,
        tuple(one for one in national_evidence.pieces_of(window) if only is None or one.code in codes),
    )


def _scripts_of(window: Window, only: frozenset[int] | None) -> QuerySet[Script]:
    scripts = marking.scripts_of(window)
    return scripts if only is None else scripts.filter(pk__in=only)


def check_the_same(before: Basis, now: Basis) -> None:
    """Refuses where a package would be made of something else by now."""
    if before.evidence != now.evidence:
        raise Refused(
            "While the package was being made, files of evidence were scanned or handed in. Download it once more.",
            code="national.evidence_changed",
        )
    if before != now:
        raise Refused(
            "While the package was being made, marks, decisions or scripts of this round changed. Look at the page "
            "again, then download it once more.",
            code="national.changed_meanwhile",
        )


def contents_of(round: Round, evidence: Evidence, *, only: frozenset[int] | None = None) -> Contents:
    """What there is to say about a signed-off round, or a supplement to it that is of these scripts `only`, and the
    evidence that was enclosed. A fixed number of queries.
    """
    window = round.window
    rows, points = mark_rows(window, only=only), _points_of(window)
    codes = {row[0] for row in rows}
    files = {
        "marks.csv": _csv((*MARKS, *LENGTH) if penalties.costs_marks(window) else MARKS, rows),
        "points.csv": _csv(POINTS, [row for row in _point_rows(round, points) if row[0] in codes]),
        "scheme.json": _scheme(window, points),
        national_signing.EVIDENCE: _csv(national_evidence.COLUMNS, evidence.rows()),
        **dict(_texts(round, evidence, only)),
    }
    manifest: dict[str, Any] = {
        "form": FORM,
        "window": str(window.intake),
        "opened_on": window.opens_on.isoformat(),
        "signed_off_at": round.signed_off_at.isoformat() if round.signed_off_at else None,
        "scripts": len(rows),
        "sample": {"seed": round.seed, "rules": round.terms},
        "evidence": {"enclosed": len(evidence.sha256), "not_enclosed": len(evidence.left_out)},
        "sha256": _digests(files) | dict(evidence.sha256),
        **({} if only is None else {"supplement": len(supplements.applied_to(round))}),
    }
    digest = national_signing.digest_of(manifest)
    code = digest[: national_signing.CODE]
    files[ANSWER] = _csv(COLUMNS, [[code, row[0], "", "", "", ""] for row in rows])
    files[README] = _readme(
        code, length_costs=penalties.costs_marks(window), supplement=only is not None
    ).encode()
    manifest |= {"package": code, "package_sha256": digest, "sha256": _digests(files) | dict(evidence.sha256)}
    return Contents({**files, MANIFEST: json_bytes(manifest)}, digest, len(rows))


def _digests(files: Mapping[str, bytes]) -> dict[str, str]:
    return {name: hashlib.sha256(data).hexdigest() for name, data in sorted(files.items())}


def mark_rows(window: Window, *, only: frozenset[int] | None = None) -> list[list[str]]:
    """The rows of `marks.csv`, by code, of every script or of these alone. Four queries, and one more where too many
    words cost marks.

    `passed` goes by the marks that count. What was earned stands before them, and what was taken off between.
    """
    final, scheme = final_marks(window), marking.scheme_of(window)
    costs = penalties.costs_marks(window)
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
        if only is not None and script not in only:
            continue
        marks, (decision, note) = final[sitting], sampled.get(script, ("", ""))
        ends = marks.half_marks
        if script not in sampled and (ends.learn_that, ends.learn_how_to) != (that, how):
            decision = "shifted"
        passed = "yes" if marks.counts >= 2 * scheme.pass_mark else "no"
        excess = marks.length.excess if marks.length else 0
        length = [str(excess), half_text(marks.off), half_text(marks.counts)] if costs else []
        rows.append(
            [code, half_text(that or 0), half_text(how or 0), method, half_text(ends.learn_that),
             half_text(ends.learn_how_to), half_text(ends.total), passed, "yes" if script in sampled else "no",
             decision, note, sha256, *length]
        )  # fmt: skip
    return rows


# --- marks by point --------------------------------------------------------------------------------------
def _points_of(window: Window) -> list[MarkPoint]:
    scheme = window.mark_scheme or queries.nothing()
    return open_points(scheme, scheme.points.select_related("statement").order_by("number"))


def _point_rows(round: Round, points: list[MarkPoint]) -> list[list[str]]:
    """Each marking, then each moderator's own marks, point by point; where a discussion changed some, what stands."""
    found = []
    for code, name, marks in sorted(_given(round), key=lambda row: row[:2]):
        for point in points:
            mark = marks.get(str(point.number))
            if mark is None:
                continue
            level = level_of(point.levels, mark)
            found.append([code, name[1], str(point.number), str(mark), level.name if level else ""])
    return found


def _given(round: Round) -> Iterator[tuple[str, tuple[int, str], dict[str, int]]]:
    """Code, place and name, and marks of everything that was given for the scripts of a round. Three queries."""
    code = "script__sitting__code"
    markings = Marking.objects.filter(
        script__sitting__window=round.window_id, script__current=True, state=MarkingState.SUBMITTED,
        position__lt=FIRST_REMARK,
    )  # fmt: skip
    for sitting, position, marks, revised in markings.order_by("pk").values_list(
        code, "position", "marks", "revised"
    ):
        yield sitting, (position, POSITIONS[position]), marks if revised is None else revised
    for sitting, marks in round.sample.exclude(marked_by=None).order_by("pk").values_list(code, "marks"):
        yield sitting, (FIRST_REMARK, "moderator"), marks
    earlier = EarlierLook.objects.filter(sampled__round=round).order_by("at", "pk")
    for place, (sitting, marks) in enumerate(earlier.values_list(f"sampled__{code}", "marks"), start=1):
        yield sitting, (FIRST_REMARK + place, "moderator before"), marks


def _scheme(window: Window, opened: list[MarkPoint]) -> bytes:
    scheme, kept = marking.scheme_of(window), window.mark_scheme
    kinds = {point.number: point.kind for point in scheme.points}
    points = [
        {
            "number": point.number, "kind": str(kinds[point.number]), "maximum": point.maximum,
            "text": point.text,
            **({"statement": str(point.statement)} if point.statement else {}),
            **({"part": point.part} if window.parts and point.part else {}),
            **({"levels": [
                {"name": one.name, "from": one.least, "to": one.most, "says": one.says} for one in point.levels
            ]} if point.levels else {}),
        }
        for point in opened
    ]  # fmt: skip
    parts = window.parts if any("part" in point for point in points) else []
    return json_bytes(
        {
            **({"parts": parts} if parts else {}),
            "scheme": str(kept) if kept and kept.task else "case study",
            "pass_mark": scheme.pass_mark,
            "tolerance": scheme.tolerance,
            "maximum": scheme.total,
            "points": points,
        }
    )


# --- texts -----------------------------------------------------------------------------------------------
def _texts(round: Round, evidence: Evidence, only: frozenset[int] | None) -> Iterator[tuple[str, bytes]]:
    """Every script as its markers read it, without what tells whose it is, in a file by its code: also while a file of
    its evidence is held, which stays out by itself.
    """
    window = round.window
    case = marking.case_for(window, at=round.closed_at)
    scripts = list(_scripts_of(window, only).select_related("sitting__window"))
    telling, held = identity.identities_of(scripts), held_documents(_scripts_of(window, only))
    for script in scripts:
        if script.pk in held:
            said = "This script is held until it is scanned for malware; its text can't be read yet.\n"
        else:
            shown = identity.shown_of(script, window, case, telling=telling.get(script.pk, ()))
            said = "\n\n".join(f"{title}\n\n{text}" if title else text for title, _, text in shown) + "\n"
        code = script.sitting.code
        yield f"texts/{code}.txt", (said + evidence.said_of(code)).encode()


# --- files -----------------------------------------------------------------------------------------------
def _csv(heading: tuple[str, ...], rows: list[list[str]]) -> bytes:
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow(heading)
    writer.writerows([harmless(cell) for cell in row] for row in rows)
    return b"\xef\xbb\xbf" + file.getvalue().encode()


def _readme(code: str, *, length_costs: bool, supplement: bool) -> str:
    added = (
        "This is a supplement: it is of the scripts alone that came in, or got other marks, after you had answered.\n"
        "What you answered before stays.\n\n"
    )
    less = (
        "In this window too many words cost marks, by rule: marks.csv says how many words were too many, what was\n"
        "taken off, once, and the total that counts. Your marks are of the response alone; the rule follows them.\n\n"
    )
    return (
        f"Package {code} for national moderation.\n\n"
        f"{added if supplement else ''}"
        "marks.csv    every script by code: agreed and final marks, and what our moderators decided\n"
        "points.csv   the marks that markers and moderators gave point by point, with their level where there is one\n"
        "scheme.json  the mark scheme: points in words, levels, pass mark, tolerance\n"
        "texts/       every script by code, without what would tell whose it is\n"
        "evidence/    the files of evidence of projects, without what programs wrote into them of people\n"
        "evidence.csv every file of evidence by script and number: its name in this package, or why it isn't in it\n"
        "answer.csv   to fill in and send back, saved as CSV in UTF-8: alone, or in the whole package where that is\n"
        f"             not more than {LARGEST_BACK // 1_000_000} MB, unpacked\n"
        "manifest.json  the SHA-256 of each file\n"
        "signature.json  our signature over the digest of the package; it names where our public keys are\n\n"
        'Whether this package is whole says "goldenthread receipt verify FILE --key keys.json", with our public keys\n'
        "as downloaded, without us.\n\n"
        f"{less if length_costs else ''}"
        "In answer.csv write confirmed or adjusted beside each script; adjusted ones need both marks, which may be\n"
        'halves, and a reason. One row with the script "*" confirms every script without a row of its own.\n'
    )
