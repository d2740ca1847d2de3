"""kill -9 at any moment, then the same run again: hardly a request repeated, and the same bytes in the package."""

from __future__ import annotations

import multiprocessing
import random
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from archive_formats import bagit
from model.errors import ArsringError, TryLater
from pipeline import line
from stores import folder
from tests.captures import BAG, order, sealed
from tests.fakes.faults import Fault, Reply, header
from tests.fakes.mastodon import MastodonFake
from tests.runs import Run, fake_of, small_world

# Each request takes a moment, so that a kill falls between any two steps; the limit's own count is not of the account.
SLOW = 0.004


class Told(MastodonFake):
    """A fake that notes each request in a file, so that it is known even of a process that was killed."""

    notes: Path
    slow_after = 10**9  # so many requests: from then on each takes a second, so that it cannot end before it is killed

    def answer(self, method: str, url: str, headers: dict[str, str]) -> Reply:
        with self.notes.open("a") as out:
            out.write(f"{method} {url}\n")
        time.sleep(SLOW if _asked(self.notes) <= self.slow_after else 1.0)
        return super().answer(method, url, headers)


def _fake(notes: Path) -> MastodonFake:
    fake = Told(small_world().__class__(**vars_of(small_world())), [Fault(header("X-RateLimit-Remaining", "1000"))])
    fake.notes = notes
    return fake


def vars_of(world: object) -> dict[str, object]:
    names = ("posts", "with_media", "media", "media_bytes", "comments", "threads")
    return {name: getattr(world, name) for name in names}


def _asked(notes: Path) -> int:
    return len(notes.read_text().splitlines()) if notes.exists() else 0


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, int, float]:
    """The package's bytes, the number of requests and the seconds of a run that nobody disturbs."""
    folder = tmp_path_factory.mktemp("undisturbed")
    start = time.monotonic()
    run = Run(folder, _fake(folder / "asked")).go()
    assert run.outcome == "whole", run.error
    return run.package.read_bytes(), _asked(folder / "asked"), time.monotonic() - start


@pytest.mark.parametrize("seed", range(10))
def test_a_killed_run_goes_on_where_it_was(seed: int, undisturbed: tuple[bytes, int, float], tmp_path: Path) -> None:
    due, requests, seconds = undisturbed
    notes = tmp_path / "asked"
    moment = random.Random(seed).uniform(0.02, 1.0) * seconds

    child = multiprocessing.get_context("fork").Process(target=lambda: Run(tmp_path, _fake(notes)).go())
    child.start()
    time.sleep(moment)
    child.kill()
    child.join()
    run = Run(tmp_path, _fake(notes)).go()

    assert run.outcome == "whole", run.error
    assert run.package.read_bytes() == due
    assert _asked(notes) - requests <= max(8, 0.05 * requests), "at most what was in flight is asked for again"


def test_two_runs_of_one_account_do_not_meet(tmp_path: Path) -> None:
    notes = tmp_path / "asked"
    child = multiprocessing.get_context("fork").Process(target=lambda: Run(tmp_path, _fake(notes)).go())
    child.start()
    while not (tmp_path / "work" / "2026-exempelvik-mastodon" / "segments").exists():
        time.sleep(0.005)

    second = Run(tmp_path, fake_of(small_world())).go()
    child.join()

    assert second.outcome == "TryLater"
    assert "another run" in str(second.error)
    assert child.exitcode == 0
    assert Run(tmp_path, fake_of(small_world())).go().outcome == "whole", "the first run has delivered"


@pytest.mark.parametrize("step", ["pack", "deliver"])
def test_two_runs_never_pack_or_deliver_one_capture_at_once(
    step: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place, id = line.Place(work=tmp_path / "work", archive=tmp_path / "archive", settings=BAG), order().id
    sealed(place.work)
    begun, go = threading.Event(), threading.Event()
    module, name = (bagit, "_write") if step == "pack" else (folder.Shelf, "deliver")
    true = getattr(module, name)

    def slowly(*given: Any) -> Any:
        begun.set()
        go.wait(10)
        return true(*given)

    package = line.pack(id, place) if step == "deliver" else None
    monkeypatch.setattr(module, name, slowly)
    first = threading.Thread(target=lambda: line.deliver(id, place, package or line.pack(id, place)))
    first.start()
    assert begun.wait(10)
    with pytest.raises(ArsringError) as second:
        line.pack(id, place)
    go.set()
    first.join()

    assert isinstance(second.value, TryLater)
    assert bagit.check(place.archive / f"{id}.zip") == []
    assert line.receipt_of(id, place)
