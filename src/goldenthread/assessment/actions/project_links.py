"""Links by which a board, a host or a sponsor answers one question about one project, without an account.

A link's address is signed for its row and purpose; the row says whose it is, until when it counts, and whether it was
taken back. What is answered is on the trail with the name and address the link was sent to.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django.core import signing
from django.db import transaction
from django.http import Http404

from goldenthread.applications.models import Enrolment
from goldenthread.assessment import project_queries as queries
from goldenthread.assessment import project_signatures as signatures
from goldenthread.assessment import upload_queries
from goldenthread.assessment.actions.project import chosen_placement, held_project
from goldenthread.assessment.project_models import (
    LinkPurpose,
    Placement,
    PlacementDay,
    Project,
    ProjectLink,
)
from goldenthread.assessment.rules import day_text, instant_text
from goldenthread.assessment.rules.signatures import mark_of
from goldenthread.assessment.words import has_word
from goldenthread.common import audit, mail
from goldenthread.common.limits import Limit, take
from goldenthread.common.refused import Refused

SALT = "goldenthread.project-link"
VALID = timedelta(days=60)
SENDS = Limit("send links", 20, timedelta(days=1))
ANSWERS = Limit("answer a link", 30, timedelta(hours=1))
LONGEST_ANSWER = 5_000  # characters
TICK = (
    "Tick the days on which the person was with you. If there are none, answer the message that brought this link: the "
    "programme office reads it."
)


def token_of(link: ProjectLink) -> str:
    """What stands in the address of a link."""
    return signing.dumps([link.pk, link.purpose], salt=SALT)


@transaction.atomic
def send_link(
    *, enrolment: Enrolment, task: str, purpose: str, name: str, email: str, by: Any, at: datetime
) -> ProjectLink:
    """Send somebody outside a link for one purpose; an earlier one for the same purpose and person is taken back.

    A link to a host, or to the placement school's board, is of the placement school of today, and counts no more when
    somebody is placed elsewhere. Refuses a board without a record to confirm, a host without a placement, a sponsor
    without a plan's focus, and more than twenty a day.
    """
    project = held_project(enrolment, task, by=by, at=at)
    name, email = name.strip()[:200], email.strip()
    if purpose not in LinkPurpose.values:
        raise Http404
    if not name or not email:
        raise Refused("Give the name and the address of the person.", code="link.who", field="email")
    if email.casefold() == enrolment.user.email.casefold():
        raise Refused(
            "This is your own address: the answer must be another person's.", code="link.own", field="email"
        )
    ask = queries.ask_of(enrolment.version.specification, task)
    if purpose == LinkPurpose.BOARD and queries.board_record(project, ask.board) is None:
        raise Refused("Record the presentation first: the link shows it to the board.", code="link.no_board")
    asks_placement = purpose == LinkPurpose.HOST or (
        purpose == LinkPurpose.BOARD and ask.board == "placement"
    )
    placement = chosen_placement(project) if asks_placement else None
    if purpose == LinkPurpose.SPONSOR and not str(project.plan.get("focus", "")).strip():
        raise Refused("Write the focus of your plan first: your sponsor reads it.", code="link.no_plan")
    if take(SENDS, f"project {project.pk}", at=at):
        raise Refused(
            f"{SENDS.times} links were sent today: try again tomorrow.", code="link.many", field="email"
        )
    for earlier in project.links.filter(
        purpose=purpose, email__iexact=email, revoked_at__isnull=True, answered_at__isnull=True
    ).order_by("pk"):
        _revoke(earlier, by=by, at=at)
    link = ProjectLink.objects.create(
        project=project, purpose=purpose, name=name, email=email, sent_at=at, expires_at=at + VALID,
        of_placement=asks_placement, at_school=placement.school if placement else None,
        at_text=placement.school_text if placement else "",
    )  # fmt: skip
    audit.record("project.link_sent", project, by=by, at=at, link=link.pk, purpose=purpose, to=email)
    mail.send(
        "project_link",
        to=email,
        key=f"project_link:{link.pk}",
        at=at,
        name=name,
        candidate=enrolment.user.name,
        title=ask.title,
        purpose=link.get_purpose_display(),
        token=token_of(link),
        until=day_text(link.expires_at.date()),
    )
    return link


@transaction.atomic
def revoke_link(*, enrolment: Enrolment, link_id: int, by: Any, at: datetime) -> None:
    """Take a link back: whoever opens it reads that it no longer counts. Twice is harmless; an answer stays."""
    if enrolment.user_id != by.pk:
        raise Http404
    found = ProjectLink.objects.select_for_update(of=("self",)).filter(project__enrolment=enrolment)
    link = found.filter(pk=link_id).first()
    if link is None:
        raise Http404
    if link.revoked_at is None:
        _revoke(link, by=by, at=at)


def _revoke(link: ProjectLink, *, by: Any, at: datetime) -> None:
    link.revoked_at = at
    link.save(update_fields=["revoked_at"])
    audit.record("project.link_revoked", f"project:{link.project_id}", by=by, at=at, link=link.pk)


def get_link(token: str, *, at: datetime) -> ProjectLink:
    """The link behind an address; 404 for what was never one. Refuses one that is over, with what to do, one that
    was sent to a former placement school, and one to a board or host that nobody has answered when the project is with
    the markers.

    Says nothing of the project but what the page of a link shows.
    """
    try:
        number, purpose = signing.loads(token, salt=SALT)
    except (signing.BadSignature, ValueError, TypeError):
        raise Http404("No such link.") from None
    found = ProjectLink.objects.select_related(
        "project__enrolment__user", "project__enrolment__version__programme", "project__placement__school",
        "project__enrolment__school", "project__enrolment__application__school",
    )  # fmt: skip
    link = found.filter(pk=number, purpose=purpose).first()
    if link is None:
        raise Http404("No such link.")
    if link.revoked_at is not None:
        raise Refused(
            "This link was taken back. Ask the person who sent it for a new one.", code="link.revoked"
        )
    if at > link.expires_at and link.answered_at is None:
        raise Refused(
            f"This link counted until {day_text(link.expires_at.date())}. Ask the person who sent it for a new one.",
            code="link.expired",
        )
    if link.project.enrolment.withdrawn_at is not None:
        raise Refused("This project has ended: nothing more is asked of you.", code="link.ended")
    _check_place(link, getattr(link.project, "placement", None))
    if link.answered_at is None:
        _check_asked(link, at=at)
    return link


def _check_asked(link: ProjectLink, *, at: datetime) -> None:
    """What a board or a host answers belongs to what is handed in: once that is with the markers, or the task is
    passed, nothing more is asked of them."""
    if link.purpose == LinkPurpose.SPONSOR:
        return
    _, place, passed = queries.place_of(link.project.enrolment, link.project.task)
    if passed or queries.is_locked(place, at=at):
        raise Refused(
            "This project was handed in and is with the markers: nothing more is asked of you, and what was handed in "
            "stays as it is. Thank you all the same.",
            code="link.locked",
        )


def _check_not_paused(link: ProjectLink, *, at: datetime) -> None:
    """While a document that arrived in time may still be handed in, a board's or a host's answer waits: it would go in
    with it, and came after the days."""
    if link.purpose == LinkPurpose.SPONSOR:
        return
    place = queries.place_of(link.project.enrolment, link.project.task)[1]
    until = upload_queries.paused_until(place, at=at) if place else None
    if place and until:
        raise Refused(
            f"The hand-in days of this project have ended, and no answer can be taken until "
            f"{instant_text(until, place.zone)}. Keep this page open and send your answer again after that.",
            code="link.paused",
        )


def _check_place(link: ProjectLink, placement: Placement | None) -> None:
    """A host, or a placement school's board, is asked while somebody is placed at their school."""
    if link.of_placement and not link.is_at(placement):
        raise Refused(
            "This person is placed at another school now: nothing more is asked of you. Your earlier answer is kept.",
            code="link.moved",
        )


