"""Where the things are shown that gaps name, or that they hang on: a gap leads there, and is found under their year.

It lies on the disk beside what is made, and is removed at the end: there may be a hundred thousand gaps.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Final

from reading.views import View

_TABLES: Final = (
    "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA cache_size=-4000; BEGIN;"
    "CREATE TABLE wanted(id BLOB PRIMARY KEY, place TEXT, published TEXT) WITHOUT ROWID;"
)
_NOWHERE: Final = ("", "")


class Shown:
    """`with Shown(path, gaps) as shown: shown.meet(view, "2026-03.html"); shown.of(gap)`. It remembers no others."""

    def __init__(self, path: Path, gaps: Iterable[Mapping[str, Any]]) -> None:
        self._path = path
        path.unlink(missing_ok=True)
        self._known = sqlite3.connect(path, isolation_level=None)
        with ExitStack() as undone:
            undone.callback(self.close)
            self._known.executescript(_TABLES)
            self._known.executemany("INSERT OR IGNORE INTO wanted(id) VALUES (?)", _wanted(gaps))
            self._any = self._known.execute("SELECT 1 FROM wanted LIMIT 1").fetchone() is not None
            undone.pop_all()

    def __enter__(self) -> "Shown":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        self._known.close()
        self._path.unlink(missing_ok=True)

    def meet(self, view: View, page: str) -> None:
        """An entry that stands on a page, with its files: remembered where a gap asks for it, the first time."""
        if self._any:
            row = f"{page}#{view['key']}", str(view["published"])
            rows = ((*row, _id(id)) for id in (view["id"], *(one["id"] for one in view["media"])))
            self._known.executemany("UPDATE wanted SET place=?, published=? WHERE id=? AND place IS NULL", rows)

    def of(self, gap: View) -> tuple[str, str]:
        """Where its thing stands, or what it belongs to, and when that was written; empty where it is not in here."""
        return self._at(gap["what"]) or self._at(gap["parent"]) or _NOWHERE

    def _at(self, id: object) -> tuple[str, str] | None:
        query = "SELECT place, published FROM wanted WHERE id=? AND place NOTNULL"
        found: tuple[str, str] | None = self._known.execute(query, (_id(id),)).fetchone()
        return found


def _wanted(gaps: Iterable[Mapping[str, Any]]) -> Iterator[tuple[bytes]]:
    for gap in gaps:
        yield from ((_id(id),) for name in ("what", "parent") if (id := gap.get(name)))


def _id(id: object) -> bytes:
    return str(id).encode("utf-8", "surrogatepass")  # ids are strangers' texts
