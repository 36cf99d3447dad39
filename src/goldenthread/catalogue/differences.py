"""What differs between two versions, in people's words: for "what has changed" and for who edits a version.

Pure, as in `rules`: no Django, no clock, no settings.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from goldenthread.catalogue.fact import PUBLIC_GROUPS, Fact, Group
from goldenthread.catalogue.facts import all_facts
from goldenthread.catalogue.specification import Specification


class Kind(StrEnum):
    """What became of a fact."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    REORDERED = "reordered"


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One thing that the newer version says otherwise. `before` is "" when added, `after` when removed.

    `series` is the name of the list that an item belongs to, for pages that tell a list in one row.
    """

    group: Group
    label: str
    before: str
    after: str
    kind: Kind
    key: str
    series: str = ""


def differences(
    old: Specification, new: Specification, groups: Collection[Group] = tuple(Group)
) -> list[Difference]:
    """What `new` says otherwise than `old`, in the order of the groups (S0-11).

    `groups` narrows it, to `PUBLIC_GROUPS` for visitors. Sources and notes are no facts about a qualification: a
    value that another document now gives is no difference. A thing that only one of them has is one difference; its
    details are not told one by one.
    """
    before, after = _by_key(all_facts(old)), _by_key(all_facts(new))
    found = [
        difference
        for key in dict.fromkeys([*after, *before])
        if (difference := _difference(key, before, after)) is not None
    ]
    found += _reordered(before, after)
    order = {group: place for place, group in enumerate(Group)}
    return sorted((one for one in found if one.group in groups), key=lambda one: order[one.group])


def _by_key(facts: Sequence[Fact]) -> dict[str, Fact]:
    return {fact.key: fact for fact in facts}


def _difference(key: str, before: dict[str, Fact], after: dict[str, Fact]) -> Difference | None:
    old, new = before.get(key), after.get(key)
    fact = new or old
    if fact is None or (old and new and old.compared == new.compared):
        return None
    if fact.within and not (fact.within in before and fact.within in after):
        return None
    return Difference(
        group=fact.group,
        label=fact.label,
        before=old.text if old else "",
        after=new.text if new else "",
        kind=Kind.ADDED if old is None else Kind.REMOVED if new is None else Kind.CHANGED,
        key=key,
        series=fact.series,
    )


def _reordered(before: dict[str, Fact], after: dict[str, Fact]) -> Iterator[Difference]:
    """The lists whose common items stand in another order."""
    for name in dict.fromkeys(fact.series for fact in after.values() if fact.series):
        old = [fact.text for key, fact in before.items() if fact.series == name and key in after]
        new = [fact for key, fact in after.items() if fact.series == name and key in before]
        if old != [fact.text for fact in new]:
            yield Difference(
                group=new[0].group,
                label=f"Order: {new[0].label}",
                before=", ".join(old),
                after=", ".join(fact.text for fact in new),
                kind=Kind.REORDERED,
                key=f"{name}.order",
                series=name,
            )


__all__ = ["PUBLIC_GROUPS", "Difference", "Group", "Kind", "differences"]
