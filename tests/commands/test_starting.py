"""How a command starts."""

import logging
from typing import Any

import pytest

from goldenthread.commands import start_django


def test_a_command_inside_a_started_process_leaves_its_logging(capsys: pytest.CaptureFixture[str]) -> None:
    """It would write to what stood for the error channel meanwhile, and fail when that is closed."""

    def handlers() -> list[Any]:
        return [*logging.getLogger().handlers, *logging.getLogger("goldenthread").handlers]

    before = handlers()
    assert before
    start_django()
    assert handlers() == before
