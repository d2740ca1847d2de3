"""December over two Celery workers that share nothing but the object store: one is killed, the database falls."""

from __future__ import annotations

import re
import shutil
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import pytest

from model.settings import Bucket
from pipeline import line
from register import authority
from tests import buckets
from tests.airflows import Standing, standing, wait_for
from tests.captures import settings_file
from tests.fakes.faults import Ask, Fault, Reply, header
from tests.fakes.wires import Served, serving
from tests.fakes.world import World
from tests.runs import small_world
from tests.servers.postgres import Postgres
from tests.servers.redis import Redis
from tests.servers.s3 import S3Server
from tests.test_december import DAG, STEPS, mastodon
from tests.workers import SUPERVISED, Worker, key_settings, settings, workers

pytestmark = [pytest.mark.airflow, pytest.mark.filterwarnings("ignore"), pytest.mark.timeout(800)]
SMALL = ("ett", "tva")
SLOW = "langsamt"  # an account whose answers take as long as a test says
TASKS = len(STEPS) * (len(SMALL) + 1) + 2
COUNT = Fault(header("X-RateLimit-Remaining", "1000"))  # the limit's own count is no part of what is compared
EVERY = 1.0  # seconds between two looks at what is new, as a minute is to a capture of an hour

# The DAG as it is; captures of a minute are kept in staging each second. Where a test says so, the clock stands still.
AS_IT_IS = """
from datetime import UTC, datetime
from pathlib import Path

from airflow.sdk import DAG
from connectors.web import Web
from pipeline import staging

still = Path({still!r})
def clock():
    return datetime(2026, 12, 1, 2, tzinfo=UTC) if still.exists() else datetime.now(UTC)
Web.__init__.__kwdefaults__["clock"] = clock
staging.EVERY = {every}

from dags import yearly
arkiv_arlig = yearly.dag
"""


@dataclass
class House:
    """The accounts by id, what the workers are told, where packages go; what is turned while a run goes on."""

    folder: Path
    server: S3Server
    database: Postgres
    bucket: Bucket
    accounts: dict[str, Served] = field(default_factory=dict)
    pause: float = 0.0  # seconds before each answer of SLOW
    airflow: Standing = None  # type: ignore[assignment]
    workers: dict[str, Worker] = field(default_factory=dict)

    @property
    def place(self) -> line.Place:
        found = authority.read(self.folder / "installningar.toml", line.names("archive_formats"))
        key = buckets.keys(self.server)
        return line.Place(work=self.folder / "none", archive=self.folder / "none", settings=found, key=key)

    def package(self, order: str) -> bytes:
        """The bytes of the one package of an order. It has one receipt, and nothing of it was put twice."""
        calls = buckets.calls(self.server, self.bucket, "owner")
        found = [row["Key"] for page in calls.pages("list_object_versions") for row in page.get("Versions", ())]
        year, _, account = order.partition("-")
        own = [key for key in found if f"/{account}/{year}-arlig/" in key or f"/kvitton/{order}/" in key]
        assert len(own) == len({*own}) > 1, own
        assert sum("/kvitton/" in key for key in own) == 1
        assert not list(self.place.shelf.staging().files(order)), "there is a receipt"
        receipt = line.receipt_of(order, self.place)
        assert receipt
        with self.place.shelf.open(receipt) as file:
            return file.read()

    def segments(self, order: str) -> dict[str, int]:
        """What lies in staging of an order's record; it comes last of each look."""
        staging = self.place.shelf.staging()
        return {name: size for name, size in staging.files(order).items() if name.startswith("segments/")}

    def move(self, bucket: Bucket) -> None:
        """Packages go to another bucket from now on."""
        self.bucket = bucket
        with settings_file(self.folder).open("a", encoding="utf-8") as file:
            file.write(
                f'\n[lagring]\nadress = "{bucket.endpoint}"\nbucket = "{bucket.bucket}"\n'
                f'myndighet = "{bucket.authority}"\ncertifikat = "{bucket.trusted}"\n'
            )

    def asked(self) -> list[tuple[str, str]]:
        return list(self.accounts[SLOW].fake.asked)

    def task(self, run: str) -> dict[str, Any]:
        """How the capture of SLOW gets on; nothing where the API cannot tell."""
        answer = self.airflow.ask("GET", f"/dags/{DAG}/dagRuns/{run}/taskInstances/{mastodon(SLOW)}")
        return dict(answer.json()) if answer.ok else {}

    def state(self, run: str) -> str:
        """How a run gets on; empty where the API cannot tell."""
        return str(self.airflow.ask("GET", f"/dags/{DAG}/dagRuns/{run}").json().get("state", ""))

    def tasks(self) -> str:
        """How each task of the runs that have not ended gets on."""
        rows = self.airflow.ask("GET", f"/dags/{DAG}/dagRuns/~/taskInstances?limit=300").json()["task_instances"]
        told = ("dag_run_id", "task_id", "state", "try_number", "hostname", "queued_when", "start_date", "end_date")
        return "\n".join(" ".join(str(row.get(name)) for name in told) for row in rows if row["state"] != "success")

    def said(self) -> str:
        """The ends of all logs."""
        logs = [self.airflow.log, *(one.log for one in self.workers.values())]
        lines = {log: log.read_text(errors="replace").splitlines() for log in logs}
        quiet = {log: [one for one in said if "http.access" not in one][-60:] for log, said in lines.items()}
        return "\n".join(f"{log}:\n" + "\n".join(said) for log, said in quiet.items()) + "\n" + self.tasks()


