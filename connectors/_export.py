"""The owner's own export of an account: the ZIP files that the platform gave, read where they lie.

Needs   the ZIPs themselves, in JSON; folders that somebody has unpacked are not read, for they prove nothing
Limits  a JSON file of 256 MiB (fragments have 10,000 items, about 20 MB); 200 GB in all
Lacks   what others wrote; most ids; times finer than a second
Proof   no hole in the part numbers of ZIPs and JSON files; nine of ten listed files are there
Traps   UTF-8 written byte by byte as \\u00XX; folders renamed and localised, so files are found by their own names;
        a stranger made the ZIP and people have handled it: nothing in it is trusted
Source  public code that reads such exports: datalib (docs of its Facebook source), streamlinify (a page's albums), the
        ports of d3i (every file of Instagram), wrldReset (an export of two ZIPs without part numbers)  Seen  2026-09
"""

import json
import os
import re
import stat
import threading
import unicodedata
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from hashlib import sha256, sha512
from pathlib import Path
from typing import Any, BinaryIO

from connectors.web import LARGEST_FILE, NoFile
from model.errors import BadInput
from model.files import SUFFIX, fault_in, type_of

LARGEST_JSON = 256 * 2**20  # bytes
MOST_VALUES = 10_000_000  # in one JSON file; 256 MiB of nothing but brackets would take 12 GB of memory
LARGEST_TOTAL = 200 * 10**9  # bytes that all ZIPs together may unpack to
_LARGE = 100 * 2**20  # smaller ones may shrink as they like: JSON does so up to 200 times, pictures and films never
_SHOWN = 20  # faults told of one ZIP
_UNSAFE = re.compile(r"^$|[\x00-\x1f\x7f\\]|^/|^[A-Za-z]:|(^|/)\.\.(/|$)")
_HIGH = re.compile("[\u0080-\u00ff]")
_POSTS = re.compile(r"(?:(?:your|profile)_)?(?:posts|reels|videos|photos)(?:_.*)?\.(html|json)")
_DATED = re.compile(r".*?[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?![0-9])")
_PART = re.compile(
    r"(?P<whole>.*?)[-_ ]*(?:(?<![0-9])(?P<one>[0-9]{1,3})[-_ ]of[-_ ](?P<all>[0-9]{1,3})"
    r"|\((?P<copy>[0-9]{1,3})\)|[-_](?P<number>[0-9]{1,3}))"
)
_NUMBERED = re.compile(r"(?P<name>.*_|)(?P<number>[0-9]{1,4})\.json")
_NUMBER = re.compile("[0-9]{9}")
_CLAIMED = {suffix: kind for kind, suffix in SUFFIX.items()}
EARLIEST = datetime(1980, 1, 1, tzinfo=UTC)  # the first date that a ZIP can say
_DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError)  # what reading a member may end in

Place = tuple[str, zipfile.ZipInfo]  # a member: the name of its ZIP, and what that ZIP's directory says of it


class Broken(str):
    """Stands where JSON was due, and says why there is none."""


