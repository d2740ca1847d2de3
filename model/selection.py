"""What of a capture goes into its package, in the order in which people read it; and what has changed since last time.

Threads by month of their first post; below each post its comments and replies in order, its earlier versions beside it.
The index is derived (SQLite beside the capture, so that memory does not grow with the account) and removed at the end.

Changed is what a reader would see as changed: text, title, language, visibility, date, what it answers, a profile's
rows, a poll's choices, its files by id and by hash, and their descriptions. No change are figures (likes, votes,
followers: they move every day), addresses (they expire), small pictures that the platform makes (it makes them anew), a
stamp of editing alone (Facebook moves it when somebody comments), and a file that could not be had this time (a gap).
Vanished is what the last package has and this capture has not. It is *unseen*, and not vanished, where this capture
could not have seen it: it is a gap itself, or its list is one, is not whole, or was not read at all.
"""

import csv
import json
import re
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Literal
from zoneinfo import ZoneInfo

from model import capture as captures
from model.nouns import Order

Change = Literal["", "new", "changed", "context", "vanished"]
PROFILE: Final = ("profile", "identity")  # the account itself: no thread
UNDATED: Final = "undated"
_HERE: Final = ZoneInfo("Europe/Stockholm")
_SEEN: Final = ("kind", "published", "title", "text", "language", "visibility", "reply_to", "boost_of", "fields")
_MADE: Final = ("thumbnail", "rendition")  # roles of files that the platform makes
_ODD: Final = re.compile(rb"\\[bfu]|\xef\xbf[\xbe\xbf]")  # in a line of JSON: it may hold what the next one finds
_NO_XML: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")  # XML 1.0, production 2
_TABLES: Final = """
PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA cache_size=-32000;
CREATE TABLE items(n INTEGER PRIMARY KEY, id TEXT, kind TEXT, one TEXT, other TEXT, published TEXT, month TEXT,
  seen BLOB, start INT, length INT, line BLOB, change TEXT DEFAULT '', before BLOB, up INT, root INT, depth INT,
  shown INT, taken INT DEFAULT 0);
CREATE TABLE roots(month TEXT, published TEXT, n INT, kind TEXT, id TEXT, change TEXT,
  PRIMARY KEY(month, published, n)) WITHOUT ROWID;
CREATE TABLE media(path TEXT PRIMARY KEY, about TEXT, sha256 TEXT, size INT, package TEXT, gone INT DEFAULT 0,
  taken INT DEFAULT 0) WITHOUT ROWID;
CREATE TABLE uses(n INT, id TEXT, path TEXT);
CREATE TABLE unseen(n INTEGER PRIMARY KEY, line BLOB);
CREATE TABLE front(n INTEGER PRIMARY KEY, root INT);
CREATE TABLE next(n INTEGER PRIMARY KEY, root INT);
CREATE TABLE blind(stream TEXT, parent TEXT, what TEXT);
BEGIN;
"""

_TOLD: Final = "change IN ('new', 'changed', 'vanished') AND (shown OR change='vanished')"


@dataclass(frozen=True, slots=True)
class Previous:
    """The account's package before this one: its name, its order, the lines of two of its files."""

    objid: str
    order: str
    items: Callable[[], Iterator[bytes]]
    media: Callable[[], Iterator[bytes]]  # of earlier_media.csv: path, sha256, size, package


@dataclass(slots=True)
class Entry:
    """One item where it is read: `depth` 0 for a thread's first, `before` as the last package has it."""

    item: dict[str, Any]
    depth: int = 0
    change: Change = ""
    before: dict[str, Any] | None = None
    versions: list[dict[str, Any]] = field(default_factory=list)
    key: str = ""


@dataclass(slots=True)
class Thread:
    key: str
    entries: Iterable[Entry]


