"""www.instagram.com and i.instagram.com, as far as instaloader 4.16 and our second door ask them.

One account with highlights, a story archive, and posts with comments; who is logged in is told by the cookie or by the
app's bearer token. Stateful: what is changed in the fake is changed in its next answers.

Lacks   writing, searching, other people's accounts; signed-out visitors (a redirect to the login page)
Source  instaloader 4.16 (what it asks for, and what it reads of the answers); the recorded answers of
        pgrimaud/instagram-user-feed (highlights-folders, stories, profile-alternative); day shells:
        ping/instagram_private_api, endpoints/highlights.py; replies: mgp25/Instagram-API, Response/Model/Comment.php
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests
from requests.adapters import BaseAdapter

from tests.planted import MARK

from .faults import FOR_EVER, Ask, Fault, Reply
from .mastodon import Clock
from .pictures import MIME, picture
from .wires import InProcess, _raw

NAME, USER = "exempelvik", "1830777731"
WWW, APP, FILES = "www.instagram.com", "i.instagram.com", "scontent.cdninstagram.com"
PROFILE, POST = "27937681195819736", "27128499623469141"  # doc_id
HIGHLIGHTS, REEL = "7c16654f22c819fb63d1183034a5162f", "45246d3fe16ccc6577e0bd297a5db1ab"  # query_hash
Json = dict[str, Any]


@dataclass
class Story:
    """One story: a picture, or a film with its picture."""

    pk: str
    film: bool = False
    text: str = ""
    width: int = 1080
    height: int = 1920
    taken: int = 1_779_000_000  # Unix seconds


@dataclass
class Comment:
    pk: str
    text: str
    author: str = "granne1"
    replies: list[Comment] = field(default_factory=list)
    made: int = 1_779_100_000


def stories(*pks: str) -> list[Story]:
    return [Story(pk, film=int(pk) % 3 == 0, text=f"Öppet hus {pk} å", taken=1_779_000_000 + int(pk)) for pk in pks]


def thread(count: int, start: int = 0, replies: dict[int, int] | None = None) -> list[Comment]:
    """`count` comments, numbered from `start`; `replies` says how many answers which of them have."""
    made = [Comment(f"17{start + number:015}", f"Kommentar {start + number} 🦌") for number in range(count)]
    for number, answers in (replies or {}).items():
        made[number].replies = [
            Comment(f"18{number:06}{place:09}", f"Svar {place} på {number}", "granne2") for place in range(answers)
        ]
    return made


class InstagramWeb:
    """`asked` is every request in order, a form behind its address; `strays` are asks for other hosts."""

    def __init__(
        self,
        faults: Sequence[Fault] = (),
        *,
        session: str = f"1830777731%3A{MARK}%3A12%3AAYc",
        clock: Callable[[], datetime] | None = None,
    ) -> None:
        self.faults, self.session, self.clock = list(faults), session, clock or Clock()
        self.asked: list[tuple[str, str]] = []
        self.strays: list[str] = []
        self.address = f"https://{WWW}/{NAME}/"
        self.name, self.posts = NAME, 1  # as the profile says
        self.highlights: dict[str, tuple[str, list[Story]]] = {
            "18000000000000001": ("Öppet hus", stories("3001", "3002", "3003")),
            "18000000000000002": ("Förskolan", stories("3003", "3004")),  # a film that is in both
            "18000000000000003": ("Biblioteket", stories("3005")),
        }
        self.days = {f"archiveDay:1790000000000000{day}": stories(f"{4000 + day}", f"{4100 + day}") for day in range(5)}
        self.comments = {"BExempelvik": thread(45, replies={3: 1, 7: 25})}
        self.folders: list[Json] | None = None  # recorded edges, instead of the highlights of the web
        self.nodes: list[Json] | None = None  # recorded stories, instead of those that the web shows of any highlight

    @property
    def cookies(self) -> dict[str, str]:
        return {"sessionid": self.session, "csrftoken": "c5rfH3mL1gtTecken", "ds_user_id": USER, "mid": "mIdH3mL1g0123"}

    @property
    def key(self) -> Json:
        return {"session": {"username": NAME, "cookies": self.cookies}}

    def answer(self, method: str, url: str, headers: dict[str, str], body: str = "") -> Reply:
        ask = Ask(method, url, {name.lower(): value for name, value in headers.items()}, self.clock())
        self.asked.append((method, f"{url}?{body}" if body else url))
        there = urlsplit(url)
        form = {name: values[-1] for name, values in parse_qs(there.query + "&" + body).items()}
        reply = self._refusal(ask) or self._routed(ask, there.netloc, there.path, form)
        for early in (True, False):
            for fault in self.faults:
                if fault.early == early and (reply.status == 200 or not early):
                    fault(ask, reply)
            if early and reply.doc is not None:
                reply.body = json.dumps(reply.doc).encode()
                reply.headers.setdefault("Content-Type", "application/json; charset=utf-8")
        return reply

    def _refusal(self, ask: Ask) -> Reply | None:
        host = urlsplit(ask.url).netloc
        if host == WWW and f"sessionid={self.session}" not in ask.headers.get("cookie", ""):
            return Reply(302, {"Location": f"https://{WWW}/accounts/login/?next=/graphql/query"})
        if host == APP:
            token = ask.headers.get("authorization", "").removeprefix("Bearer IGT:2:")
            if not token or json.loads(base64.b64decode(token)) != {"ds_user_id": USER, "sessionid": self.session}:
                return _fail(403, "login_required")
        return None

    def _routed(self, ask: Ask, host: str, path: str, form: dict[str, str]) -> Reply:
        variables = json.loads(form.get("variables", "{}"))
        if host == FILES:
            ask.kind = "media"
            kind = path.rpartition(".")[2]
            return Reply(body=picture(kind, path, 900), headers={"Content-Type": MIME[kind]})
        if host == WWW:
            match form.get("doc_id") or form.get("query_hash"):
                case "27937681195819736":
                    return self._said(ask, "profile", self._profile())
                case "27128499623469141":
                    return self._said(ask, "post", self._post(variables["shortcode"]))
                case "7c16654f22c819fb63d1183034a5162f":
                    return self._said(ask, "highlights", self._folders())
                case "45246d3fe16ccc6577e0bd297a5db1ab":
                    return self._said(ask, "highlight", self._shown(variables["highlight_reel_ids"][0]))
        for pattern, kind, make in _PATHS:
            if host == APP and (found := re.fullmatch(pattern, path)):
                doc = make(self, form, *found.groups())
                reply = self._said(ask, kind, doc) if doc else _fail(404, "Media not found or unavailable")
                token = base64.b64encode(json.dumps({"sessionid": self.session}).encode()).decode()
                reply.headers |= {"ig-set-authorization": f"Bearer IGT:2:{token}", "ig-set-ig-u-rur": "CLN,1,2:01f7"}
                return reply
        return _fail(404, "not found")

    def _said(self, ask: Ask, kind: str, doc: Json) -> Reply:
        ask.kind = kind
        reply = Reply(doc={**doc, "status": "ok"}, headers={"Set-Cookie": f"sessionid={self.session}; Secure"})
        rows = next((doc[name] for name in ("comments", "child_comments", "tray", "items") if name in doc), [])
        reply.items = rows
        return reply

    # What the web is shown

    def _profile(self) -> Json:
        counts = {"media_count": self.posts, "follower_count": 1234, "highlight_reel_count": len(self.highlights)}
        return {"data": {"user": {"id": USER, "pk": USER, "username": self.name, "full_name": "Exempelvik"} | counts}}

    def _post(self, code: str) -> Json:
        media = {"code": code, "pk": _media(code), "media_type": 1, "taken_at": 1_779_000_000, "user": {"pk": USER}}
        media["comment_count"] = _size(self.comments[code])
        return {"data": {"xdt_api__v1__media__shortcode__web_info": {"items": [media]}}}

    def _folders(self) -> Json:
        made = [
            {"node": {"__typename": "GraphHighlightReel", "id": own, "title": title, "owner": {"id": USER},
                      "cover_media": {"thumbnail_src": _file(f"{own}-cover.jpg")}}}
            for own, (title, _) in self.highlights.items()
        ]  # fmt: skip
        return {"data": {"user": {"edge_highlight_reels": {"edges": self.folders or made}}}}

    def _shown(self, own: str) -> Json:
        if own not in self.highlights:
            return {"data": {"reels_media": []}}
        nodes = self.nodes or [_node(story) for story in self.highlights[own][1]]
        return {"data": {"reels_media": [{"__typename": "GraphHighlightReel", "id": own, "items": nodes}]}}

    # What the app is shown

    def _tray(self, form: dict[str, str], user: str) -> Json:
        return {
            "tray": [
                {"id": f"highlight:{own}", "title": title, "media_count": len(held), "created_at": 1_779_000_000,
                 "cover_media": {"cropped_image_version": {"url": _file(f"{own}-cover.jpg"), "width": 150}}}
                for own, (title, held) in self.highlights.items()
            ]
        }  # fmt: skip

    def _reels(self, form: dict[str, str]) -> Json:
        own = form["reel_ids"]
        held = self.days.get(own) or self.highlights.get(own.removeprefix("highlight:"), ("", []))[1]
        told = {"id": own, "media_count": len(held), "items": [_told(story) for story in held]}
        return {"reels": {own: told} if held else {}, "reels_media": [told] if held else []}

    def _archive(self, form: dict[str, str]) -> Json:
        every, start = list(self.days.items()), int(form.get("max_id", "0"))
        more = start + 2 < len(every)
        shells = [
            {"id": own, "media_count": len(held), "timestamp": held[0].taken, "reel_type": "archive_day_reel"}
            for own, held in every[start : start + 2]
        ]
        return {
            "items": shells,
            "num_results": len(shells),
            "more_available": more,
            "max_id": str(start + 2) if more else None,
        }

    def _thread(self, form: dict[str, str], media: str) -> Json | None:
        """Twenty at a time from the middle: the app leads on both ways."""
        every = next((held for code, held in self.comments.items() if _media(code) == media), None)
        if every is None:
            return None
        start, end = _window(form, len(every), 20)
        return {
            "comments": [_said(comment) for comment in every[start:end]],
            "comment_count": _size(every),
            "has_more_comments": end < len(every) and "min_id" not in form,
            "next_max_id": f"{end}" if end < len(every) and "min_id" not in form else None,
            "has_more_headload_comments": start > 0 and "max_id" not in form,
            "next_min_id": f"{start}" if start > 0 and "max_id" not in form else None,
        }

    def _answers(self, form: dict[str, str], media: str, comment: str) -> Json | None:
        every = next((one.replies for held in self.comments.values() for one in held if one.pk == comment), None)
        if every is None:
            return None
        start, end = _window(form, len(every), 10)
        more = end < len(every)
        return {
            "child_comments": [_said(reply) for reply in every[start:end]],
            "child_comment_count": len(every),
            "has_more_tail_child_comments": more,
            "next_max_child_cursor": f"{end}" if more else None,
            "has_more_head_child_comments": False,
        }


_PATHS: tuple[tuple[str, str, Callable[..., Json | None]], ...] = (
    (rf"/api/v1/highlights/({USER})/highlights_tray/", "tray", InstagramWeb._tray),
    (r"/api/v1/feed/reels_media/", "reel", InstagramWeb._reels),
    (r"/api/v1/archive/reel/day_shells/", "days", InstagramWeb._archive),
    (r"/api/v1/media/(\d+)/comments/", "comments", InstagramWeb._thread),
    (r"/api/v1/media/(\d+)/comments/(\d+)/child_comments/", "replies", InstagramWeb._answers),
)


def _window(form: dict[str, str], length: int, size: int) -> tuple[int, int]:
    if "min_id" in form:
        end = int(form["min_id"])
        return max(0, end - size), end
    start = int(form.get("max_id", "").rstrip("+") or (0 if size == 10 or length <= size else size // 2))
    return start, min(length, start + size)


def _media(code: str) -> str:
    number = int.from_bytes(base64.b64decode("A" * (12 - len(code)) + code, b"-_"), "big")
    return str(number)


def _size(every: list[Comment]) -> int:
    return sum(1 + len(comment.replies) for comment in every)


def _said(comment: Comment) -> Json:
    user = {
        "pk": comment.author,
        "username": comment.author,
        "full_name": "",
        "is_private": False,
        "profile_pic_url": "",
    }
    said = {
        "pk": comment.pk,
        "text": comment.text,
        "created_at": comment.made,
        "created_at_utc": comment.made,
        "user": user,
    }
    previews = [_said(reply) for reply in comment.replies[:1]]
    return said | {
        "comment_like_count": 2,
        "child_comment_count": len(comment.replies),
        "preview_child_comments": previews,
    }


def _file(name: str) -> str:
    return f"https://{FILES}/v/t51/{name}?_nc_ht={FILES}&oe=6FFFFFFF"


def _node(story: Story) -> Json:
    """A story as the web is shown it: in smaller files."""
    sizes = ((640, 1137), (750, 1333))
    shown = [{"src": _file(f"{story.pk}-{w}.jpg"), "config_width": w, "config_height": h} for w, h in sizes]
    films = [{"src": _file(f"{story.pk}-480.mp4"), "config_width": 480, "config_height": 853}] if story.film else None
    return {
        "__typename": "GraphStoryVideo" if story.film else "GraphStoryImage",
        "id": story.pk,
        "dimensions": {"width": story.width, "height": story.height},
        "display_resources": shown,
        "display_url": shown[-1]["src"],
        "taken_at_timestamp": story.taken,
        "is_video": story.film,
        "owner": {"id": USER, "username": NAME},
        "edge_media_to_caption": {"edges": [{"node": {"text": story.text}}] if story.text else []},
    } | ({"video_resources": films} if films else {})


def _told(story: Story) -> Json:
    """A story as the app is told it."""
    sizes = ((story.width, story.height), (360, 640))
    seen = [{"url": _file(f"{story.pk}-{w}.jpg"), "width": w, "height": h} for w, h in sizes]
    films = [{"url": _file(f"{story.pk}-{w}.mp4"), "width": w, "height": h, "type": 101} for w, h in sizes]
    return {
        "pk": story.pk,
        "id": f"{story.pk}_{USER}",
        "media_type": 2 if story.film else 1,
        "taken_at": story.taken,
        "user": {"pk": USER, "username": NAME},
        "original_width": story.width,
        "original_height": story.height,
        "image_versions2": {"candidates": seen},
        "caption": {"text": story.text} if story.text else None,
    } | ({"video_versions": films} if story.film else {})


def _fail(status: int, message: str) -> Reply:
    return Reply(status, doc={"message": message, "status": "fail"})


class Wire(InProcess):
    """Speaks with the fake in the process; what is asked of another host goes to `others`, or is a stray."""

    def __init__(self, fake: InstagramWeb, others: BaseAdapter | None = None) -> None:
        super().__init__(fake)  # type: ignore[arg-type]
        self.others = others

    def send(self, request: requests.PreparedRequest, stream: bool = False, timeout: Any = None, verify: Any = True,
             cert: Any = None, proxies: Any = None) -> requests.Response:  # fmt: skip
        url, sent = request.url or "", request.body or ""
        if urlsplit(url).netloc not in (WWW, APP, FILES):
            if self.others:
                return self.others.send(request, stream=stream, timeout=timeout)
            self.fake.strays.append(url)
            raise requests.ConnectionError(f"a stranger was asked: {url}", request=request)
        body = sent.decode() if isinstance(sent, bytes) else str(sent)
        with self._lock:
            reply = self.fake.answer(request.method or "", url, dict(request.headers), body)  # type: ignore[call-arg]
        if reply.reset:
            raise requests.ConnectionError(ConnectionResetError(104, "Connection reset by peer"), request=request)
        if reply.delay >= FOR_EVER:
            raise requests.ReadTimeout("no answer", request=request)
        return self.build_response(request, _raw(reply, request.method or "", url))
