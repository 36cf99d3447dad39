"""The office's page of a window's markers: who is far off, and what the figures mean."""

import pytest

from goldenthread.marking import actions
from goldenthread.marking.models import Marking
from tests import factories_marking as make
from tests import factories_quality as quality
from tests.factories_web import client_of, text_of

pytestmark = pytest.mark.django_db
AT = make.CLOSED


def test_office_is_shown_which_marker_is_far_off_and_what_the_figures_mean() -> None:
    window = make.window()
    ben, _ = make.markers(2)
    for _ in range(5):
        make.sitting(window)
    quality.policy(window, seed_percent=50, stop_count=5, stop_of=5)
    quality.known_set(window, "seeds", (make.POOR, make.POOR))
    actions.allocate_window(window=window, by=window.created_by, at=AT)
    for one in Marking.objects.select_related("marker"):
        severe = make.POOR if one.seed_id and one.marker_id != ben.pk else make.GOOD
        make.submit(one, severe)
    found = client_of(window.created_by).get(f"/office/windows/{window.pk}/marking/markers/")
    told = {one.name: one.look for one in found.context["rows"]}
    assert len(told[ben.name]) == 1
    assert "Beside seeds," in told[ben.name][0]
    assert "marks higher on average, over 2 scripts" in told[ben.name][0]
    assert [look for name, look in told.items() if name != ben.name] == [()]
    assert text_of(found).count("Worth a look") == 1
    assert "1 is full agreement, 0 what chance alone would bring" in text_of(found)
    assert "Worth a look" not in text_of(client_of(ben).get("/mark/reliability/"))
