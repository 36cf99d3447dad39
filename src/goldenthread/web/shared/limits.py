"""Limits for visitors: who is counted, and what they are told when it was too often."""

from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address, ip_network
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from goldenthread.common.limits import Limit, take, used_up
from goldenthread.common.refused import Refused
from goldenthread.web.shared.http import Request

# A whole school may sit behind one address: these stop machines, not people.
APPLY = Limit("apply", 60, timedelta(hours=1))  # applications sent
ANSWER = Limit("answer", 300, timedelta(minutes=10))  # steps of applications answered
SCHOOLS = Limit("schools", 120, timedelta(minutes=1))  # looks for a school; each pause in typing is one
VERIFY = Limit("verify", 30, timedelta(minutes=1))  # at this pace, guessing a code takes millions of years
# Wrong codes from everywhere together: a crowd of machines that guess is slowed down, and a person is not shut out.
WRONG_CODES = Limit("verify.wrong", 1000, timedelta(minutes=10))
VERIFY_WHILE_GUESSED = Limit("verify.slow", 3, timedelta(minutes=1))
# Codes of ten symbols, with the name and the day: fewer have one, and these could be guessed.
VERIFY_EARLIER = Limit("verify.earlier", 20, timedelta(hours=1))
WRONG_EARLIER = Limit("verify.earlier.wrong", 100, timedelta(hours=1))
EARLIER_WHILE_GUESSED = Limit("verify.earlier.slow", 3, timedelta(hours=1))
EVERYWHERE = "everywhere"


def over_limit(request: Request, limit: Limit) -> datetime | None:
    """Count this request; the instant from which the next one is taken, when it is one too many.

    A visitor counts by network, somebody who is signed in as that person.
    """
    person = request.user
    who = f"person {person.pk}" if person.is_authenticated else f"address {network(address(request))}"
    return take(limit, who, at=request.received_at)


class TooOften(Refused):
    """Refused for now only: `seconds` says after how many it is worth another try."""

    def __init__(self, message: str, seconds: int) -> None:
        super().__init__(message, code="limit.reached")
        self.seconds = seconds


def within(request: Request, limit: Limit, message: str) -> None:
    """Count this request; refuse one too many with `message`, in which {wait} becomes the time to wait."""
    again_at = over_limit(request, limit)
    if again_at:
        raise TooOften(message.format(wait=wait_text(request, again_at)), seconds_until(request, again_at))


def answered(response: HttpResponse, refusal: Refused | None) -> HttpResponse:
    """The response, marked as one that came too often if that was the refusal."""
    if isinstance(refusal, TooOften):
        response.status_code = 429
        response["Retry-After"] = str(refusal.seconds)
    return response


def too_often(request: HttpRequest) -> HttpResponse:
    """The page of those whom the sign-in pages send away for a minute: allauth finds it as `handler429`."""
    response = render(request, "429.html", status=429)
    response["Retry-After"] = "60"
    return response


def address(request: HttpRequest) -> str:
    """The caller's address; behind our own proxy the last one that it adds."""
    if settings.SECURE_PROXY_SSL_HEADER:
        return str(request.META.get("HTTP_X_FORWARDED_FOR", "")).rpartition(",")[2].strip()[:60]
    return str(request.META.get("REMOTE_ADDR", ""))


def network(text: str) -> str:
    """Who counts as one caller: an IPv4 address; of IPv6 the first 64 bits, since who has one has all that follow."""
    try:
        found = ip_address(text)
    except ValueError:
        return text
    if isinstance(found, IPv6Address):
        mapped = found.ipv4_mapped
        return str(mapped) if mapped else str(ip_network((int(found), 64), strict=False))
    return str(found)


def verifying(request: Request) -> None:
    """Count one look at a code; refuse one too many. While wrong ones pour in from everywhere, three a minute each."""
    _verifying(request, VERIFY, WRONG_CODES, VERIFY_WHILE_GUESSED)


def verifying_earlier(request: Request) -> None:
    """Count one look at a code of ten symbols; refuse one too many. While wrong ones come in, three an hour each."""
    _verifying(request, VERIFY_EARLIER, WRONG_EARLIER, EARLIER_WHILE_GUESSED)


def _verifying(request: Request, limit: Limit, wrong: Limit, slow: Limit) -> None:
    guessed = used_up(wrong, EVERYWHERE, at=request.received_at) is not None
    within(request, slow if guessed else limit, "Try this one again {wait}.")


def wrong_code(request: Request) -> None:
    """Count a code that no award has."""
    take(WRONG_CODES, EVERYWHERE, at=request.received_at)


def wrong_earlier(request: Request) -> None:
    """Count a code of ten symbols that no award has together with the name and the day."""
    take(WRONG_EARLIER, EVERYWHERE, at=request.received_at)


def seconds_until(request: Request, instant: datetime) -> int:
    """Whole seconds to wait, one at least: for the header Retry-After."""
    return max(1, -int((request.received_at - instant).total_seconds() // 1))


def wait_text(request: Request, instant: datetime) -> str:
    """When to try again, in words: "in 40 seconds", "in 12 minutes (at 14:05 UK time)"."""
    seconds = seconds_until(request, instant)
    if seconds < 60:
        return f"in {seconds} second" + ("" if seconds == 1 else "s")
    minutes = -(-seconds // 60)
    clock = instant.astimezone(ZoneInfo(settings.TIME_ZONE)) + timedelta(seconds=59)
    return f"in {minutes} minute" + ("" if minutes == 1 else "s") + f" (at {clock:%H:%M} UK time)"
