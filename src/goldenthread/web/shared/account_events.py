"""What changes in how somebody signs in goes on record, and ends the sessions that it must not outlive."""

from datetime import datetime
from typing import Any

from allauth.core import context
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_used
from django.db import transaction
from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver
from django.http import HttpRequest

from goldenthread.common import audit, clock
from goldenthread.people.models import User
from goldenthread.web.shared import sessions

RECOVERY = Authenticator.Type.RECOVERY_CODES
KINDS = {Authenticator.Type.TOTP: "one-time codes", Authenticator.Type.WEBAUTHN: "passkey"}


def _at(request: Any) -> datetime:
    received: datetime = getattr(request, "received_at", None) or clock.now()
    return received


def _actor(request: Any) -> Any:
    user = getattr(request, "user", None)
    return user if user is not None and user.is_authenticated else None


@transaction.atomic
def set_password(user: User, password: str, *, request: HttpRequest | None) -> None:
    """Set the password that a person chose, on record as their first one, a changed one, or one after a mailed link."""
    address = getattr(request, "resolver_match", None)
    mailed = address is not None and address.url_name == "account_reset_password_from_key"
    verb = (
        "reset_password" if mailed else "changed_password" if user.has_usable_password() else "set_password"
    )
    user.set_password(password)
    user.save(update_fields=["password"])
    audit.record(f"person.{verb}", user, by=user, at=_at(request))


@receiver(post_save, sender=Authenticator, dispatch_uid="goldenthread.second_factor_added")
def second_factor_added(instance: Authenticator, created: bool, **_: Any) -> None:
    """In the transaction that adds it. The first factor ends all other sessions, which know only the password."""
    if not created:
        return
    request: Any = context.request
    if instance.type == RECOVERY:
        audit.record("person.made_recovery_codes", instance.user, by=_actor(request), at=_at(request))
        return
    audit.record(
        "person.added_second_factor",
        instance.user,
        by=_actor(request),
        at=_at(request),
        kind=KINDS[instance.type],
    )
    others = Authenticator.objects.filter(user_id=instance.user_id).exclude(pk=instance.pk)
    if not others.exclude(type=RECOVERY).exists():
        sessions.end_others(instance.user, request=request)


@receiver(post_delete, sender=Authenticator, dispatch_uid="goldenthread.second_factor_removed")
def second_factor_removed(instance: Authenticator, **_: Any) -> None:
    request: Any = context.request
    verb = "removed_recovery_codes" if instance.type == RECOVERY else "removed_second_factor"
    details = {} if instance.type == RECOVERY else {"kind": KINDS[instance.type]}
    audit.record(f"person.{verb}", instance.user, by=_actor(request), at=_at(request), **details)


@receiver(authenticator_used, dispatch_uid="goldenthread.recovery_code_used")
def recovery_code_used(request: HttpRequest, user: User, authenticator: Authenticator, **_: Any) -> None:
    """A recovery code is for whoever lost their other means: worth knowing about."""
    if authenticator.type == RECOVERY:
        audit.record("person.used_recovery_code", user, by=user, at=_at(request))
