"""Enquiries, chats, interest and contact points, each for whoever may see them."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.core import signing
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce
from django.http import Http404

from goldenthread.common import clock
from goldenthread.enquiries import access, rules
from goldenthread.enquiries.models import (
    AnswerTemplate,
    Brand,
    Chat,
    ContactPoint,
    Duty,
    Enquiry,
    EnquiryMessage,
    IntakeNotice,
    Interest,
    Prospect,
    Testimonial,
    Topic,
)
from goldenthread.intakes.models import Intake
from goldenthread.people.access import Viewer
from goldenthread.people.models import (
    Membership,
    Organisation,
    OrganisationKind,
    OrganisationRole,
    Role,
    User,
)

_SALT = "goldenthread.enquiries.prospect"
_CONFIRM = "goldenthread.enquiries.confirm"
OFFICE, PARTNER = "office", "partner"


# --- people ------------------------------------------------------------------------------------------
def prospect_token(prospect: Prospect) -> str:
    """What stands in the link by which a prospect withdraws; it doesn't run out."""
    return signing.dumps(prospect.pk, salt=_SALT)


def prospect_of_token(token: str) -> Prospect | None:
    """The prospect of such a link, None for anything else."""
    try:
        pk = signing.loads(token, salt=_SALT)
    except signing.BadSignature:
        return None
    return Prospect.objects.filter(pk=pk).select_related("merged_into").first()


def of_person(prospect: Prospect, field: str = "prospect") -> Q:
    """What belongs to a person: their own and what belongs to those merged into them."""
    root = prospect.merged_into_id or prospect.pk
    return Q(**{field: root}) | Q(**{f"{field}__merged_into": root})


def place_of_prospect(prospect: Prospect) -> rules.Place | None:
    """Where somebody is, as far as it is known."""
    if prospect.latitude is None or prospect.longitude is None:
        return None
    return rules.Place(prospect.latitude, prospect.longitude)


def address_of(enquiry: Enquiry) -> str:
    """Where an enquiry is answered to: the person's address, theirs if they were merged; "" when there is none."""
    prospect = enquiry.prospect
    if prospect is None:
        return ""
    return prospect.email or (prospect.merged_into.email if prospect.merged_into else "")


def addresses_of(enquiry: Enquiry) -> set[str]:
    """Every address from which the person of an enquiry may write."""
    if enquiry.prospect is None:
        return set()
    root = enquiry.prospect.merged_into_id or enquiry.prospect.pk
    known = Prospect.objects.filter(Q(pk=root) | Q(merged_into=root))
    return {email.lower() for email in known.order_by("pk").values_list("email", flat=True) if email}


def get_prospect_for(viewer: Viewer, prospect_id: int) -> Prospect:
    """One person, for the office."""
    found = Prospect.objects.filter(pk=prospect_id).select_related("merged_into").first()
    if found is None or not viewer.is_office:
        raise Http404
    return found


def alike(prospect: Prospect) -> list[Prospect]:
    """Others who may be the same person: of the same name, or with the same beginning of the address. At most ten."""
    local = prospect.email.partition("@")[0]
    same = Q(pk__in=[])
    if prospect.name:
        same |= Q(name__iexact=prospect.name)
    if len(local) > 3:
        same |= Q(email__istartswith=f"{local}@")
    found = Prospect.objects.filter(same, merged_into__isnull=True).exclude(pk=prospect.pk)
    return list(found.exclude(pk=prospect.merged_into_id or 0).order_by("name", "pk")[:10])


# --- enquiries ---------------------------------------------------------------------------------------
def thread_headers(enquiry: Enquiry) -> dict[str, str]:
    """The headers by which a mail joins the thread in the person's mail program: the last message, and all before."""
    mails = enquiry.messages.filter(message_id__isnull=False, kind__in=["in", "out"]).order_by("-pk")
    ids = [str(one) for one in mails.values_list("message_id", flat=True)[:20]]
    if not ids:
        return {}
    return {"In-Reply-To": ids[0], "References": " ".join(reversed(ids))}


