"""An object store that lies: a proxy over TLS in front of a real one, which changes what is asked and what is answered.

A lie is a function of what was asked and of `ask`, which asks the real server. What a lie changes in a request is
signed anew with the key of whoever asked, so that the server behind takes it for what the client meant.
"""

from __future__ import annotations

import http.client
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from tests.servers.s3 import S3Server

_OF_THE_WAY = ("connection", "content-length", "expect", "transfer-encoding", "keep-alive")


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as it came. `path` is /bucket/key, unquoted; the names of headers are in lower case."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes

    @property
    def what(self) -> str:
        """The method, and what of the thing is asked for: `GET`, `PUT retention`, `POST uploadId`."""
        known = ("acl", "legal-hold", "lifecycle", "object-lock", "policy", "retention", "uploadId", "uploads",
                 "versioning", "list-type", "versions")  # fmt: skip
        return " ".join((self.method, *(name for name in known if name in self.query)))

    @property
    def key(self) -> str:
        return self.path.split("/", 2)[2] if self.path.count("/") > 1 else ""

    @property
    def access_key(self) -> str:
        return self.headers.get("authorization", "").partition("Credential=")[2].partition("/")[0]

    def without(self, *names: str) -> Asked:
        """The same without these headers and words of the query."""
        headers = {name: value for name, value in self.headers.items() if name not in names}
        return replace(self, headers=headers, query={n: v for n, v in self.query.items() if n not in names})


@dataclass(frozen=True, slots=True)
class Answer:
    status: int = 200
    headers: Mapping[str, str] | None = None  # names in lower case
    body: bytes = b""
    cut: int | None = None  # after so many bytes of the body the connection is closed

    def without(self, *starts: str) -> Answer:
        """The same without the headers whose names start so."""
        kept = {name: value for name, value in (self.headers or {}).items() if not name.startswith(starts)}
        return replace(self, headers=kept)


Ask = Callable[[Asked], Answer]
Lie = Callable[[Asked, Ask], Answer | None]  # None: the connection is closed without an answer


def refusal(status: int, code: str, says: str = "") -> Answer:
    """An error as object stores write it."""
    text = f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>{says}</Message></Error>"
    return Answer(status, {"content-type": "application/xml"}, text.encode())


@contextmanager
def liar(server: S3Server, lie: Lie) -> Iterator[S3Server]:
    """The same server by another address, where it lies."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(server.ca, server.ca.with_name("tls.key"))

    class Handler(_Handler):
        there, told = server, staticmethod(lie)

    with _Server(("127.0.0.1", 0), Handler) as proxy:
        proxy.context = context
        thread = threading.Thread(target=proxy.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield replace(server, name="liar", endpoint=f"https://localhost:{proxy.server_address[1]}")
        finally:
            proxy.shutdown()
            thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads, context = True, ssl.create_default_context()

    def finish_request(self, request: Any, client_address: Any) -> None:
        with suppress(OSError), self.context.wrap_socket(request, server_side=True) as tls:
            super().finish_request(tls, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version, timeout = "HTTP/1.1", 30
    there: S3Server
    told: Lie

    def answer(self) -> None:
        path, _, query = self.path.partition("?")
        headers = {name.lower(): value for name, value in self.headers.items()}
        asked = Asked(
            self.command, unquote(path), dict(parse_qsl(query, keep_blank_values=True)), headers,
            self.rfile.read(int(headers.get("content-length", 0))),
        )  # fmt: skip
        found = self.told(asked, lambda other: self.ask(other, asked))
        if found is None:
            self.close_connection = True
            return
        self.send_response_only(found.status)
        said = {"content-length": str(len(found.body))} | dict(found.headers or {})
        if self.command != "HEAD":
            said["content-length"] = str(len(found.body))
        for name, value in said.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(found.body[: found.cut])
        self.close_connection = self.close_connection or found.cut is not None

    do_GET = do_PUT = do_POST = do_HEAD = do_DELETE = answer

    def ask(self, asked: Asked, before: Asked) -> Answer:
        """What the real server answers; as it was asked where nothing of that was changed, else signed anew."""
        target = self.path if asked == before else _target(asked)
        headers = dict(asked.headers) if asked == before else _signed(asked, target, self.there)
        connection = http.client.HTTPConnection("127.0.0.1", urlsplit(self.there.plain).port, timeout=30)
        try:
            sent = {name: value for name, value in headers.items() if name.lower() not in _OF_THE_WAY}
            connection.request(
                asked.method, target, asked.body or None, sent | {"Content-Length": str(len(asked.body))}
            )
            reply = connection.getresponse()
            body = reply.read()
        finally:
            connection.close()
        kept = {name.lower(): value for name, value in reply.getheaders()}
        ours = ("connection", "transfer-encoding", *(() if asked.method == "HEAD" else ("content-length",)))
        return Answer(reply.status, {name: value for name, value in kept.items() if name not in ours}, body)

    def log_message(self, *_: Any) -> None:
        pass


def _target(asked: Asked) -> str:
    query = "&".join(f"{quote(name, safe='~')}={quote(value, safe='~')}" for name, value in asked.query.items())
    return quote(asked.path, safe="/~") + (f"?{query}" if query else "")


def _signed(asked: Asked, target: str, server: S3Server) -> dict[str, str]:
    """The headers of a request, signed with the key of whoever asks; not at all where nobody is named."""
    pair = next((pair for pair in server.keys.values() if pair[0] == asked.access_key), None)
    headers = {name: value for name, value in asked.headers.items() if name not in _OF_THE_WAY}
    if not pair:
        return headers
    for name in ("authorization", "x-amz-date", "x-amz-content-sha256"):
        headers.pop(name, None)
    request = AWSRequest(asked.method, f"http://{headers['host']}{target}", headers, asked.body)
    S3SigV4Auth(Credentials(*pair), "s3", "us-east-1").add_auth(request)
    return dict(request.headers.items())


def acting_as(asked: Asked, access_key: str) -> Asked:
    """The same asked by somebody else."""
    query = {name: value for name, value in asked.query.items() if not name.startswith("X-Amz-")}
    return replace(asked, query=query, headers={**asked.headers, "authorization": f"Credential={access_key}/"})
