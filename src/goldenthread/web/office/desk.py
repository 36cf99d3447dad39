"""What the office has to decide now, counted in few statements, and where everybody stands."""

import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from django.urls import reverse

from goldenthread.applications.models import Stage
from goldenthread.assessment.limit_queries import WORD_LIMIT
from goldenthread.assessment.models import Window
from goldenthread.catalogue.rules import add_months
from goldenthread.common import clock
from goldenthread.common.days import day_text
from goldenthread.intakes.models import Intake
from goldenthread.integrity.access import handles as handles_questions
from goldenthread.outcomes.models import PlanState
from goldenthread.outcomes.waits import Waits
from goldenthread.outcomes.windows import facts_of, moderated_of
from goldenthread.people.access import Viewer
from goldenthread.reports.finding_rules import count_text
from goldenthread.reports.rules import PASS_ALERT, rate_text, tenths
from goldenthread.web.office.access import office_only
from goldenthread.web.office.desk_parts import Decision, Desk, IntakeLine
from goldenthread.web.office.desk_results import after_results, planned_release
from goldenthread.web.office.situation import STILL_SHOWN, Attempts, Situation, Thread
from goldenthread.web.office.stages import shown_all

NEARLY_FULL_PERCENT = 90
AHEAD = timedelta(days=60)  # how far before a window its case study and word limit are asked for
WINDOW_AHEAD = timedelta(days=120)  # how far before the earliest first day a window is asked for


# --- what follows from the counts --------------------------------------------------------------------
def decisions(now: Situation) -> Iterator[Decision]:
    """Everything that waits for a decision, desk by desk."""
    yield from _safeguarding(now)
    yield from _differing(now)
    yield from _applications(now)
    yield from _windows_to_prepare(now)
    yield from _marking(now)
    yield from _own_work(now)
    yield from _pass_rates(now)
    yield from (Decision(**line) for line in after_results(now.waiting))
    yield from _engagement(now)
    yield from _messages(now)
    yield from _certificates(now)
    yield from _names(now)
    yield from _elsewhere(now)


def _safeguarding(now: Situation) -> Iterator[Decision]:
    """Somebody may be at risk: before everything else, with the page of the oldest concern."""
    for intake in now.intakes if now.questions else ():
        if intake.urgent:
            flag = intake.urgent_flag
            url = reverse("office:flag", args=[flag]) if flag else _known_concerns(intake)
            text = _many(intake.urgent, "safeguarding concern", "safeguarding concerns")
            text += f" about scripts of {now.name(intake)}"
            note = "read it now, and follow your procedure"
            yield Decision("Safeguarding", intake.urgent, text, url, note=note, late=True)


def _differing(now: Situation) -> Iterator[Decision]:
    """Rows that were changed past the product: for those who answer for them, before all that rests on such rows."""
    for one in now.waiting.differing if now.questions else ():
        more = f" and {one.count - 1:,} more" if one.count > 1 else ""
        text = f"{count_text(one.kind, one.count)} not what the audit trail says: {one.label}{more}"
        note = f"found {day_text(clock.day_of(one.since))}; see what was changed, then say what you found"
        yield Decision("Audit trail", one.count, text, reverse("office:findings"), note=note, late=True)


def _known_concerns(intake: Any) -> str:
    """Where concerns about scripts whose marks are known are answered."""
    return f"{reverse('office:integrity', args=[intake.urgent_in])}#known-concerns"


def _applications(now: Situation) -> Iterator[Decision]:
    for intake in now.intakes:
        count, since = intake.waiting, intake.since or now.at
        if count:
            url = f"{reverse('office:applications')}?intake={intake.pk}&state=submitted"
            text = f"{_many(count, 'application waits', 'applications wait')} for {now.name(intake)}"
            days = (now.on - clock.day_of(since)).days
            note = f"the oldest for {_many(days, 'day', 'days')}" if days else "since today"
            yield Decision(
                "Applications",
                count,
                text,
                url,
                by=intake.starts_on,
                note=note,
                late=intake.starts_on <= now.on,
            )
        taken = now.of(intake).all
        if (
            intake.places
            and intake.starts_on >= now.on
            and taken * 100 >= intake.places * NEARLY_FULL_PERCENT
        ):
            url = f"{reverse('office:enrolments')}?intake={intake.pk}"
            text = f"{taken} of {intake.places} places are taken in {now.name(intake)}"
            yield Decision("Applications", taken, text, url, by=intake.starts_on)


