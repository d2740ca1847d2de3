"""The Mastodon dialect of a world, as Mastodon 4.6 speaks it.

Lacks   writing, timelines, search, other people's accounts and lists (404)
Source  docs.joinmastodon.org/methods/accounts, /statuses; headers as of Mastodon 4.6
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import partial
from typing import Any
from urllib.parse import urlencode

from .faults import Ask, Fault, Reply
from .pictures import MIME
from .world import File, Note, World

NAME = "exempelvik"
ACCOUNT_ID = "109000000000000001"
BASE = "https://social.exempelvik.example"
DEFAULT_LIMIT, MOST = 20, 40  # of a page of statuses
WITH_KEY = (4096, 10_000)  # most descendants of a context, and how deep
WITHOUT_KEY = (60, 20)
HIDDEN = {"max_id", "since_id", "min_id", "access_token", "again"}  # not carried on in Link headers
FIRST_SECOND = datetime(2026, 12, 1, 3, 0, tzinfo=UTC)

Json = dict[str, Any]


class Clock:
    """A clock that stands still until it is set: `clock.now += timedelta(hours=30)`."""

    def __init__(self, now: datetime = FIRST_SECOND) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


class MastodonFake:
    """One server with one account. `asked` is every request in order; `strays` are asks for foreign hosts.

    `token`: the only key that is taken (None: any). `budget`: API requests allowed in 5 minutes of `clock`.
    """

    def __init__(
        self,
        world: World,
        faults: Sequence[Fault] = (),
        *,
        token: str | None = None,
        base: str = BASE,
        clock: Callable[[], datetime] | None = None,
        budget: int = 1_000_000,
        remember: int = 0,
    ) -> None:
        self.world, self.faults, self.token, self.base = world, list(faults), token, base
        self.clock = clock or Clock()
        self.budget = budget
        self.remember = remember
        self.newest = "2026-11-30"  # the day of its last post
        self._made: dict[tuple[str, bool], Reply] = {}
        self.asked: list[tuple[str, str]] = []
        self.strays: list[str] = []
        self._window, self._used = self.clock(), 0

    @property
    def address(self) -> str:
        """The account's address."""
        return f"{self.base}/@{NAME}"

    def answer(self, method: str, url: str, headers: dict[str, str]) -> Reply:
        """Answer one request. `url` may be whole or begin at the path; `headers` have names in any case."""
        path = url.removeprefix(self.base)
        ask = Ask(method, self.base + path, {k.lower(): v for k, v in headers.items()}, self.clock())
        self.asked.append((method, path))
        ask.kind, ask.id, make = self._route(ask)
        if ask.kind in ("media", "thumbnail") and ask.id.isdecimal():
            ask.number = int(ask.id) - 1_000_000
        reply = self._refusal(ask) or self._remembered(ask, make)
        self._mar(ask, reply, early=True)
        self._seal(ask, reply)
        self._mar(ask, reply, early=False)
        return reply

    def _remembered(self, ask: Ask, make: Callable[[Ask], Reply]) -> Reply:
        """The last `remember` answers are not made again: a benchmark is to measure clients, not this fake."""
        if not self.remember or self.faults:
            return make(ask)
        key = (ask.url, bool(ask.headers.get("authorization")))
        if key not in self._made:
            reply = make(ask)
            if reply.doc is not None:
                reply.body, reply.doc = _dump(reply.doc), None
            self._made[key] = reply
            while len(self._made) > self.remember:
                del self._made[next(iter(self._made))]
        return replace(self._made[key], headers=dict(self._made[key].headers))

    def _mar(self, ask: Ask, reply: Reply, early: bool) -> None:
        for fault in self.faults:
            if fault.early == early and (reply.status == 200 or not early):
                fault(ask, reply)

    def _route(self, ask: Ask) -> tuple[str, str, Callable[[Ask], Reply]]:
        for pattern, kind, make in _ROUTES:
            if ask.method in ("GET", "HEAD") and (found := pattern.fullmatch(ask.path)):
                if kind == "page" and ask.query.get("pinned") == "true":
                    kind = "pins"
                return kind, found.groupdict().get("id") or "", partial(make, self)
        return "other", "", lambda ask: _error(404, "Record not found")

    def _refusal(self, ask: Ask) -> Reply | None:
        if not ask.path.startswith("/api/"):
            return None
        if ask.now >= self._window + timedelta(minutes=5):
            self._window, self._used = ask.now, 0
        self._used += 1
        if self._used > self.budget:
            return _error(429, "Too many requests")
        key = ask.headers.get("authorization", "").removeprefix("Bearer ")
        if key and self.token is not None and key != self.token:
            return _error(401, "The access token is invalid")
        if not key and ask.path.endswith("verify_credentials"):
            return _error(401, "The access token is invalid")
        return None

    def _seal(self, ask: Ask, reply: Reply) -> None:
        reply.headers.setdefault("Content-Type", "application/json; charset=utf-8")
        reply.headers |= {"Date": format_datetime(ask.now.astimezone(UTC), usegmt=True), "Server": "Mastodon"}
        if ask.path.startswith("/api/"):
            reset = (self._window + timedelta(minutes=5)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
            left = str(max(0, self.budget - self._used))
            reply.headers |= {"X-RateLimit-Limit": str(self.budget), "X-RateLimit-Remaining": left}
            reply.headers["X-RateLimit-Reset"] = reset
        if reply.doc is not None:
            reply.body = _dump(reply.doc)
        links = [f'<{reply.next}>; rel="next"' if reply.next else "", reply.headers.pop("prev", "")]
        if any(links):
            reply.headers["Link"] = ", ".join(filter(None, links))

    # Endpoints

    def _account(self, ask: Ask) -> Reply:
        if ask.id not in ("", ACCOUNT_ID):
            return _error(404, "Record not found")
        named = ask.query.get("acct", NAME).lower().removeprefix("@").partition("@")[0]
        if ask.path.endswith("/lookup") and named != NAME:
            return _error(404, "Record not found")
        account = self._profile(0) | {"statuses_count": self.world.statuses_count}
        if ask.path.endswith("/verify_credentials"):
            account["source"] = {
                "note": "Exempelviks stadsdelsförvaltning",
                "fields": [],
                "privacy": "public",
            }
        return Reply(doc=account)

    def _statuses(self, ask: Ask) -> Reply:
        if ask.id != ACCOUNT_ID:
            return _error(404, "Record not found")
        if ask.query.get("pinned") == "true":
            pinned = [self._status(self.world.note(id)) for id in self.world.pinned_ids()]
            return Reply(doc=pinned, items=pinned)
        limit = min(MOST, int(ask.query.get("limit", DEFAULT_LIMIT)))  # cut without a word
        items = [self._status(note) for note in self._listed(ask.query, limit)]
        reply = Reply(doc=items, items=items)
        if items:
            kept = {key: value for key, value in ask.query.items() if key not in HIDDEN}
            url = f"{self.base}{ask.path}?"
            reply.headers["prev"] = f'<{url}{urlencode(kept | {"min_id": items[0]["id"]})}>; rel="prev"'
            if len(items) == limit:
                reply.next = url + urlencode(kept | {"max_id": items[-1]["id"]})
        return reply

    def _listed(self, query: dict[str, str], limit: int) -> list[Note]:
        world = self.world
        top = world.index_below(query["max_id"]) if "max_id" in query else world.length - 1
        low = query.get("min_id") or query.get("since_id")
        bottom = world.index_below(str(int(low) + 1)) + 1 if low else 0
        upwards = "min_id" in query
        indexes = range(bottom, top + 1) if upwards else range(top, bottom - 1, -1)
        notes: list[Note] = []
        for id in map(world.id_at, indexes):
            if len(notes) == limit:
                break
            if world.has(id) and _wanted(note := world.note(id), query):
                notes.append(note)
        return notes[::-1] if upwards else notes

    def _one(self, ask: Ask) -> Reply:
        if (note := self._known(ask.id)) is None:
            return _error(404, "Record not found")
        return Reply(doc=self._status(note))

    def _context(self, ask: Ask) -> Reply:
        if (note := self._known(ask.id)) is None:
            return _error(404, "Record not found")
        most, deepest = WITH_KEY if "authorization" in ask.headers else WITHOUT_KEY
        every = self.world.below(note.id)
        depth, below = {note.id: 0}, []
        for reply in every:
            depth[reply.id] = depth[reply.parent or ""] + 1
            if depth[reply.id] <= deepest:
                below.append(reply)
        counts = Counter(reply.parent for reply in every)
        items = [self._status(reply, counts[reply.id]) for reply in below[:most]]
        above = [self._status(each) for each in self._above(note)][-most:]
        return Reply(doc={"ancestors": above, "descendants": items}, items=items)

    def _above(self, note: Note) -> list[Note]:
        above: list[Note] = []
        while note.parent and (parent := self._known(note.parent)):
            above.insert(0, note := parent)
        return above

    def _history(self, ask: Ask) -> Reply:
        if (note := self._known(ask.id)) is None:
            return _error(404, "Record not found")
        return Reply(doc=[self._version(note, time, text) for time, text in note.versions])

    def _media(self, ask: Ask) -> Reply:
        try:
            file = self.world.file(ask.id)
        except KeyError:
            return Reply(status=404, body=b"Not Found", headers={"Content-Type": "text/html"})
        small = "/small/" in ask.path
        body = self.world.data(file, small)
        mime = MIME["jpg" if small else file.extension]
        return Reply(body=body, headers={"Content-Type": mime, "Cache-Control": "public, max-age=315576000"})

    def _face(self, ask: Ask) -> Reply:
        face = File(id=ask.path.rpartition("/")[2], number=-1, extension="png", alt=None)
        return Reply(body=self.world.data(face), headers={"Content-Type": "image/png"})

    def _instance(self, ask: Ask) -> Reply:
        host = self.base.partition("://")[2]
        limits = {"statuses": {"max_characters": 500, "max_media_attachments": 4}}
        rest: Json = {
            "api_versions": {"mastodon": 7},
            "configuration": limits,
            "rules": [],
            "languages": ["sv"],
        }
        return Reply(doc={"domain": host, "uri": host, "title": "Exempelvik", "version": "4.6.0", **rest})

    # Documents

    def _known(self, id: str) -> Note | None:
        return self.world.note(id) if self.world.has(id) else None

    def _profile(self, author: int) -> Json:
        name = NAME if author == 0 else f"granne{author}"
        field = {"name": "Diarium", "value": "registrator@exempelvik.example", "verified_at": None}
        face, head = f"{self.base}/faces/{name}.png", f"{self.base}/faces/{name}-head.png"
        return {
            "id": ACCOUNT_ID if author == 0 else str(int(ACCOUNT_ID) + author),
            "username": name,
            "acct": name,
            "display_name": "Exempelviks stadsdelsförvaltning" if author == 0 else f"Granne {author}",
            "locked": False,
            "bot": False,
            "discoverable": True,
            "group": False,
            "created_at": "2019-05-01T00:00:00.000Z",
            "note": "<p>Stadsdelen vid ån. Påhittad.</p>" if author == 0 else "",
            "url": f"{self.base}/@{name}",
            "uri": f"{self.base}/users/{name}",
            "avatar": face,
            "avatar_static": face,
            "header": head,
            "header_static": head,
            "followers_count": 1234 if author == 0 else 5,
            "following_count": 56,
            "statuses_count": 100 + author,
            "last_status_at": self.newest,
            "emojis": [],
            "fields": [field] if author == 0 else [],
        }

    def _status(self, note: Note, replies: int | None = None) -> Json:
        boosted = note.kind == "boost"
        url = f"{self.base}/@{NAME if note.author == 0 else f'granne{note.author}'}/{note.id}"
        parent = self._known(note.parent) if note.parent else None
        edited = note.versions[-1][0] if len(note.versions) > 1 else None
        status: Json = {
            "id": note.id,
            "created_at": _iso(note.created),
            "in_reply_to_id": note.parent if parent else None,
            "in_reply_to_account_id": self._profile(parent.author)["id"] if parent else None,
            "sensitive": False,
            "spoiler_text": "",
            "visibility": "public",
            "language": "sv",
            "uri": url + ("/activity" if boosted else ""),
            "url": url,
            "replies_count": self.world.replies_count(note.id) if replies is None else replies,
            "reblogs_count": 0,
            "favourites_count": 0,
            "quotes_count": 0,
            "edited_at": _iso(edited) if edited else None,
            "content": _html(note.text),
            "reblog": None,
            "application": {"name": "Web", "website": None},
            "account": self._profile(note.author),
            "media_attachments": [self._attachment(file) for file in note.files],
            "mentions": [],
            "tags": [],
            "emojis": [],
            "card": None,
            "poll": _poll(note) if note.kind == "poll" else None,
        }
        if boosted:  # of something a neighbour wrote a second before
            own = {
                "id": str(int(note.id) - (1000 << 16)),
                "account": self._profile(7),
                "uri": url,
                "replies_count": 0,
            }
            status["reblog"] = status | own
        if note.author == 0:
            status["account"]["statuses_count"] = self.world.statuses_count
        return status

    def _attachment(self, file: File) -> Json:
        size = {"width": 16, "height": 12, "size": "16x12", "aspect": 1.333}
        return {
            "id": file.id,
            "type": {"mp4": "video", "gif": "image"}.get(file.extension, "image"),
            "url": f"{self.base}/media/original/{file.id}.{file.extension}",
            "preview_url": f"{self.base}/media/small/{file.id}.jpg",
            "remote_url": None,
            "preview_remote_url": None,
            "text_url": None,
            "meta": {"original": size, "small": size},
            "description": file.alt,
            "blurhash": "UBL_:rOpGG-oBUNG,qRj2so|=eE1w^n4S5NH",
        }

    def _version(self, note: Note, time: datetime, text: str) -> Json:
        now = self._status(note)
        kept = {name: now[name] for name in ("spoiler_text", "sensitive", "account", "media_attachments", "emojis")}
        poll = {"poll": {"options": [{"title": o["title"]} for o in now["poll"]["options"]]}} if now["poll"] else {}
        return {"content": _html(text), "created_at": _iso(time), **kept, **poll}


def _wanted(note: Note, query: dict[str, str]) -> bool:
    return not (
        (query.get("exclude_replies") in ("true", "1") and note.parent)
        or (query.get("exclude_reblogs") in ("true", "1") and note.kind == "boost")
        or (query.get("only_media") in ("true", "1") and not note.files)
    )


def _poll(note: Note) -> Json:
    options = [{"title": title, "votes_count": votes} for title, votes in (("Lekplats", 41), ("Bänkar vid ån", 58))]
    ends = {"expires_at": _iso(note.created + timedelta(days=7)), "expired": True}
    return {
        "id": note.id[-9:],
        **ends,
        "multiple": False,
        "votes_count": 99,
        "voters_count": 99,
        "options": options,
        "emojis": [],
    }


def _iso(time: datetime) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S.") + f"{time.microsecond // 1000:03}Z"


def _html(text: str) -> str:
    return "<p>" + text.replace("&", "&amp;").replace("<", "&lt;") + "</p>"


def _error(status: int, text: str) -> Reply:
    return Reply(status=status, doc={"error": text})


def _dump(doc: Any) -> bytes:
    """Raw UTF-8 as the real server writes it; escapes where a lone surrogate forbids that."""
    try:
        return json.dumps(doc, ensure_ascii=False, separators=(",", ":")).encode()
    except UnicodeEncodeError:
        return json.dumps(doc, separators=(",", ":")).encode()


def _routes() -> Iterator[tuple[re.Pattern[str], str, Callable[[MastodonFake, Ask], Reply]]]:
    v1 = "/api/v1"
    yield re.compile(r"/media/original/(?P<id>\d+)\.\w+"), "media", MastodonFake._media
    yield re.compile(r"/media/small/(?P<id>\d+)\.jpg"), "thumbnail", MastodonFake._media
    yield re.compile(rf"{v1}/accounts/(?P<id>\d+)/statuses"), "page", MastodonFake._statuses
    yield re.compile(rf"{v1}/statuses/(?P<id>\d+)/context"), "replies", MastodonFake._context
    yield re.compile(rf"{v1}/statuses/(?P<id>\d+)/history"), "history", MastodonFake._history
    yield re.compile(rf"{v1}/statuses/(?P<id>\d+)"), "item", MastodonFake._one
    yield re.compile(rf"{v1}/accounts/(?:lookup|verify_credentials)"), "profile", MastodonFake._account
    yield re.compile(rf"{v1}/accounts/(?P<id>\d+)"), "profile", MastodonFake._account
    yield re.compile(r"/faces/[\w-]+\.png"), "face", MastodonFake._face
    yield re.compile(r"/api/v[12]/instance"), "other", MastodonFake._instance


_ROUTES = tuple(_routes())
