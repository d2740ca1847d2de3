"""E-ARK SIP 2.2.0 in one ZIP: METS, PREMIS, EAD3 and Dublin Core round the capture and what was made of it.

    METS.xml                                     what is in the package, from whom, under which agreement
    metadata/  documentation/  schemas/          for the whole package
    representations/content/data/                posts and comments (ActivityStreams 2.0, CSV), media/, capture/
    representations/raw/data/                    the record: what the platform answered (WARC)
    representations/reading/data/                the reading copy
    representations/manual/data/                 what the archivist supplied

The same writer gives FGS Paketstruktur 2.0 (`fgs-2.0`: CSIP and SIP 2.1.0) and 1.2 (`fgs-1.2`: sip.xml and content/).
The same capture gives the same bytes: sorted, dated by the order, no random names. Each byte is read once, and checked
on the way against the capture's seal or the list of what was made: what somebody has touched is never packed.
Source: E-ARK CSIP and SIP 2.2.0 (DILCIS Board, 2024-05-17), Riksarkivet RAFGS1V1.2 and 2.0, seen 2026-11.
"""

import hashlib
import heapq
import itertools
import json
import re
import shutil
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from operator import attrgetter
from pathlib import Path
from typing import IO, Any, BinaryIO, Final

from lxml import etree

from archive_formats import _ead, _fgs, _held, _mets, _premis, _schemas
from archive_formats._copies import copied
from archive_formats._facts import Facts, Row, Rows, measured
from archive_formats._inputs import place_of
from archive_formats._mets import Group, Sheet
from archive_formats._pronom import Format, Formats
from archive_formats._zip import BLOCK, Zip, as_written
from model import capture as captures
from model import made as makings
from model.errors import BadInput, NotWhole
from model.nouns import Held, Order, Package
from model.settings import Settings

MARK: Final = "metadata/descriptive/ead.xml"  # a file that tells this format from others, in every profile of it
TAKES_MADE: Final = True
_MARK: Final = re.compile(rb"arsring eark_sip 1 [0-9a-f]{64}")
_TYPES: Final = {"content": "Datasets", "manual": "Mixed", "raw": "Web Archives", "reading": "Websites"}
_CAPTURE: Final = "representations/content/data/capture/"
_MEDIA: Final = "representations/content/data/media/"
_COPIES: Final = "representations/content/data/normalised/"
_HASHES: Final = {"SHA-256": "sha256", "SHA-512": "sha512", "MD5": "md5"}
_XML: Final = Format("fmt/101", "Extensible Markup Language", "1.0", "application/xml", "accept")
_FGS_SCHEMAS: Final = ("ead3.xsd", "premis-v3-0.xsd", "xlink.xsd")  # FGS 1.2 has a METS schema of its own
_RAW_README: Final = """\
Här ligger plattformens svar som de kom, i WARC 1.1 (ISO 28500:2017), ett svar per post, var och en för sig packad
med gzip. Nycklar är borttagna; inget annat är ändrat. Där plattformen ger en signerad form (till exempel CAR) ligger
den här också.

Here are the platform's answers as they came, in WARC 1.1. Keys have been removed; nothing else is changed.
"""


@dataclass(frozen=True, slots=True)
class _Source:
    """A file to be packed: where it goes, where it lies, what its list says of it, what it was called."""

    path: str
    file: str
    due: dict[str, Any]
    original: str = ""


def pack(capture: Path, order: Order, made: Path, settings: Settings, target: Path) -> Package:
    """Write the package to `target`, or find it there; its listing stands beside it.

    Raises NotWhole where the capture or what was made of it is not as it was left, BadInput where a schema is missing
    or the format policy refuses a file. Then there is no package, and nothing is lost.
    """
    facts = _facts(capture, order, made, settings)
    schemas = _schemas.folder(settings.schemas)
    listing = target.with_name(target.name.removesuffix(".zip") + ".sha256")
    mark = _mark(capture, made, settings)
    found = _there(target, mark) if listing.exists() else ""
    if not found:
        with _folder(target) as work:
            _Packing(work, facts, capture, made, mark).write(schemas)
            (work / "listing").replace(listing)
            (work / "package").replace(target)
        found = _hashed(target)
        captures.write(_note(target), found.encode())
    return Package(
        path=str(target), order=order.id, format="eark_sip", size=target.stat().st_size, sha256=found,
        verdict=facts.about.verdict, listing=str(listing),
    )  # fmt: skip