def _windows_to_prepare(now: Situation) -> Iterator[Decision]:
    coming = {window.intake_id: window for window in reversed(now.windows)}
    for intake in now.intakes:
        version, booked = now.versions[intake.version_id], now.of(intake)
        months = version.first_window_months
        people = booked.taking_part
        if not people or months is None:
            continue
        earliest = add_months(intake.starts_on, months)
        late = earliest < now.on
        if version.needs_word_limit and not intake.word_limit_ruled and earliest - WINDOW_AHEAD <= now.on:
            choose = reverse("office:ruling", args=[version.key, intake.pk, WORD_LIMIT])
            text = f"Word limit of {now.name(intake)} is not chosen: its sources disagree"
            yield Decision("Assessment", people, text, choose, by=earliest, late=late)
        if booked.without and earliest - WINDOW_AHEAD <= now.on:
            yield _without_window(now, intake, coming.get(intake.pk), booked.without, earliest)
        if booked.left:
            text = f"{_many(booked.left, 'person', 'people')} of {now.name(intake)} held back when the window opened"
            url = f"{reverse('office:window', args=[booked.window])}?show=held_back"
            note = (
                "results are released: on the page of each, enter them once more or say what else comes next"
            )
            yield Decision("Assessment", booked.left, text, url, note=note)
    yield from _deferred(now)
    asked = sum(intake.asked for intake in now.intakes)
    if asked:
        text = _many(asked, "request", "requests") + " for an adjustment or more time, or to defer"
        note = "somebody other than who recorded it decides"
        yield Decision("Assessment", asked, text, reverse("office:adjustments"), note=note)
    for window in now.windows:
        if window.sealed_shut and facts_of(window).closes_at > now.at:
            intake = next(one for one in now.intakes if one.pk == window.intake_id)
            text = f"Case study of {now.name(intake)} does not open: nobody can be shown it"
            note = "whoever runs the installation finds out with goldenthread keys check"
            url, by = reverse("office:case_studies"), window.opens_on
            yield Decision("Assessment", now.of(intake).taking_part, text, url, by=by, note=note, late=True)
        if window.case_study_id is None and not window.task and window.opens_on - AHEAD <= now.on:
            intake = next(one for one in now.intakes if one.pk == window.intake_id)
            text = f"Window of {now.name(intake)} has no case study"
            url, late = reverse("office:window", args=[window.pk]), window.opens_on <= now.on
            yield Decision("Assessment", now.of(intake).taking_part, text, url, by=window.opens_on, late=late)


def _deferred(now: Situation) -> Iterator[Decision]:
    """People whose window was deferred and who have no later one."""
    for intake in now.intakes:
        if intake.deferred:
            who = f"{_many(intake.deferred, 'person', 'people')} of {now.name(intake)}"
            url = f"{reverse('office:window', args=[intake.deferred_from])}#deferred"
            note = "on the page of each, enter them for one or say what else comes next"
            text = f"{who} deferred, without a later window"
            yield Decision("Assessment", intake.deferred, text, url, note=note)


