"""The runbook is under test: what it says that Årsring says is what Årsring says, and its links lead somewhere."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
RUNBOOK = (ROOT / "docs" / "runbook.md").read_text(encoding="utf-8")
CODE = ("model", "connectors", "archive_formats", "stores", "register", "pipeline")
REST = RUNBOOK.partition("The rest, by what stands in the sentence")[2].partition("\n## ")[0]
SAID = [part.strip() for row in re.findall(r"(?m)^\| ([^|]+) \|", REST)[2:] for part in re.split("…|·", row)]


def said() -> str:
    """Every text of the code, with a mark where something is filled in."""
    found = list[str]()
    for path in (path for folder in CODE for path in sorted((ROOT / folder).rglob("*.py"))):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.append(node.value)
            if isinstance(node, ast.JoinedStr):
                found.append("".join(str(one.value) if isinstance(one, ast.Constant) else "…" for one in node.values))
    return "\n".join(found)


def test_what_the_runbook_says_that_is_said_is_said() -> None:
    texts = said()

    parts = [part for part in SAID if part]
    assert len(parts) > 40
    assert [part for part in parts if part not in texts] == []


@pytest.mark.parametrize("error", ["TryLater", "NotAllowed", "NotUnderstood", "NotWhole", "BadInput"])
def test_every_kind_of_error_that_ends_a_run_is_in_the_table_of_exits(error: str) -> None:
    table = RUNBOOK.partition("## How a run ends")[2].partition("\n## ")[0]

    assert error in table or (error == "BadInput" and "| 2 | red |" in table)


def test_a_link_within_the_runbook_has_its_heading() -> None:
    heads = re.findall(r"(?m)^#+ (.+)$", RUNBOOK)
    anchors = {re.sub(r"[^\w\- ]", "", head.casefold()).replace(" ", "-") for head in heads}

    assert [link for link in re.findall(r"\]\(#([^)]+)\)", RUNBOOK) if link not in anchors] == []
    others = re.findall(r"\]\(([^)#:]+\.md)", RUNBOOK)
    assert [link for link in others if not (ROOT / "docs" / link).exists()] == []
