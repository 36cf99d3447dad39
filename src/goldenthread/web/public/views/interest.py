"""Register interest in programmes, from a programme's page, a partner's or by itself; withdraw it again."""

from datetime import timedelta
from typing import Any

from django.core import signing
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from goldenthread.catalogue.models import Programme, ProgrammeVersion
from goldenthread.common.limits import Limit
from goldenthread.common.refused import Refused
from goldenthread.enquiries import queries, rules
from goldenthread.enquiries.actions import interest as actions
from goldenthread.enquiries.models import Prospect
from goldenthread.intakes import queries as intakes
from goldenthread.people.models import Organisation
from goldenthread.web.public.cookieless import cookieless
from goldenthread.web.public.facts import short_name
from goldenthread.web.public.forms_enquiries import InterestForm
from goldenthread.web.shared.http import Request, new_form_key, posted, roles_day, show_refusal
from goldenthread.web.shared.limits import answered, within

INTEREST = Limit("interest", 40, timedelta(hours=1))
_SALT = "goldenthread.public.interest"
NOT_AGREED = (
    "You have not agreed to be written to, so we could not tell you when an intake opens. "
    "Tick this if you want to hear of it, or send the form once more as it is."
)


@cookieless
@require_http_methods(["GET", "HEAD", "POST"])
def interest(request: Request, key: str = "") -> HttpResponse:
    """Interest in one programme by the key of its version or its code, or in several."""
    version = _version(key) if key else None
    if version is not None:
        return _form(request, [version.programme], version=version)
    return _form(request, _open_programmes())


@cookieless
@require_http_methods(["GET", "HEAD", "POST"])
def partner(request: Request, organisation_id: int) -> HttpResponse:
    """A delivery partner's own page: how to reach it, and interest in what it delivers (S4-21)."""
    found = queries.get_partner(organisation_id, on=roles_day(request))
    return _form(request, _open_programmes(), partner=found)


def _version(key: str) -> ProgrammeVersion:
    """The version that a page is about; by a programme's code its newest one. Closed programmes have no such page."""
    found = ProgrammeVersion.objects.select_related("programme").filter(programme__closed=False)
    version = found.filter(key=key).exclude(state="draft").first()
    version = version or found.filter(programme__code=key.upper()[:10], state="published").first()
    if version is None:
        raise Http404
    return version


def _same_line(version: ProgrammeVersion) -> list[int]:
    """All revisions of a version: what somebody waits for may be an intake of a later one."""
    found = ProgrammeVersion.objects.filter(
        programme=version.programme_id, edition=version.edition, market=version.market
    )
    return list(found.exclude(state="draft").order_by("revision").values_list("pk", flat=True))


def _open_programmes() -> list[Programme]:
    return list(
        Programme.objects.filter(closed=False, versions__state="published")
        .distinct()
        .order_by("position", "code")
    )


def _form(
    request: Request,
    programmes: list[Programme],
    *,
    version: ProgrammeVersion | None = None,
    partner: Organisation | None = None,
) -> HttpResponse:
    starts = intakes.next_intakes(at=request.received_at, limit=6, of=_same_line(version)) if version else []
    form = InterestForm(posted(request), request=request, programmes=programmes, intakes=starts)
    refusal: Refused | None = None
    unasked = "asked" not in request.POST
    if form.is_bound and form.is_valid():
        if unasked and not form.cleaned_data["consent"]:  # asked once: without it nobody ever hears of us
            form.add_error("consent", NOT_AGREED)
        else:
            try:
                return _registered(request, form, version, partner)
            except Refused as no:
                refusal = no
                show_refusal(form, no)
    context: dict[str, Any] = {
        "form": form,
        "form_key": new_form_key(),
        "asked": form.is_bound and ("consent" in form.errors or not unasked),
        "version": version,
        "name": short_name(version.programme.name) if version else "",
        "partner": partner,
        "brand": getattr(partner, "brand", None) if partner else None,
        "points": queries.contact_points(partner) if partner else [],
        "consent": actions.consent_words(),
    }
    page = render(request, "public/interest.html", context, status=422 if form.errors else 200)
    return answered(page, refusal)


