"""Questions about scripts and misconduct cases on the pages: side by side, step by step, and who sees nothing of it."""

import uuid
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from goldenthread.assessment.models import Script, Window, WindowState
from goldenthread.integrity import actions, queries
from goldenthread.integrity.models import CaseStep, Flag, KnownText, MisconductCase
from goldenthread.integrity.rules import Verdict
from goldenthread.marking.models import Agreement
from goldenthread.outcomes.models import Outcome
from goldenthread.people.models import Role, User
from tests import by_hand, factories
from tests import factories_marking as make
from tests.factories_web import client_of, page, text_of
from tests.integrity.test_actions import AT, compare, copied, decided, office, opened, prose, ready, said

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def still() -> Any:
    with time_machine.travel(AT, tick=False):
        yield


def post(user: User, name: str, *args: Any, **fields: Any) -> Any:
    return client_of(user).post(reverse(name, args=args), fields)


def key() -> str:
    return str(uuid.uuid4())


def test_the_page_of_a_window_loads_it_once() -> None:
    window, _ = copied()
    client = client_of(factories.member(Role.OFFICE, "Olu Office"))
    with CaptureQueriesContext(connection) as asked:
        assert client.get(f"/office/windows/{window.pk}/integrity/").status_code == 200
    loads = [one["sql"] for one in asked if 'FROM "goldenthread_window"' in one["sql"]]
    assert len(loads) == 1


def test_from_the_button_to_the_texts_side_by_side_and_the_answer() -> None:
    window, (first, second, _) = copied()
    done = post(office(), "office:integrity_compare", window.pk)
    assert done.status_code == 302
    listed = text_of(page(office(), reverse("office:integrity", args=[window.pk])))
    assert "1 new question" in listed
    flag = Flag.objects.get()
    assert f"Question {flag.pk}</a>" in listed
    assert "about two scripts" in listed
    assert not any(one.sitting.code in listed for one in (first, second))  # a case beside them has a name
    shown = page(office(), reverse("office:flag", args=[flag.pk])).content.decode()
    passage = prose(99, 60)
    assert shown.count(f"<mark>{passage}</mark>") == 2
    for script in (first, second):
        assert script.sitting.enrolment.user.name not in shown
    assert post(office(), "office:flag", flag.pk, reason="").status_code == 422
    assert post(office(), "office:flag", flag.pk, reason="A plan of their school.").status_code == 302
    assert "A plan of their school." in text_of(page(office(), reverse("office:flag", args=[flag.pk])))


def test_a_text_that_names_its_writers_names_nobody_beside_the_codes() -> None:
    window, scripts = copied()
    for script, other in ((scripts[0], scripts[1]), (scripts[1], scripts[0])):
        names = (one.sitting.enrolment.user.name for one in (script, other))
        Script.objects.filter(pk=script.pk).update(text=f"{' with '.join(names)}: {prose(99, 60)}")
    compare(window)
    shown = page(office(), reverse("office:flag", args=[Flag.objects.get().pk])).content.decode()
    assert (
        shown.count(">[covered] with [covered]<mark>: ") == 2
    )  # both end alike: the passage began inside a name
    for script in scripts[:2]:
        assert script.sitting.enrolment.user.name not in shown


def test_what_somebody_wrote_is_shown_as_text_and_never_as_a_page() -> None:
    window, scripts = copied()
    evil = "<script>alert(1)</script> " + prose(7)
    Script.objects.filter(pk=scripts[0].pk).update(text=evil + prose(99, 60))
    compare(window)
    shown = page(office(), reverse("office:flag", args=[Flag.objects.get().pk])).content.decode()
    assert "<script>alert" not in shown
    assert "&lt;script&gt;alert" in shown


def test_a_question_by_hand_needs_a_code_of_this_window() -> None:
    window, scripts = copied()
    refused = post(office(), "office:integrity_concern", window.pk, code="NOBODY", note="Another voice.")
    assert refused.status_code == 422
    assert "No script of this window has this code" in refused.content.decode()
    done = post(
        office(), "office:integrity_concern", window.pk, code=scripts[0].sitting.code, note="Another voice."
    )
    assert done.status_code == 302
    assert queries.held(window) == {scripts[0].sitting_id}


def test_a_known_quotation_is_added_on_the_page() -> None:
    window, _ = copied()
    assert post(office(), "office:integrity_known", window.pk, title="", text="x").status_code == 422
    post(office(), "office:integrity_known", window.pk, title="A review", text=prose(99, 60))
    assert KnownText.objects.get().added_by == office()
    assert compare(window).flags == 0


