"""Try every seal before the day it is needed, and wrap all data keys with the newest master key."""

import logging
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from goldenthread.assessment import case_keys, sealed, sealing
from goldenthread.assessment.models import CaseStudy, MarkScheme
from goldenthread.assessment.sealing import Unreadable
from goldenthread.common import audit

log = logging.getLogger("goldenthread.assessment")


def try_seals() -> list[Unreadable]:
    """Open every seal there is, in memory, so that a missing key is known before a window opens; gives what doesn't.

    What was found is kept on each case study, for the office's desk, and stands in the log. Shows nothing. One query,
    and one for each case study whose state has changed.
    """
    found: list[Unreadable] = []
    cases = CaseStudy.objects.select_related("scheme").defer("scheme__case_study").order_by("pk")
    for case in cases.iterator(chunk_size=200):
        wrong = _faults(case)
        code = wrong[0].code if wrong else ""
        if code != case.fault:
            CaseStudy.objects.filter(pk=case.pk).update(fault=code)
        found += wrong
    for fault in found:
        log.error("%s", fault.message)
    return found


def _faults(case: CaseStudy) -> list[Unreadable]:
    scheme = getattr(case, "scheme", None)
    attempts: list[Callable[[], Any]] = [lambda: sealed.open_text(case), lambda: sealed.open_needs(case)]
    if scheme is not None:
        attempts.append(lambda: sealed.open_points(scheme, []))
    found = []
    for attempt in attempts:
        try:
            attempt()
        except Unreadable as fault:
            found.append(fault)
    return found


def seals_by_key() -> dict[str, int]:
    """How many seals each master key wraps, by its name; under "" what is no seal at all. Two queries."""
    stored = [
        one for row in CaseStudy.objects.order_by("pk").values_list("sealed", "sealed_needs") for one in row
    ]
    stored += _schemes().values_list("sealed", flat=True)
    found: dict[str, int] = {}
    for name in (sealing.wrapped_by(one) for one in stored if one):
        found[name] = found.get(name, 0) + 1
    return found


def rewrap(*, by: Any, at: datetime) -> int:
    """Wrap every data key with the newest master key: no content is changed or copied. Gives how many seals.

    Refuses (`Unreadable`) at the first seal whose key is missing or that was altered; what was done before stands, and
    running it again goes on from there.
    """
    done = sum(
        _rewrap(CaseStudy.objects.order_by("pk"), pk, _places_of_case) for pk in _numbers(CaseStudy.objects)
    )
    done += sum(_rewrap(_schemes(), pk, _places_of_scheme) for pk in _numbers(_schemes()))
    if done:
        newest = case_keys.ring().newest
        audit.record("case_keys.rewrapped", "case_keys:all", by=by, at=at, seals=done, key=newest)
    return done


@transaction.atomic
def _rewrap(rows: QuerySet[Any], number: int, places: Callable[[Any], dict[str, sealing.Place]]) -> int:
    row = rows.select_for_update(of=("self",)).get(pk=number)
    changed = []
    for name, place in places(row).items():
        stored = getattr(row, name)
        wrapped = sealing.rewrapped(stored, place, case_keys.ring()) if stored else stored
        if wrapped != stored:
            setattr(row, name, wrapped)
            changed.append(name)
    if changed:
        row.save(update_fields=changed)
    return len(changed)


def _places_of_case(case: CaseStudy) -> dict[str, sealing.Place]:
    return {"sealed": sealed.place_of_text(case), "sealed_needs": sealed.place_of_needs(case)}


def _places_of_scheme(scheme: MarkScheme) -> dict[str, sealing.Place]:
    return {"sealed": sealed.place_of_points(scheme)}


def _numbers(rows: Any) -> list[int]:
    return list(rows.order_by("pk").values_list("pk", flat=True))


def _schemes() -> QuerySet[MarkScheme]:
    return MarkScheme.objects.filter(case_study__isnull=False).order_by("pk")
