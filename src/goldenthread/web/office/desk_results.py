"""What the office's desk says of what follows results: appeals, changes for a second person, support plans."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.urls import reverse

from goldenthread.common import clock
from goldenthread.common.days import instant_text
from goldenthread.outcomes.models import PlanState
from goldenthread.web.office.desk_parts import Decision
from goldenthread.web.office.waiting import Waiting

APPEALS = {
    "check": ("appeal to check", "appeals to check", "somebody of the office says whether each is admitted"),
    "marker": ("appeal without a re-marker", "appeals without a re-marker", "nobody was free"),
    "gone": (
        "re-mark with somebody who is no marker any more",
        "re-marks with people who are no markers any more",
        "",  # their names
    ),
    "decision": ("appeal to decide", "appeals to decide", "by somebody who had no part in the result"),
    "remedy": (
        "promise of an appeal to carry out",
        "promises of appeals to carry out",
        "the result stays, the promise is due",
    ),
}
OVERDUE = timedelta(minutes=10)  # after its instant: the worker looks each minute
PLANS = {"nobody": "without a supporter", "late": "late", "over": "put off until a day that has come"}


def after_results(found: Waiting) -> Iterator[dict[str, Any]]:
    """The lines of the desk, each as the fields of a decision; nothing for what doesn't wait. No query."""
    for what, (one, many, note) in APPEALS.items():
        count = found.appeals[what]
        if count:
            names = f"{', '.join(found.remarkers_gone)}: give each script to another marker"
            said = {"note": names, "late": True} if what == "gone" else {"note": note}
            yield _line("Results", count, one, many, reverse("office:appeals"), **said)
    if found.against_revocations:
        rest = " against a revocation to decide"
        url = f"{reverse('office:appeals')}?show=revocations"
        note = "by somebody who took no part in it"
        yield _line("Results", found.against_revocations, f"appeal{rest}", f"appeals{rest}", url, note=note)
    if found.held:
        rest = " held back from markers"
        yield _line(
            "Assessment", found.held, f"document{rest}", f"documents{rest}", reverse("office:documents"),
            note="not scanned, or malware was found",
        )  # fmt: skip
    if found.changes:
        rest = " of results or awards for a second person"
        yield _line("Results", found.changes, f"change{rest}", f"changes{rest}", reverse("office:changes"))
    if found.wrong_names:
        rest = " that their holders ask to put right"
        url = f"{reverse('office:changes')}?show=names"
        yield _line("Results", found.wrong_names, f"name on an award{rest}", f"names on awards{rest}", url)
    if found.entries:
        rest = " beyond the months or attempts for a second person"
        url = reverse("office:late_entries")
        yield _line("Assessment", found.entries, f"entry{rest}", f"entries{rest}", url)
    if found.penalties:
        rest = " for a second person"
        url = reverse("office:penalties")
        yield _line(
            "Results", found.penalties, f"waiver of a penalty{rest}", f"waivers of penalties{rest}", url
        )
    if found.pay:
        rest = " of markers for a second person"
        url = reverse("office:pay_waiting")
        yield _line("Marking", found.pay, f"rate or payment run{rest}", f"rates and payment runs{rest}", url)
    for show, text in PLANS.items():
        count = found.plans[show]
        if count:
            shown = "missing" if show == "over" else show  # there it is begun again
            url = f"{reverse('office:support_plans')}?show={shown}"
            yield _line(
                "People", count, f"support plan {text}", f"support plans {text}", url, late=show == "late"
            )


def planned_release(window: Any, where: str, *, at: datetime, stopped: bool) -> Iterator[Decision]:
    """What the desk says of a planned release of a window from `windows_with_counts`: that it did not happen, for when
    it is planned, or that it will be stopped, where something holds all results as things stand. No query.
    """
    url = reverse("office:outcomes", args=[window.pk])
    if window.plan_state == PlanState.STOPPED:
        text = f"The planned release of {where} did not happen"
        note = "nothing was released: see why, then release the results or plan it again"
        yield Decision("Results", 1, text, url, note=note, late=True)
    elif window.plan_state == PlanState.PLANNED:
        overdue = window.plan_at + OVERDUE < at
        text = f"The results of {where} will be released on {instant_text(window.plan_at, window.zone)}"
        note = "as planned: nothing is left to do while nothing changes"
        if stopped:
            text = f"The planned release of {where} won't happen as things stand"
            note = f"planned for {instant_text(window.plan_at, window.zone)}: see what the results wait for"
        if overdue:
            text = f"The planned release of {where} is overdue"
            note = "no worker has carried it out: ask who looks after the server"
        yield Decision(
            "Results", 1, text, url, by=clock.day_of(window.plan_at), note=note, late=overdue or stopped
        )


def _line(desk: str, count: int, one: str, many: str, url: str, **more: Any) -> dict[str, Any]:
    text = f"{count:,} {one if count == 1 else many}"
    return {"desk": desk, "count": count, "text": text, "url": url, **more}
