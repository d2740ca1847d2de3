"""Times as platforms write them, read as aware UTC.

Ten forms were met in recorded answers: `+0000`, `Z`, milliseconds, microseconds, `+00:00`, a local offset, no zone
(taken as UTC), the weekday form of mail and of early Twitter, a date alone, Unix seconds and milliseconds as number or
text.
"""

import re
from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime

_TWITTER = "%a %b %d %H:%M:%S %z %Y"  # Wed Oct 10 20:19:24 +0000 2018
_FRACTION = re.compile(r"(\.\d{6})\d+")  # Python reads six digits; some servers write nine


def when(value: object) -> datetime | None:
    """The moment in UTC, or None where `value` is no time that can be read."""
    if isinstance(value, bool) or value is None:
        return None
    text = str(value).strip()
    try:
        return _number(float(text)) if re.fullmatch(r"-?\d+(\.\d+)?", text) and len(text) > 4 else _text(text)
    except (ValueError, OverflowError, OSError, TypeError):
        return None


def day(value: object) -> date | None:
    """The day in UTC, or None where `value` is no time that can be read."""
    found = when(value)
    return found.date() if found else None


def stamp(moment: datetime) -> str:
    """The moment as `2026-12-01T02:00:00.000000Z`: every time of ours has this one form, so text sorts as time."""
    text = moment.astimezone(UTC).isoformat(timespec="microseconds")
    return text[:-6] + "Z"  # isoformat is ten times as fast as strftime, and writes years before 1000 with four digits


def _number(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds / 1000 if abs(seconds) > 1e11 else seconds, UTC)


def _text(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(_FRACTION.sub(r"\1", text))
    except ValueError:
        try:
            moment = datetime.strptime(text, _TWITTER)  # noqa: DTZ007 - the form has a zone
        except ValueError:
            moment = parsedate_to_datetime(text)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
