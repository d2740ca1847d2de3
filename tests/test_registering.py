"""`arsring register …` as the strategist runs it: check, add, change, history, list."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from model.nouns import Receipt
from pipeline import cli, registering
from register import history, keeping, table
from register.columns import COLUMNS
from register.lifecycle import Kept
from tests.captures import settings_file
from tests.rooms import delivered

HEAD = "id;plattform;adress;enhet;ansvarig;diarienummer;formulärdatum;status;statusdatum;statusbeslut\r\n"
ROWS = (
    "exempelvik-a;mastodon;https://a.example/@a;Kommunikation;chef;EXV 2024/1;2024-01-02;aktivt;2024-02-01;EXV 2/24\r\n"
    "exempelvik-b;mastodon;https://b.example/@b;Kultur;chef;EXV 2024/3;2024-01-02;avslutas;2026-10-01;EXV 2026/9\r\n"
)
BY = ("--by", "kommunikationsstrateg", "--why", "Ny organisation")
ENGLISH = {"the", "is", "was", "and", "that", "cannot", "with", "of", "not"}


class Cli:
    """The command with a register: its exit status, and what it said."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self.capsys, self.archive = folder, capsys, folder / "arkiv"
        self.settings, self.path = settings_file(folder), folder / "konton.csv"
        self.path.write_bytes((HEAD + ROWS).encode("utf-8-sig"))
        self.out = self.err = ""

    def __call__(self, *words: object, english: bool = False, bare: bool = False) -> int:
        given = [*(["--english"] if english else []), "register", *map(str, words)]
        more = ["--register", str(self.path), "--settings", str(self.settings), "--archive", str(self.archive)]
        try:
            status = cli.main(given + ([] if bare else more))
        except SystemExit as error:  # argparse's own
            status = int(error.code or 0)
        self.out, self.err = self.capsys.readouterr()
        return status

    @property
    def said(self) -> str:
        return self.out + self.err

    def no_english(self) -> None:
        plain = re.sub(r"”[^”]*”|\S+[./]\S+", "", self.said)
        assert not ENGLISH & set(re.findall(r"[a-zåäö]+", plain.lower())), self.said


