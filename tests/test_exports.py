"""The ZIPs of exports: what is refused, what is repaired, what is found and copied."""

from __future__ import annotations

import json
import random
import stat
import struct
import unicodedata
import zipfile
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors import _export
from connectors._export import MOST_VALUES, Broken, Export, repaired
from connectors.web import NoFile
from model.errors import BadInput
from tests.fakes.exports import FACEBOOK, MADE, facebook_export, instagram_export, zipped
from tests.fakes.pictures import picture

AT = datetime(2024, 2, 29, 12, 0, tzinfo=UTC)
PICTURE = picture("jpg", "a", 700)


def faults_of(*paths: Path) -> str:
    with pytest.raises(BadInput) as caught:
        Export(paths)
    return "\n".join(caught.value.faults)


def member(name: str, **attributes: object) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo("x", MADE)
    info.filename = name
    for attribute, value in attributes.items():
        setattr(info, attribute, value)
    return info


# Letters


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_what_was_broken_comes_back(text: str) -> None:
    assert repaired(text.encode().decode("latin-1")) == text


@given(st.text(alphabet=st.characters(max_codepoint=127)))
def test_plain_letters_stay(text: str) -> None:
    assert repaired(text) == text


@given(st.text())
def test_what_cannot_be_repaired_stays(text: str) -> None:
    try:
        text.encode("latin-1").decode("utf-8")
    except UnicodeError:
        assert repaired(text) == text


@pytest.mark.parametrize("text", ["Ärende", "Åre är långt bort", "☀️ över Exempelvik", "\ud83d", "Ã"])
def test_genuine_text_stays(text: str) -> None:
    assert repaired(text) == text


def test_names_and_values_are_repaired_at_every_depth_and_the_file_stays_as_it_came(tmp_path: Path) -> None:
    (path,) = facebook_export(tmp_path, [], extra={"a/x.json": {"Användarnamn": [{"värde": "Höst 🍂"}]}})

    with Export([path]) as export:
        ((raw, data),) = export.json(r"x\.json")

    assert (raw, data) == (f"supplied/{path.name}#a/x.json", {"Användarnamn": [{"värde": "Höst 🍂"}]})
    with zipfile.ZipFile(path) as archive:
        assert b"Anv\\u00c3\\u00a4ndarnamn" in archive.read("a/x.json")


# What is refused


@pytest.mark.parametrize(
    "name", ["../x.json", "a/../../x", "/etc/x", "C:/x", "c:x", "a\\x", "a\x00.jpg", "a\nb", "a/.."]
)
def test_a_name_that_leads_astray_is_refused(tmp_path: Path, name: str) -> None:
    path = zipped(
        tmp_path / "x.zip", [("fine.json", b"[]"), (member("PLACEHOLDER"[: len(name)].ljust(len(name), "_")), b"")]
    )
    path.write_bytes(
        path.read_bytes().replace("PLACEHOLDER"[: len(name)].ljust(len(name), "_").encode(), name.encode())
    )

    assert "leads out of its folder, or has characters that no name may have" in faults_of(path)


def test_a_link_is_refused(tmp_path: Path) -> None:
    link = member("media/link.jpg", create_system=3, external_attr=(stat.S_IFLNK | 0o777) << 16)

    assert "is a link to somewhere else" in faults_of(zipped(tmp_path / "x.zip", [(link, b"/etc/passwd")]))


def test_a_locked_zip_is_refused(tmp_path: Path) -> None:
    path = zipped(tmp_path / "x.zip", [("a.json", b"[]")])
    data = bytearray(path.read_bytes())
    data[data.find(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(data)

    assert "'a.json' is locked with a password" in faults_of(path)


def test_an_odd_way_of_packing_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "x.zip", "w", zipfile.ZIP_LZMA) as out:
        out.writestr("a.json", b"[]")

    assert "packed in a way that no platform uses (14)" in faults_of(tmp_path / "x.zip")


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("other", ["höst.jpg", unicodedata.normalize("NFD", "höst.jpg")])
def test_a_name_that_is_there_twice_is_refused(tmp_path: Path, other: str) -> None:
    assert "is in it 2 times" in faults_of(zipped(tmp_path / "x.zip", [("höst.jpg", b"one"), (other, b"two")]))


def test_a_bomb_of_one_file_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "x.zip", "w", zipfile.ZIP_DEFLATED) as out, out.open("film.mp4", "w") as file:
        for _ in range(101):
            file.write(bytes(2**20))

    faults = faults_of(tmp_path / "x.zip")

    assert "'film.mp4' would grow from " in faults
    assert f" to {101 * 2**20} bytes" in faults


