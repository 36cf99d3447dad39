"""Pages that are the same for every visitor: made once for each content and minute, kept whole and compressed.

A view says so with `@public_page`. What it answers a visitor with is kept in this process under the address, the
token of the content (`common.content_mark`, one query a request) and the minute, since intakes open and close at
midnights. Who has a session, or a message waiting, always gets a page made for them, which nobody may keep.
A page that sets a cookie or holds a secret of its own (a form's token, a nonce) is never kept nor compressed:
compressing a secret beside text that a stranger chooses would tell it (BREACH).
"""

import gzip
import hashlib
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from threading import Lock
from typing import Any

import brotli
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotModified
from django.utils.cache import patch_vary_headers
from django.utils.http import parse_etags

from goldenthread.common import content_mark

GetResponse = Callable[[HttpRequest], HttpResponse]
PUBLIC = "public, max-age=0, s-maxage=60"
PRIVATE = "private, no-cache"
LONGEST_ADDRESS = 500
MOST_BYTES = 16 * 1024 * 1024  # of one process; pages with the least recent visit go first
WORTH_COMPRESSING = 600


def public_page(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Mark a view whose answer to visitors depends on the address, the content and the day alone."""

    @wraps(view)
    def made(request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        request.is_public_page = True
        # Read before the page is made: content that changes meanwhile gives a newer token, and the page is made anew.
        request.content_mark = content_mark.current() if comes_with_nothing(request) else ""
        try:
            return view(request, *args, **kwargs)
        except Http404:
            request.is_public_page = False
            raise

    made.is_public_page = True  # type: ignore[attr-defined]
    return made


def comes_with_nothing(request: HttpRequest) -> bool:
    """A visitor as all others: no session, no message to show, an address of the usual length."""
    cookies = request.COOKIES
    return (
        request.method in ("GET", "HEAD")
        and settings.SESSION_COOKIE_NAME not in cookies
        and "messages" not in cookies
        and len(request.get_full_path()) <= LONGEST_ADDRESS
    )


@dataclass(frozen=True)
class Kept:
    """One page as it is sent, by encoding, and what it was made from."""

    mark: str
    minute: datetime
    headers: tuple[tuple[str, str], ...]
    etag: str
    bodies: dict[str, bytes]

    @property
    def size(self) -> int:
        return sum(map(len, self.bodies.values()))

    def answer(self, request: HttpRequest) -> HttpResponse:
        """The page in an encoding that the browser takes, or that the one it has still holds."""
        if self._is_known_to(request):
            response: HttpResponse = HttpResponseNotModified()
        else:
            encoding = self._encoding(request.headers.get("Accept-Encoding", ""))
            response = HttpResponse(self.bodies[encoding])
            if encoding:
                response["Content-Encoding"] = encoding
            response["Content-Length"] = str(len(self.bodies[encoding]))
        for name, value in self.headers:
            if response.status_code == 200 or not name.startswith("Content-"):
                response[name] = value
        response["ETag"], response["Cache-Control"] = self.etag, PUBLIC
        patch_vary_headers(response, ("Accept-Encoding", "Cookie"))
        return response

    def _is_known_to(self, request: HttpRequest) -> bool:
        known = parse_etags(request.headers.get("If-None-Match", ""))
        return "*" in known or self.etag in known

    def _encoding(self, accepted: str) -> str:
        taken = _encodings(accepted)
        return next((name for name in ("br", "gzip") if name in taken and name in self.bodies), "")


def _encodings(accepted: str) -> set[str]:
    """The encodings of a header such as "gzip, br;q=0.8"; one with a weight of nought is refused."""
    offers = [offer.strip().lower().partition(";") for offer in accepted.split(",")]
    return {
        name.strip()
        for name, _, weight in offers
        if not weight or weight.replace(" ", "").removeprefix("q=").strip("0.")
    }


class Shelf:
    """The pages that a process keeps, by address."""

    def __init__(self) -> None:
        self._pages: OrderedDict[str, Kept] = OrderedDict()
        self._lock = Lock()
        self._size = 0

    def find(self, address: str) -> Kept | None:
        with self._lock:
            page = self._pages.get(address)
            if page is not None:
                self._pages.move_to_end(address)
            return page

    def put(self, address: str, page: Kept, *, most_bytes: int = MOST_BYTES) -> None:
        with self._lock:
            self._drop(address)
            self._pages[address] = page
            self._size += page.size
            while self._size > most_bytes:
                self._drop(next(iter(self._pages)))

    def clear(self) -> None:
        with self._lock:
            self._pages.clear()
            self._size = 0

    def _drop(self, address: str) -> None:
        page = self._pages.pop(address, None)
        self._size -= page.size if page else 0


shelf = Shelf()


class PublicPages:
    """Answers visitors from the shelf, and says of every other page that it is for nobody else to keep."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        address = request.get_full_path()
        if settings.KEEP_PUBLIC_PAGES and comes_with_nothing(request):
            page = shelf.find(address)
            if page is not None and page.minute == _minute(request) and page.mark == content_mark.current():
                request.get_host()  # refuses a host that isn't ours, as the pages themselves do
                return page.answer(request)
        response = self.get_response(request)
        page = _kept(request, response)
        if page is None:
            if "Cache-Control" not in response:
                response["Cache-Control"] = PRIVATE
            return response
        if settings.KEEP_PUBLIC_PAGES and page.mark:
            shelf.put(address, page)
        return page.answer(request)


def _minute(request: Any) -> datetime:
    instant: datetime = request.received_at
    return instant.replace(second=0, microsecond=0)


def _kept(request: Any, response: HttpResponse) -> Kept | None:
    """The page as it can be kept; None for one that is somebody's own, or holds a secret."""
    if (
        not getattr(request, "is_public_page", False)
        or not comes_with_nothing(request)
        or response.status_code != 200
        or response.streaming
        or "Cache-Control" in response
        or response.cookies
        or request.META.get("CSRF_COOKIE_NEEDS_UPDATE")
        or "nonce-" in response.get("Content-Security-Policy", "")
    ):
        return None
    body = response.content
    bodies = {"": body}
    if len(body) >= WORTH_COMPRESSING:
        bodies |= {"br": brotli.compress(body, quality=5), "gzip": gzip.compress(body, 6, mtime=0)}
    headers = tuple((name, value) for name, value in response.items() if name != "Content-Length")
    etag = f'W/"{hashlib.sha256(body).hexdigest()[:32]}"'
    return Kept(getattr(request, "content_mark", ""), _minute(request), headers, etag, bodies)
