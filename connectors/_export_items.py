"""What the exports of Facebook and Instagram have in common: records of a few shapes, made into our nouns.

A record has Unix seconds, texts, and somewhere inside it files: objects with a `uri`. Newer kinds of records are rows
of `label_values` or `string_map_data`, whose labels are in the owner's language.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit

from connectors._export import EARLIEST, Broken, Export
from model.errors import NotUnderstood
from model.nouns import Account, Doubt, Gap, Item, Media, Role
from model.times import stamp, when

_ODD = (
    LookupError,
    TypeError,
    AttributeError,
    ValueError,
    ArithmeticError,
    RecursionError,
)  # what a record of another shape leads to
_ABSENT = 10  # of so many listed files one may be absent; with more, a part of the export is
_TEXTS = ("Caption", "Bildtext", "Comment", "Kommentar", "Text")  # how the labels of the text itself are called
_SHOWN = 20  # faults told of one export
_OTHERS = ("organic_insights_", "subscriptions_")  # files of the same names that hold figures and subscriptions

Record = dict[str, Any]
Made = Iterator[Item | Gap]


class Reading:
    """One walk through an export. Each thing is given once, however many files and exports have it."""

    def __init__(self, export: Export, platform: str, marks: str) -> None:
        """NotUnderstood where no file has the name of one that this platform gives."""
        if not export.has(marks):
            raise NotUnderstood(
                f"None of the ZIPs is an export from {platform}. Put the account's export into its folder, or take "
                "what is no export out of it, and run again."
            )
        self.export = export
        self.said: dict[datetime | None, set[str]] = {}  # when what was met was published: its texts
        self.owners: set[str] = set()  # the names by which the exports call their accounts, as far as they do
        self._faults: list[str] = []  # why the export is not whole
        self._met: set[str] = set()
        self._alike: dict[tuple[str, str], dict[str, int]] = {}
        self._records = self._odd = 0
        self._files: dict[str, bool] = {}  # each listed file, and whether it is there

    def records(self, pattern: str, keys: Sequence[str], make: Callable[[Record, str], Made]) -> Made:
        """What `make` makes of each record in the files of that name: a list, or a list under one of `keys`."""
        for raw, data in self.export.json(pattern):
            found = _records(data, keys)
            if isinstance(found, str):
                self._faults.append(f"{raw.removeprefix('supplied/').replace('#', ': ', 1)} cannot be read ({found})")
            else:
                yield from self.each(found, make, raw)

    def each(self, records: list[Any], make: Callable[[Record, str], Made], raw: str, what: str = "record") -> Made:
        """What `make` makes of each; what cannot be read is a gap, and harms no other."""
        for place, record in enumerate(records, 1):
            self._records += 1
            try:
                yield from make(record, raw)
            except _ODD as error:
                self._odd += 1
                yield Gap(
                    what=f"{raw} {what} {place}",
                    why="unreadable",
                    kind="item",
                    stream="export",
                    seen_at=self.export.seen_at,
                    raw=raw,
                    how=f"not of a known shape: {error!r}",
                )

    def item(
        self,
        raw: str,
        kind: str,
        at: object,
        text: str = "",
        *,
        files: Sequence[Record] = (),
        fields: Mapping[str, str] | None = None,
        own: str | None = None,
        role: Role = "original",
        **more: Any,
    ) -> Made:
        """An item with its files, then a gap for each file that is listed and absent; nothing if it was met before."""
        published, names = when(at), [name_of(entry) for entry in files]
        known = [text, *names] if text or names else (fields or {}).values()
        seconds = int(published.timestamp()) if published else 0
        id = own or self._apart(raw, f"export/{seconds}-{digest(*known)}", more.get("title"), *(fields or {}).items())
        media, gaps = self._media(id, files, raw, role)
        if id in self._met:
            return
        self._met.add(id)
        self.said.setdefault(published, set()).add(text)
        told = {
            f"{name_of(entry)}.description": said
            for entry in files
            if (said := _text(entry.get("description"))) not in ("", text)
        }
        yield Item(
            id=id, stream="export", kind=kind, published=published, text=text, fields={**(fields or {}), **told},
            media=media, source="export", raw=raw, **more,
        )  # fmt: skip
        yield from gaps

    def _apart(self, raw: str, id: str, *rest: object) -> str:
        """The id, numbered for what one file tells of besides: two replies of one word in the same second."""
        alike = self._alike.setdefault((raw, id), {})
        place = alike.setdefault(digest(*map(str, rest)), len(alike) + 1)
        return id if place == 1 else f"{id}-{place}"

    def shown(self, uri: str, raw: str) -> bool:
        """Whether an item has this file already."""
        return self._key(uri, self.export.find(uri, raw)) in self._files

    def finish(self, pattern: str, posts: str, account: Account) -> Iterator[Gap | Doubt]:
        """What no export has, as a gap; a doubt where one is another account's.

        `pattern` are the files that are numbered, `posts` those of which there is one at least. NotUnderstood where
        the export is not whole: it names what is missing.
        """
        mine = _handle(account.address)
        for owner in sorted(self.owners):
            if mine and _handle(owner) not in ("", mine):
                yield Doubt(
                    stream="export",
                    why=f"the export is of {owner}, and the account is {account.address}: is it another's?",
                    since=EARLIEST,
                    until=self.export.seen_at,
                )
        yield Gap(
            what="comments",
            why="not-offered",
            kind="list",
            stream="comments",
            seen_at=self.export.seen_at,
            how="comments by others are not in an export",
        )
        faults = [*self._faults, *self.export.missing(pattern)]
        if not self.export.has(posts):
            faults.append("no list of posts is in it")
        absent = sum(not there for there in self._files.values())
        if absent * _ABSENT > len(self._files):
            faults.append(f"{absent} of {len(self._files)} listed files are in none of its ZIPs")
        if self._odd * _ABSENT > self._records:
            faults.append(f"{self._odd} of {self._records} records are of a shape that this version does not know")
        if faults:
            more = f"; and {len(faults) - _SHOWN} things more" if len(faults) > _SHOWN else ""
            raise NotUnderstood(
                f"The export is not whole: {'; '.join(faults[:_SHOWN])}{more}. Put all its parts into the "
                "account's folder, or order it again, and run again."
            )

    def _media(self, item: str, files: Sequence[Record], raw: str, main: Role) -> tuple[tuple[Media, ...], list[Gap]]:
        media, met = list[Media](), Counter[str]()
        gaps: list[Gap] = []
        for entry in files:
            for part, uri in _addresses(entry):
                name = f"{_stem(uri) or 'nameless'}{f'/{part}' if part != 'original' else ''}"
                name = _new(name, met)
                url = self.export.find(uri, raw)
                if part == "original":
                    self._files[self._key(uri, url)] = url is not None or self._files.get(self._key(uri, url), False)
                if url:
                    role = main if part == "original" else part
                    media.append(Media(id=name, url=url, role=role, alt=_text(entry.get("alt_text")) or None))
                else:
                    gaps.append(self._absent(item, name, uri, raw))
        return tuple(media), gaps

    def _absent(self, item: str, name: str, uri: str, raw: str) -> Gap:
        link = "the export gives only a link to it"
        return Gap(
            what=name,
            why="not-offered",
            kind="media",
            stream="media",
            parent=item,
            seen_at=self.export.seen_at,
            raw=raw,
            how=link if "://" in uri else f"listed in the export as {uri or 'a file without a name'}, and not in it",
        )

    @staticmethod
    def _key(uri: str, url: str | None) -> str:
        """What makes two listed paths the same file: the platform's number in its name, or where it lies in its ZIP."""
        return number_of(uri) or (url or uri).partition("!")[2] or uri


