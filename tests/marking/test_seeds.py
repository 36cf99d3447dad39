"""Seeds in live marking: drawn, not to be told apart, judged; markers stopped, let on, ended."""

import re
from datetime import timedelta
from typing import Any

import pytest

from goldenthread.assessment.models import Script, Window
from goldenthread.common.models import AuditEvent, OutboxMessage
from goldenthread.common.refused import Refused
from goldenthread.marking import actions, jobs, quality_queries, queries, reliability_queries, seeding
from goldenthread.marking.handing_models import HandedBack
from goldenthread.marking.models import Agreement, DeclaredConflict, Marking
from goldenthread.marking.quality_models import KnownSet, MarkingPolicy, Seed, Stop
from goldenthread.marking.rules import Declaration
from goldenthread.people.models import Membership, Role, User
from tests import factories
from tests import factories_marking as make
from tests import factories_quality as quality
from tests.factories_web import client_of, text_of

pytestmark = pytest.mark.django_db
AT = make.CLOSED
FAR = make.marks(4, 4, 4, 4, 4)  # five above FAIR


@pytest.fixture
def window() -> Window:
    """A window of ten scripts and two markers, with half as many seeds, of which all are FAIR."""
    found = make.window()
    make.markers(2)
    for _ in range(10):
        make.sitting(found)
    quality.policy(found, seed_percent=50, seed_tolerance=2, stop_count=2, stop_of=5)
    quality.known_set(found, "seeds", (make.FAIR,) * 6, text=make.TEXT)
    return found


def allocate(window: Window) -> int:
    return actions.allocate_window(window=window, by=window.created_by, at=AT)


def seeds(marker: Any = None) -> list[Marking]:
    found = Marking.objects.filter(seed__isnull=False).select_related("marker", "seed").order_by("pk")
    return [one for one in found if marker is None or one.marker == marker]


def real(marker: Any) -> list[Marking]:
    return list(Marking.objects.filter(script__isnull=False, marker=marker).order_by("pk"))


def test_share_of_seeds_comes_with_the_scripts_and_no_count_of_scripts_changes(window: Window) -> None:
    assert allocate(window) == 20 + 2 * 5
    assert sorted(line.given for line in queries.markers_of(window, AT.date())) == [10, 10]
    progress = queries.progress_of(window)
    assert (progress.scripts, progress.unallocated, progress.in_marking) == (10, 0, 10)
    assert allocate(window) == 0
    event = AuditEvent.objects.get(verb="marking.allocated")
    assert (event.details["scripts"], len(event.details["lot"])) == (10, 16)


def test_no_seed_set_means_no_seeds() -> None:
    window = make.window()
    make.markers(2)
    make.sitting(window)
    quality.policy(window, seed_percent=50)
    quality.known_set(window, "seeds", agreed=False)
    assert allocate(window) == 2


def test_nobody_gets_the_same_seed_in_another_window(window: Window) -> None:
    allocate(window)
    intake = factories.intake(starts_on=factories.START.replace(month=10))
    again = make.window(intake, case_study=window.case_study)
    for _ in range(10):
        make.sitting(again)
    quality.policy(again, seed_percent=50)
    assert allocate(again) == 20 + 2 * 1  # six known, five seen
    pairs = list(Seed.objects.order_by().values_list("script", "marker"))
    assert len(pairs) == len(set(pairs)) == 12


def test_nobody_gets_a_seed_that_they_wrote_or_agreed(window: Window) -> None:
    ben, bea = User.objects.get(name="Ben Marker"), User.objects.get(name="Bea Marker")
    KnownSet.objects.update(made_by=ben)
    assert allocate(window) == 20 + 5
    assert {one.marker for one in seeds()} == {bea}
    again = make.window(
        factories.intake(starts_on=factories.START.replace(month=10)), case_study=window.case_study
    )
    for _ in range(10):
        make.sitting(again)
    quality.policy(again, seed_percent=50)
    KnownSet.objects.update(made_by=window.created_by, agreed_by=bea)
    assert allocate(again) == 20 + 5
    assert {one.marker for one in seeds() if one.seed and one.seed.window == again} == {ben}


def test_who_is_of_the_office_could_read_every_seed_and_gets_none(window: Window) -> None:
    ben = User.objects.get(name="Ben Marker")
    Membership.objects.create(
        user=ben, organisation=factories.organisation(), role=Role.OFFICE, starts_on=AT.date()
    )
    assert allocate(window) == 20 + 5
    assert ben not in {one.marker for one in seeds()}


