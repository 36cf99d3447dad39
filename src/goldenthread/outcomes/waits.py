"""What results wait for once the marks are final: a comparison, the board, questions about own work. For lists."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from goldenthread.assessment.models import Script, Sitting, SittingState, Window
from goldenthread.assessment.stages import WindowStage
from goldenthread.common.counting import count_of
from goldenthread.integrity import rules as integrity
from goldenthread.integrity.models import Comparison, Flag, MisconductCase
from goldenthread.outcomes import board_rules
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


def check_waits(window: Window) -> None:
    """Refuses as `board.check_board` and then `integrity.queries.check_compared` do, of a window from `with_facts` and
    `with_waits`. No query.
    """
    known = vars(window)
    board_rules.check_board(known["waits_board"] or "")
    integrity.check_compared(
        scripts=facts_of(window).scripts, settled=known["waits_settled"], later=known["waits_later"]
    )


FIELDS = ("pk", "waits_settled", "waits_later", "waits_board", "waits_held")


def with_waits(windows: QuerySet[Window]) -> QuerySet[Window]:
    """The windows with what `waits_of` reads, so that it asks nothing more."""
    last = Comparison.objects.filter(window=OuterRef("pk")).order_by("-at", "-pk")
    meeting = BoardMeeting.objects.filter(window=OuterRef("pk")).order_by("-held_on", "-recorded_at", "-pk")
    arrived = Q(received_at__gt=OuterRef("waits_at")) | Q(upload__all_at__gt=OuterRef("waits_at"))
    scripts = Script.objects.filter(
        sitting__window=OuterRef("pk"), current=True, sitting__state=SittingState.HANDED_IN
    )
    flags = Flag.objects.filter(state="open").order_by()
    holds = (
        Q(pk__in=flags.values("script__sitting"))
        | Q(pk__in=flags.filter(other__isnull=False).values("other__sitting"))
        | Q(pk__in=MisconductCase.objects.filter(holds=True).order_by().values("sitting"))
    )
    return windows.annotate(
        waits_at=Subquery(last.values("at")[:1]),
        waits_settled=Subquery(last.values("scripts")[:1]),
        waits_board=Subquery(meeting.values("decision")[:1]),
        waits_held=count_of(Sitting.objects.filter(holds, window=OuterRef("pk")), "window"),
    ).annotate(waits_later=Exists(scripts.filter(arrived)))


def waits_of(windows: Iterable[Window], stages: Iterable[WindowStage]) -> dict[int, Waits]:
    """By the window: of windows from `windows.with_facts` with their stages, what those that are signed off wait for
    before a release. No query where none is or `with_waits` has loaded it, else one, however many there are.
    """
    ready = {one.pk: one for one, stage in zip(windows, stages, strict=True) if stage is WindowStage.READY}
    if all("waits_held" in vars(one) for one in ready.values()):
        rows = [tuple(getattr(one, name) for name in FIELDS) for one in ready.values()]
    else:
        rows = list(with_waits(Window.objects.filter(pk__in=ready)).order_by().values_list(*FIELDS))
    found = {}
    for pk, settled, later, board, held in rows:
        count = facts_of(ready[pk]).scripts
        found[pk] = Waits(count, bool(count) and (settled != count or later), board == "wait", held)
    return found
