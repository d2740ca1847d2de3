"""What Graph v26.0 knows: fields, edges and parameters, read from the generated classes of facebook-business 26.

The classes are read as text: importing them takes seconds and 100 MB. What they leave open (an edge whose target is
`AbstractCrudObject`) is said here, from developers.facebook.com and the recorded answers. Also the grammar of `fields`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from importlib.util import find_spec
from pathlib import Path

VERSION = "v26.0"
OPEN = ""  # the type of a value that the classes call Object, list or map: whatever is in it may be asked for
PLAIN = {"string", "int", "bool", "datetime", "unsigned int", "float", "file"}
COMMENTS: dict[str, frozenset[str]] = {
    "filter": frozenset({"toplevel", "stream"}),
    "order": frozenset({"chronological", "reverse_chronological"}),
    "since": frozenset(),
    "live_filter": frozenset(),
}
EVERYWHERE = frozenset(  # parameters of every read
    re.findall(
        r"\w+",
        "access_token appsecret_proof fields limit after before summary locale format metadata debug pretty "
        "suppress_http_code return_ssl_resources date_format ids",
    )
)
TIMED = {"since", "until", "__paging_token", "__previous"}  # what pages by time are asked for with
FEEDS = {"feed", "posts", "published_posts", "visitor_posts", "tagged"}
FREE: dict[str, str] = {  # kinds without a class of their own: their fields
    "StoryAttachment": "description description_tags media media_type target title type unshimmed_url url",
    "VideoCaption": "create_time is_auto_generated is_default locale locale_name uri",
    "Reaction": "id name type username link pic pic_crop pic_large pic_small pic_square profile_type can_post",
    "Collaborator": "id name invitation_status username",
    "OpenGraphStory": "id from message start_time end_time publish_time type data place",
}
PICTURES = {"large", "normal", "square"}  # of a page's picture, as documented; the classes lack them
TARGETS = {  # edges whose class is not said
    "attachments": "StoryAttachment",
    "subattachments": "StoryAttachment",
    "captions": "VideoCaption",
    "reactions": "Reaction",
    "collaborators": "Collaborator",
    "comments": "Comment",
    "feed": "PagePost",
    "posts": "PagePost",
    "photos": "Photo",
    "videos": "AdVideo",
    "live_videos": "LiveVideo",
}


@dataclass(frozen=True)
class Edge:
    """`kind` of what lies behind it; `params` beyond those of every read, with their values (none: any)."""

    kind: str
    params: dict[str, frozenset[str]]


@dataclass(frozen=True)
class Kind:
    """A kind of node: the type of each field ("" is open), its edges."""

    name: str
    fields: dict[str, str]
    edges: dict[str, Edge]

    @property
    def said(self) -> str:
        """Its name in error texts."""
        return {"AdVideo": "Video", "PagePost": "Post", "IGUser": "ShadowIGUser", "IGMedia": "ShadowIGMedia"}.get(
            self.name, self.name
        )


@cache
def kind(name: str) -> Kind | None:
    """A kind by its class name; None where there is no such class."""
    if name in FREE:
        edges = {"subattachments": Edge("StoryAttachment", {})} if name == "StoryAttachment" else {}
        if name == "OpenGraphStory":
            edges = {
                edge: Edge(TARGETS[edge], COMMENTS if edge == "comments" else {}) for edge in ("comments", "reactions")
            }
        return Kind(name, dict.fromkeys(FREE[name].split(), OPEN), edges)
    source = _source(name)
    return Kind(name, dict(_fields(source)), dict(_edges(source))) if source else None


@cache
def _source(name: str) -> str:
    spec = find_spec("facebook_business")
    assert spec is not None, "facebook-business 26 is needed: it knows the fields of Graph"
    path = Path(next(iter(spec.submodule_search_locations or ())), "adobjects", f"{name.lower()}.py")
    return path.read_text() if path.is_file() else ""


def _fields(source: str) -> Iterator[tuple[str, str]]:
    """Sorted by name; behind them, where the order begins anew, stand names that can only be written."""
    said = re.search(r"class Field\(AbstractObject\.Field\):\n(.*?)\n\n", source, re.S)
    types = dict(re.findall(r"'(\w+)': '(.*?)'", (re.search(r"_field_types = \{(.*?)\}", source, re.S) or [""])[0]))
    last = ""
    for name in re.findall(r"= '(.*)'", said[1] if said else ""):
        if name < last and name != "id":
            return
        last = max(last, name)
        type = re.sub(r"^list<(.*)>$", r"\1", types.get(name, ""))
        yield name, OPEN if type in PLAIN or not re.fullmatch(r"[A-Z]\w+", type) or type == "Object" else type


def _edges(source: str) -> Iterator[tuple[str, Edge]]:
    for method in source.split("\n    def ")[1:]:
        found = re.search(r"method='GET',\s+endpoint='/(\w+)'.*?target_class=(\w+)", method, re.S)
        if found is None:
            continue
        name, target = found.groups()
        if target in {"AbstractCrudObject", "NullNode"} or name == "reactions":
            target = TARGETS.get(name, "")
        params = re.findall(r"'(\w+)': '(.*?)'", (re.search(r"param_types = \{(.*?)\}", method, re.S) or [""])[0])
        allowed = {param: _values(type, method) for param, type in params}
        if name == "picture":
            allowed["type"] = allowed.get("type", frozenset()) | PICTURES
        if name in FEEDS:
            allowed |= dict.fromkeys(TIMED, frozenset())
        if name == "comments" and target == "Comment" and not allowed:
            allowed = COMMENTS
        yield name, Edge(target, allowed)


def _values(type: str, method: str) -> frozenset[str]:
    """The values of an enumeration; none where anything goes."""
    enum = re.sub(r"^list<(.*)>$", r"\1", type)
    if not enum.endswith("_enum"):
        return frozenset()
    if found := re.search(rf"'{enum}': (\w+)\.(\w+)\.__dict__", method):
        said = re.search(rf"\n    class {found[2]}:\n(.*?)\n\n", _source(found[1]), re.S)
        return frozenset(re.findall(r"= '(.*)'", said[1] if said else ""))
    found = re.search(rf"'{enum}': \[(.*?)\]", method, re.S)
    return frozenset(re.findall(r"'(.*?)'", found[1] if found else ""))


# The grammar: comments.filter(stream).limit(5).as(talk){id,from{name}}


@dataclass
class Wanted:
    """One name asked for: with what, and what of it."""

    name: str
    params: dict[str, str] = field(default_factory=dict)
    inner: list[Wanted] | None = None
    text: str = ""  # of the inner fields, as asked

    @property
    def shown(self) -> str:
        return self.params.get("as", self.name)


class Unreadable(ValueError):
    """Not the grammar of `fields`."""


def wanted(text: str) -> list[Wanted]:
    """What a `fields` parameter asks for. Unreadable if it is not in the grammar."""
    asked, end = _list(text, 0)
    if end != len(text):
        raise Unreadable(f"Syntax error at {text[end : end + 20]!r}")
    return asked


def _list(text: str, at: int) -> tuple[list[Wanted], int]:
    asked: list[Wanted] = []
    while True:
        one, at = _one(text, at)
        asked.append(one)
        if at >= len(text) or text[at] != ",":
            return asked, at
        at += 1


def _one(text: str, at: int) -> tuple[Wanted, int]:
    name = re.compile(r"\s*(\w+)\s*").match(text, at)
    if not name:
        raise Unreadable(f"Syntax error: expected a field name at {text[at : at + 20]!r}")
    one, at = Wanted(name[1]), name.end()
    while modifier := re.compile(r"\.(\w+)\(([^()]*)\)").match(text, at):
        one.params[modifier[1]], at = modifier[2].strip("'\""), modifier.end()
    if text[at : at + 1] == "{":
        one.inner, end = _list(text, at + 1)
        if text[end : end + 1] != "}":
            raise Unreadable(f"Syntax error: a }} is missing at {text[end : end + 20]!r}")
        one.text, at = text[at + 1 : end], end + 1
    return one, at
