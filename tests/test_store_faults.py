"""A store, and the way to it, in the worst moment: nothing lost, nothing doubled, no receipt of what cannot be read.

A short form with fixed seeds and one that is drawn and printed; `make faults` runs the full numbers
(FAULTS=full), whose last results stand in benchmarks/README.md.
"""

from __future__ import annotations

import errno
import multiprocessing
import os
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from model.errors import ArsringError, NotWhole, TryLater
from model.nouns import Order, Package, Receipt
from model.protocols import Shelf
from model.settings import Bucket
from stores import _receipts, _upkeep, folder, s3
from stores._upload import PART
from tests import buckets
from tests.captures import order
from tests.powerless import Disk, disk
from tests.servers.ceph import ceph
from tests.servers.liar import Answer, Ask, Asked, liar
from tests.servers.s3 import S3Server
from tests.servers.seaweedfs import seaweedfs
from tests.test_stores import package

FULL = os.environ.get("FAULTS") == "full"
SEEDS = {"fixed": 1, "drawn": random.SystemRandom().randrange(10**6)}  # what was drawn is printed
LARGE = PART + PART // 4  # two parts


def many(short: int, full: int) -> int:
    return full if FULL else short


@dataclass(frozen=True)
class Place:
    """A store that can be opened anew, by another address too. `server` is None where it is a folder."""

    at: Path
    server: S3Server | None
    bucket: Bucket | None

    def shelf(self, address: str = "") -> Any:
        if self.server is None:
            return folder.Shelf(self.at / "archive")
        return buckets.shelf(self.server, self.bucket, address)

    def owner(self) -> Any:
        assert self.server
        assert self.bucket
        return buckets.calls(self.server, self.bucket, "owner")


def opened(name: str, request: pytest.FixtureRequest, at: Path) -> Place:
    if name == "folder":
        return Place(at, None, None)
    server: S3Server = request.getfixturevalue(f"{name}_server")
    return Place(at, server, buckets.made(server))


REAL = [pytest.param(name, marks=pytest.mark.servers) for name in buckets.SERVERS]