def ready(settings: Settings) -> None:
    """Whether what packing needs is there. BadInput with every fault: called before anything is taken."""
    _schemas.folder(settings.schemas)


def where(path: str, objid: str, settings: Settings) -> str:
    """Where something lies below the package's root folder; `path` is its place in a package of E-ARK 2."""
    if settings.profile != "fgs-1.2":
        return path
    return "sip.xml" if path == "METS.xml" else _fgs.place(path)


def read(package: Path | Held, name: str) -> Iterator[bytes]:
    """The lines of one file of the capture, out of its package. NotWhole where the package cannot be read."""

    def inside(held: zipfile.ZipFile) -> str:
        top, place = _held.top(held), place_of(name)
        return f"{top}/{_fgs.place(place) if f'{top}/sip.xml' in held.NameToInfo else place}"

    yield from _held.lines(package, name, inside)


def check(package: Path) -> list[str]:
    """What is wrong with a package, a sentence each; nothing if every byte is as its METS says."""
    try:
        return _held.faults(package, _faults, "a package")
    except etree.XMLSyntaxError as error:
        return [f"{package.name}: cannot be read as a package ({error})"]


def _facts(capture: Path, order: Order, made: Path, settings: Settings) -> Facts:
    old = settings.profile == "fgs-1.2"
    about, ledger, at = makings.about(made), captures.ledger_of(capture), _fgs.place if old else str
    facts = Facts(about=about, order=order, settings=settings, ledger=ledger, at=at)
    if old:
        _fgs.ready(facts)
    return facts


def _mark(capture: Path, made: Path, settings: Settings) -> bytes:
    """What a package is made from, in one line: it stands as the ZIP's comment."""
    found = hashlib.sha256(json.dumps(captures.plain(settings.decided), sort_keys=True).encode())
    for path in (capture / "seal.jsonl", made / "made.jsonl", Path(__file__).with_name("format_policy.toml")):
        if path.exists():
            with path.open("rb") as file:
                found.update(measured(file).encode())
    return f"arsring eark_sip 1 {found.hexdigest()}".encode()


def _there(target: Path, mark: bytes) -> str:
    """The SHA-256 of a package that lies there, of just this and whole; empty where there is none.

    What is, byte for byte, as it was noted when it was written is not looked through again: it is before delivery.
    """
    if not _is_ours(target, mark):
        return ""
    found, note = _hashed(target), _note(target)
    noted = note.exists() and note.read_text() == found
    return found if noted or not check(target) else ""


def _note(target: Path) -> Path:
    return target.with_name(target.name.removesuffix(".zip") + ".packed")


def _hashed(target: Path) -> str:
    with target.open("rb") as file:
        return measured(file)


def _is_ours(target: Path, mark: bytes) -> bool:
    """Whether a package that lies there is of just this, byte for byte as it is written here."""
    try:
        with zipfile.ZipFile(target) as bag:
            return bag.comment == mark and as_written(bag)
    except _held.UNREADABLE:
        return False


@contextmanager
def _folder(target: Path) -> Iterator[Path]:
    """A place to work beside the target; nothing of it is left, whatever happens."""
    work = target.with_name(target.name + ".part")
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    try:
        yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)


