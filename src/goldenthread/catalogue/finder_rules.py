"""Which programme fits a visitor, and why: decided from the audiences and the recorded steps of the specifications.

Pure functions, as in `rules`: no Django, no clock, no settings.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from goldenthread.catalogue.programmes import Post, Programmes
from goldenthread.catalogue.rules import EntryDetails, check_entry
from goldenthread.catalogue.specification import Specification
from goldenthread.catalogue.structure import ReleaseState
from goldenthread.catalogue.wording import counted, listed, short_name
from goldenthread.common.refused import Refused

NOT_SURE = "not sure"
# What the words of an audience mean to somebody who hasn't read the documents: ours.
SCOPE_HINTS = {
    "subject": "One subject, such as mathematics.",
    "year group": "One year of pupils and their teachers.",
    "key stage": "Several years together, such as key stage 2.",
    "phase": "Such as early years, primary or the sixth form.",
    "development of other teachers": "You train, mentor or coach colleagues.",
    "behaviour and culture": "How pupils behave, and how the school lives together.",
    "pupil well-being": "Pastoral care and support of pupils.",
    "across a school": "One area in all of a school, beside its head: as assistant or deputy head, or SEN coordinator.",
    "whole school": "All of a school, as its head.",
    "more than one school": "Several schools: a trust, a federation or a group.",
}
MOST_SCHOOLS = 10_000


class Question(StrEnum):
    """What the finder asks, one at a time and in this order."""

    POST = "post"
    STATUS = "status"
    SCOPE = "scope"
    SCHOOLS = "schools"
    HORIZON = "horizon"


class Horizon(StrEnum):
    """When the next step, such as applying for headship, is expected."""

    NOW = "now"
    SOON = "soon"
    LATER = "later"
    NO = "no"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What a visitor has said so far; "", () and None are not answered."""

    post: str = ""
    status: str = ""
    scopes: tuple[str, ...] = ()
    schools: int | None = None
    horizon: str = ""


@dataclass(frozen=True, slots=True)
class Choice:
    """An answer to choose: what the address keeps, the words, and more words; `likely` comes first."""

    value: str
    label: str
    hint: str = ""
    likely: bool = True


