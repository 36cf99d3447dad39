"""Study units as the office works on them: a version's modules and tasks, their texts, what is due and what waits."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.http import Http404
from django.shortcuts import get_object_or_404

from goldenthread.catalogue.models import ProgrammeVersion
from goldenthread.catalogue.needs import AREAS_OF_NEED
from goldenthread.catalogue.variants import place_text, plain
from goldenthread.learning.models import FormativeTask, Module, UnitText
from goldenthread.learning.unit_queries import Unit, kind_of
from goldenthread.learning.unit_rules import parts_of
from goldenthread.people.access import Viewer
from goldenthread.web.office.access import office_only


def get_unit_for(viewer: Viewer, kind: str, unit_id: int) -> Unit:
    """A module or task; for the office alone."""
    office_only(viewer)
    if kind == "module":
        return get_object_or_404(Module.objects.select_related("version__programme"), pk=unit_id)
    if kind == "task":
        return get_object_or_404(FormativeTask.objects.select_related("version__programme"), pk=unit_id)
    raise Http404


def get_text_for(viewer: Viewer, kind: str, unit_id: int, text_id: int) -> UnitText:
    """One text of a unit, with the unit; for the office alone."""
    get_unit_for(viewer, kind, unit_id)
    found = UnitText.objects.select_related(
        "module__version__programme", "task__version__programme", "written_by", "reviewed_by"
    )
    return get_object_or_404(found, pk=text_id, **{f"{kind}_id": unit_id})


# --- the list of a version ---------------------------------------------------------------------------------
@dataclass(frozen=True)
class Line:
    """A unit in the list: for whom there are texts besides the first, how many drafts, when the next review is."""

    unit: Unit
    kind: str
    readers: tuple[str, ...]
    drafts: int
    review_by: date | None


def units_of(version: ProgrammeVersion, *, need: str = "") -> list[Line]:
    """The modules and tasks of a version, or only tasks tagged with an area of need. Three queries at most."""
    tasks = version.formative_tasks.order_by("pk")
    units: list[Unit] = (
        list(tasks.filter(needs__contains=need)) if need else [*version.modules.order_by("pk"), *tasks]
    )
    texts: defaultdict[Unit, list[UnitText]] = defaultdict(list)
    rows = UnitText.objects.filter(module__version=version) | UnitText.objects.filter(task__version=version)
    for one in rows.select_related("module", "task").defer("parts").order_by("version", "pk"):
        texts[one.unit].append(one)
    return [_line(unit, texts[unit]) for unit in units]


def _line(unit: Unit, texts: list[UnitText]) -> Line:
    published = [one for one in texts if one.state == "published"]
    names = {place_text(one.context, one.locality, one.phase) or "everybody" for one in published}
    days = [one.review_by for one in latest(published)]
    return Line(
        unit, kind_of(unit), tuple(sorted(names)), len(texts) - len(published), min(days, default=None)
    )


def latest(texts: Iterable[UnitText]) -> list[UnitText]:
    """Of each unit and place the text with the highest version."""
    found: dict[tuple[object, ...], UnitText] = {}
    for one in sorted(texts, key=lambda one: one.version):
        found[one.module_id, one.task_id, one.context, plain(one.locality), one.phase] = one
    return list(found.values())


# --- one unit ----------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Version:
    """A text of a unit and where it stands today: as a tag's kind and words."""

    text: UnitText
    kind: str
    label: str
    newest: bool

    @property
    def sections(self) -> list[tuple[str, str]]:
        """The parts with their titles."""
        titles = parts_of(kind_of(self.text.unit), self.text.phase)
        return [(title, self.text.parts.get(key, "")) for key, title in titles.items()]


def versions_of(unit: Unit, *, on: date) -> list[Version]:
    """Every text of a unit with its standing on a day: those for everybody first, the highest version first."""
    rows = list(
        unit.texts.select_related("module", "task", "written_by", "reviewed_by").order_by(
            "phase", "context", "locality", "-version"
        )
    )
    newest = {one.pk for one in latest(rows)}
    current = {one.pk for one in latest(one for one in rows if _in_effect(one, on))}
    return [Version(one, *_standing(one, on, one.pk in current), one.pk in newest) for one in rows]


def _in_effect(one: UnitText, on: date) -> bool:
    return one.state == "published" and one.effective_from <= on


def _standing(one: UnitText, on: date, current: bool) -> tuple[str, str]:
    if one.state == "draft":
        return "waiting", "Draft"
    if current:
        return "done", "In effect"
    return ("plain", "Earlier") if one.effective_from <= on else ("todo", "To come")


# --- what is due and what waits ---------------------------------------------------------------------------
def texts_to_review(until: date) -> list[UnitText]:
    """The latest published text of each unit and place whose day of review comes by a day. One query."""
    rows = UnitText.objects.filter(state="published").select_related(
        "module__version__programme", "task__version__programme"
    )
    return [one for one in latest(rows.defer("parts").order_by("pk")) if one.review_by <= until]


def drafts_for(viewer: Viewer) -> list[UnitText]:
    """Drafts that wait for somebody to review and publish them, the soonest to take effect first. One query."""
    office_only(viewer)
    rows = UnitText.objects.filter(state="draft").defer("parts")
    units = rows.select_related("module__version__programme", "task__version__programme", "written_by")
    return list(units.order_by("effective_from", "pk"))


# --- areas of need ------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Need:
    """An area of need with the tasks that are tagged with it."""

    key: str
    name: str
    tasks: tuple[FormativeTask, ...]


def needs_for(viewer: Viewer) -> list[Need]:
    """The four areas of need, each with its tasks (S2-33). One query."""
    office_only(viewer)
    tagged = FormativeTask.objects.exclude(needs="").select_related("version__programme")
    tasks = list(tagged.order_by("version__key", "pk"))
    return [
        Need(key, name, tuple(task for task in tasks if key in task.needs.split()))
        for key, name in AREAS_OF_NEED.items()
    ]
