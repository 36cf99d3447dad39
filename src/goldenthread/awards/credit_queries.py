"""Agreements and requests for credit, for each who may see them: graduate, university, office (S1-37)."""

from datetime import date

from django.db.models import Count, Q, QuerySet
from django.http import Http404

from goldenthread.applications.models import Enrolment
from goldenthread.awards.credit_rules import Agreed
from goldenthread.awards.models import CreditAgreement, CreditRequest
from goldenthread.people.access import Viewer
from goldenthread.people.models import Role

WITH = ("award__outcome__enrolment__user", "agreement__university", "version__programme")


def agreed_of(agreement: CreditAgreement) -> Agreed:
    """An agreement as the rules take it. One query, none where its versions are loaded already."""
    return Agreed(
        university=agreement.university.name,
        award_title=agreement.award_title,
        level=agreement.level,
        credits=agreement.credits,
        versions=frozenset(version.key for version in agreement.versions.all()),
        valid_from=agreement.valid_from,
        valid_to=agreement.valid_to,
    )


def agreements_of(enrolment: Enrolment, *, on: date) -> list[CreditAgreement]:
    """The agreements by which a graduate of this version may ask on a day. Two queries."""
    held = CreditAgreement.objects.filter(versions=enrolment.version_id, valid_from__lte=on)
    held = held.exclude(valid_to__lt=on).select_related("university").prefetch_related("versions")
    return list(held.order_by("university__name", "-valid_from", "pk"))


def requests_of(enrolment: Enrolment) -> list[CreditRequest]:
    """A graduate's own requests, the latest first. Two queries."""
    found = CreditRequest.objects.filter(award__outcome__enrolment=enrolment).select_related(*WITH)
    return list(found.prefetch_related("agreement__versions").order_by("-consented_at", "-pk"))


def get_own_request(enrolment: Enrolment, reference: str) -> CreditRequest:
    """One of the enrolment's own requests; others don't exist."""
    found = CreditRequest.objects.filter(award__outcome__enrolment=enrolment, reference=reference)
    one = found.select_related(*WITH).first()
    if one is None:
        raise Http404("No such request.")
    return one


def requests_for(viewer: Viewer) -> QuerySet[CreditRequest]:
    """What a university sees: requests by its own agreements whose consent stands, open ones first.

    404 for who holds no role at a university.
    """
    own = viewer.organisations(Role.UNIVERSITY)
    if not own:
        raise Http404
    found = CreditRequest.objects.filter(agreement__university__in=own, withdrawn_at__isnull=True)
    return found.select_related(*WITH).order_by("answered_at", "consented_at", "pk")


def get_request_for(viewer: Viewer, reference: str) -> CreditRequest:
    """One request as its university sees it; without consent, or by another's agreement, it doesn't exist."""
    found = requests_for(viewer).filter(reference=reference).first()
    if found is None:
        raise Http404("No such request.")
    return found


def agreements_for(viewer: Viewer) -> QuerySet[CreditAgreement]:
    """Every agreement with how many ask by it; for the office alone."""
    if not viewer.is_office:
        raise Http404
    asked = Count("requests", filter=Q(requests__withdrawn_at__isnull=True))
    found = CreditAgreement.objects.select_related("university").prefetch_related("versions")
    return found.annotate(asked=asked).order_by("university__name", "-valid_from", "pk")


def get_agreement_for(viewer: Viewer, agreement_id: int) -> CreditAgreement:
    """One agreement; for the office alone."""
    found = agreements_for(viewer).filter(pk=agreement_id).first()
    if found is None:
        raise Http404("No such agreement.")
    return found


def requests_by(agreement: CreditAgreement) -> QuerySet[CreditRequest]:
    """Every request by an agreement, withdrawn ones too; for the office alone, which has loaded the agreement."""
    return agreement.requests.select_related(*WITH).order_by("-consented_at", "-pk")
