"""Drafts of versions and what is left to do on a version, as the office's pages show them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.http import Http404
from django.urls import reverse

from goldenthread.catalogue import drafting, guided, publishing
from goldenthread.catalogue import rules as catalogue
from goldenthread.catalogue.differences import PUBLIC_GROUPS, Difference, Group
from goldenthread.catalogue.drafts import Findings, Seen
from goldenthread.catalogue.models import DraftState, VersionDraft
from goldenthread.catalogue.problems import Problem
from goldenthread.catalogue.specification import Specification
from goldenthread.catalogue.terms import Section
from goldenthread.catalogue.wording import listed
from goldenthread.common.models import AuditEvent
from goldenthread.common.quantities import hours_text
from goldenthread.intakes.models import Ruling
from goldenthread.intakes.rules import figures_of_conflict
from goldenthread.people.access import Viewer
from goldenthread.web.office.access import office_only
from goldenthread.web.office.shelf import total_text
from goldenthread.web.shared.versions import name_of

OPEN = (DraftState.DRAFT, DraftState.CHECKED)
SHOWN = 100
HISTORY = 30
PART_OF = {  # the guided form that mends a problem, by the first step of its key
    "id": "identity", "programme": "identity", "edition": "identity", "market": "identity", "revision": "identity",
    "supersedes": "identity", "introduces": "identity", "programme_name": "identity", "family": "identity",
    "purpose": "texts", "label": "texts", "benefits": "texts", "roles_after": "texts", "audience": "audience",
    "total_hours": "hours", "component": "hours", "effective_from": "dates", "duration_months": "dates",
    "summative_months": "dates", "fee": "fee",
}  # fmt: skip
DID = {
    "draft.started": "Started",
    "draft.saved": "Saved",
    "draft.checked": "Checked",
    "draft.published": "Published",
    "draft.discarded": "Discarded",
}


def open_drafts(viewer: Viewer) -> list[VersionDraft]:
    """The drafts that somebody still works on, the latest first; for the office alone. One query."""
    office_only(viewer)
    rows = VersionDraft.objects.filter(state__in=OPEN).select_related("edited_by").defer("text")
    return list(rows[:SHOWN])


def get_draft_for(viewer: Viewer, draft_id: int) -> VersionDraft:
    """A draft for the office; "not found" for everybody else. One query."""
    office_only(viewer)
    rows = VersionDraft.objects.select_related(
        "edited_by", "checked_by", "published_as__programme", "based_on__programme"
    )
    draft = rows.filter(pk=draft_id).first()
    if draft is None:
        raise Http404
    return draft


# --- one draft ---------------------------------------------------------------------------------------
@dataclass(frozen=True)
class ToMend:
    """One problem with the page that mends it."""

    problem: Problem
    url: str

    @property
    def text(self) -> str:
        return f"{self.problem.path}: {self.problem.reason}" if self.problem.path else self.problem.reason


@dataclass(frozen=True)
class DraftPage:
    draft: VersionDraft
    findings: Findings
    problems: list[ToMend]
    steps: list[dict[str, str]]
    history: list[dict[str, Any]] = field(default_factory=list)

    @property
    def spec(self) -> Specification | None:
        return self.findings.specification

    @property
    def total_text(self) -> str:
        return total_text(self.findings.total) if self.findings.total else ""

    @property
    def conflicts(self) -> tuple[catalogue.Conflict, ...]:
        return catalogue.conflicts(self.spec) if self.spec else ()

    @property
    def unknowns(self) -> tuple[catalogue.Unknown, ...]:
        return catalogue.unknowns(self.spec) if self.spec else ()

    @property
    def blank(self) -> list[str]:
        return [part.title for part in self.spec.sections if part.blank] if self.spec else []

    @property
    def is_open(self) -> bool:
        return self.draft.state in OPEN


def draft_page(draft: VersionDraft) -> DraftPage:
    """What a check of the draft finds now, who did what, and what comes next. Five queries."""
    is_open = draft.state in OPEN
    findings = drafting.findings_of(draft.text) if is_open else Findings()
    readable = bool(findings.problems) and drafting.data_of(draft) is not None
    problems = [ToMend(one, _mended_at(draft, one, readable)) for one in findings.problems]
    return DraftPage(draft, findings, problems, list(_steps(draft)), _history(draft))


def _mended_at(draft: VersionDraft, problem: Problem, readable: bool) -> str:
    part = PART_OF.get(problem.path.split(".")[0].split("[")[0])
    figure = "hours" in problem.path or not problem.path.startswith("component")
    if part and figure and readable:
        return reverse("office:draft_part", args=[draft.pk, part])
    return reverse("office:draft_text", args=[draft.pk])


def _steps(draft: VersionDraft) -> Iterator[dict[str, str]]:
    order = [DraftState.DRAFT, DraftState.CHECKED, DraftState.PUBLISHED]
    now = order.index(draft.state) if draft.state in order else 0  # type: ignore[arg-type]
    notes = {
        DraftState.DRAFT: f"last saved by {draft.edited_by.name}",
        DraftState.CHECKED: f"by {draft.checked_by.name}"
        if draft.checked_by
        else "the sums hold, nothing is malformed",
        DraftState.PUBLISHED: "by a second person",
    }
    for place, state in enumerate(order):
        done = place < now or draft.state == DraftState.PUBLISHED
        yield {
            "label": state.label.capitalize(),
            "state": "done" if done else "now" if place == now else "ahead",
            "note": notes[state],
        }


def _history(draft: VersionDraft) -> list[dict[str, Any]]:
    events = AuditEvent.objects.filter(subject=f"versiondraft:{draft.pk}").order_by("-sequence")[:HISTORY]
    return [{"when": event.at, "what": _told(event), "who": event.actor_name} for event in events]


def _told(event: AuditEvent) -> str:
    part = str(event.details.get("part", ""))
    said = DID.get(event.verb, event.verb)
    if event.verb == "draft.saved":
        return f"{said}: {'whole file' if part == 'text' else guided.PARTS.get(part, part).lower()}"
    return said


def tabs_of(draft: VersionDraft, current: str) -> list[dict[str, Any]]:
    """The pages of a draft beside each other."""
    parts = [("", "Overview", reverse("office:draft", args=[draft.pk]))]
    parts += [
        (part, label, reverse("office:draft_part", args=[draft.pk, part]))
        for part, label in guided.PARTS.items()
    ]
    parts.append(("text", "Whole file", reverse("office:draft_text", args=[draft.pk])))
    return [{"label": label, "url": url, "current": key == current} for key, label, url in parts]


# --- what is left to do on a version --------------------------------------------------------------------
@dataclass(frozen=True)
class ToDo:
    """One thing that an editor has to look at; `source` is where the gap can be seen."""

    kind: str
    text: str
    then: str
    source: str
    url: str = ""


def to_do(key: str, spec: Specification, rulings: list[Ruling]) -> list[ToDo]:
    """What no source says, what is blank and what is disputed and undecided, each with its source (S2-17)."""
    settled = {ruling.conflict for ruling in rulings}
    total = catalogue.check_totals(spec)
    found = [
        ToDo(
            "Conflict",
            f"{one.id}: {one.what}",
            "Nothing is in force until somebody chooses, here or for each intake.",
            ", ".join(one.source),
            reverse("office:settle", args=[key, one.id]),
        )
        for one in catalogue.conflicts(spec)
        if one.must_be_chosen and one.id not in settled
    ]
    if total.status != "adds up":
        found.append(
            ToDo("Hours", total_text(total), _names_of(spec, total), ", ".join(spec.total_hours.sources))
        )
    found += [_blank(part) for part in spec.sections if part.blank]
    found += [_unknown(one) for one in catalogue.unknowns(spec)]
    return found


def _blank(part: Section) -> ToDo:
    then = "Hidden from the public until it is written."
    return ToDo("Blank section", f"{part.title} is blank in its source", then, ", ".join(part.source))


def _unknown(one: catalogue.Unknown) -> ToDo:
    sources = [*([one.gap] if one.gap else []), *one.source]
    return ToDo("Unknown", one.what[0].upper() + one.what[1:], one.then, ", ".join(sources))


def _names_of(spec: Specification, total: catalogue.TotalCheck) -> str:
    names = [spec.component(key).name for key in total.unknown_components]
    missing = f"{hours_text(total.missing)} over " if total.missing else ""
    return f"Not stated: {missing}{', '.join(names)}." if names else ""


# --- a conflict ----------------------------------------------------------------------------------------
def choices_of_conflict(spec: Specification, conflict: str, named: Any, told: Any) -> list[dict[str, Any]]:
    """What the form of a conflict offers: for each figure its values with their sources.

    `named` names a figure by its path, `told` puts a value into words.
    """
    found = []
    for figure in figures_of_conflict(spec, conflict):
        offered = [(place, value) for place, value in enumerate(figure.values) if value in figure.candidates]
        found.append(
            {
                "path": figure.key,
                "label": named(spec, figure.key),
                "values": [(place, told(value).text) for place, value in offered],
                "hints": {place: _hint(told(value)) for place, value in offered},
                "now": next((place for place, value in offered if value == figure.in_force), None),
            }
        )
    return found


def _hint(line: Any) -> str:
    return f"{line.state.capitalize()}. Source {line.source}" + (f": {line.note}" if line.note else "")


def next_words(draft: VersionDraft, viewer_id: int, findings: Findings) -> str:
    """Which of the ways on a draft's page offers: mend, check, ask, publish, published, discarded."""
    if draft.state not in OPEN:
        return str(draft.state)
    if not findings.clean:
        return "mend"
    if draft.state == DraftState.DRAFT:
        return "check"
    return "ask" if viewer_id in publishing.editors_of(draft) else "publish"


