"""A fee that begins later stands beside the present one wherever visitors read a fee; one that has ended nowhere."""

import html
import io
import json
import re
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pypdf import PdfReader

from goldenthread.catalogue.models import ProgrammeVersion
from goldenthread.catalogue.wording import day_text
from goldenthread.common import clock
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("catalogue")]


def fee(amount: float, begins: date, currency: str = "GBP") -> dict[str, Any]:
    key = "pounds" if currency == "GBP" else "amount"
    value = {"value": amount, "source": "000:70"}
    return {key: value, "currency": currency, "valid_from": begins.isoformat()}


def in_days(days: int) -> date:
    return clock.today() + timedelta(days=days)


@pytest.fixture
def version(catalogue: None) -> ProgrammeVersion:
    fees = [fee(1110, in_days(-900)), fee(1250, in_days(-30)), fee(1300, in_days(40))]
    return factories.revision(fee=fees)


def text_of(client: Client, name: str, *of: str, **query: Any) -> str:
    response = client.get(reverse(f"public:{name}", args=of), query)
    assert response.status_code == 200
    return " ".join(re.sub(r"<[^>]+>", " ", html.unescape(response.content.decode())).split())


def pdf_of(client: Client, key: str) -> str:
    pdf = PdfReader(io.BytesIO(client.get(reverse("public:specification", args=[key])).content))
    return " ".join(" ".join(one.extract_text() for one in pdf.pages).split())


@pytest.mark.requirement("S0-51")
def test_the_later_fee_stands_beside_the_present_one_and_the_ended_one_nowhere(
    client: Client, version: ProgrammeVersion
) -> None:
    both = f"£1,250 until {day_text(in_days(39))}; £1,300 from {day_text(in_days(40))}"
    pages = {
        "programmes": text_of(client, "programmes"),
        "programme": text_of(client, "programme", version.key),
        "finder": text_of(client, "finder", post="middle", status="aspiring", scope="key stage", horizon="later"),
        "compare": text_of(client, "compare", v=[version.key]),
        "csv": text_of(client, "compare_csv", v=[version.key]),
        "middle leadership": text_of(client, "changes", "npqml"),
        "pdf": pdf_of(client, version.key),
    }  # fmt: skip
    assert {name for name, text in pages.items() if both not in text} == set()
    assert {name for name, text in pages.items() if "1,110" in text} == set()
    assert f"£1,250 Until {day_text(in_days(39))}; £1,300 from" in pages["programme"]  # the figure on top


def test_fees_in_two_currencies_keep_their_own_days_and_signs(client: Client) -> None:
    fees = [fee(1250, in_days(-30)), fee(1450.5, in_days(-30), "EUR"), fee(1500, in_days(40), "EUR")]
    key = factories.revision(fee=fees).key
    text = text_of(client, "programme", key)
    told = f"£1,250, or €1,450.50 until {day_text(in_days(39))}; €1,500 from {day_text(in_days(40))}"
    assert told in text
    assert "GBP or EUR for one place, international" in text
    assert "GBP or EUR, international" in text_of(client, "compare", v=[key])
    assert f"{told} (GBP or EUR, international)" in pdf_of(client, key)


def test_a_fee_that_only_begins_later_is_told_with_its_day(client: Client) -> None:
    key = factories.revision(fee=[fee(1300, in_days(40))]).key
    text = text_of(client, "programme", key)
    assert f"£1,300 From {day_text(in_days(40))}. GBP for one place" in text
    assert "not published for this version" not in text


def test_search_engines_read_both_prices_with_their_days(client: Client, version: ProgrammeVersion) -> None:
    page = client.get(reverse("public:programme", args=[version.key])).content.decode()
    found = re.search(r'<script type="application/ld\+json">(.*?)</script>', page, re.S)
    assert found
    offers = json.loads(found[1])["@graph"][0]["offers"]
    assert [(one["price"], one["priceCurrency"]) for one in offers] == [
        ("1250.00", "GBP"),
        ("1300.00", "GBP"),
    ]
    assert offers[0]["priceValidUntil"] == in_days(39).isoformat()
    assert offers[1]["validFrom"] == in_days(40).isoformat()