def test_figures_wait_until_no_script_of_a_window_with_seeds_is_open(window: Window) -> None:
    """Else whoever looks after each submission sees which script is compared with nothing."""
    allocate(window)
    ben = User.objects.get(name="Ben Marker")
    for one in Marking.objects.exclude(marker=ben).select_related("marker"):
        make.submit(one)
    client, said = client_of(ben), []
    seed, script, *others = [seeds(ben)[0], *real(ben), *seeds(ben)[1:]]
    for number, one in enumerate((seed, script), start=1):
        make.submit(one)
        page = text_of(client.get("/mark/reliability/")).partition("<main")[2].partition("</main>")[0]
        said.append(page.replace(f"{number} script", "N script"))
    assert said[0] == said[1].replace("N scripts", "N script")
    assert "N script marked" in said[0]
    assert "The other marker:" not in said[0]
    for one in others:
        make.submit(Marking.objects.select_related("marker").get(pk=one.pk))
    assert "The other marker:" in text_of(client.get("/mark/reliability/"))


def test_a_seed_leaves_a_late_queue_only_where_a_script_could(window: Window) -> None:
    MarkingPolicy.objects.update(lease_days=2)
    allocate(window)
    late = AT + timedelta(days=17)
    assert jobs.end_leases(late) == "0 scripts given on"  # both are late
    factories.member(Role.MARKER, "Bo Marker")
    assert jobs.end_leases(late) == "20 scripts given on"  # Bo has each script once, and ten seeds are gone
    assert not seeds()


# --- nothing tells a seed -----------------------------------------------------------------------------------
def bare(page: str, marking: Marking) -> str:
    """A page without what differs from script to script: number, code, tokens."""
    page = page.replace(f"/mark/{marking.pk}/", "/mark/N/").replace(marking.code, "CODE")
    page = re.sub(r'("X-CSRFToken": |nonce-)"?[^"]*"', r"\1", page)
    page = re.sub(r'(csrfmiddlewaretoken" value|nonce|name="person" value)="[^"]*"', r"\1", page)
    return re.sub(r"\d{1,2}:\d\d", "TIME", page)


def asks_about_ai(window: Window, *, shown: bool) -> None:
    """The window asks about AI, nobody used any, and markers read that or not."""
    ai = {
        "use": "acknowledged",
        "version": "ai-1",
        "statement": "",
        "describe": [],
        "shown_to_markers": shown,
    }
    window.policies = {**window.policies, "ai": ai}
    window.save(update_fields=["policies"])
    Script.objects.filter(sitting__window=window).update(
        declared={"own_work": "own-work-1", "ai_use": "none"}
    )


@pytest.mark.parametrize("ai_shown", [False, True])
def test_pages_of_a_seed_and_a_script_are_the_same(window: Window, ai_shown: bool) -> None:
    asks_about_ai(window, shown=ai_shown)
    allocate(window)
    ben = seeds()[0].marker
    seed, script = seeds(ben)[0], real(ben)[0]
    client = client_of(ben)
    for address in ("", "declare/"):
        pages = [client.get(f"/mark/{one.pk}/{address}").content.decode() for one in (seed, script)]
        assert bare(pages[0], seed) == bare(pages[1], script)
    for one in (seed, script):
        make.submit(one)
    make.submit(Marking.objects.select_related("marker").exclude(marker=ben).get(script=script.script_id))
    assert Agreement.objects.filter(script=script.script_id).exists()
    pages = [client.get(f"/mark/{one.pk}/").content.decode() for one in (seed, script)]
    assert bare(pages[0], seed) == bare(pages[1], script)


@pytest.mark.parametrize("ai_shown", [False, True])
def test_pages_of_a_seed_and_a_script_ask_the_database_as_often(
    window: Window, django_assert_max_num_queries: Any, ai_shown: bool
) -> None:
    asks_about_ai(window, shown=ai_shown)
    allocate(window)
    ben = seeds()[0].marker
    client, counts = client_of(ben), []
    client.get("/mark/")
    for one in (seeds(ben)[0], real(ben)[0]):
        with django_assert_max_num_queries(12) as asked:
            assert client.get(f"/mark/{one.pk}/").status_code == 200
        counts.append(len(asked.captured_queries))
    assert counts[0] == counts[1]


def test_numbers_codes_times_and_places_tell_nothing(window: Window) -> None:
    allocate(window)
    every = list(Marking.objects.order_by("pk"))
    kinds = "".join("s" if one.seed_id else "." for one in every)
    assert "s" * 10 not in kinds  # scattered among the others, not before or behind them
    assert 0 < kinds.index("s") < len(kinds) - 10 or kinds[0] == "s"
    for field in ("allocated_at", "due_on", "state", "revision", "seconds", "touched_at"):
        assert len({getattr(one, field) for one in every}) == 1
    assert {one.position for one in every if one.seed_id} <= {1, 2}
    codes = [one.seed.code for one in every if one.seed]
    assert len(set(codes)) == 10
    assert all(re.fullmatch("[2-9A-HJKMNP-TV-Z]{10}", code) for code in codes)


