"""The words a register may use: its headings, levels, statuses and options, in Swedish and English."""

import re
import unicodedata
from typing import Final

from model.nouns import Level, Status

MANDATORY: Final = ("id", "platform", "address")

# Field of Account -> its headings, the Swedish one that we recommend first.
COLUMNS: Final[dict[str, tuple[str, ...]]] = {
    "id": ("id", "konto-id", "account-id"),
    "platform": ("plattform", "platform"),
    "address": ("adress", "address"),
    "unit": ("enhet", "unit"),
    "responsible": ("ansvarig", "responsible"),
    "purpose": ("syfte", "purpose"),
    "case": ("diarienummer", "case"),
    "level": ("nivå", "level"),
    "secrecy": ("sekretess", "secrecy"),
    "status": ("status",),
    "key": ("nyckel", "key"),
    "folder": ("mapp", "folder"),
    "options": ("tillval", "options"),
    "instaloader": ("instaloader",),
}
FIELDS: Final = {heading: field for field, headings in COLUMNS.items() for heading in headings}

LEVELS: Final[dict[str, Level]] = {
    "": "full",  # who has not decided takes everything
    "full": "full",
    "hela": "full",
    "fullständig": "full",
    "fullständigt": "full",
    "unique": "unique",
    "unikt": "unique",
    "unikt-innehåll": "unique",
    "unique-content": "unique",
    "overview": "overview",
    "översiktsbild": "overview",
}
STATUSES: Final[dict[str, Status]] = {
    "": "active",
    "applied": "applied",
    "ansökt": "applied",
    "active": "active",
    "aktivt": "active",
    "aktiv": "active",
    "closing": "closing",
    "avslutas": "closing",
    "archived": "archived",
    "arkiverat": "archived",
    "arkiverad": "archived",
    "closed": "closed",
    "avslutat": "closed",
    "avslutad": "closed",
}
OPTIONS: Final = {"statistik": "insights", "insights": "insights"}


def clean(cell: str) -> str:
    """The cell without what nobody sees: outer blanks, zero-width marks, å written as a and a ring."""
    return unicodedata.normalize("NFC", re.sub("[\u200b\ufeff]", "", cell)).strip()


def word(cell: str) -> str:
    """The cell as a key to the tables above: "  Konto ID" is "konto-id"."""
    return re.sub(r"[\s_-]+", "-", clean(cell).casefold())


def words(cell: str) -> list[str]:
    """What stands between the commas of a cell, each as above."""
    return [found for part in cell.split(",") if (found := word(part))]