@dataclass(frozen=True, slots=True)
class Step:
    """A recorded step to another programme that is meant for people who expect it within some years (S1-36)."""

    programme: str
    to: str
    within_years: int
    question: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Guide:
    """What the finder goes by: the open versions, the conditional steps between programmes, and the posts."""

    versions: tuple[Specification, ...]
    steps: tuple[Step, ...]
    posts: tuple[Post, ...]

    @property
    def scopes(self) -> tuple[str, ...]:
        """Every scope that an open version is for, in the order of the versions."""
        return tuple(dict.fromkeys(scope for spec in self.versions for scope in spec.audience.scopes))

    def post(self, key: str) -> Post | None:
        """The post with this key, or None."""
        return next((post for post in self.posts if post.key == key), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A programme with the open versions that fit (or don't), and the reasons."""

    programme: str
    name: str
    versions: tuple[str, ...]
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Result:
    suggested: tuple[Finding, ...]
    left_out: tuple[Finding, ...]


def guide(specs: Iterable[Specification], programmes: Programmes) -> Guide:
    """The guide of a catalogue. Closed versions are no answer, but the steps they record still hold (G-37)."""
    known = tuple(specs)
    steps = {
        (spec.programme, item.to): Step(spec.programme, item.to, item.within_years, item.question)
        for spec in known
        if spec.state is not ReleaseState.DRAFT
        for item in spec.progression
        if item.kind == "programme" and item.within_years is not None
    }
    return Guide(
        versions=tuple(spec for spec in known if spec.state is ReleaseState.PUBLISHED),
        steps=tuple(steps.values()),
        posts=programmes.posts,
    )


# --- the questions ------------------------------------------------------------------------------------
def questions(guide: Guide, answers: Answers) -> tuple[Question, ...]:
    """The questions that these answers call for, answered or not, in order.

    Schools are asked of people in a role that answers for several; the horizon where a recorded step depends on it.
    """
    asked = [Question.POST, Question.STATUS, Question.SCOPE]
    fitting = _fitting(guide, answers)
    if answers.status == "in role" and any(spec.audience.schools_in_role_at_least for spec in fitting):
        asked.append(Question.SCHOOLS)
    if answers.scopes and _steps_at(guide, answers):
        asked.append(Question.HORIZON)
    return tuple(asked)


def most_questions(guide: Guide, answers: Answers) -> tuple[int, bool]:
    """How many questions there are, and whether that is settled: what is led decides about the last ones."""
    asked = len(questions(guide, answers))
    if answers.scopes:
        return asked, True
    return asked + 1 + (answers.status != "aspiring"), False


def next_question(guide: Guide, answers: Answers) -> Question | None:
    """The first question that has no answer yet; None when a suggestion can be made."""
    return next((asked for asked in questions(guide, answers) if not _answered(answers, asked)), None)


def _answered(answers: Answers, question: Question) -> bool:
    match question:
        case Question.POST:
            return bool(answers.post)
        case Question.STATUS:
            return bool(answers.status)
        case Question.SCOPE:
            return bool(answers.scopes)
        case Question.SCHOOLS:
            return answers.schools is not None
        case Question.HORIZON:
            return bool(answers.horizon)


def choices(guide: Guide, question: Question, answers: Answers) -> tuple[Choice, ...]:
    """What can be answered to a question; () for one that takes a number."""
    match question:
        case Question.POST:
            return tuple(Choice(post.key, post.name, post.text) for post in guide.posts)
        case Question.STATUS:
            return (
                Choice("in role", "For the role that I have now"),
                Choice("aspiring", "For a role that I want to take on"),
            )
        case Question.SCOPE:
            return _scope_choices(guide, answers)
        case Question.HORIZON:
            return _horizon_choices(guide, answers)
    return ()


def _scope_choices(guide: Guide, answers: Answers) -> tuple[Choice, ...]:
    likely = _likely(guide, answers)
    found = [
        Choice(scope, scope[0].upper() + scope[1:], SCOPE_HINTS.get(scope, ""), scope in likely)
        for scope in guide.scopes
    ]
    found.sort(key=lambda choice: not choice.likely)
    return (
        *found,
        Choice(NOT_SURE, "I’m not sure yet", "We go by what people in your post lead as a rule.", False),
    )


def _horizon_choices(guide: Guide, answers: Answers) -> tuple[Choice, ...]:
    years = max((step.within_years for step in _steps_at(guide, answers)), default=3)
    return (
        Choice(Horizon.NOW, "Now, or within a year"),
        Choice(Horizon.SOON, f"Within {counted(years, 'year')}"),
        Choice(Horizon.LATER, "Later than that"),
        Choice(Horizon.NO, "I don’t plan to"),
    )


def question_text(guide: Guide, question: Question, answers: Answers) -> str:
    """The question in words; the one on the horizon is the source's own."""
    match question:
        case Question.POST:
            return "What describes you best?"
        case Question.STATUS:
            return "Which role is the qualification for?"
        case Question.SCOPE:
            return "What do you lead?" if answers.status == "in role" else "What do you want to lead?"
        case Question.SCHOOLS:
            return "For how many schools are you responsible?"
    names = [_name(guide, step.to) for step in _steps_at(guide, answers)]
    headship = listed(list(dict.fromkeys(names)), "or").lower() or "the next role"
    return f"When do you expect to apply for {headship}?"


def known_answers(guide: Guide, answers: Answers) -> Answers:
    """The answers without whatever is not among the choices: nothing in an address is taken on trust."""
    schools = (
        answers.schools if answers.schools is not None and 0 <= answers.schools <= MOST_SCHOOLS else None
    )
    scopes = tuple(
        scope for scope in dict.fromkeys(answers.scopes) if scope in guide.scopes or scope == NOT_SURE
    )
    return Answers(
        post=answers.post if guide.post(answers.post) else "",
        status=answers.status if answers.status in ("in role", "aspiring") else "",
        scopes=(NOT_SURE,) if NOT_SURE in scopes else scopes,
        schools=schools,
        horizon=answers.horizon if answers.horizon in set(Horizon) else "",
    )


# --- what fits ----------------------------------------------------------------------------------------
def suggest(guide: Guide, answers: Answers) -> Result:
    """The programmes that fit, each with its reasons, and the others with what speaks against them (S1-03).

    A step that depends on the years (NPQSL → NPQH, S1-36) is taken when it is expected in time: then the programme it
    leads to is suggested instead of the one it comes from, and otherwise the other way round.
    """
    steps = _by_steps(guide, answers)
    judged = [_judge(guide, answers, spec, steps) for spec in guide.versions]
    suggested = _gathered(finding for fits, finding in judged if fits)
    codes = {finding.programme for finding in suggested}
    left_out = _gathered(finding for fits, finding in judged if not fits and finding.programme not in codes)
    return Result(suggested, left_out)


def _judge(
    guide: Guide, answers: Answers, spec: Specification, steps: Mapping[str, tuple[bool, str]]
) -> tuple[bool, Finding]:
    """Whether a version fits, and why."""
    shared = [scope for scope in spec.audience.scopes if scope in _wanted(guide, answers)]
    decided, because = steps.get(spec.programme, (bool(shared), ""))
    if not decided:
        return False, _finding(spec, [because or f"It is for another scope: {_what(spec)}."])
    against = _against(spec, answers, shared) if shared else []
    if against:
        return False, _finding(spec, against)
    found = [_scope_reason(answers, spec, shared)] if shared else []
    return True, _finding(spec, [*found, *_schools_reason(answers, spec), *([because] if because else [])])


def _by_steps(guide: Guide, answers: Answers) -> dict[str, tuple[bool, str]]:
    """The programmes for which the horizon decides: whether each fits, and why."""
    found: dict[str, tuple[bool, str]] = {}
    for step in _steps_at(guide, answers) if answers.horizon else ():
        years, goal = counted(step.within_years, "year"), _name(guide, step.to).lower()
        if answers.horizon in (Horizon.NOW, Horizon.SOON):
            expects = f"You expect to apply for {goal} within {years}"
            found[step.to] = (
                True,
                (
                    f"{expects}, and it prepares for that. It can follow {step.programme}, which we don’t ask for."
                ),
            )
            found[step.programme] = False, f"{expects}: {step.to} is the step for that."
        else:
            found[step.programme] = True, f"You don’t expect to apply for {goal} within {years}."
            found[step.to] = False, f"It is for people who expect to apply for {goal} within {years}."
    return found


def _against(spec: Specification, answers: Answers, shared: Sequence[str]) -> list[str]:
    """What the version's own entry rule says against it, in words for the person; [] when nothing does.

    What the finder doesn't ask, such as the exact post, counts as given: the application asks it.
    """
    audience = spec.audience
    details = EntryDetails(
        role_status=answers.status,
        scopes=tuple(shared),
        schools=answers.schools,
        role=audience.roles[0] if audience.roles else "",
        role_description="asked in the application",
        confirmed=frozenset(audience.must_confirm),
    )
    try:
        decision = check_entry(spec, details)
    except Refused as no:
        return [no.message]
    if not decision.eligible and audience.schools_in_role_at_least is not None:
        least = counted(audience.schools_in_role_at_least, "school")
        number = counted(answers.schools or 0, "school")
        return [f"People in the role answer for at least {least}; you said {number}."]
    return [] if decision.eligible else [reason.text for reason in decision.reasons]


def _scope_reason(answers: Answers, spec: Specification, shared: Sequence[str]) -> str:
    in_role = answers.status == "in role"
    if NOT_SURE in answers.scopes:
        post = "lead as a rule" if in_role else "lead or take on next as a rule"
        return f"Its scope is {_what(spec)}, which people in your post {post}."
    lead = "lead" if in_role else "want to lead"
    return f"What you {lead} ({listed(list(shared))}) is what it is for."


def _schools_reason(answers: Answers, spec: Specification) -> list[str]:
    if spec.audience.schools_in_role_at_least is None:
        return []
    if answers.status == "in role":
        return [f"You answer for {counted(answers.schools or 0, 'school')}."]
    return ["How many schools you have now doesn’t matter: that is asked of people in the role only."]


# --- helpers ------------------------------------------------------------------------------------------
def _wanted(guide: Guide, answers: Answers) -> set[str]:
    """The scopes that were chosen, or those that the post makes likely for who isn't sure."""
    return _likely(guide, answers) if NOT_SURE in answers.scopes else set(answers.scopes)


def _likely(guide: Guide, answers: Answers) -> set[str]:
    post = guide.post(answers.post)
    if post is None:
        return set(guide.scopes)
    likely = post.leads if answers.status == "in role" else (*post.next, *post.leads)
    return set(likely) & set(guide.scopes) or set(guide.scopes)


def _fitting(guide: Guide, answers: Answers) -> list[Specification]:
    wanted = _wanted(guide, answers)
    return [spec for spec in guide.versions if wanted & set(spec.audience.scopes)]


def _steps_at(guide: Guide, answers: Answers) -> list[Step]:
    """The conditional steps that would change what is suggested: not for who is in the role at its far end."""
    codes = {spec.programme for spec in _fitting(guide, answers)}
    open_codes = {spec.programme for spec in guide.versions}
    return [
        step
        for step in guide.steps
        if {step.programme, step.to} <= open_codes
        and (step.programme in codes or (answers.status == "aspiring" and step.to in codes))
    ]


def _gathered(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """One finding a programme, with the versions of all and every reason once."""
    found: dict[str, Finding] = {}
    for one in findings:
        known = found.get(one.programme)
        found[one.programme] = (
            one
            if known is None
            else replace(
                known,
                versions=(*known.versions, *one.versions),
                reasons=tuple(dict.fromkeys((*known.reasons, *one.reasons))),
            )
        )
    return tuple(found.values())


def _finding(spec: Specification, reasons: Sequence[str]) -> Finding:
    return Finding(
        programme=spec.programme,
        name=short_name(spec.programme_name),
        versions=(spec.id,),
        reasons=tuple(reasons),
    )


def _what(spec: Specification) -> str:
    return listed(spec.audience.scopes, "or")


def _name(guide: Guide, code: str) -> str:
    return next((short_name(spec.programme_name) for spec in guide.versions if spec.programme == code), code)
