"""What waits outside applications and windows: enquiries, chats, drafts, claims, what follows results, messages, and
people who stopped moving. One statement, worded once: see `common.prepared`.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, DateTimeField, Min, QuerySet, Value

from goldenthread.appeals import queries as appeals
from goldenthread.appeals import revocations
from goldenthread.assessment import late_entries
from goldenthread.assessment.upload_queries import held_ones
from goldenthread.awards import naming
from goldenthread.awards.models import Change
from goldenthread.awards.queries import lacking_font
from goldenthread.awards.reissuing import open_requests
from goldenthread.catalogue.models import DraftState, FrameworkProposal, VersionDraft
from goldenthread.common import clock
from goldenthread.common.models import OutboxMessage
from goldenthread.common.prepared import PreparedTable
from goldenthread.enquiries import rules
from goldenthread.enquiries.models import Chat, Enquiry, Topic
from goldenthread.marking import acquaintance_queries, pay_queries
from goldenthread.outcomes import waiving
from goldenthread.reports import findings
from goldenthread.reports.models import Claim
from goldenthread.support import plans
from goldenthread.web.office import queries
from goldenthread.web.office.mailbox import STATES

UNSENT = ("dead", "failing", "waiting")
APPEALS = ("check", "marker", "gone", "decision", "remedy")
PLANS = ("nobody", "late", "over")


@dataclass(frozen=True)
class Differing:
    """Rows of one kind that aren't what the trail says and that nobody has looked into: one of those they are about,
    how many there are, and when the oldest was found.
    """

    kind: str
    label: str
    count: int
    since: datetime


@dataclass(frozen=True)
class Waiting:
    """How many of each, and the day of the oldest that is late."""

    late: int
    oldest: datetime | None
    other: int
    chats: int
    drafts: int
    texts: int
    claims: int
    changes: int
    wrong_names: int  # that holders ask to put right
    entries: int  # beyond the months, for who looks as a second person
    penalties: int  # requests to waive one, for who looks as a second person
    held: int  # documents that markers can't open
    named: int  # declarations of markers and moderators of which nobody said whom they mean
    pay: int  # rates and payment runs for a second person
    appeals: dict[str, int]  # by what they wait for
    against_revocations: int  # appeals to decide
    remarkers_gone: list[str]  # by name
    plans: dict[str, int]  # without a supporter, late, put off until a day that has come
    messages: dict[str, int]  # by state, the sent ones left out
    still: int  # people without a credit for six weeks
    still_on_closed: int  # the same on closed versions
    unprinted: int  # certificates that wait for a font
    unprintable: int  # confirmed names that do
    differing: list[Differing]  # rows that aren't what the audit trail says, by kind


def _lists(at: datetime, on: date, since: datetime, user_id: int) -> dict[str, QuerySet[Any]]:
    """What is counted for somebody, by name: at an instant, on its day, and with no credit from `since` on."""
    open_ones = Enquiry.objects.filter(quarantine="", state__in=list(rules.OPEN))
    still = queries.active().filter(queries.stopped_moving(since=since, on=on))
    return {
        "late": open_ones.filter(due_at__lt=at).exclude(topic=Topic.OTHER),
        "other": open_ones.filter(topic=Topic.OTHER),
        "chats": Chat.objects.filter(ended_at__isnull=True, taken_by__isnull=True),
        "drafts": VersionDraft.objects.filter(state=DraftState.CHECKED),
        "texts": FrameworkProposal.objects.filter(state="proposed"),
        "claims": Claim.objects.filter(published_at__isnull=False, review_on__lt=on),
        "held": held_ones(),
        "changes": Change.objects.filter(state="proposed"),
        "wrong_names": open_requests(),
        "entries": late_entries.waiting(user_id),
        "penalties": waiving.waiting(user_id),
        "named": acquaintance_queries.to_look_at().select_related(None),
        "rates": pay_queries.waiting_rates(),
        "runs": pay_queries.waiting_runs(),
        "against_revocations": revocations.open_ones(),
        **{f"appeal_{what}": appeals.that_wait_for(what, on=on) for what in APPEALS},
        **{f"plan_{show}": plans.open_plans(show, on=on) for show in PLANS},
        **{state: OutboxMessage.objects.filter(STATES[state]) for state in UNSENT},
        "still": still.exclude(version__state="closed"),
        "still_on_closed": still.filter(version__state="closed"),
        "unprinted": lacking_font(),
        "unprintable": naming.lacking_font(),
    }


def _counts(at: datetime, on: date, since: datetime, user_id: int) -> QuerySet[Any, Any]:
    """Of each list its name, how many there are, and of late enquiries when the oldest was due."""
    no_day = Value(None, output_field=DateTimeField())
    parts = [
        rows.order_by()
        .values_list(Value(name))
        .annotate(number=Count("pk"), oldest=Min("due_at") if name == "late" else no_day)
        for name, rows in _lists(at, on, since, user_id).items()
    ]
    differing = findings.for_the_desk().values_list("name", "number", "oldest")
    return parts[0].union(*parts[1:], differing, all=True)


# Some thirty short counts, which PostgreSQL takes far longer to plan than to answer.
_COUNTS = PreparedTable(_counts, key=(datetime, date, datetime, int), often=True)


def waiting(*, user_id: int, at: datetime) -> Waiting:
    """Enquiries past their target, those about other provision, chats that nobody took, drafts and framework texts for
    a second person, claims past their review, documents that markers can't open, declarations that markers made
    beforehand, changes of results and pay for a second person, entries beyond the months and waivers of penalties that
    this person may decide, appeals, support plans, messages that are not sent, people who stopped moving, and
    certificates and confirmed names that can't be printed. One query, and one more where a re-mark lies with somebody
    who is no marker any more.
    """
    counted = _COUNTS.all(at, clock.day_of(at), at - timedelta(days=queries.STILL_DAYS), user_id)
    numbers = Counter({name: number for name, number, _ in counted})  # a list with no row may be left out
    return Waiting(
        late=numbers["late"],
        oldest=next((oldest for name, _, oldest in counted if name == "late"), None),
        other=numbers["other"],
        chats=numbers["chats"],
        drafts=numbers["drafts"],
        texts=numbers["texts"],
        claims=numbers["claims"],
        changes=numbers["changes"],
        wrong_names=numbers["wrong_names"],
        entries=numbers["entries"],
        penalties=numbers["penalties"],
        held=numbers["held"],
        named=numbers["named"],
        pay=numbers["rates"] + numbers["runs"],
        against_revocations=numbers["against_revocations"],
        remarkers_gone=appeals.remarkers_gone(on=clock.day_of(at)) if numbers["appeal_gone"] else [],
        appeals={what: numbers[f"appeal_{what}"] for what in APPEALS},
        plans={show: numbers[f"plan_{show}"] for show in PLANS},
        messages={state: numbers[state] for state in UNSENT},
        still=numbers["still"],
        still_on_closed=numbers["still_on_closed"],
        unprinted=numbers["unprinted"],
        unprintable=numbers["unprintable"],
        differing=sorted(
            (
                Differing(*named, number, oldest)
                for name, number, oldest in counted
                if (named := findings.read_name(name))
            ),
            key=lambda one: one.kind,
        ),
    )
