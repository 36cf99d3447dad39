"""Verify a code, and the award of an enrolment."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from django.db.models import CharField, Count, Exists, F, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Cast, Concat
from django.http import Http404

from goldenthread.applications.models import Enrolment, Stage
from goldenthread.assessment.models import Sitting, Window, WindowState
from goldenthread.awards import rules
from goldenthread.awards.models import Award, CertificateName, Destination
from goldenthread.catalogue.models import Programme
from goldenthread.catalogue.tables import PROGRAMME_CODE
from goldenthread.common.models import AuditEvent
from goldenthread.engagement.together import batched
from goldenthread.outcomes.access import releases
from goldenthread.outcomes.attempts import standing
from goldenthread.outcomes.models import Outcome
from goldenthread.people.access import Viewer

LACKS_FONT = "certificate.lacks_font"
AT_ONCE = 500  # enrolments in one statement


class Verdict(StrEnum):
    VALID = "valid"
    REVOKED = "revoked"
    REISSUED = "reissued"
    UNKNOWN = "unknown"
    PAPER = "paper"


@dataclass(frozen=True)
class Verification:
    """What a code certifies; of an unknown one nothing is said, not even whether it is near. PAPER means that what else
    stands on the certificate has to be said first, and that nothing was looked up.
    """

    verdict: Verdict
    award: Award | None = None


def verify(text: str, paper: rules.Paper | None = None) -> Verification:
    """Look a code up, forgiving case, spaces and dashes (S1-08); two queries at most.

    One of an earlier award, with its ten symbols, is looked up with what else stands on its `paper` alone, and unknown
    where that doesn't fit: whatever there is of it.
    """
    meant = rules.read_code(text, unusual_codes())
    if meant.asks_paper and paper is None:
        return Verification(Verdict.PAPER)
    codes = meant.earlier if meant.asks_paper else meant.codes
    found = Award.objects.filter(code__in=codes).select_related("replaced_by").order_by("pk")
    award = found.first() if codes else None
    if award is None:
        return Verification(Verdict.UNKNOWN)
    if meant.asks_paper and not (paper and rules.fits(paper, name=award.holder_name, day=award.awarded_on)):
        return Verification(Verdict.UNKNOWN)
    if is_replaced(award):
        return Verification(Verdict.REISSUED, award)
    return Verification(Verdict.REVOKED if award.revoked_at else Verdict.VALID, award)


def unusual_codes() -> list[str]:
    """The codes of programmes that today's rules would refuse, with which codes of awards begin. One query."""
    codes = Programme.objects.order_by("pk").values_list("code", flat=True)
    return [code for code in codes if not re.fullmatch(PROGRAMME_CODE, code)]


def is_replaced(award: Award) -> bool:
    """Whether an award was issued again as another one. No query where `replaced_by` is loaded."""
    return getattr(award, "replaced_by", None) is not None


def lacking_award() -> QuerySet[Outcome]:
    """The passes that stand and whose enrolment has no award that does. One that was there when an award was revoked by
    itself stays without, however often it is confirmed: only a result that became a pass afterwards brings a new one.
    """
    held = Award.objects.filter(outcome__enrolment=OuterRef("enrolment"), revoked_at__isnull=True).order_by()
    in_window = Outcome.objects.filter(enrolment=OuterRef("enrolment"), window=OuterRef("window"), task="")
    fell = in_window.filter(result="not_passed", number__gt=OuterRef("number")).order_by()
    revoked = revoked_by_itself().filter(
        outcome__enrolment=OuterRef("enrolment"), revoked_at__gte=OuterRef("released_at")
    )
    was_there = in_window.filter(~Exists(fell), Exists(revoked), result="passed").order_by()
    return standing().filter(~Exists(held), ~Exists(was_there), task="", result="passed")


def revoked_by_itself() -> QuerySet[Award]:
    """The awards that were revoked while their result stayed what it was; not those that were issued again."""
    fell = Outcome.objects.filter(
        enrolment=OuterRef("outcome__enrolment"),
        window=OuterRef("outcome__window"),
        task="",
        result="not_passed",
        number__gt=OuterRef("outcome__number"),
        released_at__lte=OuterRef("revoked_at"),
    )
    revoked = Award.objects.filter(revoked_at__isnull=False, replaced_by__isnull=True)
    return revoked.filter(~Exists(fell.order_by())).order_by()


def stage_facts() -> dict[str, Any]:
    """Annotations for a query of enrolments by which their stage is settled: whether an award stands or one was
    revoked, whether a pass stands, and whether a window lies ahead.
    """
    awards = Award.objects.filter(outcome__enrolment=OuterRef("pk")).order_by()
    passed = standing().filter(enrolment=OuterRef("pk"), task="", result="passed").order_by()
    ahead = Sitting.objects.filter(enrolment=OuterRef("pk"), window__state=WindowState.SCHEDULED).order_by()
    return {
        "award_stands": Exists(awards.filter(revoked_at__isnull=True)),
        "award_taken": Exists(awards.filter(revoked_at__isnull=False)),
        "pass_stands": Exists(passed),
        "lies_ahead": Exists(ahead),
    }


