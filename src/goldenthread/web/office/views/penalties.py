"""Waivers of a penalty for too many words: one of the office asks about a script, another decides."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from goldenthread.assessment import penalties as lengths
from goldenthread.assessment.rules import penalties as rules
from goldenthread.common.refused import Refused, why_not
from goldenthread.outcomes import waiving
from goldenthread.web.office.fields import reason_field
from goldenthread.web.office.forms_afterwards import SecondForm
from goldenthread.web.shared.http import new_form_key, page_of, posted, show_refusal, viewer


class WaiveForm(forms.Form):
    """How many of the words too many are to cost marks, and why."""

    words = forms.IntegerField(
        label="Of the words too many, how many are to cost marks?",
        min_value=0,
        help_text="0 waives the penalty. Put in words, since nobody knows the marks by name before the release.",
    )
    reason = reason_field("Why?", longest=rules.LONGEST_REASON, help_text="A colleague reads it and decides.")
    form_key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, data: Any, *, form_key: str) -> None:
        super().__init__(data, initial={"form_key": form_key})


@require_safe
def waivers(request: Any) -> HttpResponse:
    """What waits for a second person, or what was decided."""
    decided = request.GET.get("show") == "decided"
    page = page_of(request, waiving.waivers_for(viewer(request), decided=decided))
    tabs = [("To decide", "?show=open", not decided, ""), ("Decided", "?show=decided", decided, "")]
    return render(request, "office/penalties.html", {"page": page, "tabs": tabs, "decided": decided})


@require_http_methods(["GET", "HEAD", "POST"])
def penalty(request: Any, sitting_id: int) -> HttpResponse:
    """What too many words cost one person; asks to waive it, decides it as a second person, or takes it back."""
    script = waiving.get_script_for(viewer(request), sitting_id)
    found = waiving.waivers_of(script)
    waits = next((one for one in found if one.state == "asked"), None)
    step = request.POST.get("step", "")
    ask = WaiveForm(posted(request) if step == "ask" else None, form_key=new_form_key())
    second = SecondForm(posted(request) if step == "decide" else None)
    form = {"ask": ask, "decide": second}.get(step)
    who: dict[str, Any] = {"by": request.user, "at": request.received_at}
    try:
        if step == "take_back" and waits:
            waiving.take_back(waiver=waits, **who)
            messages.success(request, "It is taken back; nothing changes.")
            return redirect("office:penalty", sitting_id)
        if step == "ask" and ask.is_valid():
            said = {**ask.cleaned_data, "form_key": str(ask.cleaned_data["form_key"])}
            waiving.ask(script=script, **said, **who)
            messages.success(request, "Asked for. A colleague decides; nothing changes until then.")
            return redirect("office:penalty", sitting_id)
        if step == "decide" and waits and second.is_valid():
            approve = second.cleaned_data["approve"] == "1"
            waiving.decide(waiver=waits, approve=approve, reason=second.cleaned_data["reason"], **who)
            done = "Approved: the results go by it." if approve else "It is refused; nothing changes."
            messages.success(request, done)
            return redirect("office:penalty", sitting_id)
    except Refused as refusal:
        if form is None:
            messages.error(request, refusal.message)
            return redirect("office:penalty", sitting_id)
        show_refusal(form, refusal)
    window = script.sitting.window
    length = lengths.too_long_of(window, sitting_id)
    closes = {"zone": script.sitting.zone, "at": request.received_at}
    not_now = (
        why_not(rules.check_costs, length)
        or why_not(rules.check_not_told, waiving.is_told(script))
        or why_not(rules.check_handed_in, script.sitting.closes_at, **closes)
    )
    context = {
        "script": script,
        "person": script.sitting.enrolment.user,
        "enrolment": script.sitting.enrolment,
        "window": window,
        "length": length,
        "left": rules.left_text(length) if length else "",
        "not_now": not_now,
        "waits": waits,
        "waivers": found,
        "own": waits is not None and waits.asked_by_id == request.user.pk,
        "ask": ask,
        "second": second,
    }
    bad = form is not None and bool(form.errors)
    return render(request, "office/penalty.html", context, status=422 if bad else 200)
