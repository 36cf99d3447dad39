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
from goldenthread.enquiries.actions import opening
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
    was given stays. Nothing counts before the person opens the link of the mail that says what was noted, which
    goes once a day for the same choice. Refuses no programme, no address, and one that was written to too often
    today.
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
    codes = sorted(one.programme.code for one in found)
    to = prospect.email or clean.email
    key = f"interest:{prospect.pk}:{clock.day_of(at)}:{', '.join(codes)}"[:190]
    if not opening.may_confirm(to, key=key, at=at):
        raise Refused(
            "Several messages went to this address today. Open the link of one of them, or try again tomorrow.",
            code="interest.often",
            field="email",
        )
    mail.send(
        "interest_registered",
        to=to,
        key=key,
        at=at,
        headers=_way_out(prospect),
        name=prospect.name,
        programmes=[one.programme.name for one in found],
        consent=consent_words() if consent else "",
        until=day_text(found[0].consent_until) if consent and found[0].consent_until else "",
        partner=str(partner) if partner else "",
        place=" ".join(filter(None, (prospect.place, prospect.postcode_shown))),
        withdraw_url=withdraw_url(prospect),
        confirm_url=settings.BASE_URL
        + reverse("public:interest_confirm", args=[queries.confirm_token(prospect, codes)]),
    )
    return found


@transaction.atomic
def agree(*, prospect: Prospect, codes: Sequence[str], at: datetime) -> int:
    """Whoever has just registered without it agrees after all to be written to; how many interests that is of.

    As with every consent that is given on a page, only the link that went to the address makes it count. Safe to
    repeat.
    """
    rows = Interest.objects.select_for_update(of=("self",)).filter(
        queries.of_person(prospect), programme__code__in=codes, consent_at__isnull=True
    )
    found = list(rows.order_by("pk"))
    for one in found:
        one.confirmed_at = None
        _give_consent(one, at=at)
    return len(found)


def _give_consent(one: Interest, *, at: datetime) -> None:
    one.consent_at, one.consent_until = at, rules.consent_until(clock.day_of(at))
    one.consent_text, one.withdrawn_at, one.updated_at = consent_words()[:500], None, at
    one.save()
    audit.record("interest.updated", one, by="visitor", at=at, consent=one.consent_text)


@transaction.atomic
def confirm(
    *, prospect: Prospect, codes: Sequence[str], at: datetime, consent: bool = False
) -> list[Interest]:
    """The person opened the link that went to their address: interest in these programmes counts, and a consent
    holds for two years from now. Safe to repeat; what was withdrawn meanwhile stays so, unless they agree anew with
    `consent`.
    """
    rows = Interest.objects.select_for_update(of=("self",)).filter(queries.of_person(prospect))
    rows = (
        rows.filter(programme__code__in=codes)
        .select_related("programme")
        .order_by("programme__position", "pk")
    )
    found = list(rows)
    for one in found:
        fresh = one.confirmed_at is None
        one.confirmed_at = one.confirmed_at or at
        if consent and (one.consent_at is None or one.withdrawn_at):
            _give_consent(one, at=at)
        if one.consent_at and not one.withdrawn_at:
            one.consent_until = max(filter(None, (one.consent_until, rules.consent_until(clock.day_of(at)))))
        one.save(update_fields=["confirmed_at", "consent_until"])
        if fresh:
            audit.record("interest.confirmed", one, by="visitor", at=at, programme=one.programme.code)
    return found


def forget_over(*, at: datetime) -> tuple[int, int]:
    """Delete interest that is of no use any more, and the people of whom nothing else is kept; how many of each."""
    gone = people = 0
    for pk in list(Interest.objects.filter(queries.over(at)).order_by("pk").values_list("pk", flat=True)):
        deleted, person = _forget(pk, at=at)
        gone, people = gone + deleted, people + person
    return gone, people


@transaction.atomic
def _forget(pk: int, *, at: datetime) -> tuple[bool, bool]:
    one = Interest.objects.select_for_update(of=("self",)).filter(queries.over(at), pk=pk).first()
    if one is None:
        return False, False
    prospect = Prospect.objects.select_for_update(of=("self",)).get(pk=one.prospect_id)
    audit.record("interest.forgotten", one, by=None, at=at, confirmed=one.confirmed_at is not None)
    one.delete()
    kept = prospect.interests.exists() or prospect.enquiries.exists() or prospect.merged.exists()
    if kept or prospect.merged_into_id:
        return True, False
    prospect.notices.all().delete()
    audit.record("prospect.forgotten", prospect, by=None, at=at)
    prospect.delete()
    return True, True


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
    rows = Interest.objects.select_for_update(of=("self",)).filter(prospect=prospect, programme=programme)
    there, on = rows.first(), clock.day_of(at)
    stands = there is not None and rows.filter(queries.may_hear(on)).exists()
    if consent and not stands:  # anybody can type an address: only its link makes a consent count
        until = rules.consent_until(on)
        values |= {"consent_at": at, "consent_until": until, "consent_text": consent_words()[:500]}
        values |= {"withdrawn_at": None, "confirmed_at": None}
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
    told = queries.told_of(intake).filter(person__in=[one.pk for one in people])
    known = set(told.values_list("person", flat=True))
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
