"""The record: every answer as it came, in WARC 1.1, before anybody reads it.

While a capture is under way the record lies in `segments/`, one gzip member per record, each answer behind its request.
It is the only memory of a run: a run that was killed starts again from its beginning and finds here what was answered.
When the capture is sealed, the same members are laid down in one fixed order in `raw/`, so that the same answers give
the same bytes whichever thread heard them first.
Source: ISO 28500:2017 (iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1), seen 2026-11.
"""

import io
import json
import os
import re
import sqlite3
import threading
import uuid
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

from isal import isal_zlib

from model.errors import NotWhole
from model.times import stamp, when

_ELSEWHERE = "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"
_LINES = re.compile(r"[\r\n]")  # an address with a line end in it would write headers of its own
_BESIDE = re.compile(r"(media|raw)/[^/.\0][^/\0]*")  # where a body lies that is a file of its own
_REQUEST, _INFO = (b"WARC/1.1\r\nWARC-Type: %s\r\n" % kind for kind in (b"request", b"warcinfo"))
SEGMENT = 64 * 2**20  # bytes after which a segment is closed
CUT = 4 * 2**20  # … and after which `cut` closes it
_OPEN = 128  # segments that are open at once while they are laid down
SHELF_LIFE = timedelta(hours=20)  # for which an answer stands in for a new one, where the connector says nothing else


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """One answer with its request, keys scrubbed. `file` describes a body kept as a file of its own."""

    method: str
    url: str  # the address that answered
    asked: str  # the address that was asked for: another one where a redirect led on
    sent: tuple[tuple[str, str], ...]  # the request's headers
    status: int
    reason: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    at: datetime
    listing: int = 1  # which reading of the list it belongs to
    nth: int = 0  # how many answers to the same request came before it
    scrubbed: int = 0  # how many keys were taken out
    file: dict[str, str | int] | None = None  # path, size, sha256, sha512, type
    raw: str = ""  # the record's id


