"""The Open Badge of an award: what it says, that it proves itself to others, and what makes it prove nothing.

The signature is checked by code of the tests' own, in `verifier.py`: the facts are written out by hand as the contexts
of the W3C and of 1EdTech mean them. `script/verify-badge` has other people's verifier do it.
"""

import base64
import copy
import gzip
import hashlib
import io
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from PIL import Image

from goldenthread.awards import actions, badges, credential, pictures, proofs, quads
from goldenthread.awards.models import Award, Badge, BadgeKey
from goldenthread.common import private_keys
from goldenthread.common.models import AuditEvent
from goldenthread.common.refused import Refused
from tests import by_hand
from tests import factories_marking as make
from tests.awards.test_actions import award, released
from tests.awards.verifier import base58_decoded, stands

pytestmark = pytest.mark.django_db
AT = make.CLOSED
SEED = bytes(range(32))
BASE = "https://npq.example.org"


@pytest.fixture(autouse=True)
def _keys(settings: Any, tmp_path: Path) -> None:
    settings.BADGE_KEY, settings.BADGE_KEY_FILE = "", tmp_path / "badge-key"
    settings.BASE_URL = BASE


def bit(encoded: str, position: int) -> int:
    assert encoded[0] == "u"
    raw = gzip.decompress(base64.urlsafe_b64decode(encoded[1:] + "=" * (-len(encoded[1:]) % 4)))
    assert len(raw) * 8 >= 131_072
    return raw[position // 8] >> (7 - position % 8) & 1


def revoked(doc: dict[str, Any]) -> int:
    """What our list says of a badge now."""
    entry = doc["credentialStatus"]
    number = int(entry["statusListCredential"].rstrip("/").rpartition("/")[2])
    found: Any = badges.status_list(number, at=AT)
    assert found["id"] == entry["statusListCredential"]
    proofs.check(found, private_keys.public_half(badges.private_key()))
    return bit(found["credentialSubject"]["encodedList"], int(entry["statusListIndex"]))


def did() -> dict[str, Any]:
    return badges.did_document(at=AT)


def refusal(doc: dict[str, Any]) -> str:
    with pytest.raises(Refused) as no:
        badges.verified(json.dumps(doc).encode())
    return str(no.value.code)


# --- what it says ---------------------------------------------------------------------------------------
@pytest.mark.requirement("S1-08")
def test_a_badge_says_what_was_achieved_and_proves_itself_to_whoever_has_our_keys() -> None:
    made = award()
    doc = badges.signed_badge(award=made, at=AT)
    assert doc["type"] == ["VerifiableCredential", "OpenBadgeCredential"]
    assert doc["@context"][0] == "https://www.w3.org/ns/credentials/v2"
    assert doc["issuer"]["id"] == did()["id"] == "did:web:npq.example.org"
    assert doc["validFrom"] == "2025-10-14T00:00:00Z"
    what = doc["credentialSubject"]["achievement"]
    assert (what["name"], what["humanCode"], what["version"]) == (made.programme_name, "NPQLT", "reformed")
    assert stands(doc, did())
    assert badges.verified(json.dumps(doc).encode()) == made


def test_of_its_holder_there_is_a_salted_hash_of_the_address_and_nothing_else() -> None:
    made = award()
    doc = badges.signed_badge(award=made, at=AT)
    text = json.dumps(doc, ensure_ascii=False)
    holder = made.outcome.enrolment.user
    for told in (holder.name, "Siân", holder.email, made.code, made.outcome.enrolment.reference):
        assert told not in text
    (who,) = doc["credentialSubject"]["identifier"]
    expected = hashlib.sha256((holder.email.lower() + who["salt"]).encode()).hexdigest()
    assert who["identityHash"] == f"sha256${expected}"
    assert len(who["salt"]) == 32


@pytest.mark.parametrize("people", [2, 5])
def test_each_badge_has_a_salt_of_its_own_so_that_no_two_of_one_address_can_be_tied_together(
    people: int,
) -> None:
    """A table of hashes made beforehand finds nobody, and badges of one person don't show that they are of one."""
    released(*[3996] * people)
    holders = []
    for made in Award.objects.order_by("pk"):
        what = replace(badges.achieved(made, badges.badge_of(made, at=AT)), email="one.and@the.same")
        doc = credential.badge(what, base_url=BASE)
        (who,) = doc["credentialSubject"]["identifier"]
        assert who["hashed"] is True
        assert who["identityHash"] == credential.identity_hash(" One.And@the.same ", who["salt"])
        assert who["identityHash"] != credential.identity_hash("somebody@else.org", who["salt"])
        holders.append(who)
    for name in ("salt", "identityHash"):
        assert len({who[name] for who in holders}) == people
    bare = "sha256$" + hashlib.sha256(b"one.and@the.same").hexdigest()
    assert bare not in {who["identityHash"] for who in holders}


OTHER = "https://awards.example.net"


@pytest.mark.parametrize("known", [True, False])
def test_a_badge_from_before_the_address_changed_holds_while_the_former_one_answers(
    settings: Any, known: bool
) -> None:
    made = award()
    old = badges.signed_badge(award=made, at=AT)
    settings.BASE_URL, settings.FORMER_URLS = OTHER, [f"{BASE}/"] if known else []
    new = badges.signed_badge(award=made, at=AT)
    assert (old["issuer"]["id"], new["issuer"]["id"]) == (
        "did:web:npq.example.org",
        "did:web:awards.example.net",
    )
    assert badges.verified(json.dumps(new).encode()) == made
    assert stands(new, did())
    if not known:
        assert refusal(old) == "credential.key"
        return
    assert badges.verified(json.dumps(old).encode()) == made
    there = badges.did_document(at=AT, base_url=badges.address_at("npq.example.org"))
    assert there["id"] == "did:web:npq.example.org"
    assert stands(old, there)
    actions.revoke(award=made, reason="Issued in error.", by=None, at=AT)
    assert refusal(old) == "credential.revoked"


def test_each_host_answers_verifiers_in_its_own_name(settings: Any) -> None:
    made = award()
    old = badges.signed_badge(award=made, at=AT)
    settings.BASE_URL, settings.FORMER_URLS = OTHER, [BASE]
    settings.ALLOWED_HOSTS = ["npq.example.org", "awards.example.net", "else.example.com"]
    for host, base in (("npq.example.org", BASE), ("awards.example.net", OTHER), ("else.example.com", OTHER)):
        document = json.loads(Client().get("/.well-known/did.json", headers={"host": host}).content)
        assert document["id"] == credential.did_of(base)
        if base == BASE:
            assert stands(old, document)
        found = json.loads(Client().get("/credentials/status/1/", headers={"host": host}).content)
        assert found["id"] == credential.list_address(base, 1)
        assert found["issuer"] == credential.did_of(base)
        assert found["proof"]["verificationMethod"].startswith(f"{credential.did_of(base)}#key-")
        proofs.check(found, private_keys.public_half(badges.private_key()))
    assert old["credentialStatus"]["statusListCredential"] == credential.list_address(BASE, 1)


def test_a_badge_is_made_once_and_signed_at_each_download() -> None:
    made = award()
    first, second = (badges.signed_badge(award=made, at=AT + timedelta(days=days)) for days in (0, 400))
    assert first["proof"]["created"] != second["proof"]["created"]
    assert {key: value for key, value in first.items() if key != "proof"} == {
        key: value for key, value in second.items() if key != "proof"
    }
    assert AuditEvent.objects.filter(verb="badge.made").count() == 1


def test_in_a_demonstration_it_says_that_it_is_a_specimen(settings: Any) -> None:
    settings.DEMONSTRATION = True
    doc = badges.signed_badge(award=award(), at=AT)
    assert doc["name"].startswith("SPECIMEN. ")
    assert "certifies nothing" in doc["credentialSubject"]["achievement"]["description"]


@pytest.mark.parametrize(
    ("base", "who"),
    [
        ("https://npq.example.org", "did:web:npq.example.org"),
        ("http://localhost:8000", "did:web:localhost%3A8000"),
    ],
)
def test_our_name_to_verifiers_is_the_host_of_our_address(base: str, who: str) -> None:
    assert credential.did_of(base) == who


# --- what makes it prove nothing --------------------------------------------------------------------------
def _other_name(doc: dict[str, Any]) -> None:
    doc["name"] = "Doctor of Everything"


def _other_achievement(doc: dict[str, Any]) -> None:
    doc["credentialSubject"]["achievement"]["name"] = "NPQ for Headship"


def _other_holder(doc: dict[str, Any]) -> None:
    doc["credentialSubject"]["identifier"][0]["identityHash"] = credential.identity_hash("a@b.org", "x")


def _other_place(doc: dict[str, Any]) -> None:
    doc["credentialStatus"]["statusListIndex"] = "7"


def _other_day(doc: dict[str, Any]) -> None:
    doc["validFrom"] = "2020-01-01T00:00:00Z"


def _later_proof(doc: dict[str, Any]) -> None:
    doc["proof"]["created"] = "2030-01-01T00:00:00Z"


def _other_issuer(doc: dict[str, Any]) -> None:
    doc["issuer"]["name"] = "Oxford"


CHANGES = [
    _other_name,
    _other_achievement,
    _other_holder,
    _other_place,
    _other_day,
    _later_proof,
    _other_issuer,
]


@pytest.mark.parametrize("change", CHANGES)
def test_whatever_is_changed_in_a_badge_breaks_its_proof(change: Callable[[dict[str, Any]], None]) -> None:
    doc = badges.signed_badge(award=award(), at=AT)
    change(doc)
    assert not stands(doc, did())
    assert refusal(doc) == "credential.altered"


@pytest.mark.parametrize(
    "change",
    [
        lambda doc: doc.update(note="unsigned"),
        lambda doc: doc["credentialSubject"].update(holder="Somebody Else"),
        lambda doc: doc["type"].append("UniversityDegreeCredential"),
        lambda doc: doc.update({"@context": [*doc["@context"], "https://evil.example/context"]}),
        lambda doc: doc.pop("proof"),
        lambda doc: doc["proof"].update(domain="evil.example"),
        lambda doc: doc["proof"].update(proofValue="z0OIl"),
        lambda doc: doc["proof"].update(cryptosuite="none"),
        lambda doc: doc.update(name=7),
        lambda doc: doc.update(name="two\nlines"),
        lambda doc: doc.update(id="urn:x> <y"),
    ],
)
def test_what_the_signature_does_not_cover_is_refused(change: Callable[[dict[str, Any]], None]) -> None:
    doc = badges.signed_badge(award=award(), at=AT)
    change(doc)
    assert refusal(doc) in {"credential.form", "credential.key", "credential.altered"}


def test_a_proof_from_another_badge_fits_no_other() -> None:
    released(3996, 4000)
    one, other = (badges.signed_badge(award=made, at=AT) for made in Award.objects.order_by("pk"))
    swapped = {**one, "proof": other["proof"]}
    assert not stands(swapped, did())
    assert refusal(swapped) == "credential.altered"


def test_a_badge_signed_by_somebody_else_in_our_name_is_not_ours() -> None:
    made = award()
    badges.signed_badge(award=made, at=AT)
    doc = credential.badge(badges.achieved(made, made.badges.get()), base_url=BASE)
    real = f"{BASE.replace('https://', 'did:web:')}#key-{BadgeKey.objects.get().name}"
    forged = proofs.signed(doc, seed=SEED, method=real, created=credential.instant(AT))
    assert not stands(forged, did())
    assert refusal(forged) == "credential.altered"
    theirs = proofs.signed(doc, seed=SEED, method=f"{did()['id']}#key-theirs", created=credential.instant(AT))
    assert refusal(theirs) == "credential.key"


def test_a_revoked_award_is_revoked_for_verifiers_too_and_gives_no_badge() -> None:
    released(3996, 4000)
    one, other = Award.objects.order_by("pk")
    taken, kept = (badges.signed_badge(award=made, at=AT) for made in (one, other))
    assert (revoked(taken), revoked(kept)) == (0, 0)
    again = actions.revoke(award=one, reason="Issued in error.", by=None, at=AT)
    assert (revoked(taken), revoked(kept)) == (1, 0)
    assert stands(taken, did())  # the proof holds; it is the list that says it
    assert refusal(taken) == "credential.revoked"
    with pytest.raises(Refused, match="revoked"):
        badges.signed_badge(award=again, at=AT)


def test_after_a_rotation_old_badges_still_hold_and_new_ones_have_the_new_key() -> None:
    made = award()
    before = badges.signed_badge(award=made, at=AT)
    badges.rotate_key(at=AT + timedelta(days=1))
    after = badges.signed_badge(award=made, at=AT + timedelta(days=1))
    assert before["proof"]["verificationMethod"] != after["proof"]["verificationMethod"]
    published = did()
    assert len(published["verificationMethod"]) == len(published["assertionMethod"]) == 2
    assert stands(before, published)
    assert stands(after, published)
    assert badges.verified(json.dumps(before).encode()) == badges.verified(json.dumps(after).encode()) == made


def test_a_withdrawn_key_proves_nothing_any_more_and_a_new_download_helps() -> None:
    made = award()
    before = badges.signed_badge(award=made, at=AT)
    name = BadgeKey.objects.get().name
    with pytest.raises(Refused, match="rotate it first"):
        badges.withdraw_key(name=name, reason="Stolen.", at=AT)
    badges.rotate_key(at=AT)
    with pytest.raises(Refused, match="Say why"):
        badges.withdraw_key(name=name, reason=" ", at=AT)
    for _ in range(2):
        badges.withdraw_key(name=name, reason="Stolen.", at=AT + timedelta(hours=1))
    assert AuditEvent.objects.filter(verb="badge_key.withdrawn").count() == 1
    (gone,) = (one for one in did()["verificationMethod"] if one["id"].endswith(name))
    assert gone["revoked"] == credential.instant(AT + timedelta(hours=1))
    assert not stands(before, did())
    assert refusal(before) == "credential.key_withdrawn"
    assert stands(badges.signed_badge(award=made, at=AT), did())


def test_a_withdrawn_key_that_comes_back_by_the_environment_signs_nothing(settings: Any) -> None:
    made = award()
    settings.BADGE_KEY = base64.b64encode(SEED).decode()
    badges.signed_badge(award=made, at=AT)
    with pytest.raises(Refused, match="GOLDENTHREAD_BADGE_KEY"):
        badges.rotate_key(at=AT)
    settings.BADGE_KEY = base64.b64encode(bytes(32)).decode()
    badges.withdraw_key(name=badges.key_name(private_keys.public_half(SEED)), reason="Stolen.", at=AT)
    assert stands(badges.signed_badge(award=made, at=AT), did())
    settings.BADGE_KEY = base64.b64encode(SEED).decode()
    with pytest.raises(Refused, match="can't be signed"):
        badges.signed_badge(award=made, at=AT)


def test_a_name_that_stands_twice_in_a_file_is_refused() -> None:
    text = json.dumps(badges.signed_badge(award=award(), at=AT))
    with pytest.raises(Refused) as no:
        badges.verified(text.replace('{"@context"', '{"name": "Doctor", "@context"', 1).encode())
    assert no.value.code == "credential.form"


@pytest.mark.parametrize("data", [b"", b"{}", b"[]", b"\xff\xfe", b"<svg/>", b"[" * 100_000, b"x" * 300_000])
def test_what_is_no_badge_is_refused(data: bytes) -> None:
    with pytest.raises(Refused) as no:
        badges.verified(data)
    assert no.value.code == "credential.form"


def test_a_badge_in_its_picture_is_the_same_badge() -> None:
    made = award()
    by_hand.alter(Award.objects.all(), programme_name='Leading ]]> "Teaching" <b> & more')
    made.refresh_from_db()
    doc = badges.signed_badge(award=made, at=AT)
    picture = pictures.baked_svg(
        doc, code="NPQLT", title=made.programme_name, awarded="14 October 2025", specimen=False
    )
    import xml.etree.ElementTree as ET

    root = ET.fromstring(picture.encode())
    inside = root.find("{https://purl.imsglobal.org/ob/v3p0}credential")
    assert inside is not None
    assert json.loads(inside.text or "") == doc
    assert badges.verified(picture.encode()) == made


def test_a_picture_as_png_holds_the_badge_and_still_is_a_picture() -> None:
    made = award()
    doc = badges.signed_badge(award=made, at=AT)
    picture = pictures.baked_png(doc, code="NPQLT", title="王小明 #evil *b*", awarded="today", specimen=True)
    with Image.open(io.BytesIO(picture)) as opened:
        opened.load()
        assert (opened.format, opened.size) == ("PNG", (800, 800))
        assert json.loads(opened.text["openbadgecredential"]) == doc  # type: ignore[attr-defined]
    assert len(picture) < badges.LARGEST
    assert badges.verified(picture) == made


@pytest.mark.parametrize("cut", [0, 8, 20, 40, 60, 200])
def test_a_picture_that_is_cut_off_or_empty_is_no_badge(cut: int) -> None:
    picture = pictures.baked_png({"@context": []}, code="NPQLT", title="T", awarded="today", specimen=True)
    with pytest.raises(Refused) as no:
        badges.verified(picture[:cut])
    assert no.value.code == "credential.form"


# --- places in the lists ------------------------------------------------------------------------------------
def test_a_taken_place_is_not_given_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    released(3996, 4000)
    one, other = Award.objects.order_by("pk")
    places = iter([5, 5, 5, 9])
    monkeypatch.setattr(badges.secrets, "randbelow", lambda _: next(places))
    assert [badges.badge_of(made, at=AT).position for made in (one, other)] == [5, 9]


def test_a_list_that_is_half_full_is_followed_by_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(credential, "LIST_SIZE", 16)
    released(*[3996] * 3)
    monkeypatch.setattr(credential, "LIST_SIZE", 4)
    lists = [badges.badge_of(made, at=AT).list_number for made in Award.objects.order_by("pk")]
    assert lists == [1, 1, 2]


def test_lists_that_are_not_there() -> None:
    assert badges.status_list(1, at=AT) is not None  # a new installation has an empty first one
    assert badges.status_list(2, at=AT) is None


# --- the holder decides -------------------------------------------------------------------------------------
def test_a_badge_is_shown_only_while_its_holder_allows_it() -> None:
    made = award()
    badge = badges.badge_of(made, at=AT)
    assert badges.shown_badge(badge.uuid) is None
    for _ in range(2):
        badges.show(award=made, shown=True, by=None, at=AT)
    assert badges.shown_badge(badge.uuid) == badge
    badges.show(award=made, shown=False, by=None, at=AT)
    assert badges.shown_badge(badge.uuid) is None
    verbs = AuditEvent.objects.filter(verb__in=("badge.shown", "badge.hidden")).order_by("pk")
    assert [event.verb for event in verbs] == ["badge.shown", "badge.hidden"]
    badges.show(award=made, shown=True, by=None, at=AT)
    actions.revoke(award=made, reason="Error.", by=None, at=AT)
    assert badges.shown_badge(badge.uuid) is None
    assert Badge.objects.count() == 1


# --- the parts ------------------------------------------------------------------------------------------------
SAMPLE = Path(__file__).with_name("badge_sample.json")


def test_the_sample_that_other_peoples_verifiers_accept_is_what_we_make() -> None:
    """`script/verify-badge` has other people's verifier accept this very sample, and refuse it when it is changed."""
    sample = json.loads(SAMPLE.read_text())
    bare = copy.deepcopy(sample)
    proof = bare.pop("proof")
    again = proofs.signed(bare, seed=SEED, method=proof["verificationMethod"], created=proof["created"])
    assert again == sample


@pytest.mark.parametrize("raw", [b"", b"\0", b"\0\0\1", b"\xff" * 34, bytes(range(64))])
def test_base_58_there_and_back(raw: bytes) -> None:
    if raw:
        assert proofs.from_base58(proofs.base58(raw)) == raw == base58_decoded(proofs.base58(raw))
    else:
        with pytest.raises(Refused):
            proofs.from_base58(proofs.base58(raw))


def test_a_public_key_as_verifiers_read_it() -> None:
    public = private_keys.public_half(SEED)
    assert proofs.multikey(public).startswith("z6Mk")
    assert base58_decoded(proofs.multikey(public)) == b"\xed\x01" + public


def test_facts_that_cannot_be_told_apart_are_refused() -> None:
    same = {"type": "IdentityObject", "hashed": True}
    with pytest.raises(Refused, match="told apart"):
        quads.canonical({"type": "AchievementSubject", "identifier": [same, dict(same)]})


def test_deep_nesting_is_refused() -> None:
    deep: dict[str, Any] = {"type": "Achievement"}
    for _ in range(50):
        deep = {"type": "AchievementSubject", "achievement": deep}
    with pytest.raises(Refused, match="deeply"):
        quads.canonical(deep)
