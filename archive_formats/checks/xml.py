"""XML read as a stream: nothing is fetched, nothing is expanded, and what has been looked at is let go."""

import re
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Final

from lxml import etree

from archive_formats import _schemas
from archive_formats.checks.report import Report
from model.errors import BadInput

XLINK: Final = "{http://www.w3.org/1999/xlink}"
_ENCODING: Final = re.compile(rb"""<\?xml[^>]{0,200}?encoding\s*=\s*["']([A-Za-z0-9._-]+)""")
_READABLE: Final = {b"utf-8", b"us-ascii", b"ascii", b"iso-8859-1", b"utf-16", b"utf-16le", b"utf-16be"}
_SCHEMAS: Final = {"XML2": "mets.xsd", "XML3": "premis-v3-0.xsd", "XML4": "ead3.xsd"}
# What a file may be by its root element's namespace: the rule for its schema.
KINDS: Final = {
    b"http://www.loc.gov/METS/": "XML2",
    b"http://www.loc.gov/premis/v3": "XML3",
    b"http://ead3.archivists.org/schema/": "XML4",
}
_HEAD: Final = 2**18  # bytes within which an XML file's root element begins


class XmlReader:
    """Reads one XML file. Those that look for something in it override `begin` and `end`."""

    # Of which elements `begin` and `end` are told, the root among them; None: of all.
    TAGS: tuple[str, ...] | None = None

    def __init__(self, path: str, report: Report, schema: etree.XMLSchema | None = None, rule: str = "") -> None:
        self.path, self.report, self.rule = path, report, rule
        self.whole = True  # until something was found that cannot be read past
        self._head: bytes | None = b""
        self._depth, self._begun = 0, False
        self._parser = etree.XMLPullParser(
            events=("start", "end"), tag=self.TAGS, schema=schema, resolve_entities=False, no_network=True,
            load_dtd=False, remove_comments=True, remove_pis=True,
        )  # fmt: skip

    def begin(self, element: Any) -> None:
        """An element opens: its attributes are known."""

    def end(self, element: Any) -> None:
        """An element closes: what is in it is known."""

    def feed(self, piece: bytes) -> None:
        if self._head is not None:
            self._head += piece
            if len(self._head) < _HEAD:
                return
            piece = self._opened()
        self._feed(piece)

    def close(self) -> None:
        if self._head is not None:
            self._feed(self._opened())
        if self.whole:
            try:
                self._parser.close()
            except etree.XMLSyntaxError as error:
                self._fault(error, fatal=False)
        if self.whole and (self._depth or not self._begun):  # with a schema, the parser does not always say so
            self.whole = False
            self.report.say("XML1", self.path, "EOF" if self._begun else "no root element")

    def _opened(self) -> bytes:
        """The head of the file, if it is one that may be read."""
        head, self._head = self._head or b"", None
        if fault := _prolog_fault(head):
            self.whole = False
            self.report.say("XML7", self.path, fault)
        return head

    def _feed(self, piece: bytes) -> None:
        if not self.whole:
            return
        try:
            self._parser.feed(piece)
        except etree.XMLSyntaxError as error:
            self._fault(error, fatal=True)
        for event, element in self._parser.read_events():
            self._begun = True
            self._depth += 1 if event == "start" else -1
            (self.begin if event == "start" else self.end)(element)

    def _fault(self, error: etree.XMLSyntaxError, *, fatal: bool) -> None:
        """A fault of the schema is told at the end, and leaves the rest readable; one of the XML itself does not.

        The error's own log cannot tell them apart: it is shared with every other file. The schema's faults begin so.
        """
        by_schema = (error.msg or "").startswith("Element '")
        line = f"{self.path} line {error.lineno}" if error.lineno else self.path
        if by_schema and self.rule:
            self.report.say(self.rule, line, error.msg or "")
        if fatal or not by_schema:
            self.whole = False
            self.report.say("XML1", line, error.msg or "")


def local(element: Any) -> str:
    """An element's name without its namespace."""
    return bare(element.tag) if isinstance(element.tag, str) else ""


@lru_cache(4096)
def bare(tag: str) -> str:
    """A tag without its namespace."""
    return tag.rpartition("}")[2]


def let_go(element: Any) -> None:
    """Forget an element that was looked at, and those before it: memory does not grow with the file."""
    element.clear(keep_tail=False)
    parent = element.getparent()
    while parent is not None and element.getprevious() is not None:
        del parent[0]


def schema(rule: str, report: Report) -> etree.XMLSchema | None:
    """The schema whose rule this is; None where our schemas are not at hand, which is told once."""
    if (place := report.schemas) is None:
        if not report.told_of_schemas:
            report.say("XML8", "")
        report.told_of_schemas = True
        return None
    return _schemas.validator(_SCHEMAS[rule], place)


@cache
def at_hand(chosen: str) -> Path | None:
    """The folder with our schemas; None where it is not there, or is not what it should be."""
    try:
        return _schemas.folder(chosen)
    except BadInput:
        return None


def _prolog_fault(head: bytes) -> str:
    """Why a file is not read at all: an encoding that hides things, or a document type (entities, fetching)."""
    plain = head.replace(b"\0", b"")
    named = _ENCODING.match(plain.lstrip(b"\xef\xbb\xbf\xfe\xff \t\r\n"))
    if named and named[1].lower() not in _READABLE:
        return named[1].decode("ascii", "replace")
    place = plain.find(b"<")
    while plain.startswith((b"<?", b"<!--"), place):
        close = b"?>" if plain.startswith(b"<?", place) else b"-->"
        after = plain.find(close, place)
        place = plain.find(b"<", after) if after >= 0 else -1
        if place < 0:
            break
    if plain.startswith(b"<!", place) and place >= 0:
        return "DOCTYPE"
    return "" if place >= 0 or len(head) < _HEAD else "?"
