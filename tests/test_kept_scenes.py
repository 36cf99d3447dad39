"""What tests are given instead of built scenes is what the product writes, and nothing of it reaches the next test."""

import io
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.core.files.storage import default_storage
from django.db import connection, transaction
from django.db.models import Max
from django.test import Client
from django.test.utils import CaptureQueriesContext, override_settings

from goldenthread.common import audit, clock, files
from goldenthread.common.models import AuditEvent, StoredFile
from goldenthread.people.models import Organisation, Role, User
from tests import factories, factories_appeals, factories_assessment, factories_teaching, kept_rows
from tests import factories_discussions as talks
from tests import factories_marking as make
from tests.factories_web import cast
from tests.kept_scenes import Place, kept, stage

# Passwords, what is sealed, digests, lots, references of enrolments and codes of sittings; digits.
RANDOM = r"md5\$\S+|[\w+/=-]{32,}|\b[A-Z]-[0-9A-Z]{6}\b|\b[0-9A-Z]{10}\b|\b[0-9a-f]{16}\b|\d+"
pytestmark = pytest.mark.django_db
Content = dict[str, list[tuple[Any, ...]]]


@pytest.fixture(autouse=True)
def _own_tree() -> Iterator[None]:
    """Nothing is kept yet, and what is kept here is for these tests alone."""
    before, stage.start = stage.start, Place({}, {})
    stage.built = stage.put_back = 0
    yield
    stage.start = before


@contextmanager
def another_test() -> Iterator[None]:
    """As a test of its own: it begins with an empty database, and all that it writes is taken back."""
    stage.begin()
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def taken() -> tuple[int, int]:
    """How many steps were built and kept, and how many put back."""
    return stage.built, stage.put_back


def content() -> Content:
    """Every row of every table that the database has but sessions, the content's token, and the driver's own."""
    ours = set(kept_rows.tables())
    with connection.cursor() as cursor:
        names = sorted(
            set(connection.introspection.table_names(cursor))
            - {"goldenthread_contentmark", "sqlite_sequence"}
        )
        found = {}
        for name in names:
            cursor.execute(f'SELECT * FROM "{name}"')
            found[name] = sorted(map(tuple, cursor.fetchall()), key=str)
    assert ours <= set(found)
    return found


def kinds() -> Content:
    """Of every value how SQLite stores it, where that is the database."""
    found: Content = {}
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            for name, columns in kept_rows.tables().items():
                asked = ", ".join(f'typeof("{column}")' for column in columns)
                cursor.execute(f'SELECT {asked} FROM "{name}" ORDER BY "{columns[0]}"')
                found[name] = cursor.fetchall()
    return found


def likeness(whole: Content) -> Content:
    """Without what is numbered or random: digits, digests, keys and what is sealed by them."""

    def like(value: Any) -> Any:
        if isinstance(value, (bytes, memoryview)):
            return "bytes"
        return re.sub(RANDOM, "#", str(value))

    return {name: sorted(tuple(map(like, row)) for row in rows) for name, rows in whole.items()}


def two_marked() -> Any:
    """Scripts of two, marked by two, in steps of which each takes what another gave."""
    window = make.window()
    make.markers(2)
    for name in ("Amara Applicant", "Ali Applicant"):
        person = factories.enrolment(name, to=window.intake)
        factories.credit_minutes(person, 3996)
        make.sitting(window, person)
    make.mark_all(window, [make.POOR, make.POOR])
    make.moderated(window)
    return window


SCENES: list[Callable[[], Any]] = [
    factories_appeals.released,
    factories_assessment.sitting,
    talks.discussion,
    cast,
    two_marked,
    lambda: factories_teaching.handed_in(factories.enrolment()),
]


@pytest.mark.parametrize("scene", SCENES)
def test_what_is_put_back_is_what_the_product_writes(scene: Callable[[], Any]) -> None:
    empty = content()
    with another_test():
        stage.leave()
        scene()
        built = content()
    assert (taken(), content()) == ((0, 0), empty)
    with another_test():
        scene()
        first, first_kinds, steps = content(), kinds(), taken()[0]
    assert steps > 0
    assert taken() == (steps, 0)
    for round_ in (1, 2):
        with another_test():
            scene()
            assert (content(), kinds()) == (first, first_kinds)
            assert taken() == (steps, steps * round_)
            assert list(audit.verify()) == []
    assert likeness(first) == likeness(built)
    assert content() == empty


