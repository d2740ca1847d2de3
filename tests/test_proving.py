"""What is proven of a package from what lies beside it: each thing broken in turn, and the same by hand."""

from __future__ import annotations

import io
import json
import re
import shutil
import subprocess
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from connectors import web
from model.nouns import Order
from model.settings import Settings, StampAuthority
from pipeline import disclosure, evidence, line, stamps
from pipeline._proof import Proof, say
from pipeline._proving_copy import is_copy
from pipeline._proving_copy import prove as prove_copy
from pipeline.proving import prove
from pipeline.say import Voice
from pipeline.verifying import verify
from stores import folder
from tests import made_packages
from tests.captures import order
from tests.mutants import mutants
from tests.servers.tsa import Authority, authority

pytestmark = pytest.mark.servers  # time-stamp authorities on loopback

Break = Callable[[Path], object]


@pytest.fixture(scope="module")
def tsa(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Authority]:
    with authority(tmp_path_factory.mktemp("tsa") / "one") as one:
        yield one


@pytest.fixture
def trusting(tsa: Authority) -> Settings:
    tsa.mood = "well"
    return Settings(stamps=(tsa.settings(),))


def delivered(place: Path, of: Order, settings: Settings, form: str = "bagit") -> Path:
    """A package in the store with its manifest, its year's run and its stamps: where it lies."""
    capture, of, made = made_packages.ready(place / "work", of=of)
    package = line.archive_format(form).pack(capture, of, made, settings, place / "work" / f"{of.id}.zip")
    whole = evidence.make(package, of, capture, made, settings, shelf := folder.Shelf(place / "archive"))
    shelf.deliver(whole, of)
    evidence.run(of.year, shelf, settings)
    stamps.stamp(shelf, settings)
    return place / "archive" / f"{of.id}.zip"


@pytest.fixture(scope="module")
def _years(tmp_path_factory: pytest.TempPathFactory, tsa: Authority) -> Path:
    place, settings = tmp_path_factory.mktemp("years"), Settings(stamps=(tsa.settings(),))
    for year in (2025, 2026, 2027):
        delivered(place, order(year), settings)
    return place / "archive"


@pytest.fixture
def years(_years: Path, tmp_path: Path) -> Path:
    """Three years of an account, to be broken: the package in the middle."""
    shutil.copytree(_years, tmp_path / "archive")
    for path in (tmp_path / "archive").iterdir():
        path.chmod(0o640)
    return tmp_path / "archive" / f"{order(2026).id}.zip"


def beside(package: Path, suffix: str) -> Path:
    return package.with_name(f"{package.stem}.{suffix}")


def found(proof: Proof, kind: str) -> set[str]:
    return {one.what for one in proof.findings if one.kind == kind}