def _without_window(
    now: Situation, intake: Intake, window: Window | None, count: int, earliest: date
) -> Decision:
    """People who have no window: their intake has none that is still to come, or they came after it was set."""
    late, note = earliest < now.on, _many(count, "person waits", "people wait")
    if window is None:
        url = f"{reverse('office:window_new')}?intake={intake.pk}"
        text = f"{now.name(intake)} has no window yet: it may open from then"
        return Decision("Assessment", count, text, url, by=earliest, note=note, late=late)
    people = f"{_many(count, 'person', 'people')} of {now.name(intake)}"
    if window.opens_on <= now.on:
        url = f"{reverse('office:window_new')}?intake={intake.pk}"
        return Decision(
            "Assessment", count, f"{people} without a window: theirs had opened before", url, late=late
        )
    text = f"{people} not booked in its window"
    return Decision("Assessment", count, text, reverse("office:window", args=[window.pk]), by=window.opens_on)


def _discussed(window: Any, where: str) -> Decision:
    """Scripts that two markers who don't agree look at again: nothing waits for the office unless they are late."""
    text = _many(window.discussed, "script", "scripts") + f" of {where} discussed by two markers"
    late = window.talks_late
    note = (
        f"{late} past the last day: end it, and what they answered counts"
        if late
        else "they have some days; you can end it"
    )
    url = f"{reverse('office:marking', args=[window.pk])}?show=discussed#markings"
    return Decision("Marking", window.discussed, text, url, note=note, late=bool(late))


def _arisen(window: Any, where: str) -> Decision:
    """Submitted marks of somebody who came to have a conflict: moderation waits for the office's word."""
    text = (
        _many(window.arisen, "marking", "markings") + f" of {where} by somebody who came to have a conflict"
    )
    url = f"{reverse('office:marking', args=[window.pk])}?show=arisen#markings"
    note = "say whether these marks count; moderation waits for it"
    return Decision("Marking", window.arisen, text, url, note=note, late=True)


def _named(now: Situation) -> Iterator[Decision]:
    """Whom markers and moderators named beforehand: nothing is allocated to the markers who did until it is said."""
    count = now.waiting.named
    if count:
        text = _many(count, "declaration of a conflict waits", "declarations of conflicts wait")
        note = "say who is meant; allocating and moderating wait for it"
        yield Decision("Marking", count, text, reverse("office:acquaintances"), note=note)


def _marking(now: Situation) -> Iterator[Decision]:
    """What the marking of each window waits for; where an intake hands in several tasks, which task it is."""
    yield from _named(now)
    for window in now.windows:
        for line in _marking_of(now, window):
            yield replace(line, text=f"{line.text} ({window.task_title})") if window.task else line


def _marking_of(now: Situation, window: Any) -> Iterator[Decision]:
    closed = facts_of(window).closes_at < now.at  # the last deadline of anybody, with what was granted
    where, rounds = now.name_of(window), moderated_of(window)
    scripts = f"{_many(window.scripts, 'script', 'scripts')} of {where}"
    url = reverse("office:marking", args=[window.pk])
    final = bool(rounds and rounds.final_at)
    waits = now.waits.get(window.pk) or Waits(window.scripts)
    yield from planned_release(window, where, at=now.at, stopped=not final or waits.stopped)
    if closed and window.lacking:
        text = _many(window.lacking, "script", "scripts") + f" of {where} without markers"
        yield Decision("Marking", window.lacking, text, url)
    if window.gone:
        text = _many(window.gone, "marking", "markings") + f" of {where} with somebody who marks no more"
        yield Decision("Marking", window.gone, text, url, note="give each to another marker", late=True)
    if window.away:
        text = _many(window.away, "marking", "markings") + f" of {where} with somebody who is away when due"
        note = "give them to others, beside who has them"
        yield Decision("Marking", window.away, text, url, note=note, late=True)
    if window.late:
        text = _many(window.late, "marking", "markings") + f" of {where} overdue"
        yield Decision("Marking", window.late, text, url, late=True)
    if window.referred:
        text = _many(window.referred, "script", "scripts") + f" of {where} without a third marker"
        yield Decision("Marking", window.referred, text, url, note="nobody was free when the marks were in")
    if window.discussed:
        yield _discussed(window, where)
    if window.arisen:
        yield _arisen(window, where)
    if window.stopped:
        text = _many(window.stopped, "marker", "markers") + f" of {where} stopped by seeds"
        there = reverse("office:markers", args=[window.pk])
        yield Decision("Marking", window.stopped, text, there, note="decide whether they mark on", late=True)
    if closed and window.scripts != (window.settled or 0):
        there = reverse("office:integrity", args=[window.pk])
        note = "the results are released once they were, or somebody has said why not"
        yield Decision("Marking", window.scripts, f"{scripts} not compared with each other", there, note=note)
    if closed and facts_of(window).expected and not window.scripts:
        yield from _nobody_handed_in(window, where, rounds)
        return
    if closed and window.scripts and not window.unagreed and rounds is None:
        yield Decision("Marking", window.scripts, f"{scripts} marked: open the moderation", url)
    if rounds and rounds.signed_off_at is None:
        note = f"open since {day_text(clock.day_of(rounds.opened_at))}"
        yield Decision("Marking", window.scripts, f"{scripts} in moderation", url, note=note)
        if window.left:
            text = _many(window.left, "sampled script", "sampled scripts")
            text += f" of {where} left by a moderator"
            url = reverse("assessor:round", args=[rounds.pk])
            yield Decision("Marking", window.left, text, url, note="another moderator has to look at it")
        yield from _proposed(window, where, rounds.pk)
    if rounds and rounds.signed_off_at and not rounds.final_at:
        url = reverse("office:national", args=[window.pk])
        yield Decision("Marking", window.scripts, f"{scripts} in national moderation", url)
    if final and window.plan_state != PlanState.PLANNED:
        yield from _signed_off(window, scripts, waits)


