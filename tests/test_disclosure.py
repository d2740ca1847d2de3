"""A masked copy for disclosure: nobody finds what is masked, and what is shown is what was sealed."""

from __future__ import annotations

import json
import re
import shutil
import zipfile
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.disclosing import field_hash, fields, items_root, root_of
from model.errors import BadInput, NotWhole
from model.nouns import Item, Media
from model.settings import Settings
from pipeline import evidence, line
from pipeline._decision import holds
from pipeline.disclosure import Disclosed, copy, verify
from tests.captures import order, post, sealed
from tests.made_packages import made
from tests.test_personal import OURS

NAME = "Anna Exempelsson"
FACE = Media(id="bild", url="https://files.exempelvik.example/anna.jpg", alt="Anna på en bänk")
BENCH = Media(id="bank", url="https://files.exempelvik.example/bank.jpg", alt="En bänk")
FORMATS = ["bagit", "eark_sip", "ocfl", "wacz"]
HEAD = """\
beslut = "EX 14/27"
beslutat_av = "Arkivfunktionen"
datum = 2027-02-01
grund = "21 kap. 1 § OSL"
"""
ONE = '[[maskera]]\npost = "0002"\nvad = ["författare", "bild", "adress"]\n'
Files = dict[str, bytes]


def items() -> list[Item]:
    return [
        post(1, "Välkomna!", author="exempelvik", media=(BENCH,)),
        post(2, "Fint!", author=NAME, url="https://social.exempelvik.example/@anna/2", media=(FACE,)),
        post(3, "Tack <b>Anna</b> Exempelsson!", author="exempelvik", reply_to="0002"),
    ]


def packed(folder: Path, name: str = "bagit", what: list[Item] | None = None) -> Path:
    capture, of = sealed(folder, items=what or items()), order()
    line.archive_format(name).pack(capture, of, made(capture, of), Settings(), folder / "p.zip")
    (folder / "manifest.json").write_text(json.dumps({"items_root": root_of(capture).hex()}))
    return folder / "p.zip"


def disclosed(folder: Path, decision: str = ONE, name: str = "bagit", what: list[Item] | None = None) -> Disclosed:
    package = packed(folder, name, what)
    return again(package, decision)


def again(package: Path, decision: str) -> Disclosed:
    (package.parent / "beslut.toml").write_text(HEAD + decision, encoding="utf-8")
    evidence = [package.parent / "manifest.json"]
    return copy(package, package.parent / "beslut.toml", package.parent / "ut.zip", evidence)


def held(path: Path) -> Files:
    with zipfile.ZipFile(path) as out:
        return {name.partition("/")[2]: out.read(name) for name in out.namelist()}


def lines(path: Path, name: str = "items.jsonl") -> list[dict[str, Any]]:
    return [json.loads(each) for each in held(path)[name].splitlines()]


def forged(path: Path, change: Callable[[Files], Files]) -> Path:
    files = change(held(path))
    with zipfile.ZipFile(path, "w") as out:
        for name, data in files.items():
            out.writestr(f"x/{name}", data)
    return path


@pytest.mark.parametrize("name", FORMATS)
def test_what_is_masked_is_nowhere_and_the_rest_is_proven(name: str, tmp_path: Path) -> None:
    found = disclosed(tmp_path, ONE + f'[[maskera]]\nnamn = "{NAME}"\n', name)

    everything = b"\n".join(held(Path(found.path)).values())
    assert verify(Path(found.path)) == []
    assert not any(each.encode() in everything for each in (NAME, "Anna", "@anna", "anna.jpg", "Exempelsson"))
    assert "Välkomna!".encode() in everything
    assert (found.shown, found.withheld) == (3, 0)
    assert found.warnings == ()


def test_the_copy_holds_the_shown_picture_and_of_the_masked_one_only_its_hash(tmp_path: Path) -> None:
    found = disclosed(tmp_path)

    files, rows = held(Path(found.path)), {each["id"]: each for each in lines(Path(found.path))}
    shown, masked = rows["0001"]["media"][0], rows["0002"]["media"][0]
    assert sha256(files[shown["path"]]).hexdigest() == shown["sha256"]
    assert masked["path"] not in files
    assert len(masked["sha256"]) == 64
    assert masked["alt"].keys() == {"masked"}
    assert json.loads(files["utlamnande.json"])["left_out"] == [masked["path"]]
    assert b"bench" not in files["index.html"]
    assert b"maskerat" in files["index.html"]


