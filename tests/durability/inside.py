"""What a test of durability asks of an installation's database, in a process that has its settings.

`people NUMBER` makes the database and its participants; `scripts` says what is stored; `deliver` sends what waits.
"""

import json
import sys
from collections.abc import Callable
from datetime import timedelta
from typing import Any


def people(number: str) -> dict[str, Any]:
    """Empty tables, the catalogue, and so many participants with an open sitting and a draft."""
    from django.core.management import call_command

    from bench import handin
    from goldenthread.catalogue import actions as catalogue
    from goldenthread.common import clock

    call_command("migrate", verbosity=0)
    catalogue.load(by=None, at=clock.now())
    text = handin.script_text()
    return {"text": text, "jobs": handin.make_jobs(int(number), text, at=clock.now())}


def scripts() -> dict[str, Any]:
    """Every script with the checksum of the text, or of the document's bytes, that are stored, and what else must come
    with it.
    """
    from django.db.models import Count, Q

    from bench.deadline import stored_checksum
    from goldenthread.assessment.models import Script, Sitting
    from goldenthread.common import audit
    from goldenthread.common.models import AuditEvent, OutboxMessage

    stored = [
        [
            script.sitting_id,
            script.number,
            stored_checksum(script),
            script.sha256,
            f"mail:script_received:{script.pk}",
        ]
        for script in Script.objects.select_related("file").order_by("sitting", "number").iterator()
    ]
    current = Sitting.objects.annotate(n=Count("scripts", filter=Q(scripts__current=True)))
    events = AuditEvent.objects.filter(verb="script.handed_in").values_list("subject", "details")
    return {
        "scripts": stored,
        "two_current": current.filter(n__gt=1).count(),
        "none_current": current.filter(n=0, scripts__isnull=False).count(),
        "events": sorted([subject, details["number"], details["sha256"]] for subject, details in events),
        "mails": sorted(OutboxMessage.objects.filter(key__startswith="mail:script_").values_list("key", flat=True)),
        "faults": [str(fault) for fault in audit.verify()],
    }  # fmt: skip


def deliver() -> dict[str, Any]:
    """Send what still waits, as a worker would once the leases of those that were killed have run out."""
    from goldenthread.commands.worker import load_jobs
    from goldenthread.common import clock, outbox
    from goldenthread.common.models import OutboxMessage

    load_jobs()
    at = clock.now() + 2 * outbox.LEASE + timedelta(minutes=5)
    sent = 0
    while more := outbox.deliver_due(at=at, limit=200):
        sent += more
    return {"sent": sent, "waiting": OutboxMessage.objects.filter(sent_at__isnull=True).count()}


ANSWERS: dict[str, Callable[..., dict[str, Any]]] = {
    "people": people,
    "scripts": scripts,
    "deliver": deliver,
}

if __name__ == "__main__":
    from goldenthread.commands import start_django

    start_django()
    json.dump(ANSWERS[sys.argv[1]](*sys.argv[2:]), sys.stdout)
