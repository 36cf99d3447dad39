"""The assessment part of the demonstration: case studies, windows, scripts, marks, moderation, release."""

import uuid
from dataclasses import replace
from datetime import date, datetime, timedelta
from random import Random

from django.db.models import Q

from goldenthread.assessment import actions as assessment
from goldenthread.assessment.models import CaseStudy, Script, Sitting, Window
from goldenthread.assessment.rules import Grant
from goldenthread.assessment.rules.policies import AiSaid
from goldenthread.assessment.rules.schemes import Printed
from goldenthread.awards import actions as awards
from goldenthread.catalogue.models import ProgrammeVersion
from goldenthread.catalogue.queries import complete_statements
from goldenthread.catalogue.rules import add_months
from goldenthread.common.refused import Refused
from goldenthread.demonstration import afterwards, discussing, paying, standardising
from goldenthread.demonstration.cases import BY_TITLE, Case
from goldenthread.demonstration.intakes import noon
from goldenthread.demonstration.texts import POINTS, script_text
from goldenthread.intakes.models import Intake
from goldenthread.integrity import actions as integrity
from goldenthread.marking import actions as marking
from goldenthread.marking import queries as marking_queries
from goldenthread.marking.feedback_rules import Feedback, Words
from goldenthread.marking.models import Marking
from goldenthread.marking.quality_queries import stopped_in
from goldenthread.marking.rules import Kind
from goldenthread.moderation import actions as moderation
from goldenthread.moderation import drawing
from goldenthread.moderation.models import Round
from goldenthread.outcomes import board
from goldenthread.people.models import User

PASS_MARK, TOLERANCE, EACH = 12, 2, 4
AI_USED = AiSaid("used", "A chat bot, to shorten the last part and to check the spelling of all of it.")
_KNOWN = (
    Words("You diagnose before you prescribe.", "Say what the evidence leaves open, and for whom."),
    Words("You refer to how pupils learn where it matters.", "Say why practice has to be spaced."),
    Words("You name what stands in the way, and why.", "Bring in what the case says about new colleagues."),
)
_DONE = (
    Words("You begin with one department.", "Say what you would stop doing to make room for the change."),
    Words("Each step has a day and a name.", "Name the measure that would make you change course."),
    Words(
        "Your first step is small enough to be done well.",
        "Explain how others would learn from the first group.",
    ),
)
NOTES = tuple(
    Feedback(by_kind={Kind.LEARN_THAT: known, Kind.LEARN_HOW_TO: done})
    for known, done in zip(_KNOWN, _DONE, strict=True)
)


def publish_case(version: ProgrammeVersion, written: Case, *, author: User, at: datetime) -> CaseStudy:
    """A case study of the version with a mark scheme of five points of four marks, published."""
    case = assessment.create_case_study(
        version=version,
        title=written.title,
        body=written.body.strip(),
        question=written.question,
        by=author,
        at=at,
    )
    statements = complete_statements(version.programme, version.edition)
    that = [s for s in statements if s.kind == "learn_that"][-3:]
    how = [s for s in statements if s.kind == "learn_how_to"][-2:]
    # Where the response has parts each has a point of its own, and the last one is for the whole.
    parts = [part.key for part in version.specification.assessment.parts]
    points = [
        assessment.PointInput(
            statement, POINTS[statement.kind], EACH, part=parts[place] if place < len(parts) else ""
        )
        for place, statement in enumerate([*that, *how])
    ]
    assessment.set_scheme(
        case_study=case,
        points=points,
        pass_mark=PASS_MARK,
        tolerance=TOLERANCE,
        printed=Printed(len(points) * EACH),
        by=author,
        at=at,
    )
    return assessment.publish(case_study=case, by=author, at=at)


def withdraw_one(
    version: ProgrammeVersion, written: Case, *, author: User, by: User, now: datetime
) -> CaseStudy:
    """A case study that was published, read once more, and withdrawn by the office before any window used it."""
    published = now - timedelta(days=60)
    case = publish_case(version, written, author=author, at=published)
    assessment.look_at(case_study=case, by=author, at=published + timedelta(days=3))
    assessment.withdraw_case(
        case_study=case, reason="A page was left in a printer of the staff college.", by=by,
        at=published + timedelta(days=8),
    )  # fmt: skip
    return case


