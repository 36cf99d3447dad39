"""What a window has stated of counting words and of declarations since it was set, and what they ask of a hand-in.

A window keeps what its version said on that day, so that nobody is asked for anything else later. One that was set
before versions stated it has nothing: words are counted by the first rule, too many are refused, and nothing is asked
about AI.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from goldenthread.assessment.words import APART, rule_name, rule_text
from goldenthread.catalogue.policies import (
    AI_TEXTS,
    OWN_WORK,
    PARTS,
    Over,
    counting_of,
    marks_off_data,
    marks_off_in,
    over_text,
)
from goldenthread.catalogue.terms import Assessment, MarksOff
from goldenthread.catalogue.wording import counted, listed
from goldenthread.common.refused import Refused

LONGEST_AI_NOTE = 2_000  # characters about the use of AI


@dataclass(frozen=True)
class Counting:
    """How words are counted here: `not_counted` are parts of a text, `tolerance_percent` is of the limit."""

    not_counted: tuple[str, ...] = APART
    tolerance_percent: int = 0
    over: Over = Over.REFUSE
    penalty: str = ""
    marks_off: MarksOff | None = None  # the penalty as data, which is applied to the agreed marks

    @property
    def rule(self) -> str:
        """The name under which the count is on record."""
        return rule_name(self.not_counted)

    def most(self, limit: int) -> int:
        """The most words that are taken as they are: the limit and its tolerance, in whole words rounded down."""
        return limit + limit * self.tolerance_percent // 100


@dataclass(frozen=True)
class Length:
    """A number of words beside its limit, None where there is none; `text` is said alike wherever it is read."""

    words: int
    limit: int | None
    counting: Counting
    charged: int | None = (
        None  # how many of the words too many cost marks, where two of the office decided so
    )

    @property
    def most(self) -> int | None:
        return None if self.limit is None else self.counting.most(self.limit)

    @property
    def excess(self) -> int:
        """How many words are beyond what is taken."""
        return max(self.words - self.most, 0) if self.most is not None else 0

    @property
    def costly(self) -> int:
        """How many of the words too many cost marks, where any do."""
        return self.excess if self.charged is None else min(self.excess, self.charged)

    @property
    def text(self) -> str:
        if self.limit is None or self.most is None:
            return f"{counted(self.words, 'word')}; no limit is known, so they are only counted"
        said = f"{self.words:,} of {counted(self.limit, 'word')}"
        if self.words <= self.limit:
            return said
        if not self.excess:
            return f"{said}, within the {self.counting.tolerance_percent} % over it that are taken ({self.most:,})"
        return f"{said}, {self.excess:,} too many{self.follows}"

    @property
    def follows(self) -> str:
        """What follows of too many words, as the end of a sentence; "" where they are refused or there are none."""
        if not self.excess or self.most is None:
            return ""
        return {
            Over.REFUSE: "",
            Over.WARN: ": taken all the same, and the markers are told",
            Over.CUT: f": only the first {self.most:,} are marked",
            Over.PENALTY: f": {self.counting.penalty}",
        }[self.counting.over]

    @property
    def for_markers(self) -> str:
        """The length as markers read it: a penalty that the rule applies is none of theirs, who mark the response."""
        if self.excess and self.counting.marks_off is not None:
            return self.text.removesuffix(self.follows)
        return self.text

    def half_marks_off(self, earned: int) -> int:
        """How many half marks too many words cost somebody who has earned so many: never more than those.

        A share of the marks is rounded down to half marks, in favour of who wrote; each begun step counts whole.
        """
        off = self.counting.marks_off
        if off is None or not self.costly or not self.limit or self.counting.over is not Over.PENALTY:
            return 0
        steps = (
            -(-self.costly // off.each)
            if off.of == "words"
            else -(-self.costly * 100 // (self.limit * off.each))
        )
        each = 2 * off.amount * steps if off.unit == "marks" else earned * off.amount * steps // 100
        return min(each, earned)


@dataclass(frozen=True)
class Ai:
    """What is asked about AI: `use` is forbidden, acknowledged, free, or "" where the window has no policy."""

    use: str = ""
    version: str = ""
    statement: str = ""
    describe: tuple[str, ...] = ()
    shown_to_markers: bool = False

    @property
    def declared(self) -> bool:
        """Whether something has to be said."""
        return self.use in ("forbidden", "acknowledged")


@dataclass(frozen=True)
class Declarations:
    """What is declared with every script: own work in these words, and what is asked about AI."""

    own_work: str = OWN_WORK.text
    own_work_version: str = OWN_WORK.version
    ai: Ai = Ai()


@dataclass(frozen=True)
class AiSaid:
    """What somebody says about AI: `use` is "none" or "used", or "" where nothing was said; `note` how it was used."""

    use: str = ""
    note: str = ""


NOTHING_SAID = AiSaid()
FIRST_COUNTING = Counting()  # and these two of a window that was set before versions stated anything
ONLY_OWN_WORK = Declarations()


def stated(assessment: Assessment, task: str = "") -> dict[str, Any]:
    """What a window keeps of a version's assessment, as data. Refuses while its sources disagree and nobody chose."""
    tolerance = counting_of(assessment, task).tolerance_percent
    if tolerance.undecided:
        offered = " or ".join(f"{one.value} % ({', '.join(one.source)})" for one in tolerance.candidates)
        raise Refused(
            f"The sources disagree about the tolerance of the word limit: {offered}. Decide it on the page of the "
            "version first, then set the days.",
            code="words.tolerance",
        )
    counting = counting_now(assessment, task)
    return _kept(assessment, counting)


