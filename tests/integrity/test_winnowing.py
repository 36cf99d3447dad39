"""Winnowing: what is always found, what never is, on two texts and on many."""

import random
from array import array

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from goldenthread.integrity import winnowing
from goldenthread.integrity.winnowing import GRAM, LEAST_WORDS, WINDOW, Numbers

SURE = GRAM + WINDOW - 1
RUNS = [(40,), (20, 20), (12, 28), (12, 12, 16), (13, 13, 14), (12, 12, 12, 12)]
UNSEEN = "\u00ad \u200b \u200d \u2060 \ufeff \ufe0f \u034f \u202e\u202c \U000e0041 \x01".split(" ")
VOCABULARY = [f"word{n}" for n in range(3_000)]


def prose(seed: int, words: int = 600) -> list[str]:
    return random.Random(seed).choices(VOCABULARY, k=words)


def prints(*texts: str) -> dict[int, "array[int]"]:
    numbers = Numbers()
    return {name: winnowing.fingerprint(text, numbers) for name, text in enumerate(texts)}


def shared(first: str, second: str, *quotable: str) -> winnowing.Shared:
    numbers = Numbers()
    one, other = (winnowing.taken_apart(text, numbers) for text in (first, second))
    return winnowing.shared_passages(one, other, winnowing.excluded_grams(quotable, numbers))


@settings(max_examples=60)
@given(st.integers(0, 10_000), st.integers(0, 580), st.integers(0, 580))
def test_a_passage_of_twelve_words_is_found_wherever_it_stands(seed: int, at: int, other_at: int) -> None:
    passage = random.Random(seed).choices(VOCABULARY, k=SURE)
    first, second = prose(seed + 1), prose(seed + 2)
    first[at:at] = passage
    second[other_at:other_at] = passage
    both = prints(" ".join(first), " ".join(second))
    assert set(both[0]) & set(both[1])


def test_strangers_share_nothing() -> None:
    found = winnowing.pairs_of(prints(*(" ".join(prose(seed)) for seed in range(30))))
    assert (found.pairs, found.common) == ({}, set())


def test_signs_case_layout_and_quotation_marks_hide_nothing() -> None:
    plain = " ".join(prose(1, 200)) + " don't café"
    dressed = plain.upper().replace(" ", ",\n  ").replace("'", "’")
    assert winnowing.tokens(plain) == winnowing.tokens(dressed)
    assert set(prints(plain)[0]) == set(prints(dressed)[0])


def test_a_text_beyond_the_western_alphabet_is_compared_with_one_inside_it() -> None:
    plain = "Café " + " ".join(prose(1, 200))
    both = prints(plain, plain + " 🙂 ŵ")
    assert len(set(both[0]) & set(both[1])) > 20
    assert shared(plain, plain + " 🙂 ŵ").words == 201


def hyphenated(text: str, sign: str) -> str:
    """The same to the eye: each word with `sign` after its second letter."""
    return " ".join(word[:2] + sign + word[2:] for word in text.split())


@pytest.mark.parametrize("sign", UNSEEN)
def test_nothing_invisible_within_words_hides_a_copy(sign: str) -> None:
    plain = " ".join(prose(1, 100))
    dressed = f"Mine. {hyphenated(plain, sign)} And on."
    found = shared(plain, dressed)
    assert (found.words, found.to_look_at) == (100, True)
    both = prints(plain, dressed)
    assert len(set(both[0]) & set(both[1])) >= winnowing.LEAST_SHARED
    ((start, end),) = found.second
    assert dressed[start:end].startswith("wo" + sign)
    assert end == len(dressed) - len(" And on.")


@pytest.mark.parametrize(
    ("plain", "dressed"),
    [
        ("capacity", "сарасіtу"),  # Cyrillic
        ("topic", "τορic"),  # Greek
        ("reading", "ｒｅａｄｉｎｇ"),
        ("reading", "𝐫𝐞𝐚𝐝𝐢𝐧𝐠"),
        ("first", "\ufb01rst"),
        ("cafe", "cafe\u0301"),
        ("café", "cafe"),
        ("SCHOOL", "ѕсһооӏ"),
        ("œuvre", "ŒUVRE"),
        ("Übung", "u\u0308bung"),
    ],
)
def test_lookalikes_and_other_forms_of_letters_are_the_same_word(plain: str, dressed: str) -> None:
    words = [word if isinstance(word, str) else word.decode("cp1252") for word in winnowing.tokens(plain)]
    others = [word if isinstance(word, str) else word.decode("cp1252") for word in winnowing.tokens(dressed)]
    assert words == others
    assert len(words) == 1


def test_a_blank_letter_parts_words_as_the_space_that_it_looks_like() -> None:
    assert list(winnowing.tokens("one\u3164two three")) == ["one", "two", "three"]


@settings(max_examples=200)
@given(st.text(st.characters(max_codepoint=0x17F, exclude_categories=["Cs"]), max_size=80))
def test_the_quick_way_and_the_other_find_the_same_words(text: str) -> None:
    quick = [word if isinstance(word, str) else word.decode("cp1252") for word in winnowing.tokens(text)]
    assert quick == [piece for piece, _, _ in winnowing._pieces(text)]


