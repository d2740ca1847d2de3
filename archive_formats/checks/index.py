"""What is known while a package is read, on disk and not in memory: files, what is said of them, IDs and references."""

import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

_TABLES: Final = """
PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA cache_size=-32000; PRAGMA temp_store=FILE;
CREATE TABLE files(path TEXT PRIMARY KEY, size INT) WITHOUT ROWID;
CREATE TABLE claims(path TEXT, source TEXT, place TEXT, missing TEXT, sized TEXT, size INT, summed TEXT, kind TEXT,
                    digest TEXT);
CREATE TABLE digests(path TEXT, kind TEXT, digest TEXT, PRIMARY KEY(path, kind)) WITHOUT ROWID;
CREATE TABLE ids(source TEXT, id TEXT, place TEXT);
CREATE TABLE refs(source TEXT, id TEXT, rule TEXT, place TEXT);
CREATE TABLE seal(path TEXT, sha256 TEXT);
CREATE TABLE earlier(sha256 TEXT PRIMARY KEY) WITHOUT ROWID;
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """Where a METS or a PREMIS says something of a file, and the rules for what it says."""

    source: str  # the file that says it
    place: str  # where in that file
    missing: str  # the rule that the file is there
    sized: str  # the rule for its size
    summed: str  # the rule for its checksum


_AT_ONCE: Final = 1000
_LEFT: Final = """
SELECT path, size, (SELECT group_concat(DISTINCT kind) FROM claims WHERE path=f.path),
(SELECT group_concat(DISTINCT kind) FROM digests WHERE path=f.path) FROM files f ORDER BY path
"""
_INTO: Final = {
    "files": "INSERT OR IGNORE INTO files VALUES (?,?)",
    "claims": "INSERT INTO claims VALUES (?,?,?,?,?,?,?,?,?)",
    "digests": "INSERT OR REPLACE INTO digests VALUES (?,?,?)",
    "ids": "INSERT INTO ids VALUES (?,?,?)",
    "refs": "INSERT INTO refs VALUES (?,?,?,?)",
    "seal": "INSERT INTO seal VALUES (?,?)",
    "earlier": "INSERT OR IGNORE INTO earlier VALUES (?)",
}


class Index:
    """A temporary SQLite database that goes when it is closed."""

    def __init__(self) -> None:
        self._base = sqlite3.connect("", isolation_level=None)
        self._base.executescript(_TABLES + "BEGIN;")
        self._waiting: dict[str, list[tuple[Any, ...]]] = {table: [] for table in _INTO}  # not yet in their tables

    def close(self) -> None:
        self._base.close()

    def file(self, path: str, size: int) -> None:
        self._put("files", path, size)

    def size(self, path: str) -> int | None:
        """How large a file of the package is; None where it is not there."""
        found = self._ask("SELECT size FROM files WHERE path=?", (path,), "files").fetchone()
        return found[0] if found else None

    def has(self, folder: str) -> bool:
        """Whether there is a file in a folder. The letters' case does not matter: USE is written with a capital."""
        question = "SELECT path FROM files WHERE path LIKE ? ESCAPE '!' LIMIT 1"
        return next(self._column(question, (_like(folder.rstrip("/") + "/"),)), None) is not None

    def under(self, folder: str) -> Iterator[str]:
        """The files below a folder, sorted."""
        low, high = folder, folder[:-1] + chr(ord(folder[-1]) + 1) if folder else "\U0010ffff"
        yield from self._column("SELECT path FROM files WHERE path>=? AND path<? ORDER BY path", (low, high))

    def claim(self, path: str, said: Said, size: int | None, kind: str, digest: str) -> None:
        """What is said of a file: its size in bytes, and a checksum of a kind as METS writes it."""
        size = size if size is None or size < 2**63 else -1
        self._put("claims", path, said.source, said.place, said.missing, said.sized, size, said.summed, kind, digest)

    def first(self, *paths: str) -> str | None:
        """The first of four paths that is a file of the package."""
        found = self._ask("SELECT path FROM files WHERE path IN (?,?,?,?)", paths, "files").fetchall()
        return next((path for path in paths if (path,) in found), None)

    def kinds(self, path: str) -> set[str]:
        """The kinds of checksum that somebody gives for a file."""
        question = "SELECT DISTINCT kind FROM claims WHERE path=? AND kind!=''"
        return {row[0] for row in self._ask(question, (path,), "claims")}

    def left(self) -> Iterator[tuple[str, int, set[str]]]:
        """Each file, sorted: its path, its size, and the kinds of checksum that have not been taken of it.

        SHA-256 is taken of all, others where somebody has given one by then.
        """
        rows = self._ask(_LEFT, (), *_INTO)
        for path, size, given, taken in rows:
            yield path, size, {"SHA-256", *(given or "").split(",")} - {"", *(taken or "").split(",")}
            self._settle("claims")

    def digest(self, path: str, kind: str, value: str) -> None:
        self._put("digests", path, kind, value)

    def id(self, source: str, name: str, place: str = "") -> None:
        """Remember an ID; `place` is where it stands, in a file that must not use it twice."""
        self._put("ids", source, name, place)

    def twice(self) -> Iterator[Any]:
        """(place, ID) of what a file uses again."""
        return self._rows(
            "SELECT place, id FROM (SELECT place, id, row_number() OVER (PARTITION BY source, id ORDER BY rowid) AS n"
            " FROM ids WHERE place!='') WHERE n>1 ORDER BY place, id"
        )

    def refer(self, source: str, name: str, rule: str, place: str) -> None:
        self._put("refs", source, name, rule, place)

    def seal(self, path: str, sha256: str) -> None:
        self._put("seal", path, sha256)

    def earlier(self, sha256: str) -> None:
        self._put("earlier", sha256)

    def ready(self) -> None:
        """All that METS says is in: make the questions quick."""
        self._ask("CREATE INDEX claims_path ON claims(path)", (), "claims")

    def missing(self) -> Iterator[Any]:
        """(rule, source, place, path) of what is named and is not there."""
        return self._rows(
            "SELECT missing, source, place, path FROM claims c WHERE NOT EXISTS"
            " (SELECT 1 FROM files f WHERE f.path=c.path) ORDER BY path"
        )

    def unnamed(self) -> Iterator[str]:
        """The files that no METS names."""
        yield from self._column(
            "SELECT path FROM files f WHERE NOT EXISTS"
            " (SELECT 1 FROM claims c WHERE c.path=f.path AND missing!='CONTENT4') ORDER BY path"
        )

    def wrong_sizes(self) -> Iterator[Any]:
        """(rule, source, place, path, size said, size found)."""
        return self._rows(
            "SELECT sized, source, place, path, c.size, f.size FROM claims c JOIN files f USING (path)"
            " WHERE c.size IS NOT NULL AND c.size!=f.size ORDER BY path"
        )

    def wrong_digests(self) -> Iterator[Any]:
        """(rule, source, place, path, digest said, digest found)."""
        return self._rows(
            "SELECT summed, source, place, path, c.digest, d.digest FROM claims c JOIN digests d USING (path, kind)"
            " WHERE c.digest!='' AND lower(c.digest)!=d.digest ORDER BY path"
        )

    def dangling(self) -> Iterator[Any]:
        """(rule, source, place, ID) of what is referred to and is not there."""
        self._ask("CREATE INDEX IF NOT EXISTS ids_id ON ids(id, source)", (), "ids")
        return self._rows(
            "SELECT rule, source, place, id FROM refs r WHERE NOT EXISTS"
            " (SELECT 1 FROM ids i WHERE i.source=r.source AND i.id=r.id) ORDER BY source, id"
        )

    def unsealed(self) -> Iterator[Any]:
        """(path, SHA-256) of what the capture's seal names and neither this package nor an earlier one has."""
        self._ask("CREATE INDEX IF NOT EXISTS digests_digest ON digests(digest)", (), "digests")
        return self._rows(
            "SELECT path, sha256 FROM seal s WHERE NOT EXISTS (SELECT 1 FROM digests WHERE kind='SHA-256'"
            " AND digest=s.sha256) AND NOT EXISTS (SELECT 1 FROM earlier e WHERE e.sha256=s.sha256) ORDER BY path"
        )

    def _column(self, question: str, values: Iterable[Any] = ()) -> Iterator[str]:
        yield from (row[0] for row in self._rows(question, values))

    def _rows(self, question: str, values: Iterable[Any] = ()) -> Iterator[Any]:
        return iter(self._ask(question, tuple(values), *_INTO))

    def _put(self, table: str, *row: Any) -> None:
        waiting = self._waiting[table]
        waiting.append(row)
        if len(waiting) >= _AT_ONCE:
            self._settle(table)

    def _ask(self, question: str, values: tuple[Any, ...], *tables: str) -> sqlite3.Cursor:
        """Ask of these tables, once all that is known is in them."""
        for table in tables:
            self._settle(table)
        return self._base.execute(question, values)

    def _settle(self, table: str) -> None:
        if waiting := self._waiting[table]:
            self._base.executemany(_INTO[table], waiting)
            waiting.clear()


def _like(start: str) -> str:
    return start.replace("!", "!!").replace("%", "!%").replace("_", "!_") + "%"
