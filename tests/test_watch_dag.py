"""December is late, and figures: on the real scheduler, with a mailbox, an exporter for StatsD, and Prometheus."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from html import unescape
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.airflows import ROOT, standing, wait_for
from tests.exporter import Exporter, exporting
from tests.mailbox import Mailbox, mailbox
from tests.servers.mastodon import MastodonMock
from tests.servers.policy import Missing, needed
from tests.servers.prometheus import Prometheus, prometheus
from tests.test_dags import write_something, yearly
from tests.test_monitoring import AIRFLOW, mapping

pytestmark = [pytest.mark.airflow, pytest.mark.filterwarnings("ignore"), pytest.mark.timeout(600)]
LATE = '''
"""A yearly run that is late after a second; a task that is killed, and one that fails."""
import os
import signal
import time
from datetime import timedelta
from airflow.sdk import DAG, task
from dags.errors import OnlyIfKilled
from dags.watch import deadline

with DAG("arkiv_sent", dag_display_name="Årlig arkivering", schedule=None, deadline=deadline(timedelta(seconds=1))):
    @task
    def vanta():
        time.sleep(45)
    vanta()

with DAG("arkiv_dodad", schedule=None):
    @task(retries=2, retry_policy=OnlyIfKilled())
    def dodad(ti):
        if ti.try_number == 1:
            os.kill(os.getpid(), signal.SIGKILL)

    @task(retries=2, retry_policy=OnlyIfKilled())
    def fel():
        raise KeyError("oväntat")

    [dodad(), fel()]
'''


@pytest.fixture
def box(airflow: dict[str, str]) -> Iterator[Mailbox]:
    with mailbox() as made:
        yield made


@contextmanager
def watching(page: int) -> Iterator[Prometheus]:
    """A Prometheus that reads the exporter's page every second, by our own settings and rules."""
    try:
        with prometheus(ROOT / "deploy/prometheus/prometheus.yml", f"127.0.0.1:{page}") as found:
            yield found
    except Missing as missing:
        needed(str(missing))


def plain(html: str) -> str:
    return unescape(re.sub("<[^>]*>", "", html.replace("<br>", "\n").replace("</p>", "\n")))


def test_the_december_run_has_ten_days(register: Callable[..., dict[str, str]]) -> None:
    register("forst;mastodon;https://mastodon.example/@forst;Chefen;")

    [alert] = yearly().deadline

    assert alert.interval == timedelta(days=10)
    assert alert.callback.path == "dags.watch.late"


