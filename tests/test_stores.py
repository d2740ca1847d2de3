"""What every store keeps to: the folder here and now, and real object stores over TLS."""

from __future__ import annotations

import io
import zipfile
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from model.errors import NotWhole
from model.nouns import Order, Package, Receipt
from model.protocols import Shelf
from pipeline import line
from stores import folder
from tests import buckets
from tests.captures import order

pytestmark = pytest.mark.filterwarnings("error")
STORES = ["folder", *(pytest.param(name, marks=pytest.mark.servers) for name in buckets.SERVERS)]


@pytest.fixture(params=STORES)
def shelf(request: pytest.FixtureRequest, tmp_path: Path) -> Shelf:
    if request.param == "folder":
        return folder.Shelf(tmp_path / "archive")
    return buckets.shelf(request.getfixturevalue(f"{request.param}_server"))


def package(tmp_path: Path, of: Order, content: bytes = b"the package", **beside: bytes) -> Package:
    """A package of these bytes, and what stands beside it by the ends of their names."""
    place = tmp_path / sha256(content).hexdigest()[:8]
    place.mkdir(exist_ok=True)
    path = place / f"{of.id}.zip"
    path.write_bytes(content)
    papers = [place / f"{of.id}.{end}" for end in beside]
    for paper, data in zip(papers, beside.values(), strict=True):
        paper.write_bytes(data)
    return Package(
        path=str(path), order=of.id, format="bagit", size=len(content), sha256=sha256(content).hexdigest(),
        verdict="whole", sidecars=tuple(map(str, papers)),
    )  # fmt: skip


def of_year(tmp_path: Path, shelf: Shelf, year: int, who: str = "a") -> Receipt:
    of = order(year, who)
    return shelf.deliver(package(tmp_path, of, of.id.encode()), of)


def test_every_store_there_is_is_tried_here() -> None:
    assert line.names("stores") == {"folder", "s3"}


def test_a_delivered_package_is_there_with_its_receipt(shelf: Shelf, tmp_path: Path) -> None:
    given = package(tmp_path, order(), manifest=b"{}")

    made = shelf.deliver(given, order())

    with shelf.open(made) as file:
        assert file.read() == b"the package"
    assert (made.order, made.size, made.sha256) == (order().id, given.size, given.sha256)
    assert (made.verdict, made.format, made.account, made.previous) == ("whole", "bagit", "exempelvik-mastodon", "")
    assert made.beside == {f"{order().id}.manifest": sha256(b"{}").hexdigest()}
    assert made.promise
    assert shelf.receipt(order().id) == made
    assert list(shelf.receipts()) == list(shelf.listed()) == [made]
    assert shelf.where(made).endswith(made.package)


def test_there_is_no_receipt_of_what_was_not_delivered(shelf: Shelf, tmp_path: Path) -> None:
    shelf.deliver(package(tmp_path, order()), order())

    others = ("2027-exempelvik-mastodon", "2026-exempelvik", "", "*", "2026-*", "/etc/passwd", "../store/2026", "å")
    for other in others:
        assert shelf.receipt(other) is None


def test_a_second_delivery_of_the_same_package_is_no_work(shelf: Shelf, tmp_path: Path) -> None:
    first = shelf.deliver(package(tmp_path, order(), manifest=b"{}"), order())

    assert shelf.deliver(package(tmp_path, order(), manifest=b"{}"), order()) == first


def test_another_package_under_the_same_name_is_refused(shelf: Shelf, tmp_path: Path) -> None:
    first = shelf.deliver(package(tmp_path, order()), order())

    with pytest.raises(NotWhole, match="another package of that name"):
        shelf.deliver(package(tmp_path, order(), b"another package"), order())

    assert shelf.receipt(order().id) == first


def test_another_paper_under_the_same_name_is_refused(shelf: Shelf, tmp_path: Path) -> None:
    shelf.deliver(package(tmp_path, order(), manifest=b"{}"), order())

    with pytest.raises(NotWhole, match="another package of that name"):
        shelf.deliver(package(tmp_path, order(), manifest=b"[]"), order())


