"""The third-party Mastodon-API server (mastodon-mock) on loopback, with a clock that the visitor may set.

Three things of the server are changed. Its clock: a real district has posted for a year, this one for some seconds, so
each request says in X-Demo-Time when it is made. And mastodon-mock 0.6.1 drops an uploaded avatar, because it looks
for FastAPI's class of upload where Starlette's comes. And it counts its ids from the time it starts: here always from
one and the same, so that next year's ring knows this year's posts again. The server lies in memory and ends with its
stdin, so that it never outlives the demo. It prints its address when it listens.
"""

from __future__ import annotations

import itertools
import os
import signal
import socket
import sys
import threading
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any, Final

import uvicorn
from mastodon_mock import ids
from mastodon_mock.app import create_app
from mastodon_mock.config import MastodonMockConfig, SeedAccount, SeedConfig
from mastodon_mock.db import seed
from mastodon_mock.routers import accounts, media, oauth, statuses
from starlette.datastructures import UploadFile

from demo.content import ACCOUNT

TOKEN: Final = "mock_token"
PORT: Final = 3111  # the same each time if it is free: the archive then shows the same addresses
FOUNDED: Final = datetime(2021, 3, 1, 8, tzinfo=UTC)  # when the accounts were made

moment: ContextVar[datetime | None] = ContextVar("moment", default=None)


def now() -> datetime:
    return moment.get() or datetime.now(UTC)


class Clocked:
    """The server, with each request at the time it says."""

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        told = dict(scope.get("headers") or ()).get(b"x-demo-time")
        token = moment.set(datetime.fromisoformat(told.decode()) if told else None)
        try:
            await self.app(scope, receive, send)
        finally:
            moment.reset(token)


def listening() -> socket.socket:
    """A socket on loopback: the usual port, or any free one."""
    for port in (PORT, 0):
        ear = socket.socket()
        ear.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            ear.bind(("127.0.0.1", port))
        except OSError:
            ear.close()
            continue
        return ear
    raise SystemExit("No free port on 127.0.0.1.")


def end_with_stdin() -> None:
    while os.read(0, 1024):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


def main(media_folder: str) -> None:
    for module in (media, oauth, seed, statuses):
        module.utcnow = now  # type: ignore[attr-defined]
    ids._counter = itertools.count(int(FOUNDED.timestamp() * 1000))
    accounts.UploadFile = UploadFile  # type: ignore[attr-defined]
    moment.set(FOUNDED)
    ear = listening()
    port = ear.getsockname()[1]
    config = MastodonMockConfig(
        domain=f"127.0.0.1:{port}",
        url_scheme="http",
        title="Exempelvik (demo)",
        media_storage_path=media_folder,
        seed=SeedConfig(accounts=[SeedAccount(username=ACCOUNT, access_token=TOKEN)]),
    )
    server = uvicorn.Server(uvicorn.Config(Clocked(create_app(config)), log_level="warning"))
    moment.set(None)
    threading.Thread(target=end_with_stdin, daemon=True).start()
    ear.listen(128)
    print(f"http://127.0.0.1:{port}", flush=True)
    server.run(sockets=[ear])


if __name__ == "__main__":
    main(sys.argv[1])
