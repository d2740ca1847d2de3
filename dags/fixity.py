"""Kontroll av arkivet: each delivered package is read back once more, and every day a ninetieth of all there is.

What is not as it was delivered is an alarm: a red run, a mail with the address, a paper in the archive itself.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

import pendulum
from airflow.sdk import DAG, CronTriggerTimetable, Param, PartitionedAssetTimetable, task

from dags import mail, watch
from dags.errors import AsThePlatformSays, told
from dags.settings import PACKING, place
from dags.steps import PACKAGES, STOCKHOLM, order_of
from model.errors import ArsringError, BadInput
from pipeline.line import Place
from pipeline.swedish import swedish

READS: Final = """
Läser tillbaka **ett paket som just har levererats**: alla byte, det som ligger bredvid, och formatets egen kontroll.
Startar av sig själv efter varje leverans. Ett paket till: starta för hand och ange beställningen.
"""
LOOKS: Final = """
Läser **en nittiondel av arkivet varje natt**, så att allt är läst en gång i kvartalet, och jämför med kvitton och
manifest. Är något inte som det levererades blir rutan röd, och arkivarien och driften får ett meddelande med paketets
adress. Rör då ingenting i arkivet: i driftens handbok står under *A package is damaged* vad som ska göras.
"""
_TO_DO: Final = (
    "Rör ingenting i arkivlagret. Leta upp ett annat exemplar (säkerhetskopia, e-arkiv) och jämför dess SHA-256 med "
    "kvittot. Driftens handbok, ”A package is damaged”, säger hur."
)
_MOST: Final = 40  # faults in one mail; the paper has them all
_PATIENT: Final[dict[str, Any]] = {"retries": 25, "retry_policy": AsThePlatformSays(), "multiple_outputs": False}
_EVERY_DAG: Final[dict[str, Any]] = {
    "start_date": pendulum.datetime(2026, 11, 30, tz="Europe/Stockholm"),
    "catchup": False,
    "is_paused_upon_creation": False,  # it only reads; a control that nobody has switched on is none
    "tags": ["arkiv"],
}


def read_back() -> Any:
    @task(
        task_id="las_tillbaka",
        task_display_name="Läs tillbaka paketet",
        pool=PACKING,
        on_failure_callback=mail.failed,
        **_PATIENT,
    )
    def las_tillbaka(**context: Any) -> str:
        from pipeline import fixity

        with told(context["ti"]):
            at = place()
            found = fixity.read_back(order := _order(context), at)
            watch.read(order, len(found.faults))
        if found.faults:
            raise _alarm(found, at, context)
        _well(found, at)
        rows = [f"{found.where}: {found.objects} filer ({found.bytes / 1e6:.1f} MB) lästa tillbaka, utan fel."]
        print(text := "\n".join([*rows, *(f"  - {one}" for one in found.proven)]))
        return text

    return las_tillbaka()


def _order(context: Any) -> str:
    """The order of the package: by the event's key, else as the form has it."""
    order = order_of(context["dag_run"].partition_key or "") or context["params"].get("bestallning") or ""
    if not order:
        raise BadInput(
            "Ingen beställning är vald. Ange den i fältet ”Beställning”, till exempel 2026-exempelvik-mastodon."
        )
    return str(order)


def look() -> Any:
    @task(
        task_id="las_dagens_del",
        task_display_name="Läs dagens del",
        on_failure_callback=mail.failed,
        **_PATIENT,
    )
    def las_dagens_del(**context: Any) -> str:
        from pipeline import fixity

        with told(context["ti"]):
            at, every = place(), fixity.Look("")
            parts = sorted({fixity.slice_of(day) for day in _days(context)})
            for part in parts:
                one = fixity.look(part, at)
                watch.read(str(part), len(one.faults))
                every.where, every.objects, every.bytes = (
                    one.where,
                    every.objects + one.objects,
                    every.bytes + one.bytes,
                )
                every.faults += one.faults
                every.parts += one.parts
            watch.nightly(at, datetime.now(STOCKHOLM).date())
        if every.faults:
            raise _alarm(every, at, context)
        _well(every, at)
        named = ", ".join(map(str, parts))
        print(
            text
            := f"{every.where}: del {named} av {fixity.SLICES}, {every.objects} filer ({every.bytes / 1e6:.1f} MB) "
            "lästa, utan fel."
        )
        return text

    return las_dagens_del()


def _days(context: Any) -> list[date]:
    """The run's day, and those since the run before it on which Airflow did not run: at most a quarter."""
    run, before = context["dag_run"], context["ti"].get_previous_dagrun()
    today = run.run_after.astimezone(STOCKHOLM).date()
    last = before.run_after.astimezone(STOCKHOLM).date() if before else today
    return [today - timedelta(days=ago) for ago in range(max(1, min((today - last).days, 90)))]


def _well(found: Any, at: Place) -> None:
    """End the alarms of what was wrong before and is well now."""
    from pipeline import fixity

    try:
        if name := fixity.keep_well(found, datetime.now(UTC), at):
            print(f"Larmet är över: det som var fel är nu som det levererades ({name}).")
    except (ArsringError, OSError) as error:  # what was read is well all the same; the next look ends the alarm
        print(f"Larmen kunde inte läsas, och står kvar: {swedish(str(error))}")


def _alarm(found: Any, at: Place, context: Any) -> mail.Reported:
    """Mail it, keep it in the archive, and give the failure that is to be raised."""
    from pipeline import fixity

    try:
        kept = f"Uppgifterna ligger i arkivlagret som {fixity.keep(found, datetime.now(UTC), at)}."
    except (ArsringError, OSError) as error:
        kept = f"Uppgifterna kunde inte läggas i arkivlagret: {swedish(str(error))}"
    rows = [f"  - {fault}" for fault in found.faults[:_MOST]]
    rows += [f"  … och {len(found.faults) - _MOST} till"] if len(found.faults) > _MOST else []
    text = "\n".join([f"LARM: {found.where} är inte som det levererades ({len(found.faults)} fel):", *rows])
    text = f"{text}\n\n{_TO_DO}\n\n{kept}"
    context["ti"].xcom_push("fel", text)
    mail.send("Larm: arkivet är inte som det levererades", f"{text}\n\n{context['ti'].log_url}",
              mail.boxes("operations", "archivist"))  # fmt: skip
    return mail.Reported(text)


with DAG(
    dag_id="arkiv_aterlasning",
    dag_display_name="Återläsning",
    doc_md=READS,
    schedule=PartitionedAssetTimetable(assets=PACKAGES),
    max_active_runs=4,
    params={
        "bestallning": Param(
            None,
            type=["null", "string"],
            title="Beställning",
            description_md="Behövs bara när körningen startas för hand: `2026-exempelvik-mastodon`.",
        ),
    },
    **_EVERY_DAG,
) as reading:
    read_back()

with DAG(
    dag_id="arkiv_kontroll",
    dag_display_name="Kontroll av arkivet",
    doc_md=LOOKS,
    schedule=CronTriggerTimetable("0 3 * * *", timezone="Europe/Stockholm"),
    max_active_runs=1,
    **_EVERY_DAG,
) as looking:
    look()
