"""The account of a project as a document: looked at, then handed in with the evidence, as a case study's is."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from goldenthread.assessment import words
from goldenthread.assessment.actions import account as actions
from goldenthread.assessment.models import Sitting
from goldenthread.assessment.project_views import TaskView
from goldenthread.assessment.queries import current_script, get_sitting_for, terms_of
from goldenthread.assessment.rules import deadline_text
from goldenthread.assessment.rules.policies import counting_text
from goldenthread.assessment.rules.projects import words_text
from goldenthread.assessment.upload_models import Upload, UploadState
from goldenthread.common.refused import Refused
from goldenthread.outcomes.useful_days import useful_day_of
from goldenthread.web.participant.covering import covering_of
from goldenthread.web.participant.current import Mine
from goldenthread.web.participant.declaring import ai_said
from goldenthread.web.participant.forms_assessment import HandInForm, UploadForm
from goldenthread.web.participant.task_days import late_note
from goldenthread.web.participant.views import documents
from goldenthread.web.participant.views.project import acting, page_to, with_task
from goldenthread.web.shared.arrival import arrived_at


@require_http_methods(["GET", "HEAD", "POST"])
@with_task
def account_upload(request: Any, mine: Mine, found: TaskView) -> HttpResponse:
    """Two steps, as for a case study: the document is looked at, then declared own work and handed in."""
    sitting = _sitting(request, mine, found)
    if sitting is None:
        return redirect(page_to(mine, found, "participant:project_account"))
    form = UploadForm()
    if request.method == "POST" and "token" in request.POST:
        return _hand_in(request, mine, found, sitting)
    one: Upload | None = None
    response: Any = None
    if request.method == "POST":
        form = UploadForm(request.POST, request.FILES)
        one, response = documents.take_look(request, sitting, form) or (None, None)
    elif "document" in request.GET:
        one = documents.the_upload(sitting, request.GET["document"])
    if one is None:
        return _page(request, mine, found, sitting, form=form)
    if one.state == UploadState.HANDED_IN and one.script:
        return redirect("participant:project_receipt", sitting.pk, one.script.number)
    try:
        response = response or documents.ready_now(request, one)
    except Refused as refusal:
        return _page(request, mine, found, sitting, told=refusal)
    return _page(request, mine, found, sitting, response=response, final=documents.final_form(one))


def _sitting(request: Any, mine: Mine, found: TaskView) -> Sitting | None:
    """The place in the hand-in days; None while there is none, the plan is not open or the task is passed: the
    account's page says so."""
    if found.passed:
        return None
    number = found.sitting.pk if found.sitting else None
    if number is None:
        if not found.opening.open:
            return None
        try:
            number = actions.account_sitting(**acting(request, mine, found)).pk
        except Refused:
            return None
    return get_sitting_for(request.user, number, of_tasks=True)


def _hand_in(request: Any, mine: Mine, found: TaskView, sitting: Sitting) -> HttpResponse:
    asked = terms_of(sitting).declarations
    final, response, told = HandInForm(request.POST, asked=asked), None, None
    if final.is_valid():
        try:
            response = documents.ready_by(request, sitting, final.cleaned_data["token"])
            script = actions.hand_in_document(
                enrolment=mine.enrolment,
                task=found.ask.key,
                response=response,
                key=final.cleaned_data["form_key"],
                own_work=final.cleaned_data["own_work"],
                ai=ai_said(final.cleaned_data),
                replacing=final.replacing(),
                by=request.user,
                at=arrived_at(request),
            )
        except Refused as refusal:
            documents.ask_about(final, current_script(sitting), refusal)
            told = refusal
        else:
            return redirect("participant:project_receipt", sitting.pk, script.number)
    return _page(request, mine, found, sitting, response=response, final=final, told=told)


def _page(
    request: Any,
    mine: Mine,
    found: TaskView,
    sitting: Sitting,
    *,
    form: UploadForm | None = None,
    response: Any = None,
    final: HandInForm | None = None,
    told: Refused | None = None,
) -> HttpResponse:
    form, script = form or UploadForm(), current_script(sitting)
    if final is not None and not final.is_bound:
        final.shows(script)
    titles = {part.key: part.title for part in found.ask.parts}
    other = "Before the first section" if titles else "Your account"
    texts = response.texts if response else {}
    sections = [(titles.get(key, other), text) for key, text in texts.items()]
    context = {
        "mine": mine,
        "found": found,
        "sitting": sitting,
        "form": form,
        "final": final,
        "script": script,
        "told": told if final is None else None,
        "response": response,
        "covering": covering_of(sitting, sections) if response else None,
        "before_parts": other if response and titles and "" in response.texts else "",
        "length": words_text(response.count.total, found.ask) if response else "",
        "counted": documents.named(response.count.parts) if response else [],
        "not_counted": documents.named(response.count.excluded) if response else [],
        "missing": [
            title for key, title in titles.items() if response and not words.has_word(texts.get(key, ""))
        ],
        "files": len(found.project.files.all()) if found.project else 0,
        "closes": deadline_text(sitting.closes_at, sitting.zone),
        "late_note": late_note(found, useful_day_of(mine.enrolment)),
        "word_rule": counting_text(found.ask.counting),
        **documents.under_way(request, sitting),
    }
    status = documents.status_of(form, final, told)
    return render(request, "participant/account_upload.html", context, status=status)
