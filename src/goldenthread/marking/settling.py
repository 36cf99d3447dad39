"""What the markings of scripts come to: agreed, discussed by the two, or referred to a third marker."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from goldenthread.assessment.models import Script
from goldenthread.common import audit
from goldenthread.marking import agreement_rules, opening, quality_queries, queries, rules
from goldenthread.marking.models import Agreement, AgreementState, Marking, MarkingState
from goldenthread.marking.quality_models import SingleMarked
from goldenthread.marking.quality_rules import Policy

_WRITTEN = ["state", "method", "standing", "half_marks_learn_that", "half_marks_learn_how_to", "at"]
_READ = ("script_id", "position", "state", "marker_id", "learn_that", "learn_how_to")


def settle(scripts: Sequence[Script], scheme: rules.Scheme, *, at: datetime) -> list[Script]:
    """Write what the markings of scripts of one window, whose rows are locked, come to where all that are awaited are
    in; gives those that are referred and have no third marker yet. Few statements, however many scripts.

    Where the policy says so, the two markers of what doesn't agree are invited to discuss it: nothing is written yet
    then. Who is appointed as the third is awaited too, also where the first two were marked anew meanwhile.
    """
    found: dict[int, list[Marking]] = {script.pk: [] for script in scripts}
    rows = Marking.objects.filter(script__in=found, position__lt=rules.FIRST_REMARK)
    for one in rows.only(*_READ).order_by("position"):
        found[one.script_id or 0].append(one)
    single = set(SingleMarked.objects.filter(script__in=found).order_by().values_list("script_id", flat=True))
    ready = [script for script in scripts if _all_in(found[script.pk], single=script.pk in single)]
    if not ready:
        return []
    policy = quality_queries.policy_of(ready[0].sitting.window_id)
    verdicts = {
        script.pk: _verdict(found[script.pk], scheme, policy, single=script.pk in single) for script in ready
    }
    apart = [script for script in ready if not verdicts[script.pk].agreed]
    for script_id in opening.open_discussions(apart, found, policy, at=at):
        del verdicts[script_id]
    write(verdicts, at=at)
    return [script for script in apart if script.pk in verdicts]


def write(verdicts: Mapping[int, agreement_rules.Verdict], *, at: datetime) -> None:
    """Write down what scripts, by key, come to, in place of what they came to before, and in the trail of each."""
    Agreement.objects.bulk_create(
        [_agreement(pk, verdict, at=at) for pk, verdict in verdicts.items()],
        batch_size=500, update_conflicts=True, unique_fields=["script"], update_fields=_WRITTEN,
    )  # fmt: skip
    for verb, agreed in (("marks.agreed", True), ("marks.referred", False)):
        told = {
            f"script:{pk}": {
                "method": one.method,
                "half_marks": one.half_marks.total if one.half_marks else None,
                "by_kind": [one.half_marks.learn_that, one.half_marks.learn_how_to]
                if one.half_marks
                else None,
                "standing": list(one.standing),
            }
            for pk, one in verdicts.items()
            if one.agreed is agreed
        }
        audit.record_many(verb, told, by=None, at=at)


def _all_in(markings: list[Marking], *, single: bool) -> bool:
    done = {one.position for one in markings if one.state == MarkingState.SUBMITTED}
    return ({1} if single else {1, 2}) <= done and len(done) == len(markings)


def _verdict(
    markings: list[Marking], scheme: rules.Scheme, policy: Policy, *, single: bool
) -> agreement_rules.Verdict:
    done = {one.position: queries.totals_of(one) for one in markings}
    if 3 in done:
        return agreement_rules.third(done, pass_mark=scheme.pass_mark, way=policy.third)
    if single and 2 not in done:
        return agreement_rules.only(done[1])
    return agreement_rules.compare(
        done[1],
        done[2],
        tolerance=policy.within(scheme.tolerance),
        pass_mark=scheme.pass_mark,
        pair=policy.pair,
    )


def _agreement(script_id: int, verdict: agreement_rules.Verdict, *, at: datetime) -> Agreement:
    half = verdict.half_marks
    return Agreement(
        script_id=script_id,
        state=AgreementState.AGREED if verdict.agreed else AgreementState.REFERRED,
        method=verdict.method,
        standing=agreement_rules.standing_text(verdict.standing),
        half_marks_learn_that=half.learn_that if half else None,
        half_marks_learn_how_to=half.learn_how_to if half else None,
        at=at,
    )
