"""`goldenthread badge verify FILE`: whether the badge of an award is ours and stands. Also: keys, rotate, withdraw."""

import argparse
import json
import sys
from pathlib import Path

from goldenthread.common.refused import Refused


def run(arguments: list[str]) -> int:
    """0 for a badge that stands, 1 for one that doesn't, 2 for what can't be read or done."""
    try:
        options = _parser().parse_args(arguments)
    except SystemExit as leaving:
        return int(leaving.code or 0)
    from goldenthread.commands import start_django

    start_django()
    try:
        return int(
            {"verify": _verify, "keys": _keys, "rotate": _rotate, "withdraw": _withdraw}[options.what](
                options
            )
        )
    except Refused as no:
        print(f"goldenthread badge: {no.message}", file=sys.stderr)
        return 1 if no.code.startswith("credential.") and no.code != "credential.form" else 2
    except OSError as fault:
        print(f"goldenthread badge: {fault.filename}: {fault.strerror or fault}", file=sys.stderr)
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="goldenthread badge", description=__doc__)
    verbs = parser.add_subparsers(dest="what", required=True)
    verify = verbs.add_parser("verify", help="check a badge against this installation's keys and awards")
    verify.add_argument("file", metavar="FILE", help="the JSON, PNG or SVG file, as it was downloaded")
    verbs.add_parser("keys", help="print our DID document with the public keys")
    verbs.add_parser("rotate", help="sign with a new key from now on; what the old one signed still holds")
    withdraw = verbs.add_parser("withdraw", help="let what a key signed prove nothing any more")
    withdraw.add_argument(
        "key", metavar="KEY", help="its name: sixteen signs, as `keys` prints it after #key-"
    )
    withdraw.add_argument("--reason", required=True)
    return parser


def _verify(options: argparse.Namespace) -> int:
    from goldenthread.awards import badges

    with Path(options.file).open("rb") as file:
        award = badges.verified(file.read(badges.LARGEST + 1))
    print(
        f"{award.programme_name}, {award.edition} edition\nAwarded    {award.awarded_on}\nProvider   {award.provider}"
    )
    print("This badge is whole, was signed by the provider, and its award stands.")
    return 0


def _keys(options: argparse.Namespace) -> int:
    from goldenthread.awards import badges
    from goldenthread.common import clock

    print(json.dumps(badges.did_document(at=clock.now()), indent=2))
    return 0


def _rotate(options: argparse.Namespace) -> int:
    from goldenthread.awards import badges
    from goldenthread.common import clock

    print(f"Badges are signed with the key {badges.rotate_key(at=clock.now()).name} from now on.")
    return 0


def _withdraw(options: argparse.Namespace) -> int:
    from goldenthread.awards import badges
    from goldenthread.common import clock

    key = badges.withdraw_key(name=options.key, reason=options.reason, at=clock.now())
    print(f"The key {key.name} is withdrawn. Holders download their badge again.")
    return 0
