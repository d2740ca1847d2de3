"""Two wordings side by side: what only the older has is marked <del>, what only the newer has <ins>, word by word."""

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from itertools import pairwise
from typing import Final

from markupsafe import Markup

from reading import cleaning
from reading.views import View

MOST: Final = 2_500  # words of both together, without what begins and ends alike: longer ones are not marked
PARTS: Final = (
    "title", "text", "published", "language", "visibility", "reply_to", "boost_of", "fields", "poll", "media",
)  # fmt: skip
_UNTOLD: Final = ("language", "visibility", "reply_to")  # what a platform's list of versions leaves out
_PIECE: Final = re.compile(  # a tag, a space, a word (a point within it belongs to it), what ends a sentence
    r'(?P<tag><(?:[^>"]|"[^"]*")*>)|(?P<space>\s+)'
    r'|(?P<word>(?:[^\s<&.,!?;:()"…]|&#?\w+;|[.,!?;:](?=[^\s<.,!?;:]))+|[.,!?;:()"…]+|.)'
)
Piece = tuple[str, str]  # what it is, and itself


def compared(view: View) -> View:
    """An entry's view, each earlier version beside the one after it, and the package's before beside what is now."""
    if not view["versions"] and not view["before"]:
        return view
    chain = [*view["versions"], view]
    versions = [sides(older, newer) for older, newer in pairwise(chain)]
    return view | {"versions": versions, "before": sides(view["before"], view) if view["before"] else None}


def sides(older: View, newer: View) -> dict[str, object]:
    """What a template needs: `was` and `now` with what differs marked, and the names of the parts that differ."""
    title = marked(cleaning.plain(older["title"]), cleaning.plain(newer["title"]))
    text = marked(older["text"], newer["text"])
    differing = [
        name for name in PARTS if _told(older, name) != _told(newer, name) and (older[name] or name not in _UNTOLD)
    ]
    kept = [] if "media" not in differing else older["media"]
    return {
        "was": older | {"title": title[0], "text": text[0], "media": kept},
        "now": newer | {"title": title[1], "text": text[1], "media": [], "fields": {}, "poll": []},
        "differing": differing,
        "long": older["text"] != newer["text"] and text == (older["text"], newer["text"]),
    }


def _told(view: View, name: str) -> object:
    if name == "media":
        return [(one["id"], one["sha256"], one["role"], one["alt"]) for one in view["media"] if not one["loose"]]
    return [one["text"] for one in view["poll"]] if name == "poll" else view[name]


def marked(older: Markup, newer: Markup) -> tuple[Markup, Markup]:
    """Both texts (cleaned), what differs marked; as they are where they are too long to be compared."""
    was, now = list(_pieces(older)), list(_pieces(newer))
    old, new = ([piece for kind, piece in some if kind == "word"] for some in (was, now))
    start = _alike(old, new)
    end = _alike(old[start:][::-1], new[start:][::-1])
    middles = old[start : len(old) - end], new[start : len(new) - end]
    if sum(map(len, middles)) > MOST:
        return older, newer
    gone, come = set[int](), set[int]()
    for same, a, b, c, d in SequenceMatcher(None, *middles).get_opcodes():
        if same != "equal":
            gone.update(range(start + a, start + b))
            come.update(range(start + c, start + d))
    return _joined(was, gone, "del"), _joined(now, come, "ins")


def _pieces(text: Markup) -> Iterator[Piece]:
    for found in _PIECE.finditer(text):
        yield str(found.lastgroup), found.group()


def _alike(one: Sequence[str], other: Sequence[str]) -> int:
    """How many words both begin with."""
    count = 0
    for a, b in zip(one, other, strict=False):
        if a != b:
            break
        count += 1
    return count


def _joined(pieces: list[Piece], marked: set[int], tag: str) -> Markup:
    """The text again; words that follow each other stand in one mark, with the spaces between them."""
    out, space, open_, word = list[str](), "", False, 0
    for kind, piece in pieces:
        if kind == "space":
            space += piece
            continue
        on = kind == "word" and word in marked
        word += kind == "word"
        if open_ and not on:
            out.append(f"</{tag}>")
        out.append(space)
        if on and not open_:
            out.append(f'<{tag} class="diff">')
        out.append(piece)
        space, open_ = "", on
    out.append(f"</{tag}>{space}" if open_ else space)
    return Markup("".join(out))  # noqa: S704 - pieces of what was clean, and our own tags between whole words