# --- before it is published ------------------------------------------------------------------------------
MATTERS = (Group.HOURS, Group.FEE, Group.ASSESSMENT, Group.ENGAGEMENT, Group.ENTRY, Group.TIME, Group.MARKING)
MOST_DIFFERENCES = 8


@dataclass(frozen=True)
class PublishCard:
    """What the second person reads before publishing: the differences that matter, and how many more there are."""

    shown: publishing.Shown
    writers: str
    against: str
    key: str  # of the version that it is compared with, "" without one
    rows: list[Difference]
    more: int

    @property
    def marks(self) -> str:
        """As the form hands it back."""
        return " ".join(sorted(self.shown.seen.marks))


def publish_card(page: DraftPage) -> PublishCard | None:
    """The card of a draft that can be read; None otherwise. Three queries."""
    if page.spec is None:
        return None
    shown = publishing.shown_for(page.draft, page.spec)
    told = _by_weight([one for one in shown.found if one.group in PUBLIC_GROUPS])
    return PublishCard(
        shown=shown,
        writers=listed(list(publishing.editors_of(page.draft).values())),
        against=name_of(shown.against) if shown.against else "",
        key=shown.seen.against,
        rows=told[:MOST_DIFFERENCES],
        more=len(told) - MOST_DIFFERENCES,
    )


def _by_weight(found: Sequence[Difference]) -> list[Difference]:
    """What matters most first, three of a group at a time, so that no group hides the others."""
    groups = list(dict.fromkeys((*MATTERS, *Group)))
    ranked: list[tuple[int, int, int, Difference]] = []
    for order, group in enumerate(groups):
        own = sorted((one for one in found if one.group is group), key=lambda one: bool(one.within))
        ranked += [(place // 3, order, place, one) for place, one in enumerate(own)]
    return [one for *_, one in sorted(ranked, key=lambda rank: rank[:3])]


def seen_in(sent: Mapping[str, str]) -> Seen:
    """What the page had shown, as its form hands it back; nothing at all of a form that says nothing."""
    revision = sent.get("seen", "")[:9]
    return Seen(
        revision=int(revision) if revision.isdecimal() and revision.isascii() else 0,
        against=sent.get("against", "")[:60],
        marks=frozenset(sent.get("shown", "")[:20_000].split()),
    )
