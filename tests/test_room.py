"""The reading room without Airflow: what is gathered, what the pages say, and what of a package is handed out."""

from __future__ import annotations

import json
import re
import shutil
import threading
import zipfile
from dataclasses import replace
from datetime import date, datetime
from html.parser import HTMLParser
from pathlib import Path
from posixpath import dirname, normpath
from typing import Any
from urllib.parse import unquote, urlsplit
from uuid import uuid4

import pytest

from model.errors import BadInput, NotWhole
from model.nouns import Receipt
from model.settings import StampAuthority
from pipeline import fixity, opened
from pipeline.line import Place
from pipeline.room import Room
from reading import room as pages
from reading.room import Cell, Frame, Kept, Key, Line, Overview, Todo, Year
from reading.room_texts import _TABLES, _WORDS
from tests import buckets, rooms
from tests.servers.s3 import S3Server
from tests.test_pages import HOSTILE

ANNUAL = "2025-exempelvik-mastodon"
ENGLISH = Frame(lang="en")
SCRIPTS = re.compile(r"<script|<iframe|<object|<embed|<base|\son\w+=|javascript:|style=", re.IGNORECASE)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """A house that nobody changes."""
    return rooms.filled(tmp_path_factory.mktemp("house"))


@pytest.fixture
def mine(house: Place, tmp_path: Path) -> Place:
    """A copy of it that a test may spoil."""
    shutil.copytree(house.work.parent, tmp_path / "house")
    return replace(house, work=tmp_path / "house/work", archive=tmp_path / "house/archive")


def states(room: Room, account: str) -> dict[int, str]:
    line = next(one for one in room.known().view.lines if one.id == account)
    return {cell.year: cell.state for cell in line.cells}


def delivered(room: Room, order: str = ANNUAL) -> Receipt:
    found = room.receipt(order)
    assert found
    return found[0]


