"""What a marker has entered for one script, as the page sends it and as the marking keeps it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from goldenthread.common.days import instant_text
from goldenthread.common.refused import Refused
from goldenthread.marking import feedback_rules, passage_rules, rules
from goldenthread.marking.models import Marking
from goldenthread.people.models import User


def kept_marks(marks: rules.Marks) -> dict[str, int]:
    """Marks as they are kept: by number of the point, in order, without those that aren't given."""
    return {str(point): mark for point, mark in sorted(marks.items()) if mark is not None}


def check_revision(
    known: int, *, kept: int, saved_at: datetime | None = None, by: User | None = None
) -> None:
    """Refuses marks of a page that doesn't know the newer ones, which were saved at an instant, said in the zone of
    whose marks they are.
    """
    if known == kept:
        return
    when = f" on {instant_text(saved_at, by.zone)}" if saved_at and by else ""
    raise Refused(
        f"Newer marks for this script were saved in another window{when}. Compare before you go on: reload to see "
        "those, or send these again to keep them.",
        code="marks.stale",
    )


@dataclass(frozen=True)
class Noted:
    """All notes at passages of a marking, and the texts of the script's parts as their marker is shown them, in their
    order; the texts may be empty where every place is kept already.
    """

    passages: Sequence[passage_rules.Passage]
    texts: Mapping[str, str]

    def kept_beside(self, known: Sequence[passage_rules.Kept]) -> list[dict[str, Any]]:
        """As they are kept where these are already; refuses what `passage_rules.to_keep` refuses."""
        return passage_rules.to_keep(self.passages, known, self.texts)


@dataclass(frozen=True)
class Entered:
    """Marks by number of the point, None where there is none yet, comment and feedback; notes are by point. Notes and
    notes at passages stay as they are where none are given.
    """

    marks: rules.Marks
    comment: str
    feedback: feedback_rules.Feedback
    notes: rules.Notes | None = None
    passages: Noted | None = None

    def kept_in(self, marking: Marking) -> dict[str, Any]:
        """The marking's fields as they are to be kept; refuses notes at passages as `Noted.kept_beside`."""
        kept: dict[str, Any] = {
            "marks": kept_marks(self.marks),
            "comment": self.comment.strip(),
            "feedback": self.feedback.strength.strip(),
            "next_step": self.feedback.next_step.strip(),
            "by_kind": self.feedback.kept_by_kind,
            "evidence": self.feedback.evidence.strip(),
        }
        if self.notes is not None:
            said = {str(number): said.strip() for number, said in sorted(self.notes.items())}
            kept["notes"] = {number: note for number, note in said.items() if note}
        if self.passages is not None:
            kept["passages"] = self.passages.kept_beside(marking.passages)
        return kept

    @property
    def texts(self) -> dict[str, str]:
        """What was written, by its field on the page; without notes at passages."""
        return {
            "comment": self.comment,
            "strength": self.feedback.strength,
            "next_step": self.feedback.next_step,
            **self.feedback.texts_by_kind,
            "evidence": self.feedback.evidence,
            **{f"note_{number}": said for number, said in (self.notes or {}).items()},
        }
