"""What the archivist drops in the account's folder: byte for byte into the capture, with who, when and why."""

from __future__ import annotations

import json
import os
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from archive_formats import bagit
from model import capture as captures
from model.errors import BadInput
from model.nouns import Order
from pipeline import line, supplied
from pipeline.cli import main
from pipeline.supplied import Supplied, gather
from pipeline.swedish import swedish
from tests.captures import account
from tests.fakes.pictures import picture
from tests.runs import Run, fake_of, small_world

FORM = "Vem: kommunikationschef\nNär: 2026-11-20\nVarför: export för årets arkivering\n"


class Folder:
    """An account's folder, and a capture beside it."""

    def __init__(self, place: Path, form: str | bytes | None = FORM) -> None:
        self.path, self.capture = place / "exporter", place / "work" / "2026-exempelvik"
        self.path.mkdir(exist_ok=True)
        self.capture.mkdir(parents=True, exist_ok=True)
        if form is not None:
            self.put("om.txt", form)

    def put(self, name: str, data: str | bytes = b"bild") -> Path:
        (path := self.path / name).parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data.encode() if isinstance(data, str) else data)
        return path

    def gather(self) -> Supplied:
        return gather(replace(account(), folder=str(self.path)), self.capture)

    def faults(self) -> tuple[str, ...]:
        with pytest.raises(BadInput) as caught:
            self.gather()
        assert not (self.capture / "supplied.jsonl").exists()
        return caught.value.faults

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(row) for row in (self.capture / "supplied.jsonl").read_bytes().splitlines()]


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def test_every_file_is_taken_byte_for_byte_with_who_when_and_why(folder: Folder) -> None:
    folder.put("skärm/flöde.jpg", picture("jpg", "flöde", 900))
    folder.put("export.zip", b"PK\x03\x04 och mer")

    found = folder.gather()

    assert [row["path"] for row in found.files] == [
        "supplied/export.zip", "supplied/om.txt", "supplied/skärm/flöde.jpg",
    ]  # fmt: skip
    assert list(found.files) == folder.lines()
    assert {(row["who"], row["when"], row["why"]) for row in found.files} == {
        ("kommunikationschef", "2026-11-20", "export för årets arkivering")
    }
    assert [row["type"] for row in found.files] == ["application/zip", "text/plain", "image/jpeg"]
    for row in found.files:
        with (folder.capture / row["path"]).open("rb") as file:
            assert captures.digests(file) == (row["size"], row["sha256"], row["sha512"])
        assert (folder.capture / row["path"]).read_bytes() == (folder.path / row["name"]).read_bytes()
    assert found.exports == (folder.capture / "supplied/export.zip",)


