"""What too many words cost: taken once from the marks that were agreed, told to everybody but the markers."""

from dataclasses import replace
from typing import Any

import pytest

from goldenthread.appeals import actions as appeals
from goldenthread.assessment.models import Script, Window
from goldenthread.assessment.penalties import too_long
from goldenthread.assessment.rules.policies import Counting, Length, Over
from goldenthread.assessment.words import APART
from goldenthread.awards import actions as awards
from goldenthread.awards.transcript import transcript_of
from goldenthread.catalogue.policies import marks_off_data, marks_off_in, marks_off_text
from goldenthread.common.models import AuditEvent
from goldenthread.common.refused import Refused
from goldenthread.marking import queries as marking
from goldenthread.marking.models import Agreement, Marking
from goldenthread.marking.rules import Totals
from goldenthread.moderation.drawing import drawn_again
from goldenthread.moderation.final import final_marks, final_marks_of
from goldenthread.moderation.models import Round, Sampled
from goldenthread.moderation.national_package import LENGTH, mark_rows
from goldenthread.moderation.queries import marked_scripts
from goldenthread.outcomes import actions, board, queries
from goldenthread.outcomes.models import Outcome
from goldenthread.outcomes.taken_off import taken_off
from goldenthread.web.assessor.presenting import reading_of
from tests import factories
from tests import factories_appeals as appealing
from tests import factories_marking as make
from tests.factories_web import client_of

ENOUGH = 3996
TWO_FOR_100 = {"marks": 2, "each_words": 100}


def policy(off: dict[str, int], **other: Any) -> dict[str, Any]:
    found = marks_off_in(off)
    assert found is not None
    kept = {"not_counted": list(APART), "tolerance_percent": 0, "over": "penalty", **other}
    return {"counting": {**kept, "penalty": marks_off_text(found), "marks_off": off}}


def window_of(*scripts: tuple[int, Any], off: dict[str, int] = TWO_FOR_100, **fields: Any) -> Window:
    """A moderated window: for each (words, marks) one script of somebody with enough engagement."""
    window = make.window(policies=policy(off), **fields)
    make.markers(3)
    for words, _ in scripts:
        person = factories.enrolment(f"Person {words}", to=window.intake)
        factories.credit_minutes(person, ENOUGH)
        sitting = make.sitting(window, person)
        Script.objects.filter(sitting=sitting).update(words=words)
    make.mark_all(window, [marks for _, marks in scripts])
    make.moderated(window)
    return window


def released(window: Window) -> dict[str, Outcome]:
    awards.release(window=window, by=window.created_by, at=make.CLOSED)
    found = Outcome.objects.filter(window=window, number=1).select_related("enrolment__user", "window")
    return {one.enrolment.user.name: one for one in found}


# --- the rule ----------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("off", "words", "earned", "less"),
    [
        (TWO_FOR_100, 1500, 30, 0), (TWO_FOR_100, 1501, 30, 4), (TWO_FOR_100, 1600, 30, 4),
        (TWO_FOR_100, 1601, 30, 8), (TWO_FOR_100, 9000, 30, 30), (TWO_FOR_100, 1501, 3, 3),
        ({"marks": 1, "each_words": 1}, 1503, 30, 6), ({"marks": 5, "each_percent": 10}, 1650, 30, 10),
        ({"marks": 5, "each_percent": 10}, 1651, 30, 20), ({"percent": 10, "each_words": 50}, 1501, 31, 3),
        ({"percent": 10, "each_words": 50}, 1551, 31, 6), ({"percent": 50, "each_percent": 5}, 2000, 31, 31),
        ({"percent": 100, "each_words": 10000}, 1501, 7, 7), (TWO_FOR_100, 1501, 0, 0),
    ],
)  # fmt: skip
def test_each_begun_step_costs_and_nobody_falls_below_nothing(
    off: dict[str, int], words: int, earned: int, less: int
) -> None:
    counting = Counting(over=Over.PENALTY, penalty="so", marks_off=marks_off_in(off))
    assert Length(words, 1500, counting).half_marks_off(earned) == less
    assert counting.marks_off is not None
    assert marks_off_data(counting.marks_off) == off


def test_what_the_tolerance_takes_costs_nothing_and_no_limit_costs_nothing() -> None:
    counting = Counting(tolerance_percent=10, over=Over.PENALTY, marks_off=marks_off_in(TWO_FOR_100))
    assert Length(1650, 1500, counting).half_marks_off(30) == 0
    assert Length(1651, 1500, counting).half_marks_off(30) == 4
    assert Length(9000, None, counting).half_marks_off(30) == 0
    assert Length(9000, 1500, Counting(over=Over.PENALTY, penalty="two marks")).half_marks_off(30) == 0


def test_markers_read_the_length_without_what_the_rule_takes_off() -> None:
    counting = Counting(over=Over.PENALTY, penalty="2 marks less", marks_off=marks_off_in(TWO_FOR_100))
    length = Length(1502, 1500, counting)
    assert length.text.endswith(": 2 marks less")
    assert length.for_markers == "1,502 of 1,500 words, 2 too many"


