"""The package's data for programs: ActivityStreams 2.0, and the same as tables for a spreadsheet.

    content/account.json               the account (an Actor), and what the package is
    content/posts.json                 an OrderedCollection: a thread's posts with what answers them below `replies`
    content/posts.csv comments.csv media.csv      one row each (RFC 4180, UTF-8)
    content/changes_since_previous.csv what is new, changed, vanished, or could not be seen this time; both texts
    content/tombstones.jsonl           what has vanished, as the package before this one has it
    content/earlier_media.csv          in a package of changes, and where something is gone: files an earlier one holds
    media.jsonl                        the files that go along

Written as a stream: one thread after the other, one object a line. In a table, a text that a spreadsheet would take for
a formula, or that begins with an apostrophe, has an apostrophe before it: take one away and it is as it came.
Source: W3C ActivityStreams 2.0 (Recommendation, 2017-05-23) and its vocabulary, seen 2026-11.
"""

import csv
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from itertools import chain
from typing import Any, Final

from model.capture import dumps
from model.made import About, Hashing, Made
from model.nouns import Order
from model.selection import Entry, Selection

CONTEXT: Final = ["https://www.w3.org/ns/activitystreams", {"arsring": "https://arsring.example/ns#"}]
_TYPES: Final = {"boost": "Announce", "event": "Event", "photo": "Image", "video": "Video", "reel": "Video"}
_FILES: Final = {"image": "Image", "video": "Video", "audio": "Audio"}
_KEPT: Final = {  # our word → theirs, where it is the same thing
    "text": "content", "published": "published", "edited": "updated", "url": "url",
    "author": "attributedTo", "reply_to": "inReplyTo", "boost_of": "object",
}  # fmt: skip
_OWN: Final = ("kind", "stream", "visibility", "counts", "fields", "attached", "source", "raw")
_POST: Final = (
    "id", "kind", "published", "edited", "url", "author", "title", "text", "language", "visibility", "boost_of",
    "files", "versions", "change",
)  # fmt: skip
_COMMENT: Final = ("id", "post", "reply_to", *_POST[1:10], *_POST[11:])
_MEDIA: Final = ("item", "path", "sha256", "size", "type", "role", "alt", "url", "package")
_CHANGE: Final = ("change", "id", "kind", "published", "before", "after")
_TEXTS: Final = frozenset({"text", "title", "author", "alt", "before", "after", "url", "language", "visibility"})
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "'")


def write(made: Made, chosen: Selection, order: Order, about: About) -> None:
    """All of content/ and media.jsonl. Texts that are no texts (a lone surrogate) stand with their escapes."""
    made.text("content/account.json", dumps(_account(chosen, order, about)) + "\n")
    with ExitStack() as stack:
        table = {name: stack.enter_context(made.file(f"content/{name}")) for name in _NAMES}
        _Threads(table, about).write(chosen)
    unseen = (_change(Entry(item, change="vanished")) | {"change": "not seen"} for item in chosen.unseen())
    changes = chain((_change(entry) for entry in chosen.changes()), unseen)
    _rows(made, "content/changes_since_previous.csv", _CHANGE, changes)
    _lines(made, "content/tombstones.jsonl", chosen.tombstones())
    _lines(made, "media.jsonl", chosen.media())
    if about.scope == "changes" or chosen.counts["earlier"]:
        columns = ("path", "sha256", "size", "package")
        _rows(made, "content/earlier_media.csv", columns, chosen.earlier_media())


_NAMES: Final = ("posts.json", "posts.csv", "comments.csv", "media.csv")


class _Threads:
    """The threads in all their forms, in one reading of them."""

    def __init__(self, out: Mapping[str, Hashing], about: About) -> None:
        self._json, self._about = out["posts.json"], about
        self._posts = Table(out["posts.csv"], _POST)
        self._comments = Table(out["comments.csv"], _COMMENT)
        self._media = Table(out["media.csv"], _MEDIA)
        self._begun = False

    def write(self, chosen: Selection) -> None:
        total = sum(count for _, count in chosen.months())
        head: dict[str, Any] = {"@context": CONTEXT, "type": "OrderedCollection", "totalItems": total}
        head["id"] = f"urn:arsring:{self._about.objid}:posts"
        self._put(f'{dumps(head)[:-1]}, "orderedItems": [\n')
        for item in chosen.profile():
            self._files(item)
        for month, _ in chosen.months():
            for thread in chosen.threads(month):
                self._thread(thread.entries)
        self._put("\n]}\n")

    def _thread(self, entries: Iterable[Entry]) -> None:
        """A thread as nested objects: each is left open until what answers it has been written inside."""
        depth, post = -1, ""
        for entry in entries:
            if depth < 0:
                post = entry.item["id"]
                self._put(",\n" if self._begun else "")
            elif entry.depth > depth:
                self._put(', "replies": {"type": "Collection", "items": [\n')
            else:
                self._put("}" + "]}}" * (depth - entry.depth) + ",\n")
            self._put(dumps(activity(entry, self._about))[:-1])
            self._row(entry, post)
            depth, self._begun = entry.depth, True
        self._put("}" + "]}}" * depth)

    def _row(self, entry: Entry, post: str) -> None:
        item = entry.item
        more = {"files": len(item.get("media", ())), "versions": len(entry.versions), "change": entry.change}
        if entry.depth:
            self._comments.put(item | more | {"post": post})
        else:
            self._posts.put(item | more)
        for one in (item, *entry.versions):
            self._files(one)

    def _files(self, item: Mapping[str, Any]) -> None:
        for file in item.get("media", ()):
            self._media.put(file | {"item": item["id"]})

    def _put(self, text: str) -> None:
        self._json.write(text.encode())