def test_a_name_that_still_stands_elsewhere_is_told_without_saying_it(tmp_path: Path) -> None:
    found = disclosed(tmp_path)

    assert found.warnings == ("line 1, text: shows a name that is masked in line 2",)
    assert "Anna" not in "".join(found.warnings)
    assert verify(Path(found.path)) == []


def test_a_personal_identity_number_that_would_be_shown_is_told(tmp_path: Path) -> None:
    found = disclosed(tmp_path, "", what=[post(1, f"Mitt nummer är {OURS[:8]}-{OURS[8:]}", author="x")])

    assert found.warnings == ("line 1, text: shows what looks like a personal identity number",)
    assert OURS[8:] not in "".join(found.warnings)


def test_nobody_finds_a_masked_name_by_trying_it(tmp_path: Path) -> None:
    """Who knows the name, the field and everything in the copy, cannot confirm it; with its own salt he could."""
    found = disclosed(tmp_path, ONE + f'[[maskera]]\nnamn = "{NAME}"\n')
    files, row = held(Path(found.path)), lines(Path(found.path))[1]
    (hidden,) = row["author"].values()
    salts = {bytes.fromhex(each) for salt in lines(Path(found.path), "salts.jsonl") for each in salt.values()}
    keys = {bytes.fromhex(each) for data in files.values() for each in re.findall(rb"[0-9a-f]{64}", data)
            for each in [each.decode()]}  # fmt: skip

    tries = {field_hash("author", NAME, salt).hex() for salt in salts | keys | {b""}}

    assert hidden not in tries
    whole = json.dumps(row | {"author": NAME}, ensure_ascii=False).encode()
    assert sha256(whole).hexdigest().encode() not in b"".join(files.values())
    assert "author" not in lines(Path(found.path), "salts.jsonl")[1]


def test_two_equal_values_have_two_hashes(tmp_path: Path) -> None:
    what = [post(1, author=NAME), post(2, author=NAME)]
    found = disclosed(tmp_path, f'[[maskera]]\nnamn = "{NAME}"\n', what=what)

    first, second = (each["author"]["masked"] for each in lines(Path(found.path)))

    assert first != second


def test_a_plain_hash_of_the_items_never_goes_along(tmp_path: Path) -> None:
    package = packed(tmp_path)
    digest = sha256((tmp_path / order().id / "items.jsonl").read_bytes()).hexdigest()
    (tmp_path / "manifest.json").write_text(json.dumps({"files": [digest]}))

    with pytest.raises(NotWhole, match="found by trying"):
        again(package, ONE)

    assert not list(tmp_path.glob("ut*"))


def test_a_manifest_of_another_package_is_refused(tmp_path: Path) -> None:
    package = packed(tmp_path)
    (tmp_path / "manifest.json").write_text(json.dumps({"items_root": "0" * 64}))

    with pytest.raises(NotWhole, match="another root"):
        again(package, ONE)


def test_without_a_manifest_the_copy_says_so_and_so_does_whoever_checks_it(tmp_path: Path) -> None:
    package = packed(tmp_path)
    (tmp_path / "beslut.toml").write_text(HEAD + ONE, encoding="utf-8")

    found = copy(package, tmp_path / "beslut.toml", tmp_path / "ut.zip")

    assert "no manifest" in found.warnings[0]
    assert verify(tmp_path / "ut.zip") == [
        "no manifest goes along: what is shown agrees with itself, and with nothing that was sealed"
    ]