class Selection:
    """`with Selection(capture, order, previous=…, whole=…, work=…) as chosen`. `whole`: all of it, whatever changed."""

    def __init__(self, capture: Path, order: Order, *, previous: Previous | None, whole: bool, work: Path) -> None:
        self._capture, self._previous, self._all = capture, previous, whole or previous is None
        self._path = work / f"{order.id}.selection.sqlite"
        self._path.unlink(missing_ok=True)
        self._lines, self._controls = (capture / "items.jsonl").open("rb"), 0
        self._index = sqlite3.connect(self._path, isolation_level=None)
        with ExitStack() as undone:
            undone.callback(self.close)
            self._index.executescript(_TABLES)
            self._read()
            self._compare()
            self._hang()
            self._take()
            self.counts = self._counted()
            undone.pop_all()

    def __enter__(self) -> "Selection":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        self._lines.close()
        self._index.close()
        self._path.unlink(missing_ok=True)

    # what people read

    def months(self) -> Iterator[tuple[str, int]]:
        """Each month that has threads, in order, and how many; what has no date comes last."""
        query = "SELECT month, count(*) FROM roots GROUP BY month ORDER BY month=?, month"
        yield from self._rows(query, UNDATED)

    def threads(self, month: str) -> Iterator[Thread]:
        """The threads of a month in the order of their first posts."""
        query = "SELECT n, kind, id FROM roots WHERE month=? ORDER BY published, n"
        for n, kind, id in self._rows(query, month):
            yield Thread("t" + _key(kind, id), self._entries(n))

    def profile(self) -> list[dict[str, Any]]:
        """The account itself, as it was and, last, as it is. As the last package has it, it is a version too."""
        query = (
            "SELECT v.n, v.before FROM items p JOIN items v ON v.root=p.n WHERE p.kind IN (?,?) AND p.root=p.n"
            " ORDER BY p.change!='vanished', p.kind='profile', p.published, p.n, v.kind!='version', v.published, v.n"
        )
        found = []
        for n, before in self._rows(query, *PROFILE):
            if before:
                found.append(self._placed(json.loads(before)) | {"kind": "version"})
            found.append(self._item(n))
        return found

    def tombstones(self) -> Iterator[dict[str, Any]]:
        """What has vanished, as the last package has it."""
        yield from (self._item(n) for (n,) in self._rows("SELECT n FROM items WHERE change='vanished' ORDER BY n"))

    def changes(self) -> Iterator[Entry]:
        """What is new, changed or vanished, in the order of the items; a version is told with its item."""
        query = f"SELECT n FROM items WHERE {_TOLD} ORDER BY n"  # noqa: S608 - our own words alone, no value
        yield from (self._entry(n) for (n,) in self._rows(query))

    def unseen(self) -> Iterator[dict[str, Any]]:
        """What the last package has and this capture could not see: nobody knows whether it is still there."""
        yield from (self._placed(json.loads(line)) for (line,) in self._rows("SELECT line FROM unseen ORDER BY n"))

    def gaps(self) -> Iterator[dict[str, Any]]:
        with (self._capture / "gaps.jsonl").open("rb") as lines:
            yield from map(json.loads, lines)

    def media(self) -> Iterator[dict[str, Any]]:
        """The files that go along: path, size, sha256, sha512, type; sorted by path."""
        for (about,) in self._rows("SELECT about FROM media WHERE taken=1 ORDER BY path"):
            yield json.loads(about)

    def earlier_media(self) -> Iterator[dict[str, Any]]:
        """The files that an earlier package has and this one has not, also of what has vanished or was replaced since.

        path, sha256, size, package; sorted by path.
        """
        query = "SELECT path, sha256, size, package FROM media WHERE taken=0 ORDER BY path"
        for row in self._rows(query):
            yield dict(zip(("path", "sha256", "size", "package"), row, strict=True))

    # how it is found

    def _read(self) -> None:
        """Every item with its place in the file, and every file with who uses it."""
        start = 0
        for n, line in enumerate(self._lines):
            item = json.loads(line)
            self._put(n, item, start, len(line), None)
            self._uses(n, item)
            self._controls += _controls(item) if _ODD.search(line) else 0
            start += len(line)
        for file in captures.files(self._capture):
            if file["path"].startswith("media/"):  # also one that no item names any more
                self._file(file | {"type": "application/octet-stream"})
        for index in ("by_id ON items(id)", "by_use ON uses(n)", "by_hash ON media(sha256)"):
            self._index.execute(f"CREATE INDEX {index}")

    def _put(self, n: int, item: dict[str, Any], start: int, length: int, line: bytes | None) -> None:
        published = item.get("published") or ""
        one, other = item.get("reply_to") or item.get("parent", ""), item.get("parent", "")
        if item["kind"] == "version":
            one = other
        self._index.execute(
            "INSERT INTO items(n, id, kind, one, other, published, month, seen, start, length, line)"
            " VALUES (?,?,?,?,?,?,?,?,?,?,?)",
            (n, _fit(item["id"]), item["kind"], _fit(one), _fit(other), published, _month(published), _seen(item),
             start, length, line),
        )  # fmt: skip

    def _uses(self, n: int, item: dict[str, Any]) -> None:
        for file in item.get("media", ()):
            if path := file.get("path"):
                known = ("path", "size", "sha256", "sha512", "type")
                self._file({name: file[name] for name in known if name in file})
                id = None if file.get("role") in _MADE else _fit(file["id"])
                self._index.execute("INSERT INTO uses VALUES (?,?,?)", (n, id, path))

    def _file(self, about: dict[str, Any]) -> None:
        row = (about["path"], captures.dumps(about), about["sha256"], about["size"])
        self._index.execute("INSERT OR IGNORE INTO media(path, about, sha256, size) VALUES (?,?,?,?)", row)

    def _compare(self) -> None:
        """Each item with the last package's: new, changed or as it was; and what that has and this has not."""
        if self._previous is None:
            return
        self._look_away()
        self._index.execute("UPDATE items SET change='new'")
        (after,) = self._index.execute("SELECT coalesce(max(n), 0) + 1 FROM items").fetchone()
        for n, line in enumerate(self._previous.items(), after):
            before = json.loads(line)
            self._against(n, before, line)
            for file in before.get("media", ()):
                if "sha256" in file:
                    self._held(file["sha256"], self._previous.objid)
        for row in csv.DictReader(text.decode() for text in self._previous.media()):
            self._held(row["sha256"], row["package"])

    def _look_away(self) -> None:
        """What this capture cannot have seen: a single item (`what`), or a whole list, of one parent or of all."""
        gaps = ((gap["stream"], gap.get("parent", ""), gap["what"], gap["kind"]) for gap in self.gaps())
        blind = ((s, _fit(p), "" if kind == "list" else _fit(what)) for s, p, what, kind in gaps)
        self._index.executemany("INSERT INTO blind VALUES (?,?,?)", blind)
        ledger = captures.ledger_of(self._capture)
        partial = (row for row in ledger["lists"] if row["verdict"] == "not whole")
        rows = ((row["stream"], _fit(row.get("parent", ""))) for row in partial)
        self._index.executemany("INSERT INTO blind VALUES (?,?,'')", rows)
        self._index.execute("CREATE INDEX by_blind ON blind(what, stream, parent)")
        self._read_lists = frozenset(row["stream"] for row in ledger["streams"])

    def _against(self, n: int, before: dict[str, Any], line: bytes) -> None:
        query = "SELECT n, seen FROM items WHERE id=? AND line IS NULL"
        now = self._index.execute(query, (_fit(before["id"]),)).fetchone()
        if now and now[1] == _seen(before) and not self._replaced(now[0], before):
            self._index.execute("UPDATE items SET change='' WHERE n=?", now[:1])
            return
        self._keep_files(before)
        if now:
            self._index.execute("UPDATE items SET change='changed', before=? WHERE n=?", (line, now[0]))
        elif self._blind(before):
            self._index.execute("INSERT INTO unseen VALUES (?,?)", (n, line))
        else:
            self._put(n, before, 0, len(line), line)
            self._index.execute("UPDATE items SET change='vanished' WHERE n=?", (n,))

    def _replaced(self, n: int, before: dict[str, Any]) -> bool:
        """Whether a file has other bytes under the id that it had, or is here now and was a gap."""
        had = {_fit(file["id"]): file.get("sha256") for file in before.get("media", ())}
        query = "SELECT u.id, m.sha256 FROM uses u JOIN media m ON m.path=u.path WHERE u.n=? AND u.id NOTNULL"
        return bool(had) and any(had.get(id) != digest for id, digest in self._rows(query, n))

    def _keep_files(self, before: dict[str, Any]) -> None:
        """The files of what is no more as it was: they are to be found in an earlier package."""
        for file in before.get("media", ()):
            if "sha256" in file and "path" in file:
                row = (file["path"], file["sha256"], file.get("size"))
                self._index.execute("INSERT OR IGNORE INTO media(path, sha256, size, gone) VALUES (?,?,?,1)", row)

    def _blind(self, item: dict[str, Any]) -> bool:
        """Whether this capture could not have seen it: it is a gap itself, or its list was not read to its end."""
        if item["stream"] not in self._read_lists:
            return True
        query = (
            "SELECT 1 FROM blind WHERE what=? OR (what='' AND stream=? AND parent IN ('', ?)) LIMIT 1"
        )  # fmt: skip
        row = (_fit(item["id"]), item["stream"], _fit(item.get("parent", "")))
        return self._index.execute(query, row).fetchone() is not None

    def _held(self, digest: str, package: str) -> None:
        self._index.execute("UPDATE media SET package=? WHERE sha256=?", (package, digest))

    def _hang(self) -> None:
        """Each item's thread and depth. What answers nothing that is here begins a thread; so does a ring's first."""
        run = self._index.execute
        run(
            "UPDATE items SET up=coalesce("
            " (SELECT p.n FROM items p WHERE p.id=items.one AND p.n!=items.n ORDER BY p.line NOTNULL, p.n LIMIT 1),"
            " (SELECT p.n FROM items p WHERE p.id=items.other AND p.n!=items.n ORDER BY p.line NOTNULL, p.n LIMIT 1))"
            " WHERE one!='' OR other!=''"
        )
        run(  # what answers an earlier version of a post answers the post
            "UPDATE items SET up=(SELECT nullif(v.up, items.n) FROM items v WHERE v.n=items.up)"
            " WHERE up IN (SELECT n FROM items WHERE kind='version')"
        )
        run(
            "UPDATE items SET up=NULL WHERE up IN (SELECT n FROM items WHERE kind='version')"
            " OR kind!='version' AND up IN (SELECT n FROM items WHERE kind IN ('profile', 'identity'))"
        )
        run("CREATE INDEX by_up ON items(up)")
        run("CREATE INDEX by_depth ON items(depth)")
        run("INSERT INTO front SELECT n, n FROM items WHERE up IS NULL")
        self._below()
        while run("INSERT INTO front SELECT n, n FROM items WHERE depth IS NULL ORDER BY n LIMIT 1").rowcount:
            run("UPDATE items SET up=NULL WHERE n IN (SELECT n FROM front)")
            self._below()
        run("UPDATE items SET shown=kind!='version' OR up IS NULL")
        run("CREATE INDEX by_root ON items(root)")

    def _below(self) -> None:
        """Root and depth of those in front, and of all that hangs below them."""
        run, depth = self._index.execute, 0
        run("UPDATE items SET depth=0, root=n WHERE n IN (SELECT n FROM front)")
        while run("SELECT 1 FROM front LIMIT 1").fetchone():
            depth += 1
            run(
                "INSERT INTO next SELECT i.n, f.root FROM front f JOIN items i ON i.up=f.n"
                " WHERE i.depth IS NULL"
            )  # fmt: skip
            run("UPDATE items SET depth=?, root=next.root FROM next WHERE items.n=next.n", (depth,))
            run("DELETE FROM front")
            run("INSERT INTO front SELECT n, root FROM next")
            run("DELETE FROM next")

    def _take(self) -> None:
        """Which threads go in, and which files."""
        run = self._index.execute
        run(
            "UPDATE items SET taken=1 WHERE ? OR root IN (SELECT root FROM items WHERE change!='')"
            " OR root IN (SELECT n FROM items WHERE kind IN (?,?))",
            (self._all, *PROFILE),
        )
        if not self._all:
            run("UPDATE items SET change='context' WHERE change='' AND taken")
        run("UPDATE media SET taken=1 WHERE NOT gone AND (? OR package IS NULL)", (self._all,))
        run(
            "UPDATE media SET taken=1 WHERE path IN"
            " (SELECT u.path FROM uses u JOIN items i ON i.n=u.n WHERE i.taken)"
        )  # fmt: skip
        run(
            "INSERT INTO roots SELECT month, published, n, kind, id, change FROM items"
            " WHERE root=n AND taken AND kind NOT IN (?,?)", PROFILE
        )  # fmt: skip

    def _counted(self) -> dict[str, int]:
        counts = {
            "posts": self._one("SELECT count(*) FROM roots WHERE change!='vanished'"),
            "comments": self._one(
                "SELECT count(*) FROM items WHERE shown AND taken AND depth>0 AND change!='vanished'"
            ),
            "others": self._one("SELECT count(*) FROM items WHERE taken AND kind IN ('profile', 'identity')"),
            "versions": self._one("SELECT count(*) FROM items WHERE taken AND NOT shown"),
            "media": self._one("SELECT count(*) FROM media WHERE taken"),
            "earlier": self._one("SELECT count(*) FROM media WHERE NOT taken"),
            "gaps": sum(1 for _ in self.gaps()),
            "unseen": self._one("SELECT count(*) FROM unseen"),
            "controls": self._controls,
            "context": self._one("SELECT count(*) FROM items WHERE change='context' AND shown"),
        }
        for change in ("new", "changed", "vanished"):
            counts[change] = self._one(f"SELECT count(*) FROM items WHERE change=? AND {_TOLD}", change)  # noqa: S608 - our own words alone, no value
        counts["unchanged"] = self._one("SELECT count(*) FROM items WHERE change='' AND ?", self._previous is not None)
        return counts

    def _one(self, query: str, *values: object) -> int:
        return int(self._index.execute(query, values).fetchone()[0])

    # one by one

    def _entries(self, root: int) -> Iterator[Entry]:
        """A thread in reading order: depth first, the oldest answer first. Only numbers are held in memory."""
        below: dict[int, list[int]] = {}
        query = "SELECT up, n FROM items WHERE root=? AND n!=root AND shown ORDER BY published DESC, n DESC"
        for up, n in self._index.execute(query, (root,)):
            below.setdefault(up, []).append(n)
        todo = [root]
        while todo:
            n = todo.pop()
            yield self._entry(n)
            todo += below.get(n, ())

    def _entry(self, n: int) -> Entry:
        kind, id, depth, change, before = self._index.execute(
            "SELECT kind, id, depth, change, before FROM items WHERE n=?", (n,)
        ).fetchone()
        versions = self._rows("SELECT n FROM items WHERE up=? AND kind='version' ORDER BY published, n", n)
        return Entry(
            item=self._item(n),
            depth=depth,
            change=change,
            before=self._placed(json.loads(before)) if before else None,
            versions=[self._item(one) for (one,) in versions],
            key="i" + _key(kind, id),
        )

    def _item(self, n: int) -> dict[str, Any]:
        start, length, line = self._index.execute("SELECT start, length, line FROM items WHERE n=?", (n,)).fetchone()
        if line is None:
            self._lines.seek(start)
            line = self._lines.read(length)
        return self._placed(json.loads(line))

    def _placed(self, item: dict[str, Any]) -> dict[str, Any]:
        """The item, each of its files that is not in this package with the one that has it."""
        for file in item.get("media", ()):
            if package := self._elsewhere(file.get("path")):
                file["package"] = package
        return item

    def _elsewhere(self, path: str | None) -> str:
        """The earlier package that has this file, where this one has not."""
        query = "SELECT taken, package FROM media WHERE path=?"
        found = self._index.execute(query, (path,)).fetchone() if path else None
        if found is None:
            return self._previous.objid if path and self._previous else ""
        return "" if found[0] else found[1]

    def _rows(self, query: str, *values: object) -> Iterator[tuple[Any, ...]]:
        with closing(self._index.execute(query, values)) as cursor:
            yield from cursor


