"""A query that is worded once gives what the ORM gives, for every key, with its joins and its lock."""

import threading
import uuid
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, connections, transaction
from django.db.models import (
    Count,
    DateField,
    DateTimeField,
    Exists,
    Field,
    FileField,
    OuterRef,
    Q,
    QuerySet,
    Value,
)
from django.test.utils import CaptureQueriesContext

from goldenthread.assessment.upload_models import Upload
from goldenthread.common import prepared
from goldenthread.common.models import OutboxMessage
from goldenthread.common.prepared import Prepared, PreparedInsert, PreparedRows, PreparedTable, PreparedValues
from goldenthread.people.models import Membership, Role, User
from tests import factories

pytestmark = pytest.mark.django_db


def joined() -> Prepared[Membership]:
    return Prepared(
        lambda number: Membership.objects.filter(pk=number, role=Role.OFFICE).select_related(
            "user", "organisation"
        ),
        key=int,
    )


def test_a_row_comes_with_what_it_is_joined_to_in_one_query() -> None:
    people = [factories.member(Role.OFFICE, f"Olu {n}") for n in range(3)]
    found = joined()
    for person in people:
        known = person.memberships.get()
        with CaptureQueriesContext(connection) as queries:
            one = found.get(known.pk)
            assert one == known
            assert one is not None
            assert (one.user.name, one.organisation.pk, one.starts_on) == (
                person.name,
                known.organisation_id,
                known.starts_on,
            )
        assert len(queries) == 1


def test_a_key_without_a_row_or_outside_the_other_conditions_gives_nothing() -> None:
    marker = factories.member(Role.MARKER)
    assert joined().get(marker.memberships.get().pk) is None
    assert joined().get(10**9) is None
    assert joined().get(10**20) is None


def test_a_row_is_added_once_worded_with_its_number_its_defaults_and_its_kinds_of_values() -> None:
    people: PreparedInsert[User] = PreparedInsert(User)
    for name in ("Ada", "Bea"):
        row = User(email=f"{name}@example.org".lower(), name=name, joined_at=factories.AT)
        with CaptureQueriesContext(connection) as queries:
            people.add(row)
        assert len(queries) == 1
        assert User.objects.get(pk=row.pk) == row
        row.name += "!"
        row.save()
        assert User.objects.get(name=f"{name}!").joined_at == factories.AT


def test_a_row_that_is_there_already_fails_or_is_dropped_as_asked() -> None:
    def message() -> OutboxMessage:
        return OutboxMessage(
            kind="t", key="one", payload={"a": [1, None]}, created_at=factories.AT, due_at=factories.AT
        )

    quiet = PreparedInsert(OutboxMessage, ignore_conflicts=True)
    quiet.add(message())
    quiet.add(message())
    assert OutboxMessage.objects.get(key="one").payload == {"a": [1, None]}
    with pytest.raises(IntegrityError), transaction.atomic():
        PreparedInsert(OutboxMessage).add(message())


def test_a_row_is_written_from_its_values_alone_and_takes_plain_defaults() -> None:
    written: PreparedInsert[OutboxMessage] = PreparedInsert(OutboxMessage)
    number = written.write(
        kind="t", key="two", payload={"b": 2}, created_at=factories.AT, due_at=factories.AT
    )
    kept = OutboxMessage.objects.get(pk=number)
    assert (kept.key, kept.payload, kept.attempts, kept.lease, kept.sent_at) == ("two", {"b": 2}, 0, "", None)
    with pytest.raises(KeyError, match="payload"):
        written.write(kind="t", key="three", created_at=factories.AT, due_at=factories.AT)


@pytest.mark.parametrize("field", [DateTimeField(auto_now=True), DateField(auto_now_add=True), FileField()])
def test_a_field_that_sets_its_own_value_is_refused(field: Field) -> None:
    field.set_attributes_from_name("own")
    with pytest.raises(ValueError, match="sets its own value"):
        prepared._way(field)


def test_values_come_in_their_order_and_as_python_has_them() -> None:
    made = factories.user("Amara Applicant")
    values = PreparedValues(lambda n: User.objects.filter(pk=n).values_list("joined_at", "name"), key=int)
    found = values.get(made.pk)
    assert found is not None
    assert list(found) == [made.joined_at, "Amara Applicant"]
    assert values.get(10**9) is None


