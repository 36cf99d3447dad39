"""Case studies and their mark schemes: for their authors; the office sees titles."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from goldenthread.assessment import access, actions, citing, practice_queries, queries
from goldenthread.assessment.actions.author import stated_of
from goldenthread.assessment.models import CaseStudy, MarkScheme
from goldenthread.assessment.opened import name_parts
from goldenthread.assessment.rules import Stale, practice
from goldenthread.assessment.tagging import Tags, tag_case_study
from goldenthread.catalogue.models import ProgrammeVersion, Statement
from goldenthread.common.refused import Refused
from goldenthread.web.office.forms_assessment import (
    BLANK_POINTS,
    CaseStudyForm,
    NewCaseStudyForm,
    PointSet,
    PracticeForm,
    PublishForm,
    SchemeForm,
    point_rows,
    statement_choices,
)
from goldenthread.web.office.forms_units import NeedFilter, NeedsForm
from goldenthread.web.shared.http import new_form_key, page_of, posted, show_refusal, viewer
from goldenthread.web.shared.sending_again import sends_again


@require_safe
def case_studies(request: HttpRequest) -> HttpResponse:
    """Every case study by title, version and state; authors see and filter by areas of need."""
    form, tags = NeedFilter(request.GET), Tags(viewer(request))
    need = form.chosen()
    page = page_of(request, tags.narrowed(queries.case_studies_for(viewer(request)), need))
    context = {
        "page": page,
        "rows": [(case, tags.may(case), *tags.of(case)) for case in page],
        "author": tags.author,
        "office": access.may_schedule(viewer(request)),
        "filter": form,
        "filtered": bool(need) and tags.author,
    }
    return render(request, "office/case_studies.html", context)


@never_cache
@sends_again
@require_http_methods(["GET", "HEAD", "POST"])
def case_study_new(request: Any) -> HttpResponse:
    """Begin a case study."""
    if not access.may_author(viewer(request)):
        raise Http404
    versions = ProgrammeVersion.objects.select_related("programme").filter(state="published")
    choices = [one for one in versions if one.specification.assessment.kind == "case_study"]
    form = NewCaseStudyForm(posted(request), choices, initial={"form_key": new_form_key()})
    if request.method == "POST" and form.is_valid():
        data = dict(form.cleaned_data)
        chosen = data.pop("version")
        version = next(one for one in choices if one.pk == chosen)
        try:
            case = actions.create_case_study(version=version, **data, by=request.user, at=request.received_at)
        except Refused as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, "The draft is saved. Now its mark scheme.")
            return redirect("office:case_study", case.pk)
    return render(request, "office/case_study_new.html", {"form": form}, status=422 if form.is_bound else 200)


@never_cache  # nothing of it stays behind in a browser or on the way
@sends_again
@require_http_methods(["GET", "HEAD", "POST"])
def case_study(request: Any, case_id: int) -> HttpResponse:
    """The whole case study with its mark scheme; POST saves the text."""
    case = queries.get_case_study_for(viewer(request), case_id)
    form = CaseStudyForm(posted(request), initial=_text_of(case))
    saved: dict[str, str] = {}
    if request.method == "POST" and form.is_valid():
        try:
            actions.edit_case_study(
                case_study=case, **form.cleaned_data, by=request.user, at=request.received_at
            )
        except Refused as refusal:
            show_refusal(form, refusal)
            if isinstance(refusal, Stale):
                saved = _beside(form, refusal)
        else:
            messages.success(request, "The text is saved.")
            return redirect("office:case_study", case.pk)
    return _page(request, case, form=form, saved=saved)


@never_cache
@sends_again
@require_POST
def mark_scheme(request: Any, case_id: int) -> HttpResponse:
    """Save the mark scheme of a draft, or show it with more blank rows."""
    case = queries.get_case_study_for(viewer(request), case_id)
    scheme_form, points = SchemeForm(request.POST), _points(case, data=request.POST)
    saved: dict[str, str] = {}
    if "more" in request.POST:
        points.is_valid()
        rows = [form.cleaned_data for form in points if form.is_valid() and not form.is_blank]
        blank = _points(case, initial=[*rows, *({} for _ in range(len(points) - len(rows) + BLANK_POINTS))])
        scheme_form = SchemeForm(initial=request.POST.dict())
        return _page(request, case, scheme_form=scheme_form, points=blank)
    if scheme_form.is_valid() and points.is_valid():
        try:
            _save_scheme(request, case, scheme_form, points)
        except Refused as refusal:
            show_refusal(scheme_form, refusal)
            if isinstance(refusal, Stale):
                saved = _beside(scheme_form, refusal)
        else:
            messages.success(request, "The mark scheme is saved.")
            return redirect("office:case_study", case.pk)
    return _page(request, case, scheme_form=scheme_form, points=points, scheme_saved=bool(saved))


def _save_scheme(request: Any, case: CaseStudy, scheme_form: SchemeForm, points: Any) -> None:
    rows = [form.cleaned_data for form in points if not form.is_blank]
    cited = Statement.objects.select_related("area__framework__programme").in_bulk(
        [r["statement"] for r in rows]
    )
    actions.set_scheme(
        case_study=case,
        points=[
            actions.PointInput(cited[r["statement"]], r["text"], r["maximum"], r["levels"], r.get("part", ""))
            for r in rows
        ],
        **scheme_form.figures(),
        by=request.user,
        at=request.received_at,
    )


@require_POST
def case_study_publish(request: Any, case_id: int) -> HttpResponse:
    """Freeze the case study, so that a window can use it."""
    case = queries.get_case_study_for(viewer(request), case_id)
    seen = PublishForm(request.POST)
    if not seen.is_valid():
        messages.error(request, "Read what is saved now, then publish.")
        return redirect("office:case_study", case.pk)
    try:
        actions.publish(case_study=case, **seen.cleaned_data, by=request.user, at=request.received_at)
    except Refused as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, "Published. It can't be changed any more, and windows can use it.")
    return redirect("office:case_study", case.pk)


@require_POST
def case_study_tags(request: Any, case_id: int) -> HttpResponse:
    """Say which areas of need a case study is about, also of a published one."""
    case = queries.get_case_study_for(viewer(request), case_id)
    form = NeedsForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Choose from the four areas of need.")
    else:
        tag_case_study(
            case_study=case, chosen=form.cleaned_data["needs"], by=request.user, at=request.received_at
        )
        messages.success(request, "The areas of need are saved.")
    return redirect("office:case_study", case.pk)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def case_study_practice(request: Any, case_id: int) -> HttpResponse:
    """Offer a published case study for practice, or change after how many months it is offered."""
    case = queries.get_case_study_for(viewer(request), case_id)
    offered, others = getattr(case, "practice", None), practice_queries.months_taken(case)
    months = case.version.specification.assessment.window_months.value
    suggested = practice.next_month(others, months[0] if months else None)
    initial = {"after_months": offered.after_months if offered else suggested}
    form = PracticeForm(posted(request), initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            actions.offer_practice(
                case_study=case, **form.cleaned_data, by=request.user, at=request.received_at
            )
        except Refused as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, "Offered for practice. No window can use it any more.")
            return redirect("office:case_study", case.pk)
    context = {"case": case, "form": form, "offered": offered, "others": sorted(others)}
    return render(
        request, "office/case_practice.html", context, status=422 if form.is_bound and form.errors else 200
    )


def _text_of(case: CaseStudy) -> dict[str, Any]:
    return {**actions.text_of(case), "revision": case.revision}


def _seen(form: Any, scheme_form: Any) -> dict[str, Any]:
    """The revisions that a page goes by: those that its two forms were loaded with."""
    return {"revision": form["revision"].value(), "scheme_revision": scheme_form["revision"].value()}


def _beside(form: Any, refusal: Stale) -> dict[str, str]:
    """What another author has saved, to be shown beside what was entered; the next save builds on it."""
    form.data = form.data.copy()
    form.data["revision"] = str(refusal.revision)
    return refusal.texts


def _points(case: CaseStudy, *, data: Any = None, initial: Any = None) -> Any:
    """The rows of a draft's scheme; `advice` of a row says what is wrong with what it cites as it is saved."""
    scheme = queries.scheme_of(case)
    stored = list(scheme.points.all()) if scheme else []
    framework, offered = citing.name_of_framework(case), citing.statements_for(case)
    strays = citing.strays_of(case, framework, stored, offered)
    choices = statement_choices(citing.choices_with(offered, strays))
    if data is None and initial is None:
        initial = point_rows(stored, strays)
    wanted = {"choices": choices, "framework": framework, "parts": queries.parts_of_version(case.version)}
    rows = PointSet(data, initial=initial, prefix="points", form_kwargs=wanted)
    for row in rows:
        row.advice = _advice(row, strays)
    return rows


