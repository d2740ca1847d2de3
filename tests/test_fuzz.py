"""Whatever comes from outside, spoilt: the result or one of our errors, never a crash, a hang or a stray file.

Each parser gets inputs of a real shape with a few changes in them (tests/fuzzing.py). At most 100 cases each here,
always the same ones; `make fuzz` (FUZZ=full) takes 10,000 new ones each, and says how they ended.
"""

from __future__ import annotations

import io
import json
import os
from collections.abc import Callable
from contextlib import closing, redirect_stderr, redirect_stdout, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from archive_formats import checks
from connectors import _facebook_export, _instagram_export, _instaloader
from connectors._export import Export
from connectors.record import Record, records
from connectors.web import NoFile
from model import capture as captures
from model import signing
from model.errors import ArsringError, NotWhole
from model.nouns import Account, Item, Receipt
from model.settings import Settings
from pipeline import _decision, disclosure, evidence, line, opened, staging, stamps, supplied, verifying
from pipeline.room import Room
from pipeline.say import Voice
from register import authority, table
from stores import folder as folder_store
from tests import made_packages
from tests.atproto import Network, small_network, whole_car
from tests.captures import BAG, heard, order, post
from tests.fakes.exports import FACEBOOK, INSTAGRAM, facebook_export, instagram_export
from tests.fakes.faults import ALL, Reply
from tests.fakes.graph import GraphFake
from tests.fakes.graph_world import GraphWorld
from tests.fakes.instagram_web import InstagramWeb
from tests.fakes.mastodon import MastodonFake
from tests.fakes.pictures import picture
from tests.fakes.wires import InProcess
from tests.fakes.world import World
from tests.fuzzing import (
    Change,
    Members,
    Watch,
    changes,
    members_of,
    odd_bytes,
    odd_json,
    odd_lines,
    odd_members,
    odd_zip,
    watching,
)
from tests.runs import NOON
from tests.servers.tsa import Authority
from tests.test_instaloader import ACCOUNT, bench_of

FULL = os.environ.get("FUZZ") == "full"
SHORT, SHORTER = 100, 25  # cases in the core suite; the second, where each goes through the whole line
OURS = (ArsringError, NoFile, opened.NoSuch, opened.Damaged)  # the last three: data for a gap, an answer to a reader
EXAMPLES = Path(__file__).parent.parent / "docs" / "examples"
Some = list[Change]
Case = Callable[[Path, Some], object]
Answers = Callable[[str, str, dict[str, str]], Reply]
Parser = Callable[[Path], Case]  # makes what all cases begin with, and gives the one that reads it spoilt


def _first(some: Some) -> Change:
    """The change that also chooses between several good inputs."""
    return some[0] if some else Change(0, 0, 0, 0)


# -- exports -----------------------------------------------------------------------------------------------------------

_AT = datetime(2024, 2, 29, 12, 0, tzinfo=UTC)
_SECONDS = int(_AT.timestamp())


def _inner(name: str, data: bytes, some: Some) -> bytes:
    """JSON is changed as JSON, XML and all else as bytes."""
    if name.endswith(".json") and _first(some).pick % 4:
        with suppress(ValueError, RecursionError):  # spoilt by a change before this one
            return odd_json(json.loads(data), some)
    return odd_bytes(data, some)


def _file(name: str) -> dict[str, Any]:
    return {
        "uri": f"{FACEBOOK}/posts/media/{name}",
        "creation_timestamp": _SECONDS,
        "title": "Ån",
        "description": "Bro",
    }


