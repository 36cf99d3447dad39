"""Discussions: for the two who have one, for the office without marks and words, and for moderators afterwards."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from django.db.models import Count, Exists, Model, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import Http404

from goldenthread.assessment.models import Script, Window
from goldenthread.common import clock
from goldenthread.marking import access, conflicts, discussion_rules, quality_queries, queries, rules
from goldenthread.marking.discussion_models import (
    Cause,
    Discussion,
    DiscussionAnswer,
    DiscussionMessage,
    Ending,
    MarkChange,
)
from goldenthread.marking.models import Marking, MarkingState
from goldenthread.marking.quality_models import MarkingPolicy, Stop
from goldenthread.people.access import Viewer
from goldenthread.people.models import User

_LONG = ("script__text", "script__parts", "script__sitting__draft")
_VERSION = "script__sitting__window__intake__version"
SHOWN_AT_ONCE = 50
_Row = TypeVar("_Row", bound=Model)


# --- for the two ---------------------------------------------------------------------------------------
def open_for(user: User) -> QuerySet[Discussion]:
    """The open discussions of somebody, those that wait for them before the others, the earliest last day first; each
    with whether they and the other have answered (`answered`, `other_answered`). None of a window in which their
    marking is paused.
    """
    mine = Q(discussion=OuterRef("pk"))
    answers = DiscussionAnswer.objects.filter(mine).order_by()
    found = Discussion.objects.filter(
        Q(first_marker=user) | Q(second_marker=user), ending="", script__current=True
    ).annotate(
        answered=Exists(answers.filter(by=user)), other_answered=Exists(answers.exclude(by=user)),
    )  # fmt: skip
    paused = quality_queries.paused_windows(user)
    related = found.exclude(script__sitting__window__in=paused).select_related(
        "script__sitting", f"{_VERSION}__programme"
    )
    return related.defer(*_LONG, f"{_VERSION}__document").order_by(
        "answered", "until_on", "script__sitting__code"
    )


def get_discussion_for(viewer: Viewer, discussion_id: int) -> Discussion:
    """A discussion for one of its two markers, with script, case and window; 404 for everybody else.

    Who is no marker any more still sees one that has ended, and none that is open. `stopped` says whether their marking
    is paused, `said` by how many marks two may differ where the policy says so. One query.
    """
    window = OuterRef("script__sitting__window")
    stops = Stop.objects.filter(window=window, marker=viewer.user).exclude(ending="lifted").order_by()
    policies = MarkingPolicy.objects.filter(window=window).order_by("-set_at", "-pk")
    found = (
        Discussion.objects.select_related(
            f"{_VERSION}__programme", "script__sitting__window__case_study__scheme",
            "script__sitting__window__scheme", "script__agreement",
        )
        .defer("script__sitting__draft", f"{_VERSION}__document")
        .annotate(
            stopped=Exists(stops),
            said=Subquery(policies.values("tolerance")[:1]),
            last_close=queries.last_close(window),
        )
        .filter(pk=discussion_id)
        .first()
    )  # fmt: skip
    if found is None or found.position_of(viewer.user.pk) is None:
        raise Http404("No such discussion.")
    if not found.ending and not access.marks(viewer):
        raise Http404("Nothing to discuss.")
    vars(found.script.sitting.window)["last_close"] = vars(found)["last_close"]
    return found


def of_marking(marking: Marking) -> Discussion | None:
    """The discussion that a marking is or was part of, if there is one that stands, with whether its marker has
    `answered`. One query.
    """
    mine = Q(first_marking=marking.pk) | Q(second_marking=marking.pk)
    answers = DiscussionAnswer.objects.filter(discussion=OuterRef("pk"), by=marking.marker_id).order_by()
    found = Discussion.objects.filter(mine).exclude(ending=Ending.FELL)
    return found.annotate(answered=Exists(answers)).first()


@dataclass(frozen=True)
class Side:
    """One of the two: letter, the marking with the marks given first, and the answer with its changes, if any."""

    position: int
    marking: Marking
    answer: DiscussionAnswer | None = None
    loaded: Sequence[MarkChange] | None = None  # the changes of the answer, where they were loaded with it

    @property
    def letter(self) -> str:
        return discussion_rules.letter_of(self.position)

    @property
    def first(self) -> rules.Totals:
        """What they gave first."""
        return queries.totals_of(self.marking)

    @property
    def now(self) -> rules.Totals:
        """What they give now."""
        if self.answer is None:
            return self.first
        return rules.Totals(self.answer.learn_that, self.answer.learn_how_to)

    @property
    def marks(self) -> dict[str, int]:
        """The same point by point."""
        marks: dict[str, int] = self.answer.marks if self.answer else self.marking.marks
        return marks

    @property
    def changes(self) -> list[Any]:
        """The points that the answer marks otherwise, with reasons."""
        if self.loaded is not None:
            return list(self.loaded)
        return list(self.answer.changes.all()) if self.answer else []


@dataclass(frozen=True)
class Talk:
    """All of a discussion: its two sides by position, and what they wrote, the oldest first."""

    discussion: Discussion
    sides: dict[int, Side]
    messages: list[DiscussionMessage] = field(default_factory=list)

    def seen_by(self, position: int) -> str:
        """What one of the two has read of the other when all of this is on their page."""
        other = [one for one in self.messages if one.position != position]
        return f"{len(other)}:{int(self.sides[3 - position].answer is not None)}"


def talk_of(discussion: Discussion) -> Talk | None:
    """Both sides of a discussion with all that was written; None where marks of one of them are set aside. Four
    queries.
    """
    numbers = discussion.markings
    markings = Marking.objects.in_bulk(numbers.values())
    if discussion.ending == Ending.FELL or len(markings) < 2:
        return None
    answers = {
        one.position: one
        for one in DiscussionAnswer.objects.filter(discussion=discussion).prefetch_related("changes")
    }
    sides = {place: Side(place, markings[pk], answers.get(place)) for place, pk in numbers.items()}
    written = DiscussionMessage.objects.filter(discussion=discussion).order_by("at", "pk")
    return Talk(discussion, sides, list(written))


def talk_seen_by(discussion: Discussion, user: User) -> Talk | None:
    """A discussion as one of its two markers sees it; None where there is nothing to see any more."""
    talk, position = talk_of(discussion), discussion.position_of(user.pk)
    if talk is None or position is None:
        return None
    own = talk.sides[position].marking.state == MarkingState.SUBMITTED
    phase = queries.phase_of(discussion.script)
    sight = rules.visible(phase, rules.Eye.MARKER, own_marks_in=own, discussing=True)
    return talk if sight.other_markings else None


# --- for moderators ------------------------------------------------------------------------------------
def standing() -> QuerySet[Discussion]:
    """The discussions that have ended and stand. A part of another query."""
    return Discussion.objects.exclude(ending__in=["", Ending.FELL]).order_by("pk")


def _columns(kind: type[Model], prefix: str = "") -> dict[str, str]:
    """Of each column of a kind of row, by the name that its making takes, what a query calls it."""
    return {one.attname: f"{prefix}{one.attname}" for one in kind._meta.concrete_fields}


_OWN = _columns(Discussion)
_ANSWER = _columns(DiscussionAnswer, "answers__")
_CHANGE = _columns(MarkChange, "answers__changes__")
_MESSAGE = _columns(DiscussionMessage, "messages__")


def _made(kind: type[_Row], columns: dict[str, str], row: dict[str, Any]) -> _Row:
    return kind(**{name: row[column] for name, column in columns.items()})


def talk_about(script: Script, markings: Iterable[Marking] | None = None) -> Talk | None:
    """The discussion of a script that has ended and stands, for who may see its markings; None without one, and where
    marks of one of the two are set aside. One query where the script's `markings` are handed in, else two.
    """
    found = standing().filter(script=script)
    found = found.order_by(
        "answers__at", "answers__pk", "answers__changes__point", "messages__at", "messages__pk"
    )
    rows = list(found.values(*_OWN.values(), *_ANSWER.values(), *_CHANGE.values(), *_MESSAGE.values()))
    if not rows:
        return None
    held = _made(Discussion, _OWN, rows[0])
    held.script = script
    given = list(markings) if markings is not None else Marking.objects.filter(script=script).order_by("pk")
    by_number = {one.pk: one for one in given}
    if not set(held.markings.values()) <= set(by_number):
        return None
    answers: dict[int, DiscussionAnswer] = {}
    changes: dict[int, dict[int, MarkChange]] = {}
    messages: dict[int, DiscussionMessage] = {}
    for row in rows:  # each change comes with each message
        if row["messages__id"] is not None and row["messages__id"] not in messages:
            messages[row["messages__id"]] = _made(DiscussionMessage, _MESSAGE, row)
        if row["answers__id"] is not None:
            answers.setdefault(row["answers__position"], _made(DiscussionAnswer, _ANSWER, row))
        if row["answers__changes__id"] is not None:
            theirs = changes.setdefault(row["answers__position"], {})
            theirs.setdefault(row["answers__changes__id"], _made(MarkChange, _CHANGE, row))
    sides = {
        place: Side(place, by_number[pk], answers.get(place), list(changes.get(place, {}).values()))
        for place, pk in held.markings.items()
    }
    return Talk(held, sides, list(messages.values()))


# --- for the office ------------------------------------------------------------------------------------
def _counted() -> QuerySet[Discussion]:
    """Discussions with both markers, who has answered, and how many messages there are; no words, no marks."""
    answers = DiscussionAnswer.objects.filter(discussion=OuterRef("pk")).order_by()
    written = DiscussionMessage.objects.filter(discussion=OuterRef("pk")).order_by().values("discussion")
    return (
        Discussion.objects.select_related("script__sitting", "first_marker", "second_marker", "ended_by")
        .defer(*_LONG)
        .annotate(
            first_answered=Exists(answers.filter(position=1)),
            second_answered=Exists(answers.filter(position=2)),
            written=Coalesce(Subquery(written.annotate(count=Count("pk")).values("count")), 0),
        )
    )


def discussions_in(window: Window) -> QuerySet[Discussion]:
    """The discussions of a window, open ones first and the earliest last day before later ones. One query."""
    found = _counted().filter(script__sitting__window=window)
    return found.order_by("ending", "until_on", "script__sitting__code", "pk")


def get_discussion_for_office(viewer: Viewer, discussion_id: int) -> Discussion:
    """A discussion without marks and words, for the office; 404 for everybody else."""
    found = _counted().select_related(f"{_VERSION}__programme").defer(*_LONG, f"{_VERSION}__document")
    one = found.filter(pk=discussion_id).first()
    if one is None or not access.runs_marking(viewer):
        raise Http404("No such discussion.")
    return one


# --- what stands in the way ------------------------------------------------------------------------------
def causes(discussions: Iterable[Discussion], *, at: datetime) -> dict[int, Cause]:
    """Of these open discussions those that can't go on, by key, and why: its last day has passed, one of the two may
    mark no more, is stopped in the window or has come to have a conflict, or the script was replaced.

    Discussions come with script and sitting. Five queries, and one for each window.
    """
    held = list(discussions)
    day = clock.day_of(at)
    marking_on = set(queries.markers_on(day)) if held else set()
    windows = {one.script.sitting.window_id for one in held}
    stopped = {window: quality_queries.stopped_in(window) for window in windows}
    people = {pk for one in held for pk in (one.first_marker_id, one.second_marker_id)}
    scripts = Script.objects.filter(pk__in=[one.script_id for one in held])
    away = conflicts.conflicts_of(scripts, people) if held else set()
    found = {}
    for one in held:
        both = {one.first_marker_id, one.second_marker_id}
        if not one.script.current:
            found[one.pk] = Cause.REPLACED
        elif any((one.script_id, marker) in away for marker in both):
            found[one.pk] = Cause.CONFLICT
        elif both & stopped[one.script.sitting.window_id]:
            found[one.pk] = Cause.STOPPED
        elif not both <= marking_on:
            found[one.pk] = Cause.ROLE
        elif discussion_rules.is_over(one.until_on, day):
            found[one.pk] = Cause.TIME
    return found


def open_now() -> list[Discussion]:
    """The open discussions with script and sitting, the first first. One query."""
    found = Discussion.objects.filter(ending="").select_related("script__sitting")
    return list(found.defer(*_LONG).order_by("pk"))


def to_end(*, at: datetime) -> list[Discussion]:
    """The open discussions that can't go on."""
    held = open_now()
    ending = causes(held, at=at)
    return [one for one in held if one.pk in ending]
