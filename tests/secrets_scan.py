"""No key in what a run of the tests leaves behind: logs, databases, captures, packages, mails.

When a session ends, everything under pytest's folder and under the private homes is read once, as a stream: files, gzip
members (a WARC has many), members of ZIPs and what is pressed inside those, cells of SQLite. What tests print or log,
and each mail that came, is looked at as it comes. A session in which a key was found fails, and says where.
"""

from __future__ import annotations

import io
import os
import re
import sqlite3
import stat
import struct
import time
import zipfile
import zlib
from base64 import b64encode
from collections.abc import Iterator
from contextlib import closing, suppress
from fnmatch import fnmatch
from pathlib import Path
from typing import IO, Any

import pytest

from tests.planted import MARK

# Where a key may stand: the pattern of a path below pytest's folder, and why.
ALLOWED: dict[str, str] = {}
_PIECE = 2**22
_OVER = 512  # bytes of a piece that are looked at again with the next one
_MOST = 2**28  # bytes that one pressed member may give: tests make bombs
_DEEPEST = 4
_UNREADABLE = (zipfile.BadZipFile, OSError, EOFError, NotImplementedError, RuntimeError, ValueError, zlib.error,
               struct.error, KeyError, OverflowError)  # fmt: skip
_come: list[str] = []  # found in mails and prints, as they came


