"""What the office changes in framework content: wording of ours, review dates, sources, variants, links."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, TypeVar
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Max

from goldenthread.catalogue.framework_rows import is_cited
from goldenthread.catalogue.framework_rules import LINK_KINDS, fault_of_changed
from goldenthread.catalogue.models import (
    ContentArea,
    Evidence,
    EvidenceUse,
    Framework,
    Statement,
    StatementLink,
    Variant,
)
from goldenthread.catalogue.variants import check_days, check_place
from goldenthread.common import audit
from goldenthread.common.refused import Refused

LONGEST_TEXT = 2_000


# --- frameworks and statements --------------------------------------------------------------------------
@transaction.atomic
def set_source(
    *, framework: Framework, url: str, published: date | None, licence: str, by: Any, at: datetime
) -> Framework:
    """Say where the official text is published (S0-64). A new address counts as good until the next check, one in
    place of a broken one is shown after it (S4-07). A broken one saved again is tried again.
    """
    row = Framework.objects.select_for_update(of=("self",)).get(pk=framework.pk)
    before = (row.source_url, row.source_date, row.licence)
    if before == (url, published, licence):
        return _tried_again(row)
    if row.source_url != url:
        row.link_fault, row.link_checked_at = fault_of_changed(row.link_fault, url), None
    row.source_url, row.source_date, row.licence = url, published, licence
    row.save()
    audit.record(
        "framework.source", row, by=by, at=at, url=url, published=str(published or ""), licence=licence
    )
    return row


@transaction.atomic
def edit_statement(
    *,
    statement: Statement,
    text: str | None,
    highlighted: bool,
    review_by: date | None,
    revision: int,
    by: Any,
    at: datetime,
) -> Statement:
    """Change our own wording, the highlight and the day of review. `text` None leaves the wording.

    Refuses new wording of an official statement, which changes only by an import, and of one that something cites;
    a highlight of what is not whole; and a page older than what is stored (`revision` is what the page showed).
    """
    row = Statement.objects.select_for_update(of=("self",)).select_related("area").get(pk=statement.pk)
    text = row.text if text is None else " ".join(text.split())
    if (row.text, row.highlighted, row.review_by) == (text, highlighted, review_by):
        return row
    if row.revision != revision:
        raise Refused(
            "Somebody has changed this statement since you loaded the page. Load it anew, then change it.",
            code="statement.stale",
        )
    if text != row.text:
        _check_wording(row, text)
    if highlighted and not row.complete:
        raise Refused(
            "Only a whole statement can be highlighted; this one is not whole in our source.",
            code="statement.incomplete",
            field="highlighted",
        )
    changed = {"before": row.text, "after": text} if text != row.text else {}
    row.text, row.highlighted, row.review_by = text, highlighted, review_by
    row.revision += 1
    row.save(update_fields=["text", "highlighted", "review_by", "revision"])
    audit.record(
        "statement.edited",
        row,
        by=by,
        at=at,
        code=row.code,
        highlighted=highlighted,
        review_by=str(review_by or ""),
        **changed,
    )
    return row


def _check_wording(row: Statement, text: str) -> None:
    if not row.summary:
        raise Refused(
            "Official wording changes only by taking in another text.",
            code="statement.official",
            field="text",
        )
    if not text or len(text) > LONGEST_TEXT:
        raise Refused(
            f"Write between 1 and {LONGEST_TEXT:,} characters.", code="statement.length", field="text"
        )
    if is_cited(row):
        raise Refused(
            "Something cites this statement, or sources, variants and links hang on it, so its wording stays.",
            code="statement.cited",
            field="text",
        )


# --- sources ---------------------------------------------------------------------------------------------
@transaction.atomic
def add_evidence(*, said: Mapping[str, Any], form_key: UUID | None, by: Any, at: datetime) -> Evidence:
    """Enter a published source: author, year, title, link, kind and country. One `form_key` is one source."""
    try:
        with transaction.atomic():
            made = Evidence.objects.create(form_key=form_key, **said)
    except IntegrityError:
        there = Evidence.objects.filter(form_key=form_key).first()
        if there is None:
            raise Refused("Load this page anew, then save again.", code="evidence.form") from None
        return there
    audit.record("evidence.added", made, by=by, at=at, title=made.title, author=made.author)
    return made


@transaction.atomic
def set_link(*, evidence: Evidence, link: str, by: Any, at: datetime) -> Evidence:
    """Change where a source can be read; "" for nowhere. As with a framework's: a link in place of a broken one is
    shown after a check has found that it answers, and a broken one saved again is tried again (S4-07).
    """
    row = Evidence.objects.select_for_update(of=("self",)).get(pk=evidence.pk)
    if row.link == link:
        return _tried_again(row)
    audit.record("evidence.link", row, by=by, at=at, before=row.link, after=link)
    row.link, row.link_fault, row.link_checked_at = link, fault_of_changed(row.link_fault, link), None
    row.save(update_fields=["link", "link_fault", "link_checked_at"])
    return row


Row = TypeVar("Row", Framework, Evidence)


def _tried_again(row: Row) -> Row:
    """Let the next check try a broken link first."""
    if row.link_fault:
        row.link_checked_at = None
        row.save(update_fields=["link_checked_at"])
    return row


@transaction.atomic
def attach_evidence(
    *, evidence: Evidence, by: Any, at: datetime, area_key: str = "", statement: Statement | None = None
) -> EvidenceUse:
    """Say what a source supports: an area in every programme that has it, or a statement. Twice is once.

    Refuses an area that no framework has.
    """
    if statement is None and not ContentArea.objects.filter(key=area_key, kind="area").exists():
        raise Refused("Choose one of the content areas.", code="evidence.area", field="area")
    use, created = EvidenceUse.objects.get_or_create(
        evidence=evidence, area_key=area_key, statement=statement
    )
    if created:
        what = statement.code if statement else area_key
        audit.record("evidence.attached", evidence, by=by, at=at, to=what)
    return use


@transaction.atomic
def detach_evidence(*, use: EvidenceUse, by: Any, at: datetime) -> None:
    """Take a source away from what it supports; the source itself stays."""
    what = use.statement.code if use.statement else use.area_key
    if EvidenceUse.objects.filter(pk=use.pk).delete()[0]:
        audit.record("evidence.detached", use.evidence, by=by, at=at, of=what)


# --- variants ---------------------------------------------------------------------------------------------
@transaction.atomic
def add_variant(*, statement: Statement, said: Mapping[str, Any], by: Any, at: datetime) -> Variant:
    """Put a statement for a context, locality or phase from a day on; a second one is a further version (S2-10).

    The same wording from the same day again changes nothing. Refuses a variant for nobody in particular, a
    locality without its name, and a review before the day it takes effect.
    """
    _check_variant(said)
    place = {key: said[key] for key in ("context", "locality", "phase")}
    Statement.objects.select_for_update(of=("self",)).get(pk=statement.pk)
    there = Variant.objects.filter(statement=statement, **place)
    last = there.order_by("-version").first()
    if last and (last.text, last.effective_from) == (said["text"], said["effective_from"]):
        return last
    version = (there.aggregate(last=Max("version"))["last"] or 0) + 1
    made = Variant.objects.create(statement=statement, version=version, written_by=by, written_at=at, **said)
    audit.record(
        "variant.added",
        statement,
        by=by,
        at=at,
        code=statement.code,
        version=version,
        reason=made.reason,
        note=made.change_note,
        effective_from=str(made.effective_from),
        review_by=str(made.review_by),
        **place,
    )
    return made


def _check_variant(said: Mapping[str, Any]) -> None:
    if not said["context"] and not said["phase"]:
        raise Refused("Choose a context or a phase: for whom is it?", code="variant.for", field="context")
    check_place(context=said["context"], locality=said["locality"])
    check_days(effective_from=said["effective_from"], review_by=said["review_by"])


# --- links ------------------------------------------------------------------------------------------------
@transaction.atomic
def link_statements(*, one: Statement, other: Statement, kind: str, by: Any, at: datetime) -> StatementLink:
    """Link two statements, whichever is named first (S2-19, S2-31). Again with another kind changes the kind."""
    if one.pk == other.pk:
        raise Refused(
            "Choose another statement: it can't be linked with itself.", code="link.self", field="code"
        )
    if kind not in LINK_KINDS:
        raise Refused("Choose how the two are linked.", code="link.kind", field="kind")
    first, second = sorted((one, other), key=lambda statement: statement.pk)
    list(
        Statement.objects.select_for_update(of=("self",)).filter(pk__in=[first.pk, second.pk]).order_by("pk")
    )
    there = StatementLink.objects.filter(one=first, other=second).first()
    if there and there.kind == kind:
        return there
    link, _ = StatementLink.objects.update_or_create(
        one=first, other=second, defaults={"kind": kind, "confirmed_by": by, "confirmed_at": at}
    )
    audit.record("statements.linked", first, by=by, at=at, one=first.code, other=second.code, kind=kind)
    return link


@transaction.atomic
def unlink_statements(*, link: StatementLink, by: Any, at: datetime) -> None:
    """Take a link away."""
    if StatementLink.objects.filter(pk=link.pk).delete()[0]:
        audit.record("statements.unlinked", link.one, by=by, at=at, one=link.one.code, other=link.other.code)


@transaction.atomic
def confirm_matches(*, pairs: Sequence[tuple[Statement, Statement, str]], by: Any, at: datetime) -> int:
    """Confirm several proposed links at once; returns how many there are now. Two at once never wait for each other."""
    wanted = sorted({one.pk for pair in pairs for one in pair[:2]})
    list(Statement.objects.select_for_update(of=("self",)).filter(pk__in=wanted).order_by("pk"))
    return len([link_statements(one=one, other=other, kind=kind, by=by, at=at) for one, other, kind in pairs])