def visible(viewer: Viewer, hat: str) -> QuerySet[Enquiry]:
    """What the wearer of a hat sees: the office every enquiry, a partner its own that is not put aside (S4-08)."""
    if hat == OFFICE and viewer.is_office:
        return Enquiry.objects.all()
    own = viewer.organisations(Role.PARTNER_MANAGER)
    if hat != PARTNER or not own:
        raise Http404
    return Enquiry.objects.filter(partner__in=own, quarantine="")


def enquiries_for(viewer: Viewer, hat: str, **filters: Any) -> QuerySet[Enquiry]:
    """The queue, what is due first on top; filters: state, programme, partner, channel, assigned, text."""
    found = _in_state(_narrowed(visible(viewer, hat), **filters), filters.get("state", ""))
    return found.select_related("prospect", "programme", "partner", "assigned_to").order_by(
        F("due_at").asc(nulls_last=True), "-updated_at", "pk"
    )


def _in_state(found: QuerySet[Enquiry], state: str) -> QuerySet[Enquiry]:
    if state == "quarantine":
        return found.exclude(quarantine="")
    found = found.filter(quarantine="")
    if state == "other":
        return found.filter(topic=Topic.OTHER)
    found = found.exclude(topic=Topic.OTHER)  # nobody who answers for NPQs has it in the queue (S0-60)
    if state == "open":
        return found.filter(state__in=list(rules.OPEN))
    return found.filter(state=state) if state else found


def _narrowed(found: QuerySet[Enquiry], **filters: Any) -> QuerySet[Enquiry]:
    exact = {"programme": "programme__code", "channel": "channel", "topic": "topic"}
    found = found.filter(**{field: filters[name] for name, field in exact.items() if filters.get(name)})
    if filters.get("partner") == "none":
        found = found.filter(partner__isnull=True)
    elif filters.get("partner"):
        found = found.filter(partner=filters["partner"])
    if filters.get("assigned"):
        found = found.filter(assigned_to=filters["assigned"])
    for word in str(filters.get("text", "")).replace("\0", "").split()[:5]:
        found = found.filter(
            Q(reference__iexact=word)
            | Q(subject__icontains=word)
            | Q(prospect__name__icontains=word)
            | Q(prospect__email__icontains=word)
        )
    return found


def counts_for(viewer: Viewer, hat: str, **filters: Any) -> dict[str, int]:
    """How many stand in each state, were put aside, and are about other provision and open. One query."""
    ours = ~Q(topic=Topic.OTHER) & Q(quarantine="")
    states = {str(state): Count("pk", filter=ours & Q(state=state)) for state in rules.State}
    other = Q(topic=Topic.OTHER, quarantine="", state__in=list(rules.OPEN))
    states["other"] = Count("pk", filter=other)
    every = _narrowed(visible(viewer, hat), **filters).order_by()
    counts: dict[str, int] = every.aggregate(**states, quarantine=Count("pk", filter=~Q(quarantine="")))
    return counts


def get_enquiry_for(viewer: Viewer, hat: str, reference: str) -> Enquiry:
    """One enquiry of those that the viewer sees; others don't exist for them."""
    found = (
        visible(viewer, hat)
        .filter(reference=reference.replace("\0", "").upper()[:12])
        .select_related("prospect__merged_into", "programme", "partner", "assigned_to", "chat")
        .first()
    )
    if found is None:
        raise Http404
    return found


def messages_of(enquiry: Enquiry) -> QuerySet[EnquiryMessage]:
    """What was said, in order."""
    return enquiry.messages.select_related("by").order_by("pk")


def first_said(enquiry: Enquiry) -> EnquiryMessage | None:
    """The first message of the person, with the name and address that they gave with it."""
    return enquiry.messages.filter(kind="in").order_by("pk").first()


def others_of(enquiry: Enquiry, viewer: Viewer, hat: str) -> list[Enquiry]:
    """Further enquiries of the same person that the viewer sees; at most ten."""
    if enquiry.prospect is None:
        return []
    found = visible(viewer, hat).filter(of_person(enquiry.prospect)).exclude(pk=enquiry.pk)
    return list(found.order_by("-received_at", "pk")[:10])


