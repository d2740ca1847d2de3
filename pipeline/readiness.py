"""Readiness: what will work in December and what will not, found out while there is time to mend it.

    look       one account: its key, what the platform says, its folder → Report, and the counts as a paper in the store
    house      once for all: settings, room, the store
    estimate   how long December takes, by what the accounts announce and the platforms allow

Nothing is taken and nothing is written at a platform. What it answered is on a record of its own, in
`work/readiness/<date>/<account>/`.
"""

import json
import shutil
import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import asdict, dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final, Literal

from connectors.record import Record
from connectors.web import NoFile
from model import capture as captures
from model.errors import ArsringError, BadInput, NotAllowed, NotUnderstood, NotWhole, TryLater
from model.nouns import Account, Preflight, Receipt
from model.protocols import Web
from model.times import when
from pipeline import drift, line, supplied
from pipeline.evidence import canonical
from pipeline.line import Place

Severity = Literal["fine", "renew", "fails"]  # works in December · will not, unless it is mended in time · fails now
Whose = Literal["editor", "operations", "nobody"]  # who has to mend it; what nobody can is told at each look, once
Key = Callable[[str | None], str | None]
Save = Callable[[str, str], None]  # puts a key in the place of the one that has that name

SEVERITIES: Final[tuple[Severity, ...]] = ("fine", "renew", "fails")  # best first
GRAVE: Final = (4, 3, 2, 5, 0)  # exit statuses, the one that needs a person most first
HOUSE: Final = ""  # where an account's id stands otherwise
SOON: Final = 30  # days: what ends later than this is told from October on
REHEARSED: Final = 10  # the month from which all must hold until the end of December
FACTOR: Final = 3  # an account lies in the work area as a capture, as what is made of it, and as its package
LEAST: Final = 5 * 2**30  # bytes that are free in any case
LONGEST: Final = 10 * 24  # hours: then the December run has missed its deadline
_PLACE: Final = "readiness"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was looked at: a sentence or two, with what to do and by when."""

    says: str
    severity: Severity = "fine"
    by: str = ""  # the last day on which it can be mended, 2026-11-30; empty: now
    whose: Whose = "editor"
    status: int = 0  # the command's exit status


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What was found of one account, or of the house. It goes through JSON and back unchanged."""

    account: str  # the id in the register, or HOUSE
    day: str
    platform: str = ""
    address: str = ""
    responsible: str = ""
    findings: tuple[Finding, ...] = ()
    told: Mapping[str, Any] = field(default_factory=dict)  # the Preflight, as JSON has it
    drift: tuple[str, ...] = ()  # where the account has come away from what the register says: no hindrance
    looked: bool = True  # whether the account could be looked at
    hours: float | None = None  # that taking all of it needs, about; None: nothing tells

    @property
    def severity(self) -> Severity:
        return max((one.severity for one in self.findings), key=SEVERITIES.index, default="fine")

    @property
    def status(self) -> int:
        """The command's exit status: 0 only if December will work as things stand."""
        return min((one.status for one in self.findings), key=GRAVE.index, default=0)

    def of(self, *whose: Whose) -> list[Finding]:
        """What these have to mend, the gravest first."""
        found = [one for one in self.findings if one.severity != "fine" and one.whose in whose]
        return sorted(found, key=lambda one: -SEVERITIES.index(one.severity))


def written(report: Report) -> dict[str, Any]:
    return asdict(report)


def report_from(says: Mapping[str, Any]) -> Report:
    findings = tuple(Finding(**one) for one in says["findings"])
    return Report(**{**says, "findings": findings, "drift": tuple(says.get("drift", ()))})


def look(account: Account, place: Place, key: Key, today: date, save: Save | None = None) -> Report:
    """What is to be expected of an account in December. `save` stores a key that had to be renewed.

    Raises TryLater where the platform lets us wait, or another run looks at the same account.
    """
    report = _begun(account, today)
    if account.platform not in line.names("connectors"):
        return _unread(report)
    folder = place.work / _PLACE / report.day / account.id
    try:
        with captures.guarded(folder):
            report = _looked(report, account, place, folder, key, today, save)
            captures.write(folder / "report.json", json.dumps(written(report), ensure_ascii=False, indent=1).encode())
    except (OSError, sqlite3.OperationalError) as error:
        says = f"{place.work}: cannot be written to ({getattr(error, 'strerror', None) or error}). Look at the disk."
        return replace(report, findings=(*report.findings, _fault(BadInput(says), "operations")))
    return report