class Record:
    """The record of one capture under way, in `folder`. Safe for many threads; one process at a time.

    `hand`: a name of this run's own, where several workers go on with one record: each may have left a torn end.
    """

    def __init__(self, folder: Path, *, shelf_life: timedelta = SHELF_LIFE, hand: str = "") -> None:
        self.folder, self.shelf_life, self.replayed, self.kept = folder, shelf_life, 0, 0
        self._end = f".{hand}.warc.gz" if hand else ".warc.gz"
        self._lock = threading.Lock()
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "index.sqlite").unlink(missing_ok=True)  # derived: the segments are the truth
        self._index = sqlite3.connect(folder / "index.sqlite", check_same_thread=False, isolation_level=None)
        self._index.executescript(
            "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA cache_size=-8000;"
            "CREATE TABLE heard(at TEXT, url TEXT, method TEXT, listing INT, nth INT, status INT,"
            " segment TEXT, start INT, length INT);"
            "CREATE INDEX found ON heard(url, method, listing); BEGIN;"
        )
        for segment in self._segments():
            self._scan(segment)
        self._out: BinaryIO | None = None

    def find(self, method: str, url: str, now: datetime, listing: int | None = None) -> Heard | None:
        """The last good answer to this request, in this listing or any, if fresh enough to stand in for a new one."""
        with self._lock:
            row = self._index.execute(
                "SELECT segment, start, length FROM heard"
                " WHERE url=? AND method=? AND listing=coalesce(?, listing) AND at>=?"
                " AND (status BETWEEN 200 AND 299 OR status IN (404, 410)) ORDER BY listing DESC, nth DESC LIMIT 1",
                (url, method, listing, stamp(now - self.shelf_life)),
            ).fetchone()
        if row is None:
            return None
        heard = self._at(*row)
        self.replayed += 1
        return heard

    def _at(self, segment: str, start: int, length: int) -> Heard:
        with (self.folder / segment).open("rb") as file:
            file.seek(start)
            return _parse(list(_members(io.BytesIO(file.read(length))))[-1][2])

    def keep(self, heard: Heard) -> Heard:
        """Write one answer down. It is with the operating system when this returns: a killed process loses nothing."""
        digest = _digest(heard.body)
        with self._lock:
            (nth,) = self._index.execute(
                "SELECT count(*) FROM heard WHERE url=? AND listing=? AND method=?",
                (heard.asked, heard.listing, heard.method),
            ).fetchone()
            heard = replace(heard, nth=nth, raw=_id(heard, nth, digest))
            unit, out = _request(heard) + _response(heard, digest), self._open()
            start = out.tell()
            try:
                _write_all(out, unit)
            except OSError:
                out.truncate(start)  # a full disk must not leave half a record in front of the next one
                out.seek(start)
                raise
            self.kept += 1
            self._note(heard, Path(out.name).name, start, len(unit))
        return heard

    def span(self) -> tuple[str, str]:
        """The stamps of the first and the last answer; empty where there is none."""
        first, last = self._index.execute("SELECT min(at), max(at) FROM heard").fetchone()
        return first or "", last or ""

    def size(self) -> tuple[int, int]:
        """How many answers there are, and the bytes that they take on the disk."""
        with self._lock:
            answers, size = self._index.execute("SELECT count(*), sum(length) FROM heard").fetchone()
        return answers, size or 0

    def refused(self) -> Iterator[Heard]:
        """The answers that were errors, but for what is gone and for files that are not given to us."""
        with self._lock:
            rows = self._index.execute(
                "SELECT segment, start, length FROM heard WHERE status>=400 AND status NOT IN (404, 410)"
                " AND NOT (method='FILE' AND status IN (401, 403))"
            ).fetchall()
        return (self._at(*row) for row in rows)

    def seal(self, target: Path, name: str) -> None:
        """Lay all records down in `target` in the order they were heard, ties by address, each byte for byte."""
        target.mkdir(parents=True, exist_ok=True)
        for path in target.glob(f"{name}-*.warc.gz*"):  # of a sealing that was stopped
            path.unlink()
        rows = self._index.execute("SELECT segment, start, length FROM heard ORDER BY at, url, method, listing, nth")
        info, number, out = _info(name), 0, None
        with ExitStack() as stack:
            segments: dict[str, BinaryIO] = {}
            for segment, start, length in rows:
                if out is None or out.tell() + length > SEGMENT:
                    if out:
                        _finish(out)
                    out, number = (target / f"{name}-{number:05}.warc.gz.part").open("wb"), number + 1
                    out.write(info)
                if segment not in segments:
                    if len(segments) == _OPEN:
                        segments.pop(next(iter(segments))).close()
                    segments[segment] = stack.enter_context((self.folder / segment).open("rb"))
                segments[segment].seek(start)
                out.write(segments[segment].read(length))
        if out:
            _finish(out)
        for path in target.glob(f"{name}-*.warc.gz.part"):
            path.replace(path.with_suffix(""))
        if self._out:  # what is sealed needs no second copy on the disk
            self._out.close()
            self._out = None

    def close(self) -> None:
        if self._out:
            _finish(self._out)
            self._out = None
        self._index.close()

    def _segments(self) -> list[Path]:
        return sorted(self.folder.glob("*.warc.gz"))

    def _of_hand(self, segment: Path) -> list[Path]:
        """The segments that the same run wrote."""
        hand = segment.name.partition(".")[2]
        return [path for path in self._segments() if path.name.partition(".")[2] == hand]

    def cut(self) -> None:
        """Close the segment that is open, if it is large enough to be worth it."""
        with self._lock:
            if self._out and self._out.tell() > CUT:
                _finish(self._out)
                self._out = None

    def _open(self) -> BinaryIO:
        if self._out and self._out.tell() > SEGMENT:
            _finish(self._out)
            self._out = None
        if self._out is None:
            path = self.folder / f"{len(self._segments()) + 1:05}{self._end}"
            self._out = path.open("ab", buffering=0)
        return self._out

    def _scan(self, segment: Path) -> None:
        """Read one segment into the index. What a killed run left half written at the end is cut: nobody read it."""
        whole, start = 0, 0
        with segment.open("rb") as file:
            for at, length, block in _members(file):
                if block.startswith(_REQUEST):
                    start = at
                    continue
                if not block.startswith(b"WARC/"):
                    break
                heard, whole = _parse(block), at + length
                self._note(heard, segment.name, start, whole - start)
        if whole < segment.stat().st_size:
            if segment != self._of_hand(segment)[-1] or _goes_on(segment, whole):
                raise NotWhole(
                    f"{segment}: broken at byte {whole} of {segment.stat().st_size}. Somebody has touched the "
                    "capture under way: move the folder aside, and run again to take everything anew."
                )
            os.truncate(segment, whole)

    def _note(self, heard: Heard, segment: str, start: int, length: int) -> None:
        self._index.execute(
            "INSERT INTO heard VALUES (?,?,?,?,?,?,?,?,?)",
            (
                stamp(heard.at),
                heard.asked,
                heard.method,
                heard.listing,
                heard.nth,
                heard.status,
                segment,
                start,
                length,
            ),
        )


