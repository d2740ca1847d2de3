"""OCFL 1.1, and 1.0 objects, as rules: what is wrong with a storage root that lies in a ZIP. Each fault has the number
that the specification gives it (ocfl.io/1.1/spec/validation-codes.html, seen 2026-11).
"""

import hashlib
import json
import re
import zipfile
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from archive_formats import _held

_BLOCK = 2**20
_ALGORITHMS = {name: name for name in ("md5", "sha1", "sha256", "sha512")} | {"blake2b-512": "blake2b"}
_VERSION = re.compile(r"v(0*)([1-9][0-9]*)")
_CREATED = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)", re.ASCII)
_SIDECAR = re.compile(r"([0-9a-fA-F]+)[ \t]+inventory\.json\n?", re.ASCII)


def faults(held: zipfile.ZipFile) -> Iterator[str]:
    """What is wrong with a ZIP that holds one folder, and that a storage root with one object or more."""
    top = f"{_held.top(held)}/"
    files = {name.removeprefix(top) for name in held.namelist() if not name.endswith("/")}
    yield from _root_faults(held, top, files)
    for place in sorted(name.rpartition("/")[0] for name in files if "/0=ocfl_object_" in f"/{name}"):
        inside = {name.removeprefix(f"{place}/") for name in files if name.startswith(f"{place}/")}
        yield from (f"{place}: {fault}" for fault in _Object(held, f"{top}{place}/", inside).faults())


def _root_faults(held: zipfile.ZipFile, top: str, files: set[str]) -> Iterator[str]:
    marks = [name for name in files if re.fullmatch(r"0=ocfl_\d.*", name)]
    if len(marks) != 1 or marks[0] not in ("0=ocfl_1.0", "0=ocfl_1.1"):
        yield "E069: there must be one declaration of a storage root, such as 0=ocfl_1.1"
    elif _read(held, top + marks[0]) != marks[0].removeprefix("0=").encode() + b"\n":
        yield "E080: the storage root's declaration does not hold its own name"
    places = {name.rpartition("/")[0] for name in files if name.rpartition("/")[2].startswith("0=ocfl_object_")}
    if not places:
        yield "E003: there is no object in it"
    for name in sorted(files - set(marks) - {"ocfl_layout.json"}):
        if not name.startswith("extensions/") and not any(name.startswith(f"{place}/") for place in places):
            yield f"E072: {name} belongs to no object"


def _read(held: zipfile.ZipFile, name: str) -> bytes | None:
    """What a file holds; None where it is not there, or not what the ZIP says of it."""
    try:
        return held.read(name)
    except (KeyError, zipfile.BadZipFile):
        return None


@dataclass
class _Inventory:
    """One inventory: what it says, as far as it can be trusted to say it."""

    known: dict[str, Any]
    raw: bytes
    faults: list[str] = field(default_factory=list)

    @property
    def algorithm(self) -> str:
        return str(self.known.get("digestAlgorithm", ""))

    @property
    def content(self) -> str:
        return str(self.known.get("contentDirectory", "content"))

    def digests(self) -> dict[str, str]:
        """Each content path's digest, in small letters."""
        return {path: digest.lower() for digest, paths in _lists(self.known.get("manifest")) for path in paths}

    def state(self, version: str) -> dict[str, str]:
        """Each logical path's digest, in small letters."""
        block = _table(_table(self.known.get("versions")).get(version))
        return {path: digest.lower() for digest, paths in _lists(block.get("state")) for path in paths}


