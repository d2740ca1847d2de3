"""The description of a package: EAD3 for archives, Dublin Core for systems that read nothing else. In Swedish.

Fonds → series "Sociala medier" → account → year. Source: EAD3 1.1 (SAA), CS Archival Information 1.0.1, seen 2026-11.
"""

from collections.abc import Iterator
from typing import Any, BinaryIO, Final

from lxml import etree

from archive_formats._facts import SOFTWARE, Facts, visible

EAD: Final = "http://ead3.archivists.org/schema/"
OAI_DC: Final = "http://www.openarchives.org/OAI/2.0/oai_dc/"
DC: Final = "http://purl.org/dc/elements/1.1/"
_LEVELS: Final = {"overview": "översiktsbild", "unique": "unik information", "full": "fullständig"}
_VERDICTS: Final = {
    "whole": "helt: allt som plattformen säger finns är med",
    "whole with named gaps": "helt med namngivna luckor: det som saknas är uppräknat med skäl",
    "cannot be proven": "kan inte visas: plattformen säger inte hur mycket som finns",
    "not whole": "inte helt: mer finns än det som är med och uppräknat",
}
_KINDS: Final = {"annual": "årligt uttag", "closure": "uttag före avslut", "rehearsal": "genrep"}
_STATUS: Final = {
    "NEW": "första leveransen", "SUPPLEMENT": "komplettering till det förra",
    "REPLACEMENT": "ersätter en tidigare leverans", "TEST": "provleverans, ska inte bevaras",
}  # fmt: skip
_SCOPES: Final = {"whole": "hela kontot", "changes": "det som är nytt, ändrat och försvunnet sedan förra"}
_COUNTED: Final = {
    "posts": "inlägg", "comments": "kommentarer", "versions": "tidigare versioner", "others": "andra poster",
    "media": "filer (bilder, film, ljud)", "new": "nya sedan förra", "changed": "ändrade sedan förra",
    "vanished": "försvunna sedan förra", "context": "med för sammanhangets skull", "gaps": "namngivna luckor",
}  # fmt: skip
Node = Any


def dublin_core(out: BinaryIO, facts: Facts) -> None:
    """The package in the fifteen elements that everybody reads."""
    root = etree.Element(f"{{{OAI_DC}}}dc", nsmap={"oai_dc": OAI_DC, "dc": DC})
    for name, value in _elements(facts):
        if value:
            etree.SubElement(root, f"{{{DC}}}{name}").text = visible(value)
    _save(out, root)


def _elements(facts: Facts) -> Iterator[tuple[str, str]]:
    about, settings, account = facts.about, facts.settings, facts.order.account
    yield "title", facts.label
    yield "creator", settings.creator.name
    yield "subject", settings.classification
    yield from (("description", text) for text in _summary(facts))
    yield "publisher", settings.submitter.name
    yield "contributor", account.unit
    yield "date", _range(facts)
    yield "type", "Collection"
    yield "identifier", about.objid
    yield "identifier", facts.case
    yield "source", account.address
    yield "language", "sv"
    yield "relation", about.previous
    yield "relation", about.replaces
    yield "rights", settings.rights
    yield "rights", account.secrecy or settings.secrecy


def ead(out: BinaryIO, facts: Facts) -> None:
    """The package in its place in the archive."""
    root = etree.Element(f"{{{EAD}}}ead", nsmap={None: EAD})
    _control(root, facts)
    fonds = _add(root, "archdesc", level="fonds")
    did = _add(fonds, "did")
    _add(did, "unittitle", facts.settings.creator.name)
    if facts.settings.creator.code:
        _add(did, "unitid", facts.settings.creator.code)
    _corporate(_add(did, "origination", label="Arkivbildare"), facts.settings.creator.name)
    _corporate(_add(did, "repository", label="Arkivmyndighet"), facts.settings.archive.name)
    series = _component(_add(fonds, "dsc"), "series", "Sociala medier", facts.settings.classification)
    account = facts.order.account
    owner = _component(series, "subseries", f"{account.platform}: {account.unit or account.address}", account.id)
    _year(owner, facts)
    _save(out, root)


