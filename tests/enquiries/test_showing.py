"""Contact points, brands and testimonials: what visitors see is valid, published, consented."""

import uuid
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from goldenthread.common.refused import Refused
from goldenthread.enquiries import queries
from goldenthread.enquiries.actions import contacts, testimonials
from goldenthread.enquiries.actions.prospects import Who
from goldenthread.enquiries.models import Brand, ContactPoint
from goldenthread.enquiries.models import Testimonial as Said
from goldenthread.people.models import Organisation, OrganisationKind, Role, User
from tests import factories
from tests.enquiries import factories as made
from tests.enquiries.factories import AT
from tests.races import at_once

pytestmark = pytest.mark.django_db


@pytest.fixture
def olu() -> User:
    return factories.member(Role.OFFICE, "Olu Office")


@pytest.fixture
def network(olu: User) -> Organisation:
    """The provider of the sources, with what they state of it."""
    lead = made.partner("Best Practice Network", OrganisationKind.LEAD_PROVIDER)
    contacts.take_over(organisation=lead, by=olu, at=AT)
    return lead


# --- contact points ----------------------------------------------------------------------------------
@pytest.mark.requirement("S0-68")
def test_the_number_that_is_printed_wrongly_stays_evidence_and_the_valid_one_is_shown(
    network: Organisation, client: Any, olu: User
) -> None:
    wrong = ContactPoint.objects.get(value="")
    assert wrong.printed == [{"text": "+117 920 94028", "source": "000:209"}]
    assert "no telephone number" in wrong.problem
    shown = client.get("/contact/").content.decode()
    assert "tel:+441179209200" in shown
    assert "920 94028" not in shown
    assert "11792094028" not in shown
    with pytest.raises(Refused, match="evidence only"):
        contacts.publish(point=wrong, on=True, by=olu, at=AT)
    with pytest.raises(IntegrityError), transaction.atomic():
        ContactPoint.objects.filter(pk=wrong.pk).update(published=True)


@pytest.mark.requirement("S0-68")
@pytest.mark.parametrize("printed", ["+11792094028", "01179", "+44 117 920"])
def test_an_invalid_number_is_refused_on_the_page_with_what_to_do(printed: str, olu: User) -> None:
    hub = made.partner("Avon hub")
    with pytest.raises(Refused, match="Give it with its area code") as refused:
        contacts.add_point(organisation=hub, kind="phone", printed=printed, by=olu, at=AT)
    assert refused.value.field == "printed"
    assert ContactPoint.objects.count() == 0


@pytest.mark.requirement("S3-40")
@pytest.mark.parametrize(
    ("one", "two", "value"),
    [
        ("0117 920 9200", "+44 (0)117 920 9200", "+441179209200"),
        ("020 7946 0018", "0044 20 7946 0018", "+442079460018"),
    ],
)
def test_two_spellings_of_a_number_are_one_contact_point(one: str, two: str, value: str, olu: User) -> None:
    hub = made.partner("Avon hub")
    for printed in (one, two, two):
        contacts.add_point(organisation=hub, kind="phone", printed=printed, by=olu, at=AT)
    point = ContactPoint.objects.get()
    assert (point.value, [evidence["text"] for evidence in point.printed]) == (value, [one, two])


def test_taking_over_the_sources_twice_changes_nothing(network: Organisation, olu: User) -> None:
    contacts.set_brand(organisation=network, strapline="Ours", website="", postcode="", by=olu, at=AT)
    before = list(ContactPoint.objects.order_by("pk").values())
    contacts.take_over(organisation=network, by=olu, at=AT)
    assert list(ContactPoint.objects.order_by("pk").values()) == before
    assert Brand.objects.get().strapline == "Ours"
    with pytest.raises(Refused, match="No source"):
        contacts.take_over(organisation=made.partner("Unknown hub"), by=olu, at=AT)


def test_a_hidden_point_is_not_shown(network: Organisation, client: Any, olu: User) -> None:
    point = ContactPoint.objects.get(value="cpd@bestpracticenet.co.uk")
    contacts.publish(point=point, on=False, by=olu, at=AT)
    shown = client.get("/contact/").content.decode()
    assert "cpd@bestpracticenet.co.uk" not in shown
    assert "enquiries@bestpracticenet.co.uk" in shown


@pytest.mark.requirement("S4-08")
def test_a_partner_has_a_page_with_its_own_address(client: Any, olu: User) -> None:
    hub = made.partner("Harris City Academy Crystal Palace Teaching School Hub")
    contacts.take_over(organisation=hub, by=olu, at=AT)
    shown = client.get(f"/partners/{hub.pk}/").content.decode()
    assert "mailto:teachingschoolhub@harriscrystalpalace.org.uk" in shown
    assert client.get(f"/partners/{factories.organisation('No partner').pk}/").status_code == 404


