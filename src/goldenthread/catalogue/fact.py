"""One thing that a version says, in people's words: what two versions are compared by."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum


class Group(StrEnum):
    """What a fact is about, in the order in which people ask; the value is the heading."""

    ABOUT = "About"
    ENTRY = "Who it is for and how to get in"
    TIME = "Time and intakes"
    HOURS = "Guided learning hours"
    DELIVERY = "Ways to study"
    CONTENT = "What you learn"
    ENGAGEMENT = "What you must do"
    ASSESSMENT = "Final assessment"
    MARKING = "Marking and moderation"
    FEE = "Fee"
    AFTER = "What may come next"
    BENEFITS = "What it brings"
    BODIES = "Who stands behind it"
    RECORD = "For the record"


PUBLIC_GROUPS = tuple(group for group in Group if group is not Group.RECORD)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """`key` tells which thing it is in any version; `within` is the key of the thing that it is a detail of.

    An item of a list has its list's name in `series`, so that a change of order is seen. `value` is what is compared
    where the words alone would also tell of a change elsewhere.
    """

    group: Group
    key: str
    label: str
    text: str
    within: str = ""
    series: str = ""
    value: str = ""

    @property
    def compared(self) -> str:
        return self.value or self.text


def fact(
    group: Group, key: str, label: str, text: str, *, within: str = "", value: str = ""
) -> Iterator[Fact]:
    """One fact, or none when there is nothing to say."""
    if text:
        yield Fact(group=group, key=key, label=label, text=text, within=within, value=value)


def series(group: Group, key: str, label: str, texts: Sequence[str], *, within: str = "") -> Iterator[Fact]:
    """The items of a list, each a fact of its own."""
    for text in texts:
        yield Fact(group=group, key=f"{key}[{text}]", label=label, text=text, within=within, series=key)


def yes(flag: bool, text: str = "yes") -> str:
    """A text that is there only when something holds."""
    return text if flag else ""
