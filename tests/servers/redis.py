"""Redis, from Debian's package: what Celery hands tasks out by, on loopback. It keeps nothing on the disk."""

from __future__ import annotations

import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from tests.planted import fresh
from tests.servers.policy import Missing
from tests.servers.process import Running, free_port, own_folder, running


@dataclass(frozen=True, slots=True)
class Redis:
    """One server, empty at first."""

    url: str  # redis://:password@127.0.0.1:PORT/0
    running: Running


@contextmanager
def redis() -> Iterator[Redis]:
    """The server, ready. Missing where its program is not installed."""
    if not (program := shutil.which("redis-server")):
        raise Missing("redis-server not installed: apt install redis-server")
    with own_folder("redis") as folder:
        port, password = free_port(), fresh()
        (conf := folder / "redis.conf").touch(mode=0o600)
        conf.write_text(f'bind 127.0.0.1\nport {port}\ndir {folder}\nsave ""\nrequirepass {password}\n')
        with running([program, conf], lambda _: _answers(port), folder=folder, cwd=folder) as (server, _):
            yield Redis(f"redis://:{password}@127.0.0.1:{port}/0", server)


def _answers(port: int) -> bool | None:
    """It says that a password is needed: then it can be used."""
    try:
        with socket.create_connection(("127.0.0.1", port), 2) as one:
            one.sendall(b"PING\r\n")
            return one.recv(64).startswith(b"-NOAUTH") or None
    except OSError:
        return None
