"""A capture under way, where every worker finds it: what one has taken, another goes on with (docs/decisions/0017).

Where the archive is a folder, all workers see the same work area, and there is nothing to do but to keep two of them
off one account. Where it is an object store, the capture's folder is kept in its staging bucket as well: every minute
while it grows, and at each step's end.
"""

import json
import logging
import os
import re
import shutil
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

from connectors.record import Record
from model import capture as captures
from model.errors import ArsringError, NotWhole, TryLater
from model.protocols import Staging

if TYPE_CHECKING:
    from pipeline.line import Place

EVERY: Final = 60.0  # seconds: what a killed worker has heard since the last time is asked for again
_AT_ONCE: Final = 8
_PATIENCE: Final = 40  # times that a brief turn is waited for
_SOON_AGAIN: Final = 0.5  # seconds between them
_LASTS: Final = re.compile(r"(media|raw|segments)/[^/.][^/]*|supplied/.+")  # not changed once written, but at its end
_KEPT: Final = re.compile(rf"{_LASTS.pattern}|[^/.][^/]*\.(json|jsonl|txt|csv)")
_NOT: Final = re.compile(r"(?!supplied/).*\.(part|sqlite|sqlite-\w+)|(.*/)?\.\.(/.*)?")  # under way, or elsewhere
_ODD: Final = re.compile("[\x00-\x1f\x7f\ud800-\udfff]")  # in no name of ours
_SEAL: Final = "seal.jsonl"
_ORDER: Final = "order.json"
_KNOWN: Final = ".mirror.json"  # name → bytes and time of each file as it was when here and there were the same
_SOON: Final = (ArsringError, OSError, ValueError, KeyError)  # of a thread: the next time, or the step's end, tells
Known = dict[str, tuple[int, int] | None]  # name → bytes and time
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Turn:
    """One run's time with an account. `lost`: it was cut off so long that another one has gone on."""

    name: str
    lost: threading.Event = field(default_factory=threading.Event)


