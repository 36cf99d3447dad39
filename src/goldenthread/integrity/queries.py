"""Loads questions and cases, each only for who may see it; what holds a result, and what doesn't count."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import Case, Count, Exists, F, OuterRef, Q, QuerySet, Value, When
from django.http import Http404

from goldenthread.applications.models import Enrolment
from goldenthread.assessment import sealed
from goldenthread.assessment.models import CaseStudy, Script, Sitting, SittingState, Window, WindowState
from goldenthread.catalogue.models import Statement
from goldenthread.integrity import access, rules
from goldenthread.integrity.models import CaseStep, Comparison, Flag, KnownText, MisconductCase
from goldenthread.integrity.rules import Verdict
from goldenthread.people.access import Viewer

_LONG = (
    "script__text",
    "script__parts",
    "script__sitting__draft",
    "other__text",
    "other__parts",
    "other__sitting__draft",
)


# --- what is compared ------------------------------------------------------------------------------------
def scripts_of(window: Window) -> QuerySet[Script]:
    """The current scripts of a window."""
    return Script.objects.filter(sitting__window=window, current=True, sitting__state=SittingState.HANDED_IN)


def scripts_to_compare(window: Window) -> QuerySet[Script]:
    """The current scripts of every window of the programme, this one's among them."""
    programme = window.intake.version.programme_id
    found = Script.objects.filter(
        sitting__window__intake__version__programme=programme,
        current=True,
        sitting__state=SittingState.HANDED_IN,
    )
    return found.exclude(sitting__window__state=WindowState.CANCELLED)


def quotable(window: Window) -> list[str]:
    """The texts that anybody of this window may quote: the cases of its programme that somebody has been let in to,
    their questions, the framework's statements, and known quotations. They are compared with by machine and shown to
    nobody. A case whose seal doesn't open is left out.
    """
    programme = window.intake.version.programme_id
    cases = CaseStudy.objects.filter(version__programme=programme, unlocked_at__isnull=False).order_by("pk")
    opened = [case for case in map(sealed.try_text, cases) if case]
    texts = [text for case in opened for text in (case.body, case.question)]
    statements = Statement.objects.filter(area__framework__programme=programme).order_by("pk")
    texts += statements.values_list("text", flat=True)
    texts += KnownText.objects.filter(programme=programme).order_by("pk").values_list("text", flat=True)
    return texts


def last_comparison(window: Window) -> Comparison | None:
    """The latest comparison of a window's scripts."""
    return window.comparisons.select_related("by").defer("common").order_by("-at", "-pk").first()


def check_closed(window: Window, *, at: datetime) -> None:
    """Refuses while somebody of a window can still hand in, granted days included, and where nobody sits. One query."""
    last = window.sittings.order_by("-closes_at").values_list("closes_at", flat=True).first()
    rules.check_closed(last, at=at, zone=window.zone)


def check_compared(window: Window) -> None:
    """Refuses while the scripts of a window as they are now were not compared and nobody said why not. Two queries."""
    last = window.comparisons.order_by("-at", "-pk").values_list("at", "scripts").first()
    at, settled = last or (None, None)
    arrived = Q(received_at__gt=at) | Q(upload__all_at__gt=at) if at else Q(pk__in=[])
    found = scripts_of(window).aggregate(
        all=Count("pk", distinct=True), later=Count("pk", filter=arrived, distinct=True)
    )
    rules.check_compared(scripts=found["all"], settled=settled, later=bool(found["later"]))


# --- what holds a result ---------------------------------------------------------------------------------
def held(window: Window) -> set[int]:
    """The sittings of a window whose results wait: a question is open, or a case is not decided. One query."""
    return held_and_void(window)[0]


def held_and_void(window: Window) -> tuple[set[int], set[int]]:
    """The same, and the sittings whose scripts don't count after a decision, as long as no appeal is allowed. One
    query.
    """
    found = _asked(
        window, Flag.objects.filter(state="open"), MisconductCase.objects.filter(Q(holds=True) | _VOID)
    )
    return {one for one, holds, _ in found if holds}, {one for one, _, void in found if void}


class Questions(NamedTuple):
    """The sittings of a window whose results wait, whose scripts don't count after a decision, and about which there
    was `ever` a question or a case: their results may come later.
    """

    held: set[int]
    void: set[int]
    ever: set[int]


def questions_in(window: Window) -> Questions:
    """What was ever asked about the sittings of a window. One query."""
    found = _asked(window, Flag.objects.all(), MisconductCase.objects.all())
    return Questions(
        {one for one, holds, _ in found if holds},
        {one for one, _, void in found if void},
        {one for one, _, _ in found},
    )


_VOID = Q(verdict=Verdict.VOID)


def _asked(
    window: Window, flags: QuerySet[Flag], cases: QuerySet[MisconductCase]
) -> list[tuple[int, bool, bool]]:
    """Of each of these questions and cases the sitting of this window that it is about, whether it holds the result,
    and whether the script doesn't count for it. One query.
    """
    holds = Case(When(state="open", then=Value(True)), default=Value(False))
    void = Case(When(_VOID, then=Value(True)), default=Value(False))
    sides = [
        flags.filter(**{f"{side}__sitting__window": window})
        .order_by()
        .values_list(f"{side}__sitting")
        .annotate(waits=holds, void=Value(False))
        for side in ("script", "other")
    ]
    judged = cases.filter(sitting__window=window).order_by().values_list("sitting").annotate(
        waits=F("holds"), void=void
    )  # fmt: skip
    return list(judged.union(*sides, all=True))