def _month(published: str) -> str:
    """The month in Sweden of a stamp."""
    if not published:
        return UNDATED
    if "02" <= published[8:10] <= "27":  # the same month everywhere
        return published[:7]
    try:
        return f"{datetime.fromisoformat(published).astimezone(_HERE):%Y-%m}"
    except OverflowError:  # the last hour of the year 9999, as a platform may tell it
        return published[:7]


def _seen(item: dict[str, Any]) -> bytes:
    """What a reader would see of an item, in one hash."""
    files = [[file.get("id"), file.get("role"), file.get("alt")] for file in item.get("media", ())]
    choices = [choice.get("text") for choice in item.get("poll", ())]
    seen = [item.get(name) for name in _SEEN]
    return sha256(json.dumps([seen, files, choices], sort_keys=True).encode()).digest()


def _fit(text: str) -> str:
    """A text as the index takes it: a lone surrogate stands with its escape."""
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode()


def _controls(value: Any) -> int:
    """How many characters that XML forbids there are in the texts of an item."""
    if isinstance(value, str):
        return len(_NO_XML.findall(value))
    if isinstance(value, dict):
        return sum(map(_controls, value.values()))
    return sum(map(_controls, value)) if isinstance(value, list) else 0


def _key(kind: str, id: str) -> str:
    """A name for a file or an anchor, the same in every package of the account."""
    return sha256(f"{kind}:{id}".encode("utf-8", "backslashreplace")).hexdigest()[:12]


__all__ = ["PROFILE", "UNDATED", "Change", "Entry", "Previous", "Selection", "Thread"]
