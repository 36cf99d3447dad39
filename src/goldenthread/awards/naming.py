"""How a participant wants their certificate to spell their name: confirmed before the release, reminded of once."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from goldenthread.applications.models import HAD_AWARD, Enrolment
from goldenthread.assessment.models import Sitting, Window, WindowState
from goldenthread.awards import name_rules as rules
from goldenthread.awards.models import CertificateName
from goldenthread.common import audit, mail
from goldenthread.common.days import day_text
from goldenthread.common.models import OutboxMessage
from goldenthread.outcomes import actions as outcomes

AT_ONCE = 500  # mails in one statement


@transaction.atomic
def confirm(*, enrolment: Enrolment, name: str, by: Any, at: datetime) -> CertificateName:
    """The participant says how their certificate shall spell their name; as often as they like until there is
    an award, each time with a row in the trail. The same name again changes nothing.

    Refuses anybody else, a name that can't be printed, before a window is booked, and after the award was issued: from
    then on it is issued again (`reissuing`).
    """
    outcomes.hold_enrolments([enrolment.pk])
    held = Enrolment.objects.get(pk=enrolment.pk)
    rules.check_may_confirm(
        own=by is not None and by.pk == held.user_id,
        booked=_booked().filter(enrolment=held).exists(),
        withdrawn=held.withdrawn_at is not None,
        had_award=held.stage in HAD_AWARD,
    )
    clean = rules.check_holder_name(name)
    known = CertificateName.objects.filter(enrolment=held).first()
    if known is not None and known.name == clean:
        return known
    made, _ = CertificateName.objects.update_or_create(
        enrolment=held, defaults={"name": clean, "confirmed_at": at}
    )
    before = known.name if known else ""
    audit.record(
        "certificate_name.confirmed", f"enrolment:{held.pk}", by=by, at=at, name=clean, before=before
    )
    return made


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
