"""The AT Protocol reference server (PDS) on loopback, with its own directory of identities.

Needs   npm packages (install.py); handles end in .test
Lacks   an AppView: app.bsky.* that it cannot answer itself are 502 UpstreamFailure
Source  npm @atproto/dev-env 0.6.7      Seen  2026-11
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import requests

from tests.planted import planted
from tests.servers.install import ensure_pds, node
from tests.servers.pictures import picture
from tests.servers.process import Running, own_folder, running

PASSWORD = planted("prov-losenord")
RUN = Path(__file__).parent / "pds" / "run-pds.mjs"


@dataclass(frozen=True, slots=True)
class Session:
    """A logged-in account of the server."""

    did: str
    handle: str
    password: str
    accessJwt: str  # two hours
    refreshJwt: str


@dataclass(frozen=True, slots=True)
class Blob:
    """One uploaded file: `ref` is what a record holds to name it."""

    cid: str
    sha256: str
    mime: str
    size: int
    alt: str
    ref: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Record:
    uri: str
    cid: str
    value: dict[str, Any]

    @property
    def rkey(self) -> str:
        return self.uri.rpartition("/")[2]

    @property
    def collection(self) -> str:
        return self.uri.split("/")[3]


@dataclass(frozen=True, slots=True)
class Pds:
    """A running server. `url` is what its DID documents say too: http://localhost:port."""

    url: str
    plc_url: str
    server: Running
    http: requests.Session = field(repr=False)

    @property
    def pid(self) -> int:
        return self.server.pid

    def ask(self, nsid: str, *, token: str = "", base: str = "", **params: Any) -> requests.Response:
        """One XRPC query, whatever the answer."""
        return self.http.get(f"{base or self.url}/xrpc/{nsid}", params=params, headers=_bearer(token), timeout=20)

    def get(self, nsid: str, *, token: str = "", **params: Any) -> Any:
        return _json(self.ask(nsid, token=token, **params))

    def do(self, nsid: str, body: dict[str, Any], *, token: str = "") -> Any:
        """One XRPC procedure; gives its answer, or raises requests.HTTPError."""
        answer = self.http.post(f"{self.url}/xrpc/{nsid}", json=body, headers=_bearer(token), timeout=20)
        return _json(answer)

    def create_account(self, handle: str, password: str = PASSWORD) -> Session:
        """A new account; the handle ends in .test and has no other dot."""
        body = {"handle": handle, "email": f"{handle}@exempelvik.example", "password": password}
        made = self.do("com.atproto.server.createAccount", body)
        return Session(made["did"], made["handle"], password, made["accessJwt"], made["refreshJwt"])

    def put(self, by: Session, collection: str, value: dict[str, Any], rkey: str = "") -> Record:
        """Write a record; its $type is the collection. Without an rkey the server gives one."""
        record = {"$type": collection, **value}
        body = {"repo": by.did, "collection": collection, "record": record}
        name = "com.atproto.repo.putRecord" if rkey else "com.atproto.repo.createRecord"
        made = self.do(name, {**body, **({"rkey": rkey} if rkey else {})}, token=by.accessJwt)
        return Record(made["uri"], made["cid"], record)

    def upload(self, by: Session, body: bytes, alt: str = "", mime: str = "image/png") -> Blob:
        """Upload a file. The server forgets it after a time unless a record names it."""
        answer = self.http.post(
            f"{self.url}/xrpc/com.atproto.repo.uploadBlob",
            data=body,
            headers={**_bearer(by.accessJwt), "Content-Type": mime},
            timeout=20,
        )
        ref = _json(answer)["blob"]
        return Blob(ref["ref"]["$link"], hashlib.sha256(body).hexdigest(), mime, len(body), alt, ref)

    def delete(self, by: Session, uri: str) -> None:
        _, _, repo, collection, rkey = uri.split("/")
        self.do(
            "com.atproto.repo.deleteRecord",
            {"repo": repo, "collection": collection, "rkey": rkey},
            token=by.accessJwt,
        )


@contextmanager
def pds(*, rate_limits: bool = False) -> Iterator[Pds]:
    """A fresh server on free ports of 127.0.0.1, in memory; installs it the first time (a minute or two).

    rate_limits: as in the open (3,000 requests and 30 logins in 5 minutes); otherwise no such headers.
    Raises Missing if it cannot be installed, NotUp if it does not start.
    """
    modules = ensure_pds()
    settings = {"LOG_ENABLED": "false", "PDS_RATE_LIMITS": "1" if rate_limits else "", "NODE_ENV": "test"}
    with own_folder("pds") as folder, requests.Session() as http:
        http.trust_env = False  # a proxy has no business on loopback
        words = [node() / "bin/node", RUN]
        with running(words, _ready, folder=folder, cwd=modules, environment=settings) as (server, told):
            made = Pds(told["pds"], told["plc"], server, http)
            _json(http.get(f"{made.url}/xrpc/_health", timeout=20))
            yield made


@dataclass(slots=True)
class Filled:
    """What was written, and so what must be found again."""

    account: Session
    other: Session
    records: dict[str, Record] = field(default_factory=dict)  # the account's own, by URI; without the deleted
    others: dict[str, Record] = field(default_factory=dict)  # the other account's, by URI
    blobs: dict[str, Blob] = field(default_factory=dict)  # the account's own that a record names, by CID
    deleted: dict[str, Record] = field(default_factory=dict)
    deleted_blobs: dict[str, Blob] = field(default_factory=dict)

    def of(self, collection: str) -> list[Record]:
        return [record for record in self.records.values() if record.collection == collection]


