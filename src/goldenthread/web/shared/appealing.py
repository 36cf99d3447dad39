"""Where an appeal stands, as pages show it."""

from goldenthread.appeals.models import Appeal
from goldenthread.appeals.rules import State

TAGS = {
    State.LODGED: ("waiting", "To check"),
    State.ADMITTED: ("now", "Under appeal"),
    State.NOT_ADMITTED: ("plain", "Not admitted"),
    State.DECIDED: ("done", "Decided"),
    State.WITHDRAWN: ("plain", "Withdrawn"),
}


def road_of(appeal: Appeal) -> list[dict[str, str]]:
    """How far an appeal is on its way to a decision, as steps of a thread."""
    state = State(appeal.state)
    if state is State.WITHDRAWN:
        return [{"label": "Lodged", "state": "done"}, {"label": "Withdrawn", "state": "done"}]
    if state is State.NOT_ADMITTED:
        return [{"label": "Lodged", "state": "done"}, {"label": "Not admitted", "state": "done"}]
    here = {State.LODGED: 1, State.ADMITTED: 2, State.DECIDED: 4}[state]
    labels = ("Lodged", "Checked", "Looked at again", "Decided")
    return [
        {"label": label, "state": "done" if place < here else "now" if place == here else "ahead"}
        for place, label in enumerate(labels)
    ]
