"""Write a case study with its mark scheme, and publish both, frozen from then on."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from goldenthread.assessment import access, citing, queries, reuse, rules, sealed
from goldenthread.assessment.models import CaseAccess, CaseStudy, MarkPoint, MarkScheme
from goldenthread.assessment.opened import CaseText
from goldenthread.assessment.rules import schemes
from goldenthread.assessment.rules.parts import check_parts
from goldenthread.catalogue.models import ProgrammeVersion, Statement
from goldenthread.common import audit, clock
from goldenthread.common.refused import Refused
from goldenthread.people.access import viewer_of

NOT_ENTERED = schemes.Printed()


@dataclass(frozen=True)
class PointInput:
    """A row of a mark scheme as its author fills it in; the kind follows from the statement."""

    statement: Statement
    text: str
    maximum: int
    levels: str = ""  # one in a line, for marks that are given by a level for the whole response
    part: str = ""  # key of the part of the response that it belongs to; "" for the whole


@transaction.atomic
def look_at(*, case_study: CaseStudy, by: Any, at: datetime) -> None:
    """Put on record, here and in the trail, that an author was shown the unseen content, and which revision (S0-38)."""
    # Two authors at once would continue the trail of this case study at the same place.
    list(CaseStudy.objects.select_for_update(of=("self",)).filter(pk=case_study.pk).values_list("pk"))
    record_look(case_study=case_study, by=by, at=at, capacity="author")
    audit.record("case_study.read", case_study, by=by, at=at, revision=case_study.revision)


def record_look(*, case_study: CaseStudy, by: Any, at: datetime, capacity: str) -> None:
    """Put on record that somebody who doesn't sit was shown a case study: "author", "marker" or "moderator"."""
    CaseAccess.objects.create(
        case_study=case_study, user=by, at=at, capacity=capacity, revision=case_study.revision
    )


@transaction.atomic
def create_case_study(
    *,
    version: ProgrammeVersion,
    title: str,
    body: str,
    question: str,
    by: Any,
    at: datetime,
    form_key: UUID | None = None,
) -> CaseStudy:
    """Begin a case study for a programme version, as a draft. The trail holds nothing of its text.

    One `form_key` is one case study: sent again by the same author it gives the one that is there. Refuses whoever
    takes the programme. Who writes it, or anything of it or its mark scheme later, is on record as having seen it.
    """
    _check_author(by, at)
    rules.check_not_taking(reuse.takes(by, version))
    try:
        with transaction.atomic():
            case = CaseStudy.objects.create(version=version, author=by, created_at=at, form_key=form_key)
    except IntegrityError:
        there = CaseStudy.objects.filter(form_key=form_key, author=by).first()
        if there is None:
            raise Refused("Load this page anew, then save again.", code="case.form") from None
        return sealed.open_text(there)
    sealed.seal_text(
        case, CaseText(title, body, question)
    )  # once it has a number, to which the seal is bound
    case.opened_needs = ""
    case.save(update_fields=["sealed"])
    record_look(case_study=case, by=by, at=at, capacity="author")
    audit.record("case_study.created", case, by=by, at=at, version=version.key)
    return case


@transaction.atomic
def edit_case_study(
    *,
    case_study: CaseStudy,
    title: str,
    body: str,
    question: str,
    by: Any,
    at: datetime,
    revision: int | None = None,
) -> CaseStudy:
    """Change a draft. Refuses once it is published.

    `revision` is the one that the page was loaded with; if somebody has saved since, `rules.Stale` carries what is
    stored and nothing is overwritten. The same text never clashes.
    """
    case = sealed.open_text(_locked_draft(case_study, by, at))
    texts, kept = {"title": title, "body": body, "question": question}, text_of(case)
    rules.check_case_revision(revision, texts, stored=case.revision, kept=kept, what="the text")
    changed = [name for name in texts if texts[name] != kept[name]]
    if changed:
        case.revision, case.fault = case.revision + 1, ""
        sealed.seal_text(case, CaseText(title, body, question))
        case.save(update_fields=["sealed", "revision", "fault"])
        record_look(case_study=case, by=by, at=at, capacity="author")
        audit.record("case_study.edited", case, by=by, at=at, changed=changed)
    return case


