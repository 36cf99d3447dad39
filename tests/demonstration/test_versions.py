"""The further revision of the demonstration: checked by who wrote it, published by somebody else, read by visitors."""

import pytest
from django.test import Client
from django.urls import reverse

from goldenthread.catalogue import publishing
from goldenthread.common import clock
from goldenthread.common.refused import Refused
from goldenthread.demonstration.versions import REVISED, leave_a_revision
from goldenthread.people.models import Role
from tests import factories


@pytest.mark.django_db
@pytest.mark.usefixtures("catalogue")
def test_a_revision_waits_for_the_second_person_and_tells_visitors_of_a_later_fee() -> None:
    olu, nia = factories.member(Role.OFFICE, "Olu Bankole"), factories.member(Role.OFFICE, "Nia Prosser")
    draft = leave_a_revision(writer=olu, now=clock.now())
    assert draft.state == "checked"
    seen, at = factories.seen_in(draft), clock.now()
    with pytest.raises(Refused):
        publishing.publish(draft=draft, seen=seen, by=olu, at=at)
    version = publishing.publish(draft=draft, seen=seen, by=nia, at=at)
    assert version.key == f"{REVISED}-r2"
    begins = clock.today().year + 1
    page = Client().get(reverse("public:programmes")).content.decode()
    assert f"£1,550 until 31 August {begins}; £1,600 from 1 September {begins}" in page
