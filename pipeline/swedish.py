"""What the errors and the ledger say, in Swedish: pairs in svenska.toml, applied where a person reads.

Code and log stay English. What has no pair stays as it is; `tests/test_swedish.py` finds sentences without one.
"""

import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Final

Parts = tuple[str, ...]  # of a template: text, the name of a hole, text, …, text
_HOLE: Final = re.compile(r"\{(\w+)\}")


def swedish(text: str) -> str:
    """The text with every sentence that has a pair put into Swedish."""
    return "\n".join(map(_line, text.split("\n")))


def _line(text: str) -> str:
    for english, said in _pairs():
        at, done = 0, ""
        while hit := found(english, text, at):
            start, end, held = hit
            done += text[at:start] + "".join(held[part] if n % 2 else part for n, part in enumerate(said))
            at = end
        text = done + text[at:]
    return text


@cache
def _pairs() -> tuple[tuple[Parts, Parts], ...]:
    """English and Swedish, the longest first: a short one may be part of a long one.

    Of two of one length the one with fewer holes comes first: it is about one of the things that the other is about.
    """
    rows = tomllib.loads(Path(__file__).with_name("svenska.toml").read_text(encoding="utf-8"))
    pairs = [(parts(english), parts(said)) for part in rows.values() for english, said in part]
    return tuple(sorted(pairs, key=lambda pair: (-sum(map(len, pair[0][::2])), len(pair[0]))))


def parts(template: str) -> Parts:
    return tuple(_HOLE.split(template))


def found(template: Parts, text: str, at: int = 0) -> tuple[int, int, dict[str, str]] | None:
    """Where a template stands in a line from `at` on, to where, and what fills its holes.

    A hole holds any text, or none, up to the first place where the template goes on; at its end, the rest of the line.
    The same name again stands for the same text. One walk through the line, whatever stands in it.
    """
    if (start := text.find(template[0], at)) < 0:
        return None
    end, held = start + len(template[0]), dict[str, str]()
    for name, literal in zip(template[1::2], template[2::2], strict=True):
        if name in held:
            upto = end + len(held[name]) if text.startswith(held[name] + literal, end) else -1
        else:
            upto = text.find(literal, end) if literal else len(text)
        if upto < 0:
            return None
        held[name] = text[end:upto]
        end = upto + len(literal)
    return (start, end, held) if end > at else None
