"""The folder store: what it shares with every store, and its files on the disk."""

from __future__ import annotations

import errno
import json
import os
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from model.errors import NotWhole
from model.nouns import Order, Package, Receipt
from pipeline.swedish import swedish
from stores.folder import Shelf
from tests.captures import order


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path / "store")


def package(tmp_path: Path, of: Order, content: bytes = b"the package") -> Package:
    path = tmp_path / f"{of.id}-{len(content)}.zip"
    path.write_bytes(content)
    return Package(
        path=str(path),
        order=of.id,
        format="bagit",
        size=len(content),
        sha256=sha256(content).hexdigest(),
        verdict="whole",
    )


def seen(place: Path) -> dict[str, tuple[bytes, int, int]]:
    """Everything in the store: content, inode and time of change."""
    return {path.name: (path.read_bytes(), path.stat().st_ino, path.stat().st_mtime_ns) for path in place.iterdir()}


def of_year(tmp_path: Path, shelf: Shelf, year: int, who: str) -> Receipt:
    of = order(year, who)
    found: Receipt = shelf.deliver(package(tmp_path, of, of.id.encode()), of)
    return found


def name_of(tmp_path: Path, of: Order) -> str:
    (path,) = [path for path in (tmp_path / "store").glob("*.receipt.json") if path.name.startswith(f"{of.id}.")]
    return path.name.split(".")[-3]


def test_a_delivered_package_is_there_with_its_receipt(shelf: Shelf, tmp_path: Path) -> None:
    given = package(tmp_path, order())

    made = shelf.deliver(given, order())

    assert (tmp_path / "store" / made.package).read_bytes() == b"the package"
    assert (made.order, made.size, made.sha256) == (order().id, given.size, given.sha256)
    assert (made.verdict, made.format, made.account, made.previous) == ("whole", "bagit", "exempelvik-mastodon", "")
    assert made.promise
    assert shelf.receipt(order().id) == made


def test_a_receipt_is_named_by_its_own_hash(shelf: Shelf, tmp_path: Path) -> None:
    shelf.deliver(package(tmp_path, order()), order())

    (path,) = (tmp_path / "store").glob("*.receipt.json")

    assert path.name == f"{order().id}.{sha256(path.read_bytes()).hexdigest()}.receipt.json"


def test_there_is_no_receipt_of_what_was_not_delivered(shelf: Shelf, tmp_path: Path) -> None:
    assert Shelf(tmp_path / "not there").receipt(order().id) is None
    shelf.deliver(package(tmp_path, order()), order())

    for other in (
        "2027-exempelvik-mastodon",
        "2026-exempelvik",
        "",
        "*",
        "**",
        "2026-*",
        "[2]*",
        "/etc/passwd",
        "../store/2026",
    ):
        assert shelf.receipt(other) is None


def test_an_order_whose_name_goes_on_is_another_order(shelf: Shelf, tmp_path: Path) -> None:
    shelf.deliver(package(tmp_path, order(who="a.b")), order(who="a.b"))

    assert shelf.receipt("2026-a") is None
    assert shelf.receipt("2026-a.b")


def test_a_second_delivery_of_the_same_package_is_no_work(shelf: Shelf, tmp_path: Path) -> None:
    first = shelf.deliver(package(tmp_path, order()), order())
    before = seen(tmp_path / "store")

    again = shelf.deliver(package(tmp_path, order()), order())

    assert again == first
    assert seen(tmp_path / "store") == before


def test_another_package_under_the_same_name_is_refused_and_nothing_changed(shelf: Shelf, tmp_path: Path) -> None:
    shelf.deliver(package(tmp_path, order()), order())
    before = seen(tmp_path / "store")

    with pytest.raises(NotWhole, match="another package of that name"):
        shelf.deliver(package(tmp_path, order(), b"another package"), order())

    assert seen(tmp_path / "store") == before


def test_a_store_killed_before_the_receipt_goes_on(shelf: Shelf, tmp_path: Path) -> None:
    whole = shelf.deliver(package(tmp_path, order()), order())
    (receipt,) = (tmp_path / "store").glob("*.receipt.json")
    receipt.unlink()
    inode = (tmp_path / "store" / whole.package).stat().st_ino
    assert shelf.receipt(order().id) is None

    assert shelf.deliver(package(tmp_path, order()), order()) == whole

    assert (tmp_path / "store" / whole.package).stat().st_ino == inode
    assert receipt.exists()


