"""Policy, known scripts, practice and the office's word, against the database."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from goldenthread.assessment.models import Window
from goldenthread.catalogue.models import ProgrammeVersion
from goldenthread.common.models import AuditEvent
from goldenthread.common.refused import Refused
from goldenthread.marking import (
    actions,
    handing_back,
    jobs,
    quality_queries,
    quality_rules,
    queries,
    standardising,
)
from goldenthread.marking.models import Marking
from goldenthread.marking.quality_models import KnownScript, KnownSet, MarkingPolicy
from goldenthread.marking.quality_rules import Policy
from goldenthread.marking.rules import Declaration
from goldenthread.moderation import actions as moderation
from goldenthread.moderation.models import Sampled
from goldenthread.people.models import Role, User
from tests import by_hand, factories
from tests import factories_marking as make
from tests import factories_quality as quality

pytestmark = pytest.mark.django_db
AT = make.CLOSED
NEAR = make.marks(3, 3, 3, 3, 2)  # one below FAIR


@pytest.fixture
def window() -> Window:
    """A window whose policy lets qualified markers in alone."""
    found = make.window()
    make.sitting(found)
    quality.policy(found, standardised=True, each=2, altogether=3, attempts=2)
    return found


def allocate(window: Window) -> int:
    return actions.allocate_window(window=window, by=window.created_by, at=AT)


# --- policy ----------------------------------------------------------------------------------------------
def test_window_without_a_policy_goes_to_all_markers() -> None:
    window = make.window()
    make.sitting(window)
    make.markers(2)
    assert quality_queries.policy_of(window.pk) == Policy()
    assert allocate(window) == 2


def test_policy_is_recorded_with_person_reason_and_time_and_the_same_again_is_one(window: Window) -> None:
    quality.policy(window, standardised=True, each=2, altogether=3, attempts=2)
    assert MarkingPolicy.objects.count() == 1
    event = AuditEvent.objects.get(verb="marking_policy.set")
    assert event.details["reason"] == "Agreed in the board."


def test_policy_stays_once_scripts_are_with_markers() -> None:
    window = make.window()
    make.sitting(window)
    make.markers(2)
    allocate(window)
    with pytest.raises(Refused) as refused:
        quality.policy(window, seed_percent=5)
    assert refused.value.code == "policy.allocated"


def test_policy_out_of_range_names_its_fields(window: Window) -> None:
    with pytest.raises(Refused) as refused:
        quality.policy(window, each=21, attempts=9)
    assert {one.field for one in (refused.value, *refused.value.others)} == {"each", "attempts", "altogether"}


# --- known scripts -------------------------------------------------------------------------------------------
def add(made: KnownSet, window: Window, marks: Any = make.FAIR, **fields: Any) -> KnownScript:
    given = {
        "texts": {"": quality.KNOWN_TEXT}, "reasons": {}, "reason": "So.", "form_key": str(uuid.uuid4()),
        "by": window.created_by, "at": AT, **fields,
    }  # fmt: skip
    return standardising.add_known(set=made, window=window, marks=marks, **given)


def test_known_scripts_are_not_written_before_everybody_has_seen_the_case(window: Window) -> None:
    with pytest.raises(Refused) as refused:
        standardising.start_set(
            window=window, use="practice", by=window.created_by, at=AT - timedelta(days=2)
        )
    assert refused.value.code == "known.unseen"


@pytest.mark.parametrize(
    ("marks", "fields", "field"),
    [
        (make.marks(5, 0, 0, 0, 0), {}, "point_1"),
        (make.marks(-1, 0, 0, 0, 0), {}, "point_1"),
        ({1: 1}, {}, "point_2"),
        (make.FAIR, {"reason": " "}, "reason"),
        (make.FAIR, {"texts": {"": " \n"}}, "text"),
    ],
)
def test_known_marks_fit_the_scheme_and_have_text_and_reason(
    window: Window, marks: Any, fields: dict, field: str
) -> None:
    made = quality.known_set(window, agreed=False)
    with pytest.raises(Refused) as refused:
        add(made, window, marks, **fields)
    assert refused.value.field == field
    assert made.scripts.count() == 2


def test_a_script_without_spaces_between_words_is_taken_and_counted(window: Window) -> None:
    made = quality.known_set(window, agreed=False)
    script = add(made, window, texts={"": "教師は生徒の理解を確かめる。" * 20})
    assert script.words > 20


def test_one_form_is_one_script(window: Window) -> None:
    made, key = quality.known_set(window, agreed=False), str(uuid.uuid4())
    assert add(made, window, form_key=key) == add(made, window, form_key=key)
    assert made.scripts.count() == 3


def test_a_former_script_is_taken_without_the_names_of_its_author(window: Window) -> None:
    old = make.script(window, name="Amara Applicant")
    made = quality.known_set(window, agreed=False)
    said = {"": "I, Amara Applicant, asked the school."}
    assert add(made, window, texts=said, taken_from=old).text == "I, [covered], asked the school."


def test_who_marked_a_former_script_never_gets_it_as_a_seed(window: Window) -> None:
    ben, bea = make.markers(2)
    old = make.script(window)
    for position, one in ((1, ben), (4, bea)):
        Marking.objects.create(script=old, position=position, marker=one, allocated_at=AT, due_on=AT.date())
    made = quality.known_set(window, "seeds", agreed=False)
    known, bo = add(made, window, taken_from=old), factories.member(Role.MARKER, "Bo Marker")
    everybody = [ben.pk, bea.pk, bo.pk]
    assert quality_queries.seeds_seen(everybody) == {ben.pk: {known.pk}, bea.pk: {known.pk}}
    make.submit(Marking.objects.select_related("marker").get(position=1))
    actions.set_aside(
        marking=Marking.objects.get(position=1), reason="Knew them.", by=window.created_by, at=AT
    )
    assert quality_queries.seeds_seen([ben.pk]) == {ben.pk: {known.pk}}


@pytest.mark.parametrize("way", ["handed back", "given on", "conflict", "time", "moderated"])
def test_who_had_a_former_script_never_gets_it_as_a_seed_whatever_became_of_it(way: str) -> None:
    window = make.window()
    make.markers(2)
    old = make.sitting(window).scripts.get()
    quality.policy(window, second="none", lease_days=2)
    allocate(window)
    marking, late = Marking.objects.select_related("marker").get(), AT + timedelta(days=17)
    ben = marking.marker
    if way == "handed back":
        handing_back.hand_back(marker=ben, numbers=[marking.pk], reason="Ill.", at=AT)
    elif way == "given on":
        handing_back.give_to_others(marker=ben, window=window, reason="Ill.", by=window.created_by, at=AT)
    elif way == "conflict":
        known_to = Declaration("recognised", "We shared a school.")
        actions.declare_conflict(marking=marking, declaration=known_to, by=ben, at=AT)
    elif way == "time":
        assert jobs.end_leases(late) == "1 scripts given on"
    else:
        make.submit(marking)
        moderation.open_round(window=window, by=factories.member(Role.MODERATOR, "Chidi"), at=AT, seed="s")
        assert Sampled.objects.filter(script=old).update(marked_by=ben) == 1
    by_hand.remove(Marking.objects.filter(marker=ben))
    assert set(quality_queries.seeds_seen([ben.pk])) == set()
    known = add(quality.known_set(window, "seeds", agreed=False), window, taken_from=old)
    with CaptureQueriesContext(connection) as asked:
        assert quality_queries.seeds_seen([ben.pk]) == {ben.pk: {known.pk}}
    assert len(asked) == 1


def test_marks_are_agreed_by_a_second_person_and_never_change(window: Window) -> None:
    made = quality.known_set(window, agreed=False)
    with pytest.raises(Refused) as refused:
        standardising.agree_set(set=made, by=window.created_by, at=AT)
    assert refused.value.code == "known.own"
    nia = factories.member(Role.OFFICE, "Nia Second")
    agreed = standardising.agree_set(set=made, by=nia, at=AT)
    assert standardising.agree_set(set=made, by=nia, at=AT + timedelta(days=1)).agreed_at == agreed.agreed_at
    for change in (
        lambda: add(made, window),
        lambda: standardising.remove_known(script=made.scripts.order_by("number")[0], by=nia, at=AT),
    ):
        with pytest.raises(Refused, match="stays as it is"):
            change()


def test_nobody_agrees_scripts_that_they_added_to_the_set_of_somebody_else(window: Window) -> None:
    empty = quality.known_set(window, marks=(), agreed=False)
    nia = factories.member(Role.OFFICE, "Nia Second")
    with pytest.raises(Refused) as refused:
        add(empty, window, by=nia)
    assert refused.value.code == "known.not_yours"
    own = standardising.start_set(window=window, use="practice", by=nia, at=AT)
    assert (own.made_by, own.number) == (nia, 2)
    assert standardising.start_set(window=window, use="practice", by=window.created_by, at=AT) == empty


def test_the_database_itself_wants_two_people(window: Window) -> None:
    made = quality.known_set(window, agreed=False)
    with pytest.raises(IntegrityError), transaction.atomic():
        KnownSet.objects.filter(pk=made.pk).update(agreed_by=made.made_by, agreed_at=AT)


def test_empty_set_is_not_agreed(window: Window) -> None:
    made = quality.known_set(window, marks=(), agreed=False)
    with pytest.raises(Refused) as refused:
        standardising.agree_set(set=made, by=factories.member(Role.OFFICE, "Nia"), at=AT)
    assert refused.value.code == "known.empty"


# --- practice ------------------------------------------------------------------------------------------------
def test_scripts_go_to_qualified_markers_alone(window: Window) -> None:
    ben, bea, bo = make.markers(3)
    quality.known_set(window)
    with pytest.raises(Refused, match="Nobody is qualified"):
        allocate(window)
    assert quality.practise(window, ben, [NEAR]).qualified
    with pytest.raises(Refused, match="Only one marker is qualified"):
        allocate(window)
    assert quality.practise(window, bea).qualified
    assert not quality.practise(window, bo, [make.GOOD, make.FAIR]).qualified
    assert allocate(window) == 2
    assert set(Marking.objects.values_list("marker", flat=True)) == {ben.pk, bea.pk}


def test_who_is_not_qualified_is_given_nothing_by_hand_either(window: Window) -> None:
    ben, bea, bo = make.markers(3)
    quality.known_set(window)
    quality.practise(window, ben)
    quality.practise(window, bea)
    allocate(window)
    marking = Marking.objects.get(position=1)
    assert quality_queries.free_markers(marking, AT.date()) == []
    with pytest.raises(Refused) as refused:
        actions.reassign(marking=marking, to=bo, reason="Ill.", by=window.created_by, at=AT)
    assert refused.value.code == "reassign.no_marker"


def test_failing_a_set_says_why_and_the_next_one_may_be_tried(window: Window) -> None:
    (ben,) = make.markers(1)
    quality.known_set(window)
    quality.known_set(window, marks=(make.GOOD,))
    first = quality.practise(window, ben, [make.GOOD])
    assert (first.qualified, first.worst, first.altogether) == (False, 3, 3)
    assert first.reasons == ["One script was 3 marks away; 2 are allowed."]
    second = quality.practise(window, ben, at=AT + timedelta(hours=1))
    assert (second.set.number, second.qualified) == (2, True)
    with pytest.raises(Refused) as refused:
        standardising.begin_attempt(window=window, marker=ben, at=AT)
    assert refused.value.code == "practice.qualified"


def test_attempts_end_with_the_policy_or_with_the_sets(window: Window) -> None:
    (ben,) = make.markers(1)
    for _ in range(3):
        quality.known_set(window, marks=(make.FAIR,))
    for _ in range(2):
        quality.practise(window, ben, [make.POOR])
    with pytest.raises(Refused) as refused:
        standardising.begin_attempt(window=window, marker=ben, at=AT)
    assert refused.value.code == "practice.no_attempt"
    bea = factories.member(Role.MARKER, "Bea")
    KnownSet.objects.filter(number__gt=1).update(agreed_at=None, agreed_by=None)
    quality.practise(window, bea, [make.POOR])
    with pytest.raises(Refused) as refused:
        standardising.begin_attempt(window=window, marker=bea, at=AT)
    assert refused.value.code == "practice.no_set"


def test_a_pass_given_to_a_fail_is_not_qualified_however_near(window: Window) -> None:
    (ben,) = make.markers(1)
    quality.known_set(window, marks=(make.marks(3, 2, 2, 2, 2),))  # 11 of 12
    attempt = quality.practise(window, ben, [make.marks(3, 3, 2, 2, 2)])
    assert (attempt.qualified, attempt.worst) == (False, 1)


def test_practice_marks_never_change_and_belong_to_their_marker(window: Window) -> None:
    ben, bea = make.markers(2)
    quality.known_set(window)
    attempt = standardising.begin_attempt(window=window, marker=ben, at=AT)
    assert standardising.begin_attempt(window=window, marker=ben, at=AT) == attempt
    script = quality_queries.scripts_in(attempt)[0][0]
    give: dict[str, Any] = {"attempt": attempt, "script": script, "at": AT}
    standardising.practise(**give, marks=make.FAIR, by=ben)
    standardising.practise(**give, marks=make.FAIR, by=ben)
    for marks, by, code in (
        (make.GOOD, ben, "practice.submitted"),
        (make.FAIR, bea, "practice.not_yours"),
        ({1: 5}, ben, "marks.out_of_range"),
    ):
        with pytest.raises(Refused) as refused:
            standardising.practise(**give, marks=marks, by=by)
        assert refused.value.code == code
    assert AuditEvent.objects.filter(verb="practice.marked").count() == 1


def test_who_wrote_a_set_is_not_measured_by_it(window: Window) -> None:
    made = quality.known_set(window)
    nia = made.agreed_by
    assert nia is not None
    with pytest.raises(Refused) as refused:
        standardising.begin_attempt(window=window, marker=nia, at=AT)
    assert refused.value.code == "practice.own"


# --- the office's word -------------------------------------------------------------------------------------------
def test_the_latest_of_set_and_word_counts(window: Window) -> None:
    ben, _ = make.markers(2)
    quality.known_set(window)
    quality.known_set(window)
    nia = factories.member(Role.OFFICE, "Nia Decides")

    def qualified() -> bool:
        return ben.pk in quality_queries.qualified_for(window, [ben.pk])

    def say(qualified: bool, hours: int) -> None:
        standardising.clear(
            window=window, marker=ben, qualified=qualified, reason="We talked.", by=nia,
            at=AT + timedelta(hours=hours),
        )  # fmt: skip

    quality.practise(window, ben, [make.GOOD])
    assert not qualified()
    say(True, 1)
    assert qualified()
    say(False, 2)
    assert not qualified()
    quality.practise(window, ben, at=AT + timedelta(hours=3))
    assert qualified()
    assert AuditEvent.objects.filter(verb__startswith="marker.").count() == 2


def test_nobody_decides_about_themselves_or_without_a_reason(window: Window) -> None:
    (ben,) = make.markers(1)
    for by, reason, code in (
        (ben, "I can.", "clear.own"),
        (window.created_by, " ", "quality.reason"),
    ):
        with pytest.raises(Refused) as refused:
            standardising.clear(window=window, marker=ben, qualified=True, reason=reason, by=by, at=AT)
        assert refused.value.code == code
    assert queries.markers_on(AT.date()) == [ben.pk]


def test_set_of_ones_own_is_passed_over_and_the_next_can_be_tried(window: Window) -> None:
    first = quality.known_set(window)
    nia = User.objects.get(name="Nia Second")
    factories.member(Role.MARKER, "Nia Second")
    with pytest.raises(Refused, match="the sets that are left") as refused:
        standardising.begin_attempt(window=window, marker=nia, at=AT)
    assert refused.value.code == "practice.own"
    second = standardising.start_set(window=window, use="practice", by=window.created_by, at=AT)
    add(second, window)
    standardising.agree_set(set=second, by=factories.member(Role.OFFICE, "Omi Third"), at=AT)
    found = quality_queries.practice_of(nia, window)
    assert (found.following, found.own) == (second, False)
    assert standardising.begin_attempt(window=window, marker=nia, at=AT).set == second
    assert first != second


@pytest.mark.parametrize(("second", "enough"), [("none", True), ("every", False), ("sample", False)])
def test_one_qualified_marker_is_enough_where_nobody_marks_twice(
    window: Window, second: str, enough: bool
) -> None:
    quality.policy(window, standardised=True, second=quality_rules.Second(second), second_percent=50)
    quality.known_set(window)
    ben, _ = make.markers(2)
    quality.practise(window, ben)
    if enough:
        assert allocate(window) >= 1
        return
    with pytest.raises(Refused) as refused:
        allocate(window)
    assert refused.value.code == "allocation.not_qualified"


@pytest.mark.parametrize(("markers", "second"), [(1, "none"), (2, "every")])
def test_where_nobody_set_a_policy_the_version_says_how_many_mark(markers: int, second: str) -> None:
    window = make.window()
    version = window.intake.version
    version.document["marking"]["markers"] = markers
    ProgrammeVersion.objects.filter(pk=version.pk).update(document=version.document)
    assert quality_queries.policy_of(window.pk).second == second
    quality.policy(window, second=quality_rules.Second.SAMPLE, second_percent=40)
    assert quality_queries.policy_of(window.pk).second == "sample"
