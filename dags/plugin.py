"""What Årsring adds to Airflow's own pages: the reading room (läsesalen), its entry in the menu, and Swedish.

Loaded by every service and every task through the entry point `airflow.plugins` in pyproject.toml, so it is light: the
pages themselves are imported when somebody first asks for one.

The menu's entry opens a page of its own and no frame: out of Airflow's frames (3.3.2) no link leads into Airflow.
"""

from __future__ import annotations

import threading
from contextlib import suppress
from typing import Any, Final
from urllib.parse import urlsplit

from airflow.plugins_manager import AirflowPlugin
from airflow.sdk.configuration import conf

from dags.language import Swedish
from dags.prefill import Prefilled
from model.errors import ArsringError

PREFIX: Final = "/lasesal"
AGAIN: Final = 300.0  # seconds: half of what the room may show while it reads anew (pipeline/room.py)


async def app(scope: Any, receive: Any, send: Any) -> None:
    """The reading room, as an ASGI application."""
    from dags import reading_room

    await reading_room.app(scope, receive, send)


class Gathered:
    """A middleware (ASGI): what the reading room shows is gathered as long as the API server is up.

    The first time every receipt is read: 4,000 take a second from a folder, and longer from an object store. Afterwards
    nobody who asks for the page waits: it is never older than the room may show while it reads anew.
    """

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "lifespan":
            await self.app(scope, receive, send)
            return
        ended = threading.Event()
        threading.Thread(target=gather, args=[ended], name="lasesal", daemon=True).start()
        try:
            await self.app(scope, receive, send)
        finally:
            ended.set()


def gather(ended: threading.Event) -> None:
    """Gathers it, and again, until the server ends; what hinders that is told to whoever asks for the page."""
    from dags import reading_room

    while True:
        with suppress(ArsringError, OSError):
            reading_room.known.known()
        if ended.wait(AGAIN):
            return


def address() -> str:
    """Where the pages begin, under Airflow's own address, which may lie below another path."""
    return urlsplit(conf.get("api", "base_url", fallback="") or "").path.rstrip("/") + f"{PREFIX}/"


class Arsring(AirflowPlugin):
    """The app, its entry in the menu, and one more language."""

    name = "arsring"
    fastapi_apps = [{"app": app, "url_prefix": PREFIX, "name": "Läsesalen"}]  # noqa: RUF012  # as Airflow has it
    fastapi_root_middlewares = [  # noqa: RUF012
        {"middleware": Swedish, "name": "Svenska"}, {"middleware": Gathered, "name": "Läsesalen"},
        {"middleware": Prefilled, "name": "Avslutsarkivering"},
    ]  # fmt: skip
    external_views = [  # noqa: RUF012
        {
            "name": "Läsesalen", "href": address(), "destination": "nav", "nav_top_level": True,
            "icon": f"{address()}ikon-ljus.svg", "icon_dark_mode": f"{address()}ikon-mork.svg",
        }
    ]  # fmt: skip
