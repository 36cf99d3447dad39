"""What the office says of markers before and beside the marking: what they take, whom they named, what arose."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from goldenthread.assessment.models import WindowState
from goldenthread.common.refused import Refused
from goldenthread.marking import (
    acquaintance_queries,
    acquainting,
    arising,
    arising_queries,
    arising_rules,
    capacity,
    capacity_queries,
    handing_back,
    handing_queries,
    queries,
)
from goldenthread.marking.conflict_models import Acquaintance
from goldenthread.people.models import School, User
from goldenthread.web.assessor.forms_availability import AwayForm, MostForm
from goldenthread.web.office.access import office_only
from goldenthread.web.office.forms_quality import CountForm, GiveForm
from goldenthread.web.office.views.outcomes import window_with_facts
from goldenthread.web.shared.http import page_of, posted, roles_day, show_refusal, today, viewer
from goldenthread.web.shared.numbers import number_of


@require_http_methods(["GET", "HEAD"])
def takes(request: Any, window_id: int) -> HttpResponse:
    """What every marker of today takes of a window."""
    window = window_with_facts(request, window_id)
    people = User.objects.filter(pk__in=queries.markers_on(roles_day(request))).order_by("name", "pk")
    page = page_of(request, people)
    able = [one.pk for one in page]
    given = capacity_queries.given_in(window, able)
    known = capacity_queries.takes_in(window, able, since=today(request))
    rows = [{"marker": one, "given": given.get(one.pk, 0), "takes": known[one.pk]} for one in page]
    return render(request, "office/takes.html", {"window": window, "page": page, "rows": rows})


@require_http_methods(["GET", "HEAD", "POST"])
def marker_capacity(request: Any, window_id: int, marker_id: int) -> HttpResponse:
    """What a marker takes of a window, and when they are away."""
    window = window_with_facts(request, window_id)
    marker = User.objects.filter(pk=marker_id).first()
    if marker is None or marker.pk not in queries.markers_on(roles_day(request)):
        raise Http404("No such marker.")
    known = capacity_queries.takes_in(window, [marker.pk], since=today(request))[marker.pk]
    step = request.POST.get("step", "") if request.method == "POST" else ""
    most = MostForm(request.POST if step == "most" else None, initial={"most": known.most})
    away = AwayForm(request.POST if step == "away" else None)
    who: dict[str, Any] = {"marker": marker, "by": request.user, "at": request.received_at}
    number = number_of(request.POST.get("number", ""))
    try:
        if step == "most" and most.is_valid():
            capacity.set_capacity(window=window, most=most.cleaned_data["most"], **who)
            return _recorded(request, window.pk, marker.pk)
        if step == "away" and away.is_valid():
            capacity.add_absence(away=away.away(), **who)
            return _recorded(request, window.pk, marker.pk)
        if step == "back" and number is not None:
            capacity.end_absence(number=number, **who)
            return _recorded(request, window.pk, marker.pk)
    except Refused as refusal:
        if step == "back":
            messages.error(request, refusal.message)
            return redirect("office:marker_capacity", window.pk, marker.pk)
        show_refusal(most if step == "most" else away, refusal)
    given = capacity_queries.given_in(window, [marker.pk]).get(marker.pk, 0)
    context = {"window": window, "marker": marker, "takes": known, "given": given, "most": most, "away": away}
    return render(request, "office/marker_capacity.html", context, status=422 if step else 200)


def _recorded(request: Any, window_id: int, marker_id: int) -> HttpResponse:
    messages.success(request, "Recorded. It counts from the next scripts that are given out.")
    return redirect("office:marker_capacity", window_id, marker_id)


@require_http_methods(["GET", "HEAD", "POST"])
def give_to_others(request: Any, window_id: int, marker_id: int) -> HttpResponse:
    """Give what a marker hasn't submitted of a window to others, with a reason."""
    window = window_with_facts(request, window_id)
    marker = handing_queries.get_marker_for(viewer(request), window, marker_id)
    form = GiveForm(posted(request))
    if form.is_valid():
        try:
            found = handing_back.give_to_others(
                marker=marker,
                window=window,
                reason=form.cleaned_data["reason"],
                by=request.user,
                at=request.received_at,
            )
        except Refused as refusal:
            show_refusal(form, refusal)
        else:
            _say_given(request, marker, found)
            return redirect("office:marking", window.pk)
    page = page_of(request, handing_queries.scripts_with(marker, window))
    context = {"window": window, "marker": marker, "form": form, "page": page, "today": today(request)}
    return render(request, "office/give_to_others.html", context, status=422 if form.errors else 200)


