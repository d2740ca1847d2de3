"""The tasks of one account and of a whole run. Each is a few lines that call the line and tell how it went."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from airflow.sdk import Asset, get_current_context, task
from airflow.sdk.exceptions import AirflowFailException, AirflowRuntimeError, AirflowSkipException

from dags import mail, watch
from dags.errors import ADVICE, AsThePlatformSays, OnlyIfKilled, told
from dags.report import TO_ARCHIVIST, Row, table, unlocked, unstamped
from dags.settings import PACKING, REPORTING, check_time, key, place, pool_of
from model.errors import ArsringError, BadInput
from model.nouns import Account, Kind, Order, Receipt
from pipeline import closing, evidence, line
from pipeline.say import VERDICTS, Pulse, Voice
from pipeline.swedish import swedish

STOCKHOLM: Final = ZoneInfo("Europe/Stockholm")
STEPS: Final = ("hamta", "paketera", "leverera")
DONE: Final = "redan arkiverat"
PACKAGES: Final = Asset("arkivpaket")  # a delivered package; its partition is the order, ”2026|exempelvik-mastodon”


def year_of(context: Any) -> int:
    """The year of a run: its partition key, else the form's ”ar”."""
    year = context.get("partition_key") or context["params"].get("ar")
    if not year:
        raise BadInput("Inget år är valt. Ange året i fältet ”År” när körningen startas.")
    if not str(year).isdigit():
        raise BadInput(f"”{year}” är inget år. Ange fyra siffror, till exempel 2026.")
    return int(year)


def kind_of(context: Any) -> Kind:
    """What a run of the yearly DAG makes: the year's packages, or a rehearsal's, on which nothing builds."""
    return "rehearsal" if context["params"].get("provkor") else "annual"


def delivered(order: str, context: Any) -> None:
    """Tell whoever waits for packages of this one."""
    context["outlet_events"][PACKAGES].add_partitions(order.replace("-", "|", 1))


def order_of(partition: str) -> str:
    """The order of a delivered package's partition."""
    return partition.replace("|", "-", 1)


def placed(run: Any) -> datetime:
    """When a run was asked for. A backfill's own time lies in the year it makes up for, when nothing was taken."""
    asked = run.start_date if run.run_type == "backfill" else None
    return (asked or run.run_after).astimezone(UTC)


def provenance(context: Any) -> dict[str, str]:
    """Who or what runs it, for the order: DAG, run, how it was started and by whom, the image's commit."""
    run = context["dag_run"]
    kind = str(getattr(run.run_type, "value", run.run_type))
    return line.provenance(dag=run.dag_id, run=run.run_id, type=kind, started_by=run.triggering_user_name)


@task(
    task_id="kontrollera_ar",
    task_display_name="Kontrollera året",
    retries=2,  # one that is killed must not stop every account
    retry_policy=AsThePlatformSays(),
    multiple_outputs=False,
)
def check_year(**context: Any) -> int:
    """The year, if this is the time for it."""
    with told(context["ti"]):
        year = year_of(context)
        check_time(year, datetime.now(STOCKHOLM).date(), scheduled=context["dag_run"].run_type == "scheduled")
        return year


def fetch(account: Account) -> Any:
    """The task that takes everything the account has."""

    def hamta(order: Order) -> str:
        line.connector_for(account.platform)  # where there is none, nobody looks for the key
        return take(closing.since(order, place(), datetime.now(UTC)), key(account.key))

    return _step(account, "hamta", f"Hämta {account.id}", hamta, retries=25, pool=pool_of(account.platform))


def take(order: Order, secret: str | None) -> str:
    """Take the account and tell how it gets on; the verdict in Swedish."""
    at = place()
    try:
        with pulse(order.id) as going_on:
            ledger = line.take(order, at, secret, going_on)
    finally:
        watch.captured(order.account, order.id, at)
    return VERDICTS["sv"][ledger["verdict"]]


def pulse(order: str) -> Pulse:
    """How the capture gets on: in the task's log, and as `lage` among what it keeps (Airflow's tab Storage)."""
    store = get_current_context()["task_state_store"]

    def told(text: str) -> None:
        with suppress(AirflowRuntimeError):  # a capture does not fail for what is shown of it
            store.set("lage", text)

    return Pulse(Voice("sv", err=sys.stdout), order, told)


def pack(account: Account) -> Any:
    """The task that makes one archive package of what was taken."""

    def paketera(order: Order) -> str:
        return line.pack(order.id, place()).path

    return _step(account, "paketera", f"Paketera {account.id}", paketera, retries=2, pool=PACKING)


def deliver(account: Account) -> Any:
    """The task that puts the package where it stays, reads it back and gets the receipt."""

    def leverera(order: Order) -> str:
        return line.deliver(order.id, place(), line.pack(order.id, place())).package  # made already: pack finds it

    return _step(account, "leverera", f"Leverera {account.id}", leverera, retries=2, outlets=[PACKAGES])