class Parsed(HTMLParser):
    """A page's tags with their attributes, and its text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.said = ""
        self.feed(text)
        self.close()
        self.said = " ".join(self.said.split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))

    def handle_data(self, data: str) -> None:
        self.said += f" {data}"

    def all(self, tag: str, attribute: str) -> list[str]:
        return [known[attribute] for name, known in self.tags if name == tag and attribute in known]


# -- what is gathered ----------------------------------------------------------------------------------------------


def test_every_account_has_a_state_for_every_year(house: Place) -> None:
    room = rooms.room(house)

    assert states(room, "exempelvik-mastodon") == {2023: "before", 2024: "whole", 2025: "whole", 2026: "waiting"}
    assert states(room, "exempelvik-bad")[2024] == "whole with named gaps"
    assert states(room, "exempelvik-bad")[2025] == "missing"
    assert set(states(room, "exempelvik-nytt").values()) == {"before", "waiting"}
    assert states(room, "exempelvik-stangt") == {2023: "whole", 2024: "not whole", 2025: "closed", 2026: "closed"}
    assert states(room, "exempelvik-borta") == {2023: "whole", 2024: "before", 2025: "before", 2026: "before"}


def test_a_rehearsal_is_told_in_the_history_and_counts_nowhere_else(house: Place) -> None:
    room = rooms.room(house)

    found = room.account("exempelvik-mastodon")

    assert found
    assert [one.kind for one in found[1]] == ["rehearsal", "annual", "annual"]
    assert next(year for year in room.known().view.years if year.year == 2026).packages == 0


def test_what_needs_a_person_is_found(house: Place) -> None:
    view = rooms.room(house).known().view

    found = {(one.kind, one.account) for one in view.todos}
    assert found == {
        ("sign-off", "exempelvik-kort"), ("renew", "exempelvik-bad"), ("missing", "exempelvik-bad"),
        ("never", "exempelvik-kort"), ("never", "exempelvik-nytt"),
    }  # fmt: skip
    renew = next(one for one in view.todos if one.kind == "renew")
    assert renew.by == "2026-11-30"
    assert renew.what["sv"].startswith("exempelvik-bad: nyckeln ”ex-bad” går ut")
    waits = next(one for one in view.todos if one.kind == "sign-off")
    assert waits.what["sv"].splitlines()[1].startswith("inlägg: inte komplett: ")
    assert waits.what["en"].splitlines()[1].startswith("posts: not whole: ")
    assert [line.id for line in view.lines if line.needs] == [
        "exempelvik-bad", "exempelvik-kort", "exempelvik-nytt",
    ]  # fmt: skip


def test_the_days_of_a_key_are_counted_from_today(house: Place) -> None:
    keys = {line.id: line.key for line in rooms.room(house).known().view.lines}

    assert (keys["exempelvik-mastodon"].state, keys["exempelvik-mastodon"].days) == ("days", 65)
    assert keys["exempelvik-bad"].days == 12
    assert keys["exempelvik-kort"].state == "not-looked"
    assert keys["exempelvik-nytt"].state == "none"


def test_the_last_and_the_next_december_are_told(house: Place) -> None:
    view = rooms.room(house).known().view

    assert (view.last, view.december, view.days) == (2025, "2026-12-01", 3)
    assert (view.ready, view.due) == (1, 4)


def test_a_package_that_comes_is_seen_and_one_that_is_known_is_not_read_again(mine: Place) -> None:
    room = rooms.room(mine, fresh=0.0)
    before = states(room, "exempelvik-bad")[2025]
    for path in mine.archive.glob("*.receipt.json"):
        path.chmod(0o644)
        path.write_bytes(b"spoilt")
    rooms.delivered(mine.archive, "2025-exempelvik-bad", "exempelvik-bad", verdict="whole", size=1, sha256="0" * 64,
                    format="bagit")  # fmt: skip

    assert before == "missing"
    assert states(room, "exempelvik-bad")[2025] == "whole"
    assert [one for one in room.known().view.todos if one.kind == "fault"] == []


def test_within_seconds_nothing_is_read_anew(mine: Place) -> None:
    room = rooms.room(mine, fresh=3600.0)
    first = room.known()
    shutil.rmtree(mine.archive)

    assert room.known() is first


def test_a_run_that_replaces_another_is_the_years_package(mine: Place) -> None:
    rooms.delivered(mine.archive, "2024-exempelvik-bad.r2", "exempelvik-bad", verdict="whole", size=7, sha256="0" * 64,
                    format="bagit")  # fmt: skip
    room = rooms.room(mine)

    line = next(one for one in room.known().view.lines if one.id == "exempelvik-bad")
    assert next(cell.order for cell in line.cells if cell.year == 2024) == "2024-exempelvik-bad.r2"


def test_a_receipt_that_was_touched_is_told_and_the_rest_is_there(mine: Place) -> None:
    path = next(mine.archive.glob("2024-exempelvik-bad.*.receipt.json"))
    path.write_bytes(path.read_bytes().replace(b"named gaps", b"nothing at all"))
    room = rooms.room(mine)

    faults = [one for one in room.known().view.todos if one.kind == "fault"]
    assert len(faults) == 1
    assert "kvitto" in faults[0].what["sv"]
    assert states(room, "exempelvik-mastodon")[2025] == "whole"


def test_a_receipt_that_the_disk_refuses_is_told_and_the_rest_is_there(mine: Place) -> None:
    path = next(mine.archive.glob("2024-exempelvik-bad.*.receipt.json"))
    path.unlink()
    path.mkdir()
    room = rooms.room(mine)

    (told,) = [one for one in room.known().view.todos if one.kind == "fault"]
    assert "kvittot går inte att läsa" in told.what["sv"]
    assert states(room, "exempelvik-mastodon")[2025] == "whole"


def test_an_account_that_was_closed_without_a_closure_is_missing_nothing(mine: Place) -> None:
    register = mine.work.parent / "register.csv"
    text = register.read_text("utf-8").replace("Badchefen;aktivt", "Badchefen;avslutat")
    register.write_text(text, encoding="utf-8")
    room = rooms.room(mine)

    assert [*states(room, "exempelvik-bad").values()] == ["before", "whole with named gaps", "closed", "closed"]
    assert [one for one in room.known().view.todos if one.account == "exempelvik-bad" and one.kind == "missing"] == []


def test_that_there_are_no_gaps_is_said_of_whole_packages_alone() -> None:
    known: dict[str, Any] = {"kind": "annual", "year": "2025", "size": 1, "sha256": "", "receipt": ""}
    line = Line(id="a", platform="mastodon")
    for verdict, said in (("whole", True), ("not whole", False), ("cannot be proven", False)):
        text = pages.account(line, (Kept(order="2025-a", verdict=verdict, **known),), (), Frame())
        assert ("Paketen har inga luckor." in text) is said, verdict


def test_a_page_shows_its_words_and_never_what_python_calls_them(house: Place) -> None:
    view = rooms.room(house).known().view

    for text in (pages.overview(view, Frame(query="x")), pages.overview(many(), Frame(needs=True))):
        assert "built-in" not in text
    assert "Visa alla konton" in pages.overview(view, Frame(query="x"))


def test_a_register_with_faults_is_told_and_the_archive_is_shown_all_the_same(mine: Place) -> None:
    (bad := mine.work.parent / "register.csv").write_text("id;plattform\nx;y\n", encoding="utf-8")
    view = rooms.room(mine, bad).known().view

    assert [one.kind for one in view.todos if one.kind == "fault"] == ["fault"]
    assert "exempelvik-mastodon" in {line.id for line in view.lines}


def test_a_broken_report_of_a_look_is_passed_over(mine: Place) -> None:
    rooms.looked(mine, "exempelvik-bad", "facebook", day="2026-11-20")
    next(mine.work.glob("readiness/2026-11-20/*/report.json")).write_text("{")

    assert {line.id: line.key for line in rooms.room(mine).known().view.lines}["exempelvik-bad"].days == 12


def test_nothing_at_all_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "register.csv").write_text("id;plattform;adress\n", encoding="utf-8")
    room = rooms.room(Place(work=tmp_path / "work", archive=tmp_path / "archive"), tmp_path / "register.csv")

    said = Parsed(pages.overview(room.known().view, Frame())).said
    assert "Inga paket än." in said
    assert room.account("x") is None
    assert room.receipt("2025-x") is None


@pytest.mark.parametrize(("today", "last", "next_"), [
    (date(2026, 12, 5), 2025, "2026-12-01"), (date(2027, 1, 2), 2026, "2027-12-01"),
    (date(2026, 3, 1), 2025, "2026-12-01"),
])  # fmt: skip
def test_december_is_reckoned_from_today(today: date, last: int, next_: str, house: Place) -> None:
    room = rooms.room(house)
    room.today = lambda: today

    view = room.known().view
    assert (view.last, view.december) == (last, next_)


# -- a package, opened where it lies ---------------------------------------------------------------------------------


def member(place: Place, path: str, order: str = ANNUAL, **more: Any) -> opened.Member:
    return opened.member(delivered(rooms.room(place), order), path, place, **more)


def test_a_page_of_the_reading_copy_comes_as_it_was_packed(house: Place) -> None:
    found = member(house, "representations/reading/data/index.html")

    data = b"".join(found.data)
    with zipfile.ZipFile(house.archive / f"{ANNUAL}.zip") as held:
        name = next(one for one in held.namelist() if one.endswith("/reading/data/index.html"))
        assert held.read(name) == data
    assert (found.type, found.attached, found.length) == ("text/html; charset=utf-8", False, len(data))


def test_every_link_of_the_reading_copy_is_answered(house: Place) -> None:
    receipt = delivered(rooms.room(house))
    index = opened.index(receipt, house)
    dead = []
    for page in [name for name in index.files if name.endswith(".html")]:
        parsed = Parsed(b"".join(opened.member(receipt, page, house).data).decode())
        hidden = {known["href"] for _, known in parsed.tags if known.get("class") == "record"}  # no script runs here
        links = [*parsed.all("a", "href"), *parsed.all("img", "src"), *parsed.all("link", "href")]
        for link in set(links) - hidden:
            if not urlsplit(link).scheme and not link.startswith("#") and _path(page, link) not in index.files:
                dead.append((page, link))

    assert dead == []


def _path(page: str, link: str) -> str:
    return normpath(f"{dirname(page)}/{unquote(link.partition('#')[0].partition('?')[0])}")


OUTSIDE = (
    "METS.xml", "metadata/preservation/premis.xml", "representations/raw/data", "../2024-exempelvik-mastodon.zip",
    "representations/reading/data/../../../METS.xml", "/etc/passwd", "representations/reading/data/",
    "representations/reading/data/finns-inte.html", "", ".", "..%2f..%2fMETS.xml", "representations\\reading",
)  # fmt: skip


@pytest.mark.parametrize("path", OUTSIDE)
def test_nothing_outside_the_reading_copy_is_handed_out(path: str, house: Place) -> None:
    with pytest.raises(opened.NoSuch):
        member(house, path)


def test_the_record_is_not_handed_out_by_any_name(house: Place) -> None:
    files = opened.index(delivered(rooms.room(house)), house).files

    assert files
    assert [name for name in files if name.startswith("representations/raw")] == []
    assert {name.split("/")[1] for name in files if name.startswith("representations/")} == {"reading", "content"}


def test_a_piece_of_a_file_is_handed_out(house: Place) -> None:
    path = "representations/reading/data/stil.css"
    whole = b"".join(member(house, path).data)

    piece = member(house, path, first=10, last=19)

    assert b"".join(piece.data) == whole[10:20]
    assert (piece.size, piece.first, piece.length) == (len(whole), 10, 10)
    assert b"".join(member(house, path, first=len(whole) - 5).data) == whole[-5:]
    with pytest.raises(opened.NoSuch):
        member(house, path, first=len(whole))


def test_a_flipped_byte_is_seen_before_any_of_the_file_is_sent_and_the_rest_can_be_read(mine: Place) -> None:
    package = mine.archive / f"{ANNUAL}.zip"
    package.chmod(0o644)
    data = bytearray(package.read_bytes())
    at = data.index(b"<!DOCTYPE html>")
    data[at + 20] ^= 1
    package.write_bytes(data)
    receipt = replace(delivered(rooms.room(mine)), sha256="f" * 64)  # one whose files nobody remembers
    pages_ = [name for name in opened.index(receipt, mine).files if name.endswith(".html")]

    damaged = []
    for page in pages_:
        try:
            opened.member(receipt, page, mine)
        except opened.Damaged:
            damaged.append(page)

    assert len(damaged) == 1
    assert len(pages_) > 4


def test_a_package_that_is_no_zip_is_told_on_its_accounts_page(house: Place) -> None:
    found = rooms.room(house).account("exempelvik-bad")

    assert found
    (kept,) = found[1]
    assert "verify" in kept.fault["en"]
    assert "den är ingen hel ZIP-fil" in kept.fault["sv"]
    assert kept.copy == {}
    said = Parsed(pages.account(*found, (), Frame())).said
    assert kept.fault["sv"] in said
    assert "inga luckor" not in said


@pytest.mark.parametrize(("left", "says"), [(None, "paketet är borta ur arkivlagret"), (1000, "är 1000 byte")])
def test_a_package_that_is_gone_or_cut_short_is_told_and_counts_nowhere(
    left: int | None, says: str, mine: Place
) -> None:
    room = rooms.room(mine, fresh=0.0)
    room.account("exempelvik-mastodon")  # when it was there: what was remembered then does not hide it
    sizes = {one.year: one.size for one in room.known().view.years}
    path = mine.archive / f"{ANNUAL}.zip"
    path.chmod(0o644)
    path.unlink() if left is None else path.write_bytes(bytes(left))

    found, view = room.account("exempelvik-mastodon"), room.known().view

    assert found
    assert states(room, "exempelvik-mastodon")[2025] == "lost"
    year = next(one for one in view.years if one.year == 2025)
    assert (year.packages, year.size, year.states["lost"]) == (0, 0, 1)
    assert sizes[2025] > 0
    (told,) = [one for one in view.todos if one.kind == "alarm"]
    assert says in told.what["sv"]
    assert (told.account, told.platform) == ("exempelvik-mastodon", "mastodon")
    kept = next(one for one in found[1] if one.order == ANNUAL)
    assert (kept.lost, kept.copy) == (True, {})
    assert kept.counts
    page = Parsed(pages.overview(view, Frame())).said
    assert "Borta" in page
    assert "Arkivet är inte som det levererades (1)" in page
    with pytest.raises((NotWhole, opened.Damaged)):
        opened.member(delivered(room), "representations/reading/data/index.html", mine)


def test_of_a_package_that_is_not_there_nothing_is_sent(mine: Place) -> None:
    receipt = delivered(rooms.room(mine))
    (mine.archive / f"{ANNUAL}.zip").unlink()

    with pytest.raises(NotWhole, match="it is not there"):
        opened.whole(receipt, mine)


def test_two_receipts_of_one_order_are_told_and_neither_is_believed(mine: Place) -> None:
    rooms.delivered(mine.archive, "2025-exempelvik-bad", "exempelvik-bad", verdict="whole", size=1, sha256="0" * 64,
                    format="bagit")  # fmt: skip
    rooms.delivered(mine.archive, "2025-exempelvik-bad", "exempelvik-bad", verdict="whole", size=1, sha256="1" * 64,
                    format="bagit")  # fmt: skip
    room = rooms.room(mine)
    found, view = room.account("exempelvik-bad"), room.known().view

    assert found
    assert states(room, "exempelvik-bad")[2025] == "lost"
    assert ["det finns 2 kvitton" in one.what["sv"] for one in view.todos if one.kind == "alarm"] == [True]
    assert [(one.lost, one.copy, one.evidence) for one in found[1][:2]] == [(True, {}, ())] * 2
    page = Parsed(pages.account(*found, view.todos, Frame()))
    ids = [known["id"] for _, known in page.tags if "id" in known]
    assert len(ids) == len(set(ids))
    assert "2025-exempelvik-bad" in ids
    assert "/lasesal/hamta/2025-exempelvik-bad" not in page.all("a", "href")
    with pytest.raises(NotWhole, match="2 receipts"):
        room.receipt("2025-exempelvik-bad")


# -- alarms ----------------------------------------------------------------------------------------------------------


def alarmed(place: Place, *faults: str, at: str = "2026-11-20") -> str:
    where = str(place.archive / f"{ANNUAL}.zip")
    found = fixity.Look(where, 1, 1, faults=[f"{where}: {one}" for one in faults])
    return fixity.keep(found, datetime.fromisoformat(f"{at}T02:00:00+00:00"), place)


def test_an_alarm_stands_until_a_look_finds_all_well(mine: Place) -> None:
    room = rooms.room(mine, fresh=0.0)
    alarmed(mine, "är inte som det levererades")
    found, view = room.account("exempelvik-mastodon"), room.known().view
    alarmed(mine, at="2026-11-21")

    assert found
    (told,) = [one for one in view.todos if one.kind == "alarm"]
    assert told.account == "exempelvik-mastodon"
    assert "är inte som det levererades" in told.what["sv"]
    assert [bool(one.alarm) for one in found[1]] == [False, True, False]
    assert "Larm vid kontrollen av arkivet" in Parsed(pages.account(*found, view.todos, Frame())).said
    assert [one for one in room.known().view.todos if one.kind == "alarm"] == []
    after = room.account("exempelvik-mastodon")
    assert after
    assert not any(one.alarm for one in after[1])


def test_an_alarm_that_cannot_be_read_is_told(mine: Place) -> None:
    name = "larm-2026-11-20.0123456789abcdef.json"
    (mine.archive / name).write_text('{"format": "arsring alarm 9"}')

    (told,) = [one for one in rooms.room(mine).known().view.todos if one.kind == "fault"]

    assert told.what["sv"].startswith(f"{name}: går inte att läsa som ett larm")


# -- read behind the page ----------------------------------------------------------------------------------------------


class Slow:
    """A place that is handed out when it may be."""

    def __init__(self, place: Place) -> None:
        self.place, self.may, self.asked = place, threading.Event(), 0
        self.may.set()

    def __call__(self) -> Place:
        self.asked += 1
        assert self.may.wait(30)
        return self.place


def test_what_is_known_is_shown_while_it_is_read_anew(house: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.room.SETTLED", 0.0)
    slow = Slow(house)
    room = rooms.room(house, fresh=0.0, behind=True)
    room.place_of = slow
    first = room.known()
    slow.may.clear()

    assert [room.known().read, room.known().read] == [first.read, first.read]
    assert slow.asked == 2, "one reading for all who ask"
    slow.may.set()
    assert room._reading
    room._reading.result(30)
    assert room.known().read > first.read


def test_what_is_too_old_is_not_shown(house: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    room = rooms.room(house, fresh=0.0, behind=True)
    first = room.known()
    monkeypatch.setattr("pipeline.room.HELD", 0.0)

    assert room.known().read > first.read


def test_what_hinders_a_reading_is_told_to_whoever_waits_for_it(house: Place) -> None:
    room = rooms.room(house, fresh=0.0)

    def torn() -> Place:
        raise BadInput("installningar.toml: not there")

    room.place_of = torn
    with pytest.raises(BadInput, match="not there"):
        room.known()


def test_gaps_by_reason_are_read_once_out_of_the_last_packages(mine: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def gaps(receipt: Receipt, place: Place) -> dict[str, int]:
        asked.append(receipt.order)
        if receipt.order == "2024-exempelvik-stangt.closure":
            raise NotWhole("x")
        return {"gone": 3, "too-large": 1}

    monkeypatch.setattr(opened, "gaps", gaps)
    room = rooms.room(mine, fresh=0.0)
    before = room.known()
    weighed = room.weigh(before)
    again = room.weigh(room.known())

    assert (before.view.gaps, before.view.unweighed) == ({}, 2)
    assert (weighed.view.gaps, weighed.view.unweighed) == ({"gone": 3, "too-large": 1}, 1)
    assert (again.view.gaps, again.view.unweighed) == (weighed.view.gaps, 1)
    assert sorted(asked) == ["2024-exempelvik-bad", "2024-exempelvik-stangt.closure"]
    page = Parsed(pages.overview(weighed.view, Frame()))
    assert "Luckor i kontonas senaste paket, skäl för skäl. borta: 3. för stort: 1." in page.all("svg", "aria-label")
    assert "1 paket är inte läst, eller går inte att läsa" in page.said


def test_gaps_are_read_behind_the_page(mine: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opened, "gaps", lambda receipt, place: {"gone": 1})
    room = rooms.room(mine, behind=True)
    room.known()
    room._reader.shutdown(wait=True)

    assert room.known().view.gaps == {"gone": 2}


def test_the_gaps_of_a_real_package_are_read_out_of_its_ledger(mine: Place) -> None:
    receipt = delivered(rooms.room(mine))
    before = opened.gaps(receipt, mine)
    repacked(mine, "/ledger.json", b'{"gaps": {"gone": 3}}')

    assert before == {}
    assert opened.gaps(replace(receipt, sha256="d" * 64), mine) == {"gone": 3}


def test_of_many_faults_some_are_told_and_how_many_more(mine: Place) -> None:
    alarmed(mine, *(f"fel {n}" for n in range(5)))

    (told,) = [one for one in rooms.room(mine).known().view.todos if one.kind == "alarm"]
    assert len(told.what["sv"].splitlines()) == 4
    assert told.what["sv"].endswith("… och 2 till")


def test_a_key_that_has_ended_says_so() -> None:
    line = Line(id="a", platform="mastodon", key=Key(state="days", days=-3, ends="2026-11-25"))

    said = Parsed(pages.account(line, (), (), Frame())).said
    assert "har gått ut" in said
    assert "-3" not in said


@pytest.mark.parametrize("spoilt", [b"", b"no zip at all", b"PK\x05\x06" + bytes(18)])
def test_a_package_that_is_none_is_refused(spoilt: bytes, mine: Place) -> None:
    package = mine.archive / f"{ANNUAL}.zip"
    package.chmod(0o644)
    package.write_bytes(spoilt)
    receipt = replace(delivered(rooms.room(mine)), sha256=f"{len(spoilt):064}")

    with pytest.raises((NotWhole, opened.NoSuch)):
        opened.member(receipt, "representations/reading/data/index.html", mine)


def looked(place: Place, **changed: Any) -> Kept:
    """What is told of the account's last package, as one whose files nobody remembers."""
    receipt = replace(delivered(rooms.room(place)), sha256=f"{uuid4().int:064x}"[-64:], **changed)
    return opened.look(receipt, "0" * 64, "annual", "2025", place)


