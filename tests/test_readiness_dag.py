"""Generalrepetition as a DAG: how it looks, what turns red, who gets a letter, and the daily reminder."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, redirect_stdout
from datetime import UTC, date, datetime, timedelta
from io import StringIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.airflows import ROOT, only, standing
from tests.captures import settings_file
from tests.fakes.faults import PLANTED, Fault, address, error
from tests.fakes.graph import APP, SECRET, Token
from tests.fakes.graph_world import GraphWorld
from tests.fakes.wires import Served, serving
from tests.mailbox import Mailbox, mailbox
from tests.runs import small_world

pytestmark = [pytest.mark.airflow, pytest.mark.filterwarnings("ignore")]
DAG, REMINDS = "arkiv_generalrepetition", "arkiv_paminnelser"
GOOD, ENDING, DEAD = "exempelvik-mastodon", "exempelvik-facebook", "biblioteket"
OPERATIONS, COMMUNICATOR = "drift@exempelvik.example", "kommunikation@exempelvik.example"
STRATEGIST = "kommunikationsstrateg@exempelvik.example"


@pytest.fixture
def servers(register: Callable[..., dict[str, str]], monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Served]]:
    """An account that will do, one whose key ends soon, one whose key is dead; and their register."""
    soon = int((datetime.now(UTC) + timedelta(days=20)).timestamp())
    with ExitStack() as stack:
        found = {
            GOOD: stack.enter_context(serving(small_world(), token=PLANTED)),
            ENDING: stack.enter_context(serving(GraphWorld(posts=12, media=4), is_a=Token(expires_at=soon))),
            DEAD: stack.enter_context(serving(small_world(), token="en-annan-nyckel")),
        }
        rows = [f"{id};{_platform(id)};{there.account};Chefen för {id};{id}" for id, there in found.items()]
        register(*rows)
        for id in found:
            key = json.dumps({"token": PLANTED, "app_id": APP, "app_secret": SECRET}) if id == ENDING else PLANTED
            monkeypatch.setenv(f"ARSRING_KEY_{id.upper().replace('-', '_')}", key)
        yield found


@pytest.fixture
def box(airflow: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Mailbox]:
    with mailbox() as found:
        monkeypatch.setenv("AIRFLOW_CONN_SMTP_DEFAULT", found.connection)
        yield found


def _platform(id: str) -> str:
    return "facebook" if id == ENDING else "mastodon"


def dag(id: str = DAG) -> Any:
    from airflow.dag_processing.dagbag import DagBag

    bag = DagBag(str(ROOT / "dags" / "readiness.py"))
    assert bag.import_errors == {}
    assert set(bag.dags) == {DAG, REMINDS}
    return bag.dags[id]


def run(id: str = DAG, **params: Any) -> tuple[str, dict[str, str], str]:
    """One run in this process: its state, the state of each task, and all that was said."""
    said = StringIO()
    with redirect_stdout(said):
        done = dag(id).test(logical_date=None, run_conf=params)
    return str(done.state), {one.task_id: str(one.state) for one in done.get_task_instances()}, said.getvalue()


def test_it_runs_monthly_and_twice_a_month_in_autumn(servers: dict[str, Served]) -> None:
    from airflow.serialization.encoders import coerce_to_core_timetable
    from airflow.timetables.base import TimeRestriction

    made = dag()
    timetable = coerce_to_core_timetable(made.timetable)
    days, last = [], None
    for _ in range(14):
        last = timetable.next_dagrun_info_v2(
            last_dagrun_info=last,
            restriction=TimeRestriction(earliest=made.start_date, latest=None, catchup=True),
        )
        days.append(f"{last.run_after.astimezone(UTC):%Y-%m-%d}")

    assert days[:6] == ["2026-10-01", "2026-10-15", "2026-11-01", "2026-11-15", "2027-01-01", "2027-02-01"]
    assert days[13:] == ["2027-10-01"]
    assert not made.catchup


def test_a_new_installation_looks_at_once_and_a_late_look_stands_back_in_december_alone(
    servers: dict[str, Served], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever installs in November is to know of a dead key before that December."""
    from airflow.sdk.exceptions import AirflowSkipException
    from airflow.serialization.encoders import coerce_to_core_timetable
    from airflow.timetables.base import TimeRestriction

    from dags import readiness

    made = dag()
    first = coerce_to_core_timetable(made.timetable).next_dagrun_info_v2(
        last_dagrun_info=None, restriction=TimeRestriction(earliest=made.start_date, latest=None, catchup=False)
    )
    assert first.run_after <= datetime.now(UTC)

    late = SimpleNamespace(run_type="scheduled", run_after=datetime(2026, 11, 15, 5, tzinfo=UTC))
    check = readiness.check_time().operator.python_callable
    monkeypatch.setattr(readiness, "_today", lambda: date(2026, 11, 28))
    check(dag_run=late)
    monkeypatch.setattr(readiness, "_today", lambda: date(2026, 12, 2))
    with pytest.raises(AirflowSkipException, match="I december går årets arkivering före"):
        check(dag_run=late)
    check(dag_run=SimpleNamespace(run_type="manual", run_after=datetime.now(UTC)))


