"""Figures, alerts and dashboards hang together: what one names is there in the others, and in the runbook."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from dags.figures import KNOWN, LABELS, TABLE, store_error
from stores.folder import shelf
from tests.exporter import Exporter
from tests.servers.policy import needed

ROOT = Path(__file__).resolve().parent.parent
PROMETHEUS, GRAFANA = ROOT / "deploy/prometheus", ROOT / "deploy/grafana"
OTHERS = {"ALERTS", "up"}  # Prometheus' own
AIRFLOW = {
    "airflow_scheduler_heartbeat": "scheduler_heartbeat",
    "airflow_dag_processor_heartbeat": "dag_processor_heartbeat",
    "airflow_triggerer_heartbeat": "triggerer_heartbeat",
    "airflow_dag_processing_import_errors": "dag_processing.import_errors",
    "airflow_task_finished": "ti.finish.arkiv_arlig.mastodon__forst__hamta.success",
}
WORD = re.compile(r"\b(?:arsring|airflow)_\w+|\bALERTS\b|\bup\b")


def text(path: str) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


def rules() -> list[dict[str, Any]]:
    groups = yaml.safe_load(text("deploy/prometheus/alerts.yml"))["groups"]
    return [rule for group in groups for rule in group["rules"]]


def trials() -> list[Path]:
    return sorted(PROMETHEUS.glob("*.test.yml"))


def panels() -> list[dict[str, Any]]:
    return [panel for path in sorted((GRAFANA / "dashboards").glob("*.json"))
            for panel in json.loads(path.read_text(encoding="utf-8"))["panels"]]  # fmt: skip


def queries() -> list[str]:
    return [target["expr"] for panel in panels() for target in panel["targets"]]


def headings(path: str) -> set[str]:
    return set(re.findall(r"^#+ (.+)$", text(path), re.MULTILINE))


def mapping() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(text("deploy/prometheus/statsd.yml"))
    return found


def exporter() -> Exporter:
    return Exporter(mapping())


def promtool(*words: str | Path) -> None:
    if not (program := shutil.which("promtool")):
        needed("promtool not installed: apt install prometheus")
    done = subprocess.run([program, *map(str, words)], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_page_has_the_table_of_figures() -> None:
    rows = [
        f"| `arsring_{one.name}` | {', '.join(LABELS[one.of]) or '–'} | {one.unit} | {one.kind} | {one.help} |"
        for one in TABLE
    ]

    assert "\n".join(rows) in text("docs/monitoring.md"), "\n" + "\n".join(rows)


@pytest.mark.parametrize("name", KNOWN)
def test_every_figure_comes_out_with_its_labels(name: str) -> None:
    labels = LABELS[KNOWN[name].of]
    values = [{"account": "exempelvik.museum-1"}.get(label, "mastodon") for label in labels]

    found = exporter()
    found.hear(".".join(("airflow.arsring", name, *values)) + ":3|" + KNOWN[name].kind[0])

    assert found.samples() == {(f"arsring_{name}", tuple(sorted(zip(labels, values, strict=True)))): 3.0}


@pytest.mark.parametrize(("name", "wire"), AIRFLOW.items())
def test_what_is_used_of_airflow_s_own_comes_out(name: str, wire: str) -> None:
    found = exporter()
    found.hear(f"airflow.{wire}:1|c")

    assert {named for named, _ in found.samples()} == {name}


def test_what_nobody_uses_does_not_come_out() -> None:
    found = exporter()
    for line in ("airflow.ti.finish:1|c", "airflow.dagbag_size:7|g", "airflow.arsring.invented.mastodon.forst:1|g"):
        found.hear(line)

    assert found.samples() == {}


def test_alerts_and_dashboards_use_known_figures_alone() -> None:
    known = {f"arsring_{name}" for name in KNOWN} | AIRFLOW.keys() | OTHERS
    used = {word for query in [*(rule["expr"] for rule in rules()), *queries()] for word in WORD.findall(query)}

    assert used - known == set()
    assert AIRFLOW.keys() - used == set(), "what nobody uses need not be kept"
    assert {f"arsring_{name}" for name in KNOWN} - used == set(), "a figure that nobody looks at"


@pytest.mark.parametrize("alert", [rule["alert"] for rule in rules()])
def test_an_alert_says_it_twice_and_names_what_to_do(alert: str) -> None:
    [rule] = [one for one in rules() if one["alert"] == alert]

    assert rule["labels"]["severity"] in ("critical", "warning")
    assert set(rule["annotations"]) == {"summary", "sammanfattning", "runbook"}
    assert rule["annotations"]["runbook"] in headings("docs/runbook.md")
    assert f"`{alert}`" in text("docs/monitoring.md")


@pytest.mark.parametrize("alert", [rule["alert"] for rule in rules()])
def test_an_alert_is_tried_where_it_fires_and_where_it_does_not(alert: str) -> None:
    tests = [test for path in trials() for test in yaml.safe_load(path.read_text(encoding="utf-8"))["tests"]]
    looks = [bool(one["exp_alerts"]) for test in tests for one in test["alert_rule_test"] if one["alertname"] == alert]

    assert set(looks) == {True, False}


def test_the_alerts_do_as_their_tests_say() -> None:
    promtool("check", "rules", PROMETHEUS / "alerts.yml")
    promtool("test", "rules", *trials())


def test_prometheus_takes_its_settings() -> None:
    promtool("check", "config", PROMETHEUS / "prometheus.yml")


def test_every_query_of_a_dashboard_can_be_read(tmp_path: Path) -> None:
    made = [{"record": f"panel:{number}", "expr": query} for number, query in enumerate(queries())]
    (path := tmp_path / "queries.yml").write_text(yaml.safe_dump({"groups": [{"name": "panels", "rules": made}]}))

    promtool("check", "rules", path)


def test_a_dashboard_finds_its_source_and_says_what_each_panel_is() -> None:
    [source] = yaml.safe_load((GRAFANA / "provisioning/datasources/prometheus.yml").read_text())["datasources"]
    [provider] = yaml.safe_load((GRAFANA / "provisioning/dashboards/arsring.yml").read_text())["providers"]

    assert {target["datasource"]["uid"] for panel in panels() for target in panel["targets"]} == {source["uid"]}
    assert source["url"] == "http://prometheus:9090"
    assert provider["options"]["path"] == "/etc/grafana/dashboards"
    assert len({panel["id"] for panel in panels()}) == len(panels())
    assert all(panel["title"] for panel in panels())
    assert overlapping(panels()) == []


def overlapping(found: list[dict[str, Any]]) -> list[tuple[str, str]]:
    def cells(panel: dict[str, Any]) -> set[tuple[int, int]]:
        at = panel["gridPos"]
        return {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}

    pairs = ((a, b) for number, a in enumerate(found) for b in found[:number])
    return [(a["title"], b["title"]) for a, b in pairs if cells(a) & cells(b)]


def test_an_error_that_a_store_raised_is_told_from_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[tuple[str, float]] = []
    monkeypatch.setattr("dags.figures.say", lambda name, value, *of: said.append((name, value)))

    for act in (lambda: shelf(tmp_path).read("nothing.json"), lambda: (tmp_path / "nothing").read_bytes()):
        with pytest.raises(OSError) as caught:
            act()
        store_error(caught.value)

    assert said == [("store_errors", 1)]
