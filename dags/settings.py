"""What a DAG must be told from outside: where the register, the captures and the archive lie, and the keys."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path

from airflow.sdk import BaseHook
from airflow.sdk.exceptions import AirflowNotFoundException
from airflow.sdk.log import mask_secret

from model.errors import BadInput, NotAllowed
from model.nouns import Account
from pipeline import keys
from pipeline.line import Place, names, ready
from register import authority
from register.table import read

YEARLY = ("active", "closing")  # what is applied for has nothing yet; what is archived or closed has its ring


def accounts() -> list[Account]:
    """The accounts to archive this December, in the register's order.

    Read from the file that ARSRING_REGISTER names: no network, no database, so it may run while a DAG is parsed.
    Raises BadInput with every fault of the register.
    """
    rows = read(_path("ARSRING_REGISTER"), platforms=names("connectors"))
    return [account for account in rows if account.status in YEARLY]


def place() -> Place:
    """Where captures under way lie (ARSRING_WORK), where packages are delivered (ARSRING_ARCHIVE), and whose they are.

    Raises BadInput with every fault of the settings file (ARSRING_SETTINGS), or where a schema is missing.
    """
    settings = authority.read(_path("ARSRING_SETTINGS"), names("archive_formats"))
    ready(settings)
    return Place(work=_path("ARSRING_WORK"), archive=_path("ARSRING_ARCHIVE"), settings=settings)


def key(name: str | None) -> str | None:
    """The key of that name: from the environment, else the password of the connection with that name.

    Raises NotAllowed when there is none. From here on Airflow masks it in every log.
    """
    try:
        found = keys.key(name)
    except NotAllowed:
        found = _password(str(name))
    if found:
        for secret in {found, *keys.leaves([keys.opened(found)[1], found])}:
            mask_secret(secret)
    elif name:
        raise NotAllowed(
            f"Nyckeln ”{name}” finns inte. Lägg in den i Airflow under Admin, Connections, "
            f"med Connection Id ”{name}” och nyckeln som Password."
        )
    return found


def check_time(year: int, today: date, *, scheduled: bool) -> None:
    """Stops a run that Airflow makes up for later: it would file what is online today as last year's ring.

    Raises BadInput. A person who starts a run has chosen the year, and is not asked.
    """
    if scheduled and not date(year, 12, 1) <= today < date(year + 1, 2, 1):
        raise BadInput(
            f"Körningen gäller {year} men startar {today}: plattformarna lämnar ut dagens läge, inte det årets. "
            f"Ingenting har hämtats. Ska {year} ändå arkiveras, starta körningen för hand med det året."
        )


def _path(name: str) -> Path:
    value = os.environ.get(name)
    if not value:
        raise BadInput(f"Miljövariabeln {name} saknas. Sätt den för alla Airflows tjänster och starta om dem.")
    return Path(value)


def _password(name: str) -> str | None:
    try:
        connection = BaseHook.get_connection(name)
        return keys.composed(connection.password, connection.extra)
    except AirflowNotFoundException:
        return None
