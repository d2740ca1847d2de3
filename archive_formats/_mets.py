"""METS as E-ARK CSIP and SIP ask for it, for the package and for each representation, written as a stream.

Source: CSIP and SIP 2.2.0 (DILCIS Board, 2024-05-17) and 2.1.0 (which is FGS Paketstruktur 2.0), seen 2026-11.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO, Final

from lxml import etree

from archive_formats._facts import SOFTWARE, Facts, Row, visible
from model.settings import Body

METS: Final = "http://www.loc.gov/METS/"
XLINK: Final = "http://www.w3.org/1999/xlink"
CSIP: Final = "https://DILCIS.eu/XML/METS/CSIPExtensionMETS"
SIP: Final = "https://DILCIS.eu/XML/METS/SIPExtensionMETS"
XSI: Final = "http://www.w3.org/2001/XMLSchema-instance"
_NAMES: Final = {None: METS, "xlink": XLINK, "csip": CSIP, "sip": SIP, "xsi": XSI}
_SCHEMAS: Final = (
    f"{METS} {{0}}schemas/mets.xsd {CSIP} {{0}}schemas/DILCISExtensionMETS.xsd "
    f"{SIP} {{0}}schemas/DILCISExtensionSIPMETS.xsd {XLINK} {{0}}schemas/xlink.xsd"
)
PROFILES: Final = {
    "eark-2.2.0": "https://earksip.dilcis.eu/profile/E-ARK-SIP-v2-2-0.xml",
    "fgs-2.0": "https://earksip.dilcis.eu/profile/E-ARK-SIP.xml",
}
CONTENT_TYPE: Final = "arsring-social-media-v1"  # there is no content information type for social media yet
_KIND: Final = {f"{{{CSIP}}}CONTENTINFORMATIONTYPE": "OTHER", f"{{{CSIP}}}OTHERCONTENTINFORMATIONTYPE": CONTENT_TYPE}
Attributes = dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A group of files and its place in the structure; `pointer`: it is a representation with a METS of its own."""

    use: str
    label: str
    rows: Iterable[Row]
    pointer: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """One METS file: of the package, or of one representation (`folder` ends in `/`, and is empty for the package)."""

    objid: str
    type: str
    folder: str = ""
    descriptive: Sequence[tuple[Row, str, str]] = ()  # with MDTYPE and MDTYPEVERSION
    preservation: Sequence[Row] = ()
    groups: Sequence[Group] = ()


def write(out: BinaryIO, facts: Facts, sheet: Sheet) -> None:
    """One METS file, written out as it is made."""
    with etree.xmlfile(out, encoding="utf-8") as xml:
        xml.write_declaration()
        root = {
            "OBJID": sheet.objid, "TYPE": sheet.type, **_KIND, "PROFILE": PROFILES[facts.settings.profile],
            "LABEL": facts.label, f"{{{XSI}}}schemaLocation": _SCHEMAS.format("../" * sheet.folder.count("/")),
        }  # fmt: skip
        with xml.element(f"{{{METS}}}mets", root, nsmap=_NAMES):
            xml.write("\n", _header(facts), "\n")
            for row, kind, version in sheet.descriptive:
                xml.write(_section(facts, sheet, row, kind, version), "\n")
            with xml.element(f"{{{METS}}}amdSec", ID=facts.id(f"{sheet.folder}#amdSec")):
                for row in sheet.preservation:
                    xml.write("\n", _section(facts, sheet, row, "PREMIS", "3.0"))
            xml.write("\n")
            _files(xml, facts, sheet)
            xml.write("\n", _structure(facts, sheet), "\n")


def _header(facts: Facts) -> Any:
    settings, about = facts.settings, facts.about
    attributes = {
        "CREATEDATE": facts.created, "LASTMODDATE": facts.created, "RECORDSTATUS": about.status,
        f"{{{CSIP}}}OAISPACKAGETYPE": "SIP",
    }  # fmt: skip
    header = element("metsHdr", attributes)
    software = {"ROLE": "CREATOR", "TYPE": "OTHER", "OTHERTYPE": "SOFTWARE"}
    header.append(_agent(software, SOFTWARE, "SOFTWARE VERSION", about.software or "0"))
    header.append(_body({"ROLE": "ARCHIVIST", "TYPE": "ORGANIZATION"}, settings.creator))
    header.append(_body({"ROLE": "CREATOR", "TYPE": "ORGANIZATION"}, settings.submitter))
    header.append(_body({"ROLE": "PRESERVATION", "TYPE": "ORGANIZATION"}, settings.archive))
    if settings.contact:  # a function; as a second CREATOR it would be taken for a second submitter
        contact = {"ROLE": "OTHER", "OTHERROLE": "SUBMITTER", "TYPE": "INDIVIDUAL"}
        header.append(_agent(contact, settings.contact))
    for kind, value in records(facts):
        header.append(element("altRecordID", {"TYPE": kind}, value))
    return header


