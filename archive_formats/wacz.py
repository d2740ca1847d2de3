"""WACZ 1.1.1: the record (WARC) with an index and a list of pages, for ReplayWeb.page and the like; an access copy.

    datapackage.json, datapackage-digest.json    every file with size and hash; the hash of that list
    archive/*.warc.gz                            the record
    indexes/index.cdx                            where each answer lies in it (CDXJ)
    pages/pages.jsonl                            the answers that can be looked at
    capture/, media/, raw/, supplied/            all else that the capture has; media lie here and not in the record

The same capture gives the same bytes. Each byte is read once, and checked against the seal on the way.
The standard has the folder at the root of the ZIP, and its name should end in .wacz.
Source: specs.webrecorder.net/wacz/1.1.1 and /cdxj/0.1.0, seen 2026-11.
"""

import json
import re
import sqlite3
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from hashlib import sha256
from itertools import chain, zip_longest
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from archive_formats import _held
from archive_formats._facts import place
from archive_formats._inputs import packed, touched, whole
from archive_formats._zip import Zip
from model.capture import dumps, files, ledger_of, write
from model.nouns import Held, Order, Package
from model.settings import Settings
from model.times import stamp

TAKES_MADE = False
MARK = "datapackage.json"  # a file that tells this format from others; it has no root folder
_BLOCK = 2**20
_HEAD = 2**17  # bytes of a record in which its own headers and those of the answer must end
_PAGES = ("text/html", "application/json", "application/activity+json")
_OWN = ("datapackage.json", "datapackage-digest.json")


def pack(capture: Path, order: Order, made: Path, settings: Settings, target: Path) -> Package:
    """Write the package to `target`, or find it there; of the capture alone. NotWhole where that is not as sealed."""
    verdict = ledger_of(capture)["verdict"]
    listing = target.with_name(target.name.removesuffix(".zip") + ".sha256")
    if not _found(target, capture):
        with _rows(target) as rows, whole(target, order, "sha256") as out:
            _Packing(out, order, rows).write(capture)
    with zipfile.ZipFile(target) as held:
        write(listing, [f"{_digest(held, name)}  {name}\n".encode() for name in sorted(held.namelist())])
    return packed(target, order, "wacz", verdict, listing)


def check(package: Path) -> list[str]:
    """What is wrong with a package, a sentence each; nothing if it is as its datapackage.json says."""
    return _held.faults(package, _faults)


def where(path: str, objid: str, settings: Settings) -> str:
    """Nothing: what is made of the capture does not go along, and the package tells of itself."""
    return ""


def read(package: Path | Held, name: str) -> Iterator[bytes]:
    """The lines of one file of the capture, out of its package. NotWhole where the package cannot be read."""
    yield from _held.lines(package, name, lambda _: _place_of(name))


def _place_of(name: str) -> str:
    """Where a file of the capture lies."""
    folder, _, rest = name.partition("/")
    if not rest:
        return f"capture/{name}"
    if folder == "raw" and rest.endswith((".warc.gz", ".warc")):
        return f"archive/{place(rest)}"
    flat = rest.replace("/", "\0")  # py-wacz knows no folder within a folder
    return f"{folder}/{place(flat)}"


def _found(target: Path, capture: Path) -> bool:
    """Whether the package is there, whole and of this very capture."""
    if not target.exists() or check(target):
        return False
    with (capture / "seal.jsonl").open("rb") as seal:
        return all(ours == theirs for ours, theirs in zip_longest(seal, read(target, "seal.jsonl")))


@contextmanager
def _rows(target: Path) -> Iterator[sqlite3.Connection]:
    """Where the index is sorted: on the disk, for there may be a million answers."""
    path = target.with_name(target.name + ".index")
    path.unlink(missing_ok=True)
    try:
        with closing(sqlite3.connect(path, isolation_level=None)) as rows:
            rows.executescript(
                "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; BEGIN; CREATE TABLE answers(line TEXT, page TEXT);"
                "CREATE TABLE files(path TEXT PRIMARY KEY, line TEXT) WITHOUT ROWID;"
            )
            yield rows
    finally:
        path.unlink(missing_ok=True)


