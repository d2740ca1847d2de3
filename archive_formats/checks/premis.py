"""One PREMIS file, read as a stream, against CS PREMIS 1.0.1; and what it says of files, against the files."""

import posixpath
from collections.abc import Iterator
from typing import Any, Final

from archive_formats.checks.index import Index, Said
from archive_formats.checks.reading import DIGESTS
from archive_formats.checks.report import Report
from archive_formats.checks.xml import XmlReader, bare, let_go, local, schema

_TYPE: Final = "{http://www.w3.org/2001/XMLSchema-instance}type"
_SUMS: Final = {name.replace("-", "").lower(): name for name in DIGESTS}
# What must be in each kind of entity: (rule, path of names); | parts alternatives.
_OBJECT: Final = ("objectIdentifier/objectIdentifierType", "objectIdentifier/objectIdentifierValue")
_MUST: Final[dict[str, tuple[tuple[str, str], ...]]] = {
    "representation": (
        *(("PM14", path) for path in _OBJECT),
        ("PM18", "significantProperties/significantPropertiesValue"),
        ("PM21", "relationship/relatedObjectIdentifier/relatedObjectIdentifierValue"),
    ),
    "file": (
        *(("PM28", path) for path in _OBJECT),
        ("PM33", "objectCharacteristics/fixity"),
        ("PM37", "objectCharacteristics/format/formatDesignation/formatName"
         "|objectCharacteristics/format/formatRegistry/formatRegistryKey"),
        ("PM51", "originalName"),
    ),
    "intellectualEntity": (("PM2", _OBJECT[0]), ("PM2", _OBJECT[1])),
    "environment": (
        ("PM2", "environmentFunction/environmentFunctionType"),
        ("PM2", "environmentFunction/environmentFunctionLevel"),
        ("PM2", "environmentDesignation/environmentName"),
    ),
    "agent": (
        ("PM69", "agentIdentifier/agentIdentifierType"),
        ("PM69", "agentIdentifier/agentIdentifierValue"),
        ("PM69", "agentName"),
        ("PM69", "agentType"),
    ),
    "event": (
        ("PM80", "eventIdentifier/eventIdentifierType"),
        ("PM80", "eventIdentifier/eventIdentifierValue"),
        ("PM80", "eventType"),
        ("PM80", "eventDateTime"),
        ("PM80", "eventOutcomeInformation/eventOutcome"),
    ),
    "rights": (
        ("PM93", "rightsStatement/rightsStatementIdentifier/rightsStatementIdentifierValue"),
        ("PM93", "rightsStatement/rightsBasis"),
    ),
    "statute": (
        ("PM93", "rightsStatement/statuteInformation/statuteJurisdiction"),
        ("PM93", "rightsStatement/statuteInformation/statuteCitation"),
    ),
}  # fmt: skip
_LINKS: Final = (
    ("CONTENT5", "agent", "linkingAgentIdentifier/linkingAgentIdentifierValue"),
    ("CONTENT6", "object", "linkingObjectIdentifier/linkingObjectIdentifierValue"),
)

Texts = dict[str, list[str]]  # path of names → what stands there


