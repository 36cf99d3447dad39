"""Notes at passages: which places a text has, and how it is laid out with overlapping passages; for any text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goldenthread.common.refused import Refused
from goldenthread.marking import passage_rules as rules
from goldenthread.marking.passage_rules import Passage

TEXT = "One 👩‍🏫 teaches 𝒳.\nAnd more.\n\n\nThe end."
TEXTS = st.text(alphabet="ab 𝒳é👩\n\r\t", max_size=60)


@st.composite
def marked(draw: st.DrawFn) -> tuple[str, list[rules.Span]]:
    text = draw(TEXTS)
    spans = draw(st.lists(st.tuples(st.integers(0, len(text)), st.integers(0, len(text))), max_size=6))
    return text, [(number, *sorted(one)) for number, one in enumerate(spans, 1) if one[0] != one[1]]


def keep(*passages: Passage, texts: dict[str, str] | None = None, kept: list | None = None) -> list[dict]:
    return rules.to_keep(passages, kept or [], texts if texts is not None else {"": TEXT})


# --- what is taken -----------------------------------------------------------------------------------
def test_a_note_is_kept_with_its_place_its_words_and_the_text_it_belongs_to() -> None:
    start = TEXT.index("teaches")
    (one,) = keep(Passage("", start, start + 9, " Good. "))
    assert (one["quote"], one["note"]) == ("teaches 𝒳", "Good.")
    assert one["sha256"] == rules.sha256_of(TEXT)


def test_places_are_counted_in_code_points() -> None:
    assert keep(Passage("", 4, 7, "x"))[0]["quote"] == "👩‍🏫"
    length = len(TEXT)
    assert keep(Passage("", length - 4, length, "x"))[0]["quote"] == "end."


@pytest.mark.parametrize(
    ("part", "start", "end"),
    [("", -1, 4), ("", 4, 4), ("", 5, 4), ("", 0, len(TEXT) + 1), ("", 99, 100), ("other", 0, 4)],
)
def test_a_place_that_the_text_has_not_is_refused(part: str, start: int, end: int) -> None:
    with pytest.raises(Refused) as refused:
        keep(Passage(part, start, end, "x"))
    assert refused.value.code == "passage.lost"


@pytest.mark.parametrize(
    "said",
    [
        "",
        "1:2",
        "-1:2:",
        "1:2.5:",
        "a:b:",
        "99999999:1:",
        " 1:2:",
        "٣:٤x",
        "@1:2:",
        "abc@1:2:",
        "x" * 12 + "@1:2:",
    ],
)
def test_what_no_page_sends_is_refused(said: str) -> None:
    with pytest.raises(Refused):
        rules.passage_from(said, "x")


@given(st.text(max_size=40), st.integers(0, 10**7 - 1), st.integers(0, 10**7 - 1), st.text() | st.none())
def test_a_place_comes_back_as_it_was_sent(part: str, start: int, end: int, text: str | None) -> None:
    sha256 = "" if text is None else rules.sha256_of(text)
    said = rules.place_text(part, start, end, sha256)
    assert rules.passage_from(said, "x") == Passage(part, start, end, "x", sha256[:12])


# --- a text that reads otherwise by now --------------------------------------------------------------
def at(start: int, end: int, text: str, note: str = "x") -> Passage:
    return rules.passage_from(rules.place_text("", start, end, rules.sha256_of(text)), note)


def test_a_new_place_in_a_text_that_reads_otherwise_by_now_is_refused() -> None:
    (one,) = keep(at(0, 3, TEXT))
    assert one["quote"] == "One"
    with pytest.raises(Refused) as refused:
        keep(at(0, 3, TEXT), texts={"": TEXT.replace("One", "[covered]")})
    assert refused.value.code == "passage.changed"
    assert keep(at(0, 3, "other"), Passage("", 4, 7, " "), texts={"": "other"})[0]["quote"] == "oth"


def test_what_was_kept_before_stays_and_the_same_place_of_the_new_text_is_another() -> None:
    kept = keep(at(0, 3, TEXT))
    now = "[covered]" + TEXT[3:]
    assert rules.are_known([at(0, 3, TEXT, "other words")], kept)
    assert not rules.are_known([at(0, 3, now)], kept)
    found = keep(at(0, 3, TEXT, "first"), at(0, 3, now, "second"), texts={"": now}, kept=kept)
    assert [(one["quote"], one["note"]) for one in found] == [("One", "first"), ("[co", "second")]


def test_only_spaces_are_no_passage() -> None:
    start = TEXT.index("\n\n\n")
    with pytest.raises(Refused, match="with words in it"):
        keep(Passage("", start, start + 3, "x"))


def test_a_note_without_words_goes_and_a_long_one_is_named() -> None:
    assert keep(Passage("", 0, 3, " \n")) == []
    with pytest.raises(Refused, match=r"Shorten the note at “One” to 1,000"):
        keep(Passage("", 0, 3, "x" * 1001))


def test_there_is_an_end_to_notes() -> None:
    assert len(keep(*(Passage("", 0, 3, "x") for _ in range(rules.MOST)))) == rules.MOST
    with pytest.raises(Refused, match="60 notes"):
        keep(*(Passage("", 0, 3, "x") for _ in range(rules.MOST + 1)))


def test_known_places_need_no_text_and_unknown_ones_do() -> None:
    kept = keep(Passage("", 0, 3, "x"))
    assert rules.are_known([Passage("", 0, 3, "other words")], kept)
    assert rules.are_known([Passage("", 0, 99, " ")], kept)
    assert not rules.are_known([Passage("", 0, 4, "x")], kept)
    (again,) = keep(Passage("", 0, 3, "other words"), texts={}, kept=kept)
    assert (again["note"], again["quote"]) == ("other words", "One")


def test_notes_stand_in_the_order_of_the_parts_and_the_text() -> None:
    texts = {"b": "Second comes first.", "a": "First comes second."}
    found = keep(Passage("a", 0, 5, "3"), Passage("b", 7, 12, "2"), Passage("b", 0, 6, "1"), texts=texts)
    assert [one["note"] for one in found] == ["1", "2", "3"]
    again = rules.to_keep(
        [Passage(o["part"], o["start"], o["end"], o["note"]) for o in found[::-1]], found, {}
    )
    assert again == found


# --- how a text is laid out --------------------------------------------------------------------------
@given(marked())
def test_what_is_laid_out_is_the_text_and_every_code_point_has_its_passages(
    case: tuple[str, list[rules.Span]],
) -> None:
    text, spans = case
    seen = set()
    for paragraph in rules.lay_out(text, spans):
        assert paragraph.lines
        for line in paragraph.lines:
            place = line.start
            for piece in line.pieces:
                assert piece.text == text[place : place + len(piece.text)]
                for at in range(place, place + len(piece.text)):
                    seen.add(at)
                    assert set(piece.numbers) == {n for n, first, last in spans if first <= at < last}
                place += len(piece.text)
    assert all(text[at].isspace() for at in range(len(text)) if at not in seen)


@given(marked())
def test_a_passage_with_words_ends_once(case: tuple[str, list[rules.Span]]) -> None:
    text, spans = case
    ends = [
        number
        for paragraph in rules.lay_out(text, spans)
        for line in paragraph.lines
        for piece in line.pieces
        for number in piece.ending
    ]
    for number, first, last in spans:
        assert ends.count(number) == bool(text[first:last].strip())


@given(TEXTS)
def test_a_paragraph_is_a_passage_one_may_choose(text: str) -> None:
    for paragraph in rules.lay_out(text):
        assert keep(Passage("", paragraph.start, paragraph.end, "x"), texts={"": text})


def test_paragraphs_are_cut_at_empty_lines_alone() -> None:
    found = rules.lay_out(TEXT)
    assert [(one.start, one.end, len(one.lines)) for one in found] == [(0, 28, 2), (31, 39, 1)]