class _Packing:
    """One package being written."""

    def __init__(self, out: Zip, order: Order, rows: sqlite3.Connection) -> None:
        self.out, self.order, self.rows = out, order, rows

    def write(self, capture: Path) -> None:
        for due in chain(files(capture), [{"path": "seal.jsonl"}]):
            self._put(capture, due)
        self._add("indexes/index.cdx", self._lines("SELECT line FROM answers ORDER BY line"))
        first = dumps({"format": "json-pages-1.0", "id": "pages", "title": self._title()})
        pages = self._lines("SELECT DISTINCT page FROM answers WHERE page != '' ORDER BY page")
        self._add("pages/pages.jsonl", chain([first.encode() + b"\n"], pages))
        known = self.out.add("datapackage.json", self._datapackage())
        said = {"path": "datapackage.json", "hash": f"sha256:{known.digests['sha256']}"}
        self.out.add("datapackage-digest.json", [dumps(said).encode() + b"\n"])

    def _put(self, capture: Path, due: dict[str, Any]) -> None:
        """One file of the capture, if it is as its seal has it."""
        path, name = capture / due["path"], _place_of(due["path"])
        if not path.is_file():
            raise touched(path, "missing")
        with path.open("rb") as file:
            pieces = iter(lambda: file.read(_BLOCK), b"")
            size, digest = self._add(name, self._indexed(name, pieces))
        if "size" in due and (size, digest) != (due["size"], due["sha256"]):
            raise touched(path, "changed")

    def _add(self, name: str, pieces: Iterable[bytes]) -> tuple[int, str]:
        found = self.out.add(name, pieces)
        digest = found.digests["sha256"]
        about = {"name": _slug(name), "path": name, "hash": f"sha256:{digest}", "bytes": found.size}
        if not name.startswith(("archive/", "indexes/", "pages/")):
            about["type"] = "file"  # or frictionless would read our lines as a table
        self.rows.execute("INSERT INTO files VALUES (?,?)", (name, dumps(about)))
        return found.size, digest

    def _indexed(self, name: str, pieces: Iterable[bytes]) -> Iterable[bytes]:
        if not (name.startswith("archive/") and name.endswith(".gz")):
            return pieces
        return indexed(pieces, lambda start, length, head: self._index(name, start, length, head))

    def _index(self, name: str, start: int, length: int, head: bytes) -> None:
        """One record of the WARC, met in passing."""
        if answer := _answer(head):
            url, at = answer.pop("url"), answer.pop("at")
            entry = {"url": url, **answer, "length": str(length), "offset": str(start)}
            line = f"{key(url)} {re.sub('[^0-9]', '', at)[:14]} {dumps(entry | {'filename': name.partition('/')[2]})}"
            shown = answer["status"] == "200" and answer["mime"] in _PAGES
            self.rows.execute(
                "INSERT INTO answers VALUES (?,?)", (line, dumps({"url": url, "ts": at, "title": url}) if shown else "")
            )

    def _lines(self, query: str) -> Iterator[bytes]:
        return (f"{line}\n".encode() for (line,) in self.rows.execute(query))

    def _title(self) -> str:
        account = self.order.account
        return f"{account.unit or account.id}: {account.address} ({self.order.year})"

    def _datapackage(self) -> Iterator[bytes]:
        facts = {
            "profile": "data-package", "wacz_version": "1.1.1", "title": self._title(),
            "description": "The platform's answers as they came (WARC). Pictures and films lie in `media/`, under the "
            "name of their own SHA-256; the record has their headers alone.",
            "created": stamp(self.order.created), "software": "arsring",
        }  # fmt: skip
        yield dumps(facts).removesuffix("}").encode() + b', "resources": [\n'
        comma = b""
        for (line,) in self.rows.execute("SELECT line FROM files ORDER BY path"):
            yield comma + line.encode()
            comma = b",\n"
        yield b"\n]}\n"


def indexed(pieces: Iterable[bytes], tell: Callable[[int, int, bytes], None]) -> Iterator[bytes]:
    """The pieces as they come; on the way each record of a WARC is told: (start, length, its first bytes unzipped)."""
    pieces, unzip, head, start, at = iter(pieces), zlib.decompressobj(31), b"", 0, 0
    for piece in pieces:
        yield piece
        left = piece
        while left:
            try:
                found = unzip.decompress(left, _HEAD)
            except zlib.error:
                yield from pieces  # no gzip from here on: kept as it is, and not in the index
                return
            head = head if len(head) >= _HEAD else head + found
            rest = unzip.unused_data if unzip.eof else unzip.unconsumed_tail
            at, left = at + len(left) - len(rest), rest
            if unzip.eof:
                tell(start, at - start, head)
                unzip, head, start = zlib.decompressobj(31), b"", at


