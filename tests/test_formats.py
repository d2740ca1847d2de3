"""Every package format there is: whatever module lies in archive_formats is tried here."""

from __future__ import annotations

import json
import os
import resource
import shutil
import sqlite3
import zipfile
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256, sha512
from pathlib import Path

import bagit
import pytest

from model.capture import files, order_of
from model.errors import NotWhole
from model.nouns import Order, Package
from model.settings import Settings
from pipeline import line
from tests.captures import order, post, sealed
from tests.made_packages import Zip, anew
from tests.made_packages import made as making

FORMATS = sorted(line.names("archive_formats"))


@pytest.fixture(params=FORMATS)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def packed(name: str, folder: Path, target: Path, of: Order | None = None) -> Package:
    of = of or order_of(folder)
    made = folder.with_name(f"{folder.name}.made")
    if not made.exists():
        making(folder, of, made)
    return line.archive_format(name).pack(folder, of, made, Settings(), target)


@pytest.fixture
def package(name: str, tmp_path: Path) -> Path:
    packed(name, sealed(tmp_path), tmp_path / "p.zip")
    return tmp_path / "p.zip"


def added(name: str, data: bytes = b"x") -> Callable[[Zip], Zip]:
    """One more file; TOP in its name is the package's own folder."""

    def add(entries: Zip) -> Zip:
        return [*entries, (zipfile.ZipInfo(name.replace("TOP", entries[0][0].filename.partition("/")[0])), data)]

    return add


def without(part: str) -> Callable[[Zip], Zip]:
    return lambda entries: [(entry, data) for entry, data in entries if not entry.filename.endswith(part)]


def edited(part: str) -> Callable[[Zip], Zip]:
    return lambda entries: [
        (entry, data[:-1] + bytes([data[-1] ^ 1]) if entry.filename.endswith(part) else data) for entry, data in entries
    ]


def test_there_is_a_format() -> None:
    assert "bagit" in FORMATS


def test_a_package_says_what_it_is(name: str, tmp_path: Path) -> None:
    found = packed(name, sealed(tmp_path), tmp_path / "p.zip")

    assert (found.order, found.format, found.verdict) == (order().id, name, "whole")
    assert found.size == (tmp_path / "p.zip").stat().st_size
    assert line.archive_format(name).check(tmp_path / "p.zip") == []


def test_a_package_holds_every_sealed_byte(name: str, tmp_path: Path) -> None:
    folder = sealed(tmp_path)
    packed(name, folder, tmp_path / "p.zip")

    with zipfile.ZipFile(tmp_path / "p.zip") as bag:
        held = [bag.read(each) for each in bag.namelist()]

    assert [each["path"] for each in files(folder) if (folder / each["path"]).read_bytes() not in held] == []


def test_the_lines_of_a_file_can_be_read_out_of_it(name: str, tmp_path: Path) -> None:
    folder = sealed(tmp_path)
    packed(name, folder, tmp_path / "p.zip")

    found = b"".join(line.archive_format(name).read(tmp_path / "p.zip", "items.jsonl"))

    assert found == (folder / "items.jsonl").read_bytes()
    assert [json.loads(row)["id"] for row in found.splitlines()] == ["0003", "0002", "0001"]


def test_the_same_capture_gives_the_same_bytes(name: str, tmp_path: Path) -> None:
    one = sealed(tmp_path / "one")
    other = tmp_path / "another place" / "elsewhere"
    shutil.copytree(sealed(tmp_path / "again"), other)
    for path in other.rglob("*"):
        os.utime(path, (1, 1))
    before = os.umask(0o077)
    try:
        second = packed(name, other, tmp_path / "other.zip")
    finally:
        os.umask(before)
    first = packed(name, one, tmp_path / "one.zip")

    assert first.sha256 == second.sha256
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "other.zip").read_bytes()


@pytest.mark.parametrize("part", ["items.jsonl", "media/*", "raw/*", "order.json"])
@pytest.mark.parametrize("how", ["flipped", "longer", "gone"])
def test_a_touched_capture_is_never_packed(name: str, part: str, how: str, tmp_path: Path) -> None:
    folder = sealed(tmp_path)
    of = order_of(folder)
    making(folder, of)
    (path,) = folder.glob(part)
    data = path.read_bytes()
    path.write_bytes(data + b" ") if how == "longer" else path.write_bytes(
        data[:-2] + bytes([data[-2] ^ 1]) + data[-1:]
    )
    if how == "gone":
        path.unlink()

    with pytest.raises(NotWhole, match=path.name):
        packed(name, folder, tmp_path / "p.zip", of)

    assert not list(tmp_path.glob("p.zip*"))


def test_a_touched_seal_is_never_packed(name: str, tmp_path: Path) -> None:
    folder = sealed(tmp_path)
    with (folder / "seal.jsonl").open("a") as out:
        out.write('{"path": "more"}\n')

    with pytest.raises(NotWhole):
        packed(name, folder, tmp_path / "p.zip")

    assert not list(tmp_path.glob("p.zip*"))


