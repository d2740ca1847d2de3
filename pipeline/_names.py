"""A name in a text, however a platform or a program wrote it down.

A text is read in every way that it may be meant: as it stands, without its tags, with the escapes of HTML, JSON and
addresses undone, one in the other too. Each reading is brought to one form: composed, without case, without the signs
that nobody sees. The words of a name may then stand on two lines, or be joined as addresses join them.
"""

import html
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import Any, Final
from urllib.parse import unquote, unquote_plus

_TAG: Final = re.compile(r"<[^<>]*>")
_MARK: Final = "\ue000"  # stands where a tag stood
_UNSEEN: Final = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff"
    "\ufff0-\ufff8\U000e0000-\U000e0fff]"
)  # Unicode's default ignorable code points, as far as they stand in texts
_DASHES: Final = r"\-" "\u2010-\u2015\u2212"
_GAP: Final = rf"[\s_.+{_DASHES}{_MARK}]+"
_ESCAPE: Final = re.compile(r"\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|(.))", re.DOTALL)
_BLANKS: Final = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}
_MOST: Final = 64  # readings of one text; more are only of one that was made to have them


def holds(value: Any, name: str) -> bool:
    """Whether a name stands in a value."""
    return stands(readings(value), name)


def stands(read: Iterable[str], name: str) -> bool:
    """The same, where the value's readings are there already."""
    plain, tagged = _patterns(name)
    return any((tagged if _MARK in text else plain).search(text) for text in read)


def readings(value: Any) -> frozenset[str]:
    """Every way to read what a value says: its texts one by one, and one after the other (first name, last name)."""
    if isinstance(value, str):
        return _ways(value)
    texts = list(_texts(value))
    return frozenset().union(*map(_ways, [*texts, *_keys(value), "\n".join(texts)]))


def letters(name: str) -> int:
    """How many letters and figures a name has, as it is looked for."""
    return sum(map(str.isalnum, _folded(name)))


def _texts(value: Any) -> Iterator[str]:
    for inner in _inner(value):
        yield from _texts(inner)
    if value is not None and not isinstance(value, dict | list):
        yield str(value)


def _keys(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        yield from value
    for inner in _inner(value):
        yield from _keys(inner)


def _inner(value: Any) -> Iterable[Any]:
    return value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()


@lru_cache(2**10)
def _ways(text: str) -> frozenset[str]:
    found, left = {text}, [text]
    while left and len(found) < _MOST:
        now = left.pop(0)
        new = {undo(now) for signs, undo in _ESCAPES if any(sign in now for sign in signs)} - found
        found |= new
        left += sorted(new)
    return frozenset(map(_folded, found))


def _folded(text: str) -> str:
    text = unicodedata.normalize("NFKC", _UNSEEN.sub("", text)).casefold()
    return text if text.isascii() else unicodedata.normalize("NFKC", text)


@lru_cache(2**14)
def _patterns(name: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """How a name is found in a text without tags, and in one with marks where they stood."""
    words = [word for word in re.split(_GAP, _folded(name)) if word]
    loose = [f"{_MARK}*".join(map(re.escape, word)) for word in words]
    return re.compile(_GAP.join(map(re.escape, words))), re.compile(_GAP.join(loose))


def _unescaped(text: str) -> str:
    """Without the backslashes of JSON."""

    def letter(found: re.Match[str]) -> str:
        code = found[1] or found[2]
        return chr(int(code, 16)) if code else _BLANKS.get(found[3], found[3])

    return _ESCAPE.sub(letter, text).encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


_ESCAPES: Final[tuple[tuple[str, Callable[[str], str]], ...]] = (
    ("&", html.unescape),
    ("<", lambda text: _TAG.sub(_MARK, text)),
    ("%+", unquote_plus),
    ("%", lambda text: unquote(text, encoding="latin-1")),
    ("\\", _unescaped),
)
