"""`goldenthread writing verify`: walk every step of every draft, and tell where one doesn't follow from the other."""

import argparse

from goldenthread.commands import start_django

LISTED = 100


def run(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="goldenthread writing")
    parser.add_argument("what", choices=["verify"])
    parser.parse_args(arguments)
    start_django()
    from goldenthread.assessment import writing_queries
    from goldenthread.assessment.models import Sitting
    from goldenthread.assessment.writing_models import WritingStep

    found = list(writing_queries.check(Sitting.everything.all()))
    for sitting, fault in found[:LISTED]:
        place = f"step {fault.number}" if fault.number else "draft"
        print(f"sitting {sitting.pk} ({sitting.code}), {place}: {fault.problem}")
    if len(found) > LISTED:
        print(f"... and {len(found) - LISTED} more")
    sittings = WritingStep.objects.order_by().values("sitting").distinct().count()
    print(
        f"{WritingStep.objects.count()} steps of {sittings} sittings: "
        + (f"{len(found)} faults" if found else "every draft is what its steps give")
    )
    return 1 if found else 0
