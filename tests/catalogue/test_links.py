"""Links to official texts and sources: tried once a week, hidden and listed when they are gone."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from goldenthread.catalogue.jobs import ask, check_links, links
from goldenthread.catalogue.models import Evidence, Framework
from tests.factories import AT, NPQLT

pytestmark = pytest.mark.django_db
WEEK = timedelta(days=7)


def framework(code: str = "NPQLT") -> Framework:
    return Framework.objects.get(programme__code=code, edition="reformed")


@pytest.fixture(autouse=True)
def _one_link(catalogue: None) -> None:
    Framework.objects.exclude(pk=framework().pk).update(source_url="")
    Framework.objects.filter(pk=framework().pk).update(source_url="https://example.org/lt")


@pytest.mark.requirement("S4-07")
@pytest.mark.parametrize("status", [404, 410])
def test_a_link_that_is_gone_is_hidden_and_comes_back_with_the_page(status: int) -> None:
    assert check_links(at=AT, ask=lambda _: status) == (1, 1)
    assert str(status) in framework().link_fault
    assert (
        "https://example.org/lt"
        not in Client().get(reverse("public:framework", args=[NPQLT])).content.decode()
    )
    assert check_links(at=AT + timedelta(days=6), ask=lambda _: 200) == (0, 0)
    assert check_links(at=AT + WEEK, ask=lambda _: 200) == (1, 0)
    assert (
        "https://example.org/lt" in Client().get(reverse("public:framework", args=[NPQLT])).content.decode()
    )


@pytest.mark.parametrize("status", [200, 301, 403, 405, 500])
def test_what_answers_is_not_gone(status: int) -> None:
    assert check_links(at=AT, ask=lambda _: status) == (1, 0)
    assert framework().link_fault == ""


def test_no_answer_changes_nothing_but_the_day() -> None:
    Framework.objects.filter(pk=framework().pk).update(link_fault="404, not found")
    assert check_links(at=AT, ask=lambda _: None) == (1, 1)
    assert (framework().link_fault, framework().link_checked_at) == ("404, not found", AT)


def test_an_address_that_is_changed_while_it_is_tried_keeps_no_fault_of_the_old_one() -> None:
    def change(_: str) -> int:
        Framework.objects.filter(pk=framework().pk).update(source_url="https://example.org/new")
        return 404

    assert check_links(at=AT, ask=change) == (1, 1)
    assert (framework().link_fault, framework().link_checked_at) == ("", None)


def test_a_few_at_a_time_the_longest_untried_first() -> None:
    for number in range(8):
        link = f"https://example.org/{number}"
        Evidence.objects.create(author="A", title="T", kind="study", country="uk", link=link)
    asked: list[str] = []

    def note(url: str) -> int:
        asked.append(url)
        return 200

    assert [check_links(at=AT, ask=note)[0] for _ in range(3)] == [5, 4, 0]
    assert len(set(asked)) == 9


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/",
        "http://localhost:8000/",
        "http://[::1]/",
        "http://10.0.0.1/",
        "file:///etc/passwd",
        "https://",
    ],
)
def test_nothing_inside_the_own_net_is_asked(url: str) -> None:
    assert ask(url) is None


def test_outside_production_nothing_is_asked() -> None:
    assert links(AT) == "not in this mode"
