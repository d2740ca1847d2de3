"""How long a platform asks us to wait, and when the next request would be one too many."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from connectors._pace import LONGEST, PATIENCE, Pace, used_up, wait_told
from model.errors import TryLater

NOW = datetime(2026, 12, 1, 2, 0, tzinfo=UTC)
UNIX = int(NOW.timestamp())


def _usage(text: str) -> dict[str, str]:
    return {"x-business-use-case-usage": text.replace("TIME", "estimated_time_to_regain_access")}


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "120"}, 120),
        ({"retry-after": " 120 "}, 120),
        ({"retry-after": "0"}, 0),
        ({"retry-after": "1.5"}, 1.5),
        ({"retry-after": "Tue, 01 Dec 2026 02:02:00 GMT"}, 120),
        ({"retry-after": "Tue, 01 Dec 2026 01:00:00 GMT"}, 0),  # over already
        ({"retry-after": "soon"}, None),
        ({"retry-after": "-5"}, None),
        ({"retry-after": ""}, None),
        ({"retry-after": "99999999"}, LONGEST),
        ({"retry-after": "9" * 400}, None),
        ({"retry-after": "Fri, 31 Dec 9999 23:59:59 GMT"}, LONGEST),
        ({"x-ratelimit-reset": "2026-12-01T02:05:00.123456Z"}, 300.123456),
        ({"x-ratelimit-reset": "2026-12-01T03:05:00+01:00"}, 300),
        ({"x-ratelimit-reset": str(UNIX + 60)}, 60),
        ({"x-ratelimit-reset": f"{UNIX + 60}.5"}, 60.5),
        ({"x-ratelimit-reset": str((UNIX + 60) * 1000)}, 60),
        ({"x-rate-limit-reset": str(UNIX + 60)}, 60),
        ({"ratelimit-reset": "60"}, 60),
        ({"retry-after": "5", "x-ratelimit-reset": "300"}, 5),  # what is said outright goes first
        ({"retry-after": "soon", "x-ratelimit-reset": "300"}, 300),
        ({"x-app-usage": '{"call_count": 100}'}, None),
        ({"x-business-use-case-usage": '{"1": [{"estimated_time_to_regain_access": 5}]}'}, 300),
        (_usage('{"1": [{"TIME": 0}], "2": [{"TIME": 3}]}'), 180),
        (_usage('{"1": [{"TIME": 2}, {"TIME": 9}]}'), 540),
        ({"x-business-use-case-usage": '{"1": [{"estimated_time_to_regain_access": "4"}]}'}, 240),
        ({"x-business-use-case-usage": '{"1": [{"estimated_time_to_regain_access": "soon"}]}'}, None),
        ({"x-business-use-case-usage": '{"1": [{"estimated_time_to_regain_access": NaN}]}'}, None),
        ({"x-business-use-case-usage": '{"1": [{"estimated_time_to_regain_access": -3}]}'}, None),
        ({"x-business-use-case-usage": '{"1": [null, 7, "x"]}'}, None),
        ({"x-business-use-case-usage": "["}, None),
        ({"x-business-use-case-usage": "[" * 60_000}, None),
    ],
    ids=lambda value: str(value)[:60],
)  # fmt: skip
def test_the_wait_is_read_in_every_form(headers: dict[str, str], seconds: float | None) -> None:
    assert wait_told(headers, NOW) == (None if seconds is None else pytest.approx(seconds))


@pytest.mark.parametrize(
    ("headers", "over"),
    [
        ({}, False),
        ({"x-ratelimit-remaining": "0"}, True),
        ({"x-ratelimit-remaining": " 0 "}, True),
        ({"x-rate-limit-remaining": "0"}, True),
        ({"ratelimit-remaining": "0"}, True),
        ({"x-ratelimit-remaining": "1"}, False),
        ({"x-ratelimit-remaining": "10"}, False),
        ({"x-ratelimit-remaining": ""}, False),
        ({"x-app-usage": '{"call_count": 94, "total_time": 94, "total_cputime": 94}'}, False),
        ({"x-app-usage": '{"call_count": 95}'}, True),
        ({"x-app-usage": '{"total_time": 130}'}, True),
        ({"x-page-usage": '{"total_cputime": 99}'}, True),
        ({"x-app-usage": '{"call_count": "97"}'}, True),
        ({"x-app-usage": '{"call_count": null, "total_time": [], "total_cputime": {}}'}, False),
        ({"x-business-use-case-usage": '{"1": [{"call_count": 3}], "2": [{"call_count": 96}]}'}, True),
        ({"x-business-use-case-usage": '{"1": []}'}, False),
    ],
    ids=lambda value: str(value)[:60],
)  # fmt: skip
def test_the_last_request_that_is_left_is_not_used(headers: dict[str, str], over: bool) -> None:
    assert used_up(headers) is over


class Ticking:
    def __init__(self) -> None:
        self.now, self.slept = NOW, list[float]()

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += timedelta(seconds=seconds)

    def pace(self) -> Pace:
        return Pace(lambda: self.now, self.sleep, {})


def test_nothing_said_is_nothing_waited() -> None:
    clock = Ticking()

    clock.pace().wait()

    assert clock.slept == []


def test_the_longest_of_several_waits_counts_and_it_is_waited_once() -> None:
    clock = Ticking()
    pace = clock.pace()
    for seconds in (30, 90, 10):
        pace.hold(seconds)

    pace.wait()
    pace.wait()

    assert clock.slept == [90]


def test_fifteen_minutes_are_waited_here_and_a_second_more_is_the_schedulers() -> None:
    clock = Ticking()
    pace = clock.pace()
    pace.hold(PATIENCE)
    pace.wait()
    pace.hold(PATIENCE + 1)

    with pytest.raises(TryLater) as caught:
        pace.wait()

    assert caught.value.after == pytest.approx(PATIENCE + 1)
    assert clock.slept == [pytest.approx(PATIENCE)]


def test_names_of_headers_may_have_any_case() -> None:
    clock = Ticking()
    pace = clock.pace()

    pace.read({"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "2026-12-01T02:00:45Z"}, NOW)
    pace.wait()

    assert clock.slept == [pytest.approx(45)]


def test_nothing_left_and_no_time_told_is_a_minute() -> None:
    clock = Ticking()
    pace = clock.pace()

    pace.read({"x-ratelimit-remaining": "0"}, NOW)
    pace.wait()

    assert clock.slept == [pytest.approx(60)]
