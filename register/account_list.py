"""The list that is reported upwards: every account, how it stands, and what is missing. As texts, CSV and XLSX.

No cell is a formula to whoever opens the file, whatever somebody has written into the register.
"""

import csv
import io
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final

from model.nouns import Account
from register import lifecycle
from register.columns import heading, written
from register.lifecycle import Archive, Kept
from register.texts import Lang

_FIELDS: Final = (
    "platform", "address", "unit", "responsible", "purpose", "target_group", "case", "level", "status", "status_date",
)  # fmt: skip
_DANGEROUS: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_WIDTHS: Final = (26, 12, 40, 28, 24, 40, 24, 16, 16, 12, 12, 10, 40)  # of the workbook's columns, in characters
_WORDS: Final[dict[str, tuple[str, str]]] = {
    "title": ("Konton i sociala medier", "Social media accounts"),
    "authority": ("Myndighet", "Authority"),
    "day": ("Datum", "Date"),
    "account": ("konto", "account"),
    "last": ("senast arkiverat", "last archived"),
    "lacking": ("saknas", "missing"),
    "never": ("aldrig", "never"),
    "unknown": ("uppgift saknas", "not known"),
    "accounts": ("Konton", "Accounts"),
    "archived": ("Arkiverade {year} eller senare, av dem som ska det", "Archived in {year} or later, of those due"),
    "of": ("{found} av {due}", "{found} of {due}"),
    "lacks": ("Konton där något saknas", "Accounts where something is missing"),
    "summary": ("Sammanfattning", "Summary"),
    "package": ("arkivpaket", "archive package"),
    "last-package": ("arkivpaket {year}", "archive package {year}"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountList:
    """The list as it is read: texts in one language."""

    title: str
    lang: Lang
    day: date
    about: tuple[tuple[str, str], ...]  # whose it is, and of which day
    summary: tuple[tuple[str, str], ...]
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]  # the account's id first

    @property
    def made(self) -> datetime:
        """The beginning of its day, in UTC: the same list is the same bytes."""
        return datetime(self.day.year, self.day.month, self.day.day, tzinfo=UTC)


def make(accounts: Sequence[Account], archive: Archive | None, authority: str, day: date, lang: Lang) -> AccountList:
    """The list of that day. `archive`: None where it is not known."""
    word = _words(lang)
    lacks = {one.id: lifecycle.lacking(one, archive, day.year - 1) for one in accounts}
    return AccountList(
        title=word("title"),
        lang=lang,
        day=day,
        about=((word("authority"), authority), (word("day"), day.isoformat())),
        summary=tuple(_summary(accounts, archive, lacks.values(), day.year - 1, lang)),
        head=(word("account"), *(heading(field, lang == "en") for field in _FIELDS), word("last"), word("lacking")),
        rows=tuple(_row(one, archive, lacks[one.id], day.year - 1, lang) for one in accounts),
    )


def as_csv(made: AccountList) -> bytes:
    """For Excel in Swedish: semicolons, and the mark that says UTF-8."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    for row in ((made.title,), *made.about, *made.summary, (), made.head, *made.rows):
        writer.writerow([harmless(cell) for cell in row])
    return out.getvalue().encode("utf-8-sig")


def as_xlsx(made: AccountList) -> bytes:
    """A workbook of two sheets. Every cell is a text."""
    import xlsxwriter  # where it is used: other commands do without it

    book = xlsxwriter.Workbook(out := io.BytesIO(), {"in_memory": True})
    book.set_properties({"title": made.title, "author": "Årsring", "created": made.made.replace(tzinfo=None)})
    bold, plain = book.add_format({"bold": True}), book.add_format({"text_wrap": True, "valign": "top"})
    text = book.add_format({"text_wrap": True, "valign": "top", "quote_prefix": True})
    sheet = book.add_worksheet(_words(made.lang)("accounts"))
    for at, row in enumerate((made.head, *made.rows)):
        for column, cell in enumerate(row):
            sheet.write_string(at, column, cell, text if dangerous(cell) else plain if at else bold)
    for column, width in enumerate(_WIDTHS):
        sheet.set_column(column, column, width)
    sheet.freeze_panes(1, 1)
    sheet.autofilter(0, 0, len(made.rows), len(made.head) - 1)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
    rest = book.add_worksheet(_words(made.lang)("summary"))
    for at, (name, value) in enumerate((*made.about, *made.summary)):
        rest.write_string(at, 0, name, bold)
        rest.write_string(at, 1, value, text if dangerous(value) else plain)
    rest.set_column(0, 1, 50)
    book.close()
    return out.getvalue()


def dangerous(cell: str) -> bool:
    """Whether a program for tables may take the cell for a formula."""
    return cell.startswith(_DANGEROUS)


def harmless(cell: str) -> str:
    """The cell with a mark before it that makes a text of it, where one is needed."""
    return f"'{cell}" if dangerous(cell) else cell


def _row(account: Account, archive: Archive | None, lacks: list[str], year: int, lang: Lang) -> tuple[str, ...]:
    word, last = _words(lang), (archive or {}).get(account.id, Kept()).last
    cells = (said(field, getattr(account, field), lang) for field in _FIELDS)
    archived = word("unknown") if archive is None else str(last) if last else word("never")
    return account.id, *cells, archived, lacks_said(lacks, year, lang)


def _summary(
    accounts: Sequence[Account], archive: Archive | None, lacks: Iterable[list[str]], year: int, lang: Lang
) -> Iterator[tuple[str, str]]:
    word, many = _words(lang), Counter(one.status for one in accounts)
    yield word("accounts"), str(len(accounts))
    for status in lifecycle.CHAIN:
        if many[status]:
            yield f"– {said('status', status, lang)}", str(many[status])
    due = [one.id for one in accounts if one.status in ("active", "closing")]
    if archive is not None:
        found = sum(archive.get(id, Kept()).last >= year for id in due)
        yield word("archived").format(year=year), word("of").format(found=found, due=len(due))
    yield word("lacks"), str(sum(bool(one) for one in lacks))


def said(field: str, value: str, lang: Lang) -> str:
    """A value of the register in the words of a language."""
    return written(field, value, lang == "en")


def lacks_said(codes: Iterable[str], year: int, lang: Lang) -> str:
    """What is missing, as lifecycle.lacking has it, in words."""
    return ", ".join(_lack(code, year, lang) for code in codes)


def _lack(code: str, year: int, lang: Lang) -> str:
    return _words(lang)(code).format(year=year) if code in _WORDS else heading(code, lang == "en")


def _words(lang: Lang) -> Callable[[str], str]:
    return lambda name: _WORDS[name][lang == "en"]
