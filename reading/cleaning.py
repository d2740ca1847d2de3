"""Strangers' texts made harmless: HTML cleaned, characters that nobody sees marked, links only to the web."""

import re
from typing import Final
from urllib.parse import urlsplit

import nh3
from markupsafe import Markup, escape

# What XML 1.0 forbids (production 2), delete and the C1 controls; and what turns the order of a line around.
_UNSEEN: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\u202d\u202e\ufdd0-\ufdef\ufffe\uffff]")
_TAGS: Final = frozenset(
    ("a", "p", "br", "strong", "b", "em", "i", "del", "s", "ul", "ol", "li", "blockquote", "code", "pre")
)  # fmt: skip
_HIDDEN: Final = frozenset(("script", "style"))  # gone with what is in them
_BLOCKS: Final = frozenset(
    ("div", "h1", "h2", "h3", "h4", "h5", "h6", "section", "article", "tr", "hr", "dt", "dd", "figcaption")
)  # paragraphs here
_CELLS: Final = frozenset(("td", "th"))  # words apart
_ANY: Final = re.compile(r"<(/?)([A-Za-z][^\s/<>]*+)[^<>]*+>")
_CLEANER: Final = nh3.Cleaner(
    tags=set(_TAGS),
    attributes={"a": {"href"}},
    url_schemes={"http", "https"},
    link_rel="noopener noreferrer nofollow",
)
_TAG: Final = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8}){0,3}")


def marked(text: str) -> str:
    """The text with every character that is unseen or forbidden shown as `⟦U+0007⟧`."""
    return text if text.isprintable() else _UNSEEN.sub(_mark, text)  # what is seen is none of them, and told at once


def html(text: str) -> Markup:
    """A platform's HTML: paragraphs, emphasis, lists and links to the web; all else is gone or plain text."""
    return Markup(marked(_CLEANER.clean(simple(marked(text)))))  # noqa: S704 - cleaned; again, for what stood there as &#8238;


def simple(text: str) -> str:
    """HTML without the tags that mean nothing here: a cleaner alone drops `<g>x</g>`, a name of SVG, with its text."""
    return _ANY.sub(_simple, text)


def plain(text: str) -> Markup:
    """Plain text, escaped; its lines stay lines by the style sheet."""
    return escape(marked(text))


def web(address: object) -> bool:
    """Whether an address may become a link."""
    if not isinstance(address, str) or marked(address) != address or re.search(r"[\s\\]", address):
        return False
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.netloc)


def language(value: object) -> str:
    """A language tag that may stand in `lang` (of several, the first), or empty."""
    first = re.split(r"[,\s]", str(value or ""), maxsplit=1)[0]
    return first if _TAG.fullmatch(first) else ""


def _simple(found: re.Match[str]) -> str:
    """A tag that is kept, or that hides what is in it, as it is; of others a paragraph, or nothing."""
    name = found[2].lower()
    if name in _TAGS or name in _HIDDEN:
        return found[0]
    return f"<{found[1]}p>" if name in _BLOCKS else " " if name in _CELLS else ""


def _mark(found: re.Match[str]) -> str:
    return f"⟦U+{ord(found.group()):04X}⟧"
