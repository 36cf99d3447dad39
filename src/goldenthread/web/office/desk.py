"""What the office has to decide now, counted in few statements, and where everybody stands."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from typing import Any

from django.urls import reverse

from goldenthread.applications.models import Stage
from goldenthread.assessment.models import Window
from goldenthread.assessment.queries import WORD_LIMIT
from goldenthread.catalogue.rules import add_months
from goldenthread.common import clock
from goldenthread.common.days import day_text
from goldenthread.intakes.models import Intake
from goldenthread.outcomes.windows import facts_of
from goldenthread.people.access import Viewer
from goldenthread.web.office.access import office_only
from goldenthread.web.office.desk_parts import Decision, Desk, IntakeLine
from goldenthread.web.office.desk_results import after_results
from goldenthread.web.office.situation import STILL_SHOWN, Situation, Thread
from goldenthread.web.office.stages import shown_all

NEARLY_FULL_PERCENT = 90
AHEAD = timedelta(days=60)  # how far before a window its case study and word limit are asked for
WINDOW_AHEAD = timedelta(days=120)  # how far before the earliest first day a window is asked for


# --- what follows from the counts --------------------------------------------------------------------
def decisions(now: Situation) -> Iterator[Decision]:
    """Everything that waits for a decision, desk by desk."""
    yield from _applications(now)
    yield from _windows_to_prepare(now)
    yield from _marking(now)
    yield from _own_work(now)
    yield from (Decision(**line) for line in after_results(now.waiting))
    yield from _engagement(now)
    yield from _messages(now)
    yield from _certificates(now)
    yield from _elsewhere(now)


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
            note = "results are released: enter each for a further window, or say what else comes next"
            yield Decision("Assessment", booked.left, text, url, note=note)
    asked = sum(intake.asked for intake in now.intakes)
    if asked:
        text = _many(asked, "request", "requests") + " for an adjustment or more time"
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


def _marking(now: Situation) -> Iterator[Decision]:
    names = {intake.pk: now.name(intake) for intake in now.intakes}
    for window in now.windows:
        closed = facts_of(window).closes_at < now.at  # the last deadline of anybody, with what was granted
        where, rounds = names[window.intake_id], getattr(window, "moderation", None)
        scripts = f"{_many(window.scripts, 'script', 'scripts')} of {where}"
        url = reverse("office:marking", args=[window.pk])
        if closed and window.lacking:
            text = _many(window.lacking, "script", "scripts") + f" of {where} without markers"
            yield Decision("Marking", window.lacking, text, url)
        if window.gone:
            text = _many(window.gone, "marking", "markings") + f" of {where} with somebody who marks no more"
            yield Decision("Marking", window.gone, text, url, note="give each to another marker", late=True)
        if window.late:
            text = _many(window.late, "marking", "markings") + f" of {where} overdue"
            yield Decision("Marking", window.late, text, url, late=True)
        if window.referred:
            text = _many(window.referred, "script", "scripts") + f" of {where} without a third marker"
            yield Decision(
                "Marking", window.referred, text, url, note="nobody was free when the marks were in"
            )
        if window.discussed:
            yield _discussed(window, where)
        if window.stopped:
            text = _many(window.stopped, "marker", "markers") + f" of {where} stopped by seeds"
            there = reverse("office:markers", args=[window.pk])
            yield Decision(
                "Marking", window.stopped, text, there, note="decide whether they mark on", late=True
            )
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
        if rounds and rounds.signed_off_at and not rounds.final_at:
            url = reverse("office:national", args=[window.pk])
            yield Decision("Marking", window.scripts, f"{scripts} in national moderation", url)
        if rounds and rounds.final_at:
            text = f"Results of {scripts} can be released"
            yield Decision("Results", window.scripts, text, reverse("office:outcomes", args=[window.pk]))


def _own_work(now: Situation) -> Iterator[Decision]:
    for intake in now.intakes:
        count = intake.questions + intake.cases
        if count:
            text = _many(count, "question", "questions") + f" about scripts of {now.name(intake)}"
            url = reverse("office:integrity", args=[intake.question_in or intake.case_in])
            note = "each holds the results of its scripts until somebody has answered it"
            yield Decision("Results", count, text, url, note=note)


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
    (Stage.NOT_ACHIEVED, "Not achieved"),
)
NOT_ACHIEVED_NOTE = "a further window is your decision, person by person"


def pipeline(now: Thread, intakes: Iterable[Any]) -> list[dict[str, Any]]:
    """How many stand at each stage over the intakes given, each count with the list behind it."""
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
        note = NOT_ACHIEVED_NOTE if stage == Stage.NOT_ACHIEVED and count else ""
        stages.append(
            {"label": label, "count": count, "url": f"{people}?{only}stage={stage.value}", "note": note}
        )
    return stages


def desk_for(viewer: Viewer, *, at: datetime) -> Desk:
    """The office's first page: decisions, pipeline, windows, and who stopped moving; for the office alone."""
    office_only(viewer)
    now = Situation(at)
    names = {intake.pk: now.name(intake) for intake in now.intakes}
    return Desk(
        list(decisions(now)),
        pipeline(now, now.intakes),
        now.stopped(),
        now.waiting.still,
        now.waiting.still_on_closed,
        [(names[one.window.intake_id], one) for one in shown_all(now.windows, at=at)],
    )


def pipeline_for(viewer: Viewer) -> list[IntakeLine]:
    """One line for each intake that has people or applications, the latest start first; for the office."""
    office_only(viewer)
    now = Thread()
    lines = [IntakeLine(i, now.versions[i.version_id], pipeline(now, [i])) for i in now.intakes]
    return [line for line in lines if line.people]
