"""Search, help and the words of the field: for visitors, without a cookie."""

from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from goldenthread.search.queries import Answer, Found
from goldenthread.search.queries import search as find
from goldenthread.search.rules import LONGEST_QUERY
from goldenthread.web.public import findable
from goldenthread.web.public.answers import answers
from goldenthread.web.shared.http import Request, page_of
from goldenthread.web.shared.public_pages import public_page

SHOWN = 5  # of each kind, before "all of them"
ON_A_PAGE = 30
ORDER = list(findable.KINDS)


@dataclass(frozen=True)
class Group:
    """What was found of one kind, the best first; `url` leads to all of it."""

    title: str
    first: list[Found]
    count: int
    url: str


@login_not_required
@require_safe
@public_page
def search(request: Request) -> HttpResponse:
    """What visitors may see that fits `q`, by kind; with `kind` all of that kind, page by page."""
    asked = " ".join(request.GET.get("q", "")[:LONGEST_QUERY].replace("\0", " ").split())
    kind = request.GET.get("kind", "")
    answer = find(asked)
    if answer.found and not findable.are_current(
        at=request.received_at, content=getattr(request, "content_mark", "")
    ):
        answer = replace(answer, found=findable.still_public(answer.found))
    context: dict[str, Any] = {
        "q": asked,
        "answer": answer,
        "count": len(answer.found),
        "longest": LONGEST_QUERY,
    }
    if kind in findable.KINDS:
        of_kind = [one for one in answer.found if one.kind == kind]
        context |= {"kind": findable.KINDS[kind], "page": page_of(request, of_kind, size=ON_A_PAGE)}
        context["all_url"] = f"{reverse('public:search')}?{urlencode({'q': asked})}"
    else:
        context |= {"kind": "", "groups": _groups(answer, asked)}
    return render(request, "public/search.html", context)


def _groups(answer: Answer, asked: str) -> list[Group]:
    """The kinds by how well the best of each fits, then in the order of `findable.KINDS`."""
    found: dict[str, list[Found]] = {}
    for one in answer.found:
        found.setdefault(one.kind, []).append(one)
    address = reverse("public:search")
    return [
        Group(
            findable.KINDS[kind],
            ones[:SHOWN],
            len(ones),
            f"{address}?{urlencode({'q': asked, 'kind': kind})}" if len(ones) > SHOWN else "",
        )
        for kind, ones in sorted(found.items(), key=lambda pair: (pair[1][0].fit, ORDER.index(pair[0])))
    ]


@login_not_required
@require_safe
@public_page
def questions(request: Request) -> HttpResponse:
    return render(request, "public/help.html", {"questions": answers().questions})


@login_not_required
@require_safe
@public_page
def glossary(request: Request) -> HttpResponse:
    return render(request, "public/glossary.html", {"terms": answers().terms})
