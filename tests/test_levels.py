"""The archiving level decides what is asked for, and what it leaves out is named."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from model.nouns import LEVELS, Account
from pipeline import line
from tests.fakes.graph import GraphFake
from tests.fakes.graph_world import GraphWorld
from tests.runs import Run, fake_of, small_world

PLATFORMS = sorted(line.names("connectors"))


def run(folder: Path, level: str) -> Run:
    return Run(folder, fake_of(small_world(posts=30)), account={"level": level}).go()


def left_out(found: Run) -> dict[str, Any]:
    return {gap["what"]: gap["how"] for gap in found.rows("gaps") if gap["why"] == "by-decision"}


def listed(found: Run) -> list[Any]:
    return [asked for asked in found.fake.asked if "/statuses" in str(asked)]


def test_an_overview_asks_for_the_accounts_own_page_and_names_the_lists_that_it_leaves_out(tmp_path: Path) -> None:
    found = run(tmp_path, "overview")

    assert found.outcome == "whole with named gaps", found.error
    assert {item["kind"] for item in found.rows("items")} == {"profile"}
    assert left_out(found).keys() == {"statuses", "pinned"}
    assert set(left_out(found).values()) == {"the account's archiving level takes its own page alone"}
    assert not listed(found)
    assert listed(run(tmp_path / "full", "full"))


def test_an_overview_still_has_the_pictures_of_the_accounts_page(tmp_path: Path) -> None:
    (profile,) = run(tmp_path, "overview").rows("items")

    assert profile["media"]
    assert all(media["path"] for media in profile["media"])


@pytest.mark.parametrize("level", ["unique", "full"])
def test_a_level_that_leaves_nothing_out_names_nothing(level: str, tmp_path: Path) -> None:
    found = run(tmp_path, level)

    assert found.outcome == "whole", found.error
    assert left_out(found) == {}


@pytest.mark.parametrize("platform", PLATFORMS)
def test_every_platform_has_an_overview_and_each_level_takes_what_the_one_before_it_takes(platform: str) -> None:
    account = Account(id="a", platform=platform, address="https://x.example/@a", options=("insights",), instaloader="1")
    streams = line.connector_for(platform).streams(account)

    taken = [{one.name for one in streams if LEVELS.index(one.level) <= place} for place in range(3)]

    assert taken[0] == {"profile"}
    assert taken[0] < taken[1] <= taken[2] == {one.name for one in streams}


def test_what_others_write_by_themselves_is_taken_of_a_full_page_only() -> None:
    account = Account(id="a", platform="facebook", address="https://www.facebook.com/x")
    of_level = {one.name: one.level for one in line.connector_for("facebook").streams(account)}

    assert {name for name, level in of_level.items() if level == "full"} == {
        "visitor-posts", "tagged", "ratings", "stories",
    }  # fmt: skip
    assert of_level["comments"] == of_level["replies"] == of_level["posts"] == "unique"


@pytest.mark.parametrize("level", LEVELS)
def test_a_facebook_page_is_whole_at_every_level_but_for_what_the_level_leaves_out(level: str, tmp_path: Path) -> None:
    world = GraphWorld(posts=20, photos=10, threads=4, comments=20)
    found = Run(tmp_path, GraphFake(world), platform="facebook", account={"level": level}).go()

    assert found.outcome == ("whole" if level == "full" else "whole with named gaps"), found.error
    assert ("posts" in left_out(found), "ratings" in left_out(found)) == (level == "overview", level != "full")
    assert {gap["kind"] for gap in found.rows("gaps")} <= {"list"}
