"""The sittings of a window as the office's page lists them: who stands where, and who would be held back today."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Q, QuerySet

from goldenthread.assessment import gates, queries
from goldenthread.assessment.late_entries import with_entries
from goldenthread.assessment.models import Sitting, SittingState, Window, WindowState
from goldenthread.assessment.stages import gap_text, gate_text

WOULD_BE_HELD = "would_be_held"
IN = ~Q(state__in=[SittingState.HANDED_IN, SittingState.HELD_BACK])  # let in, or to be
HELD = Q(state=SittingState.HELD_BACK)
SENT = Q(state=SittingState.HANDED_IN)
LISTS: dict[str, tuple[str, Q]] = {  # each with what the list is called, and who is in it
    "": ("Everybody", Q()),
    "not_handed_in": ("Not handed in", IN),
    "not_opened": ("Not opened", IN & Q(first_seen_at__isnull=True)),
    "read": ("Opened, nothing written", IN & Q(first_seen_at__isnull=False, draft_saved_at__isnull=True)),
    "writing": ("Writing", IN & Q(draft_saved_at__isnull=False)),
    "handed_in": ("Handed in", SENT),
    "held_back": ("Held back", HELD),
    "seen": ("Have read it", Q(first_seen_at__isnull=False)),
    "written": ("Have written", Q(draft_saved_at__isnull=False)),
}
FIGURES = (  # the big numbers, each with the list behind it
    ("Booked", "booked", ""),
    ("Have read it", "seen", "seen"),
    ("Have written", "drafting", "written"),
    ("Handed in", "handed_in", "handed_in"),
    ("Held back", "held_back", "held_back"),
)
TABS = ("", "not_handed_in", "not_opened", "read", "writing", "handed_in")


@dataclass(frozen=True)
class Sittings:
    """What a window's page lists of its sittings."""

    found: QuerySet[Sitting]
    show: str
    tabs: list[tuple[str, str, bool, int]]
    figures: list[tuple[str, int, str]]
    ahead: dict[int, gates.Ahead]
    would_be_held: int
    count: int  # of those found
    all_ahead: bool  # nobody has been judged

    def row(self, window: Window, one: Sitting, *, at: datetime) -> dict[str, Any]:
        """One sitting in the words of the list. No query."""
        kind, text = _state(one, at)
        held_back = one.state == SittingState.HELD_BACK
        return {
            "sitting": one,
            "kind": kind,
            "text": text,
            "ahead": self.ahead.get(one.pk),
            "standing": getattr(one.enrolment, "standing", None),
            "why": gate_text(one.gate) if held_back else "",
            "gap": gap_text(one.gate, judged=held_back or one.released_at is not None),
            "waivable": waivable(one) and window.state == WindowState.SCHEDULED,
            "over": one.closes_at <= at,  # nobody can be let in any more
            "more_time": one.state == SittingState.BOOKED and window.state == WindowState.SCHEDULED,
            "again": held_back and window.state == WindowState.RELEASED,
        }


def sittings_of(window: Any, show: str, *, begun: bool, at: datetime) -> Sittings:
    """The sittings of a window from `queries.windows_for`, narrowed to a list. At most six queries for any number, and
    those of the page.
    """
    ahead = gates.ahead(window, at=at) if window.state == WindowState.SCHEDULED else {}
    would = [pk for pk, one in ahead.items() if one.refusal]
    names = list(TABS) if begun else [""]
    names += ["held_back"] if window.held_back else []
    known = {"": window.booked, "held_back": window.held_back, "handed_in": window.handed_in}
    if begun:
        wanted = {name: Count("pk", filter=LISTS[name][1]) for name in names if name not in known}
        known |= window.sittings.aggregate(**wanted)
    behind_figures = {"seen": window.seen, "written": window.drafting, "held_back": window.held_back}
    if show in behind_figures and show not in names:
        names.append(show)
        known[show] = behind_figures[show]
    show = show if show in names or (show == WOULD_BE_HELD and ahead) else ""
    tabs = [(LISTS[name][0], f"?show={name}#sittings", name == show, known[name]) for name in names]
    if ahead:
        tabs.insert(
            1, ("Would be held back", f"?show={WOULD_BE_HELD}#sittings", show == WOULD_BE_HELD, len(would))
        )
    found = with_entries(queries.sittings_in(window))
    found = found.filter(pk__in=would) if show == WOULD_BE_HELD else found.filter(LISTS[show][1])
    figures = [
        (label, getattr(window, count), f"?show={name}#sittings" if getattr(window, count) else "")
        for label, count, name in FIGURES
    ]
    return Sittings(
        found=found,
        show=show,
        tabs=tabs,
        figures=figures,
        ahead=ahead,
        would_be_held=len(would),
        count=len(would) if show == WOULD_BE_HELD else known[show],
        all_ahead=len(ahead) == window.booked,
    )


def _state(one: Sitting, at: datetime) -> tuple[str, str]:
    if one.state == SittingState.HANDED_IN:
        return "done", "Handed in"
    if one.state == SittingState.HELD_BACK:
        return "blocked", "Held back"
    if at < one.opens_at:
        return "plain", "Booked"
    if at > one.closes_at:
        return "problem", "Nothing handed in"
    if one.draft_saved_at:
        return "now", "Writing"
    return ("todo", "Has read it") if one.first_seen_at else ("todo", "Not opened yet")


def waivable(one: Sitting) -> bool:
    """Whether what holds somebody back is a stage, which the office may waive."""
    return one.state == SittingState.HELD_BACK and str(one.gate.get("code", "")).startswith("stage.")
