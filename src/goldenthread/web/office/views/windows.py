"""Windows for the office: set one, see where every sitting stands. Nothing of any case study's content."""

from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from goldenthread.assessment import actions, entering, gates, queries, rules
from goldenthread.assessment.limit_queries import word_limit_of
from goldenthread.assessment.models import Sitting, SittingState, Window, WindowState
from goldenthread.assessment.rules.policies import policy_lines
from goldenthread.assessment.rules.uploads import MOST_REST_MINUTES
from goldenthread.assessment.upload_queries import undecided_texts
from goldenthread.common.refused import Refused
from goldenthread.engagement.queries import policy_of
from goldenthread.intakes.models import Intake
from goldenthread.integrity.access import handles
from goldenthread.marking.rules import undecided_text
from goldenthread.outcomes.windows import facts_of, with_facts
from goldenthread.web.office.forms_assessment import (
    ApartForm,
    AssignForm,
    IntakeForm,
    ReasonForm,
    WindowForm,
    WordLimitForm,
)
from goldenthread.web.office.sittings import sittings_of, waivable
from goldenthread.web.office.stages import shown, shown_all
from goldenthread.web.shared.http import page_of, posted, show_refusal, viewer
from goldenthread.web.shared.rulings import holds_for, limits_text


@require_safe
def windows(request: HttpRequest) -> HttpResponse:
    """Every window, the latest first and cancelled ones last, with how many have got how far."""
    who = viewer(request)
    page = page_of(request, with_facts(queries.windows_for(who)))
    rows = shown_all(page.object_list, at=request.received_at)  # type: ignore[attr-defined]
    return render(request, "office/windows.html", {"page": page, "rows": rows, "compares": handles(who)})


# --- a new one ---------------------------------------------------------------------------------------
@require_http_methods(["GET", "HEAD", "POST"])
def window_new(request: Any) -> HttpResponse:
    """Choose the intake, settle the word limit if the sources disagree, then the days."""
    intakes = list(queries.intakes_for_windows(viewer(request)))
    chooser = IntakeForm(request.GET if "intake" in request.GET else None, intakes)
    if not chooser.is_valid():
        return render(request, "office/window_new.html", {"chooser": chooser, "intake": None})
    intake = next(one for one in intakes if one.pk == chooser.cleaned_data["intake"])
    try:
        terms = queries.window_terms(intake)
    except Refused as refusal:
        chooser.add_error("intake", refusal.message)
        return render(request, "office/window_new.html", {"chooser": chooser, "intake": None}, status=422)
    return _new(request, chooser, intake, terms)


def _new(request: Any, chooser: IntakeForm, intake: Intake, terms: queries.WindowTerms) -> HttpResponse:
    limit = word_limit_of(intake)
    choosing = "word_limit" in request.POST or "choose" in request.POST
    limit_form = WordLimitForm(request.POST if choosing else None, limit)
    parting = "parting" in request.POST
    apart_form = ApartForm(request.POST if parting else None, initial={"apart": queries.apart_in(intake)})
    posted = request.POST if request.method == "POST" and not choosing and not parting else None
    cases, parts = queries.assignable_cases(intake), queries.parts_of_intake(intake)
    form = WindowForm(posted, intake=intake, terms=terms, cases=cases, parts=parts)
    if choosing and limit_form.is_valid() and _choose(request, intake, limit_form):
        return redirect(f"{request.path}?intake={intake.pk}")
    if parting and apart_form.is_valid() and _part(request, intake, apart_form):
        return redirect(f"{request.path}?intake={intake.pk}")
    look, there = _look(request, intake, form) if posted is not None and form.is_valid() else (None, None)
    if there is not None:
        messages.info(request, "This window is set already. Nothing has changed.")
        return redirect("office:window", there.pk)
    if look is not None and request.POST.get("seen") == str(look):
        made = _schedule(request, intake, form)
        if made:
            return redirect("office:window", made.pk)
    context = {
        "chooser": chooser,
        "intake": intake,
        "terms": terms,
        "limit": limit,
        "limit_sources": limits_text(limit.choices),
        "limit_for": holds_for(limit.ruling, version=intake.version_id) if limit.ruling else "",
        "limit_form": limit_form,
        "form": form,
        "apart_form": apart_form,
        "policy": queries.case_policy_of(intake),
        "people": intake.enrolments.filter(withdrawn_at__isnull=True).count(),
        "free": queries.not_booked(Window(intake=intake)).count(),
        "others": list(queries.windows_for(viewer(request)).filter(intake=intake, task="")),
        "look": look,
    }
    refused = any(one.is_bound and one.errors for one in (form, limit_form, apart_form))
    return render(request, "office/window_new.html", context, status=422 if refused else 200)


