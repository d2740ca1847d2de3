"""FGS Paketstruktur 1.2 (RAFGS1V1.2): sip.xml lists every file, with links that begin with file:///.

Its schema is Riksarkivet's own and is held against sip.xml only where it lies among our schemas, by its known hash.
"""

from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from lxml import etree

from archive_formats import _schemas
from archive_formats.checks.index import Index, Said
from archive_formats.checks.links import Links
from archive_formats.checks.report import Report
from archive_formats.checks.vocabularies import fault
from archive_formats.checks.xml import XLINK, XmlReader, let_go, local

_KNOWN: Final = {
    "CSPackageMETS.xsd": "6c9fa3336570acc053513352783b3a39853d655ea3acf2e2c244d0bd812d1cff",
    "CSPackageExtensionMETS.xsd": "ffb8d07441cc58032d89304a934af3c6a55faba41499d5d2fcb6909415c2f1c0",
}
_FILE: Final = (
    ("FGS3", "ID", "some"),
    ("FGS3", "MIMETYPE", "some"),
    ("FGS3", "SIZE", "size"),
    ("FGS3", "CREATED", "date"),
    ("FGS3", "CHECKSUM", "some"),
    ("FGS3", "CHECKSUMTYPE", "checksum"),
)


class Sip(XmlReader):
    """Reads sip.xml."""

    def __init__(self, path: str, folder: str, index: Index, report: Report) -> None:
        schema = _schema(report.schemas)
        if schema is None:
            report.say("FGS5", path)
        super().__init__(path, report, schema, "FGS1")
        self.folder, self.index, self.links = folder, index, Links(path, index, report)
        self._root = ""

    def begin(self, element: Any) -> None:
        if not self._root:
            self._root = local(element)
            if element.get("OBJID") != self.folder:
                self.report.say("FGS2", self.path, f"OBJID {element.get('OBJID') or '–'} ≠ {self.folder}")
            for name in ("TYPE", "PROFILE"):
                if not element.get(name):
                    self.report.say("FGS2", self.path, f"{name} –")
        if (own := element.get("ID")) is not None:
            self.index.id(self.path, own, self.links.where(element))

    def end(self, element: Any) -> None:
        name = local(element)
        if name in ("file", "mdRef"):
            self._file(element)
        elif name == "metsHdr":
            for child, least in (("agent", 3), ("altRecordID", 1)):
                if (count := sum(local(one) == child for one in element)) < least:
                    self.report.say("FGS2", self.path, f"{count} {child}")
        elif name == "fptr":
            self.index.refer(self.path, element.get("FILEID") or "", "XML6", self.links.where(element))
        else:
            return
        let_go(element)

    def close(self) -> None:
        super().close()
        if self._root != "mets":
            self.whole = False
            self.report.say("FGS2", self.path, self._root or "–")
        self.report.trusted = self.report.trusted and self.whole

    def _file(self, element: Any) -> None:
        where, size = self.links.where(element), element.get("SIZE", "")
        self.links.attributes(element, _FILE, where)
        href = next((one.get(f"{XLINK}href") for one in element if local(one) == "FLocat"), element.get(f"{XLINK}href"))
        path = self.links.path((href or "").removeprefix("file:///"), "FGS3", where)
        if path is None:
            return
        said = Said(missing="FILE1", sized="FGS4", summed="FGS4", source=self.path, place=where)
        number = int(size) if not fault("size", size) else None
        self.index.claim(path, said, number, element.get("CHECKSUMTYPE", ""), element.get("CHECKSUM", "").strip())


def _schema(place: Path | None) -> etree.XMLSchema | None:
    if place is None:
        return None
    for name, due in _KNOWN.items():
        path = place / name
        if not path.is_file() or sha256(path.read_bytes()).hexdigest() != due:
            return None
    return _schemas.validator("CSPackageMETS.xsd", place)
