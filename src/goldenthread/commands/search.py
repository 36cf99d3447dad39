"""`goldenthread search rebuild`: make what visitors can find anew. Safe to repeat."""

import argparse

from goldenthread.commands import start_django


def run(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="goldenthread search")
    parser.add_argument("what", choices=["rebuild"])
    parser.parse_args(arguments)
    start_django()
    from goldenthread.common import clock
    from goldenthread.web.public import findable

    print(f"Search: {findable.rebuild(at=clock.now())}")
    return 0
