"""What markers say to the participant: a strength and a next step, apart for *learn that* and *learn how to*.

Understanding and application are told apart in marks (S0-36), so they are in words too. A scheme that gives all its
marks to one kind, as the criteria of a project task, has words for the whole response alone.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from goldenthread.common.refused import Refused
from goldenthread.marking.rules import Kind, Marks, Scheme, mark_faults

NAMES = {Kind.LEARN_THAT: "learn that", Kind.LEARN_HOW_TO: "learn how to"}
Kept = Mapping[str, Mapping[str, str]]  # {"<kind>": {"strength": …, "next_step": …}}, as a marking keeps them


@dataclass(frozen=True)
class Words:
    """What is said about one kind, or about the whole response."""

    strength: str = ""
    next_step: str = ""

    @property
    def empty(self) -> bool:
        """Whether nothing is said."""
        return not (self.strength.strip() or self.next_step.strip())


@dataclass(frozen=True)
class Feedback:
    """What a marker tells the participant: strength and next step of the whole response, where in the script that
    shows, and the same words by kind where the scheme has both (S2-35, S0-36).
    """

    strength: str = ""
    next_step: str = ""
    evidence: str = ""
    by_kind: Mapping[Kind, Words] = field(default_factory=dict)

    @property
    def kept_by_kind(self) -> dict[str, dict[str, str]]:
        """As a marking keeps the words by kind: trimmed, and without a kind of which nothing is said."""
        return {
            str(kind): {"strength": said.strength.strip(), "next_step": said.next_step.strip()}
            for kind, said in self.by_kind.items()
            if not said.empty
        }

    @property
    def texts_by_kind(self) -> dict[str, str]:
        """The words by kind, by their field on the page."""
        return {
            field_of(name, kind): getattr(said, name)
            for kind, said in self.by_kind.items()
            for name in ("strength", "next_step")
        }


def asked_kinds(kinds: Iterable[str]) -> tuple[Kind, ...]:
    """The kinds for which words are asked apart, from those of a scheme's points: both, or none where it has but one,
    since then the words are about the whole response.
    """
    found = set(kinds)
    return tuple(Kind) if found >= set(Kind) else ()


def read_kept(kept: Kept) -> dict[Kind, Words]:
    """Words by kind as a marking keeps them, in the order of the kinds."""
    return {kind: Words(**kept[kind]) for kind in Kind if kind in kept}


def field_of(name: str, kind: Kind) -> str:
    """The name of the form's field for the words `name` ("strength" or "next_step") of a kind."""
    return f"{name}_{kind}"


def feedback_faults(feedback: Feedback, scheme: Scheme, marks: Marks) -> list[Refused]:
    """What is missing in the words: of each kind, or of the whole, a strength and a next step, since praise without a
    next step helps nobody on (S2-35).

    A strength may be left out of a kind that was given no mark: nobody has to make one up. Evidence is asked for, and
    may be left out where strength and next step name the place themselves.
    """
    kinds = asked_kinds(point.kind for point in scheme.points)
    if not kinds:
        whole = Words(feedback.strength, feedback.next_step)
        return _faults(whole, "of this script", "for the participant", "")
    found = []
    for kind in kinds:
        faults = _faults(
            feedback.by_kind.get(kind, Words()), f"in {NAMES[kind]}", f"in {NAMES[kind]}", f"_{kind}"
        )
        none = all(marks.get(point.number) == 0 for point in scheme.points if point.kind is kind)
        found += [one for one in faults if not none or one.code != "feedback.strength"]
    return found


def _faults(said: Words, of: str, for_: str, suffix: str) -> list[Refused]:
    rows = (
        (said.strength, f"Name a strength {of}.", "strength"),
        (said.next_step, f"Name a next step {for_}.", "next_step"),
    )
    return [
        Refused(text, code=f"feedback.{name}", field=name + suffix)
        for given, text, name in rows
        if not given.strip()
    ]


def submission_faults(scheme: Scheme, marks: Marks, feedback: Feedback) -> list[Refused]:
    """Everything that stands in the way of submitting a marking, in the order of the page."""
    return mark_faults(scheme, marks, complete=True) + feedback_faults(feedback, scheme, marks)


# --- as the participant reads them -------------------------------------------------------------------
@dataclass(frozen=True)
class Spoken:
    """What one marker wrote, however long ago, and by what the participant calls that marker: never a name."""

    who: str
    whole: Words
    by_kind: Mapping[Kind, Words]
    evidence: str = ""


@dataclass(frozen=True)
class Heard:
    """All that is said about one kind, or where `kind` is None about the whole response, each with who said it."""

    kind: Kind | None
    said: tuple[tuple[str, Words], ...]

    @property
    def title(self) -> str:
        """The kind as a heading; "" of the whole response."""
        return NAMES[self.kind].capitalize() if self.kind else ""


def heard_by_kind(spoken: Iterable[Spoken]) -> list[Heard]:
    """The words of several markers, kind by kind and then of the whole response; what nobody spoke of is left out."""
    rows = list(spoken)
    found = []
    for kind in (*Kind, None):
        words = ((one.who, one.whole if kind is None else one.by_kind.get(kind, Words())) for one in rows)
        said = tuple((who, these) for who, these in words if not these.empty)
        if said:
            found.append(Heard(kind, said))
    return found
