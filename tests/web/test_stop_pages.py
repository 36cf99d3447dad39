"""Pages of a marker whom seeds stopped: what is in doubt, setting it aside, and the office's word on it."""

from datetime import timedelta
from typing import Any

import pytest

from goldenthread.assessment.models import Window
from goldenthread.common.models import OutboxMessage
from goldenthread.marking import actions, quality_queries
from goldenthread.marking.models import Marking
from goldenthread.marking.quality_models import Seed, Stop
from goldenthread.moderation import actions as moderation
from goldenthread.people.models import Role, User
from tests import factories
from tests import factories_marking as make
from tests import factories_quality as quality
from tests.factories_web import client_of, text_of
from tests.kept_scenes import kept

pytestmark = pytest.mark.django_db
AT = make.CLOSED


@pytest.fixture
def window() -> Window:
    found = make.window()
    make.sitting(found)
    return found


@pytest.fixture
@kept
def stop(window: Window) -> Stop:
    """Ben's one script is marked, and a seed far beyond the tolerance; Bo is free."""
    make.markers(3)
    quality.policy(window, seed_percent=50, stop_count=1, stop_of=1)
    quality.known_set(window, "seeds", (make.POOR,))
    actions.allocate_window(window=window, by=window.created_by, at=AT)
    mine = Marking.objects.filter(script__isnull=False).order_by("pk")[0].marker
    for one in Marking.objects.filter(marker=mine).select_related("marker").order_by("seed"):
        if one.script_id:
            make.submit(one, make.GOOD)
    make.submit(Marking.objects.select_related("marker").get(marker=mine, seed__isnull=False), make.GOOD)
    return Stop.objects.get()


def test_desk_and_markers_page_tell_of_a_stop(stop: Stop) -> None:
    client = client_of(stop.window.created_by)
    assert "stopped by seeds" in text_of(client.get("/office/"))
    assert "To decide" in text_of(client.get(f"/office/windows/{stop.window_id}/marking/markers/"))
    assert stop.marker.name in text_of(client.get(f"/office/windows/stops/{stop.pk}/"))
    assert "is paused" in text_of(client_of(stop.marker).get("/mark/"))


def test_next_to_mark_is_never_in_a_window_that_is_paused(stop: Stop) -> None:
    """The marker's own queue says what is left, and leads past it to what can be marked."""
    client = client_of(stop.marker)
    late = make.sitting(stop.window).scripts.get()
    paused = Marking.objects.create(
        script=late, position=1, marker=stop.marker, allocated_at=AT, due_on=AT.date()
    )
    done = f"/mark/{Marking.objects.get(marker=stop.marker, seed__isnull=False).pk}/"
    assert client.get("/mark/").context["first"] is None
    assert "nothing else waits for your marks" in text_of(client.get("/mark/"))
    assert "Paused" in text_of(client.get("/mark/"))
    assert "your marking is paused: please leave it" in text_of(client.get(done))
    other = make.script(make.window(factories.intake(starts_on=factories.START.replace(month=10))))
    free = Marking.objects.create(
        script=other, position=1, marker=stop.marker, allocated_at=AT, due_on=AT.date() + timedelta(days=9)
    )
    assert client.get("/mark/").context["first"] == free
    assert client.get("/mark/").context["open_count"] == 1
    assert client.get(done).context["following"] == free
    Stop.objects.update(ending="lifted", reason="Read.", ended_by=stop.window.created_by, ended_at=AT)
    assert client.get(done).context["following"] == paused


def test_everything_in_doubt_is_set_aside_at_once_and_goes_to_others(stop: Stop) -> None:
    client, address = client_of(stop.window.created_by), f"/office/windows/stops/{stop.pk}/"
    assert quality_queries.doubtful(stop).count() == 1
    assert client.post(address, {"step": "aside", "reason": ""}).status_code == 422
    assert client.post(address, {"step": "aside", "reason": "Stopped by seeds."}).status_code == 302
    assert quality_queries.doubtful(stop).count() == 0
    assert not Marking.objects.filter(marker=stop.marker, script__isnull=False).exists()
    assert Marking.objects.filter(script__isnull=False).count() == 2


def test_whoever_gets_what_was_set_aside_gets_one_mail_that_says_how_many(stop: Stop) -> None:
    for _ in range(3):
        late = make.sitting(stop.window).scripts.get()
        one = Marking.objects.create(
            script=late, position=1, marker=stop.marker, allocated_at=AT, due_on=AT.date()
        )
        Marking.objects.filter(pk=one.pk).update(
            state="submitted", learn_that=9, learn_how_to=6, submitted_at=AT, marks={"1": 3}
        )
    assert quality_queries.doubtful(stop).count() == 4
    client, before = client_of(stop.window.created_by), OutboxMessage.objects.count()
    done = client.post(
        f"/office/windows/stops/{stop.pk}/", {"step": "aside", "reason": "Stopped."}, follow=True
    )
    assert "4 markings are set aside" in text_of(done)
    told = OutboxMessage.objects.order_by("pk")[before:]
    assert sum(one.payload["context"]["count"] for one in told) == 4
    assert len({one.recipient for one in told}) == len(told) <= 2