@settings(max_examples=60)
@given(
    st.integers(0, 10_000),
    st.sampled_from([(40,), (20, 20), (12, 28), (12, 12, 16), (13, 13, 14), (12, 12, 12, 12)]),
)
def test_forty_shared_words_make_a_question_in_however_many_runs(seed: int, runs: tuple[int, ...]) -> None:
    chance = random.Random(seed)
    copied = [chance.choices(VOCABULARY, k=length) for length in runs]
    first = [word for n, run in enumerate(copied) for word in [*prose(seed + n, 90), *run]]
    second = [word for n, run in enumerate(copied) for word in [*prose(seed + 50 + n, 70), *run]] + ["end"]
    found = winnowing.pairs_of(prints(" ".join(first), " ".join(second)))
    assert set(found.pairs) == {(0, 1)}
    assert shared(" ".join(first), " ".join(second)).words >= sum(runs)


def test_writing_without_spaces_is_compared_by_its_characters() -> None:
    signs = "".join(chr(0x4E00 + n) for n in range(300))
    first, second = signs[:200], "手" * 30 + signs[50:150]
    assert shared(first, second).words == 100
    both = prints(first, second)
    assert set(both[0]) & set(both[1])


@pytest.mark.parametrize("words", [0, 1, GRAM - 1, GRAM, GRAM + 1, SURE])
def test_short_texts_have_a_fingerprint_as_far_as_they_can(words: int) -> None:
    text = " ".join(prose(1, words))
    assert bool(prints(text)[0]) is (words >= GRAM)
    assert winnowing.unpacked(winnowing.packed(prints(text)[0])) == prints(text)[0]


def test_passages_are_given_by_their_places_in_each_text() -> None:
    passage = " ".join(prose(9, 50))
    first, second = f"Mine before. {passage} Mine after!", f"Other words {passage}"
    found = shared(first, second)
    assert found.words == 50
    assert found.to_look_at
    assert [first[a:b] for a, b in found.first] == [passage] == [second[a:b] for a, b in found.second]
    assert winnowing.marked(first, found.first) == [
        (False, "Mine before. "), (True, passage), (False, " Mine after!")
    ]  # fmt: skip


def test_short_runs_add_up_to_nothing() -> None:
    runs = [" ".join(prose(seed, 11)) for seed in range(10)]
    first = " aa ".join(runs)
    second = " bb ".join(runs)
    assert shared(first, second).words == 0


def test_what_both_quote_from_the_case_is_nobodys_copy() -> None:
    case = " ".join(prose(5, 400))
    quoted = " ".join(case.split()[100:180])
    said = "the case tells us that"
    first = f"{' '.join(prose(1))} {said} {quoted} {' '.join(prose(2))}"
    second = f"{' '.join(prose(3))} {said} {quoted} {' '.join(prose(4))}"
    assert shared(first, second).words == 80 + 5
    assert shared(first, second, case).words == 0
    numbers = Numbers()
    excluded = winnowing.excluded_grams([case], numbers)
    both = {name: winnowing.fingerprint(text, numbers) for name, text in enumerate((first, second))}
    assert winnowing.pairs_of(both, excluded=excluded).pairs == {}


def test_a_copy_beside_a_quotation_is_still_found() -> None:
    case, copied = " ".join(prose(5, 400)), " ".join(prose(6, 60))
    first = f"{' '.join(prose(1))} {case} {copied}"
    second = f"{' '.join(prose(2))} {copied} {case}"
    assert shared(first, second, case).words == 60


def test_what_many_have_is_no_sign_between_two_by_itself() -> None:
    phrase = " ".join(prose(77, 60))
    texts = [f"{' '.join(prose(seed))} {phrase}" for seed in range(30)]
    many = winnowing.pairs_of(prints(*texts))
    assert (many.pairs, many.crowded) == ({}, set(range(30)))
    few = winnowing.pairs_of(prints(*texts[:5], *(" ".join(prose(seed)) for seed in range(100, 125))))
    assert (len(few.pairs), few.crowded) == (10, set())


@pytest.mark.parametrize(("texts", "most"), [(2, 5), (15, 5), (30, 10), (75, 25), (14_000, 25)])
def test_how_many_may_share_before_it_is_common(texts: int, most: int) -> None:
    assert winnowing.most_owners(texts) == most


def test_pairs_are_only_those_with_a_text_of_the_window() -> None:
    passage = " ".join(prose(9, 60))
    texts = [f"{' '.join(prose(seed))} {passage}" for seed in range(3)]
    assert set(winnowing.pairs_of(prints(*texts), among={2}).pairs) == {(0, 2), (1, 2)}


@pytest.mark.parametrize("changed", [0, 1, 3])
def test_every_planted_tenth_is_found_and_no_quotation_of_the_case(changed: int) -> None:
    """Scripts of 1,500 words that all quote the case; a tenth of one is copied into another, some words changed."""
    chance = random.Random(4)
    case = " ".join(prose(1_000, 800))
    scripts = []
    for seed in range(60):
        words = prose(seed, 1_300)
        at = chance.randrange(0, 600)
        words[500:500] = case.split()[at : at + 200]
        scripts.append(words)
    planted = [(2 * n, 2 * n + 1) for n in range(10)]
    for source, target in planted:
        copy = scripts[source][900:1_050]
        for place in range(changed):
            copy[30 + 40 * place] = f"changed{target}{place}"
        scripts[target][0:150] = copy
    texts = [" ".join(words) for words in scripts]
    numbers = Numbers()
    excluded = winnowing.excluded_grams([case], numbers)
    apart = [winnowing.taken_apart(text, numbers) for text in texts]
    kept = {name: winnowing.fingerprint(text, numbers) for name, text in enumerate(texts)}
    candidates = winnowing.pairs_of(kept, excluded=excluded).pairs
    found = {
        pair
        for pair in candidates
        if winnowing.shared_passages(apart[pair[0]], apart[pair[1]], excluded).words >= LEAST_WORDS
    }
    assert found == set(planted)
