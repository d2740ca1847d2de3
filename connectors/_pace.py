"""How fast a host lets us ask, and how long it asks us to wait: read from its own headers."""

import json
import math
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any

from model.errors import TryLater
from model.times import when

PATIENCE = 900  # seconds that are waited here; longer waits are the scheduler's
LONGEST = 86_400.0  # seconds; no platform's window is longer, and a date in the year 9999 must not be believed
_USAGE = ("x-app-usage", "x-page-usage", "x-business-use-case-usage")


class Pace:
    """How fast one host lets us ask, read from its own headers and shared by all threads."""

    def __init__(
        self, clock: Callable[[], datetime], sleep: Callable[[float], None], proxies: Mapping[str, str]
    ) -> None:
        self.clock, self.sleep, self.until, self.proxies = clock, sleep, 0.0, dict(proxies)
        self.quickest = 1.0  # seconds to the first byte of an answer, the least so far
        self.failures, self.good = 0, ""  # files that could not be had since the last good one; that one's address

    def wait(self) -> None:
        left = self.until - self.clock().timestamp()
        if left > PATIENCE:
            wait = f"The platform asks for a wait of {left / 60:.0f} minutes."
            raise TryLater(f"{wait} Run again then; what has been taken is kept.", left)
        if left > 0:
            self.sleep(left)

    def hold(self, seconds: float) -> None:
        self.until = max(self.until, self.clock().timestamp() + seconds)

    def read(self, headers: Mapping[str, str], now: datetime) -> None:
        """Stop before the limit rather than at it: when nothing is left, or a usage header says 95 %."""
        headers = {name.lower(): value for name, value in headers.items()}
        if used_up(headers):
            told = wait_told(headers, now)
            self.hold(60 if told is None else told)


def wait_told(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds that the platform asks us to wait, by Retry-After, reset or usage headers; None if it says nothing."""
    for name in ("retry-after", "x-ratelimit-reset", "x-rate-limit-reset", "ratelimit-reset"):
        value = headers.get(name, "").strip()
        if re.fullmatch(r"\d{1,7}(\.\d+)?", value) or (name == "retry-after" and re.fullmatch(r"\d{1,40}", value)):
            return min(float(value), LONGEST)
        if moment := when(value):
            return min(max(0.0, (moment - now).total_seconds()), LONGEST)
    minutes = max((_figure(usage, "estimated_time_to_regain_access") for usage in _usages(headers)), default=0.0)
    return min(minutes * 60, LONGEST) if minutes > 0 else None


def limits(headers: Mapping[str, str]) -> dict[str, str]:
    """What the headers (names in lower case) say of how much may be asked, as they say it."""
    known = ("ratelimit-", "x-ratelimit-", "x-rate-limit-", *_USAGE)
    return {name: value for name, value in sorted(headers.items()) if name.startswith(known)}


def an_hour(headers: Mapping[str, str], window: int) -> int | None:
    """Requests that may be made in an hour; `window` is the limit's seconds, where the headers do not tell."""
    told = re.match(r"(\d{1,7});w=(\d{1,6})", headers.get("ratelimit-policy", ""))
    most = told[1] if told else headers.get("x-ratelimit-limit", headers.get("ratelimit-limit", ""))
    seconds = int(told[2]) if told else window
    return int(most) * 3600 // seconds if re.fullmatch(r"\d{1,7}", most) and seconds else None


def used_up(headers: Mapping[str, str]) -> bool:
    """Whether the next request would be one too many."""
    left = (
        headers.get(name, "") for name in ("x-ratelimit-remaining", "x-rate-limit-remaining", "ratelimit-remaining")
    )
    parts = ("call_count", "total_time", "total_cputime")
    return any(value.strip() == "0" for value in left) or any(
        _figure(usage, part) >= 95 for usage in _usages(headers) for part in parts
    )


def _usages(headers: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    """Meta's usage headers: percentages, alone or in lists by account."""
    for name in _USAGE:
        try:
            usage = json.loads(headers.get(name, "{}"))
        except (ValueError, RecursionError):
            continue
        lists = [part for part in usage.values() if isinstance(part, list)] if isinstance(usage, dict) else []
        yield from (part for some in lists for part in some if isinstance(part, dict))
        if isinstance(usage, dict) and not lists:
            yield usage


def _figure(usage: Mapping[str, Any], name: str) -> float:
    """A figure of a usage header; 0 where there is none that can be reckoned with."""
    try:
        figure = float(usage.get(name) or 0)
    except (TypeError, ValueError, OverflowError):
        return 0.0
    return figure if math.isfinite(figure) else 0.0
