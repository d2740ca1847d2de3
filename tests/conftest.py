"""For all suites: a home of their own, and no silent skips where CI looks."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile

import pytest

pytest_plugins = ["tests.servers.fixtures", "tests.airflows", "tests.secrets_scan"]


def _private_home() -> str:
    """An empty home, so that no test reads the developer's settings, keys or caches.

    npm and uv keep their download caches: they hold packages, no settings.
    """
    real = os.environ.get("HOME", "")
    home = tempfile.mkdtemp(prefix="arsring-home-")
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    if real:
        os.environ.setdefault("npm_config_cache", os.path.join(real, ".npm"))
        os.environ.setdefault("UV_CACHE_DIR", os.path.join(real, ".cache", "uv"))
    for name in [name for name in os.environ if name.startswith(("ARSRING_", "AIRFLOW_", "XDG_"))]:
        del os.environ[name]
    os.environ["HOME"] = home
    return home


# At import, not in a fixture: Airflow and others read the home when they are imported.
_private_home()


def in_ci() -> bool:
    return os.environ.get("CI", "").lower() not in ("", "0", "false", "no")


def _skipped(config: pytest.Config) -> list[pytest.TestReport]:
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    return list(reporter.stats.get("skipped", [])) if reporter else []


def pytest_sessionfinish(session: pytest.Session) -> None:
    if in_ci() and _skipped(session.config) and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def _not_run(reporter: pytest.TerminalReporter) -> set[str]:
    """What a test that passed says it could not try on this machine."""
    passed = reporter.stats.get("passed", [])
    return {str(why) for report in passed for name, why in report.user_properties if name == "not run"}


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    for why in sorted(_not_run(terminalreporter)):
        terminalreporter.section("NOT RUN", yellow=True)
        terminalreporter.line(why)
    skipped = _skipped(config)
    if not (in_ci() and skipped):
        return
    terminalreporter.section("skipped, which CI counts as failed", red=True)
    for report in skipped:
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        terminalreporter.line(f"{report.nodeid}: {reason}")