def _say_given(request: Any, marker: User, found: handing_back.Given) -> None:
    if found.given:
        went = "1 script" if found.given == 1 else f"{found.given} scripts"
        messages.success(request, f"{went} of {marker} went to other markers.")
    elif not found.left:
        messages.success(request, f"{marker} has no script of this window that isn't submitted.")
    if found.left:
        stay = "1 script stays" if found.left == 1 else f"{found.left} scripts stay"
        messages.warning(
            request,
            f"{stay} with {marker}: nobody else may have it now. Add a marker, or raise what somebody takes at most, "
            "then give it to others again.",
        )


@require_http_methods(["GET", "HEAD"])
def acquaintances(request: Any) -> HttpResponse:
    """Whom markers named beforehand: what is to be looked at first."""
    office_only(viewer(request))
    page = page_of(request, acquaintance_queries.every(), size=25)
    return render(request, "office/acquaintances.html", {"page": page})


@require_http_methods(["GET", "HEAD", "POST"])
def acquaintance(request: Any, acquaintance_id: int) -> HttpResponse:
    """Who is meant by a declaration: a person, everybody of a school, or nobody of ours."""
    found = acquaintance_queries.get_for(viewer(request), acquaintance_id)
    if request.method == "POST":
        try:
            _say(request, found)
        except Refused as refusal:
            messages.error(request, refusal.message)
        return redirect("office:acquaintance", found.pk)
    words = request.GET.get("q", found.name)[:100]
    people, schools = acquaintance_queries.who_may_be_meant(words)
    context = {"one": found, "words": words, "people": people, "schools": schools}
    context["own"] = found.user_id == request.user.pk
    return render(request, "office/acquaintance.html", context)


def _say(request: Any, found: Acquaintance) -> None:
    step, number = request.POST.get("step", ""), number_of(request.POST.get("number", ""))
    said: dict[str, Any] = {"acquaintance": found, "by": request.user, "at": request.received_at}
    key = number or 0
    if step == "nobody":
        acquainting.say_nobody(**said)
        messages.success(request, "Recorded: nobody of ours.")
    elif step == "person" and (person := User.objects.filter(pk=key, enrolments__isnull=False).first()):
        acquainting.say_who(person=person, **said)
        messages.success(request, f"Recorded. {found.user} gets no script of {person}.")
    elif step == "school" and (school := School.objects.filter(pk=key).first()):
        acquainting.say_who(school=school, **said)
        messages.success(request, f"Recorded. {found.user} gets no script of anybody at {school}.")
    else:
        messages.error(request, "Nobody was chosen, or they are not ours any more: search again, and choose.")


@require_http_methods(["GET", "HEAD", "POST"])
def arisen(request: Any, arisen_id: int) -> HttpResponse:
    """Marks of somebody for whom a conflict arose: whether they count."""
    found = arising_queries.get_arisen_for(viewer(request), arisen_id)
    window = found.script.sitting.window
    form = CountForm(posted(request))
    if form.is_valid():
        try:
            arising.let_count(
                arisen=found, reason=form.cleaned_data["reason"], by=request.user, at=request.received_at
            )
            messages.success(request, f"The marks of {found.marker} for {found.code} count.")
            return redirect("office:marking", window.pk)
        except Refused as refusal:
            show_refusal(form, refusal)
    released = window.state == WindowState.RELEASED
    context = {
        "one": found,
        "window": window,
        "why": arising_rules.text(found.causes, released=released),
        "open": arising_queries.to_decide(pk=found.pk).exists(),
        "form": form,
    }
    return render(request, "office/arisen.html", context, status=422 if form.errors else 200)
