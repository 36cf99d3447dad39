"""The e-mail address of an account: whose it is, and how its owner changes it, by a link that proves the new one.

An address opens an account (a new password is mailed to it) and the office gives roles by it. So an account has only
an address that the office entered when it made the account, or one that its owner proved to read.
"""

from datetime import datetime
from hashlib import sha256

from allauth.account.models import EmailAddress
from django.core import signing
from django.db import IntegrityError, transaction
from django.utils.crypto import constant_time_compare, salted_hmac

from goldenthread.common import audit, mail
from goldenthread.common.refused import Refused
from goldenthread.people import rules
from goldenthread.people.models import User

LINK_HOURS = 24
_SALT = "goldenthread.people.address"


def is_proven(user: User) -> bool:
    """Whether the account's address is the office's entry or was proved; not so when it was only typed in."""
    typed = EmailAddress.objects.filter(user=user, email__iexact=user.email, primary=True, verified=False)
    return not typed.exists()


def check_proven(user: User) -> None:
    """Refuse to take an account for its address's owner when nobody has proved the address."""
    if not is_proven(user):
        raise Refused(
            f"An account has the address {user.email}, but nobody has confirmed that they read it. Ask its owner to "
            "confirm it under “Your profile”, or use another address.",
            code="email.unproven",
            field="email",
        )


def forget_claims(address: str) -> None:
    """Drop what other accounts once noted about an address that is becoming an account's own."""
    EmailAddress.objects.filter(email__iexact=address).delete()


def link_token(user: User, address: str) -> str:
    """A signed token that proves who reads `address`; void once the address or the password has changed."""
    return signing.dumps({"user": user.pk, "email": address, "state": _state(user)}, salt=_SALT)


def read_token(token: str, user: User) -> str:
    """The address of a token that was made for this person less than a day ago; "" when it isn't one."""
    try:
        found = signing.loads(token, salt=_SALT, max_age=LINK_HOURS * 3600)
        theirs = found["user"] == user.pk and constant_time_compare(found["state"], _state(user))
    except (signing.BadSignature, KeyError, TypeError, ValueError):
        return ""
    return str(found["email"]) if theirs else ""


def _state(user: User) -> str:
    return salted_hmac(_SALT, f"{user.email} {user.password}").hexdigest()[:16]


@transaction.atomic
def ask(*, user: User, email: str, at: datetime) -> str:
    """Mail a link to the address that a person wants to have; nothing changes before they open it.

    Returns the address. Whether another account has it is not told here, only to who reads it. Refuses what is no
    address, and the one that they have.
    """
    address = rules.check_email(email)
    locked = User.objects.select_for_update(of=("self",)).get(pk=user.pk)
    if address == locked.email.lower() and is_proven(locked):
        raise Refused("That is your address already.", code="email.same", field="email")
    audit.record("person.asked_for_address", locked, by=locked, at=at, email=address)
    asked = sha256(f"{locked.pk} {address} {at:%Y-%m-%d %H:%M}".encode()).hexdigest()[:32]
    mail.send(
        "address_change",
        to=address,
        key=f"address:{asked}",  # twice within a minute is one mail
        at=at,
        name=locked.get_short_name(),
        user_id=locked.pk,
        before=locked.email,
    )
    return address


@transaction.atomic
def change(*, user: User, address: str, at: datetime) -> User:
    """Give the account an address that its owner has proved to read, and tell the one that it had.

    A second time changes nothing. Refused when another account has the address by now.
    """
    locked = User.objects.select_for_update(of=("self",)).get(pk=user.pk)
    before = locked.email
    if before == address and is_proven(locked):
        return locked
    locked.email = address
    try:
        with transaction.atomic():
            locked.save(update_fields=["email"])
    except IntegrityError:
        raise Refused(
            f"Another account has the address {address}. Sign in with that account, or choose another address.",
            code="email.taken",
            field="email",
        ) from None
    forget_claims(address)
    EmailAddress.objects.filter(user=locked).delete()
    EmailAddress.objects.create(user=locked, email=address, verified=True, primary=True)
    event = audit.record(
        "person.changed_address", locked, by=locked, at=at, before={"email": before}, after={"email": address}
    )
    mail.send(
        "address_changed",
        to=before,
        key=f"address_changed:{locked.pk}:{event.sequence}",
        at=at,
        name=locked.get_short_name(),
        address=address,
    )
    return locked