def stated_now(assessment: Assessment, task: str = "") -> dict[str, Any]:
    """The same for what no window is set for yet, where an open tolerance is none."""
    return _kept(assessment, counting_now(assessment, task))


def _kept(assessment: Assessment, counting: Counting) -> dict[str, Any]:
    kept: dict[str, Any] = {
        "counting": {
            "not_counted": list(counting.not_counted),
            "tolerance_percent": counting.tolerance_percent,
            "over": str(counting.over),
            "penalty": counting.penalty,
            **({"marks_off": marks_off_data(counting.marks_off)} if counting.marks_off else {}),
        },
        "own_work": {"version": assessment.own_work.version, "text": assessment.own_work.text},
    }
    if assessment.ai is not None:
        kept["ai"] = {
            "use": assessment.ai.use,
            "version": assessment.ai.version,
            "statement": assessment.ai.statement,
            "describe": list(assessment.ai.describe),
            "shown_to_markers": assessment.ai.shown_to_markers,
        }
    return kept


def ai_text(asked: Ai) -> str:
    """The policy about AI as people read it before they write; "" where there is none."""
    if not asked.use:
        return ""
    said = AI_TEXTS[asked.use]
    if asked.describe:
        said += f" If you did, you say {listed(asked.describe)}."
    if asked.use == "forbidden":
        said += " With every script you confirm that you used none."
    elif asked.declared:
        who = "The markers read it too" if asked.shown_to_markers else "The markers don't read it"
        said += f" {who}; the programme office does."
    return said


def policy_lines(kept: Mapping[str, Any], limit: int | None) -> list[tuple[str, str]]:
    """What a window states, for the office: which words count, what follows of too many, and the policy about AI."""
    counting, asked = counting_in(kept), declarations_in(kept)
    out = [PARTS[part] for part in counting.not_counted]
    lines = [("Not counted", f"{listed(out)} (our rule for words, version {counting.rule})")]
    if limit is not None:
        then = over_text(counting.over, counting.penalty)
        if counting.tolerance_percent:
            most = counted(counting.most(limit), "word")
            lines.append(("What is longer", f"Up to {most} nothing follows. Beyond them {then}"))
        else:
            lines.append(("What is longer", then[:1].upper() + then[1:]))
    said = ai_text(asked.ai)
    lines.append(("AI", f"{said} (wording {asked.ai.version})" if said else "Nothing is asked about it"))
    return lines


def counting_now(assessment: Assessment, task: str = "") -> Counting:
    """How a version counts words today, for what no window is set for yet; an open tolerance is none."""
    found = counting_of(assessment, task)
    return Counting(
        found.not_counted,
        found.tolerance_percent.value or 0,
        Over(found.over),
        found.penalty,
        found.marks_off,
    )


