"""Evidence of projects in the package for the national moderator, and whether a package is whole, also without us."""

import csv
import hashlib
import io
import json
import subprocess
import sys
import tracemalloc
import zipfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from goldenthread.assessment import receipts
from goldenthread.assessment.actions import sign
from goldenthread.assessment.models import ReceiptKey, Script
from goldenthread.assessment.project_models import HandedInFile
from goldenthread.assessment.receipts import decoded_key
from goldenthread.assessment.upload_models import CheckState, DocumentCheck
from goldenthread.commands.receipt import run
from goldenthread.common import files
from goldenthread.common.models import AuditEvent
from goldenthread.common.refused import Refused
from goldenthread.moderation import (
    national,
    national_evidence,
    national_package,
    national_signing,
    national_verifying,
)
from goldenthread.moderation.models import NationalPackage, Round
from goldenthread.people.models import Role, User
from tests import by_hand, documents, factories
from tests import factories_marking as marked
from tests import factories_projects as make
from tests.common.test_unnamed import photograph
from tests.outcomes import test_projects as road

pytestmark = pytest.mark.django_db
AT = road.MARKED
NAME = "Amara Applicant"
FILES = {
    "minutes.txt": b"Minutes of the team.",
    "plan.docx": documents.docx(40),
    "scan.pdf": documents.pdf_lines("Reading in year 4"),
    "wall.jpg": photograph(),
}


@pytest.fixture
def olu() -> User:
    return factories.member(Role.OFFICE, "Olu Office")


@pytest.fixture
def signed() -> Round:
    """A signed-off round with one account and four files of evidence, all of which were scanned."""
    amara = make.candidate()
    make.opened(amara, "project")
    for name, content in FILES.items():
        make.add_file(amara, name, content)
    window = road.handed_in(amara, "project")
    DocumentCheck.objects.update(state=CheckState.CLEAN)
    marked.markers(2)
    road.mark(window)
    return road.sign_off(window, factories.member(Role.MODERATOR, "Chidi Moderator"), national=False)


def export(round_: Round, by: User) -> national.Package:
    return national.export(round=round_, by=by, at=AT)


def unpacked(made: national.Package) -> dict[str, bytes]:
    with zipfile.ZipFile(made.file) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(files_: dict[str, bytes]) -> io.BytesIO:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in files_.items():
            archive.writestr(name, data)
    out.seek(0)
    return out


def keys() -> dict[str, bytes]:
    return {one.name: decoded_key(one.public) for one in ReceiptKey.objects.order_by("pk")}


def rows(found: dict[str, bytes]) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(found["evidence.csv"].decode("utf-8-sig"))))


def set_state(number: int, state: str, by: User) -> None:
    """What is known of the safety of one file of evidence."""
    found = DocumentCheck.objects.filter(file=HandedInFile.objects.get(number=number).file)
    said = {"released_by": by, "released_at": AT, "reason": "We know it"} if state == "released" else {}
    found.update(state=state, **said)


# --- what is in it -----------------------------------------------------------------------------------------
@pytest.mark.requirement("S1-32", "S3-30")
def test_every_clean_file_is_in_it_as_markers_get_it_with_its_digest(signed: Round, olu: User) -> None:
    code = Script.objects.get().sitting.code
    made = export(signed, olu)
    found = unpacked(made)
    manifest = json.loads(found["manifest.json"])
    names = [f"evidence/{code}-{n}.{kind}" for n, kind in enumerate(("txt", "docx", "pdf", "jpg"), start=1)]
    assert [name for name in found if name.startswith("evidence/")] == names
    for number, name in enumerate(names, start=1):
        stored = HandedInFile.objects.get(number=number).file
        assert found[name] == national_evidence.for_markers(stored)
        assert manifest["sha256"][name] == hashlib.sha256(found[name]).hexdigest()
    assert found[names[3]] != FILES["wall.jpg"]  # what the camera wrote is out
    assert [(row["file"], row["why_not_enclosed"]) for row in rows(found)] == [(name, "") for name in names]
    text = found[f"texts/{code}.txt"].decode()
    assert all(name in text for name in names)
    assert manifest["evidence"] == {"enclosed": 4, "not_enclosed": 0}
    for name in FILES:  # people name their files after themselves
        assert name not in b"".join(found.values()).decode("latin-1")
    event = AuditEvent.objects.get(verb="national.exported")
    assert (event.details["evidence"], event.details["not_enclosed"]) == (4, 0)
    assert event.details["zip"] == hashlib.sha256(marked.data_of(made)).hexdigest()


