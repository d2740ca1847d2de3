"""Who is at work on an account: one at a time, on all machines, by nothing but writing and listing.

    <root><account>/<holder>.json    says that it wants the account, or that it has it

Each writes under a name of its own and looks afterwards who else is there, so that of two that come at once, one at
least sees the other, however slow the store is. Of those that want it, the one whose name comes first waits until the
others have gone; whoever sees one that has it goes. No clock decides between two: the server's own (in whole seconds)
only tells which of them has not been heard of for so long that it is gone. Nor any condition (../docs/decisions/0016).
"""

import json
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, Final

from model.errors import ArsringError
from stores._s3_errors import Missing

if TYPE_CHECKING:
    from stores.s3 import Calls

_WANTING: Final = 30.0  # seconds after which one that only wants is gone
_LOOK: Final = 0.2  # seconds between two looks whether the others have gone
_LOOKS: Final = 50


@dataclass(frozen=True, slots=True)
class Claim:
    key: str
    holder: str
    has: bool
    left: float  # seconds that it holds yet


class Leases:
    """Accounts and who has them, below `root`. Raises what Calls raise."""

    def __init__(self, calls: "Calls", root: str) -> None:
        self._calls, self._root = calls, root

    def take(self, account: str, holder: str, seconds: float, gone: str = "") -> float:
        """Have an account for so long: 0 where it is `holder`'s now, else the seconds after which to ask again.

        `gone`: how the names begin of holders that are known to have ended.
        """
        if wait := _behind(self._others(account, holder, seconds, gone), holder):
            return wait
        done = False
        try:
            self._say(account, holder, has=False)
            wait = self._waited(account, holder, seconds, gone)
            if not wait:
                self._say(account, holder, has=True)
                others = self._others(account, holder, seconds, gone)
                wait = max((one.left for one in others if one.has), default=0.0)
                done = not wait
            return wait
        finally:
            if not done:
                with suppress(ArsringError):  # else it is over by itself
                    self.free(account, holder)

    def renew(self, account: str, holder: str, seconds: float) -> bool:
        """Have it for so long again; False where another one has taken it over, and then it is not `holder`'s."""
        for look in (True, False):
            found = self._claims(account, seconds)
            mine = any(one.holder == holder and one.has for one in found)
            if not mine or any(one.has and one.left > 0 for one in found if one.holder != holder):
                self.free(account, holder)
                return False
            if look:
                self._say(account, holder, has=True)
        return True

    def holder(self, account: str) -> str:
        """Who has it; empty where nobody has."""
        return next((one.holder for one in self._claims(account, 0) if one.has), "")

    def free(self, account: str, holder: str) -> None:
        self._calls("delete_object", Key=self._key(account, holder))

    def _waited(self, account: str, holder: str, seconds: float, gone: str) -> float:
        """0 when nobody else is there any more; else the seconds after which to ask again."""
        for _ in range(_LOOKS):
            others = self._others(account, holder, seconds, gone)
            if wait := _behind(others, holder):
                return wait
            if not others:
                return 0.0
            time.sleep(_LOOK)
        return 1.0

    def _others(self, account: str, holder: str, seconds: float, gone: str) -> list[Claim]:
        """Who else is there. What is known to have ended, or has not been heard of for too long, is removed."""
        there = []
        for one in self._claims(account, seconds):
            if one.holder == holder:
                continue
            if one.left <= 0 or (gone and one.holder.startswith(gone)):
                self._calls("delete_object", Key=one.key)
            else:
                there.append(one)
        return there

    def _claims(self, account: str, seconds: float) -> list[Claim]:
        found = []
        for page in self._calls.pages("list_objects_v2", Prefix=f"{self._root}{account}/"):
            date = page["ResponseMetadata"]["HTTPHeaders"].get("date")
            now = parsedate_to_datetime(date) if date else datetime.now(UTC)
            for row in page.get("Contents", ()):
                with suppress(Missing, ValueError):  # gone meanwhile
                    says: dict[str, Any] = json.loads(b"".join(self._calls.read(row["Key"])))
                    has = bool(says["has"])
                    life = seconds if has else min(seconds, _WANTING)
                    left = life - (now - row["LastModified"]).total_seconds()
                    found.append(Claim(row["Key"], str(says["holder"]), has, left))
        return found

    def _say(self, account: str, holder: str, *, has: bool) -> None:
        self._calls.put(self._key(account, holder), json.dumps({"holder": holder, "has": has}).encode())

    def _key(self, account: str, holder: str) -> str:
        return f"{self._root}{account}/{'.'.join(holder.split())}.json"


def _behind(others: list[Claim], holder: str) -> float:
    """The seconds after which to ask again, where another one has it or comes first; else 0."""
    return max((one.left if one.has else 1.0 for one in others if one.has or one.holder < holder), default=0.0)
