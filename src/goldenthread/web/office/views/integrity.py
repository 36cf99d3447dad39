"""Questions about scripts: compare a window, look at two texts side by side, answer; and misconduct cases."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from goldenthread.assessment.models import Script, Window
from goldenthread.common.refused import Refused
from goldenthread.integrity import actions, queries, rules, winnowing
from goldenthread.integrity.models import Flag, MisconductCase
from goldenthread.integrity.rules import Kind, Verdict
from goldenthread.marking import queries as marking
from goldenthread.marking.rules import covered, naming_spans
from goldenthread.outcomes.windows import with_facts
from goldenthread.web.office.forms_integrity import (
    AllegationForm,
    AnswerForm,
    AppealForm,
    ConcernForm,
    DecisionForm,
    HearingForm,
    KnownForm,
)
from goldenthread.web.office.stages import shown
from goldenthread.web.office.views.outcomes import tabs_of
from goldenthread.web.shared.http import new_form_key, page_of, posted, show_refusal, viewer


# --- a window --------------------------------------------------------------------------------------------
@require_safe
def integrity(request: Any, window_id: int) -> HttpResponse:
    """The questions about a window's scripts, its cases, and what is known to be quoted."""
    return _page(request, _window(request, window_id))


def _window(request: Any, window_id: int) -> Window:
    """The window with what says where it stands, in one query."""
    return queries.get_window_for(viewer(request), window_id, among=with_facts(marking.windows()))


def _page(request: Any, window: Window, *, concern: Any = None, known: Any = None) -> HttpResponse:
    who = viewer(request)
    context = {
        "window": window,
        "tabs": tabs_of(window, "office:integrity"),
        "stage": shown(window, at=request.received_at),
        "last": queries.last_comparison(window),
        "page": page_of(request, queries.flags_for(who, window)),
        "cases": list(queries.cases_for(who, window)),
        "known": queries.known_texts(window),
        "concern": concern or ConcernForm(),
        "known_form": known or KnownForm(),
    }
    return render(request, "office/integrity.html", context, status=422 if concern or known else 200)


@require_POST
def integrity_compare(request: Any, window_id: int) -> HttpResponse:
    """Look for shared passages."""
    window = queries.get_window_for(viewer(request), window_id)
    try:
        found = actions.compare(window=window, by=request.user, at=request.received_at)
    except Refused as refusal:
        messages.error(request, refusal.message)
    else:
        new = f"{found.flags} new question{'' if found.flags == 1 else 's'}" if found.flags else "nothing new"
        messages.success(
            request, f"{found.scripts} scripts were compared, also with {found.others} others: {new}."
        )
    return redirect("office:integrity", window.pk)


@require_POST
def integrity_concern(request: Any, window_id: int) -> HttpResponse:
    """Ask a question about one script by hand."""
    window = _window(request, window_id)
    form = ConcernForm(request.POST)
    if form.is_valid():
        script = queries.script_by_code(window, form.cleaned_data["code"])
        if script is not None:
            made = actions.raise_concern(
                script=script, note=form.cleaned_data["note"], by=request.user, at=request.received_at
            )
            return redirect("office:flag", made.pk)
        form.add_error("code", "No script of this window has this code: copy it from the marking page.")
    return _page(request, window, concern=form)


@require_POST
def integrity_known(request: Any, window_id: int) -> HttpResponse:
    """Add a quotation that many use."""
    window = _window(request, window_id)
    form = KnownForm(request.POST)
    if not form.is_valid():
        return _page(request, window, known=form)
    actions.add_known_text(window=window, **form.cleaned_data, by=request.user, at=request.received_at)
    messages.success(request, "The quotation is known from now on. Questions that are open stay open.")
    return redirect("office:integrity", window.pk)


# --- a question ------------------------------------------------------------------------------------------
@require_http_methods(["GET", "HEAD", "POST"])
def flag(request: Any, flag_id: int) -> HttpResponse:
    """One question: the texts side by side with what they share; answer that nothing follows."""
    found = queries.get_flag_for(viewer(request), flag_id)
    form = AnswerForm(posted(request))
    if request.method == "POST" and form.is_valid():
        try:
            actions.answer_flag(
                flag=found, reason=form.cleaned_data["reason"], by=request.user, at=request.received_at
            )
        except Refused as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(
                request, "Answered: nothing follows. The results are free, if nothing else holds them."
            )
            return redirect("office:integrity", found.script.sitting.window_id)
    return _flag_page(request, found, answer=form)


def _flag_page(request: Any, found: Flag, *, answer: Any = None, allegation: Any = None) -> HttpResponse:
    codes = {str(one.pk): one.sitting.code for one in (found.script, found.other) if one}
    context = {
        "flag": found,
        "window": found.script.sitting.window,
        "sides": _sides(found),
        "answer": answer or AnswerForm(),
        "allegation": allegation
        or AllegationForm(None, codes, initial={"form_key": new_form_key(), "about": list(codes)[:1]}),
    }
    refused = any(one is not None and one.is_bound for one in (answer, allegation))
    return render(request, "office/flag.html", context, status=422 if refused else 200)


