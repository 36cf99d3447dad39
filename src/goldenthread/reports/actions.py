"""What the office decides: claims and their publication, targets of metrics, bands of schools."""

from datetime import datetime
from fractions import Fraction
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.text import slugify

from goldenthread.applications.models import Enrolment
from goldenthread.catalogue.models import ProgrammeVersion
from goldenthread.common import audit, clock
from goldenthread.common.refused import Refused
from goldenthread.people.models import School, User
from goldenthread.reports import measures, rules, said_rules
from goldenthread.reports.models import (
    Claim,
    MetricFigure,
    PromiseLink,
    PublishedFigure,
    SchoolBand,
    SelfAssessment,
)
from goldenthread.reports.promises import FEATURES, benefits_of
from goldenthread.reports.queries import moment_for, stated

DECIDED = ("period", "as_of", "owner", "review_on")
SAID = ("text", "value", "unit", "about", "source")  # a document's own, where one states the claim


# --- claims --------------------------------------------------------------------------------------
@transaction.atomic
def keep_claim(*, key: str, by: User, at: datetime, **values: Any) -> Claim:
    """Keep what the office decides of a claim; what a document says of it stays the document's.

    A claim that is published and changed stays published only while it fits to be: else it is refused. The same
    again changes nothing. Without a `key` it is a new claim, which takes the place of none that is there.
    """
    new, key = not key, key or slugify(values.get("text", ""))[:40]
    if not key:
        raise Refused("Say what is claimed.", code="claim.no_text", field="text")
    row = Claim.objects.select_for_update(of=("self",)).filter(key=key).first()
    file = stated().get(key)
    claim = row or file or Claim(key=key)
    before = _values(claim)
    for name in (*DECIDED, *(() if file else SAID)):
        if name in values:
            setattr(claim, name, values[name])
    if row and _values(claim) == before:
        return claim
    if new and (row or file):
        raise Refused(
            "A claim begins with the same words already: open it in the register, or word this one otherwise.",
            code="claim.there",
            field="text",
        )
    if claim.published_at:
        _check(claim, at)
    try:
        with transaction.atomic():
            claim.save()
    except IntegrityError:
        raise Refused(
            "Somebody else has kept this claim in this moment: load this page anew, then save again.",
            code="claim.meanwhile",
        ) from None
    audit.record("claim.kept", claim, by=by, at=at, **_values(claim))
    return claim


def _values(claim: Claim) -> dict[str, Any]:
    plain = {name: getattr(claim, name) for name in (*SAID, "period", "as_of", "review_on")}
    return {**plain, "owner": claim.owner_id}


def _check(claim: Claim, at: datetime) -> None:
    rules.check_publishable(
        source=claim.source,
        period=claim.period,
        owned=claim.owner_id is not None,
        review_on=claim.review_on,
        on=clock.day_of(at),
    )


@transaction.atomic
def publish_claim(*, key: str, by: User, at: datetime) -> Claim:
    """Show a claim in public; refuses one without source, period, owner or a review to come (S0-54)."""
    claim = _kept(key)
    _check(claim, at)
    if claim.published_at is None:
        claim.published_at, claim.published_by = at, by
        claim.save(update_fields=["published_at", "published_by"])
        audit.record("claim.published", claim, by=by, at=at, **_values(claim))
    return claim


@transaction.atomic
def keep_and_publish(*, key: str, by: User, at: datetime, **values: Any) -> Claim:
    """Keep what is decided of a claim and show it in public, both or neither; refuses what either refuses (S0-54)."""
    kept = keep_claim(key=key, by=by, at=at, **values)
    return publish_claim(key=kept.key, by=by, at=at)


@transaction.atomic
def withdraw_claim(*, key: str, by: User, at: datetime) -> Claim:
    """Take a claim off the public pages; what was decided of it stays."""
    claim = _kept(key)
    if claim.published_at is not None:
        claim.published_at = claim.published_by = None
        claim.save(update_fields=["published_at", "published_by"])
        audit.record("claim.withdrawn", claim, by=by, at=at, key=key)
    return claim


def _kept(key: str) -> Claim:
    claim = Claim.objects.select_for_update(of=("self",)).filter(key=key).first()
    if claim is None:
        raise Refused(
            "Say first for which period it holds, who answers for it and when it is reviewed.",
            code="claim.not_decided",
            field="period",
        )
    return claim


# --- metrics -------------------------------------------------------------------------------------
@transaction.atomic
def set_metric(
    *,
    metric: str,
    year: int,
    target: Fraction | None,
    stated_figure: Fraction | None,
    source: str,
    by: User,
    at: datetime,
) -> MetricFigure:
    """Set the target of a metric for a year, and its figure where the system can't measure it (S0-61)."""
    if metric not in rules.METRICS:
        raise Refused("Choose one of the metrics.", code="metric.unknown", field="metric")
    if stated_figure is not None and not source.strip():
        raise Refused("Say where the figure comes from.", code="metric.no_source", field="source")
    values = {
        "target_tenths": _tenths(target, "target"),
        "stated_tenths": _tenths(stated_figure, "stated"),
        "source": source[:200] if stated_figure is not None else "",
    }
    known = MetricFigure.objects.select_for_update(of=("self",)).filter(metric=metric, year=year).first()
    if known and all(getattr(known, name) == value for name, value in values.items()):
        return known
    row, _ = MetricFigure.objects.update_or_create(metric=metric, year=year, defaults=values)
    audit.record("metric.set", row, by=by, at=at, metric=metric, year=year, **values)
    return row


