"""What visitors read beside a claim: no small number, and none that comes out by subtracting what it said before."""

from datetime import timedelta
from itertools import pairwise, product

import pytest
from django.test import Client
from django.urls import reverse

from goldenthread.common import clock
from goldenthread.common.models import AuditEvent
from goldenthread.outcomes.board_rules import SMALL, is_small
from goldenthread.people.models import Role, User
from goldenthread.reports import actions, jobs, measures
from goldenthread.reports.models import PublishedFigure
from goldenthread.reports.said_rules import TOO_FEW, may_follow, number_text, share_text
from tests import factories
from tests import factories_marking as make
from tests.factories_web import page, text_of
from tests.reports.test_measures import many, release

AT = clock.now()
ON = clock.day_of(AT)


@pytest.mark.parametrize(
    ("part", "of", "said"),
    [
        (0, 0, TOO_FEW),
        (4, 4, TOO_FEW),
        (0, 5, "0.0 % (0/5)"),
        (5, 5, "100.0 % (5/5)"),
        (19, 20, "more than 75.0 % (more than 15 of 20)"),
        (16, 20, "more than 75.0 % (more than 15 of 20)"),
        (15, 20, "75.0 % (15/20)"),
        (3, 20, "less than 25.0 % (fewer than 5 of 20)"),
        (1, 5, TOO_FEW),
        (5, 9, "more than 44.4 % (more than 4 of 9)"),
        (4, 9, "less than 55.5 % (fewer than 5 of 9)"),
        (950, 1000, "95.0 % (950/1,000)"),
    ],
)
def test_a_share_tells_of_nobody(part: int, of: int, said: str) -> None:
    assert share_text(part, of) == said


@pytest.mark.parametrize("of", range(SMALL, 60))
def test_no_text_leaves_fewer_than_four_who_may_be_meant(of: int) -> None:
    """Every text that is said of so many people: a number where neither side is small, or many may be meant."""
    meant: dict[str, list[int]] = {}
    for part in range(of + 1):
        meant.setdefault(share_text(part, of), []).append(part)
    for text, parts in meant.items():
        small = any(is_small(part) or is_small(of - part) for part in parts)
        assert len(parts) >= SMALL - 1 if small else len(parts) == 1 or text == TOO_FEW
        assert (f"({parts[0]:,}/{of:,})" in text) == (not small)


@pytest.mark.parametrize("of", range(SMALL))
def test_of_fewer_nothing_is_said(of: int) -> None:
    assert {share_text(part, of) for part in range(of + 1)} == {TOO_FEW}


@pytest.mark.parametrize("of", range(5, 9))
def test_of_so_few_a_bound_would_tell_of_one(of: int) -> None:
    assert {share_text(part, of) for part in range(1, of)} == {TOO_FEW}


@pytest.mark.parametrize(
    ("before", "now", "may"),
    [
        ([0, 0], [19, 1], True),
        ([0, 0], [3, 1], False),
        ([20, 0], [21, 0], False),  # one who passed
        ([20, 0], [20, 1], False),  # one who didn't
        ([20, 10], [19, 11], False),  # one correction
        ([20, 10], [15, 15], True),
        ([20, 10], [27, 12], False),  # two failed of nine who came
        ([20, 10], [25, 10], True),
        ([20, 10], [26, 15], True),
        ([20, 1], [26, 2], False),  # said by bounds: might be four who passed, from 20 to 24
        ([20, 1], [29, 2], True),  # said by bounds, and enough whatever they stand for
        ([0, 5], [1, 10], False),  # "0 of 5", "fewer than 5 of 11": it could only be one
        ([0, 5], [1, 13], True),  # one to four of nine
        ([3], [8], False),  # "fewer than 5", "8": it could only be three or fewer before
        ([3], [9], True),
        ([20, 2], [20, 3], False),
        ([20], [24], False),
        ([20], [25], True),
        ([20], [16], False),
        ([20], [15], True),
    ],
)
def test_a_figure_follows_only_where_the_difference_tells_of_nobody(
    before: list[int], now: list[int], may: bool
) -> None:
    assert may_follow(before, now) is may


