"""What may stand in one cell. Each check answers with the code of a text, or None."""

import re
from collections.abc import Callable
from typing import Final
from urllib.parse import urlsplit

from register.columns import LEVELS, MANDATORY, OPTIONS, STATUSES, UNREAD, clean, word, words

LONGEST: Final = 2000  # characters

# Line breaks and tabs are allowed in a text; marks that turn the reading direction are not.
CONTROL: Final = re.compile("[\0-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufffe\uffff]")
GARBLED: Final = re.compile("Ã[¥¤¶©…„–]|â€|\ufffd")
SECRET: Final = re.compile(
    r"\b(?:EAA|IGQ|AIza)\w{16}|\bya29\.|\beyJ[\w-]{10}|://[^/\s@:]*:[^/\s@]*@"
    r"|(?i:\bbearer\s+\S{12}|(?:access_token|api_?key|client_secret|password)=)"
)
# A word as no person writes one: small and large letters and digits, 32 or more of them.
RANDOM: Final = re.compile(r"(?<![\w-])(?=[\w-]*\d)(?=[\w-]*[a-z])(?=[\w-]*[A-Z])[\w-]{32}")
# Secrets that could pass for a name: a UUID, an app password of Bluesky, a long part of digits and letters.
NAMELIKE: Final = re.compile(
    r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[a-z0-9]{4}(-[a-z0-9]{4}){3}"
    r"|(.*[-_])?(?=[a-z]*\d)(?=\d*[a-z])[a-z0-9]{16,}([-_].*)?|\d{16,}"
)


def fault(field: str, cell: str, platforms: frozenset[str] | None) -> str | None:
    """The first thing wrong with a cell, or None. Give platforms=None to take any that could be one."""
    if CONTROL.search(cell):
        return "control"
    value = clean(cell)
    if not value:
        return "blank" if field in MANDATORY else None
    if len(value) > LONGEST:
        return "too-long"
    if GARBLED.search(value):
        return "garbled"
    if field == "platform" and platforms is not None:
        return None if value.casefold() in platforms | UNREAD else "platform"
    check = CHECKS.get(field)
    return (check(value) if check else None) or ("secret" if secret(value, field) else None)


def formula(cell: str) -> bool:
    """Whether a program for tables may take the cell for a formula."""
    return len(value := clean(cell)) > 1 and value[0] in "=+-@"


def secret(value: str, field: str = "") -> bool:
    """Whether a text looks like a key. Addresses may hold long words: platforms make them so."""
    return bool(SECRET.search(value) or (field != "address" and RANDOM.search(value)))


def _id(value: str) -> str | None:
    return None if re.fullmatch("[a-z0-9][a-z0-9-]{1,58}[a-z0-9]", value) else "id"


def _platform(value: str) -> str | None:
    return None if re.fullmatch("[a-z][a-z0-9_]{0,39}", value.casefold()) else "platform-name"


def _address(value: str) -> str | None:
    if not value.isprintable() or re.search(r'[\s\\<>"]', value):
        return "address"
    try:
        parts = urlsplit(value)
        port = parts.port
    except ValueError:  # brackets that do not close, a port that is no number
        return "address"
    if "@" in parts.netloc:
        return "address-login"
    if parts.scheme not in ("http", "https") or port == 0 or not _host(parts.hostname or ""):
        return "address"
    return "address-fragment" if "#" in value else None


def _host(name: str) -> bool:
    labels = name.split(".")
    return ":" in name or all(re.fullmatch(r"[^\W_]([\w-]*[^\W_])?", label) for label in labels)


def _level(value: str) -> str | None:
    return None if word(value) in LEVELS else "level"


def _status(value: str) -> str | None:
    return None if word(value) in STATUSES else "status"


def _key(value: str) -> str | None:
    if NAMELIKE.fullmatch(value) or secret(value):
        return "secret"
    if re.fullmatch("[a-z0-9_-]{1,40}", value):
        return None
    return "secret" if re.search(r"[^\s-]{16}", value) else "key"


def _folder(value: str) -> str | None:
    return "folder" if "://" in value else None


def _options(value: str) -> str | None:
    return None if set(words(value)) <= set(OPTIONS) else "option"


def _decision(value: str) -> str | None:
    """A number in a diary has a year and a serial number, `EXV 2026/0311`: a mere yes is no decision."""
    return None if re.search(r"\d ?[/:.–-] ?\d", value) else "decision"


CHECKS: Final[dict[str, Callable[[str], str | None]]] = {
    "id": _id,
    "platform": _platform,
    "address": _address,
    "level": _level,
    "status": _status,
    "key": _key,
    "folder": _folder,
    "options": _options,
    "instaloader": _decision,
}
