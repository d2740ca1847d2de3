"""Who may do what in the store's buckets, and the buckets themselves.

    ingest     puts and reads; nothing that is there can it remove, shorten or unlock, but what it has in staging
    reader     reads
    custodian  sets and extends locks, ends uploads that were left; puts nothing
    owner      whoever made the buckets: to break glass, never in Airflow, named in no statement

What servers make of it, and why it is so: ../docs/decisions/0016.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from model.errors import ArsringError, BadInput, NotUnderstood
from model.settings import Bucket
from stores._s3_errors import Missing

FREE: Final = "las/"  # in the scratch bucket: where the custodian may do everything, so that what refuses is a lock
BOUND: Final = "ratt/"  # and where the rights are those of the archive
_DAYS: Final = 3  # an upload that nobody goes on with is ended by then
_UPLOADS: Final = ("s3:AbortMultipartUpload", "s3:ListMultipartUploadParts", "s3:ListBucketMultipartUploads")
_LOCKS: Final = ("s3:PutObjectRetention", "s3:PutObjectLegalHold")
_MAY: Final = {
    "ingest": (
        "s3:PutObject", *_UPLOADS, "s3:ListBucket", "s3:GetObject", "s3:GetObjectVersion", "s3:GetBucketVersioning",
        "s3:GetBucketObjectLockConfiguration",
    ),
    "reader": ("s3:Get*", "s3:List*"),
    "custodian": (*_LOCKS, "s3:AbortMultipartUpload", "s3:Get*", "s3:List*"),
}  # fmt: skip
# Said outright: whoever put an object owns it on Ceph, and may do with it what no statement denies.
_OWNERS: Final = (
    "s3:Delete*", "s3:BypassGovernanceRetention", "s3:PutObjectAcl", "s3:PutObjectVersionAcl", "s3:PutObjectTagging",
    "s3:PutObjectVersionTagging",
)  # fmt: skip
_MAY_NOT: Final = {
    "ingest": (*_OWNERS, *_LOCKS),
    "reader": (*_OWNERS, *_LOCKS, "s3:PutObject"),
    "custodian": (*_OWNERS, "s3:PutObject"),
}
_BUCKET: Final = ("s3:PutBucket*", "s3:DeleteBucket*", "s3:PutLifecycleConfiguration")  # the bucket's own settings
_ABSENT: Final = (
    "NoSuchBucketPolicy", "NoSuchLifecycleConfiguration", "NoSuchPublicAccessBlockConfiguration",
    "ObjectLockConfigurationNotFoundError", "NoSuchObjectLockConfiguration", "InvalidRequest",
)  # fmt: skip
_ENDED: Final[dict[str, Any]] = {
    "ID": "arsring-uploads", "Status": "Enabled", "Filter": {"Prefix": ""},
    "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": _DAYS},
}  # fmt: skip
_SWEPT: Final[dict[str, Any]] = {
    "ID": "arsring-scratch", "Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 2},
    "NoncurrentVersionExpiration": {"NoncurrentDays": 1},
}  # fmt: skip


def principals(place: Bucket) -> dict[str, str]:
    """Identity → its principal. The users' names come from the settings; one that is an ARN already stays as it is.

    The account is AWS's number, Ceph's tenant (empty where there is none), and 000000000000 on SeaweedFS.
    """
    names = {one: place.users[one] for one in _MAY}
    return {
        one: name if name.startswith("arn:") else f"arn:aws:iam::{place.account}:user/{name}"
        for one, name in names.items()
    }


def policy(place: Bucket, bucket: str, principals: Mapping[str, str]) -> dict[str, Any]:
    """The policy of one of the place's buckets: its archive, scratch or staging bucket."""
    rows = [row for one in _MAY for row in _statements(place, bucket, one, principals[one])]
    return {"Version": "2012-10-17", "Statement": rows}


def init(calls: Any, place: Bucket) -> list[str]:
    """Make the place's buckets and settle them; the owner's calls. What was done and found, one sentence each.

    All of it is read back, for servers say yes to what they do not do. What is there is added to and never made
    weaker, so that it can be run again. BadInput where a bucket cannot keep versions, or is somebody else's.
    """
    buckets = {place.bucket: place.lock_days, place.scratch: 1, place.staging: 0}
    return [f"{name}: {said}" for name, days in buckets.items() for said in _settled(calls.on(name), place, days)]


def same(policy: Mapping[str, Any], found: Mapping[str, Any]) -> bool:
    """Whether a server has all statements of a policy, whatever way it writes them."""
    has = [_plain(row) for row in _list(found.get("Statement", ()))]
    return all(_plain(row) in has for row in policy["Statement"])


def foreign(policy: Mapping[str, Any], found: Mapping[str, Any]) -> list[Any]:
    """The statements that a server has and that are none of ours."""
    ours = {row["Sid"] for row in policy["Statement"]}
    return [row for row in _list(found.get("Statement", ())) if row.get("Sid") not in ours]