class Export:
    """All ZIPs that lie in one folder: one export or several, each whole or in parts. Safe for many threads.

    Raises BadInput with every fault of every ZIP before anything in them is read.
    """

    def __init__(self, paths: Sequence[Path], *, largest: int = LARGEST_JSON) -> None:
        self.largest = largest
        self._zips: dict[str, zipfile.ZipFile] = {}
        self._named: dict[str, list[Place]] = {}  # by the file's own name, for folders have many
        faults = [fault for path in sorted(paths) for fault in self._add(path)] + list(self._not_json())
        if faults:
            self.__exit__()
            raise BadInput("The export cannot be used; put the ZIP files there as the platform gave them.", faults)
        made: dict[str, datetime] = {}
        for name, info in self._members():
            made[_export(name)] = max(made.get(_export(name), EARLIEST), _date(info))
        self._made = made
        self.seen_at = max(made.values(), default=EARLIEST)  # when the newest one was made, as its ZIPs say

    def __enter__(self) -> "Export":
        return self

    def __exit__(self, *_: object) -> None:
        for archive in self._zips.values():
            archive.close()

    def names(self) -> Iterator[tuple[str, str]]:
        """(path of a member, name of the ZIP that it lies in)."""
        return ((_path(info), name) for name, info in self._members())

    def has(self, pattern: str) -> bool:
        """Whether any file's own name is `pattern`."""
        return any(re.fullmatch(pattern, name) for name in self._named)

    def json(self, pattern: str) -> Iterator[tuple[str, Any]]:
        """(raw reference, content) of every file whose own name is `pattern`, the newest export first.

        Text is repaired. Where a file cannot be read as JSON, its content is Broken.
        """
        found = [place for name, places in self._named.items() if re.fullmatch(pattern, name) for place in places]
        for name, info in sorted(found, key=self._rank):
            yield f"supplied/{name}#{_path(info)}", self._content(name, info)

    def find(self, uri: str, near: str = "") -> str | None:
        """The address of the member that a listed path means, None where no ZIP has it.

        Its top folder may be renamed or be in another one; a name with the platform's number in it is enough. Of
        several exports, the one that the raw reference `near` leads into comes first.
        """
        sought = _same(uri).strip("/").split("/")
        needed = 1 if _NUMBER.search(sought[-1]) else max(min(len(sought), 2), len(sought) - 1)
        best: dict[tuple[int, str], list[Place]] = {}
        for place in self._named.get(sought[-1], ()):
            path = _path(place[1])
            if (alike := _alike(sought, path.split("/"))) >= needed:
                best.setdefault((alike, path), []).append(place)
        most = max((alike for alike, _ in best), default=0)
        if len(means := [path for alike, path in best if alike == most]) != 1:
            return None
        here = near.removeprefix("supplied/").partition("#")[0]
        name, info = min(best[most, means[0]], key=lambda place: (place[0] != here, _export(place[0]) != _export(here)))
        return f"export:{name}!{info.filename}"

    def copy(self, url: str, folder: Path, into: str = "media") -> dict[str, Any]:
        """Copy the member `export:<zip>!<member>` to disk, hashed as it comes, checked for what it claims to be.

        Returns what the ledger keeps: path, size, sha256, sha512, type. NoFile where it cannot be had.
        """
        archive, info = self._member(url)
        if info.file_size > LARGEST_FILE:
            raise NoFile("too-large", f"{info.file_size} bytes in the export", size=info.file_size)
        for name in ("segments", into):
            (folder / name).mkdir(parents=True, exist_ok=True)
        part = folder / "segments" / f"{threading.get_ident()}.export.part"
        try:
            with part.open("w+b") as out:
                size, one, other = _unpack(archive, info, out)
                claimed = _CLAIMED.get(Path(info.filename).suffix.lower(), "application/octet-stream")
                if fault := fault_in(out, claimed):
                    raise NoFile("unreadable", fault, size=size)
                out.seek(0)
                kind = type_of(out.read(2**11)) or claimed
            name = f"{into}/{one}{SUFFIX.get(kind, '.bin')}"
            os.replace(part, folder / name)
        finally:
            part.unlink(missing_ok=True)
        return {"path": name, "size": size, "sha256": one, "sha512": other, "type": kind}

    def missing(self, pattern: str) -> Iterator[str]:
        """What must be somewhere and is not here: ZIPs by their numbers, and by theirs the JSON files that match."""
        parts: dict[str, list[tuple[int, int]]] = {}
        for name in self._zips:
            whole, number, of = _part(name)
            parts.setdefault(whole, []).append((number, of))
        for whole, held in sorted(parts.items()):
            yield from (f"part {hole} of {whole or 'the export'} is missing" for hole in _holes(held))
        files: dict[tuple[str, str], list[tuple[int, int]]] = {}
        for zipped, info in self._members():
            folder, _, name = _path(info).rpartition("/")
            if re.fullmatch(pattern, name) and (found := _NUMBERED.fullmatch(name)):
                files.setdefault((_export(zipped), f"{folder}/{found['name']}"), []).append((int(found["number"]), 0))
        for (whole, start), held in sorted(files.items()):
            yield from (f"{start}{hole}.json of {whole or 'the export'} is missing" for hole in _holes(held))

    # -- before anything is read -----------------------------------------------------------------------------------

    def _add(self, path: Path) -> Iterator[str]:
        """Take one ZIP in. What is wrong with it, a sentence each."""
        head = b""
        try:
            with path.open("rb") as file:
                head = file.read(2)
            archive = self._zips[path.name] = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError):
            what = "this is a ZIP cut short or damaged" if head == b"PK" else "this is no ZIP"
            yield f"{path.name}: {what}; download it again."
            return
        faults = list(_faults(archive.infolist(), path.stat().st_size, archive.start_dir))
        yield from (f"{path.name}: {fault}" for fault in faults[:_SHOWN])
        if len(faults) > _SHOWN:
            yield f"{path.name}: and {len(faults) - _SHOWN} faults more."
        for info in archive.infolist():
            if not faults and not info.is_dir():
                self._named.setdefault(_path(info).rpartition("/")[2], []).append((path.name, info))
        if (total := sum(info.file_size for _, info in self._members())) > LARGEST_TOTAL:
            yield f"{path.name}: with this the ZIPs would unpack to {total} bytes; at most {LARGEST_TOTAL} are read."

    def _not_json(self) -> Iterator[str]:
        kinds = {found[1] for name in self._named if (found := _POSTS.fullmatch(name))}
        suffixes = {name.rpartition(".")[2] for name in self._named}
        if kinds == {"html"} or ("html" in suffixes and "json" not in suffixes):
            yield (
                "The export is in HTML, for looking at. Order it again with the format JSON, the media quality high "
                "and the date range all time."
            )

    # -- members ---------------------------------------------------------------------------------------------------

    def _members(self) -> Iterator[Place]:
        return (place for places in self._named.values() for place in places)

    def _member(self, url: str) -> tuple[zipfile.ZipFile, zipfile.ZipInfo]:
        for name, archive in self._zips.items():
            if url.startswith(start := f"export:{name}!") and url.removeprefix(start) in archive.NameToInfo:
                return archive, archive.getinfo(url.removeprefix(start))
        raise NoFile("not-offered", "it is in none of the export's ZIPs")

    def _content(self, name: str, info: zipfile.ZipInfo) -> Any:
        if info.file_size > self.largest:
            return Broken(f"{info.file_size} bytes; at most {self.largest} are read")
        try:
            with self._zips[name].open(info) as file:
                data = file.read()
            if (values := sum(map(data.count, (b"[", b"{", b",")))) > MOST_VALUES:
                return Broken(f"{values} values; at most {MOST_VALUES} are read")
            return _mended(json.loads(data.decode("utf-8-sig", "surrogatepass")))
        except _DAMAGED as error:
            return Broken(f"damaged in the ZIP ({error})")
        except (ValueError, RecursionError) as error:
            return Broken(f"no JSON ({error})")

    def _rank(self, place: Place) -> tuple[Any, ...]:
        """Newest export first, then as a person counts: 2 before 10."""
        name, info = place
        counted = [
            int(part) if part.isascii() and part.isdecimal() else part for part in re.split("([0-9]+)", _path(info))
        ]
        return -self._made[_export(name)].timestamp(), _export(name), counted, name


