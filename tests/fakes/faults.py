"""What platforms do wrong, whatever their dialect: small faults to be combined, and the table of all of them.

A dialect answers an `Ask` with a `Reply`; each `Fault` whose `when` fits may change it: early (while the reply is
still a document with items and a next link) or late (when it is bytes). A Fault counts its hits: make new ones per
test.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.planted import planted

from .world import World

PLANTED = planted("hemlig-nyckel")  # a token that must never be seen in any output
LOGIN = b"<!DOCTYPE html><html><head><title>Logga in</title></head><body>L\xc3\xb6senord</body></html>"
FOR_EVER = 1_000_000.0  # seconds


@dataclass(slots=True)
class Ask:
    """One request, as the dialect understood it."""

    method: str
    url: str  # whole
    headers: dict[str, str]  # names in lower case
    now: datetime
    kind: str = "other"  # page, list, part, item, replies, history, pins, profile, media, thumbnail, other
    id: str = ""  # of the item or the file
    number: int = -1  # of a media file

    @property
    def path(self) -> str:
        return urlsplit(self.url).path

    @property
    def query(self) -> dict[str, str]:
        return {key: values[-1] for key, values in parse_qs(urlsplit(self.url).query).items()}


@dataclass(slots=True)
class Reply:
    """An answer, and how the wire is to misbehave while giving it."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    doc: Any = None  # what becomes the body, until the dialect has sealed it
    items: list[dict[str, Any]] = field(default_factory=list)  # those in doc; change it in place
    next: str | None = None
    sent: int | None = None  # bytes of the body that leave before the connection closes; the length says more
    reset: bool = False  # the connection is reset instead of an answer
    endless: bool = False  # the body is repeated without end, and no length given
    delay: float = 0.0  # seconds before the answer


When = Callable[[Ask], bool]
Change = Callable[[Ask, Reply], None]


def any_ask(ask: Ask) -> bool:
    return True


@dataclass(slots=True)
class Fault:
    """Changes replies to the asks that `when` picks: after `skip` of them, `times` times (None: for ever).

    With `each` the counts are kept per address, so that `times=1` means: once for every address.
    """

    change: Change
    when: When = any_ask
    times: int | None = None
    skip: int = 0
    every: int = 1
    each: bool = False
    early: bool = False
    _seen: Counter[str] = field(default_factory=Counter)
    _lock: Any = field(default_factory=Lock, repr=False)

    def __call__(self, ask: Ask, reply: Reply) -> None:
        if self.when(ask) and self._due(ask.url if self.each else ""):
            self.change(ask, reply)

    def _due(self, key: str) -> bool:
        with self._lock:
            self._seen[key] += 1
            nth, off = divmod(self._seen[key] - self.skip - 1, self.every)
            return self._seen[key] > self.skip and off == 0 and (self.times is None or nth < self.times)

    @property
    def hits(self) -> int:
        """How many asks fitted so far."""
        return self._seen.total()


# When


def kind(*kinds: str) -> When:
    return lambda ask: ask.kind in kinds


def some_media(every: int = 10) -> When:
    """One original in so many, always the same ones."""
    return lambda ask: ask.kind == "media" and ask.number % every == 3


def address(pattern: str) -> When:
    return lambda ask: re.search(pattern, ask.url) is not None


def about(id: str, *kinds: str) -> When:
    return lambda ask: ask.id == id and ask.kind in kinds


PAGES = kind("page")
API = kind("page", "list", "part", "replies", "item", "history", "profile", "pins")


def once_past(count: int, first: When = PAGES, then: When = API) -> When:
    """Everything of `then` after so many asks of `first`: a key that dies in mid run dies for all."""
    seen = 0

    def when(ask: Ask) -> bool:
        nonlocal seen
        seen += first(ask)
        return seen > count and then(ask)

    return when


# Late changes: bytes and wire


def status(code: int, body: bytes = b"{}", mime: str = "application/json", **headers: str) -> Change:
    """Another status. Header names are given with _ for -."""

    def change(ask: Ask, reply: Reply) -> None:
        reply.status, reply.body = code, body
        reply.headers |= {
            "Content-Type": mime,
            **{name.replace("_", "-"): value for name, value in headers.items()},
        }

    return change


def error(code: int, text: str = "Something went wrong") -> Change:
    return status(code, f'{{"error":"{text}"}}'.encode())