@pytest.mark.parametrize("good_first", [False, True])
def test_after_everything_is_set_aside_nothing_tells_a_seed_to_its_marker(
    window: Window, good_first: bool
) -> None:
    """With a good seed before, the script next to it is not in doubt and stays with it; else everything goes."""
    for _ in range(3):
        make.sitting(window)
    make.markers(3)
    quality.policy(window, seed_percent=50, stop_count=1, stop_of=1)
    quality.known_set(window, "seeds", (make.POOR, make.POOR))
    actions.allocate_window(window=window, by=window.created_by, at=AT)
    ben = Seed.objects.order_by("pk")[0].marker
    mine = Marking.objects.select_related("marker").filter(marker=ben)
    seeds, real = list(mine.filter(seed__isnull=False)), list(mine.filter(script__isnull=False))
    order = [real[0], *real[1:], seeds[0]] if not good_first else [real[0], seeds[0], *real[1:], seeds[1]]
    for place, one in enumerate(order):
        good = good_first and one == seeds[0]
        make.submit(one, make.POOR if good else make.GOOD, at=AT + timedelta(minutes=place))
    stop, client = Stop.objects.get(), client_of(ben)
    kept = order[:2] if good_first else []
    gone = [one for one in order if one not in kept]
    client_of(window.created_by).post(
        f"/office/windows/stops/{stop.pk}/", {"step": "aside", "reason": "Stopped."}
    )
    shown = {one.pk for one in client.get("/mark/").context["page"] if one.state == "submitted"}
    assert shown == {one.pk for one in kept}
    answers = set()
    for one in gone:
        page = client.get(f"/mark/{one.pk}/", follow=True)
        assert page.redirect_chain == [("/mark/", 302)]
        answers.add(str(next(iter(page.context["messages"]))).replace(one.code, "CODE"))
    assert len(answers) == 1
    figures, pay = text_of(client.get("/mark/reliability/")), text_of(client.get("/mark/pay/"))
    assert (f"{len(kept)} scripts marked" in figures) is good_first
    assert all(f"<li>{one.code}: counted above" in pay for one in gone)
    assert not any(f"<li>{one.code}: counted above" in pay for one in kept)
    office = text_of(client_of(window.created_by).get(f"/office/windows/{window.pk}/marking/markers/"))
    assert f"Seeds: {1 + good_first} script" in office


def test_seeds_stay_while_a_script_in_doubt_does(stop: Stop) -> None:
    """One of two scripts that were set aside tells nothing yet."""
    late = make.sitting(stop.window).scripts.get()
    one = Marking.objects.create(
        script=late, position=1, marker=stop.marker, allocated_at=AT, due_on=AT.date()
    )
    Marking.objects.filter(pk=one.pk).update(
        state="submitted", learn_that=9, learn_how_to=6, submitted_at=AT, marks={"1": 3}
    )
    moderation.set_aside(marking=one, reason="Knew them.", by=stop.window.created_by, at=AT)
    seed = Marking.objects.get(marker=stop.marker, seed__isnull=False)
    assert client_of(stop.marker).get(f"/mark/{seed.pk}/").status_code == 200


def test_a_stop_is_lifted_on_its_page(stop: Stop) -> None:
    client, address = client_of(stop.window.created_by), f"/office/windows/stops/{stop.pk}/"
    assert client.post(address, {"step": "end", "ending": "lifted"}).status_code == 422
    client.post(address, {"step": "end", "ending": "lifted", "reason": "We read point 4 together."})
    stop.refresh_from_db()
    assert (stop.ending, stop.ended_by) == ("lifted", stop.window.created_by)
    assert "is paused" not in text_of(client_of(stop.marker).get("/mark/"))
    found = text_of(client.get(address))
    assert f"{stop.marker.name} was stopped" in found
    assert "Their queue is halted" not in found


def test_a_second_word_on_a_stop_is_told_of_the_first_and_not_thanked_for(stop: Stop) -> None:
    address, olu = f"/office/windows/stops/{stop.pk}/", stop.window.created_by
    said = {"step": "end", "ending": "lifted", "reason": "We read point 4 together."}
    assert [client_of(olu).post(address, said).status_code for _ in range(2)] == [302, 302]
    oda = client_of(factories.member(Role.OFFICE, "Oda Office"))
    for words in (said, {**said, "reason": "They know why."}, {**said, "ending": "ended"}):
        answer = oda.post(address, words)
        shown = text_of(answer)
        assert answer.status_code == 422
        assert f"{olu} lifted this stop on" in shown
        assert "What you sent was not kept." in shown
        assert words["reason"] in shown
    stop.refresh_from_db()
    assert (stop.ending, stop.ended_by, stop.reason) == ("lifted", olu, "We read point 4 together.")


def test_what_is_wrong_with_setting_aside_is_shown_beside_an_open_form_of_its_own(stop: Stop) -> None:
    client, address = client_of(stop.window.created_by), f"/office/windows/stops/{stop.pk}/"
    found = client.post(address, {"step": "aside", "reason": ""}).content.decode()
    assert '<details class="mb-4" open>' in found
    assert found.count('id="id_reason"') == found.count('id="id_aside_reason"') == 1


def test_nobody_but_the_office_sees_seeds_and_stops(stop: Stop) -> None:
    people: list[User] = [stop.marker, factories.user(), factories.member(Role.MODERATOR)]
    addresses = [f"/office/windows/stops/{stop.pk}/"]
    addresses += [
        f"/office/windows/{stop.window_id}/marking/{page}/"
        for page in ("markers", "policy", "standardisation")
    ]
    for person in people:
        client = client_of(person)
        assert [client.get(address).status_code for address in addresses] == [404] * 4
    assert Seed.objects.filter(beyond=True).count() == 1


def test_pages_of_the_office_take_at_most_twelve_queries(
    stop: Stop, django_assert_max_num_queries: Any
) -> None:
    made = quality.known_set(stop.window)
    base, client = f"/office/windows/{stop.window_id}/marking/", client_of(stop.window.created_by)
    client.get("/office/")
    pages = [f"{base}{page}/" for page in ("markers", "policy", "standardisation", f"sets/{made.pk}")]
    for page in (*pages, f"/office/windows/stops/{stop.pk}/"):
        with django_assert_max_num_queries(12, info=page):
            assert client.get(page).status_code == 200
