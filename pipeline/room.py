"""What the reading room shows (reading/room.py), gathered from register, receipts, looks and the work area.

A receipt never changes, so each is read once; the rest is read anew when it is older than `FRESH` seconds. A package is
looked into only where an account's own page asks for it (pipeline/opened.py).
"""

import json
import threading
import time
from collections import Counter, OrderedDict, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final, get_args

from model import capture as captures
from model import signing
from model.errors import ArsringError, BadInput, NotWhole
from model.nouns import GREEN, Account, Receipt
from model.times import stamp, when
from pipeline import drift, opened, readiness
from pipeline.line import Place
from pipeline.readiness import HOUSE, Report
from pipeline.say import in_words
from pipeline.swedish import swedish
from reading.room import Cell, Kept, Key, Line, Overview, Said, State, Todo, Year
from reading.texts import Lang
from stores import _receipts
from stores._receipts import Name

FRESH: Final = 20.0  # seconds
SETTLED: Final = 300.0  # seconds: the settings, and the store's clients that are made by them, which takes a while
SHOWN: Final = 12  # years in the overview
AT_ONCE: Final = 16  # receipts or packages read at the same time
_KEPT: Final = 500  # packages that are remembered as they were looked into
_TAKEN: Final = ("active", "closing")  # by the next December
_ENDED: Final = ("archived", "closed")


@dataclass(frozen=True, slots=True)
class Delivered:
    """A receipt, and what its order's name says."""

    name: Name
    receipt: Receipt
    kind: str  # annual, closure, rehearsal
    year: str
    run: int


@dataclass(frozen=True, slots=True)
class Known:
    """All that was gathered at one time."""

    view: Overview
    place: Place
    packages: Mapping[str, tuple[Delivered, ...]]  # account → newest first
    read: float  # time.monotonic()


@dataclass
class Room:
    """The reading room's memory. One for a process; its methods may be called from any thread."""

    place_of: Callable[[], Place]  # BadInput where the settings cannot be read
    accounts_of: Callable[[], list[Account]]  # BadInput where the register cannot
    today: Callable[[], date] = lambda: datetime.now(UTC).date()
    fresh: float = FRESH
    _delivered: dict[Name, Delivered | None] = field(default_factory=dict)  # None: of no order of ours
    _looked: OrderedDict[str, Kept] = field(default_factory=OrderedDict)
    _known: Known | None = None
    _place: tuple[float, Place] | None = None
    _later: tuple[float, frozenset[str]] | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def known(self) -> Known:
        """All accounts, not older than `fresh`. Raises what the settings and the store raise."""
        with self._lock:
            now = time.monotonic()
            if self._known is None or now - self._known.read >= self.fresh:
                if self._place is None or now - self._place[0] >= SETTLED:
                    self._place = now, self.place_of()
                self._known = self._gathered(self._place[1])
            return self._known

    def account(self, id: str) -> tuple[Line, tuple[Kept, ...]] | None:
        """An account and its packages, newest first; None where neither register nor archive knows it."""
        known = self.known()
        line = next((one for one in known.view.lines if one.id == id), None)
        if line is None:
            return None
        later = self._came(known)
        with ThreadPoolExecutor(AT_ONCE) as pool:
            kept = tuple(pool.map(lambda one: self._look(one, known.place), known.packages.get(id, ())))
        return line, tuple(replace(one, evidence=_there(one.evidence, later)) for one in kept)

    def receipt(self, order: str) -> tuple[Receipt, Place] | None:
        """The receipt of an order; None where there is none."""
        known = self.known()
        found = (one.receipt for some in known.packages.values() for one in some if one.receipt.order == order)
        receipt = next(found, None)
        return (receipt, known.place) if receipt else None

    def _came(self, known: Known) -> frozenset[str]:
        """The names of all stamps and certificates there are: they come after their package, and are listed once for
        what is known.
        """
        closed = any(one.kind == "closure" for some in known.packages.values() for one in some)
        if not known.place.settings.stamps and not closed:
            return frozenset()
        with self._lock:
            if self._later is None or self._later[0] != known.read:
                names = frozenset(name for name in known.place.shelf.papers() if name.endswith(opened.LATER))
                self._later = known.read, names
            return self._later[1]

    # -- gathering ---------------------------------------------------------------------------------------------

    def _gathered(self, place: Place) -> Known:
        accounts, faults = self._register()
        packages, broken = self._packages(place)
        today, reports = self.today(), looks(place.work)
        ids = {one.id: one for one in accounts}
        rest = [Account(id=id, platform="", address="") for id in sorted(packages.keys() - ids.keys())]
        years = _years(packages, today)
        todos = [*faults, *broken, *_waiting(place.work, ids), *_looked(ids, reports)]
        lines = [_line(one, packages.get(one.id, ()), reports.get(one.id), years, today) for one in accounts]
        lines += [replace(_line(one, packages[one.id], None, years, today), status="") for one in rest]
        todos += _of_packages(lines, packages, today.year - 1)
        needs = {one.account for one in todos}
        lines = [replace(line, needs=line.id in needs) for line in lines]
        view = replace(
            _december(lines, accounts, reports, today),
            lines=tuple(lines),
            todos=tuple(todos),
            years=tuple(_year(year, lines, packages) for year in years),
            at=stamp(datetime.now(UTC)),
            earlier=_first(packages) < years[0],
            store=place.shelf.name,
        )
        return Known(view, place, packages, time.monotonic())

    def _register(self) -> tuple[list[Account], list[Todo]]:
        try:
            return self.accounts_of(), []
        except BadInput as error:
            says = "\n".join([str(error), *error.faults[:3]])
            return [], [Todo(kind="fault", what=_both(says))]

    def _packages(self, place: Place) -> tuple[dict[str, tuple[Delivered, ...]], list[Todo]]:
        """account → its packages, newest first; and a sentence for each receipt that somebody has touched."""
        if not self._delivered:  # an index is read in one piece, where there is one
            with suppress(NotWhole):
                for one in place.shelf.listed():
                    name, _ = _receipts.written(one)
                    self._delivered[name] = _of_receipt(name, one)
        names, broken = set(place.shelf.named()), list[Todo]()

        def read(name: Name) -> Todo | None:
            try:
                self._delivered[name] = _of_receipt(name, place.shelf.read_receipt(name))
            except NotWhole as error:
                return Todo(kind="fault", what=_both(str(error)))
            return None

        if new := sorted(names - self._delivered.keys()):
            with ThreadPoolExecutor(AT_ONCE) as pool:
                broken += filter(None, pool.map(read, new))
        found: dict[str, list[Delivered]] = defaultdict(list)
        for name in names & self._delivered.keys():
            if made := self._delivered[name]:
                found[made.receipt.account].append(made)
        return {id: tuple(sorted(some, key=_age, reverse=True)) for id, some in found.items()}, broken

    def _look(self, one: Delivered, place: Place) -> Kept:
        """What there is to tell of a package. It is remembered unless something could not be read."""
        if (kept := self._looked.get(one.name[1])) is None:
            kept = opened.look(one.receipt, one.name[1], one.kind, one.year, place)
            if not kept.fault:
                self._looked[one.name[1]] = kept
                while len(self._looked) > _KEPT:
                    self._looked.popitem(last=False)
        return kept


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


