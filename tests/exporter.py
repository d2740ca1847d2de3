"""What statsd-exporter does with the lines that Airflow sends, as far as deploy/prometheus/statsd.yml needs it.

The exporter itself is on none of the registries that this project is built from. Its rules, as its documentation and
source have them: expressions in their order, the first that fits; names and labels filled in by ${1}; a gauge with a
sign is added; a counter adds. Not here: ttl, globs, timers, tags.
"""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Labels = tuple[tuple[str, str], ...]


class Exporter:
    """What was heard, as metrics with labels."""

    def __init__(self, mapping: dict[str, Any]) -> None:
        assert mapping["defaults"]["match_type"] == "regex", "globs are not tried here"
        self.rules = [(re.compile(rule["match"]), rule) for rule in mapping["mappings"]]
        self.lines: list[str] = []
        self._found: dict[tuple[str, Labels], float] = {}
        self._kinds: dict[str, str] = {}

    def hear(self, line: str) -> None:
        self.lines.append(line)
        name, _, rest = line.partition(":")
        value, kind = rest.split("|")[:2]
        fits = next(((hit, rule) for match, rule in self.rules if (hit := match.search(name))), None)
        if fits is None or fits[1].get("action") == "drop" or kind not in ("c", "g"):
            return
        hit, rule = fits
        key = (
            hit.expand(_python(rule["name"])),
            tuple(sorted((label, hit.expand(_python(said))) for label, said in rule.get("labels", {}).items())),
        )
        adds = kind == "c" or value[0] in "+-"
        self._found[key] = float(value) + (self._found.get(key, 0.0) if adds else 0.0)
        self._kinds[key[0]] = "counter" if kind == "c" else "gauge"

    def samples(self) -> dict[tuple[str, Labels], float]:
        return dict(self._found)

    def page(self) -> str:
        """What Prometheus reads."""
        rows = list[str]()
        for name, kind in sorted(self._kinds.items()):
            rows.append(f"# TYPE {name} {kind}")
            for (other, labels), value in sorted(self.samples().items()):
                if other == name:
                    inner = ",".join(f'{label}="{said}"' for label, said in labels)
                    rows.append(f"{name}{{{inner}}} {value}")
        return "\n".join([*rows, ""])


def _python(template: str) -> str:
    """Go's ${1} as Python's \\g<1>."""
    return re.sub(r"\$\{(\d+)\}", r"\\g<\1>", template)


@contextmanager
def exporting(exporter: Exporter) -> Iterator[tuple[int, int]]:
    """The exporter on two ports of loopback: StatsD's (UDP), and the one that Prometheus asks (HTTP)."""

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            data = exporter.page().encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: Any) -> None:
            pass

    over = threading.Event()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as port, ThreadingHTTPServer(("127.0.0.1", 0), Page) as web:
        port.bind(("127.0.0.1", 0))
        port.settimeout(0.5)

        def listen() -> None:
            while not over.is_set():
                try:
                    lines = port.recv(65_536).decode().splitlines()
                except TimeoutError:
                    continue
                for line in lines:
                    exporter.hear(line)

        threads = [threading.Thread(target=listen), threading.Thread(target=web.serve_forever)]
        for thread in threads:
            thread.start()
        try:
            yield port.getsockname()[1], web.server_address[1]
        finally:
            over.set()
            web.shutdown()
            for thread in threads:
                thread.join()
