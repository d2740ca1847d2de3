"""The only way out.

Every answer is on the record, keys scrubbed, before a connector sees it; what the record already holds is not asked
for again. Seconds and minutes are waited for here, hours are left to the scheduler (TryLater). A next link, a media
link and a redirect are untrusted input: they are held to the account's own host, or for files to public addresses.
"""

import copy
import json
import os
import random
import re
import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256, sha512
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import unquote, urlsplit

import requests
import requests.adapters
from requests.structures import CaseInsensitiveDict
from requests.utils import get_environ_proxies, parse_header_links
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError

from connectors._address import joined, origin, parts_of, private, short, with_params, without_keys
from connectors._pace import PATIENCE, Pace, wait_told
from connectors._scrub import NAMES, Scrub, leaves, opened
from connectors.record import Heard, Record
from model.errors import NotAllowed, NotUnderstood, TooMuch, TryLater
from model.files import SUFFIX, fault_in, type_of
from model.nouns import Why
from model.protocols import Meaning

Errors = Mapping[tuple[int, str], Meaning]  # (status, the platform's own code) → meaning; stands beside each connector

AGENT = "arsring/0.1 (archiving of a public authority's own accounts)"
TIMEOUT = (10, 60)  # seconds to connect, seconds of silence
TRIES = 5
LARGEST_ANSWER = 64 * 2**20  # bytes
LARGEST_FILE = 20 * 2**30
STAMP_PATIENCE = 30.0  # seconds, all in all
LARGEST_STAMP = 2**20  # bytes


class NoFile(Exception):
    """A file that cannot be had: data for a Gap, not an error of the run."""

    def __init__(self, why: Why, how: str, heard: Heard | None = None, size: int | None = None) -> None:
        super().__init__(how)
        self.why, self.how, self.heard, self.size = why, how, heard, size


