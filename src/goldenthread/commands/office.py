"""`goldenthread office EMAIL NAME`: the first account of the programme office, who then adds the others."""

import argparse
import getpass
import sys

from goldenthread.commands import start_django


def run(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="goldenthread office")
    parser.add_argument("email")
    parser.add_argument("name")
    options = parser.parse_args(arguments)
    start_django()
    from django.conf import settings
    from django.contrib.auth.password_validation import validate_password
    from django.core.exceptions import ValidationError

    from goldenthread.common import clock
    from goldenthread.people import actions
    from goldenthread.people.models import Role

    password = getpass.getpass("Password: ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
    try:
        validate_password(password)
    except ValidationError as fault:
        print("\n".join(fault.messages), file=sys.stderr)
        return 2
    at = clock.now()
    provider = actions.ensure_provider(name=settings.PROVIDER_NAME, by=None, at=at)
    user = actions.ensure_user(email=options.email, name=options.name, zone="Europe/London", by=None, at=at)
    user.set_password(password)
    user.save(update_fields=["password"])
    actions.give_role(user=user, organisation=provider, role=Role.OFFICE, starts_on=at.date(), by=None, at=at)
    print(f"{user.email} may sign in at {settings.BASE_URL}/accounts/login/")
    return 0
