"""What goes into a package: each file of the capture and of what was made of it, with its due size and hashes.

A file has one place in a package, whatever the format (see `place_of`); the reading copy's links count on it. What goes
in is checked against the capture's seal and the list of what was made, while it is written: what somebody has touched
is never packed.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from archive_formats._facts import measured
from archive_formats._facts import place as ascii_place
from archive_formats._zip import Zip
from model.capture import digests, files
from model.errors import NotWhole
from model.made import files as made_files
from model.made import media
from model.nouns import Order, Package, Verdict

_PLACES = {
    "raw/": "representations/raw/data/",
    "media/": "representations/content/data/media/",
    "supplied/": "representations/manual/data/",
    "content/": "representations/content/data/",
    "reading/": "representations/reading/data/",
    "documentation/": "documentation/",
}
_TABLE = "CREATE TABLE files(place TEXT PRIMARY KEY, source TEXT, size INT, one TEXT, other TEXT) WITHOUT ROWID"


@dataclass(frozen=True, slots=True)
class Input:
    """One file on its way into a package."""

    place: str  # in the package
    source: str  # on the disk
    size: int
    sha256: str
    sha512: str


def place_of(name: str) -> str:
    """Where a file of the capture, or one that was made, lies in a package."""
    for folder, place in _PLACES.items():
        if name.startswith(folder):
            rest = name.removeprefix(folder)
            return place + (ascii_place(rest) if folder in ("raw/", "supplied/") else rest)
    return f"representations/content/data/capture/{name}"


class Inputs:
    """What goes into a package, on the disk and not in memory: there may be a million files."""

    def __init__(self, index: sqlite3.Connection) -> None:
        self._index = index

    def add(self, place: str, source: Path, due: dict[str, Any]) -> None:
        row = (place, str(source), due["size"], due["sha256"], due["sha512"])
        self._index.execute("INSERT INTO files VALUES (?,?,?,?,?)", row)

    def __iter__(self) -> Iterator[Input]:
        """All of them, sorted by place."""
        return (Input(*row) for row in self._index.execute("SELECT * FROM files ORDER BY place"))

    def by_digest(self) -> Iterator[tuple[str, str]]:
        """(SHA-512, place), sorted."""
        yield from self._index.execute("SELECT other, place FROM files ORDER BY other, place")


@contextmanager
def inputs(capture: Path, made: Path, target: Path) -> Iterator[Inputs]:
    """All that goes into a package of a sealed capture and what was made of it. NotWhole where either is broken."""
    path = target.with_name(target.name + ".inputs")
    path.unlink(missing_ok=True)
    try:
        with closing(sqlite3.connect(path, isolation_level=None)) as index:
            index.executescript(f"PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; {_TABLE}; BEGIN")
            found = Inputs(index)
            _fill(found, capture, made)
            yield found
    finally:
        path.unlink(missing_ok=True)


def _fill(found: Inputs, capture: Path, made: Path) -> None:
    for due in files(capture):
        if not due["path"].startswith("media/"):
            found.add(place_of(due["path"]), capture / due["path"], due)
    with (capture / "seal.jsonl").open("rb") as seal:  # it names every file but itself
        due = dict(zip(("size", "sha256", "sha512"), digests(seal), strict=True))
    found.add(place_of("seal.jsonl"), capture / "seal.jsonl", due)
    for due in media(made):  # in a package of changes, not those that an earlier package has
        found.add(place_of(due["path"]), capture / due["path"], due)
    for due in made_files(made):
        if due["path"].startswith(("content/", "reading/", "documentation/")):
            found.add(place_of(due["path"]), made / due["path"], due)


def put(out: Zip, name: str, one: Input) -> dict[str, str]:
    """Write one file, if it is as it is due: its digests. NotWhole where it is not."""
    path, fault = Path(one.source), "missing"
    if path.is_file():
        with path.open("rb") as source:
            found = out.file(name, source)
        if found.size == one.size and all(found.digests[each] == getattr(one, each) for each in found.digests):
            return found.digests
        fault = "changed"
    raise touched(path, fault)


def touched(path: Path, fault: str) -> NotWhole:
    """What is said of a file that is not as it was sealed or made."""
    return NotWhole(
        f"{path.parent.name}/{path.name}: {fault} since the capture was sealed. Nothing was packed. If it is of the "
        "capture, move the capture's folder aside and run again to take the account anew; if it is of the folder "
        "ending in .made, remove that folder and run again."
    )


def packed(target: Path, order: Order, form: str, verdict: Verdict, listing: Path) -> Package:
    """A package that has been written."""
    with target.open("rb") as file:
        found = measured(file)
    return Package(
        path=str(target), order=order.id, format=form, size=target.stat().st_size, sha256=found, verdict=verdict,
        listing=str(listing),
    )  # fmt: skip


@contextmanager
def whole(target: Path, order: Order, *algorithms: str) -> Iterator[Zip]:
    """A package that is there whole when the block ends, or not at all."""
    part = target.with_name(target.name + ".part")
    out = Zip(part, order.created, algorithms)
    try:
        with out:
            yield out
        part.rename(target)
    finally:
        part.unlink(missing_ok=True)
