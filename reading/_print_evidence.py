"""The last pages of a print: its evidence. What was counted, list by list, and the checksums of what was taken."""

from collections.abc import Iterator
from hashlib import file_digest
from pathlib import Path
from typing import Any, Final

from model import capture as captures
from model.made import About
from reading import texts
from reading._print_entries import Writer
from reading._print_sheet import GREY
from reading._print_words import Language, number

_ROWS: Final = 1000  # the most files that are listed


def evidence(writer: Writer, capture: Path, about: About, language: Language) -> None:
    """How it was counted, the seal and the ledger by their checksums, and each file of the capture by its own."""
    sheet, word = writer.sheet, writer.word
    ledger = captures.ledger_of(capture)
    for label, text in (("e_order", about.order), ("package", about.objid), ("verdict", word(about.verdict))):
        sheet.pair(word(label), text)
    for name in ("seal.jsonl", "ledger.json"):
        sheet.pair(f"{name}, SHA-256", _digest(capture / name))
    _heading(writer, "e_counted")
    for row in ledger["streams"]:
        sheet.pair(texts.say(language, "stream", str(row["stream"])), _counted(writer, row))
    _heading(writer, "e_files")
    rows, media = 0, 0
    for file in captures.files(capture):
        if file["path"].startswith("media/"):
            media += 1
        elif (rows := rows + 1) <= _ROWS:
            sheet.room(9)
            sheet.say(f"{file['path']}  ·  {number(file['size'])} byte", 8.2)
            sheet.say(str(file["sha256"]), 7.6, "", GREY, after=1)
    if rows > _ROWS:
        sheet.say(word("more_rows", number(rows - _ROWS), "content/capture/seal.jsonl"), 8.8)
    if media:
        sheet.say(word("e_media", number(media)), 8.8)


def _heading(writer: Writer, name: str) -> None:
    writer.sheet.room(20)
    writer.sheet.down += 3
    writer.sheet.say(writer.word(name), 11, "B", after=1.2)


def _counted(writer: Writer, row: dict[str, Any]) -> str:
    return ", ".join(_figures(writer, row)) + f". {writer.word(str(row['verdict'])).partition(':')[0].capitalize()}."


def _figures(writer: Writer, row: dict[str, Any]) -> Iterator[str]:
    for name in ("announced", "captured", "accounted"):
        told = row.get(name)
        yield writer.word(f"e_{name}", "–" if told is None else number(told))


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()
