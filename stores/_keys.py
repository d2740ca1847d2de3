"""Where things lie in a bucket: keys that people can read, ASCII, at most 512 bytes, nothing ever written over."""

import re
from dataclasses import dataclass
from typing import Final

from model.errors import BadInput
from model.nouns import Kind, Order
from stores._receipts import Name, rank

_KINDS: Final[dict[Kind, str]] = {"annual": "arlig", "closure": "avslut", "rehearsal": "prov"}
_GOOD: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9@._/-]{0,511}")
OURS: Final = ("kvitton", "leveranser", "kontroller", "bevis", "doktor")  # the folders that are no platform's


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys of one authority in a bucket."""

    authority: str

    @property
    def root(self) -> str:
        return f"{self.authority}/"

    def package(self, order: Order) -> str:
        """`<authority>/<platform>/<account>/2026-arlig/`, with `-r2` where it is a run that replaces another."""
        account = order.account
        found = rank(order.id, account.id)
        when, number = (found[0], found[2]) if found else (str(order.year), 1)
        run = f"-r{number}" if number > 1 else ""
        return _good(f"{self.root}{account.platform}/{account.id}/{when}-{_KINDS[order.kind]}{run}/")

    def receipts(self, order: str = "") -> str:
        return f"{self.root}kvitton/{order}/" if order else f"{self.root}kvitton/"

    def receipt(self, name: Name) -> str:
        return _good(f"{self.receipts(name[0])}{name[1]}.json")

    def deliveries(self, order: str) -> str:
        return f"{self.root}leveranser/{order}/"

    def check(self, day: str, digest: str) -> str:
        return f"{self.root}kontroller/{day}/{digest}.json"

    @property
    def checks(self) -> str:
        return f"{self.root}kontroller/"

    def evidence(self, name: str) -> str:
        return _good(f"{self.root}bevis/{name}")

    @property
    def doctor(self) -> str:
        return f"{self.root}doktor/"

    @property
    def index(self) -> str:
        return f"{self.root}index.jsonl"

    def named(self, key: str) -> Name | None:
        """The receipt that lies at a key, or None."""
        found = re.fullmatch(rf"{re.escape(self.receipts())}([^/]+)/([0-9a-f]{{64}})\.json", key)
        return (found[1], found[2]) if found else None


def _good(key: str) -> str:
    if not _GOOD.fullmatch(key) or "//" in key or any(part in (".", "..") for part in key.split("/")):
        raise BadInput(f"{key}: cannot be a key in an object store. Account ids are a–z, 0–9, dash, point.")
    return key
