"""What the nightly comparison found: kept, told once to whoever answers for it, and looked into by a named person."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import CharField, Count, F, Min, QuerySet, Value
from django.db.models.functions import Concat
from django.http import Http404

from goldenthread.applications.models import Enrolment
from goldenthread.assessment.models import Script, Window
from goldenthread.common import audit, mail
from goldenthread.common.audit import Fault
from goldenthread.common.meanwhile import decided_meanwhile
from goldenthread.common.models import AuditEvent
from goldenthread.engagement.together import batched
from goldenthread.integrity.access import handles
from goldenthread.integrity.raising import who_handles
from goldenthread.people.access import Viewer
from goldenthread.reports import finding_rules as rules
from goldenthread.reports.finding_models import Finding

CHAIN, COMPARED = "trail", "trail.compared"  # the chain and the verb that keep each comparison
AT_ONCE = 500
DIFFERS = "differs"  # begins the names under which the desk counts them


# --- what there is ---------------------------------------------------------------------------------------
def findings_for(viewer: Viewer, *, looked: bool = False) -> QuerySet[Finding]:
    """The findings that nobody has looked into, the oldest first, or those that somebody has; 404 for who doesn't
    answer for them: the office, but nobody who also marks or moderates.
    """
    _only(viewer)
    found = Finding.objects.select_related("looked_by").filter(looked_at__isnull=not looked)
    return found.order_by("-looked_at", "-pk") if looked else found.order_by("found_at", "pk")


def get_finding_for(viewer: Viewer, finding_id: int) -> Finding:
    """One finding; 404 for who doesn't answer for it."""
    _only(viewer)
    found = Finding.objects.select_related("looked_by").filter(pk=finding_id).first()
    if found is None:
        raise Http404
    return found


def _only(viewer: Viewer) -> None:
    if not handles(viewer):
        raise Http404


def for_the_desk() -> QuerySet[Any, Any]:
    """By kind of row what nobody has looked into, for a union with other counts: a name that `read_name` takes apart,
    how many there are, and since when the oldest.
    """
    open_ones = Finding.objects.filter(looked_at__isnull=True).order_by().values("kind")
    parts = (Value(f"{DIFFERS}\n"), F("kind"), Value("\n"), Min("label"))
    named = Concat(*parts, output_field=CharField())
    return open_ones.annotate(name=named, number=Count("pk"), oldest=Min("found_at"))


def read_name(name: str) -> tuple[str, str] | None:
    """Of a name from `for_the_desk` the kind and one of those that it is about; None of any other name."""
    what, _, rest = name.partition("\n")
    if what != DIFFERS:
        return None
    kind, _, label = rest.partition("\n")
    return kind, label


# --- found -----------------------------------------------------------------------------------------------
@transaction.atomic
def keep(faults: Iterable[Fault], *, at: datetime) -> list[Finding]:
    """Keep what a comparison found and tell whoever answers for it of what is new, once; returns the new ones. What is
    no more is marked so, and stays. A difference that comes back is a new one.
    """
    before = AuditEvent.objects.filter(subject=CHAIN, verb=COMPARED).order_by("-sequence").first()
    now = {(one.subject, one.sequence, one.problem[:400]): one for one in faults}
    known = {
        (one.subject, one.sequence, one.problem): one
        for one in Finding.objects.select_for_update(of=("self",)).filter(gone_at__isnull=True)
    }
    gone = [one.pk for key, one in known.items() if key not in now]
    for some in batched(gone, AT_ONCE):
        Finding.objects.filter(pk__in=some).update(gone_at=at)
    new = [fault for key, fault in now.items() if key not in known]
    labels = _labels([one.subject for one in new])
    made = [
        Finding(
            kind=one.kind,
            subject=one.subject,
            sequence=one.sequence,
            problem=one.problem[:400],
            label=labels.get(one.subject, one.subject),
            sound_at=before.at if before else None,
            found_at=at,
        )
        for one in new
    ]
    Finding.objects.bulk_create(made, batch_size=AT_ONCE)
    event = audit.record(COMPARED, CHAIN, by=None, at=at, differ=len(now), new=len(made), gone=len(gone))
    if made:
        _tell(Counter(one.kind for one in made), event.sequence, at=at)
    return made


def _labels(subjects: Sequence[str]) -> dict[str, str]:
    """By chain what its subject is called on pages of the office: codes and references, no names. A query for each kind
    of subject and some hundred of them.
    """
    numbers: dict[str, list[int]] = {}
    for subject in dict.fromkeys(subjects):
        kind, number = rules.about(subject)
        if number:
            numbers.setdefault(kind, []).append(number)
    found: dict[str, str] = {}
    rows: Mapping[str, QuerySet[Any, Any]] = {
        "script": Script.objects.values_list("pk", "sitting__code"),
        "enrolment": Enrolment.objects.values_list("pk", "reference"),
        "window": Window.objects.values_list("pk", "intake__name"),
    }
    for kind, known in rows.items():
        for some in batched(numbers.get(kind, []), AT_ONCE):
            named = known.filter(pk__in=some).order_by("pk")
            found |= {f"{kind}:{pk}": f"{kind} {name}"[:100] for pk, name in named}
    return {subject: found.get(subject, subject.replace(":", " ")) for subject in subjects}


def _tell(kinds: Mapping[str, int], comparison: int, *, at: datetime) -> None:
    """One mail to each who answers for it: how many rows of which kind, and where to read the rest."""
    what = [rules.count_text(kind, count) for kind, count in sorted(kinds.items())]
    said = {"what": what, "count": sum(kinds.values())}
    letters = {
        f"trail_differs:{comparison}:{one.pk}": (one.email, {"name": one.get_short_name(), **said})
        for one in who_handles(at)
    }
    mail.send_many("trail_differs", letters, at=at)


# --- looked into -----------------------------------------------------------------------------------------
@transaction.atomic
def look_into(*, finding: Finding, reason: str, by: Any, at: datetime) -> Finding:
    """Record that somebody looked into a finding, and what they found; it leaves the desk and stays on the page.

    Refuses without a reason and about oneself. The same of the same person again is one; whatever else comes second is
    refused with who was first.
    """
    rules.check_reason(reason)
    said = reason.strip()
    held = Finding.objects.select_for_update(of=("self",)).select_related("looked_by").get(pk=finding.pk)
    if held.looked_at is not None:
        if (held.looked_by_id, held.reason) == (by.pk, said):
            return held
        raise decided_meanwhile(
            "recorded what was found", by=by, who=held.looked_by, at=held.looked_at, code="finding.looked"
        )
    rules.check_not_about(is_about(held, by))
    held.looked_by, held.looked_at, held.reason = by, at, said
    held.save(update_fields=["looked_by", "looked_at", "reason"])
    audit.record(
        "finding.looked_into", held, by=by, at=at, about=held.subject, event=held.sequence, kind=held.kind,
        problem=held.problem, reason=said,
    )  # fmt: skip
    return held


def is_about(finding: Finding, user: Any) -> bool:
    """Whether a finding is about this person's own script or result. One query at most."""
    kind, number = rules.about(finding.subject)
    if kind == "enrolment":
        return Enrolment.objects.filter(pk=number, user=user).exists()
    return kind == "script" and Script.objects.filter(pk=number, sitting__enrolment__user=user).exists()
