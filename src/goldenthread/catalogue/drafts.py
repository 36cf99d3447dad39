"""What a version goes through from draft to publication, and who may take it there. No Django, no clock."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256

from goldenthread.catalogue import rules
from goldenthread.catalogue.differences import Difference
from goldenthread.catalogue.problems import Problem
from goldenthread.catalogue.reading import VersionFile
from goldenthread.catalogue.specification import Specification
from goldenthread.common.quantities import hours_text
from goldenthread.common.refused import Refused


class Verb(StrEnum):
    SAVE = "save"
    CHECK = "check"
    PUBLISH = "publish"
    DISCARD = "discard"


# Absent means forbidden. Whatever is saved has to be checked again.
TRANSITIONS: Mapping[str, Mapping[Verb, str]] = {
    "draft": {Verb.SAVE: "draft", Verb.CHECK: "checked", Verb.DISCARD: "discarded"},
    "checked": {
        Verb.SAVE: "draft",
        Verb.CHECK: "checked",
        Verb.PUBLISH: "published",
        Verb.DISCARD: "discarded",
    },
    "published": {},
    "discarded": {},
}
WHY_NOT = {
    "draft": "Check this draft first: only what is checked can be published.",
    "published": "This version is published and can't be changed any more. Start a new revision from its page.",
    "discarded": "This draft is discarded. Start a new one from the catalogue.",
}


def move(state: str, verb: Verb) -> str:
    """The state after `verb`; refuses what the table doesn't allow, with what to do instead."""
    after = TRANSITIONS[state].get(verb)
    if after is None:
        raise Refused(WHY_NOT[state], code=f"draft.{state}")
    return after


def check_second_person(*, editors: Collection[int], publisher: int) -> None:
    """Four eyes: nobody who has edited a draft publishes it, however long ago that was."""
    if publisher in editors:
        raise Refused(
            "You have edited this draft, so somebody else has to publish it. Ask a colleague of the programme "
            "office who has written none of it to open this page, read what differs and publish.",
            code="draft.same_person",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What stood before the person who publishes: the draft's revision, and what it says otherwise than which version.

    `against` is "" where there was no version to compare it with; `marks` are those of the differences.
    """

    revision: int
    against: str = ""
    marks: frozenset[str] = frozenset()


def mark_of(difference: Difference) -> str:
    """A short token that is another one as soon as the difference is."""
    told = (difference.key, difference.kind.value, difference.before, difference.after)
    return sha256(repr(told).encode()).hexdigest()[:10]


def check_seen(
    seen: Seen, *, revision: int, saves: Sequence[str], against: str, found: Sequence[Difference]
) -> None:
    """Nobody publishes unseen: refuse where the draft, or what it differs in, is not what the page showed.

    `saves` tell in words who saved what since; `found` are the differences as they are now.
    """
    there = {mark_of(one): one for one in found}
    if seen == Seen(revision=revision, against=against, marks=frozenset(there)):
        return
    new = [_told(one) for mark, one in there.items() if mark not in seen.marks]
    gone = len(seen.marks - there.keys())
    said = list(saves)
    if seen.against != against and against:
        said.append(f"it is compared with {against} now")
    said += [f"it now differs in {'; '.join(new[:3])}{_and_more(len(new) - 3)}"] if new else []
    said += ["1 difference is gone" if gone == 1 else f"{gone} differences are gone"] if gone else []
    why = f" Since you opened the page: {'. '.join(said)}." if seen.revision and said else ""
    raise Refused(
        f"Nothing is published, as you have not seen what differs now.{why} Read it below, then publish.",
        code="draft.unseen",
    )


def _told(one: Difference) -> str:
    return f"{one.label} ({_short(one.before) or 'nothing'} → {_short(one.after) or 'nothing'})"


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:59]}…"


def _and_more(count: int) -> str:
    return f", and {count} more" if count > 0 else ""


def check_revision(*, seen: int, there: int, by: str) -> None:
    """Refuse a save that builds on a text which somebody has changed meanwhile."""
    if seen != there:
        raise Refused(
            f"{by} has saved this draft meanwhile, so yours is not saved. Copy your changes, open the page "
            "again and put them in.",
            code="draft.stale",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """What checking a text found: what makes it unusable, and what an editor should know beside that."""

    problems: tuple[Problem, ...] = ()
    file: VersionFile | None = None

    @property
    def specification(self) -> Specification | None:
        return self.file.specification if self.file else None

    @property
    def total(self) -> rules.TotalCheck | None:
        return rules.check_totals(self.file.specification) if self.file else None

    @property
    def clean(self) -> bool:
        """Whether the version may be called checked: nothing malformed, and no sum that is wrong."""
        return self.file is not None and not self.problems


def judged(file: VersionFile, taken: Mapping[str, str]) -> Findings:
    """What stands against a readable version: a sum that is wrong, a name that another version has.

    `taken` holds, by key of the file, why its value can't be used here.
    """
    spec = file.specification
    total = rules.check_totals(spec)
    problems = [Problem(file.file, key, reason) for key, reason in taken.items()]
    if total.status == "wrong":
        reason = f"{hours_text(total.declared or 0)} are declared, the components come to {hours_text(total.known)}"
        problems.append(Problem(file.file, "total_hours", reason))
    return Findings(problems=tuple(problems), file=file)


def check_clean(findings: Findings) -> None:
    """Refuse to call a version checked while something in it is wrong; the first problems are named."""
    if findings.clean:
        return
    named = "; ".join(f"{problem.path}: {problem.reason}" for problem in findings.problems[:3])
    more = f", and {len(findings.problems) - 3} more" if len(findings.problems) > 3 else ""
    raise Refused(f"Mend this first, then check again: {named}{more}.", code="draft.not_clean")
