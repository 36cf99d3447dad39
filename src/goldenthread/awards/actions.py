"""Release with awards, issue what is missing, revoke, make certificates."""

import io
import secrets
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from goldenthread.applications.models import HAD_AWARD, Enrolment, Stage
from goldenthread.assessment.models import Window
from goldenthread.awards import badges, certificate, proving, rules
from goldenthread.awards.models import Award, Destination
from goldenthread.awards.queries import (
    LACKS_FONT,
    confirmed_names,
    is_replaced,
    lacking_award,
    lacking_font,
    revoked_by_itself,
    stage_facts,
)
from goldenthread.catalogue.models import ProgrammeVersion
from goldenthread.catalogue.specification import Specification
from goldenthread.common import audit, files, mail
from goldenthread.common.models import StoredFile
from goldenthread.common.refused import Refused
from goldenthread.common.writes import Writes, reserve
from goldenthread.engagement.together import batched
from goldenthread.marking.rules import Totals
from goldenthread.outcomes import actions as outcomes
from goldenthread.outcomes.attempts import standing
from goldenthread.outcomes.models import Outcome, PlannedRelease

LONGEST_REASON = 300  # characters
AT_ONCE = 500  # enrolments in one statement
CERTIFICATE_LIMIT = 5 * 1024 * 1024
TRY_AGAIN = timedelta(hours=6)  # after which the job tries a certificate once more that could not be made


def release(
    *, window: Window, by: Any, at: datetime, seen: str = "", plan: PlannedRelease | None = None
) -> list[Outcome]:
    """Release a window's results and issue the awards of those who passed, in one transaction; see the
    outcomes.
    """
    return outcomes.release(window=window, by=by, at=at, seen=seen, plan=plan, also=_issue_with)


def _issue_with(*, window: Window, outcomes: list[Outcome], by: Any, at: datetime, writes: Writes) -> None:
    """Put the awards of results that are about to be released into what is written, and those that follow from them."""
    if window.task:  # its result brings none: what it concludes does, once it is written
        writes.afterwards(lambda: issue_missing(at=at, by=by, window=window))
        return
    passed = _without([one for one in outcomes if one.result == "passed"], at=at)
    people = {one.enrolment_id for one in passed}
    others = [
        one for one in _lacking_in(window).select_related("enrolment__user") if one.enrolment_id not in people
    ]
    for some in batched([*passed, *others], AT_ONCE):
        _put_awards(some, writes, by=by, at=at)


def _without(passed: Sequence[Outcome], *, at: datetime) -> list[Outcome]:
    """Of passes that are about to be released those whose enrolment has no award that stands, and none that was revoked
    by itself since; with their people.
    """
    found: list[Outcome] = []
    for some in batched(passed, AT_ONCE):
        people = [one.enrolment_id for one in some]
        theirs = Award.objects.filter(outcome__enrolment__in=people).order_by()
        taken = revoked_by_itself().filter(outcome__enrolment__in=people, revoked_at__gte=at)
        have = set(theirs.filter(revoked_at__isnull=True).values_list("outcome__enrolment", flat=True))
        have |= set(taken.values_list("outcome__enrolment", flat=True))
        named = Enrolment.objects.select_related("user").only("version", "user__name")
        enrolments = named.in_bulk([pk for pk in people if pk not in have])
        for one in some:
            if one.enrolment_id in enrolments:
                one.enrolment = enrolments[one.enrolment_id]
                found.append(one)
    return found


def _lacking_in(window: Window) -> QuerySet[Outcome]:
    """The passes of people of a window that lack an award: what its results concluded may stand on an earlier one."""
    own = window.sittings.filter(enrolment=OuterRef("enrolment")).order_by()
    return lacking_award().filter(Exists(own)).order_by("pk")


@transaction.atomic
def correct(
    *,
    outcome: Outcome,
    reason: str,
    by: Any,
    at: datetime,
    half_marks: Totals | None = None,
    seen: str = "",
) -> Outcome:
    """Correct a released outcome and let the award follow: revoked where the pass that it rests on fell away, issued
    for a pass that has none. One that was revoked by itself doesn't come back by a correction from pass to pass.
    """
    corrected = outcomes.correct(
        outcome=outcome, reason=reason, by=by, at=at, half_marks=half_marks, seen=seen
    )
    # A task's result decides nothing alone: the qualification's own outcome has followed, if anything changed for it.
    whole = _whole_in(corrected) if corrected.task else corrected
    if whole is not None and whole.result != "passed":
        held = Award.objects.filter(outcome__enrolment=whole.enrolment_id, revoked_at__isnull=True)
        for award in held.filter(outcome__window=whole.window_id).order_by("pk"):
            revoke(award=award, reason=reason, by=by, at=at, fell=True)
    _issue(lacking_award().filter(enrolment=corrected.enrolment_id).order_by("pk")[:1], by=by, at=at)
    settle_stages([corrected.enrolment_id])
    return corrected


