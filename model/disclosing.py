"""The account's items as a tree of hashes, so that some fields can be masked and the rest still be proven.

    field   SHA-256(salt + path + newline + value as JSON)      path: `text`, `media/0/alt`
    line    SHA-256(byte 0 + its fields' hashes, one after the other, sorted by path): a leaf of model/merkle.py
    root    over the lines in the order of items.jsonl

Who holds a copy with a name masked has the field's hash, and not its salt: trying names against the hash leads nowhere.
The salt is SHA-256(HMAC-SHA256(key, line number from 0) + path), under a key that whoever holds the whole package can
compute and nobody else. It is taken of the record's own bytes, not of their hashes alone, which stand in lists that may
be given away.
"""

import hmac
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

from model import merkle

Read = Callable[[str], Iterable[bytes]]  # the pieces of one file of the capture
MASKED = "masked"  # what stands in a field's place: {"masked": "<its hash>"}
_JSON = json.JSONEncoder(separators=(",", ":"), sort_keys=True).encode
_ENOUGH = 2**20  # bytes of each file of the record: more is no harder to guess


def items_root(lines: Iterable[bytes], key: bytes) -> bytes:
    """The root over all lines of items.jsonl: 32 bytes."""
    return merkle.root(leaf(fields(json.loads(line)), salts(key, number)) for number, line in enumerate(lines))


def root_of(capture: Path) -> bytes:
    """The root over a sealed capture's items: 32 bytes."""
    with (capture / "items.jsonl").open("rb") as lines:
        return items_root(lines, key_of(_reader(capture)))


def key_of(read: Read) -> bytes:
    """The key of one capture's salts, from the seal and the beginning of each file of the record and of the export."""
    found, names = sha256(b"arsring disclosure 1\0"), list[str]()
    for line in read("seal.jsonl"):
        found.update(line)
        if (path := json.loads(line).get("path", "")).startswith(("raw/", "supplied/")):
            names.append(path)
    for name in names:
        left = _ENOUGH
        for piece in read(name):
            found.update(piece[:left])
            if (left := left - len(piece)) <= 0:
                break
    return found.digest()


def fields(item: Mapping[str, Any]) -> dict[str, Any]:
    """An item's fields by path; only a list of things (files, a poll's answers) is taken apart."""
    found: dict[str, Any] = {}
    for name, value in item.items():
        if isinstance(value, list) and value and all(isinstance(part, dict) and part for part in value):
            found |= {f"{name}/{at}/{inner}": each for at, part in enumerate(value) for inner, each in part.items()}
        else:
            found[name] = value
    return found


def salts(key: bytes, number: int) -> Callable[[str], bytes]:
    """The salts of one line, `number` from 0: from a path to 32 bytes."""
    own = hmac.digest(key, b"%d" % number, "sha256")
    return lambda path: sha256(own + _bytes(path)).digest()


def field_hash(path: str, value: Any, salt: bytes) -> bytes:
    """One field's hash: 32 bytes."""
    return sha256(b"%b%b\n%b" % (salt, _bytes(path), _JSON(value).encode())).digest()


def _bytes(path: str) -> bytes:
    return path.encode("utf-8", "backslashreplace")


def leaf(found: Mapping[str, Any], salt: Callable[[str], bytes]) -> bytes:
    """One line's hash, from its fields."""
    return leaf_of(field_hash(path, found[path], salt(path)) for path in sorted(found))


def leaf_of(hashes: Iterable[bytes]) -> bytes:
    """One line's hash, from those of its fields, sorted by path: 32 bytes."""
    return merkle.leaf(b"".join(hashes))


def _reader(capture: Path) -> Read:
    def read(name: str) -> Iterator[bytes]:
        with (capture / name).open("rb") as file:
            yield from file

    return read
