"""The token of the content changes with every change that visitors could see, and not otherwise."""

from typing import Any

import pytest
from django.db import connection, transaction

from goldenthread.catalogue.models import ContentArea, Framework, Programme, ProgrammeVersion, Statement
from goldenthread.common import content_mark
from goldenthread.common.models import ContentMark
from goldenthread.intakes.models import Intake
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.migrations]


def test_every_table_is_watched() -> None:
    assert content_mark.missing(connection) == []


def test_watching_begins_with_a_token_so_that_an_installation_that_was_filled_before_has_one() -> None:
    class Editor:
        connection = connection

        @staticmethod
        def execute(statement: str, params: Any = None) -> None:
            with connection.cursor() as cursor:
                cursor.execute(statement, params)

    ContentMark.objects.all().delete()  # an earlier test may have emptied every table, or not
    assert content_mark.current() == ""
    content_mark.install(Editor)
    assert content_mark.current()


@pytest.mark.parametrize("model", [Programme, ProgrammeVersion, Framework, ContentArea, Statement, Intake])
def test_adding_altering_and_removing_give_a_new_token(model: type) -> None:
    factories.intake()
    seen = [content_mark.current()]
    row = model._default_manager.order_by("-pk")[0]
    field = next(
        one.attname for one in model._meta.fields if one.attname in ("name", "title", "text", "market")
    )
    model._default_manager.filter(pk=row.pk).update(**{field: "Altered"})
    seen.append(content_mark.current())
    row.pk = None
    for unique in ("code", "key", "edition", "number", "starts_on"):
        if hasattr(row, unique):
            value = getattr(row, unique)
            later = value.replace(year=2031) if unique == "starts_on" else f"{value}x"[-10:]
            setattr(row, unique, value + 500 if isinstance(value, int) else later)
    row.save(force_insert=True)
    seen.append(content_mark.current())
    model._default_manager.filter(pk=row.pk).delete()
    seen.append(content_mark.current())
    assert len(set(seen)) == 4
    assert content_mark.current() == seen[-1]


def test_rows_that_clash_and_are_dropped_do_no_harm() -> None:
    factories.load_catalogue()
    twice = Programme(code="NPQZZ", name="Zebra", family="specialist")
    before = content_mark.current()
    Programme.objects.bulk_create([twice], ignore_conflicts=True)
    assert content_mark.current() != before


def test_what_is_undone_leaves_the_token_as_it_was() -> None:
    factories.load_catalogue()
    before = content_mark.current()
    with transaction.atomic():
        Programme.objects.update(name="Altered")
        assert content_mark.current() != before
        transaction.set_rollback(True)
    assert content_mark.current() == before


def test_lost_triggers_are_put_back() -> None:
    with connection.cursor() as cursor:
        for statement in content_mark.removals(connection.vendor, content_mark.TABLES[:2]):
            cursor.execute(statement)
    assert content_mark.missing(connection) == list(content_mark.TABLES[:2])
    before = content_mark.current()
    Programme.objects.create(code="NPQZZ", name="Zebra", family="specialist")
    assert content_mark.current() == before  # unseen
    assert content_mark.restore(connection) == list(content_mark.TABLES[:2])
    assert content_mark.current() != before
    assert content_mark.missing(connection) == content_mark.restore(connection) == []
