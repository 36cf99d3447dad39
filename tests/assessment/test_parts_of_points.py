"""To which part of the response a mark point belongs: said by its author, checked, shown, frozen (S0-42)."""

from dataclasses import replace
from typing import Any

import pytest
from django.urls import reverse

from goldenthread.assessment import actions, practice_queries, queries
from goldenthread.assessment.models import CaseStudy, MarkPoint
from goldenthread.assessment.rules import Stale
from goldenthread.assessment.rules.parts import Asked, PartMarks, check_parts, marks_by_part
from goldenthread.assessment.rules.schemes import Printed
from goldenthread.common.refused import Refused, allows
from tests import factories_assessment as made
from tests.assessment.test_practice import NPQH, scenario
from tests.assessment.test_rules import PARTS, THAT
from tests.web.test_office_assessment import author, published_by, scheme_fields, text_of

PROBLEM, SOLUTION, RATIONALE, STEPS = (f"{part.number} {part.title}" for part in PARTS)


# --- the rules ------------------------------------------------------------------------------------------------
@pytest.mark.requirement("S0-42")
def test_marks_are_summed_by_part_in_the_order_of_the_response_and_what_has_none_comes_last() -> None:
    points = [
        Asked(1, "implementation", 4),
        Asked(2, "", 6),
        Asked(3, "problem", 3),
        Asked(4, "implementation", 2),
    ]
    assert marks_by_part(PARTS, points, {1: 7, 2: 12, 3: 0, 4: 3}) == (
        PartMarks(PROBLEM, 0, 3),
        PartMarks(STEPS, 10, 6),
        PartMarks("Whole response", 12, 6),
    )
    every = [Asked(number, part.key, number) for number, part in enumerate(PARTS, start=1)]
    assert [one.name for one in marks_by_part(PARTS, every, {})] == [PROBLEM, SOLUTION, RATIONALE, STEPS]
    assert [one.maximum for one in marks_by_part(PARTS, every, {})] == [1, 2, 3, 4]


@pytest.mark.parametrize("parts", [PARTS, ()])
def test_a_scheme_that_names_no_part_has_no_marks_by_part(parts: Any) -> None:
    assert marks_by_part(parts, [Asked(1, "", 4), Asked(2, "", 6)], {1: 8}) == ()
    assert marks_by_part((), [Asked(1, "problem", 4)], {1: 8}) == ()


@pytest.mark.parametrize(
    ("part", "good"), [("", True), ("problem", True), ("implementation", True), ("steps", False)]
)
def test_a_point_belongs_to_a_part_of_its_version_or_to_the_whole(part: str, good: bool) -> None:
    assert allows(check_parts, PARTS, [replace(THAT, part=part)]) is good
    assert allows(check_parts, (), [replace(THAT, part=part)]) is (part == "")
    if not good:
        with pytest.raises(
            Refused, match=r"Mark point 1 belongs to “steps”.*Implementation steps, or the whole"
        ) as no:
            check_parts(PARTS, [replace(THAT, part=part)])
        assert no.value.code == "scheme.part"


# --- the author -----------------------------------------------------------------------------------------------
def save(case: CaseStudy, *parts: str, revision: int | None = None) -> Any:
    points = [
        replace(point, part=part)
        for point, part in zip(made.points(case.version.programme.code), parts, strict=True)
    ]
    return actions.set_scheme(
        case_study=case,
        points=points,
        pass_mark=10,
        tolerance=2,
        printed=Printed(20),
        by=made.author(),
        at=made.BEFORE,
        revision=revision,
    )


def kept(case: CaseStudy) -> list[str]:
    return list(
        MarkPoint.objects.filter(scheme__case_study=case).order_by("number").values_list("part", flat=True)
    )


@pytest.mark.django_db
@pytest.mark.requirement("S0-42")
def test_parts_are_kept_with_the_scheme_and_a_change_of_one_is_a_change() -> None:
    case = made.case_study(NPQH, published=False)
    assert kept(case) == ["", "", ""]
    first = save(case, "problem", "implementation", "")
    assert kept(case) == ["problem", "implementation", ""]
    assert save(case, "problem", "implementation", "").revision == first.revision
    assert save(case, "problem", "rationale", "").revision == first.revision + 1
    with pytest.raises(Stale):
        save(case, "solution", "rationale", "", revision=first.revision)
    with pytest.raises(Refused, match=r"^Mark point 3 belongs to “else”"):
        save(case, "problem", "rationale", "else")
    assert kept(case) == ["problem", "rationale", ""]
    actions.publish(case_study=case, by=made.author(), at=made.BEFORE)
    with pytest.raises(Refused, match="published"):
        save(case, "problem", "solution", "")
    assert kept(case) == ["problem", "rationale", ""]


@pytest.mark.django_db
@pytest.mark.requirement("S0-42")
def test_a_version_without_parts_takes_none() -> None:
    case = made.case_study(published=False)
    with pytest.raises(Refused, match="no part of this response: leave it to the whole response") as no:
        save(case, "problem", "", "")
    assert no.value.code == "scheme.part"
    MarkPoint.objects.filter(scheme__case_study=case, number=2).update(part="problem")
    with pytest.raises(Refused, match="Mark point 2 belongs to “problem”"):
        actions.publish(case_study=case, by=made.author(), at=made.BEFORE)
    page = text_of(author().get(reverse("office:case_study", args=[case.pk])))
    assert "Part of the response" not in page


@pytest.mark.django_db
@pytest.mark.requirement("S0-42")
def test_an_author_chooses_the_part_on_the_page() -> None:
    case = made.case_study(NPQH, published=False)
    that, how = made.statements("NPQH")
    client, address = author(), reverse("office:case_study", args=[case.pk])
    scheme = reverse("office:mark_scheme", args=[case.pk])
    rows = scheme_fields((that.pk, "Says why", 12), (how.pk, "Plans it", 8))
    shown = text_of(client.get(address))
    assert f'<option value="implementation">{STEPS}</option>' in shown
    wrong = client.post(scheme, {**rows, "points-1-part": "else"})
    assert wrong.status_code == 422
    assert "Choose a part of this response, or the whole of it." in text_of(wrong)
    more = client.post(scheme, {**rows, "points-1-part": "implementation", "more": "1"})
    assert 'value="implementation" selected' in text_of(more)
    assert client.post(scheme, {**rows, "points-1-part": "implementation"}).status_code == 302
    assert kept(case) == ["", "implementation"]
    assert 'value="implementation" selected' in text_of(client.get(address))
    assert "can&#x27;t be changed" in published_by(client, case)
    read = text_of(client.get(address))
    assert f'2. Plans it <span class="gt-point-part">{STEPS}</span>' in read
    assert '1. Says why <span class="gt-point-part">Whole response</span>' in read


# --- practice -------------------------------------------------------------------------------------------------
@pytest.mark.django_db
@pytest.mark.requirement("S0-42")
def test_practice_shows_the_part_beside_the_point() -> None:
    first = scenario(NPQH)
    parts = queries.parts_of_version(first.case_study.version)
    assert {one.part_name for one in practice_queries.points_of(first, parts)} == {""}
    MarkPoint.objects.filter(scheme__case_study=first.case_study, number=2).update(part="rationale")
    names = [one.part_name for one in practice_queries.points_of(first, parts)]
    assert names == ["Whole response", RATIONALE, "Whole response"]
