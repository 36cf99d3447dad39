"""The sections of a printed specification in the order of the published ones, from its data (S1-01, S3-01)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from goldenthread.catalogue.rules import check_totals
from goldenthread.catalogue.specification import Specification
from goldenthread.catalogue.structure import DeliveryModel
from goldenthread.catalogue.terms import Section as Listed
from goldenthread.catalogue.wording import (
    NOT_STATED,
    ai_policy_text,
    attempts_text,
    component_hours_text,
    counted,
    counting_sentences,
    engagement_text,
    fee_text,
    hours_or_not,
    limit_text,
    listed,
    months_text,
    pass_mark_text,
    stated,
    task_text,
    window_text,
)

# The order for a version whose document has no sections of its own.
USUAL = (
    ("about", "About {code}"),
    ("components", "Qualification components"),
    ("content", "Qualification content"),
    ("delivery", "Qualification delivery"),
    ("assessment", "Assessment"),
    ("achievement", "In order to achieve {code}"),
    ("next", "What’s next?"),
    ("masters", "Masters accreditation"),
    ("intakes", "Course intakes"),
    ("information", "Further information"),
)


@dataclass
class Block:
    """Something to set: a heading, a paragraph, a list, pairs, or a table with its head first."""

    kind: str
    text: str = ""
    items: list[Any] = field(default_factory=list)


@dataclass
class Section:
    """A section; `note` is for editors and says what the source leaves blank."""

    key: str
    title: str
    blocks: list[Block] = field(default_factory=list)
    note: str = ""

    def plain(self) -> dict[str, Any]:
        """As JSON has it."""
        return {
            "title": self.title,
            "note": self.note,
            "blocks": [
                {"kind": block.kind, "text": block.text, "items": block.items} for block in self.blocks
            ],
        }


@dataclass(frozen=True)
class Setting:
    """What the sections are made from."""

    spec: Specification
    on: date
    office: str
    address: str


def sections(
    spec: Specification, *, on: date, office: str, address: str, for_editors: bool = False
) -> list[Section]:
    """The sections of a version in order, with its fees as they are on a day; what its source leaves blank only for
    editors, with the place (S2-17).
    """
    setting = Setting(spec, on, office, address)
    found = []
    for listed_section in spec.sections or _usual(spec):
        write = WRITERS.get(listed_section.key)
        section = Section(listed_section.key, listed_section.title)
        if write is not None and not listed_section.blank:
            section.blocks = [block for block in write(setting) if block.text or block.items]
        if not section.blocks:
            section.note = _blank_note(listed_section)
        if section.blocks or for_editors:
            found.append(section)
    return found


def _usual(spec: Specification) -> tuple[Listed, ...]:
    return tuple(
        Listed(key=key, title=title.format(code=spec.programme), parts=(), blank=False, source=())
        for key, title in USUAL
    )


def _blank_note(section: Listed) -> str:
    """ "source blank (001:53-61)", or that nothing is known where no source has the section."""
    return f"source blank ({', '.join(section.source)})" if section.source else "not in our sources"


def _text(text: str) -> Block:
    return Block("text", text)


def _list(title: str, items: Sequence[str]) -> list[Block]:
    return [Block("heading", title), Block("list", items=list(items))] if items else []


def _pairs(*pairs: tuple[str, str]) -> Block:
    return Block("pairs", items=[list(pair) for pair in pairs if pair[1]])


# --- what each section says ----------------------------------------------------------------------------
def _about(setting: Setting) -> list[Block]:
    spec = setting.spec
    checks = [f"{check.name}. {check.text}" for check in spec.entry_checks]
    bodies = [f"{one.name} ({one.role})" for one in spec.organisations]
    return [
        _text(spec.purpose),
        _pairs(("Organisations", listed(bodies)), ("Edition", spec.edition), ("Market", spec.market)),
        Block("heading", "Entry requirements"),
        _text(spec.audience.text),
        Block("list", items=checks),
        *_list("Benefits for candidates", spec.benefits.candidate),
        *_list("Benefits for schools", spec.benefits.school),
    ]


def _components(setting: Setting) -> list[Block]:
    spec = setting.spec
    totals = check_totals(spec)
    rows = [["Component", "What it is", "Guided learning hours"]]
    for part in spec.components:
        days = part.event_days.value
        what = [part.text, f"{counted(days, 'event day')}." if days else ""]
        rows.append([part.name, " ".join(text for text in what if text), component_hours_text(part)])
    rows.append(["In all", "", hours_or_not(spec.minutes_declared)])
    known = f"{hours_or_not(totals.known)} of {hours_or_not(totals.declared)} are stated for a component."
    return [Block("table", items=rows), _text(known if totals.unknown_components and totals.declared else "")]


def _content(setting: Setting) -> list[Block]:
    spec = setting.spec
    named = spec.content_areas or ()
    count = stated(spec.content.area_count, str) if spec.content.area_count.values else ""
    behaviours = stated(spec.content.behaviour_count, str) if spec.content.behaviour_count.values else ""
    blocks = [
        *_list("Content areas", named),
        _pairs(("Content areas", "" if named else count), ("Leadership behaviours", behaviours)),
    ]
    for event in spec.events:
        blocks += [
            Block("heading", f"Event {event.number}: {event.title}"),
            Block("list", items=list(event.agenda)),
        ]
    for course in spec.courses:
        titles = [module.title for module in course.modules]
        blocks += [
            Block("heading", f"Online course {course.number}: {course.title}"),
            Block("list", items=titles),
        ]
    return blocks


def _delivery(setting: Setting) -> list[Block]:
    staffing = setting.spec.staffing
    blocks = [_text(f"Events are run by: {staffing.text}" if staffing else "")]
    for model in setting.spec.delivery_models:
        blocks += _model(model)
    return blocks


def _model(model: DeliveryModel) -> list[Block]:
    whom = f" For {model.for_whom}." if model.for_whom else ""
    ours = "" if model.stated else " No source names it: this is how the provider runs the version."
    return [Block("heading", model.name), _text(f"{model.text}{whom}{ours}")]


def _distance(setting: Setting) -> list[Block]:
    return [
        block for model in setting.spec.delivery_models if model.key == "distance" for block in _model(model)
    ]


def _locations(setting: Setting) -> list[Block]:
    others = [model for model in setting.spec.delivery_models if model.key != "distance"]
    return [block for model in others for block in _model(model)]


def _assessment(setting: Setting) -> list[Block]:
    assessment = setting.spec.assessment
    pairs = [("What it is", assessment.name)]
    if assessment.kind == "case_study":
        pairs += [
            ("Length", limit_text(assessment.max_words.values)),
            ("Time to write", stated(assessment.window_days, lambda days: counted(days, "day"))),
            ("When", stated(assessment.window_months, window_text)),
        ]
    pairs += [(task.title, task_text(task)) for task in assessment.tasks]
    pairs.append(("How words are counted", counting_sentences(assessment.counting)))
    pairs += [
        (f"{task.title}: words", counting_sentences(task.counting))
        for task in assessment.tasks
        if task.counting is not None
    ]
    pairs.append(("Own work", assessment.own_work.text))
    if assessment.ai is not None:
        pairs.append(("Use of AI", ai_policy_text(assessment.ai)))
    if assessment.attempts is not None:
        pairs.append(("Sitting again", attempts_text(assessment.attempts)))
    pairs.append(("Pass mark", pass_mark_text(assessment.pass_mark)))
    pairs.append(("Marked by", counted(setting.spec.marking.markers, "marker")))
    pairs.append(("Mark scheme by", assessment.mark_scheme_by))
    return [_pairs(*pairs), *_list("Parts of the response", [part.title for part in assessment.parts])]


def _achievement(setting: Setting) -> list[Block]:
    return [_text(engagement_text(setting.spec))]


def _next(setting: Setting) -> list[Block]:
    spec = setting.spec
    steps = [
        f"{step.name}, if it is expected within {counted(step.within_years, 'year')}"
        if step.within_years
        else step.name
        for step in spec.progression
    ]
    return [
        Block("list", items=[step[0].upper() + step[1:] for step in steps]),
        *_list("Roles", [role[0].upper() + role[1:] for role in spec.roles_after]),
    ]


def _masters(setting: Setting) -> list[Block]:
    masters = setting.spec.masters
    if masters is None:
        return []
    return [
        _pairs(
            ("Award", masters.award),
            ("University", masters.university),
            ("Level", str(masters.level)),
            ("Credits", stated(masters.credits, lambda number: counted(number, "credit"))),
        )
    ]


def _intakes(setting: Setting) -> list[Block]:
    intakes = setting.spec.intakes
    if intakes is None:
        return []
    return [
        _pairs(
            ("Intakes a year", str(intakes.per_year)),
            ("Named by", intakes.named_by),
            ("Starts", listed(intakes.starts)),
            ("Deadlines are published at", intakes.deadlines_at),
        )
    ]


def _information(setting: Setting) -> list[Block]:
    currencies = listed(list(dict.fromkeys(fee.currency for fee in setting.spec.fees)), "or")
    fee, market = fee_text(setting.spec, setting.on), setting.spec.market
    development = setting.spec.duration_months
    return [
        _pairs(
            ("Fee of a place", fee if fee == NOT_STATED else f"{fee} ({currencies}, {market})"),
            ("Development", stated(development, months_text) if development.values else ""),
            ("Programmes and dates", setting.address),
        )
    ]


def _contact(setting: Setting) -> list[Block]:
    return [_pairs(("Programme office", setting.office), ("On the web", setting.address))]


WRITERS: dict[str, Callable[[Setting], list[Block]]] = {
    "about": _about,
    "components": _components,
    "content": _content,
    "delivery": _delivery,
    "distance": _distance,
    "locations": _locations,
    "assessment": _assessment,
    "achievement": _achievement,
    "next": _next,
    "masters": _masters,
    "intakes": _intakes,
    "information": _information,
    "contact": _contact,
}
