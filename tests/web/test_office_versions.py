"""The editor of versions in front of the pages: from nothing to the public page, and every way that says no."""

import re
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from goldenthread.catalogue import drafting, publishing
from goldenthread.catalogue.models import ProgrammeVersion, VersionDraft
from goldenthread.commands.catalogue import run
from goldenthread.common import clock
from goldenthread.intakes.models import Ruling
from goldenthread.learning.actions import open_with_content
from goldenthread.people.models import Role, User
from tests import factories, shipped
from tests.catalogue.texts import MADE_UP, spoilt
from tests.factories import AT, NPQLT
from tests.factories_web import client_of, page, text_of

pytestmark = pytest.mark.django_db
NPQSL, ENGLAND = "npqsl-reformed-international", "npqlt-reformed-england"


@pytest.fixture
def olu(catalogue: None) -> User:
    return factories.member(Role.OFFICE, "Olu Office")


@pytest.fixture
def ola(catalogue: None) -> User:
    return factories.member(Role.OFFICE, "Ola Office")


def draft_of(key: str, by: User) -> VersionDraft:
    return drafting.start(based_on=factories.version(key), key="", as_revision=True, by=by, at=AT)


def filled(client: Client, url: str) -> dict[str, Any]:
    """What a form holds before anybody touches it, as a browser would send it."""
    form = client.get(url).context["form"]
    found: dict[str, Any] = {}
    for bound in form:
        value = bound.value()
        if isinstance(value, bool):
            value = "on" if value else None
        if value is not None:
            found[bound.html_name] = value
    return found


def shown_on(client: Client, draft: VersionDraft) -> dict[str, str]:
    """What the form of the card hands back, as a browser would send it."""
    text = client.get(reverse("office:draft", args=[draft.pk])).content.decode()
    found = re.findall(r'<input type="hidden" name="(seen|against|shown)" value="([^"]*)"', text)
    return dict(found)


def fill(client: Client, draft: int, part: str, **values: Any) -> Any:
    url = reverse("office:draft_part", args=[draft, part])
    return client.post(url, {**filled(client, url), **values})


def test_a_qualification_of_no_document_is_written_checked_published_and_found_by_visitors(
    olu: User, ola: User
) -> None:
    client, colleague = client_of(olu), client_of(ola)
    began = client.post(
        reverse("office:draft_new"), {"based_on": "", "kind": "another", "key": "npqot-first-wales"}
    )
    draft = VersionDraft.objects.get()
    assert began["Location"] == reverse("office:draft", args=[draft.pk])
    assert "introduces.name: must not be empty" in text_of(client.get(began["Location"]))
    names = {
        "programme": "NPQOT", "edition": "first", "market": "Wales", "new_family": "outdoor",
        "new_name": "National Professional Qualification for Leading Outdoor Teaching",
        "new_areas": "Weather\nRisk", "supersedes": "",
    }  # fmt: skip
    assert fill(client, draft.pk, "identity", **names).status_code == 302
    audience = {"text": "People who teach outside.", "scopes": "woods\nwater"}
    assert fill(client, draft.pk, "audience", **audience).status_code == 302
    texts = {"purpose": "Leading teaching out of doors.", "candidate": "Fresh air"}
    assert fill(client, draft.pk, "texts", **texts).status_code == 302
    hours = {
        "value_0": "41.5",
        "value_1": "1.5",
        "value_2": "20",
        "value_3": "10",
        "value_4": "8",
        "value_5": "3",
    }
    assert fill(client, draft.pk, "hours", **hours).status_code == 302
    told = text_of(client.get(reverse("office:draft", args=[draft.pk])))
    assert "41 h 30 min are declared, the components come to 42 h 30 min" in told
    client.post(reverse("office:draft_check", args=[draft.pk]))
    draft.refresh_from_db()
    assert draft.state == "draft"
    fill(client, draft.pk, "hours", value_0="42.5")
    dates = {"value_0": "2030-09-01", "value_1": "10", "value_2": "2", "source_1": "office:minutes-of-may"}
    assert fill(client, draft.pk, "dates", **dates).status_code == 302
    assert fill(client, draft.pk, "fee", pounds="990.50", valid_from="2024-09-01").status_code == 302
    client.post(reverse("office:draft_check", args=[draft.pk]))
    publish = reverse("office:draft_publish", args=[draft.pk])
    assert "somebody else has to publish it" in text_of(
        client.post(publish, shown_on(client, draft), follow=True)
    )
    assert not ProgrammeVersion.objects.filter(key="npqot-first-wales").exists()
    assert "Published" in text_of(colleague.post(publish, shown_on(colleague, draft), follow=True))

    public = Client()
    assert "Leading Outdoor Teaching" in text_of(public.get(reverse("public:programmes")))
    shown = text_of(public.get(reverse("public:programme", args=["npqot-first-wales"])))
    for fact in ("42 h 30 min", "£990.50", "10 months", "People who teach outside.", "Weather", "Fresh air"):
        assert fact in shown, fact
    version = ProgrammeVersion.objects.get(key="npqot-first-wales")
    spec = version.specification
    assert spec.audience.scopes == ("woods", "water")
    assert spec.duration_months.sources == ("office:minutes-of-may",)
    assert spec.effective_from.value == date(2030, 9, 1)
    today = clock.today()
    days = {"applications_open_on": today, "applications_close_on": today + timedelta(days=30)}
    intake = open_with_content(version=version, starts_on=date(2030, 9, 2), by=olu, at=clock.now(), **days)
    assert public.get(reverse("public:apply", args=[intake.pk]), follow=True).status_code == 200


