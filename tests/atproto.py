"""An AT Protocol network made by hand, without a socket: a signed repository, its server, the directory, an AppView.

Shapes as the real ones have them: the repository as @atproto/pds 0.6 sends it, views as in the snapshots of
bluesky-social/atproto (../shared/realdata/bluesky/atproto-snapshots).
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qs, urlsplit

import libipld
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.fakes.faults import Reply
from tests.servers.pictures import picture

DID, OTHER = "did:plc:exempelvikexempelvikexem", "did:plc:granneexempelvikgranneex"
APPVIEW, DIRECTORY, SERVER = "public.api.bsky.app", "plc.directory", "pds.exempelvik.example"
_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
SECRET = ec.derive_private_key(20261201, ec.SECP256K1())


def cid_of(data: bytes, codec: int = 0x71) -> bytes:
    return bytes([1, codec, 0x12, 0x20]) + sha256(data).digest()


def blob_of(data: bytes, mime: str = "image/png") -> dict[str, Any]:
    return {"$type": "blob", "ref": cid_of(data, 0x55), "mimeType": mime, "size": len(data)}


def signed(commit: dict[str, Any]) -> dict[str, Any]:
    r, s = decode_dss_signature(SECRET.sign(libipld.encode_dag_cbor(commit), ec.ECDSA(SHA256())))
    return commit | {"sig": r.to_bytes(32, "big") + min(s, _ORDER - s).to_bytes(32, "big")}


def multikey() -> str:
    point = SECRET.public_key().public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
    return str(libipld.encode_multibase("z", b"\xe7\x01" + point))


def car(
    records: Iterable[tuple[str, bytes]], *, rev: str = "3n2zcqpbkak2j", did: str = DID, wide: int = 50
) -> Iterator[bytes]:
    """A CAR in pieces, its header last, from (collection/rkey, record as DAG-CBOR), ascending, in a tree that wide."""
    level: list[tuple[bytes, bytes, bytes | None]] = []  # (key, record, the node to its right)
    left: bytes | None = None
    part: list[tuple[bytes, bytes, bytes | None]] = []
    for key, data in records:
        cid = cid_of(data)
        yield _section(cid, data)
        part.append((key.encode(), cid, None))
        if len(part) == wide:
            *under, (key_up, cid_up, _) = part
            below = _node(None, under)
            yield _section(cid_of(below), below)
            if level:
                level[-1] = (*level[-1][:2], cid_of(below))
            else:
                left = cid_of(below)
            level.append((key_up, cid_up, None))
            part = []
    below = _node(None, part)
    yield _section(cid_of(below), below)
    if level:
        level[-1] = (*level[-1][:2], cid_of(below))
    else:
        left = cid_of(below)
    top = _node(left, level)
    yield _section(cid_of(top), top)
    commit = libipld.encode_dag_cbor(signed({"did": did, "version": 3, "rev": rev, "prev": None, "data": cid_of(top)}))
    yield _section(cid_of(commit), commit)
    yield _framed(libipld.encode_dag_cbor({"roots": [cid_of(commit)], "version": 1}))


def whole_car(records: Mapping[str, dict[str, Any]], **more: Any) -> bytes:
    *sections, header = car(((key, libipld.encode_dag_cbor(records[key])) for key in sorted(records)), **more)
    return header + b"".join(sections)


def _node(left: bytes | None, entries: list[tuple[bytes, bytes, bytes | None]]) -> bytes:
    last, packed = b"", []
    for key, cid, right in entries:
        same = next((at for at, (a, b) in enumerate(zip(last, key, strict=False)) if a != b), min(len(last), len(key)))
        packed.append({"p": same, "k": key[same:], "v": cid, "t": right})
        last = key
    return bytes(libipld.encode_dag_cbor({"l": left, "e": packed}))


def _section(cid: bytes, data: bytes) -> bytes:
    return _framed(cid + data)


def _framed(data: bytes) -> bytes:
    length, head = len(data), bytearray()
    while length > 127:
        head.append(length & 127 | 128)
        length >>= 7
    return bytes(head) + bytes([length]) + data


@dataclass
class AppView:
    """What a network's index shows of posts: uri → (author's did, handle, record as JSON)."""

    posts: dict[str, tuple[str, str, dict[str, Any]]]
    hidden: set[str] = field(default_factory=set)  # counted, not shown
    holes: dict[str, str] = field(default_factory=dict)  # uri → notFoundPost or blockedPost
    deepest: int = 1000

    def view(self, uri: str) -> dict[str, Any]:
        did, handle, record = self.posts[uri]
        images = [{"fullsize": f"https://cdn.example/{image['image']['ref']['$link']}", "alt": image["alt"]}
                  for image in (record.get("embed") or {}).get("images") or []]  # fmt: skip
        return {"uri": uri, "cid": "bafyrei", "author": {"did": did, "handle": handle}, "record": record,
                "replyCount": len(self.below[uri]), "repostCount": 0, "likeCount": 3, "quoteCount": 0,
                **({"embed": {"$type": "app.bsky.embed.images#view", "images": images}} if images else {})}  # fmt: skip

    @property
    def below(self) -> dict[str, list[str]]:
        found = defaultdict(list)
        for uri, (_, _, record) in self.posts.items():
            if record.get("reply"):
                found[record["reply"]["parent"]["uri"]].append(uri)
        return found

    def thread(self, uri: str, depth: int = 0) -> dict[str, Any]:
        if uri in self.holes:
            return {"$type": f"app.bsky.feed.defs#{self.holes[uri]}", "uri": uri}
        node: dict[str, Any] = {"$type": "app.bsky.feed.defs#threadViewPost", "post": self.view(uri)}
        if depth < self.deepest:
            node["replies"] = [self.thread(reply, depth + 1) for reply in self.below[uri] if reply not in self.hidden]
        return node

    def answer(self, method: str, asked: dict[str, list[str]]) -> Reply | None:
        match method:
            case "app.bsky.feed.getPosts":
                return said({"posts": [self.view(uri) for uri in asked["uris"] if uri in self.posts]})
            case "app.bsky.feed.getPostThread" if asked["uri"][0] in self.posts:
                return said({"thread": self.thread(asked["uri"][0])})
            case "app.bsky.feed.getPostThread":
                return refused("NotFound")
            case "app.bsky.actor.getProfile":
                return said({"did": DID, "followersCount": 12, "followsCount": 3, "postsCount": 4})
        return None


@dataclass
class Network:
    """All of it, as `https://` sees it; `change` may alter or replace any answer by (address, answer)."""

    records: dict[str, dict[str, Any]]
    blobs: dict[str, bytes] = field(default_factory=dict)
    appview: AppView = field(default_factory=lambda: AppView({}))
    change: Callable[[str, Reply], Reply] = lambda url, reply: reply
    unlisted: set[str] = field(default_factory=set)  # blobs that listBlobs leaves out
    base: str = "https:/"  # in front of every address: InProcess asks for what stands before the first slash
    asked: list[tuple[str, str]] = field(default_factory=list)
    strays: list[str] = field(default_factory=list)
    keys: list[tuple[str, str]] = field(default_factory=list)  # (host, Authorization)

    def answer(self, method: str, url: str, headers: dict[str, str]) -> Reply:
        self.asked.append((method, url))
        there = urlsplit(url)
        if "Authorization" in headers:
            self.keys.append((str(there.hostname), headers["Authorization"]))
        reply = self._answer(str(there.hostname), there.path.removeprefix("/xrpc/"), parse_qs(there.query))
        return self.change(url, reply or refused("MethodNotImplemented", 501))

    def _answer(self, host: str, method: str, asked: dict[str, list[str]]) -> Reply | None:
        if host == APPVIEW and method == "com.atproto.identity.resolveHandle":
            return said({"did": DID}) if asked["handle"] == ["exempelvik.example"] else refused("InvalidRequest")
        if host == APPVIEW:
            return self.appview.answer(method, asked)
        if host == DIRECTORY:
            return said(self.document)
        if host == "cdn.example":
            return Reply(body=picture(9), headers={"Content-Type": "image/png"})
        return self._server(method.removeprefix("com.atproto."), asked) if host == SERVER else None

    def _server(self, method: str, asked: dict[str, list[str]]) -> Reply | None:
        match method:
            case "sync.getRepoStatus":
                return said({"did": DID, "active": True, "rev": "3n2zcqpbkak2j"})
            case "sync.getRepo":
                return Reply(body=whole_car(self.records), headers={"Content-Type": "application/vnd.ipld.car"})
            case "repo.listRecords":
                own = sorted((key for key in self.records if key.startswith(asked["collection"][0])), reverse=True)
                found = own[: int(asked["limit"][0])]
                rows = [{"uri": f"at://{DID}/{key}", "value": as_json(self.records[key])} for key in found]
                return said({"records": rows})
            case "repo.getRecord":
                key = f"{asked['collection'][0]}/{asked['rkey'][0]}"
                return said({"value": as_json(self.records[key])}) if key in self.records else refused("RecordNotFound")
            case "sync.listBlobs":
                return said(self._page(asked.get("cursor", [""])[0]))
            case "sync.getBlob" if asked["cid"][0] in self.blobs:
                return Reply(body=self.blobs[asked["cid"][0]], headers={"Content-Type": "image/png"})
            case "sync.getBlob":
                return refused("InvalidRequest")
            case "server.createSession":
                return said(
                    {"did": DID, "handle": "exempelvik.example", "accessJwt": "aJwt-one", "refreshJwt": "rJwt-two"}
                )
            case "server.checkAccountStatus":
                return said({"activated": True, "indexedRecords": len(self.records), "expectedBlobs": len(self.blobs)})
        return None

    def _page(self, cursor: str) -> dict[str, Any]:
        """Two at a time; the last full page has a cursor too, as the real server's."""
        left = sorted(cid for cid in self.blobs if cid > cursor and cid not in self.unlisted)[:2]
        return {"cids": left, **({"cursor": left[-1]} if left else {})}

    @property
    def document(self) -> dict[str, Any]:
        return {
            "id": DID, "alsoKnownAs": ["at://exempelvik.example"],
            "verificationMethod": [{"id": f"{DID}#atproto", "type": "Multikey", "publicKeyMultibase": multikey()}],
            "service": [{"id": "#atproto_pds", "type": "AtprotoPersonalDataServer", "serviceEndpoint": f"https://{SERVER}"}],
        }  # fmt: skip


