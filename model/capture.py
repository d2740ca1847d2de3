"""The capture: one account as it was taken, first under way, then sealed.

Under way it has an index (SQLite, so that memory does not grow with the account) that is derived: the record and the
files are the truth, and a run that starts again writes the index anew. Sealed, it is a plain folder:

    order.json      what was ordered            claims.jsonl   what the platform says there is
    raw/            the record (WARC, CAR)      gaps.jsonl     what is missing, and why
    media/          files, named by their hash  ledger.json    announced, captured, accounted, verdict
    items.jsonl     posts, replies, versions    seal.jsonl     every file with size and hashes; the last line seals them
    supplied/       what the archivist supplied, and supplied.jsonl: each file with who, when and why
    differences.jsonl   what only the platform has, what only the owner's export has, and what differs
    signoff.json        of what is not whole: who accepted it, when, and why (model/signing.py)
    announcement.json   of an account that is closed: where and when that was read (pipeline/closing.py)
"""

import fcntl
import json
import os
import re
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import fields, is_dataclass, replace
from datetime import date, datetime
from functools import partial
from hashlib import sha256, sha512
from pathlib import Path
from typing import Any, BinaryIO, TextIO, get_args

from model.errors import BadInput, NotWhole, TryLater
from model.nouns import Account, Claim, Closing, Doubt, Gap, Item, Kind, Media, Order
from model.times import stamp, when

_TABLES = """
PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA cache_size=-16000; PRAGMA temp_store=FILE;
CREATE TABLE items(id TEXT PRIMARY KEY, rank INT, sort TEXT, line TEXT) WITHOUT ROWID;
CREATE TABLE seen(stream TEXT, parent TEXT, id TEXT, first INT, last INT,
                  PRIMARY KEY(stream, parent, id)) WITHOUT ROWID;
CREATE TABLE media(item TEXT, place INT, id TEXT, line TEXT, file TEXT, PRIMARY KEY(item, id)) WITHOUT ROWID;
CREATE TABLE claims(stream TEXT, parent TEXT, field TEXT, listing INT, value INT, line TEXT,
                    PRIMARY KEY(stream, parent, field, listing)) WITHOUT ROWID;
CREATE TABLE gaps(stream TEXT, parent TEXT, kind TEXT, what TEXT, why TEXT, line TEXT, back TEXT, last INT,
                  PRIMARY KEY(stream, parent, kind, what)) WITHOUT ROWID;
CREATE TABLE wanted(stream TEXT, parent TEXT, PRIMARY KEY(stream, parent)) WITHOUT ROWID;
CREATE TABLE doubts(stream TEXT, parent TEXT, why TEXT, since TEXT, until TEXT,
                    PRIMARY KEY(stream, parent, since)) WITHOUT ROWID;
CREATE TABLE lists(stream TEXT, parent TEXT, listing INT, ended INT DEFAULT 0,
                   PRIMARY KEY(stream, parent, listing)) WITHOUT ROWID;
CREATE TABLE exported(id TEXT PRIMARY KEY, sort TEXT, line TEXT) WITHOUT ROWID;
CREATE TABLE facets(side TEXT, id TEXT, kind TEXT, own INT, at INT, words TEXT, title TEXT, shown INT, names TEXT,
                    PRIMARY KEY(id, side)) WITHOUT ROWID;
CREATE INDEX facets_at ON facets(side, at);
CREATE TABLE pairs(exported TEXT PRIMARY KEY, item TEXT UNIQUE, differs INT) WITHOUT ROWID;
CREATE VIEW unjoined AS SELECT * FROM facets WHERE side='export' AND NOT EXISTS (SELECT 1 FROM pairs WHERE exported=id);
CREATE VIEW free AS SELECT * FROM facets WHERE side='api' AND NOT EXISTS (SELECT 1 FROM pairs WHERE item=id);
BEGIN;
"""


_MEASURES = ("path", "size", "sha256", "sha512")  # of a file in the seal


_NAMES = (
    "announcement.json",
    "claims.jsonl",
    "differences.jsonl",
    "gaps.jsonl",
    "items.jsonl",
    "ledger.json",
    "order.json",
    "signoff.json",
)