def _unread(report: Report) -> Report:
    """That of an account on a platform without a connector: no reminder makes one."""
    try:
        line.connector_for(report.platform)
    except BadInput as error:
        return replace(report, findings=(_fault(error, "nobody"),), looked=False)
    return report


def house(accounts: Sequence[Account], place: Place, today: date) -> Report:
    """What holds for all accounts: settings and schemas, room on the disks, the store."""
    report = Report(account=HOUSE, day=today.isoformat())
    findings = [*_settings(place), *_store(place, today), *_room(accounts, place)]
    report = replace(report, findings=tuple(findings))
    return replace(report, findings=(*findings, *_kept(f"{today.year}-december", report, place)))


def estimate(reports: Iterable[Report]) -> Finding:
    """How long December takes: one account at a time on each platform, all platforms at once."""
    known: dict[str, float] = defaultdict(float)
    unknown = []
    for report in reports:
        if report.hours is None:
            unknown.append(report.account)
        else:
            known[report.platform] += report.hours
    rows = ", ".join(f"{platform} {hours:.1f} h" for platform, hours in sorted(known.items()))
    rest = f" Nothing tells how long it takes for {', '.join(unknown)}." if unknown else ""
    if not known:
        return Finding(says=rest.strip() or "There are no accounts.")
    longest = max(known.values())
    if longest > LONGEST:
        says = f"December takes about {longest / 24:.0f} days ({rows}): longer than there is. Start the run earlier."
        return Finding(says=says + rest, severity="renew", whose="operations", status=2)
    return Finding(says=f"December takes about {longest:.1f} hours ({rows}).{rest}")


def december(today: date) -> tuple[date, date]:
    """The first day of the next December run, and the last on which it may still be under way."""
    return date(today.year, 12, 1), date(today.year, 12, 31)


def not_looked(account: Account, today: date, why: str, status: int = TryLater.status) -> Report:
    """The report of an account that could not be looked at."""
    fault = Finding(says=why, severity="renew", whose="operations", status=status)
    return replace(_begun(account, today), findings=(fault,), looked=False)


def _begun(account: Account, today: date) -> Report:
    return Report(
        account=account.id,
        day=today.isoformat(),
        platform=account.platform,
        address=account.address,
        responsible=account.responsible,
    )


def _looked(
    report: Report, account: Account, place: Place, folder: Path, key: Key, today: date, save: Save | None
) -> Report:
    found, pictured, findings = _platform(account, place, folder, key, save, today)
    findings += _supplied(account, place)
    if found:
        findings += _changed(found, account, place)
        drifted = (*drift.presented(account, found.shown, place.settings, today), *pictured)
        report = replace(report, drift=drifted, told=captures.plain(found), hours=_hours(account, found, place))
        findings += _kept(f"{today.year}-{account.id}", replace(report, findings=tuple(findings)), place)
    return replace(report, findings=tuple(findings))


# --- the platform ---------------------------------------------------------------------------------------------------


def _platform(
    account: Account, place: Place, folder: Path, key: Key, save: Save | None, today: date
) -> tuple[Preflight | None, tuple[str, ...], list[Finding]]:
    """What the platform said, with what there is to say of the picture; and what follows for December."""
    connector = line.connector_for(account.platform)
    whose: Whose = "operations"
    try:
        secret = _renewed(account, place, folder, key, save)
        if not secret and getattr(connector, "NEEDS_KEY", False):
            return None, (), [_alone(account, place)]
        if not hasattr(connector, "preflight"):
            says = f"{account.platform} cannot be looked into beforehand: nothing has been tried."
            return None, (), [Finding(says=says)]
        whose = "editor"
        found, pictured = _asked(account, place, folder, secret)
    except TryLater:
        raise
    except NotUnderstood as error:
        return None, (), [_fault(error, "operations")]
    except ArsringError as error:
        return None, (), [_fault(error, whose)]
    findings = [*_rights(found, account), *_life(found, account, today), *_version(found, today), _answers(found)]
    return found, pictured, findings


def _asked(account: Account, place: Place, folder: Path, secret: str | None) -> tuple[Preflight, tuple[str, ...]]:
    """What the platform says now: nothing that was heard before stands in. And what there is to say of the picture."""
    connector: Any = line.connector_for(account.platform)
    with closing(Record(folder / "segments", shelf_life=timedelta(seconds=-1))) as record:
        web = line.web_of(account, connector, record, folder, place, secret)
        found: Preflight = connector.preflight(web, account)
        pictured = tuple(_pictured(web, account, found)) if account.picture else ()
        return replace(found, requests=record.kept), pictured


