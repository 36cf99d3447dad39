"""How markers compare: each with colleagues, with what scripts came to, and with what is known of seeds."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime

from django.db.models import Exists, OuterRef, QuerySet, Subquery
from django.http import Http404

from goldenthread.assessment.models import Window, WindowState
from goldenthread.marking import access, queries, reliability_rules
from goldenthread.marking.models import Agreement, AgreementState, Marking, MarkingState
from goldenthread.marking.quality_models import MarkingPolicy, Seed
from goldenthread.marking.rules import FIRST_REMARK
from goldenthread.marking.seeds_aside import seeds_aside
from goldenthread.people.access import Viewer
from goldenthread.people.models import User


@dataclass
class Compared:
    """What one marker's marks are compared with, as pairs of totals (own, other), each in the order in which they could
    first be compared.
    """

    marker: int
    name: str
    markings: int = 0
    seconds: int = 0
    colleague: list[reliability_rules.Pair] = field(default_factory=list)  # marks, both blind
    agreed: list[reliability_rules.Pair] = field(default_factory=list)  # half marks
    seeds: list[reliability_rules.Pair] = field(default_factory=list)  # marks
    aside: list[int] = field(default_factory=list)  # seconds of each seed that stands with them as set aside

    @property
    def with_colleague(self) -> reliability_rules.Reliability:
        return reliability_rules.reliability(self.colleague)

    @property
    def with_agreed(self) -> reliability_rules.Reliability:
        """Against what the script came to; in half marks."""
        return reliability_rules.reliability(self.agreed, unit=2)

    @property
    def with_seeds(self) -> reliability_rules.Reliability:
        return reliability_rules.reliability(self.seeds)

    def unrevealing(self) -> "Compared":
        """What their marker may see of it before results are released: no seeds, and nothing that tells one mark."""
        few = reliability_rules.unrevealing
        return replace(
            self,
            markings=self.markings - len(self.aside),
            seconds=self.seconds - sum(self.aside),
            colleague=list(few(self.colleague)),
            agreed=list(few(self.agreed)),
            seeds=[],
        )


def reliability_in(window: Window, *, only: int | None = None) -> list[Compared]:
    """What every marker of a window gave beside what others gave, by name; three queries. `only` one marker."""
    return reliability_by_window([window], only=only)[window.pk]


def reliability_by_window(windows: Iterable[Window], *, only: int | None = None) -> dict[int, list[Compared]]:
    """For each window by its key, what its markers gave beside what others gave; three queries for all of them.

    The first and the second marking stand against each other, both blind; the agreed marks against everybody but who
    decided them alone; seeds against what is known of them. Re-marks and what was set aside count for nothing.
    """
    found: dict[int, dict[int, Compared]] = {one.pk: {} for one in windows}
    agreed = _agreed_in(found)
    pairs: list[tuple[datetime, int, list[reliability_rules.Pair], reliability_rules.Pair]] = []
    by_script: dict[tuple[int, int], dict[int, tuple[int, int, datetime]]] = {}
    for window, script, position, marker, name, total, seconds, at in _marked_in(found):
        one = found[window].setdefault(marker, Compared(marker, name))
        one.markings, one.seconds = one.markings + 1, one.seconds + seconds
        by_script.setdefault((window, script), {})[position] = (marker, total, at)
        half, standing, since = agreed.get(script, (None, "", at))
        alone = standing == str(position)
        if half is not None and not alone:
            pairs.append((since, script, one.agreed, (2 * total, half)))
    for (window, script), pair in by_script.items():
        if 1 in pair and 2 in pair:
            (first, a, at), (second, b, then) = pair[1], pair[2]
            pairs.append((max(at, then), script, found[window][first].colleague, (a, b)))
            pairs.append((max(at, then), script, found[window][second].colleague, (b, a)))
    for _, _, kept, one_pair in sorted(pairs, key=lambda row: row[:2]):
        kept.append(one_pair)
    for window, marker, name, difference, known, seconds, aside in _seeds_in(found):
        one = found[window].setdefault(marker, Compared(marker, name))
        one.markings, one.seconds = one.markings + 1, one.seconds + seconds  # or the count would tell a seed
        one.seeds += [(known + difference, known)] if known is not None else []
        one.aside += [seconds] if aside else []
    return {
        window: [
            one
            for one in sorted(people.values(), key=lambda one: (one.name, one.marker))
            if only in (None, one.marker)
        ]
        for window, people in found.items()
    }


def _marked_in(windows: Iterable[int]) -> Iterator[tuple[int, int, int, int, str, int, int, datetime]]:
    """Window, script, position, marker, name, total, seconds and instant of each marking that was submitted."""
    done = Marking.objects.filter(
        script__sitting__window__in=windows, script__current=True, state=MarkingState.SUBMITTED,
        position__lt=FIRST_REMARK,
    )  # fmt: skip
    rows = done.order_by("script_id", "position").values_list(
        "script__sitting__window_id", "script_id", "position", "marker_id", "marker__name", "learn_that",
        "learn_how_to", "seconds", "submitted_at",
    )  # fmt: skip
    for window, script, position, marker, name, that, how, seconds, at in rows:
        if at is not None:
            yield window, script, position, marker, name, (that or 0) + (how or 0), seconds, at


def _agreed_in(windows: Iterable[int]) -> dict[int, tuple[int, str, datetime]]:
    rows = Agreement.objects.filter(
        script__sitting__window__in=windows, state=AgreementState.AGREED
    ).order_by()
    named = rows.values_list(
        "script_id", "half_marks_learn_that", "half_marks_learn_how_to", "method", "standing", "at"
    )
    return {
        script: ((that or 0) + (how or 0), standing or _BEFORE.get(method, ""), at)
        for script, that, how, method, standing, at in named
    }


_BEFORE = {"one marking": "1", "third mark": "3"}  # who decided alone, of agreements that don't say it


def _seeds_in(windows: Iterable[int]) -> list[tuple[int, int, str, int, int | None, int, bool]]:
    """Seeds that were marked, with what is known of them: None where their set was withdrawn, since that is wrong."""
    seeds = Seed.objects.filter(window__in=windows, marked_at__isnull=False).order_by("marked_at", "pk")
    rows = seeds.annotate(aside=Exists(seeds_aside().filter(pk=OuterRef("pk")))).values_list(
        "window_id",
        "marker_id",
        "marker__name",
        "difference",
        "script__learn_that",
        "script__learn_how_to",
        "marking__seconds",
        "aside",
        "script__set__withdrawn_at",
    )
    return [
        (window, marker, name, difference or 0, None if gone else that + how, seconds or 0, aside)
        for window, marker, name, difference, that, how, seconds, aside, gone in rows
    ]


def check_has_marked(viewer: Viewer) -> None:
    """404 for who neither is a marker nor ever marked anything."""
    if not access.marks(viewer) and not Marking.objects.filter(marker=viewer.user).exists():
        raise Http404("Nothing was marked.")


def windows_marked_by(user: User) -> QuerySet[Window]:
    """The windows in which somebody has submitted marks, of scripts or seeds, the latest first."""
    return queries.windows().filter(queries.submitted_in(user)).order_by("-opens_on", "pk")


def telling(user: User, windows: Iterable[Window]) -> set[int]:
    """Of these windows those whose figures would tell somebody a seed: with seeds, results that aren't out, and
    scripts that they still have open. Looking after each one, they would see which is compared with nothing. One query.
    """
    pages = [one.pk for one in windows if one.state != WindowState.RELEASED]
    latest = MarkingPolicy.objects.filter(window=OuterRef("pk")).order_by("-set_at", "-pk")
    still = Marking.objects.filter(marker=user, state=MarkingState.ALLOCATED)
    found = Window.objects.filter(
        Exists(still.filter(script__sitting__window=OuterRef("pk"), script__current=True))
        | Exists(still.filter(seed__window=OuterRef("pk"))),
        pk__in=pages,
    ).annotate(share=Subquery(latest.values("seed_percent")[:1]))
    return set(found.filter(share__gt=0).order_by().values_list("pk", flat=True))
