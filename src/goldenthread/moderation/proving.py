"""Moderators' decisions and sign-offs, what shifts moved, and a national moderator's marks, compared with the trail."""

from collections.abc import Iterator

from goldenthread.common.audit import Fault
from goldenthread.common.proving import Check, Told, rows, unknown
from goldenthread.moderation.models import NationalMark, Round, Sampled, ShiftedMark

_DECISIONS = ("confirmed", "adjusted")


class Decisions(Check):
    """Each decision on a sampled script is the last one that was taken and didn't fall."""

    kind = "decision"
    verbs = (*(f"moderation.{one}" for one in _DECISIONS), "moderation.reopened")

    def __init__(self) -> None:
        self.last: dict[str, Told] = {}

    def take(self, told: Told) -> None:
        self.last[told.subject] = told

    def faults(self) -> Iterator[Fault]:
        for one in rows(Sampled.objects.exclude(decision="")):
            subject = f"script:{one.script_id}"
            told = self.last.pop(subject, None)
            if told is None or told.verb == "moderation.reopened":
                yield unknown(subject, "the moderator's decision")
            elif not _is_as_told(one, told):
                yield told.says("the moderator's decision is not the one that was taken")
        for told in self.last.values():
            if told.verb != "moderation.reopened":
                yield told.says("the moderator's decision is gone")


def _is_as_told(one: Sampled, told: Told) -> bool:
    if (told.verb, told.details["note"], told.user, told.at) != (
        f"moderation.{one.decision}", one.note, one.decided_by_id, one.decided_at,
    ):  # fmt: skip
        return False
    halves = [one.half_marks_learn_that, one.half_marks_learn_how_to]
    if one.decision == "adjusted" and sum(half or 0 for half in halves) != told.details["half_marks"]:
        return False
    said = told.details.get("by_kind")  # not in events that are older, nor where marks were confirmed
    return halves == said if said else one.decision == "adjusted" or halves == [None, None]


class SignOffs(Check):
    """Each moderation that is signed off was, by whom the row says, and nothing has overtaken it."""

    kind = "sign_off"
    verbs = ("moderation.signed_off", "moderation.overtaken")

    def __init__(self) -> None:
        self.last: dict[str, Told] = {}

    def take(self, told: Told) -> None:
        self.last[told.subject] = told

    def faults(self) -> Iterator[Fault]:
        for one in rows(Round.objects.filter(signed_off_at__isnull=False).defer("drawn_from", "completions")):
            subject = f"window:{one.window_id}"
            told = self.last.pop(subject, None)
            if told is None or told.verb == "moderation.overtaken":
                yield unknown(subject, "the sign-off of its moderation")
            elif (told.user, told.at) != (one.signed_off_by_id, one.signed_off_at):
                yield told.says("its moderation was signed off by another, or at another time")
        for told in self.last.values():
            if told.verb == "moderation.signed_off":
                yield told.says("the sign-off of its moderation is gone")


class Shifts(Check):
    """Each script that a shift moved has the marks before and after that were agreed to, and fell when the trail says
    so, or not at all.
    """

    kind = "shift"
    verbs = ("moderation.shifted", "moderation.shift_fell")

    def __init__(self) -> None:
        self.moved: dict[str, list[Told]] = {}
        self.fell: dict[tuple[str, int], Told] = {}

    def take(self, told: Told) -> None:
        if told.verb == "moderation.shifted":
            self.moved.setdefault(told.subject, []).append(told)
        else:
            self.fell[told.subject, told.details["shift"]] = told

    def faults(self) -> Iterator[Fault]:
        for one in rows(ShiftedMark.objects.all()):
            subject = f"script:{one.script_id}"
            told = next(
                (it for it in self.moved.get(subject, ()) if it.details["shift"] == one.shift_id), None
            )
            if told is None:
                yield unknown(subject, "a mark that a shift moved")
                continue
            self.moved[subject].remove(told)
            was = [one.was_learn_that, one.was_learn_how_to]
            now = [one.half_marks_learn_that, one.half_marks_learn_how_to]
            fell = self.fell.get((subject, one.shift_id))
            if (was, now) != (told.details["was"], told.details["half_marks"]):
                yield told.says("the mark that a shift moved is not the one that was agreed to")
            elif one.fell_at != (fell.at if fell else None):
                yield (fell or told).says("the mark that a shift moved fell at another time, or didn't")
        for left in self.moved.values():
            yield from (told.says("a mark that a shift moved is gone") for told in left)


class NationalMarks(Check):
    """Each script that a national moderator adjusted has the marks and the reason that were applied."""

    kind = "national"
    verbs = ("national.adjusted",)

    def __init__(self) -> None:
        self.told: dict[str, list[Told]] = {}

    def take(self, told: Told) -> None:
        self.told.setdefault(told.subject, []).append(told)

    def faults(self) -> Iterator[Fault]:
        for one in rows(NationalMark.objects.all()):
            subject, told = f"script:{one.script_id}", self.told.get(f"script:{one.script_id}")
            if not told:
                yield unknown(subject, "a national moderator's mark")
                continue
            first = told.pop(0)
            halves = [one.half_marks_learn_that, one.half_marks_learn_how_to]
            said = first.details.get("by_kind", halves)  # not in events that are older
            if (sum(halves), one.reason) != (
                first.details["half_marks"],
                first.details["reason"],
            ) or said != halves:
                yield first.says(
                    "the national moderator's mark, or its reason, is not the one that was applied"
                )
        yield from (
            told.says("a national moderator's mark is gone") for left in self.told.values() for told in left
        )