def _choose(request: Any, intake: Intake, form: WordLimitForm) -> bool:
    try:
        actions.choose_word_limit(
            intake=intake,
            value=form.cleaned_data["word_limit"],
            reason=form.cleaned_data["reason"],
            by=request.user,
            at=request.received_at,
        )
    except Refused as refusal:
        show_refusal(form, refusal)
        return False
    messages.success(request, f"{form.cleaned_data['word_limit']:,} words is chosen for {intake}.")
    return True


def _part(request: Any, intake: Intake, form: ApartForm) -> bool:
    try:
        actions.keep_apart(intake=intake, **form.cleaned_data, by=request.user, at=request.received_at)
    except Refused as refusal:
        show_refusal(form, refusal)
        return False
    messages.success(request, "It is decided who sits the same case study.")
    return True


class _OnlyLookedAt(Exception):
    """Takes everything back that was tried for a look."""


def _look(request: Any, intake: Intake, form: WindowForm) -> tuple[int | None, Window | None]:
    """How many would be booked, and told, by what is filled in, None where it would be refused, as the form then says;
    and the window, if it is there already as it is filled in. It is tried and taken back, so that nothing is said that
    would not be.
    """
    made: list[tuple[Window, list[Sitting]]] = []
    try:
        with transaction.atomic():
            made.append(_set_up(intake, form, by=request.user, at=request.received_at))
            raise _OnlyLookedAt
    except _OnlyLookedAt:
        window, booked = made[0]
    except Refused as refusal:
        _refused(form, refusal)
        return None, None
    case = form.cleaned_data["case_study"]
    there = None if booked else Window.objects.filter(pk=window.pk).first()
    same = there is not None and case in (None, there.case_study_id)
    return len(booked), there if same else None


def _refused(form: WindowForm, refusal: Refused) -> None:
    form.seen_before = form.fields["reason"].required = refusal.code == "case.seen"
    show_refusal(form, refusal)


def _schedule(request: Any, intake: Intake, form: WindowForm) -> Window | None:
    try:
        with transaction.atomic():
            window, booked = _set_up(intake, form, by=request.user, at=request.received_at)
    except Refused as refusal:
        _refused(form, refusal)
        return None
    count = len(booked)
    told = f"{count} {'person is' if count == 1 else 'people are'} booked and get a mail with their days."
    messages.success(
        request, f"The window is set. {told if count else 'Nobody is booked in it, and nobody is told.'}"
    )
    return window


def _set_up(intake: Intake, form: WindowForm, *, by: Any, at: Any) -> tuple[Window, list[Sitting]]:
    """The window, its case study if one was chosen, and everybody booked: all or nothing."""
    data = {**form.cleaned_data, **form.part()}
    days = {name: data[name] for name in ("opens_on", "zone_rule", "zone", "for_zone", "for_group")}
    window = actions.schedule_window(intake=intake, **days, by=by, at=at)
    if data["case_study"]:
        case, reason = _case(window, data["case_study"]), data["reason"]
        window = actions.assign_case(window=window, case_study=case, by=by, at=at, reason=reason)
    return window, actions.book_sittings(window=window, by=by, at=at)


