"""The reading room's overview of 400 accounts and ten years: gathered anew, and drawn. Prints, and asserts nothing.

    python -m benchmarks.room [--accounts 400] [--years 10] [--rounds 7] [--store s3]

A folder store with a receipt and its five neighbours for each package (the packages themselves are bytes of nothing), a
register and a look at each account; with `--store s3` the same, and an index of the receipts, in a bucket of SeaweedFS
on loopback over TLS. `first`: nothing is remembered yet; `anew`: as after 20 seconds, where the page waits for it;
`again`: the same as the reading room does it, which reads anew behind the page; `held`: within 20 seconds.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
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
from stores import _policy, _receipts, _upkeep, folder, s3

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
        top = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="arsring-room-", ignore_cleanup_errors=True)))
        place = filled(top, given.accounts, given.years)
        if given.store == "s3":
            place = sent(place, stack.enter_context(demo_store.serving(top / "server")), top / "server")
        measured: dict[str, list[float]] = {"first": [], "anew": [], "again": [], "held": []}
        for _ in range(given.rounds):
            cold = made(place, fresh=0.0)
            measured["first"].append(took(cold))
            measured["anew"].append(took(cold))
            behind = made(place, fresh=0.0, behind=True)
            took(behind)
            measured["again"].append(took(behind))
            behind._reader.shutdown()  # what it reads is not measured with the next
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


def made(place: Place, fresh: float, behind: bool = False) -> Room:
    register = place.work.parent / "register.csv"
    accounts = remembered(lambda: read(register, tell=lambda _: None), lambda: register)
    return Room(
        place_of=lambda: place, accounts_of=accounts, today=lambda: date(2026, 11, 28), fresh=fresh, behind=behind
    )  # fmt: skip


def filled(top: Path, accounts: int, years: int) -> Place:
    """The archive, the register and the looks."""
    place = Place(work=top / "work", archive=top / "archive", settings=Settings())
    place.archive.mkdir()
    rows = ["id;plattform;adress;enhet;ansvarig;nyckel"]
    for number in range(accounts):
        id = f"exempelvik-{number:04}"
        rows.append(f"{id};mastodon;https://social.exempelvik.example/@{id};Enhet {number % 20};Enhetschefen;{id}")
        for year in range(LAST - years + 1, LAST + 1):
            deliver(place.archive, id, year)
        look(place.work, id)
    (top / "register.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    return place


def sent(place: Place, address: str, server: Path) -> Place:
    """The same archive in a bucket: packages, their receipts and the index of these."""
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
        for _ in pool.map(lambda one: _put(shelf, one), list(folder.Shelf(place.archive).receipts())):
            pass
    _upkeep.rebuild_index(shelf)
    return there


def _put(shelf: s3.Shelf, receipt: Receipt) -> None:
    year = receipt.order[:4]
    there = replace(receipt, package=f"{shelf.keys.root}mastodon/{receipt.account}/{year}-arlig/{receipt.order}.zip")
    name, text = _receipts.written(there)
    shelf.put.put(there.package, bytes(receipt.size))
    for beside in receipt.beside:
        shelf.put.put(f"{there.package.rpartition('/')[0]}/{beside}", b"x")
    shelf.put.put(shelf.keys.receipt(name), text)


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