def _facebook_members(folder: Path) -> Members:
    labels = [{"label": "Text", "value": "Grattis!"}, {"title": "Sida", "dict": [{"label": "Namn", "value": "Vik"}]}]
    film = _file("900100200300.mp4") | {
        "thumbnail": {"uri": f"{FACEBOOK}/posts/media/t.jpg"},
        "media_metadata": {"video_metadata": {"subtitles": {"uri": f"{FACEBOOK}/posts/media/s.srt"}}},
    }
    comment = {"timestamp": _SECONDS, "comment": "Tack 🙂", "author": "Exempelvik"}
    more: dict[str, Any] = {
        "posts/album/0.json": {
            "name": "Ån", "photos": [_file("777000777000.jpg") | {"comments": [comment]}],
            "cover_photo": _file("777000777000.jpg"), "last_modified_timestamp": _SECONDS, "description": "Album",
        },
        "posts/your_videos.json": {"videos_v2": [film]},
        "posts/edits_you_made_to_posts.json": [{"timestamp": _SECONDS, "fbid": "122100000000001",
        "label_values": labels}],
        "comments_and_reactions/comments.json": {
            "comments_v2": [{"timestamp": _SECONDS, "title": "Svar", "data": [{"comment": comment}],
                             "attachments": [{"data": [{"media": _file("a.jpg")}]}]}],
        },
        "profile_information/profile_information.json": {
            "profile_v2": {"name": {"full_name": "Exempelvik"}, "username": "exempelvik",
                           "registration_timestamp": _SECONDS, "about_me": "Vi svarar."},
        },
        "events/your_events.json": {"your_events_v2": [{"name": "Loppis", "start_timestamp": _SECONDS,
        "description": "x",
                                                        "place": {"name": "Torget"}}]},
        "stories/archived_stories.json": {"archived_stories_v2": [{"timestamp": _SECONDS, "data": [{"post": "Hej"}]}]},
    }  # fmt: skip
    posts = [
        (_AT + timedelta(days=n), f"Höst {n} 🍂", [(str(777_000_000 + n), picture("jpg", str(n), 300))])
        for n in range(3)
    ]
    files = {
        f"{FACEBOOK}/posts/media/{name}": picture("jpg", name, 200) for name in ("777000777000.jpg", "a.jpg", "t.jpg")
    }
    files |= {
        f"{FACEBOOK}/posts/media/900100200300.mp4": picture("mp4", "f", 200),
        f"{FACEBOOK}/posts/media/s.srt": b"1\n",
    }
    (path,) = facebook_export(
        folder, posts, extra={f"{FACEBOOK}/{name}": one for name, one in more.items()}, files=files
    )
    return members_of(path)


def _instagram_members(folder: Path) -> Members:
    def file(name: str) -> dict[str, Any]:
        return {"uri": f"media/posts/202402/{name}", "creation_timestamp": _SECONDS, "title": "Ån"}

    told = {"timestamp": _SECONDS + 9, "fbid": "17900000000000009", "media": [file("n.jpg")],
            "label_values": [{"label": "Bildtext", "value": "Ny"}, {"label": "AI", "value": "Nej"}]}  # fmt: skip
    rows = {"Username": {"value": "exempelvik", "href": "", "timestamp": 0}, "Bio": {"value": "Vi svarar."}}
    said = {"string_map_data": {"Comment": {"value": "Tack"}, "Time": {"timestamp": _SECONDS}}, "title": "granne"}
    more: dict[str, Any] = {
        "media/posts.json": [told],
        "media/reels.json": {"ig_reels_media": [{"media": [file("a.mp4")]}]},
        "media/stories.json": {"ig_stories": [file("s.jpg")]},
        "media/archived_posts.json": {"ig_archived_post_media": [{"media": [file("s.jpg")]}]},
        "media/profile_photos.json": {"ig_profile_picture": [file("p.jpg")]},
        "media/reposts.json": {"profile_media_reposts": [told]},
        "comments/post_comments_1.json": [said],
        "personal_information/personal_information.json": {
            "profile_user": [{"media_map_data": {"Profile Photo": file("p.jpg")}, "string_map_data": rows}]
        },
    }
    files = {f"media/posts/202402/{name}": picture("jpg", name, 200) for name in ("n.jpg", "s.jpg", "p.jpg")}
    files["media/posts/202402/a.mp4"] = picture("mp4", "f", 200)
    posts = [(_AT, "Höstlov ☀️", [("17900000000000001", picture("jpg", "a", 300))])]
    (path,) = instagram_export(
        folder, posts, extra={f"{INSTAGRAM}/{name}": one for name, one in more.items()}, files=files
    )
    return members_of(path)


