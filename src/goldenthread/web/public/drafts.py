"""An application on its way: answers kept in the visitor's session until they are sent, one draft per
intake."""

from typing import Any

from goldenthread.applications.rules import Answers, Discussion
from goldenthread.intakes.models import Intake
from goldenthread.web.shared.http import Request, new_form_key

STEPS = ("you", "role", "school", "study", "check")
TITLES = {
    "you": "About you",
    "role": "Your role",
    "school": "Your school",
    "study": "How you want to study",
    "check": "Check your answers",
}
# Which step holds the answer that a rule complains of.
STEP_OF_FIELD = {
    "name": "you",
    "email": "you",
    "role_status": "role",
    "scope": "role",
    "role": "role",
    "role_description": "role",
    "schools": "role",
    "school": "school",
    "delivery_model": "study",
    "zone": "study",
    "discussed_on": "study",
    "discussed_email": "study",
}


class Draft:
    """The answers given so far to one intake; writing a step keeps it in the session.

    An intake without answers begins with those given to another one of the same version, so that nobody whose
    intake closed meanwhile has to write them again.
    """

    def __init__(self, request: Request, intake: Intake) -> None:
        self._session, self._name = request.session, f"apply:{intake.pk}"
        own: dict[str, Any] | None = self._session.get(self._name)
        self.data: dict[str, Any] = own or {**self._carried(intake), "form_key": new_form_key()}
        self.data["version"] = intake.version_id

    def _carried(self, intake: Intake) -> dict[str, Any]:
        """The latest answers to another intake of this version, as far as they fit this one."""
        others = [draft for name, draft in self._session.items() if name.startswith("apply:")]
        same = [draft for draft in others if draft.get("version") == intake.version_id]
        found = {name: same[-1][name] for name in STEPS[:-1] if name in same[-1]} if same else {}
        if found.get("study", {}).get("delivery_model") not in intake.delivery_models:
            found.pop("study", None)
        return found

    @property
    def begun(self) -> bool:
        """Whether any step has answers."""
        return any(name in self.data for name in STEPS[:-1])

    def step(self, name: str) -> dict[str, Any]:
        """What was answered at a step, empty before."""
        answers: dict[str, Any] = self.data.get(name, {})
        return answers

    def keep(self, name: str, answers: dict[str, Any]) -> None:
        self.data[name] = answers
        self._session[self._name] = self.data

    @property
    def form_key(self) -> str:
        key: str = self.data["form_key"]
        return key

    def renew_key(self) -> None:
        """Let these answers be sent as a form of their own: under the old key others were sent."""
        self.data["form_key"] = new_form_key()
        self._session[self._name] = self.data

    def first_open(self) -> str:
        """The first step without answers; "check" when there is none."""
        return next((name for name in STEPS[:-1] if name not in self.data), "check")

    def may_open(self, name: str) -> bool:
        """A step may be opened when all steps before it have answers."""
        return STEPS.index(name) <= STEPS.index(self.first_open())

    def sent_as(self, reference: str, name: str, *, enrolled: bool) -> None:
        """Forget the answers, remember what they became: an application that waits, or an enrolment."""
        self._session.pop(self._name, None)
        self._session[f"sent:{self._name}"] = {"reference": reference, "name": name, "enrolled": enrolled}

    @property
    def sent(self) -> dict[str, Any] | None:
        """The reference of an application sent from here, if this intake was applied to in this session."""
        found: dict[str, Any] | None = self._session.get(f"sent:{self._name}")
        return found

    def answers(self, *, conduct: bool) -> Answers:
        """Everything together, as the rules take it."""
        you, role, school, study = (self.step(name) for name in STEPS[:-1])
        return Answers(
            name=you.get("name", ""),
            email=you.get("email", ""),
            zone=study.get("zone", "Europe/London"),
            school_id=school.get("school_id"),
            school_text=school.get("school_text", ""),
            delivery_model=study.get("delivery_model", ""),
            role_status=role.get("role_status", ""),
            scopes=tuple(role.get("scopes", ())),
            role=role.get("role", ""),
            role_description=role.get("role_description", ""),
            schools=role.get("schools"),
            confirmed=tuple(role.get("confirmed", ())),
            discussed=Discussion(
                study.get("discussed_role", ""),
                study.get("discussed_name", ""),
                study.get("discussed_on", ""),
                study.get("discussed_email", ""),
            ),
            conduct_accepted=conduct,
        )
