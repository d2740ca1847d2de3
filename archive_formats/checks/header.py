"""What a METS says of itself: its root element, and metsHdr with the agents."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from archive_formats.checks.report import Report
from archive_formats.checks.rules import PROFILES, VERSIONS
from archive_formats.checks.vocabularies import CONTENT_TYPES, fault, moment
from archive_formats.checks.xml import local

CSIP: Final = "{https://DILCIS.eu/XML/METS/CSIPExtensionMETS}"
_HEADER: Final = (
    ("CSIP7", "CREATEDATE", "date"),
    ("CSIP8", "LASTMODDATE", "date"),
    ("CSIP9", f"{CSIP}OAISPACKAGETYPE", "package"),
)
_FUTURE: Final = timedelta(days=3 * 365)  # less may be the fault of the clock here, and not of the package
# Agents of a SIP: (most, type, name, note) – the rules – and which agent it is.
_AGENTS: Final = {
    "ARCHIVIST": ("SIP9", "SIP11", "SIP12", "SIP14"),
    "CREATOR": ("SIP15", "SIP15", "SIP18", "SIP20"),
    "PRESERVATION": ("SIP26", "SIP28", "SIP29", "SIP31"),
}
_SOFTWARE: Final = (("CSIP11", "ROLE", "CREATOR"), ("CSIP12", "TYPE", "OTHER"), ("CSIP13", "OTHERTYPE", "SOFTWARE"))


def root(mets: Any, folder: str, path: str, report: Report) -> None:
    """The attributes of the root element. `folder` is the name of the folder in which this METS lies."""
    objid, profile = mets.get("OBJID"), mets.get("PROFILE")
    report.version = report.version or next((one for one in VERSIONS[::-1] if profile in PROFILES[one]), VERSIONS[-1])
    if not objid or objid != folder:
        report.say("CSIP1", path, f"{objid or '–'} ≠ {folder}")
    if wrong := fault("category", mets.get("TYPE")):
        report.say("CSIP2", path, wrong)
    if (mets.get("TYPE") or "").upper() == "OTHER" and not mets.get(f"{CSIP}OTHERTYPE"):
        report.say("CSIP3", path, "–")
    content_type(mets, path, report, ("CSIP4", "CSIP5"), must=path != "METS.xml")
    if not (profile or "").strip():
        report.say("CSIP6", path, "–")
    elif path == "METS.xml" and profile not in PROFILES[report.version]:
        report.say("SIP2", path, profile)


def content_type(element: Any, where: str, report: Report, rules: tuple[str, str], *, must: bool) -> None:
    """csip:CONTENTINFORMATIONTYPE and what it asks for, of METS or of a fileGrp."""
    value, other = element.get(f"{CSIP}CONTENTINFORMATIONTYPE"), element.get(f"{CSIP}OTHERCONTENTINFORMATIONTYPE")
    if not value:
        report.say(rules[0], where, "–", "ERROR" if must else None)
    elif value not in CONTENT_TYPES:
        report.say(rules[0], where, value, "ERROR")
    elif value == "OTHER" and not (other or "").strip():
        report.say(rules[0], where, "OTHER", "ERROR")
        report.say(rules[1], where, "–")


def header(element: Any, path: str, report: Report) -> None:
    """metsHdr, whole."""
    for rule, name, kind in _HEADER:
        if wrong := fault(kind, element.get(name)):
            report.say(rule, path, wrong, None if wrong == "–" else "ERROR")
    changed = moment(element.get("LASTMODDATE") or "")
    if changed and changed > datetime.now(UTC) + _FUTURE:
        report.say("CSIP8", path, element.get("LASTMODDATE"), "ERROR")
    agents = [child for child in element if local(child) == "agent"]
    if not agents:
        report.say("CSIP10", path, "–")
    _software(agents, path, report)
    if path == "METS.xml":
        _sip(element, agents, path, report)


def _software(agents: list[Any], path: str, report: Report) -> None:
    """The agent for the software that made the package: the one that comes nearest to what it must be."""
    left = agents
    for rule, name, value in _SOFTWARE:
        fitting = [agent for agent in left if agent.get(name) == value]
        if not fitting:
            report.say(rule, path, ", ".join(sorted({agent.get(name) or "–" for agent in left})) or "–")
        left = fitting or left
    for agent in left[:1]:
        if not _text(agent, "name"):
            report.say("CSIP14", path, "–")
        notes = [child for child in agent if local(child) == "note"]
        if len(notes) != 1 or not (notes[0].text or "").strip():
            report.say("CSIP15", path, f"{len(notes)} note")
        if any(note.get(f"{CSIP}NOTETYPE") != "SOFTWARE VERSION" for note in notes) or not notes:
            report.say("CSIP16", path, ", ".join(str(note.get(f"{CSIP}NOTETYPE") or "–") for note in notes))


def _sip(element: Any, agents: list[Any], path: str, report: Report) -> None:
    """What a SIP adds."""
    if element.get(f"{CSIP}OAISPACKAGETYPE") != "SIP":
        report.say("SIP4", path, element.get(f"{CSIP}OAISPACKAGETYPE") or "–")
    if (status := element.get("RECORDSTATUS")) is not None and (wrong := fault("record", status)):
        report.say("SIP3", path, wrong)
    given = Counter(child.get("TYPE") for child in element if local(child) == "altRecordID")
    for rule, kind in (("SIP5", "SUBMISSIONAGREEMENT"), ("SIP7", "REFERENCECODE")):
        if given[kind] > 1:
            report.say(rule, path, f"{given[kind]} {kind}")
    for role, rules in _AGENTS.items():
        _agents(role, [agent for agent in agents if agent.get("ROLE") == role], rules, path, report)


def _agents(role: str, agents: list[Any], rules: tuple[str, str, str, str], path: str, report: Report) -> None:
    count, kind, name, code = rules
    if role == "CREATOR":  # the other creators are software
        agents = [agent for agent in agents if agent.get("TYPE") in ("ORGANIZATION", "INDIVIDUAL")]
    elif role == "ARCHIVIST":
        agents = [agent for agent in agents if agent.get("TYPE") != "OTHER"]
    if len(agents) > 1 or (role == "CREATOR" and not agents):
        report.say(count, path, f"{len(agents)} {role}")
    fit = ("ORGANIZATION",) if role == "PRESERVATION" else ("ORGANIZATION", "INDIVIDUAL")
    for agent in agents:
        if agent.get("TYPE") not in fit:
            report.say(kind, path, agent.get("TYPE") or "–")
        if not _text(agent, "name"):
            report.say(name, path, "–")
        notes = [note.get(f"{CSIP}NOTETYPE") for note in agent if local(note) == "note"]
        if any(note != "IDENTIFICATIONCODE" for note in notes):
            report.say(code, path, ", ".join(str(note or "–") for note in notes))


def _text(element: Any, name: str) -> str:
    return next(((child.text or "").strip() for child in element if local(child) == name), "")
