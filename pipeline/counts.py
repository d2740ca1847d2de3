"""What a capture has cost so far, in figures, beside it in the work area: for monitoring, and no part of the archive.

    requests   answers on its record, those of earlier tries too
    waits      of them, how many asked us to wait: a 429, or the platform's own code for it
    refused    files that could not be had
    bytes      of its files and its record, as they lie on the disk

Written however a run ends, and removed with all else that lay in the work area.
"""

import json
import sqlite3
from contextlib import suppress
from pathlib import Path
from typing import Final

from connectors.record import Record
from connectors.web import Web
from model import capture as captures
from model.capture import Capture
from model.errors import NotWhole

KIND: Final = "counts.json"
_FILES: Final = "SELECT DISTINCT file FROM media WHERE file IS NOT NULL"


def write(order: str, work: Path, record: Record, web: Web, capture: Capture) -> None:
    """Write the figures down as they are now, however the run ends. A capture does not fail for them."""
    with suppress(OSError, sqlite3.OperationalError, NotWhole):
        requests, size = record.size()
        [(refused,)] = capture.rows("SELECT count(*) FROM gaps WHERE kind='media'")
        [(files,)] = capture.rows(f"SELECT sum(json_extract(file, '$.size')) FROM ({_FILES})")  # noqa: S608 - our own words alone, no value
        waits = sum(one.status == 429 or web.meaning(one) in ("wait", "stop") for one in record.refused())
        found = {"requests": requests, "waits": waits, "refused": refused, "bytes": size + (files or 0)}
        captures.write(work / f"{order}.{KIND}", json.dumps(found).encode())


def read(order: str, work: Path) -> dict[str, int]:
    """The figures of an order's capture under way, or sealed here; none where there are none."""
    with suppress(OSError, ValueError):
        found: dict[str, int] = json.loads((work / f"{order}.{KIND}").read_bytes())
        return found
    return {}
