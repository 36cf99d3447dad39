"""Appeals against released results: the list, one appeal with what can be done next, and a version's policy."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from goldenthread.appeals import actions, queries, revocations, rules
from goldenthread.appeals.models import Appeal
from goldenthread.catalogue.models import ProgrammeVersion
from goldenthread.common.refused import Refused
from goldenthread.marking.models import Marking, MarkingState
from goldenthread.marking.rules import half_text
from goldenthread.outcomes.models import Outcome
from goldenthread.outcomes.queries import half_marks_of
from goldenthread.outcomes.taken_off import taken_off
from goldenthread.web.office.access import office_only
from goldenthread.web.office.forms_afterwards import (
    CheckForm,
    DecideForm,
    DecideRevocationForm,
    PolicyForm,
    RemedyForm,
)
from goldenthread.web.office.views.results import award_effect
from goldenthread.web.shared.appealing import TAGS
from goldenthread.web.shared.http import page_of, posted, roles_day, show_refusal, viewer
from goldenthread.web.shared.uncounted import shown_uncounted
from goldenthread.web.shared.versions import name_of

WAITS = {
    "check": ("now", "To check"),
    "marker": ("problem", "No re-marker"),
    "remark": ("waiting", "Being marked again"),
    "gone": ("problem", "Re-marker is no marker any more"),
    "decision": ("now", "To decide"),
    "remedy": ("now", "To carry out"),
}


SHOWN = {"open": "Open", "closed": "Closed", "revocations": "Against revocations"}


@require_safe
def appeals(request: Any) -> HttpResponse:
    """The open or the closed appeals, the oldest first, or those against revocations of awards."""
    show = request.GET.get("show")
    show = show if show in SHOWN else "open"
    tabs = [(name, f"?show={key}", key == show, "") for key, name in SHOWN.items()]
    if show == "revocations":
        page = page_of(request, revocations.appeals_for(viewer(request)))
        return render(request, "office/revocation_appeals.html", {"page": page, "tabs": tabs})
    page = page_of(request, queries.appeals_for(viewer(request), show, on=roles_day(request)))
    rows = [(one, _tag(one)) for one in page]
    return render(request, "office/appeals.html", {"page": page, "rows": rows, "tabs": tabs, "show": show})


def _tag(found: Any) -> tuple[str, str]:
    """Where an appeal of `queries` stands, in the same words on the list and on its page: what it waits for, else its
    state.
    """
    return WAITS.get(found.waits_for) or TAGS[rules.State(found.state)]


@require_http_methods(["GET", "HEAD", "POST"])
def appeal(request: Any, appeal_id: int) -> HttpResponse:
    """One appeal: check it, have the script marked again, decide."""
    found = queries.get_appeal_for(viewer(request), appeal_id, on=roles_day(request))
    step = request.POST.get("step", "") if request.method == "POST" else ""
    forms: dict[str, Any] = {
        "check": CheckForm(request.POST if step == "check" else None),
        "decide": DecideForm(request.POST if step == "decide" else None),
        "carry_out": RemedyForm(request.POST if step == "carry_out" else None),
    }
    if request.method == "POST":
        done = _take(request, found, step, forms.get(step))
        if done:
            messages.success(request, done)
        if done or step == "remark":
            return redirect("office:appeal", found.pk)
    return render(
        request, "office/appeal.html", _context(request, found, forms, step), status=422 if step else 200
    )


def _take(request: Any, found: Any, step: str, form: Any) -> str:
    """Take one step; what to say of it, or "" where it was refused."""
    who: dict[str, Any] = {"appeal": found, "by": request.user, "at": request.received_at}
    try:
        if step == "remark":
            actions.order_remark(**who)
            return "The script is with a marker. Nothing tells them why."
        if form is None:
            raise Http404
        if not form.is_valid():
            return ""
        said = form.cleaned_data
        if step == "carry_out":
            actions.carry_out(done=said["done"], **who)
            return "Recorded, and the participant is told that there is something to read."
        if step == "check":
            actions.check(admit=said["admit"] == "1", reason=said["reason"], **who)
            return "Recorded, and the participant is told that there is something to read."
        actions.decide(**said, seen=request.POST.get("seen", "")[:200], **who)
    except Refused as refusal:
        if form is None:
            messages.error(request, refusal.message)
        else:
            show_refusal(form, refusal)
        return ""
    return "Decided, and the participant is told that there is something to read."


def _context(request: Any, found: Any, forms: dict[str, Any], step: str) -> dict[str, Any]:
    outcome, remark = found.outcome, queries.remark_of(found)
    terms = queries.terms_for(found)
    context: dict[str, Any] = {
        "appeal": found,
        "outcome": outcome,
        "tag": _tag(found),
        "person": outcome.enrolment.user,
        "marks": _text(outcome),
        "less": taken_off(outcome),
        "marked": outcome.half_marks_learn_that is not None,
        "remark": remark,
        "remarked": remark is not None and remark.state == MarkingState.SUBMITTED,
        "until": queries.until_of(outcome, terms),
        "zone": settings.TIME_ZONE,
        "uncounted": shown_uncounted(queries.uncounted_in(outcome), named=True),
        "never_lower": terms.lowering == rules.Lowering.NEVER,
        "forms": forms,
        "step": step,
    }
    if found.waits_for == "decision":
        context |= _to_decide(request, found, remark)
    return context


def _to_decide(request: Any, found: Appeal, remark: Marking | None) -> dict[str, Any]:
    """What a changed result would come to, or why there is none; and who may not decide."""
    mine = queries.parts_in(found.outcome, request.user.pk).get(request.user.pk, "")
    if mine:
        return {"part": mine}
    try:
        follows, _ = actions.what_follows(found, remark)
    except Refused as refusal:
        return {"no_change": refusal.message}
    return {
        "follows": follows,
        "award": award_effect(found.outcome, follows, at=request.received_at, known=vars(found)),
    }


def _text(outcome: Outcome) -> str:
    marks = half_marks_of(outcome)
    return half_text(marks.total - outcome.half_marks_off) if marks else ""


@require_http_methods(["GET", "HEAD", "POST"])
def revocation_appeal(request: Any, revocation_appeal_id: int) -> HttpResponse:
    """One appeal against a revocation, for whoever had no part in it to decide."""
    found = revocations.get_appeal_for(viewer(request), revocation_appeal_id)
    form = DecideRevocationForm(posted(request))
    if request.method == "POST" and form.is_valid():
        try:
            revocations.decide(
                appeal=found,
                uphold=form.cleaned_data["uphold"] == "1",
                reason=form.cleaned_data["reason"],
                by=request.user,
                at=request.received_at,
            )
        except Refused as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, "Decided, and the holder is told that there is something to read.")
            return redirect("office:revocation_appeal", found.pk)
    context = {
        "appeal": found,
        "award": found.award,
        "person": found.award.outcome.enrolment.user,
        "part": revocations.part_in(found.award, request.user.pk) if found.state == "lodged" else "",
        "form": form,
        "zone": settings.TIME_ZONE,
    }
    return render(request, "office/revocation_appeal.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def appeal_policy(request: Any, key: str) -> HttpResponse:
    """How long a version's results can be appealed, and whether they may go down; earlier policies stay."""
    office_only(viewer(request))
    version = ProgrammeVersion.objects.select_related("programme").filter(key=key).first()
    if version is None:
        raise Http404
    policies = list(queries.policies_of(version.pk)[:20])
    now = policies[0] if policies else rules.Terms()
    form = PolicyForm(posted(request), initial={"days": now.days, "lowering": str(now.lowering)})
    if request.method == "POST" and form.is_valid():
        try:
            actions.set_policy(version=version, **form.cleaned_data, by=request.user, at=request.received_at)
        except Refused as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, "The policy is kept with your name, for results released from now on.")
            return redirect("office:appeal_policy", version.key)
    context = {"version": version, "name": name_of(version), "form": form, "policies": policies, "now": now}
    return render(request, "office/appeal_policy.html", context, status=422 if form.errors else 200)
