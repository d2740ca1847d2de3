"""A CSV file as Excel shows it: numbered rows of cells, and what hinders the reading."""

import csv
import io
import re
from pathlib import Path
from typing import Final

from register.columns import FIELDS, word
from register.texts import Remark

LIMIT_MB: Final = 5
SEPARATORS: Final = ";,\t"
MAGIC: Final = (
    (b"PK\x03\x04", "workbook"),  # .xlsx and .ods are ZIP files
    (b"\xd0\xcf\x11\xe0", "workbook"),  # .xls is an OLE file
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
# What Swedish text in Windows-1252 has beside ASCII. Others mean another encoding: Mac Roman's å is Œ here.
SWEDISH: Final = frozenset("åäöÅÄÖéÉèàáüÜôæøÆØ–—‘’“”•…§°´·«»½€\xa0")

Row = tuple[int, list[str]]  # the number Excel shows, and the cells


def content(path: Path) -> tuple[bytes, list[Remark]]:
    """The file as it is, or why it cannot be had."""
    try:
        with path.open("rb") as file:
            return file.read((LIMIT_MB << 20) + 1), []
    except FileNotFoundError:
        return b"", [Remark(code="missing")]
    except OSError as error:
        return b"", [Remark(code="unreadable", values={"reason": error.strerror})]


def rows(raw: bytes) -> tuple[list[Row], list[Remark]]:
    """The rows that are not empty, the heading first, and the faults of the file as such.

    Without faults there is at least one row. A row with a line break in a cell is one row.
    """
    code = _no_text(raw)
    if code:
        return [], [Remark(code=code, values={"limit": LIMIT_MB})]
    text, faults = _decoded(raw)
    found, broken = _rows(text)
    return found, faults + broken if found or faults or broken else [Remark(code="empty")]


def _no_text(raw: bytes) -> str | None:
    if len(raw) > LIMIT_MB << 20:
        return "too-big"
    if not raw.removeprefix(b"\xef\xbb\xbf").strip():
        return "empty"
    return next((code for magic, code in MAGIC if raw.startswith(magic)), "nul" if b"\0" in raw else None)


def _decoded(raw: bytes) -> tuple[str, list[Remark]]:
    try:
        return raw.decode("utf-8-sig"), []
    except UnicodeDecodeError:
        text = raw.decode("cp1252", errors="replace")
    if any(letter > "\x7f" and letter not in SWEDISH for letter in text):
        return "", [Remark(code="encoding")]
    return text, [Remark(code="windows-1252")]  # its other faults can be told at the same time


def _rows(text: str) -> tuple[list[Row], list[Remark]]:
    text = re.sub("\r\n?", "\n", text)
    text = re.sub("^sep=.\n", "", text, flags=re.IGNORECASE)  # a hint that Excel takes and does not count
    reader = csv.reader(io.StringIO(text), delimiter=separator(text), strict=True)
    found: list[Row] = []
    number = 0
    try:
        for number, cells in enumerate(reader, start=1):
            if any(cell.strip() for cell in cells):
                found.append((number, cells))
    except csv.Error:
        return found, [Remark(code="quotes", row=number + 1)]
    return found, []


def separator(text: str) -> str:
    """The one that makes most known headings of the first line that is not empty."""
    line = text.lstrip()[:10_000].partition("\n")[0]

    def known(mark: str) -> tuple[int, int]:
        cells = next(csv.reader([line], delimiter=mark), [])
        return sum(word(cell) in FIELDS for cell in cells), len(cells)

    return max(SEPARATORS, key=known)
