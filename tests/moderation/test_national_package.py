"""What a national moderator reads: texts without names, marks by point, the scheme in words; and our signature."""

import csv
import io
import json
import zipfile
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from goldenthread.assessment import sealed
from goldenthread.assessment.actions import sign
from goldenthread.assessment.models import ReceiptKey, Script
from goldenthread.assessment.receipts import decoded_key
from goldenthread.common.refused import Refused
from goldenthread.moderation import actions, national, national_signing, national_verifying, queries
from goldenthread.moderation.models import EarlierLook, NationalPackage, Round
from goldenthread.people.models import Role, User
from goldenthread.web.office.forms_moderation import AnswerForm
from tests import by_hand, factories
from tests import factories_marking as marked
from tests import factories_projects as make
from tests.outcomes import test_projects as road

pytestmark = pytest.mark.django_db
AT = road.MARKED
LEVELS = "0-2 Emerging: names it\n3-4 Secure: says why"


@pytest.fixture
def olu() -> User:
    return factories.member(Role.OFFICE, "Olu Office")


@pytest.fixture
def signed() -> Round:
    """A signed-off round of a version that is moderated nationally, with one account of Amara's."""
    amara = make.candidate()
    window = road.handed_in(amara, "project")
    marked.markers(2)
    road.mark(window)
    return road.sign_off(window, factories.member(Role.MODERATOR, "Chidi Moderator"), national=False)


def unpacked(made: national.Package) -> dict[str, bytes]:
    with zipfile.ZipFile(made.file) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


