"""What is done with an archive in an object store after delivery: read again, locked, listed, cleared of litter."""

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

from model.errors import BadInput, NotWhole
from model.nouns import Check, Receipt
from stores import _checking, _receipts
from stores._checking import Due
from stores._receipts import Name
from stores._s3_errors import Missing

if TYPE_CHECKING:
    from stores.s3 import Calls, Shelf

LITTER: Final = timedelta(days=3)  # an upload that was begun so long ago is nobody's
MOST_DAYS: Final = 365  # some providers allow no longer lock; extended each December
ACCEPTED: Final = ".godkand.json"


def verify(shelf: "Shelf", part: int = 1, parts: int = 1) -> Check:
    """Read a slice of all that was delivered, by version id. Its record is put into the store."""
    found = _checking.check(_due(shelf, part, parts))
    found.faults = sorted({*found.faults, *_over(shelf)})
    now = datetime.now(UTC)
    says = {"at": f"{now:%Y-%m-%dT%H:%M:%SZ}", "part": part, "parts": parts, **asdict(found)}
    text = json.dumps(says, sort_keys=True, ensure_ascii=False).encode() + b"\n"
    shelf.put.put(shelf.keys.check(f"{now:%Y-%m-%d}", sha256(text).hexdigest()), text)
    return found


def objects(receipt: Receipt) -> dict[str, tuple[int | None, str]]:
    """key → (size, SHA-256) of everything that a receipt names."""
    top = receipt.package.rpartition("/")[0]
    found: dict[str, tuple[int | None, str]] = {receipt.package: (receipt.size, receipt.sha256)}
    return found | {f"{top}/{name}": (None, digest) for name, digest in receipt.beside.items()}


def accept(shelf: "Shelf", custodian: "Calls", receipt: Receipt, by: str, days: int = MOST_DAYS) -> str:
    """The archivist has accepted a package: a legal hold on every object, and a lock that is only ever extended.

    What the server cannot give is said in the sentence that comes back. NotWhole where a lock is not there afterwards.
    """
    name = f"{receipt.order}{ACCEPTED}"
    try:
        shelf.read(name)
    except OSError:
        says = {"order": receipt.order, "receipt": _receipts.written(receipt)[0][1], "by": by}
        says["at"] = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
        shelf.keep(name, json.dumps(says, sort_keys=True, ensure_ascii=False).encode() + b"\n")
    return extend(shelf, custodian, receipt, days)


def extend(shelf: "Shelf", custodian: "Calls", receipt: Receipt, days: int = MOST_DAYS) -> str:
    """Hold and lock every object of an accepted package for `days` from now, where it is not locked longer already."""
    if not 1 <= days <= MOST_DAYS:
        raise BadInput(f"{days}: a lock is set for 1 to {MOST_DAYS} days at a time, and extended each December.")
    if not shelf.fitness.says.get("lock"):
        return f"{receipt.order}: this server locks nothing: tamper-evident only."
    until = datetime.now(UTC).replace(microsecond=0) + timedelta(days=days)
    versions = shelf.versions(receipt.order)
    receipt_key = shelf.keys.receipt(_receipts.written(receipt)[0])
    for key in (*objects(receipt), receipt_key):
        _lock(custodian, key, versions.get(key) or _newest(custodian, key), until)
    return f"{receipt.order}: {len(objects(receipt)) + 1} objects held, and locked until {until:%Y-%m-%d}."


def accepted(shelf: "Shelf") -> list[str]:
    """The orders whose packages the archivist has accepted. Their receipts are not read: one may have been touched."""
    return [name.removesuffix(ACCEPTED) for name in shelf.papers() if name.endswith(ACCEPTED)]


def link(shelf: "Shelf", receipt: Receipt, seconds: int) -> str:
    """An address at which the package can be fetched for so long by whoever has it. It is never to be logged."""
    words = {"Bucket": shelf.place.bucket, "Key": receipt.package}
    if version := shelf.versions(receipt.order).get(receipt.package):
        words["VersionId"] = version
    found: str = shelf.get.client.generate_presigned_url("get_object", Params=words, ExpiresIn=seconds)
    return found


def listed(shelf: "Shelf") -> Iterator[Receipt]:
    """Every receipt, in the order of their names: out of the index, and what it does not have one by one."""
    known = _index(shelf)
    for name in sorted(shelf.named()):
        yield known.get(name) or shelf.read_receipt(name)