def repaired(text: str) -> str:
    """The text as it was before its UTF-8 was written byte by byte; unchanged where it was not, or is beyond repair.

    An "Ã¶" that somebody did write cannot be told from a broken "ö": the file itself is kept as it came.
    """
    if not _HIGH.search(text):
        return text
    try:
        return text.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return text


def _mended(value: Any) -> Any:
    if isinstance(value, str):
        return repaired(value)
    if isinstance(value, list):
        return [_mended(part) for part in value]
    if isinstance(value, dict):
        return {repaired(name): _mended(part) for name, part in value.items()}
    return value


def _faults(members: Sequence[zipfile.ZipInfo], size: int, end: int) -> Iterator[str]:
    """What speaks against reading a ZIP of so many bytes whose directory starts at `end`."""
    met = Counter(_path(info) for info in members)
    yield from (f"{path[:200]!r} is in it {times} times." for path, times in met.items() if times > 1)
    for info in members:
        shown = repr(info.orig_filename[:200])
        if _UNSAFE.search(info.orig_filename):
            yield f"{shown} leads out of its folder, or has characters that no name may have."
        if stat.S_IFMT(info.external_attr >> 16) not in (0, stat.S_IFREG, stat.S_IFDIR):
            yield f"{shown} is a link to somewhere else."
        if info.flag_bits & 1:
            yield f"{shown} is locked with a password."
        elif info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            yield f"{shown} is packed in a way that no platform uses ({info.compress_type})."
        if info.file_size > max(_LARGE, 100 * info.compress_size):
            yield f"{shown} would grow from {info.compress_size} to {info.file_size} bytes."
    if (total := sum(info.file_size for info in members)) > max(_LARGE, 250 * size):
        yield f"all together would grow from {size} to {total} bytes."
    ordered = sorted(members, key=lambda info: info.header_offset)
    starts = [*(info.header_offset for info in ordered[1:]), end]
    for info, after in zip(ordered, starts, strict=False):
        if not 0 <= info.header_offset <= after - info.compress_size - 30:  # a member's own header has 30 bytes or more
            yield f"{info.orig_filename[:200]!r} lies over the next one."