def _pictured(web: Web, account: Account, found: Preflight) -> Iterator[str]:
    """Whether the profile picture is the one that the register expects."""
    if not found.shown.picture:
        yield from drift.picture(account, None)
        return
    try:
        yield from drift.picture(account, web.file(found.shown.picture, into="raw").path)
    except (NoFile, ArsringError) as error:
        yield from drift.picture(account, None, str(error))


def _renewed(account: Account, place: Place, folder: Path, key: Key, save: Save | None) -> str | None:
    """The account's key, a new one where it was time for that: stored before anything is asked with it.

    Two that renew at once would end each other's key: the key is read under the lock.
    """
    connector: Any = line.connector_for(account.platform)
    if not (account.key and save and hasattr(connector, "renew")):
        return key(account.key)
    with captures.guarded(place.work / _PLACE / "keys" / account.key):
        old = key(account.key)
        with closing(Record(folder / "segments", shelf_life=timedelta(seconds=-1))) as record:
            new: str | None = connector.renew(line.web_of(account, connector, record, folder, place, old), account)
        if new is None:
            return old
        try:
            save(account.key, new)
        except (ArsringError, OSError) as error:
            raise NotAllowed(
                f"{account.id}: the platform gave a new key for {account.key!r}, which could not be stored "
                f"({type(error).__name__}), and the old one has ended. Make a new key, and put it under that name."
            ) from error
        return new


def _alone(account: Account, place: Place) -> Finding:
    """Of an account without a key, where the platform shows nothing without: its export must be there."""
    with suppress(BadInput):  # what is wrong with the folder is a finding of its own
        if account.folder and supplied.check(account, place.work / account.id, place.archive):
            return Finding(says=f"{account.id} has no key: the export in its folder is archived alone.")
    return _fault(line.nothing_shown(account), "editor")


def _rights(found: Preflight, account: Account) -> Iterator[Finding]:
    if found.missing:
        says = (
            f"{account.id}: the key {account.key!r} may not {', '.join(found.missing)}. Give it that permission, or "
            "make a new key that has it, and put it under that name."
        )
        yield Finding(says=says, severity="fails", status=NotAllowed.status)


def _life(found: Preflight, account: Account, today: date) -> Iterator[Finding]:
    """Whether the key lives until December's run has ended."""
    if not account.key:
        return
    if found.expires_at is None:
        unknown = f"Nobody can say when the key {account.key!r} ends: put the app's id and secret beside it."
        yield Finding(says="The key does not end by itself." if found.expiry_told else unknown)
        return
    ends, (first, last) = found.expires_at.date(), december(today)
    if ends > last or (ends > today + timedelta(SOON) and today.month < REHEARSED):
        yield Finding(says=f"The key lives until {ends}.")
        return
    by = max(today, min(ends, first) - timedelta(1) if today < first else ends - timedelta(1))
    says = (
        f"{account.id}: the key {account.key!r} ends {ends}, and December's run may last until {last}. Make a new one "
        f"by {by}, and put it under that name."
    )
    yield Finding(says=says, severity="renew", by=by.isoformat(), status=NotAllowed.status)


def _version(found: Preflight, today: date) -> Iterator[Finding]:
    first, last = december(today)
    ends = found.version_ends
    if ends and ends <= last and (ends <= today + timedelta(2 * SOON) or today.month >= REHEARSED):
        by = max(today, min(ends, first) - timedelta(1))
        says = f"Version {found.version} of the platform's interface ends {ends}. Install a newer Årsring by {by}."
        yield Finding(says=says, severity="renew", by=by.isoformat(), whose="operations", status=NotUnderstood.status)


def _answers(found: Preflight) -> Finding:
    """What works, in one sentence."""
    counts = ", ".join(f"{claim.field} {claim.value}" for claim in found.claims) or "–"
    may = ", ".join(found.scopes) or "–"
    return Finding(says=f"{found.name or found.id} answers. The key may: {may}. Announced: {counts}.")


def _changed(found: Preflight, account: Account, place: Place) -> Iterator[Finding]:
    """Whether it is the account that the first look found at this address: names are given to others."""
    for path in sorted((place.work / _PLACE).glob(f"*/{account.id}/report.json")):
        with suppress(OSError, ValueError, KeyError, TypeError):
            then = json.loads(path.read_bytes())
            before = str(then["told"]["id"])
            if then["address"] != account.address or not found.id or not before:
                continue
            if before != found.id:
                says = (
                    f"{account.id}: {account.address} is now the account {found.id}, and was {before} on "
                    f"{then['day']}. If it is yours, give it a row with an id of its own; if not, correct its address."
                )
                yield Finding(says=says, severity="fails", status=NotAllowed.status)
            return