class Mirror:
    """The folder of one order, here and in staging."""

    def __init__(self, order: str, folder: Path, staging: Staging | None, turn: Turn | None = None) -> None:
        self.order, self.folder, self.staging, self.turn = order, folder, staging, turn or Turn("")

    def fetch(self, *, small: bool = False) -> None:
        """Bring what other workers left, or the small papers alone. What is not as it was put is not believed, and is
        taken anew.

        What was changed here since the last time stays; what was removed there is removed here. The seal comes last,
        and only where all that it seals has come.
        """
        if self.staging is None:
            return
        there = {name: size for name, size in self.staging.files(self.order).items() if _kept(name)}
        if there and self._another(there):
            self.aside()
        if not there or captures.sealed(self.folder):
            return
        known = self._known()
        papers = [name for name in there if not _LASTS.fullmatch(name)]
        changed = {name for name in papers if known.get(name, self._state(name)) != self._state(name)}
        due = [name for name in papers if name != _SEAL and name not in changed]
        if not small:
            due += [name for name, size in there.items() if _LASTS.fullmatch(name) and not self._has(name, size)]
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            good = dict(zip(due, pool.map(self._get, due), strict=True))
        for name in (name for name, here in good.items() if not here):
            log.warning("staging: %s: %s is not what was put there; it is taken anew.", self.order, name)
        for name in known.keys() - there.keys():
            if not _LASTS.fullmatch(name) and self._state(name) == known[name]:
                (self.folder / name).unlink(missing_ok=True)
        if _SEAL in there and all(good.values()):
            self._get(_SEAL)
        same = (name for name in there.keys() - changed if self._has(name, there[name], exactly=True))
        self._know({name: self._state(name) for name in same})

    def push(self) -> None:
        """Keep what is new here since the last time, and forget what is gone; a seal last, and then only what it seals.

        TryLater where another run has gone on meanwhile: what lies there is that one's.
        """
        if self.staging is None or not self.folder.exists():
            return
        self._still_ours()
        known = self._known()
        with TemporaryDirectory(dir=self.folder, prefix=".", suffix=".part") as copies:
            grown = self._grown(known, Path(copies))  # before the files that they name are looked for
            names = [str(path.relative_to(self.folder)) for path in self.folder.rglob("*") if path.is_file()]
            state = {name: self._state(name) for name in names if _kept(name)} | {n: grown[n][0] for n in grown}
            new = [name for name, found in state.items() if found and known.get(name) != found]
            with ThreadPoolExecutor(_AT_ONCE) as pool:
                list(pool.map(self._put, (name for name in new if name != _SEAL and name not in grown)))
            for name, (_, copy) in grown.items():
                self.staging.put(self.order, name, copy)
        gone = [name for name in known.keys() - state.keys() if not _LASTS.fullmatch(name)]
        if _SEAL in new:
            self._still_ours()
            self._put(_SEAL)
            gone += [name for name in self.staging.files(self.order) if name.startswith("segments/")]
        self.staging.drop(self.order, gone)
        self._know({name: found for name, found in state.items() if name not in gone})

    @contextmanager
    def following(self, record: Record) -> Iterator[None]:
        """Push again and again while the record grows."""

        def follow() -> None:
            record.cut()
            self.push()

        with _every(follow if self.staging else None, self.order):
            yield

    def _still_ours(self) -> None:
        if self.turn.lost.is_set():
            raise TryLater(f"{self.order}: another run has gone on with it while this one was cut off. Run again.", 900)

    def _grown(self, known: Known, copies: Path) -> dict[str, tuple[tuple[int, int] | None, Path]]:
        """Segment → its state and a copy of it as it is now: what it names is there, and it may grow meanwhile."""
        found: dict[str, tuple[tuple[int, int] | None, Path]] = {}
        for path in sorted(self.folder.glob("segments/*.gz")):
            name = f"segments/{path.name}"
            if (state := self._state(name)) and known.get(name) != state:
                found[name] = state, Path(shutil.copyfile(path, copies / path.name))
        return found

    def _another(self, there: dict[str, int]) -> bool:
        """Whether what lies here is of another order than what lies there, or has been ended by another worker."""
        assert self.staging  # noqa: S101 - what the caller has seen to, for the type checker
        if not (here := self.folder / _ORDER).exists():
            return False
        if _SEAL in there and not captures.sealed(self.folder) and any(self.folder.glob("segments/*.gz")):
            return True
        if _ORDER not in there:
            return True
        other = self.folder / f".{uuid.uuid4().hex}.part"
        try:
            return self.staging.get(self.order, _ORDER, other) and other.read_bytes() != here.read_bytes()
        finally:
            other.unlink(missing_ok=True)

    def aside(self) -> Path:
        """What lies here stays, under another name: that."""
        numbers = (number for number in count(1) if not self.folder.with_name(f"{self.order}.{number}").exists())
        return self.folder.rename(self.folder.with_name(f"{self.order}.{next(numbers)}"))

    def _has(self, name: str, size: int, *, exactly: bool = False) -> bool:
        found = self._state(name)  # a segment may have grown here since
        return bool(found) and (found[0] == size if exactly else found[0] >= size)  # type: ignore[index]

    def _get(self, name: str) -> bool:
        assert self.staging  # noqa: S101 - what the caller has seen to, for the type checker
        return self.staging.get(self.order, name, self.folder / name)

    def _put(self, name: str) -> None:
        assert self.staging  # noqa: S101 - what the caller has seen to, for the type checker
        self.staging.put(self.order, name, self.folder / name)

    def _state(self, name: str) -> tuple[int, int] | None:
        try:
            found = (self.folder / name).stat()
        except FileNotFoundError:  # a file that got its name meanwhile
            return None
        return found.st_size, found.st_mtime_ns

    def _known(self) -> Known:
        """Nothing where the file is not as it was written: then all that lies here counts as new."""
        with suppress(OSError, ValueError, AttributeError, TypeError, RecursionError):
            known = json.loads((self.folder / _KNOWN).read_bytes())
            return {name: tuple(found) for name, found in known.items()}
        return {}

    def _know(self, found: Known) -> None:
        if self.folder.exists():
            captures.write(self.folder / _KNOWN, json.dumps(found).encode())


@contextmanager
def shared(order: str, place: "Place", turn: Turn | None = None) -> Iterator[Mirror]:
    """The folder of an order as any worker left it; what is done with it is there for the next one."""
    mirror = Mirror(order, place.work / order, place.shelf.staging(), turn)
    mirror.fetch()
    done = False
    try:
        yield mirror
        done = True
    finally:
        try:
            mirror.push()
        except _SOON as error:
            if done:
                raise
            log.warning("staging: %s is not kept there now: %s", order, error)