def _answer(head: bytes) -> dict[str, str] | None:
    """What the index says of a record, but where it lies; None for what is no answer."""
    own, _, rest = head.partition(b"\r\n\r\n")
    known = dict(_header(line) for line in own.decode("utf-8", "replace").split("\r\n")[1:])
    if known.get("warc-type") not in ("response", "revisit") or "warc-target-uri" not in known:
        return None
    first, *lines = rest.partition(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")
    http = dict(_header(line) for line in lines)
    mime = http.get("content-type", "").partition(";")[0].strip() or "application/octet-stream"
    return {
        "url": known["warc-target-uri"], "at": known.get("warc-date", ""),
        "mime": "warc/revisit" if known["warc-type"] == "revisit" else mime,
        "status": f"{first} - -".split(" ")[1], "digest": known.get("warc-payload-digest", ""),
    }  # fmt: skip


def _header(line: str) -> tuple[str, str]:
    name, _, value = line.partition(":")
    return name.strip().lower(), value.strip()


def key(url: str) -> str:
    """An address as an index sorts it: the host's parts turned round, small letters, the query's parts in order."""
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").removeprefix("www."), parts.port
    except ValueError:
        return re.sub(r"\s", "", url.lower())
    turned = ",".join(reversed(host.split("."))) + (f":{port}" if port not in (None, 80, 443) else "")
    query = "&".join(sorted(parts.query.lower().split("&")))
    path = parts.path.lower().rstrip("/") or "/"
    return re.sub(r"\s", "", f"{turned}){path}" + (f"?{query}" if query else ""))


def _slug(name: str) -> str:
    return re.sub("[^a-z0-9._-]+", "-", name.lower())


def _faults(held: zipfile.ZipFile) -> Iterator[str]:
    names = held.namelist()
    due = {"archive/": "a WARC", "indexes/": "an index", "pages/pages.jsonl": "the list of pages"}
    yield from (f"{what} is missing ({start})" for start, what in due.items() if not any(map(_begins(start), names)))
    yield from _list_faults(held)
    yield from _index_faults(held)
    yield from _page_faults(held)


def _list_faults(held: zipfile.ZipFile) -> Iterator[str]:
    known, digest = _json(held, "datapackage.json"), _json(held, "datapackage-digest.json")
    if known is None:
        yield "datapackage.json is missing, or no JSON"
        return
    if known.get("profile") != "data-package" or known.get("wacz_version") != "1.1.1":
        yield "datapackage.json does not say that it is a WACZ 1.1.1"
    if digest is None or digest.get("hash") != f"sha256:{_digest(held, 'datapackage.json')}":
        yield "datapackage.json is not as datapackage-digest.json says"
    yield from _resource_faults(held, known)


def _begins(start: str) -> Callable[[str], bool]:
    return lambda name: name.startswith(start) and not name.endswith("/")


def _json(held: zipfile.ZipFile, name: str) -> dict[str, Any] | None:
    try:
        found = json.loads(held.read(name))
    except (KeyError, ValueError, RecursionError, zipfile.BadZipFile):
        return None
    return found if isinstance(found, dict) else None


def _digest(held: zipfile.ZipFile, name: str) -> str:
    """The SHA-256 of a file; what is wrong with it, where the ZIP itself says that it is damaged."""
    found = sha256()
    try:
        with held.open(name) as file:
            while piece := file.read(_BLOCK):
                found.update(piece)
    except zipfile.BadZipFile as error:
        return str(error)
    return found.hexdigest()


def _resource_faults(held: zipfile.ZipFile, known: dict[str, Any]) -> Iterator[str]:
    listed = known.get("resources")
    rows = [row for row in listed if isinstance(row, dict)] if isinstance(listed, list) else []
    sizes = {entry.filename: entry.file_size for entry in held.infolist() if entry.filename[-1:] != "/"}
    for row in rows:
        name = str(row.get("path", ""))
        if name not in sizes:
            yield f"{name}: listed in datapackage.json, and missing"
        elif sizes[name] != row.get("bytes") or row.get("hash") != f"sha256:{_digest(held, name)}":
            yield f"{name}: not as datapackage.json says"
    for name in sorted(sizes.keys() - {str(row.get("path", "")) for row in rows} - set(_OWN)):
        yield f"{name}: not in datapackage.json"


def _index_faults(held: zipfile.ZipFile) -> Iterator[str]:
    """Whether each line of a plain index points at a record."""
    sizes = {entry.filename: entry.file_size for entry in held.infolist()}
    for name in sorted(name for name in sizes if re.fullmatch(r"indexes/[^/]+\.cdxj?", name)):
        for number, line in enumerate(_lines_of(held, name), 1):
            try:
                entry = json.loads(line.split(b" ", 2)[2])
                end = int(entry["offset"]) + int(entry["length"])
                inside = 0 <= int(entry["offset"]) < end <= sizes[f"archive/{entry['filename']}"]
            except (ValueError, KeyError, IndexError, TypeError, RecursionError):
                inside = False
            if not inside:
                yield f"{name}: line {number} points at no record"


def _page_faults(held: zipfile.ZipFile) -> Iterator[str]:
    for number, line in enumerate(_lines_of(held, "pages/pages.jsonl"), 1):
        try:
            page = json.loads(line)
            fine = "format" in page if number == 1 else bool(page["url"] and page["ts"])
        except (ValueError, KeyError, TypeError, RecursionError):
            fine = False
        if not fine:
            yield f"pages/pages.jsonl: line {number} is no page"


def _lines_of(held: zipfile.ZipFile, name: str) -> Iterator[bytes]:
    """The lines of a file; none where it is missing or damaged, which is told elsewhere."""
    try:
        with held.open(name) as lines:
            yield from lines
    except (KeyError, zipfile.BadZipFile):
        return
