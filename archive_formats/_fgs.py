"""FGS Paketstruktur 1.2: one sip.xml and a folder `content`, as many municipal archives still take it.

What 2.0 no longer has in METS stands here: dates, classification, appraisal and access restriction. Names of files are
lower case; what a file was called before stands as ORIGINALFILENAME.
Source: Riksarkivet RAFGS1V1.2 (CSPackageMETS.xsd, CSPackageExtensionMETS.xsd of 2017-10-25), seen 2026-11.
"""

from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256
from pathlib import PurePosixPath
from typing import Any, BinaryIO, Final

from lxml import etree

from archive_formats._facts import SOFTWARE, Facts, Row, visible
from archive_formats._mets import METS, XLINK, Attributes, element, file, records
from model.errors import BadInput

EXT: Final = "ExtensionMETS"
_NAMES: Final = {"mets": METS, "xlink": XLINK, "ext": EXT}
_PROFILE: Final = "http://xml.ra.se/e-arkiv/METS/CommonSpecificationSwedenPackageProfile.xml"
_RECORDS: Final = {"DIARYNUMBER": "REFERENCECODE"}  # the schema knows no diary number
Groups = Mapping[str, Iterable[Row]]


def place(path: str) -> str:
    """Where a file of an E-ARK package stands in one of FGS 1.2: lower case, all content below content/."""
    path = path.replace("representations/", "content/", 1) if path.startswith("representations/") else path
    path = f"content/{path}" if path.startswith("documentation/") else path
    if path.lower() == path or not path.startswith("content/manual/"):
        return path.lower()
    found = PurePosixPath(path.lower())  # two supplied files may differ in nothing but capitals
    return str(found.with_name(f"{found.stem}-{sha256(path.encode()).hexdigest()[:8]}{found.suffix}"))


def ready(facts: Facts) -> None:
    """BadInput where the settings lack what the schema demands."""
    if not any(records(facts)):
        raise BadInput(
            "The profile fgs-1.2 needs a submission agreement, a reference code or a diary number. Write one of them "
            "in the settings file."
        )


def write(out: BinaryIO, facts: Facts, groups: Groups) -> None:
    """sip.xml, written out as it is made."""
    with etree.xmlfile(out, encoding="utf-8") as xml:
        xml.write_declaration()
        with xml.element(f"{{{METS}}}mets", _root(facts), nsmap=_NAMES):
            xml.write("\n", _header(facts), "\n")
            with xml.element(f"{{{METS}}}fileSec"):
                for name, rows in groups.items():
                    xml.write("\n")
                    with xml.element(f"{{{METS}}}fileGrp", ID=facts.id(f"#group {name}"), USE=name):
                        for row in rows:
                            xml.write("\n")
                            file(xml, _about(facts, row), _pointer(facts, row))
            xml.write("\n", _structure(facts, groups), "\n")


def _root(facts: Facts) -> Attributes:
    settings, account, about = facts.settings, facts.order.account, facts.about
    more = {
        "ARCHIVALNAME": settings.creator.name,
        "STARTDATE": about.first[:10],
        "ENDDATE": about.last[:10],
        "INFORMATIONCLASS": settings.classification,
        "SYSTEMTYPE": account.platform,
        "APPRAISAL": "Yes" if settings.disposal else "No",
        "ACCESSRESTRICT": "Secrecy" if account.secrecy or settings.secrecy else "",
        "AGREEMENTFORM": "AGREEMENT" if settings.agreement else "Not specified",
    }
    own = {"OBJID": about.objid, "LABEL": facts.label, "TYPE": "Webpages", "PROFILE": _PROFILE}
    return own | {f"{{{EXT}}}{name}": visible(value) for name, value in more.items() if value}


def _header(facts: Facts) -> Any:
    attributes = {"CREATEDATE": facts.created, "RECORDSTATUS": facts.about.status, f"{{{EXT}}}OAISSTATUS": "SIP"}
    header = element("metsHdr", attributes)
    for role, kind, name, note in _agents(facts):
        own = {"ROLE": role, "TYPE": kind} | ({"OTHERTYPE": "SOFTWARE"} if kind == "OTHER" else {})
        agent = etree.SubElement(header, f"{{{METS}}}agent", own)
        agent.append(element("name", {}, name))
        if note:
            agent.append(element("note", {}, note))
    for kind, value in records(facts):
        header.append(element("altRecordID", {"TYPE": _RECORDS.get(kind, kind)}, value))
    return header


def _agents(facts: Facts) -> Iterator[tuple[str, str, str, str]]:
    """(role, type, name, note); the contact is a function and its mailbox."""
    settings, account = facts.settings, facts.order.account
    yield "ARCHIVIST", "ORGANIZATION", settings.creator.name, settings.creator.code
    yield "ARCHIVIST", "OTHER", account.platform, account.address
    yield "CREATOR", "ORGANIZATION", settings.submitter.name, settings.submitter.code
    yield "CREATOR", "OTHER", SOFTWARE, facts.about.software
    yield "PRESERVATION", "ORGANIZATION", settings.archive.name, settings.archive.code
    if settings.contact:
        yield "CREATOR", "INDIVIDUAL", settings.contact, ""


def _about(facts: Facts, row: Row) -> Attributes:
    more = {
        "ORIGINALFILENAME": row.original or row.path,
        "FILEFORMATNAME": row.format,
        "FILEFORMATVERSION": row.version,
    }
    if row.puid != "UNKNOWN":
        more |= {"FORMATREGISTRY": "PRONOM", "FORMATREGISTRYKEY": row.puid}
    return {
        "ID": facts.id(row.path), "MIMETYPE": row.mime, "SIZE": str(row.size), "CREATED": facts.created,
        "CHECKSUM": row.checksum, "CHECKSUMTYPE": facts.settings.checksum,
    } | {f"{{{EXT}}}{name}": visible(value) for name, value in more.items() if value}  # fmt: skip


def _pointer(facts: Facts, row: Row) -> Attributes:
    return {"LOCTYPE": "URL", f"{{{XLINK}}}type": "simple", f"{{{XLINK}}}href": f"file:///{facts.at(row.path)}"}


def _structure(facts: Facts, groups: Groups) -> Any:
    structure = element("structMap", {"TYPE": "PHYSICAL", "LABEL": "Content"})
    top = etree.SubElement(structure, f"{{{METS}}}div", LABEL=facts.about.objid)
    for name in groups:
        div = etree.SubElement(top, f"{{{METS}}}div", LABEL=name)
        etree.SubElement(div, f"{{{METS}}}fptr", FILEID=facts.id(f"#group {name}"))
    return structure