def _proposed(window: Any, where: str, round_id: int) -> Iterator[Decision]:
    """A batch to be marked anew, or shifted, that a moderator proposed: the sign-off waits for a second person."""
    kinds = (("batch to be marked anew", window.batches), ("batch to be shifted", window.shifts))
    for what, count in kinds:
        if count:
            text = f"A {what} at {where} waits for a second person"
            note = "a moderator proposed it; agree or say no, since the sign-off waits for it"
            yield Decision("Marking", count, text, reverse("assessor:round", args=[round_id]), note=note)


def _signed_off(window: Any, scripts: str, waits: Waits) -> Iterator[Decision]:
    """What the results of a signed-off window wait for, or that they can be released; a comparison has its own line."""
    if waits.board:
        there, text = (
            reverse("office:board", args=[window.pk]),
            f"{scripts} signed off, and the board says: wait",
        )
        note = "record the meeting that lets the results go"
        yield Decision("Results", window.scripts, text, there, note=note)
    elif waits.uncompared and window.scripts == (window.settled or 0):
        there = reverse("office:integrity", args=[window.pk])
        text = f"{scripts} signed off, and some came in after they were compared"
        yield Decision("Results", window.scripts, text, there, note="compare them again, or say why not")
    elif waits.all_held:
        there, text = (
            reverse("office:integrity", args=[window.pk]),
            f"{scripts} signed off, all held by questions",
        )
        yield Decision("Results", window.scripts, text, there, note="answer the questions; then release")
    elif not waits.uncompared:
        text, note = (
            f"Results of {scripts} can be released",
            f"{waits.held} held by questions" if waits.held else "",
        )
        yield Decision(
            "Results", window.scripts, text, reverse("office:outcomes", args=[window.pk]), note=note
        )


def _nobody_handed_in(window: Any, where: str, rounds: Any) -> Iterator[Decision]:
    """Where nothing was handed in, everybody's result still waits for a sign-off, and then for the release."""
    if rounds and rounds.final_at:
        if window.plan_state != PlanState.PLANNED:
            text = f"Results of {where}, where nobody handed in, can be released"
            yield Decision("Results", 1, text, reverse("office:outcomes", args=[window.pk]))
        return
    note = "a moderator signs the empty sample off, then the results can be released"
    url = reverse("office:marking", args=[window.pk])
    yield Decision("Marking", 1, f"Nobody handed in at {where}", url, note=note)