@pytest.mark.parametrize(
    "words",
    ["Who: head\nWhen: 2026-11-20 14:00\nWhy: export", "VEM : head\r\nnär:2026-11-20 14:00\r\nVarför:export\r\n"],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_a_form_is_read_as_any_editor_saves_it(tmp_path: Path, words: str, encoding: str) -> None:
    folder = Folder(tmp_path, words.encode(encoding))
    folder.put("bild.jpg")

    form = folder.gather().form

    assert form == supplied.Form(who="head", when="2026-11-20 14:00", why="export", note="")


@pytest.mark.parametrize("name", ["OM.TXT", "About.txt", "om.txt.txt"])
def test_the_form_may_have_the_names_that_people_give_it(tmp_path: Path, name: str) -> None:
    folder = Folder(tmp_path, None)
    folder.put(name, FORM)
    folder.put("bild.jpg")

    assert folder.gather().form


def test_a_form_with_the_quotes_of_our_own_advice_is_read(tmp_path: Path) -> None:
    folder = Folder(tmp_path, "“Vem: chef”\n- När: 2026-11-20\n”Varför: export av ”Exempelvik””\n")
    folder.put("bild.jpg")

    assert folder.gather().form == supplied.Form(who="chef", when="2026-11-20", why="export av ”Exempelvik", note="")


def test_lines_that_are_not_asked_for_are_kept_as_a_note(tmp_path: Path) -> None:
    folder = Folder(tmp_path, FORM + "\nLösenord behövdes: nej\nVem: någon annan\n")
    folder.put("bild.jpg")

    assert folder.gather().files[0]["note"] == "Lösenord behövdes: nej\nVem: någon annan"


@pytest.mark.parametrize(
    ("form", "said"),
    [
        (None, ["om.txt is missing"]),
        ("", ["after Vem: (Who:)", "after När: (When:)", "after Varför: (Why:)"]),
        ("Vem:\nNär: 2026-11-20\nVarför: export", ["after Vem: (Who:)"]),
        ("Vem: chef\nNär: i går\nVarför: export", ["no date such as 2026-11-20"]),
        ("Vem: chef\nNär: 2026-13-41\n", ["after Varför: (Why:)", "no date"]),
        (b"\x00\xff" * 90_000, ["after Vem", "after När", "after Varför"]),
    ],
)
def test_files_without_a_good_form_are_refused_with_the_lines_to_write(
    tmp_path: Path, form: str | bytes | None, said: list[str]
) -> None:
    folder = Folder(tmp_path, form)
    folder.put("bild.jpg")

    *faults, last = folder.faults()

    assert len(faults) == len(said)
    assert all(part in fault for part, fault in zip(said, faults, strict=True))
    assert last.startswith("Write a text file called om.txt")
    assert "”Vem: kommunikationschef” ”När: 2026-11-20” ”Varför:" in swedish(last)


@pytest.mark.parametrize("form", [None, FORM, ""])
def test_a_folder_with_nothing_but_a_form_supplies_nothing(tmp_path: Path, form: str | None) -> None:
    folder = Folder(tmp_path, form)
    for name in ("Thumbs.db", "desktop.ini", ".DS_Store", "~$brev.docx", "under/Thumbs.db"):
        folder.put(name)

    assert folder.gather() == Supplied()
    assert not (folder.capture / "supplied").exists()


def test_an_account_without_a_folder_has_nothing_supplied(tmp_path: Path) -> None:
    assert gather(account(), tmp_path) == Supplied()


def test_a_folder_that_the_register_names_and_nobody_made_is_bad_input(folder: Folder) -> None:
    with pytest.raises(BadInput, match="Create it, or empty its cell"):
        gather(replace(account(), folder=str(folder.path / "saknas")), folder.capture)


@pytest.mark.parametrize("where", ["work", "work/2026-exempelvik", "archive", "archive/exporter", "."])
def test_a_folder_inside_the_archive_or_around_it_is_bad_input(folder: Folder, tmp_path: Path, where: str) -> None:
    (tmp_path / "archive" / "exporter").mkdir(parents=True)

    with pytest.raises(BadInput, match="lie one inside the other"):
        gather(replace(account(), folder=str(tmp_path / where)), folder.capture, tmp_path / "archive")


@pytest.mark.parametrize("name", ["export.zip.crdownload", "export.zip.PART", "under/film.mp4.filepart"])
def test_what_is_still_being_copied_is_not_taken(folder: Folder, name: str) -> None:
    folder.put(name)

    (fault,) = folder.faults()

    assert fault == f"{name}: is still being copied. Wait until it is whole, and run again."


def test_a_file_that_changes_while_it_is_read_is_still_being_copied(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = folder.put("export.zip", b"PK\x03\x04 halv")
    true = os.fsync
    monkeypatch.setattr(os, "fsync", lambda handle: (path.write_bytes(b"PK\x03\x04 nu hel"), true(handle)))

    with pytest.raises(BadInput, match="is still being copied"):
        folder.gather()


def test_a_path_too_long_for_a_package_is_refused_before_anything_is_taken(folder: Folder) -> None:
    deep = "/".join(["å" * 120] * 5)
    folder.put(f"{deep}/{'b' * 91}.jpg")
    folder.put(f"{deep}/{'b' * 92}.jpg")

    [fault] = folder.faults()

    assert fault.endswith("bb.jpg: has a path of more than 700 characters. Give folders shorter names.")
    (folder.path / deep / f"{'b' * 92}.jpg").unlink()
    assert folder.gather().files


def test_links_and_deep_folders_are_refused_all_at_once(folder: Folder, tmp_path: Path) -> None:
    (tmp_path / "hemligt").write_text("annat")
    (folder.path / "länk").symlink_to(tmp_path / "hemligt")
    (folder.path / "mapp").symlink_to(tmp_path)
    os.mkfifo(folder.path / "rör")
    folder.put("a/b/c/d/e/bild.jpg")
    folder.put("a/b/c/d/e/f/bild.jpg")

    faults = folder.faults()

    assert [fault.partition(":")[0] for fault in faults] == ["a/b/c/d/e/f", "länk", "mapp", "rör"]


@pytest.mark.parametrize("make", [os.mkfifo, lambda path: path.symlink_to("/finns/inte")])
def test_a_form_that_is_no_file_is_never_opened(make: Any, tmp_path: Path) -> None:
    folder = Folder(tmp_path, None)
    make(folder.path / "om.txt")
    folder.put("bild.jpg")

    assert [fault.partition(":")[0] for fault in folder.faults()[:2]] == ["om.txt", "om.txt is missing."]


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("a\u030a.jpg", "å.jpg"),
        ("aux.png", "_aux.png"),
        ("x. ", "x._"),
        ("rad\nbrytning.jpg", "rad_brytning.jpg"),
        ("\u202egpj.exe", "_gpj.exe"),
        ("100%: #1 \\ C?.jpg", "100__ _1 _ C_.jpg"),
        ("å" * 120 + ".jpeg", "å" * 87 + ".jpeg"),
        (os.fsdecode(b"\xe5.jpg"), "_.jpg"),
    ],
)
def test_a_name_is_made_safe_and_the_one_it_had_is_on_record(folder: Folder, name: str, kept: str) -> None:
    folder.put(name)

    row = next(row for row in folder.gather().files if row["path"] != "supplied/om.txt")

    assert row["path"] == f"supplied/{kept}"
    assert folder.lines()[[row["path"] for row in folder.lines()].index(row["path"])]["name"] == name


