"""Answers that others recorded, read by the connectors and packed: what the reading copy is looked at with.

Each world is an account of its own, in a package of E-ARK that has been unpacked. What platforms without a
connector said (X, YouTube), and people's names and descriptions, is worn by posts of an account that has one.
"""

from __future__ import annotations

import json
import re
import unicodedata
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import libipld

from connectors import bluesky, facebook, instagram
from connectors._car import Repository
from connectors._graph import ERRORS
from model.nouns import Account, Branch, Item
from model.settings import Settings
from pipeline import line
from tests import test_bluesky, test_mastodon
from tests.captures import sealed
from tests.fakes.faults import PLANTED
from tests.fakes.graph import GraphFake
from tests.fakes.wires import InProcess
from tests.runs import NOON
from tests.says import Bench
from tests.servers.policy import shared
from tests.test_graph_recorded import recorded_pages

Json = dict[str, Any]
SAID = frozenset(
    ("text", "full_text", "description", "name", "title", "content", "displayName", "display_name", "full_name",
     "location", "message", "note", "value", "biography", "tos", "privacy"),
)  # fmt: skip
LONG = 5000  # letters: longer than any post, as the longest note and the terms of a service are
# Unicode's names of letters begin with their script, these apart, which are styles and not scripts.
_STYLES = frozenset(
    ("MATHEMATICAL", "DOUBLE-STRUCK", "SCRIPT", "PLANCK", "MODIFIER", "SUPERSCRIPT", "HALFWIDTH", "FULLWIDTH",
     "FEMININE", "MASCULINE", "MICRO", "CARON", "IDEOGRAPHIC", "KATAKANA-HIRAGANA"),
)  # fmt: skip
# What a server lets through. The pseudonyms of some recorded notes have spoilt their tags as well: those are no HTML.
_TAGS = frozenset(
    ("a", "b", "blockquote", "br", "code", "del", "em", "h1", "h2", "h3", "h4", "i", "li", "ol", "p", "pre", "s",
     "span", "strong", "u", "ul"),
)  # fmt: skip
TURNING = "\u202e{}\u2067\u202b"  # an override, an isolate and an embedding that nobody ends


@dataclass(frozen=True)
class World:
    """One account's package on a disk: its reading copy, and each text that was recorded, as people read it."""

    folder: Path
    texts: frozenset[str]
    html: frozenset[str]  # of a platform whose texts are HTML: as they were recorded

    @property
    def package(self) -> Path:
        return self.folder.parents[2]


def script_of(char: str) -> str:
    """The script of a letter (`CJK` for Han), or nothing."""
    first = unicodedata.name(char, "").partition(" ")[0] if char.isalpha() else ""
    return "" if first in _STYLES else first


def squeezed(text: str) -> str:
    """A text without spaces, which a page may set otherwise, and with what was marked as unseen put back."""
    back = re.sub("⟦U\\+([0-9A-F]{4,6})⟧", lambda found: chr(int(found[1], 16)), text)
    return "".join(back.split())


# -- the worlds ------------------------------------------------------------------------------------------------------


def mastodon_world(folder: Path) -> World:
    """Every recorded status, wherever it stood, and each note as a status of its own, through the whole line."""
    people = list(_people())
    worn = [
        test_mastodon.status(f"9{n:05}", content=who["note"], spoiler_text=who["display_name"], created_at=_day(n))
        for n, who in enumerate(people)
    ]
    found = (one for document in _mastodon() for one in _objects(document) if test_mastodon._is_status(one))
    rows = {str(one["id"]): one for one in found if one["visibility"] != "direct"}
    mine = [one | {"replies_count": 0, "edited_at": None} for one in (*rows.values(), *worn)]
    fields = next(who for who in people if "HEBREW" in map(script_of, "".join(_said(who))))
    server = test_mastodon.Server(
        pages=[json.dumps(mine[at : at + 40]).encode() for at in range(0, len(mine), 40)],
        count=len(mine),
        who=test_mastodon.WHO | {name: fields[name] for name in ("display_name", "note", "fields")},
    )
    taken = test_mastodon.take(folder, server)
    assert taken.error is None, taken.error
    shown = [one.get("reblog") or one for one in mine]
    html = {one["content"] for one in shown} | {fields["note"], *(row["value"] for row in fields["fields"])}
    texts = {one.get("spoiler_text") or "" for one in shown} | {fields["display_name"]}
    return _unpacked(folder / "work", "2026-exempelvik-mastodon", texts, html)