def _sides(found: Flag) -> list[dict[str, Any]]:
    """The texts, each in pieces that are shared or not; what names a writer is covered, as it is for markers."""
    scripts = [one for one in (found.script, found.other) if one]
    names = {name for one in scripts for name in marking.identity_of_writer(one.sitting)}
    return [
        {"script": one, "pieces": _pieces(one.text, passages, names)}
        for one, passages in zip(scripts, _shared(found, scripts), strict=True)
    ]


def _shared(found: Flag, scripts: list[Script]) -> list[list[tuple[int, int]]]:
    """From where to where each of the texts shares something with the other."""
    if len(scripts) == 1:
        return [[]]
    numbers = winnowing.Numbers()
    excluded = winnowing.excluded_grams(queries.quotable(found.script.sitting.window), numbers)
    if found.comparison:  # what too many had is not marked, as it wasn't counted
        excluded |= set(winnowing.unpacked(bytes(found.comparison.common)))
    first, second = (winnowing.taken_apart(one.text, numbers) for one in scripts)
    shared = winnowing.shared_passages(first, second, excluded)
    return [list(shared.first), list(shared.second)]


def _pieces(text: str, passages: list[tuple[int, int]], names: set[str]) -> list[tuple[bool, str]]:
    """A text in its pieces with the names covered; a passage that begins or ends inside a name leaves it out."""
    for low, high in naming_spans(text, names):
        passages = [
            (high if low < start < high else start, low if low < end < high else end)
            for start, end in passages
        ]
    return [(shared, covered(piece, names)[0]) for shared, piece in winnowing.marked(text, passages)]


@require_POST
def flag_case(request: Any, flag_id: int) -> HttpResponse:
    """Make an allegation, which opens a case for each script that is chosen."""
    found = queries.get_flag_for(viewer(request), flag_id)
    scripts = {str(one.pk): one for one in (found.script, found.other) if one}
    form = AllegationForm(request.POST, {key: one.sitting.code for key, one in scripts.items()})
    if form.is_valid():
        try:
            made = actions.open_case(
                flag=found,
                scripts=[scripts[key] for key in form.cleaned_data["about"]],
                allegation=form.cleaned_data["text"],
                form_key=str(form.cleaned_data["form_key"]),
                by=request.user,
                at=request.received_at,
            )
        except Refused as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(
                request, "The case is open, and the participant is told that there is something to read."
            )
            return redirect("office:misconduct", made[0].pk)
    return _flag_page(request, found, allegation=form)


# --- a case ----------------------------------------------------------------------------------------------
FORMS = {"hearing": HearingForm, "decision": DecisionForm, "appeal": AppealForm}


@require_safe
def misconduct(request: Any, misconduct_id: int) -> HttpResponse:
    """A case with its steps, and what can be done next."""
    return _case_page(request, queries.get_case_for(viewer(request), misconduct_id))


def _case_page(request: Any, case: MisconductCase, *, step: str = "", form: Any = None) -> HttpResponse:
    steps = queries.steps_of(case)
    judged = queries.judged(steps)
    kinds = {one.kind for one in judged}
    decided = Kind.DECISION in kinds
    names = ["hearing", "decision"] if not decided else []
    if Kind.APPEAL in kinds and Kind.APPEAL_DECISION not in kinds:
        names = ["appeal"]
    forms = {name: FORMS[name](None, initial={"form_key": new_form_key()}) for name in names}
    if form is not None:
        forms[step] = form
    for name, one in forms.items():
        one.auto_id = f"id_{name}_%s"  # two forms of the page have fields of the same name
    context = {
        "case": case,
        "steps": steps,
        "forms": forms,
        "verdict": VERDICTS.get(rules.verdict_of(judged), ""),
        "appeal_until": rules.appeal_until(judged),
        "released": case.sitting.window.state == "released",
    }
    return render(request, "office/misconduct.html", context, status=422 if form else 200)


VERDICTS: dict[str, str] = {
    Verdict.NOT_UPHELD: "Not upheld: the script counts",
    Verdict.WARNING: "Upheld, a warning: the script counts",
    Verdict.VOID: "Upheld: the script doesn't count",
}


@require_POST
def misconduct_step(request: Any, misconduct_id: int, verb: str) -> HttpResponse:
    """Record a hearing, decide, or decide about an appeal."""
    case = queries.get_case_for(viewer(request), misconduct_id)
    if verb not in FORMS:
        raise Http404
    form = FORMS[verb](request.POST)
    if form.is_valid():
        try:
            _take(verb, case, form.cleaned_data, by=request.user, at=request.received_at)
        except Refused as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(
                request, "Recorded, and the participant is told that there is something to read."
            )
            return redirect("office:misconduct", case.pk)
    return _case_page(request, case, step=verb, form=form)


def _take(verb: str, case: MisconductCase, data: dict[str, Any], *, by: Any, at: Any) -> None:
    said: dict[str, Any] = {
        "case": case,
        "text": data["text"],
        "form_key": str(data["form_key"]),
        "by": by,
        "at": at,
    }
    if verb == "hearing":
        actions.record_hearing(**said)
    elif verb == "decision":
        actions.decide_case(**said, verdict=Verdict(data["value"]))
    else:
        actions.decide_appeal(**said, allowed=data["value"] == "allowed")
