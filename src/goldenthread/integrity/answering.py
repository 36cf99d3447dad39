"""Answer questions that belong together at once: nothing follows, or a case for some of their scripts."""

import uuid
from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from django.db import transaction

from goldenthread.assessment.models import Script
from goldenthread.common import audit
from goldenthread.common.refused import Refused
from goldenthread.integrity import actions, rules
from goldenthread.integrity.models import Flag, MisconductCase

AT_ONCE = 500


@transaction.atomic
def answer_together(*, flags: Collection[int], reason: str, by: Any, at: datetime) -> int:
    """Answer questions about pairs, by their numbers, with one reason: nothing follows. How many these were (S2-20).

    Each keeps the answer as its own, and has it in its own trail. What somebody has answered meanwhile stays as it is;
    the same form twice changes nothing. Refuses without a reason, and where all of them have been answered otherwise.
    Few statements for each five hundred.
    """
    held = _locked(flags)
    still = [one for one in held if one.state == "open"]
    said = ("nothing", by.pk, reason.strip()[: rules.LONGEST])
    own = [one for one in held if (one.state, one.answered_by_id, one.reason) == said]
    if not still and own:
        return len(own)
    rules.check_answer("open" if still else "answered", reason)
    _write(still, "nothing", reason, by=by, at=at)
    return len(still)


@transaction.atomic
def open_cases_together(
    *,
    flags: Collection[int],
    scripts: Iterable[Script],
    allegation: str,
    form_key: str,
    by: Any,
    at: datetime,
) -> list[MisconductCase]:
    """Make an allegation about chosen scripts of pairs that belong together, and tell each writer (S2-20). The same
    form makes it once.

    Every open pair of a chosen script has led to a case from then on; the case of a script names the pair with most
    shared words. Pairs of others stay open, and hold their own results. Refuses nobody chosen, an allegation without
    words, and a script whose pairs somebody has answered meanwhile.
    """
    rules.check_text(allegation, what="what is alleged, in words for the participant")
    chosen = {one.pk: one for one in scripts}
    if not chosen:
        raise Refused("Choose whose script it is about.", code="case.nobody", field="about")
    held = sorted(_locked(flags), key=lambda one: (-one.words, one.pk))
    keys = {pk: uuid.uuid5(uuid.UUID(form_key), str(one.sitting_id)) for pk, one in chosen.items()}
    known = list(MisconductCase.objects.filter(steps__form_key__in=keys.values()).order_by("sitting"))
    if len(known) == len(chosen):
        return known
    first: dict[int, Flag] = {}
    for one in held:
        for pk in (one.script_id, one.other_id):
            if pk in chosen and one.state == "open":
                first.setdefault(pk, one)
    if first.keys() != chosen.keys():
        raise Refused(
            "A colleague has answered the questions about one of these scripts: look at them again.",
            code="flag.answered",
        )
    touched = [one for one in held if one.state == "open" and {one.script_id, one.other_id} & chosen.keys()]
    _write(touched, "case", allegation, by=by, at=at)
    return [
        actions.begin_case(
            sitting_id=chosen[pk].sitting_id, flag=flag, allegation=allegation, form_key=str(keys[pk]), by=by, at=at
        )
        for pk, flag in sorted(first.items())
    ]  # fmt: skip


def _locked(flags: Collection[int]) -> list[Flag]:
    """Questions about pairs, locked in their order."""
    numbers, held = sorted(set(flags)), list[Flag]()
    for start in range(0, len(numbers), AT_ONCE):
        some = Flag.objects.select_for_update(of=("self",)).filter(pk__in=numbers[start : start + AT_ONCE])
        held += some.filter(kind="similarity").order_by("pk")
    return held


def _write(held: list[Flag], state: str, reason: str, *, by: Any, at: datetime) -> None:
    text = reason.strip()[: rules.LONGEST]
    for start in range(0, len(held), AT_ONCE):
        some = [one.pk for one in held[start : start + AT_ONCE]]
        Flag.objects.filter(pk__in=some).update(state=state, reason=text, answered_by=by, answered_at=at)
    said = {f"flag:{one.pk}": {"state": state, "reason": text, "together": len(held)} for one in held}
    audit.record_many("flag.answered", said, by=by, at=at)