def is_void() -> Exists:
    """For a query of sittings: whether the script of each doesn't count after a decision."""
    return Exists(MisconductCase.objects.filter(sitting=OuterRef("pk"), verdict=Verdict.VOID))


# --- questions, for the office ---------------------------------------------------------------------------
def flags_for(viewer: Viewer, window: Window) -> QuerySet[Flag]:
    """The questions about the scripts of a window, those to look at first; codes, no names and no texts."""
    _only(viewer)
    return without_texts(flags_in(window.pk)).order_by("-state", "-words", "pk")


def flags_in(window_id: int) -> QuerySet[Flag]:
    """The questions about the scripts of a window, be it one script of two."""
    return Flag.objects.filter(_about(window_id))


def _about(window_id: int) -> Q:
    return Q(script__sitting__window=window_id) | Q(other__sitting__window=window_id)


def without_texts(flags: QuerySet[Flag]) -> QuerySet[Flag]:
    """Questions with what a list says of them: sittings, windows, intakes, who answered."""
    named = flags.select_related(
        "script__sitting__window__intake", "other__sitting__window__intake", "answered_by", "concern"
    )
    return named.defer(*_LONG)


def get_flag_for(viewer: Viewer, flag_id: int) -> Flag:
    """One question with the texts; for nobody whose own script it is."""
    _only(viewer)
    found = (
        Flag.objects.select_related(
            "script__sitting__window__intake__version__programme",
            "script__sitting__enrolment",
            "other__sitting__window__intake__version__programme",
            "other__sitting__enrolment",
            "comparison",
            "concern",
            "raised_by",
            "answered_by",
        )
        .defer("script__sitting__draft", "other__sitting__draft")
        .filter(pk=flag_id)
        .first()
    )
    if found is None or viewer.user.pk in writers_of(found):
        raise Http404
    return found


def writers_of(flag: Flag) -> set[int]:
    """Whose scripts a question is about."""
    return {one.sitting.enrolment.user_id for one in (flag.script, flag.other) if one}


def get_window_for(viewer: Viewer, window_id: int, *, among: QuerySet[Window] | None = None) -> Window:
    """A window whose scripts are looked at; 404 for everybody but who handles questions. `among` brings along what the
    caller needs of it besides.
    """
    _only(viewer)
    windows = Window.objects.select_related("intake__version__programme") if among is None else among
    found = windows.filter(pk=window_id).first()
    if found is None or found.state == WindowState.CANCELLED:
        raise Http404
    return found


def script_by_code(window: Window, code: str) -> Script | None:
    """The current script under a code of this window."""
    return scripts_of(window).select_related("sitting").filter(sitting__code=code.strip().upper()).first()


def known_texts(window: Window) -> list[KnownText]:
    """The known quotations of the window's programme."""
    return list(
        KnownText.objects.filter(programme=window.intake.version.programme_id).select_related("added_by")
    )


def _only(viewer: Viewer) -> None:
    if not access.handles(viewer):
        raise Http404


# --- cases ----------------------------------------------------------------------------------------------
_CASES = MisconductCase.objects.select_related(
    "flag", "sitting__enrolment__user", "sitting__window__intake__version__programme"
).defer("sitting__draft", "sitting__window__intake__version__document")


def cases_for(viewer: Viewer, window: Window) -> QuerySet[MisconductCase]:
    """The cases of a window, for who handles them."""
    _only(viewer)
    return _CASES.filter(sitting__window=window).exclude(sitting__enrolment__user=viewer.user)


def get_case_for(viewer: Viewer, case_id: int) -> MisconductCase:
    """One case, for who handles it; never one's own."""
    _only(viewer)
    found = _CASES.filter(pk=case_id).first()
    if found is None or found.sitting.enrolment.user_id == viewer.user.pk:
        raise Http404
    return found


def get_own_case(user: Any, case_id: int) -> MisconductCase:
    """A case about the person's own sitting; 404 for everybody else."""
    found = _CASES.filter(pk=case_id, sitting__enrolment__user=user).first()
    if found is None:
        raise Http404
    return found


def cases_about(sittings: Iterable[Sitting]) -> dict[int, MisconductCase]:
    """The case about each of somebody's own sittings, the latest. One query."""
    found = MisconductCase.objects.filter(sitting__in=[one.pk for one in sittings]).order_by(
        "opened_at", "pk"
    )
    return {one.sitting_id: one for one in found}


def cases_about_projects(enrolment: Enrolment) -> list[MisconductCase]:
    """The cases about somebody's own accounts of project tasks, the latest first. One query."""
    found = MisconductCase.objects.filter(sitting__enrolment=enrolment).exclude(sitting__window__task="")
    return list(found.select_related("sitting__window").order_by("-opened_at", "-pk"))


def steps_of(case: MisconductCase) -> list[CaseStep]:
    """The steps of a case in order, with who took them. One query."""
    return list(case.steps.select_related("by").order_by("number"))


def who_asked(case: MisconductCase) -> set[int]:
    """Who raised the question that a case came from, and who made a case of it. One query."""
    raised = Flag.objects.filter(pk=case.flag_id or 0).values_list("raised_by", "answered_by")
    return {user for pair in raised for user in pair if user}


def judged(steps: Iterable[CaseStep]) -> list[rules.Step]:
    """Steps as the rules take them."""
    return [rules.Step(one.kind, one.by_id, one.at, one.value) for one in steps]


def without_print(method: str) -> QuerySet[Script]:
    """Current scripts of windows that have closed for everybody asked, which have no fingerprint by this method."""
    made = Script.objects.filter(pk=OuterRef("pk"), fingerprint__method=method)
    return Script.objects.filter(~Exists(made), current=True, sitting__state=SittingState.HANDED_IN)
