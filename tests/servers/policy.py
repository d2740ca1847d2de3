"""What a test does when something it needs is not on this machine."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NoReturn

import pytest

ROOT = Path(__file__).resolve().parents[2]


class Missing(Exception):
    """A tool or a file is not here; the text says which, and what to do."""


def in_ci() -> bool:
    return os.environ.get("CI", "").lower() not in ("", "0", "false", "no")


def needed(what: str) -> NoReturn:
    """Skip the test for this reason; in CI, where nothing may be skipped, fail it."""
    if in_ci():
        pytest.fail(f"needed in CI: {what}", pytrace=False)
    pytest.skip(what)


def shared(path: str) -> Path:
    """A file or folder in the shared folder beside the repository, e.g. `realdata/mastodon`."""
    found = ROOT.parent / "shared" / path
    if not found.exists():
        needed(f"../shared/{path} is not on this machine")
    return found
