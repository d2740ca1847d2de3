"""What tells operations that December is late, and the figures that their monitoring reads (StatsD).

    arsring.accounts_whole                     accounts of the last yearly run whose archive is whole
    arsring.accounts_not_whole                 its other accounts, those signed off among them
                                               (with .ADMINISTRATION behind, where each has a run of its own)
    arsring.last_whole_archive_days.ACCOUNT    days since the account's last whole archive; none where there is none

The callback runs in a process of the executor: this module must be importable there, and the DAG folder is not enough.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from airflow.sdk.definitions.callback import SyncCallback
from airflow.sdk.definitions.deadline import DeadlineAlert, DeadlineReference
from airflow.sdk.observability.stats import gauge

from dags import mail
from dags.report import Row
from dags.settings import YEARLY_RUN, accounts, place, runs
from model.errors import ArsringError
from model.nouns import GREEN
from pipeline import line
from pipeline.line import Place
from pipeline.swedish import swedish

WITHIN: Final = timedelta(days=10)  # so long the December run may take


def deadline(within: timedelta = WITHIN) -> DeadlineAlert:
    """What is done where a run has not ended so long after it was queued. It stops nothing."""
    return DeadlineAlert(DeadlineReference.DAGRUN_QUEUED_AT, within, SyncCallback(late), name="Körningen är inte klar")


def late(context: dict[str, Any]) -> None:
    """Mail which accounts are left, while the run goes on."""
    run = context["dag_run"]
    year = run.get("partition_key") or (run.get("conf") or {}).get("ar") or "(okänt år)"
    text = (
        f"Körningen ”{run['dag_display_name']}” {year} började {_day(run.get('queued_at'))} och är inte klar. Den går "
        f"vidare.\n\n{_left(str(year), run['dag_id'])}\n\nSe vilka uppgifter som väntar eller är röda: "
        f"{mail.page_of(run['dag_id'], run['dag_run_id'])}"
    )
    mail.send(f"{run['dag_display_name']} {year} är inte klar i tid", text, mail.boxes("operations", "strategist"))


def _left(year: str, dag: str) -> str:
    """Which accounts of the run have no receipt yet."""
    try:
        at = place()
        due = next((run.accounts for run in runs(accounts()) if run.id == dag), accounts())
        ids = [one.id for one in due if not line.receipt_of(f"{year}-{one.id}", at)]
    except (ArsringError, OSError) as error:
        return f"Vilka konton som är kvar går inte att säga: {swedish(str(error))}"
    return "\n".join([f"{len(ids)} konton är inte arkiverade än:", *(f"  {id}" for id in ids)])


def _day(text: Any) -> str:
    return str(text or "")[:10]


def figures(rows: Iterable[Row], dag: str) -> None:
    """The figures of a yearly run."""
    chosen = [row for row in rows if not row.skipped]
    whole = sum(bool(row.good and row.receipt and row.receipt.verdict in GREEN) for row in chosen)
    end = dag.removeprefix(YEARLY_RUN[0]).replace("_", ".", 1)
    gauge(f"arsring.accounts_whole{end}", whole)
    gauge(f"arsring.accounts_not_whole{end}", len(chosen) - whole)


def ages(at: Place) -> None:
    """How old each account's last whole archive is. Figures fail no run."""
    from pipeline import fixity

    try:
        for account, days in fixity.ages(at, datetime.now(UTC)).items():
            gauge(f"arsring.last_whole_archive_days.{account}", days)
    except (ArsringError, OSError) as error:
        print(f"Arkivens ålder kunde inte mätas: {swedish(str(error))}")