def test_the_same_evidence_gives_the_same_bytes(signed: Round, olu: User) -> None:
    assert marked.data_of(export(signed, olu)) == marked.data_of(export(signed, olu))


@pytest.mark.parametrize("number", [1, 3])
@pytest.mark.parametrize(("state", "why"), [
    ("waiting", "waits to be scanned"), ("found", "malware was found"), ("released", "no scan says that it is clean"),
    ("trusted", "nobody has scanned it"),
])  # fmt: skip
def test_what_is_not_known_to_be_clean_stays_out_and_is_named(
    signed: Round, olu: User, number: int, state: str, why: str
) -> None:
    set_state(number, state, olu)
    made = export(signed, olu)
    found = unpacked(made)
    code = Script.objects.get().sitting.code
    inside = [name for name in found if name.startswith(f"evidence/{code}-")]
    assert len(inside) == 3
    assert not any(name.startswith(f"evidence/{code}-{number}.") for name in inside)
    out = [row for row in rows(found) if row["why_not_enclosed"]]
    assert [(row["number"], row["file"], why in row["why_not_enclosed"]) for row in out] == [
        (str(number), "", True)
    ]
    text = found[f"texts/{code}.txt"].decode()
    assert f"{code}-{number}." in text
    assert "evidence.csv says what of it is enclosed" in text
    assert json.loads(found["manifest.json"])["evidence"] == {"enclosed": 3, "not_enclosed": 1}
    assert made.not_enclosed == 1
    assert national_verifying.verify(io.BytesIO(marked.data_of(made)), keys()).code == made.code


def gone(stored: Any) -> bytes:
    raise FileNotFoundError(stored.path)


def uncovered(stored: Any) -> bytes:
    raise Refused("It can't be covered.", code="file.unnamed")


@pytest.mark.parametrize(("fault", "why"), [
    (gone, national_evidence.GONE), (uncovered, national_evidence.UNCOVERED),
])  # fmt: skip
def test_what_cant_be_covered_or_is_gone_is_named(
    signed: Round, olu: User, monkeypatch: Any, fault: Callable[[Any], bytes], why: str
) -> None:
    monkeypatch.setattr(national_evidence, "for_markers", fault)
    found = unpacked(export(signed, olu))
    assert [row["why_not_enclosed"] for row in rows(found)] == [why] * 4


def test_storage_that_does_not_answer_makes_no_package(signed: Round, olu: User, monkeypatch: Any) -> None:
    def down(stored: Any) -> bytes:
        raise ConnectionError("storage")

    monkeypatch.setattr(national_evidence, "for_markers", down)
    with pytest.raises(ConnectionError):
        export(signed, olu)
    assert not AuditEvent.objects.filter(verb="national.exported").exists()


def test_evidence_that_is_scanned_meanwhile_is_asked_for_again(
    signed: Round, olu: User, monkeypatch: Any
) -> None:
    def scanned(stored: Any) -> bytes:
        set_state(2, CheckState.FOUND, olu)
        return b"a copy"

    monkeypatch.setattr(national_evidence, "for_markers", scanned)
    with pytest.raises(Refused, match="Download it once more") as refused:
        export(signed, olu)
    assert refused.value.code == "national.evidence_changed"
    monkeypatch.undo()
    assert export(signed, olu).not_enclosed == 1


