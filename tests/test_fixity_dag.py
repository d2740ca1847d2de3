"""Kontroll av arkivet as DAGs: what is changed in the archive turns red and is mailed; each delivery is read back."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import redirect_stdout
from html import unescape
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from tests.airflows import only, standing, wait_for
from tests.mailbox import Mailbox, mailbox
from tests.servers.mastodon import MastodonMock
from tests.test_dags import found, run, write_something

pytestmark = [pytest.mark.airflow, pytest.mark.filterwarnings("ignore"), pytest.mark.timeout(600)]
READS, LOOKS = "arkiv_aterlasning", "arkiv_kontroll"
ORDER, ARCHIVIST, OPERATIONS = "2026-forst", "arkiv@exempelvik.example", "drift@exempelvik.example"


@pytest.fixture
def box(airflow: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Mailbox]:
    with mailbox() as made:
        monkeypatch.setenv("AIRFLOW_CONN_SMTP_DEFAULT", made.connection)
        yield made


@pytest.fixture
def archive(register: Callable[..., dict[str, str]], mastodon_server: MastodonMock, tmp_path: Path) -> Path:
    """One account's year, delivered."""
    one = write_something(mastodon_server)[0]
    register(f"forst;mastodon;{mastodon_server.url}/@{one};Chefen;")
    assert run()[0] == "success"
    return tmp_path / "archive"


def go(dag: str, **params: Any) -> tuple[str, dict[str, str], str]:
    said = StringIO()
    with redirect_stdout(said):
        done = found()[dag].test(logical_date=None, run_conf=params)
    return str(done.state), {task.task_id: str(task.state) for task in done.get_task_instances()}, said.getvalue()


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.chmod(0o640)
    path.write_bytes(data)


def plain(html: str) -> str:
    return unescape(re.sub("<[^>]*>", "", html.replace("<br>", "\n").replace("</p>", "\n")))


def test_a_package_that_is_as_it_was_is_read_back(archive: Path) -> None:
    state, tasks, told = go(READS, bestallning=ORDER)

    assert (state, tasks) == ("success", {"las_tillbaka": "success"})
    assert f"{archive / ORDER}.zip: 4 filer" in told
    assert "byte för byte" in told


def test_a_flipped_byte_is_an_alarm(archive: Path, box: Mailbox) -> None:
    flip(archive / f"{ORDER}.zip")

    state, tasks, told = go(READS, bestallning=ORDER)

    assert (state, tasks) == ("failed", {"las_tillbaka": "failed"})
    [(subject, html)] = box.to(OPERATIONS)
    assert box.to(ARCHIVIST) == [(subject, html)]
    assert len(box.mails) == 1
    assert subject == "Larm: arkivet är inte som det levererades"
    text = plain(html)
    assert f"{archive / ORDER}.zip: {ORDER}.zip: är inte det paket som kvittot gäller" in text
    assert "Rör ingenting i arkivlagret" in text
    assert f"/dags/{READS}/runs/" in text
    [paper] = archive.glob("larm-*.json")
    assert paper.name in text
    assert f"{ORDER}.zip" in paper.read_text()
    assert told.count("LARM") >= 1


