"""OCFL 1.1: a storage root with one object, one version, in one ZIP, stored and not compressed.

    <objid>/0=ocfl_1.1                                  the storage root
    <objid>/<objid>/{0=ocfl_object_1.1, inventory.json, inventory.json.sha512}
    <objid>/<objid>/v1/{inventory.json, inventory.json.sha512}
    <objid>/<objid>/v1/content/…                        each file where an E-ARK package has it (_inputs.place_of)

The same capture gives the same bytes. Each byte is read once, and checked against the seal on the way.
Source: ocfl.io/1.1/spec, seen 2026-11.
"""

import json
import re
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256, sha512
from itertools import groupby
from pathlib import Path

from archive_formats import _held
from archive_formats._inputs import Inputs, inputs, packed, place_of, put, whole
from archive_formats._ocfl_object import faults
from model.capture import ledger_of, write
from model.made import about
from model.nouns import Held, Order, Package
from model.settings import Settings
from model.times import stamp

TAKES_MADE = True
MARK = "0=ocfl_1.1"  # a file in the root folder that tells this format from others
_ROOT, _OBJECT = "0=ocfl_1.1", "0=ocfl_object_1.1"


def pack(capture: Path, order: Order, made: Path, settings: Settings, target: Path) -> Package:
    """Write the package to `target`, or find it there. NotWhole where what goes in is not as it was sealed or made."""
    verdict, objid = ledger_of(capture)["verdict"], about(made).objid
    with inputs(capture, made, target) as found:
        plan = _Plan(order, settings, objid, found)
        if not _found(target, plan):
            plan.write(target)
        listing = target.with_name(target.name.removesuffix(".zip") + ".sha256")
        write(listing, plan.listing())
    return packed(target, order, "ocfl", verdict, listing)


def check(package: Path) -> list[str]:
    """What is wrong with a package, a sentence each, with the number of the rule in OCFL 1.1."""
    return _held.faults(package, faults, "an OCFL package")


def where(path: str, objid: str, settings: Settings) -> str:
    """Where something lies below the storage root; nothing for what an object has not: its inventory lists all."""
    if path == "METS.xml":
        return f"{objid}/inventory.json"
    return "" if path == "metadata/" else f"{objid}/v1/content/{path}"


def read(package: Path | Held, name: str) -> Iterator[bytes]:
    """The lines of one file of the capture, out of its package. NotWhole where the package cannot be read."""

    def inside(held: zipfile.ZipFile) -> str:
        return f"{(top := _held.top(held))}/{top}/v1/content/{place_of(name)}"

    yield from _held.lines(package, name, inside)


@dataclass(frozen=True, slots=True)
class _Plan:
    """What the package holds besides its content: all of it follows from what goes in."""

    order: Order
    settings: Settings
    objid: str
    inputs: Inputs

    @property
    def inside(self) -> str:
        return f"{self.objid}/{self.objid}/"

    @property
    def content(self) -> str:
        return f"{self.inside}v1/content/"

    def write(self, target: Path) -> None:
        with whole(target, self.order, "sha256", "sha512") as out:
            for name, pieces in self.before():
                out.add(name, pieces)
            for one in self.inputs:
                put(out, f"{self.content}{one.place}", one)
            for name, pieces in self.after():
                out.add(name, pieces)

    def before(self) -> Iterator[tuple[str, Iterable[bytes]]]:
        yield f"{self.objid}/{_ROOT}", [b"ocfl_1.1\n"]

    def after(self) -> Iterator[tuple[str, Iterable[bytes]]]:
        """The inventories, and last the mark without which it is no object."""
        digest = sha512()
        for piece in self.inventory():
            digest.update(piece)
        for place in ("v1/", ""):
            yield f"{self.inside}{place}inventory.json", self.inventory()
            yield f"{self.inside}{place}inventory.json.sha512", [f"{digest.hexdigest()} inventory.json\n".encode()]
        yield f"{self.inside}{_OBJECT}", [b"ocfl_object_1.1\n"]

    def inventory(self) -> Iterator[bytes]:
        """The inventory, a line for each digest."""
        facts = {
            "id": f"urn:x-arsring:{self.objid}",
            "type": "https://ocfl.io/1.1/spec/#inventory",
            "digestAlgorithm": "sha512",
            "head": "v1",
            "contentDirectory": "content",
        }
        yield json.dumps(facts).removesuffix("}").encode() + b', "manifest": {\n'
        yield from self._digests("v1/content/")
        version = json.dumps({"created": stamp(self.order.created), **self._said()}).removesuffix("}")
        yield b'\n}, "versions": {"v1": ' + version.encode() + b', "state": {\n'
        yield from self._digests("")
        yield b"\n}}}}\n"

    def _digests(self, before: str) -> Iterator[bytes]:
        comma = ""
        for digest, rows in groupby(self.inputs.by_digest(), key=lambda row: row[0]):
            yield f"{comma}{json.dumps(digest)}: {json.dumps([before + place for _, place in rows])}".encode()
            comma = ",\n"

    def _said(self) -> dict[str, object]:
        account, creator = self.order.account, self.settings.creator
        box = re.search(r"[^\s()<>,;]+@[^\s()<>,;]+", self.settings.contact)
        address = f"mailto:{box[0]}" if box else f"urn:x-arsring:{creator.code or 'creator'}"
        return {
            "message": f"{account.platform}: {account.address} ({self.order.kind} {self.order.year})",
            "user": {"name": creator.name or "arsring", "address": address},
        }

    def listing(self) -> Iterator[bytes]:
        """Every file as `sha256sum` writes it, sorted by path."""
        own = sorted((name, _digest(pieces)) for name, pieces in (*self.before(), *self.after()))
        for one in self.inputs:
            name = f"{self.content}{one.place}"
            while own and own[0][0] < name:
                yield _line(*own.pop(0))
            yield _line(name, one.sha256)
        yield from (_line(*each) for each in own)


def _line(name: str, digest: str) -> bytes:
    return f"{digest}  {name}\n".encode()


def _digest(pieces: Iterable[bytes]) -> str:
    found = sha256()
    for piece in pieces:
        found.update(piece)
    return found.hexdigest()


def _found(target: Path, plan: _Plan) -> bool:
    """Whether the package is there, whole, and of this very capture and what was made of it."""
    if not target.exists() or check(target):
        return False
    with zipfile.ZipFile(target) as held:
        if f"{plan.inside}inventory.json" not in held.namelist():
            return False
        with held.open(f"{plan.inside}inventory.json") as file:
            due = plan.inventory()
            return all(file.read(len(piece)) == piece for piece in due) and not file.read(1)
