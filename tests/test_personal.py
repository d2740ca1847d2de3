"""Personal identity numbers in texts. All numbers are computed here; the written ones have the last digits 98x and
99x, which Skatteverket keeps for tests."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.personal import numbers


def check_digit(nine: str) -> str:
    total = 0
    for place, digit in enumerate(nine):
        value = int(digit) * (1 if place % 2 else 2)
        total += value - 9 if value > 9 else value
    return str(-total % 10)


def number(day: date, serial: str = "981", *, coordination: bool = False) -> str:
    """Twelve digits."""
    first = f"{day.year:04}{day.month:02}{day.day + 60 * coordination:02}{serial}"
    return first + check_digit(first[2:])


DAY = date(1980, 1, 1)
OURS = number(DAY)
DAYS = st.dates(date(1890, 1, 1), date(2026, 12, 31))
SERIALS = st.integers(1, 999).map(lambda value: f"{value:03}")
BETWEEN = st.sampled_from(["", "-", "+", " ", "\u2013", "\u2011", " - ", "\u00a0"])


@given(DAYS, SERIALS, st.booleans(), st.booleans(), BETWEEN)
def test_every_way_to_write_a_number_is_found(
    day: date, serial: str, coordination: bool, long: bool, between: str
) -> None:
    twelve = number(day, serial, coordination=coordination)
    written = twelve[0 if long or day.year < 1900 else 2 : 8] + between + twelve[8:]

    assert numbers(f"Min granne ({written}), säger de.") == [written]


@given(DAYS, SERIALS, st.integers(1, 9))
def test_a_wrong_check_digit_is_no_number(day: date, serial: str, more: int) -> None:
    twelve = number(day, serial)

    assert numbers(f"{twelve[:8]}-{twelve[8:11]}{(int(twelve[11]) + more) % 10}") == []


@given(DAYS, SERIALS, st.sampled_from("0123456789-.,:/"), st.booleans())
def test_a_part_of_something_longer_is_no_number(day: date, serial: str, joint: str, before: bool) -> None:
    twelve = number(day, serial)
    longer = f"77{joint}{twelve}" if before else f"{twelve}{joint}77"

    assert twelve not in numbers(longer)


@given(st.text(max_size=200))
def test_any_text_can_be_looked_through(text: str) -> None:
    assert all(one in text for one in numbers(text))


@given(st.integers(0, 9999), SERIALS)
def test_a_date_that_never_was_is_no_number(end: int, serial: str) -> None:
    for first in ("801301", "800230", "800132", "800192", "801293"):
        nine = first + serial
        assert numbers(f"{first}-{serial}{check_digit(nine)}") == []


def test_a_leap_day_counts_where_one_of_the_centuries_has_it() -> None:
    assert numbers(number(date(2000, 2, 29))[2:]) == [number(date(2000, 2, 29))[2:]]
    first = "19000229981"
    assert numbers(first + check_digit(first[2:])) == []


def test_a_coordination_number_of_somebody_whose_birthday_is_unknown_is_found() -> None:
    nine = "800060981"

    assert numbers(f"{nine[:6]}-{nine[6:]}{check_digit(nine)}") != []


@pytest.mark.parametrize(
    "text",
    [
        "https://exempelvik.example/arende/{ten}",
        "www.exempelvik.example/?id={ten}&x=1",
        '<a href="https://exempelvik.example/{twelve}">länk</a>',
        "tel:{ten}",
        "+{ten}",
        "id a{ten}",
        "{twelve}.5",
        "kl 12:{ten}",
        "212000-0142",
        "070-123 45 67",
        "",
    ],
)
def test_addresses_telephones_and_organisations_are_no_numbers(text: str) -> None:
    assert numbers(text.format(ten=OURS[2:], twelve=OURS)) == []


def test_a_mobile_number_is_known_by_the_words_before_it() -> None:
    born = number(date(2007, 2, 3))[2:]

    assert numbers(f"Ring {born} så hjälper vi dig") == []
    assert numbers(f"Telefon: {born}") == []
    assert numbers(f"Barnet {born} är anmält") == [born]


def test_a_number_in_a_page_is_found_beside_its_links() -> None:
    text = f'<p>Se <a href="https://a.example/{OURS}">här</a>: {OURS[:8]}-{OURS[8:]}.</p> och {OURS[2:]}!'

    assert numbers(text) == [f"{OURS[:8]}-{OURS[8:]}", OURS[2:]]


def test_a_long_text_of_digits_is_looked_through_at_once() -> None:
    assert numbers("8001019" * 100_000) == []
    assert numbers("tel " * 100_000 + OURS[2:]) == [OURS[2:]]
