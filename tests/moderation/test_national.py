"""National moderation: the package that goes out, the file that comes back, and its application by two people."""

import contextlib
import csv
import hashlib
import io
import json
import zipfile
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from goldenthread.common.models import AuditEvent
from goldenthread.common.refused import Refused
from goldenthread.marking.rules import Totals
from goldenthread.moderation import national
from goldenthread.moderation.final import FinalMarks, final_marks, final_marks_of
from goldenthread.moderation.models import NationalMark, NationalPackage, Round, Sampled
from goldenthread.moderation.national_rules import COLUMNS, Adjusted, Answer, half_marks_from, read_answer
from goldenthread.outcomes import own_result
from goldenthread.outcomes.actions import compute
from goldenthread.people.models import Role, User
from tests import by_hand, factories
from tests import factories_marking as marked
from tests import factories_projects as make
from tests.outcomes import test_projects as road

AT = road.MARKED
PACKAGE = "0123456789abcdef"
CODES = ("K1", "K2", "K3")
MAXIMA = Totals(12, 8)


def read(*rows: str, package: str = PACKAGE) -> Answer:
    return read_answer(marked.answer_file(package, *rows), package=PACKAGE, codes=CODES, maxima=MAXIMA)


def test_an_answer_confirms_and_adjusts() -> None:
    found = read("K1,confirmed,,,", "K2,Adjusted,7.5,4,Point 2 was overlooked", "*,confirmed,,,")
    assert found == Answer(2, (Adjusted("K2", Totals(15, 8), "Point 2 was overlooked"),))


@pytest.mark.parametrize(("rows", "said"), [
    (["K1,confirmed,,,", "K2,confirmed,,,"], "1 of 3 scripts have no answer: K3"),
    (["K9,confirmed,,,", "*,confirmed,,,"], "Row 2: the package has no script K9"),
    (["K1,confirmed,,,", "K1,confirmed,,,", "*,confirmed,,,"], "Row 3: K1 comes twice"),
    (["*,confirmed,,,", "*,confirmed,,,"], "Row 3: * comes twice"),
    (["K1,adjusted,12.5,4,Why", "*,confirmed,,,"], 'marks_learn_that is "12.5", not 0 to 12'),
    (["K1,adjusted,4,9,Why", "*,confirmed,,,"], 'marks_learn_how_to is "9", not 0 to 8'),
    (["K1,adjusted,4,-1,Why", "*,confirmed,,,"], 'marks_learn_how_to is "-1"'),
    (["K1,adjusted,4.25,4,Why", "*,confirmed,,,"], "whole or half marks"),
    (["K1,adjusted,٤,4,Why", "*,confirmed,,,"], "whole or half marks"),
    (["K1,adjusted,4,,Why", "*,confirmed,,,"], 'marks_learn_how_to is ""'),
    (["K1,adjusted,4,4,", "*,confirmed,,,"], "adjusted marks need a reason"),
    (["K1,confirmed,4,4,", "*,confirmed,,,"], "what is confirmed has no marks of its own"),
    (["*,adjusted,4,4,Why"], "all others can only be confirmed"),
    (["K1,,,,", "*,confirmed,,,"], 'the decision is "", not confirmed or adjusted'),
    (["K1,confirmed", "*,confirmed,,,"], "it has 3 cells, not 6"),
    (["K1,adjusted,4,4," + "x" * 1001, "*,confirmed,,,"], "longer than 1,000"),
])  # fmt: skip
def test_faults_are_named_with_their_row(rows: list[str], said: str) -> None:
    with pytest.raises(Refused) as refused:
        read(*rows)
    assert said in refused.value.message
    assert refused.value.field == "file"


def test_every_fault_is_told_at_once_and_many_are_counted() -> None:
    with pytest.raises(Refused) as refused:
        read(*(f"X{n},confirmed,,," for n in range(12)))
    assert refused.value.message.count("Row") == 10
    assert "And 2 more" in refused.value.message


def test_the_file_of_another_window_is_refused() -> None:
    with pytest.raises(Refused, match="it is about package ffff, this round's is 0123456789abcdef"):
        read("*,confirmed,,,", package="ffff")