class Capture:
    """A capture under way. One process at a time (TryLater for the second), many threads."""

    def __init__(self, folder: Path, order: Order) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.order, self._lock = folder, order, threading.Lock()
        self._guard = guard(folder / "lock")
        try:
            self.order = _written(folder / "order.json", order)
        except (BadInput, OSError):
            self._guard.close()  # or it would hold up the next run in this process
            raise
        (folder / "index.sqlite").unlink(missing_ok=True)
        self.index = sqlite3.connect(folder / "index.sqlite", check_same_thread=False, isolation_level=None)
        # a lone surrogate that stands escaped in a line comes out of json_extract as itself
        self.index.text_factory = partial(str, encoding="utf-8", errors="surrogatepass")
        self.index.executescript(_TABLES)  # ends in BEGIN: derived, so it need never be committed
        self.items = self.files = self.bytes = 0

    def begin(self, stream: str, parent: str, listing: int) -> bool:
        """Whether this list is to be read now: False if another thread has begun it in this listing."""
        return bool(
            self.change("INSERT OR IGNORE INTO lists(stream, parent, listing) VALUES (?,?,?)", stream, parent, listing)
        )

    def end(self, stream: str, parent: str, listing: int) -> None:
        """The list was read to its end."""
        self.change("UPDATE lists SET ended=1 WHERE stream=? AND parent=? AND listing=?", stream, parent, listing)
        if listing > 1:
            self.change(
                "DELETE FROM gaps WHERE stream=? AND parent=? AND kind='list' AND why='unreadable'", stream, parent
            )

    def known(self, stream: str, parent: str) -> bool:
        """Whether this list has been begun in any listing."""
        return bool(self._one("SELECT 1 FROM lists WHERE stream=? AND parent=?", stream, parent))

    def want(self, stream: str, parent: str) -> None:
        """Remember that an item was named: it is read by itself if no list has shown it in the end."""
        self.change("INSERT OR IGNORE INTO wanted VALUES (?,?)", stream, parent)

    def unmet(self) -> list[tuple[str, str]]:
        """Up to 1,000 of what was named and not shown, which is then no longer wanted; empty when there is no more."""
        unmet = (
            "SELECT stream, parent FROM wanted w WHERE NOT EXISTS (SELECT 1 FROM items WHERE id=w.parent) AND"
            " NOT EXISTS (SELECT 1 FROM lists l WHERE l.stream=w.stream AND l.parent=w.parent) ORDER BY 1, 2 LIMIT 1000"
        )
        found = [(stream, parent) for stream, parent in self.rows(unmet)]
        for stream, parent in found:
            self.change("DELETE FROM wanted WHERE stream=? AND parent=?", stream, parent)
        return found

    def doubt(self, doubt: Doubt) -> None:
        """Keep a reason why a list cannot be proven; of two for one time, the later one."""
        since, until = stamp(doubt.since), stamp(doubt.until)
        self.change(
            "INSERT OR REPLACE INTO doubts VALUES (?,?,?,?,?)", doubt.stream, doubt.parent, doubt.why, since, until
        )

    def see(self, item: Item, rank: int, listing: int) -> None:
        """Keep an item. Of two readings the one with the lower rank is shown; both count in their lists."""
        self.count(item.stream, item.parent, item.id, listing)
        if listing > 1:
            self.mend(item.stream, item.parent, "item", item.id)
        sort = f"{stamp(item.published) if item.published else ''} {item.id}"
        line = as_json(item)
        with self._lock:
            row = (item.id, rank, sort, line)
            if self._run("INSERT OR IGNORE INTO items VALUES (?,?,?,?)", row).rowcount:
                self.items += 1
            else:
                self._run("UPDATE items SET rank=?2, sort=?3, line=?4 WHERE id=?1 AND (?2, ?4) < (rank, line)", row)

    def supply(self, item: Item, listing: int) -> None:
        """Keep an item of the owner's export, until it is known which one of the platform's it is."""
        self.count(item.stream, item.parent, item.id, listing)
        sort = f"{stamp(item.published) if item.published else ''} {item.id}"
        self.change("INSERT OR IGNORE INTO exported VALUES (?,?,?)", item.id, sort, as_json(item))

    def count(self, stream: str, parent: str, what: str, listing: int) -> None:
        """One distinct thing of a list has been captured."""
        self.change(
            "INSERT INTO seen VALUES (?,?,?,?,?) ON CONFLICT DO UPDATE SET last=max(last, excluded.last)",
            stream,
            parent,
            what,
            listing,
            listing,
        )

    def claim(self, claim: Claim, listing: int) -> None:
        self.change(
            "INSERT INTO claims VALUES (?,?,?,?,?,?) ON CONFLICT DO UPDATE SET value=excluded.value, line=excluded.line"
            " WHERE (-excluded.value, excluded.line) < (-value, line)",  # of two in one reading, the greater claim
            claim.stream,
            claim.parent,
            claim.field,
            listing,
            min(claim.value, 2**62),  # more than the index can hold is no figure to be met either
            as_json(claim),
        )

    def gap(self, gap: Gap, back: tuple[str, str] | None = None, listing: int = 1) -> None:
        """Name what is missing; `back` is the list to read again for another try."""
        self.change(
            "INSERT INTO gaps VALUES (?,?,?,?,?,?,?,?) ON CONFLICT DO UPDATE SET last=max(last, excluded.last),"
            " why=iif(excluded.line < line, excluded.why, why), back=iif(excluded.line < line, excluded.back, back),"
            " line=min(line, excluded.line)",
            gap.stream,
            gap.parent,
            gap.kind,
            gap.what,
            gap.why,
            as_json(gap),
            json.dumps(back) if back else None,
            listing,
        )

    def mend(self, stream: str, parent: str, kind: str, what: str) -> None:
        """What was missing is here after all."""
        self.change("DELETE FROM gaps WHERE stream=? AND parent=? AND kind=? AND what=?", stream, parent, kind, what)

    def attach(self, item: str, place: int, media: Media, file: dict[str, Any] | None) -> None:
        """Keep what is known of an item's file; `file` (path, size, sha256, sha512, type) when it has been fetched."""
        done = self.change(
            "INSERT INTO media VALUES (?,?,?,?,?) ON CONFLICT DO UPDATE SET line=excluded.line, file=excluded.file"
            " WHERE media.file IS NULL",
            item,
            place,
            media.id,
            as_json(media),
            json.dumps(file, sort_keys=True) if file else None,
        )
        if file and done:
            with self._lock:
                self.files, self.bytes = self.files + 1, self.bytes + int(file["size"])

    def has(self, item: str, media: str) -> bool:
        return bool(self._one("SELECT 1 FROM media WHERE item=? AND id=? AND file IS NOT NULL", item, media))

    def announced(self) -> int:
        """How many things the platform has claimed so far."""
        return int(self._one("SELECT coalesce(sum(value), 0) FROM claims")[0])

    def rows(self, query: str, *values: object) -> Iterator[tuple[Any, ...]]:
        """The rows of a query, read a thousand at a time so that threads may write in between."""
        with self._lock:
            cursor = self._run(query, values)
        while True:
            with self._lock:
                some = cursor.fetchmany(1000)
            if not some:
                return
            yield from some

    def name(self, ledger: dict[str, Any]) -> None:
        """Write down the ledger and every gap: for a capture that is not sealed too, so that a person can decide."""
        gaps = self.rows("SELECT line FROM gaps ORDER BY stream, parent, kind, what")
        _lines(self.folder / "gaps.jsonl", (line for (line,) in gaps))
        text = json.dumps(ledger, ensure_ascii=False, indent=1)
        write(self.folder / "ledger.json", text.encode("utf-8", "backslashreplace"))  # a lone surrogate as JSON has it

    def seal(self, ledger: dict[str, Any]) -> None:
        """Write what the index holds as plain files, sorted, and seal the folder. The record lies in raw/ already."""
        claims = self.rows("SELECT line FROM claims ORDER BY stream, parent, field, listing")
        _lines(self.folder / "items.jsonl", self._items())
        _lines(self.folder / "claims.jsonl", (line for (line,) in claims))
        self.name(ledger)
        _lines(self.folder / "seal.jsonl", self._seal())

    def close(self) -> None:
        self.index.close()
        (self.folder / "index.sqlite").unlink(missing_ok=True)
        self._guard.close()

    def _items(self) -> Iterator[str]:
        also = "(SELECT x.line FROM pairs p JOIN exported x ON x.id=p.exported WHERE p.item=i.id)"
        for line, exported in self.rows(f"SELECT line, {also} FROM items i ORDER BY sort"):  # noqa: S608 - our own words alone, no value
            if '"media": [' not in line and exported is None:
                yield line
                continue
            item = json.loads(line)
            if item.get("media"):
                item["media"] = [
                    json.loads(known) | (json.loads(file) if file else {})
                    for known, file in self.rows(
                        "SELECT line, file FROM media WHERE item=? ORDER BY place, id", item["id"]
                    )
                ]
            if exported:
                item["also"] = json.loads(exported)["raw"]
            yield dumps(item)

    def _seal(self) -> Iterator[str]:
        chain = sha256()
        for line in self._files():
            chain.update(line.encode() + b"\n")
            yield line
        yield dumps({"seal": chain.hexdigest()})

    def _files(self) -> Iterator[str]:
        for name in _NAMES:
            if (path := self.folder / name).exists():  # differences only of an export, a sign-off only where needed
                yield dumps(_measured(path, name))
        yield from (dumps(file) for file in self._kept())
        yield from (dumps(_measured(self.folder / name, name)) for name in self._left())
        if (supplied := self.folder / "supplied.jsonl").exists():
            yield dumps(_measured(supplied, supplied.name))
            with supplied.open("rb") as lines:
                yield from (dumps({name: row[name] for name in _MEASURES}) for row in map(json.loads, lines))
        for path in sorted((self.folder / "raw").iterdir()):
            yield dumps(_measured(path, f"raw/{path.name}"))

    def _kept(self) -> Iterator[dict[str, Any]]:
        before = ""  # the same bytes may have come as two types
        for (file,) in self.rows("SELECT DISTINCT file FROM media WHERE file IS NOT NULL ORDER BY file"):
            if (known := json.loads(file))["path"].startswith("media/") and known["path"] != before:
                before = known["path"]
                yield {name: known[name] for name in _MEASURES}

    def _left(self) -> Iterator[str]:
        """Files that no item has any more: taken by a run that ended red, of posts that vanished before the next."""
        (media := self.folder / "media").mkdir(exist_ok=True)
        with self._lock:
            self._run("CREATE TABLE there(path TEXT PRIMARY KEY) WITHOUT ROWID", ())
            self.index.executemany(
                "INSERT INTO there VALUES (?)", ((f"media/{path.name}",) for path in os.scandir(media))
            )
        known = "SELECT json_extract(file, '$.path') FROM media WHERE file IS NOT NULL"
        for (name,) in self.rows(f"SELECT path FROM there WHERE path NOT IN ({known}) ORDER BY path"):  # noqa: S608 - our own words alone, no value
            yield str(name)

    def _run(self, query: str, values: Sequence[object]) -> sqlite3.Cursor:
        try:
            return self.index.execute(query, values)
        except UnicodeEncodeError:  # an id with a lone surrogate, which SQLite does not take: kept with an escape
            return self.index.execute(query, [_escaped(value) for value in values])

    def change(self, query: str, *values: object) -> int:
        """Change the index; how many rows were touched."""
        with self._lock:
            return self._run(query, values).rowcount

    def _one(self, query: str, *values: object) -> Any:
        with self._lock:
            return self._run(query, values).fetchone()


