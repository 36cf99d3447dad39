"""A case study belongs to one framework: what is offered, refused, shown at the point and put right (S0-35)."""

from typing import Any

import pytest
from django.urls import reverse

from goldenthread.assessment import actions, citing, queries
from goldenthread.assessment.models import CaseStudy, MarkPoint
from goldenthread.assessment.rules.schemes import Printed
from goldenthread.catalogue.models import ContentArea, Framework, Programme, Statement
from goldenthread.common.refused import Refused
from tests import factories
from tests import factories_assessment as made
from tests.catalogue.framework_sample import text_of_npqlt
from tests.catalogue.test_framework_import import statement, take_in
from tests.web.test_office_assessment import author, published_by, scheme_fields, text_of

SUMMARY = "NPQLT reformed (our summary, revision 1)"
OFFICIAL = "NPQLT reformed (official text, revision 2)"
WARMER = text_of_npqlt().replace("Lamps are hot.", "Lamps are warm.")


def of_edition(edition: str, *, number: int = 1, kind: str = "learn_that") -> Statement:
    """A whole statement of another edition of NPQLT, in an area of the same name."""
    programme = Programme.objects.get(code="NPQLT")
    framework, _ = Framework.objects.get_or_create(
        programme=programme, edition=edition, defaults={"title": f"NPQLT {edition}"}
    )
    area, _ = ContentArea.objects.get_or_create(
        framework=framework, number=1, defaults={"key": "at", "name": "Adaptive Teaching"}
    )
    return Statement.objects.create(
        area=area, code=f"NPQLT-{edition}-{kind}-{number}", kind=kind, number=number, text="Pupils differ."
    )


def point(one: Statement, text: str = "Says so", maximum: int = 10) -> actions.PointInput:
    return actions.PointInput(statement=one, text=text, maximum=maximum)


def save(case: CaseStudy, *statements: Statement) -> Any:
    return actions.set_scheme(
        case_study=case,
        points=[point(one) for one in statements],
        pass_mark=5,
        tolerance=2,
        printed=Printed(10 * len(statements)),
        by=made.author(),
        at=made.BEFORE,
    )


def mix(case: CaseStudy, number: int, other: Statement) -> None:
    """A draft as earlier versions let it be saved."""
    MarkPoint.objects.filter(scheme__case_study=case, number=number).update(statement=other, kind=other.kind)


def publish(case: CaseStudy) -> CaseStudy:
    return actions.publish(case_study=case, by=made.author(), at=made.BEFORE)


def codes(case: CaseStudy) -> set[str]:
    return {one.code for _, group in citing.statements_for(case) for one in group}


@pytest.mark.django_db
@pytest.mark.requirement("S0-35")
@pytest.mark.parametrize(("edition", "number"), [("legacy", 1), ("legacy", 3), ("pilot", 2)])
def test_a_point_of_another_edition_of_the_programme_is_refused_by_name(edition: str, number: int) -> None:
    case = made.case_study(published=False)
    other = of_edition(edition, number=number)
    assert other.code not in codes(case)
    that, how = made.statements()
    with pytest.raises(Refused) as no:
        save(case, that, other, how)
    assert no.value.code == "scheme.framework"
    assert no.value.message == (
        f"Mark point 2 cites Adaptive Teaching {number} of NPQLT {edition} (our summary, revision 1). This case "
        f"study belongs to {SUMMARY}: choose a statement of that."
    )
    mix(case, number, other)  # as it could be saved before
    with pytest.raises(
        Refused, match=rf"^Mark point {number} cites Adaptive Teaching {number} of NPQLT {edition}"
    ):
        publish(case)
    case.refresh_from_db()
    assert case.state == "draft"


@pytest.mark.django_db
@pytest.mark.requirement("S0-35")
def test_a_version_of_the_other_edition_is_offered_its_own_statements() -> None:
    case = made.case_study(published=False)
    legacy = of_edition("legacy")
    version = case.version
    version.edition = "legacy"
    assert codes(CaseStudy(version=version)) == {legacy.code}
    version.edition = "unknown"
    nowhere = CaseStudy(version=version)
    assert (codes(nowhere), citing.name_of_framework(nowhere)) == (set(), "")


@pytest.mark.django_db
@pytest.mark.requirement("S0-35")
@pytest.mark.usefixtures("catalogue")
def test_summary_and_official_text_are_never_mixed() -> None:
    case = made.case_study(published=False)
    first = {p.statement.code for p in queries.scheme_of(case).points.all()}
    assert first <= codes(case)
    take_in()
    assert codes(case) == set(
        Statement.objects.filter(
            area__framework__revision=2, area__framework__programme__code="NPQLT", complete=True
        )
        .exclude(area__kind="other")
        .values_list("code", flat=True)
    )
    new = statement("NPQLT.2-IM-LT4")
    kept = queries.scheme_of(case).points.all()[0].statement
    save(case, new, kept)  # what the draft cites already may wait until it is published
    with pytest.raises(
        Refused, match=r"^Mark point 2 cites .*our summary, revision 1.*official text, revision 2"
    ):
        publish(case)
    with pytest.raises(Refused, match="Mark point 1 cites"):
        save(case, statement("NPQLT-IM-LT4"), new)  # but nothing more of it comes in


