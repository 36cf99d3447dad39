"""After the award: what may come next, and where the graduate went (S1-36, S3-32, S0-72)."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from goldenthread.awards import actions, next_roles, rules
from goldenthread.awards.models import Award
from goldenthread.awards.queries import award_of, destinations_of
from goldenthread.catalogue.content_rules import next_steps
from goldenthread.catalogue.specification import Specification
from goldenthread.common.refused import Refused
from goldenthread.web.participant.current import Mine, with_enrolment
from goldenthread.web.participant.views.result import no_award
from goldenthread.web.shared.http import Request, posted, show_refusal
from goldenthread.web.shared.numbers import number_of

ROLES = [("", "Choose a role"), *((role, role[0].upper() + role[1:]) for role in rules.ROLES)]


class YearsForm(forms.Form):
    """The question that a next step depends on."""

    years = forms.IntegerField(
        min_value=0,
        max_value=50,
        error_messages={"required": "Give a number of years.", "invalid": "Give a whole number of years."},
    )


class MoveForm(forms.Form):
    """A move to another role or another place."""

    role_before = forms.ChoiceField(
        label="Your role before", choices=ROLES, error_messages={"required": "Choose your role before."}
    )
    role_after = forms.ChoiceField(
        label="Your role after", choices=ROLES, error_messages={"required": "Choose your role after."}
    )
    moved_on = forms.DateField(
        label="Day of the move",
        widget=forms.DateInput(attrs={"type": "date"}),
        error_messages={"required": "Give the day.", "invalid": "Give a date, such as 2026-09-01."},
    )
    place = forms.CharField(
        label="School or trust that you joined",
        help_text="Leave it empty if you stayed.",
        max_length=200,
        required=False,
        error_messages={"max_length": "Shorten this to 200 characters."},
    )


@require_http_methods(["GET", "HEAD", "POST"])
@with_enrolment
def after(request: Request, mine: Mine) -> HttpResponse:
    """What is open to somebody who holds the award, and the form in which they say where they went."""
    award = award_of(mine.enrolment)
    if award is None:
        return no_award(request, mine)
    number = number_of(request.POST.get("remove", ""))
    if number is not None:
        actions.take_destination_out(
            award=award, destination_id=number, by=request.user, at=request.received_at
        )
        messages.success(request, "The move is taken out.")
        return redirect(_here(mine))
    form = MoveForm(posted(request))
    if request.method == "POST" and form.is_valid() and _recorded(request, award, form):
        messages.success(request, "Your move is recorded. Thank you: it shows what the programme leads to.")
        return redirect(_here(mine))
    specification = mine.enrolment.version.specification
    context = {
        "mine": mine,
        "award": award,
        "form": form,
        "moves": destinations_of(award),
        **_asked(award),
        "roles": specification.roles_after,
        **_next(request, specification),
    }
    return render(request, "participant/after.html", context, status=422 if form.errors else 200)


def _here(mine: Mine) -> str:
    return f"{reverse('participant:after')}?enrolment={mine.enrolment.reference}"


def _asked(award: Award) -> dict[str, Any]:
    """The link of the last question for one's role, and whether it is answered; nothing where none was asked."""
    question = next_roles.asked_of(award)
    if question is None:
        return {}
    return {"role_token": next_roles.token_of(question), "role_answered": hasattr(question, "answer")}


def _recorded(request: Any, award: Award, form: MoveForm) -> bool:
    data = form.cleaned_data
    try:
        actions.record_destination(
            award=award,
            before=data["role_before"],
            after=data["role_after"],
            moved_on=data["moved_on"],
            place=data["place"],
            by=request.user,
            at=request.received_at,
        )
    except Refused as no:
        show_refusal(form, no)
        return False
    return True


def _next(request: HttpRequest, specification: Specification) -> dict[str, Any]:
    """The steps that are open; those that depend on the years only once they are given."""
    asked = next((step.question for step in specification.progression if step.question), "")
    years = YearsForm(request.GET if "years" in request.GET else None)
    given = years.cleaned_data["years"] if asked and years.is_bound and years.is_valid() else None
    return {
        "question": asked,
        "years": years,
        "given": given,
        "steps": [
            {
                "name": step.name[0].upper() + step.name[1:],
                "code": step.to if step.kind == "programme" else "",
            }
            for step in next_steps(specification, years=given)
        ],
        "conditional": bool(asked) and given is None,
    }
