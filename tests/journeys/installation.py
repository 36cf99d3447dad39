"""What a new installation has before anybody comes: the commands that the README names, and nothing more."""

import io
from unittest import mock

from goldenthread.commands import office, prepare
from goldenthread.common import clock
from goldenthread.people import schools
from tests.factories import PASSWORD


def is_prepared() -> None:
    """`goldenthread prepare`, and of its `--places` the schools: all the postcodes take a minute more."""
    assert prepare.run([]) == 0
    schools.load_sample(at=clock.now())


def gets_its_first_person(email: str, name: str) -> None:
    """`goldenthread office EMAIL NAME`, which asks for the password."""
    with mock.patch("sys.stdin", io.StringIO(f"{PASSWORD}\n")):
        assert office.run([email, name]) == 0
