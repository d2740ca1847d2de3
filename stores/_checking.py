"""Reading back what a store holds, long after it was delivered: a slice at a time, each object by name."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from hashlib import sha256
from itertools import islice
from typing import Final

from model.errors import ArsringError, NotAllowed
from model.nouns import Check
from stores._s3_errors import Missing

_AT_ONCE: Final = 8


@dataclass(frozen=True, slots=True)
class Due:
    """One object that should be there, and how it is read (in pieces)."""

    key: str
    size: int | None  # where it is known
    sha256: str
    read: Callable[[], Iterator[bytes]]


def chosen(key: str, part: int, parts: int) -> bool:
    """Whether a key is in slice `part` (from 1) of `parts`: the same key is always in the same one."""
    return int(sha256(key.encode()).hexdigest()[:8], 16) % parts == part - 1


def check(due: Iterator[Due]) -> Check:
    """Read every one. What cannot be read is a fault of its own; a key that is refused stops it all: NotAllowed."""
    found = Check()
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        while batch := list(islice(due, 32 * _AT_ONCE)):  # memory stays flat, however many there are
            for read, fault in pool.map(_one, batch):
                found.objects, found.bytes = found.objects + 1, found.bytes + read
                found.faults += [fault] if fault else []
    return found


def _one(due: Due) -> tuple[int, str]:
    """(bytes read, what is wrong or nothing) of one object."""
    digest, length = sha256(), 0
    try:
        for piece in due.read():
            digest.update(piece)
            length += len(piece)
    except (Missing, FileNotFoundError):
        return 0, f"{due.key}: is not there"
    except NotAllowed:
        raise
    except (ArsringError, OSError) as error:
        return length, f"{due.key}: cannot be read ({error})"
    if due.size not in (None, length):
        return length, f"{due.key}: {length} bytes, where {due.size} were delivered"
    if digest.hexdigest() != due.sha256:
        return length, f"{due.key}: not the bytes that were delivered"
    return length, ""