@pytest.mark.parametrize(("data", "code"), [
    (b"", "national.empty"),
    (b"package,script\r\n", "national.columns"),
    (",".join(COLUMNS).encode("utf-16"), "national.encoding"),
    (b"\xff\xfe\x00", "national.encoding"),
    (",".join(COLUMNS).encode() + b"\r\n\0", "national.nul"),
    (",".join(COLUMNS).encode() + b'\r\na,"b', "national.csv"),
    (b"x" * 2_000_001, "national.size"),
    (b"PK\x03\x04\x14\x00", "national.nul"),
])  # fmt: skip
def test_what_is_no_such_file_is_refused(data: bytes, code: str) -> None:
    with pytest.raises(Refused) as refused:
        read_answer(data, package=PACKAGE, codes=CODES, maxima=MAXIMA)
    assert refused.value.code == code


def test_a_file_with_semicolons_a_mark_of_order_and_decimal_commas_is_read() -> None:
    text = ";".join(COLUMNS) + f"\n{PACKAGE};K1;adjusted;7,5;4;Why\n{PACKAGE};*;confirmed;;;\n\n"
    found = read_answer(b"\xef\xbb\xbf" + text.encode(), package=PACKAGE, codes=CODES, maxima=MAXIMA)
    assert found.adjusted[0].half_marks == Totals(15, 8)


@settings(max_examples=200)
@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_no_file_breaks_the_reading(data: bytes) -> None:
    for given_ in (data, marked.answer_file(PACKAGE) + b"\r\n" + data):
        with contextlib.suppress(Refused):
            read_answer(given_, package=PACKAGE, codes=CODES, maxima=MAXIMA)


@pytest.mark.parametrize(("text", "half"), [
    ("0", 0), ("7", 14), ("7.5", 15), ("7,5", 15), ("7.0", 14), ("7.50", 15), ("7.4", None), ("", None), ("-1", None),
    ("1e3", None), ("1000", None), ("７", None),
])  # fmt: skip
def test_half_marks_as_people_write_them(text: str, half: int | None) -> None:
    assert half_marks_from(text) == half


# --- against the database ----------------------------------------------------------------------------------
@pytest.fixture
def olu() -> User:
    return factories.member(Role.OFFICE, "Olu Office")


@pytest.fixture
def osa() -> User:
    return factories.member(Role.OFFICE, "Osa Office")


@pytest.fixture
def signed() -> Round:
    """A signed-off round of a version that is moderated nationally, with one script that passed."""
    amara = make.candidate()
    window = road.handed_in(amara, "project")
    marked.markers(2)
    road.mark(window)
    return road.sign_off(window, factories.member(Role.MODERATOR, "Chidi Moderator"), national=False)


def files_of(package: national.Package) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(marked.data_of(package))) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.mark.django_db
def test_the_package_holds_codes_and_digests_and_nobodys_name(signed: Round, olu: User) -> None:
    package = national.export(round=signed, by=olu, at=AT)
    files = files_of(package)
    manifest = json.loads(files["manifest.json"])
    assert manifest["sha256"] == {
        name: hashlib.sha256(data).hexdigest()
        for name, data in files.items()
        if name not in ("manifest.json", "signature.json")
    }
    sitting = signed.window.sittings.select_related("enrolment__user").get()
    rows = list(csv.DictReader(io.StringIO(files["marks.csv"].decode("utf-8-sig"))))
    assert [row["script"] for row in rows] == [sitting.code]
    assert rows[0]["script_sha256"] == sitting.scripts.get().sha256
    everything = b"".join(files.values()).decode()
    for name in (sitting.enrolment.user.name, sitting.enrolment.user.email, "Chidi", "Ben Marker"):
        assert name not in everything
    assert manifest["package"] == package.code
    assert marked.data_of(national.export(round=signed, by=olu, at=AT)) == marked.data_of(package)
    assert NationalPackage.objects.count() == 1
    assert AuditEvent.objects.filter(verb="national.exported").count() == 2


@pytest.mark.django_db
def test_no_cell_of_the_package_is_a_formula(signed: Round, olu: User) -> None:
    sampled = signed.sample.first()
    if sampled is None:  # the lot may have left it out
        sampled = signed.sample.create(script=signed.window.sittings.get().scripts.get(), reason="x")
    by_hand.alter(Sampled.objects.filter(pk=sampled.pk), note='=HYPERLINK("https://example.org")')
    rows = files_of(national.export(round=signed, by=olu, at=AT))["marks.csv"].decode("utf-8-sig")
    assert "'=HYPERLINK" in rows


