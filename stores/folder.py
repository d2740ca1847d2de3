"""A folder on a disk as store: the default that needs nothing.

    2026-exempelvik-mastodon.zip                           the package, read-only
    2026-exempelvik-mastodon.sha256, .manifest.json …      what stands beside it, read-only too: the receipt names them
    2026-exempelvik-mastodon.3f1c0a….receipt.json          its receipt, named by its own hash: the commit point

Written under another name, synced, and linked to its own: link() never overwrites. A package without a receipt has not
been delivered. Promises that changes show (hashes, receipts chained by account), not that nobody can make them.
"""

import json
import os
import re
from collections.abc import Iterator
from contextlib import suppress
from hashlib import file_digest, sha256
from pathlib import Path
from typing import Final

from model.capture import as_json
from model.errors import NotWhole
from model.nouns import Order, Package, Receipt

_PROMISE = "tamper-evident only: hashes and chained receipts; whoever owns the folder can delete"


_SUFFIX: Final = r"(\.closure|\.rehearsal)?(?:\.r([0-9]{1,9}))?"  # of an order's id, behind the account's
Rank = tuple[str, str, int]  # the year or day, the kind, which run of it


def deliver(package: Package, order: Order, place: Path) -> Receipt:
    """Put a package and what stands beside it in the store, and read it back.

    The same again is no work; another under its name is NotWhole.
    """
    place.mkdir(parents=True, exist_ok=True)
    final = place / f"{order.id}.zip"
    done = receipt(order.id, place)
    if done and done.sha256 != package.sha256:
        raise _another(final.name)
    if not final.exists():  # also where a package has vanished from behind its receipt
        _place(Path(package.path), final)
    size, found = final.stat().st_size, _digest(final)
    if (size, found) != (package.size, package.sha256):
        raise NotWhole(
            f"{final.name}: what the store holds is not what was packed ({size} of {package.size} bytes). No "
            "receipt was written. Move that file aside, look at the disk, and run again."
        )
    beside = _beside(package, order, place, done)
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
        beside=beside,
    )
    _write(place, made)
    return made


def keep(place: Path, name: str, data: bytes) -> Path:
    """Add a small file to what stands in the store, and read it back: a stamp, the manifest of a run.

    Nothing is overwritten: the same again is no work, and another under its name is NotWhole.
    """
    place.mkdir(parents=True, exist_ok=True)
    final = place / name
    if not final.exists():
        part = final.with_name(f".incoming-{os.getpid()}-{name}")
        _put(part, data)
        with suppress(FileExistsError):
            os.link(part, final)
        part.unlink()
        _sync(place)
    if final.read_bytes() != data:
        raise NotWhole(f"{name}: another file of that name is in the store already. Nothing was changed.")
    return final


def previous(account: str, order: str, place: Path) -> Receipt | None:
    """The account's last receipt before an order (a run of it that replaced another is the last); of no rehearsal.

    Earlier runs of the same order are not before it. NotWhole where a receipt has been touched.
    """
    own = _rank(order, account)
    return next((made for rank, _, made in _before(account, place) if own and rank[:2] < own[:2]), None)


def receipts(place: Path) -> Iterator[Receipt]:
    """Every receipt there is, in the order of their names. NotWhole where one has been touched."""
    return map(_read, _receipts(place))


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


def _another(name: str) -> NotWhole:
    return NotWhole(
        f"{name}: another package of that name has been delivered already. Nothing was changed. Find out why there are "
        "two before you deliver either."
    )


def _beside(package: Package, order: Order, place: Path, done: Receipt | None) -> dict[str, str]:
    """Deliver what stands beside the package: name → SHA-256."""
    found = {}
    for source in map(Path, filter(None, (package.listing, *package.sidecars))):
        if not source.name.startswith(f"{order.id}."):
            raise NotWhole(f"{source.name}: stands beside {order.id}.zip, and its name does not begin with {order.id}.")
        found[source.name] = due = _digest(source)
        if done and done.beside.get(source.name, due) != due:
            raise _another(source.name)
        if not (final := place / source.name).exists():
            _place(source, final)
        if _digest(final) != due:
            raise _another(source.name)
    return found


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


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
    _put(part, text)
    part.rename(place / f"{made.order}.{sha256(text).hexdigest()}.receipt.json")
    _sync(place)


def _put(part: Path, data: bytes) -> None:
    """Write a small file, read-only and synced; none at all where that fails."""
    part.unlink(missing_ok=True)
    try:
        with part.open("wb") as out:
            out.write(data)
            out.flush()
            os.fsync(out.fileno())
        part.chmod(0o440)
    except OSError:
        part.unlink(missing_ok=True)
        raise


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
    """The hash of the account's receipt before this one."""
    own = _rank(order.id, order.account.id)
    before = _before(order.account.id, place)
    return next((_of(path)[1] for rank, path, _ in before if own and rank < own), "")


def _before(account: str, place: Path) -> Iterator[tuple[Rank, Path, Receipt]]:
    """The account's receipts, last first, no rehearsals. They are read: `2026-b-a` may be of `a` or of `b-a`."""
    named = ((_rank(_of(path)[0], account), path) for path in _receipts(place))
    for rank, path in sorted(((rank, path) for rank, path in named if rank), reverse=True):
        if rank[1] != ".rehearsal" and (made := _read(path)).account == account:
            yield rank, path, made


def _rank(order: str, account: str) -> Rank | None:
    """What an account's orders are sorted by; None for an order whose name says that it is another's."""
    found = re.fullmatch(rf"(.+)-{re.escape(account)}{_SUFFIX}", order)
    return (found[1], found[2] or "", int(found[3] or 1)) if found else None


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
