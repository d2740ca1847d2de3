"""The first pages of a print: what it is, and what the account looked like."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from model.made import About
from model.nouns import Order
from model.selection import Entry, Selection
from model.settings import Body, Settings
from reading._print_entries import Item, Writer, portraits
from reading._print_pictures import NoPicture, Small
from reading._print_sheet import BLUE, GREY, INK, LEFT, LINE, TINT, TOP, WIDTH, Colour, Sheet
from reading._print_words import clock
from reading.plaintext import plain
from reading.texts import ran

_FIGURES: Final = ("posts", "comments", "versions", "others", "media", "gaps", "new", "changed", "vanished")
_CARDS: Final = 12  # at most
_LINES: Final = 9  # of a card's text
_CARD: Final = 82.5  # mm wide
_PHOTO: Final = 42.0  # mm high
Span = tuple[str, str]


def title_page(
    writer: Writer, order: Order, about: About, settings: Settings, name: str, span: Span, say: Callable[[str], str]
) -> None:
    """What was archived, for whom, why, when, how whole, and how much.

    `span`: stamps of the oldest and the newest of it; `say`: our own English as it is read.
    """
    sheet, word = writer.sheet, writer.word
    sheet.turn()
    sheet.mark(name)
    sheet.box(0, 0, 210, 6, BLUE)
    sheet.down = 26
    sheet.say(word("print"), 10, "", GREY, after=3)
    sheet.say(name, 24 if len(name) < 50 else 18, "B", INK, after=1)
    sheet.say(order.account.address, 10, "", BLUE, after=7)
    _table(writer, [*_facts(writer, order, about, settings, span), *_answered(writer, order, about, say)])
    sheet.down += 5
    counted = [(about.counts[key], key) for key in _FIGURES if about.counts.get(key)]
    figures(writer, [(value, word.of("sum", key, value).capitalize()) for value, key in counted])
    sheet.down += 4
    has = {"media": bool(about.counts.get("media")), "raw": (writer.capture / "raw").is_dir()}
    sheet.say(word("what", writer.places.originals(**has)), 8.8, "", INK)


def _table(writer: Writer, facts: Iterable[tuple[str, str]]) -> None:
    for label, value in facts:
        if value:
            writer.sheet.pair(writer.word(label), value, style="B" if label == "verdict" else "")


def _facts(writer: Writer, order: Order, about: About, settings: Settings, span: Span) -> Iterator[tuple[str, str]]:
    word, account = writer.word, order.account
    yield "platform", account.platform.capitalize()
    yield "unit", account.unit
    yield "purpose", account.purpose
    yield "creator", _body(settings.creator)
    yield "case", settings.case_of(order.year)
    yield "start_case", account.case
    yield "package", about.objid
    yield "replaces", about.replaces
    yield "kind", f"{word(order.kind)}, {order.year}"
    yield "scope", word(f"scope_{about.scope}", about.previous)
    yield "level", word.of("level", about.level)
    yield "period", _span(*span)
    yield "taken", _span(about.began, about.ended, exact=True)
    yield "verdict", _verdict(writer, about)
    yield "software", f"Årsring {about.software}"
    yield "run", ran(settings.language, about.run)


def _verdict(writer: Writer, about: About) -> str:
    """As the start page of the reading copy has it."""
    of = "-changes" if about.scope == "changes" else ""
    return f"{writer.word.of(f'short{of}', about.verdict)}. {writer.word.of(f'verdict{of}', about.verdict)}"


def _answered(writer: Writer, order: Order, about: About, say: Callable[[str], str]) -> Iterator[tuple[str, str]]:
    """What people decided: who accepted what is not whole and why, and that the account is to be closed."""
    word = writer.word
    if signed := about.sign_off:
        reasons = [f"{say(one['what'])}. {word.labelled('reason', one['reason'])}" for one in signed["reasons"]]
        told = f"{signed['by']}, {clock(signed['at'])}: {'; '.join(reasons)}. {signed.get('note', '')}"
        yield "signed", told.rstrip()
    if closing := order.closing:
        yield "decision", f"{closing.case}, {closing.decided}, {closing.decider}"
        yield "announced", f"{closing.announced}, {closing.announcement}"


def _body(body: Body) -> str:
    return f"{body.name} ({body.code})" if body.code else body.name


def _span(first: str, last: str, *, exact: bool = False) -> str:
    one, other = (clock(first), clock(last)) if exact else (first[:10], last[:10])
    return one if one == other else f"{one} – {other}"


def figures(writer: Writer, told: Sequence[tuple[int, str]]) -> None:
    """Figures in a row, four beside each other, each with its name below."""
    sheet, wide = writer.sheet, WIDTH / 4
    for row in range(0, len(told), 4):
        sheet.room(16)
        for place, (value, name) in enumerate(told[row : row + 4]):
            x = LEFT + place * wide
            sheet.box(x, sheet.down, wide - 2, 13.5, TINT)
            sheet.draw(writer.word.number(value), x + 3, sheet.down + 1.4, 14, "B", BLUE)
            sheet.draw(sheet.lines(name, 7.2, wide - 6)[0], x + 3, sheet.down + 8.6, 7.2, "", GREY)
        sheet.down += 15.5


def overview(writer: Writer, chosen: Selection, profile: Sequence[Item], about: About) -> tuple[int, float]:
    """One page that shows the account as it looked: its own pictures and words, figures, newest posts.

    Its number, and how far down it is filled, as a part of its height.
    """
    sheet, word = writer.sheet, writer.word
    sheet.turn()
    sheet.mark(word("overview_page"))
    sheet.draw(word("shown", clock(about.ended)[:10], about.objid), LEFT, TOP - 6, 7, "", GREY)
    page = sheet.page
    _head(writer, profile)
    newest = list(_newest(chosen))
    sheet.say(word("newest" if newest else "no_posts"), 11, "B", INK, after=1.5)
    if about.level == "overview":
        sheet.say(word("level_overview"), 8.8, "", GREY, after=2)
    sheet.down = _cards(writer, newest)
    return page, sheet.down / sheet.h


def _cards(writer: Writer, newest: Iterable[Entry]) -> float:
    """Two columns of cards, the next one always where there is most room; how far down they reach."""
    columns = [writer.sheet.down, writer.sheet.down]
    for entry in newest:
        column = columns.index(min(columns))
        high = _card(writer, entry, LEFT + column * (_CARD + 5), columns[column])
        if not high:
            break
        columns[column] += high + 4
    return max(columns) - 4


def _head(writer: Writer, profile: Sequence[Item]) -> None:
    """Banner, avatar, name, address, description, figures: no higher than half the page."""
    sheet, own = writer.sheet, dict(portraits(profile))
    sheet.down = TOP
    banner, avatar = _portrait(writer, own.get("banner"), 1360, 336), _portrait(writer, own.get("avatar"), 320, 320)
    high = 42 if banner else 20
    sheet.box(LEFT, sheet.down, WIDTH, high, TINT)
    if banner:
        sheet.picture(banner, LEFT, sheet.down, WIDTH, high)
    sheet.down += high
    if avatar:
        sheet.box(LEFT + 5, sheet.down - 17, 32, 32, (255, 255, 255))
        sheet.picture(avatar, LEFT + 6, sheet.down - 16, 30, 30)
    _names(writer, merged(profile), 41 if avatar else 0)
    sheet.down = max(sheet.down, TOP + high + 16 if avatar else 0) + 2


def merged(profile: Sequence[Item]) -> Item:
    """The account in one: what its newest profile says, and what only its identity or an older profile says."""
    of_all: dict[str, Any] = {}
    for item in sorted(profile, key=lambda item: item.get("kind") == "profile"):
        of_all |= {name: value for name, value in item.items() if value}
    return of_all


def _portrait(writer: Writer, media: Item | None, width: int, height: int) -> Small | None:
    try:
        return writer.small(media, width, height, crop=True) if media else None
    except NoPicture:
        return None


def _names(writer: Writer, item: Item, left: float) -> None:
    sheet = writer.sheet
    sheet.down += 2
    for text, most, size, style, colour in (
        (writer.title(item), 2, 17, "B", INK),
        (" · ".join(str(item[key]) for key in ("author", "url") if item.get(key)), 1, 8.6, "", BLUE),
        (" ".join(writer.text(item).split()), 5, 9, "", INK),
        (_fields(writer, item), 2, 8, "", GREY),
        (_told(writer, item), 1, 8.6, "B", INK),
    ):
        if text:
            _few(sheet, text, most, size, style, colour, left)


def _few(sheet: Sheet, text: str, most: int, size: float, style: str, colour: Colour, left: float) -> None:
    """At most so many lines of a text."""
    lines = sheet.lines(text[:2000], size, WIDTH - left - 3, style)
    for place, line in enumerate(lines[:most]):
        more = " …" if place == most - 1 and len(lines) > most else ""
        sheet.draw(line + more, LEFT + left, sheet.down, size, style, colour, WIDTH - left - 3)
        sheet.down += size * 0.48
    sheet.down += 0.8


def _fields(writer: Writer, item: Item) -> str:
    rows: Mapping[str, str] = item.get("fields") or {}
    return "  ·  ".join(f"{name}: {plain(value) if writer.html else value}" for name, value in rows.items())


def _told(writer: Writer, item: Item) -> str:
    counts: Mapping[str, int] = item.get("counts") or {}
    return "  ·  ".join(f"{writer.word.number(value)} {writer.figure(name, value)}" for name, value in counts.items())


def _newest(chosen: Selection) -> Iterator[Entry]:
    """The newest posts, newest first."""
    names = [name for name, _ in chosen.months()]
    dated = sorted((name for name in names if name != "undated"), reverse=True)
    found = 0
    for name in [*dated, *(name for name in names if name == "undated")]:
        firsts = (next(iter(thread.entries), None) for thread in chosen.threads(name))
        there = (entry for entry in firsts if entry and entry.change != "vanished")
        last = deque(there, maxlen=_CARDS - found)
        yield from reversed(last)
        if (found := found + len(last)) >= _CARDS:
            return


def _card(writer: Writer, entry: Entry, x: float, y: float) -> float:
    """A post in small: picture, date, how its text begins. How high it is; 0 where the page has no room for it."""
    sheet, item, room = writer.sheet, entry.item, _CARD - 6
    said = " ".join(f"{writer.title(item)} {writer.text(item)}".split()) or writer.word("no_text")
    lines = sheet.lines(said[:800], 8.2, room)
    shown = _first_picture(writer, item)
    high = 11 + 4 * min(len(lines), _LINES) + (_PHOTO if shown else 0)
    if y + high > 281:
        return 0
    sheet.box(x, y, _CARD, high, LINE)
    sheet.box(x + 0.25, y + 0.25, _CARD - 0.5, high - 0.5, (255, 255, 255))
    if shown:
        sheet.picture(shown, x, y, _CARD, _PHOTO)
        y += _PHOTO
    sheet.draw(clock(item.get("published") or "") or writer.word("no_date"), x + 3, y + 2.5, 7, "B", BLUE)
    for place, line in enumerate(lines[:_LINES]):
        more = place == _LINES - 1 and len(lines) > _LINES
        sheet.draw("…" if more else line, x + 3, y + 7 + place * 4, 8.2, "", INK, room)
    return high


def _first_picture(writer: Writer, item: Item) -> Small | None:
    for media in item.get("media") or ():
        if shown := _portrait(writer, media, 825, 420):
            return shown
    return None
