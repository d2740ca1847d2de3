"""What a file claims to be, and whether it is that to its end."""

from __future__ import annotations

import io
import random
from pathlib import Path

import pytest
from PIL import Image

from model.files import fault_in, type_of
from tests.fakes.pictures import MIME, picture
from tests.servers.policy import shared

HTML = b"<!DOCTYPE html><html><body>Logga in</body></html>"
HEIC = b"\0\0\0\x14ftypheic\0\0\0\0heic" + b"\0\0\0\x10meta\0\0\0\0iloc" + b"\0\0\0\x10mdat12345678"


def fault(tmp_path: Path, data: bytes, claimed: str) -> str | None:
    path = tmp_path / "file"
    path.write_bytes(data)
    with path.open("rb") as file:
        return fault_in(file, claimed)


def made(form: str, **more: object) -> bytes:
    noise = Image.frombytes("RGB", (61, 47), random.Random(form).randbytes(61 * 47 * 3))
    out = io.BytesIO()
    noise.save(out, form, **more)
    return out.getvalue()


WHOLE = {
    **{f"padded {kind}": (picture(kind, "hel", 3_000), MIME[kind]) for kind in MIME},
    "JPEG": (made("JPEG"), "image/jpeg"),
    "progressive JPEG": (made("JPEG", progressive=True), "image/jpeg"),
    "JPEG with EXIF": (made("JPEG", exif=b"Exif\0\0MM\0*\0\0\0\x08\0\0\0\0\0\0"), "image/jpeg"),
    "PNG": (made("PNG"), "image/png"),
    "GIF": (made("GIF"), "image/gif"),
    "WebP": (made("WEBP"), "image/webp"),
    "lossless WebP": (made("WEBP", lossless=True), "image/webp"),
    "HEIC": (HEIC, "image/heic"),
}  # fmt: skip


@pytest.mark.parametrize("name", WHOLE)
def test_a_whole_file_is_taken(name: str, tmp_path: Path) -> None:
    data, claimed = WHOLE[name]

    assert type_of(data[:1024]) == claimed
    assert fault(tmp_path, data, claimed) is None
    assert fault(tmp_path, data, "application/octet-stream") is None


@pytest.mark.parametrize("name", WHOLE)
def test_a_file_cut_anywhere_is_refused(name: str, tmp_path: Path) -> None:
    data, claimed = WHOLE[name]
    places = {1, 2, 3, 8, 9, 12, len(data) // 2, len(data) - 2, len(data) - 1, *_box_seams(data, claimed)}
    places |= set(random.Random(name).sample(range(1, len(data)), 25))

    taken = [place for place in places if 0 < place < len(data) and fault(tmp_path, data[:place], claimed) is None]

    assert taken == []


def test_what_stands_behind_the_end_mark_of_a_picture_does_no_harm(tmp_path: Path) -> None:
    for kind in ("jpg", "png", "gif", "webp"):
        assert fault(tmp_path, picture(kind, "svans", 500) + b"svans" * 9, MIME[kind]) is None


@pytest.mark.parametrize("claimed", ["image/jpeg", "video/mp4", "", "application/octet-stream", "text/html"])
@pytest.mark.parametrize(
    "page",
    [
        HTML,
        b"\xef\xbb\xbf \r\n" + HTML,
        b"<!-- 1 --><html>",
        b'{"error": "log in"}',
        b"<?xml version='1.0'?><Error/>",
        b"<HTML>",
    ],
)
def test_a_page_of_text_is_never_a_file(page: bytes, claimed: str, tmp_path: Path) -> None:
    assert fault(tmp_path, page, claimed)


@pytest.mark.parametrize("claimed", ["text/html; charset=utf-8", "application/json", "Text/HTML"])
def test_what_the_server_itself_calls_a_page_is_one(claimed: str, tmp_path: Path) -> None:
    assert fault(tmp_path, "Du måste logga in".encode("utf-16"), claimed)


@pytest.mark.parametrize("claimed", ["image/jpeg", "video/mp4", "", "application/octet-stream", "text/vtt"])
def test_an_empty_file_is_refused(claimed: str, tmp_path: Path) -> None:
    assert fault(tmp_path, b"", claimed) == "the file is empty"


@pytest.mark.parametrize(
    ("data", "claimed"),
    [
        (b"%PDF-1.7 and so on", "image/jpeg"),
        (b"PK\x03\x04 and so on", "video/mp4"),
        (picture("jpg", "fel", 300), "video/mp4"),
        (picture("mp4", "fel", 300), "image/png"),
        (b"abc", "video/mp4"),
        (b"abc", "image/jpeg"),
        (b"\xff\xd8", "image/jpeg"),
        (b"\0\0\0\x08ftyp", "video/mp4"),
    ],
)
def test_another_kind_of_file_than_claimed_is_refused(data: bytes, claimed: str, tmp_path: Path) -> None:
    assert fault(tmp_path, data, claimed)


def test_a_true_picture_under_another_pictures_name_is_taken(tmp_path: Path) -> None:
    assert fault(tmp_path, picture("jpg", "bild", 300), "image/png") is None


def test_captions_and_drawings_are_taken(tmp_path: Path) -> None:
    assert fault(tmp_path, b"WEBVTT\n\n00:01.000 --> 00:02.000\nHej", "text/vtt") is None
    assert fault(tmp_path, b"1\n00:00:01,000 --> 00:00:02,000\nHej", "text/plain") is None
    assert fault(tmp_path, b"<?xml version='1.0'?><svg xmlns='x'/>", "image/svg+xml") is None


def test_a_box_that_says_it_is_shorter_than_itself_is_refused(tmp_path: Path) -> None:
    assert fault(tmp_path, b"\0\0\0\x08ftypisom" + b"\0\0\0\x03moov" + b"\0" * 9, "video/mp4")


def test_real_media_files_are_taken_whole_and_refused_cut(tmp_path: Path) -> None:
    """Cameras' and telephones' own files: orientations, GPS, HDR, broken EXIF; GIF, MP4, HEIC."""
    paths = [path for path in sorted(shared("realdata/media").rglob("*.*")) if path.suffix.lower() != ".txt"]
    assert len(paths) > 15
    for path in paths:
        with path.open("rb") as file:
            head = file.read(1024)
            assert fault_in(file, type_of(head)) is None, path.name
            assert type_of(head).partition("/")[0] in ("image", "video"), path.name
        data = path.read_bytes()
        end = _end_of(data) if type_of(head) == "image/jpeg" else len(data)
        chance = random.Random(path.name)
        for place in [5, end // 2, end - 1, *(chance.randrange(1, end) for _ in range(5))]:
            assert fault(tmp_path, data[:place], type_of(head)), f"{path.name} cut at {place} of {end}"


def _box_seams(data: bytes, claimed: str) -> set[int]:
    at, found = 0, set()
    while claimed in ("video/mp4", "image/heic") and at < len(data):
        at += int.from_bytes(data[at : at + 4], "big")
        found.add(at)
    return found


def _end_of(data: bytes) -> int:
    """Where a JPEG's first picture ends: Pillow-free, by the markers before the scan."""
    at = 2
    while data[at + 1] != 0xDA:
        at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    return data.index(b"\xff\xd9", at) + 2
