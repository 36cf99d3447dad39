"""Compare scripts, raise and answer questions, and the steps of a misconduct case: each with who, when and why."""

import uuid
from array import array
from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from goldenthread.assessment.models import Script, Sitting, Window
from goldenthread.assessment.rules import check_not_about_oneself, is_about_oneself
from goldenthread.common import audit, mail
from goldenthread.common.meanwhile import decided_meanwhile
from goldenthread.common.refused import Refused
from goldenthread.integrity import crowds, queries, rules, winnowing
from goldenthread.integrity.models import (
    CaseStep,
    Comparison,
    Concern,
    Fingerprint,
    Flag,
    KnownText,
    MisconductCase,
)
from goldenthread.integrity.rules import Hearing, Kind, OnAppeal, Verdict
from goldenthread.integrity.winnowing import METHOD, Numbers

AT_ONCE = 500


# --- comparing -------------------------------------------------------------------------------------------
def make_fingerprints(scripts: QuerySet[Script], *, limit: int | None = None) -> int:
    """Make the fingerprints that are missing among these scripts, some hundred at a time; gives how many."""
    numbers, made = Numbers(), 0
    missing = list(
        queries.without_print(METHOD)
        .filter(pk__in=scripts.order_by().values("pk"))
        .order_by("pk")
        .values_list("pk", flat=True)[:limit]
    )
    for start in range(0, len(missing), AT_ONCE):
        some = Script.objects.filter(pk__in=missing[start : start + AT_ONCE]).order_by("pk")
        prints = [
            Fingerprint(
                script_id=pk, method=METHOD, numbers=winnowing.packed(winnowing.fingerprint(text, numbers))
            )
            for pk, text in some.values_list("pk", "text")
        ]
        Fingerprint.objects.bulk_create(
            prints, update_conflicts=True, unique_fields=["script"], update_fields=["method", "numbers"]
        )
        made += len(prints)
    return made


def compare(*, window: Window, by: Any, at: datetime) -> Comparison:
    """Look for passages that the scripts of a closed window share, with each other and with those of other windows of
    the programme (S2-20). What stands in the case, its question, the framework and known quotations is nobody's copy.

    Each pair becomes a question to a person, once; doing it again adds only what is new. Refuses while somebody can
    still hand in. Handles 14,000 scripts in one go: operations on whole sets, then word by word for what is left.
    """
    queries.check_closed(window, at=at)
    scripts = queries.scripts_to_compare(window)
    make_fingerprints(scripts)
    numbers = Numbers()
    excluded = winnowing.excluded_grams(queries.quotable(window), numbers)
    writers = dict(scripts.order_by("pk").values_list("pk", "sitting__enrolment__user"))
    own = set(queries.scripts_of(window).values_list("pk", flat=True))
    found = winnowing.pairs_of(_prints(writers), excluded=excluded, among=own)
    many = crowds.crowds_of(
        _taken_apart([*sorted(found.crowded & own), *sorted(found.crowded - own)], numbers),
        found.common, excluded, among=own, writers=writers,
    )  # fmt: skip
    others = {pair for pair in found.pairs if writers[pair[0]] != writers[pair[1]]} | many.pairs
    phrases = found.common - many.numbers
    shared = _word_by_word(others, excluded | phrases, numbers)
    counts = {"scripts": len(own), "others": len(writers) - len(own)}
    return _recorded(window, shared, counts, phrases, by=by, at=at)


def _prints(writers: Iterable[int]) -> "dict[int, array[int]]":
    wanted = sorted(writers)
    found: dict[int, array[int]] = {}
    for start in range(0, len(wanted), AT_ONCE):
        rows = Fingerprint.objects.filter(script__in=wanted[start : start + AT_ONCE]).order_by("script")
        found |= {pk: winnowing.unpacked(bytes(data)) for pk, data in rows.values_list("script", "numbers")}
    return found


def _taken_apart(scripts: list[int], numbers: Numbers) -> Iterator[tuple[int, winnowing.Text]]:
    """The texts of these scripts in this order, some hundred in memory at a time."""
    for start in range(0, len(scripts), AT_ONCE):
        some = scripts[start : start + AT_ONCE]
        texts = dict(Script.objects.filter(pk__in=some).order_by().values_list("pk", "text"))
        for pk in some:
            yield pk, winnowing.taken_apart(texts[pk], numbers)


