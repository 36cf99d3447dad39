"""How people sign in: by invitation only, with passkeys and one-time codes as second factors."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.auth_backends import AuthenticationBackend
from allauth.account.authentication import get_authentication_records
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.http import HttpRequest

from goldenthread.common.prepared import Prepared
from goldenthread.people.models import User
from goldenthread.web.shared import account_events, limits

_BY_NUMBER = Prepared(lambda number: User.objects.filter(pk=number), key=int)


class SignIn(AuthenticationBackend):  # type: ignore[misc]
    """Signs in as allauth does; finds the person of a session with a query that is worded once."""

    def get_user(self, user_id: int) -> User | None:
        user = _BY_NUMBER.get(user_id)
        return user if user is not None and self.user_can_authenticate(user) else None


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Accounts are made when an application is accepted or the office adds somebody, never by signing up.

    What goes wrong is said in words that tell what to do.
    """

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "email_password_mismatch": "The e-mail address or the password is not right. Check both, or set a new "
        "password with the link below.",
        "too_many_login_attempts": "Too many failed attempts. Wait five minutes, then try again, or set a new "
        "password with the link below.",
        "rate_limited": "That was too often in a short time. Wait a minute, then try again.",
        "account_inactive": "This account is closed. Ask the programme office if you need it again.",
    }

    def get_client_ip(self, request: HttpRequest) -> str:
        """The address by which attempts are counted: never that of our own proxy."""
        return limits.address(request)

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def set_password(self, user: User, password: str) -> None:
        """Set a password that the person chose, on record."""
        account_events.set_password(user, password, request=self.request)

    def confirm_email(self, request: HttpRequest, email_address: Any) -> bool:
        """Addresses are proved on our own page alone; see people/addresses.py."""
        return False

    def login(self, request: HttpRequest, user: User) -> None:
        """Sign in until the browser is closed, however somebody signs in: with a password, a code or a passkey."""
        super().login(request, user)
        request.session.set_expiry(0)


class SecondFactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    def get_public_key_credential_rp_entity(self) -> dict[str, Any]:
        entity: dict[str, Any] = super().get_public_key_credential_rp_entity()
        return {**entity, "name": "Golden Thread"}


def second_factor_page(request: HttpRequest) -> str | None:
    """The page where the signed-in person sets up a second factor, or gives it in this session; None if all is done."""
    kinds = set(Authenticator.objects.filter(user_id=request.user.pk).values_list("type", flat=True))
    if not kinds - {Authenticator.Type.RECOVERY_CODES}:
        return "mfa_index"
    if any(record.get("method") == "mfa" for record in get_authentication_records(request, request.user)):
        return None
    return "mfa_reauthenticate" if Authenticator.Type.TOTP in kinds else "mfa_reauthenticate_webauthn"
