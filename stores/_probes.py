"""What the doctor tries: each probe asks the server for something, and looks at what became of it.

All of it is tried in the scratch bucket, under `las/`, where the custodian may do everything, so that what refuses is a
lock, and under `ratt/`, where the rights are the archive's. Of the archive itself only its settings are read.
"""

import json
import os
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from hashlib import sha256
from secrets import token_hex
from typing import Any, Final

from model.errors import ArsringError
from model.settings import Bucket
from stores import _policy
from stores._policy import BOUND, FREE
from stores._s3_errors import Missing
from stores._upload import body

LOCKS: Final = ("lock-default", "lock", "lock-parts", "lock-removes", "lock-shortens")  # what the promise needs
_SKEW: Final = 60  # seconds that the server's clock may be off: lock dates depend on it
_PIECE: Final = 5 * 2**20  # the smallest part that is not the last one
_NEVER: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass
class Bench:
    """What the probes work with: each identity's calls on the scratch bucket, and keys of this examination."""

    place: Bucket
    who: Mapping[str, Any]
    strangers: Mapping[str, Any]
    server: str = ""  # what it says that it is
    ahead: timedelta | None = None  # its clock before ours; None where it does not tell the time
    name: str = field(default_factory=lambda: token_hex(6))
    brief: tuple[tuple[str, str], ...] = ()  # two objects whose locks end after a moment; the second one is held
    link: str = ""  # to an object, for a moment
    over: datetime = _NEVER  # when that moment is over, on our clock

    def key(self, name: str, top: str = BOUND) -> str:
        return f"{top}{self.name}/{name}"

    def put(self, name: str, data: bytes, top: str = BOUND) -> tuple[str, str]:
        """(key, version id) of a new object by ingest."""
        key = self.key(name, top)
        return key, self.who["ingest"].put(key, data)

    def get(self, key: str, version: str = "", **where: int) -> bytes:
        return b"".join(self.who["reader"].read(key, version, **where))

    def wait(self) -> None:
        """Until the moment is over."""
        time.sleep(max(0.0, (self.over - datetime.now(UTC)).total_seconds()))


Probe = Callable[[Bench], str]  # what is wrong, a sentence without its full stop; empty where nothing is


def bench(place: Bucket, identities: Mapping[str, Any], strangers: Mapping[str, Any]) -> Bench:
    """The bench, laid. What ends after a moment is begun here, so that nobody has to wait for it."""
    who, others = ({name: calls.on(place.scratch) for name, calls in some.items()} for some in (identities, strangers))
    made = Bench(place, who, others)
    answer = who["ingest"]("list_objects_v2", Prefix=made.key(""), MaxKeys=1)["ResponseMetadata"]
    made.server, made.ahead = _kind(answer), _ahead(answer.get("HTTPHeaders", {}).get("date", ""))
    made.link = _link(made, *made.put("link", b"linked"), seconds=1)
    try:
        made.brief = tuple(_brief(made, name) for name in ("brief", "held"))
    except ArsringError as error:
        if not error.code:
            raise
    return made


def _kind(answer: Mapping[str, Any]) -> str:
    """What the server says that it is. Ceph has no name for itself, and its own way to number requests."""
    said = str(answer.get("HTTPHeaders", {}).get("server", ""))
    return said or ("Ceph RGW" if str(answer.get("RequestId", "")).startswith("tx0000") else "")


def _ahead(date: str) -> timedelta | None:
    """How far the server's clock is before ours, or up to a second more: it tells whole seconds."""
    try:
        return parsedate_to_datetime(date) - datetime.now(UTC)
    except (ValueError, TypeError):
        return None


def _brief(bench: Bench, name: str) -> tuple[str, str]:
    """An object that is locked for a moment, by the server's clock."""
    ahead, now = bench.ahead or timedelta(), datetime.now(UTC)
    until = (now + ahead + timedelta(seconds=3)).replace(microsecond=0)
    bench.over = until - ahead + timedelta(seconds=0.3)
    words = {"ObjectLockMode": "COMPLIANCE", "ObjectLockRetainUntilDate": until}
    key = bench.key(name, FREE)
    return key, bench.who["custodian"].put(key, b"x", **words)