class _Packing:
    """One package being written."""

    def __init__(self, work: Path, facts: Facts, capture: Path, made: Path, mark: bytes) -> None:
        self.work, self.facts, self.capture, self.made, self.mark = work, facts, capture, made, mark
        self.formats, self.old = Formats(facts.settings.policy), facts.settings.profile == "fgs-1.2"
        self.checksum = _HASHES[facts.settings.checksum]
        self.again = tuple({"sha256", self.checksum} - {"sha512"})  # what is hashed again of a file that is on a list
        self.rows = dict[str, Rows]()  # group of files → its rows
        self.refused: list[str] = []

    def write(self, schemas: Path) -> None:
        """The whole package and its listing, into the work folder."""
        algorithms = sorted({"sha256", "sha512", self.checksum})
        try:
            with Zip(self.work / "package", self.facts.order.created, algorithms, self.mark) as self.zip:
                self._files(schemas)
                if self.old:
                    self._sip()
                else:
                    self._eark()
            self._listing()
        finally:
            with ExitStack() as stack:
                for rows in self.rows.values():
                    stack.callback(rows.close)

    def _files(self, schemas: Path) -> None:
        """Everything that is not written here: the representations' files, documentation, schemas."""
        self._check_lists()
        for name, sources in _sources(self.capture, self.made).items():
            for source in sources:
                self._take(f"{name}/data", source)
        for source in _made(self.made, "documentation/", "documentation/"):
            self._take("documentation", source)
        for name in sorted(_FGS_SCHEMAS if self.old else _schemas.KNOWN):
            self._take("schemas", _Source(f"schemas/{name}", f"{schemas}/{name}", {}))
        if self.refused:
            raise BadInput(
                f"{self.facts.about.order}: the format policy refuses files. Nothing was packed, and the capture is as "
                "it was. Allow the format in the settings file (policy), or decide to leave the files out.",
                self.refused,
            )

    def _check_lists(self) -> None:
        """What is not packed itself, but says what is packed, must be as it was made."""
        for entry in makings.files(self.made):
            path = self.made / entry["path"]
            if "/" in entry["path"]:
                continue
            if not path.is_file():
                raise _touched(str(path), "missing, and it is on the list")
            with path.open("rb") as file:
                if measured(file) != entry["sha256"]:
                    raise _touched(str(path), "changed since it was made")

    def _take(self, group: str, source: _Source) -> None:
        """Pack one file, if it is as its list has it. SHA-256 shows that; the list's SHA-512 then is right too."""
        try:
            with open(source.file, "rb", buffering=0) as file:
                found = self.zip.file(self._inside(source.path), file, self.again if source.due else ())
                known = self.formats.of(source.file, file, found.head, found.tail)
        except FileNotFoundError as error:
            raise _touched(source.file, "missing, and it is on the list") from error
        sums = source.due | found.digests
        if source.due and (found.size, sums["sha256"]) != (source.due["size"], source.due["sha256"]):
            raise _touched(source.file, "changed since it was listed")
        if known.handling == "refuse":
            self.refused.append(f"{source.path}: {known.puid} {known.name} {known.version}".rstrip())
        self._row(group, source.path, found.size, sums, known, source.original)
        if known.handling == "normalise" and source.path.startswith(_MEDIA):
            self._copy(source, known)

    def _copy(self, source: _Source, known: Format) -> None:
        """Beside a file that the policy says `normalise` of: a copy in an open format, where one can be made."""
        with (self.work / "sheet").open("wb+") as sheet:
            if not (suffix := copied(Path(source.file), known, sheet)):
                return
            sheet.seek(0)
            path = f"{_COPIES}{source.file.rpartition('/')[2]}{suffix}"
            found = self.zip.file(self._inside(path), sheet)
            named = (self.work / "sheet").rename(self.work / f"copy{suffix}")
            became = self.formats.of(str(named), sheet, found.head, found.tail)
        self._row("content/copies", path, found.size, found.digests, became, source=source.path)

    def _write(self, group: str, path: str, writer: Callable[[BinaryIO], None], known: Format = _XML) -> Row:
        """Pack one file that is written here."""
        with (self.work / "sheet").open("wb+") as sheet:
            writer(sheet)
            sheet.seek(0)
            found = self.zip.file(self._inside(path), sheet)
        return self._row(group, path, found.size, found.digests, known)

    def _inside(self, path: str) -> str:
        return f"{self.facts.about.objid}/{self.facts.at(path)}"

    def _row(
        self,
        group: str,
        path: str,
        size: int,
        sums: dict[str, str],
        known: Format,
        original: str = "",
        source: str = "",
    ) -> Row:
        if group not in self.rows:
            self.rows[group] = Rows(self.work / f"{len(self.rows)}.rows")
        row = Row(
            path=path, size=size, sha256=sums["sha256"], sha512=sums["sha512"], checksum=sums[self.checksum],
            mime=known.mime, puid=known.puid, format=known.name, version=known.version, handling=known.handling,
            original=original, source=source,
        )  # fmt: skip
        return self.rows[group].add(row, self._inside(path))

    def _representations(self) -> dict[str, Rows]:
        return {name: self.rows[f"{name}/data"] for name in _TYPES if f"{name}/data" in self.rows}

    def _eark(self) -> None:
        """METS and PREMIS for each representation, then for the package."""
        heads = []
        for name, rows in self._representations().items():
            heads.append((name, self._representation(name, rows)))
        groups = [
            Group(use="Documentation", label="Documentation", rows=self.rows.get("documentation", ())),
            Group(use="Schemas", label="Schemas", rows=self.rows["schemas"]),
        ]
        groups += [
            Group(use=f"Representations/{name}", label=f"Representations/{name}", rows=[row], pointer=True)
            for name, row in heads
        ]
        metadata = self._metadata()
        sheet = Sheet(
            objid=self.facts.about.objid, type="Mixed", descriptive=metadata[:-1],
            preservation=[metadata[-1][0]], groups=groups,
        )  # fmt: skip
        self._write("METS", "METS.xml", partial(_mets.write, facts=self.facts, sheet=sheet))

    def _metadata(self) -> list[tuple[Row, str, str]]:
        """The package's metadata files, PREMIS last."""
        facts, groups = self.facts, self._representations()
        folder = "metadata/descriptive/"
        dc = self._write("metadata", f"{folder}dc.xml", partial(_ead.dublin_core, facts=facts))
        ead = self._write("metadata", f"{folder}ead.xml", partial(_ead.ead, facts=facts))
        writer = partial(_premis.package, facts=facts, groups=groups)
        premis = self._write("metadata", "metadata/preservation/premis.xml", writer)
        return [(ead, "EAD", "ead3"), (dc, "DC", ""), (premis, "PREMIS", "3.0")]

    def _representation(self, name: str, rows: Rows) -> Row:
        folder = f"representations/{name}/"
        copies = self.rows.get(f"{name}/copies")
        writer = partial(_premis.representation, facts=self.facts, name=name, rows=rows, copies=copies)
        premis = self._write(f"{name}/premis", f"{folder}metadata/preservation/premis.xml", writer)
        groups = [Group(use=f"Representations/{name}/data", label="Data", rows=itertools.chain(rows, copies or ()))]
        if name == "raw":
            text = Format("x-fmt/111", "Plain Text File", "", "text/plain", "accept")
            readme = self._write(
                "raw/documentation", f"{folder}documentation/README.txt", lambda out: _told(out, _RAW_README), text
            )
            groups.insert(0, Group(use="Documentation", label="Documentation", rows=[readme]))
        sheet = Sheet(objid=name, type=_TYPES[name], folder=folder, preservation=[premis], groups=groups)
        return self._write(f"{name}/METS", f"{folder}METS.xml", partial(_mets.write, facts=self.facts, sheet=sheet))

    def _sip(self) -> None:
        """FGS Paketstruktur 1.2."""
        for name, rows in self._representations().items():
            copies = self.rows.get(f"{name}/copies")
            writer = partial(_premis.representation, facts=self.facts, name=name, rows=rows, copies=copies)
            self._write(f"{name}/premis", f"metadata/preservation/premis-{name}.xml", writer)
        self._metadata()
        every = dict(sorted(self.rows.items()))
        self._write("METS", "sip.xml", partial(_fgs.write, facts=self.facts, groups=every))

    def _listing(self) -> None:
        """Every file in the package as `sha256sum` writes it, sorted by path."""
        for rows in self.rows.values():
            rows.close()
        with ExitStack() as stack, (self.work / "listing").open("w", encoding="utf-8") as out:
            groups = [stack.enter_context(rows.sums.open(encoding="utf-8")) for rows in self.rows.values()]
            out.writelines(heapq.merge(*groups, key=lambda line: line[66:]))


