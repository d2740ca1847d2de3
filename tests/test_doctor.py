"""`arsring store doctor`: what a server does is found out by trying, and delivery asks for it."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

from model.errors import NotAllowed
from model.settings import Bucket
from pipeline.swedish import swedish
from stores import _doctor, _fitness, _policy, _probes, s3
from stores._keys import Keys
from tests import buckets
from tests.captures import order
from tests.servers.liar import Answer, Ask, Asked, Lie, acting_as, liar, refusal
from tests.servers.s3 import S3Server
from tests.test_stores import package

pytestmark = pytest.mark.servers
EVERY = [id for id, *_ in _probes.PROBES]
NEEDED = {id for id, needed, *_ in _probes.PROBES if needed}


def examined(server: S3Server, where: Bucket) -> dict[str, Any]:
    there = replace(where, endpoint=server.endpoint)
    who = {one: buckets.calls(server, there, one) for one in ("ingest", "reader", "custodian")}
    return _doctor.doctor(there, who, s3.strangers(there, buckets.keys(server)))


def faults(says: dict[str, Any]) -> dict[str, str]:
    return {one["id"]: one["says"] for one in says["probes"] if not one["good"]}


@pytest.fixture(scope="module")
def where(seaweedfs_server: S3Server) -> Bucket:
    """Buckets that nobody has examined."""
    return unexamined(seaweedfs_server)


def unexamined(server: S3Server) -> Bucket:
    found = buckets.place(server)
    _policy.init(buckets.calls(server, found, "owner"), found)
    return found


LACKS = {"seaweedfs": {"encrypted"}, "ceph": {"encrypted", "sha256", "one-winner"}}


@pytest.mark.parametrize("name", buckets.SERVERS)
def test_a_real_server_is_fit_and_locks(name: str, request: pytest.FixtureRequest) -> None:
    server: S3Server = request.getfixturevalue(f"{name}_server")
    where, began = unexamined(server), time.monotonic()

    says = examined(server, where)

    assert time.monotonic() - began < 45
    assert set(faults(says)) == LACKS[name]
    assert (says["fit"], says["promise"], says["lock"]) == (True, _doctor.LOCKED, ["COMPLIANCE", "GOVERNANCE"])
    assert says["server"].lower().startswith(name)
    assert (says["format"], says["endpoint"], says["bucket"]) == (_fitness.FORMAT, where.endpoint, where.bucket)
    assert [one["id"] for one in says["probes"]] == EVERY


def test_it_leaves_the_archive_alone(seaweedfs_server: S3Server, where: Bucket) -> None:
    asked: list[Asked] = []

    with liar(seaweedfs_server, lambda one, ask: asked.append(one) or ask(one)) as server:
        examined(server, where)

    changed = [one for one in asked if one.method != "GET" and one.path.split("/")[1] == where.bucket]
    assert len(asked) > 100
    assert changed == []


# --- servers that say yes and do no -------------------------------------------------------------------------------


def drops(*names: str, method: str = "") -> Lie:
    """It takes no notice of these headers, and words of the query."""
    return lambda asked, ask: ask(asked.without(*names) if method in ("", asked.method) else asked)


def nods(*what: str) -> Lie:
    """It says yes to these where the custodian asks, and does nothing."""
    return lambda asked, ask: Answer() if asked.what in what and asked.access_key == "accesscustodian" else ask(asked)


def hides(*starts: str, of: str = "") -> Lie:
    """It leaves these headers out of its answers."""
    return lambda asked, ask: ask(asked).without(*starts) if of in ("", asked.what) else ask(asked)


def swaps(what: str, pattern: str, text: str) -> Lie:
    """It answers these with something else in the place of what is so."""

    def lie(asked: Asked, ask: Ask) -> Answer:
        answer = ask(asked)
        if asked.what != what:
            return answer
        return replace(answer, body=re.sub(pattern.encode(), text.encode(), answer.body, flags=re.DOTALL))

    return lie


def has_none(what: str, code: str) -> Lie:
    """It has none of these."""
    return lambda asked, ask: refusal(404, code) if asked.what == what else ask(asked)


def lets(who: str, be: str, when: Callable[[Asked], bool] = lambda asked: True) -> Lie:
    """It takes one for another. `who`: an access key, or empty for nobody."""
    return lambda asked, ask: ask(acting_as(asked, be) if asked.access_key == who and when(asked) else asked)


def removes(asked: Asked, ask: Ask) -> Answer:
    """It lets go of what is locked, for those who may remove."""
    free = asked.method == "DELETE" and asked.access_key == "accesscustodian" and asked.key.startswith(_policy.FREE)
    return Answer(204) if free else ask(asked)


def holds_nothing(asked: Asked, ask: Ask) -> Answer:
    """It says that it holds an object, and lets it be removed."""
    if asked.method == "DELETE" and asked.key.endswith("/held"):
        return Answer(204)
    return ask(asked)


def shortens() -> Lie:
    """It takes any lock for the one that is."""
    locks: dict[str, bytes] = {}

    def lie(asked: Asked, ask: Ask) -> Answer:
        answer = ask(asked)
        if asked.what == "PUT retention" and asked.access_key == "accesscustodian":
            locks[asked.path] = asked.body
            return Answer()
        return Answer(200, {}, locks[asked.path]) if asked.what == "GET retention" and asked.path in locks else answer

    return lie


def late(asked: Asked, ask: Ask) -> Answer:
    """Its clock is an hour off."""
    answer = ask(asked)
    when = format_datetime(datetime.now(UTC) - timedelta(hours=1), usegmt=True)
    return replace(answer, headers={**(answer.headers or {}), "date": when})


def keeps_one(asked: Asked, ask: Ask) -> Answer:
    """It keeps the last version alone, and calls them all by one number."""
    answer = ask(asked.without("versionId"))
    return replace(
        answer,
        headers={
            name: "null" if name == "x-amz-version-id" else value for name, value in (answer.headers or {}).items()
        },
    )


def forgets(key: str) -> Lie:
    """It says yes to what is put under some keys, and keeps nothing."""
    return lambda asked, ask: (
        Answer(200, {"x-amz-version-id": "1"}) if (asked.method == "PUT" and re.search(key, asked.key)) else ask(asked)
    )


def spoils(asked: Asked, ask: Ask) -> Answer:
    """It turns a bit of each object that it gives back."""
    answer = ask(asked)
    if asked.what != "GET" or not asked.key or not answer.body:
        return answer
    return replace(answer, body=bytes([answer.body[0] ^ 1]) + answer.body[1:])


def cuts_long_names(asked: Asked, ask: Ask) -> Answer:
    return refusal(400, "KeyTooLongError") if len(asked.key) > 255 else ask(asked)


def never_misses(asked: Asked, ask: Ask) -> Answer:
    """It tells of everything that it is there."""
    answer = ask(asked)
    return Answer(200, {"content-length": "1"}) if (asked.method, answer.status) == ("HEAD", 404) else answer


def completes_once(asked: Asked, ask: Ask) -> Answer:
    """What is asked for a second time it refuses, and takes away what the first one made."""
    if asked.key.endswith("/twice") and asked.what == "GET":
        return refusal(404, "NoSuchKey")
    return ask(asked)


def takes_any_part(asked: Asked, ask: Ask) -> Answer:
    if asked.what == "POST uploadId" and asked.key.endswith("/wrong-part"):
        return Answer(200, {}, b"<CompleteMultipartUploadResult></CompleteMultipartUploadResult>")
    return ask(asked)


def opens_any_link(asked: Asked, ask: Ask) -> Answer:
    return ask(acting_as(asked, "accessreader") if "X-Amz-Signature" in asked.query else asked)


def keeps_what_it_refuses(asked: Asked, ask: Ask) -> Answer:
    if asked.method == "HEAD" and "/spoilt-" in asked.path:
        return Answer(200, {"content-length": "1"})
    return ask(asked)


def wrong_secret(asked: Asked, ask: Ask) -> Answer:
    """It looks at who is named, and at no signature."""
    answer = ask(asked)
    return ask(acting_as(asked, asked.access_key)) if b"SignatureDoesNotMatch" in answer.body else answer


DIGESTS = ("content-md5", "x-amz-checksum-sha256")
LIES: dict[str, tuple[Lie, set[str]]] = {  # → the probes that name it
    "keeps no versions": (keeps_one, {"older"}),
    "says that it keeps no versions": (swaps("GET versioning", "Enabled", "Suspended"), {"versions"}),
    "gives no version ids": (hides("x-amz-version-id"), {"back"}),
    "spoils what it gives back": (spoils, {"back", "older", "ranges", "parts"}),
    "forgets what it was given": (forgets("/back$"), {"back"}),
    "forgets metadata": (hides("x-amz-meta-"), {"metadata", "parts"}),
    "ignores ranges": (drops("range"), {"ranges"}),
    "never misses anything": (never_misses, {"absent"}),
    "knows no long names": (cuts_long_names, {"names"}),
    "lists one page": (swaps("GET list-type", "<IsTruncated>true", "<IsTruncated>false"), {"pages"}),
    "ignores SHA-256": (drops("x-amz-checksum-sha256"), {"sha256"}),
    "ignores MD5": (drops("content-md5"), {"md5"}),
    "ignores every digest": (drops(*DIGESTS), {"digests", "spoilt-part", "md5", "sha256"}),
    "keeps what it refuses": (keeps_what_it_refuses, {"digests", "md5", "sha256"}),
    "completes once": (completes_once, {"twice"}),
    "takes any part": (takes_any_part, {"wrong-part"}),
    "ignores conditions": (drops("if-none-match"), {"one-winner"}),
    "has an archive without a lock": (
        has_none("GET object-lock", "ObjectLockConfigurationNotFoundError"), {"lock-default"},
    ),
    "locks nothing": (has_none("GET retention", "NoSuchObjectLockConfiguration"), {"lock", "lock-parts"}),
    "ignores locks that are asked for": (
        drops("x-amz-object-lock-mode", "x-amz-object-lock-retain-until-date"), {"governance", "lock-ends"},
    ),
    "removes what is locked": (removes, {"lock-removes", "governance", "hold"}),
    "shortens locks": (shortens(), {"lock-shortens"}),
    "extends no lock": (nods("PUT retention"), {"lock-extends"}),
    "says yes to holds": (nods("PUT legal-hold"), {"hold"}),
    "removes what is held": (holds_nothing, {"hold"}),
    "is an hour late": (late, {"clock"}),
    "says no time": (hides("date"), {"clock"}),
    "looks at no signature": (wrong_secret, {"wrong-secret"}),
    "takes any key": (lets("arsringunknownkey000", "accessreader"), {"unknown-key"}),
    "lets anybody read": (lets("", "accessreader", lambda asked: "X-Amz-Signature" not in asked.query), {"anonymous"}),
    "has other rights": (swaps("GET policy", "BypassGovernanceRetention", "GetObject"), {"rights"}),
    "lets ingest do all": (lets("accessingest", "accessowner"), {"ingest"}),
    "lets the reader do all": (lets("accessreader", "accessowner"), {"reader"}),
    "lets the custodian do all": (lets("accesscustodian", "accessowner"), {"custodian"}),
    "has links that never end": (opens_any_link, {"link", "link-ends"}),
    "has no rules": (has_none("GET lifecycle", "NoSuchLifecycleConfiguration"), {"uploads-end"}),
}  # fmt: skip


@pytest.mark.parametrize("name", LIES)
def test_each_lie_is_named(
    name: str, seaweedfs_server: S3Server, where: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    lie, probes = LIES[name]
    monkeypatch.setattr(_doctor, "PROBES", tuple(one for one in _probes.PROBES if one[0] in probes))

    with liar(seaweedfs_server, lie) as server:
        says = examined(server, where)

    assert set(faults(says)) == probes
    assert says["fit"] == (not NEEDED & probes)
    assert says["promise"] == _doctor.EVIDENT
    for text in faults(says).values():
        assert swedish(text) != text


def test_every_probe_is_seen_to_fail() -> None:
    assert {probe for _, probes in LIES.values() for probe in probes} == set(EVERY) - {"encrypted"}


# --- what delivery makes of it ------------------------------------------------------------------------------------


def delivered(server: S3Server, where: Bucket, says: dict[str, Any] | None, folder: Path) -> Any:
    if says:
        buckets.calls(server, where, "ingest").put(*_fitness.written(says, Keys(where.authority)))
    return buckets.shelf(server, where).deliver(package(folder, order()), order())


def test_delivery_asks_for_a_fresh_look_at_this_very_store(seaweedfs_server: S3Server, tmp_path: Path) -> None:
    where = unexamined(seaweedfs_server)
    says = examined(seaweedfs_server, where)
    old = {"at": f"{datetime.now(UTC) - timedelta(days=31):%Y-%m-%dT%H:%M:%SZ}"}

    for said, fault in (
        (None, "nobody has looked"),
        (says | {"endpoint": "https://annan.example"}, "nobody has looked"),
        (says | old, "too long ago"),
        (says | {"fit": False, "probes": [{"needed": True, "good": False, "says": "It lies."}]}, "It lies"),
    ):
        with pytest.raises(NotAllowed, match=fault):
            delivered(seaweedfs_server, where, said, tmp_path)
    receipt = delivered(seaweedfs_server, where, says | {"at": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.9Z}"}, tmp_path)

    assert receipt.promise == _doctor.LOCKED


def test_a_server_that_checks_nothing_is_found_out(moto_server: S3Server, tmp_path: Path) -> None:
    where = buckets.place(moto_server)
    for bucket in (where.bucket, where.scratch):  # without our rights, with which moto lets nobody put
        owner = buckets.calls(moto_server, where, "owner").on(bucket)
        owner("create_bucket", ObjectLockEnabledForBucket=True)
        owner("put_object_lock_configuration", **_policy.locked(1))

    says = examined(moto_server, where)

    bad = set(faults(says))
    assert bad >= {"digests", "md5", "spoilt-part", "lock", "lock-shortens", "wrong-secret", "unknown-key", "anonymous",
                   "rights", "ingest", "reader", "custodian", "link-ends"}  # fmt: skip
    assert not bad & {"back", "older", "ranges", "pages"}
    assert (says["fit"], says["promise"], says["lock"]) == (False, _doctor.EVIDENT, [])
    with pytest.raises(NotAllowed, match=r"cannot be relied on: .*A wrong secret key is refused: the server let it"):
        delivered(moto_server, where, says, tmp_path)


def test_a_server_that_lets_ingest_put_nothing_is_told_at_once(moto_server: S3Server) -> None:
    where = unexamined(moto_server)

    with pytest.raises(NotAllowed, match=r"does not let ingest .* do this \(put_object\)"):
        examined(moto_server, where)
