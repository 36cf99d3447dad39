"""Who holds which role where, and how the office gives and ends roles."""

from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import Http404

from goldenthread.common import mail
from goldenthread.common.refused import Refused
from goldenthread.intakes.rules import day_text
from goldenthread.people import actions
from goldenthread.people.access import Viewer
from goldenthread.people.models import Membership, Organisation, Role, School
from goldenthread.people.queries import find_schools, organisation_called, organisations_like
from goldenthread.web.office.access import office_only
from goldenthread.web.office.queries import every_word
from goldenthread.web.shared.numbers import number_of

MOST_FOUND = 8
# What somebody does in a role, and where they begin; the mail about the role says so.
WORK: dict[str, str] = {
    Role.OFFICE: "You run the programmes: applications, groups, windows, results. Begin with the desk: it lists "
    "what needs a decision today.",
    Role.AUTHOR: "You write case studies with their mark schemes, which nobody else reads before their window "
    "opens. Begin with “Case studies”.",
    Role.FACILITATOR: "You lead the events of your groups and take their registers, which credit hours to "
    "whoever was there. Begin with “Today”: events and open registers stand there once the office puts you on "
    "the staff of a group.",
    Role.COACH: "You coach participants and log each session with written feedback. Begin with “Coaching”: the "
    "people stand there once the office pairs them with you.",
    Role.TUTOR: "You read what your groups hand in, and accept it or return it with feedback. Begin with “Work "
    "to read”: it stands there once the office puts you on the staff of a group.",
    Role.MARKER: "You mark case studies without knowing who wrote them. Begin with “My queue”: scripts stand "
    "there, with a date, once the office allocates them after a window.",
    Role.MODERATOR: "You look at a sample of the marks and sign off a window before results are released. Begin "
    "with “Moderation”: you find there the windows whose marking is done.",
    Role.HEAD_TEACHER: "You see how those of your school's staff get on who take part, and what is asked of "
    "them. Begin with “My staff”.",
    Role.CPD_LEAD: "You see how those of your school's staff get on who take part, and what is asked of them. "
    "Begin with “My staff”.",
    Role.MENTOR: "You see how those whom you mentor get on, and when they need time or help. Begin with “My "
    "staff”: they stand there once the office names you as their mentor.",
    Role.PARTNER_MANAGER: "You see the groups, events and people that take part through your organisation. Begin "
    "with “My people”.",
    Role.UNIVERSITY: "You see the requests of graduates who ask that their award counts with your university, and "
    "answer them. Begin with “Requests for credit”.",
}


def memberships_for(
    viewer: Viewer, *, words: str = "", role: str = "", ended: bool = False, on: date
) -> QuerySet[Membership]:
    """Roles by organisation and name, current ones or ended ones; for the office alone."""
    office_only(viewer)
    over = Q(ends_on__lt=on)
    found = Membership.objects.filter(over if ended else ~over)
    if role:
        found = found.filter(role=role)
    found = found.filter(every_word(words, _word)).select_related("user", "organisation")
    return found.order_by("organisation__name", "user__name", "role", "pk")


def _word(word: str) -> Q:
    person = Q(user__name__icontains=word) | Q(user__email__icontains=word)
    return person | Q(organisation__name__icontains=word)


def get_membership_for(viewer: Viewer, membership_id: int) -> Membership:
    """One role of one person, for the office alone."""
    office_only(viewer)
    found = Membership.objects.filter(pk=membership_id).select_related("user", "organisation").first()
    if found is None:
        raise Http404
    return found


def places_called(text: str) -> list[tuple[str, str]]:
    """Organisations and schools that `text` may mean, as choices: an exact name, else all that contain it."""
    clean = " ".join(text.split())
    exact = _called(clean)
    if exact:
        return [(f"organisation:{exact.pk}", exact.name)]
    found = [
        (f"organisation:{one.pk}", one.name)
        for one in Organisation.objects.filter(
            Q(name__icontains=clean) | Q(pk__in=organisations_like(clean))
        ).order_by("name")[:MOST_FOUND]
    ]
    known = (
        set(Organisation.objects.filter(school__isnull=False).values_list("school_id", flat=True))
        if found
        else set()
    )
    schools = [hit for hit in find_schools(clean, limit=MOST_FOUND) if hit.school.pk not in known]
    return found + [(f"school:{hit.school.pk}", f"{hit.school.name}, {hit.line}") for hit in schools]


def _called(name: str) -> Organisation | None:
    """The organisation of this name in any spelling; None also where several are spelt alike, to choose from."""
    try:
        return organisation_called(name)
    except Refused:
        return None


def place(choice: str, *, by: Any, at: datetime) -> Organisation:
    """The organisation behind a choice; a school becomes one when it is first needed."""
    kind, _, number = choice.partition(":")
    pk = number_of(number) or 0
    if kind == "organisation":
        organisation = Organisation.objects.filter(pk=pk).first()
        if organisation:
            return organisation
    school = School.objects.filter(pk=pk).first() if kind == "school" else None
    if school is None:
        raise Refused("Choose an organisation from the list.", code="organisation.unknown", field="place")
    return actions.organisation_for_school(school, by=by, at=at)


@transaction.atomic
def add_person(
    *, email: str, name: str, choice: str, role: str, starts_on: date, by: Any, at: datetime
) -> Membership:
    """Give a person a role in an organisation, with an account if they have none, and tell them by mail."""
    organisation = place(choice, by=by, at=at)
    user = actions.ensure_user(email=email, name=name, by=by, at=at)
    before = user.memberships.filter(organisation=organisation, role=role, ends_on__isnull=True).exists()
    membership = actions.give_role(
        user=user, organisation=organisation, role=role, starts_on=starts_on, by=by, at=at
    )
    if not before:
        mail.send(
            "role_given",
            to=user.email,
            key=f"role:{membership.pk}",
            at=at,
            name=user.name,
            user_id=user.pk,
            role=str(Role(role).label),
            organisation=organisation.name,
            starts_on=day_text(starts_on),
            work=WORK[role],
        )
    return membership