def answerers(enquiry: Enquiry, *, on: date) -> list[User]:
    """Who can be given an enquiry: the office, and the managers of its partner."""
    mine = Q(role=Role.OFFICE)
    if enquiry.partner_id:
        mine |= Q(role=Role.PARTNER_MANAGER, organisation=enquiry.partner_id)
    people = User.objects.filter(pk__in=Membership.objects.on(on).filter(mine).values("user"), is_active=True)
    return list(people.order_by("name", "pk")[:200])


def is_live(enquiry: Enquiry) -> bool:
    """Whether it is talked over in a chat now."""
    return Chat.objects.filter(enquiry=enquiry, ended_at__isnull=True).exists()


def address_for_other_provision() -> str:
    """Where questions about other provision go: the lead provider's address for it; "" while it has none."""
    lead = lead_provider()
    points = ContactPoint.objects.filter(organisation=lead, kind="email", topic=Topic.OTHER).exclude(value="")
    found = points.exclude(value__iexact=settings.MAIL_IN_ADDRESS).order_by("pk").first() if lead else None
    return found.value if found else ""


def partners(*, on: date) -> QuerySet[Organisation]:
    """The delivery partners of a day."""
    held = OrganisationRole.objects.on(on).filter(
        organisation=OuterRef("pk"), role=OrganisationKind.DELIVERY_PARTNER
    )
    return Organisation.objects.filter(Exists(held)).order_by("name", "pk")


def get_partner(pk: int, *, on: date) -> Organisation:
    """A delivery partner of the day, for anybody; "not found" for any other organisation."""
    found = partners(on=on).filter(pk=pk).select_related("brand").first()
    if found is None:
        raise Http404
    return found


def templates() -> list[AnswerTemplate]:
    """The templates of answers that are offered."""
    return list(AnswerTemplate.objects.filter(retired_at__isnull=True).order_by("title", "pk")[:100])


# --- chats -------------------------------------------------------------------------------------------
def somebody_on_duty(*, at: datetime) -> bool:
    """Whether somebody answers chats now."""
    return Duty.objects.filter(until__gt=at).exists()


def is_on_duty(user: User, *, at: datetime) -> bool:
    """Whether this person does."""
    return Duty.objects.filter(user=user, until__gt=at).exists()


def live_chats_for(viewer: Viewer) -> QuerySet[Chat]:
    """The chats that go on now, the longest waiting first; for the office."""
    if not access.may_chat(viewer):
        raise Http404
    return (
        Chat.objects.filter(ended_at__isnull=True)
        .select_related("enquiry__prospect", "enquiry__programme", "taken_by")
        .order_by("opened_at", "pk")
    )


def get_chat_for(viewer: Viewer, reference: str) -> Chat:
    """One chat, live or over, for the office."""
    if not access.may_chat(viewer):
        raise Http404
    found = (
        Chat.objects.filter(enquiry__reference=reference.replace("\0", "").upper()[:12])
        .select_related("enquiry__prospect", "enquiry__programme", "taken_by")
        .first()
    )
    if found is None:
        raise Http404
    return found


def chat_of_token(token_hash: str) -> Chat | None:
    """The chat that a visitor's cookie belongs to."""
    return (
        Chat.objects.filter(token_hash=token_hash)
        .select_related("enquiry__prospect__merged_into", "enquiry__programme", "taken_by")
        .first()
    )


def said_since(enquiry_id: int, after: int) -> list[EnquiryMessage]:
    """What was said in a chat after a message, notes left out; at most a hundred."""
    found = EnquiryMessage.objects.filter(enquiry=enquiry_id, pk__gt=after, kind__in=["in", "out"])
    return list(found.order_by("pk")[:100])


