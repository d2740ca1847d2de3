"""Recorded pages of posts, comments and media, read by the connectors: no id is lost, whatever shape it comes in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from connectors import facebook, instagram
from connectors._graph import ERRORS
from model.nouns import Account, Branch, Entry, Gap, Item
from tests.fakes.faults import PLANTED
from tests.fakes.graph import GraphFake
from tests.fakes.wires import InProcess
from tests.says import Bench
from tests.test_graph_recorded import Recorded, recorded_pages

DUE = 302  # ids on all recorded pages: none may drop out without a word
LISTS = {
    ("facebook", "posts"): ("posts", "feed", "own-posts"),
    ("facebook", "media"): ("photos", "videos"),
    ("instagram", "media"): ("posts",),
}


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.sleep", lambda seconds: None)


def taken(page: Recorded, folder: Path) -> tuple[set[str], list[Gap]]:
    """(ids of all items, the gaps) of a page and of what hangs on it."""
    world = page.world()
    fake = GraphFake(world)
    account = Account(id="exempelvik", platform=page.platform, address=fake.address, key="meta-exempelvik")
    at = Bench(
        folder, lambda request: AssertionError(), home=fake.address, key=PLANTED, errors=ERRORS, adapter=InProcess(fake)
    )
    connector: Any = {"facebook": facebook, "instagram": instagram}[page.platform]
    lists = [(name, "") for name in LISTS.get((page.platform, page.kind), ())]
    todo = lists or [("comments", object) for object in world.talk]
    seen, gaps, read = set(), list[Gap](), set(todo)
    while todo:
        for event in connector.pull(at.web, account, *todo.pop()):
            if isinstance(event, Item):
                seen.add(event.id)
            elif isinstance(event, Gap):
                gaps.append(event)
            elif isinstance(event, Branch) and (event.stream, event.parent) not in read:
                read.add((event.stream, event.parent))
                todo.append((event.stream, event.parent))
            else:
                assert not isinstance(event, Entry) or event.what
    at.record.close()
    return seen, gaps


def test_no_id_of_a_recorded_page_is_lost_and_nothing_of_it_is_called_unreadable(tmp_path: Path) -> None:
    due = 0
    for place, page in enumerate(recorded_pages()):
        seen, gaps = taken(page, tmp_path / str(place))

        assert set(page.ids) - seen == set(), f"{page.name}: {[gap.how for gap in gaps]}"
        assert [gap.how for gap in gaps if gap.why == "unreadable"] == [], page.name
        due += len(page.ids)
    assert due == DUE
