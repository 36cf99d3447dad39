"""Questions about scripts: compare a window, look at two texts side by side, answer; and misconduct cases."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from goldenthread.assessment.models import Script, Window
from goldenthread.assessment.queries import declared_with, length_of
from goldenthread.assessment.rules.policies import declarations_in
from goldenthread.common.refused import Refused, why_not
from goldenthread.integrity import actions, asking, groups, queries, raising, rules, winnowing
from goldenthread.integrity.models import ConcernKind, Flag, MisconductCase
from goldenthread.integrity.rules import Hearing, Kind, Verdict
from goldenthread.marking import queries as marking
from goldenthread.marking.identity import identity_of_writer
from goldenthread.marking.rules import covered, naming_spans
from goldenthread.outcomes.windows import with_facts
from goldenthread.web.office.forms_integrity import (
    AllegationForm,
    AnswerForm,
    AppealForm,
    AuthorForm,
    ConcernForm,
    DecisionForm,
    HearingForm,
    KnownConcernForm,
    KnownForm,
    UncomparedForm,
)
from goldenthread.web.office.own_work import ai_of, called, scripts_of, shown_name
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


def _page(
    request: Any, window: Window, *, concern: Any = None, known: Any = None, uncompared: Any = None
) -> HttpResponse:
    who, last = viewer(request), queries.last_comparison(window)
    asked = asking.last_asked(window)
    page = page_of(request, groups.groups_for(who, window))
    context = {
        "window": window,
        "tabs": tabs_of(window, "office:integrity"),
        "stage": shown(window, at=request.received_at),
        "page": page,
        "rows": _rows(who, window, page),
        "asked": asked,
        "stalled": asking.is_stalled(asked, at=request.received_at),
        "last": last,
        "cases": [(one, shown_name(one, who.user)) for one in queries.cases_for(who, window)],
        "ai_asked": declarations_in(window.policies).ai.declared,
        "known": queries.known_texts(window),
        "known_concerns": [
            (one, KnownConcernForm(auto_id=f"id_concern_{one.pk}_%s"))
            for one in raising.about_known(who, window)
        ],
        "concern": concern or ConcernForm(),
        "known_form": known or KnownForm(),
        "uncompared": uncompared or UncomparedForm(),
    }
    refused = concern or known or uncompared
    return render(request, "office/integrity.html", context, status=422 if refused else 200)


def _rows(who: Any, window: Window, page: Any) -> list[tuple[Any, Any, str]]:
    """The groups of a page; of a single question the question, and what its scripts are called. One query."""
    single = [group.number for group in page if group.single]
    flags = {one.pk: one for one in queries.flags_for(who, window).filter(pk__in=single)} if single else {}
    return [
        (group, flags.get(group.number), called(flags[group.number]) if group.number in flags else "")
        for group in page
    ]


@require_safe
def integrity_ai(request: Any, window_id: int) -> HttpResponse:
    """What the scripts of a window say about AI, without names."""
    window = _window(request, window_id)
    context = {
        "window": window,
        "tabs": tabs_of(window, "office:integrity"),
        "stage": shown(window, at=request.received_at),
        "ai": ai_of(window),
    }
    return render(request, "office/integrity_ai.html", context)


@require_POST
def integrity_compare(request: Any, window_id: int) -> HttpResponse:
    """Look for shared passages."""
    window = queries.get_window_for(viewer(request), window_id)
    try:
        found = asking.ask_to_compare(window=window, by=request.user, at=request.received_at)
    except Refused as refusal:
        messages.error(request, refusal.message)
        return redirect("office:integrity", window.pk)
    if found is None:
        messages.success(request, "Asked for. The page says when the scripts are compared; you can leave it.")
    else:
        new = f"{found.flags} new question{'' if found.flags == 1 else 's'}" if found.flags else "nothing new"
        one, other = found.scripts == 1, found.others == 1
        messages.success(
            request,
            f"{found.scripts} script{' was' if one else 's were'} compared, also with {found.others} "
            f"other{'' if other else 's'}: {new}.",
        )
    return redirect("office:integrity", window.pk)


@require_POST
def integrity_uncompared(request: Any, window_id: int) -> HttpResponse:
    """Say why the scripts are not compared."""
    window = _window(request, window_id)
    form = UncomparedForm(request.POST)
    if form.is_valid():
        try:
            actions.leave_uncompared(
                window=window, reason=form.cleaned_data["reason"], by=request.user, at=request.received_at
            )
        except Refused as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, "Your reason is kept. The results wait for no comparison.")
            return redirect("office:integrity", window.pk)
    return _page(request, window, uncompared=form)


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


def _flag_page(
    request: Any,
    found: Flag,
    *,
    answer: Any = None,
    allegation: Any = None,
    why: Any = None,
    author: str = "",
) -> HttpResponse:
    codes, asked = _choices(found), getattr(found, "concern", None)
    urgent = asked is not None and asked.kind == ConcernKind.SAFEGUARDING
    context = {
        "flag": found,
        "called": called(found),
        "company": groups.has_company(found),
        "window": found.script.sitting.window,
        "sides": _sides(found),
        "answer": answer or AnswerForm(),
        "allegation": allegation
        or AllegationForm(None, codes, initial={"form_key": new_form_key(), "about": list(codes)[:1]}),
        "author_form": (why or AuthorForm()) if urgent else None,
        "author": author,
    }
    refused = not author and any(one is not None and one.is_bound for one in (answer, allegation, why))
    return render(request, "office/flag.html", context, status=422 if refused else 200)


@require_POST
def flag_author(request: Any, flag_id: int) -> HttpResponse:
    """Show who wrote the script of a safeguarding concern, on record; nothing of it is kept on the page."""
    found = queries.get_flag_for(viewer(request), flag_id)
    form, author = AuthorForm(request.POST), ""
    if form.is_valid():
        try:
            author = raising.show_author(
                flag=found, why=form.cleaned_data["why"], by=request.user, at=request.received_at
            )
        except Refused as refusal:
            show_refusal(form, refusal)
    return _flag_page(request, found, why=form, author=author)


@require_POST
def concern_answer(request: Any, concern_id: int) -> HttpResponse:
    """Answer a concern about a script whose marks are known."""
    found = raising.get_known_for(viewer(request), concern_id)
    form = KnownConcernForm(request.POST)
    if form.is_valid():
        try:
            raising.answer_known(
                concern=found, reason=form.cleaned_data["reason"], by=request.user, at=request.received_at
            )
        except Refused as refusal:
            messages.error(request, refusal.message)
        else:
            messages.success(request, "Answered. Who raised it is told so, and nothing else.")
    else:
        messages.error(request, "Say what you looked at: it is kept with your name.")
    return redirect("office:integrity", found.window_id)


def _choices(found: Flag) -> dict[str, str]:
    """The scripts of a question to choose from, by what its page calls them."""
    return {str(one.pk): name for one, name in scripts_of(found)}


def _sides(found: Flag) -> list[dict[str, Any]]:
    """The texts, each in pieces that are shared or not; what names a writer is covered, as it is for markers."""
    called_so = scripts_of(found)
    scripts = [one for one, _ in called_so]
    names = {name for one in scripts for name in identity_of_writer(one.sitting)}
    return [
        {
            "script": one,
            "called": name,
            "pieces": _pieces(one.text, passages, names),
            "length": length_of(one).text,
            "declared": [(label, covered(text, names)[0]) for label, text in declared_with(one)],
        }
        for (one, name), passages in zip(called_so, _shared(found, scripts), strict=True)
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
    form = AllegationForm(request.POST, _choices(found))
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
    decided = any(one.kind == Kind.DECISION for one in judged)
    names, closed = ["hearing"] if not decided else [], ""
    if rules.is_open(judged):  # a form is offered to who may decide, once they may; the others read why not
        last = "appeal" if decided else "decision"
        check = rules.check_appeal_decision if decided else rules.check_decision
        people = {"participant": case.sitting.enrolment.user_id, "asked": queries.who_asked(case)}
        closed = why_not(check, judged, by=request.user.pk, **people)
        names += [] if closed else [last]
    forms = {name: FORMS[name](None, initial={"form_key": new_form_key()}) for name in names}
    if form is not None:
        forms[step] = form
    for name, one in forms.items():
        one.auto_id = f"id_{name}_%s"  # two forms of the page have fields of the same name
    context = {
        "case": case,
        "name": shown_name(case, request.user),
        "steps": steps,
        "forms": forms,
        "closed": closed,
        "heard": rules.heard(judged),
        "waits_for": rules.waits_for(judged),
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
        actions.record_hearing(**said, hearing=Hearing(data["value"]))
    elif verb == "decision":
        actions.decide_case(**said, verdict=Verdict(data["value"]))
    else:
        actions.decide_appeal(**said, allowed=data["value"] == "allowed")