class _Again(Exception):
    """Worth another try, after `wait` seconds if the platform said so."""

    def __init__(self, how: str, wait: float | None = None, heard: Heard | None = None, *, less: bool = False) -> None:
        super().__init__(how)
        self.how, self.wait, self.heard, self.less = how, wait, heard, less


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer as a connector sees it."""

    url: str
    status: int
    headers: Mapping[str, str]  # names in lower case
    heard_at: datetime
    raw: str
    data: Any  # the body as JSON, None where the answer is `gone`
    code: str = ""  # the platform's own code for what is wrong
    body: int = 0  # the body's hash in this process

    @property
    def gone(self) -> bool:
        return self.data is None

    @property
    def next(self) -> str | None:
        links = parse_header_links(self.headers.get("link", ""))
        return next((link["url"] for link in links if link.get("rel") == "next" and "url" in link), None)


@dataclass(frozen=True, slots=True)
class File:
    """A file on disk, whole and checked. `kept` is what the ledger keeps: path, size, sha256, sha512, type."""

    path: Path
    kept: dict[str, Any]
    heard_at: datetime
    raw: str


class Web:
    """All requests of one account with one key. Safe for many threads."""

    def __init__(
        self,
        home: str,
        record: Record,
        folder: Path,
        *,
        key: str | None = None,
        errors: Errors | None = None,
        adapter: requests.adapters.BaseAdapter | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        at_once: int = 8,
        sends_key: bool = True,
        advice: Mapping[str, str] | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """`home` is the account's address: its host is the one that gets the key, and the only one that may be private.

        `key` is a bearer token, or a JSON object with one in `token` and what else goes with it. `sends_key` is False
        where it is no bearer token but what one logs in with. `advice` says by the platform's codes what the person
        who has to renew a key should do.
        """
        self.home, self.record, self.folder, self.errors = urlsplit(home), record, folder, errors or {}
        self.key, self.secrets = opened(key)
        self.listing, self.clock, self.sleep = 1, clock, sleep
        self.sends_key, self.advice = sends_key, advice or {}
        self._secret: dict[str, str] = {}  # goes with every request, and is no part of its address
        self.at_once = at_once
        self._scrub = Scrub()
        for secret in leaves([key, self.key, self.secrets]):
            self._scrub.learn(secret)
        self._paces: dict[str, Pace] = {}
        self._just: dict[tuple[str, int], Answer] = {}
        self._locks = [threading.Lock() for _ in range(1024)]
        self._one_by_one = threading.Lock()  # for what goes through us of another library …
        self._refused: list[NotAllowed] = []  # … and is not asked for again where it was refused
        self._verify = os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("SSL_CERT_FILE") or True
        for name in ("segments", "media", "raw"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        # the adapter alone: a session would add cookies, .netrc and redirects of its own
        self._adapter = adapter or _Guarded(self.home.hostname or "", pool_maxsize=at_once, pool_block=True)

    @property
    def width(self) -> int:
        """How many requests at once are worth their threads: one for every two milliseconds that an answer takes."""
        return min(self.at_once, 1 + int(self._pace(self.home.geturl()).quickest / 0.002))

    def reading(self, listing: int) -> "Web":
        """The same web for another reading of the lists: what earlier readings were answered does not stand in."""
        other = copy.copy(self)
        other.listing = listing
        return other

    def at(self, url: str, **secret: str) -> "Web":
        """The same web at another host that the account lives on: a key goes there and nowhere else.

        `secret` are parameters that go with each request, and into no address that is written down. `url` is
        untrusted: https and a public host, if it is not where this web is at home. NotUnderstood otherwise.
        """
        there = parts_of(url)
        public = there.scheme == "https" and there.hostname and not there.username and not private(there.hostname)
        if origin(there) != origin(self.home) and not public:
            raise NotUnderstood(
                f"{short(url)}: named as the account's host, but not a public https address; not followed"
            )
        other = copy.copy(self)
        other.home, other._secret = there, secret
        for value in secret.values():
            self._scrub.learn(value)
        return other

    def through(self, hosts: Collection[str], errors: Errors, advice: Mapping[str, str], pause: float) -> "Through":
        """Our way out for another library's sessions: to `hosts` only, `pause` seconds between two requests."""
        other = self.by(errors)
        other.advice = advice
        return Through(other, hosts, pause)

    def by(self, errors: Errors) -> "Web":
        """The same web by another table of codes."""
        other = copy.copy(self)
        other.errors = errors
        return other

    def get(self, url: str, *, bearer: Callable[[], str] | None = None, **params: str) -> Answer:
        """Fetch JSON from one address, or find it in the record.

        Tries again on 429, 5xx and what is not JSON, waiting as long as is asked. Raises TryLater when patience
        is out, NotAllowed on a refused key, NotUnderstood where something else came. What is gone comes back as an
        answer: whether it is a gap is for the connector to say.
        """
        url = self._held_to_home(with_params(url, params))
        if just := self._just.get((url, self.listing)):
            return just
        held = self.record.find("GET", url, self.clock(), self.listing)
        if held and self.meaning(held) in ("fine", "gone"):  # an error may have come with HTTP 200
            try:
                return self._read(held)
            except (_Again, NotUnderstood, NotAllowed):  # it was not good then; ask anew
                pass
        token = bearer() if bearer else None  # only now: what is on the record needs no log-in
        answer: Answer = self._patiently(url, lambda: self._read(self._send("GET", url, bearer=token)))
        if len(self._just) > 4:
            self._just.clear()
        if not answer.gone:
            self._just[url, self.listing] = answer  # who the account is, is asked for again by every list
        return answer

    def pages(
        self,
        url: str,
        then: Callable[[Answer], str | None] | None = None,
        less: Callable[[str], str | None] | None = None,
        /,
        **params: str,
    ) -> Iterator[Answer]:
        """Follow next links to the end of a list: an empty page is no end, and a page met before is an error.

        `then` finds the next link in an answer, where it is not in a Link header. `less` makes of an address one that
        asks for less at once, or None where there is no less.
        """
        met: set[int] = set()
        following: str | None = with_params(url, params)
        while following:
            if hash(following) in met:
                raise NotUnderstood(
                    f"{short(following)}: the server's next link leads back to a page already read. "
                    "If it does so again in the next run, tell those who run the server."
                )
            met.add(hash(following))
            try:
                answer = self.get(following)
            except TooMuch:
                if less is None or (smaller := less(following)) is None:
                    raise
                following = smaller
                continue
            if answer.data and answer.body in met:
                raise NotUnderstood(f"{short(following)}: the server gives the same page again under a new address")
            met.add(answer.body)
            yield answer
            link = then(answer) if then else answer.next
            following = without_keys(joined(answer.url, link)) if link else None

    def post(self, url: str, body: Mapping[str, str]) -> Any:
        """Send JSON; the answer's JSON as it came, keys and all. Only the scrubbed answer is on the record."""
        url = self._held_to_home(url)
        live: list[bytes] = []
        self._patiently(url, lambda: self._read(self._send("POST", url, json.dumps(body).encode(), live=live)))
        data = json.loads(live[-1])
        if not isinstance(data, dict):
            raise NotUnderstood(f"{short(url)}: {type(data).__name__} came where an object was due")
        for name in NAMES:
            self._scrub.learn(data.get(name))
        return data

    def file(self, url: str, *, sha256: str | None = None, into: str = "media") -> File:
        """Fetch a file to disk, hashed as it comes, checked for what it claims to be. NoFile where it cannot be had."""
        url = self._held_to_public(url)
        with self._locks[hash(url) % len(self._locks)]:  # two items with the same file: one request
            heard = self.record.find("FILE", url, self.clock(), None if into == "media" else self.listing)
            if heard is None or not (self._whole(heard) or (heard.listing == self.listing and heard.status != 200)):
                heard = self._fetch(url, into, sha256)
        if heard.file is None:
            raise NoFile("gone" if self.meaning(heard) == "gone" else "forbidden", f"HTTP {heard.status}", heard)
        return File(self.folder / str(heard.file["path"]), heard.file, heard.at, heard.raw)

    def _fetch(self, url: str, into: str, due: str | None) -> Heard:
        pace = self._pace(url)
        try:
            heard: Heard = self._patiently(url, lambda: self._send("FILE", url, into=into, due=due), file=True)
        except _Again as error:
            pace.failures += 1
            if pace.failures >= 20 and not self._alive(pace, into):
                raise _down(url, error.how) from error
            raise NoFile("unreadable", error.how, error.heard) from error
        except NotUnderstood as error:  # one odd file does not end the run
            raise NoFile("unreadable", str(error)) from error
        pace.failures, pace.good = 0, url if heard.file else pace.good
        return heard

    def _alive(self, pace: Pace, into: str) -> bool:
        """Whether the server still gives a file that it gave before: then the files are bad, and not the server."""
        try:
            pace.failures = 0
            return bool(pace.good and self._send("FILE", pace.good, into=into).file)
        except (_Again, NoFile, NotUnderstood):
            return False

    def _whole(self, heard: Heard) -> bool:
        """Whether the file that an answer brought is still there with its full length."""
        path = self.folder / str((heard.file or {}).get("path", "missing"))
        return path.is_file() and path.stat().st_size == (heard.file or {}).get("size")

    # -- one request ---------------------------------------------------------------------------------------------

    def _patiently(self, url: str, ask: Callable[[], Any], *, file: bool = False) -> Any:
        pace, tries = self._pace(url), 0

        def wait(error: Exception) -> bool | float:
            nonlocal tries
            tries += 1
            if not isinstance(error, _Again) or (error.less and tries > 1):
                return False
            pause = error.wait if error.wait is not None else random.uniform(0, min(60, 2**tries))  # noqa: S311 - jitter
            return max(pause, 0.01) if pause <= PATIENCE else False

        first: list[_Again] = []
        try:
            try:
                pace.wait()
                return ask()  # nearly always: the machinery of trying again is not even built
            except _Again as error:
                first.append(error)
            for attempt in _tries(wait, 3 if file else TRIES):
                with attempt:
                    if first:
                        raise first.pop()
                    pace.wait()
                    result = ask()
        except _Again as error:
            if (told := _given_up(error, url, file=file)) is error:
                raise
            raise told from error
        return result

    def _send(
        self,
        method: str,
        url: str,
        body: bytes | None = None,
        *,
        bearer: str | None = None,
        into: str = "",
        due: str | None = None,
        live: list[bytes] | None = None,
    ) -> Heard:
        """One request and up to five redirects, each on the record. _Again for what is worth another try."""
        there = url
        for _ in range(6):
            pace, start = self._pace(there), time.perf_counter()
            try:
                with_secret = with_params(there, self._secret) if there == url and method != "FILE" else there
                prepared = _prepared(method, with_secret, self._headers(method, there, body, bearer), body)
                with self._adapter.send(
                    prepared, stream=True, timeout=TIMEOUT, verify=self._verify, proxies=pace.proxies
                ) as response:
                    pace.quickest = min(pace.quickest, time.perf_counter() - start)
                    heard = self._hear(method, url, prepared, response, into, due, live)
            except NoFile as error:
                if method == "FILE":
                    raise
                raise NotUnderstood(f"{short(there)}: {error.how}") from error
            except (requests.RequestException, HTTPError) as error:
                # what failed has the whole address in its text, secrets too: it must not be in a traceback
                raise _Again(f"the connection failed ({type(error).__name__})") from None if self._secret else error
            if not (300 <= heard.status < 400 and response.headers.get("location")):
                break
            if method == "POST":
                raise NotUnderstood(f"{short(there)}: redirects what was sent; it may hold a key, and is not sent on")
            there = joined(there, self._scrub.text(response.headers["location"]))
            there = self._held_to_public(there) if method == "FILE" else self._held_to_home(there)
        else:
            raise NotUnderstood(f"{short(url)}: more than five redirects")
        self._judge(heard, url)
        return heard

    def _hear(
        self,
        method: str,
        url: str,
        request: requests.PreparedRequest,
        response: requests.Response,
        into: str,
        due: str | None,
        live: list[bytes] | None,
    ) -> Heard:
        """Take the answer in and put it on the record: a body for memory, or a good file for the disk."""
        there = without_keys(request.url or url) if self._secret else request.url or url
        there, asked, reason = self._scrub.texts([there, url, response.reason or ""])
        plain = Heard(
            method=method,
            url=there,
            asked=asked,
            sent=self._scrub.headers(request.headers.items()),
            status=response.status_code,
            listing=self.listing,
            reason=reason,
            headers=self._scrub.headers(response.headers.items()),
            body=b"",
            at=self.clock(),
        )
        if method == "FILE" and response.status_code == 200:
            return self._save(plain, response, into, due)
        body = bytearray()
        for piece in response.raw.stream(2**16, decode_content=True):
            body += piece
            if len(body) > LARGEST_ANSWER:
                raise NotUnderstood(
                    f"{short(url)}: an answer of more than {LARGEST_ANSWER} bytes; nothing of it was kept"
                )
        if live is not None:
            live.append(bytes(body))
        clean, scrubbed = self._scrub.bytes(bytes(body))
        return self.record.keep(replace(plain, body=clean, scrubbed=scrubbed))

    def _save(self, plain: Heard, response: requests.Response, into: str, due: str | None) -> Heard:
        """Stream a file to `.part`, hash it on the way, check it, name it by its hash."""
        length = response.headers.get("content-length", "")
        said = int(length) if re.fullmatch(r"[0-9]{1,18}", length) else 0
        if said > LARGEST_FILE:
            raise NoFile("too-large", f"{said} bytes announced", self.record.keep(plain), said)
        part = f"{self.folder}/segments/{threading.get_ident()}.part"
        try:
            with open(part, "w+b", buffering=2**18) as out:
                size, one, other = self._stream(response, out, plain)
                out.seek(0)
                head, claimed = out.read(2**20), response.headers.get("content-type", "")
                fault = fault_in(out, claimed) if due is None else None if due == one else f"its SHA-256 is not {due}"
            if fault:
                raise _Again(fault, heard=self.record.keep(replace(plain, body=self._scrub.bytes(head)[0])))
            kind = type_of(head) or claimed.partition(";")[0].strip().lower()
            name = f"{into}/{one}{SUFFIX.get(kind, '.bin')}"
            os.replace(part, f"{self.folder}/{name}")
        finally:
            Path(part).unlink(missing_ok=True)
        about: dict[str, str | int] = {
            "path": name,
            "size": size,
            "sha256": one,
            "sha512": other,
            "type": kind,
        }
        return self.record.keep(replace(plain, file=about))

    def _stream(self, response: requests.Response, out: BinaryIO, plain: Heard) -> tuple[int, str, str]:
        """Bytes from the wire to the disk, hashed on the way: (size, sha256, sha512)."""
        one, other, size = sha256(), sha512(), 0
        for piece in response.raw.stream(2**18, decode_content=True):
            one.update(piece)
            other.update(piece)
            out.write(piece)
            size += len(piece)
            if size > LARGEST_FILE:
                raise NoFile("too-large", f"more than {LARGEST_FILE} bytes came", self.record.keep(plain), size)
        return size, one.hexdigest(), other.hexdigest()

    def _headers(self, method: str, url: str, body: bytes | None, bearer: str | None) -> dict[str, str]:
        headers = {"User-Agent": AGENT, "Accept-Encoding": "identity", "Accept": "*/*"}
        if body is not None:
            headers["Content-Type"] = "application/json"
        # never with a file: its bytes are kept as they come, so a server that echoes the key would put it there
        token = bearer or (self.key if self.sends_key and method != "FILE" else None)
        if token and origin(urlsplit(url)) == origin(self.home):
            headers["Authorization"] = f"Bearer {token}"
        return headers

    # -- what an answer means ------------------------------------------------------------------------------------

    def _judge(self, heard: Heard, url: str) -> None:
        """Raise what the status and the platform's own code ask for; a fine or gone answer passes."""
        self._pace(url).read(dict(heard.headers), self.clock())
        if heard.method == "FILE" and heard.status in (401, 403):
            return
        if heard.method == "FILE" and 200 < heard.status < 300:
            raise _Again(f"HTTP {heard.status}: not ready", heard=heard)
        match self.meaning(heard):
            case "again":
                told = wait_told({name.lower(): value for name, value in heard.headers}, self.clock())
                if heard.status == 429:
                    told = 60.0 if told is None else told
                    self._pace(url).hold(told)
                raise _Again(f"HTTP {heard.status}", told, heard)
            case "wait" | "stop" as meant:
                told = wait_told({name.lower(): value for name, value in heard.headers}, self.clock())
                told = max(told or 0, 86_400.0) if meant == "stop" else 3600.0 if told is None else told
                self._pace(url).hold(told)
                raise _Again(f"HTTP {heard.status} {_codes(heard)[0]}".rstrip(), told, heard)
            case "less":
                raise _Again(f"HTTP {heard.status} {_codes(heard)[0]}", heard=heard, less=True)
            case "renew":
                codes = _codes(heard)
                said = next((self.advice[code] for code in codes if code in self.advice), "")
                raise NotAllowed(
                    f"{short(url)}: the key is refused (HTTP {heard.status} {codes[0]}). ".replace(" )", ")")
                    + (said or "Renew the key that the register names for this account, and run again.")
                )
            case "odd":
                raise NotUnderstood(
                    f"{short(url)}: HTTP {heard.status} {_codes(heard)[0]}. The connector does not know this answer; "
                    "it is on the record."
                )

    def meaning(self, heard: Heard) -> Meaning:
        """By the connector's table of codes first, then by status alone; never by an error's text."""
        astray = heard.method == "FILE" and origin(urlsplit(heard.url)) != origin(urlsplit(heard.asked))
        for code in ("",) if astray else _codes(heard):  # a file's redirect may lead to a server that asks for keys
            if meant := self.errors.get((heard.status, code)):
                return meant
        if heard.status < 300:
            return "fine"
        if heard.status in (404, 410):
            return "gone"
        if heard.status in (401, 403):
            return "renew"
        return "again" if heard.status in (408, 425, 429) or heard.status >= 500 else "odd"

    def _read(self, heard: Heard) -> Answer:
        headers = {name.lower(): value for name, value in heard.headers}
        if self.meaning(heard) == "gone":
            return Answer(heard.url, heard.status, headers, heard.at, heard.raw, None, _codes(heard)[0])
        try:
            data = json.loads(heard.body.decode("utf-8-sig", "surrogatepass"))  # a key in UTF-16 would not be scrubbed
        except (ValueError, RecursionError) as error:
            kind = type_of(heard.body[:1024]) or "something else"
            raise _Again(f"{kind} of {len(heard.body)} bytes came where JSON was due", heard=heard) from error
        return Answer(
            heard.url, heard.status, headers, heard.at, heard.raw, {} if data is None else data, "", hash(heard.body)
        )

    # -- where requests may go, and what may not be written down ----------------------------------------------------

    def _held_to_home(self, url: str) -> str:
        there = parts_of(url)
        if there.scheme != self.home.scheme or there.hostname != self.home.hostname or there.username:
            raise NotUnderstood(f"{short(url)}: this link leads away from {self.home.hostname}, and is not followed")
        return url

    def _held_to_public(self, url: str) -> str:
        there = parts_of(url)
        if there.scheme not in {"https", self.home.scheme} or not there.hostname or there.username:
            raise NoFile("unreadable", f"not a web address that may be fetched: {short(url)}")
        if there.hostname != self.home.hostname and private(there.hostname):
            raise NoFile("forbidden", f"the link leads to a private address: {there.hostname}")
        return url

    def _pace(self, url: str) -> Pace:
        host = urlsplit(url).netloc
        if host not in self._paces:
            self._paces.setdefault(host, Pace(self.clock, self.sleep, get_environ_proxies(url)))
        return self._paces[host]


