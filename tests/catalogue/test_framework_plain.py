"""Plain text as people type, copy and wrap it: what numbers what, and which numbers are part of a sentence."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goldenthread.catalogue.framework_source import FrameworkTextError
from tests.catalogue.framework_sample import parsed

# However busy the machine is.


def plain(that: str, how: str = "") -> str:
    return f"NPQLC\nVoices\nLearn that…\n{that}\n" + (f"Learn how to…\n{how}\n" if how else "")


def statements(text: str) -> list[tuple[int, str, bool]]:
    (area, *_) = parsed(text).areas
    return [(one.number, one.text, one.complete) for one in area.learn_that]


def groups(text: str) -> list[tuple[str, list[str]]]:
    """Headings with their bullets; all of them whole."""
    (area, *_) = parsed(text).areas
    assert all(one.complete and all(bullet.complete for bullet in one.bullets) for one in area.learn_how_to)
    return [(one.heading, [bullet.text for bullet in one.bullets]) for one in area.learn_how_to]


def notes(text: str) -> str:
    return "\n".join(str(note) for note in parsed(text).warnings)


TWO = [(1, "Air moves.", True), (2, "Air stays.", True)]


# --- numbers of statements ---------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "that",
    [
        "1. Air moves.\n2. Air stays.",
        "1. Air moves.\n\n2. Air stays.\n\n",
        "1. Air\nmoves.\n2. Air\nstays.",
        "1. Air moves.\x0b2. Air stays.",
        "1. Air mo\u00adves.\u20282.\u00a0Air\u2029stays.",
        "1. Air moves.\r2. Air stays.\r",
        "1. Air moves.\r\n2. Air stays.\r\n",
        "1.\tAir moves.\n2.\tAir stays.",
        "\t1. Air moves.\n\t2. Air stays.",
        "1.\nAir moves.\n2.\nAir stays.",
        "1.Air moves.\n2.Air stays.",
        "01. Air moves.\n02. Air stays.",
        "1) Air moves.\n2) Air stays.",
        "(1) Air moves.\n(2) Air stays.",
        "1 Air moves.\n2 Air stays.",
        "1 – Air moves.\n2 – Air stays.",
        "i. Air moves.\nii. Air stays.",
        "I) Air moves.\nII) Air stays.",
        "(i) Air moves.\n(ii) Air stays.",
    ],
)
def test_numbered_lines_are_statements_whatever_stands_beside_and_between_them(that: str) -> None:
    assert statements(plain(that)) == TWO
    assert statements(plain(that, "Sing by:\n- Counting.")) == TWO


def test_a_row_that_begins_at_three_keeps_its_numbers_and_the_gap_is_known() -> None:
    text = plain("3. Air moves.\n4. Air stays.")
    assert statements(text) == [(3, "Air moves.", True), (4, "Air stays.", True)]
    assert parsed(text).areas[0].missing == (1, 2)
    assert (
        statements(plain("iii. Air moves.\niv. Air stays."))[0][2] is False
    )  # no row of numerals: for a person


@pytest.mark.parametrize(
    "sentence",
    [
        "Choirs fill halls with at least\n30 pupils who listen.",
        "Choirs fill halls with at least\n30. Pupils who listen stay.",
        "Choirs sing by the end of Year\n6. Pupils listen.",
        "Choirs sing until they are\n2 years old.",
        "Choirs fill halls (of at least\n2) and more.",
        "Choirs were there in\n1970. Many joined.",
        "Choirs use (e.g.\n3 or\n4) voices.",
        "Air has kinds:\n1) Warm.\n2) Cold.",
        "Air has kinds:\na. warm;\nb. cold.",
        "Choirs sing in\nMark 4. Then all rest.",
    ],
)
def test_a_number_inside_a_sentence_begins_no_statement_wherever_the_line_is_wrapped(sentence: str) -> None:
    found = statements(plain(f"1. {sentence}\n2. Air stays."))
    assert found == [(1, " ".join(sentence.split()), True), (2, "Air stays.", True)]


@pytest.mark.parametrize(
    ("that", "fragments"),
    [
        (
            "1. Choirs fill halls with at least\n2. Pupils listen.\n3. Air stays.",
            [1, 2],
        ),  # an amount, or cut off?
        ("1. Air moves.\n2) Air stays.\n3. Air rests.", [1]),
        ("1. Air has kinds:\n1. Warm.\n2. Cold.\n2. Air stays.", [1, 2]),
        ("Air moves.\nAir stays.", [1]),
        ("- Air moves.\n- Air stays.", [1]),
        ("1.1 Air moves.\n1.2 Air stays.", [1]),
        ("1 Air moves\n3 Air stays.", [1]),
        ("i. Air moves.", [1]),
    ],
)
def test_what_may_be_read_two_ways_is_kept_as_fragments(that: str, fragments: list[int]) -> None:
    found = statements(plain(that))
    assert [number for number, _, complete in found if not complete] == fragments
    whole = " ".join(text for _, text, _ in found)
    assert all(word in whole for word in ("Air", that.split()[-1]))  # nothing is lost


def test_a_column_without_any_number_says_so() -> None:
    assert "no number stands in this column" in notes(plain("Air moves.\nAir stays."))


# --- numbers below "learn how to" -------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("how", "found"),
    [
        ("Plan in 3 stages by:\n- Doing 2 things.", [("Plan in 3 stages by:", ["Doing 2 things."])]),
        ("Plan in\n3 stages by:\n- One.", [("Plan in 3 stages by:", ["One."])]),
        ("Plan by:\n- Taking at least\n3 breaths.", [("Plan by:", ["Taking at least 3 breaths."])]),
        (
            "Plan by:\n- Steps:\n1. Measure.\n2. Cut.\n- Rest.",
            [("Plan by:", ["Steps: 1. Measure. 2. Cut.", "Rest."])],
        ),
        (
            "Plan by:\n- Doing all\nof these:\n1. Measure.\n2. Cut.\n- Rest.",
            [("Plan by:", ["Doing all of these: 1. Measure. 2. Cut.", "Rest."])],
        ),
        (
            "Plan by:\n- Steps:\n  - Measure.\n  - Cut.\n- Rest.",
            [("Plan by:", ["Steps:", "Measure.", "Cut.", "Rest."])],
        ),
        (
            "Plan by:\n1. Measure.\n2. Cut at\n3 places.\nShare by:\n1. Telling.\n2. Asking.",
            [("Plan by:", ["Measure.", "Cut at 3 places."]), ("Share by:", ["Telling.", "Asking."])],
        ),
        (
            "1. Help singers\nsing together by:\n- Counting.\n2. Share bread by:\n- Cutting it.",
            [("Help singers sing together by:", ["Counting."]), ("Share bread by:", ["Cutting it."])],
        ),
        ("\tPlan by:\n\t●\tMeasure.\n\t●\tCut.", [("Plan by:", ["Measure.", "Cut."])]),
    ],
)
@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_no_number_below_learn_how_to_becomes_a_statement(
    how: str, found: list[tuple[str, list[str]]], ends: str
) -> None:
    text = plain("1. Air moves.\n2. Air stays.", how)
    assert groups(text.replace("\n", ends)) == found
    assert statements(text) == TWO
    cells = " ".join(how.replace("- ", "● ").split())
    barred = f"NPQLC\nVoices | |\nLearn that… | Learn how to… |\n1. Air moves. 2. Air stays. | {cells} |\n"
    assert statements(barred) == TWO
    assert groups(barred) == found


# --- columns ------------------------------------------------------------------------------------------------------
def test_either_column_may_stand_first_or_alone_in_plain_text() -> None:
    text = (
        "NPQLC\nVoices\nLearn how to…\nSing by:\n- Counting.\nLearn that…\n1. Air moves.\n2. Air stays.\n"
        "Breath\nLearn that…\n1. Air rests.\nRehearsal\nLearn how to…\nBegin by:\n- Ending.\n"
    )
    assert statements(text) == TWO
    voices, breath, rehearsal = parsed(text).own
    assert [one.heading for one in voices.learn_how_to] == ["Sing by:"]
    assert (breath.complete, breath.learn_how_to) == ((1,), ())
    assert [one.heading for one in rehearsal.learn_how_to] == ["Begin by:"]


def test_cells_may_be_divided_by_tabs_as_they_come_out_of_a_word_processor() -> None:
    text = (
        "NPQLC\nVoices\nLearn that…\tLearn how to…\n1.\tAir moves.\n2.\tAir stays.\tSing by:\n●\tCounting.\n"
        "●\tResting.\n"
        "Breath\nLearn that…\tLearn how to…\n1. Air rests (now).\tBlow by:\n"
    )
    assert statements(text) == TWO
    voices, breath = parsed(text).own
    assert [[b.text for b in one.bullets] for one in voices.learn_how_to] == [["Counting.", "Resting."]]
    assert breath.complete == (1,)
    assert [one.heading for one in breath.learn_how_to] == ["Blow by:"]


def test_signs_of_markdown_around_names_and_headers_count_for_nothing() -> None:
    text = "NPQLC\n## Voices\n**Learn that…**\n1. Air moves.\n2. Air stays.\n**Learn how to…**\nSing by:\n* Counting.\n"
    assert parsed(text).areas[0].belongs
    assert statements(text) == TWO
    assert groups(text) == [("Sing by:", ["Counting."])]


def test_two_headers_in_one_line_with_nothing_between_are_refused_with_the_way_out() -> None:
    with pytest.raises(FrameworkTextError, match="Put a bar or a tab between") as no:
        parsed("NPQLC\nVoices\nLearn that… Learn how to…\n1. Air moves.\n")
    assert no.value.line == 3


# --- signs that something is lost ------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("sentence", "whole"),
    [
        ("Air moves. and stays.", False),
        ("Air moves. It stays, and all rest. where they are.", False),
        ("Air moves (slowly.) and stays.", False),
        ("Air moves (warm, cold, etc. as it is) and stays.", True),
        ("Air moves, e.g. in halls, approx. as a wind does.", True),
        ("Who moves? asks the hall.", True),
        ("Air moves at 3.5 metres. It stays.", True),
    ],
)
@pytest.mark.parametrize("break_at", [" ", "\n"])
def test_a_sentence_that_goes_on_in_lower_case_behind_a_full_stop_is_a_fragment(
    sentence: str, whole: bool, break_at: str
) -> None:
    found = statements(plain(f"1. {sentence.replace('. ', f'.{break_at}')}\n2. Air rests."))
    assert [one[2] for one in found] == [whole, True]
    said = "goes on in lower case" in notes(plain(f"1. {sentence}\n2. Air rests."))
    assert said is not whole


def test_where_one_statement_is_cut_the_others_of_the_table_are_to_be_compared() -> None:
    cut = notes(plain("1. Air moves.\n2. Air stays in\n3. Air rests."))
    assert "of its statements 1, 3 nothing shows that" in cut
    assert "nothing shows that" not in notes(plain("1. Air moves.\n2. Air stays.\n3. Air rests."))


# --- whatever comes ---------------------------------------------------------------------------------------------
WORDS = st.sampled_from(
    "air voices halls (slowly) rests, sings “well” and where 3 30 2 Year at least by of".split()
)
SENTENCE = st.lists(WORDS, min_size=3, max_size=9).map(lambda words: f"Notes {' '.join(words)} hold on.")


@given(sentences=st.lists(SENTENCE, min_size=2, max_size=6), data=st.data())
def test_wrapping_lines_anywhere_changes_no_statement(sentences: list[str], data: Any) -> None:
    text = "\n".join(f"{number}. {sentence}" for number, sentence in enumerate(sentences, start=1))
    words = text.split(" ")
    breaks = data.draw(
        st.lists(st.sampled_from([" ", " ", "\n", "\r\n", "\t"]), min_size=len(words), max_size=len(words))
    )
    wrapped = "".join(word + between for word, between in zip(words, breaks, strict=True))
    expected = [(number, sentence, True) for number, sentence in enumerate(sentences, start=1)]
    assert statements(plain(wrapped, "Sing by:\n1. Counting.")) == expected


PRACTICE = st.lists(
    st.sampled_from(
        ["Plan by:", "1. Plan by:", "- Steps:", "1. Measure.", "2. Cut.", "- Rest in 3 stages.", "3 times", "12) Share",
         "● Ask", "iv. Tell.", "and rest:", "Listen."]
    ),
    min_size=1,
    max_size=12,
)  # fmt: skip


@given(lines=PRACTICE)
def test_whatever_stands_below_learn_how_to_no_statement_changes_and_no_word_is_lost(
    lines: list[str],
) -> None:
    text = plain("1. Air moves.\n2. Air stays.", "\n".join(lines))
    assert statements(text) == TWO
    (area, *_) = parsed(text).areas
    found = " ".join(
        f"{one.heading} {' '.join(bullet.text for bullet in one.bullets)}" for one in area.learn_how_to
    )
    words = [
        word for line in lines for word in line.split() if word.strip("●-.():").isalpha() and word != "iv."
    ]
    assert [word for word in found.split() if word in words] == words
