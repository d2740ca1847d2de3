"""WACZ: what the reference implementation says of ours, and that its index leads to the answers."""

from __future__ import annotations

import gzip
import io
import json
import shutil
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from warcio.archiveiterator import ArchiveIterator

from archive_formats import wacz
from archive_formats.wacz import indexed, key
from connectors.record import Record
from model.settings import Settings
from tests.captures import heard, order, post, sealed
from tests.servers.policy import shared
from tests.validators import run

Files = dict[str, bytes]


@pytest.fixture
def package(tmp_path: Path) -> Path:
    wacz.pack(sealed(tmp_path), order(), tmp_path, Settings(), tmp_path / "p.zip")
    return tmp_path / "p.zip"


def record(folder: Path, urls: list[str]) -> list[Path]:
    """A record of answers: its files."""
    kept = Record(folder / "segments")
    for number, url in enumerate(urls):
        kept.keep(heard(number, b'{"id": "%d"}' % number, url=url, asked=url))
    kept.seal(folder / "raw", "exempelvik")
    kept.close()
    return sorted((folder / "raw").iterdir())


def index(package: Path) -> list[tuple[str, str, dict[str, Any]]]:
    with zipfile.ZipFile(package) as held:
        lines = held.read("indexes/index.cdx").decode().splitlines()
    return [(each, at, json.loads(rest)) for each, at, rest in (line.split(" ", 2) for line in lines)]


def test_the_reference_implementation_finds_it_valid(package: Path) -> None:
    found = run("wacz", "validate", "-f", str(package))

    assert found.stdout.splitlines()[-1] == "Validation succeeded, the passed WACZ is valid", found.stdout
    assert found.returncode == 0


def test_the_reference_implementation_would_have_said_it(package: Path) -> None:
    again(package, lambda files: files | {"capture/items.jsonl": files["capture/items.jsonl"] + b"{}\n"})

    assert run("wacz", "validate", "-f", str(package)).returncode == 1


def again(package: Path, change: Callable[[Files], Files]) -> None:
    with zipfile.ZipFile(package) as held:
        files = {name: held.read(name) for name in held.namelist()}
    with zipfile.ZipFile(package, "w") as out:
        for name, data in change(files).items():
            out.writestr(name, data)


URLS = [
    "https://social.exempelvik.example/api/v1/accounts/1/statuses?limit=40&exclude_replies=false",
    "https://WWW.Exempelvik.example:8443/A/B/?b=2&a=1",
    "https://social.exempelvik.example/api/v1/statuses/2",
    "https://exempelvik.example",
]


def test_its_index_is_the_one_that_the_reference_implementation_makes(tmp_path: Path) -> None:
    (raw,) = record(tmp_path, URLS)
    run("wacz", "create", "-o", str(tmp_path / "theirs.wacz"), str(raw))
    with zipfile.ZipFile(tmp_path / "theirs.wacz") as held:
        lines = gzip.decompress(held.read("indexes/index.cdx.gz")).decode().splitlines()
    theirs = [(line.split(" ", 2)[0], json.loads(line.split(" ", 2)[2])) for line in lines]

    found = list[tuple[int, int, bytes]]()
    data = raw.read_bytes()
    assert b"".join(indexed(iter([data]), lambda *each: found.append(each))) == data

    places = {(start, length) for start, length, _ in found}
    assert {(int(each["offset"]), int(each["length"])) for _, each in theirs} <= places
    assert sorted(key(url) for url in URLS) == sorted(each for each, _ in theirs)


@pytest.mark.parametrize("size", [1, 7, 1000, 10**6])
def test_however_the_bytes_come_the_index_is_the_same(size: int, tmp_path: Path) -> None:
    (raw,) = record(tmp_path, URLS)
    data, found, whole = raw.read_bytes(), list[Any](), list[Any]()

    list(indexed(iter([data]), lambda *each: whole.append(each)))
    list(indexed((data[at : at + size] for at in range(0, len(data), size)), lambda *each: found.append(each)))

    assert found == whole
    assert len(found) == 2 * len(URLS) + 1


def test_each_line_of_the_index_leads_to_its_answer(package: Path) -> None:
    with zipfile.ZipFile(package) as held:
        for _, _, entry in index(package):
            start, length = int(entry["offset"]), int(entry["length"])
            piece = held.read(f"archive/{entry['filename']}")[start : start + length]
            (one,) = ArchiveIterator(io.BytesIO(piece))
            assert one.rec_headers.get_header("WARC-Target-URI") == entry["url"]
            assert one.http_headers.get_statuscode() == entry["status"]
    assert index(package)


def test_what_can_be_looked_at_is_a_page(package: Path) -> None:
    with zipfile.ZipFile(package) as held:
        first, *pages = map(json.loads, held.read("pages/pages.jsonl").splitlines())

    assert first["format"] == "json-pages-1.0"
    assert [page["url"] for page in pages] == ["https://social.exempelvik.example/api/v1/statuses/1"]
    assert pages[0]["ts"].startswith("2026-12-01T11:00:01")


