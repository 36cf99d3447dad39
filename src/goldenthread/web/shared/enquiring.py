"""Enquiries as the office and delivery partners see them: one set of pages, each showing what its wearer may see."""

from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_POST, require_safe

from goldenthread.applications.models import Application
from goldenthread.catalogue.models import Programme
from goldenthread.common.models import AuditEvent
from goldenthread.common.refused import Refused
from goldenthread.enquiries import other, queries, rules
from goldenthread.enquiries.actions import answer as actions
from goldenthread.enquiries.actions import filing
from goldenthread.enquiries.models import STATES, Enquiry, EnquiryMessage, Interest, Topic
from goldenthread.enquiries.queries import OFFICE, PARTNER
from goldenthread.web.shared.forms_enquiring import (
    AnswerForm,
    AssignForm,
    FileForm,
    HandForm,
    InterestsForm,
    NoteForm,
    QueueForm,
)
from goldenthread.web.shared.http import Request, new_form_key, page_of, roles_day, show_refusal, viewer

KINDS = {"new": "todo", "waiting_us": "todo", "waiting_them": "waiting", "closed": "done"}
LABELS = {str(state): label for state, label in STATES}
OPEN = "open"
VERBS = {
    "enquiry.opened": "Came in",
    "enquiry.heard": "Wrote again",
    "enquiry.answered": "Answered",
    "enquiry.noted": "Note written",
    "enquiry.assigned": "Assigned",
    "enquiry.handed": "Handed to another desk",
    "enquiry.not_confirmed": "Not confirmed: the address got several messages that day",
    "enquiry.filed": "Filed under another topic",
    "enquiry.handed_on": "Handed on to those who run it",
    "enquiry.closed": "Closed",
    "enquiry.reopened": "Opened again",
    "enquiry.let_out": "Let out of quarantine",
    "enquiry.address_left": "Address left",
    "chat.taken": "Chat taken",
    "chat.ended": "Chat ended",
}
HATS = {OFFICE: "Programme office", PARTNER: "Delivery partner"}


def addresses(hat: str) -> list[URLPattern]:
    """The addresses of a hat's queue and of one enquiry, beneath its "enquiries/"; hand in hand with these pages."""
    one = "<str:reference>/"
    as_hat = {"hat": hat}
    return [
        path("", queue, as_hat, name="enquiries"),
        path(one, enquiry, as_hat, name="enquiry"),
        *(
            path(f"{one}{kind}/", write, {**as_hat, "kind": kind}, f"enquiry_{kind}")
            for kind in ("answer", "note")
        ),
        path(f"{one}assign/", assign, as_hat, name="enquiry_assign"),
        *(
            path(f"{one}{verb}/", change, {**as_hat, "verb": verb}, f"enquiry_{verb}")
            for verb in ("close", "reopen")
        ),
    ]


# --- the queue ---------------------------------------------------------------------------------------
@require_safe
def queue(request: Request, hat: str) -> HttpResponse:
    """What waits, what is due first on top; filters stand in the address."""
    who, on = viewer(request), roles_day(request)
    codes = list(
        Programme.objects.filter(closed=False).order_by("position", "code").values_list("code", flat=True)
    )
    partners = list(queries.partners(on=on)[:300]) if hat == OFFICE else None
    form = QueueForm(request.GET, programmes=codes, partners=partners)
    filters = form.filters()
    if form.cleaned_data.get("mine"):
        filters["assigned"] = request.user.pk
    state = form.cleaned_data.get("state", "") or OPEN
    state = state if state in (OPEN, "other", "quarantine", "all", *KINDS) else OPEN
    counts = queries.counts_for(who, hat, **filters)
    found = queries.enquiries_for(who, hat, state="" if state == "all" else state, **filters)
    page = page_of(request, found)
    context = {
        "form": form,
        "page": page,
        "lines": [line_of(one, at=request.received_at) for one in page.object_list],
        "tabs": _tabs(request, counts, state, hat),
        "narrowed": any(filters.values()),
        "state": state,
        **frame(hat, "queue"),
    }
    return render(request, "shared/enquiries.html", context)


def line_of(one: Enquiry, *, at: Any) -> dict[str, Any]:
    """One enquiry for a list."""
    return {
        "enquiry": one,
        "kind": KINDS[one.state],
        "state": LABELS[one.state].capitalize(),
        "late": one.due_at is not None and one.due_at < at,
        "who": str(one.prospect) if one.prospect else "unknown sender",
    }


