"""The menu says where one is."""

import pytest

from goldenthread.web.office.urls import urlpatterns
from goldenthread.web.shared.navigation import OFFICE, menu

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
    ],
)
def test_it_is_the_entry_from_which_one_comes(path: str, label: str) -> None:
    assert [link.label for link in menu(OFFICE, path) if link.current] == [label]
