"""A delivered package opened where the store holds it: its reading copy file by file, never unpacked as a whole.

    look      what there is to tell of a package: figures, gaps, where its reading copy begins, its evidence
    member    one file of its reading copy, or a piece of it
    whole     the package itself: an address of the store for some minutes, or its bytes
    paper     one of the small files that prove it

Only what the reading copy leads to is handed out: its own pages, the content beside them, LASMIG.txt.
"""

import json
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from posixpath import splitext
from typing import Any, BinaryIO, Final

from model.errors import ArsringError, NotWhole
from model.nouns import Receipt
from pipeline import evidence, line
from pipeline.line import Place
from pipeline.swedish import swedish
from reading.room import Kept, Said
from stores import _receipts

LINK_SECONDS: Final = 600  # so long the store's own address of a package works
STAMPS: Final = (".tsr", ".pem")  # how the names of time stamps and their certificates end
LATER: Final = (*STAMPS, *evidence.CERTIFICATES)  # what comes after its package, if it comes
CHECKED: Final = 8 * 2**20  # bytes: a smaller file is read whole and checked before any of it is handed out
_PIECE: Final = 2**20
_LOCAL: Final = struct.Struct("<4s22xHH")  # a file's own head in a ZIP: its mark, the lengths of name and extra field
_HOME: Final = re.compile(r"((?:[^/]+/)+?)(representations|content)/reading/data/index\.html")
_ENGLISH: Final = "en/index.html"  # beside it
_LAYOUTS: Final = {  # of E-ARK (and OCFL), and of FGS 1.2: where pages, content and LASMIG.txt lie
    "representations": ("representations/reading/data/", "representations/content/data/", "documentation/LASMIG.txt"),
    "content": ("content/reading/data/", "content/content/data/", "content/documentation/lasmig.txt"),
}
_WHY: Final[dict[type[Exception], str]] = {
    FileNotFoundError: "it is not there", PermissionError: "this program may not", OSError: "the disk refuses",
    zipfile.BadZipFile: "it is no whole ZIP file",
}  # fmt: skip
_TYPES: Final = {
    ".html": "text/html; charset=utf-8", ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8", ".txt": "text/plain; charset=utf-8",
    ".json": "application/json", ".csv": "text/csv; charset=utf-8", ".png": "image/png", ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg", ".gif": "image/gif", ".webp": "image/webp", ".avif": "image/avif", ".bmp": "image/bmp",
    ".svg": "image/svg+xml", ".mp4": "video/mp4", ".m4v": "video/mp4", ".webm": "video/webm", ".ogv": "video/ogg",
    ".mov": "video/quicktime", ".mp3": "audio/mpeg", ".m4a": "audio/mp4", ".ogg": "audio/ogg", ".oga": "audio/ogg",
    ".wav": "audio/wav", ".flac": "audio/flac", ".aac": "audio/aac",
}  # fmt: skip


class NoSuch(Exception):
    """There is no such file, or it is not one to be handed out."""


class Beyond(NoSuch):
    """The piece that is asked for begins behind the file's end."""


class Damaged(Exception):
    """A file is there, and is not what was packed."""


@dataclass(frozen=True, slots=True)
class Index:
    """Where the files of a reading copy stand in a package."""

    base: str  # the folders around it
    home: str  # its first page, below `base`
    files: dict[str, zipfile.ZipInfo]  # below `base` → where


@dataclass(frozen=True, slots=True)
class Member:
    """One file, to be sent: what it is, how long, its bytes (from `first` on, `length` of them)."""

    type: str
    attached: bool  # to be saved and not shown
    size: int
    first: int
    length: int
    data: Iterator[bytes]


def look(receipt: Receipt, digest: str, kind: str, year: str, place: Place, gone: str = "") -> Kept:
    """What there is to tell of a package; a sentence in `fault` where something could not be read.

    `gone`: why the package itself cannot be had, where that is known.
    """
    found, faults, lost = dict[str, Any](), [gone] if gone else list[str](), bool(gone)
    for read in (_counted,) if gone else (_counted, _copy, _weighed):
        try:
            found |= read(receipt, place)
        except (ArsringError, OSError) as error:
            faults.append(str(error))
            if lost := read is _copy:  # nothing else can be had from it either
                break
    return Kept(
        order=receipt.order, kind=kind, year=year, verdict=receipt.verdict, size=receipt.size, sha256=receipt.sha256,
        receipt=digest, previous=receipt.previous, promise=_both(receipt.promise), format=receipt.format,
        where=place.shelf.where(receipt), evidence=tuple(papers(receipt, place)),
        fault=_both("\n".join(faults)), lost=lost, **found,
    )  # fmt: skip