def records(facts: Facts) -> Iterator[tuple[str, str]]:
    """The other names that this package goes by, and those of the packages before it."""
    about, settings = facts.about, facts.settings
    known = (
        ("SUBMISSIONAGREEMENT", settings.agreement),
        ("REFERENCECODE", settings.reference),
        ("DIARYNUMBER", facts.case),
        ("PREVIOUSREFERENCECODE", about.previous),
        ("PREVIOUSREFERENCECODE", about.replaces if about.replaces != about.previous else ""),
    )
    return ((kind, value) for kind, value in known if value)


def _body(attributes: Attributes, body: Body) -> Any:
    return _agent(attributes, body.name, "IDENTIFICATIONCODE" if body.code else "", body.code)


def _agent(attributes: Attributes, name: str, kind: str = "", note: str = "") -> Any:
    agent = element("agent", attributes)
    agent.append(element("name", {}, name))
    if kind:  # a note without its type is refused by commons-ip
        agent.append(element("note", {f"{{{CSIP}}}NOTETYPE": kind}, note))
    return agent


def _section(facts: Facts, sheet: Sheet, row: Row, kind: str, version: str) -> Any:
    """A dmdSec or digiprovMD that points at one metadata file."""
    descriptive = kind != "PREMIS"
    own = {"ID": facts.id(f"{row.path}#section"), "STATUS": "CURRENT"}
    if descriptive:
        own["CREATED"] = facts.created
    section = element("dmdSec" if descriptive else "digiprovMD", own)
    pointer = _pointer(sheet, row) | {"MDTYPE": kind, "MIMETYPE": "application/xml"} | _measures(facts, row)
    if version:
        pointer["MDTYPEVERSION"] = version
    section.append(element("mdRef", {"ID": facts.id(row.path)} | pointer))
    return section


def _files(xml: Any, facts: Facts, sheet: Sheet) -> None:
    with xml.element(f"{{{METS}}}fileSec", ID=facts.id(f"{sheet.folder}#fileSec")):
        for group in sheet.groups:
            xml.write("\n")
            with xml.element(f"{{{METS}}}fileGrp", {"ID": _group(facts, sheet, group), "USE": group.use} | _KIND):
                for row in group.rows:
                    xml.write("\n")
                    file(xml, _about(facts, row), _pointer(sheet, row))


def file(xml: Any, about: Attributes, pointer: Attributes) -> None:
    """One file, written in place: as a finished element it would repeat every namespace."""
    with xml.element(f"{{{METS}}}file", about), xml.element(f"{{{METS}}}FLocat", pointer):
        pass


def _about(facts: Facts, row: Row) -> Attributes:
    attributes = {"ID": facts.id(row.path), "MIMETYPE": row.mime} | _measures(facts, row)
    if row.puid != "UNKNOWN":
        known = {"NAME": row.format, "VERSION": row.version, "REGISTRY": "PRONOM", "KEY": row.puid}
        attributes |= {f"{{{SIP}}}FILEFORMAT{name}": value for name, value in known.items() if value}
    return attributes


def _measures(facts: Facts, row: Row) -> Attributes:
    return {
        "SIZE": str(row.size), "CREATED": facts.created, "CHECKSUM": row.checksum,
        "CHECKSUMTYPE": facts.settings.checksum,
    }  # fmt: skip


def _pointer(sheet: Sheet, row: Row) -> Attributes:
    where = row.path.removeprefix(sheet.folder)
    return {"LOCTYPE": "URL", f"{{{XLINK}}}type": "simple", f"{{{XLINK}}}href": where}


def _structure(facts: Facts, sheet: Sheet) -> Any:
    def identity(name: str) -> Attributes:
        return {"ID": facts.id(f"{sheet.folder}#{name}")}

    own = identity("structMap") | {"TYPE": "PHYSICAL", "LABEL": "CSIP"}
    structure = element("structMap", own)
    top = etree.SubElement(structure, f"{{{METS}}}div", identity("top") | {"LABEL": sheet.objid})
    metadata = identity("Metadata") | {"LABEL": "Metadata"}
    if sheet.preservation:
        metadata["ADMID"] = " ".join(facts.id(f"{row.path}#section") for row in sheet.preservation)
    if sheet.descriptive:
        metadata["DMDID"] = " ".join(facts.id(f"{row.path}#section") for row, _, _ in sheet.descriptive)
    etree.SubElement(top, f"{{{METS}}}div", metadata)
    for group in sheet.groups:
        _division(facts, sheet, group, etree.SubElement(top, f"{{{METS}}}div", identity(f"div {group.use}")))
    return structure


def _division(facts: Facts, sheet: Sheet, group: Group, div: Any) -> None:
    div.set("LABEL", group.label)
    files = _group(facts, sheet, group)
    if not group.pointer:
        etree.SubElement(div, f"{{{METS}}}fptr", FILEID=files)
        return
    for row in group.rows:
        pointer = _pointer(sheet, row) | {f"{{{XLINK}}}title": files}
        etree.SubElement(div, f"{{{METS}}}mptr", pointer)


def _group(facts: Facts, sheet: Sheet, group: Group) -> str:
    return facts.id(f"{sheet.folder}#group {group.use}")


def element(name: str, attributes: Attributes, text: str = "") -> Any:
    made = etree.Element(f"{{{METS}}}{name}", {key: visible(value) for key, value in attributes.items()}, nsmap=_NAMES)
    if text:
        made.text = visible(text)
    return made