def test_what_is_signed_off_is_no_whole_archive_and_what_was_not_chosen_no_account(
    airflow: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from dags import watch
    from dags.report import Row

    said: dict[str, int] = {}
    monkeypatch.setattr("airflow.sdk.observability.stats.gauge", said.__setitem__)

    def row(verdict: str, state: str = "success") -> Row:
        receipt = SimpleNamespace(verdict=verdict) if verdict else None
        return Row(verdict, {"hamta": state}, receipt)  # type: ignore[arg-type]

    rows = [row("whole"), row("whole with named gaps"), row("not whole"), row("", "skipped"), row("", "failed")]
    watch.figures(rows, "arkiv_arlig")
    watch.figures(rows[:1], "arkiv_arlig_kultur_fritid")

    assert said == {
        "arsring.accounts_whole.arkiv_arlig": 2, "arsring.accounts_not_whole.arkiv_arlig": 2,
        "arsring.accounts_whole.arkiv_arlig_kultur_fritid": 1,
        "arsring.accounts_not_whole.arkiv_arlig_kultur_fritid": 0,
    }  # fmt: skip


def test_a_late_run_is_mailed_with_what_is_left_and_figures_are_heard(
    register: Callable[..., dict[str, str]], mastodon_server: MastodonMock, tmp_path: Path, box: Mailbox
) -> None:
    one = write_something(mastodon_server)[0]
    told = register(
        f"forst;mastodon;{mastodon_server.url}/@{one};Chefen;",
        f"trasig;mastodon;{mastodon_server.url}/@ingen;Chefen;en-nyckel-som-inte-finns",
    )
    (folder := tmp_path / "folder").mkdir()
    (folder / "late.py").write_text(LATE, encoding="utf-8")
    (folder / "yearly.py").symlink_to(ROOT / "dags" / "yearly.py")
    exporter = Exporter(mapping())
    with exporting(exporter) as (port, page), watching(page) as prometheus:
        told |= {
            "AIRFLOW_CONN_SMTP_DEFAULT": box.connection,
            "AIRFLOW__CORE__DAGS_FOLDER": str(folder),
            "AIRFLOW__METRICS__STATSD_ON": "True",
            "AIRFLOW__METRICS__STATSD_HOST": "127.0.0.1",
            "AIRFLOW__METRICS__STATSD_PORT": str(port),
        }
        with standing(told, tmp_path / "airflow") as airflow:
            airflow.ready("arkiv_arlig", "arkiv_sent")
            year = airflow.trigger("arkiv_arlig", key="2026")
            assert airflow.ended("arkiv_arlig", year) == "failed"
            killed = airflow.trigger("arkiv_dodad")
            assert airflow.ended("arkiv_dodad", killed) == "failed"
            rows = airflow.ask("GET", f"/dags/arkiv_dodad/dagRuns/{killed}/taskInstances").json()["task_instances"]
            late = airflow.trigger("arkiv_sent", ar=2026)

            def told_of() -> list[tuple[str, str]]:
                return [mail for mail in box.to("drift@") if "inte klar i tid" in mail[0]]

            [(subject, html)] = wait_for("the mail", told_of, airflow.log, 90)
            assert airflow.run("arkiv_sent", late)["state"] == "running", "an alarm stops nothing"
            firing = wait_for("two alerts", lambda: prometheus.firing("AccountsNotWhole", "RunNotEnded"), airflow.log)
            known = {name for name, _ in exporter.samples()}
            assert known >= {name for name in AIRFLOW if name.endswith("_heartbeat")}, known

    assert {row["task_id"]: (row["state"], row["try_number"]) for row in rows} == {
        "dodad": ("success", 2),
        "fel": ("failed", 1),
    }
    assert subject == "Årlig arkivering 2026 är inte klar i tid"
    assert "1 konton är inte arkiverade än:\n  trasig" in plain(html)
    assert f"/dags/arkiv_sent/runs/{late[:10]}" in html
    assert {(one["labels"]["alertname"], one["labels"]["dag"]) for one in firing} == {
        ("AccountsNotWhole", "arkiv_arlig"), ("RunNotEnded", "arkiv_sent"),
    }  # fmt: skip
    assert "1 konton i den senaste körningen av arkiv_arlig har inget helt arkiv." in {
        one["annotations"]["sammanfattning"] for one in firing
    }
    figures = {name: value for (name, labels), value in exporter.samples().items() if ("account", "forst") in labels}
    assert figures.pop("arsring_capture_requests") > 0
    assert figures.pop("arsring_capture_bytes") > 0
    assert figures == {"arsring_last_whole_archive_days": 0, "arsring_capture_waits": 0, "arsring_capture_refused": 0}


def test_an_alarm_of_a_late_run_needs_no_register(
    airflow: dict[str, str], box: Mailbox, register: Callable[..., dict[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    from dags.watch import late

    register("forst;friendster;nej;;")
    monkeypatch.setenv("AIRFLOW_CONN_SMTP_DEFAULT", box.connection)
    run: dict[str, Any] = {
        "dag_id": "arkiv_arlig", "dag_run_id": "x y", "dag_display_name": "Årlig arkivering", "conf": None,
        "partition_key": "2026", "queued_at": "2026-12-01T01:00:00Z",
    }  # fmt: skip

    late({"dag_run": run})

    [(_, html)] = box.to("drift@")
    assert "går inte att säga" in plain(html)
    assert "började 2026-12-01" in plain(html)
    assert "/runs/x%20y" in html
