"""What the walked world has beside its scenes: rows behind the pages that no scene comes to."""

import uuid
from datetime import datetime, timedelta
from hashlib import sha256
from io import BytesIO

from goldenthread.appeals.models import RevocationAppeal
from goldenthread.applications.models import Enrolment
from goldenthread.assessment.actions import kept, pieces
from goldenthread.assessment.late_entry_models import LateEntry
from goldenthread.assessment.models import Script, Sitting, Window
from goldenthread.assessment.penalty_models import PenaltyWaiver
from goldenthread.assessment.queries import terms_of
from goldenthread.assessment.upload_models import DocumentCheck, Upload, UploadState
from goldenthread.awards import badges, credits
from goldenthread.awards.models import Award, CreditRequest, NameRequest
from goldenthread.catalogue import framework_editing as editing
from goldenthread.catalogue import framework_proposing as proposing
from goldenthread.catalogue.framework_import import read_framework
from goldenthread.catalogue.models import (
    Statement,
)
from goldenthread.common import files
from goldenthread.engagement.models import Standing
from goldenthread.integrity.models import Concern
from goldenthread.learning import unit_editing
from goldenthread.marking import paying
from goldenthread.marking.capacity_models import Absence
from goldenthread.marking.conflict_models import Acquaintance, ArisenConflict
from goldenthread.marking.models import Marking, SetAside
from goldenthread.marking.pay_models import PayEntry
from goldenthread.marking.pay_rules import Rate
from goldenthread.marking.quality_models import Stop
from goldenthread.moderation import batches
from goldenthread.moderation.batches import Which
from goldenthread.moderation.models import NationalAnswer, Round, Shift
from goldenthread.people.models import Organisation, User
from goldenthread.reports.finding_models import Finding
from tests import by_hand, factories

LT = "npqlt-reformed-international"


def stopped_moving(now: datetime) -> None:
    """Somebody without a credit for two months, in every world: or the desk would name nobody in some months."""
    moving = Standing.objects.filter(enrolment__stage="development").order_by("enrolment")
    Standing.objects.filter(pk=moving.values("pk")[:1]).update(updated_at=now - timedelta(days=60))


def stopped_markers(now: datetime) -> None:
    """In every window that is being marked, a marker whom seeds stopped; not one of the cast."""
    for window in Window.objects.filter(marking_policies__isnull=False).distinct().order_by("pk"):
        last = User.objects.filter(markings__script__sitting__window=window, cast_order__isnull=True)
        marker = last.distinct().order_by("-pk").first()
        if marker and not Stop.objects.filter(window=window).exists():
            Stop.objects.create(window=window, marker=marker, at=now)


def conflict_content(user: User, now: datetime, times: int) -> None:
    """In every window with submitted marks a conflict that arose about some, and people whom the cast's marker named
    and days on which they are away.
    """
    submitted = Marking.objects.filter(state="submitted", script__isnull=False).order_by("pk")
    windows = submitted.values_list("script__sitting__window", flat=True)
    for window in sorted(set(windows)):
        for one in submitted.filter(script__sitting__window=window)[: 2 * times]:
            ArisenConflict.objects.create(
                script=one.script, marker=one.marker, marking=one.pk, position=one.position, causes=["coaches"],
                marks=one.marks, submitted_at=one.submitted_at, at=now,
            )  # fmt: skip
    for number in range(2 * times):
        Acquaintance.objects.create(
            user=user, name="Amara", tie="close", form_key=uuid.uuid4(), at=now + timedelta(minutes=number)
        )
        day = now.date() + timedelta(days=40 + number)
        Absence.objects.create(marker=user, from_on=day, until_on=day, set_by=user, set_at=now)


def marked_before(marker: User) -> None:
    """In every window with submitted marks, some that the cast's marker gave."""
    submitted = Marking.objects.filter(state="submitted", script__isnull=False).exclude(
        script__markings__marker=marker
    )
    by_window = dict(submitted.order_by("-pk").values_list("script__sitting__window", "pk"))
    by_hand.alter(Marking.objects.filter(pk__in=by_window.values()), marker=marker)


def document_content(one: Sitting, now: datetime) -> None:
    """A document under way, one that was refused, one that markers can't open yet, and a text that waits for a word."""
    text = b"Under way."
    pieces.begin(
        sitting=one, name="mine.txt", size=99, sha256=sha256(b"whole").hexdigest(), piece=text,
        piece_sha256=sha256(text).hexdigest(), size_limit=1000, by=one.enrolment.user, at=now,
    )  # fmt: skip
    stored = files.store(BytesIO(b"Handed in."), kind="txt", at=now, size_limit=1000)
    DocumentCheck.objects.create(file=stored, handed_in_at=now)
    Upload.objects.create(
        sitting=one, name="long.txt", size=10, sha256=stored.sha256, received=10, file=stored,
        state=UploadState.REFUSED, first_at=now, last_at=now, all_at=now,
        refused_at=now, refusal_code="words.too_many", refusal="Cut a word.",
    )  # fmt: skip
    texts = dict.fromkeys(terms_of(one).keys, "Sent while signed out.")
    kept.keep_arrived(
        sitting=one, texts=texts, revision=10**6, handing_in=True, by=one.enrolment.user, at=now
    )