def guard(lock: Path, of: str = "") -> TextIO:
    """A lock, held until it is closed. TryLater while another run has it, naming what it is of (its folder)."""
    held = lock.open("w")
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        held.close()
        raise TryLater(
            f"{of or lock.parent.name}: another run is at work on it. Wait until it has ended, then run again.", 600
        ) from error
    return held


@contextmanager
def guarded(folder: Path) -> Iterator[None]:
    """A folder for this run alone, made where it is not there. TryLater while another one has it."""
    folder.mkdir(parents=True, exist_ok=True)
    with closing(guard(folder / "lock")):
        yield


@contextmanager
def alone(folder: Path) -> Iterator[Order]:
    """The order of a sealed capture, while no other run is at work on it (TryLater)."""
    order = order_of(folder)
    with closing(guard(folder / "lock")):
        yield order


def sealed(folder: Path) -> bool:
    return (folder / "seal.jsonl").exists()


def files(folder: Path) -> Iterator[dict[str, Any]]:
    """Every file of a sealed capture as its seal has it. NotWhole if the seal itself is broken."""
    chain = sha256()
    broken = (ValueError, TypeError, AttributeError, KeyError, FileNotFoundError, RecursionError)
    with suppress(*broken), (folder / "seal.jsonl").open("rb") as lines:
        for line in lines:
            entry = json.loads(line)
            if "seal" in entry:
                if entry["seal"] != chain.hexdigest() or lines.readline():
                    break
                return
            if ".." in (parts := entry["path"].split("/")) or parts[0] in ("", "."):
                break
            chain.update(line)
            yield {name: entry[name] for name in _MEASURES}
    raise NotWhole(
        f"{folder.name}: the seal is broken: somebody has touched the capture. Move the folder aside and take it anew."
    )


