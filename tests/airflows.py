"""An Airflow of our own for tests: its home, its services on loopback, its API as different people."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.captures import settings_file
from tests.planted import fresh
from tests.servers.process import free_port

ROOT = Path(__file__).resolve().parent.parent
SOON = 6  # seconds: the process that asked may linger five, and an answer before it has ended is lost (66374, 72716)
HEADINGS = "id;plattform;adress;ansvarig;nyckel"


@pytest.fixture(scope="session")
def airflow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """An Airflow of our own with a migrated SQLite database; gives its environment."""
    home = tmp_path_factory.mktemp("airflow")
    settings = {
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__DAGS_FOLDER": str(ROOT / "dags"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__DEFAULT_TASK_RETRY_DELAY": "1",
        "AIRFLOW__LOGGING__COLORED_CONSOLE_LOG": "False",
    }
    assert "airflow" not in sys.modules, "Airflow reads its settings when it is imported: too late for these"
    with pytest.MonkeyPatch.context() as patch:
        for name, value in settings.items():
            patch.setenv(name, value)
        migrated = subprocess.run(
            [sys.executable, "-m", "airflow", "db", "migrate"], capture_output=True, text=True, timeout=120, check=False
        )
        assert migrated.returncode == 0, migrated.stderr[-2000:]
        yield settings


@pytest.fixture
def register(airflow: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., dict[str, str]]:
    """Writes a register of these rows and sets what the DAG must be told; gives that as an environment."""

    def write(*rows: str) -> dict[str, str]:
        path = tmp_path / "register.csv"
        path.write_text("\n".join([HEADINGS, *rows]) + "\n", encoding="utf-8")
        told = {
            "ARSRING_REGISTER": str(path),
            "ARSRING_WORK": str(tmp_path / "work"),
            "ARSRING_ARCHIVE": str(tmp_path / "archive"),
            "ARSRING_SETTINGS": str(settings_file(tmp_path)),
        }
        for name, value in told.items():
            monkeypatch.setenv(name, value)
        return airflow | told

    return write


def only(folder: Path, *files: str) -> dict[str, str]:
    """A DAG folder with these files of ours alone, as a setting: the others start by themselves where they are due."""
    folder.mkdir()
    for name in files:
        (folder / name).symlink_to(ROOT / "dags" / name)
    return {"AIRFLOW__CORE__DAGS_FOLDER": str(folder)}


PEOPLE = {"kim": "Arkivarie", "alex": "Strateg", "robin": "Drift", "sam": "Viewer"}  # invented; user → role
_MAKE = """
import sys
from dags.setup import main
main()
if "fab" in sys.argv[1:]:
    from airflow.providers.fab.auth_manager.cli_commands.utils import get_application_builder
    with get_application_builder() as builder:
        for pair in sys.argv[2:]:
            name, role = pair.split("=")
            user = builder.sm.add_user(name, name, role, name + "@exempelvik.example", builder.sm.find_role(role), name)
            print("user", user.id, name)