def default_lock(calls: Any) -> tuple[bool, str, int]:
    """Whether a bucket has Object Lock, and its default: mode and days (0 where there is none)."""
    found = asked(calls, "get_object_lock_configuration").get("ObjectLockConfiguration", {})
    rule = found.get("Rule", {}).get("DefaultRetention", {})
    days = int(rule.get("Days") or 0) or 365 * int(rule.get("Years") or 0)
    return found.get("ObjectLockEnabled") == "Enabled", str(rule.get("Mode", "")), days


def locked(days: int) -> dict[str, Any]:
    """The words that give a bucket its default lock."""
    rule = {"DefaultRetention": {"Mode": "COMPLIANCE", "Days": days}}
    return {"ObjectLockConfiguration": {"ObjectLockEnabled": "Enabled", "Rule": rule}}


def swept() -> dict[str, Any]:
    """The words that give the scratch bucket its rules."""
    return {"LifecycleConfiguration": {"Rules": [_ENDED, _SWEPT]}}


def ends_uploads(rules: Sequence[Mapping[str, Any]]) -> bool:
    """Whether a bucket with these rules ends uploads that nobody goes on with."""
    return _has(rules, (_ENDED,))


def asked(calls: Any, operation: str) -> dict[str, Any]:
    """One of a bucket's settings; empty where it has none, or where the server does not know it."""
    try:
        found: dict[str, Any] = calls.once(operation)
    except ArsringError as error:
        if error.code in _ABSENT or _unknown(error):
            return {}
        raise
    return found


# -- the policy ------------------------------------------------------------------------------------------------


def _statements(place: Bucket, bucket: str, one: str, principal: str) -> Iterator[dict[str, Any]]:
    """The statements of one identity."""
    here = f"arn:aws:s3:::{bucket}"
    removes = bucket == place.staging and one == "ingest"
    free = bucket == place.scratch and one == "custodian"
    may = (*_MAY[one], "s3:DeleteObject") if removes else _MAY[one]
    may_not = tuple(what for what in _MAY_NOT[one] if not (removes and what == "s3:Delete*"))

    def row(sid: str, effect: str, actions: Sequence[str], *where: str) -> dict[str, Any]:
        who = {"AWS": [principal]}
        return {
            "Sid": one + sid, "Effect": effect, "Principal": who, "Action": list(actions), "Resource": list(where),
        }  # fmt: skip

    yield row("May", "Allow", may, here, f"{here}/*")
    if free:
        yield row("MayTry", "Allow", ("s3:*",), f"{here}/{FREE}*")
    yield row("MayNot", "Deny", may_not, f"{here}/{BOUND if free else ''}*")
    yield row("MayNotSettle", "Deny", _BUCKET, here)


def _plain(value: Any) -> Any:
    """A statement so that two can be compared: servers write one thing as itself or as a list, and reorder."""
    if isinstance(value, Mapping):
        return {key: _plain(one) for key, one in value.items()}
    return sorted(str(one) for one in _list(value))


def _list(value: Any) -> list[Any]:
    return list(value) if isinstance(value, (list, tuple)) else [value]


# -- the buckets -----------------------------------------------------------------------------------------------


def _settled(calls: Any, place: Bucket, days: int) -> Iterator[str]:
    """Make one bucket and settle it. `days` of default lock; 0 for a bucket without."""
    yield from _made(calls, place.region, lock=bool(days))
    if days:
        yield from _versions(calls)
        yield from _lock(calls, days)
    if calls.bucket == place.scratch:
        yield from _stopped(calls)
    yield from _closed(calls)
    yield from _rules(calls, (_ENDED, _SWEPT) if calls.bucket == place.scratch else (_ENDED,))
    yield from _rights(calls, policy(place, calls.bucket, principals(place)))


def _made(calls: Any, region: str, *, lock: bool) -> Iterator[str]:
    try:
        calls.once("head_bucket")
        yield "is there already."
    except (Missing, BadInput):
        where = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
        calls.once("create_bucket", **({"ObjectLockEnabledForBucket": True} if lock else {}), **where)
        yield f"made{' with Object Lock' if lock else ''}."


def _versions(calls: Any) -> Iterator[str]:
    if asked(calls, "get_bucket_versioning").get("Status") == "Enabled":
        yield "keeps versions."
        return
    why = _refused(calls, "put_bucket_versioning", VersioningConfiguration={"Status": "Enabled"})
    if asked(calls, "get_bucket_versioning").get("Status") != "Enabled":
        raise BadInput(
            f"{calls.place.endpoint}/{calls.bucket}: the server {why or 'said yes to versions, and keeps none'}. "
            "Without them what was delivered can be written over: take another server."
        )
    yield "keeps versions from now on."


def _stopped(calls: Any) -> Iterator[str]:
    """Whether an owner's stolen key could stop the versions: it is tried where nothing is lost, and put right."""
    _refused(calls, "put_bucket_versioning", VersioningConfiguration={"Status": "Suspended"})
    if asked(calls, "get_bucket_versioning").get("Status") == "Enabled":
        yield "does not let even its owner stop the versions."
        return
    calls("put_bucket_versioning", VersioningConfiguration={"Status": "Enabled"})
    yield "lets its owner stop the versions, in spite of its lock. Keep the owner's key where nobody uses it."


