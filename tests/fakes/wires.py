"""Two ways to speak with a fake: inside the process without any socket, and a server on loopback."""

from __future__ import annotations

import asyncio
import io
import json
import socket
import struct
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any, Protocol
from urllib.request import urlopen

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPHeaderDict, HTTPResponse

from .faults import FOR_EVER, Fault, Reply
from .graph import GraphFake
from .graph_world import GraphWorld
from .mastodon import MastodonFake
from .world import World


class Fake(Protocol):
    """What a dialect must offer to be put on a wire; and `bases`, if it lives at more than one origin."""

    base: str
    asked: list[tuple[str, str]]
    strays: list[str]

    def answer(self, method: str, url: str, headers: dict[str, str]) -> Reply: ...


# Inside the process


class InProcess(HTTPAdapter):
    """Answers without a socket: `session.mount("https://", InProcess(fake))`, and the same for `http://`.

    Bodies come as a true urllib3 response, so a cut one raises what a cut socket raises. A foreign host is not
    answered: it is noted in `fake.strays` and raises ConnectionError. `sleep` gets each answer's delay.
    """

    def __init__(self, fake: Fake, sleep: Callable[[float], None] = lambda seconds: None) -> None:
        super().__init__()
        self.fake, self.sleep = fake, sleep
        self._lock = threading.Lock()

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: Any = None,
        verify: Any = True,
        cert: Any = None,
        proxies: Mapping[str, str] | None = None,
    ) -> requests.Response:
        url, method = request.url or "", request.method or "GET"
        bases = getattr(self.fake, "bases", (self.fake.base,))
        if not any((url + "/").startswith(base + "/") for base in bases):
            self.fake.strays.append(url)
            raise requests.ConnectionError(f"a stranger was asked: {url}", request=request)
        with self._lock:
            reply = self.fake.answer(method, url, dict(request.headers))
        patience = timeout[1] if isinstance(timeout, tuple) else timeout
        if reply.delay >= (FOR_EVER if patience is None else patience):
            raise requests.ReadTimeout(f"no answer in {patience} s", request=request)
        self.sleep(reply.delay)
        if reply.reset:
            raise requests.ConnectionError(ConnectionResetError(104, "Connection reset by peer"), request=request)
        return self.build_response(request, _raw(reply, method, url))


def _raw(reply: Reply, method: str, url: str) -> HTTPResponse:
    bare = method == "HEAD"
    body = b"" if bare else reply.body[: reply.sent]
    return HTTPResponse(
        body=_Endless(reply.body) if reply.endless else io.BytesIO(body),
        headers=HTTPHeaderDict(_head(reply)),
        status=reply.status,
        version=11,
        reason=_reason(reply.status),
        preload_content=False,
        decode_content=False,
        enforce_content_length=True,
        request_method=method,
        request_url=url,
    )


