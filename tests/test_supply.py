"""What the project is made of: the list of it, and what is said of its known holes; nothing here asks the network."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests import supply
from tests.supply import LOCKS, ROOT

Answer = Callable[[str], list[dict[str, Any]] | None]


def test_the_list_has_all_that_is_delivered_and_follows_its_schema(tmp_path: Path) -> None:
    (bad := tmp_path / "bad.json").write_text('{"bomFormat": "CycloneDX", "specVersion": "1.6", "components": [{}]}')

    status = supply.sbom(one := tmp_path / "one.json")

    made = json.loads(one.read_text(encoding="utf-8"))
    assert status == 0
    named = {f"{one['name']}=={one.get('version')}".lower() for one in made["components"]}
    due = {name.lower() for lock in LOCKS for name in supply.pins((ROOT / lock).read_text(encoding="utf-8"))}
    assert due <= named
    assert "reading/fonts/DejaVuSansCondensed.ttf==2.37".lower() in named
    assert made["metadata"]["component"]["name"] == "arsring"
    good, told = supply.faults(one, bad)
    assert good == ""
    assert "required" in told


def test_the_same_locks_give_the_same_list(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supply, "LOCKS", ("schemas.lock",))
    one, other = tmp_path / "one.json", tmp_path / "other.json"

    assert (supply.sbom(one), supply.sbom(other)) == (0, 0)

    assert one.read_bytes() == other.read_bytes()


def answers(monkeypatch: pytest.MonkeyPatch, of: Callable[[list[str]], list[dict[str, Any]]]) -> list[str]:
    """pip-audit that says this of the packages it is asked for; what it was asked with."""
    asked: list[str] = []

    def tool(*words: str, given: str) -> subprocess.CompletedProcess[str]:
        asked.append(words[words.index("-s") + 1])
        names = [name.partition("==")[0] for name in supply.pins(given)]
        return subprocess.CompletedProcess(words, 0, json.dumps({"dependencies": of(names)}), "")

    monkeypatch.setattr(supply, "_tool", tool)
    return asked


def known(*bad: str) -> Callable[[list[str]], list[dict[str, Any]]]:
    def of(names: list[str]) -> list[dict[str, Any]]:
        hole = {"id": "CVE-2026-0001", "fix_versions": ["99.0"], "aliases": []}
        return [{"name": name, "version": "1", "vulns": [hole] * (name in bad)} for name in names]

    return of


def test_a_package_with_a_known_hole_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = answers(monkeypatch, known("requests"))

    assert supply.audit() == 1

    assert "requests 1: CVE-2026-0001, mended in 99.0" in capsys.readouterr().out
    assert asked == ["pypi", "pypi"]


def test_where_none_is_known_that_is_said(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    answers(monkeypatch, known())

    assert supply.audit() == 0

    assert "0 with known holes, 0 unknown to pypi" in capsys.readouterr().out


@pytest.mark.parametrize(("required", "status"), [("", 0), ("required", 1)])
def test_a_service_that_knows_nothing_is_not_taken_for_a_clean_lock(
    required: str, status: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("AUDIT", required)
    asked = answers(monkeypatch, lambda names: [{"name": name, "skip_reason": "not found"} for name in names])

    assert supply.audit() == status

    assert "no vulnerability service can be reached" in capsys.readouterr().out
    assert asked == ["pypi", "osv"]


def test_a_pin_without_a_hash_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(supply, "ROOT", tmp_path)
    (tmp_path / "x.lock").write_text(
        "a==1 \\\n    --hash=sha256:00\nb==2\n    # via a\nc==3 \\\n    --hash=sha256:00\n"
    )

    assert supply.audit("x.lock") == 1

    assert "without a hash: b==2" in capsys.readouterr().out