def _whole_in(corrected: Outcome) -> Outcome | None:
    """The latest outcome of the qualification of whom a task's result was corrected."""
    return Outcome.objects.filter(enrolment=corrected.enrolment_id, task="").order_by("-pk").first()


@transaction.atomic
def issue_missing(*, at: datetime, by: Any = None, window: Window | None = None) -> int:
    """Issue the award of every released pass that has none; returns how many. Doing it again adds nothing."""
    lacking = lacking_award() if window is None else _lacking_in(window)
    outcomes.hold_enrolments(lacking.order_by().values_list("enrolment", flat=True))
    return _issue(lacking.select_related("enrolment__user").order_by("pk"), by=by, at=at)


def _issue(passed: Iterable[Outcome], *, by: Any, at: datetime) -> int:
    """Issue the awards of these outcomes, whose enrolments are held."""
    writes = Writes()
    made = _put_awards(passed, writes, by=by, at=at)
    writes.write()
    return made


def _put_awards(passed: Iterable[Outcome], writes: Writes, *, by: Any, at: datetime) -> int:
    """Put the awards of these outcomes into what is written, under the names that their holders confirmed; how many."""
    versions: dict[int, ProgrammeVersion] = {}
    outcomes_passed = list(passed)
    names = confirmed_names(outcome.enrolment_id for outcome in outcomes_passed)
    made = [_award(outcome, versions, names, at=at) for outcome in outcomes_passed]
    for number, award in zip(reserve(Award, len(made)), made, strict=True):
        award.pk = number
    writes.add(made)
    said = {f"enrolment:{one.outcome.enrolment_id}": proving.told_of(one) for one in made}
    writes.record("award.issued", said, by=by, at=at)
    for some in batched(sorted(award.outcome.enrolment_id for award in made), AT_ONCE):
        again = Enrolment.objects.filter(pk__in=some, stage=Stage.REVOKED)
        writes.do(partial(again.update, stage=Stage.AWARDED))
    return len(made)


def settle_stages(enrolments: Iterable[int]) -> None:
    """Let the stages of these enrolments, which the caller holds, say what their awards say: awarded while one stands,
    revoked where the last was taken back and the pass stands, else what the results that are left come to. Who never
    had an award is left alone. Doing it again changes nothing.
    """
    for some in batched(sorted(set(enrolments)), AT_ONCE):
        people: QuerySet[Any] = Enrolment.objects.filter(pk__in=some, stage__in=HAD_AWARD)
        people = people.annotate(**stage_facts())
        people.filter(award_stands=True).exclude(stage=Stage.AWARDED).update(stage=Stage.AWARDED)
        without = people.filter(award_stands=False, award_taken=True)
        without.filter(pass_stands=True).exclude(stage=Stage.REVOKED).update(stage=Stage.REVOKED)
        fallen = without.filter(pass_stands=False)
        fallen.filter(lies_ahead=True).update(stage=Stage.ASSESSMENT)
        fallen.filter(lies_ahead=False).update(stage=Stage.NOT_ACHIEVED)


def _award(
    outcome: Outcome, versions: dict[int, ProgrammeVersion], names: Mapping[int, str], *, at: datetime
) -> Award:
    enrolment = outcome.enrolment
    if enrolment.version_id not in versions:
        versions[enrolment.version_id] = ProgrammeVersion.objects.select_related("programme").get(
            pk=enrolment.version_id
        )
    version = versions[enrolment.version_id]
    specification = version.specification
    awarded_on = at.astimezone(ZoneInfo(settings.TIME_ZONE)).date()
    return Award(
        outcome=outcome,
        code=rules.new_code(version.programme.code, awarded_on.year, secrets.choice),
        holder_name=names.get(enrolment.pk) or enrolment.user.name,
        programme_name=specification.programme_name,
        programme_code=version.programme.code,
        edition=version.edition,
        awarded_on=awarded_on,
        provider=provider_of(specification),
        accrediting_body=accrediting_body_of(specification),
        issued_at=at,
    )


def provider_of(specification: Specification) -> str:
    """Who provides a version, by its specification; else the provider of this installation (S1-02).

    In a demonstration always the latter: no made-up award names a real organisation.
    """
    if settings.DEMONSTRATION:
        return str(settings.PROVIDER_NAME)[:200]
    return _names(specification, "lead", "delivering") or settings.PROVIDER_NAME


