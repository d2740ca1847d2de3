"""Readiness against servers that nobody here wrote: mastodon-mock, the Bluesky PDS, an object store."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from model.nouns import Account
from model.settings import Settings
from pipeline.line import Place
from pipeline.readiness import Report, house, look
from tests import buckets
from tests.captures import BAG
from tests.servers.bluesky import Filled, Pds
from tests.servers.mastodon import MastodonMock
from tests.servers.s3 import S3Server

pytestmark = pytest.mark.servers
TODAY = datetime.now(UTC).date()


def looked(folder: Path, platform: str, address: str, key: str) -> Report:
    account = Account(id=f"exempelvik-{platform}", platform=platform, address=address, key="exempelvik")
    place = Place(work=folder / "work", archive=folder / "archive", settings=BAG)
    return look(account, place, lambda name: key, TODAY)


def counts(report: Report) -> dict[str, int]:
    return {claim["field"]: claim["value"] for claim in report.told["claims"]}


def test_mastodon_says_who_it_is_how_much_there_is_and_which_version(
    mastodon_server: MastodonMock, tmp_path: Path
) -> None:
    for number in range(3):
        mastodon_server.post(f"Inlägg {number}")

    found = looked(tmp_path, "mastodon", f"{mastodon_server.url}/@{mastodon_server.account}", mastodon_server.token)

    assert found.severity == "fine"
    assert counts(found)["statuses_count"] == 3
    assert found.told["version"].startswith("4.")
    assert found.told["scopes"] == ["read:accounts", "read:statuses"]


def test_the_neighbours_key_is_found_out(mastodon_server: MastodonMock, tmp_path: Path) -> None:
    found = looked(
        tmp_path, "mastodon", f"{mastodon_server.url}/@{mastodon_server.account}", mastodon_server.tokens["granne"]
    )

    assert "belongs to @granne" in found.of("editor")[0].says


def test_bluesky_says_who_it_is_and_how_much_there_is(
    bluesky_server: Pds, filled_bluesky: Filled, tmp_path: Path
) -> None:
    account = filled_bluesky.account
    address = f"{bluesky_server.url}/profile/{account.handle}"

    found = looked(tmp_path, "bluesky", address, account.password)
    wrong = looked(tmp_path / "wrong", "bluesky", address, "fel-losenord")

    assert found.severity == "fine"
    assert found.told["id"] == account.did
    assert found.told["address"] == address
    assert counts(found)["indexedRecords"] > 0
    assert found.told["shown"]["name"] == "Exempelviks stadsdelsförvaltning"
    assert found.told["shown"]["newest"]
    assert "getBlob" in found.told["shown"]["picture"]
    assert wrong.severity == "fails"
    kept = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert account.password.encode() not in kept


def test_an_object_store_takes_the_evidence_and_says_how_long_the_doctors_word_holds(
    seaweedfs_server: S3Server, tmp_path: Path
) -> None:
    where = buckets.made(seaweedfs_server)
    settings = Settings(formats=("bagit",), store="s3", bucket=where)
    place = Place(work=tmp_path, archive=tmp_path, settings=settings, key=buckets.keys(seaweedfs_server))

    found = house([], place, TODAY)

    assert found.severity == "fine"
    name = f"{TODAY.year}-december.readiness-{TODAY}.json"
    assert name in place.shelf.papers()
    assert place.shelf.probe() == TODAY + timedelta(30)
    stranger = replace(place, key=buckets.keys(seaweedfs_server, ingest=("accessingest", "x" * 40)))
    refused = house([], stranger, TODAY + timedelta(1))
    assert refused.severity == "fails"
    assert {one.whose for one in refused.of("operations")} == {"operations"}