class Table:
    """A table written row by row."""

    def __init__(self, out: Hashing, columns: tuple[str, ...]) -> None:
        self._out, self._columns = out, columns
        self._csv = csv.writer(self, lineterminator="\r\n")
        self._csv.writerow(columns)

    def put(self, row: Mapping[str, Any]) -> None:
        self._csv.writerow([cell(row.get(name), name in _TEXTS) for name in self._columns])

    def write(self, text: str) -> int:
        return self._out.write(text.encode("utf-8", "backslashreplace"))


def cell(value: object, text: bool) -> str:
    """A value as a table has it: a text that looks like a formula gets an apostrophe before it."""
    found = "" if value is None else str(value)
    return f"'{found}" if text and found.startswith(_FORMULA) else found


def activity(entry: Entry, about: About) -> dict[str, Any]:
    """An item as ActivityStreams has it; what the vocabulary has no word for has ours, with a prefix."""
    found = _object(entry.item, about)
    if entry.change in ("new", "changed", "context"):
        found["arsring:change"] = entry.change
    if entry.change == "vanished":
        found |= {"type": "Tombstone", "formerType": found["type"]}
    if entry.before:
        found["arsring:before"] = _object(entry.before, about)
    if entry.versions:
        found["arsring:versions"] = [_object(one, about) for one in entry.versions]
    return found


def _object(item: Mapping[str, Any], about: About) -> dict[str, Any]:
    kind = "Question" if item.get("poll") else _TYPES.get(item["kind"], "Note")
    found: dict[str, Any] = {"type": kind, "id": item["id"]}
    kept = {**_KEPT, "title": about.title}
    found |= {theirs: item[ours] for ours, theirs in kept.items() if item.get(ours)}
    if found.get("content"):
        found["mediaType"] = "text/html" if about.text == "html" else "text/plain"
        if item.get("language"):
            found["contentMap"] = {item["language"]: found["content"]}
    if item.get("poll"):
        found["oneOf"] = [_choice(choice) for choice in item["poll"]]
    if item.get("media"):
        found["attachment"] = [_attachment(file) for file in item["media"]]
    return found | {f"arsring:{name}": item[name] for name in _OWN if item.get(name)}


def _choice(choice: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {"type": "Note", "name": choice["text"]}
    if choice.get("votes") is not None:
        found["replies"] = {"type": "Collection", "totalItems": choice["votes"]}
    return found


def _attachment(file: Mapping[str, Any]) -> dict[str, Any]:
    """A file: where it lies in this package or which package has it, or, without `url`, that it is a gap."""
    kind = str(file.get("type", ""))
    found: dict[str, Any] = {"type": _FILES.get(kind.partition("/")[0], "Document"), "id": file["id"]}
    found |= {theirs: file[ours] for ours, theirs in (("type", "mediaType"), ("alt", "name")) if file.get(ours)}
    found |= {"url": file["path"]} if file.get("path") and not file.get("package") else {}
    kept = {"url": "address", "sha256": "sha256", "size": "size", "role": "role", "package": "package"}
    return found | {f"arsring:{name}": file[ours] for ours, name in kept.items() if file.get(ours)}


def _account(chosen: Selection, order: Order, about: About) -> dict[str, Any]:
    """The account as an Actor, as its own page tells it, and what the register and this package say of it."""
    account, profile = order.account, (chosen.profile() or [{}])[-1]
    found: dict[str, Any] = {"@context": CONTEXT, "type": "Organization", "id": account.address, "url": account.address}
    named = {"name": profile.get("title"), "summary": profile.get("text"), "published": profile.get("published")}
    found |= {name: value for name, value in named.items() if value}
    found["attachment"] = [_attachment(file) for file in profile.get("media", ())]
    facts = {
        "account": account.id, "platform": account.platform, "unit": account.unit, "level": about.level,
        "case": account.case, "order": order.id, "year": order.year, "kind": order.kind, "package": about.objid,
        "status": about.status, "scope": about.scope, "previous": about.previous, "replaces": about.replaces,
        "verdict": about.verdict, "began": about.began, "ended": about.ended, "counts": dict(about.counts),
        "fields": profile.get("fields"), "figures": profile.get("counts"), "text": about.text,
    }  # fmt: skip
    return found | {f"arsring:{name}": value for name, value in facts.items() if value not in (None, "", {})}


def _change(entry: Entry) -> dict[str, Any]:
    item = entry.item
    text, gone = item.get("text", ""), entry.change == "vanished"
    before = text if gone else (entry.before or {}).get("text", "")
    row = {"change": entry.change, "before": before, "after": "" if gone else text}
    return row | {name: item.get(name) for name in ("id", "kind", "published")}


def _rows(made: Made, name: str, columns: tuple[str, ...], rows: Iterable[Mapping[str, Any]]) -> None:
    with made.file(name) as out:
        table = Table(out, columns)
        for row in rows:
            table.put(row)


def _lines(made: Made, name: str, lines: Iterator[dict[str, Any]]) -> None:
    with made.file(name) as out:
        for line in lines:
            out.write(dumps(line).encode() + b"\n")


__all__ = ["CONTEXT", "Table", "activity", "cell", "write"]
