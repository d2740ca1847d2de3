"""Where in the package lies what the print speaks of: by its real path, or that LASMIG.txt says it."""

import re
from dataclasses import dataclass
from typing import Final

from reading._print_words import Where, Words

_DATA: Final = "representations/content/data/"
_SEALED: Final = {"raw/": "representations/raw/data/", "supplied/": "representations/manual/data/"}
_PLAIN: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,99}(/[A-Za-z0-9_][A-Za-z0-9._-]{0,99})*")


def nowhere(path: str) -> str:
    """Where anything lies in a package of a format that is not known."""
    return ""


@dataclass(frozen=True, slots=True)
class Places:
    """The places of one package. `where`: from a place in a package of E-ARK to where that is in this one."""

    word: Words
    where: Where

    @property
    def known(self) -> bool:
        """Whether it is known where things lie."""
        return bool(self.where(_DATA))

    @property
    def readme(self) -> str:
        return self.where("documentation/LASMIG.txt") or "LASMIG.txt"

    def data(self, name: str) -> str:
        """A file of the data, as one finds it."""
        return self.where(_DATA + name) or self.word("data")

    def sealed(self, name: str) -> str:
        """A file of the capture. By its name in the seal, where it may have another one in the package."""
        for folder, place in _SEALED.items():
            if name.startswith(folder):
                rest = name.removeprefix(folder)
                return (self.where(place + rest) if _PLAIN.fullmatch(rest) else "") or name
        return self.where(f"{_DATA}capture/{name}") or name

    def originals(self, *, media: bool, raw: bool) -> str:
        """The sentence that says where the originals are. `media`, `raw`: whether the package has any."""
        due = (("in_media", f"{_DATA}media/", media), ("in_content", _DATA, True), ("in_raw", _SEALED["raw/"], raw))
        found = [self.word(key, self.where(path)) for key, path, there in due if there and self.where(path)]
        return self.word("originals", _listed(found, self.word("and"))) if found else self.word("originals_somewhere")


def _listed(parts: list[str], last: str) -> str:
    """`a, b och c`."""
    return f" {last} ".join(filter(None, (", ".join(parts[:-1]), parts[-1])))