def _link(bench: Bench, key: str, version: str, seconds: int) -> str:
    words = {"Bucket": bench.place.scratch, "Key": key} | ({"VersionId": version} if version else {})
    found: str = bench.who["reader"].client.generate_presigned_url("get_object", Params=words, ExpiresIn=seconds)
    return found


# --- what is kept and given back ----------------------------------------------------------------------------------


def _versions(bench: Bench) -> str:
    buckets = (bench.place.bucket, bench.place.scratch)
    states = {name: _policy.asked(bench.who["custodian"].on(name), "get_bucket_versioning") for name in buckets}
    off = [name for name, state in states.items() if state.get("Status") != "Enabled"]
    return f"{', '.join(off)} keeps none: let the owner run `arsring store init`" if off else ""


def _back(bench: Bench) -> str:
    data = os.urandom(2000)
    key, version = bench.put("back", data)
    if not version:
        return "no version id was given"
    return "" if bench.get(key, version) == data else "other bytes came back"


def _older(bench: Bench) -> str:
    key, first = bench.put("older", b"the first")
    _, second = bench.put("older", b"the second")
    if first == second or (bench.get(key, first), bench.get(key, second)) != (b"the first", b"the second"):
        return "what was put over it replaced it"
    return ""


def _metadata(bench: Bench) -> str:
    key, _ = bench.put("metadata", b"x")
    head = bench.who["ingest"]("head_object", Key=key)
    good = (head.get("ContentLength"), head.get("Metadata", {}).get("sha256")) == (1, sha256(b"x").hexdigest())
    return "" if good else "its size or its digest did not come back"


def _ranges(bench: Bench) -> str:
    key, version = bench.put("ranges", b"0123456789")
    return "" if bench.get(key, version, at=3, size=4) == b"3456" else "other bytes came back"


def _absent(bench: Bench) -> str:
    return "it is told as if it were there" if _there(bench.who["ingest"], bench.key("absent")) else ""


def _there(calls: Any, key: str) -> bool:
    try:
        calls.once("head_object", Key=key)
    except Missing:
        return False
    return True


def _names(bench: Bench) -> str:
    long = bench.key("exempelvik-mastodon@social.exempelvik.example/2026-arlig/2026_a.zip.")
    for key in (long + "x" * (500 - len(long)), bench.key("2026-11-27T120000Z~c3.json")):
        bench.who["ingest"].put(key, b"x")
        if bench.get(key) != b"x":
            return f"a key of {len(key)} letters is not kept"
    return ""


def _pages(bench: Bench) -> str:
    for number in range(5):
        bench.put(f"pages/{number}", b"x")
    pages = list(bench.who["ingest"].pages("list_objects_v2", Prefix=bench.key("pages/"), MaxKeys=2))
    found = [row["Key"] for page in pages for row in page.get("Contents", ())]
    return "" if found == [bench.key(f"pages/{number}") for number in range(5)] else f"{len(found)} of 5 were listed"


# --- checksums ----------------------------------------------------------------------------------------------------


def _spoilt(bench: Bench, *digests: str) -> str:
    """Put bytes with the digests of others: what must be refused."""
    words = {name: value for name, value in body(b"what was meant").items() if name in digests}
    key, ingest = bench.key(f"spoilt-{'-'.join(digests)}"), bench.who["ingest"]
    said = _must_refuse(ingest, "put_object", Key=key, Body=b"what has come", **words)
    return said or ("the server says no, and keeps it" if _there(ingest, key) else "")


def _sha256(bench: Bench) -> str:
    return _spoilt(bench, "ChecksumSHA256")


def _md5(bench: Bench) -> str:
    return _spoilt(bench, "ContentMD5")


def _digests(bench: Bench) -> str:
    return _spoilt(bench, "ContentMD5", "ChecksumSHA256")


def _parts(bench: Bench) -> str:
    data = os.urandom(_PIECE + 1000)
    key, version = _in_parts(bench, "parts", data)
    head = bench.who["ingest"]("head_object", Key=key)
    if head.get("Metadata", {}).get("sha256") != sha256(data).hexdigest():
        return "its digest did not come back"
    return "" if bench.get(key, version) == data else "other bytes came back"


