"""National moderation of a round: the package that goes out, the answer that comes back, and its application by two."""

import hashlib
import tempfile
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import IO, Any

from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404

from goldenthread.assessment.actions.sign import private_key, publish_key
from goldenthread.assessment.models import CaseAccess, ReceiptKey, Window
from goldenthread.assessment.receipts import decoded_key
from goldenthread.common import audit, private_keys
from goldenthread.common.meanwhile import decided_meanwhile
from goldenthread.common.refused import Refused
from goldenthread.marking import queries as marking
from goldenthread.marking.rules import Kind, Totals
from goldenthread.moderation import (
    national_evidence,
    national_rules,
    national_signing,
    national_verifying,
    supplements,
)
from goldenthread.moderation.final import final_marks
from goldenthread.moderation.models import NationalAnswer, NationalMark, NationalPackage, Round
from goldenthread.moderation.national_package import (
    FORM,
    SIGNED_FORMS,
    Basis,
    basis_of,
    check_the_same,
    contents_of,
    mark_rows,
)
from goldenthread.moderation.national_signing import CODE
from goldenthread.people.access import Viewer

IN_MEMORY = 8_000_000  # bytes of a package; a larger one is on disk


@dataclass(frozen=True)
class Package:
    """A zip for the national moderator, on disk if it is large, how people name it, how many scripts it is about, and
    how many files of evidence are not in it.
    """

    code: str
    sha256: str
    scripts: int
    file: IO[bytes]
    not_enclosed: int = 0


# --- what there is ---------------------------------------------------------------------------------------
def get_round_for(viewer: Viewer, window_id: int) -> Round:
    """The round of a window for the office, which hands it to the national moderator; 404 for everybody else."""
    found = Round.objects.select_related(
        "window__intake__version__programme", "window__case_study__scheme", "window__scheme", "signed_off_by"
    ).defer("window__intake__version__document", "window__case_study__sealed", "drawn_from", "completions")
    one = found.filter(window=window_id).first()
    if one is None or not viewer.is_office:
        raise Http404("No round.")
    return one


def answers_of(round: Round) -> QuerySet[NationalAnswer]:
    """Every answer that was read for a round, the latest first. One query."""
    return round.answers.select_related("read_by", "decided_by").order_by("-read_at", "-pk")


def packages_of(round: Round) -> QuerySet[NationalPackage]:
    """The packages that were made of a round, the one that was last downloaded first. One query."""
    return round.packages.select_related("made_by").order_by("-made_at", "-pk")


@dataclass(frozen=True)
class Effect:
    """What an adjustment would change: marks before and after in half marks, as earned, and which side of the pass mark
    what counts of them is.
    """

    code: str
    before: int
    after: int
    passed: bool
    passes: bool
    reason: str


def effects_of(answer: NationalAnswer) -> list[Effect]:
    """What applying an answer would change, script by script. Two queries and one for the scheme, and one more where
    too many words cost marks.
    """
    window, scheme = answer.round.window, marking.scheme_of(answer.round.window)
    codes = dict(window.sittings.order_by("pk").values_list("code", "pk"))
    final, found = final_marks(window), []
    for code, that, how, reason in answer.adjusted:
        now = final[codes[code]]
        then = replace(now, half_marks=Totals(that, how), adjusted=True)
        passed, passes = now.counts >= 2 * scheme.pass_mark, then.counts >= 2 * scheme.pass_mark
        found.append(Effect(code, now.half_marks.total, that + how, passed, passes, reason))
    return found


# --- the package -----------------------------------------------------------------------------------------
def export(*, round: Round, by: Any, at: datetime) -> Package:
    """Make the package of a round and keep that it was made (S1-32, S3-30); each export is in the trail. Once an answer
    is applied it is a supplement, of what came in or got other marks since; of nothing new it is the whole again.

    It is put together, compressed and signed while nothing is locked, its evidence one file at a time. Refuses before
    the sign-off, where the version asks for no national moderation, and where anything of it changed meanwhile.
    """
    found = _with_schemes(Round.objects.all()).get(pk=round.pk)
    national_rules.check_can_export(signed_off=bool(found.signed_off_at), national=found.national)
    before, seed = basis_of(found), private_key()
    key = publish_key(private_keys.public_half(seed), at=at)
    file: IO[bytes] = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 -- read by whoever downloads it
    try:
        with zipfile.ZipFile(file, "w") as archive:
            evidence = national_evidence.enclose(found.window, before.evidence, archive)
            contents = contents_of(found, evidence, only=before.only)
            signature = contents.write_into(archive, key=key.name, seed=seed)
        made = Package(contents.code, contents.sha256, contents.scripts, file, len(evidence.left_out))
        kept = {"form": FORM, "key": key.name, "signature": signature, "scripts": made.scripts}
        said = {"evidence": len(evidence.sha256), "zip": national_evidence.sha256_of(file)}
        _exported(found, made, before, kept, said, by=by, at=at)
    except BaseException:
        file.close()
        raise
    return made