def test_no_marker_sees_another_marking_before_the_release(window: Window) -> None:
    allocate(window)
    one = real(seeds()[0].marker)[0]
    for marking in Marking.objects.filter(script=one.script_id).select_related("marker"):
        make.submit(marking)
    done = Marking.objects.get(pk=one.pk)
    assert queries.others_seen_by(done) == []
    Window.objects.filter(pk=window.pk).update(state="released")
    assert len(queries.others_seen_by(Marking.objects.get(pk=one.pk))) == 1


def test_giving_a_seed_back_looks_like_giving_a_script_back(window: Window) -> None:
    allocate(window)
    seed = seeds()[0]
    known = Declaration("recognised", "I know this way of writing.")
    for _ in range(2):
        actions.declare_conflict(marking=seed, declaration=known, by=seed.marker, at=AT)
    assert DeclaredConflict.objects.count() == 1
    found = client_of(seed.marker).get(f"/mark/{seed.pk}/", follow=True)
    assert f"You gave {seed.code} back" in found.content.decode()


# --- judged and stopped ------------------------------------------------------------------------------------------
def test_seed_is_compared_and_makes_no_agreement(window: Window) -> None:
    allocate(window)
    one = seeds()[0]
    make.submit(one, make.marks(3, 3, 3, 3, 2))
    seed = Seed.objects.get(pk=one.seed_id)
    assert (seed.difference, seed.beyond, seed.marked_at) == (-1, False, AT)
    assert not Agreement.objects.exists()
    make.submit(one, make.marks(3, 3, 3, 3, 2))
    assert AuditEvent.objects.filter(verb="seed.marked").count() == 1


def stopped(window: Window) -> Stop:
    """Ben marks a script, a good seed, two scripts, and two seeds beyond the tolerance."""
    allocate(window)
    ben = seeds()[0].marker
    mine, others = seeds(ben), real(ben)
    order = [
        (others[0], make.FAIR), (mine[0], make.FAIR), (others[1], make.FAIR), (mine[1], FAR),
        (others[2], make.FAIR), (mine[2], FAR),
    ]  # fmt: skip
    for hour, (one, marks) in enumerate(order):
        make.submit(one, marks, at=AT + timedelta(hours=hour))
    return Stop.objects.get(marker=ben)


def test_two_seeds_beyond_the_tolerance_stop_and_list_what_is_in_doubt(window: Window) -> None:
    stop = stopped(window)
    ben = stop.marker
    assert stop.doubtful_since == AT + timedelta(hours=1)
    assert {one.pk for one in quality_queries.doubtful(stop)} == {one.pk for one in real(ben)[1:3]}
    left = next(one for one in real(ben) if one.state == "allocated")
    for save in (
        lambda: make.submit(left),
        lambda: actions.save_marks(
            marking=left, revision=0, entered=actions.Entered(make.FAIR, "", make.FEEDBACK), by=ben, at=AT
        ),
    ):
        with pytest.raises(Refused) as refused:
            save()
        assert refused.value.code == "marking.paused"
    page = client_of(ben).get(f"/mark/{left.pk}/").content.decode()
    assert "Your marking is paused" in page
    assert make.TEXT[:30] not in page
    assert OutboxMessage.objects.filter(payload__template="marking_stopped").count() == 1


def test_stopped_marker_gets_nothing_new(window: Window) -> None:
    stop = stopped(window)
    assert stop.marker_id not in quality_queries.eligible_in(window, AT.date())


def test_let_on_with_a_clean_sheet(window: Window) -> None:
    stop = stopped(window)
    nia = factories.member(Role.OFFICE, "Nia Decides")
    end: dict[str, Any] = {"stop": stop, "ending": "lifted", "reason": "We read point 4 together.", "by": nia}
    later = AT + timedelta(days=1)
    seeding.end_stop(**end, at=later)
    assert seeding.end_stop(**end, at=later + timedelta(days=1)).ended_at == later
    mine = [one for one in seeds(stop.marker) if one.state == "allocated"]
    make.submit(mine[0], FAR, at=later + timedelta(hours=1))
    assert Stop.objects.exclude(ending="lifted").count() == 0
    make.submit(mine[1], FAR, at=later + timedelta(hours=2))
    assert Stop.objects.filter(ending="").count() == 1


