"""Pairs that belong together are one group, answered at once; each keeps its own answer, each result its hold."""

import random
from datetime import date, timedelta
from itertools import combinations
from typing import Any

import pytest
from django.db import connection
from django.http import Http404
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from goldenthread.assessment.models import Script, Window
from goldenthread.common.models import AuditEvent, OutboxMessage
from goldenthread.common.refused import Refused
from goldenthread.integrity import actions, answering, groups, queries, rules
from goldenthread.integrity.models import Flag, MisconductCase
from goldenthread.people.access import viewer_of
from goldenthread.people.models import Membership, Role, User
from tests import factories
from tests import factories_marking as make
from tests.factories_web import client_of, page, queries_of, text_of
from tests.integrity.test_actions import AT, compare, copied, key, office, prose, refused, window_of


# --- the rule ----------------------------------------------------------------------------------------
def by_hand(pairs: list[tuple[int, int, int]]) -> list[list[int]]:
    """Groups by joining whatever shares a script until nothing more does."""
    found = [({first, second}, {name}) for name, first, second in pairs]
    while True:
        for one, other in combinations(found, 2):
            if one[0] & other[0]:
                found = [some for some in found if some not in (one, other)]
                found.append((one[0] | other[0], one[1] | other[1]))
                break
        else:
            return sorted(sorted(names) for _, names in found)


@pytest.mark.parametrize("seed", range(30))
def test_what_is_connected_by_shared_passages_is_one_group(seed: int) -> None:
    lot = random.Random(seed)
    ends = lot.sample(list(combinations(range(1, 15), 2)), k=lot.randint(0, 14))
    pairs = [(name, *end) for name, end in enumerate(ends, start=1)]
    lot.shuffle(pairs)
    assert rules.connected(pairs) == by_hand(pairs)


def test_a_long_chain_is_one_group() -> None:
    pairs = [(n, n, n + 1) for n in range(1, 20_000)]
    assert rules.connected(reversed(pairs)) == [list(range(1, 20_000))]


# --- the groups of a window --------------------------------------------------------------------------
pytestmark = pytest.mark.django_db


def shared_by(*counts: int) -> tuple[Window, list[Script]]:
    """A window in which so many scripts each share a passage of their own, and one that shares nothing."""
    texts = []
    for number, count in enumerate(counts):
        passage = prose(900 + number, 60)
        texts += [f"{prose(100 * number + n)} {passage}" for n in range(count)]
    window, scripts = window_of(*texts, prose(7_777))
    compare(window)
    return window, scripts


def viewer(user: User | None = None) -> Any:
    return viewer_of(user or office(), on=AT.date())


def of(window: Window) -> list[groups.Group]:
    return groups.groups_for(viewer(), window)


def answer(group: groups.Group, by: User | None = None, reason: str = "One handout of their school.") -> int:
    numbers = [one.number for one in group.pairs]
    return answering.answer_together(flags=numbers, reason=reason, by=by or office(), at=AT)


def test_a_text_that_many_share_is_one_group_and_another_is_another() -> None:
    window, scripts = shared_by(4, 2)
    many, two = of(window)
    assert (len(many.pairs), set(many.scripts), many.open) == (6, {one.pk for one in scripts[:4]}, 6)
    assert (len(two.pairs), two.single, set(two.scripts)) == (1, True, {one.pk for one in scripts[4:6]})
    assert many.words == max(Flag.objects.values_list("words", flat=True))


@pytest.mark.requirement("S2-20")
def test_one_answer_is_the_answer_of_each_pair_in_its_own_trail() -> None:
    window, scripts = shared_by(4, 2)
    many, two = of(window)
    held = {one.sitting_id for one in scripts[:6]}
    assert queries.held(window) == held
    for _ in range(2):
        assert answer(many) == 6
    for one in many.pairs:
        flag = Flag.objects.get(pk=one.number)
        assert (flag.state, flag.reason, flag.answered_by) == (
            "nothing", "One handout of their school.", office(),
        )  # fmt: skip
        event = AuditEvent.objects.get(verb="flag.answered", subject=f"flag:{one.number}")
        assert (event.details["state"], event.details["together"]) == ("nothing", 6)
    assert queries.held(window) == {one.sitting_id for one in scripts[4:6]}
    assert [one.open for one in of(window)] == [1, 0]
    assert AuditEvent.objects.filter(verb="flag.answered").count() == 6
    assert two.open == 1