def _control(root: Node, facts: Facts) -> None:
    control = _add(root, "control")
    _add(control, "recordid", facts.about.objid)
    statement = _add(_add(control, "filedesc"), "titlestmt")
    _add(statement, "titleproper", facts.label)
    _add(control, "maintenancestatus", value="new")
    _add(_add(control, "maintenanceagency"), "agencyname", facts.settings.submitter.name)
    event = _add(_add(control, "maintenancehistory"), "maintenanceevent")
    _add(event, "eventtype", value="created")
    _add(event, "eventdatetime", facts.created, standarddatetime=facts.created)
    _add(event, "agenttype", value="machine")
    _add(event, "agent", f"{SOFTWARE} {facts.about.software}".strip())


def _year(owner: Node, facts: Facts) -> None:
    """The package itself."""
    about, settings, account = facts.about, facts.settings, facts.order.account
    year = _component(owner, "file", facts.label, about.objid)
    did = year[0]
    for kind, value in (("diarienummer", facts.case), ("referenskod", settings.reference)):
        if value:
            _add(did, "unitid", value, label=kind)
    _dates(did, facts)
    for name, word in _COUNTED.items():
        if number := about.counts.get(name):
            _add(did, "physdesc", f"{number} {word}")
    _add(_add(did, "langmaterial"), "language", "svenska", langcode="swe")
    _text(year, "scopecontent", *_summary(facts))
    _text(
        year, "accessrestrict", account.secrecy or settings.secrecy, settings.rights, "Sekretessprövas före utlämnande."
    )
    _text(year, "appraisal", settings.disposal, *_left_out(facts))
    _text(year, "acqinfo", settings.agreement and f"Leveransöverenskommelse: {settings.agreement}")
    earlier = about.previous and f"Föregående paket: {about.previous}"
    _text(year, "relatedmaterial", earlier, about.replaces and f"Ersätter paketet {about.replaces}")


def _summary(facts: Facts) -> Iterator[str]:
    about, order = facts.about, facts.order
    yield f"{order.account.platform}, {order.account.address}: {_KINDS[order.kind]} {order.year}."
    yield f"Leverans: {_STATUS[about.status]}: {_SCOPES[about.scope]}. Arkivnivå: {_LEVELS[about.level]}."
    yield f"Omdöme: {_VERDICTS[about.verdict]}."
    if order.account.purpose:
        yield f"Kontots syfte: {order.account.purpose}"
    if order.decision:
        yield f"Beslut: {order.decision}"
    if about.sign_off:
        yield f"Det som inte är komplett är godtaget av {about.sign_off['by']} {about.sign_off['at'][:10]}."


def _left_out(facts: Facts) -> Iterator[str]:
    """What is not here, by decision and otherwise."""
    whys = facts.ledger["gaps"]
    if whys.get("by-decision"):
        yield f"Utelämnat enligt beslut: {whys['by-decision']} (se documentation och gaps.jsonl)."
    if rest := sum(number for why, number in whys.items() if why != "by-decision"):
        yield f"Saknas av andra skäl: {rest}, uppräknat i gaps.jsonl."


def _dates(did: Node, facts: Facts) -> None:
    if not (facts.about.first and facts.about.last):
        _add(did, "unitdate", str(facts.order.year))
        return
    dates = _add(_add(did, "unitdatestructured", unitdatetype="inclusive"), "daterange")
    for name, value in (("fromdate", facts.about.first[:10]), ("todate", facts.about.last[:10])):
        _add(dates, name, value, standarddate=value)


def _range(facts: Facts) -> str:
    first, last = facts.about.first[:10], facts.about.last[:10]
    return f"{first}/{last}" if first and last else str(facts.order.year)


def _component(parent: Node, level: str, title: str, identity: str) -> Node:
    component = _add(parent, "c", level=level)
    did = _add(component, "did")
    _add(did, "unittitle", title)
    if identity:
        _add(did, "unitid", identity)
    return component


def _corporate(parent: Node, name: str) -> None:
    _add(_add(parent, "corpname"), "part", name)


def _text(parent: Node, name: str, *paragraphs: str) -> None:
    if any(paragraphs):
        node = _add(parent, name)
        for text in filter(None, paragraphs):
            _add(node, "p", text)


def _add(parent: Node, name: str, text: str = "", **attributes: str) -> Node:
    node = etree.SubElement(parent, f"{{{EAD}}}{name}", attributes)
    if text:
        node.text = visible(text)
    return node


def _save(out: BinaryIO, root: Node) -> None:
    etree.indent(root)
    out.write(etree.tostring(root, encoding="utf-8", xml_declaration=True) + b"\n")
