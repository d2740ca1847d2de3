"""Generalrepetition: what will work in December and what will not, found out while there is time to mend it.

A row per account under its platform, as in the yearly run; a task for store and room; and a last one that tells all of
it and sends the letters. A DAG of its own reminds every day whoever is due, until it is mended.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from itertools import groupby
from typing import Any, Final

import pendulum
from airflow.sdk import DAG, MultipleCronTriggerTimetable, Param, TaskGroup, chain, task
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException

from dags import mail, watch
from dags.afterwards import closed_accounts
from dags.errors import AsThePlatformSays, OnlyIfKilled, told
from dags.settings import accounts, key, place, pool_of, register, registered
from dags.steps import STOCKHOLM, register_fault
from model.errors import BadInput, TryLater
from model.nouns import Account
from pipeline import drift, readiness, registering, reminders
from pipeline.line import Place
from pipeline.readiness import HOUSE, Report

ABOUT = """
Ser efter att **varje konto kommer att gå att arkivera i december**: nyckeln, behörigheterna, att det är rätt konto,
plattformens version, kontots mapp. Ser också efter utrymmet på diskarna och att arkivlagret tar emot. Ingenting hämtas
och ingenting skrivs hos plattformarna.

Körs av sig själv **den 1:a varje månad**, och från oktober även **den 15:e**, och en gång genast på en ny
installation. Kan startas för hand när som helst.

En röd rad är ett konto som inte fungerar i december om ingen gör något. I **Slutrapport** står vad, av vem och när.
Kontots redaktör får ett brev: genast, efter två dagar och sedan var femte dag tills det är ordnat.
"""
REMINDS = """
Påminner varje morgon dem som har något kvar att göra efter generalrepetitionen, och ser först efter om det är gjort.
Påminner också om konton som är avslutsarkiverade, tills de är stängda och registret säger det; **är ett konto borta som
inte hann arkiveras blir rutan röd**. De flesta dagar finns ingen att påminna: då är rutorna rosa.
"""
DECEMBER: Final = 12
_IF_KILLED: Final[dict[str, Any]] = {"retries": 2, "retry_policy": OnlyIfKilled(), "multiple_outputs": False}
_PATIENT: Final[dict[str, Any]] = {"retries": 25, "retry_policy": AsThePlatformSays(), "multiple_outputs": False}

_TELLS: Final[dict[str, Any]] = {"on_failure_callback": mail.failed}


def check_time() -> Any:
    @task(task_id="kontrollera_tid", task_display_name="Kontrollera tiden", **_IF_KILLED)
    def kontrollera_tid(**context: Any) -> None:
        """Leaves out a look that Airflow makes up for in December: the accounts' turn is the yearly run's then.

        At other times a late look is a good one: on a new installation it is the first, at once.
        """
        run = context["dag_run"]
        if run.run_type == "scheduled" and _today().month == DECEMBER:
            raise AirflowSkipException(
                f"Körningen skulle ha varit {run.run_after:%Y-%m-%d}. I december går årets arkivering före; nästa "
                "kommer av sig själv."
            )

    return kontrollera_tid()


def look_at(account: Account) -> Any:
    @task(
        task_id=account.id,
        task_display_name=f"Se på {account.id}",
        pool=pool_of(account.platform),
        **_PATIENT,
    )
    def se_pa(**context: Any) -> dict[str, Any]:
        chosen = context["params"].get("konton")
        if chosen and account.id not in chosen:
            raise AirflowSkipException(f"{account.id} är inte valt i den här körningen.")
        with told(context["ti"]):
            found = readiness.look(account, place(), key, _today())
        return _handed_on(found, context, reminders.report([found]))

    return se_pa()


def look_at_house(found: list[Account]) -> Any:
    @task(task_id="lager", task_display_name="Arkivlager och utrymme", **_PATIENT)
    def lager(**context: Any) -> dict[str, Any]:
        with told(context["ti"]):
            house = readiness.house(found, place(), _today())
        return _handed_on(house, context, reminders.report([house]))

    return lager()


def _handed_on(found: Report, context: Any, text: str) -> dict[str, Any]:
    """What was found, for the last task; a red box where somebody has to do something."""
    written = readiness.written(found)
    context["ti"].xcom_push("rapport", written)
    if found.severity != "fine":
        raise AirflowFailException(text)
    print(text)
    return written


def final_report(found: list[Account], groups: dict[str, str]) -> Any:
    """groups has the task of each account's id."""

    @task(task_id="slutrapport", task_display_name="Slutrapport", trigger_rule="all_done", **_IF_KILLED, **_TELLS)
    def slutrapport(**context: Any) -> str:
        ti, today = context["ti"], _today()
        states = ti.get_task_states(dag_id=ti.dag_id, run_ids=[ti.run_id]).get(ti.run_id, {})
        if states.get("kontrollera_tid") == "skipped":
            raise AirflowSkipException("Ingenting har gjorts.")
        with told(ti):
            at = place()
            reports = _all_reports(ti, states, found, groups, today)
            text = reminders.report(reports)
            print(text)
            reminders.tell(reports, at, today, lambda letter: _sent(letter, at, context))
            everything = not context["params"].get("konton")
            said = registering.of_accounts(register(), at, "sv") if everything else []
            for letter in reminders.drifted(reports, said):
                _sent(letter, at, context)
            watch.looked_at(reports, today, everything=everything)
        if any(one.severity != "fine" for one in reports):
            raise mail.Reported(text)
        return text

    return slutrapport()


