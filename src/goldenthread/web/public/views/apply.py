"""Applying: five short steps that keep what was answered, a check, and what happens next."""

from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.forms import BaseForm
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from goldenthread.applications.rules import Answers, entry_decision
from goldenthread.catalogue.models import ProgrammeVersion
from goldenthread.common import clock
from goldenthread.common.refused import Refused
from goldenthread.engagement.actions import apply as apply_for
from goldenthread.intakes import queries as intakes
from goldenthread.intakes.models import Intake
from goldenthread.people.models import School
from goldenthread.people.places import zone_name
from goldenthread.people.queries import NEAR_KM, search_schools
from goldenthread.web.public import facts
from goldenthread.web.public.drafts import STEP_OF_FIELD, STEPS, TITLES, Draft
from goldenthread.web.public.forms import (
    DISCUSSED_WITH,
    NOT_LISTED,
    OTHER_ROLE,
    ROLE_STATUS,
    RoleForm,
    SchoolForm,
    SendForm,
    StudyForm,
    YouForm,
)
from goldenthread.web.shared.http import Request, show_refusal
from goldenthread.web.shared.limits import ANSWER, APPLY, SCHOOLS, TooOften, answered, within

LARGEST_ID = 2**31 - 1
TOO_MANY_ANSWERS = (
    "Very many answers came from your network just now. What you entered is still here: send it again {wait}."
)
TOO_MANY_APPLICATIONS = (
    "Very many applications came from your network in the last hour. Your answers are kept in this browser: "
    "send your application again {wait}."
)
TOO_MANY_SEARCHES = (
    "Very many searches came from your network just now. Search again {wait}, or write the name of your "
    "school below."
)


def _intake(intake_id: int) -> Intake:
    intake = intakes.get_intake(intake_id) if intake_id <= LARGEST_ID else None
    if intake is None:
        raise Http404
    return intake


def _frame(intake: Intake, current: str) -> dict[str, Any]:
    """What every step shows: the programme, the intake, and the thread with the step one is at."""
    here = STEPS.index(current)
    return {
        "intake": intake,
        "programme": facts.short_name(intake.version.programme.name),
        "title": TITLES[current],
        "number": here + 1,
        "thread": [
            {
                "label": TITLES[name],
                "state": "done" if place < here else "now" if place == here else "ahead",
                "url": reverse("public:apply_step", args=[intake.pk, name]) if place < here else "",
            }
            for place, name in enumerate(STEPS)
        ],
        "back_url": reverse("public:apply_step", args=[intake.pk, STEPS[here - 1]])
        if here
        else reverse("public:programme", args=[intake.version.key]),
    }


def _closed(request: Request, intake: Intake) -> HttpResponse:
    at = request.received_at
    later = [
        one
        for one in intakes.next_intakes(at=at, limit=4, of=_revisions(intake))
        if intakes.is_open(one, at=at)
    ]
    context = {
        "intake": intake,
        "programme": facts.short_name(intake.version.programme.name),
        "opens_later": intake.applications_open_on > clock.day_of(at, intake.zone),
        "later": later,
        "kept": Draft(request, intake).begun,
    }
    return render(request, "public/apply_closed.html", context)


def _revisions(intake: Intake) -> list[int]:
    """The revisions of the version that an intake is of, itself among them: a later intake may be of a later one."""
    one = intake.version
    same = ProgrammeVersion.objects.filter(programme=one.programme_id, edition=one.edition, market=one.market)
    return list(same.order_by("revision").values_list("pk", flat=True))


@login_not_required
@require_safe
def begin(request: Request, intake_id: int) -> HttpResponse:
    """The way in: on to the first step that has no answers yet."""
    intake = _intake(intake_id)
    if not intakes.is_open(intake, at=request.received_at):
        return _closed(request, intake)
    return redirect("public:apply_step", intake.pk, Draft(request, intake).first_open())


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def step(request: Request, intake_id: int, step: str) -> HttpResponse:
    """One step: shown with what was answered before; answered, on to the next one that is open."""
    intake = _intake(intake_id)
    if step not in STEPS:
        raise Http404
    draft = Draft(request, intake)
    if step == "check" and request.method == "POST" and draft.sent and draft.first_open() == "you":
        return redirect("public:apply_sent", intake.pk)  # the second click of a double click
    if not intakes.is_open(intake, at=request.received_at):
        return _closed(request, intake)
    if not draft.may_open(step):
        return redirect("public:apply_step", intake.pk, draft.first_open())
    if step == "check":
        return _check(request, intake, draft)
    form = _form(step, request, intake, draft)
    refusal: Refused | None = None
    if request.method == "POST" and form.is_valid():
        try:
            within(request, ANSWER, TOO_MANY_ANSWERS)
            draft.keep(step, _cleaned(step, form, intake))
        except Refused as no:
            refusal = no
            show_refusal(form, no)
        else:
            return redirect("public:apply_step", intake.pk, draft.first_open())
    context = {**_frame(intake, step), "form": form, **_extra(step, request, form, draft)}
    page = render(request, f"public/apply_{step}.html", context, status=422 if form.errors else 200)
    return answered(page, refusal or context.get("wait"))


