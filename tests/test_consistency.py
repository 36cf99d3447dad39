"""Guards over the whole code base: sizes, directions, templates, requirement numbers."""

import ast
import re
import subprocess
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.db import models

from tests import reference

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "src/goldenthread"
ORDER = (
    "common search people catalogue intakes enquiries applications engagement groups events learning coaching "
    "assessment integrity marking moderation outcomes awards appeals support reports"
).split()


def python_files() -> list[Path]:
    folders = (SOURCE, ROOT / "tests", ROOT / "bench", ROOT / "script")
    return [path for folder in folders for path in folder.rglob("*.py") if "migrations" not in path.parts]


def test_no_file_is_longer_than_500_lines() -> None:
    texts = [*python_files(), *SOURCE.rglob("*.html"), *SOURCE.rglob("*.css"), *SOURCE.rglob("*.js")]
    long = {str(path.relative_to(ROOT)): n for path in texts if (n := path.read_text().count("\n")) > 500}
    assert long == {}


def test_no_function_is_longer_than_60_lines() -> None:
    long = [
        f"{path.relative_to(ROOT)}:{node.lineno} {node.name}"
        for path in python_files()
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef) and (node.end_lineno or 0) - node.lineno > 60
    ]
    assert long == []


def test_foreign_keys_point_backwards_along_the_journey() -> None:
    forward = []
    for model in apps.get_app_config("goldenthread").get_models():
        here = ORDER.index(model.__module__.split(".")[1])
        for field in model._meta.get_fields():
            if isinstance(field, (models.ForeignKey, models.ManyToManyField)) and field.related_model:
                there = field.related_model.__module__.split(".")
                if there[0] == "goldenthread" and ORDER.index(there[1]) > here:
                    forward.append(f"{model.__name__}.{field.name}")
    assert forward == []


def template_names() -> list[str]:
    names = [
        str(path.relative_to(folder))
        for folder in settings.TEMPLATES[0]["DIRS"]
        for path in Path(folder).rglob("*.html")
    ]
    # Django's error pages and allauth's own are found by name.
    return [name for name in names if not name.startswith(("account/", "mfa/", "allauth/", "40", "500"))]


def test_every_template_is_used() -> None:
    files = [*SOURCE.rglob("*.py"), *SOURCE.rglob("*.html")]
    used = "\n".join(path.read_text() for path in files if "migrations" not in path.parts)
    made_up = [
        re.compile(re.escape(before) + r"\w+" + re.escape(after))
        for before, after in re.findall(r'f"([\w/]*)\{\w+\}(\w*\.html)"', used)
    ]

    def is_used(name: str) -> bool:
        tag = "c-" + name.removeprefix("components/").removesuffix(".html").replace("/", ".").replace(
            "_", "-"
        )
        if name.startswith("mail/"):
            return f'"{Path(name).stem}"' in used or name in used
        component = re.search(rf"<{re.escape(tag)}[\s/>]", used) is not None
        return name in used or component or any(pattern.fullmatch(name) for pattern in made_up)

    assert [name for name in template_names() if not is_used(name)] == []


def test_requirement_numbers_named_in_tests_exist() -> None:
    known = reference.requirements()
    assert len(known) == 218
    assert [number for number in reference.marked_tests() if number not in known] == []


def test_the_page_of_requirements_is_fresh() -> None:
    assert reference.PAGE.read_text() == reference.page(), "run script/docs"


def tracked_files() -> list[str]:
    """What belongs to the project: git's list, whoever owns the folder; all there is where it came without git."""
    git = ["git", "-c", f"safe.directory={ROOT}", "ls-files", "-z"]
    try:
        done = subprocess.run(git, cwd=ROOT, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        folders = ("src", "tests", "bench", "script", "docs", "requirements", ".ci")
        inside = [path for folder in folders for path in (ROOT / folder).rglob("*")]
        found = [path for path in (*inside, *ROOT.glob("*.*")) if "__pycache__" not in path.parts]
        return [str(path.relative_to(ROOT)) for path in found if path.is_file()]
    return [name for name in done.stdout.split("\0") if name]


def test_nothing_names_an_index_or_this_machine() -> None:
    hosts = re.compile("|".join(["pypi" + r"\.org", "python" + r"hosted\.org", "npmjs" + r"\.org"]))
    named = []
    for name in tracked_files():
        path = ROOT / name
        if (
            path.suffix not in {".png", ".br", ".ico"}
            and path.exists()
            and hosts.search(path.read_text(errors="ignore"))
        ):
            named.append(name)
    assert named == []


def test_a_participants_pages_use_no_role() -> None:
    """They don't wait for the second factor that some roles need, so they must have nothing to do with roles."""
    role = re.compile(r"\b(viewer\(|viewer_of|Viewer\b|Role\b|memberships?\b|organisations\()")
    pages = [*(SOURCE / "web/participant").rglob("*.py"), *(SOURCE / "web/participant").rglob("*.html")]
    assert len(pages) > 20
    assert [str(path.relative_to(SOURCE)) for path in pages if role.search(path.read_text())] == []


@pytest.mark.parametrize("name", ["README.md", "CHANGELOG.md", "docs/glossary.md", "docs/architecture.md"])
def test_the_papers_are_there(name: str) -> None:
    assert len((ROOT / name).read_text()) > 500
