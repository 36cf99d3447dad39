"""An author publishes the text and the mark scheme that they have looked at, and nothing that came in since."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from goldenthread.assessment import actions, queries
from goldenthread.assessment.models import CaseStudy
from goldenthread.people.models import Role
from tests import factories
from tests import factories_assessment as made

pytestmark = pytest.mark.django_db
NOTHING = "so nothing is published"


@pytest.fixture
def case() -> CaseStudy:
    return made.case_study(published=False)


@pytest.fixture
def ada() -> Client:
    client = Client()
    client.force_login(made.author())
    return client


def seen_on(page: Any) -> dict[str, Any]:
    """What the page sends along when somebody publishes, as it stands in it."""
    form = page.context["publish_form"]
    content = page.content.decode()
    for name, value in form.initial.items():
        assert f'name="{name}" value="{value}"' in content
    return dict(form.initial)


def publish(client: Client, case: CaseStudy, said: dict[str, Any]) -> str:
    answer = client.post(reverse("office:case_study_publish", args=[case.pk]), said, follow=True)
    case.refresh_from_db()
    queries.opened(case)
    return " ".join(answer.content.decode().split())


def edit(case: CaseStudy, body: str) -> None:
    abe = factories.member(Role.AUTHOR, "Abe Author")
    actions.edit_case_study(
        case_study=case, title=case.title, body=body, question=case.question, by=abe, at=made.BEFORE
    )


def test_what_another_author_has_saved_since_is_read_before_it_is_published(
    ada: Client, case: CaseStudy
) -> None:
    address = reverse("office:case_study", args=[case.pk])
    seen = seen_on(ada.get(address))
    edit(case, "Abe has put in something else")
    told = publish(ada, case, seen)
    assert NOTHING in told
    assert "Abe has put in something else" in told
    assert case.state == "draft"
    publish(ada, case, seen_on(ada.get(address)))
    assert case.state == "published"


def test_a_mark_scheme_that_was_saved_since_counts_too(ada: Client, case: CaseStudy) -> None:
    seen = seen_on(ada.get(reverse("office:case_study", args=[case.pk])))
    actions.set_scheme(
        case_study=case, points=made.points(), pass_mark=1, tolerance=2, by=made.author(), at=made.BEFORE
    )
    assert "saved the mark scheme since" in publish(ada, case, seen)
    assert case.state == "draft"


def test_a_page_that_shows_both_texts_publishes_the_one_that_is_saved(ada: Client, case: CaseStudy) -> None:
    address = reverse("office:case_study", args=[case.pk])
    edit(case, "Abe was quicker")
    mine = {"title": "Mine", "body": "Mine", "question": "Mine", "revision": "0"}
    both = ada.post(address, mine)
    assert both.status_code == 422
    assert "Abe was quicker" in both.content.decode()
    publish(ada, case, seen_on(both))
    assert (case.state, case.body) == ("published", "Abe was quicker")


@pytest.mark.parametrize("said", [{}, {"revision": "0"}, {"revision": "x", "scheme_revision": "-1"}])
def test_nothing_is_published_by_who_says_not_what_they_saw(
    ada: Client, case: CaseStudy, said: dict[str, str]
) -> None:
    assert "Read what is saved now, then publish." in publish(ada, case, said)
    assert case.state == "draft"
