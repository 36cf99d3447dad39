"""The demonstration's reading lists, and the framework's text that waits for a second person."""

import pytest

from goldenthread.catalogue import framework_proposing as proposing
from goldenthread.catalogue.framework_queries import reading_list
from goldenthread.catalogue.models import Evidence, FrameworkProposal
from goldenthread.demonstration.sources import MADE_UP, SOURCES, enter_sources, propose_example
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


@pytest.mark.django_db
@pytest.mark.usefixtures("catalogue")
def test_one_text_waits_and_once_it_is_decided_no_other_is_proposed() -> None:
    nia = factories.member(Role.OFFICE, "Nia Office")
    for _ in range(2):
        propose_example(by=nia, at=factories.AT)
    waits = FrameworkProposal.objects.get(state="proposed")
    assert waits.proposed_by == nia
    proposing.decline(proposal=waits, reason="Seen", by=nia, at=factories.AT)
    propose_example(by=nia, at=factories.AT)
    assert FrameworkProposal.objects.count() == 1
