"""The Graph API v26.0 as Facebook pages and Instagram speak it: `GraphFake(GraphWorld(...), faults, token=PLANTED)`.

`fake.address` is the page's, `fake.instagram` the Instagram account's. In the process: `InProcess(fake)` answers for
the API and for the media host. On loopback everything has one origin, and media lie under /media/.

Lacks   writing, batches, insights (empty lists), inbox
Source  facebook-business 26.0.3 (fields, edges, parameters); developers.facebook.com; recorded answers in realdata
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any, Literal
from urllib.parse import urlencode, urlsplit

from tests.planted import planted

from .faults import PLANTED, Ask, Fault, Reply
from .graph_schema import EVERYWHERE, FEEDS, TIMED, VERSION, Edge, Kind, Unreadable, Wanted, kind, wanted
from .graph_world import (
    INSTAGRAM,
    NAME,
    NAMELESS,
    OTHER_PAGE,
    PAGE,
    GraphWorld,
    Link,
    Node,
    Ref,
    mix,
    person,
)
from .mastodon import Clock
from .pictures import MIME

API, MEDIA = "https://graph.facebook.com", "https://scontent.exempelvik-cdn.example"
APP, SECRET = "700000000000001", planted("app-hemlighet")
DERIVED = planted("avledd-sidnyckel")  # the page token that a user or system user is given
LIVING = ("v26.0", "v25.0", "v24.0", "v23.0", "v22.0")  # an older version is answered by the oldest of them
LINK_LIFE = timedelta(days=4, hours=12)
DEFAULT_LIMIT, MOST, MOST_COMMENTS = 25, 100, 50  # of a page; comments: on Instagram
SCOPES = (
    "pages_show_list",
    "pages_read_engagement",
    "pages_read_user_content",
    "instagram_basic",
    "instagram_manage_comments",
    "business_management",
)
DEFAULTS = {  # what a node shows of itself where no fields are asked for
    "Page": "name id",
    "User": "name id",
    "PagePost": "created_time message story id",
    "Post": "created_time message story id",
    "Comment": "created_time from message id",
    "Photo": "created_time name id",
    "Album": "created_time name id",
    "AdVideo": "updated_time description id",
    "Event": "description end_time name place start_time id",
    "Stories": "post_id status creation_time media_type media_id url",
    "Recommendation": "created_time recommendation_type review_text reviewer",
    "StoryAttachment": "description media subattachments target title type url",
    "VideoThumbnail": "id height scale uri width is_preferred",
    "VideoCaption": "create_time is_auto_generated is_default locale locale_name uri",
    "Reaction": "id name type",
    "Profile": "id name",
    "IGComment": "timestamp text id",
    "OpenGraphStory": "start_time type data id",
}
SUMMARIES: dict[str, dict[str, Any]] = {
    "comments": {"order": "chronological", "total_count": 0, "can_comment": True},
    "reactions": {"total_count": 0, "viewer_reaction": "NONE"},
    "likes": {"total_count": 0, "can_like": True, "has_liked": False},
}
NEEDS = {  # scopes by edge; what is not said needs pages_read_engagement, on Instagram instagram_basic
    "comments": "pages_read_user_content",
    "visitor_posts": "pages_read_user_content",
    "ratings": "pages_read_user_content",
    "tagged": "pages_read_user_content",
}
DEAD = {  # subcodes of 190: what is said
    458: "Error validating access token: The user has not authorized application.",
    459: "Error validating access token: You cannot access the app till you log in and follow the instructions given.",
    460: "Error validating access token: The session has been invalidated because the user changed their password.",
    463: "Error validating access token: Session has expired on Friday, 20-Nov-26 00:00:00 PST.",
    464: "Error validating access token: Sessions for the user are not allowed because the user is not confirmed.",
    467: "Error validating access token: The session is invalid because the user logged out.",
    492: "Error validating access token: Session does not match current stored session.",
}

Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """What a token is. `dead` is the subcode of the 190 that it gets, `expires_at` in Unix seconds, 0 for never."""

    kind: Literal["page", "user", "system", "other page"] = "page"
    scopes: tuple[str, ...] = SCOPES
    expires_at: int = 0
    data_access_expires_at: int = 1_803_000_000
    dead: int | None = None

    @property
    def me(self) -> str:
        return {"page": PAGE, "other page": OTHER_PAGE}.get(self.kind, person(0))

    @property
    def type(self) -> str:
        return {"page": "PAGE", "other page": "PAGE", "user": "USER", "system": "SYSTEM_USER"}[self.kind]


class Refused(Exception):
    """An error answer."""

    def __init__(self, code: int, message: str, *, subcode: int = 0, status: int = 400, type: str = "OAuthException"):
        super().__init__(message)
        self.reply = Reply(status=status, doc=error_doc(code, message, subcode=subcode, type=type))


def error_doc(code: int, message: str, *, subcode: int = 0, type: str = "OAuthException", **more: Any) -> Json:
    error: Json = {"message": message, "type": type, "code": code}
    if subcode:
        error["error_subcode"] = subcode
    return {"error": error | more | {"fbtrace_id": "A1m6KK6iBqvjzPeQd4DYbKM"}}


class GraphFake:
    """One page and one Instagram account. `asked` is every request in order; `strays` are asks for foreign hosts, and
    media asked for with a key.

    `token`: the one that is known, and `is_a` what it is. `proof`: an appsecret_proof is needed. `at_most`: items in
    a page, whatever is asked for. `too_much`: from how many nodes on (limits multiplied) the answer is error 1.
    `budget`: requests in an hour. `cap`: the highest-ranked posts of a year that feed edges list, unless a window of
    up to 32 days is asked for; with `cap_windows` then as well. `speaks`: a version that answers instead of the asked.
    `cut_albums`: a post's pictures beyond the limit are left out without a next link.
    """

    def __init__(
        self,
        world: GraphWorld,
        faults: Sequence[Fault] = (),
        *,
        token: str = PLANTED,
        is_a: Token | None = None,
        base: str = API,
        clock: Callable[[], datetime] | None = None,
        proof: bool = False,
        at_most: int = MOST,
        too_much: int | None = None,
        budget: int = 1_000_000,
        cap: int | None = None,
        cap_windows: bool = False,
        speaks: str | None = None,
        cut_albums: bool = False,
        remember: int = 0,
    ) -> None:
        self.world, self.faults, self.token, self.base = world, list(faults), token, base
        self.clock = clock or Clock()
        self.tokens = {token: is_a or Token(), DERIVED: Token()}
        self.proof, self.at_most, self.too_much, self.budget = proof, at_most, too_much, budget
        self.cap, self.cap_windows, self.speaks, self.remember = cap, cap_windows, speaks, remember
        self.cut_albums = cut_albums
        self.asked: list[tuple[str, str]] = []
        self.strays: list[str] = []
        self._made: dict[tuple[str, str], Reply] = {}
        self._window, self._used = self.clock(), 0

    @property
    def bases(self) -> tuple[str, ...]:
        """Every origin that this fake answers for."""
        return (self.base,) if self.local else (self.base, MEDIA)

    @property
    def local(self) -> bool:
        return self.base.startswith("http://127.0.0.1")

    @property
    def address(self) -> str:
        """The account's address: the page's, or on the side of Instagram that one."""
        if self.world.side == "instagram":
            return self.instagram
        return f"{self.base if self.local else 'https://www.facebook.com'}/{NAME}"

    @property
    def instagram(self) -> str:
        return f"{self.base if self.local else 'https://www.instagram.com'}/{NAME}"

    def answer(self, method: str, url: str, headers: dict[str, str]) -> Reply:
        """Answer one request. `url` may be whole or begin at the path; `headers` have names in any case."""
        whole = url if url.startswith("http") else self.base + url
        there = urlsplit(whole)
        ask = Ask(method, whole, {k.lower(): v for k, v in headers.items()}, self.clock())
        self.asked.append((method, f"{there.path}?{there.query}" if there.query else there.path))
        if ask.path.startswith("/media/"):
            reply = self._media(ask)
        else:
            self._name(ask)
            reply = self._api(ask)
        self._mar(ask, reply, early=True)
        self._seal(ask, reply)
        self._mar(ask, reply, early=False)
        return reply

    def _mar(self, ask: Ask, reply: Reply, early: bool) -> None:
        for fault in self.faults:
            if fault.early == early and (reply.status == 200 or not early):
                fault(ask, reply)

    def _seal(self, ask: Ask, reply: Reply) -> None:
        reply.headers.setdefault("Content-Type", "application/json; charset=UTF-8")
        reply.headers.setdefault("Date", format_datetime(ask.now.astimezone(UTC), usegmt=True))
        if ask.kind in ("media", "thumbnail", "caption", "face"):
            return
        self._usage(ask, reply)
        version = (re.match(r"/(v\d+\.\d+)/", ask.path) or ["", VERSION])[1]
        reply.headers["facebook-api-version"] = self.speaks or (version if version in LIVING else LIVING[-1])
        reply.headers |= {"x-fb-trace-id": "HGw7OMn7FTP", "x-fb-request-id": "AkQ9", "x-fb-rev": "1031000000"}
        if isinstance(reply.doc, dict) and isinstance(reply.doc.get("data"), list):
            if reply.next:
                reply.doc.setdefault("paging", {})["next"] = reply.next
            else:
                reply.doc.get("paging", {}).pop("next", None)
        if reply.doc is not None:
            reply.body = dump(reply.doc)

    def _usage(self, ask: Ask, reply: Reply) -> None:
        token = self.tokens.get(self._key(ask))
        percent = min(100, self._used * 100 // self.budget)
        use: Json = {"call_count": percent, "total_cputime": percent // 2, "total_time": percent // 2}
        if token and token.type == "USER":
            reply.headers.setdefault("X-App-Usage", json.dumps(use))
        elif token:
            type = "instagram" if self.world.side == "instagram" else "pages"
            wait = self._minutes(ask.now) if percent >= 100 else 0
            use = {"type": type, **use, "estimated_time_to_regain_access": wait}
            reply.headers.setdefault("X-Business-Use-Case-Usage", json.dumps({PAGE: [use]}))

    def _minutes(self, now: datetime) -> int:
        return max(1, int((self._window + timedelta(hours=1) - now).total_seconds() // 60))

    # Which request it is

    def _name(self, ask: Ask) -> None:
        """Say what is asked for: its kind and its id, as faults pick by."""
        first, edge = self._parts(ask)
        if first == "debug_token":
            ask.kind = "token"
        elif edge in ("comments", "replies"):
            ask.kind, ask.id = "replies", first
        elif edge in ("published_posts", "media"):
            ask.kind, ask.id = "page", first
        elif edge in FEEDS or edge in (
            "photos",
            "albums",
            "videos",
            "video_reels",
            "stories",
            "events",
            "ratings",
            "tags",
        ):
            ask.kind, ask.id = "list", first
        elif edge:
            ask.kind, ask.id = "part", first
        elif first in ("me", PAGE, NAME, INSTAGRAM):
            ask.kind, ask.id = "profile", first
        else:
            ask.kind, ask.id = "item", first

    def _parts(self, ask: Ask) -> tuple[str, str]:
        """Node and edge of a path, "" where there is none."""
        path = re.sub(r"^/v\d+\.\d+(?=/|$)", "", ask.path).strip("/").split("/")
        first, edge = path[0], path[1] if len(path) > 1 else ""
        if "ids" in ask.query and first and not edge:
            return "", first
        return first, edge

    def _key(self, ask: Ask) -> str:
        header = ask.headers.get("authorization", "")
        return header.removeprefix("Bearer ").removeprefix("OAuth ") or ask.query.get("access_token", "")

    # The API

    def _api(self, ask: Ask) -> Reply:
        cached = (ask.url, self._key(ask))
        if self.remember and not self.faults and cached in self._made:
            self._used += 1
            return replace(self._made[cached], headers={})
        try:
            reply = self._answered(ask)
        except Refused as refused:
            return refused.reply
        except Unreadable as error:
            return Refused(2500, str(error)).reply
        if self.remember and not self.faults:
            reply = Reply(body=dump(self._joined(reply)))
            self._made[cached] = reply
            while len(self._made) > self.remember:
                del self._made[next(iter(self._made))]
            return replace(reply, headers={})
        return reply

    def _joined(self, reply: Reply) -> Any:
        if reply.next:
            reply.doc.setdefault("paging", {})["next"] = reply.next
        return reply.doc

    def _answered(self, ask: Ask) -> Reply:
        if ask.method not in ("GET", "HEAD"):
            raise Refused(100, "Unsupported post request.", subcode=33, type="GraphMethodException")
        if ask.path.strip("/").count("/") > 2:
            raise Refused(2500, f"Unknown path components: /{ask.path.rpartition('/')[2]}")
        self._limit(ask)
        first, edge = self._parts(ask)
        if first == "debug_token":
            return self._debug(ask)
        read = _Read(self, ask, self._token(ask))
        if "ids" in ask.query:
            return read.many(edge)
        node = read.known(read.token.me if first == "me" else first)
        if not edge:
            return Reply(doc=read.one(node))
        if edge == "picture":
            return read.face(node)
        return read.list(node, edge)

    def _limit(self, ask: Ask) -> None:
        if ask.now >= self._window + timedelta(hours=1):
            self._window, self._used = ask.now, 0
        self._used += 1
        if self._used > self.budget:
            code = 80002 if self.world.side == "instagram" else 80001
            raise Refused(code, f"(#{code}) There have been too many calls to this account. Wait a bit and try again.")

    def _token(self, ask: Ask) -> Token:
        key = self._key(ask)
        if not key:
            raise Refused(104, "An access token is required to request this resource.")
        token = self.tokens.get(key)
        if token is None:
            raise Refused(190, "Invalid OAuth access token - Cannot parse access token")
        dead = token.dead or (463 if 0 < token.expires_at < ask.now.timestamp() else 0)
        if dead:
            raise Refused(190, DEAD[dead], subcode=dead)
        given = ask.query.get("appsecret_proof")
        if given is None and self.proof:
            raise Refused(
                100, "API calls from the server require an appsecret_proof argument", type="GraphMethodException"
            )
        if given is not None and given != hmac.new(SECRET.encode(), key.encode(), hashlib.sha256).hexdigest():
            raise Refused(100, "Invalid appsecret_proof provided in the API argument", type="GraphMethodException")
        return token

    def _debug(self, ask: Ask) -> Reply:
        if self._key(ask) != f"{APP}|{SECRET}":
            said = (
                "You must provide an app access token, or a user access token that is an owner or developer of the app"
            )
            raise Refused(100, f"(#100) {said}")
        token = self.tokens.get(ask.query.get("input_token", ""))
        if token is None:
            error = {"code": 190, "message": "Invalid OAuth access token."}
            return Reply(doc={"data": {"error": error, "is_valid": False, "scopes": []}})
        dead = token.dead or (463 if 0 < token.expires_at < ask.now.timestamp() else 0)
        doc: Json = {
            "app_id": APP,
            "type": token.type,
            "application": "Årsring",
            "data_access_expires_at": token.data_access_expires_at,
            "expires_at": token.expires_at,
            "is_valid": not dead,
            "scopes": list(token.scopes),
            "granular_scopes": [{"scope": scope, "target_ids": [PAGE]} for scope in token.scopes],
            "user_id": person(0),
        }
        if token.type == "PAGE":
            doc["profile_id"] = token.me
        if dead:
            doc["error"] = {"code": 190, "message": DEAD[dead], "subcode": dead}
        return Reply(doc={"data": doc})

    # Media

    def link(self, link: Link) -> str:
        """A link as of now, to be used until it has expired."""
        until = f"{int((self.clock() + LINK_LIFE).timestamp()):X}"
        extension = self.world.extension(link.file, link.rendition)
        origin = self.base if self.local else MEDIA
        signed = _signature(link.file, link.rendition, until)
        stp = "" if link.rendition == "o" else f"stp=dst-jpg_{link.rendition}&"
        return (
            f"{origin}/media/{link.file}/{link.rendition}.{extension}?{stp}_nc_cat=108&ccb=1-7&oh={signed}&oe={until}"
        )

    def _media(self, ask: Ask) -> Reply:
        if "authorization" in ask.headers or "access_token" in ask.query or self.token in ask.url:
            self.strays.append(f"a key was sent to the media host: {ask.path}")
        found = re.fullmatch(r"/media/([\w-]+)/(\w)\.(\w+)", ask.path)
        file = self.world.files.get(found[1]) if found else None
        if found is None or file is None:
            return _text(404, "Not found")
        kinds = {"srt": "caption"}
        ask.kind = kinds.get(file.extension, "media" if found[2] == "o" else "thumbnail")
        if file.id in ("face", "cover", "iface"):
            ask.kind = "face"
        ask.id, ask.number = file.id, file.number
        until = ask.query.get("oe", "0")
        if not re.fullmatch("[0-9A-Fa-f]+", until):
            return _text(403, "Bad URL timestamp")
        if int(until, 16) <= ask.now.timestamp():
            return _text(403, "URL signature expired")
        if ask.query.get("oh") != _signature(found[1], found[2], until):
            return _text(403, "Bad URL hash")
        mime = MIME.get(found[3], "application/x-subrip")
        return Reply(body=self.world.data(found[1], found[2]), headers={"Content-Type": mime})


class _Read:
    """One read: what a token is shown of the world."""

    def __init__(self, fake: GraphFake, ask: Ask, token: Token) -> None:
        self.fake, self.world, self.ask, self.token = fake, fake.world, ask, token
        self.asked = wanted(ask.query["fields"]) if ask.query.get("fields") else None

    # The three forms of an answer

    def one(self, node: Node) -> Json:
        self._no_others(EVERYWHERE | {"type", "redirect"}, {})
        self._affordable(1 + self._check(_kind(node.kind), self.asked))
        return self.shown(node, self.asked)

    def many(self, edge: str) -> Reply:
        ids = self.ask.query["ids"].split(",")
        if len(ids) > 50:
            raise Refused(100, f"(#100) Too many IDs. Maximum: 50. Provided: {len(ids)}.")
        missing = [id for id in ids if not self.world.has(self._own(id))]
        if missing:
            said = f"(#803) Some of the aliases you requested do not exist: {','.join(missing)}"
            raise Refused(803, said, status=404)
        nodes = [self.known(id) for id in ids]
        if not edge:
            return Reply(doc={id: self.one(node) for id, node in zip(ids, nodes, strict=True)})
        doc = {}
        for id, node in zip(ids, nodes, strict=True):
            reply = self.list(node, edge)
            doc[id] = self.fake._joined(reply)
        return Reply(doc=doc)

    def list(self, node: Node, name: str) -> Reply:
        edge = _kind(node.kind).edges.get(name)
        if edge is None:
            said = f"(#100) Tried accessing nonexisting field ({name}) on node type ({_kind(node.kind).said})"
            raise Refused(100, said)
        params = {key: value for key, value in self.ask.query.items() if key not in ("fields", "ids")}
        self._no_others(EVERYWHERE | (TIMED if self.world.paging else set()), edge.params)
        self._allowed(name, edge, params)
        self._affordable(self._limit(params) * (1 + self._check(kind(edge.kind), self.asked)))
        doc, following = self._page(node, name, edge, params, self.asked, self.ask.query.get("fields", ""), top=True)
        return Reply(doc=doc, items=doc["data"], next=following)

    def face(self, node: Node) -> Reply:
        face = self._face(node)
        if self.ask.query.get("redirect") in ("0", "false"):
            return Reply(doc=face)
        return Reply(status=302, headers={"Location": face["data"]["url"]})

    def _face(self, node: Node) -> Json:
        url = self.fake.link(Link("iface" if node.kind == "IGUser" else "face"))
        return {"data": {"height": 200, "is_silhouette": False, "url": url, "width": 200}}

    def known(self, id: str) -> Node:
        try:
            return self.world.node(self._own(id))
        except KeyError:
            said = (
                f"Unsupported get request. Object with ID '{id}' does not exist, cannot be loaded due to missing "
                "permissions, or does not support this operation. Please read the Graph API documentation at "
                "https://developers.facebook.com/docs/graph-api"
            )
            raise Refused(100, said, subcode=33, type="GraphMethodException") from None

    def _own(self, id: str) -> str:
        return PAGE if id == NAME else id

    # Is it in the whitelist, and is it not too much

    def _check(self, of: Kind | None, asked: Sequence[Wanted] | None) -> int:
        """Refuse what v26 does not know; how many nodes are asked for below each node."""
        cost = 0
        for one in asked or ():
            if of is None:
                return cost
            if one.name in of.edges:
                edge = of.edges[one.name]
                for param in one.params:
                    if param not in {*EVERYWHERE, *edge.params, "as"}:
                        raise Refused(100, f"(#100) Unknown modifier .{param}() on {one.name}")
                self._allowed(one.name, edge, one.params)
                cost += self._limit(one.params) * (1 + self._check(kind(edge.kind), one.inner))
            elif one.name in of.fields:
                type = of.fields[one.name]
                cost += self._check(kind(type), one.inner) if type else 0
            else:
                said = f"(#100) Tried accessing nonexisting field ({one.name}) on node type ({of.said})"
                raise Refused(100, said)
        return cost

    def _no_others(self, known: Iterable[str], also: dict[str, Any]) -> None:
        for param in self.ask.query:
            if param not in known and param not in also and param != "again":
                raise Refused(100, f"(#100) Unknown parameter: {param}")

    def _allowed(self, name: str, edge: Edge, params: dict[str, str]) -> None:
        for param, values in edge.params.items():
            for value in re.findall(r"[^\s,\[\]\"']+", params.get(param, "")) if values else ():
                if value not in values:
                    allowed = ", ".join(sorted(values))
                    raise Refused(100, f'(#100) Param {param} must be one of {{{allowed}}} - got "{value}".')
        limit = params.get("limit", str(DEFAULT_LIMIT))
        if not limit.isdecimal():
            raise Refused(100, "(#100) Param limit must be an integer")
        if name in FEEDS and int(limit) > MOST:
            raise Refused(100, f"(#100) The limit parameter must be at most {MOST} - got {limit}")

    def _limit(self, params: dict[str, str]) -> int:
        limit = params.get("limit", str(DEFAULT_LIMIT))
        return int(limit) if limit.isdecimal() else DEFAULT_LIMIT

    def _affordable(self, cost: int) -> None:
        if self.fake.too_much is not None and cost > self.fake.too_much:
            said = "Please reduce the amount of data you're asking for, then retry your request"
            raise Refused(1, said, status=500)

    # What a node shows

    def shown(self, node: Node, asked: Sequence[Wanted] | None) -> Json:
        if node.raw is not None:
            return _picked(node.raw, None if asked is None else [*asked, Wanted("id")])
        of = _kind(node.kind)
        inside = [Wanted(name) for name in DEFAULTS.get(node.kind, "id").split()] if asked is None else asked
        doc: Json = {}
        for one in inside:
            if one.name == "picture" and one.name in of.edges:
                doc[one.shown] = self._face(node)
            elif one.name in of.edges:
                edge = of.edges[one.name]
                part, following = self._page(node, one.name, edge, one.params, one.inner, one.text, top=False)
                if following:
                    part.setdefault("paging", {})["next"] = following
                if part["data"] or "summary" in part:
                    doc[one.shown] = part
            elif one.name == "access_token" and node.id == PAGE:
                if self.token.type != "PAGE":
                    doc["access_token"] = DERIVED
            elif (value := self._value(node.values.get(one.name), one.inner, one.name)) is not None:
                doc[one.shown] = value
        if node.kind not in NAMELESS and "id" not in doc:
            doc["id"] = node.id
        if node.kind == "IGComment" and "instagram_manage_comments" not in self.token.scopes:
            doc.pop("username", None)
            doc.pop("from", None)
        return doc

    def _value(self, value: Any, inner: Sequence[Wanted] | None, name: str = "") -> Any:
        if callable(value):
            value = value()
        match value:
            case Ref():
                if not self.world.has(value.id):
                    return None
                if inner is None and name == "from":
                    inner = [Wanted("name"), Wanted("id")]
                return self.shown(self.world.node(value.id), inner)
            case Link():
                return self.fake.link(value)
            case dict():
                return _picked({key: self._value(part, None) for key, part in value.items()}, inner)
            case list():
                return [_picked(self._value(part, None), inner) for part in value]
        return value

    # What lies behind an edge

    def _page(
        self,
        node: Node,
        name: str,
        edge: Edge,
        params: dict[str, str],
        asked: Sequence[Wanted] | None,
        text: str,
        *,
        top: bool,
    ) -> tuple[Json, str | None]:
        """One page of an edge, and the link to the next."""
        self._may(node, name)
        if name == "insights":
            return self._insights(node, params), None
        every = self._listed(node, name, params)
        if every and every[0].raw is not None:
            return self._recorded(node, name, params, every, asked, text)
        limit = min(self._limit(params), MOST, self.fake.at_most)
        if name == "comments" and edge.kind == "IGComment":
            limit = min(limit, MOST_COMMENTS)
        timed = name in FEEDS and ("since" in params or "until" in params)
        start, end = self._from(every, params, limit)
        part = every[start:end]
        doc: Json = {"data": [self.shown(one, asked) for one in part]}
        following = None
        if part and timed:
            before = self._link(
                node, name, params, text, since=_unix(part[0].made), paging_token=part[0].id, previous=True
            )
            after = self._link(node, name, params, text, until=_unix(part[-1].made), paging_token=part[-1].id)
            doc["paging"], following = {"previous": before}, after
        elif part and not (name == "subattachments" and self.fake.cut_albums):
            doc["paging"] = {"cursors": {"before": _cursor(part[0].id), "after": _cursor(part[-1].id)}}
            if start:
                doc["paging"]["previous"] = self._link(node, name, params, text, before=_cursor(part[0].id))
            if end < len(every):
                following = self._link(node, name, params, text, after=_cursor(part[-1].id))
        doc |= self._summary(name, params, len(every))
        return doc, following

    def _recorded(
        self,
        node: Node,
        name: str,
        params: dict[str, str],
        every: Sequence[Node],
        asked: Sequence[Wanted] | None,
        text: str,
    ) -> tuple[Json, str | None]:
        """The recorded page as it was, paging and all; where it had a next link, that leads to an empty page."""
        if params.get("after") or params.get("__paging_token"):
            return {"data": []}, None
        doc: Json = {"data": [self.shown(one, asked) for one in every]}
        paging = dict(self.world.paging or {})
        following = None
        if said := paging.pop("next", None):
            last = every[-1]
            to: Json = {"after": _cursor(last.id)}
            if "__paging_token" in said:
                to = {"until": _unix(last.made), "paging_token": last.id}
            following = self._link(node, name, params, text, **to)
        if paging:
            doc["paging"] = paging
        return doc | self._summary(name, params, len(every)), following

    def _summary(self, name: str, params: dict[str, str], total: int) -> Json:
        """The summary of an edge, where one is asked for and there is one."""
        wish = params.get("summary")
        if not wish or name not in SUMMARIES:
            return {}
        whole = SUMMARIES[name] | {"total_count": total}
        keys = [key for key in whole if key in wish.split(",")]
        return {"summary": {key: whole[key] for key in keys or whole}}

    def _insights(self, node: Node, params: dict[str, str]) -> Json:
        """A figure for each day of the span."""
        since, until = _window(params)
        days = [] if since < 0 or until == float("inf") else range(int(since) // 86_400 + 1, int(until) // 86_400 + 1)
        values = [
            {"value": day % 9, "end_time": datetime.fromtimestamp(day * 86_400, UTC).strftime("%Y-%m-%dT08:00:00+0000")}
            for day in days
        ]
        names = re.findall(r"\w+", params.get("metric", ""))
        return {
            "data": [
                {
                    "name": name,
                    "period": params.get("period", "day"),
                    "values": values,
                    "title": name,
                    "id": f"{node.id}/insights/{name}/day",
                }
                for name in names
            ]
        }

    def _from(self, every: Sequence[Node], params: dict[str, str], limit: int) -> tuple[int, int]:
        """Where a page begins and ends."""
        ids = [node.id for node in every]
        if token := params.get("__paging_token"):
            at = _place(ids, token, every, self.world)
            if params.get("__previous"):
                return max(0, at - 1 - limit), at - 1
            return at, min(at + limit, len(ids))
        if after := params.get("after"):
            at = _place(ids, _cursed(after), every, self.world)
            return at, min(at + limit, len(ids))
        if before := params.get("before"):
            at = _place(ids, _cursed(before), every, self.world) - 1
            return max(0, at - limit), at
        return 0, min(limit, len(ids))

    def _link(self, node: Node, name: str, params: dict[str, str], text: str, **to: Any) -> str:
        gone = {"access_token", "appsecret_proof", "after", "before", "__paging_token", "__previous", "as", "again"}
        kept = {key: value for key, value in params.items() if key not in gone}
        if "paging_token" in to:
            to["__paging_token"] = to.pop("paging_token")
        if to.pop("previous", False):
            to["__previous"] = "1"
        query = (
            {"access_token": self.fake._key(self.ask), "pretty": "0"} | ({"fields": text} if text else {}) | kept | to
        )
        return f"{self.fake.base}/{VERSION}/{node.id}/{name}?{urlencode(query)}"

    def _may(self, node: Node, name: str) -> None:
        if self.token.kind == "other page" and node.id == PAGE:
            said = "(#10) This endpoint requires the 'pages_read_engagement' permission."
            raise Refused(10, said, status=403)
        needs = "instagram_basic" if node.kind.startswith("IG") else NEEDS.get(name, "pages_read_engagement")
        if needs not in self.token.scopes and name != "subattachments":
            code = 200 if name == "ratings" else 10
            raise Refused(code, f"(#{code}) This endpoint requires the '{needs}' permission to be granted.", status=403)

    def _listed(self, node: Node, name: str, params: dict[str, str]) -> list[Node]:
        """Everything that an edge lists, in its order."""
        world = self.world
        if name in FEEDS and node.id == PAGE:
            return self._feed(name, params)
        if name == "comments" or name == "replies":
            return self._comments(node, name, params)
        if name in ("reactions", "likes"):
            kinds = {"LIKE"} if name == "likes" else set(params["type"].split(",")) if "type" in params else None
            who = [(id, type) for id, type in world.reactions(node.id) if kinds is None or type in kinds]
            people = [world.node(id) for id, _ in who]
            return [
                Node(p.id, "Reaction", p.made, p.values | {"type": type})
                for p, (_, type) in zip(people, who, strict=True)
            ]
        if name == "accounts":
            return [world.node(PAGE)]
        lists = {"albums": "albums", "photos": "photos", "videos": "videos", "video_reels": "reels", "events": "events"}
        lists |= {"stories": "stories", "ratings": "ratings"}
        if node.kind == "Page" and node.id == PAGE and name in lists:
            return self._filtered(name, world.living(world.lists[lists[name]])[::-1], params)
        if node.id == INSTAGRAM and name in ("media", "stories", "tags"):
            own = {"media": "media", "stories": "igstories", "tags": "igtags"}[name]
            return self._filtered(f"ig {name}", world.living(world.lists[own])[::-1], params)
        ids = node.edges.get(name, [])
        return world.living(ids[::-1] if name == "photos" else ids)

    def _filtered(self, name: str, nodes: list[Node], params: dict[str, str]) -> list[Node]:
        now = self.ask.now
        if nodes and nodes[0].raw is not None:
            return nodes
        if name == "ig stories":
            nodes = [node for node in nodes if now - timedelta(hours=24) < node.made <= now]
        if name == "stories" and (status := params.get("status")):
            nodes = [node for node in nodes if node.values["status"] in status]
        if name == "events":
            past = params.get("time_filter", "upcoming") == "past"  # the trap: without, only what is to come
            nodes = [node for node in nodes if (node.made < now) == past]
            if params.get("include_canceled") not in ("true", "1") and "canceled" not in params.get(
                "event_state_filter", ""
            ):
                nodes = [node for node in nodes if not node.values["is_canceled"]]
        since, until = _window(params)
        return [node for node in nodes if since <= node.made.timestamp() <= until]

    def _feed(self, name: str, params: dict[str, str]) -> list[Node]:
        nodes = self.world.living(self.world.lists["posts" if name == "published_posts" else name])[::-1]
        if nodes and nodes[0].raw is not None:
            return nodes
        if params.get("include_hidden") not in ("true", "1"):
            nodes = [node for node in nodes if not node.values["is_hidden"]]
        if params.get("show_expired") not in ("true", "1"):
            nodes = [node for node in nodes if not node.values["is_expired"]]
        since, until = _window(params)
        if self.fake.cap is not None and (self.fake.cap_windows or until - since > 32 * 86_400):
            years: dict[int, list[Node]] = defaultdict(list)
            for node in nodes:
                years[node.made.year].append(node)
            ranked = [sorted(year, key=lambda node: mix(node.id))[: self.fake.cap] for year in years.values()]
            kept = {node.id for year in ranked for node in year}
            nodes = [node for node in nodes if node.id in kept]
        return [node for node in nodes if since <= node.made.timestamp() <= until]

    def _comments(self, node: Node, name: str, params: dict[str, str]) -> list[Node]:
        world = self.world
        if self.token.type != "PAGE" and not node.kind.startswith("IG"):
            return []
        if node.kind in ("Comment", "IGComment"):
            every = list(self._under(node.id, deep=params.get("filter") == "stream"))
        else:
            every = world.comments_of(node.id)
            if params.get("filter", "toplevel") == "toplevel" or node.kind == "IGMedia":
                every = [id for id in every if world.above[id] is None]
        nodes = sorted(world.living(every), key=lambda one: one.made)
        if any(one.raw is not None for one in nodes):
            nodes = world.living(every)
        if (name == "comments" and node.kind == "IGMedia") or params.get("order") == "reverse_chronological":
            nodes.reverse()
        since = _moment(params["since"]) if "since" in params else float("-inf")
        return [one for one in nodes if one.made.timestamp() >= since]

    def _under(self, comment: str, deep: bool) -> Iterable[str]:
        for id in self.world.below.get(comment, ()):
            if self.world.has(id):
                yield id
                if deep:
                    yield from self._under(id, deep)


def _kind(name: str) -> Kind:
    found = kind(name)
    assert found is not None, name
    return found


def _picked(value: Any, inner: Sequence[Wanted] | None) -> Any:
    """What was asked for of a plain value."""
    if inner is None:
        return value
    if isinstance(value, list):
        return [_picked(one, inner) for one in value]
    if isinstance(value, dict):
        return {one.shown: _picked(value[one.name], one.inner) for one in inner if one.name in value}
    return value


def _place(ids: list[str], id: str, every: Sequence[Node], world: GraphWorld) -> int:
    """Where the list goes on behind an id, also if that is gone by now."""
    if id in ids:
        return ids.index(id) + 1
    gone = world.nodes.get(id)
    if gone is None:
        raise Refused(100, "(#100) Invalid cursor")
    return sum(node.made >= gone.made for node in every)


def _cursor(id: str) -> str:
    return "QVFIU" + urlsafe_b64encode(id.encode()).decode().rstrip("=")


def _cursed(cursor: str) -> str:
    text = cursor.removeprefix("QVFIU")
    try:
        return urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()
    except ValueError:
        raise Refused(100, "(#100) Invalid cursor") from None


def _window(params: dict[str, str]) -> tuple[float, float]:
    since = _moment(params["since"]) if params.get("since") else float("-inf")
    return since, _moment(params["until"]) if params.get("until") else float("inf")


def _moment(text: str) -> float:
    if text.isdecimal():
        return float(text)
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        raise Refused(100, f"(#100) Not a time: {text}") from None
    return (time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp()


def _unix(time: datetime) -> int:
    return int(time.timestamp())


def _signature(file: str, rendition: str, until: str) -> str:
    return hashlib.sha1(f"{file}/{rendition}/{until}".encode()).hexdigest()[:32]


def _text(status: int, text: str) -> Reply:
    return Reply(status=status, body=text.encode(), headers={"Content-Type": "text/plain"})


def dump(doc: Any) -> bytes:
    """As the real server writes it: every letter beyond ASCII escaped, slashes too."""
    return json.dumps(doc, separators=(",", ":")).replace("/", "\\/").encode()
