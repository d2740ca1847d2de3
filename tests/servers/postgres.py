"""PostgreSQL, from Debian's packages: Airflow's database in production, on loopback, in a folder of its own.

The server refuses to run as root: then it runs as the user `postgres`, whom the package makes. The package's own
cluster is neither needed nor touched. Source: postgresql.org/docs/15 (initdb, server-shutdown)      Seen  2026-11
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.planted import fresh
from tests.servers.policy import Missing
from tests.servers.process import Running, free_port, own_folder, running
from tests.servers.seaweedfs import listens

USER = "airflow"  # of the database, and the database's name


@dataclass(frozen=True, slots=True)
class Postgres:
    """One server, with an empty database in UTF-8."""

    address: str  # user:password@127.0.0.1:PORT/database
    running: Running
    fall_and_stand: Callable[[], object]  # `stop -m immediate`, which is no clean stop, and the same again


@contextmanager
def postgres() -> Iterator[Postgres]:
    """The server, ready. Missing where its programs are not installed."""
    bin = _programs()
    with own_folder("postgres") as folder:
        port, password, become = free_port(), fresh(), _become(folder)
        _made(folder, bin, become, password)
        server = [*become, bin / "postgres", "-D", folder / "data", "-p", str(port), "-k", folder]
        with ExitStack() as stack:

            def up() -> Running:
                (log := folder / f"log-{time.monotonic_ns()}").mkdir()
                command = [*server, "-c", "listen_addresses=127.0.0.1"]
                return stack.enter_context(running(command, lambda _: _answers(bin, port), folder=log, cwd=folder))[0]

            stands = [up()]

            def again() -> None:
                ended(stands[-1], signal.SIGQUIT)
                stands.append(up())

            environment = {**os.environ, "PGPASSWORD": password}
            _run([bin / "createdb", "-h", "127.0.0.1", "-p", str(port), "-U", USER, USER], environment)
            try:
                yield Postgres(f"{USER}:{password}@127.0.0.1:{port}/{USER}", stands[0], again)
            finally:
                ended(stands[-1], signal.SIGINT)  # fast; a SIGTERM would wait for whoever is connected


def ended(server: Running, how: signal.Signals) -> None:
    """Stop the server, and wait until it has gone: it is our child, so it stays until it is waited for."""
    os.kill(server.pid, how)
    stat = Path(f"/proc/{server.pid}/stat")
    until = time.monotonic() + 30
    while time.monotonic() < until and stat.exists() and stat.read_text().rpartition(")")[2].split()[0] != "Z":
        time.sleep(0.05)


def _programs() -> Path:
    """The folder of the newest server's programs: Debian keeps them out of the path."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[4]))
    if found:
        return found[-1].parent
    if beside := shutil.which("initdb"):
        return Path(beside).resolve().parent
    raise Missing("initdb not installed: apt install postgresql")


def _become(folder: Path) -> list[str | Path]:
    """What a command begins with so that it does not run as root; the folder is then that user's."""
    if os.geteuid():
        return []
    try:
        there = pwd.getpwnam("postgres")
    except KeyError:
        raise Missing("there is no user postgres: apt install postgresql") from None
    os.chown(folder, there.pw_uid, there.pw_gid)
    return ["setpriv", f"--reuid={there.pw_uid}", f"--regid={there.pw_gid}", "--clear-groups"]


def _made(folder: Path, bin: Path, become: list[str | Path], password: str) -> None:
    (secret := folder / "password").write_text(password)
    if become:
        os.chown(secret, folder.stat().st_uid, folder.stat().st_gid)
    secret.chmod(0o600)
    made = ["-D", folder / "data", "-U", USER, "--encoding=UTF8", "--locale=C.UTF-8", f"--pwfile={secret}"]
    _run([*become, bin / "initdb", *made, "--auth=scram-sha-256", "--no-sync"], {**os.environ, "TMPDIR": str(folder)})


def _answers(bin: Path, port: int) -> bool | None:
    if not listens(port):
        return None
    done = subprocess.run([bin / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(port)], check=False)
    return done.returncode == 0 or None


def _run(command: list[str | Path], environment: dict[str, str]) -> None:
    words = [str(word) for word in command]
    done = subprocess.run(words, env=environment, cwd="/", capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{words[-1]}: {done.stderr[-2000:]}")
