"""A file of settings or of a decision, as people write it: TOML."""

import tomllib
from pathlib import Path
from typing import Any

from model.errors import BadInput


def read(path: Path, what: str) -> dict[str, Any]:
    """What stands in a TOML file. `what` it is, in Swedish, for the BadInput of one that cannot be read."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise BadInput(f"{path.name}: {what} kan inte läsas ({error.strerror}).") from error
    except (ValueError, RecursionError) as error:  # no TOML, no UTF-8; a number of 5,000 digits, brackets without end
        raise BadInput(f"{path.name}: filen är inte skriven som TOML ska vara ({error}).") from error
