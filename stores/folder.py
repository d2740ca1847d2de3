"""A folder on a disk as store: the default that needs nothing.

    2026-exempelvik-mastodon.zip                           the package, read-only
    2026-exempelvik-mastodon.sha256, .manifest.json …      what stands beside it, read-only too: the receipt names them
    2026-exempelvik-mastodon.3f1c0a….receipt.json          its receipt, named by its own hash: the commit point

Written under another name, synced, and linked to its own: link() never overwrites. A package without a receipt has not
been delivered. Promises that changes show (hashes, receipts chained by account), not that nobody can make them.
"""

import os
import time
from collections.abc import Collection, Iterator
from contextlib import suppress
from datetime import date
from functools import partial
from hashlib import file_digest
from pathlib import Path
from typing import Any, BinaryIO, Final

from model.errors import NotWhole
from model.nouns import Check, Order, Package, Receipt
from model.settings import Settings
from stores import _checking, _receipts
from stores._checking import Due
from stores._receipts import Name, Receipts

_PROMISE: Final = "tamper-evident only: hashes and chained receipts; whoever owns the folder can delete"
_RECEIPT: Final = ".receipt.json"
_DAY: Final = 86_400.0  # seconds


def shelf(folder: Path, settings: Settings | None = None, key: Any = None) -> "Shelf":
    """The archive in a folder. It needs neither settings nor keys."""
    return Shelf(folder)


