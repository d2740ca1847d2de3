"""December on the real scheduler: accounts that fail each in their own way, tasks and a scheduler that are killed."""

from __future__ import annotations

import json
import os
import shutil
import signal
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from pipeline import line
from register import authority
from tests.airflows import Standing, standing, wait_for
from tests.captures import account, settings_file
from tests.fakes.faults import ALL, PAGES, PLANTED, Ask, Fault, Reply, header, limited
from tests.fakes.wires import Served, serving
from tests.fakes.world import World
from tests.mailbox import Mailbox, mailbox
from tests.runs import small_world

pytestmark = [pytest.mark.airflow, pytest.mark.filterwarnings("ignore"), pytest.mark.timeout(540)]
DAG, READ = "arkiv_arlig", "arkiv_aterlasning"
STEPS = ("hamta", "paketera", "leverera")
FIVE = ("helt", "klart", "kort", "nekat", "vantar")
SLOW = "langsamt"  # an account whose answers take as long as a test says
WAIT = 8  # seconds: as long as the DAG below lets any wait be
COUNT = Fault(header("X-RateLimit-Remaining", "1000"))  # the limit's own count is no part of what is compared

# The DAGs as they are; an hour's wait is some seconds, and where a test says so, the clock stands still.
AS_THEY_ARE = """
from datetime import UTC, datetime
from pathlib import Path

from airflow.sdk import DAG
from connectors.web import Web
from model.errors import TryLater

first = TryLater.__init__
def soon(self, message, after):
    first(self, message, min(after, {wait}))
TryLater.__init__ = soon
still = Path({still!r})
def clock():
    return datetime(2026, 12, 1, 2, tzinfo=UTC) if still.exists() else datetime.now(UTC)
Web.__init__.__kwdefaults__["clock"] = clock

from dags import fixity, yearly
arkiv_arlig, arkiv_aterlasning = yearly.dag, fixity.reading
"""
# A scheduler that was killed is missed after half a minute instead of five.
AWAKE = {"AIRFLOW__SCHEDULER__ORPHANED_TASKS_CHECK_INTERVAL": "5"}


@dataclass
class House:
    """An Airflow, the accounts by id, where things lie, the mailbox; what is turned while a run goes on."""

    folder: Path
    mails: Mailbox
    accounts: dict[str, Served] = field(default_factory=dict)
    open: threading.Event = field(default_factory=threading.Event)  # the rate limit is over
    pause: float = 0.0  # seconds before each answer of SLOW
    airflow: Standing = None  # type: ignore[assignment]

    @property
    def place(self) -> line.Place:
        settings = authority.read(self.folder / "installningar.toml", line.names("archive_formats"))
        return line.Place(work=self.folder / "work", archive=self.folder / "archive", settings=settings)

    def packages(self, year: int) -> set[str]:
        """The accounts that have a package and a receipt of a year."""
        receipts = [path.name.partition(".")[0] for path in self.place.archive.glob(f"{year}-*.receipt.json")]
        packages = [path.stem for path in self.place.archive.glob(f"{year}-*.zip")]
        assert sorted(receipts) == sorted(packages), "one receipt for each package"
        return {name.partition("-")[2] for name in packages}

    def asked(self, id: str = SLOW) -> list[tuple[str, str]]:
        return list(self.accounts[id].fake.asked)

    def wait(self, what: str, look: Any, seconds: float = 240) -> Any:
        return wait_for(what, look, self.airflow.log, seconds)

    def state(self, run: str, task: str) -> str:
        return self.airflow.tasks(DAG, run)[task]


def mastodon(id: str, step: str = "hamta") -> str:
    return f"mastodon.{id}.{step}"


