"""What differs between two versions: told in people's words, completely, and nothing twice."""

import dataclasses
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

import pytest

from goldenthread.catalogue.differences import PUBLIC_GROUPS, Difference, Group, Kind, differences
from goldenthread.catalogue.reading import Catalogue
from goldenthread.catalogue.sourced import Sourced, SourcedValue, State
from goldenthread.catalogue.specification import Specification

Find = Callable[[str], Specification]
NOT_COMPARED = {"source", "note", "conflict", "derived"}  # where something stands, not what it is
SAYS_NOTHING = (
    r"\.modules\[\d+\]\.number",  # its place in the list tells it
    r"\.parts\[\d+\]\.key",
    r"\.tasks\[\d+\]\.number",
    r"fees\[0\]\.currency",  # of a fee that no source states
    r"assessment\.max_words\.counts",  # of a limit that projects don't have
)


def told(found: list[Difference], label: str) -> list[tuple[str, str]]:
    return [(one.before, one.after) for one in found if one.label == label]


@pytest.mark.requirement("S0-11")
def test_what_the_reform_changed_for_senior_leaders(spec: Find) -> None:
    found = differences(spec("npqsl-legacy-international"), spec("npqsl"))
    assert told(found, "In all") == [("92 h", "90 h")]
    assert told(found, "Leadership performance coaching") == [("", "6 h")]
    assert told(found, "Online course study") == [("60 h", "38 h")]
    assert told(found, "360° leadership diagnostic") == [("2 h", "")]
    assert told(found, "What it is") == [("School improvement project", "Case study scenario")]
    assert told(found, "What people on it are called") == [("candidate", "participant")]
    assert told(found, "A place") == [("not stated", "£1,550 (GBP)")]
    assert ("Headteacher's declaration", "") in told(found, "Check before acceptance")
    assert [one.kind for one in found if one.label == "Online briefings"] == [Kind.REMOVED]


def test_sources_that_disagree_are_never_told_as_the_fact(spec: Find) -> None:
    found = differences(spec("npqh-legacy-england"), spec("npqh"))
    (length,) = [one.after for one in found if one.label == "Length"]
    assert "1,500 or 2,500" in length
    assert "sources disagree" in length
    (induction,) = [
        one.after for one in differences(spec("npqlt"), spec("npqh")) if one.label == "Induction stage"
    ]
    assert induction == "2 h (sources disagree: another says 1 h)"


def test_a_version_does_not_differ_from_itself(shipped: Catalogue) -> None:
    for version in shipped.versions:
        assert differences(version.specification, version.specification) == []


def test_the_way_back_tells_the_same_things_the_other_way_round(spec: Find) -> None:
    there = differences(spec("npqlt"), spec("npqel"))
    back = differences(spec("npqel"), spec("npqlt"))
    assert {(one.key, one.before, one.after) for one in there} == {
        (one.key, one.after, one.before) for one in back
    }


def test_groups_come_in_order_and_can_be_narrowed(spec: Find) -> None:
    found = differences(spec("npqsl-legacy-international"), spec("npqsl"))
    order = [list(Group).index(one.group) for one in found]
    assert order == sorted(order)
    assert any(one.group is Group.RECORD for one in found)
    public = differences(spec("npqsl-legacy-international"), spec("npqsl"), PUBLIC_GROUPS)
    assert public == [one for one in found if one.group is not Group.RECORD]


def test_a_thing_that_only_one_version_has_is_told_once(spec: Find) -> None:
    found = differences(spec("npqsl-legacy-international"), spec("npqsl"))
    assert [one.label for one in found if one.key.startswith("delivery[distance]")] == ["Distance learning"]


def test_a_list_in_another_order_is_told(spec: Find) -> None:
    old = spec("npqlt")
    turned = replace(old, content=replace(old.content, areas=tuple(reversed(old.content.areas))))
    (one,) = differences(old, turned)
    assert one.kind is Kind.REORDERED
    assert one.label == "Order: Content area"
    assert one.after.startswith("Implementation, Professional Development")


def test_another_source_of_the_same_value_is_no_difference(spec: Find) -> None:
    old = spec("npqlt")
    (value,) = old.total_hours.values
    moved = replace(old.total_hours, values=(replace(value, source=("009:1",), note="read again"),))
    assert differences(old, replace(old, total_hours=moved)) == []


# --- nothing is forgotten ---------------------------------------------------------------------------
def changes(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    """Every way to change one single thing in a value, with its path."""
    if isinstance(value, Sourced):
        yield (
            path,
            replace(value, values=(SourcedValue(_other(value), value.unit, ("X:1",), State.IN_FORCE),)),
        )
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        for field in dataclasses.fields(value):
            if field.name in NOT_COMPARED:
                continue
            inner = f"{path}.{field.name}"
            for at, changed in changes(getattr(value, field.name), inner):
                yield at, replace(value, **{field.name: changed})
    elif isinstance(value, tuple):
        for place, item in enumerate(value):
            if not path.endswith("]"):  # a pair within a list stays one
                yield f"{path}[{place}]", (*value[:place], *value[place + 1 :])
            for at, changed in changes(item, f"{path}[{place}]"):
                yield at, (*value[:place], changed, *value[place + 1 :])
    elif (other := _other_plain(value)) is not None:
        yield path, other


def _other(sourced: Sourced[Any]) -> Any:
    if sourced.unit == "months" and "window" in sourced.key:
        return (3, 4)
    if "from" in sourced.key:
        return date(1999, 1, 1)
    return 77


def _other_plain(value: Any) -> Any:
    match value:
        case bool():
            return not value
        case StrEnum():
            return next(one for one in type(value) if one is not value)
        case int():
            return value + 1
        case str():
            return f"{value} otherwise" if value else "otherwise"
        case date():
            return value + timedelta(days=1)
    return None


@pytest.mark.parametrize(
    "key", ["npqsl-legacy-international", "npqh-legacy-england", "npqel", "npqlt-reformed-england"]
)
def test_whatever_is_changed_in_a_version_is_told(spec: Find, key: str) -> None:
    old = spec(key)
    tried = list(changes(old, "spec"))
    assert len(tried) > 200
    silent = {path for path, new in tried if not differences(old, new)}
    assessed = {
        f"spec.components[{place}].hours" for place, part in enumerate(old.components) if not part.counts
    }
    assert assessed <= silent
    assert [path for path in silent - assessed if not re.search("|".join(SAYS_NOTHING), path)] == []
