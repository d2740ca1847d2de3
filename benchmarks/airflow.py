"""What Airflow itself costs: accounts × four tasks that do nothing, through its own scheduler, and whether any is lost.

    python -m benchmarks.airflow [--accounts 400] [--parallelism 4] [--sessions 16]

One group per account as in the yearly DAG, a check before all and a report behind; LocalExecutor and SQLite, every
service on this machine. `--sessions`: how many tasks of the run may be under way (max_active_tasks). Airflow's database
is asked in the end: each task must have run exactly once.
"""

from __future__ import annotations

import argparse
import os
import sqlite3
import tempfile
import time
from collections import Counter
from contextlib import closing, suppress
from datetime import datetime
from pathlib import Path
from statistics import median
from typing import Any

import requests

from tests.airflows import Standing, standing

STEPS = 4
DAG = """
from airflow.sdk import DAG, TaskGroup, chain, task

def nothing(name):
    @task(task_id=name, retries=2)
    def step():
        return name
    return step()

with DAG(dag_id="manga_konton", schedule=None, max_active_tasks={sessions}) as dag:
    start, ends = nothing("kontrollera_ar"), []
    for number in range({accounts}):
        with TaskGroup(f"konto-{{number:03}}"):
            steps = [nothing(name) for name in ("hamta", "paketera", "kontrollera", "leverera")]
        chain(start, *steps)
        ends.append(steps[-1])
    chain(ends, nothing("slutrapport"))
"""
Row = tuple[Any, ...]  # task, state, try, queued, began, ended


def main() -> None:
    parser = argparse.ArgumentParser()
    for name, value in (("accounts", 400), ("parallelism", 4), ("sessions", 16), ("limit", 7200)):
        parser.add_argument(f"--{name}", type=int, default=value)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="arsring-bench-", dir=os.environ.get("ARSRING_BENCH")) as folder:
        place = Path(folder)
        (place / "dags").mkdir()
        text = DAG.format(accounts=options.accounts, sessions=options.sessions)
        (place / "dags" / "manga.py").write_text(text, encoding="utf-8")
        told = {
            "AIRFLOW__CORE__DAGS_FOLDER": str(place / "dags"),
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "AIRFLOW__CORE__PARALLELISM": str(options.parallelism),
            "AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "30",  # Airflow's own default
        }
        with standing(told, place / "airflow", more=told) as airflow:
            wall, processor, state = _run(airflow, options.limit)
        _tell(options, place / "airflow" / "airflow.db", wall, processor, state)


def _run(airflow: Standing, limit: int) -> tuple[float, float, str]:
    """Seconds on the wall, seconds of processor of all services, and how the run ended."""
    airflow.ready("manga_konton")
    spent, began = _processor(airflow.process.pid), time.monotonic()
    run, state = airflow.trigger("manga_konton"), "running"
    while state in ("queued", "running") and time.monotonic() < began + limit:
        time.sleep(2)
        with suppress(requests.ConnectionError, requests.Timeout):
            state = str(airflow.run("manga_konton", run)["state"])
    return time.monotonic() - began, _processor(airflow.process.pid) - spent, state


def _processor(session: int) -> float:
    """Processor seconds of a session's processes, and of those that have ended and been waited for."""
    ticks = 0
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            words = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(words[3]) == session:
            ticks += sum(map(int, words[11:15]))
    return ticks / os.sysconf("SC_CLK_TCK")


def _tell(options: argparse.Namespace, database: Path, wall: float, processor: float, state: str) -> None:
    fields = "task_id, state, try_number, queued_dttm, start_date, end_date"
    with closing(sqlite3.connect(database)) as there:
        rows: list[Row] = there.execute(f"SELECT {fields} FROM task_instance").fetchall()  # noqa: S608
        earlier = there.execute("SELECT count(*) FROM task_instance_history").fetchone()[0]
    due = options.accounts * STEPS + 2
    print(f"{options.accounts} accounts x {STEPS} tasks, parallelism {options.parallelism}, "
          f"max_active_tasks {options.sessions}, SQLite, {os.cpu_count()} processors: {state}")  # fmt: skip
    print(f"tasks due {due}, there {len(rows)}, different {len({row[0] for row in rows})}; states "
          f"{dict(Counter(row[1] for row in rows))}; tries {dict(Counter(row[2] for row in rows))}; tries before the "
          f"last {earlier}; the run lasted {_overlap(rows):.0f} s from its first task to its last")  # fmt: skip
    ran = [row for row in rows if row[1] == "success"]
    done = len(ran) or 1
    print(
        f"wall {wall:.0f} s = {wall / done:.2f} s a task; processor {processor:.0f} s = {processor / done:.2f} s a task"
    )
    print(f"a task's own time, median {median(_between(row, 4, 5) for row in ran):.2f} s; "
          f"from queued to begun, median {median(_between(row, 3, 4) for row in ran):.2f} s")  # fmt: skip
    if done < due and state == "running":
        print(f"It had not ended when it was looked at: {due - done} tasks were left.")
        return
    whole = len(rows) == due and earlier == 0 and {(row[1], row[2]) for row in rows} == {("success", 1)}
    print("No task was lost or doubled." if whole else "TASKS WERE LOST OR DOUBLED: see above.")


def _overlap(rows: list[Row]) -> float:
    began, ended = min(row[4] for row in rows if row[4]), max(row[5] for row in rows if row[5])
    return (datetime.fromisoformat(ended) - datetime.fromisoformat(began)).total_seconds()


def _between(row: Row, first: int, last: int) -> float:
    if not row[first] or not row[last]:
        return 0.0
    return (datetime.fromisoformat(row[last]) - datetime.fromisoformat(row[first])).total_seconds()


if __name__ == "__main__":
    main()