def _export(made: Callable[[Path], Members], platform: Any, name: str) -> Parser:
    account = Account(id=f"exempelvik-{name}", platform=name, address=f"https://www.{name}.com/exempelvik")

    def make(folder: Path) -> Case:
        members = made(folder)

        def case(here: Path, some: Some) -> None:
            (path := here / f"{name}-exempelvik-2026-11-02.zip").write_bytes(odd_zip(members, some, _inner, 8))
            with Export([path]) as export:
                list(export.names())
                platform.is_one(export)
                for event in line._understood(platform.imported(export, account)):
                    for media in event.media if isinstance(event, Item) else ():
                        with suppress(NoFile):
                            export.copy(media.url, here)

        return case

    return make


# -- what platforms answer: through the whole line, to the sealed capture ----------------------------------------------

_HEADERS = ("Retry-After", "Link", "Location", "X-RateLimit-Reset", "Content-Type", "x-app-usage",
"facebook-api-version",
            "x-business-use-case-usage", "Content-Length", "Date", "ratelimit-reset")  # fmt: skip
_STATUSES = (100, 204, 206, 301, 302, 304, 307, 400, 401, 403, 404, 410, 418, 429, 451, 500, 502, 503, 599, 999)


class Spoiling:
    """A fake whose answers are changed: a change's `where` picks one of the addresses that a good run asks for.

    It is changed each time that it is asked for. Without changes the addresses are noted.
    """

    def __init__(self, fake: Any, some: Some, urls: list[str], answer: Answers | None = None) -> None:
        self.plain, self.some, self.urls = answer or fake.answer, some, urls
        self.base, self.strays = getattr(fake, "base", ""), fake.strays
        self.bases = getattr(fake, "bases", (self.base,))

    def answer(self, method: str, url: str, headers: dict[str, str]) -> Reply:
        reply = self.plain(method, url, headers)
        if not self.some and url not in self.urls:
            self.urls.append(url)
        mine = [change for change in self.some if self.urls[change.where % len(self.urls)] == url]
        return _spoilt(reply, mine) if mine else reply