def repacked(place: Place, end: str, data: bytes) -> None:
    """The package with other bytes in the file whose name ends so."""
    package = place.archive / f"{ANNUAL}.zip"
    with zipfile.ZipFile(package) as held:
        files = {name: data if name.endswith(end) else held.read(name) for name in held.namelist()}
    package.chmod(0o644)
    with zipfile.ZipFile(package, "w", zipfile.ZIP_STORED) as held:
        for name, text in files.items():
            held.writestr(name, text)


@pytest.mark.parametrize(
    "ledger", [b"", b"[]", b'{"gaps": []}', b'{"gaps": {"gone": {}}}', b'{"gaps": 1, "version": 9}', b"[" * 100_000],
    ids=["empty", "list", "gaps-list", "gaps-map", "later", "deep"],
)  # fmt: skip
def test_a_package_of_another_version_is_opened_as_far_as_it_can_be(ledger: bytes, mine: Place) -> None:
    repacked(mine, "/ledger.json", ledger)

    kept = looked(mine)

    assert kept.copy["sv"].endswith("reading/data/index.html")
    assert "posts" in kept.counts
    assert "this version of Årsring" in kept.fault["en"]
    assert "den här versionen av Årsring" in kept.fault["sv"]


def test_a_format_that_is_not_known_here_leaves_the_reading_copy_readable(mine: Place) -> None:
    kept = looked(mine, format="eark_sip_9")

    assert kept.copy["sv"].endswith("reading/data/index.html")
    assert "eark_sip_9" in kept.fault["sv"]


