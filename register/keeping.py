"""The register is changed: one at a time, whole or not at all, and never without a line in its history.

The new file is written beside the old one, then the line is added, then the new file takes the old one's place. A
process that is killed before the line has changed nothing; after it, the next change puts the file in its place first.
What somebody changes by hand, in Excel, is never overwritten: it shows as drift until it is accepted.
"""

import fcntl
import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Final

from model.errors import BadInput, NotWhole, TryLater
from model.nouns import Status
from model.times import stamp
from register import cells, history, lifecycle, sheet, table, writing
from register.columns import DATES, STATUSES, UNREAD, clean, heading, word
from register.history import Drift, Entry, History, Values, What
from register.lifecycle import Archive
from register.texts import Lang, Remark, say

PATIENCE: Final = 10.0  # seconds for another change to end
_GONE: Final[tuple[Status, ...]] = ("applied", "closed")  # whose rows may be taken away


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Who changes the register, why and when, and what is known besides."""

    by: str  # a function, not a person
    why: str
    at: datetime
    today: str  # 2026-11-28
    archive: Archive | None = None  # None: not known
    platforms: frozenset[str] | None = None  # that a row may be given; other rows keep what they have
    lang: Lang = "sv"


@dataclass(frozen=True, slots=True)
class Standing:
    """A register and its history as they stand."""

    path: Path
    raw: bytes
    records: tuple[table.Record, ...]
    history: History

    def rows(self) -> dict[str, Values]:
        return {record.values["id"]: table.meaning(record.values) for record in self.records}

    def drift(self) -> list[Drift]:
        return history.drift(self.history, self.rows())


def look(
    path: Path, platforms: frozenset[str] | None, lang: Lang = "sv", tell: Callable[[str], object] = lambda _: None
) -> Standing:
    """The register as it stands. Raises as table.read does."""
    raw, faults = sheet.content(path)
    records: list[table.Record] = []
    if not faults:
        records, faults = table.examined(raw, path.parent, platforms)
    return Standing(path, raw, tuple(table.sound(path.name, records, faults, lang, tell)), history.read(path))


def add(path: Path, values: Mapping[str, str], asked: Asked) -> list[Entry]:
    """A new account; the file is made where there is none. What was written into the history."""
    with _alone(path, asked) as now:
        id = clean(values.get("id", ""))
        if now.history.of(id) or id in now.rows():
            raise _refused(now, [Remark(code="used-id", values={"id": id})], asked)
        told = {field: value for field, value in _given(now, values, asked).items() if value}
        given = {"status": "applied", "status_date": asked.today} | told
        book = writing.Book(now.raw)
        book.add(given)
        return _changed(now, book.content(), "add", id, given, asked)


def change(path: Path, id: str, values: Mapping[str, str], asked: Asked) -> list[Entry]:
    """Other values for an account; nothing where they are what stands there. A new status is dated."""
    with _alone(path, asked) as now:
        record = next((one for one in now.records if one.values["id"] == id), None)
        if record is None:
            raise _refused(now, [Remark(code="no-such-account", values={"id": id})], asked)
        if clean(values.get("id", id)) != id:
            raise _refused(now, [Remark(code="fixed-id", values={"id": id})], asked)
        if any(one.account == id for one in now.drift()):
            raise _refused(now, [Remark(code="drifted", values={"id": id})], asked)
        given = _given(now, values, asked)
        old, new = (STATUSES.get(word(one.get("status", ""))) for one in (record.values, given))
        if "status" in given and old != new:
            given = {"status_date": asked.today, "status_decision": ""} | given
        book = writing.Book(now.raw)
        book.change(record.row, given)
        return _changed(now, book.content(), "change", id, given, asked) if book.content() != now.raw else []


def accept(path: Path, ids: Iterable[str], asked: Asked) -> list[Entry]:
    """Take into the history what was changed by hand, of these accounts or (none named) of all; or begin it."""
    with _alone(path, asked) as now:
        if not now.history.entries:
            made = _begun(now, asked)
        else:
            chosen = set(ids)
            found = [one for one in now.drift() if not chosen or one.account in chosen]
            if unknown := chosen - {one.account for one in found}:
                raise _refused(now, [Remark(code="no-drift", values={"id": id}) for id in sorted(unknown)], asked)
            if faults := [fault for one in found for fault in _unlawful(now, one, asked)]:
                raise _refused(now, faults, asked)
            made = [_entry("accept", one.account, one.before, one.after, now.raw, asked) for one in found]
        if made:
            history.append(now.path, now.history, made)
        return made


def _unlawful(now: Standing, one: Drift, asked: Asked) -> list[Remark]:
    """Why what was done by hand cannot be accepted: the rules are the same."""
    before, after = one.before or {}, one.after
    if after is None:
        gone = before.get("status") in _GONE
        return [] if gone else [Remark(code="row-needed", values={"id": one.account})]
    decided = bool(after.get("status_decision")) and after.get("status_decision") != before.get("status_decision")
    account = table.account(dict(after), now.path.parent)
    old = STATUSES.get(before.get("status", "")) if one.before else None
    return lifecycle.step(account, old, asked.archive, decided=decided, lang=asked.lang)


def _given(now: Standing, values: Mapping[str, str], asked: Asked) -> dict[str, str]:
    """The values as they can be written. BadInput where one would be another thing to Excel."""
    found = {field: clean(value.replace("\r\n", "\n")) for field, value in values.items()}
    wrong = [("formula", field) for field, cell in found.items() if cells.formula(cell)]
    platform = found.get("platform", "").casefold()
    if asked.platforms is not None and "platform" in found and platform not in asked.platforms | UNREAD:
        wrong.append(("platform", "platform"))
    wrong += [("date", field) for field in DATES if found.get(field) and not table.is_day(found[field])]
    if wrong:
        english, known = asked.lang == "en", {"known": ", ".join(sorted(asked.platforms or ()))}
        faults = [Remark(code=code, column=heading(field, english), values=known) for code, field in wrong]
        raise _refused(now, faults, asked)
    return found


def _changed(now: Standing, raw: bytes, what: What, id: str, given: Mapping[str, str], asked: Asked) -> list[Entry]:
    """Put the new file in the place of the old one, if it is sound and its account may become what it says."""
    records, remarks = table.examined(raw, now.path.parent)
    if faults := [one for one in remarks if one.code not in table.NOTES]:
        raise _refused(now, faults, asked)
    rows = {record.values["id"]: table.meaning(record.values) for record in records}
    before, after = now.rows(), rows[id]
    if {one: row for one, row in rows.items() if one != id} != {one: row for one, row in before.items() if one != id}:
        raise NotWhole(say(Remark(code="others-changed", values={"name": now.path.name}), asked.lang))
    old = STATUSES.get(before[id]["status"]) if id in before else None
    account = table.account(dict(after), now.path.parent)
    decided = bool(given.get("status_decision"))
    if faults := lifecycle.step(account, old, asked.archive, decided=decided, lang=asked.lang):
        raise _refused(now, faults, asked)
    begun = [] if now.history.entries else _begun(now, asked)
    made = [*begun, _entry(what, id, before.get(id), after, raw, asked)]
    _put(now, raw, made, asked)
    return made


def _begun(now: Standing, asked: Asked) -> list[Entry]:
    return [_entry("begin", id, None, row, now.raw, asked) for id, row in now.rows().items()]


def _entry(what: What, id: str, before: Values | None, after: Values | None, raw: bytes, asked: Asked) -> Entry:
    return Entry(
        at=stamp(asked.at), by=asked.by, why=asked.why, what=what, account=id, before=before, after=after,
        register=sha256(raw).hexdigest(),
    )  # fmt: skip


# -- on the disk -------------------------------------------------------------------------------------------------


@contextmanager
def _alone(path: Path, asked: Asked) -> Iterator[Standing]:
    """The register as it stands, while nobody else changes it. TryLater where somebody else takes too long."""
    path = Path(os.path.realpath(path))
    faults = [Remark(code=code) for code, text in (("by", asked.by), ("why", asked.why)) if not _said(code, text)]
    if faults:
        raise BadInput(say(Remark(code="refused", values={"name": path.name}), asked.lang), _told(faults, asked.lang))
    with path.with_name(f".{path.name}.lock").open("w") as held:
        until = time.monotonic() + PATIENCE
        while True:
            try:
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError as error:
                if time.monotonic() > until:
                    raise TryLater(say(Remark(code="busy", values={"name": path.name}), asked.lang), 60) from error
                time.sleep(0.05)
        _finish(path)
        yield _opened(path, asked)


def _said(code: str, text: str) -> bool:
    """Whether it says who (a function, so no mailbox) or why, and shows no key."""
    return len(text.strip()) > 2 and text.isprintable() and not cells.secret(text) and (code != "by" or "@" not in text)


def _opened(path: Path, asked: Asked) -> Standing:
    known = history.read(path)
    if known.faults:
        raise BadInput(
            say(Remark(code="history-unusable", values={"name": history.place(path).name}), asked.lang),
            _told(known.faults, asked.lang),
        )
    if not path.exists():
        return Standing(path, writing.blank(asked.lang == "en"), (), known)
    raw, faults = sheet.content(path)
    records: list[table.Record] = []
    if not faults:
        records, faults = table.examined(raw, path.parent)
    faults = [fault for fault in faults if fault.code != "no-accounts"]
    return Standing(path, raw, tuple(table.sound(path.name, records, faults, asked.lang, lambda _: None)), known)


def _put(now: Standing, raw: bytes, entries: list[Entry], asked: Asked) -> None:
    part = _part(now.path, now.raw if now.path.exists() else b"")
    try:
        with part.open("wb") as out:
            out.write(raw)
            _as_before(out.fileno(), now.path)
            out.flush()
            os.fsync(out.fileno())
        if now.path.exists() and now.path.read_bytes() != now.raw:
            raise TryLater(say(Remark(code="touched", values={"name": now.path.name}), asked.lang), 5)
        history.append(now.path, now.history, entries)
    except (OSError, TryLater):
        part.unlink(missing_ok=True)
        raise
    part.replace(now.path)
    history.sync(now.path.parent)


def _as_before(handle: int, path: Path) -> None:
    """The new file is whose the old one was."""
    if path.exists():
        found = path.stat()
        os.fchmod(handle, found.st_mode & 0o7777)
        with suppress(PermissionError):
            os.fchown(handle, found.st_uid, found.st_gid)


def _part(path: Path, raw: bytes) -> Path:
    """Where a new file is written: its name says of which old one."""
    return path.with_name(f".{path.name}.{sha256(raw).hexdigest()[:16]}.part")


def _finish(path: Path) -> None:
    """What a killed process had in its history and not yet in its place is put there; what was neither is removed."""
    known = history.read(path)
    due = known.entries[-1].register if known.entries else ""
    raw = path.read_bytes() if path.exists() else b""
    for part in path.parent.glob(f".{path.name}.*.part"):
        if part == _part(path, raw) and sha256(part.read_bytes()).hexdigest() == due:
            part.replace(path)
            history.sync(path.parent)
        else:
            part.unlink(missing_ok=True)


def _refused(now: Standing, faults: list[Remark], asked: Asked) -> BadInput:
    summary = Remark(code="refused", values={"name": now.path.name})
    return BadInput(say(summary, asked.lang), _told(faults, asked.lang))


def _told(faults: Iterable[Remark], lang: Lang) -> list[str]:
    return [say(fault, lang) for fault in faults]
