"""`script/validate [ADDRESS]`: is every page of a running demonstration valid HTML? Prints a table of what isn't."""

import json
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

from bench.browse import demonstration, pages, tool

PACKAGE = "html-validate@10"
PAGES_OF_EACH = 15
RULES = {
    "extends": ["html-validate:recommended"],
    "rules": {
        "no-trailing-whitespace": "off",  # templates leave it, and nobody sees it
        "long-title": "off",
        "form-dup-name": ["error", {"shared": ["radio", "checkbox", "submit", "button", "reset"]}],
        "aria-label-misuse": ["error", {"allowAnyNamable": True}],
        "prefer-native-element": ["error", {"exclude": ["search", "region"]}],
    },
}


def main() -> int:
    base = demonstration(sys.argv[1] if len(sys.argv) > 1 else "http://localhost:8000")
    validator = tool(PACKAGE) / "html-validate"
    with tempfile.TemporaryDirectory(prefix="goldenthread-pages-") as folder:
        names = {}
        for number, (who, path, html) in enumerate(pages(base, each=PAGES_OF_EACH)):
            file = Path(folder, f"{number:03}.html")
            file.write_text(html)
            names[str(file)] = (who, path)
        rules = Path(folder, "rules.json")
        rules.write_text(json.dumps(RULES))
        target = Path(folder, "found.json")
        command = [validator, "--config", rules, "--formatter", f"json={target}", *names]
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        if not target.exists():
            sys.exit(f"The validator did not run:\n{done.stderr}")
        found = json.loads(target.read_text())
    return report(found, names)


def report(results: list[dict[str, object]], names: dict[str, tuple[str, str]]) -> int:
    """Print each rule that is broken with the first page and line; 1 if there is one."""
    broken: Counter[str] = Counter()
    where: dict[str, str] = {}
    for result in results:
        who, path = names[str(result["filePath"])]
        for message in result["messages"]:  # type: ignore[attr-defined]
            broken[message["ruleId"]] += 1
            place = f"{path} ({who}), line {message['line']}: {message['message']} {message.get('selector') or ''}"
            where.setdefault(message["ruleId"], place)
    for rule, count in broken.most_common():
        print(f"{count:>5}  {rule:<28} {where[rule]}")
    print(f"{len(names)} pages, {sum(broken.values())} faults")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
