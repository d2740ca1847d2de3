"""Prometheus, from Debian's package, on loopback: it reads our settings and rules, and one exporter."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests
import yaml

from tests.servers.policy import Missing
from tests.servers.process import Running, free_port, own_folder, running


@dataclass(frozen=True, slots=True)
class Prometheus:
    """One server."""

    address: str
    running: Running

    def ask(self, path: str, **params: str) -> Any:
        answer = requests.get(f"{self.address}/api/v1/{path}", params=params, timeout=10).json()
        assert answer["status"] == "success", answer
        return answer["data"]

    def firing(self, *names: str) -> list[dict[str, Any]]:
        """The alerts of these names that fire, once there is one of each; before that none."""
        found = [one for one in self.ask("alerts")["alerts"] if one["state"] == "firing"]
        found = [one for one in found if one["labels"]["alertname"] in names]
        return found if {one["labels"]["alertname"] for one in found} == set(names) else []


@contextmanager
def prometheus(settings: Path, exporter: str) -> Iterator[Prometheus]:
    """The server, ready: by `settings`, but that it asks `exporter` (host:port), and every second.

    Missing where its program is not installed.
    """
    if not (program := shutil.which("prometheus")):
        raise Missing("prometheus not installed: apt install prometheus")
    config = yaml.safe_load(settings.read_text(encoding="utf-8"))
    config["global"] = {"scrape_interval": "1s", "evaluation_interval": "1s"}
    config["rule_files"] = [str(settings.parent / name) for name in config["rule_files"]]
    [job] = config["scrape_configs"]
    job["static_configs"] = [{"targets": [exporter]}]
    with own_folder("prometheus") as folder:
        (path := folder / "prometheus.yml").write_text(yaml.safe_dump(config))
        address = f"127.0.0.1:{free_port()}"
        words = [f"--config.file={path}", f"--storage.tsdb.path={folder}/data", f"--web.listen-address={address}"]
        ready = lambda _: _ready(f"http://{address}")  # noqa: E731
        with running([program, *words], ready, folder=folder, cwd=folder) as (server, _):
            yield Prometheus(f"http://{address}", server)


def _ready(address: str) -> bool | None:
    try:
        return requests.get(f"{address}/-/ready", timeout=2).ok or None
    except requests.ConnectionError:
        return None
