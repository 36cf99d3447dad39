"""`goldenthread audit verify|anchor`: prove that the audit trail is whole, or tie it together now."""

import argparse

from goldenthread.commands import start_django

LISTED = 100


def run(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="goldenthread audit")
    parser.add_argument("what", choices=["verify", "anchor"])
    options = parser.parse_args(arguments)
    start_django()
    return _verify() if options.what == "verify" else _anchor()


def _verify() -> int:
    from django.db import connection

    from goldenthread.common import append_only, audit
    from goldenthread.common.models import AuditAnchor, AuditEvent

    open_tables = append_only.missing(connection)
    for table in open_tables:
        print(f"{table}: its rows can be changed, the guard is not there; run `goldenthread prepare`")
    faults = list(audit.verify())
    for fault in faults[:LISTED]:
        print(f"{fault.subject} #{fault.sequence}: {fault.problem}")
    if len(faults) > LISTED:
        print(f"... and {len(faults) - LISTED} more")
    chains = AuditEvent.objects.order_by().values("subject").distinct().count()
    print(
        f"{AuditEvent.objects.count()} events in {chains} chains and {AuditAnchor.objects.count()} anchors: "
        + (f"{len(faults)} faults" if faults else "whole")
    )
    return 1 if faults or open_tables else 0


def _anchor() -> int:
    from goldenthread.common import audit, clock

    anchor = audit.anchor(at=clock.now())
    print(f"anchored {anchor.events} events" if anchor else "nothing new to anchor")
    return 0
