"""Every answer carries the policy of the settings; a nonce stands in it only where the page asked for one."""

from csp.utils import build_policy
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory

from goldenthread.web.shared.policy import ContentSecurityPolicy

HEADER = "Content-Security-Policy"


def answer(*, asks: bool) -> tuple[str, str]:
    """The header of an answer, and the nonce that its page was given."""
    given: list[str] = []

    def page(request: HttpRequest) -> HttpResponse:
        if asks:
            given.append(str(request.csp_nonce))  # type: ignore[attr-defined]
        return HttpResponse("page")

    return ContentSecurityPolicy(page)(RequestFactory().get("/"))[HEADER], "".join(given)


def directives(policy: str) -> set[str]:
    return set(policy.split("; "))


def test_a_page_without_a_nonce_carries_the_policy_of_the_settings() -> None:
    header, _ = answer(asks=False)
    assert directives(header) == directives(build_policy())
    assert "default-src 'none'" in header
    assert "nonce" not in header


def test_each_page_that_asks_gets_a_nonce_of_its_own_in_the_policy() -> None:
    (first, one), (second, other) = answer(asks=True), answer(asks=True)
    assert one != other
    assert directives(first) == directives(build_policy(nonce=one))
    assert directives(second) == directives(build_policy(nonce=other))


def test_the_product_sends_it(client: Client, db: None) -> None:
    assert "frame-ancestors 'none'" in client.get("/")[HEADER]
