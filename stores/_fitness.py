"""What `arsring store doctor` found of a server: the record that delivery asks for before anything is sent."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any, Final

from model.errors import NotAllowed
from stores._keys import Keys

FORMAT: Final = "arsring store doctor 1"
FRESH: Final = timedelta(days=30)
_DO: Final = "Run `arsring store doctor`, and run again: what was packed is kept."


@dataclass(frozen=True, slots=True)
class Fitness:
    """The last record: its key, and what it says of the server."""

    record: str
    says: Mapping[str, Any]

    @property
    def promise(self) -> str:
        """What the server can keep anybody from doing, as receipts have it."""
        return str(self.says["promise"])


def fitness(calls: Any, keys: Keys, now: datetime | None = None) -> Fitness:
    """The last record of this endpoint and bucket. NotAllowed where there is none, it is too old, or it says unfit."""
    pages = calls.pages("list_objects_v2", Prefix=keys.doctor)
    rows = [(row["LastModified"], row["Key"]) for page in pages for row in page.get("Contents", ())]
    place, where = calls.place, f"{calls.place.endpoint}/{calls.place.bucket}"
    for _, key in sorted(rows, reverse=True):  # by the server's clock: ours may have been wrong that day
        says = json.loads(b"".join(calls.read(key)))
        if (says.get("format"), says.get("endpoint"), says.get("bucket")) == (FORMAT, place.endpoint, place.bucket):
            break
    else:
        raise NotAllowed(f"{where}: nobody has looked whether this store can be relied on. {_DO}")
    if (now or datetime.now(UTC)) - datetime.fromisoformat(says["at"]) > FRESH:
        raise NotAllowed(f"{where}: it was looked at {says['at'][:10]}, which is too long ago. {_DO}")
    if not says["fit"]:
        faults = "; ".join(one["says"] for one in says["probes"] if one["needed"] and not one["good"])
        raise NotAllowed(f"{where}: the store cannot be relied on: {faults}. Have the provider mend it. {_DO}")
    return Fitness(key, says)


def written(says: Mapping[str, Any], keys: Keys) -> tuple[str, bytes]:
    """A record's key, which sorts by its time, and its text."""
    text = json.dumps(says, sort_keys=True, ensure_ascii=False, indent=1).encode() + b"\n"
    return f"{keys.doctor}{says['at'].replace(':', '')}-{sha256(text).hexdigest()[:16]}.json", text
