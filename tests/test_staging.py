"""A capture that one worker began, and another one with nothing but the object store goes on with."""

from __future__ import annotations

import io
import json
import multiprocessing
import random
import shutil
import threading
import time
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from model import signing
from model.errors import BadInput, NotUnderstood, NotWhole, TryLater
from model.settings import Bucket
from pipeline import closing, line, staging
from pipeline.cli import main
from stores import _staging
from stores._upload import Upload
from tests import buckets
from tests.captures import BAG
from tests.fakes.faults import ALL
from tests.runs import NOON, Run, fake_of, small_world
from tests.servers.liar import Answer, Ask, Asked, liar
from tests.servers.s3 import S3Server
from tests.test_kill import _asked, _fake

servers = pytest.mark.servers


@dataclass
class Worker(Run):
    """A machine of its own: its work area, and nothing else but the store."""

    server: S3Server | None = None
    bucket: Bucket | None = None
    address: str = ""  # of the store, where it is another one than the server's own

    @property
    def place(self) -> line.Place:
        assert self.server
        assert self.bucket
        there = replace(self.bucket, endpoint=self.address or self.bucket.endpoint)
        settings = replace(BAG, store="s3", bucket=there)
        made = replace(super().place, settings=settings, key=buckets.keys(self.server))
        made.__dict__["shelf"] = buckets.shelf(self.server, self.bucket, self.address)
        return made

    def package_bytes(self) -> bytes:
        receipt = line.receipt_of(self.order.id, self.place)
        assert receipt
        with self.place.shelf.open(receipt) as file:
            return file.read()


BOTH = pytest.mark.parametrize("server", buckets.SERVERS, indirect=True)


@pytest.fixture
def server(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> S3Server:
    monkeypatch.setattr(staging, "EVERY", 0.05)
    monkeypatch.setattr("tests.test_kill.SLOW", 0.08)
    found: S3Server = request.getfixturevalue(f"{getattr(request, 'param', 'seaweedfs')}_server")
    return found


@pytest.fixture
def bucket(server: S3Server) -> Bucket:
    return buckets.made(server)


@pytest.fixture
def workers(server: S3Server, bucket: Bucket, tmp_path: Path) -> Iterator[Any]:
    def worker(name: str, **more: Any) -> Worker:
        fake = _fake(tmp_path / "asked")
        return Worker(tmp_path / name, fake, server=server, bucket=bucket, **more)

    return worker  # type: ignore[return-value]


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, int]:
    """The package's bytes and the number of requests of a run that nobody disturbs, on a machine with a folder."""
    folder = tmp_path_factory.mktemp("undisturbed")
    run = Run(folder, _fake(folder / "asked")).go()
    assert run.outcome == "whole", run.error
    return run.package.read_bytes(), _asked(folder / "asked")


def staged(worker: Worker) -> dict[str, int]:
    stage = worker.place.shelf.staging()
    assert stage
    return stage.files(worker.order.id)


def killed(worker: Worker, after: int) -> None:
    """Run a worker, and kill it when it has asked so many times and has kept something of its record."""
    notes, worker.fake.slow_after = worker.fake.notes, after
    child = multiprocessing.get_context("fork").Process(target=worker.go)
    child.start()
    worker.fake.slow_after = 10**9  # here, where it may go on
    while child.is_alive() and (
        _asked(notes) < after or not any(name.startswith("segments/") for name in staged(worker))
    ):
        time.sleep(0.01)
    child.kill()
    child.join()
    assert child.exitcode == -9, "it had ended before"


# --- another worker goes on -------------------------------------------------------------------------------------------


