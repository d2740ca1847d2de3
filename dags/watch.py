"""What tells operations that December is late, and when which figure is said (dags/figures.py has what they mean).

The callback runs in a process of the executor: this module must be importable there, and the DAG folder is not enough.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from airflow.sdk import Variable
from airflow.sdk.definitions.callback import SyncCallback
from airflow.sdk.definitions.deadline import DeadlineAlert, DeadlineReference
from airflow.sdk.exceptions import AirflowRuntimeError

from dags import mail
from dags.figures import KNOWN, Said, begin, say
from dags.report import Row
from dags.settings import accounts, place, runs
from model.errors import ArsringError
from model.nouns import GREEN, Account
from model.times import when
from pipeline import counts, line
from pipeline.line import Place
from pipeline.swedish import swedish

WITHIN: Final = timedelta(days=10)  # so long the December run may take
KEYS: Final = "arkiv_generalrepetition"  # under whose name it is remembered when keys end
_REMEMBERED: Final = "arsring_figures_{}"  # Airflow's variable, by the DAG that said the figures


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
    begin()
    say("run_late", 1, run["dag_id"])


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


# --- figures --------------------------------------------------------------------------------------------------------


def figures(rows: Iterable[Row], dag: str) -> list[Said]:
    """The figures of a yearly run that has ended; those of them that hold until the next one."""
    chosen = [row for row in rows if not row.skipped]
    whole = sum(bool(row.good and row.receipt and row.receipt.verdict in GREEN) for row in chosen)
    return [say("accounts_whole", whole, dag), say("accounts_not_whole", len(chosen) - whole, dag)]


def ended(dag: str) -> None:
    """A run of it has ended, a rehearsal too: nothing of it is late any longer."""
    say("run_late", 0, dag)


def captured(account: Account, order: str, at: Place) -> None:
    """What the account's capture has cost so far, however it ended."""
    for name, value in counts.read(order, at.work).items():
        say(f"capture_{name}", value, account.platform, account.id)


def ages(at: Place) -> None:
    """How old the last whole archive of each account in the register is."""
    from pipeline import fixity

    try:
        known = {account.id: account.platform for account in accounts()}
        for account, days in fixity.ages(at, datetime.now(UTC)).items():
            if account in known:  # one that is closed has its ring, and grows no older
                say("last_whole_archive_days", days, known[account], account)
    except (ArsringError, OSError) as error:
        print(f"Arkivens ålder kunde inte mätas: {swedish(str(error))}")


def looked_at(reports: Iterable[Any], today: date, *, everything: bool) -> None:
    """When the keys end, by what was found of the accounts; with `everything`, how many December would fail for."""
    kept = _recalled(KEYS)
    ends: dict[str, Any] = kept.get("ends") or {}
    for one in (reports := [report for report in reports if report.platform]):
        if one.told:  # else the platform did not answer, and what was known stays
            ends[one.account] = [one.platform, one.told.get("expires_at")]
    said = kept.get("said") or []
    if everything:
        said = [say("accounts_not_ready", sum(one.severity != "fine" for one in reports))]
    _keys(ends, today)
    remember(KEYS, said, ends=ends)


def read(part: str, faults: int) -> None:
    """A part of the archive has been read, or an order read back."""
    say("fixity_faults", faults, part)


def nightly(at: Place, today: date) -> None:
    """What has to be said every day, so that it is known again after the exporter was restarted, and what grows old."""
    say("fixity_read_timestamp_seconds", int(datetime.now(UTC).timestamp()))
    say("store_errors", 0)  # so that the counter is there before its first error
    ages(at)
    kept = [_recalled(id) for id in [*_yearly(), KEYS]]
    for name, value, of in (said for one in kept for said in one.get("said") or []):
        if name in KNOWN:  # a release before this one may have said it
            say(name, value, *of)
    _keys(kept[-1].get("ends") or {}, today)


def _yearly() -> list[str]:
    try:
        return [run.id for run in runs(accounts())]
    except ArsringError:
        return []


def _keys(ends: Mapping[str, Any], today: date) -> None:
    for account, (platform, end) in ends.items():
        if at := when(end):
            say("key_left_days", (at.date() - today).days, platform, account)


def remember(dag: str, said: Iterable[Said], **more: Any) -> None:
    """Keep what was said, for `nightly`. No run fails for it."""
    try:
        Variable.set(_REMEMBERED.format(dag), {"said": list(said), **more}, serialize_json=True)
    except AirflowRuntimeError as error:
        print(f"Mätvärdena kunde inte sparas: {error}")


def _recalled(dag: str) -> dict[str, Any]:
    try:
        found: dict[str, Any] = Variable.get(_REMEMBERED.format(dag), default={}, deserialize_json=True)
    except (AirflowRuntimeError, ValueError) as error:
        print(f"Sparade mätvärden kunde inte läsas: {error}")
        return {}
    return found
