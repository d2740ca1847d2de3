"""The keys that tests use: each carries one mark, so that one search finds any of them in whatever a run leaves behind.

The mark is letters and digits alone: as it stands, percent-encoded, in JSON, HTML or TOML it is the same bytes. A key
that a test needs in another form (signs that are escaped, what a platform gives) is not looked for by
tests/secrets_scan.py, and its own test looks for it.
"""

from __future__ import annotations

import secrets

MARK = "Kanar1eF0gel"  # 12: in Base64 at least 13 characters of it are always the same


def planted(what: str) -> str:
    """A key that tests know by name."""
    return f"{what}-{MARK}"


def fresh() -> str:
    """A key that nobody knows before: 40 letters and digits."""
    return MARK + secrets.token_hex(14)
