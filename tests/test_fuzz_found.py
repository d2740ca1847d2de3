"""What fuzzing has found (tests/test_fuzz.py), one test for each: it was a crash, and is one of our errors now."""

from __future__ import annotations

import gzip
import json
import re
import zipfile
from contextlib import closing
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from connectors.record import Record, records
from model import capture as captures
from model import signing, tables
from model.errors import BadInput, NotWhole
from model.ledger import summary
from model.nouns import Account
from pipeline import line, opened, staging, supplied
from pipeline.proving import prove
from tests.captures import STREAMS, gap, heard, order, sealed


def _json(path: Path, change: dict[str, Any]) -> None:
    path.write_text(json.dumps(json.loads(path.read_bytes()) | change), encoding="utf-8")


@pytest.mark.parametrize(
    "head",
    [
        b"WARC/1.1\r\nWARC-Type: response\r\nWARC-Date: 2026-12-01T11:00:00Z\r\n\r\n",  # none of our own headers
        b"WARC/1.1\r\n\xff\xff\r\n\r\n",
        b"WARC/1.1\r\nno colon\r\n\r\n",
    ],
    ids=["a stranger's", "no UTF-8", "no header"],
)
def test_a_record_that_is_not_of_our_making_is_named(head: bytes, tmp_path: Path) -> None:
    with closing(Record(tmp_path / "segments")) as record:
        record.keep(heard())
    segment = tmp_path / "segments" / "00001.warc.gz"
    segment.write_bytes(segment.read_bytes() + gzip.compress(head, mtime=0))

    with pytest.raises(NotWhole, match="not of our making"):
        list(records(segment))
    with pytest.raises(NotWhole, match="not of our making"):
        Record(tmp_path / "segments")


_ABOUT = {"path": "media/x.jpg", "size": 3, "sha256": "ab" * 32, "sha512": "cd" * 64, "type": "image/jpeg"}


@pytest.mark.parametrize(
    "about",
    [
        {name: value for name, value in _ABOUT.items() if name != "sha512"},
        [],
        _ABOUT | {"size": "3"},
        _ABOUT | {"size": -1},
        _ABOUT | {"type": None},
        _ABOUT | {"path": "media/../../../etc/passwd"},
        _ABOUT | {"path": "/etc/passwd"},
        _ABOUT | {"path": "media/.."},
    ],
    ids=["half", "none", "size", "negative", "type", "leads out", "from the root", "the folder above"],
)
def test_a_record_that_says_something_odd_of_its_file_is_named(about: Any, tmp_path: Path) -> None:
    good = heard(method="FILE", body=b"", file=_ABOUT)
    with closing(Record(tmp_path / "segments")) as record:
        record.keep(good)
    segment = tmp_path / "segments" / "00001.warc.gz"
    assert next(records(segment)).file == _ABOUT
    whole = gzip.decompress(segment.read_bytes())
    told = whole.replace(json.dumps(_ABOUT).encode(), json.dumps(about).encode()).split(b"WARC/1.1\r\n")[1:]
    segment.write_bytes(b"".join(gzip.compress(b"WARC/1.1\r\n" + one, mtime=0) for one in told))

    with pytest.raises(NotWhole, match="not of our making"):
        list(records(segment))


@pytest.mark.parametrize("number", [b"9" * 30, b"--1", b"1e3", b""])
@pytest.mark.parametrize("name", [b"Listing", b"Nth", b"Scrubbed"])
def test_a_record_with_a_number_that_is_none_of_ours_is_named(name: bytes, number: bytes, tmp_path: Path) -> None:
    with closing(Record(tmp_path / "segments")) as record:
        record.keep(heard(scrubbed=1))
    segment = tmp_path / "segments" / "00001.warc.gz"
    told, changed = re.subn(rb"(Arsring-%s: )\d+" % name, rb"\g<1>" + number, gzip.decompress(segment.read_bytes()))
    members = told.split(b"WARC/1.1\r\n")[1:]
    segment.write_bytes(b"".join(gzip.compress(b"WARC/1.1\r\n" + one, mtime=0) for one in members))

    assert changed
    with pytest.raises(NotWhole, match="not of our making"):
        list(records(segment))


def test_a_look_for_an_announcement_is_a_reading_below_0(tmp_path: Path) -> None:
    with closing(Record(tmp_path / "segments")) as record:
        record.keep(heard(listing=-2))

    assert [one.listing for one in records(tmp_path / "segments" / "00001.warc.gz")] == [-2]


