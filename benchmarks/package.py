"""Writing, checking and zipping a package, beside `bagit.py` making a bag of the same files plus one copy of the bytes.

    python -m benchmarks.package [--files 20000] [--mb 440] [--rounds 5]     side by side, medians, peak memory
    python -m benchmarks.package --items 1000000                             memory with a million items, few files

Both begin with the same files on the same disk, and end with everything written and synced. bagit.py makes SHA-256 and
SHA-512 manifests (its own default), validates the bag, and the bytes are copied once more into a ZIP's stead.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import resource
import shutil
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from hashlib import sha256, sha512
from pathlib import Path
from statistics import median

import bagit

from connectors.record import Record
from model.capture import as_json, dumps, write
from model.made import Made
from model.nouns import Order
from model.settings import Settings
from pipeline import line
from tests.captures import account, heard
from tests.made_packages import about

NOON = datetime(2026, 12, 1, 11, tzinfo=UTC)
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"
END = b"\xff\xd9"
Spent = tuple[float, float, float]  # seconds, seconds of processor, MB of memory at most


def main() -> None:
    parser = argparse.ArgumentParser()
    for name, value in (("files", 20_000), ("mb", 440), ("rounds", 5), ("items", 0)):
        parser.add_argument(f"--{name}", type=int, default=value)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="arsring-bench-", dir=os.environ.get("ARSRING_BENCH")) as place:
        if options.items:
            capture, order = filled(Path(place), 100, 1_000_000, options.items)
            seconds, _, peak = _apart(lambda: ours(capture, order, Path(place) / "p.zip"))
            print(f"{options.items} items: {seconds:.1f} s, {peak:.0f} MB at most")
            return
        capture, order = filled(Path(place), options.files, options.mb * 1_000_000, options.files)
        _rounds(Path(place), capture, order, options.rounds)


def _rounds(place: Path, capture: Path, order: Order, rounds: int) -> None:
    theirs, own = list[Spent](), list[Spent]()
    for _ in range(rounds):
        shutil.copytree(capture, place / "bag")
        theirs.append(_apart(lambda: bags(place / "bag", place / "copy")))
        shutil.rmtree(place / "bag")
        (place / "copy").unlink()
        own.append(_apart(lambda: ours(capture, order, place / "p.zip")))
        (place / "p.zip").unlink()
    for at, what in enumerate(("time", "processor")):
        print(f"{what}:")
        due, took = ([one[at] for one in each] for each in (theirs, own))
        for name, figures in (("bagit.py and one copy of the bytes", due), ("arsring: write, check, zip", took)):
            print(f"  {name:40}{median(figures):7.2f} s ({min(figures):.2f}-{max(figures):.2f})")
        print(f"  {'ours / theirs, pair by pair':40}{median(a / b for a, b in zip(took, due, strict=True)):7.2f}")
    print(f"  {'our memory at most':40}{max(peak for _, _, peak in own):7.0f} MB")


def ours(capture: Path, order: Order, target: Path) -> None:
    """The package written, hashed, zipped, and checked by our own validator."""
    package = line.archive_format("eark_sip").pack(capture, order, capture.with_name("made"), Settings(), target)
    assert line.faults(Path(package.path), "eark_sip") == []
    os.sync()


def bags(folder: Path, copy: Path) -> None:
    """A bag of the files, validated, and one copy of the bytes."""
    bagit.make_bag(str(folder), checksums=["sha256", "sha512"])
    assert bagit.Bag(str(folder)).is_valid()
    with copy.open("wb") as out:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                with path.open("rb") as file:
                    shutil.copyfileobj(file, out, 2**20)
    os.sync()


def _apart(act: Callable[[], None]) -> Spent:
    """What a process of its own spends: the processor's time with those that it starts, the memory without.

    Linux counts to a process that is started the memory of the one that starts it.
    """
    told = multiprocessing.get_context("fork").SimpleQueue()

    def run() -> None:
        began = time.perf_counter()
        act()
        took = time.perf_counter() - began
        used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
        told.put((took, sum(one.ru_utime + one.ru_stime for one in used), used[0].ru_maxrss / 1024))

    child = multiprocessing.get_context("fork").Process(target=run)
    child.start()
    child.join()
    if child.exitcode:
        raise SystemExit("a round failed; see above")
    found: Spent = told.get()
    return found


def filled(place: Path, files: int, size: int, items: int) -> tuple[Path, Order]:
    """A sealed capture of this many media files (random bytes with a picture's head) and items; what is made of it."""
    order = line.order_for(account(), 2026, created=NOON)
    capture, seal = place / order.id, []
    (capture / "media").mkdir(parents=True)
    for _ in range(files):
        data = JPEG + os.urandom(size // files - len(JPEG) - len(END)) + END
        name = f"media/{sha256(data).hexdigest()}.jpg"
        (capture / name).write_bytes(data)
        seal.append(_row(name, data))
    seal += [_kept(capture, name, data) for name, data in _papers(order, items).items()]
    seal.sort(key=lambda row: str(row["path"]))
    rows = [dumps(row).encode() + b"\n" for row in seal]
    end = dumps({"seal": sha256(b"".join(rows)).hexdigest()}).encode() + b"\n"
    write(capture / "seal.jsonl", [*rows, end])
    _make(capture, order, [row for row in seal if str(row["path"]).startswith("media/")])
    return capture, order


def _papers(order: Order, items: int) -> dict[str, bytes]:
    ledger = {"order": order.id, "verdict": "whole", "items": items, "gaps": {}, "streams": [], "lists": []}
    posts = (
        dumps(
            {"id": f"{n:07}", "stream": "posts", "kind": "post", "text": "Hej från Exempelvik " * 5,
             "published": f"{NOON - timedelta(minutes=n):%Y-%m-%dT%H:%M:%S.000000Z}"}
        )
        for n in range(items)
    )  # fmt: skip
    return {
        "items.jsonl": "".join(f"{post}\n" for post in posts).encode(),
        "claims.jsonl": b"", "gaps.jsonl": b"", "order.json": as_json(order).encode(),
        "ledger.json": dumps(ledger).encode(), "raw/x-00000.warc.gz": _record(),
    }  # fmt: skip


def _record() -> bytes:
    """One answer on the record, as the line seals it."""
    with tempfile.TemporaryDirectory() as place:
        record = Record(Path(place) / "segments")
        record.keep(heard(1))
        record.seal(Path(place) / "raw", "x")
        record.close()
        return (Path(place) / "raw" / "x-00000.warc.gz").read_bytes()


def _kept(capture: Path, name: str, data: bytes) -> dict[str, object]:
    (capture / name).parent.mkdir(exist_ok=True)
    (capture / name).write_bytes(data)
    return _row(name, data)


def _row(name: str, data: bytes) -> dict[str, object]:
    return {"path": name, "size": len(data), "sha256": sha256(data).hexdigest(), "sha512": sha512(data).hexdigest()}


def _make(capture: Path, order: Order, media: list[dict[str, object]]) -> None:
    with Made(capture.with_name("made")) as made:
        made.text("content/posts.csv", "id,text\r\n")
        made.text("reading/index.html", '<!DOCTYPE html><html lang="sv"><title>x</title></html>')
        made.text("documentation/LASMIG.txt", "Läs mig\n")
        made.text("media.jsonl", "".join(f"{dumps(row | {'type': 'image/jpeg'})}\n" for row in media))
        made.tell(about(capture, order))


if __name__ == "__main__":
    main()
