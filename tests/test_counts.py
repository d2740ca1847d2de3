"""What a capture has cost, in figures beside it: by its record, whatever way the run ended."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from model.errors import TryLater
from pipeline import counts, line
from tests.fakes.faults import PAGES, Fault, error, limited, some_media, throttled
from tests.fakes.graph import GraphFake
from tests.fakes.graph_world import GraphWorld
from tests.runs import Run, fake_of, small_world


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.sleep", lambda seconds: None)


def take(run: Run) -> dict[str, int]:
    """The figures of a run that ends in whatever way."""
    try:
        line.take(run.order, run.place, run.key)
    except TryLater:
        run.outcome = "TryLater"
    return counts.read(run.order.id, run.place.work)


def test_requests_bytes_and_files_are_those_of_the_capture(tmp_path: Path) -> None:
    run = Run(tmp_path, fake_of(small_world()))

    found = take(run)

    folder = run.place.work / run.order.id
    assert found["requests"] == len(run.fake.asked)
    assert (found["waits"], found["refused"]) == (0, 0)
    on_the_disk = sum(path.stat().st_size for name in ("raw", "media") for path in (folder / name).iterdir())
    assert found["bytes"] == pytest.approx(on_the_disk, rel=0.01)  # a sealed record says besides what it is


def test_a_limit_met_and_files_refused_are_counted(tmp_path: Path) -> None:
    faults = [Fault(limited(30), PAGES, times=2), Fault(error(403), some_media())]
    run = Run(tmp_path, fake_of(small_world(), faults))

    found = take(run)

    refused = sum('"media"' in row for row in (run.place.work / run.order.id / "gaps.jsonl").read_text().splitlines())
    assert found["waits"] == 2
    assert found["refused"] == refused > 0


def test_a_limit_that_comes_as_another_status_is_one_by_the_platform_s_own_code(tmp_path: Path) -> None:
    world = GraphWorld(side="facebook", posts=36, photos=12, comments=40)
    fake = GraphFake(world, [Fault(throttled(17, 2), PAGES, skip=1, times=2)], at_most=12)

    assert take(Run(tmp_path, fake, platform="facebook"))["waits"] == 2


def test_a_run_that_has_to_wait_for_hours_has_its_figures_and_the_next_one_adds_to_them(tmp_path: Path) -> None:
    fault = Fault(limited(7200), PAGES, times=1, skip=1)
    run = Run(tmp_path, fake_of(small_world(), [fault]))

    first = take(run)
    run.fake.clock.now += timedelta(hours=3)
    second = take(run)

    assert run.outcome == "TryLater"
    assert first["waits"] == second["waits"] == 1
    assert 0 < first["requests"] < second["requests"]


def test_they_are_no_part_of_the_archive_and_go_with_the_work(tmp_path: Path) -> None:
    run = Run(tmp_path, fake_of(small_world())).go()

    assert run.outcome == "whole"
    assert counts.read(run.order.id, run.place.work) == {}
    assert b"requests" not in b"".join(line.archive_format("bagit").read(run.package, "ledger.json"))


def test_figures_that_cannot_be_read_are_none(tmp_path: Path) -> None:
    (tmp_path / f"2026-forst.{counts.KIND}").write_text("{")

    assert counts.read("2026-forst", tmp_path) == {}
