"""Study units as one participant sees them, what has changed in them, and what a submission was written against."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Q

from goldenthread.applications.models import Enrolment
from goldenthread.catalogue.variants import Reader, context_of, phase_of_school
from goldenthread.common import clock
from goldenthread.learning import unit_rules as rules
from goldenthread.learning.models import FormativeTask, Module, ModuleCompletion, TaskResponse, UnitText

Unit = Module | FormativeTask
RECENT = timedelta(days=60)


@dataclass(frozen=True)
class Shown:
    """A unit as somebody sees it: `text` None is the unit's first text."""

    unit: Unit
    text: UnitText | None = None
    example: UnitText | None = None
    others: tuple[UnitText, ...] = ()
    news: tuple[UnitText, ...] = ()

    @property
    def parts(self) -> dict[str, str]:
        """The parts by their key: "see_it", "brief"."""
        return self.text.parts if self.text else first_parts(self.unit)

    @property
    def sections(self) -> list[tuple[str, str]]:
        """The parts with their titles, in order; those without text left out."""
        titles = rules.parts_of(kind_of(self.unit), "")
        return [(title, self.parts.get(key, "")) for key, title in titles.items() if self.parts.get(key)]

    @property
    def name(self) -> str:
        """ "version 1", "version 2 for international"."""
        return self.text.name if self.text else "version 1"


def kind_of(unit: Unit) -> str:
    """ "module" or "task", as addresses and rules name it."""
    return "module" if isinstance(unit, Module) else "task"


def first_parts(unit: Unit) -> dict[str, str]:
    """The first text for everybody, which stands on the unit itself."""
    return {key: getattr(unit, key) for key in rules.parts_of(kind_of(unit), "")}


def reader_of(enrolment: Enrolment, *, at: datetime) -> Reader:
    """Whose variants a participant sees: the market of their version, town and phase of their school, on the day it
    is where they take part.
    """
    school = enrolment.school
    return Reader(
        clock.day_of(at, enrolment.zone),
        context=context_of(enrolment.version.market, school.country if school else ""),
        locality=school.town if school else "",
        phase=phase_of_school(school.phase, school.kind) if school else "",
    )


def shown_to(enrolment: Enrolment, unit: Unit, *, at: datetime) -> Shown:
    """A unit as a participant sees it now (S1-09, S2-05, S2-10). Two queries at most."""
    reader = reader_of(enrolment, at=at)
    return _shown(unit, unit.texts.filter(state="published"), reader, since=_since(enrolment))


def _shown(unit: Unit, texts: Iterable[UnitText], reader: Reader, *, since: date) -> Shown:
    chosen = rules.choose(texts, reader)
    news = rules.news(chosen.own, since=since, on=reader.on)
    return Shown(unit, chosen.text, chosen.example, chosen.others, news)


def _since(enrolment: Enrolment) -> date:
    return clock.day_of(enrolment.enrolled_at, enrolment.zone)


def written_against(record: ModuleCompletion | TaskResponse) -> Shown:
    """The unit as the person saw it when they finished it or handed in."""
    unit = record.module if isinstance(record, ModuleCompletion) else record.task
    return Shown(unit, record.text, record.example)


def earlier(record: ModuleCompletion | TaskResponse, now: Shown) -> Shown | None:
    """What a submission was written against, where that is not what is shown now; None where it is."""
    same = record.text_id == (now.text and now.text.pk) and record.example_id == (
        now.example and now.example.pk
    )
    return None if same else written_against(record)


@dataclass(frozen=True)
class News:
    """A unit whose text changed while somebody was on the programme."""

    unit: Unit
    text: UnitText

    @property
    def kind(self) -> str:
        """ "module" or "task"."""
        return kind_of(self.unit)


def news_for(enrolment: Enrolment, *, at: datetime, recent: timedelta = RECENT) -> list[News]:
    """What has changed in the participant's units in the last two months, or in `recent`, while they were on the
    programme; the latest first. Two queries at most.
    """
    reader = reader_of(enrolment, at=at)
    found = UnitText.objects.filter(
        Q(module__version=enrolment.version_id) | Q(task__version=enrolment.version_id),
        state="published",
        effective_from__lte=reader.on,
    )
    by_unit: defaultdict[Unit, list[UnitText]] = defaultdict(list)
    for one in found.select_related("module", "task").defer("parts").order_by("pk"):
        by_unit[one.unit].append(one)
    since = max(_since(enrolment), reader.on - recent)
    news = [
        News(unit, text)
        for unit, texts in by_unit.items()
        for text in _shown(unit, texts, reader, since=since).news
    ]
    return sorted(news, key=lambda one: (one.text.effective_from, one.text.pk), reverse=True)