def _step(account: Account, name: str, display: str, act: Callable[[Order], str], retries: int, **more: Any) -> Any:
    @task(
        task_id=name,
        task_display_name=display,
        retries=retries,
        retry_policy=AsThePlatformSays(),
        multiple_outputs=False,
        **more,
    )
    def step(**context: Any) -> str:
        chosen = context["params"].get("konton")
        if chosen and account.id not in chosen:
            raise AirflowSkipException(f"{account.id} är inte valt i den här körningen.")
        with told(context["ti"]):
            order = line.order_for(account, year_of(context), kind_of(context), created=placed(context["dag_run"]))
            order = replace(order, run=provenance(context))
            if line.receipt_of(order.id, place()):
                print(f"{order.id}: {(word := DONE)}.")
            else:
                word = act(order)
        if "outlets" in more:
            delivered(order.id, context)
        return word

    return step()


def final_report(accounts: Sequence[Account], groups: dict[str, str]) -> Any:
    """The last task: looks at every account's receipt and states, tells, and fails if anything is missing.

    groups has the task group of each account's id. A last task that only came to its end would make the run green.
    """

    @task(
        task_id="slutrapport",
        task_display_name="Slutrapport",
        trigger_rule="all_done",
        retries=2,
        retry_policy=OnlyIfKilled(),
        multiple_outputs=False,
        pool=REPORTING,
        on_failure_callback=mail.failed,
    )
    def slutrapport(**context: Any) -> str:
        watch.ended((ti := context["ti"]).dag_id)
        if word := ti.xcom_pull(task_ids="kontrollera_ar", key="fel"):  # then nothing has run
            raise AirflowFailException(word)
        with told(ti):
            year, at = year_of(context), place()
            if unknown := set(context["params"].get("konton") or ()) - {account.id for account in accounts}:
                raise BadInput(f"Registret har inget aktivt konto med id {', '.join(sorted(unknown))}.")
        states = ti.get_task_states(dag_id=ti.dag_id, run_ids=[ti.run_id]).get(ti.run_id, {})
        kind, name = kind_of(context), ti.task.dag.dag_display_name
        rows = [_row(ti, one, groups[one.id], states, line.order_for(one, year, kind).id, at) for one in accounts]
        report = table(year, rows, name if kind == "annual" else f"{name}, provkörning")
        print(report)
        if kind == "annual":
            watch.remember(ti.dag_id, watch.figures(rows, ti.dag_id))
            watch.ages(at)
            _attested_and_mailed(report, year, at, context)
        else:  # of the year nothing has been archived
            _mailed(report, context)
        if not all(row.good for row in rows):
            raise mail.Reported(report)
        return report

    return slutrapport()


def _attested_and_mailed(report: str, year: int, at: line.Place, context: Any) -> None:
    """The year's manifest, its time stamps, the locks; the report goes out whether they could be had or not."""
    from pipeline import storing

    said = ""
    try:
        with told(context["ti"]):
            said = unstamped(line.attest(year, at))
            said += unlocked(storing.unlocked(at))
            print(said)
    finally:
        _mailed(f"{report}\n{said}", context)


def _mailed(report: str, context: Any) -> None:
    text = f"{report}\n\n{mail.run_page(context)}"
    also = ["archivist"] if TO_ARCHIVIST in report else []
    mail.send(report.partition("\n")[0], text, mail.boxes("operations", "strategist", *also))


def _row(ti: Any, account: Account, group: str, states: dict[str, Any], order: str, at: line.Place) -> Row:
    """One account after the run: its tasks' states, its receipt, what the task that failed left word of."""
    ids = {step: f"{group}.{step}" for step in STEPS}
    faults = {id_: fault for id_ in ids.values() if (fault := ti.xcom_pull(task_ids=id_, key="fel"))}
    stopped = next((id_ for id_ in ids.values() if str(states.get(id_)) == "failed"), "")
    try:
        receipt = line.receipt_of(order, at)
    except ArsringError as error:  # two that differ, or a store that is away: the others are told all the same
        receipt, faults = None, {**faults, "kvitto": swedish(str(error))}
    return Row(
        account.id,
        {step: str(states.get(id_) or "ej körd") for step, id_ in ids.items()},
        receipt,
        next(iter(faults.values()), ""),
        mail.task_page(ti, stopped) if stopped else "",
        personal_in(receipt, at) if receipt else 0,
    )


def personal_in(receipt: Receipt, at: line.Place) -> int:
    """How many places in a package's texts look like personal identity numbers. No run fails for it."""
    with suppress(ArsringError, OSError):  # a manifest that is broken is told elsewhere
        return evidence.personal(receipt, at.shelf)
    return 0


def register_fault(error: BadInput) -> Any:
    """The one task of a DAG whose register cannot be used: it fails, and says everything that is wrong."""

    @task(
        task_id="register_fel",
        task_display_name="Registret kan inte användas",
        retries=0,
        on_failure_callback=mail.failed,
    )
    def register_fel() -> None:
        raise AirflowFailException(f"{swedish(str(error))}\n{ADVICE[BadInput]}")

    return register_fel()
