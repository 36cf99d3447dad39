"""The step of `script/test` that has other people's verifier look at badges: there, not there, refusing."""

from pathlib import Path

import pytest

from tests.test_scripts import machine, run, stub

__all__ = ["machine"]
STEP = "Badges and other people's verifier"
NOT_TESTED = "NOT TESTED: whether other people's verifier accepts our badges."


def has_node(machine: dict[str, str], *, fetching: str = ":", verifying: str = ":") -> None:
    """The machine has Node.js; what fetching the packages and what verifying does."""
    for name in ("node", "npm"):
        stub(Path(machine["PATH"]) / name, ":")
    stub(
        Path(machine["GOLDENTHREAD_VENV"]) / "bin/python",
        'case "$*" in',
        f"  *browse.tools*) {fetching} ;;",
        f"  *bench.verify_badge*) {verifying} ;;",
        "esac",
    )


def test_without_node_it_says_so_and_goes_on(machine: dict[str, str]) -> None:
    done = run(machine)
    assert done.returncode == 0
    assert f"== {STEP}" in done.stdout
    assert "This needs Node.js with npm. On Debian type: sudo apt-get install npm" in done.stderr
    assert done.stderr.count(NOT_TESTED) == 1
    assert "bench.verify_badge ran" not in done.stdout
    assert "== Everything passed" in done.stdout


@pytest.mark.parametrize("missing", ["node", "npm"])
def test_with_half_of_it_it_says_so_too(machine: dict[str, str], missing: str) -> None:
    has_node(machine, verifying="echo verified")
    (Path(machine["PATH"]) / missing).unlink()
    done = run(machine)
    assert done.returncode == 0
    assert NOT_TESTED in done.stderr
    assert "verified" not in done.stdout


def test_packages_that_can_not_be_had_are_said_and_leave_nothing_behind(
    machine: dict[str, str], tmp_path: Path
) -> None:
    user = "1234"
    (Path(machine["PATH"]) / "id").unlink()
    stub(Path(machine["PATH"]) / "id", f"echo {user}")
    half = tmp_path / f"goldenthread-tools-{user}/open-badges/node_modules"
    has_node(machine, fetching=f"/bin/mkdir -p {half}; exit 1", verifying="echo verified")
    done = run(machine, TMPDIR=str(tmp_path))
    assert done.returncode == 0
    assert "could not be fetched" in done.stderr
    assert NOT_TESTED in done.stderr
    assert "verified" not in done.stdout
    assert not half.parent.exists()
    assert "== Everything passed" in done.stdout


def test_badges_that_are_verified_as_they_should_are_no_news(machine: dict[str, str]) -> None:
    has_node(machine, verifying="echo 0 of the cases went wrong")
    done = run(machine)
    assert done.returncode == 0
    assert "0 of the cases went wrong" in done.stdout
    assert NOT_TESTED not in done.stderr


def test_a_badge_that_the_verifier_refuses_ends_the_run(machine: dict[str, str]) -> None:
    has_node(machine, verifying="echo WRONG a good badge; exit 1")
    done = run(machine)
    assert done.returncode == 1
    assert "WRONG a good badge" in done.stdout
    assert done.stderr.splitlines()[-1] == f"== FAILED: {STEP}"
    assert "Tests on SQLite" not in done.stdout