def choose_limit(intake: Intake, *, by: User, at: datetime) -> None:
    """Settle the word limit where the sources disagree."""
    limit = intake.version.specification.assessment.max_words
    if limit.must_be_chosen:
        value = max(choice.value for choice in limit.choices if choice.value is not None)
        assessment.choose_word_limit(
            intake=intake, value=value, reason="Stated for this programme by name.", by=by, at=at
        )


def open_window(
    intake: Intake, *, opens_on: date, case: CaseStudy, zone_rule: str, by: User, at: datetime
) -> Window:
    """Schedule a window with its case study and give everybody a sitting."""
    choose_limit(intake, by=by, at=at)
    window = assessment.schedule_window(intake=intake, opens_on=opens_on, zone_rule=zone_rule, by=by, at=at)
    assessment.assign_case(window=window, case_study=case, by=by, at=at)
    assessment.book_sittings(window=window, by=by, at=at)
    return window


def first_possible(intake: Intake) -> date:
    """A Monday soon after the window's months begin."""
    months = intake.version.specification.assessment.window_months.value or (12, 15)
    earliest = add_months(intake.starts_on, months[0]) + timedelta(days=7)
    return earliest + timedelta(days=(7 - earliest.weekday()) % 7)


def last_possible(intake: Intake) -> date:
    """The last day on which a window of eight days may begin."""
    months = intake.version.specification.assessment.window_months.value or (12, 15)
    return add_months(intake.starts_on, months[1]) - timedelta(days=8)


