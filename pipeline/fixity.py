"""Whether what was delivered is still as it was: a package read back whole, and the archive a slice a day.

    read_back   one package and what stands beside it, by the reader: bytes, manifest, listing, the format's own check
    look        a slice of everything in the archive: each object's bytes, and the chains of the slice's accounts
    standing    what the alarms say that is wrong still, package by package

What is wrong is a sentence with its address. Nothing here mends anything.
"""

import json
import re
import shutil
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from model import capture as captures
from model.errors import BadInput, NotWhole, TryLater
from model.nouns import GREEN, Receipt
from pipeline import evidence, line, proving
from pipeline.evidence import MANIFEST, RUN
from pipeline.line import Place
from pipeline.swedish import swedish
from stores import _checking, _receipts

SLICES: Final = 90  # one a day: a quarter
MOST: Final = 20  # faults of one package that are told one by one
ALARM: Final = "larm-"  # how the names of alarms begin
_KNOWN_ALARM: Final = "arsring alarm 1"
_SPARE: Final = 2**26  # bytes that stay free on the disk


@dataclass(slots=True)
class Look:
    """What was read, what is proven of it, and what is wrong: a sentence each, in Swedish."""

    where: str  # the package, or the archive
    objects: int = 0
    bytes: int = 0
    proven: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    parts: list[int] = field(default_factory=list)  # of the archive: the slices; empty: one package


@dataclass(frozen=True, slots=True)
class Alarm:
    """A look that is kept in the archive: what was wrong, or nothing any more."""

    at: str  # 2026-12-05T02:00:00Z
    where: str
    parts: frozenset[int]
    faults: tuple[str, ...]

    def repeats(self, other: "Alarm", orders: Collection[str]) -> set[str]:
        """The faults of another that this look has looked after too."""
        if self.where == other.where and (other.parts <= self.parts if other.parts else not self.parts):
            return set(other.faults)
        own = "" if self.parts else order_in(self.where, orders)
        return {fault for fault in other.faults if own and order_in(fault, orders) == own}


def slice_of(day: date) -> int:
    """The slice whose turn it is, from 1."""
    return day.toordinal() % SLICES + 1


def look(part: int, place: Place) -> Look:
    """Read a slice of the archive, and hold its accounts' chains against what is there."""
    found = place.shelf.verify(part, SLICES)
    every = [*found.faults, *chains(place, part, SLICES)]
    faults = [f"{place.shelf.name}/{swedish(text)}" for text in dict.fromkeys(every)]
    return Look(place.shelf.name, found.objects, found.bytes, faults=faults, parts=[part])


def read_back(order: str, place: Place) -> Look:
    """Read a delivered package and what stands beside it, and look at it as anybody could who has nothing of ours.

    BadInput where nothing of that name was delivered; TryLater where the disk has no room for it.
    """
    receipt = place.shelf.receipt(order)
    if receipt is None:
        raise BadInput(f"{order}: no such order has been delivered to {place.shelf.name}. See `arsring store list`.")
    found = Look(place.shelf.where(receipt))
    place.work.mkdir(parents=True, exist_ok=True)
    _room(receipt, place)
    with TemporaryDirectory(dir=place.work, prefix=".reading-") as folder:
        package = Path(folder) / f"{order}.zip"
        wrong = list(_fetched(receipt, Path(folder), place))
        found.objects = sum(path.is_file() for path in Path(folder).iterdir())
        found.bytes = sum(path.stat().st_size for path in Path(folder).iterdir())
        if package.exists():
            findings = proving.prove(package, place.settings).findings
            found.proven = [one.text("sv") for one in findings if one.kind == "proven"]
            wrong += [one.text("sv") for one in findings if one.kind == "fault"]
            wrong += line.faults(package, receipt.format, place.settings.schemas)
    wrong += _of_account([receipt], set(place.shelf.papers()), place)
    if receipt.previous and receipt.previous not in {digest for _, digest in place.shelf.named()}:
        wrong.append(_before_it(receipt))
    found.faults = [f"{found.where}: {swedish(text)}" for text in dict.fromkeys(wrong[:MOST])]
    if len(wrong) > MOST:
        found.faults.append(f"{found.where}: … och {len(wrong) - MOST} fel till")
    return found


def _room(receipt: Receipt, place: Place) -> None:
    free = shutil.disk_usage(place.work).free
    if free < receipt.size + _SPARE:
        raise TryLater(
            f"{place.work}: {receipt.order} is read back here, and there is no room for it ({receipt.size} bytes, of "
            f"which {free} are free). Free some room and run again.",
            3600,
        )


