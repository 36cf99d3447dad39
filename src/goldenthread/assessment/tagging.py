"""Which areas of need a case study is about (S2-33). The tags are as unseen as the case: only its authors see them."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from goldenthread.assessment import access, sealed
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
    row = sealed.open_needs(CaseStudy.objects.select_for_update(of=("self",)).get(pk=case_study.pk))
    if row.needs != stored:
        sealed.seal_needs(row, stored)
        row.save(update_fields=["sealed_needs"])
        audit.record("case_study.tagged", row, by=by, at=at)
    return row


class Tags:
    """What somebody may read of each case study in a list: an author its title and its tags, but of programmes that
    they sit; everybody else its number. Two queries at most. A seal that doesn't open takes nothing else away.
    """

    def __init__(self, viewer: Viewer) -> None:
        self.author = access.may_author(viewer)
        mine = viewer.user.enrolments.filter(withdrawn_at__isnull=True) if self.author else None
        self.sat = (
            set(mine.order_by().values_list("version__programme", flat=True)) if mine is not None else set()
        )

    def may(self, case: CaseStudy) -> bool:
        """Whether this person reads the case study at all."""
        return self.author and case.version.programme_id not in self.sat

    def of(self, case: CaseStudy) -> tuple[str, tuple[str, ...]]:
        """The name of a case study in a list, and its areas of need; the number and none where not for this person."""
        found = sealed.try_text(case) if self.may(case) else None
        return (found.title, needs.names(found.needs)) if found else (case.name, ())

    def narrowed(self, cases: QuerySet[CaseStudy], need: str) -> QuerySet[CaseStudy]:
        """The cases with a tag; all of them for whoever may see none, so that the list tells them nothing."""
        if not need or not self.author:
            return cases
        tagged = CaseStudy.objects.exclude(sealed_needs="").exclude(version__programme__in=self.sat)
        rows = tagged.only("sealed", "sealed_needs", "revision").order_by("pk")
        opened = (sealed.try_text(row) for row in rows)
        return cases.filter(pk__in=[row.pk for row in opened if row and need in row.needs.split()])
