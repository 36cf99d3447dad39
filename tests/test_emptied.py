"""What a test has left behind is gone, whatever guards it; what an empty database holds is still there."""

from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.db import DatabaseError, connection, transaction

from goldenthread.common import append_only, content_mark
from goldenthread.common.models import AuditEvent
from goldenthread.people.models import User
from tests import emptied, factories
from tests.factories_web import client_of

pytestmark = [pytest.mark.django_db(transaction=True)]


def rows() -> dict[str, int]:
    """How many rows each table holds that has any, as the database counts them."""
    with connection.cursor() as cursor:
        names = connection.introspection.django_table_names(only_existing=True, include_views=False)
        counts = {}
        for name in names:
            cursor.execute(f'SELECT COUNT(*) FROM "{name}"')
            counts[name] = cursor.fetchone()[0]
    return {name: number for name, number in counts.items() if number}


def test_all_that_was_written_is_gone_but_what_an_empty_database_holds() -> None:
    factories.load_catalogue()
    client_of(factories.enrolment("Sam Signed-In").user)
    assert Session.objects.exists()
    assert len(rows()) > 15
    kinds, permissions = ContentType.objects.count(), Permission.objects.count()
    emptied.empty()
    assert rows() == {"django_content_type": kinds, "auth_permission": permissions}
    assert min(kinds, permissions) > 100


def test_an_empty_database_takes_no_statement_but_the_question(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1):
        emptied.empty()


def test_guards_and_the_mark_are_as_before() -> None:
    factories.load_catalogue()
    emptied.empty()
    assert (append_only.missing(connection), content_mark.missing(connection)) == ([], [])
    assert content_mark.current() == ""
    factories.load_catalogue()
    assert content_mark.current() != ""
    with pytest.raises(DatabaseError), transaction.atomic():
        AuditEvent.objects.filter(pk=AuditEvent.objects.earliest("pk").pk).update(verb="x")


def test_foreign_keys_hold_again() -> None:
    factories.user("Una Unbound")
    emptied.empty()
    assert not User.objects.exists()
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO goldenthread_membership (user_id, organisation_id, role, starts_on) "
            "VALUES (1, 1, 'office', '2026-01-01')"
        )