@pytest.fixture(params=["folder", *REAL])
def anywhere(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    return opened(request.param, request, tmp_path)


@pytest.fixture(params=REAL)
def remote(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    return opened(request.param, request, tmp_path)


def ours(place: Path, number: int, size: int = 30_000) -> tuple[Package, Order]:
    """A package of its own random bytes, with two papers beside it."""
    of = order(2026, f"konto{number}")
    content = random.Random(number).randbytes(size)
    return package(place, of, content, manifest=f'{{"n": {number}}}'.encode(), sha256=f"{number:080}".encode()), of


def until_there(deliver: Callable[[], Receipt], runs: int = 30) -> Receipt:
    """Run again until it is delivered, as Airflow would; what stops a run must be one of ours that may be run again."""
    for _ in range(runs):
        try:
            return deliver()
        except (TryLater, NotWhole):
            continue
    raise AssertionError(f"not delivered in {runs} runs")


def all_whole(shelf: Shelf, packages: dict[str, Package]) -> None:
    """One receipt for each, and everything reads back as it was packed."""
    assert Counter(one.order for one in shelf.receipts()) == dict.fromkeys(packages, 1)
    for receipt in shelf.receipts():
        due = packages[receipt.order]
        assert (receipt.size, receipt.sha256) == (due.size, due.sha256)
        assert set(receipt.beside) == {Path(one).name for one in due.sidecars}
    assert shelf.verify().faults == []  # all bytes, against the receipts


# --- F1, F13: the client is killed ------------------------------------------------------------------------------------


def test_a_delivery_that_is_killed_at_any_moment_goes_on(anywhere: Place, tmp_path: Path) -> None:
    """No receipt is there before everything is, and the next run ends it. Uploads that nobody ends are reaped."""
    due, packages, killed, number, shelf = many(4, 200), {}, 0, 4, anywhere.shelf()
    takes = {}
    for first in range(4):  # the first one of all waits for much that is made then
        given, of = ours(tmp_path, first, _size(first))
        began = time.monotonic()
        shelf.deliver(given, of)
        packages[of.id], takes[first % 2] = given, time.monotonic() - began
    while killed < due:
        given, of = ours(tmp_path, number, _size(number))
        child, ready = _delivering(anywhere, given, of)
        ready.wait(60)
        child.join(random.Random(number).uniform(0, takes[number % 2]))
        child.kill()
        child.join()
        assert child.exitcode in (0, -9)
        killed += child.exitcode == -9
        if receipt := shelf.receipt(of.id):
            assert _delivered(shelf, receipt, given)

        shelf.deliver(given, of)
        packages[of.id], number = given, number + 1

    print(f"killed while they delivered: {killed} of {number - 4}")
    all_whole(anywhere.shelf(), packages)
    if anywhere.server:
        _upkeep.reap(anywhere.shelf().put, older=timedelta(0))
        left = anywhere.owner()("list_multipart_uploads")
        assert left.get("Uploads", []) == []


def _size(number: int) -> int:
    return LARGE if number % 2 else 30_000


def _delivering(place: Place, given: Package, of: Order) -> tuple[Any, Any]:
    """A process that delivers, and what it sets when it begins."""
    fork = multiprocessing.get_context("fork")
    ready = fork.Event()

    def deliver() -> None:
        shelf = place.shelf()
        ready.set()
        shelf.deliver(given, of)

    child = fork.Process(target=deliver)
    child.start()
    return child, ready


def _delivered(shelf: Any, receipt: Receipt, given: Package) -> bool:
    with shelf.open(receipt) as file:
        return bool(file.read() == Path(given.path).read_bytes())


# --- F2: the wire -----------------------------------------------------------------------------------------------------


class Wire:
    """Faults of a wire, drawn by a seed and counted; the rest passes."""

    def __init__(self, seed: int, share: float) -> None:
        self._chance, self._share, self._lock = random.Random(seed), share, threading.Lock()
        self.done: Counter[str] = Counter()

    def __call__(self, asked: Asked, ask: Ask) -> Answer | None:
        sends = ("flip",) * 4 if asked.body and asked.method == "PUT" else ()
        reads = ("flip back", "cut") if asked.method == "GET" and not asked.query.keys() - {"versionId"} else ()
        with self._lock:
            hit, at = self._chance.random() < self._share, self._chance.random()
            kind = self._chance.choice(("reset", "lost reply", "stall", *sends, *reads))
            self.done[kind] += hit
        return self._broken(kind, at, asked, ask) if hit else ask(asked)

    def _broken(self, kind: str, at: float, asked: Asked, ask: Ask) -> Answer | None:
        if kind == "reset":
            return None
        if kind == "flip":
            return ask(replace(asked, body=_flipped(asked.body, at)))
        found = ask(asked)
        if kind == "lost reply":
            return None
        if kind == "stall":
            time.sleep(0.3)
        if kind == "flip back" and found.status < 300:
            return replace(found, body=_flipped(found.body, at))
        return replace(found, cut=int(at * len(found.body))) if kind == "cut" else found


def _flipped(data: bytes, at: float) -> bytes:
    where = int(at * len(data))
    return data[:where] + bytes([data[where] ^ 1]) + data[where + 1 :] if data else data


@pytest.mark.parametrize("which", SEEDS)
def test_a_wire_that_flips_resets_stalls_and_loses_replies(which: str, remote: Place, tmp_path: Path) -> None:
    due = {"flip": many(4, 500), "reset": many(4, 150), "lost reply": many(3, 50)}  # twice: by two seeds
    packages, seed = {}, SEEDS[which]
    wire = Wire(seed, 0.2)
    assert remote.server

    def one(number: int, shelf: Any) -> None:
        given, of = ours(tmp_path, number, LARGE if number % 8 == 0 else 30_000)
        packages[of.id] = given
        until_there(lambda: shelf.deliver(given, of))

    with liar(remote.server, wire) as there, ThreadPoolExecutor(6) as pool:
        number, shelves = 0, [remote.shelf(there.endpoint) for _ in range(6)]
        while any(wire.done[kind] < least for kind, least in due.items()):
            list(pool.map(one, range(number, number := number + 6), shelves))

    print(f"seed {seed}: {dict(wire.done)}, {len(packages)} packages")
    all_whole(remote.shelf(), packages)


# --- F3: the server is killed -----------------------------------------------------------------------------------------


OWN = {"seaweedfs": seaweedfs, "ceph": ceph}


@pytest.mark.servers
@pytest.mark.parametrize("name", buckets.SERVERS if FULL else ("seaweedfs",))
def test_a_server_that_is_killed_while_it_writes_keeps_what_it_has_said_yes_to(name: str, tmp_path: Path) -> None:
    packages: dict[str, Package] = {}
    with OWN[name]() as server, ThreadPoolExecutor(4) as pool:
        place = Place(tmp_path, server, buckets.made(server))
        for kill in range(many(1, 20)):
            given = [ours(tmp_path, number, LARGE) for number in range(kill * 8, kill * 8 + 8)]
            packages |= {of.id: one for one, of in given}
            jobs = [pool.submit(until_there, partial(place.shelf().deliver, *one), 200) for one in given]
            time.sleep(random.Random(kill).uniform(0.1, 1.2))
            server.kill_and_start()
            for job in jobs:
                job.result()

        all_whole(place.shelf(), packages)


# --- F4, F5: several at once, and again -------------------------------------------------------------------------------


@pytest.mark.parametrize("runs", [2, 3, 8] if FULL else [2, 8])
def test_runs_at_once_end_in_one_receipt(runs: int, anywhere: Place, tmp_path: Path) -> None:
    given, of = ours(tmp_path, runs, LARGE)
    fork = multiprocessing.get_context("fork")
    start, said = fork.Barrier(runs), fork.SimpleQueue()

    def deliver() -> None:
        shelf = anywhere.shelf()
        start.wait()
        said.put(until_there(lambda: shelf.deliver(given, of)))

    children = [fork.Process(target=deliver) for _ in range(runs)]
    for child in children:
        child.start()
    made = [said.get() for _ in children]
    for child in children:
        child.join()

    assert made == made[:1] * runs
    all_whole(anywhere.shelf(), {of.id: given})
    if anywhere.server:
        rows = [row for page in anywhere.owner().pages("list_object_versions") for row in page.get("Versions", ())]
        versions = Counter(row["Key"] for row in rows if row["Key"].rpartition("/")[2].startswith(of.id))
        assert max(versions.values()) <= 1 + runs


def test_a_second_delivery_sends_nothing_and_asks_little(remote: Place, tmp_path: Path) -> None:
    given, of = ours(tmp_path, 5, LARGE)
    made, asked = remote.shelf().deliver(given, of), list[Asked]()
    assert remote.server
    with liar(remote.server, lambda one, ask: asked.append(one) or ask(one)) as there:  # type: ignore[func-returns-value]
        assert remote.shelf(there.endpoint).deliver(given, of) == made

    assert [one.what for one in asked if one.body] == []
    assert len(asked) <= 5


# --- F6: no room, an ill disk -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO], ids=["full", "ill"])
def test_a_disk_that_fails_at_any_call_leaves_no_receipt_and_no_half(
    code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each call that writes, links or syncs fails once, in turn; the run after it ends the delivery."""
    packages, failed, number, due = {}, 0, 0, many(20, 200)
    while failed < due:
        given, of = ours(tmp_path, number)
        packages[of.id] = given
        with monkeypatch.context() as patch:
            happened = _fails_once(patch, number % 30, code)
            shelf = folder.Shelf(tmp_path / "archive")
            stopped = _stops(lambda shelf=shelf, given=given, of=of: shelf.deliver(given, of))  # type: ignore[misc]
            assert stopped in (None, code)
            assert stopped is None or shelf.receipt(of.id) is None or happened()
        failed += happened()
        folder.Shelf(tmp_path / "archive").deliver(given, of)
        number += 1

    print(f"failed calls: {failed} of {number}")
    all_whole(folder.Shelf(tmp_path / "archive"), packages)


def _stops(deliver: Callable[[], Receipt]) -> int | None:
    """The number of the error that stopped it; None where it went well, or said in our words what is wrong."""
    try:
        deliver()
    except OSError as error:
        return error.errno
    except ArsringError:
        return None
    return None


def _fails_once(patch: pytest.MonkeyPatch, at: int, code: int) -> Callable[[], bool]:
    """The call with that number, of those that change a disk, fails; gives whether it came to that."""
    calls, lock = iter(range(10**6)), threading.Lock()
    done: list[str] = []

    def failing(name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*words: Any, **more: Any) -> Any:
            with lock:
                hit = next(calls) == at
            if hit:
                done.append(name)
                raise OSError(code, os.strerror(code))
            return real(*words, **more)

        return call

    for name in ("fsync", "link", "mkdir", "chmod", "rename", "replace", "write", "sendfile", "copy_file_range"):
        patch.setattr(os, name, failing(name, getattr(os, name)))
    return lambda: bool(done)


# --- F8: the network is cut -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("share", [0.5, 1])
def test_a_network_that_is_cut_in_the_midst_goes_on_where_it_was(share: float, remote: Place, tmp_path: Path) -> None:
    """After half of the parts, or when all are there and have not been put together."""
    parts = many(4, 12)
    given, of = ours(tmp_path, 8, PART * parts)
    sent: list[str] = []
    assert remote.server

    def cut(asked: Asked, ask: Ask) -> Answer | None:
        if "partNumber" in asked.query:
            if len(sent) >= share * parts:
                return None
            sent.append(asked.query["partNumber"])
        return None if asked.what == "POST uploadId" else ask(asked)

    def counted(asked: Asked, ask: Ask) -> Answer | None:
        again.extend([asked.query["partNumber"]] if "partNumber" in asked.query else [])
        return ask(asked)

    with liar(remote.server, cut) as there, pytest.raises(TryLater, match="does not answer"):
        remote.shelf(there.endpoint).deliver(given, of)
    assert remote.shelf().receipt(of.id) is None

    again: list[str] = []
    with liar(remote.server, counted) as there:
        remote.shelf(there.endpoint).deliver(given, of)

    assert set(sent) & set(again) == set(), "what the server has is not sent again"
    assert len(sent) + len(again) == parts
    all_whole(remote.shelf(), {of.id: given})


# --- F9: what lies there changes --------------------------------------------------------------------------------------


def damaged(chance: random.Random, keys: list[str]) -> tuple[dict[str, str], dict[str, str]]:
    """key → what happens to it, and of two that change places the other: most are flipped, a few gone or swapped."""
    flips, gone, swaps = many(20, 100), many(6, 20), many(4, 10)
    chosen = chance.sample(sorted(keys), flips + gone + swaps)
    pairs = chosen[flips + gone :]
    what = {**dict.fromkeys(chosen[:flips], "flip"), **dict.fromkeys(chosen[flips : flips + gone], "gone")}
    other = {one: pairs[(at + 1) % len(pairs)] for at, one in enumerate(pairs)}
    return what | dict.fromkeys(pairs, "swap"), other


def filled(place: Place, tmp_path: Path) -> None:
    shelf = place.shelf()
    for number in range(many(12, 50)):
        given, of = ours(tmp_path, number, 2_000 + number)
        shelf.deliver(given, of)


def test_what_was_damaged_in_an_object_store_is_found_by_name(remote: Place, tmp_path: Path) -> None:
    """What a server would answer for an object that is flipped, gone, or another's, held against what was delivered."""
    filled(remote, tmp_path)
    shelf = remote.shelf()
    what, other = damaged(random.Random(9), list(_payload(shelf)))
    assert remote.server
    assert remote.bucket
    start = f"/{remote.bucket.bucket}/"

    def lie(asked: Asked, ask: Ask) -> Answer | None:
        done = what.get(asked.key) if asked.method == "GET" and not asked.query.keys() - {"versionId"} else None
        if done == "gone":
            return Answer(404, {"content-type": "application/xml"}, b"<Error><Code>NoSuchKey</Code></Error>")
        if done == "swap":
            return ask(replace(asked, path=start + other[asked.key], query={}))
        found = ask(asked)
        return replace(found, body=_flipped(found.body, 0.5)) if done == "flip" else found

    with liar(remote.server, lie) as there:
        found = remote.shelf(there.endpoint).verify()

    _named(found.faults, what)
    assert remote.shelf().verify().faults == []


def _payload(shelf: Any) -> Iterator[str]:
    """The keys of what was delivered, receipts aside."""
    for receipt in shelf.receipts():
        yield from _upkeep.objects(receipt)


def _named(faults: list[str], what: dict[str, str]) -> None:
    named = {fault.partition(":")[0] for fault in faults}
    print(f"planted {len(what)}: {dict(Counter(what.values()))}; found {len(named & what.keys())}")
    assert what.keys() - named == set(), "planted and not found"
    assert {one for one in named if one in what or "/kvitton/" in one or one.endswith(".receipt.json")} == named


def test_what_was_damaged_in_a_folder_is_found_by_name(tmp_path: Path) -> None:
    filled(Place(tmp_path, None, None), tmp_path)
    archive = tmp_path / "archive"
    receipts = list(folder.Shelf(archive).receipts())
    keys = [one.package for one in receipts] + [name for one in receipts for name in one.beside]
    what, other = damaged(random.Random(9), keys)
    held = {name: (archive / name).read_bytes() for name in what}
    for name, done in what.items():
        (archive / name).unlink()
        if done != "gone":
            (archive / name).write_bytes(_flipped(held[name], 0.5) if done == "flip" else held[other[name]])

    found = folder.Shelf(archive).verify()

    changed = {name for name, done in what.items() if done != "swap" or held[name] != held[other[name]]}
    _named(found.faults, {name: what[name] for name in changed})


@pytest.mark.servers
def test_bytes_that_rot_on_a_servers_own_disk_are_found_by_name(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Flipped where they lie, below the server: SeaweedFS keeps objects as they are in the files of its volumes."""
    monkeypatch.setattr(s3, "_TRIES", 2)  # the server says 500 of what has rotted: that is asked for again
    place = opened("seaweedfs", request, tmp_path)
    filled(place, tmp_path)
    assert place.server
    receipts = list(place.shelf().receipts())
    rotten = random.Random(4).sample(receipts, many(3, 25))
    for receipt in rotten:
        content = next(tmp_path.glob(f"*/{receipt.order}.zip")).read_bytes()
        assert _rot(place.server.data, content), "the object lies in no volume"

    found = place.shelf().verify()

    _named(found.faults, {receipt.package: "flip" for receipt in rotten})


def _rot(data: Path, content: bytes) -> int:
    """Flip a bit in each copy of these bytes below a folder: how many there were."""
    count, middle = 0, content[len(content) // 2 :][:64]
    for path in data.rglob("*.dat"):
        if (at := path.read_bytes().find(middle)) >= 0:
            with path.open("r+b") as file:
                file.seek(at)
                file.write(bytes([middle[0] ^ 1]))
            count += 1
    return count


def test_two_receipts_of_one_package_are_an_alarm(anywhere: Place, tmp_path: Path) -> None:
    given, of = ours(tmp_path, 3)
    made = anywhere.shelf().deliver(given, of)
    name, text = _receipts.written(replace(made, verdict="not whole"))
    if anywhere.server:
        shelf = anywhere.shelf()
        shelf.put.put(shelf.keys.receipt(name), text)
    else:
        (tmp_path / "archive" / f"{name[0]}.{name[1]}.receipt.json").write_bytes(text)

    with pytest.raises(NotWhole, match="2 receipts"):
        anywhere.shelf().receipt(of.id)
    with pytest.raises(NotWhole, match="2 receipts"):
        anywhere.shelf().deliver(given, of)


# --- F15: the power goes ----------------------------------------------------------------------------------------------

if FULL:  # they mount a disk of their own, as root

    def test_a_folder_whose_disk_loses_power_keeps_what_it_has_said_yes_to(tmp_path: Path) -> None:
        """At any moment of a delivery: what was acknowledged is there, and no receipt without all that it names."""
        cuts, packages = 200, dict[str, Package]()
        with disk(tmp_path) as lost:
            given, of = ours(tmp_path, cuts)
            began = time.monotonic()
            Place(lost.at, None, None).shelf().deliver(given, of)
            packages[of.id], takes = given, 2 * (time.monotonic() - began)
            said = [_until_the_cut(number, lost, takes, packages, tmp_path) for number in range(cuts)]

            print(f"power lost: {cuts}; deliveries that had been acknowledged by then: {sum(said)}")
            assert 0 < sum(said) < cuts
            all_whole(Place(lost.at, None, None).shelf(), packages)

    def test_what_is_not_synced_is_gone_when_the_power_goes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Or the test above would show nothing."""
        with disk(tmp_path) as lost:
            lost.again()
            given, of = ours(tmp_path, 1)
            monkeypatch.setattr(os, "fsync", lambda _: None)
            Place(lost.at, None, None).shelf().deliver(given, of)
            lost.cut()
            lost.again()

            assert list(Place(lost.at, None, None).shelf().receipts()) == []


def _until_the_cut(number: int, lost: Disk, takes: float, packages: dict[str, Package], at: Path) -> bool:
    """Deliver one, lose the power meanwhile, look, and deliver it to the end: whether it was acknowledged before."""
    given, of = ours(at, number)
    packages[of.id] = given
    said: list[Receipt] = []
    place = Place(lost.at, None, None)

    def deliver() -> None:
        with suppress(OSError, ArsringError):
            said.append(place.shelf().deliver(given, of))

    delivering = threading.Thread(target=deliver)
    delivering.start()
    time.sleep(random.Random(number).uniform(0, takes))
    lost.cut()
    delivering.join()
    lost.again()

    there = place.shelf().receipt(of.id)
    assert there or not said
    assert there is None or _delivered(place.shelf(), there, given)
    place.shelf().deliver(given, of)
    return bool(said)
