"""From a comparison to a question, a case, a decision and an appeal; and what each means for results and people."""

import random
import uuid
from datetime import date, timedelta
from typing import Any

import pytest
from django.http import Http404
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from goldenthread.applications.models import Enrolment, Stage
from goldenthread.assessment.models import CaseStudy, Script, Sitting, Window, WindowState
from goldenthread.awards import actions as awards
from goldenthread.awards.models import Award
from goldenthread.common import clock
from goldenthread.common.models import AuditEvent, OutboxMessage
from goldenthread.common.refused import Refused
from goldenthread.integrity import access, actions, groups, queries, rules, winnowing
from goldenthread.integrity.actions import make_fingerprints
from goldenthread.integrity.models import CaseStep, Fingerprint, Flag, MisconductCase
from goldenthread.integrity.rules import Kind, Verdict
from goldenthread.outcomes import queries as outcomes
from goldenthread.outcomes.models import Outcome
from goldenthread.people.access import viewer_of
from goldenthread.people.models import Membership, Role, User
from tests import factories
from tests import factories_marking as make
from tests.factories_web import client_of
from tests.kept_scenes import kept

pytestmark = pytest.mark.django_db
AT = make.CLOSED
WORDS = [f"word{n}" for n in range(2_000)]
ENOUGH = 3996


def prose(seed: int, words: int = 300) -> str:
    return " ".join(random.Random(seed).choices(WORDS, k=words))


def write(sitting: Sitting, text: str) -> Script:
    """Give the script of a sitting another text."""
    script = sitting.scripts.get(current=True)
    script.text = text
    script.save(update_fields=["text"])
    return script


@kept
def window_of(*texts: str, window: Window | None = None) -> tuple[Window, list[Script]]:
    """A window with a script of each text, by Person 1, Person 2 ..."""
    window = window or make.window()
    found = []
    for number, text in enumerate(texts, start=1):
        person = factories.enrolment(f"Person {number} of {window.pk}", to=window.intake)
        factories.credit_minutes(person, ENOUGH)
        found.append(write(make.sitting(window, person), text))
    return window, found


def copied(share: int = 60) -> tuple[Window, list[Script]]:
    """Three scripts, of which the second has a passage of the first."""
    passage = prose(99, share)
    return window_of(f"{prose(1)} {passage}", f"{passage} {prose(2)}", prose(3))


def office(name: str = "Olu Office") -> User:
    held = Membership.objects.filter(role=Role.OFFICE, user__name=name).select_related("user").first()
    return held.user if held else factories.member(Role.OFFICE, name)


def compare(window: Window, at: Any = AT) -> Any:
    return actions.compare(window=window, by=office(), at=at)


def key() -> str:
    return str(uuid.uuid4())


def refused(call: Any, **kwargs: Any) -> str:
    with pytest.raises(Refused) as caught:
        call(**kwargs)
    return caught.value.code


def opened(window: Window, script: Script, by: User | None = None) -> MisconductCase:
    flag = actions.raise_concern(script=script, note="The style changes.", by=by or office(), at=AT)
    return actions.open_case(
        flag=flag, scripts=[script], allegation="Two paragraphs are not yours.", form_key=key(),
        by=by or office(), at=AT,
    )[0]  # fmt: skip


def said(case: MisconductCase, text: str = "I was wrong to leave out the source.") -> None:
    actions.state(case=case, text=text, form_key=key(), by=case.sitting.enrolment.user, at=AT)


def decided(case: MisconductCase, verdict: Verdict, at: Any = AT, by: User | None = None) -> CaseStep:
    return actions.decide_case(
        case=case,
        verdict=verdict,
        text="The reasons.",
        form_key=key(),
        by=by or office("Cleo Colleague"),
        at=at,
    )


# --- comparing --------------------
def test_a_copied_passage_is_a_question_about_two_scripts_and_nobody_else() -> None:
    window, (first, second, _) = copied()
    made = compare(window)
    flag = Flag.objects.get()
    assert (flag.script, flag.other, flag.words, flag.state) == (first, second, 60, "open")
    assert (made.scripts, made.others, made.flags) == (3, 0, 1)


