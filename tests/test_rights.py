"""Who can do what in the archive: ingest, which a stolen key or a fault of ours could be, can take nothing back."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from model.errors import NotAllowed
from stores import _policy, s3
from tests import buckets
from tests.captures import order
from tests.servers.s3 import S3Server
from tests.test_stores import package

pytestmark = pytest.mark.servers
Tries = Mapping[str, tuple[str, dict[str, Any]]]


class Archive:
    """A bucket with one package in it, and who may do what there."""

    def __init__(self, server: S3Server, folder: Path) -> None:
        self.shelf = buckets.shelf(server)
        self.receipt = self.shelf.deliver(package(folder, order()), order())
        self.version = self.shelf.versions(order().id)[self.receipt.package]
        self.at: dict[str, Any] = {"Key": self.receipt.package, "VersionId": self.version}
        self.who = {who: buckets.calls(server, self.shelf.place, who) for who in ("ingest", "reader", "custodian")}
        self.owner = buckets.calls(server, self.shelf.place, "owner")

    def state(self) -> Any:
        """All that nobody may have changed."""
        asked = ("get_bucket_versioning", "get_object_lock_configuration", "get_bucket_lifecycle_configuration")
        settings = [_policy.asked(self.owner, one) for one in asked]
        found = [{name: value for name, value in one.items() if name != "ResponseMetadata"} for one in settings]
        rights = json.loads(self.owner("get_bucket_policy")["Policy"])
        rows = [row for page in self.owner.pages("list_object_versions") for row in self._versions(page)]
        lock = self.who["reader"]("get_object_retention", **self.at)["Retention"]  # on Ceph the owner may not
        return found, rights, rows, lock

    def _versions(self, page: Mapping[str, Any]) -> Iterator[tuple[str, str, bool]]:
        for row in (*page.get("Versions", ()), *page.get("DeleteMarkers", ())):
            yield row["Key"], row["VersionId"], row["IsLatest"]


@pytest.fixture(scope="module", params=buckets.SERVERS)
def archive(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Archive:
    return Archive(request.getfixturevalue(f"{request.param}_server"), tmp_path_factory.mktemp("package"))


def removals(archive: Archive) -> Tries:
    return {
        "delete": ("delete_object", {"Key": archive.receipt.package}),
        "delete the version": ("delete_object", archive.at),
        "delete it past its lock": ("delete_object", archive.at | {"BypassGovernanceRetention": True}),
        "delete many": ("delete_objects", {"Delete": {"Objects": [dict(archive.at)]}}),
        "delete the bucket": ("delete_bucket", {}),
    }


def locks(archive: Archive) -> Tries:
    until = datetime.now(UTC) + timedelta(hours=1)
    retention = {"Mode": "GOVERNANCE", "RetainUntilDate": until}
    bypass = {"BypassGovernanceRetention": True}
    default = {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 1}}
    rule = {"ObjectLockEnabled": "Enabled", "Rule": default}
    return {
        "shorten the lock": ("put_object_retention", archive.at | {"Retention": retention}),
        "shorten it by force": ("put_object_retention", archive.at | {"Retention": retention} | bypass),
        "lift the hold": ("put_object_legal_hold", archive.at | {"LegalHold": {"Status": "OFF"}}),
        "shorten the bucket's lock": ("put_object_lock_configuration", {"ObjectLockConfiguration": rule}),
    }


def settings(archive: Archive) -> Tries:
    everybody = {
        "Effect": "Allow",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": f"arn:aws:s3:::{archive.owner.bucket}/*",
    }
    rights = json.dumps({"Version": "2012-10-17", "Statement": [everybody]})
    rule = {"ID": "x", "Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 1}}
    public = {"Key": archive.receipt.package, "ACL": "public-read"}
    return {
        "suspend versions": ("put_bucket_versioning", {"VersioningConfiguration": {"Status": "Suspended"}}),
        "change the policy": ("put_bucket_policy", {"Policy": rights}),
        "delete the policy": ("delete_bucket_policy", {}),
        "let all expire": ("put_bucket_lifecycle_configuration", {"LifecycleConfiguration": {"Rules": [rule]}}),
        "open the bucket": ("put_bucket_acl", {"ACL": "public-read"}),
        "open an object": ("put_object_acl", public),
    }


def test_ingest_can_neither_remove_nor_unlock_nor_settle(archive: Archive) -> None:
    before = archive.state()

    refused_all(archive.who["ingest"], removals(archive) | locks(archive) | settings(archive))

    assert archive.state() == before
    assert archive.shelf.verify().faults == []


def test_the_reader_can_only_read(archive: Archive) -> None:
    before = archive.state()
    put = {
        "put": ("put_object", {"Key": "exempelvik/x", "Body": b"x"}),
        "begin": ("create_multipart_upload", {"Key": "exempelvik/x"}),
    }

    refused_all(archive.who["reader"], removals(archive) | locks(archive) | settings(archive) | put)

    assert archive.state() == before


def test_the_custodian_can_lock_and_nothing_else(archive: Archive) -> None:
    before = archive.state()
    put = {"put": ("put_object", {"Key": "exempelvik/x", "Body": b"x"})}
    shorter = {
        name: locks(archive)[name] for name in ("shorten the lock", "shorten it by force", "shorten the bucket's lock")
    }

    refused_all(archive.who["custodian"], removals(archive) | shorter | settings(archive) | put)

    assert archive.state() == before


def refused_all(calls: s3.Calls, tries: Tries) -> None:
    let_through = {}
    for name, (operation, words) in tries.items():
        try:
            let_through[name] = calls.once(operation, **words)
        except NotAllowed:
            continue
    many = let_through.pop("delete many", {"Errors": [{"Code": "AccessDenied"}]})  # answers 200, object by object
    assert [one["Code"] for one in many.get("Errors", ())] == ["AccessDenied"]
    assert let_through == {}