def _advice(row: Any, strays: dict[int, citing.Stray]) -> str:
    cites = str(row["statement"].value() or "")
    was = strays.get(row.initial.get("was") or 0)
    now = strays.get(int(cites)) if cites.isdecimal() and len(cites) < 12 else None
    if was is not None and not row.is_bound:
        return was.advice
    return now.why if now else ""


def _figures_of(scheme: MarkScheme) -> dict[str, Any]:
    """What holds for a stored scheme as a whole, as its form begins."""
    return {
        **{name: getattr(scheme, name) for name in ("pass_mark", "tolerance", "revision")},
        "total": scheme.printed_total,
        "total_learn_that": scheme.printed_learn_that,
        "total_learn_how_to": scheme.printed_learn_how_to,
    }


def _page(
    request: Any,
    case: CaseStudy,
    *,
    form: Any = None,
    scheme_form: Any = None,
    points: Any = None,
    saved: dict[str, str] | None = None,
    scheme_saved: bool = False,
) -> HttpResponse:
    actions.look_at(case_study=case, by=request.user, at=request.received_at)
    looks = queries.looks_of_authors(case)
    scheme = queries.scheme_of(case)
    stored = list(scheme.points.all()) if scheme else []
    parts = queries.parts_of_version(case.version)
    name_parts(stored, parts)
    judged = queries.judged_scheme(scheme) if scheme else None
    draft = case.state == "draft"
    stated = stated_of(case.version)
    initial = (
        _figures_of(scheme)
        if scheme
        else {
            "revision": 0,
            "pass_mark": stated.pass_mark,
            "tolerance": stated.tolerance,
            "total": stated.total,
        }
    )
    forms = [
        form or CaseStudyForm(initial=_text_of(case)),
        scheme_form or SchemeForm(initial=initial),
        (points or _points(case)) if draft else None,
    ]
    context = {
        "case": case,
        "draft": draft,
        "practice": getattr(case, "practice", None),
        "tags": NeedsForm(initial={"needs": case.needs.split()}),
        "form": forms[0],
        "scheme_form": forms[1],
        "publish_form": PublishForm(initial=_seen(forms[0], forms[1])),
        "points": forms[2],
        "parts": parts,
        "framework": citing.name_of_framework(case) if draft else "",
        "stored": stored,
        "saved": [(CaseStudyForm.base_fields[name].label, text) for name, text in (saved or {}).items()],
        "scheme_saved": scheme_saved,
        "scheme": scheme,
        "judged": judged,
        "that": judged.marks("learn_that") if judged else 0,
        "how": judged.marks("learn_how_to") if judged else 0,
        "looks": looks,
        "sat": looks[0]["sat"],  # the one that was just recorded is always there
    }
    refused = any(one is not None and one.is_bound for one in forms)
    return render(request, "office/case_study.html", context, status=422 if refused else 200)
