"""What comes next for somebody who did not pass or was held back, where it is no further window.

The office says it, and the audit trail of their latest sitting keeps it.
"""

from django.db.models import CharField, Exists, OuterRef, Value
from django.db.models.functions import Cast, Concat

from goldenthread.common.models import AuditEvent

NEXT_SAID = "sitting.next_said"


def next_is_said() -> Exists:
    """For a query of sittings: whether somebody of the office has said what comes next after it."""
    subject = Concat(Value("sitting:"), Cast(OuterRef("pk"), CharField()))
    return Exists(AuditEvent.objects.filter(subject=subject, verb=NEXT_SAID))
