"""The scripts on machines that lack something: they end with the line to type, and a failed step ends the run."""

import hashlib
import os
import re
import shutil
import subprocess
from importlib.metadata import requires, version
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
STEPS = {"ruff": "Lint", "djade": "Templates", "lint-imports": "Import contracts", "mypy": "Types"}
NEEDED = "bash env dirname cat cut sha256sum find xargs nproc timeout id true rm mktemp tail grep awk chmod".split()


def stub(path: Path, *lines: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(["#!/bin/sh", *lines, ""]))
    path.chmod(0o755)


@pytest.fixture
def machine(tmp_path: Path) -> dict[str, str]:
    """A machine with a finished environment whose tools only say that they ran, and a browser."""
    for tool in STEPS:
        stub(tmp_path / "venv/bin" / tool, f'echo "{tool} ran"')
    stub(
        tmp_path / "venv/bin/python",
        '[ "$1" = -c ] && exit',
        'echo "python $* ran"',
        "env | grep TOKEN || true",
    )
    content = (ROOT / "requirements/test.txt").read_bytes() + (ROOT / "pyproject.toml").read_bytes()
    (tmp_path / "venv/pyvenv.cfg").touch()
    (tmp_path / "venv/.lock-test").write_text(hashlib.sha256(content).hexdigest() + "\n")
    for name in NEEDED:
        found = shutil.which(name)
        assert found, name
        (tmp_path / "bin").mkdir(exist_ok=True)
        (tmp_path / "bin" / name).symlink_to(found)
    stub(tmp_path / "bin/chromium", "exit 0")
    return {
        "PATH": str(tmp_path / "bin"),
        "GOLDENTHREAD_VENV": str(tmp_path / "venv"),
        "GOLDENTHREAD_SYSTEM_PYTHONS": str(tmp_path / "system"),
        "HOME": str(tmp_path),
    }


def run(machine: dict[str, str], *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", str(ROOT / "script/test"), *arguments],
        env={**machine, **variables},
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=60,
    )


def test_everything_is_run_when_nothing_fails(machine: dict[str, str]) -> None:
    done = run(machine)
    assert done.returncode == 0, done.stderr
    for tool in STEPS:
        assert f"{tool} ran" in done.stdout
    assert "on_postgres" in done.stdout
    assert "== Everything passed" in done.stdout
    assert "FAILED" not in done.stdout + done.stderr


@pytest.mark.parametrize(("tool", "step"), STEPS.items())
def test_a_step_that_fails_ends_the_run_and_is_named_in_the_last_line(
    machine: dict[str, str], tool: str, step: str
) -> None:
    stub(Path(machine["GOLDENTHREAD_VENV"]) / "bin" / tool, f"echo {tool} says no; exit 3")
    done = run(machine)
    assert done.returncode != 0
    assert f"{tool} says no" in done.stdout
    assert "Tests on SQLite" not in done.stdout
    assert done.stderr.splitlines()[-1] == f"== FAILED: {step}"


def test_the_failed_step_is_named_also_when_tidying_up_fails(machine: dict[str, str]) -> None:
    stub(Path(machine["GOLDENTHREAD_VENV"]) / "bin/ruff", "exit 3")
    (Path(machine["PATH"]) / "rm").unlink()
    stub(Path(machine["PATH"]) / "rm", "echo no such process >&2; exit 127")
    done = run(machine)
    assert done.returncode == 3
    assert done.stderr.splitlines()[-1] == "== FAILED: Lint"


@pytest.mark.parametrize(
    ("command", "step"),
    [
        ("*makemigrations*", "Migrations"),
        ("*collect-only*", "Tests and an empty database of each kind are made ready"),
        ("*kept_catalogue*", "Tests and an empty database of each kind are made ready"),
        ("'-m pytest -q --tb=short -n'*", "Tests on SQLite"),
        ("*database-only*", "Tests on PostgreSQL"),
    ],
)
def test_tests_that_fail_are_named_too(machine: dict[str, str], command: str, step: str) -> None:
    stub(
        Path(machine["GOLDENTHREAD_VENV"]) / "bin/python",
        '[ "$1" = -c ] && exit',
        f'case "$*" in {command}) exit 1;; esac',
    )
    done = run(machine)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == f"== FAILED: {step}"
    assert "Everything passed" not in done.stdout


