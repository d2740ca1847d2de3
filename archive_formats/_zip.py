"""A ZIP written as a stream: stored, ZIP64, one date, no random names, and no list of its files in memory.

`zipfile` keeps half a kilobyte for each file until the end, and a package may have a million of them. Each byte is
hashed as it goes in. Source: PKWARE's APPNOTE 6.3.10, sections 4.3 to 4.5, seen 2026-11.
"""

import hashlib
import itertools
import os
import struct
import zipfile
from collections.abc import Collection, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import IO
from zlib import crc32

BLOCK = 2**20
_LOCAL = struct.Struct("<4sHHHHHIIIHH")  # the header before a file's bytes; ZIP64's two sizes stand after its name
_CENTRAL = struct.Struct("<4sBBHHHHHIIIHHHHHII")
_MORE = struct.Struct("<HHQQ")
_MOST = 0xFFFFFFFF  # "look in the ZIP64 field"
_UTF8 = 0x800
_Stamp = tuple[int, int]  # time and date, as DOS wrote them


@dataclass(frozen=True, slots=True)
class Written:
    """One file as it went into the ZIP; `digests` by hashlib's names."""

    size: int
    digests: dict[str, str]
    head: bytes  # its first bytes, and its last: what formats are known by
    tail: bytes


class Zip:
    """`with Zip(path, created) as out: out.add("a/b.txt", [b"…"])`."""

    def __init__(self, path: Path, created: datetime, algorithms: Collection[str], note: bytes = b"") -> None:
        self._file, self._note, self._count, self._at = path.open("wb", BLOCK), note, 0, 0
        self._path = path.with_name(path.name + ".directory")
        self._directory = self._path.open("wb+")
        self._algorithms = tuple(algorithms)
        self._stamp = _dos(created)

    def __enter__(self) -> "Zip":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        try:
            if error is None:
                self._end()
        finally:
            self._path.unlink(missing_ok=True)
            with ExitStack() as stack:  # closing writes what is buffered, and fails too where the disk is full
                stack.callback(self._file.close)
                stack.callback(self._directory.close)

    def add(self, name: str, pieces: Iterable[bytes], algorithms: Sequence[str] = ()) -> Written:
        """One file, from its pieces; hashed by these algorithms, or else by all that the ZIP was opened with."""
        algorithms = algorithms or self._algorithms
        start, encoded, found = self._at, name.encode(), _Measured(algorithms)
        pieces = iter(pieces)
        first = next(pieces, b"")
        found.take(first)
        second = next(pieces, b"")
        self._file.write(_local(encoded, found.size, found.crc, self._stamp))
        self._file.write(first)
        if second:
            for piece in itertools.chain((second,), pieces):
                found.take(piece)
                self._file.write(piece)
            self._file.seek(start)
            self._file.write(_local(encoded, found.size, found.crc, self._stamp))
            self._file.seek(0, os.SEEK_END)
        self._at += _LOCAL.size + len(encoded) + _MORE.size + found.size
        self._directory.write(_line(encoded, found.size, found.crc, start, self._stamp))
        self._count += 1
        digests = {name: each.hexdigest() for name, each in zip(algorithms, found.hashes, strict=True)}
        return Written(found.size, digests, found.head, found.tail)

    def file(self, name: str, file: IO[bytes], algorithms: Sequence[str] = ()) -> Written:
        """One file, from what is left to read of it."""
        block = min(os.fstat(file.fileno()).st_size + 1, BLOCK)  # room for a whole megabyte takes time to make
        return self.add(name, iter(lambda: file.read(block), b""), algorithms)

    def _end(self) -> None:
        size = self._directory.tell()
        self._directory.seek(0)
        while piece := self._directory.read(BLOCK):
            self._file.write(piece)
        self._file.write(_ending(self._at, size, self._count, self._note))
        self._file.flush()
        os.fsync(self._file.fileno())


def as_written(bag: zipfile.ZipFile) -> bool:
    """Whether all that is round the files' bytes (and `zipfile` passes over) is as Zip writes it."""
    at, line, file = 0, bag.start_dir, os.open(str(bag.filename), os.O_RDONLY)
    try:
        for entry in bag.infolist():
            try:
                stamp = _dos(datetime(*entry.date_time))  # noqa: DTZ001 - a ZIP's time has no zone
            except ValueError:
                return False
            name, known = entry.filename.encode(), (entry.file_size, entry.CRC)
            local, central = _local(name, *known, stamp), _line(name, *known, at, stamp)
            if os.pread(file, len(local), at) != local or os.pread(file, len(central), line) != central:
                return False
            at, line = at + len(local) + entry.file_size, line + len(central)
        ending = _ending(at, line - at, len(bag.infolist()), bag.comment)
        return at == bag.start_dir and os.pread(file, len(ending) + 1, line) == ending
    finally:
        os.close(file)


def _local(name: bytes, size: int, crc: int, stamp: _Stamp) -> bytes:
    fixed = (b"PK\3\4", 45, _UTF8, 0, *stamp, crc, _MOST, _MOST, len(name), _MORE.size)
    return _LOCAL.pack(*fixed) + name + _MORE.pack(1, 16, size, size)


def _line(name: bytes, size: int, crc: int, start: int, stamp: _Stamp) -> bytes:
    """A file's line in the directory at the end."""
    more = struct.pack("<HHQQQ", 1, 24, size, size, start)
    made_by = (b"PK\1\2", 45, 3, 45, _UTF8, 0, *stamp)
    fixed = (crc, _MOST, _MOST, len(name), len(more), 0, 0, 0, 0o100644 << 16, _MOST)
    return _CENTRAL.pack(*made_by, *fixed) + name + more


def _ending(start: int, size: int, count: int, note: bytes) -> bytes:
    end = struct.pack("<4sQHHIIQQQQ", b"PK\6\6", 44, 45, 45, 0, 0, count, count, size, start)
    locator = struct.pack("<4sIQI", b"PK\6\7", 0, start + size, 1)
    few = min(count, 0xFFFF)
    last = (b"PK\5\6", 0, 0, few, few, min(size, _MOST), min(start, _MOST), len(note))
    return end + locator + struct.pack("<4sHHHHIIH", *last) + note


class _Measured:
    """What has been seen of a file so far."""

    def __init__(self, algorithms: Collection[str]) -> None:
        self.hashes = [hashlib.new(each, usedforsecurity=False) for each in algorithms]
        self.size, self.crc, self.head, self.tail = 0, 0, b"", b""

    def take(self, piece: bytes) -> None:
        for each in self.hashes:
            each.update(piece)
        self.crc, self.size, self.head = crc32(piece, self.crc), self.size + len(piece), self.head or piece[:4096]
        self.tail = piece[-16:] if len(piece) >= 16 else (self.tail + piece)[-16:]


def _dos(moment: datetime) -> _Stamp:
    year = min(max(moment.year, 1980), 2107)
    date = (year - 1980) << 9 | moment.month << 5 | moment.day
    return moment.hour << 11 | moment.minute << 5 | moment.second // 2, date