def _fault(error: ArsringError, whose: Whose) -> Finding:
    return Finding(says=str(error), severity="fails", whose=whose, status=error.status)


# --- the folder, the counts, the store ------------------------------------------------------------------------------


def _supplied(account: Account, place: Place) -> list[Finding]:
    """What lies in the account's folder, as December would find it."""
    if not account.folder:
        return []
    try:
        many = supplied.check(account, place.work / account.id, place.archive)
    except BadInput as error:
        return [replace(_fault(error, "editor"), severity="renew")]
    return [Finding(says=f"{account.folder} is there, with {many} exports (ZIP).")]


def _kept(name: str, report: Report, place: Place) -> list[Finding]:
    """Keep what was found as evidence of that day; the first look of a day stands."""
    paper = f"{name}.readiness-{report.day}.json"
    says = {"format": "arsring readiness 1", **written(report)}
    data = canonical({**says, "hours": None if report.hours is None else str(round(report.hours, 1))})
    try:
        try:
            place.shelf.keep(paper, data)
        except NotWhole:
            if json.loads(place.shelf.read(paper)).get("account") != report.account:
                raise
    except (ArsringError, OSError, ValueError) as error:
        says_ = f"{paper}: could not be kept in the archive. {error}"
        return [Finding(says=says_, severity="fails", whose="operations", status=getattr(error, "status", 2))]
    return []


def _settings(place: Place) -> Iterator[Finding]:
    try:
        line.ready(place.settings)
    except BadInput as error:
        yield _fault(error, "operations")
    else:
        yield Finding(says="The settings and all schemas are there.")


def _store(place: Place, today: date) -> Iterator[Finding]:
    """Whether the store takes something and gives it back, and whether it will in December."""
    try:
        until = place.shelf.probe()
    except TryLater:
        raise
    except ArsringError as error:
        yield _fault(error, "operations")
        return
    except OSError as error:
        why = f"The archive cannot be written to ({error.strerror or type(error).__name__}). Look at the disk."
        yield Finding(says=why, severity="fails", whose="operations", status=BadInput.status)
        return
    first, _ = december(today)
    if until and until < first + timedelta(9) and today >= first - timedelta(21):
        says = f"What was found of the store holds until {until}. Run `arsring store doctor` again before December."
        by = max(today, first - timedelta(1)).isoformat()
        yield Finding(says=says, severity="renew", by=by, whose="operations", status=NotAllowed.status)
    else:
        yield Finding(says=f"{place.shelf.name} takes what is written, and gives it back.")


def _room(accounts: Sequence[Account], place: Place) -> Iterator[Finding]:
    """Room for one account of each platform at a time in the work area, and for all packages in a folder."""
    largest: dict[str, int] = defaultdict(int)
    total = 0
    for account in accounts:
        if last := _last(account, place):
            largest[account.platform] = max(largest[account.platform], last.size)
            total += last.size
    place.work.mkdir(parents=True, exist_ok=True)
    yield _free(place.work, max(LEAST, FACTOR * sum(largest.values())))
    if place.settings.store == "folder" and place.archive.exists():
        yield _free(place.archive, max(LEAST, total * 5 // 4))


def _free(folder: Path, due: int) -> Finding:
    free = shutil.disk_usage(folder).free
    have, need = f"{free / 2**30:.1f}", f"{due / 2**30:.1f}"
    if free < due:
        says = f"{folder}: {have} GB are free, and December needs about {need} GB. Make room before then."
        return Finding(says=says, severity="renew", whose="operations", status=BadInput.status)
    return Finding(says=f"{folder}: {have} GB are free, about {need} GB are needed.")


def _last(account: Account, place: Place) -> Receipt | None:
    """The account's last package; None where there is none, or the store does not say."""
    with suppress(ArsringError, OSError):
        return place.shelf.previous(account.id, f"9999-{account.id}")
    return None


def _hours(account: Account, found: Preflight, place: Place) -> float | None:
    """How long it takes: as long as the last time, or as its requests take at the speed that the platform allows."""
    known = []
    if found.asks is not None and found.an_hour:
        known.append(found.asks / found.an_hour)
    if last := _last(account, place):
        with suppress(ArsringError, OSError, ValueError, KeyError):
            ledger = line.ledger_of(last.order, place) or {}
            began, ended = when(ledger.get("began")), when(ledger.get("ended"))
            known += [(ended - began).total_seconds() / 3600] if began and ended else []
    return max(known, default=None)
