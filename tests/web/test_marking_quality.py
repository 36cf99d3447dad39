"""Pages of practice, seeds, stops and figures: for markers, and for the office."""

import uuid
from datetime import timedelta
from typing import Any

import pytest

from goldenthread.assessment.models import Script, Window
from goldenthread.marking import actions, quality_queries, standardising
from goldenthread.marking.models import Marking
from goldenthread.marking.quality_models import Attempt, Clearance, KnownSet, MarkingPolicy
from goldenthread.people.models import Role
from goldenthread.web.assessor.presenting import said_by
from tests import factories
from tests import factories_marking as make
from tests import factories_quality as quality
from tests.factories_web import client_of, text_of

pytestmark = pytest.mark.django_db
AT = make.CLOSED


@pytest.fixture
def window() -> Window:
    found = make.window()
    make.sitting(found)
    return found


def boxes(*marks: Any) -> dict[str, Any]:
    return {f"point_{number}": mark for number, mark in enumerate(marks, start=1)}


# --- a marker's practice -------------------------------------------------------------------------------------
def test_marker_practises_blind_and_sees_the_agreed_marks_with_reasons_afterwards(window: Window) -> None:
    quality.policy(window, standardised=True, each=2, altogether=4)
    quality.known_set(window)
    (ben,) = make.markers(1)
    client = client_of(ben)
    queue = text_of(client.get("/mark/"))
    assert "Open the practice set" in queue
    assert "No script waits for you yet: practise first." in queue
    begun = client.post(f"/mark/practice/{window.pk}/", follow=True)
    assert begun.request["PATH_INFO"] == f"/mark/practice/{window.pk}/1/1/"
    assert "thin measure" not in begun.content.decode()
    assert "raise a concern" not in begun.content.decode()  # a key that does nothing there
    first = client.post(f"/mark/practice/{window.pk}/1/1/", boxes(3, 3, 3, 3, 2), follow=True)
    assert first.request["PATH_INFO"] == f"/mark/practice/{window.pk}/1/2/"
    again = text_of(client.get(f"/mark/practice/{window.pk}/1/1/"))
    assert "thin measure" not in again
    assert "Agreed" not in again.replace("The agreed marks are shown", "")
    done = text_of(client.post(f"/mark/practice/{window.pk}/1/2/", boxes(1, 1, 1, 1, 1), follow=True))
    assert "You are qualified for this window" in done
    seen = text_of(client.get(f"/mark/practice/{window.pk}/1/1/"))
    assert "thin measure" in seen
    assert "It names the routine" in seen
    assert "Open the practice set" not in text_of(client.get("/mark/"))


def test_practice_marks_out_of_range_are_refused_at_their_box(window: Window) -> None:
    quality.policy(window, standardised=True)
    quality.known_set(window)
    (ben,) = make.markers(1)
    client = client_of(ben)
    client.post(f"/mark/practice/{window.pk}/")
    found = client.post(f"/mark/practice/{window.pk}/1/1/", boxes(5, -1, "x", "", 1))
    assert found.status_code == 422
    assert not Attempt.objects.get().given.exists()


def test_practice_is_offered_once_the_window_has_closed_for_everybody(
    window: Window, time_machine: Any
) -> None:
    quality.policy(window, standardised=True)
    quality.known_set(window)
    (ben,) = make.markers(1)
    client, address = client_of(ben), f"/mark/practice/{window.pk}/"
    for days, offered in ((3, False), (9, True)):
        time_machine.move_to(make.OPENS_AT + timedelta(days=days), tick=False)
        assert ("Open the practice set" in text_of(client.get("/mark/"))) is offered
        assert ("Begin set 1" in text_of(client.get(address))) is offered
        assert ("once the window has closed" in text_of(client.post(address, follow=True))) is not offered
        assert Attempt.objects.exists() is offered