def test_words_and_declarations_have_a_form_and_visitors_read_what_it_says(olu: User, ola: User) -> None:
    client, colleague, draft = client_of(olu), client_of(ola), draft_of(NPQLT, olu)
    said = {
        "not_counted": ["references", "footnotes"], "tolerance_percent": "10", "tolerance_source": "000:73",
        "over": "penalty", "penalty": "", "ai_use": "forbidden", "ai_version": "ai-2",
        "ai_statement": "I used no AI.", "ai_describe": "",
    }  # fmt: skip
    assert fill(client, draft.pk, "policies", **said).status_code == 302
    overview = reverse("office:draft", args=[draft.pk])
    assert "name what follows" in text_of(client.get(overview))
    fill(client, draft.pk, "policies", penalty="Five marks are taken off", own_work_version="own-work-1")
    client.post(reverse("office:draft_check", args=[draft.pk]))
    told = text_of(colleague.get(overview))
    assert "Five marks are taken off" in told
    assert "10 % over the limit" in told
    publish = reverse("office:draft_publish", args=[draft.pk])
    assert "Published" in text_of(colleague.post(publish, shown_on(colleague, draft), follow=True))
    draft.refresh_from_db()
    assert draft.published_as is not None
    final = draft.published_as.specification.assessment
    assert (final.counting.over, final.counting.tolerance_percent.value) == ("penalty", 10)
    shown = text_of(Client().get(reverse("public:programme", args=[draft.published_as.key])))
    for fact in ("footnotes and endnotes", "Five marks are taken off", "AI may not be used for the response"):
        assert fact in shown, fact