@pytest.mark.alike
def test_whoever_reads_two_figures_and_knows_the_rule_learns_of_no_few() -> None:
    """Of all pairs of figures that may follow each other: a group's change is nobody, `SMALL` or more for sure, or one
    of at least `SMALL` - 1 that it may be.
    """
    said: dict[str, list[list[int]]] = {}
    for of in range(19):
        for part in range(of + 1):
            said.setdefault(share_text(part, of), []).append([part, of - part])
    del said[TOO_FEW]
    for (_, first), (_, then) in product(said.items(), repeat=2):
        told = [(a, b) for a in first for b in then if may_follow(a, b)]
        for group in range(2):
            changes = {b[group] - a[group] for a, b in told}
            assert len(changes) >= SMALL - 1 or not any(is_small(abs(one)) for one in changes)


def test_whoever_watches_one_person_after_the_other_never_sees_a_few() -> None:
    """Two hundred people come one by one, every seventh fails: no difference of what is said is a small number."""
    said = [[0, 0]]
    for number in range(1, 201):
        now = [number - number // 7, number // 7]
        if may_follow(said[-1], now):
            said.append(now)
    assert len(said) > 3
    for a, b in pairwise(said):
        assert sum(b) - sum(a) >= SMALL
        for before, after in zip(a, b, strict=True):
            assert not is_small(after - before) or is_small(before) or is_small(after)


@pytest.mark.parametrize(
    ("count", "said"), [(0, "0"), (1, "fewer than 5"), (4, "fewer than 5"), (5, "5"), (1200, "1,200")]
)
def test_a_number_of_people(count: int, said: str) -> None:
    assert number_text(count) == said


@pytest.fixture
def olu(catalogue: None) -> User:
    return factories.member(Role.OFFICE, "Olu Office")


def publish(olu: User) -> None:
    for key in ("pass-rate", "participants-three-years"):
        said = {"period": "2020/21", "owner": olu, "review_on": ON + timedelta(days=90)}
        actions.keep_claim(key=key, by=olu, at=AT, **said)
        actions.publish_claim(key=key, by=olu, at=AT)


def public() -> str:
    return text_of(Client().get(reverse("public:about_claims")))


@pytest.mark.django_db
def test_visitors_read_what_tells_of_nobody_and_the_office_both(olu: User) -> None:
    publish(olu)
    first = make.window(factories.intake(starts_on=ON - timedelta(days=400)))
    release(first, many(first.intake, 20, prefix="a"), passed=19)
    assert (
        public().count("Measured by this system: no data (") == public().count("Measured by this system") == 2
    )
    assert jobs.keep_published(AT) == "2 published figures changed"
    read = public()
    assert "more than 75.0 % (more than 15 of 20)" in read
    assert "19/20" not in read
    office = text_of(page(olu, reverse("office:claim", args=["pass-rate"])))
    assert "95.0 % (19/20)" in office
    assert "more than 75.0 % (more than 15 of 20)" in office
    second = make.window(factories.intake(starts_on=ON - timedelta(days=300)))
    release(second, many(second.intake, 2, prefix="b"), passed=1)
    assert measures.pass_rate().share.of == 22
    assert actions.keep_published(at=AT) == 0
    assert public() == read
    third = make.window(factories.intake(starts_on=ON - timedelta(days=200)))
    release(third, many(third.intake, 30, prefix="c"), passed=20)
    assert actions.keep_published(at=AT) == 2
    assert "76.9 % (40/52)" in public()
    assert actions.keep_published(at=AT) == 0
    assert AuditEvent.objects.filter(verb="figure.published").count() == 4


@pytest.mark.django_db
@pytest.mark.parametrize("people", [1, 4])
def test_a_few_people_are_no_figure(olu: User, people: int) -> None:
    publish(olu)
    window = make.window(factories.intake(starts_on=ON - timedelta(days=400)))
    release(window, many(window.intake, people, prefix="a"), passed=1)
    assert actions.keep_published(at=AT) == 0
    assert not PublishedFigure.objects.exists()
    assert (
        public().count("Measured by this system: no data (") == public().count("Measured by this system") == 2
    )
