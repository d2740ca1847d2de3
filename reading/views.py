"""What a template needs to show an entry: its texts already clean, its files already found. Of no language yet."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import unescape
from posixpath import basename
from typing import Any, Final, Literal
from urllib.parse import quote

from markupsafe import Markup

from model.capture import dumps
from model.selection import Entry
from reading import cleaning

View = dict[str, Any]
Giving = Literal["html", "plain"]


@dataclass(frozen=True, slots=True)
class Answer:
    """What the record knows of an answer that something was read from."""

    place: str  # of its WARC file, as a package of E-ARK has it
    start: int  # bytes from the file's beginning to the answer …
    length: int  # … and those that it takes there, zipped
    at: str  # stamp
    asked: str  # the address
    digest: str  # SHA-256 of what came, hex


Find = Callable[[str], Markup]  # by the id of a record: what is told of it

_FORMS: Final = {
    "image/jpeg": "image", "image/png": "image", "image/gif": "image", "image/webp": "image", "image/avif": "image",
    "image/svg+xml": "image", "image/bmp": "image", "video/mp4": "video", "video/webm": "video", "video/ogg": "video",
    "video/quicktime": "video", "audio/mpeg": "audio", "audio/mp4": "audio", "audio/ogg": "audio", "audio/wav": "audio",
    "audio/x-wav": "audio", "audio/flac": "audio", "audio/aac": "audio", "audio/webm": "audio",
}  # fmt: skip
_LOOSE: Final = ("thumbnail", "rendition")  # shown only where there is nothing better
_WARNED: Final = ("post", "reply", "comment", "boost", "version")  # their `title` is a content warning
_TOLD: Final = ("profile", "identity", "statistics")  # whose figures are told where they are 0, too
_SPACED: Final = re.compile(r"<(?:/?(?:p|ul|ol|li|blockquote|pre)\b|br\b)[^>]*>")
_TAG: Final = re.compile(r'<(?:[^>"]|"[^"]*")*>')
_SHOWN: Final = frozenset(
    (
        "id", "stream", "parent", "kind", "published", "edited", "url", "author", "text", "title", "language",
        "visibility", "reply_to", "boost_of", "counts", "fields", "poll", "media", "attached", "source", "raw", "also",
    )
)  # fmt: skip


def nothing(raw: str) -> None:
    """The answer where no record is at hand."""


def silent(raw: str) -> Markup:
    """What is told where no record is at hand."""
    return Markup()


def entry(found: Entry, giving: Giving, find: Find = silent) -> View:
    """An entry of a thread, ready to be shown."""
    before = found.before if found.change == "changed" else None
    return item(found.item, giving, find) | {
        "key": found.key,
        "depth": min(found.depth, 6),
        "level": found.depth,
        "change": found.change,
        "versions": [item(version, giving, find) for version in found.versions],
        "before": item(before, giving, find) if before else None,
        "unfolded": False,
    }


def item(of: dict[str, Any], giving: Giving, find: Find = silent) -> View:
    """A line of items.jsonl, ready to be shown; what is missing is empty."""
    media = [_file(one) for one in of.get("media", ())]
    better = any(one["role"] not in (*_LOOSE, "caption") and one["src"] for one in media)
    for one in media:
        one["loose"] = one["form"] != "missing" and (one["role"] == "caption" or (better and one["role"] in _LOOSE))
    kind = str(of.get("kind", ""))
    return {
        **{name: of.get(name) or "" for name in _SHOWN},
        "text": _text(of.get("text"), giving),
        "lines": giving == "plain",
        "lang": cleaning.language(of.get("language")),
        "warned": kind in _WARNED,
        "media": media,
        "poster": next((one["src"] for one in media if one["role"] == "thumbnail" and one["form"] == "image"), ""),
        "figures": {name: value for name, value in of.get("counts", {}).items() if value or kind in _TOLD},
        "fields": {name: _text(value, giving) for name, value in of.get("fields", {}).items()},
        "poll": (poll := _poll(of.get("poll", ()))),
        "voted": any(one["share"] is not None for one in poll),
        "attached": of.get("attached", ()),
        "read": answers(of, find),
        "more": {name: dumps(value) for name, value in of.items() if name not in _SHOWN},
    }


def answers(of: dict[str, Any], find: Find) -> list[tuple[str, str, Markup]]:
    """What an item or a gap was read from: the word for it, the id, and what is told of it."""
    return [(name, str(raw), find(str(raw))) for name in ("raw", "also") if (raw := of.get(name))]


def _poll(choices: Sequence[dict[str, Any]]) -> list[View]:
    """The choices with their votes, and each one's share of them, in per cent, where all are told."""
    votes = [one.get("votes") for one in choices]
    counted = [one for one in votes if isinstance(one, int) and one >= 0]
    total = sum(counted) if len(counted) == len(votes) else 0
    shares = [round(100 * one / total) for one in counted] if total else [None] * len(votes)
    return [
        {"text": one.get("text", ""), "votes": told, "share": share}
        for one, told, share in zip(choices, votes, shares, strict=True)
    ]


def bare(text: Markup) -> str:
    """The text alone of what has been cleaned."""
    return unescape(_TAG.sub("", _SPACED.sub(" ", text)))


def _text(value: object, giving: Giving) -> Markup:
    if not isinstance(value, str):
        return cleaning.plain(dumps(value)) if value else Markup()
    return cleaning.html(value) if giving == "html" else cleaning.plain(value)


def _file(one: dict[str, Any]) -> View:
    """A file of an item. Its form: image, video, audio, file, earlier (in another package) or missing."""
    path, package = str(one.get("path", "")), str(one.get("package", ""))
    form = "missing" if not path else "earlier" if package else _FORMS.get(str(one.get("type", "")), "file")
    return {
        "form": form,
        "src": quote(basename(path)) if path and not package else "",
        "name": basename(path),
        "package": package,
        "role": str(one.get("role", "")),
        "alt": str(one.get("alt") or ""),
        **{name: one.get(name, "") for name in ("id", "url", "type", "size", "sha256")},
    }
