"""What a candidate may enter wrongly for a placement and its plan, and what the pages say to it at once."""

import re
from datetime import date
from typing import Any

import pytest

from goldenthread.assessment.actions import hand_in_days, project
from goldenthread.assessment.project_models import Placement, PlacementDay, Project
from goldenthread.assessment.rules.calendars import DEFAULT, LoggedDay, check_placement_days
from goldenthread.assessment.rules.placing import check_host
from goldenthread.common.refused import Refused
from tests import factories
from tests import factories_projects as make
from tests.web.test_participant_projects import page, send, signed_in

pytestmark = pytest.mark.django_db
HOLIDAYS = ("2019-04-19", "2019-04-22", "2019-05-06", "2019-05-27", "2019-01-01", "2018-12-25", "2018-12-26",
            "2019-05-11", "2019-05-12")  # fmt: skip


@pytest.fixture
def amara() -> Any:
    found = make.candidate(make.NPQH)
    make.opened(found, "task-2")
    make.asked_placement(found, "task-2")
    return found


@pytest.mark.requirement("S3-27")
def test_nine_days_on_holidays_and_a_weekend_of_the_host_count_nothing_and_each_is_told_at_once(
    amara: Any,
) -> None:
    client = signed_in(amara.user)
    for on in HOLIDAYS:
        send(client, "project_days", "task-2", on=on)
        assert "It does not count" in page(client, "project_days", "task-2")
    assert "0 of 9" in page(client, "project_days", "task-2")
    told = page(client, "project", "task-2")
    assert "0 of 9 days" in told
    assert "Tue 25 Dec 2018, Wed 26 Dec 2018, Tue 1 Jan 2019 and 6 more are no working days there." in told


@pytest.mark.parametrize(
    ("on", "said"),
    [
        ("2019-05-14", "Tue 14 May 2019 is logged.</"),
        (
            "2019-05-28",
            "Tue 28 May 2019 is logged. It lies in usual school holidays, and counts once your host confirms",
        ),
        ("2019-05-11", "Sat 11 May 2019 is logged. It does not count: by"),
    ],
)
def test_what_a_logged_day_counts_is_said_when_it_is_logged_and_taking_out_is_said(
    amara: Any, on: str, said: str
) -> None:
    client = signed_in(amara.user)
    send(client, "project_days", "task-2", on=on)
    in_break = "1 of them in usual school holidays, which counts once confirmed"
    assert (in_break in page(client, "project_days", "task-2")) is ("usual school holidays" in said)
    send(client, "project_days", "task-2", on=on)
    assert said in re.sub(r"\s+</", "</", page(client, "project_days", "task-2"))
    send(client, "project_days", "task-2", remove=on)
    assert "is taken out of your log" in page(client, "project_days", "task-2")
    assert not PlacementDay.objects.exists()


@pytest.mark.parametrize(
    ("on", "said"),
    [
        ("2019-08-06", "still to come"),
        ("9999-12-31", "still to come"),
        ("0219-05-14", "more than ten years ago: check the year"),
        ("0001-01-01", "more than ten years ago: check the year"),
        ("2009-08-03", "more than ten years ago: check the year"),
        ("2019-02-30", "Enter a day of the calendar"),
    ],
)
def test_a_day_of_another_time_is_refused_at_the_field(amara: Any, on: str, said: str) -> None:
    assert said in send(signed_in(amara.user), "project_days", "task-2", status=422, on=on, note="There")
    assert not PlacementDay.objects.exists()


@pytest.mark.parametrize("on", [date(2009, 8, 5), date(2014, 3, 3), date(2019, 8, 5)])
def test_a_day_within_ten_years_is_logged(amara: Any, on: date) -> None:
    project.log_day(enrolment=amara, task="task-2", on=on, by=amara.user, at=make.SUMMER)
    assert PlacementDay.objects.get().on == on


@pytest.mark.requirement("S3-26")
def test_days_before_the_approval_are_kept_and_the_page_says_when_they_count(amara: Any) -> None:
    client = signed_in(amara.user)
    send(client, "project_days", "task-2", on="2019-05-14")
    told = page(client, "project_days", "task-2")
    assert "The contrast of Seaside School is not approved yet" in told
    assert "1 of 9" in told
    hand_in_days.decide_placement(
        placement=Placement.objects.get(), approved=True, reason="", by=make.office(), at=make.SUMMER
    )
    told = page(client, "project_days", "task-2")
    assert "is not approved yet" not in told
    assert "1 of 9" in told


