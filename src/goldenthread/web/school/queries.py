"""The people of a school, for those who hold a role there."""

from datetime import datetime

from django.db.models import Exists, OuterRef, QuerySet, Subquery
from django.http import Http404

from goldenthread.applications.models import Enrolment
from goldenthread.assessment.models import Window
from goldenthread.assessment.project_models import Project
from goldenthread.outcomes.attempts import passed_tasks
from goldenthread.people.access import Viewer
from goldenthread.people.models import Organisation
from goldenthread.support.queries import accompanied_by
from goldenthread.web.shared.accompany import with_dates
from goldenthread.web.shared.navigation import SCHOOL_ROLES


def schools_for(viewer: Viewer) -> list[Organisation]:
    """Where the viewer is head teacher, CPD lead or mentor; for others there is no such page."""
    found = {one.organisation_id: one.organisation for one in viewer.memberships if one.role in SCHOOL_ROLES}
    if not found:
        raise Http404
    return sorted(found.values(), key=lambda one: one.name)


def staff_for(viewer: Viewer, *, at: datetime) -> QuerySet[Enrolment]:
    """Whom the viewer accompanies: a mentor those for whom they are named, the others everybody; by name. One query."""
    schools_for(viewer)
    return with_dates(accompanied_by(viewer), at=at).order_by("user__name", "pk")


def get_person_for(viewer: Viewer, reference: str, *, at: datetime) -> Enrolment:
    """One person whom the viewer accompanies; others don't exist for them."""
    found = staff_for(viewer, at=at).filter(reference=reference).first()
    if found is None:
        raise Http404
    return found


def completed_projects_for(viewer: Viewer) -> QuerySet[Project]:
    """The passed projects of whom the viewer accompanies, the latest first, with `title` (S1-07). One query.

    A project counts as complete with its released, moderated pass; before that nothing of it is shown to the school.
    What somebody plans for a placement school is not their own school's.
    """
    schools_for(viewer)
    passed = passed_tasks().filter(enrolment=OuterRef("enrolment"), task=OuterRef("task")).order_by()
    title = Window.objects.filter(task=OuterRef("task"), sittings__enrolment=OuterRef("enrolment"))
    own = accompanied_by(viewer).order_by().values("pk")
    found = Project.objects.filter(enrolment__in=own, placement__isnull=True)
    return (
        found.annotate(
            title=Subquery(title.order_by("-pk").values("task_title")[:1]),
        )
        .filter(Exists(passed))
        .select_related("enrolment__user", "enrolment__school")
        .order_by("-ends_on", "-pk")
    )
