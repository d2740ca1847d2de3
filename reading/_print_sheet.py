"""A PDF/A-1b document that is written line by line: fonts, pages, lines, small pictures, and the bytes at the end."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from hashlib import sha256
from html import escape
from io import BytesIO
from pathlib import Path
from typing import Any, Final, Protocol

from fpdf import FPDF
from fpdf.enums import DocumentCompliance
from fpdf.output import OutputProducer

from model.times import stamp
from reading._print_pictures import Small
from reading._print_text import CLOSE, OPEN, Marks, broken, ordered

Colour = tuple[int, int, int]
Spot = tuple[int, int]
INK: Final[Colour] = (28, 30, 34)
GREY: Final[Colour] = (98, 104, 112)
BLUE: Final[Colour] = (24, 78, 119)
RUST: Final[Colour] = (150, 58, 22)  # marks, gaps, what has vanished
LINE: Final[Colour] = (206, 210, 215)
TINT: Final[Colour] = (243, 245, 247)
_FONTS: Final = Path(__file__).with_name("fonts")
_FAMILY: Final = "DejaVu Sans Condensed"
_FILES: Final = {"": "DejaVuSansCondensed.ttf", "B": "DejaVuSansCondensed-Bold.ttf"}
LEFT: Final = 20.0  # mm
TOP: Final = 18.0
WIDTH: Final = 170.0
BOTTOM: Final = 275.0
PAGES: Final = 7500  # PDF/A-1 allows no list of more than 8191, and the pages are one
_ALIAS: Final = "{pages}"  # stands for their number until the end, and is wide enough for it
_POINT: Final = 25.4 / 72


class Out(Protocol):
    def write(self, data: bytes, /) -> int: ...


class Sheet(FPDF):
    """The document. `down` is where the next line goes, in millimetres from the top of the page."""

    def __init__(self, title: str, language: str, created: datetime, foot: tuple[str, str]) -> None:
        super().__init__(enforce_compliance=DocumentCompliance.PDFA_1B)
        self.name, self.created, self.foot, self.down = title, created, foot, TOP
        self.dropped = 0  # things that found no page any more
        for style, file in _FILES.items():
            self.add_font(_FAMILY, style, _FONTS / file)
        fonts: list[Any] = [self.fonts[self._key(style)] for style in _FILES]
        self.marks = Marks(frozenset(fonts[0].cmap) & frozenset(fonts[1].cmap))
        self._widths = {style: font.cw for style, font in zip(_FILES, fonts, strict=True)}
        self.set_lang(language)
        self.set_creation_date(created)
        self.set_auto_page_break(False)
        self.set_xmp_metadata(_metadata(title, created))
        self.set_margins(LEFT, TOP, LEFT)
        self.alias_nb_pages(_ALIAS)
        self.c_margin = 0

    @staticmethod
    def _key(style: str) -> str:
        return _FAMILY.lower() + style

    def file_id(self) -> str:
        """The same document has the same id."""
        code = sha256(f"{self.name}\n{stamp(self.created)}".encode()).hexdigest()[:32].upper()
        return f"<{code}><{code}>"

    def footer(self) -> None:
        """At the foot of every page but the first: what it belongs to, and which page of how many."""
        if self.page == 1:
            return
        self.set_font(_FAMILY, "", 7)
        self.set_text_color(*GREY)
        self.set_xy(LEFT, 283)
        self.cell(WIDTH / 4, 4, f"{self.foot[1]} {self.page} / {_ALIAS}")
        self.cell(WIDTH / 4 * 3, 4, self.foot[0], align="R")

    def mark(self, title: str) -> None:
        """A bookmark for what stands here."""
        shown = self.marks.shown(title).replace(OPEN, "").replace(CLOSE, "")
        self.set_y(self.down)
        self.start_section(" ".join(shown.split())[:80] or "–")

    def turn(self) -> None:
        """A new page."""
        self.add_page()
        self.down = TOP

    @property
    def spot(self) -> Spot:
        """Where the page's text goes on: its number, and how many bytes of it there are."""
        return self.page, len(self._page)

    @contextmanager
    def at(self, spot: Spot) -> Iterator[None]:
        """Write at a spot that was left: what is read there stands there, also for who reads the text alone."""
        (page, offset), here, down = spot, self.page, self.down
        self.page = page
        begun = len(self._page)
        self._restore()
        yield
        contents = self._page
        written = bytes(contents[begun:])
        del contents[begun:]
        contents[offset:offset] = b"q\n" + written + b"Q\n"
        self.page, self.down = here, down
        self._restore()

    @property
    def _page(self) -> bytearray:
        contents = self.pages[self.page].contents
        assert isinstance(contents, bytearray)  # noqa: S101 - a page that is not written out yet, for the type checker
        return contents

    def _restore(self) -> None:
        """Tell the page what was set on another one: the font, and the colour."""
        self.current_font_is_set_on_page = False
        if self.fill_color:
            self._out(self.fill_color.serialize().lower())

    def lead(self, x: float, y: float, width: float, height: float, page: int) -> None:
        """A place that leads to the top of another page."""
        self.link(x, y, width, height, self.add_link(page=page))

    @property
    def full(self) -> bool:
        return self.page >= PAGES

    def room(self, height: float) -> None:
        """A new page, if less than `height` is left on this one."""
        if self.down + height > BOTTOM:
            self.turn()

    def measure(self, size: float, style: str = "") -> Callable[[str], float]:
        """How wide a text is in that size: a function, in millimetres."""
        widths, scale = self._widths[style], size * _POINT / 1000
        return lambda text: sum(widths[ord(char)] for char in text if char not in (OPEN, CLOSE)) * scale

    def lines(self, text: str, size: float, width: float, style: str = "") -> list[str]:
        """The text broken into lines, with its marks."""
        return list(broken(self.marks.shown(text), width, self.measure(size, style)))

    def say(
        self, text: str, size: float = 8.8, style: str = "", colour: Colour = INK, left: float = 0, width: float = 0,
        after: float = 0,
    ) -> None:  # fmt: skip
        """A text below what stands there already, over as many pages as it needs."""
        width, height = width or WIDTH - left, size * _POINT * 1.36
        for line in self.lines(text, size, width, style):
            self.room(height)
            self.draw(line, LEFT + left, self.down, size, style, colour, width)
            self.down += height
        self.down += after

    def pair(self, label: str, text: str, left: float = 48, colour: Colour = INK, style: str = "") -> None:
        """A text, and to the left of it what it is."""
        self.room(10)
        top, page = self.down, self.page
        self.say(label, 8.4, "", GREY, width=left - 2)
        below, self.down = self.down, top
        self.say(text, 8.8, style, colour, left=left, after=1.1)
        if self.page == page:
            self.down = max(self.down, below + 1.1)

    def draw(
        self, line: str, x: float, y: float, size: float, style: str = "", colour: Colour = INK, width: float = 0
    ) -> None:
        """One line that `lines` gave, its top at `y`; marks in a colour of their own."""
        self.set_font(_FAMILY, style, size)
        line, right = ordered(line)
        measure = self.measure(size, style)
        if right and width:
            x += width - measure(line)
        for number, part in enumerate(line.replace(CLOSE, OPEN).split(OPEN)):
            if part:
                self.set_text_color(*(RUST if number % 2 else colour))
                self.text(x, y + size * _POINT * 1.05, part)
                x += measure(part)

    def box(self, x: float, y: float, width: float, height: float, colour: Colour) -> None:
        self.set_fill_color(*colour)
        self.rect(x, y, width, height, style="F")

    def rule(self, left: float = 0, colour: Colour = LINE) -> None:
        """A thin line across."""
        self.box(LEFT + left, self.down, WIDTH - left, 0.25, colour)
        self.down += 0.25

    def picture(self, small: Small, x: float, y: float, width: float, height: float) -> None:
        self.image(BytesIO(small.data), x, y, width, height)

    def write_to(self, out: Out) -> None:
        """The document's bytes, one object after the other: they are never in memory all at once."""

        class Producer(OutputProducer):
            def __init__(self, fpdf: FPDF) -> None:
                super().__init__(fpdf)
                self.buffer = _Through(out)  # type: ignore[assignment]

        self.output(output_producer_class=Producer)


