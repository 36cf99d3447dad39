"""Word limits, fees, delivery, conflicts and unknowns."""

from collections.abc import Callable

import pytest

from goldenthread.catalogue.reading import read_specification
from goldenthread.catalogue.rules import (
    check_delivery,
    conflicts,
    delivery_mix,
    event_slots,
    unknowns,
    word_limit,
)
from goldenthread.catalogue.sourced import State
from goldenthread.catalogue.specification import Specification
from goldenthread.catalogue.structure import EventMode, Kind, Place, Timing
from goldenthread.common.refused import Refused
from tests.catalogue.texts import MADE_UP

Find = Callable[[str], Specification]
SPECIALIST = ["npqlt", "npqltd", "npqlbc"]
LEADERSHIP = ["npqsl", "npqh", "npqel"]


# --- words ------------------------------------------------------------------------------------------
@pytest.mark.parametrize("key", SPECIALIST)
def test_the_specialist_limit_is_1500_and_fixed(spec: Find, key: str) -> None:
    assert word_limit(spec(key)) == 1500
    assert word_limit(spec(key), 1500) == 1500
    with pytest.raises(Refused, match="1,500 words") as no:
        word_limit(spec(key), 2500)
    assert no.value.code == "words.fixed"


@pytest.mark.parametrize(("key", "line"), [("npqsl", 91), ("npqh", 82), ("npqel", 100)])
def test_the_leadership_limit_must_be_chosen(spec: Find, key: str, line: int) -> None:
    limit = spec(key).assessment.max_words
    assert limit.must_be_chosen
    assert limit.values.value is None
    assert [(choice.value, choice.source) for choice in limit.choices] == [
        (2500, (f"000:{line}",)),
        (1500, ("000:162",)),
    ]
    with pytest.raises(Refused) as no:
        word_limit(spec(key))
    assert no.value.code == "words.not_chosen"
    assert f"2,500 (000:{line})" in no.value.message
    assert "1,500 (000:162)" in no.value.message


@pytest.mark.parametrize("chosen", [1500, 2500])
def test_a_chosen_leadership_limit_counts(spec: Find, chosen: int) -> None:
    assert word_limit(spec("npqh"), chosen) == chosen


@pytest.mark.parametrize("chosen", [2000, 0, -1, 1501])
def test_a_limit_that_no_source_gives_is_refused(spec: Find, chosen: int) -> None:
    with pytest.raises(Refused) as no:
        word_limit(spec("npqel"), chosen)
    assert no.value.code == "words.not_offered"


def test_a_limit_that_is_unknown_is_none_until_it_is_set(spec: Find) -> None:
    legacy = spec("npqh-legacy-england")
    assert word_limit(legacy, task="task-1") is None
    assert word_limit(legacy, 5000, task="task-1") == 5000
    with pytest.raises(Refused):
        word_limit(legacy, 0, task="task-1")
    assert word_limit(spec("npqsl-legacy-international"), task="project") == 5000
    with pytest.raises(Refused, match="no task"):
        word_limit(legacy, task="task-3")


# --- delivery ---------------------------------------------------------------------------------------
@pytest.mark.requirement("S4-20")
def test_the_blend_of_npqlt_with_events_in_person(spec: Find) -> None:
    mix = delivery_mix(spec("npqlt"), EventMode.IN_PERSON)
    assert mix.minutes == {
        (Timing.SYNCHRONOUS, Place.ONLINE): 6 * 60,
        (Timing.SYNCHRONOUS, Place.IN_PERSON): 18 * 60,
        (Timing.ASYNCHRONOUS, Place.ONLINE): 32 * 60,
        (Timing.ASYNCHRONOUS, Place.SELF_STUDY): 18 * 60,
    }
    assert mix.total(Timing.SYNCHRONOUS) == 24 * 60
    assert mix.total(Timing.ASYNCHRONOUS) == 50 * 60
    assert mix.total() == 74 * 60


def test_the_blend_follows_the_event_mode_and_names_the_unknown(spec: Find) -> None:
    virtual = delivery_mix(spec("npqlt"))
    assert (Timing.SYNCHRONOUS, Place.IN_PERSON) not in virtual.minutes
    assert virtual.minutes[Timing.SYNCHRONOUS, Place.ONLINE] == 24 * 60
    unknown = delivery_mix(spec("npqh-legacy-england"))
    assert unknown.unknown_components == ("diagnostic", "events", "study")
    assert unknown.total() == 9 * 60