def _told(out: BinaryIO, text: str) -> None:
    out.write(text.encode())


def _touched(path: str, fault: str) -> NotWhole:
    short = "/".join(path.split("/")[-3:])
    return NotWhole(
        f"{short}: {fault}. Nothing was packed. Move the folder aside and run again: a capture is taken "
        "anew, what was made of it is made anew."
    )


def _sources(capture: Path, made: Path) -> dict[str, Iterable[_Source]]:
    """Each representation's files, sorted by where they go. NotWhole where the capture's seal is broken."""
    own, raw, supplied = list[_Source](), list[_Source](), list[_Source]()
    for entry in captures.files(capture):
        name = entry["path"]
        folder = name.partition("/")[0]
        if folder != "media":
            kept = {"raw": raw, "supplied": supplied}.get(folder, own)
            kept.append(_Source(place_of(name), f"{capture}/{name}", entry, name))
    own.append(_Source(f"{_CAPTURE}seal.jsonl", f"{capture}/seal.jsonl", {}, "seal.jsonl"))
    media = (
        _Source(place_of(entry["path"]), f"{capture}/{entry['path']}", entry, entry["path"])
        for entry in makings.media(made)
    )
    content = _made(made, "content/", "representations/content/data/")
    reading = _made(made, "reading/", "representations/reading/data/")
    found: dict[str, Iterable[_Source]] = {
        "content": heapq.merge(content, _sorted(own), media, key=attrgetter("path")),
        "manual": _sorted(supplied), "raw": _sorted(raw), "reading": reading,
    }  # fmt: skip
    return found