def flip(path: Path, at: int = -1, part: bytes = b"") -> None:
    """One bit of a file, at a place or at the middle of a part of it."""
    data = bytearray(path.read_bytes())
    data[data.index(part) + len(part) // 2 if part else at] ^= 1
    path.write_bytes(data)


def changed(path: Path, **more: Any) -> None:
    """A manifest that says something else, in its proper form."""
    path.write_bytes(evidence.canonical(json.loads(path.read_bytes()) | more))


# -- whole -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["bagit", "eark_sip"])
def test_of_a_whole_package_all_is_proven_but_what_the_platform_held_back(
    form: str, trusting: Settings, tmp_path: Path
) -> None:
    package = delivered(tmp_path, order(), trusting, form)

    proof = prove(package, trusting)

    assert proof.faults == []
    assert found(proof, "proven") >= {"package", "files", "receipt", "first", "run", "stamp"}
    assert found(proof, "open") == {"whole"}


def test_the_chain_is_followed_through_the_years_in_both_directions(years: Path, trusting: Settings) -> None:
    proof = prove(years, trusting)

    assert proof.faults == []
    assert found(proof, "proven") >= {"chain", "later", "stamp"}
    text = "\n".join(say(proof, "sv"))
    assert "1 steg bakåt" in text
    assert str(order(2027).id) in text


@pytest.mark.parametrize(("lang", "words"), [("sv", ("Bevisat:", "Inte bevisat:")), ("en", ("Proven:", "Not proven:"))])
def test_it_is_told_in_plain_words(lang: Any, words: tuple[str, str], years: Path, trusting: Settings) -> None:
    text = "\n".join(say(prove(years, trusting), lang))

    assert all(word in text for word in words)
    assert not re.search(r"[{}]", text)


def test_a_proof_needs_no_network(years: Path, trusting: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: Any, **__: Any) -> bytes:
        raise AssertionError("it asked")

    monkeypatch.setattr(web, "stamp_request", refused)
    monkeypatch.setattr("socket.socket.connect", refused)

    assert prove(years, trusting).faults == []


def test_a_proof_changes_nothing(years: Path, trusting: Settings) -> None:
    before = {path.name: (path.read_bytes(), path.stat().st_mtime_ns) for path in years.parent.iterdir()}

    prove(years, trusting)

    assert {path.name: (path.read_bytes(), path.stat().st_mtime_ns) for path in years.parent.iterdir()} == before


# -- each thing broken -------------------------------------------------------------------------------------------------


def member(package: Path) -> None:
    flip(package, part=b"Hej fr\xc3\xa5n Exempelvik")


def added(package: Path) -> None:
    with zipfile.ZipFile(package, "a") as held:
        held.writestr(f"{package.stem}/data/extra.txt", "extra")


def again(package: Path) -> None:
    with zipfile.ZipFile(package, "a") as held, pytest.warns(UserWarning, match="Duplicate name"):
        held.writestr(held.namelist()[0], "another")


def packed_anew(package: Path) -> None:
    with zipfile.ZipFile(package) as held:
        files = {name: held.read(name) for name in held.namelist()}
    with zipfile.ZipFile(package, "w", zipfile.ZIP_DEFLATED) as held:
        for name, data in files.items():
            held.writestr(name, data)


def listing_line(package: Path) -> None:
    path = beside(package, "sha256")
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[1:]))


def of_another(package: Path) -> None:
    shutil.copy(next(package.parent.glob("2027-*.manifest.json")), beside(package, "manifest.json"))


def of_another_wholly(package: Path) -> None:
    for suffix in ("manifest.json", "sha256"):
        shutil.copy(next(package.parent.glob(f"2027-*.{suffix}")), beside(package, suffix))
    shutil.copy(next(package.parent.glob("2027-*.zip")), package)
    next(package.parent.glob("2026-*.receipt.json")).unlink()


def token(package: Path) -> Path:
    return beside(package, "manifest.provtid.tsr")


def swapped(package: Path) -> None:
    shutil.copy(next(package.parent.glob("2027-*.manifest.provtid.tsr")), token(package))