def _word_by_word(
    pairs: Iterable[tuple[int, int]], excluded: AbstractSet[int], numbers: Numbers
) -> dict[tuple[int, int], int]:
    """How many words each pair shares in passages, for the pairs that a person has to look at; some hundred pairs, and
    the texts of these alone, at a time.
    """
    wanted, found = sorted(pairs), dict[tuple[int, int], int]()
    for start in range(0, len(wanted), AT_ONCE):
        some = wanted[start : start + AT_ONCE]
        texts = dict(_taken_apart(sorted({pk for pair in some for pk in pair}), numbers))
        for first, second in some:
            shared = winnowing.shared_passages(texts[first], texts[second], excluded)
            if shared.to_look_at:
                found[first, second] = shared.words
    return found


@transaction.atomic
def _recorded(
    window: Window,
    shared: Mapping[tuple[int, int], int],
    counts: dict[str, int],
    common: AbstractSet[int],
    *,
    by: Any,
    at: datetime,
) -> Comparison:
    Window.objects.select_for_update(of=("self",)).get(
        pk=window.pk
    )  # two comparisons at once ask nothing twice
    known = set(
        Flag.objects.filter(kind="similarity", script__in={pair[0] for pair in shared})
        .order_by()
        .values_list("script", "other")
    )
    fresh = (pair for pair in shared if pair not in known)
    new = sorted(fresh, key=lambda pair: (-shared[pair], pair))
    made = Comparison.objects.create(
        window=window,
        at=at,
        by=by,
        flags=len(new),
        common=winnowing.packed(array("q", sorted(common))),
        **counts,
    )
    Flag.objects.bulk_create(
        (
            Flag(
                kind="similarity",
                script_id=first,
                other_id=second,
                words=shared[first, second],
                comparison=made,
                raised_at=at,
            )
            for first, second in new
        ),
        batch_size=AT_ONCE,
    )
    audit.record("window.compared", window, by=by, at=at, flags=len(new), **counts)
    return made


@transaction.atomic
def leave_uncompared(*, window: Window, reason: str, by: Any, at: datetime) -> Comparison:
    """Say why the scripts of a closed window are not compared, so that its results can be released. They can still be
    compared later. The same reason twice is kept once.
    """
    window = Window.objects.select_for_update(of=("self",)).get(pk=window.pk)
    queries.check_closed(window, at=at)
    rules.check_not_comparing(reason)
    count, words = queries.scripts_of(window).count(), reason.strip()[: rules.LONGEST]
    known = queries.last_comparison(window)
    if known is not None and (known.reason, known.scripts) == (words, count):
        return known
    made = Comparison.objects.create(
        window=window, at=at, by=by, scripts=count, others=0, flags=0, common=b"", reason=words
    )
    audit.record("window.left_uncompared", window, by=by, at=at, scripts=count, reason=words)
    return made


@transaction.atomic
def add_known_text(*, window: Window, title: str, text: str, by: Any, at: datetime) -> KnownText:
    """Add a quotation that many use, so that no later comparison asks about it. The same text is added once."""
    rules.check_text(text, what="the quotation")
    programme = window.intake.version.programme
    known = KnownText.objects.filter(programme=programme, text=text.strip()).first()
    if known is not None:
        return known
    made = KnownText.objects.create(
        programme=programme,
        title=title.strip()[:200],
        text=text.strip()[: 10 * rules.LONGEST],
        added_by=by,
        added_at=at,
    )
    audit.record("known_text.added", f"programme:{programme.pk}", by=by, at=at, title=made.title)
    return made


# --- questions -------------------------------------------------------------------------------------------
@transaction.atomic
def raise_concern(*, script: Script, note: str, by: Any, at: datetime, anew: bool = False) -> Flag:
    """A person noticed something about a script: a question that holds the result until it is answered. The same words
    make one, unless it is to be one of its own (`anew`). Nobody asks about their own script.
    """
    rules.check_text(note, what="what you noticed")
    sitting = (
        Sitting.objects.select_related("enrolment")
        .only("window", "enrolment__user")
        .get(pk=script.sitting_id)
    )
    check_not_about_oneself(is_about_oneself(sitting.enrolment.user_id, by))
    Window.objects.select_for_update(of=("self",)).get(pk=sitting.window_id)  # a release waits, or has been
    known = Flag.objects.filter(kind="concern", script=script, state="open", note=note.strip()).first()
    if known is not None and not anew:
        return known
    made = Flag.objects.create(
        kind="concern", script=script, note=note.strip()[: rules.LONGEST], raised_by=by, raised_at=at
    )
    audit.record("flag.raised", f"flag:{made.pk}", by=by, at=at, sitting=sitting.pk)
    return made


