"""The Swedish of errors and ledger: the table is held against the code that says those sentences in English."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest

from connectors.web import _down
from pipeline.keys import key
from pipeline.swedish import _TABLE, swedish
from tests.runs import Run, fake_of, small_world

ROOT = Path(__file__).parent.parent
STAND_INS = ("7", "gone", "HTTP 7", "image/jpeg", "archive", "made-up")
# What only comes together while running: the parts of a sentence that stand in variables.
JOINED = (": not whole.", ": cannot be proven.", "image/jpeg that breaks off before its end")


def _sentences() -> Iterator[str]:
    """Every text in the code, with something standing in for what is filled in."""
    for folder in ("model", "connectors", "pipeline", "stores", "archive_formats"):
        for path in (ROOT / folder).glob("*.py"):
            if path.name == "swedish.py":
                continue
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    yield node.value
                elif isinstance(node, ast.JoinedStr):
                    for stand_in, quoted in product(STAND_INS, ("'x'",)):
                        yield "".join(_part(part, stand_in, quoted) for part in node.values)


def _part(part: ast.expr, stand_in: str, quoted: str) -> str:
    if isinstance(part, ast.Constant):
        return str(part.value)
    return quoted if isinstance(part, ast.FormattedValue) and part.conversion == ord("r") else stand_in


ALL = "\n".join({*_sentences(), *JOINED})


@pytest.mark.parametrize(("english", "said"), _TABLE, ids=[said[:40] for _, said in _TABLE])
def test_each_row_is_said_somewhere_in_the_code(english: object, said: str) -> None:
    assert english.search(ALL), f"nothing in the code says {english.pattern!r} any more"  # type: ignore[attr-defined]


def test_what_is_missing_is_told_in_swedish(tmp_path: Path) -> None:
    from tests.fakes.faults import ALL as FAULTS

    world = small_world()

    run = Run(tmp_path, fake_of(world, FAULTS["ends early"].make(world))).go()

    told = swedish(str(run.error))
    assert "inte komplett" in told
    assert "saknas, och ingenting säger varför" in told
    assert not {"the", "was", "and", "is", "that"} & set(told.split()), told


def test_a_missing_key_and_a_server_that_is_down_are_told_in_swedish(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ARSRING_KEY_FINNS_INTE", raising=False)

    with pytest.raises(Exception, match="nowhere") as caught:
        key("finns-inte")

    assert swedish(str(caught.value)).startswith("Registret nämner nyckeln ”finns-inte”, men den finns ingenstans.")
    assert "Servern verkar ligga nere" in swedish(str(_down("https://x.example/", "HTTP 500")))