def _forms() -> tuple[bytes, ...]:
    """The mark as it stands, in UTF-16, as hex, with every letter percent-encoded, and in Base64 at each offset."""
    mark = MARK.encode()
    percent = "".join(f"%{byte:02X}" for byte in mark).encode()
    base64 = (b64encode(b"x" * at + mark)[(0, 2, 3)[at] : (len(mark) + at) // 3 * 4] for at in range(3))
    return (mark, MARK.encode("utf-16-le"), mark.hex().encode(), percent, percent.lower(), *base64)


FORMS = _forms()


def found(data: bytes) -> bool:
    """Whether a key stands in the data: in one line, or over the line ends that mails put into long ones."""
    flat = data.translate(None, b"\r\n=")
    return any(form in flat for form in FORMS)


def scan(folder: Path) -> list[str]:
    """The paths, and the members in them, in which a key stands and may not."""
    wrong, met = [], set[tuple[int, int]]()
    for root, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not os.path.islink(os.path.join(root, name))]
        for name in names:
            path = Path(root, name)
            place = path.relative_to(folder).as_posix()
            with suppress(FileNotFoundError, PermissionError):
                known = path.lstat()
                if stat.S_ISREG(known.st_mode) and (known.st_dev, known.st_ino) not in met and not _allowed(place):
                    met.add((known.st_dev, known.st_ino))
                    wrong += [f"{place}{inside}" for inside in _in_file(path)]
    return wrong


def _allowed(place: str) -> bool:
    return any(fnmatch(place, pattern) for pattern in ALLOWED)


def _in_file(path: Path) -> Iterator[str]:
    with path.open("rb") as file:
        head = file.read(16)
        file.seek(0)
        yield from dict.fromkeys(_in_stream(file, head, ""))
    if head.startswith(b"SQLite format 3\0"):
        yield from _in_cells(path)


def _in_stream(file: IO[bytes], head: bytes, name: str, depth: int = 0) -> Iterator[str]:
    """Where a key stands in a file or member: its own bytes, and what is pressed in it."""
    if _holds(file):
        yield name
    if depth < _DEEPEST and head[:2] == b"\x1f\x8b":
        file.seek(0)
        yield from (f"{name} (gzip)" for _ in range(_holds(_Gunzipped(file))))
    elif depth < _DEEPEST and head[:2] == b"PK":
        with suppress(*_UNREADABLE), zipfile.ZipFile(file) as bag:
            for entry in bag.infolist():
                yield from _in_member(bag, entry, name, depth)


def _in_member(bag: zipfile.ZipFile, entry: zipfile.ZipInfo, name: str, depth: int) -> Iterator[str]:
    """What is stored plainly has been seen with the ZIP's own bytes, unless something is pressed in it."""
    with suppress(*_UNREADABLE), bag.open(entry) as member:
        head = member.read(16)
        if entry.compress_type == zipfile.ZIP_STORED and head[:2] not in (b"\x1f\x8b", b"PK"):
            return
        member.seek(0)
        yield from _in_stream(member, head, f"{name}!{entry.filename}", depth + 1)


def _holds(file: Any) -> bool:
    tail, left = b"", _MOST if not isinstance(file, io.BufferedReader) else 2**40
    with suppress(*_UNREADABLE):
        while left > 0 and (piece := file.read(_PIECE)):
            if found(tail + piece):
                return True
            tail, left = piece[-_OVER:], left - len(piece)
    return False


class _Gunzipped:
    """The content of a file of gzip members, as far as it can be read."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file, self.unzip, self.rest = file, zlib.decompressobj(31), b""

    def read(self, size: int) -> bytes:
        out = b""
        while len(out) < size:
            if self.unzip.eof:
                self.rest, self.unzip = self.unzip.unused_data, zlib.decompressobj(31)
            self.rest = self.rest or self.file.read(2**16)
            if not self.rest:
                break
            try:
                out += self.unzip.decompress(self.rest, size)
            except zlib.error:
                break
            self.rest = self.unzip.unconsumed_tail
        return out


def _in_cells(path: Path) -> Iterator[str]:
    """The cells of a database: a long text may lie in two places of its file."""
    with suppress(sqlite3.Error), closing(sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True)) as base:
        base.text_factory = bytes
        for (table,) in base.execute("SELECT name FROM sqlite_master WHERE type='table'").fetchall():
            quoted = table.decode().replace('"', '""')
            for row in base.execute(f'SELECT * FROM "{quoted}"'):  # noqa: S608 - its own table's name
                if any(isinstance(cell, bytes) and found(cell) for cell in row):
                    yield f" (table {table.decode()})"
                    break


# -- what comes while tests run ---------------------------------------------------------------------------------------


def look(what: str, data: bytes) -> None:
    """Look at a mail, or at what else is in memory alone. What is found is told when the session ends."""
    if found(data):
        _come.append(what)


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """What a test printed and logged. A test that failed shows what it compared, and that is no leak."""
    if report.passed:
        for name, text in report.sections:
            look(f"{name} of {report.nodeid}", text.encode("utf-8", "replace"))


# -- when the session ends ---------------------------------------------------------------------------------------------


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Each worker looks at its own home, and the one that started them at all that they left."""
    config, began = session.config, time.perf_counter()
    home = Path.home()
    wrong = [*_come, *(f"~/{place}" for place in (scan(home) if re.match("arsring-home-", home.name) else []))]
    if (output := getattr(config, "workeroutput", None)) is not None:
        output["secrets"] = wrong
        return
    wrong += getattr(config, "_secrets", [])
    if (factory := getattr(config, "_tmp_path_factory", None)) and (base := factory._basetemp):
        wrong += scan(base)
    config._secrets, config._looked = wrong, time.perf_counter() - began  # type: ignore[attr-defined]
    if wrong and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any, error: object) -> None:
    """What a worker found."""
    known = getattr(node.config, "_secrets", [])
    node.config._secrets = known + getattr(node, "workeroutput", {}).get("secrets", [])


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    wrong, seconds = getattr(config, "_secrets", []), getattr(config, "_looked", 0.0)
    if wrong:
        terminalreporter.section("a key was left behind", red=True)
        for place in wrong[:40]:
            terminalreporter.line(place)
        terminalreporter.line(f"{len(wrong)} in all. tests/secrets_scan.py says where a key may stand.")
    elif seconds > 1:
        terminalreporter.line(f"No key in what the tests left behind (looked for {seconds:.0f} s).")