def stamp_request(url: str, body: bytes) -> bytes:
    """Ask a time-stamping authority (RFC 3161, section 3.4): what it answers, unread. No key goes along.

    Raises TryLater where it cannot be reached or takes too long, NotUnderstood where it answers otherwise.
    """
    until = time.monotonic() + STAMP_PATIENCE
    headers = {
        "User-Agent": AGENT, "Content-Type": "application/timestamp-query", "Accept": "application/timestamp-reply",
        "Accept-Encoding": "identity", "Connection": "close",
    }  # fmt: skip
    verify = os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("SSL_CERT_FILE") or True
    try:
        request = _prepared("POST", url, headers, body)
        with closing(requests.adapters.HTTPAdapter()) as adapter, adapter.send(
            request, stream=True, timeout=STAMP_PATIENCE, verify=verify, proxies=get_environ_proxies(url)
        ) as response:
            if response.status_code != 200:
                raise NotUnderstood(f"{short(url)}: HTTP {response.status_code}, where a time stamp was due")
            return b"".join(_stamp_pieces(url, response.raw, until))
    except NoFile as error:
        raise NotUnderstood(error.how) from error
    except (requests.RequestException, HTTPError) as error:
        raise TryLater(f"{short(url)}: the connection failed ({type(error).__name__})", 3600) from error


