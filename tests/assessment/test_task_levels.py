"""Criteria of a project task have levels, as mark points of case studies have: entered, marked, sent."""

import csv
import io
import json
import re
import zipfile
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.urls import reverse

from goldenthread.assessment.actions import hand_in_days
from goldenthread.assessment.actions.hand_in_days import Criterion
from goldenthread.assessment.models import MarkPoint, MarkScheme
from goldenthread.common.refused import Refused
from goldenthread.marking import actions as marking
from goldenthread.marking.models import Marking
from goldenthread.moderation import national
from goldenthread.people.models import Role
from tests import factories
from tests import factories_assessment as made
from tests import factories_marking as marked
from tests import factories_projects as make
from tests.outcomes import test_projects as road
from tests.web.test_office_projects import go
from tests.web.test_participant_projects import signed_in

pytestmark = pytest.mark.django_db
LEVELS = "0-2 Emerging: names it\n3-5 Secure: says why"


def enter(criteria: list[Criterion], label: str = "v2017") -> MarkScheme:
    version = make.intake(make.NPQH).version
    return hand_in_days.add_scheme(
        version=version,
        task="task-1",
        label=label,
        criteria=criteria,
        pass_mark=5,
        total=sum(one.maximum for one in criteria),
        by=make.office(),
        at=make.BEGIN,
    )


@pytest.mark.parametrize(
    ("text", "levels"),
    [
        ("Plan | 5\n0-2 Emerging: names it\n3-5 Secure: says why\nImpact | 10", [LEVELS, ""]),
        ("Plan | 5\n\n  0-2 Emerging: names it \n\n3-5 Secure: says why", [LEVELS]),
        ("Plan | 5\n0-2 Low: a | b\n3-5 High: c", ["0-2 Low: a | b\n3-5 High: c"]),
        ("Plan | 5\n3 of 4 goals are met | 10", ["", ""]),
        ("2 terms of data | 5\n0-2 Low: a\n3–5 High: b", ["0-2 Low: a\n3–5 High: b"]),
    ],
)
def test_the_office_enters_levels_below_their_criterion(text: str, levels: list[str]) -> None:
    amara = make.candidate(make.NPQH)
    where = ("office:hand_in_days", amara.intake_id, "task-1")
    client = signed_in(make.office())
    total = sum(int(marks) for marks in re.findall(r"\| (\d+)$", text, re.M))
    sent = {"add_scheme": "1", "label": "v2017", "criteria": text, "pass_mark": "3", "total": total}
    go(client, *where, status=302, **sent)
    points = MarkPoint.objects.order_by("number")
    assert [one.criterion_levels for one in points] == levels
    shown = go(client, *where)
    for one in points:
        for level in one.levels:
            assert f"{level.marks}: {level.name}. {level.says}" in shown


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("0-5 Low: a\nPlan | 5", "Line 1 needs a text, a bar and its marks"),
        ("Plan | 5\n0-2 Low: a\n4-5 High: b", "no level gives 3, between Low and High"),
        ("Plan | 5\n0-2 Low: a\n3-4 High: b", "end at 4, but the point gives up to 5"),
        ("Plan | 5\nImpact | 6\n0-3 Low: a\n3-6 High: b", "The levels of mark point 2 overlap"),
        ("Plan | 5\n0-2 Low a", "is no level"),
        ("Plan | 5\nnone", "Line 2 needs a text, a bar and its marks"),
    ],
)
def test_levels_that_do_not_give_each_mark_once_are_refused_at_the_form(text: str, said: str) -> None:
    amara = make.candidate(make.NPQH)
    where = ("office:hand_in_days", amara.intake_id, "task-1")
    shown = go(
        signed_in(make.office()),
        *where,
        status=422,
        add_scheme="1",
        label="v1",
        criteria=text,
        pass_mark="3",
        total="5",
    )
    assert said in shown
    assert not MarkScheme.objects.exists()


@pytest.mark.parametrize("other", ["", "0-3 Emerging: names it\n4-5 Secure: says why"])
def test_the_same_label_with_other_levels_is_another_scheme(other: str) -> None:
    scheme = enter([Criterion("Plan", 5, LEVELS), Criterion("Impact", 5)])
    again = enter([Criterion("Plan", 5, f"  {LEVELS}\n\n"), Criterion("Impact", 5)])
    assert scheme.pk == again.pk
    with pytest.raises(Refused) as caught:
        enter([Criterion("Plan", 5, other), Criterion("Impact", 5)])
    assert caught.value.code == "scheme.there"
    with pytest.raises(Refused) as caught:
        enter([Criterion("Plan", 6, LEVELS)], "v2018")
    assert caught.value.code == "levels.end"


def test_levels_in_the_open_are_of_criteria_alone() -> None:
    point = MarkPoint.objects.filter(scheme__case_study=made.case_study().pk).first()
    assert point is not None
    with pytest.raises(IntegrityError), transaction.atomic():
        MarkPoint.objects.filter(pk=point.pk).update(criterion_levels=LEVELS)


@pytest.fixture
def window() -> Any:
    """Days in which Amara has handed in her project, whose second criterion has levels."""
    found = road.handed_in(make.candidate(), "project")
    MarkPoint.objects.filter(scheme=found.mark_scheme, number=2).update(criterion_levels=LEVELS)
    marked.markers(2)
    return found


def test_a_marker_reads_the_levels_at_their_criterion_and_nowhere_else(window: Any) -> None:
    marking.allocate_window(window=window, by=make.office(), at=road.MARKED)
    one = Marking.objects.select_related("marker").earliest("pk")
    with time_machine.travel(road.MARKED, tick=False):
        shown = signed_in(one.marker).get(reverse("assessor:script", args=[one.pk])).content.decode()
    assert shown.count("Judge the whole response") == 1
    assert shown.index('id="levels-2"') < shown.index("3 to 5: Secure.") < shown.index('id="of-3"')
    assert "The scheme has no levels" not in shown


@pytest.mark.requirement("S1-32")
def test_the_national_package_carries_the_levels_and_the_level_of_each_mark(window: Any) -> None:
    road.mark(window)
    round_ = road.sign_off(window, factories.member(Role.MODERATOR, "Chidi Moderator"), national=False)
    data = marked.data_of(
        national.export(round=round_, by=factories.member(Role.OFFICE, "Olu Office"), at=road.MARKED)
    )
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        scheme = json.loads(archive.read("scheme.json"))
        rows = list(csv.DictReader(io.StringIO(archive.read("points.csv").decode("utf-8-sig"))))
    assert [point.get("levels") for point in scheme["points"]] == [
        None,
        [
            {"name": "Emerging", "from": 0, "to": 2, "says": "names it"},
            {"name": "Secure", "from": 3, "to": 5, "says": "says why"},
        ],
        None,
        None,
    ]
    named = {(row["point"], row["level"]) for row in rows if row["level"]}
    expected = "Secure" if road.ENOUGH[2] >= 3 else "Emerging"
    assert named == {("2", expected)}