BREAKS: dict[str, tuple[Break, set[str]]] = {
    "a bit in a file of the package": (member, {"package_differs", "changed"}),
    "a file added to the package": (added, {"package_differs", "added"}),
    "a second file of the same name": (again, {"package_differs"}),
    "the package packed anew": (packed_anew, {"package_differs"}),
    "the package cut short": (lambda path: path.write_bytes(path.read_bytes()[:-400]), {"package_differs"}),
    "the package emptied": (lambda path: path.write_bytes(b""), {"package_differs"}),
    "bytes behind the package": (lambda path: path.write_bytes(path.read_bytes() + b"\0"), {"package_differs"}),
    "a bit in the listing": (lambda path: flip(beside(path, "sha256"), 3), {"listing_differs"}),
    "a line gone from the listing": (listing_line, {"listing_differs", "added"}),
    "the listing removed": (lambda path: beside(path, "sha256").unlink(), {"receipt_differs"}),
    "the manifest removed": (lambda path: beside(path, "manifest.json").unlink(), {"missing"}),
    "the manifest cut": (lambda path: beside(path, "manifest.json").write_bytes(b'{"a'), {"broken"}),
    "the manifest with blanks": (
        lambda path: beside(path, "manifest.json").write_bytes(beside(path, "manifest.json").read_bytes() + b" "),
        {"broken"},
    ),
    "another verdict in the manifest": (
        lambda path: changed(beside(path, "manifest.json"), verdict="whole with named gaps"),
        {"receipt_differs", "stamp_false", "run_differs", "chain_broken"},
    ),
    "the manifest of another package": (of_another, {"package_differs", "receipt_differs"}),
    "another package with all its papers": (of_another_wholly, {"of_another"}),
    "the manifest before it changed": (
        lambda path: changed(next(path.parent.glob("2025-*.manifest.json")), verdict="not whole"), {"chain_broken"},
    ),
    "the manifest after it changed to name another": (
        lambda path: changed(
            next(path.parent.glob("2027-*.manifest.json")), previous={
                "name": f"{path.stem}.manifest.json", "order": path.stem, "sha256": "0" * 64,
            },
        ),
        {"chain_broken"},
    ),
    "the run before changed": (
        lambda path: changed(next(path.parent.glob("2025-*.run.json")), creator="Exempelby"), {"chain_broken"},
    ),
    "the run changed": (lambda path: changed(next(path.parent.glob("2026-*.run.json")), creator="X"), {"stamp_false"}),
    "an item changed in the package": (member, {"items_unreadable"}),
    "the receipt changed": (
        lambda path: flip(next(path.parent.glob("2026-*.receipt.json")), part=b"whole"), {"receipt_touched"},
    ),
    "a bit in the stamp": (lambda path: flip(token(path), -200), {"stamp_false"}),
    "garbage for a stamp": (lambda path: token(path).write_bytes(b"<html>"), {"stamp_false"}),
    "an empty stamp": (lambda path: token(path).write_bytes(b""), {"stamp_false"}),
    "the stamp of another thing": (swapped, {"stamp_false"}),
}  # fmt: skip


@pytest.mark.parametrize("name", BREAKS)
def test_what_is_broken_is_told(name: str, years: Path, trusting: Settings) -> None:
    breaks, due = BREAKS[name]
    breaks(years)

    proof = prove(years, trusting)

    assert found(proof, "fault") >= due
    assert all(text for lang in ("sv", "en") for text in say(proof, lang)[0])


# -- hostile papers ----------------------------------------------------------------------------------------------------


def put(path: Path, data: bytes) -> Path:
    """Write a paper; a receipt's name says its hash."""
    if path.name.endswith(".receipt.json"):
        path = path.with_name(f"{path.name.rsplit('.', 3)[0]}.{sha256(data).hexdigest()}.receipt.json")
    path.write_bytes(data)
    return path


def told(package: Path, settings: Settings | None = None) -> tuple[int, str]:
    """What the command answers of a package, and says."""
    out = io.StringIO()
    return verify(package, settings, Voice("sv", out, out)), out.getvalue()


@pytest.mark.parametrize(
    "pattern", ["2025-*.manifest.json", "2026-*.manifest.json", "2027-*.manifest.json", "2026-*.run.json",
                "2025-*.run.json", "2026-*.receipt.json", "2025-*.receipt.json"],
)  # fmt: skip
def test_a_paper_of_any_shape_stops_nobody(pattern: str, years: Path) -> None:
    for path in years.parent.glob("*.tsr"):
        path.unlink()
    (paper,) = years.parent.glob(pattern)
    says = json.loads(paper.read_bytes())
    paper.unlink()

    for mutant in mutants(says):
        path = put(paper, evidence.canonical(mutant))
        _, text = told(years)
        path.unlink()

        assert "bevisat" in text.casefold() or paper.name[:4] in text
        assert "\x1b" not in text


@pytest.mark.parametrize(
    ("pattern", "changes"),
    [
        ("2026-*.manifest.json", {"seal_sha256": "xyz"}),
        ("2026-*.manifest.json", {"package": {"size": "1"}}),
        ("2026-*.run.json", {"manifests": [{}]}),
        ("2026-*.run.json", {"manifests": [{"order": "2026-exempelvik-mastodon"}]}),
    ],
)
def test_a_paper_of_another_shape_is_named(pattern: str, changes: dict[str, Any], years: Path) -> None:
    (paper,) = years.parent.glob(pattern)
    changed(paper, **changes)

    proof = prove(years)

    assert [fault for fault in proof.faults if paper.name in fault and "not as it was written" in fault]


