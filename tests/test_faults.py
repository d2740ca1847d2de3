"""The fault matrix: whatever the platform does, nothing is missing or wrong that the ledger does not name."""

from __future__ import annotations

from pathlib import Path

import pytest
import stamina

from connectors import web
from tests.fakes.faults import ALL, PLANTED
from tests.runs import Run, fake_of, small_world

GREEN = {"whole", "whole with named gaps"}
EXIT = {"whole": 0, "whole with named gaps": 0, "NotAllowed": 4, "TryLater": 5}  # anything else: 3


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web, "LARGEST_FILE", 2**20)
    monkeypatch.setattr(web, "LARGEST_ANSWER", 2**26)
    monkeypatch.setattr("time.sleep", lambda seconds: None)


@pytest.mark.parametrize("name", ALL)
def test_no_fault_goes_unseen(name: str, tmp_path: Path) -> None:
    world = small_world()
    fake = fake_of(world, ALL[name].make(world))

    run = Run(tmp_path, fake).go()

    right = set(ALL[name].right)
    if right & {"NotUnderstood"}:
        right |= {"not whole", "cannot be proven"}
    assert run.outcome in right, f"{ALL[name].says}: {run.error}"
    assert not [stray for stray in fake.strays if "127.0.0.1" not in stray] or run.outcome in GREEN | {"not whole"}
    assert (run.error.status if run.error else 0) == EXIT.get(run.outcome, 3)
    assert PLANTED.encode() not in run.every_byte()
    if run.outcome in GREEN:
        _everything_is_there_or_named(run)
    else:
        assert not list(tmp_path.glob("archive/*.zip")), "what is not whole is never delivered unsigned"
        assert list(tmp_path.glob("work/*/segments/*.warc.gz")) or not fake.asked, "what was taken is kept"


def _everything_is_there_or_named(run: Run) -> None:
    world = run.fake.world
    items = {item["id"]: item for item in run.rows("items")}
    named = {gap["what"] for gap in run.rows("gaps")}
    due = {*world.post_ids(), *world.comment_ids()}
    lost_threads = {gap["what"] for gap in run.rows("gaps") if gap["kind"] == "list"}
    assert {id for id in due - set(items) - named if world.note(id).thread not in lost_threads} == set()
    truth = world.media_sha256()
    for item in items.values():
        for media in item.get("media", []):
            if media["id"] in truth:
                assert media.get("sha256") == truth[media["id"]] or media["id"] in named
    assert set(truth) - {media["id"] for item in items.values() for media in item.get("media", [])} <= named


def test_stamina_is_awake() -> None:
    assert stamina.is_active()
