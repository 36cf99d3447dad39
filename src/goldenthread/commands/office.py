"""`goldenthread office EMAIL NAME`: the first account of the programme office, who then adds the others.

`goldenthread office --rename` gives the lead provider the name that GOLDENTHREAD_PROVIDER says by now.
"""

import argparse
import getpass
import os
import sys
from typing import Any

from goldenthread.commands import start_django


def run(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="goldenthread office")
    parser.add_argument("email", nargs="?")
    parser.add_argument("name", nargs="?")
    parser.add_argument(
        "--rename",
        action="store_true",
        help="give the lead provider that is there the name in GOLDENTHREAD_PROVIDER, and nothing else",
    )
    options = parser.parse_args(arguments)
    if options.rename != (options.email is None) or options.rename != (options.name is None):
        parser.error("give an address and a name, or --rename alone")
    start_django()
    return _rename() if options.rename else _open(options)


def _rename() -> int:
    from django.conf import settings

    from goldenthread.common import clock
    from goldenthread.common.refused import Refused
    from goldenthread.people import actions

    try:
        provider = actions.rename_provider(name=settings.PROVIDER_NAME, by=None, at=clock.now())
    except Refused as refusal:
        print(refusal.message, file=sys.stderr)
        return 2
    print(f"The lead provider is called {provider.name}.")
    return 0


def _open(options: argparse.Namespace) -> int:
    from django.conf import settings
    from django.contrib.auth.password_validation import validate_password
    from django.core.exceptions import ValidationError

    from goldenthread.common import clock
    from goldenthread.common.refused import Refused
    from goldenthread.people import actions

    password = getpass.getpass("Password: ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
    try:
        validate_password(password)
    except ValidationError as fault:
        print("\n".join(fault.messages), file=sys.stderr)
        return 2
    try:
        user = actions.open_office(
            email=options.email,
            name=options.name,
            password=password,
            provider=settings.PROVIDER_NAME,
            at=clock.now(),
        )
    except Refused as refusal:
        print(refusal.message, file=sys.stderr)
        return 2
    _say_provider(user, settings.PROVIDER_NAME)
    print(f"{user.email} may sign in at {settings.BASE_URL}/accounts/login/")
    if not os.environ.get("GOLDENTHREAD_URL"):
        print(
            "GOLDENTHREAD_URL is not set, so this is an address of this machine only, in every mail too. Set it "
            "to the public address and start anew."
        )
    return 0


def _say_provider(user: Any, name: str) -> None:
    """Where the lead provider bears another name than the setting, say that nothing was made or renamed."""
    from goldenthread.people.models import Role

    provider = user.memberships.filter(role=Role.OFFICE).order_by("-pk").first().organisation
    if provider.name != name:
        print(
            f"The lead provider here is called {provider.name}, and the account is of its office. "
            f"GOLDENTHREAD_PROVIDER says {name}: to rename the provider, run goldenthread office --rename."
        )
