"""The closure as its users meet it: one real Airflow with users and roles, its API as three people, a real mailbox."""

from __future__ import annotations

import json
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import requests

from tests.airflows import PEOPLE, ROOT, SOON, Standing, only, standing
from tests.browser import Browser, Seen, chromium
from tests.captures import settings_file
from tests.fakes.faults import ALL
from tests.fakes.wires import Served, serving
from tests.fakes.world import World
from tests.mailbox import Mailbox, mailbox
from tests.runs import small_world

pytestmark = [pytest.mark.airflow, pytest.mark.filterwarnings("ignore"), pytest.mark.timeout(900)]
DAG, YEAR = "arkiv_avslut", datetime.now(UTC).year
TEXT = "Det här kontot stängs i december. Följ oss på exempelvik.example."


@dataclass
class House:
    """What the tests work with: an Airflow, the accounts by id, where things lie, the mailbox."""

    airflow: Standing
    accounts: dict[str, Served]
    folder: Path
    mails: Mailbox

    def form(self, account: str, **changed: Any) -> dict[str, Any]:
        there = self.accounts[account]
        post = next(id for id in there.fake.world.post_ids() if TEXT in there.fake.world.note(id).text)
        filled = {
            "konto": account, "diarienummer": "EX 17/26", "beslutsdatum": "2026-09-01", "annonserad_fran": "2026-09-15",
            "beslutsfattare": "Kommunikationschefen", "annons_url": f"{there.account}/{post}", "anmarkning": "",
        }  # fmt: skip
        return filled | changed

    def start(self, account: str, **changed: Any) -> str:
        return self.airflow.trigger(DAG, "kim", **self.form(account, **changed))

    def failures(self, account: str) -> list[str]:
        """What the archivist was mailed of closures of an account that failed."""
        due = f"Avslutsarkivering misslyckades: {account}"
        return [text for subject, text in self.mails.to("arkiv@exempelvik.example") if subject == due]

    def approved(self, run: str) -> None:
        self.airflow.question(DAG, run, "godkann")
        assert self.airflow.answer(DAG, run, "godkann", "kim", "Godkänn", skal=None).ok


def world() -> World:
    made = small_world(posts=30, comments=10, media=6, with_media=4, threads=3)
    made.add_post(TEXT)
    return made