@pytest.mark.requirement("S3-30")
@pytest.mark.requirement("S1-32")
@pytest.mark.django_db
def test_results_stay_provisional_until_a_second_person_applies_the_answer(
    signed: Round, olu: User, osa: User
) -> None:
    window, sitting = signed.window, signed.window.sittings.get()
    assert (signed.national, signed.final_at) == (True, None)
    for attempt in (lambda: compute(window=window, at=AT), lambda: road.released(window)):
        with pytest.raises(Refused, match="moderated nationally too"):
            attempt()
    assert own_result.result_of(sitting.enrolment, sitting).waiting == "moderation"
    package = national.export(round=signed, by=olu, at=AT)
    data = marked.answer_file(package.code, f"{sitting.code},adjusted,,3.5,Too little is shown")
    answer = national.read(round=signed, name="answer.csv", data=data, by=olu, at=AT)
    assert national.read(round=signed, name="answer.csv", data=data, by=olu, at=AT) == answer
    assert [(e.before, e.after, e.passed, e.passes) for e in national.effects_of(answer)] == [
        (24, 7, True, False)
    ]
    assert not NationalMark.objects.exists()
    with pytest.raises(Refused) as refused:
        national.decide(answer=answer, apply=True, reason="", by=olu, at=AT)
    assert refused.value.code == "national.same_person"
    national.decide(answer=answer, apply=True, reason="", by=osa, at=AT)
    national.decide(answer=answer, apply=True, reason="", by=osa, at=AT)
    assert final_marks(window) == {sitting.pk: FinalMarks(Totals(0, 7), True)}
    assert final_marks_of(sitting) == FinalMarks(Totals(0, 7), True)
    [outcome] = road.released(window)
    assert (outcome.result, outcome.half_marks_learn_how_to) == ("not_passed", 7)
    event = AuditEvent.objects.get(verb="national.adjusted")
    assert event.details == {
        "was_half_marks": 24, "half_marks": 7, "by_kind": [0, 7], "reason": "Too little is shown",
    }  # fmt: skip


@pytest.mark.django_db
def test_one_answer_at_a_time_and_none_after_one_is_applied(signed: Round, olu: User, osa: User) -> None:
    def read_in(*rows: str) -> Any:
        data = marked.answer_file(code, *rows)
        return national.read(round=signed, name="a.csv", data=data, by=olu, at=AT)

    code = "x"
    with pytest.raises(Refused, match="Make the package first"):
        read_in("*,confirmed,,,")
    code = national.export(round=signed, by=olu, at=AT).code
    first = read_in("*,confirmed,,,")
    with pytest.raises(Refused, match="waits for a second person already"):
        read_in("*,confirmed,,, ")
    with pytest.raises(Refused, match="Say why"):
        national.decide(answer=first, apply=False, reason=" ", by=osa, at=AT)
    national.decide(answer=first, apply=False, reason="Not theirs.", by=osa, at=AT)
    second = read_in("*,confirmed,,, ")
    with pytest.raises(Refused, match="Only who read it in"):
        national.take_back(answer=second, by=osa, at=AT)
    national.take_back(answer=second, by=olu, at=AT)
    third = read_in("*,confirmed,,,")
    national.decide(answer=third, apply=True, reason="", by=osa, at=AT)
    with pytest.raises(Refused, match="is applied; nothing more is read"):
        read_in("*,confirmed,,, ")


@pytest.mark.django_db
def test_no_package_before_the_sign_off_nor_where_nobody_asks_for_one(olu: User) -> None:
    window = marked.window()
    marked.markers(2)
    marked.sitting(window)
    marked.mark_all(window)
    chidi = factories.member(Role.MODERATOR, "Chidi Moderator")
    opened = road.moderation.open_round(window=window, by=chidi, at=marked.CLOSED, seed="seed")
    with pytest.raises(Refused, match="Sign the round off first"):
        national.export(round=opened, by=olu, at=marked.CLOSED)
    for sampled in opened.sample.order_by("pk"):
        road.moderation.mark_blind(sampled=sampled, marks=marked.FAIR, by=chidi, at=marked.CLOSED)
        road.moderation.decide(
            sampled=sampled, decision="confirmed", note="It holds.", by=chidi, at=marked.CLOSED
        )
    signed = road.moderation.sign_off(round=opened, by=chidi, at=marked.CLOSED)
    assert signed.final_at == marked.CLOSED
    with pytest.raises(Refused, match="no national moderation"):
        national.export(round=signed, by=olu, at=marked.CLOSED)
