"""A folder on a disk as store: the default that needs nothing.

    2026-exempelvik-mastodon.zip                           the package, read-only
    2026-exempelvik-mastodon.3f1c0a….receipt.json          its receipt, named by its own hash: the commit point

Written under another name, synced, and linked to its own: link() never overwrites. A package without a receipt has not
been delivered. Promises that changes show (hashes, receipts chained by account), not that nobody can make them.
"""

import json
import os
from contextlib import suppress
from hashlib import file_digest, sha256
from pathlib import Path

from model.capture import as_json
from model.errors import NotWhole
from model.nouns import Order, Package, Receipt

_PROMISE = "tamper-evident only: hashes and chained receipts; whoever owns the folder can delete"


def deliver(package: Package, order: Order, place: Path) -> Receipt:
    """Put a package in the store and read it back. The same again is no work; another under its name is NotWhole."""
    place.mkdir(parents=True, exist_ok=True)
    final = place / f"{order.id}.zip"
    done = receipt(order.id, place)
    if done and done.sha256 != package.sha256:
        raise NotWhole(
            f"{final.name}: another package of that name has been delivered already. Nothing was changed. Find "
            "out why there are two before you deliver either."
        )
    if not final.exists():  # also where a package has vanished from behind its receipt
        _place(Path(package.path), final)
    with final.open("rb") as file:
        found = file_digest(file, "sha256").hexdigest()
    size = final.stat().st_size
    if (size, found) != (package.size, package.sha256):
        raise NotWhole(
            f"{final.name}: what the store holds is not what was packed ({size} of {package.size} bytes). No "
            "receipt was written. Move that file aside, look at the disk, and run again."
        )
    if done:
        return done
    made = Receipt(
        order=order.id,
        package=final.name,
        size=size,
        sha256=found,
        verdict=package.verdict,
        format=package.format,
        account=order.account.id,
        previous=_last(order, place),
        promise=_PROMISE,
    )
    _write(place, made)
    return made


def receipt(order: str, place: Path) -> Receipt | None:
    """The receipt of an order, or None. NotWhole if there are two that differ, or one that is not as its name says."""
    found = [path for path in _receipts(place) if _of(path)[0] == order]
    if len(found) > 1:
        raise NotWhole(
            f"{order}: there are {len(found)} receipts for one package: {', '.join(path.name for path in found)}. "
            "One of them is wrong: find out which before anything else is done."
        )
    return _read(found[0]) if found else None


def _receipts(place: Path) -> list[Path]:
    """In the order of their names. The names are compared as texts, not as patterns: they come from outside."""
    return sorted(place.glob("*.receipt.json"))


def _of(path: Path) -> tuple[str, str]:
    """(the order, the hash) in a receipt's name."""
    order, _, name = path.name.removesuffix(".receipt.json").rpartition(".")
    return order, name


def _place(source: Path, final: Path) -> None:
    part = final.with_name(f".incoming-{os.getpid()}-{final.name}")
    part.unlink(missing_ok=True)  # left by a killed run, read-only; in a container the numbers come again
    try:
        with source.open("rb") as taken, part.open("wb") as out:
            while piece := taken.read(2**20):
                out.write(piece)
            out.flush()
            os.fsync(out.fileno())
        part.chmod(0o440)
        with suppress(FileExistsError):  # somebody was faster: what lies there is read back all the same
            os.link(part, final)
    finally:
        part.unlink(missing_ok=True)
    _sync(final.parent)


def _write(place: Path, made: Receipt) -> None:
    text = as_json(made).encode() + b"\n"
    part = place / f".incoming-{os.getpid()}-{made.order}.receipt"
    part.unlink(missing_ok=True)
    try:
        with part.open("wb") as out:
            out.write(text)
            out.flush()
            os.fsync(out.fileno())
        part.chmod(0o440)
        part.rename(place / f"{made.order}.{sha256(text).hexdigest()}.receipt.json")
    finally:
        part.unlink(missing_ok=True)
    _sync(place)


def _read(path: Path) -> Receipt:
    text = path.read_bytes()
    order, name = _of(path)
    if sha256(text).hexdigest() == name:
        with suppress(ValueError, TypeError):
            made = Receipt(**json.loads(text))
            if made.order == order:
                return made
    raise NotWhole(f"{path.name}: the receipt is not as its name says: somebody has touched it.")


def _last(order: Order, place: Path) -> str:
    """The hash of the account's receipt before this one. They are read: `2026-b-a` may be of `a` or of `b-a`."""
    for path in reversed(_receipts(place)):
        before, name = _of(path)
        if before < order.id and before.endswith(f"-{order.account.id}") and _read(path).account == order.account.id:
            return name
    return ""


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