def _registered(
    request: Request, form: InterestForm, version: ProgrammeVersion | None, partner: Organisation | None
) -> HttpResponse:
    within(request, INTEREST, "That was a great many registrations from your network. Try again {wait}.")
    odd = rules.suspicion("", form.signs, name=form.who.name)
    if odd:
        raise Refused(
            f"This looked like a machine: {odd}. If you are a person, send it once more, or write to us.",
            code="interest.odd",
        )
    data = form.cleaned_data
    made = actions.register(
        programmes=form.chosen,
        who=form.who,
        consent=data["consent"],
        market=version.market if version else "",
        intake=form.starts.get(data.get("intake") or ""),
        partner=partner,
        at=request.received_at,
    )
    codes = [one.programme.code for one in made]
    return _to_sent({"codes": codes, "consent": data["consent"], "who": made[0].prospect_id})


def _to_sent(told: dict[str, Any]) -> HttpResponse:
    return redirect("public:interest_sent", signing.dumps(told, salt=_SALT))


@cookieless
@require_http_methods(["GET", "HEAD", "POST"])
def sent(request: Request, token: str) -> HttpResponse:
    """What happens next; who has not agreed to be written to can still do so."""
    try:
        told = signing.loads(token, salt=_SALT, max_age=24 * 3600)
    except signing.BadSignature:
        return redirect("public:interest")
    prospect = Prospect.objects.filter(pk=told.get("who")).select_related("merged_into").first()
    if request.method == "POST" and "consent" in request.POST and prospect:
        actions.agree(prospect=prospect, codes=told["codes"], at=request.received_at)
        return _to_sent({**told, "consent": True})
    names = Programme.objects.filter(code__in=told["codes"]).order_by("position", "code")
    context = {
        "programmes": [short_name(one.name) for one in names],
        "consent": told["consent"],
        "words": actions.consent_words(),
        "unticked": request.method == "POST",
    }
    return render(request, "public/interest_sent.html", context)


@cookieless
@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: Request, token: str) -> HttpResponse:
    """The link of the first message: looking at it does nothing, since mail scanners look; its button confirms."""
    found = queries.read_confirm(token)
    if found is None:
        return render(request, "public/interest_confirm.html", {"unknown": True}, status=410)
    prospect, codes = found
    agrees = "consent" in request.POST
    interests = (
        actions.confirm(prospect=prospect, codes=codes, at=request.received_at, consent=agrees)
        if request.POST
        else []
    )
    programmes = Programme.objects.filter(code__in=codes).order_by("position", "code")
    context = {
        "unknown": False,
        "done": bool(interests),
        "gone": bool(request.POST) and not interests,
        "consent": any(one.consent_at and not one.withdrawn_at for one in interests),
        "programmes": [short_name(one.name) for one in programmes],
        "words": actions.consent_words(),
    }
    return render(request, "public/interest_confirm.html", context)


@cookieless
@require_http_methods(["GET", "HEAD", "POST"])
def withdraw(request: Request, token: str) -> HttpResponse:
    """The link of every message: looking at it does nothing, its button withdraws."""
    prospect = queries.prospect_of_token(token)
    if prospect is None:
        return render(request, "public/interest_withdraw.html", {"unknown": True}, status=410)
    if request.method == "POST":
        actions.withdraw(prospect=prospect, at=request.received_at)
    standing = (
        prospect.interests.model.objects.filter(queries.of_person(prospect), withdrawn_at__isnull=True)
        .select_related("programme")
        .order_by("programme__position", "pk")
    )
    names = list(dict.fromkeys(short_name(one.programme.name) for one in standing))
    return render(request, "public/interest_withdraw.html", {"unknown": False, "programmes": names})