def pay_content(cast: dict[str, User], now: datetime) -> None:
    """In every window that was marked and has no payment run: a rate that waits, marks that were set aside, a run that
    is paid and corrected, and one that waits.
    """
    done = Marking.objects.filter(state="submitted", script__isnull=False).order_by("pk")
    marked = Window.objects.filter(pay_rates__isnull=False, pay_runs__isnull=True).distinct().order_by("pk")
    for window in marked:
        said = {"reason": "As agreed.", "by": cast["olu"], "at": now}
        rate = Rate(now.date() + timedelta(days=900), 640, 900, 2500)
        paying.propose_rate(window=window, rate=rate, form_key=str(uuid.uuid4()), **said)
        paid = paying.make_run(window=window, form_key=str(uuid.uuid4()), by=cast["olu"], at=now)
        paying.decide_run(run=paid, approve=True, by=cast["nia"], at=now)
        entry = PayEntry.objects.filter(run=paid).order_by("pk")[0]
        paying.correct_payment(entry=entry, **{**said, "reason": "It came back."})
        paying.make_run(window=window, form_key=str(uuid.uuid4()), by=cast["olu"], at=now)
        one = done.filter(script__sitting__window=window)[0]
        SetAside.objects.create(
            script=one.script, marker=cast["nia"], marking=10**9 + one.pk, position=1, marks={}, learn_that=1,
            learn_how_to=1, submitted_at=now, reason="A mix-up.", by=cast["olu"], at=now,
        )  # fmt: skip


def credit_content(cast: dict[str, User], university: Organisation, now: datetime) -> None:
    """An agreement on credit, and a request for every award there is, with its badge on offer."""
    agreement = credits.record_agreement(
        university=university, award_title="MA in Educational Leadership", level=7, credits=None,
        versions=credits.stated_versions(), valid_from=now.date() - timedelta(days=900), by=cast["olu"], at=now,
    )  # fmt: skip
    for award in Award.objects.select_related("outcome__enrolment__version").order_by("pk"):
        CreditRequest.objects.create(
            reference=f"C-{award.pk}", award=award, agreement=agreement, version=award.outcome.enrolment.version,
            consent_text="I agree.", consented_at=now, statement_at=now,
        )  # fmt: skip
        badges.show(award=award, shown=True, by=None, at=now)


def revocation_content(cast: dict[str, User], now: datetime) -> None:
    """An appeal that was upheld, so that the award stands, and a request for another name on it, for each award."""
    before = now - timedelta(days=9)
    for award in Award.objects.order_by("pk"):
        RevocationAppeal.objects.create(
            award=award, revoked_at=before, revoked_reason="In error.", until=now + timedelta(days=19),
            form_key=uuid.uuid4(), statement="It is mine.", state="upheld", lodged_at=before,
            decided_by=cast["olu"], decided_at=now, decision_reason="It is.",
        )  # fmt: skip
        NameRequest.objects.create(
            award=award, form_key=uuid.uuid4(), name="Rhŷs Bell", wrong="It is misspelt.", asked_at=now
        )


def late_entry(cast: dict[str, User], now: datetime) -> LateEntry:
    """An entry beyond the months of Priya's version that waits for a second person."""
    person = Enrolment.objects.get(user=cast["priya"])
    window = Window.objects.filter(sittings__enrolment=person).order_by("pk")[0]
    return LateEntry.objects.get_or_create(
        enrolment=person, state="asked", defaults={
            "window": window, "form_key": uuid.uuid4(), "reason": "Ill", "asked_by": cast["nia"], "asked_at": now,
        },
    )[0]  # fmt: skip


def penalty_content(cast: dict[str, User], now: datetime, many: int) -> None:
    """Requests to waive a penalty that wait for a second person, and decided ones: more where there is more."""
    scripts = Script.objects.filter(current=True).order_by("pk")[: 2 * many]
    for place, script in enumerate(scripts):
        decided = place % 2 == 1
        PenaltyWaiver.objects.get_or_create(
            script=script, defaults={
                "words": 0, "form_key": uuid.uuid4(), "reason": "The template", "asked_by": cast["nia"],
                "asked_at": now, "state": "approved" if decided else "asked",
                "decided_by": cast["olu"] if decided else None,
                "decided_at": now if decided else None, "decision_reason": "So" if decided else "",
            },
        )  # fmt: skip


