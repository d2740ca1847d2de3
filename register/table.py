"""The strategist's register of accounts, read from a CSV file that opens well in Excel."""

import logging
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import Final

from model.errors import BadInput
from model.nouns import Account
from register import cells, sheet
from register.columns import (
    COLUMNS,
    DATES,
    DESCRIBING,
    FIELDS,
    LEVELS,
    MANDATORY,
    OPTIONS,
    STATUSES,
    UNREAD,
    clean,
    word,
    words,
)  # fmt: skip
from register.texts import Lang, Remark, say

WIDEST: Final = 200  # columns; a wider file is no register
MOST: Final = 500  # faults told one by one, the rest are counted
NOTES: Final = frozenset({
    "unknown-column", "near-column", "no-responsible-column", "no-responsible", "no-folder", "no-picture", "date",
    "formula", "unread",
})  # fmt: skip
TEXTS: Final = (  # fields of Account that are taken as they stand
    "display_name", "unit", "responsible", "editors", "purpose", "aim", "target_group", "case", "case_date", "secrecy",
    "disposal", "status_date", "status_decision", "instaloader",
)  # fmt: skip
KNOWN: Final = ", ".join(headings[0] for headings in COLUMNS.values())

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the file."""

    name: str  # the heading as in the file, or the letter Excel gives the column
    field: str = ""  # of Account; "": not one of ours
    headed: bool = True


@dataclass(frozen=True, slots=True)
class Record:
    """One row as the register understands it."""

    row: int
    values: dict[str, str]  # by field of Account, cleaned


def read(
    path: str | Path,
    platforms: frozenset[str] | None = None,
    lang: Lang = "sv",
    tell: Callable[[str], object] = log.warning,
) -> list[Account]:
    """The accounts of the register, in the order of the file.

    platforms are the names of the connectors there are; None takes any.
    tell gets what is worth a look and no fault: a column of your own, an active account nobody answers for, a folder
    that is not there, a date that is none, a platform that is known and that no connector reads.
    Raises BadInput with every fault of the file, by row and column, in the language asked for.
    """
    path = Path(path)
    raw, faults = sheet.content(path)
    records: list[Record] = []
    if not faults:
        records, faults = examined(raw, path.parent, platforms)
    return [account(record.values, path.parent) for record in sound(path.name, records, faults, lang, tell)]


def sound(
    name: str, records: list[Record], remarks: list[Remark], lang: Lang, tell: Callable[[str], object]
) -> list[Record]:
    """The records, where no remark is a fault; what is none is told. Raises BadInput with every fault."""
    for note in [remark for remark in remarks if remark.code in NOTES][:MOST]:
        tell(f"{name}: {say(note, lang)}")
    faults = sorted((fault for fault in remarks if fault.code not in NOTES), key=lambda fault: fault.row)
    if faults:
        summary = Remark(code="summary", values={"name": name, "count": len(faults)})
        raise BadInput(say(summary, lang), faults=_sentences(faults, lang))
    return records


def examined(raw: bytes, here: Path, platforms: frozenset[str] | None = None) -> tuple[list[Record], list[Remark]]:
    """The rows of a file, and what there is to say about it. `here`: the folder that it lies in."""
    rows, faults = sheet.rows(raw)
    if not rows:
        return [], faults
    if len(rows) == 1 and not faults:
        faults.append(Remark(code="no-accounts"))
    records, found = _examined(rows, platforms, here)
    return records, faults + found


def meaning(values: dict[str, str]) -> dict[str, str]:
    """A sound row by what it says, whichever words it says that with; what is empty is left out."""
    found = {field: value for field, value in values.items() if value}
    found |= {"platform": values["platform"].casefold(), "level": LEVELS[word(values.get("level", ""))]}
    found["status"] = STATUSES[word(values.get("status", ""))]
    if options := _options(values):
        found["options"] = ",".join(options)
    return found


def _examined(rows: list[sheet.Row], platforms: frozenset[str] | None, here: Path) -> tuple[list[Record], list[Remark]]:
    (row, headings), *lines = rows
    columns = [_column(index, cell) for index, cell in enumerate(headings[:WIDEST])]
    remarks = list(_heading_remarks(row, headings, columns))
    if any(remark.code in ("no-heading", "too-wide") for remark in remarks):
        return [], remarks
    remarks += [fault for number, line in lines for fault in _width(number, line, len(columns))]
    whole = [(number, line) for number, line in lines if not _width(number, line, len(columns))]
    records = [Record(number, _values(line, columns)) for number, line in whole]
    for number, line in whole:
        remarks += _cell_remarks(number, line, columns, platforms)
    names = {column.field: column.name for column in columns}
    remarks += [*_repeats(records, names), *_unanswered(records, names), *_misplaced(records, names, here)]
    remarks += [*_shared(records, names, here), *_unread(records, names, platforms)]
    return records, remarks


def _column(index: int, heading: str) -> Column:
    name = clean(heading)
    letter = (chr(64 + index // 26) if index > 25 else "") + chr(65 + index % 26)
    harmless = name and name.isprintable() and len(name) <= 40 and not cells.secret(name)
    return Column(name if harmless else letter, FIELDS.get(word(heading), ""), headed=bool(name))


def _heading_remarks(row: int, headings: list[str], columns: list[Column]) -> Iterator[Remark]:
    if len(headings) > WIDEST:
        yield Remark(code="too-wide", row=row, values={"found": len(headings), "limit": WIDEST})
        return
    if not any(column.field for column in columns):
        yield Remark(code="no-heading", row=row, values={"known": KNOWN})
        return
    first: dict[str, str] = {}
    for column in columns:
        if column.field in first:
            values = {"first": first[column.field]}
            yield Remark(code="double-column", row=row, column=column.name, values=values)
        elif column.field:
            first[column.field] = column.name
        elif column.headed:
            yield _unknown(row, column.name)
    for field in MANDATORY:
        if field not in first:
            yield Remark(code="missing-column", row=row, values={"name": COLUMNS[field][0]})


def _unknown(row: int, name: str) -> Remark:
    """A slip of the pen would lose a whole column without a word, so what resembles a heading is a fault, if what is
    archived depends on that.
    """
    near = get_close_matches(word(name), [one for one in FIELDS if FIELDS[one] not in DESCRIBING], n=1, cutoff=0.75)
    if not near and (near := get_close_matches(word(name), FIELDS, n=1, cutoff=0.75)):
        return Remark(code="near-column", row=row, column=name, values={"near": near[0]})
    if near:
        return Remark(code="misspelt-column", row=row, column=name, values={"near": near[0]})
    return Remark(code="unknown-column", row=row, column=name, values={"known": KNOWN})


def _width(row: int, line: list[str], due: int) -> list[Remark]:
    values = {"found": len(line), "due": due}
    if any(cell.strip() for cell in line[due:]):
        return [Remark(code="too-many-cells", row=row, values=values)]
    return [Remark(code="too-few-cells", row=row, values=values)] if len(line) < due else []


def _values(line: list[str], columns: list[Column]) -> dict[str, str]:
    return {column.field: clean(cell) for column, cell in zip(columns, line, strict=False) if column.field}


def _cell_remarks(
    row: int, line: list[str], columns: list[Column], platforms: frozenset[str] | None
) -> Iterator[Remark]:
    known = {"known": ", ".join(sorted(platforms or ()))}
    for column, cell in zip(columns, line, strict=False):
        code = cells.fault(column.field, cell, platforms) or ("formula" if cells.formula(cell) else None)
        if code or (clean(cell) and not column.headed):
            yield Remark(code=code or "no-heading-cell", row=row, column=column.name, values=known)


def _repeats(records: list[Record], names: dict[str, str]) -> Iterator[Remark]:
    """Rows, ids and addresses that stand in the file before."""
    first: dict[object, int] = {}
    for record in records:
        keys = {"same-row": tuple(record.values.items()), "id": record.values.get("id", "").casefold()}
        keys["address"] = _one_address(record.values.get("address", ""))
        for code, key in keys.items():
            earlier = first.setdefault((code, key), record.row)
            if not key or earlier == record.row:
                continue
            if code == "same-row":
                yield Remark(code=code, row=record.row, values={"first": earlier})
                break
            yield Remark(code=f"same-{code}", row=record.row, column=names[code], values={"first": earlier})


def _one_address(address: str) -> str:
    """The address without what makes no other account of it: scheme, www, case, a slash at the end."""
    return re.sub("^https?://(www[.])?|/+$", "", address.casefold())


def _unanswered(records: list[Record], names: dict[str, str]) -> Iterator[Remark]:
    if "responsible" not in names:
        yield Remark(code="no-responsible-column")
        return
    for record in records:
        active = STATUSES.get(word(record.values.get("status", ""))) == "active"
        if active and not record.values["responsible"]:
            yield Remark(code="no-responsible", row=record.row, column=names["responsible"])


def _unread(records: list[Record], names: dict[str, str], platforms: frozenset[str] | None) -> Iterator[Remark]:
    """Accounts that are to be archived, on platforms that no connector reads."""
    for record in records:
        ended = STATUSES.get(word(record.values.get("status", ""))) in ("archived", "closed")
        if platforms is not None and record.values.get("platform", "").casefold() in UNREAD - platforms and not ended:
            yield Remark(code="unread", row=record.row, column=names["platform"])


def _misplaced(records: list[Record], names: dict[str, str], here: Path) -> Iterator[Remark]:
    for record in records:
        folder = record.values.get("folder")
        if folder and not os.path.isdir(here / folder):
            yield Remark(code="no-folder", row=record.row, column=names["folder"])
        picture = record.values.get("picture")
        if picture and not os.path.isfile(here / picture):
            yield Remark(code="no-picture", row=record.row, column=names["picture"])
        for field in DATES:
            if (told := record.values.get(field)) and not is_day(told):
                yield Remark(code="date", row=record.row, column=names[field])
        if record.values.get("instaloader") and record.values.get("platform", "").casefold() != "instagram":
            yield Remark(code="only-instagram", row=record.row, column=names["instaloader"])


def is_day(text: str) -> bool:
    """Whether a text is a day as 2026-11-02: other forms are read as other days by other people."""
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _shared(records: list[Record], names: dict[str, str], here: Path) -> Iterator[Remark]:
    """Folders that are another account's, or lie inside or around one: its exports would go into two packages."""
    rows: dict[Path, int] = {}
    around: dict[Path, int] = {}  # every folder that has one of them inside it
    for record in records:
        if not (folder := record.values.get("folder")):
            continue
        path = Path(os.path.realpath(here / folder))
        inside = (around.get(path), *(rows.get(above) for above in path.parents))
        for code, earlier in (("same-folder", rows.get(path)), *(("nested-folder", row) for row in inside)):
            if earlier:
                yield Remark(code=code, row=record.row, column=names["folder"], values={"first": earlier})
                break
        rows.setdefault(path, record.row)
        around.update({above: record.row for above in path.parents if above not in around})


def _options(values: dict[str, str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(OPTIONS[option] for option in words(values.get("options", ""))))


def _sentences(faults: list[Remark], lang: Lang) -> list[str]:
    rest = [Remark(code="more", values={"count": len(faults) - MOST})] if len(faults) > MOST else []
    return [say(fault, lang) for fault in faults[:MOST] + rest]


def account(values: dict[str, str], here: Path) -> Account:
    """The account of a sound row."""
    return Account(
        id=values["id"],
        platform=values["platform"].casefold(),
        address=values["address"],
        level=LEVELS[word(values.get("level", ""))],
        status=STATUSES[word(values.get("status", ""))],
        key=values.get("key") or None,
        folder=str(here / values["folder"]) if values.get("folder") else "",
        options=_options(values),
        picture=str(here / values["picture"]) if values.get("picture") else "",
        **{field: values.get(field, "") for field in TEXTS},
    )