def counting_text(counting: Counting) -> str:
    """The rule in words: what a word is, what counts, how many more are taken, and what follows of others."""
    said = [rule_text(counting.not_counted)]
    if counting.tolerance_percent:
        what = "is taken" if counting.over is Over.REFUSE else "nothing follows"
        said.append(f"Up to {counting.tolerance_percent} % over the limit {what}.")
    if counting.over is not Over.REFUSE:
        said.append(f"What is longer: {over_text(counting.over, counting.penalty)}.")
    return " ".join(said)


def counting_in(kept: Mapping[str, Any]) -> Counting:
    """How a window counts words, from what it keeps."""
    found = kept.get("counting")
    return _counting(tuple(found["not_counted"]), *_rest(found)) if found else Counting()


def _rest(found: Mapping[str, Any]) -> tuple[int, str, str, MarksOff | None]:
    return found["tolerance_percent"], found["over"], found["penalty"], marks_off_in(found.get("marks_off"))


@lru_cache(maxsize=200)
def _counting(
    not_counted: tuple[str, ...], tolerance: int, over: str, penalty: str, off: MarksOff | None
) -> Counting:
    return Counting(not_counted, tolerance, Over(over), penalty, off)


def declarations_in(kept: Mapping[str, Any]) -> Declarations:
    """What a window asks to be declared, from what it keeps."""
    own, ai = kept.get("own_work"), kept.get("ai")
    said = Ai(**{**ai, "describe": tuple(ai["describe"])}) if ai else Ai()
    return Declarations(own["text"], own["version"], said) if own else Declarations(ai=said)


def check_declared(asked: Declarations, *, own_work: bool, ai: AiSaid) -> None:
    """Own work is declared, and about AI what is asked. Each refusal names its field; the text stays as it is."""
    if not own_work:
        raise Refused(
            "Confirm that this is your own work: without it nothing can be handed in.",
            code="script.own_work",
            field="own_work",
        )
    if not asked.ai.declared:
        return
    if asked.ai.use == "forbidden":
        _check_not_used(ai)
    elif ai.use not in ("none", "used"):
        raise Refused(
            "Say whether you used AI: without it nothing can be handed in. Your text is kept.",
            code="script.ai",
            field="ai_use",
        )
    elif ai.use == "used" and not ai.note.strip():
        raise Refused(
            f"You used AI: say {listed(asked.ai.describe) or 'how'}. Your text is kept.",
            code="script.ai_note",
            field="ai_note",
        )
    if len(ai.note) > LONGEST_AI_NOTE:
        raise Refused(
            f"{len(ai.note):,} characters about AI are more than can be kept ({LONGEST_AI_NOTE:,}): shorten them. "
            "Your text is kept.",
            code="script.ai_note",
            field="ai_note",
        )


def _check_not_used(ai: AiSaid) -> None:
    if ai.use == "used":
        raise Refused(
            "AI may not be used here, so this can't be handed in. Your text is kept: take out what AI wrote, or "
            "write to the programme office.",
            code="script.ai",
            field="ai_use",
        )
    if ai.use != "none":
        raise Refused(
            "Confirm that you used no AI: without it nothing can be handed in. Your text is kept.",
            code="script.ai",
            field="ai_use",
        )


def declared_record(asked: Declarations, ai: AiSaid) -> dict[str, str]:
    """What a script keeps of its declarations: the versions of the words that were agreed to, and what was said."""
    kept = {"own_work": asked.own_work_version}
    if asked.ai.use:
        kept["ai"] = asked.ai.version
    if asked.ai.declared:
        kept["ai_use"] = ai.use
    if ai.use == "used" and asked.ai.declared:
        kept["ai_note"] = ai.note.strip()
    return kept


def declared_lines(asked: Declarations, declared: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What was declared with a script, as pages say it: what about, and in which words."""
    version = declared.get("own_work", "")
    lines = [("Own work", f"{asked.own_work} (wording {version})" if version else "Declared")]
    said = ai_said_text(declared)
    if said:
        lines.append(("Use of AI", f"{said} (wording {declared.get('ai', '')})"))
    return lines


def ai_said_text(declared: Mapping[str, Any]) -> str:
    """What was said about AI, as people read it; "" where nothing was asked."""
    use = declared.get("ai_use", "")
    if use == "used":
        return f"AI was used: {declared.get('ai_note', '')}"
    return "No AI was used" if use == "none" else ""
