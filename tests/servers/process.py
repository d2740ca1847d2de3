"""A server of somebody else's, run as a process of its own for as long as a test needs it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

Ready = TypeVar("Ready")


class NotUp(Exception):
    """The server did not come up; the text holds the end of its log."""


@dataclass(frozen=True, slots=True)
class Running:
    """A server process: its id, its folder for temporary files, what it has said so far."""

    pid: int
    folder: Path
    log: Path

    def listens_on(self) -> set[tuple[str, int]]:
        """Every address and port on which this process accepts connections, from the kernel's tables."""
        sockets = _sockets_of(self.pid)
        return {where for table in ("tcp", "tcp6") for where in _listening(self.pid, table, sockets)}

    def memory(self) -> int:
        """Resident memory now, in bytes."""
        pages = Path(f"/proc/{self.pid}/statm").read_text().split()[1]
        return int(pages) * os.sysconf("SC_PAGE_SIZE")

    def said(self) -> str:
        return self.log.read_text(errors="replace")


@contextmanager
def running(
    command: Sequence[str | Path],
    ready: Callable[[Running], Ready | None],
    *,
    folder: Path,
    cwd: Path,
    environment: Mapping[str, str] | None = None,
    seconds: float = 60,
) -> Iterator[tuple[Running, Ready]]:
    """Start a server, wait until `ready` gives something, and stop it by its id afterwards.

    Its stdin is a pipe that only we hold: it ends when we do, however we end.
    Raises NotUp if it dies or is not ready in time.
    """
    log = folder / "log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [str(word) for word in command],
            cwd=cwd,
            env={**os.environ, "TMPDIR": str(folder), **(environment or {})},
            stdin=subprocess.PIPE,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    server = Running(process.pid, folder, log)
    try:
        yield server, _await(process, server, ready, seconds)
    finally:
        _stop(process)


def killed(server: Running) -> None:
    """kill -9 of a server and all that it has started; it is dead, and its ports are free, when this returns."""
    os.killpg(server.pid, signal.SIGKILL)
    os.waitid(os.P_PID, server.pid, os.WEXITED | os.WNOWAIT)  # whoever started it sees its end too


def again(start: Callable[[], Ready], tries: int = 20) -> Ready:
    """Start a killed server on its own ports. A connection of somebody else may have one of them for a while."""
    while True:
        try:
            return start()
        except NotUp as error:
            tries -= 1
            if not tries or "already in use" not in str(error):
                raise
            time.sleep(2)


@contextmanager
def own_folder(name: str) -> Iterator[Path]:
    """A folder for the server's files, gone afterwards."""
    with tempfile.TemporaryDirectory(prefix=f"arsring-{name}-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


def free_port() -> int:
    """A port that was free on loopback a moment ago."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def _await(
    process: subprocess.Popen[bytes],
    server: Running,
    ready: Callable[[Running], Ready | None],
    seconds: float,
) -> Ready:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if (answer := ready(server)) is not None:
            return answer
        if process.poll() is not None:
            raise NotUp(f"ended with {process.returncode} before it was ready:\n{server.said()[-3000:]}")
        time.sleep(0.05)
    raise NotUp(f"not ready after {seconds:.0f} s:\n{server.said()[-3000:]}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    """First kindly, then not: a server that holds a connection open on purpose would wait for it."""
    for how, patience in ((signal.SIGTERM, 3.0), (signal.SIGKILL, 10.0)):
        if process.poll() is None:
            os.killpg(process.pid, how)  # its own group: start_new_session
            try:
                process.wait(patience)
            except subprocess.TimeoutExpired:
                continue
    if process.stdin:
        process.stdin.close()


def _sockets_of(pid: int) -> set[str]:
    """The inode numbers of the sockets that a process holds."""
    found = set()
    for entry in Path(f"/proc/{pid}/fd").iterdir():
        try:
            target = os.readlink(entry)
        except FileNotFoundError:  # closed while we looked
            continue
        if target.startswith("socket:["):
            found.add(target[8:-1])
    return found


def _listening(pid: int, table: str, sockets: set[str]) -> Iterator[tuple[str, int]]:
    """Lines of /proc/net/tcp: local address, state (0A is LISTEN) and inode are columns 1, 3 and 9."""
    for line in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
        columns = line.split()
        if columns[3] == "0A" and columns[9] in sockets:
            address, port = columns[1].split(":")
            yield _readable(address), int(port, 16)


def _readable(address: str) -> str:
    """The kernel writes addresses as hexadecimal words in the machine's own byte order."""
    words = [bytes.fromhex(address[at : at + 8])[::-1] for at in range(0, len(address), 8)]
    family = socket.AF_INET if len(words) == 1 else socket.AF_INET6
    return socket.inet_ntop(family, b"".join(words))
