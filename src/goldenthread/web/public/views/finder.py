"""Which NPQ fits me: one question a page, the answers in the address, then the programmes with their reasons.

Nothing is kept about who asks: no cookie, no row. Every page works without a script and can be shared.
"""

from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from goldenthread.catalogue import finder_rules as rules
from goldenthread.catalogue.finder_rules import Answers, Finding, Guide, Question
from goldenthread.catalogue.programmes import shipped_programmes
from goldenthread.intakes import queries as intakes
from goldenthread.web.public import facts, lists, ways
from goldenthread.web.shared.http import Request, today
from goldenthread.web.shared.numbers import number_of
from goldenthread.web.shared.public_pages import public_page
from goldenthread.web.shared.versions import Version

TITLES = {
    Question.POST: "You are",
    Question.STATUS: "The role",
    Question.SCOPE: "You lead or want to lead",
    Question.SCHOOLS: "Schools",
    Question.HORIZON: "The step after",
}
MISSING = {
    Question.POST: "Choose what comes closest.",
    Question.STATUS: "Choose one of the two.",
    Question.SCOPE: "Choose at least one, or say that you are not sure yet.",
    Question.SCHOOLS: "Give the number of schools, such as 2.",
    Question.HORIZON: "Choose what comes closest.",
}


@login_not_required
@require_safe
@public_page
def finder(request: Request) -> HttpResponse:
    """The question that comes next, or the one to be changed; with all answered, what fits."""
    known = lists.public_versions(at=request.received_at).offered
    shelf = rules.guide((version.specification for version in known), shipped_programmes())
    answers = rules.known_answers(shelf, _answers(request))
    asked = rules.questions(shelf, answers)
    question = _named(request.GET.get("change", ""), asked) or rules.next_question(shelf, answers)
    if question is None:
        return _result(request, shelf, answers, known)
    return _ask(request, shelf, answers, question)


def _answers(request: HttpRequest) -> Answers:
    """The answers as the address has them, whatever they are."""
    given = request.GET
    return Answers(
        post=given.get("post", ""),
        status=given.get("status", ""),
        scopes=tuple(given.getlist("scope")[:40]),
        schools=number_of(given.get("schools", "").strip(), digits=5),
        horizon=given.get("horizon", ""),
    )


def _named(name: str, asked: tuple[Question, ...]) -> Question | None:
    return next((question for question in asked if question == name), None)


def _pairs(answers: Answers, *, without: Question | None = None) -> list[tuple[str, str]]:
    """The answers as the address keeps them, in the order of the questions."""
    pairs = [
        (Question.POST, answers.post),
        (Question.STATUS, answers.status),
        *((Question.SCOPE, scope) for scope in answers.scopes),
        (Question.SCHOOLS, "" if answers.schools is None else str(answers.schools)),
        (Question.HORIZON, answers.horizon),
    ]
    return [(name.value, value) for name, value in pairs if value and name is not without]


def _address(answers: Answers, **more: str) -> str:
    query = urlencode([*_pairs(answers), *more.items()])
    return reverse("public:finder") + (f"?{query}" if query else "")


def _given(answers: Answers, question: Question) -> list[str]:
    return [value for name, value in _pairs(answers) if name == question]


def _ask(request: Request, shelf: Guide, answers: Answers, question: Question) -> HttpResponse:
    asked = rules.questions(shelf, answers)
    most, settled = rules.most_questions(shelf, answers)
    given = _given(answers, question)
    choices = rules.choices(shelf, question, answers)
    sent = request.GET.get("asked") == question and "change" not in request.GET
    context = {
        "question": question,
        "title": rules.question_text(shelf, question, answers),
        "number": asked.index(question) + 1,
        "most": most,
        "settled": settled,
        "choices": [
            {"choice": choice, "chosen": choice.value in given, "id": f"answer-{place}"}
            for place, choice in enumerate(choices, start=1)
        ],
        "apart": next((one for one in choices if not one.likely), None),
        "several": question is Question.SCOPE,
        "typed": request.GET.get("schools", "")[:20],
        "error": MISSING[question] if sent else "",
        "error_links": [{"text": MISSING[question], "url": "#answer-1"}],
        "kept": _pairs(answers, without=question),
        "lines": _lines(shelf, answers, but=question),
    }
    return render(request, "public/finder.html", context)


def _lines(shelf: Guide, answers: Answers, *, but: Question | None = None) -> list[dict[str, str]]:
    """What has been answered, each with the way to change it."""
    lines = []
    for question in rules.questions(shelf, answers):
        given = _given(answers, question)
        if not given or question is but:
            continue
        words = {choice.value: choice.label for choice in rules.choices(shelf, question, answers)}
        lines.append(
            {
                "label": TITLES[question],
                "value": ", ".join(words.get(value, value) for value in given),
                "url": _address(answers, change=question.value),
                "action": "Change",
            }
        )
    return lines


def _result(request: Request, shelf: Guide, answers: Answers, known: list[Version]) -> HttpResponse:
    result = rules.suggest(shelf, answers)
    by_key = {version.key: version for version in known}
    coming = intakes.next_by_version(at=request.received_at)
    context = {
        "suggested": [_line(request, finding, by_key, coming) for finding in result.suggested],
        "left_out": result.left_out,
        "lines": _lines(shelf, answers),
        "compare": urlencode([("v", key) for one in result.suggested for key in one.versions][:4]),
        "ask_url": ways.ask_url(),
    }
    return render(request, "public/finder_result.html", context)


def _line(
    request: Request, finding: Finding, by_key: dict[str, Version], coming: dict[int, Any]
) -> dict[str, Any]:
    on = today(request)
    found = [by_key[key] for key in finding.versions if key in by_key]
    return {
        "finding": finding,
        "versions": [
            {
                "key": version.key,
                "edition": facts.edition_text(version.specification),
                "market": version.specification.market,
                "hours": facts.hours_or_not(version.specification.minutes_declared),
                "length": facts.length_text(version.specification),
                "fee": facts.fee_text(version.specification, on),
                "intake": coming.get(version.pk),
            }
            for version in found
        ],
    }