def test_comparing_again_asks_nothing_twice_also_after_an_answer() -> None:
    window, _ = copied()
    compare(window)
    actions.answer_flag(flag=Flag.objects.get(), reason="The same school plan.", by=office(), at=AT)
    assert compare(window).flags == 0
    assert Flag.objects.count() == 1


@pytest.mark.parametrize(("share", "asked"), [(39, 0), (40, 1)])
def test_how_much_is_asked_about(share: int, asked: int) -> None:
    window, _ = copied(share)
    assert compare(window).flags == asked


def test_quoting_case_question_framework_and_known_quotations_is_nobodys_copy() -> None:
    window = make.window()
    known = prose(50, 60)
    case = CaseStudy.objects.get(pk=window.case_study_id)
    make.seal_case(case, body=prose(51, 200), question=prose(52, 50), unlocked=True)
    quoted = " ".join([*case.body.split()[20:100], "then", case.question, "and", known])
    window, _ = window_of(f"{prose(1)} {quoted}", f"{quoted} {prose(2)}", prose(3), window=window)
    again = actions.add_known_text(window=window, title="A review", text=known, by=office(), at=AT)
    assert actions.add_known_text(window=window, title="Once more", text=known, by=office(), at=AT) == again
    assert compare(window).flags == 0


def test_a_phrase_that_many_have_adds_nothing_to_what_two_share() -> None:
    common, between_two = prose(98, 25), prose(99, 30)
    texts = [f"{prose(seed)} {common}" for seed in range(8)]
    texts[0], texts[1] = f"{texts[0]} and {between_two}", f"{between_two} so {texts[1]}"
    window, _ = window_of(*texts)
    assert compare(window).flags == 0


@pytest.mark.requirement("S2-20")
def test_a_copy_that_most_have_holds_each_of_them_and_is_one_group() -> None:
    copy = prose(98, 400)
    window, scripts = window_of(*[copy] * 8, *(prose(seed) for seed in range(7)))
    made = compare(window)
    assert 7 <= made.flags <= 2 * 8
    assert set(Flag.objects.values_list("words", flat=True)) == {400}
    assert queries.held(window) == {one.sitting_id for one in scripts[:8]}
    (group,) = groups.groups_for(viewer_of(office(), on=AT.date()), window)
    assert set(group.scripts) == {one.pk for one in scripts[:8]}
    assert winnowing.unpacked(bytes(made.common)) == winnowing.array("q")
    assert compare(window).flags == 0
    actions.open_case(
        flag=Flag.objects.earliest("pk"), scripts=[scripts[0]], allegation="Not yours.", form_key=key(),
        by=office(), at=AT,
    )  # fmt: skip
    shown = client_of(office()).get(reverse("office:flag", args=[Flag.objects.latest("pk").pk]))
    assert "<mark" in shown.content.decode()


def test_a_copy_that_most_have_is_asked_about_where_it_stands_in_other_windows() -> None:
    copy = prose(98, 400)
    before, _ = window_of(*[copy] * 8)
    later = make.window(before.intake, opens_on=date(2025, 9, 1))
    window, scripts = window_of(copy, prose(1), window=later)
    compare(window)
    assert queries.held(window) == {scripts[0].sitting_id}
    assert {one.script_id for one in Flag.objects.all()} | {one.other_id for one in Flag.objects.all()} >= {
        scripts[0].pk
    }


def test_scripts_are_compared_with_other_windows_of_the_programme_but_not_with_ones_own() -> None:
    passage = prose(99, 60)
    earlier, (old,) = window_of(f"{passage} {prose(1)}")
    later = Window.objects.create(
        intake=earlier.intake, opens_on=earlier.opens_on + timedelta(days=60), word_limit=1500, word_rule="1",
        created_at=AT, created_by=office(), case_study=earlier.case_study,
    )  # fmt: skip
    again = write(make.sitting(later, old.sitting.enrolment), f"{prose(4)} {passage}")
    other = factories.enrolment("Somebody Else", to=later.intake)
    copy = write(make.sitting(later, other), f"{prose(5)} {passage}")
    made = compare(later)
    assert (made.scripts, made.others) == (2, 1)
    assert {(flag.script_id, flag.other_id) for flag in Flag.objects.all()} == {
        (old.pk, copy.pk),
        (again.pk, copy.pk),
    }
    assert queries.held(earlier) == {old.sitting_id}
    assert queries.held(later) == {again.sitting_id, copy.sitting_id}


