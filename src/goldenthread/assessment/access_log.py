"""Who was shown which case study, when and as what, and who took its mark points out in a national package: for the
programme office, before and after the release (S0-38).
"""

from django.db.models import BooleanField, ExpressionWrapper, F, Q, QuerySet
from django.http import Http404

from goldenthread.assessment import access
from goldenthread.assessment.models import CaseAccess, CaseStudy
from goldenthread.people.access import Viewer

# Whoever sits is shown it after the opening of their own sitting, whichever zone was first written down; and a package
# goes out after the sign-off, also where nobody has opened the case.
_BEFORE = ~Q(capacity__in=("participant", "package")) & (
    Q(case_study__unlocked_at__isnull=True) | Q(at__lt=F("case_study__unlocked_at"))
)


def looks_for(viewer: Viewer, *, case: int | None = None, before: bool = False) -> QuerySet[CaseAccess]:
    """Every showing of a case study and every package with its mark points, the latest first; of one case study, or
    only those before the first sitting was let in to it. Each row says so (`before`). One query; nothing of any
    content. A stranger gets 404.
    """
    if not access.may_schedule(viewer):
        raise Http404
    found = CaseAccess.objects.select_related(
        "user", "case_study", "sitting__enrolment", "window__intake__version__programme"
    )
    found = found.only(
        "at",
        "capacity",
        "revision",
        "user__name",
        "user__email",
        "case_study__state",
        "sitting__enrolment__reference",
        "window__opens_on",
        "window__intake__name",
        "window__intake__version__programme__code",
    ).annotate(before=ExpressionWrapper(_BEFORE, output_field=BooleanField()))
    if case is not None:
        found = found.filter(case_study=case)
    if before:
        found = found.filter(_BEFORE)
    return found.order_by("-at", "-pk")


def listed_case_for(viewer: Viewer, case_id: int) -> CaseStudy:
    """A case study by its number, under seal, for whoever may list them."""
    if not access.may_list_cases(viewer):
        raise Http404
    unread = CaseStudy.objects.select_related("version__programme", "author", "withdrawn_by")
    case = unread.defer("sealed", "sealed_needs", "version__document").filter(pk=case_id).first()
    if case is None:
        raise Http404
    return case
