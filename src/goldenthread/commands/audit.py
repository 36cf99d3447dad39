"""`goldenthread audit verify|compare|anchor`: prove that the audit trail is whole and that marks, decisions, results
and awards are what it says, do the latter alone, or tie the trail together now.
"""

import argparse
from typing import TYPE_CHECKING

from goldenthread.commands import start_django

if TYPE_CHECKING:
    from goldenthread.common.audit import Fault

LISTED = 100


def run(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="goldenthread audit")
    parser.add_argument("what", choices=["verify", "compare", "anchor"])
    options = parser.parse_args(arguments)
    start_django()
    if options.what == "anchor":
        return _anchor()
    whole = [_verify()] if options.what == "verify" else []
    return max(*whole, _compare(), 0)


def _verify() -> int:
    from django.db import connection

    from goldenthread.common import append_only, audit, settled
    from goldenthread.common.models import AuditAnchor, AuditEvent

    open_tables = append_only.missing(connection) + settled.missing(connection)
    for table in open_tables:
        print(f"{table}: its rows can be changed, the guard is not there; run `goldenthread prepare`")
    faults = list(audit.verify())
    _print(faults)
    chains = AuditEvent.objects.order_by().values("subject").distinct().count()
    print(
        f"{AuditEvent.objects.count()} events in {chains} chains and {AuditAnchor.objects.count()} anchors: "
        + (f"{len(faults)} faults" if faults else "whole")
    )
    return 1 if faults or open_tables else 0


def _compare() -> int:
    from goldenthread.reports import proving

    faults = list(proving.differences())
    _print(faults)
    print(
        "Marks, decisions, results and awards: "
        + (f"{len(faults)} are not what the trail says" if faults else "what the trail says")
    )
    return 1 if faults else 0


def _print(faults: "list[Fault]") -> None:
    for fault in faults[:LISTED]:
        print(
            f"{fault.subject} #{fault.sequence}: {fault.problem}"
            if fault.sequence
            else f"{fault.subject}: {fault.problem}"
        )
    if len(faults) > LISTED:
        print(f"... and {len(faults) - LISTED} more")


def _anchor() -> int:
    from goldenthread.common import audit, clock

    anchor = audit.anchor(at=clock.now())
    print(f"anchored {anchor.events} events" if anchor else "nothing new to anchor")
    return 0