def _tabs(request: Request, counts: dict[str, int], current: str, hat: str) -> list[dict[str, Any]]:
    waiting = counts["new"] + counts["waiting_us"]
    tabs = [
        (OPEN, "Waiting for us", waiting),
        ("waiting_them", "Waiting for them", counts["waiting_them"]),
        ("closed", "Closed", counts["closed"]),
    ]
    if hat == OFFICE:
        tabs.append(("other", "Other provision", counts["other"]))
        tabs.append(("quarantine", "Put aside", counts["quarantine"]))
    found = []
    for state, label, number in tabs:
        query = request.GET.copy()
        query.pop("page", None)
        query["state"] = state
        url = f"?{query.urlencode()}"
        found.append({"label": label, "count": number, "url": url, "current": state == current})
    return found


def frame(hat: str, current: str) -> dict[str, Any]:
    """What the pages of a hat share: its addresses, and the pages beside each other."""
    pages = [("queue", "Queue", f"{hat}:enquiries"), ("interest", "Interest", f"{hat}:interest")]
    if hat == OFFICE:
        pages[1:1] = [("chat", "Chat", "office:duty_desk")]
        pages += [
            ("templates", "Templates of answers", "office:answer_templates"),
            ("targets", "Targets", "office:answering_targets"),
            ("testimonials", "Testimonials", "office:testimonials"),
        ]
    return {
        "hat": hat,
        "hat_label": HATS[hat],
        "office": hat == OFFICE,
        "pages": [
            {"label": label, "url": reverse(name), "current": key == current} for key, label, name in pages
        ],
        "list_url": reverse(f"{hat}:enquiries"),
    }


# --- one ---------------------------------------------------------------------------------------------
@require_safe
def enquiry(request: Request, hat: str, reference: str) -> HttpResponse:
    """One enquiry: what was said, and what can be done."""
    return _show(request, hat, queries.get_enquiry_for(viewer(request), hat, reference))


def _show(request: Request, hat: str, one: Enquiry, **sent: Any) -> HttpResponse:
    """The page of an enquiry; a form that was refused stands in `sent` under its name."""
    at, who, office = request.received_at, viewer(request), hat == OFFICE
    templates = queries.templates()
    asked = request.GET.get("template", "")[:18]
    chosen = next((template for template in templates if str(template.pk) == asked), None)
    people = queries.answerers(one, on=roles_day(request))
    context = {
        "enquiry": one,
        **line_of(one, at=at),
        "said": [_said(message) for message in queries.messages_of(one)[:500]],
        "address": queries.address_of(one),
        "others": [line_of(other, at=at) for other in queries.others_of(one, who, hat)],
        "history": _history(one),
        "templates": templates,
        "answer": AnswerForm(initial={"text": chosen.text if chosen else ""}, auto_id="answer_%s"),
        "note": NoteForm(auto_id="note_%s"),
        "assign": AssignForm(initial={"to": one.assigned_to_id}, people=people, auto_id="assign_%s"),
        "hand": _hand_form(request, one) if office and one.topic != Topic.OTHER else None,
        "filing": FileForm(initial={"under": _filed(one)}, auto_id="filing_%s") if office else None,
        "keys": {"answer": new_form_key(), "note": new_form_key()},
        "waits": one.state in rules.OPEN,
        "closed": one.state == rules.State.CLOSED,
        "chat_live": hasattr(one, "chat") and one.chat.ended_at is None,
        **frame(hat, "queue"),
        **sent,
    }
    bound = any(getattr(form, "is_bound", False) for form in sent.values())
    return render(request, "shared/enquiry.html", context, status=422 if bound else 200)


def _filed(one: Enquiry) -> str:
    """Under what of `FileForm` an enquiry is filed."""
    provision = other.by_key(one.provision) if one.provision else None
    return provision.key if provision else ""


def _hand_form(request: Request, one: Enquiry) -> HandForm:
    partners = queries.partners(on=roles_day(request))[:300]
    return HandForm(initial={"partner": one.partner_id}, partners=partners, auto_id="hand_%s")


def _said(message: EnquiryMessage) -> dict[str, Any]:
    split = rules.split_quoted(message.text) if message.kind == "in" else rules.Quoted(message.text)
    return {
        "message": message,
        "who": message.name or message.sender or message.get_kind_display(),
        "text": split.text,
        "quoted": split.quoted,
    }


def _history(one: Enquiry) -> list[dict[str, Any]]:
    events = AuditEvent.objects.filter(subject=f"enquiry:{one.pk}").order_by("-sequence")[:50]
    return [
        {"when": event.at, "what": VERBS.get(event.verb, event.verb), "who": event.actor_name or event.actor}
        for event in events
    ]


# --- doing -------------------------------------------------------------------------------------------
@require_POST
def write(request: Request, hat: str, reference: str, kind: str) -> HttpResponse:
    """Send an answer by mail, or write a note."""
    one = queries.get_enquiry_for(viewer(request), hat, reference)
    form_class, act, told = {
        "answer": (AnswerForm, actions.answer, "Your answer goes out now."),
        "note": (NoteForm, actions.note, "The note is kept. The person does not see it."),
    }[kind]
    form = form_class(request.POST, auto_id=f"{kind}_%s")
    key = request.POST.get("form_key", "")[:36]
    if form.is_valid() and _done(request, form, act, one, form_key=key, **form.cleaned_data):
        messages.success(request, told)
        return redirect(f"{hat}:enquiry", one.reference)
    return _show(request, hat, one, **{kind: form})


