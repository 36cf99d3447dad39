"""Benefits of a version, each with the feature that keeps it and its measure (S2-38)."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.urls import reverse

from goldenthread.applications.models import Enrolment
from goldenthread.common import outbox
from goldenthread.common.refused import Refused
from goldenthread.people.models import Membership, Role
from goldenthread.reports import actions, promises
from goldenthread.support import jobs
from tests import factories
from tests import factories_teaching as teaching
from tests.factories_web import Cast, cast, give, page, queries_of, text_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("catalogue")]
ENGLAND = "npqlt-reformed-england"
FIRST = datetime(2025, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def people() -> Cast:
    found = cast()
    Enrolment.objects.update(starts_on=date(2025, 1, 6))
    Membership.objects.update(starts_on=date(2018, 1, 1))
    return found


def measures(key: str = ENGLAND) -> dict[str, str]:
    found = promises.promises_of(factories.version(key), on=FIRST.date())
    return {one.key: one.text for one in found}


@pytest.mark.requirement("S2-38")
@pytest.mark.parametrize(("late", "share"), [(0, "100.0 % (2/2)"), (3, "0.0 % (0/2)")])
def test_six_benefits_stand_in_public_and_the_office_sees_the_share_of_updates_sent_on_time(
    client, people: Cast, late: int, share: str
) -> None:
    public = text_of(client.get(f"/programmes/{ENGLAND}/"))
    benefits = factories.version(ENGLAND).specification.benefits.candidate
    assert len(benefits) == 6
    assert all(text in public for text in benefits)
    url = reverse("office:promise_version", args=[ENGLAND])
    assert "no data" in text_of(page(people.office, url))
    at = FIRST + timedelta(days=late)
    jobs.send_updates(at)
    outbox.deliver_due(at=at)
    shown = page(people.office, url)
    lines = {line["promise"].feature.name: line["promise"].text for line in shown.context["lines"]}
    assert len(lines) == 6
    assert lines["Regular progress updates"] == share
    assert share in text_of(shown)
    assert reverse("office:updates") in text_of(shown)
    assert page(people.head, url).status_code == 404


def test_serving_heads_among_facilitators_and_local_venues_are_counted_now(people: Cast) -> None:
    assert (measures()["leaders"], measures()["local"]) == ("no data", "no data")
    group = teaching.group()
    leader, other = (teaching.staffed(group, name=name) for name in ("Lena Leads", "Otto Other"))
    assert measures()["leaders"] == "0.0 % (0/2)"
    give(leader, people.amara.school.organisation, Role.HEAD_TEACHER)
    Membership.objects.filter(user=leader).update(starts_on=date(2018, 1, 1))
    assert measures()["leaders"] == "50.0 % (1/2)"
    assert other


def test_the_office_links_a_benefit_of_another_version_and_what_is_none_is_refused(people: Cast) -> None:
    version = factories.version("npqh-legacy-england")
    benefit = version.specification.benefits.school[0]
    assert set(measures("npqh-legacy-england")) == {""}
    for _ in range(2):
        actions.link_benefit(version=version, benefit=benefit, feature="feedback", by=people.office, at=FIRST)
    assert measures("npqh-legacy-england")["feedback"] == "no data"
    with pytest.raises(Refused, match="no longer names"):
        actions.link_benefit(version=version, benefit="Free lunch", feature="", by=people.office, at=FIRST)
    with pytest.raises(Refused, match="from the list"):
        actions.link_benefit(version=version, benefit=benefit, feature="magic", by=people.office, at=FIRST)


def test_a_shipped_link_can_be_taken_away(people: Cast) -> None:
    version = factories.version(ENGLAND)
    benefit = version.specification.benefits.candidate[5]
    actions.link_benefit(version=version, benefit=benefit, feature="", by=people.office, at=FIRST)
    assert promises.promises_of(version, on=FIRST.date())[5].feature is None


def test_lists_of_updates_take_as_many_queries_for_one_as_for_many(people: Cast) -> None:
    pages = [
        (people.office, reverse("office:updates")),
        (people.head, reverse("school:updates")),
        (people.office, reverse("office:person_updates", args=[people.amara.reference])),
    ]
    jobs.send_updates(FIRST)
    counts = [queries_of(user, url) for user, url in pages]
    jobs.send_updates(datetime(2025, 4, 1, 12, tzinfo=UTC))
    jobs.send_updates(datetime(2025, 5, 1, 12, tzinfo=UTC))
    assert [queries_of(user, url) for user, url in pages] == counts
    shown = page(people.head, reverse("school:updates"))
    assert [line.update.enrolment.user.name for line in shown.context["lines"]] == ["Amara Applicant"] * 3
    assert len(page(people.other_head, reverse("school:updates")).context["lines"]) == 3
    assert page(people.manager, reverse("school:updates")).status_code == 404


def test_the_office_names_the_mentor_and_how_often_on_the_persons_page(people: Cast) -> None:
    give(people.stranger, people.amara.school.organisation, Role.MENTOR)
    url = reverse("office:person_updates", args=[people.amara.reference])
    from tests.factories_web import client_of

    client = client_of(people.office)
    done = client.post(url, {"interval": "termly", "mentor": people.stranger.pk})
    assert done.status_code == 302
    people.amara.refresh_from_db()
    assert people.amara.update_schedule.interval == "termly"
    assert people.amara.mentorings.get().mentor == people.stranger
    assert client.post(url, {"interval": "hourly", "mentor": ""}).status_code == 422
    assert client_of(people.head).post(url, {"interval": "never"}).status_code == 404
