"""Avslutsarkivering: an account that is to be closed is announced, archived whole, and only then may be closed.

The form's faults are told in plain Swedish by the first task. What people answer is in the package's certificate.
"""

from __future__ import annotations

import os

import pendulum
from airflow.providers.standard.sensors.date_time import DateTimeSensorAsync
from airflow.sdk import DAG, Param, TaskGroup, chain

from dags import closure_steps as steps
from dags.errors import AsThePlatformSays
from dags.gate import Ask, TakeOrAsk
from dags.settings import accounts
from dags.steps import register_fault
from model.errors import BadInput
from model.nouns import Account

ABOUT = """
Arkiverar **ett konto som ska stängas**. Fyll i formuläret; är något fel säger **Kontrollera underlaget** vad.

1. Kontot ska ha berättat i sin egen kanal att det ska stängas. Körningen väntar tills det har stått där tillräckligt
   länge, och kontrollerar att inlägget finns.
2. Du godkänner eller avslår under *Required Actions*.
3. Hela kontot hämtas. Är det inte komplett får du godta varje lucka med ett skäl, försöka igen eller avbryta.
4. Du kontrollerar paketet och svarar. Först då skickas beskedet att kontot får stängas.
"""
_ARCHIVISTS = "ARSRING_ARCHIVISTS"  # who may answer: id=name, as the auth manager has them, with a comma between


def form(found: list[Account]) -> dict[str, Param]:
    """The fields, all in the first section: people overlook a folded one."""
    open_ = {one.id: f"{one.id} ({one.platform}, {one.unit or 'ingen enhet'})" for one in found}
    day = {"type": "string", "format": "date"}
    return {
        "konto": Param(type="string", enum=list(open_), values_display=open_, title="Konto",
                       description_md="Kontot som ska stängas."),
        "diarienummer": Param(type="string", title="Diarienummer",
                              description_md="Beslutet att stänga kontot, till exempel `KS 2026/123`."),
        "beslutsdatum": Param(**day, title="Beslutsdatum", description_md="Den dag beslutet fattades."),
        "beslutsfattare": Param(type="string", title="Beslutsfattare",
                                description_md="En funktion, inte en person: `Kommunikationschefen`."),
        "annonserad_fran": Param(**day, title="Annonserat från",
                                 description_md="Den dag kontot självt berättade att det ska stängas."),
        "annons_url": Param(type="string", title="Annonsens adress",
                            description_md="Adressen till inlägget där det står."),
        "anmarkning": Param(None, type=["null", "string"], format="multiline", title="Anmärkning",
                            description_md="Valfritt. Följer med i arkivpaketet."),
    }  # fmt: skip


def people() -> list[dict[str, str]] | None:
    """Who may answer; None where nobody is named: then whoever has the right to."""
    pairs = [part.partition("=") for part in os.environ.get(_ARCHIVISTS, "").split(",") if part.strip()]
    return [{"id": id.strip(), "name": (name or id).strip()} for id, _, name in pairs] or None


def asked_to_approve() -> Ask:
    return Ask(
        task_id="godkann",
        task_display_name="Godkänn avslutet",
        subject="Ska {{ ti.xcom_pull(task_ids='kontrollera_underlag')['konto'] }} arkiveras och sedan stängas?",
        body="{{ ti.xcom_pull(task_ids='annons') }}",
        options=[steps.APPROVE, steps.REFUSE],
        options_mapping={steps.APPROVE: "bestall", steps.REFUSE: "avslagen"},
        params={"skal": Param(None, type=["null", "string"], title="Skäl",
                              description_md="Behövs om du avslår, eller om annonsen inte hittades.")},
        fault=steps.fault_of_approval,
        assigned_users=people(),
    )  # fmt: skip


def asked_to_receive(n: int) -> Ask:
    """The question of the n-th package."""
    return Ask(
        task_id=steps.RECEIVES[n],
        task_display_name=f"Ta emot {steps.package(n)}",
        subject="Är paketet för {{ ti.xcom_pull(task_ids='kontrollera_underlag')['konto'] }} mottaget och granskat?",
        body=f"{{{{ ti.xcom_pull(task_ids='{steps.TELLS[n]}') }}}}",
        options=[steps.RECEIVED, steps.FAULTY],
        options_mapping={steps.RECEIVED: "far_stangas", steps.FAULTY: steps.FAULTS[n]},
        params={"kvittens": Param(None, type=["null", "string"], title="Mottagningsnummer",
                                  description_md="E-arkivets nummer, om det finns."),
                "fel": Param(None, type=["null", "string"], title="Vad är fel?",
                             description_md="Behövs om paketet har fel.")},
        fault=steps.fault_of_receiving,
        assigned_users=people(),
    )  # fmt: skip


def rounds() -> TaskGroup:
    """Taking the account, and asking what to do where it is not whole: a task for each round."""
    with TaskGroup("hamta", group_display_name="Hämta hela kontot") as group:
        names = [f"forsok_{n}" for n in range(1, steps.ROUNDS + 1)]
        chain(*(
            TakeOrAsk(
                task_id=name,
                task_display_name=f"Försök {n}",
                order=steps.order_of,
                before=f"hamta.{names[n - 2]}" if n > 1 else "",
                last=n == steps.ROUNDS,
                assigned_users=people(),
            )
            for n, name in enumerate(names, 1)
        ))  # fmt: skip
    return group


def every_step() -> None:
    checked = steps.check_form()
    first = steps.look_for_announcement("annons_forst", "Leta efter annonsen", last=False)
    wait = DateTimeSensorAsync(
        task_id="vanta_annonstid",
        task_display_name="Vänta ut annonstiden",
        target_time="{{ ti.xcom_pull(task_ids='kontrollera_underlag')['till'] }}",
        retries=2,
    )
    found = steps.look_for_announcement("annons", "Finns annonsen?", last=True)
    refused, may_close = steps.refused(), steps.may_be_closed()
    chain(checked, first, wait, found, asked_to_approve(), [order := steps.place_order(), refused])
    chain(order, rounds(), steps.pack(), there := steps.deliver())
    for n in range(len(steps.RECEIVES)):
        chain(there, asked_to_receive(n), [may_close, there := steps.faulty(n)])
    chain([refused, there, may_close], steps.report())


with DAG(
    dag_id="arkiv_avslut",
    dag_display_name="Avslutsarkivering",
    doc_md=ABOUT,
    schedule=None,
    start_date=pendulum.datetime(2026, 11, 1, tz="Europe/Stockholm"),
    catchup=False,
    max_active_runs=16,
    tags=["arkiv"],
    default_args={"retry_policy": AsThePlatformSays()},
) as dag:
    try:
        dag.params.update(form(accounts()))
        every_step()
    except BadInput as error:
        register_fault(error)
