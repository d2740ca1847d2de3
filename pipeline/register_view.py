"""What the reading room's page of the register shows (reading/room.py): faults, notes, state and history by account."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import get_args

from pipeline import registering
from reading.room import Change, Register, Registered, Said
from register import account_list, history, keeping, lifecycle, sheet, table
from register.history import Entry
from register.lifecycle import Archive, Kept
from register.texts import Lang, Remark, say


def view(path: Path, platforms: frozenset[str], archive: Archive, today: date) -> Register:
    """The register as it stands. Faults of the file are told, not raised; OSError where the history cannot be read."""
    raw, remarks = sheet.content(path)
    records: list[table.Record] = []
    if not remarks:
        records, remarks = table.examined(raw, path.parent, platforms)
    known = history.read(path)
    faults = [_both(one) for one in (*remarks, *known.faults) if one.code not in table.NOTES]
    if any(one.code not in table.NOTES for one in remarks):
        return Register(name=path.name, faults=tuple(faults))
    now = keeping.Standing(path, raw, tuple(records), known)
    notes = [_both(one) for one in remarks if one.code in table.NOTES]
    if not known.entries:
        notes.append(_both(Remark(code="no-history")))
    return Register(
        name=path.name, faults=tuple(faults), notes=tuple(notes), forms=registering.FORMS,
        accounts=tuple(_accounts(now, archive, today)),
    )  # fmt: skip


def _accounts(now: keeping.Standing, archive: Archive, today: date) -> Iterator[Registered]:
    """Those that the register has, in its order, and then those that it had."""
    grave, notes, changes = defaultdict[str, list[Said]](list), defaultdict[str, list[Said]](list), _changes(now)
    found = [table.account(one.values, now.path.parent) for one in now.records]
    for remark in lifecycle.findings(found, archive):
        (grave if remark.code in lifecycle.GRAVE else notes)[str(remark.values["id"])].append(_both(remark))
    for drift in now.drift():
        notes[drift.account].append({"sv": say(drift.remark("sv"), "sv"), "en": say(drift.remark("en"), "en")})
    for one in found:
        lacks, last = lifecycle.lacking(one, archive, today.year - 1), archive.get(one.id, Kept()).last
        yield Registered(
            id=one.id, platform=one.platform, unit=one.unit, responsible=one.responsible, status=one.status,
            since=one.status_date, last=str(last or ""), lacking=_lacking(lacks, today.year - 1),
            grave=tuple(grave[one.id]), notes=tuple(notes[one.id]), changes=tuple(changes.pop(one.id, ())),
        )  # fmt: skip
    for id, rest in changes.items():
        yield Registered(id=id, notes=tuple(notes[id]), changes=tuple(rest))


def _changes(now: keeping.Standing) -> dict[str, list[Change]]:
    """account → its changes, newest first."""
    found: dict[str, list[Change]] = {}
    for entry in reversed(now.history.entries):
        found.setdefault(entry.account, []).append(_change(entry))
    return found


def _change(entry: Entry) -> Change:
    what: Said = {"sv": registering.what(entry, "sv"), "en": registering.what(entry, "en")}
    made = Change(at=entry.at, what=what, by=entry.by, why=entry.why)
    if entry.what == "begin":
        return made
    return replace(made, fields={lang: tuple(registering.changes(entry, lang)) for lang in get_args(Lang)})


def _lacking(codes: Sequence[str], year: int) -> Said:
    langs: tuple[Lang, ...] = get_args(Lang)
    return {lang: account_list.lacks_said(codes, year, lang) for lang in langs} if codes else {}


def _both(remark: Remark) -> Said:
    return {"sv": say(remark, "sv"), "en": say(remark, "en")}