@pytest.mark.parametrize(
    "text",
    [
        "documents = 3\n",
        "component = 5\nfee = 1\naudience = 1\nbenefits = 1\nintroduces = 1\n",
        "component = [1, {}]\nfee = [1, {}]\n",
        "[[component]]\nhours = [1]\n[[component]]\n",
        '[[component]]\nkey = "a]b"\nhours = {value = "x", source = {a = 1}}\n',
        'revision = "x"\nid = 3\neffective_from = "soon"\ntotal_hours = [[1]]\n',
        '[benefits]\ncandidate = 3\n[audience]\nrole_status = 3\nscopes = "x"\n',
        '[[fee]]\nvalid_from = 3\npounds = {value = "x"}\n[[fee]]\npounds = {value = 1e300}\n',
    ],
)
def test_the_forms_stand_whatever_the_file_holds(olu: User, text: str) -> None:
    draft = drafting.take_in(text=text, by=olu, at=AT)
    client = client_of(olu)
    good = {
        "identity": {"id": "a", "programme": "NPQX", "edition": "e", "market": "m", "revision": "1", "new_name": "N",
                     "new_family": "f"},
        "texts": {"purpose": "P", "label": "participant", "candidate": "Good"},
        "audience": {"text": "T", "role_status": "aspiring"},
        "hours": {"value_0": "4"},
        "dates": {"value_0": "2030-01-01", "value_1": "3", "value_2": "4"},
        "fee": {"pounds": "3", "valid_from": "2030-01-01"},
    }  # fmt: skip
    for part, data in good.items():
        draft.refresh_from_db()
        url = reverse("office:draft_part", args=[draft.pk, part])
        assert client.get(url).status_code == 200, part
        assert client.post(url, {**data, "seen": draft.revision}).status_code in (302, 422), part
    for name in ("draft", "draft_text", "draft_export", "draft_differences"):
        assert client.get(reverse(f"office:{name}", args=[draft.pk])).status_code == 200, name


def test_a_draft_is_on_no_public_page(olu: User) -> None:
    draft = draft_of(NPQLT, olu)
    drafting.check(draft=draft, by=olu, at=AT)
    public = Client()
    assert public.get(reverse("public:programme", args=[f"{NPQLT}-r2"])).status_code == 404
    assert "revision 2" not in text_of(public.get(reverse("public:programmes")))


def test_the_whole_file_is_kept_with_its_mistakes_which_are_named_with_their_key(olu: User) -> None:
    draft = draft_of(NPQLT, olu)
    client, url = client_of(olu), reverse("office:draft_text", args=[draft.pk])
    data = filled(client, url)
    broken = str(data["text"]).replace('label = "participant"', 'label = "pupil"\nlable = "x"')
    assert client.post(url, {**data, "text": broken.replace("\n", "\r\n")}).status_code == 302
    draft.refresh_from_db()
    assert draft.text == broken
    told = text_of(client.get(url))
    assert "<code>label</code>: “pupil” is not one of: participant, candidate" in told
    assert "lable" in told
    assert client.post(url, {**data, "text": "id = "}).status_code == 422
    assert client.post(url, {"text": "id = ", "seen": 2}).status_code == 302
    form = client.get(reverse("office:draft_part", args=[draft.pk, "hours"]))
    assert form.context["form"] is None
    assert "Mend it under" in text_of(form)


def test_a_form_built_on_an_older_text_is_refused_and_keeps_what_was_typed(olu: User, ola: User) -> None:
    draft = draft_of(NPQLT, olu)
    mine = client_of(olu)
    old = filled(mine, reverse("office:draft_part", args=[draft.pk, "texts"]))
    fill(client_of(ola), draft.pk, "texts", purpose="Hers")
    response = mine.post(reverse("office:draft_part", args=[draft.pk, "texts"]), {**old, "purpose": "Mine"})
    assert response.status_code == 422
    assert "Ola Office has saved this draft meanwhile" in text_of(response)
    assert "Mine" in text_of(response)


@pytest.mark.parametrize(
    ("part", "data"),
    [
        ("identity", {"id": "Not A Key"}),
        ("identity", {"revision": "0"}),
        ("hours", {"value_1": "-3"}),
        ("hours", {"value_1": "many"}),
        ("dates", {"value_0": "31 February"}),
        ("fee", {"pounds": "-1", "valid_from": "2030-01-01"}),
        ("fee", {"pounds": "1"}),
        ("audience", {"role_status": "owner"}),
    ],
)
def test_what_a_guided_form_cannot_take_comes_back(olu: User, part: str, data: dict[str, str]) -> None:
    draft = draft_of(NPQLT, olu)
    assert fill(client_of(olu), draft.pk, part, **data).status_code == 422
    draft.refresh_from_db()
    assert draft.revision == 1