def test_nothing_is_compared_while_somebody_can_still_hand_in() -> None:
    window, scripts = copied()
    Sitting.objects.filter(pk=scripts[2].sitting_id).update(closes_at=AT + timedelta(days=2))
    assert refused(compare, window=window) == "compare.open"
    assert not Flag.objects.exists()


def test_fingerprints_are_made_once_and_anew_by_another_method() -> None:
    _, scripts = copied()
    everything = Script.objects.all()
    assert make_fingerprints(everything) == 3
    assert make_fingerprints(everything) == 0
    Fingerprint.objects.filter(script=scripts[0]).update(method="winnow-0", numbers=b"")
    assert make_fingerprints(everything) == 1
    kept = winnowing.fingerprint(scripts[0].text, winnowing.Numbers())
    assert set(winnowing.unpacked(bytes(Fingerprint.objects.get(script=scripts[0]).numbers))) == set(kept)


def test_the_number_of_statements_does_not_grow_with_the_scripts() -> None:
    from django.db import connection

    counts = []
    for place, size in enumerate((3, 9)):
        window = make.window(opens_on=make.OPENS + timedelta(days=30 * place))
        window, _ = window_of(*(prose(100 * place + seed) for seed in range(size)), window=window)
        with CaptureQueriesContext(connection) as asked:
            compare(window)
        counts.append(len(asked))
    assert counts[0] == counts[1]


# --- what a question holds --------------------
def ready() -> tuple[Window, list[Script]]:
    window, scripts = copied()
    make.markers(2)
    make.mark_all(window)
    make.moderated(window)
    return window, scripts


def release(window: Window, **options: Any) -> list[Outcome]:
    return awards.release(window=window, by=office(), at=AT, **options)


def test_an_open_question_holds_these_results_and_lets_the_others_go() -> None:
    window, (first, second, third) = ready()
    compare(window)
    assert outcomes.preview(window).held == 2
    released = release(window)
    assert [one.enrolment_id for one in released] == [third.sitting.enrolment_id]
    assert Window.objects.get(pk=window.pk).state == WindowState.RELEASED
    assert Enrolment.objects.get(pk=first.sitting.enrolment_id).stage == Stage.ASSESSMENT
    assert outcomes.waiting_in(window) == (2, 0)
    assert release(window) == released
    actions.answer_flag(flag=Flag.objects.get(), reason="A plan of their school.", by=office(), at=AT)
    assert outcomes.waiting_in(window) == (0, 2)
    late = release(window)
    assert {one.enrolment_id for one in late} == {first.sitting.enrolment_id, second.sitting.enrolment_id}
    assert Outcome.objects.count() == 3
    assert Award.objects.count() == 3
    assert len(release(window)) == 3
    assert Outcome.objects.count() == 3


def test_a_result_that_was_told_before_the_question_is_not_called_held() -> None:
    window, scripts = ready()
    release(window)
    actions.raise_concern(script=scripts[0], note="Another voice.", by=office(), at=AT)
    assert queries.held(window) == {scripts[0].sitting_id}
    assert outcomes.waiting_in(window) == (0, 0)


def test_a_question_that_comes_after_the_preview_stops_the_release() -> None:
    window, scripts = ready()
    seen = outcomes.preview(window).fingerprint
    actions.raise_concern(script=scripts[2], note="Another voice.", by=office(), at=AT)
    assert refused(release, window=window, seen=seen) == "outcomes.changed"