@pytest.fixture(scope="module")
def house(airflow: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("december")
    with ExitStack() as stack:
        made = House(folder, stack.enter_context(mailbox()))
        made.accounts = {id: stack.enter_context(one) for id, one in _servers(made).items()}
        told = _told(made)
        made.airflow = stack.enter_context(standing(airflow | told, folder / "airflow", more=AWAKE | told))
        made.airflow.ready(DAG, READ)
        yield made


def _servers(house: House) -> dict[str, Any]:
    """A server for each account, and what it does wrong."""

    def turned(ask: Ask, reply: Reply) -> None:
        reply.delay += house.pause

    def shut(ask: Ask) -> bool:
        return PAGES(ask) and not house.open.is_set()

    short, large = world(), World(posts=400, with_media=220, media=300, media_bytes=2_000, comments=200, threads=80)
    return {
        "helt": serving(world()),
        "klart": serving(world()),
        "kort": serving(short, ALL["one missing"].make(short)),
        "nekat": serving(world(), token="en-annan-nyckel"),
        "vantar": serving(world(), [Fault(limited(3600), shut)]),
        SLOW: serving(large, [COUNT, Fault(turned)]),
    }


def world() -> World:
    return small_world(posts=30, comments=10, media=6, with_media=4, threads=3)


def _told(house: House) -> dict[str, str]:
    """The register, the settings and the DAG folder, as Airflow's services are told of them."""
    folder = house.folder
    keys = {"nekat": "exempelvik-nyckel"}
    rows = [f"{id};mastodon;{there.account};Kommunikationschefen;{keys.get(id, '')};aktivt"
            for id, there in house.accounts.items()]  # fmt: skip
    rows.append("nedlagt;mastodon;https://mastodon.example/@nedlagt;Kommunikationschefen;;avslutat")
    (folder / "register.csv").write_text("\n".join(["id;plattform;adress;ansvarig;nyckel;status", *rows]) + "\n")
    settings_file(folder)
    (folder / "dags").mkdir()
    text = AS_THEY_ARE.format(wait=WAIT, still=str(folder / "still"))
    (folder / "dags" / "december.py").write_text(text, encoding="utf-8")
    return {
        "ARSRING_REGISTER": str(folder / "register.csv"),
        "ARSRING_WORK": str(folder / "work"),
        "ARSRING_ARCHIVE": str(folder / "archive"),
        "ARSRING_SETTINGS": str(folder / "installningar.toml"),
        "ARSRING_KEY_EXEMPELVIK_NYCKEL": PLANTED,
        "AIRFLOW_CONN_SMTP_DEFAULT": house.mails.connection,
        "AIRFLOW__CORE__DAGS_FOLDER": str(folder / "dags"),
    }


def test_december_goes_on_around_accounts_that_fail_each_in_their_own_way(house: House) -> None:
    airflow = house.airflow
    row = account("klart")
    there = type(row)(id="klart", platform="mastodon", address=house.accounts["klart"].account, unit=row.unit)
    line.archive(line.order_for(there, 2026), house.place)
    before, sent = len(house.asked("klart")), len(house.mails.to("drift@exempelvik.example"))

    run = airflow.trigger(DAG, key="2026", konton=list(FIVE))
    house.wait("all but one", lambda: _only_waiting(airflow.tasks(DAG, run)))
    pool = airflow.ask("GET", "/pools/plattform_mastodon").json()
    house.open.set()
    state = airflow.ended(DAG, run, 240)

    assert state == "failed"
    assert airflow.tasks(DAG, run) == due_states(), airflow.log.read_text(errors="replace")[-3000:]
    assert (pool["slots"], pool["occupied_slots"]) == (1, 0), "a wait holds no worker and keeps nobody out"
    assert house.packages(2026) == {"helt", "klart", "vantar"}
    assert len(house.asked("klart")) == before, "what is archived is not asked for again"
    _nothing_lost_or_doubled(airflow.rows(DAG, run), waits=mastodon("vantar"))
    _one_mail_tells_all(house, sent)
    _read_back(house, 2026, FIVE, {"helt", "klart", "vantar"})


def _only_waiting(tasks: dict[str, str]) -> bool:
    """Whether the account with the rate limit is the only one left, and waits."""
    left = {
        task for task, state in tasks.items() if state in ("None", "scheduled", "queued", "running", "up_for_retry")
    }
    waits = {*(mastodon("vantar", step) for step in STEPS), "slutrapport"}
    return left == waits and tasks[mastodon("vantar")] == "up_for_retry"


def due_states() -> dict[str, str]:
    """How each task of that run is to end."""
    ends: dict[str, tuple[str, str]] = {"kort": ("failed", "upstream_failed"), "nekat": ("failed", "upstream_failed")}
    ends[SLOW] = ("skipped", "skipped")
    found = {"kontrollera_ar": "success", "slutrapport": "failed"}
    for id in (*FIVE, SLOW):
        first, then = ends.get(id, ("success", "success"))
        found |= {mastodon(id, step): first if step == "hamta" else then for step in STEPS}
    return found


def _nothing_lost_or_doubled(rows: list[dict[str, Any]], waits: str) -> None:
    tries = Counter(row["task_id"] for row in rows)

    assert len(tries) == 6 * len(STEPS) + 2
    assert tries.pop(waits) >= 2
    assert set(tries.values()) == {1}
    own = [row for row in rows if row["task_id"] == waits]
    assert [row["try_number"] for row in own] == list(range(1, len(own) + 1))
    for one, next in pairwise(own):
        waited = datetime.fromisoformat(next["start_date"]) - datetime.fromisoformat(one["end_date"])
        assert waited.total_seconds() >= WAIT - 1, "as long as the platform asked, to a second"


def _one_mail_tells_all(house: House, sent: int) -> None:
    mails = house.mails.to("drift@exempelvik.example")[sent:]
    assert mails == house.mails.to("kommunikationsstrateg@exempelvik.example")[sent:]
    [(subject, text)] = mails
    short, refused = text[text.index("kort: ") : text.index("nekat: ")], text[text.index("nekat: ") :]

    assert subject == "Årlig arkivering 2026: 4 av 6 konton utan anmärkning"
    assert "Arkivet är inte komplett och har inte levererats. Kör om kontots uppgifter (Clear)" in short
    assert "En nyckel eller behörighet måste förnyas. Be kontots redaktör om det" in refused
    assert text.count("INTE LEVERERAT") == 2
    assert text.count("inte valt i den här körningen") == 1
    assert "nedlagt" not in text, "an account that is no longer in use has no row"
    assert PLANTED not in text


def _read_back(house: House, year: int, chosen: tuple[str, ...], delivered: set[str]) -> None:
    """Each delivery of a run starts another that reads its package back, once; what was not delivered starts none."""
    due = Counter(f"{year}|{id}" for id in delivered)

    def ended() -> Counter[str] | None:
        rows = house.airflow.ask("GET", f"/dags/{READ}/dagRuns?limit=100").json()["dag_runs"]
        own = [row for row in rows if row["partition_key"] in {f"{year}|{id}" for id in chosen}]
        done = [row for row in own if row["state"] == "success"]
        return Counter(row["partition_key"] for row in own) if len(done) >= due.total() else None

    assert house.wait("the packages to be read back", ended) == due


def test_a_task_that_is_killed_goes_on_where_it_was_and_makes_the_same_package(house: House) -> None:
    airflow, still = house.airflow, house.folder / "still"
    still.touch()
    house.pause = 0.2
    run = airflow.trigger(DAG, key="2026", konton=[SLOW])
    path = f"/dags/{DAG}/dagRuns/{run}/taskInstances/{mastodon(SLOW)}/state-store/lage"
    shown = house.wait("how far it has come", lambda: airflow.ask("GET", path).json().get("value"))
    house.wait("half of the capture", lambda: len(house.asked()) > 200)
    os.kill(_process(airflow, run), signal.SIGKILL)
    house.pause = 0.0
    assert airflow.ended(DAG, run, 240) == "success"
    tries = Counter(row["task_id"] for row in airflow.rows(DAG, run))
    with_kill, package = house.asked(), (house.place.archive / f"2026-{SLOW}.zip").read_bytes()

    shutil.move(house.place.archive, house.folder / "aside")
    cleared = airflow.ask("POST", f"/dags/{DAG}/dagRuns/{run}/clear", json={"dry_run": False})
    assert cleared.ok, cleared.text
    assert airflow.ended(DAG, run, 240) == "success"
    undisturbed = house.asked()[len(with_kill) :]
    still.unlink()

    assert f"2026-{SLOW}: " in shown, "how far it has come is seen in Airflow while it goes on"
    assert tries == Counter(due_states().keys()) + Counter([mastodon(SLOW)]), "killed once, begun once more"
    assert {*with_kill} == {*undisturbed}
    repeated = len(with_kill) - len({*with_kill}) - (len(undisturbed) - len({*undisturbed}))
    print(f"{repeated} of {len(undisturbed)} requests repeated")
    assert repeated < 0.05 * len(undisturbed)
    assert (house.place.archive / f"2026-{SLOW}.zip").read_bytes() == package


def _process(airflow: Standing, run: str) -> int:
    """The process in which an account's first task runs."""
    return int(airflow.ask("GET", f"/dags/{DAG}/dagRuns/{run}/taskInstances/{mastodon(SLOW)}").json()["pid"])


def test_a_scheduler_that_is_killed_in_mid_run_loses_nothing_and_does_nothing_twice(house: House) -> None:
    airflow, before = house.airflow, len(house.asked())
    house.pause = 0.3
    run = airflow.trigger(DAG, key="2027", konton=["helt", SLOW])
    house.wait("the capture to be under way", lambda: len(house.asked()) > before + 60)

    airflow.kill("scheduler")
    house.pause = 4.0  # so that the task which it had begun lives on beside its successor
    airflow.start_again("scheduler")
    house.wait("the new scheduler to take over", lambda: _taken_over(airflow, run))
    house.pause = 0.0
    state = airflow.ended(DAG, run, 240)

    rows = airflow.rows(DAG, run)
    assert state == "success", airflow.log.read_text(errors="replace")[-4000:]
    assert len({row["task_id"] for row in rows}) == 6 * len(STEPS) + 2
    ended = Counter(row["task_id"] for row in rows if row["state"] == "success")
    assert {*ended.values()} == {1}
    assert house.packages(2027) == {"helt", SLOW}
    _read_back(house, 2027, ("helt", SLOW), {"helt", SLOW})
    assert [str(mail["Subject"]) for mail in house.mails.mails if "2027" in str(mail["Subject"])] == [
        "Årlig arkivering 2027: 6 av 6 konton utan anmärkning"
    ]
    asked = Counter(house.asked()[before:])
    assert asked.total() - len(asked) < 0.05 * len(asked) + 8


def _taken_over(airflow: Standing, run: str) -> bool:
    """Whether the task that was under way has been begun once more."""
    row = airflow.ask("GET", f"/dags/{DAG}/dagRuns/{run}/taskInstances/{mastodon(SLOW)}").json()
    return bool(row["try_number"] > 1 and row["state"] in ("running", "up_for_retry"))


def test_years_are_made_up_for_from_the_command_line(house: House) -> None:
    airflow, before = house.airflow, len(house.asked("helt"))

    airflow.command(
        "backfill", "create", "--dag-id", DAG, "--from-date", "2024-01-01", "--to-date", "2025-12-31",
        "--dag-run-conf", json.dumps({"konton": ["helt"]}), "--max-active-runs", "1",
    )  # fmt: skip

    def ended() -> dict[str, str] | None:
        rows = airflow.ask("GET", f"/dags/{DAG}/dagRuns?run_type=backfill").json()["dag_runs"]
        states = {row["partition_key"]: row["state"] for row in rows}
        assert len(states) == len(rows)
        return states if len(states) == 2 and {*states.values()} <= {"success", "failed"} else None

    assert house.wait("the backfill", ended) == {"2024": "success", "2025": "success"}
    assert house.packages(2024) == house.packages(2025) == {"helt"}
    assert len(house.asked("helt")) > before, "each year's ring is taken, of what there is today"
