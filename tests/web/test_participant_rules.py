"""Why these rules apply to me: what decides about one participant, and where each rule comes from (S0-74)."""

import re
from datetime import date
from html import unescape
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from goldenthread.applications.models import Enrolment
from goldenthread.assessment import actions
from goldenthread.assessment.models import Sitting
from goldenthread.catalogue.applying import rules_of
from goldenthread.catalogue.models import ProgrammeVersion
from goldenthread.intakes.versions import settle
from goldenthread.outcomes import achieving
from goldenthread.people.models import Role, User
from tests import factories
from tests import factories_assessment as made
from tests import factories_projects as projects
from tests.web.test_word_limit import NPQEL, NPQH, NPQSL, chosen, entered_again, settled

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("S0-74")]
NPQLT = factories.NPQLT
REFORMED = [f"npq{code}-reformed-international" for code in ("lt", "ltd", "lbc", "sl", "h", "el")]
LEGACY = ["npqsl-legacy-international", "npqh-legacy-england"]
SLIDES = "International NPQs: introduction to six reformed programmes (slides)"


def answer_for(person: User, *, name: str = "rules", **asked: str) -> Any:
    client = Client()
    client.force_login(person)
    with time_machine.travel(made.BEFORE, tick=False):
        return client.get(reverse(f"participant:{name}"), asked)


def rows(person: User) -> dict[str, str]:
    """What the page says, by the name of the rule."""
    answer = answer_for(person)
    assert answer.status_code == 200
    found = re.findall(r"<dt>(.*?)</dt>\s*<dd>(.*?)</dd></div>", answer.content.decode(), re.DOTALL)
    return {name: unescape(" ".join(re.sub(r"<[^>]+>", " ", text).split())) for name, text in found}


def on(key: str, name: str = "Amara Applicant") -> Enrolment:
    return (
        projects.candidate(key, name)
        if "legacy" in key
        else factories.enrolment(name, to=factories.intake(key))
    )


def revised(of: str = NPQLT, **changes: Any) -> ProgrammeVersion:
    """A further revision with some keys of its tables changed."""
    document = factories.version(of).document
    return factories.revision(of=of, **{table: {**document[table], **new} for table, new in changes.items()})


# --- every version -----------------------------------------------------------------------------------
@pytest.mark.parametrize("key", [*REFORMED, "npqlt-reformed-england", *LEGACY])
def test_everybody_reads_the_rules_of_their_own_version_as_its_specification_has_them(key: str) -> None:
    one = on(key)
    said, spec = rows(one.user), one.version.specification
    assert list(said) == [*(rule.name for rule in rules_of(spec)), "After a deadline"]
    for rule in rules_of(spec):
        assert said[rule.name].startswith(rule.text)
        titles = {
            title for key, title in spec.documents for source in rule.sources if source.startswith(f"{key}:")
        }
        for title in titles:
            assert f"{title}, line" in said[rule.name]
        if rule.compared is None:
            assert "Not stated by any source of your programme." in said[rule.name]
        else:
            assert re.search(r" (Family the|Version NPQ)", said[rule.name])


