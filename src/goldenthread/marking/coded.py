"""What everybody who must not know its author calls a script by: a code."""

from typing import Any


class OfScript:
    """For rows about a script."""

    script: Any

    @property
    def code(self) -> str:
        """What the script is known by."""
        code: str = self.script.sitting.code
        return code


class OfScriptOrSeed(OfScript):
    """For rows about a script or about a seed, which has a code of its own."""

    seed: Any

    @property
    def code(self) -> str:
        """What the script or the seed is known by."""
        code: str = self.seed.code if self.seed else super().code
        return code