def test_a_bomb_of_many_files_is_refused(tmp_path: Path) -> None:
    path = zipped(tmp_path / "x.zip", [(f"{number}.json", b" " * 2**20) for number in range(101)])

    assert "all together would grow from " in faults_of(path)


def test_more_than_the_disk_is_made_for_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_export, "LARGEST_TOTAL", 1500)
    paths = [zipped(tmp_path / f"{name}.zip", [(f"{name}.jpg", bytes(1000))]) for name in "ab"]

    assert faults_of(*paths) == "b.zip: with this the ZIPs would unpack to 2000 bytes; at most 1500 are read."


def test_json_that_shrinks_two_hundred_times_is_no_bomb(tmp_path: Path) -> None:
    path = zipped(tmp_path / "x.zip", [("posts_1.json", b"[" + b" " * 300_000 + b"]")])

    with Export([path]) as export:
        assert [data for _, data in export.json(r"posts_1\.json")] == [[]]


def test_files_that_lie_over_one_another_are_refused(tmp_path: Path) -> None:
    path = zipped(tmp_path / "x.zip", [("a.json", b"[1]"), ("b.json", b"[2]")])
    data = bytearray(path.read_bytes())
    struct.pack_into("<I", data, data.rfind(b"PK\x01\x02") + 42, 0)  # b's header is said to be where a's is
    path.write_bytes(data)

    assert "lies over the next one" in faults_of(path)


def test_every_fault_of_every_zip_is_named_at_once(tmp_path: Path) -> None:
    half = zipped(tmp_path / "half.zip", [("a.jpg", PICTURE)])
    half.write_bytes(half.read_bytes()[:-30])
    (tmp_path / "page.zip").write_text("<!doctype html>")
    many = zipped(tmp_path / "many.zip", [(f"../{number}", b"") for number in range(50)])

    faults = faults_of(half, tmp_path / "page.zip", many, tmp_path / "gone.zip").splitlines()

    assert "half.zip: this is a ZIP cut short or damaged; download it again." in faults
    assert "page.zip: this is no ZIP; download it again." in faults
    assert "gone.zip: this is no ZIP; download it again." in faults
    assert "many.zip: and 30 faults more." in faults
    assert len(faults) == 24


@pytest.mark.parametrize(
    "name", ["profile_posts_1.html", "your_posts__check_ins__photos_and_videos_1.html", "index.html"]
)
def test_an_export_in_html_is_refused_with_how_to_order_it(tmp_path: Path, name: str) -> None:
    path = zipped(tmp_path / "facebook-exempelvik.zip", [(f"posts/{name}", b"<html>"), ("posts/media/1.jpg", PICTURE)])

    assert "Order it again with the format JSON, the media quality high and the date range all time." in faults_of(path)


def test_the_pages_that_go_with_json_are_no_fault(tmp_path: Path) -> None:
    (path,) = facebook_export(tmp_path, [(AT, "x", [])], files={"start_here.html": b"<html>"})

    Export([path]).__exit__()


# What lies about its size, or is damaged


def test_a_file_that_is_not_what_its_directory_says_is_a_gap(tmp_path: Path) -> None:
    path = zipped(tmp_path / "x.zip", [("a.jpg", PICTURE), ("b.json", b"[]")])
    data = bytearray(path.read_bytes())
    struct.pack_into("<I", data, data.find(b"PK\x01\x02") + 24, 10)  # 10 bytes, says the directory
    path.write_bytes(data)

    with Export([path]) as export, pytest.raises(NoFile) as caught:
        export.copy("export:x.zip!a.jpg", tmp_path / "capture")

    assert (caught.value.why, "damaged in the ZIP" in caught.value.how) == ("unreadable", True)
    assert list((tmp_path / "capture" / "media").iterdir()) == []
    assert list((tmp_path / "capture" / "segments").iterdir()) == []


