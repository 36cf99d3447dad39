"""What the marking pages show: the script in its parts, the scheme with boxes, and markings side by side."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.forms.boundfield import BoundField
from django.urls import reverse

from goldenthread.assessment import words
from goldenthread.assessment.actions import record_look
from goldenthread.assessment.models import CaseStudy, MarkPoint, Script, Window
from goldenthread.assessment.opened import name_parts
from goldenthread.assessment.queries import parts_of
from goldenthread.assessment.rules import level_of
from goldenthread.assessment.rules.policies import Length, ai_said_text, counting_in, declarations_in
from goldenthread.assessment.sealed import open_points
from goldenthread.assessment.upload_queries import is_held
from goldenthread.catalogue.policies import Over
from goldenthread.marking import passage_rules, queries
from goldenthread.marking.identity import identity_of, shown_of
from goldenthread.marking.known_evidence import is_known_held
from goldenthread.marking.models import Marking
from goldenthread.marking.quality_models import KnownScript, PracticeMarks
from goldenthread.marking.rules import COVERED, Kind, covered
from goldenthread.web.assessor.forms import PointsForm
from goldenthread.web.shared.numbers import number_of

KINDS = {
    Kind.LEARN_THAT: "Learn that: understanding",
    Kind.LEARN_HOW_TO: "Learn how to: application",
    "criterion": "Criteria",
}
LAST_WORDS = 8  # of what is marked, quoted where it ends
POSITIONS = {1: "First", 2: "Second", 3: "Third"}


@dataclass(frozen=True)
class Reading:
    """What a marker or moderator reads: the script part by part, and the case it answers.

    `sections` are (title, text), one without a title for an undivided response; `covered` is the number of
    places where a name was covered that would tell who wrote it.
    """

    words: int
    sections: list[tuple[str, str]]
    covered: int
    case: CaseStudy | None
    evidence: list["EvidenceFile"]  # of a project, as it was handed in
    held: bool = False  # until it is scanned, or the office lets it through: then nothing of it is here
    laid: list["Section"] = field(default_factory=list)  # laid out with the passages that have notes
    length: str = ""  # beside the limit, with what follows of too many
    ai: str = ""  # what was said about AI, where the policy shows it to markers
    beyond: "Beyond | None" = None

    @property
    def marked(self) -> set[int]:
        """The numbers of the passages that are marked: not those whose text reads otherwise by now."""
        lines = [line for section in self.laid for one in section.paragraphs for line in one.lines]
        return {number for line in lines for piece in line.pieces for number in piece.numbers}


@dataclass(frozen=True)
class EvidenceFile:
    """A file of evidence as a page lists it: number, kind and words, and where it is opened."""

    number: int
    kind: str
    words: int
    address: str


@dataclass(frozen=True)
class Beyond:
    """Where what is marked ends: after so many words, in the paragraph of this number, with these last words of it."""

    most: int
    number: int
    last: str


@dataclass(frozen=True)
class NumberedParagraph:
    """A paragraph with its number in the script, by which it can be chosen for a note, and its place."""

    number: int
    place: str
    lines: Sequence[passage_rules.Line]


@dataclass(frozen=True)
class Section:
    """A part of a script as it is read: title, key, its paragraphs, and what tells its text from another."""

    title: str
    key: str
    paragraphs: list[NumberedParagraph]
    seen: str


def reading_of(
    script: Script | KnownScript,
    window: Window,
    *,
    by: Any,
    capacity: str,
    at: datetime,
    passages: Sequence[passage_rules.Kept] = (),
    evidence_at: Callable[[Any], str] | None = None,
) -> Reading:
    """A script without its author, beside its case; that `by` was shown the case is put on record. Four queries, also
    for one whose marks are known, which is read in the same way. `passages` are marked by their numbers from 1.

    `capacity` is "marker" or "moderator". `evidence_at` gives the address of a file of evidence, where it isn't that of
    the file itself, which would tell a script whose marks are known. Refuses, with what to do, where the case's seal
    doesn't open.
    """
    case = None if window.task else queries.case_for(window, at=at)
    if case is not None:
        record_look(case_study=case, by=by, at=at, capacity=capacity)
    if _is_held(script, window):
        return Reading(script.words, [], 0, case, [], held=True)
    telling = identity_of(script)
    shown = shown_of(script, window, case, telling=telling)
    sections = [(title, text) for title, _, text in shown]
    places = sum(text.count(COVERED) for _, text in sections)
    evidence = _evidence(script, evidence_at or _at_file) if window.task else []
    laid = _laid(shown, passages)
    length = _length(script, window)
    return Reading(
        script.words, sections, places, case, evidence, laid=laid, length=length.for_markers,
        ai=_ai_said(script, window, telling), beyond=_beyond(length, sections, laid),
    )  # fmt: skip


def _is_held(script: Script | KnownScript, window: Window) -> bool:
    return is_held(script) if isinstance(script, Script) else is_known_held(script, window)


def _evidence(script: Script | KnownScript, address: Callable[[Any], str]) -> list[EvidenceFile]:
    rows = script.evidence.select_related("file").order_by("number")
    return [EvidenceFile(one.number, one.file.kind, one.words, address(one)) for one in rows]


def _at_file(one: Any) -> str:
    return reverse("assessor:evidence", args=[one.pk])


def _length(script: Script | KnownScript, window: Window) -> Length:
    """The length beside everybody's limit. More words that one person was granted are told only where they count."""
    limit = window.word_limit
    if limit is not None and script.words > limit and isinstance(script, Script):
        limit += script.sitting.extra_words
    return Length(script.words, limit, counting_in(window.policies))