def test_a_manifest_of_another_version_is_told_as_such(mine: Place) -> None:
    path = mine.archive / f"{ANNUAL}.manifest.json"
    path.chmod(0o644)
    path.write_bytes(path.read_bytes().replace(b"arsring manifest 1", b"arsring manifest 2"))

    kept = looked(mine)

    assert kept.copy["sv"].endswith("reading/data/index.html")
    assert kept.gaps or kept.began
    assert "arsring manifest 2" in kept.fault["sv"]
    assert "Lägg tillbaka" not in kept.fault["sv"]  # nobody has touched it


def test_what_was_packed_by_others_is_not_unpacked(mine: Place) -> None:
    package = mine.archive / f"{ANNUAL}.zip"
    package.chmod(0o644)
    with zipfile.ZipFile(package, "w", zipfile.ZIP_DEFLATED) as held:
        for name in ("x/representations/reading/data/index.html", "x/representations/reading/data/../../../METS.xml"):
            held.writestr(name, bytes(10_000_000))
    receipt = replace(delivered(rooms.room(mine)), sha256="e" * 64)

    assert opened.index(receipt, mine).files == {}


def test_the_english_room_leads_to_the_english_copy(house: Place) -> None:
    found = rooms.room(house).account("exempelvik-mastodon")
    assert found

    begins = f"/lasesal/paket/{ANNUAL}/representations/reading/data/"
    assert f"{begins}en/index.html" in Parsed(pages.account(*found, (), ENGLISH)).all("a", "href")
    assert f"{begins}index.html" in Parsed(pages.account(*found, (), Frame())).all("a", "href")