class Premis(XmlReader):
    """Reads one PREMIS file. What is in an entity is looked at when the entity is whole."""

    TAGS = tuple(f"{{*}}{name}" for name in ("premis", "object", "event", "agent", "rights"))

    def __init__(self, path: str, index: Index, report: Report) -> None:
        super().__init__(path, report, schema("XML3", report), "XML3")
        self.index, self._root = index, ""
        self._top: Any = None  # the root element
        self.home = path.partition("metadata/")[0]

    def feed(self, piece: bytes) -> None:
        super().feed(piece)
        while self._top is not None and len(self._top) > 1:  # what no rule knows is let go too
            del self._top[0]

    def begin(self, element: Any) -> None:
        if not self._root:
            self._root, self._top = local(element), element
            if element.get("version") != "3.0":
                self.report.say("PM1", self.path, element.get("version") or "–")

    def end(self, element: Any) -> None:
        if (root := element.getparent()) is None or root.getparent() is not None:
            return
        name, found = local(element), Texts()
        for xml_id in _gather(element, found):
            self.index.id(f"{self.path} xml", xml_id, self.path)
        kind = (element.get(_TYPE) or "").rpartition(":")[2] if name == "object" else name
        own = found.get(f"{name}Identifier/{name}IdentifierValue", ())
        where = f"{self.path} {own[0] if own else f'line {element.sourceline}'}"
        self._must(element, found, kind, where)
        if name in ("object", "agent"):
            for one in own:
                self.index.id(f"PREMIS {name}", one)
        if name == "event":
            self._linked(found, where)
        if kind == "file":
            self._fixity(element, found, where)
        let_go(element)

    def _must(self, element: Any, found: Texts, kind: str, where: str) -> None:
        kinds = [kind]
        if kind == "intellectualEntity" and any(local(child).startswith("environment") for child in element):
            kinds.append("environment")
        if kind == "rights" and _first(found, "rightsStatement/rightsBasis") == "statute":
            kinds.append("statute")
        for one in kinds:
            for rule, path in _MUST.get(one, ()):
                if not any(way in found for way in path.split("|")):
                    self.report.say(rule, where, f"– {path.rpartition('/')[2]}")

    def _linked(self, found: Texts, where: str) -> None:
        """An event's agents and objects are described in a PREMIS file of the package, or are files of it."""
        for rule, kind, path in _LINKS:
            for one in found.get(path, ()):
                if kind == "agent" or self._file(one) is None:
                    self.index.refer(f"PREMIS {kind}", one, rule, where)

    def _fixity(self, element: Any, found: Texts, where: str) -> None:
        """What PREMIS says of a file's checksums and size, to be held against the file."""
        names = [*found.get("objectIdentifier/objectIdentifierValue", ()), *found.get("originalName", ())]
        path = next((path for name in names if (path := self._file(name)) is not None), None)
        size = _first(found, "objectCharacteristics/size")
        for kind, digest in _sums(element, found):
            if not kind or not digest:
                self.report.say("PM34", where, f"{kind or '–'} {digest or '–'}")
            elif path is not None:
                self._claim(path, where, _SUMS.get(kind.replace("-", "").lower(), ""), digest, size)

    def _claim(self, path: str, where: str, kind: str, digest: str, size: str) -> None:
        number = int(size) if size.isascii() and size.isdigit() and len(size) < 20 else None
        said = Said(missing="CONTENT4", sized="CONTENT3", summed="CONTENT3", source=self.path, place=where)
        self.index.claim(path, said, number, kind, digest)

    def _file(self, name: str) -> str | None:
        """The file of the package that a name means: its path from the root, or from where this PREMIS stands."""
        path = posixpath.normpath(name)
        return self.index.first(path, self.home + path, path.partition("/")[2], f"{self.home}data/{path}")


def _gather(element: Any, found: Texts, above: str = "") -> list[str]:
    """Everything in an element by its path of names: texts, or for what has none, that it is there. Gives xmlIDs."""
    ids = [own] if (own := element.get("xmlID")) is not None else []
    for child in element:
        path = above + (name := bare(child.tag))
        within = len(child)
        if text := (child.text or "").strip() or (name if within else ""):
            if path in found:
                found[path].append(text)
            else:
                found[path] = [text]
        if within or child.keys():
            ids += _gather(child, found, f"{path}/")
    return ids


def _sums(element: Any, found: Texts) -> Iterator[tuple[str, str]]:
    """(algorithm, digest) of each fixity of a file; empty where one has none, or several."""
    above = "objectCharacteristics/fixity"
    kinds, digests = (found.get(f"{above}/{name}", []) for name in ("messageDigestAlgorithm", "messageDigest"))
    if len(found.get(above, ())) == len(kinds) == len(digests):
        yield from zip(kinds, digests, strict=True)
        return
    for fixity in element.iterfind("{*}objectCharacteristics/{*}fixity"):
        _gather(fixity, inside := Texts())
        yield _first(inside, "messageDigestAlgorithm"), _first(inside, "messageDigest")


def _first(found: Texts, path: str) -> str:
    return next(iter(found.get(path, ())), "")
