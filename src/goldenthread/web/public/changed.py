"""What differs between two versions as a visitor reads it: a row for each thing, a list in one row."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from goldenthread.catalogue.differences import PUBLIC_GROUPS, Difference, Group, Kind, differences
from goldenthread.catalogue.specification import Specification
from goldenthread.web.shared.versions import Version

OPEN = (Group.ENTRY, Group.HOURS, Group.ASSESSMENT, Group.FEE)  # what people ask first stands unfolded
LISTS = {"stage": "Stages", "course": "Online courses", "event": "Events"}  # things told in one row
WORDS = {
    Kind.ADDED: "new",
    Kind.REMOVED: "no longer mentioned",
    Kind.CHANGED: "changed",
    Kind.REORDERED: "in another order",
}


@dataclass
class Row:
    """One thing: what it was and what it is, each one text or the items of a list."""

    label: str
    word: str
    before: list[str] = field(default_factory=list)
    after: list[str] = field(default_factory=list)


@dataclass
class Section:
    """The rows of one group; `details` are the smaller ones, which belong to a thing that both versions have."""

    title: str
    nothing: str
    unfolded: bool
    rows: list[Row] = field(default_factory=list)
    details: list[Row] = field(default_factory=list)

    @property
    def count(self) -> int:
        return len(self.rows) + len(self.details)


def sections(old: Specification, new: Specification) -> list[Section]:
    """What `new` says otherwise than `old`, by group (S0-11)."""
    found: dict[Group, Section] = {}
    rows: dict[tuple[Group, str], Row] = {}
    for one in differences(old, new, PUBLIC_GROUPS):
        section = found.setdefault(
            one.group, Section(one.group.value, _nothing(one.group), one.group in OPEN)
        )
        kind, name = one.key.partition("[")[0], one.series
        if not one.within and kind in LISTS:
            name = kind
        row = rows.get((one.group, name)) if name else None
        if row is None:
            row = Row(LISTS.get(name) or _label(one), WORDS[one.kind])
            (section.details if one.within else section.rows).append(row)
            if name:
                rows[one.group, name] = row
        elif row.word != WORDS[one.kind]:
            row.word = WORDS[Kind.CHANGED]
        row.before += [one.before] if one.before else []
        row.after += [one.after] if one.after else []
    return list(found.values())


def _label(one: Difference) -> str:
    return one.label[0].upper() + one.label[1:]


def _nothing(group: Group) -> str:
    """What stands where a version has no such thing: a table of hours is complete, other silence is silence."""
    return "not part of it" if group is Group.HOURS else "not mentioned"


def older_of(version: Version, known: Iterable[Version]) -> Version | None:
    """The version that this one took the place of: the one it names, else the older edition of its programme."""
    spec = version.specification
    others = [one for one in known if one.code == version.code and one is not version]
    named = [one for one in others if one.key == spec.supersedes]
    earlier = [one for one in others if one.state == "closed" and version.state != "closed"]
    return next(iter([*named, *earlier]), None)


def newer_of(version: Version, known: Sequence[Version]) -> Version | None:
    """The version that took the place of this one."""
    return next((one for one in known if older_of(one, known) is version), None)
