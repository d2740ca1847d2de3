"""The posts of a print, one below the other: heading, text, pictures, poll, earlier versions."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from model.selection import Entry
from reading._print_pictures import NoPicture, Small, small
from reading._print_places import Places
from reading._print_sheet import BLUE, GREY, INK, LEFT, RUST, TINT, Sheet
from reading._print_words import Words, clock
from reading.plaintext import plain

Item = Mapping[str, Any]
_STEP: Final = 6.0  # mm to the right for each answer's depth …
_DEEPEST: Final = 6  # … until here
_WIDE: Final = 46.0  # a small picture, mm
_HIGH: Final = 36.0
_PIXELS: Final = 420  # the same at 230 dots per inch
_LONGEST: Final = 20_000  # characters of one text


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes items onto a sheet."""

    sheet: Sheet
    word: Words
    places: Places
    capture: Path
    html: bool

    def text(self, item: Item) -> str:
        """An item's text as people read it."""
        text = str(item.get("text") or "")
        return plain(text) if self.html else text

    def title(self, item: Item) -> str:
        return str(item.get("title") or "")

    def entry(self, entry: Entry) -> None:
        """One post or comment with all that belongs to it."""
        left = min(entry.depth, _DEEPEST) * _STEP
        change = "" if entry.change in ("", "new") else entry.change
        self.item(entry.item, left, change)
        for version in entry.versions:
            self.earlier(version, left, self.word.of("kind", "version"))
        if entry.before is not None and entry.change == "changed":
            self.earlier(entry.before, left, self.word("before"))
        self.sheet.down += 2.2

    def item(self, item: Item, left: float = 0, change: str = "") -> None:
        """An item: heading, title, text, poll, rows, files, figures."""
        sheet = self.sheet
        if sheet.full:
            sheet.dropped += 1
            return
        sheet.room(16)
        if not left:
            sheet.rule()
            sheet.down += 1.6
        self._heading(item, left, change)
        if title := self.title(item):
            sheet.say(title, 9.2, "B", left=left, after=0.4)
        self._body(self.text(item), left)
        for row in self._rows(item):
            sheet.say(row, 8.4, left=left + 3)
        for media in item.get("media") or ():
            self._file(media, left)
        self._below(item, left)

    def _rows(self, item: Item) -> Iterator[str]:
        """What a poll asks and how it was answered; a profile's own rows."""
        for choice in item.get("poll") or ():
            votes = choice.get("votes")
            told = self.word("votes_unknown") if votes is None else self.word.many("votes", votes)
            yield f"○ {choice.get('text', '')}: {told}"
        for name, value in (item.get("fields") or {}).items():
            yield f"{name}: {plain(value) if self.html else value}"

    def earlier(self, item: Item, left: float, label: str) -> None:
        """An earlier text of the same item."""
        if self.sheet.full:
            self.sheet.dropped += 1
            return
        when = clock(item.get("edited") or item.get("published") or "")
        self.sheet.room(10)
        self.sheet.down += 0.8
        self.sheet.say(f"{label} {when}".strip(), 7.6, "B", RUST, left=left + 4)
        if title := self.title(item):
            self.sheet.say(title, 8.4, "B", GREY, left=left + 4)
        self._body(self.text(item), left + 4, GREY)
        for media in item.get("media") or ():
            self._file(media, left + 4)

    def _heading(self, item: Item, left: float, change: str) -> None:
        when = clock(item.get("published") or "") or self.word("no_date")
        if item["kind"] == "profile" and item.get("published"):
            when = f"{self.word.page('account-made')} {when}"
        parts = [self.word.of("kind", str(item["kind"])), str(item.get("author") or ""), when]
        if edited := item.get("edited"):
            parts.append(f"{self.word.page('edited-at')} {clock(edited)}")
        if item.get("source") == "export":
            parts.append(self.word.labelled("source", self.word.page("export")))
        mark = "↳ " if left else ""
        self.sheet.say(mark + "  ·  ".join(filter(None, parts)), 8.2, "B", BLUE, left=left)
        if change:
            self.sheet.say(self.word.of("change", change), 7.6, "B", RUST, left=left)

    def _body(self, text: str, left: float, colour: tuple[int, int, int] = INK) -> None:
        if text:
            self.sheet.say(text[:_LONGEST], 8.8, "", colour, left=left, after=0.6)
        if len(text) > _LONGEST:
            told = self.word.many("more_text", len(text) - _LONGEST, self.places.data("posts.json"))
            self.sheet.say(told, 7.6, "B", RUST, left=left)

    def _below(self, item: Item, left: float) -> None:
        """In small: what it shares or answers, figures, address and id."""
        word, counts = self.word, item.get("counts") or {}
        shared = (("boost_of", "boost-of"), ("reply_to", "reply-to"))
        about = [word.labelled(page, item[name]) for name, page in shared if item.get(name)]
        if attached := item.get("attached"):
            about.append(word.labelled("attached", ", ".join(map(str, attached))))
        about += [f"{word.number(value)} {self.figure(name, value)}" for name, value in counts.items() if value]
        for line in ("  ·  ".join(about), "  ·  ".join(filter(None, (str(item.get("url") or ""), f"id {item['id']}")))):
            if line:
                self.sheet.say(line, 6.6, "", GREY, left=left)

    def figure(self, name: str, value: int | None = None) -> str:
        """What a platform's figure is called; where there is a number, of so many."""
        return self.word.of("count", name, value).replace("_", " ")

    def small(self, media: Item, width: int, height: int, *, crop: bool = False) -> Small:
        """The small picture of a file of the capture. NoPicture, with the word that says why, where there is none."""
        path = Path(media.get("path") or "..")
        if path.is_absolute() or ".." in path.parts:
            raise NoPicture("no_file")
        group = str(media.get("type") or "").partition("/")[0]
        if group in ("video", "audio"):
            raise NoPicture("film" if group == "video" else "sound")
        return small(self.capture / path, width, height, crop=crop)

    def _file(self, media: Item, left: float) -> None:
        """A file: small at the left, at its right what is said about it."""
        sheet, side = self.sheet, left + _WIDE + 4
        if sheet.full:
            sheet.dropped += 1
            return
        try:
            shown: Small | str = self.small(media, _PIXELS, _PIXELS * 3 // 4)
        except NoPicture as why:
            shown = self.word(str(why))
        wide, high = _measures(shown)
        sheet.down += 1
        sheet.room(high)
        page, top = sheet.page, sheet.down
        if isinstance(shown, Small):
            sheet.picture(shown, LEFT + left, top, wide, high)
        else:
            self._no_picture(shown, left, top)
        self._said(media, side)
        if sheet.page == page:
            sheet.down = max(sheet.down, top + high)
        sheet.down += 1

    def _no_picture(self, why: str, left: float, top: float) -> None:
        self.sheet.box(LEFT + left, top, _WIDE, 14, TINT)
        for place, line in enumerate(self.sheet.lines(why, 7, _WIDE - 4)[:4]):
            self.sheet.draw(line, LEFT + left + 2, top + 1.4 + place * 3.2, 7, "", RUST)

    def _said(self, media: Item, left: float) -> None:
        alt, word = media.get("alt"), self.word
        said = word.labelled("alt", alt) if alt else word("no_alt")
        self.sheet.say(said, 7.4, "", INK if alt else GREY, left=left)
        self.sheet.say("  ·  ".join(self._facts(media)), 6.4, "", GREY, left=left)
        if package := media.get("package"):
            self.sheet.say(self.word.labelled("file-earlier", package), 6.4, "", GREY, left=left)

    def _facts(self, media: Item) -> Iterator[str]:
        """File name (its hash, shortened), type, size; of a file that is not here, its address."""
        if path := media.get("path"):
            name = Path(path)
            yield f"{name.stem[:16]}…{name.suffix}" if len(name.stem) > 20 else name.name
            yield str(media.get("type") or "")
            yield self.word.size(int(media.get("size") or 0))
        else:
            yield str(media.get("url") or media.get("id") or "")


def _measures(shown: Small | str) -> tuple[float, float]:
    """How wide and high it stands on the page, in millimetres; nothing is made larger than 100 dots an inch."""
    if isinstance(shown, str):
        return _WIDE, 14
    scale = min(_WIDE / shown.width, _HIGH / shown.height, 0.254)
    return max(shown.width * scale, 0.3), max(shown.height * scale, 0.3)


def portraits(items: Iterable[Item]) -> Iterator[tuple[str, Item]]:
    """The account's own pictures: role and file."""
    for item in items:
        for media in item.get("media") or ():
            if media.get("path") and media.get("role") in ("avatar", "banner"):
                yield str(media["role"]), media
