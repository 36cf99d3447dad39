"""The evidence of projects in a package for the national moderator: covered as markers get it, only what is known to be
clean, one file in memory at a time; what stays out is named with why.
"""

import hashlib
import zipfile
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import IO

from django.db.models import Count, QuerySet

from goldenthread.assessment.actions.evidence import for_markers
from goldenthread.assessment.models import Window
from goldenthread.assessment.project_models import HandedInFile
from goldenthread.assessment.upload_models import CheckState
from goldenthread.common.files import CHUNK
from goldenthread.common.refused import Refused
from goldenthread.moderation.national_signing import EVIDENCE, FOLDER

MADE = (1980, 1, 1, 0, 0, 0)  # the oldest date that a zip knows: the same content gives the same bytes
COLUMNS = ("script", "number", "file", "kind", "bytes", "why_not_enclosed")
NEVER_LOOKED_AT = "nobody has scanned it for malware"
WHY_NOT: dict[str, str] = {
    CheckState.CLEAN: "",
    CheckState.WAITING: "it waits to be scanned for malware",
    CheckState.FOUND: "malware was found in it",
    CheckState.RELEASED: "the office let it through to markers; no scan says that it is clean",
    CheckState.TRUSTED: NEVER_LOOKED_AT,
}
_STATE = "file__check_of__state"
UNCOVERED = "what it says of its author can't be taken out"
GONE = "it is missing from our storage"


@dataclass(frozen=True)
class Piece:
    """A file of evidence: of which script, its number there, what it is, and why it may not go out, if so."""

    code: str
    number: int
    kind: str
    size: int
    sha256: str
    why_not: str

    @property
    def name(self) -> str:
        """Its name in a package."""
        return f"{FOLDER}/{self.code}-{self.number}.{self.kind}"


@dataclass(frozen=True)
class Evidence:
    """What came of the evidence of a window: the SHA-256 of each file that is enclosed, by its name in the package, and
    for every file whether it is, or why not.
    """

    pieces: tuple[Piece, ...] = ()
    sha256: Mapping[str, str] = field(default_factory=dict)
    sizes: Mapping[str, int] = field(default_factory=dict)
    left_out: Mapping[str, str] = field(default_factory=dict)

    def rows(self) -> list[list[str]]:
        """The rows of `evidence.csv`."""
        return [
            [one.code, str(one.number), "" if one.name in self.left_out else one.name, one.kind,
             str(self.sizes.get(one.name, one.size)), self.left_out.get(one.name, "")]
            for one in self.pieces
        ]  # fmt: skip

    def said_of(self, code: str) -> str:
        """What the text of a script says of its evidence, the same whatever of it is enclosed; "" if it has none."""
        lines = [one.name for one in self.pieces if one.code == code]
        if not lines:
            return ""
        return f"\nEvidence handed in ({EVIDENCE} says what of it is enclosed):\n" + "\n".join(lines) + "\n"


def pieces_of(window: Window) -> tuple[Piece, ...]:
    """The evidence of every script of a window that counts, by code and number, with what is known of its safety. One
    query.
    """
    rows = (
        _handed_in(window)
        .order_by("script__sitting__code", "number")
        .values_list("script__sitting__code", "number", "file__kind", "file__size", "file__sha256", _STATE)
    )
    return tuple(
        Piece(code, number, kind, size, sha256, _why_not(state))
        for code, number, kind, size, sha256, state in rows
    )


def kept_back(window: Window, *, only: frozenset[int] | None = None) -> list[tuple[str, int]]:
    """How many files of evidence of a window, or of these scripts `only`, can't be enclosed now, by the reason. One
    query, which counts.
    """
    counts: Counter[str] = Counter()
    handed_in = _handed_in(window) if only is None else _handed_in(window).filter(script__in=only)
    for state, count in handed_in.order_by().values_list(_STATE).annotate(count=Count("pk")):
        counts[_why_not(state)] += count
    return sorted((why, count) for why, count in counts.items() if why)


def _handed_in(window: Window) -> QuerySet[HandedInFile]:
    return HandedInFile.objects.filter(script__sitting__window=window, script__current=True)


def _why_not(state: str | None) -> str:
    """Why a file of this state can't be enclosed; "" of one that can. None: nobody has looked at it."""
    return WHY_NOT.get(state or "", NEVER_LOOKED_AT)


def enclose(window: Window, pieces: tuple[Piece, ...], archive: zipfile.ZipFile) -> Evidence:
    """Write what may go out of a window's evidence, as `pieces_of` gives it, into a zip. Slow: each file is read,
    covered and written before the next, and nothing but one is in memory. One query for each file.
    """
    sha256, sizes, left_out = {}, {}, {}
    for one in pieces:
        why_not = one.why_not
        copy = b"" if why_not else _covered(window, one)
        if isinstance(copy, str):
            why_not = copy
        elif not why_not:
            sha256[one.name], sizes[one.name] = hashlib.sha256(copy).hexdigest(), len(copy)
            archive.writestr(zipfile.ZipInfo(one.name, MADE), copy, zipfile.ZIP_DEFLATED)
        if why_not:
            left_out[one.name] = why_not
    return Evidence(pieces, sha256, sizes, left_out)


def _covered(window: Window, piece: Piece) -> bytes | str:
    """The copy of a file that markers get, or why there is none. Storage that doesn't answer is no such reason."""
    found = HandedInFile.objects.select_related("file").filter(
        script__sitting__window=window, script__sitting__code=piece.code, script__current=True, number=piece.number
    )  # fmt: skip
    try:
        return for_markers(found.get().file)
    except Refused:
        return UNCOVERED
    except FileNotFoundError:
        return GONE


def sha256_of(file: IO[bytes]) -> str:
    """The SHA-256 of a file from its beginning, read in pieces; it is at its beginning again afterwards."""
    digest = hashlib.sha256()
    file.seek(0)
    while piece := file.read(CHUNK):
        digest.update(piece)
    file.seek(0)
    return digest.hexdigest()
