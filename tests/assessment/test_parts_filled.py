"""A part of a response is filled with a word by the counting rule; signs and what nobody sees fill none (S0-42)."""

import pytest
from django.urls import reverse

from goldenthread.assessment import actions, practice_queries, words
from goldenthread.assessment.models import Script, Sitting
from goldenthread.assessment.practice_models import PracticeResponse
from goldenthread.assessment.rules import projects
from goldenthread.assessment.rules.policies import FIRST_COUNTING, Length
from goldenthread.assessment.rules.writing import check_written
from goldenthread.common.refused import Refused, allows
from tests import factories
from tests import factories_assessment as made
from tests.assessment.test_practice import NPQH, scenario
from tests.assessment.test_rules import FULL, PARTS
from tests.assessment.test_submit import hand_in_file, leadership, rules_parts
from tests.web.test_participant_assessment import at, page, signed_in

# A dash, dots, bullets; then what nobody sees: spaces without width, joiners, marks of direction, blank letters.
UNFILLED = [
    "",
    " \n",
    "-",
    "–",
    "...",
    "• •",
    "\u200b",
    "\u2060",
    "\u00ad",
    "\ufeff",
    "\u200e",
    "\u3164",
    "\u2800",
]
UNFILLED += ["\u200d", "\u061c", "\u180e", "\uffa0", "-\n\u200b\n…", "\u200e.\u200f", "\U000e0041"]
FILLED = ["Go", "4", "é", "-a-", "\u200bIn September", "読", "ก", "\u200ea", "½"]


@pytest.mark.requirement("S0-42")
@pytest.mark.parametrize("text", UNFILLED)
def test_what_has_no_word_is_a_part_that_is_missing(text: str) -> None:
    assert words.count_text(text).total == 0
    with pytest.raises(Refused, match=r"^4 Implementation steps missing") as no:
        check_written(PARTS, {**FULL, "implementation": text}, length=Length(4, 2500, FIRST_COUNTING))
    assert no.value.code == "script.part_missing"
    with pytest.raises(Refused, match=r"^1 The problem or problems missing, 3 Rationale"):
        check_written(
            PARTS, {**FULL, "problem": text, "rationale": text}, length=Length(4, 2500, FIRST_COUNTING)
        )
    with pytest.raises(Refused) as empty:
        check_written(PARTS, dict.fromkeys(FULL, text), length=Length(0, 2500, FIRST_COUNTING))
    assert empty.value.code == "script.empty"


@pytest.mark.requirement("S0-42")
@pytest.mark.parametrize("text", FILLED)
def test_one_word_fills_a_part_in_any_writing(text: str) -> None:
    assert words.count_text(text).total == 1 + (text == "\u200bIn September")
    check_written(PARTS, {**FULL, "implementation": text}, length=Length(4, 2500, FIRST_COUNTING))


@pytest.mark.parametrize("text", [*UNFILLED, *FILLED])
def test_a_part_is_filled_exactly_where_the_rule_counts_a_word(text: str) -> None:
    assert words.has_word(text) is (words.count_text(text).total > 0)
    ask = projects.Ask(key="one", title="Task 1", parts=PARTS)
    sections = {**FULL, "implementation": text}
    assert allows(projects.check_sections, ask, sections) is words.has_word(text)


@pytest.mark.django_db
@pytest.mark.requirement("S0-42")
def test_editor_and_document_are_refused_with_the_part_that_has_no_word() -> None:
    one = leadership()
    texts = dict.fromkeys(made.PARTS, "Something")
    for unfilled in ("-", "\u200b", "\u3164 \u2800"):
        with pytest.raises(Refused, match=r"^4 Implementation steps missing"):
            made.script(one, texts={**texts, "implementation": unfilled})
        document = [
            line
            for part in rules_parts(one)
            for line in (
                f"{part.number}. {part.title}",
                unfilled if part.key == "implementation" else "Some text.",
            )
        ]
        with pytest.raises(Refused, match=r"^4 Implementation steps missing"):
            hand_in_file(one, "\n".join(document).encode(), "mine.txt")
    assert not Script.objects.exists()
    assert made.script(one, texts={**texts, "implementation": "- then\u200b"}).words == 4


@pytest.mark.django_db
@pytest.mark.requirement("S0-42")
@pytest.mark.parametrize("text", ["...", "\u2060", "\u00ad"])
def test_the_page_names_the_part_and_keeps_what_was_typed(text: str) -> None:
    one = leadership()
    client = signed_in(one.enrolment.user)
    sent = {f"text_{number}": "Something" for number in (1, 2, 3)}
    with at(made.INSIDE):
        client.get(page(one))
        answer = client.post(
            page(one),
            {
                **sent,
                "text_4": text,
                "revision": 0,
                "form_key": "k",
                "own_work": "on",
                "ai_use": "none",
                "hand_in": "1",
            },
        )
    shown = answer.content.decode()
    assert answer.status_code == 422
    assert "4 Implementation steps missing" in shown
    assert shown.count("Something</textarea>") == 3
    assert not Script.objects.exists()
    assert Sitting.objects.get(pk=one.pk).state != "handed_in"
    assert reverse("participant:sitting", args=[one.pk]) in shown


@pytest.mark.django_db
@pytest.mark.requirement("S0-42")
def test_practice_asks_for_a_word_in_every_part_as_well() -> None:
    first = scenario(NPQH)
    enrolment = factories.enrolment(to=factories.intake(NPQH))
    parts = practice_queries.asked_of(enrolment).parts
    texts = {part.key: "A plan." for part in parts}
    sent = {
        "scenario": first,
        "enrolment": enrolment,
        "wants": "self",
        "by": enrolment.user,
        "at": made.INSIDE,
    }
    with pytest.raises(Refused, match=r"^2 .* missing"):
        actions.hand_in_practice(texts={**texts, parts[1].key: "\u200e…"}, revision=0, **sent)
    assert not PracticeResponse.objects.filter(state="handed_in").exists()
    assert actions.hand_in_practice(texts=texts, revision=0, **sent).words == 8
