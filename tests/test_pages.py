"""The reading copy: everything is in it, nothing in it is live, and it can be read by all."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from model.made import About, Made
from model.settings import Settings
from reading import pages
from tests.captures import order

AT = "2026-03-0{}T11:00:00.000000Z"


@dataclass
class Entry:
    item: dict[str, Any]
    depth: int = 0
    change: str = ""
    before: dict[str, Any] | None = None
    versions: list[dict[str, Any]] = field(default_factory=list)
    key: str = "k1"


@dataclass
class Thread:
    key: str
    entries: list[Entry]


@dataclass
class Chosen:
    """A selection in memory."""

    of: dict[str, list[Thread]] = field(default_factory=dict)
    about: list[dict[str, Any]] = field(default_factory=list)
    gone: list[dict[str, Any]] = field(default_factory=list)
    lost: list[dict[str, Any]] = field(default_factory=list)

    def months(self) -> Iterator[tuple[str, int]]:
        return ((month, len(threads)) for month, threads in self.of.items())

    def threads(self, month: str) -> Iterator[Thread]:
        return iter(self.of[month])

    def profile(self) -> list[dict[str, Any]]:
        return self.about

    def tombstones(self) -> Iterator[dict[str, Any]]:
        return iter(self.gone)

    def gaps(self) -> Iterator[dict[str, Any]]:
        return iter(self.lost)


def about(**more: Any) -> About:
    known: dict[str, Any] = {
        "objid": "exv_mastodon_exempelvik_2026_annual_0f3c", "order": "2026-exempelvik-mastodon", "status": "NEW",
        "scope": "whole", "level": "full", "verdict": "whole", "software": "0.1.0", "text": "html",
        "began": AT.format(1), "ended": AT.format(2), "first": AT.format(1), "last": AT.format(3),
        "counts": {"posts": 2, "comments": 3, "media": 4},
    }  # fmt: skip
    return About(**known | more)


def post(id: str = "1", text: str = "<p>Hej</p>", kind: str = "post", **more: Any) -> dict[str, Any]:
    return {"id": id, "stream": "posts", "kind": kind, "published": AT.format(1), "author": "exempelvik", "text": text} | more


def written(folder: Path, chosen: Chosen, settings: Settings | None = None, **more: Any) -> Path:
    with Made(folder / "made") as made:
        pages.write(made, chosen, order(), about(**more), settings or Settings())
    return folder / "made" / "reading"


def test_a_post_is_on_the_page_of_its_month(tmp_path: Path) -> None:
    chosen = Chosen({"2026-03": [Thread("t", [Entry(post(text="<p>Vårstädning i parken</p>"))])]})

    folder = written(tmp_path, chosen)

    assert "Vårstädning i parken" in (folder / "2026-03.html").read_text()
    assert 'href="2026-03.html"' in (folder / "index.html").read_text()