def test_no_file_takes_the_place_of_another(folder: Folder) -> None:
    names = ["bild.jpg", "BILD.jpg", "å.jpg", "a\u030a.jpg", "export.zip", "äldre/export.zip"]
    for name in names:
        folder.put(name, name)

    found = folder.gather()

    assert len({row["path"].casefold() for row in found.files}) == len(names) + 1
    assert {(folder.capture / row["path"]).read_text() for row in found.files} >= set(names)
    assert [path.parent for path in found.exports] == [folder.capture / "supplied"] * 2


@pytest.mark.parametrize(
    "names",
    [["a?/x.jpg", "a_"], ["e.zip/x.jpg", "f/e.zip"], ["a/e.zip", "e.zip/x.jpg"], ["a/e.zip", "b/e.zip", "c/e.zip"]],
)
def test_no_file_lies_where_a_folder_must_be(names: list[str], folder: Folder) -> None:
    for name in names:
        folder.put(name, "PK")

    assert {row["name"] for row in folder.gather().files} == {"om.txt", *names}
    assert all((folder.capture / row["path"]).read_text() == "PK" for row in folder.lines() if row["name"] != "om.txt")


def test_the_same_files_again_are_not_copied_again_and_give_the_same_bytes(folder: Folder) -> None:
    folder.put("export.zip", b"PK\x03\x04 och mer")
    first, text = folder.gather(), (folder.capture / "supplied.jsonl").read_bytes()
    kept = (folder.capture / "supplied/export.zip").stat().st_mtime_ns

    again = folder.gather()

    assert again == first
    assert (folder.capture / "supplied.jsonl").read_bytes() == text
    assert (folder.capture / "supplied/export.zip").stat().st_mtime_ns == kept


@pytest.mark.parametrize("torn", [b"", b'\n{"path": "supplied/fl'])
def test_a_run_killed_between_two_files_goes_on_to_the_same_bytes(tmp_path: Path, folder: Folder, torn: bytes) -> None:
    (tmp_path / "annan").mkdir()
    whole = Folder(tmp_path / "annan")
    for name in ("a.jpg", "b.jpg"):
        whole.put(name, name)
    whole.gather()
    folder.put("a.jpg", "a.jpg")
    folder.gather()
    with (folder.capture / "supplied.jsonl").open("ab") as journal:
        journal.write(torn)
    (folder.capture / "supplied.part").write_bytes(b"hal")

    folder.put("b.jpg", "b.jpg")
    folder.gather()

    assert folder.lines() == whole.lines()


