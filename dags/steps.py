"""The tasks of one account and of a whole run. Each is a few lines that call the line and tell how it went."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from airflow.sdk import task
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException

from dags.errors import ADVICE, AsThePlatformSays, told
from dags.report import Row, table, unstamped
from dags.settings import check_time, key, place
from model.errors import BadInput
from model.nouns import Account, Order
from pipeline import line
from pipeline.say import VERDICTS, Pulse, Voice

STOCKHOLM: Final = ZoneInfo("Europe/Stockholm")
STEPS: Final = ("hamta", "paketera", "leverera")
DONE: Final = "redan arkiverat"


def year_of(context: Any) -> int:
    """The year of a run: its partition key, else the form's ”ar”."""
    year = context.get("partition_key") or context["params"].get("ar")
    if not year:
        raise BadInput("Inget år är valt. Ange året i fältet ”År” när körningen startas.")
    if not str(year).isdigit():
        raise BadInput(f"”{year}” är inget år. Ange fyra siffror, till exempel 2026.")
    return int(year)


@task(task_id="kontrollera_ar", task_display_name="Kontrollera året", retries=0, multiple_outputs=False)
def check_year(**context: Any) -> int:
    """The year, if this is the time for it."""
    with told(context["ti"]):
        year = year_of(context)
        check_time(year, datetime.now(STOCKHOLM).date(), scheduled=context["dag_run"].run_type == "scheduled")
        return year


def fetch(account: Account) -> Any:
    """The task that takes everything the account has."""

    def hamta(order: Order) -> str:
        with Pulse(Voice("sv", err=sys.stdout), order.id) as pulse:
            ledger = line.take(order, place(), key(account.key), pulse)
        return VERDICTS["sv"][ledger["verdict"]]

    return _step(account, "hamta", f"Hämta {account.id}", hamta, retries=25)


def pack(account: Account) -> Any:
    """The task that makes one archive package of what was taken."""

    def paketera(order: Order) -> str:
        return line.pack(order.id, place()).path

    return _step(account, "paketera", f"Paketera {account.id}", paketera, retries=2)


def deliver(account: Account) -> Any:
    """The task that puts the package where it stays, reads it back and gets the receipt."""

    def leverera(order: Order) -> str:
        return line.deliver(order.id, place(), line.pack(order.id, place())).package  # made already: pack finds it

    return _step(account, "leverera", f"Leverera {account.id}", leverera, retries=2)


def _step(account: Account, name: str, display: str, act: Callable[[Order], str], retries: int) -> Any:
    @task(
        task_id=name,
        task_display_name=display,
        retries=retries,
        retry_policy=AsThePlatformSays(),
        multiple_outputs=False,
    )
    def step(**context: Any) -> str:
        chosen = context["params"].get("konton")
        if chosen and account.id not in chosen:
            raise AirflowSkipException(f"{account.id} är inte valt i den här körningen.")
        with told(context["ti"]):
            order = line.order_for(account, year_of(context), created=context["dag_run"].run_after.astimezone(UTC))
            if line.receipt_of(order.id, place()):
                print(f"{order.id}: {DONE}.")
                return DONE
            return act(order)

    return step()


def final_report(accounts: list[Account], groups: dict[str, str]) -> Any:
    """The last task: looks at every account's receipt and states, tells, and fails if anything is missing.

    groups has the task group of each account's id. A last task that only came to its end would make the run green.
    """

    @task(
        task_id="slutrapport",
        task_display_name="Slutrapport",
        trigger_rule="all_done",
        retries=0,
        multiple_outputs=False,
    )
    def slutrapport(**context: Any) -> str:
        ti = context["ti"]
        with told(ti):
            year, at = year_of(context), place()
            if unknown := set(context["params"].get("konton") or ()) - {account.id for account in accounts}:
                raise BadInput(f"Registret har inget aktivt konto med id {', '.join(sorted(unknown))}.")
        states = ti.get_task_states(dag_id=ti.dag_id, run_ids=[ti.run_id]).get(ti.run_id, {})
        rows = [_row(ti, account.id, groups[account.id], states, year, at) for account in accounts]
        report = table(year, rows)
        print(report)
        with told(ti):
            print(unstamped(line.attest(year, at)))
        if not all(row.good for row in rows):
            raise AirflowFailException(report)
        return report

    return slutrapport()


def _row(ti: Any, account: str, group: str, states: dict[str, Any], year: int, at: line.Place) -> Row:
    """One account after the run: its tasks' states, its receipt, what the task that failed left word of."""
    ids = {step: f"{group}.{step}" for step in STEPS}
    faults = [ti.xcom_pull(task_ids=id_, key="fel") for id_ in ids.values()]
    return Row(
        account,
        {step: str(states.get(id_) or "ej körd") for step, id_ in ids.items()},
        line.receipt_of(f"{year}-{account}", at),
        next((fault for fault in faults if fault), ""),
    )


def register_fault(error: BadInput) -> Any:
    """The one task of a DAG whose register cannot be used: it fails, and says everything that is wrong."""

    @task(task_id="register_fel", task_display_name="Registret kan inte användas", retries=0)
    def register_fel() -> None:
        raise AirflowFailException(f"{error}\n{ADVICE[BadInput]}")

    return register_fel()