@pytest.fixture
def register(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Cli:
    for name in ("ARSRING_REGISTER", "ARSRING_ARCHIVE", "ARSRING_SETTINGS"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "arkiv").mkdir()
    delivered(tmp_path / "arkiv", "2025-exempelvik-a", "exempelvik-a", **BAG)
    return Cli(tmp_path, capsys)


BAG: dict[str, Any] = {"sha256": "ab" * 32, "size": 9, "format": "bagit", "verdict": "whole"}


def receipt(order: str, account: str) -> Receipt:
    return Receipt(order=order, package=f"{order}.zip", account=account, promise="", **BAG)


# --- check ------------------------------------------------------------------------------------------------------------


def test_a_good_register_is_good_and_says_that_it_has_no_history(register: Cli) -> None:
    assert register("check") == 0

    assert register.out == "konton.csv: inga fel, 2 konton, påpekanden: 1.\n"
    assert register.err.startswith("konton.csv: registret har ingen historik än.")
    register.no_english()
    assert register("check", english=True) == 0
    assert register.out == "konton.csv: no faults, 2 accounts, notes: 1.\n"


def test_what_cannot_be_used_is_told_as_ever(register: Cli) -> None:
    register.path.write_bytes((HEAD + ROWS.replace("aktivt", "kanske")).encode())

    assert register("check") == 2
    assert "Rad 2, kolumn ”status”" in register.err


def test_no_account_is_closed_unarchived_or_without_a_form_and_not_told(register: Cli) -> None:
    text = ROWS.replace("avslutas", "avslutat").replace("EXV 2024/1;", ";")
    register.path.write_bytes((HEAD + text).encode())

    assert register("check") == 3
    assert "exempelvik-a: startformulär saknas" in register.err
    assert "exempelvik-b: står som arkiverat eller avslutat, men arkivet har inget kvitto" in register.err
    assert register.out.startswith("konton.csv: måste rättas (se ovan): 1.")
    delivered(register.archive, "2026-exempelvik-b.closure", "exempelvik-b", **BAG)
    assert register("check") == 0


def test_what_was_archived_for_its_closure_and_does_not_say_so_is_told(register: Cli) -> None:
    delivered(register.archive, "2026-exempelvik-b.closure", "exempelvik-b", **BAG)

    assert register("check") == 0
    assert "exempelvik-b: är avslutsarkiverat (2026-exempelvik-b.closure)" in register.err


def test_without_an_archive_that_is_said(register: Cli) -> None:
    register.archive = register.folder / "annat"

    assert register("check") == 0
    assert "Arkivet är inte angivet" in register.err


def test_the_old_command_is_the_same_without_an_archive(register: Cli) -> None:
    register.path.write_bytes((HEAD + ROWS.replace("EXV 2024/1;", ";")).encode())

    assert cli.main(["check-register", str(register.path)]) == 0
    said = register.capsys.readouterr()
    assert said.out == "konton.csv: inga fel, 2 konton, påpekanden: 2.\n"
    assert "exempelvik-a: startformulär saknas" in said.err


def test_a_history_that_was_touched_is_told(register: Cli) -> None:
    register("change", "exempelvik-a", "--unit", "Fritid", *BY)
    place = history.place(register.path)
    place.write_bytes(place.read_bytes().replace(b"Ny organisation", b"Ny organisatiom", 1))

    assert register("check") == 3
    assert "historikens rad 2 följer inte på raden före" in register.err
    assert register("history") == 3
    assert register("change", "exempelvik-a", "--unit", "X", *BY) == 2
    assert "Lägg tillbaka filen ur en säkerhetskopia" in register.err
    register.no_english()


# --- add and change ---------------------------------------------------------------------------------------------------


def test_a_start_form_becomes_an_account_with_a_history(register: Cli) -> None:
    form = {
        "id": "exempelvik-c", "platform": "mastodon", "address": "https://c.example/@c", "display-name": "Exempelvik C",
        "unit": "Kultur", "responsible": "kulturchef", "editors": "kulturpedagoger", "purpose": "Program",
        "aim": "Fler besök", "target-group": "Unga", "case": "EXV 2026/40", "case-date": "2026-11-20",
        "level": "unikt innehåll", "secrecy": "ingen", "disposal": "EXV 2025/1", "key": "kultur",
    }  # fmt: skip
    given = [part for name, value in form.items() for part in (f"--{name}", value)]

    assert register("add", *given, "--by", "kommunikatör") == 0

    assert register.out == "konton.csv: tillagt (exempelvik-c). Raden står i historiken.\n"
    assert register.err == ""
    account = table.read(register.path, tell=lambda _: None)[-1]
    assert {name: getattr(account, name.replace("-", "_")) for name in form} == form | {"level": "unique"}
    entry = history.read(register.path).entries[-1]
    assert (entry.what, entry.by, entry.why) == ("add", "kommunikatör", "Startformulär EXV 2026/40")


def test_an_account_without_a_start_form_is_added_and_that_is_said(register: Cli) -> None:
    given = ("--id", "c-1", "--platform", "mastodon", "--address", "https://c.example/@c")

    assert register("add", *given, *BY) == 0
    assert "c-1: startformulär saknas" in register.err
    assert register("add", *given, *BY) == 2
    assert "återanvänds aldrig" in register.err
    register.no_english()


def test_closed_is_refused_until_the_archive_has_the_account(register: Cli) -> None:
    close = ("change", "exempelvik-b", "--status", "closed", "--decision", "EXV 2026/50", *BY)

    assert register(*close) == 2
    assert "arkivet har inget kvitto på kontot, så det får inte avslutas" in register.err
    register.no_english()
    delivered(register.archive, "2026-exempelvik-b.closure.rehearsal", "exempelvik-b", **BAG)
    delivered(register.archive, "2026-exempelvik-b.rehearsal", "exempelvik-b", **BAG)
    assert register(*close) == 2
    delivered(register.archive, "2026-exempelvik-b.closure", "exempelvik-b", **BAG)
    assert register(*close) == 0
    account = table.read(register.path, tell=lambda _: None)[1]
    assert (account.status, account.status_decision) == ("closed", "EXV 2026/50")
    assert register("change", "exempelvik-b", "--status", "aktivt", *BY) == 2
    assert "kan inte gå från ”avslutat” till ”aktivt”. Välj någon av: ”arkiverat”" in register.err
    register.no_english()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("change", "exempelvik-a", *BY), "Vilket konto?"),
        (("change", "--unit", "X", *BY), "Vilket konto?"),
        (("change", "exempelvik-a", "--unit", "X", "--accept", *BY), "inte båda"),
        (("change", "finns-inte", "--unit", "X", *BY), "registret har inget sådant konto"),
        (("change", "exempelvik-a", "--unit", "X"), "säg vem som ändrar"),
        (("change", "exempelvik-a", "--unit", "=1+1", *BY), "Excel kan ta den för en formel"),
        (("list", "--into", "x.docx"), "skrivs som .xlsx, .csv eller .pdf"),
    ],
)
def test_what_cannot_be_done_says_what_to_do(words: tuple[str, ...], said: str, register: Cli) -> None:
    before = register.path.read_bytes()

    assert register(*words) == 2
    assert said in register.said
    register.no_english()
    assert register.path.read_bytes() == before
    assert not history.place(register.path).exists()


