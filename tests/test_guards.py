"""The guards themselves: rows without an order come in another one, and may not be cut."""

import pytest
from django.db.models import Count, Exists, OuterRef, Subquery

from goldenthread.people.models import Membership, Organisation, User
from tests import factories, guards

pytestmark = pytest.mark.django_db
NAMES = [f"Person {letter}" for letter in "ABCDEFGH"]


@pytest.fixture
def people() -> list[User]:
    return [factories.user(name) for name in NAMES]


def test_rows_without_an_order_never_come_as_the_database_gave_them(people: list[User]) -> None:
    unordered = User.objects.order_by()
    for rows in (
        list(unordered.values_list("name", flat=True)),
        [name for (name,) in unordered.values_list("name")],
        [row["name"] for row in unordered.values("name")],
        [user.name for user in unordered],
        [user.name for user in unordered.iterator()],
    ):
        assert rows != NAMES
        assert sorted(rows) == NAMES


def test_an_order_is_kept(people: list[User]) -> None:
    assert [user.name for user in User.objects.all()] == NAMES
    assert list(User.objects.order_by("-name").values_list("name", flat=True)) == NAMES[::-1]
    assert [user.name for user in User.objects.all()[2:4]] == NAMES[2:4]
    first = User.objects.order_by().first()
    assert first == people[0]


def test_grouping_drops_the_order_of_the_model(people: list[User]) -> None:
    counted = User.objects.annotate(roles=Count("memberships"))
    assert [user.name for user in counted] != NAMES
    assert [user.name for user in counted.order_by("name")] == NAMES


def test_the_same_seed_gives_the_same_orders(people: list[User]) -> None:
    def orders() -> list[list[str]]:
        guards.shuffle.start("some test")
        return [list(User.objects.order_by().values_list("name", flat=True)) for _ in range(3)]

    first = orders()
    assert first == orders()
    assert first[0] != first[1]


def test_rows_may_not_be_cut_from_what_has_no_order(people: list[User]) -> None:
    grouped = User.objects.annotate(roles=Count("memberships"))
    of_user = Membership.objects.order_by().filter(user=OuterRef("pk")).values("role")
    for cut in (
        lambda: list(User.objects.order_by()[:3]),
        lambda: User.objects.order_by()[0],
        lambda: list(grouped[:3]),
        lambda: list(User.objects.annotate(role=Subquery(of_user[:1]))),
        lambda: list(Membership.objects.filter(user__in=User.objects.order_by()[:3])),
    ):
        with pytest.raises(guards.UnorderedSlice, match="order_by"):
            cut()


def test_what_is_the_same_in_any_order_needs_none(people: list[User]) -> None:
    unordered = User.objects.order_by()
    assert unordered.get(name="Person C") == people[2]
    assert unordered.filter(name="Person C").exists()
    assert unordered.count() == len(NAMES)
    has_role = Exists(Membership.objects.order_by().filter(user=OuterRef("pk")))
    assert not User.objects.filter(has_role).exists()
    assert list(Organisation.objects.order_by()) == []
