"""Which format a file has (PRONOM), and what the archive does with it (format_policy.toml).

Siegfried's signatures decide (pygfried). It reads each file anew and to its end (7 seconds a gigabyte), so what social
media are full of is recognised by where its signatures lie; the tests hold that to Siegfried's answer.
"""

import tomllib
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from os.path import splitext
from pathlib import Path
from typing import BinaryIO, Final

import pygfried

from model.settings import Handling

UNKNOWN = "UNKNOWN"
_JFIF = {b"\1\0": "fmt/42", b"\1\1": "fmt/43", b"\1\2": "fmt/44"}
_MIME = {
    ".html": "text/html", ".css": "text/css", ".csv": "text/csv", ".json": "application/json", ".txt": "text/plain",
    ".jsonl": "text/plain", ".xml": "application/xml", ".xsd": "application/xml", ".vtt": "text/vtt",
    ".gz": "application/gzip", ".pdf": "application/pdf", ".png": "image/png", ".js": "text/javascript",
}  # fmt: skip
# Registered at IANA, and in commons-ip's list too: for another type it refuses a whole package. It does not know
# image/webp (RFC 9649) and video/webm; the PRONOM id beside the type says what such a file is.
_REGISTERED = frozenset(_MIME.values()) | {
    f"{kind}/{name}"
    for kind, names in {
        "image": "jpeg png gif tiff bmp svg+xml heic heif avif jp2",
        "video": "mp4 quicktime 3gpp 3gpp2 mpeg ogg",
        "audio": "mpeg mp4 aac ogg",
        "application": "zip msword vnd.ms-excel rtf",
    }.items()
    for name in names.split()
}
_ACTIVITIES: Final = b'{"@context": ["https://www.w3.org/ns/activitystreams"'  # as pipeline/content.py begins


@dataclass(frozen=True, slots=True)
class Format:
    """A format as PRONOM names it. `handling`: what the archive does with it."""

    puid: str
    name: str = ""
    version: str = ""
    mime: str = ""
    handling: Handling = "warn"


class Formats:
    """The formats of files, by the shipped policy and what the authority has set over it."""

    def __init__(self, over: Mapping[str, Handling]) -> None:
        self._over, self._met = over, dict[str, Format]()

    def of(self, path: str, file: BinaryIO, head: bytes, tail: bytes) -> Format:
        """A file's format: it is read again only where its first and last bytes do not tell."""
        suffix = splitext(path)[1].lower()
        puid = quick(file, head, tail, suffix) or _siegfried(path, empty=not head)
        key = f"{puid} {suffix}"
        if (found := self._met.get(key)) is None:
            found = self._met[key] = self._named(puid, suffix, path)
        return found

    def _named(self, puid: str, suffix: str, path: str) -> Format:
        known = dict(_policy().get(puid) or _asked(path, puid))
        handling = self._over.get(puid, known.get("handling", "warn"))
        mime = _MIME.get(suffix) or known.get("mime", "").partition(",")[0]
        mime = mime if mime in _REGISTERED else "application/octet-stream"
        return Format(puid, known.get("name", ""), known.get("version", ""), mime, handling)  # type: ignore[arg-type]


def quick(file: BinaryIO, head: bytes, tail: bytes, suffix: str) -> str:
    """The PRONOM id that a file's bytes and the end of its name settle, or empty where Siegfried must be asked."""
    if looks := _LOOKS.get(suffix):
        return looks(file, head, tail)
    return ""


def _jpeg(file: BinaryIO, head: bytes, tail: bytes) -> str:
    jfif = head[:4] == b"\xff\xd8\xff\xe0" and head[6:11] == b"JFIF\0" and tail[-2:] == b"\xff\xd9"
    return _JFIF.get(head[11:13], "") if jfif and b"Exif" not in head else ""