def _of_receipt(name: Name, receipt: Receipt) -> Delivered | None:
    if (rank := _receipts.rank(receipt.order, receipt.account)) is None:
        return None
    return Delivered(name, receipt, rank[1].removeprefix(".") or "annual", rank[0], rank[2])


def _age(one: Delivered) -> tuple[str, bool, int]:
    return one.year, one.kind == "closure", one.run


def _there(evidence: tuple[str, ...], later: frozenset[str]) -> tuple[str, ...]:
    return tuple(name for name in evidence if not name.endswith(opened.LATER) or name in later)


def looks(work: Path) -> dict[str, Report]:
    """The last look at each account (and at the house)."""
    found: dict[str, Report] = {}
    for day in sorted((work / "readiness").glob("????-??-??"), reverse=True):
        for path in day.glob("*/report.json"):
            if path.parent.name not in found:
                with suppress(OSError, ValueError, KeyError, TypeError):
                    found[path.parent.name] = readiness.report_from(json.loads(path.read_bytes()))
    return found


def _waiting(work: Path, accounts: Mapping[str, Account]) -> Iterator[Todo]:
    """What has been taken and is not whole, and nobody has signed off."""
    for path in sorted(work.glob("*/ledger.json")):
        folder = path.parent
        with suppress(ArsringError, OSError, KeyError):
            ledger = captures.ledger_of(folder)
            if ledger["verdict"] in GREEN or captures.sealed(folder) or signing.signed(folder):
                continue
            order = captures.order_of(folder)
            platform = accounts[order.account.id].platform if order.account.id in accounts else ""
            what = _unsound(order.id, signing.unsound(ledger)[:3])
            yield Todo(kind="sign-off", account=order.account.id, platform=platform, what=what)


def _unsound(order: str, lists: list[signing.Open]) -> Said:
    """The order, and each list that is not whole by the word that readers know it by."""
    sv, en = ("\n".join([order, *(str(in_words(one, lang)) for one in lists)]) for lang in get_args(Lang))
    return {"sv": swedish(sv), "en": en}