def _in_parts(bench: Bench, name: str, data: bytes, top: str = BOUND) -> tuple[str, str]:
    """(key, version id) of a new object by ingest, sent in parts."""
    key = bench.key(name, top)
    done = bench.who["ingest"]("complete_multipart_upload", **_sent_parts(bench, key, data))
    return key, str(done.get("VersionId") or "")


def _sent_parts(bench: Bench, key: str, data: bytes) -> dict[str, Any]:
    """The words with which an upload is completed of which all parts have been sent."""
    ingest, rows = bench.who["ingest"], []
    meta = {"sha256": sha256(data).hexdigest()}
    id = ingest("create_multipart_upload", Key=key, ChecksumAlgorithm="SHA256", Metadata=meta)["UploadId"]
    for number, piece in enumerate((data[:_PIECE], data[_PIECE:]), 1):
        sent = ingest("upload_part", Key=key, UploadId=id, PartNumber=number, **body(piece))
        known = {name: sent[name] for name in ("ETag", "ChecksumSHA256") if sent.get(name)}
        rows.append({"PartNumber": number, **known})
    return {"Key": key, "UploadId": id, "MultipartUpload": {"Parts": rows}}


def _twice(bench: Bench) -> str:
    """The reply to completing an upload was lost, and it is asked for again: that leaves it as it is."""
    data, ingest = os.urandom(_PIECE + 10), bench.who["ingest"]
    words = _sent_parts(bench, bench.key("twice"), data)
    ingest("complete_multipart_upload", **words)
    with suppress(Missing):
        ingest("complete_multipart_upload", **words)
    return "" if bench.get(words["Key"]) == data else "other bytes came back"


def _spoilt_part(bench: Bench) -> str:
    ingest, key = bench.who["ingest"], bench.key("spoilt-part")
    id = ingest("create_multipart_upload", Key=key, ChecksumAlgorithm="SHA256")["UploadId"]
    words = {name: value for name, value in body(b"what was meant").items() if name != "Body"}
    fault = _must_refuse(ingest, "upload_part", Key=key, UploadId=id, PartNumber=1, Body=b"what has come", **words)
    ingest("abort_multipart_upload", Key=key, UploadId=id)
    return fault


def _wrong_part(bench: Bench) -> str:
    ingest, key = bench.who["ingest"], bench.key("wrong-part")
    id = ingest("create_multipart_upload", Key=key, ChecksumAlgorithm="SHA256")["UploadId"]
    ingest("upload_part", Key=key, UploadId=id, PartNumber=1, **body(b"one"))
    parts = {"Parts": [{"PartNumber": 1, "ETag": '"00000000000000000000000000000000"'}]}
    fault = _must_refuse(ingest, "complete_multipart_upload", Key=key, UploadId=id, MultipartUpload=parts)
    if not fault:
        ingest("abort_multipart_upload", Key=key, UploadId=id)
    return fault


def _one_winner(bench: Bench) -> str:
    """Eight at once put a key that must not be there: one may."""
    key, ingest = bench.key("one-winner"), bench.who["ingest"]

    def one(number: int) -> bool:
        return bool(_must_refuse(ingest, "put_object", Key=key, IfNoneMatch="*", **body(str(number).encode())))

    with ThreadPoolExecutor(8) as pool:
        won = sum(pool.map(one, range(8)))
    return "" if won == 1 else f"{won} of 8 at once were let through"


# --- locks --------------------------------------------------------------------------------------------------------


def _default(bench: Bench) -> str:
    for name in (bench.place.bucket, bench.place.scratch):
        on, mode, days = _policy.default_lock(bench.who["reader"].on(name))
        if not on or mode != "COMPLIANCE" or not days:
            return f"{name} locks nothing by default: let the owner run `arsring store init`"
    return ""


def _lock(bench: Bench) -> str:
    key, version = bench.put("lock", b"x", FREE)
    return _no_lock(bench, key, version)


def _lock_parts(bench: Bench) -> str:
    return _no_lock(bench, *_in_parts(bench, "lock-parts", os.urandom(_PIECE + 1), FREE))


def _no_lock(bench: Bench, key: str, version: str) -> str:
    until, mode = _retention(bench, key, version)
    if mode != "COMPLIANCE" or until < datetime.now(UTC) + timedelta(hours=12):
        return "what was put has no lock by default"
    return ""