def test_a_package_without_a_reading_copy_says_so(house: Place) -> None:
    found = rooms.room(house).account("exempelvik-mastodon")

    assert found
    rehearsal = found[1][0]
    assert (rehearsal.format, rehearsal.copy, rehearsal.fault) == ("bagit", {}, {})
    assert "Paketets format har ingen läskopia." in Parsed(pages.account(*found, (), Frame())).said


def test_the_package_and_its_evidence_come_as_they_lie_there(house: Place) -> None:
    receipt = delivered(rooms.room(house))
    whole = opened.whole(receipt, house)
    assert not isinstance(whole, str)
    assert b"".join(whole) == (house.archive / f"{ANNUAL}.zip").read_bytes()

    names = opened.papers(receipt, house)
    assert [name.rpartition(".")[2] for name in names] == ["json", "sha256", "json"]
    for name in names:
        _, data = opened.paper(receipt, name, house)
        assert b"".join(data) == (house.archive / name).read_bytes(), name


@pytest.mark.parametrize("name", ["../register.csv", "2024-exempelvik-mastodon.sha256", f"{ANNUAL}.zip", "", "x.pem"])
def test_no_other_file_of_the_archive_is_handed_out(name: str, house: Place) -> None:
    with pytest.raises(opened.NoSuch):
        opened.paper(delivered(rooms.room(house)), name, house)