def test_another_package_without_a_receipt_is_not_overwritten(shelf: Shelf, tmp_path: Path) -> None:
    (tmp_path / "store").mkdir()
    (tmp_path / "store" / f"{order().id}.zip").write_bytes(b"somebody's")

    with pytest.raises(NotWhole, match="not what was packed"):
        shelf.deliver(package(tmp_path, order()), order())

    assert {name: data for name, (data, *_) in seen(tmp_path / "store").items()} == {f"{order().id}.zip": b"somebody's"}


def test_what_a_killed_delivery_left_half_written_is_in_nobodys_way(shelf: Shelf, tmp_path: Path) -> None:
    (tmp_path / "store").mkdir()
    for name in (
        f".incoming-{os.getpid()}-{order().id}.zip",
        f".incoming-{os.getpid()}-{order().id}.receipt",
        ".incoming-1-x.zip",
    ):
        (tmp_path / "store" / name).write_bytes(b"half")
        (tmp_path / "store" / name).chmod(0o440)

    made = shelf.deliver(package(tmp_path, order()), order())

    assert (tmp_path / "store" / made.package).read_bytes() == b"the package"
    assert shelf.receipt(order().id) == made


def test_what_was_delivered_is_read_only(shelf: Shelf, tmp_path: Path) -> None:
    shelf.deliver(package(tmp_path, order()), order())

    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "store").iterdir()} == {0o440}


def test_nothing_but_package_and_receipt_is_left(shelf: Shelf, tmp_path: Path) -> None:
    shelf.deliver(package(tmp_path, order()), order())

    assert len(list((tmp_path / "store").iterdir())) == 2


