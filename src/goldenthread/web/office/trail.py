"""The audit trail in plain words: what happened, when, and who did it."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any

from goldenthread.assessment.stages import gate_name
from goldenthread.common.days import day_text
from goldenthread.common.models import AuditEvent
from goldenthread.common.quantities import hours_text
from goldenthread.templatetags.gt import instant

Details = Mapping[str, Any]
KINDS = {"study": "module", "tasks": "formative task", "events": "event day", "coaching": "coaching session"}
VERDICTS = {"changed": "the result changes", "upheld": "upheld, the result stays", "not_upheld": "not upheld"}
ACTORS = {"system": "the system", "visitor": "the applicant"}


def _minutes(details: Details) -> str:
    value = details.get("minutes")
    return hours_text(value) if isinstance(value, int) else "time"


def _task(details: Details) -> str:
    return f"Work on “{details['task']}”" if details.get("task") else "Work on a task"


def _because(details: Details) -> str:
    return f": {details['reason']}" if details.get("reason") else ""


def _day(details: Details, name: str) -> str:
    """A day as people read it; what the trail holds is the day as ISO writes it."""
    return day_text(date.fromisoformat(details[name])) if details.get(name) else "another day"


def _entry(details: Details) -> str:
    return "A further attempt" if details.get("beyond") == "attempts" else "Entry beyond the months"


def _penalty(details: Details) -> str:
    words = details.get("words")
    return f"so that {words} of the words too many cost marks" if words else "so that nothing is taken off"


WORDS: dict[str, str | Callable[[Details], str]] = {
    "outcomes.marks_looked_at": "Looked at marks by code, where whose they are can be guessed",
    "national.looked_at": "Looked at marks by code in an answer of the national moderator",
    "application.submitted": "Application sent in",
    "application.checked": lambda d: f"Entry check recorded: {'passed' if d.get('passed') else 'not passed'}",
    "application.accepted": lambda d: f"Application accepted{_because(d)}",
    "application.declined": lambda d: f"Application declined{_because(d)}",
    "application.withdrawn": lambda d: f"Application withdrawn{_because(d)}",
    "enrolment.made": "Enrolled",
    "enrolment.withdrawn": lambda d: f"Withdrawn{_because(d)}",
    "plan.made": lambda d: f"Plan made: {d.get('activities', 'its')} activities, {_minutes(d)}",
    "credit.written": lambda d: f"{_minutes(d)} credited for {_activity(d)}",
    "credit.corrected": lambda d: f"Credit for {_activity(d)} corrected by {_minutes(d)}",
    "group.placed": lambda d: "Moved to another group" if d.get("before") else "Placed in a group",
    "coach.paired": "Given a coach",
    "session.logged": lambda d: f"Coaching session recorded: {_minutes(d)}",
    "coaching.approved": lambda d: f"{_minutes(d)} more of coaching approved{_because(d)}",
    "module.completed": "Module finished",
    "response.saved": "Work on a task saved",
    "response.handed_in": lambda d: f"{_task(d)} handed in",
    "response.taken_back": lambda d: f"{_task(d)} taken back by its writer",
    "response.returned": lambda d: f"{_task(d)} returned for improvement",
    "response.accepted": lambda d: f"{_task(d)} accepted",
    "stage.reached": lambda d: f"Reached the stage {d.get('stage') or d.get('after') or ''}".strip(),
    "enrolment.stage_opened": "Moved to the assessment stage as the window opened",
    "enrolment.stage_waived": lambda d: f"Let into the assessment stage{_because(d)}",
    "sitting.released": "Case study opened to the person",
    "sitting.adjusted": lambda d: f"Deadline and limit adjusted: {_more(d)}",
    "sitting.held_back": lambda d: f"Case study held back: {gate_name(d)}",
    "sitting.deferred": lambda d: (
        "Deferred to a later window" + (", after the case study was opened" if d.get("shown") else "")
    ),
    "sitting.deferral_taken_back": "Deferral taken back",
    "enrolment.entered_again": lambda d: f"Entered for a further window{_because(d)}",
    "late_entry.asked": lambda d: f"{_entry(d)} asked for{_because(d)}",
    "late_entry.approved": lambda d: f"{_entry(d)} approved by a second person{_because(d)}",
    "late_entry.refused": lambda d: f"{_entry(d)} refused by a second person{_because(d)}",
    "late_entry.taken_back": lambda d: f"Request taken back: {_entry(d).lower()}",
    "penalty.asked": lambda d: f"Waiver of a penalty asked for, {_penalty(d)}{_because(d)}",
    "penalty.approved": lambda d: f"Penalty waived by a second person, {_penalty(d)}{_because(d)}",
    "penalty.refused": lambda d: f"Waiver of a penalty refused by a second person{_because(d)}",
    "penalty.taken_back": "Request to waive a penalty taken back",
    "sitting.next_said": lambda d: f"Said what comes next, instead of a further window{_because(d)}",
    "sitting.gate_reopened": lambda d: f"Entry condition looked at again{_because(d)}",
    "script.handed_in": lambda d: f"Script {d.get('number', '')} handed in".replace("  ", " "),
    "outcome.released": lambda d: f"Result released: {_result(d)}",
    "outcome.corrected": lambda d: f"Result corrected: {_result(d)}{_because(d)}",
    "correction.proposed": lambda d: f"Correction of the result proposed{_because(d)}",
    "correction.approved": lambda d: f"Correction approved by a second person{_because(d)}",
    "correction.refused": lambda d: f"Correction refused by a second person{_because(d)}",
    "correction.taken_back": "Proposed correction taken back",
    "revocation.proposed": lambda d: f"Revocation of the award proposed{_because(d)}",
    "revocation.approved": lambda d: f"Revocation approved by a second person{_because(d)}",
    "revocation.refused": lambda d: f"Revocation refused by a second person{_because(d)}",
    "revocation.taken_back": "Proposed revocation taken back",
    "appeal.lodged": lambda d: f"Appeal against the result: {d.get('grounds', '')}",
    "appeal.admitted": lambda d: f"Appeal admitted{_because(d)}",
    "appeal.not_admitted": lambda d: f"Appeal not admitted{_because(d)}",
    "appeal.remark_ordered": "Script given to a new marker for the appeal",
    "appeal.withdrawn": "Appeal withdrawn",
    "appeal.decided": lambda d: f"Appeal decided, {VERDICTS.get(str(d.get('verdict')), '')}{_because(d)}",
    "support.begun": "Support plan begun",
    "support.offered": lambda d: f"Support offered before the assessment: {', '.join(d.get('reasons', []))}",
    "support.supporter_named": "Supporter named",
    "support.left": "Supporter left, as they no longer teach the person or hold the role",
    "support.due_set": lambda d: f"Support plan to be through by {_day(d, 'due_on')}",
    "support.item_added": "Agreed something in the support plan",
    "support.item_dropped": "Took something out of the support plan",
    "support.item_ticked": "Ticked something in the support plan",
    "support.item_unticked": "Took a tick back in the support plan",
    "support.contact": lambda d: f"Contact in the support plan on {_day(d, 'held_on')}",
    "support.ended": lambda d: f"Support plan ended: {d.get('ending', '')}",
    "award.issued": lambda d: f"Award issued: {d.get('code', '')}",
    "reissue.proposed": lambda d: f"Another name on the award proposed{_because(d)}",
    "reissue.approved": lambda d: f"Another name on the award approved by a second person{_because(d)}",
    "reissue.refused": lambda d: f"Another name on the award refused by a second person{_because(d)}",
    "reissue.taken_back": "Proposed other name on the award taken back",
    "name_request.asked": "Asked for another name on the award",
    "name_request.withdrawn": "Request for another name on the award withdrawn",
    "name_request.declined": lambda d: f"Another name on the award declined{_because(d)}",
    "name_request.done": "Request for another name on the award answered: put right",
    "certificate_name.confirmed": lambda d: f"Name for the certificate confirmed: {d.get('name', '')}",
    "award.reissued": lambda d: f"Award issued again as {d.get('code', '')} to {d.get('name', '')}",
    "award.reinstated": lambda d: f"Award {d.get('code', '')} stands again",
    "revocation_appeal.lodged": "Appeal against the revocation of the award",
    "revocation_appeal.withdrawn": "Appeal against the revocation withdrawn",
    "revocation_appeal.upheld": lambda d: f"Appeal against the revocation upheld{_because(d)}",
    "revocation_appeal.not_upheld": lambda d: f"Appeal against the revocation not upheld{_because(d)}",
    "award.revoked": lambda d: f"Award revoked{_because(d)}",
    "certificate.made": "Certificate made",
    "badge.made": "Digital badge made",
    "badge.shown": "Digital badge offered to whoever verifies the code",
    "badge.hidden": "Digital badge no longer offered",
    "credit.requested": lambda d: f"Credit asked for at {d.get('university', 'a university')}, with consent",
    "credit.withdrawn": "Consent to a request for credit withdrawn",
    "credit.statement": "Statement of level issued anew",
    "credit.answered": lambda d: f"Request for credit {d.get('answer', 'answered')} by the university",
    "person.added": "Account made",
    "person.set_password": "Password set",
    "person.took_role": lambda d: (
        f"Given the role {str(d.get('role', '')).replace('_', ' ')} at {d.get('organisation', '')}"
    ),
    "person.left_role": lambda d: (
        f"Role {str(d.get('role', '')).replace('_', ' ')} at {d.get('organisation', '')} ended"
    ),
}


def _more(details: Details) -> str:
    """What a sitting has above its window's, in all."""
    return f"{details.get('days', 0)} more days, {details.get('words', 0)} more words in all"


def _result(details: Details) -> str:
    return str(details.get("result", "")).replace("_", " ")


def _activity(details: Details) -> str:
    if details.get("title"):
        return f"“{details['title']}”"
    kind, _, number = str(details.get("activity", "")).partition("-")
    return f"{KINDS.get(kind, kind.replace('_', ' ') or 'an activity')} {number}".strip()


def in_words(event: AuditEvent) -> str:
    """One event as a sentence; a verb that has no sentence yet is spelled out."""
    words = WORDS.get(event.verb)
    if callable(words):
        return words(event.details)
    if words:
        return words
    subject, _, verb = event.verb.partition(".")
    return f"{subject} {verb}".replace("_", " ").strip().capitalize()


def who(event: AuditEvent) -> str:
    """Who did it, by name."""
    return event.actor_name or ACTORS.get(event.actor, event.actor)


def timeline(events: Iterable[AuditEvent]) -> list[dict[str, Any]]:
    """Events for the timeline component, each with its instant in the viewer's zone."""
    return [
        {"when": instant(event.at), "what": in_words(event), "who": f"by {who(event)}"} for event in events
    ]