# --- from the agreement to the result ----------------------------------------------------------------
@pytest.mark.django_db
def test_it_is_taken_once_from_what_was_agreed_and_no_marking_changes() -> None:
    window = window_of((1500, make.FAIR), (1501, make.FAIR), (1650, make.FAIR), (1701, make.FAIR))
    assert {one.half_marks for one in Agreement.objects.all()} == {30}
    assert {one.learn_that + one.learn_how_to for one in Marking.objects.all()} == {15}
    found = released(window)
    assert {name: (one.half_marks_off, one.result) for name, one in found.items()} == {
        "Person 1500": (0, "passed"), "Person 1501": (4, "passed"), "Person 1650": (8, "not_passed"),
        "Person 1701": (12, "not_passed"),
    }  # fmt: skip
    assert {(one.half_marks_learn_that, one.half_marks_learn_how_to) for one in found.values()} == {(18, 12)}
    task = next(one for one in found["Person 1650"].conditions if one["key"] == "task")
    assert task["text"] == (
        "The case study earned 15 of 20 marks; 4 are taken off for 150 words too many (2 marks less for every 100 "
        "words too many, begun ones too), so 11 count; 12 are needed."
    )
    assert task["figures"]["half_marks"] == 22
    event = AuditEvent.objects.get(
        verb="outcome.released", subject=f"enrolment:{found['Person 1650'].enrolment_id}"
    )
    assert [event.details[key] for key in ("earned_half_marks", "half_marks_off", "half_marks")] == [
        30,
        8,
        22,
    ]
    untouched = f"enrolment:{found['Person 1500'].enrolment_id}"
    assert "half_marks_off" not in AuditEvent.objects.get(verb="outcome.released", subject=untouched).details


@pytest.mark.django_db
def test_granted_words_are_not_too_many_and_an_earlier_script_does_not_count() -> None:
    window = window_of((1700, make.FAIR), (1800, make.FAIR))
    first, second = window.sittings.order_by("pk")
    first.extra_words = 250
    first.save(update_fields=["extra_words"])
    Script.objects.create(
        sitting=first, number=2, key="old", current=False, text="x", words=9000, word_rule="1", sha256="0" * 64,
        own_work=True, received_at=make.OPENS_AT,
    )  # fmt: skip
    assert {sitting: length.excess for sitting, length in too_long(window).items()} == {second.pk: 300}
    final = final_marks(window)
    assert (final[first.pk].off, final[second.pk].off) == (0, 12)
    alone = final_marks_of(second)
    assert alone is not None
    assert alone == final[second.pk]


@pytest.mark.django_db
def test_who_wrote_too_much_is_asked_with_the_marks_and_what_is_off_follows_from_them(
    django_assert_num_queries: Any,
) -> None:
    window = window_of((1500, make.FAIR), (1800, make.FAIR))
    assert [line.off for line in sorted(queries.evaluations(window), key=lambda line: line.off)] == [0, 12]
    assert sorted(row[-3] for row in mark_rows(window)) == ["0", "300"]
    with django_assert_num_queries(1):
        final = final_marks(window)
    (long,) = [one for one in final.values() if one.length]
    assert (long.off, replace(long, half_marks=Totals(2, 2)).off) == (12, 4)  # no more than there is


@pytest.mark.django_db
def test_a_window_whose_penalty_people_apply_takes_nothing_off_and_asks_nothing(
    django_assert_num_queries: Any,
) -> None:
    window = make.window(policies={"counting": policy(TWO_FOR_100)["counting"] | {"marks_off": None}})
    script = make.script(window)
    Script.objects.filter(pk=script.pk).update(words=3000)
    with django_assert_num_queries(0):
        assert too_long(window) == {}


@pytest.mark.django_db
def test_the_board_has_the_sum_before_and_after_and_no_code() -> None:
    window = window_of((1500, make.FAIR), (1650, make.FAIR), (1501, make.GOOD))
    figures = board.figures_of(window)
    assert figures.less == ((30, 8), (36, 4))
    assert figures.half_marks == (22, 30, 32)
    assert (figures.reached, figures.as_dict()["less"]) == (2, 2)
    office = client_of(window.created_by)
    page = office.get(f"/office/windows/{window.pk}/board/").content.decode()
    assert "Taken off for too many words" in page
    assert not any(code in page for code in window.sittings.values_list("code", flat=True))
    before = office.get(f"/office/windows/{window.pk}/outcomes/").content.decode()
    assert "(15 earned, 4 off for length)" in before
    released(window)
    after = office.get(f"/office/windows/{window.pk}/outcomes/").content.decode()
    assert "11 (15 earned, 4 off for length)" in after
    order = office.get(f"/office/windows/{window.pk}/outcomes/?order=marks").content.decode()
    assert order.index("Person 1650") < order.index("Person 1500") < order.index("Person 1501")


