"""One METS file, read as a stream: each part is held against its rules when it closes, and let go."""

from typing import Any, Final

from archive_formats.checks import header
from archive_formats.checks.divisions import Divisions
from archive_formats.checks.index import Index
from archive_formats.checks.links import Links
from archive_formats.checks.report import Report
from archive_formats.checks.vocabularies import fault
from archive_formats.checks.xml import XmlReader, let_go, local, schema

# Sections with metadata: the rules for ID, CREATED, STATUS and mdRef.
_SECTIONS: Final = {
    "dmdSec": ("CSIP18", "CSIP19", "CSIP20", "CSIP21"),
    "digiprovMD": ("CSIP33", "", "CSIP34", "CSIP35"),
    "rightsMD": ("CSIP46", "", "CSIP47", "CSIP48"),
    "techMD": ("CSIP33", "", "", ""),
    "sourceMD": ("CSIP33", "", "", ""),
}
_USES: Final = ("Documentation", "Schemas", "Representations", "Metadata")


class Mets(XmlReader):
    """Reads one METS. Afterwards `divisions.metses` are those it points at, `uses` its groups', `seen` its parts."""

    def __init__(self, path: str, folder: str, index: Index, report: Report) -> None:
        super().__init__(path, report, schema("XML2", report), "XML2")
        self.folder, self.index = folder, index
        self.links = Links(path, index, report)
        self.divisions = Divisions(self.links, report)
        self.uses: set[str] = set()
        self._groups: list[list[int]] = []  # of those that are open: files, groups
        self.seen: set[str] = set()
        self._root = ""

    def begin(self, element: Any) -> None:
        name = local(element)
        if not self._root:
            self._root = name
            self.divisions.objid = element.get("OBJID") or ""
            header.root(element, self.folder, self.path, self.report)
        if (own := element.get("ID")) is not None:
            self.index.id(self.path, own, self.links.where(element))
        if name in ("structMap", "div"):
            self.divisions.begin(element)
        elif name == "fileGrp":
            self._group(element)
        elif name == "fileSec" and not element.get("ID"):
            self.report.say("CSIP59", self.path, "–")

    def end(self, element: Any) -> None:
        name = local(element)
        if name in ("structMap", "div"):
            self.divisions.end(element)
        elif name in ("fptr", "mptr"):
            self.divisions.point(element)
        elif name == "file":
            self._file(element)
        elif name == "fileGrp":
            self._close(element)
        elif name in _SECTIONS:
            self._section(element, name)
        elif name == "metsHdr":
            header.header(element, self.path, self.report)
        elif name not in ("amdSec", "fileSec"):
            return
        self.seen.add(name)
        if name != "metsHdr" or element.getparent() is not None:
            let_go(element)

    def close(self) -> None:
        super().close()
        if not self.whole:
            self.report.trusted = False
            return
        if self._root != "mets":
            self.report.trusted = False
            self.report.say("XML2", self.path, self._root or "–")
            return
        for rule, name in (("CSIP117", "metsHdr"), ("CSIP58", "fileSec")):
            if name not in self.seen:
                self.report.say(rule, self.path, "–")
        self.divisions.close()

    def _section(self, element: Any, name: str) -> None:
        """A dmdSec, or one of the sections of an amdSec."""
        given, created, status, reference = _SECTIONS[name]
        where = self.links.where(element)
        if not element.get("ID"):
            self.report.say(given, where, "–")
        elif name == "dmdSec":
            self.divisions.sections["dmdSec"].append(element.get("ID"))
        else:
            self.divisions.sections["amdSec"].append(element.get("ID"))
        for rule, attribute, kind in ((created, "CREATED", "date"), (status, "STATUS", "status")):
            if rule and (wrong := fault(kind, element.get(attribute))):
                self.report.say(rule, where, wrong, None if wrong == "–" else "ERROR")
        references = [child for child in element if local(child) == "mdRef"]
        if not references and reference:
            self.report.say(reference, where, "–")
        for one in references:
            self.links.metadata(one, name, where)

    def _group(self, element: Any) -> None:
        use, where = element.get("USE") or "", self.links.where(element)
        if self._groups:
            self._groups[-1][1] += 1
        self._groups.append([0, 0])
        self.uses.add(use)
        if element.get("ID"):
            self.divisions.groups[element.get("ID")] = use
        else:
            self.report.say("CSIP65", where, "–")
        self._use(use, where)
        must = use.startswith("Representations") and self.path == "METS.xml"
        if must or element.get(f"{header.CSIP}CONTENTINFORMATIONTYPE"):
            header.content_type(element, where, self.report, ("CSIP62", "CSIP63"), must=must)

    def _use(self, use: str, where: str) -> None:
        """USE is of the vocabulary; where it is a path, it is a folder of the package, or of the representation."""
        if use.partition("/")[0] not in _USES:
            self.report.say("CSIP64", where, use or "–")
        elif "/" in use and not self.index.has(use) and not self.index.has(f"{self.links.folder}/{use}".lstrip("/")):
            self.report.say("CSIP64", where, use)

    def _file(self, element: Any) -> None:
        if self._groups:
            self._groups[-1][0] += 1
        parent = element.getparent()
        if parent is not None and local(parent) in ("fileGrp", "file"):
            self.links.file(element, [child for child in element if local(child) == "FLocat"])

    def _close(self, element: Any) -> None:
        if self._groups and self._groups.pop() == [0, 0]:
            self.report.say("CSIP66", self.links.where(element), "0 file")
