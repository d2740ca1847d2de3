"""Captures under way, in a bucket of their own: what one worker has taken, so that another one can go on with it.

    <authority>/<order>/<name>      a file of the capture's folder
    <authority>/konton/<account>/…  who is at work on an account (stores/_leases.py)

Unlike in the archive, what lies here is written over, and removed when there is a receipt. Nothing is believed that is
not what its SHA-256 says (../docs/decisions/0017).
"""

import os
import uuid
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from hashlib import file_digest, sha256
from pathlib import Path
from typing import TYPE_CHECKING, Final

from model.errors import TryLater
from stores._leases import Leases
from stores._s3_errors import Missing
from stores._upload import PART, Upload

if TYPE_CHECKING:
    from stores.s3 import Calls

_AT_ONCE: Final = 8


class Staging:
    """The staging bucket, by the identity that takes in. Raises what Calls raise."""

    def __init__(self, calls: "Calls", authority: str) -> None:
        self._calls, self._root = calls, f"{authority}/"
        leases = Leases(calls, f"{authority}/konton/")
        self.lease, self.renew, self.holder, self.free = leases.take, leases.renew, leases.holder, leases.free

    def files(self, order: str) -> dict[str, int]:
        """Name → bytes of what lies here of an order."""
        top = f"{self._root}{order}/"
        pages = self._calls.pages("list_objects_v2", Prefix=top)
        return {row["Key"].removeprefix(top): row["Size"] for page in pages for row in page.get("Contents", ())}

    def orders(self) -> dict[str, datetime]:
        """Each order of which something lies here, and when something was last put."""
        found: dict[str, datetime] = {}
        for page in self._calls.pages("list_objects_v2", Prefix=self._root):
            for row in page.get("Contents", ()):
                order = row["Key"].removeprefix(self._root).partition("/")[0]
                found[order] = max(row["LastModified"], found.get(order, row["LastModified"]))
        return {order: at for order, at in found.items() if order != "konton"}

    def put(self, order: str, name: str, path: Path) -> None:
        """Keep a file as it is now."""
        key = f"{self._root}{order}/{name}"
        if path.stat().st_size <= PART:
            self._calls.put(key, path.read_bytes())
            return
        with path.open("rb") as file:
            digest = file_digest(file, "sha256").hexdigest()
        Upload(self._calls, key, path, digest).run(go_on=False)  # what was begun before may be of another digest
        if self._calls("head_object", Key=key).get("Metadata", {}).get("sha256") != digest:
            raise TryLater(f"{key}: did not come into staging as it is here. Run again.", 60)

    def get(self, order: str, name: str, target: Path) -> bool:
        """Fetch a file; False where it is gone, or not what was put: then the target is as it was."""
        key, found = f"{self._root}{order}/{name}", sha256()
        part = target.with_name(f".{uuid.uuid4().hex}.part")
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            due = self._calls("head_object", Key=key).get("Metadata", {}).get("sha256")
            with part.open("wb") as out:
                for piece in self._calls.read(key):
                    found.update(piece)
                    out.write(piece)
                out.flush()
                os.fsync(out.fileno())
            if found.hexdigest() != due:
                return False
            part.replace(target)
        except Missing:
            return False
        finally:
            part.unlink(missing_ok=True)
        return True

    def drop(self, order: str, names: Iterable[str]) -> None:
        """Remove these files of an order."""
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            keys = (f"{self._root}{order}/{name}" for name in names)
            list(pool.map(lambda key: self._calls("delete_object", Key=key), keys))