def test_each_account_has_a_row_under_its_platform_and_its_platforms_pool(servers: dict[str, Served]) -> None:
    made = dag()

    rows = {f"facebook.{ENDING}", f"mastodon.{GOOD}", f"mastodon.{DEAD}"}
    assert set(made.task_dict) == {"kontrollera_tid", "lager", "slutrapport", *rows}
    assert made.task_dict[f"facebook.{ENDING}"].pool == "plattform_facebook"
    assert made.task_dict["slutrapport"].upstream_task_ids == {"kontrollera_tid", "lager", *rows}


def test_what_will_fail_is_red_in_the_report_and_in_letters_and_harms_no_other(
    servers: dict[str, Served], box: Mailbox, tmp_path: Path
) -> None:
    settings = tmp_path / "installningar.toml"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(text.replace("[redaktorer]", f'[redaktorer]\n"{DEAD}" = "bibliotek@exempelvik.example"'))

    state, tasks, said = run()

    assert len(tasks) == 6
    assert state == "failed"
    assert {id for id, found in tasks.items() if found == "failed"} == {
        f"facebook.{ENDING}", f"mastodon.{DEAD}", "slutrapport",
    }  # fmt: skip
    assert tasks["lager"] == tasks[f"mastodon.{GOOD}"] == "success"
    assert "1 av 3 konton är klara för december." in said
    assert "nyckeln godtas inte (HTTP 401)" in said
    assert "går ut" in said
    assert "December tar ungefär" in said
    [(subject, text)] = box.to("bibliotek@exempelvik.example")
    assert subject == f"{DEAD}: något måste göras så snart som möjligt"
    assert "Till Chefen för biblioteket" in text
    assert "/dags/" not in text, "an editor does not come into Airflow"
    letters = dict(box.to(COMMUNICATOR))  # for whom no mailbox is known
    assert any(subject.startswith(f"{ENDING}: något måste göras senast") for subject in letters)
    assert f"/dags/{DAG}/runs/" in letters["Generalrepetition: 2 konton är inte klara för december"]
    assert not box.to(OPERATIONS), "nothing of this is for operations"
    [(subject, text)] = box.to(STRATEGIST)
    assert subject == "Generalrepetition: 2 konton stämmer inte med registret"
    assert f"{GOOD}: startformulär saknas" in text, "no account without one goes unmentioned"
    assert "https://exempelvik.example/personuppgifter" in text, "drift hinders nothing, and is told all the same"
    assert PLANTED not in said + str(box.mails)


def test_when_all_is_well_it_is_green_and_nobody_gets_a_letter(
    servers: dict[str, Served], box: Mailbox, tmp_path: Path
) -> None:
    settings_file(tmp_path, texter='["Stadsdelen vid ån"]', lank='""')  # as its presentation has it
    servers[GOOD].fake.newest = f"{datetime.now(UTC):%Y-%m-%d}"

    state, tasks, said = run(konton=[GOOD])

    assert (state, len(tasks)) == ("success", 6)
    assert {id for id, found in tasks.items() if found == "skipped"} == {f"facebook.{ENDING}", f"mastodon.{DEAD}"}
    assert "1 av 1 konton är klara för december." in said
    assert box.mails == []


