"""What a worker of a test is called: Airflow asks for it (AIRFLOW__CORE__HOSTNAME_CALLABLE = tests.hosts.name)."""

from __future__ import annotations

import os
import socket


def name() -> str:
    return os.environ.get("TEST_HOST") or socket.gethostname()