def test_a_stamp_is_shown_once_it_is_there(mine: Place) -> None:
    stamped = replace(mine, settings=replace(mine.settings, stamps=(StampAuthority(name="s", url="", roots=""),)))
    room = rooms.room(stamped, fresh=0.0)
    first = room.account("exempelvik-mastodon")
    (mine.archive / f"{ANNUAL}.manifest.s.tsr").write_bytes(b"stamp")
    second = room.account("exempelvik-mastodon")

    assert first
    assert second
    assert not any(name.endswith(".tsr") for name in first[1][1].evidence)
    assert [name for name in second[1][1].evidence if name.endswith((".tsr", ".pem"))] == [f"{ANNUAL}.manifest.s.tsr"]
    with pytest.raises(opened.NoSuch):
        opened.paper(delivered(room), f"{ANNUAL}.manifest.s.pem", stamped)


def test_a_page_that_would_be_a_strangers_is_saved_and_not_shown() -> None:
    assert opened._type("representations/content/data/media/x.html") == ("application/octet-stream", False)
    assert opened._type("representations/content/data/media/x.exe") == ("application/octet-stream", False)
    assert opened._type("representations/reading/data/utskrift.pdf")[1] is False
    assert opened._type("representations/content/data/media/x.js") == ("application/octet-stream", False)
    assert opened._type("representations/reading/data/sok/000.js") == ("text/javascript; charset=utf-8", True)
    assert opened._type("representations/reading/data/index.html")[1] is True
    assert opened._type("representations/content/data/media/x.JPG") == ("image/jpeg", True)


# -- an object store -------------------------------------------------------------------------------------------------


@pytest.mark.servers
def test_in_an_object_store_the_package_is_read_by_pieces_and_fetched_from_the_store_itself(
    seaweedfs_server: S3Server, tmp_path: Path
) -> None:
    settings = replace(rooms.Settings(), store="s3", bucket=buckets.made(seaweedfs_server))
    place = Place(work=tmp_path, archive=tmp_path, settings=settings, key=buckets.keys(seaweedfs_server))
    run = rooms.Run(tmp_path, rooms.fake_of(rooms.world()))
    made = rooms.line.archive(run.order, replace(place, web=run.place.web), run.key)
    (tmp_path / "register.csv").write_text(rooms.REGISTER, encoding="utf-8")
    room = rooms.room(place, tmp_path / "register.csv")

    found = room.account("exempelvik-mastodon")
    assert found
    assert [(one.order, one.fault) for one in found[1]] == [(made.order, {})]
    page = opened.member(delivered(room, made.order), found[1][0].copy["sv"], place)
    assert b"".join(page.data).startswith(b"<!DOCTYPE html>")
    for name in opened.papers(made, place):
        assert b"".join(opened.paper(made, name, place)[1]), name
    link = opened.whole(made, place)
    assert isinstance(link, str)
    assert place.shelf.get.opens(link) == 200  # type: ignore[attr-defined]  # an object store has it
    assert place.shelf.get.opens(link.partition("?")[0]) != 200  # type: ignore[attr-defined]


# -- the pages -----------------------------------------------------------------------------------------------------


