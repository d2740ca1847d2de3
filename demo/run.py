"""`make demo`: a district's account, from a server started here to a verified package in ./archive.

Nothing leaves this machine. What the demo needs lies in .demo/ and may be removed at any time; the packages in
./archive stay. With STORE=s3 they go to an object store instead, which is started here too and keeps them in .demo/.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import re
import shutil
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import requests
from rich import box
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table

from demo import store as objects
from demo.content import ACCOUNT
from demo.fill import FIRST_YEAR, fill
from demo.screen import AGAIN, BEGAN, DEMO, ROOT, DemoFailed, console, shown, step
from model.nouns import Receipt
from pipeline.line import Place, receipt_of

ARCHIVE: Final = ROOT / "archive"
LOG: Final = DEMO / "airflow.log"
PLACE: Final = Place(work=DEMO / "work", archive=ARCHIVE)
ID: Final = f"{ACCOUNT}-mastodon"
STARTED: Final = re.compile(r"\[DAG TEST\] starting task_id=(\S+)")
STEPS: Final = {
    "kontrollera_ar": "Is it the time for that year?",
    "hamta": "Taking everything the account has, each answer on the record before it is read",
    "paketera": "Making one package of it",
    "leverera": "Delivering the package, and reading it back from where it lies",
    "slutrapport": "Looking at every account's receipt",
}
LISTS: Final = {"statuses": "posts", "pinned": "pinned posts", "history": "versions of edited posts"}


def main() -> int:
    arguments = argparse.ArgumentParser(prog="make demo", description=__doc__.splitlines()[0])
    arguments.add_argument("--year", type=int, default=FIRST_YEAR)
    arguments.add_argument("--store", choices=("folder", "s3"), default="folder")
    options = arguments.parse_args()
    year: int = options.year
    if not FIRST_YEAR <= year <= 2100:
        console.print(
            f"The district's first year is {FIRST_YEAR}: choose that or a later one, as in make demo YEAR=2027."
        )
        return 2
    try:
        run(year, options.store)
    except DemoFailed as failure:
        console.print(f"\n[bold red]The demo stopped.[/] {failure}")
        return 1
    except KeyboardInterrupt:
        console.print("\nStopped by you. Run make demo again at any time.")
        return 130
    return 0


def run(year: int, store: str) -> None:
    console.print(f"[bold]Årsring demo[/]: the fictional district Exempelvik, year {year}, all on this machine.\n")
    DEMO.mkdir(exist_ok=True)
    with archive_of(store) as (place, more):
        order = f"{year}-{ID}"
        before = receipt_of(order, place)
        # What an interrupted demo left was taken from a server that is gone, with everything on it.
        shutil.rmtree(DEMO / "work", ignore_errors=True)
        environment = surroundings() | more
        with airflow_ready(environment) as wait_for_airflow, server() as address:
            fill_it(address, year)
            write_register(DEMO / "register.csv", address)
            wait_for_airflow()
            december(year, environment)
        receipt = receipt_of(order, place)
        if receipt is None:
            raise DemoFailed(f"The run is green but there is no receipt: please report this, with {shown(LOG)}.")
        package = fetched(receipt, place)
        verified = verify(package, environment)
        tell(year, receipt, package, verified, place, already=before is not None)


@contextmanager
def archive_of(store: str) -> Iterator[tuple[Place, dict[str, str]]]:
    """Where packages go, and what the processes below must know of it: ./archive, or an object store started here."""
    if store == "folder":
        yield PLACE, {}
        return
    with objects.archive(PLACE.work) as place:
        yield place, {"ARSRING_SETTINGS": str(objects.SETTINGS), **objects.environment(place)}


def fetched(receipt: Receipt, place: Place) -> Path:
    """The package, where a program can open it."""
    if place is PLACE:
        return ARCHIVE / receipt.package
    return objects.fetched(receipt.order, place)


def surroundings() -> dict[str, str]:
    """The environment of the processes below: an Airflow of its own, and no setting of the caller's Airflow."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("AIRFLOW", "ARSRING", "PYTHONPATH"))}
    (DEMO / "home").mkdir(exist_ok=True)
    return kept | {
        "HOME": str(DEMO / "home"),
        "PYTHONUNBUFFERED": "1",
        "PYTHONUTF8": "1",
        "AIRFLOW_HOME": str(DEMO / "airflow"),
        "AIRFLOW__CORE__DAGS_FOLDER": str(ROOT / "dags"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__DEFAULT_TASK_RETRY_DELAY": "2",  # seconds; nobody wants to watch five minutes
        "AIRFLOW__LOGGING__COLORED_CONSOLE_LOG": "False",
        "ARSRING_REGISTER": str(DEMO / "register.csv"),
        "ARSRING_WORK": str(PLACE.work),
        "ARSRING_ARCHIVE": str(PLACE.archive),
        "ARSRING_SETTINGS": str(ROOT / "docs" / "examples" / "installningar.toml"),
    }


@contextmanager
def airflow_ready(environment: dict[str, str]) -> Iterator[Callable[[], None]]:
    """Airflow's database, made while the server is being filled; gives the function that waits for it."""
    (DEMO / "airflow").mkdir(exist_ok=True)
    step("Preparing Airflow in the background (SQLite in .demo/airflow, no services)")
    with LOG.open("w") as log:
        making = subprocess.Popen(
            [sys.executable, "-m", "airflow", "db", "migrate"], env=environment, stdout=log, stderr=log, cwd=ROOT
        )

    def wait() -> None:
        if making.wait(timeout=180):
            raise DemoFailed(f"Airflow could not make its database; see {shown(LOG)}. {AGAIN}")

    try:
        yield wait
    finally:
        making.kill()
        making.wait()


@contextmanager
def server() -> Iterator[str]:
    """The address of the server, which ends with this block: its stdin is closed, and then it is killed."""
    step("Starting a Mastodon-API server on loopback (mastodon-mock, in memory)")
    folder = DEMO / "media"
    shutil.rmtree(folder, ignore_errors=True)
    with (DEMO / "server.log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "demo.server", str(folder)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True, cwd=ROOT,
        )  # fmt: skip
    assert process.stdin  # noqa: S101 - what the caller has seen to, for the type checker
    assert process.stdout  # noqa: S101 - what the caller has seen to, for the type checker
    try:
        address = process.stdout.readline().strip()
        if not address:
            raise DemoFailed(f"The server did not start; see {shown(DEMO / 'server.log')}. {AGAIN}")
        yield address
    finally:
        process.stdin.close()
        try:
            process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def fill_it(address: str, year: int) -> None:
    step("Filling it through its API: posts, pictures, replies, a poll, an edit, a deletion, a boost")
    columns = (TextColumn("          "), BarColumn(), MofNCompleteColumn(), TextColumn("deeds"))
    try:
        with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
            task = bar.add_task("fill", total=None)
            fill(address, year, lambda done, total: bar.update(task, completed=done, total=total))
    except requests.RequestException as error:
        log = shown(DEMO / "server.log")
        raise DemoFailed(f"The server refused a request ({error}); see {log}. {AGAIN}") from error


def write_register(path: Path, address: str) -> None:
    """The table a strategist keeps, here with one account."""
    row = {
        "id": ID,
        "plattform": "mastodon",
        "adress": f"{address}/@{ACCOUNT}",
        "enhet": "Kommunikationsenheten",
        "ansvarig": "Kommunikationschefen",
        "syfte": "Nyheter och svar till invånarna",
        "diarienummer": "EXV 2021/0042",
        "nivå": "hela",
        "status": "aktivt",
    }
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        table = csv.DictWriter(file, list(row), delimiter=";")
        table.writeheader()
        table.writerow(row)


def december(year: int, environment: dict[str, str]) -> None:
    """Run the DAG; its own words go to the log, ours to the screen."""
    step(f"Running the December DAG (arkiv_arlig) for {year}; what Airflow says goes to {shown(LOG)}")
    report: list[str] = []
    with LOG.open("a") as log, subprocess.Popen(
        [sys.executable, "-m", "demo.december", str(year)],
        env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=ROOT,
    ) as process:  # fmt: skip
        assert process.stdout  # noqa: S101 - what the caller has seen to, for the type checker
        try:
            for line in process.stdout:
                log.write(line)
                if found := STARTED.search(line):
                    console.print(f"          · {STEPS.get(found[1].rsplit('.')[-1], found[1])}")
                if line.startswith("Årlig arkivering"):
                    report = [""]
                elif report and re.match(r"\d{4}-\d\d-\d\dT", line):
                    report = report if report[-1] == "end" else [*report, "end"]
                if report and report[-1] != "end":
                    report.append(line.rstrip())
        finally:
            if process.poll() is None and sys.exc_info()[0]:
                process.kill()
    if process.returncode:
        told = "\n".join(report[1:-1]) if len(report) > 2 else "The last lines of the log say why."
        raise DemoFailed(f"The run failed. {told}\nThe whole log: {shown(LOG)}. {AGAIN}")


def verify(package: Path, environment: dict[str, str]) -> str:
    step("Verifying the package: every file against its checksums")
    done = subprocess.run(
        [sys.executable, "-m", "pipeline.cli", "--english", "verify", shown(package)],
        env=environment, capture_output=True, text=True, cwd=ROOT,
    )  # fmt: skip
    if done.returncode:
        raise DemoFailed(f"The package does not hold:\n{done.stdout}{done.stderr}")
    return done.stdout.strip()


def tell(year: int, receipt: Receipt, package: Path, verified: str, place: Place, *, already: bool) -> None:
    ledger = ledger_of(package)
    console.print()
    if already:
        console.print(f"[bold]{year} is already archived[/]: the DAG saw the receipt and fetched nothing again.\n")
    console.print(table(year, ledger, receipt))
    console.print(
        f"announced  what the server itself says there is (–: it gives no figure, and all of it in one answer)\n"
        f"captured   what lies in the package of it; besides, {ledger['media']} pictures as they were uploaded\n"
        f"gaps       what is missing, each named with its reason\n\n"
        f"[bold]The package[/]   {shown(package)}  ({receipt.size / 1e6:.1f} MB, E-ARK SIP 2.2.0 in a ZIP)\n"
        f"{verified}\n"
    )
    if place is not PLACE:
        objects.tell(receipt.order, place)
    again = f"make demo YEAR={year + 1}" + ("" if place is PLACE else " STORE=s3")
    console.print(
        f"[bold]How to open it[/]\n"
        f"  unzip -d ring {shown(package)}\n"
        f"      open representations/reading/data/index.html in a browser; documentation/LASMIG.txt tells the rest\n"
        f"  {shown(Path(sys.executable).parent / 'arsring')} verify {shown(package)}\n"
        f"      says what is proven of it, at any time; `validate` holds it against E-ARK\n"
        f"  {again}\n"
        f"      makes the next ring\n"
    )
    console.print(f"Done in {time.monotonic() - BEGAN:.0f} s.")


def table(year: int, ledger: dict[str, Any], receipt: Receipt) -> Table:
    """The account's lists, and the account as a whole in the last row."""
    made = Table(box=box.SIMPLE_HEAD, title=f"The ring of {year}", title_justify="left", title_style="bold")
    for name in ("account", "list", "announced", "captured", "gaps", "verdict"):
        made.add_column(name, justify="right" if name in ("announced", "captured", "gaps") else "left")
    for stream in ledger["streams"]:
        announced = "–" if stream["announced"] is None else str(stream["announced"])
        name = LISTS.get(stream["stream"], stream["stream"])
        made.add_row("", name, announced, str(stream["captured"]), str(stream["accounted"]), stream["verdict"])
    made.add_section()
    gaps = sum(ledger["gaps"].values())
    made.add_row(ID, "all of it", "", "", str(gaps), f"[green]{receipt.verdict}[/]", style="bold")
    return made


def ledger_of(package: Path) -> dict[str, Any]:
    with zipfile.ZipFile(package) as archive:
        name = next(name for name in archive.namelist() if name.endswith("ledger.json"))
        found: dict[str, Any] = json.loads(archive.read(name))
        return found


if __name__ == "__main__":
    sys.exit(main())
