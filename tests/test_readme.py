"""The README is under test: what it names exists, and what it says of size is true."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
STEPS = re.findall(r"`([\w/]+\.py)::(\w+)`", (ROOT / "docs/follow-one-post.md").read_text(encoding="utf-8"))
NAMED = re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", README)


@pytest.mark.parametrize(("file", "test"), NAMED)
def test_each_promise_names_a_test_that_exists(file: str, test: str) -> None:
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    defined = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}

    assert test in defined if test else any(name.startswith("test_") for name in defined)


def test_each_link_leads_somewhere() -> None:
    links = [link for link in re.findall(r"\]\(([^)#]+)\)", README) if "://" not in link]

    assert len(links) > 5
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_the_path_from_a_dag_to_the_disk_is_short() -> None:
    lines = {step: _length(*step) for step in STEPS}

    assert len(lines) == len(STEPS) > 20
    assert sum(lines.values()) < 800, lines


def _length(file: str, function: str) -> int:
    """Lines of a function as it stands, docstring and all."""
    found = [
        node
        for node in ast.walk(ast.parse((ROOT / file).read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef) and node.name == function
    ]
    assert len(found) == 1, f"{file}::{function} is there {len(found)} times"
    return (found[0].end_lineno or 0) - found[0].lineno + 1