class _Endless(io.RawIOBase):
    def __init__(self, body: bytes) -> None:
        self._length, self._at = len(body) or 1, 0
        self._piece = (body or b"\0") * (2 + 65_536 // self._length)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        size = min(len(buffer), 65_536)
        buffer[:size] = self._piece[self._at : self._at + size]
        self._at = (self._at + size) % self._length
        return size


def _head(reply: Reply) -> dict[str, str]:
    return reply.headers if reply.endless else {**reply.headers, "Content-Length": str(len(reply.body))}


def _reason(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"


# On loopback


class _Talk(asyncio.Protocol):
    """One keep-alive connection: GET and HEAD, one write per answer."""

    def __init__(self, fake: Fake, open_talks: set[_Talk]) -> None:
        self.fake, self.open_talks = fake, open_talks
        self.buffer = b""
        self.go_on = True
        self.piece = b""  # to be written again and again

    def connection_made(self, transport: Any) -> None:
        self.transport: asyncio.Transport = transport
        self.open_talks.add(self)
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def connection_lost(self, error: Exception | None) -> None:
        self.open_talks.discard(self)

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        while (end := self.buffer.find(b"\r\n\r\n")) >= 0:
            head, self.buffer = self.buffer[:end].decode("latin-1"), self.buffer[end + 4 :]
            first, *lines = head.split("\r\n")
            method, path, _ = first.split(" ", 2)
            headers = dict(line.split(": ", 1) for line in lines if ": " in line)
            reply = self._counts() if path == "/_requests" else self.fake.answer(method, path, headers)
            if reply.delay:
                asyncio.get_running_loop().call_later(min(reply.delay, 86_400), self._say, reply, method)
            else:
                self._say(reply, method)

    def _counts(self) -> Reply:
        seen = Counter(f"{method} {path}" for method, path in self.fake.asked)
        counts = {"requests": seen.total(), "distinct": len(seen), "repeated": seen.total() - len(seen)}
        counts["media"] = sum(n for line, n in seen.items() if " /media/" in line)
        return Reply(body=json.dumps(counts).encode(), headers={"Content-Type": "application/json"})

    def _say(self, reply: Reply, method: str) -> None:
        if self.transport.is_closing():
            return
        if reply.reset:
            linger = struct.pack("ii", 1, 0)
            self.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            self.transport.abort()
            return
        lines = "".join(f"{name}: {value}\r\n" for name, value in _head(reply).items())
        head = f"HTTP/1.1 {reply.status} {_reason(reply.status)}\r\n{lines}\r\n".encode("latin-1")
        self.transport.write(head if method == "HEAD" else head + reply.body[: reply.sent])
        if reply.endless:
            self.piece = (reply.body or b"\0") * (1 + 65_536 // (len(reply.body) or 1))
            self._again()
        elif reply.sent is not None:
            self.transport.close()

    def _again(self) -> None:
        if self.piece and self.go_on and not self.transport.is_closing():
            self.transport.write(self.piece)
            asyncio.get_running_loop().call_soon(self._again)

    def pause_writing(self) -> None:
        self.go_on = False

    def resume_writing(self) -> None:
        self.go_on = True
        self._again()


async def listen(
    fake: Fake, port: int = 0, open_talks: set[_Talk] | None = None, host: str = "127.0.0.1"
) -> asyncio.Server:
    """Serve a fake on 127.0.0.1, or on another address of this machine's own; its `base` becomes the address."""
    talks = set() if open_talks is None else open_talks
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Talk(fake, talks), host, port, backlog=512)
    fake.base = f"http://{host}:{server.sockets[0].getsockname()[1]}"
    return server


@dataclass(slots=True)
class Served:
    """A running server: its address, the account's, and the fake itself if it runs in this process."""

    url: str
    account: str
    fake: Any = None
    pid: int | None = None

    def requests(self) -> dict[str, int]:
        """How many requests there were: requests, distinct, repeated, media."""
        with urlopen(f"{self.url}/_requests") as answer:
            counts: dict[str, int] = json.load(answer)
        return counts


@contextmanager
def serving(
    world: World | GraphWorld, faults: Sequence[Fault] = (), *, host: str = "127.0.0.1", **more: Any
) -> Iterator[Served]:
    """A server in a thread of this process, so that its world can be changed. `more` is for the fake of that world."""
    dialect: Any = GraphFake if isinstance(world, GraphWorld) else MastodonFake
    fake = dialect(world, faults, **more)
    loop, talks = asyncio.new_event_loop(), set[_Talk]()
    server = loop.run_until_complete(listen(fake, open_talks=talks, host=host))
    thread = threading.Thread(target=loop.run_forever, name="fake server", daemon=True)
    thread.start()
    try:
        yield Served(fake.base, fake.address, fake)
    finally:
        loop.call_soon_threadsafe(_hang_up, loop, server, talks)
        thread.join(10)
        loop.close()


def _hang_up(loop: asyncio.AbstractEventLoop, server: asyncio.Server, talks: set[_Talk]) -> None:
    server.close()
    for talk in list(talks):
        talk.transport.abort()
    loop.call_later(0.01, loop.stop)  # some turns later, so that the sockets are closed


@contextmanager
def serving_apart(*arguments: str) -> Iterator[Served]:
    """A server in a process of its own, for measuring. Arguments as for tests.fakes.serve."""
    root = Path(__file__).parents[2]
    command = [sys.executable, "-m", "tests.fakes.serve", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=root) as process:
        try:
            assert process.stdout is not None
            said = json.loads(process.stdout.readline())
            yield Served(said["url"], said["account"], pid=said["pid"])
        finally:
            process.terminate()
