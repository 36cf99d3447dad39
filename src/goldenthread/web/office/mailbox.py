"""Messages as the office sees them: which wait, failed or are given up, and what one says."""

import html
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.db.models import Count, Max, Min, Q, QuerySet, Value
from django.http import Http404
from django.template import TemplateDoesNotExist
from django.utils.html import strip_tags

from goldenthread.common import mail
from goldenthread.common.models import OutboxMessage
from goldenthread.people.access import Viewer
from goldenthread.web import shared
from goldenthread.web.office.access import office_only
from goldenthread.web.office.queries import every_word

PAGE = 50
SEARCHED = 20_000  # how many messages one search by words reads at most
_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]{2,}")
WAITING = Q(sent_at__isnull=True, dead_at__isnull=True)
STATES = {
    "waiting": WAITING & Q(attempts=0),
    "failing": WAITING & Q(attempts__gt=0),
    "dead": Q(dead_at__isnull=False),
    "sent": Q(sent_at__isnull=False),
}
LABELS = {"dead": "Given up", "failing": "Failed, tried again", "waiting": "Waiting", "sent": "Sent"}
KINDS = {"dead": "problem", "failing": "problem", "waiting": "waiting", "sent": "done"}
TITLES = {
    "adjustment_decided": "Decision about an adjustment",
    "address_change": "Link to confirm a new address",
    "address_changed": "Address was changed",
    "case_held_back": "Case study held back",
    "case_step": "Something to read about a case study",
    "credit_answered": "A university's answer to a request for credit",
    "credit_reissued": "The award of a request for credit was issued again",
    "credit_requested": "A request for credit waits",
    "case_released": "Case study is open",
    "coaching_approved": "More coaching approved",
    "coaching_session": "Coaching session recorded",
    "discussion_answered": "Answer in a discussion of marks",
    "discussion_opened": "Marks to discuss",
    "discussion_over": "Discussion of marks is over",
    "discussion_reminder": "Reminder of marks to discuss",
    "discussion_wrote": "Message in a discussion of marks",
    "marking_allocated": "Scripts to mark",
    "marking_away": "Scripts of a marker who is away",
    "marking_given_on": "Scripts went to other markers",
    "marking_paid": "Payment of a marker",
    "marking_stopped": "Marking paused",
    "other_provision": "Question about other provision",
    "progress_update": "Update on progress",
    "hand_in_days_cancelled": "Hand-in days cancelled",
    "hand_in_days_changed": "Hand-in days have changed",
    "late_policy_changed": "What holds after a deadline has changed",
    "policy_changed": "Rules of a window have changed",
    "practice_set_withdrawn": "Standardisation set was withdrawn",
    "release_carried_out": "Results were released as planned",
    "release_stopped": "Results were not released as planned",
    "trail_differs": "Not what the audit trail says",
    "practice_feedback": "Feedback on practice",
    "response_decided": "Feedback on a task",
    "result_released": "Result is there",
    "appeal_lodged": "Appeal has come",
    "appeal_step": "Something to read about an appeal",
    "appeal_withdrawn": "Appeal is withdrawn",
    "support_plan": "Support plan is ready",
    "support_offer": "Support is offered before the assessment",
    "support_offer_yours": "Named as a supporter before the assessment",
    "support_plan_yours": "Named as a supporter",
    "support_plan_late": "Support plan is late",
    "support_plan_over": "Deferral of a support plan is over",
    "window_cancelled": "Case study window cancelled",
    "window_set": "Dates of the case study window",
}
# What Django's signing makes: whoever holds such an address acts as the receiver, so nobody else is shown it.
_PERSONAL = re.compile(r"[^\s\"'<>]*[\w-]{8,}(?::|%3A)[\w-]{4,}(?::|%3A)[\w-]{20,}[^\s\"'<>]*")
PERSONAL = "[personal link, shown to the receiver only]"
_SUBJECT = re.compile(r"\{% block subject %\}(.*?)\{% endblock", re.DOTALL)
_NOT_SHOWN = re.compile(r"<(style|script|head|title)\b.*?</\1>", re.IGNORECASE | re.DOTALL)


def state_of(message: OutboxMessage) -> str:
    """waiting, failing, dead or sent."""
    if message.dead_at:
        return "dead"
    if message.sent_at:
        return "sent"
    return "failing" if message.attempts else "waiting"


def title_of(message: OutboxMessage) -> str:
    """What kind of message it is, in words."""
    name = str(message.payload.get("template") or message.kind)
    return TITLES.get(name) or name.replace("_", " ").capitalize()