def test_the_overview_says_how_every_account_stands(house: Place) -> None:
    parsed = Parsed(pages.overview(rooms.room(house).known().view, Frame()))

    for words in (
        "Att göra nu", "Saknas", "Komplett", "Luckor", "12 dagar", "65 dagar", "2026-12-10",
        "finns inte längre i registret", "1 av 4", "senast 2026-11-30", "Väntar",
    ):  # fmt: skip
        assert words in parsed.said, words
    assert "/lasesal/konto/mastodon/exempelvik-mastodon#2025-exempelvik-mastodon" in parsed.all("a", "href")


def test_an_accounts_page_tells_its_packages(house: Place) -> None:
    found = rooms.room(house).account("exempelvik-mastodon")
    assert found

    parsed = Parsed(pages.account(*found, (), Frame(form="/dags/arkiv_avslut", airflow="")))

    receipt = delivered(rooms.room(house))
    for words in (receipt.sha256, "1 december 2026", "inlägg", "övning 2026 (räknas inte)", "Stäng kontot", "Kvitto"):
        assert words in parsed.said, words
    links = parsed.all("a", "href")
    assert f"/lasesal/paket/{ANNUAL}/representations/reading/data/index.html" in links
    assert f"/lasesal/hamta/{ANNUAL}" in links
    assert f"/lasesal/bevis/{ANNUAL}/{ANNUAL}.manifest.json" in links
    assert "/dags/arkiv_avslut?konto=exempelvik-mastodon" in links


@pytest.mark.parametrize("how", ["gone", "cut short"])
def test_a_package_that_is_gone_or_damaged_has_a_notice_and_no_button_to_fetch_it(mine: Place, how: str) -> None:
    receipt = delivered(rooms.room(mine))
    path = mine.archive / receipt.package
    opened._index.cache_clear()  # as another process finds it
    path.unlink() if how == "gone" else path.write_bytes(path.read_bytes()[:1000])
    found = rooms.room(mine).account("exempelvik-mastodon")
    assert found

    parsed = Parsed(pages.account(*found, (), Frame()))

    assert f"/lasesal/hamta/{receipt.order}" not in parsed.all("a", "href")
    assert "Paketet går inte att hämta" in parsed.said
    assert f"/lasesal/bevis/{receipt.order}/{receipt.order}.manifest.json" in parsed.all("a", "href")


def test_who_may_not_close_an_account_gets_no_button(house: Place) -> None:
    found = rooms.room(house).account("exempelvik-mastodon")
    assert found

    assert "Stäng kontot" not in pages.account(*found, (), Frame())


def test_the_button_that_starts_a_closure_is_called_as_airflow_calls_it() -> None:
    """In Swedish it is called as our own texts of Airflow say."""
    said = json.loads((Path(opened.__file__).parents[1] / "dags/svenska/components.json").read_bytes())

    assert f"Tryck på {said['triggerDag']['button']} och" in _WORDS["close-help"][0]


def test_the_pages_are_in_english_by_one_switch(house: Place) -> None:
    view = rooms.room(house).known().view

    swedish, english = Parsed(pages.overview(view, Frame())), Parsed(pages.overview(view, ENGLISH))

    assert "?lang=en" in swedish.all("a", "href")
    assert "?lang=sv" in english.all("a", "href")
    assert (swedish.all("html", "lang"), english.all("html", "lang")) == (["sv"], ["en"])
    assert "To be done now" in english.said
    assert not re.search("[åäö]", re.sub("På svenska|Årsring|läsesal", "", english.said))


def test_only_what_is_looked_for_is_shown(house: Place) -> None:
    view = rooms.room(house).known().view

    one = Parsed(pages.overview(view, Frame(query="BADCHEFEN")))
    needing = Parsed(pages.overview(view, Frame(needs=True)))
    none = Parsed(pages.overview(view, Frame(query="<script>")))

    assert "1 av 6 visas" in one.said
    assert "3 av 6 visas" in needing.said
    assert "Inget konto stämmer med sökningen." in none.said
    assert none.all("input", "value")[0] == "<script>"


def test_a_question_of_airflows_is_put_to_the_account_that_it_names(house: Place) -> None:
    view = rooms.room(house).known().view
    what = "Ska exempelvik-nytt arkiveras och sedan stängas?"
    asked = pages.asked(view, (Todo(kind="answer", what={"sv": what, "en": what}, link="/dags/x/runs/y"),))

    assert (asked.todos[0].account, asked.todos[0].platform) == ("exempelvik-nytt", "bluesky")
    assert next(line.needs for line in asked.lines if line.id == "exempelvik-nytt")
    parsed = Parsed(pages.overview(asked, Frame(airflow="/luft")))
    assert "/luft/dags/x/runs/y" in parsed.all("a", "href")


def many() -> Overview:
    """One of each state, and enough to be folded."""
    cells = tuple(Cell(year=2014 + n, state=state, order=f"o{n}" if n < 4 else "") for n, state in enumerate(
        ("whole", "whole with named gaps", "cannot be proven", "not whole", "missing", "waiting", "before", "closed"),
    ))  # fmt: skip
    todos = tuple(Todo(kind="missing", account=f"a{n}", platform="mastodon") for n in range(40))
    years = tuple(Year(year=cell.year, packages=1, size=10**9, states={cell.state: 1}) for cell in cells)
    lines = tuple(Line(id=f"a{n}", platform="mastodon", status="active", cells=cells) for n in range(3))
    return Overview(years=years, lines=lines, todos=todos, last=2014, december="2026-12-01", at="2026-11-28T10:00:00Z")


