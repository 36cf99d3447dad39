"""A document that was not handed in lives as long as window, result, appeal and the days after them may need it."""

import hashlib
import io
from datetime import datetime, timedelta

import pytest
from django.core.files.storage import default_storage

from goldenthread.appeals import queries
from goldenthread.appeals.jobs import remove_due_documents
from goldenthread.assessment.models import Sitting, WindowState
from goldenthread.assessment.upload_models import Upload, UploadState
from goldenthread.common import files
from goldenthread.common.models import AuditEvent
from goldenthread.outcomes.models import Outcome
from tests import factories
from tests import factories_appeals as made
from tests import factories_marking as make

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
DAYS = 365


def left(one: Sitting, state: str, *, at: datetime) -> Upload:
    """A document of a sitting that was not handed in."""
    content = f"{state} {one.pk} {at}".encode()
    known = {"name": "mine.docx", "size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    whole = {
        "file": files.store(io.BytesIO(content), kind=files.PIECE, at=at, size_limit=1000),
        "all_at": at,
        "received": len(content),
    }
    why = {"refused_at": at, "refusal_code": "script.too_long", "refusal": "Cut 1 word."}
    more = ({} if state == "begun" else whole) | (why if state == "refused" else {})
    return Upload.objects.create(sitting=one, state=state, first_at=at, last_at=at, **known, **more)


def sitting_of(outcome: Outcome) -> Sitting:
    return Sitting.objects.get(window=outcome.window, enrolment=outcome.enrolment)


def removed(at: datetime) -> int:
    return remove_due_documents(at=at, days=DAYS)


def test_every_sort_lives_until_the_time_to_appeal_and_a_year_are_over() -> None:
    outcome = made.released()
    one, until = sitting_of(outcome), queries.until_of(outcome)
    for state in ("begun", "complete", "late", "refused"):
        left(one, state, at=one.closes_at)
    assert removed(one.closes_at + 31 * DAY) == removed(until + DAYS * DAY - timedelta(seconds=1)) == 0
    assert one.uploads.count() == 4
    assert (removed(until + DAYS * DAY), removed(until + DAYS * DAY)) == (1, 0)
    assert not one.uploads.exists()
    assert AuditEvent.objects.filter(verb="upload.removed", subject=f"sitting:{one.pk}").count() == 4


def test_an_open_appeal_keeps_a_refused_document() -> None:
    appeal = made.admitted(made.released())
    kept = left(sitting_of(appeal.outcome), UploadState.REFUSED, at=made.NEXT)
    assert removed(made.NEXT + 2000 * DAY) == 0
    files.remove_unused(at=made.NEXT + 2000 * DAY)
    assert kept.file is not None
    assert default_storage.exists(kept.file.path)


def test_nothing_goes_while_the_window_has_no_results_however_long_ago_it_closed() -> None:
    waiting = make.window(state=WindowState.SCHEDULED)
    late = make.window(
        factories.intake(starts_on=factories.START.replace(month=3)), state=WindowState.CANCELLED
    )
    for window in (waiting, late):
        one = make.sitting(window)
        left(one, UploadState.LATE, at=one.closes_at)
    assert removed(Sitting.objects.latest("closes_at").closes_at + (DAYS + 1) * DAY) == 1
    assert Upload.objects.get().sitting.window == waiting
