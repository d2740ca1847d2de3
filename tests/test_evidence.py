"""What proves that a package is as it was delivered: listing, manifest, chain, run manifest, stamps."""

from __future__ import annotations

import json
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model import merkle
from model.disclosing import root_of
from model.errors import NotWhole
from model.nouns import Order, Package, Receipt
from model.settings import Settings
from pipeline import evidence, line
from stores import folder
from tests import made_packages
from tests.captures import order

pytestmark = pytest.mark.servers  # time-stamp authorities on loopback

# the vectors of google/certificate-transparency (merkle_tree_test) for RFC 6962
_LEAVES = [bytes.fromhex(each) for each in (
    "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f",
)]  # fmt: skip
_ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def packed(place: Path, of: Order | None = None, form: str = "bagit", **more: Any) -> tuple[Package, Order, Path, Path]:
    """A package, its order, its capture and what was made of it."""
    of = of or order()
    capture, of, made = made_packages.ready(place / "work", of=of, **more)
    package = line.archive_format(form).pack(capture, of, made, Settings(), place / "work" / f"{of.id}.zip")
    return package, of, capture, made


def delivered(
    place: Path, of: Order | None = None, form: str = "bagit", settings: Settings | None = None
) -> tuple[Path, Receipt]:
    """A package delivered with all that stands beside it: where it lies, and its receipt."""
    package, of, capture, made = packed(place, of, form)
    whole = evidence.make(package, of, capture, made, settings or Settings(), shelf := folder.Shelf(place / "archive"))
    receipt = shelf.deliver(whole, of)
    return place / "archive" / f"{of.id}.zip", receipt


