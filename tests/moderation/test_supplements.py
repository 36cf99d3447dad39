"""A script that was admitted after the national moderator had answered: a supplement, and an answer of its own."""

import csv
import io
import json
import zipfile
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from goldenthread.assessment.models import Script, Sitting, Window
from goldenthread.common.refused import Refused
from goldenthread.marking.models import Agreement
from goldenthread.marking.rules import Totals
from goldenthread.moderation import actions, national, queries, supplements
from goldenthread.moderation.final import final_marks
from goldenthread.moderation.models import NationalAnswer, NationalMark, Round
from goldenthread.outcomes import actions as outcomes
from goldenthread.people.models import Role, User
from tests import by_hand, factories
from tests import factories_marking as marked
from tests.factories_web import client_of

pytestmark = pytest.mark.django_db
AT = marked.CLOSED
LATER = AT + timedelta(days=5)
LAST = AT + timedelta(days=9)


@pytest.fixture
def asked(monkeypatch: Any) -> None:
    monkeypatch.setattr(queries, "asks_national", lambda window: True)


def named(name: str, role: str = Role.OFFICE) -> User:
    return User.objects.filter(name=name).first() or factories.member(role, name)


def olu() -> User:
    return named("Olu Office")


def osa() -> User:
    return named("Osa Office")


def chidi() -> User:
    return named("Chidi Moderator", Role.MODERATOR)


def sign(window: Window, at: Any) -> Round:
    """The sample is drawn, or completed, everything in it confirmed, and the round signed off."""
    opened = actions.open_round(window=window, by=chidi(), at=at, seed="seed")
    for sampled in opened.sample.filter(decision="").order_by("pk"):
        actions.mark_blind(sampled=sampled, marks=marked.FAIR, by=chidi(), at=at)
        actions.decide(sampled=sampled, decision="confirmed", by=chidi(), at=at)
    marked.uncompared(window, at=at)
    return actions.sign_off(round=opened, by=chidi(), at=at)


def answered(*rows: str) -> Round:
    """A round with two scripts, to which the national moderator's answer is applied."""
    window = marked.window()
    marked.markers(2)
    for name in ("Amara Applicant", "Ali Applicant"):
        marked.sitting(window, name=name)
    marked.mark_all(window)
    return marked.nationally(sign(window, AT), *rows, at=AT)


def late(round_: Round) -> Script:
    """A further script, that is marked after the answer."""
    marked.sitting(round_.window, name="Lena Late")
    marked.mark_all(round_.window, at=LATER)
    return Script.objects.get(sitting__enrolment__user__name="Lena Late")


def code_of(name: str) -> str:
    return Sitting.objects.get(enrolment__user__name=name).code


def files_of(package: national.Package) -> dict[str, bytes]:
    with zipfile.ZipFile(package.file) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def read_in(round_: Round, code: str, *rows: str, at: Any = LAST) -> NationalAnswer:
    data = marked.answer_file(code, *rows)
    return national.read(round=round_, name="second.csv", data=data, by=olu(), at=at)


@pytest.mark.requirement("S1-32")
def test_a_late_script_has_a_supplement_and_an_answer_and_the_others_keep_theirs(asked: None) -> None:
    round_ = answered()
    script = late(round_)
    signed = sign(round_.window, LATER)
    assert (signed.national, signed.national_at) == (True, None)
    with pytest.raises(Refused, match="Download the supplement first"):
        read_in(signed, "x" * 16, "*,confirmed,,,")
    package = national.export(round=signed, by=olu(), at=LATER)
    files = files_of(package)
    rows = list(csv.DictReader(io.StringIO(files["marks.csv"].decode("utf-8-sig"))))
    assert [row["script"] for row in rows] == [script.sitting.code]
    assert {
        row["script"] for row in csv.DictReader(io.StringIO(files["points.csv"].decode("utf-8-sig")))
    } == {script.sitting.code}
    assert [name for name in files if name.startswith("texts/")] == [f"texts/{script.sitting.code}.txt"]
    assert json.loads(files["manifest.json"])["supplement"] == 1
    assert b"This is a supplement" in files["README.txt"]
    with pytest.raises(Refused, match="the package has no script"):
        read_in(signed, package.code, f"{code_of('Ali Applicant')},adjusted,1,1,Why", "*,confirmed,,,")
    answer = read_in(signed, package.code, f"{script.sitting.code},adjusted,2,1.5,Too little is shown")
    assert (answer.part, [row[0] for row in answer.covers]) == (2, [script.pk])
    before = final_marks(round_.window)
    national.decide(answer=answer, apply=True, reason="", by=osa(), at=LAST)
    signed.refresh_from_db()
    assert signed.final_at == LAST
    after = final_marks(round_.window)
    assert after.pop(script.sitting_id).half_marks == Totals(4, 3)
    before.pop(script.sitting_id)
    assert after == before
    assert outcomes.release(window=round_.window, by=olu(), at=LAST)
    with pytest.raises(Refused, match="nothing more is read"):
        read_in(signed, package.code, "*,confirmed,,, ")


