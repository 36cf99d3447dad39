"""The Content-Security-Policy of every answer: one policy, worded once in a process."""

from functools import cache

from csp.constants import HEADER
from csp.middleware import CheckableLazyObject, CSPMiddleware
from csp.utils import build_policy
from django.http import HttpRequest
from django.http.response import HttpResponseBase

_PLACE = "the-place-of-the-nonce"


class ContentSecurityPolicy(CSPMiddleware):
    """As the library does it, for a policy that no view changes: only the nonce differs, where a page asked for one."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        nonce = getattr(request, "_csp_nonce", None)
        if HEADER not in response:
            response.headers[HEADER] = worded() if nonce is None else worded(_PLACE).replace(_PLACE, nonce)
        if nonce is None:  # asked for from now on it would not be in the header: the library says so loudly
            request.csp_nonce = CheckableLazyObject(self._csp_nonce_post_response)  # type: ignore[attr-defined]
        return response


@cache
def worded(nonce: str | None = None) -> str:
    """The policy of the settings as a header says it, for a page with or without a nonce."""
    return str(build_policy(nonce=nonce))