def test_a_package_that_is_there_is_found_and_not_written_again(name: str, tmp_path: Path) -> None:
    folder = sealed(tmp_path)
    first = packed(name, folder, tmp_path / "p.zip")
    before = (tmp_path / "p.zip").stat().st_ino

    assert packed(name, folder, tmp_path / "p.zip") == first
    assert (tmp_path / "p.zip").stat().st_ino == before


def test_a_package_left_by_an_earlier_capture_is_not_taken_for_this_one(name: str, tmp_path: Path) -> None:
    """The capture was moved aside and taken anew: what lies there is of the old one."""
    packed(name, sealed(tmp_path / "old", items=[post(9)]), tmp_path / "p.zip")

    found = packed(name, sealed(tmp_path / "new"), tmp_path / "p.zip")

    assert found.sha256 == packed(name, tmp_path / "new" / order().id, tmp_path / "q.zip").sha256
    assert (tmp_path / "p.zip").read_bytes() == (tmp_path / "q.zip").read_bytes()


@pytest.mark.parametrize("left", [b"", b"half", None], ids=["empty", "garbage", "cut short"])
def test_half_a_package_left_by_a_power_cut_is_made_anew(left: bytes | None, name: str, tmp_path: Path) -> None:
    folder = sealed(tmp_path)
    whole = packed(name, folder, tmp_path / "q.zip")
    (tmp_path / "p.zip").write_bytes((tmp_path / "q.zip").read_bytes()[:-50] if left is None else left)

    assert packed(name, folder, tmp_path / "p.zip").sha256 == whole.sha256


def test_a_disk_that_takes_no_more_leaves_no_package(name: str, tmp_path: Path) -> None:
    folder = sealed(tmp_path)
    of = order_of(folder)
    making(folder, of)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)

    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
    try:
        with pytest.raises((OSError, sqlite3.OperationalError)):
            packed(name, folder, tmp_path / "p.zip", of)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    assert not list(tmp_path.glob("p.*"))


DAMAGE: dict[str, Callable[[Zip], Zip]] = {
    "a flipped byte in a text": edited("/items.jsonl"),
    "a flipped byte in a picture": edited(".jpg"),
    "a flipped byte in the record": edited(".warc.gz"),
    "a text that is missing": without("/gaps.jsonl"),
    "a picture that is missing": without(".jpg"),
    "a file too many": added("TOP/data/more.txt"),
    "a file too many beside the manifests": added("TOP/more.txt"),
    "a file too many called a manifest": added("TOP/data/tagmanifest-sha256.txt"),
    "a file beside the package": added("more.txt"),
    "a name that leads out": added("TOP/../../etc/passwd"),
    "a folder that leads out": added("../../etc/", b""),
    "a name from the root": added("/etc/passwd"),
    "a name from a Windows root": added("..\\..\\windows"),
    "an empty name": added(""),
    "a name of one dot": added("."),
    "an endless name": added(f"TOP/{'x' * 60_000}"),
    "the same name twice": lambda entries: [*entries, entries[0]],
    "nothing at all": lambda entries: [],
}
OF_BAGS: dict[str, Callable[[Zip], Zip]] = {
    "a flipped byte in a manifest": edited("/manifest-sha256.txt"),
    "a flipped byte in the other manifest": edited("/manifest-sha512.txt"),
    "a flipped byte in a tag manifest": edited("tagmanifest-sha512.txt"),
    "a flipped byte in the description": edited("bag-info.txt"),
    "a manifest that is missing": without("/manifest-sha512.txt"),
    "a tag manifest that is missing": without("tagmanifest-sha256.txt"),
    "no declaration": without("bagit.txt"),
}


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_package_is_told(damage: str, name: str, package: Path) -> None:
    anew(package, DAMAGE[damage])

    faults = line.archive_format(name).check(package)

    assert faults
    assert all(isinstance(fault, str) and fault for fault in faults)


@pytest.mark.parametrize("damage", OF_BAGS)
def test_a_damaged_bag_is_told(damage: str, tmp_path: Path) -> None:
    packed("bagit", sealed(tmp_path), tmp_path / "p.zip")
    anew(tmp_path / "p.zip", OF_BAGS[damage])

    assert line.archive_format("bagit").check(tmp_path / "p.zip")


def test_a_package_written_again_as_it_was_has_no_fault(name: str, package: Path) -> None:
    anew(package, lambda entries: entries)

    assert line.archive_format(name).check(package) == []


@pytest.mark.parametrize("path", ["data/../../outside", "../outside", "data//x", "data/./x", "data\\..\\x"])
def test_a_forged_bag_whose_manifests_agree_still_leads_nowhere(path: str, tmp_path: Path) -> None:
    def forged(entries: Zip) -> Zip:
        at = order().id
        held = {entry.filename: data for entry, data in entries} | {f"{at}/{path}": b"x"}
        for kind, new in (("", sha256), ("", sha512), ("tag", sha256), ("tag", sha512)):
            listed = [name.removeprefix(f"{at}/") for name in held if f"{at}/data" in name or kind]
            rows_of = [
                f"{new(held[f'{at}/{name}']).hexdigest()}  {name}\n" for name in listed if "tagmanifest" not in name
            ]
            held[f"{at}/{kind}manifest-{new().name}.txt"] = "".join(rows_of).encode()
        return [(zipfile.ZipInfo(name), data) for name, data in held.items()]

    packed("bagit", sealed(tmp_path), tmp_path / "p.zip")
    anew(tmp_path / "p.zip", forged)

    assert line.archive_format("bagit").check(tmp_path / "p.zip") == [
        "a bag is one folder, and no name in it leads out of it"
    ]