def text_of(case: CaseStudy) -> dict[str, str]:
    """What an author writes, by field."""
    return case.text.by_field()


@transaction.atomic
def set_scheme(
    *,
    case_study: CaseStudy,
    points: Sequence[PointInput],
    pass_mark: int,
    tolerance: int,
    printed: schemes.Printed = NOT_ENTERED,
    by: Any,
    at: datetime,
    revision: int | None = None,
) -> MarkScheme:
    """Replace the mark scheme of a draft; `pass_mark` and `tolerance` are whole marks, `printed` is what it says of
    itself, which the points of a draft needn't come to yet.

    Refuses a point that cites an incomplete statement or one of another framework (S0-35, S2-32), a part that the
    response doesn't have (S0-42), a pass mark that the points can't reach, and levels of a point that overlap, leave
    gaps or don't end at its marks. What the draft cites of another revision or edition already may be saved again, so
    that points are put right one by one: `publish` refuses it. A scheme without points yet has no total to go by.
    `revision` as in `edit_case_study`, 0 for a page that was loaded before there was any scheme.
    """
    case = _locked_draft(case_study, by, at)
    rows = [
        MarkPoint(number=number, statement=p.statement, kind=p.statement.kind, maximum=p.maximum, part=p.part)
        for number, p in enumerate(points, start=1)
    ]
    texts = {number: p.text for number, p in enumerate(points, start=1)}
    levels = {number: "\n".join(p.levels.split("\r\n")).strip() for number, p in enumerate(points, start=1)}
    for row in rows:
        row.opened_text, row.opened_levels = texts[row.number], levels[row.number]
        rules.check_levels(row.number, row.opened_levels, row.maximum)
    there = queries.scheme_of(case)
    _check_cited(case, rows, there)
    total = sum(row.maximum for row in rows)
    if rows:
        rules.check_marks(pass_mark=pass_mark, tolerance=tolerance, total=total)
    stored, kept = (there.revision, _said(there, there.points.all())) if there else (0, {})
    schemes.check_kinds_add_up(printed)
    wanted = _said(_with(MarkScheme(case_study=case), pass_mark, tolerance, printed), rows)
    rules.check_case_revision(revision, wanted, stored=stored, kept=kept, what="the mark scheme")
    if there and kept == wanted:
        return there
    scheme = there or MarkScheme(case_study=case)
    _with(scheme, pass_mark, tolerance, printed).revision = stored + 1
    sealed.seal_points(scheme, texts, levels)
    scheme.save()
    MarkPoint.objects.filter(scheme=scheme).delete()
    vars(scheme).pop("_prefetched_objects_cache", None)
    for row in rows:
        row.scheme = scheme
    MarkPoint.objects.bulk_create(rows)
    record_look(case_study=case, by=by, at=at, capacity="author")
    verb = "mark_scheme.edited" if there else "mark_scheme.created"
    audit.record(verb, case, by=by, at=at, points=len(rows), total=total, printed=printed.total)
    return scheme


def _with(scheme: MarkScheme, pass_mark: int, tolerance: int, printed: schemes.Printed) -> MarkScheme:
    """A scheme with these figures."""
    scheme.pass_mark, scheme.tolerance, scheme.printed_total = pass_mark, tolerance, printed.total
    scheme.printed_learn_that, scheme.printed_learn_how_to = printed.learn_that, printed.learn_how_to
    return scheme


def _check_cited(case: CaseStudy, rows: Iterable[MarkPoint], there: MarkScheme | None) -> None:
    """Refuse what `rules.check_points` refuses, but for the framework of what the draft cites already, and parts that
    the response doesn't have.
    """
    own, code = citing.name_of_framework(case), case.version.programme.code
    cited = {point.statement_id for point in there.points.all()} if there else set()
    points = [(row, queries.judged_point(row)) for row in rows]
    check_parts(queries.parts_of_version(case.version), [judged for _, judged in points])
    for row, judged in points:
        may_wait = row.statement_id in cited and judged.programme == code
        rules.check_points(code, judged.framework if may_wait else own, [judged])