@pytest.mark.requirement("S3-26")
@pytest.mark.parametrize("asking", [{"ask": "1"}, {"save": "1"}])
@pytest.mark.parametrize("name", ["hillside", "Hillside School", "The Hillside"])
def test_the_own_school_is_no_placement_however_it_is_written(name: str, asking: dict[str, str]) -> None:
    amara = make.candidate(make.NPQH, school=factories.school("Hillside School"))
    make.opened(amara, "task-2")
    said = {"school": name, "statement": "Far.", "dimensions": "geography", **asking}
    assert "This is your own school" in send(
        signed_in(amara.user), "project_placement", "task-2", status=422, **said
    )
    assert not Placement.objects.exists()


@pytest.mark.parametrize("change", [str, str.upper, lambda text: f" {text} "])
def test_nobody_is_their_own_host(amara: Any, change: Any) -> None:
    client = signed_in(amara.user)
    said = {"school": "Seaside School", "statement": "By the sea; ours is inland.", "dimensions": "geography"}
    told = send(
        client,
        "project_placement",
        "task-2",
        status=422,
        host_email=change(amara.user.email),
        save="1",
        **said,
    )
    assert "This is your own address: give that of your host" in told
    assert Placement.objects.get().host_email == "hal@example.org"
    send(client, "project_placement", "task-2", host_email="other@example.org", save="1", **said)
    assert Placement.objects.get().host_email == "other@example.org"


def test_what_saving_does_to_the_approval_is_said(amara: Any) -> None:
    client, where = signed_in(amara.user), "project_placement"
    said = {"school": "Seaside School", "dimensions": "geography", "statement": "Another comparison."}
    send(client, where, "task-2", save="1", **said)
    told = page(client, where, "task-2")
    assert "send them for approval again" in told
    assert "Not sent for approval yet" in told
    send(client, where, "task-2", ask="1", **said)
    told = page(client, where, "task-2")
    assert "You get a mail with their decision" in told
    assert "Not sent for approval yet" not in told
    send(client, where, "task-2", save="1", host_name="Hanna", **said)
    assert "send them for approval again" not in page(client, where, "task-2")
    hand_in_days.decide_placement(
        placement=Placement.objects.get(), approved=True, reason="", by=make.office(), at=make.SUMMER
    )
    send(client, where, "task-2", ask="1", host_name="Hanna", **said)
    assert "is approved already" in page(client, where, "task-2")


def test_a_number_of_the_register_stands_with_the_name_of_its_school(amara: Any) -> None:
    seaside = Placement.objects.get().school
    assert seaside is not None
    assert f"{seaside.urn} is Seaside School." in page(signed_in(amara.user), "project_placement", "task-2")


@pytest.mark.parametrize("starts", ["0219-01-07", "2009-01-05", "0001-01-01"])
def test_a_project_of_more_than_ten_years_has_a_mistyped_year(starts: str) -> None:
    amara = make.candidate()
    make.opened(amara)
    client = signed_in(amara.user)
    said = {"revision": "0", "focus": "Reading", "starts_on": starts, "ends_on": "2019-07-19"}
    assert "is more than ten years: check these days" in send(
        client, "project_plan", "project", status=422, **said
    )
    assert Project.objects.get().starts_on is None
    send(client, "project_plan", "project", **{**said, "starts_on": "2009-07-20"})
    assert Project.objects.get().starts_on == date(2009, 7, 20)


@pytest.mark.parametrize(
    ("days", "text"),
    [
        ((11,), "Sat 11 May 2019 is no working day there."),
        ((11, 12), "Sat 11 May 2019 and Sun 12 May 2019 are no working days there."),
        ((4, 5, 11), "Sat 4 May 2019, Sun 5 May 2019 and Sat 11 May 2019 are no working days there."),
        (
            (4, 5, 11, 12),
            "Sat 4 May 2019, Sun 5 May 2019, Sat 11 May 2019 and 1 more are no working days there.",
        ),
        ((), "placement school. Add the days"),
    ],
)
def test_days_that_do_not_count_are_named_in_a_sentence(days: tuple[int, ...], text: str) -> None:
    with pytest.raises(Refused) as caught:
        check_placement_days(DEFAULT, [LoggedDay(date(2019, 5, day), False, False) for day in days], least=9)
    assert text in caught.value.message


@pytest.mark.parametrize(
    ("email", "refused"), [("", False), ("hal@example.org", False), ("AMARA@example.org", True)]
)
def test_a_host_is_somebody_else(email: str, refused: bool) -> None:
    codes = []
    try:
        check_host(email, own="amara@example.org")
    except Refused as refusal:
        codes = [refusal.code]
    assert codes == ["placement.host"] * refused
