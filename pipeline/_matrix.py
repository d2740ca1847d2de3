"""What receipts, register and last looks say of every account, year by year: no file and no store is read."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from model.nouns import GREEN, Account, Receipt
from model.times import when
from pipeline import readiness
from pipeline._todos import both
from pipeline.readiness import HOUSE, Report
from reading.room import Cell, Key, Line, Overview, State, Todo, Year
from stores import _receipts
from stores._receipts import Name

SHOWN: Final = 12  # years in the overview
TAKEN: Final = ("active", "closing")  # by the next December
_ENDED: Final = ("archived", "closed")


@dataclass(frozen=True, slots=True)
class Delivered:
    """A receipt, and what its order's name says."""

    name: Name
    receipt: Receipt
    kind: str  # annual, closure, rehearsal
    year: str
    run: int
    twins: tuple[str, ...] = ()  # the hashes of all receipts of this order, where there are several
    lies: int | None = None  # bytes of what lies in the store under the package's name; None: nothing


def of_receipt(name: Name, receipt: Receipt) -> Delivered | None:
    """None for an order that is none of ours."""
    if (rank := _receipts.rank(receipt.order, receipt.account)) is None:
        return None
    return Delivered(name, receipt, rank[1].removeprefix(".") or "annual", rank[0], rank[2])


def age(one: Delivered) -> tuple[str, bool, int]:
    """What packages of an account are sorted by."""
    return one.year, one.kind == "closure", one.run


def twins(packages: Mapping[str, tuple[Delivered, ...]]) -> dict[str, tuple[Delivered, ...]]:
    """The same, each that has its order's name in common with another told so."""
    names: dict[str, list[str]] = {}
    for one in (one for some in packages.values() for one in some):
        names.setdefault(one.name[0], []).append(one.name[1])
    several = {order: tuple(sorted(some)) for order, some in names.items() if len(some) > 1}
    if not several:
        return dict(packages)
    return {id: tuple(replace(one, twins=several.get(one.name[0], ())) for one in some)
            for id, some in packages.items()}  # fmt: skip


def gone(one: Delivered) -> str:
    """What is wrong with a package that cannot be had as its receipt says; or nothing."""
    if one.twins:
        return str(_receipts.several(one.name[0], one.twins))
    if one.lies is None:
        return f"{one.receipt.order}: the package is gone from the store. Follow the runbook for damaged packages."
    if one.lies != one.receipt.size:
        return (
            f"{one.receipt.order}: the package in the store has {one.lies} bytes, and its receipt says "
            f"{one.receipt.size}. Follow the runbook for damaged packages."
        )
    return ""


def last(packages: Iterable[Delivered]) -> Delivered | None:
    """An account's last package, rehearsals left out."""
    return next((one for one in packages if one.kind != "rehearsal"), None)


def unsaid(packages: Mapping[str, tuple[Delivered, ...]]) -> list[Delivered]:
    """Each account's last package, where its gaps stand in it alone: one that is whole has none."""
    ends = filter(None, map(last, packages.values()))
    return [one for one in ends if one.receipt.verdict != "whole" and not gone(one)]


def of_packages(lines: Sequence[Line], packages: Mapping[str, tuple[Delivered, ...]], due: int) -> Iterator[Todo]:
    told = {fault: one.receipt.account for some in packages.values() for one in some if (fault := gone(one))}
    platforms = {line.id: line.platform for line in lines} if told else {}
    for fault, id in told.items():  # two receipts of one order have one sentence
        yield Todo(kind="alarm", account=id, platform=platforms.get(id, ""), what=both(fault))
    taken = any(one.year == str(due) and one.kind == "annual" for some in packages.values() for one in some)
    for line in (line for line in lines if line.status in TAKEN):
        if any(cell.year == due and cell.state == "missing" for cell in line.cells):
            yield Todo(kind="missing", account=line.id, platform=line.platform)
        if taken and line.address and not last(packages.get(line.id, ())):
            yield Todo(kind="never", account=line.id, platform=line.platform)
        made = last(packages.get(line.id, ()))
        if made and made.receipt.verdict not in GREEN:
            yield Todo(kind="unsound", account=line.id, platform=line.platform, what=both(made.receipt.order))


def line(
    account: Account, packages: tuple[Delivered, ...], report: Report | None, years: list[int], today: date
) -> Line:
    real = [one for one in packages if one.kind != "rehearsal" and one.year.isdigit()]
    first = min((int(one.year) for one in real), default=0)
    latest = max((int(one.year) for one in real), default=0)
    ended = min((int(one.year) for one in real if one.kind == "closure"), default=0)
    by_year: dict[int, Delivered] = {}
    for one in real:  # newest first: a closure before the year's own, a run that replaces before what it replaces
        by_year.setdefault(int(one.year), one)
    return Line(
        id=account.id, platform=account.platform, address=account.address, unit=account.unit,
        responsible=account.responsible, status=account.status, key=_key(account, report, today),
        cells=tuple(_cell(year, by_year.get(year), account, first, latest, ended, today) for year in years),
        size=sum(one.receipt.size for one in real if not gone(one)),
    )  # fmt: skip


def _cell(
    year: int, one: Delivered | None, account: Account, first: int, latest: int, ended: int, today: date
) -> Cell:
    if one:
        made = one.receipt
        state: State = "lost" if gone(one) else made.verdict
        return Cell(year=year, state=state, order=made.order, size=made.size, closure=one.kind == "closure")
    if (ended and year > ended) or (account.status in _ENDED and year > latest):
        return Cell(year=year, state="closed")
    if year >= today.year:
        waits = account.status in TAKEN and bool(account.address) and year == today.year
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


def first(packages: Mapping[str, tuple[Delivered, ...]]) -> int:
    years = (int(one.year) for some in packages.values() for one in some if one.year.isdigit())
    return min(years, default=9999)


def years(packages: Mapping[str, tuple[Delivered, ...]], today: date) -> list[int]:
    """The years to show: from the first package on, this year too, the last `SHOWN` of them."""
    begun = min(first(packages), today.year)
    latest = max((int(one.year) for some in packages.values() for one in some[:1] if one.year.isdigit()), default=0)
    return list(range(begun, max(latest, today.year) + 1))[-SHOWN:]


def year(year: int, lines: Iterable[Line], packages: Mapping[str, tuple[Delivered, ...]]) -> Year:
    states = Counter(str(cell.state) for line in lines for cell in line.cells if cell.year == year)
    kept = [
        one.receipt.size
        for some in packages.values()
        for one in some
        if one.year == str(year) and one.kind != "rehearsal" and not gone(one)
    ]
    return Year(year=year, packages=len(kept), size=sum(kept), states=states)


def december(
    lines: Iterable[Line], accounts: Iterable[Account], reports: Mapping[str, Report], today: date
) -> Overview:
    this = any(cell.year == today.year and cell.order and not cell.closure for line in lines for cell in line.cells)
    latest = today.year if this else today.year - 1
    first, _ = readiness.december(today)
    if this and today.month < 12:  # somebody started this year's early
        first = first.replace(year=today.year + 1)
    taken = [one for one in accounts if one.status in TAKEN]
    seen = [reports[one.id] for one in taken if one.id in reports]
    return Overview(
        last=latest, december=first.isoformat(), days=(first - today).days, due=len(taken),
        ready=sum(one.severity == "fine" for one in seen) if seen or HOUSE in reports else None,
    )  # fmt: skip


