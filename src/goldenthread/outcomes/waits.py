"""What results wait for once the marks are final: a comparison, the board, questions about own work. For lists."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q, Subquery

from goldenthread.assessment.models import Script, SittingState, Window
from goldenthread.assessment.stages import WindowStage
from goldenthread.integrity.models import Comparison, Flag, MisconductCase
from goldenthread.outcomes.models import BoardMeeting
from goldenthread.outcomes.windows import facts_of


@dataclass(frozen=True)
class Waits:
    """Of one window: its scripts, how many of them a question or a case holds, and what stops all of its results."""

    scripts: int
    uncompared: bool = False
    board: bool = False  # it decided that the results wait
    held: int = 0

    @property
    def all_held(self) -> bool:
        return self.scripts > 0 and self.held >= self.scripts

    @property
    def stopped(self) -> bool:
        """Whether no result of a script can be released as it is."""
        return self.uncompared or self.board or self.all_held

    @property
    def text(self) -> str:
        """In a few words; "" where nothing waits."""
        why = ["scripts not compared"] if self.uncompared else []
        why += ["the board says that the results wait"] if self.board else []
        if self.held:
            why.append("all held by questions" if self.all_held else f"{self.held} held by questions")
        return "; ".join(why)


def waits_of(windows: Iterable[Window], stages: Iterable[WindowStage]) -> dict[int, Waits]:
    """By the window: of windows from `windows.with_facts` with their stages, what those that are signed off wait for
    before a release. No query where none is, else two, however many there are.
    """
    ready = {one.pk: one for one, stage in zip(windows, stages, strict=True) if stage is WindowStage.READY}
    if not ready:
        return {}
    held = _held_in(ready)
    last = Comparison.objects.filter(window=OuterRef("pk")).order_by("-at", "-pk")
    meeting = BoardMeeting.objects.filter(window=OuterRef("pk")).order_by("-held_on", "-recorded_at", "-pk")
    arrived = Q(received_at__gt=OuterRef("compared_at")) | Q(upload__all_at__gt=OuterRef("compared_at"))
    scripts = Script.objects.filter(
        sitting__window=OuterRef("pk"), current=True, sitting__state=SittingState.HANDED_IN
    )
    rows = (
        Window.objects.filter(pk__in=ready)
        .annotate(
            compared_at=Subquery(last.values("at")[:1]),
            settled=Subquery(last.values("scripts")[:1]),
            board=Subquery(meeting.values("decision")[:1]),
        )
        .annotate(later=Exists(scripts.filter(arrived)))
        .order_by()
        .values_list("pk", "settled", "later", "board")
    )
    found = {}
    for pk, settled, later, board in rows:
        count = facts_of(ready[pk]).scripts
        found[pk] = Waits(count, bool(count) and (settled != count or later), board == "wait", held[pk])
    return found


def _held_in(windows: Iterable[int]) -> Counter[int]:
    """How many sittings of each window a question or a case holds. One query."""
    wanted = list(windows)
    sides = [
        Flag.objects.filter(state="open", **{f"{side}__sitting__window__in": wanted})
        .order_by()
        .values_list(f"{side}__sitting__window", f"{side}__sitting")
        for side in ("script", "other")
    ]
    cases = MisconductCase.objects.filter(holds=True, sitting__window__in=wanted)
    rows = cases.order_by().values_list("sitting__window", "sitting").union(*sides)
    return Counter(window for window, _ in rows)
