"""A run of the whole line against a fake, without a socket, and what became of it."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from isal import isal_zlib

from connectors import web
from model.errors import ArsringError
from model.nouns import Account, Order
from pipeline import line
from tests.captures import BAG
from tests.fakes.faults import PLANTED, Fault
from tests.fakes.mastodon import MastodonFake
from tests.fakes.wires import InProcess
from tests.fakes.world import World

NOON = datetime(2026, 12, 1, 2, 0, tzinfo=UTC)


def small_world(**more: Any) -> World:
    size = {"posts": 100, "with_media": 20, "media": 30, "media_bytes": 2_000, "comments": 70, "threads": 12}
    return World(**size | more)


@dataclass
class Run:
    """An order, where it lies, and its outcome: a verdict, or an error's name."""

    folder: Path
    fake: Any  # of any dialect: it has an address and a clock
    key: str | None = PLANTED
    platform: str = "mastodon"
    account: dict[str, Any] = field(default_factory=dict)  # more of the register's row
    waited: list[float] = field(default_factory=list)
    error: ArsringError | None = None
    outcome: str = ""

    @property
    def order(self) -> Order:
        row = {"id": f"exempelvik-{self.platform}", "platform": self.platform, "address": self.fake.address}
        account = Account(**row | {"key": "exempelvik" if self.key else None} | self.account)
        return line.order_for(account, 2026, created=NOON)

    @property
    def place(self) -> line.Place:
        options = {"adapter": InProcess(self.fake), "clock": self.fake.clock, "sleep": self._sleep}
        return line.Place(work=self.folder / "work", archive=self.folder / "archive", settings=BAG, web=options)

    def go(self, tell: Callable[[Any], None] = lambda _: None) -> Run:
        try:
            receipt = line.archive(self.order, self.place, self.key, tell)
            self.outcome, self.error = receipt.verdict, None
        except ArsringError as error:
            self.outcome, self.error = type(error).__name__, error
            if ledger := line.ledger_of(self.order.id, self.place):
                self.outcome = ledger["verdict"]
        return self

    @property
    def package(self) -> Path:
        return self.folder / "archive" / f"{self.order.id}.zip"

    def rows(self, name: str) -> list[dict[str, Any]]:
        """The lines of a file in the package."""
        return [json.loads(row) for row in line.archive_format("bagit").read(self.package, f"{name}.jsonl")]

    def every_byte(self) -> bytes:
        """All that the run left behind, unpacked: what a key must not be found in."""
        found = b"".join(path.read_bytes() for path in self.folder.rglob("*") if path.is_file())
        zips = [zipfile.ZipFile(path) for path in self.folder.rglob("*.zip")]
        inner = [bag.read(name) for bag in zips for name in bag.namelist()]
        inner += [path.read_bytes() for path in self.folder.rglob("*.gz")]
        gzips = [part for part in inner if part[:2] == b"\x1f\x8b"]
        return found + b"".join(inner) + b"".join(_unzipped(part) for part in gzips)

    def _sleep(self, seconds: float) -> None:
        self.waited.append(seconds)
        from datetime import timedelta

        self.fake.clock.now += timedelta(seconds=seconds)


def fake_of(world: World, faults: Sequence[Fault] = (), token: str | None = PLANTED) -> MastodonFake:
    return MastodonFake(world, list(faults), token=token)


def _unzipped(data: bytes) -> bytes:
    out, file = [], io.BytesIO(data)
    rest = file.read()
    while rest:
        unzip = isal_zlib.decompressobj(31)
        out.append(unzip.decompress(rest))
        rest = unzip.unused_data
    return b"".join(out)


__all__ = ["NOON", "Run", "fake_of", "small_world", "web"]
