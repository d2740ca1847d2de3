"""The reading copy of a large account: made (time, memory), its start page (bytes), its search (ms in Chromium).

    python -m benchmarks.pages [--items 100000] [--media 20000] [--gaps 0] [--years 10] [--without-browser]

Half of the items are posts, half comments in threads of up to 400; texts are as long as people's; the media files
themselves are not written. The record has an answer for forty items, and one for each file. Prints, asserts nothing.
"""

from __future__ import annotations

import argparse
import os
import random
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import islice
from pathlib import Path
from statistics import median
from typing import Any, Final

from benchmarks.package import _apart
from connectors.record import Record
from model.capture import dumps, write
from model.made import Made
from model.nouns import Order
from model.selection import Selection
from model.settings import Settings
from pipeline import line
from pipeline.answers import Answers
from reading import pages
from tests.browser import chromium
from tests.captures import account, heard
from tests.made_packages import about

NOON = datetime(2026, 12, 1, 11, tzinfo=UTC)
PAGE: Final = 40  # items in an answer
SAID = """
badet parken biblioteket förvaltningen sommarlov öppettider boende i och att på för med som är det en ett den vi ni hej
tack välkommen fråga svar skola förskola äldreomsorg gata väg träd cykel buss tunnelbana möte nämnd medborgare kväll
morgon måndag lördag juni augusti gratis anmälan kontakt telefon barn unga kultur idrott hall plan bygga
"""
WORDS = SAID.split()
TYPED = ("badet", "öppettider på", "a", "finns inte alls", "årsmöte", "tack hej")


def main() -> None:
    options = argparse.ArgumentParser()
    for name, value in (("items", 100_000), ("media", 20_000), ("gaps", 0), ("years", 10)):
        options.add_argument(f"--{name}", type=int, default=value)
    options.add_argument("--without-browser", action="store_true")
    given = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="arsring-bench-", dir=os.environ.get("ARSRING_BENCH")) as place:
        capture, order = filled(Path(place), given.items, given.media, given.years, given.gaps)
        seconds, used, peak = _apart(lambda: made(capture, order, Path(place) / "made"))
        print(f"{given.items} items, {given.media} media, {given.gaps} gaps, {given.years} years")
        print(f"  made in {seconds:.1f} s ({used:.1f} s of processor), {peak:.0f} MB at most")
        told(Path(place) / "made/reading")
        if not given.without_browser:
            searched(Path(place) / "made/reading", Path(place) / "profile")


def made(capture: Path, order: Order, folder: Path) -> None:
    """What the making of a package does of reading: the selection, and the pages from it in both languages."""
    began = time.process_time()
    with Selection(capture, order, previous=None, whole=True, work=capture.parent) as chosen, Made(folder) as out:
        chose = time.process_time()
        with Answers(capture, capture.parent) as answers:
            read = time.process_time()
            told = about(capture, order, counts=chosen.counts)
            pages.write(out, chosen, order, told, Settings(), answers=answers.find)
    ended = time.process_time()
    parts = f"the selection {chose - began:.1f} s, the record {read - chose:.1f} s, the pages {ended - read:.1f} s"
    print(f"  of it {parts} of processor")


def told(reading: Path) -> None:
    sizes = {path.relative_to(reading): path.stat().st_size for path in reading.rglob("*") if path.is_file()}
    largest = max((size, str(path)) for path, size in sizes.items() if path.suffix == ".html")
    index = [size for path, size in sizes.items() if path.suffix == ".js"]
    start = sizes[Path("index.html")] / 1e3
    print(f"  {len(sizes)} files, {sum(sizes.values()) / 1e6:.0f} MB; start page {start:.0f} kB")
    print(f"  largest page {largest[1]} {largest[0] / 1e3:.0f} kB; index {len(index)} parts, {sum(index) / 1e6:.1f} MB")


