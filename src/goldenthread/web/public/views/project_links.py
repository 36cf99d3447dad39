"""The page behind a link of a project: a board, a host or a sponsor answers without an account."""

from datetime import date
from typing import Any

from django import forms
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from goldenthread.assessment.actions import project_links as actions
from goldenthread.assessment.project_calendars import calendar_of
from goldenthread.assessment.project_models import PlacementDay, ProjectLink
from goldenthread.assessment.project_queries import ask_of
from goldenthread.assessment.project_signatures import changed_of, home_of, page_of, shown_to
from goldenthread.assessment.rules.calendars import Calendar, in_break, is_working_day
from goldenthread.common.days import day_text
from goldenthread.common.refused import Refused
from goldenthread.web.shared.http import Request, posted, show_refusal
from goldenthread.web.shared.limits import VERIFY, over_limit


class AnswerForm(forms.Form):
    """What the person of a link says."""

    days = forms.MultipleChoiceField(
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "required": actions.TICK,
            "invalid_choice": "The log has changed: load this page again.",
        },
    )
    contrast = forms.ChoiceField(
        label="Does your school contrast with theirs?",
        required=False,
        choices=[("yes", "Yes"), ("no", "No")],
        widget=forms.RadioSelect,
    )
    text = forms.CharField(
        label="Your answer",
        required=False,
        max_length=actions.LONGEST_ANSWER,
        widget=forms.Textarea(attrs={"rows": 6}),
    )

    def __init__(
        self, data: object = None, *, link: ProjectLink, days: list[PlacementDay], calendar: Calendar
    ) -> None:
        super().__init__(data)  # type: ignore[arg-type]
        if link.purpose == "host":
            waiting = [day for day in days if not day.confirmed_at]
            if days and not waiting:  # a host who is asked anew about the contrast alone
                del self.fields["days"]
                self.fields["contrast"].required = True
                self.fields["contrast"].error_messages["required"] = "Say yes or no."
                self.fields["text"].label = "Anything that the programme should know"
                return
            choices = [(day.on.isoformat(), f"{_named(day)}{_asked(day, calendar)}") for day in waiting]
            self.fields["days"].choices = choices  # type: ignore[attr-defined]
            candidate = link.project.enrolment.user.name
            self.fields["days"].label = f"On which of these days was {candidate} with you?"
            self.fields["text"].label = "Anything that the programme should know"
        else:
            del self.fields["days"], self.fields["contrast"]
            asked = {
                "board": "What did the board say to the plan?",
                "sponsor": "What do you say to this project, and how will you support it?",
            }
            self.fields["text"].label = asked.get(link.purpose, "Your answer")
            self.fields["text"].required = True
            self.fields["text"].error_messages["required"] = "Write your answer."


def _asked(day: PlacementDay, calendar: Calendar) -> str:
    """What a host is told of a day on which their school may have been closed."""
    if not is_working_day(calendar, day.on):
        return ": no working day by the calendar that we know, so that it does not count"
    return (
        ": usual school holidays, so tick it only if your school worked" if in_break(calendar, day.on) else ""
    )


def _named(day: PlacementDay) -> str:
    return f"{day_text(day.on)}{' (half a day)' if day.half else ''}{f': {day.note}' if day.note else ''}"


def _shown_on(link: ProjectLink, changed: str) -> dict[str, Any]:
    """What the page shows of what is signed: what there is now, or, once it is another, what was answered for."""
    shown = link.shown if changed else shown_to(link)
    told = shown.get("presented_on")
    return {
        "shown": shown,
        "home": shown.get("home") or home_of(link.project),  # kept of a host's answer
        "presented_on": date.fromisoformat(told) if told else None,
    }


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def project_link(request: Request, token: str) -> HttpResponse:
    """Whom it is for, what is asked, and the answer. What no longer counts says so, and shows nothing else."""
    if over_limit(request, VERIFY):
        return render(request, "public/project_link_over.html", {"often": True}, status=429)
    try:
        link = actions.get_link(token, at=request.received_at)
    except Http404:  # most often cut off by a mail program; the page says no more of a link that never was
        return render(request, "public/project_link_over.html", {"unknown": True}, status=404)
    except Refused as refusal:
        return render(request, "public/project_link_over.html", {"refusal": refusal}, status=410)
    days = list(PlacementDay.objects.filter(placement__project=link.project_id).order_by("on"))
    placement = getattr(link.project, "placement", None)
    market = link.project.enrolment.version.market
    calendar = calendar_of(placement.school if placement else None, market=market)
    form = AnswerForm(posted(request), link=link, days=days, calendar=calendar)
    if form.is_bound and form.is_valid():
        said = form.cleaned_data
        contrast = {"yes": True, "no": False}.get(said.get("contrast", ""))
        try:
            actions.answer_link(
                link=link,
                confirmed=said.get("days", []),
                text=said["text"],
                contrast=contrast,
                seen=request.POST.get("seen", ""),
                at=request.received_at,
            )
            return redirect("public:project_link", token)
        except Refused as refusal:
            show_refusal(form, refusal)
            if refusal.code == "link.changed":  # what is shown below is what there is now
                link = actions.get_link(token, at=request.received_at)
    changed, project = changed_of(link), link.project
    ask = ask_of(project.enrolment.version.specification, project.task)
    context = {
        "link": link,
        "candidate": project.enrolment.user.name,
        "ask": ask,
        "placement": placement,
        "changed": changed,
        **_shown_on(link, changed),
        "seen": page_of(link, days),
        "waiting": [day for day in days if not day.confirmed_at],
        "confirmed": [_named(day) for day in days if day.confirmed_at],
        "form": form,
    }
    return render(request, "public/project_link.html", context, status=422 if form.errors else 200)
