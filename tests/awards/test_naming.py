"""The name that a certificate bears: what can stand on it, confirmed until the award is there, reminded of once."""

from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goldenthread.assessment.models import Sitting
from goldenthread.awards import actions, certificate, jobs, name_rules, naming
from goldenthread.awards.models import Award, CertificateName
from goldenthread.common import mail
from goldenthread.common.models import AuditEvent, OutboxMessage
from goldenthread.common.refused import Refused
from tests import factories
from tests import factories_marking as make
from tests.races import while_unfinished

AT = make.CLOSED
BEFORE = AT - timedelta(days=3)  # the window is open


def code_of(call: Any) -> str:
    with pytest.raises(Refused) as refused:
        call()
    return refused.value.code


# --- whether it can be printed here --------------------------------------------------------------------------
NO_FONT = "\U00014400 Smith"  # no server has a font for hieroglyphs of Anatolia


@pytest.mark.parametrize("name", [
    "Siân Ŵyn", "أمينة بنت محمد", "王小明", "Nguyễn Thị Hà", "Zoë M̈aier", "می\u200cترا", "김철수",
])  # fmt: skip
def test_names_of_these_scripts_are_printed_by_every_installation(name: str) -> None:
    assert certificate.lacking(name_rules.check_holder_name(name)) == ""


def test_the_signs_that_no_font_has_are_named_and_no_others() -> None:
    assert certificate.lacking(NO_FONT) == "\U00014400"
    assert certificate.lacking("\U00014400\u0301\U00014401 王 Smith \U00014400") == "\U00014400 \U00014401"
    assert len(certificate.lacking("".join(chr(0x14400 + n) for n in range(60)))) <= certificate.MOST_LACKING


@pytest.mark.django_db
def test_a_name_without_a_font_is_kept_and_the_office_is_told_until_there_is_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    amara = sat()
    assert confirm(amara, NO_FONT).lacks == naming.lacks_of(amara.enrolment) == "\U00014400"
    assert [one.name for one in naming.lacking_font()] == [NO_FONT]
    assert jobs.look_for_fonts(BEFORE) == "1 names lack a font"
    assert AuditEvent.objects.get(verb="certificate_name.confirmed").details["lacks"] == "\U00014400"
    with monkeypatch.context() as patched:
        patched.setattr(certificate, "lacking", lambda name: "")  # as if the server had got the font
        assert jobs.look_for_fonts(BEFORE) == "0 names lack a font"
    assert not naming.lacking_font().exists()


@pytest.mark.django_db
def test_another_spelling_that_can_be_printed_leaves_the_desk() -> None:
    amara = sat()
    confirm(amara, NO_FONT)
    assert confirm(amara, "Amara Smith").lacks == ""
    assert not naming.lacking_font().exists()


# --- what can stand on a certificate -------------------------------------------------------------------------
@pytest.mark.parametrize(("typed", "kept"), [
    ("  Siân \t Ŵyn\n", "Siân Ŵyn"),
    ("Zoe\u0308 Bell", "Zoë Bell"),  # composed (NFC)
    ("O’Brien-Smith, J.", "O’Brien-Smith, J."),
    ("أمينة بنت محمد", "أمينة بنت محمد"),
    ("王小明", "王小明"),
    ("می\u200cترا", "می\u200cترا"),  # Persian spells with a joiner
    ("Nguyễn Thị Hà", "Nguyễn Thị Hà"),
    ("क्ष्मा", "क्ष्मा"),
    ("A\u00a0B", "A B"),
    ("x" * 120, "x" * 120),
])  # fmt: skip
def test_a_name_of_any_script_is_kept_composed_and_in_one_line(typed: str, kept: str) -> None:
    assert name_rules.check_holder_name(typed) == kept


@pytest.mark.parametrize(("typed", "why"), [
    ("", "missing"), (" \n ", "missing"), ("x" * 121, "long"), ("x" * 10_000, "long"), ("1234", "letters"),
    ("-", "letters"), ("Anna\u0000Bell", "sign"), ("Anna\u0007", "sign"), ("\u202eanna", "sign"),
    ("Anna\u2066 Bell", "sign"), ("Anna\u200b", "sign"), ("Anna\ufeff", "sign"), ("Anna \U0001f600", "sign"),
    ("Anna\ue000", "sign"), ("<b>Anna", "sign"), ("A" + "\u0301" * 8, "marks"),
])  # fmt: skip
def test_what_cannot_be_printed_or_would_turn_the_rest_around_is_refused(typed: str, why: str) -> None:
    assert code_of(lambda: name_rules.check_holder_name(typed)) == f"holder_name.{why}"


@given(st.text(max_size=200))
def test_whatever_is_kept_is_kept_as_it_is_a_second_time(typed: str) -> None:
    with suppress(Refused):
        kept = name_rules.check_holder_name(typed)
        assert name_rules.check_holder_name(kept) == kept
        assert 0 < len(kept) <= name_rules.LONGEST_NAME