def files_in(value: Any) -> Iterator[Record]:
    """Every object below that names a file, in order; what belongs to that file stays inside it."""
    if isinstance(value, dict) and isinstance(value.get("uri"), str):
        yield value
    elif isinstance(value, (dict, list)):
        for part in value.values() if isinstance(value, dict) else value:
            yield from files_in(part)


def flat(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """Everything below but its files, as rows of (path, text); times are written out."""
    if isinstance(value, dict):
        for key, part in value.items() if not isinstance(value.get("uri"), str) else ():
            yield from flat(part, f"{name}.{key}" if name else str(key))
    elif isinstance(value, list):
        for place, part in enumerate(value, 1):
            yield from flat(part, f"{name} {place}" if len(value) > 1 else name)
    elif value not in (None, ""):
        moment = when(value) if name.endswith("timestamp") else None
        yield name, stamp(moment) if moment else str(value)


def rows(values: Iterable[Any]) -> dict[str, str]:
    """All that lies in several values, flat; what has the same name in two of them is numbered."""
    met = Counter[str]()
    return {_new(name, met): text for value in values for name, text in flat(value)}


def labelled(record: Record) -> tuple[str, object, dict[str, str]]:
    """(text, time, all rows) of a record of labels and values, whatever language its labels are in."""
    told = dict(_labels(record.get("label_values") or []))
    times = [record.get("timestamp")]
    for label, entry in (record.get("string_map_data") or {}).items():
        told[label] = _text(entry.get("value")) or _text(entry.get("href"))
        times.append(entry.get("timestamp"))
    for entry in record.get("string_list_data") or []:
        told.setdefault("Comment", _text(entry.get("value")))
        times.append(entry.get("timestamp"))
    text = next((told[label] for label in _TEXTS if told.get(label)), "")
    if not text and record.get("string_map_data"):
        text = next(iter(told.values()), "")  # the text comes first, in all languages
    return text, next((time for time in times if when(time)), None), {name: row for name, row in told.items() if row}


def digest(*texts: str) -> str:
    """Twelve letters by which something without an id is known."""
    return sha256("\n".join(texts).encode("utf-8", "surrogatepass")).hexdigest()[:12]


def text_of(value: Any) -> str:
    """A text, empty where there is none. TypeError where there is something else."""
    if value is not None and not isinstance(value, str):
        raise TypeError(f"{type(value).__name__} where a text was due")
    return value or ""


def name_of(entry: Record) -> str:
    """A file's own name without its suffix."""
    return _stem(entry["uri"])


def number_of(uri: str) -> str | None:
    """The platform's id of a picture or film, which ends its file's name; None where the name has none."""
    found = re.search(r"(?:^|_)([0-9]{9,20})$", _stem(uri))
    return found[1] if found else None


def id_in(record: Record) -> str | None:
    """The platform's own id, which the newer kinds of records have."""
    own = str(record.get("fbid"))
    return own if re.fullmatch("[0-9]{3,25}", own) else None


def _new(name: str, met: Counter[str]) -> str:
    """The name, with a number behind it where it was met before."""
    met[name] += 1
    return name if met[name] == 1 else _new(f"{name} ({met[name]})", met)


def _labels(entries: Any, above: str = "") -> Iterator[tuple[str, str]]:
    for place, entry in enumerate(entries, 1):
        label = _text(entry.get("label")) or _text(entry.get("title"))
        name = ".".join(part for part in (above, label or (str(place) if above else "")) if part)
        for inside in ("dict", "vec"):
            if isinstance(entry.get(inside), list):
                yield from _labels(entry[inside], name)
        moment = when(entry.get("timestamp_value"))
        if value := _text(entry.get("value")) or _text(entry.get("href")) or (stamp(moment) if moment else ""):
            yield name, value


def _records(data: Any, keys: Sequence[str]) -> list[Any] | str:
    """The records of a file, or why there are none."""
    if isinstance(data, Broken):
        return data
    if isinstance(data, list):
        return data
    if not isinstance(data, dict):
        return f"{type(data).__name__} where a list was due"
    for key in keys:
        if isinstance(data.get(key), (list, dict)):
            return data[key] if isinstance(data[key], list) else [data[key]]
    if "label_values" in data or not keys:
        return [data]
    if all(key.startswith(_OTHERS) for key in data):
        return []
    return f"an object with none of {', '.join(keys)}"


def _addresses(entry: Record) -> Iterator[tuple[Role, str]]:
    """A film has its picture and its subtitles inside it."""
    yield "original", entry["uri"]
    roles: tuple[tuple[Role, Any], ...] = (
        ("thumbnail", entry.get("thumbnail")),
        ("caption", ((entry.get("media_metadata") or {}).get("video_metadata") or {}).get("subtitles")),
    )
    for role, inside in roles:
        uri = inside.get("uri") if isinstance(inside, dict) else None
        if isinstance(uri, str) and uri != entry["uri"] and "://" not in uri:
            yield role, uri


def _handle(address: str) -> str:
    """An account's name out of its address or alone, as it is compared; empty where there is a number instead."""
    name = urlsplit(address).path.rstrip("/").rpartition("/")[2].lstrip("@").replace(".", "").casefold()
    return "" if name == "profilephp" or re.search("[0-9]{9}$", name) else name


def _stem(uri: str) -> str:
    name = uri.rpartition("/")[2]
    return name.rpartition(".")[0] or name


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