def _stamp_pieces(url: str, raw: Any, until: float) -> Iterator[bytes]:
    """What comes, as it comes: a server that drips is left when the time is out."""
    size = 0
    while piece := raw.read1(2**16):
        size += len(piece)
        if size > LARGEST_STAMP:
            raise NotUnderstood(f"{short(url)}: an answer of more than {LARGEST_STAMP} bytes, where a stamp was due")
        if time.monotonic() > until:
            raise TryLater(f"{short(url)}: not done after {STAMP_PATIENCE:.0f} seconds", 3600)
        yield piece


class Through(requests.adapters.BaseAdapter):
    """What another library mounts on its sessions, so that its requests go on the record and are found there again.

    It gets what is on the record, keys removed: a run that starts again hears what the one before it heard. `heard` is
    the last answer. Raises what Web raises, and leaves no waiting and no trying again to the library.
    """

    def __init__(self, web: Web, hosts: Collection[str], pause: float) -> None:
        super().__init__()
        self.web, self.hosts, self.pause = web, hosts, pause
        self.heard: Heard | None = None
        for secret in leaves(web.secrets):
            web._scrub.learn(unquote(secret))  # a cookie is percent-encoded, and may be given back as it is

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        web, url, method = self.web, request.url or "", request.method or ""
        if parts_of(url).scheme != "https" or parts_of(url).netloc not in self.hosts:
            raise NotUnderstood(f"{short(url)}: this link leads away from {', '.join(self.hosts)}, and is not followed")
        request.headers["Accept-Encoding"] = "identity"
        web._scrub.learn(_token(request.headers))
        asked = web._scrub.text(_with_form(request))
        with web._one_by_one:
            heard = web.record.find(method, asked, web.clock(), web.listing)
            if heard is None or not self._good(heard):
                if web._refused:
                    raise web._refused[0]
                heard = web._patiently(url, lambda: self._ask(request, asked))
        self.heard = heard
        return _as_response(request, heard)

    def _ask(self, request: requests.PreparedRequest, asked: str) -> Heard:
        web, url = self.web, request.url or ""
        try:
            proxies = web._pace(url).proxies
            with web._adapter.send(
                request, stream=True, timeout=TIMEOUT, verify=web._verify, proxies=proxies
            ) as response:
                web._scrub.learn(_token(response.headers, "ig-set-authorization"))
                heard = web._hear(request.method or "", asked, request, response, "", None, None)
        except NoFile as error:
            raise NotUnderstood(f"{short(url)}: {error.how}") from error
        except (requests.RequestException, HTTPError) as error:
            raise _Again(f"the connection failed ({type(error).__name__})") from error
        finally:
            for host in self.hosts:
                web._pace(f"https://{host}/").hold(self.pause)
        try:
            web._judge(heard, url)
        except NotAllowed as error:
            web._refused.append(error)
            raise
        if heard.status == 200:
            web._read(heard)  # only JSON is asked for
        return heard

    def _good(self, heard: Heard) -> bool:
        """Whether an answer on the record can stand in for a new one."""
        with suppress(_Again):
            self.web._read(heard)
            return self.web.meaning(heard) in ("fine", "gone")
        return False

    def close(self) -> None:
        """Nothing is held."""


