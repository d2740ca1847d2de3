"""Other people's validators, kept out of our own environment (a wheel of theirs brings a package `tests`)."""

from __future__ import annotations

import os
import subprocess
import sys

from tests.servers.policy import ROOT, needed

FOLDER = ROOT / ".venv" / "validators"  # `make validators`, from tests/validators.lock


def run(command: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run one of their commands to its end."""
    if not (FOLDER / "bin" / command).exists():
        needed(f"{FOLDER / 'bin' / command} is not there. Run: make validators")
    environment = {**os.environ, "PYTHONPATH": str(FOLDER), "PYTHONDONTWRITEBYTECODE": "1"}
    called = [sys.executable, str(FOLDER / "bin" / command), *arguments]
    return subprocess.run(called, env=environment, capture_output=True, text=True, timeout=120, check=False)