def test_saving_a_form_untouched_changes_nothing(olu: User) -> None:
    for key in (NPQLT, NPQSL, ENGLAND, "npqh-legacy-england"):
        draft = draft_of(key, olu)
        before = drafting.findings_of(draft.text).file
        for part in ("identity", "texts", "audience", "hours", "dates"):
            assert fill(client_of(olu), draft.pk, part).status_code == 302, (key, part)
        draft.refresh_from_db()
        after = drafting.findings_of(draft.text).file
        assert before
        assert after
        assert before.sha256 == after.sha256, key


def test_a_file_is_looked_at_before_it_becomes_a_draft(olu: User) -> None:
    client, url = client_of(olu), reverse("office:draft_import")
    file = SimpleUploadedFile("x.toml", spoilt("value = 41.5", "value = 50").encode())
    report = client.post(url, {"file": file})
    told = text_of(report)
    assert "50 h are declared, the components come to 41 h 30 min" in told
    assert not VersionDraft.objects.exists()
    assert client.post(url, {"text": report.context["text"], "take": "1"}).status_code == 302
    assert VersionDraft.objects.get().key == "npqmus-2030-scotland"


@pytest.mark.parametrize("content", [b"\xff\xfe", b"x" * 300_000, b"", b"id = "])
def test_a_file_that_is_none_is_refused_in_words(olu: User, content: bytes) -> None:
    client, url = client_of(olu), reverse("office:draft_import")
    response = client.post(url, {"file": SimpleUploadedFile("x.toml", content)})
    assert response.status_code == 422 or "is not valid TOML" in text_of(response)
    if content == b"id = ":
        assert client.post(url, {"text": "id = ", "take": "1"}).status_code == 422
    assert not VersionDraft.objects.exists()


def test_an_import_says_what_differs_from_the_version_it_follows(olu: User) -> None:
    text = draft_of(NPQLT, olu).text.replace("value = 1250", "value = 1400")
    told = text_of(client_of(olu).post(reverse("office:draft_import"), {"text": text}))
    assert "What differs from NPQLT reformed, international" in told
    assert "£1,250" in told
    assert "£1,400" in told


@pytest.mark.parametrize("key", sorted(one.specification.id for one in shipped.catalogue().versions))
def test_every_version_is_exported_and_imported_as_it_was(
    olu: User, key: str, capsys: pytest.CaptureFixture[str]
) -> None:
    version = factories.version(key)
    response = page(olu, reverse("office:version_export", args=[key]))
    text = response.content.decode()
    assert response["Content-Disposition"] == f'attachment; filename="{key}.toml"'
    assert run(["export", key]) == 0
    assert capsys.readouterr().out == text
    ProgrammeVersion.objects.filter(pk=version.pk).update(key="moved", revision=900)
    file = drafting.findings_of(text.replace(f'supersedes = "{key}"', "")).file
    assert file is not None
    assert file.sha256 == version.sha256


def test_an_export_of_nothing_says_what_there_is(olu: User, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["export", "npqx"]) == 2
    assert NPQLT in capsys.readouterr().err


@pytest.mark.requirement("S2-17")
@pytest.mark.parametrize(
    ("key", "items"),
    [
        (ENGLAND, {"002:26": "Total hours", "002:31": "Fee", "002:15": "Pass"}),
        ("npqsl-legacy-international", {"001:53-61": "Qualification schedule is blank"}),
    ],
)
def test_blank_sections_stand_in_the_editors_list_with_their_lines(
    olu: User, key: str, items: dict[str, str]
) -> None:
    found = page(olu, reverse("office:version_to_do", args=[key])).context["items"]
    for source in items:
        assert any(source in item.source for item in found), (source, [item.source for item in found])
    spec = factories.version(ENGLAND).specification
    assert spec.fees[-1].pence.value is None
    assert factories.version(NPQLT).specification.fees[-1].pence.value == 125_000
    assert not any(".png" in component.name for component in spec.components)


