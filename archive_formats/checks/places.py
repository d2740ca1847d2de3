"""Where a package is read from: a folder or a ZIP. Both give names, sizes and bytes, and never lead out of it."""

import io
import json
import os
import re
import stat
import struct
import subprocess
import sys
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from functools import partial
from pathlib import Path
from tempfile import TemporaryFile
from types import TracebackType
from typing import IO, Final, Protocol

from archive_formats.checks import hashing
from archive_formats.checks.report import Report

# What reading a ZIP or a file that somebody broke may raise.
UNREADABLE: Final = (
    zipfile.BadZipFile, zipfile.LargeZipFile, OSError, EOFError, NotImplementedError, UnicodeError, struct.error,
    zlib.error, RuntimeError, ValueError, KeyError, IndexError, OverflowError,
)  # fmt: skip
_RATIO = 1100  # deflate cannot do better than 1,032 to 1
_LONGEST = 1024  # characters of a path
_SMALL: Final = 2**18  # bytes of a file that is read at once
MUCH: Final = 2**25  # bytes from which a process of its own is worth its start
Ahead = Callable[[], Iterator[tuple[str, list[str]]]]  # waits; each file's path and its checksums, of hashing.KINDS


class Place(Protocol):
    """A package as a tree of files below its root folder."""

    name: str  # of the root folder

    def __enter__(self) -> "Place": ...
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def files(self) -> Iterator[tuple[str, int]]:
        """Each file's path below the root, and its size."""

    def open(self, path: str) -> IO[bytes]:
        """One file's bytes. One of UNREADABLE where it cannot be read."""

    def ahead(self, paths: Iterable[str]) -> AbstractContextManager["Ahead"]:
        """Begin to hash these files beside what is done in the block. What is not told of must still be read."""


def place(package: Path, report: Report) -> Place:
    """Open a package. One of UNREADABLE where it is neither a folder nor a ZIP."""
    return Folder(package, report) if package.is_dir() else Archive(package, report)