def test_everything_in_a_package_is_dated_by_its_order(name: str, package: Path) -> None:
    with zipfile.ZipFile(package) as bag:
        assert {entry.date_time for entry in bag.infolist()} == {order().created.timetuple()[:6]}


def test_a_bomb_is_not_unpacked(name: str, package: Path) -> None:
    anew(package, added("TOP/data/bomb", bytes(30_000_000)), zipfile.ZIP_DEFLATED)
    assert package.stat().st_size < 1_000_000

    (fault,) = line.archive_format(name).check(package)

    assert "packed anew" in fault


@pytest.mark.parametrize("data", [b"", b"PK", b"PK\x05\x06" + bytes(18), b"garbage" * 99, b"<html>"])
def test_what_is_no_package_is_told(data: bytes, name: str, tmp_path: Path) -> None:
    (tmp_path / "p.zip").write_bytes(data)

    assert line.archive_format(name).check(tmp_path / "p.zip")


def test_a_folder_or_nothing_at_all_is_no_package(name: str, tmp_path: Path) -> None:
    assert line.archive_format(name).check(tmp_path)
    assert line.archive_format(name).check(tmp_path / "not there")


def test_a_package_cut_anywhere_is_told(name: str, package: Path) -> None:
    data = package.read_bytes()

    for place in range(0, len(data), 97):
        package.write_bytes(data[:place])
        assert line.archive_format(name).check(package), place


def test_a_byte_flipped_anywhere_is_told_or_harmless_and_never_a_crash(name: str, package: Path) -> None:
    data = package.read_bytes()
    with zipfile.ZipFile(package) as bag:
        content = [bag.read(each) for each in bag.namelist()]

    for place in range(0, len(data), 61):
        package.write_bytes(data[:place] + bytes([data[place] ^ 0x55]) + data[place + 1 :])
        if not line.archive_format(name).check(package):
            with zipfile.ZipFile(package) as bag:
                assert [bag.read(each) for each in bag.namelist()] == content, place


@pytest.mark.parametrize("damage", ["nothing at all", "a text that is missing"])
def test_a_file_that_cannot_be_read_out_is_not_whole(damage: str, name: str, package: Path) -> None:
    anew(package, DAMAGE[damage])

    with pytest.raises(NotWhole, match="cannot be read out of it"):
        list(line.archive_format(name).read(package, "gaps.jsonl"))


def test_no_name_from_outside_becomes_a_path_in_it(name: str, tmp_path: Path) -> None:
    odd = ["../../etc/passwd", "a/b", "å", "a\u030a", "NUL", "\\\\server\\x", "\x01"]
    folder = sealed(tmp_path, items=[post(number, what, url=what, author=what) for number, what in enumerate(odd)])
    packed(name, folder, tmp_path / "p.zip")

    with zipfile.ZipFile(tmp_path / "p.zip") as bag:
        names = bag.namelist()

    assert line.archive_format(name).check(tmp_path / "p.zip") == []
    tops = {each.partition("/")[0] for each in names}
    assert len(tops) == 1 or name == "wacz", "a WACZ has no folder round it"
    assert all(each.isascii() and not each.startswith("/") and ".." not in each for each in names)


def test_another_implementation_finds_the_bag_valid(tmp_path: Path) -> None:
    packed("bagit", sealed(tmp_path), tmp_path / "p.zip")
    with zipfile.ZipFile(tmp_path / "p.zip") as zipped:
        zipped.extractall(tmp_path / "out")

    bag = bagit.Bag(str(tmp_path / "out" / order().id))

    assert bag.validate()
    assert sorted(bag.algorithms) == ["sha256", "sha512"]
    assert bag.info["External-Identifier"] == order().id
    count, size = bag.info["Payload-Oxum"].split(".")[::-1]
    payload = [path for path in (tmp_path / "out" / order().id / "data").rglob("*") if path.is_file()]
    assert (int(count), int(size)) == (len(payload), sum(path.stat().st_size for path in payload))


def test_a_unit_with_line_breaks_in_its_name_adds_no_line_to_the_description(tmp_path: Path) -> None:
    folder = sealed(tmp_path)
    of = replace(order(), account=replace(order().account, unit="Exempelvik\r\nPayload-Oxum: 0.0", case="å\u2028ä"))
    packed("bagit", folder, tmp_path / "p.zip", of)

    with zipfile.ZipFile(tmp_path / "p.zip") as bag:
        info = bag.read(f"{order().id}/bag-info.txt").decode()

    assert len([row for row in info.splitlines() if row.startswith("Payload-Oxum")]) == 1
    assert "Source-Organization: Exempelvik Payload-Oxum: 0.0\n" in info