@pytest.mark.parametrize(
    "row",
    [
        {},
        [],
        {"path": "supplied/bild.png", "size": 4},
        {"path": "../bild.png", "size": 4},
        {"path": "supplied/a\0b"},
        {"path": "supplied/om.txt"},
    ],
    ids=["empty", "no row", "half a row", "leads out", "NUL", "no size"],
)
def test_a_line_about_what_was_supplied_that_is_none_of_ours_is_as_a_torn_one(row: Any, tmp_path: Path) -> None:
    (mapp := tmp_path / "mapp").mkdir()
    (mapp / "om.txt").write_text("Vem: arkivet\nNär: 2026-11-20\nVarför: prov\n", encoding="utf-8")
    (mapp / "bild.png").write_bytes(b"\x89PNG")
    (capture := tmp_path / "work" / "2026-x").mkdir(parents=True)
    (capture.parent / "bild.png").write_bytes(b"\x89PNG")
    if isinstance(row, dict) and row and row["path"].startswith(("../", "supplied/om")):
        row |= dict.fromkeys(("name", "sha256", "sha512", "type"), "x")
    (capture / "supplied.jsonl").write_text(json.dumps(row) + "\n")

    found = supplied.gather(
        Account(id="x", platform="facebook", address="https://x.example/", folder=str(mapp)), capture
    )

    assert [one["path"] for one in found.files] == ["supplied/bild.png", "supplied/om.txt"]


class Held:
    """A staging that holds these names."""

    def __init__(self, *names: str) -> None:
        self.names, self.fetched = names, list[str]()

    def files(self, order: str) -> dict[str, int]:
        return dict.fromkeys(self.names, 1)

    def get(self, order: str, name: str, target: Path) -> bool:
        self.fetched.append(name)
        return False

    def drop(self, order: str, names: Any) -> None: ...

    def put(self, order: str, name: str, path: Path) -> None: ...


@pytest.mark.parametrize("known", ["[]", '{"order.json": 1}', "[" * 90_000, '{"order.json": [1]}'])
def test_what_is_noted_of_staging_in_another_shape_counts_as_nothing(known: str, tmp_path: Path) -> None:
    (tmp_path / "x").mkdir()
    (tmp_path / "x" / ".mirror.json").write_text(known)
    (tmp_path / "x" / "order.json").write_text("{}")

    staging.Mirror("x", tmp_path / "x", Held()).push()  # type: ignore[arg-type]

    assert list(json.loads((tmp_path / "x" / ".mirror.json").read_text())) == ["order.json"]


@pytest.mark.parametrize(
    "name", ["supplied/a\0b", "supplied/" + "a" * 300, "supplied/a\nb"], ids=["NUL", "long", "line"]
)
def test_a_name_in_staging_that_no_disk_takes_is_left(name: str, tmp_path: Path) -> None:
    there = Held(name, "supplied/bänk\xa01.png")

    staging.Mirror("x", tmp_path / "x", there).fetch()  # type: ignore[arg-type]

    assert there.fetched == ["supplied/bänk\xa01.png"]


@pytest.mark.parametrize(
    "change",
    [
        {"year": "2026"},
        {"year": 0},
        {"kind": "x"},
        {"id": "../x"},
        {"id": ""},
        {"id": "a\0b"},
        {"id": "a" * 700},
        {"run": []},
        {"decision": 1},
        {"closing": "x"},
    ],
    ids=str,
)
def test_an_order_with_something_else_in_a_field_is_no_order(change: dict[str, Any], tmp_path: Path) -> None:
    capture = sealed(tmp_path)
    _json(capture / "order.json", change)

    with pytest.raises(BadInput, match="cannot be read as an order"):
        captures.order_of(capture)


@pytest.mark.parametrize(
    "change",
    [{"lists": {}}, {"lists": [1]}, {"lists": [{"stream": "x"}]}, {"gaps": []}, {"gaps": {"gone": "x"}},
     {"verdict": []}, {"tries": "x"}, {"tries": float("inf")}],
    ids=str,
)  # fmt: skip
def test_a_ledger_with_something_else_in_a_field_is_no_ledger(change: dict[str, Any], tmp_path: Path) -> None:
    capture = sealed(tmp_path)
    _json(capture / "ledger.json", change)

    with pytest.raises(NotWhole, match="cannot be read as a ledger"):
        captures.ledger_of(capture)


def test_a_json_file_of_nothing_but_brackets_is_no_order_and_no_ledger(tmp_path: Path) -> None:
    capture = sealed(tmp_path)
    for name in ("order.json", "ledger.json"):
        (capture / name).write_bytes(b"[" * 90_000)

    with pytest.raises(BadInput):
        captures.order_of(capture)
    with pytest.raises(NotWhole):
        captures.ledger_of(capture)


