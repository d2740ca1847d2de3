"""PREMIS 3 as E-ARK's CS PREMIS 1.0.1 asks for it: what the package is, what was done, by what, and under which law.

For the package: the intellectual entity, the capture's events, agents, rights. For a representation: what it is, what
it takes to read it, and every file with its hashes and its format. Organisations, functions and software; a user of
ours by the name that Airflow has.
Source: PREMIS 3.0 (Library of Congress), CS PREMIS 1.0.1 (DILCIS Board, 2024-05-17), seen 2026-11.
"""

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from html import escape
from typing import Any, BinaryIO, Final

import pygfried
from lxml import etree

from archive_formats import _copies
from archive_formats._facts import MOST, SOFTWARE, Facts, Row, Rows, visible

PREMIS: Final = "http://www.loc.gov/premis/v3"
XSI: Final = "http://www.w3.org/2001/XMLSchema-instance"
_NAMES: Final = {None: PREMIS, "xsi": XSI}
_OUTCOMES: Final = {
    "whole": "success",
    "whole with named gaps": "partial",
    "cannot be proven": "unproven",
    "not whole": "failure",
}
_OF_ORGANISATIONS: Final = ("creator", "submitter", "archive")
# What it takes to read a representation: (identifier, name, version, note)
_READERS: Final = {
    "raw": ("warc-replay-tool", "WARC replay tool", "WARC 1.1 (ISO 28500:2017)"),
    "content": ("json-csv-reader", "Any program that reads JSON and CSV", "RFC 8259, RFC 4180"),
    "reading": ("html5-web-browser", "HTML5 web browser, without a network", "HTML 5"),
    "manual": ("as-supplied", "What the supplied file's own format needs", "see the format of each file"),
}
Node = Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that was done. `of`: local identifiers of what it was done to; `by`: identifiers of agents."""

    type: str
    at: str
    detail: str
    outcome: str = "success"
    notes: Sequence[str] = ()
    by: Sequence[str] = ("arsring",)
    of: Sequence[str] = ()


def package(out: BinaryIO, facts: Facts, groups: dict[str, Rows]) -> None:
    """The PREMIS of the package."""
    objid = facts.about.objid
    events = list(_events(facts, groups))
    parts = [_entity(facts, groups), *(_event(facts, each) for each in events)]
    agents = [_software(facts), _siegfried(), _platform(facts), *_organisations(facts)]
    _write(out, [*parts, *agents, _rights(facts, objid)])


def representation(out: BinaryIO, facts: Facts, name: str, rows: Rows, copies: Rows | None) -> None:
    """The PREMIS of one representation, a file object for each of its files; `copies` are those in an open format."""
    events = [_hashed(facts, name, rows), _identified(facts, name, rows)]
    agents = [_software(facts), _siegfried()]
    if "normalise" in rows.odd:
        events.append(_normalised(facts, name, rows, copies))
        agents.append(_agent("pillow", _copies.TOOL, "software", _copies.VERSION))
    _write(
        out,
        [_representation(facts, name, rows), _reader(facts, name)],
        (_file(facts, row, name) for row in itertools.chain(rows, copies or ())),
        [*(_event(facts, event) for event in events), *agents],
    )


def _write(out: BinaryIO, first: Iterable[Node], files: Iterable[bytes] = (), then: Iterable[Node] = ()) -> None:
    with etree.xmlfile(out, encoding="utf-8") as xml:
        xml.write_declaration()
        where = {f"{{{XSI}}}schemaLocation": f"{PREMIS} https://www.loc.gov/standards/premis/v3/premis-v3-0.xsd"}
        with xml.element(f"{{{PREMIS}}}premis", where, version="3.0", nsmap=_NAMES):
            for node in first:
                xml.write("\n", node)
            xml.flush()  # what is written past it stands where it should
            out.writelines(files)
            for node in then:
                xml.write("\n", node)
            xml.write("\n")


# Objects


def _entity(facts: Facts, groups: dict[str, Rows]) -> Node:
    about, account = facts.about, facts.order.account
    node = _node("object", {f"{{{XSI}}}type": "intellectualEntity"})
    _identifier(node, "object", "local", about.objid)
    _identifier(node, "object", "local", f"order:{about.order}")
    _identifier(node, "object", "URI", account.address)
    for name, value in _told(facts, groups):
        _add(node, "significantProperties", significantPropertiesType=name, significantPropertiesValue=value)
    _add(node, "originalName", text=facts.label)
    _related(node, "structural", "is part of", f"account:{account.platform}:{account.id}")
    for name in groups:
        _related(node, "structural", "has part", _representation_id(facts, name))
    if about.previous:
        _related(node, "structural", "has sibling", about.previous)
        _related(node, "derivation", "supplements" if about.status == "SUPPLEMENT" else "follows", about.previous)
    if about.replaces:
        _related(node, "replacement", "replaces", about.replaces)
    return node


def _told(facts: Facts, groups: dict[str, Rows]) -> Iterator[tuple[str, str]]:
    about = facts.about
    known = {
        "record status": about.status, "scope": about.scope, "archiving level": about.level,
        "verdict": about.verdict, "first published": about.first, "last published": about.last,
        "kind": facts.order.kind, "year": str(facts.order.year),
    }  # fmt: skip
    counts = {f"count: {name}": str(number) for name, number in sorted(about.counts.items()) if number}
    sizes = {f"files in {name}": f"{rows.count} ({rows.bytes} bytes)" for name, rows in groups.items()}
    return ((name, value) for name, value in (known | counts | sizes).items() if value)


def _representation(facts: Facts, name: str, rows: Rows) -> Node:
    node = _node("object", {f"{{{XSI}}}type": "representation"})
    _identifier(node, "object", "local", _representation_id(facts, name))
    known = {"files": str(rows.count), "bytes": str(rows.bytes)}
    if name in ("content", "reading"):
        known |= {key: str(number) for key, number in sorted(facts.about.counts.items()) if number}
        known |= {"first published": facts.about.first, "last published": facts.about.last}
    for key, value in known.items():
        if value:
            _add(node, "significantProperties", significantPropertiesType=key, significantPropertiesValue=value)
    if name in ("content", "reading"):
        _related(node, "derivation", "has source", _representation_id(facts, "raw"))
    reader = _related(node, "dependency", "requires", f"{facts.about.objid}/environment/{_READERS[name][0]}")
    _add(reader, "relatedEnvironmentPurpose", text="render")
    return node


def _reader(facts: Facts, name: str) -> Node:
    key, title, version = _READERS[name]
    node = _node("object", {f"{{{XSI}}}type": "intellectualEntity"})
    _identifier(node, "object", "local", f"{facts.about.objid}/environment/{key}")
    _add(node, "environmentFunction", environmentFunctionType="software", environmentFunctionLevel="1")
    _add(node, "environmentDesignation", environmentName=title, environmentVersion=version)
    return node


def _file(facts: Facts, row: Row, name: str) -> bytes:
    """A file object, as text: of these there may be a million, and as a tree each would take three times as long."""
    objid, made = facts.about.objid, name in ("content", "reading") and not row.original and not row.source
    parts = {
        "id": f"{objid}/{facts.at(row.path)}", "size": row.size, "one": row.sha256, "other": row.sha512,
        "format": _text(row.format or row.mime), "detail": _format(row), "whole": _representation_id(facts, name),
        "original": _text(row.original or row.path.rpartition("/")[2]), "by": SOFTWARE,
        "source": _SOURCE.format(f"{objid}/{facts.at(row.source)}") if row.source else "",
        "application": _APPLICATION.format(SOFTWARE, _text(facts.about.software or "0"), facts.created) if made else "",
    }  # fmt: skip
    return _FILE.format(**parts).encode()


def _text(value: str) -> str:
    return escape(visible(value), quote=False)


def _format(row: Row) -> str:
    """What follows a format's name."""
    text = f"<formatVersion>{_text(row.version)}</formatVersion>" if row.version else ""
    text += "</formatDesignation>"
    if row.puid == "UNKNOWN":
        text += "<formatNote>not known to PRONOM</formatNote>"
    else:
        text += f"<formatRegistry><formatRegistryName>PRONOM</formatRegistryName>{_key(row.puid)}</formatRegistry>"
    return text + (f"<formatNote>format policy: {row.handling}</formatNote>" if row.handling != "accept" else "")