def test_a_record_that_is_no_gzip_is_kept_and_not_in_the_index() -> None:
    pieces = [b"no gzip", b" at all"]

    assert b"".join(indexed(iter(pieces), lambda *_: pytest.fail("no record"))) == b"no gzip at all"


def test_a_bomb_in_the_record_stays_small() -> None:
    bomb = gzip.compress(bytes(50_000_000))
    heads = list[bytes]()

    list(indexed(iter([bomb]), lambda _, __, head: heads.append(head)))

    assert [len(head) <= 2**18 for head in heads] == [True]


def test_ours_accepts_what_the_reference_implementation_makes_when_it_is_stored(tmp_path: Path) -> None:
    (raw,) = record(tmp_path, URLS)
    pages = tmp_path / "pages.jsonl"
    rows = [{"format": "json-pages-1.0", "id": "pages", "title": "All"}, {"url": URLS[2], "ts": "2026-12-01T11:00:02Z"}]
    pages.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    theirs = tmp_path / "theirs.wacz"
    run("wacz", "create", "-o", str(theirs), "-p", str(pages), "--copy-pages", str(raw))
    assert wacz.check(theirs) == [
        "compressed or locked: it has been packed anew, and is not the package that was delivered"
    ]

    again(theirs, lambda files: files)

    assert wacz.check(theirs) == []


def test_the_reference_implementations_bad_example_is_refused(tmp_path: Path) -> None:
    shutil.unpack_archive(shared("realdata/conformance/py-wacz-fixtures.tar.xz"), tmp_path, "xztar", filter="data")
    package = tmp_path / "p.zip"
    shutil.copy(tmp_path / "py-wacz/tests/fixtures/invalid_example_1.wacz", package)
    again(package, lambda files: files)

    assert wacz.check(package)


DAMAGE: dict[str, tuple[str, Callable[[Files], Files]]] = {
    "no record": ("a WARC is missing", lambda files: without(files, "archive/")),
    "no index": ("an index is missing", lambda files: without(files, "indexes/")),
    "no pages": ("the list of pages is missing", lambda files: without(files, "pages/")),
    "no list": ("datapackage.json is missing", lambda files: without(files, "datapackage.json")),
    "no hash of the list": ("as datapackage-digest.json says", lambda files: without(files, "datapackage-digest")),
    "another version": ("WACZ 1.1.1", lambda files: swapped(files, "datapackage.json", b"1.1.1", b"9.1.1")),
    "a list that is none": ("not in datapackage.json", lambda files: files | {"datapackage.json": b'{"resources": 3}'}),
    "a page without time": ("is no page", lambda files: swapped(files, "pages/pages.jsonl", b'"ts"', b'"tz"')),
    "an index past the end": ("at no record", lambda files: swapped(files, "indexes/", b'offset": "', b'offset": "9')),
    "an index of nothing": ("points at no record", lambda files: swapped(files, "indexes/", b"{", b"[")),
    "one file more": ("more.txt: not in datapackage.json", lambda files: files | {"more.txt": b"x"}),
}  # fmt: skip


def without(files: Files, start: str) -> Files:
    return {name: data for name, data in files.items() if not name.startswith(start)}


def swapped(files: Files, start: str, old: bytes, new: bytes) -> Files:
    return {name: data.replace(old, new) if name.startswith(start) else data for name, data in files.items()}


@pytest.mark.parametrize("damage", DAMAGE)
def test_each_fault_is_told(damage: str, package: Path) -> None:
    sentence, change = DAMAGE[damage]
    again(package, change)

    assert any(sentence in fault for fault in wacz.check(package))


def test_the_listing_beside_it_is_what_sha256sum_reads(package: Path, tmp_path: Path) -> None:
    shutil.unpack_archive(package, tmp_path / "out", "zip")

    command = ["sha256sum", "--check", "--quiet", "--strict", str(package.with_suffix(".sha256"))]
    found = subprocess.run(command, cwd=tmp_path / "out", capture_output=True, text=True, check=False)

    assert (found.returncode, found.stdout) == (0, "")


def test_a_capture_without_media_is_packed_as_well(tmp_path: Path) -> None:
    capture = sealed(tmp_path, items=[post(1)])

    wacz.pack(capture, order(), tmp_path, Settings(), tmp_path / "p.zip")

    assert wacz.check(tmp_path / "p.zip") == []


def test_supplied_files_in_folders_do_not_meet(package: Path) -> None:
    names = ("supplied/a/b.zip", "supplied/a-b.zip", "raw/repo.car", "raw/a.warc.gz")
    places = [wacz._place_of(name) for name in names]

    assert len(set(places)) == 4
    assert [place.count("/") for place in places] == [1, 1, 1, 1]
    assert places[2:] == ["raw/repo.car", "archive/a.warc.gz"]
