"""Decide a policy of counting, of AI or of attempts beside a version's document, from a day on."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db import transaction

from goldenthread.assessment import dated_policies, queries
from goldenthread.assessment.models import Sitting, Window, WindowState
from goldenthread.assessment.policy_models import PolicyDecision
from goldenthread.assessment.rules import policy_decisions as rules
from goldenthread.assessment.rules.policies import (
    ai_text,
    counting_in,
    counting_text,
    declarations_in,
    stated,
)
from goldenthread.catalogue.models import ProgrammeVersion
from goldenthread.common import audit, clock, mail
from goldenthread.common.days import day_text
from goldenthread.intakes.models import Intake


@transaction.atomic
def decide_policy(
    *,
    version: ProgrammeVersion,
    kind: str,
    table: Mapping[str, Any],
    from_day: date,
    reason: str,
    by: Any,
    at: datetime,
) -> PolicyDecision:
    """Decide how words are counted, what holds of AI, or how often somebody may sit, in a version's windows from a day
    on (S0-30, S2-20, G-02).

    The document stays as it is, also where people are enrolled on it. Windows that are set and have not opened take it
    over; windows that have opened keep what they were opened with. How often somebody may sit is asked whenever one is
    entered for such a window; whoever is entered already stays. Who has a place in a window that takes something over
    is told, once. Refuses what a version's file would be refused for, a day that is not to come, and one from which on
    a window has opened already. The same decision again is one.
    """
    rules.read(kind, table)
    rules.check_kind(kind, case_study=version.specification.assessment.kind == "case_study")
    rules.check_reason(reason)
    held = ProgrammeVersion.objects.select_for_update(of=("self",)).get(pk=version.pk)
    list(Intake.objects.select_for_update(of=("self",)).filter(version=held).order_by("pk").values_list("pk"))
    said = {"kind": kind, "from_day": from_day, "table": dict(table), "reason": reason.strip()}
    known = said | {"decided_by_id": by.pk}
    last = PolicyDecision.objects.filter(version=held, kind=kind).order_by("-decided_at", "-pk").first()
    if last is not None and all(getattr(last, key) == value for key, value in known.items()):
        return last
    windows = _windows(held, from_day)
    opened = queries.first_opened(held, from_day, at=at)
    rules.check_from(from_day, today=clock.day_of(at), opened=opened)
    before = dated_policies.in_force(dated_policies.decisions_of(held.pk), on=from_day).get(kind)
    made = PolicyDecision.objects.create(version=held, **said, decided_by=by, decided_at=at)
    held.decided = {**held.decided, "policies": dated_policies.kept_of(held.pk)}
    held.save(update_fields=["decided"])
    audit.record(
        "policy.decided", f"version:{held.pk}", by=by, at=at, decision=made.pk, kind=kind, from_day=from_day,
        table=made.table, before=before.pk if before else None, reason=made.reason,
    )  # fmt: skip
    changed = _take_over(held, kind, windows, by=by, at=at)
    _tell(made, changed, by=by, at=at)
    return made


def _windows(version: ProgrammeVersion, from_day: date) -> list[Window]:
    """The windows of a version that open on a day or later and stand, locked."""
    held = Window.objects.select_for_update(of=("self",)).filter(
        intake__version=version, opens_on__gte=from_day, state=WindowState.SCHEDULED
    )
    return list(held.order_by("pk"))


def _take_over(
    version: ProgrammeVersion, kind: str, windows: list[Window], *, by: Any, at: datetime
) -> list[Window]:
    """Let windows that have not opened state what counts of a kind for their first day by now; what changes is in their
    trail. What is not decided anew stays as each window states it already. Gives those that changed.
    """
    changed: list[Window] = []
    if kind == rules.ATTEMPTS:
        return changed  # no window states it: it is of persons, and asked when one is entered
    decisions = dated_policies.decisions_of(version.pk)
    for window in windows:
        assessment = dated_policies.decided_on(
            version.specification.assessment, decisions, on=window.opens_on
        )
        now = {**window.policies, kind: stated(assessment, window.task)[kind]}
        if now == window.policies:
            continue
        before, window.policies = window.policies, now
        window.word_rule = counting_in(now).rule
        window.save(update_fields=["policies", "word_rule"])
        audit.record("window.policies_changed", window, by=by, at=at, before=before, now=now)
        changed.append(window)
    return changed


def _tell(decision: PolicyDecision, changed: list[Window], *, by: Any, at: datetime) -> None:
    """Tell everybody who has a place in one of these windows what holds there now, and why. One query and few
    statements, however many they are.
    """
    windows = {one.pk: one for one in changed}
    places = Sitting.objects.filter(window__in=windows, enrolment__withdrawn_at__isnull=True)
    people = places.select_related("enrolment__user", "enrolment__version__programme").defer(
        "draft", "enrolment__version__document"
    )
    letters: dict[str, tuple[str, dict[str, Any]]] = {}
    for place in people.order_by("pk"):
        window, enrolment = windows[place.window_id], place.enrolment
        letters[f"policy_changed:{decision.pk}:{place.pk}"] = (
            enrolment.user.email,
            {
                "name": enrolment.user.get_short_name(),
                "programme": enrolment.version.programme.code,
                "enrolment": enrolment.reference,
                "kind": decision.kind,
                "title": window.task_title if window.task else "",
                "opens": day_text(window.opens_on),
                **_says(decision.kind, window),
                "reason": decision.reason,
                "who": by.name,
            },
        )
    mail.send_many("policy_changed", letters, at=at)


def _says(kind: str, window: Window) -> dict[str, str]:
    """What a window states of a kind, in words, and what is to be confirmed."""
    if kind != rules.AI:
        return {"says": counting_text(counting_in(window.policies)), "statement": ""}
    asked = declarations_in(window.policies).ai
    return {"says": ai_text(asked), "statement": asked.statement if asked.declared else ""}