def test_a_reminder_looks_again_and_ends_when_it_is_mended(
    servers: dict[str, Served], box: Mailbox, tmp_path: Path
) -> None:
    run(konton=[DEAD])
    box.mails.clear()
    state, tasks, _ = run(REMINDS)
    assert (state, tasks["paminn"], box.mails) == ("success", "skipped", []), "told today already"

    remembered = tmp_path / "work" / "readiness" / "told.json"
    days_ago(remembered, 2)
    state, tasks, said = run(REMINDS)
    assert (state, tasks) == ("success", {"paminn": "success", "avslutade": "skipped"})
    assert box.to(COMMUNICATOR)[0][0] == f"{DEAD}: något måste göras så snart som möjligt"
    assert "nyckeln godtas inte" in said

    servers[DEAD].fake.token = PLANTED
    box.mails.clear()
    days_ago(remembered, 9)
    state, tasks, said = run(REMINDS)
    assert tasks == {"paminn": "success", "avslutade": "skipped"}
    assert "1 av 1 konton är klara för december." in said
    assert box.mails == []
    assert json.loads(remembered.read_text()) == {}


def test_an_account_that_may_be_closed_is_reminded_of_and_one_that_was_lost_is_an_alarm(
    servers: dict[str, Served], box: Mailbox, tmp_path: Path
) -> None:
    register = tmp_path / "register.csv"
    head, *rows = register.read_text(encoding="utf-8").splitlines()
    states = {GOOD: "arkiverat", ENDING: "aktivt", DEAD: "avslutat"}
    told = [f"{row};{states[row.partition(';')[0]]}" for row in rows]
    register.write_text("\n".join([f"{head};status", *told]) + "\n", encoding="utf-8")

    state, tasks, said = run(REMINDS)
    assert (state, tasks) == ("success", {"paminn": "skipped", "avslutade": "success"})
    [(subject, text)] = box.to(STRATEGIST)
    assert subject == f"Får stängas, och finns kvar: {GOOD}"
    assert f"/dags/{REMINDS}/runs/" in text
    assert PLANTED not in said + str(box.mails)

    box.mails.clear()
    servers[GOOD].fake.faults.append(Fault(error(404), address("/accounts/lookup")))
    register.write_text(register.read_text(encoding="utf-8").replace("arkiverat", "avslutas"), encoding="utf-8")
    state, tasks, _ = run(REMINDS)
    assert (state, tasks) == ("failed", {"paminn": "skipped", "avslutade": "failed"})
    assert {subject for subject, _ in box.to(OPERATIONS)} == {f"Larm: {GOOD} är borta och inte arkiverat"}


def days_ago(path: Path, days: int) -> None:
    then = (datetime.now(UTC) - timedelta(days=days)).date().isoformat()
    found = json.loads(path.read_text())
    path.write_text(json.dumps({key: row | {"days": [then]} for key, row in found.items()}))


def test_settings_that_cannot_be_used_are_told(
    servers: dict[str, Served], box: Mailbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARSRING_SETTINGS", str(tmp_path / "borta.toml"))

    state, tasks, said = run()

    assert (state, tasks["slutrapport"]) == ("failed", "failed")
    assert "borta.toml" in said


def test_a_register_that_cannot_be_used_is_one_red_task_that_says_why(
    register: Callable[..., dict[str, str]],
) -> None:
    register("trasig;myspace;ingen-adress;;")

    state, tasks, _ = run()

    assert (state, tasks) == ("failed", {"register_fel": "failed"})


def test_the_scheduler_runs_it_in_the_pools_and_knows_both(servers: dict[str, Served], tmp_path: Path) -> None:
    told = os.environ | only(tmp_path / "dags", "readiness.py")
    with standing(told, tmp_path / "airflow") as there:
        there.ready(DAG, REMINDS)
        started = there.trigger(DAG)

        assert there.ended(DAG, started, 240) == "failed"  # after the one that began by itself
        tasks = there.tasks(DAG, started)
        again = there.trigger(REMINDS)
        assert there.ended(REMINDS, again) == "success"

    assert {id: state for id, state in tasks.items() if state != "success"} == dict.fromkeys(
        (f"facebook.{ENDING}", f"mastodon.{DEAD}", "slutrapport"), "failed"
    )
    assert len(tasks) == 6
