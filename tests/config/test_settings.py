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


def test_flags_and_numbers_are_read_or_complained_of() -> None:
    env = Environment({"GOLDENTHREAD_MODE": "test", "A": "yes", "B": "perhaps", "C": "7", "D": "seven"})
    assert env.flag("A") is True
    assert env.flag("missing", default=True) is True
    env.flag("B")
    assert env.number("C", 1) == 7
    env.number("D", 1)
    assert env.complaints == ["B must be 1 or 0", "D must be a whole number"]
