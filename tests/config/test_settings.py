"""Production refuses to start with a missing or unsafe value, and says which."""

import subprocess
import sys

import pytest

from goldenthread.config.environment import Environment

SAFE = {
    "GOLDENTHREAD_SECRET_KEY": "k" * 60,
    "GOLDENTHREAD_URL": "https://npq.example.org",
    "GOLDENTHREAD_HOSTS": "npq.example.org",
    "GOLDENTHREAD_SMTP_HOST": "mail.example.org",
    "GOLDENTHREAD_CASE_KEYS": "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
    "GOLDENTHREAD_MAIL_FROM": "office@example.org",
    "GOLDENTHREAD_DATA": "/tmp/goldenthread-settings-test",
}


def start(**changes: str) -> str:
    """What loading the settings in production says; empty when they load."""
    environment = {**SAFE, **changes}
    script = "from goldenthread.config import settings as s; print(s.CAST_SIGN_IN, s.SESSION_COOKIE_SECURE)"
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={name: value for name, value in environment.items() if value != "(unset)"},
        capture_output=True,
        text=True,
    )
    return done.stderr if done.returncode else done.stdout


def test_production_starts_with_safe_values_and_without_the_cast() -> None:
    assert start() == "False True\n"


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("GOLDENTHREAD_SECRET_KEY", "(unset)", "GOLDENTHREAD_SECRET_KEY is missing"),
        ("GOLDENTHREAD_SECRET_KEY", "short", "GOLDENTHREAD_SECRET_KEY is too short"),
        ("GOLDENTHREAD_URL", "http://npq.example.org", "must begin with https://"),
        ("GOLDENTHREAD_HOSTS", "(unset)", "GOLDENTHREAD_HOSTS is missing"),
        ("GOLDENTHREAD_HOSTS", "*", "must not be *"),
        ("GOLDENTHREAD_FORMER_URLS", "awards.example.net", "not 'awards.example.net'"),
        ("GOLDENTHREAD_SMTP_HOST", "(unset)", "GOLDENTHREAD_SMTP_HOST is missing"),
        ("GOLDENTHREAD_CASE_KEYS", "(unset)", "GOLDENTHREAD_CASE_KEYS is missing"),
        ("GOLDENTHREAD_CASE_KEYS", "short", "GOLDENTHREAD_CASE_KEYS must be 32 random bytes in base64 each"),
        ("GOLDENTHREAD_MAIL_FROM", "(unset)", "GOLDENTHREAD_MAIL_FROM is missing"),
        ("GOLDENTHREAD_CAST_SIGN_IN", "1", "GOLDENTHREAD_CAST_SIGN_IN is for demonstrations"),
        ("GOLDENTHREAD_MODE", "live", "GOLDENTHREAD_MODE must be one of"),
        ("GOLDENTHREAD_UPLOAD_LIMIT", "20MB", "must be a whole number"),
        ("GOLDENTHREAD_CLAMD", "clamav", "must be unix:/path"),
        ("GOLDENTHREAD_CLAMD", "http://clamav:3310/", "must be unix:/path"),
        ("GOLDENTHREAD_WITHOUT_SCANNER", "perhaps", "must be hold or trust"),
        ("GOLDENTHREAD_RECEIPT_KEY", "c2hvcnQ=", "GOLDENTHREAD_RECEIPT_KEY must be 32 random bytes"),
        ("GOLDENTHREAD_BADGE_KEY", "c2hvcnQ=", "GOLDENTHREAD_BADGE_KEY must be 32 random bytes"),
        ("GOLDENTHREAD_MAIL_SECRET", "short", "GOLDENTHREAD_MAIL_SECRET is too short"),
    ],
)
def test_production_refuses_a_missing_or_unsafe_value(name: str, value: str, says: str) -> None:
    assert says in start(**{name: value})


def test_a_mailbox_is_fetched_over_tls_only() -> None:
    said = start(GOLDENTHREAD_IMAP_HOST="mail.example.org", GOLDENTHREAD_IMAP_TLS="0")
    assert "GOLDENTHREAD_IMAP_TLS must be 1" in said


def test_every_complaint_is_made_at_once() -> None:
    said = start(GOLDENTHREAD_SECRET_KEY="(unset)", GOLDENTHREAD_HOSTS="(unset)")
    assert "GOLDENTHREAD_SECRET_KEY" in said
    assert "GOLDENTHREAD_HOSTS" in said


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("", []),
        ("https://Awards.Example.NET/", ["https://awards.example.net"]),
        ("https://a.example:8443, https://b.example", ["https://a.example:8443", "https://b.example"]),
        ("https://a.example,https://A.example/", ["https://a.example"]),
        ("https://xn--mnchen-3ya.example", ["https://xn--mnchen-3ya.example"]),
        ("a.example", None),
        ("http://a.example", None),
        ("https://", None),
        ("https://a.example/path", None),
        ("https://a.example?x=1", None),
        ("https://user@a.example", None),
        ("https://a.example:port", None),
        ("https://a.example:99999", None),
        ("https://*.example", None),
        ("ftp://a.example", None),
        ("https://[::1", None),
    ],
)
def test_former_addresses_are_read_as_browsers_write_them_or_complained_of(
    given: str, expected: list[str] | None
) -> None:
    env = Environment({"GOLDENTHREAD_MODE": "production", "FORMER": given})
    found = env.web_addresses("FORMER")
    assert (found, len(env.complaints)) == ((expected, 0) if expected is not None else ([], 1))


def test_outside_production_a_former_address_may_be_without_tls() -> None:
    env = Environment({"GOLDENTHREAD_MODE": "test", "FORMER": "http://localhost:8000"})
    assert (env.web_addresses("FORMER"), env.complaints) == (["http://localhost:8000"], [])


def test_flags_and_numbers_are_read_or_complained_of() -> None:
    env = Environment({"GOLDENTHREAD_MODE": "test", "A": "yes", "B": "perhaps", "C": "7", "D": "seven"})
    assert env.flag("A") is True
    assert env.flag("missing", default=True) is True
    env.flag("B")
    assert env.number("C", 1) == 7
    env.number("D", 1)
    assert env.complaints == ["B must be 1 or 0", "D must be a whole number"]