def _lock(calls: Any, days: int) -> Iterator[str]:
    """Compliance, for every provider with locks has it and nobody can lift it; short, so that errors can go."""
    on, mode, now = default_lock(calls)
    wanted = max(days, now)
    if on and (mode, now) == ("COMPLIANCE", wanted):
        more = f", longer than the {days} of the settings: it is not shortened" if now > days else ""
        yield f"locks what is put for {now} days (compliance){more}."
        return
    why = _refused(calls, "put_object_lock_configuration", **locked(wanted))
    if default_lock(calls) == (True, "COMPLIANCE", wanted):
        yield f"locks what is put for {wanted} days (compliance) from now on."
        return
    yield (
        f"has NO lock as it was asked for: the server {why or 'said yes, and has not done it'}. What is delivered here "
        "is tamper-evident only. Where the bucket was made without Object Lock, make one of another name."
    )


def _closed(calls: Any) -> Iterator[str]:
    """Nobody who may put can open an object to the world: on Ceph whoever put it may write its access list."""
    shut = asked(calls, "get_public_access_block").get("PublicAccessBlockConfiguration", {})
    if shut.get("IgnorePublicAcls"):
        yield "takes no notice of access lists that would open it to the world."
        return
    words = {"PublicAccessBlockConfiguration": shut | {"IgnorePublicAcls": True}}
    why = _refused(calls, "put_public_access_block", **words)
    found = asked(calls, "get_public_access_block").get("PublicAccessBlockConfiguration", {})
    if found.get("IgnorePublicAcls"):
        yield "takes no notice from now on of access lists that would open it to the world."
    elif why:
        yield f"has no such thing as a block of public access: the server {why}. `arsring store doctor` tries it."
    else:
        yield "does NOT block public access: the server said yes, and has not done it."


def _rules(calls: Any, wanted: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    there = asked(calls, "get_bucket_lifecycle_configuration").get("Rules", [])
    others = [row for row in there if row.get("ID") not in {one["ID"] for one in wanted}]
    if others:
        yield f"has rules of its own that are not ours, which stay: {_names(others, 'ID')}. Look at what they remove."
    if not _has(there, wanted):
        words = {"LifecycleConfiguration": {"Rules": [*others, *wanted]}}
        why = _refused(calls, "put_bucket_lifecycle_configuration", **words)
        if not _has(asked(calls, "get_bucket_lifecycle_configuration").get("Rules", []), wanted):
            yield (
                f"does NOT end old uploads by itself: the server {why or 'said yes, and has no such rule'}. "
                "`arsring store reap` ends them."
            )
            return
    yield f"ends uploads that nobody has gone on with for {_DAYS} days."


def _has(there: Sequence[Mapping[str, Any]], wanted: Sequence[Mapping[str, Any]]) -> bool:
    rows = {row.get("ID"): row for row in there}
    words = ("Status", "AbortIncompleteMultipartUpload", "Expiration", "NoncurrentVersionExpiration")
    return all(all(rows.get(one["ID"], {}).get(word) == one.get(word) for word in words) for one in wanted)


def _rights(calls: Any, wanted: Mapping[str, Any]) -> Iterator[str]:
    there = _policy_of(calls)
    others = foreign(wanted, there)
    if others:
        yield f"has statements that are not ours, which stay: {_names(others, 'Sid')}. Look at what they allow."
    if same(wanted, there):
        yield "gives ingest, reader and custodian their rights."
        return
    text = json.dumps({**wanted, "Statement": [*others, *wanted["Statement"]]})
    why = _refused(calls, "put_bucket_policy", Policy=text)
    if not same(wanted, _policy_of(calls)):
        raise NotUnderstood(
            f"{calls.place.endpoint}/{calls.bucket}: the rights were not set: the server "
            f"{why or 'said yes, and has another policy'}. Look at the users' names in [lagring], and at what the "
            "server knows of bucket policies: without them ingest is not kept from anything."
        )
    yield "gives ingest, reader and custodian their rights from now on."


def _policy_of(calls: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(asked(calls, "get_bucket_policy").get("Policy") or "{}")
    return found


def _names(rows: Sequence[Mapping[str, Any]], word: str) -> str:
    return ", ".join(str(row.get(word) or "one without a name") for row in rows)


def _refused(calls: Any, operation: str, **words: Any) -> str:
    """Change a setting: empty where the server said yes, otherwise what it said."""
    try:
        calls.once(operation, **words)
    except ArsringError as error:
        if not error.code:
            raise  # no answer at all
        return "does not know it" if _unknown(error) else f"refused it ({error.code})"
    return ""


def _unknown(error: ArsringError) -> bool:
    return error.code in ("NotImplemented", "501", "MethodNotAllowed", "405", "UnsupportedOperation")