def test_types_that_are_looked_at_beside_the_rest_end_with_it(
    machine: dict[str, str], tmp_path: Path
) -> None:
    stub(
        Path(machine["GOLDENTHREAD_VENV"]) / "bin/mypy",
        f'trap "echo ended >{tmp_path}/mypy; exit" TERM',
        f"echo begun >{tmp_path}/mypy",
        "while :; do :; done",
    )
    stub(
        Path(machine["GOLDENTHREAD_VENV"]) / "bin/ruff", f"while [ ! -s {tmp_path}/mypy ]; do :; done; exit 1"
    )
    done = run(machine)
    assert done.stderr.splitlines()[-1] == "== FAILED: Lint"
    while (tmp_path / "mypy").read_text() != "ended\n":
        pass


def test_without_a_browser_it_says_what_to_type_and_waits_for_nobody(machine: dict[str, str]) -> None:
    (Path(machine["PATH"]) / "chromium").unlink()
    stub(Path(machine["PATH"]) / "apt-get", 'echo "no network" >&2', "exit 100")
    done = run(machine)
    assert done.returncode != 0
    assert "Type: sudo apt-get install chromium" in done.stderr
    assert "ruff ran" not in done.stdout


def as_root(machine: dict[str, str], *apt_get: str) -> Path:
    """The machine's programs, whose person is root and whose packages come as the lines say."""
    programs = Path(machine["PATH"])
    (programs / "id").unlink()
    stub(programs / "id", "echo 0")
    stub(programs / "apt-get", 'case "$*" in *install*) ;; *) exit 0 ;; esac', *apt_get)
    return programs


def test_root_fetches_the_browser_that_takes_less_and_the_tests_get_it(machine: dict[str, str]) -> None:
    shell = Path(machine["PATH"]) / "chromium-headless-shell"
    as_root(machine, 'echo "$*" >"$0.asked"', f'echo "#!/bin/sh" >{shell}', f"chmod +x {shell}")
    stub(Path(machine["GOLDENTHREAD_VENV"]) / "bin/python", 'echo "with $CHROMIUM"')
    done = run(machine)
    assert done.returncode == 0, done.stderr
    assert f"with {shell}\n" in done.stdout
    asked = shell.with_name("apt-get.asked").read_text().split()
    assert asked[-1] == "chromium-headless-shell"


def test_where_it_can_not_be_fetched_the_browser_that_is_there_will_do(machine: dict[str, str]) -> None:
    programs = as_root(machine, 'echo "no network" >&2', "exit 100")
    stub(Path(machine["GOLDENTHREAD_VENV"]) / "bin/python", 'echo "with $CHROMIUM"')
    done = run(machine)
    assert done.returncode == 0, done.stderr
    assert f"with {programs / 'chromium'}\n" in done.stdout
    assert "no network" in done.stderr


def test_who_is_not_root_is_given_no_second_browser(machine: dict[str, str]) -> None:
    programs = as_root(machine, "exit 100")
    stub(programs / "id", "echo 1000")
    stub(programs / "sudo", f'touch "{programs}/asked"')
    assert run(machine).returncode == 0
    assert not (programs / "asked").exists()


def test_a_browser_that_does_not_start_is_named(machine: dict[str, str], tmp_path: Path) -> None:
    done = run(machine, CHROMIUM=str(tmp_path / "nowhere"))
    assert done.returncode != 0
    assert f"{tmp_path / 'nowhere'} does not start" in done.stderr