def records(path: Path) -> Iterator[Heard]:
    """Every answer in one sealed file, in its order."""
    with path.open("rb") as file:
        for _, _, block in _members(file):
            if not block.startswith((_REQUEST, _INFO)):
                yield _parse(block)


def _write_all(out: BinaryIO, data: bytes) -> None:
    """Write all of it: a disk that is nearly full takes a part and says nothing until it is asked again."""
    while data:
        data = data[out.write(data) :]


def _goes_on(segment: Path, broken: int) -> bool:
    """Whether a whole answer lies behind a break: then it is no torn end, and nothing may be cut off."""
    with segment.open("rb") as file:
        file.seek(broken)
        rest = file.read()
    at = 0
    while (at := rest.find(b"\x1f\x8b\x08", at + 1)) > 0:
        _, _, block = next(_members(io.BytesIO(rest[at:])), (0, 0, b""))
        if block.startswith(b"WARC/") and b"WARC-Type: request" not in block[:4096]:
            return True
    return False


def _finish(out: BinaryIO) -> None:
    out.flush()
    os.fsync(out.fileno())
    out.close()


def _members(file: BinaryIO) -> Iterator[tuple[int, int, bytes]]:
    """(start, length, content) of each whole gzip member; ends at the first that is not whole."""
    start, rest = 0, b""
    while True:
        unzip, content, used = isal_zlib.decompressobj(31), [], 0
        while not unzip.eof:
            rest = rest or file.read(2**18)
            if not rest:
                return
            used += len(rest)
            try:
                content.append(unzip.decompress(rest))
            except isal_zlib.error:  # type: ignore[misc]  # its stub says otherwise
                return
            rest = b""
        rest = unzip.unused_data
        yield start, used - len(rest), b"".join(content)
        start += used - len(rest)


def _digest(data: bytes) -> str:
    return f"sha256:{sha256(data).hexdigest()}"  # hex, as sha256sum writes it; the standard leaves the form open


def _id(heard: Heard, nth: int, digest: str) -> str:
    seen = f"{heard.method} {heard.asked} {heard.url} {heard.listing} {nth} {stamp(heard.at)} {digest}"
    return f"<urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, seen)}>"


def _request(heard: Heard) -> bytes:
    own = f"<urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, heard.raw)}>"
    path = "/" + heard.url.partition("://")[2].partition("/")[2]
    http = _http(f"{'GET' if heard.method == 'FILE' else heard.method} {path} HTTP/1.1", heard.sent)
    return _member("request", own, heard, http, {"WARC-Concurrent-To": heard.raw})


def _response(heard: Heard, digest: str) -> bytes:
    http = _http(f"HTTP/1.1 {heard.status} {heard.reason}", heard.headers)
    more = {"Arsring-Method": heard.method, "Arsring-Listing": str(heard.listing), "Arsring-Nth": str(heard.nth)}
    if heard.asked != heard.url:
        more["Arsring-Asked"] = heard.asked
    if heard.scrubbed:
        more["Arsring-Scrubbed"] = str(heard.scrubbed)
    if heard.file is None:
        return _member("response", heard.raw, heard, http + heard.body, {"WARC-Payload-Digest": digest, **more})
    more |= {
        "WARC-Payload-Digest": f"sha256:{heard.file['sha256']}",
        "WARC-Profile": _ELSEWHERE,
        "Arsring-File": json.dumps(heard.file),
    }
    return _member("revisit", heard.raw, heard, http, more)


def _http(first: str, headers: tuple[tuple[str, str], ...]) -> bytes:
    lines = "\r\n".join([first, *(f"{name}: {value}" for name, value in headers)])
    return f"{lines}\r\n\r\n".encode("latin-1", "backslashreplace")  # latin-1: as http.client read them