def test_a_receipt_of_another_shape_is_named(years: Path) -> None:
    (receipt,) = years.parent.glob("2026-*.receipt.json")
    says = json.loads(receipt.read_bytes())
    receipt.unlink()
    put(receipt, json.dumps(says | {"beside": [7]}).encode())

    assert "receipt_odd" in found(prove(years), "fault")
    assert told(years)[0] == 3


@pytest.mark.parametrize("data", [b"", b"[" * 100_000, b'{"a": NaN}', b'"\\ud800"', b"1" * 5000, b"\xff", b"null"])
@pytest.mark.parametrize("pattern", ["2026-*.manifest.json", "2026-*.run.json", "2026-*.receipt.json"])
def test_a_paper_that_is_no_paper_is_told(pattern: str, data: bytes, years: Path) -> None:
    (paper,) = years.parent.glob(pattern)
    paper.unlink()
    put(paper, data)

    status, text = told(years)

    assert status == 3
    assert paper.name.split(".")[0] in text


def test_names_from_outside_steer_no_terminal(years: Path) -> None:
    with zipfile.ZipFile(years, "a") as held:
        held.writestr("2026/\x1b[2J\x1b[31m.txt", "x")

    status, text = told(years)

    assert status == 3
    assert "\x1b" not in text


# -- copies for disclosure ---------------------------------------------------------------------------------------------


def disclosed(package: Path) -> Path:
    """A copy of a package by a decision that masks one text."""
    decision = package.with_name("beslut.toml")
    decision.write_text(
        'beslut = "EX 14/27"\nbeslutat_av = "Arkivfunktionen"\ndatum = 2027-02-01\ngrund = "21 kap. 1 § OSL"\n'
        '[[maskera]]\npost = "0001"\nvad = ["text"]\n', encoding="utf-8",
    )  # fmt: skip
    disclosure.copy(package, decision, target := package.with_name("ut.zip"))
    return target


def again_with(copy: Path, change: Callable[[dict[str, bytes]], dict[str, bytes]]) -> Path:
    with zipfile.ZipFile(copy) as held:
        files = {name: held.read(name) for name in held.namelist()}
    with zipfile.ZipFile(copy, "w") as held:
        for name, data in change(files).items():
            held.writestr(name, data)
    return copy


def test_the_stamps_of_a_copy_are_checked_and_told_where_they_are(years: Path, trusting: Settings) -> None:
    copy = disclosed(years)

    proof = prove_copy(copy, trusting)

    assert proof.faults == []
    assert found(proof, "proven") == {"shown", "run", "stamp", "media", "papers"}
    assert found(proof, "open") == {"genuine", "decision", "hidden"}
    assert found(prove_copy(copy), "open") >= {"no_roots"}
    with zipfile.ZipFile(copy) as held:
        read_me = held.read(next(name for name in held.namelist() if name.endswith("LASMIG.txt"))).decode()
    assert "Det är tidsstämplat" in read_me
    assert f"bevis/{years.stem}.manifest.provtid.tsr" in read_me


def test_a_copy_without_a_stamp_does_not_say_that_it_is_stamped(years: Path) -> None:
    for path in years.parent.glob("*.tsr"):
        path.unlink()

    copy = disclosed(years)

    with zipfile.ZipFile(copy) as held:
        read_me = held.read(next(name for name in held.namelist() if name.endswith("LASMIG.txt"))).decode()
    assert "tidsstämplat" not in read_me
    assert "Ingen tidsstämpel följer med" in read_me
    assert "no_stamp" in found(prove_copy(copy), "open")


