"""Which areas of need a case study is about (S2-33). The tags are as unseen as the case: only its authors see them."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from goldenthread.assessment import access
from goldenthread.assessment.models import CaseStudy
from goldenthread.catalogue import needs
from goldenthread.common import audit
from goldenthread.people.access import Viewer


@transaction.atomic
def tag_case_study(*, case_study: CaseStudy, chosen: Iterable[str], by: Any, at: datetime) -> CaseStudy:
    """Say which of the four areas of need a case study is about, also of a published one: neither text nor marks
    change. The trail says that it was tagged, not with what.
    """
    stored = needs.tags(chosen)
    row = CaseStudy.objects.select_for_update(of=("self",)).get(pk=case_study.pk)
    if row.needs != stored:
        row.needs = stored
        row.save(update_fields=["needs"])
        audit.record("case_study.tagged", row, by=by, at=at)
    return row


class Tags:
    """The tags that somebody may see in a list of case studies: those of an author, but for programmes that they sit.

    One query at most.
    """

    def __init__(self, viewer: Viewer) -> None:
        self.author = access.may_author(viewer)
        mine = viewer.user.enrolments.filter(withdrawn_at__isnull=True) if self.author else None
        self.sat = (
            set(mine.order_by().values_list("version__programme", flat=True)) if mine is not None else set()
        )

    def of(self, case: CaseStudy) -> tuple[str, ...]:
        """The names of a case's areas of need; none where they are not for this person."""
        seen = self.author and case.version.programme_id not in self.sat
        return needs.names(case.needs) if seen else ()

    def narrowed(self, cases: QuerySet[CaseStudy], need: str) -> QuerySet[CaseStudy]:
        """The cases with a tag; all of them for whoever may see none, so that the list tells them nothing."""
        if not need or not self.author:
            return cases
        return cases.filter(needs__contains=need).exclude(version__programme__in=self.sat)