def _all_reports(ti: Any, states: Any, found: list[Account], groups: dict[str, str], today: date) -> list[Report]:
    """A report for each account that was to be looked at, and the house's with how long December takes."""

    def left(task_id: str, account: Account) -> Report:
        if says := ti.xcom_pull(task_ids=task_id, key="rapport"):
            return readiness.report_from(says)
        why = ti.xcom_pull(task_ids=task_id, key="fel") or f"{task_id}: {states.get(task_id)}. Se uppgiftens logg."
        return readiness.not_looked(account, today, str(why))

    looked = [one for one in found if str(states.get(groups[one.id])) != "skipped"]
    reports = drift.unknown([left(groups[one.id], one) for one in looked], registered())
    house = left("lager", Account(id=HOUSE, platform="", address=""))
    return [*reports, replace(house, findings=(*house.findings, readiness.estimate(reports)))]


def remind() -> Any:
    @task(task_id="paminn", task_display_name="Påminn", **_PATIENT, **_TELLS)
    def paminn(**context: Any) -> str:
        with told(context["ti"]):
            at, today, known = place(), _today(), {one.id: one for one in accounts()}
            if not (due := reminders.waiting(reminders.remembered(at), today)):
                raise AirflowSkipException("Ingen ska påminnas i dag.")
            reports = [_again(known.get(id), id, today) for id in sorted(due - {HOUSE})]
            if HOUSE in due:
                reports.append(readiness.house(list(known.values()), at, today))
            print(text := reminders.report(reports))
            reminders.tell(reports, at, today, lambda letter: _sent(letter, at, context))
            watch.looked_at(reports, today, everything=False)
            return text

    return paminn()


def _again(account: Account | None, id: str, today: date) -> Report:
    """Another look at an account that was not mended; nothing is to be done of one that has left the register."""
    if account is None:
        return Report(account=id, day=today.isoformat())
    try:
        return readiness.look(account, place(), key, today)
    except TryLater as error:
        return readiness.not_looked(account, today, str(error))


def _sent(letter: reminders.Letter, at: Place, context: Any) -> bool:
    page = "" if letter.account else f"\n\n{mail.run_page(context)}"  # editors do not come in there
    return mail.send(letter.subject, letter.text + page, reminders.boxes(letter, at.settings))


def _today() -> date:
    return datetime.now(STOCKHOLM).date()


def every_account(found: list[Account]) -> None:
    start, groups, ends = check_time(), dict[str, str](), []
    for platform, members in groupby(sorted(found, key=lambda a: (a.platform, a.id)), key=lambda a: a.platform):
        with TaskGroup(platform):
            for account in members:
                chain(start, step := look_at(account))
                groups[account.id] = f"{platform}.{account.id}"
                ends.append(step)
    chain(start, house := look_at_house(found))
    chain([start, *ends, house], final_report(found, groups))


_EVERY_DAG: Final[dict[str, Any]] = {
    "start_date": pendulum.datetime(2026, 10, 1, tz="Europe/Stockholm"),  # before any installation: it looks at once
    "catchup": False,
    "max_active_runs": 1,
    "tags": ["arkiv"],
}

with DAG(
    dag_id="arkiv_generalrepetition",
    dag_display_name="Generalrepetition",
    doc_md=ABOUT,
    schedule=MultipleCronTriggerTimetable("0 6 1 1-11 *", "0 6 15 10-11 *", timezone="Europe/Stockholm"),
    params={
        "konton": Param(
            [],
            type="array",
            items={"type": "string"},
            title="Konton",
            description_md="Kontonas id i registret, ett per rad. Tomt: alla.",
        ),
    },
    **_EVERY_DAG,
) as dag:
    try:
        every_account(accounts())
    except BadInput as error:
        register_fault(error)

with DAG(
    dag_id="arkiv_paminnelser",
    dag_display_name="Påminnelser",
    doc_md=REMINDS,
    schedule="0 7 * * *",
    **_EVERY_DAG,
) as reminding:
    remind()
    closed_accounts()