def test_what_a_colleague_answered_stays_and_the_rest_is_answered() -> None:
    window, _ = shared_by(3)
    (group,) = of(window)
    cleo, first = office("Cleo Colleague"), Flag.objects.get(pk=group.pairs[0].number)
    actions.answer_flag(flag=first, reason="Quoted.", by=cleo, at=AT)
    assert answer(group) == 2
    first.refresh_from_db()
    assert (first.reason, first.answered_by) == ("Quoted.", cleo)
    assert (
        refused(answering.answer_together, flags=[first.pk], reason="Too.", by=office(), at=AT)
        == "flag.answered"
    )
    assert refused(answering.answer_together, flags=[], reason="Too.", by=office(), at=AT) == "flag.answered"


def test_an_answer_has_a_reason_and_never_covers_a_question_asked_by_hand() -> None:
    window, scripts = shared_by(3)
    concern = actions.raise_concern(script=scripts[0], note="The style changes.", by=office(), at=AT)
    *_, group = sorted(of(window), key=lambda one: len(one.pairs))
    assert refused(answer, group=group, reason=" ") == "flag.reason"
    numbers = [concern.pk, *(one.number for one in group.pairs)]
    assert answering.answer_together(flags=numbers, reason="Quoted.", by=office(), at=AT) == 3
    concern.refresh_from_db()
    assert concern.state == "open"
    assert queries.held(window) == {scripts[0].sitting_id}


@pytest.mark.parametrize("chosen", [[0], [0, 2], [0, 1, 2, 3]])
def test_cases_for_chosen_scripts_leave_the_pairs_of_the_others_open(chosen: list[int]) -> None:
    window, scripts = shared_by(4)
    (group,) = of(window)
    picked = [scripts[n] for n in chosen]
    said = {
        "flags": [one.number for one in group.pairs], "scripts": picked, "allegation": "Two paragraphs are not yours.",
        "form_key": key(), "by": office(), "at": AT,
    }  # fmt: skip
    made = answering.open_cases_together(**said)
    assert answering.open_cases_together(**said) == made
    assert {one.sitting_id for one in made} == {one.sitting_id for one in picked}
    assert [one.steps.get().text for one in made] == ["Two paragraphs are not yours."] * len(picked)
    pks = {one.pk for one in picked}
    for flag in Flag.objects.all():
        touches = bool({flag.script_id, flag.other_id} & pks)
        assert flag.state == ("case" if touches else "open")
    for one in made:
        assert one.flag is not None
        assert one.sitting_id in (one.flag.script.sitting_id, one.flag.other and one.flag.other.sitting_id)
    rest = [one for one in scripts[:4] if one.pk not in pks]
    held = {one.sitting_id for one in picked} | {one.sitting_id for one in rest if len(rest) > 1}
    assert queries.held(window) == held
    assert OutboxMessage.objects.filter(payload__template="case_step").count() == len(picked)
    assert MisconductCase.objects.count() == len(picked)


def test_the_same_form_with_somebody_more_is_not_taken_for_done() -> None:
    window, scripts = shared_by(4)
    (group,) = of(window)
    said = {
        "flags": [one.number for one in group.pairs], "allegation": "Not yours.", "form_key": key(),
        "by": office(), "at": AT,
    }  # fmt: skip
    made = answering.open_cases_together(**said, scripts=scripts[:1])
    assert refused(answering.open_cases_together, **said, scripts=scripts[:2]) == "flag.answered"
    assert list(MisconductCase.objects.all()) == made
    assert answering.open_cases_together(**said, scripts=scripts[:1]) == made