def test_who_may_try_a_set_and_has_none_is_told_so_and_the_office_too(window: Window) -> None:
    quality.policy(window, standardised=True, attempts=1)
    made = quality.known_set(window)
    ben, bea = make.markers(2)
    quality.practise(window, ben, (make.GOOD, make.GOOD))
    address = f"/office/windows/{window.pk}/marking/standardisation/"
    office, mine = client_of(window.created_by), f"/mark/practice/{window.pk}/"
    for client, told in (
        (client_of(ben), "There is no further set for you to mark"),
        (client_of(bea), "Begin set 1"),
    ):
        assert told in text_of(client.get(mine))
    assert "for a practice set" not in text_of(office.get(address))
    said = {"marker": ben.pk, "qualified": "again", "reason": "We read the scripts together."}
    assert office.post(address, said).status_code == 302
    assert "No set is there for you yet" in text_of(client_of(ben).get(mine))
    assert "1 marker waits for a practice set" in text_of(office.get(address))
    standardising.withdraw_set(set=made, reason="Point 2 is wrong.", by=window.created_by, at=AT)
    assert "2 markers wait for a practice set" in text_of(office.get(address))
    assert office.post(address, {**said, "marker": bea.pk, "qualified": "0"}).status_code == 302
    assert "1 marker waits for a practice set" in text_of(office.get(address))
    assert "There is no further set for you to mark" in text_of(client_of(bea).get(mine))


def test_a_known_script_asks_for_its_marks_without_calling_them_optional(window: Window) -> None:
    made = quality.known_set(window, agreed=False)
    found = text_of(client_of(made.made_by).get(f"/office/windows/{window.pk}/marking/sets/{made.pk}/"))
    for label in ("Marks at point 1", "Why are these the right marks?"):
        assert f"{label} <span" not in found.partition(label)[1] + found.partition(label)[2][:20]
    assert 'Why at point 1 <span class="gt-optional">' in found


def test_others_have_no_practice(window: Window) -> None:
    (ben,) = make.markers(1)
    assert client_of(ben).get(f"/mark/practice/{window.pk}/").status_code == 404  # no policy asks for it
    quality.policy(window, standardised=True)
    quality.known_set(window)
    address = f"/mark/practice/{window.pk}/"
    assert client_of(ben).get(address).status_code == 200
    assert client_of(ben).get(f"{address}1/1/").status_code == 404  # not begun
    for person in (factories.user(), window.created_by, window.sittings.get().enrolment.user):
        assert client_of(person).get(address).status_code == 404


# --- notes, figures ----------------------------------------------------------------------------------------------
def test_notes_at_points_are_kept_and_are_for_moderation(window: Window) -> None:
    ben, _ = make.markers(2)
    actions.allocate_window(window=window, by=window.created_by, at=AT)
    one = Marking.objects.get(marker=ben)
    said = {
        "strength": "",
        "next_step": "",
        "comment": "",
        "revision": 0,
        "note_2": "See the third paragraph.",
    }
    client = client_of(ben)
    assert client.post(f"/mark/{one.pk}/save/", {**boxes(3), **said}).json()["revision"] == 1
    one.refresh_from_db()
    assert (one.notes, one.marks) == ({"2": "See the third paragraph."}, {"1": 3})
    assert said_by(one) == ["Point 2: See the third paragraph."]
    assert "See the third paragraph." in client.get(f"/mark/{one.pk}/").content.decode()


def test_time_from_opening_to_saving_counts(window: Window, time_machine: Any) -> None:
    ben, _ = make.markers(2)
    actions.allocate_window(window=window, by=window.created_by, at=AT)
    one, client = Marking.objects.get(marker=ben), client_of(ben)
    said = {"strength": "", "next_step": "", "comment": ""}
    time_machine.move_to(AT, tick=False)
    client.get(f"/mark/{one.pk}/")
    time_machine.shift(100)
    client.post(f"/mark/{one.pk}/save/", {**boxes(3), **said, "revision": 0})
    time_machine.shift(3600)
    client.post(f"/mark/{one.pk}/save/", {**boxes(2), **said, "revision": 1})
    one.refresh_from_db()
    assert one.seconds == 100 + 300


def test_marker_sees_their_own_figures_alone_and_no_seeds_before_the_release(window: Window) -> None:
    ben, _ = make.markers(2)
    for _ in range(4):
        make.sitting(window)
    quality.policy(window, seed_percent=50)
    quality.known_set(window, "seeds")
    actions.allocate_window(window=window, by=window.created_by, at=AT)
    for one in Marking.objects.select_related("marker"):
        make.submit(one)
    client = client_of(ben)
    found = text_of(client.get("/mark/reliability/"))
    assert "5 scripts" in found
    assert "The same mark" in found
    assert "Fewer than 20 scripts" in found
    assert "Seeds" not in found
    assert "Bea Marker" not in found
    Window.objects.update(state="released")
    assert "Seeds" in text_of(client.get("/mark/reliability/"))
    assert client_of(factories.user()).get("/mark/reliability/").status_code == 404