def gaps(receipt: Receipt, place: Place) -> dict[str, int]:
    """How many gaps its ledger names, reason by reason. NotWhole where it cannot be read."""
    found: dict[str, int] = _weighed(receipt, place)["gaps"]
    return found


def index(receipt: Receipt, place: Place) -> Index:
    """Where its reading copy's files stand. NotWhole where the package cannot be read as one."""
    return _index(_Of(receipt, place))


def member(receipt: Receipt, path: str, place: Place, first: int = 0, last: int | None = None) -> Member:
    """A file of the reading copy, or its bytes from `first` to `last`.

    Raises NoSuch, Beyond, Damaged, and NotWhole where the package cannot be read.
    """
    found = index(receipt, place)
    entry = found.files.get(path)
    if entry is None:
        raise NoSuch(path)
    size = entry.file_size
    end = size if last is None else min(size, last + 1)
    if first and first >= end:
        raise Beyond(path)
    whole = (first, end) == (0, size)
    type_, shown = _type(path)
    data = _checked(receipt, entry, place) if whole and size <= CHECKED else _pieces(receipt, entry, place, first, end)
    return Member(type_, not shown, size, first, end - first, data)


def whole(receipt: Receipt, place: Place) -> str | Iterator[bytes]:
    """The package: an address that works for `LINK_SECONDS`, where the store makes such ones; else its bytes."""
    if place.settings.store != "s3":
        return _through(_opened(receipt, place))
    from stores import _upkeep, s3

    assert isinstance(place.shelf, s3.Shelf)  # noqa: S101 - the settings name that store
    return _upkeep.link(place.shelf, receipt, LINK_SECONDS)


def papers(receipt: Receipt, place: Place) -> list[str]:
    """What proves a package: its receipt, what stands beside it, the stamps that the settings' authorities give.

    Of a closure also its certificate. What is in LATER may not be there.
    """
    (order, digest), _ = _receipts.written(receipt)
    manifest = f"{order}{evidence.MANIFEST}"
    names = [f"{order}.{digest}.receipt.json", *receipt.beside]
    if manifest in receipt.beside:
        stem = manifest.removesuffix(".json")
        names += [f"{stem}.{one.name}{end}" for one in place.settings.stamps for end in STAMPS]
    if (rank := _receipts.rank(order, receipt.account)) and rank[1] == ".closure":
        names += [f"{rank[0]}-{receipt.account}{rank[1]}{end}" for end in evidence.CERTIFICATES]
    return names


def paper(receipt: Receipt, name: str, place: Place) -> tuple[int | None, Iterator[bytes]]:
    """One of them: its bytes, and how many there are where that is known. Raises NoSuch where it is none of them."""
    names = papers(receipt, place)
    if name not in names:
        raise NoSuch(name)
    if name == names[0]:
        text = _receipts.written(receipt)[1]
        return len(text), iter([text])
    try:
        if name in receipt.beside:
            return None, _through(place.shelf.open(receipt, name))
        text = place.shelf.read(name)
    except OSError as error:  # no stamp has come yet, or no certificate
        raise NoSuch(name) from error
    return len(text), iter([text])


# -- inside ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class _Of:
    """A package, compared by what is in it alone."""

    receipt: Receipt
    place: Place

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Of) and self.receipt.sha256 == other.receipt.sha256

    def __hash__(self) -> int:
        return hash(self.receipt.sha256)


@lru_cache(maxsize=32)
def _index(of: _Of) -> Index:
    receipt, name = of.receipt, of.place.shelf.where(of.receipt)
    try:
        with of.place.shelf.open(receipt) as file, zipfile.ZipFile(file) as held:
            entries = {one.filename: one for one in held.infolist()}
    except (OSError, zipfile.BadZipFile, EOFError, NotImplementedError, UnicodeDecodeError, struct.error) as error:
        raise _unread(name, error) from error
    home = next(filter(None, map(_HOME.fullmatch, entries)), None)
    if home is None:
        return Index("", "", {})
    base, layout = home[1], _LAYOUTS[home[2]]
    files = {
        path.removeprefix(base): entry
        for path, entry in entries.items()
        if path.startswith(base) and path.removeprefix(base).startswith(layout) and _plain(path, entry)
    }
    return Index(base, home[0].removeprefix(base), files)