def _spoilt(reply: Reply, some: Some) -> Reply:
    headers, body, status = dict(reply.headers), reply.body, reply.status
    for change in some:
        moved = [change._replace(how=change.how // 8)]
        match change.how % 8:
            case 0:
                status = _STATUSES[change.pick % len(_STATUSES)]
            case 1:
                odd = ("-1", "nan", "9" * 400, "1e999", "²", "<http://127.0.0.1/>; rel=next", "<", "{", '{"a":[]}', "",
                       "Fri, 99 Xxx 2026", "http://[::1", '{"1":[{"estimated_time_to_regain_access":"x"}]}',
                       "å")  # fmt: skip
                headers[_HEADERS[change.place % len(_HEADERS)]] = odd[change.pick % len(odd)]
            case 2:
                body = odd_bytes(body, moved)
            case _:
                try:
                    body = odd_json(json.loads(body), moved)
                except (ValueError, RecursionError):
                    body = odd_bytes(body, moved)
    return replace(reply, status=status, headers=headers, body=body)


@dataclass
class Clock:
    now: datetime = NOON

    def __call__(self) -> datetime:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


def _taken(here: Path, account: Account, fake: Any, clock: Any, key: str | None) -> None:
    """The whole way of an account: taken, sealed, and packed where it is whole."""
    sleep = clock.sleep if isinstance(clock, Clock) else partial(_later, clock)
    web = {"adapter": InProcess(fake), "clock": clock, "sleep": sleep}
    place = line.Place(work=here / "work", archive=here / "archive", settings=BAG, web=web)
    of = line.order_for(account, 2026, created=NOON)
    line.take(of, place, key)
    line.pack(of.id, place)


def _later(clock: Any, seconds: float) -> None:
    clock.now += timedelta(seconds=seconds)


def _mastodon(folder: Path) -> Case:
    world = World(posts=5, with_media=2, media=2, media_bytes=400, comments=4, threads=2, edits=1, boosts=1, pins=1)

    urls: list[str] = []

    def case(here: Path, some: Some) -> None:
        fake = MastodonFake(world, token="hemlig-nyckel")
        account = Account(id="exempelvik-mastodon", platform="mastodon", address=fake.address, key="ex")
        _taken(here, account, Spoiling(fake, some, urls), fake.clock, "hemlig-nyckel")

    return _begun(case, folder)


def _begun(case: Case, folder: Path) -> Case:
    """The case after a good run, which notes what is asked for."""
    (here := folder / "first").mkdir()
    case(here, [])
    return case


def _graph(platform: str) -> Parser:
    def make(folder: Path) -> Case:
        world = GraphWorld(posts=12, threads=4, comments=10, photos=8, media=8, media_threads=4, media_comments=10,
                           media_bytes=300)  # fmt: skip
        known: dict[str, Reply] = {}
        urls: list[str] = []

        def case(here: Path, some: Some) -> None:
            fake = GraphFake(world, token="hemlig-nyckel")
            address = fake.address if platform == "facebook" else fake.instagram
            account = Account(id=f"exempelvik-{platform}", platform=platform, address=address, key="ex")
            spoilt = Spoiling(fake, some, urls, Remembered(fake.answer, known).answer)
            _taken(here, account, spoilt, fake.clock, "hemlig-nyckel")

        return _begun(case, folder)

    return make


@dataclass
class Remembered:
    """What a fake has answered once it need not work out again: the world does not change."""

    plain: Answers
    known: dict[str, Reply]

    def answer(self, method: str, url: str, headers: dict[str, str]) -> Reply:
        if url not in self.known:
            self.known[url] = self.plain(method, url, headers)
        return replace(self.known[url], headers=dict(self.known[url].headers))


def _bluesky(folder: Path) -> Case:
    """The answers, or the records themselves: then the repository is signed anew, as its owner's server would."""
    account = Account(
        id="exempelvik-bluesky", platform="bluesky", address="https://bsky.app/profile/exempelvik.example"
    )
    urls: list[str] = []

    def case(here: Path, some: Some) -> None:
        network = small_network()
        if _first(some).how % 2:
            network.change = partial(_with_odd_records, network, some)
            some = some[1:] or [Change(0, 0, 5, 0)]
        _taken(here, account, Spoiling(network, some, urls), Clock(), None)

    return _begun(case, folder)


def _with_odd_records(network: Network, some: Some, url: str, reply: Reply) -> Reply:
    if "getRepo?" not in url:
        return reply
    names = sorted(network.records)
    name, odd = names[_first(some).where % len(names)], dict[str, Any]()
    held = {key: value for key, value in network.records[name].items() if not isinstance(value, dict | list)}
    with suppress(ValueError, RecursionError, TypeError, OverflowError):
        odd = json.loads(odd_json(held, some))
        return replace(reply, body=whole_car(network.records | {name: odd}))
    return replace(reply, body=odd_bytes(reply.body, some))


def _second_door(folder: Path) -> Case:
    streams = ("highlights", "archived-stories", "more-comments")
    urls: list[str] = []

    def case(here: Path, some: Some) -> None:
        fake = InstagramWeb()
        fake.answer = Spoiling(fake, some, urls).answer  # type: ignore[method-assign]
        with bench_of(here, fake) as bench:
            for stream in streams:
                with suppress(*OURS):
                    parent = "17900000000000001 BExempelvik" if stream == "more-comments" else ""
                    list(line._understood(_instaloader.pull(bench.web, ACCOUNT, stream, parent)))

    return _begun(case, folder)


# -- what people write -------------------------------------------------------------------------------------------------

_CELLS = (b"", b"aktivt", b"facebook", "ansökt".encode(), b"https://[::1", b"../..", b"/etc", b'"', b'"a;b\nc"',
b"=1+1", b"\xe5", b"a" * 500,
          b"https://user:pw@a.example/?access_token=abc", b"exempelvik-mastodon", b"\xef\xbb\xbfid", b"id",
          b"statistik, statistik",
          b"unikt inneh\xc3\xa5ll", "\u202e".encode(), b"\xed\xa0\x80", b"con", b"0" * 41,
          "ID\u0130".encode())  # fmt: skip
_LITERALS = (b" 1", b" -1", b" 1e999", b" nan", b" true", b' ""', b" []", b" {}", b" [[1]]", b' "a\\u0000b"',
b" 2026-01-01", b" 07:32:00",
             b" 9999-12-31T23:59:59-23:59", b' """', b" '''x'''", b' "https://x/"', b' ["a", 1]', b" {a = 1}",
             b" " + b"9" * 5_000,
             b" " + b"[" * 3_000, b' "' + b"a" * 5_000 + b'"', b" 0xFFFF", b" inf", b' "../../x"', b' "ORG:0"',
             "²".encode())  # fmt: skip


def _register(folder: Path) -> Case:
    good = (EXAMPLES / "register.csv").read_bytes()
    platforms = line.names("connectors")

    def case(here: Path, some: Some) -> None:
        (path := here / "register.csv").write_bytes(odd_lines(good, some, _CELLS, b";"))
        table.read(path, platforms if _first(some).pick % 2 else None, tell=lambda text: None)

    return case


def _settings(folder: Path) -> Case:
    text = (EXAMPLES / "installningar.toml").read_text(encoding="utf-8")
    every = (
        text
        + "\n"
        + "\n".join(
            row[2:]
            for row in text.splitlines()
            if (row.startswith(("# [", "# ")) and "=" in row) or row.startswith("# [")
        )
    )
    goods = (text.encode(), every.encode())

    def case(here: Path, some: Some) -> None:
        (path := here / "installningar.toml").write_bytes(odd_lines(goods[_first(some).where % 2], some, _LITERALS))
        with suppress(ArsringError):
            authority.recipients(path)
        authority.read(path, line.names("archive_formats"))

    return case


def _decided(folder: Path) -> Case:
    good = (EXAMPLES / "beslut.toml").read_bytes()
    item = json.loads(captures.as_json(post(2, "Anna Exempelsson skrev", author="Anna", url="https://x.example/")))
    fields = {
        "id": "0002",
        "media/0/path": "media/x.jpg",
        **{key: value for key, value in item.items() if key != "media"},
    }

    def case(here: Path, some: Some) -> None:
        (path := here / "beslut.toml").write_bytes(odd_lines(good, some, _LITERALS))
        decision, faults = _decision.read(path)
        decision.masks("0002", fields, faults)
        decision.masks("0002/1", fields | {"kind": "version", "parent": "0002"}, faults)

    return case


def _disclosed(folder: Path) -> Case:
    """A decision on a package that somebody has spoilt."""
    members = members_of(_bag(folder))
    decision = folder / "beslut.toml"
    decision.write_text(
        'beslut = "EX 14/27"\nbeslutat_av = "Arkivfunktionen"\ndatum = 2027-02-01\ngrund = "OSL"\n'
        '[[maskera]]\npost = "0002"\nvad = ["text"]\n', encoding="utf-8",
    )  # fmt: skip

    def case(here: Path, some: Some) -> None:
        (path := here / f"{order().id}.zip").write_bytes(odd_zip(members, some, _inner))
        disclosure.copy(path, decision, here / "kopia")

    return case


def _form(folder: Path) -> Case:
    good = "Vem: kommunikationschef\nNär: 2026-11-20\nVarför: export beställd\nOch så en rad till.\n".encode()
    values = (
        b"",
        b" 2026-13-45",
        b" x",
        b" \0",
        "²".encode(),
        b" " + b"a" * 70_000,
        b" 0000-00-00",
        b":",
        b"Vem",
        b"\xe5",
        b"\xff\xfe",
    )
    names = (
        "bild.png",
        "a.zip",
        "CON.txt",
        "x.",
        "a\u202eb.png",
        "å\u0308.png",
        "thumbs.db",
        "b.part",
        "a" * 250,
        "x\ny",
        "#.txt",
        "%2e%2e",
    )

    def case(here: Path, some: Some) -> None:
        mapp, capture = here / "mapp", here / "work" / "2026-exempelvik"
        (mapp / "under").mkdir(parents=True)
        capture.mkdir(parents=True)
        (mapp / "om.txt").write_bytes(odd_lines(good, some, values, b":"))
        for change in some or [Change(0, 0, 0, 0)]:
            name = names[change.pick % len(names)]
            (mapp / ("under" if change.how % 2 else "") / name).write_bytes(odd_bytes(b"PK\3\4" + b"x" * 40, [change]))
        account = Account(id="exempelvik", platform="facebook", address="https://x.example/", folder=str(mapp))
        supplied.check(account, capture)
        supplied.gather(account, capture)
        if not (rows := capture / "supplied.jsonl").exists():
            return
        rows.write_bytes(odd_bytes(odd_json(json.loads(rows.read_bytes().splitlines()[0]), some) + b"\n", some[1:]))
        supplied.gather(account, capture)

    return case


# -- what we wrote, and somebody has touched ---------------------------------------------------------------------------


def _segment(folder: Path) -> bytes:
    about = {"path": "media/x.jpg", "size": 3, "sha256": "ab" * 32, "sha512": "cd" * 64, "type": "image/jpeg"}
    with closing(Record(folder / "segments")) as record:
        record.keep(heard(1))
        record.keep(heard(2, b"[" * 40 + b"]" * 40, status=404, reason="Not Found"))
        record.keep(heard(3, b"", method="FILE", file=about))
        record.keep(heard(4, "å".encode() * 50, asked="https://social.exempelvik.example/other", scrubbed=2))
    return (folder / "segments" / "00001.warc.gz").read_bytes()


def _warc(folder: Path) -> Case:
    good = _segment(folder)

    def case(here: Path, some: Some) -> None:
        spoilt = odd_members(good, some)
        (path := here / "one.warc.gz").write_bytes(spoilt)
        with suppress(ArsringError):
            list(records(path))
        (here / "segments").mkdir()
        (here / "segments" / "00001.warc.gz").write_bytes(spoilt)
        with closing(Record(here / "segments")) as record:
            for number in range(1, 5):
                url = f"https://social.exempelvik.example/api/v1/statuses/{number}"
                for method in ("GET", "FILE"):
                    record.find(method, url, NOON)
            record.span()
            record.keep(heard(5))
            record.seal(here / "raw", "x")

    return case


class Shelved:
    """Staging in memory, as another worker, or somebody else, has left it."""

    def __init__(self, held: dict[str, bytes]) -> None:
        self.held = held

    def files(self, order: str) -> dict[str, int]:
        return {name: len(data) for name, data in self.held.items()}

    def put(self, order: str, name: str, path: Path) -> None:
        self.held[name] = path.read_bytes()

    def get(self, order: str, name: str, target: Path) -> bool:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(self.held[name])
        return True

    def drop(self, order: str, names: Any) -> None:
        for name in list(names):
            self.held.pop(name, None)


def _staged(folder: Path) -> Case:
    """A capture under way that comes out of staging: fetched, read, gone on with, put back."""
    world = World(posts=3, with_media=1, media=1, media_bytes=300, comments=2, threads=1, edits=1, boosts=0, pins=0)
    account = Account(id="exempelvik-mastodon", platform="mastodon", address=MastodonFake(world).address)
    of = line.order_for(account, 2026, created=NOON)
    held = _half(folder, world, account)

    def case(here: Path, some: Some) -> None:
        there, known = Shelved(_odd_names(held, some)), here / "work" / of.id
        mirror = staging.Mirror(of.id, known, there)  # type: ignore[arg-type]
        mirror.fetch()
        with suppress(ArsringError):
            captures.ledger_of(known)
        with suppress(ArsringError):
            signing.signed(known)
        (known / ".mirror.json").write_bytes(odd_json({"order.json": [1, 2], "segments/1.warc.gz": [3, 4]}, some))
        mirror.push()
        _taken(here, account, MastodonFake(world), Clock(), None)

    return case


def _half(folder: Path, world: World, account: Account) -> dict[str, bytes]:
    """What a run leaves in staging that was not whole, and was signed off."""
    with suppress(NotWhole):
        _taken(folder, account, MastodonFake(world, ALL["one missing"].make(world)), Clock(), None)
    root = folder / "work" / f"2026-{account.id}"
    count = len(signing.unsound(captures.ledger_of(root)))
    signing.sign(root, "arkivfunktionen", NOON, ["prövat"] * count)
    named = {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}
    held = {name: data for name, data in named.items() if staging._kept(name)}
    assert {"ledger.json", "order.json", "signoff.json"} < set(held)
    assert any("segments/" in name for name in held)
    return held


_STRANGE = ("../outside", "segments/../../outside", "/outside", "supplied/../../outside", ".mirror.json", "lock",
"media/", "raw/x/y",
            "supplied/a\0b", "index.sqlite", "segments/00001.warc.gz.part", "order.json/x", "supplied/" + "a" * 300,
            "order.json")  # fmt: skip


def _odd_names(held: dict[str, bytes], some: Some) -> dict[str, bytes]:
    found = dict(held)
    for change in some:
        name = sorted(found)[change.where % len(found)] if found else "order.json"
        data, moved = found.get(name, b""), [change._replace(how=change.how // 5)]
        match change.how % 5:
            case 0:
                found[_STRANGE[change.pick % len(_STRANGE)]] = data
            case 1:
                found.pop(name, None)
            case _:
                found[name] = odd_members(data, moved) if name.endswith(".gz") else _inner(name, data, moved)
    return found


# -- packages ----------------------------------------------------------------------------------------------------------


def _bag(folder: Path) -> Path:
    """A package in a store, with its manifest, its receipt and the year's run beside it."""
    return _delivered(folder, "bagit")


def _delivered(folder: Path, form: str, settings: Settings | None = None) -> Path:
    of, settings = order(), settings or Settings()
    capture, of, made = made_packages.ready(folder / "work", of=of)
    package = line.archive_format(form).pack(capture, of, made, settings, folder / "work" / f"{of.id}.zip")
    shelf = folder_store.Shelf(folder / "archive")
    shelf.deliver(evidence.make(package, of, capture, made, settings, shelf), of)
    evidence.run(of.year, shelf, settings)
    return folder / "archive" / f"{of.id}.zip"


def _verified(folder: Path) -> Case:
    packages = [_delivered(folder / form, form) for form in ("bagit", "eark_sip", "ocfl", "wacz")]
    told = [({one.name: one.read_bytes() for one in sorted(path.parent.iterdir()) if one.is_file() and one != path},
             members_of(path), path.read_bytes()) for path in packages]  # fmt: skip

    def case(here: Path, some: Some) -> None:
        beside, members, whole = told[_first(some).pick % len(told)]
        names, paper = sorted(beside), _first(some).place % 2
        spoilt = _odd_names(beside, [replace_how(change) for change in some]) if paper else beside
        for name in names:
            if name in spoilt:
                (here / name).write_bytes(spoilt[name])
        (here / f"{order().id}.zip").write_bytes(whole if paper else odd_zip(members, some, _inner))
        with redirect_stdout(io.StringIO()) as out, redirect_stderr(out):
            verifying.verify(here / f"{order().id}.zip", None, Voice("sv", out=out, err=out))
            verifying.verify(here, None, Voice("en", out=out, err=out))

    return case


def replace_how(change: Change) -> Change:
    """Changes of content alone: names beside a package are looked for, and not listed."""
    return change._replace(how=change.how * 5 + 2)


def _validated(folder: Path) -> Case:
    told = [members_of(_delivered(folder / form, form)) for form in ("eark_sip",)]
    fgs = Settings(profile="fgs-1.2", agreement="AP 2026:1")
    with suppress(ArsringError):
        told.append(members_of(_delivered(folder / "fgs", "eark_sip", fgs)))

    def case(here: Path, some: Some) -> None:
        (path := here / f"{order().id}.zip").write_bytes(odd_zip(told[_first(some).pick % len(told)], some, _inner))
        for one in checks.findings(path):
            assert one.text
            assert one.swedish

    return case


def _room(folder: Path) -> Case:
    """A package opened in the reading room: looked at, its files handed out; the receipts and papers beside it."""
    packed = [_delivered(folder / form, form) for form in ("eark_sip", "bagit")]
    told = [
        (members_of(path), {one.name: one.read_bytes() for one in path.parent.iterdir() if one.is_file()})
        for path in packed
    ]

    def case(here: Path, some: Some) -> None:
        members, beside = told[_first(some).pick % len(told)]
        archive = here / "archive"
        archive.mkdir()
        receipt = next(name for name in beside if name.endswith(".receipt.json"))
        spoilt = odd_zip(members, some, _inner)
        for name, data in beside.items():
            moved = [change for change in some if change.place % 5 == 0 and name.endswith(".json")]
            (archive / name).write_bytes(_inner(name, data, moved) if moved and name != receipt else data)
        (archive / f"{order().id}.zip").write_bytes(spoilt)
        place = line.Place(work=here / "work", archive=archive)
        _opened(Receipt(**json.loads(beside[receipt])), receipt.rsplit(".", 3)[1], spoilt, place)
        _listed(here, place, _inner(receipt, beside[receipt], some), receipt)

    return case


def _opened(receipt: Receipt, digest: str, spoilt: bytes, place: line.Place) -> None:
    mine = replace(receipt, sha256=sha256(spoilt).hexdigest())  # the index of a package is remembered by its hash
    opened.look(mine, digest, "annual", "2026", place)
    with suppress(ArsringError):
        list(line.lines_of(receipt.order, place, "gaps"))
    found = opened.index(mine, place)
    for path in list(found.files)[:40]:
        with suppress(*OURS):
            list(opened.member(mine, path, place).data)
            list(opened.member(mine, path, place, 1, 5).data)
    for name in opened.papers(mine, place):
        with suppress(*OURS):
            list(opened.paper(mine, name, place)[1])


def _listed(here: Path, place: line.Place, text: bytes, name: str) -> None:
    """The overview, where one receipt is not as it was written."""
    stem = name.removesuffix(".receipt.json").rpartition(".")[0]
    (place.archive / name).unlink()
    (place.archive / f"{stem}.{sha256(text).hexdigest()}.receipt.json").write_bytes(text)
    room = Room(place_of=lambda: place, accounts_of=list, today=lambda: _AT.date())
    room.known()
    room.account(order().account.id)


def _stamped(folder: Path) -> Case:
    """A time stamp that stands beside a manifest."""
    by = Authority(folder / "tsa")
    token, roots = by.over_data(b"{}"), stamps.roots_of(by.settings())

    def case(here: Path, some: Some) -> None:
        spoilt = odd_bytes(token, some)
        with suppress(ArsringError):
            stamps.over(spoilt, b"{}")
        stamps.check(spoilt, b"{}", roots)

    return case


PARSERS: dict[str, Parser] = {
    "facebook-export": _export(_facebook_members, _facebook_export, "facebook"),
    "instagram-export": _export(_instagram_members, _instagram_export, "instagram"),
    "graph-facebook": _graph("facebook"),
    "graph-instagram": _graph("instagram"),
    "instagram-web": _second_door,
    "mastodon": _mastodon,
    "bluesky": _bluesky,
    "register": _register,
    "settings": _settings,
    "decision": _decided,
    "supplied": _form,
    "warc": _warc,
    "staging": _staged,
    "verify": _verified,
    "validate": _validated,
    "disclose": _disclosed,
    "reading-room": _room,
    "time-stamp": _stamped,
}


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    monkeypatch.setattr("os.fsync", lambda file: None)  # no power is lost here, and half of the time is


_LINE = {"graph-facebook", "graph-instagram", "instagram-web", "mastodon", "bluesky", "staging"}


@pytest.mark.parametrize("name", PARSERS)
def test_whatever_comes_it_is_read_or_refused(name: str, tmp_path: Path) -> None:
    (tmp_path / "good").mkdir()
    (tmp_path / "watched").mkdir()
    case, count = PARSERS[name](tmp_path / "good"), 10_000 if FULL else SHORTER if name in _LINE else SHORT

    with watching(tmp_path / "watched") as watch:
        _run(case, watch, count)

    print(f"{name}: {watch.cases} cases, {dict(watch.ended.most_common())}, the longest {watch.longest:.2f} s")
    assert watch.cases >= count


@pytest.mark.parametrize("name", PARSERS)
def test_what_the_cases_begin_with_is_good(name: str, tmp_path: Path) -> None:
    (tmp_path / "good").mkdir()
    (here := tmp_path / "case").mkdir()

    PARSERS[name](tmp_path / "good")(here, [])


def _run(case: Case, watch: Watch, count: int) -> None:
    @settings(
        max_examples=count, deadline=None, database=None, derandomize=not FULL, suppress_health_check=list(HealthCheck),
        phases=(Phase.generate, Phase.shrink),
    )  # fmt: skip
    @given(changes())
    def cases(some: Some) -> None:
        with watch.case(OURS) as here:
            case(here, some)

    cases()