def _key(puid: str) -> str:
    return f"<formatRegistryKey>{_text(puid)}</formatRegistryKey>"


_FIXITY: Final = (
    "<fixity><messageDigestAlgorithm>{}</messageDigestAlgorithm><messageDigest>{{{}}}</messageDigest>"
    "<messageDigestOriginator>{{by}}</messageDigestOriginator></fixity>"
)
_APPLICATION: Final = (
    "<creatingApplication><creatingApplicationName>{}</creatingApplicationName>"
    "<creatingApplicationVersion>{}</creatingApplicationVersion>"
    "<dateCreatedByApplication>{}</dateCreatedByApplication></creatingApplication>"
)
_SOURCE: Final = (
    "<relationship><relationshipType>derivation</relationshipType><relationshipSubType>has source</relationshipSubType>"
    "<relatedObjectIdentifier><relatedObjectIdentifierType>local</relatedObjectIdentifierType>"
    "<relatedObjectIdentifierValue>{}</relatedObjectIdentifierValue></relatedObjectIdentifier></relationship>"
)
_FILE: Final = (
    '\n<object xsi:type="file"><objectIdentifier><objectIdentifierType>local</objectIdentifierType>'
    "<objectIdentifierValue>{id}</objectIdentifierValue></objectIdentifier><objectCharacteristics>"
    + _FIXITY.format("SHA-256", "one")
    + _FIXITY.format("SHA-512", "other")
    + "<size>{size}</size><format><formatDesignation><formatName>{format}</formatName>{detail}</format>{application}"
    "</objectCharacteristics><originalName>{original}</originalName><relationship>"
    "<relationshipType>structural</relationshipType><relationshipSubType>is part of</relationshipSubType>"
    "<relatedObjectIdentifier><relatedObjectIdentifierType>local</relatedObjectIdentifierType>"
    "<relatedObjectIdentifierValue>{whole}</relatedObjectIdentifierValue></relatedObjectIdentifier></relationship>{source}</object>"
)