def test_of_a_file_that_was_changed_both_are_kept_and_the_later_one_is_read(folder: Folder) -> None:
    folder.put("export.zip", b"PK\x03\x04 ett")
    folder.gather()
    folder.put("export.zip", b"PK\x03\x04 annat")

    found = folder.gather()

    first, second = (row["path"] for row in found.files if row["name"] == "export.zip")
    assert {(folder.capture / path).read_bytes()[5:] for path in (first, second)} == {b"ett", b"annat"}
    assert [path.read_bytes()[5:] for path in found.exports] == [b"annat"]
    assert folder.gather() == found


def test_what_is_taken_away_in_both_folders_is_not_in_the_capture(folder: Folder) -> None:
    folder.put("fel.jpg")
    folder.put("rätt.jpg")
    folder.gather()

    (folder.path / "fel.jpg").unlink()
    (folder.capture / "supplied/fel.jpg").unlink()

    assert [row["name"] for row in folder.gather().files] == ["om.txt", "rätt.jpg"]


def test_what_is_taken_away_in_the_folder_alone_stays_in_the_capture(folder: Folder) -> None:
    folder.put("bild.jpg")
    folder.gather()
    for path in folder.path.iterdir():
        path.unlink()

    assert [row["name"] for row in folder.gather().files] == ["bild.jpg", "om.txt"]


class Dropped(Run):
    """A run of an account whose folder is `exporter`."""

    @property
    def order(self) -> Order:
        made = super().order
        return replace(made, account=replace(made.account, folder=str(self.folder / "exporter"), options=("insights",)))


def test_what_was_supplied_is_sealed_packed_and_checked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Folder(tmp_path).put("skärm/flöde.jpg", picture("jpg", "flöde", 900))

    run = Dropped(tmp_path, fake_of(small_world())).go()

    assert run.outcome == "whole", run.error
    assert [row["path"] for row in run.rows("supplied")] == ["supplied/om.txt", "supplied/skärm/flöde.jpg"]
    assert bagit.check(run.package) == []
    with zipfile.ZipFile(run.package) as bag:
        top = f"{run.order.id}/data"
        assert bag.read(f"{top}/supplied/skärm/flöde.jpg") == (tmp_path / "exporter/skärm/flöde.jpg").read_bytes()
        assert str(tmp_path).encode() not in bag.read(f"{top}/order.json"), "where a folder lay is nothing to archive"
    assert main(["show", run.order.id, "--into", str(run.place.archive)]) == 0
    assert "2 filer från arkivarien" in capsys.readouterr().out


def test_a_supplied_file_that_was_changed_is_seen_before_it_is_packed(tmp_path: Path) -> None:
    Folder(tmp_path).put("bild.jpg", b"ett")
    run = Dropped(tmp_path, fake_of(small_world()))
    line.take(run.order, run.place, run.key)
    capture = run.place.work / run.order.id

    (capture / "supplied/bild.jpg").write_bytes(b"tre")

    assert captures.check(capture) == ["supplied/bild.jpg: changed since it was sealed"]
    assert "changed since the capture was sealed" in str(run.go().error)
    assert not run.package.exists()


def test_the_same_account_and_the_same_files_give_the_same_package(tmp_path: Path) -> None:
    packages = []
    for name in ("ett", "två"):
        (place := tmp_path / name).mkdir()
        Folder(place).put("bild.jpg", b"samma")
        packages.append(Dropped(place, fake_of(small_world())).go().package.read_bytes())

    assert packages[0] == packages[1]


def test_what_cannot_be_taken_stops_the_run_before_anybody_is_asked(tmp_path: Path) -> None:
    Folder(tmp_path, None).put("bild.jpg")
    fake = fake_of(small_world())

    run = Dropped(tmp_path, fake).go()

    assert run.outcome == "BadInput"
    assert fake.asked == []
