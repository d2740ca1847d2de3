"""The December DAG: how it looks, what it does when an account fails, and that the real scheduler runs it."""

from __future__ import annotations

import gzip
import json
import os
import sqlite3
import subprocess
import sys
import zipfile
from collections.abc import Callable
from contextlib import closing, redirect_stdout
from datetime import UTC, date, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from tests.airflows import HEADINGS, ROOT, Standing, only, standing, wait_for
from tests.captures import settings_file
from tests.fakes.faults import ALL, GRAPH, PLANTED
from tests.fakes.graph import APP, SECRET
from tests.fakes.graph_world import GraphWorld
from tests.fakes.wires import serving
from tests.servers.mastodon import MastodonMock

# Airflow and its providers warn of each other; what they say is not about us.
pytestmark = [pytest.mark.airflow, pytest.mark.filterwarnings("ignore")]

STEPS = ("hamta", "paketera", "leverera")
DAGS = {
    "arkiv_arlig",
    "arkiv_aterlasning",
    "arkiv_avslut",
    "arkiv_generalrepetition",
    "arkiv_kontroll",
    "arkiv_paminnelser",
}


def three() -> tuple[str, ...]:
    return (
        "exempelvik-mastodon;mastodon;https://mastodon.example/@exempelvik;Kommunikationschefen;",
        "exempelvik-bluesky;bluesky;https://bsky.example/profile/exempelvik.example;Kommunikationschefen;",
        "biblioteket;mastodon;https://mastodon.example/@biblioteket;Bibliotekschefen;",
    )


def yearly() -> Any:
    """The DAG as Airflow finds it now."""
    return found()["arkiv_arlig"]


def found() -> Any:
    """Every DAG by its id, as Airflow finds them now."""
    from airflow.dag_processing.dagbag import DagBag

    bag = DagBag(str(ROOT / "dags"))
    assert bag.import_errors == {}
    return bag.dags


def run(year: int | None = 2026, **params: Any) -> tuple[str, dict[str, str], str]:
    """One run in this process: its state, the state of each task, and all that the tasks printed."""
    dag, told = yearly(), StringIO()
    dag.deadline = None  # with one, dag.test breaks where a run ends green (Airflow 3.3.2)
    with redirect_stdout(told):
        done = dag.test(logical_date=None, run_conf={"ar": year, **params})
    return str(done.state), {task.task_id: str(task.state) for task in done.get_task_instances()}, told.getvalue()


def write_something(server: MastodonMock) -> list[str]:
    """Two posts and an answer for each account of the server; gives the accounts' names."""
    for name in server.tokens:
        first = server.post(f"Simhallen öppnar kl. 6. ({name})", by=name)
        server.post("Tack!", by=name, in_reply_to_id=first["id"])
        server.post("Vägen är plogad.", by=name)
    return list(server.tokens)


# --- how it looks -------------------------------------------------------------------------------------------


PARSE = """
import json, socket, sys, time
def refuse(*_): raise OSError("no network while parsing")
socket.socket.connect = socket.socket.connect_ex = socket.socket.sendto = socket.getaddrinfo = refuse
from airflow.dag_processing.dagbag import DagBag
began = time.process_time()
bag = DagBag(sys.argv[1])
tasks = {id: len(dag.tasks) for id, dag in bag.dags.items()}
print(json.dumps([time.process_time() - began, bag.import_errors, tasks]))
"""


