"""A selection in memory, for the reading copy to be tried on; and what a page is, read without a browser."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from model.made import About, Made
from model.selection import Entry, Thread
from model.settings import Settings
from reading import pages
from tests.captures import order

WEB = "https://social.exempelvik.example/@exempelvik"
AT = "2026-03-0{}T11:00:00.000000Z"
BEFORE = "exv_mastodon_exempelvik_2025_annual_1a2b"


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
    known = {"id": id, "stream": "posts", "kind": kind, "published": AT.format(1), "author": "exempelvik"}
    return known | {"text": text} | more


def file(name: str = "bild.jpg", type: str = "image/jpeg", **more: Any) -> dict[str, Any]:
    known = {"id": name, "url": f"https://files.exempelvik.example/{name}", "role": "original", "alt": "En bänk"}
    held = {"path": f"media/{name}", "size": 1_400_000, "sha256": "0" * 64, "sha512": "0" * 128, "type": type}
    return known | held | more


def alone(item: dict[str, Any]) -> Chosen:
    """A selection of one post."""
    return Chosen({"2026-03": [Thread("t", [Entry(item)])]})


def everything() -> Chosen:
    """One of each: what a page has to be able to show."""
    asked = post("2", "<p>När öppnar badet?</p>", "reply", author="granne@annan.example", language="sv")
    answer = post("3", "<p>På lördag klockan 9. <em>Välkomna!</em></p>", "reply", reply_to="2", url=f"{WEB}/3")
    first = Entry(
        post(
            "1", "<p>Nu är badet snart öppet. Läs mer på <a href='https://exempelvik.example/bad'>vår sida</a>.</p>",
            language="sv", visibility="public", url=f"{WEB}/1", edited=AT.format(2), raw="a.warc.gz#12",
            counts={"replies_count": 2, "favourites_count": 1417, "reblogs_count": 3}, media=[file()],
            poll=[{"text": "Morgon", "votes": 12}, {"text": "Kväll"}],
        ),
        change="changed",
        before=post("1", "<p>Badet är stängt.</p>"),
        versions=[post("1/v1", "<p>Badet öppnar kanske.</p>", "version", title="Obs")],
        key="p1",
    )  # fmt: skip
    lost = file("d.png", "image/png", alt=None)
    del lost["path"]
    films = post(
        "4", "<p>Film från invigningen</p>", title="Blinkande ljus", boost_of="https://annan.example/@granne/9",
        media=[
            file("b.mp4", "video/mp4", alt=None), file("c.mp3", "audio/mpeg"), file("e.pdf", "application/pdf"), lost,
            file("f.jpg", package=BEFORE, sha256="ab" * 32),
        ],
    )  # fmt: skip
    profile = post(
        "p", "<p>Exempelviks stadsdelsförvaltning. Vi svarar vardagar 8–16.</p>", "profile",
        title="Exempelviks stadsdel", counts={"followers_count": 5120},
        fields={"Webb": "<a href='https://exempelvik.example'>exempelvik.example</a>"},
        media=[
            file("avatar.png", "image/png", role="avatar", alt=None),
            file("bild.jpg", role="banner", alt="Badet i kvällssol"),
        ],
    )  # fmt: skip
    return Chosen(
        {
            "2026-03": [
                Thread("a", [first, Entry(asked, 1, "new", key="p2"), Entry(answer, 2, "context", key="p3")]),
                Thread("b", [Entry(films, key="p4")]),
                Thread("c", [Entry(post("5", "<p>Det här togs bort.</p>"), change="vanished", key="p5")]),
            ],
            "2026-04": [Thread("d", [Entry(post("6", kind="okänt slag", fields={"plats": "Torget"}), key="p6")])],
            "undated": [Thread("e", [Entry({"id": "7", "stream": "posts", "kind": "photo"}, key="p7")])],
        },
        [profile],
        [post("5", "<p>Det här togs bort.</p>")],
        [
            gap("99", "gone", "item", "posts", how="HTTP 404"),
            gap("d.png", "too-large", "media", "media", parent="4", size=5 * 10**9),
            gap("", "not-offered", "list", "comments"),
        ],
    )


def gap(what: str, why: str = "gone", kind: str = "item", stream: str = "posts", **more: Any) -> dict[str, Any]:
    return {"what": what, "why": why, "kind": kind, "stream": stream, "seen_at": AT.format(3)} | more


def supplement(**more: Any) -> dict[str, Any]:
    """The facts of a package that has one before it."""
    counts = {"posts": 5, "comments": 2, "media": 6, "gaps": 3, "new": 1, "changed": 1, "vanished": 1, "controls": 2}
    known = {"previous": BEFORE, "status": "SUPPLEMENT", "scope": "changes", "verdict": "whole with named gaps"}
    return known | {"counts": counts} | more


def written(folder: Path, chosen: Any, settings: Settings | None = None, **more: Any) -> Path:
    """The folder `reading` of what is made; `more`: facts of the package, or what `pages.write` takes."""
    given = {name: more.pop(name) for name in ("where", "answers") if name in more}
    with Made(folder / "made") as made:
        pages.write(made, chosen, order(), about(**more), settings or Settings(), **given)
    return folder / "made" / "reading"


class Parsed(HTMLParser):
    """A page as a browser without scripts has it: its tags with their attributes, and its text."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.text = self.said = ""  # as it stands there; and with one space wherever something begins or ends
        self.feed(path.read_text("utf-8"))
        self.close()
        self.said = " ".join(self.said.split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))

    def handle_data(self, data: str) -> None:
        self.text += data
        self.said += f" {data}"

    def all(self, tag: str, attribute: str) -> list[str]:
        return [known[attribute] for name, known in self.tags if name == tag and attribute in known]
