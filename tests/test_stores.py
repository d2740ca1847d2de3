"""Every store there is: whatever module lies in stores is tried here, in a folder."""

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
from pipeline import line
from tests.captures import order

STORES = sorted(line.names("stores"))


@pytest.fixture(params=STORES)
def store(request: pytest.FixtureRequest) -> Any:
    return line.store(str(request.param))


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


def of_year(tmp_path: Path, store: Any, year: int, who: str) -> Receipt:
    of = order(year, who)
    found: Receipt = store.deliver(package(tmp_path, of, of.id.encode()), of, tmp_path / "store")
    return found


def name_of(tmp_path: Path, of: Order) -> str:
    (path,) = [path for path in (tmp_path / "store").glob("*.receipt.json") if path.name.startswith(f"{of.id}.")]
    return path.name.split(".")[-3]


def test_there_is_a_store() -> None:
    assert "folder" in STORES


def test_a_delivered_package_is_there_with_its_receipt(store: Any, tmp_path: Path) -> None:
    given = package(tmp_path, order())

    made = store.deliver(given, order(), tmp_path / "store")

    assert (tmp_path / "store" / made.package).read_bytes() == b"the package"
    assert (made.order, made.size, made.sha256) == (order().id, given.size, given.sha256)
    assert (made.verdict, made.format, made.account, made.previous) == ("whole", "bagit", "exempelvik-mastodon", "")
    assert made.promise
    assert store.receipt(order().id, tmp_path / "store") == made


def test_a_receipt_is_named_by_its_own_hash(store: Any, tmp_path: Path) -> None:
    store.deliver(package(tmp_path, order()), order(), tmp_path / "store")

    (path,) = (tmp_path / "store").glob("*.receipt.json")

    assert path.name == f"{order().id}.{sha256(path.read_bytes()).hexdigest()}.receipt.json"


def test_there_is_no_receipt_of_what_was_not_delivered(store: Any, tmp_path: Path) -> None:
    assert store.receipt(order().id, tmp_path / "not there") is None
    store.deliver(package(tmp_path, order()), order(), tmp_path / "store")

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
        assert store.receipt(other, tmp_path / "store") is None


def test_an_order_whose_name_goes_on_is_another_order(store: Any, tmp_path: Path) -> None:
    store.deliver(package(tmp_path, order(who="a.b")), order(who="a.b"), tmp_path / "store")

    assert store.receipt("2026-a", tmp_path / "store") is None
    assert store.receipt("2026-a.b", tmp_path / "store")


def test_a_second_delivery_of_the_same_package_is_no_work(store: Any, tmp_path: Path) -> None:
    first = store.deliver(package(tmp_path, order()), order(), tmp_path / "store")
    before = seen(tmp_path / "store")

    again = store.deliver(package(tmp_path, order()), order(), tmp_path / "store")

    assert again == first
    assert seen(tmp_path / "store") == before


def test_another_package_under_the_same_name_is_refused_and_nothing_changed(store: Any, tmp_path: Path) -> None:
    store.deliver(package(tmp_path, order()), order(), tmp_path / "store")
    before = seen(tmp_path / "store")

    with pytest.raises(NotWhole, match="another package of that name"):
        store.deliver(package(tmp_path, order(), b"another package"), order(), tmp_path / "store")

    assert seen(tmp_path / "store") == before


def test_a_store_killed_before_the_receipt_goes_on(store: Any, tmp_path: Path) -> None:
    whole = store.deliver(package(tmp_path, order()), order(), tmp_path / "store")
    (receipt,) = (tmp_path / "store").glob("*.receipt.json")
    receipt.unlink()
    inode = (tmp_path / "store" / whole.package).stat().st_ino
    assert store.receipt(order().id, tmp_path / "store") is None

    assert store.deliver(package(tmp_path, order()), order(), tmp_path / "store") == whole

    assert (tmp_path / "store" / whole.package).stat().st_ino == inode
    assert receipt.exists()


def test_another_package_without_a_receipt_is_not_overwritten(store: Any, tmp_path: Path) -> None:
    (tmp_path / "store").mkdir()
    (tmp_path / "store" / f"{order().id}.zip").write_bytes(b"somebody's")

    with pytest.raises(NotWhole, match="not what was packed"):
        store.deliver(package(tmp_path, order()), order(), tmp_path / "store")

    assert {name: data for name, (data, *_) in seen(tmp_path / "store").items()} == {f"{order().id}.zip": b"somebody's"}


