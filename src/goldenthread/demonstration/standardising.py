"""Before and in the marking of a window: its policy, a practice set, seeds, and markers at their practice."""

import uuid
from datetime import datetime, timedelta
from random import Random

from goldenthread.assessment.models import CaseStudy, Window
from goldenthread.common.days import day_text
from goldenthread.demonstration.cases import BY_TITLE
from goldenthread.demonstration.texts import script_text
from goldenthread.marking import quality_queries, queries, standardising
from goldenthread.marking.quality_models import KnownScript
from goldenthread.marking.quality_rules import Apart, Policy
from goldenthread.people.models import User

EACH = 4  # marks of each of the five points
POLICY = Policy(
    standardised=True, each=3, altogether=5, seed_percent=20, stop_count=2, stop_of=5, apart=Apart.DISCUSSION
)
PRACTICE = ((2, 2, 1, 2, 2), (3, 3, 2, 3, 2), (4, 4, 3, 4, 3))
SEEDS = ((2, 2, 2, 1, 2), (3, 2, 3, 3, 2), (3, 3, 3, 3, 3), (4, 3, 4, 3, 4))
WHY = (
    "It names what is done and hardly says why: application runs ahead of understanding.",
    "Sound on the case, and the reasons are given for most steps; the measure at the end is missing.",
    "It explains each step from how pupils learn, and says how one would know that it worked.",
    "The diagnosis is right; two of the steps don't follow from it.",
)
AT_POINT = (
    "The problem is named as the case gives it, with nothing added.",
    "In their own words, with one place in the case that shows it.",
    "In their own words, and the place in the case is the one that matters most.",
)


def prepare(window: Window, *, case: CaseStudy, cast: dict[str, User], at: datetime, random: Random) -> None:
    """Set the policy, agree a practice set and a set of seeds, and let every marker practise: all but one qualify by it,
    and for that one the office decides otherwise.
    """
    window = queries.windows().get(pk=window.pk)  # as it is now, with its case study
    standardising.set_policy(
        window=window, policy=POLICY, reason="New markers have joined us since the last window.",
        by=cast["olu"], at=at - timedelta(hours=20),
    )  # fmt: skip
    _make_set(window, "practice", PRACTICE, case=case, cast=cast, at=at - timedelta(hours=16), random=random)
    _make_set(window, "seeds", SEEDS, case=case, cast=cast, at=at - timedelta(hours=12), random=random)
    started = at - timedelta(hours=8)
    markers = User.objects.filter(pk__in=queries.markers_on(started.date())).order_by("pk")
    for place, marker in enumerate(markers):
        _practise(window, marker, astray=place == len(markers) - 1, at=started, random=random)
        if place == len(markers) - 1:
            standardising.clear(
                window=window, marker=marker, qualified=True,
                reason=f"We went through the second script together on {day_text(at.date())}.",
                by=cast["nia"], at=at - timedelta(hours=1),
            )  # fmt: skip


def _make_set(
    window: Window,
    use: str,
    scripts: tuple[tuple[int, ...], ...],
    *,
    case: CaseStudy,
    cast: dict[str, User],
    at: datetime,
    random: Random,
) -> None:
    made = standardising.start_set(window=window, use=use, by=cast["nia"], at=at)
    parts = [part["key"] for part in window.parts] or [""]
    for place, given in enumerate(scripts):
        words = random.randint(700, 1100) // len(parts)
        standardising.add_known(
            set=made, window=window,
            texts={part: script_text(random, words, BY_TITLE[case.title]) for part in parts},
            marks=dict(enumerate(given, start=1)), reasons={1: AT_POINT[place % len(AT_POINT)]}, reason=WHY[place],
            form_key=str(uuid.uuid5(uuid.NAMESPACE_URL, f"known script {made.pk} {place}")),
            by=cast["nia"], at=at + timedelta(minutes=place),
        )  # fmt: skip
    standardising.agree_set(set=made, by=cast["olu"], at=at + timedelta(hours=2))


def _practise(window: Window, marker: User, *, astray: bool, at: datetime, random: Random) -> None:
    attempt = standardising.begin_attempt(window=window, marker=marker, at=at)
    for script, _ in quality_queries.scripts_in(attempt):
        standardising.practise(
            attempt=attempt, script=script, marks=marks_near(script, astray=astray, random=random), by=marker,
            at=at + timedelta(minutes=25 * script.number),
        )  # fmt: skip


def marks_near(script: KnownScript, *, astray: bool, random: Random) -> dict[int, int | None]:
    """The known marks with a point up or down; `astray` much higher, as somebody gives who reads the scheme otherwise."""
    marks: dict[int, int | None] = {int(point): mark for point, mark in script.marks.items()}
    if astray:
        return {point: min(EACH, (mark or 0) + 1) for point, mark in marks.items()}
    point = random.choice([point for point, mark in marks.items() if mark and mark > 1])
    if script.total not in (12, 13):  # next to the pass mark one point more or less is on the other side
        marks[point] = (marks[point] or 0) - random.choice((0, 1))
    return marks
