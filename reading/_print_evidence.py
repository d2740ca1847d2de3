"""The last pages of a print: its evidence. What was counted, list by list, and the checksums of what was taken."""

import unicodedata
from collections.abc import Iterator
from hashlib import file_digest
from pathlib import Path
from typing import Any, Final

from model import capture as captures
from model.made import About
from reading._print_entries import Writer
from reading._print_sheet import GREY, RUST, Sheet
from reading._print_words import Words

_ROWS: Final = 1000  # the most files that are listed


def evidence(writer: Writer, capture: Path, about: About) -> None:
    """How it was counted, the seal and the ledger by their checksums, and each file of the capture by its own."""
    sheet, word = writer.sheet, writer.word
    ledger = captures.ledger_of(capture)
    for label, text in (
        ("order", about.order), ("package", about.objid), ("verdict", f"{word.of('short', about.verdict)}."),
    ):  # fmt: skip
        sheet.pair(word(label), text)
    for name in ("seal.jsonl", "ledger.json"):
        sheet.pair(f"{name}, SHA-256", _digest(capture / name))
    _heading(writer, "e_counted")
    for row in ledger["streams"]:
        name = word.of("stream", str(row["stream"]))
        sheet.pair(name[:1].upper() + name[1:], _counted(writer, row))
    _heading(writer, "e_files")
    _files(writer, capture)


def _files(writer: Writer, capture: Path) -> None:
    sheet, word, rows, media = writer.sheet, writer.word, 0, 0
    if not writer.places.known:
        sheet.say(word("e_named"), 8.8, "", GREY, after=1.5)
    for file in captures.files(capture):
        if file["path"].startswith("media/"):
            media += 1
        elif (rows := rows + 1) <= _ROWS:
            sheet.room(9)
            sheet.say(writer.places.sealed(file["path"]), 8.2)
            sheet.say(f"{file['sha256']}  ·  {word.size(file['size'])}", 7.6, "", GREY, after=1)
    if rows > _ROWS:
        sheet.say(word.many("more_rows", rows - _ROWS, writer.places.sealed("seal.jsonl")), 8.8)
    if media:
        sheet.say(word.many("e_media", media), 8.8)


def _heading(writer: Writer, name: str) -> None:
    writer.sheet.room(20)
    writer.sheet.down += 3
    writer.sheet.say(writer.word(name), 11, "B", after=1.2)


def _counted(writer: Writer, row: dict[str, Any]) -> str:
    return ", ".join(_figures(writer, row)) + f". {writer.word.of('short', str(row['verdict']))}."


def _figures(writer: Writer, row: dict[str, Any]) -> Iterator[str]:
    for name in ("announced", "captured", "accounted"):
        told = row.get(name)
        yield writer.word(f"e_{name}", "–" if told is None else writer.word.number(told))


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def marks(sheet: Sheet, word: Words, where: str) -> bool:
    """Every character that the font lacks: its number, its name, how often. Whether there is any.

    `where`: in which files the characters themselves stand.
    """
    if not (seen := dict(sheet.marks.seen)):
        return False
    many, sorts = word.many("n_marks", sum(seen.values())), word.many("n_chars", len(seen))
    sheet.say(word("marks_what", where, many, sorts), 8.8, "", GREY, after=2)
    for char in sorted(seen)[:_ROWS]:
        name = unicodedata.name(char, word("unnamed"))
        sheet.say(f"U+{ord(char):04X}   {name}   × {word.number(seen[char])}", 7.6)
    if len(seen) > _ROWS:
        sheet.say(word.many("more_rows", len(seen) - _ROWS, where), 8.8, "B", RUST)
    return True