@pytest.mark.parametrize(("key", "days"), [("npqlt", 3), ("npqsl", 4), ("npqh", 5), ("npqel", 6)])
def test_reformed_event_days_have_six_hours(spec: Find, key: str, days: int) -> None:
    assert [(slot.number, slot.minutes) for slot in event_slots(spec(key))] == [
        (number, 360) for number in range(1, days + 1)
    ]


def test_legacy_npqsl_has_three_events_of_eight_hours(spec: Find) -> None:
    slots = event_slots(spec("npqsl-legacy-international"))
    assert [slot.minutes for slot in slots] == [480, 480, 480]
    assert len(spec("npqsl-legacy-international").component("events").parts) == 3


def test_legacy_npqh_has_five_events_of_unknown_length(spec: Find) -> None:
    assert [(slot.number, slot.minutes) for slot in event_slots(spec("npqh-legacy-england"))] == [
        (number, None) for number in range(1, 6)
    ]


def test_blended_npqlt_has_three_events_of_six_hours(spec: Find) -> None:
    england = spec("npqlt-reformed-england")
    assert [slot.minutes for slot in event_slots(england)] == [360, 360, 360]
    assert england.component("events").hours.derived
    assert england.delivery_model("blended").events_become == "events"
    assert england.delivery_model("online-only").events_become == "webinars"


def test_odd_minutes_of_events_are_not_lost() -> None:
    slots = event_slots(read_specification(MADE_UP))
    assert [slot.minutes for slot in slots] == [323, 323, 322, 322]


def test_blended_delivery_needs_all_four_parts(spec: Find) -> None:
    england = spec("npqlt-reformed-england")
    check_delivery(england, "blended", [Kind.EVENT, Kind.STUDY, Kind.WEBINAR, Kind.COACHING])
    with pytest.raises(Refused, match="webinars missing"):
        check_delivery(england, "blended", [Kind.EVENT, Kind.STUDY, Kind.COACHING])
    check_delivery(england, "online-only", [Kind.STUDY, Kind.WEBINAR, Kind.COACHING])


def test_the_delivery_models_are_never_merged(spec: Find) -> None:
    distance = spec("npqsl-legacy-international").delivery_model("distance")
    assert (distance.events_become, distance.days_per_event_day) == ("fortnights", 14)
    assert distance.tutor_required
    assert distance.by_time_zone
    online = spec("npqlt-reformed-england").delivery_model("online-only")
    assert online.tutor_required
    assert online.study_pack_per_event
    assert not online.by_time_zone
    england = spec("npqh-legacy-england").delivery_model("distance")
    assert not england.tutor_required
    assert not england.by_time_zone
    whole_school = spec("npqsl-legacy-international").delivery_model("whole-school")
    assert whole_school.private
    assert whole_school.one_invoice
    assert spec("npqsl-legacy-international").delivery_model("regional-centre").choose_centre
    assert not spec("npqlt").delivery_model("blended").stated


# --- unsettled --------------------------------------------------------------------------------------
def test_conflicts_carry_ids_sources_and_values(spec: Find) -> None:
    found = {conflict.id: conflict for conflict in conflicts(spec("npqh"))}
    assert list(found)[:3] == ["C-01", "C-02", "C-03"]
    assert found["C-01"].must_be_chosen
    assert [value.value for _, value in found["C-01"].values] == [2500, 1500]
    assert {value.state for _, value in found["C-01"].values} == {State.ALTERNATIVE}
    assert not found["C-02"].must_be_chosen
    assert ("stage[induction].hours", 60) in [(key, value.value) for key, value in found["C-02"].values]
    assert [c.id for c in conflicts(spec("npqlt")) if c.must_be_chosen] == []


def test_unknowns_name_the_figure_the_gap_and_what_happens_meanwhile(spec: Find) -> None:
    found = {item.what: item for item in unknowns(spec("npqh-legacy-england"))}
    assert found["hours of Online courses"].source == ("003:41",)
    assert found["hours of Online courses"].path == "component[study].hours"
    assert found["names of the 6 content areas and 7 leadership behaviours"].gap == "G-10"
    assert "fee" in found
    assert "max words of task-1" in found
    assert "hours of Performance coaching" not in found
    assert all(item.what for key in SPECIALIST + LEADERSHIP for item in unknowns(spec(key)))


def test_a_made_up_version_without_gaps_has_no_conflicts() -> None:
    assert conflicts(read_specification(MADE_UP)) == ()