@pytest.mark.requirement("S2-01")
def test_the_heading_that_names_another_programme_is_a_conflict_of_npqlt_alone(olu: User) -> None:
    found = page(olu, reverse("office:version", args=[ENGLAND])).context["page"]
    (heading,) = [line.conflict for line in found.conflicts if line.conflict.id == "C-10"]
    assert any(source.startswith("002:3") for source in heading.source)
    assert found.version.programme.code == "NPQLT"
    other = page(olu, reverse("office:version", args=["npqltd-reformed-international"])).context["page"]
    assert not any(source.startswith("002:") for source in other.spec.audience.source)
    assert "C-10" not in [line.conflict.id for line in other.conflicts]


@pytest.mark.requirement("S0-31")
def test_a_conflict_is_decided_with_a_reason_and_shown_with_who_and_why(olu: User) -> None:
    client, url = client_of(olu), reverse("office:settle", args=[NPQSL, "C-01"])
    choices = client.get(url).context["form"]["choice_0"].field.choices
    place = next(place for place, text in choices if text == "1,500 words")
    assert client.post(url, {"choice_0": place}).status_code == 422
    assert client.post(url, {"choice_0": "9", "reason": "x"}).status_code == 422
    assert client.post(url, {"choice_0": place, "reason": "The slide is newer."}).status_code == 302
    shown = text_of(client.get(reverse("office:version", args=[NPQSL])))
    assert re.search(r"1,500 words</strong>, by Olu Office on .*?The slide is newer\.", shown)
    assert "2,500 words" in shown
    assert Ruling.objects.get().version == factories.version(NPQSL)
    assert "at most 1,500 words" in text_of(Client().get(reverse("public:programme", args=[NPQSL])))
    assert "C-01" not in text_of(client.get(reverse("office:version_to_do", args=[NPQSL])))


def test_a_conflict_in_words_is_decided_in_words(olu: User) -> None:
    client, url = client_of(olu), reverse("office:settle", args=[ENGLAND, "C-10"])
    assert client.post(url, {"reason": "  "}).status_code == 422
    assert client.post(url, {"reason": "The address says NPQLT."}).status_code == 302
    assert "The address says NPQLT." in text_of(client.get(reverse("office:version", args=[ENGLAND])))
    assert client.get(reverse("office:settle", args=[ENGLAND, "C-01"])).status_code == 404


def test_closing_asks_for_day_and_reason_and_takes_it_off_offer(olu: User) -> None:
    client, url = client_of(olu), reverse("office:version_close", args=[NPQLT])
    assert client.post(url, {"closes_from": "2030-01-01", "reason": ""}).status_code == 422
    assert client.post(url, {"closes_from": "2019-01-01", "reason": "Over"}).status_code == 422
    assert client.post(url, {"closes_from": "2030-01-01", "reason": "A revision is there"}).status_code == 302
    assert "Closed to intakes from Tue 1 Jan 2030 on" in text_of(
        client.get(reverse("office:version", args=[NPQLT]))
    )
    assert factories.version(NPQLT).state == "closed"


def test_a_version_says_where_it_is_used_and_what_it_differs_in(olu: User, ola: User) -> None:
    draft = draft_of(NPQLT, olu)
    draft = drafting.save_text(
        draft=draft, text=draft.text.replace("value = 1250", "value = 1400"), seen=1, by=olu, at=AT
    )
    shown = text_of(page(olu, reverse("office:draft_differences", args=[draft.pk])))
    assert "£1,400" in shown
    drafting.check(draft=draft, by=olu, at=AT)
    publishing.publish(draft=draft, seen=factories.seen_in(draft), by=ola, at=AT)
    factories.enrolment("Amara Applicant", by=olu)
    used = page(olu, reverse("office:version", args=[NPQLT])).context["page"].used
    assert (used.enrolments, used.draft) == (1, None)
    assert used.frameworks
    differs = text_of(page(olu, reverse("office:version_differences", args=[f"{NPQLT}-r2"])))
    assert "£1,400" in differs
    assert "Compared with NPQLT reformed, international" in differs
    assert (
        page(olu, reverse("office:version_differences", args=[NPQLT]), against="nothing").status_code == 200
    )


