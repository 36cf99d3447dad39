"""Proposals of framework text by the command line: filed by one person of the office, decided by another."""

import argparse
import sys
from typing import Any, BinaryIO

from goldenthread.catalogue.framework_import import Reading
from goldenthread.common.refused import Refused

FINE, REFUSED = 0, 2


def member_of_office(email: str, what: str) -> Any:
    """The account of the office with this address today; `what` says what it does. Refuses anybody else."""
    from goldenthread.common import clock
    from goldenthread.people.access import viewer_of
    from goldenthread.people.models import User

    if not email.strip():
        raise Refused(f"Say who of the office {what}: --by EMAIL.", code="framework.by", field="by")
    user = User.objects.filter(email__iexact=email.strip(), is_active=True).first()
    if user is None or not viewer_of(user, on=clock.day_of(clock.now())).is_office:
        raise Refused(f"{email} is nobody of the programme office.", code="framework.by", field="by")
    return user


def propose_file(reading: Reading, file: BinaryIO, *, name: str, version: str, by: Any) -> str:
    """File a proposal and say so, in words for the terminal; what is there already changes nothing."""
    from goldenthread.catalogue import framework_proposing as proposing
    from goldenthread.catalogue.framework_source import KIND, MOST_DOCX
    from goldenthread.common import clock, files

    at, in_force = clock.now(), proposing.in_force_of(reading)
    where = f"{reading.programme} {reading.edition} framework"
    if in_force and in_force.digest == reading.digest:
        return f"Nothing changed: {where}, revision {in_force.revision} holds it already."
    made = proposing.propose(
        reading=reading,
        version=version,
        name=name,
        file=files.store(file, kind=KIND, at=at, size_limit=MOST_DOCX),
        said={"source_url": "", "source_date": None, "licence": ""},
        by=by,
        at=at,
    )
    if made.proposed_at < at:
        return f"Nothing changed: proposal {made.pk} by {made.proposed_by.email} waits for a second person."
    return (
        f"Proposed for the {where}, as proposal {made.pk}. Another person of the office decides it on the page "
        f"Frameworks, or: goldenthread framework decide {made.pk} --by EMAIL --in-force"
    )


def decide(options: argparse.Namespace) -> int:
    """Put a proposal in force or decline it; without either say what it would change. 0 when done, 2 when refused."""
    from goldenthread.commands import start_django

    start_django()
    try:
        print(_decided(options))
    except Refused as no:
        print(no.message, file=sys.stderr)
        return REFUSED
    return FINE


def _decided(options: argparse.Namespace) -> str:
    from goldenthread.catalogue import framework_proposing as proposing
    from goldenthread.catalogue.models import FrameworkProposal
    from goldenthread.common import clock

    found = FrameworkProposal.objects.select_related("programme", "file", "earlier__programme", "framework")
    if options.proposal is None:
        return _listed(options)
    proposal = found.filter(pk=options.proposal).first()
    if proposal is None:
        raise Refused(f"There is no proposal {options.proposal}.", code="framework.proposal")
    if options.decline is None and not options.in_force:
        return _told(proposal)
    by = member_of_office(options.by, "decides")
    if options.decline is not None:
        proposing.decline(proposal=proposal, reason=options.decline, by=by, at=clock.now())
        return f"Declined. Nothing of proposal {proposal.pk} was taken in."
    reading, before = proposing.reading_of(proposal), proposing.in_force_of(proposal)
    compared = before.pk if before else None
    made = proposing.put_in_force(
        proposal=proposal, reading=reading, compared=compared, by=by, at=clock.now()
    )
    return f"In force: {made.programme.code} {made.edition} framework, revision {made.revision}."


def _listed(options: argparse.Namespace) -> str:
    """The proposals that wait, the oldest first. Refuses a decision about none of them."""
    from goldenthread.catalogue.models import FrameworkProposal

    if options.in_force or options.decline is not None:
        raise Refused(
            "Say which proposal: goldenthread framework decide lists those that wait.",
            code="framework.proposal",
        )
    rows = FrameworkProposal.objects.filter(state="proposed").select_related(
        "programme", "earlier", "proposed_by"
    )
    waiting = [f"{one.pk}: {one}, by {one.proposed_by.email}" for one in rows.order_by("proposed_at", "pk")]
    return "\n".join(waiting) or "No framework text waits for a second person."


def _told(proposal: Any) -> str:
    """What a proposal is, and what it would change in the revision in force."""
    from goldenthread.catalogue import framework_differences as differences
    from goldenthread.catalogue import framework_proposing as proposing

    lines = [
        f"Proposal {proposal.pk}: {proposal}, by {proposal.proposed_by.email}, {proposal.get_state_display()}."
    ]
    if proposal.state != "proposed":
        return " ".join([*lines, proposal.reason]).strip()
    reading, before = proposing.reading_of(proposal), proposing.in_force_of(proposal)
    lost = proposing.areas_lost(reading or proposal.earlier)
    if before:
        held = proposing.held_in_proposal(proposal, reading)
        changes = differences.changes(differences.held_by(before), held)
        lines.append(
            f"Beside revision {before.revision}, which is in force, {len(changes)} statements differ:"
        )
        lines += [f"  {one.change.what:<8} {one.change.place}" for one in changes]
    lines += [f"Nothing is in it of: {'; '.join(lost)}."] if lost else []
    return "\n".join([*lines, "Nothing is written. --in-force or --decline REASON decides it."])
