"""The demonstration's reading lists."""

import pytest

from goldenthread.catalogue.framework_queries import reading_list
from goldenthread.catalogue.models import Evidence
from goldenthread.demonstration.sources import MADE_UP, SOURCES, enter_sources
from goldenthread.people.models import Role
from tests import factories


@pytest.mark.django_db
@pytest.mark.usefixtures("catalogue")
def test_sources_are_entered_once_and_every_programme_has_some() -> None:
    for _ in range(2):
        enter_sources(by=factories.member(Role.OFFICE, "Olu Office"), at=factories.AT)
    assert Evidence.objects.count() == len(SOURCES)
    assert not Evidence.objects.exclude(title__endswith=MADE_UP).exists()
    assert all(reading_list(code) for code in ("NPQLT", "NPQLTD", "NPQLBC", "NPQSL", "NPQH", "NPQEL"))
