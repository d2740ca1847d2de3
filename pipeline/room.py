"""What the reading room shows (reading/room.py), gathered from register, receipts, looks, alarms and the work area.

A receipt never changes, so each is read once; the rest is read anew when it is older than `FRESH` seconds, behind
the page that is shown meanwhile where that is asked for. A package is looked into where an account's own page asks for
it (pipeline/opened.py), and for its gaps, once.
"""

import threading
import time
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final

from model.errors import ArsringError, BadInput, NotWhole
from model.nouns import Account, Receipt
from model.times import stamp
from pipeline import _matrix, _todos, fixity, opened
from pipeline._matrix import Delivered
from pipeline.line import Place
from reading.room import Kept, Line, Overview, Todo
from stores import _receipts
from stores._receipts import Name

FRESH: Final = 20.0  # seconds
HELD: Final = 600.0  # seconds: so old may be what is shown while it is read anew
PATIENCE: Final = 0.1  # seconds that a page waits for what is read anew, where there is something to show
SETTLED: Final = 300.0  # seconds: the settings, and the store's clients that are made by them, which takes a while
AT_ONCE: Final = 16  # receipts or packages read at the same time
_KEPT: Final = 500  # packages that are remembered as they were looked into
Packages = Mapping[str, tuple[Delivered, ...]]  # account → newest first


@dataclass(frozen=True, slots=True)
class Known:
    """All that was gathered at one time."""

    view: Overview
    place: Place
    packages: Packages
    alarms: Mapping[str, list[str]]  # order → what is wrong with it, as the last look at it found
    read: float  # time.monotonic()


