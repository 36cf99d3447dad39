"""The page of an outage: what was typed stands on it and can be sent again as it was, with the same key."""

import logging
import re
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.template.loader import render_to_string

from goldenthread.common.outage import Outage

log = logging.getLogger(__name__)
RETRY_AFTER = "60"  # seconds
SHORT = 200  # characters: longer texts are shown
_SECRET = re.compile(r"password|secret|credential|(^|_)(code|otp)$")  # a postcode is none
_HIDDEN = ("csrfmiddlewaretoken",)
_NOT_WRITTEN = ("steps",)  # JSON of the editor beside the text: sent again, but nobody reads it
NEVER_SHOWN = ("/accounts/",)  # passwords and codes


def outage_page(request: HttpRequest, outage: Outage) -> HttpResponse:
    """Answer with 503 or 507, in JSON to scripts. Needs no database: what is read may be what is down."""
    log.error("%s %s: %s", request.method, request.path, outage.code)
    if _wants_json(request):
        answer: HttpResponse = JsonResponse(
            {"message": outage.message, "code": outage.code}, status=outage.status
        )
    else:
        fields = fields_of(request)
        files = bool(getattr(request, "_files", None))
        context = {
            "outage": outage,
            "full": outage.status == 507,
            "texts": [(name, value) for name, value in fields if is_text(name, value)],
            "rest": [(name, value) for name, value in fields if not is_text(name, value)],
            "files": files,
            "again": bool(fields) and not files,
            "path": request.get_full_path(),
            "csrf_token": get_token(request),
        }
        answer = HttpResponse(render_to_string("outage.html", context), status=outage.status)
    answer["Retry-After"] = RETRY_AFTER
    answer["Cache-Control"] = "private, no-store"
    return answer


def is_text(name: str, value: str) -> bool:
    return name not in _NOT_WRITTEN and (len(value) > SHORT or "\n" in value or " " in value.strip())


def fields_of(request: Any) -> list[tuple[str, str]]:
    """What was sent, but for what nobody should see again; nothing where the form can't be read."""
    if request.method != "POST" or request.path_info.startswith(NEVER_SHOWN):
        return []
    try:
        sent = request.POST
    except Exception:  # what can't be read is not shown
        log.warning("The form can't be read", exc_info=True)
        return []
    return [
        (name, str(value))
        for name in sent
        if name not in _HIDDEN and not _SECRET.search(name.lower())
        for value in sent.getlist(name)
    ]


def _wants_json(request: HttpRequest) -> bool:
    said = request.headers.get("Accept", "")
    return "application/json" in said or request.content_type in {
        "application/json",
        "application/octet-stream",
    }