def test_ended_leaves_what_is_submitted_and_frees_the_rest(window: Window) -> None:
    factories.member(Role.MARKER, "Bo Marker")
    stop = stopped(window)
    seeding.end_stop(stop=stop, ending="ended", reason="By agreement.", by=window.created_by, at=AT)
    mine = Marking.objects.filter(marker=stop.marker)
    assert set(mine.values_list("state", flat=True)) == {"submitted"}
    lacking = queries.progress_of(window).unallocated
    assert (
        lacking == 7 - Marking.objects.filter(marker__name="Bo Marker", script__isnull=False).count()
        or lacking
    )
    allocate(window)
    assert queries.progress_of(window).unallocated == 0
    assert not mine.filter(state="allocated").exists()


def test_ended_keeps_what_was_entered_with_who_when_and_why(window: Window) -> None:
    stop = stopped(window)
    left = [one for one in [*real(stop.marker), *seeds(stop.marker)] if one.state == "allocated"]
    assert {bool(one.seed_id) for one in left} == {True, False}
    Marking.objects.filter(pk__in=[one.pk for one in left]).update(marks={"1": 4}, comment="Mine")
    olu = window.created_by
    for _ in range(2):
        seeding.end_stop(stop=stop, ending="ended", reason="By agreement.", by=olu, at=AT)
    kept = {one.marking: one for one in HandedBack.objects.all()}
    assert set(kept) == {one.pk for one in left}
    assert {(one.marker_id, one.reason, one.by_id, one.at) for one in kept.values()} == {
        (stop.marker_id, "By agreement.", olu.pk, AT)
    }
    assert all((one.marks, one.comment) == ({"1": 4}, "Mine") for one in kept.values())
    told = AuditEvent.objects.filter(verb="marking.handed_back").values_list("subject", flat=True)
    assert set(told) == {f"seed:{one.seed_id}" if one.seed_id else f"script:{one.script_id}" for one in left}
    ended = AuditEvent.objects.get(verb="marker.stop_ended")
    assert ended.details["taken_back"] == sum(one.seed_id is None for one in left)


def test_a_seed_that_is_given_back_or_late_leaves_its_marks_in_the_trail(window: Window) -> None:
    MarkingPolicy.objects.update(lease_days=2)
    allocate(window)
    Marking.objects.filter(seed__isnull=False).update(marks={"1": 4, "2": 3})
    first, *others = seeds()
    known = Declaration("recognised", "I know this way of writing.")
    actions.declare_conflict(marking=first, declaration=known, by=first.marker, at=AT)
    factories.member(Role.MARKER, "Bo Marker")
    jobs.end_leases(AT + timedelta(days=17))
    for verb, some in (("seed.given_back", [first]), ("seed.lease_ended", others)):
        events = AuditEvent.objects.filter(verb=verb)
        assert {one.subject for one in events} == {f"seed:{one.seed_id}" for one in some}
        assert all(one.details["marks"] == {"1": 4, "2": 3} for one in events)


@pytest.mark.parametrize(
    ("ending", "reason", "code"), [("gone", "x", "stop.ending"), ("lifted", " ", "quality.reason")]
)
def test_stop_ends_with_a_known_ending_and_a_reason(
    window: Window, ending: str, reason: str, code: str
) -> None:
    stop = stopped(window)
    with pytest.raises(Refused) as refused:
        seeding.end_stop(stop=stop, ending=ending, reason=reason, by=window.created_by, at=AT)
    assert refused.value.code == code


def test_nobody_lets_themselves_on(window: Window) -> None:
    stop = stopped(window)
    with pytest.raises(Refused) as refused:
        seeding.end_stop(stop=stop, ending="lifted", reason="I am sure.", by=stop.marker, at=AT)
    assert refused.value.code == "stop.own"


def test_reliability_counts_colleagues_agreed_marks_and_seeds_apart(window: Window) -> None:
    stop = stopped(window)
    other = Marking.objects.filter(script=real(stop.marker)[0].script_id).exclude(marker=stop.marker)
    make.submit(other.select_related("marker").get(), make.marks(3, 3, 3, 3, 2))
    found = {one.marker: one for one in reliability_queries.reliability_in(window)}
    ben = found[stop.marker_id]
    assert (ben.colleague, ben.agreed, ben.seeds) == ([(15, 14)], [(30, 29)], [(15, 15), (20, 15), (20, 15)])
    assert (ben.with_agreed.severity, ben.with_agreed.adjacent) == (1, 1)  # half a mark
    assert reliability_queries.reliability_in(window, only=stop.marker_id) == [ben]