# --- the steps -----------------------------------------------------------------------------------------
def _form(step: str, request: Request, intake: Intake, draft: Draft) -> Any:
    data, known = request.POST if request.method == "POST" else None, draft.step(step)
    specification = intake.version.specification
    if step == "you":
        return YouForm(data, initial=known)
    if step == "role":
        return RoleForm(data, initial=_role_initial(known, intake), specification=specification)
    if step == "school":
        listed = {"school": str(known["school_id"])} if known.get("school_id") else {}
        return SchoolForm(data, initial={**known, **listed})
    models = [(m.key, m.name) for m in specification.delivery_models if m.key in intake.delivery_models]
    zone = draft.step("school").get("zone") or intake.zone
    return StudyForm(data, initial={"zone": zone, **known}, models=models)


def _role_initial(known: dict[str, Any], intake: Intake) -> dict[str, Any]:
    initial = {**known, "scope": known.get("scopes", [])}
    roles = intake.version.specification.audience.roles
    if known.get("role") and known["role"] not in roles:
        initial["role"] = OTHER_ROLE
    for point in known.get("confirmed", []):
        initial[RoleForm.confirm_name(point)] = True
    return initial


def _cleaned(step: str, form: Any, intake: Intake) -> dict[str, Any]:
    """What a step keeps; the role is checked at once, so that a wrong answer is met where it was given."""
    if step == "you":
        return {"name": form.cleaned_data["name"], "email": form.cleaned_data["email"]}
    if step == "role":
        answers: dict[str, Any] = form.answers(intake.version.specification)
        entry_decision(intake.version.specification, _as_answers(answers))
        return answers
    if step == "school":
        return _chosen_school(form.cleaned_data)
    day = form.cleaned_data["discussed_on"]
    return {**form.cleaned_data, "discussed_on": day.isoformat() if day else ""}


def _as_answers(role: dict[str, Any]) -> Answers:
    named = {**role, "scopes": tuple(role["scopes"]), "confirmed": tuple(role["confirmed"])}
    return Answers(name="", email="", delivery_model="", **named)


def _chosen_school(data: dict[str, Any]) -> dict[str, Any]:
    if not data["school"] or data["school"] == NOT_LISTED:
        return {"school_text": data["school_text"], "q": data["q"]}
    school = School.objects.exclude(status="Closed").filter(pk=min(int(data["school"]), LARGEST_ID)).first()
    if school is None:
        raise Refused("That school is no longer in the list: search for it again.", field="school")
    return {"school_id": school.pk, "name": school.name, "zone": school.zone, "q": data["q"]}


def _extra(step: str, request: Request, form: BaseForm, draft: Draft) -> dict[str, Any]:
    if step == "school":
        known = draft.step("school")
        asked = request.POST.get("q") if request.method == "POST" else request.GET.get("q")
        text = (known.get("q", "") if asked is None else asked)[:200].replace("\0", "")
        chosen = str(form["school"].value() or "")
        return {**_matches(request, text, chosen), "kept": _kept(chosen, known)}
    return {}


def _matches(request: Request, text: str, chosen: str) -> dict[str, Any]:
    """What the school box shows: `search` None while nothing is sought, `wait` when it was too often."""
    shown: dict[str, Any] = {"q": text, "chosen": chosen, "search": None, "wait": None, "near_km": NEAR_KM}
    if text.strip():
        try:
            within(request, SCHOOLS, TOO_MANY_SEARCHES)
            shown["search"] = search_schools(text)
        except TooOften as no:
            shown["wait"] = no
    return shown


def _kept(chosen: str, known: dict[str, Any]) -> str:
    return known.get("name", "") if chosen and chosen == str(known.get("school_id")) else ""