# Events


def _events(facts: Facts, groups: dict[str, Rows]) -> Iterator[Event]:
    about, order, every = facts.about, facts.order, (facts.about.objid,)
    if order.decision:
        yield Event(
            type="policy assignment",
            at=facts.created,
            detail=f"{order.kind}: {order.decision}",
            notes=list(_decided(facts)),
            of=every,
        )
    yield Event(
        type="capture",
        at=f"{about.began}/{about.ended}" if about.began and about.ended else facts.created,
        detail=f"{order.account.address}, from the first answer on the record to the last",
        outcome=_OUTCOMES[about.verdict],
        notes=[f"verdict: {about.verdict}", *_lists(facts), *_runs(facts)],
        by=("arsring", f"platform:{order.account.platform}"),
        of=every,
    )
    if signed := about.sign_off:
        detail, notes = f"what is not whole was accepted by {signed['by']}", list(_some(_reasons(signed)))
        yield Event(type="quality review", at=signed["at"], detail=detail, notes=notes, of=every)
    made = ("content", "reading")
    yield Event(
        type="metadata extraction",
        at=facts.created,
        detail="posts, comments, versions and figures read out of the recorded answers (items, claims, gaps, ledger)",
        notes=[f"{name}: {number}" for name, number in sorted(about.counts.items())],
        of=[_representation_id(facts, "content")],
    )
    yield Event(
        type="creation",
        at=facts.created,
        detail="content (ActivityStreams 2.0, CSV) and the reading copy made from the capture",
        of=[_representation_id(facts, name) for name in made if name in groups],
    )
    yield from _of_packing(facts, groups)