def test_damaged_bytes_are_seen(tmp_path: Path) -> None:
    path = zipped(tmp_path / "x.zip", [("a.jpg", PICTURE), ("b_1.json", json.dumps(list(range(99))).encode())])
    data = bytearray(path.read_bytes())
    for name in (b"a.jpg", b"b_1.json"):
        data[data.find(name) + len(name) + 30] ^= 0xFF
    path.write_bytes(data)

    with Export([path]) as export:
        with pytest.raises(NoFile, match="damaged in the ZIP"):
            export.copy("export:x.zip!a.jpg", tmp_path / "capture")
        ((_, content),) = export.json(r"b_1\.json")

    assert isinstance(content, Broken)
    assert content.startswith("damaged in the ZIP")


@pytest.mark.parametrize(
    ("content", "how"),
    [(b"{", "no JSON"), (b"[" * 200_000, "no JSON"), (b'"\xff"', "no JSON"), (b"1" * 5000, "no JSON")],
)
def test_what_is_no_json_says_so(tmp_path: Path, content: bytes, how: str) -> None:
    with Export([zipped(tmp_path / "x.zip", [("a.json", content)])]) as export:
        ((_, found),) = export.json(r"a\.json")

    assert isinstance(found, Broken)
    assert how in found


def test_no_json_over_the_limit_is_read(tmp_path: Path) -> None:
    with Export([zipped(tmp_path / "x.zip", [("a.json", b"[1, 2, 3]")])], largest=5) as export:
        ((_, found),) = export.json(r"a\.json")

    assert found == "9 bytes; at most 5 are read"


# What is found


@pytest.mark.parametrize(
    ("member_path", "uri"),
    [
        ("your_facebook_activity/posts/media/A/bild.jpg", "your_facebook_activity/posts/media/A/bild.jpg"),
        ("exempelvik/your_facebook_activity/posts/media/A/bild.jpg", "your_facebook_activity/posts/media/A/bild.jpg"),
        ("din_aktivitet_på_facebook/posts/media/A/bild.jpg", "your_facebook_activity/posts/media/A/bild.jpg"),
        ("posts/media/A/bild.jpg", "your_facebook_activity/posts/media/A/bild.jpg"),
        ("posts/media/Tidslinje/28819_17900000000000001.jpg", "activity/posts/Timeline/28819_17900000000000001.jpg"),
        (unicodedata.normalize("NFD", "media/höst/bild.jpg"), "media/höst/bild.jpg"),
        ("media/hÃ¶st/bild.jpg", "media/höst/bild.jpg"),
    ],
)  # fmt: skip
def test_a_file_is_found_whatever_became_of_its_folders(tmp_path: Path, member_path: str, uri: str) -> None:
    with Export([zipped(tmp_path / "x.zip", [(member_path, PICTURE)])]) as export:
        url = export.find(uri)
        assert url == f"export:x.zip!{member_path}"
        assert export.copy(url, tmp_path)["sha256"] == sha256(PICTURE).hexdigest()


def test_a_name_that_the_zip_does_not_call_utf8_is_found(tmp_path: Path) -> None:
    path = zipped(tmp_path / "x.zip", [("media/hoest/bild.jpg", PICTURE)])
    path.write_bytes(path.read_bytes().replace(b"media/hoest", "media/höst".encode()))  # as long, and no mark set

    with Export([path]) as export:
        url = export.find("media/höst/bild.jpg")
        assert url is not None
        assert export.copy(url, tmp_path)["size"] == len(PICTURE)


def test_a_name_that_two_files_could_mean_is_not_guessed(tmp_path: Path) -> None:
    path = zipped(tmp_path / "x.zip", [("one/posts/A/bild.jpg", PICTURE), ("two/posts/A/bild.jpg", PICTURE)])

    with Export([path]) as export:
        assert export.find("three/posts/A/bild.jpg") is None
        assert export.find("two/posts/A/bild.jpg") == "export:x.zip!two/posts/A/bild.jpg"
        assert export.find("two/stories/B/bild.jpg") is None


