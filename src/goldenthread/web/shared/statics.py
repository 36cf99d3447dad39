"""Styles, scripts and fonts: where each lies is worked out once."""

from functools import cached_property
from typing import Any

from whitenoise.storage import CompressedStaticFilesStorage


class StaticFiles(CompressedStaticFilesStorage):  # type: ignore[misc]
    """WhiteNoise's storage; every page names a dozen files, whose addresses are the same as long as a process runs."""

    @cached_property
    def _addresses(self) -> dict[str | None, str]:
        return {}

    def url(self, name: str | None, *args: Any, **kwargs: Any) -> str:
        """The address of a file; templates name some fifty."""
        known = self._addresses.get(name)
        if known is None:
            known = self._addresses[name] = super().url(name, *args, **kwargs)
        return known
