"""The draw of a sample, without a database."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from goldenthread.common.refused import Refused
from goldenthread.moderation import sampling
from goldenthread.moderation.sampling import Marked, Sample, Short, Terms

PASS = 12  # marks; marks of scripts are in half marks
NEAR = Terms(share_percent=0, below=2, above=2)


def marked(number: int, half_marks: int, *markers: int, third: bool = False) -> Marked:
    return Marked(number, f"K{number:05d}", half_marks, frozenset(markers or (1, 2)), third)


def draw(*scripts: Marked, terms: Terms = NEAR, seed: str = "seed") -> Sample:
    return sampling.draw(scripts, terms, seed=seed, pass_mark=PASS)


def reasons(sample: Sample) -> dict[int, tuple[str, ...]]:
    return {one.script: one.reasons for one in sample.drawn}


@pytest.mark.parametrize(("half_marks", "expected"), [
    (0, ("below the pass mark",)),
    (19, ("below the pass mark",)),
    (20, ("within 2 marks of the pass mark", "below the pass mark")),
    (23, ("within 2 marks of the pass mark", "below the pass mark")),
    (24, ("within 2 marks of the pass mark",)),
    (28, ("within 2 marks of the pass mark",)),
])  # fmt: skip
def test_borderline_scripts_and_fails_are_always_in(half_marks: int, expected: tuple[str, ...]) -> None:
    assert reasons(draw(marked(1, half_marks))) == {1: expected}


@pytest.mark.parametrize(("below", "above", "half_marks", "within"), [
    (1, 5, 34, True), (1, 5, 35, False), (1, 5, 22, True), (1, 5, 21, False), (4, 0, 25, False), (4, 0, 16, True),
])  # fmt: skip
def test_a_band_may_reach_further_on_one_side(below: int, above: int, half_marks: int, within: bool) -> None:
    terms = Terms(share_percent=0, below=below, above=above, every_fail=False, each_least=0)
    assert bool(draw(marked(1, half_marks), terms=terms).drawn) is within


def test_fails_far_from_the_pass_mark_stay_out_where_the_rules_say_so() -> None:
    terms = Terms(share_percent=0, below=2, above=2, every_fail=False, each_least=0)
    assert list(reasons(draw(marked(1, 4), marked(2, 20), terms=terms))) == [2]


def test_what_a_third_marker_decided_is_always_in() -> None:
    terms = Terms(share_percent=0, every_fail=False, each_least=0)
    assert reasons(draw(marked(1, 40, 1, 2, 3, third=True), terms=terms)) == {
        1: ("decided by a third marker",)
    }


@pytest.mark.parametrize(
    ("count", "percent", "lucky"), [(22, 10, 3), (20, 10, 2), (1, 1, 1), (7, 100, 7), (9, 0, 0)]
)
def test_the_share_is_of_all_and_rounded_up(count: int, percent: int, lucky: int) -> None:
    terms = Terms(share_percent=percent, each_least=0)
    sample = draw(*(marked(n, 0 if n < 3 else 40) for n in range(count)), terms=terms)
    assert sample.by_rule.get("drawn by lot", 0) == lucky


def test_of_each_marker_there_are_as_many_as_the_rules_ask() -> None:
    scripts = [marked(n, 40, 1 + n % 2, 3) for n in range(20)]
    sample = draw(*scripts, terms=Terms(share_percent=0, each_least=2, each_percent=40))
    there = [script for script in scripts if script.script in reasons(sample)]
    assert sum(1 in s.markers for s in there) >= 4
    assert sum(2 in s.markers for s in there) >= 4
    assert sum(3 in s.markers for s in there) >= 8
    assert sample.short == ()


def test_a_marker_with_too_few_scripts_has_all_of_them_in_and_is_named() -> None:
    sample = draw(marked(1, 40, 1, 2), marked(2, 40, 1, 3), terms=Terms(share_percent=0, each_least=2))
    assert set(reasons(sample)) == {1, 2}
    assert sample.short == (Short(2, 1, 2), Short(3, 1, 2))


def test_overlaps_are_named_with_their_number() -> None:
    sample = draw(marked(1, 20, third=True), marked(2, 20, third=True), marked(3, 2))
    assert sample.overlaps == {
        ("within 2 marks of the pass mark", "below the pass mark", "decided by a third marker"): 2
    }
    assert sample.by_rule == {
        "within 2 marks of the pass mark": 2, "below the pass mark": 3, "decided by a third marker": 2,
    }  # fmt: skip


def test_another_seed_draws_others() -> None:
    scripts = [marked(n, 40) for n in range(40)]
    assert reasons(draw(*scripts, seed="a", terms=Terms())) != reasons(
        draw(*scripts, seed="b", terms=Terms())
    )


TERMS = st.builds(
    Terms,
    share_percent=st.integers(0, 100), below=st.integers(0, 6), above=st.integers(0, 6), every_fail=st.booleans(),
    each_least=st.integers(0, 4), each_percent=st.integers(0, 100),
)  # fmt: skip
SCRIPTS = st.lists(
    st.tuples(st.integers(0, 40), st.frozensets(st.integers(1, 5), min_size=2, max_size=3)), max_size=40
).map(
    lambda rows: [Marked(n, f"K{n:05d}", half, who, len(who) == 3) for n, (half, who) in enumerate(rows)]
)  # fmt: skip


@settings(max_examples=150)
@given(SCRIPTS, TERMS, st.text(max_size=8), st.randoms())
def test_a_sample_keeps_its_rules_and_can_be_drawn_again(
    scripts: list[Marked], terms: Terms, seed: str, random: object
) -> None:
    sample = draw(*scripts, terms=terms, seed=seed)
    there = set(reasons(sample))
    kept = sampling.from_kept(sampling.kept(scripts))
    random.shuffle(kept)  # type: ignore[attr-defined]
    assert draw(*kept, terms=sampling.terms_from(terms.as_dict()), seed=seed) == sample
    for one in scripts:
        distance = one.half_marks - 2 * PASS
        borderline = -2 * terms.below <= distance <= 2 * terms.above
        if borderline or one.third or (terms.every_fail and distance < 0):
            assert one.script in there
    assert len(there) >= len(scripts) * terms.share_percent / 100
    short = {one.marker: one for one in sample.short}
    for marker in {m for one in scripts for m in one.markers}:
        theirs = [one for one in scripts if marker in one.markers]
        wanted = max(terms.each_least, -(-len(theirs) * terms.each_percent // 100))
        drawn = sum(one.script in there for one in theirs)
        if marker in short:
            assert drawn == len(theirs) == short[marker].has < short[marker].wanted == wanted
        else:
            assert drawn >= wanted


@settings(max_examples=150)
@given(SCRIPTS, st.lists(st.integers(0, 40), max_size=3), TERMS, st.text(max_size=8))
def test_a_completed_draw_keeps_what_was_drawn_and_has_what_always_has_to_be_in(
    scripts: list[Marked], cuts: list[int], terms: Terms, seed: str
) -> None:
    ends = [*sorted(min(cut, len(scripts)) for cut in cuts), len(scripts)]
    pieces = [scripts[start:end] for start, end in zip([0, *ends], ends, strict=False)]
    first, later = pieces[0], pieces[1:]
    sample = sampling.completed(first, later, terms, seed=seed, pass_mark=PASS)
    there = reasons(sample)
    assert sample == sampling.completed(
        reversed(first), [reversed(piece) for piece in later], terms, seed=seed, pass_mark=PASS
    )
    assert there.items() >= reasons(draw(*first, terms=terms, seed=seed)).items()
    if not later:
        assert sample == draw(*first, terms=terms, seed=seed)
    if later:
        shorter = sampling.completed(first, later[:-1], terms, seed=seed, pass_mark=PASS)
        assert there.items() >= reasons(shorter).items()
    whole = reasons(draw(*scripts, terms=terms, seed=seed))
    assert {one for one, why in whole.items() if why != ("for each marker",)} <= set(there)
    short = {one.marker for one in sample.short}
    for marker in {m for one in scripts for m in one.markers}:
        theirs = [one for one in scripts if marker in one.markers]
        wanted = max(terms.each_least, -(-len(theirs) * terms.each_percent // 100))
        inside = sum(one.script in there for one in theirs)
        assert inside >= wanted or (marker in short and inside == len(theirs))


@pytest.mark.parametrize(("field", "value"), [
    ("share_percent", -1), ("share_percent", 101), ("each_percent", 101), ("below", 1), ("above", 21),
    ("each_least", -1), ("each_least", 101),
])  # fmt: skip
def test_rules_out_of_range_are_refused_at_their_field(field: str, value: int) -> None:
    given = {"below": 2, "above": 2, field: value}
    with pytest.raises(Refused) as refused:
        sampling.check_terms(Terms(**given), tolerance=2, most=20)
    assert refused.value.field == field


@pytest.mark.parametrize(("drawn", "finished", "released", "code"), [
    (True, True, False, "sample.drawn"), (True, False, False, "sample.drawn"), (False, True, False, "sample.marked"),
    (False, False, True, "sample.released"), (False, True, True, "sample.released"), (True, True, True, "sample.drawn"),
])  # fmt: skip
def test_rules_are_not_fitted_to_marks(drawn: bool, finished: bool, released: bool, code: str) -> None:
    with pytest.raises(Refused) as refused:
        sampling.check_can_set(drawn=drawn, marked=finished, released=released)
    assert refused.value.code == code


@pytest.mark.parametrize(("half_marks", "single", "every_fail", "expected"), [
    (18, True, False, ("below the pass mark by one marker alone",)),
    (2, True, False, ("below the pass mark by one marker alone",)),
    (18, True, True, ("below the pass mark",)),
    (18, False, False, None),
    (40, True, False, None),
])  # fmt: skip
def test_a_fail_that_one_marker_alone_gave_is_always_in(
    half_marks: int, single: bool, every_fail: bool, expected: tuple[str, ...] | None
) -> None:
    terms = Terms(share_percent=0, below=2, above=2, every_fail=every_fail, each_least=0)
    one = Marked(1, "K00001", half_marks, frozenset({1}), single=single)
    assert reasons(draw(one, terms=terms)).get(1) == expected


def test_a_draw_that_was_kept_before_single_markings_were_told_apart_is_the_same_again() -> None:
    terms = Terms(share_percent=0, below=2, above=2, every_fail=False, each_least=0)
    [old] = sampling.from_kept([["K00001", 1, 4, [1], False]])
    assert not draw(old, terms=terms).drawn
    new = Marked(1, "K00001", 4, frozenset({1}), single=True)
    assert sampling.from_kept(sampling.kept([new])) == [new]


@pytest.mark.parametrize(("half_marks", "off", "expected"), [
    (40, 0, None),
    (40, 11, None),  # 29 half marks count: over the band
    (40, 12, ("near where the result turns",)),
    (40, 40, ("near where the result turns",)),  # from above the band to below it: what two people let go lies between
    (28, 4, ("within 2 marks of the pass mark",)),
    (23, 4, ("within 2 marks of the pass mark", "below the pass mark")),
    (10, 4, ("below the pass mark",)),
])  # fmt: skip
def test_what_too_many_words_bring_to_the_pass_mark_is_looked_at(
    half_marks: int, off: int, expected: tuple[str, ...] | None
) -> None:
    terms = Terms(share_percent=0, below=2, above=2, each_least=0)
    one = Marked(1, "K00001", half_marks, frozenset({1, 2}), off=off)
    assert reasons(draw(one, terms=terms)).get(1) == expected
    assert sampling.from_kept(sampling.kept([one])) == [one]


def test_a_draw_that_was_kept_before_lengths_were_asked_is_the_same_again() -> None:
    [old] = sampling.from_kept([["K00001", 1, 40, [1], False, False]])
    assert not draw(old, terms=Terms(share_percent=0, below=2, above=2, each_least=0)).drawn