def answer_link(
    *,
    link: ProjectLink,
    confirmed: Iterable[str],
    text: str,
    contrast: bool | None = None,
    seen: str | None = None,
    at: datetime,
) -> ProjectLink:
    """Write down what the person of a link says, for what they were shown; the same answer again changes nothing.

    Everybody answers once but a host, whose days come one after the other: what they say later is added.

    `seen` is the mark of what the page showed (`project_signatures.page_of`): where that has changed since, the answer
    is refused and the page is to be read again. What was shown is kept with the answer.

    A board's answer is what it said, which becomes the feedback of its record, signed; a host's is the days that they
    confirm (ISO dates) and whether the school contrasts; a sponsor's is a text. Refuses an empty answer, a second and
    different one, a host's for a contrast that has changed since their first, one of a former placement school, a
    board's or host's once the project is with the markers or while it waits for a document that arrived in time, and
    more than thirty tries an hour.
    """
    said: dict[str, Any] = {"text": text.strip(), "days": sorted(set(confirmed)), "contrast": contrast}
    if take(ANSWERS, f"project link {link.pk}", at=at):  # counts also what is refused below
        raise Refused("Too many tries: wait an hour, then try again.", code="link.often")
    return _answer(link, said, seen, at=at)


@transaction.atomic
def _answer(link: ProjectLink, said: dict[str, Any], seen: str | None, *, at: datetime) -> ProjectLink:
    projects = Project.objects.select_for_update(of=("self",)).select_related(
        "enrolment__school", "enrolment__application__school", "enrolment__version"
    )
    project = projects.get(pk=link.project_id)  # nothing of what is signed changes meanwhile
    link = ProjectLink.objects.select_for_update(of=("self",)).get(pk=link.pk)
    link.project = project
    if said in _each_of(link):
        return link
    if link.revoked_at is not None or at > link.expires_at:
        raise Refused(
            "This link no longer counts. Ask the person who sent it for a new one.", code="link.over"
        )
    if link.answered_at is not None and link.purpose != LinkPurpose.HOST:
        raise Refused(
            "You have answered already, and that answer stands. For a change, ask the person for a new link.",
            code="link.answered",
        )
    placement = Placement.objects.select_for_update(of=("self",)).filter(project=link.project_id).first()
    _check_place(link, placement)
    _check_asked(link, at=at)
    _check_not_paused(link, at=at)
    _check_seen(link, seen)
    if len(said["text"]) > LONGEST_ANSWER:
        raise Refused(f"Shorten this to {LONGEST_ANSWER:,} characters.", code="link.long", field="text")
    _take_in(link, said, at=at)
    link.answered_at, link.answer, link.shown = at, _added(link, said), signatures.shown_to(link)
    link.save(update_fields=["answered_at", "answer", "shown"])
    audit.record(
        "project.link_answered", f"project:{link.project_id}", by=f"link:{link.pk}", at=at, link=link.pk,
        purpose=link.purpose, name=link.name, email=link.email, days=said["days"], contrast=said["contrast"],
        shown=mark_of(link.shown),
    )  # fmt: skip
    return link


