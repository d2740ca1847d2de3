"""One file is read once: its bytes go to each reader in turn (hashes, XML, JSON, gzip)."""

import hashlib
import json
import zlib
from collections.abc import Callable, Sequence
from typing import IO, Final, Protocol

from archive_formats.checks.report import Report

BLOCK: Final = 2**18


class Reader(Protocol):
    """Gets a file's bytes in order, and then is told that they ended."""

    def feed(self, piece: bytes) -> None: ...
    def close(self) -> None: ...


def read(file: IO[bytes], readers: Sequence[Reader], size: int) -> int:
    """Read a file to its end, or to where it proves to be larger than it says: how many bytes there were."""
    found = 0
    while piece := file.read(BLOCK):
        found += len(piece)
        for reader in readers:
            reader.feed(piece)
        if found > size + BLOCK:
            break
    for reader in readers:
        reader.close()
    return found


class _Sum:
    """CRC32 or Adler-32, as a hash."""

    def __init__(self, add: Callable[[bytes, int], int], start: int) -> None:
        self.add, self.value = add, start

    def update(self, piece: bytes) -> None:
        self.value = self.add(piece, self.value)

    def hexdigest(self) -> str:
        return f"{self.value:08x}"


class _Digest(Protocol):
    def update(self, piece: bytes, /) -> None: ...
    def hexdigest(self) -> str: ...


DIGESTS: Final[dict[str, Callable[[], _Digest]]] = {
    "MD5": lambda: hashlib.md5(usedforsecurity=False),
    "SHA-1": lambda: hashlib.sha1(usedforsecurity=False),
    "SHA-256": hashlib.sha256,
    "SHA-384": hashlib.sha384,
    "SHA-512": hashlib.sha512,
    "CRC32": lambda: _Sum(zlib.crc32, 0),
    "Adler-32": lambda: _Sum(zlib.adler32, 1),
}


class Hashes:
    """A file's checksums, by METS's names for their kinds."""

    def __init__(self, kinds: set[str]) -> None:
        self._sums = {kind: DIGESTS[kind]() for kind in sorted(kinds & DIGESTS.keys())}

    def feed(self, piece: bytes) -> None:
        for one in self._sums.values():
            one.update(piece)

    def close(self) -> None: ...

    def found(self) -> dict[str, str]:
        return {kind: one.hexdigest() for kind, one in self._sums.items()}


_SLICE = 2**14  # what follows a member is copied, and a WARC has many small ones


class Gzip:
    """Unpacks a gzip file of many members, and keeps nothing: it must end where a member ends."""

    def __init__(self, path: str, report: Report) -> None:
        self.path, self.report = path, report
        self._member, self._fault, self._empty = zlib.decompressobj(31), "", True

    def feed(self, piece: bytes) -> None:
        for start in range(0, len(piece), _SLICE):
            part = piece[start : start + _SLICE]
            while part and not self._fault:
                try:
                    part = self._on(part)
                except zlib.error as error:
                    self._fault = str(error)

    def close(self) -> None:
        while not self._fault and not self._member.eof and self._member.decompress(b"", BLOCK):
            pass
        if self._fault or self._empty or not self._member.eof:
            self.report.say("CONTENT2", self.path, self._fault or "EOF")

    def _on(self, piece: bytes) -> bytes:
        """Take in some of it: what is left for the next turn."""
        if self._member.eof:
            self._member = zlib.decompressobj(31)
        self._empty = False
        self._member.decompress(piece, BLOCK)
        return self._member.unused_data if self._member.eof else self._member.unconsumed_tail


_WHOLE = 2**22  # bytes of JSON that are read as one; of more, only that it ends where it should


class Json:
    """One JSON document. A large one is not held in memory: its brackets are counted, its strings skipped."""

    def __init__(self, path: str, report: Report) -> None:
        self.path, self.report = path, report
        self._bytes, self._size, self._depth, self._last = bytearray(), 0, 0, b""
        self._text = self._escaped = False

    def feed(self, piece: bytes) -> None:
        self._size += len(piece)
        if self._size <= _WHOLE:
            self._bytes += piece
            return
        if self._bytes:
            self._count(bytes(self._bytes))
            self._bytes.clear()
        self._count(piece)

    def close(self) -> None:
        if self._size > _WHOLE:
            if self._depth or self._text or self._last not in (b"]", b"}"):
                self.report.say("CONTENT1", self.path, "EOF")
        elif fault := _json_fault(bytes(self._bytes)):
            self.report.say("CONTENT1", self.path, fault)

    def _count(self, piece: bytes) -> None:
        """Brackets outside strings; quick, as most of a piece is found by partition at quotes."""
        parts = piece.split(b'"')
        for number, part in enumerate(parts):
            if not self._text:
                self._depth += part.count(b"{") + part.count(b"[") - part.count(b"}") - part.count(b"]")
                self._last = part.rstrip()[-1:] or self._last
            tail = len(part) - len(part.rstrip(b"\\"))
            odd = (tail + self._escaped * (tail == len(part))) % 2 == 1
            self._escaped = odd
            if number < len(parts) - 1 and not (self._text and odd):
                self._text = not self._text
            if number < len(parts) - 1:
                self._escaped = False


class JsonLines:
    """JSON, one value a line."""

    def __init__(self, path: str, report: Report) -> None:
        self.path, self.report = path, report
        self._rest, self._line, self._faulty = bytearray(), 0, False

    def feed(self, piece: bytes) -> None:
        *lines, rest = piece.split(b"\n")
        for line in lines:
            self._take(bytes(self._rest) + line)
            self._rest.clear()
        if len(self._rest) + len(rest) <= _WHOLE:
            self._rest += rest

    def close(self) -> None:
        if self._rest:
            self._take(bytes(self._rest))

    def _take(self, line: bytes) -> None:
        self._line += 1
        if line.strip() and not self._faulty and (fault := _json_fault(line)):
            self._faulty = True
            self.report.say("CONTENT1", f"{self.path} line {self._line}", fault)


def _json_fault(data: bytes) -> str:
    try:
        json.loads(data, parse_int=float)
    except ValueError as error:
        return str(error)
    except RecursionError:
        return "too deep"
    return ""
