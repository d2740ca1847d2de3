"""Our own validator for E-ARK packages: CSIP, SIP, CS PREMIS, every file's checksum, and our capture's seal.

The rules are data (rules.py). A package is a folder or a ZIP; each file is read once; nothing is fetched, nothing is
unpacked, and memory does not grow with the package. Whatever is broken becomes a finding, never an exception.
"""

from collections.abc import Iterable
from contextlib import closing
from itertools import chain
from pathlib import Path

from archive_formats.checks import capture, structure
from archive_formats.checks.fgs import Sip
from archive_formats.checks.hashing import KINDS as HASHED
from archive_formats.checks.index import Index
from archive_formats.checks.mets import Mets
from archive_formats.checks.places import UNREADABLE, Place, place
from archive_formats.checks.premis import Premis
from archive_formats.checks.reading import Gzip, Hashes, Json, JsonLines, Reader, read
from archive_formats.checks.report import Finding, Report
from archive_formats.checks.rules import RULES, VERSIONS, Rule
from archive_formats.checks.xml import KINDS, XmlReader, at_hand, schema

__all__ = ["RULES", "VERSIONS", "Finding", "Rule", "findings"]

_LOOKED_INTO = (".gz", ".jsonl", ".ndjson", ".json", ".jsonld", ".xml")
_HEAD = 2**16  # bytes in which an XML file tells what it is


def findings(package: Path, version: str = "", schemas: str = "") -> list[Finding]:
    """What is not as it must be in a package, each by the id of its rule; nothing if all is well.

    Version is that of CSIP and SIP: one of VERSIONS or, if empty, the one whose PROFILE the package names (2.2.0 if
    that is none of them). Of one rule at most 100 findings are told, and the rest counted. FGS 1.2 is known by sip.xml.
    `schemas` is the folder that the settings name; empty: those that `make` laid beside the environment.
    """
    report = Report(version, at_hand(schemas))
    with closing(Index()) as index:
        try:
            opened = place(package, report)
        except UNREADABLE as error:
            report.say("FILE5", package.name, str(error))
            return report.findings()
        with opened:
            _look(opened, index, report)
    return report.findings()


def _look(source: Place, index: Index, report: Report) -> None:
    """METS first, as it tells what the other files must be; then each other file, metadata before the rest."""
    for path, size in source.files():
        index.file(path, size)
    with source.ahead(path for path in index.under("") if not path.lower().endswith(_LOOKED_INTO)) as hashed:
        read_already = _lists(source, index, report)
        index.ready()
        for path in index.under(""):  # what PREMIS says of a file's checksums is known before the file is read
            if _is_metadata(path) and path not in read_already:
                _take(source, path, index, _readers(source, path, index, report), report)
        for path, digests in hashed():
            for kind, value in zip(HASHED, digests, strict=True):
                index.digest(path, kind, value)
    for path, size, kinds in index.left():
        if kinds and not _is_metadata(path) and path not in read_already:
            _read(source, path, size, kinds, index, _readers(source, path, index, report), report)
    _compare(index, report)
    capture.check(source, index, report)


def _is_metadata(path: str) -> bool:
    return "/metadata/" in f"/{path}"


def _lists(source: Place, index: Index, report: Report) -> set[str]:
    """Read what lists the files, and look at the folders: the paths of what was read."""
    if index.size("sip.xml") is not None and index.size("METS.xml") is None:
        _take(source, "sip.xml", index, [Sip("sip.xml", source.name, index, report)], report)
        return {"sip.xml"}
    names = structure.representations(index)
    structure.folders(index, names, report)
    if index.size("METS.xml") is None:
        report.say("CSIPSTR4", "METS.xml", ", ".join(path for path in index.under("") if "/" not in path))
        report.trusted = False
    return _metses(source, index, names, report)


def _metses(source: Place, index: Index, names: Iterable[str], report: Report) -> set[str]:
    """Read the root METS, then each that it points at or that lies in a representation: the paths of all."""
    done: set[str] = set()
    left = ["METS.xml", *(f"representations/{name}/METS.xml" for name in names)]
    while left:
        path = left.pop(0)
        if path in done or index.size(path) is None:
            continue
        done.add(path)
        folder = path.split("/")[-2] if "/" in path else source.name
        mets = Mets(path, folder, index, report)
        _take(source, path, index, [mets], report)
        structure.told(mets, index, names, report)
        left += sorted(mets.divisions.metses)
    return done


def _take(source: Place, path: str, index: Index, readers: list[Reader], report: Report) -> None:
    """Read one file once, for its checksums and for its readers."""
    _read(source, path, index.size(path) or 0, {"SHA-256"} | index.kinds(path), index, readers, report)


def _read(
    source: Place, path: str, size: int, kinds: set[str], index: Index, readers: list[Reader], report: Report
) -> None:
    """The same, where its size and the kinds of checksums to take are known."""
    hashes = Hashes(kinds)
    try:
        with source.open(path) as file:
            found = read(file, [hashes, *readers], size)
    except UNREADABLE as error:
        report.say("FILE5", path, str(error))
        report.trusted = report.trusted and not any(isinstance(one, Mets) for one in readers)
        return
    if found != size:
        report.say("FILE6", path, f"{size} → {found}")
    for kind, value in hashes.found().items():
        index.digest(path, kind, value)


def _readers(source: Place, path: str, index: Index, report: Report) -> list[Reader]:
    """Who reads a file besides the hashes, by its name; for XML, by what it says it is."""
    low = path.lower()  # whatever is looked into here ends in one of _LOOKED_INTO
    if low.endswith(".gz"):
        return [Gzip(path, report)]
    if low.endswith((".jsonl", ".ndjson")):
        return [JsonLines(path, report)]
    if low.endswith((".json", ".jsonld")):
        return [Json(path, report)]
    return [_xml(source, path, index, report)] if low.endswith(".xml") and "metadata/" in low else []


def _xml(source: Place, path: str, index: Index, report: Report) -> Reader:
    try:
        with source.open(path) as file:
            head = file.read(_HEAD)
    except UNREADABLE:
        head = b""
    rule = next((rule for name, rule in KINDS.items() if name in head), "")
    if rule == "XML3":
        return Premis(path, index, report)
    return XmlReader(path, report, schema(rule, report) if rule == "XML4" else None, rule)


def _compare(index: Index, report: Report) -> None:
    """What METS and PREMIS say, against the files as they were read."""
    for rule, _, where, path in index.missing():
        report.say(rule, where, path)
    for rule, _, where, path, said, found in chain(index.wrong_sizes(), index.wrong_digests()):
        report.say(rule, where, f"{path} {said} ≠ {found}")
    for where, name in index.twice():
        report.say("XML5", where, name)
    for rule, _, where, name in index.dangling():
        report.say(rule, where, name)
    if report.trusted:
        for path in index.unnamed():
            if path in ("METS.xml", "sip.xml"):
                continue
            report.say("FILE2", path)
            for rule, folder in (("CSIP17", "metadata/descriptive/"), ("CSIP32", "metadata/preservation/")):
                if folder in path:
                    report.say(rule, path, "–", "ERROR")
