"""The list that is reported upwards: what it says, in each of its forms, and that no cell of it is a formula."""

from __future__ import annotations

import csv
import io
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pypdfium2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.nouns import Account
from reading import account_print
from register import account_list, table
from register.account_list import AccountList
from register.lifecycle import Kept
from register.texts import Lang
from tests.preflight import faults
from tests.test_printing import HOSTILE

EXAMPLE = Path(__file__).parent.parent / "docs" / "examples" / "register.csv"
DAY = date(2026, 11, 28)
ARCHIVE = {
    "exempelvik-mastodon": Kept(2025), "exempelvik-bluesky": Kept(2024), "exempelvik-facebook": Kept(2025),
    "exempelvik-linkedin": Kept(2025, "2025-exempelvik-linkedin.closure"),
}  # fmt: skip
FORMULAS = ["=1+1", "+46 8 1", "-2+3", "@SUM(A1)", "\t=1+1", "\r=1+1", "\n=1", "＝1", "=HYPERLINK(\"https://x.example\")"]


def made(lang: Lang = "sv", archive: dict[str, Kept] | None = ARCHIVE, **more: Any) -> AccountList:
    accounts = table.read(EXAMPLE, tell=lambda _: None)
    return account_list.make(accounts, archive, "Exempelviks stadsdelsnämnd", DAY, lang)


def pdf(one: AccountList) -> bytes:
    return account_print.pdf(one.title, one.about, one.summary, one.head, one.rows, one.made, one.lang)


def hostile(text: str) -> AccountList:
    account = Account(id="a-1", platform="mastodon", address=text, unit=text, responsible=text, purpose=text, case=text)
    return account_list.make([account], {}, text, DAY, "sv")


def rows(data: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig")), delimiter=";"))


def sheets(data: bytes) -> list[list[list[Any]]]:
    book = openpyxl.load_workbook(io.BytesIO(data))
    return [[[cell.value for cell in row] for row in sheet.iter_rows()] for sheet in book.worksheets]


def read(data: bytes) -> str:
    with pypdfium2.PdfDocument(data) as document:
        texts = (document[number].get_textpage().get_text_range() for number in range(len(document)))
        return " ".join(" ".join(texts).replace("\u00a0", " ").split())


def test_it_says_whose_it_is_how_each_account_stands_and_what_is_missing() -> None:
    one = made()

    assert one.about == (("Myndighet", "Exempelviks stadsdelsnämnd"), ("Datum", "2026-11-28"))
    assert one.summary == (
        ("Konton", "8"), ("– aktivt", "6"), ("– avslutas", "1"), ("– avslutat", "1"),
        ("Arkiverade 2025 eller senare, av dem som ska det", "2 av 7"), ("Konton där något saknas", "5"),
    )  # fmt: skip
    assert one.head == (
        "konto", "plattform", "adress", "enhet", "ansvarig", "syfte", "målgrupp", "diarienummer", "nivå", "status",
        "statusdatum", "senast arkiverat", "saknas",
    )  # fmt: skip
    told = {row[0]: row for row in one.rows}
    assert told["exempelvik-mastodon"][-2:] == ("2025", "")
    assert told["exempelvik-bluesky"][-2:] == ("2024", "arkivpaket 2025")
    assert told["exempelvik-bibliotek"][-2:] == ("aldrig", "arkivpaket")
    assert told["exempelvik-bibliotek"][8:10] == ("unikt innehåll", "avslutas")
    assert len(told) == 8


def test_it_speaks_english_where_asked() -> None:
    one = made("en")

    assert one.title == "Social media accounts"
    assert one.head[4] == "responsible"
    assert one.rows[1][-1] == "archive package 2025"
    assert one.rows[3][8:10] == ("unique", "closing")


def test_what_is_not_known_of_the_archive_is_said() -> None:
    one = made(archive=None)

    assert {row[-2] for row in one.rows} == {"uppgift saknas"}
    assert not any("Arkiverade" in name for name, _ in one.summary)


@pytest.mark.parametrize("lang", ["sv", "en"])
def test_all_three_forms_say_the_same(lang: Lang) -> None:
    one = made(lang)
    lines, (accounts, summary) = rows(account_list.as_csv(one)), sheets(account_list.as_xlsx(one))
    text = read(pdf(one))

    assert lines[-9:] == [[*one.head], *map(list, one.rows)]
    assert accounts == [[*one.head], *map(list, one.rows)]
    assert [tuple(row) for row in lines[1:9]] == [*one.about, *one.summary]
    assert [tuple(row) for row in summary] == [*one.about, *one.summary]
    for row in one.rows:
        for cell in row:
            assert cell in text or cell.startswith("https://")  # an address may be broken between two lines
    for pair in (*one.about, *one.summary):
        assert " ".join(pair) in text


@pytest.mark.parametrize("form", [account_list.as_csv, account_list.as_xlsx, pdf], ids=["csv", "xlsx", "pdf"])
def test_the_same_list_gives_the_same_bytes(form: Any) -> None:
    assert form(made()) == form(made())


def test_preflight_accepts_the_print(tmp_path: Path) -> None:
    (file := tmp_path / "x.pdf").write_bytes(pdf(made()))

    assert faults(file) == ""


@pytest.mark.parametrize("formula", FORMULAS)
def test_no_cell_is_a_formula(formula: str) -> None:
    one = hostile(formula)

    for row in rows(account_list.as_csv(one)):
        assert not [cell for cell in row if account_list.dangerous(cell)]
    book = openpyxl.load_workbook(io.BytesIO(account_list.as_xlsx(one)))
    cells = [cell for sheet in book.worksheets for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert {cell.data_type for cell in cells} == {"s"}
    assert all(cell.quotePrefix for cell in cells if account_list.dangerous(cell.value))
    assert formula[0] == "\r" or any(account_list.dangerous(cell.value) for cell in cells)  # which openpyxl drops
    with zipfile.ZipFile(io.BytesIO(account_list.as_xlsx(one))) as file:
        xml = b"".join(file.read(name) for name in file.namelist() if "sheet" in name)
    assert b"<f>" not in xml
    assert b"hyperlink" not in xml


@settings(max_examples=60, deadline=None)
@given(st.text(st.characters(exclude_categories=("Cs",)), max_size=30))
def test_any_text_is_a_text_in_every_table(text: str) -> None:
    one = hostile(text)

    assert {cell.data_type for row in openpyxl.load_workbook(io.BytesIO(account_list.as_xlsx(one)))["Konton"]
            for cell in row if cell.value is not None} == {"s"}  # fmt: skip
    assert not any(account_list.dangerous(cell) for row in rows(account_list.as_csv(one)) for cell in row)


def test_no_text_of_others_can_spoil_the_print(tmp_path: Path) -> None:
    every = "".join(text[:2000] for text in HOSTILE)
    (file := tmp_path / "x.pdf").write_bytes(pdf(hostile(every)))

    assert faults(file) == ""


def test_four_hundred_accounts_have_their_pages() -> None:
    many = [Account(id=f"konto-{at}", platform="mastodon", address=f"https://{at}.example/@a") for at in range(400)]

    text = read(pdf(account_list.make(many, {}, "X", DAY, "sv")))

    assert all(f"konto-{at} " in text for at in range(400))
