"""OCFL: what another implementation says of ours, and what ours says of the standard's own fixtures."""

from __future__ import annotations

import json
import shutil
import tarfile
import zipfile
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from archive_formats import ocfl
from model.capture import files
from model.errors import NotWhole
from model.settings import Settings
from tests.captures import post
from tests.made_packages import ready
from tests.servers.policy import shared
from tests.validators import run

SUITE = "realdata/conformance/ocfl-fixtures-1.0.tar.xz"
Change = Callable[[dict[str, Any]], None]


@pytest.fixture
def package(tmp_path: Path) -> Path:
    capture, order, made = ready(tmp_path)
    ocfl.pack(capture, order, made, Settings(), tmp_path / "p.zip")
    return tmp_path / "p.zip"


@pytest.fixture
def root(package: Path, tmp_path: Path) -> Path:
    """The package unpacked: its storage root."""
    shutil.unpack_archive(package, tmp_path / "out", "zip")
    return next((tmp_path / "out").iterdir())


def test_another_implementation_finds_root_and_object_valid_without_a_warning(root: Path) -> None:
    of_root = run("ocfl-root.py", "validate", "--root", str(root))
    of_object = run("ocfl-validate.py", str(root / root.name))

    assert "is VALID" in of_root.stdout
    assert "is VALID" in of_object.stdout
    assert "[W" not in of_object.stdout + of_object.stderr


def test_the_other_implementation_would_have_said_it(root: Path) -> None:
    next(root.rglob("posts.csv")).write_bytes(b"touched")

    found = run("ocfl-validate.py", str(root / root.name))

    assert "INVALID" in found.stdout
    assert "E092" in found.stdout + found.stderr


def test_the_standards_fixtures_are_judged_as_the_standard_does(tmp_path: Path) -> None:
    with tarfile.open(shared(SUITE)) as suite:
        suite.extractall(tmp_path, filter="data")
    found = dict[str, list[str]]()
    for folder in sorted((tmp_path / "ocfl-fixtures/1.0").glob("*-objects/*")):
        found[f"{folder.parent.name}/{folder.name}"] = ocfl.check(rooted(folder, tmp_path / "one.zip"))

    bad = {name.partition("/")[2]: " ".join(said) for name, said in found.items() if name.startswith("bad")}
    assert len(found) > 70
    assert [name for name, said in found.items() if said and not name.startswith("bad")] == []
    assert [name for name, said in bad.items() if not any(rule in said for rule in name.split("_")[:2])] == []


def rooted(folder: Path, target: Path) -> Path:
    """An object's folder as a package."""
    with zipfile.ZipFile(target, "w") as out:
        out.writestr("root/0=ocfl_1.1", b"ocfl_1.1\n")
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            out.write(path, f"root/object/{path.relative_to(folder).as_posix()}")
    return target


def test_every_file_that_goes_in_lies_where_an_e_ark_package_has_it(root: Path) -> None:
    content = root / root.name / "v1/content"

    assert (content / "representations/reading/data/index.html").is_file()
    assert (content / "documentation/LASMIG.txt").is_file()
    assert list((content / "representations/raw/data").glob("*.warc.gz"))
    assert list((content / "representations/content/data/media").glob("*.jpg"))


def test_the_listing_beside_it_names_every_file_sorted(package: Path) -> None:
    lines = package.with_suffix(".sha256").read_text().splitlines()

    with zipfile.ZipFile(package) as held:
        due = [f"{sha256(held.read(name)).hexdigest()}  {name}" for name in sorted(held.namelist())]
    assert lines == due


def test_media_that_an_earlier_package_has_are_not_packed_again(tmp_path: Path) -> None:
    capture, order, made = ready(tmp_path)
    rows = made / "media.jsonl"
    rows.write_bytes(b"")

    ocfl.pack(capture, order, made, Settings(), tmp_path / "p.zip")

    with zipfile.ZipFile(tmp_path / "p.zip") as held:
        assert not [name for name in held.namelist() if "/media/" in name]
    assert ocfl.check(tmp_path / "p.zip") == []


@pytest.mark.parametrize("how", ["touched", "gone"])
def test_what_was_made_and_then_touched_is_never_packed(how: str, tmp_path: Path) -> None:
    capture, order, made = ready(tmp_path)
    path = made / "content/posts.csv"
    path.write_bytes(b"x" * path.stat().st_size) if how == "touched" else path.unlink()

    with pytest.raises(NotWhole, match=r"posts\.csv"):
        ocfl.pack(capture, order, made, Settings(), tmp_path / "p.zip")

    assert not list(tmp_path.glob("p.*"))


def test_other_settings_give_another_package_and_not_the_one_that_lies_there(tmp_path: Path) -> None:
    capture, order, made = ready(tmp_path)
    first = ocfl.pack(capture, order, made, Settings(), tmp_path / "p.zip")

    second = ocfl.pack(capture, order, made, Settings(contact="Arkivet (arkiv@annat.example)"), tmp_path / "p.zip")

    assert first.sha256 != second.sha256


def test_two_files_with_the_same_bytes_stand_under_one_digest(tmp_path: Path) -> None:
    capture, order, made = ready(tmp_path, items=[post(1)])
    ocfl.pack(capture, order, made, Settings(), tmp_path / "p.zip")

    with zipfile.ZipFile(tmp_path / "p.zip") as held:
        name = next(name for name in held.namelist() if name.endswith("/v1/inventory.json"))
        known = json.loads(held.read(name))

    assert max(len(paths) for paths in known["manifest"].values()) > 1  # the empty files of the capture
    assert {one["path"] for one in files(capture)} >= {"items.jsonl", "gaps.jsonl"}
    assert known["manifest"].keys() == known["versions"]["v1"]["state"].keys()


@pytest.mark.parametrize(
    ("rule", "change"),
    [
        ("E036", lambda known: known.pop("id")),
        ("E036", lambda known: known.pop("head")),
        ("E038", lambda known: known.update(type="https://ocfl.io/2.0/spec/#inventory")),
        ("E025", lambda known: known.update(digestAlgorithm="md5")),
        ("E040", lambda known: known.update(head={"v": 1})),
        ("E008", lambda known: known.update(versions=[])),
        ("E041", lambda known: known.update(manifest="none")),
        ("E049", lambda known: known["versions"]["v1"].update(created="2026-12-01")),
        ("E050", lambda known: known["versions"]["v1"].pop("state")),
        ("E054", lambda known: known["versions"]["v1"].update(user={})),
        ("E094", lambda known: known["versions"]["v1"].update(message=3)),
        ("E017", lambda known: known.update(contentDirectory="../x")),
        ("E047", lambda known: known["versions"].update(v1=[])),
        ("E111", lambda known: known.update(fixity=[])),
    ],
)
def test_an_inventory_that_says_nonsense_is_told_by_rule(rule: str, change: Change, root: Path, tmp_path: Path) -> None:
    inside = root / root.name
    known = json.loads((inside / "inventory.json").read_bytes())
    change(known)
    (inside / "inventory.json").write_text(json.dumps(known))

    assert any(rule in fault for fault in ocfl.check(rooted(inside, tmp_path / "odd.zip")))


@pytest.mark.parametrize("text", ["", "null", "[]", "{", '{"versions": {"v1": null}}', '{"manifest": {"a": [1]}}'])
def test_an_inventory_that_is_none_is_told_and_never_a_crash(text: str, root: Path, tmp_path: Path) -> None:
    (root / root.name / "inventory.json").write_text(text)

    assert ocfl.check(rooted(root / root.name, tmp_path / "odd.zip"))
