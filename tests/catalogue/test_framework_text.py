"""The importer's reading of a framework text: what is whole, what is cut off, what is missing, what is foreign."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goldenthread.catalogue.framework_cells import is_whole
from goldenthread.catalogue.framework_source import FrameworkTextError
from goldenthread.catalogue.framework_text import Area, FrameworkText
from goldenthread.catalogue.specification import Specification
from tests.catalogue.framework_sample import FOREIGN, TEXT, parsed


def area(name: str, text: FrameworkText | None = None) -> Area:
    return next(one for one in (text or parsed()).areas if one.name.startswith(name))


def table(that: str, how: str = "", name: str = "Voices") -> str:
    return f"NPQLC\n{name} | |\nLearn that… | Learn how to… |\n{that} |\n{how} |\n"


def notes(text: FrameworkText, line: int) -> list[str]:
    return [note.text for note in text.warnings if note.line == line]


# --- whose text it is ---------------------------------------------------------------------------------
@pytest.mark.requirement("S2-01")
def test_the_programme_is_that_of_the_text_and_a_heading_that_names_another_is_noted_once() -> None:
    text = parsed()
    assert text.programme == "NPQLC"
    assert notes(text, 3) == ["this heading names NPQLB, while the text speaks of NPQLC; NPQLC is taken"]
    assert [note for note in text.warnings if "NPQLB" in note.text] == [
        (3, "this heading names NPQLB, while the text speaks of NPQLC; NPQLC is taken")
    ]


@pytest.mark.requirement("S2-01")
def test_without_a_code_the_title_decides() -> None:
    text = parsed(TEXT.replace("(NPQLC)", "").replace("NPQLC gives", "It gives"))
    assert text.programme == "NPQLC"
    other = parsed(
        "The Leading Brass Bands programme\n"
        + table("1. A valve opens.", name="Valves").replace("NPQLC\n", "")
    )
    assert other.programme == "NPQLB"


def test_a_programme_that_is_said_outweighs_the_text_and_says_so() -> None:
    text = parsed(programme="NPQLB")
    assert text.programme == "NPQLB"
    assert [one.name for one in text.own] == ["Voices"]
    assert any("read as NPQLB because you say so" in note.text for note in text.warnings)


def test_a_text_that_names_no_programme_says_so() -> None:
    text = parsed(table("1. Air moves.").replace("NPQLC\n", ""))
    assert text.programme == ""
    assert any("--version" in note.text for note in text.warnings)


@pytest.mark.requirement("S2-17")
def test_blank_sections_are_to_be_filled_and_what_is_left_of_pictures_is_dropped(
    spec: Callable[[str], Specification],
) -> None:
    """The fee that such a blank section leaves open is not borrowed from another market."""
    assert [fee.pence.value for fee in spec("npqlt-reformed-england").fees] == [None]
    assert [fee.pence.value for fee in spec("npqlt").fees] == [125_000]
    text = parsed()
    blank = [note.line for note in text.warnings if "has nothing under it" in note.text]
    assert blank == [9, 10, 11]
    assert "left of a picture" in notes(text, 8)[0]
    assert not any(".jpg" in one.name for one in text.areas)
    filled = parsed(
        TEXT.replace("Where we meet\n", "Where we meet\nIn a hall by the river, on most evenings.\n")
    )
    assert [note.line for note in filled.warnings if "has nothing under it" in note.text] == [11, 12]
    assert notes(parsed(TEXT.replace(".jpg)", "GIF")), 8)


def test_a_paragraph_that_begins_in_mid_sentence_is_noted_and_a_wrapped_one_is_not() -> None:
    begins = [note.line for note in parsed().warnings if "mid-sentence" in note.text]
    assert begins == [13]


def test_where_nothing_names_the_programme_its_areas_do() -> None:
    tables = TEXT[TEXT.index("Voices | |") :]
    text = parsed(tables)
    assert text.programme == "NPQLC"
    assert any("its areas are those of NPQLC" in note.text for note in text.warnings)
    assert [one.name for one in text.areas if not one.belongs] == ["Stagecraft (Standard 4 – Hold the stage)"]
    both = parsed(table("1. Air moves.").replace("NPQLC\n", "") + FOREIGN)
    assert (both.programme, [one.belongs for one in both.areas]) == ("", [True, False])


# --- areas ----------------------------------------------------------------------------------------------
@pytest.mark.requirement("S2-22")
def test_complete_statements_and_a_heading_that_is_cut_off() -> None:
    voices = area("Voices")
    assert (voices.complete, voices.fragments, voices.missing) == ((1, 2, 3), (), ())
    assert [(one.heading, one.complete) for one in voices.learn_how_to] == [
        ("Help singers to find the part that suits them", False)
    ]
    whole = area("Voices", parsed(TEXT.replace("part that suits them", "part that suits them by:")))
    assert [one.complete for one in whole.learn_how_to] == [True]


@pytest.mark.requirement("S2-23")
@pytest.mark.parametrize(
    ("number", "missing"), [("7", (2, 3, 4, 5, 6)), ("3", (2,)), ("12", tuple(range(2, 12)))]
)
def test_beginnings_of_statements_are_fragments_and_the_gap_is_known(
    number: str, missing: tuple[int, ...]
) -> None:
    breath = area("Breath", parsed(TEXT.replace("by 7. Shoulders", f"by {number}. Shoulders")))
    assert (breath.complete, breath.fragments, breath.missing) == ((), (1, int(number)), missing)
    assert [one.heading for one in breath.learn_how_to] == [
        "Explain how breathing works to beginners, including by:",
        "Support singers to breathe together by:",
    ]


@pytest.mark.parametrize(
    ("that", "doubted"),
    [
        ("1. Air moves. 4. Air stays.", [1]),  # the rest of 1 may have gone with 2 and 3
        ("1. Air moves. It is felt. 2. Air stays. 5. Air rests.", [2]),
        ("1. Air moves. 2. Air stays.", []),
        ("1. Air moves by 4. Air stays.", []),  # said already: a fragment
        ("3. Air moves. 4. Air stays.", []),
    ],
)
def test_a_whole_statement_before_a_gap_is_to_be_compared(that: str, doubted: list[int]) -> None:
    text = parsed(table(that, "Breathe."))
    found = [note.text for note in text.warnings if "cut behind a full stop" in note.text]
    assert [note.split("statement ")[1].split(" ")[0] for note in found] == [str(one) for one in doubted]
    assert set(doubted) <= set(area("Voices", text).complete)


@pytest.mark.requirement("S2-24")
def test_a_heading_without_its_end_runs_into_the_next_which_has_one_bullet() -> None:
    first, second = area("Rehearsal").learn_how_to
    assert (first.heading, first.complete) == ("Help colleagues to plan a carefully built, varied", False)
    assert (second.heading, second.complete) == ("Help colleagues to seat a choir using plans that:", True)
    assert [(one.text, one.complete) for one in second.bullets] == [
        ("Mix sure and unsure singers (e.g. by rows of four, changed at half time).", True)
    ]
    assert (area("Rehearsal").fragments, area("Rehearsal").missing) == ((1, 4), (2, 3))


@pytest.mark.requirement("S2-25")
def test_headings_without_bullets_are_titles() -> None:
    concerts = area("Concerts")
    assert concerts.complete == (1, 2)
    assert [len(one.bullets) for one in concerts.learn_how_to] == [0, 0, 0]
    assert any("as a title only" in note.text for note in parsed().warnings)


@pytest.mark.requirement("S2-26")
def test_headings_in_one_cell_are_divided_and_brackets_hold_together() -> None:
    assert [one.heading for one in area("Repertoire").learn_how_to] == [
        "Choose pieces by:",
        "Balance old and new (across a term and within single concerts) by:",
        "Prepare the order of a concert by:",
    ]
    inside = table("1. Air moves.", "Plan a term (such as: Autumn) by: Use halls by:")
    assert [one.heading for one in area("Voices", parsed(inside)).learn_how_to] == [
        "Plan a term (such as: Autumn) by:",
        "Use halls by:",
    ]


@pytest.mark.requirement("S2-27")
def test_two_lines_are_one_cell_and_a_bullet_that_is_cut_off_ends_before_the_next_heading() -> None:
    groups = area("Listening").learn_how_to
    assert len(groups) == 3
    assert [(one.text, one.complete) for one in groups[1].bullets] == [
        ("Playing back single bars so that singers may compare (e.g. by a model", False)
    ]
    assert groups[1].complete
    assert groups[2].heading.startswith("Encourage sections")
    assert (groups[0].line, groups[1].line) == (38, 39)


@pytest.mark.requirement("S2-28")
def test_a_statement_may_hold_several_sentences() -> None:
    first = area("Repertoire").learn_that[0]
    assert area("Repertoire").complete == (1, 2, 3, 4)
    assert first.text.count(". ") == 2
    assert first.complete


@pytest.mark.requirement("S2-29")
def test_headings_keep_their_order() -> None:
    assert [one.heading.split()[0] for one in area("Concerts").learn_how_to] == ["Plan", "Make", "Deliver"]


@pytest.mark.requirement("S2-30")
@pytest.mark.parametrize("times", [1, 3, 5])
def test_a_table_that_is_repeated_is_one_and_belongs_elsewhere(times: int) -> None:
    text = parsed(TEXT.replace(FOREIGN * 3, FOREIGN * times))
    stage = area("Stagecraft", text)
    assert (stage.complete, stage.occurrences, stage.belongs) == ((1, 2, 3), times, False)
    assert len(text.own) == 6
    assert len(text.areas) == 7


def test_a_table_of_the_same_name_with_other_words_stays_apart() -> None:
    text = parsed(table("1. Air moves.") + table("1. Air stays."))
    assert [(one.belongs, one.occurrences) for one in text.areas] == [(True, 1), (False, 1)]
    assert any("with other words" in note.text for note in text.warnings)


def test_an_area_is_known_by_its_words_whatever_number_and_signs_stand_before_it() -> None:
    for name in ("2. Voices", "VOICES", "Section 3: Voices"):
        assert [one.belongs for one in parsed(table("1. Air moves.", name=name)).areas] == [True], name


# --- numbers --------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("cell", "numbers", "fragments"),
    [
        ("1. Air moves. 2. Air stays.", [1, 2], []),
        ("1. By Year 2. Pupils sing. 2. Air stays.", [1, 2], []),
        ("1. By the end of Year 6. Air moves.", [1], []),
        ("1. It has 3.5 parts. 2. Air stays.", [1, 2], []),
        ("1. Air moves. 3. Air stays.", [1, 3], []),
        ("1. Air moves. 1. Air stays.", [1], [1]),
        ("1. Air moves. 3. Air stays. 2. Air rests.", [1, 2], [1]),
        ("1. Air moves. 2. and stays.", [1, 2], [2]),
        ("1. Air moves 2. Air stays.", [1, 2], [1]),
        ("1. Air moves, e.g. 2. Air stays.", [1, 2], [1]),
        ("1. Air moves. 2. Air stays…", [1, 2], [2]),
        ("1. Air moves. 2. Air (in halls stays.", [1, 2], [2]),
        ("1. It widens by 3. Air stays.", [1, 3], [1, 3]),
        ("4. Air moves.", [4], []),
        ("10. Air moves. 11. Air stays.", [10, 11], []),
        ("1) Air moves. 2) Air stays.", [1, 2], []),
        ("1. “Air moves.” 2. Air (alone) stays (there).", [1, 2], []),
        ("Air moves without a number.", [1], [1]),
        ("", [], []),
    ],
)
def test_what_a_number_divides(cell: str, numbers: list[int], fragments: list[int]) -> None:
    found = area("Voices", parsed(table(cell)))
    assert [one.number for one in found.learn_that] == numbers
    assert list(found.fragments) == fragments


@pytest.mark.parametrize(
    "text",
    [
        "Air moves",
        "Air moves,",
        "air moves.",
        "Air moves…",
        "Air moves...",
        "Air (moves.",
        "As in e.g.",
        "By J.",
        "A.",
        "",
    ],
)
def test_what_is_not_whole(text: str) -> None:
    assert not is_whole(text)


@pytest.mark.parametrize(
    "text", ["Air moves.", "Does air move?", "Air moves (and stays).", "“Air moves.”", "12 choirs sing."]
)
def test_what_is_whole(text: str) -> None:
    assert is_whole(text)


def test_a_cell_that_is_never_closed_ends_in_a_fragment() -> None:
    found = area("Voices", parsed(table("1. Air moves. 2. Air stays.").split(" |\n |")[0].rstrip("| \n")))
    assert (found.complete, found.fragments) == ((1,), (2,))


# --- other shapes ---------------------------------------------------------------------------------------
def test_plain_text_and_drawn_tables_give_the_same_as_page_text() -> None:
    plain = "NPQLC\nVoices\nLearn that…\n1. Air moves.\n2. Air\nstays.\nLearn how to…\nSing by:\n- Counting.\n- Lean"
    drawn = (
        "NPQLC\nVoices\n| Learn that | Learn how to |\n|---|---|\n| 1. Air moves. | Sing by: |\n"
        "| 2. Air stays. | ● Counting. ● Lean |\n"
    )
    turned = (
        "NPQLC\nVoices | |\nLearn how to… | Learn that… |\n"
        "Sing by: ● Counting.\n● Lean | 1. Air moves.\n2. Air stays. |\n"
    )
    for text in (plain, drawn, turned):
        found = area("Voices", parsed(text))
        assert [(one.number, one.text, one.complete) for one in found.learn_that] == [
            (1, "Air moves.", True),
            (2, "Air stays.", True),
        ]
        assert [(one.heading, [(b.text, b.complete) for b in one.bullets]) for one in found.learn_how_to] == [
            ("Sing by:", [("Counting.", True), ("Lean", False)])
        ]


def test_the_report_has_exactly_these_keys() -> None:
    report = json.loads(json.dumps(parsed().as_json()))
    assert set(report) == {"areas", "warnings"}
    for one in report["areas"]:
        assert set(one) == {"name", "learn_that", "learn_how_to", "missing_numbers", "occurrences", "belongs"}
        assert all(set(item) == {"number", "text", "complete"} for item in one["learn_that"])
        assert all(set(item) == {"heading", "complete", "bullets"} for item in one["learn_how_to"])
    assert all(isinstance(warning, str) for warning in report["warnings"])


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("Nothing here.\nNor here.\n", 3, "no table"),
        (table("1. Air moves. | Sing by: | and more"), 4, "3 cells"),
        (
            "\n".join(f"T{n} | |\nLearn that… | Learn how to… |\n1. A b. |\nC by: |" for n in range(201)),
            802,
            "201",
        ),
        (table(" ".join(f"{n}. Air moves." for n in range(1, 203))), 4, "over 200 numbers"),
    ],
)
def test_what_is_no_framework_is_refused_with_line_and_reason(text: str, line: int, reason: str) -> None:
    with pytest.raises(FrameworkTextError, match=reason) as no:
        parsed(text)
    assert no.value.line == line
    assert "choirs.txt, line" in no.value.message


# --- whatever comes -------------------------------------------------------------------------------------
# However busy the machine is.
WORDS = st.sampled_from(
    "Air moves slowly by halls, where singers rest (e.g. after songs) and hear Year the old; Support Plan with".split()
)
SENTENCE = st.lists(WORDS, min_size=3, max_size=8).map(lambda words: "Notes " + " ".join(words) + " hold on.")


@given(
    st.text(max_size=400)
    | st.lists(st.sampled_from([*TEXT.splitlines(), "|", " | ", "1. ", "● ", ":"])).map("\n".join)
)
def test_no_text_breaks_the_reader(text: str) -> None:
    try:
        report = parsed(text).as_json()
    except FrameworkTextError:
        return
    assert all(
        not one["complete"] or one["text"].rstrip("”’\"')]")[-1] in ".!?"
        for a in report["areas"]
        for one in a["learn_that"]
    )


@pytest.mark.parametrize(
    ("cell", "whole"),
    [
        # Either Year 3, or a line that was cut off after "Year" and statement 3: nobody can tell.
        ("1. Air moves. 2. Singers rest in Year 3. Halls are old.", [True, False]),
        ("1. Air moves. 2. Singers rest in Year 3. Halls are old. 3. Air rests.", [True, True, True]),
        ("1. Air moves. 2. Singers rest in Year 4. Halls are old.", [True, True]),
        ("1. Air moves. 2. Singers rest in Year 3.", [True, True]),
        ("1. Air moves. 2. Singers rest (see Table 3. Halls) there.", [True, False]),
        ("1. Air moves. 2. Singers rest) near halls (e.", [True, False]),  # cut off inside an abbreviation
    ],
)
def test_a_reference_that_may_be_the_next_number_leaves_its_statement_in_doubt(
    cell: str, whole: list[bool]
) -> None:
    assert [one.complete for one in area("Voices", parsed(table(cell))).learn_that] == whole


@given(statements=st.lists(SENTENCE, min_size=1, max_size=6), data=st.data())
def test_a_statement_that_is_cut_off_is_never_complete(statements: list[str], data: Any) -> None:
    at = data.draw(st.integers(0, len(statements) - 1))
    length = data.draw(st.integers(1, len(statements[at]) - 1))
    cut = [*statements[:at], statements[at][:length], *statements[at + 1 :]]
    cell = " ".join(f"{number}. {text.strip()}" for number, text in enumerate(cut, start=1))
    found = {one.number: one for one in area("Voices", parsed(table(cell))).learn_that}
    assert at + 1 not in found or not found[at + 1].complete
    assert not any(one.complete and statements[at][:length].strip() == one.text for one in found.values())


@given(length=st.integers(0, len(TEXT)))
def test_a_text_cut_off_anywhere_gives_no_statement_that_the_whole_has_not(length: int) -> None:
    whole = {(a.name, one.number, one.text) for a in parsed().areas for one in a.learn_that if one.complete}
    try:
        found = parsed(TEXT[:length])
    except FrameworkTextError:
        return
    assert {
        (a.name, one.number, one.text) for a in found.areas for one in a.learn_that if one.complete
    } <= whole