class Shelf:
    """One folder with packages. Every method that writes does nothing where its work is done already."""

    def __init__(self, place: Path) -> None:
        self.place, self.name = place, str(place)
        self._receipts = Receipts(self._named, lambda name: self._receipt_at(name).read_bytes())
        self.receipts, self.previous, self.receipt = self._receipts.all, self._receipts.previous, self._receipts.of
        self.named, self.read_receipt = self._named, self._receipts.read

    def deliver(self, package: Package, order: Order) -> Receipt:
        """Put a package and what stands beside it in the store, and read it back.

        The same again is no work; another under its name is NotWhole.
        """
        self.place.mkdir(parents=True, exist_ok=True)
        final = self.place / f"{order.id}.zip"
        done = self.receipt(order.id)
        if done and done.sha256 != package.sha256:
            raise _receipts.another(final.name)
        if not final.exists():  # also where a package has vanished from behind its receipt
            _place(Path(package.path), final)
        size, found = final.stat().st_size, _digest(final)
        if (size, found) != (package.size, package.sha256):
            raise NotWhole(
                f"{final.name}: what the store holds is not what was packed ({size} of {package.size} bytes). No "
                "receipt was written. Move that file aside, look at the disk, and run again."
            )
        beside = self._beside(package, order, done)
        if done:
            _sync(self.place)  # whoever wrote it may have been killed before this
            return done
        made = _receipts.made(package, order, final.name, beside, self._receipts.last(order), _PROMISE)
        self._write(made)
        return made

    def open(self, receipt: Receipt, beside: str = "") -> BinaryIO:
        """The package or a sidecar, to be read anywhere in it. OSError where it is not there."""
        return (self.place / (Path(beside).name or receipt.package)).open("rb")

    def where(self, receipt: Receipt) -> str:
        """Where the package lies, for people."""
        return str(self.place / receipt.package)

    def papers(self) -> list[str]:
        """The names of everything but packages and receipts."""
        names = sorted(path.name for path in self.place.glob("*") if path.name[0] != ".")
        return [name for name in names if not name.endswith((".zip", _RECEIPT))]

    def lying(self) -> dict[str, int]:
        """The packages that lie there: name → bytes."""
        with suppress(FileNotFoundError), os.scandir(self.place) as entries:
            return {one.name: one.stat().st_size for one in entries if one.name.endswith(".zip") and one.is_file()}
        return {}

    def kept(self, prefixes: Collection[str]) -> list[str]:
        """The names of the papers that begin in one of these ways."""
        return [name for name in self.papers() if name.startswith(tuple(prefixes))]

    def read(self, name: str) -> bytes:
        """One paper. OSError where it is not there."""
        return (self.place / name).read_bytes()

    def staging(self) -> None:
        """None: where the archive is a folder, so is the work area, and all workers see it."""

    def keep(self, name: str, data: bytes) -> None:
        """Add a small file to what stands in the store, and read it back: a stamp, the manifest of a run.

        Nothing is overwritten: the same again is no work, and another under its name is NotWhole.
        """
        self.place.mkdir(parents=True, exist_ok=True)
        final = self.place / name
        if not final.exists():
            part = final.with_name(f".incoming-{os.getpid()}-{name}")
            _put(part, data)
            with suppress(FileExistsError):
                os.link(part, final)
            part.unlink()
            _sync(self.place)
        if final.read_bytes() != data:
            raise NotWhole(f"{name}: another file of that name is in the store already. Nothing was changed.")

    def probe(self) -> date | None:
        """Write a file, read it back and remove it. Raises OSError, and NotWhole where something else comes back."""
        self.place.mkdir(parents=True, exist_ok=True)
        part, data = self.place / f".incoming-{os.getpid()}-probe", os.urandom(2**16)
        try:
            _put(part, data)
            if part.read_bytes() != data:
                raise NotWhole(f"{self.place}: what was written does not come back. Look at the disk.")
        finally:
            part.unlink(missing_ok=True)
        return None

    def verify(self, part: int = 1, parts: int = 1) -> Check:
        """Read a slice of all that was delivered."""
        return _checking.check(self._due(part, parts))

    def reap(self) -> list[str]:
        """Remove what killed runs left half written a day ago or longer: the names."""
        old = time.time() - _DAY
        gone = [path for path in self.place.glob(".incoming-*") if path.stat().st_mtime < old]
        for path in gone:
            path.unlink()
        return sorted(path.name for path in gone)

    def listed(self) -> Iterator[Receipt]:
        """Every receipt, in the order of their names."""
        return self.receipts()

    def _due(self, part: int, parts: int) -> Iterator[Due]:
        for name in sorted(self._named()):
            yield Due(self._receipt_at(name).name, None, name[1], partial(_pieces, self._receipt_at(name)))
            with suppress(NotWhole):  # the line above tells it; what a touched receipt names cannot be told
                receipt = self._receipts.read(name)
                held = {receipt.package: receipt.sha256, **receipt.beside}
                for key, digest in held.items():
                    if _checking.chosen(key, part, parts):
                        size = receipt.size if key == receipt.package else None
                        yield Due(key, size, digest, partial(_pieces, self.place / key))

    def _named(self) -> Iterator[Name]:
        """The names are compared as texts, not as patterns: they come from outside."""
        with suppress(FileNotFoundError), os.scandir(self.place) as entries:
            for entry in entries:
                if entry.name.endswith(_RECEIPT):
                    order, _, digest = entry.name.removesuffix(_RECEIPT).rpartition(".")
                    yield order, digest

    def _receipt_at(self, name: Name) -> Path:
        return self.place / f"{name[0]}.{name[1]}{_RECEIPT}"

    def _beside(self, package: Package, order: Order, done: Receipt | None) -> dict[str, str]:
        """Deliver what stands beside the package: name → SHA-256."""
        found = {}
        for source in _receipts.sidecars(package, order):
            found[source.name] = due = _digest(source)
            if done and done.beside.get(source.name, due) != due:
                raise _receipts.another(source.name)
            if not (final := self.place / source.name).exists():
                _place(source, final)
            if _digest(final) != due:
                raise _receipts.another(source.name)
        return found

    def _write(self, receipt: Receipt) -> None:
        name, text = _receipts.written(receipt)
        part = self.place / f".incoming-{os.getpid()}-{receipt.order}.receipt"
        _put(part, text)
        part.rename(self._receipt_at(name))
        _sync(self.place)


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(2**20):
            yield piece


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


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
