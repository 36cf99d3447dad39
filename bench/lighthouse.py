"""`script/lighthouse [ADDRESS]`: Lighthouse on the pages that visitors meet first, of a running demonstration.

A page below the mark is looked at up to three times and its best scores count: a busy machine takes points from a page
that the page hasn't lost.
"""

import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from bench.browse import Browser, demonstration, tool

PACKAGE = "lighthouse@12"
CATEGORIES = ("performance", "accessibility", "best-practices", "seo")
LEAST = 95
LOOKS = 3
PAGES = ("/", "/programmes/", "/programmes/npqlt-reformed-international/", "/compare/", "/search/")


def main() -> int:
    base = demonstration(sys.argv[1] if len(sys.argv) > 1 else "http://localhost:8000")
    lighthouse = tool(PACKAGE) / "lighthouse"
    missed = 0
    print(f"{'page':<46}" + "".join(f"{name:>16}" for name in CATEGORIES))
    for path in (*PAGES, *_first_step(base)):
        report, scores = _best(lighthouse, base + path)
        print(f"{path:<46}" + "".join(f"{score:>16}" for score in scores), flush=True)
        for name, score in zip(CATEGORIES, scores, strict=True):
            if score < LEAST:
                missed += 1
                print("\n".join(_lost(report, name)))
    print(f"{missed} below {LEAST}")
    return 1 if missed else 0


def _best(lighthouse: Path, url: str) -> tuple[dict[str, Any], list[int]]:
    """The report with the best sum of scores; the first one that holds is good enough."""
    looks = []
    for _ in range(LOOKS):
        report = _run(lighthouse, url)
        scores = [round(100 * (report["categories"][name]["score"] or 0)) for name in CATEGORIES]
        looks.append((report, scores))
        if min(scores) >= LEAST:
            break
    return max(looks, key=lambda look: sum(look[1]))


def _first_step(base: str) -> list[str]:
    """The first step of an application, where an intake takes some."""
    home = Browser(base).get("/")
    link = re.search(r'href="(/apply/\d+/)"', home[1]) if home else None
    step = Browser(base).get(link[1]) if link else None
    return [step[0]] if step else []


def _run(lighthouse: Path, url: str) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="goldenthread-lighthouse-") as folder:
        target = Path(folder, "report.json")
        flags = "--chrome-flags=--headless=new --no-sandbox --disable-dev-shm-usage"
        command = [lighthouse, url, "--quiet", "--output=json", f"--output-path={target}", flags]
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        if not target.exists():
            sys.exit(f"Lighthouse did not run:\n{done.stderr[-2000:]}")
        found: dict[str, Any] = json.loads(target.read_text())
        return found


def _lost(report: dict[str, Any], category: str) -> list[str]:
    """What a category lost points by, the dearest first."""
    lost = [
        (one["weight"] * (1 - audit["score"]), f"    {audit['title']}: {audit.get('displayValue', '')}")
        for one in report["categories"][category]["auditRefs"]
        for audit in [report["audits"][one["id"]]]
        if one["weight"] and audit["score"] is not None and audit["score"] < 1
    ]
    return [text for _, text in sorted(lost, reverse=True)]


if __name__ == "__main__":
    sys.exit(main())
