"""Time stamps: what an authority may answer, what is kept of it, and files that were never meant to be read."""

from __future__ import annotations

import json
import re
import shutil
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors import web
from model.errors import NotWhole
from model.settings import Settings, StampAuthority
from pipeline import _proof, evidence, line, proving, stamps
from stores import folder
from tests.captures import order
from tests.servers.tsa import Authority, authority
from tests.test_evidence import delivered, packed, touched

pytestmark = pytest.mark.servers  # time-stamp authorities on loopback

PAPER = b'{\n "order": "2026-a"\n}\n'


@pytest.fixture(scope="module")
def tsa(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Authority]:
    with authority(tmp_path_factory.mktemp("tsa") / "one") as running:
        running.last = running.over_data(PAPER)
        yield running


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Authority]:
    with authority(tmp_path_factory.mktemp("tsa") / "two", "annan") as running:
        yield running


@pytest.fixture(autouse=True)
def well(tsa: Authority, other: Authority) -> None:
    tsa.mood = other.mood = "well"
    tsa.asked = other.asked = 0


def of(*authorities: Authority) -> Settings:
    return Settings(stamps=tuple(each.settings() for each in authorities))


def archive(place: Path, *names: str) -> Path:
    place.mkdir(exist_ok=True)
    for name in names or ("2026-a.manifest.json",):
        (place / name).write_bytes(PAPER)
    return place


def tokens(place: Path) -> list[str]:
    return sorted(path.name for path in place.iterdir() if path.name.endswith(".tsr"))


# -- stamps ----------------------------------------------------------------------------------------------------------


def test_every_authority_stamps_every_manifest_once(tsa: Authority, other: Authority, tmp_path: Path) -> None:
    archive(tmp_path, "2026-a.manifest.json", "2026-december.1.run.json", "2026-a.receipt.json")
    told: list[str] = []

    first = stamps.stamp(folder.Shelf(tmp_path), of(tsa, other), told.append)
    second = stamps.stamp(folder.Shelf(tmp_path), of(tsa, other), told.append)

    assert first == second == []
    assert tokens(tmp_path) == [
        "2026-a.manifest.annan.tsr", "2026-a.manifest.provtid.tsr",
        "2026-december.1.run.annan.tsr", "2026-december.1.run.provtid.tsr",
    ]  # fmt: skip
    assert (tsa.asked, other.asked, len(told)) == (2, 2, 4)
    assert all(path.stat().st_mode & 0o222 == 0 for path in tmp_path.glob("*.tsr"))


def test_a_stamp_is_kept_as_it_came_and_says_when_and_by_whom(tsa: Authority, tmp_path: Path) -> None:
    stamps.stamp(folder.Shelf(archive(tmp_path)), of(tsa))

    token = (tmp_path / "2026-a.manifest.provtid.tsr").read_bytes()
    found = stamps.check(token, PAPER, stamps.roots_of(tsa.settings()))
    assert token == tsa.last
    assert found.by == "CN=provtid signer"
    assert found.at.tzinfo


@pytest.mark.parametrize("mood", ["slow", "drips"])
def test_an_authority_that_takes_too_long_is_left(
    mood: str, tsa: Authority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web, "STAMP_PATIENCE", 0.2)
    tsa.mood = mood

    (failed,) = stamps.stamp(folder.Shelf(archive(tmp_path)), of(tsa))

    assert "connection failed" in failed or "not done after" in failed


def test_where_one_authority_is_down_the_other_one_stamps(other: Authority, tmp_path: Path) -> None:
    gone = StampAuthority(name="borta", url="http://127.0.0.1:9/tsr", roots=other.settings().roots)

    (failed,) = stamps.stamp(folder.Shelf(archive(tmp_path)), Settings(stamps=(gone, other.settings())))

    assert "borta" in failed
    assert tokens(tmp_path) == ["2026-a.manifest.annan.tsr"]


def test_an_authority_that_keeps_failing_is_left_until_the_next_time(tsa: Authority, tmp_path: Path) -> None:
    tsa.mood = "500"

    place = archive(tmp_path, *(f"2026-{each}.manifest.json" for each in "abcdefgh"))
    failed = stamps.stamp(folder.Shelf(place), of(tsa))

    assert tsa.asked == 3
    assert failed[3:] == ["provtid: not asked about 5 more until the next time."]


def test_a_stamp_by_a_certificate_that_is_not_trusted_is_not_kept(
    tsa: Authority, other: Authority, tmp_path: Path
) -> None:
    mixed = replace(tsa.settings(), roots=other.settings().roots)

    (failed,) = stamps.stamp(folder.Shelf(archive(tmp_path)), Settings(stamps=(mixed,)))

    assert "unable to get local issuer certificate" in failed
    assert tokens(tmp_path) == []


@pytest.mark.parametrize("roots", ["missing.pem", "empty.pem", ""])
def test_roots_that_cannot_be_read_are_one_warning(roots: str, tsa: Authority, tmp_path: Path) -> None:
    (tmp_path / "empty.pem").write_bytes(b"")
    place = archive(tmp_path / "archive", *(f"2026-{each}.manifest.json" for each in "abcd"))

    wrong = Settings(stamps=(replace(tsa.settings(), roots=str(tmp_path / roots)),))
    (failed,) = stamps.stamp(folder.Shelf(place), wrong)

    assert "root certificates" in failed
    assert str(tmp_path) not in failed
    assert tsa.asked == 0


def test_nothing_is_asked_where_no_authority_is_set(tmp_path: Path) -> None:
    assert stamps.stamp(folder.Shelf(archive(tmp_path)), Settings()) == []