def test_a_stamp_that_is_none_is_left_out_of_a_copy_and_told(years: Path) -> None:
    token(years).write_bytes(b"token")
    swapped_run = next(years.parent.glob("2026-*.run.provtid.tsr"))
    shutil.copy(next(years.parent.glob("2027-*.run.provtid.tsr")), swapped_run)
    decision = disclosed(years).with_name("beslut.toml")

    made = disclosure.copy(years, decision, years.with_name("igen.zip"))

    assert [text.partition(":")[0] for text in made.warnings] == [token(years).name, swapped_run.name]
    with zipfile.ZipFile(made.path) as held:
        assert not [name for name in held.namelist() if name.endswith(".tsr")]


STAMP = "bevis/2026-exempelvik-mastodon.manifest.provtid.tsr"


@pytest.mark.parametrize(
    ("name", "change", "due"),
    [
        (STAMP, lambda data: b"token", "stamp_false"),
        (STAMP, lambda data: data[:-200] + bytes([data[-200] ^ 1]) + data[-199:], "stamp_false"),
        (STAMP, lambda data: None, "page_differs"),
        ("bevis/2026-december.1.run.json", lambda data: data.replace(b'"sha256": "', b'"sha256": "0', 1), "broken"),
        ("bevis/2026-exempelvik-mastodon.manifest.json", lambda data: data.replace(b'"whole"', b'"other"'),
         "stamp_false"),
        ("bevis/2026-exempelvik-mastodon.manifest.json", lambda data: data + b" ", "broken"),
    ],
)  # fmt: skip
def test_forged_evidence_in_a_copy_is_told(
    name: str, change: Callable[[bytes], bytes | None], due: str, years: Path, trusting: Settings
) -> None:
    def forge(files: dict[str, bytes]) -> dict[str, bytes]:
        key = next(each for each in files if each.endswith(name))
        changed = change(files.pop(key))
        return files if changed is None else files | {key: changed}

    copy = again_with(disclosed(years), forge)

    assert due in found(prove_copy(copy, trusting), "fault")


def test_a_stamp_over_something_else_is_told_without_its_authority_too(years: Path) -> None:
    copy = disclosed(years)
    other = next(years.parent.glob("2027-*.manifest.provtid.tsr")).read_bytes()

    again_with(copy, lambda files: {name: other if name.endswith(STAMP) else data for name, data in files.items()})

    assert found(prove_copy(copy), "fault") == {"stamp_false"}


def test_what_a_manifest_or_a_receipt_names_is_a_package_and_no_copy(years: Path) -> None:
    copy = disclosed(years)
    assert told(copy)[0] == 0

    shutil.copy(copy, years)

    assert told(years)[0] == 3
    assert "package_differs" in found(prove(years), "fault")
    beside(years, "manifest.json").unlink()
    assert told(years)[0] == 3
    for path in years.parent.glob("2026-*.receipt.json"):
        path.unlink()
    assert is_copy(years)


def test_a_package_with_a_file_of_that_name_in_it_is_a_package(trusting: Settings, tmp_path: Path) -> None:
    capture, of, made = made_packages.ready(tmp_path / "work", supplied={"utlamnande.json": b"{}"})
    package = Path(line.archive_format("bagit").pack(capture, of, made, trusting, tmp_path / "p.zip").path)

    assert not is_copy(package)
    assert told(package)[0] == 0


def test_an_archive_is_no_copy_whatever_lies_in_it(years: Path) -> None:
    (years.parent / "utlamnande.json").write_text("{}")

    status, text = told(years.parent)

    assert status == 0
    assert text.count(".zip: hel.") == 3


def test_the_summary_of_a_copy_does_not_call_it_whole(years: Path) -> None:
    status, text = told(disclosed(years))

    assert status == 0
    assert "hel." not in text
    assert "Inte bevisat:" in text
    assert "inget talar mot kopian" in text.casefold() or "ingenting talar mot kopian" in text.casefold()


# -- what nothing speaks for -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", ["sv", "en"])
def test_a_package_alone_is_not_proven(lang: Any, years: Path, tmp_path: Path) -> None:
    (tmp_path / "alone").mkdir()
    package, out = shutil.copy(years, tmp_path / "alone"), io.StringIO()

    status = verify(Path(package), None, Voice(lang, out, out))

    assert status == 0
    assert {"sv": "Inte bevisat:", "en": "Not proven:"}[lang] in out.getvalue()
    assert f"{years.stem}.manifest.json" in out.getvalue()