def test_a_folder_that_is_no_environment_is_left_alone(machine: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/thesis.txt").write_text("years of work")
    done = run(machine, GOLDENTHREAD_VENV=str(tmp_path / "mine"))
    assert done.returncode != 0
    assert "is in the way" in done.stderr
    assert (tmp_path / "mine/thesis.txt").exists()


def test_without_python_it_says_what_to_type(machine: dict[str, str], tmp_path: Path) -> None:
    done = run(machine, GOLDENTHREAD_VENV=str(tmp_path / "new"))
    assert done.returncode != 0
    assert "apt-get install python3" in done.stderr


OLD, WHOLE, NO_VENV = "exit 1", "exit 0", 'case "$2" in *ensurepip*) exit 1;; esac'


@pytest.mark.parametrize(
    ("there", "taken"),
    [
        ({"bin/python3.11": WHOLE, "system/python3.11": WHOLE}, "system/python3.11"),
        ({"bin/python3.11": WHOLE, "system/python3.11": NO_VENV}, "bin/python3.11"),
        ({"bin/python3.11": WHOLE, "system/python3": OLD}, "bin/python3.11"),
        ({"bin/python3.13": WHOLE, "system/python3.11": WHOLE}, "bin/python3.13"),
        ({"bin/python3.13": OLD, "system/python3": WHOLE}, "system/python3"),
        ({"bin/mine": WHOLE, "system/mine": WHOLE, "system/python3": WHOLE}, "bin/mine"),
    ],
)
def test_the_newest_python_is_taken_and_of_two_the_systems_own_if_it_is_whole(
    machine: dict[str, str], tmp_path: Path, there: dict[str, str], taken: str
) -> None:
    for path, does in there.items():
        stub(tmp_path / path, does)
    mine = {"GOLDENTHREAD_PYTHON": "mine"} if "bin/mine" in there else {}
    find = f'source {ROOT}/script/environment; command -v "$(find_python)"'
    done = subprocess.run(["bash", "-c", find], env={**machine, **mine}, capture_output=True, text=True)
    assert done.stdout == f"{tmp_path / taken}\n", done.stderr


def test_nothing_of_an_installation_reaches_the_tests(machine: dict[str, str]) -> None:
    done = run(
        machine,
        "tests/people",
        GOLDENTHREAD_S3_TOKEN="1",
        AWS_SESSION_TOKEN="1",
        DATABASE_URL="postgres://TOKEN",
    )
    assert done.returncode == 0
    assert "python -m pytest tests/people ran" in done.stdout
    assert "TOKEN" not in done.stdout


def test_continuous_integration_runs_the_same(machine: dict[str, str]) -> None:
    assert "exec script/test" in (ROOT / ".ci/run").read_text()
    assert os.access(ROOT / ".ci/run", os.X_OK)


def without_packages(machine: dict[str, str], *pip: str) -> Path:
    """The machine's environment is one without packages, in which pip does this with the lock after -r."""
    venv = Path(machine["GOLDENTHREAD_VENV"])
    (venv / ".lock-test").unlink()
    machine["GOLDENTHREAD_PYTHON"] = str(venv / "bin/python")
    stub(
        venv / "bin/python",
        f'[ "$1" = -c ] && {{ case "$2" in *sysconfig*) echo "{venv}";; esac; exit; }}',
        'case "$*" in "-m pip install"*) for lock; do :; done;; *) exit 0;; esac',
        *pip,
    )
    return venv


def test_every_package_of_the_lock_is_installed_once_with_its_hashes(machine: dict[str, str]) -> None:
    venv = without_packages(
        machine,
        f'cat "$lock" > {machine["HOME"]}/installed-$$',
        "case $* in *--require-hashes*);; *) exit 1;; esac",
    )
    done = run(machine)
    assert done.returncode == 0, done.stderr
    installed = [part.read_text() for part in Path(machine["HOME"]).glob("installed-*")]
    assert len(installed) == 2
    lock = (ROOT / "requirements/test.txt").read_text()
    assert sorted("".join(installed).splitlines()) == sorted(lock.splitlines())
    assert (venv / ".lock-test").exists()


@pytest.mark.parametrize("package", ["django==", "whitenoise=="])
def test_one_package_that_can_not_be_had_ends_the_run(machine: dict[str, str], package: str) -> None:
    venv = without_packages(machine, f'if grep -q "^{package}" "$lock"; then exit 1; fi')
    done = run(machine)
    assert done.returncode == 1
    assert "The packages could not be fetched" in done.stderr
    assert done.stderr.splitlines()[-1] == "== FAILED: The environment"
    assert not (venv / ".lock-test").exists()


@pytest.mark.parametrize("lock", ["main", "test"])
def test_a_lock_names_all_that_its_packages_need(lock: str) -> None:
    """pip is told to look for nothing more."""
    text = (ROOT / f"requirements/{lock}.txt").read_text()
    locked = dict(re.findall(r"^([\w.-]+)==([^ ;]+)(?! *; *sys_platform)", text, re.MULTILINE))
    here = {name: pinned for name, pinned in locked.items() if is_here(name)}
    assert len(here) > 30
    for name in here:
        for needed in map(Requirement, requires(name) or ()):
            if needed.marker is None or needed.marker.evaluate({"extra": ""}):
                pinned = locked.get(canonicalize_name(needed.name))
                assert pinned is not None, f"{name} needs {needed}"
                assert needed.specifier.contains(pinned, prereleases=True), (
                    f"{name} needs {needed}, not {pinned}"
                )


def is_here(name: str) -> bool:
    """Whether a package is one for this system: a lock is for all."""
    try:
        return bool(version(name))
    except ModuleNotFoundError:
        return False
