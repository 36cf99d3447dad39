"""Applications as the office sees them: one, many, how many; and what an intake still has room for."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.http import Http404

from goldenthread.applications import access, rules
from goldenthread.applications.models import Application, ApplicationState, Enrolment
from goldenthread.common import audit
from goldenthread.common.models import AuditEvent
from goldenthread.intakes.models import Intake
from goldenthread.people.access import Viewer
from goldenthread.people.models import User
from goldenthread.people.queries import user_by_email

SORTS = {
    "new": ("-submitted_at", "-id"),
    "old": ("submitted_at", "id"),
    "name": ("name", "id"),
    "start": ("intake__starts_on", "submitted_at", "id"),
}


def get_application_for(viewer: Viewer, reference: str) -> Application:
    """The application with this reference, for the office; nobody else learns that it exists."""
    if not access.may_decide(viewer):
        raise Http404
    found = _with_all().filter(reference=_reference(reference)).first()
    if found is None:
        raise Http404
    return found


def get_applications_for(viewer: Viewer, references: Iterable[str]) -> list[Application]:
    """Those of the references that are applications, for the office, oldest first; at most 200."""
    if not access.may_decide(viewer):
        raise Http404
    wanted = [_reference(reference) for reference in references][:200]
    return list(_with_all().filter(reference__in=wanted).order_by("submitted_at", "id"))


def _reference(text: str) -> str:
    """What may be a reference: PostgreSQL takes no NUL, and nobody minds small letters."""
    return text.replace("\0", "").upper()[:12]


def applications_for(
    viewer: Viewer,
    *,
    state: str = "",
    intake: int | None = None,
    programme: str = "",
    text: str = "",
    sort: str = "old",
) -> QuerySet[Application]:
    """The applications that match every filter, for the office; `text` is part of a name or address."""
    if not access.may_decide(viewer):
        raise Http404
    found = _filtered(intake=intake, programme=programme, text=text)
    if state:
        found = found.filter(state=state)
    lines = found.select_related("intake__version__programme", "school").defer("intake__version__document")
    return lines.order_by(*SORTS.get(sort, SORTS["old"]))


def counts_for(
    viewer: Viewer, *, intake: int | None = None, programme: str = "", text: str = ""
) -> dict[str, int]:
    """How many applications stand in each state, under the same filters. One query."""
    if not access.may_decide(viewer):
        raise Http404
    rows = _filtered(intake=intake, programme=programme, text=text).order_by().values_list("state")
    found = dict(rows.annotate(number=Count("id")))
    return {state: found.get(state, 0) for state in ApplicationState.values}


def _filtered(*, intake: int | None, programme: str, text: str) -> QuerySet[Application]:
    found = Application.objects.all()
    if intake:
        found = found.filter(intake_id=intake)
    if programme:
        found = found.filter(intake__version__programme__code=programme)
    clean = text.replace("\0", "").strip()[:100]
    if clean:
        matches = Q(name__icontains=clean) | Q(email__icontains=clean) | Q(reference__iexact=clean)
        found = found.filter(matches | Q(school__name__icontains=clean) | Q(school_text__icontains=clean))
    return found


def _with_all() -> QuerySet[Application]:
    return Application.objects.select_related(
        "intake__version__programme", "school", "decided_by", "enrolment__user"
    )


def live_application(intake: Intake, email: str) -> Application | None:
    """The application of this address to this intake that waits or was accepted."""
    live = [ApplicationState.SUBMITTED, ApplicationState.ACCEPTED]
    return Application.objects.filter(intake=intake, email__iexact=email.strip(), state__in=live).first()


def places_taken(intake: Intake) -> int:
    """How many people are enrolled in an intake and have not withdrawn."""
    return Enrolment.objects.filter(intake=intake, withdrawn_at__isnull=True).count()


def in_the_way(application: Application, *, by: User | None) -> list[str]:
    """What keeps an application from being enrolled directly; `by` is who was signed in. Three queries."""
    intake, recorded = application.intake, application.details.get("entry_checks", {})
    account = user_by_email(application.email)
    return rules.in_the_way(
        rules.Checks(
            referred=application.details.get("entry", {}).get("result") == "referred",
            open_checks=[
                check.name
                for check in intake.version.specification.entry_checks
                if not recorded.get(check.key, {}).get("passed")
            ],
            school_listed=application.school_id is not None,
            room=intake.places is None or places_taken(intake) < intake.places,
            others_account=account is not None and account != by,
        )
    )


def other_applications(application: Application) -> list[Application]:
    """What the same address sent in besides, newest first; at most ten. One query."""
    same = Application.objects.filter(email__iexact=application.email).exclude(pk=application.pk)
    return list(same.select_related("intake__version__programme").defer("intake__version__document")[:10])


def history_of(application: Application) -> list[AuditEvent]:
    """Everything in the audit trail of the application, oldest first."""
    return list(AuditEvent.objects.filter(subject=audit.subject_key(application)).order_by("sequence"))


def warnings_of(application: Application) -> list[str]:
    """What the office should know before it decides."""
    return rules.warnings(details=application.details, school_listed=application.school_id is not None)


def intakes_with_applications() -> list[Intake]:
    """The intakes that somebody applied to, the latest start first. One query."""
    applied = Application.objects.filter(intake=OuterRef("pk"))
    return list(
        Intake.objects.filter(Exists(applied))
        .select_related("version__programme")
        .defer("version__document")
        .order_by("-starts_on", "id")
    )


def entry_checks_of(application: Application) -> list[dict[str, Any]]:
    """The checks that the version asks for before acceptance, each with what was recorded of it."""
    recorded = application.details.get("entry_checks", {})
    return [
        {"check": check, "record": recorded.get(check.key)}
        for check in application.intake.version.specification.entry_checks
    ]
