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
CREATE TABLE ids(source TEXT, id TEXT, PRIMARY KEY(source, id)) WITHOUT ROWID;
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


class Index:
    """A temporary SQLite database that goes when it is closed."""

    def __init__(self) -> None:
        self._base = sqlite3.connect("", isolation_level=None)
        self._base.executescript(_TABLES + "BEGIN;")
        self._claims: list[tuple[Any, ...]] = []  # not yet in the table

    def close(self) -> None:
        self._base.close()

    def file(self, path: str, size: int) -> None:
        self._base.execute("INSERT OR IGNORE INTO files VALUES (?,?)", (path, size))

    def size(self, path: str) -> int | None:
        """How large a file of the package is; None where it is not there."""
        found = self._base.execute("SELECT size FROM files WHERE path=?", (path,)).fetchone()
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
        self._claims.append((path, said.source, said.place, said.missing, said.sized, size, said.summed, kind, digest))
        if len(self._claims) >= _AT_ONCE:
            self._settle()

    def _settle(self) -> None:
        self._base.executemany("INSERT INTO claims VALUES (?,?,?,?,?,?,?,?,?)", self._claims)
        self._claims.clear()

    def first(self, *paths: str) -> str | None:
        """The first of four paths that is a file of the package."""
        found = self._base.execute("SELECT path FROM files WHERE path IN (?,?,?,?)", paths).fetchall()
        return next((path for path in paths if (path,) in found), None)

    def kinds(self, path: str) -> set[str]:
        """The kinds of checksum that somebody gives for a file."""
        return set(self._column("SELECT DISTINCT kind FROM claims WHERE path=? AND kind!=''", (path,)))

    def digest(self, path: str, kind: str, value: str) -> None:
        self._base.execute("INSERT OR REPLACE INTO digests VALUES (?,?,?)", (path, kind, value))

    def id(self, source: str, name: str) -> bool:
        """Remember an ID: False where this file has used it before."""
        return bool(self._base.execute("INSERT OR IGNORE INTO ids VALUES (?,?)", (source, name)).rowcount)

    def refer(self, source: str, name: str, rule: str, place: str) -> None:
        self._base.execute("INSERT INTO refs VALUES (?,?,?,?)", (source, name, rule, place))

    def seal(self, path: str, sha256: str) -> None:
        self._base.execute("INSERT INTO seal VALUES (?,?)", (path, sha256))

    def earlier(self, sha256: str) -> None:
        self._base.execute("INSERT OR IGNORE INTO earlier VALUES (?)", (sha256,))

    def ready(self) -> None:
        """All that METS says is in: make the questions quick."""
        self._settle()
        self._base.execute("CREATE INDEX claims_path ON claims(path)")

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
        return self._rows(
            "SELECT rule, source, place, id FROM refs r WHERE NOT EXISTS"
            " (SELECT 1 FROM ids i WHERE i.source=r.source AND i.id=r.id) ORDER BY source, id"
        )

    def unsealed(self) -> Iterator[Any]:
        """(path, SHA-256) of what the capture's seal names and neither this package nor an earlier one has."""
        self._base.execute("CREATE INDEX IF NOT EXISTS digests_digest ON digests(digest)")
        return self._rows(
            "SELECT path, sha256 FROM seal s WHERE NOT EXISTS (SELECT 1 FROM digests WHERE kind='SHA-256'"
            " AND digest=s.sha256) AND NOT EXISTS (SELECT 1 FROM earlier e WHERE e.sha256=s.sha256) ORDER BY path"
        )

    def _column(self, question: str, values: Iterable[Any] = ()) -> Iterator[str]:
        yield from (row[0] for row in self._rows(question, values))

    def _rows(self, question: str, values: Iterable[Any] = ()) -> Iterator[Any]:
        if self._claims:
            self._settle()
        return iter(self._base.execute(question, tuple(values)))


def _like(start: str) -> str:
    return start.replace("!", "!!").replace("%", "!%").replace("_", "!_") + "%"
