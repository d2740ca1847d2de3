"""JSON of any other shape: what hostile papers are made of."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

KINDS = (None, 7, -1, True, "x", "x\0", "../x", "\x1b[2J", [], {}, [{}])


def mutants(value: Any) -> Iterator[Any]:
    """The value with each part of it in turn left out, or replaced by a thing of another kind."""
    yield from (other for other in KINDS if other != value)
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, part in parts:
        for other in mutants(part):
            yield {**value, key: other} if isinstance(value, dict) else [*value[:key], other, *value[key + 1 :]]
        if isinstance(value, dict):
            yield {name: each for name, each in value.items() if name != key}
