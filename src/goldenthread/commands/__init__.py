"""The `goldenthread` command line: each command is a module here with `run(arguments) -> exit code`."""

import importlib
import os
import sys

COMMANDS = {
    "serve": "start the web server and the worker",
    "worker": "start a worker alone: mail, releases, nightly jobs",
    "prepare": "bring database and catalogue up to date; with --places also schools and postcodes",
    "demonstrate": "fill an empty installation with the demonstration provider",
    "catalogue": "check, show or load the programme specifications",
    "framework": "read the text of an official framework, and take it in",
    "window": "work out when an assessment window opens and closes",
    "words": "count the words of a document by the stated rule",
    "receipt": "check a signed receipt, print or change the keys",
    "badge": "check the Open Badge of an award, print, change or withdraw the keys",
    "keys": "the keys that seal unseen case studies: make, list, check, rewrap",
    "audit": "verify the audit trail, compare marks and results with it, or anchor it",
    "writing": "walk every step of every draft, and tell where one does not fit",
    "engagement": "count everybody's engagement anew and tell where what is written differs",
    "search": "make what visitors can find anew",
    "organisations": "take a list of organisations in; other spellings become aliases",
    "office": "give the first person of the programme office an account",
    "django": "any command of Django's own: goldenthread django shell",
}


def main() -> None:
    """Run one command and leave with its exit code; without one, say which there are."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "goldenthread.config.settings")
    arguments = sys.argv[1:]
    if not arguments or arguments[0] not in COMMANDS:
        _usage(unknown=arguments[0] if arguments else "")
        sys.exit(0 if not arguments or arguments[0] in {"-h", "--help", "help"} else 2)
    module = importlib.import_module(f"goldenthread.commands.{arguments[0]}")
    try:
        sys.exit(module.run(arguments[1:]))
    except BrokenPipeError:
        sys.exit(0)
    except KeyboardInterrupt:
        sys.exit(130)


def _usage(unknown: str) -> None:
    if unknown and unknown not in {"-h", "--help", "help"}:
        print(f"goldenthread: there is no command {unknown!r}.\n", file=sys.stderr)
    print("goldenthread COMMAND [...]\n")
    for name, purpose in COMMANDS.items():
        print(f"  {name:<12} {purpose}")


def start_django() -> None:
    """Load settings and apps; a setting that is missing or unsafe ends the command with the list of them."""
    import django
    from django.apps import apps
    from django.core.exceptions import ImproperlyConfigured

    if apps.ready:  # whoever runs a command inside a started process keeps its logging
        return
    try:
        django.setup()
    except ImproperlyConfigured as fault:
        print(fault, file=sys.stderr)
        sys.exit(2)


def check_files() -> None:
    """End the command with a line that says what to do when files can't be kept where the settings say."""
    from django.core.files.storage import default_storage

    fault = getattr(default_storage, "fault", None)
    complaint = fault() if fault else None
    if complaint:
        print(f"Golden Thread can't start:\n  - {complaint}", file=sys.stderr)
        sys.exit(2)