def _looked(accounts: Mapping[str, Account], reports: Mapping[str, Report]) -> Iterator[Todo]:
    """What the last looks found that will not work, or is not as it should be, for accounts that are still in the
    register.
    """
    for report in drift.unknown([reports[id] for id in accounts if id in reports], accounts.values()):
        about = {"account": report.account, "platform": accounts[report.account].platform}
        for one in report.of("editor", "operations"):
            kind: str = one.severity
            if kind != "fine":
                yield Todo(kind="fails" if kind == "fails" else "renew", by=one.by, what=_both(one.says), **about)
        yield from (Todo(kind="drift", what=_both(says), **about) for says in report.drift)


def _of_packages(lines: Iterable[Line], packages: Mapping[str, tuple[Delivered, ...]], due: int) -> Iterator[Todo]:
    for line in lines:
        missing = any(cell.year == due and cell.state == "missing" for cell in line.cells)
        if missing:
            yield Todo(kind="missing", account=line.id, platform=line.platform)
        last = next((one for one in packages.get(line.id, ()) if one.kind != "rehearsal"), None)
        if last and last.receipt.verdict not in GREEN and line.status in _TAKEN:
            yield Todo(kind="unsound", account=line.id, platform=line.platform, what=_both(last.receipt.order))


def _line(
    account: Account, packages: tuple[Delivered, ...], report: Report | None, years: list[int], today: date
) -> Line:
    real = [one for one in packages if one.kind != "rehearsal" and one.year.isdigit()]
    first = min((int(one.year) for one in real), default=0)
    ended = min((int(one.year) for one in real if one.kind == "closure"), default=0)
    by_year: dict[int, Delivered] = {}
    for one in real:  # newest first: a closure before the year's own, a run that replaces before what it replaces
        by_year.setdefault(int(one.year), one)
    return Line(
        id=account.id, platform=account.platform, address=account.address, unit=account.unit,
        responsible=account.responsible, status=account.status, key=_key(account, report, today),
        cells=tuple(_cell(year, by_year.get(year), account, first, ended, today) for year in years),
    )  # fmt: skip


def _cell(year: int, one: Delivered | None, account: Account, first: int, ended: int, today: date) -> Cell:
    if one:
        made = one.receipt
        state: State = made.verdict
        return Cell(year=year, state=state, order=made.order, size=made.size, closure=one.kind == "closure")
    if (ended and year > ended) or (account.status in _ENDED and year >= today.year):
        return Cell(year=year, state="closed")
    if year >= today.year:
        waits = account.status in _TAKEN and bool(account.address) and year == today.year
        return Cell(year=year, state="waiting" if waits else "before")
    return Cell(year=year, state="missing" if account.address and first and year > first else "before")


def _key(account: Account, report: Report | None, today: date) -> Key:
    if account.address and not account.key:
        return Key(state="none")
    told = report.told if report else {}
    if not told:
        return Key(state="not-looked")
    if not (ends := when(told.get("expires_at"))):
        return Key(state="never" if told.get("expiry_told", True) else "unknown")
    return Key(state="days", days=(ends.date() - today).days, ends=ends.date().isoformat())


def _first(packages: Mapping[str, tuple[Delivered, ...]]) -> int:
    years = (int(one.year) for some in packages.values() for one in some if one.year.isdigit())
    return min(years, default=9999)


def _years(packages: Mapping[str, tuple[Delivered, ...]], today: date) -> list[int]:
    """The years to show: from the first package on, this year too, the last `SHOWN` of them."""
    first = min(_first(packages), today.year)
    last = max((int(one.year) for some in packages.values() for one in some[:1] if one.year.isdigit()), default=0)
    return list(range(first, max(last, today.year) + 1))[-SHOWN:]


def _year(year: int, lines: Iterable[Line], packages: Mapping[str, tuple[Delivered, ...]]) -> Year:
    states = Counter(str(cell.state) for line in lines for cell in line.cells if cell.year == year)
    kept = [
        one.receipt.size
        for some in packages.values()
        for one in some
        if one.year == str(year) and one.kind != "rehearsal"
    ]
    return Year(year=year, packages=len(kept), size=sum(kept), states=states)


def _december(
    lines: Iterable[Line], accounts: Iterable[Account], reports: Mapping[str, Report], today: date
) -> Overview:
    this = any(cell.year == today.year and cell.order and not cell.closure for line in lines for cell in line.cells)
    last = today.year if this else today.year - 1
    first, _ = readiness.december(today)
    if this and today.month < 12:  # somebody started this year's early
        first = first.replace(year=today.year + 1)
    taken = [one for one in accounts if one.status in _TAKEN]
    seen = [reports[one.id] for one in taken if one.id in reports]
    return Overview(
        last=last, december=first.isoformat(), days=(first - today).days, due=len(taken),
        ready=sum(one.severity == "fine" for one in seen) if seen or HOUSE in reports else None,
    )  # fmt: skip


def _both(text: str) -> Said:
    return {"sv": swedish(text), "en": text}