# --- confirmed before the release ----------------------------------------------------------------------------
def sat(name: str = "amara a.") -> Sitting:
    """Somebody who hands in and will pass, in a window that isn't released."""
    window = make.window()
    make.markers(2)
    person = factories.enrolment(name, to=window.intake)
    factories.credit_minutes(person, 3996)
    make.sitting(window, person)
    return Sitting.objects.select_related("enrolment__user", "window").get(enrolment=person)


def confirm(sitting: Sitting, name: str, **fields: Any) -> CertificateName:
    said = {"by": sitting.enrolment.user, "at": BEFORE, **fields}
    return naming.confirm(enrolment=sitting.enrolment, name=name, **said)


def release(sitting: Sitting) -> Award:
    make.mark_all(sitting.window)
    make.moderated(sitting.window)
    actions.release(window=sitting.window, by=sitting.window.created_by, at=AT)
    return Award.objects.get(outcome__enrolment=sitting.enrolment)


@pytest.mark.django_db
@pytest.mark.usefixtures("catalogue")
def test_the_award_bears_the_name_that_was_confirmed_last() -> None:
    sitting = sat()
    assert naming.unconfirmed_in(sitting.window).count() == 1
    confirm(sitting, "Amara Bell")
    for _ in range(2):
        confirm(sitting, " Amara  Béll")
    assert naming.unconfirmed_in(sitting.window).count() == 0
    told = AuditEvent.objects.filter(verb="certificate_name.confirmed").order_by("pk")
    assert [(one.details["before"], one.details["name"]) for one in told] == [
        ("", "Amara Bell"), ("Amara Bell", "Amara Béll"),
    ]  # fmt: skip
    assert release(sitting).holder_name == "Amara Béll"
    assert code_of(lambda: confirm(sitting, "Somebody Else")) == "holder_name.issued"
    assert CertificateName.objects.get().name == "Amara Béll"


@pytest.mark.django_db
@pytest.mark.usefixtures("catalogue")
def test_without_a_confirmation_the_award_bears_the_name_of_the_account() -> None:
    assert release(sat("Amara Applicant")).holder_name == "Amara Applicant"


@pytest.mark.django_db
@pytest.mark.usefixtures("catalogue")
def test_only_oneself_confirms_and_only_once_a_window_is_booked() -> None:
    sitting = sat()
    assert code_of(lambda: confirm(sitting, "A B", by=sitting.window.created_by)) == "holder_name.not_yours"
    assert code_of(lambda: confirm(sitting, "A B", by=None)) == "holder_name.not_yours"
    dot = factories.enrolment("Dot")
    assert code_of(lambda: naming.confirm(enrolment=dot, name="Dot", by=dot.user, at=BEFORE)) == (
        "holder_name.early"
    )
    sitting.enrolment.withdrawn_at = BEFORE
    sitting.enrolment.save()
    assert code_of(lambda: confirm(sitting, "A B")) == "holder_name.ended"
    assert naming.unconfirmed_in(sitting.window).count() == 0


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("catalogue")
def test_a_change_meets_a_release_that_was_made_first() -> None:
    sitting = sat("Amara Applicant")
    make.mark_all(sitting.window)
    make.moderated(sitting.window)
    (met,) = while_unfinished(
        lambda: actions.release(window=sitting.window, by=sitting.window.created_by, at=AT),
        lambda: confirm(sitting, "Late Name"),
    )
    assert isinstance(met, Refused)
    assert Award.objects.get().holder_name == "Amara Applicant"


# --- the reminder --------------------------------------------------------------------------------------------
@pytest.mark.django_db
@pytest.mark.usefixtures("catalogue")
def test_who_has_not_confirmed_is_reminded_once_within_two_weeks_of_the_deadline() -> None:
    sitting = sat()
    early = sitting.closes_at - name_rules.REMIND_BEFORE - timedelta(seconds=1)
    assert naming.remind(at=early) == 0
    assert jobs.remind_of_names(early + timedelta(seconds=1)) == "1 mails"
    assert naming.remind(at=AT) == 0
    message = OutboxMessage.objects.get(payload__template="name_reminder")
    assert message.payload["to"] == sitting.enrolment.user.email
    rendered = mail.render(message)
    assert "“amara a.”" in rendered.text
    assert f"/my/assessment/name/?enrolment={sitting.enrolment.reference}" in rendered.text


@pytest.mark.django_db
@pytest.mark.usefixtures("catalogue")
def test_who_has_confirmed_or_was_released_or_forgotten_is_not_reminded() -> None:
    sitting = sat()
    assert naming.remind(at=sitting.closes_at + name_rules.REMIND_UNTIL) == 0
    confirm(sitting, "Amara Bell")
    assert naming.remind(at=AT) == 0
    CertificateName.objects.all().delete()
    release(sitting)
    assert naming.remind(at=AT) == 0
