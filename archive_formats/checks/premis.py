"""One PREMIS file, read as a stream, against CS PREMIS 1.0.1; and what it says of files, against the files."""

import posixpath
from typing import Any, Final

from archive_formats.checks.index import Index, Said
from archive_formats.checks.reading import DIGESTS
from archive_formats.checks.report import Report
from archive_formats.checks.xml import XmlReader, let_go, local, schema

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


class Premis(XmlReader):
    """Reads one PREMIS file."""

    def __init__(self, path: str, index: Index, report: Report) -> None:
        super().__init__(path, report, schema("XML3", report), "XML3")
        self.index, self._root = index, ""
        self.home = path.partition("metadata/")[0]

    def begin(self, element: Any) -> None:
        if not self._root:
            self._root = local(element)
            if element.get("version") != "3.0":
                self.report.say("PM1", self.path, element.get("version") or "–")
        if (own := element.get("xmlID")) is not None and not self.index.id(f"{self.path} xml", own):
            self.report.say("XML5", self.path, own)

    def end(self, element: Any) -> None:
        parent, name = element.getparent(), local(element)
        if parent is None or parent.getparent() is not None:
            return
        kind = (element.get(_TYPE) or "").rpartition(":")[2] if name == "object" else name
        own = _all(element, f"{name}Identifier/{name}IdentifierValue")
        where = f"{self.path} {own[0] if own else f'line {element.sourceline}'}"
        self._must(element, kind, where)
        if name in ("object", "agent"):
            for one in own:
                self.index.id(f"PREMIS {name}", one)
        if name == "event":
            self._linked(element, where)
        if kind == "file":
            self._fixity(element, where)
        let_go(element)

    def _must(self, element: Any, kind: str, where: str) -> None:
        kinds = [kind]
        if kind == "intellectualEntity" and any(local(child).startswith("environment") for child in element):
            kinds.append("environment")
        if kind == "rights" and _first(element, "rightsStatement/rightsBasis") == "statute":
            kinds.append("statute")
        for one in kinds:
            for rule, path in _MUST.get(one, ()):
                if not any(_all(element, way) for way in path.split("|")):
                    self.report.say(rule, where, f"– {path.rpartition('/')[2]}")

    def _linked(self, element: Any, where: str) -> None:
        """An event's agents and objects are described in a PREMIS file of the package, or are files of it."""
        for rule, kind, path in _LINKS:
            for one in _all(element, path):
                if kind == "agent" or self._file(one) is None:
                    self.index.refer(f"PREMIS {kind}", one, rule, where)

    def _fixity(self, element: Any, where: str) -> None:
        """What PREMIS says of a file's checksums and size, to be held against the file."""
        names = _all(element, "objectIdentifier/objectIdentifierValue") + _all(element, "originalName")
        path = next((path for name in names if (path := self._file(name)) is not None), None)
        size = _first(element, "objectCharacteristics/size")
        for fixity in _elements(element, "objectCharacteristics/fixity"):
            kind, digest = _first(fixity, "messageDigestAlgorithm"), _first(fixity, "messageDigest")
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
        for one in (path, self.home + path, path.partition("/")[2], f"{self.home}data/{path}"):
            if one and self.index.size(one) is not None:
                return one
        return None


def _elements(element: Any, path: str) -> list[Any]:
    found = [element]
    for name in path.split("/"):
        found = [child for one in found for child in one if local(child) == name]
    return found


def _all(element: Any, path: str) -> list[str]:
    """The texts at a path of names, those that say something; for what has no text, that it is there."""
    return [
        text for one in _elements(element, path)
        if (text := (one.text or "").strip() or (local(one) if len(one) else ""))
    ]  # fmt: skip


def _first(element: Any, path: str) -> str:
    return next(iter(_all(element, path)), "")