@transaction.atomic
def _exported(
    round: Round, made: Package, before: Basis, kept: dict[str, Any], said: dict[str, Any], *, by: Any,
    at: datetime,
) -> None:  # fmt: skip
    """Keep that a package went out, if what it was made of is still the same."""
    held = _held(round)
    national_rules.check_can_export(signed_off=bool(held.signed_off_at), national=held.national)
    check_the_same(before, basis_of(held))
    NationalPackage.objects.update_or_create(  # what was sent out last is what an answer is about
        round=held, sha256=made.sha256, defaults={**kept, "made_by": by, "made_at": at}
    )
    _keep_who_took_it_out(held.window, by=by, at=at)
    audit.record(
        "national.exported", held.window, by=by, at=at, package=made.code, scripts=made.scripts,
        not_enclosed=made.not_enclosed, **said,
    )  # fmt: skip


def _keep_who_took_it_out(window: Window, *, by: Any, at: datetime) -> None:
    """Mark points of a case study leave the house with the package: each time is in the log of who was shown it."""
    case = window.case_study
    if case is not None:
        CaseAccess.objects.create(
            case_study=case, user=by, capacity="package", revision=case.revision, window=window, at=at
        )


# --- the answer ------------------------------------------------------------------------------------------
@transaction.atomic
def read(*, round: Round, name: str, data: bytes, by: Any, at: datetime) -> NationalAnswer:
    """Read the national moderator's file; nothing changes until a second person applies it (S1-32). It is about the
    package that was downloaded last, or one of form 2 that was made since the sign-off.

    Refuses whatever `national_rules.read_answer` refuses, without a package, to one of an older form or without our
    signature, while another answer waits, and once every script is answered; of a supplement an answer is read as of
    the round itself. What comes back may be the whole package: then its
    own signature is checked too. The same file by the same person is one answer.
    """
    held, digest = _held(round), hashlib.sha256(data).hexdigest()
    standing = list(held.answers.filter(state__in=["read", "applied"]).order_by("part"))
    for one in standing:
        if one.sha256 == digest and one.read_by_id == by.pk:
            return one
    only = supplements.still_asked(held)
    asked = _asked_about(held, supplement=only is not None)
    national_rules.check_can_read(
        exported=bool(asked),
        waits=any(one.state == "read" for one in standing),
        applied=only is not None and not only,
        supplement=only is not None,
    )
    keys = {one.name: decoded_key(one.public) for one in ReceiptKey.objects.order_by("pk")}
    latest = asked[0]
    national_rules.check_form(
        latest.sha256[:CODE], current=latest.form in SIGNED_FORMS, signed=_is_signed(latest, keys)
    )
    asked = [one for one in asked if _is_signed(one, keys)]
    said = national_verifying.answer_in(data, keys=keys, sha256=[one.sha256 for one in asked])
    about = next(
        (code for one in asked if (code := one.sha256[:CODE]).encode() in said), asked[0].sha256[:CODE]
    )
    scheme = marking.scheme_of(held.window)
    codes = [row[0] for row in mark_rows(held.window, only=only)]
    maxima = Totals(scheme.maximum(Kind.LEARN_THAT), scheme.maximum(Kind.LEARN_HOW_TO))
    answer = national_rules.read_answer(said, package=about, codes=codes, maxima=maxima)
    made = NationalAnswer.objects.create(
        round=held, file_name=name[:200], sha256=digest, confirmed=answer.confirmed, read_by=by, read_at=at,
        adjusted=[[a.code, a.half_marks.learn_that, a.half_marks.learn_how_to, a.reason] for a in answer.adjusted],
        part=1 + max((one.part for one in standing), default=0), covers=_covered(held, only),
    )  # fmt: skip
    _record(
        "read", made, by=by, at=at, confirmed=made.confirmed, adjusted=len(made.adjusted), sha256=digest,
        part=made.part,
    )  # fmt: skip
    return made


def _covered(round: Round, only: frozenset[int] | None) -> list[list[int]]:
    """What an answer is about: each script with the half marks that it is confirmed with."""
    now = supplements.marks_now(round.window)
    return [
        [script, marks.learn_that, marks.learn_how_to]
        for script, (marks, _) in now.items()
        if only is None or script in only
    ]


def _asked_about(round: Round, *, supplement: bool) -> list[NationalPackage]:
    """The packages that an answer may be about: the one that was downloaded last, and those of form 2 since the
    sign-off, which today would all bear the same name. A supplement was made since the sign-off. One query.
    """
    made, since = list(packages_of(round)), round.signed_off_at
    if supplement:
        return [one for one in made[:1] if since and one.made_at >= since]
    older = (one for one in made[1:] if one.form in SIGNED_FORMS[:-1] and since and one.made_at >= since)
    return [*made[:1], *older]


