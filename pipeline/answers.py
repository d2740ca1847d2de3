"""Where each answer stands in the record of a sealed capture: what the reading copy tells of the raw behind a post.

The WARC files are read once, from their beginnings. What is known of an answer lies in an index on the disk, beside the
capture, that is removed at the end: memory does not grow with the account.
"""

import sqlite3
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Final

from archive_formats._inputs import place_of
from archive_formats.wacz import indexed
from reading.views import Answer

_BLOCK: Final = 2**20
_TABLES: Final = (
    "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA cache_size=-8000; BEGIN;"
    "CREATE TABLE answers(id TEXT, place TEXT, start INT, length INT, at TEXT, asked TEXT, digest TEXT);"
)
_COLUMNS: Final = "place, start, length, at, asked, digest"


class Answers:
    """`with Answers(capture, work) as answers: answers.find("<urn:uuid:…>")`."""

    def __init__(self, capture: Path, work: Path) -> None:
        self._path = work / f"{capture.name}.answers.sqlite"
        self._path.unlink(missing_ok=True)
        self._index = sqlite3.connect(self._path, isolation_level=None)
        with ExitStack() as undone:
            undone.callback(self.close)
            self._index.executescript(_TABLES)
            for path in sorted((capture / "raw").glob("*.warc.gz")):
                self._read(path, place_of(f"raw/{path.name}"))
            self._index.execute("CREATE INDEX by_id ON answers(id)")
            undone.pop_all()

    def __enter__(self) -> "Answers":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        self._index.close()
        self._path.unlink(missing_ok=True)

    def find(self, raw: str) -> Answer | None:
        """The answer with this id; None where this capture's record has none of that name."""
        query = f"SELECT {_COLUMNS} FROM answers WHERE id=?"  # noqa: S608 - our own words alone, no value
        row = self._index.execute(query, (raw.encode("utf-8", "replace").decode(),)).fetchone()
        return Answer(*row) if row else None

    def _read(self, path: Path, place: str) -> None:
        def tell(start: int, length: int, head: bytes) -> None:
            own = head.partition(b"\r\n\r\n")[0].decode("utf-8", "replace")
            known = dict(line.partition(": ")[::2] for line in own.split("\r\n")[1:])
            if known.get("WARC-Type") in ("response", "revisit"):
                asked = known.get("Arsring-Asked") or known.get("WARC-Target-URI", "")
                digest = known.get("WARC-Payload-Digest", "").removeprefix("sha256:")
                row = (known.get("WARC-Record-ID", ""), place, start, length, known.get("WARC-Date", ""), asked, digest)
                self._index.execute("INSERT INTO answers VALUES (?,?,?,?,?,?,?)", row)

        with path.open("rb") as file:
            for _ in indexed(iter(lambda: file.read(_BLOCK), b""), tell):
                pass


__all__ = ["Answers"]