def bluesky_world(folder: Path) -> World:
    """Every recorded post of Bluesky's; and, worn by posts, texts of platforms that no connector reads."""
    home = test_bluesky.home()
    items, texts = list[Item](), list[str]()
    for name in test_bluesky.WHOLE:
        with Repository(shared(f"realdata/bluesky/{name}")) as repository:
            for key, data in repository.records():
                record = bluesky.plain(libipld.decode_dag_cbor(data))
                items.append(bluesky._item(home, key, record, ""))
                texts.append(str(record.get("text", "")))
    for n, text in enumerate(worn()):
        record = {"text": text, "createdAt": _day(n)}
        items.append(bluesky._item(home, f"app.bsky.feed.post/worn{n:04}", record, ""))
        texts.append(text)
    return _sealed(folder, "bluesky", items, texts)


def graph_world(folder: Path, platform: str) -> World:
    """Every recorded page of a platform of Meta's, served by the fake Graph and read by the connector."""
    items, texts = list[Item](), list[str]()
    field = {
        "posts": ("message", "story"),
        "comments": ("message", "text"),
        "media": ("description", "name", "caption"),
    }
    for n, page in enumerate(page for page in recorded_pages() if page.platform == platform):
        for item in _pulled(folder / f"bench-{n}", page):
            items.append(replace(item, id=f"{n}.{item.id}", parent="", reply_to=None))
        for one in page.objects:
            said = (one.get(name) for name in field[page.kind])
            texts.append(next((text for text in said if text and isinstance(text, str)), ""))
    return _sealed(folder, platform, items, texts)


def _pulled(folder: Path, page: Any) -> Iterator[Item]:
    from tests.test_meta_recorded import LISTS

    fake = GraphFake(page.world())
    account = Account(id="exempelvik", platform=page.platform, address=fake.address, key="meta-exempelvik")
    at = Bench(folder, lambda request: AssertionError(), home=fake.address, key=PLANTED, errors=ERRORS,
               adapter=InProcess(fake))  # fmt: skip
    connector: Any = {"facebook": facebook, "instagram": instagram}[page.platform]
    lists = [(name, "") for name in LISTS.get((page.platform, page.kind), ())]
    todo = lists or [("comments", object) for object in fake.world.talk]
    seen, read = set[str](), set(todo)
    while todo:
        for event in connector.pull(at.web, account, *todo.pop()):
            if isinstance(event, Item) and event.id in page.ids and event.id not in seen:
                seen.add(event.id)
                yield event
            elif isinstance(event, Branch) and (branch := (event.stream, event.parent)) not in read:
                read.add(branch)
                todo.append(branch)
    at.record.close()


# -- texts -----------------------------------------------------------------------------------------------------------


def worn() -> tuple[str, ...]:
    """Texts of platforms without a connector: each with a character of its own, or long; some with what turns."""
    found: dict[str, None] = {}
    met = set[str]()
    for top in ("x", "youtube", "mixed/granary", "instagram/instagram-user-feed", "facebook/python-facebook"):
        for document in _documents(shared(f"realdata/{top}")):
            for text in _said(document):
                if len(text) > LONG or set(filter(_rare, text)) - met:
                    found[text] = None
                    met.update(text)
    turned = [TURNING.format(text) for text in found if right_to_left(text)]
    return (*found, *turned)