def check(folder: Path) -> list[str]:
    """What is wrong with a sealed capture, a sentence each; nothing if it is as it was sealed."""
    faults = []
    for entry in files(folder):
        path = folder / entry["path"]
        if not path.is_file():
            faults.append(f"{entry['path']}: missing")
        elif _measured(path, entry["path"]) != entry:
            faults.append(f"{entry['path']}: changed since it was sealed")
    return faults


def hold(folder: Path) -> None:
    """Hold the files that everything is made of against the seal. NotWhole, with the file's name, where one differs.

    Those in folders (media, the record) are held against it while they are packed.
    """
    for entry in files(folder):
        if "/" in entry["path"]:
            continue
        path, fault = folder / entry["path"], "changed since the capture was sealed"
        if path.is_file() and _measured(path, entry["path"]) == entry:
            continue
        if not path.is_file():
            fault = "missing, and the capture's seal names it"
        raise NotWhole(
            f"{folder.name}/{path.name}: {fault}. Nothing was packed. Move the folder aside and run again to take the "
            "account anew."
        )


def ledger_of(folder: Path) -> dict[str, Any]:
    """The ledger as it was last weighed."""
    try:
        found: dict[str, Any] = json.loads((folder / "ledger.json").read_bytes())
        kinds = {"verdict": str, "streams": list, "lists": list, "gaps": dict}
        if odd := [name for name, kind in kinds.items() if not isinstance(found[name], kind)]:
            raise TypeError(odd[0])
        _ = [(row["stream"] + row["verdict"], row.get("why")) for row in (*found["lists"], *found["streams"])]
        _ = range(10**6).index(int(found.get("tries", 0))), sum(found["gaps"].values())
    except (OSError, ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RecursionError) as error:
        raise NotWhole(
            f"{folder / 'ledger.json'}: cannot be read as a ledger ({error}). Move the folder aside and run again."
        ) from error
    return found


