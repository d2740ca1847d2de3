"""The capture folder: written, sealed, read and checked."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from model import capture as captures
from model.capture import Capture, check, files, ledger_of, order_of
from model.errors import BadInput, NotWhole, TryLater
from model.nouns import Choice, Claim, Media
from tests.captures import account, attach, gap, order, post, sealed
from tests.fakes.pictures import picture


def rows(folder: Path, name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / name).read_bytes().splitlines()]


def test_a_sealed_capture_is_as_it_was_sealed(tmp_path: Path) -> None:
    folder = sealed(tmp_path)

    assert captures.sealed(folder)
    assert check(folder) == []
    assert {path.name for path in folder.iterdir()} - {"segments", "lock"} == {
        "order.json", "items.jsonl", "claims.jsonl", "gaps.jsonl", "ledger.json", "seal.jsonl", "raw", "media",
    }  # fmt: skip
    assert ledger_of(folder)["verdict"] == "whole"


def test_the_seal_names_every_file_with_its_size_and_hashes(tmp_path: Path) -> None:
    folder = sealed(tmp_path)

    named = {entry["path"]: entry for entry in files(folder)}

    there = {
        str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file() and "segments" not in path.parts
    }
    assert set(named) == there - {"seal.jsonl", "lock"}
    for name, entry in named.items():
        data = (folder / name).read_bytes()
        assert (entry["size"], entry["sha256"]) == (len(data), sha256(data).hexdigest())


def test_items_are_sorted_by_time_whatever_order_they_came_in(tmp_path: Path) -> None:
    one = sealed(tmp_path / "a", items=[post(3), post(1), post(2)])
    other = sealed(tmp_path / "b", items=[post(2), post(3), post(1)])

    assert [row["id"] for row in rows(one, "items.jsonl")] == ["0003", "0002", "0001"]
    for name in ("items.jsonl", "seal.jsonl", "ledger.json"):
        assert (one / name).read_bytes() == (other / name).read_bytes()


@pytest.mark.parametrize(
    "text",
    [
        "\x01 och \x03",
        "\ud83d ensam",
        "å och a\u030a",
        "\u202e\u200b\ufeff",
        "rad\r\nrad\u2028rad",
        "",
        "🌲",
        "\0",
        "x" * 10_000_000,
    ],
    ids=["controls", "lone surrogate", "both forms", "marks", "breaks", "empty", "tree", "nul", "10 MB"],
)
def test_a_text_comes_back_as_the_platform_gave_it(text: str, tmp_path: Path) -> None:
    folder = sealed(
        tmp_path, items=[post(1, text, author=text[:9], fields={"x": text[:9]}, poll=(Choice(text=text[:9], votes=1),))]
    )

    (row,) = rows(folder, "items.jsonl")

    assert row.get("text", "") == text
    assert row.get("author", "") == text[:9]
    assert len((folder / "items.jsonl").read_bytes().split(b"\n")) == 2, "one line, whatever the text holds"


@pytest.mark.parametrize("what", ["\ud800", "å", "\0", "x" * 100_000, "../../etc/passwd", "' OR 1=1 --"])
def test_an_odd_id_is_kept_as_it_is(what: str, tmp_path: Path) -> None:
    place = tmp_path / "c"
    under_way = Capture(place, order())
    media = Media(id=what, url=what)

    under_way.see(replace(post(1), id=what, parent=what, media=(media,)), 0, 1)
    under_way.attach(what, 0, media, None)
    under_way.gap(gap(what, parent=what))
    under_way.claim(Claim(stream="posts", parent=what, field="n", value=1), 1)
    (place / "raw").mkdir()
    under_way.seal({})
    under_way.close()

    (row,) = rows(place, "items.jsonl")
    assert (row["id"], row["media"][0]["id"], rows(place, "gaps.jsonl")[0]["what"]) == (what, what, what)
    assert [path.name for path in tmp_path.iterdir()] == ["c"]


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


@pytest.mark.parametrize("name", ["items.jsonl", "claims.jsonl", "ledger.json", "order.json", "media/*", "raw/*"])
def test_a_flipped_byte_is_told(name: str, tmp_path: Path) -> None:
    folder = sealed(tmp_path)
    (path,) = folder.glob(name)

    flip(path)

    assert check(folder) == [f"{path.relative_to(folder)}: changed since it was sealed"]


@pytest.mark.parametrize("name", ["gaps.jsonl", "media/*", "raw/*"])
def test_a_removed_file_is_told(name: str, tmp_path: Path) -> None:
    folder = sealed(tmp_path)
    (path,) = folder.glob(name)

    path.unlink()

    assert check(folder) == [f"{path.relative_to(folder)}: missing"]


def test_an_added_line_is_told(tmp_path: Path) -> None:
    folder = sealed(tmp_path)

    with (folder / "gaps.jsonl").open("a") as out:
        out.write("{}\n")

    assert check(folder) == ["gaps.jsonl: changed since it was sealed"]


EDITS: dict[str, Callable[[list[bytes]], list[bytes]]] = {
    "a line taken out": lambda lines: lines[1:],
    "a line edited": lambda lines: [
        lines[0].replace(b'"size": 0', b'"size": 1').replace(b"claims", b"claimz"),
        *lines[1:],
    ],
    "two lines swapped": lambda lines: [lines[1], lines[0], *lines[2:]],
    "the last line taken out": lambda lines: lines[:-1],
    "a line behind the last": lambda lines: [*lines, b'{"path": "x"}\n'],
    "a line that is no JSON": lambda lines: [b"{\n", *lines],
    "a line that is no object": lambda lines: [b"[]\n", *lines],
    "bytes that are no text": lambda lines: [b"\xff\xfe\n", *lines],
    "a line without its fields": lambda lines: [b"{}\n", *lines],
    "everything": lambda lines: [],
}


@pytest.mark.parametrize("edit", EDITS)
def test_an_edited_seal_is_told(edit: str, tmp_path: Path) -> None:
    seal = sealed(tmp_path) / "seal.jsonl"

    seal.write_bytes(b"".join(EDITS[edit](seal.read_bytes().splitlines(keepends=True))))

    with pytest.raises(NotWhole, match="somebody has touched the capture"):
        check(seal.parent)


@pytest.mark.parametrize("name", ["../outside", "/etc/hostname", "media/../../outside", ""])
def test_a_forged_seal_leads_to_no_file_outside(name: str, tmp_path: Path) -> None:
    folder = sealed(tmp_path)
    line = json.dumps({"path": name, "size": 1, "sha256": "0", "sha512": "0"}).encode() + b"\n"
    lines = [line, json.dumps({"seal": sha256(line).hexdigest()}).encode() + b"\n"]

    (folder / "seal.jsonl").write_bytes(b"".join(lines))

    with pytest.raises(NotWhole):
        list(files(folder))


def test_a_second_run_at_once_is_asked_to_wait(tmp_path: Path) -> None:
    first = Capture(tmp_path, order())
    first.see(post(1), 0, 1)

    with pytest.raises(TryLater, match="another run is at work") as caught:
        Capture(tmp_path, order())
    first.close()
    Capture(tmp_path, order()).close()

    assert caught.value.after > 0


def test_a_lock_left_by_a_killed_run_holds_nobody_up(tmp_path: Path) -> None:
    (tmp_path / "lock").write_text("left behind")

    Capture(tmp_path, order()).close()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        "{}",
        '{"account": null}',
        '{"account": {}, "created": "2026-12-01"}',
        "\ufeff{}",
        "[[[",
        '"x"',
        "7",
    ],
)
def test_an_order_that_cannot_be_read_is_bad_input(text: str, tmp_path: Path) -> None:
    (tmp_path / "order.json").write_text(text)

    with pytest.raises(BadInput, match=r"order\.json: cannot be read as an order"):
        order_of(tmp_path)


@pytest.mark.parametrize(("field", "value"), [("created", "garbage"), ("created", None), ("more", 1)])
def test_an_order_with_a_field_that_cannot_be_right_is_bad_input(field: str, value: object, tmp_path: Path) -> None:
    Capture(tmp_path, order()).close()
    found = json.loads((tmp_path / "order.json").read_text())

    (tmp_path / "order.json").write_text(json.dumps(found | {field: value}))

    with pytest.raises(BadInput, match=r"order\.json"):
        order_of(tmp_path)


def test_an_order_that_cannot_be_read_holds_no_later_run_up(tmp_path: Path) -> None:
    (tmp_path / "order.json").write_text("{")
    with pytest.raises(BadInput) as caught:
        Capture(tmp_path, order())

    (tmp_path / "order.json").unlink()
    Capture(tmp_path, order()).close()

    assert caught.value.__traceback__, "kept, so that nothing was closed by chance"


def test_an_order_is_written_once_and_the_first_clock_reading_stands(tmp_path: Path) -> None:
    Capture(tmp_path, order()).close()

    again = Capture(tmp_path, replace(order(), created=order().created + timedelta(days=3)))
    again.close()

    assert again.order == order() == order_of(tmp_path)
    assert again.order.account == account()


def test_an_order_has_the_account_as_the_register_has_it_now(tmp_path: Path) -> None:
    now = replace(account(), key="ny-nyckel", options=("insights",), instaloader="EX 2/26")
    Capture(tmp_path, order()).close()

    Capture(tmp_path, replace(order(), account=replace(now, folder="/mnt/exporter"))).close()

    assert order_of(tmp_path) == replace(order(), account=now), "where its folder lay is nothing to archive"


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", "null"])
def test_a_ledger_that_cannot_be_read_is_told_in_a_sentence(text: str, tmp_path: Path) -> None:
    folder = sealed(tmp_path)

    (folder / "ledger.json").write_text(text)

    with pytest.raises(NotWhole, match="cannot be read as a ledger"):
        ledger_of(folder)


def test_the_index_is_derived_and_a_broken_one_is_made_anew(tmp_path: Path) -> None:
    (tmp_path / "index.sqlite").write_bytes(b"rubbish" * 1000)

    under_way = Capture(tmp_path, order())
    under_way.see(post(1), 0, 1)
    under_way.close()

    assert not (tmp_path / "index.sqlite").exists()


def test_the_same_bytes_as_two_types_are_one_file_in_the_seal(tmp_path: Path) -> None:
    under_way = Capture(tmp_path, order())
    (tmp_path / "raw").mkdir()
    for number, kind in ((1, "application/x-a"), (2, "application/x-b")):
        media = Media(id=f"m{number}", url="https://files.example/x")
        path = attach(under_way, post(number), media, b"same")
        row = {"path": "media/same.bin", "size": 4, "sha256": "1", "sha512": "2", "type": kind}
        under_way.attach(post(number).id, 1, Media(id="other", url="x"), row)
        path.rename(tmp_path / "media" / "same.bin")
        path.write_bytes(b"same")

    under_way.seal({"verdict": "whole"})
    under_way.close()

    names = [entry["path"] for entry in files(tmp_path)]
    assert len(names) == len(set(names))
    assert "media/same.bin" in names


def test_two_readings_of_an_item_are_one_and_the_better_place_wins(tmp_path: Path) -> None:
    for orders in ((0, 1), (1, 0)):
        place = tmp_path / str(orders)
        under_way = Capture(place, order())
        for rank in orders:
            under_way.see(post(1, f"läst med rang {rank}"), rank, 1)
        (place / "raw").mkdir()
        under_way.seal({})
        under_way.close()

        assert [row["text"] for row in rows(place, "items.jsonl")] == ["läst med rang 0"]
        assert under_way.items == 1


def test_a_file_of_an_item_is_listed_with_its_hashes_and_a_missing_one_without(tmp_path: Path) -> None:
    place = tmp_path / "c"
    under_way = Capture(place, order())
    here, lost = Media(id="här", url="https://a.example/1"), Media(id="borta", url="https://a.example/2", alt="Bänk")
    item = post(1, media=(here, lost))
    under_way.see(item, 0, 1)
    attach(under_way, item, here, picture("jpg", "x", 300))
    under_way.attach(item.id, 1, lost, None)
    (place / "raw").mkdir()
    under_way.seal({})
    under_way.close()

    (row,) = rows(place, "items.jsonl")

    assert [("sha256" in media, media["id"]) for media in row["media"]] == [(True, "här"), (False, "borta")]
    assert row["media"][1]["alt"] == "Bänk"
    assert (under_way.files, under_way.bytes) == (1, row["media"][0]["size"])


def test_a_gap_is_mended_when_the_thing_comes_after_all(tmp_path: Path) -> None:
    under_way = Capture(tmp_path, order())
    under_way.gap(gap("0001"))
    under_way.gap(gap("0002"))

    under_way.see(post(1), 0, 2)

    assert [what for (what,) in under_way.rows("SELECT what FROM gaps")] == ["0002"]
    under_way.close()


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    def pieces() -> Any:
        yield b"half"
        raise OSError(28, "No space left on device")

    (tmp_path / "x").write_bytes(b"before")
    with pytest.raises(OSError, match="No space left"):
        captures.write(tmp_path / "x", pieces())

    assert (tmp_path / "x").read_bytes() == b"before"
