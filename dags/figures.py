"""The figures that monitoring reads: one table, and the one place that hands them to Airflow (StatsD, OpenTelemetry).

On the wire a figure is called arsring.NAME with what it is of behind it: arsring.capture_bytes.mastodon.forst. Airflow
puts its own prefix before it, deploy/prometheus/statsd.yml makes labels of what is behind it. docs/monitoring.md has
the table for people. Nothing of Airflow is loaded before a figure is said, and no run fails for one.
"""

from __future__ import annotations

import traceback
from dataclasses import dataclass
from typing import Final, Literal

Of = Literal["account", "run", "part", "house"]
LABELS: Final[dict[Of, tuple[str, ...]]] = {
    "account": ("platform", "account"), "run": ("dag",), "part": ("part",), "house": (),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Figure:
    """One row of the table."""

    name: str
    of: Of
    unit: str
    help: str  # what it means, for people
    kind: Literal["gauge", "counter"] = "gauge"


TABLE: Final = (
    Figure("accounts_whole", "run", "accounts", help="accounts of the last yearly run whose archive is whole"),
    Figure("accounts_not_whole", "run", "accounts", help="its other accounts, those signed off among them"),
    Figure("run_late", "run", "0 or 1", help="1: a yearly run has not ended ten days after it was queued"),
    Figure("last_whole_archive_days", "account", "days",
           help="since the account's last whole archive; none: it has none"),
    Figure("key_left_days", "account", "days",
           help="until the account's key ends; none: it does not, or nobody can say"),
    Figure("capture_requests", "account", "requests", help="answers on the record of the account's last capture"),
    Figure("capture_waits", "account", "requests", help="of them, those that asked us to wait: 429, or a like code"),
    Figure("capture_refused", "account", "files", help="media of the last capture that could not be had"),
    Figure("capture_bytes", "account", "bytes", help="of the last capture: its files and its record, on the disk"),
    Figure("accounts_not_ready", "house", "accounts",
           help="that December would fail for, by the last look at all of them"),
    Figure("store_errors", "house", "errors",
           help="that tasks met in the store, those tried again too", kind="counter"),
    Figure("fixity_read_timestamp_seconds", "house", "seconds since 1970",
           help="when a part of the archive was last read"),
    Figure("fixity_faults", "part", "faults", help="in a part of the archive (1–90) or an order, at its last look"),
)  # fmt: skip
KNOWN: Final = {one.name: one for one in TABLE}
Said = tuple[str, float, tuple[str, ...]]  # a figure's name, its value, what it is of


def say(name: str, value: float, *of: str) -> Said:
    """Hand on a figure; what was said. A counter grows by `value`."""
    from airflow.sdk.observability import stats

    figure = KNOWN[name]
    if len(of) != len(LABELS[figure.of]):
        raise ValueError(name, of)
    wire = ".".join(("arsring", name, *of))
    if figure.kind == "counter":
        stats.incr(wire, int(value))
    else:
        stats.gauge(wire, value)
    return name, value, of


def store_error(error: BaseException) -> None:
    """Count an error, if it was raised by a store."""
    frames = (frame for frame, _ in traceback.walk_tb(error.__traceback__))
    if any(str(frame.f_globals.get("__name__")).startswith("stores.") for frame in frames):
        say("store_errors", 1)


def begin() -> None:
    """Find out where figures go: for a process to which Airflow has not said it (a callback's, under Celery)."""
    from airflow.sdk.configuration import conf
    from airflow.sdk.observability import stats
    from airflow.sdk.observability.metrics import stats_utils

    legacy = conf.getboolean("metrics", "legacy_names_on")
    stats.initialize(factory=stats_utils.get_stats_factory(), export_legacy_names=legacy)
