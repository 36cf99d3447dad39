"""Scenes are built once for each process that runs tests; after that their rows are put back, with all that they gave.

A scene is made of steps: calls of factories that are `kept`. What a step does follows from what the database holds and
from its arguments, so the steps that tests have taken from an empty database on make a tree: a test that takes the same
steps again gets what they wrote and gave, as fresh objects, without the work. As soon as a test writes anything itself,
by an action, a page, a transaction that is taken back, it has left the tree, and all further factories build.

Everything is built as if nothing were kept
- where a transaction is no test's own, so that others may write to the same database,
- under settings, patches and listeners of a test's own, since they may change what is built, or look on,
- where an argument can't be told from others by its content (a function, an open file).
Steps that remove rows or send mail end the tree. What is random or numbered in a step is the same each time; numbers of
rows and names are given once in a process, so nothing that is built later has the same.
`tests/test_kept_scenes.py` proves that the rows are those that the product writes.
"""

import io
import pickle
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import pytest
import time_machine
from django.conf import UserSettingsHolder, settings
from django.core import mail
from django.db import connection
from django.db.models import Model

from goldenthread.common import clock
from tests.kept_rows import Difference, Rows, nothing_is_there, read, watch

P = ParamSpec("P")
R = TypeVar("R")
# Settings of a test's own with which scenes are kept all the same: no factory reads where keys of badges are but to
# make one, which no step that is kept does; others are read by pages alone. The address that letters give makes a
# scene of its own.
KEYS_OF_BADGES = {"BADGE_KEY", "BADGE_KEY_FILE"}
OF_PAGES_ALONE = {"CAST_SIGN_IN", "KEEP_PUBLIC_PAGES"}
MADE_KEYS = "goldenthread_badgekey"
ADDRESS = "BASE_URL"
SIGNED_IN = ("last_login", "backend")  # what a row has of that; it makes no difference to a factory
_now = clock.now


class Place:
    """What the database and the storage hold after some steps, and the steps that were taken from here."""

    def __init__(self, rows: dict[str, Rows], files: dict[str, bytes]) -> None:
        self.rows, self.files = rows, files
        self.steps: dict[Any, Step] = {}


class Stage:
    """Where the running test is: at a place, as long as nothing has been written since it came there."""

    def __init__(self) -> None:
        self.start = Place({}, {})
        self.building = False
        self.built = self.put_back = 0  # how many steps, for those who want to know
        self.begin()

    def begin(self) -> None:
        """A test begins, and the database is as the one before has left it."""
        self._place: Place | None = None
        self._left = False
        self._count = 0

    def leave(self) -> None:
        """Whatever comes is built until the test's end."""
        self._left = True

    def come_to(self, place: Place) -> None:
        self._place, self._count = place, watch.count

    def place(self) -> Place | None:
        """Where we are, if it is known."""
        if self._left or not _is_of_one_test():
            return None
        if self._place is None:
            if not nothing_is_there():
                self.leave()
                return None
            self.come_to(self.start)
        return self._place if self._count == watch.count else None


stage = Stage()


def _is_of_one_test() -> bool:
    """Whether all happens in the transaction that pytest-django takes back, and nobody listens to statements."""
    blocks = connection.atomic_blocks
    listened = connection.execute_wrappers or connection.queries_logged
    return bool(blocks) and blocks[0]._from_testcase and not listened


def kept(build: Callable[P, R]) -> Callable[P, R]:
    """A factory whose calls are steps of scenes: by the same steps the same comes about, without the work."""

    @wraps(build)
    def play(*args: P.args, **kwargs: P.kwargs) -> R:
        place, around = stage.place(), _circumstances()
        if place is None or around is None:
            return build(*args, **kwargs)
        try:
            asked = _Asked((args, sorted(kwargs.items())))
        except (pickle.PicklingError, TypeError, AttributeError):
            return build(*args, **kwargs)
        key = (build, around, asked.content)
        if step := place.steps.get(key):
            result: R = step.take(asked)
            return result
        if stage.building:
            return build(*args, **kwargs)
        return _taken_first(place, key, asked, lambda: build(*args, **kwargs))

    return play


def _circumstances() -> Any:
    """What else decides what is built: the site's address, and the time if a test has set it. None where others do."""
    holder, changed = settings._wrapped, set[str]()
    while isinstance(holder, UserSettingsHolder):
        changed |= vars(holder).keys() - {"_deleted", "default_settings"} | holder._deleted
        holder = holder.default_settings
    if changed - {"STORAGES", ADDRESS, *KEYS_OF_BADGES, *OF_PAGES_ALONE} or _folder() is None:
        return None
    if clock.now is _now and not time_machine.escape_hatch.is_travelling():
        return settings.BASE_URL, "now"
    return settings.BASE_URL, clock.now().replace(microsecond=0)


def _folder() -> Path | None:
    """The folder of the test's files; none where they are stored elsewhere."""
    place = settings.STORAGES["default"].get("OPTIONS", {}).get("location")
    return Path(place) if place else None