def test_a_case_from_the_allegation_to_the_appeal_and_what_the_participant_reads() -> None:
    window, (first, second, _) = copied()
    compare(window)
    flag, person = Flag.objects.get(), first.sitting.enrolment.user
    said_so = "Sixty words stand in another text too."
    form = {"about": [first.pk], "text": said_so, "form_key": key()}
    assert post(office(), "office:flag_case", flag.pk, **{**form, "about": []}).status_code == 422
    assert post(office(), "office:flag_case", flag.pk, **form).status_code == 302
    case = MisconductCase.objects.get()
    assert "There is something to read" in text_of(page(person, reverse("participant:assessment")))
    mine = reverse("participant:misconduct", args=[case.pk])
    shown = text_of(page(person, mine))
    assert said_so in shown
    for hidden in (second.sitting.code, second.sitting.enrolment.user.name, "side by side"):
        assert hidden not in shown
    post(person, "participant:misconduct", case.pk, text="We planned it together.", form_key=key())
    where = reverse("office:misconduct", args=[case.pk])
    assert "We planned it together." in text_of(page(office(), where))
    own = {"value": "warning", "text": "Say so next time.", "form_key": key()}
    assert post(office(), "office:misconduct_step", case.pk, "decision", **own).status_code == 422
    colleague = office("Cleo Colleague")
    assert post(colleague, "office:misconduct_step", case.pk, "decision", **own).status_code == 302
    assert "upheld, a warning" in text_of(page(person, mine))
    post(person, "participant:misconduct", case.pk, text="It was allowed.", form_key=key(), appeal="1")
    assert "An appeal waits" in text_of(page(office(), where))
    third = {"value": "allowed", "text": "It was.", "form_key": key()}
    assert post(office("Ann Other"), "office:misconduct_step", case.pk, "appeal", **third).status_code == 302
    assert "Not upheld: the script counts" in text_of(page(office(), where))
    assert CaseStep.objects.count() == 5
    assert post(office(), "office:misconduct_step", case.pk, "nonsense", **own).status_code == 404


def test_nobody_else_learns_of_it() -> None:
    window, scripts = copied()
    compare(window)
    case = opened(window, scripts[2])
    marker, moderator = make.markers(1)[0], factories.member(Role.MODERATOR, "Mia Moderator")
    addresses = [
        reverse("office:integrity", args=[window.pk]),
        reverse("office:flag", args=[Flag.objects.order_by("pk")[0].pk]),
        reverse("office:misconduct", args=[case.pk]),
        reverse("participant:misconduct", args=[case.pk]),
    ]
    for user in (
        marker,
        moderator,
        scripts[0].sitting.enrolment.user,
        factories.member(Role.HEAD_TEACHER, "Hana Head"),
    ):
        assert [page(user, address).status_code for address in addresses] == [404] * 4
    assert page(scripts[2].sitting.enrolment.user, addresses[3]).status_code == 200


def test_markers_pages_say_nothing_of_a_question() -> None:
    window, scripts = copied()
    make.markers(2)
    make.marking.allocate_window(window=window, by=office(), at=AT)
    one = scripts[0].markings.select_related("marker").order_by("pk")[0]
    address = reverse("assessor:script", args=[one.pk])
    before = len(text_of(page(one.marker, address)))
    compare(window)
    opened(window, scripts[0])
    assert len(text_of(page(one.marker, address))) == before


def test_the_board_counts_what_is_held_and_releases_it_when_it_is_answered() -> None:
    window, scripts = ready()
    compare(window)
    board = reverse("office:outcomes", args=[window.pk])
    assert "2 results held" in text_of(page(office(), board))
    post(office(), "office:release", window.pk)
    assert Window.objects.get(pk=window.pk).state == WindowState.RELEASED
    assert "2 results held" in text_of(page(office(), board))
    assert "Release 2 results" not in text_of(page(office(), board))
    assert "1 question about scripts of" in text_of(page(office(), reverse("office:desk")))
    held = scripts[0].sitting
    waiting = text_of(page(held.enrolment.user, reverse("participant:result", args=[held.pk])))
    for word in ("question", "misconduct", "similar", "own work"):
        assert word not in waiting.lower()
    dossier = text_of(page(office(), reverse("office:person", args=[held.enrolment.reference])))
    assert "What comes next" not in dossier
    actions.answer_flag(flag=Flag.objects.get(), reason="A plan.", by=office(), at=AT)
    assert "Release 2 results that were held" in text_of(page(office(), board))
    post(office(), "office:release", window.pk)
    assert Outcome.objects.count() == 3


