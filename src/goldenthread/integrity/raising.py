"""What a marker or moderator sees in a script and puts before the office: raised, answered, what they learn of it."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce
from django.http import Http404

from goldenthread.assessment.models import Script, Window
from goldenthread.common import audit, clock, mail
from goldenthread.common.counting import count_of
from goldenthread.integrity import access, actions, rules
from goldenthread.integrity.models import Concern, ConcernKind, Flag
from goldenthread.people.access import Viewer
from goldenthread.people.models import Membership, Role, User

OPEN = Q(flag__state="open") | Q(flag__isnull=True, answered_at__isnull=True)
LONGEST_QUOTE = 2000  # characters of a passage


@dataclass(frozen=True)
class Said:
    """What somebody says of a script: of which kind the concern is, in which words, and the passage as they were shown
    it, if they chose one.
    """

    kind: str
    note: str
    quote: str = ""


@transaction.atomic
def raise_about(
    *, window: Window, code: str, script: Script | None, said: Said, form_key: str, by: Any, at: datetime
) -> Concern:
    """Put a concern about a script before the office: a question that holds its result until a person has answered it.

    `code` is what the script is known by to who marks or moderates it; `script` is None for one whose marks are known:
    that has no result, and looks like any other. The same form raises it once. One about safeguarding goes to the
    installation's safeguarding contact and to everybody of the office who handles questions by mail, which says neither
    who nor what. Refuses without kind or words, and about oneself.
    """
    rules.check_concern(said.kind, said.note, kinds=ConcernKind.values)
    Window.objects.select_for_update(of=("self",)).get(pk=window.pk)  # a release waits, or has been
    known = Concern.objects.filter(form_key=uuid.UUID(form_key)).select_related("flag").first()
    if known is not None:
        return known
    flag = (
        None
        if script is None
        else actions.raise_concern(script=script, note=said.note, by=by, at=at, anew=True)
    )
    made = Concern.objects.create(
        window=window, code=code, flag=flag, kind=said.kind, note=said.note.strip()[: rules.LONGEST],
        quote=said.quote.strip()[:LONGEST_QUOTE], raised_by=by, raised_at=at, form_key=uuid.UUID(form_key),
    )  # fmt: skip
    audit.record("concern.raised", f"concern:{made.pk}", by=by, at=at, kind=made.kind, window=window.pk)
    if made.kind == ConcernKind.SAFEGUARDING:
        _tell(made, window, at=at)
    return made


def _tell(made: Concern, window: Window, *, at: datetime) -> None:
    """Mail about a safeguarding concern. It says of which intake and where to read it: mail is read by many."""
    said = {"of": str(window.intake), "flag": made.flag_id, "window": window.pk}
    letters = {
        f"safeguarding_concern:{made.pk}:{one.pk}": (
            one.email, {"name": one.get_short_name(), "office": True, **said}
        )
        for one in who_handles(at)
    }  # fmt: skip
    contact = settings.SAFEGUARDING_CONTACT
    if contact and contact.lower() not in {address.lower() for address, _ in letters.values()}:
        letters[f"safeguarding_concern:{made.pk}:contact"] = (contact, {"name": "", "office": False, **said})
    mail.send_many("safeguarding_concern", letters, at=at)


def who_handles(at: datetime) -> list[User]:
    """Everybody of the office who handles questions on that day: nobody who marks or moderates too."""
    held = Membership.objects.on(clock.day_of(at)).order_by()
    office = held.filter(role=Role.OFFICE, user__is_active=True).values("user")
    judging = held.filter(role__in=[Role.MARKER, Role.MODERATOR]).values("user")
    return list(User.objects.filter(pk__in=office).exclude(pk__in=judging).order_by("pk"))


@transaction.atomic
def answer_known(*, concern: Concern, reason: str, by: Any, at: datetime) -> Concern:
    """Answer a concern about a script whose marks are known, which holds nothing. Twice is harmless. Refuses without a
    reason, who raised it, and after a colleague's answer.
    """
    held = Concern.objects.select_for_update(of=("self",)).select_related("flag").get(pk=concern.pk)
    if held.answered_by_id == by.pk:
        return held
    rules.check_not_asked_by_oneself(asked=held.raised_by_id == by.pk)
    rules.check_answer("answered" if held.answered else "open", reason)
    held.answer, held.answered_by, held.answered_at = reason.strip()[: rules.LONGEST], by, at
    held.save(update_fields=["answer", "answered_by", "answered_at"])
    audit.record("concern.answered", f"concern:{held.pk}", by=by, at=at, reason=held.answer)
    return held


@transaction.atomic
def show_author(*, flag: Flag, why: str, by: Any, at: datetime) -> str:
    """Who wrote the script that a safeguarding concern is about, for who must act on it; on record, with what for.

    Refuses without a reason, and 404 for every other question: those are answered without a name.
    """
    found = Concern.objects.filter(flag=flag, kind=ConcernKind.SAFEGUARDING).first()
    if found is None:
        raise Http404("No safeguarding concern.")
    rules.check_author_asked_for(why)
    actions.check_may_answer(flag, by=by)
    audit.record("flag.author_shown", f"flag:{flag.pk}", by=by, at=at, reason=why.strip()[: rules.LONGEST])
    person: User = flag.script.sitting.enrolment.user
    return f"{person.name}, {person.email}"


# --- what is seen of them --------------------------------------------------------------------------------
def raised_by(user: Any, code: str) -> Sequence[Concern]:
    """What somebody raised about the script under a code, the latest first: received or answered, and no more. One
    query.
    """
    found = Concern.objects.filter(raised_by=user, code=code).select_related("flag")
    return list(found.order_by("-raised_at", "-pk"))


def concern_counts(reader: str, *codes: str) -> dict[str, Any]:
    """For a query of what somebody reads, `reader`, under the first of these codes: how many `concerns` about it they
    raised, and how many of them are `answered`.
    """
    code = Coalesce(*(OuterRef(one) for one in codes))
    mine = Concern.objects.filter(raised_by=OuterRef(reader), code=code)
    return {
        "concerns": count_of(mine, "raised_by"),
        "answered": count_of(mine.exclude(OPEN), "raised_by"),
    }


def about_known(viewer: Viewer, window: Window) -> list[Concern]:
    """The concerns about scripts of this window whose marks are known, for who handles questions: open ones first."""
    if not access.handles(viewer):
        raise Http404
    found = Concern.objects.filter(window=window, flag__isnull=True).select_related(
        "raised_by", "answered_by"
    )
    return list(found.order_by("answered_at", "-raised_at", "pk"))


def get_known_for(viewer: Viewer, concern_id: int) -> Concern:
    """One of them; 404 for everybody else."""
    found = Concern.objects.filter(pk=concern_id, flag__isnull=True).first()
    if not access.handles(viewer) or found is None:
        raise Http404
    return found


def open_safeguarding() -> QuerySet[Concern]:
    """The safeguarding concerns that nobody has answered."""
    return Concern.objects.filter(OPEN, kind=ConcernKind.SAFEGUARDING)