def test_a_package_spoilt_on_its_way_to_the_disk_has_no_receipt(
    shelf: Shelf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    true = os.link

    def spoiling(source: Path, target: Path, **more: Any) -> None:
        source.chmod(0o640)
        source.write_bytes(b"the packagf")
        true(source, target, **more)

    monkeypatch.setattr(os, "link", spoiling)
    with pytest.raises(NotWhole, match="not what was packed"):
        shelf.deliver(package(tmp_path, order()), order())

    assert shelf.receipt(order().id) is None


def test_a_package_cut_short_in_the_work_area_has_no_receipt(shelf: Shelf, tmp_path: Path) -> None:
    given = package(tmp_path, order())
    Path(given.path).write_bytes(b"the pack")

    with pytest.raises(NotWhole, match=r"8 of 11 bytes"):
        shelf.deliver(given, order())

    assert shelf.receipt(order().id) is None


def test_a_package_that_vanished_from_behind_its_receipt_is_put_back(shelf: Shelf, tmp_path: Path) -> None:
    made = shelf.deliver(package(tmp_path, order()), order())
    (tmp_path / "store" / made.package).unlink()

    assert shelf.deliver(package(tmp_path, order()), order()) == made

    assert (tmp_path / "store" / made.package).read_bytes() == b"the package"


def test_a_package_that_rotted_behind_its_receipt_is_told(shelf: Shelf, tmp_path: Path) -> None:
    made = shelf.deliver(package(tmp_path, order()), order())
    (tmp_path / "store" / made.package).chmod(0o640)
    (tmp_path / "store" / made.package).write_bytes(b"the packagf")

    with pytest.raises(NotWhole, match="not what was packed"):
        shelf.deliver(package(tmp_path, order()), order())


def test_a_faster_delivery_of_the_same_package_is_not_overwritten(
    shelf: Shelf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    true = os.link

    def second(source: Path, target: Path) -> None:
        Path(target).write_bytes(b"the package")
        true(source, target)

    monkeypatch.setattr(os, "link", second)

    assert (
        shelf.deliver(package(tmp_path, order()), order()).sha256
        == sha256(b"the package").hexdigest()
    )


def test_a_full_disk_leaves_nothing_under_the_final_name(
    shelf: Shelf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left") as caught:
        shelf.deliver(package(tmp_path, order()), order())
    monkeypatch.undo()

    assert caught.value.errno == errno.ENOSPC
    assert list((tmp_path / "store").iterdir()) == []
    assert shelf.deliver(package(tmp_path, order()), order()).size == 11


def test_a_disk_that_fills_at_the_receipt_leaves_no_receipt(
    shelf: Shelf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    true, calls = os.fsync, []

    def full(handle: int) -> None:
        calls.append(handle)
        if len(calls) == 3:  # the package, its folder, the receipt
            raise OSError(errno.ENOSPC, "No space left on device")
        true(handle)

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        shelf.deliver(package(tmp_path, order()), order())

    assert [path.name for path in (tmp_path / "store").iterdir()] == [f"{order().id}.zip"]
    assert shelf.deliver(package(tmp_path, order()), order()).size == 11


def test_the_receipts_of_an_account_are_chained_through_the_years(shelf: Shelf, tmp_path: Path) -> None:
    receipts = [of_year(tmp_path, shelf, year, "a") for year in (2026, 2027, 2029)]

    hashes = [name_of(tmp_path, order(year, "a")) for year in (2026, 2027)]
    assert [made.previous for made in receipts] == ["", *hashes]


def test_an_account_whose_id_ends_alike_has_a_chain_of_its_own(shelf: Shelf, tmp_path: Path) -> None:
    for who in ("b-a", "2025-a", "c-2026-a", "a-b", "xa"):
        of_year(tmp_path, shelf, 2026, who)

    first = of_year(tmp_path, shelf, 2027, "a")
    second = of_year(tmp_path, shelf, 2028, "a")
    theirs = of_year(tmp_path, shelf, 2027, "b-a")

    assert first.previous == ""
    assert second.previous == name_of(tmp_path, order(2027, "a"))
    assert theirs.previous == name_of(tmp_path, order(2026, "b-a"))


def test_a_receipt_of_a_later_year_is_nobodys_past(shelf: Shelf, tmp_path: Path) -> None:
    of_year(tmp_path, shelf, 2027, "a")

    assert of_year(tmp_path, shelf, 2026, "a").previous == ""


@pytest.mark.parametrize("how", ["a flipped byte", "a line added", "emptied"])
def test_a_touched_receipt_is_told(how: str, shelf: Shelf, tmp_path: Path) -> None:
    shelf.deliver(package(tmp_path, order()), order())
    (path,) = (tmp_path / "store").glob("*.receipt.json")
    data = path.read_bytes()
    path.chmod(0o640)
    path.write_bytes(
        {"a flipped byte": data.replace(b"whole", b"whale"), "a line added": data + b"\n", "emptied": b""}[how]
    )

    with pytest.raises(NotWhole, match="somebody has touched it"):
        shelf.receipt(order().id)
    with pytest.raises(NotWhole, match="somebody has touched it"):
        shelf.deliver(package(tmp_path, order()), order())


def test_a_touched_receipt_of_last_year_is_told_before_anything_is_chained_to_it(shelf: Shelf, tmp_path: Path) -> None:
    of_year(tmp_path, shelf, 2026, "a")
    (path,) = (tmp_path / "store").glob("*.receipt.json")
    path.chmod(0o640)
    path.write_bytes(b"{}")

    with pytest.raises(NotWhole, match="somebody has touched it"):
        of_year(tmp_path, shelf, 2027, "a")

    assert shelf.receipt("2027-a") is None


def test_a_receipt_renamed_for_another_order_stands_for_nothing(shelf: Shelf, tmp_path: Path) -> None:
    shelf.deliver(package(tmp_path, order()), order())
    (path,) = (tmp_path / "store").glob("*.receipt.json")
    path.rename(path.with_name(path.name.replace(order().id, "2026-somebody-else")))

    with pytest.raises(NotWhole, match="somebody has touched it"):
        shelf.receipt("2026-somebody-else")


@pytest.mark.parametrize("text", [b"rubbish", b"[]", b"{}", b"\xff"])
def test_a_receipt_with_a_true_name_and_no_sense_is_told(text: bytes, shelf: Shelf, tmp_path: Path) -> None:
    (tmp_path / "store").mkdir()
    (tmp_path / "store" / f"{order().id}.{sha256(text).hexdigest()}.receipt.json").write_bytes(text)

    with pytest.raises(NotWhole, match="somebody has touched it"):
        shelf.receipt(order().id)


def test_a_receipt_of_a_later_version_is_told_as_such(shelf: Shelf, tmp_path: Path) -> None:
    made = shelf.deliver(package(tmp_path, order()), order())
    (path,) = (tmp_path / "store").glob("*.receipt.json")
    text = json.dumps({name: getattr(made, name) for name in made.__slots__} | {"shelf": "north"}).encode()
    (tmp_path / "store" / f"{order().id}.{sha256(text).hexdigest()}.receipt.json").write_bytes(text)
    path.unlink()

    with pytest.raises(NotWhole, match=r"a later version of Årsring wrote this receipt.*shelf") as caught:
        shelf.receipt(order().id)

    assert "har skrivits av en senare version" in swedish(str(caught.value))


def test_two_receipts_of_one_order_are_told(shelf: Shelf, tmp_path: Path) -> None:
    made = shelf.deliver(package(tmp_path, order()), order())
    text = json.dumps({name: getattr(replace(made, size=1), name) for name in made.__slots__}).encode()
    (tmp_path / "store" / f"{order().id}.{sha256(text).hexdigest()}.receipt.json").write_bytes(text)

    with pytest.raises(NotWhole, match="there are 2 receipts for one package"):
        shelf.receipt(order().id)