def _own_work(now: Situation) -> Iterator[Decision]:
    for intake in now.intakes:
        if intake.questions:
            text = _many(intake.questions, "question", "questions") + f" about scripts of {now.name(intake)}"
            url = reverse("office:integrity", args=[intake.question_in])
            note = "each holds the results of its scripts until somebody has answered it"
            yield Decision("Results", intake.questions, text, url, note=note)
        if intake.cases:
            text = _many(intake.cases, "question", "questions") + f" about scripts of {now.name(intake)}"
            text += (
                " led to a case that isn't decided"
                if intake.cases == 1
                else " led to cases that aren't decided"
            )
            url = reverse("office:integrity", args=[intake.case_in])
            note = "a result is held until its case is decided: the case says what it waits for"
            yield Decision("Results", intake.cases, text, url, note=note)


def _pass_rates(now: Situation) -> Iterator[Decision]:
    """Intakes whose pass rate is under the claimed one, until it is back or somebody has acknowledged it (S0-56)."""
    for intake in now.intakes:
        if intake.alert_assessed:
            figures = rate_text(intake.alert_passed, intake.alert_assessed)
            text = f"Pass rate of {now.name(intake)} is under {tenths(PASS_ALERT)} %: {figures}"
            note = (
                "of all who were assessed, each of them once; who was held back or withdrew before isn't counted. "
                "Say what is known or done about it, and it leaves this desk"
            )
            url, count = f"{reverse('office:reports')}#alerts", intake.alert_assessed - intake.alert_passed
            yield Decision("Reports", count, text, url, note=note, late=True)


def _engagement(now: Situation) -> Iterator[Decision]:
    if now.at_risk:
        text = _many(now.at_risk, "person", "people") + " at risk of too little engagement at this pace"
        yield Decision("People", now.at_risk, text, f"{reverse('office:engagement')}?show=risk")


def _messages(now: Situation) -> Iterator[Decision]:
    url = reverse("office:messages")
    if now.messages["dead"]:
        text = _many(now.messages["dead"], "message was", "messages were") + " given up after several tries"
        yield Decision("Messages", now.messages["dead"], text, f"{url}?state=dead", late=True)
    if now.messages["failing"]:
        text = _many(now.messages["failing"], "message", "messages") + " failed and will be sent again"
        yield Decision("Messages", now.messages["failing"], text, f"{url}?state=failing")


def _certificates(now: Situation) -> Iterator[Decision]:
    count = len(now.unprinted)
    if count:
        text = f"{_many(count, 'certificate', 'certificates')} can't be printed: the server lacks a font"
        names = ", ".join(award.holder_name for award in now.unprinted[:STILL_SHOWN])
        note = f"for {names}; install a font with these signs, and they are made by themselves"
        url = reverse("office:person", args=[now.unprinted[0].outcome.enrolment.reference])
        yield Decision("Results", count, text, url, note=note)


def _names(now: Situation) -> Iterator[Decision]:
    count = now.waiting.unprintable
    if count and now.unprintable:  # counted by one statement, listed by another
        text = (
            f"{_many(count, 'confirmed name', 'confirmed names')} can't be printed: the server lacks a font"
        )
        names = ", ".join(
            f"{one.name} ({unicodedata.name(one.lacks[0], 'a sign without a name').lower()})"
            for one in now.unprintable[:STILL_SHOWN]
        )
        note = f"{names}; install a font with these signs before the release"
        url = reverse("office:person", args=[now.unprintable[0].enrolment.reference])
        yield Decision("Results", count, text, url, note=note)