def _plain(path: str, entry: zipfile.ZipInfo) -> bool:
    """Whether it is a file that lies where its name says, stored as we store. What is pressed was packed by others."""
    parts = path.split("/")
    stored = entry.compress_type == zipfile.ZIP_STORED and not entry.flag_bits & 1
    return stored and entry.compress_size == entry.file_size and not {"", ".", ".."} & set(parts) and "\\" not in path


def _copy(receipt: Receipt, place: Place) -> dict[str, Any]:
    found = index(receipt, place)
    english = found.home.removesuffix("index.html") + _ENGLISH
    return {"copy": {"sv": found.home, "en": english if english in found.files else found.home} if found.home else {}}


def _counted(receipt: Receipt, place: Place) -> dict[str, Any]:
    """What the manifest counts."""
    with suppress(OSError):
        counts = _manifest(receipt, place).get("counts")
        known = counts.items() if isinstance(counts, dict) else ()
        return {"counts": {name: value for name, value in known if isinstance(value, int)}}
    return {}


def _weighed(receipt: Receipt, place: Place) -> dict[str, Any]:
    """What the ledger says of time and gaps."""
    package = line.held(receipt, place)
    try:
        ledger = json.loads(b"".join(line.archive_format(receipt.format).read(package, "ledger.json")))
        gaps = {str(why): int(count) for why, count in ledger.get("gaps", {}).items()}
        return {"gaps": gaps, "began": str(ledger.get("began", "")), "ended": str(ledger.get("ended", ""))}
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        raise NotWhole(
            f"{package}: its ledger is not as this version of Årsring writes one ({type(error).__name__}), so its gaps "
            "and its times are not shown here. What is in the package can be read all the same."
        ) from error


def _manifest(receipt: Receipt, place: Place) -> dict[str, Any]:
    if (name := f"{receipt.order}{evidence.MANIFEST}") not in receipt.beside:
        return {}
    with place.shelf.open(receipt, name) as file:
        return dict(evidence.parse(name, file.read()).says)


def _type(path: str) -> tuple[str, bool]:
    """The content type of a file, and whether a browser is to show it."""
    found = _TYPES.get(splitext(path)[1].casefold())
    page = "/reading/data/" in f"/{path}"
    if found is None or (found.startswith(("text/html", "text/javascript")) and not page):
        return "application/octet-stream", False
    return found, True


def _checked(receipt: Receipt, entry: zipfile.ZipInfo, place: Place) -> Iterator[bytes]:
    data = b"".join(_pieces(receipt, entry, place, 0, entry.file_size))
    if len(data) != entry.file_size or zlib.crc32(data) != entry.CRC:
        raise Damaged(entry.filename)
    return iter([data])


def _pieces(receipt: Receipt, entry: zipfile.ZipInfo, place: Place, first: int, end: int) -> Iterator[bytes]:
    """A file's bytes from `first` up to `end`, straight out of the store. Damaged where it does not stand there."""
    if not 0 <= entry.header_offset <= receipt.size:
        raise Damaged(entry.filename)
    with _opened(receipt, place) as file:
        file.seek(entry.header_offset)
        head = file.read(_LOCAL.size)
        if len(head) != _LOCAL.size or (found := _LOCAL.unpack(head))[0] != b"PK\x03\x04":
            raise Damaged(entry.filename)
        file.seek(entry.header_offset + _LOCAL.size + found[1] + found[2] + first)
        left = end - first
        while left and (piece := file.read(min(_PIECE, left))):
            left -= len(piece)
            yield piece


def _both(text: str) -> Said:
    return {"sv": swedish(text), "en": text} if text else {}


def _opened(receipt: Receipt, place: Place) -> BinaryIO:
    try:
        return place.shelf.open(receipt)
    except OSError as error:
        raise _unread(place.shelf.where(receipt), error) from error


def _unread(name: str, error: Exception) -> NotWhole:
    why = next((says for kind, says in _WHY.items() if isinstance(error, kind)), "it is damaged")
    return NotWhole(f"{name}: cannot be read ({why}). Run `arsring store verify`.")


def _through(file: BinaryIO) -> Iterator[bytes]:
    with file:
        while piece := file.read(_PIECE):
            yield piece
