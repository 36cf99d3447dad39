"""Where windows stand, from everything that has happened to them: one annotation for any list of windows."""

from datetime import datetime

from django.db.models import DateTimeField, Exists, Max, Min, OuterRef, QuerySet, Subquery

from goldenthread.assessment import rules, stages
from goldenthread.assessment.models import Script, Sitting, SittingState, Window, WindowState
from goldenthread.assessment.stages import WindowStage
from goldenthread.common.counting import count_of
from goldenthread.marking.models import Agreement, AgreementState, Marking
from goldenthread.moderation.models import Round


def with_facts(windows: QuerySet[Window]) -> QuerySet[Window]:
    """The windows with all that says where they stand; no further query, whatever their number.

    Annotates `first_opens_at`, `last_closes_at`, `scripts`, `unallocated` and `unagreed`,
    and loads the moderation. Refuses windows that are grouped: there every count would be made anew for each row that
    they are joined to, and 8,000 sittings took minutes; count with `common.counting` instead.
    """
    if windows.query.group_by is not None:
        raise ValueError("windows that are joined and grouped can't be counted quickly: use count_of")
    sittings = Sitting.objects.filter(window=OuterRef("pk"))
    scripts = Script.objects.filter(
        sitting__window=OuterRef("pk"), current=True, sitting__state=SittingState.HANDED_IN
    )
    agreed = Agreement.objects.filter(script=OuterRef("pk"), state=AgreementState.AGREED)
    unallocated = scripts.filter(~Exists(Marking.objects.filter(script=OuterRef("pk"))))
    return windows.select_related("moderation").annotate(
        first_opens_at=_of(sittings, Min("opens_at")),
        last_closes_at=_of(sittings, Max("closes_at")),
        scripts=count_of(scripts, "sitting__window"),
        unallocated=count_of(unallocated, "sitting__window"),
        unagreed=count_of(scripts.filter(~Exists(agreed)), "sitting__window"),
    )


def _of(sittings: QuerySet[Sitting], edge: Min | Max) -> Subquery:
    found = sittings.order_by().values("window").annotate(edge=edge).values("edge")
    return Subquery(found, output_field=DateTimeField())


def facts_of(window: Window) -> stages.WindowFacts:
    """The facts of a window from `with_facts`, as the rule takes them. No query."""
    opens_at, closes_at = rules.window_instants(window.opens_on, window.days, window.zone)
    found = vars(window)
    return stages.WindowFacts(
        opens_at=found["first_opens_at"] or opens_at,
        closes_at=found["last_closes_at"] or closes_at,
        has_case=window.case_study_id is not None or window.scheme_id is not None,
        cancelled=window.state == WindowState.CANCELLED,
        released=window.state == WindowState.RELEASED,
        expected=found["last_closes_at"] is not None and window.case_study_id is not None,
        scripts=found["scripts"],
        unallocated=found["unallocated"],
        unagreed=found["unagreed"],
        signed_off=bool(moderated_of(window) and window.moderation.final_at),
    )


def moderated_of(window: Window) -> Round | None:
    """The moderation of a window from `with_facts`, as far as it holds: none whose sample was drawn, or signed off,
    before the last deadline of the window, which more time has moved since. No query.
    """
    drawn: Round | None = getattr(window, "moderation", None)
    last = vars(window)["last_closes_at"]
    return drawn if drawn and (last is None or last <= drawn.closed_at) else None


def loaded_round(window: Window) -> Round | None:
    """The moderation of a window from `with_facts`, whether it holds or not, with the last deadline of the window, as
    `moderation.queries.overtaken` reads it. No query.
    """
    found: Round | None = getattr(window, "moderation", None)
    if found is not None:
        vars(found)["last_close"] = vars(window)["last_closes_at"]
    return found


def stage_of(window: Window, *, at: datetime) -> WindowStage:
    """Where a window from `with_facts` stands at an instant."""
    return stages.window_stage(facts_of(window), at)


def held_back_counts(window: Window) -> dict[str, int]:
    """How many of a window are held back for which condition: {"induction not finished": 2}. One query."""
    held = Sitting.objects.filter(window=window, state=SittingState.HELD_BACK)
    counts: dict[str, int] = {}
    for gate in held.order_by("pk").values_list("gate", flat=True):
        name = stages.gate_name(gate)
        counts[name] = counts.get(name, 0) + 1
    return counts
