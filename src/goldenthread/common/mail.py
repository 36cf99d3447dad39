"""Mail to a person: decided in a transaction, rendered and sent by the worker from a pair of templates."""

from datetime import datetime
from email.utils import make_msgid
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string

from goldenthread.common import outbox
from goldenthread.common.models import OutboxMessage


def send(template: str, *, to: str, key: str, at: datetime, due_at: datetime | None = None, **context: Any) -> None:
    """Put a mail into the outbox, in the caller's transaction.

    `template` names `mail/<template>.txt`, whose first line is the subject, and `mail/<template>.html`. `context`
    must be serialisable: names, dates as text, addresses. `key` makes it one mail however often it is asked for.
    """
    outbox.put("mail", key=f"mail:{key}", at=at, due_at=due_at, template=template, to=to, context=context)


@outbox.handles("mail")
def deliver(message: OutboxMessage) -> None:
    """Render and send one mail; its Message-ID comes from the key, so that a second delivery can be known."""
    payload = message.payload
    context = {**payload["context"], "to": payload["to"], "base_url": settings.BASE_URL}
    context["provider"] = settings.PROVIDER_NAME
    text = render_to_string(f"mail/{payload['template']}.txt", context).strip()
    subject, _, body = text.partition("\n")
    mail = EmailMultiAlternatives(subject.strip(), body.strip() + "\n", to=[payload["to"]])
    mail.extra_headers["Message-ID"] = make_msgid(idstring=str(message.pk), domain="goldenthread.invalid")
    mail.extra_headers["X-Idempotency-Key"] = message.key
    html = render_to_string(f"mail/{payload['template']}.html", {**context, "subject": subject.strip()})
    mail.attach_alternative(html, "text/html")
    mail.send()