def _said(scheme: MarkScheme, points: Iterable[MarkPoint]) -> dict[str, str]:
    """A mark scheme as it is compared: what an author filled in."""
    rows = {
        str(p.number): f"{p.statement_id} {p.maximum} {p.part} {p.text} {p.opened_levels}".strip()
        for p in points
    }
    printed = ("total", scheme.printed_total), ("learn that", scheme.printed_learn_that), (
        "learn how to", scheme.printed_learn_how_to,
    )  # fmt: skip
    return {
        "pass mark": str(scheme.pass_mark),
        "tolerance": str(scheme.tolerance),
        **{f"{what} as printed": str(marks) for what, marks in printed if marks is not None},
        **rows,
    }


@transaction.atomic
def publish(
    *,
    case_study: CaseStudy,
    by: Any,
    at: datetime,
    revision: int | None = None,
    scheme_revision: int | None = None,
) -> CaseStudy:
    """Freeze a case study and its mark scheme, so that a window can use it (S0-35 to S0-37).

    `revision` and `scheme_revision` are those that the author has looked at, as in `edit_case_study` and
    `set_scheme`: refuses if somebody has saved either since. Publishing what is published gives it back. Refuses
    what is not complete, and names what is missing; points that don't come to what the mark scheme says of itself as
    printed; and a pass mark, total or tolerance other than the version states.
    """
    _check_author(by, at)
    case = _locked(case_study)
    if case.state == "published":
        return case
    scheme = MarkScheme.objects.filter(case_study=case).first()
    rules.check_seen(revision, stored=case.revision, what="the text")
    rules.check_seen(scheme_revision, stored=scheme.revision if scheme else 0, what="the mark scheme")
    sealed.open_text(case)
    judged = queries.judged_scheme(scheme) if scheme else None
    rules.check_publish(
        programme=case.version.programme.code,
        framework=citing.name_of_framework(case),
        body=case.body,
        question=case.question,
        scheme=judged,
        kinds=case.version.specification.assessment.statement_kinds,
    )
    check_parts(queries.parts_of_version(case.version), judged.points if judged else ())
    if judged is not None and scheme is not None:
        schemes.check_printed(
            printed_of(scheme),
            schemes.Printed(judged.total, judged.marks("learn_that"), judged.marks("learn_how_to")),
        )
        stated = stated_of(case.version)
        schemes.check_stated(
            stated, pass_mark=judged.pass_mark, total=judged.total, tolerance=judged.tolerance
        )
    case.state, case.published_at, case.published_by = "published", at, by
    case.save(update_fields=["state", "published_at", "published_by"])
    audit.record("case_study.published", case, by=by, at=at)
    return case


def printed_of(scheme: MarkScheme) -> schemes.Printed:
    """What a mark scheme says of itself, as it was entered."""
    return schemes.Printed(scheme.printed_total, scheme.printed_learn_that, scheme.printed_learn_how_to)


def stated_of(version: ProgrammeVersion) -> schemes.Stated:
    """What a version says of the marks of its assessment."""
    specification = version.specification
    assessment, marking = specification.assessment, specification.marking
    return schemes.Stated(assessment.pass_mark.value, assessment.total_marks.value, marking.tolerance_marks)


def _locked_draft(case_study: CaseStudy, by: Any, at: datetime) -> CaseStudy:
    _check_author(by, at)
    case = _locked(case_study)
    rules.check_draft_case(case.state)
    return case


def _locked(case_study: CaseStudy) -> CaseStudy:
    locked = CaseStudy.objects.select_for_update(of=("self",)).select_related("version__programme")
    return locked.get(pk=case_study.pk)


def _check_author(by: Any, at: datetime) -> None:
    if not access.may_author(viewer_of(by, on=clock.day_of(at))):
        raise Refused(
            "Only authors of case studies may do this: ask the programme office for the role.", code="author"
        )