def test_each_keeps_the_day_of_the_answer_about_them(asked: None) -> None:
    round_ = answered()
    script = late(round_)
    signed = sign(round_.window, LATER)
    package = national.export(round=signed, by=olu(), at=LATER)
    answer = read_in(signed, package.code, "*,confirmed,,,")
    national.decide(answer=answer, apply=True, reason="", by=osa(), at=LAST)
    signed.refresh_from_db()
    ali = Sitting.objects.get(enrolment__user__name="Ali Applicant").enrolment_id
    assert signed.final_for(script.sitting.enrolment_id) == LAST
    assert signed.final_for(ali) == AT
    assert Round(national=True).final_for(ali) is None


@pytest.mark.requirement("S1-32")
def test_what_was_adjusted_before_stays_and_its_script_is_not_asked_about_again(asked: None) -> None:
    window = marked.window()
    marked.markers(2)
    marked.sitting(window, name="Ali Applicant")
    marked.mark_all(window)
    ali = code_of("Ali Applicant")
    round_ = marked.nationally(sign(window, AT), f"{ali},adjusted,1,1,Why", at=AT)
    script = late(round_)
    signed = sign(window, LATER)
    assert supplements.still_asked(signed) == {script.pk}
    package = national.export(round=signed, by=olu(), at=LATER)
    national.decide(
        answer=read_in(signed, package.code, "*,confirmed,,,"), apply=True, reason="", by=osa(), at=LAST
    )
    assert NationalMark.objects.get().script.sitting.code == ali
    assert final_marks(window)[NationalMark.objects.get().script.sitting_id].half_marks == Totals(2, 2)


def test_a_confirmed_script_that_got_other_marks_is_asked_about_again(asked: None) -> None:
    round_ = answered()
    changed = Script.objects.get(sitting__enrolment__user__name="Ali Applicant")
    marks = changed.agreement.half_marks_learn_that
    by_hand.alter(Agreement.objects.filter(script=changed), half_marks_learn_that=marks + 2)
    assert supplements.still_asked(round_) == {changed.pk}


def test_a_round_that_was_opened_again_for_nobody_is_final_once_it_is_signed_off(asked: None) -> None:
    round_ = answered()
    Sitting.objects.filter(window=round_.window).update(closes_at=LATER - timedelta(days=1))
    signed = sign(round_.window, LATER)
    signed.refresh_from_db()
    assert (signed.signed_off_at, signed.national, signed.final_at) == (LATER, True, AT)


def test_an_answer_is_not_applied_while_our_own_round_is_open_again(asked: None) -> None:
    window = marked.window()
    marked.markers(2)
    marked.sitting(window, name="Ali Applicant")
    marked.mark_all(window)
    signed = sign(window, AT)
    package = national.export(round=signed, by=olu(), at=AT)
    answer = read_in(signed, package.code, "*,confirmed,,,", at=AT)
    script = late(signed)
    actions.open_round(window=window, by=chidi(), at=LATER)
    with pytest.raises(Refused, match="was opened again since") as no:
        national.decide(answer=answer, apply=True, reason="", by=osa(), at=LATER)
    assert no.value.code == "national.not_signed_off"
    signed = sign(window, LATER)
    national.decide(answer=answer, apply=True, reason="", by=osa(), at=LATER)
    signed.refresh_from_db()
    assert (signed.national_at, supplements.still_asked(signed)) == (None, {script.pk})


def test_an_answer_of_before_covers_were_kept_is_about_what_had_its_marks_then(asked: None) -> None:
    round_ = answered()
    by_hand.alter(NationalAnswer.objects.all(), covers=[])
    assert supplements.still_asked(round_) == frozenset()
    script = late(round_)
    assert supplements.still_asked(round_) == {script.pk}


def test_the_database_keeps_one_answer_for_each_part_and_one_that_waits(asked: None) -> None:
    round_ = answered()
    row = {
        "round": round_,
        "file_name": "a",
        "sha256": "0" * 64,
        "confirmed": 1,
        "adjusted": [],
        "read_by": olu(),
    }
    with pytest.raises(IntegrityError), transaction.atomic():
        NationalAnswer.objects.create(**row, read_at=AT, part=1)
    NationalAnswer.objects.create(**row, read_at=AT, part=2)
    with pytest.raises(IntegrityError), transaction.atomic():
        NationalAnswer.objects.create(**row, read_at=AT, part=3)


def test_the_page_asks_for_the_supplement_and_then_for_its_answer(asked: None) -> None:
    round_ = answered()
    address = reverse("office:national", args=[round_.window_id])
    client = client_of(olu())
    assert "so no other is read in" in client.get(address).content.decode()
    late(round_)
    sign(round_.window, LATER)
    page = " ".join(client.get(address).content.decode().split())
    assert "1 script came in, or got other marks" in page
    assert "Download the supplement first" in page
    client.post(address, {"step": "export"})
    page = client.get(address).content.decode()
    assert "Download the supplement first" not in page
    assert "Read it" in page


def test_the_page_stays_within_twelve_queries_while_a_supplement_is_asked_for(asked: None) -> None:
    round_ = answered()
    late(round_)
    sign(round_.window, LATER)
    client, address = client_of(olu()), reverse("office:national", args=[round_.window_id])
    with CaptureQueriesContext(connection) as queries_:
        assert client.get(address).status_code == 200
    assert len(queries_) <= 12