# --- brand -------------------------------------------------------------------------------------------
@pytest.mark.requirement("S0-73")
@pytest.mark.parametrize(
    ("website", "shown"),
    [("bestpracticenet.co.uk", "bestpracticenet.co.uk"), ("https://www.example.org/npq/", "example.org/npq")],
)
def test_the_footer_shows_strapline_and_chosen_website_and_the_office_both_sources(
    network: Organisation, client: Any, olu: User, website: str, shown: str
) -> None:
    page = client.get("/").content.decode()
    assert "Learn. Share. Grow." in page
    assert 'href="https://bestpracticenetwork.co.uk"' in page
    contacts.set_brand(
        organisation=network, strapline="Learn. Share. Grow.", website=website, postcode="", by=olu, at=AT
    )
    page = client.get("/").content.decode()
    assert f'href="https://{shown}"' in page
    assert "bestpracticenetwork.co.uk" not in page
    client.force_login(olu)
    office = client.get(f"/office/organisations/{network.pk}/contacts/").content.decode()
    for address, source in (("bestpracticenetwork.co.uk", "000:233"), ("bestpracticenet.co.uk", "001:115")):
        assert address in office
        assert source in office


def test_a_brands_postcode_must_be_known_and_says_where_its_groups_are(olu: User) -> None:
    made.postcodes()
    hub = made.partner("Avon hub")
    with pytest.raises(Refused, match="not known"):
        contacts.set_brand(organisation=hub, strapline="", website="", postcode="ZZ9 9ZZ", by=olu, at=AT)
    contacts.set_brand(organisation=hub, strapline="", website="", postcode="BS1 5JD", by=olu, at=AT)
    made.group(hub, "Main hall")
    one = made.ask(who=Who("Amara", "a@example.org", postcode="EX4 4QJ"), programme=made.programme())
    assert one.partner == hub


# --- testimonials ------------------------------------------------------------------------------------
SAID = (
    ("I know now what the days of a head are made of.", "NPQH"),
    ("My coach told me plainly what was good and what was not.", None),
    ("I look at my own decisions with other eyes.", None),
)


def add(text: str, code: str | None, by: User, **values: Any) -> Said:
    fixed = {
        "form_key": uuid.uuid4(),
        "name": "A participant",
        "consent_on": AT.date(),
        "consent_evidence": "Letter",
    }
    programme = made.programme(code) if code else None
    return testimonials.add(text=text, programme=programme, by=by, at=AT, **{**fixed, **values})


@pytest.mark.requirement("S0-69")
def test_a_programmes_page_shows_its_own_and_general_pages_show_all_until_the_consent_is_withdrawn(
    client: Any, olu: User
) -> None:
    factories.version()
    kept = [add(text, code, olu) for text, code in SAID]

    def shown(url: str) -> list[bool]:
        page = client.get(url).content.decode()
        return [text in page for text, _ in SAID]

    assert shown("/") == [False, False, False]
    for one in kept:
        testimonials.publish(testimonial=one, by=olu, at=AT)
    assert shown("/programmes/npqh-reformed-international/") == [True, False, False]
    assert shown("/programmes/npqlt-reformed-international/") == [False, False, False]
    assert shown("/") == [True, True, True]
    testimonials.withdraw(testimonial=kept[1], reason="Has left.", by=olu, at=AT)
    assert shown("/") == [True, False, True]
    testimonials.withdraw(testimonial=kept[0], reason="", by=olu, at=AT)
    assert shown("/programmes/npqh-reformed-international/") == [False, False, False]
    with pytest.raises(Refused, match="new consent"):
        testimonials.publish(testimonial=kept[0], by=olu, at=AT)


def test_without_evidence_of_consent_nothing_is_kept(olu: User) -> None:
    with pytest.raises(Refused, match="where the consent can be found"):
        add("Good.", None, olu, consent_evidence=" ")
    with pytest.raises(Refused, match="day to come"):
        add("Good.", None, olu, consent_on=AT.date().replace(year=2030))
    key = uuid.uuid4()
    assert add("Good.", None, olu, form_key=key) == add("Good.", None, olu, form_key=key)
    assert queries.shown_testimonials() == []


@pytest.mark.django_db(transaction=True)
def test_two_who_add_the_same_contact_point_at_one_moment_make_one() -> None:
    hub = made.partner("Hub")

    def add(source: str) -> None:
        contacts.add_point(
            organisation=hub, kind="email", printed="hub@example.org", source=source, by=None, at=AT
        )

    at_once(lambda: add("one"), lambda: add("two"))
    (point,) = ContactPoint.objects.all()
    assert {one["source"] for one in point.printed} == {"one", "two"}
