"""Which tests one process runs one after the other, and which go to whoever is free.

Those that walk the small world do, so that it is built once for them all; and those in which a page waits for its own
clock, which would otherwise come at the same time in every process, so that none has anything to do.

xdist has a mark for that, `xdist_group`, and forgets it with the pytest that is used here: it writes the group's name
to where pytest no longer looks for a test's name. So the files are named.
"""

from typing import Any

import pytest

WORLD = (
    "tests/web/test_access.py",
    "tests/web/test_list_pages.py",
    "tests/web/test_public_pages_kept.py",
    "tests/web/test_unseen_by_everybody.py",
)
WAITING = (
    "tests/web/test_chat_browser.py",
    "tests/web/test_participant_editor.py",
    "tests/web/test_participant_task_editor.py",
)
SCOPES = dict.fromkeys(WORLD, "world") | dict.fromkeys(WAITING, "waiting")


def scope_of(test: str) -> str:
    """What a test belongs to, by its name as pytest gives it: one of these scopes, or nothing but itself."""
    return SCOPES.get(test.partition("::")[0], test)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: Any, log: Any) -> Any:
    """With `--dist loadscope` these scopes, in place of xdist's own, which are modules and classes."""
    from xdist.scheduler import LoadScopeScheduling

    class Together(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return scope_of(nodeid)

    return Together(config, log) if config.getvalue("dist") == "loadscope" else None
