"""How a participant wants their certificate to spell their name: confirmed before the release, reminded of once."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from goldenthread.applications.models import HAD_AWARD, Enrolment
from goldenthread.assessment.models import Sitting, Window, WindowState
from goldenthread.awards import certificate
from goldenthread.awards import name_rules as rules
from goldenthread.awards.models import CertificateName
from goldenthread.common import audit, mail
from goldenthread.common.days import day_text
from goldenthread.common.models import OutboxMessage
from goldenthread.outcomes import actions as outcomes

AT_ONCE = 500  # mails in one statement


def confirm(*, enrolment: Enrolment, name: str, by: Any, at: datetime) -> CertificateName:
    """The participant says how their certificate shall spell their name; as often as they like until there is
    an award, each time with a row in the trail. The same name again changes nothing. One that this server has no font
    for is kept with the signs that it `lacks`: the office is told on its desk, and there is time until the release.

    Refuses anybody else, a name that can't be printed, before a window is booked, and after the award was issued: from
    then on it is issued again (`reissuing`).
    """
    clean = rules.check_holder_name(name)
    return _confirm(enrolment, clean, certificate.lacking(clean), by=by, at=at)


@transaction.atomic
def _confirm(enrolment: Enrolment, name: str, lacks: str, *, by: Any, at: datetime) -> CertificateName:
    outcomes.hold_enrolments([enrolment.pk])
    held = Enrolment.objects.get(pk=enrolment.pk)
    rules.check_may_confirm(
        own=by is not None and by.pk == held.user_id,
        booked=_booked().filter(enrolment=held).exists(),
        withdrawn=held.withdrawn_at is not None,
        had_award=held.stage in HAD_AWARD,
    )
    known = CertificateName.objects.filter(enrolment=held).first()
    if known is not None and (known.name, known.lacks) == (name, lacks):
        return known
    before = known.name if known else ""
    made, _ = CertificateName.objects.update_or_create(
        enrolment=held, defaults={"name": name, "lacks": lacks, "confirmed_at": at}
    )
    if before != name:
        audit.record(
            "certificate_name.confirmed", f"enrolment:{held.pk}", by=by, at=at, name=name, before=before,
            **({"lacks": lacks} if lacks else {}),
        )  # fmt: skip
    return made


def lacks_of(enrolment: Enrolment) -> str:
    """The signs of somebody's confirmed name for which the server has no font; nothing as a rule. One query."""
    known = CertificateName.objects.filter(enrolment=enrolment).values_list("lacks", flat=True)
    return known.first() or ""


def lacking_font() -> QuerySet[CertificateName]:
    """The confirmed names of awards still to come for which the server has no font, the first first: for the desk."""
    waiting = CertificateName.objects.exclude(lacks="").exclude(enrolment__stage__in=HAD_AWARD)
    return waiting.filter(enrolment__withdrawn_at__isnull=True).order_by("confirmed_at", "pk")


def look_again() -> int:
    """Look once more at the names for which there was no font; returns how many there are still."""
    left = 0
    for one in lacking_font():
        lacks = certificate.lacking(one.name)
        left += bool(lacks)
        if lacks != one.lacks:
            CertificateName.objects.filter(pk=one.pk, name=one.name).update(lacks=lacks)
    return left


def _booked() -> QuerySet[Sitting]:
    return Sitting.objects.exclude(window__state=WindowState.CANCELLED).order_by()


def unconfirmed_in(window: Window | OuterRef) -> QuerySet[Sitting]:
    """The sittings of a window whose people, with an award still to come, haven't confirmed their name. For a query
    too, with the outer window.
    """
    return _lacking(Sitting.objects.filter(window=window))


def _lacking(sittings: QuerySet[Sitting]) -> QuerySet[Sitting]:
    named = CertificateName.objects.filter(enrolment=OuterRef("enrolment")).order_by()
    going = sittings.filter(enrolment__withdrawn_at__isnull=True).exclude(enrolment__stage__in=HAD_AWARD)
    return going.filter(~Exists(named)).order_by("pk")


def remind(*, at: datetime) -> int:
    """Write to everybody whose window closes within two weeks or has closed, isn't released, and who hasn't confirmed
    their name: once for each window. Returns how many mails are new; doing it again sends nothing.
    """
    due = _lacking(
        Sitting.objects.filter(
            window__state=WindowState.SCHEDULED,
            closes_at__lte=at + rules.REMIND_BEFORE,
            closes_at__gt=at - rules.REMIND_UNTIL,
        )
    )
    waiting = list(due.select_related("enrolment__user", "enrolment__version__programme", "window"))
    starts = range(0, len(waiting), AT_ONCE)
    return sum(_remind(waiting[start : start + AT_ONCE], at=at) for start in starts)


@transaction.atomic
def _remind(sittings: list[Sitting], *, at: datetime) -> int:
    letters = {_key(one): _letter(one) for one in sittings}
    keys = [f"mail:{key}" for key in letters]
    told = set(OutboxMessage.objects.filter(key__in=keys).order_by().values_list("key", flat=True))
    new = {key: letter for key, letter in letters.items() if f"mail:{key}" not in told}
    mail.send_many("name_reminder", new, at=at)
    return len(new)


def _key(sitting: Sitting) -> str:
    return f"name-reminder:{sitting.window_id}:{sitting.enrolment_id}"


def _letter(sitting: Sitting) -> tuple[str, dict[str, Any]]:
    user = sitting.enrolment.user
    said = {
        "name": user.get_short_name(),
        "programme": sitting.enrolment.version.programme.code,
        "spelt": user.name,
        "closes": day_text(sitting.last_day),
        "enrolment": sitting.enrolment.reference,
    }
    return user.email, said