@dataclass
class Room:
    """The reading room's memory. One for a process; its methods may be called from any thread."""

    place_of: Callable[[], Place]  # BadInput where the settings cannot be read
    accounts_of: Callable[[], list[Account]]  # BadInput where the register cannot
    today: Callable[[], date] = lambda: datetime.now(UTC).date()
    fresh: float = FRESH
    behind: bool = False  # whether what is too old is shown while it is read anew
    _delivered: dict[Name, Delivered | None] = field(default_factory=dict)  # None: of no order of ours
    _alarms: dict[str, fixity.Alarm] = field(default_factory=dict)
    _gaps: dict[str, tuple[float, Mapping[str, int] | None]] = field(default_factory=dict)  # receipt → when, what
    _looked: OrderedDict[str, Kept] = field(default_factory=OrderedDict)
    _known: Known | None = None
    _place: tuple[float, Place] | None = None
    _reading: "Future[Known] | None" = None
    _reader: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1, "lasesal"))
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def known(self) -> Known:
        """All accounts, not older than `fresh`, or than HELD where they are read `behind` the page.

        Raises what the settings and the store raise.
        """
        with self._lock:
            held, age = self._known, time.monotonic() - (self._known.read if self._known else 0.0)
            if held and age < self.fresh:
                return held
            if self._reading is None or self._reading.done():
                self._reading = self._reader.submit(self._read)
            reading = self._reading
        if self.behind and held and age < HELD and not wait([reading], PATIENCE).done:
            return held
        return reading.result()

    def account(self, id: str) -> tuple[Line, tuple[Kept, ...]] | None:
        """An account and its packages, newest first; None where neither register nor archive knows it."""
        known = self.known()
        line = next((one for one in known.view.lines if one.id == id), None)
        if line is None:
            return None
        some = known.packages.get(id, ())
        later = _came(some, known.place)
        with ThreadPoolExecutor(AT_ONCE) as pool:
            kept = tuple(pool.map(lambda one: self._look(one, known), some))
        return line, tuple(replace(one, evidence=_there(one.evidence, later)) for one in kept)

    def receipt(self, order: str) -> tuple[Receipt, Place] | None:
        """The receipt of an order; None where there is none. NotWhole where there are several."""
        known = self.known()
        found = (one for some in known.packages.values() for one in some if one.receipt.order == order)
        if (one := next(found, None)) is None:
            return None
        if one.twins:
            raise _receipts.several(order, one.twins)
        return one.receipt, known.place

    def weigh(self, known: Known) -> Known:
        """The same with the gaps by reason of each account's last package, of which the receipts say nothing."""
        with ThreadPoolExecutor(AT_ONCE) as pool:
            list(pool.map(lambda one: self._weigh(one, known.place), self._unweighed(known.packages)))
        weighed = replace(known, view=replace(known.view, **self._sums(known.packages)))
        with self._lock:
            if self._known is known:
                self._known = weighed
        return weighed

    # -- gathering ---------------------------------------------------------------------------------------------

    def _read(self) -> Known:
        now = time.monotonic()
        if self._place is None or now - self._place[0] >= SETTLED:
            self._place = now, self.place_of()
        found = self._gathered(self._place[1])
        with self._lock:
            self._known = found
        if self.behind and found.view.unweighed:
            self._reader.submit(self.weigh, found)
        return found

    def _gathered(self, place: Place) -> Known:
        accounts, faults = self._register()
        packages, broken = self._packages(place)
        today, reports = self.today(), _todos.looks(place.work)
        alarms, told = self._standing(place, packages, today)
        ids = {one.id: one for one in accounts}
        rest = [Account(id=id, platform="", address="") for id in sorted(packages.keys() - ids.keys())]
        years = _matrix.years(packages, today)
        lines = [_matrix.line(one, packages.get(one.id, ()), reports.get(one.id), years, today) for one in accounts]
        lines += [replace(_matrix.line(one, packages[one.id], None, years, today), status="") for one in rest]
        todos = [*faults, *broken, *told, *_todos.waiting(place.work, ids), *_todos.looked(ids, reports)]
        todos += _matrix.of_packages(lines, packages, today.year - 1)
        needs = {one.account for one in todos}
        lines = [replace(line, needs=line.id in needs) for line in lines]
        view = replace(
            _matrix.december(lines, accounts, reports, today),
            lines=tuple(lines),
            todos=tuple(todos),
            years=tuple(_matrix.year(year, lines, packages) for year in years),
            at=stamp(datetime.now(UTC)),
            earlier=_matrix.first(packages) < years[0],
            store=place.shelf.name,
            **self._sums(packages),
        )
        return Known(view, place, packages, alarms, time.monotonic())

    def _register(self) -> tuple[list[Account], list[Todo]]:
        try:
            return self.accounts_of(), []
        except BadInput as error:
            says = "\n".join([str(error), *error.faults[:3]])
            return [], [Todo(kind="fault", what=_todos.both(says))]

    def _packages(self, place: Place) -> tuple[Packages, list[Todo]]:
        """account → its packages, newest first; and a sentence for each receipt that somebody has touched."""
        with ThreadPoolExecutor(1) as beside:
            lying = beside.submit(place.shelf.lying)
            names, broken = self._receipts(place)
        found: dict[str, list[Delivered]] = defaultdict(list)
        for name in names & self._delivered.keys():
            if made := self._delivered[name]:
                found[made.receipt.account].append(replace(made, lies=lying.result().get(made.receipt.package)))
        packages = {id: tuple(sorted(some, key=_matrix.age, reverse=True)) for id, some in found.items()}
        return _matrix.twins(packages), broken

    def _receipts(self, place: Place) -> tuple[set[Name], list[Todo]]:
        if not self._delivered:  # an index is read in one piece, where there is one
            with suppress(NotWhole, OSError):  # one by one then, and told
                for one in place.shelf.listed():
                    name, _ = _receipts.written(one)
                    self._delivered[name] = _matrix.of_receipt(name, one)
        names, broken = set(place.shelf.named()), list[Todo]()

        def read(name: Name) -> Todo | None:
            try:
                self._delivered[name] = _matrix.of_receipt(name, place.shelf.read_receipt(name))
            except NotWhole as error:
                return Todo(kind="fault", what=_todos.both(str(error)))
            except OSError as error:  # of one receipt: the others are shown
                says = f"{name[0]}.{name[1]}: the receipt cannot be read ({error.strerror})."
                return Todo(kind="fault", what=_todos.both(says))
            return None

        if new := sorted(names - self._delivered.keys()):
            with ThreadPoolExecutor(AT_ONCE) as pool:
                broken += filter(None, pool.map(read, new))
        return names, broken

    def _standing(self, place: Place, packages: Packages, today: date) -> tuple[dict[str, list[str]], list[Todo]]:
        """What the alarms in the archive say that is wrong still: order → sentences; and what a person has to do."""
        names, told = place.shelf.kept([fixity.ALARM]), list[Todo]()
        for name in (name for name in names if name not in self._alarms):
            try:
                self._alarms[name] = fixity.alarm(name, place)
            except (ArsringError, OSError) as error:
                told.append(Todo(kind="fault", what=_todos.both(str(error))))
        whose = {one.receipt.order: one.receipt.account for some in packages.values() for one in some}
        alarms = fixity.standing((self._alarms[name] for name in names if name in self._alarms), whose, today)
        for order, faults in alarms.items():
            more = [f"… och {len(faults) - 3} till"] if len(faults) > 3 else []
            text = "\n".join([*faults[:3], *more])  # in Swedish, as the alarm has them
            told.append(Todo(kind="alarm", account=whose.get(order, ""), what={"sv": text, "en": text}))
        return alarms, told

    # -- packages ----------------------------------------------------------------------------------------------

    def _look(self, one: Delivered, known: Known) -> Kept:
        """What there is to tell of a package. It is remembered unless something could not be read."""
        if fault := _matrix.gone(one):
            lost = opened.look(one.receipt, one.name[1], one.kind, one.year, known.place, fault)
            return replace(lost, evidence=() if one.twins else lost.evidence)
        if (kept := self._looked.get(one.name[1])) is None:
            kept = opened.look(one.receipt, one.name[1], one.kind, one.year, known.place)
            if not kept.fault:
                self._looked[one.name[1]] = kept
                while len(self._looked) > _KEPT:
                    self._looked.popitem(last=False)
        return replace(kept, alarm="\n".join(known.alarms.get(one.receipt.order, ())))

    def _unweighed(self, packages: Packages) -> list[Delivered]:
        """The packages whose gaps are not known; one that could not be read is tried again after a while."""
        old = time.monotonic() - HELD
        return [
            one
            for one in _matrix.unsaid(packages)
            if (held := self._gaps.get(one.name[1])) is None or (held[1] is None and held[0] < old)
        ]

    def _weigh(self, one: Delivered, place: Place) -> None:
        try:
            self._gaps[one.name[1]] = time.monotonic(), opened.gaps(one.receipt, place)
        except (ArsringError, OSError):  # told on the account's own page
            self._gaps[one.name[1]] = time.monotonic(), None

    def _sums(self, packages: Packages) -> dict[str, Any]:
        """The gaps of every account's last package, reason by reason, and how many packages have not been read."""
        sums, missing = dict[str, int](), 0
        for one in _matrix.unsaid(packages):
            _, gaps = self._gaps.get(one.name[1], (0.0, None))
            missing += gaps is None
            for why, count in (gaps or {}).items():
                sums[why] = sums.get(why, 0) + count
        ends = filter(None, map(_matrix.last, packages.values()))
        clean = all(one.receipt.verdict == "whole" and not _matrix.gone(one) for one in ends)
        return {"gaps": sums, "unweighed": missing, "clean": clean}


def remembered(read: Callable[[], list[Account]], path: Callable[[], Path]) -> Callable[[], list[Account]]:
    """The same as `read`, which is asked again only when the file at `path` has changed."""
    last: list[tuple[object, list[Account]]] = []

    def accounts() -> list[Account]:
        with suppress(OSError):
            found = path().stat()
            key = str(path()), found.st_mtime_ns, found.st_size, found.st_ino
            if not last or last[0][0] != key:
                last[:] = [(key, read())]
            return last[0][1]
        return read()  # which says what is wrong with it

    return accounts


def _came(packages: tuple[Delivered, ...], place: Place) -> frozenset[str]:
    """The names of the stamps and certificates that there are of these packages: they come after their package."""
    if not place.settings.stamps and not any(one.kind == "closure" for one in packages):
        return frozenset()
    return frozenset(place.shelf.kept({f"{one.year}-{one.receipt.account}" for one in packages}))


def _there(evidence: tuple[str, ...], later: frozenset[str]) -> tuple[str, ...]:
    return tuple(name for name in evidence if not name.endswith(opened.LATER) or name in later)
