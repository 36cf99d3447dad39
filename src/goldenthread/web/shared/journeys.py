"""One person's journey in words and as a thread, for the pages of those who accompany it."""

from collections.abc import Iterable
from typing import Any

from goldenthread.applications.models import OVER, Enrolment, Stage
from goldenthread.catalogue.specification import Specification
from goldenthread.templatetags.gt import day

ORDER = (Stage.INDUCTION, Stage.DEVELOPMENT, Stage.ASSESSMENT)


def stage_name(stage: str, specification: Specification | None = None) -> str:
    """A stage as its version calls it, without the word "stage"; by our own word where no version is meant."""
    stages = specification.stages if specification else ()
    named = next((one.name for one in stages if one.key == stage), None)
    return named.removesuffix(" stage") if named else Stage(stage).label.capitalize()


def left_from(stage: str) -> tuple[Stage, ...]:
    """The stage that somebody is in and those that are ahead of it; none once the enrolment is over."""
    return ORDER[ORDER.index(Stage(stage)) :] if stage in ORDER else ()


def thread_of(
    enrolment: Enrolment, notes: dict[str, str] | None = None, *, specification: Specification | None = None
) -> list[dict[str, Any]]:
    """The steps of the thread and their states; `notes` may say more of one ("assessment": "Opens 2 Mar").

    `specification` is the version's, where the caller has it.
    """
    said = notes or {}
    known = specification or enrolment.version.specification
    steps: list[dict[str, Any]] = [
        {"label": "Application", "state": "done", "note": said.get("application", "")}
    ]
    over = enrolment.stage in OVER
    here = len(ORDER) if over else ORDER.index(Stage(enrolment.stage))
    for place, stage in enumerate(ORDER):
        state = (
            "done" if place < here else "now" if place == here and enrolment.withdrawn_at is None else "ahead"
        )
        steps.append({"label": stage_name(stage, known), "state": state, "note": said.get(stage, "")})
    label = stage_name(enrolment.stage) if enrolment.stage in (Stage.NOT_ACHIEVED, Stage.REVOKED) else "Award"
    since = vars(enrolment).get("revoked_at")
    note = f"on {day(since)}" if since else said.get("award", "")
    steps.append({"label": label, "state": "done" if over else "ahead", "note": note})
    return steps


def stage_text(enrolment: Enrolment, specification: Specification | None = None) -> str:
    """Where somebody stands, in a word for lists; as the version says it where the caller has its specification.
    Of an award that was revoked since when, where the query says it (`awards.queries.revoked_since`).
    """
    if enrolment.withdrawn_at:
        return "Withdrawn"
    since = vars(enrolment).get("revoked_at")
    if enrolment.stage == Stage.REVOKED and since:
        return f"{stage_name(Stage.REVOKED)} on {day(since)}"
    return stage_name(enrolment.stage, specification)


def stage_kind(enrolment: Enrolment) -> str:
    """The kind of tag that goes with it."""
    if enrolment.withdrawn_at or enrolment.stage == Stage.NOT_ACHIEVED:
        return "plain"
    if enrolment.stage == Stage.REVOKED:
        return "problem"
    return "done" if enrolment.stage == Stage.AWARDED else "todo"


def role_status_text(status: str) -> str:
    """What somebody said in the application of the role that the programme is for."""
    return {"in role": "in the role", "aspiring": "wants to take on the role"}.get(status, status)


def model_name(key: str, models: Iterable[Any] = ()) -> str:
    """A delivery model by its name in the specification, else its key as words."""
    named = {model.key: model.name for model in models}
    return named.get(key, key.replace("_", " "))
