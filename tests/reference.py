"""Writes docs/reference: every requirement with the tests that prove its acceptance case. Run by script/docs."""

import ast
import csv
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
INDEX = ROOT / "docs/reference/requirements.csv"
PAGE = ROOT / "docs/reference/requirements.md"


def requirements() -> dict[str, dict[str, str]]:
    """The 218 requirements by number: group, basis and title."""
    with INDEX.open(newline="") as file:
        return {row["number"]: row for row in csv.DictReader(file)}


def marked_tests() -> dict[str, list[str]]:
    """The tests by the requirement number they are marked with: {"S0-22": ["tests/x.py::test_y"]}."""
    found: dict[str, list[str]] = defaultdict(list)
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef):
                for number in _numbers(node):
                    found[number].append(f"{path.relative_to(ROOT)}::{node.name}")
    return dict(found)


def _numbers(function: ast.FunctionDef) -> list[str]:
    return [
        argument.value
        for decorator in function.decorator_list
        if isinstance(decorator, ast.Call)
        and isinstance(decorator.func, ast.Attribute)
        and decorator.func.attr == "requirement"
        for argument in decorator.args
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str)
    ]


def page() -> str:
    """The text of docs/reference/requirements.md."""
    known, tests = requirements(), marked_tests()
    proven = sum(1 for number in known if number in tests)
    lines = [
        "# Requirements and the tests that prove them",
        "",
        "Made by `script/docs` from the marks on the tests; don't edit by hand. A requirement without a test is open.",
        "",
        f"{proven} of {len(known)} have a test that walks their acceptance case.",
        "",
        "| Number | Group | Requirement | Proven by |",
        "|---|---|---|---|",
    ]
    for number, row in known.items():
        by = "<br>".join(f"`{name.removeprefix('tests/')}`" for name in tests.get(number, [])) or "open"
        lines.append(f"| {number} | {row['group']} | {row['title']} | {by} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page())
    print(PAGE.relative_to(ROOT))
