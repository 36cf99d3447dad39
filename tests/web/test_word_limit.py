"""Who chose the word limit, and between which values, wherever a participant or the office meets it (S0-31)."""

import re
from datetime import date
from html import unescape
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from goldenthread.applications.models import Enrolment
from goldenthread.assessment import actions
from goldenthread.assessment.limit_queries import word_limit_for, word_limit_of
from goldenthread.assessment.models import Window, WindowState
from goldenthread.catalogue.deciding import decided_document
from goldenthread.catalogue.models import ProgrammeVersion
from goldenthread.intakes.models import Intake
from goldenthread.intakes.versions import settle
from goldenthread.people.models import Role, User
from tests import factories
from tests import factories_assessment as made

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("S0-31")]
NPQSL, NPQH, NPQEL = (f"npq{name}-reformed-international" for name in ("sl", "h", "el"))
STAGE_TABLES = {NPQSL: 91, NPQH: 82, NPQEL: 100}
SLIDES = "International NPQs: introduction to six reformed programmes (slides)"
STARTED, OPENS_ON = date(2024, 2, 5), made.OPENS_ON


def settled(
    key: str, words: int, by: User, reason: str = "The tables are the fuller source"
) -> ProgrammeVersion:
    """A version for which somebody has decided C-01."""
    version = factories.version(key)
    places = [one.value for one in version.specification.assessment.max_words.values.values]
    choices = {"assessment.max_words": places.index(words)}
    settle(version=version, conflict="C-01", choices=choices, reason=reason, by=by, at=made.BEFORE)
    return factories.version(key)


def chosen(intake: Intake, words: int, by: User) -> Intake:
    actions.choose_word_limit(intake=intake, value=words, reason="For this intake", by=by, at=made.BEFORE)
    return intake


