"""Airflow on several machines: CeleryExecutor, a database and a Redis, and workers that share no folder."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from tests.airflows import ROOT, end_group, wait_for
from tests.servers.postgres import Postgres
from tests.servers.redis import Redis

# What a production installation has a container engine or systemd for: a service that ends is started again.
SUPERVISED = (
    " ".join(
        f'(while :; do "$0" -m airflow {one}; sleep 1; done) &' for one in ("api-server", "scheduler", "dag-processor")
    )
    + " wait"
)
RUNBOOK = ROOT / "docs" / "runbook.md"


def settings(database: Postgres, broker: Redis) -> dict[str, str]:
    """What makes an Airflow one of many machines, and whatever docs/runbook.md says must be set to a number."""
    text = RUNBOOK.read_text(encoding="utf-8")
    told = dict(re.findall(r"`(AIRFLOW__SCHEDULER__\w+)=([^`]+)`", text))
    told |= dict(re.findall(r"^\| `(AIRFLOW__CELERY\w+)` \| `([^`]+)`", text, re.MULTILINE))
    return told | {
        "AIRFLOW__CORE__EXECUTOR": "CeleryExecutor",
        "AIRFLOW__CORE__PARALLELISM": "2",  # as many as there are slots, as the runbook says
        # A task that was handed to a worker just when the database fell is handed out anew: ten minutes, but for tests.
        "AIRFLOW__SCHEDULER__TASK_QUEUED_TIMEOUT": "60",
        "AIRFLOW__SCHEDULER__TASK_QUEUED_TIMEOUT_CHECK_INTERVAL": "10",
        "AIRFLOW__CORE__HOSTNAME_CALLABLE": "tests.hosts.name",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"postgresql+psycopg://{database.address}",
        "AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL": "60",
        "AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "60",
        "AIRFLOW__CELERY__BROKER_URL": broker.url,
        "AIRFLOW__CELERY__RESULT_BACKEND": f"db+postgresql+psycopg://{database.address}",
    }


@dataclass
class Worker:
    """A Celery worker: a machine with a name, a home and a work area of its own."""

    name: str
    folder: Path
    settings: Mapping[str, str] = field(repr=False)
    process: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> Path:
        return self.folder / "worker.log"

    @property
    def work(self) -> Path:
        return self.folder / "work"

    def start(self) -> None:
        """Start it, and wait until it takes tasks."""
        self.folder.mkdir(exist_ok=True)
        begun = self.log.stat().st_size if self.log.exists() else 0
        own = {"AIRFLOW_HOME": str(self.folder), "ARSRING_WORK": str(self.work), "TEST_HOST": self.name}
        words = ["--concurrency", "1", "--celery-hostname", self.name, "--skip-serve-logs"]
        words += ["--without-mingle", "--without-gossip"]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "airflow", "celery", "worker", *words],
                env={**self.settings, **own}, cwd=self.folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True,
            )  # fmt: skip
        wait_for(self.name, lambda: b" ready." in self.log.read_bytes()[begun:], self.log)

    def kill(self) -> None:
        """kill -9 of the worker and all that it has started: tasks are in groups of their own. The machine is off."""
        assert self.process
        first = psutil.Process(self.process.pid)
        first.suspend()  # so that it starts nothing meanwhile
        for one in (*first.children(recursive=True), first):
            with suppress(psutil.NoSuchProcess):
                one.send_signal(signal.SIGKILL)
        self.process.wait(30)

    def end(self) -> None:
        if self.process is None or self.process.poll() is not None:
            return
        tasks = psutil.Process(self.process.pid).children(recursive=True)
        end_group(self.process)
        for one in tasks:
            with suppress(psutil.NoSuchProcess):
                one.kill()


@contextmanager
def workers(settings: Mapping[str, str], folder: Path, *names: str) -> Iterator[dict[str, Worker]]:
    """Workers by name. They know nothing of the database but as the place of Celery's results."""
    plain = {name: value for name, value in settings.items() if name != "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"}
    made = {name: Worker(name, folder / name, plain) for name in names}
    try:
        for one in made.values():
            one.start()
        yield made
    finally:
        for one in made.values():
            one.end()


def key_settings(keys: Mapping[str, tuple[str, str]]) -> dict[str, str]:
    """The keys of an object store's identities, all but its owner's, as the environment has them."""
    names = ("access_key", "secret_key")
    return {
        f"ARSRING_KEY_S3_{who.upper()}": json.dumps(dict(zip(names, pair, strict=True)))
        for who, pair in keys.items()
        if who != "owner"
    }
