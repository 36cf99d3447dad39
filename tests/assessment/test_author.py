"""Writing a case study: who may, what it must hold, and that it is frozen once it is published."""

import uuid
from dataclasses import replace
from typing import Any

import pytest
from django.db import connection
from django.http import Http404
from django.test.utils import CaptureQueriesContext

from goldenthread.applications.models import Enrolment
from goldenthread.assessment import actions, citing, queries, reuse
from goldenthread.assessment.models import CaseAccess, CaseStudy, MarkScheme
from goldenthread.assessment.opened import StillSealedError
from goldenthread.assessment.rules import Stale, schemes
from goldenthread.assessment.rules.schemes import Printed
from goldenthread.catalogue.models import Statement
from goldenthread.common.models import AuditEvent
from goldenthread.common.refused import Refused
from goldenthread.people.access import viewer_of
from goldenthread.people.models import Role
from tests import factories
from tests import factories_assessment as made


def looks(person: Any) -> Any:
    return viewer_of(person, on=made.BEFORE.date())


def scheme(case: CaseStudy, *statements: Statement, maximum: int = 10) -> None:
    actions.set_scheme(
        case_study=case,
        points=[actions.PointInput(statement=s, text="Says so", maximum=maximum) for s in statements],
        pass_mark=5,
        tolerance=2,
        by=made.author(),
        at=made.BEFORE,
    )


@pytest.mark.django_db
@pytest.mark.requirement("S0-37")
def test_a_published_case_study_has_a_scheme_for_both_kinds_and_is_frozen() -> None:
    case = made.case_study()
    judged = queries.judged_scheme(case.scheme)
    assert (judged.total, judged.marks("learn_that"), judged.marks("learn_how_to")) == (20, 12, 8)
    with pytest.raises(Refused, match="published"):
        actions.edit_case_study(
            case_study=case, title="Other", body="B", question="Q", by=made.author(), at=made.BEFORE
        )
    with pytest.raises(Refused, match="published"):
        scheme(case, made.statements()[0])
    assert actions.publish(case_study=case, by=made.author(), at=made.INSIDE).published_at == made.BEFORE


@pytest.mark.django_db
@pytest.mark.requirement("S0-36")
def test_a_scheme_for_understanding_alone_is_not_published() -> None:
    case = made.case_study(published=False)
    scheme(case, made.statements()[0], maximum=20)
    with pytest.raises(Refused, match="no learn-how-to statement"):
        actions.publish(case_study=case, by=made.author(), at=made.BEFORE)
    case.refresh_from_db()
    assert case.state == "draft"


@pytest.mark.django_db
@pytest.mark.requirement("S0-37")
def test_a_pass_mark_above_the_total_is_refused_with_both_numbers_when_the_draft_is_saved() -> None:
    case = made.case_study(published=False)
    with pytest.raises(Refused, match=r"pass mark of 5 is above the total of 4 ") as no:
        scheme(case, made.statements()[0], maximum=4)
    assert (no.value.code, no.value.field) == ("scheme.pass_mark", "pass_mark")
    assert case.scheme.points.count() == 3
    scheme(case, made.statements()[0], maximum=5)
    assert queries.judged_scheme(case.scheme).total == 5


@pytest.mark.django_db
def test_a_tolerance_that_is_no_smaller_than_the_total_is_refused_too() -> None:
    case = made.case_study(published=False)
    points = [actions.PointInput(statement=made.statements()[0], text="Says so", maximum=6)]
    with pytest.raises(Refused, match="tolerance of 6 must be smaller than the total of 6"):
        actions.set_scheme(
            case_study=case, points=points, pass_mark=5, tolerance=6, by=made.author(), at=made.BEFORE
        )


@pytest.mark.django_db
@pytest.mark.requirement("S0-35")
def test_a_statement_of_another_programme_is_refused_naming_the_mark_point() -> None:
    factories.version()
    case = made.case_study("npqltd-reformed-international", published=False)
    own, foreign = made.statements("NPQLTD")[0], made.statements("NPQLT")[1]
    with pytest.raises(Refused, match=r"Mark point 2 cites .* NPQLT, not NPQLTD"):
        scheme(case, own, foreign)
    assert case.scheme.points.count() == 3


@pytest.mark.django_db
@pytest.mark.requirement("S2-32")
def test_an_incomplete_statement_is_refused() -> None:
    case = made.case_study(published=False)
    that, how = made.statements()
    Statement.objects.filter(pk=that.pk).update(complete=False)
    that.refresh_from_db()
    with pytest.raises(Refused, match="incomplete in our source"):
        scheme(case, that, how)
    offered = [s.pk for _, group in citing.statements_for(case) for s in group]
    assert that.pk not in offered
    assert how.pk in offered


@pytest.mark.django_db
def test_only_authors_write_and_only_they_read() -> None:
    case = made.case_study(published=False)
    with pytest.raises(Refused, match="authors"):
        actions.publish(case_study=case, by=made.office(), at=made.BEFORE)
    assert queries.get_case_study_for(looks(made.author()), case.pk).body == made.BODY
    for person in (
        made.office(),
        factories.user(),
        factories.member(Role.MARKER),
        factories.member(Role.MODERATOR),
    ):
        with pytest.raises(Http404):
            queries.get_case_study_for(looks(person), case.pk)