@pytest.mark.parametrize("scripts", [1, 4, 6, 9])
def test_figures_before_the_release_tell_no_single_mark_of_a_colleague(window: Window, scripts: int) -> None:
    """The first five are one mark apart: of whole fives alone figures are shown, however often one looks."""
    ben, bea = make.markers(2)
    for _ in range(scripts - 1):
        make.sitting(window)
    actions.allocate_window(window=window, by=window.created_by, at=AT)
    mine = list(Marking.objects.select_related("marker").filter(marker=ben).order_by("-script"))
    theirs = {one.script_id: one for one in Marking.objects.select_related("marker").filter(marker=bea)}
    for place, one in enumerate(mine):
        at = AT + timedelta(minutes=place)
        make.submit(one, at=at)
        make.submit(theirs[one.script_id], make.marks(3, 3, 3, 3, 2 if place < 5 else 0), at=at)
    found = text_of(client_of(ben).get("/mark/reliability/"))
    assert f"{scripts} script" in found
    if scripts < 5:
        assert "on average" not in found
        assert "shown from 5 scripts" in found
    else:
        assert "The other marker: 5 scripts" in found
        assert "1.0 marks higher on average" in found
    office = text_of(client_of(window.created_by).get(f"/office/windows/{window.pk}/marking/markers/"))
    assert f"The other marker: {scripts} script" in office
    Window.objects.update(state="released")
    assert f"The other marker: {scripts} script" in text_of(client_of(ben).get("/mark/reliability/"))


def test_window_of_a_single_seed_is_among_ones_figures_as_any_other(window: Window) -> None:
    ben, _ = make.markers(2)
    quality.policy(window, seed_percent=50)
    quality.known_set(window, "seeds")
    actions.allocate_window(window=window, by=window.created_by, at=AT)
    make.submit(Marking.objects.select_related("marker").get(marker=ben, seed__isnull=False))
    found = text_of(client_of(ben).get("/mark/reliability/"))
    assert "1 script marked" in found
    assert "nothing of this window is left in your queue" in found


# --- the office --------------------------------------------------------------------------------------------------
POLICY = {
    "standardised": "on", "each": 2, "altogether": 5, "attempts": 2, "second": "sample", "second_percent": 40,
    "tolerance": "", "seed_percent": 10, "seed_tolerance": 2, "stop_count": 2, "stop_of": 5, "lease_days": "",
    "apart": "third", "discussion_days": 5, "pair": "mean", "third": "alone", "reason": "New markers.",
}  # fmt: skip


def test_office_records_a_policy(window: Window) -> None:
    client = client_of(window.created_by)
    address = f"/office/windows/{window.pk}/marking/policy/"
    wrong = client.post(address, {**POLICY, "stop_count": 6, "each": -1, "second": "some"})
    assert wrong.status_code == 422
    assert client.post(address, POLICY).status_code == 302
    made = MarkingPolicy.objects.get()
    assert (made.second, made.second_percent, made.tolerance, made.set_by) == (
        "sample",
        40,
        None,
        window.created_by,
    )
    assert "10 % seeds" in text_of(client.get(address))


def test_two_of_the_office_make_and_agree_a_set(window: Window) -> None:
    olu, nia = client_of(window.created_by), client_of(factories.member(Role.OFFICE, "Nia Second"))
    begun = olu.post(f"/office/windows/{window.pk}/marking/sets/", {"use": "practice"})
    made = KnownSet.objects.get()
    address = f"/office/windows/{window.pk}/marking/sets/{made.pk}/"
    assert begun["Location"] == address
    said = {**boxes(3, 3, 3, 3, 3), "text": "A script.", "reason": "Sound.", "why_1": "Named.", "step": "add"}
    key = {"form_key": str(uuid.uuid4())}
    assert olu.post(address, {**said, **key, "point_1": 9}).status_code == 422
    for _ in range(2):
        assert olu.post(address, {**said, **key}).status_code == 302
    assert made.scripts.get().reasons == {"1": "Named."}
    olu.post(address, {"step": "agree"})
    made.refresh_from_db()
    assert made.agreed_at is None
    nia.post(address, {"step": "agree"})
    made.refresh_from_db()
    assert made.agreed_by is not None
    nia.post(address, {"step": "remove", "number": 1})
    assert made.scripts.count() == 1