def _ai_said(script: Script | KnownScript, window: Window, telling: Sequence[str]) -> str:
    """What was said about AI, where markers may read it, with what is `telling` of the author covered. No query.

    A script whose marks are known says that none was used, so that nothing tells it from the others.
    """
    asked = declarations_in(window.policies).ai
    if not asked.shown_to_markers:
        return ""
    if isinstance(script, KnownScript):
        return ai_said_text({"ai_use": "none"}) if asked.declared else ""
    return covered(ai_said_text(script.declared), telling)[0]


def _beyond(length: Length, sections: Sequence[tuple[str, str]], laid: Sequence[Section]) -> Beyond | None:
    """The place up to which a script is marked that is too long for its limit, where what is beyond isn't.

    A covered name is one word here and may have been two: by so much more is read, never less.
    """
    if not length.excess or length.counting.over is not Over.CUT or length.most is None:
        return None
    left = length.most
    for (_, text), section in zip(sections, laid, strict=True):
        end = words.end_of_word(text, left, length.counting.not_counted)
        if end is None:
            left -= words.count_text(text).leaving_out(length.counting.not_counted).total
            continue
        line = next(
            (one for one in reversed(section.paragraphs) if one.lines and one.lines[0].start < end),
            section.paragraphs[0],
        )
        return Beyond(length.most, line.number, " ".join(text[:end].split()[-LAST_WORDS:]))
    return None


def texts_of(script: Script | KnownScript, window: Window, *, at: datetime) -> dict[str, str]:
    """The text of each part, by its key, as a marker is shown it: what notes at passages are counted in. Three queries;
    nothing where the script can't be opened yet.
    """
    if _is_held(script, window):
        return {}
    return {key: text for _, key, text in _shown(script, window, queries.case_for(window, at=at))}


def _shown(
    script: Script | KnownScript, window: Window, case: CaseStudy | None
) -> list[tuple[str, str, str]]:
    """Title, key and text of each part, with what names the author covered."""
    return shown_of(script, window, case, telling=identity_of(script))


