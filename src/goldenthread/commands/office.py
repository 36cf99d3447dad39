"""`goldenthread office EMAIL NAME`: the first account of the programme office, who then adds the others."""

import argparse
import getpass
import os
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
    print(f"{user.email} may sign in at {settings.BASE_URL}/accounts/login/")
    if not os.environ.get("GOLDENTHREAD_URL"):
        print(
            "GOLDENTHREAD_URL is not set, so this is an address of this machine only, in every mail too. Set it "
            "to the public address and start anew."
        )
    return 0
