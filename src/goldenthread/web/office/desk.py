"""What the office has to decide now, counted in few statements, and where everybody stands."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, Exists, F, Max, OuterRef, Q, QuerySet, Subquery
from django.urls import reverse

from goldenthread.applications.models import Application, ApplicationState, Enrolment, Stage
from goldenthread.assessment.models import Adjustment, Script, Sitting, SittingState, Window, WindowState
from goldenthread.assessment.queries import WORD_LIMIT
from goldenthread.awards.queries import lacking_font
from goldenthread.catalogue.rules import add_months
from goldenthread.common import clock
from goldenthread.common.days import day_text
from goldenthread.intakes.models import Intake, Ruling
from goldenthread.integrity.models import Flag, MisconductCase
from goldenthread.marking.discussion_models import Discussion
from goldenthread.marking.models import Agreement, AgreementState, Marking, MarkingState
from goldenthread.marking.quality_models import Stop
from goldenthread.marking.queries import lacking_markers
from goldenthread.moderation.queries import left_to_another
from goldenthread.outcomes.models import Outcome
from goldenthread.outcomes.windows import count_of, facts_of, with_facts
from goldenthread.people.access import Viewer, role_held
from goldenthread.people.models import Role
from goldenthread.web.office import queries
from goldenthread.web.office.access import office_only
from goldenthread.web.office.desk_parts import Decision, Desk, IntakeLine, People
from goldenthread.web.office.desk_results import after_results
from goldenthread.web.office.stages import shown_all
from goldenthread.web.office.waiting import waiting
from goldenthread.web.shared.versions import versions

NEARLY_FULL_PERCENT = 90
AHEAD = timedelta(days=60)  # how far before a window its case study and word limit are asked for
WINDOW_AHEAD = timedelta(days=120)  # how far before the earliest first day a window is asked for
STILL_SHOWN = 8
UNPRINTED_SHOWN = 100


class Situation:
    """The counts behind the desk, read once: eight statements."""

    def __init__(self, at: datetime) -> None:
        self.at, self.on = at, clock.day_of(at)
        self.versions = versions()
        self.intakes = intakes_with_waiting()
        self.people = people_by_intake()
        self.windows: list[Any] = list(windows_with_counts(self.on))
        self.engagement = self._engagement()
        self.waiting = waiting(at=at)
        self.messages = self.waiting.messages
        self.unprinted = list(lacking_font().select_related("outcome__enrolment")[:UNPRINTED_SHOWN])

    def _engagement(self) -> dict[str, int]:
        behind = queries.behind(self.versions, self.intakes, at=self.at)
        counts: dict[str, int] = queries.active().aggregate(
            risk=Count("pk", filter=behind),
            still=Count("pk", filter=queries.still(self.at, queries.closed_of(self.versions))),
            closed=Count("pk", filter=queries.still_on_closed(self.at, queries.closed_of(self.versions))),
        )
        return counts

    def of(self, intake: Intake) -> People:
        """The people of an intake."""
        return self.people.get(intake.pk, People())

    def name(self, intake: Intake) -> str:
        return f"{self.versions[intake.version_id].code} {intake.name}"


def intakes_with_waiting() -> list[Any]:
    """Every intake, the latest first, with how many applications wait and since when. One query."""
    waiting = Application.objects.filter(intake=OuterRef("pk"), state=ApplicationState.SUBMITTED)
    since = waiting.order_by("submitted_at").values("submitted_at")[:1]
    ruled = Ruling.objects.filter(intake=OuterRef("pk"), rule=WORD_LIMIT)
    asked = Adjustment.objects.filter(enrolment__intake=OuterRef("pk"), state="requested")
    found = Intake.objects.annotate(
        word_limit_ruled=Exists(ruled),
        waiting=count_of(waiting, "intake"),
        since=Subquery(since),
        asked=count_of(asked, "enrolment__intake"),
        **_about_own_work(),
    )
    return list(found.order_by("-starts_on", "pk"))


def _about_own_work() -> dict[str, Any]:
    """For each intake: its open questions and cases, and a window of one. They outlast the release of a window."""
    flags = Flag.objects.filter(script__sitting__window__intake=OuterRef("pk"), state="open").order_by("pk")
    cases = MisconductCase.objects.filter(sitting__window__intake=OuterRef("pk"), holds=True).order_by("pk")
    return {
        "questions": count_of(flags, "script__sitting__window__intake"),
        "cases": count_of(cases, "sitting__window__intake"),
        "question_in": Subquery(flags.values("script__sitting__window")[:1]),
        "case_in": Subquery(cases.values("sitting__window")[:1]),
    }


def people_by_intake() -> dict[int, People]:
    """Where the people of each intake stand, and what windows they have. One query."""
    sittings = Sitting.objects.filter(enrolment=OuterRef("pk"))
    rows = (
        Enrolment.objects.filter(withdrawn_at__isnull=True)
        .annotate(
            ahead=Exists(sittings.filter(window__state=WindowState.SCHEDULED)),
            over=Exists(sittings.filter(window__state=WindowState.RELEASED)),
            told=Exists(Outcome.objects.filter(enrolment=OuterRef("pk"), released_at__isnull=False)),
        )
        .order_by()
        .values_list("intake", "stage", "ahead", "over", "told")
        .annotate(
            count=Count("pk", distinct=True),
            window=Max("sittings__window", filter=Q(sittings__window__state=WindowState.RELEASED)),
        )
    )
    found: dict[int, People] = {}
    for intake, stage, ahead, over, told, count, window in rows:
        known = found.get(intake, People())
        stages = {**known.stages, stage: known.stages.get(stage, 0) + count}
        waits = stage in queries.ACTIVE_STAGES and not ahead
        found[intake] = People(
            stages,
            known.without + (count if waits and not over else 0),
            known.left + (count if waits and over and told else 0),
            max(filter(None, (known.window, window if waits and told else None)), default=None),
        )
    return found


def windows_with_counts(on: date) -> QuerySet[Window]:
    """The windows whose results are not released, with what is open in each."""
    script = {"script__sitting__window": OuterRef("pk"), "script__current": True}
    to_do = Marking.objects.filter(**script, state=MarkingState.ALLOCATED)
    late = to_do.filter(due_on__lt=on)
    gone = to_do.filter(~role_held(Role.MARKER, on=on, user="marker"))
    third = Marking.objects.filter(script=OuterRef("script"), position=3)
    referred = Agreement.objects.filter(~Exists(third), **script, state=AgreementState.REFERRED)
    scripts = Script.objects.filter(
        sitting__window=OuterRef("pk"), current=True, sitting__state=SittingState.HANDED_IN
    )
    talks = Discussion.objects.filter(**script, ending="")
    found = with_facts(Window.objects.filter(state=WindowState.SCHEDULED))
    return found.annotate(
        sealed_shut=F("case_study__fault"),
        late=count_of(late, "script__sitting__window"),
        gone=count_of(gone, "script__sitting__window"),
        referred=count_of(referred, "script__sitting__window"),
        discussed=count_of(talks, "script__sitting__window"),
        talks_late=count_of(talks.filter(until_on__lt=on), "script__sitting__window"),
        lacking=count_of(lacking_markers(scripts), "sitting__window"),
        left=count_of(left_to_another(), "round__window"),
        stopped=count_of(Stop.objects.filter(window=OuterRef("pk"), ending=""), "window"),
    ).order_by("opens_on", "pk")


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
    note = f"{late} past the last day: end the discussion" if late else "they have some days; you can end it"
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
    if now.engagement["risk"]:
        text = (
            _many(now.engagement["risk"], "person", "people")
            + " at risk of too little engagement at this pace"
        )
        yield Decision("People", now.engagement["risk"], text, f"{reverse('office:engagement')}?show=risk")


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


def pipeline(now: Situation, intakes: Iterable[Any]) -> list[dict[str, Any]]:
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
    count = now.engagement["still"]
    names = {intake.pk: now.name(intake) for intake in now.intakes}
    return Desk(
        list(decisions(now)),
        pipeline(now, now.intakes),
        stopped(at, queries.closed_of(now.versions)) if count else [],
        count,
        now.engagement["closed"],
        [(names[one.window.intake_id], one) for one in shown_all(now.windows, at=at)],
    )


def stopped(at: datetime, closed: Iterable[int]) -> list[Enrolment]:
    """Those who have had no credit for longest, people of closed versions left out."""
    return list(
        queries.active()
        .filter(queries.still(at, closed))
        .select_related("user", "intake", "standing")
        .order_by("standing__updated_at", "pk")[:STILL_SHOWN]
    )


def pipeline_for(viewer: Viewer, *, at: datetime) -> list[IntakeLine]:
    """One line for each intake that has people or applications, the latest start first; for the office."""
    office_only(viewer)
    now = Situation(at)
    lines = [IntakeLine(i, now.versions[i.version_id], pipeline(now, [i])) for i in now.intakes]
    return [line for line in lines if line.people]
