"""An archive in a bucket of its own on a test server: buckets, identities' rights and the doctor's record."""

from __future__ import annotations

import itertools
import json
import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from model.settings import IDENTITIES, Bucket
from stores import _fitness, _policy, s3
from stores._keys import Keys
from tests.servers.s3 import S3Server

SERVERS = ("seaweedfs", "ceph")  # each has its fixture: seaweedfs_server
_NUMBERS = itertools.count(1)


def place(server: S3Server, **more: Any) -> Bucket:
    """What the settings would say of a new bucket on a server."""
    given = {"endpoint": server.endpoint, "bucket": f"arkiv-{os.getpid()}-{next(_NUMBERS)}", "trusted": str(server.ca)}
    return Bucket(**(given | {"users": dict(server.principals), "authority": "exempelvik"} | more))


def keys(server: S3Server, **more: tuple[str, str]) -> Callable[[str], str]:
    """The keys of a server's identities by the names that the settings give them; `more`: others instead."""
    pairs = {**server.keys, **more}
    names = ("access_key", "secret_key")
    return lambda name: json.dumps(dict(zip(names, pairs[name.removeprefix("s3-")], strict=True)))


def calls(server: S3Server, where: Bucket, who: str) -> s3.Calls:
    return s3.calls(where, who, keys(server))


def made(server: S3Server, **more: Any) -> Bucket:
    """A new bucket with the rights of each identity, and a record that says that the server is fit."""
    where = place(server, **more)
    _policy.init(calls(server, where, "owner"), where)
    says = {
        "format": _fitness.FORMAT, "at": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}", "endpoint": where.endpoint,
        "bucket": where.bucket, "fit": True, "promise": "locked: for the tests", "probes": [], "lock": ["COMPLIANCE"],
    }  # fmt: skip
    calls(server, where, "ingest").put(*_fitness.written(says, Keys(where.authority)))
    return where


def shelf(server: S3Server, where: Bucket | None = None, at: str = "", **more: tuple[str, str]) -> s3.Shelf:
    """The archive in a bucket (a new one). `at`: another address of the same server, such as a proxy's."""
    where = where or made(server)
    found = s3.Shelf(replace(where, endpoint=at or where.endpoint), _identities(server, where, at, more))
    if at:  # the doctor's record is of the server's own address
        found.__dict__["fitness"] = shelf(server, where).fitness
    return found


def _identities(server: S3Server, where: Bucket, at: str, more: Mapping[str, tuple[str, str]]) -> dict[str, s3.Calls]:
    there = replace(where, endpoint=at or where.endpoint)
    return {who: s3.calls(there, who, keys(server, **more)) for who in IDENTITIES if who != "owner"}
