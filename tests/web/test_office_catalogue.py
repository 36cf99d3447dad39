"""The catalogue as the office reads it, and the choice of a value where sources disagree."""

from datetime import date

import pytest
from django.urls import reverse

from goldenthread.assessment import actions as assessment
from goldenthread.catalogue.models import ProgrammeVersion
from goldenthread.common.models import AuditEvent
from goldenthread.intakes.models import Ruling
from goldenthread.people.models import Role
from tests import factories
from tests.factories_web import Cast, cast, client_of, page, queries_of

pytestmark = pytest.mark.django_db
NPQSL = "npqsl-reformed-international"
NPQH_LEGACY = "npqh-legacy-england"


@pytest.fixture
def people(catalogue: None) -> Cast:
    return cast()


def test_every_version_is_listed_with_its_totals(people: Cast) -> None:
    lines = {
        line.version.key: line for line in page(people.office, reverse("office:catalogue")).context["lines"]
    }
    assert set(lines) == set(ProgrammeVersion.objects.values_list("key", flat=True))
    assert lines[factories.NPQLT].total_text == "74 h declared, and the parts add up to it"
    assert lines[NPQH_LEGACY].total.status == "incomplete"
    assert lines[factories.NPQLT].enrolments == 2
    assert lines[factories.NPQLT].frozen
    assert lines[NPQSL].to_choose == 1


def test_closed_programmes_are_named_with_what_followed(people: Cast) -> None:
    closed = page(people.office, reverse("office:catalogue")).context["closed"]
    assert "NPQML" in [programme.code for programme in closed]


def test_every_version_has_a_page_with_conflicts_unknowns_and_sources(people: Cast) -> None:
    for key in ProgrammeVersion.objects.values_list("key", flat=True):
        response = page(people.office, reverse("office:version", args=[key]))
        assert response.status_code == 200, key
        assert response.context["page"].figures, key


def test_a_conflict_shows_which_value_is_in_force(people: Cast) -> None:
    found = page(people.office, reverse("office:version", args=[NPQSL])).context["page"]
    conflict = next(line for line in found.conflicts if line.conflict.id == "C-01")
    assert conflict.conflict.must_be_chosen
    assert sorted(value.text for _, value in conflict.values) == ["1,500 words", "2,500 words"]


def test_a_version_that_is_not_there_is_not_found(people: Cast) -> None:
    assert page(people.office, reverse("office:version", args=["npqx"])).status_code == 404


def test_nobody_else_reads_the_catalogue_pages(people: Cast) -> None:
    intake = factories.intake(NPQSL)
    urls = [
        reverse("office:catalogue"),
        reverse("office:version", args=[NPQSL]),
        reverse("office:ruling", args=[NPQSL, intake.pk, "assessment.max_words"]),
    ]
    for user in people.everybody_but("office"):
        assert [page(user, url).status_code for url in urls] == [404, 404, 404], user


@pytest.mark.requirement("S0-31")
def test_the_office_chooses_a_word_limit_with_a_reason_and_the_trail_keeps_it(people: Cast) -> None:
    intake = factories.intake(NPQSL)
    url = reverse("office:ruling", args=[NPQSL, intake.pk, "assessment.max_words"])
    asked = page(people.office, url).context["asked"]
    place = [line.text for line in asked.candidates].index("1,500 words")
    response = client_of(people.office).post(url, {"value": place, "reason": "The slide is newer."})
    assert response.status_code == 302
    ruling = Ruling.objects.get(intake=intake)
    assert (ruling.value, ruling.reason, ruling.chosen_by) == (1500, "The slide is newer.", people.office)
    assert AuditEvent.objects.filter(verb="intake.ruled").count() == 1
    assert "Chosen now: 1500" in page(people.office, url).content.decode()
    assert "Not chosen" not in page(people.office, reverse("office:version", args=[NPQSL])).content.decode()


@pytest.mark.parametrize(
    "data",
    [{"value": "0"}, {"value": "7", "reason": "x"}, {"reason": "x"}, {"value": "0", "reason": "x" * 5000}],
)
def test_a_choice_without_value_or_reason_comes_back(people: Cast, data: dict[str, str]) -> None:
    intake = factories.intake(NPQSL)
    url = reverse("office:ruling", args=[NPQSL, intake.pk, "assessment.max_words"])
    assert client_of(people.office).post(url, data).status_code == 422
    assert not Ruling.objects.exists()


@pytest.mark.parametrize(
    "rule", ["assessment.pass_mark", "sections", "__class__", "assessment.tasks.1.max_words"]
)
def test_what_is_not_open_to_choice_has_no_page(people: Cast, rule: str) -> None:
    intake = factories.intake(NPQSL)
    assert page(people.office, reverse("office:ruling", args=[NPQSL, intake.pk, rule])).status_code == 404
    settled = reverse("office:ruling", args=[factories.NPQLT, people.amara.intake_id, "assessment.max_words"])
    assert page(people.office, settled).status_code == 404


def test_the_pages_take_the_same_queries_for_one_and_three_intakes(catalogue: None) -> None:
    from datetime import date

    office = factories.member(Role.OFFICE)
    urls = [reverse("office:catalogue"), reverse("office:version", args=[NPQSL])]
    factories.intake(NPQSL)
    one = [queries_of(office, url) for url in urls]
    factories.intake(NPQSL, starts_on=date(2025, 1, 6))
    factories.intake(NPQSL, starts_on=date(2025, 9, 1))
    assert [queries_of(office, url) for url in urls] == one
    assert max(one) <= 12


@pytest.mark.requirement("S0-31")
def test_the_word_limit_of_an_intake_whose_window_is_set_is_not_changed_here_either(people: Cast) -> None:
    intake = factories.intake("npqh-reformed-international")
    told = {"intake": intake, "by": people.office, "at": factories.AT}
    assessment.choose_word_limit(value=2500, reason="Three tables", **told)
    assessment.schedule_window(opens_on=date(2026, 3, 2), **told)
    url = reverse("office:ruling", args=[intake.version.key, intake.pk, "assessment.max_words"])
    client = client_of(people.office)
    answers = [client.post(url, {"value": str(place), "reason": "The slide"}) for place in (0, 1)]
    assert {one.status_code for one in answers} == {422}
    assert all("know the limit" in one.content.decode() for one in answers)
    assert Ruling.objects.get(intake=intake).value == 2500