@pytest.mark.parametrize("name", FORMATS)
def test_the_manifest_that_lies_beside_the_package_goes_along_by_itself(name: str, tmp_path: Path) -> None:
    capture, of = sealed(tmp_path, items=items()), order()
    folder, archive = made(capture, of), tmp_path / "archive"
    package = line.archive_format(name).pack(capture, of, folder, Settings(), tmp_path / f"{of.id}.zip")
    line.store("folder").deliver(evidence.make(package, of, capture, folder, Settings(), archive), of, archive)
    year = evidence.run(2026, archive, Settings())
    (archive / f"{of.id}.manifest.tsa.tsr").write_bytes(b"token")
    (tmp_path / "beslut.toml").write_text(HEAD + ONE, encoding="utf-8")

    found = copy(archive / f"{of.id}.zip", tmp_path / "beslut.toml", tmp_path / "ut.zip")

    held_there = {each for each in held(Path(found.path)) if each.startswith("bevis/")}
    due = {f"{of.id}.manifest.json", f"{of.id}.manifest.tsa.tsr", year.name if year else ""}
    assert held_there == {f"bevis/{each}" for each in due}
    assert verify(Path(found.path)) == []


def test_only_the_chosen_posts_are_given_out_and_they_are_proven(tmp_path: Path) -> None:
    found = disclosed(tmp_path, 'poster = ["0001"]\n')

    rows = lines(Path(found.path))
    assert [list(each) == ["line"] for each in rows] == [True, True, False]
    assert verify(Path(found.path)) == []
    assert b"Exempelsson" not in b"".join(held(Path(found.path)).values())
    assert (found.shown, found.withheld) == (1, 2)


def test_everything_of_a_post_can_be_masked_even_its_id_and_the_hash_of_its_picture(tmp_path: Path) -> None:
    found = disclosed(tmp_path, '[[maskera]]\npost = "0002"\nvad = ["allt"]\n')

    rows = lines(Path(found.path))
    picture = next((tmp_path / order().id / "media").glob("*"))
    assert rows[1]["id"].keys() == {"masked"}
    assert verify(Path(found.path)) == []
    assert len([name for name in held(Path(found.path)) if name.startswith("media/")]) == 1
    everything = b"".join(held(Path(found.path)).values())
    left = [each.name for each in picture.parent.iterdir() if each.stem.encode() not in everything]
    assert len(left) == 1


def test_the_same_decision_gives_the_same_bytes(tmp_path: Path) -> None:
    first = disclosed(tmp_path / "one")

    second = disclosed(tmp_path / "two")

    assert first.sha256 == second.sha256


TAMPERING: dict[str, tuple[str, Callable[[Files], Files]]] = {
    "another text": ("the root", lambda files: swap(files, "items.jsonl", "Välkomna!", "Gå hem!")),
    "another salt": ("the root", lambda files: swap(files, "salts.jsonl", '"kind": "', '"kind": "00')),
    "a masked hash": ("the root", lambda files: swap(files, "items.jsonl", '"masked": "', '"masked": "0')),
    "a field less": ("the root", lambda files: swap(files, "items.jsonl", '"author": "exempelvik", ', "")),
    "a line less": ("the root", lambda files: shorter(files)),
    "a line of salts less": ("cannot be read", lambda files: files | {"salts.jsonl": b"{}\n"}),
    "another root": ("another root", lambda files: swap(files, "bevis/manifest.json", 'root": "', 'root": "0')),
    "no root": ("no manifest", lambda files: drop(files, "bevis/manifest.json")),
    "another picture": ("not as the items say", lambda files: picture(files)),
    "no picture": ("missing", lambda files: drop(files, "media/")),
    "a picture too many": ("nothing that is shown", lambda files: files | {"media/x.jpg": b"x"}),
    "a file too many": ("nothing that is shown", lambda files: files | {"more.txt": b"x"}),
    "another page": ("index.html", lambda files: swap(files, "index.html", "Välkomna!", "Gå hem!")),
    "another decision": ("beslut.json", lambda files: swap(files, "beslut.json", '"falt": "author"', '"falt": "text"')),
    "no decision": ("cannot be read", lambda files: drop(files, "beslut.json")),
    "a mark where there is none": ("neither", lambda files: swap(files, "salts.jsonl", '"kind":', '"kinds":')),
    "nothing": ("cannot be read", lambda files: {}),
}  # fmt: skip


def swap(files: Files, name: str, old: str, new: str) -> Files:
    assert old.encode() in files[name]
    return files | {name: files[name].replace(old.encode(), new.encode(), 1)}


def drop(files: Files, start: str) -> Files:
    return {name: data for name, data in files.items() if not name.startswith(start)}


