"""The index over the entries, in both databases alike: prefixes, accents, order, and queries that mean harm."""

import threading
from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from goldenthread.search import actions
from goldenthread.search.actions import Change, Thing
from goldenthread.search.models import SearchEntry
from goldenthread.search.queries import MOST_FOUND, is_made_from, search

pytestmark = pytest.mark.django_db
AT = datetime(2026, 9, 1, 9, tzinfo=UTC)
THINGS = (
    Thing("1", "programme", "NPQH Headship", "/h/", "Reformed", "For heads and those who want to be one."),
    Thing("2", "programme", "NPQEL Executive Leadership", "/el/", "", "For those who lead several schools."),
    Thing("3", "area", "Ŵyn and behaviour", "/a/", "", "Classes where pupils study."),
    Thing("4", "help", "Certificates", "/v/", "", "The code <b>of</b> a head's award.", "genuine proof"),
    Thing("5", "help", "Nought", "/n/", "", "Образование і вчителі. 360° 74 h"),
)


def fill(*things: Thing, mark: str = "one") -> Change:
    return actions.rebuild(things=lambda: things or THINGS, mark=mark, at=AT)


def keys(text: str) -> list[str]:
    urls = {thing.url: thing.key for thing in THINGS}
    return [urls[found.url] for found in search(text).found]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("headship", ["1"]),
        ("HEAD", ["1", "4"]),  # titles first
        ("heads", ["1", "4"]),
        ("lead", ["2"]),
        ("npq", ["1", "2"]),
        ("wyn", ["3"]),
        ("ŴYN", ["3"]),
        ("ŷ", []),
        ("class", ["3"]),
        ("classes", ["3"]),
        ("studies", ["3"]),
        ("study pupil", ["3"]),
        ("genuine", ["4"]),  # a word that isn't shown
        ("образ", ["5"]),
        ("74", ["5"]),
        ("360°", ["5"]),
        ("h", ["5"]),  # one letter is a word, not a beginning
        ("nothing at all", []),
        ("the", ["4"]),  # nothing else was asked for
        ("", []),
        ("   ", []),
    ],
)
def test_finds_by_beginnings_without_case_accents_and_plural(text: str, found: list[str]) -> None:
    fill()
    assert keys(text) == found


@pytest.mark.parametrize(
    "text",
    [
        '"',
        "'",
        '"head',
        "head*",
        "head AND",
        "AND OR NOT",
        "NEAR(head heads)",
        "title_words:head",
        "-head",
        "^head",
        "head | !head & (",
        "head:*",
        "head <-> heads",
        "\\",
        "%",
        "_",
        "\0head\0",
        "'; DROP TABLE goldenthread_searchentry; --",
        "{} %s %(x)s",
        "head " * 2500,
        "x" * 10_000,
        "☃\u202e\ufffe\ud800"[:3],
    ],
)
def test_no_text_is_an_operator_or_an_error(text: str) -> None:
    fill()
    answer = search(text)
    assert len(answer.found) <= len(THINGS)
    assert SearchEntry.objects.count() == len(THINGS)
    if "head" in text.lower() and "DROP" not in text and "title" not in text and "NEAR" not in text:
        assert "/h/" in [found.url for found in answer.found]


def test_where_nothing_has_all_words_some_of_them_do() -> None:
    fill()
    answer = search("headship zebra")
    assert not answer.every
    assert [found.url for found in answer.found] == ["/h/"]
    assert search("headship heads").every


def test_a_word_that_is_spelt_nearly_like_a_title_is_suggested() -> None:
    fill()
    assert search("certifcate").suggestion == "certificates"
    assert search("excutive certifcate").suggestion == "executive certificates"
    assert search("qqqq").suggestion == ""


def test_what_was_asked_for_is_marked_and_nothing_is_html() -> None:
    fill()
    (found,) = search("certificate awards").found
    assert found.title == [("Certificates", True)]
    assert ("award", True) in found.snippet
    assert any("<b>" in text for text, _ in found.snippet)  # plain text, for the template to escape


def test_a_second_rebuild_changes_nothing_and_what_is_gone_is_not_found() -> None:
    assert fill() == Change(added=5)
    numbers = list(SearchEntry.objects.values_list("pk", flat=True))
    assert fill() == Change(kept=5)
    assert list(SearchEntry.objects.values_list("pk", flat=True)) == numbers
    changed = Thing("1", "programme", "NPQH Leading a school", "/h/")
    assert fill(changed, *THINGS[2:], mark="two") == Change(altered=4, removed=1)
    assert keys("headship") == []
    assert keys("executive") == []
    assert keys("leading") == ["1"]
    assert is_made_from("two")
    assert not is_made_from("one")


def test_who_waited_for_the_entries_of_the_same_content_does_not_make_them_again() -> None:
    made: list[str] = []

    def things() -> tuple[Thing, ...]:
        made.append("once")
        return THINGS

    assert actions.refresh(things=things, mark="one", at=AT) == Change(added=5)
    assert actions.refresh(things=things, mark="one", at=AT) is None
    assert made == ["once"]
    assert actions.refresh(things=things, mark="two", at=AT) == Change(kept=5)
    assert is_made_from("two")


def test_a_few_queries_however_much_there_is() -> None:
    many = [Thing(f"x{n}", "help", f"Common thing {n}", f"/{n}/") for n in range(MOST_FOUND + 20)]
    fill(*many)
    search("warm")
    with CaptureQueriesContext(connection) as taken:
        assert len(search("common").found) == MOST_FOUND
    assert len(taken) <= 2
    with CaptureQueriesContext(connection) as taken:
        search("nowhere zebra")
    assert len(taken) <= 5


@pytest.mark.django_db(transaction=True)
def test_two_rebuilds_at_once_end_with_each_thing_once() -> None:
    faults: list[BaseException] = []

    def one() -> None:
        try:
            fill()
        except BaseException as fault:
            faults.append(fault)
        finally:
            connection.close()

    threads = [threading.Thread(target=one) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert SearchEntry.objects.count() == len(THINGS)
    assert keys("headship") == ["1"]
