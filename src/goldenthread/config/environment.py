"""Read settings from the environment and say, in one list, what is missing or unsafe."""

import base64
import binascii
import os
import re
from collections.abc import Mapping
from urllib.parse import urlsplit

MODES = ("production", "demonstration", "test")


class Environment:
    """The variables the product reads, with every complaint collected before the first is raised."""

    def __init__(self, variables: Mapping[str, str] | None = None) -> None:
        self.variables = os.environ if variables is None else variables
        self.complaints: list[str] = []
        self.mode = self.variables.get("GOLDENTHREAD_MODE", "production")
        if self.mode not in MODES:
            self.complain("GOLDENTHREAD_MODE", f"must be one of {', '.join(MODES)}")

    @property
    def production(self) -> bool:
        return self.mode == "production"

    def complain(self, name: str, why: str) -> None:
        self.complaints.append(f"{name} {why}")

    def text(self, name: str, default: str = "") -> str:
        return self.variables.get(name, "").strip() or default

    def required(self, name: str, *, otherwise: str, why: str) -> str:
        """The value of `name`; outside production `otherwise` will do."""
        value = self.text(name)
        if value:
            return value
        if self.production:
            self.complain(name, why)
        return otherwise

    def flag(self, name: str, *, default: bool = False) -> bool:
        value = self.text(name)
        if not value:
            return default
        if value.lower() in {"1", "true", "yes", "on"}:
            return True
        if value.lower() in {"0", "false", "no", "off"}:
            return False
        self.complain(name, "must be 1 or 0")
        return default

    def number(self, name: str, default: int) -> int:
        value = self.text(name)
        if not value:
            return default
        try:
            return int(value)
        except ValueError:
            self.complain(name, "must be a whole number")
            return default

    def items(self, name: str, default: str = "") -> list[str]:
        return [item.strip() for item in self.text(name, default).split(",") if item.strip()]

    def web_addresses(self, name: str) -> list[str]:
        """The addresses of hosts, by commas: https://host or https://host:port each, as browsers write them (in small
        letters, without a final slash). Complains of everything else; http is for outside production.
        """
        found = []
        for item in self.items(name):
            address = web_address(item, https=self.production)
            if address is None:
                self.complain(name, f"must be addresses such as https://npq.example.org, not {item[:200]!r}")
            elif address not in found:
                found.append(address)
        return found


def is_key(text: str) -> bool:
    """Whether a value is 32 bytes in base64."""
    try:
        return len(base64.b64decode(text, validate=True)) == 32
    except (binascii.Error, ValueError):
        return False


def web_address(text: str, *, https: bool) -> str | None:
    """A host's address as browsers write it; None for what isn't one: another scheme, no host, a path or a name."""
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return None
    schemes = {"https"} if https else {"https", "http"}
    if parts.scheme not in schemes or parts.path not in ("", "/") or parts.query or parts.fragment:
        return None
    if "@" in parts.netloc or re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+)*", host) is None:
        return None
    return f"{parts.scheme}://{host}" + (f":{port}" if port else "")


def is_address(text: str) -> bool:
    """Whether a value is the address of a socket: unix:/path, or host:port."""
    return re.fullmatch(r"unix:/.+|(?:[^\s:/]+|\[[0-9a-fA-F:]+\]):\d{1,5}", text) is not None
