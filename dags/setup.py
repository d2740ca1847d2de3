"""What Airflow must have before the first run: pools and roles. `python -m dags.setup`, as often as you like.

    plattform_<name>   one account at a time of a platform: its limits are counted per application
    arkiv              two packages made at once: more on a machine with more processors
    slutrapport        one final report at a time: it writes the year's manifest
    Arkivarie          starts closures and answers, sees all; nothing else
    Strateg            sees all
    Drift              starts, repeats and stops, keeps connections; deletes nothing

Roles are those of the FAB auth manager; with another one they are left to it. Airflow's own role User may delete DAGs,
and Op runs: neither is for people here. Source: airflow.providers.fab 3.10.2, security_manager/override.py
"""

from __future__ import annotations

import sys
from typing import Any, Final

from airflow.models.pool import Pool
from airflow.sdk.configuration import conf
from sqlalchemy.exc import DBAPIError

from dags.settings import PACKING, REPORTING, pool_of
from pipeline.line import names

CLOSURE: Final = "arkiv_avslut"
_SEES: Final = (("can_read", "Plugins"), ("can_read", "Audit Logs"), ("menu_access", "HITL Detail"))
_CLOSES: Final = (
    ("can_edit", "HITL Detail"), ("can_create", "DAG Runs"), ("can_read", f"DAG:{CLOSURE}"),
    ("can_edit", f"DAG:{CLOSURE}"), ("can_create", f"DAG Run:{CLOSURE}"), ("can_read", f"DAG Run:{CLOSURE}"),
)  # fmt: skip


def pools() -> list[str]:
    """Make the pools that are not there; how many slots one has is left to whoever has changed it."""
    there = {pool.pool for pool in Pool.get_pools()}
    due = {pool_of(platform): (1, "Ett konto i taget per plattform") for platform in sorted(names("connectors"))}
    due |= {PACKING: (2, "Paket som görs samtidigt"), REPORTING: (1, "En slutrapport i taget")}
    for name in due.keys() - there:
        slots, says = due[name]
        Pool.create_or_update_pool(name, slots, says, include_deferred=False)
    return list(due)


def roles() -> list[str]:
    """Make the roles, or make them again what they are to be: what has been added by hand is taken away."""
    from airflow.providers.fab.auth_manager.cli_commands.utils import get_application_builder

    with get_application_builder() as builder:
        manager: Any = builder.sm
        sees = {*manager.VIEWER_PERMISSIONS, *_SEES}
        works = {*manager.USER_PERMISSIONS, *manager.OP_PERMISSIONS}
        due = {"Arkivarie": sees | {*_CLOSES}, "Strateg": sees, "Drift": sees | works}
        for name, rights in due.items():
            role = manager.find_role(name) or manager.add_role(name)
            _settle(manager, role, {(action, on) for action, on in rights if action != "can_delete"})
    return list(due)


def _settle(manager: Any, role: Any, due: set[tuple[str, str]]) -> None:
    there = {(one.action.name, one.resource.name): one for one in role.permissions}
    for pair, one in there.items():
        if pair not in due:
            manager.remove_permission_from_role(role, one)
    for pair in due - there.keys():
        manager.add_permission_to_role(role, manager.create_permission(*pair))


def main() -> int:
    try:
        print("Pooler:", ", ".join(pools()))
        if "fab" in conf.get("core", "auth_manager").casefold():
            print("Roller:", ", ".join(roles()))
        else:
            print("Roller: inga; bara FAB har dem (AIRFLOW__CORE__AUTH_MANAGER).")
    except DBAPIError as error:
        print(f"Databasen kan inte användas ({error.orig}). Kör ”airflow db migrate” först.", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