def _png(file: BinaryIO, head: bytes, tail: bytes) -> str:
    if head[:16] != b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" or tail[-8:-4] != b"IEND":
        return ""
    found = set(_walk(file, 8, lambda start: int.from_bytes(start[:4]) + 12))
    if b"IEND" not in found:
        return ""
    return "fmt/13" if b"iTXt" in found else "fmt/12" if found & {b"iCCP", b"sRGB", b"sPLT"} else "fmt/11"


def _gif(file: BinaryIO, head: bytes, tail: bytes) -> str:
    return {b"GIF87a": "fmt/3", b"GIF89a": "fmt/4"}.get(head[:6], "") if tail[-1:] == b";" else ""


def _webp(file: BinaryIO, head: bytes, tail: bytes) -> str:
    kinds = {b"VP8 ": "fmt/566", b"VP8L": "fmt/567", b"VP8X": "fmt/568"}
    return kinds.get(head[12:16], "") if head[:4] == b"RIFF" and head[8:12] == b"WEBP" else ""


def _mp4(file: BinaryIO, head: bytes, tail: bytes) -> str:
    if head[4:8] != b"ftyp" or head[8:12] not in (b"isom", b"iso2", b"mp41", b"mp42"):
        return ""
    return "fmt/199" if b"moov" in _walk(file, 0, _box) else ""


def _box(start: bytes) -> int:
    size = int.from_bytes(start[:4])
    return int.from_bytes(start[8:16]) if size == 1 else size


def _walk(file: BinaryIO, at: int, length: Callable[[bytes], int]) -> Iterator[bytes]:
    """The names of a file's parts, from one to the next; a great many of them are not walked."""
    for _ in range(20_000):
        file.seek(at)
        start = file.read(16)
        if len(start) < 8:
            return
        yield start[4:8]
        if not 8 <= (step := length(start)) < 2**48:
            return
        at += step


def _gzip(file: BinaryIO, head: bytes, tail: bytes) -> str:
    """Siegfried sees the gzip; we look inside, for the record is what an archive asks about."""
    try:
        start = zlib.decompressobj(16 + zlib.MAX_WBITS).decompress(head, 8)
    except zlib.error:
        return ""
    return {b"WARC/1.1": "fmt/1355", b"WARC/1.0": "fmt/289"}.get(start, "")


def _html(file: BinaryIO, head: bytes, tail: bytes) -> str:
    return "fmt/471" if head[:15].lower() == b"<!doctype html>" else ""


def _csv(file: BinaryIO, head: bytes, tail: bytes) -> str:
    return "x-fmt/18" if head[:1].isalpha() else ""


def _jsonl(file: BinaryIO, head: bytes, tail: bytes) -> str:
    return "fmt/2054" if head[:2] == b'{"' else ""


def _json(file: BinaryIO, head: bytes, tail: bytes) -> str:
    """Our own posts.json, as large as the account: Siegfried would hold all of it, to go by its name in the end."""
    return "fmt/817" if head.startswith(_ACTIVITIES) and tail.endswith(b"]}\n") else ""


_LOOKS: Final = {
    ".jpg": _jpeg, ".jpeg": _jpeg, ".png": _png, ".gif": _gif, ".webp": _webp, ".mp4": _mp4, ".gz": _gzip,
    ".html": _html, ".csv": _csv, ".jsonl": _jsonl, ".json": _json,
}  # fmt: skip


def _siegfried(path: str, empty: bool) -> str:
    if not empty:
        return str(pygfried.identify(path) or UNKNOWN)
    matches = pygfried.identify(path, detailed=True)["files"][0]["matches"]  # the short way refuses an empty file
    return str(matches[0]["id"]) if matches else UNKNOWN


def _asked(path: str, puid: str) -> Mapping[str, str]:
    """What Siegfried calls a format that the policy does not name."""
    for match in pygfried.identify(path, detailed=True)["files"][0]["matches"]:
        if match["id"] == puid and puid != UNKNOWN:
            return {"name": match["format"], "version": match["version"], "mime": match["mime"]}
    return {}


@cache
def _policy() -> Mapping[str, Mapping[str, str]]:
    with Path(__file__).with_name("format_policy.toml").open("rb") as file:
        return tomllib.load(file)
