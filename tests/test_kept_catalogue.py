"""The catalogue that tests put back is the one that the product loads."""

from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.db import transaction

from goldenthread.catalogue import actions
from goldenthread.catalogue.models import Programme, ProgrammeVersion
from goldenthread.common import audit
from goldenthread.common.models import AuditEvent, ContentMark
from tests import factories, kept_catalogue

pytestmark = pytest.mark.django_db
Content = dict[str, list[dict[str, Any]]]


def content() -> Content:
    """Every row of every table of ours, without the numbers of audit events and the token that is new each time."""
    found = {}
    for model in apps.get_models(include_auto_created=True):
        if model.__module__.startswith("goldenthread.") and model is not ContentMark:
            rows = sorted(model._default_manager.values(), key=lambda row: row["id"])
            found[model.__name__] = [
                {key: value for key, value in row.items() if model is not AuditEvent or key != "id"}
                for row in rows
            ]
    return found


def test_what_is_put_back_is_what_the_product_loads() -> None:
    before = content()
    with transaction.atomic():
        kept_catalogue.load(factories.AT)
        kept = content()
        transaction.set_rollback(True)
    with transaction.atomic():
        audit.record("somebody.came", "visitor:1", by=None, at=factories.AT)
        first = content()["AuditEvent"]
        kept_catalogue.load(factories.AT)
        again = content()
        assert again["AuditEvent"][:1] == first
        again["AuditEvent"] = again["AuditEvent"][1:]
        assert again == kept
        assert list(audit.verify()) == []
        transaction.set_rollback(True)
    assert content() == before
    actions.load(by=None, at=factories.AT)
    loaded = content()
    assert {table for table in loaded if loaded[table] != before[table]} >= {"Statement", "AuditEvent"}
    assert numberless(loaded) == numberless(kept)


def numberless(whole: Content) -> Content:
    """Without the numbers of rows, which PostgreSQL never gives twice, and the hashes over them."""
    drop = ("id", "subject", "hash", "previous_hash")
    return {
        table: [
            {key: value for key, value in row.items() if key not in drop and not key.endswith("_id")}
            for row in rows
        ]
        for table, rows in whole.items()
    }


def test_what_is_put_back_hangs_together_and_takes_more() -> None:
    kept_catalogue.load(factories.AT)
    with transaction.atomic():
        report = actions.load(by=None, at=factories.AT)
    assert (report.created, report.changed, report.kept) == ([], [], [])
    for version in ProgrammeVersion.objects.select_related("programme"):
        assert version.specification.programme == version.programme.code
    last = Programme.objects.order_by("-pk")[0]
    assert Programme.objects.create(code="NEW", name="New").pk > last.pk


def test_another_moment_is_loaded_at_that_moment() -> None:
    later = factories.AT + timedelta(days=3)
    kept_catalogue.load(later)
    assert set(ProgrammeVersion.objects.values_list("loaded_at", flat=True)) == {later}
    kept_catalogue.load(factories.AT)
    assert set(ProgrammeVersion.objects.values_list("loaded_at", flat=True)) == {later}