def rebuild_index(shelf: "Shelf") -> int:
    """Write the index anew from the receipts themselves, each checked against its name: how many there are."""
    rows = [{"receipt": name[1]} | asdict(shelf.read_receipt(name)) for name in sorted(shelf.named())]
    lines = b"".join(json.dumps(row, ensure_ascii=False).encode() + b"\n" for row in rows)  # a receipt keeps its order
    shelf.put.put(shelf.keys.index, lines)
    return len(rows)


def reap(calls: "Calls", now: datetime | None = None, older: timedelta = LITTER) -> list[str]:
    """Abort uploads that were begun longer ago than `older` and never ended: the keys they were of."""
    gone = []
    for page in calls.pages("list_multipart_uploads"):
        for one in page.get("Uploads", ()):
            if (now or datetime.now(UTC)) - one["Initiated"] >= older:
                calls("abort_multipart_upload", Key=one["Key"], UploadId=one["UploadId"])
                gone.append(str(one["Key"]))
    return gone


def _due(shelf: "Shelf", part: int, parts: int) -> Iterator[Due]:
    """What should be there: the receipts, and what they name."""
    for name in sorted(shelf.named()):
        if _checking.chosen(key := shelf.keys.receipt(name), part, parts):
            yield Due(key, None, name[1], _reading(shelf, key))
        try:
            receipt = shelf.read_receipt(name)
        except NotWhole:
            continue  # its own line above tells it; what it names cannot be told
        versions = shelf.versions(receipt.order)
        for key, (size, digest) in objects(receipt).items():
            if _checking.chosen(key, part, parts):
                yield Due(key, size, digest, _reading(shelf, key, versions.get(key, "")))


def _reading(shelf: "Shelf", key: str, version: str = "") -> Any:
    return lambda: shelf.get.read(key, version)


def _over(shelf: "Shelf") -> Iterator[str]:
    """Delivered objects over which another version lies now, or a mark that hides them."""
    for receipt in listed(shelf):
        versions, top = shelf.versions(receipt.order), receipt.package.rpartition("/")[0]
        rows: dict[str, list[Mapping[str, Any]]] = {}
        for page in shelf.get.pages("list_object_versions", Prefix=f"{top}/"):
            for row in (*page.get("Versions", ()), *page.get("DeleteMarkers", ())):
                rows.setdefault(row["Key"], []).append(row)
        for key, version in versions.items():
            own = next((row for row in rows.get(key, ()) if row["VersionId"] == version), None)
            newest = next((row for row in rows.get(key, ()) if row["IsLatest"]), None)
            if own and newest and "ETag" not in newest:
                yield f"{key}: hidden by a mark that says it is deleted; the version that was delivered is there"
            elif own and newest and (own["ETag"], own["Size"]) != (newest["ETag"], newest["Size"]):
                yield f"{key}: something else lies over the version that was delivered, which is there"


def _index(shelf: "Shelf") -> dict[Name, Receipt]:
    """Receipts by name, as far as the index has them.

    A line that is none, another version's, or not the receipt that its hash names is passed over.
    """
    found = {}
    try:
        lines = b"".join(shelf.get.read(shelf.keys.index)).splitlines()
    except Missing:
        return {}
    for line in lines:
        with suppress(ValueError, TypeError, LookupError, AttributeError):
            row = json.loads(line)
            digest = row.pop("receipt")
            name, _ = _receipts.written(receipt := Receipt(**row))
            if name[1] == digest:
                found[name] = receipt
    return found


def _newest(calls: "Calls", key: str) -> str:
    return str(calls("head_object", Key=key).get("VersionId") or "")


def _lock(calls: "Calls", key: str, version: str, until: datetime) -> None:
    """Hold one version and lock it. NotWhole where the server says yes and does no."""
    at = {"Key": key} | ({"VersionId": version} if version else {})
    calls("put_object_legal_hold", **at, LegalHold={"Status": "ON"})
    now = _locked(calls, at)
    if not now or now < until:
        calls("put_object_retention", **at, Retention={"Mode": "COMPLIANCE", "RetainUntilDate": until})
    now, hold = _locked(calls, at), calls("get_object_legal_hold", **at)["LegalHold"]["Status"]
    if not now or now < until or hold != "ON":
        raise NotWhole(f"{key}: the server says that it is locked, and it is not. Run `arsring store doctor`.")


def _locked(calls: "Calls", at: Mapping[str, str]) -> datetime | None:
    try:
        found = calls("get_object_retention", **at)["Retention"]
    except (Missing, NotWhole):
        return None
    until: datetime | None = found.get("RetainUntilDate")
    return until if found.get("Mode") == "COMPLIANCE" else None