def shorter(files: Files) -> Files:
    cut = {name: b"".join(files[name].splitlines(keepends=True)[:-1]) for name in ("items.jsonl", "salts.jsonl")}
    return files | cut


def picture(files: Files) -> Files:
    return {name: data + b"x" if name.startswith("media/") else data for name, data in files.items()}


def test_a_copy_that_was_unpacked_can_be_checked_too(tmp_path: Path) -> None:
    shutil.unpack_archive(disclosed(tmp_path).path, tmp_path / "out", "zip")
    (folder,) = (tmp_path / "out").iterdir()

    assert verify(folder) == []

    next((folder / "media").iterdir()).write_bytes(b"another")
    assert ["not as the items say" in fault for fault in verify(folder)] == [True]
    assert verify(tmp_path / "out") != []


def test_a_file_that_an_earlier_package_has_is_named_and_not_missed(tmp_path: Path) -> None:
    capture, of = sealed(tmp_path, items=items()), order()
    folder = made(capture, of)
    (folder / "media.jsonl").write_bytes(b"")
    line.archive_format("ocfl").pack(capture, of, folder, Settings(), tmp_path / "p.zip")
    (tmp_path / "manifest.json").write_text(json.dumps({"items_root": root_of(capture).hex()}))

    found = again(tmp_path / "p.zip", "")

    assert verify(Path(found.path)) == []
    assert len(json.loads(held(Path(found.path))["utlamnande.json"])["elsewhere"]) == 2
    assert b"<img" not in held(Path(found.path))["index.html"]


@pytest.mark.parametrize("how", TAMPERING)
def test_tampering_is_found(how: str, tmp_path: Path) -> None:
    sentence, change = TAMPERING[how]
    path = forged(Path(disclosed(tmp_path).path), change)

    assert any(sentence in fault for fault in verify(path)), verify(path)


def test_a_copy_written_again_as_it_was_has_no_fault(tmp_path: Path) -> None:
    assert verify(forged(Path(disclosed(tmp_path).path), lambda files: files)) == []


def test_all_faults_of_a_decision_are_told_at_once(tmp_path: Path) -> None:
    package = packed(tmp_path)
    (tmp_path / "beslut.toml").write_text(
        f'beslutat_av = "{NAME}"\ndatum = "i dag"\ngrund = ""\nannat = 1\nposter = ["9999"]\n'
        f'[[maskera]]\npost = "0002"\nvad = ["skonummer"]\n[[maskera]]\npost = "8888"\nvad = ["text"]\n'
        f'[[maskera]]\nnamn = "{NAME}"\n[[maskera]]\nnamn = "An"\n[[maskera]]\npost = "1"\nnamn = "Anna"\nmer = 1\n'
        f'[[maskera]]\npost = "0001"\n',
        encoding="utf-8",
    )

    with pytest.raises(BadInput) as caught:
        copy(package, tmp_path / "beslut.toml", tmp_path / "ut.zip")

    told = "\n".join(caught.value.faults)
    for due in (
        "annat: ", "beslut: saknas", "grund: saknas", "datum: ", "beslutat_av: ett namn", "maskera 4: namnet är för",
        "maskera 5: ska ha antingen", "maskera 5: det finns ingen uppgift mer", "maskera 6: vad ska vara en lista",
        "posten 0002 har inget som heter skonummer", "posten 8888: finns inte", "posten 9999: finns inte",
    ):  # fmt: skip
        assert due in told
    assert NAME not in told
    assert not (tmp_path / "ut.zip").exists()


def test_a_plain_hash_of_any_file_that_the_names_stand_in_never_goes_along(tmp_path: Path) -> None:
    package = packed(tmp_path, "ocfl")
    listed = [each.split("  ") for each in package.with_suffix(".sha256").read_text().splitlines()]
    told = {name: digest for digest, name in listed if "/raw/" not in name and "/media/" not in name}
    for name, digest in told.items():
        (tmp_path / "manifest.json").write_text(json.dumps({"hash": digest}))
        if not re.search(r"inventory|0=ocfl|documentation|ledger\.json|order\.json|seal\.jsonl", name):
            with pytest.raises(NotWhole, match="found by trying"):
                again(package, ONE)

    assert len(told) > 10