def _tenths(share: Fraction | None, field: str) -> int | None:
    if share is None:
        return None
    if not 0 <= share <= 1:
        raise Refused("Give a percentage from 0 to 100.", code="metric.range", field=field)
    return int(share * 1000)


# --- what people and schools are recorded with ------------------------------------------------------
@transaction.atomic
def rate_oneself(
    *, enrolment: Enrolment, moment: str, ratings: dict[str, int], by: User, at: datetime
) -> list[SelfAssessment]:
    """Keep how somebody sees themselves in every area of their programme, once per moment (S2-37).

    Refuses an area that the version doesn't have, one left out, a rating outside 1 to 5, a second answer, and the
    answer at the end before development is complete.
    """
    held = Enrolment.objects.select_for_update(of=("self",)).select_related("version")
    enrolment = held.get(pk=enrolment.pk)
    areas = enrolment.version.specification.content_areas
    rules.check_ratings(areas, ratings, moment=moment, now=moment_for(enrolment))
    rows = SelfAssessment.objects.bulk_create(
        SelfAssessment(enrolment=enrolment, area=area, moment=moment, rating=ratings[area], given_at=at)
        for area in areas
    )
    audit.record("self_assessment.given", enrolment, by=by, at=at, moment=moment, areas=len(rows))
    return rows


@transaction.atomic
def record_band(*, school: School, band: int, source: str, by: Any, at: datetime) -> SchoolBand:
    """Record how disadvantaged a school's pupils are, with its source, for reports only (S0-53)."""
    if not 1 <= band <= 5 or not source.strip():
        raise Refused("Give a band from 1 to 5 and where it comes from.", code="band.invalid", field="band")
    row, created = SchoolBand.objects.get_or_create(
        school=school, defaults={"band": band, "source": source[:200]}
    )
    if not created and (row.band, row.source) == (band, source[:200]):
        return row
    row.band, row.source = band, source[:200]
    row.save()
    audit.record("school.band_recorded", school, by=by, at=at, band=band, source=source[:200])
    return row


# --- benefits ------------------------------------------------------------------------------------
@transaction.atomic
def link_benefit(
    *, version: ProgrammeVersion, benefit: str, feature: str, by: User, at: datetime
) -> PromiseLink:
    """Say which feature keeps a benefit that a version names, "" for none (S2-38). Safe to repeat.

    Refuses words that are no benefit of the version, and a feature that there isn't.
    """
    if benefit not in [text for text, _ in benefits_of(version.specification)]:
        raise Refused(
            "The version no longer names that benefit: load the page anew.",
            code="benefit.gone",
            field="feature",
        )
    if feature and feature not in FEATURES:
        raise Refused("Choose a feature from the list.", code="feature.unknown", field="feature")
    link, made = PromiseLink.objects.select_for_update(of=("self",)).get_or_create(
        version=version, benefit=benefit, defaults={"feature": feature, "updated_at": at}
    )
    if made or link.feature != feature:
        before = "" if made else link.feature
        link.feature, link.updated_at = feature, at
        link.save(update_fields=["feature", "updated_at"])
        audit.record("benefit.linked", version, by=by, at=at, benefit=benefit, before=before, feature=feature)
    return link


# --- live figures ----------------------------------------------------------------------------------
@transaction.atomic
def keep_published(*, at: datetime) -> int:
    """Publish the live figures beside claims as they are now, each only where neither it nor its difference from what
    was said before tells of a few people; returns how many changed. Doing it again changes nothing.
    """
    changed = 0
    rows = {row.key: row for row in PublishedFigure.objects.select_for_update().order_by("key")}
    for key, groups in measures.groups_of(on=clock.day_of(at)).items():
        row = rows.get(key)
        before = row.groups if row else [0] * len(groups)
        if groups == before or not said_rules.may_follow(before, groups):
            continue
        PublishedFigure.objects.update_or_create(key=key, defaults={"groups": groups, "since": at})
        audit.record("figure.published", f"figure:{key}", by=None, at=at, groups=groups, before=before)
        rows[key] = PublishedFigure(key=key, groups=groups)
        changed += 1
    return changed + _keep_cohorts(rows, at=at)


def _keep_cohorts(rows: dict[str, PublishedFigure], *, at: datetime) -> int:
    """The pass rate by cohort: only as of a moment at which the whole is what is published of it, so that the cohorts
    together say no whole that wasn't said.
    """
    now, whole, kept = measures.groups_by_cohort(), rows.get("pass-rate"), rows.get(measures.BY_COHORT)
    together = [sum(groups[side] for groups in now.values()) for side in (0, 1)]
    if whole is None or whole.groups != together:
        return 0
    before = measures.lines_of(kept)
    found = said_rules.next_lines(before, now)
    if found is None or found == before:
        return 0
    said = {"lines": found.groups, "together": list(found.together)}
    PublishedFigure.objects.update_or_create(key=measures.BY_COHORT, defaults={"groups": said, "since": at})
    audit.record("figure.published", f"figure:{measures.BY_COHORT}", by=None, at=at, groups=said)
    return 1
