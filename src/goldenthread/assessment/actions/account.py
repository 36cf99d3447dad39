"""The account of a project: kept as it is written, supported by files, handed in with a receipt.

What is handed in is a `Script` in a sitting, as for a case study, so that marking, moderation and results are the same.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db import transaction
from django.http import Http404

from goldenthread.applications.models import Enrolment
from goldenthread.assessment import project_queries, queries, rules, words
from goldenthread.assessment.actions import safety
from goldenthread.assessment.actions.draft import clean
from goldenthread.assessment.actions.places import give_place
from goldenthread.assessment.actions.project import held_project
from goldenthread.assessment.actions.response import Response, check_takes_scripts
from goldenthread.assessment.actions.submit import (
    audited,
    check_replaces,
    check_seen,
    receipt_number,
    taken_in,
)
from goldenthread.assessment.models import Script, Sitting, SittingState
from goldenthread.assessment.project_models import HandedInFile, Project
from goldenthread.assessment.rules import hand_in_days, projects
from goldenthread.assessment.rules.policies import NOTHING_SAID, AiSaid, Length, declared_record
from goldenthread.assessment.words import WordCount
from goldenthread.common import audit, mail
from goldenthread.common.refused import Refused


@transaction.atomic
def save_account(
    *,
    enrolment: Enrolment,
    task: str,
    texts: Mapping[str, str],
    revision: int | None,
    by: Any,
    at: datetime,
) -> Project:
    """Keep the text of each section by its key; `revision` is the one that the form was loaded with.

    `rules.Stale` carries what is kept when somebody has saved since. Refuses a text too long and a locked project.
    """
    project = held_project(enrolment, task, by=by, at=at, of_account=True)
    kept = _cleaned(enrolment, task, texts)
    return _keep(project, kept, revision=revision, at=at)


def _cleaned(enrolment: Enrolment, task: str, texts: Mapping[str, str]) -> dict[str, str]:
    ask = project_queries.ask_of(enrolment.version.specification, task)
    keys = [part.key for part in ask.parts] or [""]
    if set(texts) - set(keys):
        raise Refused("This page is out of date: load it again.", code="account.parts")
    found = clean({key: texts.get(key, "") for key in keys})
    if sum(len(text) for text in found.values()) > rules.DRAFT_LIMIT:
        raise Refused(
            f"Shorten your account: {rules.DRAFT_LIMIT:,} characters are kept at most. Your text stays in this page "
            "and on this device; what was saved last is unchanged.",
            code="account.long",
        )
    return found


def _keep(project: Project, texts: dict[str, str], *, revision: int | None, at: datetime) -> Project:
    before = {key: project.account.get(key, "") for key in texts}
    rules.check_revision(revision, texts, stored=project.account_revision, kept=before)
    if before == texts:
        return project
    project.account, project.account_revision, project.saved_at = texts, project.account_revision + 1, at
    project.save(update_fields=["account", "account_revision", "saved_at"])
    return project


@transaction.atomic
def copy_plan(*, enrolment: Enrolment, task: str, by: Any, at: datetime) -> Project:
    """Put the plan's texts under the first section of the account, for the candidate to work on (S2-36).

    Nothing that stands there is lost, and a plan that stands there word for word is not put in a second time.
    """
    project = held_project(enrolment, task, by=by, at=at, of_account=True)
    ask = project_queries.ask_of(enrolment.version.specification, task)
    key = ask.parts[0].key if ask.parts else ""
    text = plan_text(project)
    there = project.account.get(key, "")
    if not text:
        raise Refused("Your plan is empty: write it first.", code="plan.empty")
    if text in there:
        return project
    texts = {part.key: project.account.get(part.key, "") for part in ask.parts} or {"": ""}
    texts[key] = f"{there.rstrip()}\n\n{text}".strip()
    audit.record("project.plan_copied", project, by=by, at=at, section=key)
    return _keep(project, _cleaned(enrolment, task, texts), revision=None, at=at)


def plan_text(project: Project) -> str:
    """The plan in words: what is filled in, each phase under its name."""
    texts = [str(project.plan.get(name, "")).strip() for name in projects.FIELDS]
    phases = project.plan.get("phases", {})
    texts += [f"{title}\n{phases[key]}" for key, title, _ in projects.PHASES if phases.get(key, "").strip()]
    return "\n\n".join(text for text in texts if text)


# --- handing in ------------------------------------------------------------------------------------------
@transaction.atomic
def hand_in(
    *,
    enrolment: Enrolment,
    task: str,
    texts: Mapping[str, str],
    key: str,
    own_work: bool,
    ai: AiSaid = NOTHING_SAID,
    revision: int | None,
    by: Any,
    at: datetime,
    replacing: int | None = None,
) -> Script:
    """Hand in the account with its evidence, in place of an earlier one, and give the script with its receipt.

    `key` is the filled-in form's own: sent twice with the same content it gives the same receipt. `replacing` is the
    number of the document that the person has said this text may replace. Refuses, all faults at once, what
    `projects.check_account` refuses; a text over a document of which that was not said; outside the hand-in days; a
    task that is passed; and once results are released. Then an earlier script stays as it is.
    """
    known = _again(enrolment, task, texts, key=key, by=by)
    if known is not None:
        return known
    project = held_project(enrolment, task, by=by, at=at, of_account=True)
    known = _again(
        enrolment, task, texts, key=key, by=by
    )  # the other click of a double one had the lock first
    if known is not None:
        return known
    sitting = _open_sitting(project, at=at)
    check_replaces(sitting, queries.current_script(sitting), confirmed=replacing)
    kept = _cleaned(enrolment, task, texts)
    rules.check_revision(
        revision,
        kept,
        stored=project.account_revision,
        kept={part: project.account.get(part, "") for part in kept},
    )
    ask = project_queries.ask_of(enrolment.version.specification, task, sitting.window)
    made = project_queries.made_of(project, kept, ask=ask, at=at)
    projects.check_account(ask, replace(made, own_work=own_work, ai=ai))
    project = _keep(project, kept, revision=None, at=at)
    response = _written(ask, kept)
    return _record(project, sitting, ask, response, ai, key=_form_key(key, kept), counted=at, by=by, at=at)


def _written(ask: projects.Ask, texts: Mapping[str, str]) -> Response:
    """The account as it was written on the page, counted and hashed."""
    text = "\n\n".join(f"{part.title}\n\n{texts[part.key]}" for part in ask.parts) or texts.get("", "")
    count = words.count_parts(list(texts.values())).leaving_out(ask.counting.not_counted)
    return Response(text, texts, count, hashlib.sha256(text.encode()).hexdigest())


def account_sitting(*, enrolment: Enrolment, task: str, by: Any, at: datetime) -> Sitting:
    """The person's place in the hand-in days, for a document to be sent to.

    Refuses while no days are set, what `places.give_place` refuses, and a task that is passed.
    """
    with transaction.atomic():
        project = held_project(enrolment, task, by=by, at=at, of_account=True)
        return _sitting(project, at=at)


@transaction.atomic
def hand_in_document(
    *,
    enrolment: Enrolment,
    task: str,
    response: Response,
    key: str,
    own_work: bool,
    ai: AiSaid = NOTHING_SAID,
    by: Any,
    at: datetime,
    replacing: int | None = None,
) -> Script:
    """Hand in the account as a document that was looked at, with the evidence; else as `hand_in`.

    It counts from its first byte. Its words are counted by the rule for documents, those of the evidence apart from
    them. What is written on the page stays as it is. `replacing` as in `submit_script`.
    """
    if enrolment.user_id != by.pk:
        raise Http404
    counted = response.first_at or at
    form_key = hashlib.sha256(f"{key}:{response.sha256}".encode()).hexdigest()
    known = _known(enrolment, task, form_key)
    if known is not None:
        return known
    project = held_project(enrolment, task, by=by, at=counted, of_account=True)
    known = _known(enrolment, task, form_key)
    if known is not None:
        return known
    sitting = _open_sitting(project, at=counted)
    ask = project_queries.ask_of(enrolment.version.specification, task, sitting.window)
    made = project_queries.made_of(project, dict(response.texts), ask=ask, at=counted)
    projects.check_account(ask, replace(made, words=response.count.total, own_work=own_work, ai=ai))
    check_seen(queries.current_script(sitting), response, zone=sitting.zone, seen=replacing)
    return _record(project, sitting, ask, response, ai, key=form_key, counted=counted, by=by, at=at)


def _record(
    project: Project,
    sitting: Sitting,
    ask: projects.Ask,
    response: Response,
    ai: AiSaid,
    *,
    key: str,
    counted: datetime,
    by: Any,
    at: datetime,
) -> Script:
    safety.check_evidence(project.files.select_related("file"))
    declared = declared_record(ask.declarations, ai)
    script = _insert(sitting, ask, response, declared, key=key, at=counted)
    evidence = _freeze_files(project, script)
    safety.handed_in([one.file for one in evidence], at=at)
    taken_in(response, script, at=at)
    boards = [one for one in project_queries.boards_of(project) if not one.former]
    audit.record(
        "project.handed_in", sitting, by=by, at=at, number=script.number, sha256=script.sha256,
        words=script.words, files=[one.file.sha256 for one in evidence], starts_on=project.starts_on,
        ends_on=project.ends_on, boards=[[one.school, one.presented_on] for one in boards], **audited(declared),
    )  # fmt: skip
    _send_receipt(script, ask, evidence, at=at)
    return script


def _form_key(key: str, texts: Mapping[str, str]) -> str:
    content = "\x00".join(f"{name}\x01{text}" for name, text in sorted(texts.items()))
    return hashlib.sha256(f"{key}:{content}".encode()).hexdigest()


def _again(enrolment: Enrolment, task: str, texts: Mapping[str, str], *, key: str, by: Any) -> Script | None:
    """The script that this very form made already, also after the hand-in days."""
    if enrolment.user_id != by.pk:
        raise Http404
    return _known(enrolment, task, _form_key(key, _cleaned(enrolment, task, texts)))


def _known(enrolment: Enrolment, task: str, form_key: str) -> Script | None:
    found = Script.objects.select_related("sitting__window", "sitting__enrolment")
    known = found.filter(sitting__enrolment=enrolment, sitting__window__task=task, key=form_key).first()
    if known and not known.current:
        raise Refused(
            "You have handed in another account since. If this one is to count, hand it in again from here.",
            code="script.replaced",
        )
    return known


def _open_sitting(project: Project, *, at: datetime) -> Sitting:
    """The person's place in the hand-in days, locked, if these are open."""
    locked = queries.hold(_sitting(project, at=at))
    check_takes_scripts(locked.window)
    hand_in_days.check_in_days(locked.opens_at, locked.closes_at, zone=locked.zone, at=at)
    return locked