@pytest.mark.parametrize("offset", [-3, 2**63])
def test_a_file_that_lies_outside_of_its_package_is_damaged(
    offset: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.test_fuzz import _delivered

    package = _delivered(tmp_path, "eark_sip")
    place = line.Place(work=tmp_path / "work", archive=package.parent)
    receipt = line.receipt_of(order().id, place)
    assert receipt
    index = opened.index(receipt, place)
    path, entry = next(iter(index.files.items()))
    spoilt = zipfile.ZipInfo(entry.filename)
    spoilt.header_offset, spoilt.file_size, spoilt.CRC = offset, entry.file_size, entry.CRC
    monkeypatch.setattr(opened, "index", lambda receipt, place: replace(index, files={path: spoilt}))

    with pytest.raises(opened.Damaged):
        list(opened.member(replace(receipt, sha256=sha256(b"x").hexdigest()), path, place).data)


@pytest.mark.parametrize("value", ["[" * 3_000, "9" * 5_000], ids=["brackets", "digits"])
def test_toml_that_its_reader_falls_over_is_a_fault_of_the_file(value: str, tmp_path: Path) -> None:
    (path := tmp_path / "x.toml").write_text(f"utskrift = {value}\n")

    with pytest.raises(BadInput, match="inte skriven som TOML"):
        tables.read(path, "inställningarna")


def test_a_lone_surrogate_in_a_reason_comes_out_of_the_index(tmp_path: Path) -> None:
    with closing(captures.Capture(tmp_path / "x", order())) as capture:
        capture.begin("posts", "", 1)
        capture.gap(replace(gap("posts", "unreadable", "list"), how="not known: \ud800"))
        (row,) = summary(capture, STREAMS)["lists"]

    assert row["why"].endswith("not known: \ud800")


def test_a_member_of_a_package_without_a_name_stops_nobody(tmp_path: Path) -> None:
    from tests.test_fuzz import _delivered

    package = _delivered(tmp_path, "bagit")
    package.chmod(0o640)
    with zipfile.ZipFile(package, "a") as bag:
        bag.writestr(zipfile.ZipInfo(""), b"x")

    assert "package_differs" in {one.what for one in prove(package).findings}


@pytest.mark.parametrize("text", [b"no JSON\n", b"\xff\n", b"[" * 90_000 + b"\n"], ids=["none", "no UTF-8", "brackets"])
def test_a_list_of_a_capture_that_is_no_json_is_told(text: bytes, tmp_path: Path) -> None:
    capture = sealed(tmp_path)
    (capture / "gaps.jsonl").write_bytes(text)

    with pytest.raises(NotWhole, match=r"gaps\.jsonl cannot be read"):
        list(line.lines_of(order().id, line.Place(work=tmp_path, archive=tmp_path / "a"), "gaps"))


@pytest.mark.parametrize("tries", [2**63 - 1, -1, "many"])
def test_a_ledger_of_more_tries_than_there_can_be_is_no_ledger(tries: Any, tmp_path: Path) -> None:
    capture = sealed(tmp_path)
    _json(capture / "ledger.json", {"tries": tries})

    with pytest.raises(NotWhole, match="cannot be read as a ledger"):
        captures.ledger_of(capture)


@pytest.mark.parametrize("text", ["[" * 90_000, "[]", '{"format": []}'], ids=["brackets", "a list", "half"])
def test_a_sign_off_of_another_shape_is_told(text: str, tmp_path: Path) -> None:
    (tmp_path / signing.NAME).write_text(text)

    with pytest.raises(BadInput, match="cannot be read as a sign-off"):
        signing.signed(tmp_path)


def test_the_order_of_another_capture_is_not_gone_on_with(tmp_path: Path) -> None:
    capture = sealed(tmp_path)
    _json(capture / "order.json", {"id": "2026-another"})

    with pytest.raises(BadInput, match="cannot be read as an order"):
        captures.Capture(capture, order())


@pytest.mark.parametrize("mark", ["locked", "pressed", "later"])
def test_a_package_whose_members_cannot_be_read_is_told(mark: str, tmp_path: Path) -> None:
    """Locked with a password; said to be pressed; said to lie behind the end of the file."""
    from tests.test_fuzz import _delivered

    package = _delivered(tmp_path, "bagit")
    package.chmod(0o640)
    data = bytearray(package.read_bytes())
    at = data.rindex(b"/data/items.jsonl") - len(order().id) - 46  # its line in the directory
    local = data.index(b"/data/items.jsonl") - len(order().id) - 30
    assert data[at : at + 4] == b"PK\1\2"
    if mark == "locked":
        data[at + 8] |= 1
        data[local + 6] |= 1
    elif mark == "pressed":
        data[at + 10] = data[local + 8] = 8
    else:
        data[at + 42 : at + 46] = b"\xf0\xff\xff\x7f"
    package.write_bytes(data)

    with pytest.raises(NotWhole, match=r"items\.jsonl cannot be read"):
        list(line.archive_format("bagit").read(package, "items.jsonl"))
    assert prove(package).faults


def test_a_wacz_of_nothing_but_brackets_is_told(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as bag:
        for name in ("datapackage.json", "archive/a", "indexes/a.cdxj", "pages/pages.jsonl"):
            bag.writestr(name, b"a 1 " * name.startswith("indexes") + b"[" * 90_000)

    assert "datapackage.json is missing, or no JSON" in line.archive_format("wacz").check(tmp_path / "x.zip")