class _Peer:
    """Refuses a connection whose other end is a private address, whatever name led there."""

    home = ""

    def _new_conn(self) -> Any:
        sock = super()._new_conn()  # type: ignore[misc]
        if self.host != self.home and private(sock.getpeername()[0]):  # type: ignore[attr-defined]
            sock.close()
            raise NoFile("forbidden", f"{self.host} is a private address")  # type: ignore[attr-defined]
        return sock


class _Guarded(requests.adapters.HTTPAdapter):
    """The adapter whose connections check whom they are connected to."""

    def __init__(self, home: str, **options: Any) -> None:
        self._home = home
        self._pools: dict[tuple[str, ...], Any] = {}
        super().__init__(**options)

    def get_connection_with_tls_context(self, request: requests.PreparedRequest, *args: Any, **options: Any) -> Any:
        """The pool of the request's host, found once: whom we trust and which proxy serves do not change in a run."""
        host = (request.url or "").split("/", 3)[:3]
        pool = self._pools.get(tuple(host))
        if pool is None:
            pool = self._pools[tuple(host)] = super().get_connection_with_tls_context(request, *args, **options)
        return pool

    def build_response(self, req: requests.PreparedRequest, resp: Any) -> requests.Response:
        """The answer without what we have no use for: no cookies are read out of it."""
        made = requests.Response()
        made.status_code, made.reason, made.raw, made.request = resp.status, resp.reason, resp, req
        made.headers = CaseInsensitiveDict(resp.headers)
        return made

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        super().init_poolmanager(*args, **options)
        kinds = ((HTTPConnectionPool, HTTPConnection), (HTTPSConnectionPool, HTTPSConnection))
        self.poolmanager.pool_classes_by_scheme = {
            pool.scheme: type(
                pool.__name__, (pool,), {"ConnectionCls": type(kind.__name__, (_Peer, kind), {"home": self._home})}
            )
            for pool, kind in kinds
        }


