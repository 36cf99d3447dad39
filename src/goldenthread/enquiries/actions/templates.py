"""Templates of answers: words that are often needed, kept by the office."""

from datetime import datetime

from django.db import transaction

from goldenthread.common import audit
from goldenthread.enquiries import rules
from goldenthread.enquiries.models import AnswerTemplate
from goldenthread.people.models import User
from goldenthread.people.rules import check_name


@transaction.atomic
def keep(*, title: str, text: str, by: User, at: datetime) -> AnswerTemplate:
    """Keep words under a title; a title that is there gets the new words, also one that was retired."""
    name = check_name(title)[:100]
    words = rules.check_text(text, what="the words of the answer")
    template, _ = AnswerTemplate.objects.update_or_create(
        title=name, defaults={"text": words, "retired_at": None}
    )
    audit.record("template.kept", template, by=by, at=at, title=name)
    return template


@transaction.atomic
def retire(*, template: AnswerTemplate, by: User, at: datetime) -> None:
    """Offer a template no longer. Safe to repeat."""
    if AnswerTemplate.objects.filter(pk=template.pk, retired_at__isnull=True).update(retired_at=at):
        audit.record("template.retired", template, by=by, at=at)