def _sitting(project: Project, *, at: datetime) -> Sitting:
    window = project_queries.window_for(project.enrolment, project.task)
    if window is None:
        raise Refused(
            "The programme office has not set the hand-in days yet. Everything is kept; you get a mail when they do.",
            code="project.no_days",
        )
    return give_place(window=window, enrolment=project.enrolment, at=at)


def _insert(
    sitting: Sitting,
    ask: projects.Ask,
    response: Response,
    declared: dict[str, str],
    *,
    key: str,
    at: datetime,
) -> Script:
    count: WordCount = response.count
    number = sitting.scripts.count() + 1
    sitting.scripts.filter(current=True).update(current=False)
    script = Script.objects.create(
        sitting=sitting,
        number=number,
        key=key,
        text=response.text,
        parts=dict(response.texts) if ask.parts else {},
        file=response.file,
        file_name=response.file_name,
        words=count.total,
        word_counts={**count.parts, **{f"not_counted_{part}": n for part, n in count.excluded.items()}},
        word_rule=count.rule,
        sha256=response.sha256,
        own_work=True,
        declared=declared,
        received_at=at,
    )
    Sitting.objects.filter(pk=sitting.pk).update(state=SittingState.HANDED_IN)
    return script


def _freeze_files(project: Project, script: Script) -> list[HandedInFile]:
    """The evidence as it goes with this script."""
    return HandedInFile.objects.bulk_create(
        HandedInFile(script=script, number=number, file=one.file, name=one.name, words=one.words)
        for number, one in enumerate(project.files.select_related("file").order_by("added_at", "pk"), start=1)
    )


def _send_receipt(script: Script, ask: projects.Ask, evidence: list[HandedInFile], *, at: datetime) -> None:
    sitting = script.sitting
    person = sitting.enrolment.user
    mail.send(
        "project_received",
        to=person.email,
        key=f"project_received:{script.pk}",
        at=at,
        name=person.get_short_name(),
        title=ask.title,
        receipt=receipt_number(script),
        received=rules.instant_text(script.received_at, sitting.zone, seconds=True),
        deadline=rules.deadline_text(sitting.closes_at, sitting.zone),
        words=Length(script.words, ask.max_words, ask.counting).text,
        files=len(evidence),
        sha256=script.sha256,
        sitting=sitting.pk,
        number=script.number,
    )
