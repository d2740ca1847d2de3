"""The index of the reading copy: what people search in, from a disk, without a server.

    sok/001.js …   arsring([[page, anchor, day (20260301 or 0), kind, flags, author, text], …]);
    sok.html       reads all of it, one part after the other, and looks through the texts

It is JSON in a call, since a browser reads no other file from a disk. Rows stand thread by thread; a thread's page may
be of another year than an answer in it. After them come the account's own texts and the gaps, of kind `gap`, which are
told in the language of the settings: the index is one for both. A gap's day is that of the post that it hangs on, and 0
where that is not in the package: when we looked tells nothing of when it was written.
Flags: 1 media, 2 changed, 4 vanished, 8 new since the package before.
"""

import json
import re
import unicodedata
from base64 import b64encode
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from model.made import Hashing, Made
from reading import cleaning, texts, views
from reading.texts import Lang
from reading.views import View

FULL: Final = 1_000_000  # bytes of a part, after which the next one begins
FLAGS: Final = {"media": 1, "changed": 2, "vanished": 4, "new": 8}
SCRIPT: Final = (Path(__file__).parent / "templates" / "search.js").read_text("utf-8")
# The page's own script by its hash, and what that script itself adds; no script that anybody's text would bring along.
SOURCE: Final = f"script-src 'sha256-{b64encode(sha256(SCRIPT.encode()).digest()).decode()}' 'strict-dynamic'"


class Index:
    """`with Index(made, "sv") as index: index.add(view, "2026-03.html")`."""

    def __init__(self, made: Made, lang: Lang) -> None:
        self._made, self._lang, self._stack = made, lang, ExitStack()
        self._out: Hashing | None = None
        self.parts, self.rows = 0, 0
        self.years, self.kinds, self.flags = set[int](), set[str](), set[str]()

    def __enter__(self) -> "Index":
        return self

    def __exit__(self, *how: Any) -> None:
        self._end()
        self._stack.close()

    def add(self, view: View, page: str) -> None:
        """An entry, and what it once said, under the place where it is read."""
        for row in _rows(view):
            self._row(page, row)

    def gap(self, key: str, gap: View, page: str, published: str) -> None:
        """Something that is missing: what it is, why, and how we know; with the time of the post that lacks it."""
        what = f"{texts.say(self._lang, 'missing', gap['kind'])}: {gap['what'] or self._stream(gap)}"
        how = gap["how"][self._lang] if gap["how"] else ""
        of = gap["parent"] if gap["parent"] != gap["what"] else ""
        said = (what, of, texts.say(self._lang, "why", gap["why"]), how)
        self._row(page, (key, _day(published), "gap", 0, "", _line(said)))

    def _stream(self, gap: View) -> str:
        return texts.say(self._lang, "stream", gap["stream"])

    def _row(self, page: str, row: "Row") -> None:
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


def _rows(view: View) -> Iterator[Row]:
    flags = FLAGS["media"] * bool(view["media"]) | FLAGS["changed"] * bool(view["versions"])
    flags |= FLAGS.get(view["change"], 0)
    for one in (view, *view["versions"], *([view["before"]] if view["before"] else ())):
        kind = str(one["kind"]) if one is view else "version"
        yield view["key"], _day(str(one["published"])), kind, flags, str(one["author"]), _text(one)


def _day(published: str) -> int:
    return int(published[:10].replace("-", "")) if re.match(r"\d{4}-\d\d-\d\d", published) else 0


def _text(view: View) -> str:
    """All that people have written in it."""
    fields = (part for name, value in view["fields"].items() for part in (name, views.bare(value)))
    choices = (str(one["text"]) for one in view["poll"])
    alts = (one["alt"] for one in view["media"])
    return _line((str(view["title"]), views.bare(view["text"]), *fields, *choices, *alts))


def _line(parts: Iterable[str]) -> str:
    """In one line; composed (NFC), as a keyboard gives it."""
    whole = " · ".join(" ".join(part.split()) for part in parts if part.strip())
    return unicodedata.normalize("NFC", whole)