def tried(folder: Path) -> int:
    """How many runs have ended with a ledger that was not green: their answers do not stand in for new ones."""
    return int(ledger_of(folder).get("tries", 0)) if (folder / "ledger.json").exists() else 0


def order_of(folder: Path) -> Order:
    """The order of a capture, sealed or under way. BadInput if it cannot be read."""
    try:
        return order_from((folder / "order.json").read_bytes())
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise BadInput(
            f"{folder / 'order.json'}: cannot be read as an order ({error}). Move the folder aside and run again."
        ) from error


def order_from(text: bytes) -> Order:
    """The order that an order.json holds. ValueError, TypeError, KeyError or AttributeError where it is none."""
    found = json.loads(text)
    account, created = found.pop("account"), when(found.pop("created"))
    account["options"] = tuple(account.get("options", ()))
    if closing := found.pop("closing", None):
        found["closing"] = Closing(**closing)
    if created is None:
        raise ValueError("no readable time of creation")
    order = Order(account=Account(**account), created=created, **found)
    for made in (order, order.account, *filter(None, [order.closing])):
        if odd := [name for name, kind in _kinds(type(made)) if not isinstance(getattr(made, name), kind)]:
            raise TypeError(odd[0])
    if order.kind not in get_args(Kind) or not 0 < order.year < 10_000 or not _NAME.fullmatch(order.id):
        raise ValueError(f"{order.id!r:.100}")
    return order