def html(code: int = 502) -> Change:
    return status(code, b"<html><head><title>Bad Gateway</title></head></html>", "text/html")


def login() -> Change:
    return status(200, LOGIN, "text/html; charset=utf-8")


def limited(seconds: int, form: str = "Retry-After", code: int = 429) -> Change:
    """A rate limit, said in one of three ways: Retry-After, iso or unix."""

    def change(ask: Ask, reply: Reply) -> None:
        until = ask.now + timedelta(seconds=seconds)
        said = {
            "Retry-After": {"Retry-After": str(seconds)},
            "iso": {"X-RateLimit-Reset": until.strftime("%Y-%m-%dT%H:%M:%S.%fZ")},
            "unix": {"X-RateLimit-Reset": str(int(until.timestamp()))},
        }[form]
        reply.headers.pop("X-RateLimit-Reset", None)
        status(code, b'{"error":"Too many requests"}')(ask, reply)
        reply.headers |= {"X-RateLimit-Remaining": "0", **said}

    return change


def cut(honest: bool = True) -> Change:
    """Half a body: with the length of the whole (the connection closes early), or with its own."""

    def change(ask: Ask, reply: Reply) -> None:
        if honest:
            reply.sent = len(reply.body) // 2
        else:
            reply.body = reply.body[: len(reply.body) // 2]

    return change


def body(data: bytes) -> Change:
    def change(ask: Ask, reply: Reply) -> None:
        reply.body = data

    return change


def header(name: str, value: str) -> Change:
    def change(ask: Ask, reply: Reply) -> None:
        reply.headers[name] = value

    return change


def wire(*, reset: bool = False, endless: bool = False, delay: float = 0.0) -> Change:
    def change(ask: Ask, reply: Reply) -> None:
        reply.reset, reply.endless, reply.delay = reset, endless, reply.delay + delay

    return change


def redirect(to: str) -> Change:
    return status(302, b"", "text/html", Location=to)


def latency(ms: float) -> Fault:
    """Every answer comes later."""
    return Fault(wire(delay=ms / 1000))


# Early changes: lists


def ends_early(ask: Ask, reply: Reply) -> None:
    reply.next = None


def empty_page_first(ask: Ask, reply: Reply) -> None:
    """An empty page whose next link leads to what should have been here."""
    reply.items.clear()
    reply.next = ask.url + ("&" if "?" in ask.url else "?") + "again=1"


def next_to(url: str) -> Change:
    """Another next link; {next} stands for the true one."""

    def change(ask: Ask, reply: Reply) -> None:
        if reply.next:
            reply.next = url.format(next=reply.next)

    return change


def repeats(ask: Ask, reply: Reply) -> None:
    """The next link leads to this page again."""
    reply.next = ask.url


def drop_last(ask: Ask, reply: Reply) -> None:
    """One item less than there is."""
    del reply.items[-1:]


def without(id: str) -> Change:
    """One item is left out wherever it would be listed."""

    def change(ask: Ask, reply: Reply) -> None:
        reply.items[:] = [item for item in reply.items if item.get("id") != id]

    return change


def seam() -> Change:
    """The last item of a page comes once more at the top of the next."""
    last: list[dict[str, Any]] = []

    def change(ask: Ask, reply: Reply) -> None:
        reply.items[:0] = last
        last[:] = reply.items[-1:]

    return change


def on_items(alter: Callable[[int, dict[str, Any]], None]) -> Change:
    """Alter each item of a page, told its place."""

    def change(ask: Ask, reply: Reply) -> None:
        for place, item in enumerate(reply.items):
            alter(place, item)

    return change


def odd_text(text: str, every: int = 1) -> Change:
    def alter(place: int, item: dict[str, Any]) -> None:
        if place % every == 0:
            item.update({name: text for name in ("content", "text", "message", "caption") if name in item})

    return on_items(alter)


TIMES: tuple[Callable[[datetime], Any], ...] = (
    lambda t: t.strftime("%Y-%m-%dT%H:%M:%S+0000"),
    lambda t: t.strftime("%Y-%m-%dT%H:%M:%SZ"),
    lambda t: t.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
    lambda t: t.isoformat(timespec="microseconds"),
    lambda t: t.isoformat(timespec="seconds"),
    lambda t: (t + timedelta(hours=2)).strftime("%Y-%m-%dT%H:%M:%S+02:00"),
    lambda t: t.strftime("%Y-%m-%dT%H:%M:%S"),
    lambda t: t.strftime("%a %b %d %H:%M:%S +0000 %Y"),
    lambda t: t.strftime("%Y-%m-%d"),
    lambda t: str(int(t.timestamp())),
    lambda t: str(int(t.timestamp() * 1000)),
)


def odd_times(place: int, item: dict[str, Any]) -> None:
    for name in ("created_at", "created_time", "timestamp", "indexedAt"):
        if name in item:
            item[name] = TIMES[place % len(TIMES)](datetime.fromisoformat(item[name]))


def thin_out(place: int, item: dict[str, Any]) -> None:
    """Null or missing: everything that is neither identity, count nor the only way to a file."""
    keep = {"id", "created_at", "edited_at", "account", "reblog", "poll", "replies_count", "in_reply_to_id"}
    keep |= {"created_time", "timestamp", "from", "parent", "parent_id", "comments", "comment_count", "comments_count"}
    keep |= {"attachments", "attachment", "images", "source", "children", "replies", "album"}
    for n, name in enumerate(name for name in list(item) if name not in keep and not (item[name] and "media" in name)):
        if n % 2:
            del item[name]
        else:
            item[name] = None


def lose(name: str) -> Callable[[int, dict[str, Any]], None]:
    return lambda place, item: item.pop(name, None) and None


def forget(*names: str) -> Change:
    """Null instead of a value at the top of a document, such as a count."""

    def change(ask: Ask, reply: Reply) -> None:
        reply.doc.update({name: None for name in names if name in reply.doc})

    return change


def expired_links(find: str = "/media/", every: int = 10) -> list[Fault]:
    """The first listed link of some media has expired already; a link listed later has an hour to live.

    `find` is what only media links have. To let links die in mid run, move the fake's clock.
    """
    listed: Counter[str] = Counter()

    def sign(ask: Ask, reply: Reply) -> None:
        reply.doc = _walk(reply.doc, lambda url: _signed(url, ask.now) if find in url else url)
        reply.items = reply.doc if isinstance(reply.doc, list) else reply.doc.get("data", reply.items)

    def _signed(url: str, now: datetime) -> str:
        number = re.search(r"/(\d+)[/.][\w.]*$", urlsplit(url).path)
        name = url.partition("?")[0]
        first = not listed[name] and int(number[1] if number else 0) % every == 3
        listed[name] += 1
        return f"{url}{'&' if '?' in url else '?'}expires={int(now.timestamp()) + (-60 if first else 3600)}"

    def refuse(ask: Ask, reply: Reply) -> None:
        if float(ask.query.get("expires", "inf")) < ask.now.timestamp():
            status(403, b"URL signature expired", "text/plain")(ask, reply)

    return [Fault(sign, kind("page", "list", "part", "item"), early=True), Fault(refuse, kind("media", "thumbnail"))]


def _walk(doc: Any, on_text: Callable[[str], str]) -> Any:
    if isinstance(doc, dict):
        return {key: _walk(value, on_text) for key, value in doc.items()}
    if isinstance(doc, list):
        return [_walk(value, on_text) for value in doc]
    return on_text(doc) if isinstance(doc, str) else doc


def deleted_before_detail(world: World, id: str) -> list[Fault]:
    """The post is deleted after it was listed: at the first ask for its details."""

    def change(ask: Ask, reply: Reply) -> None:
        if world.has(id):
            world.delete(id)
        error(404, "Record not found")(ask, reply)

    return [Fault(change, about(id, "replies", "history", "item"))]


def deleted_while_listed(world: World) -> list[Fault]:
    """The oldest post is deleted when the second page is asked for, so the count given before was one more."""

    def change(ask: Ask, reply: Reply) -> None:
        world.delete(next(world.post_ids()))

    return [Fault(change, PAGES, skip=1, times=1)]


# The table

WHOLE, GAPS, SHORT, UNPROVEN = "whole", "whole with named gaps", "not whole", "cannot be proven"
LATER, REFUSED, STRANGE = "TryLater", "NotAllowed", "NotUnderstood"
CLOUD = "http://169.254.169.254/latest/meta-data"  # never to be asked


@dataclass(frozen=True, slots=True)
class Case:
    """One fault of the matrix: what it is, which outcomes are right (the best first), how to make it.

    An outcome is a verdict, or the name of the error that the run ends with.
    """

    says: str
    right: tuple[str, ...]
    make: Callable[[World], Sequence[Fault]]


def _case(says: str, right: str | tuple[str, ...], change: Change, when: When = any_ask, **more: Any) -> Case:
    rights = (right,) if isinstance(right, str) else right
    return Case(says, rights, lambda world: [Fault(change, when, **more)])


def _third_thread(world: World) -> str:
    return [id for id, _ in zip(world.thread_ids(), range(4), strict=False)][-1]


MEDIA = some_media()
ONCE: dict[str, Any] = {"times": 1, "each": True}
ALL: dict[str, Case] = {
    "none": Case("No fault at all", (WHOLE,), lambda world: []),
    # waits and failures that pass
    "page 502 once": _case("An HTML 502 for the second page, once", WHOLE, html(), PAGES, skip=1, times=1),
    "page 503 three times": _case("503 three times running", WHOLE, html(503), PAGES, skip=1, times=3),
    "every address 500 once": _case("500 at the first ask of everything", WHOLE, error(500), **ONCE),
    "429 Retry-After": _case("429, three times, wait 2 s", WHOLE, limited(2, "Retry-After"), PAGES, skip=1, times=3),
    "429 reset as ISO": _case("429, the reset as ISO time", WHOLE, limited(3, "iso"), PAGES, skip=1, times=3),
    "429 reset as Unix": _case("429, reset as Unix seconds", WHOLE, limited(3, "unix"), PAGES, skip=1, times=3),
    "limit as 400": _case(
        "A rate limit as HTTP 400 with Retry-After",
        (WHOLE, LATER),
        limited(2, code=400),
        PAGES,
        skip=1,
        times=1,
    ),
    "reset once": _case("The connection is reset, once for every page", WHOLE, wire(reset=True), API, **ONCE),
    "timeout once": _case("No answer, once", WHOLE, wire(delay=FOR_EVER), PAGES, skip=1, times=1),
    "replies JSON cut once": _case(
        "Replies cut in the middle, lengths consistent", (WHOLE, STRANGE), cut(False), kind("replies"), **ONCE
    ),
    "page cut once": _case("A page cut short, the length tells", WHOLE, cut(), PAGES, skip=1, times=1),
    "page JSON cut once": _case(
        "JSON cut in the middle, lengths consistent",
        (WHOLE, STRANGE),
        cut(False),
        PAGES,
        skip=1,
        times=1,
    ),
    "page login once": _case("An HTML login page at 200", (WHOLE, STRANGE), login(), PAGES, skip=1, times=1),
    # failures that stay
    "429 for an hour": _case("A rate limit of an hour", LATER, limited(3600), PAGES, skip=1),
    "429 ISO for an hour": _case("The same, as ISO time", LATER, limited(3600, "iso"), PAGES, skip=1),
    "500 from page 3": _case("500 for ever from the third page", LATER, error(500), PAGES, skip=2),
    "502 HTML for ever": _case("HTML 502 on every page", LATER, html(), PAGES),
    "reset for ever": _case("Every page is reset", LATER, wire(reset=True), PAGES, skip=1),
    "timeout for ever": _case("No page is answered", LATER, wire(delay=FOR_EVER), PAGES, skip=1),
    "page cut for ever": _case("Every page cut short, the length tells", LATER, cut(), PAGES, skip=1),
    "page JSON cut": _case("JSON cut, lengths consistent, for ever", STRANGE, cut(False), PAGES, skip=1),
    "page login": _case("A login page instead of JSON for ever", (STRANGE, REFUSED), login(), PAGES, skip=1),
    "page endless": _case("A page without end", (STRANGE, LATER), wire(endless=True), PAGES, skip=1),
    "token revoked": Case(
        "401 for everything from the third page on", (REFUSED,), lambda w: [Fault(error(401), once_past(2))]
    ),
    "replies 500": Case(
        "500 for ever for one post's replies",
        (GAPS, LATER, SHORT),
        lambda w: [Fault(error(500), about(_third_thread(w), "replies"))],
    ),
    "deleted while listed": Case("A post is deleted before its page was read", (WHOLE, SHORT), deleted_while_listed),
    "forbidden": _case("403 from the third page on", REFUSED, error(403), PAGES, skip=2),
    "token in errors": _case(
        "A 500 whose body shows the key", WHOLE, error(500, f"token {PLANTED}"), PAGES, skip=1, times=1
    ),
    # media
    "media 500 once": _case("Media 500, once each", WHOLE, html(500), MEDIA, **ONCE),
    "media cut once": _case("A file cut short, the length tells", WHOLE, cut(), MEDIA, **ONCE),
    "media half once": _case("Half a file, lengths consistent, once", WHOLE, cut(False), MEDIA, **ONCE),
    "media empty once": _case("An empty file, once", WHOLE, body(b""), MEDIA, **ONCE),
    "media login once": _case("A login page for a picture, once", WHOLE, login(), MEDIA, **ONCE),
    "media 206 once": _case("206, not ready yet, once", WHOLE, status(206, b""), MEDIA, **ONCE),
    "media reset once": _case("A file's connection is reset", WHOLE, wire(reset=True), MEDIA, **ONCE),
    "media 500": _case("500 for some files for ever", GAPS, html(500), MEDIA),
    "media cut": _case("Files cut short for ever, the length tells", GAPS, cut(), MEDIA),
    "media half": _case("Half files, lengths consistent", GAPS, cut(False), MEDIA),
    "media empty": _case("Empty files", GAPS, body(b""), MEDIA),
    "media login": _case("Login pages for pictures", GAPS, login(), MEDIA),
    "media login as JPEG": _case("Login page said to be image/jpeg", GAPS, status(200, LOGIN, "image/jpeg"), MEDIA),
    "media 206": _case("206, never ready", GAPS, status(206, b""), MEDIA),
    "media 404": _case("404 for some files", GAPS, html(404), MEDIA),
    "media 410": _case("410 for some files", GAPS, html(410), MEDIA),
    "media 403": _case("403 for some files", GAPS, html(403), MEDIA),
    "media type": _case("PNG said, JPEG sent", (WHOLE, GAPS), header("Content-Type", "image/png"), MEDIA),
    "media endless": _case("Files without end", GAPS, wire(endless=True), MEDIA),
    "media link expired": Case(
        "The first link of some files has expired; one listed later lives",
        (WHOLE, GAPS),
        lambda w: expired_links(),
    ),
    "media to the cloud": _case("A redirect to a private address", GAPS, redirect(CLOUD), MEDIA),
    "media to a file": _case("A redirect to file:", GAPS, redirect("file:///etc/passwd"), MEDIA),
    "media to a stranger": _case(
        "A redirect to a foreign host", GAPS, redirect("https://stranger.example/a.jpg"), MEDIA
    ),
    # lists
    "ends early": _case("No next link on the second page", SHORT, ends_early, PAGES, skip=1, early=True),
    "one missing once": _case(
        "One item less on a page, once", (WHOLE, SHORT), drop_last, PAGES, skip=1, times=1, early=True
    ),
    "reply missing once": _case(
        "One reply less, once", (WHOLE, SHORT), drop_last, kind("replies"), times=1, early=True
    ),
    "one missing": Case(
        "One post is never listed, though counted",
        (SHORT,),
        lambda w: [Fault(without(list(w.post_ids())[-3]), PAGES, early=True)],
    ),
    "reply missing": Case(
        "One reply is never listed, though counted",
        (SHORT,),
        lambda w: [Fault(without(next(w.comment_ids())), kind("replies"), early=True)],
    ),
    "cursor repeats": _case("Next leads to the same page", (SHORT, STRANGE), repeats, PAGES, skip=1, early=True),
    "empty page": _case("An empty page with a next link", WHOLE, empty_page_first, PAGES, skip=1, times=1, early=True),
    "seam": Case("The same item at each page seam", (WHOLE,), lambda w: [Fault(seam(), PAGES, early=True)]),
    "no count": _case(
        "The profile has no count", UNPROVEN, forget("statuses_count", "media_count"), kind("profile"), early=True
    ),
    "deleted before detail": Case(
        "A post is deleted between list and detail",
        (GAPS,),
        lambda w: deleted_before_detail(w, _third_thread(w)),
    ),
    "next to a stranger": _case(
        "Next to a foreign host",
        (STRANGE, SHORT),
        next_to("https://stranger.example/a?x=1"),
        PAGES,
        early=True,
    ),
    "next to the cloud": _case("Next to a private address", (STRANGE, SHORT), next_to(CLOUD), PAGES, early=True),
    "page to the cloud": _case(
        "A page redirects to a private address",
        (STRANGE, SHORT, REFUSED),
        redirect(CLOUD),
        PAGES,
        skip=1,
    ),
    "token in next": _case(
        "A key planted in next links",
        WHOLE,
        next_to("{next}&access_token=" + PLANTED),
        PAGES,
        early=True,
    ),
    # odd but true
    "control characters": _case(
        "U+0001, U+0003, CR and bidi in texts",
        WHOLE,
        odd_text("a\u0001b\u0003c\r\u202e\u200bA\u030a &amp; ÅÄÖ 🦌"),
        PAGES,
        early=True,
    ),
    "lone surrogates": _case("A lone surrogate in texts", WHOLE, odd_text("halv \ud83d emoji"), PAGES, early=True),
    "10 MB text": _case(
        "A text of 10 MB",
        WHOLE,
        odd_text("Exempelvik" * (1 << 20), 40),
        PAGES,
        skip=1,
        times=1,
        early=True,
    ),
    "odd times": _case("Eleven kinds of time stamp", WHOLE, on_items(odd_times), PAGES, early=True),
    "thin items": _case("Null and missing fields", WHOLE, on_items(thin_out), PAGES, early=True),
    "no ids": _case("Items without an id", STRANGE, on_items(lose("id")), PAGES, skip=1, early=True),
}


# What Graph does wrong besides (docs: developers.facebook.com/docs/graph-api/guides/error-handling)


def graph_error(
    code: int, text: str = "An error occurred", *, subcode: int = 0, status: int = 400, transient: bool = False
) -> Change:
    """An error in Graph's form; HTTP 400 says nothing, and some come at 200."""

    def change(ask: Ask, reply: Reply) -> None:
        said: dict[str, Any] = {"message": f"(#{code}) {text}", "type": "OAuthException", "code": code}
        if subcode:
            said["error_subcode"] = subcode
        if transient:
            said["is_transient"] = True
        reply.status, reply.sent = status, None
        reply.body = json.dumps({"error": said | {"fbtrace_id": "A1m6KK6iBqvjzPeQd4DYbKM"}}).encode()

    return change


def throttled(code: int, minutes: int) -> Change:
    """A rate limit as HTTP 400; how long it lasts is in a header. 4, 17, 32 and 613 are the app's or the user's."""

    def change(ask: Ask, reply: Reply) -> None:
        graph_error(code, "Application request limit reached")(ask, reply)
        use = {"call_count": 100, "total_cputime": 40, "total_time": 60, "estimated_time_to_regain_access": minutes}
        if code < 80_000:
            reply.headers.pop("X-Business-Use-Case-Usage", None)
            reply.headers["X-App-Usage"] = json.dumps(use)
        else:
            kinds = {80_001: "pages", 80_002: "instagram"}
            use = {"type": kinds.get(code, "pages"), **use}
            reply.headers["X-Business-Use-Case-Usage"] = json.dumps({"104512345678901": [use]})

    return change


def lost_inside(id: str) -> Change:
    """One object is left out wherever it would be shown, also inside others."""

    def clean(doc: Any) -> Any:
        if isinstance(doc, dict):
            return {key: clean(value) for key, value in doc.items()}
        if isinstance(doc, list):
            return [clean(one) for one in doc if not (isinstance(one, dict) and one.get("id") == id)]
        return doc

    def change(ask: Ask, reply: Reply) -> None:
        for item in reply.items:
            item.update(clean(item))
        reply.items[:] = clean(reply.items)
        if not reply.items and isinstance(reply.doc, dict):
            reply.doc.update(clean(reply.doc))

    return change


def miscounted(by: int) -> Change:
    """Each total that is announced and not 0 is so much more."""

    def walk(doc: Any) -> None:
        for value in doc.values() if isinstance(doc, dict) else doc if isinstance(doc, list) else ():
            walk(value)
        if isinstance(doc, dict):
            for name in ("total_count", "comments_count"):
                doc.update({name: doc[name] + by} if doc.get(name) else {})

    return lambda ask, reply: walk(reply.doc)


def stale_links(every: int = 10) -> Change:
    """Some links to files have expired already when they are listed, always; others live."""

    def old(text: str) -> str:
        number = re.search(r"/media/(\d+)/", text)
        return re.sub(r"oe=[0-9A-F]+", "oe=5F000000", text) if number and int(number[1]) % every == 3 else text

    def change(ask: Ask, reply: Reply) -> None:
        for item in reply.items or [reply.doc or {}]:
            item.update(_walk(item, old))

    return change


def _dead(subcode: int) -> Callable[[World], Sequence[Fault]]:
    """The key dies in mid run: for everything."""
    return lambda world: [Fault(graph_error(190, "Error validating access token", subcode=subcode), once_past(2))]


def _third_post(world: World) -> str:
    return [id for id, _ in zip(world.post_ids(), range(3), strict=False)][-1]


LISTED = kind("page", "list", "replies")
ASIDE = "https://graph.facebook.com/v26.0/me?access_token=" + PLANTED
GRAPH: dict[str, Case] = {
    **{
        f"limit {code}": _case(
            f"Rate limit {code} as HTTP 400, twice", WHOLE, throttled(code, 2), PAGES, skip=1, times=2
        )
        for code in (4, 17, 32, 613, 80001, 80002)
    },
    **{
        f"limit {code} for hours": _case(f"Rate limit {code} for two hours", LATER, throttled(code, 120), PAGES, skip=1)
        for code in (4, 17, 32, 613, 80001, 80002)
    },
    **{
        f"token 190/{subcode}": Case(f"The key dies in mid run, subcode {subcode}", (REFUSED,), _dead(subcode))
        for subcode in (458, 459, 460, 463, 464, 467, 492)
    },
    "error 10": _case("A permission is missing from page 2 on", REFUSED, graph_error(10, status=403), PAGES, skip=1),
    "error 200": _case("A permission is missing, as 200", REFUSED, graph_error(200, status=403), PAGES, skip=1),
    "error 368": _case("Blocked as abusive", (REFUSED, LATER), graph_error(368), PAGES, skip=1),
    "error 100": _case("A bad parameter, for ever", (STRANGE, SHORT), graph_error(100), PAGES, skip=1),
    "error 1 once": _case("An unknown error, once", WHOLE, graph_error(1, status=500), PAGES, skip=1, times=1),
    "error 2 once": _case("Temporarily down, once", WHOLE, graph_error(2, status=500), PAGES, skip=1, times=1),
    "error 2 for ever": _case("Temporarily down, for ever", LATER, graph_error(2, status=500), PAGES, skip=1),
    "transient once": _case(
        "Any error that says it is transient", WHOLE, graph_error(99, transient=True), LISTED, **ONCE
    ),
    "error at 200 once": _case(
        "A transient error at HTTP 200, once", WHOLE, graph_error(2, status=200), PAGES, skip=1, times=1
    ),
    "error at 200": _case(
        "An error at HTTP 200 for ever", (LATER, STRANGE, SHORT), graph_error(2, status=200), PAGES, skip=1
    ),
    "another version": _case(
        "Another version answers from page 2 on",
        (STRANGE, SHORT),
        header("facebook-api-version", "v27.0"),
        PAGES,
        skip=1,
    ),
    "comment missing": Case(
        "One comment is never shown, though counted",
        (SHORT,),
        lambda world: [Fault(lost_inside(next(world.comment_ids())), early=True)],
    ),
    "post missing in one list": Case(
        "One post is never shown by the main list; another list or a total tells",
        (WHOLE, SHORT),
        lambda world: [Fault(lost_inside(_third_post(world)), PAGES, early=True)],
    ),
    "too many announced": _case("Threads announce one comment more", SHORT, miscounted(1), early=True),
    "links expired when listed": _case("Links that have expired when they are listed", GAPS, stale_links(), early=True),
    "token in an error": _case(
        "An error text with the key", WHOLE, graph_error(2, f"for {PLANTED}", status=500), PAGES, skip=1, times=1
    ),
    "token in texts": _case("A text that repeats the key", WHOLE, odd_text(f"Nyckel {PLANTED}"), PAGES, early=True),
    "token in a redirect": _case(
        "A file redirects to an address with the key", (GAPS, REFUSED), redirect(ASIDE), MEDIA
    ),
    "token in a header": _case("A header that repeats the key", WHOLE, header("X-Echo", PLANTED), LISTED),
}