def _fetched(receipt: Receipt, folder: Path, place: Place) -> Iterator[str]:
    """Fetch the package, what stands beside it, and the receipt: what is not there, or not what the receipt names."""
    name, text = _receipts.written(receipt)
    (folder / f"{name[0]}.{name[1]}.receipt.json").write_bytes(text)
    package = f"{receipt.order}.zip"
    if (found := _copied(receipt, "", folder / package, place)) is None:
        yield f"{receipt.package}: is not there"
    elif found != (receipt.size, receipt.sha256):
        yield f"{package}: not the package that its receipt names"
    for paper in receipt.beside:  # proving tells which of them is another
        if _copied(receipt, paper, folder / Path(paper).name, place) is None:
            yield f"{paper}: is not there"


def _copied(receipt: Receipt, beside: str, target: Path, place: Place) -> tuple[int, str] | None:
    """(bytes, SHA-256) of what was fetched; None where it is not there."""
    found, size = sha256(), 0
    try:
        with place.shelf.open(receipt, beside) as file, target.open("wb") as out:
            while piece := file.read(2**20):
                found.update(piece)
                size += len(piece)
                out.write(piece)
    except (FileNotFoundError, NotWhole):
        target.unlink(missing_ok=True)
        return None
    except OSError as error:
        if error.errno is not None:  # our own disk; without a number it is the store, which gives less than it has
            raise
    return size, found.hexdigest()


# --- the chains ---------------------------------------------------------------------------------------------------


def chains(place: Place, part: int = 1, parts: int = 1) -> list[str]:
    """What is wrong with the chains of a slice of the accounts: what names something that is not there, or another.

    The receipts of an account name the one before them, its manifests too; a year's run names the manifests.
    """
    held: dict[str, list[Receipt]] = {}
    faults = list[str]()
    for receipt in _readable(place.shelf.receipts(), faults):
        if _checking.chosen(receipt.account, part, parts):
            held.setdefault(receipt.account, []).append(receipt)
    names = set(place.shelf.papers())
    for receipts in held.values():
        known = {_receipts.written(one)[0][1] for one in receipts}
        faults += [_before_it(one) for one in receipts if one.previous and one.previous not in known]
        faults += _of_account(receipts, names, place)
    return [*faults, *_of_runs(held, names, place)]


def _readable(receipts: Iterator[Receipt], faults: list[str]) -> Iterator[Receipt]:
    """Those that are as their names say; the others are faults."""
    while True:
        try:
            yield next(receipts)
        except StopIteration:
            return
        except NotWhole as error:
            faults.append(str(error))


def _before_it(receipt: Receipt) -> str:
    return f"{receipt.order}: its receipt names one before it ({receipt.previous[:12]}…) that is not there"


def _of_account(receipts: Sequence[Receipt], names: Collection[str], place: Place) -> Iterator[str]:
    """The manifests of receipts: each as its receipt has it, and naming what is there."""
    for receipt in receipts:
        name = f"{receipt.order}{MANIFEST}"
        if name not in receipt.beside or name not in names:
            continue  # a package without one, or one that is told as missing
        try:
            found = evidence.paper(name, place.shelf)
        except NotWhole as error:
            yield str(error)
            continue
        if found.sha256 != receipt.beside[name]:
            yield f"{name}: not the manifest that the receipt names. Put back the file that was delivered."
        for before in (found.says["previous"], found.says["previous_run"]):
            yield from _named(name, before, place)


def _of_runs(accounts: Collection[str], names: Collection[str], place: Place) -> Iterator[str]:
    for name in sorted(name for name in names if name.endswith(RUN)):
        try:
            run = evidence.paper(name, place.shelf)
        except NotWhole as error:
            yield str(error)
            continue
        yield from _named(name, run.says["previous"], place)
        for row in run.says["manifests"]:
            if row.get("account") in accounts:
                yield from _named(name, {"name": f"{row['order']}{MANIFEST}", "sha256": row["sha256"]}, place)


def _named(by: str, before: Mapping[str, str], place: Place) -> Iterator[str]:
    """What a paper says of another: whether that is there, and the one."""
    if not before:
        return
    data = _paper(before.get("name", ""), place)
    if data is None:
        yield f"{by}: names {before.get('name', '')}, which is not there"
    elif sha256(data).hexdigest() != before.get("sha256"):
        yield f"{by}: names {before.get('name', '')}, and another file lies under that name now"


