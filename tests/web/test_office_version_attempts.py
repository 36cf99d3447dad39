"""The editor's form of how often somebody may sit: what it writes, what it refuses, and where it isn't offered."""

import pytest
from django.urls import reverse

from goldenthread.people.models import User
from tests.factories import NPQLT
from tests.factories_web import client_of, text_of
from tests.web.test_office_versions import draft_of, fill, ola, olu, shown_on

__all__ = ["ola", "olu"]  # fixtures
pytestmark = pytest.mark.django_db


def test_how_often_somebody_may_sit_has_a_form_that_refuses_what_cant_hold(olu: User, ola: User) -> None:
    client, colleague, draft = client_of(olu), client_of(ola), draft_of(NPQLT, olu)
    overview = reverse("office:draft", args=[draft.pk])
    bad = (
        ({"most": "0"}, "greater than or equal to 1"),
        ({"most": "21"}, "less than or equal to 20"),
        ({"within_months": "two"}, "Enter a whole number"),
        ({"most": "2", "unlimited": "on"}, "or untick this: a limit and none"),
        ({"within_months": "121"}, "less than or equal to 120"),
    )
    for said, why in bad:
        refused = fill(client, draft.pk, "attempts", **said)
        assert refused.status_code == 422
        assert why in str(refused.context["form"].errors)
    draft.refresh_from_db()
    assert "attempts" not in draft.text
    assert fill(client, draft.pk, "attempts", most="2", within_months="12").status_code == 302
    assert fill(client, draft.pk, "attempts").status_code == 302  # it begins with what stands there
    client.post(reverse("office:draft_check", args=[draft.pk]))
    assert "The case study may be sat at most 2 times." in text_of(colleague.get(overview))
    publish = reverse("office:draft_publish", args=[draft.pk])
    colleague.post(publish, shown_on(colleague, draft))
    draft.refresh_from_db()
    assert draft.published_as is not None
    said = draft.published_as.specification.assessment.attempts
    assert said is not None
    assert (said.most, said.within_months) == (2, 12)


def test_everything_empty_says_nothing_of_sitting_again(olu: User) -> None:
    client, draft = client_of(olu), draft_of(NPQLT, olu)
    fill(client, draft.pk, "attempts", unlimited="on")
    draft.refresh_from_db()
    assert "unlimited = true" in draft.text
    url = reverse("office:draft_part", args=[draft.pk, "attempts"])
    client.post(url, {"seen": draft.revision})
    draft.refresh_from_db()
    assert "attempts" not in draft.text


def test_a_draft_with_projects_is_offered_no_policy_of_attempts(olu: User) -> None:
    client, draft = client_of(olu), draft_of("npqsl-legacy-international", olu)
    url = reverse("office:draft_part", args=[draft.pk, "attempts"])
    shown = text_of(client.get(url))
    assert "This version has no case study" in shown
    assert "further hand-in days are set" in shown
    sent = client.post(url, {"seen": draft.revision, "most": "2"})
    assert sent.status_code != 302
    before = draft.text
    draft.refresh_from_db()
    assert draft.text == before
