"""What is read out of an object store's own papers, without a server: which delivery counts, an index that is ill."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import Any, cast

from model.nouns import Receipt
from model.settings import Bucket
from stores import _fitness, _receipts, _upkeep, s3
from stores._keys import Keys

DAY = datetime(2026, 12, 1, 2, tzinfo=UTC)
RECEIPT = Receipt(
    order="2026-a", package="exempelvik/mastodon/a/2026-arlig/2026-a.zip", size=3, sha256="0" * 64, verdict="whole",
    format="bagit", account="a", previous="", promise="locked", beside={},
)  # fmt: skip


class Held:
    """Calls on a bucket that is a dictionary: key → when it was put, and its bytes."""

    def __init__(self, held: dict[str, tuple[datetime, bytes]]) -> None:
        self.held = held

    def pages(self, operation: str, Prefix: str) -> Iterator[dict[str, Any]]:
        for key in sorted(one for one in self.held if one.startswith(Prefix)):
            yield {"Contents": [{"Key": key, "LastModified": self.held[key][0]}]}

    def __call__(self, operation: str, Prefix: str, Delimiter: str) -> dict[str, Any]:
        tops = {key[: key.index("/", len(Prefix)) + 1] for key in self.held if "/" in key[len(Prefix) :]}
        return {"CommonPrefixes": [{"Prefix": top} for top in sorted(tops)]}

    def read(self, key: str, version: str = "") -> Iterator[bytes]:
        yield self.held[key][1]


def shelf(held: dict[str, tuple[datetime, bytes]]) -> s3.Shelf:
    calls = cast(s3.Calls, Held(held))
    calls.place = place = Bucket(endpoint="https://store.example", bucket="arkiv", authority="exempelvik", trusted="")
    return s3.Shelf(place, {"ingest": calls, "reader": calls})


def delivery(version: str) -> bytes:
    return json.dumps({"versions": {RECEIPT.package: version}}).encode()


def test_of_two_deliveries_of_a_package_the_later_one_says_which_versions_count() -> None:
    """The first version was lost, and the package was sent again: by its hash the first record comes first."""
    found = shelf({
        "exempelvik/leveranser/2026-a/aaaa.json": (DAY, delivery("lost")),
        "exempelvik/leveranser/2026-a/bbbb.json": (DAY.replace(day=2), delivery("sent again")),
        "exempelvik/leveranser/2026-a/cccc.json": (DAY, delivery("lost too")),
    })  # fmt: skip

    assert found.versions("2026-a") == {RECEIPT.package: "sent again"}
    assert found.versions("2026-b") == {}


def test_the_doctors_last_look_is_the_last_by_the_servers_clock() -> None:
    """Ours was ahead when it found the store unfit: that record's own time is later than the good one's."""
    says = {"format": _fitness.FORMAT, "endpoint": "https://store.example", "bucket": "arkiv", "probes": []}
    bad = says | {"at": "2026-12-01T02:40:00Z", "fit": False, "promise": ""}
    good = says | {"at": "2026-12-01T02:05:00Z", "fit": True, "promise": "locked"}
    keys = Keys("exempelvik")
    (bad_key, bad_text), (good_key, good_text) = _fitness.written(bad, keys), _fitness.written(good, keys)
    calls = shelf({bad_key: (DAY, bad_text), good_key: (DAY.replace(minute=5), good_text)}).put

    assert _fitness.fitness(calls, keys, now=DAY.replace(minute=6)).record == good_key


def test_lines_of_an_index_that_cannot_be_used_are_read_from_the_receipts_themselves() -> None:
    other = replace(RECEIPT, order="2027-a")
    names = dict(map(_receipts.written, (RECEIPT, other)))
    row = {"receipt": _receipts.written(RECEIPT)[0][1]} | asdict(RECEIPT)
    later = row | {"order": "2027-a", "of a later version": 1}
    lines = [json.dumps(row), json.dumps(later), "[]", "{", "null", ""]
    held = {f"exempelvik/kvitton/{order}/{digest}.json": (DAY, text) for (order, digest), text in names.items()}
    held["exempelvik/index.jsonl"] = (DAY, "\n".join(lines).encode())

    assert list(shelf(held).listed()) == [RECEIPT, other]


def test_what_is_in_the_index_is_not_read_again_and_nothing_else_is_believed() -> None:
    """The order in which a receipt names its neighbours is part of its hash."""
    receipts = [
        replace(RECEIPT, order=order, beside={f"{order}.sha256": "1" * 64, f"{order}.manifest.json": "2" * 64})
        for order in ("2026-a", "2027-a")
    ]
    held = {
        f"exempelvik/kvitton/{order}/{digest}.json": (DAY, text)
        for (order, digest), text in map(_receipts.written, receipts)
    }
    found = shelf(held)
    calls = cast(Any, found.put)
    calls.put = lambda key, data: held.update({key: (DAY, data)})
    _upkeep.rebuild_index(found)
    read: list[str] = []

    def reading(key: str, version: str = "") -> Iterator[bytes]:
        read.append(key)
        yield held[key][1]

    calls.read = reading

    assert list(found.listed()) == receipts
    assert read == ["exempelvik/index.jsonl"]

    held["exempelvik/index.jsonl"] = (DAY, held["exempelvik/index.jsonl"][1].replace(b'"size": 3', b'"size": 4', 1))
    assert list(found.listed()) == receipts


def test_an_accepted_package_whose_receipt_was_touched_hinders_no_other() -> None:
    name, _ = _receipts.written(RECEIPT)
    found = shelf({
        f"exempelvik/bevis/2026-a{_upkeep.ACCEPTED}": (DAY, b"{}"),
        f"exempelvik/bevis/2027-a{_upkeep.ACCEPTED}": (DAY, b"{}"),
        f"exempelvik/kvitton/2026-a/{name[1]}.json": (DAY, b"touched"),
    })  # fmt: skip

    assert sorted(_upkeep.accepted(found)) == ["2026-a", "2027-a"]


def test_the_last_look_at_a_server_is_the_last_by_its_own_clock() -> None:
    """Ours was a year ahead when it was looked at before, and said that all was well."""
    found = shelf({})
    keys, calls = found.keys, cast(Any, found.get)
    calls.place = found.place

    for at, put in (("2027-11-01T00:00:00Z", DAY), ("2026-12-02T00:00:00Z", DAY.replace(day=2))):
        says = {"format": _fitness.FORMAT, "endpoint": found.place.endpoint, "bucket": "arkiv", "at": at, "fit": True}
        key, text = _fitness.written(says, keys)
        calls.held[key] = (put, text)

    assert _fitness.fitness(calls, keys, DAY.replace(day=3)).says["at"] == "2026-12-02T00:00:00Z"
