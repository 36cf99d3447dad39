"""The office sets windows and watches them; authors write case studies; nobody else sees what is in them."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from goldenthread.assessment import actions, jobs
from goldenthread.assessment.models import CaseAccess, CaseStudy, Sitting, Window
from goldenthread.people.models import Role
from tests import factories
from tests import factories_assessment as made


@pytest.fixture(autouse=True)
def _in_september() -> Any:
    with time_machine.travel(made.BEFORE, tick=False):
        yield


def signed_in(person: Any) -> Client:
    client = Client()
    client.force_login(person)
    return client


def office() -> Client:
    return signed_in(made.office())


def author() -> Client:
    return signed_in(made.author())


def text_of(answer: Any) -> str:
    return answer.content.decode()


def set_window(client: Client, intake: Any, **more: Any) -> Any:
    fields = {
        "opens_on": "2025-10-06",
        "zone_rule": "window",
        "zone": "Europe/London",
        "case_study": "",
        **more,
    }
    address = f"{reverse('office:window_new')}?intake={intake.pk}"
    look = client.post(address, fields)
    found = look.context["look"] if look.status_code == 200 else None
    return look if found is None else client.post(address, {**fields, "seen": str(found)})


# --- windows -------------------------------------------------------------------------------------------
@pytest.mark.django_db
def test_the_first_page_says_what_to_do_and_every_page_is_the_offices_alone() -> None:
    case = made.case_study()
    window = made.window(case=case)
    addresses = [
        reverse("office:windows"),
        reverse("office:window_new"),
        reverse("office:window", args=[window.pk]),
        reverse("office:case_studies"),
        reverse("office:case_study", args=[case.pk]),
        reverse("office:case_study_new"),
    ]
    stranger = signed_in(factories.user())
    assert [stranger.get(address).status_code for address in addresses] == [404] * 6
    assert [office().get(address).status_code for address in addresses] == [200, 200, 200, 200, 404, 404]
    assert [author().get(address).status_code for address in addresses] == [404, 404, 404, 200, 200, 200]


@pytest.mark.django_db
def test_lists_take_the_same_queries_for_one_row_and_for_three() -> None:
    client = office()

    def count(address: str) -> int:
        with CaptureQueriesContext(connection) as queries:
            assert client.get(address).status_code == 200
        return len(queries)

    factories.enrolment("One")
    window = made.window()
    pages = [
        reverse("office:windows"),
        reverse("office:case_studies"),
        reverse("office:window", args=[window.pk]),
    ]
    first = [count(address) for address in pages]
    for day in (6, 7):
        made.window(opens_on=made.OPENS_ON + timedelta(days=day), book=False)
    for name in ("Two", "Three"):
        factories.enrolment(name)
    actions.book_sittings(window=window, by=made.office(), at=made.BEFORE)
    assert [count(address) for address in pages] == first
    assert max(first) <= 12


@pytest.mark.django_db
@pytest.mark.requirement("S0-33")
def test_the_form_says_which_days_are_allowed_and_refuses_others() -> None:
    intake = factories.intake()
    content = text_of(office().get(f"{reverse('office:window_new')}?intake={intake.pk}"))
    assert "Tue 2 Sep 2025 to Tue 25 Nov 2025" in content
    refused = set_window(office(), intake, opens_on="2025-11-28")
    assert refused.status_code == 422
    assert "Too late: day 8 would be Fri 5 Dec 2025" in text_of(refused)
    assert 'value="2025-11-28"' in text_of(refused)
    assert not Window.objects.exists()


@pytest.mark.django_db
def test_setting_a_window_books_everybody_and_shows_them() -> None:
    enrolment = factories.enrolment("Amara Applicant", zone="Asia/Dubai")
    case = made.case_study()
    answer = set_window(office(), enrolment.intake, zone_rule="participant", case_study=str(case.pk))
    assert answer.status_code == 302
    content = text_of(office().get(answer["Location"]))
    assert "Amara Applicant" in content
    assert "Dubai time" in content
    assert case.name in content
    assert "Reading at Saltmarsh" not in content
    assert made.BODY not in content
    assert made.QUESTION not in content
    assert Sitting.objects.get().zone == "Asia/Dubai"


@pytest.mark.django_db
@pytest.mark.requirement("S0-31")
def test_leadership_first_needs_a_choice_between_the_sources() -> None:
    intake = factories.intake("npqh-reformed-international")
    address = f"{reverse('office:window_new')}?intake={intake.pk}"
    content = text_of(office().get(address))
    assert "Choose the word limit first" in content
    assert "000:82" in content
    assert "000:162" in content
    refused = set_window(office(), intake, opens_on="2026-03-02")
    assert refused.status_code == 422
    assert "2,500" in text_of(refused)
    no_reason = office().post(address, {"choose": "1", "word_limit": "2500", "reason": ""})
    assert no_reason.status_code == 422
    chosen = office().post(address, {"choose": "1", "word_limit": "2500", "reason": "Three stage tables"})
    assert chosen.status_code == 302
    assert "chosen by Olu Office" in text_of(office().get(address))
    assert set_window(office(), intake, opens_on="2026-03-02").status_code == 302


@pytest.mark.django_db
@pytest.mark.parametrize("query", ["", "?intake=", "?intake=x", "?intake=99999999999999999999", "?intake=0"])
def test_an_unknown_intake_asks_again(query: str) -> None:
    assert office().get(reverse("office:window_new") + query).status_code == 200


@pytest.mark.django_db
def test_bad_fields_of_a_new_window_are_refused_with_a_message() -> None:
    intake = factories.intake()
    for odd in (
        {"opens_on": "31/31/2025"},
        {"opens_on": ""},
        {"zone": "Mars/Olympus"},
        {"zone_rule": "odd"},
        {"case_study": "77"},
        {"opens_on": "2025-10-06\x00"},
    ):
        answer = set_window(office(), intake, **odd)
        assert answer.status_code == 422
        assert "There is a problem" in text_of(answer)


@pytest.mark.django_db
def test_the_case_study_can_be_changed_until_the_window_opens_and_people_booked() -> None:
    window = made.window()
    other = made.case_study(title="Another one")
    factories.enrolment("Late Comer")
    client = office()
    client.post(reverse("office:window_case", args=[window.pk]), {"case_study": other.pk})
    client.post(reverse("office:window_case", args=[window.pk]), {"case_study": "x"})
    client.post(reverse("office:window_book", args=[window.pk]))
    window.refresh_from_db()
    assert (window.case_study, window.sittings.count()) == (other, 1)
    with time_machine.travel(made.INSIDE, tick=False):
        content = text_of(client.get(reverse("office:window", args=[window.pk])))
        refused = client.post(
            reverse("office:window_case", args=[window.pk]), {"case_study": other.pk}, follow=True
        )
    assert "Until it opens" not in content
    assert "has opened" in text_of(refused) or "Choose one of" in text_of(refused)


@pytest.mark.django_db
def test_a_window_is_cancelled_with_a_reason() -> None:
    window = made.window()
    client = office()
    address = reverse("office:window_cancel", args=[window.pk])
    assert client.post(address, {"reason": ""}).status_code == 422
    assert client.post(address, {"reason": "Exams"}).status_code == 302
    window.refresh_from_db()
    assert window.state == "cancelled"
    assert client.get(reverse("office:window", args=[window.pk])).status_code == 200


@pytest.mark.django_db
@pytest.mark.requirement("S0-41")
def test_the_office_sees_who_is_held_back_and_by_how_much() -> None:
    from tests.assessment.test_release import leader

    one = made.sitting(leader(4854))
    jobs.release_due(at=made.OPENS_AT)
    content = text_of(office().get(reverse("office:window", args=[one.window_id])))
    assert "Held back" in content
    assert "0.1 h" in content


@pytest.mark.django_db
@pytest.mark.requirement("S0-21")
def test_the_office_lets_somebody_in_whose_induction_is_missing_with_a_reason() -> None:
    one = made.sitting(made.ready(minutes=0))
    address = reverse("office:sitting_waive", args=[one.pk])
    assert office().get(address).status_code == 404
    jobs.release_due(at=made.OPENS_AT)
    content = text_of(office().get(reverse("office:window", args=[one.window_id])))
    assert "Development not complete" in content
    assert address in content
    assert office().post(address, {"reason": ""}).status_code == 422
    assert office().post(address, {"reason": "Done on paper"}).status_code == 302
    with time_machine.travel(made.INSIDE, tick=False):
        answer = signed_in(one.enrolment.user).get(reverse("participant:sitting", args=[one.pk]))
    assert answer.status_code == 200


@pytest.mark.django_db
def test_the_states_of_sittings_are_told() -> None:
    for name in ("Ann Reads", "Ben Writes", "Cat Sends", "Dan Waits"):
        made.ready(name)
    window = made.window()
    by_name = {
        one.enrolment.user.name: one for one in Sitting.objects.select_related("enrolment__user", "window")
    }
    for name in ("Ann Reads", "Ben Writes", "Cat Sends"):
        one = by_name[name]
        actions.get_case_for(user=one.enrolment.user, sitting=one, at=made.INSIDE)
    ben = by_name["Ben Writes"]
    actions.save_draft(sitting=ben, texts={"": "Some"}, revision=0, by=ben.enrolment.user, at=made.INSIDE)
    cat = Sitting.objects.select_related("window__intake__version__programme", "enrolment__user").get(
        pk=by_name["Cat Sends"].pk
    )
    made.script(cat)
    with time_machine.travel(made.INSIDE, tick=False):
        content = text_of(office().get(reverse("office:window", args=[window.pk])))
    for state in ("Has read it", "Writing", "Handed in", "Not opened yet"):
        assert state in content
    assert "We read aloud" not in content
    with time_machine.travel(made.CLOSES_AT + timedelta(seconds=1), tick=False):
        assert "Nothing handed in" in text_of(office().get(reverse("office:window", args=[window.pk])))


# --- case studies ----------------------------------------------------------------------------------------
def scheme_fields(*rows: tuple[Any, str, Any], pass_mark: int = 10) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "points-TOTAL_FORMS": len(rows),
        "points-INITIAL_FORMS": 0,
        "pass_mark": pass_mark,
        "tolerance": 2,
        "total": sum(int(most) for _, _, most in rows if str(most).isdigit()) or 1,
    }
    for number, (statement, text, maximum) in enumerate(rows):
        fields |= {
            f"points-{number}-statement": statement,
            f"points-{number}-text": text,
            f"points-{number}-maximum": maximum,
        }
    return fields


def published_by(client: Client, case: CaseStudy) -> str:
    """What an author reads who loads the page and publishes what it shows."""
    page = client.get(reverse("office:case_study", args=[case.pk]))
    publish = reverse("office:case_study_publish", args=[case.pk])
    return text_of(client.post(publish, page.context["publish_form"].initial, follow=True))


@pytest.mark.django_db
@pytest.mark.requirement("S0-37")
def test_an_author_writes_a_case_study_with_its_scheme_and_publishes_it() -> None:
    version, client = factories.version(), author()
    made_answer = client.post(
        reverse("office:case_study_new"),
        {"version": version.pk, "title": "A school by the sea", "body": "# Story", "question": "What now?"},
    )
    case = CaseStudy.objects.get()
    assert made_answer["Location"] == reverse("office:case_study", args=[case.pk])
    that, how = made.statements()
    assert "no mark scheme yet" in published_by(client, case)
    scheme = reverse("office:mark_scheme", args=[case.pk])
    client.post(scheme, scheme_fields((that.pk, "Says why", 20)))
    assert "no learn-how-to statement" in published_by(client, case)
    saved = client.post(
        scheme, scheme_fields((that.pk, "Says why", 12), ("", "", ""), (how.pk, "Plans it", 8))
    )
    assert saved.status_code == 302
    assert "20 marks: learn that 12, learn how to 8" in text_of(client.get(saved["Location"]))
    assert "can&#x27;t be changed" in published_by(client, case)
    case.refresh_from_db()
    assert (case.state, case.published_by) == ("published", made.author())
    assert (
        client.post(
            reverse("office:case_study", args=[case.pk]), {"title": "x", "body": "x", "question": "x"}
        ).status_code
        == 422
    )
    assert client.post(scheme, scheme_fields((that.pk, "Says why", 12))).status_code == 422


@pytest.mark.django_db
def test_a_half_filled_row_and_odd_values_come_back_with_what_was_typed() -> None:
    case = made.case_study(published=False)
    that, _ = made.statements()
    address = reverse("office:mark_scheme", args=[case.pk])
    for row in (
        (that.pk, "", 3),
        ("", "Some text here", 3),
        (that.pk, "Some text here", ""),
        (that.pk, "T", 1000),
        (10**12, "T", 1),
    ):
        answer = author().post(address, scheme_fields(row))
        assert answer.status_code == 422
        assert "There is a problem" in text_of(answer)
    for broken in (
        {},
        {"points-TOTAL_FORMS": "x"},
        {"points-TOTAL_FORMS": "100000", "points-INITIAL_FORMS": "0"},
    ):
        assert author().post(address, broken).status_code == 422
    assert case.scheme.points.count() == 3


@pytest.mark.django_db
def test_more_rows_keep_what_was_typed() -> None:
    case = made.case_study(published=False)
    that, _ = made.statements()
    answer = author().post(
        reverse("office:mark_scheme", args=[case.pk]),
        {**scheme_fields((that.pk, "Typed just now", 5)), "more": "1"},
    )
    content = text_of(answer)
    assert "Typed just now" in content
    assert 'name="points-TOTAL_FORMS" value="5"' in content
    assert case.scheme.points.count() == 3


@pytest.mark.django_db
@pytest.mark.requirement("S0-38")
def test_every_look_of_an_author_is_recorded_and_other_roles_get_nothing() -> None:
    case = made.case_study()
    address = reverse("office:case_study", args=[case.pk])
    written = set(CaseAccess.objects.filter(case_study=case).values_list("pk", flat=True))
    assert made.BODY in text_of(author().get(address))
    assert CaseAccess.objects.exclude(pk__in=written).get(case_study=case).user == made.author()
    for role in Role:
        if role != Role.AUTHOR:
            assert signed_in(factories.member(role)).get(address).status_code == 404
    assert made.BODY not in text_of(office().get(reverse("office:case_studies")))


@pytest.mark.django_db
def test_huge_and_missing_text_is_refused_and_comes_back() -> None:
    case = made.case_study(published=False)
    address = reverse("office:case_study", args=[case.pk])
    answer = author().post(address, {"title": "T" * 300, "body": "x" * 100_001, "question": "Kept question"})
    assert answer.status_code == 422
    assert "Kept question" in text_of(answer)
    assert author().post(address, {}).status_code == 422
    case = made.reopened(case)
    assert case.body == made.BODY


# --- two authors, two clicks ----------------------------------------------------------------------------
def abe() -> Client:
    return signed_in(factories.member(Role.AUTHOR, "Abe Author"))


def hidden(content: str, name: str) -> str:
    return content.split(f'name="{name}" value="')[1].split('"')[0]


@pytest.mark.django_db
def test_of_two_authors_the_later_sees_both_texts_and_nothing_is_lost() -> None:
    case = made.case_study(published=False)
    address = reverse("office:case_study", args=[case.pk])
    ada, other = author(), abe()
    seen = hidden(text_of(other.get(address)), "revision")
    fields = {"title": case.title, "question": case.question, "revision": seen}
    assert ada.post(address, {**fields, "body": "Two hours of Ada's work"}).status_code == 302
    clash = other.post(address, {**fields, "body": "An evening of Abe's"})
    content = text_of(clash)
    assert clash.status_code == 422
    assert "Somebody has saved the text since you loaded this page" in content
    assert "Two hours of Ada&#x27;s work" in content
    assert "An evening of Abe&#x27;s" in content
    case = made.reopened(case)
    assert case.body == "Two hours of Ada's work"
    again = {**fields, "revision": hidden(content, "revision"), "body": "Both"}
    assert other.post(address, again).status_code == 302
    case = made.reopened(case)
    assert case.body == "Both"


@pytest.mark.django_db
def test_a_mark_scheme_from_an_older_page_comes_back_beside_the_saved_one() -> None:
    case = made.case_study(published=False)
    that, how = made.statements()
    address = reverse("office:mark_scheme", args=[case.pk])
    ada, other = author(), abe()
    rows = scheme_fields((that.pk, "Ada asks for this", 12), (how.pk, "Plans it", 8))
    assert ada.post(address, {**rows, "revision": "1"}).status_code == 302
    older = scheme_fields((that.pk, "Abe asks for that", 10), (how.pk, "Plans it", 10))
    clash = other.post(address, {**older, "revision": "1"})
    content = text_of(clash)
    assert clash.status_code == 422
    assert "Somebody has saved the mark scheme" in content
    assert "1. Ada asks for this" in content
    assert "Abe asks for that" in content
    assert made.said(case)[0] == "Ada asks for this"
    after = content.split(address)[1]
    assert other.post(address, {**older, "revision": hidden(after, "revision")}).status_code == 302
    assert made.said(case)[0] == "Abe asks for that"


@pytest.mark.django_db
@pytest.mark.parametrize("revision", ["x", "-1", "9" * 30])
def test_a_damaged_revision_is_refused_and_keeps_the_text(revision: str) -> None:
    case = made.case_study(published=False)
    fields = {"title": "Other", "body": "Other", "question": "Other?", "revision": revision}
    assert author().post(reverse("office:case_study", args=[case.pk]), fields).status_code == 422
    case = made.reopened(case)
    assert case.body == made.BODY


@pytest.mark.django_db
def test_a_double_click_makes_one_case_study() -> None:
    version, client = factories.version(), author()
    address = reverse("office:case_study_new")
    key = hidden(text_of(client.get(address)), "form_key")
    fields = {"version": version.pk, "title": "T", "body": "B", "question": "Q", "form_key": key}
    answers = [client.post(address, fields) for _ in range(2)]
    assert {one["Location"] for one in answers} == {
        reverse("office:case_study", args=[CaseStudy.objects.get().pk])
    }
    strange = abe().post(address, fields)
    assert (strange.status_code, "Load this page anew" in text_of(strange)) == (422, True)


# --- late ---------------------------------------------------------------------------------------------------
@pytest.mark.django_db
def test_booking_somebody_whose_first_day_has_begun_is_refused_with_the_zone() -> None:
    factories.enrolment("Kiri", zone="Pacific/Auckland")
    window = made.window(zone_rule="participant", book=False)
    with time_machine.travel(made.OPENS_AT - timedelta(hours=8), tick=False):
        answer = office().post(reverse("office:window_book", args=[window.pk]), follow=True)
    assert "begun in Auckland time already" in text_of(answer)
    assert not Sitting.objects.exists()


@pytest.mark.django_db
def test_a_window_that_has_begun_for_somebody_is_not_set_and_the_form_says_where() -> None:
    intake = factories.enrolment("Kiri", zone="Pacific/Auckland").intake
    with time_machine.travel(made.OPENS_AT - timedelta(hours=8), tick=False):
        answer = set_window(office(), intake, zone_rule="participant")
    assert (answer.status_code, "begun in Auckland time already" in text_of(answer)) == (422, True)
    assert not Window.objects.exists()


@pytest.mark.django_db
@pytest.mark.requirement("S0-21")
def test_a_waiver_after_the_window_opens_the_stage_and_says_that_this_window_is_over() -> None:
    one = made.sitting(made.ready(minutes=0))
    jobs.release_due(at=made.OPENS_AT)
    address = reverse("office:sitting_waive", args=[one.pk])
    with time_machine.travel(made.CLOSES_AT + timedelta(days=1), tick=False):
        assert "This window is over for Amara Applicant" in text_of(office().get(address))
        answer = office().post(address, {"reason": "Done on paper"}, follow=True)
    assert "enter them for a further one" in text_of(answer)
    one.refresh_from_db()
    assert one.state == "held_back"


@pytest.mark.django_db
def test_zones_are_chosen_by_country_with_the_intakes_own_on_top() -> None:
    intake = factories.intake(zone="Asia/Dubai")
    content = text_of(office().get(f"{reverse('office:window_new')}?intake={intake.pk}"))
    assert '<option value="Asia/Dubai" selected>United Arab Emirates – Dubai</option>' in content
    assert '<optgroup label="Suggested">' in content
    assert "Etc/GMT" not in content
