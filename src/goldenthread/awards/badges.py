"""Open Badges of awards: made once, signed anew at each download, revoked with their award; and the keys they need.

The private key is `GOLDENTHREAD_BADGE_KEY` or the file `badge-key` in the data folder, apart from the one of receipts.
"""

import base64
import hashlib
import json
import secrets
import uuid
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db import IntegrityError, transaction

from goldenthread.applications.models import Enrolment
from goldenthread.awards import credential, pictures, proofs
from goldenthread.awards.models import Award, Badge, BadgeKey
from goldenthread.awards.queries import is_replaced
from goldenthread.common import audit, private_keys
from goldenthread.common.refused import Refused
from goldenthread.outcomes import actions as outcomes

LARGEST = 200_000  # bytes of a credential that somebody shows us
LONGEST_REASON = 300
TRIES = 20


# --- keys ------------------------------------------------------------------------------------------------
def private_key() -> bytes:
    """The key that signs badges now."""
    return private_keys.private_key(settings.BADGE_KEY, Path(settings.BADGE_KEY_FILE))


def key_name(public: bytes) -> str:
    """The name of a key, from its public half: sixteen hexadecimal digits."""
    return hashlib.sha256(public).hexdigest()[:16]


@transaction.atomic
def publish_key(public: bytes, *, at: datetime) -> BadgeKey:
    """Put a public key into our DID document, where it stays. Harmless for one that is there."""
    name = key_name(public)
    known = BadgeKey.objects.filter(name=name).first()
    if known is not None:
        return known
    text = base64.b64encode(public).decode()
    key, made = BadgeKey.objects.get_or_create(name=name, defaults={"public": text, "since": at})
    if made:
        audit.record("badge_key.published", f"badge_key:{name}", by=None, at=at)
    return key


def rotate_key(*, at: datetime) -> BadgeKey:
    """Sign with a new key from now on; what the old one signed can still be verified.

    Refuses where the key comes from the environment: there it is changed by who runs the installation.
    """
    return private_keys.rotate(
        partial(publish_key, at=at), text=settings.BADGE_KEY, path=Path(settings.BADGE_KEY_FILE),
        variable="GOLDENTHREAD_BADGE_KEY", code="badge.environment",
    )  # fmt: skip


@transaction.atomic
def withdraw_key(*, name: str, reason: str, at: datetime) -> BadgeKey:
    """Take a key back, because somebody else may have it: whatever it signed proves nothing any more.

    Holders download their badge again, signed with the new key. Refuses a key that still signs, an unknown one, and
    one without a reason. Twice is harmless.
    """
    key = BadgeKey.objects.select_for_update(of=("self",)).filter(name=name).first()
    if key is None:
        raise Refused(f"There is no key {name[:40]}: `goldenthread badge keys` lists them.", code="badge.key")
    if key.withdrawn_at:
        return key
    if not reason.strip():
        raise Refused("Say why this key is withdrawn.", code="badge.reason")
    if name == key_name(private_keys.public_half(private_key())):
        raise Refused("Badges are still signed with this key: rotate it first.", code="badge.key_in_use")
    key.withdrawn_at, key.withdrawn_reason = at, reason.strip()[:LONGEST_REASON]
    key.save(update_fields=["withdrawn_at", "withdrawn_reason"])
    audit.record("badge_key.withdrawn", f"badge_key:{name}", by=None, at=at, reason=key.withdrawn_reason)
    return key


def keys() -> list[credential.Key]:
    """Every public key that ever signed, the latest first. One query."""
    return [
        credential.Key(one.name, base64.b64decode(one.public), one.withdrawn_at)
        for one in BadgeKey.objects.order_by("-since", "-pk")
    ]


def addresses() -> list[str]:
    """The address of the installation and those that it had: badges were signed in the name of each of their hosts."""
    return [settings.BASE_URL, *(url.rstrip("/") for url in settings.FORMER_URLS)]


def address_at(host: str) -> str:
    """The address in whose name we answer a verifier who asks under this host: a former one under its own."""
    return next((url for url in addresses() if urlsplit(url).netloc == host.lower()), settings.BASE_URL)


