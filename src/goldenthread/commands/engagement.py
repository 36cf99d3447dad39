"""`goldenthread engagement verify`: count anew from plan and ledger, and tell where what is written differs."""

import argparse
from typing import TYPE_CHECKING

from goldenthread.commands import start_django

if TYPE_CHECKING:
    from goldenthread.engagement.together import SetStanding

LISTED = 100


def run(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="goldenthread engagement")
    parser.add_argument("what", choices=["verify"])
    parser.parse_args(arguments)
    start_django()
    from goldenthread.engagement import together
    from goldenthread.engagement.models import Standing

    drifts = list(together.verify())
    for drift in drifts[:LISTED]:
        print(
            f"enrolment {drift.enrolment_id}: {_told(drift.written)} written, {_told(drift.counted_anew)} counted"
        )
    if len(drifts) > LISTED:
        print(f"... and {len(drifts) - LISTED} more")
    print(
        f"{Standing.objects.count()} enrolments: " + (f"{len(drifts)} differ" if drifts else "all as counted")
    )
    return 1 if drifts else 0


def _told(one: "SetStanding | None") -> str:
    return "nothing" if one is None else f"{one.counted} of {one.planned} min"
