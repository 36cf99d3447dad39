"""`goldenthread keys`: the master keys that unseen case studies are sealed with."""

import argparse
import sys

from goldenthread.assessment import sealing
from goldenthread.common.refused import Refused


def run(arguments: list[str]) -> int:
    """0 when all is well; 1 where a seal doesn't open or has no key here; 2 for what can't be done."""
    try:
        options = _parser().parse_args(arguments)
    except SystemExit as leaving:
        return int(leaving.code or 0)
    if options.what == "new":
        print(sealing.new_key())
        return 0
    from goldenthread.commands import start_django

    start_django()
    try:
        return {"list": _list, "check": _check, "rewrap": _rewrap, "rotate": _rotate}[options.what]()
    except sealing.Unreadable as fault:
        print(f"goldenthread keys: {fault.message}", file=sys.stderr)
        return 1
    except Refused as no:
        print(f"goldenthread keys: {no.message}", file=sys.stderr)
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="goldenthread keys", description=__doc__)
    verbs = parser.add_subparsers(dest="what", required=True)
    verbs.add_parser("new", help="print a new key for GOLDENTHREAD_CASE_KEYS; nothing is stored")
    verbs.add_parser("list", help="the names of the keys here, and how many seals each wraps")
    verbs.add_parser("check", help="open every seal, show nothing of it, and say which don't open")
    verbs.add_parser("rewrap", help="wrap everything with the newest key, so that older ones can go")
    verbs.add_parser("rotate", help="do all of it with the keys of the data folder, outside production")
    return parser


def _list() -> int:
    from goldenthread.assessment import case_keys
    from goldenthread.assessment.actions import seals_by_key

    known, used = case_keys.ring().names, seals_by_key()
    for name in known:
        note = "  newest: new seals use it" if name == known[0] else "" if used.get(name) else "  may go"
        print(f"{name}  {used.get(name, 0)} seals{note}")
    missing = {name: count for name, count in used.items() if name not in known}
    for name, count in sorted(missing.items()):
        print(
            f"{name or '(none)'}  {count} seals  {'this key is missing here' if name else 'not sealed by us'}"
        )
    return 1 if missing else 0


def _check() -> int:
    from goldenthread.assessment.actions import seals_by_key, try_seals

    faults = try_seals()
    for fault in faults:
        print(fault.message)
    print(f"{sum(seals_by_key().values())} seals, {len(faults)} don't open.")
    return 1 if faults else 0


def _rewrap() -> int:
    from goldenthread.assessment import case_keys
    from goldenthread.assessment.actions import rewrap
    from goldenthread.common import clock

    done = rewrap(by=None, at=clock.now())
    print(f"{done} seals are wrapped anew; all are wrapped by {case_keys.ring().newest}.")
    return 0


def _rotate() -> int:
    from goldenthread.assessment import case_keys

    print(f"The new key is {case_keys.add()}.")
    _rewrap()
    case_keys.drop_others()
    return 0
