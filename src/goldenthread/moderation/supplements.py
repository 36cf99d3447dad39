"""What of a window the national moderator has answered already, and what is still to be asked: all of it at first, and
in a supplement what came in since, or has other marks by now. Answers that are applied stay.
"""

from collections.abc import Iterable
from datetime import datetime

from goldenthread.assessment.models import Script, Window
from goldenthread.marking.models import Agreement
from goldenthread.marking.rules import Totals
from goldenthread.moderation.final import final_marks
from goldenthread.moderation.models import NationalAnswer, Round

Answered = dict[int, Totals | None]  # script: with which marks it was confirmed; None: whatever they are


def applied_to(round: Round) -> list[NationalAnswer]:
    """The answers that are applied, the first one first. One query."""
    return list(round.answers.filter(state="applied").order_by("part", "pk"))


def answered_in(round: Round, applied: Iterable[NationalAnswer]) -> Answered:
    """The scripts of a round that applied answers were about. No query; one for answers that are older than what they
    cover: these were about everything that had its marks by then.
    """
    found: Answered = {}
    for one in applied:
        if one.covers:
            found |= {script: Totals(that, how) for script, that, how in one.covers}
        else:
            found |= dict.fromkeys(_agreed_by(round.window, one.read_at))
    return found


def _agreed_by(window: Window, at: datetime) -> list[int]:
    agreed = Agreement.objects.filter(script__sitting__window=window, at__lte=at).order_by("script")
    return list(agreed.values_list("script_id", flat=True))


def marks_now(window: Window) -> dict[int, tuple[Totals, bool]]:
    """The marks of every script of a window that counts, as they stand, and whether the national moderator gave them.
    Two queries, three where words cost marks.
    """
    final = final_marks(window)
    scripts = Script.objects.filter(sitting__window=window, current=True).order_by("pk")
    return {
        pk: (final[sitting].half_marks, national is not None)
        for pk, sitting, national in scripts.values_list("pk", "sitting_id", "national_mark")
        if sitting in final
    }


def still_asked(round: Round, *, answers: Iterable[NationalAnswer] | None = None) -> frozenset[int] | None:
    """The scripts that the national moderator is still to be asked about: None before any answer is applied, which
    means all; none once every script is answered. A page hands in the `answers` that it has loaded. At most five
    queries, two of a page.
    """
    applied = applied_to(round) if answers is None else [one for one in answers if one.state == "applied"]
    if not applied:
        return None
    answered = answered_in(round, applied)
    return frozenset(
        script
        for script, (marks, national) in marks_now(round.window).items()
        if not national and (script not in answered or answered[script] not in (None, marks))
    )


def scope_of(round: Round) -> frozenset[int] | None:
    """What a package made now is of: these scripts, or None: all of them, before an answer and after the last."""
    return still_asked(round) or None


def settle(round: Round, *, at: datetime | None = None) -> None:
    """Say of a locked round, signed off, since when nothing is left to ask: from `at`, when an answer is applied, or at
    the sign-off from the latest one that was. Who is answered by a supplement keeps the instant of that, everybody else
    that of the first answer.
    """
    applied = applied_to(round)
    if not round.national or not applied or still_asked(round):
        return
    round.national_at = at or max(one.decided_at for one in applied if one.decided_at)
    first, later = applied[0], [one for one in applied[1:] if one.decided_at]
    round.national_first_at = first.decided_at if later else None
    round.national_later = [
        [enrolment, one.decided_at.isoformat()]
        for one in later
        if one.decided_at
        for enrolment in _people_of(one)
    ]
    round.save(update_fields=["national_at", "national_first_at", "national_later"])


def _people_of(answer: NationalAnswer) -> list[int]:
    scripts = Script.objects.filter(pk__in=[row[0] for row in answer.covers]).order_by("sitting__enrolment")
    return list(scripts.values_list("sitting__enrolment_id", flat=True))
