"""Register interest in programmes, withdraw it, and tell whoever is near of an intake that has opened."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from goldenthread.catalogue.models import Programme
from goldenthread.common import audit, clock, mail
from goldenthread.common.refused import Refused
from goldenthread.enquiries import queries, rules
from goldenthread.enquiries.actions.prospects import Who, prospect_for
from goldenthread.enquiries.models import IntakeNotice, Interest, Prospect
from goldenthread.intakes.models import Intake
from goldenthread.intakes.rules import day_text
from goldenthread.people.models import Organisation

CONSENT = (
    "I agree that {provider} writes to me by e-mail about intakes of these programmes near me, for two years at most. "
    "I can withdraw with the link in every message."
)
BATCH = 500


def consent_words() -> str:
    """What is agreed to by the tick on the form."""
    return CONSENT.format(provider=settings.PROVIDER_NAME)


@transaction.atomic
def register(
    *,
    programmes: Sequence[Programme],
    who: Who,
    consent: bool,
    at: datetime,
    market: str = "",
    intake: Intake | None = None,
    partner: Organisation | None = None,
) -> list[Interest]:
    """Note that somebody is interested in programmes (S0-66), with a partner as its owner from its page (S4-21).

    One address is one person, and one interest for each programme: again, it is brought up to date, and a consent that
    was given stays. The confirmation says what was noted, once a day for the same choice. Refuses no programme
    and no address.
    """
    if not programmes:
        raise Refused("Choose at least one programme.", code="interest.programme", field="programmes")
    clean = who.checked()
    prospect = prospect_for(
        clean, at=at, anew=("role", "postcode", "place")
    )  # the confirmation names the place
    found = [
        _note(prospect, programme, consent=consent, market=market, intake=intake, partner=partner, at=at)
        for programme in dict.fromkeys(programmes)
    ]
    codes = ", ".join(sorted(one.programme.code for one in found))
    mail.send(
        "interest_registered",
        to=prospect.email or clean.email,
        key=f"interest:{prospect.pk}:{clock.day_of(at)}:{codes}"[:190],
        at=at,
        headers=_way_out(prospect),
        name=prospect.name,
        programmes=[one.programme.name for one in found],
        consent=consent_words() if consent else "",
        until=day_text(found[0].consent_until) if consent and found[0].consent_until else "",
        partner=str(partner) if partner else "",
        place=" ".join(filter(None, (prospect.place, prospect.postcode_shown))),
        withdraw_url=withdraw_url(prospect),
    )
    return found


def _note(
    prospect: Prospect,
    programme: Programme,
    *,
    consent: bool,
    market: str,
    intake: Intake | None,
    partner: Organisation | None,
    at: datetime,
) -> Interest:
    values: dict[str, Any] = {"market": market[:30], "intake": intake, "updated_at": at}
    if partner is not None:
        values["partner"] = partner
    if consent:
        until = rules.consent_until(clock.day_of(at))
        values |= {"consent_at": at, "consent_until": until, "consent_text": consent_words()[:500]}
        values["withdrawn_at"] = None
    interest, made = Interest.objects.update_or_create(
        prospect=prospect, programme=programme, defaults=values, create_defaults={**values, "created_at": at}
    )
    audit.record(
        "interest.registered" if made else "interest.updated",
        interest,
        by="visitor",
        at=at,
        programme=programme.code,
        market=market,
        intake=intake.pk if intake else None,
        partner=partner.pk if partner else None,
        consent=consent_words() if consent else "",
    )
    return interest


def withdraw_url(prospect: Prospect) -> str:
    """Where a prospect withdraws, without an account."""
    return settings.BASE_URL + reverse("public:interest_withdraw", args=[queries.prospect_token(prospect)])


def _way_out(prospect: Prospect) -> dict[str, str]:
    """The headers by which a mail program shows its own button for withdrawing."""
    return {
        "List-Unsubscribe": f"<{withdraw_url(prospect)}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }


@transaction.atomic
def withdraw(*, prospect: Prospect, at: datetime, by: object = "visitor") -> int:
    """Withdraw every consent of a person, also of what was merged with them; how many there were. Safe to repeat."""
    standing = (
        Interest.objects.select_for_update(of=("self",))
        .filter(queries.of_person(prospect), withdrawn_at__isnull=True)
        .order_by("pk")
    )
    count = 0
    for interest in standing:
        interest.withdrawn_at = interest.updated_at = at
        interest.save(update_fields=["withdrawn_at", "updated_at"])
        audit.record("interest.withdrawn", interest, by=by, at=at)
        count += 1
    return count


# --- telling -----------------------------------------------------------------------------------------
def tell(*, intake: Intake, offers: Sequence[rules.Offer], at: datetime) -> int:
    """Tell everybody who agreed to it, is near, and wasn't told yet, that an intake takes applications.

    Returns how many messages were put into the outbox. By batches, each in a transaction of its own: broken off and
    repeated, everybody is told once.
    """
    told = 0
    online = intake.event_mode == "virtual"
    for batch in queries.to_tell(intake, on=clock.day_of(at), size=BATCH):
        near = [
            one
            for one in batch
            if rules.is_near(offers, intake=intake.pk, place=queries.place_of_prospect(one), online=online)
        ]
        told += _tell(intake, near, at=at)
    return told


@transaction.atomic
def _tell(intake: Intake, people: Sequence[Prospect], *, at: datetime) -> int:
    known = set(
        IntakeNotice.objects.filter(intake=intake, prospect__in=people)
        .order_by()
        .values_list("prospect", flat=True)
    )
    fresh = [one for one in people if one.pk not in known]
    IntakeNotice.objects.bulk_create(
        [IntakeNotice(prospect=one, intake=intake, at=at) for one in fresh], ignore_conflicts=True
    )
    for one in fresh:
        mail.send(
            "intake_open",
            to=one.email,
            key=f"intake_open:{one.pk}:{intake.pk}",
            at=at,
            headers=_way_out(one),
            name=one.name,
            programme=intake.version.programme.name,
            intake=intake.name,
            starts_on=day_text(intake.starts_on),
            closes_on=day_text(intake.applications_close_on),
            apply_url=settings.BASE_URL + reverse("public:programme", args=[intake.version.key]),
            withdraw_url=withdraw_url(one),
        )
    if fresh:
        audit.record("intake.told", intake, by=None, at=at, prospects=len(fresh))
    return len(fresh)
