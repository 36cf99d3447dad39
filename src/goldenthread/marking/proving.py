"""Submitted marks, marks set aside, marks after a discussion and agreed marks compared with what the trail says."""

from collections.abc import Iterator
from typing import Any

from goldenthread.common.audit import Fault
from goldenthread.common.proving import Check, Told, compared, digest_of, rows, unknown
from goldenthread.marking.models import Agreement, Marking, MarkingState, SetAside

_GIVEN = (
    "script_id", "marker_id", "position", "marks", "learn_that", "learn_how_to", "notes", "passages", "comment",
    "feedback", "next_step", "by_kind", "evidence", "seconds", "submitted_at",
)  # fmt: skip
_Key = tuple[str, int | None]  # a chain, and a marker, who submits marks for a script once


def told_of(marking: Marking) -> dict[str, Any]:
    """What the event of a submission says of the marking's row: its number, and the digest of all that was given."""
    return {"marking": marking.pk, "digest": digest_of(marking, _GIVEN)}


def subject_of(marking: Marking) -> str:
    """The chain of the trail that tells of a marking: that of its script or of its seed."""
    return f"script:{marking.script_id}" if marking.script_id else f"seed:{marking.seed_id}"


class Marks(Check):
    """Each submitted marking is what its marker submitted, and each that is set aside too, whole."""

    kind = "marks"
    verbs = ("marks.submitted", "seed.marked", "marks.set_aside")

    def __init__(self) -> None:
        self.given: dict[_Key, Told] = {}
        self.again: list[Told] = []
        self.aside: dict[_Key, Told] = {}

    def take(self, told: Told) -> None:
        if told.verb == "marks.set_aside":
            self.aside[told.subject, told.details["marker"]] = told
            return
        key = (told.subject, told.user)
        if key in self.given:
            self.again.append(told)
        self.given[key] = told

    def faults(self) -> Iterator[Fault]:
        yield from (told.says("these marks were submitted before, by the trail") for told in self.again)
        for one in rows(Marking.objects.filter(state=MarkingState.SUBMITTED)):
            subject, name = subject_of(one), f"marking {one.pk}"
            yield from self._compare(one, (subject, one.marker_id), name)
        for kept in rows(SetAside.objects.all()):
            subject, name = f"script:{kept.script_id}", f"marking {kept.marking}, set aside,"
            yield from self._compare(kept, (subject, kept.marker_id), name)
            told = self.aside.pop((subject, kept.marker_id), None)
            if told is None:
                yield unknown(subject, f"the setting aside of marking {kept.marking}")
            elif (told.details["reason"], told.at, told.user) != (kept.reason, kept.at, kept.by_id):
                yield told.says(f"marking {kept.marking} was set aside otherwise: by whom, when or why")
        for (_, marker), told in self.given.items():
            yield told.says(f"the marks that user {marker} submitted are gone")
        for (_, marker), told in self.aside.items():
            yield told.says(f"the marks of user {marker} that were set aside are gone")

    def _compare(self, row: Marking | SetAside, key: _Key, name: str) -> Iterator[Fault]:
        told = self.given.pop(key, None)
        if told is None:
            yield unknown(key[0], name)
            return
        was = (told.details["learn_that"], told.details["learn_how_to"])
        now = (row.learn_that, row.learn_how_to)
        if was != now:
            yield told.says(f"{name} says {now[0]} and {now[1]} marks, submitted were {was[0]} and {was[1]}")
        elif told.at != row.submitted_at or not compared(row, _GIVEN, told):
            yield told.says(f"{name} is not what was submitted: its marks by point, words or time are others")


class Revised(Check):
    """Marks that stand in place of the first ones are what their marker answered in a discussion that agreed."""

    kind = "revised"
    verbs = ("discussion.answered", "discussion.ended", "discussion.fell")

    def __init__(self) -> None:
        self.answers: dict[_Key, Told] = {}
        self.agreed: set[str] = set()

    def take(self, told: Told) -> None:
        if told.verb == "discussion.answered":
            self.answers[told.subject, told.user] = told
        elif told.details.get("ending") == "agreed":
            self.agreed.add(told.subject)
        else:
            self.agreed.discard(told.subject)

    def faults(self) -> Iterator[Fault]:
        for one in rows(Marking.objects.filter(script__isnull=False, state=MarkingState.SUBMITTED)):
            told = self.answers.get((subject_of(one), one.marker_id))
            wanted = None
            if told is not None and told.subject in self.agreed and told.details["changes"]:
                changed = {str(change["point"]): change["now"] for change in told.details["changes"]}
                wanted = {**one.marks, **changed}
            if one.revised == wanted:
                continue
            if told is None:
                yield unknown(subject_of(one), f"the change of marking {one.pk} by a discussion")
            else:
                yield told.says(f"marking {one.pk} doesn't stand as its marker answered in the discussion")


class Agreements(Check):
    """What the marks of a script came to is what was written last."""

    kind = "agreement"
    verbs = ("marks.agreed", "marks.referred", "marks.set_aside")

    def __init__(self) -> None:
        self.last: dict[str, Told] = {}

    def take(self, told: Told) -> None:
        self.last[told.subject] = told

    def faults(self) -> Iterator[Fault]:
        for one in rows(Agreement.objects.all()):
            subject = f"script:{one.script_id}"
            told = self.last.pop(subject, None)
            if told is None or told.verb == "marks.set_aside":
                yield unknown(subject, "what its marks come to")
            elif _says(told) != (one.state, one.method, one.half_marks) or not _by_kind(one, told):
                yield told.says("its agreed marks, or how they came about, are not what was written")
        for told in self.last.values():
            if told.verb != "marks.set_aside":
                yield told.says("what its marks came to is gone")


def _says(told: Told) -> tuple[str, str, int | None]:
    state = "agreed" if told.verb == "marks.agreed" else "referred"
    return state, told.details["method"], told.details["half_marks"]


def _by_kind(one: Agreement, told: Told) -> bool:
    said = told.details.get("by_kind")  # not in events that are older
    return said is None or said == [one.half_marks_learn_that, one.half_marks_learn_how_to]