def _tries(wait: Callable[[Exception], bool | float], attempts: int) -> Any:
    """Stamina's attempts; imported only where something has failed, and never heard: what failed is on the record."""
    import stamina

    stamina.instrumentation.set_on_retry_hooks([])
    return stamina.retry_context(on=wait, attempts=attempts, timeout=None)


def _prepared(method: str, url: str, headers: dict[str, str], body: bytes | None) -> requests.PreparedRequest:
    """A request as requests makes it, without what we have no use for: cookies, .netrc, hooks."""
    made = requests.PreparedRequest()
    made.prepare_method("GET" if method == "FILE" else method)
    try:
        made.prepare_url(url, None)
    except (requests.RequestException, UnicodeError) as error:
        raise NoFile("unreadable", f"not an address that can be asked: {short(url)}") from error
    made.headers, made.body = CaseInsensitiveDict(headers), body
    made.prepare_content_length(body)
    made.prepare_hooks({})
    return made


def _token(headers: Mapping[str, Any], name: str = "authorization") -> str:
    """The token in a header: what stands behind its last blank or colon, if it is long enough to be a secret."""
    found = re.split("[ :]", str(headers.get(name, "")))[-1]
    return found if len(found) >= 8 else ""


def _with_form(request: requests.PreparedRequest) -> str:
    """The address by which an answer is found: of what is not a GET, with the method and the form that were sent.

    Source: iipc.github.io/warc-specifications/guidelines/cdx-non-get-requests; the form stays percent-encoded, since
    it stands in a header of the record.
    """
    url, form = request.url or "", request.body or ""
    if request.method == "GET":
        return url
    sent = form.decode() if isinstance(form, bytes) else str(form)
    return f"{url}{'&' if '?' in url else '?'}__wb_method={request.method}&{sent}"


