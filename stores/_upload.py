"""A large file into an object, in parts: each part read once, sent with its digests, several at a time.

An upload that was stopped goes on: what the server has, part by part, is held against what lies on the disk (a part's
ETag is its MD5), and only the rest is sent. Source: docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html.
"""

import os
from base64 import b64decode, b64encode
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from hashlib import md5, sha256
from pathlib import Path
from typing import Any, Final

from model.errors import NotUnderstood, NotWhole
from stores._s3_errors import Missing

PART: Final = 8 * 2**20
_MOST: Final = 10_000  # parts of one object
_AT_ONCE: Final = 8


class Upload:
    """One file on its way to one key. `calls` are those of the identity that may put (stores/s3.py: Calls)."""

    def __init__(self, calls: Any, key: str, path: Path, digest: str) -> None:
        self._calls, self._key, self._path = calls, key, path
        self._size, self._meta = path.stat().st_size, {"sha256": digest}
        self._part = max(PART, -(-self._size // _MOST // PART) * PART)

    def run(self, *, go_on: bool = True) -> str:
        """The version id of the whole object, or empty where another run has completed it meanwhile. As Calls raise.

        `go_on`: with the last upload of this key that was begun and not ended, where there is one.
        """
        id = (self._begun() if go_on else "") or self._begin()
        try:
            parts = self._send(id, self._there(id))
            return str(self._complete(id, parts).get("VersionId") or "")
        except Missing:
            return ""  # another run completed this very upload, or the reaper took it: the caller looks

    def _begin(self) -> str:
        found = self._calls("create_multipart_upload", Key=self._key, ChecksumAlgorithm="SHA256", Metadata=self._meta)
        return str(found["UploadId"])

    def _begun(self) -> str:
        """The last upload of this key that was begun and not ended, or empty."""
        found = []
        for page in self._calls.pages("list_multipart_uploads", Prefix=self._key):
            found += [one for one in page.get("Uploads", ()) if one["Key"] == self._key]
        last = max(found, key=lambda one: (one["Initiated"], one["UploadId"]), default=None)
        return str(last["UploadId"]) if last else ""

    def _there(self, id: str) -> dict[int, dict[str, Any]]:
        """The parts that the server has of an upload."""
        pages = self._calls.pages("list_parts", Key=self._key, UploadId=id)
        return {one["PartNumber"]: one for page in pages for one in page.get("Parts", ())}

    def _send(self, id: str, there: Mapping[int, Mapping[str, Any]]) -> list[dict[str, Any]]:
        count = max(1, -(-self._size // self._part))
        handle = os.open(self._path, os.O_RDONLY)
        try:
            with ThreadPoolExecutor(_AT_ONCE) as pool:
                jobs = [pool.submit(self._one, handle, id, number, there.get(number)) for number in range(1, count + 1)]
                return list(self._ended(jobs))
        finally:
            os.close(handle)

    def _ended(self, jobs: list[Future[dict[str, Any]]]) -> Iterator[dict[str, Any]]:
        """Each part in turn; where one fails, those that wait are not begun."""
        done = False
        try:
            for job in jobs:
                yield job.result()
            done = True
        finally:
            if not done:
                for job in jobs:
                    job.cancel()

    def _one(self, handle: int, id: str, number: int, there: Mapping[str, Any] | None) -> dict[str, Any]:
        """Send one part, unless the server has it: what is said of it when all are put together."""
        at = (number - 1) * self._part
        size = min(self._part, self._size - at)
        data = os.pread(handle, size, at)
        if len(data) != size:
            raise NotWhole(f"{self._path.name}: became shorter while it was sent. Nothing was delivered; run again.")
        words = body(data)
        if there and there["Size"] == size and there["ETag"].strip('"') == b64decode(words["ContentMD5"]).hex():
            found = there
        else:
            found = self._calls("upload_part", Key=self._key, UploadId=id, PartNumber=number, **words)
        return {
            "PartNumber": number, "ETag": found["ETag"], "ChecksumSHA256": words["ChecksumSHA256"],
            "said": bool(found.get("ChecksumSHA256")),
        }  # fmt: skip

    def _complete(self, id: str, parts: list[dict[str, Any]]) -> dict[str, Any]:
        """Put the parts together: with their SHA-256 where the server says them, as others refuse them.

        SeaweedFS says them where a part is sent and not where parts are listed; so the other way is tried too.
        """
        said = any(part["said"] for part in parts)
        try:
            return self._put_together(id, parts, summed=said)
        except NotUnderstood:
            return self._put_together(id, parts, summed=not said)

    def _put_together(self, id: str, parts: list[dict[str, Any]], *, summed: bool) -> dict[str, Any]:
        names = ("PartNumber", "ETag", *(("ChecksumSHA256",) if summed else ()))
        rows = [{name: part[name] for name in names} for part in parts]
        found: dict[str, Any] = self._calls(
            "complete_multipart_upload", Key=self._key, UploadId=id, MultipartUpload={"Parts": rows}
        )
        return found


def body(data: bytes) -> dict[str, Any]:
    """Bytes as they are sent: with their SHA-256 and their MD5, one of which every server checks."""
    sums = (md5(data, usedforsecurity=False), sha256(data))
    check, digest = (b64encode(one.digest()).decode() for one in sums)
    return {"Body": data, "ContentMD5": check, "ChecksumSHA256": digest}
