"""`make demo` as a new user meets it: in a folder that holds nothing but the project."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from demo import seaweedfs

pytestmark = [pytest.mark.airflow, pytest.mark.timeout(900)]  # several demos each, half a minute apiece alone
ROOT = Path(__file__).parent.parent
PARTS = ("archive_formats", "connectors", "dags", "demo", "docs", "model", "pipeline", "reading", "register", "stores")


def project(folder: Path) -> Path:
    """The project as it is fetched, in a folder."""
    for name in PARTS:
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    return folder


def said(folder: Path, *words: str) -> str:
    """What a module of the project says there; it must end well."""
    command = [sys.executable, "-m", *words]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def demo(folder: Path, year: int, store: str = "folder") -> str:
    return said(folder, "demo.run", "--year", str(year), "--store", store)


def test_the_demo_leaves_a_verified_package_and_finds_it_again(tmp_path: Path) -> None:
    project(tmp_path)

    first, again, next_ring = demo(tmp_path, 2026), demo(tmp_path, 2026), demo(tmp_path, 2027)

    assert "The ring of 2026" in first
    assert "already archived" not in first
    assert "2026 is already archived" in again
    assert "The ring of 2027" in next_ring
    assert len(list((tmp_path / "archive").glob("*.receipt.json"))) == 2


@pytest.fixture(scope="module")
def in_store(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """Where the demo has delivered to an object store, and what it said."""
    folder = project(tmp_path_factory.mktemp("demo"))
    return folder, demo(folder, 2026, "s3")


def test_the_demo_delivers_to_an_object_store_and_its_package_can_be_fetched(in_store: tuple[Path, str]) -> None:
    folder, first = in_store
    order, store = "2026-exempelvik-mastodon", ("demo.store", "arsring", "--english", "store")

    again = demo(folder, 2026, "s3")
    listed = said(folder, *store, "list")
    said(folder, *store, "get", order, "ring")

    assert "the store can be relied on" in first
    assert "already archived" not in first
    assert "2026 is already archived" in again
    assert order in listed
    assert (folder / f"ring/{order}.zip").read_bytes() == (folder / f".demo/fetched/{order}.zip").read_bytes()
    assert not (folder / "archive").exists()


def test_no_key_of_the_demos_store_is_in_what_it_says_or_leaves(in_store: tuple[Path, str]) -> None:
    folder, first = in_store
    secrets = [pair[1].encode() for pair in seaweedfs.keys(folder / ".demo" / "seaweedfs").values()]
    left = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file() and path.name != "s3.json"}

    leaks = [path for path, data in left.items() if any(one in data for one in secrets)]

    assert len(secrets) == 4
    assert not any(one in first.encode() for one in secrets)
    assert leaks == []