def test_a_case_needs_somebody_and_words_and_an_open_question() -> None:
    window, scripts = shared_by(3)
    (group,) = of(window)
    said: dict[str, Any] = {
        "flags": [one.number for one in group.pairs], "scripts": scripts[:1], "allegation": "Not yours.",
        "form_key": key(), "by": office(), "at": AT,
    }  # fmt: skip
    call = answering.open_cases_together
    assert refused(call, **{**said, "scripts": []}) == "case.nobody"
    assert refused(call, **{**said, "allegation": " "}) == "case.text"
    assert refused(call, **{**said, "scripts": [scripts[3]]}) == "flag.answered"
    answer(group)
    assert refused(call, **said) == "flag.answered"
    assert not MisconductCase.objects.exists()


def test_a_group_reaches_into_another_window_by_the_scripts_that_share_with_it() -> None:
    passage = prose(901, 60)
    before, old = window_of(f"{prose(1)} {passage}")
    later = before.opens_on + timedelta(days=60)
    window, scripts = window_of(
        f"{prose(2)} {passage}", f"{prose(3)} {passage}", prose(4),
        window=Window.objects.create(
            intake=before.intake, case_study=before.case_study, opens_on=later, word_limit=1500, word_rule="1",
            created_at=AT, created_by=before.created_by,
        ),
    )  # fmt: skip
    compare(window)
    (group,) = of(window)
    assert set(group.scripts) == {old[0].pk, scripts[0].pk, scripts[1].pk}
    (seen,) = of(before)
    assert len(seen.pairs) == 2


# --- pages -------------------------------------------------------------------------------------------
def address(window: Window, group: groups.Group) -> str:
    return reverse("office:flag_group", args=[window.pk, group.number])


def sent(group: groups.Group, **fields: Any) -> dict[str, Any]:
    return {"seen": ",".join(str(one.number) for one in group.pairs), **fields}


def test_office_answers_a_group_on_its_page_and_reads_each_pair() -> None:
    window, scripts = shared_by(3, 2)
    many, two = of(window)
    listed = text_of(page(office(), reverse("office:integrity", args=[window.pk])))
    assert "3 questions that belong together</a>" in listed
    assert "about 3 scripts" in listed
    assert f"Question {two.number}</a>" in listed
    shown = text_of(page(office(), address(window, many)))
    assert all(f"Question {one.number}</a>" in shown for one in many.pairs)
    assert not any(one.sitting.code in shown or one.sitting.enrolment.user.name in shown for one in scripts)
    linked = page(office(), reverse("office:flag", args=[many.pairs[0].number])).content.decode()
    assert reverse("office:flag_group", args=[window.pk, many.pairs[0].number]) in linked
    alone = page(office(), reverse("office:flag", args=[two.number])).content.decode()
    assert "/integrity/groups/" not in alone
    client = client_of(office())
    assert client.post(address(window, many), sent(many, step="answer", reason="")).status_code == 422
    done = client.post(address(window, many), sent(many, step="answer", reason="A handout."), follow=True)
    assert "3 questions are answered" in text_of(done)
    assert set(Flag.objects.values_list("state", flat=True)) == {"nothing", "open"}
    assert "Answered" in text_of(page(office(), address(window, many)))
    late = client_of(office("Oda Office")).post(
        address(window, many), sent(many, step="answer", reason="Another text.")
    )
    assert late.status_code == 422
    shown = text_of(late)
    assert "This was not kept" in shown
    assert "Another text." in shown
    alleged = sent(many, step="allegation", about=[str(scripts[0].pk)], text="Not yours.", form_key=key())
    shown = text_of(client_of(office("Oda Office")).post(address(window, many), alleged))
    assert "This was not kept" in shown
    assert "Not yours." in shown


def test_pairs_that_were_not_shown_are_not_answered() -> None:
    """Another comparison may have found more since the page was loaded."""
    window, _ = shared_by(3)
    (group,) = of(window)
    seen = str(group.pairs[0].number)
    fields = {"seen": f"{seen},999999,x", "step": "answer", "reason": "A handout."}
    client_of(office()).post(address(window, group), fields)
    assert [one.pk for one in Flag.objects.filter(state="nothing")] == [group.pairs[0].number]