def test_marks_or_a_sign_off_that_change_meanwhile_make_no_package(
    signed: Round, olu: User, monkeypatch: Any
) -> None:
    sha256 = Script.objects.get().sha256
    for change, back, code in (
        (lambda: Script.objects.update(sha256="0" * 64), lambda: Script.objects.update(sha256=sha256),
         "national.changed_meanwhile"),
        (lambda: by_hand.alter(Round.objects.all(), signed_off_at=None, signed_off_by=None),
         lambda: by_hand.alter(
             Round.objects.all(), signed_off_at=signed.signed_off_at, signed_off_by=signed.signed_off_by
         ),
         "national.not_signed_off"),
    ):  # fmt: skip
        monkeypatch.setattr(national_evidence, "for_markers", lambda stored, change=change: bytes(change()))
        with pytest.raises(Refused) as refused:
            export(signed, olu)
        assert refused.value.code == code
        back()
    assert not NationalPackage.objects.exists()
    assert not AuditEvent.objects.filter(verb="national.exported").exists()


def test_nothing_is_locked_while_a_package_is_put_together_and_hashed(
    signed: Round, olu: User, monkeypatch: Any
) -> None:
    order: list[str] = []
    for place, name in (
        (national, "contents_of"), (national_package.Contents, "write_into"), (national_evidence, "sha256_of"),
        (national, "_held"),
    ):  # fmt: skip
        real = getattr(place, name)

        def told(*given: Any, real: Any = real, name: str = name, **named: Any) -> Any:
            order.append(name)
            return real(*given, **named)

        monkeypatch.setattr(place, name, told)
    export(signed, olu)
    assert order == ["contents_of", "write_into", "sha256_of", "_held"]


def test_many_files_are_not_in_memory_together(signed: Round, olu: User, monkeypatch: Any) -> None:
    script, size = Script.objects.get(), 2_000_000
    for number in range(5, 29):
        content = hashlib.shake_256(str(number).encode()).digest(size)
        stored = files.store(io.BytesIO(content), kind="txt", at=AT, size_limit=size)
        HandedInFile.objects.create(script=script, number=number, file=stored, name="x.txt")
        DocumentCheck.objects.create(file=stored, state=CheckState.CLEAN, handed_in_at=AT)
    tracemalloc.start()
    try:
        made = export(signed, olu)
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    made.file.seek(0, io.SEEK_END)
    assert made.file.tell() > 24 * size
    assert (
        most < 14 * size
    )  # of which the spool takes up to four before it goes to disk, and grows by copying
    tracemalloc.start()
    try:
        assert national_verifying.verify(made.file, keys()).manifest["evidence"]["enclosed"] == 28
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert most < size


# --- whether it is whole -----------------------------------------------------------------------------------
Change = Callable[[dict[str, bytes], str], None]


def altered(name: str) -> Change:
    def change(found: dict[str, bytes], code: str) -> None:
        found[name.format(code)] += b"x"

    return change


def missing(name: str) -> Change:
    def change(found: dict[str, bytes], code: str) -> None:
        del found[name.format(code)]

    return change


def added(name: str) -> Change:
    def change(found: dict[str, bytes], code: str) -> None:
        found[name.format(code)] = b"x"

    return change


@pytest.mark.parametrize(("change", "said"), [
    (altered("evidence/{}-2.docx"), "-2.docx was altered"),
    (altered("evidence/{}-4.jpg"), "-4.jpg was altered"),
    (altered("texts/{}.txt"), ".txt was altered"),
    (altered("marks.csv"), "marks.csv was altered"),
    (altered("README.txt"), "README.txt was altered"),
    (altered("answer.csv"), "answer.csv was altered, as filling it in does"),
    (missing("evidence/{}-1.txt"), "-1.txt is missing"),
    (missing("points.csv"), "points.csv is missing"),
    (missing("README.txt"), "README.txt is missing"),
    (added("evidence/{}-5.txt"), "-5.txt was added"),
    (added("../elsewhere.txt"), "../elsewhere.txt was added"),
    (added("texts/"), "texts/ was added"),
])  # fmt: skip
def test_what_was_altered_is_missing_or_was_added_is_found(
    signed: Round, olu: User, change: Change, said: str
) -> None:
    found = unpacked(export(signed, olu))
    change(found, Script.objects.get().sitting.code)
    with pytest.raises(Refused) as refused:
        national_verifying.verify(packed(found), keys())
    assert refused.value.code == "receipt.altered"
    assert said in refused.value.message