def _table(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _lists(value: Any) -> Iterator[tuple[str, list[str]]]:
    for digest, paths in _table(value).items():
        if isinstance(paths, list):
            yield digest, [path for path in paths if isinstance(path, str)]


class _Object:
    """One object, in a folder of the ZIP; `files`: their names below that folder."""

    def __init__(self, held: zipfile.ZipFile, folder: str, files: set[str]) -> None:
        self.held, self.folder, self.files = held, folder, files
        self.seen = dict[tuple[str, str], str]()  # (path, algorithm) → what was found

    def faults(self) -> Iterator[str]:
        yield from self._declaration()
        root = self._inventory("", "")
        yield from root.faults
        head, versions = str(root.known.get("head", "")), list(_table(root.known.get("versions")))
        if not root.known:
            return
        yield from self._layout(root, versions)
        yield from self._older(root, head, versions)
        yield from self._content(root)

    def _declaration(self) -> Iterator[str]:
        marks = [name for name in self.files if name.startswith("0=")]
        if len(marks) != 1 or marks[0] not in ("0=ocfl_object_1.0", "0=ocfl_object_1.1"):
            yield "E003: there must be one declaration of an object, such as 0=ocfl_object_1.1"
        elif _read(self.held, self.folder + marks[0]) != marks[0].removeprefix("0=").encode() + b"\n":
            yield "E007: the object's declaration does not hold its own name"

    def _inventory(self, place: str, head: str) -> _Inventory:
        """The inventory of a version's folder, or of the object itself; its head must be `head`, if that is said."""
        raw = _read(self.held, f"{self.folder}{place}inventory.json")
        if raw is None:
            return _Inventory({}, b"", [f"E063: {place}inventory.json is missing or damaged"])
        doubled: list[str] = []
        try:
            known = json.loads(raw, object_pairs_hook=lambda pairs: _once(pairs, doubled))
        except (ValueError, RecursionError) as error:
            return _Inventory({}, raw, [f"E033: {place}inventory.json is no JSON ({error})"])
        if not isinstance(known, dict):
            return _Inventory({}, raw, [f"E033: {place}inventory.json is no object"])
        found = _Inventory(known, raw)
        found.faults = [f"E096: {place}inventory.json has {name} twice" for name in doubled]
        found.faults += [f"{fault} ({place}inventory.json)" for fault in _inventory_faults(found, head)]
        found.faults += self._sidecar(found, place)
        return found

    def _sidecar(self, inventory: _Inventory, place: str) -> Iterator[str]:
        if inventory.algorithm not in ("sha256", "sha512"):
            return
        name = f"{place}inventory.json.{inventory.algorithm}"
        if (held := _read(self.held, self.folder + name)) is None:
            yield f"E058: {name} is missing or damaged"
        elif not (said := _SIDECAR.fullmatch(held.decode("ascii", "replace"))):
            yield f"E061: {name} is not one digest and the name inventory.json"
        elif said[1].lower() != hashlib.new(inventory.algorithm, inventory.raw).hexdigest():
            yield f"E060: {place}inventory.json is not as its sidecar says"

    def _layout(self, root: _Inventory, versions: Collection[str]) -> Iterator[str]:
        """Whether only what may stand in an object stands in it."""
        folders = {name.partition("/")[0] for name in self.files if "/" in name}
        own = {"inventory.json", f"inventory.json.{root.algorithm}"}
        for name in sorted(self.files):
            first, _, rest = name.partition("/")
            if not rest and name not in own and not name.startswith("0=ocfl_object_"):
                yield f"E001: {name} does not belong in an object"
            elif first == "extensions" and "/" not in rest:
                yield f"E067: {name}: only folders may stand in extensions"
            elif first in versions and "/" not in rest and not re.fullmatch(r"inventory\.json(\.\w+)?", rest):
                yield f"E015: {name} does not belong in a version's folder"
        for name in sorted(folders - {each for each in versions if _VERSION.fullmatch(each)} - {"extensions", "logs"}):
            yield f"{'E046' if _VERSION.fullmatch(name) else 'E001'}: the inventory knows no folder {name}"
        yield from (f"E010: {name} is missing" for name in versions if name not in folders)

    def _older(self, root: _Inventory, head: str, versions: Iterable[str]) -> Iterator[str]:
        """Whether the inventory of each version agrees with the object's."""
        for version in versions:
            place = f"{version}/"
            if f"{place}inventory.json" not in self.files:
                continue  # W010: they should have one, and need not
            if version == head:
                if _read(self.held, f"{self.folder}{place}inventory.json") != root.raw:
                    yield f"E064: {place}inventory.json is not the object's own"
                yield from self._sidecar(root, place)
                continue
            older = self._inventory(place, version)
            yield from older.faults
            if not older.faults:
                yield from self._agrees(root, older, version)

    def _agrees(self, root: _Inventory, older: _Inventory, version: str) -> Iterator[str]:
        if older.known["id"] != root.known.get("id"):
            yield f"E037: {version}: another object's id"
        if older.content != root.content:
            yield f"E019: {version}: another content directory"
        paths, newer = older.digests(), root.digests()
        yield from (f"E023: {version}: {path} is not in the manifest" for path in self._of(older) if path not in paths)
        yield from self._fixed(older.algorithm, paths, f"E092: {version}")
        for one in older.known["versions"]:
            before, now = _files(older.state(one), paths), _files(root.state(one), newer)
            if before.keys() != now.keys() or any(not before[path] & now[path] for path in before):
                yield f"E066: {version}: version {one} is not as the object's inventory has it"

    def _of(self, inventory: _Inventory) -> list[str]:
        """The content files there are, of the versions that an inventory knows."""
        known = tuple(f"{name}/{inventory.content}/" for name in _table(inventory.known.get("versions")))
        return sorted(name for name in self.files if name.startswith(known))

    def _content(self, root: _Inventory) -> Iterator[str]:
        due = root.digests()
        yield from (f"E023: {name} is not in the manifest" for name in self._of(root) if name not in due)
        yield from self._fixed(root.algorithm, due, "E092")
        for algorithm, block in _table(root.known.get("fixity")).items():
            listed = {path: digest.lower() for digest, paths in _lists(block) for path in paths}
            yield from (f"E093: fixity: {path} is not in the manifest" for path in sorted(listed.keys() - due.keys()))
            yield from self._fixed(algorithm, {path: listed[path] for path in listed if path in due}, "E093: fixity")

    def _fixed(self, algorithm: str, due: dict[str, str], rule: str) -> Iterator[str]:
        """Whether files have the digests they should have; an algorithm that is not known here is passed over."""
        if algorithm not in _ALGORITHMS:
            return
        for path in sorted(due):
            if path not in self.files:
                yield f"{rule}: {path} is missing"
            elif self._digest(path, algorithm) != due[path]:
                yield f"{rule}: {path} is not as the inventory says"

    def _digest(self, path: str, algorithm: str) -> str:
        if (path, algorithm) not in self.seen:
            found = hashlib.new(_ALGORITHMS[algorithm])
            try:
                with self.held.open(self.folder + path) as file:
                    while piece := file.read(_BLOCK):
                        found.update(piece)
                self.seen[path, algorithm] = found.hexdigest()
            except zipfile.BadZipFile as error:
                self.seen[path, algorithm] = str(error)
        return self.seen[path, algorithm]


def _once(pairs: list[tuple[str, Any]], doubled: list[str]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        doubled += _twice(name for name, _ in pairs)
    return found


def _twice(names: Iterable[str]) -> list[str]:
    return sorted(name for name, count in Counter(names).items() if count > 1)


def _files(state: dict[str, str], digests: dict[str, str]) -> dict[str, set[str]]:
    """Each logical path with the content files that it may be: what two inventories of two algorithms can agree on."""
    by_digest: dict[str, set[str]] = {}
    for path, digest in digests.items():
        by_digest.setdefault(digest, set()).add(path)
    return {path: by_digest.get(digest, set()) for path, digest in state.items()}


def _inventory_faults(found: _Inventory, head: str) -> Iterator[str]:
    known = found.known
    if not isinstance(known.get("id"), str) or not known["id"]:
        yield "E036: no id"
    if known.get("type") not in tuple(f"https://ocfl.io/{number}/spec/#inventory" for number in ("1.0", "1.1")):
        yield "E038: no such type of inventory"
    if found.algorithm not in ("sha256", "sha512"):
        yield "E025: the digests must be sha512 or sha256"
    if "/" in found.content or found.content in ("", ".", ".."):
        yield "E017: the content directory is no name of a folder"
    yield from _head_faults(known, head)
    if not isinstance(known.get("manifest"), dict):
        yield "E041: no manifest"
    yield from _list_faults(known.get("manifest"), "manifest", "E096", "E100", "E101")
    before = tuple(f"{name}/{found.content}/" for name in _table(known.get("versions"))) or ("",)
    outside = (path for path in found.digests() if not path.startswith(before))
    yield from (f"E042: manifest: {path} is in no content directory" for path in outside)
    yield from _block_faults(found)


def _block_faults(found: _Inventory) -> Iterator[str]:
    known = found.known
    for name, version in _table(known.get("versions")).items():
        yield from _version_faults(found, name, version)
    if not isinstance(known.get("fixity", {}), dict):
        yield "E111: the fixity block is no object"
    for algorithm, block in _table(known.get("fixity")).items():
        yield from _list_faults(block, f"fixity {algorithm}", "E097", "E100", "E101")


def _head_faults(known: dict[str, Any], head: str) -> Iterator[str]:
    versions, said = known.get("versions"), known.get("head")
    if not isinstance(versions, dict) or not versions:
        yield "E008: no versions"
        return
    read = [_VERSION.fullmatch(name) for name in versions]
    if not all(read):
        yield "E046: a version's name is no number after a v"
        return
    numbers = sorted(int(one[2]) for one in read if one)
    if numbers != list(range(1, len(numbers) + 1)):
        yield "E010: the versions are not numbered from 1 on"
    padded = {(name[1] == "0", len(name)) for name in versions}
    if len(padded) > 1 and any(zero for zero, _ in padded):
        yield "E011: some versions are written with zeros before their number, and some are not"
    if said is None:
        yield "E036: no head"
    elif said not in list(versions) or int(said[1:]) != numbers[-1]:
        yield "E040: the head is not the latest version"
    if head and said != head:
        yield "E040: the head is not the version in whose folder the inventory lies"


def _version_faults(found: _Inventory, name: str, version: Any) -> Iterator[str]:
    if not isinstance(version, dict):
        yield f"E047: {name} is no object"
        return
    if not isinstance(made := version.get("created"), str) or not _CREATED.fullmatch(made):
        yield f"E049: {name}: `created` is no time with seconds and a zone"
    if not isinstance(state := version.get("state"), dict):
        yield f"E050: {name}: no state"
    yield from _list_faults(state, f"{name}: state", "E050", "E052", "E095")
    held = _table(found.known.get("manifest"))
    yield from (f"E050: {name}: {digest} is not in the manifest" for digest in _table(state) if digest not in held)
    if not isinstance(version.get("message", ""), str):
        yield f"E094: {name}: the message is no text"
    if (user := version.get("user")) is not None and not (isinstance(user, dict) and user.get("name")):
        yield f"E054: {name}: the user has no name"


def _list_faults(block: Any, what: str, twice: str, odd: str, again: str) -> Iterator[str]:
    """Digests with their paths: each digest once, each path once, and none that leads anywhere else."""
    yield from (f"{twice}: {what}: {digest} twice" for digest in _twice(digest.lower() for digest in _table(block)))
    paths = set[str]()
    for digest, listed in _table(block).items():
        if not isinstance(listed, list) or not all(isinstance(path, str) for path in listed):
            yield f"{odd}: {what}: {digest} has no list of paths"
            continue
        for path in listed:
            if _held.leads_out(path):
                yield f"{odd}: {what}: {path!r} leads elsewhere"
            if path in paths:
                yield f"{again}: {what}: {path} twice"
            paths.add(path)
    folders = {path[:at] for path in paths for at, letter in enumerate(path) if letter == "/"}
    yield from (f"{again}: {what}: {path} is both a file and a folder" for path in sorted(paths & folders))
