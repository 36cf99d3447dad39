"""What a marker has entered for one script, as the page sends it and as the marking keeps it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from goldenthread.marking import feedback_rules, passage_rules, rules
from goldenthread.marking.models import Marking


@dataclass(frozen=True)
class Noted:
    """All notes at passages of a marking, and the texts of the script's parts as their marker is shown them, in their
    order; the texts may be empty where every place is kept already.
    """

    passages: Sequence[passage_rules.Passage]
    texts: Mapping[str, str]

    def kept_in(self, marking: Marking) -> list[dict[str, Any]]:
        """As they are kept; refuses what `passage_rules.to_keep` refuses."""
        return passage_rules.to_keep(self.passages, marking.passages, self.texts)


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
        """The marking's fields as they are to be kept; refuses notes at passages as `Noted.kept_in`."""
        kept: dict[str, Any] = {
            "marks": {str(number): mark for number, mark in sorted(self.marks.items()) if mark is not None},
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
            kept["passages"] = self.passages.kept_in(marking)
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