# --- the card that publishes -------------------------------------------------------------------------
def checked_by_olu(olu: User, *changes: tuple[str, str]) -> VersionDraft:
    draft = draft_of(NPQLT, olu)
    for old, new in changes:
        assert old in draft.text
        draft = drafting.save_text(
            draft=draft, text=draft.text.replace(old, new), seen=draft.revision, by=olu, at=AT
        )
    return drafting.check(draft=draft, by=olu, at=AT)


def test_the_card_that_publishes_repeats_what_differs_from_the_version_on_offer(olu: User, ola: User) -> None:
    hours = [("value = 18,", "value = 20,"), ("value = 74,", "value = 78,"), ("value = 1250", "value = 1400")]
    draft = checked_by_olu(olu, *hours)
    text = text_of(page(ola, reverse("office:draft", args=[draft.pk])))
    card = text[text.index("Next: publish") : text.index("Publish this version")]
    for fact in (
        "Written by Olu",
        "What differs from NPQLT reformed, international",
        "18 h",
        "20 h",
        "£1,250",
        "£1,400",
    ):
        assert fact in card, fact
    assert "See everything that differs" in card
    assert "Next: publish" not in text_of(page(olu, reverse("office:draft", args=[draft.pk])))


def test_the_card_tells_a_fee_that_begins_later_with_its_day(olu: User, ola: User) -> None:
    draft = draft_of(NPQLT, olu)
    values = {"pounds": 1300, "valid_from": "2031-09-01", "source": []}
    draft = drafting.save_part(draft=draft, part="fee", values=values, seen=1, by=olu, at=AT)
    drafting.check(draft=draft, by=olu, at=AT)
    text = text_of(page(ola, reverse("office:draft", args=[draft.pk])))
    assert "£1,300 (GBP), from 1 September 2031" in text[: text.index("Publish this version")]


def test_the_card_of_many_differences_is_short_and_of_none_says_so(olu: User, ola: User) -> None:
    same = checked_by_olu(olu)
    assert "It says the same as NPQLT" in text_of(page(ola, reverse("office:draft", args=[same.pk])))
    other = drafting.take_in(text=MADE_UP, by=olu, at=AT)
    drafting.check(draft=other, by=olu, at=AT)
    assert "first of its kind" in text_of(page(ola, reverse("office:draft", args=[other.pk])))
    VersionDraft.objects.filter(pk=same.pk).update(state="discarded")
    many = checked_by_olu(olu, ('name = "', 'name = "New '), ("value = 1250", "value = 1400"))
    told = page(ola, reverse("office:draft", args=[many.pk]))
    card = told.context["card"]
    assert len(card.rows) == 8
    assert card.more > 0
    assert f"{card.more} more: see everything that differs" in text_of(told)
    assert card.rows[0].group.value == "Guided learning hours"
    assert any("£1,400" in row.after for row in card.rows)


def test_a_page_that_is_out_of_date_publishes_nothing_and_says_what_changed(olu: User, ola: User) -> None:
    draft = checked_by_olu(olu, ("value = 1250", "value = 1400"))
    client, url = client_of(ola), reverse("office:draft_publish", args=[draft.pk])
    stale = shown_on(client, draft)
    assert set(stale) == {"seen", "against", "shown"}
    draft = drafting.save_text(
        draft=draft,
        text=draft.text.replace("value = 1400", "value = 1500"),
        seen=draft.revision,
        by=olu,
        at=AT,
    )
    drafting.check(draft=draft, by=olu, at=AT)
    for sent in (stale, {}, {"seen": "²", "shown": "x" * 30_000}):
        told = text_of(client.post(url, sent, follow=True))
        assert "Nothing is published" in told
        assert not ProgrammeVersion.objects.filter(key=f"{NPQLT}-r2").exists()
    told = text_of(client.post(url, stale, follow=True))
    assert "Olu" in told
    assert "→ £1,500 (GBP)" in told
    assert "Published" in text_of(client.post(url, shown_on(client, draft), follow=True))