class _Through:
    """Stands in for the buffer of fpdf2: what is added goes straight to the file."""

    def __init__(self, out: Out) -> None:
        self._out, self._size = out, 0

    def __len__(self) -> int:
        return self._size

    def __iadd__(self, data: bytes) -> "_Through":
        self._out.write(data)
        self._size += len(data)
        return self


def _metadata(title: str, created: datetime) -> str:
    """XMP. Its namespaces are declared where Preflight looks for them, and its times are the order's."""
    time = created.isoformat(timespec="seconds")
    return f"""<x:xmpmeta xmlns:x="adobe:ns:meta/">
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <rdf:Description rdf:about="" xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/">
   <pdfaid:part>1</pdfaid:part>
   <pdfaid:conformance>B</pdfaid:conformance>
  </rdf:Description>
  <rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/">
   <dc:title><rdf:Alt><rdf:li xml:lang="x-default">{escape(title)}</rdf:li></rdf:Alt></dc:title>
  </rdf:Description>
  <rdf:Description rdf:about="" xmlns:xmp="http://ns.adobe.com/xap/1.0/">
   <xmp:CreatorTool>Årsring</xmp:CreatorTool>
   <xmp:CreateDate>{time}</xmp:CreateDate>
   <xmp:ModifyDate>{time}</xmp:ModifyDate>
  </rdf:Description>
 </rdf:RDF>
</x:xmpmeta>"""
