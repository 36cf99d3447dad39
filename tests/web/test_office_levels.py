"""Levels of a mark point on the page of a case study."""

import pytest
from django.urls import reverse

from tests import factories_assessment as made
from tests.factories_web import text_of
from tests.web.test_office_assessment import author, published_by, scheme_fields


@pytest.mark.django_db
def test_an_author_gives_a_point_levels_and_reads_what_is_wrong_with_them() -> None:
    case, client = made.case_study(published=False), author()
    that, how = made.statements()
    address = reverse("office:mark_scheme", args=[case.pk])
    fields = scheme_fields((that.pk, "Understands the case", 12), (how.pk, "Plans it", 8))
    levels = "points-0-levels"
    refused = client.post(address, {**fields, levels: "0-4 Emerging: names it\r\n6-12 Secure: says why"})
    assert refused.status_code == 422
    assert "no level gives 5, between Emerging and Secure" in text_of(refused)
    assert "6-12 Secure: says why" in refused.content.decode()
    assert (
        client.post(
            address, {**fields, levels: "0-5 Emerging: names it\r\n6-12 Secure: says why"}
        ).status_code
        == 302
    )
    shown = client.get(reverse("office:case_study", args=[case.pk])).content.decode()
    assert "6-12 Secure: says why" in shown
    alone = client.post(
        address, scheme_fields((that.pk, "Says why", 12)) | {"points-1-levels": "x", "points-TOTAL_FORMS": 2}
    )
    assert alone.status_code == 422
    more = client.post(address, {**fields, levels: "0-5 Low: a\r\n6-12 High: b", "more": "1"})
    assert "6-12 High: b" in more.content.decode()
    assert "can&#x27;t be changed" in published_by(client, case)
    assert "6 to 12: Secure. says why" in text_of(client.get(reverse("office:case_study", args=[case.pk])))
