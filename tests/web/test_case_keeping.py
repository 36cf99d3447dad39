"""The office's pages about case studies that it can't read: who was shown them, and taking one back."""

from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection, transaction
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from goldenthread.assessment import actions, sealing
from goldenthread.assessment.models import CaseAccess, CasePolicy, CaseStudy, Window
from goldenthread.common.refused import Refused
from goldenthread.marking.actions import allocate_window
from goldenthread.marking.models import Marking
from goldenthread.moderation import national
from goldenthread.moderation import queries as moderation
from goldenthread.people.models import Role
from tests import factories
from tests import factories_assessment as made
from tests import factories_marking as marked
from tests.factories_web import client_of

pytestmark = pytest.mark.django_db


def text(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


def office() -> Client:
    return client_of(made.office())


def author() -> Client:
    return client_of(made.author())


# --- who was shown which ------------------------------------------------------------------------------------
@pytest.mark.requirement("S0-38")
def test_the_log_names_who_read_which_case_when_before_and_after_the_release() -> None:
    one = made.sitting()
    case = one.window.case_study
    with time_machine.travel(made.BEFORE, tick=False):
        author().get(reverse("office:case_study", args=[case.pk]))
    with time_machine.travel(made.INSIDE, tick=False):
        client_of(one.enrolment.user).get(reverse("participant:sitting", args=[one.pk]))
        author().get(reverse("office:case_study", args=[case.pk]))
        page = office().get(reverse("office:case_looks"))
        early = office().get(reverse("office:case_looks"), {"when": "before"})
        none = office().get(reverse("office:case_looks"), {"case": case.pk + 1})
    rows = [(look.user.name, look.capacity, look.before) for look in page.context["page"]]
    assert rows == [
        ("Ada Author", "author", False),
        ("Amara Applicant", "participant", False),
        *[("Ada Author", "author", True)] * 3,  # she wrote the text and the mark scheme, and looked
    ]
    assert case.name in text(page)
    assert made.BODY not in text(page)
    assert [look.at for look in early.context["page"]] == [made.BEFORE] * 3
    assert "Nobody was shown this" in text(none)
    assert office().get(reverse("office:case_looks"), {"case": "x", "when": "y"}).status_code == 200


def test_nobody_who_sits_is_listed_as_before_the_release() -> None:
    one = made.sitting()
    actions.get_case_for(user=one.enrolment.user, sitting=one, at=made.OPENS_AT)
    CaseStudy.objects.update(unlocked_at=made.INSIDE)  # another zone's opening was written down
    page = office().get(reverse("office:case_looks"))
    looks = {look.user.name: look.before for look in page.context["page"]}
    assert looks == {"Amara Applicant": False, "Ada Author": True}  # who wrote it, and nobody else


def test_the_log_is_for_the_office_alone_and_asks_no_more_for_more_rows() -> None:
    case, person = made.case_study(), made.author()
    for who in (person, factories.user(), factories.member(Role.MARKER)):
        assert client_of(who).get(reverse("office:case_looks")).status_code == 404
    client, asked = office(), []
    for _ in range(2):
        for _ in range(30):
            actions.look_at(case_study=case, by=person, at=made.BEFORE)
        with CaptureQueriesContext(connection) as queries:
            page = client.get(reverse("office:case_looks"))
        asked.append(len(queries))
    assert asked[0] == asked[1] <= 12
    assert len(page.context["page"].object_list) == 50


def test_a_marker_who_is_shown_the_case_is_in_the_log() -> None:
    window = marked.window()
    marked.sitting(window, name="Amara Applicant")
    marked.markers(2)
    allocate_window(window=window, by=window.created_by, at=marked.CLOSED)
    marking = Marking.objects.order_by("pk")[0]
    page = client_of(marking.marker).get(reverse("assessor:script", args=[marking.pk]))
    assert "A department checks understanding unevenly." in text(page)
    look = CaseAccess.objects.exclude(user=made.author()).get()
    assert (look.user, look.capacity, look.sitting) == (marking.marker, "marker", None)
    assert marking.marker.name in text(office().get(reverse("office:case_looks")))


@pytest.mark.requirement("S0-38")
def test_whoever_takes_mark_points_out_in_a_package_is_in_the_log_each_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(moderation, "asks_national", lambda window: True)
    signed, others = [], []
    marked.markers(2)
    for window in (marked.window(), marked.window(factories.intake(starts_on=date(2026, 1, 12)))):
        marked.sitting(window)
        marked.mark_all(window)
        signed.append(marked.moderated(window))
        others.append(window)
    olu, osa = made.office(), factories.member(Role.OFFICE, "Osa Office")
    hours = iter(range(1, 9))
    for who, round_ in ((olu, signed[0]), (osa, signed[0]), (olu, signed[1]), (olu, signed[0])):
        national.export(round=round_, by=who, at=marked.CLOSED + timedelta(days=50, hours=next(hours)))
    kept = [
        (look.user, look.case_study_id, look.window_id, look.revision)
        for look in CaseAccess.objects.filter(capacity="package").order_by("at")
    ]
    first, second = (window.case_study for window in others)
    assert kept == [
        (olu, first.pk, others[0].pk, first.revision), (osa, first.pk, others[0].pk, first.revision),
        (olu, second.pk, others[1].pk, second.revision), (olu, first.pk, others[0].pk, first.revision),
    ]  # fmt: skip
    client = office()
    with CaptureQueriesContext(connection) as asked:
        page = client.get(reverse("office:case_looks"), {"case": first.pk, "when": ""})
    assert len(asked) <= 12
    looks = [look for look in page.context["page"] if look.capacity == "package"]
    assert [look.user for look in looks] == [olu, osa, olu]
    assert not any(look.before for look in looks)
    shown = text(page)
    assert shown.count("Taken out in a national package") == 3
    assert f"{others[0].intake}, window from" in shown
    assert reverse("office:national", args=[others[0].pk]) in shown
    assert reverse("office:national", args=[others[1].pk]) not in shown
    with pytest.raises(Exception, match="append-only"), transaction.atomic():
        CaseAccess.objects.filter(capacity="package").delete()


def test_a_package_that_is_refused_takes_nothing_out() -> None:
    window = marked.window()
    marked.sitting(window, name="Amara Applicant")
    marked.markers(2)
    marked.mark_all(window)
    signed = marked.moderated(window)
    with pytest.raises(Refused, match="no national moderation"):
        national.export(round=signed, by=made.office(), at=marked.CLOSED)
    assert not CaseAccess.objects.filter(capacity="package").exists()


# --- taking it back -----------------------------------------------------------------------------------------
def test_the_office_withdraws_a_case_without_reading_it() -> None:
    window = made.window()
    case = window.case_study
    client, address = office(), reverse("office:case_withdraw", args=[case.pk])
    with time_machine.travel(made.BEFORE, tick=False):
        page = client.get(address)
        assert "It is in 1 window whose results" in text(page)
        assert made.BODY not in text(page)
        assert client.post(address, {"reason": " "}).status_code == 422
        done = client.post(address, {"reason": "Seen in a group chat"}, follow=True)
    assert f"{case.name} is withdrawn. 1 of its windows need another one now." in text(done)
    assert "Seen in a group chat" in text(done)
    assert Window.objects.get().case_study is None
    assert "It was withdrawn" in text(client.get(address))
    assert "Withdrawn" in text(author().get(reverse("office:case_study", args=[case.pk])))


def test_a_draft_is_not_withdrawn_and_strangers_find_no_page() -> None:
    draft, case = made.case_study(published=False), made.case_study()
    assert office().get(reverse("office:case_withdraw", args=[draft.pk])).status_code == 404
    for who in (factories.user(), factories.member(Role.MARKER), made.ready().user):
        assert client_of(who).post(reverse("office:case_withdraw", args=[case.pk])).status_code == 404


# --- seals that don't open ------------------------------------------------------------------------------------
def spoil(case: CaseStudy, how: str) -> Any:
    if how == "altered":
        CaseStudy.objects.filter(pk=case.pk).update(sealed="gtseal1$x$y$z")
        return override_settings()
    if how == "swapped":
        CaseStudy.objects.filter(pk=case.pk).update(sealed=made.case_study(title="Other").sealed)
        return override_settings()
    return override_settings(CASE_KEYS=[sealing.new_key()])


@pytest.mark.parametrize("how", ["altered", "swapped", "wrong key"])
def test_every_page_answers_and_says_what_to_do_where_a_seal_does_not_open(how: str) -> None:
    one = made.sitting()
    case = one.window.case_study
    said = "GOLDENTHREAD_CASE_KEYS" if how == "wrong key" else "put this row back from the last backup"
    with spoil(case, how), time_machine.travel(made.INSIDE, tick=False):
        page = author().get(reverse("office:case_study", args=[case.pk]))
        assert page.status_code == 409
        assert said in text(page)
        mine = client_of(one.enrolment.user).get(reverse("participant:sitting", args=[one.pk]))
        assert mine.status_code == 403
        assert "That is our fault" in text(mine)
        assert "key" not in mine.context["refusal"].message
        listed = text(author().get(reverse("office:case_studies")))
        assert "Doesn't open" in listed.replace("&#x27;", "'")
        assert case.name in listed
        for address in ("office:case_looks", "office:windows", "office:desk"):
            assert office().get(reverse(address)).status_code == 200
        assert "does not open: nobody can be shown it" in text(office().get(reverse("office:desk")))
        for address in ("office:mark_scheme", "office:case_study_publish", "office:case_study_tags"):
            assert author().post(reverse(address, args=[case.pk]), {}).status_code == 409


def test_pages_of_authors_leave_nothing_behind() -> None:
    case = made.case_study(published=False)
    for address in (reverse("office:case_study", args=[case.pk]), reverse("office:case_study_new")):
        assert "no-store" in author().get(address)["Cache-Control"]


def test_an_author_finds_titles_and_areas_of_need_and_everybody_else_a_number() -> None:
    case = made.case_study()
    author().post(reverse("office:case_study_tags", args=[case.pk]), {"needs": ["cognition"]})
    listed = reverse("office:case_studies")
    assert "Reading at Saltmarsh" in text(author().get(listed, {"need": "cognition"}))
    assert "Reading at Saltmarsh" not in text(author().get(listed, {"need": "physical"}))
    page = text(office().get(listed, {"need": "physical"}))
    assert case.name in page
    assert "Saltmarsh" not in page
    sits = made.ready("Sita Sits")
    factories.Membership.objects.create(
        user=sits.user, organisation=factories.organisation(), role=Role.AUTHOR, starts_on=factories.START
    )
    page = text(client_of(sits.user).get(listed))
    assert case.name in page
    assert "Saltmarsh" not in page
    assert not CaseAccess.objects.filter(user=sits.user).exists()


# --- a case for each part ------------------------------------------------------------------------------------
def test_the_office_decides_on_the_page_that_each_zone_has_its_own() -> None:
    aroha = made.ready("Aroha Auckland", zone="Pacific/Auckland")
    made.ready("Lucy London", to=aroha.intake)
    address = f"{reverse('office:window_new')}?intake={aroha.intake.pk}"
    client, fields = (
        office(),
        {"opens_on": made.OPENS_ON.isoformat(), "zone_rule": "window", "zone": "Europe/London"},
    )
    with time_machine.travel(made.BEFORE, tick=False):
        decided = client.post(
            address, {"parting": "1", "apart": "zone", "reason": "Auckland begins first"}, follow=True
        )
        assert "a different one for each time zone" in text(decided)
        assert CasePolicy.objects.get().reason == "Auckland begins first"
        refused = client.post(address, fields)
        assert refused.status_code == 422
        assert "say for which this window is" in text(refused)
        made_one = client.post(address, {**fields, "for_whom": "zone Pacific/Auckland", "seen": "1"})
        assert made_one.status_code == 302
        assert client.post(address, {**fields, "for_whom": "zone Mars/Olympus"}).status_code == 422
    window = Window.objects.get()
    assert (window.for_zone, window.zone, window.sittings.count()) == (
        "Pacific/Auckland", "Pacific/Auckland", 1,
    )  # fmt: skip
    assert "Pacific/Auckland" in text(client.get(made_one["Location"]))
    assert "Pacific/Auckland" in text(client.get(reverse("office:windows")))
    assert window.sittings.get().opens_at < made.OPENS_AT - timedelta(hours=11)