def _sorted(sources: Sequence[_Source]) -> list[_Source]:
    return sorted(sources, key=attrgetter("path"))


def _made(made: Path, folder: str, into: str) -> Iterator[_Source]:
    for entry in makings.files(made):
        if entry["path"].startswith(folder):
            yield _Source(into + entry["path"].removeprefix(folder), f"{made}/{entry['path']}", entry)


# Checking a package


def _faults(bag: zipfile.ZipFile) -> Iterator[str]:
    top, left = _held.top(bag), {name for name in bag.namelist() if not name.endswith("/")}
    heads = [name for name in ("METS.xml", "sip.xml") if f"{top}/{name}" in left]
    if not heads:
        yield "METS.xml is missing: this is no package"
        return
    left.discard(f"{top}/{heads[0]}")
    yield from _against(bag, top, heads[0], left)
    yield from (f"{name}: in the package, and not in its METS" for name in sorted(left))
    if bag.comment and not _MARK.fullmatch(bag.comment):
        yield "its last bytes are missing or changed"


def _against(bag: zipfile.ZipFile, top: str, head: str, left: set[str]) -> Iterator[str]:
    """Every file that one METS names, and those that the METS files in it name."""
    folder = f"{top}/{head}".rpartition("/")[0]
    for href, size, algorithm, due in _listed(bag, f"{top}/{head}"):
        name = f"{folder}/{href.removeprefix('file:///')}"
        if name not in bag.NameToInfo:
            yield f"{name}: in {head}, and missing"
            continue
        left.discard(name)
        fault = _compared(bag, name, size, algorithm, due)
        if fault:
            yield f"{name}: {fault}, and not as {head} says"
        elif name.endswith("/METS.xml"):
            yield from _against(bag, top, name.removeprefix(f"{top}/"), left)


def _listed(bag: zipfile.ZipFile, name: str) -> Iterator[tuple[str, str, str, str]]:
    """(href, size, algorithm, checksum) of each file and each metadata file that a METS names."""
    with bag.open(name) as file:
        for _, node in etree.iterparse(file, tag=("{*}file", "{*}mdRef"), resolve_entities=False, no_network=True):
            pointer = node if etree.QName(node).localname == "mdRef" else node.find("{*}FLocat")
            href = "" if pointer is None else pointer.get(f"{{{_mets.XLINK}}}href", "")
            yield href, node.get("SIZE", ""), node.get("CHECKSUMTYPE", ""), node.get("CHECKSUM", "")
            node.clear()
            while node.getprevious() is not None:
                del node.getparent()[0]


def _compared(bag: zipfile.ZipFile, name: str, size: str, algorithm: str, due: str) -> str:
    """What is wrong with one file, or empty."""
    if algorithm not in _HASHES:
        return f"no checksum that we know ({algorithm or 'none'})"
    if str(bag.NameToInfo[name].file_size) != size:
        return f"{bag.NameToInfo[name].file_size} bytes"
    try:
        with bag.open(name) as file:
            found = _digest(file, hashlib.new(_HASHES[algorithm], usedforsecurity=False))
    except zipfile.BadZipFile as error:
        return str(error)
    return "" if found == due.lower() else "other content"


def _digest(file: IO[bytes], digest: Any) -> str:
    while piece := file.read(BLOCK):
        digest.update(piece)
    return str(digest.hexdigest())