def test_of_several_exports_the_one_that_lists_a_file_gives_it(tmp_path: Path) -> None:
    names = ["facebook-2025-11-02.zip", "facebook-2026-11-02-b.zip", "facebook-2026-11-02-a.zip"]
    paths = [zipped(tmp_path / name, [("media/a/b.jpg", PICTURE)]) for name in names[:2]]
    paths.append(zipped(tmp_path / names[2], [("posts_1.json", b"[]")]))

    with Export(paths) as export:
        assert export.find("media/a/b.jpg", f"supplied/{names[0]}#x.json") == f"export:{names[0]}!media/a/b.jpg"
        assert export.find("media/a/b.jpg", f"supplied/{names[2]}#posts_1.json") == f"export:{names[1]}!media/a/b.jpg"


def test_json_comes_newest_export_first_and_as_a_person_counts(tmp_path: Path) -> None:
    old = zipped(tmp_path / "facebook-x-2025-1-2.zip", [("posts_1.json", b'"old"')])
    new = zipped(
        tmp_path / "facebook-x-2026-1-2.zip", [(f"posts_{number}.json", b"%d" % number) for number in (10, 2, 1)]
    )

    with Export([old, new]) as export:
        assert [data for _, data in export.json(r"posts_.*")] == [1, 2, 10, "old"]
        assert export.seen_at == datetime(2026, 1, 2, 8, 30, tzinfo=UTC)


# What is copied


def test_a_file_is_copied_under_its_hash(tmp_path: Path) -> None:
    png = picture("png", "a", 900)

    with Export([zipped(tmp_path / "x.zip", [("a.jpg", png)])]) as export:
        kept = export.copy("export:x.zip!a.jpg", tmp_path / "capture")

    assert kept["path"] == f"media/{sha256(png).hexdigest()}.png"
    assert (kept["type"], kept["size"]) == ("image/png", len(png))
    assert (tmp_path / "capture" / kept["path"]).read_bytes() == png


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("a.jpg", b"", "unreadable"),
        ("a.jpg", PICTURE[:300], "unreadable"),
        ("a.mp4", b"<!doctype html><html>", "unreadable"),
        ("b.jpg", PICTURE, "not-offered"),
    ],
)
def test_a_file_that_cannot_be_had_says_why(tmp_path: Path, name: str, content: bytes, why: str) -> None:
    there = "elsewhere.jpg" if why == "not-offered" else name
    with Export([zipped(tmp_path / "x.zip", [(there, content)])]) as export, pytest.raises(NoFile) as caught:
        export.copy(f"export:x.zip!{name}", tmp_path)

    assert caught.value.why == why


def test_a_file_over_the_limit_is_not_copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_export, "LARGEST_FILE", 10)
    with Export([zipped(tmp_path / "x.zip", [("a.jpg", PICTURE)])]) as export, pytest.raises(NoFile) as caught:
        export.copy("export:x.zip!a.jpg", tmp_path)

    assert (caught.value.why, caught.value.size) == ("too-large", len(PICTURE))


def test_subtitles_are_a_file_like_any_other(tmp_path: Path) -> None:
    with Export([zipped(tmp_path / "x.zip", [("a.srt", b"1\n00:00:00,000 --> 00:00:01,000\nHej\n")])]) as export:
        assert export.copy("export:x.zip!a.srt", tmp_path)["type"] == "application/octet-stream"


# What is missing


