"""The second door to Instagram: instaloader sends by our way out, and ends no list without a word."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from connectors import _instaloader
from model.nouns import Account, Branch, Item, Stream
from pipeline import line
from tests.fakes.instagram_web import InstagramWeb, Wire
from tests.runs import Run as AnyRun

Json = dict[str, Any]


class FirstDoor:
    """Stands where connectors/instagram.py does: one post, whose comments it cannot show to the end."""

    ERRORS = {}

    def streams(self, account: Account) -> tuple[Stream, ...]:
        own = (Stream(name="posts", proof="answer"), Stream(name="comments", proof="claims", branch=True))
        return (*own, *_instaloader.STREAMS)

    def pull(self, web: Any, account: Account, stream: str, parent: str) -> Iterator[Any]:
        if stream == "posts":
            return iter([Item(id="17900000000000001", stream="posts", kind="post"),
                         Branch(stream="more-comments", parent="17900000000000001 BExempelvik")])  # fmt: skip
        return _instaloader.pull(web, account, stream, parent)


@dataclass
class Run(AnyRun):
    @property
    def place(self) -> line.Place:
        web = {"adapter": Wire(self.fake), "clock": self.fake.clock, "sleep": self._sleep}
        return line.Place(work=self.folder / "work", archive=self.folder / "archive", web=web)


@pytest.fixture(autouse=True)
def _first_door(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line, "connector_for", lambda platform: FirstDoor())


def run(folder: Path, fake: InstagramWeb, **more: Any) -> Run:
    account = {"instaloader": "EX 7/26"} | more.pop("account", {})
    return Run(
        folder,
        fake,
        key=json.dumps(fake.key | {"token": "T0kenForTheOfficialDoor"}),
        platform="instagram",
        account=account,
        **more,
    )


def test_the_whole_account(tmp_path: Path) -> None:
    fake = InstagramWeb()

    done = run(tmp_path, fake).go()

    print(done.error, [a for a in fake.asked if "scontent" not in a[1]])
    assert done.outcome == "whole"
