"""Further texts of study units: drafted, reviewed by somebody else, in effect on their day, kept for submissions."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from goldenthread.common.models import AuditEvent
from goldenthread.common.refused import Refused
from goldenthread.learning import actions, unit_editing, unit_queries
from goldenthread.learning.models import UnitText
from tests import factories
from tests import factories_teaching as teaching
from tests.factories import AT
from tests.factories_teaching import WORK, unit_text

pytestmark = pytest.mark.django_db
APRIL = date(2025, 4, 1)
MARCH = datetime(2025, 3, 20, 12, 0, tzinfo=UTC)
ON = datetime(2025, 4, 2, 12, 0, tzinfo=UTC)


@pytest.fixture
def amara():
    return factories.enrolment()


@pytest.fixture
def wes():
    return factories.member("office", "Wes Writer")


@pytest.fixture
def rita():
    return factories.member("office", "Rita Reviewer")


def said(**changes: Any) -> dict[str, Any]:
    parts = {"see_it": "See 2", "name_it": "Name 2", "do_it": "Do 2", "example": "Here"}
    return {
        "context": "", "locality": "", "phase": "", "parts": parts, "reason": "legislation",
        "change_note": "The law has changed.", "effective_from": APRIL, "review_by": date(2026, 4, 1), **changes,
    }  # fmt: skip


def draft(unit, by, **changes: Any) -> UnitText:
    return unit_editing.start_draft(unit=unit, said=said(**changes), by=by, at=MARCH)


def publish(text: UnitText, by, *, revision: int = 1, at: datetime = MARCH) -> UnitText:
    return unit_editing.publish_text(text=text, revision=revision, by=by, at=at)


def shown(enrolment, unit, at: datetime = ON) -> unit_queries.Shown:
    return unit_queries.shown_to(enrolment, unit, at=at)


# --- who sees what ---------------------------------------------------------------------------------------
def test_a_draft_is_shown_to_nobody(amara, wes) -> None:
    module = teaching.module(amara)
    draft(module, wes)
    assert shown(amara, module).text is None


@pytest.mark.parametrize(
    ("key", "school", "seen"),
    [
        ("npqlt-reformed-international", {"country": "United Arab Emirates", "town": "Dubai"}, "Dubai"),
        ("npqlt-reformed-international", {"country": "Qatar", "town": "Doha"}, "international"),
        ("npqlt-reformed-international", None, "international"),
        ("npqlt-reformed-england", {"town": "Dubai"}, "Dubai"),  # a school says more than a market
        ("npqlt-reformed-england", {"town": "Leeds"}, "England"),
    ],
)
def test_locality_before_context_before_core(key: str, school: dict[str, Any] | None, seen: str) -> None:
    place = factories.school(**school) if school else None
    person = factories.enrolment(to=factories.intake(key), school=place)
    module = teaching.module(person)
    for context, locality in (("international", ""), ("england", ""), ("locality", "Dubai"), ("", "")):
        unit_text(module, on=APRIL, text=locality or context, context=context, locality=locality)
    assert shown(person, module).text.parts["see_it"] == {"England": "england"}.get(seen, seen)


def test_it_takes_effect_where_the_participant_is() -> None:
    person = factories.enrolment(zone="Asia/Dubai")
    module = teaching.module(person)
    new = unit_text(module, on=APRIL)
    assert shown(person, module, datetime(2025, 3, 31, 19, 59, tzinfo=UTC)).text is None
    assert shown(person, module, datetime(2025, 3, 31, 20, 0, tzinfo=UTC)).text == new


@pytest.mark.requirement("S2-10")
def test_what_was_handed_in_keeps_the_text_that_it_was_written_against(amara) -> None:
    module, task = teaching.module(amara, "study-3"), teaching.task(amara)
    actions.complete_module(module=module, enrolment=amara, reflection="One", by=amara.user, at=MARCH)
    response = teaching.handed_in(amara, at=MARCH)
    two = unit_text(module, on=APRIL, text="Two")
    two_of_task = unit_text(task, on=APRIL, text="Two")

    now = shown(amara, module)
    assert (now.text, now.news) == (two, (two,))
    done = module.completions.get()
    assert unit_queries.earlier(done, now).parts["see_it"] == module.see_it

    asked = unit_queries.written_against(response)
    assert (asked.name, asked.parts["brief"]) == ("version 1", task.brief)
    later = actions.take_back(response=response, by=amara.user, at=ON)
    again = actions.hand_in(
        task=task, enrolment=amara, work=WORK, revision=later.revision, by=amara.user, at=ON
    )
    assert again.text == two_of_task
    assert unit_queries.earlier(again, shown(amara, task)) is None


def test_who_comes_later_is_told_of_no_change() -> None:
    late = factories.enrolment(at=ON + timedelta(days=1))
    module = teaching.module(late)
    two = unit_text(module, on=APRIL)
    now = shown(late, module, ON + timedelta(days=2))
    assert (now.text, now.news) == (two, ())
    assert unit_queries.news_for(late, at=ON + timedelta(days=2)) == []


def test_news_name_each_changed_unit_for_two_months(amara) -> None:
    module, other = teaching.module(amara, "study-2"), teaching.module(amara, "study-3")
    task = teaching.task(amara)
    unit_text(module, on=date(2025, 1, 20))
    unit_text(other, on=APRIL, context="england")  # not this person's
    unit_text(task, on=APRIL, context="international")
    assert [(one.unit, one.kind) for one in unit_queries.news_for(amara, at=ON)] == [(task, "task")]
    assert [one.unit for one in unit_queries.news_for(amara, at=MARCH)] == [module]


def test_news_ask_the_database_once_however_many_there_are(amara, django_assert_num_queries) -> None:
    for key in ("study-1", "study-2", "study-3"):
        unit_text(teaching.module(amara, key), on=APRIL)
    with django_assert_num_queries(1):
        assert len(unit_queries.news_for(amara, at=ON)) == 3


# --- writing ------------------------------------------------------------------------------------------------
def test_the_core_goes_on_from_the_first_text_and_others_begin_anew(amara, wes, rita) -> None:
    module = teaching.module(amara)
    core, abroad = draft(module, wes), draft(module, wes, context="international")
    assert (core.name, abroad.name) == ("version 2", "version 1 for international")
    publish(core, rita)
    assert draft(module, wes, effective_from=date(2025, 5, 1)).name == "version 3"


def test_one_form_sent_twice_is_one_draft_and_another_is_refused(amara, wes, rita) -> None:
    module = teaching.module(amara)
    assert draft(module, wes) == draft(module, wes)
    with pytest.raises(Refused, match=r"there already \(version 2\)"):
        draft(module, rita, change_note="Something else.")
    assert AuditEvent.objects.filter(verb="unit_text.drafted").count() == 1


def test_one_place_has_one_spelling(amara, wes, rita) -> None:
    module = teaching.module(amara)
    publish(draft(module, wes, context="locality", locality="New  Cairo"), rita)
    second = draft(module, wes, context="locality", locality="new cairo", effective_from=date(2025, 5, 1))
    assert (second.locality, second.version) == ("New Cairo", 2)


def test_somebody_else_reviews_and_the_reviewer_is_kept(amara, wes, rita) -> None:
    text = draft(teaching.module(amara), wes)
    with pytest.raises(Refused, match="Somebody else reviews"):
        publish(text, wes)
    done = publish(text, rita)
    assert (done.state, done.reviewed_by, done.reviewed_at) == ("published", rita, MARCH)
    assert publish(text, rita, at=ON).reviewed_at == MARCH
    event = AuditEvent.objects.get(verb="unit_text.published")
    assert (event.details["reason"], event.details["effective_from"]) == ("legislation", "2025-04-01")


def test_whoever_changes_a_draft_is_its_writer(amara, wes, rita) -> None:
    text = draft(teaching.module(amara), wes)
    changed = unit_editing.save_draft(
        text=text, said=said(change_note="Other."), revision=1, by=rita, at=MARCH
    )
    with pytest.raises(Refused, match="Somebody else"):
        publish(changed, rita, revision=2)
    with pytest.raises(Refused, match="changed since you read it"):
        publish(text, wes, revision=1)
    assert publish(text, wes, revision=2).change_note == "Other."


def test_nobody_overwrites_a_draft_unseen(amara, wes, rita) -> None:
    text = draft(teaching.module(amara), wes)
    new = said(parts={"see_it": "A", "name_it": "B", "do_it": "C"})
    unit_editing.save_draft(text=text, said=new, revision=1, by=rita, at=MARCH)
    assert unit_editing.save_draft(text=text, said=new, revision=1, by=rita, at=MARCH).revision == 2
    with pytest.raises(unit_editing.Stale) as no:
        unit_editing.save_draft(text=text, said=said(reason="local"), revision=1, by=wes, at=MARCH)
    assert (no.value.revision, no.value.texts["see_it"]) == (2, "A")


def test_what_is_published_stays(amara, wes, rita) -> None:
    text = publish(draft(teaching.module(amara), wes), rita)
    with pytest.raises(Refused, match="Begin a further version"):
        unit_editing.save_draft(text=text, said=said(reason="local"), revision=1, by=wes, at=MARCH)
    with pytest.raises(Refused, match="it stays"):
        unit_editing.discard_draft(text=text, by=wes, at=MARCH)


def test_no_day_that_has_passed_and_none_before_the_version_before(amara, wes, rita) -> None:
    module = teaching.module(amara)
    text = draft(module, wes)
    with pytest.raises(Refused, match="has passed"):
        publish(text, rita, at=ON)
    publish(text, rita)
    early = draft(module, wes, effective_from=date(2025, 3, 25))
    with pytest.raises(Refused, match="version before takes effect on Tue 1 Apr 2025"):
        publish(early, rita)


def test_a_discarded_draft_is_gone_once(amara, wes) -> None:
    module = teaching.module(amara)
    text = draft(module, wes)
    for _ in range(2):
        unit_editing.discard_draft(text=text, by=wes, at=MARCH)
    assert not module.texts.exists()
    with pytest.raises(Refused, match="was discarded"):
        publish(text, wes)
    assert draft(module, wes).version == 2


def test_a_task_keeps_its_tags_and_the_trail_what_changed(amara, wes) -> None:
    task = teaching.task(amara)
    for _ in range(2):
        tagged = unit_editing.tag_task(task=task, chosen=["physical", "cognition"], by=wes, at=AT)
    assert tagged.areas_of_need == ("cognition and learning", "physical and/or sensory")
    assert AuditEvent.objects.filter(verb="task.tagged").count() == 1
    with pytest.raises(Refused):
        unit_editing.tag_task(task=task, chosen=["reading"], by=wes, at=AT)
