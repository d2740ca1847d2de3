"""Årlig arkivering: on 1 December every account in the register is archived whole.

A row per account under its platform, a column per year. One account that fails harms no other; the last task tells
how it went for each, and fails if a receipt is missing. The register is read while this file is parsed, from the path
in ARSRING_REGISTER: no network and no database is touched. A city may have a DAG for each administration, of one
register (dags/settings.py, `runs`).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

import pendulum
from airflow.sdk import DAG, CronPartitionTimetable, Param, TaskGroup, chain

from dags import watch
from dags.settings import YEARLY_RUN, accounts, runs
from dags.steps import check_year, deliver, fetch, final_report, pack, register_fault
from model.errors import BadInput
from model.nouns import Account

ABOUT = """
Arkiverar varje konto i registret i sin helhet, en gång om året. Körningen startar av sig själv **1 december kl. 02**
och kan startas för hand när som helst: välj år, och vilka konton det gäller (inget valt betyder alla).

Ett konto per rad, ett år per kolumn. Blir en ruta röd: öppna **Slutrapport**, där står vad som ska göras. Kör sedan
om bara det kontots uppgifter (*Clear*). Ett konto som redan är arkiverat för året hämtas aldrig en gång till.
"""


def form() -> dict[str, Param]:
    """The fields. A DAG gets them when its tasks are there: each task would take a copy of what it finds."""
    return {
        "ar": Param(
            None,
            type=["null", "integer"],
            minimum=2000,
            maximum=2100,
            title="År",
            description_md="Året som ska arkiveras. Behövs bara när körningen startas för hand.",
        ),
        "konton": Param(
            [],
            type="array",
            items={"type": "string"},
            title="Konton",
            description_md="Kontonas id i registret, ett per rad. Tomt: alla.",
        ),
        "provkor": Param(
            False,
            type="boolean",
            title="Provkörning",
            description_md="Hämta, paketera och leverera som i december, men paketen får status TEST: inget senare "
            "paket bygger på dem, och året är inte arkiverat.",
        ),
    }


def every_account(found: Sequence[Account]) -> None:
    """One group per account within one group per platform, between the check and the report."""
    start = check_year()
    groups: dict[str, str] = {}
    ends = []
    for platform, members in groupby(sorted(found, key=lambda a: (a.platform, a.id)), key=lambda a: a.platform):
        with TaskGroup(platform):
            for account in members:
                with TaskGroup(account.id, tooltip=account.unit) as group:
                    steps = [fetch(account), pack(account), deliver(account)]
                    chain(start, *steps)
                    groups[account.id] = group.group_id
                    ends.append(steps[-1])
    chain([start, *ends], final_report(found, groups))


def yearly(id: str, name: str) -> DAG:
    """A yearly DAG without tasks and without its form."""
    return DAG(
        dag_id=id,
        dag_display_name=name,
        doc_md=ABOUT,
        schedule=CronPartitionTimetable("0 2 1 12 *", timezone="Europe/Stockholm", key_format="%Y"),
        start_date=pendulum.datetime(2026, 11, 30, tz="Europe/Stockholm"),
        catchup=False,
        max_active_runs=1,
        deadline=watch.deadline(),
        tags=["arkiv"],
    )


try:
    for run in runs(accounts()):
        with yearly(run.id, run.name) as dag:
            every_account(run.accounts)
        dag.params.update(form())
        globals()[run.id] = dag
except BadInput as error:
    with yearly(*YEARLY_RUN) as dag:
        register_fault(error)
    dag.params.update(form())
