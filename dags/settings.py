"""What a DAG must be told from outside: where the register, the captures and the archive lie, and the keys."""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
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

YEARLY_RUN = ("arkiv_arlig", "Årlig arkivering")  # its id and its name
REPORTING = "slutrapport"  # the pool of final reports: one at a time writes the year's manifest
PACKING = "arkiv"  # the pool of tasks that make packages: they take a processor and room on the disk
YEARLY = ("active", "closing")  # what is applied for has nothing yet; what is archived or closed has its ring


def accounts() -> list[Account]:
    """The accounts to archive this December, in the register's order.

    Read from the file that ARSRING_REGISTER names: no network, no database, so it may run while a DAG is parsed.
    Raises BadInput with every fault of the register.
    """
    return [account for account in registered() if account.status in YEARLY]


def registered() -> list[Account]:
    """Every account of the register, whatever its status. Raises as `accounts`."""
    return read(register(), platforms=names("connectors"))


def register() -> Path:
    """Where the register lies. Raises BadInput where nobody has said."""
    return _path("ARSRING_REGISTER")


@dataclass(frozen=True, slots=True)
class Run:
    """A yearly run: its DAG's id and name, and its accounts."""

    id: str
    name: str
    accounts: tuple[Account, ...]


def runs(found: list[Account]) -> list[Run]:
    """The yearly runs: one, or with ARSRING_DAG_PER=enhet one for each administration.

    The administration is what stands in the register's unit before a slash. Accounts without a unit have the plain run.
    Raises BadInput where the variable says something else.
    """
    id, name = YEARLY_RUN
    if (per := os.environ.get("ARSRING_DAG_PER", "")) not in ("", "enhet"):
        raise BadInput(f"Miljövariabeln ARSRING_DAG_PER ska vara ”enhet” eller saknas, och är {per!r}.")
    made: dict[str, tuple[str, list[Account]]] = {}
    for account in found:
        unit = account.unit.partition("/")[0].strip() if per else ""
        end = _slug(unit)
        key, called = (f"{id}_{end}", f"{name}: {unit}") if end else (id, name)
        made.setdefault(key, (called, []))[1].append(account)
    return [Run(key, called, tuple(members)) for key, (called, members) in sorted(made.items())] or [Run(id, name, ())]


def _slug(text: str) -> str:
    """A name as part of an id: ”Kultur & fritid” is ”kultur_fritid”."""
    plain = unicodedata.normalize("NFKD", text.casefold()).encode("ascii", "ignore").decode()
    return re.sub("[^a-z0-9]+", "_", plain).strip("_")[:60]


def place() -> Place:
    """Where captures under way lie (ARSRING_WORK), where packages are delivered (ARSRING_ARCHIVE), and whose they are.

    Raises BadInput with every fault of the settings file (ARSRING_SETTINGS), or where a schema is missing.
    """
    settings = authority.read(_path("ARSRING_SETTINGS"), names("archive_formats"))
    ready(settings)
    work = _path("ARSRING_WORK")
    archive = _path("ARSRING_ARCHIVE") if settings.store == "folder" else work
    return Place(work=work, archive=archive, settings=settings, key=pair)


def pool_of(platform: str) -> str:
    """The pool of a platform's tasks: one account at a time, since its limits are counted by application.

    What no connector reads fails at once, and has none of its own: a task whose pool is missing waits and says nothing.
    """
    return f"plattform_{platform}" if platform in names("connectors") else "default_pool"


def recipients() -> Mapping[str, tuple[str, ...]]:
    """Whom mails go to, function by function: also where the settings have faults, which somebody must be told."""
    try:
        return authority.recipients(_path("ARSRING_SETTINGS"))
    except BadInput:
        return {}


def key(name: str | None, *, login: bool = False) -> str | None:
    """The key of that name: from the environment, else the password of the connection with that name.

    With `login`, the connection's login goes with it. Raises NotAllowed when there is none. From here on Airflow
    masks it in every log.
    """
    try:
        found = keys.key(name, login=login)
    except NotAllowed:
        found = _password(str(name), login)
    if found:
        for secret in {found, *keys.leaves([keys.opened(found)[1], found])}:
            mask_secret(secret)
    elif name:
        raise NotAllowed(
            f"Nyckeln ”{name}” finns inte. Lägg in den i Airflow under Admin, Connections, "
            f"med Connection Id ”{name}” och nyckeln som Password."
        )
    return found


def pair(name: str | None) -> str | None:
    """The key of an object store's identity: as `key`, and a connection's login is its access key."""
    return key(name, login=True)


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


def _password(name: str, login: bool) -> str | None:
    try:
        connection = BaseHook.get_connection(name)
        return keys.composed(connection.password, connection.extra, connection.login if login else None)
    except AirflowNotFoundException:
        return None
