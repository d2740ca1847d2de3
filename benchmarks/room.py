"""The reading room's overview of 400 accounts and ten years: gathered anew, and drawn. Prints, and asserts nothing.

    python -m benchmarks.room [--accounts 400] [--years 10] [--rounds 7] [--store s3]

A folder store with a receipt and its five neighbours for each package (the packages themselves are empty files), a
register and a look at each account; with `--store s3` the same receipts, and an index of them, in a bucket of SeaweedFS
on loopback over TLS. `first`: nothing is remembered yet; `again`: as after 20 seconds; `held`: within them.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from datetime import date
from pathlib import Path
from statistics import median

from demo import store as demo_store
from model.nouns import Receipt
from model.settings import Bucket, Settings
from pipeline import readiness
from pipeline.line import Place
from pipeline.readiness import Report
from pipeline.room import Room, remembered
from reading import room
from reading.room import Frame
from register.table import read
from stores import _policy, _receipts, _upkeep, s3

LAST = 2025
BESIDE = (".sha256", ".manifest.json", ".manifest.stampel.tsr", ".manifest.stampel.pem", ".readiness-2025-11-15.json")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--accounts", type=int, default=400)
    options.add_argument("--years", type=int, default=10)
    options.add_argument("--rounds", type=int, default=7)
    options.add_argument("--store", choices=("folder", "s3"), default="folder")
    given = options.parse_args()
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="arsring-room-", ignore_cleanup_errors=True))
        place = filled(Path(folder), given.accounts, given.years)
        if given.store == "s3":
            place = sent(place, stack.enter_context(demo_store.serving(Path(folder, "server"))), Path(folder, "server"))
        measured: dict[str, list[float]] = {"first": [], "again": [], "held": []}
        for _ in range(given.rounds):
            cold = made(place, fresh=0.0)
            measured["first"].append(took(cold))
            measured["again"].append(took(cold))
            warm = made(place, fresh=3600.0)
            took(warm)
            measured["held"].append(took(warm))
        size = len(room.overview(cold.known().view, Frame()).encode())
    print(f"{given.accounts} accounts, {given.years} years, {size / 1000:.0f} kB of HTML")
    for name, times in measured.items():
        print(f"{name:6} {median(times):6.0f} ms ({min(times):.0f}–{max(times):.0f})")


def took(known: Room) -> float:
    """Milliseconds for the whole page."""
    began = time.perf_counter()
    room.overview(known.known().view, Frame())
    return (time.perf_counter() - began) * 1000


def made(place: Place, fresh: float) -> Room:
    register = place.work.parent / "register.csv"
    accounts = remembered(lambda: read(register, tell=lambda _: None), lambda: register)
    return Room(place_of=lambda: place, accounts_of=accounts, today=lambda: date(2026, 11, 28), fresh=fresh)


def filled(folder: Path, accounts: int, years: int) -> Place:
    """The archive, the register and the looks."""
    place = Place(work=folder / "work", archive=folder / "archive", settings=Settings())
    place.archive.mkdir()
    rows = ["id;plattform;adress;enhet;ansvarig;nyckel"]
    for number in range(accounts):
        id = f"exempelvik-{number:04}"
        rows.append(f"{id};mastodon;https://social.exempelvik.example/@{id};Enhet {number % 20};Enhetschefen;{id}")
        for year in range(LAST - years + 1, LAST + 1):
            deliver(place.archive, id, year)
        look(place.work, id)
    (folder / "register.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    return place


def sent(place: Place, address: str, server: Path) -> Place:
    """The same archive in a bucket: its receipts and their index."""
    bucket = Bucket(
        endpoint=address, bucket="arkiv", authority="exempelvik", trusted=str(server / "tls.pem"),
        account="000000000000", lock_days=1,
    )  # fmt: skip
    _policy.init(s3.calls(bucket, "owner", lambda name: demo_store.key(name, server)), bucket)
    settings = replace(place.settings, store="s3", bucket=bucket)
    there = replace(place, settings=settings, key=lambda name: demo_store.key(name, server))
    shelf = there.shelf
    assert isinstance(shelf, s3.Shelf)
    with ThreadPoolExecutor(8) as pool:
        for _ in pool.map(lambda one: shelf.put.put(shelf.keys.receipt(one[0]), one[1]), _texts(place.archive)):
            pass
    _upkeep.rebuild_index(shelf)
    return there


def _texts(archive: Path) -> Iterator[tuple[tuple[str, str], bytes]]:
    for path in archive.glob("*.receipt.json"):
        order, digest = path.name.removesuffix(".receipt.json").rsplit(".", 1)
        yield (order, digest), path.read_bytes()


def deliver(archive: Path, account: str, year: int) -> None:
    order = f"{year}-{account}"
    receipt = Receipt(
        order=order, package=f"{order}.zip", size=year, sha256="ab" * 32, format="eark_sip",
        verdict="whole with named gaps" if year % 3 else "whole", account=account, promise="tamper-evident only",
        beside={f"{order}{end}": "cd" * 32 for end in BESIDE[:2]},
    )  # fmt: skip
    (name, digest), text = _receipts.written(receipt)
    (archive / f"{name}.{digest}.receipt.json").write_bytes(text)
    (archive / f"{order}.zip").write_bytes(bytes(receipt.size))
    for end in BESIDE:
        (archive / f"{order}{end}").touch()


def look(work: Path, account: str) -> None:
    told = {"id": account, "name": account, "expires_at": "2027-03-01T00:00:00.000000Z", "expiry_told": True}
    report = Report(account=account, day="2026-11-15", platform="mastodon", told=told)
    path = work / "readiness" / "2026-11-15" / account / "report.json"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(readiness.written(report)), encoding="utf-8")


if __name__ == "__main__":
    main()