@pytest.mark.parametrize(
    ("names", "holes"),
    [
        (["facebook-exempelvik-2026-3-6.zip"], []),
        (["instagram-skola_2-2026-07-25-pNeIe6Yn.zip", "instagram-skola_2-2026-07-25-8trX8Sq2.zip"], []),
        (["f-2026-3-6-1-of-3.zip", "f-2026-3-6-3-of-3.zip"], ["part 2 of f-2026-3-6"]),
        (["f-1-of-3.zip"], ["part 2 of f", "part 3 of f"]),
        (["f-001.zip", "f-003.zip"], ["part 2 of f"]),
        (["f_2.zip"], ["part 1 of f"]),
        (["f.zip", "f_2.zip", "f_4.ZIP"], ["part 3 of f"]),
        (["f.zip", "f (1).zip", "f (2).zip"], []),
        (["f.zip", "f (2).zip"], []),
        (["f (1).zip", "f (3).zip"], ["part 2 of f"]),
        (["f-1-of-2.zip", "f-2-of-2.zip", "g-2026-11-02.zip"], []),
        (["f-2025-11-02-1-of-2.zip", "f-2026-11-02-2-of-2.zip"], ["part 2 of f-2025-11-02", "part 1 of f-2026-11-02"]),
    ],
)
def test_a_hole_in_the_part_numbers_is_named(tmp_path: Path, names: list[str], holes: list[str]) -> None:
    with Export([zipped(tmp_path / name, [("posts_1.json", b"[]")]) for name in names]) as export:
        assert list(export.missing("posts_.*")) == [f"{hole} is missing" for hole in holes]


def test_a_hole_in_the_numbers_of_json_files_is_named_for_each_export(tmp_path: Path) -> None:
    old = zipped(tmp_path / "f-2025-11-02.zip", [("a/posts_1.json", b"[]"), ("a/album/0.json", b"[]")])
    one = zipped(tmp_path / "f-2026-11-02-x.zip", [("a/posts_2.json", b"[]"), ("a/album/2.json", b"[]")])
    two = zipped(tmp_path / "f-2026-11-02-y.zip", [("a/posts_4.json", b"[]"), ("a/album/0.json", b"[]")])

    with Export([old, one, two]) as export:
        assert list(export.missing(r"(posts_)?[0-9]+\.json")) == [
            "a/album/1.json of f-2026-11-02 is missing",
            "a/posts_1.json of f-2026-11-02 is missing",
            "a/posts_3.json of f-2026-11-02 is missing",
        ]


def test_the_same_posts_make_the_same_bytes(tmp_path: Path) -> None:
    posts = [(AT, "Höst", [PICTURE])]
    for make in (facebook_export, instagram_export):
        (tmp_path / "again").mkdir(exist_ok=True)
        (one,), (other,) = make(tmp_path, posts), make(tmp_path / "again", posts)
        assert one.read_bytes() == other.read_bytes()
    assert FACEBOOK in zipfile.ZipFile(tmp_path / "facebook-exempelvik-2026-11-02.zip").namelist()[0]


def test_json_of_more_values_than_memory_is_made_for_is_not_read(tmp_path: Path) -> None:
    path = zipped(tmp_path / "x.zip", [("a/posts_1.json", b"[" + b"[]," * MOST_VALUES + b"[]]")])

    with Export([path]) as export:
        ((_, content),) = export.json(r"posts_1\.json")

    assert content == "20000002 values; at most 10000000 are read"


def test_a_name_damaged_in_the_members_own_header_is_a_gap(tmp_path: Path) -> None:
    path = zipped(tmp_path / "x.zip", [("a/åäö.jpg", PICTURE)])
    path.write_bytes(path.read_bytes().replace("åäö".encode(), b"\xff\xfe\xff\xfe\xff\xfe", 1))

    with Export([path]) as export, pytest.raises(NoFile, match="damaged in the ZIP"):
        export.copy(str(export.find("a/åäö.jpg")), tmp_path)


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 2**32), st.integers(1, 8))
def test_no_byte_changed_anywhere_ends_in_anything_but_a_word_about_it(
    tmp_path_factory: pytest.TempPathFactory, seed: int, changes: int
) -> None:
    folder = tmp_path_factory.mktemp("changed")
    path = zipped(folder / "x.zip", [("a/posts_1.json", b'[{"a": 1}]'), ("a/b/1.jpg", PICTURE)])
    data, chance = bytearray(path.read_bytes()), random.Random(seed)
    for _ in range(changes):
        data[chance.randrange(len(data))] = chance.randrange(256)
    path.write_bytes(data)

    try:
        with Export([path]) as export:
            list(export.json(r".*\.json"))
            for name, _ in list(export.names()):
                if url := export.find(name):
                    export.copy(url, folder)
    except (BadInput, NoFile):
        pass