def test_what_was_found_is_a_whole_object_that_can_be_changed_and_saved() -> None:
    made = factories.user("Amara Applicant")
    by_email = Prepared(lambda email: User.objects.filter(email=email), key=str)
    user = by_email.get(made.email)
    assert user == made
    assert user is not None
    assert user.joined_at == made.joined_at
    user.name = "Amara Accepted"
    user.save(update_fields=["name"])
    again = by_email.get(made.email)
    assert again is not None
    assert again.name == "Amara Accepted"


def test_a_nullable_join_is_followed_too() -> None:
    from goldenthread.applications.models import Application

    made = factories.application()
    found = Prepared(lambda n: Application.objects.filter(pk=n).select_related("school"), key=int).get(
        made.pk
    )
    assert found is not None
    assert found.school is None
    assert found.form_key == made.form_key
    assert found.details == made.details


def test_a_fault_in_a_statement_is_djangos_and_ends_the_transaction_as_usual() -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        prepared.ask("INSERT INTO goldenthread_user (id) VALUES (%s)", [1])
    with transaction.atomic():
        with pytest.raises(IntegrityError):
            prepared.ask("INSERT INTO goldenthread_user (id) VALUES (%s)", [1])
        transaction.set_rollback(True)
        with pytest.raises(transaction.TransactionManagementError):
            prepared.ask("SELECT %s", [1])


def test_a_percent_sign_and_a_text_with_question_marks_come_through() -> None:
    assert tuple(prepared.ask("SELECT CAST(%s AS text), '100 %%'", ["who? 50 %"]).fetchone()) == (
        "who? 50 %",
        "100 %",
    )


@pytest.mark.django_db(transaction=True)
def test_a_lock_holds_back_another_writer() -> None:
    made = factories.user("Amara Applicant")
    locked = Prepared(lambda n: User.objects.select_for_update(of=("self",)).filter(pk=n), key=int)
    seen: list[str] = []

    def rename() -> None:
        with transaction.atomic():
            user = locked.get(made.pk)
            assert user is not None
            seen.append(user.name)
        connections.close_all()

    with transaction.atomic():
        user = locked.get(made.pk)
        assert user is not None
        thread = threading.Thread(target=rename)
        thread.start()
        user.name = "First"
        user.save(update_fields=["name"])
    thread.join(30)
    assert seen == ["First"]


def test_several_keys_each_take_their_own_place() -> None:
    people = [factories.member(Role.OFFICE, f"Olu {n}") for n in range(3)]
    found = Prepared(lambda email, number: User.objects.filter(email=email, pk__gte=number), key=(str, int))
    first = people[0]
    assert [found.get(first.email, number) for number in (first.pk, first.pk + 1)] == [first, None]
    assert found.get(people[1].email, first.pk) == people[1]
    assert found.get(first.email, 2**80) is None


def test_a_uuid_is_a_key_on_either_database() -> None:
    from tests import factories_assessment as made

    one = made.sitting()
    uploads = [
        Upload.objects.create(
            sitting=one, name="mine", size=1, sha256=sign * 64, first_at=factories.AT, last_at=factories.AT
        )
        for sign in "ab"
    ]
    found = Prepared(lambda ticket: Upload.objects.filter(ticket=ticket), key=uuid.UUID)
    assert [found.get(upload.ticket) for upload in uploads] == uploads
    assert found.get(uuid.uuid4()) is None


def test_of_several_rows_it_is_the_first_in_the_order_that_was_asked_for() -> None:
    people = [factories.member(Role.OFFICE, f"Olu {n}") for n in range(3)]
    last = Prepared(lambda number: User.objects.filter(pk__gte=number).order_by("-pk")[:1], key=int)
    first = Prepared(lambda number: User.objects.filter(pk__gte=number).order_by("pk"), key=int)
    assert (first.get(people[1].pk), last.get(people[1].pk)) == (people[1], people[2])


def test_a_query_that_does_not_ask_for_its_key_is_refused() -> None:
    with pytest.raises(ValueError, match="exactly once"):
        Prepared(lambda _: User.objects.all(), key=int).get(1)


