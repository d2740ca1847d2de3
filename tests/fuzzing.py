"""What fuzzing needs: small changes to inputs of a real shape, and a watch that sees a crash, a hang and a stray write.

A case is a few `Change`s of one good input: where to change it, and how. The same changes give the same case, so what
hypothesis finds it can make smaller, and anybody can run it again.
"""

from __future__ import annotations

import faulthandler
import gzip
import io
import json
import os
import resource
import struct
import sys
import tempfile
import time
import warnings
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from hypothesis import strategies as st

MOST = 2**20
ROOM = 2 * 2**30  # bytes of memory that a case may take beside what the process has
PATIENCE = 60  # seconds for one case; a hang ends the process with a traceback


class Change(NamedTuple):
    """One change: `where` picks the part (an answer, a member of a ZIP), `place` where in it, `how` and `pick` what."""

    where: int
    place: int
    how: int
    pick: int


def changes(most: int = 4) -> st.SearchStrategy[list[Change]]:
    number = st.integers(0, MOST)
    return st.lists(st.builds(Change, number, number, number, number), min_size=1, max_size=most)


# -- JSON ------------------------------------------------------------------------------------------------------------

_DEEP, _DEEPER, _LONG_NUMBER = "@@deep@@", "@@deeper@@", "@@number@@"
_WRITTEN = {
    _DEEP: "[" * 600 + "]" * 600,
    _DEEPER: '{"a":' * 90_000 + "1" + "}" * 90_000,
    _LONG_NUMBER: "9" * 5_000,
}
ODD_TEXTS = (
    "", " ", "\0", "\ud800", "\udc80x", "\r\n", "\u202e", "\ufeff", "a" * 70_000, "å" * 300, "a/b",
    "../../../etc/passwd",
    "/etc/passwd",
    "C:\\x", "..", ".", "%00", "%2e%2e%2f", "null", "None", "NaN", "-1", "1e999", "9" * 4_400, "٣٤٥",
    "²",
    "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2026-13-45", "253402300800000",
    "-62135596801", "１２３４５",
    "https://[::1", "http://127.0.0.1/", "https://exempelvik.example:99999/", "https://a\nb/", "file:///etc/passwd",
    "export:a.zip!../x", "javascript:alert(1)", "<script>alert(1)</script>", "]]>", "<!--", "&#0;", "{{7*7}}",
    "{0.__class__}",
    "%s%n", "'; DROP TABLE items; --", "media/../../x", "export/0-0", "1/2", "did:web:localhost", "at://x", "baf",
)  # fmt: skip
ODD_VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 2**31, 2**53, 2**63, -(2**63) - 1, 10**400, 1.5, -0.0, 1e308, float("nan"),
    float("inf"),
    float("-inf"), [], {}, [[]], [None], {"": ""}, {"id": {}}, {"data": None}, [[[[[]]]]], _DEEP, _DEEPER, _LONG_NUMBER,
    *ODD_TEXTS,
)  # fmt: skip


def odd_json(document: Any, some: Sequence[Change]) -> bytes:
    """The document with each change made in it, as bytes; lone surrogates stay escaped, and nesting is written out."""
    box = [json.loads(json.dumps(document))]
    for change in some:
        _change_in(box, change)
    text = json.dumps(box[0])
    for mark, written in _WRITTEN.items():
        text = text.replace(f'"{mark}"', written)
    data = text.encode("utf-8", "surrogatepass")
    last = some[-1] if some else Change(0, 0, 0, 0)
    return odd_bytes(data, [last]) if last.how % 7 == 0 else data