def text_of(person: User, address: str) -> str:
    client = Client()
    client.force_login(person)
    with time_machine.travel(made.BEFORE, tick=False):
        answer = client.get(address)
    assert answer.status_code == 200
    return unescape(" ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split()))


def length_of(enrolment: Enrolment) -> str:
    """What the Assessment page says about the length."""
    text = text_of(enrolment.user, reverse("participant:assessment"))
    text = text[text.index(" Length ") + 8 :]
    return re.split(r" (?:Parts 1|How Write) ", text)[0]


@pytest.mark.parametrize("key", [NPQSL, NPQH, NPQEL])
@pytest.mark.parametrize("words", [2500, 1500])
def test_a_choice_for_the_whole_version_is_shown_with_value_sources_and_chooser(key: str, words: int) -> None:
    settled(key, words, made.office())
    one = factories.enrolment(to=factories.intake(key))
    said = length_of(one)
    assert said.startswith(f"At most {words:,} words, all parts together.")
    assert f"2,500 words ({SLIDES}, line {STAGE_TABLES[key]}, stage table)" in said
    assert f"1,500 words ({SLIDES}, line 162, assessment slide)" in said
    assert (
        f"Olu Office chose {words:,} words for every intake of your programme version on Mon 15 Sep 2025"
        in said
    )


def test_a_choice_for_the_intake_says_so_and_outweighs_the_same_choice_for_the_version() -> None:
    settled(NPQSL, 2500, made.office())
    intake = chosen(factories.intake(NPQSL), 2500, factories.member(Role.OFFICE, "Ines Intake"))
    said = length_of(factories.enrolment(to=intake))
    assert "Ines Intake chose 2,500 words for your intake on Mon 15 Sep 2025" in said
    other = factories.intake(NPQSL, starts_on=date(2025, 1, 6))
    said = length_of(factories.enrolment("Nina Next", to=other))
    assert "chose 2,500 words for every intake of your programme version" in said


def entered_again(own: int, other: int) -> tuple[Enrolment, Window]:
    """Somebody of an intake with one limit, entered for the window of another intake with another limit."""
    office = made.office()
    intake = chosen(
        factories.intake(NPQH, starts_on=STARTED), own, factories.member(Role.OFFICE, "Ines Intake")
    )
    one = made.sitting(made.ready("Lena Leader", to=intake, minutes=104 * 60))
    Window.objects.filter(pk=one.window_id).update(state=WindowState.RELEASED)
    later = factories.intake(NPQH, starts_on=date(2024, 4, 8), name="April 2024")
    chosen(later, other, office)
    window = actions.schedule_window(
        intake=later, opens_on=date(2025, 10, 20), by=made.office(), at=made.BEFORE
    )
    actions.enter_again(
        enrolment=one.enrolment, window=window, reason="Again", by=made.office(), at=made.BEFORE
    )
    return one.enrolment, window


@pytest.mark.parametrize(("own", "other"), [(2500, 1500), (1500, 2500)])
def test_who_sits_with_another_intake_sees_its_limit_with_sources_and_who_chose_it(
    own: int, other: int
) -> None:
    enrolment, window = entered_again(own, other)
    said = length_of(enrolment)
    assert said.startswith(f"At most {other:,} words")
    assert f"Olu Office chose {other:,} words for the intake April 2024 on Mon 15 Sep 2025" in said
    assert f"2,500 words ({SLIDES}, line 82, stage table) and 1,500 words ({SLIDES}, line 162" in said
    assert "Ines Intake" not in said
    assert word_limit_for(enrolment, window).value == other
    assert word_limit_of(enrolment.intake).value == own


def test_a_revision_that_carried_a_decision_in_names_who_had_made_it() -> None:
    first = settled(NPQEL, 1500, made.office())
    document = decided_document(first.document, first.decided)
    carried = factories.revision(of=NPQEL, assessment=document["assessment"])
    intake = factories.intake(carried.key)
    said = length_of(factories.enrolment(to=intake))
    assert said.startswith("At most 1,500 words, all parts together.")
    assert "chose 1,500 words for the revision before yours, which carried it in" in said


def test_a_value_that_a_file_puts_in_force_without_anybody_says_so() -> None:
    document = factories.version(NPQEL).document["assessment"]
    values = [
        {**one, "state": "in_force" if one["value"] == 2500 else "alternative"}
        for one in document["max_words"]
    ]
    carried = factories.revision(of=NPQEL, assessment={**document, "max_words": values})
    said = length_of(factories.enrolment(to=factories.intake(carried.key)))
    assert "The specification of your programme version puts 2,500 words in force." in said
    assert f"1,500 words ({SLIDES}, line 162" in said


def test_where_the_sources_agree_nobody_is_said_to_have_chosen() -> None:
    said = length_of(factories.enrolment())
    assert said.startswith("At most 1,500 words.")
    assert "chose" not in said
    assert "in force" not in said


def test_while_nobody_has_chosen_both_values_stand_there_and_none_as_the_fact() -> None:
    said = length_of(factories.enrolment(to=factories.intake(NPQSL)))
    assert f"Not settled yet. Our sources give 2,500 words ({SLIDES}, line 91" in said
    assert "At most" not in said


def limit_on_window_page(intake: Intake) -> str:
    text = text_of(made.office(), f"{reverse('office:window_new')}?intake={intake.pk}")
    return text[text.index("Word limit") : text.index("Who sits the same case study")]


def test_the_office_sees_who_chose_for_the_whole_version_where_it_sets_a_window() -> None:
    settled(NPQSL, 1500, made.office(), "The slide is newer")
    said = limit_on_window_page(factories.intake(NPQSL))
    assert (
        "chosen by Olu Office on Mon 15 Sep 2025 for every intake of this version: The slide is newer" in said
    )
    assert (
        "The sources give 1,500 words (000:162, assessment slide) and 2,500 words (000:91, stage table)."
        in said
    )


def test_the_office_sees_who_chose_for_the_intake_and_the_source_of_a_limit_that_all_agree_on() -> None:
    said: Any = limit_on_window_page(chosen(factories.intake(NPQH), 2500, made.office()))
    assert "chosen by Olu Office on Mon 15 Sep 2025 for the intake September 2024: For this intake" in said
    assert "The sources give 2,500 words (000:82, stage table)" in said
    said = limit_on_window_page(factories.intake())
    assert "1,500 words Source: 1,500 words (000:73, 000:110" in said
    assert "chosen by" not in said
