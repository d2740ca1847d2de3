"""What is costly, an entry, is rendered once, with marks where a word belongs; each language fills them in.

A mark is U+0001, what is to be said, U+0002. No text of anybody's can forge one: both characters are shown as ⟦U+0001⟧.
"""

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, Final, Literal

from markupsafe import Markup, escape

from reading import texts
from reading.texts import WORDS, Lang

Tongue = Literal["sv", "en", "both"]
_MARK: Final = re.compile("\x01([^\x02]*)\x02")
_STAMP: Final = re.compile(r"[0-9TZ:.+-]+")
_KEPT: Final = 10_000  # moments and figures that are remembered


def _mark(what: str, name: str) -> Markup:
    return Markup(f"\x01{what} {name}\x02")  # noqa: S704 - only names of ours, stamps and figures


# What a template knows in place of a language's words, and of the ways from its pages to the files and upwards.
MARKS: Final[Mapping[str, Any]] = {
    "lang": "both", "w": {name: _mark("w", name) for name in WORDS["sv"]}, "base": _mark("b", ""), "up": _mark("u", ""),
}  # fmt: skip


def filler(lang: Lang, base: str, up: str) -> Callable[[str], str]:
    """What puts a language's words, and the ways from its pages, where the marks are."""
    ways = {"b": base, "u": up}

    @lru_cache(_KEPT)
    def said(mark: str) -> str:
        what, _, name = mark.partition(" ")
        if what in ways:
            return ways[what]
        return str(escape(WORDS[lang][name] if what == "w" else _SAYS[what](lang, name)))

    def filled(text: str) -> str:
        parts = _MARK.split(text)
        parts[1::2] = map(said, parts[1::2])
        return "".join(parts)

    return filled


def say(name: object, table: str, lang: Tongue) -> str:
    if lang != "both":
        return texts.say(lang, table, str(name))
    return _mark("s", f"{table} {name}") if texts.known(table, str(name)) else str(name)


def several(name: str, value: object, table: str, lang: Tongue) -> str:
    """The word for so many of it."""
    return say(name, texts.table(name, table, value), lang)


def moment(stamp: str, lang: Tongue) -> str:
    if lang != "both":
        return texts.moment(lang, stamp)
    return _mark("m", stamp) if _STAMP.fullmatch(stamp) else stamp


def number(value: int, lang: Tongue) -> str:
    return _mark("n", str(value)) if lang == "both" else texts.number(lang, value)


def size(value: int, lang: Tongue) -> str:
    return _mark("z", str(value)) if lang == "both" else texts.size(lang, value)


def _say(lang: Lang, name: str) -> str:
    table, _, word = name.partition(" ")
    return texts.say(lang, table, word)


_SAYS: Final[Mapping[str, Callable[[Lang, str], str]]] = {
    "s": _say,
    "m": texts.moment,
    "n": lambda lang, value: texts.number(lang, int(value)),
    "z": lambda lang, value: texts.size(lang, int(value)),
}