def test_what_a_killed_delivery_left_half_written_is_in_nobodys_way(store: Any, tmp_path: Path) -> None:
    (tmp_path / "store").mkdir()
    for name in (
        f".incoming-{os.getpid()}-{order().id}.zip",
        f".incoming-{os.getpid()}-{order().id}.receipt",
        ".incoming-1-x.zip",
    ):
        (tmp_path / "store" / name).write_bytes(b"half")
        (tmp_path / "store" / name).chmod(0o440)

    made = store.deliver(package(tmp_path, order()), order(), tmp_path / "store")

    assert (tmp_path / "store" / made.package).read_bytes() == b"the package"
    assert store.receipt(order().id, tmp_path / "store") == made


def test_what_was_delivered_is_read_only(store: Any, tmp_path: Path) -> None:
    store.deliver(package(tmp_path, order()), order(), tmp_path / "store")

    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "store").iterdir()} == {0o440}


def test_nothing_but_package_and_receipt_is_left(store: Any, tmp_path: Path) -> None:
    store.deliver(package(tmp_path, order()), order(), tmp_path / "store")

    assert len(list((tmp_path / "store").iterdir())) == 2


def test_a_package_spoilt_on_its_way_to_the_disk_has_no_receipt(
    store: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    true = os.link

    def spoiling(source: Path, target: Path, **more: Any) -> None:
        source.chmod(0o640)
        source.write_bytes(b"the packagf")
        true(source, target, **more)

    monkeypatch.setattr(os, "link", spoiling)
    with pytest.raises(NotWhole, match="not what was packed"):
        store.deliver(package(tmp_path, order()), order(), tmp_path / "store")

    assert store.receipt(order().id, tmp_path / "store") is None


def test_a_package_cut_short_in_the_work_area_has_no_receipt(store: Any, tmp_path: Path) -> None:
    given = package(tmp_path, order())
    Path(given.path).write_bytes(b"the pack")

    with pytest.raises(NotWhole, match=r"8 of 11 bytes"):
        store.deliver(given, order(), tmp_path / "store")

    assert store.receipt(order().id, tmp_path / "store") is None


def test_a_package_that_vanished_from_behind_its_receipt_is_put_back(store: Any, tmp_path: Path) -> None:
    made = store.deliver(package(tmp_path, order()), order(), tmp_path / "store")
    (tmp_path / "store" / made.package).unlink()

    assert store.deliver(package(tmp_path, order()), order(), tmp_path / "store") == made

    assert (tmp_path / "store" / made.package).read_bytes() == b"the package"


def test_a_package_that_rotted_behind_its_receipt_is_told(store: Any, tmp_path: Path) -> None:
    made = store.deliver(package(tmp_path, order()), order(), tmp_path / "store")
    (tmp_path / "store" / made.package).chmod(0o640)
    (tmp_path / "store" / made.package).write_bytes(b"the packagf")

    with pytest.raises(NotWhole, match="not what was packed"):
        store.deliver(package(tmp_path, order()), order(), tmp_path / "store")


def test_a_faster_delivery_of_the_same_package_is_not_overwritten(
    store: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    true = os.link

    def second(source: Path, target: Path) -> None:
        Path(target).write_bytes(b"the package")
        true(source, target)

    monkeypatch.setattr(os, "link", second)

    assert (
        store.deliver(package(tmp_path, order()), order(), tmp_path / "store").sha256
        == sha256(b"the package").hexdigest()
    )


def test_a_full_disk_leaves_nothing_under_the_final_name(
    store: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left") as caught:
        store.deliver(package(tmp_path, order()), order(), tmp_path / "store")
    monkeypatch.undo()

    assert caught.value.errno == errno.ENOSPC
    assert list((tmp_path / "store").iterdir()) == []
    assert store.deliver(package(tmp_path, order()), order(), tmp_path / "store").size == 11


def test_a_disk_that_fills_at_the_receipt_leaves_no_receipt(
    store: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    true, calls = os.fsync, []

    def full(handle: int) -> None:
        calls.append(handle)
        if len(calls) == 3:  # the package, its folder, the receipt
            raise OSError(errno.ENOSPC, "No space left on device")
        true(handle)

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        store.deliver(package(tmp_path, order()), order(), tmp_path / "store")

    assert [path.name for path in (tmp_path / "store").iterdir()] == [f"{order().id}.zip"]
    assert store.deliver(package(tmp_path, order()), order(), tmp_path / "store").size == 11


def test_the_receipts_of_an_account_are_chained_through_the_years(store: Any, tmp_path: Path) -> None:
    receipts = [of_year(tmp_path, store, year, "a") for year in (2026, 2027, 2029)]

    hashes = [name_of(tmp_path, order(year, "a")) for year in (2026, 2027)]
    assert [made.previous for made in receipts] == ["", *hashes]


def test_an_account_whose_id_ends_alike_has_a_chain_of_its_own(store: Any, tmp_path: Path) -> None:
    for who in ("b-a", "2025-a", "c-2026-a", "a-b", "xa"):
        of_year(tmp_path, store, 2026, who)

    first = of_year(tmp_path, store, 2027, "a")
    second = of_year(tmp_path, store, 2028, "a")
    theirs = of_year(tmp_path, store, 2027, "b-a")

    assert first.previous == ""
    assert second.previous == name_of(tmp_path, order(2027, "a"))
    assert theirs.previous == name_of(tmp_path, order(2026, "b-a"))


def test_a_receipt_of_a_later_year_is_nobodys_past(store: Any, tmp_path: Path) -> None:
    of_year(tmp_path, store, 2027, "a")

    assert of_year(tmp_path, store, 2026, "a").previous == ""


@pytest.mark.parametrize("how", ["a flipped byte", "a line added", "emptied"])
def test_a_touched_receipt_is_told(how: str, store: Any, tmp_path: Path) -> None:
    store.deliver(package(tmp_path, order()), order(), tmp_path / "store")
    (path,) = (tmp_path / "store").glob("*.receipt.json")
    data = path.read_bytes()
    path.chmod(0o640)
    path.write_bytes(
        {"a flipped byte": data.replace(b"whole", b"whale"), "a line added": data + b"\n", "emptied": b""}[how]
    )

    with pytest.raises(NotWhole, match="somebody has touched it"):
        store.receipt(order().id, tmp_path / "store")
    with pytest.raises(NotWhole, match="somebody has touched it"):
        store.deliver(package(tmp_path, order()), order(), tmp_path / "store")


def test_a_touched_receipt_of_last_year_is_told_before_anything_is_chained_to_it(store: Any, tmp_path: Path) -> None:
    of_year(tmp_path, store, 2026, "a")
    (path,) = (tmp_path / "store").glob("*.receipt.json")
    path.chmod(0o640)
    path.write_bytes(b"{}")

    with pytest.raises(NotWhole, match="somebody has touched it"):
        of_year(tmp_path, store, 2027, "a")

    assert store.receipt("2027-a", tmp_path / "store") is None


def test_a_receipt_renamed_for_another_order_stands_for_nothing(store: Any, tmp_path: Path) -> None:
    store.deliver(package(tmp_path, order()), order(), tmp_path / "store")
    (path,) = (tmp_path / "store").glob("*.receipt.json")
    path.rename(path.with_name(path.name.replace(order().id, "2026-somebody-else")))

    with pytest.raises(NotWhole, match="somebody has touched it"):
        store.receipt("2026-somebody-else", tmp_path / "store")


@pytest.mark.parametrize("text", [b"rubbish", b"[]", b"{}", b"\xff"])
def test_a_receipt_with_a_true_name_and_no_sense_is_told(text: bytes, store: Any, tmp_path: Path) -> None:
    (tmp_path / "store").mkdir()
    (tmp_path / "store" / f"{order().id}.{sha256(text).hexdigest()}.receipt.json").write_bytes(text)

    with pytest.raises(NotWhole, match="somebody has touched it"):
        store.receipt(order().id, tmp_path / "store")


def test_two_receipts_of_one_order_are_told(store: Any, tmp_path: Path) -> None:
    made = store.deliver(package(tmp_path, order()), order(), tmp_path / "store")
    text = json.dumps({name: getattr(replace(made, size=1), name) for name in made.__slots__}).encode()
    (tmp_path / "store" / f"{order().id}.{sha256(text).hexdigest()}.receipt.json").write_bytes(text)

    with pytest.raises(NotWhole, match="there are 2 receipts for one package"):
        store.receipt(order().id, tmp_path / "store")
