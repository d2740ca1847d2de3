"""What a store refuses, and one that is not there: each stops in seconds, with one sentence that says what to do."""

from __future__ import annotations

import time
from base64 import b64encode
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import md5, sha256
from pathlib import Path

import boto3
import botocore.auth
import botocore.exceptions
import pytest
from botocore.config import Config

from model.errors import ArsringError, BadInput, NotAllowed, NotUnderstood, TryLater
from model.nouns import Receipt
from model.settings import Bucket
from pipeline.swedish import swedish
from stores import _upload
from tests import buckets
from tests.captures import order
from tests.servers.liar import Answer, Ask, Asked, Lie, liar, refusal
from tests.servers.process import free_port
from tests.servers.s3 import S3Server
from tests.test_stores import package

pytestmark = pytest.mark.servers
SECONDS = 30


@pytest.fixture(scope="module", params=buckets.SERVERS)
def server(request: pytest.FixtureRequest) -> S3Server:
    found: S3Server = request.getfixturevalue(f"{request.param}_server")
    return found


@pytest.fixture(scope="module")
def where(server: S3Server) -> Bucket:
    return buckets.made(server)


class Counting:
    """A lie that counts how often each thing is asked for."""

    def __init__(self, lie: Lie) -> None:
        self.lie, self.asked = lie, Counter[str]()

    def __call__(self, asked: Asked, ask: Ask) -> Answer | None:
        self.asked[f"{asked.what} {asked.path}"] += 1
        return self.lie(asked, ask)


def deliver(server: S3Server, where: Bucket, folder: Path, at: str = "", **pairs: tuple[str, str]) -> Receipt:
    return buckets.shelf(server, where, at, **pairs).deliver(package(folder, order()), order())


def stopped(deliver: Callable[[], object], kind: type[ArsringError]) -> str:
    """What is said when it stops, on one line and soon."""
    began = time.monotonic()
    with pytest.raises(kind) as caught:
        deliver()

    said = str(caught.value)
    assert time.monotonic() - began < SECONDS
    assert "\n" not in said
    assert swedish(said) != said
    return said


def test_a_wrong_secret_key(server: S3Server, where: Bucket, tmp_path: Path) -> None:
    pair = (server.keys["ingest"][0], "x" * 40)

    said = stopped(lambda: deliver(server, where, tmp_path, ingest=pair), NotAllowed)

    assert "the secret key of ingest (key 's3-ingest') is wrong. Put the right one under the key's name" in said


def test_a_key_that_was_revoked(server: S3Server, where: Bucket, tmp_path: Path) -> None:
    pair = ("arsringrevoked000000", "x" * 40)

    said = stopped(lambda: deliver(server, where, tmp_path, ingest=pair), NotAllowed)

    assert "does not know the access key of ingest (key 's3-ingest')" in said


def test_a_right_that_is_missing(server: S3Server, where: Bucket, tmp_path: Path) -> None:
    said = stopped(lambda: deliver(server, where, tmp_path, ingest=server.keys["reader"]), NotAllowed)

    assert "does not let ingest (key 's3-ingest') do this (put_object)" in said
    assert "arsring store init" in said


def test_a_reader_that_may_not_read(server: S3Server, where: Bucket, tmp_path: Path) -> None:
    pair = ("arsringrevoked000000", "x" * 40)

    said = stopped(lambda: deliver(server, where, tmp_path, reader=pair), NotAllowed)

    assert "does not know the access key of reader (key 's3-reader')" in said
    assert buckets.shelf(server, where).receipt(order().id) is None


def test_a_bucket_that_is_not_there(server: S3Server, tmp_path: Path) -> None:
    """Some servers say it to the owner alone: to others it is one where they may do nothing."""
    nowhere = buckets.place(server)

    for pairs in ({}, {"ingest": server.keys["owner"]}):
        said = stopped(lambda pairs=pairs: deliver(server, nowhere, tmp_path, **pairs), ArsringError)  # type: ignore[misc]
        assert "et the owner" in said
        assert "`arsring store init`" in said

    assert "there is no such bucket" in said


