"""The index of the reading copy: what people search in, from a disk, without a server.

    sok/001.js …   arsring([[page, anchor, day (20260301 or 0), kind, flags, author, text], …]);
    sok.html       reads all of it, one part after the other, and looks through the texts

It is JSON in a call, since a browser reads no other file from a disk. Rows stand thread by thread; a thread's page may
be of another year than an answer in it. Flags: 1 media, 2 changed, 4 vanished, 8 new since the package before.
"""

import json
import re
import unicodedata
from base64 import b64encode
from collections.abc import Iterator
from contextlib import ExitStack
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from model.made import Hashing, Made
from model.selection import Entry
from reading import cleaning, views
from reading.views import View

FULL: Final = 1_000_000  # bytes of a part, after which the next one begins
FLAGS: Final = {"media": 1, "changed": 2, "vanished": 4, "new": 8}
SCRIPT: Final = (Path(__file__).parent / "templates" / "search.js").read_text("utf-8")
# The page's own script by its hash, and what that script itself adds; no script that anybody's text would bring along.
SOURCE: Final = f"script-src 'sha256-{b64encode(sha256(SCRIPT.encode()).digest()).decode()}' 'strict-dynamic'"


class Index:
    """`with Index(made) as index: index.add(entry, view, "2026-03.html")`."""

    def __init__(self, made: Made) -> None:
        self._made, self._stack = made, ExitStack()
        self._out: Hashing | None = None
        self.parts, self.rows = 0, 0
        self.years, self.kinds, self.flags = set[int](), set[str](), set[str]()

    def __enter__(self) -> "Index":
        return self

    def __exit__(self, *how: Any) -> None:
        self._end()
        self._stack.close()

    def add(self, found: Entry, view: View, page: str) -> None:
        """An entry, and what it once said, under the place where it is read."""
        for row in _rows(found, view):
            out = self._begun()
            start = "\n" if out.size == len(_HEAD) else ",\n"
            shown = [page, *(cleaning.marked(one) if isinstance(one, str) else one for one in row)]
            out.write((start + json.dumps(shown, ensure_ascii=False, separators=(",", ":"))).encode())
            self._tell(row)
            if out.size > FULL:
                self._end()

    def _begun(self) -> Hashing:
        if self._out is None:
            self.parts += 1
            self._out = self._stack.enter_context(self._made.file(f"reading/sok/{self.parts:03}.js"))
            self._out.write(_HEAD)
        return self._out

    def _end(self) -> None:
        if self._out is not None:
            self._out.write(b"\n]);\n")
            self._out = None
            self._stack.close()

    def _tell(self, row: "Row") -> None:
        _, day, kind, flags, _, _ = row
        self.rows += 1
        self.years.add(day // 10_000)
        self.kinds.add(kind)
        self.flags |= {name for name, flag in FLAGS.items() if flags & flag}


_HEAD: Final = b"arsring(["
Row = tuple[str, int, str, int, str, str]


def _rows(found: Entry, view: View) -> Iterator[Row]:
    flags = FLAGS["media"] * bool(view["media"]) | FLAGS["changed"] * bool(found.versions) | FLAGS.get(found.change, 0)
    for one in (view, *view["versions"], *([view["before"]] if view["before"] else ())):
        kind = str(one["kind"]) if one is view else "version"
        yield found.key, _day(str(one["published"])), kind, flags, str(one["author"]), _text(one)


def _day(published: str) -> int:
    return int(published[:10].replace("-", "")) if re.match(r"\d{4}-\d\d-\d\d", published) else 0


def _text(view: View) -> str:
    """All that people have written in it, in one line; composed (NFC), as a keyboard gives it."""
    fields = (part for name, value in view["fields"].items() for part in (name, views.bare(value)))
    choices = (str(one["text"]) for one in view["poll"])
    alts = (one["alt"] for one in view["media"])
    parts = (str(view["title"]), views.bare(view["text"]), *fields, *choices, *alts)
    whole = " · ".join(" ".join(part.split()) for part in parts if part.strip())
    return unicodedata.normalize("NFC", whole)