def right_to_left(text: str) -> bool:
    """Whether the first letter that has a direction has this one (Unicode's rules P2 and P3)."""
    kinds = map(unicodedata.bidirectional, text)
    return next((kind for kind in kinds if kind in ("L", "R", "AL")), "L") != "L"


def _rare(char: str) -> bool:
    return script_of(char) not in ("", "LATIN") or unicodedata.category(char) in ("So", "Cf")


def _people() -> Iterator[Json]:
    """Each account in Mastodon's recorded answers whose name, note or fields are more than Latin letters, or long."""
    known = set[str]()
    for one in (one for document in _mastodon() for one in _objects(document)):
        if isinstance(one.get("note"), str) and "display_name" in one:
            one = {"fields": [], **one}
        elif len(str(one.get("content", ""))) > LONG:  # the terms of a service: the longest text given as HTML
            one = {"note": one["content"], "display_name": "", "fields": []}
        else:
            continue
        said = "".join(_said(one))
        tags = set(re.findall(r"</?([a-z0-9]+)", str(one["note"])))
        if said not in known and tags <= _TAGS and (len(said) > LONG or any(map(_rare, said))):
            known.add(said)
            yield one


def _mastodon() -> Iterator[Any]:
    """Every recorded answer of Mastodon's, also of those that are lines of JSON."""
    yield from (json.loads(body) for _, body in test_mastodon.recorded())
    yield from _documents(shared("realdata/mastodon"))


def _documents(folder: Path) -> Iterator[Any]:
    for path in sorted(folder.rglob("*.json*")):
        text = path.read_text("utf-8", "replace")
        for part in (text, *text.splitlines()):
            try:
                yield json.loads(part)
            except ValueError:  # a cut file, or lines of JSON
                continue
            if part is text:
                break


def _objects(value: Any) -> Iterator[Json]:
    if isinstance(value, dict):
        yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _objects(inner)


def _said(value: Any) -> Iterator[str]:
    """What people have written, anywhere in an answer."""
    for one in _objects(value):
        yield from (text for name, text in one.items() if name in SAID and isinstance(text, str))


def _day(number: int) -> str:
    return f"{datetime(2026, 2, 1, tzinfo=UTC) + timedelta(hours=number * 11):%Y-%m-%dT%H:%M:%S}.000Z"


# -- the packages ----------------------------------------------------------------------------------------------------


def _sealed(folder: Path, platform: str, items: list[Item], texts: Iterable[str]) -> World:
    account = Account(id=f"exempelvik-{platform}", platform=platform, address="https://exempelvik.example/")
    order = line.order_for(account, 2026, created=NOON)
    sealed(folder / "work", order, [_simple(item, str(n)) for n, item in enumerate(items)])
    return _unpacked(folder / "work", order.id, set(texts), set())


def _simple(item: Item, name: str) -> Item:
    """An item in the one list of a capture that is made here, its files under names that may be a file's."""
    files = (replace(one, id=f"{name}-{n}") for n, one in enumerate(item.media))
    return replace(item, stream="posts", media=tuple(files))


def _unpacked(work: Path, order: str, texts: set[str], html: set[str]) -> World:
    place = line.Place(work=work, archive=work.parent / "archive", settings=Settings())
    package = Path(line.pack(order, place).path)
    with zipfile.ZipFile(package) as held:
        held.extractall(work.parent / "package")
    (index,) = (work.parent / "package").glob("*/representations/reading/data/index.html")
    return World(index.parent, frozenset(filter(None, map(squeezed, texts))), frozenset(html))


WORLDS: dict[str, Callable[[Path], World]] = {
    "mastodon": mastodon_world,
    "bluesky": bluesky_world,
    "facebook": lambda folder: graph_world(folder, "facebook"),
    "instagram": lambda folder: graph_world(folder, "instagram"),
}
