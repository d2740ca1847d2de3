"""Swedish personal identity numbers in texts, so that the archivist can be told of them. A hint, no proof.

Ten or twelve digits, the date in them valid (with 60 added to the day: a coordination number, whose month and day may
also be unknown, 00 and 60), the last digit right (Luhn). Written together, or with a hyphen, a plus or a space.
Source: folkbokföringslagen (1991:481) 18 §, lagen (2022:1697) om samordningsnummer; Skatteverket SKV 704 and SKV 707.
"""

import re
from datetime import date

_DASH = "-\u2010\u2011\u2012\u2013\u2212"  # the hyphen and what word processors make of it
_GAP = rf"(?:[{_DASH}+ \u00a0\u202f]|[ \u00a0][{_DASH}+][ \u00a0])?"
_DIGITS = re.compile(
    rf"(?<![\w+])(?<![0-9][{_DASH}.,:/])"  # no part of a longer number, of a time, of a foreign telephone number
    r"(?P<century>18|19|20)?(?P<year>[0-9]{2})"
    rf"(?:(?P<month>[0-9]{{2}})(?P<day>[0-9]{{2}}){_GAP}"
    rf"|[{_DASH}](?P<month2>[0-9]{{2}})[{_DASH}](?P<day2>[0-9]{{2}})[{_DASH}+])"
    rf"(?P<rest>[0-9]{{4}})(?!\w)(?![{_DASH}.,:/][0-9])"
)
_ADDRESS = re.compile(r"""(?:[a-z][a-z0-9+.-]*://|www\.|mailto:|tel:)[^\s"'<>]*""", re.IGNORECASE)
_MOBILE = re.compile(r"07[02369][0-9]{7}")
_CALLING = re.compile(
    r"(?:tele?|tfn|fon|mobil|ring|sms|swisha?|call|phone)[\w.]*[:\s]*(?:på|till|to|nr|nummer)?[:\s]*$", re.IGNORECASE
)


def numbers(text: str) -> list[str]:
    """What looks like a personal identity number or a coordination number, as it is written, in order."""
    text = _ADDRESS.sub(lambda address: " " * len(address[0]), text)
    return [one[0] for one in _DIGITS.finditer(text) if _holds(one) and not _telephone(text, one)]


def _holds(one: re.Match[str]) -> bool:
    """Whether date and check digit are right."""
    month, day = int(one["month"] or one["month2"]), int(one["day"] or one["day2"])
    centuries = (int(one["century"]),) if one["century"] else (19, 20)
    if not any(_dated(100 * century + int(one["year"]), month, day) for century in centuries):
        return False
    return not one["rest"].startswith("000") and _luhn(f"{one['year']}{month:02}{day:02}{one['rest']}")


def _dated(year: int, month: int, day: int) -> bool:
    coordination = day >= 60
    try:
        date(year, month or coordination, day - 60 * coordination or coordination)
    except ValueError:
        return False
    return True


def _luhn(digits: str) -> bool:
    """Every other digit doubled, beginning with the first of ten; the sum of all digits ends in 0."""
    doubled = (int(digit) * (2 - place % 2) for place, digit in enumerate(digits))
    return sum(value // 10 + value % 10 for value in doubled) % 10 == 0


def _telephone(text: str, one: re.Match[str]) -> bool:
    """A mobile number looks like somebody born in 2007: the words before it decide."""
    before = text[max(0, one.start() - 30) : one.start()]
    return bool(_MOBILE.fullmatch(one[0]) and _CALLING.search(before))
