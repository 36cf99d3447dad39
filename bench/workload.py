"""One workload on one database, in a process of its own: prepare, load, measure, write the figures."""

import argparse
import importlib
import json
import os
from pathlib import Path


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench.workload")
    parser.add_argument("workload")
    parser.add_argument("database")
    parser.add_argument("result", type=Path)
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "goldenthread.config.settings")
    from goldenthread.commands import start_django

    start_django()
    from django.core.management import call_command

    from goldenthread.catalogue import actions as catalogue
    from goldenthread.common import clock

    call_command("migrate", verbosity=0)
    catalogue.load(by=None, at=clock.now())
    found = importlib.import_module(f"bench.{options.workload}").run(options.database, quick=options.quick)
    options.result.write_text(json.dumps([figure.as_dict() for figure in found]))


if __name__ == "__main__":
    main()
