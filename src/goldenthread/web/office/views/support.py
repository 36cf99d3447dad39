"""Updates on progress: all that were due, and for one person how often, to whom, and who mentors them."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from goldenthread.common.refused import Refused
from goldenthread.reports.rules import Share
from goldenthread.support import actions, queries, rules
from goldenthread.support.models import CHOICES, Mentoring
from goldenthread.web.office.queries import get_enrolment_for
from goldenthread.web.shared.http import Request, page_of, roles_day, show_refusal, viewer
from goldenthread.web.shared.support import line_of


@require_safe
def updates(request: Request) -> HttpResponse:
    """Every update that was due, the latest first, with the share that went out on time."""
    found = queries.updates_for(viewer(request))
    on, page = roles_day(request), page_of(request, found)
    on_time = queries.on_time(on=on)
    context = {
        "page": page,
        "lines": [line_of(one, on=on) for one in page.object_list],
        "share": Share(on_time.on_time, on_time.due),
        "nobody": queries.nobody_to_tell(on=on),
    }
    return render(request, "office/updates.html", context)


class SupportForm(forms.Form):
    """How often the school hears of a person, and who mentors them."""

    interval = forms.ChoiceField(label="The school hears of them", choices=CHOICES)
    mentor = forms.TypedChoiceField(label="Mentor", required=False, coerce=int, empty_value=None)

    def __init__(self, *args: Any, people: list[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.people = {one.pk: one for one in people}
        self.fields["mentor"].choices = [("", "Nobody"), *((pk, one.name) for pk, one in self.people.items())]  # type: ignore[attr-defined]


@require_http_methods(["GET", "HEAD", "POST"])
def person_updates(request: Request, reference: str) -> HttpResponse:
    """The updates on one person."""
    who, on = viewer(request), roles_day(request)
    enrolment = get_enrolment_for(who, reference)
    current = Mentoring.objects.filter(enrolment=enrolment, ends_on__isnull=True).first()
    schedule = getattr(enrolment, "update_schedule", None)
    initial = {
        "interval": schedule.interval if schedule else str(rules.DEFAULT),
        "mentor": current.mentor_id if current else "",
    }
    people = queries.mentors_of_school(enrolment, on=on)
    posted = request.POST if request.method == "POST" else None
    form = SupportForm(posted, initial=initial, people=people)
    if form.is_bound and form.is_valid():
        try:
            _set(request, enrolment, form)
        except Refused as no:
            show_refusal(form, no)
        else:
            messages.success(request, "It is kept.")
            return redirect("office:person_updates", enrolment.reference)
    page = page_of(request, queries.updates_for(who, enrolment=enrolment))
    context = {
        "enrolment": enrolment,
        "form": form,
        "recipients": [
            {"name": user.name, "role": role.replace("_", " ")}
            for user, role in queries.recipients(enrolment, on=on).values()
        ],
        "page": page,
        "lines": [line_of(one, on=on) for one in page.object_list],
    }
    return render(request, "office/person_updates.html", context, status=422 if form.is_bound else 200)


def _set(request: Request, enrolment: Any, form: SupportForm) -> None:
    said = form.cleaned_data
    told = {"enrolment": enrolment, "by": request.user, "at": request.received_at}
    actions.name_mentor(mentor=form.people.get(said["mentor"]), **told)
    actions.set_interval(interval=said["interval"], **told)