def _elsewhere(now: Situation) -> Iterator[Decision]:
    """Enquiries, chats, drafts and claims; their own pages have the rest."""
    found, queue = now.waiting, reverse("office:enquiries")
    if found.chats:
        text = _many(found.chats, "person waits", "people wait") + " in the chat"
        yield Decision("Enquiries", found.chats, text, reverse("office:duty_desk"), by=now.on, late=True)
    if found.late and found.oldest:
        text = _many(found.late, "enquiry is", "enquiries are") + " past the target"
        yield Decision("Enquiries", found.late, text, queue, by=clock.day_of(found.oldest), late=True)
    if found.other:
        text = _many(found.other, "question", "questions") + " about other provision not handed on"
        note = "give the lead provider an address for it, or answer"
        yield Decision("Enquiries", found.other, text, f"{queue}?state=other", note=note)
    if found.drafts:
        text = (
            _many(found.drafts, "draft of a version waits", "drafts of versions wait")
            + " for a second person"
        )
        yield Decision("Catalogue", found.drafts, text, reverse("office:catalogue"))
    if found.texts:
        text = _many(found.texts, "framework text waits", "framework texts wait") + " for a second person"
        yield Decision("Catalogue", found.texts, text, reverse("office:frameworks"))
    if found.claims:
        text = _many(found.claims, "claim is", "claims are") + " past the review"
        note = "no longer shown until somebody has looked at it"
        yield Decision("Reports", found.claims, text, reverse("office:claims"), note=note, late=True)


def _many(count: int, one: str, many: str) -> str:
    return f"{count:,} {one if count == 1 else many}"


# --- the thread as a pipeline --------------------------------------------------------------------------
PIPELINE = (
    (Stage.INDUCTION, "Induction"),
    (Stage.DEVELOPMENT, "Development"),
    (Stage.ASSESSMENT, "Assessment"),
    (Stage.AWARDED, "Award"),
    (Stage.REVOKED, "Award revoked"),
    (Stage.NOT_ACHIEVED, "Not achieved"),
)
NOT_ACHIEVED_NOTE = "a further window is your decision, person by person"


def pipeline(now: Thread, intakes: Iterable[Any]) -> list[dict[str, Any]]:
    """How many stand at each stage over the intakes given, each count with the list behind it; and of how many one of
    several results counts, where that was asked (`Attempts`).
    """
    chosen = list(intakes)
    only = f"intake={chosen[0].pk}&" if len(chosen) == 1 and len(now.intakes) > 1 else ""
    waiting = sum(intake.waiting for intake in chosen)
    stages: list[dict[str, Any]] = [
        {
            "label": "Application",
            "count": waiting,
            "url": f"{reverse('office:applications')}?{only}state=submitted",
        }
    ]
    people = reverse("office:enrolments")
    for stage, label in PIPELINE:
        count = sum(now.of(intake).stages.get(stage, 0) for intake in chosen)
        if stage == Stage.REVOKED and not count:
            continue  # it hardly ever comes
        note = NOT_ACHIEVED_NOTE if stage == Stage.NOT_ACHIEVED and count else ""
        among = sum(now.of(intake).several.get(stage, 0) for intake in chosen)
        if among:
            note = f"{note}; " * bool(note) + f"{among:,} with results of several windows"
        stages.append(
            {"label": label, "count": count, "url": f"{people}?{only}stage={stage.value}", "note": note}
        )
    return stages


def desk_for(viewer: Viewer, *, at: datetime) -> Desk:
    """The office's first page: decisions, pipeline, windows, and who stopped moving; for the office alone."""
    office_only(viewer)
    now = Situation(at, user_id=viewer.user.pk, questions=handles_questions(viewer))
    return Desk(
        list(decisions(now)),
        pipeline(now, now.intakes),
        now.stopped(),
        now.waiting.still,
        now.waiting.still_on_closed,
        [(now.name_with_task(one.window), one) for one in shown_all(now.windows, at=at, known=now.waits)],
    )


def pipeline_for(viewer: Viewer) -> list[IntakeLine]:
    """One line for each intake that has people or applications, the latest start first; for the office."""
    office_only(viewer)
    now = Attempts()
    lines = [IntakeLine(i, now.versions[i.version_id], pipeline(now, [i])) for i in now.intakes]
    return [line for line in lines if line.people]