def test_the_same_again_changes_nothing(register: Cli) -> None:
    assert register("change", "exempelvik-a", "--unit", "Kommunikation", *BY) == 0
    assert register.out == "konton.csv: inget att ändra.\n"


def test_what_excel_changed_is_told_and_taken_in(register: Cli) -> None:
    assert register("change", "--accept", *BY) == 0
    assert register.out.count("historiken börjar") == 2
    register.path.write_bytes(register.path.read_bytes().replace(b";Kultur;", b";Fritid;"))

    assert register("check") == 0
    assert "exempelvik-b: ändrat för hand, förbi historiken: enhet." in register.err
    assert register("change", "exempelvik-b", "--unit", "X", *BY) == 2
    assert register("change", "exempelvik-b", "--accept", *BY) == 0
    assert "ändrat för hand, intaget (exempelvik-b)" in register.out
    assert register("check") == 0
    assert "för hand" not in register.err


def test_a_folder_that_cannot_be_written_to_is_told(register: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device", "/x/konton.csv")

    monkeypatch.setattr(keeping.history, "append", full)

    assert register("change", "exempelvik-a", "--unit", "X", *BY) == 2
    assert "/x/konton.csv: går inte att läsa eller skriva (No space left on device)" in register.err


def test_no_register_is_told(register: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    assert register("check", bare=True) == 2
    assert "Ange filen med --register" in register.err
    monkeypatch.setenv("ARSRING_REGISTER", str(register.path))
    monkeypatch.setenv("ARSRING_ARCHIVE", str(register.archive))
    assert register("check", bare=True) == 0


# --- history and list -------------------------------------------------------------------------------------------------


def test_the_history_says_who_changed_what_when_and_why(register: Cli) -> None:
    assert register("history") == 0
    assert register.out == "konton.csv: ingen historik än.\n"
    register("change", "exempelvik-a", "--unit", "Fritid", "--status", "closing", *BY)

    assert register("history", "exempelvik-a") == 0
    lines = register.out.splitlines()
    assert lines[0].endswith("  exempelvik-a  historiken börjar  kommunikationsstrateg: Ny organisation")
    assert lines[2:4] == ["    enhet: Kommunikation → Fritid", "    status: aktivt → avslutas"]
    assert lines[5] == "    statusbeslut: EXV 2/24 → –"
    assert register("history", english=True) == 0
    assert "    status: active → closing" in register.out
    assert register("history", "finns-inte") == 0
    assert register.out == "finns-inte: inget i historiken.\n"
    assert register("history", "exempelvik-b", "--json") == 0
    assert [one["what"] for one in json.loads(register.out)] == ["begin"]


def test_the_list_is_written_in_each_form(register: Cli) -> None:
    for ending in ("xlsx", "CSV", "pdf"):
        assert register("list", "--into", register.folder / f"lista.{ending}") == 0
        assert register.out == f"{register.folder / f'lista.{ending}'}: 2 konton.\n"

    sheet = openpyxl.load_workbook(register.folder / "lista.xlsx")["Konton"]
    assert [row[0].value for row in sheet.iter_rows()] == ["konto", "exempelvik-a", "exempelvik-b"]
    assert sheet["L2"].value == "2025"
    text = (register.folder / "lista.CSV").read_text("utf-8-sig")
    assert text.startswith("Konton i sociala medier\nMyndighet;")
    assert "Exempelvik" in text.splitlines()[1]
    assert (register.folder / "lista.pdf").read_bytes().startswith(b"%PDF-1.4")


def test_the_list_without_an_archive_says_that_it_is_not_known(register: Cli) -> None:
    register.archive = register.folder / "annat"

    assert register("list", "--into", register.folder / "lista.csv", english=True) == 0
    assert "The archive is not named" in register.err
    assert (register.folder / "lista.csv").read_text("utf-8-sig").count("not known") == 2


def test_every_field_of_the_register_can_be_given(register: Cli) -> None:
    assert register("add", "--help") == 0

    assert all(f"--{field.replace('_', '-')}" in register.out for field in COLUMNS)


def test_the_last_year_and_the_closure_are_read_from_the_receipts_and_rehearsals_do_not_count() -> None:
    found = registering.kept([
        receipt("2024-a-1", "a-1"), receipt("2025-a-1.r2", "a-1"), receipt("2026-a-1.rehearsal", "a-1"),
        receipt("2026-b-1.closure", "b-1"), receipt("2023-b-1", "b-1"), receipt("2026-other", "c-1"),
        receipt("2026-11-28-d-1", "d-1"),
    ])  # fmt: skip

    assert found == {"a-1": Kept(2025), "b-1": Kept(2026, "2026-b-1.closure"), "d-1": Kept(2026)}