def _retention(bench: Bench, key: str, version: str) -> tuple[datetime, str]:
    found = bench.who["reader"].once("get_object_retention", Key=key, VersionId=version).get("Retention", {})
    return found.get("RetainUntilDate", _NEVER), str(found.get("Mode", ""))


def _lock_removes(bench: Bench) -> str:
    """As somebody who may: what refuses is the lock."""
    key, version = bench.put("lock-removes", b"x", FREE)
    custodian = bench.who["custodian"]
    said = _must_refuse(custodian, "delete_object", Key=key, VersionId=version)
    said = said or _must_refuse(custodian, "delete_object", Key=key, VersionId=version, BypassGovernanceRetention=True)
    return said or ("" if bench.get(key, version) == b"x" else "it says no, and the object is gone")


def _lock_shortens(bench: Bench) -> str:
    key, version = bench.put("lock-shortens", b"x", FREE)
    before, _ = _retention(bench, key, version)
    for mode, until in (("COMPLIANCE", before - timedelta(hours=6)), ("GOVERNANCE", before)):
        words = {"Mode": mode, "RetainUntilDate": until}
        _must_refuse(bench.who["custodian"], "put_object_retention", Key=key, VersionId=version, Retention=words)
    after, mode = _retention(bench, key, version)
    return "" if after >= before and mode == "COMPLIANCE" else "a lock was shortened, or made one that can be lifted"


def _lock_extends(bench: Bench) -> str:
    key, version = bench.put("lock-extends", b"x", FREE)
    before, _ = _retention(bench, key, version)
    words = {"Mode": "COMPLIANCE", "RetainUntilDate": before + timedelta(hours=6)}
    bench.who["custodian"].once("put_object_retention", Key=key, VersionId=version, Retention=words)
    return "" if _retention(bench, key, version)[0] > before else "it says yes, and the lock is no longer"


def _ends(bench: Bench) -> str:
    """As somebody who may: what was captured wrongly can be removed by a decision once its lock has ended."""
    if not bench.brief:
        return "none for a moment could be set"
    bench.wait()
    key, version = bench.brief[0]
    bench.who["custodian"].once("delete_object", Key=key, VersionId=version)
    return ""


def _hold(bench: Bench) -> str:
    """On an object whose lock has ended, where it can be made: what refuses is the hold."""
    key, version = bench.brief[1] if bench.brief else bench.put("hold", b"x", FREE)
    custodian = bench.who["custodian"]
    for state in ("ON", "OFF"):
        custodian.once("put_object_legal_hold", Key=key, VersionId=version, LegalHold={"Status": state})
        found = bench.who["reader"].once("get_object_legal_hold", Key=key, VersionId=version)
        if found.get("LegalHold", {}).get("Status") != state:
            return "it says yes, and there is none"
        bench.wait()
        if state == "ON" and (said := _must_refuse(custodian, "delete_object", Key=key, VersionId=version)):
            return said
    return ""


def _governance(bench: Bench) -> str:
    """A lock that can be lifted. It is tried for a year, for it can be taken away again."""
    key, custodian = bench.key("governance", FREE), bench.who["custodian"]
    until = datetime.now(UTC).replace(microsecond=0) + timedelta(days=365)
    version = custodian.put(key, b"x", ObjectLockMode="GOVERNANCE", ObjectLockRetainUntilDate=until)
    found, mode = _retention(bench, key, version)
    if mode != "GOVERNANCE" or found < until:
        return "it says yes, and there is none"
    said = _must_refuse(custodian, "delete_object", Key=key, VersionId=version)
    if not said:
        custodian.once("delete_object", Key=key, VersionId=version, BypassGovernanceRetention=True)
    return said


# --- who may do what ----------------------------------------------------------------------------------------------


def _clock(bench: Bench) -> str:
    if bench.ahead is None:
        return "it does not say what time it is"
    off = abs(bench.ahead.total_seconds())
    return f"they are {off:.0f} s apart; set the clocks (NTP)" if off > _SKEW else ""


def _wrong_secret(bench: Bench) -> str:
    return _must_refuse(bench.strangers["wrong secret"], "list_objects_v2", MaxKeys=1)


