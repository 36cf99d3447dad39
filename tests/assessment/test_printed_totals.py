"""What a mark scheme says of itself as printed, against what its points give: a point that was left out is noticed."""

from dataclasses import replace
from typing import Any

import pytest
from django.urls import reverse

from goldenthread.assessment import actions, queries
from goldenthread.assessment.actions import hand_in_days
from goldenthread.assessment.models import CaseStudy, MarkScheme
from goldenthread.assessment.rules.schemes import Printed, check_kinds_add_up, check_printed
from goldenthread.common.models import AuditEvent
from goldenthread.common.refused import Refused
from tests import factories_assessment as made
from tests import factories_projects as project
from tests.factories_web import client_of, text_of

GIVEN = Printed(20, 12, 8)


# --- the rule ----------------------------------------------------------------------------------------
@pytest.mark.requirement("S0-37")
@pytest.mark.parametrize(
    ("printed", "field", "said"),
    [
        (Printed(), "total", "Enter the total that the mark scheme states as printed"),
        (Printed(24), "total", "give 20 marks in all, and the mark scheme says 24 as printed: 4 are missing"),
        (Printed(19), "total", "give 20 marks in all, and the mark scheme says 19 as printed: 1 is too many"),
        (Printed(20, 11), "total_learn_that", "give 12 marks for learn that"),
        (Printed(20, None, 9), "total_learn_how_to", "1 is missing"),
        (Printed(20, 12, 9), "total", "As printed the two kinds come to 21 marks and the total is 20"),
        (Printed(20, 21), "total", "come to 21 marks and the total is 20"),
    ],
)
def test_points_that_do_not_come_to_what_is_printed_are_refused(
    printed: Printed, field: str, said: str
) -> None:
    with pytest.raises(Refused) as refused:
        check_printed(printed, GIVEN)
    assert refused.value.field == field
    assert said in refused.value.message


@pytest.mark.parametrize("printed", [Printed(20), Printed(20, 12), Printed(20, None, 8), GIVEN])
def test_what_comes_to_the_printed_sums_may_be_published(printed: Printed) -> None:
    check_printed(printed, GIVEN)


def test_kinds_are_judged_only_where_a_total_is_entered() -> None:
    check_kinds_add_up(Printed(None, 12, 9))


# --- a case study ------------------------------------------------------------------------------------
def entered(case: CaseStudy, printed: Printed, points: Any = None) -> MarkScheme:
    return actions.set_scheme(
        case_study=case, points=points or made.points(), pass_mark=10, tolerance=2, printed=printed,
        by=made.author(), at=made.BEFORE,
    )  # fmt: skip


@pytest.mark.django_db
@pytest.mark.requirement("S0-37")
def test_a_draft_may_still_lack_points_and_is_not_published_before_they_come_to_the_total() -> None:
    case = made.case_study(published=False)
    three = made.points()
    total = sum(one.maximum for one in three)
    entered(case, Printed(total), three[:-1])
    with pytest.raises(Refused, match="no learn-how-to") as refused:
        actions.publish(case_study=case, by=made.author(), at=made.BEFORE)
    assert refused.value.code == "scheme.one_kind"
    entered(case, Printed(total), [replace(three[0], maximum=three[0].maximum - 1), *three[1:]])
    with pytest.raises(Refused, match="1 is missing") as refused:
        actions.publish(case_study=case, by=made.author(), at=made.BEFORE)
    assert refused.value.code == "scheme.printed"
    scheme = entered(case, Printed(total), three)
    assert AuditEvent.objects.filter(verb="mark_scheme.edited").latest("pk").details["printed"] == total
    assert actions.publish(case_study=case, by=made.author(), at=made.BEFORE).state == "published"
    scheme.refresh_from_db()
    assert (scheme.printed_total, scheme.printed_learn_that) == (total, None)


@pytest.mark.django_db
def test_a_draft_from_before_is_published_once_its_total_is_entered() -> None:
    case = made.case_study(published=False)
    MarkScheme.objects.update(printed_total=None)
    with pytest.raises(Refused, match="Enter the total") as refused:
        actions.publish(case_study=case, by=made.author(), at=made.BEFORE)
    assert refused.value.code == "scheme.no_total"
    before = queries.scheme_of(case)
    assert before is not None
    assert entered(case, Printed(20)).revision == before.revision + 1  # a change of it is a change
    actions.publish(case_study=case, by=made.author(), at=made.BEFORE)


@pytest.mark.django_db
def test_the_editor_asks_for_the_total_and_says_what_is_missing() -> None:
    case = made.case_study(published=False)
    client, page = client_of(made.author()), reverse("office:case_study", args=[case.pk])
    MarkScheme.objects.update(printed_total=24)
    found = text_of(client.get(page))
    assert "Total as printed" in found
    assert "They give 20 marks, and the mark scheme says 24 as printed." in found
    address = reverse("office:mark_scheme", args=[case.pk])
    sent = {
        "points-TOTAL_FORMS": 0,
        "points-INITIAL_FORMS": 0,
        "pass_mark": 10,
        "tolerance": 2,
        "revision": 1,
    }
    refused = client.post(address, sent)
    assert refused.status_code == 422
    assert set(refused.context["scheme_form"].errors) == {"total"}
    kinds = client.post(address, {**sent, "total": 20, "total_learn_that": 12, "total_learn_how_to": 9})
    assert "come to 21 marks" in text_of(kinds)


# --- a project task ----------------------------------------------------------------------------------
@pytest.mark.django_db
@pytest.mark.requirement("S1-31")
def test_the_scheme_of_a_task_is_entered_only_with_its_printed_total() -> None:
    version = project.intake().version
    criteria = [hand_in_days.Criterion(f"Criterion {n}", 5) for n in (1, 2, 3)]
    add = {"version": version, "task": "project", "label": "v2017", "criteria": criteria, "pass_mark": 8}
    add |= {"by": project.office(), "at": project.BEGIN}
    with pytest.raises(
        Refused, match="give 15 marks in all, and the mark scheme says 20 as printed: 5 are missing"
    ):
        hand_in_days.add_scheme(**add, total=20)
    assert not MarkScheme.objects.filter(of=version).exists()
    assert hand_in_days.add_scheme(**add, total=15).printed_total == 15