def revoked_since() -> Subquery:
    """For a query of enrolments: since when the award of who stands at "award revoked" is; None for everybody else."""
    revoked = Award.objects.filter(
        outcome__enrolment=OuterRef("pk"),
        outcome__enrolment__stage=Stage.REVOKED,
        revoked_at__isnull=False,
    )
    return Subquery(revoked.order_by("-revoked_at", "-pk").values("revoked_at")[:1])


def effects(of: str = "") -> dict[str, Any]:
    """Annotations for a query of outcomes, or of what has one in its field `of` ("outcome__"), by which a page says
    what a correction would do to the award: code and window of the one that stands, code of the one that was revoked
    last, whether this window or another is passed, and whether a pass still lacks its award.
    """
    enrolment, window = OuterRef(f"{of}enrolment"), OuterRef(f"{of}window")
    awards = Award.objects.filter(outcome__enrolment=enrolment)
    held = awards.filter(revoked_at__isnull=True).order_by("-issued_at", "-pk")
    revoked = awards.filter(revoked_at__isnull=False).order_by("-revoked_at", "-pk")
    passed = standing().filter(enrolment=enrolment, task="", result="passed").order_by()
    return {
        "award_code": Subquery(held.values("code")[:1]),
        "award_window": Subquery(held.values("outcome__window")[:1]),
        "revoked_code": Subquery(revoked.values("code")[:1]),
        "passed_here": Exists(passed.filter(window=window)),
        "passed_elsewhere": Exists(passed.exclude(window=window)),
        "lacks_award": Exists(lacking_award().filter(enrolment=enrolment).order_by()),
    }


def effects_of(outcome: Outcome) -> dict[str, Any]:
    """What `effects` says of one outcome. One query."""
    known = effects()
    found: dict[str, Any] = Outcome.objects.filter(pk=outcome.pk).annotate(**known).values(*known).get()
    return found


def confirmed_name() -> Subquery:
    """For a query of enrolments: the name that each wants the certificate to bear; None while nothing is confirmed."""
    return Subquery(CertificateName.objects.filter(enrolment=OuterRef("pk")).values("name")[:1])


def confirmed_names(enrolments: Iterable[int]) -> dict[int, str]:
    """How these participants want their certificates to spell their names, by enrolment, as far as they confirmed it.
    One query for every 500.
    """
    found: dict[int, str] = {}
    for some in batched(sorted(set(enrolments)), AT_ONCE):
        rows = CertificateName.objects.filter(enrolment__in=some).order_by()
        found |= dict(rows.values_list("enrolment", "name"))
    return found


def award_facts() -> dict[str, Any]:
    """Annotations for a query of outcomes: code, day, holder and revocation of the award of each, as it is now, and the
    code that it replaced.
    """
    now = Award.objects.filter(outcome=OuterRef("pk"), replaced_by__isnull=True)
    fields = {
        "award_code": "code",
        "award_on": "awarded_on",
        "award_holder": "holder_name",
        "award_former": "replaces__code",
        "award_revoked_at": "revoked_at",
        "award_revoked_reason": "revoked_reason",
    }
    return {name: Subquery(now.values(field)[:1]) for name, field in fields.items()}


def waiting_certificates(at: datetime) -> QuerySet[Award]:
    """The awards whose certificate may be made now: new ones first, then what failed before, the longest ago first."""
    due = Q(certificate_after__isnull=True) | Q(certificate_after__lte=at)
    waiting = Award.objects.filter(due, certificate__isnull=True, revoked_at__isnull=True).select_related(
        "outcome"
    )
    return waiting.order_by(F("certificate_after").asc(nulls_first=True), "-issued_at", "-pk")


def lacking_font() -> QuerySet[Award]:
    """The awards whose certificate waits for a font that the server lacks, the latest first: for the office's desk."""
    subject = Concat(Value("enrolment:"), Cast(OuterRef("outcome__enrolment_id"), CharField()))
    noted = AuditEvent.objects.filter(verb=LACKS_FONT, subject=subject)
    waiting = Award.objects.filter(Exists(noted), certificate__isnull=True, revoked_at__isnull=True)
    return waiting.order_by("-issued_at", "-pk")


def award_of(enrolment: Enrolment) -> Award | None:
    """The award of an enrolment that stands; one query."""
    standing = Award.objects.filter(outcome__enrolment=enrolment, revoked_at__isnull=True)
    return standing.select_related("certificate", "outcome").order_by("-issued_at", "-pk").first()