def _member(kind: str, own: str, heard: Heard, block: bytes, more: dict[str, str]) -> bytes:
    """One record, zipped. Written by hand: it is the heart of the matter (docs/decisions/0003)."""
    part = "request" if kind == "request" else "response"
    head = {
        "WARC-Type": kind, "WARC-Record-ID": own, "WARC-Date": stamp(heard.at), "WARC-Target-URI": heard.url,
        "WARC-Block-Digest": _digest(block), **more, "Content-Type": f"application/http; msgtype={part}",
    }  # fmt: skip
    return _zipped(head, block)


def _info(name: str) -> bytes:
    text = (
        f"software: arsring\r\nformat: WARC/1.1\r\nisPartOf: {name}\r\ndescription: Answers as heard, keys replaced by "
        "[removed]. The body of a revisit record is a file of its own, named in Arsring-File.\r\n"
    ).encode()
    own = f"<urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, name)}>"
    return _zipped({"WARC-Type": "warcinfo", "WARC-Record-ID": own, "WARC-Date": "1970-01-01T00:00:00Z",
                    "WARC-Block-Digest": _digest(text), "Content-Type": "application/warc-fields"}, text)  # fmt: skip


def _zipped(head: dict[str, str], block: bytes) -> bytes:
    lines = "".join(f"{name}: {_LINES.sub(' ', value)}\r\n" for name, value in head.items())
    press = isal_zlib.compressobj(1, isal_zlib.DEFLATED, 31)
    data = f"WARC/1.1\r\n{lines}Content-Length: {len(block)}\r\n\r\n".encode() + block + b"\r\n\r\n"
    return bytes(press.compress(data) + press.flush())


def _parse(block: bytes) -> Heard:
    """One record as `_response` wrote it. NotWhole where it is not of our making."""
    try:
        return _parsed(block)
    except (LookupError, ValueError, TypeError, RecursionError) as error:
        raise NotWhole(
            f"A record that is not of our making ({error!r:.200}). Somebody has touched the capture: move its folder "
            "aside, and run again to take everything anew."
        ) from error


def _parsed(block: bytes) -> Heard:
    head, _, rest = block.partition(b"\r\n\r\n")
    http, _, body = rest.partition(b"\r\n\r\n")
    warc = dict(line.split(": ", 1) for line in head.decode().split("\r\n")[1:])
    first, *lines = http.decode("latin-1").split("\r\n")
    _, status, reason = first.split(" ", 2)
    file, at, url = warc.get("Arsring-File"), when(warc["WARC-Date"]), warc["WARC-Target-URI"]
    if at is None:
        raise NotWhole(f"A record without a readable WARC-Date: {warc['WARC-Record-ID']}")
    return Heard(
        method=warc["Arsring-Method"],
        url=url,
        asked=warc.get("Arsring-Asked", url),
        sent=(),
        status=int(status),
        reason=reason,
        headers=tuple((name, value) for name, _, value in (line.partition(": ") for line in lines)),
        body=body[: int(warc["Content-Length"]) - len(http) - 4],
        at=at,
        listing=_reading(warc["Arsring-Listing"]),
        nth=_count(warc["Arsring-Nth"]),
        scrubbed=_count(warc.get("Arsring-Scrubbed", "0")),
        file=_file(json.loads(file)) if file else None,
        raw=warc["WARC-Record-ID"],
    )


def _count(text: str) -> int:
    """A number as we write them, which every index takes. ValueError else."""
    if not re.fullmatch("[0-9]{1,9}", text):
        raise ValueError(text[:20])
    return int(text)


def _reading(text: str) -> int:
    """The number of a reading; a look for an announcement (pipeline/closing.py) is one below 0."""
    return -_count(text[1:]) if text.startswith("-") else _count(text)


def _file(told: dict[str, str | int]) -> dict[str, str | int]:
    """What is said of a file, if it is all there and of a file beside the record. ValueError or LookupError else."""
    texts, size = [told[name] for name in ("path", "sha256", "sha512", "type")], told["size"]
    whole = all(isinstance(text, str) for text in texts) and type(size) is int and size >= 0
    if not whole or not _BESIDE.fullmatch(str(texts[0])):
        raise ValueError(told)
    return told