class Folder:
    """A package unpacked."""

    def __init__(self, package: Path, report: Report) -> None:
        self.root, self.report = package.resolve(), report
        self.name = self.root.name

    def __enter__(self) -> "Folder":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def files(self) -> Iterator[tuple[str, int]]:
        left = [""]
        while left:
            folder = left.pop()
            try:
                with os.scandir(self.root / folder) as entries:
                    for entry in entries:
                        path = f"{folder}/{entry.name}" if folder else entry.name
                        if entry.is_dir(follow_symlinks=False):
                            left.append(path)
                        elif self._plain(entry, path):
                            yield path, entry.stat(follow_symlinks=False).st_size
            except OSError as error:
                self.report.say("FILE5", folder, error.strerror or "")

    def open(self, path: str) -> IO[bytes]:
        return open(os.open(self.root / path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb")

    def ahead(self, paths: Iterable[str]) -> AbstractContextManager["Ahead"]:
        return nullcontext(lambda: iter(()))

    def _plain(self, entry: os.DirEntry[str], path: str) -> bool:
        """Whether this is a file with a name that can be written down."""
        if not entry.is_file(follow_symlinks=False):
            self.report.say("FILE7", path)
        elif _hostile(path):
            self.report.say("FILE4", path, repr(path))
        else:
            return True
        return False


class Archive:
    """A package in a ZIP. What its names say is told on opening; what leads out of it is never read."""

    def __init__(self, package: Path, report: Report) -> None:
        self.zip = zipfile.ZipFile(package)
        self.report = report
        many = len(self.zip.infolist()) != len(self.zip.NameToInfo)
        names = Counter(entry.filename for entry in self.zip.infolist()) if many else {}
        for name, count in names.items():
            if count > 1:
                report.say("FILE4", name, f"x {count}")
        self.zip.filelist.sort(key=lambda one: one.header_offset)  # the order in which the bytes lie
        self.name, self.top = self._root(package)
        self._overlap()

    def __enter__(self) -> "Archive":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.zip.close()

    def files(self) -> Iterator[tuple[str, int]]:
        for entry in self.zip.infolist():
            if self.zip.NameToInfo[entry.filename] is not entry or not self._sound(entry) or entry.is_dir():
                continue
            if entry.filename.startswith(self.top):
                yield entry.filename.removeprefix(self.top), entry.file_size
            else:
                self.report.say("FILE2", entry.filename)

    def open(self, path: str) -> IO[bytes]:
        entry = self.zip.NameToInfo[self.top + path]
        if self.zip.fp and _is_plain(entry) and entry.file_size <= _SMALL:  # which `zipfile` opens slower than it reads
            with suppress(ValueError):  # what is wrong, it says better
                return io.BytesIO(b"".join(hashing.stored(self.zip.fp.fileno(), _entry(entry))))
        return self.zip.open(entry)

    @contextmanager
    def ahead(self, paths: Iterable[str]) -> Iterator["Ahead"]:
        with TemporaryFile("w+") as wanted, TemporaryFile("w+") as found:
            helper = _started(str(self.zip.filename), wanted, found) if self._want(paths, wanted) >= MUCH else None
            try:
                yield partial(self._hashed, helper, found)
            finally:
                if helper:
                    helper.kill()
                    helper.wait()

    def _want(self, paths: Iterable[str], wanted: IO[str]) -> int:
        """Write down the entries that a helper can read: how many bytes they are."""
        size = 0
        for path in paths:
            entry = self.zip.NameToInfo[self.top + path]
            if _is_plain(entry):
                size += entry.file_size
                wanted.write(json.dumps(_entry(entry)) + "\n")
        wanted.seek(0)
        return size

    def _hashed(self, helper: "subprocess.Popen[bytes] | None", found: IO[str]) -> Iterator[tuple[str, list[str]]]:
        """What the helper says when it is done; nothing if it fell or never was, as then all is read here."""
        if helper and helper.wait() == 0:
            found.seek(0)
            for name, *digests in map(json.loads, found):
                yield name.removeprefix(self.top), digests

    def _root(self, package: Path) -> tuple[str, str]:
        """The name of the root folder, and what each name in the ZIP begins with."""
        names = self.zip.NameToInfo
        tops = dict.fromkeys(name.partition("/")[0] for name in names)
        loose = [name for name in names if "/" not in name]
        if len(tops) != 1 or loose:
            self.report.say("CSIPSTR1", package.name, ", ".join(list(tops)[:5]))
        if "METS.xml" in loose or "sip.xml" in loose or not tops:
            return package.stem, ""
        best = next((top for top in tops if f"{top}/METS.xml" in names or f"{top}/sip.xml" in names), next(iter(tops)))
        return best, f"{best}/"

    def _sound(self, entry: zipfile.ZipInfo) -> bool:
        """Whether an entry may be read; where not, it is told why."""
        kind = stat.S_IFMT(entry.external_attr >> 16)
        if _hostile(entry.filename.removesuffix("/")) or entry.orig_filename != entry.filename:
            self.report.say("FILE4", entry.filename, repr(entry.orig_filename))
        elif kind not in (0, stat.S_IFREG, stat.S_IFDIR):
            self.report.say("FILE7", entry.filename)
        elif entry.flag_bits & 1:
            self.report.say("FILE5", entry.filename, "encrypted")
        elif entry.file_size > _RATIO * max(entry.compress_size, 1):
            self.report.say("FILE6", entry.filename, f"{entry.compress_size} → {entry.file_size}")
        else:
            return True
        return False

    def _overlap(self) -> None:
        """Entries that share bytes: how a small ZIP is made to unpack to a full disk."""
        end = 0
        for entry in self.zip.infolist():
            if entry.header_offset < end:
                self.report.say("FILE6", entry.filename)
            end = max(end, entry.header_offset + 30 + entry.compress_size)


def _started(package: str, wanted: IO[str], found: IO[str]) -> "subprocess.Popen[bytes] | None":
    """A process that hashes what is wanted; None where none can be had. Not a fork: there may be threads here."""
    command = [sys.executable or "python3", "-I", hashing.__file__, package]
    try:
        return subprocess.Popen(command, stdin=wanted, stdout=found, stderr=subprocess.DEVNULL)
    except OSError:
        return None


def _is_plain(entry: zipfile.ZipInfo) -> bool:
    """Whether an entry's bytes lie in the ZIP as they are."""
    stored = entry.compress_type == zipfile.ZIP_STORED and entry.file_size == entry.compress_size
    return stored and entry.flag_bits in (0, _UTF8) and entry.header_offset >= 0


def _entry(entry: zipfile.ZipInfo) -> hashing.Entry:
    return entry.filename, entry.flag_bits, entry.header_offset, entry.file_size, entry.CRC


_UTF8: Final = 0x800
_ODD: Final = re.compile("[\x00-\x1f\x7f\\\\\ud800-\udfff]")


def _hostile(path: str) -> bool:
    """Whether a path is no plain relative one: empty, ., .., absolute, a drive, a backslash, a control character."""
    return (
        len(path) > _LONGEST
        or any(part in ("", ".", "..") for part in path.split("/"))
        or _ODD.search(path) is not None
        or path[1:2] == ":"
    )
