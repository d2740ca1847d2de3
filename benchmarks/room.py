"""The reading room's overview of 400 accounts and ten years: gathered anew, and drawn. Prints, and asserts nothing.

    python -m benchmarks.room [--accounts 400] [--years 10] [--rounds 7]

A folder store with a receipt and its five neighbours for each package (the packages themselves are empty files), a
register and a look at each account. `first`: nothing is remembered yet; `again`: as after 20 seconds; `held`: within
them.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from datetime import date
from pathlib import Path
from statistics import median

from model.nouns import Receipt
from model.settings import Settings
from pipeline import readiness
from pipeline.line import Place
from pipeline.readiness import Report
from pipeline.room import Room, remembered
from reading import room
from reading.room import Frame
from register.table import read
from stores import _receipts

LAST = 2025
BESIDE = (".sha256", ".manifest.json", ".manifest.stampel.tsr", ".manifest.stampel.pem", ".readiness-2025-11-15.json")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--accounts", type=int, default=400)
    options.add_argument("--years", type=int, default=10)
    options.add_argument("--rounds", type=int, default=7)
    given = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="arsring-room-") as folder:
        place = filled(Path(folder), given.accounts, given.years)
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


def deliver(archive: Path, account: str, year: int) -> None:
    order = f"{year}-{account}"
    receipt = Receipt(
        order=order, package=f"{order}.zip", size=40_000_000 + year, sha256="ab" * 32, format="eark_sip",
        verdict="whole with named gaps" if year % 3 else "whole", account=account, promise="tamper-evident only",
        beside={f"{order}{end}": "cd" * 32 for end in BESIDE[:2]},
    )  # fmt: skip
    (name, digest), text = _receipts.written(receipt)
    (archive / f"{name}.{digest}.receipt.json").write_bytes(text)
    for end in (".zip", *BESIDE):
        (archive / f"{order}{end}").touch()


def look(work: Path, account: str) -> None:
    told = {"id": account, "name": account, "expires_at": "2027-03-01T00:00:00.000000Z", "expiry_told": True}
    report = Report(account=account, day="2026-11-15", platform="mastodon", told=told)
    path = work / "readiness" / "2026-11-15" / account / "report.json"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(readiness.written(report)), encoding="utf-8")


if __name__ == "__main__":
    main()
