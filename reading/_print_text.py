"""Texts as a page can hold them: what the font lacks made visible, lines broken to a width.

A run of characters that the font lacks becomes a mark such as `[U+1F600]`. Inside this module and the sheet a mark
stands between OPEN and CLOSE (private-use characters, which no text keeps), so that no text can pretend to be one.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Final

from fpdf.bidi import BidiParagraph

OPEN, CLOSE = "\ue000", "\ue001"
_CODES = 4  # in one mark: it stays on one line
_SELECTORS: Final = frozenset(chr(at) for at in range(0xFE00, 0xFE10))
_UNSEEN: Final = _SELECTORS | frozenset("\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff")
_JOINERS: Final = "\u200d\ufe0e\ufe0f"  # between characters that the font lacks they make no new mark
_RIGHT_TO_LEFT: Final = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff]")


class Marks:
    """Makes visible what the font lacks, and counts it: `seen` has each character and how often it was met."""

    def __init__(self, known: frozenset[int]) -> None:
        safe = "".join(re.escape(chr(at)) for at in sorted(known) if _fit(at)) + "\n"
        self._lacking = re.compile(f"[^{safe}{''.join(_UNSEEN)}](?:[{_JOINERS}]*[^{safe}{''.join(_UNSEEN)}])*")
        self.seen: Counter[str] = Counter()

    def shown(self, text: str) -> str:
        """The text with marks in it; what no reader ever sees (joiners, variation selectors) is left out."""
        text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", "    ").replace("\u2028", "\n")
        if not text.isascii():
            text = unicodedata.normalize("NFC", text)
        text = self._lacking.sub(self._mark, text)
        return text if text.isascii() else "".join(char for char in text if char not in _UNSEEN)

    def _mark(self, found: re.Match[str]) -> str:
        self.seen.update(run := [char for char in found[0] if char not in _JOINERS])
        codes = [f"{ord(char):04X}" for char in run]
        groups = ("\u00a0".join(codes[at : at + _CODES]) for at in range(0, len(codes), _CODES))
        return "".join(f"{OPEN}[U+{group}]{CLOSE}" for group in groups)


def _fit(code: int) -> bool:
    """Whether a character that the font has may be drawn as it is: no controls, nothing private or that turns text."""
    return unicodedata.category(chr(code)) not in ("Cc", "Cf", "Co", "Cs", "Cn")


def broken(text: str, width: float, measure: Callable[[str], float]) -> Iterator[str]:
    """The lines of a text, none wider than `width`: broken at spaces, and inside a word that is wider than a line."""
    for paragraph in text.split("\n"):
        line, used = "", 0.0
        for word in re.findall(f"{OPEN}[^{CLOSE}]*{CLOSE} *|[^ {OPEN}]+ *| +", paragraph):
            wide = measure(word.rstrip(" "))
            if line and used + wide > width:
                yield line.rstrip(" ")
                line, used = "", 0.0
            if wide > width:
                *full, word = _cut(word, width, measure)
                yield from full
            line, used = line + word, used + measure(word)
        yield line.rstrip(" ")


def _cut(word: str, width: float, measure: Callable[[str], float]) -> list[str]:
    """A word in pieces that each fit in a line: an address or a path after a slash, where there is one."""
    pieces, piece, used = [], "", 0.0
    for char in word:
        wide = measure(char)
        if piece and used + wide > width:
            whole, slash, rest = piece.rpartition("/")
            pieces.append(whole + slash or piece)
            piece = rest if slash else ""
            used = measure(piece)
        piece, used = piece + char, used + wide
    return [*pieces, piece]


def ordered(line: str) -> tuple[str, bool]:
    """A line as it is drawn from left to right, and whether it belongs at the right edge (Arabic, Hebrew)."""
    if not _RIGHT_TO_LEFT.search(line):
        return line, False
    first = next((kind for char in line if (kind := unicodedata.bidirectional(char)) in ("L", "R", "AL")), "L")
    return BidiParagraph(text=_joined(line)).get_reordered_string(), first != "L"


def _forms() -> dict[str, dict[str, str]]:
    """Arabic letters and their forms, as Unicode itself tells them: {"ب": {"initial": "ﺑ", …}}."""
    forms: dict[str, dict[str, str]] = {}
    for code in (*range(0xFB50, 0xFBE9), *range(0xFBFC, 0xFC00), *range(0xFE70, 0xFEFD)):
        kind, _, base = unicodedata.decomposition(chr(code)).partition(" ")
        if len(base) == 4:
            forms.setdefault(chr(int(base, 16)), {})[kind.strip("<>")] = chr(code)
        elif base in ("0644 0622", "0644 0623", "0644 0625", "0644 0627"):
            forms.setdefault(chr(0x644) + chr(int(base[5:], 16)), {})[kind.strip("<>")] = chr(code)
    return forms


_FORMS: Final = _forms()


def _joined(line: str) -> str:
    """Arabic letters in the form that their neighbours ask for."""
    letters = re.findall("\u0644[\u0622\u0623\u0625\u0627]|.", line, re.DOTALL)
    out = []
    for at, letter in enumerate(letters):
        before, after = _beside(letters, at, -1), _beside(letters, at, 1)
        forms = _FORMS.get(letter)
        if forms is None:
            out.append(letter)
            continue
        left = "initial" in _FORMS.get(before, {}) and "final" in forms
        right = "initial" in forms and "final" in _FORMS.get(after, {})
        kind = ("medial" if right else "final") if left else ("initial" if right else "isolated")
        out.append(forms.get(kind, letter))
    return "".join(out)


def _beside(letters: list[str], at: int, step: int) -> str:
    """The next letter in that direction; vowel signs do not part letters."""
    at += step
    while 0 <= at < len(letters):
        if unicodedata.category(letters[at][0]) != "Mn":
            return letters[at]
        at += step
    return ""
