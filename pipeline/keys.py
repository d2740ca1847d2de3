"""Keys, by name only: the register names them, the environment or an Airflow connection has them."""

import json
import os
from urllib.parse import unquote, urlsplit

from model.errors import NotAllowed


def key(name: str | None) -> str | None:
    """The key of that name: ARSRING_KEY_NAME, else the password of the Airflow connection AIRFLOW_CONN_NAME.

    None where the register names none. Raises NotAllowed where it names one that is nowhere.
    """
    if name is None:
        return None
    shouted = name.upper().replace("-", "_")
    found = os.environ.get(f"ARSRING_KEY_{shouted}") or _password(os.environ.get(f"AIRFLOW_CONN_{shouted}", ""))
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


def _password(connection: str) -> str | None:
    """The password of a connection as Airflow writes it in the environment: JSON or an address."""
    if connection.startswith("{"):
        try:
            return str(json.loads(connection).get("password") or "") or None
        except ValueError:
            return None
    try:
        password = urlsplit(connection).password
    except ValueError:
        return None
    return unquote(password) if password else None
