"""Formative tasks and modules: states, what makes work complete, what feedback must hold (S0-13, S2-35).
Pure.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from goldenthread.common.days import day_text
from goldenthread.common.refused import Refused

LONGEST_TEXT = 20_000
LONGEST_REFLECTION = 5_000


class State(StrEnum):
    DRAFT = "draft"
    HANDED_IN = "handed_in"
    RETURNED = "returned"
    ACCEPTED = "accepted"


class Verb(StrEnum):
    SAVE = "save"
    HAND_IN = "hand_in"
    TAKE_BACK = "take_back"
    ACCEPT = "accept"
    RETURN = "return"


# What may follow on what; what is absent is forbidden.
TRANSITIONS: dict[State, dict[Verb, State]] = {
    State.DRAFT: {Verb.SAVE: State.DRAFT, Verb.HAND_IN: State.HANDED_IN},
    State.RETURNED: {Verb.SAVE: State.RETURNED, Verb.HAND_IN: State.HANDED_IN},
    State.HANDED_IN: {
        Verb.TAKE_BACK: State.DRAFT,
        Verb.ACCEPT: State.ACCEPTED,
        Verb.RETURN: State.RETURNED,
    },
    State.ACCEPTED: {},
}
_WHY_NOT = {
    State.DRAFT: "The participant is writing this work: it is not handed in now, or was taken back. Keep a copy "
    "of what you wrote until it comes.",
    State.RETURNED: "This work went back to the participant and has not been handed in again.",
    State.HANDED_IN: "This work is handed in and waits for your tutor. Take it back to change it.",
    State.ACCEPTED: "This work is accepted. Nothing more needs to be done.",
}


@dataclass(frozen=True)
class Work:
    """The four texts of a response."""

    context: str = ""
    application: str = ""
    evidence: str = ""
    reflection: str = ""


REQUIRED = {
    "context": "Describe the context in your school",
    "application": "Say what you applied in your school",
    "evidence": "Name the evidence of what changed",
}


def check_open(*, opens_on: date, today: date) -> None:
    """What a plan asks can be finished from the first day of the programme on, so that no stage is done before it
    begins (S0-21). Reading it and writing a draft need no date.
    """
    if today < opens_on:
        raise Refused(
            f"Your programme begins on {day_text(opens_on)}. You can read this now; finish it or hand it in from that "
            "day on.",
            code="activity.not_open",
        )


def move(state: str, verb: Verb) -> State:
    """The state after `verb`; refuses what the table doesn't hold, with the reason."""
    after = TRANSITIONS[State(state)].get(verb)
    if after is None:
        raise Refused(_WHY_NOT[State(state)], code=f"response.{state}")
    return after


def may_edit(state: str) -> bool:
    """Whether the participant may change the texts: only while draft or returned."""
    return Verb.SAVE in TRANSITIONS[State(state)]


class Incomplete(Refused):
    """Work that lacks something: `missing` says for each field what to do."""

    def __init__(self, missing: Mapping[str, str]) -> None:
        super().__init__(" ".join(missing.values()), code="response.incomplete", field=next(iter(missing)))
        self.missing = missing


def check_complete(work: Work) -> None:
    """Work is complete when context, application and evidence are all there (S0-13); names all that is not."""
    missing = {
        field: f"{advice}, then hand in."
        for field, advice in REQUIRED.items()
        if not getattr(work, field).strip()
    }
    if missing:
        raise Incomplete(missing)


def check_length(work: Work) -> None:
    """Each text is at most 20,000 characters."""
    for field in ("context", "application", "evidence", "reflection"):
        over = len(getattr(work, field)) - LONGEST_TEXT
        if over > 0:
            raise Refused(
                f"Shorten this text by {over:,} characters; it may have {LONGEST_TEXT:,}.",
                code="response.long",
                field=field,
            )


def check_feedback(*, strength: str, next_step: str) -> None:
    """Feedback names a strength and a next step, also when the work is accepted (S2-35)."""
    if not strength.strip():
        raise Refused("Name a strength of this work.", code="feedback.strength", field="strength")
    if not next_step.strip():
        raise Refused("Name the next step for this person.", code="feedback.next_step", field="next_step")


def check_task(*, purpose: str) -> None:
    """A task states what it is for before anybody is asked to do it (S2-35)."""
    if not purpose.strip():
        raise Refused("State the purpose of this task.", code="task.purpose", field="purpose")


def check_reflection(reflection: str) -> None:
    """A module ends with a short reflection."""
    if not reflection.strip():
        raise Refused(
            "Write a sentence or two on what you take into your school, then finish the module.",
            code="module.reflection",
            field="reflection",
        )
    if len(reflection) > LONGEST_REFLECTION:
        raise Refused(
            f"Shorten your reflection to {LONGEST_REFLECTION:,} characters.",
            code="module.long",
            field="reflection",
        )