def test_many_of_a_kind_are_folded() -> None:
    text = pages.overview(many(), Frame())

    assert "(40)" in Parsed(text).said
    assert text.index("a5</bdi>") < text.index("<details>") < text.index("a6</bdi>")


def hostile(text: str) -> tuple[Overview, Line, Kept, tuple[Todo, ...]]:
    """The same text wherever a text from outside may stand."""
    said = {"sv": text, "en": text}
    names = {"id": text, "platform": text, "address": text, "unit": text, "responsible": text}
    line = Line(**names, status="active", cells=(Cell(year=2025, state="whole", order=text, size=1),), needs=True)
    kept = Kept(
        order=text, kind="annual", year=text, verdict="whole", size=1, sha256=text, receipt=text, previous=text,
        promise=said, format=text, where=text, began=text, ended=text, counts={text: 1, "posts": 1}, gaps={text: 2},
        copy=said, alarm=text, evidence=(text,), fault=said,
    )  # fmt: skip
    todos = (Todo(kind="fails", what=said, account=text, platform=text, by=text, link="/dags/x"),)
    years = (Year(year=2025, packages=1, size=1, states={"whole": 1}),)
    return Overview(years=years, lines=(line,), todos=todos, at=text, store=text), line, kept, todos


OURS = (
    "html head meta title link body a header p br strong nav ul li main h1 h2 h3 section bdi span div form label input "
    "button table thead tbody tr th td details summary dl dt dd article figure figcaption svg text rect footer"
)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_stays_text(text: str) -> None:
    view, line, kept, todos = hostile(text)
    frame = Frame(query=text)
    for made in (
        pages.overview(view, frame),
        pages.account(line, (kept,), todos, frame),
        pages.notice("unset", frame, {"sv": text, "en": text}),
    ):
        tags = Parsed(made).tags
        assert {name for name, _ in tags} <= set(OURS.split())
        for name, known in tags:
            assert not any(one.startswith("on") or one == "style" for one in known), (name, known)
            assert not known.get("href", "").strip().lower().startswith(("javascript:", "data:", "vbscript:"))
        assert "\u202e" not in made


def test_no_page_has_a_script_a_style_of_its_own_or_an_address_elsewhere(house: Place) -> None:
    room = rooms.room(house)
    found = room.account("exempelvik-mastodon")
    assert found
    overviews = [pages.overview(view, ENGLISH) for view in (room.known().view, many())]
    for text in (*overviews, pages.account(*found, (), Frame())):
        assert not SCRIPTS.search(text)
        parsed = Parsed(text)
        fetched = [*parsed.all("link", "href"), *parsed.all("img", "src"), *parsed.all("form", "action")]
        assert all(one.startswith("/lasesal/") for one in fetched), fetched
    assert "url(" not in pages.style()
    assert "@import" not in pages.style()


def test_a_chart_says_in_words_and_in_a_table_what_it_shows(house: Place) -> None:
    text = pages.overview(rooms.room(house).known().view, Frame())
    parsed = Parsed(text)

    labels = parsed.all("svg", "aria-label")
    assert any(re.search(r"2024: 1,\d MB\.", label) for label in labels), labels
    assert any("2024: 2 av 3 konton." in label for label in labels), labels
    assert text.count("<table>") == 3


def test_gaps_are_drawn_by_reason() -> None:
    known: dict[str, Any] = {"kind": "annual", "verdict": "whole with named gaps", "sha256": "", "receipt": ""}
    kept = tuple(
        Kept(order=f"{year}-a", year=str(year), size=size, gaps=gaps, **known)
        for year, size, gaps in ((2025, 2_000_000, {"gone": 3}), (2024, 900, {"gone": 1, "too-large": 2}))
    )

    parsed = Parsed(pages.account(Line(id="a", platform="mastodon"), kept, (), Frame()))

    assert "Luckor, skäl för skäl. borta: 4. för stort: 2." in parsed.all("svg", "aria-label")
    grown = "Sammanlagd volym efter varje paket. 2024: 900 B (+ 900 B). 2025: 2,0 MB (+ 2,0 MB)."
    assert grown in parsed.all("svg", "aria-label")


def test_headings_go_down_one_at_a_time_and_every_field_has_its_name(house: Place) -> None:
    room = rooms.room(house)
    found = room.account("exempelvik-mastodon")
    assert found
    for text in (
        pages.overview(room.known().view, Frame()),
        pages.account(*found, (), Frame()),
        pages.notice("unset", Frame()),
    ):
        parsed = Parsed(text)
        levels = [int(name[1]) for name, _ in parsed.tags if re.fullmatch("h[1-6]", name)]
        assert levels.count(1) == 1
        assert all(after - before <= 1 for before, after in zip([0, *levels], levels, strict=False))
        ids = [known["id"] for _, known in parsed.tags if "id" in known]
        assert len(ids) == len(set(ids))
        assert set(parsed.all("label", "for")) == {
            known["id"] for name, known in parsed.tags if name == "input" and known.get("type") != "hidden"
        }


def test_every_word_is_in_both_languages() -> None:
    tables = [_WORDS, *_TABLES.values()]

    assert [name for table in tables for name, both in table.items() if len(both) != 2 or not all(both)] == []
    templates = "".join(path.read_text("utf-8") for path in Path(pages.__file__).parent.glob("room_*.html"))
    used = set(re.findall(r'w\["([\w-]+)"\]|\bw\.(\w+)', templates))
    named = {one or two for one, two in used}
    assert named - _WORDS.keys() == set()