@pytest.mark.parametrize("text", ["beslut = ", "\xff", None])
def test_a_decision_that_cannot_be_read_is_told(text: str | None, tmp_path: Path) -> None:
    path = tmp_path / "beslut.toml"
    if text is not None:
        path.write_bytes(text.encode("latin-1"))

    with pytest.raises(BadInput, match=r"beslut\.toml"):
        copy(tmp_path / "p.zip", path, tmp_path / "ut.zip")


def test_what_is_no_package_is_told(tmp_path: Path) -> None:
    (tmp_path / "p.zip").write_bytes(b"PK")

    with pytest.raises(NotWhole, match="package of any format"):
        again(tmp_path / "p.zip", ONE)


@pytest.mark.parametrize("data", [b"", b"PK", b"PK\x05\x06" + bytes(18)])
def test_what_is_no_copy_is_told(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "ut.zip").write_bytes(data)

    assert verify(tmp_path / "ut.zip")
    assert verify(tmp_path / "not there")


def test_a_text_from_outside_becomes_no_tag_in_the_page(tmp_path: Path) -> None:
    found = disclosed(tmp_path, "", what=[post(1, "<p>Hej</p><script>alert(1)</script>", author='"><img src=x>')])

    text = held(Path(found.path))["index.html"].decode()
    assert "<script" not in text
    assert "<img" not in text
    assert "Hej" in text


def test_a_picture_shown_in_one_post_and_masked_in_another_is_left_out_and_told(tmp_path: Path) -> None:
    twice = [post(1, author="a", media=(BENCH,)), post(2, author="b", media=(replace(BENCH, alt="Samma"),))]
    found = disclosed(tmp_path, '[[maskera]]\npost = "0001"\nvad = ["bild 1"]\n', what=twice)

    assert found.warnings == ("line 1, media/0/path: left out too: the same picture is masked elsewhere",)
    assert not [name for name in held(Path(found.path)) if name.startswith("media/")]
    assert verify(Path(found.path)) == []


@pytest.mark.parametrize(
    "value",
    ["Anna  Exempelsson", "ANNA EXEMPELSSON", "Anna <b>Exempelsson</b>", "Anna&nbsp;Exempelsson",
     "x/Anna%20Exempelsson", {"namn": "Anna Exempelsson"}, "A<i></i>nna Exempelsson"],
)  # fmt: skip
def test_a_name_is_found_however_the_platform_wrote_it(value: Any) -> None:
    assert holds(value, NAME)
    assert not holds("Anna", NAME)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
ITEMS = st.lists(st.dictionaries(st.text(min_size=1, max_size=8), JSON, min_size=1, max_size=5), max_size=9)


@given(ITEMS, st.binary(min_size=32, max_size=32))
def test_any_item_has_a_root_and_any_change_another(items: list[dict[str, Any]], key: bytes) -> None:
    def root_for(each: list[dict[str, Any]]) -> bytes:
        return items_root((json.dumps(item).encode() for item in each), key)

    found = root_for(items)

    assert found == root_for(json.loads(json.dumps(items)))
    assert found != root_for([*items, {"id": "more"}])
    for number, item in enumerate(items):
        for name in item:
            less = {each: value for each, value in item.items() if each != name}
            assert root_for([*items[:number], less, *items[number + 1 :]]) != found


def test_only_a_list_of_things_is_taken_apart() -> None:
    item = {"id": "1", "counts": {"likes": 2}, "attached": ["a"], "media": [{"alt": "x", "path": "p"}], "poll": []}

    assert list(fields(item)) == ["id", "counts", "attached", "media/0/alt", "media/0/path", "poll"]


def test_the_example_of_a_decision_can_be_used_as_it_is(tmp_path: Path) -> None:
    package = packed(tmp_path)
    example = Path(__file__).resolve().parent.parent / "docs/examples/beslut.toml"

    found = copy(package, example, tmp_path / "ut.zip", [tmp_path / "manifest.json"])

    assert (found.shown, found.withheld, found.warnings) == (2, 1, ())
    assert b"Exempelsson" not in b"".join(held(tmp_path / "ut.zip").values())
    assert verify(tmp_path / "ut.zip") == []
