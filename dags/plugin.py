"""What Årsring adds to Airflow's own pages: the reading room (läsesalen), its entry in the menu, and Swedish.

Loaded by every service and every task through the entry point `airflow.plugins` in pyproject.toml, so it is light: the
pages themselves are imported when somebody first asks for one.

The menu's entry opens a page of its own and no frame: out of Airflow's frames (3.3.2) no link leads into Airflow.
"""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlsplit

from airflow.plugins_manager import AirflowPlugin
from airflow.sdk.configuration import conf

from dags.language import Swedish

PREFIX: Final = "/lasesal"


async def app(scope: Any, receive: Any, send: Any) -> None:
    """The reading room, as an ASGI application."""
    from dags import reading_room

    await reading_room.app(scope, receive, send)


def address() -> str:
    """Where the pages begin, under Airflow's own address, which may lie below another path."""
    return urlsplit(conf.get("api", "base_url", fallback="") or "").path.rstrip("/") + f"{PREFIX}/"


class Arsring(AirflowPlugin):
    """The app, its entry in the menu, and one more language."""

    name = "arsring"
    fastapi_apps = [{"app": app, "url_prefix": PREFIX, "name": "Läsesalen"}]  # noqa: RUF012  # as Airflow has it
    fastapi_root_middlewares = [{"middleware": Swedish, "name": "Svenska"}]  # noqa: RUF012
    external_views = [  # noqa: RUF012
        {
            "name": "Läsesalen", "href": address(), "destination": "nav", "nav_top_level": True,
            "icon": f"{address()}ikon-ljus.svg", "icon_dark_mode": f"{address()}ikon-mork.svg",
        }
    ]  # fmt: skip