def accrediting_body_of(specification: Specification) -> str:
    """Who accredits a version, where its specification says so; else nothing, as in every demonstration."""
    return "" if settings.DEMONSTRATION else _names(specification, "accrediting")


def _names(specification: Specification, *roles: str) -> str:
    names = [organisation.name for role in roles for organisation in specification.organisations_as(role)]
    return " and ".join(dict.fromkeys(names))[:200]


@transaction.atomic
def revoke(*, award: Award, reason: str, by: Any, at: datetime, fell: bool = False) -> Award:
    """Take an award back and tell its holder: its code says so from now on, the record stays. The result stays what it
    was, or `fell` by a correction (`correct`), of which the holder is told too. Refuses without a reason. Twice is
    harmless.
    """
    outcomes.hold_enrolments([award.outcome.enrolment_id])
    award = Award.objects.select_for_update(of=("self",)).select_related("outcome").get(pk=award.pk)
    if award.revoked_at:
        return award
    if not reason.strip():
        raise Refused("Say why this award is revoked.", code="award.reason", field="reason")
    award.revoked_at, award.revoked_reason = at, reason.strip()[:LONGEST_REASON]
    award.save(update_fields=["revoked_at", "revoked_reason"])
    settle_stages([award.outcome.enrolment_id])
    audit.record(
        "award.revoked",
        f"enrolment:{award.outcome.enrolment_id}",
        by=by,
        at=at,
        award=award.pk,
        reason=reason,
    )
    enrolment = Enrolment.objects.select_related("user").get(pk=award.outcome.enrolment_id)
    holder = enrolment.user
    mail.send(
        "award_revoked",
        to=holder.email,
        key=f"award-revoked:{award.pk}",
        at=at,
        name=holder.get_short_name(),
        programme=award.programme_code,
        code=award.code,
        reason=award.revoked_reason,
        fell=fell,
        enrolment=enrolment.reference,
    )
    return award


@transaction.atomic
def reinstate(*, award: Award, by: Any, at: datetime) -> Award:
    """Let a revoked award stand again, under its code and with its certificate, for `appeals`, which tells its holder.
    Its badge stays revoked, since the standard of these lists knows no way back: there is another one. Refuses where
    the pass fell meanwhile or another award stands. Twice is harmless.
    """
    outcomes.hold_enrolments([award.outcome.enrolment_id])
    found = Award.objects.select_for_update(of=("self",)).select_related("outcome__enrolment")
    award = found.get(pk=award.pk)
    if award.revoked_at is None:
        return award
    enrolment = award.outcome.enrolment_id
    passed = standing().filter(enrolment=enrolment, window=award.outcome.window_id, task="", result="passed")
    rules.check_can_reinstate(
        replaced=is_replaced(award),
        passed=passed.exists(),
        another=Award.objects.filter(outcome__enrolment=enrolment, revoked_at__isnull=True).exists(),
    )
    was, reason = award.revoked_at, award.revoked_reason
    award.revoked_at, award.revoked_reason = None, ""
    award.save(update_fields=["revoked_at", "revoked_reason"])
    badges.revoke_for_good(award=award, at=at)
    settle_stages([enrolment])
    audit.record(
        "award.reinstated", f"enrolment:{enrolment}", by=by, at=at, award=award.pk, code=award.code,
        revoked_at=was.isoformat(), revoked_reason=reason,
    )  # fmt: skip
    return award


def certificate_pdf(*, award: Award, at: datetime) -> bytes:
    """The certificate as a PDF; made the first time it is asked for and kept under its hash.

    Refuses a revoked award, and one for which no font of the server has every sign: nobody is given a name with
    boxes in it. The office is told, and it comes out right once the server has the font.
    """
    if award.revoked_at:
        raise Refused("This award was revoked; there is no certificate for it.", code="award.revoked")
    if award.certificate:
        return files.read(award.certificate)
    try:
        made = certificate.make(certificate_data(award))
    except certificate.LacksFont as fault:
        _note_lack(award, sign=str(fault), at=at)
        raise Refused(
            "Your certificate can't be printed yet, because our server lacks a font for a sign in it, most likely "
            "in your name. The programme office has been told. Your award stands, and its code verifies it.",
            code="award.font",
        ) from fault
    _keep(award, files.store(io.BytesIO(made), kind="pdf", at=at, size_limit=CERTIFICATE_LIMIT), at=at)
    return made


