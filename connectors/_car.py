"""A repository of the AT Protocol as it is sent: one CAR file, every block checked, the signed tree walked in order.

The blocks are found again through a table on disk (a private file of SQLite's, gone when closed), so that memory does
not grow with the repository. Whatever is missing, altered or out of order is NotUnderstood: nothing is passed over.

Source  atproto.com/specs/repository, /specs/cryptography; ipld.io/specs/transport/car/carv1      Seen  2026-11
"""

import sqlite3
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from libipld import decode_dag_cbor, decode_multibase, encode_dag_cbor

from model.errors import NotUnderstood

LARGEST_BLOCK = 16 * 2**20  # bytes; a record may have one or two million
_CID = (b"\x01\x71\x12\x20", b"\x01\x55\x12\x20")  # version 1, DAG-CBOR or raw, SHA-256 of 32 bytes
_KINDS: dict[str, tuple[ec.EllipticCurve, bytes]] = {  # a key's curve, and what stands before the point
    "Multikey e701": (ec.SECP256K1(), b"\xe7\x01"),
    "Multikey 8024": (ec.SECP256R1(), b"\x80\x24"),
    "EcdsaSecp256k1VerificationKey2019": (ec.SECP256K1(), b""),
    "EcdsaSecp256r1VerificationKey2019": (ec.SECP256R1(), b""),
}


class Repository:
    """One repository on disk; a context manager. Every block's hash has been checked once it is made."""

    def __init__(self, path: Path) -> None:
        self._file: BinaryIO = path.open("rb")
        self._table = sqlite3.connect("", check_same_thread=False, isolation_level=None)
        self._table.executescript(
            "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA cache_size=-16000;"
            "CREATE TABLE block(id INTEGER PRIMARY KEY, start INT);"
            "CREATE TABLE met(what TEXT PRIMARY KEY) WITHOUT ROWID; BEGIN;"
        )
        try:
            header = _decoded(_exactly(self._file, _length(self._file)), "the header")
            self._table.executemany("INSERT OR IGNORE INTO block VALUES (?,?)", self._checked())
            self.root: bytes = header["roots"][0]
            self.commit: dict[str, Any] = _decoded(self._block(self.root), "the commit")
            self.did, self.rev = str(self.commit["did"]), str(self.commit.get("rev") or "")
        except (KeyError, IndexError, TypeError) as error:
            self.__exit__()
            raise NotUnderstood(f"{path.name}: not a repository ({error!r})") from error
        except NotUnderstood:
            self.__exit__()
            raise

    def __enter__(self) -> "Repository":
        return self

    def __exit__(self, *_: object) -> None:
        self._table.close()
        self._file.close()

    def signed_by(self, kind: str, key: str) -> bool:
        """Whether the commit, and so all below it, is signed by a key as an identity document has it.

        Either half of the curve is taken: repositories of 2023 have signatures that today's rule (low-S) forbids, and
        what it forbids, a second signature over the same bytes, changes nothing in what is kept.
        """
        try:
            raw = bytes(decode_multibase(key)[1])
            curve, before = _KINDS[f"{kind} {raw[:2].hex()}" if kind == "Multikey" else kind]
            public = ec.EllipticCurvePublicKey.from_encoded_point(curve, raw.removeprefix(before))
            r, s = (int.from_bytes(self.commit["sig"][at : at + 32], "big") for at in (0, 32))
            if len(self.commit["sig"]) != 64:
                return False
            unsigned = encode_dag_cbor({name: value for name, value in self.commit.items() if name != "sig"})
            public.verify(encode_dss_signature(r, s), unsigned, ec.ECDSA(SHA256()))
        except (InvalidSignature, KeyError, ValueError, TypeError):
            return False
        return True

    def records(self) -> Iterator[tuple[str, bytes]]:
        """(collection/rkey, the record as DAG-CBOR) of every leaf of the signed tree, ascending."""
        last = b""
        todo: list[Any] = [self.commit.get("data")]
        while todo:
            part = todo.pop()
            if not isinstance(part, tuple):
                todo.extend(reversed(list(_parts(_decoded(self._block(part), "a node of the tree")))))
                continue
            key, cid = part
            if key <= last or not key.isascii() or key.count(b"/") != 1:
                raise NotUnderstood(f"the tree of the repository is out of order at {key[:100]!r}")
            last = key
            yield key.decode(), self._block(cid)

    def meet(self, what: str) -> bool:
        """Whether `what` is met for the first time; `met` counts them."""
        return bool(self._table.execute("INSERT OR IGNORE INTO met VALUES (?)", (what,)).rowcount)

    @property
    def met(self) -> int:
        return int(self._table.execute("SELECT count(*) FROM met").fetchone()[0])

    def _checked(self) -> Iterator[tuple[int, int]]:
        """(short id, where it starts) of each block, its bytes compared with its name."""
        start = self._file.tell()
        while (length := _length(self._file)) >= 0:
            body = _exactly(self._file, length)
            if body[:4] not in _CID or sha256(body[36:]).digest() != body[4:36]:
                raise NotUnderstood(f"the block at byte {start} of the repository is not what its name says")
            yield _short(body), start
            start = self._file.tell()

    def _block(self, cid: Any) -> bytes:
        sought = _short(cid) if _is_cid(cid) else 0
        if row := self._table.execute("SELECT start FROM block WHERE id=?", (sought,)).fetchone():
            self._file.seek(row[0])
            body = _exactly(self._file, _length(self._file))
            if body[:36] == cid:
                return body[36:]
        raise NotUnderstood(f"a block that the signed tree names is not in the repository that came: {_shown(cid)}")


def _parts(node: dict[str, Any]) -> Iterator[Any]:
    """What a node holds, in order: CIDs of nodes below it and (key, CID) of records; keys share their beginnings."""
    try:
        if node["l"] is not None:
            yield node["l"]
        key = b""
        for entry in node["e"]:
            key = key[: entry["p"]] + entry["k"]
            yield key, entry["v"]
            if entry["t"] is not None:
                yield entry["t"]
    except (KeyError, TypeError) as error:
        raise NotUnderstood(f"a node of the repository's tree is not as documented: {error!r}") from error


def _decoded(data: bytes, what: str) -> dict[str, Any]:
    try:
        value = decode_dag_cbor(data)
    except (ValueError, RecursionError) as error:
        raise NotUnderstood(f"{what} of the repository cannot be read: {error}") from error
    if not isinstance(value, dict):
        raise NotUnderstood(f"{what} of the repository is not what it should be")
    return value


def _length(file: BinaryIO) -> int:
    """The unsigned varint at the file's position; -1 at its end."""
    value = shift = 0
    while byte := file.read(1):
        value |= (byte[0] & 127) << shift
        if byte[0] < 128:
            break
        shift += 7
        if value > LARGEST_BLOCK:
            break
    if (not byte and shift) or value > LARGEST_BLOCK:
        raise NotUnderstood(f"the repository is broken at byte {file.tell()}: no length that can be")
    return value if byte else -1


def _exactly(file: BinaryIO, length: int) -> bytes:
    body = file.read(max(length, 0))
    if len(body) != length:
        raise NotUnderstood(f"the repository breaks off at byte {file.tell()}: {length - len(body)} bytes are missing")
    return body


def _is_cid(value: Any) -> bool:
    return isinstance(value, bytes) and len(value) == 36


def _short(cid: bytes) -> int:
    """Eight bytes of the hash: enough to find a block; what is found is compared in full."""
    return int.from_bytes(cid[4:12], "big", signed=True)


def _shown(cid: Any) -> str:
    return cid[4:].hex() if _is_cid(cid) else repr(cid)[:100]
