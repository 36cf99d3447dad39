"""Mail to a person: decided in a transaction, rendered and sent by the worker from a pair of templates."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string

from goldenthread.common import outbox
from goldenthread.common.models import OutboxMessage


def send(
    template: str,
    *,
    to: str,
    key: str,
    at: datetime,
    due_at: datetime | None = None,
    headers: Mapping[str, str] | None = None,
    **context: Any,
) -> None:
    """Put a mail into the outbox, in the caller's transaction.

    `template` names `mail/<template>.txt`, whose first line is the subject, and `mail/<template>.html`. `context`
    must be serialisable: names, dates as text, addresses. `key` makes it one mail however often it is asked for.
    `headers` go with it: those that thread an answer, or name where the answer to it goes.
    """
    payload: dict[str, Any] = {"template": template, "to": to, "context": context}
    if headers:
        payload["headers"] = dict(headers)
    outbox.put("mail", key=f"mail:{key}", at=at, due_at=due_at, **payload)


def message_id(key: str) -> str:
    """The Message-ID of the mail that was sent with `key`: answers to it name it."""
    return _message_id(f"mail:{key}")


def _message_id(outbox_key: str) -> str:
    return f"<{hashlib.sha256(outbox_key.encode()).hexdigest()[:40]}@goldenthread.invalid>"


def send_many(template: str, letters: Mapping[str, tuple[str, dict[str, Any]]], *, at: datetime) -> None:
    """Put many mails of one template into the outbox: key → (address, context). As `send`, in few statements."""
    outbox.put_many("mail", payloads(template, letters), at=at)


def payloads(template: str, letters: Mapping[str, tuple[str, dict[str, Any]]]) -> dict[str, dict[str, Any]]:
    """What the outbox holds of the same mails, by its key."""
    return {
        f"mail:{key}": {"template": template, "to": to, "context": context}
        for key, (to, context) in letters.items()
    }


@dataclass(frozen=True)
class Rendered:
    """A mail as its receiver gets it."""

    subject: str
    text: str
    html: str


def render(message: OutboxMessage) -> Rendered:
    """One mail from its pair of templates, as it would be sent now."""
    payload = message.payload
    context = {**payload["context"], "to": payload["to"], "base_url": settings.BASE_URL}
    context["provider"] = settings.PROVIDER_NAME
    text = render_to_string(f"mail/{payload['template']}.txt", context).strip()
    subject, _, body = text.partition("\n")
    html = render_to_string(f"mail/{payload['template']}.html", {**context, "subject": subject.strip()})
    return Rendered(subject.strip(), body.strip() + "\n", html)


@outbox.handles("mail")
def deliver(message: OutboxMessage) -> None:
    """Render and send one mail; its Message-ID comes from the key, so that a second delivery can be known."""
    rendered = render(message)
    mail = EmailMultiAlternatives(rendered.subject, rendered.text, to=[message.payload["to"]])
    mail.extra_headers.update(message.payload.get("headers", {}))
    mail.extra_headers["Message-ID"] = _message_id(message.key)
    mail.extra_headers["X-Idempotency-Key"] = message.key
    mail.attach_alternative(rendered.html, "text/html")
    mail.send()