def test_what_is_put_back_hangs_together_and_takes_more() -> None:
    for _ in range(2):
        with another_test():
            outcome = factories_appeals.released()
            highest = {model: model.objects.aggregate(Max("pk"))["pk__max"] for model in (User, AuditEvent)}
            last = (
                AuditEvent.objects.filter(subject=f"enrolment:{outcome.enrolment_id}")
                .order_by("sequence")
                .last()
            )
            appeal = factories_appeals.admitted(outcome)
            make.submit(factories_appeals.remark(appeal), make.GOOD, at=factories_appeals.NEXT)
            audit.record("somebody.looked", outcome.enrolment, by=None, at=make.CLOSED)
            stage.leave()
            other = make.window(outcome.window.intake, opens_on=make.OPENS + timedelta(days=90))
            made = [make.sitting(other) for _ in range(3)]
            make.mark_all(other)
            assert min(one.enrolment.user.pk for one in made) > highest[User]
            event = AuditEvent.objects.get(verb="somebody.looked")
            assert last is not None
            assert event.pk > highest[AuditEvent]
            assert event.sequence > last.sequence
            assert list(audit.verify()) == []
            connection.check_constraints()
    assert taken()[1] > 0


def test_every_test_has_objects_of_its_own() -> None:
    seen = []
    for _ in range(3):
        with another_test():
            window = make.window()
            one = make.sitting(window, name="Amara Applicant")
            assert one.window is window
            assert one.enrolment.user.name == "Amara Applicant"
            assert one.enrolment == window.sittings.get().enrolment
            seen.append(one)
            one.enrolment.user.name = "Somebody Else"
            window.intake.delivery_models.append("by post")
            window.word_limit = 3
            window.save()
    assert len({id(one) for one in seen}) == 3
    with another_test():
        window = make.window()
        assert (window.word_limit, window.intake.delivery_models.count("by post")) == (1500, 0)
    assert taken() == (2, 5)


@kept
def renamed(person: User, name: str) -> tuple[User, list[User]]:
    """A step that changes the row that it is given."""
    person.name = name
    person.save(update_fields=["name"])
    return person, [person, User.objects.get(pk=person.pk)]


def test_an_argument_is_changed_as_the_call_changed_it_and_given_back_itself() -> None:
    for _ in range(2):
        with another_test():
            person = factories.user("Dot Stranger")
            same, (again, read) = renamed(person, "Dee")
            assert same is again is person
            assert read is not person
            assert person.name == read.name == User.objects.get().name == "Dee"
    assert taken() == (2, 2)


def test_other_arguments_are_another_step_even_if_they_are_not_stored() -> None:
    for times, zone in enumerate(("Europe/London", "Asia/Kolkata", "Europe/London")):
        with another_test():
            person = factories.user("Dot Stranger")
            person.zone = zone
            assert renamed(person, "Dee")[0].zone == zone
            assert taken() == [(2, 0), (3, 1), (3, 3)][times]
    with another_test():
        assert [factories.user(name).name for name in ("Dot", "Dee")] == ["Dot", "Dee"]


WRITES: list[Callable[[], Any]] = [
    lambda: Organisation.objects.create(name="Another"),
    lambda: User.objects.update(name="Dee"),
    lambda: audit.record("somebody.came", "visitor:1", by=None, at=factories.AT),
    lambda: User.objects.bulk_create([User(email="dee@example.org", name="Dee", joined_at=factories.AT)]),
    lambda: connection.cursor().execute("UPDATE goldenthread_user SET name = 'Dee'"),
]


@pytest.mark.parametrize("write", WRITES)
def test_whoever_writes_has_left_what_is_kept(write: Callable[[], Any]) -> None:
    for times in (1, 2):
        with another_test():
            factories.user()
            write()
            before = content()
            made = factories.user("Dee")
            assert taken() == (1, times - 1)
            assert User.objects.get(pk=made.pk).name == "Dee"
            assert len(content()["goldenthread_user"]) == len(before["goldenthread_user"]) + 1


