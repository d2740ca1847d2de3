"""`make demo` as a new user meets it: in a folder that holds nothing but the project."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.airflow
ROOT = Path(__file__).parent.parent
PARTS = ("archive_formats", "connectors", "dags", "demo", "docs", "model", "pipeline", "reading", "register", "stores")


def demo(folder: Path, year: int) -> str:
    """What the demo says; it must end well."""
    command = [sys.executable, "-m", "demo.run", "--year", str(year)]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_demo_leaves_a_verified_package_and_finds_it_again(tmp_path: Path) -> None:
    for name in PARTS:
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))

    first, again, next_ring = demo(tmp_path, 2026), demo(tmp_path, 2026), demo(tmp_path, 2027)

    assert "The ring of 2026" in first
    assert "already archived" not in first
    assert "2026 is already archived" in again
    assert "The ring of 2027" in next_ring
    assert len(list((tmp_path / "archive").glob("*.receipt.json"))) == 2
