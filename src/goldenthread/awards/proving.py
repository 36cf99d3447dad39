"""Awards compared with what the trail said when they were issued, revoked and printed."""

from collections.abc import Iterator
from typing import Any

from goldenthread.awards.models import Award
from goldenthread.common.audit import Fault
from goldenthread.common.proving import Check, Told, compared, digest_of, rows, unknown

_TOLD = (
    "id", "outcome_id", "code", "holder_name", "programme_name", "programme_code", "edition", "awarded_on",
    "provider", "accrediting_body", "issued_at",
)  # fmt: skip


def told_of(award: Award) -> dict[str, Any]:
    """What the event of an issue says of the award's row: its number, its code, and the digest of what it certifies."""
    return {"award": award.pk, "code": award.code, "digest": digest_of(award, _TOLD)}


class Awards(Check):
    """Each award certifies what was issued, is revoked if it was, and its certificate is the one that was made."""

    kind = "award"
    verbs = ("award.issued", "award.reissued", "award.revoked", "award.reinstated", "certificate.made")

    def __init__(self) -> None:
        self.issued: dict[int, Told] = {}
        self.revoked: dict[int, Told] = {}
        self.made: dict[int, Told] = {}

    def take(self, told: Told) -> None:
        award = told.details["award"]
        if told.verb == "award.reinstated":
            self.revoked.pop(award, None)
            return
        if told.verb == "award.reissued":  # in place of another one, which is revoked by that
            self.revoked[told.details["former_award"]] = told
        kept = {"award.revoked": self.revoked, "certificate.made": self.made}.get(told.verb, self.issued)
        kept[award] = told

    def faults(self) -> Iterator[Fault]:
        issued, revoked, made = self.issued, self.revoked, self.made
        for one in rows(Award.objects.select_related("outcome", "certificate").defer("outcome__conditions")):
            subject, told = f"enrolment:{one.outcome.enrolment_id}", issued.pop(one.pk, None)
            if told is None or (told.subject, told.details["code"]) != (subject, one.code):
                yield unknown(subject, f"award {one.code}")
                continue
            if not compared(one, _TOLD, told):
                yield told.says(f"award {one.code} certifies something else than was issued")
            yield from _after(one, told, revoked.get(one.pk), made.get(one.pk))
        yield from (told.says(f"award {told.details['code']} is gone") for told in issued.values())


def _after(one: Award, issued: Told, revoked: Told | None, made: Told | None) -> Iterator[Fault]:
    """What became of an award later."""
    if one.revoked_at is not None and revoked is None:
        yield issued.says(f"award {one.code} is revoked, and the trail says nothing of it")
    elif revoked is not None and one.revoked_at != revoked.at:
        yield revoked.says(f"award {one.code} was revoked, and its row says otherwise")
    sha256 = one.certificate.sha256 if one.certificate else None
    if sha256 is not None and (made is None or made.details["sha256"] != sha256):
        yield issued.says(f"the certificate of award {one.code} is not the one that was made")
