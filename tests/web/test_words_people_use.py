"""What happened, in words that people use and not in ours."""

import pytest

from goldenthread.common.models import AuditEvent, OutboxMessage
from goldenthread.web.office.mailbox import title_of
from goldenthread.web.office.trail import in_words
from goldenthread.web.shared.journeys import role_status_text


@pytest.mark.parametrize(
    ("verb", "details", "words"),
    [
        ("credit.written", {"minutes": 215, "activity": "study-6", "title": "Adaptive Teaching"},
         "3 h 35 min credited for “Adaptive Teaching”"),
        ("credit.written", {"minutes": 60, "activity": "study-6"}, "1 h credited for module 6"),  # before titles
        ("credit.written", {"minutes": 60, "activity": "induction"}, "1 h credited for induction"),
        ("response.handed_in", {"task": "Formative task 2: Behaviour"},
         "Work on “Formative task 2: Behaviour” handed in"),
        ("response.taken_back", {}, "Work on a task taken back by its writer"),
        ("sitting.released", {}, "Case study opened to the person"),
        ("support.contact", {"held_on": "2026-11-17"}, "Contact in the support plan on Tue 17 Nov 2026"),
        ("support.due_set", {"due_on": "2026-12-01"}, "Support plan to be through by Tue 1 Dec 2026"),
    ],
)  # fmt: skip
def test_the_history_names_things_as_people_do(verb: str, details: dict[str, object], words: str) -> None:
    assert in_words(AuditEvent(verb=verb, details=details)) == words


@pytest.mark.parametrize(
    ("template", "words"),
    [("case_released", "Case study is open"), ("something_new", "Something new")],
)
def test_a_message_is_named_by_what_it_tells(template: str, words: str) -> None:
    assert title_of(OutboxMessage(kind="mail", payload={"template": template})) == words


def test_the_role_in_an_application_is_said_in_words() -> None:
    assert role_status_text("aspiring") == "wants to take on the role"
    assert role_status_text("in role") == "in the role"