@pytest.mark.django_db
def test_an_author_who_takes_part_in_the_programme_does_not_see_its_case_studies() -> None:
    case = made.case_study()
    enrolment = factories.enrolment("Amara Applicant")
    factories.Membership.objects.create(
        user=enrolment.user,
        organisation=factories.organisation(),
        role=Role.AUTHOR,
        starts_on=factories.START,
    )
    with pytest.raises(Http404):
        queries.get_case_study_for(looks(enrolment.user), case.pk)


@pytest.mark.django_db
def test_the_office_sees_numbers_and_nothing_of_the_content() -> None:
    case = made.case_study()
    row = queries.case_studies_for(looks(made.office())).get()
    assert str(row) == row.name == f"Case study {case.pk}"
    assert {"sealed", "sealed_needs"} <= row.get_deferred_fields()
    with pytest.raises(StillSealedError):
        print(row.title)
    with pytest.raises(Http404):
        queries.case_studies_for(looks(factories.user()))


def edit(case: CaseStudy, body: str, *, revision: int | None, by: Any = None) -> CaseStudy:
    return actions.edit_case_study(
        case_study=case,
        title=case.title,
        body=body,
        question=case.question,
        revision=revision,
        by=by or made.author(),
        at=made.BEFORE,
    )


@pytest.mark.django_db
def test_an_author_whose_page_is_older_overwrites_nothing_and_is_given_what_is_stored() -> None:
    case = made.case_study(published=False)
    abe = factories.member(Role.AUTHOR, "Abe Author")
    assert edit(case, "Ada's two hours of work", revision=0).revision == 1
    with pytest.raises(Stale, match="Nothing is overwritten") as stale:
        edit(case, "Abe's evening", revision=0, by=abe)
    assert (stale.value.revision, stale.value.texts["body"]) == (1, "Ada's two hours of work")
    case = made.reopened(case)
    assert case.body == "Ada's two hours of work"
    assert (
        edit(case, "Ada's two hours of work", revision=0, by=abe).revision == 1
    )  # the same text never clashes
    assert edit(case, "Both evenings", revision=1, by=abe).revision == 2
    assert AuditEvent.objects.filter(verb="case_study.edited").count() == 2


@pytest.mark.django_db
def test_a_mark_scheme_is_not_overwritten_from_an_older_page_either() -> None:
    case = made.case_study(published=False)
    first = {"case_study": case, "tolerance": 2, "by": made.author(), "at": made.BEFORE}
    points = made.points()
    shorter = points[1:]
    assert actions.set_scheme(points=points, pass_mark=9, revision=1, **first).revision == 2
    with pytest.raises(Stale) as stale:
        actions.set_scheme(points=shorter, pass_mark=8, revision=1, **first)
    assert (stale.value.revision, stale.value.texts["pass mark"]) == (2, "9")
    assert case.scheme.points.count() == 3
    assert actions.set_scheme(points=points, pass_mark=9, revision=1, **first).revision == 2
    assert actions.set_scheme(points=shorter, pass_mark=8, revision=2, **first).revision == 3
    assert case.scheme.points.count() == 2


@pytest.mark.django_db
def test_two_first_mark_schemes_are_one_and_a_clash() -> None:
    version = factories.version()
    case = actions.create_case_study(
        version=version, title="T", body="B", question="Q", by=made.author(), at=made.BEFORE
    )
    scheme = {"case_study": case, "tolerance": 1, "revision": 0, "by": made.author(), "at": made.BEFORE}
    actions.set_scheme(points=made.points(), pass_mark=9, **scheme)
    with pytest.raises(Stale):
        actions.set_scheme(points=made.points()[:1], pass_mark=3, **scheme)


@pytest.mark.django_db
def test_one_form_is_one_case_study_however_often_it_is_sent() -> None:
    version, key = factories.version(), uuid.uuid4()
    form = {"version": version, "title": "T", "body": "B", "question": "Q", "at": made.BEFORE}
    first = actions.create_case_study(**form, form_key=key, by=made.author())
    assert actions.create_case_study(**form, form_key=key, by=made.author()) == first
    with pytest.raises(Refused, match="Load this page anew"):
        actions.create_case_study(**form, form_key=key, by=factories.member(Role.AUTHOR, "Abe Author"))
    assert actions.create_case_study(**form, by=made.author()) != first
    assert AuditEvent.objects.filter(verb="case_study.created").count() == 2


def writes_too(user: Any) -> Any:
    """Somebody who takes a programme and writes case studies as well."""
    factories.Membership.objects.create(
        user=user, organisation=factories.organisation(), role=Role.AUTHOR, starts_on=factories.START
    )
    return user


