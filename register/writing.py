"""A register file that one row of is changed: the other rows stay as they are, byte for byte.

The separator, the mark at the beginning (BOM), line ends, own columns and the language of the headings are the user's.
"""

import csv
import io
import re
from collections.abc import Mapping
from typing import Final

from register import sheet
from register.columns import COLUMNS, FIELDS, heading, word, written

BOM: Final = b"\xef\xbb\xbf"
_LINE: Final = re.compile("[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
_END: Final = re.compile("(?:\r\n|\r|\n)?$")
_HINT: Final = re.compile("sep=.(?:\r\n|\r|\n)", re.IGNORECASE)


class Book:
    """The rows of a sound register file, as they are written."""

    def __init__(self, raw: bytes) -> None:
        text = raw.decode("utf-8-sig")
        self._bom = raw.startswith(BOM)
        self._hint = hint[0] if (hint := _HINT.match(text)) else ""
        text = text[len(self._hint) :]
        self._separator = sheet.separator(re.sub("\r\n?", "\n", text))
        lines = _LINE.findall(text)
        reader = csv.reader(lines, delimiter=self._separator, strict=True)
        self._cells, self._written, upto = list[list[str]](), list[str](), 0
        for cells in reader:
            self._cells.append(cells)
            self._written.append("".join(lines[upto : reader.line_num]))
            upto = reader.line_num
        self._head = next(at for at, cells in enumerate(self._cells) if any(cell.strip() for cell in cells))
        self._end = _ended(self._written[self._head]) or "\r\n"

    @property
    def fields(self) -> list[str]:
        """The field of each column; empty for one that is not ours."""
        return [FIELDS.get(word(cell), "") for cell in self._cells[self._head]]

    @property
    def english(self) -> bool:
        return "platform" in map(word, self._cells[self._head])

    def change(self, row: int, values: Mapping[str, str]) -> None:
        """Write other values into the row that Excel shows under that number. A column that is not there is added."""
        self._widen(values)
        cells = self._cells[row - 1]
        for at, field in enumerate(self.fields):
            if field in values:
                cells[at] = written(field, values[field], self.english)
        self._write(row - 1)

    def add(self, values: Mapping[str, str]) -> None:
        """A row of its own after the last."""
        self._widen(values)
        if not _ended(self._written[-1]):
            self._written[-1] += self._end
        self._cells.append([written(field, values.get(field, ""), self.english) for field in self.fields])
        self._written.append(self._end)
        self._write(len(self._cells) - 1)

    def content(self) -> bytes:
        """The file."""
        return (BOM if self._bom else b"") + (self._hint + "".join(self._written)).encode()

    def _widen(self, values: Mapping[str, str]) -> None:
        """A column for each field that has none yet, after the last."""
        missing = [field for field in COLUMNS if values.get(field) and field not in self.fields]
        if not missing:
            return
        width = len(self._cells[self._head])
        heads = [heading(field, self.english) for field in missing]
        for at, cells in enumerate(self._cells):
            if at == self._head or any(cell.strip() for cell in cells):
                self._cells[at] = cells[:width] + (heads if at == self._head else [""] * len(missing))
                self._write(at)

    def _write(self, at: int) -> None:
        out = io.StringIO()
        csv.writer(out, delimiter=self._separator, lineterminator=_ended(self._written[at])).writerow(self._cells[at])
        self._written[at] = out.getvalue()


def blank(english: bool = False) -> bytes:
    """A register without accounts, as Excel likes it."""
    return BOM + (";".join(heading(field, english) for field in COLUMNS) + "\r\n").encode()


def _ended(text: str) -> str:
    found = _END.search(text)
    return found[0] if found else ""