def held_then_answered() -> tuple[Window, Any]:
    """A released window with two results that a question held, which is answered; and the first of their scripts."""
    window, scripts = ready()
    compare(window)
    post(office(), "office:release", window.pk)
    actions.answer_flag(flag=Flag.objects.get(), reason="A plan.", by=office(), at=AT)
    return window, scripts[0]


@pytest.mark.requirement("S0-40")
def test_results_that_were_held_are_looked_at_by_code_before_their_release() -> None:
    window, script = held_then_answered()
    listed = reverse("office:outcomes_held", args=[window.pk])
    shown = page(office(), listed)
    assert "2 people that a question held" in text_of(shown)
    assert shown.context["preview"].fingerprint in shown.content.decode()
    assert script.sitting.code in text_of(shown)
    assert script.sitting.enrolment.user.name not in text_of(shown)
    assert "That you looked is on record" in text_of(shown)
    seen = shown.context["preview"].fingerprint
    done = client_of(office()).post(reverse("office:release", args=[window.pk]), {"seen": seen}, follow=True)
    assert "2 results are released" in text_of(done)
    assert Outcome.objects.count() == 3
    gone = client_of(office()).get(listed, follow=True)
    assert "No result that was held waits" in text_of(gone)


def test_results_that_were_held_and_have_changed_since_somebody_looked_are_not_released() -> None:
    window, script = held_then_answered()
    seen = page(office(), reverse("office:outcomes_held", args=[window.pk])).context["preview"].fingerprint
    by_hand.alter(Agreement.objects.filter(script=script), half_marks_learn_that=2)
    for old in (seen, "9-9-"):
        done = client_of(office()).post(
            reverse("office:release", args=[window.pk]), {"seen": old}, follow=True
        )
        assert "Results have changed since you looked" in text_of(done)
        assert Outcome.objects.count() == 1
    again = page(office(), reverse("office:outcomes_held", args=[window.pk])).context["preview"].fingerprint
    post(office(), "office:release", window.pk, seen=again)
    assert Outcome.objects.count() == 3


def test_there_is_nothing_held_to_look_at_before_the_release() -> None:
    window, _ = ready()
    shown = client_of(office()).get(reverse("office:outcomes_held", args=[window.pk]), follow=True)
    assert shown.redirect_chain[-1][0] == reverse("office:outcomes", args=[window.pk])


def test_the_desk_says_that_questions_wait_and_a_voided_script_is_told_with_its_reason() -> None:
    window, scripts = ready()
    case = opened(window, scripts[2])
    assert "1 question about scripts of" in text_of(page(office(), reverse("office:desk")))
    said(case)
    decided(case, Verdict.VOID)
    post(office(), "office:release", window.pk)
    sitting = scripts[2].sitting
    result = text_of(page(sitting.enrolment.user, reverse("participant:result", args=[sitting.pk])))
    assert "Not passed: own work" in result
    assert "this script doesn&#x27;t count" in result


def test_the_desk_counts_the_questions_that_are_open_and_the_cases_apart() -> None:
    window, scripts = ready()
    opened(window, scripts[2])
    actions.raise_concern(script=scripts[1], note="Another voice.", by=office(), at=AT)
    desk = page(office(), reverse("office:desk")).context["desk"]
    said = [(one.count, one.text, one.note) for one in desk.decisions if "about scripts of" in one.text]
    where = f"1 question about scripts of {window.intake}"
    assert [(count, text) for count, text, _ in said] == [
        (1, where), (1, f"{where} led to a case that isn't decided")
    ]  # fmt: skip
    assert "until somebody has answered it" in said[0][2]
    assert "until its case is decided" in said[1][2]


def test_a_case_says_who_may_decide_what_it_waits_for_and_whether_the_participant_was_heard() -> None:
    window, scripts = ready()
    case = opened(window, scripts[2])
    where = reverse("office:misconduct", args=[case.pk])
    colleague = office("Cleo Colleague")
    own, other = text_of(page(office(), where)), text_of(page(colleague, where))
    for shown in (own, other):
        assert "Not yet" in shown
        assert "the participant to be heard" in shown
        assert "Decide and tell them" not in shown
        assert "Record a hearing" in shown
    assert "makes the allegation doesn&#x27;t decide about it" in own
    assert "The participant has not been heard" in other
    said(case)
    own, other = text_of(page(office(), where)), text_of(page(colleague, where))
    assert "Yes, in a statement" in own
    assert "Decide and tell them" not in own
    assert (
        "It is decided by anybody of the office who neither asked the question nor made the allegation" in own
    )
    assert "the decision, by somebody who neither asked the question nor made the allegation" in own
    assert "Decide and tell them" in other
    assert "You can&#x27;t decide" not in other