def _change_in(box: list[Any], change: Change) -> None:
    places = list(_places(box))
    holder, key = places[change.place % len(places)]
    odd, other = deepcopy(ODD_VALUES[change.pick % len(ODD_VALUES)]), places[change.pick % len(places)]
    match change.how % 8:
        case 0 if holder is not box:
            del holder[key]
        case 1:
            holder[key] = [holder[key]]
        case 2:
            holder[key] = {"data": holder[key], "id": deepcopy(holder[key])}
        case 3 if isinstance(holder, list) and holder is not box:
            holder.insert(key, deepcopy(holder[key]))
        case 3 if isinstance(holder, dict):
            holder[repr(odd)[:200]] = deepcopy(holder[key])
        case 4 if not isinstance(other[0][other[1]], dict | list):
            holder[key] = other[0][other[1]]
        case 5 if isinstance(holder[key], str):
            holder[key] = holder[key] + ODD_TEXTS[change.pick % len(ODD_TEXTS)]
        case _:
            holder[key] = odd


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every place in a document that holds a value: (what holds it, under which key)."""
    for key in value if isinstance(value, dict) else range(len(value)):
        yield value, key
        if isinstance(value[key], dict | list):
            yield from _places(value[key])


# -- bytes and texts ---------------------------------------------------------------------------------------------------

_TOKENS = (
    b"\0", b"\xff", b"\xfe\xff", b"\xef\xbb\xbf", b"\xed\xa0\x80", b"\xc0\x80", b"\r", b"\n\n", b'"', b"'", b";",
    b",", b"\t", b"=",
    b"[", b"]", b"[[", b"{", b"}", b"<", b">", b"&", b"<![CDATA[", b"<!DOCTYPE x [<!ENTITY a 'aa'>]>", b"&a;",
    b"&#0;", b"-->",
    b"PK\3\4", b"PK\5\6", b"\x1f\x8b\x08", b"WARC/1.1\r\n", b"Content-Length: 99999999999999999999\r\n",
    b"Content-Length: -1\r\n",
    b"../../../x", b"/etc/passwd", b"1e999", b"9" * 5_000, b"nan", b"true", b"0x", b"\\", b"%s", b"#", b" ",
    b"\xc2\xa0", b":",
    b"\x7f", b"a" * 3_000, b"[" * 5_000, b"a.b.c", b"2026-13-45", b"9999-12-31T23:59:59Z",
)  # fmt: skip
_ENCODINGS = ("utf-16", "utf-16-be", "utf-32", "cp1252", "latin-1", "cp437", "utf-7", "utf-8-sig")


def odd_bytes(data: bytes, some: Sequence[Change]) -> bytes:
    """Bytes with each change made in them."""
    for change in some:
        at, size = change.place % (len(data) + 1), 1 + change.pick % 64
        token = _TOKENS[change.pick % len(_TOKENS)]
        match change.how % 10:
            case 0 if data:
                at %= len(data)
                data = data[:at] + bytes([data[at] ^ (1 << change.pick % 8)]) + data[at + 1 :]
            case 1:
                data = data[:at]
            case 2:
                data = data[:at] + data[at + size :]
            case 3:
                data = data[:at] + data[at : at + size] * (2 + change.pick % 5) + data[at + size :]
            case 4:
                data = data[:at] + token + data[at + len(token) :]
            case 5:
                data = data[:at] + struct.pack("<I", (0xFFFFFFFF, 0, 0x7FFFFFFF, 1)[change.pick % 4]) + data[at + 4 :]
            case 6:
                other = change.pick % (len(data) + 1)
                data = data[:at] + data[other : other + size] + data[at:]
            case 7:
                encoding = _ENCODINGS[change.pick % len(_ENCODINGS)]
                data = data.decode("utf-8", "replace").encode(encoding, "replace") if change.place % 4 == 0 else data
            case _:
                data = data[:at] + token + data[at:]
    return data


def odd_lines(data: bytes, some: Sequence[Change], values: Sequence[bytes], marks: bytes = b"=") -> bytes:
    """A text of lines (settings, tables): lines lost, doubled, swapped, and values of another kind behind a mark."""
    for change in some:
        lines = data.split(b"\n")
        at, other = change.place % len(lines), change.pick % len(lines)
        match change.how % 7:
            case 0:
                del lines[at]
            case 1:
                lines.insert(at, lines[other])
            case 2:
                lines[at], lines[other] = lines[other], lines[at]
            case 3 | 4 | 5:
                cells = lines[at].split(marks)
                cells[change.where % len(cells)] = values[change.pick % len(values)]
                lines[at] = marks.join(cells)
            case _:
                lines = odd_bytes(data, [change]).split(b"\n")
        data = b"\n".join(lines)
    return data


# -- ZIPs --------------------------------------------------------------------------------------------------------------

_NAMES = (
    "../outside", "/outside", "a/../../outside", "..\\outside", "C:/x", "", ".", "a//b", "a\0b", "con", "a" * 300,
    "å\u0308",
    "\u202e", "a/" * 200 + "b", "x/", "\n", "METS.xml", "bagit.txt", "items.jsonl", "a\x1b[2J",
)  # fmt: skip
_BOMB = bytes(16 * 2**20)
Members = list[tuple[str, bytes]]
Inner = Callable[[str, bytes, list[Change]], bytes]


def odd_zip(members: Members, some: Sequence[Change], inner: Inner, pressed: int = zipfile.ZIP_STORED) -> bytes:
    """A ZIP with changes in its members, their names,
    its directory or its bytes; `inner` changes a member's content."""
    members, outer, bare = list(members), list[Change](), list[Change]()
    for change in some:
        at = change.where % len(members)
        name, data = members[at]
        match change.how % 9:
            case 0 | 1 | 2 | 3:
                moved = change._replace(how=change.how // 9)
                members[at] = name, inner(name, data, [moved])
            case 4:
                members[at] = _NAMES[change.pick % len(_NAMES)], data
            case 5 if len(members) > 1:
                del members[at]
            case 6:
                members.insert(at, (name, _BOMB if change.pick % 20 == 0 else members[change.pick % len(members)][1]))
            case 7:
                outer.append(change)
            case _:
                bare.append(change._replace(how=change.how // 9))
    return odd_bytes(_zipped(members, outer, pressed), bare)


def _zipped(members: Members, outer: list[Change], pressed: int) -> bytes:
    out = io.BytesIO()
    with warnings.catch_warnings(action="ignore"), zipfile.ZipFile(out, "w") as bag:  # of two members of one name
        for number, (name, data) in enumerate(members):
            entry = zipfile.ZipInfo(name, (2026, 11, 2, 8, 30, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED if len(data) >= len(_BOMB) else pressed
            for change in outer:
                if change.where % len(members) == number:
                    _mark(entry, change)
            bag.writestr(entry, data)
        for change in outer:
            _belie(bag.filelist[change.where % len(members)], change)
    return out.getvalue()


def _mark(entry: zipfile.ZipInfo, change: Change) -> None:
    """A member that is something else: a link, a folder, pressed in another way."""
    match change.pick % 5:
        case 0:
            entry.external_attr = 0o120777 << 16
        case 1:
            entry.external_attr = 0o040755 << 16 | 0x10
        case 2:
            entry.compress_type = zipfile.ZIP_DEFLATED
        case 3:
            entry.compress_type = (zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)[change.place % 2]
        case _:
            entry.date_time = (1980 + change.place % 127, change.place % 16, change.place % 32, 31, 63, 62)


def _belie(entry: zipfile.ZipInfo, change: Change) -> None:
    """A directory that says something else of a member than the member does."""
    big = (0, 1, 2**31, 2**40, 2**62)[change.place % 5]
    match change.pick % 7:
        case 0:
            entry.file_size = big
        case 1:
            entry.compress_size = big
        case 2:
            entry.header_offset = big
        case 3:
            entry.CRC ^= 1
        case 4:
            entry.flag_bits |= 1 << change.place % 16
        case 5:
            entry.compress_type = (8, 1, 6, 9, 12, 14, 93, 99)[change.place % 8]
        case _:
            entry.comment = b"\xff" * (change.place % 300)


def members_of(path: Path) -> Members:
    with zipfile.ZipFile(path) as bag:
        return [(entry.filename, bag.read(entry)) for entry in bag.infolist()]


# -- gzip --------------------------------------------------------------------------------------------------------------


def odd_members(data: bytes, some: Sequence[Change]) -> bytes:
    """A file of many gzip members, as a WARC is: changes inside them, pressed anew, or in the bytes themselves."""
    parts = gunzipped(data)
    bare = [change._replace(how=change.how // 3) for change in some if change.how % 3 == 0 or not parts]
    for change in some:
        if change.how % 3 and parts:
            at = change.where % len(parts)
            if change.how % 11 == 0:
                parts.insert(at, parts[change.pick % len(parts)])
            else:
                parts[at] = odd_bytes(parts[at], [change._replace(how=change.how // 3)])
    whole = b"".join(gzip.compress(part, 1, mtime=0) for part in parts)
    return odd_bytes(whole, bare)


def gunzipped(data: bytes) -> list[bytes]:
    parts = []
    while data[:2] == b"\x1f\x8b":
        unzip = zlib.decompressobj(31)
        try:
            parts.append(unzip.decompress(data))
        except zlib.error:  # spoilt by a change before this one
            break
        data = unzip.unused_data
    return parts


# -- the watch ---------------------------------------------------------------------------------------------------------

_WRITES = {"os.rename": (0, 1), "os.mkdir": (0,), "os.remove": (0,), "os.rmdir": (0,), "os.link": (1,),
"os.symlink": (1,),
           "os.truncate": (0,), "os.chmod": (0,), "os.utime": (0,), "sqlite3.connect": (0,),
           "shutil.rmtree": (0,)}  # fmt: skip
_watch: list[Watch] = []


@dataclass
class Watch:
    """What became of the cases of one parser."""

    folder: Path
    cases: int = 0
    ended: Counter[str] = field(default_factory=Counter)  # how: `result`, or the name of our error
    longest: float = 0.0
    strays: list[str] = field(default_factory=list)

    @contextmanager
    def case(self, ours: tuple[type[BaseException], ...]) -> Iterator[Path]:
        """A folder for one case. Errors of `ours` are counted, and all others go on: they are what is looked for."""
        here = self.folder / "case"
        here.mkdir()
        begun, said = time.perf_counter(), "result"
        faulthandler.dump_traceback_later(PATIENCE, exit=True)
        try:
            yield here
        except ours as error:
            said = type(error).__name__
        finally:
            faulthandler.cancel_dump_traceback_later()
            self.longest = max(self.longest, time.perf_counter() - begun)
            _emptied(here)
        self.cases += 1
        self.ended[said] += 1
        strays, self.strays = sorted(set(self.strays)), []
        assert not strays, f"written outside of its folder: {strays}"

    def see(self, event: str, words: tuple[Any, ...]) -> None:
        if event == "open":
            path, _, flags = words
            if isinstance(flags, int) and flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
                self._look(event, path)
        elif event in _WRITES and not (
            event in ("os.remove", "os.rmdir") and words[1] != -1
        ):  # of a tree: seen above it
            for at in _WRITES[event]:
                self._look(event, words[at])

    def _look(self, event: str, path: Any) -> None:
        if path and isinstance(path, str | bytes | os.PathLike):  # an empty one is SQLite's own, without a name
            there = os.path.realpath(os.fsdecode(path))
            plain = (
                there == "/dev/null"
                or there.endswith((":memory:", ".pyc"))
                or "/__pycache__" in there
                or "/.hypothesis" in there
            )
            if not plain and not _is_in(there, str(self.folder)):
                self.strays.append(f"{event} {there}")


def _is_in(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder + os.sep)


def _emptied(folder: Path) -> None:
    """Remove a case's folder: what it has made may have been made unreadable."""
    for root, folders, files in os.walk(folder, topdown=False):
        for name in files:
            os.unlink(os.path.join(root, name))
        for name in folders:
            there = os.path.join(root, name)
            os.unlink(there) if os.path.islink(there) else os.rmdir(there)
    os.rmdir(folder)


def _hook(event: str, words: tuple[Any, ...]) -> None:
    if _watch and (event == "open" or event in _WRITES):
        _watch[-1].see(event, words)


sys.addaudithook(_hook)  # for good: Python lets nobody take one away; it looks only while something is watched


@contextmanager
def watching(folder: Path) -> Iterator[Watch]:
    """A parser under watch: nothing may be written outside of `folder`, and memory has an end."""
    watch, before = Watch(Path(os.path.realpath(folder))), tempfile.tempdir
    (watch.folder / "tmp").mkdir()
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    held = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    tempfile.tempdir = str(watch.folder / "tmp")
    resource.setrlimit(resource.RLIMIT_AS, (held + ROOM, hard))
    _watch.append(watch)
    try:
        yield watch
    finally:
        _watch.remove(watch)
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))
        tempfile.tempdir = before
