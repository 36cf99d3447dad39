"""The framework of a programme for visitors: as a page, as text, as a table; the reading list; the matrix."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms

from goldenthread.catalogue.content_rules import area_matrix
from goldenthread.catalogue.framework_queries import Content, Shown
from goldenthread.catalogue.framework_rules import COUNTRIES
from goldenthread.catalogue.models import Framework
from goldenthread.catalogue.programmes import shipped_programmes
from goldenthread.catalogue.variants import CONTEXTS, PHASES, Reader, context_of, phase_of_school
from goldenthread.web.shared.versions import Version

KIND_TITLES = {"learn_that": "Learn that", "learn_how_to": "Learn how to"}
SUMMARY = "Our own short summary, not the official wording."


class ReaderForm(forms.Form):
    """What a visitor looks for, and whose examples come first."""

    q = forms.CharField(label="Search", required=False, max_length=80)
    phase = forms.ChoiceField(label="Phase", required=False, choices=[("", "Any phase"), *PHASES.items()])
    context = forms.ChoiceField(
        label="Where",
        required=False,
        choices=[("", "Anywhere"), *((key, text) for key, text in CONTEXTS.items() if key != "locality")],
    )


class CountryForm(forms.Form):
    """Sources of one country."""

    country = forms.ChoiceField(
        label="From",
        required=False,
        choices=[("", "Everywhere"), *COUNTRIES.items(), ("overseas", "overseas")],
    )


def reader_of(user: Any, version: Version, on: date, *, context: str, phase: str) -> Reader:
    """Whose variants come first: what is chosen on the page, else those of the participant's own school.

    One query for somebody signed in, none for a visitor. A school's town is the reader's locality.
    """
    school = None
    if user.is_authenticated:
        mine = user.enrolments.filter(version=version.pk, withdrawn_at__isnull=True, school__isnull=False)
        enrolment = mine.select_related("school").order_by("-starts_on", "pk").first()
        school = enrolment.school if enrolment else None
    return Reader(
        on,
        context=context or context_of(version.specification.market, school.country if school else ""),
        locality=school.town if school and not context else "",
        phase=phase or (phase_of_school(school.phase, school.kind) if school else ""),
    )


def official_link(framework: Framework) -> str:
    """The address of the official text; "" where none is known or the last check found it gone (S4-07)."""
    return "" if framework.link_fault else framework.source_url


# --- as a file ---------------------------------------------------------------------------------------
COLUMNS = ("area number", "area", "kind", "number", "code", "text", "wording", "complete", "sources")


def rows(content: Content) -> Iterator[tuple[str, ...]]:
    """Every statement as a row of a table; each bullet of a heading is a row of its own."""
    for area in content.areas:
        for shown in area.statements:
            one = shown.statement
            wording = "summary" if one.summary else "official"
            sources = "; ".join(str(source) for source in shown.sources)
            head = (str(area.area.number), area.area.name, KIND_TITLES[one.kind], str(one.number), one.code)
            yield (*head, one.text, wording, "yes" if one.complete else "no", sources)
            for bullet in one.bullets:
                yield (*head, f"● {bullet['text']}", wording, "yes" if bullet["complete"] else "no", "")


def as_csv(content: Content) -> str:
    """The framework for a spreadsheet; a cell never begins as a formula does."""
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(COLUMNS)
    writer.writerows([_harmless(cell) for cell in row] for row in rows(content))
    return file.getvalue()


def _harmless(cell: str) -> str:
    return f"'{cell}" if cell[:1] in {"=", "+", "-", "@", "\t", "\r"} else cell


def as_text(content: Content) -> str:
    """The framework to read on paper: says at the top and at each fragment what it is."""
    framework = content.framework
    lines = [framework.title, _standing(framework)]
    if link := official_link(framework):
        lines.append(f"The official text: {link}")
    for area in content.areas:
        lines += ["", f"{area.area.number}. {area.area.name}"]
        for kind, shown in (("learn_that", area.learn_that), ("learn_how_to", area.learn_how_to)):
            lines += (
                [f"  {KIND_TITLES[kind]}", *(line for one in shown for line in _lines(one))] if shown else []
            )
        if area.missing:
            lines.append(f"    Not in our source: {', '.join(map(str, area.missing))}")
    return "\n".join(lines) + "\n"


def _standing(framework: Framework) -> str:
    if not framework.official:
        return f"{SUMMARY} Revision {framework.revision}."
    licence = f" Licence: {framework.licence}." if framework.licence else ""
    doubt = "What is marked as incomplete is cut off in our source."
    return f"Official text, revision {framework.revision}.{licence} {doubt}"


def _lines(shown: Shown) -> Iterator[str]:
    one = shown.statement
    yield f"    {one.number}. {one.text}" + (f" [{one.doubt}]" if one.doubt else "")
    for bullet in one.bullets:
        yield f"       ● {bullet['text']}" + ("" if bullet["complete"] else " [incomplete in our source]")


# --- the matrix ---------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Matrix:
    """Areas by programme with their numbers; the programmes of a family with one list share a column (S0-20)."""

    columns: tuple[tuple[str, str], ...]  # label, key of a programme
    rows: tuple[tuple[str, tuple[tuple[str, int | None], ...]], ...]  # area; label and number of each place

    @property
    def cells(self) -> int:
        """How many places are taken."""
        return sum(number is not None for _, places in self.rows for _, number in places)


def matrix() -> Matrix:
    """The matrix as the catalogue's files say."""
    facts = shipped_programmes()
    found = area_matrix(facts)
    keys = list(dict.fromkeys(key for numbers in found.values() for key in numbers))
    columns = []
    for key in keys:
        family = facts.of_family(key)
        label = ", ".join(one.code for one in family) if family else key
        columns.append((label, (family[0].code if family else key).lower()))
    rows = tuple(
        (name, tuple((label, numbers.get(key)) for key, (label, _) in zip(keys, columns, strict=True)))
        for name, numbers in found.items()
    )
    return Matrix(tuple(columns), rows)