@contextmanager
def alone(account: str, place: "Place") -> Iterator[Turn]:
    """An account for one run at a time, on all machines: December waits for a closure, and a closure for December.

    TryLater while another one has it.
    """
    place.work.mkdir(parents=True, exist_ok=True)
    with closing(captures.guard(place.work / f".{account}.lock", account)):
        if (staging := place.shelf.staging()) is None:
            yield Turn("")
            return
        machine = _machine(place.work)
        turn = Turn(f"{machine} {os.getpid()} {uuid.uuid4().hex[:8]}")
        # what else this machine has said is of runs that have ended: this work area's lock is ours
        if wait := staging.lease(account, turn.name, 3 * EVERY, gone=f"{machine} "):
            wait = max(wait, 15 * EVERY) if wait > 2 * EVERY else wait + 1  # renewed just now, or left to end
            raise TryLater(f"{account}: another run is at work on it. Wait until it has ended, then run again.", wait)

        def renew() -> None:
            if not staging.renew(account, turn.name, 3 * EVERY):
                turn.lost.set()

        try:
            with _every(renew, account):
                yield turn
        finally:
            with suppress(ArsringError):  # else it ends by itself
                staging.free(account, turn.name)


@contextmanager
def papers(order: str, place: "Place") -> Iterator[Path]:
    """A folder with the small papers of a capture under way, wherever that lies; what is added is there for the next
    run. TryLater while a run is at work on its account.
    """
    staging, here = place.shelf.staging(), place.work / order
    if staging is None:
        yield here
        return
    with TemporaryDirectory() as aside:
        there = Mirror(order, Path(aside) / order, staging) if staging.files(order) else Mirror(order, here, staging)
        there.fetch(small=True)
        if not (there.folder / _ORDER).exists():
            yield there.folder
            return
        with alone(captures.order_of(there.folder).account.id, place) as turn:
            there.turn = turn
            there.fetch(small=True)  # as it is now that it is ours
            yield there.folder
            there.push()


@contextmanager
def briefly(order: str, place: "Place") -> Iterator[Mirror]:
    """`shared`, for one run at a time on all machines: to look who has an order, and to have it. Waits for the other.

    TryLater where that takes too long.
    """
    with ExitStack() as stack:
        for last in (*(False,) * _PATIENCE, True):
            try:
                turn = stack.enter_context(alone(order, place))
                break
            except TryLater:
                if last:
                    raise
                time.sleep(_SOON_AGAIN)
        yield stack.enter_context(shared(order, place, turn))


def clear(order: str, place: "Place") -> None:
    """Remove what lies in staging of an order: there is a receipt."""
    if staging := place.shelf.staging():
        staging.drop(order, staging.files(order))


def left(place: "Place", before: datetime) -> Iterator[tuple[str, bool | ArsringError]]:
    """(order, whether it was cleared) of what lies in staging and should not: delivered already, or forgotten.

    An error instead where an order's receipt is not as it should be: then nothing of it is removed.
    """
    staging = place.shelf.staging()
    for order, at in sorted(staging.orders().items()) if staging else ():
        try:
            delivered = place.shelf.receipt(order)
        except NotWhole as error:
            yield order, error
            continue
        if delivered:
            clear(order, place)
            yield order, True
        elif at < before:
            yield order, False


def _machine(work: Path) -> str:
    """A name of this work area, which no other one has."""
    path = work / ".machine"
    with suppress(FileExistsError), path.open("x") as file:
        file.write(uuid.uuid4().hex)
    return path.read_text() or "?"


@contextmanager
def _every(act: Callable[[], None] | None, of: str) -> Iterator[None]:
    """Do something each EVERY seconds meanwhile."""
    if act is None:
        yield
        return
    stop = threading.Event()

    def run() -> None:
        while not stop.wait(EVERY):
            try:
                act()
            except _SOON as error:
                log.warning("staging: %s is not kept there now: %s", of, error)

    thread = threading.Thread(target=run, name=f"staging {of}")
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def _kept(name: str) -> bool:
    """Whether a name is that of a file which a capture keeps, and one that any disk takes."""
    fits = not _ODD.search(name) and all(len(part.encode()) <= 255 for part in name.split("/"))
    return fits and bool(_KEPT.fullmatch(name)) and not _NOT.fullmatch(name)
