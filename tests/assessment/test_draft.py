"""Drafts: kept on every save, never overwritten by an older page, kept even when it is too late."""

from datetime import timedelta

import pytest
from django.http import Http404

from goldenthread.assessment import actions, rules
from goldenthread.assessment.models import Sitting
from goldenthread.common.models import AuditEvent
from goldenthread.common.refused import Refused
from tests import factories
from tests import factories_assessment as made


def save(one: Sitting, text: str, revision: int = 0, at: object = made.INSIDE) -> Sitting:
    return actions.save_draft(sitting=one, texts={"": text}, revision=revision, by=one.enrolment.user, at=at)  # type: ignore[arg-type]


@pytest.mark.django_db
def test_each_save_moves_the_revision_on_and_the_same_text_does_not() -> None:
    one = made.sitting()
    assert save(one, "A").draft_revision == 1
    assert save(one, "A and B", 1).draft_revision == 2
    assert save(one, "A and B", 1).draft_revision == 2
    one.refresh_from_db()
    assert (one.draft, one.draft_saved_at) == ({"": "A and B"}, made.INSIDE)


@pytest.mark.django_db
def test_an_older_tab_gets_what_is_stored_and_overwrites_nothing() -> None:
    one = made.sitting()
    save(one, "From the second tab")
    with pytest.raises(rules.Stale) as caught:
        save(one, "From the first tab")
    assert (caught.value.revision, caught.value.texts) == (1, {"": "From the second tab"})
    one.refresh_from_db()
    assert one.draft == {"": "From the second tab"}


@pytest.mark.django_db
def test_text_after_the_deadline_is_kept_once_on_record_and_not_handed_in() -> None:
    one = made.sitting()
    late = made.CLOSES_AT + timedelta(minutes=5)
    save(one, "In time", at=made.CLOSES_AT)
    save(one, "Too late", 1, at=late)
    save(one, "Later still", 2, at=late + timedelta(minutes=1))
    one.refresh_from_db()
    assert (one.draft, one.scripts.count()) == ({"": "Later still"}, 0)
    assert AuditEvent.objects.filter(verb="draft.kept_late").count() == 1


@pytest.mark.django_db
def test_no_draft_before_the_window_and_none_for_strangers() -> None:
    one = made.sitting()
    with pytest.raises(Refused, match="released on"):
        save(one, "Early", at=made.OPENS_AT - timedelta(seconds=1))
    with pytest.raises(Http404):
        actions.save_draft(sitting=one, texts={"": "x"}, revision=0, by=factories.user(), at=made.INSIDE)


@pytest.mark.django_db
def test_odd_characters_are_kept_or_dropped_but_never_break_anything() -> None:
    one = made.sitting()
    save(one, "na\u00efve \U0001f642 \x00 \ud800 line\r\nend")
    one.refresh_from_db()
    assert one.draft == {"": "na\u00efve \U0001f642  ? line\nend"}


@pytest.mark.django_db
def test_more_than_can_be_kept_is_refused_and_the_last_text_stays() -> None:
    one = made.sitting()
    save(one, "Short")
    with pytest.raises(Refused, match="200,001 characters"):
        save(one, "x" * 200_001, 1)
    one.refresh_from_db()
    assert one.draft == {"": "Short"}
