"""Fixity: what was delivered is read again, and whatever is not as it was is told with its address."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest

from model.errors import BadInput, NotWhole, TryLater
from model.settings import Settings
from pipeline import fixity, line
from tests import buckets
from tests.fakes.mastodon import MastodonFake
from tests.runs import NOON, Run, small_world

ORDER = "2026-exempelvik-mastodon"


@pytest.fixture
def archive(tmp_path: Path) -> Run:
    """An account's two years, with the runs' manifests."""
    run = Run(tmp_path, MastodonFake(small_world(posts=20, comments=4, threads=2, media=4, with_media=3)))
    assert run.go().error is None
    assert line.attest(2026, run.place) == []
    world = small_world(posts=22, comments=4, threads=2, media=4, with_media=3)
    later = replace(line.order_for(run.order.account, 2027), created=NOON + timedelta(days=365))
    place = Run(tmp_path, MastodonFake(world)).place
    line.archive(later, replace(place, web=place.web | {"clock": lambda: NOON + timedelta(days=365)}), run.key)
    assert line.attest(2027, run.place) == []
    return run


def change(path: Path, act: Callable[[bytes], bytes]) -> None:
    data = path.read_bytes()
    path.chmod(0o640)
    path.write_bytes(act(data))


def flip(data: bytes) -> bytes:
    middle = len(data) // 2
    return data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :]


def every(run: Run) -> list[str]:
    """The faults of all slices, as a quarter tells them."""
    return [fault for part in range(1, fixity.SLICES + 1) for fault in fixity.look(part, run.place).faults]


def test_what_is_as_it_was_has_no_faults_and_is_read_once_a_quarter(archive: Run) -> None:
    whole = archive.place.shelf.verify()
    looks = [fixity.look(part, archive.place) for part in range(1, fixity.SLICES + 1)]

    assert [fault for one in looks for fault in one.faults] == []
    receipts = sum(path.stat().st_size for path in archive.package.parent.glob("*.receipt.json"))
    assert sum(one.bytes for one in looks) - (fixity.SLICES - 1) * receipts == whole.bytes
    assert {fixity.slice_of(date(2026, 12, 1) + timedelta(days=n)) for n in range(90)} == set(range(1, 91))


def test_a_package_is_read_back_with_all_that_stands_beside_it(archive: Run) -> None:
    found = fixity.read_back(ORDER, archive.place)

    assert found.faults == []
    assert found.where == str(archive.package)
    assert found.objects == 4  # the package, its listing, its manifest, its receipt
    assert any("byte för byte" in text for text in found.proven)
    assert not list(archive.place.work.glob(".reading-*"))


def test_a_flipped_byte_is_told_with_its_address(archive: Run) -> None:
    change(archive.package, flip)

    [fault] = every(archive)
    found = fixity.read_back(ORDER, archive.place)

    assert fault == f"{archive.place.shelf.name}/{ORDER}.zip: är inte de byte som levererades"
    assert all(text.startswith(f"{archive.package}: ") for text in found.faults)
    assert any("inte det paket som kvittot gäller" in text for text in found.faults)
    assert any("har ändrats i paketet" in text or "går inte att läsa" in text for text in found.faults)


@pytest.mark.parametrize("name", [f"{ORDER}.zip", f"{ORDER}.manifest.json", f"{ORDER}.sha256"])
def test_what_has_vanished_is_told(archive: Run, name: str) -> None:
    (archive.package.parent / name).unlink()

    assert any(f"{name}: finns inte" in fault for fault in every(archive))
    assert any(name in fault for fault in fixity.read_back(ORDER, archive.place).faults)


def test_a_cut_package_is_told_by_its_length(archive: Run) -> None:
    size = archive.package.stat().st_size
    change(archive.package, lambda data: data[:-10])

    [fault] = every(archive)

    assert fault.endswith(f"{size - 10} byte, och {size} levererades")


def test_a_receipt_that_vanishes_breaks_the_chain(archive: Run) -> None:
    next(archive.package.parent.glob(f"{ORDER}.*.receipt.json")).unlink()

    assert any("2027-exempelvik-mastodon: kvittot nämner ett före sig" in fault for fault in every(archive))


def test_a_touched_receipt_is_told_and_stops_nothing(archive: Run) -> None:
    change(next(archive.package.parent.glob(f"{ORDER}.*.receipt.json")), lambda data: data + b" ")
    change(archive.package.with_name("2027-exempelvik-mastodon.zip"), flip)

    told = "\n".join(every(archive))

    assert "kvittot är inte som dess namn säger" in told
    assert "2027-exempelvik-mastodon.zip: är inte de byte som levererades" in told


def test_an_account_s_manifest_that_was_exchanged_is_told_by_those_that_name_it(archive: Run) -> None:
    path = archive.package.with_name(f"{ORDER}.manifest.json")
    says = json.loads(path.read_bytes())
    change(path, lambda _: path.read_bytes().replace(says["items_root"].encode(), b"0" * 64))

    told = "\n".join(every(archive))

    assert f"2027-exempelvik-mastodon.manifest.json: nämner {ORDER}.manifest.json, och något annat ligger där" in told
    assert f"2026-december.1.run.json: nämner {ORDER}.manifest.json" in told


def test_a_last_package_that_vanishes_with_all_its_papers_is_missed_by_its_run(archive: Run) -> None:
    for path in archive.package.parent.glob("2027-exempelvik-mastodon.*"):
        path.unlink()

    assert any("2027-december.1.run.json: nämner 2027-exempelvik" in fault for fault in every(archive))


def test_an_order_that_was_never_delivered_is_told(archive: Run) -> None:
    with pytest.raises(BadInput, match="no such order"):
        fixity.read_back("2026-ingen", archive.place)


def test_without_room_on_the_disk_the_reading_waits(archive: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=1000))

    with pytest.raises(TryLater, match="no room"):
        fixity.read_back(ORDER, archive.place)


def test_an_alarm_is_kept_in_the_archive_itself(archive: Run) -> None:
    change(archive.package, flip)
    found = fixity.read_back(ORDER, archive.place)
    at = datetime(2026, 12, 5, 3, tzinfo=UTC)

    name = fixity.keep(found, at, archive.place)
    assert fixity.keep(found, at, archive.place) == name

    says = json.loads((archive.package.parent / name).read_bytes())
    assert name.startswith("larm-2026-12-05.")
    assert (says["where"], says["faults"]) == (str(archive.package), found.faults)
    assert archive.place.shelf.verify().faults != []


def told(run: Run, today: date = date(2026, 12, 20)) -> dict[str, list[str]]:
    """What the alarms in the archive say that stands."""
    place = run.place
    alarms = [fixity.alarm(name, place) for name in place.shelf.kept([fixity.ALARM])]
    return fixity.standing(alarms, {name[0] for name in place.shelf.named()}, today)


def kept(run: Run, found: fixity.Look, day: int) -> str:
    """What was found on a day of December is kept as the DAGs keep it."""
    at = datetime(2026, 12, day, 3, tzinfo=UTC)
    return fixity.keep(found, at, run.place) if found.faults else fixity.keep_well(found, at, run.place)


def test_an_alarm_stands_until_its_package_is_read_back_well(archive: Run) -> None:
    change(archive.package, flip)
    kept(archive, fixity.read_back(ORDER, archive.place), 5)
    before = told(archive)
    other = kept(archive, fixity.read_back("2027-exempelvik-mastodon", archive.place), 6)
    between = told(archive)
    change(archive.package, flip)  # the good one again
    well = kept(archive, fixity.read_back(ORDER, archive.place), 7)

    assert list(before) == [ORDER]
    assert any("inte det paket som kvittot gäller" in one for one in before[ORDER])
    assert (other, between) == ("", before)
    assert well.startswith("larm-2026-12-07.")
    assert told(archive) == {}
    assert kept(archive, fixity.read_back(ORDER, archive.place), 8) == "", "once is enough"


def test_an_alarm_of_a_slice_ends_with_the_slice_or_with_the_package(archive: Run) -> None:
    change(archive.package, flip)
    (part,) = [n for n in range(1, fixity.SLICES + 1) if fixity.look(n, archive.place).faults]
    kept(archive, fixity.look(part, archive.place), 5)
    stands = told(archive)
    another = kept(archive, fixity.look(part % fixity.SLICES + 1, archive.place), 6)
    change(archive.package, flip)
    by_slice = kept(archive, fixity.look(part, archive.place), 7)

    assert list(stands) == [ORDER]
    assert another == ""
    assert by_slice
    assert told(archive) == {}
    (archive.package.parent / by_slice).unlink()
    assert list(told(archive)) == [ORDER]
    assert kept(archive, fixity.read_back(ORDER, archive.place), 8)
    assert told(archive) == {}


def test_a_package_whose_receipt_before_it_is_gone_is_not_read_back_well(archive: Run) -> None:
    next(archive.package.parent.glob(f"{ORDER}.*.receipt.json")).unlink()

    found = fixity.read_back("2027-exempelvik-mastodon", archive.place)

    assert any("som inte finns" in one or "not there" in one for one in found.faults), found.faults


def test_an_alarm_ends_after_a_quarter(archive: Run) -> None:
    change(archive.package, flip)
    kept(archive, fixity.read_back(ORDER, archive.place), 5)

    assert told(archive, date(2027, 3, 6)) != {}
    assert told(archive, date(2027, 3, 7)) == {}


@pytest.mark.parametrize("text", [b"", b"[]", b"{}", b'{"format": "arsring alarm 2"}', b"\xff", b"[" * 100_000])
def test_an_alarm_that_is_none_is_named(text: bytes, archive: Run) -> None:
    (archive.package.parent / "larm-x.json").write_bytes(text)

    with pytest.raises(NotWhole, match=r"larm-x.json: cannot be read as an alarm"):
        fixity.alarm("larm-x.json", archive.place)
    assert fixity.keep_well(fixity.Look("x"), NOON, archive.place) == ""


@pytest.mark.parametrize(("text", "order"), [
    ("/srv/arkiv/2026-a.zip: är inte det", "2026-a"), ("https://x/2026-a.manifest.json: borta", "2026-a"),
    ("2026-a.r2.zip", "2026-a.r2"), ("2026-a-b.zip", ""), ("kvitto saknas för 2026-a.", "2026-a"), ("", ""),
])  # fmt: skip
def test_the_order_that_a_sentence_is_about_is_found(text: str, order: str) -> None:
    assert fixity.order_in(text, {"2026-a", "2026-a.r2"}) == order


def test_the_age_of_the_last_whole_archive_is_that_of_its_order(archive: Run) -> None:
    now = NOON + timedelta(days=400)

    assert fixity.ages(archive.place, now) == {"exempelvik-mastodon": 35}

    later = archive.package.with_name("2027-exempelvik-mastodon.zip")
    later.unlink()
    assert fixity.ages(archive.place, now) == {}, "what cannot be read has no age"
    next(archive.package.parent.glob("2027-*.receipt.json")).unlink()
    assert fixity.ages(archive.place, now) == {"exempelvik-mastodon": 400}


def test_what_was_signed_off_or_rehearsed_is_no_whole_archive(archive: Run) -> None:
    receipts = [
        replace(receipt, order=order, verdict=verdict)
        for receipt in list(archive.place.shelf.receipts())[:1]
        for order, verdict in ((f"{ORDER}.rehearsal", "whole"), (ORDER, "not whole"))
    ]
    place = replace(archive.place)
    place.__dict__["shelf"] = SimpleNamespace(listed=lambda: iter(receipts))

    assert fixity.ages(place, NOON) == {}


@pytest.mark.parametrize("store", ["folder", pytest.param("seaweedfs", marks=pytest.mark.servers)])
def test_a_second_format_is_read_back_too_from_every_store(
    store: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    run = Run(tmp_path, MastodonFake(small_world(posts=8, comments=0, threads=0, media=2, with_media=2)))
    place = replace(run.place, settings=Settings(formats=("bagit", "ocfl")))
    if store != "folder":
        place.__dict__["shelf"] = buckets.shelf(request.getfixturevalue(f"{store}_server"))
    line.archive(run.order, place, run.key)

    found = fixity.read_back(ORDER, place)

    assert (found.faults, found.objects) == ([], 6)
    assert [fault for part in (1, 45, 90) for fault in fixity.look(part, place).faults] == []
