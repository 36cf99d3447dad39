"""What a participant sees of a study unit: core, context, examples by phase, what is new; and what a text needs."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pytest

from goldenthread.catalogue import needs
from goldenthread.catalogue.variants import Reader
from goldenthread.common.refused import Refused
from goldenthread.learning import unit_rules as rules

APRIL = date(2025, 4, 1)
ON = date(2025, 4, 2)


@dataclass(frozen=True)
class Text:
    name: str
    context: str = ""
    locality: str = ""
    phase: str = ""
    version: int = 1
    effective_from: date = date(2024, 9, 1)
    parts: dict[str, str] = field(default_factory=dict, compare=False)


CORE = Text("core 2", version=2)
ABROAD = Text("abroad", context="international")
ENGLAND = Text("england", context="england")
DUBAI = Text("dubai", context="locality", locality="Dubai")
PRIMARY, SECONDARY = Text("small", phase="primary"), Text("tall", phase="secondary")
PRIMARY_ABROAD = Text("small abroad", phase="primary", context="international")


def chosen(*texts: Text, **reader: Any) -> tuple[str, str, list[str]]:
    found = rules.choose(texts, Reader(**{"on": ON, **reader}))
    return (
        found.text.name if found.text else "",
        found.example.name if found.example else "",
        [one.name for one in found.others],
    )


@pytest.mark.parametrize(
    ("texts", "reader", "text"),
    [
        ([ABROAD, ENGLAND], {"context": "international"}, "abroad"),
        ([ABROAD, ENGLAND], {"context": "england"}, "england"),
        ([ABROAD, ENGLAND, CORE], {}, "core 2"),
        ([ENGLAND], {"context": "international"}, ""),  # the first text, on the unit
        ([], {"context": "international", "locality": "Dubai"}, ""),
        ([ABROAD, DUBAI], {"context": "international", "locality": "dubai"}, "dubai"),
        ([ABROAD, DUBAI], {"context": "international", "locality": "Doha"}, "abroad"),
        ([DUBAI, CORE], {"context": "international"}, "core 2"),
        (
            [PRIMARY, ABROAD],
            {"context": "international", "phase": "primary"},
            "abroad",
        ),  # no example puts the unit
    ],
)
def test_the_text_of_the_readers_context_else_the_core(texts, reader, text: str) -> None:
    assert chosen(*texts, **reader)[0] == text


@pytest.mark.parametrize(
    ("phase", "first", "optional"),
    [
        ("primary", "small", ["tall"]),
        ("secondary", "tall", ["small"]),
        ("special", "", ["small", "tall"]),
        ("", "", ["small", "tall"]),
    ],
)
def test_the_own_phases_example_is_first_and_the_others_are_optional(phase, first, optional) -> None:
    assert chosen(SECONDARY, PRIMARY, CORE, phase=phase) == ("core 2", first, optional)


def test_of_another_phase_the_nearest_example_alone_is_offered() -> None:
    texts = (PRIMARY, PRIMARY_ABROAD, SECONDARY)
    assert chosen(*texts, phase="secondary", context="international")[2] == ["small abroad"]
    assert chosen(*texts, phase="secondary", context="england")[2] == ["small"]
    assert chosen(*texts, phase="primary", context="international")[1] == "small abroad"


@pytest.mark.parametrize(("on", "text"), [(date(2025, 3, 31), "core 2"), (APRIL, "core 3"), (ON, "core 3")])
def test_a_version_shows_from_its_day_on(on: date, text: str) -> None:
    third = Text("core 3", version=3, effective_from=APRIL)
    assert chosen(third, CORE, on=on)[0] == text


@pytest.mark.parametrize(
    ("since", "on", "told"),
    [
        (date(2025, 1, 10), ON, True),
        (date(2025, 3, 31), APRIL, True),
        (APRIL, ON, False),  # who was enrolled on that day knows no other
        (date(2025, 1, 10), date(2025, 3, 31), False),
    ],
)
def test_only_who_was_on_the_programme_before_is_told(since: date, on: date, told: bool) -> None:
    new = Text("new", effective_from=APRIL)
    assert rules.news([new, CORE], since=since, on=on) == ((new,) if told else ())


def test_the_latest_news_come_first() -> None:
    old, new = Text("old", effective_from=date(2025, 2, 1)), Text("new", effective_from=APRIL)
    assert rules.news([old, new], since=date(2025, 1, 10), on=ON) == (new, old)


# --- what a text needs ------------------------------------------------------------------------------
def said(**changes: Any) -> dict[str, Any]:
    parts = {"see_it": " See. ", "name_it": "Name.", "do_it": "Do.", "example": "Here."}
    return {
        "context": "", "locality": "", "phase": "", "parts": parts, "reason": "legislation",
        "change_note": "New guidance.", "effective_from": APRIL, "review_by": date(2026, 4, 1), **changes,
    }  # fmt: skip


def test_a_text_keeps_the_parts_of_its_kind_alone() -> None:
    assert rules.check_text("module", said()) == {"see_it": "See.", "name_it": "Name.", "do_it": "Do."}
    assert rules.check_text("module", said(phase="primary")) == {"example": "Here."}
    brief = said(parts={"purpose": "Why", "brief": "What", "see_it": "x"})
    assert rules.check_text("task", brief) == {"purpose": "Why", "brief": "What"}


@pytest.mark.parametrize(
    ("changes", "field", "says"),
    [
        ({"parts": {"see_it": "See.", "name_it": "  ", "do_it": "Do."}}, "name_it", "Name it"),
        ({"phase": "primary", "parts": {}}, "example", "Example"),
        ({"parts": {"see_it": "x" * 20_001, "name_it": "N", "do_it": "D"}}, "see_it", "by 1 characters"),
        ({"context": "locality"}, "locality", "locality"),
        ({"locality": "Dubai"}, "locality", "locality"),
        ({"change_note": " "}, "change_note", "what is new"),
        ({"review_by": date(2025, 3, 31)}, "review_by", "after it takes effect"),
    ],
)
def test_what_is_missing_is_named_at_its_field(changes, field: str, says: str) -> None:
    with pytest.raises(Refused, match=says) as no:
        rules.check_text("module", said(**changes))
    assert no.value.field == field


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({}, ""),
        ({"effective_from": date(2025, 3, 20)}, ""),  # today is soon enough
        ({"effective_from": date(2025, 3, 19)}, "unit.past"),
        ({"before": date(2025, 4, 2)}, "unit.order"),
        ({"before": APRIL}, ""),
        ({"reviewer": 1}, "unit.second_person"),
    ],
)
def test_somebody_else_publishes_for_a_day_to_come(changes, code: str) -> None:
    known = {"effective_from": APRIL, "today": date(2025, 3, 20), "before": None, "writer": 1, "reviewer": 2}
    if not code:
        rules.check_publish(**{**known, **changes})
        return
    with pytest.raises(Refused) as no:
        rules.check_publish(**{**known, **changes})
    assert no.value.code == code


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (CORE, "version 2"),
        (ABROAD, "version 1 for international"),
        (DUBAI, "version 1 for Dubai"),
        (PRIMARY_ABROAD, "example for primary, international, version 1"),
    ],
)
def test_a_text_is_named_by_its_readers_and_number(text: Text, name: str) -> None:
    assert rules.text_name(text) == name


# --- areas of need ------------------------------------------------------------------------------------
@pytest.mark.requirement("S2-33")
def test_there_are_exactly_four_areas_of_need() -> None:
    assert list(needs.AREAS_OF_NEED.values()) == [
        "communication and interaction",
        "cognition and learning",
        "social, emotional and mental health",
        "physical and/or sensory",
    ]


def test_tags_are_kept_in_the_order_of_the_list_each_once() -> None:
    assert needs.tags(["physical", "cognition", "physical"]) == "cognition physical"
    assert needs.names("cognition physical") == ("cognition and learning", "physical and/or sensory")
    assert (needs.tags([]), needs.names("")) == ("", ())


def test_no_other_area_is_taken() -> None:
    with pytest.raises(Refused, match="four areas"):
        needs.tags(["cognition", "behaviour"])
