"""A capture under way, where every worker finds it: what one has taken, another goes on with (docs/decisions/0017).

Where the archive is a folder, all workers see the same work area, and there is nothing to do but to keep two of them
off one account. Where it is an object store, the capture's folder is kept in its staging bucket as well: every minute
while it grows, and at each step's end.
"""

import logging
import os
import platform
import re
import threading
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Final

from connectors.record import Record
from model import capture as captures
from model.errors import ArsringError, TryLater
from model.protocols import Staging

if TYPE_CHECKING:
    from pipeline.line import Place

EVERY: Final = 60.0  # seconds: what a killed worker has heard since the last time is asked for again
_AT_ONCE: Final = 8
_LASTS: Final = re.compile(r"(media|raw|segments)/[^/.][^/]*|supplied/.+")  # not changed once written, but at its end
_KEPT: Final = re.compile(rf"{_LASTS.pattern}|[^/.][^/]*\.(json|jsonl|txt|csv)")
_NOT: Final = re.compile(r".*\.(part|sqlite|sqlite-\w+)|(.*/)?\.\.(/.*)?")  # under way, or elsewhere
_SEAL: Final = "seal.jsonl"
log = logging.getLogger(__name__)


class Mirror:
    """The folder of one order, here and in staging."""

    def __init__(self, order: str, folder: Path, staging: Staging | None) -> None:
        self.order, self.folder, self.staging = order, folder, staging
        self._pushed: dict[str, tuple[int, int]] = {}  # name → bytes and time of what was put from here

    def fetch(self) -> None:
        """Bring what other workers left. What is not as it was put is not believed, and is taken anew."""
        if self.staging is None or captures.sealed(self.folder):
            return
        there = {name: size for name, size in self.staging.files(self.order).items() if _kept(name)}
        if _SEAL in there and self.folder.exists() and any(self.folder.glob("segments/*.gz")):
            self._aside()
        due = [name for name, size in there.items() if not (_LASTS.fullmatch(name) and self._has(name, size))]
        due.sort(key=lambda name: name == _SEAL)
        same = (name for name in there.keys() - set(due) if (self.folder / name).stat().st_size == there[name])
        self._pushed |= {name: known for name in same if (known := self._state(name))}
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            for name, good in zip(due, pool.map(self._get, due), strict=True):
                if not good:
                    log.warning("staging: %s: %s is not what was put there; it is taken anew.", self.order, name)

    def push(self) -> None:
        """Keep what is new here since the last time, and forget what is gone; a seal last, then what it seals alone."""
        if self.staging is None or not self.folder.exists():
            return
        names = [str(path.relative_to(self.folder)) for path in self.folder.rglob("*") if path.is_file()]
        state = {name: self._state(name) for name in names if _kept(name)}
        new = [name for name, known in state.items() if known and self._pushed.get(name) != known]
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            list(pool.map(self._put, (name for name in new if name != _SEAL)))
        if _SEAL in new:
            self._put(_SEAL)
            there = self.staging.files(self.order)
            self.staging.drop(self.order, {name: size for name, size in there.items() if name not in state})
        gone = [name for name in self._pushed if name not in state and not _LASTS.fullmatch(name)]
        self.staging.drop(self.order, {name: self._pushed.pop(name)[0] for name in gone})
        self._pushed |= {name: known for name in new if (known := state[name])}

    @contextmanager
    def following(self, record: Record, account: str, holder: str) -> Iterator[None]:
        """Push again and again while the record grows, and keep the account."""
        if (staging := self.staging) is None:
            yield
            return
        stop = threading.Event()

        def follow() -> None:
            while not stop.wait(EVERY):
                try:
                    staging.lease(account, holder, 3 * EVERY)
                    record.cut()
                    self.push()
                except (ArsringError, OSError) as error:  # the next time, or the step's end, tells of what stays
                    log.warning("staging: %s is not kept there now: %s", self.order, error)

        thread = threading.Thread(target=follow, name="staging")
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()

    def _aside(self) -> None:
        """Another worker has ended what this one had begun: what lies here stays, under another name."""
        numbers = (number for number in count(1) if not self.folder.with_name(f"{self.order}.{number}").exists())
        self.folder.rename(self.folder.with_name(f"{self.order}.{next(numbers)}"))

    def _has(self, name: str, size: int) -> bool:
        path = self.folder / name
        return path.exists() and path.stat().st_size >= size  # a segment may have grown here since

    def _get(self, name: str) -> bool:
        assert self.staging  # noqa: S101
        good = self.staging.get(self.order, name, self.folder / name)
        if good and (state := self._state(name)):
            self._pushed[name] = state
        return good

    def _put(self, name: str) -> None:
        assert self.staging  # noqa: S101
        self.staging.put(self.order, name, self.folder / name)

    def _state(self, name: str) -> tuple[int, int] | None:
        try:
            found = (self.folder / name).stat()
        except FileNotFoundError:  # a file that got its name meanwhile
            return None
        return found.st_size, found.st_mtime_ns


@contextmanager
def shared(order: str, place: "Place") -> Iterator[Mirror]:
    """The folder of an order as any worker left it; what is done with it is there for the next one."""
    mirror = Mirror(order, place.work / order, place.shelf.staging())
    mirror.fetch()
    done = False
    try:
        yield mirror
        done = True
    finally:
        try:
            mirror.push()
        except ArsringError as error:
            if done:
                raise
            log.warning("staging: %s is not kept there now: %s", order, error)


@contextmanager
def alone(account: str, place: "Place") -> Iterator[str]:
    """An account for one run at a time, on all machines: December waits for a closure, and a closure for December.

    Gives what the run is called meanwhile. TryLater while another one has it.
    """
    machine, staging = platform.node() or "?", place.shelf.staging()
    holder = f"{machine} {os.getpid()} {uuid.uuid4().hex[:8]}"
    place.work.mkdir(parents=True, exist_ok=True)
    with closing(captures.guard(place.work / f".{account}.lock", account)):
        if staging is None:
            yield holder
            return
        mine = staging.holder(account).partition(" ")[0] == machine  # and gone: this machine's lock is ours
        if wait := staging.lease(account, holder, 3 * EVERY, mine=mine):
            raise TryLater(f"{account}: another run is at work on it. Wait until it has ended, then run again.", wait)
        try:
            yield holder
        finally:
            staging.free(account, holder)


def clear(order: str, place: "Place") -> None:
    """Remove what lies in staging of an order: there is a receipt."""
    if staging := place.shelf.staging():
        staging.drop(order, staging.files(order))


def left(place: "Place", before: datetime) -> Iterator[tuple[str, bool]]:
    """(order, whether it was cleared) of what lies in staging and should not: delivered already, or forgotten."""
    staging = place.shelf.staging()
    for order, at in sorted(staging.orders().items()) if staging else ():
        if place.shelf.receipt(order):
            clear(order, place)
            yield order, True
        elif at < before:
            yield order, False


def _kept(name: str) -> bool:
    return bool(_KEPT.fullmatch(name)) and not _NOT.fullmatch(name)
