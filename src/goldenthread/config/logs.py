"""What must not stand in a log: the part of an address that opens an account to whoever has it."""

import logging
import re
from typing import Any

_SECRET = re.compile(r"(/welcome/|/profile/address/(?!confirm/)|/password/reset/key/)[^/\s?\"']+")


def without_tokens(text: str) -> str:
    """The text with the token of every link taken out."""
    return _SECRET.sub(r"\1…", text)


class HideTokens(logging.Filter):
    """Takes the tokens of links out of a line before it is written."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg = _clean(record.msg)
        if isinstance(record.args, tuple):
            record.args = tuple(_clean(one) for one in record.args)
        elif record.args:
            record.args = {name: _clean(one) for name, one in record.args.items()}
        return True


def _clean(value: Any) -> Any:
    return without_tokens(value) if isinstance(value, str) else value