@require_POST
def assign(request: Request, hat: str, reference: str) -> HttpResponse:
    """Give it to somebody."""
    one = queries.get_enquiry_for(viewer(request), hat, reference)
    people = queries.answerers(one, on=roles_day(request))
    form = AssignForm(request.POST, people=people, auto_id="assign_%s")
    if form.is_valid():
        to = form.people.get(form.cleaned_data["to"])
        if _done(request, form, actions.assign, one, to=to):
            messages.success(request, f"{to.name} looks after it." if to else "Nobody looks after it now.")
            return redirect(f"{hat}:enquiry", one.reference)
    return _show(request, hat, one, assign=form)


@require_POST
def hand(request: Request, reference: str) -> HttpResponse:
    """Have a partner answer it, or the office again; the office alone does this."""
    one = queries.get_enquiry_for(viewer(request), OFFICE, reference)
    form = HandForm(request.POST, partners=queries.partners(on=roles_day(request))[:300], auto_id="hand_%s")
    if form.is_valid():
        partner = form.partners.get(form.cleaned_data["partner"])
        if _done(request, form, actions.hand_to, one, partner=partner):
            messages.success(request, f"{partner or 'The office'} answers it now.")
            return redirect("office:enquiry", one.reference)
    return _show(request, OFFICE, one, hand=form)


@require_POST
def file_under(request: Request, reference: str) -> HttpResponse:
    """Say that it is about an NPQ, or about something else that is run besides; the office alone does this."""
    one = queries.get_enquiry_for(viewer(request), OFFICE, reference)
    form = FileForm(request.POST, auto_id="filing_%s")
    if form.is_valid():
        provision = other.by_key(form.cleaned_data["under"])
        if _done(request, form, filing.file_under, one, provision=provision):
            messages.success(request, f"It is filed under {provision.topic if provision else 'the NPQs'}.")
            return redirect("office:enquiry", one.reference)
    return _show(request, OFFICE, one, filing=form)


@require_POST
def change(request: Request, hat: str, reference: str, verb: str) -> HttpResponse:
    """Close, reopen or let out, by one button each."""
    one = queries.get_enquiry_for(viewer(request), hat, reference)
    act, done = {
        "close": (actions.close, "The enquiry is closed. If the person writes again, it opens by itself."),
        "reopen": (actions.reopen, "The enquiry waits for us again."),
        "let_out": (actions.let_out, "The enquiry is in the queue now."),
    }[verb]
    try:
        act(enquiry=one, by=request.user, at=request.received_at)
    except Refused as no:
        messages.error(request, no.message)
    else:
        messages.success(request, done)
    return redirect(f"{hat}:enquiry", one.reference)


def _done(request: Request, form: Any, act: Any, one: Enquiry, **values: Any) -> bool:
    """Whether the action was taken; a refusal is shown in the form."""
    try:
        act(enquiry=one, by=request.user, at=request.received_at, **values)
    except Refused as no:
        show_refusal(form, no)
        return False
    return True


# --- interest ----------------------------------------------------------------------------------------
@require_safe
def interest(request: Request, hat: str) -> HttpResponse:
    """Who is interested in what, with counts by programme and intake."""
    codes = list(
        Programme.objects.filter(closed=False).order_by("position", "code").values_list("code", flat=True)
    )
    form = InterestsForm(request.GET, programmes=codes)
    filters = form.filters()
    who, on = viewer(request), roles_day(request)
    found = queries.interests_for(who, hat, on=on, **filters)
    page = page_of(request, found)
    context = {
        "form": form,
        "page": page,
        "lines": _with_applications(page.object_list),
        "counts": queries.interest_counts(queries.interests_for(who, hat, on=on), on=on),
        "narrowed": any(filters.values()),
        **frame(hat, "interest"),
    }
    return render(request, "shared/interests.html", context)


def _with_applications(found: Iterable[Interest]) -> list[tuple[Interest, str]]:
    """Each interest with the reference of the application that it has led to, "" before (S0-66). One query."""
    rows = list(found)
    addresses = {one.prospect.email for one in rows} - {""}
    sent = Application.objects.filter(email__in=addresses).order_by("pk")
    known = {
        (email.lower(), programme): reference
        for email, programme, reference in sent.values_list(
            "email", "intake__version__programme", "reference"
        )
    }
    return [(one, known.get((one.prospect.email, one.programme_id), "")) for one in rows]
