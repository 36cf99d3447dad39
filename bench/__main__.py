"""`script/bench [WORKLOAD|all] [--quick] [--json FILE]`: measure, print a table, write JSON."""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench import figures, places, table

WORKLOADS = (
    "allocation",
    "chat",
    "deadline",
    "document",
    "engagement",
    "handin",
    "layers",
    "lists",
    "public",
    "release",
    "similarity",
)


def main() -> int:
    parser = argparse.ArgumentParser(prog="script/bench", description=__doc__)
    parser.add_argument("workload", nargs="?", default="all", choices=[*WORKLOADS, "all"])
    parser.add_argument(
        "--quick", action="store_true", help="small sizes: to see that it works, not to be quoted"
    )
    parser.add_argument("--json", type=Path, help="where to write the figures (bench/results/<time>.json)")
    parser.add_argument("--database", choices=[*places.DATABASES, "both"], default="both")
    parser.add_argument("--place", help="folder on the disk to measure on (the system's temporary folder)")
    parser.add_argument(
        "--serve", default="", help='more for `goldenthread serve`, to try out: "--threads 2"'
    )
    options = parser.parse_args()
    os.environ["BENCH_SERVE"] = options.serve
    found: list[figures.Figure] = []
    for workload in WORKLOADS if options.workload == "all" else [options.workload]:
        for database in places.DATABASES if options.database == "both" else [options.database]:
            print(f"{workload} on {database} ...", file=sys.stderr, flush=True)
            found += _measured(workload, database, quick=options.quick, folder=options.place)
    print(table.table(found))
    target = options.json or places.ROOT / "bench/results" / f"{datetime.now(UTC):%Y-%m-%dT%H%M%S}.json"  # noqa: TID251
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(_report(found, quick=options.quick), indent=1) + "\n")
    print(f"\nWritten to {target}")
    return 0 if all(figure.holds is not False for figure in found) or options.quick else 1


def _measured(workload: str, database: str, *, quick: bool, folder: str | None) -> list[figures.Figure]:
    """Run one workload on one database in a process of its own, since settings are read once per process."""
    with places.place(database, folder) as environment, tempfile.NamedTemporaryFile(suffix=".json") as result:
        command = [sys.executable, "-m", "bench.workload", workload, database, result.name]
        command += ["--quick"] if quick else []
        subprocess.run(command, env={**os.environ, **environment}, cwd=places.ROOT, check=True)
        return [figures.Figure(**values) for values in json.loads(Path(result.name).read_text())]


def _report(found: list[figures.Figure], *, quick: bool) -> dict[str, Any]:
    return {
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),  # noqa: TID251
        "quick": quick,
        "machine": {
            "cores": os.cpu_count(),
            "system": platform.platform(),
            "python": platform.python_version(),
        },
        "load_average": list(os.getloadavg()),
        "figures": [figure.as_dict() for figure in found],
    }


if __name__ == "__main__":
    sys.exit(main())
