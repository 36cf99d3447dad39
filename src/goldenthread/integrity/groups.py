"""Questions about shared passages that belong together: which scripts and pairs are one group, for the office."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Q, QuerySet
from django.http import Http404

from goldenthread.assessment.models import Script, Window
from goldenthread.integrity import queries, rules
from goldenthread.integrity.models import Flag
from goldenthread.people.access import Viewer


@dataclass(frozen=True)
class Pair:
    """One question about a pair of scripts, without its texts."""

    number: int
    script: int
    other: int
    state: str
    words: int


@dataclass(frozen=True)
class Group:
    """Pairs of scripts that are connected by shared passages, the longest first; or one concern, without pairs."""

    pairs: tuple[Pair, ...]
    concern: int | None = None
    open: int = 0  # how many of its questions wait for an answer

    @property
    def number(self) -> int:
        """The question by which its page is found: its first one."""
        return self.concern or min(pair.number for pair in self.pairs)

    @property
    def single(self) -> bool:
        """Whether it is one question, which has a page of its own."""
        return len(self.pairs) < 2

    @property
    def scripts(self) -> list[int]:
        """The scripts of its pairs, those with most shared words first."""
        return list(dict.fromkeys(pk for pair in self.pairs for pk in (pair.script, pair.other)))

    @property
    def words(self) -> int:
        """The most words that one of its pairs shares."""
        return max((pair.words for pair in self.pairs), default=0)


def groups_for(viewer: Viewer, window: Window) -> list[Group]:
    """The questions about a window's scripts in groups: what is to be looked at first, then by words. One query,
    however many scripts there are; of other windows only what a script of this one shares passages with.
    """
    rows = queries.flags_for(viewer, window).order_by().select_related(None)
    found = rows.values_list("kind", "pk", "script_id", "other_id", "state", "words")
    concerns, pairs = list[Group](), dict[int, Pair]()
    for kind, number, script, other, state, words in found:
        if kind == "similarity" and other is not None:
            pairs[number] = Pair(number, script, other, state, words)
        else:
            concerns.append(Group((), number, int(state == "open")))
    named = rules.connected((one.number, one.script, one.other) for one in pairs.values())
    groups = [*concerns, *(_group(pairs[number] for number in numbers) for numbers in named)]
    return sorted(groups, key=lambda one: (not one.open, -one.words, one.number))


def _group(pairs: Iterable[Pair]) -> Group:
    some = tuple(sorted(pairs, key=lambda one: (-one.words, one.number)))
    return Group(some, open=sum(one.state == "open" for one in some))


def get_group_for(viewer: Viewer, window: Window, number: int) -> Group:
    """The group of a pair; 404 for who may not, where there is no such pair, for whoever wrote one of its scripts, and
    for one pair alone, which has a page of its own. Two queries.
    """
    for one in groups_for(viewer, window):
        if not one.single and any(pair.number == number for pair in one.pairs):
            own = Script.objects.filter(pk__in=one.scripts, sitting__enrolment__user=viewer.user)
            if own.exists():
                break
            return one
    raise Http404("No such group.")


def flags_of(group: Group) -> QuerySet[Flag]:
    """The questions of a group, with their scripts' sittings and windows and without their texts."""
    found = Flag.objects.filter(pk__in=[one.number for one in group.pairs])
    return queries.without_texts(found).order_by("-words", "pk")


def scripts_in(group: Group) -> list[Script]:
    """The scripts of a group in their order, with sitting, window, intake and programme. One query."""
    found = Script.objects.select_related("sitting__window__intake__version__programme").defer(
        "text", "parts", "sitting__draft", "sitting__window__intake__version__document"
    )
    known = found.in_bulk(group.scripts)
    return [known[pk] for pk in group.scripts]


def has_company(flag: Flag) -> bool:
    """Whether a pair is connected with others as `groups_for` puts them together: among the questions of the window
    of its first script. One query, or none for a concern.
    """
    if flag.other_id is None:
        return False
    both = [flag.script_id, flag.other_id]
    near = queries.flags_in(flag.script.sitting.window_id).filter(
        Q(script__in=both) | Q(other__in=both), kind="similarity"
    )
    return near.exclude(pk=flag.pk).exists()