def test_office_opens_cases_for_chosen_scripts_on_the_page() -> None:
    window, scripts = shared_by(3)
    (group,) = of(window)
    fields = sent(
        group, step="allegation", about=[str(scripts[0].pk), str(scripts[1].pk)], text="Not yours.", form_key=key()
    )  # fmt: skip
    client = client_of(office())
    assert client.post(address(window, group), {**fields, "about": ["999999"]}).status_code == 422
    assert "2 cases are open" in text_of(client.post(address(window, group), fields, follow=True))
    assert MisconductCase.objects.count() == 2


def test_page_is_for_who_handles_questions_and_nobody_whose_script_it_is() -> None:
    window, scripts = shared_by(3, 2)
    many, two = of(window)
    marker = factories.member(Role.MARKER, "Ben Marker")
    writer = scripts[0].sitting.enrolment.user
    Membership.objects.create(
        user=writer, organisation=factories.organisation(), role=Role.OFFICE, starts_on=factories.START
    )
    for user in (marker, writer, scripts[1].sitting.enrolment.user):
        assert client_of(user).get(address(window, many)).status_code == 404
    assert client_of(writer).get(reverse("office:flag", args=[two.number])).status_code == 200
    for number in (
        999_999,
        two.number,
        actions.raise_concern(script=scripts[2], note="Odd.", by=office(), at=AT).pk,
    ):
        with pytest.raises(Http404):
            groups.get_group_for(viewer(), window, number)


def test_pages_ask_no_more_of_the_database_with_many_pairs() -> None:
    small, _ = shared_by(3, 2)
    before = {
        "list": queries_of(office(), reverse("office:integrity", args=[small.pk])),
        "group": queries_of(office(), address(small, of(small)[0])),
    }
    passages = [prose(5_000 + n, 60) for n in range(2)]
    window_of(*(f"{prose(6_000 + n)} {passages[n % 2]}" for n in range(10)), window=small)
    compare(small)
    grown = max(of(small), key=lambda one: len(one.pairs))
    assert len(grown.pairs) == 10
    after = {
        "list": queries_of(office(), reverse("office:integrity", args=[small.pk])),
        "group": queries_of(office(), address(small, grown)),
    }
    assert after == before
    assert max(before.values()) <= 12, before


def test_answering_many_pairs_takes_as_many_statements_as_answering_few() -> None:
    counted = []
    window, _ = shared_by(2, 5)
    for group in sorted(of(window), key=lambda one: len(one.pairs)):
        with CaptureQueriesContext(connection) as asked:
            answer(group)
        counted.append(len(asked))
    assert counted[0] == counted[1]


def test_one_pair_is_no_group_and_has_no_company() -> None:
    window, _ = copied()
    compare(window)
    (group,) = of(window)
    assert group.single
    assert not groups.has_company(Flag.objects.get())
    with pytest.raises(Refused):
        answering.answer_together(flags=[group.number], reason="", by=office(), at=AT)


def test_company_in_another_window_is_none_where_the_group_has_one_pair() -> None:
    """The second script is of another window, and shares another passage with one of a third."""
    first, second = prose(901, 60), prose(902, 60)
    window, (old,) = window_of(f"{prose(1)} {first}")
    between, _ = window_of(
        f"{first} {prose(2)} {second}", window=make.window(window.intake, opens_on=date(2025, 9, 1))
    )
    last, _ = window_of(f"{prose(3)} {second}", window=make.window(window.intake, opens_on=date(2025, 8, 4)))
    compare(window)
    compare(last)
    flag = Flag.objects.get(script=old)
    assert Flag.objects.count() == 2
    assert [one.single for one in (*of(window), *of(last))] == [True, True]
    assert len(of(between)[0].pairs) == 2
    assert not groups.has_company(flag)
    shown = text_of(client_of(office()).get(reverse("office:flag", args=[flag.pk])))
    assert "that belong together" not in shown
    assert client_of(office()).get(reverse("office:flag_group", args=[window.pk, flag.pk])).status_code == 404
    assert (
        client_of(office()).get(reverse("office:flag_group", args=[between.pk, flag.pk])).status_code == 200
    )
