"""The project's own promises: what it needs is pinned, and CI lets nothing be skipped."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
LOCKS = ("requirements.lock", "requirements-dev.lock", "requirements-image.lock")
PIN = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)==(?P<version>[^ ;\\]+)(?P<marker> ; [^\\]+)? \\$", re.MULTILINE)


def pins(lock: str) -> dict[tuple[str, str], str]:
    """Each pin's version, by name and marker (a package may have one version per platform)."""
    text = (ROOT / lock).read_text(encoding="utf-8")
    return {(canonicalize_name(m["name"]), m["marker"] or ""): m["version"] for m in PIN.finditer(text)}


def wanted(*extras: str) -> Iterator[Requirement]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for line in [*project["dependencies"], *(r for extra in extras for r in project["optional-dependencies"][extra])]:
        yield Requirement(line)


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_holds_no_address(lock: str) -> None:
    assert "://" not in (ROOT / lock).read_text(encoding="utf-8")


@pytest.mark.parametrize("lock", LOCKS)
def test_every_pin_has_its_hashes(lock: str) -> None:
    blocks = re.split(r"^(?=\S)", (ROOT / lock).read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]

    assert len(blocks) == len(pins(lock)) > 100
    assert [block.split()[0] for block in blocks if "--hash=sha256:" not in block] == []


@pytest.mark.parametrize(
    ("lock", "extras"),
    [
        ("requirements.lock", ("airflow", "demo", "build")),
        ("requirements-dev.lock", ("airflow", "demo", "build", "dev")),
        ("requirements-image.lock", ("airflow", "celery", "build")),
    ],
)
def test_what_the_project_asks_for_is_pinned_as_it_asks(lock: str, extras: tuple[str, ...]) -> None:
    found = {name: version for (name, _), version in pins(lock).items()}

    for requirement in wanted(*extras):
        assert found[canonicalize_name(requirement.name)] in requirement.specifier, str(requirement)


def test_the_locks_agree() -> None:
    runtime, dev, image = (pins(lock) for lock in LOCKS)

    assert runtime.items() <= dev.items()
    assert image.items() <= dev.items()


PLUGIN = """
import os
os.environ["HOME"] = {home!r}
from tests.conftest import pytest_sessionfinish, pytest_terminal_summary
"""
SKIPS = """
import pytest

def test_it_passes():
    pass

@pytest.mark.skip(reason="no server here")
def test_it_is_left_out():
    pass
"""


@pytest.mark.parametrize(("ci", "status"), [("true", 1), ("", 0)])
def test_a_skipped_test_fails_in_ci_and_only_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ci: str, status: int
) -> None:
    (tmp_path / "conftest.py").write_text(PLUGIN.format(home=str(tmp_path)), encoding="utf-8")
    (tmp_path / "test_some.py").write_text(SKIPS, encoding="utf-8")
    monkeypatch.setenv("CI", ci)

    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", "/dev/null", str(tmp_path)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == status, done.stdout + done.stderr
    assert "1 passed, 1 skipped" in done.stdout
    assert ("test_it_is_left_out: " in done.stdout) == ("Skipped: no server here" in done.stdout) == bool(ci)


def test_a_test_cannot_see_the_developers_home() -> None:
    assert Path.home().name.startswith("arsring-home-")
    assert list(Path.home().glob(".*rc")) == []


LAYERS = ("dags", "pipeline", "register", "connectors", "archive_formats", "stores", "reading", "model", "demo")


def test_every_security_finding_that_stands_has_its_reason_beside_it() -> None:
    files = [path for name in LAYERS for path in (ROOT / name).rglob("*.py")]
    every = [(path, line) for path in files for line in path.read_text(encoding="utf-8").splitlines()]
    lines = [(path, line) for path, line in every if re.search("# noqa: .*S[0-9]", line)]

    assert len(lines) > 10
    assert [f"{path.name}: {line.strip()}" for path, line in lines if not re.search(r"# noqa: \S+ - \S", line)] == []


def test_ruffs_security_rules_are_on() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["ruff"]["lint"]

    assert "S" in settings["select"]
    assert [code for code in settings["ignore"] if code.startswith("S") and code[1].isdigit()] == ["S603"]


# -- the threat model ------------------------------------------------------------------------------------------------

THREATS = ROOT / "docs" / "threat-model.md"


def test_every_test_that_the_threat_model_names_is_there() -> None:
    named = re.findall(r"`(test_\w+)\.py::(test_\w+)`", THREATS.read_text(encoding="utf-8"))

    there = {(file, found) for file in {file for file, _ in named} if (path := ROOT / "tests" / f"{file}.py").exists()
             for found in re.findall(r"^def (test_\w+)", path.read_text(encoding="utf-8"), re.MULTILINE)}  # fmt: skip
    assert len(named) > 30
    assert sorted(f"{file}::{test}" for file, test in set(named) - there) == []


def test_every_threat_has_what_stops_it_and_a_test_or_is_left_open_on_purpose() -> None:
    text = THREATS.read_text(encoding="utf-8")
    rows = [row.split("|")[1:-1] for row in text.splitlines() if re.match(r"\| [STRIDE]+[0-9]+ \|", row)]

    assert len(rows) > 20
    assert {letter for row in rows for letter in row[0].strip().rstrip("0123456789")} == set("STRIDE")
    assert [row for row in rows if len(row) != 4 or not all(map(str.strip, row)) or "`test_" not in row[3]] == []