def did_document(*, at: datetime, base_url: str = "") -> dict[str, Any]:
    """Who we are to verifiers, with the key that signs now among the others; under a former address as it was."""
    publish_key(private_keys.public_half(private_key()), at=at)
    return credential.did_document(keys(), base_url=base_url or settings.BASE_URL)


def _signed(document: dict[str, Any], *, at: datetime, base_url: str = "") -> dict[str, Any]:
    seed = private_key()
    key = publish_key(private_keys.public_half(seed), at=at)
    if key.withdrawn_at:
        raise Refused(
            "Badges can't be signed just now: the key was withdrawn and there is no new one yet. Please try again "
            "later, or write to the programme office.",
            code="badge.key_withdrawn",
        )
    method = credential.method_of(base_url or settings.BASE_URL, key.name)
    return proofs.signed(document, seed=seed, method=method, created=credential.instant(at))


# --- badges ----------------------------------------------------------------------------------------------
def badge_of(award: Award, *, at: datetime) -> Badge:
    """The badge of an award; made when it is first asked for, with a place of its own in a list of revoked ones."""
    known = _badge_that_stands(award)
    return known or _make(award, at=at)


def _badge_that_stands(award: Award) -> Badge | None:
    return Badge.objects.filter(award=award, revoked_at__isnull=True).first()


@transaction.atomic
def _make(award: Award, *, at: datetime) -> Badge:
    """A place that nobody can foresee, in a list that is at most half full; another one if it is taken."""
    outcomes.hold_enrolments([award.outcome.enrolment_id])
    for _ in range(TRIES):
        known = _badge_that_stands(award)
        if known is not None:
            return known
        number = 1 + Badge.objects.count() // (credential.LIST_SIZE // 2)
        try:
            with transaction.atomic():
                made = Badge.objects.create(
                    award=award,
                    uuid=uuid.uuid4(),
                    salt=secrets.token_hex(16),
                    list_number=number,
                    position=secrets.randbelow(credential.LIST_SIZE),
                    made_at=at,
                )
        except IntegrityError:
            continue
        subject = f"enrolment:{award.outcome.enrolment_id}"
        audit.record("badge.made", subject, by=None, at=at, award=award.pk, badge=str(made.uuid))
        return made
    raise Refused("The badge couldn't be made just now. Please try again.", code="badge.busy")


def signed_badge(*, award: Award, at: datetime) -> dict[str, Any]:
    """The Open Badge 3.0 of an award as a signed credential (S1-08); refuses a revoked award."""
    if award.revoked_at:
        raise Refused("This award was revoked; there is no badge for it.", code="award.revoked")
    document = credential.badge(achieved(award, badge_of(award, at=at)), base_url=settings.BASE_URL)
    return _signed(document, at=at)


def achieved(award: Award, badge: Badge) -> credential.Achieved:
    """What the badge of an award says. One query, a second one where the outcome isn't loaded."""
    outcome = award.outcome
    enrolment = Enrolment.objects.select_related("user", "version").get(pk=outcome.enrolment_id)
    return credential.Achieved(
        uuid=str(badge.uuid),
        programme=award.programme_name,
        programme_code=award.programme_code,
        edition=award.edition,
        key=enrolment.version.key,
        awarded_on=award.awarded_on,
        provider=award.provider,
        accrediting_body=award.accrediting_body,
        conditions=tuple(str(one["name"]) for one in outcome.conditions if one.get("name")),
        email=enrolment.user.email,
        salt=badge.salt,
        list_number=badge.list_number,
        position=badge.position,
        specimen=settings.DEMONSTRATION,
    )


@transaction.atomic
def show(*, award: Award, shown: bool, by: Any, at: datetime) -> Badge:
    """Let the page that verifies the code link to the badge, or no longer. Twice is harmless."""
    made = badge_of(award, at=at)
    badge = Badge.objects.select_for_update(of=("self",)).get(pk=made.pk)
    if badge.shown != shown:
        badge.shown = shown
        badge.save(update_fields=["shown"])
        subject = f"enrolment:{award.outcome.enrolment_id}"
        audit.record("badge.shown" if shown else "badge.hidden", subject, by=by, at=at, award=award.pk)
    return badge


def badge_shown(award: Award) -> Badge | None:
    """The badge of an award if its holder lets whoever verifies the code have it. One query."""
    return Badge.objects.filter(award=award, shown=True, revoked_at__isnull=True).first()