def hand_in(sitting: Sitting, *, at: datetime, random: Random) -> Script | None:
    """Read the case and hand in an answer; None for who was held back at the gate."""
    user = sitting.enrolment.user
    try:
        case = assessment.get_case_for(user=user, sitting=sitting, at=at - timedelta(hours=20))
    except Refused:
        return None
    sitting.refresh_from_db()
    parts = [part["key"] for part in sitting.window.parts] or [""]
    limit = sitting.window.word_limit or 0
    words = random.randint(int(limit * 0.82), limit)
    response = assessment.prepare_text(
        sitting=sitting,
        texts={part: script_text(random, words // len(parts), BY_TITLE[case.title]) for part in parts},
    )
    return assessment.submit_script(
        sitting=sitting,
        response=response,
        key=str(uuid.UUID(int=random.getrandbits(128))),
        own_work=True,
        ai=AI_USED if words % 7 == 0 else AiSaid("none"),
        by=user,
        at=at,
    )


def ask_for_time(window: Window, *, first: User, by: User, at: datetime) -> None:
    """Two people of an open window ask for more time: the request of `first` waits, the other one is approved."""
    sittings = list(window.sittings.select_related("window", "enrolment__user").order_by("pk"))
    others = [one for one in sittings if one.enrolment.user_id != first.pk and one.state == "booked"]
    asking = [one for one in sittings if one.enrolment.user_id == first.pk] + others[-1:]
    for sitting in asking:
        asked = assessment.request_adjustment(
            enrolment=sitting.enrolment,
            sitting=sitting,
            asked=Grant(days=2),
            reason="I have treatment at the hospital on two days of this week.",
            form_key=str(uuid.uuid5(uuid.NAMESPACE_URL, f"adjustment of sitting {sitting.pk}")),
            by=sitting.enrolment.user,
            at=at,
        )
        if sitting.enrolment.user_id != first.pk:
            note = "Take the time that you need; we have told nobody."
            assessment.decide_adjustment(
                adjustment=asked,
                approved=True,
                given=Grant(days=2),
                note=note,
                by=by,
                at=at + timedelta(hours=3),
            )


def everybody_hands_in(window: Window, *, random: Random) -> list[Script]:
    """Scripts of all but a few, on the last three days of the window."""
    scripts = []
    sittings = window.sittings.select_related(
        "window__intake__version__programme", "enrolment__user"
    ).order_by("pk")
    for place, sitting in enumerate(sittings):
        if place % 17 == 16:
            continue  # somebody always runs out of time
        at = sitting.closes_at - timedelta(minutes=random.randint(20, 60 * 70))
        script = hand_in(sitting, at=at, random=random)
        if script:
            scripts.append(script)
    return scripts


def mark(
    window: Window,
    *,
    by: User,
    at: datetime,
    now: datetime,
    random: Random,
    waiting: frozenset[int] = frozenset(),
    short: int = 0,
) -> None:
    """Allocate and mark; of the markers in `waiting` the last few scripts stay unmarked. The last `short` scripts of
    people outside the cast fall short for certain.
    """
    marking.allocate_window(window=window, by=by, at=at)
    strict = User.objects.filter(name="Greta Holm").values_list("pk", flat=True).first()
    # Of the cast, whoever sits has passed.
    quality = dict.fromkeys(
        Script.objects.filter(
            sitting__window=window, sitting__enrolment__user__cast_order__isnull=False
        ).values_list("pk", flat=True),
        0.85,
    )
    others = Script.objects.filter(sitting__window=window, sitting__enrolment__user__cast_order__isnull=True)
    quality |= dict.fromkeys(others.order_by("-pk").values_list("pk", flat=True)[:short], 0.42)
    left = dict.fromkeys(waiting, 5)
    stopped = stopped_in(window.pk)
    for round_of_marking in range(3):
        for place, one in enumerate(_open_markings(window)):
            if one.marker_id in stopped:
                continue
            if left.get(one.marker_id, 0) > 0:
                left[one.marker_id] -= 1
                continue
            ability = quality.setdefault(
                one.script_id or 0, random.choice((0.42, 0.62, 0.7, 0.75, 0.8, 0.85, 0.9))
            )
            when = at + timedelta(days=2 + 3 * round_of_marking, minutes=9 * place)
            known = (
                standardising.marks_near(one.seed.script, astray=one.marker_id == strict, random=random)
                if one.seed
                else None
            )
            _submit(one, ability, at=min(when, now - timedelta(hours=1)), random=random, known=known)
            if one.seed:  # the marks of nothing else stop anybody
                stopped = stopped_in(window.pk)
        left = dict.fromkeys(waiting, 99)


def _open_markings(window: Window) -> list[Marking]:
    return list(
        Marking.objects.filter(Q(script__sitting__window=window) | Q(seed__window=window), state="allocated")
        .select_related("marker", "seed__script")
        .order_by("pk")
    )


def _submit(
    one: Marking,
    ability: float,
    *,
    at: datetime,
    random: Random,
    known: dict[int, int | None] | None = None,
) -> None:
    marking.look(marking=one, at=at - timedelta(seconds=random.randint(120, 290)))
    marks = known or {
        number: min(EACH, max(0, round(EACH * ability + random.choice((-0.6, -0.2, 0, 0, 0.3)))))
        for number in range(1, 6)
    }
    marking.submit_marks(
        marking=one, entered=marking.Entered(marks, "", random.choice(NOTES)), by=one.marker, at=at
    )


def moderate(window: Window, *, moderator: User, by: User, at: datetime, finish: bool) -> Round:
    """Open the round; with `finish` confirm the whole sample and sign off, else leave most of it to the moderator."""
    opened = moderation.open_round(window=window, by=by, at=at, seed="demonstration")
    sample = list(opened.sample.select_related("script__agreement").order_by("pk"))
    for sampled in sample if finish else sample[: len(sample) // 3]:
        own = dict.fromkeys(range(1, 6), EACH * 3 // 4)
        moderation.mark_blind(sampled=sampled, marks=own, by=moderator, at=at + timedelta(days=1))
        moderation.decide(
            sampled=sampled,
            decision="confirmed",
            note="The agreed marks hold by the scheme.",
            by=moderator,
            at=at + timedelta(days=1),
        )
    if finish:
        moderation.sign_off(round=opened, by=moderator, at=at + timedelta(days=2))
    return opened


def set_sample_rules(window: Window, *, by: User, at: datetime) -> None:
    """A larger share by lot than usual, and two scripts of each marker."""
    window = Window.objects.select_related("case_study__scheme").get(pk=window.pk)
    held = drawing.terms_of(window, marking_queries.scheme_of(window))
    terms = replace(held, share_percent=15, each_least=2)
    drawing.set_terms(window=window, terms=terms, by=by, at=at)


def meet(window: Window, *, by: User, at: datetime) -> None:
    """The minutes of a board that lets the results go."""
    board.record_meeting(
        window=window,
        form_key=str(uuid.uuid5(uuid.NAMESPACE_URL, f"board of window {window.pk}")),
        held_on=at.date(),
        present="Nia Prosser and Olu Bankole, programme office; Ingrid Sole, moderator",
        decision="release",
        reasons="The marks lie as in earlier windows. Few are near the pass mark, and all of these were moderated.",
        by=by,
        at=at,
    )


def leave_uncompared(window: Window, *, by: User, at: datetime) -> None:
    """The scripts of the demonstration share their sentences: compared, all of them would be questions."""
    integrity.leave_uncompared(
        window=window, reason="Written for the demonstration, from the same sentences.", by=by, at=at
    )


def release(window: Window, *, by: User, at: datetime) -> None:
    leave_uncompared(window, by=by, at=at)
    awards.release(window=window, by=by, at=at)


# How long ago a window opened for its scripts to be where the scene ends.
DAYS_SINCE_OPENING = {"marking": 16, "moderation": 30, "release": 45, "awarded": 50}
SHORT = 2  # of the people whose results are released


def ask_about_own_work(window: Window, *, by: User, at: datetime) -> None:
    """An open question about one script of a window that is being marked, and a case about another."""
    scripts = list(Script.objects.filter(sitting__window=window, current=True).order_by("pk"))[-2:]
    notes = (
        "The second part changes its way of writing and names a school that is not in the case.",
        "Two paragraphs stand word for word on the website of a school.",
    )
    flags = [
        integrity.raise_concern(script=script, note=note, by=by, at=at)
        for script, note in zip(scripts, notes, strict=False)
    ]
    if len(flags) == 2:
        integrity.open_case(
            flag=flags[1],
            scripts=[flags[1].script],
            allegation="Two paragraphs of your third part stand word for word on the website of a school, without being "
            "marked as a quotation. Please tell us how that came about.",
            form_key=str(uuid.uuid5(uuid.NAMESPACE_URL, f"case of script {scripts[1].pk}")),
            by=by,
            at=at + timedelta(hours=2),
        )


def window_passed(
    intake: Intake, *, case: CaseStudy, cast: dict[str, User], ends: str, now: datetime, random: Random
) -> Window:
    """A window that lies behind: handed in, then marked, moderated and released as far as `ends` says."""
    opens_on = first_possible(intake)
    if ends in DAYS_SINCE_OPENING:
        wanted = max(opens_on, now.date() - timedelta(days=DAYS_SINCE_OPENING[ends]))
        opens_on = wanted if ends != "awarded" or wanted <= last_possible(intake) else opens_on
    window = open_window(
        intake,
        opens_on=opens_on,
        case=case,
        zone_rule="window",
        by=cast["olu"],
        at=noon(opens_on - timedelta(days=40)),
    )
    everybody_hands_in(window, random=random)
    closed = noon(opens_on + timedelta(days=10))
    set_sample_rules(window, by=cast["olu"], at=closed)
    paying.agree_rate(window, cast=cast, at=closed - timedelta(hours=22))
    waiting = frozenset({cast["maya"].pk, cast["joseph"].pk}) if ends == "marking" else frozenset()
    short = SHORT if ends == "awarded" else 0
    if ends == "marking":
        standardising.prepare(window, case=case, cast=cast, at=closed, random=Random(f"practice {intake.pk}"))
    mark(window, by=cast["olu"], at=closed, now=now, random=random, waiting=waiting, short=short)
    if ends == "marking":
        discussing.show(window, cast=cast, at=now - timedelta(hours=1))
        ask_about_own_work(window, by=cast["olu"], at=closed)
    if ends in {"moderation", "release", "awarded"}:
        moderate(
            window,
            moderator=cast["ingrid"],
            by=cast["olu"],
            at=closed + timedelta(days=11),
            finish=ends != "moderation",
        )
    if ends == "moderation":
        paying.propose_run(window, cast=cast, at=min(now, closed + timedelta(days=12)))
    if ends == "release":
        meet(window, by=cast["nia"], at=closed + timedelta(days=20))
        leave_uncompared(window, by=cast["olu"], at=closed + timedelta(days=20))
    if ends == "awarded":
        release(window, by=cast["olu"], at=closed + timedelta(days=21))
        afterwards.show(window, cast=cast, at=closed + timedelta(days=21))
        paying.pay(window, cast=cast, at=closed + timedelta(days=22))
    return window