def _files() -> dict[str, bytes]:
    folder = _folder()
    if folder is None or not folder.exists():
        return {}
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def _taken_first(place: Place, key: Any, asked: "_Asked", build: Callable[[], R]) -> R:
    """Build, and keep what came of it."""
    sent, later = len(getattr(mail, "outbox", ())), len(connection.run_on_commit)
    watch.noted, stage.building = set(), True
    stage.built += 1
    try:
        result = build()
    finally:
        noted, watch.noted, stage.building = watch.noted, None, False
    if (sent, later) != (len(getattr(mail, "outbox", ())), len(connection.run_on_commit)):
        stage.leave()
        return result
    rows = read(noted)
    written = Difference(place.rows, rows)
    try:
        answer = asked.answer(result)
    except (pickle.PicklingError, TypeError, AttributeError):
        answer = None
    if answer is None or written.takes_away or MADE_KEYS in rows:
        stage.leave()
        return result
    files = _files()
    reached = Place({**place.rows, **rows}, files) if rows or files != place.files else place
    added = {name: content for name, content in files.items() if name not in place.files}
    place.steps[key] = Step(written, added, answer, reached)
    stage.come_to(reached)
    return result


class Step:
    """What a call of a factory wrote, stored and gave, and where it leads."""

    def __init__(self, written: Difference, files: dict[str, bytes], answer: bytes, reached: Place) -> None:
        self._written, self._files, self._answer, self._reached = written, files, answer, reached

    def take(self, asked: "_Asked") -> Any:
        """Do to the database, the files and the arguments what the call did, and give what it gave."""
        self._written.write()
        for name, content in self._files.items():
            path = (_folder() or Path()) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        if watch.noted is not None:
            watch.noted |= self._written.tables
        stage.put_back += 1
        stage.come_to(self._reached)
        return asked.answered(self._answer)


# --- arguments and results -------------------------------------------------------------------------
_met: list[Model] = []  # the rows that are read from arguments, while a result is unpickled


def _argument(number: int) -> Model:
    return _met[number]


class _Words(pickle.Pickler):
    """The content of arguments, in words that don't tell which equal values are one; rows are told by number."""

    def __init__(self, into: io.BytesIO, met: list[Model]) -> None:
        super().__init__(into, protocol=5)
        self.fast = True
        self._met, self._numbers = met, dict[int, int]()

    def reducer_override(self, value: Any) -> Any:
        if isinstance(value, memoryview):
            return bytes, (bytes(value),)
        if not isinstance(value, Model):
            return NotImplemented
        if id(value) not in self._numbers:
            self._numbers[id(value)] = len(self._met)
            self._met.append(value)
        return _argument, (self._numbers[id(value)],)


class _Asked:
    """The arguments of a call: their content, and every row that is reached from them."""

    def __init__(self, arguments: Any) -> None:
        self._rows: list[Model] = []
        self._into = io.BytesIO()
        self._words = _Words(self._into, self._rows)
        first = self._said(arguments)
        self._contents = list[bytes]()
        while len(self._contents) < len(self._rows):
            self._contents.append(self._content(self._rows[len(self._contents)]))
        self.content = (first, *self._contents)

    def _said(self, value: Any) -> bytes:
        self._into.seek(0)
        self._into.truncate()
        self._words.dump(value)
        return self._into.getvalue()

    def _content(self, row: Model) -> bytes:
        """The catalogue's rows are big, and no factory changes one: they are told by their number."""
        is_catalogue = type(row).__module__.startswith("goldenthread.catalogue.")
        if is_catalogue:
            return self._said((type(row), row.pk))
        return self._said(
            (type(row), {name: value for name, value in vars(row).items() if name not in SIGNED_IN})
        )

    def answer(self, result: Any) -> bytes:
        """What the call gave, and what it made of the arguments' rows."""
        known = self._rows[: len(self._contents)]
        changed = {n: vars(row) for n, row in enumerate(known) if self._content(row) != self._contents[n]}
        into = io.BytesIO()
        _Answer(into, known).dump((result, changed))
        return into.getvalue()

    def answered(self, answer: bytes) -> Any:
        """The same with the rows of this call's arguments, which are changed as that call has changed its own."""
        _met[:] = self._rows
        try:
            result, changed = pickle.loads(answer)
        finally:
            _met.clear()
        for number, content in changed.items():
            held = vars(self._rows[number])
            signed_in = {name: held[name] for name in SIGNED_IN if name in held}
            held.clear()
            held.update(content | signed_in)
        return result


def _filled(row: Model, content: dict[str, Any]) -> None:
    """As Django reads a pickled row, but without the note of Django's version, which a row that was built has not."""
    vars(row).update(content)


class _Answer(pickle.Pickler):
    """A result; rows that were reached from the arguments stay those of the arguments."""

    def __init__(self, into: io.BytesIO, known: list[Model]) -> None:
        super().__init__(into, protocol=5)
        self._numbers = {id(row): number for number, row in enumerate(known)}

    def reducer_override(self, value: Any) -> Any:
        if isinstance(value, memoryview):
            return memoryview, (bytes(value),)
        if not isinstance(value, Model):
            return NotImplemented
        if id(value) in self._numbers:
            return _argument, (self._numbers[id(value)],)
        return object.__new__, (type(value),), vars(value), None, None, _filled


def _notice_patches() -> None:
    """A test that patches anything but the clock builds from then on."""
    for name in ("setattr", "delattr", "setitem", "delitem", "setenv", "delenv"):
        _notice(name, getattr(pytest.MonkeyPatch, name))


def _notice(name: str, patch: Callable[..., None]) -> None:
    @wraps(patch)
    def noticed(self: pytest.MonkeyPatch, target: Any, *rest: Any, **options: Any) -> None:
        if target is not clock or rest[:1] != ("now",):
            stage.leave()
        patch(self, target, *rest, **options)

    setattr(pytest.MonkeyPatch, name, noticed)


_notice_patches()
