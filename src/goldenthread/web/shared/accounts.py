"""How people sign in: by invitation only, with passkeys and one-time codes as second factors."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.auth_backends import AuthenticationBackend
from allauth.mfa.adapter import DefaultMFAAdapter
from django.http import HttpRequest

from goldenthread.common.prepared import Prepared
from goldenthread.people.models import User

_BY_NUMBER = Prepared(lambda number: User.objects.filter(pk=number), key=int)


class SignIn(AuthenticationBackend):  # type: ignore[misc]
    """Signs in as allauth does; finds the person of a session with a query that is worded once."""

    def get_user(self, user_id: int) -> User | None:
        user = _BY_NUMBER.get(user_id)
        return user if user is not None and self.user_can_authenticate(user) else None


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Accounts are made when an application is accepted or the office adds somebody, never by signing up."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False


class SecondFactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    def get_public_key_credential_rp_entity(self) -> dict[str, Any]:
        entity: dict[str, Any] = super().get_public_key_credential_rp_entity()
        return {**entity, "name": "Golden Thread"}
