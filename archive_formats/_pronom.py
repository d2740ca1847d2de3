"""Which format a file has (PRONOM), and what the archive does with it (format_policy.toml).

Siegfried's signatures decide (pygfried). It opens each file anew, which takes up to 2 ms, so what social media are full
of is recognised from the bytes that have just been read; the tests hold it to Siegfried's answer.
"""

import gzip
import tomllib
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pygfried

from model.settings import Handling

UNKNOWN = "UNKNOWN"
_JFIF = {b"\1\0": "fmt/42", b"\1\1": "fmt/43", b"\1\2": "fmt/44"}
# What we write ourselves, and what no signature tells: by the end of the name.
_OURS = {
    ".json": "fmt/817", ".jsonl": "fmt/2054", ".csv": "x-fmt/18", ".css": "x-fmt/224", ".txt": "x-fmt/111",
}  # fmt: skip
_MIME = {
    ".html": "text/html", ".css": "text/css", ".csv": "text/csv", ".json": "application/json", ".txt": "text/plain",
    ".jsonl": "text/plain", ".xml": "application/xml", ".xsd": "application/xml", ".vtt": "text/vtt",
    ".gz": "application/gzip", ".pdf": "application/pdf", ".png": "image/png", ".js": "text/javascript",
}  # fmt: skip


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

    def of(self, path: Path, head: bytes, tail: bytes) -> Format:
        """A file's format: `path` is read again only where its first and last bytes do not tell."""
        suffix = path.suffix.lower()
        puid = quick(head, tail, suffix) or _siegfried(path, empty=not head)
        key = f"{puid} {suffix}"
        if (found := self._met.get(key)) is None:
            found = self._met[key] = self._named(puid, suffix, path)
        return found

    def _named(self, puid: str, suffix: str, path: Path) -> Format:
        known = dict(_policy().get(puid) or _asked(path, puid))
        handling = self._over.get(puid, known.get("handling", "warn"))
        mime = _MIME.get(suffix) or known.get("mime", "") or "application/octet-stream"
        return Format(puid, known.get("name", ""), known.get("version", ""), mime, handling)  # type: ignore[arg-type]


def quick(head: bytes, tail: bytes, suffix: str) -> str:
    """The PRONOM id that these bytes and this end of a name settle, or empty."""
    if head[:3] == b"\xff\xd8\xff" and suffix in (".jpg", ".jpeg") and tail[-2:] == b"\xff\xd9":
        return _JFIF.get(head[11:13], "") if head[2:4] == b"\xff\xe0" and head[6:11] == b"JFIF\0" else ""
    if head[:2] == b"\x1f\x8b" and suffix == ".gz":
        return _warc(head)
    if suffix == ".html":
        return "fmt/471" if head[:15].lower() == b"<!doctype html>" else ""
    if suffix == ".csv" or (suffix == ".jsonl" and head[:1] == b"{"):
        return _OURS[suffix]
    return ""


def _warc(head: bytes) -> str:
    """Siegfried sees the gzip; we look inside, for the record is what an archive asks about."""
    try:
        start = zlib.decompressobj(16 + zlib.MAX_WBITS).decompress(head, 8)
    except (zlib.error, gzip.BadGzipFile):
        return ""
    return {b"WARC/1.1": "fmt/1355", b"WARC/1.0": "fmt/289"}.get(start, "")


def _siegfried(path: Path, empty: bool) -> str:
    if not empty:
        return str(pygfried.identify(str(path)) or UNKNOWN)
    matches = pygfried.identify(str(path), detailed=True)["files"][0]["matches"]  # the short way refuses an empty file
    return str(matches[0]["id"]) if matches else UNKNOWN


def _asked(path: Path, puid: str) -> Mapping[str, str]:
    """What Siegfried calls a format that the policy does not name."""
    for match in pygfried.identify(str(path), detailed=True)["files"][0]["matches"]:
        if match["id"] == puid and puid != UNKNOWN:
            return {"name": match["format"], "version": match["version"], "mime": match["mime"]}
    return {}


@cache
def _policy() -> Mapping[str, Mapping[str, str]]:
    with Path(__file__).with_name("format_policy.toml").open("rb") as file:
        return tomllib.load(file)
