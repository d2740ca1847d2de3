"""What the writers of METS, PREMIS and EAD share: the package's facts, a row for each file in it, texts fit for XML."""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from operator import attrgetter
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO, Final
from uuid import NAMESPACE_URL, uuid5

from model.made import About
from model.nouns import Order
from model.settings import Handling, Settings

SOFTWARE: Final = "Årsring"
MOST: Final = 100  # names of files in one note; the rest are counted
# What XML 1.0 forbids: shown by the picture that Unicode has for it, or by the replacement character.
_PICTURES = {code: chr(0x2400 + code) for code in range(32) if chr(code) not in "\t\n\r"}
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_PLAIN = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,99}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Everything that a package says about itself, and does not say file by file."""

    about: About
    order: Order
    settings: Settings
    ledger: dict[str, Any]
    at: Callable[[str], str] = str  # where a file stands in the package, by the profile that it follows

    @property
    def created(self) -> str:
        return short(self.order.created)

    @property
    def label(self) -> str:
        account = self.order.account
        return visible(f"{account.platform}: {account.unit or account.address}, {self.order.year}")

    @property
    def case(self) -> str:
        """The diary number of the year's collective case."""
        return self.settings.case_of(self.order.year)

    def id(self, path: str) -> str:
        """The one XML id that a path in this package has."""
        return f"uuid-{uuid5(NAMESPACE_URL, f'{self.about.objid}/{path}')}"


@dataclass(slots=True)
class Row:
    """One file in the package: its path below the root folder, and what METS and PREMIS say about it."""

    path: str
    size: int
    sha256: str
    sha512: str
    checksum: str  # by the algorithm that the settings name
    mime: str
    puid: str
    format: str = ""
    version: str = ""
    handling: Handling = "accept"
    original: str = ""  # its name where it came from
    source: str = ""  # the path of the file that it is a copy of


_values: Final = attrgetter(*Row.__slots__)


class Rows:
    """The rows of one group of files, kept on disk in the order in which they came."""

    def __init__(self, path: Path) -> None:
        self.path, self.count, self.bytes, self._out = path, 0, 0, path.open("w", encoding="ascii")
        self.sums = path.with_suffix(".sums")  # the same as `sha256sum` writes it
        self._sums = self.sums.open("w", encoding="utf-8")
        self.odd: dict[str, list[str]] = {}  # handling → names of files that the policy does not just accept: the first
        self.more: Counter[str] = Counter()  # handling → how many more

    def add(self, row: Row, inside: str) -> Row:
        """Keep a row; `inside` is the file's name in the ZIP."""
        self._out.write(json.dumps(_values(row)) + "\n")
        self._sums.write(f"{row.sha256}  {inside}\n")
        self.count, self.bytes = self.count + 1, self.bytes + row.size
        if row.handling != "accept":
            if len(names := self.odd.setdefault(row.handling, [])) < MOST:
                names.append(f"{row.path} ({row.puid})")
            else:
                self.more[row.handling] += 1
        return row

    def __iter__(self) -> Iterator[Row]:
        self._out.flush()
        with self.path.open(encoding="ascii") as lines:
            yield from (Row(*json.loads(line)) for line in lines)

    def close(self) -> None:
        try:  # closing writes what is buffered, and fails where the disk is full
            self._out.close()
        finally:
            self._sums.close()


def short(moment: datetime) -> str:
    """A moment in UTC to the second, as XML writes it."""
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")


def visible(text: str) -> str:
    """The text with a visible mark for each character that XML forbids."""
    return _FORBIDDEN.sub(lambda found: _PICTURES.get(ord(found[0]), "\ufffd"), text)


def place(name: str) -> str:
    """Where a supplied file stands in a package: its own path where it is plain ASCII, and else one that is.

    The same name always has the same place, and two names never share one.
    """
    if all(_PLAIN.fullmatch(part) for part in name.split("/")):
        return name
    suffix = PurePosixPath(name).suffix.lower()
    plain = re.sub(r"[^a-z0-9]+", "_", PurePosixPath(name).stem.lower().encode("ascii", "ignore").decode()).strip("_")
    mark = sha256(name.encode("utf-8", "backslashreplace")).hexdigest()[:16]
    return f"{plain[:60] or 'fil'}-{mark}{suffix if re.fullmatch(r'[.][a-z0-9]{1,10}', suffix) else ''}"


def measured(file: BinaryIO) -> str:
    """SHA-256 of what is left to read."""
    digest = sha256()
    while piece := file.read(2**20):
        digest.update(piece)
    return digest.hexdigest()
