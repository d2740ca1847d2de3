"""Years: what is new, changed and vanished; each package read alone; runs that replace; a clock that runs backwards."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from archive_formats import checks
from model.capture import Capture
from model.errors import BadInput, NotWhole
from model.nouns import Kind, Order, Receipt
from model.settings import Settings
from pipeline import line
from tests.fakes.world import World
from tests.runs import NOON, Run, fake_of

SIZE = {"posts": 24, "with_media": 6, "media": 7, "media_bytes": 900, "comments": 16, "threads": 4, "edits": 2}


class Years:
    """One account, archived year after year while its world goes on."""

    def __init__(self, folder: Path) -> None:
        self.world = World(**SIZE)  # type: ignore[arg-type]
        self.run = Run(folder, fake_of(self.world))

    @property
    def place(self) -> line.Place:
        return replace(self.run.place, settings=Settings())

    def order(self, year: int, kind: Kind = "annual") -> Order:
        created = NOON.replace(year=year) + (timedelta(days=3) if kind != "annual" else timedelta())
        return line.order_for(self.run.order.account, year, kind, created=created)

    def archive(self, order: Order) -> Receipt:
        return line.archive(order, self.place, self.run.key)

    def held(self, order: str) -> dict[str, bytes]:
        with zipfile.ZipFile(self.place.archive / f"{order}.zip") as package:
            return {name.partition("/")[2]: package.read(name) for name in package.namelist()}

    def rows(self, order: str, name: str) -> list[dict[str, str]]:
        text = self.held(order)[f"representations/content/data/{name}"].decode()
        return list(csv.DictReader(io.StringIO(text, newline="")))


@pytest.fixture
def years(tmp_path: Path) -> Years:
    return Years(tmp_path)


def status(held: dict[str, bytes]) -> str:
    return held["METS.xml"].partition(b'RECORDSTATUS="')[2].partition(b'"')[0].decode()


def account_of(held: dict[str, bytes]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(held["representations/content/data/account.json"])
    return found


def test_the_first_package_is_new_and_whole(years: Years) -> None:
    receipt = years.archive(years.order(2026))

    held = years.held(receipt.order)
    assert receipt.format == "eark_sip"
    assert status(held) == "NEW"
    assert len([name for name in held if "/media/" in name]) >= 7
    assert [one for one in checks.findings(years.place.archive / receipt.package) if one.level != "INFO"] == []


@pytest.fixture
def two(years: Years) -> tuple[Years, dict[str, str], Receipt]:
    """Two years of an account: what was written, edited, deleted and answered in between, and the second receipt."""
    years.archive(years.order(2026))
    plain = [id for id in years.world.post_ids() if years.world.note(id).kind == "post"]
    quiet = [id for id in plain if not years.world.below(id) and not years.world.note(id).files]
    talked = next(id for id in plain if years.world.below(id))
    years.world.edit(quiet[0], "Nytt och annorlunda i Exempelvik")
    years.world.delete(quiet[1])
    did = {"changed": quiet[0], "vanished": quiet[1], "untouched": quiet[2], "talked": talked}
    did |= {"new": years.world.add_post("Vi ses på torget", files=1), "answer": years.world.add_comment(talked)}
    return years, did, years.archive(years.order(2027))


def test_the_next_year_tells_what_is_new_changed_and_vanished(two: tuple[Years, dict[str, str], Receipt]) -> None:
    years, did, receipt = two

    changes = {row["id"]: row for row in years.rows(receipt.order, "changes_since_previous.csv")}

    assert status(years.held(receipt.order)) == "SUPPLEMENT"
    assert {name: changes[did[name]]["change"] for name in ("new", "changed", "vanished", "answer")} == {
        "new": "new", "changed": "changed", "vanished": "vanished", "answer": "new",
    }  # fmt: skip
    assert "annorlunda" in changes[did["changed"]]["after"]
    assert "annorlunda" not in changes[did["changed"]]["before"]
    assert changes[did["changed"]]["before"]
    assert did["untouched"] not in changes


def test_a_supplement_is_read_alone(two: tuple[Years, dict[str, str], Receipt]) -> None:
    """Whole threads around what is new; both texts of an edit; what vanished as it stood; and every item as data."""
    years, did, receipt = two
    held = years.held(receipt.order)

    posts = held["representations/content/data/posts.json"].decode()
    items = held["representations/content/data/capture/items.jsonl"].decode()
    tombs = held["representations/content/data/tombstones.jsonl"].decode()
    pages = b"".join(data for name, data in held.items() if name.endswith(".html")).decode()

    assert all(did[name] in posts for name in ("new", "changed", "answer", "talked", "vanished"))
    assert did["untouched"] not in posts
    assert did["untouched"] in items
    assert did["vanished"] in tombs
    assert "Vi ses på torget" in pages
    assert "annorlunda" in pages
    assert [one for one in checks.findings(years.place.archive / receipt.package) if one.level != "INFO"] == []


def test_a_supplement_leaves_out_the_files_that_an_earlier_package_has_and_says_which(
    two: tuple[Years, dict[str, str], Receipt],
) -> None:
    years, _, receipt = two
    first = years.held("2026-exempelvik-mastodon")

    rows = years.rows(receipt.order, "earlier_media.csv")

    before = {name.rpartition("/")[2] for name in first if "/content/data/media/" in name}
    now = {name.rpartition("/")[2] for name in years.held(receipt.order) if "/content/data/media/" in name}
    left = {row["path"].rpartition("/")[2] for row in rows}
    assert left
    assert left <= before
    assert not left & now
    assert {row["package"] for row in rows} == {objid(years, 2026)}


def objid(years: Years, year: int) -> str:
    with zipfile.ZipFile(years.place.archive / f"{year}-exempelvik-mastodon.zip") as package:
        return package.namelist()[0].partition("/")[0]


def test_a_third_year_still_knows_which_package_has_a_file(two: tuple[Years, dict[str, str], Receipt]) -> None:
    years, _, _ = two

    receipt = years.archive(years.order(2028))

    assert (
        {objid(years, 2026), objid(years, 2027)}
        >= {row["package"] for row in years.rows(receipt.order, "earlier_media.csv")}
        >= {objid(years, 2026)}
    )
    assert years.rows(receipt.order, "changes_since_previous.csv") == []


def test_a_closure_is_the_whole_account_whatever_was_delivered_before(
    two: tuple[Years, dict[str, str], Receipt],
) -> None:
    years, did, _ = two

    receipt = years.archive(years.order(2027, "closure"))

    held = years.held(receipt.order)
    assert receipt.order == "2027-exempelvik-mastodon.closure"
    assert did["untouched"] in held["representations/content/data/posts.json"].decode()
    assert "representations/content/data/earlier_media.csv" not in held
    assert "documentation/avslut.json" in held


def test_a_rehearsal_is_a_test_and_next_year_does_not_build_on_it(years: Years) -> None:
    rehearsal = years.archive(years.order(2026, "rehearsal"))
    receipt = years.archive(years.order(2026))

    assert status(years.held(rehearsal.order)) == "TEST"
    assert status(years.held(receipt.order)) == "NEW"


def test_a_run_again_replaces_the_package_and_says_why(two: tuple[Years, dict[str, str], Receipt]) -> None:
    years, did, first = two
    later = replace(years.order(2027), created=NOON.replace(year=2027) + timedelta(days=8))
    again = line.again(later, "Bilderna saknade alt-texter", years.place)

    receipt = years.archive(again)

    held = years.held(receipt.order)
    assert receipt.order == "2027-exempelvik-mastodon.r2"
    assert status(held) == "REPLACEMENT"
    assert objid(years, 2027) in held["METS.xml"].decode() + held["metadata/preservation/premis.xml"].decode()
    assert "Bilderna saknade alt-texter" in held["documentation/LASMIG.txt"].decode()
    changes = {row["id"]: row["change"] for row in years.rows(receipt.order, "changes_since_previous.csv")}
    assert changes[did["new"]] == "new", "compared with the package before the one it replaces"
    assert years.place.archive.joinpath(first.package).exists(), "append only"
    assert line.again(years.order(2027), "En gång till", years.place).id == "2027-exempelvik-mastodon.r3"


def test_there_is_nothing_to_replace_before_the_first_package(years: Years) -> None:
    with pytest.raises(BadInput, match="nothing to replace"):
        line.again(years.order(2026), "För säkerhets skull", years.place)


def test_a_clock_before_the_last_package_is_refused_before_the_first_request(years: Years) -> None:
    years.archive(years.order(2026))
    asked = len(years.run.fake.asked)
    late = replace(years.order(2027), created=NOON - timedelta(days=1))

    with pytest.raises(BadInput, match="clock"):
        years.archive(late)

    assert len(years.run.fake.asked) == asked


def test_a_capture_begun_before_the_last_package_does_not_go_on_with_a_newer_clock(years: Years) -> None:
    begun = replace(years.order(2027), created=NOON - timedelta(days=1))
    Capture(years.place.work / begun.id, begun).close()
    years.archive(years.order(2026))

    with pytest.raises(BadInput, match="clock"):
        years.archive(replace(begun, created=NOON + timedelta(days=1)))


def test_a_new_order_comes_after_whatever_there_is_of_the_account(years: Years) -> None:
    """By its name 2025's closure stands before 2026's ring: its package would say that it was taken before it too."""
    years.archive(years.order(2026))
    closure = replace(years.order(2025, "closure"), created=NOON - timedelta(days=1))

    with pytest.raises(BadInput, match="clock"):
        years.archive(closure)
    receipt = years.archive(replace(closure, created=NOON + timedelta(days=1)))

    assert receipt.previous == ""  # an earlier year made up for, with the clock right: it follows no later one


def test_a_run_again_comes_after_what_was_delivered_since_what_it_replaces(years: Years) -> None:
    years.archive(years.order(2026))
    years.archive(years.order(2026, "closure"))  # three days later
    again = replace(line.again(years.order(2026), "En gång till", years.place), created=NOON + timedelta(days=1))

    with pytest.raises(BadInput, match=r"2026-exempelvik-mastodon\.closure"):
        years.archive(again)


def test_a_capture_under_way_goes_on_though_a_later_year_has_been_delivered(years: Years) -> None:
    begun = years.order(2026)
    Capture(years.place.work / begun.id, begun).close()
    years.archive(years.order(2027))

    assert years.archive(begun).order == begun.id


def test_other_formats_are_delivered_beside_the_package_and_checked_before(years: Years) -> None:
    place = replace(years.place, settings=Settings(formats=("eark_sip", "bagit", "ocfl", "wacz")))
    order = years.order(2026)
    line.take(order, place, years.run.key)
    package = line.pack(order.id, place)
    side = place.work / f"{order.id}.bagit.zip"
    good = side.read_bytes()
    side.write_bytes(good[:-30])

    with pytest.raises(NotWhole, match="cannot be read"):
        line.deliver(order.id, place, package)
    side.write_bytes(good)
    receipt = line.deliver(order.id, place, package)

    for name in ("bagit", "ocfl", "wacz"):
        path = place.archive / f"{order.id}.{name}.zip"
        assert line.format_of(path) == name
        assert line.archive_format(name).check(path) == []
        assert path.name in receipt.beside
    assert [path for path in place.work.iterdir() if path.suffix != ".lock"] == []


def test_a_run_again_with_a_clock_before_the_package_that_it_replaces_is_refused(years: Years) -> None:
    years.archive(years.order(2026))
    again = line.again(years.order(2026), "En gång till", years.place)

    with pytest.raises(BadInput, match="clock"):
        years.archive(again)


def test_the_same_capture_gives_the_same_package_on_another_day_and_machine(tmp_path: Path) -> None:
    """Another folder, another time zone, another day on the clock of the machine."""
    one, other = Years(tmp_path / "one"), Years(tmp_path / "another machine")

    first, second = one.archive(one.order(2026)), other.archive(other.order(2026))

    assert first.sha256 == second.sha256