def test_the_day_s_part_is_read_and_a_flipped_byte_in_it_is_an_alarm(
    archive: Path, box: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipeline.fixity.SLICES", 1)  # a quarter in one day
    good = go(LOOKS)
    flip(archive / f"{ORDER}.manifest.json")
    bad = go(LOOKS)

    assert good[:2] == ("success", {"las_dagens_del": "success"})
    assert "del 1 av 1, " in good[2]
    assert bad[:2] == ("failed", {"las_dagens_del": "failed"})
    flip(archive / f"{ORDER}.manifest.json")
    assert "Larmet är över" in go(LOOKS)[2]
    assert len([*archive.glob("larm-*.json")]) == 2, "the alarm, and its end"
    [(_, html)] = box.to(OPERATIONS)
    assert f"{archive}/{ORDER}.manifest.json: är inte de byte som levererades" in plain(html)


def test_a_long_alarm_is_cut_in_the_mail_and_whole_in_the_paper(
    archive: Path, box: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pipeline import fixity

    many = [f"{archive}/{n:03}.zip: finns inte i arkivlagret" for n in range(100)]
    monkeypatch.setattr(fixity, "look", lambda *_: fixity.Look(str(archive), faults=many))

    assert go(LOOKS)[0] == "failed"

    [(_, html)] = box.to(OPERATIONS)
    assert "och 60 till" in plain(html)
    assert "099.zip" not in html
    assert "099.zip" in next(archive.glob("larm-*.json")).read_text()


def test_an_order_that_was_never_delivered_and_none_at_all_are_told(archive: Path, box: Mailbox) -> None:
    assert go(READS, bestallning="2026-ingen")[0] == "failed"
    assert go(READS)[0] == "failed"

    first, second = (plain(html) for _, html in box.to(OPERATIONS))
    assert "ingen sådan beställning har levererats" in first
    assert "Ange den i fältet ”Beställning”" in second


def test_days_on_which_airflow_did_not_run_are_made_up_for(airflow: dict[str, str]) -> None:
    from datetime import UTC, datetime
    from types import SimpleNamespace

    from dags.fixity import _days

    def days(before: datetime | None) -> list[str]:
        last = SimpleNamespace(run_after=before) if before else None
        now = SimpleNamespace(run_after=datetime(2026, 12, 10, 2, tzinfo=UTC))
        context = {"dag_run": now, "ti": SimpleNamespace(get_previous_dagrun=lambda: last)}
        return [day.isoformat() for day in _days(context)]

    assert days(None) == ["2026-12-10"]
    assert days(datetime(2026, 12, 9, 2, tzinfo=UTC)) == ["2026-12-10"]
    assert days(datetime(2026, 12, 10, 1, tzinfo=UTC)) == ["2026-12-10"]
    assert days(datetime(2026, 12, 7, 2, tzinfo=UTC)) == ["2026-12-10", "2026-12-09", "2026-12-08"]
    assert len(days(datetime(2025, 1, 1, tzinfo=UTC))) == 90


def test_the_scheduler_reads_back_what_was_delivered(
    register: Callable[..., dict[str, str]], mastodon_server: MastodonMock, tmp_path: Path, box: Mailbox
) -> None:
    one, other = write_something(mastodon_server)[:2]
    told = register(
        f"forst;mastodon;{mastodon_server.url}/@{one};Chefen;",
        f"sist;mastodon;{mastodon_server.url}/@{other};Chefen;",
    )
    told |= only(tmp_path / "dags", "yearly.py", "fixity.py")
    with standing(told | {"AIRFLOW_CONN_SMTP_DEFAULT": box.connection}, tmp_path / "airflow") as airflow:
        airflow.ready("arkiv_arlig", READS, LOOKS)
        year = airflow.trigger("arkiv_arlig", key="2026")
        assert airflow.ended("arkiv_arlig", year) == "success"

        def both() -> dict[str, str] | None:
            rows = airflow.ask("GET", f"/dags/{READS}/dagRuns").json()["dag_runs"]
            states = {row["partition_key"]: row["state"] for row in rows}
            return states if set(states.values()) == {"success"} and len(states) == 2 else None

        assert set(wait_for("both to be read back", both, airflow.log)) == {"2026|forst", "2026|sist"}
        (tmp_path / "archive" / f"{ORDER}.manifest.json").rename(tmp_path / "borta.json")
        again = airflow.trigger(READS, bestallning=ORDER)
        assert airflow.ended(READS, again) == "failed"

    alarms = [plain(html) for subject, html in box.to(ARCHIVIST) if "Larm" in subject]
    assert len(alarms) == 1
    assert f"{ORDER}.manifest.json: finns inte i arkivlagret" in alarms[0]


def test_an_order_and_its_partition_are_one_another_s(airflow: dict[str, str]) -> None:
    from types import SimpleNamespace

    from dags.steps import PACKAGES, delivered, order_of

    for order in (ORDER, "2026-exempelvik-helt.closure"):
        keys: list[str] = []
        delivered(order, {"outlet_events": {PACKAGES: SimpleNamespace(add_partitions=keys.append)}})

        assert keys == [order.replace("2026-", "2026|")]
        assert order_of(keys[0]) == order