def _of_packing(facts: Facts, groups: dict[str, Rows]) -> Iterator[Event]:
    every = (facts.about.objid,)
    if "manual" in groups:
        renamed = [
            f"{row.original} → {facts.at(row.path)}"
            for row in groups["manual"]
            if not row.original.endswith(_last(row))
        ]
        yield Event(
            type="accession",
            at=facts.created,
            detail="files that the archivist supplied, byte for byte (supplied.jsonl)",
            notes=list(_some(f"given a name that is plain ASCII: {name}" for name in renamed)),
            of=[_representation_id(facts, "manual")],
        )
    yield Event(
        type="fixity check",
        at=facts.created,
        detail="every file of the capture compared with its seal, every file made with its list, while it was packed",
        of=every,
    )
    for name, rows in groups.items():
        yield _hashed(facts, name, rows)
    yield Event(
        type="information package creation",
        at=facts.created,
        detail=f"profile {facts.settings.profile}, record status {facts.about.status}",
        by=("arsring", *_OF_ORGANISATIONS[1:2]),
        of=every,
    )


def _hashed(facts: Facts, name: str, rows: Rows) -> Event:
    return Event(
        type="message digest calculation",
        at=facts.created,
        detail=f"SHA-256 and SHA-512 of {rows.count} files ({rows.bytes} bytes) in {name}",
        of=(_representation_id(facts, name),),
    )


def _identified(facts: Facts, name: str, rows: Rows) -> Event:
    return Event(
        type="format identification",
        at=facts.created,
        detail="by PRONOM's signatures, held against the format policy",
        outcome="warning" if rows.odd else "success",
        notes=list(_odd(rows)),
        by=("siegfried",),
        of=(_representation_id(facts, name),),
    )


def _normalised(facts: Facts, name: str, rows: Rows, copies: Rows | None) -> Event:
    due, done = len(rows.odd["normalise"]) + rows.more["normalise"], copies.count if copies else 0
    return Event(
        type="normalization",
        at=facts.created,
        detail="a copy in an open format beside each picture that the format policy says so of; the original stays",
        outcome="success" if done == due else "partial",
        notes=[f"{done} copies of {due} files"],
        by=("pillow",),
        of=(_representation_id(facts, name),),
    )


def _last(row: Row) -> str:
    return row.path.rpartition("/")[2]


def _lists(facts: Facts) -> Iterator[str]:
    """What the ledger says, a line for each list of the account."""
    for each in facts.ledger["streams"]:
        figures = (f"{name} {each.get(name, '–')}" for name in ("announced", "captured", "accounted"))
        yield f"{each.get('stream', '?')}: {', '.join(figures)}; {each.get('verdict', '?')}"
    if facts.ledger["gaps"]:
        yield "gaps: " + ", ".join(f"{why} {number}" for why, number in sorted(facts.ledger["gaps"].items()))


def _decided(facts: Facts) -> Iterator[str]:
    """Of a closure: who decided, and where the account itself said so."""
    if closing := facts.order.closing:
        yield f"decided: {closing.decided}, {closing.decider}"
        yield f"announced: from {closing.announced}, {closing.announcement}"
        seen = facts.about.announcement.get("first_seen")
        yield f"announcement first seen: {seen or 'never'}"
        if closing.note:
            yield f"note: {closing.note}"


def _reasons(signed: Mapping[str, Any]) -> Iterator[str]:
    """Why what is not whole was accepted."""
    yield from ((f"note: {signed['note']}",) if signed.get("note") else ())
    yield from (f"{one['what']}. Reason: {one['reason']}" for one in signed["reasons"])


def _runs(facts: Facts) -> Iterator[str]:
    yield from (f"{name}: {value}" for name, value in facts.about.run.items())


def _odd(rows: Rows) -> Iterator[str]:
    """The files that the format policy does not simply accept, by name."""
    for handling, names in sorted(rows.odd.items()):
        yield from (f"{handling}: {name}" for name in names)
        if rows.more[handling]:
            yield f"{handling}: and {rows.more[handling]} more"


def _some(notes: Iterable[str]) -> Iterator[str]:
    more = 0
    for number, note in enumerate(notes):
        if number < MOST:
            yield note
        else:
            more += 1
    if more:
        yield f"and {more} more"