@transaction.atomic
def revoke_for_good(*, award: Award, at: datetime) -> Badge | None:
    """Let the badge of an award that is reinstated stay revoked: the standard of these lists knows no way back. The
    next one that is asked for is another, shown as this one was. Returns the new one, if there was one. Twice is
    harmless only together with the reinstatement, which comes once.
    """
    badge = _badge_that_stands(award)
    if badge is None:
        return None
    badge.revoked_at = at
    badge.save(update_fields=["revoked_at"])
    made = _make(award, at=at)
    if badge.shown:
        made.shown = True
        made.save(update_fields=["shown"])
    return made


@transaction.atomic
def carry_on(*, former: Award, award: Award, at: datetime) -> None:
    """Give the award that takes another's place a badge of its own, shown as the former's was, where that had one."""
    badge = _badge_that_stands(former)
    if badge is not None:
        made = badge_of(award, at=at)
        made.shown = badge.shown
        made.save(update_fields=["shown"])


def shown_badge(badge_uuid: Any) -> Badge | None:
    """A badge that its holder shows, of an award that stands; else None, whether there is one or not. One query."""
    found = Badge.objects.filter(
        uuid=badge_uuid, shown=True, revoked_at__isnull=True, award__revoked_at__isnull=True
    )
    return found.select_related("award__outcome__enrolment__version").first()


def status_list(number: int, *, at: datetime, base_url: str = "") -> dict[str, Any] | None:
    """The signed list of revoked badges with this number as it is now, in the name of a former address where that was
    asked; None where there is none. One query.
    """
    places = list(
        Badge.objects.filter(list_number=number).values_list("position", "award__revoked_at", "revoked_at")
    )
    if not places and number != 1:
        return None
    revoked = [position for position, *when in places if any(when)]
    base = base_url or settings.BASE_URL
    return _signed(credential.status_list(number, revoked, base_url=base, at=at), at=at, base_url=base)


# --- verifying -------------------------------------------------------------------------------------------
def verified(data: bytes) -> Award:
    """The award that a credential file of ours proves (S1-08).

    Refuses what is no badge of ours, was altered, was signed by a withdrawn key, or whose award was revoked, issued
    again or reinstated since; its `code` says which.
    """
    document = _read(data)
    names = {credential.method_of(base, key.name): key for key in keys() for base in addresses()}
    proof = document.get("proof")
    key = names.get(proof.get("verificationMethod", "")) if isinstance(proof, dict) else None
    if key is None:
        raise Refused("This badge was not signed by us: no key of ours made it.", code="credential.key")
    proofs.check(document, key.public)
    if key.withdrawn_at:
        raise Refused(
            "The key that signed this badge was withdrawn. Ask its holder to download the badge again.",
            code="credential.key_withdrawn",
        )
    name = _uuid(str(document.get("id", "")).removeprefix("urn:uuid:"))
    found = Badge.objects.select_related("award__replaced_by")
    badge = found.filter(uuid=name).first() if name else None
    if badge is None:
        raise Refused("We have no award to this badge.", code="credential.unknown")
    if is_replaced(badge.award):
        raise Refused(
            "The award of this badge was issued again, with another code and another badge. Ask its holder for "
            "that one.",
            code="credential.reissued",
        )
    if badge.revoked_at and not badge.award.revoked_at:
        raise Refused(
            "This badge was revoked for a time and doesn't come back. Its award stands again: ask its holder for "
            "the new badge.",
            code="credential.renewed",
        )
    if badge.award.revoked_at:
        raise Refused("The award of this badge was revoked.", code="credential.revoked")
    award: Award = badge.award
    return award


def _read(data: bytes) -> dict[str, Any]:
    """The one JSON object of a file, or of the picture that it is baked into; no name may stand in it twice."""

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if len({name for name, _ in pairs}) != len(pairs):
            raise ValueError("a name stands twice")
        return dict(pairs)

    text = pictures.inside(data[: LARGEST + 1])
    try:
        found = json.loads(text, object_pairs_hook=once) if len(data) <= LARGEST else None
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict) or found.get("@context") != credential.CONTEXTS:
        raise Refused(
            "This is no badge of ours. Choose the file as its holder downloaded it.",
            code="credential.form",
        )
    return found


def _uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