def _as_response(request: requests.PreparedRequest, heard: Heard) -> requests.Response:
    """An answer on the record as requests knows it, without the headers that a key was taken out of."""
    made = requests.Response()
    made.status_code, made.reason, made.url, made.request = heard.status, heard.reason, heard.url, request
    made.headers = CaseInsensitiveDict({name: value for name, value in heard.headers if "[removed]" not in value})
    made._content, made._content_consumed, made.encoding = heard.body, True, "utf-8"  # type: ignore[attr-defined]
    return made


def _given_up(error: _Again, url: str, *, file: bool) -> Exception:
    """What is raised when a request has been tried often enough; the error itself for a file: it becomes a gap."""
    if error.less:
        return TooMuch(
            f"{short(url)}: {error.how}. The platform asks for less at once than the least that can be asked for; it "
            "is on the record."
        )
    if error.wait is not None and (not file or error.wait > PATIENCE):
        return TryLater(
            f"{short(url)}: {error.how}. Run again in {error.wait / 60:.0f} minutes; what has been taken is kept.",
            error.wait,
        )
    if file:
        return error
    if error.heard is None or error.heard.status >= 500:
        return _down(url, error.how)
    return NotUnderstood(f"{short(url)}: {error.how}, {TRIES} times. See the record, and mend the connector.")


