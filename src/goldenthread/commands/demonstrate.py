"""`goldenthread demonstrate`: fill an empty installation with the demonstration provider."""

import argparse
import sys
import time

from goldenthread.commands import start_django


def run(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="goldenthread demonstrate")
    parser.add_argument("--only", default="", help="the scenes to fill in, by commas; all without it")
    options = parser.parse_args(arguments)
    start_django()
    from django.conf import settings

    from goldenthread.applications.models import Application
    from goldenthread.common import clock
    from goldenthread.demonstration.build import build
    from goldenthread.web.public import findable

    if settings.PRODUCTION:
        print("A demonstration is not for production: set GOLDENTHREAD_MODE=demonstration.", file=sys.stderr)
        return 2
    if Application.objects.exists():
        print(
            "This installation holds applications already; a demonstration needs an empty one.",
            file=sys.stderr,
        )
        return 2
    started = time.monotonic()
    print("Filling the demonstration:")
    only = frozenset(filter(None, options.only.split(",")))
    count = build(provider=settings.PROVIDER_NAME, now=clock.now(), tell=print, only=only)
    findable.refresh(at=clock.now())
    print(f"{count} participants ({time.monotonic() - started:.0f} s)")
    return 0