@transaction.atomic
def answer_flag(*, flag: Flag, reason: str, by: Any, at: datetime) -> Flag:
    """Answer a question: nothing follows. The results are free, if nothing else holds them.

    The same form of the same person twice is harmless; another answer is told what stands, and isn't kept.
    """
    held = Flag.objects.select_for_update(of=("self",)).get(pk=flag.pk)
    said = ("nothing", by.pk, reason.strip()[: rules.LONGEST])
    if said == (held.state, held.answered_by_id, held.reason):
        return held
    check_may_answer(held, by=by)
    _check_open(held, reason, by=by, at=at)
    _answered(held, "nothing", reason, by=by, at=at)
    return held


def check_may_answer(flag: Flag, *, by: Any) -> None:
    """Refuses whose own script a question is about, and who raised it as a marker or moderator."""
    scripts = Script.objects.filter(pk__in=[flag.script_id, flag.other_id], sitting__enrolment__user=by)
    check_not_about_oneself(scripts.exists())
    asked = flag.raised_by_id == by.pk and Concern.objects.filter(flag=flag).exists()
    rules.check_not_asked_by_oneself(asked=asked)


def _check_open(held: Flag, reason: str, *, by: Any, at: datetime) -> None:
    """Nobody has answered this question before; who comes second is told by whom and how."""
    if held.state != "open" and held.answered_by is not None:
        done = "opened a case about this" if held.state == "case" else "answered that nothing follows"
        raise decided_meanwhile(
            done, by=by, who=held.answered_by, at=held.answered_at or at, code="flag.answered",
            then="The answer that stands is on this page. If you see something else, ask a question of your own about "
            "the script, on the page of the window.",
        )  # fmt: skip
    rules.check_answer(held.state, reason)


def _answered(held: Flag, state: str, reason: str, *, by: Any, at: datetime) -> None:
    held.state, held.reason, held.answered_by, held.answered_at = (
        state,
        reason.strip()[: rules.LONGEST],
        by,
        at,
    )
    held.save(update_fields=["state", "reason", "answered_by", "answered_at"])
    audit.record("flag.answered", f"flag:{held.pk}", by=by, at=at, state=state, reason=held.reason)


# --- cases -----------------------------------------------------------------------------------------------
@transaction.atomic
def open_case(
    *, flag: Flag, scripts: Iterable[Script], allegation: str, form_key: str, by: Any, at: datetime
) -> list[MisconductCase]:
    """Make an allegation about one or both scripts of a question, and tell each writer. The same form makes it once.

    The other writer is named to nobody: an allegation says what it has to say in words of its own.
    """
    rules.check_text(allegation, what="what is alleged, in words for the participant")
    held = Flag.objects.select_for_update(of=("self",)).get(pk=flag.pk)
    chosen = sorted({one.sitting_id for one in scripts})
    if not chosen:
        raise Refused("Choose whose script it is about.", code="case.nobody", field="about")
    key = uuid.UUID(form_key)
    keys = [uuid.uuid5(key, str(pk)) for pk in chosen]
    known = list(MisconductCase.objects.filter(flag=held, steps__form_key__in=keys).order_by("sitting"))
    if len(known) == len(chosen):
        return known
    check_may_answer(held, by=by)
    _check_open(held, allegation, by=by, at=at)
    _answered(held, "case", allegation, by=by, at=at)
    return [
        begin_case(
            sitting_id=pk, flag=held, allegation=allegation, form_key=str(uuid.uuid5(key, str(pk))), by=by, at=at
        )
        for pk in chosen
    ]  # fmt: skip


def begin_case(
    *, sitting_id: int, flag: Flag, allegation: str, form_key: str, by: Any, at: datetime
) -> MisconductCase:
    """Open a case of a question that has been answered by it, in the caller's transaction, and tell the writer."""
    made = MisconductCase.objects.create(sitting_id=sitting_id, flag=flag, opened_at=at)
    _step(made, [], Kind.ALLEGATION, allegation, form_key=form_key, by=by, at=at)
    _tell(made, Kind.ALLEGATION, at=at)
    return made


@transaction.atomic
def state(*, case: MisconductCase, text: str, form_key: str, by: Any, at: datetime) -> CaseStep:
    """The participant's statement."""
    held, steps, known = _held(case, form_key)
    if known is not None:
        return known
    rules.check_text(text, what="your statement")
    rules.check_statement(steps)
    return _step(held, steps, Kind.STATEMENT, text, form_key=form_key, by=by, at=at)