def abandoned_chats(*, at: datetime) -> list[Chat]:
    """Chats that nobody has answered in time, and those in which nobody writes any more."""
    unanswered = Q(taken_by__isnull=True, opened_at__lt=at - rules.ABANDONED_AFTER)
    silent = Q(heard_at__lt=at - rules.GONE_AFTER)
    found = Chat.objects.filter(unanswered | silent, ended_at__isnull=True).select_related("enquiry")
    return list(found.order_by("pk")[:200])


def waiting_for_office(*, at: datetime) -> Combinable:
    """How many chats nobody has taken and how many enquiries are past their target, as a value within a query."""
    chats = Chat.objects.filter(ended_at__isnull=True, taken_by__isnull=True)
    late = Enquiry.objects.filter(quarantine="", state__in=list(rules.OPEN), due_at__lt=at)
    late = late.exclude(topic=Topic.OTHER)
    return _number_of(chats) + _number_of(late)


def _number_of(rows: QuerySet[Any]) -> Coalesce:
    """How many rows there are, as a value within another query."""
    counted = rows.order_by().annotate(every=Value(1)).values("every").annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(counted), 0)


# --- interest ----------------------------------------------------------------------------------------
def may_hear(on: date) -> Q:
    """The interest of those who may be written to on a day: confirmed, agreed, not withdrawn, not too long ago."""
    return Q(consent_until__gte=on, withdrawn_at__isnull=True, confirmed_at__isnull=False)


