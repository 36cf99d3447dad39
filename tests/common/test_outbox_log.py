"""The log of deliveries tells what went wrong, and never to whom."""

import smtplib
from typing import Any

import pytest

from goldenthread.common import outbox
from tests.factories import AT

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (smtplib.SMTPRecipientsRefused({"amara@example.org": (550, b"no such amara@example.org")}), "550"),
        (smtplib.SMTPSenderRefused(553, b"not for amara@example.org", "office@example.org"), "553"),
        (smtplib.SMTPDataError(554, b"spam for amara@example.org"), "554"),
        (ConnectionError("amara@example.org"), "ConnectionError"),
    ],
)
def test_a_failed_mail_is_logged_by_class_and_code_alone(
    monkeypatch: Any, caplog: Any, fault: Exception, told: str
) -> None:
    def fail(message: Any) -> None:
        raise fault

    monkeypatch.setitem(outbox._handlers, "test", fail)
    monkeypatch.setattr(outbox.log, "propagate", True)
    outbox.put("test", key="k", at=AT, to="amara@example.org")
    outbox.deliver_due(at=AT)
    assert type(fault).__name__ in caplog.text
    assert told in caplog.text
    assert "example.org" not in caplog.text
