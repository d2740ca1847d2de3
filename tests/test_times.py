"""Times as platforms write them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from model.times import stamp, when

MOMENT = datetime(2026, 12, 1, 10, 20, 30, tzinfo=UTC)
FORMS = {
    "+0000": "2026-12-01T10:20:30+0000",
    "Z": "2026-12-01T10:20:30Z",
    "milliseconds": "2026-12-01T10:20:30.000Z",
    "microseconds": "2026-12-01T10:20:30.000000Z",
    "nanoseconds": "2026-12-01T10:20:30.000000000Z",
    "+00:00": "2026-12-01T10:20:30+00:00",
    "a local offset": "2026-12-01T11:20:30+01:00",
    "no zone": "2026-12-01T10:20:30",
    "a blank between": "2026-12-01 10:20:30",
    "the weekday form of mail": "Tue, 01 Dec 2026 10:20:30 GMT",
    "the weekday form of early Twitter": "Tue Dec 01 10:20:30 +0000 2026",
    "Unix seconds as text": "1796120430",
    "Unix seconds as a number": 1796120430,
    "Unix seconds with a fraction": 1796120430.0,
    "Unix milliseconds as text": "1796120430000",
    "Unix milliseconds as a number": 1796120430000,
}
GARBAGE = [
    None, True, False, "", " ", "garbage", "2026", "2026-13-01", "2026-02-30", "24:00", "T", {}, [], {"at": 1}, "1e400",
    "nan", "inf", "-", "9" * 400, 10**400, float("nan"), float("inf"), "\ud800", "2026-12-01T10:20:30+99:99",
    "0001-01-01T00:00:00+14:00",
    "Mon, 99 Foo 2026", "\0" * 9, "2026-12-01T10:20:30Zebra",
]  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
def test_every_form_that_was_met_is_the_same_moment(form: str) -> None:
    assert when(FORMS[form]) == MOMENT
    assert when(FORMS[form]).utcoffset() == timedelta(0)


def test_a_date_alone_is_its_first_moment() -> None:
    assert when("2026-12-01") == datetime(2026, 12, 1, tzinfo=UTC)


@pytest.mark.parametrize("garbage", GARBAGE, ids=lambda value: repr(value)[:30])
def test_what_is_no_time_is_none_and_never_an_error(garbage: object) -> None:
    assert when(garbage) is None


@settings(max_examples=150, deadline=None)
@given(some.text(max_size=60) | some.integers() | some.floats() | some.from_regex(r"[A-Z][a-z]{2}, ?\d+ .{0,20}"))
def test_no_text_and_no_number_makes_it_fail(value: object) -> None:
    found = when(value)

    assert found is None or found.utcoffset() == timedelta(0)


@settings(max_examples=100, deadline=None)
@given(some.datetimes(min_value=datetime(1900, 1, 1), max_value=datetime(2200, 1, 1)), some.integers(-14 * 60, 14 * 60))
def test_what_is_written_is_read_as_the_same_moment_from_any_zone(naive: datetime, minutes: int) -> None:
    moment = naive.replace(tzinfo=timezone(timedelta(minutes=minutes)))

    assert when(stamp(moment)) == when(moment.isoformat()) == moment
    assert when(format_datetime(moment)) == moment.replace(microsecond=0)


@settings(max_examples=100, deadline=None)
@given(some.datetimes(timezones=some.just(UTC)), some.datetimes(timezones=some.just(UTC)))
def test_our_own_form_sorts_as_time(one: datetime, other: datetime) -> None:
    assert (stamp(one) < stamp(other)) == (one < other)
    assert len(stamp(one)) == len("2026-12-01T02:00:00.000000Z")