def test_a_package_of_another_format_beside_its_own_is_spoken_for_by_the_receipt(years: Path) -> None:
    (receipt,) = years.parent.glob("2026-*.receipt.json")
    second = Path(shutil.copy(years, years.with_name(f"{years.stem}.bagit.zip")))
    says = json.loads(receipt.read_bytes())
    says["beside"][second.name] = evidence.digest(second)
    put(receipt, evidence.canonical(says))

    assert [one.what for one in prove(second).findings] == ["beside"]

    flip(second)
    assert found(prove(second), "fault") == {"receipt_differs"}


def test_the_root_over_the_items_is_computed_anew(years: Path) -> None:
    changed(beside(years, "manifest.json"), items_root="0" * 64)

    assert "items_differ" in found(prove(years), "fault")


@pytest.mark.parametrize(
    ("pattern", "due"),
    [
        ("2025-*.manifest.json", "chain_ends"),
        ("2026-*.run.json", "no_run"),
        ("2026-*.tsr", "no_stamp"),
    ],
)
def test_what_is_not_here_is_not_proven_and_no_fault(pattern: str, due: str, years: Path, trusting: Settings) -> None:
    for path in years.parent.glob(pattern):
        path.unlink()

    proof = prove(years, trusting)

    assert proof.faults == []
    assert due in found(proof, "open")


def test_a_stamp_by_another_authority_of_the_same_name_does_not_hold(
    years: Path, tsa: Authority, tmp_path: Path
) -> None:
    with authority(tmp_path / "false") as false:
        trusted = false.settings()

    assert "stamp_false" in found(prove(years, Settings(stamps=(trusted,))), "fault")


# -- stamps ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "mood",
    ["garbage", "empty", "large", "of another thing", "an old answer", "rejects", "cut", "500", "404", "302", "slow",
     "drips"],
)  # fmt: skip
def test_an_authority_that_fails_is_a_warning_and_a_later_try_mends_it(
    mood: str, trusting: Settings, tsa: Authority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web, "STAMP_PATIENCE", 0.3)
    tsa.last, tsa.mood = tsa.over_data(b"before"), mood
    package = delivered(tmp_path, order(), trusting)
    before = {path.name: path.read_bytes() for path in package.parent.iterdir()}

    failed = stamps.stamp(folder.Shelf(package.parent), trusting)
    tsa.mood = "well"
    monkeypatch.setattr(web, "STAMP_PATIENCE", 30.0)
    mended = stamps.stamp(folder.Shelf(package.parent), trusting)

    assert len(failed) == 2
    assert all("provtid" in text for text in failed)
    assert not any(name.endswith(".tsr") for name in before)
    assert mended == []
    assert "stamp" in found(prove(package, trusting), "proven")
    assert {name: package.with_name(name).read_bytes() for name in before} == before


def test_an_authority_that_is_down_harms_nobody(trusting: Settings, tmp_path: Path) -> None:
    gone = StampAuthority(name="borta", url="http://127.0.0.1:9/tsr", roots=trusting.stamps[0].roots)
    both = replace(trusting, stamps=(gone, *trusting.stamps))

    package = delivered(tmp_path, order(), both)

    assert len(stamps.stamp(folder.Shelf(package.parent), both)) == 2
    assert {path.name for path in package.parent.glob("*.tsr")} == {
        f"{order().id}.manifest.provtid.tsr", "2026-december.1.run.provtid.tsr",
    }  # fmt: skip
    assert prove(package, both).faults == []


def test_a_stamp_that_is_there_is_not_asked_for_again(trusting: Settings, tsa: Authority, tmp_path: Path) -> None:
    package = delivered(tmp_path, order(), trusting)
    asked, before = tsa.asked, beside(package, "manifest.provtid.tsr").read_bytes()

    assert stamps.stamp(folder.Shelf(package.parent), trusting) == []

    assert tsa.asked == asked
    assert beside(package, "manifest.provtid.tsr").read_bytes() == before