@login_not_required
@require_safe
def schools(request: Request, intake_id: int) -> HttpResponse:
    """The matches of the school box, as a piece of the page for htmx."""
    text = request.GET.get("q", "")[:200].replace("\0", "")
    context = {**_matches(request, text, request.GET.get("school", "")[:20]), "kept": ""}
    return answered(render(request, "public/_schools.html", context), context["wait"])


# --- sending -------------------------------------------------------------------------------------------
def _check(request: Request, intake: Intake, draft: Draft) -> HttpResponse:
    form = SendForm(request.POST if request.method == "POST" else None)
    problems: list[dict[str, str]] = []
    refusal: Refused | None = None
    if request.method == "POST" and form.is_valid():
        answers = draft.answers(conduct=form.cleaned_data["conduct"])
        try:
            within(request, APPLY, TOO_MANY_APPLICATIONS)
            application = apply_for(
                intake=intake,
                form_key=draft.form_key,
                answers=answers,
                by=request.user if request.user.is_authenticated else None,
                at=request.received_at,
            )
        except Refused as no:
            refusal, problems = no, [{"text": no.message, "url": _place(intake, no.field)}]
            if no.code == "form.sent":
                draft.renew_key()
        else:
            draft.sent_as(application.reference, application.name, enrolled=application.state == "accepted")
            return redirect("public:apply_sent", intake.pk)
    direct = intake.version.specification.admission == "enrol"
    context = {
        **_frame(intake, "check"),
        "direct": direct,
        "form": form,
        "problems": problems,
        "rows": _rows(intake, draft),
    }
    bad = problems or form.errors
    page = render(request, "public/apply_check.html", context, status=422 if bad else 200)
    return answered(page, refusal)


def _place(intake: Intake, field: str | None) -> str:
    step = STEP_OF_FIELD.get(field or "", "")
    return reverse("public:apply_step", args=[intake.pk, step]) if step else ""


def _rows(intake: Intake, draft: Draft) -> list[dict[str, str]]:
    """The answers in words, each with the way to change it where there is something to choose."""
    answers = draft.answers(conduct=False)
    specification = intake.version.specification
    names = {model.key: model.name for model in specification.delivery_models}
    talked = dict(DISCUSSED_WITH).get(answers.discussed.role, "") if answers.discussed.role else "Nobody yet"
    schools = draft.step("school").get("name", "") or answers.school_text
    rows = [
        ("you", "Name", answers.name),
        ("you", "E-mail address", answers.email),
        ("role", "Your role today", ROLE_STATUS.get(answers.role_status, answers.role_status)),
        ("role", "Scope", ", ".join(answers.scopes) if len(specification.audience.scopes) > 1 else ""),
        ("role", "Role", answers.role),
        ("role", "More about the role", answers.role_description),
        ("role", "Confirmed", ", ".join(answers.confirmed)),
        ("role", "Schools", "" if answers.schools is None else str(answers.schools)),
        ("school", "School", schools),
        (
            "study" if len(intake.delivery_models) > 1 else "",
            "Way to study",
            names.get(answers.delivery_model, answers.delivery_model),
        ),
        ("study", "Time zone", zone_name(answers.zone)),
        (
            "study",
            "Talked over with",
            ", ".join(
                p
                for p in (talked, answers.discussed.name, answers.discussed.email, answers.discussed.on)
                if p
            ),
        ),
    ]
    return [
        {
            "label": label,
            "value": value,
            "url": reverse("public:apply_step", args=[intake.pk, step]) if step else "",
            "action": "Change" if step else "",
        }
        for step, label, value in rows
        if value
    ]


@login_not_required
@never_cache
@require_safe
def sent(request: Request, intake_id: int) -> HttpResponse:
    """What happens next, with the reference; only for the one who has just sent it."""
    intake = _intake(intake_id)
    receipt = Draft(request, intake).sent
    if receipt is None:
        return redirect("public:programme", intake.version.key)
    context = {
        "intake": intake,
        "programme": facts.short_name(intake.version.programme.name),
        "reference": receipt["reference"],
        "enrolled": receipt.get("enrolled", False),
        "signed_in": request.user.is_authenticated,
        "rows": [
            {"label": "Reference", "value": receipt["reference"]},
            {"label": "Name", "value": receipt["name"]},
            {"label": "Programme", "value": f"{intake.version.programme.code}, {intake.name}"},
        ],
    }
    return render(request, "public/apply_sent.html", context)