@pytest.mark.django_db
@pytest.mark.requirement("S0-35")
@pytest.mark.usefixtures("catalogue")
def test_a_draft_on_the_summary_opens_says_what_is_wrong_at_each_point_and_is_put_right() -> None:
    case = made.case_study(published=False)
    client, address = author(), reverse("office:case_study", args=[case.pk])
    assert "can’t be published here" not in text_of(client.get(address))
    take_in()
    page = client.get(address)
    shown = text_of(page)
    assert page.status_code == 200
    assert shown.count("This statement can’t be published here") == 3
    assert f"This case study belongs to {OFFICIAL}: choose a statement of that." in shown
    assert f"Not for this case study: {SUMMARY}" in shown
    assert "Mark point 1 cites" in published_by(client, case)
    old = [p.statement_id for p in queries.scheme_of(case).points.all()]
    that, how = statement("NPQLT.2-IM-LT4"), statement("NPQLT.2-CU-LH2")
    scheme = reverse("office:mark_scheme", args=[case.pk])
    half = [(that.pk, "Says why", 12), (old[2], "Plans it", 8)]
    assert client.post(scheme, scheme_fields(*half)).status_code == 302
    assert text_of(client.get(address)).count("This statement can’t be published here") == 1
    assert "Mark point 2 cites" in published_by(client, case)
    whole = [(that.pk, "Says why", 12), (how.pk, "Plans it", 8)]
    assert client.post(scheme, scheme_fields(*whole)).status_code == 302
    assert "can&#x27;t be changed" in published_by(client, case)


@pytest.mark.django_db
@pytest.mark.requirement("S0-35")
@pytest.mark.usefixtures("catalogue")
def test_words_that_stand_in_the_new_revision_are_chosen_already_and_one_save_puts_them_right() -> None:
    take_in()
    case = made.case_study(published=False)
    same, changed = statement("NPQLT.2-IM-LT4"), statement("NPQLT.2-AT-LT2")
    how = statement("NPQLT.2-CU-LH2")
    save(case, same, changed, how)
    take_in(WARMER)
    page = author().get(reverse("office:case_study", args=[case.pk]))
    rows = page.context["points"]
    assert [row["statement"].value() for row in rows][:3] == [
        statement("NPQLT.3-IM-LT4").pk,
        changed.pk,
        statement("NPQLT.3-CU-LH2").pk,
    ]
    assert "Implementation, learn-that 4, which is chosen here: save the mark scheme." in rows[0].advice
    assert rows[1].advice.endswith("choose a statement of that.")
    assert [bool(row.advice) for row in rows][:4] == [True, True, True, False]
    save(case, *(Statement.objects.get(pk=pk) for pk in (rows[0]["statement"].value(), how.pk)))
    with pytest.raises(Refused, match=r"^Mark point 2 cites"):
        publish(case)
    save(case, statement("NPQLT.3-IM-LT4"), statement("NPQLT.3-AT-LT2"), statement("NPQLT.3-CU-LH2"))
    assert publish(case).state == "published"


@pytest.mark.django_db
@pytest.mark.usefixtures("catalogue")
def test_what_is_published_stays_whatever_text_comes_later() -> None:
    case = made.case_study()
    before = list(MarkPoint.objects.filter(scheme=case.scheme).order_by("number").values())
    take_in()
    assert publish(case).state == "published"
    page = author().get(reverse("office:case_study", args=[case.pk]))
    assert "can’t be published here" not in text_of(page)
    assert list(MarkPoint.objects.filter(scheme=case.scheme).order_by("number").values()) == before


@pytest.mark.django_db
@pytest.mark.requirement("S0-35")
def test_a_crafted_statement_is_refused_with_the_framework_and_what_to_do() -> None:
    factories.version("npqltd-reformed-international")
    case = made.case_study(published=False)
    that, _ = made.statements()
    address = reverse("office:mark_scheme", args=[case.pk])
    strangers = [made.statements("NPQLTD")[0].pk, of_edition("legacy").pk, 10**9, "x"]
    for stranger in strangers:
        answer = author().post(address, scheme_fields((that.pk, "Says so", 5), (stranger, "Says so", 5)))
        shown = text_of(answer)
        assert answer.status_code == 422
        assert "Select a valid choice" not in shown
        assert (
            f"This statement isn’t one of {SUMMARY}, to which this case study belongs: choose one from the list."
            in shown
        )
    assert case.scheme.points.count() == 3