@given(st.data())
def test_no_touched_stamp_says_another_time_or_stops_anybody(tsa: Authority, data: st.DataObject) -> None:
    token, roots = bytearray(tsa.last), stamps.roots_of(tsa.settings())
    true = stamps.check(bytes(token), PAPER, roots)
    place = data.draw(st.integers(0, len(token) - 1))
    token[place] ^= data.draw(st.integers(1, 255))

    with suppress(NotWhole):
        assert stamps.check(bytes(token), PAPER, roots).at == true.at
    with pytest.raises(NotWhole):
        stamps.check(tsa.last[:place], PAPER, roots)


# -- what was never meant to be read -----------------------------------------------------------------------------------


@pytest.mark.parametrize("key", sorted(_proof.TEXTS))
def test_each_sentence_has_the_same_words_to_fill_in_in_both_languages(key: str) -> None:
    swedish, english = _proof.TEXTS[key]

    assert set(re.findall(r"\{(\w+)\}", swedish)) == set(re.findall(r"\{(\w+)\}", english))


@pytest.mark.parametrize("name", ["../../etc/passwd", "/etc/passwd", "..", "", "a\0b", "x" * 5000])
def test_a_manifest_that_names_files_elsewhere_leads_nowhere(name: str, tmp_path: Path) -> None:
    package, _ = delivered(tmp_path)
    manifest = package.with_name(f"{package.stem}.manifest.json")
    changed = {"previous": {"order": name, "sha256": ""}, "previous_run": {"name": name}}
    touched(manifest, evidence.canonical(json.loads(manifest.read_bytes()) | changed))

    proof = proving.prove(package)

    assert "chain_ends" in [one.what for one in proof.findings]


def test_a_package_alone_proves_nothing(tmp_path: Path) -> None:
    package, _ = delivered(tmp_path)
    (tmp_path / "alone").mkdir()
    shutil.copy(package, tmp_path / "alone")

    (only,) = proving.prove(tmp_path / "alone" / package.name).findings

    assert (only.kind, only.what) == ("open", "alone")
    assert "2026-exempelvik-mastodon.manifest.json" in only.text("sv")


def test_each_byte_of_a_package_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package, _ = delivered(tmp_path)
    sizes: list[int] = []
    take = proving._Tape.take

    def counting(tape: Any, size: int) -> bytes:
        data = take(tape, size)
        sizes.append(len(data))
        return data

    monkeypatch.setattr(proving._Tape, "take", counting)

    assert proving.prove(package).faults == []
    assert sum(sizes) == package.stat().st_size


def test_a_file_that_is_packed_smaller_is_read_too(tmp_path: Path) -> None:
    due = {"a/zeros": bytes(3 * 2**20), "a/empty": b"", "a/text": b"text"}
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as out:
        for name, each in due.items():
            out.writestr(name, each)

    size, digest, files, broken = proving._read(tmp_path / "a.zip")

    assert (size, digest, broken) == ((tmp_path / "a.zip").stat().st_size, evidence.digest(tmp_path / "a.zip"), "")
    assert files == {name: sha256(each).digest() for name, each in due.items()}


@given(st.data())
def test_a_broken_zip_stops_nobody(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    path = tmp_path_factory.mktemp("broken") / "a.zip"
    with zipfile.ZipFile(path, "w", data.draw(st.sampled_from([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED]))) as out:
        out.writestr("a/one", b"one" * 9)
        out.writestr("a/two", b"two")
    touching = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 3))):
        touching[data.draw(st.integers(0, len(touching) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(touching)

    size, digest, _, _ = proving._read(path)

    assert (size, digest) == (len(touching), sha256(touching).hexdigest())


@pytest.mark.parametrize("form", sorted(line.names("archive_formats")))
def test_a_package_of_every_format_there_is_can_be_proven(form: str, tmp_path: Path) -> None:
    package, _ = delivered(tmp_path, form=form)

    assert proving.prove(package).faults == []


# -- the store -------------------------------------------------------------------------------------------------------


def test_the_receipt_before_an_order_is_of_no_rehearsal_and_of_no_earlier_run_of_it(tmp_path: Path) -> None:
    account, place = order().account.id, tmp_path / "archive"
    ids = {f"{year}-{account}{more}": year for year, more in (
        (2026, ""), (2026, ".r2"), (2026, ".closure"), (2027, ".rehearsal"), (2027, ""), (2027, ".r2"),
    )}  # fmt: skip
    for id, year in ids.items():
        delivered(tmp_path, replace(order(year), id=id, kind="rehearsal" if "rehearsal" in id else "annual"))

    def before(id: str) -> str:
        found = folder.Shelf(place).previous(account, id)
        return found.order.replace(account, "a") if found else ""

    assert before(f"2026-{account}") == before(f"2026-{account}.r2") == ""
    assert before(f"2026-{account}.closure") == "2026-a.r2"
    assert before(f"2027-{account}") == before(f"2027-{account}.r3") == "2026-a.closure"
    assert before(f"2028-{account}") == "2027-a.r2"


@pytest.mark.parametrize("name", ["manifest.json", "sha256"])
def test_what_has_vanished_beside_a_package_is_put_back_and_another_one_is_refused(name: str, tmp_path: Path) -> None:
    path, receipt = delivered(tmp_path)
    beside = path.with_name(f"{path.stem}.{name}")
    data = beside.read_bytes()
    package, on, capture, made = packed(tmp_path / "again")
    beside.unlink()
    shelf = folder.Shelf(path.parent)

    again = shelf.deliver(evidence.make(package, on, capture, made, Settings(), shelf), on)

    assert again == receipt
    assert beside.read_bytes() == data
    touched(beside, data + b"\n")
    with pytest.raises(NotWhole):
        shelf.deliver(evidence.make(package, on, capture, made, Settings(), shelf), on)
