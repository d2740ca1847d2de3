"""The fault matrix against Facebook and Instagram: nothing is missing or wrong that the ledger does not name."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import pytest

from connectors import web
from tests.fakes.faults import ALL, GRAPH, PLANTED
from tests.fakes.graph import GraphFake
from tests.fakes.graph_world import GraphWorld
from tests.runs import Run

GREEN = {"whole", "whole with named gaps"}
PLATFORMS: tuple[Literal["facebook"], Literal["instagram"]] = ("facebook", "instagram")
# No platform figure and no other list tells of it: only the owner's export does (test_second_route).
UNSEEN = "post missing everywhere"
ENDS = {"whole": 0, "whole with named gaps": 0, "NotAllowed": 4, "TryLater": 5}  # exit statuses; anything else: 3


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web, "LARGEST_FILE", 2**20)
    monkeypatch.setattr(web, "LARGEST_ANSWER", 2**26)
    monkeypatch.setattr("time.sleep", lambda seconds: None)


def run_of(folder: Path, platform: Literal["facebook", "instagram"], faults: Any = (), **more: Any) -> Run:
    """A run against a small world whose lists have several pages."""
    sizes = {"posts": 36, "media": 36, "photos": 12, "comments": 40, "media_comments": 30}
    world = GraphWorld(side=platform, **sizes)
    made = faults(world) if callable(faults) else faults
    return Run(folder, GraphFake(world, made, at_most=12, **more), platform=platform)


def missing(run: Run) -> set[str]:
    """Ids and hashes of what the world has and the package has not, and no gap names."""
    world = run.fake.world
    items = {item["id"]: item for item in run.rows("items")}
    gaps = run.rows("gaps")
    named = {gap["what"] for gap in gaps}
    lost = {gap["parent"].partition("/")[0] for gap in gaps if gap["kind"] == "list" and gap.get("parent")}
    if world.side == "facebook":
        lists = ("posts", "photos", "videos", "reels", "stories", "events", "visitor_posts", "tagged", "albums")
        due = {id for name in lists for id in world.ids(name)} | set(world.comment_ids())
    else:
        due = {*world.ids("media"), *world.comment_ids()}
    due -= {id for parent in lost for id in world.comments_of(parent)}
    hashes = {media["id"]: media.get("sha256") for item in items.values() for media in item.get("media", [])}
    over = {id for id in world.ids("igstories") if id not in items}  # stories of more than a day ago are not shown
    wrong = {id for id, hash in world.media_sha256().items() if hashes.get(id) != hash} - over
    return {id for id in due if id not in items} - named | wrong - named


@pytest.mark.parametrize("platform", PLATFORMS)
@pytest.mark.parametrize("name", [*ALL, *GRAPH])
def test_no_fault_goes_unseen(name: str, platform: Literal["facebook", "instagram"], tmp_path: Path) -> None:
    case = ALL.get(name) or GRAPH[name]
    run = run_of(tmp_path, platform, case.make).go()

    assert (run.error.status if run.error else 0) == ENDS.get(run.outcome, 3), run.error
    assert PLANTED.encode() not in run.every_byte()
    if run.outcome in GREEN:
        assert len(missing(run)) == (name == UNSEEN and platform == "facebook")
        assert not [stray for stray in run.fake.strays if "stranger" not in stray]  # a public host may hold a file
    else:
        assert not list(tmp_path.glob("archive/*.zip")), "what is not whole is never delivered unsigned"
        assert list(tmp_path.glob("work/*/segments/*.warc.gz")), "what was taken is kept"
    if name in GRAPH or case.right == ("whole",):
        right = {*case.right, *({"not whole", "cannot be proven"} if "NotUnderstood" in case.right else ())}
        assert run.outcome in right, run.error