def _paper(name: str, place: Place) -> bytes | None:
    try:
        return place.shelf.read(name)
    except (FileNotFoundError, NotWhole):
        return None


# --- how old it is ------------------------------------------------------------------------------------------------


def ages(place: Place, now: datetime) -> dict[str, int]:
    """Days since the last whole archive of each account that has one. A package that cannot be read is left out."""
    last: dict[str, tuple[_receipts.Rank, Receipt]] = {}
    for receipt in _readable(place.shelf.listed(), []):
        at = _receipts.rank(receipt.order, receipt.account)
        if at and at[1] != ".rehearsal" and receipt.verdict in GREEN:
            last[receipt.account] = max(last.get(receipt.account, (at, receipt)), (at, receipt), key=lambda one: one[0])
    found = {}
    for account, (_, receipt) in sorted(last.items()):
        with suppress(NotWhole, OSError, LookupError, ValueError):
            lines = line.archive_format(receipt.format).read(line.held(receipt, place), "order.json")
            found[account] = (now - captures.order_from(b"".join(lines)).created).days
    return found


# --- what is kept of an alarm -------------------------------------------------------------------------------------


def keep(found: Look, at: datetime, place: Place) -> str:
    """Put what was wrong into the archive itself, where it outlives the log of whoever looked: its name."""
    says = {
        "format": _KNOWN_ALARM, "at": f"{at:%Y-%m-%dT%H:%M:%SZ}", "where": found.where, "parts": sorted(found.parts),
        "faults": found.faults,
    }  # fmt: skip
    text = json.dumps(says, sort_keys=True, ensure_ascii=False, indent=1).encode() + b"\n"
    name = f"{ALARM}{at:%Y-%m-%d}.{sha256(text).hexdigest()[:16]}.json"
    place.shelf.keep(name, text)
    return name


def keep_well(found: Look, at: datetime, place: Place) -> str:
    """Where an alarm stands of what was now found well, that is kept too, and the alarm ends: its name, or nothing."""
    before = []
    for name in place.shelf.kept([ALARM]):
        with suppress(NotWhole):  # one that cannot be read is told in the reading room
            before.append(alarm(name, place))
    orders = {name[0] for name in place.shelf.named()} if before else set()
    well = Alarm(f"{at:%Y-%m-%dT%H:%M:%SZ}", found.where, frozenset(found.parts), ())
    ended = {fault for one in before for fault in well.repeats(one, orders)}
    still = {fault for faults in standing(before, orders, at.date()).values() for fault in faults}
    return keep(found, at, place) if ended & still else ""


def alarm(name: str, place: Place) -> Alarm:
    """An alarm in the archive. NotWhole where it is none."""
    try:
        told = json.loads(place.shelf.read(name))
        if told["format"] != _KNOWN_ALARM:
            raise ValueError(told["format"])
        faults = tuple(str(one) for one in told["faults"])
        return Alarm(str(told["at"]), str(told["where"]), frozenset(map(int, told.get("parts", ()))), faults)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        says = f"{name}: cannot be read as an alarm ({type(error).__name__}). Look at the file itself."
        raise NotWhole(says) from error


def standing(alarms: Iterable[Alarm], orders: Collection[str], today: date) -> dict[str, list[str]]:
    """Order → what is wrong with it, by the last look at it; the empty order has what is of no package.

    After a quarter an alarm has ended: all has been read again, and what is wrong still has a later one.
    """
    since = (today - timedelta(days=SLICES + 1)).isoformat()
    known: list[tuple[Alarm, list[str]]] = []
    for one in sorted((one for one in alarms if one.at[:10] >= since), key=lambda one: one.at):
        known = [(before, _without(left, one.repeats(before, orders))) for before, left in known]
        known.append((one, list(one.faults)))
    found: dict[str, list[str]] = {}
    for _, left in known:
        for fault in left:
            if fault not in (told := found.setdefault(order_in(fault, orders), [])):
                told.append(fault)
    return found


def order_in(text: str, orders: Collection[str]) -> str:
    """The order that a sentence or an address is about, or empty: `…/2026-a.manifest.json: …` is about `2026-a`."""
    for token in re.findall(r"[A-Za-z0-9@._-]+", text):
        while token:
            if token in orders:
                return str(token)
            token = token.rpartition(".")[0]
    return ""


def _without(faults: list[str], gone: Collection[str]) -> list[str]:
    return [one for one in faults if one not in gone]
