"""Pairs of scripts that belong together: one page for all of them, answered at once or with cases for some scripts."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from goldenthread.assessment.models import Script
from goldenthread.common.refused import Refused
from goldenthread.integrity import answering, groups, queries
from goldenthread.integrity.groups import Group
from goldenthread.web.office.forms_integrity import AllegationTogetherForm, AnswerTogetherForm
from goldenthread.web.office.own_work import called_in
from goldenthread.web.shared.http import new_form_key, page_of, show_refusal, viewer


@require_http_methods(["GET", "HEAD", "POST"])
def flag_group(request: Any, window_id: int, flag_id: int) -> HttpResponse:
    """The scripts and pairs of a group; answer all that is open in it, or open cases for chosen scripts."""
    who = viewer(request)
    window = queries.get_window_for(who, window_id)
    group = groups.get_group_for(who, window, flag_id)
    scripts = groups.scripts_in(group)
    names = called_in(scripts)
    choices = {str(pk): names[pk] for pk in group.scripts}
    step = request.POST.get("step", "") if request.method == "POST" else ""
    seen = ",".join(str(one.number) for one in group.pairs)
    forms: dict[str, Any] = {
        "answer": AnswerTogetherForm(request.POST if step == "answer" else None, initial={"seen": seen}),
        "allegation": AllegationTogetherForm(
            request.POST if step == "allegation" else None,
            choices,
            initial={"seen": seen, "form_key": new_form_key()},
        ),
    }
    for name, form in forms.items():
        form.auto_id = f"id_{name}_%s"  # two forms of the page have fields of the same name
    if step in forms and forms[step].is_valid():
        try:
            _take(request, step, group, forms[step].cleaned_data, scripts)
            return redirect("office:integrity", window.pk)
        except Refused as refusal:
            show_refusal(forms[step], refusal)
    page = page_of(request, groups.flags_of(group), count=len(group.pairs))
    context = {
        "window": window,
        "group": group,
        "page": page,
        "rows": [(one, names[one.script_id], names[one.other_id or 0]) for one in page],
        "scripts": [(one, names[one.pk], _most(group, one.pk)) for one in scripts],
        **forms,
    }
    return render(request, "office/flag_group.html", context, status=422 if step else 200)


def _most(group: Group, script: int) -> int:
    """The most words that a script shares with another of its group."""
    return max(one.words for one in group.pairs if script in (one.script, one.other))


def _take(request: Any, step: str, group: Group, data: dict[str, Any], scripts: list[Script]) -> None:
    """Answer the pairs that were shown, as far as they belong to the group still."""
    shown = {one.number for one in group.pairs}.intersection(data["seen"])
    said: dict[str, Any] = {"flags": shown, "by": request.user, "at": request.received_at}
    if step == "answer":
        count = answering.answer_together(reason=data["reason"], **said)
        messages.success(
            request,
            f"{count} question{'s are' if count != 1 else ' is'} answered: nothing follows. The results are free, if "
            "nothing else holds them.",
        )
        return
    made = answering.open_cases_together(
        scripts=[one for one in scripts if str(one.pk) in data["about"]],
        allegation=data["text"],
        form_key=str(data["form_key"]),
        **said,
    )
    count = len(made)
    messages.success(
        request,
        f"{count} case{'s are' if count != 1 else ' is'} open, and each participant is told that there is something to "
        "read. Pairs of other scripts stay to be answered.",
    )
