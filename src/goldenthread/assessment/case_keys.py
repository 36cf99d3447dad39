"""The master keys that seal what is unseen: of the environment, or of a file in the data folder outside production."""

import base64
from functools import lru_cache
from pathlib import Path

from django.conf import settings

from goldenthread.assessment import sealing
from goldenthread.common import key_files
from goldenthread.common.refused import Refused


def ring() -> sealing.Keyring:
    """The keys of this installation, the newest first. Outside production the first use makes one.

    Reading them asks nobody and derives nothing, so that opening a case costs microseconds.
    """
    return _ring(tuple(settings.CASE_KEYS) or _of_file())


@lru_cache(maxsize=8)
def _ring(texts: tuple[str, ...]) -> sealing.Keyring:
    return sealing.Keyring(base64.b64decode(one) for one in texts)


def _of_file() -> tuple[str, ...]:
    path = Path(settings.CASE_KEYS_FILE)
    if not path.exists():
        key_files.make_once(path, sealing.new_key() + "\n")
    return tuple(path.read_text().split())


def add() -> str:
    """Put a new key before the others in the file of the data folder, and give its name.

    Refuses where the keys come from the environment: there they are changed by who runs the installation.
    """
    if settings.CASE_KEYS:
        raise Refused(
            "The keys come from GOLDENTHREAD_CASE_KEYS. Make one with `goldenthread keys new`, put it before the "
            "others there, start everything again, then run `goldenthread keys rewrap`.",
            code="keys.environment",
        )
    _write((sealing.new_key(), *_of_file()))
    return ring().newest


def drop_others() -> None:
    """Leave only the newest key in the file of the data folder; for when nothing is wrapped by another."""
    _write(_of_file()[:1])


def _write(keys: tuple[str, ...]) -> None:
    key_files.replace(Path(settings.CASE_KEYS_FILE), "".join(f"{one}\n" for one in keys))
