"""The archivist's sign-off: of one ledger, each gap with its reason; sealed, delivered, and never asked for twice."""

from __future__ import annotations

import json
import zipfile
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from model import signing
from model.capture import ledger_of
from model.errors import BadInput, NotWhole
from model.settings import Settings
from pipeline import line
from tests.fakes.faults import ALL
from tests.runs import Run, fake_of, small_world

NOW = datetime(2026, 12, 2, 9, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.sleep", lambda seconds: None)


def red_run(folder: Path, name: str = "ends early") -> Run:
    """A run that ended with something that is not whole."""
    world = small_world()
    return Run(folder, fake_of(world, ALL[name].make(world))).go()


@pytest.fixture
def red(tmp_path: Path) -> Run:
    run = red_run(tmp_path)
    assert isinstance(run.error, NotWhole)
    return run


def capture_of(run: Run) -> Path:
    return run.place.work / run.order.id


def test_signed_it_is_sealed_as_it_was_weighed_and_delivered(red: Run) -> None:
    folder = capture_of(red)
    due = signing.unsound(ledger_of(folder))
    asked = len(red.fake.asked)
    assert due

    signing.sign(folder, "Arkivarie (kim)", NOW, [f"Sidan visar inte mer ({one.stream})." for one in due], "Ring 2026.")
    red.go()

    assert red.error is None
    assert len(red.fake.asked) == asked, "what was signed is what was weighed: nothing is asked for again"
    package = next(red.place.archive.glob("*.zip"))
    with zipfile.ZipFile(package) as held:
        signed = json.loads(held.read(next(name for name in held.namelist() if name.endswith("/signoff.json"))))
        ledger = json.loads(held.read(next(name for name in held.namelist() if name.endswith("/ledger.json"))))
    assert (signed["by"], signed["note"]) == ("Arkivarie (kim)", "Ring 2026.")
    assert [one["what"] for one in signed["reasons"]] == [str(one) for one in due]
    assert ledger["verdict"] == "not whole", "signed is not whole"
    assert signing.holds(signed, ledger)


def test_who_signed_why_and_who_ran_it_stand_in_the_package_s_papers_and_in_premis(tmp_path: Path) -> None:
    world = small_world()
    run = Run(tmp_path, fake_of(world, ALL["ends early"].make(world)))
    order = replace(run.order, run={"dag": "arkiv_arlig", "run": "manual__1", "started_by": "robin"})
    place = replace(run.place, settings=Settings())
    with pytest.raises(NotWhole):
        line.archive(order, place, run.key)
    folder = place.work / order.id
    due = signing.unsound(ledger_of(folder))
    signing.sign(folder, "Arkivarie (kim)", NOW, ["Plattformen visar inte mer." for _ in due], "Ring 2026.")

    receipt = line.archive(replace(order, run={"dag": "another"}), place, run.key)

    assert receipt.verdict == "not whole"
    with zipfile.ZipFile(place.archive / receipt.package) as held:
        files = {name.partition("/")[2]: held.read(name) for name in held.namelist()}
    premis = files["metadata/preservation/premis.xml"].decode()
    assert "quality review" in premis
    assert "started_by: robin" in premis, "as the order was first written"
    assert "another" not in premis
    for text in (premis, files["documentation/LASMIG.txt"].decode()):
        assert "Plattformen visar inte mer." in text
        assert "Ring 2026." in text
    assert json.loads(files["representations/content/data/capture/order.json"])["run"]["started_by"] == "robin"
    assert json.loads(b"".join([place.shelf.read(f"{order.id}.manifest.json")]))["run"]["dag"] == "arkiv_arlig"


@pytest.mark.parametrize(("name", "anew"), [("page JSON cut", 20), ("page login", 20)])
def test_whatever_was_weighed_red_is_sealed_by_its_sign_off(name: str, anew: int, tmp_path: Path) -> None:
    run = red_run(tmp_path, name)
    assert isinstance(run.error, NotWhole)
    asked, folder = len(run.fake.asked), capture_of(run)

    signing.sign(folder, "Arkivarie", NOW, ["Godtas." for _ in signing.unsound(ledger_of(folder))])
    run.go()

    assert run.error is None
    assert len(run.fake.asked) <= asked + anew, "no more than what could not be understood is asked for once more"


def test_what_turns_out_whole_after_all_carries_no_sign_off(tmp_path: Path) -> None:
    run = red_run(tmp_path, "page JSON cut")
    folder = capture_of(run)
    signing.sign(folder, "Arkivarie", NOW, ["Godtas." for _ in signing.unsound(ledger_of(folder))])
    run.fake.faults.clear()

    run.go()

    assert run.outcome == "whole"
    with zipfile.ZipFile(run.package) as held:
        assert not any(name.endswith(signing.NAME) for name in held.namelist())


def test_a_second_red_run_can_be_signed_too(red: Run) -> None:
    red.go()
    assert isinstance(red.error, NotWhole)
    asked, folder = len(red.fake.asked), capture_of(red)

    signing.sign(folder, "Arkivarie", NOW, ["Godtas." for _ in signing.unsound(ledger_of(folder))])
    red.go()

    assert (red.error, len(red.fake.asked)) == (None, asked)


def test_a_sign_off_holds_for_its_own_ledger_only(red: Run) -> None:
    folder = capture_of(red)
    signing.sign(folder, "Arkivarie", NOW, ["Godtas." for _ in signing.unsound(ledger_of(folder))])
    signed = json.loads((folder / signing.NAME).read_text())
    (folder / signing.NAME).write_text(json.dumps(signed | {"ledger": "0" * 64}))

    red.go()

    assert isinstance(red.error, NotWhole)
    assert not (folder / signing.NAME).exists(), "what does not hold is not kept for the next ledger"
    assert not list(red.place.archive.glob("*.zip"))


@pytest.mark.parametrize(
    ("by", "reasons", "fault"),
    [
        ("Arkivarie", [], "a reason is missing for number 1"),
        ("Arkivarie", ["  "], "a reason is missing for number 1"),
        ("Arkivarie", ["a"] * 9, "9 reasons for"),
        (" ", ["a"], "by whom"),
    ],
)
def test_a_sign_off_without_its_reasons_is_refused(red: Run, by: str, reasons: list[str], fault: str) -> None:
    with pytest.raises(BadInput, match=fault):
        signing.sign(capture_of(red), by, NOW, reasons)

    assert not (capture_of(red) / signing.NAME).exists()


def test_what_is_whole_or_not_weighed_cannot_be_signed(tmp_path: Path) -> None:
    whole = Run(tmp_path, fake_of(small_world()))
    line.take(whole.order, whole.place, whole.key)

    with pytest.raises(BadInput, match="nothing to sign"):
        signing.sign(capture_of(whole), "Arkivarie", NOW, [])
    with pytest.raises(BadInput, match="not been weighed"):
        signing.sign(tmp_path, "Arkivarie", NOW, [])


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"format": "arsring sign-off 1"}', '{"format": "x"}'])
def test_a_broken_sign_off_is_one_sentence(red: Run, text: str) -> None:
    (capture_of(red) / signing.NAME).write_text(text)

    red.go()

    assert isinstance(red.error, BadInput)
    assert "sign again" in str(red.error)