@pytest.fixture(scope="module")
def house(airflow: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("closure")
    red = world()
    with (
        serving(world()) as whole,
        serving(red, ALL["one missing"].make(red)) as short,
        serving(world()) as refused,
        serving(world()) as seen,
        serving(world()) as replaced,
        mailbox() as mails,
    ):
        accounts = {
            "exempelvik-helt": whole, "exempelvik-kort": short, "exempelvik-nej": refused, "exempelvik-webb": seen,
            "exempelvik-fel": replaced,
        }  # fmt: skip
        rows = [f"{id};mastodon;{there.account};Kommunikationschefen;" for id, there in accounts.items()]
        (folder / "register.csv").write_text("\n".join(["id;plattform;adress;ansvarig;nyckel", *rows]) + "\n")
        told = {
            "ARSRING_REGISTER": str(folder / "register.csv"),
            "ARSRING_WORK": str(folder / "work"),
            "ARSRING_ARCHIVE": str(folder / "archive"),
            "ARSRING_SETTINGS": str(settings_file(folder)),
            "AIRFLOW_CONN_SMTP_DEFAULT": mails.connection,
        }
        told |= only(folder / "dags", "closure.py", "yearly.py")
        with standing(airflow | told, folder / "airflow", people=PEOPLE) as there:
            there.ready(DAG, "arkiv_arlig")
            yield House(there, accounts, folder, mails)


def test_the_archivist_closes_an_account_and_nobody_else_can(house: House) -> None:
    airflow, form = house.airflow, house.form("exempelvik-helt")
    for who in ("alex", "sam"):
        refused = airflow.ask("POST", f"/dags/{DAG}/dagRuns", who, json={"logical_date": None, "conf": form})
        assert refused.status_code == 403, who

    run = airflow.trigger(DAG, "kim", **form)
    asked = airflow.question(DAG, run, "godkann")
    assert "exempelvik-helt" in asked["subject"]
    assert f"`{TEXT}`" in asked["body"]
    assert "EX 17/26" in asked["body"]
    room = requests.get(f"{airflow.address}/lasesal/", cookies={"_token": airflow.token("alex")}, timeout=60).text
    assert "Frågor som väntar på svar (" in room
    assert f'href="/dags/{DAG}/runs/{quote(run, safe="")}/tasks/godkann/required_actions"' in room
    assert "/konto/mastodon/exempelvik-helt" in room
    for who in ("alex", "sam"):
        assert airflow.answer(DAG, run, "godkann", who, "Godkänn").status_code == 403
    assert airflow.answer(DAG, run, "godkann", "kim", "Godkänn", skal=None).ok
    received = airflow.question(DAG, run, "kvittera")
    assert "komplett" in received["body"]
    assert not house.mails.to("kommunikationsstrateg@"), "nothing is said before the archivist has received it"
    assert airflow.answer(
        DAG, run, "kvittera", "kim", "Mottaget och kontrollerat", kvittens="E-arkiv 2026-0815", fel=None
    ).ok
    asked = [text for subject, text in house.mails.to("arkiv@") if subject == "Svar behövs: exempelvik-helt"]
    assert len(asked) == 2, "one mail for each question"
    assert "Ska exempelvik-helt arkiveras och sedan stängas?" in asked[0]
    assert f"/runs/{quote(run)}/tasks/kvittera/required_actions" in asked[1]

    assert airflow.ended(DAG, run) == "success"
    subject, text = house.mails.to("kommunikationsstrateg@exempelvik.example")[-1]
    assert subject == "Får stängas: exempelvik-helt"
    assert "EX 17/26" in text
    assert (printed := f"{YEAR}-exempelvik-helt.closure.certificate.pdf") in text
    assert (house.folder / "archive" / printed).read_bytes().startswith(b"%PDF-1.4")
    made = json.loads((house.folder / "archive" / f"{YEAR}-exempelvik-helt.closure.certificate.json").read_text())
    assert made["answers"]["godkann"]["by"] == "kim"
    assert made["answers"]["kvittera"]["fields"]["kvittens"] == "E-arkiv 2026-0815"
    assert made["announcement"]["text"].startswith("<p>Det här kontot") or TEXT in made["announcement"]["text"]
    with zipfile.ZipFile(house.folder / "archive" / f"{YEAR}-exempelvik-helt.closure.zip") as held:
        order = json.loads(held.read(next(name for name in held.namelist() if name.endswith("/order.json"))))
    assert order["run"]["run"] == run
    assert order["run"]["started_by"] == "kim"
    assert order["run"]["approved_by"].startswith("kim, 20")

    again = airflow.trigger(DAG, "kim", **form)
    assert airflow.ended(DAG, again) == "failed"
    assert "redan avslutsarkiverat" in airflow.told(DAG, again, "kontrollera_underlag", "fel")


def test_an_archivist_starts_closures_and_nothing_else(house: House) -> None:
    airflow = house.airflow

    assert airflow.ask("POST", "/dags/arkiv_arlig/dagRuns", "kim", json={"logical_date": None}).status_code == 403
    for who in ("kim", "robin", "alex"):
        assert airflow.ask("DELETE", f"/dags/{DAG}", who).status_code == 403, who
        assert airflow.ask("GET", f"/dags/{DAG}", who).ok, who
    assert airflow.ask("PATCH", "/dags/arkiv_arlig", "kim", json={"is_paused": True}).status_code == 403
    assert airflow.ask("GET", "/connections", "kim").status_code == 403
    assert airflow.ask("GET", "/connections", "robin").ok


def test_a_form_with_faults_tells_them_all_in_swedish_and_a_mail_says_so(house: House) -> None:
    later = (datetime.now(UTC) + timedelta(days=40)).date().isoformat()

    run = house.start("exempelvik-nej", diarienummer="diariet", annonserad_fran=later, beslutsfattare="kim@x.example")

    assert house.airflow.ended(DAG, run) == "failed"
    told = house.airflow.told(DAG, run, "kontrollera_underlag", "fel")
    for words in ("Diarienummer: skrivs", "Annonserat från:", "har inte varit än", "Beslutsfattare: ange funktionen"):
        assert words in told
    subject, text = house.mails.to("arkiv@exempelvik.example")[-1]
    assert "misslyckades" in subject
    assert "Diarienummer: skrivs" in text


def test_what_is_refused_ends_with_the_reason_and_can_be_taken_up_again(house: House) -> None:
    airflow = house.airflow
    run = house.start("exempelvik-nej")
    first = airflow.question(DAG, run, "godkann")

    second = house.start("exempelvik-nej")
    assert airflow.ended(DAG, second) == "failed"
    assert "ett annat avslut av samma konto pågår" in airflow.told(DAG, second, "kontrollera_underlag", "fel")

    assert "Saknas skälet ställs frågan igen" in first["body"]
    assert airflow.answer(DAG, run, "godkann", "kim", "Avslå", skal=None).ok
    airflow.question(DAG, run, "godkann", after=first["task_instance"]["id"])
    assert airflow.answer(DAG, run, "godkann", "kim", "Avslå", skal="Kontot behövs ett år till.").ok

    assert airflow.ended(DAG, run) == "success"
    tasks = airflow.tasks(DAG, run)
    assert (tasks["avslagen"], tasks["hamta.forsok_1"], tasks["slutrapport"]) == ("skipped", "skipped", "skipped")
    third = house.start("exempelvik-nej")
    airflow.question(DAG, third, "godkann")
    assert airflow.ask("PATCH", f"/dags/{DAG}/dagRuns/{third}", "robin", json={"state": "failed"}).ok
    airflow.question(DAG, house.start("exempelvik-nej"), "godkann")  # what has ended keeps nobody out


def test_a_closure_that_the_archivist_stops_is_red_and_told_and_can_be_begun_again(house: House) -> None:
    """The next test does."""
    airflow = house.airflow
    run = house.start("exempelvik-kort")
    house.approved(run)
    airflow.question(DAG, run, "hamta.forsok_1")
    assert airflow.answer(DAG, run, "hamta.forsok_1", "kim", "Avbryt", skal_1=None).ok

    assert airflow.ended(DAG, run) == "failed"
    tasks = airflow.tasks(DAG, run)
    assert (tasks["avslagen"], tasks["hamta.forsok_1"], tasks["slutrapport"]) == ("skipped", "failed", "failed")
    [text] = house.failures("exempelvik-kort")
    assert "arkivarien avbröt. Ingenting levererades" in text


def test_what_is_not_whole_is_signed_off_reason_by_reason(house: House) -> None:
    airflow = house.airflow
    run = house.start("exempelvik-kort")
    house.approved(run)

    asked = airflow.question(DAG, run, "hamta.forsok_1")
    assert "exempelvik-kort" in asked["subject"]
    assert "inte komplett" in asked["body"]
    assert set(asked["params"]) == {"skal_1"}
    assert airflow.answer(DAG, run, "hamta.forsok_1", "kim", "Försök igen", skal_1=None).ok
    airflow.question(DAG, run, "hamta.forsok_2")
    assert airflow.answer(DAG, run, "hamta.forsok_2", "kim", "Godta luckorna", skal_1=" ").ok
    asked = airflow.question(DAG, run, "hamta.forsok_3")
    assert "skäl saknas för punkt" in asked["body"]
    assert airflow.answer(DAG, run, "hamta.forsok_3", "kim", "Godta luckorna", skal_1="Plattformen visar inte mer.").ok
    airflow.question(DAG, run, "kvittera")
    assert airflow.answer(DAG, run, "kvittera", "kim", "Mottaget och kontrollerat", kvittens=None, fel=None).ok

    assert airflow.ended(DAG, run) == "success"
    made = json.loads((house.folder / "archive" / f"{YEAR}-exempelvik-kort.closure.certificate.json").read_text())
    assert made["verdict"] == "not whole"
    assert made["sign_off"]["by"] == "Arkivarie (användare kim)"
    assert made["sign_off"]["reasons"][0]["reason"] == "Plattformen visar inte mer."
    text = house.mails.to("kommunikationsstrateg@exempelvik.example")[-1][1]
    assert "Plattformen visar inte mer." in text


def test_a_package_that_replaces_a_faulty_one_is_asked_about_by_what_it_is(house: House) -> None:
    airflow, account = house.airflow, "exempelvik-fel"
    run = house.start(account)
    house.approved(run)
    first = airflow.question(DAG, run, "kvittera")
    assert airflow.answer(DAG, run, "kvittera", "kim", "Fel i paketet", kvittens=None, fel="Läskopian är tom.").ok
    assert airflow.ended(DAG, run) == "failed"
    [text] = house.failures(account)
    assert "Läskopian är tom." in text
    assert "--again" in text

    words = ["--account", account, "--kind", "closure", "--again", "läskopian var tom", "--year", str(YEAR)]
    folder = house.folder
    done = subprocess.run(
        [sys.executable, "-m", "pipeline.cli", "run", "--register", str(folder / "register.csv"), *words,
         "--settings", str(folder / "installningar.toml"), "--into", str(folder / "archive")],
        cwd=ROOT, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    clear = {"dry_run": False, "task_ids": ["fel_i_paketet"], "include_downstream": True, "dag_run_id": run}
    assert airflow.ask("POST", f"/dags/{DAG}/clearTaskInstances", json=clear).ok
    second = airflow.question(DAG, run, "kvittera_2")
    assert airflow.answer(DAG, run, "kvittera_2", "kim", "Mottaget och kontrollerat", kvittens="2", fel=None).ok

    assert airflow.ended(DAG, run) == "success"
    name = f"{YEAR}-{account}.closure"
    assert f"{name}.zip" in first["body"]
    assert f"{name}.r2.zip" in second["body"]
    made = json.loads((folder / "archive" / f"{name}.certificate.json").read_text())
    assert made["sha256"] in second["body"]
    assert made["answers"]["kvittera"]["fields"]["kvittens"] == "2"
    tasks = airflow.tasks(DAG, run)
    assert (tasks["fel_i_paketet_2"], tasks["kvittera_3"], tasks["slutrapport"]) == ("skipped", "skipped", "success")


# --- in a browser -------------------------------------------------------------------------------------------------


def in_page(words: str) -> str:
    """A script: the link or button that says these words."""
    return f"[...document.querySelectorAll('a,button')].find(one => one.innerText.includes({words!r}))"


def filled(page: Seen, field: str, text: str) -> None:
    """A field of the form as a hand fills it in; the day of a date field as its calendar does."""
    there = f"document.getElementById('element_{field}')"
    if page.value(f"{there}.focus(), {there}.type") != "date":
        page.type(text)
        return
    setter = "Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value').set"
    page.value(f"{setter}.call({there}, {text!r}), {there}.dispatchEvent(new Event('input', {{bubbles: true}}))")


def answered(browser: Browser, address: str, question: str, option: str, picture: Path) -> None:
    """Answer a question where the archivist finds it: under Required Actions."""
    for _ in range(30):
        page = browser.visit(f"{address}/required_actions")
        with suppress(AssertionError):
            page.wait(in_page(question), 8)
            break
    page.value(f"{in_page(question)}.click()")
    page.wait(f"document.querySelector('[data-testid=\"hitl-option-{option}\"]')")
    time.sleep(SOON)
    page.picture(picture)
    page.value(f"document.querySelector('[data-testid=\"hitl-option-{option}\"]').click()")
    time.sleep(2)


def test_an_archivist_who_has_never_seen_airflow_does_all_of_it_in_a_browser(house: House, tmp_path: Path) -> None:
    account, address = "exempelvik-webb", house.airflow.address
    with chromium(tmp_path / "profile") as browser:
        page = browser.visit(address)
        page.wait("document.querySelector('input[name=password]')")
        for name in ("username", "password"):
            page.value(f"document.querySelector('input[name={name}]').focus()")
            page.type("kim")
        page.press("Enter")
        page.wait("location.pathname == '/' && document.body.innerText.includes('Dags')")

        page = browser.visit(f"{address}/dags/{DAG}?konto={account}")  # as the reading room's button does
        page.wait(in_page("Trigger"))
        page.value(f"{in_page('Trigger')}.click()")
        page.wait("document.getElementById('element_diarienummer')")
        form = page.wait("document.getElementById('element_diarienummer').closest('[role=dialog]').innerText")
        for title in ("Konto", "Beslutsdatum", "Annonserat från", "Annonsens adress", "Anmärkning"):
            assert title in form
        assert f"({account})" in form or account in form, form
        for field, text in house.form(account).items():
            if field != "konto" and text:
                filled(page, field, text)
        page.picture(tmp_path / "form.png")
        page.wait("!document.querySelector('[data-testid=trigger-dag-submit]').disabled")
        page.value("document.querySelector('[data-testid=trigger-dag-submit]').click()")
        run = page.wait("location.pathname.includes('/runs/') && location.pathname.split('/').pop()")

        answered(browser, address, f"Ska {account} arkiveras", "Godkänn", tmp_path / "approval.png")
        answered(browser, address, f"Är paketet för {account}", "Mottaget och kontrollerat", tmp_path / "receipt.png")

        assert house.airflow.ended(DAG, run) == "success"
        browser.visit(f"{address}/dags/{DAG}/runs/{run}").wait(in_page("Kontot får stängas"))
        page.picture(tmp_path / "grid.png")
        subject, mail = house.mails.to("kommunikationsstrateg@exempelvik.example")[-1]
        assert subject == f"Får stängas: {account}"
        (tmp_path / "mail.html").write_text(mail, encoding="utf-8")
        browser.open(tmp_path / "mail.html").picture(tmp_path / "mail.png")