def _unpack(archive: zipfile.ZipFile, info: zipfile.ZipInfo, out: BinaryIO) -> tuple[int, str, str]:
    """Bytes from the ZIP to the disk: (size, sha256, sha512). No more come than the directory says."""
    one, other, size = sha256(), sha512(), 0
    try:
        with archive.open(info) as file:
            while block := file.read(2**18):
                one.update(block)
                other.update(block)
                size += out.write(block)
    except (*_DAMAGED, UnicodeError) as error:  # the second: a name that the member's own header has otherwise
        raise NoFile("unreadable", f"damaged in the ZIP ({error})", size=info.file_size) from error
    return size, one.hexdigest(), other.hexdigest()


def _path(info: zipfile.ZipInfo) -> str:
    """A member's path as the JSON would have it, whatever the ZIP took its letters for."""
    name = info.filename
    if not info.flag_bits & 0x800:  # not said to be UTF-8, and read as the letters of MS-DOS; it may be UTF-8 still
        with suppress(UnicodeError):
            name = name.encode("cp437").decode("utf-8")
    return _same(repaired(name))


def _same(path: str) -> str:
    """One form of its letters: a Mac takes ö apart when it packs."""
    return unicodedata.normalize("NFC", path)


def _alike(one: Sequence[str], other: Sequence[str]) -> int:
    """How many names two paths share, counted from their ends."""
    count = 0
    for mine, theirs in zip(reversed(one), reversed(other), strict=False):
        if mine != theirs:
            break
        count += 1
    return count


def _date(info: zipfile.ZipInfo) -> datetime:
    """When a member was made; ZIPs name no zone, and it is taken as UTC."""
    try:
        return datetime(*info.date_time, tzinfo=UTC)
    except ValueError:
        return EARLIEST


def _export(zipped: str) -> str:
    """What the ZIPs of one export have in common: their name up to its date, or without the number of the part."""
    dated = _DATED.match(zipped)
    return dated[0] if dated else _part(zipped)[0]


def _part(zipped: str) -> tuple[str, int, int]:
    """(the name without part, number of the part or -1, how many parts or 0) of a ZIP by its name."""
    stem = re.sub(r"\.zip$", "", zipped, flags=re.IGNORECASE)
    found = _PART.fullmatch(stem)
    if found is None or (found["number"] and _DATED.fullmatch(stem)):
        return stem, -1, 0
    return found["whole"], int(found["one"] or found["copy"] or found["number"]), int(found["all"] or 0)


def _holes(held: Iterable[tuple[int, int]]) -> list[int]:
    """The numbers missing among (number, how many there are); one without a number (-1) is the first."""
    numbers, last = {number for number, _ in held}, max(max(pair) for pair in held)
    if -1 in numbers:
        numbers.add(0 if 1 in numbers else 1)  # browsers count copies from 1 or from 2
    return sorted(set(range(0 if 0 in numbers else 1, last + 1)) - numbers)