def says(package: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(package.with_name(f"{package.stem}.manifest.json").read_bytes())
    return found


def sha(path: Path) -> str:
    return sha256(path.read_bytes()).hexdigest()


# -- the tree ------------------------------------------------------------------------------------------------------


def test_a_tree_of_nothing_has_the_hash_of_nothing() -> None:
    assert merkle.root([]) == sha256(b"").digest()


@pytest.mark.parametrize("size", range(1, 9))
def test_roots_are_those_of_the_public_vectors(size: int) -> None:
    assert merkle.root(map(merkle.leaf, _LEAVES[:size])).hex() == _ROOTS[size - 1]


@given(st.lists(st.binary(max_size=4), min_size=1, max_size=70), st.data())
def test_a_proof_holds_for_its_own_leaf_and_place_alone(things: list[bytes], data: st.DataObject) -> None:
    leaves = [merkle.leaf(thing) for thing in things]
    index, other = (data.draw(st.integers(0, len(leaves) - 1)) for _ in range(2))
    root, proof = merkle.root(leaves), merkle.proof(leaves, index)

    assert merkle.verify(leaves[index], index, len(leaves), proof, root)
    assert len(proof) <= len(leaves).bit_length()
    assert merkle.verify(leaves[other], index, len(leaves), proof, root) == (leaves[other] == leaves[index])
    assert not merkle.verify(leaves[index], index, len(leaves), [*proof, root], root)
    assert not merkle.verify(leaves[index], index, len(leaves), proof, merkle.leaf(b"another tree"))
    assert not proof or not merkle.verify(leaves[index], index, len(leaves), proof[:-1], root)


@pytest.mark.parametrize("index", [-1, 3])
def test_there_is_no_proof_of_a_leaf_that_is_not_there(index: int) -> None:
    leaves = [merkle.leaf(b"a")] * 3

    with pytest.raises(IndexError):
        merkle.proof(leaves, index)
    assert not merkle.verify(leaves[0], index, 3, [], merkle.root(leaves))


def test_a_root_over_many_leaves_takes_no_memory() -> None:
    import tracemalloc

    tracemalloc.start()
    merkle.root(merkle.leaf(b"%d" % number) for number in range(50_000))
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert most < 50_000


# -- the manifest --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["bagit", "eark_sip"])
def test_a_manifest_names_the_package_and_what_it_was_made_of(form: str, tmp_path: Path) -> None:
    path, receipt = delivered(tmp_path, form=form)

    found = says(path)
    capture = tmp_path / "work" / order().id
    assert found["package"] == {
        "name": path.name, "size": path.stat().st_size, "sha256": sha(path), "format": form,
    }  # fmt: skip
    assert (found["order"], found["account"], found["year"]) == (order().id, order().account.id, 2026)
    assert (found["kind"], found["verdict"], found["previous"]) == ("annual", "whole", {})
    assert found["objid"].startswith("exv_mastodon_")
    assert found["items_root"] == root_of(capture).hex()
    listing = path.with_suffix(".sha256")
    lines = listing.read_bytes().splitlines()
    root = merkle.root(map(merkle.leaf, lines)).hex()
    assert len(found["mets"]) == (0 if form == "bagit" else 1)
    assert all(f"{digest}  {name}".encode() in lines for name, digest in found["mets"].items())
    assert found["listing"] == {"sha256": sha(listing), "files": len(lines), "root": root}
    assert receipt.beside == {name: sha(path.with_name(name)) for name in (listing.name, f"{path.stem}.manifest.json")}


def test_the_same_package_after_the_same_predecessor_has_the_same_manifest(tmp_path: Path) -> None:
    first, _ = delivered(tmp_path / "a")
    second, _ = delivered(tmp_path / "b")

    for name in (f"{first.stem}.manifest.json", f"{first.stem}.sha256"):
        assert first.with_name(name).read_bytes() == second.with_name(name).read_bytes()


def test_a_manifest_is_canonical_json_of_whole_numbers_and_texts(tmp_path: Path) -> None:
    path, _ = delivered(tmp_path, form="eark_sip")

    data = path.with_name(f"{path.stem}.manifest.json").read_bytes()
    assert data == evidence.canonical(json.loads(data))
    assert data.endswith(b"}\n")
    assert {type(value) for value in leaves_of(json.loads(data))} == {int, str}


def leaves_of(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [leaf for each in value.values() for leaf in leaves_of(each)]
    return [value]


def test_manifests_of_an_account_are_chained_and_those_of_others_are_not(tmp_path: Path) -> None:
    first, _ = delivered(tmp_path, order(2026))
    delivered(tmp_path, order(2026, "exempelvik-mastodon-2"))
    second, _ = delivered(tmp_path, order(2027))

    before = first.with_name(f"{first.stem}.manifest.json")
    assert says(second)["previous"] == {"name": before.name, "order": first.stem, "sha256": sha(before)}


def test_a_manifest_made_again_after_its_delivery_is_the_same(tmp_path: Path) -> None:
    delivered(tmp_path, order(2026))
    path, receipt = delivered(tmp_path, order(2027))
    delivered(tmp_path, order(2028))
    before = path.with_name(f"{path.stem}.manifest.json").read_bytes()

    package, of, capture, made = packed(tmp_path / "again", order(2027))
    whole = evidence.make(package, of, capture, made, Settings(), shelf := folder.Shelf(tmp_path / "archive"))

    assert Path(whole.sidecars[0]).read_bytes() == before
    assert shelf.deliver(whole, of) == receipt


def test_a_chain_with_a_manifest_that_is_gone_goes_on_from_its_end(tmp_path: Path) -> None:
    for year in (2025, 2026, 2027, 2028):
        path, _ = delivered(tmp_path, order(year))
    gone = next((tmp_path / "archive").glob("2027-*.manifest.json"))
    gone.chmod(0o600)
    gone.unlink()

    after, _ = delivered(tmp_path, order(2029))

    assert says(after)["previous"]["order"] == path.stem


def test_a_rehearsal_is_no_part_of_the_chain(tmp_path: Path) -> None:
    rehearsal = replace(order(), id=f"{order().id}.rehearsal", kind="rehearsal")
    delivered(tmp_path, rehearsal)

    path, _ = delivered(tmp_path, order())

    assert says(path)["previous"] == {}


def test_a_replacement_follows_what_it_replaces_in_the_chain(tmp_path: Path) -> None:
    first, _ = delivered(tmp_path, order())
    again, _ = delivered(tmp_path, replace(order(), id=f"{order().id}.r2", replaces=order().id, decision="fel"))
    later, _ = delivered(tmp_path, order(2027))

    assert says(again)["previous"]["order"] == first.stem
    assert says(later)["previous"]["order"] == again.stem


@pytest.mark.parametrize("text", [b"", b"[]", b"{}", b"\xff", b'{"format": "arsring manifest 1"}\n', b"[" * 100_000])
def test_a_broken_manifest_of_the_account_stops_the_chain(text: bytes, tmp_path: Path) -> None:
    path, _ = delivered(tmp_path, order(2026))
    touched(path.with_name(f"{path.stem}.manifest.json"), text)

    with pytest.raises(NotWhole, match="cannot be read as a manifest"):
        delivered(tmp_path, order(2027))


def test_a_broken_manifest_of_another_account_stops_nobody(tmp_path: Path) -> None:
    path, _ = delivered(tmp_path, order(2026, "a"))
    touched(path.with_name(f"{path.stem}.manifest.json"), b"")

    delivered(tmp_path, order(2026, "b-a"))


@pytest.mark.parametrize("text", [b"", b"[]", b'{"format": "arsring run 1"}\n', b'{"format": "arsring run 2"}\n'])
def test_a_broken_run_manifest_stops_nobody_and_is_left_as_it_is(text: bytes, tmp_path: Path) -> None:
    """It is the alarm of the nightly check. The chain of the runs goes on from the last one that can be read."""
    delivered(tmp_path, order(2026, "a"))
    shelf = folder.Shelf(tmp_path / "archive")
    good, _ = evidence.run(2026, shelf, Settings()), delivered(tmp_path, order(2026, "b"))
    broken = evidence.run(2026, shelf, Settings())
    assert good != broken == "2026-december.2.run.json"
    touched(tmp_path / "archive" / broken, text)

    later, _ = delivered(tmp_path, order(2027, "a"))
    delivered(tmp_path, order(2026, "c"))
    third = evidence.run(2026, shelf, Settings())

    assert says(later)["previous_run"]["name"] == good
    assert third == "2026-december.3.run.json"
    made = evidence.paper(third, shelf).says
    assert made["previous"]["name"] == good
    assert [row["account"] for row in made["manifests"]] == ["a", "b", "c"]
    assert (tmp_path / "archive" / broken).read_bytes() == text


def touched(path: Path, data: bytes) -> None:
    path.chmod(0o640)
    path.write_bytes(data)
