"""The menu says where one is."""

import pytest

from goldenthread.web.office.urls import urlpatterns
from goldenthread.web.shared.navigation import MARKER, MODERATOR, OFFICE, PARTICIPANT, hat_at, menu

PLACES = sorted({f"/office/{str(one.pattern).split('/')[0]}/" for one in urlpatterns if str(one.pattern)})


@pytest.mark.parametrize("path", [*PLACES, "/office/"])
def test_every_page_of_the_office_is_under_one_entry_of_its_menu(path: str) -> None:
    assert len([link.label for link in menu(OFFICE, path) if link.current]) == 1


@pytest.mark.parametrize(
    ("path", "label"),
    [
        ("/office/windows/3/marking/", "Assessment"),
        ("/office/groups/1/", "Intakes"),
        ("/office/pay/", "Assessment"),
        ("/office/pipeline/", "Desk"),
        ("/office/destinations/", "Catalogue"),
        ("/moderate/rounds/3/", "Assessment"),
    ],
)
def test_it_is_the_entry_from_which_one_comes(path: str, label: str) -> None:
    assert [link.label for link in menu(OFFICE, path) if link.current] == [label]


def test_rounds_of_moderation_are_pages_of_the_office_for_whoever_is_no_moderator() -> None:
    path = "/moderate/rounds/3/"
    assert hat_at(path, [OFFICE, MARKER]) is OFFICE
    assert hat_at(path, [OFFICE, MODERATOR]) is MODERATOR
    assert hat_at(path, [MARKER]) is None
    for inside in ("/moderate/", "/moderate/rounds/3/", "/moderate/scripts/4/declare/"):
        assert [link.label for link in menu(MODERATOR, inside) if link.current] == ["Moderation"]


def test_every_page_of_a_hat_with_one_entry_is_under_it_and_no_other() -> None:
    for inside in ("/mark/", "/mark/7/", "/mark/availability/"):
        assert [link.label for link in menu(MARKER, inside) if link.current] == ["My queue"]
    assert not any(link.current for link in menu(MARKER, "/help/"))


@pytest.mark.parametrize(
    ("path", "label"),
    [
        ("/my/", "Home"),
        ("/my/result/", "Assessment"),
        ("/my/result/7/", "Assessment"),
        ("/my/award/", "Assessment"),
        ("/my/award/credit/", "Assessment"),
        ("/my/transcript/", "Assessment"),
        ("/my/rules/", "Assessment"),
        ("/my/assessment/appeals/3/", "Assessment"),
        ("/my/coaching/", "Learning"),
        ("/my/self-assessment/", "Engagement"),
    ],
)
def test_a_participants_page_is_under_the_entry_from_which_one_comes(path: str, label: str) -> None:
    assert [link.label for link in menu(PARTICIPANT, path) if link.current] == [label]
