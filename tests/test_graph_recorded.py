"""Every recorded page of posts, comments or media, served by the fake Graph as it was: no id is lost.

`recorded_pages()` gives them for other tests too: `GraphFake(page.world())` serves one, and nothing else.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

import pytest
import requests

from tests.fakes.faults import PLANTED
from tests.fakes.graph import API, GraphFake
from tests.fakes.graph_world import INSTAGRAM, PAGE, GraphWorld
from tests.fakes.wires import InProcess
from tests.servers.policy import shared

pytestmark = pytest.mark.disable_socket
Json = dict[str, Any]
HOW_MANY = {  # what there was when this was written: none may drop out without a word
    ("facebook", "posts"): 12,
    ("facebook", "comments"): 16,
    ("facebook", "media"): 7,
    ("instagram", "comments"): 36,
    ("instagram", "media"): 26,
}


@dataclass(frozen=True)
class Recorded:
    """One recorded page: where it stands (file#place in it), what it is, its objects, and its paging."""

    name: str
    platform: Literal["facebook", "instagram"]
    kind: Literal["posts", "comments", "media"]
    objects: list[Json]
    paging: Json | None

    @property
    def ids(self) -> list[str]:
        return [str(one["id"]) for one in self.objects]

    def world(self) -> GraphWorld:
        """A world of its own with nothing else in it."""
        sizes = dict.fromkeys(("photos", "videos", "reels", "stories", "events", "ratings", "visitors", "tagged"), 0)
        talk = dict.fromkeys(("threads", "comments", "media_threads", "media_comments"), 0)
        world = GraphWorld(side=self.platform, posts=1, media=1, **sizes, **talk)
        objects, paging = json.loads(json.dumps([self.objects, self.paging]))
        world.record(self.platform, self.kind, objects, paging)
        return world


def ids_of(file: Path) -> list[str]:
    """The ids of all posts, comments and media that stand in lists in a recorded file."""
    return [id for page in _pages_of(file, file.name) for id in page.ids]


@cache
def recorded_pages() -> tuple[Recorded, ...]:
    """Every page of posts, comments or media under realdata/facebook and realdata/instagram."""
    root = shared("realdata")
    files = sorted(file for top in ("facebook", "instagram") for file in (root / top).rglob("*.json"))
    return tuple(page for file in files for page in _pages_of(file, file.relative_to(root).as_posix()))


def _pages_of(file: Path, name: str) -> Iterator[Recorded]:
    try:
        doc = json.loads(file.read_bytes())
    except ValueError:  # two of them are no JSON
        return
    for place, page in _lists(doc, ""):
        if what := _what(page["data"], place.rpartition("/")[2]):
            paging = page.get("paging")
            yield Recorded(f"{name}#{place}", *what, page["data"], paging if isinstance(paging, dict) else None)


def _lists(doc: Any, place: str) -> Iterator[tuple[str, Json]]:
    """Each object anywhere in a document that has a list of objects in `data`."""
    if isinstance(doc, dict):
        rows = doc.get("data")
        if isinstance(rows, list) and rows and all(isinstance(one, dict) and "id" in one for one in rows):
            yield place, doc
    for key, value in doc.items() if isinstance(doc, dict) else enumerate(doc) if isinstance(doc, list) else ():
        yield from _lists(value, f"{place}/{key}")


def _what(rows: list[Json], edge: str) -> tuple[Any, Any] | None:
    """Platform and kind, by what the objects have; None where they are something else, as people and places."""
    names = {name for one in rows for name in one}
    if "media_type" in names or {"images", "link", "type"} <= names:
        return "instagram", "media"
    if "text" in names and (edge in ("comments", "replies") or "timestamp" in names):
        return "instagram", "comments"
    if "message" in names and (edge == "comments" or names & {"can_remove", "can_comment"}):
        return "facebook", "comments"
    if {"images", "picture"} <= names or "embed_html" in names or {"length", "permalink_url"} <= names:
        return "facebook", "media"
    if names == {"created_time", "id", "link", "updated_time"}:  # photos as asked for without fields
        return "facebook", "media"
    if names & {"message", "story"} and names & {"created_time", "updated_time"} and edge != "messages":
        return "facebook", "posts"
    return None


def _edges(page: Recorded, world: GraphWorld) -> tuple[str, ...]:
    """Where a page that was put into a world is listed."""
    if page.kind == "comments":
        (object,) = world.talk
        return (f"{object}/comments",)
    if page.platform == "instagram":
        return (f"{INSTAGRAM}/media",)
    return (f"{PAGE}/published_posts",) if page.kind == "posts" else (f"{PAGE}/photos", f"{PAGE}/videos")


def _served(fake: GraphFake, edge: str) -> Iterator[Json]:
    session = requests.Session()
    session.mount("https://", InProcess(fake))
    url = f"{API}/v26.0/{edge}"
    for _ in range(5):
        answer = session.get(url, headers={"Authorization": f"Bearer {PLANTED}"})
        assert answer.status_code == 200, answer.text
        page = answer.json()
        yield from page["data"]
        url = page.get("paging", {}).get("next")
        if not url:
            return
    pytest.fail("the list has no end")


def test_no_recorded_page_drops_out() -> None:
    assert Counter((page.platform, page.kind) for page in recorded_pages()) == HOW_MANY


def test_every_recorded_page_comes_out_as_it_went_in() -> None:
    for page in recorded_pages():
        world = page.world()
        served = [one for edge in _edges(page, world) for one in _served(GraphFake(world), edge)]

        assert sorted(map(json.dumps, served)) == sorted(map(json.dumps, page.objects)), page.name


def test_a_recorded_page_gives_what_is_asked_for_and_every_id() -> None:
    for page in recorded_pages():
        world = page.world()
        time = "created_time" if page.platform == "facebook" else "timestamp"
        served = [one for edge in _edges(page, world) for one in _served(GraphFake(world), f"{edge}?fields={time}")]

        assert sorted(str(one["id"]) for one in served) == sorted(page.ids), page.name
        assert {name for one in served for name in one} <= {"id", time}


def test_a_recorded_page_keeps_its_way_of_paging() -> None:
    styles = Counter[tuple[str, ...]]()
    for page in recorded_pages():
        world = page.world()
        for edge in _edges(page, world):
            answer = GraphFake(world).answer("GET", f"{API}/v26.0/{edge}", {"Authorization": f"Bearer {PLANTED}"})
            if (doc := json.loads(answer.body))["data"]:
                styles[tuple(sorted(doc.get("paging", {})))] += 1
                assert set(doc.get("paging", {})) == set(page.paging or {}), page.name
    assert len(styles) > 4, "cursors with and without next, times, and nothing at all"


def test_ids_of_a_file_are_those_of_all_its_lists() -> None:
    file = shared("realdata/facebook/spring-social-facebook/links.json")

    assert len(ids_of(file)) == len(json.loads(file.read_bytes())["data"]) + 2