def test_what_is_taken_back_in_a_test_is_not_there_for_the_next_step() -> None:
    for _ in range(2):
        with another_test():
            first = factories.user("Dot")
            with transaction.atomic():
                factories.user("Dee")
                transaction.set_rollback(True)
            last = factories.user("Dee")
            assert list(User.objects.order_by("pk")) == [first, last]
    assert taken() == (2, 2)


def test_signing_in_and_looking_leave_the_scene_as_it_is() -> None:
    for times in (0, 1):
        with another_test():
            client = Client()
            office = factories.member(Role.OFFICE, "Olu Office")
            client.force_login(office)
            assert client.get("/office/").status_code == 200
            window = make.window()
            assert taken() == (2, 2 * times)
            assert client.get(f"/office/windows/{window.pk}/marking/").status_code == 200
            office.refresh_from_db()
            assert office.last_login is not None
            assert window.created_by.last_login is None


def test_a_scene_begins_with_an_empty_database() -> None:
    for _ in range(2):
        with another_test():
            Organisation.objects.create(name="Another")
            factories.user()
    assert taken() == (0, 0)


@kept
def stored(content: bytes) -> StoredFile:
    return files.store(io.BytesIO(content), kind="txt", at=factories.AT, size_limit=100)


def test_files_are_where_the_scene_put_them(tmp_path: Path) -> None:
    for times in range(3):
        with another_test(), override_settings(STORAGES=_storages(tmp_path / str(times))):
            found = Path(default_storage.path(stored(b"What was said.").path))
            assert [path for path in (tmp_path / str(times)).rglob("*") if path.is_file()] == [found]
            assert found.read_bytes() == b"What was said."
            found.write_bytes(b"Something else.")
    assert taken() == (1, 2)


def _storages(folder: Path) -> dict[str, Any]:
    from django.conf import settings

    return {**settings.STORAGES, "default": {**settings.STORAGES["default"], "OPTIONS": {"location": folder}}}


@kept
def gone(person: User) -> None:
    person.delete()


@kept
def written_to(person: User) -> User:
    mail.send_mail("Subject", "Text", None, [person.email])
    return person


@kept
def refused(person: User) -> None:
    person.name = "Dee"
    person.save()
    raise ValueError


def test_steps_that_remove_or_send_or_fail_are_never_put_back() -> None:
    for times in (1, 2):
        for step in (gone, written_to):
            with another_test():
                person = factories.user()
                step(person)
                assert User.objects.exists() == (step is written_to)
                assert factories.user("Dee").name == "Dee"
        assert len(mail.outbox) == times
        with another_test():
            person = factories.user()
            with pytest.raises(ValueError):
                refused(person)
            assert User.objects.get().name == "Dee"
            assert factories.user("Dan").name == "Dan"
    assert taken()[1] == 5  # the first person, each time but the first


def test_what_a_test_has_of_its_own_is_built_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    with another_test():
        factories.user()
    with another_test(), override_settings(LANGUAGE_CODE="cy"):
        factories.user()
    for times in (1, 2):
        with (
            another_test(),
            override_settings(BASE_URL="https://npq.example.org", BADGE_KEY_FILE=f"key-{times}"),
        ):
            factories.user()
        assert taken() == (2, times - 1)
    with another_test(), CaptureQueriesContext(connection) as captured:
        factories.user()
        assert len(captured) > 0
    with another_test():
        monkeypatch.setattr(factories, "PASSWORD", "another-long-phrase")
        assert factories.user().check_password("another-long-phrase")
    assert taken() == (2, 1)


def test_at_another_time_another_scene_is_built(monkeypatch: pytest.MonkeyPatch) -> None:
    moments = [datetime(2024, 9, day, tzinfo=UTC) for day in (2, 3, 2)]
    with another_test():
        factories.user()
    for moment in moments:
        with another_test(), time_machine.travel(moment, tick=False):
            factories.user()
    assert taken() == (3, 1)
    monkeypatch.setattr(clock, "now", lambda: moments[0])
    with another_test():
        factories.user()
    assert taken() == (3, 2)


@pytest.mark.django_db(transaction=True)
def test_where_others_may_write_everything_is_built() -> None:
    for _ in range(2):
        stage.begin()
        factories.user()
    assert (taken(), User.objects.count()) == ((0, 0), 2)
