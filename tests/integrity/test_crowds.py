"""What so many have that it counts as common, and is too long for a phrase: each who has it is in one group."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from goldenthread.integrity import crowds, rules, winnowing
from goldenthread.integrity.winnowing import Numbers
from tests.integrity.test_winnowing import VOCABULARY, prints, prose


def found_in(texts: list[str], *quotable: str) -> crowds.Crowds:
    numbers = Numbers()
    excluded = winnowing.excluded_grams(quotable, numbers)
    found = winnowing.pairs_of(prints(*texts), excluded=excluded)
    apart = [winnowing.taken_apart(text, numbers) for text in texts]
    made = crowds.crowds_of(((name, apart[name]) for name in sorted(found.crowded)), found.common, excluded)
    left_out = excluded | (found.common - made.numbers)
    pairs = {
        (first, second)
        for first, second in made.pairs | set(found.pairs)
        if winnowing.shared_passages(apart[first], apart[second], left_out).to_look_at
    }
    assert made.pairs <= pairs
    return crowds.Crowds(pairs, made.numbers)


def groups_in(pairs: set[tuple[int, int]]) -> list[set[int]]:
    named = list(enumerate(sorted(pairs)))
    by_number = dict(named)
    joined = rules.connected((number, *pair) for number, pair in named)
    return [{name for number in numbers for name in by_number[number]} for numbers in joined]


@pytest.mark.parametrize(
    ("same", "among"), [(5, 15), (6, 15), (15, 15), (20, 60), (21, 60), (60, 60), (25, 100), (26, 100)]
)
def test_identical_texts_are_one_group_however_many_have_them(same: int, among: int) -> None:
    copy = " ".join(prose(7, 300))
    texts = [copy] * same + [" ".join(prose(100 + seed, 300)) for seed in range(among - same)]
    found = found_in(texts)
    assert groups_in(found.pairs) == [set(range(same))]
    if same > winnowing.most_owners(among):
        assert len(found.pairs) <= 2 * same
        for gone in range(same):  # a case about any one of them leaves the others in a question
            rest = {pair for pair in found.pairs if gone not in pair}
            assert {name for pair in rest for name in pair} == set(range(same)) - {gone}


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.integers(6, 14), st.integers(0, 16), st.integers(40, 80))
def test_whoever_has_a_long_passage_is_in_the_group(seed: int, same: int, more: int, length: int) -> None:
    """Wherever it stands in their texts, and whatever else they have."""
    chance = random.Random(seed)
    passage = chance.choices(VOCABULARY, k=length)
    texts = [prose(seed + 1 + n, 200) for n in range(same + more)]
    has = sorted(chance.sample(range(same + more), k=same))
    for name in has:
        at = chance.randrange(200)
        texts[name][at:at] = passage
    assert groups_in(found_in([" ".join(words) for words in texts]).pairs) == [set(has)]


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.integers(6, 30), st.integers(1, 12))
def test_short_phrases_make_no_pair_however_many_have_them(seed: int, same: int, phrases: int) -> None:
    said = [" ".join(prose(50_000 + seed + n, 11)) for n in range(phrases)]
    texts = [
        " ".join(f"{' '.join(prose(seed + 100 * n + m, 40))} {phrase}" for m, phrase in enumerate(said))
        for n in range(same)
    ]
    assert found_in(texts).pairs == set()


@pytest.mark.parametrize(
    ("length", "pieces", "asked"),
    [(30, 1, False), (39, 1, False), (40, 1, True), (25, 2, False), (25, 3, True)],
)
def test_how_much_is_no_phrase_any_more(length: int, pieces: int, asked: bool) -> None:
    """In a row 40 words; in pieces a twentieth: 75 of 1,500."""
    said = [" ".join(prose(900 + n, length)) for n in range(pieces)]
    texts = [
        " ".join(
            [
                *(f"{' '.join(prose(10 * n + m, 100))} {one}" for m, one in enumerate(said)),
                *prose(5_000 + n, 1_500 - pieces * (100 + length)),
            ]
        )
        for n in range(10)
    ]
    assert bool(found_in(texts).pairs) is asked


def test_a_copy_in_which_each_changes_a_word_here_and_there_is_found() -> None:
    copy = prose(7, 600)
    texts = []
    for n in range(30):
        own = list(copy)
        for place in range(n, 600, 30):
            own[place] = f"mine{n}of{place}"
        texts.append(" ".join(own))
    assert groups_in(found_in(texts).pairs) == [set(range(30))]


def test_what_many_quote_from_the_case_makes_no_pair() -> None:
    case = " ".join(prose(5, 400))
    quoted = " ".join(case.split()[100:200])
    texts = [f"{' '.join(prose(100 + n))} {quoted} {' '.join(prose(200 + n))}" for n in range(30)]
    assert found_in(texts, case).pairs == set()


def test_two_copies_that_many_have_are_two_groups() -> None:
    one, other = (" ".join(prose(seed, 300)) for seed in (7, 8))
    assert groups_in(found_in([one] * 12 + [other] * 12).pairs) == [set(range(12)), set(range(12, 24))]


def test_a_pair_has_one_of_the_window_and_never_one_writer_twice() -> None:
    copy = " ".join(prose(7, 300))
    numbers = Numbers()
    found = winnowing.pairs_of(prints(*[copy] * 10))
    texts = [(name, winnowing.taken_apart(copy, numbers)) for name in range(10)]
    writers = {name: name % 9 for name in range(10)}  # the first and the last are of one person
    made = crowds.crowds_of(texts, found.common, among={0, 1}, writers=writers)
    assert all(pair[0] in {0, 1} or pair[1] in {0, 1} for pair in made.pairs)
    assert (0, 9) not in made.pairs
    assert {0, 1} <= {name for pair in made.pairs for name in pair}


def test_whoever_shares_enough_of_what_is_going_round_is_found() -> None:
    """Forty pieces of twenty words; each of many scripts has five of them, and four are enough."""
    chance = random.Random(1)
    pieces = [" ".join(prose(60_000 + n, 20)) for n in range(40)]
    had = [chance.sample(range(40), k=5) for _ in range(600)]
    texts = [
        f"{' '.join(prose(n, 1_400))} {' so '.join(pieces[one] for one in some)}"
        for n, some in enumerate(had)
    ]
    found = {name for pair in found_in(texts).pairs for name in pair}
    sure = {
        name
        for name, some in enumerate(had)
        if any(len({*some} & {*other}) >= 4 for place, other in enumerate(had) if place != name)
    }
    assert sure
    assert sure <= found