@pytest.mark.parametrize("name", ["evidence/{}-1.txt", "README.txt", "answer.csv", "marks.csv"])
def test_a_manifest_made_to_fit_a_change_has_no_signature(signed: Round, olu: User, name: str) -> None:
    found, name = unpacked(export(signed, olu)), name.format(Script.objects.get().sitting.code)
    manifest = json.loads(found["manifest.json"])
    found[name] = b"other"
    manifest["sha256"][name] = hashlib.sha256(b"other").hexdigest()
    found["manifest.json"] = national_signing.json_bytes(manifest)
    with pytest.raises(Refused, match="signature doesn't fit") as refused:
        national_verifying.verify(packed(found), keys())
    assert refused.value.code == "receipt.altered"


def test_the_second_signature_cant_be_left_out(signed: Round, olu: User) -> None:
    found = unpacked(export(signed, olu))
    seal = json.loads(found["signature.json"])
    del seal["manifest_signature"]
    found["signature.json"] = national_signing.json_bytes(seal)
    with pytest.raises(Refused, match="signature doesn't fit"):
        national_verifying.verify(packed(found), keys())


def test_two_files_of_one_name_are_found(signed: Round, olu: User) -> None:
    made = io.BytesIO(marked.data_of(export(signed, olu)))
    with pytest.warns(UserWarning, match="Duplicate"), zipfile.ZipFile(made, "a") as archive:
        archive.writestr("marks.csv", b"better")
    made.seek(0)
    with pytest.raises(Refused, match=r"marks.csv is in it twice"):
        national_verifying.verify(made, keys())


def test_a_package_of_before_evidence_was_enclosed_is_still_whole(signed: Round, olu: User) -> None:
    files_ = {"marks.csv": b"script\r\n"}
    manifest: dict[str, Any] = {"form": 2, "sha256": {"marks.csv": hashlib.sha256(b"script\r\n").hexdigest()}}
    digest, seed = national_signing.digest_of(manifest), bytes(range(32))
    public = {"k": national_signing.private_keys.public_half(seed)}
    seal = {"key": "k", "signature": national_signing.sign(digest, seed)}
    whole = {
        **files_, "manifest.json": national_signing.json_bytes(manifest),
        "signature.json": national_signing.json_bytes(seal),
    }  # fmt: skip
    assert national_verifying.verify(packed(whole), public).files == 1
    with pytest.raises(Refused, match="was added"):
        national_verifying.verify(packed({**whole, "more.txt": b""}), public)


@pytest.mark.parametrize("cut", [4, 30, 2000, -1])
def test_what_is_no_package_is_said_to_be_none(signed: Round, olu: User, cut: int) -> None:
    data = marked.data_of(export(signed, olu))
    with pytest.raises(Refused) as refused:
        national_verifying.verify(io.BytesIO(data[:cut]), keys())
    assert refused.value.code == "receipt.form"