def _laid(shown: Sequence[tuple[str, str, str]], passages: Sequence[passage_rules.Kept]) -> list[Section]:
    """Parts laid out, their paragraphs numbered through. A note whose text reads otherwise now is not marked."""
    found, number = [], 0
    for title, key, text in shown:
        sha256 = passage_rules.sha256_of(text)
        spans = [
            (place, one["start"], one["end"])
            for place, one in enumerate(passages, start=1)
            if one["part"] == key and one["sha256"] == sha256
        ]
        paragraphs = []
        for paragraph in passage_rules.lay_out(text, spans):
            number += 1
            place_ = passage_rules.place_text(key, paragraph.start, paragraph.end, sha256)
            paragraphs.append(NumberedParagraph(number, place_, paragraph.lines))
        found.append(Section(title, key, paragraphs, sha256[: passage_rules.SEEN]))
    return found


def points_of(window: Window) -> list[MarkPoint]:
    """The points of a window's mark scheme, opened, with the statements they cite, if they cite any, and the parts of
    the response that they belong to.
    """
    scheme = window.mark_scheme
    if scheme is None:
        return []
    points = open_points(scheme, scheme.points.select_related("statement").order_by("number"))
    name_parts(points, parts_of(window))
    return points


def is_of_criteria(points: Iterable[MarkPoint]) -> bool:
    """Whether these points are criteria of a project task, which have no kinds and so no subtotals."""
    return any(point.kind == "criterion" for point in points)


@dataclass(frozen=True)
class PointRow:
    """One point with its box on the page."""

    point: MarkPoint
    field: BoundField
    mark: Any
    note: BoundField | None = None  # what the marker notes there, where the form asks for it

    @property
    def out(self) -> bool:
        """Whether what stands in the box is no mark that this point gives, so that it doesn't count."""
        text = str(self.mark).strip() if self.mark is not None else ""
        return bool(text) and not (_is_number(text) and int(text) <= self.point.maximum)

    @property
    def counted(self) -> int:
        """The mark as the sums count it."""
        return 0 if self.out or self.mark is None else int(str(self.mark).strip() or 0)


@dataclass(frozen=True)
class KindGroup:
    """The points of one kind with their subtotal."""

    kind: str
    title: str
    rows: list[PointRow]
    marks: int
    maximum: int


def groups_of(form: PointsForm, points: Sequence[MarkPoint]) -> list[KindGroup]:
    """The boxes of a form, kind by kind, with subtotals of what is in them."""
    groups = []
    for kind, title in KINDS.items():
        rows = []
        for point in points:
            if point.kind == kind:
                field = form[f"point_{point.number}"]
                name = f"note_{point.number}"
                note = form[name] if name in form.fields else None
                rows.append(PointRow(point, field, field.value(), note))
        marks = sum(row.counted for row in rows)
        if rows or (kind != "criterion" and not is_of_criteria(points)):
            groups.append(KindGroup(kind, title, rows, marks, sum(row.point.maximum for row in rows)))
    return groups


def scale_of(groups: Iterable[KindGroup]) -> str:
    """How many marks a point gives, in words, where the scheme says nothing about them by levels; else ""."""
    points = [row.point for group in groups for row in group.rows]
    if not points or any(point.levels for point in points):
        return ""
    most = {point.maximum for point in points}
    each = f"0 to {most.pop()} marks" if len(most) == 1 else "0 marks up to the number beside its box"
    return (
        f"Each point gives {each}, whole ones only. The scheme has no levels: you judge how much of what a point "
        "asks for the response shows, from nothing of it to all of it."
    )


def _is_number(text: str) -> bool:
    return number_of(text, digits=4) is not None


@dataclass(frozen=True)
class Column:
    """One marking in the table that puts markings side by side."""

    title: str
    marks: Mapping[str, int]
    learn_that: int
    learn_how_to: int

    @property
    def total(self) -> int:
        return self.learn_that + self.learn_how_to