def _case(window: Window, pk: int) -> Any:
    case = queries.assignable_cases(window.intake).filter(pk=pk).first()
    if case is None:
        raise Refused("Choose a published case study of this version.", code="case.other", field="case_study")
    return case


# --- one window ----------------------------------------------------------------------------------------
@require_safe
def window(request: Any, window_id: int) -> HttpResponse:
    """Where every sitting of a window stands."""
    found = _any_found(request, window_id)
    return redirect("office:hand_in", found.pk) if found.task else _page(request, found)


def _found(request: Any, window_id: int) -> Window:
    """A window of a case study with its counts and with what says where it stands."""
    found = _any_found(request, window_id)
    if found.task:
        raise Http404
    return found


def _any_found(request: Any, window_id: int) -> Window:
    """The same, of a project task too. One query: the case study of one window comes along with it."""
    windows = queries.windows_for(viewer(request)).prefetch_related(None).select_related("case_study")
    # The version says what its gate asks for; of the case study only the title is read.
    whole = windows.defer(None).defer("case_study__sealed", "case_study__sealed_needs")
    found = with_facts(whole).filter(pk=window_id).first()
    if found is None:
        raise Http404
    return found


def _page(
    request: Any, found: Window, *, form: Any = None, assign: Any = None, seen_before: str = ""
) -> HttpResponse:
    begun, at = facts_of(found).opens_at <= request.received_at, request.received_at
    listed = sittings_of(found, request.GET.get("show", ""), begun=begun, at=at)
    sittings = page_of(request, listed.found, count=listed.count)
    changeable = found.state == WindowState.SCHEDULED and not begun
    cases = queries.assignable_cases(found.intake) if changeable else []
    stuck = found.state == WindowState.SCHEDULED and begun and not queries.is_used(found)
    first, last = rules.window_instants(found.opens_on, found.days, found.zone)
    context = {
        "window": found,
        "opens": rules.instant_text(first, found.zone),
        "closes": rules.deadline_text(last, found.zone),
        "last_close": _last_close(found),
        "undecided": _undecided(found, at=at),
        "policies": policy_lines(found.policies, found.word_limit),
        "bookable": 0 if vars(found)["booked"] else queries.not_booked(found).count(),
        "page": sittings,
        "rows": [listed.row(found, one, at=at) for one in sittings],
        "listed": listed,
        "gate_rule": gates.rule_text(found.intake.version) if listed.ahead else "",
        "changeable": changeable,
        "stuck": stuck,  # it opened with nothing to show: cancelling it is what is left
        "waiting": queries.not_booked(found).count() if changeable else 0,
        "assign": assign or (AssignForm(None, cases, found.case_study_id) if changeable else None),
        "seen_before": seen_before,
        "stage": shown(found, at=at),
        "reason_form": form or ReasonForm(),
        "deferred": entering.deferred_from(found),
        # Nobody is judged before the window opens: until then a column says how things stand.
        "gated": not listed.all_ahead and policy_of(found.intake.version).required_to_enter,
    }
    return render(request, "office/window.html", context, status=422 if form or assign else 200)


def _undecided(found: Window, *, at: datetime) -> str:
    """How many texts may still be handed in although the deadline has passed, and until when; "" for none. Nothing is
    asked but for a day after the last deadline.
    """
    closes = facts_of(found).closes_at
    if found.state != WindowState.SCHEDULED or not closes < at <= closes + timedelta(
        minutes=MOST_REST_MINUTES
    ):
        return ""
    ends = undecided_texts(found, at=at)
    if not ends:
        return ""
    until = rules.instant_text(ends[-1], found.zone)
    return f"{undecided_text(len(ends))} Scripts can be allocated after {until}, or once that is decided."


