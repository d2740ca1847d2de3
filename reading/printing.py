"""The print: what people keep on paper or open in fifty years. One PDF/A-1b, and its overview page as a picture.

    reading/utskrift.pdf   title page, overview, contents, the account, posts by month with threads, what has vanished,
                           gaps, evidence
    reading/oversikt.png   the overview page

The same selection gives the same bytes: dates and ids are the order's, and nothing is random.
"""

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
from reading._print_contents import Contents, Line
from reading._print_entries import Item, Writer
from reading._print_evidence import evidence, marks
from reading._print_places import Places, nowhere
from reading._print_sheet import GREY, INK, RUST, Sheet
from reading._print_words import Where, Words, clock

_WIDE: Final = 1600  # pixels of the overview image
_MARGIN: Final = 70  # pixels below what it shows
_ROWS: Final = 1000  # the most of what is listed at the end
_BELOW: Final = 14.0  # mm between the overview and what follows it: more than the margin below its image
_MUCH: Final = 200.0  # mm: an overview that goes further down has its page alone
_OPTIONAL: Final = ("marks",)  # sections of which the end alone knows whether the print has them
_LONGEST: Final = 500  # characters of what a gap is and how it is known


def write(
    made: Made,
    chosen: Selection,
    order: Order,
    about: About,
    settings: Settings,
    capture: Path,
    swedish: Callable[[str], str] = str,
    where: Where = nowhere,
) -> None:
    """Write the print and the overview image.

    `swedish` puts into Swedish what is written in English about a gap; `where` turns a place in a package of E-ARK into
    where that is in this one, or into nothing where that is not known.
    """
    word = Words(settings.language)
    sheet = Sheet(about.objid, settings.language, order.created, (about.objid, word("page")))
    writer = Writer(sheet, word, Places(word, where), capture, about.text == "html")
    profile = [item for item in chosen.profile() if item.get("kind") != "version"]
    name = str(front.merged(profile).get("title") or order.account.id)[:120]
    say = swedish if settings.language == "sv" else str
    front.title_page(writer, order, about, settings, name, _span(chosen, about), say)
    page, filled = front.overview(writer, chosen, profile, about)
    contents = _contents(writer, chosen, capture)
    contents.begins("overview_page", page)
    _rest(writer, contents, chosen, about, settings, say)
    contents.fill(sheet, _OPTIONAL)
    with made.file("reading/utskrift.pdf") as out:
        sheet.write_to(out)
    _picture(made, page, filled)


def _rest(
    writer: Writer, contents: Contents, chosen: Selection, about: About, settings: Settings, say: Callable[[str], str]
) -> None:
    """Everything after the contents."""
    sheet, word = writer.sheet, writer.word
    _account(writer, contents, chosen.profile())
    _months(writer, contents, chosen, settings)
    _vanished(writer, contents, chosen.tombstones(), about)
    if sheet.dropped:
        told = word.many("dropped", sheet.dropped, word.number(sheet.page), writer.places.data("posts.json"))
        sheet.say(told, 9.5, "B", RUST)
    _gaps(writer, contents, chosen.gaps(), say)
    if captures.sealed(writer.capture):
        _section(writer, contents, "evidence", word("evidence_what", writer.places.readme))
        evidence(writer, writer.capture, about)
    if sheet.marks.seen:
        _section(writer, contents, "marks")
        marks(sheet, word, word("marks_in", writer.places.data("posts.json")))


def _span(chosen: Selection, about: About) -> front.Span:
    """Stamps of the oldest and the newest in the package: of what has changed, and not of all that was taken."""
    if about.scope != "changes":
        return about.first, about.last
    first = last = ""
    for month, _ in chosen.months():
        for thread in chosen.threads(month):
            for entry in thread.entries:
                if (at := str(entry.item.get("published") or "")) and entry.change != "vanished":
                    first, last = min(first or at, at), max(last, at)
    return first, last


