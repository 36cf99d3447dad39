"""Invite two markers whose marks don't agree to a discussion, where their window's policy says so."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from goldenthread.assessment.models import Script, Window, WindowState
from goldenthread.common import audit, clock, mail
from goldenthread.common.days import day_text
from goldenthread.marking import conflicts, discussion_rules, quality_queries, queries
from goldenthread.marking.discussion_models import Discussion, Ending
from goldenthread.marking.models import Marking
from goldenthread.marking.quality_rules import Apart, Policy
from goldenthread.people.models import User


def open_discussions(
    scripts: Sequence[Script], markings: Mapping[int, Sequence[Marking]], policy: Policy, *, at: datetime
) -> set[int]:
    """Open a discussion of each script of one window, whose rows are locked and whose marks don't agree, if there is to
    be one; the keys of those scripts. `markings` are those of each script. Both get a mail. Few statements, however
    many scripts.
    """
    if policy.apart is not Apart.DISCUSSION or not scripts:
        return set()
    window, day = scripts[0].sitting.window, clock.day_of(at)
    pairs = {script.pk: {one.position: one for one in markings[script.pk]} for script in scripts}
    people = {pair[place].marker_id for pair in pairs.values() for place in (1, 2)}
    held = Discussion.objects.filter(script__in=pairs).exclude(ending=Ending.FELL).order_by()
    before = set(held.values_list("script_id", flat=True))
    marking_on = set(queries.markers_on(day)) - quality_queries.stopped_in(window.pk)
    away = conflicts.conflicts_of(Script.objects.filter(pk__in=pairs), people)
    moderated = moderation_has_begun(window)
    made = []
    for script_id, pair in pairs.items():
        both = {pair[1].marker_id, pair[2].marker_id}
        situation = discussion_rules.Situation(
            asked=True, held=script_id in before, third=3 in pair, moderated=moderated,
            able=both <= marking_on and not any((script_id, one) in away for one in both),
        )  # fmt: skip
        if discussion_rules.may_open(situation):
            made.append(_discussion(script_id, pair, policy, at=at))
    Discussion.objects.bulk_create(made, batch_size=500)
    _tell(made, scripts, at=at)
    return {one.script_id for one in made}


def moderation_has_begun(window: Window) -> bool:
    """Whether a window is moderated, or its results are out. One query, or none."""
    if window.state == WindowState.RELEASED:
        return True
    return Window.objects.filter(pk=window.pk, moderation__isnull=False).exists()


def _discussion(script_id: int, pair: Mapping[int, Marking], policy: Policy, *, at: datetime) -> Discussion:
    return Discussion(
        script_id=script_id, opened_at=at, until_on=clock.day_of(at) + timedelta(days=policy.discussion_days),
        first_marker_id=pair[1].marker_id, second_marker_id=pair[2].marker_id,
        first_marking=pair[1].pk, second_marking=pair[2].pk,
    )  # fmt: skip


def _tell(made: list[Discussion], scripts: Sequence[Script], *, at: datetime) -> None:
    """The trail of each script, and both markers of each by mail."""
    if not made:
        return
    told = {f"script:{one.script_id}": {"until_on": one.until_on, "discussion": one.pk} for one in made}
    audit.record_many("discussion.opened", told, by=None, at=at)
    codes = {script.pk: script.sitting.code for script in scripts}
    people = User.objects.in_bulk({pk for one in made for pk in (one.first_marker_id, one.second_marker_id)})
    letters = {
        f"discussion-opened:{one.pk}:{pk}": (
            people[pk].email,
            {
                "name": people[pk].get_short_name(),
                "code": codes[one.script_id],
                "number": one.pk,
                "until": day_text(one.until_on),
            },
        )
        for one in made
        for pk in (one.first_marker_id, one.second_marker_id)
    }
    mail.send_many("discussion_opened", letters, at=at)
