"""A platform's HTML as plain text, for what has no HTML: the print, a question in Airflow, a mail."""

import re
from html.parser import HTMLParser
from typing import Final

import nh3

from reading.cleaning import simple

_BLOCKS: Final = frozenset(("p", "ul", "ol", "blockquote", "pre"))
_HALF: Final = re.compile("[\ud800-\udfff]")  # halves of a character, which no encoding has
_CLEANER: Final = nh3.Cleaner(
    tags={*_BLOCKS, "a", "br", "li"}, attributes={"a": {"href"}}, url_schemes={"http", "https", "mailto", "tel"},
    link_rel=None,
)  # fmt: skip


def plain(html: str) -> str:
    """The text of a platform's HTML: paragraphs parted by an empty line, links with their address where it differs."""
    reader = _Plain()
    whole = _HALF.sub(lambda found: f"[U+{ord(found.group()):04X}]", html)
    reader.feed(_CLEANER.clean(simple(whole)))  # what the reader breaks over, or takes for ever with, is gone then
    reader.close()
    return re.sub(r"\n{3,}", "\n\n", "".join(reader.parts)).strip("\n")


class _Plain(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._link, self._at = "", 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "br":
            self.parts.append("\n")
        elif tag == "li":
            self.parts.append("\n• ")
        elif tag in _BLOCKS:
            self.parts.append("\n\n")
        elif tag == "a":
            self._link, self._at = dict(attrs).get("href") or "", len(self.parts)

    def handle_endtag(self, tag: str) -> None:
        if tag == "a" and self._link:
            shown = "".join(self.parts[self._at :]).strip()
            if shown[:1] not in ("@", "#") and shown.rstrip("/") not in self._link:
                self.parts.append(f" <{self._link}>")
            self._link = ""
        elif tag in _BLOCKS:
            self.parts.append("\n\n")

    def handle_data(self, data: str) -> None:
        self.parts.append(data)