@pytest.mark.django_db
def test_a_preview_that_was_seen_before_a_sum_changed_releases_nothing() -> None:
    window = window_of((1650, make.GOOD))
    seen = queries.preview(window).fingerprint
    Script.objects.filter(sitting__window=window).update(words=1701)
    with pytest.raises(Refused) as no:
        actions.release(window=window, by=window.created_by, at=make.CLOSED, seen=seen)
    assert no.value.code == "outcomes.changed"


@pytest.mark.django_db
def test_the_person_and_the_transcript_are_told_and_the_marker_is_not() -> None:
    window = window_of((1650, make.FAIR))
    script = Script.objects.select_related("sitting__window").get()
    marker = Marking.objects.order_by("pk").first()
    assert marker is not None
    read = reading_of(script, window, by=marker.marker, capacity="marker", at=make.CLOSED)
    assert read.length == "1,650 of 1,500 words, 150 too many"
    one = released(window)["Person 1650"]
    less = taken_off(one)
    assert less is not None
    assert (less.before, less.off, less.after) == (30, 8, 22)
    page = client_of(one.enrolment.user).get("/my/result/").content.decode()
    assert "Your marks: 11 of 20" in page
    assert "15 earned, 4 taken off for 150 words too many" in page
    rows = [row for row in transcript_of(one.enrolment, at=make.CLOSED).assessed if row[0] == "Taken off"]
    assert [row[1] for row in rows] == ["4 marks"]


@pytest.mark.django_db
def test_a_correction_and_an_appeal_take_it_off_anew_from_what_they_earned() -> None:
    window = window_of((1650, make.FAIR), (1500, make.FAIR))
    found = released(window)
    one = found["Person 1650"]
    lifted = awards.correct(
        outcome=one, reason="Two marks were left out", by=window.created_by, at=make.CLOSED,
        half_marks=Totals(20, 14),
    )  # fmt: skip
    assert (lifted.half_marks_off, lifted.result) == (8, "passed")
    event = AuditEvent.objects.get(verb="outcome.corrected")
    assert [event.details[key] for key in ("earned_half_marks", "half_marks_off", "half_marks")] == [
        34,
        8,
        26,
    ]
    again = awards.correct(outcome=lifted, reason="Credits", by=window.created_by, at=make.CLOSED)
    assert (again.half_marks_off, queries.half_marks_of(again)) == (8, Totals(20, 14))


@pytest.mark.django_db
@pytest.mark.parametrize(("given", "passes"), [(make.GOOD, True), (make.marks(4, 3, 3, 3, 3), False)])
def test_a_re_mark_counts_after_what_is_taken_off(given: Any, passes: bool) -> None:
    window = window_of((1701, make.FAIR))
    outcome = released(window)["Person 1701"]
    appeal = appealing.admitted(outcome)
    make.submit(appealing.remark(appeal), given, at=appealing.NEXT)
    follows, marks = appeals.what_follows(appeal)
    assert (follows.half_marks_off, follows.passed) == (12, passes)
    assert marks == Totals(22 if passes else 20, 14 if passes else 12)


@pytest.mark.django_db
def test_a_re_mark_that_lowers_what_counts_is_refused() -> None:
    window = window_of((1501, make.FAIR), off={"percent": 10, "each_words": 100})
    outcome = released(window)["Person 1501"]
    assert outcome.half_marks_off == 3
    appeal = appealing.admitted(outcome)
    make.submit(appealing.remark(appeal), make.marks(3, 3, 3, 3, 2), at=appealing.NEXT)
    with pytest.raises(Refused) as no:
        appeals.what_follows(appeal)
    assert no.value.code == "appeal.lower"


@pytest.mark.django_db
def test_the_national_package_has_what_was_earned_what_was_taken_off_and_what_counts() -> None:
    window = window_of((1650, make.FAIR), (1500, make.FAIR))
    rows = {row[0]: row for row in mark_rows(window)}
    long, short = (rows[one.code] for one in window.sittings.order_by("pk"))
    assert LENGTH == ("words_too_many", "off_for_length", "total_that_counts")
    assert (long[6:8], long[-3:]) == (["15", "no"], ["150", "4", "11"])
    assert (short[6:8], short[-3:]) == (["15", "yes"], ["0", "0", "15"])


@pytest.mark.django_db
def test_who_falls_below_the_pass_mark_by_the_length_is_in_the_sample_and_the_reason_names_no_length() -> (
    None
):
    window = window_of((1501, make.GOOD), (1400, make.GOOD), off={"marks": 8, "each_words": 100})
    found = {one.script: one for one in marked_scripts(window)}
    by_words = {one.words: found[one.pk] for one in Script.objects.filter(sitting__window=window)}
    assert {words: (one.half_marks, one.off) for words, one in by_words.items()} == {
        1501: (36, 16),
        1400: (36, 0),
    }
    reasons = dict(Sampled.objects.values_list("script_id", "reasons"))
    assert "near where the result turns" in reasons[by_words[1501].script]
    assert "near where the result turns" not in reasons.get(by_words[1400].script, [])
    assert drawn_again(Round.objects.get(window=window), pass_mark=marking.scheme_of(window).pass_mark)
