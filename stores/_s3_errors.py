"""What an object store's refusal asks of us. Source: docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html, and
what SeaweedFS 4.48 and Ceph 16.2 answer (seen 2026-11)."""

from typing import Final

from model.errors import ArsringError, BadInput, NotAllowed, NotUnderstood, NotWhole, TryLater

WAIT: Final = 300.0  # seconds until a store that cannot be reached is asked again
# Asked again at once, a few times: the bytes were spoilt or lost on their way, or the server was busy.
AGAIN: Final = frozenset((
    "BadDigest", "InvalidDigest", "XAmzContentSHA256Mismatch", "XAmzContentChecksumMismatch", "IncompleteBody",
    "RequestTimeout", "SlowDown", "InternalError", "ServiceUnavailable", "OperationAborted", "ConcurrentModification",
    "BadRequest", "400", "500", "502", "503", "504",
))  # fmt: skip
MISSING: Final = frozenset(("NoSuchKey", "NoSuchVersion", "NotFound", "404", "NoSuchUpload"))
_ALLOWED: Final = {
    "InvalidAccessKeyId": "does not know the access key of {who}. Put the right one under the key's name",
    "InvalidClientTokenId": "does not know the access key of {who}. Put the right one under the key's name",
    "SignatureDoesNotMatch": "says that the secret key of {who} is wrong. Put the right one under the key's name",
    "ExpiredToken": "says that the key of {who} has expired. Have a new one made, and put it under the key's name",
    "TokenRefreshRequired": "says that the key of {who} has expired. Have a new one made",
    "RequestTimeTooSkewed": "says that this machine's clock is wrong. Set the clock (NTP)",
    "QuotaExceeded": "has no more room for us. Have the provider raise the quota",
    "InsufficientStorage": "has no more room. Have the provider make some",
    "507": "has no more room. Have the provider make some",
    "EntityTooLarge": "takes no object so large. Have the provider raise its limit",
    "AccountProblem": "has shut the account. Ask the provider",
    "UserSuspended": "has shut the account of {who}. Ask the provider",
}
_REFUSED: Final = (
    "does not let {who} do this ({operation}). Let the owner run `arsring store init`, which makes the buckets and "
    "gives each identity its rights, or look whether the right key stands under the key's name"
)


class Missing(NotWhole):
    """What was asked for is not in the store."""


def told(code: str, status: int, operation: str, who: str, where: str, says: str = "") -> ArsringError:
    """The error of a refusal: `who` is the identity and its key's name, `where` the store, `says` its own words."""
    error = _told(code, status, operation, who, where, says)
    error.code = code
    return error


def unreachable(operation: str, where: str, error: Exception) -> ArsringError:
    """No answer, none in time, or from somebody whom nobody knows."""
    if "CERTIFICATE_VERIFY_FAILED" in str(error):
        return BadInput(
            f"{where}: nobody who is trusted here vouches for the server's certificate. Where it is by an authority of "
            "your own, name its file under [lagring] as certifikat; otherwise it may be another server."
        )
    why = type(error).__name__
    return TryLater(
        f"{where} does not answer ({operation}: {why}). Nothing is lost: the next run goes on where this one stopped. "
        "Look at the network and at the provider's status page.",
        WAIT,
    )


def _told(code: str, status: int, operation: str, who: str, where: str, says: str) -> ArsringError:
    if code in MISSING:
        return Missing(f"{where}: not there ({operation}, {code}).")
    if code == "NoSuchBucket":
        return BadInput(f"{where}: there is no such bucket. Let the owner make it with `arsring store init`.")
    if sentence := _ALLOWED.get(code):
        return NotAllowed(f"{where} {sentence.format(who=who)}, and run again: what has been sent is kept.")
    if code in ("AccessDenied", "403", "Forbidden", "AllAccessDisabled", "MethodNotAllowed") or status == 403:
        return NotAllowed(f"{where} {_REFUSED.format(who=who, operation=operation)}.")
    if code in AGAIN or (status >= 500 and status != 501):
        why = f"{code} {says[:120]}".rstrip()
        return TryLater(
            f"{where} cannot do it now ({operation}: {why}). Nothing is lost: the next run goes on where this one "
            "stopped. If it stays so, ask the provider whether the store is full or ill.",
            WAIT,
        )
    return NotUnderstood(f"{where} answers {operation} with {status} {code}: {says[:200]}. Run `arsring store doctor`.")