# --- many rows ---------------------------------------------------------------------------------------------
def test_rows_come_in_their_order_with_what_is_annotated_and_joined_and_as_they_are_now() -> None:
    held = Membership.objects.filter(user=OuterRef("pk"), role=Role.OFFICE)
    found: PreparedRows[Any] = PreparedRows(
        lambda: User.objects.annotate(is_office=Exists(held), roles=Count("memberships")).order_by("-name"),
        key=(),
    )
    assert found.all() == []
    bea, ada = factories.user("Bea"), factories.member(Role.OFFICE, "Ada")
    for _ in range(2):
        with CaptureQueriesContext(connection) as queries:
            rows = found.all()
        assert len(queries) == 1
        assert [(one, one.joined_at, one.is_office, one.roles) for one in rows] == [
            (bea, bea.joined_at, False, 0),
            (ada, ada.joined_at, True, 1),
        ]
    ada.memberships.all().delete()
    assert [one.is_office for one in found.all()] == [False, False]


def test_rows_know_that_what_points_at_them_is_not_there() -> None:
    from goldenthread.assessment.models import Window
    from tests import factories_marking as marked

    window = marked.window()
    found = PreparedRows(lambda: Window.objects.select_related("moderation").order_by("pk"), key=())
    (one,) = found.all()
    with CaptureQueriesContext(connection) as queries:
        assert (one, one.parts, getattr(one, "moderation", None)) == (window, window.parts, None)
    assert len(queries) == 0


def counted(at: datetime, on: date) -> QuerySet[Any, Any]:
    """Roles by kind on a day, and people who joined before an instant or are called as a percent sign is written."""
    roles = Membership.objects.filter(starts_on__lte=on).exclude(ends_on__lt=on).order_by()
    people = User.objects.filter(Q(joined_at__lt=at) | Q(name="100 %")).order_by()
    return (
        roles.values_list("role")
        .annotate(number=Count("pk"))
        .union(people.values_list(Value("people")).annotate(number=Count("pk")), all=True)
    )


def test_counts_are_those_of_the_keys_given_whatever_was_asked_first() -> None:
    table = PreparedTable(counted, key=(datetime, date))
    factories.member(Role.OFFICE, "Olu")
    left = factories.member(Role.OFFICE, "Left").memberships.get()
    left.ends_on = factories.START + timedelta(days=10)
    left.save()
    factories.user("100 %")
    last = left.ends_on
    days = [last, date(2017, 12, 31), last + timedelta(days=1), date(2018, 1, 1)]
    instants = [factories.AT + timedelta(microseconds=number) for number in (0, 1, -1)]
    seen = set()
    for at in instants:
        for day in days:
            asked = sorted(tuple(row) for row in table.all(at, day))
            assert asked == sorted(counted(at, day))
            seen.add(tuple(asked))
    assert len(seen) == 6  # three days that differ, and two sides of the instant


def test_what_follows_from_a_key_is_refused_until_it_is_a_key_of_its_own() -> None:
    week = timedelta(days=7)

    def since(at: datetime) -> QuerySet[User]:
        return User.objects.filter(joined_at__lt=at, last_login__gt=at - week).order_by("pk")

    with pytest.raises(ValueError, match="key of its own"):
        PreparedRows(since, key=datetime).all(factories.AT)
    with pytest.raises(ValueError, match="key of its own"):
        PreparedTable(lambda n: User.objects.filter(pk=n).values_list(Value(f"{n}"), "pk"), key=int).all(1)
    with pytest.raises(ValueError, match="each key stands in the query"):
        PreparedRows(
            lambda _, at: User.objects.filter(joined_at=at).order_by("pk"), key=(date, datetime)
        ).all(factories.START, factories.AT)


def test_an_instant_is_not_taken_for_a_day() -> None:
    table = PreparedTable(lambda on: Membership.objects.filter(starts_on=on).values_list("pk"), key=date)
    assert table.all(factories.START) == []
    with pytest.raises(TypeError, match="depends on the zone"):
        table.all(factories.AT)


def test_rows_without_an_order_are_shuffled_in_tests_as_all_others_are() -> None:
    for number in range(20):
        factories.user(f"Person {number:02}")
    table = PreparedTable(lambda: User.objects.order_by().values_list("pk"), key=())
    asked = [tuple(table.all()) for _ in range(4)]
    assert len(set(asked)) > 1
    assert {frozenset(rows) for rows in asked} == {frozenset(User.objects.values_list("pk"))}


def test_a_number_that_no_database_has_finds_no_rows() -> None:
    assert PreparedRows(lambda n: User.objects.filter(pk__gte=n).order_by("pk"), key=int).all(2**80) == []
