"""What the office reads beforehand of evidence that can't be enclosed in the package for the national moderator."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from goldenthread.assessment.models import Window
from goldenthread.assessment.project_models import HandedInFile
from goldenthread.assessment.upload_models import CheckState, DocumentCheck
from goldenthread.moderation import national_evidence
from tests import factories_projects as make
from tests.outcomes import test_projects as road

pytestmark = pytest.mark.django_db
STATES = ("clean", "waiting", "waiting", "found", "released", "trusted", None)


@pytest.fixture
def window() -> Window:
    """An account with a file of evidence in each state, and one that nobody has looked at."""
    amara = make.candidate()
    make.opened(amara, "project")
    for number, _ in enumerate(STATES):
        make.add_file(amara, f"{number}.txt", f"Minutes {number}.".encode())
    made = road.handed_in(amara, "project")
    for one, state in zip(HandedInFile.objects.order_by("number"), STATES, strict=True):
        check = DocumentCheck.objects.filter(file=one.file)
        if state is None:
            check.delete()
        elif state == "released":
            check.update(
                state=state, released_by=make.office(), released_at=make.SUMMER, reason="We know it."
            )
        else:
            check.update(state=state)
    return made


def test_what_stays_out_is_counted_by_its_reason_in_one_query_that_loads_no_file(window: Window) -> None:
    with CaptureQueriesContext(connection) as asked:
        found = national_evidence.kept_back(window)
    assert dict(found) == {
        national_evidence.WHY_NOT[CheckState.WAITING]: 2,
        national_evidence.WHY_NOT[CheckState.FOUND]: 1,
        national_evidence.WHY_NOT[CheckState.RELEASED]: 1,
        national_evidence.NEVER_LOOKED_AT: 2,
    }
    scripts = list(window.sittings.order_by("pk").values_list("scripts", flat=True))
    assert national_evidence.kept_back(window, only=frozenset(scripts)) == found
    assert national_evidence.kept_back(window, only=frozenset({0})) == []
    (query,) = [one["sql"] for one in asked]
    assert "COUNT(" in query
    assert "sha256" not in query
    counted = [one.why_not for one in national_evidence.pieces_of(window)]
    assert {why: counted.count(why) for why in set(counted) if why} == dict(found)