@dataclass(frozen=True)
class Pile:
    """A piece of the list: messages from newest to oldest, and the number from which the older ones go on.

    `searched` is how many of the sent ones a search by words has looked through, where it left older ones unread.
    """

    messages: list[OutboxMessage]
    older: int | None
    searched: int = 0


def messages_for(viewer: Viewer, *, state: str, words: str = "", before: int | None = None) -> Pile:
    """Fifty messages in a state, the newest first; by key and not by count, as there may be millions.

    A whole address is found among all by its index. Other words are looked for in the latest SEARCHED that were
    written, as only sent ones are ever so many; the pile says from where an older piece goes on.
    """
    office_only(viewer)
    found: QuerySet[OutboxMessage] = OutboxMessage.objects.filter(STATES[state])
    floor = 0
    if _ADDRESS.fullmatch(words):
        found = found.filter(recipient=words.lower())
    elif words:
        found = found.filter(matching(words))
        floor = _floor(before) if state == "sent" else 0
    if before:
        found = found.filter(pk__lt=before)
    if floor:
        found = found.filter(pk__gte=floor)
    rows = list(found.order_by("-pk")[: PAGE + 1])
    if len(rows) > PAGE:
        return Pile(rows[:PAGE], rows[PAGE - 1].pk)
    return Pile(rows, floor or None, SEARCHED if floor else 0)


def _floor(before: int | None) -> int:
    """The number down to which one search reads; 0 where that is all there is."""
    newest = OutboxMessage.objects.aggregate(pk=Max("pk"))["pk"] or 0
    floor = min(before or newest + 1, newest + 1) - SEARCHED
    first = OutboxMessage.objects.aggregate(pk=Min("pk"))["pk"] or 0
    return floor if floor > first else 0


def matching(text: str) -> Q:
    """Every word stands anywhere in the address or in the subject, also in what a subject is filled with."""
    return every_word(text, _word)


def _word(word: str) -> Q:
    told = Q(payload__template__in=_about(word)) | Q(payload__context__icontains=word)
    return Q(recipient__icontains=word) | Q(key__icontains=word) | told


def _about(word: str) -> list[str]:
    """The templates in whose subject, or in whose name as the list shows it, a word stands."""
    return [name for name, text in _subjects().items() if word.casefold() in text]


@cache
def _subjects() -> dict[str, str]:
    folder = Path(shared.__file__).parent / "templates" / "mail"
    sources = {path.stem: path.read_text() for path in sorted(folder.glob("*.txt")) if path.stem != "base"}
    subjects = {name: _SUBJECT.search(text) for name, text in sources.items()}
    return {
        name: f"{name.replace('_', ' ')} {found[1] if found else ''}".casefold()
        for name, found in subjects.items()
    }


def counts_for(viewer: Viewer) -> dict[str, int]:
    """How many wait, failed or are given up. One query, each part over an index of its own."""
    office_only(viewer)
    return undelivered()


def undelivered() -> dict[str, int]:
    """The number of messages by state, the sent ones left out."""
    parts = [
        OutboxMessage.objects.filter(STATES[state])
        .order_by()
        .values_list(Value(state))
        .annotate(number=Count("pk"))
        for state in ("dead", "failing", "waiting")
    ]
    counts = dict(parts[0].union(*parts[1:], all=True))
    return {state: counts.get(state, 0) for state in ("dead", "failing", "waiting")}


def get_message_for(viewer: Viewer, message_id: int) -> OutboxMessage:
    """One message, for the office alone."""
    office_only(viewer)
    found = OutboxMessage.objects.filter(pk=message_id).first()
    if found is None:
        raise Http404
    return found


@dataclass(frozen=True)
class Preview:
    """A mail as it reads: never its HTML itself, and no personal link."""

    subject: str
    text: str
    html_text: str


def preview_of(message: OutboxMessage) -> Preview | None:
    """What a mail says, if its template is still there and fits what was kept."""
    if message.kind != "mail":
        return None
    try:
        rendered = mail.render(message)
    except (TemplateDoesNotExist, KeyError, TypeError, ValueError):
        return None
    words = html.unescape(strip_tags(_NOT_SHOWN.sub("", rendered.html)))
    lines = [" ".join(line.split()) for line in words.splitlines()]
    html_text = "\n".join(line for line in lines if line)
    return Preview(without_links(rendered.subject), without_links(rendered.text), without_links(html_text))


def without_links(text: str) -> str:
    """The text with every address that would let its reader act for somebody else blanked out."""
    return _PERSONAL.sub(PERSONAL, text)
