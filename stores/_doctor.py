"""`arsring store doctor`: find out by trying what a server does, in the scratch bucket and never in the archive.

Servers say yes and do no: they take a lock and let it be shortened, a checksum and store other bytes, a key that was
never given. Each probe (_probes.py) asks, and looks at what became of it. What delivery depends on is `needed`; the
rest is what the receipts can promise. Source: what SeaweedFS 4.48, Ceph 16.2, Swift 2.30, moto and others really did
(seen 2026-11).
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from model.errors import ArsringError, TryLater
from model.settings import Bucket
from model.times import stamp
from stores._fitness import FORMAT
from stores._probes import LOCKS, PROBES, Bench, Probe, bench

LOCKED: Final = "locked: nobody can remove or change it before its lock ends"
EVIDENT: Final = "tamper-evident only: the server locks nothing, and changes show when it is checked"


def doctor(place: Bucket, identities: Mapping[str, Any], strangers: Mapping[str, Any]) -> dict[str, Any]:
    """Try all of it: the record that delivery asks for (stores/_fitness.py has its shape).

    `identities`: the calls of ingest, reader and custodian (stores/s3.py: Calls); `strangers`: of keys that must be
    refused. Raises TryLater where the server does not answer, BadInput where there is no scratch bucket.
    """
    table = bench(place, identities, strangers)
    probes = [_tried(table, id, needed, says, probe) for id, needed, says, probe in PROBES]
    good = {one["id"] for one in probes if one["good"]}
    locked = good.issuperset(LOCKS)
    modes = [mode for mode, id in (("COMPLIANCE", "lock"), ("GOVERNANCE", "governance")) if locked and id in good]
    return {
        "format": FORMAT,
        "at": stamp(datetime.now(UTC)),
        "endpoint": place.endpoint,
        "bucket": place.bucket,
        "server": table.server,
        "probes": probes,
        "fit": all(one["good"] for one in probes if one["needed"]),
        "promise": LOCKED if locked else EVIDENT,
        "lock": modes,
    }


def _tried(table: Bench, id: str, needed: bool, says: str, probe: Probe) -> dict[str, Any]:
    try:
        wrong = probe(table)
    except ArsringError as error:
        if isinstance(error, TryLater) and not error.code:
            raise  # no answer at all: that says nothing of what the server does
        wrong = f"{error.code or type(error).__name__}: {str(error).split(chr(10))[0].rstrip('.')}"
    return {"id": id, "needed": needed, "good": not wrong, "says": f"{says}: {wrong}." if wrong else f"{says}."}
