"""The command line: exit statuses, what is said, and what is asked for. The platform is the fake, without a socket."""

from __future__ import annotations

import errno
import json
import os
import shutil
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from archive_formats import bagit
from connectors.record import Record
from model.errors import NotAllowed
from pipeline import cli, line
from pipeline.keys import key
from pipeline.say import VERDICTS
from tests.captures import settings_file
from tests.fakes.faults import ALL, PLANTED, Fault
from tests.fakes.mastodon import MastodonFake
from tests.fakes.wires import InProcess
from tests.fakes.world import World
from tests.test_personal import OURS

ID = "exempelvik-mastodon"
WAIT = "Vänta, och kör samma kommando igen: det fortsätter där det slutade."
HEADINGS = "id;plattform;adress;enhet;ansvarig;status;nyckel"


def small() -> World:
    return World(
        posts=9, with_media=3, media=4, media_bytes=900, comments=6, threads=2, edits=2, boosts=1, own_replies=1
    )


class Line:
    """The command with the fake behind it: what it said, and what was asked for."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self.capsys, self.world = folder, capsys, small()
        self.into = folder / "arkiv"
        self.fake = MastodonFake(self.world, token=PLANTED)
        self.out = self.err = ""
        true = cli._place
        options = {"adapter": InProcess(self.fake), "clock": self.fake.clock, "sleep": lambda seconds: None}
        monkeypatch.setattr(cli, "_place", lambda *given: replace(true(*given), web=options))
        monkeypatch.setenv("ARSRING_SETTINGS", str(settings_file(folder, format='["bagit"]')))
        monkeypatch.setattr("time.sleep", lambda seconds: None)
        monkeypatch.setenv("ARSRING_KEY_EXEMPELVIK", PLANTED)

    def __call__(self, *words: object) -> int:
        status = cli.main([str(word) for word in words])
        self.out, self.err = self.capsys.readouterr()
        assert PLANTED not in self.out + self.err
        return status

    def register(self, *rows: str) -> Path:
        path = self.folder / "konton.csv"
        path.write_text("\n".join([HEADINGS, *(rows or [self.row()])]) + "\n", encoding="utf-8-sig")
        return path

    def row(self, id: str = ID, key: str = "exempelvik", status: str = "aktivt", address: str = "") -> str:
        return f"{id};mastodon;{address or self.fake.address};Exempelvik;Kommunikationschef;{status};{key}"

    def run(self, *words: object, register: Path | None = None) -> int:
        return self("run", "--register", register or self.register(), "--year", 2026, "--into", self.into, *words)

    def lies(self, name: str) -> None:
        """On an account of four pages."""
        self.world = self.fake.world = replace(small(), posts=130)
        self.fake.faults = list(ALL[name].make(self.world))

    @property
    def advice(self) -> str:
        return self.err.splitlines()[-1]

    @property
    def package(self) -> Path:
        return self.into / f"2026-{ID}.zip"


@pytest.fixture
def arsring(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Line:
    return Line(tmp_path, monkeypatch, capsys)


# run


def test_a_run_gives_a_verified_package_and_a_table(arsring: Line) -> None:
    assert arsring.run() == 0

    assert bagit.check(arsring.package) == []
    heading, row = [text for text in arsring.out.splitlines() if text.startswith(("Konto ", ID))][-2:]
    assert heading.split() == ["Konto", "Utlovat", "Taget", "Luckor", "Omdöme", "Paket"]
    account, announced, captured, gaps, *verdict, package = row.split()
    assert (account, announced, gaps) == (ID, captured, "0")
    assert " ".join(verdict) in VERDICTS["sv"].values()
    assert package == str(arsring.package)
    assert "LASMIG.txt" in arsring.out
    assert f"arsring verify {arsring.package}" in arsring.out.splitlines()[-1]


def test_a_run_in_english_says_it_in_english(arsring: Line) -> None:
    assert arsring("--english", "run", "--register", arsring.register(), "--year", 2026, "--into", arsring.into) == 0

    assert "Account" in arsring.out
    assert "is delivered, read back and has its receipt" in arsring.out


def test_a_second_run_asks_for_nothing(arsring: Line) -> None:
    arsring.run()
    before, asked = arsring.package.read_bytes(), len(arsring.fake.asked)

    assert arsring.run() == 0

    assert "redan arkiverat" in arsring.out
    assert str(arsring.package) in arsring.out.splitlines()[-1]
    assert (arsring.package.read_bytes(), len(arsring.fake.asked)) == (before, asked)


def test_the_next_year_is_another_ring_chained_to_this_one(arsring: Line) -> None:
    arsring.run()

    assert arsring("run", "--register", arsring.register(), "--year", 2027, "--into", arsring.into) == 0

    (first,) = arsring.into.glob("2026-*.receipt.json")
    (second,) = arsring.into.glob("2027-*.receipt.json")
    assert json.loads(second.read_bytes())["previous"] in first.name


def test_a_run_that_is_interrupted_says_so_in_a_sentence(arsring: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*given: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(line, "archive", interrupted)

    assert arsring.run() == 130

    assert arsring.advice.startswith("Avbrutet. Det som hämtats finns kvar")


def test_an_account_that_is_not_in_the_register_is_bad_input(arsring: Line) -> None:
    assert arsring.run("--account", "okänd") == 2

    assert "okänd" in arsring.err
    assert arsring.advice == "Rätta det och kör igen."
    assert arsring.fake.asked == []


def test_only_the_account_asked_for_is_taken(arsring: Line) -> None:
    register = arsring.register(arsring.row(), arsring.row("annat-konto", address=f"{arsring.fake.base}/@annat"))

    assert arsring.run("--account", ID, register=register) == 0

    assert [path.name for path in arsring.into.glob("*.zip")] == [arsring.package.name]


def test_a_closed_account_is_left_alone_and_that_is_said(arsring: Line) -> None:
    assert arsring.run(register=arsring.register(arsring.row(status="avslutat"))) == 0

    assert "Inget att göra" in arsring.out
    assert arsring.fake.asked == []


def test_a_missing_key_is_told_by_its_name(arsring: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ARSRING_KEY_EXEMPELVIK")

    assert arsring.run() == 4

    assert "”exempelvik”" in arsring.err
    assert "ARSRING_KEY_EXEMPELVIK" in arsring.err
    assert arsring.advice == "Någon måste förnya nyckeln eller behörigheten. Kör sedan samma kommando igen."
    assert arsring.fake.asked == []


@pytest.mark.parametrize(
    ("lie", "status", "advice", "english"),
    [
        ("ends early", 3, "Leverera inte.", "Do not deliver."),
        ("one missing", 3, "Leverera inte.", "Do not deliver."),
        ("token revoked", 4, "Någon måste förnya nyckeln", "Somebody must renew the key"),
        ("forbidden", 4, "Någon måste förnya nyckeln", "Somebody must renew the key"),
        ("429 for an hour", 5, WAIT, "Wait, and run the same command again"),
        ("502 HTML for ever", 5, WAIT, "Wait, and run the same command again"),
    ],
)
def test_a_failure_has_its_status_and_ends_with_what_to_do(
    lie: str, status: int, advice: str, english: str, arsring: Line
) -> None:
    arsring.lies(lie)

    assert arsring.run() == status
    assert arsring.advice.startswith(advice)
    assert not arsring.package.exists()
    assert "LASMIG.txt" not in arsring.out, "nothing is said of a package that is not there"
    assert [text for text in arsring.out.splitlines() if text.startswith(ID)]

    arsring.lies(lie)
    arsring("--english", "run", "--register", arsring.register(), "--year", 2026, "--into", arsring.folder / "archive")
    assert arsring.advice.startswith(english)


def test_named_gaps_are_green_and_named_in_the_table(arsring: Line) -> None:
    arsring.fake.faults = [_media_gone()]

    assert arsring.run() == 0

    gaps = list(bagit.read(arsring.package, "gaps.jsonl"))
    assert f" {len(gaps)} borta " in arsring.out
    assert "komplett, med namngivna luckor" in arsring.out


def test_an_account_that_no_connector_reads_is_told_and_harms_no_other(arsring: Line) -> None:
    film = arsring.row("film", key="saknas", address="https://youtube.example/@a").replace("mastodon", "youtube")

    status = arsring.run(register=arsring.register(film, arsring.row()))

    assert status == 2
    assert arsring.package.exists()
    assert "youtube kan inte läsas av den här versionen, så ingenting av kontot arkiveras." in arsring.err


def test_an_account_that_fails_harms_no_other_and_the_gravest_status_wins(arsring: Line) -> None:
    rows = [
        arsring.row("utan-nyckel", key="saknas", address="https://a.example/@a"),
        arsring.row(),
        arsring.row("annan", address=f"{arsring.fake.base}/@annan"),
    ]

    status = arsring.run(register=arsring.register(*rows))

    assert status == 4
    assert arsring.package.exists()
    assert [text.split()[0] for text in arsring.out.splitlines()[-4:-1]] == ["utan-nyckel", ID, "annan"]


def test_what_needs_a_person_comes_before_what_needs_a_wait(arsring: Line) -> None:
    arsring.lies("429 for an hour")
    rows = [arsring.row("utan-nyckel", key="saknas", address="https://a.example/@a"), arsring.row()]

    assert arsring.run(register=arsring.register(*rows[1:])) == 5
    assert arsring.run(register=arsring.register(*rows)) == 4


def test_a_folder_that_cannot_be_written_to_is_bad_input(arsring: Line) -> None:
    arsring.into.write_text("a file")

    assert arsring.run() == 2

    assert "Ange en annan mapp med --into" in arsring.err


def _media_gone() -> Fault:
    from tests.fakes.faults import kind, status

    return Fault(status(404, b"", "text/plain"), kind("media"), times=None)


# what somebody has done to the folders


def test_a_full_disk_is_a_wait_and_the_run_goes_on_afterwards(arsring: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    true, count = Record.keep, [0]

    def keep(self: Record, heard: Any) -> Any:
        count[0] += 1
        if count[0] > 8:
            raise OSError(errno.ENOSPC, "No space left on device")
        return true(self, heard)

    monkeypatch.setattr(Record, "keep", keep)
    assert arsring.run() == 5
    assert "är full. Frigör utrymme och kör igen; det som hämtats finns kvar." in arsring.err
    assert arsring.advice == WAIT
    monkeypatch.setattr(Record, "keep", true)
    asked = len(arsring.fake.asked)

    assert arsring.run() == 0

    paths = [path for _, path in arsring.fake.asked]
    repeated = [path for path in paths[asked:] if path in paths[: min(asked, 8)]]
    assert repeated == [], "what was kept is not asked for again"
    assert bagit.check(arsring.package) == []


@pytest.mark.parametrize("where", ["packing", "delivering"])
def test_a_disk_that_fills_later_is_a_wait_too(where: str, arsring: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any, **__: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(*((zipfile._ZipWriteFile, "write", full) if where == "packing" else (os, "link", full)))
        assert arsring.run() == 5
    assert "Frigör utrymme" in arsring.err
    assert not list(arsring.into.glob("*.zip"))
    asked = len(arsring.fake.asked)

    assert arsring.run() == 0

    assert len(arsring.fake.asked) == asked
    assert bagit.check(arsring.package) == []


TOUCH: dict[str, Callable[[Path], object]] = {
    "an item edited": lambda folder: _edit(folder / "items.jsonl"),
    "the record edited": lambda folder: _edit(next((folder / "raw").iterdir())),
    "a picture edited": lambda folder: _edit(next((folder / "media").iterdir())),
    "a picture removed": lambda folder: next((folder / "media").iterdir()).unlink(),
    "the seal edited": lambda folder: _edit(folder / "seal.jsonl"),
    "the ledger emptied": lambda folder: (folder / "ledger.json").write_text(""),
    "the order edited": lambda folder: _edit(folder / "order.json"),
}


def _edit(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


@pytest.mark.parametrize("touch", TOUCH)
def test_a_capture_that_somebody_has_touched_is_never_delivered(
    touch: str, arsring: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(line, "pack", _killed)
        assert arsring.run() == 130
    folder = arsring.into / ".arsring" / f"2026-{ID}"
    TOUCH[touch](folder)

    status = arsring.run()

    assert status in (2, 3)
    assert "Traceback" not in arsring.err
    assert "Flytta undan mappen" in " ".join(arsring.err.split())
    assert not list(arsring.into.glob("*.zip"))
    assert folder.exists(), "nothing is thrown away"


def test_a_record_under_way_that_somebody_has_touched_is_told(arsring: Line) -> None:
    arsring.lies("ends early")
    arsring.run()
    (segment,) = (arsring.into / ".arsring").glob("*/segments/00001.warc.gz")
    _edit(segment)
    before = segment.read_bytes()

    assert arsring.run() == 3

    assert "trasig vid byte" in arsring.err
    assert "another run is at work" not in arsring.err
    assert segment.read_bytes() == before


def test_a_run_killed_between_packing_and_delivery_goes_on_without_asking(
    arsring: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(line, "deliver", _killed)
        assert arsring.run() == 130
    asked = len(arsring.fake.asked)

    assert arsring.run() == 0
    assert len(arsring.fake.asked) == asked


def _killed(*_: object) -> None:
    raise KeyboardInterrupt


def test_no_name_from_the_platform_becomes_a_path(arsring: Line) -> None:
    from tests.fakes.faults import kind, on_items

    names = ["../../utanför", "/etc/passwd", "å.jpg", "a\u030a.jpg", "a/b", "..\\c", "NUL"]

    def rename(place: int, item: dict[str, Any]) -> None:
        for media in item.get("media_attachments") or []:
            media["description"] = names[place % len(names)]
        item["content"] = names[place % len(names)]

    arsring.fake.faults = [Fault(on_items(rename), kind("page"), times=None, early=True)]

    assert arsring.run() == 0

    with zipfile.ZipFile(arsring.package) as bag:
        inside = bag.namelist()
        items = bag.read(f"2026-{ID}/data/items.jsonl").decode()
    assert all(name.isascii() and ".." not in name and name.startswith(f"2026-{ID}/") for name in inside)
    assert all(json.dumps(name, ensure_ascii=False)[1:-1] in items for name in names)
    assert sorted(path.name for path in arsring.folder.iterdir()) == ["arkiv", "installningar.toml", "konton.csv"]


# check-register


def test_a_good_register_is_good(arsring: Line) -> None:
    assert arsring("check-register", arsring.register()) == 0

    assert "inga fel, 1 konton" in arsring.out


def test_a_bad_register_is_told_fault_by_fault(arsring: Line) -> None:
    register = arsring.register(arsring.row("Å Ä"), f"två;myspace;inte en adress;{'x' * 9};;kanske;")

    assert arsring("check-register", register) == 2

    assert len([text for text in arsring.err.splitlines() if text.startswith("  - ")]) >= 4
    assert arsring.advice == "Rätta det och kör igen."


def test_a_register_that_is_not_there_is_bad_input(arsring: Line) -> None:
    assert arsring("--english", "check-register", arsring.folder / "none.csv") == 2
    assert arsring.advice == "Mend that and run again."


# verify


def test_a_good_package_is_verified_against_manifests_and_receipt(arsring: Line) -> None:
    arsring.run()

    assert arsring("verify", arsring.package) == 0
    assert "hel. Varje fil stämmer" in arsring.out
    assert "samma paket som i kvittot" in arsring.out

    assert arsring("verify", arsring.into) == 0
    assert "samma paket som i kvittot" in arsring.out


def test_a_package_without_its_receipt_is_verified_by_itself(arsring: Line) -> None:
    arsring.run()
    shutil.copy(arsring.package, arsring.folder / "kopia [1] **.zip")

    assert arsring("verify", arsring.folder / "kopia [1] **.zip") == 0
    assert "kvittot" not in arsring.out
    assert "Inte bevisat:" in arsring.out


def test_a_bad_package_is_told_and_the_good_one_beside_it_too(arsring: Line) -> None:
    arsring.run()
    good = shutil.copy(arsring.package, arsring.into / "annan.zip")
    arsring.package.chmod(0o640)
    _edit(arsring.package)

    assert arsring("verify", arsring.into) == 3

    assert "fel. Använd inte paketet" in arsring.out
    assert f"{good}: hel." in arsring.out
    assert [text for text in arsring.err.splitlines() if text.startswith("  - ")]


def test_a_whole_package_that_is_not_the_one_delivered_is_told(arsring: Line) -> None:
    arsring.run()
    arsring.package.chmod(0o640)
    with zipfile.ZipFile(arsring.package, "a") as bag:
        bag.comment = b"packed again"

    assert arsring("verify", arsring.package) == 3
    assert "är inte det paket som kvittot gäller" in arsring.err


def test_a_touched_receipt_is_told_and_the_other_packages_are_looked_at(arsring: Line) -> None:
    arsring.run()
    shutil.copy(arsring.package, arsring.into / "z.zip")
    (receipt,) = arsring.into.glob("*.receipt.json")
    receipt.chmod(0o640)
    _edit(receipt)

    assert arsring("verify", arsring.into) == 3
    assert "någon har ändrat i det" in arsring.err
    assert f"{arsring.into / 'z.zip'}: hel." in arsring.out


def test_a_package_that_has_vanished_from_beside_its_receipt_is_told(arsring: Line) -> None:
    arsring.run()
    shutil.copy(arsring.package, arsring.into / "z.zip")
    arsring.package.unlink()

    assert arsring("verify", arsring.into) == 3
    assert arsring.package.name in arsring.err


@pytest.mark.parametrize("what", ["missing.zip", "**.zip", "."])
def test_where_there_is_no_package_is_bad_input(what: str, arsring: Line) -> None:
    assert arsring("verify", arsring.folder / what) == 2
    assert arsring.advice == "Rätta det och kör igen."


def test_what_is_no_package_at_all_is_told(arsring: Line) -> None:
    (arsring.folder / "x.zip").write_text("<html>Logga in</html>")

    assert arsring("verify", arsring.folder / "x.zip") == 3


# show


def test_the_ledger_of_a_delivered_order_is_shown(arsring: Line) -> None:
    arsring.fake.faults = [_media_gone()]
    arsring.run()

    assert arsring("show", f"2026-{ID}", "--into", arsring.into) == 0

    assert arsring.out.startswith(f"2026-{ID}: komplett, med namngivna luckor")
    assert "borta" in arsring.out
    assert [text for text in arsring.out.splitlines() if text.endswith("borta. HTTP 404")]


def test_the_ledger_is_shown_as_json(arsring: Line) -> None:
    arsring.run()

    assert arsring("show", f"2026-{ID}", "--json", "--into", arsring.into) == 0

    assert json.loads(arsring.out)["order"] == f"2026-{ID}"


def test_an_order_under_way_is_shown_and_is_not_green(arsring: Line) -> None:
    arsring.lies("ends early")
    arsring.run()

    assert arsring("show", f"2026-{ID}", "--into", arsring.into) == 3

    assert "inte komplett" in arsring.out
    assert "saknas, och ingenting säger varför" in arsring.out


@pytest.mark.parametrize("what", ["2026-ingen", "/etc", "../..", "*", "**", "", "2026-*"])
def test_an_order_that_is_nowhere_is_bad_input(what: str, arsring: Line) -> None:
    arsring.run()

    assert arsring("show", what, "--into", arsring.into) == 2
    assert "Det finns inget som heter" in arsring.err


def test_a_package_that_cannot_be_read_is_told_when_it_is_to_be_shown(arsring: Line) -> None:
    arsring.run()
    arsring.package.chmod(0o640)
    arsring.package.write_bytes(b"")

    assert arsring("show", f"2026-{ID}", "--into", arsring.into) == 3
    assert "går inte att läsa ur paketet" in arsring.err


# archive


def test_what_was_archived_into_the_current_folder_is_shown_from_there(
    arsring: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(arsring.folder)
    arsring("archive", arsring.fake.address)
    (package,) = arsring.folder.glob("*.zip")

    assert arsring("show", package.stem) == 0

    assert "komplett" in arsring.out


@pytest.mark.parametrize("year", ["26", "20260", "-1", "x", ""])
def test_a_year_that_is_none_is_bad_input(year: str, arsring: Line, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        arsring("run", "--register", arsring.register(), "--year", year, "--into", arsring.into)

    assert ended.value.code == 2
    assert not arsring.into.exists()


def test_an_address_is_archived_without_key_and_register(arsring: Line) -> None:
    assert arsring("archive", arsring.fake.address, "--into", arsring.into) == 0

    (package,) = arsring.into.glob("*.zip")
    assert "exempelvik" in package.name
    assert arsring("verify", package) == 0


def test_a_slash_at_the_end_of_an_address_makes_no_other_account_of_it(arsring: Line) -> None:
    arsring("archive", arsring.fake.address, "--into", arsring.into)
    asked = len(arsring.fake.asked)

    assert arsring("archive", arsring.fake.address + "/", "--into", arsring.into) == 0

    assert len(arsring.fake.asked) == asked
    assert len(list(arsring.into.glob("*.zip"))) == 1


def test_two_accounts_never_share_a_name() -> None:
    addresses = [f"a.example/{each}" for each in ("@ex-vik", "@ex_vik", "@ex.vik", "@exvik", "@EXVIK2", "@a/", "@b/")]
    addresses += ["b-a.example/@a", "b.a.example/@a", "a.example/@a-b", "a.example:8080/@a", "a.example:8081/@a"]

    names = {cli._name(f"https://{each}".rstrip("/")) for each in addresses}

    assert len(names) == len(addresses)
    assert cli._name("https://bsky.app/profile/exempelvik.example") == "exempelvik.example@bsky.app"
    assert all("/" not in name and ".." not in name for name in names)


@pytest.mark.parametrize(
    "address",
    [
        "exempelvik",
        "ftp://a.example/@a",
        "https://",
        "https://[x",
        "https://a.example/",
        "file:///etc/passwd",
        "",
        "https://a.example/a/b",
    ],
)
def test_an_address_of_an_unknown_form_is_bad_input(address: str, arsring: Line) -> None:
    assert arsring("archive", address, "--into", arsring.into) == 2

    assert "https://server/@na" in arsring.err
    assert arsring.advice == "Rätta det och kör igen."
    assert arsring.fake.asked == []


# keys


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ARSRING_KEY_EX_VIK", "hemlig/+ö"),
        ("AIRFLOW_CONN_EX_VIK", '{"conn_type": "mastodon", "password": "hemlig/+ö"}'),
        ("AIRFLOW_CONN_EX_VIK", "mastodon://:hemlig%2F%2B%C3%B6@host"),
        ("AIRFLOW_CONN_EX_VIK", "mastodon://user:hemlig%2F%2B%C3%B6@host/schema?x=1"),
    ],
)
def test_a_key_is_found_by_its_name(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, value)

    assert key("ex-vik") == "hemlig/+ö"


@pytest.mark.parametrize(
    "connection",
    ["", "{", "{}", '{"password": null}', '{"password": ""}', "mastodon://host", "mastodon://[hemlig", "hemlig"],
)
def test_a_key_that_is_nowhere_is_told_by_its_name_only(connection: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_EX_VIK", connection)

    with pytest.raises(NotAllowed, match="'ex-vik'") as caught:
        key("ex-vik")

    assert "hemlig" not in str(caught.value)


def test_where_no_key_is_named_none_is_looked_for() -> None:
    assert key(None) is None


def test_the_words_are_explained(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(["--help"])
    assert ended.value.code == 0
    with pytest.raises(SystemExit) as ended:
        cli.main([])
    assert ended.value.code == 2
    assert "check-register" in capsys.readouterr().out


# what is not whole, accepted by a person


def test_what_is_not_whole_is_signed_off_with_a_reason_for_each_and_delivered_then(arsring: Line) -> None:
    arsring.lies("one missing")
    assert arsring.run() == 3
    order = next(path.name for path in (arsring.into / ".arsring").iterdir() if path.is_dir())

    assert arsring("sign-off", order, "--into", arsring.into) == 3
    assert "1 att godta" in arsring.out
    assert "1. inlägg: inte komplett" in arsring.out, "the list by the word that its readers know"
    assert arsring("sign-off", order, "--into", arsring.into, "--reason", " ", "--by", "Arkivarie") == 2
    assert "skäl saknas för punkt 1" in arsring.err
    assert arsring("sign-off", order, "--work", arsring.into) == 0, "there is nothing of that order in another folder"
    assert "0 att godta" in arsring.out
    assert arsring("sign-off", order, "--into", arsring.into, "--reason", "Visas inte.", "--by", "Arkivarie") == 0
    assert arsring.run() == 0
    assert "inte komplett" in arsring.out, "signed is not whole, and the table says so"
    with zipfile.ZipFile(arsring.package) as held:
        assert any(name.endswith("/signoff.json") for name in held.namelist())


# settings, kinds of order, the package of E-ARK


@pytest.fixture
def eark(arsring: Line, monkeypatch: pytest.MonkeyPatch) -> Line:
    """The same with the settings as they are shipped: packages of E-ARK."""
    monkeypatch.setenv("ARSRING_SETTINGS", str(settings_file(arsring.folder)))
    return arsring


def test_a_run_gives_a_package_of_eark_that_our_validator_accepts(eark: Line) -> None:
    assert eark.run() == 0
    assert eark("validate", eark.package) == 0
    with zipfile.ZipFile(eark.package) as held:
        read_me = next(held.read(name).decode() for name in held.namelist() if name.endswith("/LASMIG.txt"))
    assert "Körning: kommando arsring run" in read_me

    assert "inga fel" in eark.out


def test_validate_tells_each_error_with_its_rule_and_ends_with_three(eark: Line) -> None:
    eark.run()
    with zipfile.ZipFile(eark.package) as held:
        files = {name: held.read(name) for name in held.namelist() if not name.endswith("posts.csv")}
    with zipfile.ZipFile(eark.folder / "b.zip", "w") as out:
        for name, data in files.items():
            out.writestr(name, data)

    assert eark("validate", eark.folder / "b.zip") == 3
    assert "ERROR" in eark.out
    assert "posts.csv" in eark.out
    assert "Leverera inte" in eark.out


def test_validate_looks_for_schemas_where_the_settings_say(eark: Line) -> None:
    eark.run()
    settings = settings_file(eark.folder, scheman=f'"{eark.folder}/borta"')

    assert eark("validate", eark.package, "--settings", settings) == 2
    assert "scheman" in eark.err


def test_what_could_not_be_held_against_its_schemas_is_not_called_right(
    eark: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    eark.run()
    monkeypatch.setattr("archive_formats.checks.at_hand", lambda _: None)

    assert eark("validate", eark.package) == 2
    assert "XML-scheman saknas" in eark.out
    assert eark("validate", eark.package, "--json") == 2


def test_validate_as_json_is_for_programs(eark: Line) -> None:
    eark.run()

    assert eark("validate", eark.package, "--json") == 0
    told = json.loads(eark.out)
    assert told["errors"] == 0
    assert isinstance(told["findings"], list)


def test_without_settings_nothing_is_asked_for(arsring: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ARSRING_SETTINGS")

    assert arsring.run() == 2
    assert "installningar.toml" in arsring.err
    assert arsring.fake.asked == []


def test_faults_of_the_settings_are_told_together_before_anything_is_asked_for(arsring: Line) -> None:
    bad = settings_file(arsring.folder, profil='"fgs-9"', kortnamn='"Å"')

    assert arsring.run("--settings", bad) == 2
    assert "profil" in arsring.err
    assert "kortnamn" in arsring.err
    assert arsring.fake.asked == []


def test_a_folder_of_schemas_that_is_not_there_is_told_before_anything_is_asked_for(
    eark: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARSRING_SCHEMAS", str(eark.folder / "nowhere"))

    assert eark.run() == 2
    assert "mets.xsd" in eark.err
    assert eark.fake.asked == []


def test_settings_are_checked_by_themselves(arsring: Line) -> None:
    assert arsring("check-settings", settings_file(arsring.folder)) == 0
    assert "inga fel" in arsring.out
    assert arsring("check-settings", arsring.folder / "borta.toml") == 2


def test_a_closure_is_of_one_account_and_has_a_name_of_its_own(arsring: Line) -> None:
    assert arsring.run("--kind", "closure") == 2
    assert "--account" in arsring.err

    assert arsring.run("--kind", "closure", "--account", ID) == 0
    assert (arsring.into / f"2026-{ID}.closure.zip").exists()


def test_what_looks_like_personal_numbers_is_told_by_its_count_alone(eark: Line) -> None:
    eark.world.add_post(f"Mitt nummer är {OURS[:8]}-{OURS[8:]}")

    eark.run()

    assert f"2026-{ID}: 1 ställen i texterna liknar personnummer." in eark.out
    assert OURS[8:] not in eark.out


def test_a_run_again_gives_a_package_that_replaces_the_first(arsring: Line) -> None:
    arsring.run()

    assert arsring.run("--account", ID, "--again", "Två bilder saknades") == 0
    assert (arsring.into / f"2026-{ID}.r2.zip").exists()
    assert arsring.package.exists()


def test_a_manifest_that_has_vanished_from_beside_its_package_is_told(arsring: Line) -> None:
    arsring.run()
    (arsring.into / f"2026-{ID}.manifest.json").unlink()

    assert arsring("verify", arsring.package) == 3
    assert "manifest" in arsring.err


def test_a_masked_copy_is_made_by_a_decision_and_verified(eark: Line) -> None:
    eark.run()
    items = [json.loads(row) for row in line.archive_format("eark_sip").read(eark.package, "items.jsonl")]
    texts = [item.get("text") for item in items]
    first = next(item for item in items if item["kind"] == "post" and texts.count(item["text"]) == 1)
    decision = eark.folder / "beslut.toml"
    decision.write_text(
        'beslut = "EX 14/27"\nbeslutat_av = "Arkivfunktionen"\ndatum = 2027-02-01\n'
        'grund = "21 kap. 1 § offentlighets- och sekretesslagen (2009:400)"\n'
        f'[[maskera]]\npost = "{first["id"]}"\nvad = ["text"]\n[[maskera]]\nnamn = "Anna Exempelson"\n'
    )

    assert eark("disclose", eark.package, "--decision", decision, "--into", eark.folder / "ut.zip") == 0
    assert "maskera 2: namnet finns inte i något som lämnas ut." in eark.err
    assert eark("verify", eark.folder / "ut.zip") == 0
    assert "inget talar mot kopian" in eark.out
    assert "Inte bevisat:" in eark.out
    assert eark("disclose", eark.package, "--decision", decision, "--into", eark.package) == 2
    assert "där finns redan en fil. Inget har skrivits." in eark.err
    with zipfile.ZipFile(eark.folder / "ut.zip") as held:
        shown = next(held.read(name) for name in held.namelist() if name.endswith("items.jsonl"))
    assert first["text"] not in shown.decode()
