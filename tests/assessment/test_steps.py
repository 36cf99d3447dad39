"""The log of writing, as plain rules: changes that can be undone, in code points, with the hash before and after."""

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from goldenthread.assessment.rules import steps as log
from goldenthread.assessment.rules.steps import DoesNotFit, How, Step
from goldenthread.common.refused import Refused

AT = datetime(2025, 10, 8, 12, 0, tzinfo=UTC)
EMOJI = "\U0001f642"  # one code point, two UTF-16 units, four bytes
FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"  # five code points that look like one
ACCENT = "e\u0301"  # a letter and a combining accent: two, and not the same as \u00e9
ODD = (
    "",
    "a",
    "plain",
    f"{EMOJI}",
    f"a{EMOJI}b",
    FAMILY,
    ACCENT,
    "\u00e9",
    "line\nline\n",
    "\u0627\u0644\u0642\u0631\u0627\u0621\u0629",
)


def step(
    old: str, new: str, *, number: int = 1, part: str = "", how: How = How.TYPED, at: datetime = AT
) -> Step:
    (found,) = log.changes({part: old}, {part: new}, after=number - 1, how=how, at=at)
    return found


@pytest.mark.parametrize("old", ODD)
@pytest.mark.parametrize("new", ODD)
def test_a_step_leads_from_any_text_to_any_other_and_back(old: str, new: str) -> None:
    if old == new:
        return
    one = step(old, new)
    assert log.apply(old, one) == new
    assert log.apply(new, log.reverse(one)) == old
    assert log.reverse(log.reverse(one)) == one


def test_a_step_says_no_more_than_what_changed_and_where_in_code_points() -> None:
    assert log.between(f"{EMOJI}{EMOJI} reads", f"{EMOJI}{EMOJI} still reads") == (3, "", "still ")
    assert log.between("aaa", "aaaa") == (3, "", "a")
    assert log.between(f"x{ACCENT}", "xe") == (2, "\u0301", "")
    assert log.between("\U0001f642", "\U0001f643") == (0, "\U0001f642", "\U0001f643")  # not a half of either


def test_a_draft_is_what_its_steps_give_forward_and_back_however_it_was_written() -> None:
    chance = random.Random(7)
    texts: dict[str, str] = {}
    written: list[Step] = []
    stages: list[dict[str, str]] = [{}]
    for number in range(1, 120):
        part = chance.choice(["problem", "solution"])
        old = texts.get(part, "")
        cut = chance.randint(0, len(old))
        new = old[:cut] + chance.choice([*ODD, "word "]) + old[cut + chance.randint(0, 3) :]
        if new == old:
            continue
        written.append(step(old, new, number=len(written) + 1, part=part, at=AT + timedelta(seconds=number)))
        texts = {**texts, part: new}
        stages.append(texts)
    assert log.follow({}, written) == texts
    assert list(log.faults(written, texts, revision=len(written))) == []
    for place in (0, 1, len(written) // 2, len(written) - 1):
        before = {part: text for part, text in log.undo(texts, written[place:]).items() if text}
        assert before == {part: text for part, text in stages[place].items() if text}


def test_many_steps_come_to_one_for_each_part_that_differs_in_the_end() -> None:
    written = [step("", "Red", number=1, part="a"), step("Red", "Read", number=2, part="a")]
    written += [step("", "x", number=3, part="b"), step("x", "", number=4, part="b")]
    (net,) = log.compose({}, written)
    assert (net.part, net.removed, net.inserted, net.number) == ("a", "", "Read", 4)
    assert log.compose({}, []) == []


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"before": "0" * 64}, "before"),
        ({"position": 6}, "after"),
        ({"position": 10**9}, "place"),
        ({"position": -1}, "place"),
        ({"removed": "other"}, "place"),
        ({"inserted": "more "}, "after"),
        ({"after": "0" * 64}, "after"),
    ],
)
def test_a_step_that_is_none_of_this_text_does_not_fit(change: dict[str, object], what: str) -> None:
    good = step("We read.", "We re-read.")
    with pytest.raises(DoesNotFit) as caught:
        log.apply("We read.", replace(good, **change))  # type: ignore[arg-type]
    assert caught.value.what == what


def test_what_a_browser_sends_is_in_order_of_known_parts_and_not_too_much() -> None:
    one, two = step("", "a"), step("a", "ab", number=2)
    log.check_sequence([one, two], keys=("",))
    for odd in (
        [],
        [two, one],
        [one, one],
        [one, replace(two, number=3)],
        [replace(one, part="elsewhere")],
        [replace(one, number=0)],
        [replace(one, how=How.RESTORED)],
        [replace(one, number=n) for n in range(1, log.MOST_STEPS + 2)],
    ):
        with pytest.raises(Refused) as refused:
            log.check_sequence(odd, keys=("",))
        assert refused.value.code == "steps.unfit"


def test_a_log_that_was_tampered_with_is_told_at_the_step() -> None:
    texts = ["", "One", "One two", "One two three"]
    written = [step(a, b, number=n) for n, (a, b) in enumerate(pairwise(texts), start=1)]
    draft = {"": "One two three"}

    def told(steps: list[Step], draft: dict[str, str] = draft, revision: int = 3) -> list[int]:
        return [fault.number for fault in log.faults(steps, draft, revision=revision)]

    assert told(written) == []
    assert told([written[0], written[2]]) == [3]
    assert told(written[1:]) == [2]
    assert told([written[0], replace(written[1], inserted=" six"), written[2]]) == [2]
    forged = step("One", "One six", number=2)
    assert told([written[0], forged, written[2]]) == [3]
    assert told(written, {"": "Something else"}) == [0]
    assert told(written[:2]) == [0, 0]
    assert told([], {}, 0) == []


def test_totals_tell_what_was_typed_pasted_and_removed_and_what_came_at_once() -> None:
    written = [
        step("", "We ", number=1),
        step("We ", "We " + "x" * 500, number=2, how=How.PASTED),
        step("We " + "x" * 500, "We ", number=3),
        step("We ", "Taken back", number=4, how=How.RESTORED),
    ]
    found = log.totals(written)
    assert (found.steps, found.typed, found.pasted, found.removed, found.large) == (4, 3, 500, 503, 1)
    assert found.other == len("Taken back")


def test_a_pause_and_a_text_from_elsewhere_begin_another_stretch() -> None:
    def at(minutes: int) -> datetime:
        return AT + timedelta(minutes=minutes)

    one, two = step("", "a", at=at(0)), step("a", "ab", number=2, at=at(10))
    late, found = (
        step("ab", "abc", number=3, at=at(21)),
        step("abc", "x", number=4, how=How.DEVICE, at=at(22)),
    )
    after = step("x", "xy", number=5, at=at(23))
    assert [[s.number for s in some] for some in log.stretches([one, two, late, found, after])] == [
        [1, 2],
        [3],
        [4],
        [5],
    ]


def test_before_much_is_removed_a_stretch_ends_so_that_what_was_there_can_be_read() -> None:
    long = "x" * log.LARGE
    some = [
        step("", long),
        step(long, long + "y", number=2),
        step(long + "y", "y", number=3),
        step("y", "yz", number=4),
    ]
    assert [[s.number for s in one] for one in log.stretches(some)] == [[1, 2], [3, 4]]


def test_steps_go_when_everything_is_over_and_their_days_have_passed() -> None:
    day = timedelta(days=1)
    assert not log.may_go(settled_at=None, days=0, at=AT)
    assert not log.may_go(settled_at=AT, days=365, at=AT + 365 * day - timedelta(seconds=1))
    assert log.may_go(settled_at=AT, days=365, at=AT + 365 * day)