@transaction.atomic
def record_hearing(
    *, case: MisconductCase, text: str, form_key: str, by: Any, at: datetime, hearing: Hearing = Hearing.HELD
) -> CaseStep:
    """That a hearing is to come, or was held: when, where, who took part, what was said. Only one that was held has
    heard the participant.
    """
    held, steps, known = _held(case, form_key)
    if known is not None:
        return known
    rules.check_text(text, what="when, where, who took part and what was said")
    rules.check_hearing(steps)
    made = _step(held, steps, Kind.HEARING, text, value=hearing, form_key=form_key, by=by, at=at)
    _tell(held, Kind.HEARING, at=at, step=made)
    return made


@transaction.atomic
def decide_case(
    *, case: MisconductCase, verdict: Verdict, text: str, form_key: str, by: Any, at: datetime
) -> CaseStep:
    """Decide a case with its reasons, and tell the participant: not upheld, a warning, or the script doesn't count."""
    held, steps, known = _held(case, form_key)
    if known is not None:
        return known
    rules.check_text(text, what="the reasons")
    rules.check_decision(
        steps, by=by.pk, participant=held.sitting.enrolment.user_id, asked=queries.who_asked(held)
    )
    made = _step(held, steps, Kind.DECISION, text, value=verdict, form_key=form_key, by=by, at=at)
    _tell(held, Kind.DECISION, at=at)
    return made


@transaction.atomic
def appeal(*, case: MisconductCase, text: str, form_key: str, by: Any, at: datetime) -> CaseStep:
    """The participant's appeal against a decision; it holds the result again."""
    held, steps, known = _held(case, form_key)
    if known is not None:
        return known
    rules.check_text(text, what="why you appeal")
    rules.check_appeal(steps, at=at, zone=held.sitting.zone)
    return _step(held, steps, Kind.APPEAL, text, form_key=form_key, by=by, at=at)


@transaction.atomic
def decide_appeal(
    *, case: MisconductCase, allowed: bool, text: str, form_key: str, by: Any, at: datetime
) -> CaseStep:
    """Decide an appeal: allowed, the decision falls; dismissed, it stands."""
    held, steps, known = _held(case, form_key)
    if known is not None:
        return known
    rules.check_text(text, what="the reasons")
    rules.check_appeal_decision(
        steps, by=by.pk, participant=held.sitting.enrolment.user_id, asked=queries.who_asked(held)
    )
    value = OnAppeal.ALLOWED if allowed else OnAppeal.DISMISSED
    made = _step(held, steps, Kind.APPEAL_DECISION, text, value=value, form_key=form_key, by=by, at=at)
    _tell(held, Kind.APPEAL_DECISION, at=at)
    return made


def _held(case: MisconductCase, form_key: str) -> tuple[MisconductCase, list[rules.Step], CaseStep | None]:
    """The case, locked, with its steps, and the step that this form made already."""
    held = (
        MisconductCase.objects.select_for_update(of=("self",))
        .select_related("sitting__enrolment__user", "sitting__window__intake__version__programme")
        .get(pk=case.pk)
    )
    steps = queries.steps_of(held)
    known = next((one for one in steps if str(one.form_key) == str(uuid.UUID(form_key))), None)
    return held, queries.judged(steps), known


def _step(
    case: MisconductCase,
    before: list[rules.Step],
    kind: Kind,
    text: str,
    *,
    value: str = "",
    form_key: str,
    by: Any,
    at: datetime,
) -> CaseStep:
    """Add a step to those before, with what follows from it for the result."""
    made = CaseStep.objects.create(
        case=case,
        number=len(before) + 1,
        kind=kind,
        value=value,
        text=text.strip()[: rules.LONGEST],
        by=by,
        at=at,
        form_key=uuid.UUID(form_key),
    )
    steps = [*before, *queries.judged([made])]
    case.holds, case.verdict = rules.is_open(steps), rules.verdict_of(steps)
    case.save(update_fields=["holds", "verdict"])
    audit.record(
        f"case.{kind}", f"case:{case.pk}", by=by, at=at, number=made.number, value=value, text=made.text
    )
    return made


def _tell(case: MisconductCase, kind: Kind, *, at: datetime, step: CaseStep | None = None) -> None:
    """Tell the participant that there is something to read; the mail itself says nothing of it."""
    sitting = Sitting.objects.select_related(
        "enrolment__user", "window__intake__version__programme"
    ).defer("draft").get(pk=case.sitting_id)  # fmt: skip
    person = sitting.enrolment.user
    mail.send(
        "case_step",
        to=person.email,
        key=f"case_step:{case.pk}:{kind}:{step.number if step else ''}",
        at=at,
        name=person.get_short_name(),
        programme=sitting.window.intake.version.programme.code,
        work="project" if sitting.window.task else "case study",
        case=case.pk,
    )
