"""What the clock does for awards: issue what is missing, make certificates before they are asked for."""

from contextlib import suppress
from datetime import datetime, timedelta

from goldenthread.awards import actions
from goldenthread.awards.models import Award
from goldenthread.awards.queries import lacking_font
from goldenthread.common import jobs
from goldenthread.common.refused import Refused

AT_ONCE = 200


@jobs.every(timedelta(minutes=5), "certificates")
def make_certificates(at: datetime) -> str:
    """Make up to 200 certificates that nobody has asked for yet; those of new awards first."""
    issued = actions.issue_missing(at=at)
    waiting = Award.objects.filter(certificate__isnull=True, revoked_at__isnull=True)
    made = 0
    for award in waiting.order_by("-issued_at", "-pk")[:AT_ONCE]:
        with suppress(Refused):
            actions.certificate_pdf(award=award, at=at)
            made += 1
    lacking = lacking_font().count()
    return f"{issued} awards were missing, {made} certificates made, {lacking} lack a font"