@pytest.fixture(scope="module")
def house(
    airflow: dict[str, str],
    seaweedfs_server: S3Server,
    postgres_server: Postgres,
    redis_server: Redis,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("celery")
    made = House(folder, seaweedfs_server, postgres_server, buckets.made(seaweedfs_server))
    with ExitStack() as stack:
        made.accounts = {id: stack.enter_context(one) for id, one in _servers(made).items()}
        told = _told(made) | settings(postgres_server, redis_server)
        made.airflow = stack.enter_context(standing(airflow | told, folder / "airflow", more=told, services=SUPERVISED))
        made.workers = stack.enter_context(workers(made.airflow.settings, folder, "forsta", "andra"))
        made.airflow.ready(DAG)
        yield made


def _servers(house: House) -> dict[str, Any]:
    def turned(ask: Ask, reply: Reply) -> None:
        reply.delay += house.pause

    large = World(posts=400, with_media=220, media=300, media_bytes=2_000, comments=200, threads=80)
    small = small_world(posts=30, comments=10, media=6, with_media=4, threads=3)
    return {id: serving(small) for id in SMALL} | {SLOW: serving(large, [COUNT, Fault(turned)])}


def _told(house: House) -> dict[str, str]:
    """The register, the settings and the DAG folder, and the store's keys, as all services are told of them."""
    folder = house.folder
    rows = [f"{id};mastodon;{there.account};Kommunikationschefen;" for id, there in house.accounts.items()]
    (folder / "register.csv").write_text("\n".join(["id;plattform;adress;ansvarig;nyckel", *rows]) + "\n")
    house.move(house.bucket)
    (folder / "dags").mkdir()
    text = AS_IT_IS.format(still=str(folder / "still"), every=EVERY)
    (folder / "dags" / "december.py").write_text(text, encoding="utf-8")
    return key_settings(house.server.keys) | {
        "ARSRING_REGISTER": str(folder / "register.csv"),
        "ARSRING_WORK": str(folder / "nobodys"),
        "ARSRING_SETTINGS": str(folder / "installningar.toml"),
        "AIRFLOW__CORE__DAGS_FOLDER": str(folder / "dags"),
    }


def test_a_year_runs_over_two_workers_that_share_nothing_but_the_store(house: House) -> None:
    airflow = house.airflow
    run = airflow.trigger(DAG, key="2026")

    assert airflow.ended(DAG, run, 240) == "success", house.said()

    rows = airflow.rows(DAG, run)
    tries = Counter(row["task_id"] for row in rows)
    assert (len(tries), {*tries.values()}) == (TASKS, {1})
    assert {row["state"] for row in rows} == {"success"}
    assert {row["hostname"] for row in rows} == {"forsta", "andra"}
    assert [house.package(f"2026-{id}")[:2] for id in (*SMALL, SLOW)] == [b"PK"] * 3
    assert not (house.folder / "nobodys").exists(), "only workers have a work area"


def test_a_worker_that_is_killed_is_followed_by_another_with_the_same_package(house: House) -> None:
    airflow, still, before = house.airflow, house.folder / "still", len(house.asked())
    still.touch()
    house.pause = 0.1
    house.move(buckets.made(house.server))
    run = airflow.trigger(DAG, key="2027", konton=[SLOW])
    _wait(house, "half of the capture", lambda: len(house.asked()) > before + 180)
    house.pause = 5.0  # what is heard between two looks of staging is little, as it is where a capture takes hours
    for look in ("begun before that", "begun after that"):
        segments = house.segments(f"2027-{SLOW}")
        _wait(house, f"a look of staging {look}", lambda old=segments: house.segments(f"2027-{SLOW}") != old)
    dead = house.workers[house.task(run)["hostname"]]
    dead.kill()
    at = time.monotonic()
    _wait(house, "the dead worker to be missed", lambda: house.task(run)["state"] != "running")
    print(f"missed after {time.monotonic() - at:.0f} s")
    _wait(house, "the other one", lambda: house.task(run)["hostname"] != dead.name)
    house.pause = 0.0
    dead.start()  # it comes back, with half of the capture on its disk, and takes tasks
    assert airflow.ended(DAG, run, 240) == "success", house.said()
    rows, disturbed, package = airflow.rows(DAG, run), house.asked()[before:], house.package(f"2027-{SLOW}")
    undisturbed = _undisturbed(house, run)
    still.unlink()

    tries = Counter(row["task_id"] for row in rows)
    assert (len(tries), tries.pop(mastodon(SLOW)), {*tries.values()}) == (TASKS, 2, {1})
    last = {row["task_id"]: row["hostname"] for row in rows}[mastodon(SLOW)]
    assert last != dead.name
    assert {*disturbed} == {*undisturbed}
    _hardly_repeated(disturbed, undisturbed)
    assert house.package(f"2027-{SLOW}") == package


def _undisturbed(house: House, run: str) -> list[tuple[str, str]]:
    """The same run once more, whole, with empty disks and into another bucket: what was asked."""
    before = len(house.asked())
    house.move(buckets.made(house.server))
    for one in house.workers.values():
        shutil.rmtree(one.work, ignore_errors=True)
    cleared = house.airflow.ask("POST", f"/dags/{DAG}/dagRuns/{run}/clear", json={"dry_run": False})
    assert cleared.ok, cleared.text
    assert house.airflow.ended(DAG, run, 240) == "success", house.said()
    return house.asked()[before:]


def _hardly_repeated(asked: list[tuple[str, str]], undisturbed: list[tuple[str, str]]) -> None:
    repeated = len(asked) - len({*asked}) - (len(undisturbed) - len({*undisturbed}))
    print(f"{repeated} of {len(undisturbed)} requests repeated")
    assert repeated < 0.05 * len(undisturbed)


def _wait(house: House, what: str, look: Any, seconds: float = 240) -> None:
    try:
        wait_for(what, look, house.airflow.log, seconds)
    except pytest.fail.Exception:
        pytest.fail(f"{what}: not within {seconds:.0f} s\n{house.said()}")


def test_a_worker_is_missed_within_a_minute_by_what_the_runbook_sets(house: House) -> None:
    """A heartbeat each 5 s; when none has come for so long, the next look finds it."""
    told = {name: value for name, value in house.airflow.settings.items() if name.startswith("AIRFLOW__SCHEDULER__")}
    timeout = int(told["AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT"])
    look = int(told["AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT_DETECTION_INTERVAL"])

    assert timeout + look < 60
    assert timeout > 30, "and a database that is away for some seconds ends nobody's capture"


def test_the_database_falls_in_mid_run_and_nothing_is_lost_or_done_twice(house: House) -> None:
    airflow, before = house.airflow, len(house.asked())
    house.pause = 0.1
    run = airflow.trigger(DAG, key="2028", konton=[SLOW, SMALL[0]])
    _wait(house, "the capture to be under way", lambda: len(house.asked()) > before + 100)
    house.pause = 1.0  # so that it is not done before the database is back

    house.database.fall_and_stand()
    fallen = len(house.asked())
    _wait(house, "the API", lambda: house.task(run).get("state") == "running")
    _wait(house, "the capture to go on", lambda: len(house.asked()) > fallen + 20)
    house.pause = 0.0
    _wait(house, "the run", lambda: house.state(run) in ("success", "failed"), 400)
    assert house.state(run) == "success", house.said()

    rows = airflow.rows(DAG, run)
    ended = Counter(row["task_id"] for row in rows if row["state"] in ("success", "skipped"))
    assert (len(ended), {*ended.values()}) == (TASKS, {1}), house.said()
    for id in (SLOW, SMALL[0]):
        assert house.package(f"2028-{id}")
    asked = Counter(house.asked()[before:])
    assert asked.total() - len(asked) < 0.05 * len(asked)


def test_the_servers_are_loopbacks_own_and_the_database_is_in_utf_8(
    postgres_server: Postgres, redis_server: Redis
) -> None:
    with psycopg.connect(f"postgresql://{postgres_server.address}") as connection:
        assert connection.execute("show server_encoding").fetchone() == ("UTF8",)
    assert {at for at, _ in redis_server.running.listens_on()} == {"127.0.0.1"}
    assert re.search(r"@127\.0\.0\.1:\d+/", postgres_server.address)