@servers
@BOTH
@pytest.mark.parametrize("share", [0.2, 0.7])
def test_another_worker_with_nothing_but_the_store_goes_on(
    share: float, workers: Any, undisturbed: tuple[bytes, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    due, requests = undisturbed
    first, second = workers("first"), workers("second")
    killed(first, int(share * requests))
    assert any(name.startswith("segments/") for name in staged(second))
    monkeypatch.setattr(staging, "EVERY", 1e-9)  # the first one's lease is over
    time.sleep(1.1)

    second.go()

    assert second.outcome == "whole", second.error
    again = _asked(second.fake.notes) - requests
    assert second.package_bytes() == due
    print(f"asked again: {again} of {requests}")
    assert again <= max(8, 0.05 * requests) + 8  # and what was heard since the last time
    assert staged(second) == {}, "there is a receipt"
    assert not list((second.folder / "work").glob("2026-*"))


@servers
@BOTH
def test_one_worker_takes_another_packs_and_a_third_delivers(workers: Any, undisturbed: tuple[bytes, int]) -> None:
    first, second, third = (workers(name) for name in ("first", "second", "third"))
    line.take(first.order, first.place, first.key)

    line.pack(second.order.id, second.place)
    assert line.take(third.order, third.place, third.key)["verdict"] == "whole", "it is sealed already"
    line.deliver(third.order.id, third.place, line.pack(third.order.id, third.place))

    assert third.package_bytes() == undisturbed[0]
    assert _asked(third.fake.notes) == undisturbed[1]
    assert staged(third) == {}


@servers
def test_the_first_worker_comes_back_when_another_has_ended_its_capture(
    workers: Any, undisturbed: tuple[bytes, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = workers("first"), workers("second")
    killed(first, undisturbed[1] // 2)
    monkeypatch.setattr(staging, "EVERY", 1e-9)
    time.sleep(1.1)
    line.take(second.order, second.place, second.key)

    line.deliver(first.order.id, first.place, _packed(first))

    assert first.package_bytes() == undisturbed[0]
    assert (first.folder / "work" / f"{first.order.id}.1").exists(), "what it had stays, under another name"


def _packed(worker: Worker) -> Any:
    line.take(worker.order, worker.place, worker.key)
    return line.pack(worker.order.id, worker.place)


@servers
def test_what_is_not_what_was_put_is_not_believed(
    workers: Any, server: S3Server, undisturbed: tuple[bytes, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Segments and pictures that come back otherwise are taken anew from the platform."""
    first = workers("first")
    killed(first, undisturbed[1] // 2)
    monkeypatch.setattr(staging, "EVERY", 1e-9)
    time.sleep(1.1)

    def lie(asked: Asked, ask: Ask) -> Answer | None:
        found = ask(asked)
        if asked.method == "GET" and ("/segments/" in asked.path or "/media/" in asked.path):
            return replace(found, body=found.body[:-1] + bytes([found.body[-1] ^ 1]) if found.body else b"")
        return found

    with liar(server, lie) as there:
        second = workers("second", address=there.endpoint)
        line.take(second.order, second.place, second.key)
    third = workers("third")
    third.go()

    assert third.outcome == "whole", third.error
    assert third.package_bytes() == undisturbed[0]


@servers
def test_a_name_in_staging_leads_nowhere_else(workers: Any, tmp_path: Path) -> None:
    worker = workers("first")
    stage = worker.place.shelf.staging()
    (tmp_path / "evil").write_bytes(b"x")
    for name in ("../evil.json", "segments/../../evil", "lock", ".hidden.json", "segments/.x", "a/b/c"):
        with suppress(NotUnderstood):  # some servers take no such name
            stage.put(worker.order.id, name, tmp_path / "evil")
    assert "a/b/c" in staged(worker)

    with staging.shared(worker.order.id, worker.place):
        found = sorted(path.name for path in (tmp_path / "first").rglob("*") if path.is_file())

    assert found == []


@servers
def test_what_was_signed_on_one_worker_is_known_on_another(workers: Any, tmp_path: Path) -> None:
    first, second = workers("first"), workers("second")
    with staging.shared(first.order.id, first.place) as mirror:
        mirror.folder.mkdir(parents=True)
        (mirror.folder / signing.NAME).write_text('{"by": "Arkivarie"}')
        (mirror.folder / "run.txt").write_text("manual__1")

    with staging.shared(second.order.id, second.place) as mirror:
        assert json.loads((mirror.folder / signing.NAME).read_text()) == {"by": "Arkivarie"}
        (mirror.folder / "run.txt").unlink()

    assert sorted(staged(first)) == [signing.NAME]


def red(workers: Any, name: str) -> Worker:
    """A worker whose account is never whole."""
    world, found = small_world(), workers(name)
    found.fake = fake_of(world, ALL["ends early"].make(world))
    assert isinstance(found, Worker)
    return found


@servers
def test_what_is_not_whole_is_signed_off_on_a_machine_that_has_nothing_of_it(
    workers: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    first, desk, third = red(workers, "first"), workers("desk"), workers("third")
    first.go()
    assert isinstance(first.error, NotWhole)
    third.fake, order = first.fake, first.order.id
    asked, before = len(first.fake.asked), staged(first)
    monkeypatch.setattr("pipeline.cli._work_place", lambda _: desk.place)

    assert main(["sign-off", order]) == 3
    due = capsys.readouterr().out.count("\n") - 1
    assert due
    assert staged(first) == before, "who only looks leaves nothing"
    reasons = [word for _ in range(due) for word in ("--reason", "Visas inte.")]
    assert main(["sign-off", order, "--by", "Arkivarie", *reasons]) == 0
    third.go()

    assert third.error is None
    assert len(first.fake.asked) == asked, "what was signed is what was weighed"
    with zipfile.ZipFile(io.BytesIO(third.package_bytes())) as held:
        signed = json.loads(held.read(next(name for name in held.namelist() if name.endswith("/signoff.json"))))
    assert signed["by"] == "Arkivarie"
    assert not (desk.folder / "work" / order).exists(), "nothing is left at the desk"


@servers
def test_nobody_signs_while_a_run_is_at_work_on_the_account(workers: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(staging, "EVERY", 5.0)
    first, desk = red(workers, "first"), workers("desk")
    first.go()
    monkeypatch.setattr("pipeline.cli._work_place", lambda _: desk.place)

    with staging.alone(first.order.account.id, first.place):
        assert main(["sign-off", first.order.id, "--by", "Arkivarie", "--reason", "Visas inte."]) == TryLater.status

    assert signing.NAME not in staged(first)


@servers
def test_there_is_nothing_to_sign_of_what_nobody_has_begun(workers: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = workers("desk")
    monkeypatch.setattr("pipeline.cli._work_place", lambda _: desk.place)

    assert main(["sign-off", desk.order.id]) == 0
    assert main(["sign-off", desk.order.id, "--by", "Arkivarie", "--reason", "Visas inte."]) == BadInput.status
    assert staged(desk) == {}


# --- one at a time ----------------------------------------------------------------------------------------------------


@servers
def test_two_workers_are_not_at_one_account_at_once(workers: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = workers("first"), workers("second")
    monkeypatch.setattr(staging, "EVERY", 5.0)
    account = first.order.account.id
    stage = first.place.shelf.staging()
    assert stage.lease(account, "annan-maskin 1 a", 15) == 0

    with pytest.raises(TryLater, match="another run is at work") as caught:
        line.take(second.order, second.place, second.key)
    assert caught.value.after == 75, "it was renewed just now"

    stage.free(account, "annan-maskin 1 a")
    with staging.alone(account, second.place):
        assert stage.lease(account, "annan-maskin 1 a", 15) > 0
    assert stage.holder(account) == ""


def test_december_and_a_closure_of_one_account_wait_for_each_other(tmp_path: Path) -> None:
    run = Run(tmp_path, _fake(tmp_path / "asked"))
    closure = line.order_for(run.order.account, 2026, "closure", created=NOON)

    with staging.alone(run.order.account.id, run.place), pytest.raises(TryLater, match="another run is at work"):
        line.take(closure, run.place, run.key)

    assert line.take(closure, run.place, run.key)["verdict"] == "whole"


@servers
@BOTH
@pytest.mark.parametrize("slow", [False, True], ids=["", "slow"])
def test_of_many_that_come_at_once_exactly_one_has_the_account(slow: bool, server: S3Server, bucket: Bucket) -> None:
    """Within one second, which is all that a server's times tell apart; and where what one writes comes late."""
    chance, lock, at_once = random.Random(5), threading.Lock(), 4

    def late(asked: Asked, ask: Ask) -> Answer | None:
        with lock:
            wait = chance.choice((0.0, 0.0, 1.2)) if asked.method == "PUT" else 0.0
        time.sleep(wait)
        return ask(asked)

    with liar(server, late) as there, ThreadPoolExecutor(at_once) as pool:
        stages = [buckets.shelf(server, bucket, there.endpoint if slow else "").staging() for _ in range(at_once)]
        for number in range(3):
            start = threading.Barrier(at_once)

            def claim(who: int, account: str = f"konto{number}", start: Any = start) -> float:
                start.wait()
                return float(stages[who].lease(account, f"maskin{who} 1 a", 600))

            waits = list(pool.map(claim, range(at_once)))
            assert sorted(waits)[0] == 0, waits
            assert sorted(waits)[1] > 0, waits
            assert stages[0].holder(f"konto{number}") == f"maskin{waits.index(0)} 1 a"


@servers
@BOTH
def test_of_two_closures_of_one_account_within_a_second_exactly_one_is_claimed(
    workers: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(staging, "EVERY", 5.0)
    order = "2026-exempelvik-mastodon.closure"
    both, start = [workers(name).place for name in ("first", "second")], threading.Barrier(2)

    def claim(place: line.Place) -> bool:
        run = f"manual__{place.work}"
        start.wait()
        with staging.briefly(order, place):
            with suppress(BadInput):
                closing.claim(order, place, run)
            return closing.holder(order, place) == run

    for _ in range(3):
        with ThreadPoolExecutor(2) as pool:
            had = list(pool.map(claim, both))
        assert sorted(had) == [False, True]
        staging.clear(order, both[0])
        for place in both:
            shutil.rmtree(place.work / order)


# --- what is left -----------------------------------------------------------------------------------------------------


@servers
def test_what_nobody_goes_on_with_is_told_and_what_is_delivered_is_cleared(workers: Any, tmp_path: Path) -> None:
    done, begun = workers("done").go(), "2025-glomd-mastodon"
    (tmp_path / "order.json").write_bytes(b"{}")
    stage = done.place.shelf.staging()
    for order in (done.order.id, begun):
        stage.put(order, "order.json", tmp_path / "order.json")

    soon = list(staging.left(done.place, datetime.now(UTC) - timedelta(days=7)))
    later = list(staging.left(done.place, datetime.now(UTC) + timedelta(days=8)))

    assert soon == [(done.order.id, True)]
    assert later == [(begun, False)]
    assert list(stage.orders()) == [begun]


@servers
def test_what_another_worker_has_delivered_does_not_stay_on_this_one(
    workers: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The next capture that begins here clears it, and `arsring store reap` does."""
    first, second = workers("first"), workers("second")
    line.take(first.order, first.place, first.key)
    line.pack(first.order.id, first.place)
    other = replace(first.order, id="2025-annan", account=replace(first.order.account, id="annan"))
    line.take(other, first.place, first.key)
    line.deliver(second.order.id, second.place, line.pack(second.order.id, second.place))
    work = first.folder / "work"
    assert (work / f"{first.order.id}.zip").exists()
    shutil.copytree(work, first.folder / "reaped")
    shutil.copytree(work / first.order.id, work / f"{first.order.id}.1")

    line.take(other, first.place, first.key)

    kept = {other.id, f"{other.id}.counts.json"}
    assert {path.name for path in work.glob("2*")} == kept | {f"{first.order.id}.1"}, "what was set aside stays"
    monkeypatch.setattr("pipeline.cli._archive_place", lambda _: first.place)
    assert main(["store", "reap", "--work", str(first.folder / "reaped")]) == 0
    assert {path.name for path in (first.folder / "reaped").glob("2*")} == kept
    assert "borttagen ur arbetsmappen" in capsys.readouterr().out


# --- what a reviewer found --------------------------------------------------------------------------------------------


@servers
def test_a_sealed_capture_that_is_fetched_by_halves_is_no_capture_and_takes_nothing_away(
    workers: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The seal comes last. What one worker cannot fetch stays where it is for the next one."""
    first, second = workers("first"), workers("second")
    line.take(first.order, first.place, first.key)
    before, real = staged(first), _staging.Staging.get

    def some(self: Any, order: str, name: str, target: Path) -> bool:
        return not name.startswith("raw/") and real(self, order, name, target)

    monkeypatch.setattr(_staging.Staging, "get", some)
    with staging.shared(second.order.id, second.place) as mirror:
        assert not (mirror.folder / "seal.jsonl").exists()
    monkeypatch.setattr(_staging.Staging, "get", real)

    assert staged(first) == before
    line.pack(second.order.id, second.place)


@servers
def test_a_sealed_capture_is_sent_once(workers: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    first, sent, real = workers("first"), list[str](), _staging.Staging.put
    line.take(first.order, first.place, first.key)
    monkeypatch.setattr(_staging.Staging, "put", lambda *words: sent.append(words[2]) or real(*words))  # type: ignore[func-returns-value]

    line.pack(first.order.id, first.place)
    line.take(first.order, first.place, first.key)

    assert sent == []


@servers
def test_what_was_set_aside_does_not_come_back_from_another_workers_disk(workers: Any) -> None:
    first, second = workers("first"), workers("second")
    decided = {"created": NOON + timedelta(hours=1)}
    line.take(first.order, first.place, first.key)
    staging.clear(first.order.id, first.place)
    with staging.shared(second.order.id, second.place) as mirror:
        mirror.folder.mkdir(parents=True)
        (mirror.folder / "run.txt").write_text("manual__2")

    later = replace(first.order, **decided)
    ledger = line.take(later, first.place, first.key)

    assert ledger["order"] == later.id
    assert (first.folder / "work" / f"{later.id}.1" / "seal.jsonl").exists()
    assert json.loads((first.folder / "work" / later.id / "order.json").read_text())["created"].startswith(
        "2026-12-01T03"
    )


@servers
def test_a_worker_that_lost_its_account_keeps_nothing_more_there(workers: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(staging, "EVERY", 2.0)  # servers tell whole seconds: a lease must last for some
    first = workers("first")
    stage = first.place.shelf.staging()

    def cut_off() -> None:
        with (
            staging.alone(first.order.account.id, first.place) as turn,
            staging.shared(first.order.id, first.place, turn) as mirror,
        ):
            mirror.folder.mkdir(parents=True)
            (mirror.folder / "order.json").write_text("{}")
            stage.lease(first.order.account.id, "annan-maskin 1 a", 600, gone=turn.name)
            assert turn.lost.wait(20)

    with pytest.raises(TryLater, match="gone on with it"):
        cut_off()

    assert staged(first) == {}
    assert stage.holder(first.order.account.id) == "annan-maskin 1 a"


@servers
def test_what_grew_while_it_was_sent_is_not_believed(workers: Any, tmp_path: Path) -> None:
    """An upload that was cut and a file that has grown since: what lies there is what its SHA-256 says."""
    first, size = workers("first"), 9 * 2**20
    stage, path = first.place.shelf.staging(), tmp_path / "segment"
    path.write_bytes(random.Random(1).randbytes(size))
    Upload(stage._calls, f"exempelvik/{first.order.id}/segments/1.warc.gz", path, "0" * 64)._begin()
    path.write_bytes(random.Random(2).randbytes(size + 1))

    stage.put(first.order.id, "segments/1.warc.gz", path)

    assert stage.get(first.order.id, "segments/1.warc.gz", tmp_path / "got")
    assert (tmp_path / "got").read_bytes() == path.read_bytes()


@servers
def test_a_capture_is_forgotten_on_command(
    workers: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    first = workers("first")
    line.take(first.order, first.place, first.key)
    assert staged(first)
    monkeypatch.setattr("pipeline.cli._archive_place", lambda _: first.place)

    assert main(["store", "forget", first.order.id]) == 0
    assert staged(first) == {}
    assert "inget ligger kvar" in capsys.readouterr().out
