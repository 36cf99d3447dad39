"""What a version states of counting words and of declarations: as data, for every use, with other values too."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from goldenthread.assessment import actions, queries, receipts
from goldenthread.assessment.actions.sign import private_key, signed_receipt
from goldenthread.assessment.models import Script, Sitting, Window
from goldenthread.assessment.passages import EXCLUDED, SCANS
from goldenthread.assessment.rules.policies import (
    Ai,
    AiSaid,
    Counting,
    Declarations,
    Length,
    Over,
    ai_text,
    check_declared,
    counting_in,
    policy_lines,
    stated,
)
from goldenthread.assessment.words import APART, RULE_TEXT, count_text, end_of_word, rule_name, rule_text
from goldenthread.catalogue import guided, policies
from goldenthread.catalogue.applying import rules_of
from goldenthread.catalogue.differences import differences
from goldenthread.catalogue.problems import SpecificationError
from goldenthread.catalogue.reading import read_catalogue, read_specification
from goldenthread.catalogue.sourced import Sourced, SourcedValue, State
from goldenthread.catalogue.specification import Specification
from goldenthread.commands import words as command
from goldenthread.common import private_keys
from goldenthread.common.models import AuditEvent
from goldenthread.common.refused import Refused
from tests import factories_assessment as made
from tests import factories_projects as legacy
from tests.catalogue.texts import MADE_UP

LONG = (*APART, "references", "annexes")
FORBIDDEN = Declarations(ai=Ai("forbidden", "ai-2", "I used no AI."))
ACKNOWLEDGED = Declarations(ai=Ai("acknowledged", "ai-1", "This is true.", ("which tools", "for what")))
USED = AiSaid("used", "A chat bot, to shorten the second part.")
COUNTING = """
[assessment.counting]
rule = "words-2"
not_counted = ["headers", "deletions", "comments"{more}]
over = "{over}"
{rest}
"""


def specification(more: str = "", over: str = "refuse", rest: str = "") -> Specification:
    """The made-up qualification with this counting."""
    table = COUNTING.format(more=more, over=over, rest=rest)
    return read_specification(MADE_UP.replace("[marking]", table + "\n[marking]", 1))


def sat(**kept: Any) -> Sitting:
    """A sitting in a window that states this instead of what its version does."""
    one = made.sitting()
    one.window.policies = {**one.window.policies, **kept}
    one.window.save(update_fields=["policies"])
    return one


def counting(**other: Any) -> dict[str, Any]:
    return {"not_counted": list(APART), "tolerance_percent": 0, "over": "refuse", "penalty": "", **other}


def ai(use: str, **other: Any) -> dict[str, Any]:
    words = {
        "version": "ai-9",
        "statement": "Said truly.",
        "describe": ["how"] if use == "acknowledged" else [],
    }
    return {"use": use, **words, "shown_to_markers": False, **other}


# --- declarations ------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("asked", "said", "code"),
    [
        (ACKNOWLEDGED, AiSaid(), "script.ai"),
        (ACKNOWLEDGED, AiSaid("perhaps"), "script.ai"),
        (ACKNOWLEDGED, AiSaid("used", "  \n"), "script.ai_note"),
        (ACKNOWLEDGED, AiSaid("used", "x" * 2001), "script.ai_note"),
        (ACKNOWLEDGED, AiSaid("used", "x" * 2000), ""),
        (ACKNOWLEDGED, USED, ""),
        (ACKNOWLEDGED, AiSaid("none"), ""),
        (FORBIDDEN, AiSaid("none"), ""),
        (FORBIDDEN, AiSaid(), "script.ai"),
        (FORBIDDEN, USED, "script.ai"),
        (Declarations(ai=Ai("free", "ai-3")), AiSaid(), ""),
        (Declarations(), AiSaid(), ""),
    ],
)
def test_what_has_to_be_said_about_ai_follows_the_policy(
    asked: Declarations, said: AiSaid, code: str
) -> None:
    found = ""
    try:
        check_declared(asked, own_work=True, ai=said)
    except Refused as refusal:
        found = refusal.code
    assert found == code


def test_the_policy_about_ai_says_what_is_asked_and_speaks_of_reading_only_what_is_written() -> None:
    none = ai_text(FORBIDDEN.ai)
    assert none == "AI may not be used for the response. With every script you confirm that you used none."
    for shown, who in ((True, "The markers read it too"), (False, "The markers don't read it")):
        said = ai_text(Ai("acknowledged", "ai-1", "True.", ("for what",), shown_to_markers=shown))
        assert said.endswith(f"If you did, you say for what. {who}; the programme office does.")
    assert "read it" not in ai_text(Ai("free"))
    assert ai_text(Ai()) == ""


def test_own_work_is_asked_before_ai() -> None:
    with pytest.raises(Refused) as no:
        check_declared(FORBIDDEN, own_work=False, ai=AiSaid())
    assert no.value.field == "own_work"


@pytest.mark.django_db
@pytest.mark.parametrize("use", ["acknowledged", "forbidden", "free"])
def test_a_script_keeps_the_version_of_the_words_and_what_was_said(use: str) -> None:
    one = sat(ai=ai(use))
    said = {"acknowledged": USED, "forbidden": AiSaid("none"), "free": AiSaid()}[use]
    script = made.script(one, ai=said)
    expected = {"own_work": "own-work-1", "ai": "ai-9"} | ({"ai_use": said.use} if said.use else {})
    assert script.declared == expected | ({"ai_note": said.note} if said.note else {})
    details = AuditEvent.objects.get(verb="script.handed_in").details
    assert (details["declared_own_work"], details["declared_ai"]) == ("own-work-1", "ai-9")
    assert said.note not in json.dumps(details) or not said.note


@pytest.mark.django_db
def test_what_is_not_declared_refuses_the_script() -> None:
    one = made.sitting()
    for said in (AiSaid(), AiSaid("used")):
        with pytest.raises(Refused, match="Your text is kept"):
            made.script(one, ai=said)
    assert not Script.objects.exists()


@pytest.mark.django_db
def test_a_window_from_before_there_were_policies_asks_nothing_new() -> None:
    one = made.sitting()
    Window.objects.update(policies={})
    one = queries.get_sitting_for(one.enrolment.user, one.pk)
    script = made.script(one, ai=AiSaid())
    assert script.declared == {"own_work": "own-work-1"}
    assert queries.length_of(script).text.endswith("of 1,500 words")


@pytest.mark.django_db
def test_a_project_is_declared_in_the_same_way() -> None:
    amara = legacy.candidate()
    legacy.planned(amara)
    legacy.days(amara.intake, "project")
    with pytest.raises(Refused) as no:
        legacy.hand_in(amara, ai=AiSaid())
    assert no.value.field == "ai_use"
    assert legacy.hand_in(amara, ai=USED).declared["ai_note"] == USED.note


@pytest.mark.django_db
def test_the_signed_receipt_says_what_was_declared_and_how_it_was_counted(
    settings: Any, tmp_path: Path
) -> None:
    settings.RECEIPT_KEY, settings.RECEIPT_KEY_FILE = "", tmp_path / "key"
    script = made.script(sat(ai=ai("acknowledged")), ai=USED)
    text = signed_receipt(script=script, at=made.INSIDE)
    public = private_keys.public_half(private_key())
    content = receipts.verify(text, {receipts.key_id(public): public})
    assert content["declared"]["ai"] == {
        "policy": "acknowledged", "version": "ai-9", "text": "Said truly.", "use": "used", "note": USED.note,
    }  # fmt: skip
    assert content["declared"]["own_work"]["version"] == "own-work-1"
    assert (content["length"], content["not_counted"]) == ("4 of 1,500 words", list(APART))


# --- counting ----------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("over", "words", "text"),
    [
        (Over.REFUSE, 1000, "1,000 of 1,000 words"),
        (Over.REFUSE, 1050, "1,050 of 1,000 words, within the 5 % over it that are taken (1,050)"),
        (Over.WARN, 1051, "1,051 of 1,000 words, 1 too many: taken all the same, and the markers are told"),
        (Over.CUT, 1100, "1,100 of 1,000 words, 50 too many: only the first 1,050 are marked"),
        (Over.PENALTY, 1060, "1,060 of 1,000 words, 10 too many: five marks go"),
    ],
)
def test_a_length_is_said_with_what_follows(over: Over, words: int, text: str) -> None:
    assert Length(words, 1000, Counting(APART, 5, over, "five marks go")).text == text


@pytest.mark.parametrize(("limit", "percent", "most"), [(1500, 0, 1500), (1499, 10, 1648), (90, 1, 90)])
def test_a_tolerance_is_rounded_down_to_whole_words(limit: int, percent: int, most: int) -> None:
    assert Counting(APART, percent).most(limit) == most


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("words", "tolerance", "over", "taken"),
    [
        (1500, 0, "refuse", True), (1501, 0, "refuse", False), (1575, 5, "refuse", True),
        (1576, 5, "refuse", False), (1576, 5, "warn", True), (3000, 0, "cut", True), (1600, 0, "penalty", True),
    ],
)  # fmt: skip
def test_the_version_says_how_many_words_are_taken(
    words: int, tolerance: int, over: str, taken: bool
) -> None:
    one = sat(counting=counting(tolerance_percent=tolerance, over=over, penalty="Two marks go"))
    if not taken:
        with pytest.raises(Refused) as no:
            made.script(one, "word " * words)
        assert no.value.code == "script.too_long"
        assert f"{words:,} of 1,500 words: cut 1 word " in no.value.message
        return
    script = made.script(one, "word " * words)
    assert script.words == words
    assert queries.length_of(script).excess == max(words - 1500 - 1500 * tolerance // 100, 0)


@pytest.mark.django_db
def test_what_a_version_leaves_out_is_shown_apart_and_on_record() -> None:
    one = sat(counting=counting(not_counted=list(LONG)))
    script = made.script(one, "One two three\nReferences\nA book\nAnnex A: Questions\nWhat is it for")
    assert (script.words, script.word_rule) == (3, "words-2-ar")
    assert script.word_counts == {"body": 3, "not_counted_references": 3, "not_counted_annexes": 7}


@pytest.mark.parametrize(
    ("text", "body", "references", "annexes"),
    [
        ("a b\nReferences\nc", 2, 2, 0),
        ("a b\nAPPENDICES\nc d\nReferences\ne", 2, 2, 3),
        ("a\nAnnex A: Data 12\nb", 6, 0, 0),  # a table of contents
        ("The annexes\nb", 3, 0, 0),
        ("a\n3. Annex II – What we asked\nb\nAnnex III\nc", 1, 0, 10),
        ("a\nReferences\nb\nAppendix 1\nc", 1, 2, 3),
    ],
)
def test_endings_are_found_by_their_headings(text: str, body: int, references: int, annexes: int) -> None:
    found = count_text(text).parts
    assert (found["body"], found.get("references", 0), found.get("annexes", 0)) == (body, references, annexes)


def test_the_end_of_what_is_marked_leaves_out_what_does_not_count() -> None:
    text = "One two\nReferences\nA book\nAnnex\nmore"
    assert text[: end_of_word(text, 2, APART)] == "One two"
    assert text[: end_of_word(text, 4, APART)].endswith("A")
    assert end_of_word(text, 3, LONG) is None
    assert text[: end_of_word(text, 3, (*APART, "references"))].endswith("Annex")


def test_the_rule_is_stated_with_what_it_leaves_out_and_named_by_it() -> None:
    assert rule_text() == RULE_TEXT
    said = rule_text((*APART, "footnotes"))
    assert "footnotes and endnotes do not count either" in said
    assert "diagrams, equations, the list of references" in said
    assert (rule_name(APART), rule_name((*APART, "tables"))) == ("words-2", "words-2-t")
    assert frozenset(policies.ALWAYS_APART) == frozenset(APART) == EXCLUDED - {SCANS}


# --- as data -----------------------------------------------------------------------------------------
def test_every_shipped_version_states_its_counting_and_its_policy_about_ai() -> None:
    for one in read_catalogue().versions:
        final = one.specification.assessment
        assert final.counting.over == "refuse"
        assert final.counting.not_counted == APART
        assert final.ai is not None
        assert final.ai.use == "acknowledged"
        assert stated(final)["own_work"]["version"] == "own-work-1"


@pytest.mark.parametrize(
    ("more", "over", "rest", "wrong"),
    [
        (', "tables"', "cut", "", "must stand at the end"),
        ("", "penalty", "", "name what follows"),
        ("", "warn", 'penalty = "Two marks go"', "needs over"),
        ("", "cut", "marks_off = { marks = 2, each_words = 100 }", "needs over"),
        (
            "",
            "penalty",
            'penalty = "Two"\nmarks_off = { marks = 2, each_words = 100 }',
            "leave the words out",
        ),
        ("", "penalty", "marks_off = { marks = 2 }", "each_percent: say one"),
        ("", "penalty", "marks_off = { each_words = 100 }", "percent: say one"),
        ("", "penalty", "marks_off = { marks = 2, percent = 5, each_words = 100 }", "percent: say one"),
        (
            "",
            "penalty",
            "marks_off = { marks = 2, each_words = 100, each_percent = 5 }",
            "each_percent: say one",
        ),
        ("", "penalty", "marks_off = { marks = 0, each_words = 100 }", "marks_off.marks"),
        ("", "penalty", "marks_off = { percent = 101, each_words = 100 }", "marks_off.percent"),
        ("", "penalty", "marks_off = { marks = -2, each_words = 100 }", "marks_off.marks"),
        ("", "penalty", "marks_off = { marks = 2, each_words = 0 }", "marks_off.each_words"),
        ("", "penalty", "marks_off = { marks = 2, each_percent = 101 }", "marks_off.each_percent"),
        ("", "penalty", "marks_off = { marks = 1.5, each_words = 100 }", "marks_off.marks"),
        ("", "penalty", "marks_off = { marks = 2, each_word = 100 }", "each_words. meant"),
        ("", "penalty", 'marks_off = "two"', "must be a table"),
        (', "poems"', "refuse", "", "not one of"),
        ("", "shout", "", "not one of"),
    ],
)
def test_a_counting_that_can_not_be_done_is_refused(more: str, over: str, rest: str, wrong: str) -> None:
    with pytest.raises(SpecificationError, match=wrong):
        specification(more, over, rest)


@pytest.mark.parametrize(
    "table",
    [
        'use = "acknowledged"\nversion = "ai-1"\nstatement = "True."',  # describes nothing
        'use = "forbidden"\nversion = "ai-1"',  # no words to agree to
        'use = "sometimes"\nversion = "ai-1"\nstatement = "True."',
        'use = "forbidden"\nstatement = "True."',
    ],
)
def test_a_policy_that_says_too_little_is_refused(table: str) -> None:
    with pytest.raises(SpecificationError):
        read_specification(MADE_UP.replace("[marking]", f"[assessment.ai]\n{table}\n\n[marking]", 1))


def test_other_words_under_the_first_version_are_refused() -> None:
    own = '[assessment.own_work]\nversion = "own-work-1"\nstatement = "Mine."\n\n[marking]'
    with pytest.raises(SpecificationError, match="a new version"):
        read_specification(MADE_UP.replace("[marking]", own, 1))


def test_sources_that_disagree_about_the_tolerance_hold_up_the_window() -> None:
    final = specification().assessment
    two = tuple(
        SourcedValue(percent, "percent", (source,), State.ALTERNATIVE)
        for percent, source in ((5, "M1:7"), (10, "M1:8"))
    )
    open_ = replace(final.counting, tolerance_percent=Sourced("tolerance", "percent", two))
    with pytest.raises(Refused, match=r"5 % \(M1:7\) or 10 % \(M1:8\)"):
        stated(replace(final, counting=open_))
    one = specification(rest='tolerance_percent = { value = 10, source = "M1:8" }')
    assert stated(one.assessment)["counting"]["tolerance_percent"] == 10


@pytest.mark.parametrize(
    ("tolerance", "over", "said"),
    [
        (
            10,
            "cut",
            "Up to 1,650 words nothing follows. Beyond them it is taken, and only the words up to there",
        ),
        (10, "refuse", "Up to 1,650 words nothing follows. Beyond them it is not taken"),
        (0, "cut", "It is taken, and only the words up to there are marked"),
    ],
)
def test_what_follows_of_too_many_words_is_said_in_one_sentence(tolerance: int, over: str, said: str) -> None:
    counting = {"not_counted": list(APART), "tolerance_percent": tolerance, "over": over, "penalty": ""}
    lines = dict(policy_lines({"counting": counting}, 1500))
    assert lines["What is longer"].startswith(said)
    assert lines["Not counted"].endswith(f"(our rule for words, version {rule_name(APART)})")


def test_versions_that_differ_in_them_say_so_and_so_do_the_rules_of_a_person() -> None:
    before, after = specification(), specification(', "footnotes"', "penalty", 'penalty = "Two marks go"')
    found = {one.label: (one.before, one.after) for one in differences(before, after)}
    assert found["Not counted"][1].endswith("and footnotes and endnotes")
    assert "Two marks go" in found["What is longer"][1]
    text = next(rule.text for rule in rules_of(after) if rule.key == "counting")
    assert "footnotes and endnotes" in text
    assert "Two marks go" in text
    npqlt = read_catalogue().version("npqlt-reformed-international")
    assert npqlt is not None
    said = {rule.key: rule.text for rule in rules_of(npqlt.specification)}
    assert "which tools you used" in said["ai"]
    assert "own-work-1" in said["own_work"]


@pytest.mark.parametrize(
    ("off", "said"),
    [
        ("{ marks = 2, each_words = 100 }", "2 marks less for every 100 words too many, begun ones too"),
        ("{ marks = 1, each_words = 1 }", "1 mark less for every word too many"),
        (
            "{ percent = 10, each_percent = 5 }",
            "10 % of the marks less for every 5 % of the limit too many, begun ones too",
        ),
    ],
)
def test_a_penalty_as_data_is_said_in_words_and_kept_by_a_window(off: str, said: str) -> None:
    one = specification(over="penalty", rest=f"marks_off = {off}")
    assert one.assessment.counting.penalty == said
    kept = stated(one.assessment)
    assert counting_in(json.loads(json.dumps(kept))).marks_off == one.assessment.counting.marks_off
    assert said in next(rule.text for rule in rules_of(one) if rule.key == "counting")
    assert said in next(
        row.after for row in differences(specification(), one) if row.label == "What is longer"
    )


def test_the_guided_form_writes_a_penalty_as_data() -> None:
    data = guided.empty_version("2030-01-02")
    values = guided.read_part(data, "policies") | {
        "over": "penalty", "off_amount": 5, "off_unit": "percent", "off_each": 50, "off_of": "words",
    }  # fmt: skip
    written = guided.with_part(data, "policies", values, day="2030-01-02")
    assert written["assessment"]["counting"]["marks_off"] == {"percent": 5, "each_words": 50}
    again = guided.read_part(written, "policies")
    assert {key: again[key] for key in values if key.startswith("off_")} == {
        key: values[key] for key in values if key.startswith("off_")
    }
    gone = guided.with_part(
        written, "policies", {**again, "off_amount": None, "off_each": None}, day="2030-01-02"
    )
    assert "marks_off" not in gone["assessment"]["counting"]


def test_the_guided_form_writes_what_the_reader_reads() -> None:
    data = guided.empty_version("2030-01-02")
    start = guided.read_part(data, "policies")
    assert (start["over"], start["ai_use"], start["not_counted"]) == ("refuse", "", [])
    values = start | {
        "not_counted": ["references"], "tolerance_percent": 10, "over": "cut", "ai_use": "forbidden",
        "ai_version": "ai-2", "ai_statement": "I used no AI.", "own_work_version": "own-work-2",
        "own_work": "All of it is mine.",
    }  # fmt: skip
    written = guided.with_part(data, "policies", values, day="2030-01-02")
    again = guided.read_part(written, "policies")
    assert again == values | {"tolerance_source": ["office:2030-01-02"]}
    assert written["assessment"]["counting"]["not_counted"] == [*APART, "references"]
    silent = guided.with_part(written, "policies", {**values, "ai_use": ""}, day="2030-01-02")
    assert "ai" not in silent["assessment"]


def test_the_command_counts_as_a_version_says(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    version, document = tmp_path / "mus.toml", tmp_path / "a.txt"
    rest = 'tolerance_percent = { value = 10, source = "M1:8" }'
    table = COUNTING.format(more=', "references"', over="warn", rest=rest)
    version.write_text(MADE_UP.replace("[marking]", table + "\n[marking]", 1))
    document.write_text("word " * 1321 + "\nReferences\nA book\n")
    assert command.run([str(document), "--json", "--version", str(version)]) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["total"], said["rule"], said["excluded"]) == (1321, "words-2-r", {"references": 3})
    assert (said["limit"], said["most"], said["too_many"], said["over"]) == (1200, 1320, 1, "warn")
    assert command.run([str(document), "--version", "npqxx"]) == 2
    assert "There is no version npqxx" in capsys.readouterr().err


# --- for markers -------------------------------------------------------------------------------------
@pytest.mark.django_db
def test_practice_counts_as_the_assessment_does() -> None:
    one = sat(counting=counting(not_counted=list(LONG)))
    response = actions.prepare_text(sitting=one, texts={"": "Four words are here\nBibliography\nA book"})
    assert (response.count.total, dict(response.count.excluded)) == (4, {"references": 3})