def column_of(marking: Marking, title: str = "") -> Column:
    """The marks of a marking that stand: after a discussion those that were changed in it."""
    return Column(title or POSITIONS[marking.position], marking.standing, *marking.standing_by_kind)


def said_by(marking: Marking) -> list[str]:
    """What a marker wrote for the moderator: the comment, then the notes point by point."""
    notes = sorted(marking.notes.items(), key=lambda row: int(row[0]))
    comment = [marking.comment] if marking.comment else []
    return comment + [f"Point {number}: {note}" for number, note in notes]


@dataclass(frozen=True)
class PassageNote:
    """A note at a passage, with its number in the text as it is shown; who wrote it where that is of interest."""

    number: int
    quote: str
    note: str
    who: str = ""


def passage_notes(markings: Iterable[Marking]) -> list[PassageNote]:
    """The notes at passages of markings one after the other."""
    return numbered_notes(("", marking.passages) for marking in markings)


def numbered_notes(given: Iterable[tuple[str, Sequence[passage_rules.Kept]]]) -> list[PassageNote]:
    """Notes at passages of several people one after the other, each with who wrote it."""
    rows = [(who, one) for who, kept in given for one in kept]
    return [
        PassageNote(number, one["quote"], one["note"], who) for number, (who, one) in enumerate(rows, start=1)
    ]


def listed_passages(kept: Iterable[passage_rules.Kept]) -> list[tuple[str, str, str]]:
    """Notes at passages as a page lists them to be changed: place, the passage's first words, note."""
    return [
        (
            passage_rules.place_text(one["part"], one["start"], one["end"], one["sha256"]),
            one["quote"],
            one["note"],
        )
        for one in kept
    ]


def known_column(script: KnownScript) -> Column:
    """The marks that are right for a known script."""
    return Column("Agreed", script.marks, script.learn_that, script.learn_how_to)


def practised_column(given: PracticeMarks) -> Column:
    """What a marker gave a known script in practice."""
    return Column("You", given.marks, given.learn_that, given.learn_how_to)


def own_column(marks: Mapping[str, int], points: Iterable[MarkPoint], title: str = "Moderator") -> Column:
    """A moderator's own marks, by point number."""
    sums = dict.fromkeys(Kind, 0)
    for point in points:
        sums[_kind(point)] += marks.get(str(point.number), 0)
    return Column(title, marks, sums[Kind.LEARN_THAT], sums[Kind.LEARN_HOW_TO])


def _kind(point: MarkPoint) -> Kind:
    """The kind under which a point's marks are kept; see `marking.queries.scheme_of`."""
    return Kind.LEARN_HOW_TO if point.kind == "criterion" else Kind(point.kind)


@dataclass(frozen=True)
class MarkTable:
    """Markings point by point, with subtotals and totals."""

    columns: list[Column]
    rows: list[tuple[MarkPoint, list[tuple[str, Any]], bool]]
    learn_that: int
    learn_how_to: int
    criteria: bool

    @property
    def maximum(self) -> int:
        return self.learn_that + self.learn_how_to


def with_level(point: MarkPoint, mark: Any) -> Any:
    """A mark, with the name of its level where the point is marked by levels."""
    level = level_of(point.levels, mark) if isinstance(mark, int) else None
    return f"{mark}, {level.name}" if level else mark


def mark_table(points: Sequence[MarkPoint], columns: Iterable[Column]) -> MarkTable:
    """Markings side by side; a row whose marks differ is marked so."""
    shown = list(columns)
    rows = []
    for point in points:
        given = [
            (column.title, with_level(point, column.marks.get(str(point.number), "–"))) for column in shown
        ]
        rows.append((point, given, len({mark for _, mark in given}) > 1))
    maxima = {kind: sum(p.maximum for p in points if _kind(p) is kind) for kind in Kind}
    that, how = maxima[Kind.LEARN_THAT], maxima[Kind.LEARN_HOW_TO]
    return MarkTable(shown, rows, that, how, is_of_criteria(points))
