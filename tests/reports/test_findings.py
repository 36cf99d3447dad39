"""What the nightly comparison finds: kept, told once to whoever answers for it, looked into by a named person."""

from datetime import timedelta
from typing import Any

import pytest

from goldenthread.common import audit, mail
from goldenthread.common.models import AuditEvent, OutboxMessage
from goldenthread.common.refused import Refused
from goldenthread.marking.models import Marking
from goldenthread.outcomes.models import Outcome
from goldenthread.people.models import Role, User
from goldenthread.reports import finding_rules as rules
from goldenthread.reports import findings, jobs, proving
from goldenthread.reports.finding_models import Finding
from tests import by_hand, factories, factories_appeals
from tests import factories_marking as make

pytestmark = pytest.mark.django_db
AT = make.CLOSED
NIGHT = timedelta(days=1)
WHY = "The server was restored from a wrong copy; the row is put back."


def changed(**values: Any) -> Outcome:
    """A released result that somebody changes past the guards, after a night when all was well."""
    outcome = factories_appeals.released()
    assert jobs.compare_with_trail(AT) == "none differ"
    by_hand.alter(Outcome.objects.filter(pk=outcome.pk), **(values or {"result": "passed"}))
    return outcome


def letters() -> list[OutboxMessage]:
    return list(OutboxMessage.objects.filter(payload__template="trail_differs").order_by("recipient"))


def look(one: Finding, by: User, reason: str = WHY, at: Any = AT + 2 * NIGHT) -> Finding:
    return findings.look_into(finding=one, reason=reason, by=by, at=at)


def test_what_differs_is_kept_with_its_kind_whose_it_is_and_between_which_nights() -> None:
    outcome = changed()
    assert jobs.compare_with_trail(AT + NIGHT).startswith("1 differ, 1 of them new")
    one = Finding.objects.get()
    assert (one.kind, one.subject) == ("outcome", f"enrolment:{outcome.enrolment_id}")
    assert one.label == f"enrolment {outcome.enrolment.reference}"
    assert "says passed, released was not passed" in one.problem
    assert (one.sound_at, one.found_at, one.gone_at) == (AT, AT + NIGHT, None)
    event = AuditEvent.objects.get(subject="trail", sequence=2)
    assert (event.details["differ"], event.details["new"]) == (1, 1)
    assert list(audit.verify()) == []


def test_every_check_has_a_kind_that_is_worded() -> None:
    kinds = {check.kind for check in proving.CHECKS}
    assert kinds == set(rules.KINDS)
    assert len(kinds) == len(proving.CHECKS)
    assert rules.count_text("outcome", 1) == "1 result"
    assert rules.count_text("marks", 1200) == "1,200 submitted markings"


def test_a_chain_tells_of_something_with_a_number_or_of_none() -> None:
    assert [rules.about(one) for one in ("script:12", "enrolment:7", "trail", "script:", "script:x")] == [
        ("script", 12), ("enrolment", 7), ("trail", 0), ("script", 0), ("script", 0),
    ]  # fmt: skip


def test_it_is_told_once_to_who_answers_for_it_and_the_mail_says_neither_whose_nor_how() -> None:
    outcome = changed()
    olu = User.objects.get(name="Olu Office")

    jobs.compare_with_trail(AT + NIGHT)
    jobs.compare_with_trail(AT + 2 * NIGHT)
    told = letters()
    assert olu.email in {one.recipient for one in told}
    assert len({one.key for one in told}) == len(told) == len({one.recipient for one in told})
    letter = mail.render(next(one for one in told if one.recipient == olu.email))
    assert letter.subject == "Not what the audit trail says: 1 result"
    assert "/office/windows/differences/" in letter.text
    for part in (letter.subject, letter.text, letter.html):
        assert outcome.enrolment.reference not in part
        assert outcome.enrolment.user.name not in part
    by_hand.alter(Marking.objects.filter(position=1), seconds=9999)
    jobs.compare_with_trail(AT + 3 * NIGHT)
    assert len(letters()) == 2 * len(told)  # of what is new alone
    latest = letters()[-1]
    assert mail.render(latest).subject.endswith("1 submitted marking")


def test_nobody_who_marks_or_moderates_is_told() -> None:
    changed()
    ben = User.objects.get(name="Ben Marker")
    by_office = factories.member(Role.OFFICE, "Bo Both")
    membership = by_office.memberships.get()
    membership.pk, membership.user = None, ben
    membership.save(force_insert=True)
    jobs.compare_with_trail(AT + NIGHT)
    assert ben.email not in {one.recipient for one in letters()}
    assert by_office.email in {one.recipient for one in letters()}


def test_put_back_it_stays_and_is_marked_so_and_a_further_change_is_a_new_one() -> None:
    outcome = changed()
    jobs.compare_with_trail(AT + NIGHT)
    by_hand.alter(Outcome.objects.filter(pk=outcome.pk), result="not_passed")
    assert jobs.compare_with_trail(AT + 2 * NIGHT) == "none differ"
    one = Finding.objects.get()
    assert (one.gone_at, one.looked_at) == (AT + 2 * NIGHT, None)
    by_hand.alter(Outcome.objects.filter(pk=outcome.pk), result="passed")
    jobs.compare_with_trail(AT + 3 * NIGHT)
    again = Finding.objects.get(gone_at=None)
    assert (again.found_at, again.sound_at) == (AT + 3 * NIGHT, AT + 2 * NIGHT)


def test_a_named_person_records_what_they_found_once_and_it_stays_found() -> None:
    changed()
    jobs.compare_with_trail(AT + NIGHT)
    olu, oda = User.objects.get(name="Olu Office"), factories_appeals.office()
    one = Finding.objects.get()
    with pytest.raises(Refused) as refused:
        look(one, olu, reason=" ok ")
    assert (refused.value.code, refused.value.field) == ("finding.reason", "reason")
    look(one, olu)
    look(one, olu, at=AT + 3 * NIGHT)  # the same form again
    event = AuditEvent.objects.get(verb="finding.looked_into")
    assert (event.actor_name, event.details["reason"], event.details["kind"]) == (
        "Olu Office",
        WHY,
        "outcome",
    )
    for by, reason in ((oda, WHY), (olu, "Something else that I found")):
        with pytest.raises(Refused) as refused:
            look(one, by, reason=reason)
        assert refused.value.code == "finding.looked"
    kept = Finding.objects.get()
    assert (kept.looked_by, kept.reason, kept.looked_at) == (olu, WHY, AT + 2 * NIGHT)
    assert jobs.compare_with_trail(AT + 4 * NIGHT).startswith("1 differ, 0 of them new")
    assert Finding.objects.count() == 1


def test_nobody_looks_into_what_is_about_themselves() -> None:
    outcome = changed()
    jobs.compare_with_trail(AT + NIGHT)
    one = Finding.objects.get()
    assert findings.is_about(one, outcome.enrolment.user)
    with pytest.raises(Refused) as refused:
        look(one, outcome.enrolment.user)
    assert refused.value.code == "finding.own"
