"""What a marker sees in a script: it goes to the office, holds the result, and tells its marker nothing."""

import uuid
from typing import Any

import pytest
from django.http import Http404
from django.test import override_settings

from goldenthread.assessment.models import Script, Window
from goldenthread.common.models import AuditEvent, OutboxMessage
from goldenthread.common.refused import Refused
from goldenthread.integrity import actions, queries, raising
from goldenthread.integrity.models import Concern, Flag
from goldenthread.integrity.raising import Said
from goldenthread.people.models import Role, User
from tests import factories
from tests import factories_marking as make
from tests.factories_web import give
from tests.integrity.test_actions import office, refused

pytestmark = pytest.mark.django_db
AT = make.CLOSED
SAID = Said("ghost", "The second half is in another voice.", "I would agree on one routine")


@pytest.fixture
def scene() -> tuple[Window, Script, User]:
    """A window with two scripts, and a marker of the first."""
    window = make.window()
    script = make.script(window)
    make.script(window)
    return window, script, factories.member(Role.MARKER, "Ben Marker")


def raise_it(scene: tuple[Window, Script, User], **changes: Any) -> Concern:
    window, script, ben = scene
    given = {"window": window, "code": script.sitting.code, "script": script, "said": SAID, "by": ben}
    return raising.raise_about(**{**given, "form_key": str(uuid.uuid4()), "at": AT, **changes})


def test_a_markers_concern_is_a_question_that_holds_its_script_alone_until_it_is_answered(scene: Any) -> None:
    window, script, ben = scene
    made = raise_it(scene)
    assert made.flag is not None
    assert (made.flag.kind, made.flag.state, made.flag.script) == ("concern", "open", script)
    assert queries.held(window) == {script.sitting_id}
    assert AuditEvent.objects.filter(
        verb="concern.raised", subject=f"concern:{made.pk}", actor=f"user:{ben.pk}"
    ).exists()
    assert [one.answered for one in raising.raised_by(ben, made.code)] == [False]
    actions.answer_flag(flag=made.flag, reason="I read both halves.", by=office(), at=AT)
    assert queries.held(window) == set()
    assert [one.answered for one in raising.raised_by(ben, made.code)] == [True]


def test_the_same_form_raises_it_once_and_two_markers_with_the_same_words_raise_two(scene: Any) -> None:
    key = str(uuid.uuid4())
    assert raise_it(scene, form_key=key) == raise_it(scene, form_key=key)
    raise_it(scene, by=factories.member(Role.MARKER, "Bea Marker"))
    assert (Concern.objects.count(), Flag.objects.count()) == (2, 2)
    assert AuditEvent.objects.filter(verb="concern.raised").count() == 2


@pytest.mark.parametrize(
    ("said", "code"),
    [
        (Said("", "Words."), "concern.kind"),
        (Said("verdict", "Words."), "concern.kind"),
        (Said("ai", " "), "concern.note"),
    ],
)
def test_a_concern_without_kind_or_words_is_refused(scene: Any, said: Said, code: str) -> None:
    assert refused(raise_it, scene=scene, said=said) == code
    assert not Flag.objects.exists()


def test_nobody_raises_or_answers_one_about_their_own_script(scene: Any) -> None:
    _, script, _ = scene
    author = script.sitting.enrolment.user
    assert refused(raise_it, scene=scene, by=author) == "own"
    made = raise_it(scene)
    for call in (
        lambda: actions.answer_flag(flag=made.flag, reason="Fine.", by=author, at=AT),
        lambda: raising.show_author(flag=made.flag, why="I act.", by=author, at=AT),
    ):
        with pytest.raises((Refused, Http404)):
            call()
    assert Flag.objects.get().state == "open"


def test_who_raised_it_as_a_marker_does_not_answer_it_whatever_they_are_by_now(scene: Any) -> None:
    made, (_, script, ben) = raise_it(scene), scene
    assert refused(actions.answer_flag, flag=made.flag, reason="Fine.", by=ben, at=AT) == "flag.own"
    assert (
        refused(
            actions.open_case, flag=made.flag, scripts=[script], allegation="It isn't yours.",
            form_key=str(uuid.uuid4()), by=ben, at=AT,
        )
        == "flag.own"
    )  # fmt: skip


# --- safeguarding -------------------------------------------------------------------------------------------
def mails() -> dict[str, dict[str, Any]]:
    return {
        row.payload["to"]: row.payload["context"]
        for row in OutboxMessage.objects.filter(payload__template="safeguarding_concern")
    }


@override_settings(SAFEGUARDING_CONTACT="lead@school.example")
def test_safeguarding_goes_at_once_to_the_contact_and_to_who_handles_questions_without_names_or_words(
    scene: Any,
) -> None:
    _, script, ben = scene
    olu, both = office(), factories.member(Role.OFFICE, "Bo Both")
    give(both, factories.organisation(), Role.MODERATOR)
    made = raise_it(scene, said=Said("safeguarding", "A pupil says she is hit at home."))
    sent = mails()
    assert set(sent) == {olu.email, "lead@school.example"}
    assert both.email not in sent
    told = str(sent)
    for secret in (script.sitting.code, script.sitting.enrolment.user.name, "pupil", ben.name):
        assert secret not in told
    assert [one.pk for one in raising.open_safeguarding()] == [made.pk]
    actions.answer_flag(flag=made.flag, reason="The lead has it.", by=olu, at=AT)
    assert not raising.open_safeguarding().exists()


def test_without_a_contact_the_office_is_told_and_other_kinds_send_nothing(scene: Any) -> None:
    olu = office()
    raise_it(scene)
    assert mails() == {}
    raise_it(scene, said=Said("safeguarding", "Somebody is at risk."))
    assert set(mails()) == {olu.email}


def test_who_wrote_it_is_shown_for_safeguarding_alone_with_a_reason_and_on_record(scene: Any) -> None:
    _, script, _ = scene
    olu, plain = office(), raise_it(scene)
    with pytest.raises(Http404):
        raising.show_author(flag=plain.flag, why="I want to know.", by=olu, at=AT)
    made = raise_it(scene, said=Said("safeguarding", "Somebody is at risk."))
    assert refused(raising.show_author, flag=made.flag, why=" ", by=olu, at=AT) == "flag.author"
    shown = raising.show_author(flag=made.flag, why="The lead calls the school.", by=olu, at=AT)
    assert script.sitting.enrolment.user.name in shown
    (event,) = AuditEvent.objects.filter(verb="flag.author_shown")
    assert (event.actor, event.details["reason"]) == (f"user:{olu.pk}", "The lead calls the school.")


# --- scripts whose marks are known ----------------------------------------------------------------------------
def test_a_concern_about_a_known_script_looks_the_same_to_its_marker_and_holds_nothing(scene: Any) -> None:
    window, _, ben = scene
    made = raise_it(scene, code="K99999", script=None)
    assert made.flag is None
    assert queries.held(window) == set()
    assert [one.answered for one in raising.raised_by(ben, "K99999")] == [False]
    olu = office()
    assert raising.about_known(factories.seen(olu), window) == [made]
    assert refused(raising.answer_known, concern=made, reason="", by=olu, at=AT) == "flag.reason"
    raising.answer_known(concern=made, reason="It is an invented script.", by=olu, at=AT)
    raising.answer_known(concern=made, reason="It is an invented script.", by=olu, at=AT)
    assert [one.answered for one in raising.raised_by(ben, "K99999")] == [True]
    assert AuditEvent.objects.filter(verb="concern.answered").count() == 1
    with pytest.raises(Http404):
        raising.about_known(factories.seen(ben), window)
