"""What a row shows of its seal once `sealed` has opened it, in memory alone; before that, asking is a mistake."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from goldenthread.assessment.rules.levels import Level, read_levels
from goldenthread.assessment.rules.parts import part_names
from goldenthread.assessment.rules.writing import Part


@dataclass(frozen=True)
class CaseText:
    """What an author writes of a case study."""

    title: str
    body: str  # Markdown
    question: str  # Markdown

    def by_field(self) -> dict[str, str]:
        """The same by the names of the form's fields."""
        return {"title": self.title, "body": self.body, "question": self.question}


class StillSealedError(Exception):
    """A programme asked for unseen content of a row that nobody has opened through `assessment.sealed`."""


class Opened:
    """A case study's text and needs, as long as this object lives. Loading the row anew closes it again."""

    opened_text: CaseText | None = None
    opened_needs: str | None = None

    @property
    def text(self) -> CaseText:
        if self.opened_text is None:
            raise StillSealedError("This case study was not opened: load it through a query that does.")
        return self.opened_text

    @property
    def title(self) -> str:
        return self.text.title

    @property
    def body(self) -> str:
        return self.text.body

    @property
    def question(self) -> str:
        return self.text.question

    @property
    def needs(self) -> str:
        """The areas of need, as `catalogue.needs.tags`."""
        if self.opened_needs is None:
            raise StillSealedError("The areas of need of this case study were not opened.")
        return self.opened_needs

    def refresh_from_db(self, *args: Any, **kwargs: Any) -> None:
        self.opened_text = self.opened_needs = None
        super().refresh_from_db(*args, **kwargs)  # type: ignore[misc]


class OpenedPoint:
    """What a mark point says: the criterion of a project task as it is, of a case study once it was opened."""

    criterion: str
    criterion_levels: str
    part: str
    part_name = ""  # "4 Implementation steps", once `name_parts` has said so
    opened_text: str | None = None
    opened_levels: str = ""  # as their author wrote them, "" for none

    @property
    def levels(self) -> tuple[Level, ...]:
        """The levels by which its marks are given, the lowest first; none for most points. Those of a project task's
        criterion stand beside it, those of a case study under its seal.
        """
        return read_levels(self.opened_levels or self.criterion_levels)

    @property
    def text(self) -> str:
        if self.opened_text is None and not self.criterion:
            raise StillSealedError("The mark scheme of this point was not opened.")
        return self.opened_text if self.opened_text is not None else self.criterion


def say(points: Mapping[int, OpenedPoint], texts: Mapping[str, str]) -> None:
    """Give each point its text and its levels, by number."""
    for number, point in points.items():
        point.opened_text = texts.get(str(number), "")
        point.opened_levels = texts.get(key_of_levels(number), "")


def name_parts(points: Iterable[OpenedPoint], parts: Sequence[Part]) -> None:
    """Let each point say to which of these parts of the response it belongs, where any does."""
    rows = list(points)
    names = part_names(parts, [point.part for point in rows])
    for point in rows:
        point.part_name = names.get(point.part, "")


def key_of_levels(number: int) -> str:
    """Under which the levels of a point stand beside its text."""
    return f"levels {number}"