def _contents(writer: Writer, chosen: Selection, capture: Path) -> Contents:
    """Room for the contents: below the overview where there is much of that page left, else on a page of its own."""
    sheet, word = writer.sheet, writer.word
    lines = {"overview_page": Line(word("overview_page"))}
    lines |= {"account": Line(word("account"))} if chosen.profile() else {}
    for month, many in chosen.months():
        told = f"{word.number(many)} {word('thread' if many == 1 else 'threads')}"
        lines[month] = Line(word.month(month), told)
    due = {"gone": chosen.tombstones(), "gaps": chosen.gaps()}
    lines |= {name: Line(word(name)) for name, found in due.items() if next(iter(found), None) is not None}
    lines |= {"evidence": Line(word("evidence"))} if captures.sealed(capture) else {}
    lines["marks"] = Line(word("marks"))  # whether there are any is known at the end
    found = Contents(lines, word("not_here"))
    sheet.down += _BELOW
    if sheet.down > _MUCH:
        sheet.turn()
    found.keep(sheet, word("contents"))
    return found


def _section(writer: Writer, contents: Contents, name: str, said: str = "", title: str = "") -> None:
    sheet, title = writer.sheet, title or writer.word(name)
    sheet.room(40)
    sheet.down += 5
    contents.begins(name, sheet.page)
    sheet.mark(title)
    sheet.say(title, 15, "B", INK, after=1.2)
    if said:
        sheet.say(said, 8.8, "", GREY, after=2)


def _account(writer: Writer, contents: Contents, profile: Iterable[Item]) -> None:
    for place, item in enumerate(profile):
        if place == 0:
            _section(writer, contents, "account")
        writer.item(item)
        writer.sheet.down += 2


def _months(writer: Writer, contents: Contents, chosen: Selection, settings: Settings) -> None:
    """The newest threads, as many as the print may hold, in the order in which they were written."""
    sheet, word, left_out = writer.sheet, writer.word, _left_out(chosen, settings.print_posts)
    if left_out:
        sheet.room(20)
        sheet.down += 4
        most = word.many("n_room", settings.print_posts)
        sheet.say(word.many("more", left_out, most, writer.places.data("posts.json")), 9.5, "B", RUST)
    for name, many in chosen.months():
        if many > left_out:
            _section(writer, contents, name, title=word.month(name))
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
        told = writer.word.many("more_answers", many - most, writer.places.data("posts.json"))
        writer.sheet.say(told, 9, "B", RUST)


def _vanished(writer: Writer, contents: Contents, tombstones: Iterable[Item], about: About) -> None:
    word, many = writer.word, 0
    for many, item in enumerate(tombstones, 1):
        if many == 1:
            lead = f"{word.page('gone-lead')} {word.labelled('previous-package', about.previous)}."
            _section(writer, contents, "gone", lead)
        if many <= _ROWS:
            writer.item(item, change="vanished")
            writer.sheet.down += 2
    _more_rows(writer, many, writer.places.data("tombstones.jsonl"))


def _gaps(writer: Writer, contents: Contents, gaps: Iterable[Item], said: Callable[[str], str]) -> None:
    word, many = writer.word, 0
    for many, gap in enumerate(gaps, 1):
        if many == 1:
            _section(writer, contents, "gaps", word("gaps_what"))
        if many <= _ROWS:
            about = [word.of("missing", str(gap.get("kind", ""))), word.of("why", str(gap.get("why", ""))).rstrip(".")]
            about += [clock(gap.get("seen_at", "")), said(str(gap.get("how", "")))[:_LONGEST]]
            writer.sheet.room(10)
            writer.sheet.say(str(gap.get("what", ""))[:_LONGEST], 8.6, "B", RUST)
            writer.sheet.say("  ·  ".join(filter(None, about)), 7.6, "", GREY, after=1.4)
    _more_rows(writer, many, writer.places.sealed("gaps.jsonl"))


def _more_rows(writer: Writer, many: int, where: str) -> None:
    if many > _ROWS:
        writer.sheet.say(writer.word.many("more_rows", many - _ROWS, where), 8.8, "B", RUST)


def _picture(made: Made, page: int, filled: float) -> None:
    """The overview page as a PNG, down to where it is filled."""
    with pypdfium2.PdfDocument(made.folder / "reading/utskrift.pdf") as document:
        shown = document[page - 1]
        image = shown.render(scale=_WIDE / shown.get_width()).to_pil().convert("RGB")
    image.crop((0, 0, _WIDE, round(image.height * filled) + _MARGIN)).save(png := BytesIO(), "PNG")
    with made.file("reading/oversikt.png") as out:
        out.write(png.getvalue())