def test_the_command_checks_a_package_offline(
    signed: Round, olu: User, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = export(signed, olu)
    package, known = tmp_path / "national.zip", tmp_path / "keys.json"
    package.write_bytes(marked.data_of(made))
    known.write_text(json.dumps(receipts.keys_text(sign.published_keys())))
    given = ["verify", str(package), "--key", str(known)]
    # In a process that has no database and no settings.
    done = subprocess.run(
        [sys.executable, "-m", "goldenthread", "receipt", *given, "--json"],
        env={"PYTHONPATH": str(Path(receipts.__file__).parents[2])}, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert (said["package"], said["evidence"]["enclosed"]) == (made.code, 4)
    assert run(given) == 0
    assert f"Package {made.code} is whole" in capsys.readouterr().out
    assert run(given[:2]) == 0  # by the keys of this installation
    assert run([*given, "--script", str(package)]) == 2
    found = unpacked(made)
    found["marks.csv"] += b"x"
    package.write_bytes(packed(found).getvalue())
    assert run(given) == 1
    assert "marks.csv was altered" in capsys.readouterr().err
    package.write_bytes(marked.data_of(made))
    known.write_text(receipts.encoded(bytes(range(32))))
    assert run(given) == 1
    package.write_bytes(marked.data_of(made)[:2000])
    assert run(given) == 2


def test_evidence_cannot_be_changed_by_leaving_out_that_there_is_any(signed: Round, olu: User) -> None:
    found, code = unpacked(export(signed, olu)), Script.objects.get().sitting.code
    manifest, seal = json.loads(found["manifest.json"]), json.loads(found["signature.json"])
    found[f"evidence/{code}-1.txt"] = b"other"
    manifest["sha256"][f"evidence/{code}-1.txt"] = hashlib.sha256(b"other").hexdigest()
    del manifest["evidence"], seal["manifest_signature"]
    found |= {
        "manifest.json": national_signing.json_bytes(manifest), "signature.json": national_signing.json_bytes(seal),
        "answer.csv": marked.answer_file(manifest["package"], "*,confirmed,,,"),
    }  # fmt: skip
    with pytest.raises(Refused, match="signature doesn't fit"):
        national_verifying.verify(packed(found), keys())
    with pytest.raises(Refused) as refused:
        national.read(round=signed, name="a.zip", data=packed(found).getvalue(), by=olu, at=AT)
    assert refused.value.code == "national.signature"


# --- its name ----------------------------------------------------------------------------------------------
def test_what_of_the_evidence_is_enclosed_gives_the_package_no_other_name(
    signed: Round, olu: User, monkeypatch: Any
) -> None:
    set_state(2, CheckState.WAITING, olu)
    before = export(signed, olu)
    set_state(2, CheckState.CLEAN, olu)
    after = export(signed, olu)
    monkeypatch.setattr(national_evidence, "for_markers", lambda stored: b"as another library covers it")
    covered = export(signed, olu)
    assert before.code == after.code == covered.code
    assert len({marked.data_of(before), marked.data_of(after), marked.data_of(covered)}) == 3
    for made in (before, after, covered):  # whichever was sent out, its answer is taken
        assert national_verifying.verify(io.BytesIO(marked.data_of(made)), keys()).code == made.code
        found = unpacked(made) | {"answer.csv": marked.answer_file(made.code, "*,confirmed,,,")}
        answer = national.read(round=signed, name="a.zip", data=packed(found).getvalue(), by=olu, at=AT)
        national.take_back(answer=answer, by=olu, at=AT)


def test_what_was_downloaded_last_is_what_an_answer_is_about(signed: Round, olu: User) -> None:
    first = export(signed, olu)
    account, script = User.objects.get(name=NAME), Script.objects.get()
    Script.objects.update(text=f"{script.text} Said by Zola.", parts={})
    User.objects.filter(pk=account.pk).update(
        name="Zola Applicant"
    )  # a name is covered, so the text is another
    second = national.export(round=signed, by=olu, at=AT + timedelta(hours=1))
    assert second.code != first.code
    User.objects.filter(pk=account.pk).update(name=NAME)
    Script.objects.update(text=script.text, parts=script.parts)
    again = national.export(round=signed, by=olu, at=AT + timedelta(hours=2))
    assert again.code == first.code
    assert [one.sha256 for one in national.packages_of(signed)] == [first.sha256, second.sha256]
    with pytest.raises(Refused, match=f"this round's is {first.code}"):
        national.read(
            round=signed, name="b", data=marked.answer_file(second.code, "*,confirmed,,,"), by=olu, at=AT
        )
    data = marked.answer_file(first.code, "*,confirmed,,,")
    assert national.read(round=signed, name="a", data=data, by=olu, at=AT).confirmed == 1


# --- the answer --------------------------------------------------------------------------------------------
def test_the_answer_comes_back_alone_or_in_the_whole_package(signed: Round, olu: User) -> None:
    made = export(signed, olu)
    found = unpacked(made)
    found["answer.csv"] = marked.answer_file(made.code, "*,confirmed,,,")
    whole = packed(found).getvalue()
    answer = national.read(round=signed, name="answer.zip", data=whole, by=olu, at=AT)
    assert answer.confirmed == 1
    national.take_back(answer=answer, by=olu, at=AT)
    code = Script.objects.get().sitting.code
    found[f"evidence/{code}-1.txt"] = b"other"
    with pytest.raises(Refused, match="was changed on its way"):
        national.read(round=signed, name="a.zip", data=packed(found).getvalue(), by=olu, at=AT)