def test_who_agrees_a_set_is_offered_no_form_to_add_to_it(window: Window) -> None:
    made = quality.known_set(window, agreed=False)
    address = f"/office/windows/{window.pk}/marking/sets/{made.pk}/"
    nia = client_of(factories.member(Role.OFFICE, "Nia Second"))
    assert "Add a script" in text_of(client_of(window.created_by).get(address))
    assert "Add a script" not in text_of(nia.get(address))
    said = {**boxes(3, 3, 3, 3, 3), "text": "A script.", "reason": "Sound.", "step": "add"}
    refused = nia.post(address, {**said, "form_key": str(uuid.uuid4())})
    assert refused.status_code == 422
    assert "Begin a set of your own" in text_of(refused)
    assert made.scripts.count() == 2


def test_a_former_script_is_taken_by_its_code_once_its_results_are_out(window: Window) -> None:
    made = quality.known_set(window, agreed=False)
    old = make.script(
        make.window(window.intake, case_study=window.case_study, opens_on=make.OPENS - timedelta(days=30)),
        name="Amara Applicant",
    )
    Script.objects.filter(pk=old.pk).update(text="I, Amara Applicant, would ask the school.")
    code, client = old.sitting.code, client_of(window.created_by)
    address = f"/office/windows/{window.pk}/marking/sets/{made.pk}/"
    said = {
        **boxes(3, 3, 3, 3, 3),
        "text": "",
        "reason": "Sound.",
        "step": "add",
        "former": f" {code.lower()} ",
    }
    refused = client.post(address, {**said, "form_key": str(uuid.uuid4())})
    assert refused.status_code == 422
    assert "its results are not out yet" in text_of(refused)
    Window.objects.filter(pk=old.sitting.window_id).update(state="released")
    assert client.post(address, {**said, "form_key": str(uuid.uuid4())}).status_code == 302
    known = made.scripts.get(number=3)
    assert (known.taken_from, known.text) == (old, "I, [covered], would ask the school.")
    other = make.script(
        make.window(factories.intake(starts_on=factories.START.replace(month=10)), state="released")
    )
    elsewhere = client.post(address, {**said, "former": other.sitting.code, "form_key": str(uuid.uuid4())})
    assert elsewhere.status_code == 422


def test_set_of_another_case_is_not_under_this_window(window: Window) -> None:
    other = make.window(factories.intake(starts_on=factories.START.replace(month=10)))
    make.sitting(other)
    made = quality.known_set(other)
    client = client_of(window.created_by)
    assert client.get(f"/office/windows/{window.pk}/marking/sets/{made.pk}/").status_code == 404


def test_office_decides_for_one_marker(window: Window) -> None:
    (ben,) = make.markers(1)
    client = client_of(window.created_by)
    address = f"/office/windows/{window.pk}/marking/standardisation/"
    assert client.post(address, {"marker": ben.pk, "qualified": "1", "reason": ""}).status_code == 422
    assert (
        client.post(address, {"marker": ben.pk, "qualified": "1", "reason": "Long with us."}).status_code
        == 302
    )
    assert Clearance.objects.get().by == window.created_by
    assert ben.pk in quality_queries.qualified_for(window, [ben.pk])
    assert "Long with us." in text_of(client.get(address))


def test_pages_of_practice_take_at_most_twelve_queries(
    window: Window, django_assert_max_num_queries: Any
) -> None:
    quality.policy(window, standardised=True)
    quality.known_set(window)
    (ben,) = make.markers(1)
    client, base = client_of(ben), f"/mark/practice/{window.pk}/"
    quality.practise(window, ben)
    for page in (
        "/mark/",
        base,
        f"{base}1/1/",
        "/mark/reliability/",
    ):  # the first look at a case is also put on record
        client.get(page)
        with django_assert_max_num_queries(12, info=page):
            assert client.get(page).status_code == 200
