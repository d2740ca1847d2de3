"""The list of accounts on paper: one PDF/A-1b, with a summary and then account by account.

The same list gives the same bytes.
"""

from collections.abc import Sequence
from datetime import datetime
from io import BytesIO

from reading._print_evidence import marks
from reading._print_sheet import BLUE, INK, RUST, Sheet
from reading._print_words import Language, Words

Pair = tuple[str, str]  # a word, and what stands beside it


def pdf(
    title: str, about: Sequence[Pair], summary: Sequence[Pair], head: Sequence[str], rows: Sequence[Sequence[str]],
    created: datetime, language: Language,
) -> bytes:  # fmt: skip
    """The print. A row's first cell is the account, its last what is missing; `head` has the words for the others."""
    word = Words(language)
    sheet = Sheet(f"{title} {created.date()}", language, created, (title, word("page")))
    sheet.turn()
    sheet.box(0, 0, 210, 6, BLUE)
    sheet.down = 26
    sheet.mark(title)
    sheet.say(title, 22, "B", INK, after=3)
    for label, text in (*about, *summary):
        sheet.pair(label, text, 92)
    for row in rows:
        _account(sheet, head, row)
    if sheet.marks.seen:
        _begin(sheet, word("marks"))
        marks(sheet, word, word("other_forms"))
    sheet.write_to(out := BytesIO())
    return out.getvalue()


def _account(sheet: Sheet, head: Sequence[str], row: Sequence[str]) -> None:
    _begin(sheet, row[0])
    for label, text in zip(head[1:-1], row[1:-1], strict=True):
        if text:
            sheet.pair(_begun(label), text)
    if row[-1]:
        sheet.pair(_begun(head[-1]), row[-1], colour=RUST)


def _begin(sheet: Sheet, title: str) -> None:
    sheet.room(72)  # an account that is not long stays on one page
    sheet.down += 3
    sheet.rule()
    sheet.down += 2
    sheet.mark(title)
    sheet.say(title, 11, "B", INK, after=1)


def _begun(label: str) -> str:
    return label[:1].upper() + label[1:]