def _down(url: str, how: str) -> TryLater:
    return TryLater(
        f"{short(url)}: {how}, again and again. The server seems to be down: run again in half an hour; what has been "
        "taken is kept.",
        1800,
    )


def _codes(heard: Heard) -> tuple[str, ...]:
    """The platform's own codes in an error's JSON, the most specific first: code/subcode, code, `transient`, nothing.

    They stand in `error`, as text or as an object, or in `message`. A 200 that is nothing but an error has them too.
    Of a redirect they are the words of the path that it leads to.
    """
    if 300 <= heard.status < 400:
        location = next((value for name, value in heard.headers if name.lower() == "location"), "")
        return (*parts_of(location).path.strip("/").split("/"), "")
    if heard.status < 300 and not re.match(rb'\s*\{\s*"error"', heard.body):
        return ("",)
    try:
        found = json.loads(heard.body)
        error = found["error"] if "error" in found else found["message"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return ("",)
    if not isinstance(error, dict):
        error = {"code": error}
    code, sub = (_word(error.get(name)) for name in ("code", "error_subcode"))
    found = [f"{code}/{sub}"] * bool(code and sub) + [code] * bool(code)
    return (*found, *(["transient"] if error.get("is_transient") is True else []), "")


def _word(value: object) -> str:
    return str(value) if re.fullmatch(r"[\w.-]{1,40}", str(value)) and value is not None else ""
