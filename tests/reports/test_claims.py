"""The register of claims: what a document states, what the office decides, and what the public sees of it."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from goldenthread.common import clock
from goldenthread.common.models import AuditEvent
from goldenthread.common.refused import Refused
from goldenthread.people.models import Organisation, Role, User
from goldenthread.reports import actions, queries
from goldenthread.reports.models import Claim
from tests import factories
from tests.factories_web import client_of, page, text_of

pytestmark = pytest.mark.django_db
AT = clock.now()
ON = clock.day_of(AT)
SOON = ON + timedelta(days=90)


@pytest.fixture
def olu(catalogue: None) -> User:
    return factories.member(Role.OFFICE, "Olu Office")


def public() -> str:
    return text_of(Client().get(reverse("public:about_claims")))


def decided(key: str, by: User, **more: object) -> Claim:
    said = {"period": "2020/21; denominator not stated", "owner": by, "review_on": SOON, **more}
    return actions.keep_claim(key=key, by=by, at=AT, **said)


@pytest.mark.requirement("S0-54")
def test_exceptional_is_published_only_with_a_source(olu: User) -> None:
    said = {"text": "Exceptional", "about": "Best Practice Network", "as_of": date(2021, 9, 1)}
    claim = decided("", olu, **said)
    assert claim.key == "exceptional"
    with pytest.raises(Refused) as no:
        actions.publish_claim(key="exceptional", by=olu, at=AT)
    assert no.value.code == "claim.no_source"
    assert "Exceptional" not in public()
    decided("exceptional", olu, **said, source="000:191")
    actions.publish_claim(key="exceptional", by=olu, at=AT)
    shown = public()
    assert "“Exceptional”" in shown
    assert "as of Wed 1 Sep 2021" in shown
    assert "line 191 (000:191)" in shown
    assert "Period: 2020/21; denominator not stated" in shown


def test_a_new_claim_takes_the_place_of_none_that_is_there(olu: User) -> None:
    said = {"text": "Exceptional", "about": "Best Practice Network", "source": "000:191"}
    kept = decided("", olu, **said)
    assert decided("", olu, **said) == kept
    for other in ({**said, "about": "Somebody else"}, {"text": "Pass rate", "about": "Everybody"}):
        with pytest.raises(Refused) as no:
            decided("", olu, **other)
        assert no.value.code == "claim.there"
    kept.refresh_from_db()
    assert kept.about == "Best Practice Network"
    assert Claim.objects.count() == 1


@pytest.mark.requirement("S3-03")
def test_a_superlative_is_quoted_with_its_source_or_not_at_all(olu: User) -> None:
    said = {"text": "the highest standards of leadership development anywhere", "about": "NPQH"}
    decided("standards", olu, **said)
    with pytest.raises(Refused):
        actions.publish_claim(key="standards", by=olu, at=AT)
    decided("standards", olu, **said, source="003:13")
    actions.publish_claim(key="standards", by=olu, at=AT)
    assert "“the highest standards of leadership development anywhere”" in public()
    assert "003:13" in public()


@pytest.mark.requirement("S0-55")
def test_the_measured_figure_stands_beside_the_claim_and_never_instead_of_it(olu: User) -> None:
    for key in ("satisfaction", "pass-rate", "participants-three-years", "partners"):
        decided(key, olu)
        actions.publish_claim(key=key, by=olu, at=AT)
    shown = public()
    for claimed in ("98 % satisfaction", "95 % pass rate", "14,000 participants", "160 partners"):
        assert claimed in shown
    assert "not measured here yet" in shown
    assert "Measured by this system: no data (passed of all who were assessed here" in shown
    live = {line.claim.key: line.live.text for line in queries.register(on=ON) if line.live}
    assert live["participants-three-years"] == "0"


@pytest.mark.requirement("S0-57")
def test_since_2012_is_a_year_and_no_count_of_years(olu: User) -> None:
    decided("since", olu)
    actions.publish_claim(key="since", by=olu, at=AT)
    assert (
        "2012 school-led provider of professional development since" in public() or "since 2012" in public()
    )
    assert "2,012" not in public()


def test_nothing_is_shown_until_the_office_has_decided(olu: User) -> None:
    assert "No claims at present" in public()
    with pytest.raises(Refused) as no:
        actions.publish_claim(key="pass-rate", by=olu, at=AT)
    assert no.value.code == "claim.not_decided"
    decided("pass-rate", olu)
    assert "No claims at present" in public()


def test_a_claim_past_its_review_leaves_the_public_page_and_stands_in_the_list(olu: User) -> None:
    decided("pass-rate", olu)
    actions.publish_claim(key="pass-rate", by=olu, at=AT)
    Claim.objects.update(review_on=ON)
    assert "95 %" not in public()
    (due,) = queries.claims_to_review(on=ON)
    assert due.key == "pass-rate"
    assert "Review is due" in text_of(page(olu, reverse("office:claims")))
    assert "past its review" in text_of(page(olu, reverse("office:catalogue")))
    decided("pass-rate", olu)
    assert "95 %" in public()


def test_what_a_document_states_is_not_changed(olu: User) -> None:
    claim = decided("pass-rate", olu, text="100 % pass rate", value=100, source="mine")
    assert (claim.value, claim.source, claim.text) == (95, "000:194", "pass rate")


def test_a_published_claim_is_not_emptied(olu: User) -> None:
    decided("pass-rate", olu)
    actions.publish_claim(key="pass-rate", by=olu, at=AT)
    with pytest.raises(Refused):
        decided("pass-rate", olu, period="")
    with pytest.raises(IntegrityError), transaction.atomic():
        Claim.objects.update(period="")
    actions.withdraw_claim(key="pass-rate", by=olu, at=AT)
    decided("pass-rate", olu, period="")
    verbs = AuditEvent.objects.filter(verb__startswith="claim.").order_by("pk").values_list("verb", flat=True)
    assert list(verbs) == ["claim.kept", "claim.published", "claim.withdrawn", "claim.kept"]


def test_the_office_decides_on_the_pages(olu: User) -> None:
    client, url = client_of(olu), reverse("office:claim", args=["partners"])
    before = text_of(client.get(url))
    assert "it needs the period, who answers for it, a day of review." in before
    assert "Take it off" not in before
    data = {"period": "as printed; no date", "owner": olu.pk, "review_on": SOON.isoformat()}
    assert client.post(url, data).status_code == 302
    assert "it needs" not in text_of(client.get(url))
    assert "160 partners" not in public()
    assert client.post(url, {**data, "publish": "yes"}, follow=True).status_code == 200
    assert "160 partners" in public()
    client.post(reverse("office:claim_withdraw", args=["partners"]))
    assert "160 partners" not in public()
    bad = client.post(reverse("office:claim_new"), {"text": "", "about": ""})
    assert bad.status_code == 422
    assert client.get(reverse("office:claim", args=["nothing"])).status_code == 404


@pytest.mark.requirement("S0-54")
def test_publishing_keeps_what_stands_in_the_form_or_nothing(olu: User) -> None:
    client, url = client_of(olu), reverse("office:claim", args=["satisfaction"])
    data = {"period": "2023/24", "owner": "", "review_on": SOON.isoformat(), "publish": "yes"}
    refused = client.post(url, data)
    assert refused.status_code == 422
    assert "Name who answers for this claim." in text_of(refused)
    assert 'value="2023/24"' in text_of(refused)
    assert not Claim.objects.filter(key="satisfaction").exists()
    client.post(url, {**data, "owner": olu.pk})
    claim = Claim.objects.get(key="satisfaction")
    assert (claim.period, claim.owner, claim.review_on) == ("2023/24", olu, SOON)
    assert claim.published_by == olu
    assert "Period: 2023/24" in public()
    client.post(url, {**data, "owner": olu.pk})
    verbs = AuditEvent.objects.filter(verb__startswith="claim.").order_by("pk").values_list("verb", flat=True)
    assert list(verbs) == ["claim.kept", "claim.published"]


@pytest.mark.parametrize(
    ("text", "value", "twice"),
    [
        ("92 % pass", 92, True),
        ("pass rate of 92%", 92, True),
        ("of 1,920 who sat", 1920, True),
        ("of 1,920 who sat", 920, False),
        ("pass at the first attempt", 92, False),
        ("about 92.5 of a hundred", 92, False),
    ],
)
def test_a_figure_that_the_words_repeat_is_warned_of(olu: User, text: str, value: int, twice: bool) -> None:
    claim = decided("", olu, text=text, value=value, unit="percent", about="us", source="000:1")
    shown = text_of(page(olu, reverse("office:claim", args=[claim.key])))
    assert ("The figure stands twice" in shown) is twice


@pytest.mark.requirement("S0-53")
def test_both_aims_stand_on_the_page_about_us(olu: User) -> None:
    shown = public()
    assert "A good education for every child" in shown
    assert "everybody who works in education" in shown


def test_the_live_number_of_partners_comes_from_the_directory(olu: User) -> None:
    for number in range(3):
        body = Organisation.objects.create(name=f"Partner {number}")
        body.roles.create(role="delivery_partner", starts_on=date(2020, 1, 1))
    line = next(line for line in queries.register(on=ON) if line.claim.key == "partners")
    assert (line.figure, line.live.text if line.live else "") == ("160", "3")