_NAME = re.compile(r"(?!\.)[^/\x00-\x1f\x7f\ud800-\udfff]{1,120}")  # an order's id is a part of file names


def _kinds(noun: type) -> Iterator[tuple[str, Any]]:
    """The fields of an order's nouns that the rest relies on, and what they are."""
    told: dict[str, Any] = {"account": Account, "year": int, "key": str | None, "run": dict, "options": tuple}
    told |= {"closing": Closing | None}
    for one in fields(noun):
        if one.name in told or one.type is str:
            yield one.name, told.get(one.name, str)


def as_json(thing: Any) -> str:
    """One of our nouns as one line; what is empty is left out."""
    return dumps(plain(thing))


def plain(value: Any) -> Any:
    """One of our nouns as JSON knows it; what is empty is left out."""
    if isinstance(value, (str, int)) or value is None:
        return value
    if isinstance(value, datetime):
        return stamp(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple):
        return [plain(part) for part in value]
    if (names := _FIELDS.get(type(value))) is None:
        if not is_dataclass(value):
            return value
        names = _FIELDS[type(value)] = tuple(field.name for field in fields(value))
    return {name: plain(part) for name in names if (part := getattr(value, name)) not in (None, "", (), {})}


_FIELDS: dict[type, tuple[str, ...]] = {}


_READABLE = json.JSONEncoder(ensure_ascii=False, default=dict)


def dumps(value: Any) -> str:
    """JSON as people can read it; only a text that is no text (a lone surrogate) is written with escapes."""
    line = _READABLE.encode(value)
    try:
        line.encode()
    except UnicodeEncodeError:
        return json.dumps(value, default=dict)
    return line


def _escaped(value: object) -> object:
    return value.encode("utf-8", "backslashreplace").decode() if isinstance(value, str) else value


def write(path: Path, data: bytes | Iterable[bytes]) -> None:
    """Write a file whole or not at all: temporary name, fsync, rename."""
    part = path.with_name(path.name + ".part")
    with part.open("wb") as out:
        for piece in (data,) if isinstance(data, bytes) else data:
            out.write(piece)
        out.flush()
        os.fsync(out.fileno())
    part.rename(path)


def digests(file: BinaryIO) -> tuple[int, str, str]:
    """(size, sha256, sha512) of what is left to read."""
    one, other, size = sha256(), sha512(), 0
    while block := file.read(2**20):
        one.update(block)
        other.update(block)
        size += len(block)
    return size, one.hexdigest(), other.hexdigest()


def _measured(path: Path, name: str) -> dict[str, Any]:
    with path.open("rb") as file:
        size, one, other = digests(file)
    return {"path": name, "size": size, "sha256": one, "sha512": other}


def _lines(path: Path, lines: Iterator[str]) -> None:
    write(path, (line.encode() + b"\n" for line in lines))


def _written(path: Path, order: Order) -> Order:
    """The order as it stands on the disk: the account as the register has it now, the rest as first written."""
    account = replace(order.account, folder="", picture="")  # where they lay on somebody's disk is nothing to archive
    if path.exists():
        found = order_of(path.parent)
        if found.id != order.id:
            raise BadInput(f"{path}: cannot be read as an order ({found.id!r}). Move the folder aside and run again.")
        order = found
    order = replace(order, account=account)
    write(path, as_json(order).encode())
    return order_of(path.parent)
