"""The English sentences that the code can show somebody, read out of its source with something in each hole.

What is Swedish already, or stands beside its Swedish in a table, is left out. So are docstrings, SQL and XML.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parent.parent
LAYERS: Final = (
    "connectors", "model", "pipeline", "register", "archive_formats", "stores", "reading", "dags",
)  # fmt: skip
# What makes a row of words an English sentence, and is no Swedish word.
ENGLISH: Final = frozenset(
    re.findall(
        "[a-z]+",
        "the is are was were not and or of to that this which have been cannot could must with from on by there it its "
        "nothing nobody who whose does did has than then when where what you your they at as no into "
        "neither nor another an keeps see look put move fetch write mend ask again",
    )
)
_SWEDISH: Final = re.compile("[åäöÅÄÖ]|\\b(?:och|har|inte|inget|inga|till|eller|som)\\b")
_NO_SENTENCE: Final = re.compile(
    r"\b(SELECT|INSERT|UPDATE|DELETE|CREATE|PRAGMA|WHERE)\b|\b(ON|IN) \w*\(|</?\w+[ />]|\(\?|%[a-zA-Z] %"
)
# What stands in a hole, where the sentence is one of a few: the words that its pairs name.
PLAUSIBLE: Final = {
    "the list is {blind}": "gone",
    "{name}: {day} has not come yet": "decided",
    "{name}: {day} is before there were any such accounts": "announced",
    "{name}: a day is written 2026-11-02, and it says {text}": "decided",
    "account: {account.id} has the status {account.status} in the register": "applied",
}


@dataclass(frozen=True, slots=True)
class Sentence:
    place: str  # connectors/web.py:43
    text: str  # with a word in each hole
    holes: tuple[str, ...]


@cache
def all_sentences() -> tuple[Sentence, ...]:
    return tuple(_all())


def _all() -> Iterator[Sentence]:
    errors = _errors()
    for layer in LAYERS:
        for path in sorted((ROOT / layer).glob("*.py")):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            for node, in_error in _texts(tree, errors):
                text, holes = _filled(node)
                if _is_sentence(text, in_error):
                    yield Sentence(f"{layer}/{path.name}:{node.lineno}", text, holes)


def is_english(text: str) -> list[str]:
    """The words in it that only an English sentence has; what stands in code marks or quotes is no sentence."""
    words = re.findall(r"[a-zåäö]+", re.sub(r"`[^`]*`|”[^”]*”|--\w+", "", text.lower()))
    return [word for word in words if word in ENGLISH] + re.findall("[Rr]un (?:again|`)", text)


def _is_sentence(text: str, in_error: bool) -> bool:
    plain = re.sub(r"\bX[a-z]\b", "", text)
    if _NO_SENTENCE.search(text) or _SWEDISH.search(text) or len(re.findall(r"[A-Za-z]{2,}", plain)) < 2:
        return False
    return " " in plain.strip() and (in_error or bool(is_english(plain)))


def _filled(node: ast.Constant | ast.JoinedStr) -> tuple[str, tuple[str, ...]]:
    """The text with Xa, Xb … in its holes, the same for the same; and these."""
    if isinstance(node, ast.Constant):  # a template for format() has holes too
        return re.sub(r"\{\w+(:[^{}]*)?\}", "Xa", str(node.value)), ()
    holes: dict[str, str] = {}
    written, parts = [], []
    for part in node.values:
        if isinstance(part, ast.Constant):
            written.append(str(part.value))
            parts.append(str(part.value))
            continue
        assert isinstance(part, ast.FormattedValue)
        says = ast.unparse(part.value)
        written.append(f"{{{says}}}")
        name = holes.setdefault(says, f"X{chr(ord('a') + len(holes))}")
        parts.append(f"'{name}'" if part.conversion == ord("r") else name)
    text, of = "".join(parts), "".join(written)
    if plausible := PLAUSIBLE.get(of):
        at = next(name for says, name in holes.items() if says in ("blind", "name", "account.status"))
        return text.replace(at, plausible), tuple(name for name in holes.values() if name != at)
    return text, tuple(holes.values())


def _texts(tree: ast.Module, errors: frozenset[str]) -> Iterator[tuple[ast.Constant | ast.JoinedStr, bool]]:
    """Each text once, and whether it is given to an error."""
    left_out = set(_left_out(tree))
    in_errors = {
        id(below)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in errors
        for below in ast.walk(node)
    }
    for node in ast.walk(tree):
        if id(node) not in left_out and (
            isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str))
        ):
            yield node, id(node) in in_errors


def _left_out(tree: ast.Module) -> Iterator[int]:
    """Docstrings, the parts of an f-string, help texts of commands, and English beside its Swedish."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            yield id(node.value)
        elif isinstance(node, ast.JoinedStr):
            yield from (id(part) for part in node.values if isinstance(part, ast.Constant))
            yield from (
                id(b)
                for p in node.values
                if isinstance(p, ast.FormattedValue) and p.format_spec
                for b in ast.walk(p.format_spec)
            )
        elif isinstance(node, ast.keyword) and node.arg in ("help", "description"):
            yield from (id(below) for below in ast.walk(node))
        elif isinstance(node, ast.Call) and getattr(node.func, "id", "") == "command":
            yield from (id(below) for below in node.args)
        elif isinstance(node, ast.Dict):
            for key, value in zip(node.keys, node.values, strict=True):
                if isinstance(key, ast.Constant) and key.value == "en":
                    yield from (id(below) for below in ast.walk(value))
                elif isinstance(value, ast.Tuple) and len(value.elts) == 2:
                    yield from (id(below) for below in ast.walk(value.elts[1]))


def _errors() -> frozenset[str]:
    """ArsringError and all below it, by name."""
    bases: dict[str, set[str]] = {}
    for layer in LAYERS:
        for path in (ROOT / layer).glob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.ClassDef):
                    bases.setdefault(node.name, set()).update(getattr(base, "id", "") for base in node.bases)
    found = {"ArsringError"}
    while more := {name for name, of in bases.items() if of & found} - found:
        found |= more
    return frozenset(found)