def over(at: datetime) -> Q:
    """The interest that is of no use any more: never confirmed in time, its consent over, or without one too long."""
    on = clock.day_of(at)
    unused = Q(
        consent_until__isnull=True, updated_at__lt=at - timedelta(days=365 * rules.CONSENT_MONTHS // 12)
    )
    waited = Q(confirmed_at__isnull=True, updated_at__lt=at - rules.UNCONFIRMED_FOR)
    return waited | Q(consent_until__lt=on) | unused


def confirm_token(prospect: Prospect, codes: Sequence[str]) -> str:
    """What stands in the link by which interest in these programmes is confirmed."""
    return signing.dumps([prospect.pk, *codes], salt=_CONFIRM)


def read_confirm(token: str) -> tuple[Prospect, list[str]] | None:
    """Whose interest in which programmes such a link confirms; None for a damaged one and for one that is too old."""
    try:
        pk, *codes = signing.loads(token, salt=_CONFIRM, max_age=rules.UNCONFIRMED_FOR)
    except signing.BadSignature:
        return None
    found = Prospect.objects.filter(pk=pk).select_related("merged_into").first()
    return (found, codes) if found else None


def interests_for(viewer: Viewer, hat: str, *, on: date, **filters: Any) -> QuerySet[Interest]:
    """Who is interested, the latest first: the office sees all, a partner its own (S4-21)."""
    found = Interest.objects.all()
    if hat == PARTNER:
        own = viewer.organisations(Role.PARTNER_MANAGER)
        if not own:
            raise Http404
        found = found.filter(partner__in=own)
    elif not viewer.is_office:
        raise Http404
    exact = {"programme": "programme__code", "intake": "intake", "partner": "partner"}
    found = found.filter(**{field: filters[name] for name, field in exact.items() if filters.get(name)})
    if filters.get("consent") == "yes":
        found = found.filter(may_hear(on))
    elif filters.get("consent") == "no":
        found = found.exclude(may_hear(on))
    for word in str(filters.get("text", "")).replace("\0", "").split()[:5]:
        found = found.filter(Q(prospect__name__icontains=word) | Q(prospect__email__icontains=word))
    related = ("prospect__merged_into", "programme", "intake", "partner")
    return found.select_related(*related).order_by("-created_at", "-pk")


def interest_counts(found: QuerySet[Interest], *, on: date) -> list[dict[str, Any]]:
    """How many people are interested in each programme and intake, merged ones counted once. One query."""
    person = Coalesce("prospect__merged_into", "prospect")
    rows: Any = (
        found.select_related(None)
        .order_by()
        .values("programme__code", "programme__position", "intake__name", "intake__starts_on")
        .annotate(
            people=Count(person, distinct=True), may_hear=Count(person, distinct=True, filter=may_hear(on))
        )
    )
    return sorted(
        rows,
        key=lambda row: (
            row["programme__position"],
            row["programme__code"],
            row["intake__starts_on"] or date.max,
        ),
    )


def to_tell(intake: Intake, *, on: date, size: int) -> Iterator[list[Prospect]]:
    """Who agreed to hear of such an intake and was not told yet, in batches; the person kept of those merged."""
    told = told_of(intake).filter(person=OuterRef("person"))
    wanting = (
        Interest.objects.annotate(person=Coalesce("prospect__merged_into", "prospect"))
        .filter(
            ~Exists(told),
            may_hear(on),
            Q(market__iexact=intake.version.market) | Q(market=""),
            programme=intake.version.programme_id,
        )
        .order_by("person")
        .values_list("person", flat=True)
        .distinct()
    )
    ids = list(wanting)
    for start in range(0, len(ids), size):
        yield list(Prospect.objects.filter(pk__in=ids[start : start + size]).exclude(email="").order_by("pk"))


def told_of(intake: Intake) -> QuerySet[Any]:
    """Who was told of an intake, as `person`: whoever they are merged into by now, also if they were told before."""
    notices = IntakeNotice.objects.filter(intake=intake).order_by()
    return notices.annotate(person=Coalesce("prospect__merged_into", "prospect"))


def open_intakes(*, at: datetime) -> list[Intake]:
    """Every intake that takes applications on the day of `at`."""
    on = clock.day_of(at)
    found = Intake.objects.filter(applications_open_on__lte=on, applications_close_on__gte=on)
    return list(found.select_related("version__programme").defer("version__document").order_by("pk"))


# --- brands, testimonials ----------------------------------------------------------------------------
def addressed_points() -> QuerySet[ContactPoint]:
    """Addresses that mail may be written to; `is_partners` says whether a delivery partner's. Its own first."""
    held = OrganisationRole.objects.filter(
        organisation=OuterRef("organisation"), role=OrganisationKind.DELIVERY_PARTNER, ends_on__isnull=True
    )
    return (
        ContactPoint.objects.filter(kind="email")
        .annotate(is_partners=Exists(held))
        .select_related("organisation")
        .order_by("-is_partners", "pk")
    )


def contact_points(organisation: Organisation) -> list[ContactPoint]:
    """What is shown to visitors, e-mail first: what is invalid never is (S0-68)."""
    found = ContactPoint.objects.filter(organisation=organisation, published=True).exclude(value="")
    return list(found.order_by("kind", "topic", "pk")[:20])


def lead_brand() -> Brand | None:
    """The brand of the lead provider, if it has one. One query."""
    lead = OrganisationRole.objects.filter(
        organisation=OuterRef("organisation"), role=OrganisationKind.LEAD_PROVIDER, ends_on__isnull=True
    )
    return Brand.objects.filter(Exists(lead)).select_related("organisation").order_by("pk").first()


def lead_provider() -> Organisation | None:
    """The lead provider of this installation."""
    lead = OrganisationRole.objects.filter(
        organisation=OuterRef("pk"), role=OrganisationKind.LEAD_PROVIDER, ends_on__isnull=True
    )
    return Organisation.objects.filter(Exists(lead)).order_by("pk").first()


def shown_testimonials(programme_code: str | None = None) -> list[Testimonial]:
    """Those that may be shown now: of one programme, or on general pages all of them (S0-69)."""
    shown = Testimonial.objects.filter(published_at__isnull=False, withdrawn_at__isnull=True)
    if programme_code is not None:
        shown = shown.filter(programme__code=programme_code)
    return list(shown.select_related("programme").order_by("-published_at", "pk")[:12])


def testimonials_for(viewer: Viewer) -> QuerySet[Testimonial]:
    """Every testimonial with its consent, for the office."""
    if not viewer.is_office:
        raise Http404
    return Testimonial.objects.select_related("programme", "added_by").order_by("-pk")