@pytest.mark.parametrize(
    ("verdict", "result"),
    [(Verdict.NOT_UPHELD, "passed"), (Verdict.WARNING, "passed"), (Verdict.VOID, "not_passed")],
)
def test_a_case_holds_until_it_is_decided_and_the_decision_counts(verdict: Verdict, result: str) -> None:
    window, scripts = ready()
    case = opened(window, scripts[2])
    assert len(release(window)) == 2
    said(case)
    decided(case, verdict)
    late = release(window)
    assert [one.result for one in late] == [result]
    missed = [one["name"] for one in late[0].conditions if not one["met"]]
    assert missed == (["own work"] if verdict is Verdict.VOID else [])


def test_an_appeal_holds_again_and_when_allowed_the_script_counts() -> None:
    window, scripts = ready()
    case = opened(window, scripts[2])
    said(case)
    decided(case, Verdict.VOID)
    actions.appeal(case=case, text="I had leave.", form_key=key(), by=case.sitting.enrolment.user, at=AT)
    assert len(release(window)) == 2
    actions.decide_appeal(
        case=case, allowed=True, text="There was leave.", form_key=key(), by=office("Ann Other"), at=AT
    )
    assert [one.result for one in release(window)] == ["passed"]


def test_after_a_release_a_decision_is_followed_by_a_correction() -> None:
    window, scripts = ready()
    release(window)
    outcome = Outcome.objects.get(enrolment=scripts[2].sitting.enrolment)
    case = opened(window, scripts[2])
    said(case)
    decided(case, Verdict.VOID)
    corrected = awards.correct(outcome=outcome, reason="After the decision.", by=office(), at=AT)
    assert corrected.result == "not_passed"
    assert Award.objects.get(outcome=outcome).revoked_at == AT


# --- questions and cases, step by step --------------------
def test_a_question_is_answered_once_with_a_reason() -> None:
    window, _ = copied()
    compare(window)
    flag = Flag.objects.get()
    answer = {"flag": flag, "by": office(), "at": AT}
    assert refused(actions.answer_flag, reason="  ", **answer) == "flag.reason"
    actions.answer_flag(reason="Looked at both.", **answer)
    actions.answer_flag(reason="Looked at both.", **answer)
    assert refused(actions.answer_flag, reason="Me too.", **{**answer, "by": office("Cleo Colleague")})
    assert AuditEvent.objects.filter(verb="flag.answered").count() == 1


def test_one_form_opens_one_case_for_each_script_that_is_chosen() -> None:
    window, (first, second, _) = copied()
    compare(window)
    give = {
        "flag": Flag.objects.get(),
        "allegation": "Shared passages.",
        "form_key": key(),
        "by": office(),
        "at": AT,
    }
    assert refused(actions.open_case, scripts=[], **give) == "case.nobody"
    made = actions.open_case(scripts=[first, second], **give)
    assert actions.open_case(scripts=[first, second], **give) == made
    assert MisconductCase.objects.count() == CaseStep.objects.count() == 2
    assert (
        refused(actions.answer_flag, flag=Flag.objects.get(), reason="x", by=office(), at=AT)
        == "flag.answered"
    )
    mails = OutboxMessage.objects.filter(payload__template="case_step")
    assert mails.count() == 2
    assert "Shared" not in str(list(mails.values_list("payload", flat=True)))


def test_nobody_decides_unheard_or_about_their_own_allegation() -> None:
    window, scripts = copied()
    case = opened(window, scripts[0])
    decision = {"case": case, "verdict": Verdict.VOID, "text": "Reasons.", "at": AT}
    colleague = office("Cleo Colleague")
    assert refused(actions.decide_case, form_key=key(), by=colleague, **decision) == "case.unheard"
    actions.record_hearing(case=case, text="On Monday, with both.", form_key=key(), by=office(), at=AT)
    assert refused(actions.decide_case, form_key=key(), by=office(), **decision) == "case.own"
    assert (
        refused(actions.decide_case, form_key=key(), by=case.sitting.enrolment.user, **decision) == "case.own"
    )
    once = key()
    made = actions.decide_case(form_key=once, by=colleague, **decision)
    assert actions.decide_case(form_key=once, by=colleague, **decision) == made
    assert refused(actions.decide_case, form_key=key(), by=colleague, **decision) == "case.decided"
    assert refused(
        actions.state, case=case, text="But", form_key=key(), by=case.sitting.enrolment.user, at=AT
    )