"""


# `airflow standalone` would put its own auth manager in place of the one that is set.
_SERVICES = (
    " ".join(
        f'"$0" -m airflow {one} & echo $! > "$AIRFLOW_HOME/{one}.pid";'
        for one in ("api-server", "scheduler", "dag-processor", "triggerer")
    )
    + " wait"
)


@dataclass
class Standing:
    """A running Airflow: its API as different people, who log in with their names as passwords."""

    address: str
    log: Path
    process: subprocess.Popen[bytes]
    ids: Mapping[str, str] = field(default_factory=dict)  # user → id, where there are users
    _tokens: dict[str, str] = field(default_factory=dict)
    settings: Mapping[str, str] = field(default_factory=dict)  # its services' environment
    begun: list[subprocess.Popen[bytes]] = field(default_factory=list)  # services that were started again

    def token(self, who: str) -> str:
        if who not in self._tokens:
            self._tokens[who] = wait_for("the API", lambda: self._login(who), self.log)
        return self._tokens[who]

    def _login(self, who: str) -> str | None:
        if not self.ids:
            return token_of(self.address)
        answer = requests.post(f"{self.address}/auth/token", json={"username": who, "password": who}, timeout=20)
        return str(answer.json()["access_token"]) if answer.status_code == 201 else None

    def ask(self, method: str, path: str, who: str = "robin", **words: Any) -> requests.Response:
        headers = {"Authorization": f"Bearer {self.token(who)}"}
        return requests.request(method, f"{self.address}/api/v2{path}", headers=headers, timeout=30, **words)

    def ready(self, *dags: str) -> None:
        """Wait until these are known."""
        for dag in dags:
            wait_for(dag, lambda dag=dag: self.ask("GET", f"/dags/{dag}").ok, self.log)  # type: ignore[misc]

    def trigger(self, dag: str, who: str = "robin", key: str | None = None, **conf: Any) -> str:
        """Start a run; its id."""
        words = {"logical_date": None, "conf": conf} | ({"partition_key": key} if key else {})
        answer = self.ask("POST", f"/dags/{dag}/dagRuns", who, json=words)
        assert answer.ok, answer.text
        return str(answer.json()["dag_run_id"])

    def run(self, dag: str, run: str) -> dict[str, Any]:
        found: dict[str, Any] = self.ask("GET", f"/dags/{dag}/dagRuns/{run}").json()
        return found

    def ended(self, dag: str, run: str, seconds: float = 120) -> str:
        """The state in which a run ends."""

        def look() -> str | None:
            state = str(self.run(dag, run)["state"])
            return state if state in ("success", "failed") else None

        return str(wait_for(f"{dag} {run}", look, self.log, seconds))

    def tasks(self, dag: str, run: str) -> dict[str, str]:
        rows = self.ask("GET", f"/dags/{dag}/dagRuns/{run}/taskInstances?limit=1000").json()["task_instances"]
        return {row["task_id"]: str(row["state"]) for row in rows}

    def told(self, dag: str, run: str, task: str, key: str = "return_value") -> Any:
        """What a task left word of."""
        answer = self.ask("GET", f"/dags/{dag}/dagRuns/{run}/taskInstances/{task}/xcomEntries/{key}")
        return answer.json()["value"] if answer.ok else None

    def rows(self, dag: str, run: str) -> list[dict[str, Any]]:
        """Every try of every task of a run, in the order in which they began."""
        tasks = self.tasks(dag, run)
        answers = [self.ask("GET", f"/dags/{dag}/dagRuns/{run}/taskInstances/{task}/tries").json() for task in tasks]
        found = [dict(row) for answer in answers for row in answer["task_instances"]]
        return sorted(found, key=lambda row: row["start_date"] or "")

    def command(self, *words: str) -> str:
        """What the command line of Airflow says."""
        done = subprocess.run(
            [sys.executable, "-m", "airflow", *words],
            env=self.settings, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr[-3000:]
        return done.stdout

    def kill(self, service: str) -> None:
        """kill -9 of one service; what it had started lives on."""
        os.kill(int((self.log.parent / f"{service}.pid").read_text()), signal.SIGKILL)

    def start_again(self, service: str) -> None:
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "airflow", service],
                env=self.settings, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        (self.log.parent / f"{service}.pid").write_text(str(process.pid))
        self.begun.append(process)

    def question(self, dag: str, run: str, task: str, seconds: float = 90, after: str = "") -> dict[str, Any]:
        """What a person is asked in a task, once it waits; `after`: a question that was answered already."""

        def look() -> dict[str, Any] | None:
            rows = self.ask("GET", f"/dags/{dag}/dagRuns/{run}/hitlDetails").json()["hitl_details"]
            for row in rows:
                there = row["task_instance"]
                if there["task_id"] == task and not row["response_received"] and there["state"] == "awaiting_input":
                    return dict(row) if there["id"] != after else None
            state = self.tasks(dag, run).get(task)
            assert state not in ("failed", "upstream_failed", "skipped"), f"{task}: {state}"
            return None

        found = wait_for(f"{task} to ask", look, self.log, seconds)
        time.sleep(SOON)
        return dict(found)

    def answer(self, dag: str, run: str, task: str, who: str, option: str, **fields: Any) -> requests.Response:
        path = f"/dags/{dag}/dagRuns/{run}/taskInstances/{task}/-1/hitlDetails"
        return self.ask("PATCH", path, who, json={"chosen_options": [option], "params_input": fields})


@contextmanager
def standing(
    environment: Mapping[str, str],
    home: Path,
    *,
    people: Mapping[str, str] | None = None,
    more: Mapping[str, str] | None = None,
    services: str = _SERVICES,
) -> Iterator[Standing]:
    """A whole Airflow with its scheduler, on free ports of loopback, set up as `python -m dags.setup` does.

    `people`: user → role, with the FAB auth manager; without, everybody is let in. `more`: settings over these.
    `services`: the shell's words that start them.
    """
    port = free_port()
    settings = {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",  # it starts `airflow` by name
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
        "AIRFLOW__CORE__PARALLELISM": "4",
        "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "True",
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"http://127.0.0.1:{port}/execution/",
        "AIRFLOW__API__HOST": "127.0.0.1",
        "AIRFLOW__API__PORT": str(port),
        "AIRFLOW__API__BASE_URL": f"http://127.0.0.1:{port}",
        "AIRFLOW__API__WORKERS": "1",
        "AIRFLOW__API__SECRET_KEY": fresh(),
        "AIRFLOW__API_AUTH__JWT_SECRET": fresh() * 2,
        "AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL": "5",
        "AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "5",
        "AIRFLOW__LOGGING__WORKER_LOG_SERVER_PORT": str(free_port()),
        "AIRFLOW__LOGGING__TRIGGER_LOG_SERVER_PORT": str(free_port()),
        "PYTHONPATH": str(ROOT),
    }
    if people:
        manager = "airflow.providers.fab.auth_manager.fab_auth_manager.FabAuthManager"
        settings["AIRFLOW__CORE__AUTH_MANAGER"] = manager
    home.mkdir()
    settings = os.environ | environment | settings | dict(more or {})
    said = _made(settings, [f"{name}={role}" for name, role in (people or {}).items()])
    with (home / "airflow.log").open("wb") as log:
        process = subprocess.Popen(
            ["sh", "-c", services, sys.executable],
            env=settings,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    ids = {words[2]: words[1] for words in map(str.split, said.splitlines()) if words[:1] == ["user"]}
    there = Standing(f"http://127.0.0.1:{port}", home / "airflow.log", process, ids, settings=settings)
    try:
        yield there
    finally:
        for one in (*there.begun, process):
            end_group(one)


def _made(settings: Mapping[str, str], people: list[str]) -> str:
    """The database, pools, roles and users."""
    said = ""
    for command in (["-m", "airflow", "db", "migrate"], ["-c", _MAKE, *(["fab", *people] if people else [])]):
        done = subprocess.run(
            [sys.executable, *command], env=settings, cwd=ROOT, capture_output=True, text=True, timeout=180, check=False
        )
        assert done.returncode == 0, done.stderr[-3000:]
        said += done.stdout
    return said


def end_group(process: subprocess.Popen[bytes]) -> None:
    """End every process of the group: a SIGTERM to the first alone would leave its scheduler behind."""
    for sign, seconds in ((signal.SIGTERM, 10), (signal.SIGKILL, 10)):
        try:
            os.killpg(process.pid, sign)
        except ProcessLookupError:
            break
        until = time.monotonic() + seconds
        while time.monotonic() < until and group_lives(process):
            time.sleep(0.1)
    process.wait(timeout=10)


def group_lives(process: subprocess.Popen[bytes]) -> bool:
    process.poll()  # so that the first of them is not a zombie that counts
    try:
        os.killpg(process.pid, 0)
    except ProcessLookupError:
        return False
    return True


def wait_for(what: str, look: Callable[[], Any], log: Path, seconds: float = 120) -> Any:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            if found := look():
                return found
        except (requests.ConnectionError, requests.Timeout):
            pass
        time.sleep(0.5)
    pytest.fail(f"{what}: not within {seconds:.0f} s\n{log.read_text(errors='replace')[-4000:]}")


def token_of(address: str) -> str | None:
    answer = requests.get(f"{address}/auth/token", timeout=10)
    return answer.json().get("access_token") if answer.ok else None
