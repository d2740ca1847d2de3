"""The print: what people keep on paper or open in fifty years. One PDF/A-1b, and its overview page as a picture.

    reading/utskrift.pdf   title page, overview, the account, posts by month with threads, what has vanished, gaps,
                           evidence
    reading/oversikt.png   the overview page

The same selection gives the same bytes: dates and ids are the order's, and nothing is random.
"""

import unicodedata
from collections.abc import Callable, Iterable
from io import BytesIO
from itertools import islice
from pathlib import Path
from typing import Final

import pypdfium2

from model import capture as captures
from model.made import About, Made
from model.nouns import Order
from model.selection import Selection, Thread
from model.settings import Settings
from reading import _print_front as front
from reading._print_entries import Item, Writer
from reading._print_evidence import evidence
from reading._print_sheet import GREY, INK, RUST, Sheet
from reading._print_words import clock, month, number, words

_WIDE: Final = 1600  # pixels of the overview image
_MARGIN: Final = 70  # pixels below what it shows
_ROWS: Final = 1000  # the most of what is listed at the end
_LONGEST: Final = 500  # characters of what a gap is and how it is known


def write(
    made: Made,
    chosen: Selection,
    order: Order,
    about: About,
    settings: Settings,
    capture: Path,
    swedish: Callable[[str], str] = str,
) -> None:
    """Write the print and the overview image. `swedish` puts into Swedish what is written in English about a gap."""
    word = words(settings.language)
    sheet = Sheet(about.objid, settings.language, order.created, (about.objid, word("page")))
    writer = Writer(sheet, word, capture, about.text == "html")
    profile = [item for item in chosen.profile() if item.get("kind") != "version"]
    name = str(front.merged(profile).get("title") or order.account.id)[:120]
    say = swedish if settings.language == "sv" else str
    front.title_page(writer, order, about, settings, name, say)
    page, filled = front.overview(writer, chosen, profile, about)
    _account(writer, chosen.profile())
    front.contents(writer, list(chosen.months()), settings.language)
    _months(writer, chosen, settings)
    _vanished(writer, chosen.tombstones(), about)
    if sheet.dropped:
        sheet.say(word("dropped", number(sheet.page), number(sheet.dropped)), 9.5, "B", RUST)
    _gaps(writer, chosen.gaps(), say)
    if captures.sealed(capture):
        _section(writer, word("evidence"), word("evidence_what"))
        evidence(writer, capture, about, settings.language)
    _marks(writer)
    with made.file("reading/utskrift.pdf") as out:
        sheet.write_to(out)
    _picture(made, page, filled)


def _section(writer: Writer, title: str, said: str = "") -> None:
    sheet = writer.sheet
    sheet.room(40)
    sheet.down += 4
    sheet.mark(title)
    sheet.say(title, 15, "B", INK, after=1.2)
    if said:
        sheet.say(said, 8.8, "", GREY, after=2)


def _account(writer: Writer, profile: Iterable[Item]) -> None:
    writer.sheet.turn()
    for place, item in enumerate(profile):
        if place == 0:
            _section(writer, writer.word("account"))
        writer.item(item)
        writer.sheet.down += 2


def _months(writer: Writer, chosen: Selection, settings: Settings) -> None:
    """The newest threads, as many as the print may hold, in the order in which they were written."""
    sheet, left_out = writer.sheet, _left_out(chosen, settings.print_posts)
    if left_out:
        sheet.room(20)
        sheet.down += 4
        sheet.say(writer.word("more", number(settings.print_posts), number(left_out)), 9.5, "B", RUST)
    for name, many in chosen.months():
        if many > left_out:
            sheet.turn()
            _section(writer, month(name, settings.language))
            for thread in islice(chosen.threads(name), left_out, None):
                _thread(writer, thread, settings.print_posts)
        left_out = max(0, left_out - many)


def _left_out(chosen: Selection, most: int) -> int:
    """How many of the oldest threads the print has no room for. Of the newest thread at least a part is printed."""
    months, taken, room = list(chosen.months()), 0, most
    whole = sum(many for _, many in months)
    for name, _ in reversed(months):
        for size in reversed([sum(1 for _ in thread.entries) for thread in chosen.threads(name)]):
            if size > room:
                return whole - max(taken, min(most, 1))
            taken, room = taken + 1, room - size
    return 0


def _thread(writer: Writer, thread: Thread, most: int) -> None:
    many = 0
    for many, entry in enumerate(thread.entries, 1):
        if many <= most:
            writer.entry(entry)
    if many > most:
        writer.sheet.say(writer.word("more_answers", number(many - most)), 9, "B", RUST)


def _vanished(writer: Writer, tombstones: Iterable[Item], about: About) -> None:
    many = 0
    for many, item in enumerate(tombstones, 1):
        if many == 1:
            _section(writer, writer.word("gone"), writer.word("gone_what", about.previous))
        if many <= _ROWS:
            writer.item(item, change="vanished")
            writer.sheet.down += 2
    _more_rows(writer, many, "content/tombstones.jsonl")


def _gaps(writer: Writer, gaps: Iterable[Item], said: Callable[[str], str]) -> None:
    word, many = writer.word, 0
    for many, gap in enumerate(gaps, 1):
        if many == 1:
            _section(writer, word("gaps"), word("gaps_what"))
        if many <= _ROWS:
            about = [word(f"gap_{gap.get('kind', '')}"), word(f"why_{gap.get('why', '')}")]
            about += [clock(gap.get("seen_at", "")), said(str(gap.get("how", "")))[:_LONGEST]]
            writer.sheet.room(10)
            writer.sheet.say(str(gap.get("what", ""))[:_LONGEST], 8.6, "B", RUST)
            writer.sheet.say("  ·  ".join(filter(None, about)), 7.6, "", GREY, after=1.4)
    _more_rows(writer, many, "content/capture/gaps.jsonl")


def _more_rows(writer: Writer, many: int, where: str) -> None:
    if many > _ROWS:
        writer.sheet.say(writer.word("more_rows", number(many - _ROWS), where), 8.8, "B", RUST)


def _marks(writer: Writer) -> None:
    """Every character that the font lacks: its number, its name, how often."""
    if not (seen := dict(writer.sheet.marks.seen)):
        return
    word = writer.word
    _section(writer, word("marks"), word("marks_what", number(sum(seen.values())), number(len(seen))))
    for char in sorted(seen)[:_ROWS]:
        name = unicodedata.name(char, word("unnamed"))
        writer.sheet.say(f"U+{ord(char):04X}   {name}   × {number(seen[char])}", 7.6, "", INK)
    _more_rows(writer, len(seen), "content/posts.json")


def _picture(made: Made, page: int, filled: float) -> None:
    """The overview page as a PNG, down to where it is filled."""
    with pypdfium2.PdfDocument(made.folder / "reading/utskrift.pdf") as document:
        shown = document[page - 1]
        image = shown.render(scale=_WIDE / shown.get_width()).to_pil().convert("RGB")
    image.crop((0, 0, _WIDE, round(image.height * filled) + _MARGIN)).save(png := BytesIO(), "PNG")
    with made.file("reading/oversikt.png") as out:
        out.write(png.getvalue())