def test_an_appeal_is_one_in_time_against_something_upheld_and_decided_by_a_third_person() -> None:
    window, scripts = copied()
    case = opened(window, scripts[0])
    participant = case.sitting.enrolment.user
    appeal = {"case": case, "text": "I disagree.", "by": participant}
    assert refused(actions.appeal, form_key=key(), at=AT, **appeal) == "appeal.nothing"
    said(case)
    decided(case, Verdict.WARNING)
    last = AT + timedelta(days=rules.DAYS_TO_APPEAL)
    late = last + timedelta(seconds=1)
    assert refused(actions.appeal, form_key=key(), at=late, **appeal) == "appeal.late"
    actions.appeal(form_key=key(), at=last, **appeal)
    assert refused(actions.appeal, form_key=key(), at=last, **appeal) == "appeal.again"
    judge = {"case": case, "allowed": False, "text": "Reasons.", "at": last}
    for who in (office(), office("Cleo Colleague"), participant):
        assert refused(actions.decide_appeal, form_key=key(), by=who, **judge) == "case.own"
    actions.decide_appeal(form_key=key(), by=office("Ann Other"), **judge)
    case.refresh_from_db()
    assert (case.holds, case.verdict) == (False, "warning")
    kinds = [one.kind for one in queries.steps_of(case)]
    assert kinds == [Kind.ALLEGATION, Kind.STATEMENT, Kind.DECISION, Kind.APPEAL, Kind.APPEAL_DECISION]
    assert AuditEvent.objects.filter(subject=f"case:{case.pk}").count() == 5


# --- who may --------------------
def test_markers_moderators_and_writers_reach_nothing_even_with_a_role_in_the_office() -> None:
    window, scripts = copied()
    compare(window)
    flag, case = Flag.objects.get(), opened(window, scripts[2])
    writer = scripts[0].sitting.enrolment.user
    for user in (
        writer,
        factories.member(Role.MARKER, "Mo Both"),
        factories.member(Role.MODERATOR, "Mia Both"),
    ):
        mine = Membership.objects.filter(role=Role.OFFICE).first()
        assert mine
        Membership.objects.create(
            user=user, organisation=mine.organisation, role=Role.OFFICE, starts_on=mine.starts_on
        )
        viewer = viewer_of(User.objects.get(pk=user.pk), on=clock.day_of(AT))
        with pytest.raises(Http404):
            queries.get_flag_for(viewer, flag.pk)
        assert access.handles(viewer) is (user == writer)
    with pytest.raises(Http404):
        queries.get_own_case(writer, case.pk)
    assert queries.get_own_case(scripts[2].sitting.enrolment.user, case.pk) == case


def test_who_raised_the_question_decides_neither_the_case_nor_the_appeal() -> None:
    _, scripts = ready()
    people = {
        name: factories.member(Role.OFFICE, f"{name} Office")
        for name in ("Asks", "Alleges", "Decides", "Hears")
    }
    flag = actions.raise_concern(script=scripts[2], note="The style changes.", by=people["Asks"], at=AT)
    (case,) = actions.open_case(
        flag=flag, scripts=[scripts[2]], allegation="Not yours.", form_key=key(), by=people["Alleges"], at=AT
    )
    said(case)
    decision = {"case": case, "verdict": Verdict.VOID, "text": "It isn't.", "at": AT}
    for who in ("Asks", "Alleges"):
        assert refused(actions.decide_case, **decision, form_key=key(), by=people[who]) == "case.own"
    actions.decide_case(**decision, form_key=key(), by=people["Decides"])
    actions.appeal(case=case, text="I wrote it.", form_key=key(), by=case.sitting.enrolment.user, at=AT)
    answer = {"case": case, "allowed": False, "text": "It stands.", "at": AT}
    for who in ("Asks", "Alleges", "Decides"):
        assert refused(actions.decide_appeal, **answer, form_key=key(), by=people[who]) == "case.own"
    actions.decide_appeal(**answer, form_key=key(), by=people["Hears"])