def put_off(award: Award, *, at: datetime) -> None:
    """Let the job try other certificates before it comes back to this one."""
    Award.objects.filter(pk=award.pk).update(certificate_after=at + TRY_AGAIN)


@transaction.atomic
def _note_lack(award: Award, *, sign: str, at: datetime) -> None:
    """Leave word for the office, once for each award, and let the job try others first."""
    outcomes.hold_enrolments([award.outcome.enrolment_id])
    put_off(award, at=at)
    subject = f"enrolment:{award.outcome.enrolment_id}"
    if not lacking_font().filter(pk=award.pk).exists():
        audit.record(LACKS_FONT, subject, by=None, at=at, award=award.pk, sign=sign[:200])


@transaction.atomic
def _keep(award: Award, stored: StoredFile, *, at: datetime) -> None:
    outcomes.hold_enrolments([award.outcome.enrolment_id])
    locked = Award.objects.select_for_update(of=("self",)).select_related("outcome").get(pk=award.pk)
    if locked.certificate_id is None:
        locked.certificate = stored
        locked.save(update_fields=["certificate"])
        subject = f"enrolment:{locked.outcome.enrolment_id}"
        audit.record("certificate.made", subject, by=None, at=at, award=award.pk, sha256=stored.sha256)
    award.certificate = locked.certificate


def certificate_data(award: Award) -> certificate.Data:
    """What the certificate of an award says."""
    return certificate.Data(
        holder=award.holder_name,
        programme=award.programme_name,
        programme_code=award.programme_code,
        edition=award.edition,
        awarded_on=award.awarded_on,
        provider=award.provider,
        accrediting_body=award.accrediting_body,
        code=award.code,
        address=f"{settings.BASE_URL}/verify/{award.code}/",
        specimen=settings.DEMONSTRATION,
    )


@transaction.atomic
def record_destination(
    *, award: Award, before: str, after: str, moved_on: date, place: str = "", by: Any, at: datetime
) -> Destination:
    """Record where the holder of an award went (S0-72). The same move, of the same day to the same role, recorded again
    is the one that is there, with the role before and the place that are told now.

    Refuses a move of which nothing changes, an unknown role, a day far ahead, and one of a revoked award.
    """
    locked = Award.objects.select_for_update(of=("self",)).get(pk=award.pk)
    if locked.revoked_at is not None:
        raise Refused("This award was revoked: nothing can be recorded after it.", code="destination.revoked")
    today = at.astimezone(ZoneInfo(settings.TIME_ZONE)).date()
    rules.check_destination(before=before, after=after, moved_on=moved_on, place=place, today=today)
    known = Destination.objects.filter(award=locked, moved_on=moved_on, role_after=after).first()
    if known is not None:
        return _told_again(known, before, place.strip()[:200], by=by, at=at)
    made = Destination.objects.create(
        award=locked,
        role_before=before,
        role_after=after,
        moved_on=moved_on,
        place=place.strip()[:200],
        promotion=rules.is_promotion(before, after),
        recorded_by=by,
        recorded_at=at,
    )
    audit.record(
        "destination.recorded",
        f"enrolment:{locked.outcome.enrolment_id}",
        by=by,
        at=at,
        before=before,
        after=after,
        moved_on=moved_on.isoformat(),
        promotion=made.promotion,
    )
    return made


@transaction.atomic
def take_destination_out(*, award: Award, destination_id: int, by: Any, at: datetime) -> None:
    """Take a move out that was recorded by mistake. The trail keeps what it said; one that is not there is none."""
    Award.objects.select_for_update(of=("self",)).get(pk=award.pk)
    known = Destination.objects.filter(award=award, pk=destination_id).first()
    if known is None:
        return
    audit.record(
        "destination.taken_out",
        f"enrolment:{award.outcome.enrolment_id}",
        by=by,
        at=at,
        before=known.role_before,
        after=known.role_after,
        moved_on=known.moved_on.isoformat(),
        place=known.place,
    )
    known.delete()


def _told_again(known: Destination, before: str, place: str, *, by: Any, at: datetime) -> Destination:
    """A move that is there, with the role before and the place that are told now: they fill in or correct what was."""
    place = place or known.place
    if (before, place) != (known.role_before, known.place):
        audit.record(
            "destination.corrected",
            f"enrolment:{known.award.outcome.enrolment_id}",
            by=by,
            at=at,
            before=known.place,
            place=place,
            role_was=known.role_before,
            role_before=before,
        )
        known.role_before, known.place = before, place
        known.promotion = rules.is_promotion(before, known.role_after)
        known.save(update_fields=["role_before", "place", "promotion"])
    return known