def searched(reading: Path, profile: Path) -> None:
    with chromium(profile) as browser:
        began = time.perf_counter()
        seen = browser.open(reading / "sok.html")
        seen.wait("document.querySelector('#sok').dataset.read === 'all'", 60)
        print(f"  search page open, whole index read: {time.perf_counter() - began:.2f} s")
        for typed in TYPED:
            times = [seen.value(_TYPE.replace("TYPED", typed)) for _ in range(5)]
            hits = seen.value("document.querySelector('#svar').textContent")
            print(f"  {typed!r:20} {median(times):6.1f} ms ({min(times):.1f}-{max(times):.1f})  {hits.strip()}")
        for page in ("index.html", "sok.html"):
            seen = browser.open(reading / page)
            took = seen.value("performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd")
            print(f"  {page} opened in {took:.0f} ms")


_TYPE = """
(() => { const box = document.querySelector('#ord'), began = performance.now(); box.value = '';
  box.dispatchEvent(new Event('change', {bubbles: true})); const between = performance.now(); box.value = 'TYPED';
  box.dispatchEvent(new Event('change', {bubbles: true})); document.body.offsetHeight;
  return performance.now() - between; })()
"""


def filled(place: Path, items: int, media: int, years: int, gaps: int) -> tuple[Path, Order]:
    """A sealed capture without its media files."""
    order = line.order_for(account(), 2026, created=NOON)
    capture, dice = place / order.id, random.Random(7)
    capture.mkdir()
    ledger = {"order": order.id, "verdict": "whole", "items": items, "gaps": {}, "streams": [], "lists": []}
    (capture / "ledger.json").write_text(dumps(ledger))
    lost = ({"what": f"x{n:090}", "parent": f"{n * 2 % items:07}", "why": "gone", "kind": "media", "stream": "media"}
            for n in range(gaps))  # fmt: skip
    write(capture / "gaps.jsonl", (dumps(one).encode() + b"\n" for one in lost))
    (capture / "seal.jsonl").write_text(dumps({"seal": sha256(b"").hexdigest()}) + "\n")
    record = Record(place / "segments")
    made = (_item(n, items, media, years, dice) for n in range(items))
    write(capture / "items.jsonl", (dumps(one).encode() + b"\n" for one in _recorded(record, made)))
    record.seal(capture / "raw", order.id)
    record.close()
    return capture, order


def _recorded(record: Record, items: Iterator[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The items, with the answers that they came in."""
    number = 0
    while some := list(islice(items, PAGE)):
        number += 1
        page = record.keep(heard(number, dumps(some).encode()))
        for one in some:
            for file in one.get("media", ()):
                known = {name: file[name] for name in ("path", "size", "sha256", "sha512", "type")}
                record.keep(heard(number, b"", method="FILE", url=file["url"], asked=file["url"], file=known))
            yield one | {"raw": page.raw}


def _item(n: int, items: int, media: int, years: int, dice: random.Random) -> dict[str, Any]:
    at = NOON - timedelta(days=365 * years) * (n / items)
    words = " ".join(dice.choices(WORDS, k=dice.randint(3, 60)))
    known: dict[str, Any] = {
        "id": f"{n:07}", "stream": "posts", "kind": "post", "author": "exempelvik", "text": words,
        "published": f"{at:%Y-%m-%dT%H:%M:%S.000000Z}",
        "url": f"https://social.exempelvik.example/@exempelvik/{n}", "counts": {"likes": n % 90, "shares": n % 7},
    }  # fmt: skip
    if n % 2:  # one thread in five hundred is long
        known |= {"kind": "comment", "author": f"granne{n % 997}", "parent": f"{_parent(n):07}", "stream": "comments"}
    elif n < 2 * media:
        name = f"{n:064x}"
        known["media"] = [
            {"id": f"f{n}", "url": f"https://files.exempelvik.example/{n}.jpg", "role": "original", "alt": "En bänk",
             "path": f"media/{name}.jpg", "size": 99_000, "sha256": name, "sha512": name * 2, "type": "image/jpeg"}
        ]  # fmt: skip
    return known


def _parent(n: int) -> int:
    return n - n % 1000 if n % 1000 < 400 else n - 1


if __name__ == "__main__":
    main()
