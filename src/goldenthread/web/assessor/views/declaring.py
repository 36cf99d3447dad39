"""The page on which a marker or a moderator says that they can't judge a script."""

from collections.abc import Callable
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render

from goldenthread.common.refused import Refused
from goldenthread.marking.rules import Declaration
from goldenthread.web.assessor.forms import ConflictForm
from goldenthread.web.shared.http import posted, show_refusal


def declaration_page(
    request: Any,
    context: dict[str, Any],
    *,
    check: Callable[[], None],
    declare: Callable[[Declaration], HttpResponse],
) -> HttpResponse:
    """Ask for a declaration and hand it to `declare`, whose answer is sent.

    `check` refuses where nothing can be declared at all: then the reason stands in place of the form. `context`
    holds what else the page reads: code, intake, back and moderating.
    """
    form, hindrance = ConflictForm(posted(request)), ""
    try:
        check()
        if form.is_valid():
            return declare(form.declaration())
    except Refused as refusal:
        if refusal.field:
            show_refusal(form, refusal)
        else:
            hindrance = refusal.message
    refused = form.is_bound and bool(form.errors or hindrance)
    context = {**context, "form": form, "hindrance": hindrance}
    return render(request, "assessor/declare.html", context, status=422 if refused else 200)
