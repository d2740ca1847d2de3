"""The README is under test: what it names exists, and what it says of size is true."""

from __future__ import annotations

import ast
import re
import tokenize
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
PATH = ("dags/yearly.py", "dags/steps.py", "pipeline/line.py", "connectors/web.py", "connectors/record.py", "stores/folder.py")
NAMED = re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", README)


@pytest.mark.parametrize(("file", "test"), NAMED)
def test_each_promise_names_a_test_that_exists(file: str, test: str) -> None:
    defined = {node.name for node in ast.walk(ast.parse((ROOT / file).read_text())) if isinstance(node, ast.FunctionDef)}

    assert test in defined if test else any(name.startswith("test_") for name in defined)


def test_each_link_leads_somewhere() -> None:
    links = [link for link in re.findall(r"\]\(([^)#]+)\)", README) if "://" not in link]

    assert len(links) > 8
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_the_path_from_a_dag_to_the_disk_is_short() -> None:
    lines = {name: _lines_of_code(ROOT / name) for name in PATH}

    assert sum(lines.values()) < 800, lines


def _lines_of_code(path: Path) -> int:
    """Lines that hold code: no blank ones, comments, docstrings, and no closing bracket alone."""
    docs = {
        line
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)) and ast.get_docstring(node)
        for line in range(node.body[0].lineno, (node.body[0].end_lineno or 0) + 1)
    }
    quiet = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER}
    with path.open("rb") as file:
        tokens = [token for token in tokenize.tokenize(file.readline) if token.type not in quiet]
    code = {token.start[0] for token in tokens if token.type != tokenize.ENCODING and token.string not in ")]}:,"}
    return len(code - docs)
