"""What a METS says of a file by a link: where it leads, and what it claims of what is there."""

import posixpath
from typing import Any, Final
from urllib.parse import unquote, urlsplit

from archive_formats.checks.index import Index, Said
from archive_formats.checks.reading import DIGESTS
from archive_formats.checks.report import Report
from archive_formats.checks.rules import MDREF
from archive_formats.checks.vocabularies import LISTS, fault
from archive_formats.checks.xml import XLINK

# (rule, attribute, kind of value), for a file and its FLocat.
FILE: Final = (
    ("CSIP67", "ID", "some"),
    ("CSIP68", "MIMETYPE", "media"),
    ("CSIP69", "SIZE", "size"),
    ("CSIP70", "CREATED", "date"),
    ("CSIP71", "CHECKSUM", "some"),
    ("CSIP72", "CHECKSUMTYPE", "checksum"),
)
LOCATION: Final = (
    ("CSIP77", "LOCTYPE", "=URL"),
    ("CSIP78", f"{XLINK}type", "=simple"),
    ("CSIP79", f"{XLINK}href", "some"),
)
_MDREF: Final = (
    ("LOCTYPE", "=URL"),
    (f"{XLINK}type", "=simple"),
    (f"{XLINK}href", "some"),
    ("MDTYPE", "metadata"),
    ("MIMETYPE", "media"),
    ("SIZE", "size"),
    ("CREATED", "date"),
    ("CHECKSUM", "some"),
    ("CHECKSUMTYPE", "checksum"),
)


class Links:
    """The links of one METS, or one PREMIS, into the package."""

    def __init__(self, source: str, index: Index, report: Report) -> None:
        self.source, self.index, self.report = source, index, report
        self.folder = posixpath.dirname(source)

    def attributes(self, element: Any, rules: tuple[tuple[str, str, str], ...], where: str) -> None:
        """Hold an element's attributes against their rules."""
        for rule, name, kind in rules:
            if wrong := fault(kind, element.get(name)):
                self.report.say(rule, where, wrong, None if wrong == "–" else "ERROR")

    def file(self, element: Any, locations: list[Any]) -> None:
        """Take in a `file` of the fileSec."""
        where = self.where(element)
        self.attributes(element, FILE, where)
        if len(locations) != 1:
            self.report.say("CSIP76", where, f"{len(locations)} FLocat")
        for name, rule in (("ADMID", "CSIP74"), ("DMDID", "CSIP75")):
            for one in element.get(name, "").split():
                self.index.refer(self.source, one, rule, where)
        for location in locations:
            self.attributes(location, LOCATION, where)
            self._claim(element, location.get(f"{XLINK}href", ""), where, ("FILE1", "CSIP69", "CSIP71"))

    def metadata(self, reference: Any, section: str, where: str) -> None:
        """Take in an `mdRef` of a dmdSec, a digiprovMD or a rightsMD."""
        first = MDREF.get(section, MDREF["digiprovMD"])
        rules = [f"CSIP{first + place}" for place in range(9)]
        self.attributes(
            reference, tuple((rule, name, kind) for rule, (name, kind) in zip(rules, _MDREF, strict=True)), where
        )
        self._claim(reference, reference.get(f"{XLINK}href", ""), where, (rules[2], rules[5], rules[7]))

    def path(self, href: str, rule: str, where: str) -> str | None:
        """Where a link leads, below the root; None where it leads out, or nowhere."""
        href = href.strip()
        if not href:
            return None
        path = self._inside(href)
        if path is not None and "%" in href and self.index.size(path) is None:
            path = self._inside(unquote(href))
        if path is None:
            self.report.say("FILE3", where, href)
            self.report.say(rule, where, href)
        return path

    def where(self, element: Any) -> str:
        return f"{self.source} {element.get('ID') or f'line {element.sourceline}'}"

    def _inside(self, href: str) -> str | None:
        if href.startswith(("/", "\\")) or "\\" in href or "\0" in href or ":" in href.partition("/")[0]:
            return None
        path = posixpath.normpath(posixpath.join(self.folder, href.partition("#")[0]))
        return None if path.startswith("../") or path in ("..", ".") or _has_scheme(href) else path

    def _claim(self, element: Any, href: str, where: str, rules: tuple[str, str, str]) -> None:
        missing, sized, summed = rules
        path = self.path(href, missing if missing != "FILE1" else "CSIP79", where)
        if path is None:
            return
        size, kind = element.get("SIZE", ""), element.get("CHECKSUMTYPE", "")
        if kind in LISTS["checksum"] and kind not in DIGESTS:
            self.report.say("FILE9", where, kind)
        said = Said(missing=missing, sized=sized, summed=summed, source=self.source, place=where)
        number = int(size) if not fault("size", size) else None
        self.index.claim(path, said, number, kind, element.get("CHECKSUM", "").strip())


def _has_scheme(href: str) -> bool:
    try:
        return "//" in href and bool(urlsplit(href).netloc)
    except ValueError:
        return True