def last_awards_of(enrolment: Enrolment) -> tuple[Award | None, Award | None]:
    """What `award_of` and `revoked_award_of` say of an enrolment. One query."""
    every = Award.objects.filter(outcome__enrolment=enrolment).annotate(replaced=F("replaced_by"))
    found = list(every.select_related("certificate", "outcome").order_by("issued_at", "pk"))
    standing = [one for one in found if one.revoked_at is None]
    revoked = [one for one in found if one.revoked_at is not None and vars(one)["replaced"] is None]
    last = max(revoked, key=lambda one: (one.revoked_at, one.pk), default=None)
    return standing[-1] if standing else None, last


def awards_in(window: Window, enrolments: Iterable[int]) -> dict[int, Award]:
    """The last award by this window of each of these enrolments, revoked or not, whichever of their outcomes it is of:
    a corrected pass keeps the award of the outcome before. One query.
    """
    found = Award.objects.filter(outcome__window=window, outcome__enrolment__in=list(enrolments))
    return {
        one.outcome.enrolment_id: one for one in found.select_related("outcome").order_by("issued_at", "pk")
    }


def revoked_award_of(enrolment: Enrolment) -> Award | None:
    """The award of an enrolment that was revoked last; whether another one stands says `award_of`. One query."""
    revoked = Award.objects.filter(
        outcome__enrolment=enrolment, revoked_at__isnull=False, replaced_by__isnull=True
    )
    return revoked.select_related("outcome").order_by("-revoked_at", "-pk").first()


def get_award_for(viewer: Viewer, reference: str, code: str) -> Award:
    """An award of the enrolment with this reference, revoked or not; 404 for who isn't the office."""
    found = Award.objects.select_related("outcome__enrolment__user", "replaced_by")
    award = found.filter(code=code, outcome__enrolment__reference=reference).first()
    if award is None or not releases(viewer):
        raise Http404("No such award.")
    return award


def programme_codes() -> list[str]:
    """The programmes of which there are awards. One query."""
    return list(Award.objects.order_by("programme_code").values_list("programme_code", flat=True).distinct())


def awards_for(
    viewer: Viewer,
    *,
    words: str = "",
    programme: str = "",
    first: date | None = None,
    last: date | None = None,
    state: str = "",
) -> QuerySet[Award]:
    """Every award, revoked ones too, the latest first, narrowed to a part of name or code, a programme, days of the
    award, and "valid", "revoked" or "replaced", those that were issued again; 404 for who isn't the office.
    """
    if not releases(viewer):
        raise Http404("No such list.")
    found = Award.objects.select_related("outcome__enrolment", "replaced_by", "replaces")
    found = found.defer("outcome__conditions")
    for word in words.split()[:5]:
        code = rules.canonical(word) or word
        found = found.filter(Q(holder_name__icontains=word) | Q(code__icontains=code))
    if programme:
        found = found.filter(programme_code=programme)
    if first:
        found = found.filter(awarded_on__gte=first)
    if last:
        found = found.filter(awarded_on__lte=last)
    if state in ("valid", "revoked"):
        found = found.filter(revoked_at__isnull=state == "valid", replaced_by__isnull=True)
    if state == "replaced":
        found = found.filter(replaced_by__isnull=False)
    return found.order_by("-awarded_on", "-pk")


@dataclass(frozen=True)
class Destinations:
    """Where the graduates of one programme went, as far as it is recorded."""

    programme: str
    awards: int
    told: int
    promotions: int
    joined: int


def destinations_by_programme() -> list[Destinations]:
    """Moves by programme: of how many standing awards somebody told one, promotions, people who joined another place.

    For the office alone. Two queries, however many there are.
    """
    standing = Award.objects.filter(revoked_at__isnull=True)
    awards = dict(
        standing.order_by()
        .values_list("programme_code")
        .annotate(number=Count("pk"))
        .values_list("programme_code", "number")
    )
    moves = (
        Destination.objects.filter(award__revoked_at__isnull=True)
        .order_by()
        .values("award__programme_code")
        .annotate(
            told=Count("award", distinct=True),
            promotions=Count("pk", filter=Q(promotion=True)),
            joined=Count("pk", filter=~Q(place="")),
        )
    )
    known = {row["award__programme_code"]: row for row in moves}
    none = {"told": 0, "promotions": 0, "joined": 0}
    return [
        Destinations(
            code, number, **{name: known.get(code, none)[name] for name in ("told", "promotions", "joined")}
        )
        for code, number in sorted(awards.items())
    ]


def destinations() -> QuerySet[Destination]:
    """Every recorded move with its award, the latest first; for the office alone."""
    moves = Destination.objects.filter(award__revoked_at__isnull=True).select_related("award")
    return moves.order_by("-moved_on", "-pk")


def destinations_of(award: Award) -> list[Destination]:
    """The moves recorded after one award, the latest first. One query."""
    return list(award.destinations.order_by("-moved_on", "-pk"))