def _unknown_key(bench: Bench) -> str:
    return _must_refuse(bench.strangers["unknown key"], "list_objects_v2", MaxKeys=1)


def _anonymous(bench: Bench) -> str:
    key, _ = bench.put("anonymous", b"x")
    top, reader = bench.place.endpoint, bench.who["reader"]
    addresses = (
        f"{bench.place.scratch}/{key}",
        f"{bench.place.scratch}?list-type=2",
        f"{bench.place.bucket}?list-type=2",
    )
    opened = [one for one in addresses if reader.opens(f"{top}/{one}") < 400]
    return f"{opened[0]} is open to the world" if opened else ""


def _rights(bench: Bench) -> str:
    who = _policy.principals(bench.place)
    for name in (bench.place.bucket, bench.place.scratch):
        found = json.loads(_policy.asked(bench.who["reader"].on(name), "get_bucket_policy").get("Policy") or "{}")
        if not _policy.same(_policy.policy(bench.place, name, who), found):
            return f"{name} has others: let the owner run `arsring store init`"
    return ""


Tries = Mapping[str, tuple[str, Mapping[str, Any]]]  # what it is → operation, words


def _ingest(bench: Bench) -> str:
    return _could(bench, "ingest", _removing(bench, "ingest") | _unlocking(bench, "ingest") | _settling(bench))


def _reader(bench: Bench) -> str:
    return _could(bench, "reader", _removing(bench, "reader") | _unlocking(bench, "reader") | _putting(bench, "reader"))


def _custodian(bench: Bench) -> str:
    return _could(bench, "custodian", _removing(bench, "custodian") | _putting(bench, "custodian") | _settling(bench))


def _putting(bench: Bench, who: str) -> dict[str, tuple[str, Mapping[str, Any]]]:
    return {"put an object": ("put_object", {"Key": bench.key(f"by-{who}"), **body(b"x")})}


def _removing(bench: Bench, who: str) -> dict[str, tuple[str, Mapping[str, Any]]]:
    """Of an object whose lock has ended, where it can be made: what refuses is the rights."""
    key, version = bench.put(f"of-{who}", b"x")
    bare = bench.brief[0] if bench.brief and who != "custodian" else (key, version)
    if bench.brief:
        bench.wait()
    at = {"Key": bare[0], "VersionId": bare[1]}
    return {
        "remove an object": ("delete_object", {"Key": key}),
        "remove a version": ("delete_object", at),
        "lift a lock": ("delete_object", {"Key": key, "VersionId": version, "BypassGovernanceRetention": True}),
        "open an object to the world": ("put_object_acl", {"Key": key, "ACL": "public-read"}),
    }


def _unlocking(bench: Bench, who: str) -> dict[str, tuple[str, Mapping[str, Any]]]:
    """On an object that is locked longer than is asked for, and held by nobody: nothing that would change it."""
    key, version = bench.put(f"locked-{who}", b"x")
    soon = {"Mode": "COMPLIANCE", "RetainUntilDate": datetime.now(UTC) + timedelta(hours=30)}
    return {
        "change a lock": ("put_object_retention", {"Key": key, "VersionId": version, "Retention": soon}),
        "change a hold": ("put_object_legal_hold", {"Key": key, "VersionId": version, "LegalHold": {"Status": "OFF"}}),
    }


def _settling(bench: Bench) -> dict[str, tuple[str, Mapping[str, Any]]]:
    """The bucket's settings, as they are already: where this is let through, nothing is other than before."""
    rights = _policy.asked(bench.who["reader"], "get_bucket_policy").get("Policy")
    return {
        "stop the versions": ("put_bucket_versioning", {"VersioningConfiguration": {"Status": "Enabled"}}),
        "change the rights": ("put_bucket_policy", {"Policy": rights}) if rights else ("delete_bucket_policy", {}),
        "change the default lock": ("put_object_lock_configuration", _policy.locked(1)),
        "change the rules": ("put_bucket_lifecycle_configuration", _policy.swept()),
    }


def _could(bench: Bench, who: str, tries: Tries) -> str:
    calls = bench.who[who]
    could = [what for what, (operation, words) in tries.items() if _must_refuse(calls, operation, **words)]
    return f"it can {', '.join(could)}: let the owner run `arsring store init`" if could else ""


