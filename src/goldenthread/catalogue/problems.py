"""How a malformed catalogue file is refused: every problem at once, each with its file, place and reason."""

from collections.abc import Iterable
from dataclasses import dataclass

from goldenthread.common.refused import Refused


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong in one file; `path` is the key ("component[events].hours"), "" for the whole file."""

    file: str
    path: str
    reason: str

    def __str__(self) -> str:
        place = f"{self.file}: {self.path}" if self.path else self.file
        return f"{place}: {self.reason}"


class SpecificationError(Refused):
    """A catalogue file that can't be used. Nothing of it is loaded."""

    def __init__(self, file: str, problems: Iterable[Problem]) -> None:
        self.file = file
        self.problems = tuple(problems)
        lines = "\n".join(f"  - {problem}" for problem in self.problems)
        count = f"{len(self.problems)} problem" + ("" if len(self.problems) == 1 else "s")
        super().__init__(f"{file} can't be used ({count}):\n{lines}", code="catalogue.malformed")


class Problems:
    """Collects what is wrong in one file while it is read to its end."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.found: list[Problem] = []

    def add(self, path: str, reason: str) -> None:
        """Note one problem; reading goes on."""
        self.found.append(Problem(self.file, path, reason))

    def refuse_if_any(self) -> None:
        """Raise SpecificationError with everything found so far."""
        if self.found:
            raise SpecificationError(self.file, self.found)