def test_an_authority_gets_a_hash_and_nothing_else(trusting: Settings, tsa: Authority, tmp_path: Path) -> None:
    package = delivered(tmp_path, order(), trusting)

    query = (tsa.folder / "query").read_bytes()

    assert len(query) < 200
    assert order().account.id.encode() not in query
    assert package.exists()


# -- the year --------------------------------------------------------------------------------------------------------


def test_a_late_package_gives_the_run_a_new_revision_chained_to_the_former(tmp_path: Path) -> None:
    first = delivered(tmp_path, order(2026), Settings())
    old = first.with_name("2026-december.1.run.json").read_bytes()

    delivered(tmp_path, order(2026, "exempelvik-bluesky"), Settings())

    new = json.loads(first.with_name("2026-december.2.run.json").read_bytes())
    assert first.with_name("2026-december.1.run.json").read_bytes() == old
    assert new["previous"] == {"name": "2026-december.1.run.json", "sha256": sha256(old).hexdigest()}
    assert [row["order"] for row in new["manifests"]] == ["2026-exempelvik-bluesky", "2026-exempelvik-mastodon"]
    assert evidence.run(2026, folder.Shelf(first.parent), Settings()) == "2026-december.2.run.json"


def test_the_runs_of_two_years_are_chained(tmp_path: Path) -> None:
    first = delivered(tmp_path, order(2026), Settings())
    later = delivered(tmp_path, order(2027), Settings())

    due = {
        "name": "2026-december.1.run.json",
        "sha256": sha256(first.with_name("2026-december.1.run.json").read_bytes()).hexdigest(),
    }
    assert json.loads(first.with_name("2027-december.1.run.json").read_bytes())["previous"] == due
    assert json.loads(beside(later, "manifest.json").read_bytes())["previous_run"] == due


def test_a_rehearsal_is_in_no_run(tmp_path: Path) -> None:
    of = replace(order(), id=f"{order().id}.rehearsal", kind="rehearsal")

    package = delivered(tmp_path, of, Settings())

    assert list(package.parent.glob("*.run.json")) == []


# -- by hand -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", ["sv", "en"])
@pytest.mark.parametrize("form", ["bagit", "eark_sip"])
def test_the_commands_of_the_read_me_prove_the_same(form: str, lang: Any, trusting: Settings, tmp_path: Path) -> None:
    settings = replace(trusting, language=lang)
    package = delivered(tmp_path, order(), settings, form)

    by_hand(package, settings)
    said = by_hand(package, settings)  # and once more: nothing is left in the way

    assert said[0:2] == ["1", "1"]
    assert said[2] == ""
    assert sha256(beside(package, "manifest.json").read_bytes()).hexdigest() in said[3]
    assert said[4] == "Verification: OK"


def test_the_commands_of_the_read_me_find_what_was_changed(years: Path, trusting: Settings) -> None:
    for one in trusting.stamps:
        shutil.copy(one.roots, years.parent / Path(one.roots).name)
    member(years)
    changed(beside(years, "manifest.json"), verdict="not whole")

    said = by_hand(years, trusting)

    assert said[0] == "0"
    assert "FAILED" in said[2] or "bad CRC" in said[2]
    assert "Verification: OK" not in said[4]


def by_hand(package: Path, settings: Settings) -> list[str]:
    """What the commands answer, one after the other, in the folder where the package lies."""
    capture, of, made = made_packages.ready(package.parent.parent / "text", of=order())
    text = evidence.by_hand(of, made_packages.about(capture, of), settings)
    commands = [row.strip() for row in text.splitlines() if row.startswith("    ")]
    assert made.exists()
    for command in commands:
        assert str(package.parent) not in command
    runs = [
        subprocess.run(
            ["bash", "-c", command], cwd=package.parent, capture_output=True, text=True,
            env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"},
        )
        for command in commands
    ]  # fmt: skip
    return [(run.stdout + (run.stderr if run.returncode else "")).strip() for run in runs]