def said(data: Any) -> Reply:
    return Reply(body=json.dumps(data).encode(), headers={"Content-Type": "application/json"})


def refused(code: str, status: int = 400) -> Reply:
    body = json.dumps({"error": code, "message": code}).encode()
    return Reply(status=status, body=body, headers={"Content-Type": "application/json"})


def small_network() -> Network:
    """Four posts (one with two pictures, one answer of one's own), a profile, a like, a repost, a foreign record."""
    one, two, face = picture(1), picture(2), picture(3)
    at = "2026-03-02T08:00:00.000Z"
    post = {"$type": "app.bsky.feed.post", "createdAt": at, "langs": ["sv"]}
    first = f"at://{DID}/app.bsky.feed.post/3a"
    images = [{"image": blob_of(one), "alt": "En röd bänk."}, {"image": blob_of(two), "alt": "En gran."}]
    theirs = f"at://{OTHER}/app.bsky.feed.post"
    pictures = {"$type": "app.bsky.embed.images", "images": images}
    face_of = blob_of(face)
    own: dict[str, dict[str, Any]] = {
        "app.bsky.feed.post/3a": post | {"text": "God morgon!", "embed": pictures},
        "app.bsky.feed.post/3b": post | {"text": "Nämnden möts."},
        "app.bsky.feed.post/3c": post | {"text": "Klockan nio.", "reply": _reply(first, f"{theirs}/4a")},
        "app.bsky.feed.post/3d": post | {"text": "Räksmörgås \u0001 🌲"},
        "app.bsky.actor.profile/self": {"displayName": "Exempelvik", "description": "Vi svarar.", "avatar": face_of},
        "app.bsky.feed.like/3e": {"subject": {"uri": f"{theirs}/4a", "cid": "x"}, "createdAt": at},
        "app.bsky.feed.repost/3f": {"subject": {"uri": f"{theirs}/4b", "cid": "x"}, "createdAt": at},
        "app.bsky.graph.follow/3g": {"subject": OTHER, "createdAt": at},
        "se.exempelvik.note/1": {"rubrik": "Anslag", "om": [blob_of(one)], "createdAt": at},
    }  # fmt: skip
    shown = {
        f"at://{DID}/{key}": (DID, "exempelvik.example", as_json(value)) for key, value in own.items() if "post/" in key
    }
    asks = as_json(post | {"text": "När öppnar det?", "reply": _reply(first, first), "embed": {
        "images": [{"image": blob_of(picture(9)), "alt": "Dörren."}]}})  # fmt: skip
    shown[f"at://{OTHER}/app.bsky.feed.post/4a"] = (OTHER, "granne.example", asks)
    blobs = {libipld.encode_cid(cid_of(data, 0x55)): data for data in (one, two, face)}
    return Network(own, blobs, AppView(shown))


def _reply(root: str, parent: str) -> dict[str, Any]:
    return {"root": {"uri": root, "cid": "x"}, "parent": {"uri": parent, "cid": "x"}}


def as_json(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: as_json(part) for name, part in value.items()}
    if isinstance(value, list):
        return [as_json(part) for part in value]
    return {"$link": libipld.encode_cid(value)} if isinstance(value, bytes) else value
