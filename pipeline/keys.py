"""Keys, by name only: the register names them, the environment or an Airflow connection has them.

A key is one text: a token, or a JSON object with the token and what goes with it (`token`, `app_id`, `app_secret`,
`session`). In an Airflow connection the token is the password, and the rest stands in Extra.
"""

import json
import os
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from connectors._scrub import Scrub
from connectors._scrub import leaves as leaves  # every text in a key that must be kept from logs
from connectors._scrub import opened as opened
from model.errors import NotAllowed


def key(name: str | None, *, login: bool = False) -> str | None:
    """The key of that name: ARSRING_KEY_NAME, else the password of the Airflow connection AIRFLOW_CONN_NAME.

    With `login`, a connection's login goes with it. None where the register names none. Raises NotAllowed where it
    names one that is nowhere.
    """
    if name is None:
        return None
    shouted = name.upper().replace("-", "_")
    found = os.environ.get(f"ARSRING_KEY_{shouted}") or _password(os.environ.get(f"AIRFLOW_CONN_{shouted}", ""), login)
    if not found:
        raise NotAllowed(
            f"The register names the key {name!r}, and it is nowhere. Put it into the environment as "
            f"ARSRING_KEY_{shouted}, or into Airflow as the password of a connection called {name!r}."
        )
    if len(found) < 8:
        raise NotAllowed(
            f"The key {name!r} has {len(found)} characters: that is no key. Put the right one in its place."
        )
    return found


def pair(name: str | None) -> str | None:
    """The key of an object store's identity: as `key`, and a connection's login is its access key."""
    return key(name, login=True)


def scrubbed(text: str) -> str:
    """A text without whatever stands where a key would stand, for what leaves us by other ways than the record."""
    return Scrub().text(text)


def _password(connection: str, login: bool) -> str | None:
    """The password of a connection as Airflow writes it in the environment: JSON or an address."""
    if connection.startswith("{"):
        try:
            known = json.loads(connection)
            return composed(known.get("password"), known.get("extra"), known.get("login") if login else None)
        except (ValueError, AttributeError):
            return None
    try:
        there = urlsplit(connection)
    except ValueError:
        return None
    extra = dict(parse_qsl(there.query))
    return composed(  # both ways in which Airflow writes it
        unquote(there.password or ""),
        extra.get("__extra__", extra),
        unquote(there.username or "") if login else None,
    )


def composed(password: str | None, extra: Any, login: str | None = None) -> str | None:
    """A connection's key: its password alone, or with what its Extra holds (a JSON object, or one as text).

    With a login it is an object store's: the login is its access key, the password the secret one.
    """
    try:
        more = json.loads(extra) if isinstance(extra, str) and extra.strip() else extra
    except ValueError:
        more = None
    more = (
        {name: more[name] for name in ("app_id", "app_secret", "session") if more.get(name)}
        if isinstance(more, dict)
        else {}
    )
    if login and password:
        more["access_key"] = login
    if not more:
        return str(password or "") or None
    return json.dumps({"token": str(password or "")} | more)
