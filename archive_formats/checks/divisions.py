"""The structMap: each group of files and each representation has its division, and points at what is there."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Final

from archive_formats.checks.links import Links
from archive_formats.checks.report import Report
from archive_formats.checks.xml import XLINK, local

# A division for a kind of group: (there must be one, so called), its ID, (a group not pointed at, a wrong pointer).
_KINDS: Final = {
    "Documentation": (("CSIP93", "CSIP95"), "CSIP94", ("CSIP96", "CSIP116")),
    "Schemas": (("CSIP97", "CSIP99"), "CSIP98", ("CSIP100", "CSIP118")),
    "Representations": (("CSIP101", "CSIP103"), "CSIP102", ("CSIP104", "CSIP119")),
}
_MPTR: Final = (("CSIP111", f"{XLINK}type", "=simple"), ("CSIP112", "LOCTYPE", "=URL"))


@dataclass(slots=True)
class _Division:
    label: str
    id: str
    pointers: int = 0


@dataclass(slots=True)
class Divisions:
    """What the structMap with LABEL CSIP says, gathered while it is read."""

    links: Links
    report: Report
    objid: str = ""
    groups: dict[str, str] = field(default_factory=dict)  # the fileGrps' IDs → USE
    sections: dict[str, list[str]] = field(default_factory=lambda: {"dmdSec": [], "amdSec": []})
    metses: set[str] = field(default_factory=set)  # the representations' METS that are pointed at
    _maps: Counter[str] = field(default_factory=Counter)
    _open: list[_Division] = field(default_factory=list)
    _labels: Counter[str] = field(default_factory=Counter)
    _pointed: set[str] = field(default_factory=set)
    _mains: int = 0
    _ours: bool = False

    def begin(self, element: Any) -> None:
        """A structMap or a div opens."""
        if local(element) == "structMap":
            self._map(element)
            return
        if not self._ours:
            return
        self._open.append(_Division(element.get("LABEL") or "", element.get("ID") or ""))
        if len(self._open) == 1:
            self._main(element)
        elif len(self._open) == 2:
            self._second(element)

    def point(self, element: Any) -> None:
        """A fptr or an mptr."""
        if not self._open:
            return
        division = self._open[min(1, len(self._open) - 1)]
        if local(element) == "mptr":
            self._mets(element, division)
        else:
            self._file(element.get("FILEID") or "", division, self.links.where(element))

    def end(self, element: Any) -> None:
        """A structMap or a div closes."""
        if local(element) == "structMap":
            if self._ours and self._mains != 1:
                self.report.say("CSIP84", self.links.source, f"{self._mains} div")
            self._ours, self._mains = False, 0
        elif self._open:
            division = self._open.pop()
            theirs = division.label.startswith("Representations/") and self.links.source == "METS.xml"
            if theirs and len(self._open) == 1 and division.pointers != 1:
                self.report.say("CSIP109", f"{self.links.source} {division.label}", f"{division.pointers} mptr")

    def close(self) -> None:
        """METS is read: what is missing can be told."""
        say, source = self.report.say, self.links.source
        if self._maps["CSIP"] != 1:
            say("CSIP80", source, f"{self._maps['CSIP']} CSIP")
        if not self._maps["CSIP"]:
            say("CSIP82", source, ", ".join(self._maps) or "–")
            return
        if self._labels["Metadata"] != 1:
            for rule in ("CSIP88", "CSIP90"):
                say(rule, source, f"{self._labels['Metadata']} Metadata")
        for kind, rules in _KINDS.items():
            self._kind(kind, rules)

    def _map(self, element: Any) -> None:
        label = element.get("LABEL") or "–"
        self._maps[label] += 1
        self._ours = label == "CSIP"
        if self._ours:
            if element.get("TYPE") != "PHYSICAL":
                self.report.say("CSIP81", self.links.source, element.get("TYPE") or "–")
            if not element.get("ID"):
                self.report.say("CSIP83", self.links.source, "–")

    def _main(self, element: Any) -> None:
        self._mains += 1
        if not element.get("ID"):
            self.report.say("CSIP85", self.links.source, "–")
        if element.get("LABEL") != self.objid:
            self.report.say("CSIP86", self.links.source, f"{element.get('LABEL') or '–'} ≠ {self.objid}")

    def _second(self, element: Any) -> None:
        division, where = self._open[-1], self.links.where(element)
        self._labels[division.label] += 1
        kind = division.label.partition("/")[0]
        rule = "CSIP89" if kind == "Metadata" else _KINDS[kind][1] if kind in _KINDS else ""
        if rule and not division.id:
            self.report.say("CSIP106" if "/" in division.label else rule, where, "–")
        if division.label == "Metadata":
            self._listed(element, where)

    def _listed(self, element: Any, where: str) -> None:
        """The division for Metadata lists the sections, all and no others."""
        for rule, name, section in (("CSIP91", "ADMID", "amdSec"), ("CSIP92", "DMDID", "dmdSec")):
            listed = element.get(name, "").split()
            for one in listed:
                self.links.index.refer(self.links.source, one, rule, where)
            if left := set(self.sections[section]) - set(listed):
                self.report.say(rule, where, " ".join(sorted(left)))

    def _file(self, target: str, division: _Division, where: str) -> None:
        self.links.index.refer(self.links.source, target, "XML6", where)
        kind = division.label.partition("/")[0]
        if target in self.groups:
            self._pointed.add(target)
        if kind in _KINDS and target and not self.groups.get(target, "–").startswith(kind):
            for rule in _KINDS[kind][2]:
                self.report.say(rule, where, f"{target} {self.groups.get(target, '–')}")

    def _mets(self, element: Any, division: _Division) -> None:
        where = f"{self.links.source} {division.label}"
        division.pointers += 1
        self.links.attributes(element, _MPTR, where)
        title = element.get(f"{XLINK}title") or ""
        if title not in self.groups:
            self.report.say("CSIP108", where, title or "–")
        self._pointed.add(title)
        path = self.links.path(element.get(f"{XLINK}href") or "", "CSIP110", where)
        if path is None or self.links.index.size(path) is None:
            self.report.say("CSIP110", where, element.get(f"{XLINK}href") or "–")
            return
        self.metses.add(path)
        if path.rpartition("/")[0].lower() != division.label.lower():
            self.report.say("CSIP107", where, path)
            self.report.say("CSIP110", where, path)

    def _kind(self, kind: str, rules: tuple[tuple[str, str], str, tuple[str, str]]) -> None:
        """Each group of this kind is pointed at, from a division that bears its name."""
        say, source = self.report.say, self.links.source
        left = [group for group, use in self.groups.items() if use.startswith(kind) and group not in self._pointed]
        if kind == "Representations" and source != "METS.xml":
            return  # a representation's own METS has divisions of its own making
        if left:
            for rule in rules[2]:
                say(rule, source, " ".join(left[:5]))
        if self._labels[kind] > 1 or (left and not self._labels[kind]):
            for rule in rules[0]:
                say(rule, source, f"{self._labels[kind]} {kind}")
