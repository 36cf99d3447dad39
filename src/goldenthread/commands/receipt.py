"""`goldenthread receipt verify FILE`: whether a receipt file, or a package for the national moderator, is ours and
whole. Also: keys, rotate.
"""

import argparse
import hashlib
import json
import sys
from pathlib import Path
from typing import IO, Any

from goldenthread.assessment import receipts
from goldenthread.common.refused import Refused
from goldenthread.moderation import national_verifying

LABELS = {
    "receipt": "Receipt", "person": "Person", "programme": "Programme", "intake": "Intake", "received_at": "Received",
    "words": "Words", "length": "Length", "word_rule": "Counted by", "file_name": "Document", "sha256": "SHA-256",
    "provider": "Provider", "issuer": "Issued by",
}  # fmt: skip


def run(arguments: list[str]) -> int:
    """0 for a whole receipt or package, 1 for one that isn't, 2 for what can't be read."""
    try:
        options = _parser().parse_args(arguments)
    except SystemExit as leaving:
        return int(leaving.code or 0)
    try:
        if options.what == "verify":
            return _verify(options)
        return _keys() if options.what == "keys" else _rotate()
    except Refused as no:
        print(f"goldenthread receipt: {no.message}", file=sys.stderr)
        return 1 if no.code in {"receipt.altered", "receipt.key_unknown", "receipt.script"} else 2
    except OSError as fault:
        print(f"goldenthread receipt: {fault.filename}: {fault.strerror or fault}", file=sys.stderr)
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="goldenthread receipt", description=__doc__)
    verbs = parser.add_subparsers(dest="what", required=True)
    verify = verbs.add_parser("verify", help="check a receipt file or a national package, offline with --key")
    verify.add_argument(
        "file", metavar="FILE", help="the receipt, or the zip of the package, as it was downloaded"
    )
    verify.add_argument(
        "--key", metavar="FILE", help="public keys: /receipts/keys.json as downloaded, PEM or base64"
    )
    verify.add_argument(
        "--script", metavar="FILE", help="also check that this is the file that was handed in"
    )
    verify.add_argument("--json", action="store_true")
    verbs.add_parser("keys", help="print the public keys of this installation")
    verbs.add_parser("rotate", help="sign with a new key from now on")
    return parser


def _verify(options: argparse.Namespace) -> int:
    with Path(options.file).open("rb") as file:
        if national_verifying.is_zip(file):
            return _verify_package(file, options)
    content = receipts.verify(_read(options.file).decode("utf-8", "replace"), _known_keys(options.key))
    if options.script and _sha256(options.script) != content["sha256"]:
        raise Refused(
            f"{options.script} is not what was handed in: its checksum is another one.", code="receipt.script"
        )
    print(
        json.dumps(content, indent=2, ensure_ascii=False) if options.json else _text(content, options.script)
    )
    return 0


def _verify_package(file: IO[bytes], options: argparse.Namespace) -> int:
    if options.script:
        raise Refused("--script belongs to a receipt, and this is a package.", code="receipt.form")
    found = national_verifying.verify(file, _known_keys(options.key))
    evidence = found.manifest.get("evidence") or {}
    if options.json:
        said = {"package": found.code, "files": found.files, "evidence": evidence}
        print(json.dumps(said, indent=2, ensure_ascii=False))
        return 0
    out = evidence.get("not_enclosed") if isinstance(evidence, dict) else None
    named = f" {out} of evidence not enclosed: evidence.csv says why." if out else ""
    print(
        f"Package {found.code} is whole and was signed by the provider: {found.files} files as they were sent.{named}"
    )
    return 0


def _text(content: dict[str, Any], script: str | None) -> str:
    lines = [f"{label:<11}{content[name]}" for name, label in LABELS.items() if content.get(name)]
    checked = "; the script is the one that was handed in" if script else ""
    lines += [f"{'Declared':<11}{text}" for text in receipts.declared_lines(content.get("declared", {}))]
    return "\n".join([*lines, f"This receipt is whole and was signed by the provider{checked}."])


def _known_keys(path: str | None) -> dict[str, bytes]:
    """The keys in a file; without one those of this installation, from its database."""
    if path:
        return receipts.read_keys(_read(path))
    return {one["key"]: receipts.decoded_key(one["public"]) for one in _published()}


def _published() -> list[dict[str, Any]]:
    from goldenthread.commands import start_django

    start_django()
    from goldenthread.assessment.actions.sign import published_keys

    return published_keys()


def _keys() -> int:
    print(json.dumps(receipts.keys_text(_published()), indent=2))
    return 0


def _rotate() -> int:
    from goldenthread.commands import start_django

    start_django()
    from goldenthread.assessment.actions.sign import rotate_key
    from goldenthread.common import clock

    print(f"Receipts are signed with the key {rotate_key(at=clock.now()).name} from now on.")
    return 0


def _read(path: str) -> bytes:
    with Path(path).open("rb") as file:
        data = file.read(receipts.LARGEST + 1)
    if len(data) > receipts.LARGEST:
        raise Refused(f"{path} is too large for a receipt or a list of keys.", code="receipt.form")
    return data


def _sha256(path: str) -> str:
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
