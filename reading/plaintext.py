"""A platform's HTML as plain text, for what has no HTML: the print, a question in Airflow, a mail."""

import re
from html.parser import HTMLParser
from typing import Final

_BLOCKS: Final = frozenset(("p", "div", "ul", "ol", "blockquote", "pre", "h1", "h2", "h3", "h4", "h5", "h6", "tr"))


def plain(html: str) -> str:
    """The text of a platform's HTML: paragraphs parted by an empty line, links with their address where it differs."""
    reader = _Plain()
    reader.feed(html)
    reader.close()
    return re.sub(r"\n{3,}", "\n\n", "".join(reader.parts)).strip("\n")


class _Plain(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._link, self._at, self._hidden = "", 0, 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "br":
            self.parts.append("\n")
        elif tag == "li":
            self.parts.append("\n• ")
        elif tag in _BLOCKS:
            self.parts.append("\n\n")
        elif tag == "a":
            self._link, self._at = dict(attrs).get("href") or "", len(self.parts)
        self._hidden += tag in ("script", "style")

    def handle_endtag(self, tag: str) -> None:
        if tag == "a" and self._link:
            shown = "".join(self.parts[self._at :]).strip()
            if shown[:1] not in ("@", "#") and shown.rstrip("/") not in self._link:
                self.parts.append(f" <{self._link}>")
            self._link = ""
        elif tag in _BLOCKS:
            self.parts.append("\n\n")
        self._hidden -= tag in ("script", "style") and self._hidden > 0

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.parts.append(data)
