"""What the clock does for awards: issue what is missing, make certificates before they are asked for, remind of names
that nobody confirmed.
"""

import logging
from contextlib import suppress
from datetime import datetime, timedelta

from goldenthread.assessment.models import Window
from goldenthread.awards import actions, credits, name_documents, naming, next_roles
from goldenthread.awards.models import Award
from goldenthread.awards.queries import lacking_award, lacking_font, waiting_certificates
from goldenthread.common import jobs
from goldenthread.common.refused import Refused
from goldenthread.outcomes import planning

AT_ONCE = 200
log = logging.getLogger("goldenthread.awards")


@jobs.every(timedelta(minutes=1), "planned releases")
def release_planned(at: datetime) -> str:
    """Release what was planned for an instant that has come, or stop it and tell the office; each by itself. One that
    fails stops no other, and is tried again the next minute.
    """
    done = stopped = failed = 0
    for planned in planning.due(at=at):
        try:
            if planning.carry_out(planned, release=actions.release, at=at):
                done += 1
            else:
                stopped += 1
        except Exception:
            log.exception("planned release %s", planned.pk)
            failed += 1
    return f"{done} released as planned, {stopped} not" + (f", {failed} failed" if failed else "")


@jobs.every(timedelta(minutes=5), "certificates")
def make_certificates(at: datetime) -> str:
    """Issue missing awards, then make up to 200 certificates that nobody has asked for yet; those of new awards first.

    A window or a certificate that fails stops no other; a certificate that can't be made is tried again later.
    """
    windows = Window.objects.filter(pk__in=lacking_award().values("window")).order_by("pk")
    issued = sum(_issue(window, at) for window in windows)
    made = sum(_make(award, at) for award in waiting_certificates(at)[:AT_ONCE])
    return f"{issued} awards were missing, {made} certificates made, {lacking_font().count()} lack a font"


def _issue(window: Window, at: datetime) -> int:
    try:
        return actions.issue_missing(at=at, window=window)
    except Exception:
        log.exception("awards of window %s", window.pk)
        return 0


def _make(award: Award, at: datetime) -> bool:
    try:
        with suppress(Refused):
            actions.certificate_pdf(award=award, at=at)
            return True
    except Exception:
        log.exception("certificate %s", award.code)
        actions.put_off(award, at=at)
    return False


@jobs.every(timedelta(hours=6), "names on certificates")
def remind_of_names(at: datetime) -> str:
    """Remind who hasn't confirmed how their certificate spells their name, once for each window."""
    return f"{naming.remind(at=at)} mails"


@jobs.every(timedelta(days=1), "documents of name requests")
def remove_documents(at: datetime) -> str:
    """Remove what holders added to requests about a name that were answered a month ago."""
    return f"{name_documents.remove_old(at=at)} documents removed"


@jobs.every(timedelta(hours=1), "names without a font")
def look_for_fonts(at: datetime) -> str:
    """Look whether the server has the font by now that a confirmed name lacked."""
    return f"{naming.look_again()} names lack a font"


@jobs.every(timedelta(hours=1), "credit requests")
def tell_later_officers(at: datetime) -> str:
    """Tell who has become a credit officer since of the requests that are still open (S1-37)."""
    return f"{credits.tell_later_officers(at=at)} mails"


@jobs.every(timedelta(days=1), "next roles")
def ask_for_roles(at: datetime) -> str:
    """Ask graduates whose round has come for their role (S0-72)."""
    return f"{next_roles.ask(at=at)} people asked"