def fill(server: Pds, handle: str = "exempelvik.test", *, posts: int = 50, neighbour: str = "granne.test") -> Filled:
    """Two accounts; the first with a profile, posts of 1-4 pictures, answers, likes and a foreign record.

    Every fifth post is answered and liked by the neighbour, and every second of these answered back.
    The post before the last is deleted again, with its pictures.
    Texts, times and pictures are the same every time; identifiers are the server's.
    """
    filled = Filled(server.create_account(handle), server.create_account(neighbour))
    _profile(server, filled)
    made = [_post(server, filled, number) for number in range(1, posts + 1)]
    for number, post in enumerate(made[::5], start=1):
        _talk(server, filled, post, number)
    _foreign(server, filled)
    _take_back(server, filled, made[-2])
    return filled


def _profile(server: Pds, filled: Filled) -> None:
    avatar = server.upload(filled.account, picture(9001, size=(128, 128)))
    banner = server.upload(filled.account, picture(9002, "JPEG", size=(300, 100)), mime="image/jpeg")
    value = {
        "displayName": "Exempelviks stadsdelsförvaltning",
        "description": "Vi svarar vardagar 8–16. Här skriver vi om det som händer i stadsdelen.",
        "avatar": avatar.ref,
        "banner": banner.ref,
    }
    _keep(filled, server.put(filled.account, "app.bsky.actor.profile", value, rkey="self"), avatar, banner)


def _post(server: Pds, filled: Filled, number: int) -> Record:
    images = [_image(server, filled.account, number, place) for place in range(1, number % 4 + 2)]
    value = {
        "text": f"Nr {number}: Så här ser det ut på Åsgatan i dag. Räksmörgås åt alla! 🌲 #exempelvik",
        "createdAt": _moment(number),
        "langs": ["sv"],
        "embed": {
            "$type": "app.bsky.embed.images",
            "images": [{"image": image.ref, "alt": image.alt} for image in images],
        },
    }
    return _keep(filled, server.put(filled.account, "app.bsky.feed.post", value), *images)


def _image(server: Pds, by: Session, number: int, place: int) -> Blob:
    alt = f"Bild {place} till inlägg {number}: en röd bänk under en gran vid Ängsvägen."
    if place % 2:
        return server.upload(by, picture(number * 10 + place), alt)
    return server.upload(by, picture(number * 10 + place, "JPEG"), alt, "image/jpeg")


def _talk(server: Pds, filled: Filled, post: Record, number: int) -> None:
    root = _strong(post)
    answer = server.put(
        filled.other, "app.bsky.feed.post", _reply(f"När öppnar det, nr {number}?", root, root, 100 + number)
    )
    like = server.put(filled.other, "app.bsky.feed.like", {"subject": root, "createdAt": _moment(200 + number)})
    filled.others |= {answer.uri: answer, like.uri: like}
    if number % 2:
        back = _reply("Klockan nio på måndag. Välkommen!", root, _strong(answer), 300 + number)
        _keep(filled, server.put(filled.account, "app.bsky.feed.post", back))
        liked = {"subject": _strong(answer), "createdAt": _moment(400 + number)}
        _keep(filled, server.put(filled.account, "app.bsky.feed.like", liked))


def _reply(text: str, root: dict[str, str], parent: dict[str, str], moment: int) -> dict[str, Any]:
    return {
        "text": text,
        "createdAt": _moment(moment),
        "langs": ["sv"],
        "reply": {"root": root, "parent": parent},
    }


def _foreign(server: Pds, filled: Filled) -> None:
    """A record of a kind that no Bluesky program knows, as other programs on the same account write them."""
    value = {"rubrik": "Anslag", "text": "Nämnden möts den 3 december.", "createdAt": _moment(500)}
    _keep(filled, server.put(filled.account, "se.exempelvik.note", value))


def _take_back(server: Pds, filled: Filled, record: Record) -> None:
    server.delete(filled.account, record.uri)
    filled.deleted[record.uri] = filled.records.pop(record.uri)
    for image in record.value["embed"]["images"]:
        cid = image["image"]["ref"]["$link"]
        filled.deleted_blobs[cid] = filled.blobs.pop(cid)


def _keep(filled: Filled, record: Record, *blobs: Blob) -> Record:
    filled.records[record.uri] = record
    filled.blobs |= {blob.cid: blob for blob in blobs}
    return record


def _strong(record: Record) -> dict[str, str]:
    return {"uri": record.uri, "cid": record.cid}


def _moment(number: int) -> str:
    moment = datetime(2026, 1, 12, 8, tzinfo=UTC) + timedelta(hours=13 * number)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _ready(server: Running) -> dict[str, Any] | None:
    """The one line that run-pds.mjs writes; before it there may be warnings of Node's."""
    for line in server.said().splitlines(keepends=True):
        if line.startswith('{"ready":true') and line.endswith("\n"):
            return dict(json.loads(line))
    return None


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"} if token else {}


def _json(answer: requests.Response) -> Any:
    if not answer.ok:
        raise requests.HTTPError(
            f"{answer.status_code} {answer.url.split('?')[0]}: {answer.text[:500]}", response=answer
        )
    return answer.json()