def test_a_clock_an_hour_off(server: S3Server, where: Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = datetime.now(UTC) + timedelta(hours=1)
    monkeypatch.setattr(botocore.auth, "get_current_datetime", lambda *_, **__: wrong.replace(tzinfo=None))

    said = stopped(lambda: deliver(server, where, tmp_path), NotAllowed)

    assert "this machine's clock is wrong. Set the clock (NTP)" in said


ANSWERS: dict[str, tuple[Lie, type[ArsringError], str]] = {
    "quota": (lambda *_: refusal(403, "QuotaExceeded"), NotAllowed, "no more room for us. Have the provider raise the"),
    "no room": (lambda *_: refusal(507, "InsufficientStorage"), NotAllowed, "has no more room"),
    "expired": (lambda *_: refusal(400, "ExpiredToken"), NotAllowed, "has expired. Have a new one made"),
    "shut": (lambda *_: refusal(403, "UserSuspended"), NotAllowed, "has shut the account of ingest"),
    "too large": (lambda *_: refusal(400, "EntityTooLarge"), NotAllowed, "takes no object so large"),
    "unknown to it": (lambda *_: refusal(501, "NotImplemented"), NotUnderstood, "answers put_object with 501"),
    "full or ill": (lambda *_: refusal(500, "InternalError"), TryLater, "ask the provider whether the store is full"),
    "busy": (lambda *_: refusal(503, "SlowDown"), TryLater, "cannot do it now"),
    "a page of a proxy": (lambda *_: Answer(502, body=b"<p>Bad gateway"), TryLater, "cannot do it now"),
    "closed": (lambda *_: None, TryLater, "does not answer (put_object"),
}  # fmt: skip


@pytest.mark.parametrize("name", ANSWERS)
def test_what_a_store_answers_to_a_put(name: str, server: S3Server, where: Bucket, tmp_path: Path) -> None:
    lie, kind, says = ANSWERS[name]
    counted = Counting(lambda asked, ask: lie(asked, ask) if asked.method == "PUT" else ask(asked))

    with liar(server, counted) as there:
        said = stopped(lambda: deliver(server, where, tmp_path, there.endpoint), kind)

    assert says in said
    puts = [count for what, count in counted.asked.items() if what.startswith("PUT")]
    assert len(puts) == 1
    assert puts[0] == 1 if kind is not TryLater else 2 <= puts[0] <= 5
    assert buckets.shelf(server, where).receipt(order().id) is None


def test_a_server_that_is_gone(server: S3Server, where: Bucket, tmp_path: Path) -> None:
    nobody = f"https://localhost:{free_port()}"

    said = stopped(lambda: deliver(server, where, tmp_path, nobody), TryLater)

    assert f"{nobody}/{where.bucket} does not answer" in said
    assert "Nothing is lost" in said


def test_a_certificate_of_somebody_else(server: S3Server, where: Bucket, tmp_path: Path) -> None:
    said = stopped(lambda: deliver(server, replace(where, trusted=""), tmp_path), BadInput)

    assert "certificate" in said


# --- what goes over the wire --------------------------------------------------------------------------------------


def test_all_that_is_sent_has_its_digests_and_nothing_that_old_servers_break_on(
    server: S3Server, where: Bucket, tmp_path: Path
) -> None:
    sent: list[Asked] = []
    content = bytes(range(256)) * (_upload.PART // 256) + b"the rest"  # two parts

    with liar(server, lambda asked, ask: sent.append(asked) or ask(asked)) as there:  # type: ignore[func-returns-value]
        shelf = buckets.shelf(server, where, there.endpoint)
        of = order(2031)
        shelf.deliver(package(tmp_path, of, content, manifest=b"{}"), of)

    bodies = [asked for asked in sent if asked.method == "PUT"]
    assert len(bodies) == 5  # two parts, a sidecar, the delivery, the receipt
    for one in bodies:
        digest = sha256(one.body).digest()
        assert one.headers["content-md5"] == b64encode(md5(one.body).digest()).decode()
        assert one.headers["x-amz-checksum-sha256"] == b64encode(digest).decode()
        assert one.headers["x-amz-content-sha256"] in (digest.hex(), "UNSIGNED-PAYLOAD")
        assert int(one.headers["content-length"]) == len(one.body)
        assert not {"x-amz-trailer", "transfer-encoding", "content-encoding", "x-amz-decoded-content-length"} & set(
            one.headers
        )


def old(asked: Asked, ask: Ask) -> Answer:
    """As Ceph 16.2 does: what says no length is refused."""
    return (
        ask(asked)
        if "content-length" in asked.headers or asked.method != "PUT"
        else refusal(411, "MissingContentLength")
    )


def test_what_boto3_does_by_itself_breaks_on_old_servers_and_what_we_do_does_not(
    server: S3Server, where: Bucket, tmp_path: Path
) -> None:
    pair = server.keys["ingest"]
    with liar(server, old) as there:
        plain = boto3.client(
            "s3", endpoint_url=there.endpoint, verify=str(server.ca), region_name="us-east-1",
            aws_access_key_id=pair[0], aws_secret_access_key=pair[1], config=Config(retries={"total_max_attempts": 1}),
        )  # fmt: skip
        with pytest.raises(botocore.exceptions.ClientError, match="MissingContentLength"):
            plain.put_object(Bucket=where.bucket, Key="exempelvik/x", Body=b"x")
        plain.close()

        of = order(2032)
        made = buckets.shelf(server, where, there.endpoint).deliver(package(tmp_path, of), of)

    assert made.order == of.id
