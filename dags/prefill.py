"""The closure's form with its account filled in, for who comes from the reading room: `/dags/arkiv_avslut?konto=ID`.

Airflow 3.3.2 fills in no form by its address: its page asks the API what fields a DAG has and what stands in them. That
question names the page it comes from (Referer), so the answer is given with the account that stands there, if it is one
that the form lets choose. All else is Airflow's own work, and the person still looks at the form and starts it.

Light, as the plugin that loads it: nothing but the standard library.
"""

from __future__ import annotations

import json
from contextlib import suppress
from functools import partial
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from dags.asgi import Changed, Headers, asked, without

DAG: Final = "arkiv_avslut"
FIELD: Final = "konto"
_ASKED: Final = f"/api/v2/dags/{DAG}/details"


class Prefilled:
    """The middleware (ASGI) around all of Airflow's API server."""

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if asked(scope) != _ASKED or not (account := _named(scope["headers"])):
            await self.app(scope, receive, send)
            return
        change = partial(_with_account, account)
        await self.app(without(scope, b"accept-encoding"), receive, Changed(send, change))


def _named(headers: Any) -> str:
    """The account in the address of the page that asks, or nothing."""
    referer = next((value.decode("latin-1") for name, value in headers if name == b"referer"), "")
    with suppress(ValueError):
        found = urlsplit(referer)
        if found.path.endswith(f"/dags/{DAG}"):
            return parse_qs(found.query).get(FIELD, [""])[0]
    return ""


def _with_account(account: str, status: int, headers: Headers, body: bytes) -> tuple[Headers, bytes]:
    """What Airflow says of the DAG, with the account in its field."""
    if status != 200 or not (filled := _filled(body, account)):
        return headers, body
    length = (b"content-length", str(len(filled)).encode())
    return [length if name == b"content-length" else (name, value) for name, value in headers], filled


def _filled(body: bytes, account: str) -> bytes:
    """The same with the account, or nothing where the form would not let it be chosen or is another than we know."""
    with suppress(ValueError, KeyError, TypeError):
        told = json.loads(body)
        field = told["params"][FIELD]
        if account in field["schema"]["enum"]:
            field["value"] = account
            return json.dumps(told, ensure_ascii=False).encode()
    return b""