def table(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"))))


def export(round_: Round, by: User) -> national.Package:
    return national.export(round=round_, by=by, at=AT)


def read(round_: Round, by: User, data: bytes) -> Any:
    return national.read(round=round_, name="answer", data=data, by=by, at=AT)


# --- what is in it -----------------------------------------------------------------------------------------
@pytest.mark.requirement("S1-32", "S3-30")
def test_the_text_is_as_markers_read_it_and_points_have_words_and_marks(signed: Round, olu: User) -> None:
    script = Script.objects.select_related("sitting__enrolment__user").get()
    name = script.sitting.enrolment.user.name
    script.text = f"{script.text}\n\nWritten by {name}, who led it."
    script.parts = {}
    script.save()
    files = unpacked(export(signed, olu))
    code = script.sitting.code
    text = files[f"texts/{code}.txt"].decode()
    assert "who led it." in text
    assert name not in b"".join(files.values()).decode()
    given = table(files["points.csv"])
    assert {row["script"] for row in given} == {code}
    names = {row["marking"] for row in given}
    assert {"first", "second"} <= names <= {"first", "second", "moderator"}
    scheme = json.loads(files["scheme.json"])
    assert all(point["text"].strip() for point in scheme["points"])
    for who in ("first", "second"):
        marks = {int(row["point"]): int(row["marks"]) for row in given if row["marking"] == who}
        assert marks == road.ENOUGH
        assert set(marks) == {point["number"] for point in scheme["points"]}


def test_levels_points_and_the_moderators_looks_of_a_case_study(olu: User, monkeypatch: Any) -> None:
    monkeypatch.setattr(queries, "asks_national", lambda window: True)
    window = marked.window()
    scheme = window.case_study.scheme
    sealed.seal_points(scheme, {n: f"Says {n}" for n in range(1, 6)}, {2: LEVELS})
    scheme.save()
    marked.markers(2)
    marked.sitting(window, name="Amara Applicant")
    marked.mark_all(window, [marked.marks(1, 2, 1, 1, 1)])
    chidi, mo = (factories.member(Role.MODERATOR, f"{one} Moderator") for one in ("Chidi", "Mo"))
    opened = actions.open_round(window=window, by=chidi, at=marked.CLOSED, seed="seed")
    sampled = opened.sample.get()
    actions.mark_blind(sampled=sampled, marks=marked.FAIR, by=chidi, at=marked.CLOSED)
    User.objects.filter(pk=chidi.pk).update(is_active=False)
    actions.mark_blind(sampled=sampled, marks=marked.GOOD, by=mo, at=marked.CLOSED)
    actions.decide(sampled=sampled, decision="confirmed", note="It holds.", by=mo, at=marked.CLOSED)
    round_ = actions.sign_off(round=opened, by=mo, at=marked.CLOSED)
    files = unpacked(national.export(round=round_, by=olu, at=marked.CLOSED))
    second = [row for row in table(files["points.csv"]) if row["point"] == "2"]
    assert [(row["marking"], row["marks"], row["level"]) for row in second] == [
        ("first", "2", "Emerging"), ("second", "2", "Emerging"), ("moderator", "3", "Secure"),
        ("moderator before", "3", "Secure"),
    ]  # fmt: skip
    assert EarlierLook.objects.count() == 1
    point = json.loads(files["scheme.json"])["points"][1]
    assert point["text"] == "Says 2"
    assert [(one["name"], one["from"], one["to"]) for one in point["levels"]] == [
        ("Emerging", 0, 2), ("Secure", 3, 4),
    ]  # fmt: skip
    assert not any(
        "levels" in one for one in json.loads(files["scheme.json"])["points"] if one["number"] != 2
    )


# --- the signature -----------------------------------------------------------------------------------------
def test_the_published_key_proves_the_package(signed: Round, olu: User) -> None:
    made = export(signed, olu)
    files = unpacked(made)
    manifest, seal = json.loads(files["manifest.json"]), json.loads(files["signature.json"])
    published = {row["key"]: row["public"] for row in sign.published_keys()}
    assert seal["public_keys"].endswith("/receipts/keys.json")
    assert manifest["package_sha256"] == made.sha256 == national_signing.digest_of(manifest)
    public = Ed25519PublicKey.from_public_bytes(decoded_key(published[seal["key"]]))
    public.verify(
        national_signing.base64.b64decode(seal["signature"]),
        f"golden-thread-national-1\n{made.sha256}".encode(),
    )
    kept = NationalPackage.objects.get()
    assert (kept.form, kept.key, kept.signature) == (3, seal["key"], seal["signature"])


def filled(made: national.Package, **changes: bytes | None) -> bytes:
    """The whole package with its answer filled in, and files changed or, with None, taken out."""
    files: dict[str, bytes | None] = dict(unpacked(made))
    files["answer.csv"] = marked.answer_file(made.code, "*,confirmed,,,")
    files |= {name.replace("__", "."): data for name, data in changes.items()}
    return packed({name: data for name, data in files.items() if data is not None})


def test_the_whole_package_may_come_back_with_its_answer(signed: Round, olu: User) -> None:
    answer = read(signed, olu, filled(export(signed, olu)))
    assert (answer.confirmed, answer.adjusted) == (1, [])


@pytest.mark.parametrize(("changes", "code"), [
    ({"marks__csv": b"script\r\n"}, "national.changed"),
    ({"points__csv": None}, "national.changed"),
    ({"scheme__json": b"{}"}, "national.changed"),
    ({"signature__json": None}, "national.no_zip"),
    ({"manifest__json": b"[]"}, "national.no_zip"),
    ({"manifest__json": b"{}"}, "national.no_zip"),
    ({"signature__json": b'{"key": "x", "signature": "y"}'}, "national.signature"),
    ({"answer__csv": b""}, "national.empty"),
])  # fmt: skip
def test_a_package_that_was_changed_on_its_way_is_refused(
    signed: Round, olu: User, changes: dict[str, Any], code: str
) -> None:
    with pytest.raises(Refused) as refused:
        read(signed, olu, filled(export(signed, olu), **changes))
    assert (refused.value.code, refused.value.field) == (code, "file")


def test_a_manifest_made_to_fit_a_change_has_no_signature(signed: Round, olu: User) -> None:
    made = export(signed, olu)
    files = unpacked(made)
    manifest = json.loads(files["manifest.json"])
    manifest["sha256"]["marks.csv"] = national_signing.hashlib.sha256(b"better").hexdigest()
    changed = filled(made, marks__csv=b"better", manifest__json=national_signing.json_bytes(manifest))
    with pytest.raises(Refused) as refused:
        read(signed, olu, changed)
    assert refused.value.code == "national.signature"


def test_no_zip_breaks_the_reading(signed: Round, olu: User) -> None:
    data = filled(export(signed, olu))
    for cut in (4, 30, len(data) // 2, len(data) - 1):
        with pytest.raises(Refused) as refused:
            read(signed, olu, data[:cut] or b"PK\x03\x04")
        assert refused.value.code == "national.no_zip"


def test_what_a_program_adds_when_it_packs_a_zip_anew_is_no_change(signed: Round, olu: User) -> None:
    added: dict[str, Any] = {"__MACOSX/x": b"x", "texts/": b"", "README__txt": b"read it"}
    assert read(signed, olu, filled(export(signed, olu), **added)).confirmed == 1


def test_two_answers_in_a_package_are_none(signed: Round, olu: User) -> None:
    data = io.BytesIO(filled(export(signed, olu)))
    with pytest.warns(UserWarning, match="Duplicate"), zipfile.ZipFile(data, "a") as archive:
        archive.writestr("answer.csv", b"another")
    with pytest.raises(Refused, match=r"answer.csv of this package was changed") as refused:
        read(signed, olu, data.getvalue())
    assert refused.value.code == "national.changed"


def test_what_is_too_large_to_come_back_whole_is_said_where_it_is_asked_for(
    signed: Round, olu: User, monkeypatch: Any
) -> None:
    made = export(signed, olu)
    readme = " ".join(unpacked(made)["README.txt"].decode().split())
    assert "alone, or in the whole package where that is not more than 50 MB, unpacked" in readme
    assert "not more than 50 MB" in str(AnswerForm().fields["file"].help_text)
    monkeypatch.setattr(national_verifying, "LARGEST_BACK", 1000)
    with pytest.raises(Refused, match=r"send answer\.csv alone") as refused:
        read(signed, olu, filled(made))
    assert (refused.value.code, refused.value.field) == ("national.size", "file")
    assert read(signed, olu, marked.answer_file(made.code, "*,confirmed,,,")).confirmed == 1


def older(kept: NationalPackage) -> None:
    kept.form, kept.key, kept.signature = 1, "", ""


def by_another_key(kept: NationalPackage) -> None:
    kept.signature = national_signing.sign(kept.sha256, bytes(32))


def of_other_content(kept: NationalPackage) -> None:
    kept.sha256 = "0" * 64


@pytest.mark.parametrize(("change", "code", "said"), [
    (older, "national.form", "Download the package once more, send that one out"),
    (by_another_key, "national.unsigned", "doesn't bear our signature"),
    (of_other_content, "national.unsigned", "Download the package once more"),
])  # fmt: skip
def test_an_answer_to_a_package_without_our_signature_says_what_to_do(
    signed: Round, olu: User, change: Callable[[NationalPackage], None], code: str, said: str
) -> None:
    export(signed, olu)
    kept = NationalPackage.objects.get()
    change(kept)
    kept.save()
    with pytest.raises(Refused, match=said) as refused:
        read(signed, olu, marked.answer_file(kept.sha256[:16], "*,confirmed,,,"))
    assert refused.value.code == code
    if change is older:
        NationalPackage.objects.update(sha256="1" * 64)  # an older form had another digest
        again = export(signed, olu)
        assert read(signed, olu, marked.answer_file(again.code, "*,confirmed,,,")).confirmed == 1


def test_a_package_signed_with_an_earlier_key_is_still_ours(
    signed: Round, olu: User, monkeypatch: Any
) -> None:
    made = export(signed, olu)
    monkeypatch.setattr(national, "private_key", lambda: bytes(range(32)))
    again = export(signed, olu)
    assert (again.code, ReceiptKey.objects.count()) == (made.code, 2)
    assert read(signed, olu, filled(made)).confirmed == 1


def keys() -> dict[str, bytes]:
    return {one.name: decoded_key(one.public) for one in ReceiptKey.objects.order_by("pk")}


@pytest.mark.parametrize("downloaded_again", [False, True])
def test_a_package_of_before_evidence_stood_apart_is_whole_and_its_answer_is_taken(
    signed: Round, olu: User, downloaded_again: bool
) -> None:
    found = unpacked(export(signed, olu))
    manifest, seed = json.loads(found["manifest.json"]), sign.private_key()
    manifest["form"] = 2
    digest = national_signing.digest_of(manifest)
    assert digest != national_signing.digest_of({**manifest, "evidence": {"enclosed": 3, "not_enclosed": 1}})
    manifest |= {"package": digest[:16], "package_sha256": digest}
    raw = national_signing.json_bytes(manifest)
    seal = json.loads(found["signature.json"]) | {
        "signature": national_signing.sign(digest, seed), "package_sha256": digest,
        "manifest_signature": national_signing.sign_manifest(raw, seed),
    }  # fmt: skip
    found |= {"manifest.json": raw, "signature.json": national_signing.json_bytes(seal)}
    NationalPackage.objects.update(form=2, sha256=digest, signature=seal["signature"])
    assert national_verifying.verify(io.BytesIO(packed(found)), keys()).code == digest[:16]
    found["answer.csv"] = marked.answer_file(digest[:16], "*,confirmed,,,")
    again = export(signed, olu) if downloaded_again else None  # by the form of today it has another name
    for data in (found["answer.csv"], packed(found)):
        national.take_back(answer=read(signed, olu, data), by=olu, at=AT)
    if again:
        data = marked.answer_file(again.code, "*,confirmed,,,")
        national.take_back(answer=read(signed, olu, data), by=olu, at=AT)
    by_hand.alter(
        Round.objects.all(), signed_off_at=AT + timedelta(days=1)
    )  # opened again, and signed off anew
    for data in (found["answer.csv"], packed(found)) if downloaded_again else ():
        with pytest.raises(Refused, match=r"of this round is|this round's is"):
            read(signed, olu, data)