def _must_refuse(calls: Any, operation: str, **words: Any) -> str:
    """Empty where the server said no."""
    try:
        calls.once(operation, **words)
    except ArsringError as error:
        if not error.code:
            raise  # no answer at all, or nothing that could be asked
        return ""
    return "the server let it through"


# --- more that it can ---------------------------------------------------------------------------------------------


def _linked(bench: Bench) -> str:
    key, version = bench.put("linked", b"x")
    link, other = _link(bench, key, version, seconds=600), _link(bench, key, "", seconds=600)
    if bench.who["reader"].opens(link) != 200:
        return "it does not open"
    other = other.replace("/linked?", "/link?")
    return "it opens another object as well" if bench.who["reader"].opens(other) < 400 else ""


def _link_ends(bench: Bench) -> str:
    bench.wait()
    return "it still opens" if bench.who["reader"].opens(bench.link) < 400 else ""


def _uploads_end(bench: Bench) -> str:
    found = _policy.asked(bench.who["reader"].on(bench.place.bucket), "get_bucket_lifecycle_configuration")
    return "" if _policy.ends_uploads(found.get("Rules", ())) else "`arsring store reap` ends them"


def _encrypted(bench: Bench) -> str:
    key, _ = bench.put("encrypted", b"x")
    head = bench.who["ingest"]("head_object", Key=key)
    return "" if head.get("ServerSideEncryption") else "it does not say so"


PROBES: Final[tuple[tuple[str, bool, str, Probe], ...]] = (
    ("versions", True, "The buckets keep versions", _versions),
    ("back", True, "What is put comes back, by its version", _back),
    ("older", True, "What is put over another leaves that where it is", _older),
    ("metadata", True, "Size and digest are told", _metadata),
    ("ranges", True, "A part of an object can be read", _ranges),
    ("absent", True, "What is not there is told as missing", _absent),
    ("names", True, "Our keys are kept as they are", _names),
    ("pages", True, "Listings are whole, page by page", _pages),
    ("digests", True, "Bytes that are spoilt on their way are refused", _digests),
    ("sha256", False, "A wrong SHA-256 is refused", _sha256),
    ("md5", False, "A wrong MD5 is refused", _md5),
    ("parts", True, "A large object in parts comes back", _parts),
    ("spoilt-part", True, "A part that is spoilt on its way is refused", _spoilt_part),
    ("twice", False, "Completing an upload twice leaves it as it is", _twice),
    ("wrong-part", False, "An object is not put together of wrong parts", _wrong_part),
    ("one-winner", False, "Of several that put a new key at once, one may", _one_winner),
    ("lock-default", False, "The archive locks what is put", _default),
    ("lock", False, "What is put is locked by default", _lock),
    ("lock-parts", False, "What is put in parts is locked by default", _lock_parts),
    ("lock-removes", False, "What is locked cannot be removed", _lock_removes),
    ("lock-shortens", False, "A lock cannot be shortened", _lock_shortens),
    ("lock-extends", False, "A lock can be made longer", _lock_extends),
    ("governance", False, "A lock can be such that it can be lifted", _governance),
    ("clock", True, "The server's clock and ours agree", _clock),
    ("wrong-secret", True, "A wrong secret key is refused", _wrong_secret),
    ("unknown-key", True, "An unknown access key is refused", _unknown_key),
    ("anonymous", True, "Nobody can read without a key", _anonymous),
    ("rights", True, "The buckets have our rights", _rights),
    ("ingest", True, "Ingest can neither remove nor unlock", _ingest),
    ("reader", True, "The reader can only read", _reader),
    ("custodian", True, "The custodian can neither put nor remove", _custodian),
    ("link", False, "A link to a package opens it, and nothing else", _linked),
    ("hold", False, "An object can be held", _hold),
    ("lock-ends", False, "A lock ends when it is said to", _ends),
    ("link-ends", False, "A link ends when it is said to", _link_ends),
    ("uploads-end", False, "Uploads that nobody ends are ended", _uploads_end),
    ("encrypted", False, "The server encrypts what it keeps", _encrypted),
)