@pytest.mark.parametrize(("key", "enter"), [(key, place > 2) for place, key in enumerate(REFORMED)])
def test_ninety_per_cent_is_needed_to_pass_or_to_receive_the_case_as_the_rules_decide(
    key: str, enter: bool
) -> None:
    intake = factories.intake(key, starts_on=date(2024, 2, 5) if enter else factories.START)
    if enter:
        chosen(intake, 2500, made.office())
    planned = factories.version(key).specification.total_hours.value or 0
    one = made.ready("Eighty Nine", to=intake, minutes=planned * 89 // 100)
    said = rows(one.user)["Engagement"]
    assert said.startswith("At least 90 % of the planned hours")
    assert ("You don't need it to receive the case study. You need it to pass" in said) == (not enter)
    assert ("without it you don't receive the case study. It is no further condition" in said) == enter
    refused = actions.preview_gate(one, made.sitting(one))
    assert (refused is not None and refused.code.startswith("engagement")) == enter


@pytest.mark.parametrize(
    ("enter", "both", "words"),
    [
        (True, True, "to receive the case study, and you need it to pass."),
        (False, False, "It is guidance: you need it neither to receive the case study nor to pass."),
    ],
)
def test_a_version_that_switches_both_on_or_neither_says_so(enter: bool, both: bool, words: str) -> None:
    version = revised(engagement={"required_to_enter": enter, "required_to_pass": both})
    said = rows(on(version.key).user)["Engagement"]
    assert words in said
    assert "Version NPQLT reformed, international (revision 2); NPQLTD and NPQLBC have another." in said


def test_what_a_version_has_of_its_own_is_told_from_what_its_family_has() -> None:
    version = revised(engagement={"threshold_percent": {"value": 80, "source": ["000:112"]}})
    said = rows(on(version.key).user)
    assert said["Engagement"].startswith("At least 80 % of the planned hours")
    assert "Version NPQLT" in said["Engagement"]
    family = "Family the reformed specialist programmes have it in common (NPQLT, NPQLTD and NPQLBC)"
    assert family in said["Word limit"]
    said = rows(on(NPQLT, "Nina Next").user)
    assert "At least 90 %" in said["Engagement"]
    assert "Family the reformed specialist programmes" in said["Engagement"]


def test_days_and_months_are_those_of_the_person_and_derived_ones_say_so() -> None:
    said = rows(on(NPQLT).user)
    assert "between Tue 2 Sep 2025 and Tue 25 Nov 2025" in said["When your window lies"]
    assert "Derived" not in said["When your window lies"]
    assert "12 months. Yours last until Tue 2 Sep 2025." in said["Induction and development"]
    assert "Yours lasts until Tue 2 Dec 2025 at the latest." in said["Summative assessment"]
    assert "8 calendar days" in said["Days of your window"]
    said = rows(on(NPQEL, "Lena Leader").user)
    assert "Derived: our own working" in said["When your window lies"]
    assert "Yours last until Mon 2 Mar 2026." in said["Induction and development"]
    assert "Yours lasts until Tue 2 Jun 2026 at the latest." in said["Summative assessment"]
    assert "Derived" not in said["Induction and development"]


def test_the_window_that_is_set_and_what_was_granted_stand_there() -> None:
    one = made.sitting()
    Sitting.objects.filter(pk=one.pk).update(extra_days=2, extra_words=150)
    said = rows(one.enrolment.user)
    assert "Yours opens on Mon 6 Oct 2025." in said["When your window lies"]
    assert "Yours closes at midnight at the end of Mon 13 Oct 2025 (UK time)." in said["Days of your window"]
    assert "2 days of it granted to you alone." in said["Days of your window"]
    assert "150 words more are granted to you alone." in said["Word limit"]


# --- who decided -------------------------------------------------------------------------------------
@pytest.mark.requirement("S0-31")
@pytest.mark.parametrize("words", [2500, 1500])
def test_a_choice_for_the_intake_is_named_with_person_day_reason_and_both_values(words: int) -> None:
    intake = chosen(factories.intake(NPQSL), words, made.office())
    said = rows(factories.enrolment(to=intake).user)["Word limit"]
    assert said.startswith(f"At most {words:,} words. What counts: the four parts together")
    assert "Intake a decision for your intake." in said
    assert f"Sources disagree: 2,500 words ({SLIDES}, line 91); 1,500 words ({SLIDES}, line 162)." in said
    assert f"Olu Office decided {words:,} words for your intake on Mon 15 Sep 2025: For this intake" in said


def test_a_choice_for_the_version_and_none_at_all_are_told_apart() -> None:
    open_ = rows(on(NPQH).user)["Word limit"]
    assert open_.startswith("Not settled yet")
    assert "Nobody has chosen yet." in open_
    settled(NPQEL, 1500, made.office(), "The slide is newer")
    said = rows(on(NPQEL, "Lena Leader").user)["Word limit"]
    assert "Version NPQEL reformed, international, by a decision." in said
    assert (
        "Olu Office decided 1,500 words for every intake of your programme version on Mon 15 Sep 2025" in said
    )
    assert "The slide is newer" in said


def test_who_sits_with_another_intake_reads_its_limit() -> None:
    enrolment, _ = entered_again(2500, 1500)
    said = rows(enrolment.user)["Word limit"]
    assert said.startswith("At most 1,500 words.")
    assert "Olu Office decided 1,500 words for the intake April 2024" in said
    assert "2,500 words for" not in said


def test_a_figure_settled_for_the_version_and_a_decision_in_words_name_who_made_them() -> None:
    olu = made.office()
    version = factories.version(NPQLT)
    settle(
        version=version, conflict="C-05", choices={}, reason="Specialists pass by it", by=olu, at=made.BEFORE
    )
    said = rows(on(NPQLT).user)
    decided = "Olu Office decided for every intake of your programme version on Mon 15 Sep 2025"
    assert f"{decided}: Specialists pass by it" in said["Engagement"]
    assert "decided" not in said["Word limit"]
    days = [
        {"value": 8, "state": "in_force", "source": "000:110", "conflict": "C-36"},
        {"value": 10, "state": "alternative", "source": "000:111", "conflict": "C-36"},
    ]
    other = revised(assessment={"window_days": days})
    said = rows(on(other.key, "Nina Next").user)["Days of your window"]
    assert "Sources disagree: 8 calendar days" in said
    assert "10 calendar days" in said
    assert "The specification of your version puts 8 calendar days" in said
    settle(version=other, conflict="C-36", choices={"assessment.window_days": 0}, reason="As printed", by=olu,
           at=made.BEFORE)  # fmt: skip
    said = rows(Enrolment.objects.get(version=other).user)["Days of your window"]
    assert "Olu Office decided 8 calendar days" in said
    assert "As printed" in said


@pytest.mark.parametrize(
    ("days", "words"),
    [(None, "Staff decide each case"), (0, "No more time is given"), (3, "up to 3 days after the deadline")],
)
def test_the_late_policy_of_the_version_is_told_with_who_recorded_it(days: int | None, words: str) -> None:
    one = on(NPQLT)
    assert "Not stated by any source" in rows(one.user)["After a deadline"]
    told = {"version": one.version, "reason": "The board decided", "by": made.office(), "at": made.BEFORE}
    actions.set_late_policy(days=days, **told)
    said = rows(one.user)["After a deadline"]
    assert words in said
    assert (
        "Olu Office decided this for every intake of your programme version on Mon 15 Sep 2025: The board"
        in said
    )


def test_a_pass_mark_that_a_source_states_is_told() -> None:
    assert "sets its own" in rows(on(NPQLT).user)["Pass mark"]
    version = revised(assessment={"pass_mark": {"value": 12, "source": "000:109"}})
    said = rows(on(version.key, "Nina Next").user)["Pass mark"]
    assert said.startswith("12 marks.")
    assert f"{SLIDES}, line 109" in said


# --- legacy ------------------------------------------------------------------------------------------
def test_legacy_versions_tell_their_projects_courses_events_and_the_day_of_the_pass() -> None:
    said = rows(on(LEGACY[0]).user)
    assert said["Leading a whole school improvement project: word limit"].startswith("At most 5,000 words.")
    assert said["Events"].startswith("Engage with the events.")
    assert (
        "Family the legacy leadership programmes have it in common (NPQSL and NPQH)" in said["Online courses"]
    )
    assert "Version NPQSL legacy, international; NPQH has another." in said["Events"]
    assert "Word limit" not in said
    said = rows(on(LEGACY[1], "Cora Candidate").user)
    assert said["Events"].startswith("Attend the events. A recorded catch-up stands for one that you missed.")
    assert said["Task 1: word limit"].startswith("No source states a limit.")
    assert "9 working days" in said["Task 2"]


def test_only_a_limit_can_be_exceeded() -> None:
    """What follows of more words is told where a task has a limit, and not where words are only counted."""
    limited, counted = rows(on(LEGACY[0]).user), rows(on(LEGACY[1], "Cora Candidate").user)
    for said in (limited, counted):
        assert said["How words are counted"].startswith("By the rule words-2; not counted: page headers")
    assert "If yours is longer, it is not taken" in limited["How words are counted"]
    assert "If yours is longer" not in counted["How words are counted"]


def test_the_day_of_the_pass_follows_a_decision_that_gives_longer() -> None:
    one = on(LEGACY[0])
    before = rows(one.user)["By when you pass"]
    achieving.extend(
        enrolment=one, until=date(2020, 12, 1), reason="Illness", by=made.office(), at=made.BEFORE
    )
    after = rows(one.user)["By when you pass"]
    assert "For you until Tue 1 Dec 2020, by a decision that gives you longer." in after
    assert "For you until Tue 14 Jul 2020." in before
    assert "longer" not in before
    assert "Illness" not in after


# --- the page ----------------------------------------------------------------------------------------
@pytest.mark.parametrize("key", [NPQLT, NPQSL, *LEGACY])
def test_assessment_and_engagement_lead_there(key: str) -> None:
    one = on(key)
    link = f'href="{reverse("participant:rules")}"'
    assert link in answer_for(one.user, name="assessment").content.decode()
    assert link in answer_for(one.user, name="engagement").content.decode()


def test_it_is_about_ones_own_enrolment_alone() -> None:
    mine, other = on(NPQLT), on(NPQSL, "Lena Leader")
    text = answer_for(mine.user, enrolment=other.reference).content.decode()
    assert "NPQLT" in text
    assert "NPQSL" not in text
    stranger = answer_for(factories.member(Role.OFFICE, "Ines Office")).content.decode()
    assert "<dt>Engagement</dt>" not in stranger


@pytest.mark.parametrize("key", [NPQH, LEGACY[1]])
def test_it_takes_at_most_twelve_queries(key: str) -> None:
    one = on(key)
    client = Client()
    client.force_login(one.user)
    client.get(reverse("participant:rules"))
    with CaptureQueriesContext(
        connection,
    ) as asked:
        assert client.get(reverse("participant:rules")).status_code == 200
    assert len(asked) <= 12
