"""A conflict settled for a whole version: by a named person, with a reason, and with every source kept."""

import pytest

from goldenthread.assessment import actions as assessment
from goldenthread.catalogue.models import ProgrammeVersion
from goldenthread.catalogue.rules import check_tables, conflicts
from goldenthread.common.models import AuditEvent
from goldenthread.common.refused import Refused
from goldenthread.intakes.models import Ruling
from goldenthread.intakes.queries import ruled
from goldenthread.intakes.rules import figures_of_conflict
from goldenthread.intakes.versions import settle
from goldenthread.people.models import Role, User
from tests import factories
from tests.factories import AT

pytestmark = pytest.mark.django_db
NPQSL, NPQH = "npqsl-reformed-international", "npqh-reformed-international"
WORDS = "assessment.max_words"


@pytest.fixture
def olu(catalogue: None) -> User:
    return factories.member(Role.OFFICE, "Olu Office")


def place_of(version: ProgrammeVersion, words: int) -> int:
    values = version.specification.assessment.max_words.values.values
    return [value.value for value in values].index(words)


def decide(
    version: ProgrammeVersion, words: int, by: User, reason: str = "The slide is newer"
) -> list[Ruling]:
    choices = {WORDS: place_of(version, words)}
    return settle(version=version, conflict="C-01", choices=choices, reason=reason, by=by, at=AT)


def test_the_chosen_value_counts_for_every_intake_of_this_version_only(olu: User) -> None:
    version, intake = factories.version(NPQSL), factories.intake(NPQSL)
    (ruling,) = decide(version, 1500, olu)
    assert (ruling.value, ruling.source, ruling.chosen_by, ruling.conflict) == (1500, "000:162", olu, "C-01")
    intake.refresh_from_db()
    assert ruled(intake, WORDS) == 1500
    limit = factories.version(NPQSL).specification.assessment.max_words
    assert not limit.must_be_chosen
    assert {value.value: value.source for value in limit.values.values} == {
        2500: ("000:91",),
        1500: ("000:162",),
    }
    assert factories.version(NPQH).specification.assessment.max_words.must_be_chosen


def test_the_same_decision_changes_nothing_and_another_keeps_both_in_the_trail(olu: User) -> None:
    version = factories.version(NPQSL)
    (first,) = decide(version, 1500, olu)
    (same,) = decide(version, 1500, olu)
    assert (first.pk, Ruling.objects.count()) == (same.pk, 1)
    decide(version, 2500, olu, "Three tables say so")
    told = (
        AuditEvent.objects.filter(verb="version.ruled").order_by("sequence").values_list("details", flat=True)
    )
    assert [(one["value"], one["earlier"]) for one in told] == [(1500, None), (2500, 1500)]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"conflict": "C-99"}, "ruling.unknown"),
        ({"choices": {WORDS: 2}}, "ruling.not_a_candidate"),
        ({"choices": {}}, "ruling.not_a_candidate"),
        ({"choices": {WORDS: 0, "total_hours": 0}}, "ruling.not_a_candidate"),
        ({"reason": "  "}, "ruling.reason"),
    ],
)
def test_what_no_source_gives_or_nobody_explains_is_refused(
    olu: User, change: dict[str, object], code: str
) -> None:
    said = {"conflict": "C-01", "choices": {WORDS: 0}, "reason": "Because", **change}
    with pytest.raises(Refused) as no:
        settle(version=factories.version(NPQSL), by=olu, at=AT, **said)  # type: ignore[arg-type]
    assert no.value.code == code
    assert not Ruling.objects.exists()


def test_an_intake_that_has_chosen_otherwise_is_not_overruled(olu: User) -> None:
    version, intake = factories.version(NPQSL), factories.intake(NPQSL)
    assessment.choose_word_limit(intake=intake, value=2500, reason="Tables", by=olu, at=AT)
    with pytest.raises(Refused) as no:
        decide(version, 1500, olu)
    assert no.value.code == "ruling.intakes_differ"
    assert intake.name in no.value.message
    decide(version, 2500, olu)
    assert ruled(intake, WORDS) == 2500


def test_on_a_version_in_use_what_is_open_is_decided_once(olu: User) -> None:
    person = factories.enrolment("Amara Applicant", by=olu, to=factories.intake(NPQSL))
    version = ProgrammeVersion.objects.get(pk=person.version_id)
    assert version.frozen_at
    decide(version, 1500, olu)
    with pytest.raises(Refused) as no:
        decide(version, 2500, olu)
    assert no.value.code == "ruling.frozen"
    assert factories.version(NPQSL).specification.assessment.max_words.values.value == 1500


def test_a_value_that_contradicts_the_rest_is_refused_with_what_it_contradicts(olu: User) -> None:
    version = factories.version(NPQSL)
    (stage,) = figures_of_conflict(version.specification, "C-02")
    one_hour = [value.value for value in stage.values].index(60)
    said = {"conflict": "C-02", "choices": {stage.key: one_hour}, "reason": "One cell for all"}
    with pytest.raises(Refused) as no:
        settle(version=version, by=olu, at=AT, **said)  # type: ignore[arg-type]
    assert no.value.code == "ruling.does_not_fit"
    assert "120 minutes" in no.value.message


def test_every_conflict_of_every_version_can_be_decided(olu: User) -> None:
    """C-01 to C-42: those with figures by one of their values, the others in words."""
    seen = set()
    for version in ProgrammeVersion.objects.order_by("pk"):
        before = check_tables(version.specification)
        for conflict in conflicts(version.specification):
            figures = figures_of_conflict(version.specification, conflict.id)
            choices = {one.key: one.values.index(one.in_force or one.candidates[0]) for one in figures}
            settle(version=version, conflict=conflict.id, choices=choices, reason="Read again", by=olu, at=AT)
            seen.add(conflict.id)
        fresh = ProgrammeVersion.objects.get(pk=version.pk).specification
        assert not any(one.must_be_chosen for one in conflicts(fresh))
        assert check_tables(fresh) == before
        assert fresh.total_hours.value == version.specification.total_hours.value
    assert len(seen) > 25