def test_the_dag_is_read_without_network_or_database(register: Callable[..., dict[str, str]]) -> None:
    told = register(*three()) | {"AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": "sqlite:////proc/no/such/place.db"}

    done = subprocess.run(
        [sys.executable, "-c", PARSE, str(ROOT / "dags")],
        env=os.environ | told,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert done.returncode == 0, done.stderr[-2000:]
    seconds, errors, tasks = json.loads(done.stdout.splitlines()[-1])
    assert errors == {}
    assert tasks["arkiv_arlig"] == 3 * len(STEPS) + 2
    assert set(tasks) == DAGS
    print(f"{seconds:.2f} s of processor for all files")  # asked: under 1


def test_every_account_has_a_row_under_its_platform_and_its_name_on_every_task(
    register: Callable[..., dict[str, str]],
) -> None:
    register(*three())

    dag = yearly()

    groups = ("bluesky.exempelvik-bluesky", "mastodon.biblioteket", "mastodon.exempelvik-mastodon")
    ids = {f"{group}.{step}" for group in groups for step in STEPS}
    assert set(dag.task_dict) == ids | {"kontrollera_ar", "slutrapport"}
    assert dag.task_dict["mastodon.biblioteket.hamta"].task_display_name == "Hämta biblioteket"
    assert [dag.task_dict[f"mastodon.biblioteket.{step}"].pool for step in STEPS] == [
        "plattform_mastodon",
        "arkiv",
        "default_pool",
    ]
    assert dag.task_dict["mastodon.biblioteket.paketera"].upstream_task_ids == {"mastodon.biblioteket.hamta"}
    assert dag.task_dict["slutrapport"].upstream_task_ids == {f"{g}.leverera" for g in groups} | {"kontrollera_ar"}


def test_no_task_carries_a_copy_of_the_form(register: Callable[..., dict[str, str]]) -> None:
    """A copy in each of 1,200 tasks is half of the time that 400 accounts take to be read."""
    register(*three())

    dag = yearly()

    assert [id for id, task in dag.task_dict.items() if task.params] == []
    assert set(dag.params) == {"ar", "konton", "provkor"}


def test_accounts_that_are_not_in_use_have_no_row(register: Callable[..., dict[str, str]], tmp_path: Path) -> None:
    register()
    rows = [f"{row};{status}" for row, status in zip(three(), ("aktivt", "avslutat", "avslutas"), strict=True)]
    (tmp_path / "register.csv").write_text("\n".join([f"{HEADINGS};status", *rows]), encoding="utf-8")

    dag = yearly()

    assert len(dag.tasks) == 2 * len(STEPS) + 2
    assert not any("bluesky" in name for name in dag.task_dict)


def test_the_first_run_is_on_the_first_of_december_and_carries_its_year(
    register: Callable[..., dict[str, str]],
) -> None:
    from airflow.serialization.encoders import coerce_to_core_timetable
    from airflow.timetables.base import TimeRestriction

    register(*three())
    dag = yearly()

    first = coerce_to_core_timetable(dag.timetable).next_dagrun_info_v2(
        last_dagrun_info=None, restriction=TimeRestriction(earliest=dag.start_date, latest=None, catchup=False)
    )

    assert first.partition_key == str(first.run_after.year)
    assert first.run_after.in_timezone("Europe/Stockholm").strftime("%m-%d %H:%M") == "12-01 02:00"
    assert not dag.catchup


def test_a_city_has_a_run_for_each_administration(
    register: Callable[..., dict[str, str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    register()
    units = ("Kultur & fritid / Biblioteken", "Äldreförvaltningen", "kultur & fritid")
    rows = [f"{row};{unit}" for row, unit in zip(three(), units, strict=True)]
    more = "utan-enhet;mastodon;https://mastodon.example/@utan;Chefen;;"
    text = "\n".join([f"{HEADINGS};enhet", *rows, more])
    (tmp_path / "register.csv").write_text(text, encoding="utf-8")
    assert {id for id in found() if id.startswith("arkiv_arlig")} == {"arkiv_arlig"}

    monkeypatch.setenv("ARSRING_DAG_PER", "enhet")
    dags = {id: dag for id, dag in found().items() if id.startswith("arkiv_arlig")}

    assert {id: dag.dag_display_name for id, dag in dags.items()} == {
        "arkiv_arlig": "Årlig arkivering",
        "arkiv_arlig_kultur_fritid": "Årlig arkivering: Kultur & fritid",
        "arkiv_arlig_aldreforvaltningen": "Årlig arkivering: Äldreförvaltningen",
    }
    rows_of = {id: {name.split(".")[1] for name in dag.task_dict if "." in name} for id, dag in dags.items()}
    assert rows_of == {
        "arkiv_arlig": {"utan-enhet"},
        "arkiv_arlig_kultur_fritid": {"exempelvik-mastodon", "biblioteket"},
        "arkiv_arlig_aldreforvaltningen": {"exempelvik-bluesky"},
    }


def test_what_a_city_may_divide_its_runs_by_is_told(
    register: Callable[..., dict[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    register(*three())
    monkeypatch.setenv("ARSRING_DAG_PER", "förvaltning")

    state, tasks, told = run()

    assert (state, tasks) == ("failed", {"register_fel": "failed"})
    assert "ARSRING_DAG_PER ska vara ”enhet”" in told


@pytest.mark.parametrize("per", ["", "enhet"])
def test_four_hundred_accounts_are_read_without_a_fault(
    per: str, register: Callable[..., dict[str, str]], tmp_path: Path
) -> None:
    told = register() | {"ARSRING_DAG_PER": per}
    rows = (f"konto-{n};mastodon;https://mastodon.example/@konto{n};Chefen;;Förvaltning {n % 20}" for n in range(400))
    (tmp_path / "register.csv").write_text("\n".join([f"{HEADINGS};enhet", *rows]), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-c", PARSE, str(ROOT / "dags" / "yearly.py")],
        env=os.environ | told,
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )

    seconds, errors, tasks = json.loads(done.stdout.splitlines()[-1])

    assert errors == {}
    assert len(tasks) == (20 if per else 1)
    assert sum(tasks.values()) == 400 * len(STEPS) + 2 * len(tasks)
    print(f"{seconds:.2f} s of processor for the file with 400 accounts")  # asked: under 1


def test_a_backfill_s_order_says_when_it_was_asked_for(airflow: dict[str, str]) -> None:
    from types import SimpleNamespace

    from dags.steps import placed

    then, now = datetime(2024, 12, 1, 1, tzinfo=UTC), datetime(2026, 11, 27, 9, tzinfo=UTC)

    assert placed(SimpleNamespace(run_type="scheduled", run_after=then, start_date=now)) == then
    assert placed(SimpleNamespace(run_type="backfill", run_after=then, start_date=now)) == now
    assert placed(SimpleNamespace(run_type="backfill", run_after=then, start_date=None)) == then


def test_a_broken_register_is_one_red_task_that_tells_every_fault(register: Callable[..., dict[str, str]]) -> None:
    register("Exempelvik;friendster;inte en adress;;", "biblioteket;mastodon;https://mastodon.example/@b;chefen;")

    state, tasks, told = run()

    assert (state, tasks) == ("failed", {"register_fel": "failed"})
    for column in ("id", "plattform", "adress"):
        assert f"Rad 2, kolumn ”{column}”" in told


def test_a_task_that_is_killed_is_begun_again_whichever_it_is(register: Callable[..., dict[str, str]]) -> None:
    """Or one that is lost on its way to a worker would end all that comes after it: at the check of the year, all."""
    register(*three())

    once = {(id, name) for id, dag in found().items() for name, task in dag.task_dict.items() if not task.retries}

    assert once == set()


def test_a_register_that_is_not_there_is_told_as_a_fault(
    register: Callable[..., dict[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    register(*three())
    monkeypatch.delenv("ARSRING_REGISTER")

    assert list(yearly().task_dict) == ["register_fel"]


# --- what our errors and years mean to Airflow --------------------------------------------------------------


def test_a_run_that_airflow_makes_up_for_later_is_stopped(airflow: dict[str, str]) -> None:
    from dags.settings import check_time
    from model.errors import BadInput

    check_time(2026, date(2026, 12, 1), scheduled=True)
    check_time(2026, date(2027, 1, 31), scheduled=True)
    check_time(2026, date(2027, 11, 3), scheduled=False)

    with pytest.raises(BadInput, match="dagens läge"):
        check_time(2026, date(2027, 11, 3), scheduled=True)


def test_a_wait_is_as_long_as_the_platform_says_and_an_unnamed_error_ends_soon(airflow: dict[str, str]) -> None:
    from airflow.sdk import RetryAction

    from dags.errors import AsThePlatformSays
    from model.errors import TryLater

    policy = AsThePlatformSays()

    waiting = policy.evaluate(TryLater("429", after=3600), try_number=20, max_tries=25)
    first, last = (policy.evaluate(ValueError(), try_number=number, max_tries=25) for number in (1, 3))

    assert (waiting.action, waiting.retry_delay) == (RetryAction.RETRY, timedelta(hours=1))
    assert (first.action, last.action) == (RetryAction.DEFAULT, RetryAction.FAIL)


def test_faults_of_the_settings_and_missing_schemas_are_told_before_anything_is_asked_for(
    register: Callable[..., dict[str, str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dags.settings import place
    from model.errors import BadInput

    register(*three())
    assert place().settings.formats == ("eark_sip",)

    monkeypatch.setenv("ARSRING_SCHEMAS", str(tmp_path / "nowhere"))
    with pytest.raises(BadInput, match=r"mets\.xsd"):
        place()
    settings_file(tmp_path, profil='"fgs-9"')
    with pytest.raises(BadInput, match="profil"):
        place()


def test_a_key_comes_from_the_environment_or_a_connection(
    airflow: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from dags.settings import key
    from model.errors import NotAllowed

    monkeypatch.setenv("ARSRING_KEY_EXEMPELVIK_A", "hemlig-a")
    monkeypatch.setenv("AIRFLOW_CONN_EXEMPELVIK_B", json.dumps({"conn_type": "generic", "password": "hemlig-b"}))

    assert (key(None), key("exempelvik-a"), key("exempelvik_b")) == (None, "hemlig-a", "hemlig-b")
    with pytest.raises(NotAllowed, match="exempelvik-c"):
        key("exempelvik-c")


# --- what it does -------------------------------------------------------------------------------------------


def test_one_account_fails_and_the_others_are_delivered(
    register: Callable[..., dict[str, str]], mastodon_server: MastodonMock, tmp_path: Path
) -> None:
    one, other = write_something(mastodon_server)[:2]
    register(
        f"forst;mastodon;{mastodon_server.url}/@{one};Chefen;",
        f"trasig;mastodon;{mastodon_server.url}/@ingen;Chefen;en-nyckel-som-inte-finns",
        f"sist;mastodon;{mastodon_server.url}/@{other};Chefen;",
    )

    state, tasks, told = run()

    good = {f"mastodon.{account}.{step}": "success" for account in ("forst", "sist") for step in STEPS}
    bad = dict(zip((f"mastodon.trasig.{s}" for s in STEPS), ("failed", *2 * ["upstream_failed"]), strict=True))
    assert tasks == good | bad | {"kontrollera_ar": "success", "slutrapport": "failed"}
    assert state == "failed"
    assert sorted(path.name for path in (tmp_path / "archive").glob("*.zip")) == ["2026-forst.zip", "2026-sist.zip"]
    report = told[told.index("Årlig arkivering 2026: 2 av 3 konton") :]
    assert "trasig: Nyckeln ”en-nyckel-som-inte-finns” finns inte." in report
    assert "måste förnyas" in report


def test_an_account_that_no_connector_reads_is_red_and_says_so_and_the_others_are_delivered(
    register: Callable[..., dict[str, str]], mastodon_server: MastodonMock, tmp_path: Path
) -> None:
    one = write_something(mastodon_server)[0]
    register(
        f"forst;mastodon;{mastodon_server.url}/@{one};Chefen;",
        "film;youtube;https://youtube.example/@exempelvik;Chefen;en-nyckel-som-inte-finns",
    )

    state, tasks, told = run()

    assert (state, tasks["mastodon.forst.leverera"], tasks["youtube.film.hamta"]) == ("failed", "success", "failed")
    assert yearly().task_dict["youtube.film.hamta"].pool == "default_pool", "a pool that nobody makes waits for ever"
    report = told[told.index("Årlig arkivering 2026: 1 av 2 konton") :]
    assert "film: youtube kan inte läsas av den här versionen, så ingenting av kontot arkiveras." in report


def test_what_is_archived_is_never_fetched_again_and_what_is_not_chosen_is_left(
    register: Callable[..., dict[str, str]], mastodon_server: MastodonMock, tmp_path: Path
) -> None:
    one, other = write_something(mastodon_server)[:2]
    register(
        f"forst;mastodon;{mastodon_server.url}/@{one};Chefen;",
        f"sist;mastodon;{mastodon_server.url}/@{other};Chefen;",
    )

    first = run(konton=["forst"])
    package = (tmp_path / "archive" / "2026-forst.zip").read_bytes()
    mastodon_server.post("Ett nytt inlägg.", by=one)
    second = run()

    assert first[0] == second[0] == "success"
    assert {first[1][f"mastodon.sist.{step}"] for step in STEPS} == {"skipped"}
    assert {first[1][f"mastodon.forst.{step}"] for step in STEPS} == {"success"}
    assert "sist   inte valt i den här körningen" in first[2]
    assert set(second[1].values()) == {"success"}
    assert "2026-forst: redan arkiverat" in second[2]
    assert (tmp_path / "archive" / "2026-forst.zip").read_bytes() == package


def test_a_rehearsal_takes_it_all_and_the_year_is_still_to_be_archived(
    register: Callable[..., dict[str, str]], mastodon_server: MastodonMock, tmp_path: Path
) -> None:
    one = write_something(mastodon_server)[0]
    register(f"forst;mastodon;{mastodon_server.url}/@{one};Chefen;")

    tried, real = run(provkor=True), run()

    assert tried[0] == real[0] == "success"
    assert "Årlig arkivering, provkörning 2026: 1 av 1 konton utan anmärkning" in tried[2]
    assert "redan arkiverat" not in real[2]
    names = ["2026-forst.rehearsal.zip", "2026-forst.zip"]
    assert sorted(path.name for path in (tmp_path / "archive").glob("*.zip")) == names
    assert b'RECORDSTATUS="TEST"' in content(tmp_path / "archive" / names[0], "METS.xml")
    [manifest] = (tmp_path / "archive").glob("2026-december.*.run.json")
    assert [row["order"] for row in json.loads(manifest.read_text())["manifests"]] == ["2026-forst"]


def test_a_chosen_account_that_is_not_in_the_register_makes_the_run_red(
    register: Callable[..., dict[str, str]], tmp_path: Path
) -> None:
    register(*three())

    state, tasks, told = run(konton=["exempelvik-mastodn"])

    assert (state, tasks["slutrapport"]) == ("failed", "failed")
    assert "inget aktivt konto med id exempelvik-mastodn" in told
    assert not (tmp_path / "archive").exists()


def test_a_run_without_a_year_archives_nothing(register: Callable[..., dict[str, str]], tmp_path: Path) -> None:
    register(*three())

    state, tasks, told = run(year=None)

    assert state == "failed"
    assert tasks["kontrollera_ar"] == "failed"
    assert {tasks[name] for name in tasks if name.startswith("mastodon.")} == {"upstream_failed"}
    assert "Ange året i fältet ”År”" in told
    assert not (tmp_path / "archive").exists()


def test_a_page_and_its_instagram_are_archived_with_one_connection_whose_parts_are_nowhere(
    register: Callable[..., dict[str, str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes = {"posts": 12, "photos": 6, "comments": 8, "threads": 3, "media": 6, "media_comments": 6, "media_threads": 2}
    echo = [GRAPH["token in a header"].make(None)[0], ALL["token in next"].make(None)[0]]
    pages = serving(GraphWorld(**sizes), echo, proof=True)
    pictures = serving(GraphWorld(side="instagram", **sizes), proof=True)
    extra = {"app_id": APP, "app_secret": SECRET}
    connection = {"conn_type": "generic", "password": PLANTED, "extra": extra}
    monkeypatch.setenv("AIRFLOW_CONN_META_EXEMPELVIK", json.dumps(connection))
    with pages as page, pictures as instagram:
        register(
            f"exempelvik-facebook;facebook;{page.account};Kommunikationschefen;meta-exempelvik",
            f"exempelvik-instagram;instagram;{instagram.account};Kommunikationschefen;meta-exempelvik",
        )

        state, tasks, told = run()

    assert state == "success", told[-3000:]
    assert set(tasks.values()) == {"success"}
    assert len(list(tmp_path.glob("archive/*.receipt.json"))) == 2
    with closing(sqlite3.connect(Path(os.environ["AIRFLOW_HOME"]) / "airflow.db")) as database:
        results = json.dumps(database.execute("SELECT * FROM xcom").fetchall(), default=str)
    for secret in (PLANTED, SECRET):
        assert secret not in told
        assert secret not in results
        for path in (*tmp_path.rglob("*"), *Path(os.environ["AIRFLOW_HOME"]).rglob("*.log")):
            assert not path.is_file() or secret.encode() not in path.read_bytes()
        for package in tmp_path.glob("archive/*.zip"):
            with zipfile.ZipFile(package) as bag:
                assert all(secret.encode() not in unpacked(bag.read(name)) for name in bag.namelist())


def unpacked(data: bytes) -> bytes:
    return gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data


def test_locks_that_could_not_be_made_longer_are_told_in_swedish() -> None:
    from dags.report import unlocked

    said = unlocked(["2025-a: there is no receipt, so nothing was delivered."])

    assert "Lås som inte kunde förlängas" in said
    assert "arsring store extend" in said
    assert unlocked([]) == ""


def test_a_receipt_that_is_missing_makes_the_report_fail(airflow: dict[str, str]) -> None:
    from dags.report import Row, table

    green = dict.fromkeys(STEPS, "success")

    row = Row("exempelvik-mastodon", green, receipt=None)

    assert not row.good
    assert "kvitto saknas" in table(2026, [row])


def test_what_looks_like_personal_numbers_is_told_to_the_archivist(
    register: Callable[..., dict[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    from types import SimpleNamespace

    from dags import mail, steps
    from dags.report import Row, table
    from dags.settings import place
    from model.errors import NotWhole
    from pipeline import evidence

    register(*three())
    sent: dict[str, list[str]] = {}
    monkeypatch.setattr(mail, "send", lambda subject, text, to: sent.update({text: to}))
    rows = [Row(id, dict.fromkeys(STEPS, "success"), None, personal=count) for id, count in (("a", 0), ("b", 3))]
    run = {"dag_run": SimpleNamespace(dag_id="arkiv_arlig", run_id="x")}

    steps._mailed(table(2026, rows), run)
    steps._mailed(table(2026, rows[:1]), run)

    (flagged, to), (_, others) = sent.items()
    assert "b: 3 ställen i texterna liknar personnummer. Se över sekretessen" in flagged
    assert "a: 0" not in flagged
    assert {*to} - {*others} == {"arkiv@exempelvik.example"}

    def broken(*_: Any) -> int:
        raise NotWhole("2026-b.manifest.json: cannot be read as a manifest")

    monkeypatch.setattr(evidence, "personal", broken)
    assert steps.personal_in(SimpleNamespace(), place()) == 0  # type: ignore[arg-type]


# --- on the real scheduler ----------------------------------------------------------------------------------


def test_the_scheduler_itself_archives_a_year(
    register: Callable[..., dict[str, str]], mastodon_server: MastodonMock, tmp_path: Path
) -> None:
    one, other = write_something(mastodon_server)[:2]
    told = register(
        f"forst;mastodon;{mastodon_server.url}/@{one};Chefen;",
        f"sist;mastodon;{mastodon_server.url}/@{other};Chefen;",
    )
    told |= only(tmp_path / "dags", "yearly.py")
    with standing(told, tmp_path / "standalone") as airflow:
        airflow.ready("arkiv_arlig")
        run = airflow.trigger("arkiv_arlig", key="2026")
        state = airflow.ended("arkiv_arlig", run)
        ran, tasks = airflow.run("arkiv_arlig", run), airflow.tasks("arkiv_arlig", run)
        made_up = backfilled(airflow, 2024, 2025, konton=["forst"])

    assert (state, ran["partition_key"]) == ("success", "2026"), airflow.log.read_text(errors="replace")[-4000:]
    groups = ("mastodon.forst", "mastodon.sist")
    expected = {f"{group}.{step}" for group in groups for step in STEPS} | {"kontrollera_ar", "slutrapport"}
    assert tasks == dict.fromkeys(expected, "success")
    assert made_up == {"2024": "success", "2025": "success"}
    names = ["2024-forst.zip", "2025-forst.zip", "2026-forst.zip", "2026-sist.zip"]
    assert sorted(path.name for path in (tmp_path / "archive").glob("*.zip")) == names
    made = datetime.fromisoformat(json.loads(content(tmp_path / "archive" / names[0], "order.json"))["created"])
    assert datetime.now(UTC) - made < timedelta(hours=1), "the package says when it was really ordered"


def backfilled(airflow: Standing, first: int, last: int, **conf: Any) -> dict[str, str]:
    """The states of the runs that a backfill makes, by their years."""
    words = {
        "dag_id": "arkiv_arlig", "from_date": f"{first}-01-01T00:00:00Z", "to_date": f"{last}-12-31T00:00:00Z",
        "dag_run_conf": conf, "max_active_runs": 1,
    }  # fmt: skip
    answer = airflow.ask("POST", "/backfills", json=words)
    assert answer.ok, answer.text

    def ended() -> dict[str, str] | None:
        rows = airflow.ask("GET", "/dags/arkiv_arlig/dagRuns?run_type=backfill").json()["dag_runs"]
        states = {row["partition_key"]: row["state"] for row in rows}
        return states if len(states) > last - first and not {"queued", "running"} & {*states.values()} else None

    return dict(wait_for("the backfill", ended, airflow.log))


def content(package: Path, name: str) -> bytes:
    with zipfile.ZipFile(package) as held:
        return held.read(next(one for one in held.namelist() if one.endswith(f"/{name}")))
