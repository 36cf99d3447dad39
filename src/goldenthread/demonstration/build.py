"""Fill an empty installation: scene by scene, by the actions that people use, ending today."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from random import Random

from django.db import transaction
from django.db.models import F, QuerySet

from goldenthread.applications.models import Application, Enrolment
from goldenthread.assessment.models import Sitting
from goldenthread.catalogue.models import ProgrammeVersion
from goldenthread.common.models import OutboxMessage
from goldenthread.demonstration import assessing, enquiries, graduating, participants, practising, projects
from goldenthread.demonstration.cases import BY_SCENE, LEFT_IN_A_PRINTER
from goldenthread.demonstration.intakes import LEGACY, SCENES, Scene, make_group, noon, open_scene
from goldenthread.demonstration.participants import Person
from goldenthread.demonstration.people import CAST, Bodies, email_of, invented_names, make_bodies, make_cast
from goldenthread.demonstration.sources import enter_sources, propose_example
from goldenthread.demonstration.units import enter_texts
from goldenthread.demonstration.versions import leave_a_revision
from goldenthread.demonstration.writing import begin_to_write
from goldenthread.events import actions as events
from goldenthread.intakes.models import Intake
from goldenthread.learning import actions as learning
from goldenthread.people.models import School, User

Tell = Callable[[str], None]
GRADUATES = "sl-legacy"  # the scene of which one candidate has passed and asks for credit
PRACTISES = "lt-learning"  # the scene in which people practise for their case study
PROJECTS = "h-legacy"  # the scene whose first candidate is in the middle of their projects


class Stage:
    """What the scenes share: the cast, names that run on, and one random source, so that two fillings are alike."""

    def __init__(
        self, *, now: datetime, bodies: Bodies, cast: dict[str, User], schools: list[School], home: School
    ) -> None:
        self.now, self.today = now, now.date()
        self.bodies, self.cast, self.schools, self.home = bodies, cast, schools, home
        self.random = Random("golden thread")
        self.names = invented_names(self.random)
        self.zones = {member.key: member.zone for member in CAST}

    def cast_in(self, scene: Scene) -> list[Person]:
        """Those of the cast who take part in a scene."""
        parts = {"lt-learning": "amara", "lt-sitting": "priya", "lt-awarded": "rhys", GRADUATES: "gwen"}
        key = parts.get(scene.key)
        if key is None:
            return []
        user, zone = self.cast[key], self.zones[key]
        near = [school for school in self.schools if school.zone == zone]
        return [Person(user.name, email_of(user.name), zone, self.home if key == "amara" else near[0])]


def build(*, provider: str, now: datetime, tell: Tell, only: frozenset[str] = frozenset()) -> int:
    """Fill the installation and return the number of enrolments; `only` keeps to the scenes with these keys."""
    schools = list(School.objects.exclude(status="Closed").order_by("pk"))
    home = next(school for school in schools if school.country == "England")
    bodies = make_bodies(name=provider, at=now - timedelta(days=3000))
    cast = make_cast(bodies=bodies, home=home, at=now - timedelta(days=3000))
    stage = Stage(now=now, bodies=bodies, cast=cast, schools=schools, home=home)
    for version in ProgrammeVersion.objects.order_by("key"):
        learning.ensure_content(version=version, by=cast["olu"], at=now - timedelta(days=2900))
        if version.edition == "reformed":
            enter_texts(version, writer=cast["ada"], reviewer=cast["olu"], now=now)
    leave_a_revision(writer=cast["olu"], now=now)
    enter_sources(by=cast["olu"], at=now - timedelta(days=2900))
    propose_example(by=cast["nia"], at=now - timedelta(days=2))
    for scene in (*LEGACY, *SCENES):
        if not only or scene.key in only:
            tell(f"  {scene.key}")
            play(scene, stage)
    enquiries.fill(cast=cast, bodies=bodies, now=now)
    # What was decided in the past was sent in the past.
    OutboxMessage.objects.filter(sent_at__isnull=True, due_at__lt=now).update(sent_at=F("due_at"), attempts=1)
    return Enrolment.objects.count()


@transaction.atomic
def play(scene: Scene, stage: Stage) -> None:
    """One intake from its opening to where the scene ends."""
    office = stage.cast["olu"]
    intake = open_scene(scene, today=stage.today, by=office)
    applicants = _applicants(scene, intake, stage)
    if scene.ends == "applying":
        return
    group = make_group(
        scene, intake, partner=stage.bodies.partners[2 if scene.abroad else 0], cast=stage.cast, by=office
    )
    decided = min(noon(intake.starts_on - timedelta(days=10)), stage.now)
    enrolments = [participants.enrol(application, by=office, at=decided) for application in applicants]
    for enrolment in enrolments:
        enrolment.partner = group.partner
        enrolment.save(update_fields=["partner"])
        events.place_in_group(enrolment=enrolment, group=group, by=office, at=decided)
    sure = {
        e.pk
        for e in enrolments
        if e.user_id in {stage.cast[k].pk for k in ("amara", "priya", "rhys", "gwen")}
    }
    participants.take_registers(
        group, until=stage.now, by=stage.cast["tom"], random=stage.random, always=sure
    )
    _learn(scene, stage, enrolments, sure=sure)
    _assess(scene, stage, intake)
    if scene.key == GRADUATES:
        _graduate(stage, intake)
    if scene.key == PROJECTS:
        projects.show(intake, cast=stage.cast, schools=stage.schools, now=stage.now)


def _graduate(stage: Stage, intake: Intake) -> None:
    enrolment = intake.enrolments.select_related("user", "version", "intake").get(user=stage.cast["gwen"])
    award = graduating.graduate(enrolment, cast=stage.cast)
    if award is not None:
        university = stage.bodies.university
        graduating.ask_for_credit(award, university=university, cast=stage.cast, now=stage.now)


def _applicants(scene: Scene, intake: Intake, stage: Stage) -> list[Application]:
    count = scene.applicants or scene.people
    cast = stage.cast_in(scene)
    people = [*cast, *participants.people_of_scene(
        scene, names=stage.names, schools=stage.schools, random=stage.random, count=count - len(cast)
    )]  # fmt: skip
    first = noon(intake.applications_open_on + timedelta(days=3))
    last = min(noon(intake.applications_close_on - timedelta(days=1)), stage.now)
    span = max((last - first).days, 1)
    return [
        participants.apply(
            person,
            intake,
            random=stage.random,
            at=min(first + timedelta(days=stage.random.randrange(span)), last),
            direct=scene.key == "lt-next" and place == count - 1,
        )
        for place, person in enumerate(people)
    ]


def _learn(scene: Scene, stage: Stage, enrolments: list[Enrolment], *, sure: set[int]) -> None:
    until = stage.today - timedelta(days=6)
    for place, enrolment in enumerate(enrolments):
        diligence = (
            1.0
            if enrolment.pk in sure
            else (0.97, 1.0, 0.99, 0.9, 1.0, 0.75 if place % 4 == 1 else 1.0)[place % 6]
        )
        fresh = Enrolment.objects.select_related("version", "user").get(pk=enrolment.pk)
        participants.take_part(fresh, until=until, diligence=diligence, cast=stage.cast, random=stage.random)
    if scene.ends == "learning":
        _work_to_read(stage, enrolments[:4], today=stage.today)
    if scene.key == PRACTISES:
        case = practising.offer(
            enrolments[0].intake, author=stage.cast["ada"], at=noon(stage.today - timedelta(days=60))
        )
        first = sorted(enrolments, key=lambda one: one.user_id != stage.cast["amara"].pk)
        practising.practise(case, first, by=stage.cast["tom"], now=stage.now)


def _work_to_read(stage: Stage, enrolments: list[Enrolment], *, today: date) -> None:
    """A few responses that wait for their tutor."""
    for number, enrolment in enumerate(enrolments):
        done = set(enrolment.task_responses.values_list("task__activity_key", flat=True))
        tasks = enrolment.version.formative_tasks.order_by("pk")
        task = next((task for task in tasks if task.activity_key not in done), None)
        if task is not None and enrolment.user_id not in {stage.cast[key].pk for key in ("amara", "gwen")}:
            at = noon(today - timedelta(days=1 + 2 * number))
            participants.hand_in_task(
                task, enrolment, by=stage.cast["tom"], at=at, random=stage.random, decided=False
            )


def _assess(scene: Scene, stage: Stage, intake: Intake) -> None:
    cast, random = stage.cast, stage.random
    written = BY_SCENE.get(scene.key)
    if written is None:
        return
    at = min(noon(intake.starts_on + timedelta(days=200)), stage.now)
    case = assessing.publish_case(intake.version, written, author=cast["ada"], at=at)
    if scene.ends == "learning":
        return
    if scene.ends in {"marking", "moderation", "release", "awarded"}:
        assessing.window_passed(intake, case=case, cast=cast, ends=scene.ends, now=stage.now, random=random)
        return
    opens_on = (
        stage.today - timedelta(days=2) if scene.ends == "sitting" else assessing.first_possible(intake)
    )
    if scene.ends == "booked":
        assessing.withdraw_one(
            intake.version, LEFT_IN_A_PRINTER, author=cast["ada"], by=cast["olu"], now=stage.now
        )
        opens_on = max(opens_on, stage.today + timedelta(days=12))
    window = assessing.open_window(
        intake, opens_on=opens_on, case=case, zone_rule="participant", by=cast["olu"],
        at=noon(stage.today - timedelta(days=30)),
    )  # fmt: skip
    if scene.ends == "sitting":
        _some_have_begun(window.sittings.order_by("pk"), stage)
        assessing.ask_for_time(window, first=cast["priya"], by=cast["olu"], at=stage.now - timedelta(days=1))


def _some_have_begun(sittings: QuerySet[Sitting], stage: Stage) -> None:
    """Of those who sit now, a few have handed in already; Priya has a first draft."""
    related = ("window__intake__version__programme", "enrolment__user")
    for place, sitting in enumerate(sittings.select_related(*related)):
        if place % 4 == 1 and sitting.enrolment.user_id != stage.cast["priya"].pk:
            assessing.hand_in(sitting, at=stage.now - timedelta(hours=3 + place), random=stage.random)
        elif sitting.enrolment.user_id == stage.cast["priya"].pk:
            begin_to_write(sitting, now=stage.now)
