"""One person's journey in words and as a thread, for the pages of those who accompany it."""

from collections.abc import Iterable
from typing import Any

from goldenthread.applications.models import Enrolment, Stage

ORDER = (Stage.INDUCTION, Stage.DEVELOPMENT, Stage.ASSESSMENT)
LABELS = {
    Stage.INDUCTION: "Induction",
    Stage.DEVELOPMENT: "Development",
    Stage.ASSESSMENT: "Final assessment",
}


def thread_of(enrolment: Enrolment, notes: dict[str, str] | None = None) -> list[dict[str, Any]]:
    """The steps of the thread and their states; `notes` may say more of one ("assessment": "Opens 2 Mar")."""
    said = notes or {}
    steps: list[dict[str, Any]] = [
        {"label": "Application", "state": "done", "note": said.get("application", "")}
    ]
    over = enrolment.stage in (Stage.AWARDED, Stage.NOT_ACHIEVED)
    here = len(ORDER) if over else ORDER.index(Stage(enrolment.stage))
    for place, stage in enumerate(ORDER):
        state = (
            "done" if place < here else "now" if place == here and enrolment.withdrawn_at is None else "ahead"
        )
        steps.append({"label": LABELS[stage], "state": state, "note": said.get(stage, "")})
    label = "Not achieved" if enrolment.stage == Stage.NOT_ACHIEVED else "Award"
    steps.append({"label": label, "state": "done" if over else "ahead", "note": said.get("award", "")})
    return steps


def stage_text(enrolment: Enrolment) -> str:
    """Where somebody stands, in a word for lists."""
    return "Withdrawn" if enrolment.withdrawn_at else Stage(enrolment.stage).label.capitalize()


def stage_kind(enrolment: Enrolment) -> str:
    """The kind of tag that goes with it."""
    if enrolment.withdrawn_at or enrolment.stage == Stage.NOT_ACHIEVED:
        return "plain"
    return "done" if enrolment.stage == Stage.AWARDED else "todo"


def model_name(key: str, models: Iterable[Any] = ()) -> str:
    """A delivery model by its name in the specification, else its key as words."""
    named = {model.key: model.name for model in models}
    return named.get(key, key.replace("_", " "))