def _is_signed(package: NationalPackage, keys: Mapping[str, bytes]) -> bool:
    return national_signing.is_signed(package.sha256, package.signature, keys.get(package.key))


@transaction.atomic
def decide(*, answer: NationalAnswer, apply: bool, reason: str, by: Any, at: datetime) -> NationalAnswer:
    """A second person applies an answer, or says why not; the same decision twice is one.

    Applied, its marks take the place of what was final for the scripts that it adjusts, as rows of their own, and the
    results of the window are no longer provisional, unless a script is still to be asked about in a supplement. A
    script that another has replaced since is left out. Refuses who read it in, and while our round is open again.
    """
    held_round = _held(answer.round)
    held = NationalAnswer.objects.select_for_update(of=("self",)).get(pk=answer.pk)
    state = "applied" if apply else "refused"
    if (held.state, held.decided_by_id, held.decision_reason) == (state, by.pk, reason.strip()[:1000]):
        return held
    if held.state in ("applied", "refused"):
        raise decided_meanwhile(
            f"{held.state} this answer", by=by, who=held.decided_by, at=held.decided_at or at,
            code="national.decided",
        )  # fmt: skip
    _check_open(held)
    national_rules.check_second(by=by.pk, first=held.read_by_id)
    if apply:
        national_rules.check_signed_off(
            signed_off=bool(held_round.signed_off_at), national=held_round.national
        )
    if not apply and not reason.strip():
        raise Refused("Say why this answer is not applied.", code="national.reason", field="reason")
    held.state, held.decided_by, held.decided_at, held.decision_reason = state, by, at, reason.strip()[:1000]
    held.save()
    if apply:
        _apply(held_round, held, by=by, at=at)
    _record(state, held, by=by, at=at, adjusted=len(held.adjusted), reason=held.decision_reason)
    return held


def _apply(round: Round, answer: NationalAnswer, *, by: Any, at: datetime) -> None:
    final, covered = final_marks(round.window), {row[0] for row in answer.covers}
    scripts = {
        code: (script, sitting)
        for code, script, sitting in marking.scripts_of(round.window)
        .order_by()
        .values_list("sitting__code", "pk", "sitting_id")
        if not covered or script in covered
    }
    adjusted = [one for one in answer.adjusted if one[0] in scripts]
    NationalMark.objects.bulk_create(
        (
            NationalMark(
                answer=answer, script_id=scripts[code][0], half_marks_learn_that=that,
                half_marks_learn_how_to=how, reason=reason,
            )
            for code, that, how, reason in adjusted
        ),
        batch_size=1000,
    )  # fmt: skip
    audit.record_many(
        "national.adjusted",
        {
            f"script:{scripts[code][0]}": {
                "was_half_marks": final[scripts[code][1]].half_marks.total,
                "half_marks": that + how,
                "by_kind": [that, how],
                "reason": reason,
            }
            for code, that, how, reason in adjusted
        },
        by=by,
        at=at,
    )
    supplements.settle(round, at=at)


@transaction.atomic
def take_back(*, answer: NationalAnswer, by: Any, at: datetime) -> NationalAnswer:
    """Take an answer back that one read in oneself and nobody has applied; twice is one."""
    held = NationalAnswer.objects.select_for_update(of=("self",)).get(pk=answer.pk)
    if held.state == "taken_back":
        return held
    _check_open(held)
    if held.read_by_id != by.pk:
        raise Refused("Only who read it in takes it back.", code="national.not_yours")
    held.state, held.decided_by, held.decided_at = "taken_back", by, at
    held.save()
    _record("taken_back", held, by=by, at=at)
    return held


def get_answer_for(viewer: Viewer, window_id: int, answer_id: int) -> NationalAnswer:
    """An answer to the round of a window, for the office; 404 for everybody else."""
    round = get_round_for(viewer, window_id)
    found = answers_of(round).filter(pk=answer_id).first()
    if found is None:
        raise Http404("No such answer.")
    return found


def _held(round: Round) -> Round:
    Window.objects.select_for_update(of=("self",)).get(pk=round.window_id)
    return _with_schemes(Round.objects.select_for_update(of=("self",))).get(pk=round.pk)


def _with_schemes(rounds: QuerySet[Round]) -> QuerySet[Round]:
    return rounds.select_related(
        "window__intake__version__programme", "window__case_study__scheme", "window__scheme"
    )


def _check_open(answer: NationalAnswer) -> None:
    if answer.state != "read":
        raise Refused("Somebody has decided this already; look at the page again.", code="national.decided")


def _record(verb: str, answer: NationalAnswer, *, by: Any, at: datetime, **details: Any) -> None:
    audit.record(f"national.{verb}", answer.round.window, by=by, at=at, answer=answer.pk, **details)