def test_a_delivery_stopped_before_its_receipt_goes_on(
    shelf: Shelf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(type(shelf), "_write" if isinstance(shelf, folder.Shelf) else "_commit", stopped)
    with pytest.raises(KeyboardInterrupt):
        shelf.deliver(package(tmp_path, order()), order())
    monkeypatch.undo()
    assert shelf.receipt(order().id) is None

    made = shelf.deliver(package(tmp_path, order()), order())

    assert shelf.receipt(order().id) == made
    assert shelf.verify().faults == []


def test_a_package_cut_short_in_the_work_area_has_no_receipt(shelf: Shelf, tmp_path: Path) -> None:
    given = package(tmp_path, order())
    Path(given.path).write_bytes(b"the pack")

    with pytest.raises(NotWhole, match="8 of 11 bytes"):
        shelf.deliver(given, order())

    assert shelf.receipt(order().id) is None


def test_the_receipts_of_an_account_are_chained_through_the_years(shelf: Shelf, tmp_path: Path) -> None:
    for who in ("b-a", "2025-a", "xa"):
        of_year(tmp_path, shelf, 2026, who)

    receipts = [of_year(tmp_path, shelf, year) for year in (2026, 2027, 2029)]

    assert receipts[0].previous == ""
    assert len({receipt.previous for receipt in receipts}) == 3
    assert shelf.previous("a", "2029-a") == receipts[1]
    assert shelf.previous("a", "2026-a") is None


def test_a_paper_is_kept_once_and_never_overwritten(shelf: Shelf) -> None:
    shelf.keep("2026-december.1.run.json", b"{}\n")
    shelf.keep("2026-december.1.run.json", b"{}\n")

    with pytest.raises(NotWhole, match="another file of that name"):
        shelf.keep("2026-december.1.run.json", b"[]\n")

    assert shelf.papers() == ["2026-december.1.run.json"]
    assert shelf.read("2026-december.1.run.json") == b"{}\n"
    with pytest.raises(OSError):
        shelf.read("2027-december.1.run.json")


def test_the_packages_that_lie_there_are_listed_with_their_sizes(shelf: Shelf, tmp_path: Path) -> None:
    assert shelf.lying() == {}
    made = shelf.deliver(package(tmp_path, order(), **{"manifest.json": b"{}"}), order())

    assert shelf.lying() == {made.package: made.size}


def test_papers_that_were_added_are_found_by_how_they_begin(shelf: Shelf) -> None:
    assert shelf.kept(["larm-", "2026-a"]) == []
    for name in ("larm-2026-12-05.ab.json", "larmet.json", "2026-a.manifest.s.tsr", "2027-a.manifest.s.tsr"):
        shelf.keep(name, b"{}\n")

    assert sorted(shelf.kept(["larm-", "2026-a"])) == ["2026-a.manifest.s.tsr", "larm-2026-12-05.ab.json"]
    assert shelf.kept([]) == []
    assert shelf.read("larm-2026-12-05.ab.json") == b"{}\n"


def test_papers_beside_packages_are_found_by_name(shelf: Shelf, tmp_path: Path) -> None:
    shelf.deliver(package(tmp_path, order(), **{"manifest.json": b"{}", "sha256": b"x"}), order())

    assert shelf.papers() == [f"{order().id}.manifest.json", f"{order().id}.sha256"]
    assert shelf.read(f"{order().id}.manifest.json") == b"{}"


def test_what_stands_beside_a_package_is_opened_like_it(shelf: Shelf, tmp_path: Path) -> None:
    made = shelf.deliver(package(tmp_path, order(), **{"bagit.zip": b"another format"}), order())

    with shelf.open(made, f"{order().id}.bagit.zip") as file:
        assert file.read() == b"another format"
    with pytest.raises((OSError, NotWhole)):
        shelf.open(made, f"{order().id}.ocfl.zip")


def test_a_page_is_read_out_of_a_large_package_without_the_rest(shelf: Shelf, tmp_path: Path) -> None:
    made = shelf.deliver(package(tmp_path, order(), _zip(24)), order())

    with shelf.open(made) as file, zipfile.ZipFile(file) as held:
        page = held.read("reading/index.html")

    assert page == b"<p>page</p>"
    assert shelf.verify().faults == []


def test_a_slice_at_a_time_reads_everything_once(shelf: Shelf, tmp_path: Path) -> None:
    for year in range(2026, 2032):
        of_year(tmp_path, shelf, year)
    whole = shelf.verify()

    slices = [shelf.verify(part, 3) for part in (1, 2, 3)]

    assert sum(one.objects for one in slices) >= whole.objects >= 12
    assert sum(one.bytes for one in slices) >= whole.bytes > 0
    assert whole.faults == []


def _zip(mb: int) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        for number in range(mb):
            made.writestr(f"media/{number}.bin", bytes([number]) * 2**20)
        made.writestr("reading/index.html", b"<p>page</p>")
    return out.getvalue()