@pytest.mark.django_db
@pytest.mark.requirement("S0-38")
@pytest.mark.parametrize("key", [factories.NPQLT, "npqlt-reformed-england"])
def test_nobody_writes_a_case_study_of_a_programme_that_they_take(key: str) -> None:
    amara = made.ready()
    form = {"title": "T", "body": "B", "question": "Q", "by": writes_too(amara.user), "at": made.BEFORE}
    with pytest.raises(Refused, match=r"You take this programme yourself.* Ask a colleague") as no:
        actions.create_case_study(version=factories.version(key), **form)
    assert (no.value.code, no.value.field) == ("case.own", "version")
    assert not CaseStudy.objects.exists()
    assert actions.create_case_study(version=factories.version("npqh-reformed-international"), **form)


@pytest.mark.django_db
@pytest.mark.parametrize("over", [{"withdrawn_at": made.BEFORE}, {"stage": "awarded"}])
def test_whoever_has_left_or_has_the_award_may_write_its_case_studies(over: dict[str, Any]) -> None:
    amara = made.ready()
    Enrolment.objects.filter(pk=amara.pk).update(**over)
    case = actions.create_case_study(
        version=amara.version, title="T", body="B", question="Q", by=writes_too(amara.user), at=made.BEFORE
    )
    assert reuse.cases_had_by(amara.user) == [case.pk]


@pytest.mark.django_db
@pytest.mark.requirement("S0-38")
@pytest.mark.parametrize("wrote", ["case study", "text", "mark scheme"])
def test_whoever_wrote_something_of_a_case_study_never_sits_it(wrote: str) -> None:
    case, amara = made.case_study(published=False), made.ready()
    by, one = writes_too(amara.user), {"case_study": case, "at": made.BEFORE}
    if wrote == "case study":  # from before there were looks of who writes
        CaseStudy.objects.filter(pk=case.pk).update(author=by)
    elif wrote == "text":
        actions.edit_case_study(title="T", body="Mine", question="Q", by=by, **one)
    else:
        points = [replace(made.points()[0], text="Mine"), *made.points()[1:]]
        actions.set_scheme(points=points, pass_mark=10, tolerance=2, printed=Printed(20), by=by, **one)
    actions.publish(by=made.author(), **one)
    window = made.window(amara.intake, case=made.case_study(title="Another"))
    with CaptureQueriesContext(connection) as asked:
        assert reuse.cases_had_by(by).count(case.pk) == reuse.used_cases(window).count(case.pk) == 1
    assert len(asked) == 4
    with pytest.raises(Refused, match="1 person of this window has already had") as no:
        actions.assign_case(window=window, by=made.office(), **one)
    assert no.value.code == "case.used"


@pytest.mark.django_db
def test_what_is_saved_as_it_was_is_no_further_look() -> None:
    case = made.reopened(made.case_study(published=False))
    before = CaseAccess.objects.count()
    one = {"case_study": case, "by": made.author(), "at": made.BEFORE}
    actions.edit_case_study(title=case.title, body=case.body, question=case.question, **one)
    actions.set_scheme(points=made.points(), pass_mark=10, tolerance=2, printed=Printed(20), **one)
    assert CaseAccess.objects.count() == before


@pytest.mark.django_db
def test_the_trail_holds_nothing_of_the_text() -> None:
    case = made.case_study(published=False)
    actions.edit_case_study(
        case_study=case,
        title=case.title,
        body="Secret story",
        question=case.question,
        by=made.author(),
        at=made.BEFORE,
    )
    trail = str(list(AuditEvent.objects.values_list("details", flat=True)))
    assert "Secret story" not in trail
    assert made.BODY not in trail
    assert "'changed': ['body']" in trail


STATED = schemes.Stated(pass_mark=12, total=20, tolerance=2)


@pytest.mark.requirement("S0-37")
@pytest.mark.parametrize(
    ("figures", "code", "says"),
    [
        ({"total": 18}, "scheme.stated_total", "add 2"),
        ({"total": 23}, "scheme.stated_total", "take 3 away"),
        ({"pass_mark": 11}, "scheme.stated_pass_mark", "says 12"),
        ({"tolerance": 3}, "scheme.stated_tolerance", "policy of marking"),
    ],
)
def test_scheme_that_differs_from_its_version_is_refused(figures: Any, code: str, says: str) -> None:
    with pytest.raises(Refused, match=says) as refused:
        schemes.check_stated(STATED, **{"pass_mark": 12, "total": 20, "tolerance": 2, **figures})
    assert refused.value.code == code


def test_scheme_decides_where_its_version_says_nothing() -> None:
    schemes.check_stated(STATED, pass_mark=12, total=20, tolerance=2)
    schemes.check_stated(schemes.Stated(None, None, None), pass_mark=3, total=9, tolerance=1)


@pytest.mark.django_db
def test_case_study_is_not_published_with_another_tolerance_than_its_version() -> None:
    case = made.case_study(published=False)
    MarkScheme.objects.filter(case_study=case).update(tolerance=1)
    with pytest.raises(Refused, match="programme version says 2"):
        actions.publish(case_study=case, by=made.author(), at=made.BEFORE)