def _event(facts: Facts, event: Event) -> Node:
    node = _node("event")
    key = f"{facts.about.objid}/event/{event.type.replace(' ', '-')}"
    if len(event.of) == 1 and event.of[0] != facts.about.objid:
        key += "/" + event.of[0].rpartition("/")[2]
    _identifier(node, "event", "local", key)
    _add(node, "eventType", text=event.type)
    _add(node, "eventDateTime", text=event.at)
    _add(node, "eventDetailInformation", eventDetail=event.detail)
    outcome = _add(node, "eventOutcomeInformation", eventOutcome=event.outcome)
    for note in event.notes:
        _add(outcome, "eventOutcomeDetail", eventOutcomeDetailNote=note)
    for who in event.by:
        _identifier(node, "linkingAgent", "local", who)
    for what in event.of:
        _identifier(node, "linkingObject", "local", what)
    return node


# Agents and rights


def _software(facts: Facts) -> Node:
    return _agent("arsring", SOFTWARE, "software", facts.about.software or "0")


@cache
def _version() -> str:
    known = pygfried.identify("/dev/null", detailed=True)
    return f"{known['siegfried']}, {known['identifiers'][0]['details']}"


def _siegfried() -> Node:
    return _agent("siegfried", "Siegfried (pygfried)", "software", _version())


def _platform(facts: Facts) -> Node:
    platform = facts.order.account.platform
    return _agent(f"platform:{platform}", f"{platform}: the platform's interface", "software", "as on the record")


def _organisations(facts: Facts) -> Iterator[Node]:
    for role in _OF_ORGANISATIONS:
        body = getattr(facts.settings, role)
        yield _agent(role, body.name, "organization", note=f"{role}; {body.code}".rstrip("; "))


def _agent(key: str, name: str, kind: str, version: str = "", note: str = "") -> Node:
    node = _node("agent")
    _identifier(node, "agent", "local", key)
    _add(node, "agentName", text=name)
    _add(node, "agentType", text=kind)
    if version:
        _add(node, "agentVersion", text=version)
    if note:
        _add(node, "agentNote", text=note)
    return node


def _rights(facts: Facts, objid: str) -> Node:
    settings, account = facts.settings, facts.order.account
    jurisdiction, _, citation = settings.rights.partition(";")
    node = _node("rights")
    statement = _add(node, "rightsStatement")
    _identifier(statement, "rightsStatement", "local", f"{objid}/rights")
    _add(statement, "rightsBasis", text="statute")
    statute = _add(statement, "statuteInformation", statuteJurisdiction=jurisdiction.strip() or "SE")
    _add(statute, "statuteCitation", text=citation.strip() or settings.rights)
    for name, value in (("sekretess", account.secrecy or settings.secrecy), ("gallring", settings.disposal)):
        if value:
            _add(statute, "statuteNote", text=f"{name}: {value}")
    granted = _add(statement, "rightsGranted", act="disseminate")
    _add(granted, "restriction", text="test of secrecy before disclosure (sekretessprövning)")
    _identifier(statement, "linkingObject", "local", objid)
    return node


# Small parts


def _representation_id(facts: Facts, name: str) -> str:
    return f"{facts.about.objid}/representations/{name}"


def _related(node: Node, kind: str, how: str, what: str) -> Node:
    related = _add(node, "relationship", relationshipType=kind, relationshipSubType=how)
    _identifier(related, "relatedObject", "local", what)
    return related


def _identifier(node: Node, what: str, kind: str, value: str) -> None:
    parts = {f"{what}IdentifierType": kind, f"{what}IdentifierValue": value}
    _add(node, f"{what}Identifier", **parts)


def _add(parent: Node, name: str, text: str = "", **parts: str) -> Node:
    """An element with its text, or with a child for each of the parts."""
    node = etree.SubElement(parent, f"{{{PREMIS}}}{name}")
    if text:
        node.text = visible(text)
    for part, value in parts.items():
        etree.SubElement(node, f"{{{PREMIS}}}{part}").text = visible(value)
    return node


def _node(name: str, attributes: dict[str, str] | None = None) -> Node:
    return etree.Element(f"{{{PREMIS}}}{name}", attributes or {}, nsmap=_NAMES)