def finding_content(by: User, now: datetime, many: int) -> None:
    """Differences from the audit trail that nobody has looked into, and some that somebody has."""
    for place in range(2 * many):
        looked = {"looked_by": by, "looked_at": now, "reason": "A restored copy"} if place % 2 else {}
        Finding.objects.create(
            kind="outcome", subject=f"enrolment:{place + 1}", sequence=1, problem="outcome 1 is gone",
            label=f"enrolment {place + 1}", found_at=now, **looked,
        )  # fmt: skip


def moderation_content(cast: dict[str, User], now: datetime) -> None:
    """A shift and a batch that wait for a second person in each open round, and an applied national answer in each
    other.
    """
    for opened in Round.objects.order_by("pk"):
        if opened.signed_off_at is None:
            marker = Marking.objects.filter(script__sitting__window=opened.window).order_by("pk")[0].marker
            said = {
                "marker": marker,
                "half_marks_learn_that": 0,
                "half_marks_learn_how_to": -2,
                "proposed_at": now,
            }
            said |= {"reason": "One too high.", "proposed_by": cast["ingrid"]}
            Shift.objects.get_or_create(round=opened, state="proposed", defaults=said)
            batches.propose(round=opened, which=Which(), reason="All too low.", by=cast["ingrid"], at=now)
            continue
        by_hand.alter(Round.objects.filter(pk=opened.pk), national=True, national_at=opened.signed_off_at)
        NationalAnswer.objects.get_or_create(
            round=opened, state="applied", defaults={
                "file_name": "answer.csv", "sha256": "0" * 64, "confirmed": 1, "adjusted": [], "read_by": cast["olu"],
                "read_at": now, "decided_by": cast["nia"], "decided_at": now,
            },
        )  # fmt: skip


def concern_content(marker: User, now: datetime, times: int) -> None:
    """Concerns of a marker about scripts whose marks are known, one of them about safeguarding."""
    window = Window.objects.filter(sittings__scripts__markings__in=marker.markings.filter(state="allocated"))
    first = window.order_by("pk")[0]
    for number in range(times):
        kind = "ai" if number else "safeguarding"
        told = {"note": "Look at this.", "raised_by": marker, "raised_at": now, "form_key": uuid.uuid4()}
        Concern.objects.create(window=first, code=f"KNOWN{number}", kind=kind, **told)


def framework_content(by: User, now: datetime, number: int) -> None:
    """Sources, links, variants and an upload: as many as there are scenes."""
    statements = list(Statement.objects.filter(area__framework__programme__code="NPQLT").order_by("code"))
    for place in range(number):
        one, other = statements[2 * place], statements[2 * place + 1]
        said = {"author": f"Author {place}", "title": "On teaching", "kind": "review", "country": "uk"}
        source = editing.add_evidence(said=said, form_key=uuid.uuid4(), by=by, at=now)
        editing.attach_evidence(evidence=source, statement=one, by=by, at=now)
        editing.attach_evidence(evidence=source, area_key=one.area.key, by=by, at=now)
        editing.link_statements(one=one, other=other, kind="related", by=by, at=now)
        said = {
            "context": "",
            "locality": "",
            "phase": "primary",
            "text": "With small ones",
            "reason": "local",
        }
        days = {"effective_from": now.date(), "review_by": now.date() + timedelta(days=30)}
        editing.add_variant(statement=one, said={**said, **days, "change_note": "new"}, by=by, at=now)
    for place in range(number):
        text = framework_text(f"Marks are few words, {place}.")
        stored = files.store(BytesIO(text.encode()), kind="framework", at=now, size_limit=100_000)
        reading = read_framework(BytesIO(text.encode()), name="text.txt", edition="reformed")
        blank = {"source_url": "", "source_date": None, "licence": ""}
        proposing.propose(
            reading=reading, version=LT, name="text.txt", file=stored, said=blank, by=by, at=now
        )


def unit_content(writer: User, reviewer: User, now: datetime, number: int) -> None:
    """Texts of study units in effect, drafts, tags: as many as there are scenes, as far as there are units."""
    version = factories.version(LT)
    modules, tasks = list(version.modules.order_by("pk")), list(version.formative_tasks.order_by("pk"))
    for place in range(number):
        module, task = modules[place % len(modules)], tasks[place % len(tasks)]
        said = {
            "context": "locality",
            "locality": f"Town {place}",
            "phase": "",
            "parts": dict.fromkeys(("see_it", "name_it", "do_it", "purpose", "brief"), "For this town."),
            "reason": "local",
            "change_note": "For this town.",
            "effective_from": now.date(),
            "review_by": now.date() + timedelta(days=30),
        }
        terms = {"said": said, "by": writer, "at": now}
        made = unit_editing.start_draft(unit=module, **terms)
        unit_editing.publish_text(text=made, revision=1, by=reviewer, at=now)
        unit_editing.start_draft(unit=task, **terms)
        unit_editing.tag_task(task=task, chosen=["cognition"], by=reviewer, at=now)


def framework_text(statement: str) -> str:
    return f"NPQLT\nAssessment | |\nLearn that… | Learn how to… |\n1. {statement} |\nMark by: |\n"