def _last_close(found: Window) -> str:
    """The last deadline of anybody, where somebody has more days than the window."""
    longest = found.sittings.filter(extra_days__gt=0).order_by("-closes_at").only("closes_at", "zone").first()
    return rules.deadline_text(longest.closes_at, longest.zone) if longest else ""


@require_POST
def window_case(request: Any, window_id: int) -> HttpResponse:
    """Say which case study the window uses."""
    found = _found(request, window_id)
    form = AssignForm(request.POST, queries.assignable_cases(found.intake), found.case_study_id)
    if not form.is_valid():
        messages.error(request, "Choose one of the published case studies of this version.")
        return redirect("office:window", found.pk)
    try:
        case = _case(found, form.cleaned_data["case_study"])
        actions.assign_case(
            window=found,
            case_study=case,
            by=request.user,
            at=request.received_at,
            reason=form.cleaned_data["reason"],
        )
    except Refused as refusal:
        if refusal.code == "case.seen":
            form.fields["reason"].required = True
            return _page(request, found, assign=form, seen_before=refusal.message)
        messages.error(request, refusal.message)
    else:
        messages.success(request, "The case study is chosen.")
    return redirect("office:window", found.pk)


@require_POST
def window_book(request: Any, window_id: int) -> HttpResponse:
    """Book those of the intake who came after the window was set."""
    found = _found(request, window_id)
    try:
        booked = actions.book_sittings(window=found, by=request.user, at=request.received_at)
    except Refused as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, f"{len(booked)} people are booked and get a mail with their days.")
    return redirect("office:window", found.pk)


@require_POST
def window_cancel(request: Any, window_id: int) -> HttpResponse:
    """Take a window back before it opens, or one that opened without a case study."""
    found = _found(request, window_id)
    form = ReasonForm(request.POST)
    if form.is_valid():
        try:
            actions.cancel_window(
                window=found, reason=form.cleaned_data["reason"], by=request.user, at=request.received_at
            )
        except Refused as refusal:
            if not refusal.field:  # there is no form for it any more
                messages.error(request, refusal.message)
                return redirect("office:window", found.pk)
            show_refusal(form, refusal)
        else:
            messages.success(request, "The window is cancelled, and its people are told why.")
            return redirect("office:windows")
    return _page(request, found, form=form)


@require_http_methods(["GET", "HEAD", "POST"])
def sitting_waive(request: Any, sitting_id: int) -> HttpResponse:
    """Let somebody sit whose induction is not complete, with a reason."""
    found = queries.get_window_sitting_for(viewer(request), sitting_id)
    if not waivable(found):
        raise Http404
    form = ReasonForm(posted(request))
    if request.method == "POST" and form.is_valid():
        try:
            waived = actions.waive_stages(
                sitting=found, reason=form.cleaned_data["reason"], by=request.user, at=request.received_at
            )
        except Refused as refusal:
            show_refusal(form, refusal)
        else:
            said = _after_waiver(waived, found.enrolment.user.name, actions.gate_beside_stages(found))
            messages.success(request, said)
            return redirect("office:window", found.window_id)
    late = found.window.state != WindowState.SCHEDULED or request.received_at >= found.closes_at
    context = {
        "sitting": found,
        "form": form,
        "late": late,
        "beside": actions.gate_beside_stages(found),
        "own": found.enrolment.user_id == request.user.pk,
    }
    return render(request, "office/window_waive.html", context, status=422 if form.is_bound else 200)


def _after_waiver(sitting: Sitting, name: str, beside: Refused | None) -> str:
    if sitting.state != SittingState.HELD_BACK and beside is None:
        return f"{name} may sit now."
    if beside is not None and sitting.state != SittingState.HELD_BACK:
        return (
            f"{name} is in the assessment stage now, but stays held back in this window. {beside.message} "
            "What was credited after the window opened doesn't count for it."
        )
    return (
        f"{name} is in the assessment stage now. This window is over for them: once its results are released, "
        "enter them for a further one on their page."
    )
