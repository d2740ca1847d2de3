"""A sealed capture that somebody has touched, or half of one: named, never delivered, and no other account suffers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from archive_formats import eark_sip
from model.errors import BadInput, NotWhole
from model.nouns import Package
from model.settings import Settings
from pipeline import cli, line
from pipeline.make import Sources, make
from pipeline.swedish import swedish
from tests.captures import order, sealed, settings_file
from tests.made_packages import ready

FORMATS = ("eark_sip", "ocfl", "bagit", "wacz")
LISTS = ("items.jsonl", "gaps.jsonl", "claims.jsonl", "seal.jsonl")


def flip(path: Path) -> None:
    """One bit of its first byte; of an empty file, a byte more."""
    data = bytearray(path.read_bytes() or b"x")
    data[0] ^= 1
    path.write_bytes(data)


TOUCHES: dict[str, Callable[[Path], None]] = {"flipped": flip, "missing": Path.unlink}


def pack(folder: Path, format: str) -> Package:
    return line.pack(order().id, line.Place(work=folder, archive=folder / "a", settings=Settings(formats=(format,))))


@pytest.mark.parametrize("touch", TOUCHES)
@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize("format", FORMATS)
def test_a_broken_capture_is_named_and_not_packed(format: str, name: str, touch: str, tmp_path: Path) -> None:
    capture = sealed(tmp_path)
    TOUCHES[touch](capture / name)

    with pytest.raises(NotWhole) as raised:
        pack(tmp_path, format)

    assert ("seal" if name == "seal.jsonl" else name) in str(raised.value)
    assert "Flytta undan mappen" in swedish(str(raised.value))
    assert not list(tmp_path.glob("*.zip*"))


@pytest.mark.parametrize("name", ["media.jsonl", "about.json", "content/posts.csv", "key.txt"])
def test_what_is_missing_of_what_was_made_is_made_again(name: str, tmp_path: Path) -> None:
    capture = sealed(tmp_path)
    first = pack(tmp_path, "eark_sip")
    (made := make(capture, order(), Settings(formats=("eark_sip",)), Sources())).joinpath(name).unlink()
    Path(first.path).unlink()

    assert pack(tmp_path, "eark_sip").sha256 == first.sha256
    assert (made / name).exists()


def test_without_the_schemas_to_check_it_with_nothing_is_delivered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    capture = sealed(tmp_path)
    package, place = pack(tmp_path, "eark_sip"), line.Place(work=tmp_path, archive=tmp_path / "a")
    monkeypatch.setenv("ARSRING_SCHEMAS", str(tmp_path / "borta"))

    with pytest.raises(BadInput, match="schemas"):
        line.deliver(order().id, place, package)

    assert place.shelf.receipt(order().id) is None
    assert (capture / "seal.jsonl").exists()
    monkeypatch.delenv("ARSRING_SCHEMAS")
    assert line.deliver(order().id, place, package).sha256 == package.sha256


def test_a_list_that_vanishes_while_it_is_packed_is_named(tmp_path: Path) -> None:
    capture, of, made = ready(tmp_path)
    (made / "media.jsonl").unlink()

    with pytest.raises(NotWhole, match=r"media\.jsonl"):
        eark_sip.pack(capture, of, made, Settings(), tmp_path / "p.zip")


def test_a_broken_capture_stops_no_other_account(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    into, settings = tmp_path / "arkiv", settings_file(tmp_path)
    lines = ["id;plattform;adress;enhet;ansvarig;status;nyckel"]
    for who in ("aaa", "bbb"):
        address = f"https://social.exempelvik.example/@{who}"
        sealed(into / ".arsring", replace(order(who=who), account=replace(order(who=who).account, address=address)))
        lines.append(f"{who};mastodon;{address};Exempelvik;Kommunikationschef;aktivt;")
    flip(into / ".arsring" / "2026-aaa" / "items.jsonl")
    (tmp_path / "k.csv").write_text("\n".join(lines))

    words = ["run", "--register", tmp_path / "k.csv", "--year", 2026, "--into", into, "--settings", settings]
    status = cli.main([str(word) for word in words])

    assert status == 3
    assert "items.jsonl" in capsys.readouterr().err
    assert [path.name for path in into.glob("*.zip")] == ["2026-bbb.zip"]
