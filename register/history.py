"""The register's history: who changed which account, when and why. JSON lines beside the register, only ever added to.

Each line has the SHA-256 of the line before it, so that a line that is changed or taken away in the middle shows. It
has the SHA-256 of the register as it was then, too: a register that somebody has changed by hand since then shows, row
by row (`drift`). Own columns are the user's and not in it; a key is there by its name, as in the register.
"""

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final, Literal, get_args

from register.columns import COLUMNS, heading
from register.texts import Lang, Remark

ENDING: Final = ".historik.jsonl"
What = Literal["begin", "add", "change", "accept"]
Values = Mapping[str, str]  # of a row, by field, as table.meaning has it


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One change of one account."""

    at: str  # a stamp of ours
    by: str  # a function, not a person
    why: str
    what: What  # begin: as it stood when the history began; accept: changed by hand, and taken in
    account: str
    before: Values | None  # None: the account was not there
    after: Values | None  # None: its row was taken away
    register: str = ""  # SHA-256 of the register file after the change


@dataclass(frozen=True, slots=True)
class History:
    """All of it, oldest first."""

    entries: tuple[Entry, ...] = ()
    last: str = ""  # SHA-256 of the last line
    size: int = 0  # bytes up to the end of the last whole line: what a killed process left after it is no line
    faults: tuple[Remark, ...] = ()

    def state(self) -> dict[str, Values]:
        """Each account as the history has it last; those that were taken away are left out."""
        found = {entry.account: entry.after for entry in self.entries}
        return {id: after for id, after in found.items() if after is not None}

    def of(self, account: str) -> list[Entry]:
        return [entry for entry in self.entries if entry.account == account]


@dataclass(frozen=True, slots=True)
class Drift:
    """An account of which register and history do not say the same."""

    account: str
    before: Values | None  # the history
    after: Values | None  # the register

    def remark(self, lang: Lang) -> Remark:
        code = "drift-added" if self.before is None else "drift-removed" if self.after is None else "drift-changed"
        fields = changed(self.before or {}, self.after or {})
        says = ", ".join(heading(field, lang == "en") for field in fields)
        return Remark(code=code, values={"id": self.account, "fields": says} if code == "drift-changed" else
                      {"id": self.account})  # fmt: skip


def place(register: Path) -> Path:
    """Where the history of a register lies: beside the file itself, if that is reached by a link."""
    register = Path(os.path.realpath(register))
    return register.with_name(register.stem + ENDING)


def read(register: Path) -> History:
    """The history of a register; an empty one where there is none yet. Raises OSError where it cannot be read."""
    try:
        raw = place(register).read_bytes()
    except FileNotFoundError:
        return History()
    whole, _, rest = raw.rpartition(b"\n")
    found, faults, last = list[Entry](), list[Remark](), ""
    for number, line in enumerate(whole.split(b"\n") if whole else (), 1):
        try:
            entry, previous = _entry(line)
        except (ValueError, KeyError, TypeError, AttributeError):
            faults.append(Remark(code="history-unreadable", values={"line": number}))
        else:
            found.append(entry)
            if previous != last:
                faults.append(Remark(code="history-broken", values={"line": number}))
        last = sha256(line).hexdigest()
    return History(tuple(found), last, len(raw) - len(rest), tuple(faults))


def lines(entries: Iterable[Entry], last: str) -> Iterator[bytes]:
    """New entries as lines, the first one chained to the line with that hash."""
    for entry in entries:
        told = {name: getattr(entry, name) for name in Entry.__slots__}
        text = json.dumps({"previous": last} | told, ensure_ascii=False, default=dict)
        yield (line := text.encode()) + b"\n"
        last = sha256(line).hexdigest()


def append(register: Path, history: History, entries: Iterable[Entry]) -> None:
    """Add entries, whole on the disk when this returns. Only for who has the register's lock."""
    path = place(register)
    new = not path.exists()
    with path.open("r+b" if not new else "xb") as out:
        out.truncate(history.size)
        out.seek(history.size)
        out.writelines(lines(entries, history.last))
        out.flush()
        os.fsync(out.fileno())
    if new:
        sync(path.parent)


def drift(history: History, rows: Mapping[str, Values]) -> list[Drift]:
    """The accounts that were changed past the history, in the register's order; none where there is no history."""
    if not history.entries:
        return []
    state = history.state()
    ids = [*rows, *(id for id in state if id not in rows)]
    return [Drift(id, state.get(id), rows.get(id)) for id in ids if changed(state.get(id), rows.get(id))]


def changed(before: Values | None, after: Values | None) -> list[str]:
    """The fields that differ."""
    one, other = before or {}, after or {}
    return [field for field in COLUMNS if one.get(field, "") != other.get(field, "")]


def sync(folder: Path) -> None:
    """What was made or renamed in a folder is on the disk when this returns."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _entry(line: bytes) -> tuple[Entry, str]:
    found = json.loads(line)
    previous = found.pop("previous")
    entry = Entry(**found)
    texts = (entry.at, entry.by, entry.why, entry.account, entry.register, previous)
    rows = (entry.before, entry.after)
    if not all(isinstance(text, str) for text in texts) or entry.what not in get_args(What):
        raise ValueError
    if not all(row is None or {*map(type, row.values())} <= {str} for row in rows):
        raise ValueError
    return entry, previous