def _each_of(link: ProjectLink) -> list[dict[str, Any]]:
    """What was answered each time, the first time first."""
    if link.answered_at is None:
        return []
    each: list[dict[str, Any]] = link.answer.get("each", [link.answer])
    return each


def _added(link: ProjectLink, said: dict[str, Any]) -> dict[str, Any]:
    """The whole answer with what a host says another time: every day and every word stay, and of the contrast the last
    word holds. What was said each time is in it too."""
    each = [*_each_of(link), said]
    if len(each) == 1:
        return said
    return {
        "text": "\n\n".join(one["text"] for one in each if one["text"]),
        "days": sorted({day for one in each for day in one["days"]}),
        "contrast": next((one["contrast"] for one in reversed(each) if one["contrast"] is not None), None),
        "each": each,
    }


def _check_seen(link: ProjectLink, seen: str | None) -> None:
    """An answer is for what its writer was shown, and a host's later days for the contrast of their first answer."""
    changed = signatures.changed_of(link)
    if changed:
        raise Refused(
            f"{changed[0].upper()}{changed[1:]} changed since you answered, and your answer was for what you saw. Ask "
            "the person for a new link.",
            code="link.answered",
        )
    if seen is not None and seen != signatures.page_of(link):
        raise Refused(
            "What this page shows has changed since you opened it. Read it again, then send your answer.",
            code="link.changed",
        )


def _take_in(link: ProjectLink, said: Mapping[str, Any], *, at: datetime) -> None:
    if link.purpose == LinkPurpose.HOST:
        return _confirm_days(link, said["days"], contrast=said["contrast"], at=at)
    if not has_word(said["text"]):
        raise Refused("Write your answer.", code="link.empty", field="text")
    if link.purpose == LinkPurpose.BOARD:
        _add_to_board(link, said["text"])
    return None


def _confirm_days(link: ProjectLink, ticked: Iterable[str], *, contrast: bool | None, at: datetime) -> None:
    """Confirm the days that the host ticked; what was confirmed stays. Later days can be confirmed by the same link.

    Where every day is confirmed, a host who is asked anew says of the contrast alone.
    """
    try:
        days = [date.fromisoformat(one) for one in ticked]
    except ValueError:
        raise Refused("The log has changed: load this page again.", code="link.stale", field="days") from None
    logged = PlacementDay.objects.filter(placement__project=link.project_id)
    if not days and contrast is not None and logged and all(day.confirmed_at for day in logged):
        return
    if not days:
        raise Refused(TICK, code="link.no_days", field="days")
    if logged.filter(on__in=days).count() != len(days):
        raise Refused("The log has changed: load this page again.", code="link.stale", field="days")
    logged.filter(on__in=days, confirmed_at__isnull=True).update(
        confirmed_at=at, confirmed_as=f"{link.name} <{link.email}>"[:200]
    )


def _add_to_board(link: ProjectLink, text: str) -> None:
    """What a board answers stands with what it said; that it answered is in its link."""
    found = signatures.record_of(link)
    if found is None:
        raise Refused("There is no presentation on record any more.", code="link.no_board")
    if text not in found.feedback:
        found.feedback = f"{found.feedback}\n\n{text}".strip()
        found.save(update_fields=["feedback"])
